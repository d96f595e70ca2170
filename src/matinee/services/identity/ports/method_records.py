"""What is kept of profiles and of sign-in methods other than the password."""

from datetime import datetime
from typing import Literal

import msgspec

from matinee.contracts.identity import SkipHabit
from matinee.kit.ids import AccountId, ProfileId

PairingState = Literal["pending", "approved", "denied", "used"]


class ProfileRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody in the household.

    Attributes:
        avatar: a name from the fixed set that the web client draws.
        maturity: the highest age rating, in years.
        pin_hash: argon2id of the PIN, None without one.
        pin_failures: wrong tries since the last right one; until `pin_wait_until` none is looked at.
        limits_version: grows when `maturity`, `kids` or the PIN changes; access tokens carry it.
    """

    profile_id: ProfileId
    account_id: AccountId
    name: str
    avatar: str
    language: str
    maturity: int
    kids: bool
    autoplay_next: bool
    autoplay_previews: bool
    created_at: datetime
    pin_hash: str | None = None
    pin_failures: int = 0
    pin_wait_until: datetime | None = None
    limits_version: int = 1
    skip_intro: SkipHabit = "ask"
    skip_recap: SkipHabit = "ask"
    skip_credits: SkipHabit = "ask"


class TotpRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An authenticator app.

    Attributes:
        sealed: the secret, encrypted with a key that is not in the database.
        confirmed: whether a first code was right; until then it protects nothing.
        last_step: the last time step whose code was taken.
    """

    account_id: AccountId
    sealed: bytes
    confirmed: bool
    last_step: int
    created_at: datetime


class PasskeyRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A WebAuthn credential. `credential_id` and `public_key` (COSE) are as the authenticator gave them."""

    passkey_id: str
    account_id: AccountId
    credential_id: bytes
    public_key: bytes
    sign_count: int
    name: str
    backed_up: bool
    created_at: datetime
    last_used_at: datetime | None = None


class LinkRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An account at a provider (`provider`, `subject`) that signs in to one of ours. `email` is the provider's word."""

    provider: str
    subject: str
    account_id: AccountId
    email: str
    created_at: datetime


class Pairing(msgspec.Struct, frozen=True, kw_only=True):
    """A device that asks to be signed in.

    Attributes:
        user_code: eight letters, without the dash that people see.
        address_group: what shares one allowance of waiting devices; address_hint: what the person is shown.
        interval_seconds: the device waits at least so long between questions; grows when it does not.
        asked_at: when it last asked; None before it first did.
        account_id: who approved, empty before.
    """

    pairing_id: str
    user_code: str
    client_id: str
    device_name: str
    address_group: str
    address_hint: str
    state: PairingState
    interval_seconds: int
    created_at: datetime
    expires_at: datetime
    asked_at: datetime | None = None
    account_id: AccountId = AccountId("")
