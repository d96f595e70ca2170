"""Content keys in a relational database, sealed with a key of this installation."""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.ext.asyncio import AsyncSession

from matinee.contracts.playback import ContentKey
from matinee.engines.relational import ConstraintError, Database
from matinee.kit.clock import Clock
from matinee.kit.errors import InternalError
from matinee.kit.ids import TitleId
from matinee.services.playback.adapters.tables import ContentKeyRow

_KEY_BYTES = 16
_NONCE_BYTES = 12  # NIST SP 800-38D §5.2.1.1; random ones are safe for 2**32 titles


class SealedKeyError(InternalError):
    """A stored key does not open: the table or the installation's own key was changed."""

    code = "sealed-key"
    title = "A content key cannot be read"


class SqlContentKeys:
    """Implements `ContentKeys`.

    Args:
        database: open and migrated.
        seal: 32 secret bytes of the installation.
        clock: for the time of making, kept for audits.
    """

    def __init__(self, database: Database, *, seal: bytes, clock: Clock) -> None:
        self._database = database
        self._cipher = AESGCM(seal)
        self._clock = clock

    async def find(self, title_id: TitleId) -> ContentKey | None:
        """Return the title's key, or None."""
        async with self._database.read() as session:
            return await self._stored(session, title_id)

    async def obtain(self, title_id: TitleId) -> ContentKey:
        """Return the title's key, making it on first use."""
        known = await self.find(title_id)
        if known is not None:
            return known
        try:
            return await self._make(title_id)
        except ConstraintError:
            # Another process made it between our look and our write; the first one counts.
            made = await self.find(title_id)
            if made is None:
                raise
            return made

    async def _make(self, title_id: TitleId) -> ContentKey:
        async with self._database.write() as session:
            known = await self._stored(session, title_id)
            if known is not None:
                return known
            key = ContentKey(key_id=secrets.token_hex(_KEY_BYTES), key=secrets.token_hex(_KEY_BYTES))
            sealed = self._sealed(title_id, key)
            made_at_us = int(self._clock.now().timestamp() * 1_000_000)
            session.add(ContentKeyRow(title_id=title_id, key_id=key.key_id, sealed_key=sealed, made_at_us=made_at_us))
        return key

    async def _stored(self, session: AsyncSession, title_id: TitleId) -> ContentKey | None:
        row = await session.get(ContentKeyRow, title_id)
        return None if row is None else ContentKey(key_id=row.key_id, key=self._opened(row))

    def _sealed(self, title_id: TitleId, key: ContentKey) -> bytes:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, bytes.fromhex(key.key), _bound_to(title_id, key.key_id))

    def _opened(self, row: ContentKeyRow) -> str:
        nonce, box = row.sealed_key[:_NONCE_BYTES], row.sealed_key[_NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, box, _bound_to(row.title_id, row.key_id)).hex()
        except (InvalidTag, ValueError) as error:
            raise SealedKeyError("A content key does not open with this installation's own key.") from error


def _bound_to(title_id: str, key_id: str) -> bytes:
    """Return what the box is tied to, so that a key cannot be moved to another title."""
    return f"{title_id}\0{key_id}".encode()
