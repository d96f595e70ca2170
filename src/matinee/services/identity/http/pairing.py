"""Pairing of devices over HTTP (RFC 8628)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, TypeVar
from urllib.parse import parse_qsl

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody, QueryParameter
from msgspec import Meta

from matinee.host.http import problems
from matinee.kit.errors import InvalidError, MatineeError
from matinee.services.identity.http.answers import PRIVATE, Answers, AnyRequest, Caller, device_of
from matinee.services.identity.http.joining import OPEN
from matinee.services.identity.http.member import caller_of
from matinee.services.identity.http.session import MEMBERS
from matinee.services.identity.http.views import SessionView
from matinee.services.identity.ports.errors import SessionEndedError
from matinee.services.identity.service.device_grant import shown
from matinee.services.identity.service.pairing import CLIENT_IDS, NewPairing, PairingAnswer, PairingRules
from matinee.services.identity.service.sessions import Issued, Sessions

T = TypeVar("T")
Rules = NamedDependency[PairingRules]
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
REFRESH_GRANT = "refresh_token"
MAX_BODY_BYTES = 8 * 1024
_FORM = "application/x-www-form-urlencoded"
_SENTENCES = {
    "authorization_pending": "Nobody has entered the code yet; ask again later.",
    "slow_down": "Asked too often; wait longer between questions.",
    "expired_token": "The code has expired; begin again.",
    "access_denied": "The request was refused.",
    "invalid_grant": "The code is unknown or was used before; begin again.",
}


class AuthorizationBody(msgspec.Struct, frozen=True, kw_only=True):
    """A device asks for a code; members that are not known are left aside, as RFC 6749 wants."""

    client_id: Annotated[str, Meta(max_length=64)] = ""
    device_name: Annotated[str, Meta(max_length=100)] = ""


class TokenBody(msgspec.Struct, frozen=True, kw_only=True):
    """A device asks for tokens, with its code or with a refresh token."""

    grant_type: Annotated[str, Meta(max_length=64)] = ""
    device_code: Annotated[str, Meta(max_length=128)] = ""
    client_id: Annotated[str, Meta(max_length=64)] = ""
    refresh_token: Annotated[str, Meta(max_length=256)] = ""


class DeviceTokens(msgspec.Struct, frozen=True, kw_only=True):
    """RFC 6749 §5.1."""

    access_token: str
    refresh_token: str
    expires_in: int
    token_type: str = "Bearer"  # noqa: S105  # the kind of token, not one


class TokenRefusal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 6749 §5.2. `interval` is how many seconds to wait between questions from now on."""

    error: str
    error_description: str
    interval: int = 0


class DeviceCodeBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The code that a page on a television keeps."""

    device_code: Annotated[str, Meta(min_length=1, max_length=128)]


class PairingView(msgspec.Struct, frozen=True, kw_only=True):
    """What asks to be let in. `address_hint` is its address with the last part left out."""

    user_code: str
    device_name: str
    client_id: str
    address_hint: str
    created_at: datetime
    expires_at: datetime


class DecisionBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether a device may come in."""

    user_code: Annotated[str, Meta(min_length=1, max_length=32)]
    approve: bool


class PairingAnswerError(InvalidError):
    """A page on a television may not come in, for now or for good; the code is one of RFC 8628 §3.5."""

    title = "Not paired"


def _refusal(answer: PairingAnswer) -> PairingAnswerError:
    error = _REFUSALS[answer.answer]
    return error(_SENTENCES[answer.answer], interval_seconds=answer.interval_seconds)


def _refusal_type(name: str) -> type[PairingAnswerError]:
    class RefusalError(PairingAnswerError):
        """One of the answers."""

        code: ClassVar[str] = name

    return RefusalError


_REFUSALS = {name: _refusal_type(name) for name in _SENTENCES}


class OAuthError(MatineeError):
    """A body that is no request of RFC 6749; never leaves this file."""


async def _read(request: AnyRequest, kind: type[T]) -> T:
    """Return the body, a form as RFC 6749 wants it, or JSON.

    Raises:
        OAuthError: when it is neither, or a member is out of bounds or given twice.
    """
    body = await request.body()
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if media_type == _FORM:
            pairs = parse_qsl(body.decode("ascii"), max_num_fields=20, encoding="utf-8", errors="strict")
            if len({name for name, _ in pairs}) != len(pairs):
                raise OAuthError("A member is given twice.")
            return msgspec.convert(dict(pairs), kind)
        return msgspec.json.decode(body, type=kind)
    except (ValueError, RecursionError) as error:
        raise OAuthError("The body is neither a form nor JSON as it should be.") from error


def _refuse(error: str, sentence: str, *, interval: int = 0) -> Response[TokenRefusal]:
    return Response(
        TokenRefusal(error=error, error_description=sentence, interval=interval), status_code=400, headers=PRIVATE
    )


