"""What a browser carries between starting to sign in with a provider and coming back: sealed, readable to us alone."""

from datetime import datetime
from typing import Literal, TypeVar

import msgspec

from matinee.kit.ids import AccountId, SessionId
from matinee.kit.signing import decode_base64url, encode_base64url
from matinee.services.identity.ports.crypto import Seal
from matinee.services.identity.ports.errors import SealError
from matinee.services.identity.ports.method_errors import ProviderStateError

Purpose = Literal["sign-in", "link", "confirm"]
MAX_CARRIED_CHARACTERS = 3500
_AGAIN = "Start signing in again; this answer belongs to no question that this browser asked a short while ago."


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody went to a provider. `account_id` and `session_id` are set unless the purpose is to sign in."""

    provider: str
    purpose: Purpose
    state: str
    nonce: str
    verifier: str
    return_to: str
    started_at: int
    expires_at: int
    account_id: AccountId = AccountId("")
    session_id: SessionId = SessionId("")


class PendingLink(msgspec.Struct, frozen=True, kw_only=True):
    """A provider vouched for an address that has an account, whose owner must sign in another way before they join."""

    provider: str
    subject: str
    email: str
    account_id: AccountId
    expires_at: int


Carried = TypeVar("Carried", Attempt, PendingLink)


class Carrier:
    """Seals and opens what the browser carries.

    Args:
        seal: of this installation.
    """

    def __init__(self, seal: Seal) -> None:
        self._seal = seal

    def close(self, carried: Attempt | PendingLink) -> str:
        """Return the sealed text for a cookie."""
        return encode_base64url(self._seal.seal(msgspec.json.encode(carried), purpose=_purpose(type(carried))))

    def open(self, text: str, kind: type[Carried], *, now: datetime) -> Carried:
        """Return what was sealed as this kind.

        Raises:
            ProviderStateError: when there is nothing, it is not ours, or it has expired.
        """
        if not text or len(text) > MAX_CARRIED_CHARACTERS:
            raise ProviderStateError(_AGAIN)
        try:
            carried = msgspec.json.decode(self._seal.open(decode_base64url(text), purpose=_purpose(kind)), type=kind)
        except (SealError, ValueError) as error:
            raise ProviderStateError(_AGAIN) from error
        if now.timestamp() >= carried.expires_at:
            raise ProviderStateError(_AGAIN)
        return carried


def _purpose(kind: type[Attempt | PendingLink]) -> str:
    return f"oidc:{kind.__name__}"
