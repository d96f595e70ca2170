"""Signed webhooks: what both processors' ways have in common."""

import hashlib
import hmac
import re
from datetime import datetime

from matinee.services.billing.ports import WebhookError

# The form of both processors: a Unix second, then one or more HMACs in hex (more while a secret is being replaced).
_SIGNATURE = re.compile(r"t=([0-9]{1,12})((?:,[a-z0-9]{1,8}=[0-9a-f]{0,128}){1,8})")
MAX_SIGNATURE_CHARACTERS = 1024


def verified_timestamp(header: str | None, body: bytes, secret: bytes) -> int:
    """Return the Unix second of a body whose HMAC-SHA256 over `timestamp.body` is in the header under `v1`.

    Raises:
        WebhookError: when the header is absent or malformed, the secret is empty, or no signature fits.
    """
    match = _SIGNATURE.fullmatch((header or "")[:MAX_SIGNATURE_CHARACTERS])
    if match is None or not secret:
        raise WebhookError("The webhook is not signed.")
    timestamp = match.group(1)
    expected = hmac.digest(secret, timestamp.encode() + b"." + body, hashlib.sha256).hex()
    pairs = (part.partition("=") for part in match.group(2).split(",")[1:])
    # All are compared, so that the time taken says nothing of which one fitted.
    fits = [hmac.compare_digest(expected, value) for name, _, value in pairs if name == "v1"]
    if not any(fits):
        raise WebhookError("The webhook's signature does not fit its body.")
    return int(timestamp)


def check_fresh(timestamp: int, *, now: datetime, tolerance_seconds: int) -> None:
    """Return when a signed moment is within the tolerance, to both sides.

    Raises:
        WebhookError: when it is not: somebody may be playing an old webhook again.
    """
    if abs(now.timestamp() - timestamp) > tolerance_seconds:
        raise WebhookError("The webhook was signed too long ago, or in the future.")
