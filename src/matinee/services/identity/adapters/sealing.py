"""Secrets at rest, and access tokens."""

import secrets

import jwt
import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from matinee.contracts.identity import AccessClaims
from matinee.kit.signing import SigningKey
from matinee.services.identity.ports.errors import SealError

_NONCE_BYTES = 12
_KEY_BYTES = 32


class ChaChaSeal:
    """ChaCha20-Poly1305 (RFC 8439) under a key derived for each secret.

    Args:
        seed: 32 secret bytes of this installation.
    """

    def __init__(self, seed: bytes) -> None:
        self._seed = seed

    def _key(self, salt: bytes) -> ChaCha20Poly1305:
        return ChaCha20Poly1305(HKDF(SHA256(), _KEY_BYTES, salt, b"matinee identity seal 1").derive(self._seed))

    def seal(self, secret: bytes, *, purpose: str) -> bytes:
        """Return the secret encrypted, bound to what it is for."""
        # A key of its own for each secret, so that the nonce, used once with it, may be fixed.
        salt = secrets.token_bytes(_KEY_BYTES)
        return salt + self._key(salt).encrypt(bytes(_NONCE_BYTES), secret, purpose.encode())

    def open(self, sealed: bytes, *, purpose: str) -> bytes:
        """Return the secret."""
        salt, body = sealed[:_KEY_BYTES], sealed[_KEY_BYTES:]
        try:
            return self._key(salt).decrypt(bytes(_NONCE_BYTES), body, purpose.encode())
        except (InvalidTag, ValueError) as error:
            raise SealError("A stored secret was sealed with another key; restore the keys folder.") from error


class JwtSigner:
    """Access tokens as JWT (RFC 7519) signed with Ed25519 (RFC 8037)."""

    def generate(self) -> tuple[bytes, bytes]:
        """Return a fresh private and its public key."""
        private = SigningKey.generate()
        return private, SigningKey(private).public

    def sign(self, claims: AccessClaims, *, kid: str, private: bytes) -> str:
        """Return the JWT."""
        key = Ed25519PrivateKey.from_private_bytes(private)
        return jwt.encode(msgspec.to_builtins(claims), key, algorithm="EdDSA", headers={"kid": kid})
