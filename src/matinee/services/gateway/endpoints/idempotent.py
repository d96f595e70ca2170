"""Requests that are carried out once, however often they are sent.

A client that gets no answer sends the same request again with the same `Idempotency-Key` and gets the first answer. The
key is written down before the request goes inward, and travels with it, so that rooms that move money keep their own
count. What is kept, and what happens when this process dies in between, is told in docs/guides/gateway.md.
"""

import hashlib
import re
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import timedelta

import structlog

from matinee.kit.clock import Clock
from matinee.kit.errors import MatineeError
from matinee.kit.ids import Ids
from matinee.services.gateway.adapters.proxy import RoomAwayError
from matinee.services.gateway.endpoints.answering import send_bytes
from matinee.services.gateway.endpoints.rooms import Rooms
from matinee.services.gateway.exchange import SAFE_METHODS, Exchange, FilterKind
from matinee.services.gateway.places import LICENCES, UPLOADS, below
from matinee.services.gateway.ports import Attempt, Earlier, IdempotencyStore
from matinee.services.gateway.recording import HashedBody, Recorder
from matinee.services.gateway.refusals import (
    IdempotencyAnswerError,
    IdempotencyBusyError,
    IdempotencyKeyError,
    IdempotencyReusedError,
    NowhereError,
)
from matinee.services.gateway.settings import GatewaySettings
from matinee.services.gateway.sign_in import network_of

HEADER = b"idempotency-key"
REPLAYED = (b"idempotency-replayed", b"true")
_KEY = re.compile(r"[!-~]{1,255}")
_SERVER_ERROR = 500
# Refused before anything was done, for reasons that pass: the same request may be right a moment later.
_PASSING = frozenset({401, 403, 408, 409, 423, 425, 429})
_log = structlog.get_logger()


@dataclass(frozen=True)
class Tools:
    """What keeping answers needs."""

    store: IdempotencyStore
    clock: Clock
    ids: Ids
    settings: GatewaySettings


class Idempotent:
    """Answers requests with a key; all others pass it by at the cost of one look at the headers."""

    name = "idempotent"
    kind: FilterKind = "endpoint"
    order = 45

    def __init__(self, rooms: Rooms, tools: Tools) -> None:
        self._rooms = rooms
        self._store = tools.store
        self._clock = tools.clock
        self._ids = tools.ids
        self._settings = tools.settings
        self._at_work: set[str] = set()

    def should_filter(self, exchange: Exchange) -> bool:
        """Apply to changes with a key.

        Pieces of uploads are idempotent by their offset and may be of any size. A licence changes nothing, and whether
        it is given depends on a token that runs out.
        """
        return (
            exchange.method not in SAFE_METHODS
            and exchange.header(HEADER) is not None
            and exchange.below_api()
            and exchange.path != LICENCES
            and not (exchange.method == "PATCH" and below(exchange.path, UPLOADS))
        )

    async def apply(self, exchange: Exchange) -> None:
        """Carry the request out, or answer it again.

        Raises:
            IdempotencyKeyError: for a key that is none.
            IdempotencyBusyError: while the first request is at work, or may be.
            IdempotencyReusedError: when the key belongs to a different request.
            IdempotencyAnswerError: when the request was done but its answer was too large to keep.
        """
        key = _checked_key(exchange)
        body = HashedBody(exchange)
        await body.read_ahead()
        if body.gone:
            return
        attempt = self._attempt(exchange, key, body.fingerprint)
        if attempt.place in self._at_work:
            raise IdempotencyBusyError("The first request with this key is still at work; ask again in a moment.")
        self._at_work.add(attempt.place)
        try:
            earlier = await self._begin(attempt)
            if earlier is not None:
                await self._again(exchange, earlier, body)
            else:
                await self._first(exchange, attempt, body)
        finally:
            self._at_work.discard(attempt.place)

    def _attempt(self, exchange: Exchange, key: str, fingerprint: bytes | None) -> Attempt:
        caller = hashlib.sha256(_caller(exchange).encode()).hexdigest()
        place = hashlib.sha256("\0".join((caller, exchange.method, exchange.path, key)).encode("utf-8", "replace"))
        return Attempt(place.hexdigest(), caller, self._ids.new(), fingerprint, self._clock.now())

    async def _begin(self, attempt: Attempt) -> Earlier | None:
        settings = self._settings
        return await self._store.begin(
            attempt,
            stale_before=attempt.started_at - timedelta(seconds=settings.idempotency_lease_seconds),
            old_before=attempt.started_at - timedelta(seconds=settings.idempotency_seconds),
            keys=settings.idempotency_keys,
        )

    async def _again(self, exchange: Exchange, earlier: Earlier, body: HashedBody) -> None:
        if not earlier.finished and earlier.fingerprint in {None, body.fingerprint}:
            seconds = self._settings.idempotency_lease_seconds
            told = f"The first request with this key broke off or is still at work; wait up to {seconds} seconds."
            raise IdempotencyBusyError(told, retry_after_seconds=seconds)
        if earlier.fingerprint is not None and await body.read_away() != earlier.fingerprint:
            raise IdempotencyReusedError("This key was sent with another body; make a new key for a new request.")
        if earlier.answer is None:
            raise IdempotencyAnswerError("It was done, but the answer was too large to keep; read what it changed.")
        kept = earlier.answer
        headers = [pair for pair in kept.headers if pair[0] != b"content-length"]
        await send_bytes(exchange, kept.status, kept.body, [*headers, REPLAYED])

    async def _first(self, exchange: Exchange, attempt: Attempt, body: HashedBody) -> None:
        recorder, send = Recorder(exchange), exchange.send
        exchange.send, exchange.receive = recorder.send, body.receive
        try:
            await self._rooms.apply(exchange)
        except MatineeError as error:
            if isinstance(error, RoomAwayError | NowhereError) or exchange.refusal is not None:
                await self._close(self._store.release(attempt))
            # Anything else may have been done over there: the key stays until its lease is over.
            raise
        finally:
            exchange.send = send
        if recorder.whole:
            await self._close(self._kept(exchange, attempt, recorder, await body.read_away()))
        await recorder.let_through()

    async def _kept(self, exchange: Exchange, attempt: Attempt, recorder: Recorder, fingerprint: bytes | None) -> None:
        passing = recorder.status >= _SERVER_ERROR or recorder.status in _PASSING
        if passing or recorder.sets_cookies or exchange.refusal is not None:
            await self._store.release(attempt)
        else:
            await self._store.finish(attempt, fingerprint=fingerprint, answer=recorder.answer())

    async def _close(self, writing: Awaitable[None]) -> None:
        """Write how an attempt ended; when that fails, the answer matters more, and the lease remains."""
        try:
            await writing
        except MatineeError as error:
            _log.error("idempotency_not_kept", exc_info=error)


def _checked_key(exchange: Exchange) -> str:
    given = [value.decode("latin-1") for name, value in exchange.headers if name == HEADER]
    if len(given) != 1 or not _KEY.fullmatch(given[0]):
        raise IdempotencyKeyError("An Idempotency-Key stands once and has 1 to 255 visible ASCII characters.")
    return given[0]


def _caller(exchange: Exchange) -> str:
    if exchange.claims is not None:
        return f"account {exchange.claims.sub}"
    return "operator" if exchange.role == "operator" else f"stranger {network_of(exchange.client_address)}"
