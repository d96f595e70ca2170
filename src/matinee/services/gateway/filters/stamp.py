"""The papers that a request travels inward with."""

import re

from matinee.contracts.identity import REFRESH_COOKIE, REFRESH_HEADER, REFRESH_PATH, AccessClaims
from matinee.kit.clock import Clock
from matinee.kit.ids import AccountId, ProfileId
from matinee.kit.passport import MAX_MATURITY, Passport
from matinee.services.gateway.cookies import OIDC_COOKIE, cookies
from matinee.services.gateway.exchange import Exchange, FilterKind
from matinee.services.gateway.places import OIDC, below

OIDC_HEADER = "x-matinee-oidc"
_PASSPORT_SECONDS = 60
# One caller's passports are equal for so long, so that they are signed once and each room verifies them once.
_EQUAL_SECONDS = 15
_COOKIE_VALUE = re.compile(r"[!#-+\--:<-\[\]-~]{1,4096}")  # RFC 6265 §4.1.1


class Stamp:
    """Makes out the passport of a request and takes the caller's own papers off it.

    Two cookies go on, as headers, to the one place that reads them: what renews a session, and what began a sign-in
    elsewhere.
    """

    name = "passport"
    kind: FilterKind = "inbound"
    order = 70

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def should_filter(self, exchange: Exchange) -> bool:
        """Apply to what rooms answer."""
        return exchange.below_api()

    def apply(self, exchange: Exchange) -> None:
        """Say who is asking."""
        if below(exchange.path, REFRESH_PATH):
            given = cookies(exchange)
            exchange.without(b"cookie")
            _move(exchange, given.get(REFRESH_COOKIE), REFRESH_HEADER)
            if below(exchange.path, OIDC):
                _move(exchange, given.get(OIDC_COOKIE), OIDC_HEADER)
        else:
            exchange.without(b"cookie")
        exchange.passport = self._passport(exchange)

    def _passport(self, exchange: Exchange) -> Passport:
        claims, now = exchange.claims, int(self._clock.now().timestamp())
        # A page whose token ran out while it slept must not be shown what strangers see before it has a new one.
        limits = claims if claims is not None or exchange.outlived is None else _chosen(exchange.outlived)
        return Passport(
            role=exchange.role,
            session=exchange.session,
            client_address=exchange.client_address,
            expires_at=now - now % _EQUAL_SECONDS + _PASSPORT_SECONDS,
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
