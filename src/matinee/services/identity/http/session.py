"""Signing in, staying signed in, signing out over HTTP."""

from typing import Annotated

import msgspec
from litestar import Controller, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta

from matinee.contracts.identity import REFRESH_HEADER
from matinee.host.http import problems
from matinee.kit.passport import EVERYONE, SIGNED_IN
from matinee.services.identity.http.answers import PRIVATE, Answers, AnyRequest, Caller, device_of
from matinee.services.identity.http.joining import OPEN, Email
from matinee.services.identity.http.views import SessionView, session_view
from matinee.services.identity.ports.errors import SessionEndedError
from matinee.services.identity.service.account import AccountRules
from matinee.services.identity.service.sessions import Sessions
from matinee.services.identity.service.sign_in import Proof, SignIn

MEMBERS = {"roles": SIGNED_IN}
Password = Annotated[str, Meta(max_length=1024)]
Code = Annotated[str, Meta(max_length=64)]
DeviceName = Annotated[str, Meta(max_length=100)]


class Credentials(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one signs in with. A code only where the account asks for one."""

    email: Email
    password: Password
    totp: Code = ""
    recovery_code: Code = ""
    device_name: DeviceName = ""


class ProofBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A proof that it is still the same person."""

    password: Password = ""
    totp: Code = ""
    recovery_code: Code = ""

    def proof(self) -> Proof:
        """Return it as the rules take it."""
        return Proof(password=self.password, totp=self.totp, recovery_code=self.recovery_code)


class SessionController(Controller):
    """The session of whoever asks."""

    tags = ("identity",)
    opt = OPEN

    @get("/session", summary="Who is asking", operation_id="readSession", opt={"roles": EVERYONE})
    async def read(self, sessions: NamedDependency[Sessions], passport: Caller) -> Response[SessionView]:
        """Return role, account, profiles and sign-in methods; for strangers and the operator only the role."""
        if not passport.account:
            return Response(SessionView(role=passport.role), headers=PRIVATE)
        seen = await sessions.seen(passport.session, passport.account)
        # An access token may not have heard yet that its session is over; to its owner it is.
        view = SessionView(role="stranger") if seen is None else session_view(seen, None)
        return Response(view, headers=PRIVATE)

    @post(
        "/session",
        status_code=200,
        summary="Sign in with a password",
        operation_id="signIn",
        opt=OPEN,
        responses=problems(400, 401, 403, 429, 503),
    )
    async def sign_in(
        self,
        request: AnyRequest,
        sign_in: NamedDependency[SignIn],
        answers: NamedDependency[Answers],
        passport: Caller,
        data: JSONBody[Credentials],
    ) -> Response[SessionView]:
        """Open a session and set its cookies."""
        proof = Proof(password=data.password, totp=data.totp, recovery_code=data.recovery_code)
        device = device_of(request, passport, data.device_name)
        return answers.signed_in(await sign_in.with_password(data.email, proof, device))

    @post(
        "/session/refresh",
        status_code=200,
        summary="Renew the access token",
        operation_id="refreshSession",
        opt=OPEN,
        responses=problems(401, 503),
    )
    async def refresh(
        self,
        request: AnyRequest,
        sessions: NamedDependency[Sessions],
        answers: NamedDependency[Answers],
        passport: Caller,
    ) -> Response[SessionView]:
        """Exchange the refresh token for its successor."""
        token = request.headers.get(REFRESH_HEADER, "")
        try:
            return answers.signed_in(await sessions.refresh(token, device_of(request, passport)))
        except SessionEndedError as error:
            if passport.account:
                raise  # an access token that still counts is left alone
            return answers.ended(error)

    @delete("/session", status_code=204, summary="Sign out", operation_id="signOut", opt=OPEN, responses=problems(503))
    async def sign_out(
        self,
        request: AnyRequest,
        account_rules: NamedDependency[AccountRules],
        sessions: NamedDependency[Sessions],
        answers: NamedDependency[Answers],
        passport: Caller,
    ) -> Response[None]:
        """End the session, known by either of its cookies, and remove them; fine for strangers too."""
        if passport.account:
            await account_rules.sign_out(passport.session)
        elif (session := await sessions.by_refresh_token(request.headers.get(REFRESH_HEADER, ""))) is not None:
            await account_rules.sign_out(session.session_id)
        return answers.signed_out()

    @post(
        "/session/confirm",
        status_code=204,
        summary="Prove again who you are",
        operation_id="confirmSession",
        opt=MEMBERS,
        responses=problems(400, 401, 429, 503),
    )
    async def confirm(
        self,
        account_rules: NamedDependency[AccountRules],
        answers: NamedDependency[Answers],
        passport: Caller,
        data: JSONBody[ProofBody],
    ) -> Response[None]:
        """Renew the proof of identity that changes of e-mail, password and sign-in methods need."""
        issued = await account_rules.confirm(
            passport.session, passport.account, data.proof(), address=passport.client_address
        )
        return answers.done(issued)
