"""A WebAuthn authenticator in software: discoverable ES256 credentials, attestation `none`."""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from matinee.kit.signing import decode_base64url, encode_base64url

_PRESENT, _VERIFIED, _ATTESTED = 0x01, 0x04, 0x40
_AAGUID = bytes(16)


def cbor(value: Any) -> bytes:
    """Return CBOR (RFC 8949) of the few kinds that authenticators need: integers, bytes, text, maps."""
    if isinstance(value, bool):
        raise TypeError("no booleans here")
    if isinstance(value, int):
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    if isinstance(value, bytes):
        return _head(2, len(value)) + value
    if isinstance(value, str):
        return _head(3, len(value.encode())) + value.encode()
    assert isinstance(value, dict)
    return _head(5, len(value)) + b"".join(cbor(key) + cbor(item) for key, item in value.items())


def _head(kind: int, number: int) -> bytes:
    if number < 24:
        return bytes([kind << 5 | number])
    for code, width in ((24, 1), (25, 2), (26, 4)):
        if number < 1 << (8 * width):
            return bytes([kind << 5 | code]) + number.to_bytes(width)
    raise ValueError("too large for an authenticator")


@dataclass
class Stored:
    """A credential that the authenticator holds."""

    rp_id: str
    user_handle: bytes
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    sign_count: int = 0

    def cose_key(self) -> bytes:
        """Return the public key as RFC 9053 writes it."""
        numbers = self.key.public_key().public_numbers()
        return cbor({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)})


@dataclass
class Authenticator:
    """Answers the questions that a page at `origin` would put to it.

    Attributes:
        verifies: whether it verifies the person, by a finger or a PIN.
    """

    origin: str
    verifies: bool = True
    stored: list[Stored] = field(default_factory=list)

    def create(self, options: dict[str, Any], *, credential_id: bytes | None = None) -> dict[str, Any]:
        """Answer `navigator.credentials.create`, in JSON; with `credential_id`, under somebody else's id."""
        credential = Stored(options["rp"]["id"], decode_base64url(options["user"]["id"]))
        credential.credential_id = credential_id or credential.credential_id
        self.stored.append(credential)
        attested = (
            _AAGUID + len(credential.credential_id).to_bytes(2) + credential.credential_id + credential.cose_key()
        )
        data = self._data(credential, _ATTESTED) + attested
        response = {
            "clientDataJSON": self._client_data("webauthn.create", options["challenge"], None),
            "attestationObject": encode_base64url(cbor({"fmt": "none", "attStmt": {}, "authData": data})),
            "transports": ["internal"],
        }
        return self._credential(credential, response)

    def get(self, options: dict[str, Any], *, origin: str | None = None) -> dict[str, Any]:
        """Answer `navigator.credentials.get`, in JSON, with the newest credential that fits."""
        allowed = {one["id"] for one in options.get("allowCredentials", [])}
        fitting = [
            one
            for one in self.stored
            if one.rp_id == options["rpId"] and (not allowed or encode_base64url(one.credential_id) in allowed)
        ]
        credential = fitting[-1]
        credential.sign_count += 1
        data = self._data(credential, 0)
        client_data = self._client_data("webauthn.get", options["challenge"], origin)
        signed = data + hashlib.sha256(decode_base64url(client_data)).digest()
        response = {
            "clientDataJSON": client_data,
            "authenticatorData": encode_base64url(data),
            "signature": encode_base64url(credential.key.sign(signed, ec.ECDSA(SHA256()))),
            "userHandle": encode_base64url(credential.user_handle),
        }
        return self._credential(credential, response)

    def _data(self, credential: Stored, flags: int) -> bytes:
        flags |= _PRESENT | (_VERIFIED if self.verifies else 0)
        return hashlib.sha256(credential.rp_id.encode()).digest() + bytes([flags]) + credential.sign_count.to_bytes(4)

    def _client_data(self, kind: str, challenge: str, origin: str | None) -> str:
        data = {"type": kind, "challenge": challenge, "origin": origin or self.origin, "crossOrigin": False}
        return encode_base64url(json.dumps(data).encode())

    def _credential(self, credential: Stored, response: dict[str, Any]) -> dict[str, Any]:
        name = encode_base64url(credential.credential_id)
        return {
            "id": name,
            "rawId": name,
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": response,
        }
