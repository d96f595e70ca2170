"""Argon2id (RFC 9106) in a few threads of low priority, with a bounded queue."""

import asyncio
import os
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from matinee.services.identity.ports.errors import HashingBusyError
from matinee.services.identity.settings import IdentitySettings

T = TypeVar("T")
_NICENESS = 10
_RETRY_SECONDS = 2


def _step_back() -> None:
    """Let threads that answer requests go first; Linux counts niceness by thread."""
    try:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
    except OSError:
        # A kernel that refuses only costs fairness.
        return


class Argon2Hashes:
    """Hashes and checks secrets aside of the loop. Close it at the end.

    Args:
        settings: parameters of argon2id, threads, and how many may wait.
    """

    def __init__(self, settings: IdentitySettings) -> None:
        self._hasher = PasswordHasher(
            time_cost=settings.hash_passes, memory_cost=settings.hash_memory_kib, parallelism=settings.hash_lanes
        )
        self._threads = ThreadPoolExecutor(settings.hash_threads, "identity hashing", initializer=_step_back)
        self._most = settings.hash_threads + settings.hash_queue
        self._waiting = 0
        self._dummy: asyncio.Future[str] | None = None

    def close(self) -> None:
        """Drop what waits and end the threads."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    async def hash(self, secret: str) -> str:
        """Return a salted hash with its parameters inside."""
        return await self._aside(lambda: self._hasher.hash(secret))

    async def verify(self, hashed: str | None, secret: str) -> bool:
        """Return whether the secret is the one hashed; None takes as long as a wrong one and is always False."""
        against = hashed or await self._dummy_hash()
        fits = await self._aside(lambda: self._fits(against, secret))
        return fits and hashed is not None

    def outdated(self, hashed: str) -> bool:
        """Return whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(hashed)

    async def prepare(self) -> None:
        """Make the hash that unknown accounts are checked against, so that the first one takes no longer."""
        await self._dummy_hash()

    def _fits(self, hashed: str, secret: str) -> bool:
        try:
            return self._hasher.verify(hashed, secret)
        except (Argon2Error, InvalidHashError):
            return False

    async def _dummy_hash(self) -> str:
        if self._dummy is None:
            self._dummy = asyncio.ensure_future(self.hash(secrets.token_hex(16)))
        return await asyncio.shield(self._dummy)

    async def _aside(self, work: Callable[[], T]) -> T:
        if self._waiting >= self._most:
            raise HashingBusyError("Many people sign in right now; try again.", retry_after_seconds=_RETRY_SECONDS)
        self._waiting += 1
        running = asyncio.get_running_loop().run_in_executor(self._threads, work)
        # Counted until the thread is done with it, also when the caller has gone.
        running.add_done_callback(self._done)
        return await running

    def _done(self, _: object) -> None:
        self._waiting -= 1