def _tokens(issued: Issued, answers: Answers) -> Response[DeviceTokens]:
    tokens = DeviceTokens(
        access_token=issued.access_token,
        refresh_token=issued.refresh_token,
        expires_in=answers.seconds_until(issued.access_expires_at),
    )
    return Response(tokens, status_code=200, headers=PRIVATE)


REFUSALS = {400: ResponseSpec(TokenRefusal, description="RFC 8628 §3.5", generate_examples=False)}


class DeviceController(Controller):
    """What devices without a keyboard call."""

    path = "/device"
    tags = ("identity",)
    opt = OPEN

    @post(
        "/authorization",
        status_code=200,
        summary="Ask for a code to show",
        operation_id="authorizeDevice",
        opt=OPEN,
        request_max_body_size=MAX_BODY_BYTES,
        responses={**REFUSALS, **problems(413, 429, 503)},
    )
    async def authorize(
        self, request: AnyRequest, pairing: Rules, passport: Caller
    ) -> Response[NewPairing] | Response[TokenRefusal]:
        """Return a code for the screen and one for the device (RFC 8628 §3.2); takes a form or JSON."""
        try:
            body = await _read(request, AuthorizationBody)
        except OAuthError as error:
            return _refuse("invalid_request", error.detail)
        if body.client_id not in CLIENT_IDS:
            return _refuse("invalid_client", f"There is no such client; there are: {', '.join(CLIENT_IDS)}.")
        made = await pairing.begin(client_id=body.client_id, name=body.device_name, device=device_of(request, passport))
        return Response(made, status_code=200, headers=PRIVATE)

    @post(
        "/token",
        status_code=200,
        summary="Ask whether the device was let in, or renew its tokens",
        operation_id="deviceToken",
        opt=OPEN,
        request_max_body_size=MAX_BODY_BYTES,
        responses={**REFUSALS, **problems(413, 503)},
    )
    async def token(
        self,
        request: AnyRequest,
        pairing: Rules,
        sessions: NamedDependency[Sessions],
        answers: NamedDependency[Answers],
        passport: Caller,
    ) -> Response[DeviceTokens] | Response[TokenRefusal]:
        """Return tokens, or why there are none (RFC 8628 §3.5); takes a form or JSON."""
        try:
            body = await _read(request, TokenBody)
        except OAuthError as error:
            return _refuse("invalid_request", error.detail)
        if body.grant_type == REFRESH_GRANT:
            try:
                return _tokens(await sessions.refresh(body.refresh_token, device_of(request, passport)), answers)
            except SessionEndedError as error:
                return _refuse("invalid_grant", error.detail)
        if body.grant_type != DEVICE_GRANT:
            return _refuse("unsupported_grant_type", "The grant is a device code or a refresh token.")
        answer = await pairing.ask(body.device_code, client_id=body.client_id, device=device_of(request, passport))
        if answer.issued is None:
            return _refuse(answer.answer, _SENTENCES[answer.answer], interval=answer.interval_seconds)
        return _tokens(answer.issued, answers)


class PairingController(Controller):
    """What people and pages do."""

    tags = ("identity",)
    opt = MEMBERS

    @post(
        "/session/pairing",
        status_code=200,
        summary="Come in with a device code",
        operation_id="enterByPairing",
        opt=OPEN,
        responses=problems(400, 429, 503),
    )
    async def enter(
        self,
        request: AnyRequest,
        pairing: Rules,
        answers: NamedDependency[Answers],
        passport: Caller,
        data: JSONBody[DeviceCodeBody],
    ) -> Response[SessionView]:
        """Set the session's cookies once somebody has let this screen in; until then the codes of RFC 8628."""
        answer = await pairing.ask(data.device_code, client_id="", device=device_of(request, passport))
        if answer.issued is None:
            raise _refusal(answer)
        return answers.signed_in(answer.issued)

    @get(
        "/account/pairing",
        summary="Which device asks",
        operation_id="readPairing",
        opt=MEMBERS,
        responses=problems(400, 404, 429, 503),
    )
    async def read(
        self,
        pairing: Rules,
        passport: Caller,
        code: Annotated[str, QueryParameter(min_length=1, max_length=32, description="what its screen shows")],
    ) -> Response[PairingView]:
        """Return what is known of the device that shows a code."""
        found = await pairing.look(caller_of(passport), code, address=passport.client_address)
        fields: Mapping[str, Any] = {name: getattr(found, name) for name in PairingView.__struct_fields__}
        return Response(PairingView(**{**fields, "user_code": shown(found.user_code)}), headers=PRIVATE)

    @post(
        "/account/pairing",
        status_code=204,
        summary="Let a device in, or refuse it",
        operation_id="decidePairing",
        opt=MEMBERS,
        responses=problems(400, 401, 404, 429, 503),
    )
    async def decide(self, pairing: Rules, passport: Caller, data: JSONBody[DecisionBody]) -> None:
        """Decide about the device that shows this code."""
        await pairing.decide(
            caller_of(passport),
            data.user_code,
            "approved" if data.approve else "denied",
            address=passport.client_address,
        )
