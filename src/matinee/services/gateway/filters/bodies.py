"""Bodies in bounds of size and time, counted as they pass, never held."""

import asyncio
from typing import Any

from matinee.kit.clock import Clock
from matinee.services.gateway.exchange import SAFE_METHODS, Exchange, FilterKind
from matinee.services.gateway.refusals import BodyTooLargeError, BodyTooSlowError
from matinee.services.gateway.settings import GatewaySettings

UPLOADS = "/api/v1/uploads"
_IMPORTS = "/api/v1/studio/catalogue/imports"
_TITLES = "/api/v1/studio/titles/"
_PICTURE_SEGMENTS = 3


def _uploads(path: str) -> bool:
    return path == UPLOADS or path.startswith(UPLOADS + "/")


def _picture(exchange: Exchange) -> bool:
    """Return whether the body is a picture: PUT …/titles/<id>/artwork/<kind>."""
    parts = exchange.path.removeprefix(_TITLES).split("/")
    place = exchange.path.startswith(_TITLES) and len(parts) == _PICTURE_SEGMENTS and parts[1] == "artwork"
    return place and exchange.method == "PUT"


class BodyLimits:
    """Wraps `receive` so that a body over its route's bound, or too slow, ends in a refusal."""

    name = "body_limits"
    kind: FilterKind = "inbound"
    order = 40

    def __init__(self, settings: GatewaySettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    def should_filter(self, _: Exchange) -> bool:
        """Apply to all."""
        return True

    def apply(self, exchange: Exchange) -> None:
        """Refuse an announced size at once, and count what comes."""
        limit = self._limit(exchange)
        if int(exchange.header(b"content-length") or 0) > limit:
            raise _too_large(limit)
        slow = None if _uploads(exchange.path) else self._settings.body_seconds
        exchange.receive = _CountedBody(exchange, limit, self._clock, self._settings.upload_idle_seconds, slow).receive

    def _limit(self, exchange: Exchange) -> int:
        if _uploads(exchange.path):
            return self._settings.max_upload_bytes
        if _picture(exchange):
            return self._settings.max_picture_bytes
        if exchange.path == _IMPORTS and exchange.method == "POST":
            return self._settings.max_import_bytes
        return 0 if exchange.method in SAFE_METHODS else self._settings.max_body_bytes


def _too_large(limit: int) -> BodyTooLargeError:
    return BodyTooLargeError(f"A body here has at most {limit} bytes.", limit_bytes=limit)


class _CountedBody:
    """A `receive` that knows how much came and how long it took."""

    def __init__(
        self, exchange: Exchange, limit: int, clock: Clock, idle_seconds: float, whole_seconds: float | None
    ) -> None:
        self._exchange = exchange
        self._receive = exchange.receive
        self._limit = limit
        self._clock = clock
        self._idle_seconds = idle_seconds
        self._ends_at = None if whole_seconds is None else clock.monotonic() + whole_seconds
        self._seen = 0
        self._whole = False

    async def receive(self) -> dict[str, Any]:
        """Return the next message.

        Raises:
            BodyTooLargeError: when the body grows over its bound.
            BodyTooSlowError: when it does not come in time.
        """
        if self._whole:
            message: dict[str, Any] = await self._receive()
            return message
        try:
            async with asyncio.timeout(self._seconds_left()):
                message = await self._receive()
        except TimeoutError as error:
            self._exchange.refusal = BodyTooSlowError("The body did not arrive in time; send it again.")
            raise self._exchange.refusal from error
        self._seen += len(message.get("body", b""))
        if self._seen > self._limit:
            self._exchange.refusal = _too_large(self._limit)
            raise self._exchange.refusal
        self._whole = message["type"] == "http.disconnect" or not message.get("more_body", False)
        return message

    def _seconds_left(self) -> float:
        if self._ends_at is None:
            return self._idle_seconds
        return max(0.0, self._ends_at - self._clock.monotonic())
