"""Rows of profiles and of sign-in methods other than the password, inside one transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from matinee.kit.ids import AccountId, ProfileId
from matinee.services.identity.ports.method_records import (
    LinkRecord,
    Pairing,
    PasskeyRecord,
    ProfileRecord,
    TotpRecord,
)


class ProfileRows(Protocol):
    """Profiles."""

    async def get(self, profile_id: ProfileId) -> ProfileRecord | None:
        """Return a profile, or None."""
        ...

    async def of(self, account_id: AccountId) -> Sequence[ProfileRecord]:
        """Return an account's profiles, oldest first."""
        ...

    async def for_change(self, account_id: AccountId) -> Sequence[ProfileRecord]:
        """Return an account's profiles, oldest first, which nobody adds to or changes until the transaction ends."""
        ...

    async def insert(self, profile: ProfileRecord) -> None:
        """Add a profile."""
        ...

    async def save(self, profile: ProfileRecord) -> None:
        """Write back a profile that was got for change."""
        ...

    async def remove(self, profile_id: ProfileId) -> None:
        """Remove a profile; idempotent."""
        ...


class TotpRows(Protocol):
    """Authenticator apps and recovery codes, one set for an account."""

    async def get(self, account_id: AccountId) -> TotpRecord | None:
        """Return an account's app, confirmed or not, locked when the transaction may write, or None."""
        ...

    async def put(self, record: TotpRecord) -> None:
        """Add or replace an account's app."""
        ...

    async def remove(self, account_id: AccountId) -> None:
        """Remove an account's app and recovery codes; idempotent."""
        ...

    async def set_codes(self, account_id: AccountId, digests: Sequence[bytes]) -> None:
        """Replace an account's recovery codes."""
        ...

    async def take_code(self, account_id: AccountId, digest: bytes) -> bool:
        """Remove a recovery code; False when there is none, so that each works once."""
        ...

    async def codes_left(self, account_id: AccountId) -> int:
        """Return how many recovery codes an account has left."""
        ...


class PasskeyRows(Protocol):
    """WebAuthn credentials."""

    async def by_credential(self, credential_id: bytes) -> PasskeyRecord | None:
        """Return the passkey with a credential id, locked when the transaction may write, or None."""
        ...

    async def of(self, account_id: AccountId) -> Sequence[PasskeyRecord]:
        """Return an account's passkeys, oldest first."""
        ...

    async def insert(self, passkey: PasskeyRecord) -> None:
        """Add a passkey.

        Raises:
            ConstraintError: when its credential id is known; nothing more may be done in the transaction.
        """
        ...

    async def save(self, passkey: PasskeyRecord) -> None:
        """Write back a passkey."""
        ...

    async def remove(self, passkey_id: str) -> None:
        """Remove a passkey; idempotent."""
        ...


class SpentRows(Protocol):
    """What counts once and has been used: answers to challenges. The challenges themselves are not kept."""

    async def spend(self, key: str, *, until: datetime) -> bool:
        """Note that something was used, until it would have expired anyway; False when it was used before."""
        ...

    async def sweep(self, *, now: datetime) -> None:
        """Forget what has expired."""
        ...


class LinkRows(Protocol):
    """Links to accounts at providers."""

    async def get(self, provider: str, subject: str) -> LinkRecord | None:
        """Return the link of a provider's account, or None."""
        ...

    async def of(self, account_id: AccountId) -> Sequence[LinkRecord]:
        """Return an account's links, oldest first."""
        ...

    async def insert(self, link: LinkRecord) -> None:
        """Add a link; ConstraintError when the provider's account is linked already."""
        ...

    async def remove(self, account_id: AccountId, provider: str) -> None:
        """Remove an account's links to a provider; idempotent."""
        ...


class PairingRows(Protocol):
    """Devices that ask to be signed in."""

    async def insert(self, pairing: Pairing, *, device_hash: str) -> None:
        """Add a pairing; ConstraintError when its user code is in use."""
        ...

    async def by_device(self, device_hash: str) -> Pairing | None:
        """Return the pairing of a device code's digest, locked when the transaction may write, or None."""
        ...

    async def by_user_code(self, user_code: str) -> Pairing | None:
        """Return the pairing of a user code, locked when the transaction may write, or None."""
        ...

    async def save(self, pairing: Pairing) -> None:
        """Write back a pairing."""
        ...

    async def deny_approved(self, account_id: AccountId) -> None:
        """Refuse every device that an account has let in and that has not come yet."""
        ...

    async def count(self, *, address_group: str | None = None) -> int:
        """Return how many pairings are kept, of those begun from one place when it is named."""
        ...

    async def sweep(self, *, before: datetime) -> None:
        """Remove pairings that expired before a moment."""
        ...
