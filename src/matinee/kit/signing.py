"""Compact signed tokens: Ed25519 over a typed, expiring payload, verified without asking anyone.

Form: `base64url(payload) "." base64url(signature)`, the payload being MessagePack of a struct whose first field is its
`kind`, so that a token for one purpose is never accepted for another. Source of the primitive: RFC 8032.
"""

import base64
import binascii
from collections import OrderedDict
from datetime import datetime
from typing import Generic, Protocol, TypeVar

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from matinee.kit.errors import ForbiddenError

MAX_TOKEN_CHARACTERS = 1024


class TokenError(ForbiddenError):
    """The token is malformed, of another kind, forged or expired; the sentence says which only to logs."""

    code = "token"
    title = "The link is not valid any more"


class Expiring(Protocol):
    """What every payload has: a moment after which it means nothing."""

    @property
    def expires_at(self) -> int:
        """Unix seconds, exclusive."""
        ...


Payload = TypeVar("Payload", bound=Expiring)


def encode_base64url(data: bytes) -> str:
    """Return unpadded base64url (RFC 4648 §5)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode_base64url(text: str) -> bytes:
    """Return the bytes of unpadded base64url.

    Raises:
        ValueError: on characters outside the alphabet or an impossible length.
    """
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from error
    # The library also takes "+", "/" and stray last bits, so that one token would have many spellings.
    if encode_base64url(data) != text:
        raise ValueError("not base64url in its one canonical spelling")
    return data


class SigningKey:
    """An Ed25519 private key; `public` is what verifiers need."""

    def __init__(self, private: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(private)
        self.public: bytes = self._private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @staticmethod
    def generate() -> bytes:
        """Return 32 fresh private bytes."""
        return Ed25519PrivateKey.generate().private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())

    def sign(self, payload: msgspec.Struct) -> str:
        """Return the token for `payload`."""
        body = msgspec.msgpack.encode(payload)
        return f"{encode_base64url(body)}.{encode_base64url(self._private.sign(body))}"


class Verifier(Generic[Payload]):
    """Checks tokens of one payload type, remembering recent good ones because a player shows the same one each time.

    Args:
        public: the raw 32-byte Ed25519 public key.
        payload_type: a tagged struct (`tag="delivery"`), so that kinds cannot be confused.
        remembered: how many verified tokens are kept; the least recently used go first.
    """

    def __init__(self, public: bytes, payload_type: type[Payload], *, remembered: int = 4096) -> None:
        self._key = Ed25519PublicKey.from_public_bytes(public)
        self._decoder = msgspec.msgpack.Decoder(payload_type)
        self._remembered = remembered
        self._good: OrderedDict[str, Payload] = OrderedDict()

    def verify(self, token: str, *, now: datetime) -> Payload:
        """Return the payload of a good token.

        Raises:
            TokenError: when it is malformed, of another kind, forged, or `now` is at or after its expiry.
        """
        payload = self._good.get(token)
        if payload is None:
            payload = self._check(token)
            self._good[token] = payload
            if len(self._good) > self._remembered:
                self._good.popitem(last=False)
        else:
            self._good.move_to_end(token)
        if now.timestamp() >= payload.expires_at:
            self._good.pop(token, None)
            raise TokenError("The token has expired; ask for a new one.")
        return payload

    def _check(self, token: str) -> Payload:
        if len(token) > MAX_TOKEN_CHARACTERS:
            raise TokenError("The token is too long.")
        body, _, signature = token.partition(".")
        try:
            raw = decode_base64url(body)
            self._key.verify(decode_base64url(signature), raw)
            return self._decoder.decode(raw)
        except (ValueError, InvalidSignature, msgspec.DecodeError) as error:
            raise TokenError("The token is not one of ours.") from error
