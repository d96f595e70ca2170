"""Rules for passwords: long enough, not easily guessed, and nothing about their composition (NIST SP 800-63B)."""

import re
import unicodedata
from collections.abc import Sequence

from matinee.kit.clock import Clock
from matinee.kit.ids import AccountId
from matinee.services.identity.ports.crypto import PasswordHashes, PasswordJudge
from matinee.services.identity.ports.errors import CredentialsError, WeakPasswordError
from matinee.services.identity.ports.store import Store, Transaction
from matinee.services.identity.service.limits import Limits

MIN_CHARACTERS = 8
MAX_CHARACTERS = 256
WRONG = "The e-mail address, the password or the code does not fit."
_WORD = re.compile(r"[^\W_]{3,}")


def normal(password: str) -> str:
    """Return a password as it is hashed: NFC, so that one typed on another keyboard is the same."""
    return unicodedata.normalize("NFC", password)


_OWN_CHARACTERS = 4


def _beyond(password: str, words: Sequence[str]) -> int:
    """Return how many characters a password has beside words that are known of its owner."""
    left = password.casefold()
    for word in sorted({word.casefold() for word in words}, key=len, reverse=True):
        left = left.replace(word, "")
    return len(left)


class Passwords:
    """Checks, sets and proves passwords.

    Args:
        store: where their hashes are.
        hashes: makes and checks hashes.
        judge: knows which are guessed first.
        limits: on tries.
        clock: the time.
    """

    def __init__(
        self, *, store: Store, hashes: PasswordHashes, judge: PasswordJudge, limits: Limits, clock: Clock
    ) -> None:
        self._store = store
        self._hashes = hashes
        self._judge = judge
        self._limits = limits
        self._clock = clock

    async def hashed(self, password: str, *, words: Sequence[str]) -> str:
        """Return the hash of a new password.

        Args:
            words: the e-mail and the name, whose parts make a password easy to guess.

        Raises:
            WeakPasswordError: with a reason.
            HashingBusyError: when too many wait.
        """
        self.check(password, words=words)
        return await self._hashes.hash(normal(password))

    def check(self, password: str, *, words: Sequence[str]) -> None:
        """Return when a new password may be used.

        Raises:
            WeakPasswordError: with a reason.
        """
        tidy = normal(password)
        if not MIN_CHARACTERS <= len(tidy) <= MAX_CHARACTERS:
            raise WeakPasswordError(f"A password has {MIN_CHARACTERS} to {MAX_CHARACTERS} characters.")
        parts = [part for word in (*words, "matinee") for part in (word, *_WORD.findall(word))]
        if _beyond(tidy, parts) < _OWN_CHARACTERS:
            raise WeakPasswordError("This password is easily guessed. It is made of your name or e-mail address.")
        reason = self._judge.weakness(tidy, words=parts)
        if reason is not None:
            raise WeakPasswordError(reason)

    async def fits(self, hashed: str | None, password: str) -> bool:
        """Return whether a password is the one hashed; None takes as long and is False."""
        return await self._hashes.verify(hashed, normal(password))

    async def verify(self, *, account_id: AccountId, password: str, address: str) -> None:
        """Return when this is the account's password; tries are limited.

        Raises:
            CredentialsError: when it is not, or the account has none.
            WaitError: after too many tries.
        """
        await self._limits.check("password", account_id, address)
        async with self._store.reading() as tx:
            hashed = await tx.accounts.password(account_id)
        if not await self.fits(hashed, password):
            raise CredentialsError("The password does not fit.")
        await self._limits.forgive("password", account_id, address)

    async def set(self, tx: Transaction, account_id: AccountId, password_hash: str) -> None:
        """Make a hash the account's."""
        await tx.accounts.set_password(account_id, password_hash, at=self._clock.now())

    async def renewed(self, hashed: str, password: str) -> str | None:
        """Return a hash with today's parameters when the stored one has others, else None."""
        if not self._hashes.outdated(hashed):
            return None
        return await self._hashes.hash(normal(password))
