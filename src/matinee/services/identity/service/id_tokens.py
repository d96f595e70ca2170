"""What a provider's ID token proves (OpenID Connect Core 1.0 §3.1.3.7): pure checks."""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import jwt
import msgspec

from matinee.services.identity.ports.method_errors import ProviderAnswerError
from matinee.services.identity.ports.providers import ProviderDocument, ProviderTokens

# Public-key signatures only: with `none` or a shared secret, anybody or the wrong party could sign.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
MAX_TOKEN_CHARACTERS = 16 * 1024
MAX_SUBJECT_CHARACTERS = 255
_SKEW_SECONDS = 60
_MAX_AGE_SECONDS = 600
_HASHES = {"256": hashlib.sha256, "384": hashlib.sha384, "512": hashlib.sha512, "EdDSA": hashlib.sha512}


class Vouched(msgspec.Struct, frozen=True, kw_only=True):
    """For whom a provider vouches. `email` is empty unless the provider says that it was verified."""

    subject: str
    email: str = ""
    name: str = ""
    language: str = ""


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What a token must be about."""

    client_id: str
    nonce: str
    now: datetime


def key_id(token: str) -> str:
    """Return the `kid` that a token names, empty for none.

    Raises:
        ProviderAnswerError: when it is not a token that could be accepted.
    """
    if len(token) > MAX_TOKEN_CHARACTERS:
        raise _refused("it is too long")
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError as error:
        raise _refused("it is not a token") from error
    if header.get("alg") not in ALGORITHMS:
        raise _refused("it is not signed as it must be")
    kid = header.get("kid", "")
    return kid if isinstance(kid, str) else ""


def verified(
    tokens: ProviderTokens, document: ProviderDocument, keys: Sequence[Mapping[str, Any]], expected: Expected
) -> Mapping[str, Any]:
    """Return the claims of a token whose signature, issuer, audience, time and nonce are right.

    Raises:
        ProviderAnswerError: when anything is not; the sentence says what, and holds nothing of the token.
    """
    kid = key_id(tokens.id_token)
    algorithm = str(jwt.get_unverified_header(tokens.id_token)["alg"])
    if algorithm not in document.id_token_signing_alg_values_supported:
        raise _refused("it is not signed as the provider says it would be")
    claims = _decoded(tokens.id_token, _key(keys, kid, algorithm), algorithm, document, expected)
    _check_times(claims, expected.now)
    if not hmac.compare_digest(str(claims.get("nonce", "")), expected.nonce):
        raise _refused("it answers another question")
    if _audiences(claims) != [expected.client_id] and claims.get("azp") != expected.client_id:
        raise _refused("it is meant for somebody else too")
    if "azp" in claims and claims["azp"] != expected.client_id:
        raise _refused("it was given to somebody else")
    if "at_hash" in claims and claims["at_hash"] != _half_hash(tokens.access_token, algorithm):
        raise _refused("it belongs to another access token")
    return claims


def vouched(claims: Mapping[str, Any]) -> Vouched:
    """Return for whom verified claims vouch.

    Raises:
        ProviderAnswerError: when they name nobody.
    """
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT_CHARACTERS:
        raise _refused("it names nobody")
    # Some providers write the boolean as a string.
    confirmed = claims.get("email_verified") in {True, "true"}
    return Vouched(
        subject=subject,
        email=_text(claims, "email") if confirmed else "",
        name=_text(claims, "name"),
        language=_text(claims, "locale"),
    )


def _refused(reason: str) -> ProviderAnswerError:
    return ProviderAnswerError(f"The provider's token was not accepted: {reason}.")


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name, "")
    return value if isinstance(value, str) else ""


def _audiences(claims: Mapping[str, Any]) -> list[Any]:
    audience = claims.get("aud")
    return list(audience) if isinstance(audience, list) else [audience]


def _key(keys: Sequence[Mapping[str, Any]], kid: str, algorithm: str) -> jwt.PyJWK:
    kinds = {"R": "RSA", "P": "RSA", "E": "EC"}
    kind = "OKP" if algorithm == "EdDSA" else kinds[algorithm[0]]
    fitting = [key for key in keys if key.get("kty") == kind and key.get("use", "sig") == "sig"]
    named = [key for key in fitting if key.get("kid") == kid] if kid else fitting
    if len(named) != 1:
        raise _refused("the provider has no such key")
    try:
        return jwt.PyJWK(dict(named[0]), algorithm=algorithm)
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise _refused("the provider's key cannot be used") from error


def _decoded(
    token: str, key: jwt.PyJWK, algorithm: str, document: ProviderDocument, expected: Expected
) -> Mapping[str, Any]:
    try:
        claims: Mapping[str, Any] = jwt.decode(
            token,
            key=key,
            algorithms=[algorithm],
            audience=expected.client_id,
            issuer=document.issuer,
            # Times are compared with the clock that is passed in, not with the machine's.
            options={
                "require": ["iss", "sub", "aud", "exp", "iat"],
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
    except jwt.InvalidIssuerError as error:
        raise _refused("another issuer made it") from error
    except jwt.InvalidAudienceError as error:
        raise _refused("it is meant for somebody else") from error
    except (jwt.PyJWTError, ValueError) as error:
        raise _refused("its signature or its form is wrong") from error
    return claims


def _check_times(claims: Mapping[str, Any], now: datetime) -> None:
    times = [claims.get(name) for name in ("exp", "iat")]
    if any(isinstance(value, bool) or not isinstance(value, int | float) for value in times):
        raise _refused("its times are no times")
    expires, issued = (float(value) for value in times if isinstance(value, int | float))
    seconds = now.astimezone(UTC).timestamp()
    if seconds > expires + _SKEW_SECONDS:
        raise _refused("it has expired")
    if issued > seconds + _SKEW_SECONDS or seconds - issued > _MAX_AGE_SECONDS:
        raise _refused("it was not made just now")


def _half_hash(access_token: str, algorithm: str) -> str:
    """Return the left half of the access token's digest (OpenID Connect Core §3.1.3.6)."""
    digest = _HASHES.get(algorithm, _HASHES.get(algorithm[2:], hashlib.sha256))(access_token.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
