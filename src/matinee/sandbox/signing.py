"""How webhooks are signed, and which secrets of this installation are the processor's."""

import hashlib
import hmac

import msgspec

from matinee.engines.keyring import Keyring

SIGNATURE_HEADER = "sandbox-signature"


class Secrets(msgspec.Struct, frozen=True, kw_only=True):
    """The processor's secrets. The first two are the service's as well; it takes them from the same keyring.

    Attributes:
        service: what the service shows with its calls, in hex.
        webhooks: what events are signed with.
        fingerprints: what fingerprints of cards are made with.
    """

    service: str
    webhooks: bytes
    fingerprints: bytes

    def __repr__(self) -> str:
        return "Secrets(…)"


def secrets_of(keyring: Keyring) -> Secrets:
    """Return the secrets, made at first use."""
    return Secrets(
        service=keyring.seed("sandbox-service").hex(),
        webhooks=keyring.seed("sandbox-webhooks"),
        fingerprints=keyring.seed("sandbox-fingerprints"),
    )


def signature(secret: bytes, body: bytes, *, timestamp: int) -> str:
    """Return the header of a webhook: its Unix second, and an HMAC-SHA256 in hex over `timestamp.body`."""
    mac = hmac.digest(secret, f"{timestamp}.".encode() + body, hashlib.sha256)
    return f"t={timestamp},v1={mac.hex()}"
