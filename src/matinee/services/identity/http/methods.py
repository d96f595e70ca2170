"""Authenticator apps, recovery codes and passkeys over HTTP."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Controller, Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from matinee.host.http import problems
from matinee.services.identity.http.answers import PRIVATE, Answers, AnyRequest, Caller, device_of
from matinee.services.identity.http.joining import OPEN
from matinee.services.identity.http.member import caller_of
from matinee.services.identity.http.session import MEMBERS, Code, DeviceName
from matinee.services.identity.http.views import SessionView
from matinee.services.identity.ports.method_records import PasskeyRecord
from matinee.services.identity.service.passkey_rules import PasskeyRules
from matinee.services.identity.service.passkeys import Credential
from matinee.services.identity.service.second_factor import NewTotp, TotpSetup

Totp = NamedDependency[TotpSetup]
Passkeys = NamedDependency[PasskeyRules]
PasskeyName = Annotated[str, Meta(max_length=64)]


class CodeBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The code that an authenticator app shows."""

    code: Code


class RecoveryCodes(msgspec.Struct, frozen=True):
    """Ten codes, each good once; shown this one time."""

    recovery_codes: tuple[str, ...]


class NewPasskey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `navigator.credentials.create` gave, and a name for it."""

    credential: Credential
    name: PasskeyName = ""


class NameBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another name."""

    name: PasskeyName


class CredentialBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `navigator.credentials.get` gave."""

    credential: Credential
    device_name: DeviceName = ""


class PasskeyView(msgspec.Struct, frozen=True, kw_only=True):
    """A passkey as its owner sees it. `backed_up`: its maker keeps copies, so that it outlives the device."""

    passkey_id: str
    name: str
    backed_up: bool
    created_at: datetime
    last_used_at: datetime | None


class PasskeyList(msgspec.Struct, frozen=True):
    """Passkeys, oldest first."""

    items: tuple[PasskeyView, ...]


def _view(record: PasskeyRecord) -> PasskeyView:
    return PasskeyView(**{name: getattr(record, name) for name in PasskeyView.__struct_fields__})


def _options(options: Mapping[str, Any]) -> Response[dict[str, Any]]:
    return Response(dict(options), headers=PRIVATE, status_code=200)


class SecondFactorController(Controller):
    """The authenticator app of one's account."""

    path = "/account"
    tags = ("identity",)
    opt = MEMBERS

    @post(
        "/totp",
        status_code=200,
        summary="Set up an authenticator app",
        operation_id="startTotp",
        opt=MEMBERS,
        responses=problems(401, 403, 409, 503),
    )
    async def start(self, totp_setup: Totp, passport: Caller) -> Response[NewTotp]:
        """Return a secret for the app, as text, address and QR code; it counts once its first code was confirmed."""
        return Response(await totp_setup.start(caller_of(passport)), headers=PRIVATE, status_code=200)

    @post(
        "/totp/confirm",
        status_code=200,
        summary="Confirm the authenticator app",
        operation_id="confirmTotp",
        opt=MEMBERS,
        responses=problems(400, 401, 403, 409, 422, 429, 503),
    )
    async def confirm(self, totp_setup: Totp, passport: Caller, data: JSONBody[CodeBody]) -> Response[RecoveryCodes]:
        """Turn the app on with its first code, and return the recovery codes."""
        codes = await totp_setup.confirm(caller_of(passport), data.code, address=passport.client_address)
        return Response(RecoveryCodes(codes), headers=PRIVATE, status_code=200)

    @delete(
        "/totp",
        status_code=204,
        summary="Remove the authenticator app",
        operation_id="removeTotp",
        opt=MEMBERS,
        responses=problems(401, 403, 503),
    )
    async def remove(self, totp_setup: Totp, passport: Caller) -> None:
        """Turn the second factor off; its recovery codes go with it."""
        await totp_setup.remove(caller_of(passport))

    @post(
        "/recovery-codes",
        status_code=200,
        summary="New recovery codes",
        operation_id="renewRecoveryCodes",
        opt=MEMBERS,
        responses=problems(401, 403, 409, 503),
    )
    async def renew(self, totp_setup: Totp, passport: Caller) -> Response[RecoveryCodes]:
        """Replace the recovery codes; the old ones count no more."""
        codes = await totp_setup.renew_codes(caller_of(passport))
        return Response(RecoveryCodes(codes), headers=PRIVATE, status_code=200)


