"""E-mail addresses and names as they are compared."""

import re
import unicodedata

from matinee.services.identity.ports.errors import EmailError

MAX_EMAIL_CHARACTERS = 254
_MAX_LOCAL_CHARACTERS = 64
# RFC 5321 addresses as mail providers give them out: one "@", a dotted domain, nothing that needs quoting.
_EMAIL = re.compile(r"[^\s@\"(),:;<>\[\]\\\x00-\x20\x7f]+@([^\s@.\"(),:;<>\[\]\\_\x00-\x20\x7f]+\.)+[^\s@.\d_]{2,63}")


def folded(text: str) -> str:
    """Return text as it is searched: compatibility forms joined, case gone."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def email_key(email: str) -> str:
    """Return an address as it is compared: NFC, case folded."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", email).casefold())


def checked_email(email: str) -> str:
    """Return an address in NFC without spaces around it.

    Raises:
        EmailError: when no mail could ever reach it.
    """
    tidy = unicodedata.normalize("NFC", email.strip())
    local = tidy.rpartition("@")[0]
    hidden = any(unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for character in tidy)
    if len(tidy) > MAX_EMAIL_CHARACTERS or len(local) > _MAX_LOCAL_CHARACTERS or hidden or not _EMAIL.fullmatch(tidy):
        raise EmailError("Enter an e-mail address such as name@example.org.")
    return tidy
