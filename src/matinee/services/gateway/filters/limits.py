"""How much of the API one caller may use, and how the caller is told.

A token bucket for each account, and for each address where nobody is signed in. Headers: `RateLimit-Policy` and
`RateLimit` of draft-ietf-httpapi-ratelimit-headers.
"""

from collections import OrderedDict
from math import ceil, floor

from matinee.kit.clock import Clock
from matinee.services.gateway.exchange import Exchange, FilterKind
from matinee.services.gateway.refusals import RateLimitError
from matinee.services.gateway.settings import GatewaySettings
from matinee.services.gateway.sign_in import network_of

_MAX_BUCKETS = 50_000


class Buckets:
    """Token buckets by name. The least recently used are forgotten, which fills them.

    Args:
        quota: requests that a full bucket holds.
        window_seconds: time in which an empty one fills.
    """

    def __init__(self, clock: Clock, *, quota: int, window_seconds: int) -> None:
        self._clock = clock
        self._quota = quota
        self._rate = quota / window_seconds
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str) -> float:
        """Take one request out of a bucket and return what is left; below zero when there was none."""
        now = self._clock.monotonic()
        left, at = self._left.pop(name, (float(self._quota), now))
        left = min(float(self._quota), left + (now - at) * self._rate)
        taken = left >= 1.0
        self._left[name] = (left - 1.0 if taken else left, now)
        if len(self._left) > _MAX_BUCKETS:
            self._left.popitem(last=False)
        return left - 1.0

    def seconds_until_one(self, left: float) -> int:
        """Return how long a bucket takes until it gives one more."""
        return max(1, ceil(-left / self._rate))


class Limits:
    """Refuses requests over a caller's share. The holder of the operator key has no limit here."""

    name = "limits"
    kind: FilterKind = "inbound"
    order = 55

    def __init__(self, settings: GatewaySettings, clock: Clock) -> None:
        quota, window = settings.rate_requests, settings.rate_window_seconds
        self._buckets = Buckets(clock, quota=quota, window_seconds=window)
        self._policy = f'"api";q={quota};w={window}'.encode()
        self._window = window

    def should_filter(self, exchange: Exchange) -> bool:
        """Apply to the API."""
        return exchange.role != "operator" and exchange.below_api()

    def apply(self, exchange: Exchange) -> None:
        """Count the request.

        Raises:
            RateLimitError: when the caller has none left.
        """
        claims = exchange.claims
        left = self._buckets.take(network_of(exchange.client_address) if claims is None else f"account {claims.sub}")
        wait = self._buckets.seconds_until_one(left)
        shown = max(0, floor(left))
        exchange.allowance = (f'"api";r={shown};t={wait if left < 1 else self._window}'.encode(), self._policy)
        if left < 0:
            raise RateLimitError(f"Too many requests; try again in {wait} seconds.", retry_after_seconds=wait)


class Allowance:
    """Tells the caller what is left."""

    name = "allowance"
    kind: FilterKind = "outbound"
    order = 30

    def should_filter(self, exchange: Exchange) -> bool:
        """Apply where a limit did."""
        return exchange.allowance is not None

    def apply(self, exchange: Exchange) -> None:
        """Add the two headers."""
        if exchange.allowance is not None:
            exchange.answer_headers += [
                (b"ratelimit", exchange.allowance[0]),
                (b"ratelimit-policy", exchange.allowance[1]),
            ]
