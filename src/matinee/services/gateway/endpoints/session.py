"""The operator signs in and out."""

import msgspec

from matinee.services.gateway.cookies import OPERATOR_COOKIE
from matinee.services.gateway.endpoints.answering import NO_STORE, read_body, send_bytes, send_json
from matinee.services.gateway.exchange import Exchange, FilterKind
from matinee.services.gateway.places import OPERATOR_SESSION
from matinee.services.gateway.refusals import RequestShapeError, WrongMethodError
from matinee.services.gateway.sign_in import SignIn


class GivenKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What signing in sends."""

    key: str

    def __repr__(self) -> str:
        return "GivenKey(key=<hidden>)"


class OperatorSessionEndpoint:
    """`GET` tells the role, `POST {key}` signs in, `DELETE` signs out."""

    name = "session"
    kind: FilterKind = "endpoint"
    order = 30

    def __init__(self, sign_in: SignIn) -> None:
        self._sign_in = sign_in

    def should_filter(self, exchange: Exchange) -> bool:
        """Apply to the one path."""
        return exchange.path == OPERATOR_SESSION

    async def apply(self, exchange: Exchange) -> None:
        """Answer by method."""
        if exchange.method in {"GET", "HEAD"}:
            await send_json(exchange, 200, {"role": exchange.role})
        elif exchange.method == "POST":
            await self._open(exchange)
        elif exchange.method == "DELETE":
            if exchange.by_cookie:
                self._sign_in.end_session(exchange.session)
            await send_bytes(exchange, 204, b"", [NO_STORE, _cookie(exchange, "", 0)])
        else:
            raise WrongMethodError("GET", "HEAD", "POST", "DELETE")

    async def _open(self, exchange: Exchange) -> None:
        try:
            given = msgspec.json.decode(await read_body(exchange), type=GivenKey)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise RequestShapeError('Send {"key": "…"} as JSON.') from error
        self._sign_in.check_key(given.key, exchange.client_address)
        session = self._sign_in.open_session()
        await send_bytes(exchange, 204, b"", [NO_STORE, _cookie(exchange, session, self._sign_in.seconds)])


def _cookie(exchange: Exchange, value: str, seconds: int) -> tuple[bytes, bytes]:
    secure = "; Secure" if exchange.scheme == "https" else ""
    text = f"{OPERATOR_COOKIE}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"
    return b"set-cookie", text.encode()
