"""Opaque keyset cursors: where a page ended, signed so that nobody edits them.

Form: `base64url(version, scope digest, key values, MAC)`. A cursor made for other filters or another order is refused.
"""

import hashlib
import hmac

import msgspec

from matinee.kit.errors import InvalidError
from matinee.kit.signing import decode_base64url, encode_base64url

_VERSION = 1
_MAC_BYTES = 16
KeyValue = str | int | float


class CursorError(InvalidError):
    """The cursor is malformed, foreign, or of another version or query."""

    code = "cursor"
    title = "The cursor cannot be used here"


class Cursors:
    """Makes and reads cursors.

    Args:
        secret: at least 16 bytes, shared by all processes that serve the same pages.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def _mac(self, scope: str, body: bytes) -> bytes:
        return hmac.digest(self._secret, scope.encode() + b"\0" + body, hashlib.sha256)[:_MAC_BYTES]

    def encode(self, scope: str, values: tuple[KeyValue, ...]) -> str:
        """Return the cursor that continues after the row with these sort key values.

        Args:
            scope: names the filter and order, such as `titles:genre=drama`; the same string must be given to decode.
            values: the sort key of the last row shown, ending in its unique id.
        """
        body = msgspec.msgpack.encode([_VERSION, *values])
        return encode_base64url(self._mac(scope, body) + body)

    def decode(self, scope: str, cursor: str) -> tuple[KeyValue, ...]:
        """Return the sort key values inside `cursor`.

        Raises:
            CursorError: when it was not made by `encode` with the same scope and secret.
        """
        try:
            raw = decode_base64url(cursor)
            mac, body = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
            if not hmac.compare_digest(mac, self._mac(scope, body)):
                raise CursorError("The cursor belongs to another query; start again from the first page.")
            version, *values = msgspec.msgpack.decode(body, type=list[KeyValue])
        except (ValueError, msgspec.DecodeError) as error:
            raise CursorError("The cursor is not one of ours; start again from the first page.") from error
        if version != _VERSION:
            raise CursorError("The cursor is from another version; start again from the first page.")
        return tuple(values)
