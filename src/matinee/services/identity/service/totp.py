"""One-time codes from an authenticator app (RFC 6238), and the recovery codes beside them: pure rules."""

import hashlib
import hmac
import secrets

import pyotp
import segno

STEP_SECONDS = 30
DIGITS = 6
RECOVERY_CODES = 10
_DRIFT_STEPS = 1
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_LOOKALIKES = str.maketrans({"o": "0", "i": "1", "l": "1", "-": None, " ": None})
_GROUPS = 5
_GROUP_CHARACTERS = 5
_QR_SCALE = 6


def new_secret() -> str:
    """Return a fresh secret in base 32: 160 bits, as RFC 4226 §4 recommends."""
    return pyotp.random_base32(length=32)


def accepted_step(secret: str, code: str, *, at_seconds: float, last_step: int) -> int | None:
    """Return the time step that a code proves, or None when it proves nothing.

    Args:
        secret: base 32.
        code: as typed; blanks do not count.
        at_seconds: Unix time. A phone's clock may be a step off either way.
        last_step: the last step that was accepted; a code counts once (RFC 6238 §5.2), and so does none before it.
    """
    typed = code.replace(" ", "")
    if len(typed) != DIGITS or not (typed.isascii() and typed.isdigit()):
        return None
    totp = pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS)
    now = int(at_seconds) // STEP_SECONDS
    found = None
    for step in range(now - _DRIFT_STEPS, now + _DRIFT_STEPS + 1):
        right = hmac.compare_digest(totp.generate_otp(step), typed)
        if right and step > last_step:
            found = step
    return found


def provisioning_uri(secret: str, *, account_name: str, issuer: str) -> str:
    """Return the `otpauth:` address that authenticator apps read."""
    return pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS).provisioning_uri(
        name=account_name, issuer_name=issuer
    )


def qr_svg(text: str) -> str:
    """Return a QR code as an SVG element, black on white with the quiet zone that scanners want."""
    svg: str = segno.make(text, error="m", micro=False).svg_inline(scale=_QR_SCALE, border=4, light="#fff")
    return svg


def new_recovery_code() -> str:
    """Return five groups of five letters and digits: 125 bits, so that a plain keyed digest keeps it safe."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_CHARACTERS)) for _ in range(_GROUPS))
    return "-".join(groups)


def recovery_digest(code: str, *, key: bytes) -> bytes:
    """Return what is stored of a recovery code; case, blanks, dashes and look-alike letters do not count."""
    plain = code.casefold().translate(_LOOKALIKES)
    return hmac.digest(key, b"recovery code 1:" + plain.encode(), hashlib.sha256)
