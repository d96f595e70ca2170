"""Passwords, sealed secrets and signed tokens."""

from collections.abc import Sequence
from typing import Protocol

from matinee.contracts.identity import AccessClaims


class PasswordHashes(Protocol):
    """Slow hashes of passwords and PINs, made and checked aside of everything else."""

    async def hash(self, secret: str) -> str:
        """Return a salted hash with its parameters inside.

        Raises:
            HashingBusyError: when too many wait.
        """
        ...

    async def verify(self, hashed: str | None, secret: str) -> bool:
        """Return whether the secret is the one hashed; None takes as long as a wrong one and is always False.

        Raises:
            HashingBusyError: when too many wait.
        """
        ...

    def outdated(self, hashed: str) -> bool:
        """Return whether the hash was made with other parameters than today's."""
        ...


class PasswordJudge(Protocol):
    """Knows passwords that people guess first."""

    def weakness(self, password: str, *, words: Sequence[str]) -> str | None:
        """Return one sentence on why the password is easily guessed, or None when it is good enough.

        Args:
            words: what an attacker knows of the person: parts of the e-mail and the name.
        """
        ...


class Seal(Protocol):
    """Encrypts small secrets before they are stored."""

    def seal(self, secret: bytes, *, purpose: str) -> bytes:
        """Return the secret encrypted, bound to what it is for."""
        ...

    def open(self, sealed: bytes, *, purpose: str) -> bytes:
        """Return the secret.

        Raises:
            SealError: when it was sealed by another installation, for another purpose, or was changed.
        """
        ...


class TokenSigner(Protocol):
    """Makes keys and access tokens."""

    def generate(self) -> tuple[bytes, bytes]:
        """Return a fresh private and its public key, 32 bytes each."""
        ...

    def sign(self, claims: AccessClaims, *, kid: str, private: bytes) -> str:
        """Return the JWT."""
        ...
