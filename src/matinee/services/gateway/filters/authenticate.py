"""Who is asking."""

from collections.abc import Awaitable

from matinee.contracts.identity import ACCESS_COOKIE, AccessClaims
from matinee.services.gateway.access import UnknownKeyError, is_access_token
from matinee.services.gateway.cookies import OPERATOR_COOKIE, cookies
from matinee.services.gateway.exchange import Exchange, FilterKind
from matinee.services.gateway.members import Members
from matinee.services.gateway.places import LICENCES, OF_OPERATORS, below
from matinee.services.gateway.sign_in import SignIn

_BEARER = "bearer "


class Authenticate:
    """Learns the caller: a member by access token, the operator by key or cookie; everybody else is a stranger.

    What stands in `Authorization` counts before cookies. A browser may hold both cookies: where operators work it is
    the operator unless its account is staff, elsewhere it is the member.
    """

    name = "authenticate"
    kind: FilterKind = "inbound"
    order = 50

    def __init__(self, sign_in: SignIn, members: Members) -> None:
        self._sign_in = sign_in
        self._members = members

    def should_filter(self, exchange: Exchange) -> bool:
        """Apply where it matters who asks."""
        return exchange.below_api() or exchange.path == "/metrics"

    def apply(self, exchange: Exchange) -> Awaitable[None] | None:
        """Find the caller; a wrong operator key is refused rather than taken for a stranger's.

        So is a member while the keys of access tokens have not been heard: as a stranger it would be shown the way out.
        """
        authorization = exchange.header(b"authorization") or ""
        if authorization[: len(_BEARER)].lower() == _BEARER and exchange.path != LICENCES:
            return self._by_bearer(exchange, authorization[len(_BEARER) :].strip())
        if exchange.header(b"cookie") is None:
            return None
        given = cookies(exchange)
        operator = self._sign_in.session(given[OPERATOR_COOKIE]) if OPERATOR_COOKIE in given else None
        token = given.get(ACCESS_COOKIE)
        if token is None:
            _be_operator(exchange, operator)
            return None
        try:
            self._by_cookie(exchange, token, self._members.known(token), operator)
        except UnknownKeyError:
            return self._later(exchange, token, operator)
        return None

    def _by_bearer(self, exchange: Exchange, bearer: str) -> Awaitable[None] | None:
        exchange.without(b"authorization")
        if not is_access_token(bearer):
            self._sign_in.check_key(bearer, exchange.client_address)
            exchange.role, exchange.session = "operator", "cli"
            return None
        try:
            _be_member(exchange, self._members.known(bearer))
        except UnknownKeyError:
            return self._bearer_later(exchange, bearer)
        return None

    async def _bearer_later(self, exchange: Exchange, token: str) -> None:
        _be_member(exchange, await self._members.claims(token))

    async def _later(self, exchange: Exchange, token: str, operator: str | None) -> None:
        self._by_cookie(exchange, token, await self._members.claims(token), operator)

    def _by_cookie(self, exchange: Exchange, token: str, claims: AccessClaims | None, operator: str | None) -> None:
        staff = claims is not None and claims.rol != "member"
        if operator is not None and below(exchange.path, *OF_OPERATORS) and not staff:
            _be_operator(exchange, operator)
            return
        _be_member(exchange, claims)
        exchange.by_cookie = claims is not None
        if claims is None:
            exchange.outlived = self._members.outlived(token)


def _be_operator(exchange: Exchange, session: str | None) -> None:
    if session is not None:
        exchange.role, exchange.session, exchange.by_cookie = "operator", session, True


def _be_member(exchange: Exchange, claims: AccessClaims | None) -> None:
    exchange.claims, exchange.expired = claims, claims is None
    if claims is not None:
        exchange.role, exchange.session = claims.rol, claims.sid
