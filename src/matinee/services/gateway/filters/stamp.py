"""The papers that a request travels inward with."""

import re
from datetime import timedelta

from matinee.contracts.identity import REFRESH_COOKIE, REFRESH_HEADER, REFRESH_PATH, AccessClaims
from matinee.kit.clock import Clock
from matinee.kit.ids import AccountId, ProfileId
from matinee.kit.passport import MAX_MATURITY, PASSPORT_HEADER, Passport
from matinee.kit.signing import SigningKey
from matinee.services.gateway.cookies import OIDC_COOKIE, cookies
from matinee.services.gateway.exchange import Exchange, FilterKind
from matinee.services.gateway.places import OIDC, below

OIDC_HEADER = "x-matinee-oidc"
_PASSPORT_LIFE = timedelta(seconds=60)
_COOKIE_VALUE = re.compile(r"[!#-+\--:<-\[\]-~]{1,4096}")  # RFC 6265 §4.1.1


class Stamp:
    """Puts the signed passport on a request and takes the caller's own papers off it.

    Two cookies go on, as headers, to the one place that reads them: what renews a session, and what began a sign-in
    elsewhere.

    Args:
        key: the gateway's; rooms verify with its public half.
    """

    name = "passport"
    kind: FilterKind = "inbound"
    order = 70

    def __init__(self, key: SigningKey, clock: Clock) -> None:
        self._key = key
        self._clock = clock

    def should_filter(self, exchange: Exchange) -> bool:
        """Apply to what rooms answer."""
        return exchange.below_api()

    def apply(self, exchange: Exchange) -> None:
        """Sign who is asking."""
        given = cookies(exchange) if below(exchange.path, REFRESH_PATH) else {}
        exchange.without(b"cookie")
        _move(exchange, given.get(REFRESH_COOKIE), REFRESH_HEADER)
        if below(exchange.path, OIDC):
            _move(exchange, given.get(OIDC_COOKIE), OIDC_HEADER)
        exchange.headers.append((PASSPORT_HEADER.encode(), self._key.sign(self._passport(exchange)).encode()))

    def _passport(self, exchange: Exchange) -> Passport:
        claims = exchange.claims
        # A page whose token ran out while it slept must not be shown what strangers see before it has a new one.
        limits = claims if claims is not None or exchange.outlived is None else _chosen(exchange.outlived)
        return Passport(
            role=exchange.role,
            session=exchange.session,
            client_address=exchange.client_address,
            expires_at=int((self._clock.now() + _PASSPORT_LIFE).timestamp()),
            account=AccountId("") if claims is None else claims.sub,
            profile=ProfileId("") if claims is None else claims.pid,
            maturity=_maturity(limits),
            kids=limits is not None and limits.kds,
            territory="" if claims is None else claims.ter,
            signed_in_at=0 if claims is None else claims.ath,
            expired=exchange.expired,
        )


def _chosen(claims: AccessClaims) -> AccessClaims | None:
    return claims if claims.pid else None


def _maturity(claims: AccessClaims | None) -> int:
    return MAX_MATURITY if claims is None else max(0, min(claims.mat, MAX_MATURITY))


def _move(exchange: Exchange, value: str | None, header: str) -> None:
    if value is not None and _COOKIE_VALUE.fullmatch(value):
        exchange.headers.append((header.encode(), value.encode("ascii")))
