"""Members for tests: signs access tokens as the identity room does, and says which sessions have ended."""

import time
from collections.abc import Mapping
from typing import Any

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from matinee.contracts.identity import (
    AUDIENCE,
    ISSUER,
    AccessClaims,
    AccountRole,
    EndedSessions,
    KeySet,
    PublicJwk,
)
from matinee.kit.errors import UnavailableError
from matinee.kit.ids import AccountId, ProfileId, SessionId
from matinee.kit.signing import encode_base64url
from matinee.services.gateway.adapters.nobody import NoMembers

LIFE_SECONDS = 300


class TestMembers(NoMembers):
    """Stands in for the identity room before the gateway.

    Attributes:
        away: whether every call fails; asked: how often keys were asked for.
    """

    __test__ = False  # not a test class, whatever its name

    def __init__(self) -> None:
        self._private: dict[str, Ed25519PrivateKey] = {}
        self._ended: list[SessionId] = []
        self.away = False
        self.asked = 0
        self.kid = self.new_key("key-1")

    def new_key(self, kid: str) -> str:
        """Sign with a fresh key from now on; older ones still count."""
        self._private[kid] = Ed25519PrivateKey.generate()
        self.kid = kid
        return kid

    def drop_key(self, kid: str) -> None:
        """Stop publishing a key."""
        del self._private[kid]

    def end(self, session: str) -> None:
        """End a session."""
        self._ended.append(SessionId(session))

    async def keys(self) -> KeySet:
        """Return the public keys."""
        self.asked += 1
        self._answer()
        made = [
            PublicJwk(kid=kid, x=encode_base64url(key.public_key().public_bytes_raw()))
            for kid, key in self._private.items()
        ]
        return KeySet(keys=tuple(made))

    async def ended_sessions(self, *, after: int = 0) -> EndedSessions:
        """Return the sessions that ended after a position."""
        self._answer()
        return EndedSessions(sessions=tuple(self._ended[after:]), position=len(self._ended))

    def _answer(self) -> None:
        if self.away:
            raise UnavailableError("The room is away.")

    def claims(self, role: AccountRole = "member", **changes: Any) -> AccessClaims:
        """Return good claims, with changes."""
        now = int(time.time())
        good = AccessClaims(
            iss=ISSUER,
            aud=AUDIENCE,
            sub=AccountId(f"account-{role}"),
            sid=SessionId(f"session-{role}"),
            iat=now,
            exp=now + LIFE_SECONDS,
            rol=role,
            pid=ProfileId(f"profile-{role}"),
            mat=18,
            ter="FI",
            ath=now,
        )
        return msgspec.structs.replace(good, **changes)

    def token(self, role: AccountRole = "member", **changes: Any) -> str:
        """Return an access token with good claims, or with changed ones."""
        return self.sign(msgspec.to_builtins(self.claims(role, **changes)))

    def sign(self, claims: Mapping[str, Any], *, kid: str | None = None) -> str:
        """Return a signed token of any claims."""
        chosen = kid or self.kid
        return jwt.encode(dict(claims), self._private[chosen], algorithm="EdDSA", headers={"kid": chosen})

    def cookie(self, role: AccountRole = "member", **changes: Any) -> dict[str, str]:
        """Return the headers of a member's browser."""
        return {"cookie": f"matinee_access={self.token(role, **changes)}"}

    def bearer(self, role: AccountRole = "member", **changes: Any) -> dict[str, str]:
        """Return the headers of a member's application."""
        return {"authorization": f"Bearer {self.token(role, **changes)}"}
