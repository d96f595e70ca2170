"""Refresh tokens: derived, not stored.

A token names its session and generation and carries a MAC over both and the session's salt, under a key that is not
in the database. So a copy of the database holds no token, every old token is recognised for what it is, and the
successor of one can be given again without having been kept.
"""

import hashlib
import hmac
import re

from matinee.kit.ids import SessionId
from matinee.kit.signing import encode_base64url
from matinee.services.identity.ports.records import Session

SALT_BYTES = 16
_TOKEN = re.compile(r"([0-9a-z]{1,32})\.([0-9]{1,9})\.([A-Za-z0-9_-]{43})")


class RefreshTokens:
    """Makes and checks refresh tokens.

    Args:
        key: 32 secret bytes of this installation.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def make(self, session: Session) -> str:
        """Return the token of a session's current generation."""
        return f"{session.session_id}.{session.generation}.{self._mac(session, session.generation)}"

    def session_of(self, token: str) -> SessionId | None:
        """Return which session a token claims to belong to, None when it has not the form of one."""
        match = _TOKEN.fullmatch(token)
        return SessionId(match.group(1)) if match else None

    def generation(self, token: str, session: Session) -> int | None:
        """Return which generation of a session's tokens this is, None when it never was one."""
        match = _TOKEN.fullmatch(token)
        if match is None or match.group(1) != session.session_id:
            return None
        generation = int(match.group(2))
        if not hmac.compare_digest(match.group(3), self._mac(session, generation)):
            return None
        return generation

    def _mac(self, session: Session, generation: int) -> str:
        message = b"refresh\0%s\0%d\0%s" % (session.session_id.encode(), generation, session.salt)
        return encode_base64url(hmac.digest(self._key, message, hashlib.sha256))
