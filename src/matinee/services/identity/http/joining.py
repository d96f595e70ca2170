"""Sign-up, verification, forgotten passwords, and set-up over HTTP: what strangers may do."""

from typing import Annotated

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta

from matinee.host.http import problems
from matinee.kit.passport import EVERYONE
from matinee.services.identity.http.answers import PRIVATE, Answers, AnyRequest, Caller, device_of
from matinee.services.identity.http.views import SessionView, SetupView
from matinee.services.identity.service.account import AccountRules
from matinee.services.identity.service.claiming import Claim, Claiming
from matinee.services.identity.service.joining import JoiningRules, JoinProof, NewMember

OPEN = {"roles": EVERYONE}
Token = Annotated[str, Meta(min_length=1, max_length=256)]
# Some databases refuse NUL in text, and no address holds control characters anyway.
Email = Annotated[str, Meta(min_length=3, max_length=254, pattern=r"^[^\x00-\x1f\x7f]*$")]


class Accepted(msgspec.Struct, frozen=True):
    """What is said to everybody, whether or not a mail goes out."""

    detail: str = "If the address can be used, a mail is on its way."


class TokenBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The token of a mail."""

    token: Token


class VerificationBody(JoinProof, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The token of a mail, and a proof that it was opened by who signed up."""

    token: Token


class EmailBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An e-mail address."""

    email: Email


class ResetBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The token of a mail and a new password."""

    token: Token
    password: Annotated[str, Meta(max_length=1024)]


def _accepted() -> Response[Accepted]:
    return Response(Accepted(), status_code=202, headers=PRIVATE)


class JoiningController(Controller):
    """Becoming a member."""

    tags = ("identity",)
    opt = OPEN

    @post(
        "/accounts",
        status_code=202,
        summary="Sign up",
        operation_id="signUp",
        opt=OPEN,
        responses=problems(400, 422, 429, 503),
    )
    async def join(
        self, joining: NamedDependency[JoiningRules], passport: Caller, data: JSONBody[NewMember]
    ) -> Response[Accepted]:
        """Take a sign-up. The answer is the same whether or not the address has an account."""
        await joining.join(data, address=passport.client_address)
        return _accepted()

    @post(
        "/accounts/verification",
        status_code=200,
        summary="Confirm the e-mail address of a sign-up",
        operation_id="verifySignUp",
        opt=OPEN,
        responses=problems(400, 401, 403, 410, 429, 503),
    )
    async def verify(
        self,
        request: AnyRequest,
        joining: NamedDependency[JoiningRules],
        answers: NamedDependency[Answers],
        passport: Caller,
        data: JSONBody[VerificationBody],
    ) -> Response[SessionView]:
        """Make the account and sign its owner in. Elsewhere than in the browser of the sign-up, send its password."""
        return answers.signed_in(await joining.verify(data.token, device_of(request, passport), data))

    @post(
        "/accounts/verification/resend",
        status_code=202,
        summary="Send the link of a sign-up again",
        operation_id="resendVerification",
        opt=OPEN,
        responses=problems(400, 429, 503),
    )
    async def resend(
        self, joining: NamedDependency[JoiningRules], passport: Caller, data: JSONBody[EmailBody]
    ) -> Response[Accepted]:
        """Send the link again; the answer is always the same."""
        await joining.resend(data.email, address=passport.client_address)
        return _accepted()

    @post(
        "/password/reset",
        status_code=202,
        summary="Ask for a link for a new password",
        operation_id="askPasswordReset",
        opt=OPEN,
        responses=problems(400, 429, 503),
    )
    async def ask_reset(
        self, account_rules: NamedDependency[AccountRules], passport: Caller, data: JSONBody[EmailBody]
    ) -> Response[Accepted]:
        """Send a link to the address if it has an account; the answer is always the same."""
        await account_rules.ask_reset(data.email, address=passport.client_address)
        return _accepted()

    @post(
        "/password/reset/complete",
        status_code=204,
        summary="Set a new password with a link",
        operation_id="resetPassword",
        opt=OPEN,
        responses=problems(400, 410, 422, 429, 503),
    )
    async def reset(
        self, account_rules: NamedDependency[AccountRules], passport: Caller, data: JSONBody[ResetBody]
    ) -> None:
        """Set the password and end all sessions of the account."""
        await account_rules.reset(data.token, data.password, address=passport.client_address)

    @post(
        "/account/email/complete",
        status_code=204,
        summary="Confirm a new e-mail address",
        operation_id="completeEmailChange",
        opt=OPEN,
        responses=problems(400, 409, 410, 429, 503),
    )
    async def complete_email(
        self, account_rules: NamedDependency[AccountRules], passport: Caller, data: JSONBody[TokenBody]
    ) -> None:
        """Make the new address the account's; the link may be opened on any device."""
        await account_rules.complete_email(data.token, address=passport.client_address)


class SetupController(Controller):
    """The first start."""

    tags = ("identity",)
    opt = OPEN

    @get("/setup", summary="Whether the service was set up", operation_id="readSetup", opt=OPEN)
    async def read(self, claiming: NamedDependency[Claiming]) -> Response[SetupView]:
        """Return whether somebody looks after the service already."""
        return Response(SetupView(claimed=await claiming.claimed()), headers=PRIVATE)

    @post(
        "/setup",
        status_code=200,
        summary="Become the first admin",
        operation_id="claimSetup",
        opt=OPEN,
        responses=problems(400, 403, 409, 422, 429, 503),
    )
    async def claim(
        self,
        request: AnyRequest,
        claiming: NamedDependency[Claiming],
        answers: NamedDependency[Answers],
        passport: Caller,
        data: JSONBody[Claim],
    ) -> Response[SessionView]:
        """Make the first admin and sign them in; works once for ever."""
        return answers.signed_in(await claiming.claim(data, device_of(request, passport)))
