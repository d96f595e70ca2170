"""Challenges that are not kept: each carries its own expiry and proof of origin; only used ones are remembered."""

import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta

from matinee.services.identity.ports.store import Transaction

_RANDOM_BYTES = 16
_TIME_BYTES = 4
_MAC_BYTES = 16
_BYTES = _RANDOM_BYTES + _TIME_BYTES + _MAC_BYTES


class Challenges:
    """Makes challenges, knows its own, and takes each answer once.

    Args:
        key: 32 secret bytes of this installation.
        seconds: how long a challenge may be answered.
    """

    def __init__(self, key: bytes, *, seconds: int) -> None:
        self._key = key
        self._seconds = seconds

    def make(self, purpose: str, *, now: datetime) -> bytes:
        """Return a fresh challenge that is good for one purpose, such as `sign-in` or `register:<session>`."""
        expires_at = int((now + timedelta(seconds=self._seconds)).timestamp())
        head = secrets.token_bytes(_RANDOM_BYTES) + expires_at.to_bytes(_TIME_BYTES)
        return head + self._mac(purpose, head)

    async def take(self, tx: Transaction, challenge: bytes, purpose: str, *, now: datetime) -> bool:
        """Return whether a challenge is ours, for this purpose, not expired and not answered before."""
        head, mac = challenge[:-_MAC_BYTES], challenge[-_MAC_BYTES:]
        if len(challenge) != _BYTES or not hmac.compare_digest(mac, self._mac(purpose, head)):
            return False
        expires_at = datetime.fromtimestamp(int.from_bytes(head[_RANDOM_BYTES:]), UTC)
        if now >= expires_at:
            return False
        return await tx.spent.spend(hashlib.sha256(challenge).hexdigest(), until=expires_at)

    def _mac(self, purpose: str, head: bytes) -> bytes:
        return hmac.digest(self._key, b"challenge 1:" + purpose.encode() + b"\0" + head, hashlib.sha256)[:_MAC_BYTES]
