"""Members, as their access tokens tell: verified without asking anyone, until they expire or their session ends."""

import hashlib
from collections import OrderedDict
from typing import Any

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from matinee.contracts.identity import AUDIENCE, ISSUER, AccessClaims, EndedSessions, KeySet
from matinee.kit.clock import Clock
from matinee.kit.ids import SessionId
from matinee.kit.signing import decode_base64url

MAX_TOKEN_CHARACTERS = 2_048
MAX_LIFE_SECONDS = 900
MAX_ENDED = 200_000
_EARLY_SECONDS = 60  # another machine's clock may be ahead
_SEGMENTS = 3
_ALGORITHM = "EdDSA"
_REQUIRED = ("iss", "aud", "sub", "sid", "iat", "exp", "rol")
# Times are compared with the clock that is passed in.
_OPTIONS: Any = {"verify_exp": False, "verify_iat": False, "verify_nbf": False, "require": list(_REQUIRED)}


def is_access_token(text: str) -> bool:
    """Return whether a bearer has the shape of a JWT; an operator key has no dots, a token of rooms has one."""
    return text.count(".") == _SEGMENTS - 1


class UnknownKeyError(Exception):
    """A token names a key that is not among those known here."""


class AccessTokens:
    """Verifies access tokens and remembers good ones, because a client shows the same one each time.

    Args:
        remembered: how many verified tokens are kept, by digest; the least recently used go first.
    """

    def __init__(self, clock: Clock, *, remembered: int) -> None:
        self._clock = clock
        self._remembered = remembered
        self._good: OrderedDict[bytes, AccessClaims] = OrderedDict()
        self._keys: dict[str, Ed25519PublicKey] = {}
        self._ended: OrderedDict[SessionId, float] = OrderedDict()
        self.key_set = KeySet(keys=())

    def trust(self, keys: KeySet) -> None:
        """Take the keys that count from now on; tokens of keys that are gone count no more."""
        if keys == self.key_set:
            return
        usable = {key.kid: key for key in keys.keys if (key.kty, key.crv) == ("OKP", "Ed25519")}
        self._keys = {kid: Ed25519PublicKey.from_public_bytes(decode_base64url(key.x)) for kid, key in usable.items()}
        self.key_set = keys
        self._good.clear()

    def end(self, ended: EndedSessions) -> None:
        """Refuse the tokens of these sessions and versions of profiles; each is remembered as long as a token lives."""
        now = self._clock.monotonic()
        for session in ended.sessions:
            self._ended.pop(session, None)
            self._ended[session] = now + MAX_LIFE_SECONDS + _EARLY_SECONDS
        while self._ended and (len(self._ended) > MAX_ENDED or next(iter(self._ended.values())) <= now):
            self._ended.popitem(last=False)

    def check(self, token: str) -> AccessClaims | None:
        """Return what a good token says, None for one that does not count.

        Raises:
            UnknownKeyError: when its key is not known here; newer keys may help.
        """
        if len(token) > MAX_TOKEN_CHARACTERS or not token.isascii():
            return None
        digest = hashlib.sha256(token.encode()).digest()
        claims = self._good.get(digest)
        if claims is None:
            claims = self._verified(token)
            if claims is None:
                return None
            self._good[digest] = claims
            if len(self._good) > self._remembered:
                self._good.popitem(last=False)
        else:
            self._good.move_to_end(digest)
        if self._clock.now().timestamp() >= claims.exp:
            self._good.pop(digest, None)
            return None
        return None if claims.sid in self._ended or claims.profile_version in self._ended else claims

    def outlived(self, token: str) -> AccessClaims | None:
        """Return what a token of ours said, although it counts no more; None for any other."""
        if len(token) > MAX_TOKEN_CHARACTERS or not token.isascii():
            return None
        try:
            return self._verified(token)
        except UnknownKeyError:
            return None

    def _verified(self, token: str) -> AccessClaims | None:
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") != _ALGORITHM or not isinstance(header.get("kid"), str):
                return None
            key = self._keys.get(header["kid"])
            if key is None:
                raise UnknownKeyError
            given = jwt.decode(token, key, algorithms=[_ALGORITHM], audience=AUDIENCE, issuer=ISSUER, options=_OPTIONS)
            claims = msgspec.convert(given, AccessClaims)
        except (jwt.PyJWTError, msgspec.ValidationError, ValueError, RecursionError):
            return None
        return claims if self._plausible(claims) else None

    def _plausible(self, claims: AccessClaims) -> bool:
        """Return whether a token's times and names can be ours; a life without end would outlive its session's end."""
        early = claims.iat > self._clock.now().timestamp() + _EARLY_SECONDS
        return bool(claims.sub and claims.sid) and not early and 0 < claims.exp - claims.iat <= MAX_LIFE_SECONDS
