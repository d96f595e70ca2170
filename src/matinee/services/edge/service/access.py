"""Who may read what: the token in the path, checked without asking anyone."""

from datetime import datetime

from matinee.contracts.edge import DeliveryToken
from matinee.kit.signing import Verifier
from matinee.services.edge.service.errors import ScopeError


class Access:
    """Checks delivery tokens.

    Args:
        public_key: raw Ed25519 public key of the room that grants streams.
        remembered: verified tokens kept.
    """

    def __init__(self, public_key: bytes, *, remembered: int) -> None:
        self._verifier = Verifier(public_key, DeliveryToken, remembered=remembered)

    def check(self, token: str, path: str, *, now: datetime) -> DeliveryToken:
        """Return the token's content when it opens `path`.

        Raises:
            TokenError: when it is malformed, forged, of another kind, or expired.
            ScopeError: when it is for other files.
        """
        grant = self._verifier.verify(token, now=now)
        if grant.scope and not covers(grant.scope, path):
            raise ScopeError("The link is for other files of this title.")
        return grant


def covers(scope: tuple[str, ...], path: str) -> bool:
    """Say whether `path` is one of the scopes or lies below one; a longer name is not below (`a` and `ab`)."""
    return any(path == name or path.startswith(name + "/") for name in scope)
