"""The device authorisation grant (RFC 8628): its codes and its states, pure.

        authorised by a person          asked for by the device
pending ─────────────────────▶ approved ───────────────────────▶ used
   │  refused by a person
   └─────────────────────────▶ denied           any of them, after `expires_at`: expired
"""

import secrets
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from matinee.kit.ids import AccountId
from matinee.services.identity.ports.method_records import Pairing

Answer = Literal["authorization_pending", "slow_down", "expired_token", "access_denied", "invalid_grant", "granted"]

# RFC 8628 §6.1: no vowels, so no words; nothing that looks like a digit. 20⁸ codes are 34 bits.
_ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
_USER_CODE_CHARACTERS = 8
_SLOWER_SECONDS = 5
_LONGEST_INTERVAL_SECONDS = 60


def new_device_code() -> str:
    """Return 256 random bits for the device alone."""
    return secrets.token_urlsafe(32)


def new_user_code() -> str:
    """Return eight letters for a person to type."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_USER_CODE_CHARACTERS))


def shown(user_code: str) -> str:
    """Return a user code as people see it: two groups of four."""
    half = _USER_CODE_CHARACTERS // 2
    return f"{user_code[:half]}-{user_code[half:]}"


def typed(text: str) -> str:
    """Return the user code that somebody typed: case and everything that is no letter do not count."""
    return "".join(letter for letter in text.upper() if letter in _ALPHABET)[: _USER_CODE_CHARACTERS + 1]


def ask(pairing: Pairing, now: datetime) -> tuple[Pairing, Answer]:
    """Return what a device is told when it asks, and the pairing afterwards; `granted` uses it up."""
    if pairing.state == "used":
        return pairing, "invalid_grant"
    if now >= pairing.expires_at:
        return pairing, "expired_token"
    if _too_soon(pairing, now):
        slower = min(pairing.interval_seconds + _SLOWER_SECONDS, _LONGEST_INTERVAL_SECONDS)
        return msgspec.structs.replace(pairing, interval_seconds=slower, asked_at=now), "slow_down"
    asked = msgspec.structs.replace(pairing, asked_at=now)
    if pairing.state == "approved":
        return msgspec.structs.replace(asked, state="used"), "granted"
    return asked, "access_denied" if pairing.state == "denied" else "authorization_pending"


def _too_soon(pairing: Pairing, now: datetime) -> bool:
    # A second of grace: the device's clock starts when our answer arrives, ours when it was sent.
    least = timedelta(seconds=max(pairing.interval_seconds - 1, 0))
    return pairing.asked_at is not None and now - pairing.asked_at < least


def decide(
    pairing: Pairing, now: datetime, *, account_id: AccountId, state: Literal["approved", "denied"]
) -> Pairing | None:
    """Return the pairing after a person's decision, or None when it waits for none any more."""
    if pairing.state != "pending" or now >= pairing.expires_at:
        return None
    return msgspec.structs.replace(pairing, state=state, account_id=account_id)