class PasskeysController(Controller):
    """The passkeys of one's account."""

    path = "/account/passkeys"
    tags = ("identity",)
    opt = MEMBERS

    @get("", summary="One's passkeys", operation_id="listPasskeys", opt=MEMBERS)
    async def read(self, passkeys: Passkeys, passport: Caller) -> Response[PasskeyList]:
        """Return passkeys, oldest first."""
        found = await passkeys.of(passport.account)
        return Response(PasskeyList(tuple(_view(record) for record in found)), headers=PRIVATE)

    @post(
        "/options",
        status_code=200,
        summary="Begin to add a passkey",
        operation_id="newPasskeyOptions",
        opt=MEMBERS,
        responses=problems(401, 403, 409, 503),
    )
    async def options(self, passkeys: Passkeys, passport: Caller) -> Response[dict[str, Any]]:
        """Return what `navigator.credentials.create` wants, in the JSON of WebAuthn Level 3."""
        return _options(await passkeys.begin(caller_of(passport)))

    @post(
        "",
        status_code=201,
        summary="Add a passkey",
        operation_id="addPasskey",
        opt=MEMBERS,
        responses=problems(400, 401, 403, 409, 503),
    )
    async def add(self, passkeys: Passkeys, passport: Caller, data: JSONBody[NewPasskey]) -> Response[PasskeyView]:
        """Take a new passkey, whose authenticator has verified the person."""
        record = await passkeys.add(caller_of(passport), data.name, data.credential)
        return Response(_view(record), headers=PRIVATE, status_code=201)

    @patch(
        "/{passkey_id:str}",
        summary="Name a passkey",
        operation_id="renamePasskey",
        opt=MEMBERS,
        responses=problems(400, 404, 503),
    )
    async def rename(
        self, passkeys: Passkeys, passport: Caller, passkey_id: FromPath[str], data: JSONBody[NameBody]
    ) -> Response[PasskeyView]:
        """Give a passkey another name."""
        return Response(_view(await passkeys.rename(caller_of(passport), passkey_id, data.name)), headers=PRIVATE)

    @delete(
        "/{passkey_id:str}",
        status_code=204,
        summary="Remove a passkey",
        operation_id="removePasskey",
        opt=MEMBERS,
        responses=problems(401, 403, 404, 409, 503),
    )
    async def remove(self, passkeys: Passkeys, passport: Caller, passkey_id: FromPath[str]) -> None:
        """Remove a passkey, unless it is the only way to sign in."""
        await passkeys.remove(caller_of(passport), passkey_id)


class PasskeySignInController(Controller):
    """Signing in, and confirming, with a passkey."""

    path = "/session"
    tags = ("identity",)
    opt = OPEN

    @post(
        "/passkey/options",
        status_code=200,
        summary="Begin to sign in with a passkey",
        operation_id="passkeyOptions",
        opt=OPEN,
    )
    async def options(self, passkeys: Passkeys) -> Response[dict[str, Any]]:
        """Return what `navigator.credentials.get` wants, in the JSON of WebAuthn Level 3."""
        return _options(passkeys.ask())

    @post(
        "/passkey",
        status_code=200,
        summary="Sign in with a passkey",
        operation_id="signInWithPasskey",
        opt=OPEN,
        responses=problems(400, 401, 403, 429, 503),
    )
    async def sign_in(
        self,
        request: AnyRequest,
        passkeys: Passkeys,
        answers: NamedDependency[Answers],
        passport: Caller,
        data: JSONBody[CredentialBody],
    ) -> Response[SessionView]:
        """Open a session and set its cookies."""
        device = device_of(request, passport, data.device_name)
        return answers.signed_in(await passkeys.sign_in(data.credential, device))

    @post(
        "/confirm/passkey/options",
        status_code=200,
        summary="Begin to confirm with a passkey",
        operation_id="confirmPasskeyOptions",
        opt=MEMBERS,
        responses=problems(409, 503),
    )
    async def confirm_options(self, passkeys: Passkeys, passport: Caller) -> Response[dict[str, Any]]:
        """Return what `navigator.credentials.get` wants, for the account's own passkeys."""
        return _options(await passkeys.ask_again(caller_of(passport)))

    @post(
        "/confirm/passkey",
        status_code=204,
        summary="Confirm with a passkey",
        operation_id="confirmWithPasskey",
        opt=MEMBERS,
        responses=problems(400, 401, 429, 503),
    )
    async def confirm(
        self,
        passkeys: Passkeys,
        answers: NamedDependency[Answers],
        passport: Caller,
        data: JSONBody[CredentialBody],
    ) -> Response[None]:
        """Renew the proof of identity with one of the account's passkeys."""
        return answers.done(
            await passkeys.confirm(caller_of(passport), data.credential, address=passport.client_address)
        )
