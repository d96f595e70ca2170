"""Passkeys (WebAuthn Level 3): discoverable credentials that prove possession and the person at once."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

import msgspec
import webauthn
from msgspec import Meta
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import options_to_json_dict
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from matinee.kit.signing import decode_base64url
from matinee.services.identity.ports.method_errors import PasskeyRefusedError
from matinee.services.identity.ports.method_records import PasskeyRecord

T = TypeVar("T")
_NAME = "Matinee"
_ALGORITHMS = [
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
_LOOPBACK = frozenset({"127.0.0.1", "::1"})
_Base64url = Annotated[str, Meta(min_length=1, max_length=8192, pattern="^[A-Za-z0-9_-]+$")]


class AuthenticatorAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an authenticator says, in base64url; which members there are depends on the question."""

    clientDataJSON: _Base64url  # noqa: N815  # WebAuthn's own name
    attestationObject: _Base64url = ""  # noqa: N815
    authenticatorData: _Base64url = ""  # noqa: N815
    signature: _Base64url = ""
    userHandle: Annotated[str, Meta(max_length=128)] | None = None  # noqa: N815


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """A `PublicKeyCredential` as browsers write it in JSON; members that are not needed are dropped."""

    id: _Base64url
    rawId: _Base64url  # noqa: N815
    type: Annotated[str, Meta(max_length=32)]
    response: AuthenticatorAnswer


class RelyingParty(msgspec.Struct, frozen=True):
    """Whom passkeys are made for: a host name, and the origins whose pages may ask for them."""

    rp_id: str
    origins: tuple[str, ...]

    @staticmethod
    def of(public_url: str) -> "RelyingParty":
        """Return the relying party of a site.

        Passkeys belong to names. A site that is known by a loopback address answers to `localhost` as well.
        """
        parts = urlsplit(public_url)
        host = parts.hostname or "localhost"
        port = f":{parts.port}" if parts.port else ""
        origin = f"{parts.scheme}://{parts.netloc}"
        if host in _LOOPBACK:
            return RelyingParty("localhost", (origin, f"{parts.scheme}://localhost{port}"))
        return RelyingParty(host, (origin,))


def registration_options(
    party: RelyingParty, *, challenge: bytes, user_id: str, email: str, name: str, known: Sequence[PasskeyRecord]
) -> Mapping[str, Any]:
    """Return what `navigator.credentials.create` wants, in JSON; authenticators with a known passkey are left out."""
    options = webauthn.generate_registration_options(
        rp_id=party.rp_id,
        rp_name=_NAME,
        user_id=user_id.encode(),
        user_name=email,
        user_display_name=name or email,
        challenge=challenge,
        exclude_credentials=_descriptors(known),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        supported_pub_key_algs=_ALGORITHMS,
    )
    return options_to_json_dict(options)


def sign_in_options(party: RelyingParty, *, challenge: bytes, known: Sequence[PasskeyRecord] = ()) -> Mapping[str, Any]:
    """Return what `navigator.credentials.get` wants, in JSON; without `known`, any passkey of this site will do."""
    options = webauthn.generate_authentication_options(
        rp_id=party.rp_id,
        challenge=challenge,
        allow_credentials=_descriptors(known),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json_dict(options)


def challenge_of(credential: Credential) -> bytes:
    """Return the challenge that an answer claims to answer; what it is worth shows later.

    Raises:
        PasskeyRefusedError: when there is none.
    """
    try:
        data = msgspec.json.decode(decode_base64url(credential.response.clientDataJSON), type=_ClientData)
        return decode_base64url(data.challenge)
    except (ValueError, RecursionError) as error:
        raise PasskeyRefusedError("The answer of the authenticator cannot be read.") from error


def verify_registration(party: RelyingParty, credential: Credential, *, challenge: bytes) -> VerifiedRegistration:
    """Return the new credential; attestation is not asked for, so who made the authenticator is not known.

    Raises:
        PasskeyRefusedError: when the answer does not fit the question, or the person was not verified.
    """
    return _checked(
        lambda: webauthn.verify_registration_response(
            credential=msgspec.to_builtins(credential),
            expected_challenge=challenge,
            expected_rp_id=party.rp_id,
            expected_origin=list(party.origins),
            require_user_verification=True,
            supported_pub_key_algs=_ALGORITHMS,
        )
    )


def verify_sign_in(
    party: RelyingParty, credential: Credential, passkey: PasskeyRecord, *, challenge: bytes
) -> VerifiedAuthentication:
    """Return the proof that somebody holds a passkey and was verified by its authenticator.

    Raises:
        PasskeyRefusedError: when it proves nothing; also when the counter went back, which copies of a key do.
    """
    handle = credential.response.userHandle
    if handle is not None and _decoded(handle) != passkey.account_id.encode():
        raise PasskeyRefusedError("The passkey belongs to another account.")
    return _checked(
        lambda: webauthn.verify_authentication_response(
            credential=msgspec.to_builtins(credential),
            expected_challenge=challenge,
            expected_rp_id=party.rp_id,
            expected_origin=list(party.origins),
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    )


class _ClientData(msgspec.Struct, frozen=True):
    challenge: str


def _descriptors(known: Sequence[PasskeyRecord]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=passkey.credential_id) for passkey in known]


def _decoded(text: str) -> bytes:
    try:
        return decode_base64url(text)
    except ValueError:
        return b""


def _checked(verify: Callable[[], T]) -> T:
    try:
        return verify()
    except Exception as error:  # the library's own errors, and whatever its decoders raise on hostile bytes
        raise PasskeyRefusedError("The passkey could not be verified; try again.") from error
