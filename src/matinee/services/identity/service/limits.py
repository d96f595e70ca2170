"""Limits on tries, by account and by address, kept in the database so that a restart forgives nothing.

A try is counted before it is made, so that many at once cannot outrun the count. Up to some number of failures cost
nothing; after that each doubles the wait, up to a longest one. Success takes the try back.
"""

import hashlib
import ipaddress
import math
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from matinee.kit.clock import Clock
from matinee.kit.errors import ConflictError
from matinee.services.identity.ports.errors import WaitError
from matinee.services.identity.ports.records import Attempts
from matinee.services.identity.ports.store import Store, Transaction
from matinee.services.identity.settings import IdentitySettings

FORGET_SECONDS = 24 * 3600
_IPV6_SITE_BITS = 64
_MOST_DOUBLINGS = 24
_ATTEMPTS = 3


class _Counter(msgspec.Struct, frozen=True):
    """One thing that is counted: its digest, how many tries are free, and the first wait after those."""

    key: str
    free: int
    first_wait_seconds: int


def address_group(address: str) -> str:
    """Return what shares one allowance: an IPv4 address, or an IPv6 /64, which one customer has whole."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, _IPV6_SITE_BITS), strict=False))
    return str(parsed)


class Limits:
    """Counts tries and says when to wait.

    Args:
        store: where counts are kept.
        clock: the time.
        settings: how many tries are free, and the longest wait.
    """

    def __init__(self, *, store: Store, clock: Clock, settings: IdentitySettings) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings

    async def check(self, what: str, subject: str, address: str) -> None:
        """Count one try of `what` at `subject`, such as a password at an account, from an address.

        Args:
            what: names the kind of try; kinds are counted apart.
            subject: an account id or a compared e-mail, whether or not there is one.
            address: of the client.

        Raises:
            WaitError: with `retry_after_seconds`; the try is not counted then.
        """
        await self._count(self._tries(what, subject, address))

    async def check_mail(self, what: str, email_key: str, address: str) -> None:
        """Count one request that may send a mail to an address; same errors as `check`."""
        free = self._settings.mail_free_tries
        await self._count(
            (
                _Counter(_digest(what, "mail", email_key), free, 60),
                _Counter(_digest(what, "mail-from", address_group(address)), self._settings.address_free_tries, 60),
            )
        )

    async def check_address(self, what: str, address: str) -> None:
        """Count one try of something that no account stands behind, such as a token; same errors as `check`."""
        await self._count((self._of_address(what, address),))

    async def forgive_address(self, what: str, address: str) -> None:
        """Take such a try back after a success."""
        async with self._store.writing() as tx:
            await self._take_back(tx, self._of_address(what, address))

    async def forgive(self, what: str, subject: str, address: str) -> None:
        """Take the try back after a success, and forget the failures of this account from this address."""
        async with self._store.writing() as tx:
            await self.forgive_in(tx, what, subject, address)

    async def take_back(self, what: str, subject: str, address: str) -> None:
        """Take a try back that neither failed nor got anybody in; failures before it still count."""
        async with self._store.writing() as tx:
            await self._take_back(tx, *self._tries(what, subject, address))

    async def forgive_in(self, tx: Transaction, what: str, subject: str, address: str) -> int:
        """Do as `forgive` in a transaction; return how many tries of this account failed before."""
        narrow, *wide = self._tries(what, subject, address)
        known = await tx.attempts.for_change([narrow.key])
        await tx.attempts.remove([narrow.key])
        await self._take_back(tx, *wide)
        return max(0, known[0].count - 1) if known else 0

    async def _take_back(self, tx: Transaction, *counters: _Counter) -> None:
        for row in await tx.attempts.for_change([counter.key for counter in counters]):
            await tx.attempts.save(msgspec.structs.replace(row, count=max(0, row.count - 1)))

    async def sweep(self, tx: Transaction) -> None:
        """Forget old failures."""
        await tx.attempts.sweep(before=self._clock.now() - timedelta(seconds=FORGET_SECONDS))

    def _tries(self, what: str, subject: str, address: str) -> tuple[_Counter, _Counter, _Counter]:
        group, settings = address_group(address), self._settings
        return (
            _Counter(_digest(what, "pair", subject, group), settings.account_free_tries, 1),
            _Counter(_digest(what, "account", subject), settings.account_wide_free_tries, 1),
            self._of_address(what, address),
        )

    def _of_address(self, what: str, address: str) -> _Counter:
        return _Counter(_digest(what, "address", address_group(address)), self._settings.address_free_tries, 1)

    async def _count(self, counters: Sequence[_Counter]) -> None:
        for left in reversed(range(_ATTEMPTS)):
            try:
                await self._count_once(counters)
                return
            except ConflictError:
                # Two first tries at once made the same row; the second finds it when it looks again.
                if not left:
                    raise

    async def _count_once(self, counters: Sequence[_Counter]) -> None:
        wait_seconds = 0
        async with self._store.writing() as tx:
            now = self._clock.now()
            known = {row.key: row for row in await tx.attempts.for_change([counter.key for counter in counters])}
            wait_seconds = max(self._wait_seconds(counter, known.get(counter.key), now) for counter in counters)
            if wait_seconds == 0:
                for counter in counters:
                    count = self._failures(known.get(counter.key), now) + 1
                    await tx.attempts.save(Attempts(key=counter.key, count=count, last_at=now))
        if wait_seconds:
            raise WaitError(
                f"Too many tries; wait {wait_seconds} seconds and try again.", retry_after_seconds=wait_seconds
            )

    def _failures(self, row: Attempts | None, now: datetime) -> int:
        if row is None or now - row.last_at >= timedelta(seconds=FORGET_SECONDS):
            return 0
        return row.count

    def _wait_seconds(self, counter: _Counter, row: Attempts | None, now: datetime) -> int:
        over = self._failures(row, now) - counter.free
        if row is None or over < 0:
            return 0
        wait = counter.first_wait_seconds * 2 ** min(over, _MOST_DOUBLINGS)
        until = row.last_at + timedelta(seconds=min(wait, self._settings.longest_wait_seconds))
        # A clock that was set back must not make anyone wait longer than the longest wait.
        left = min((until - now).total_seconds(), self._settings.longest_wait_seconds)
        return max(0, math.ceil(left))


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
