"""The tokens of one stream: what edges and the licence route accept, and whose they are."""

import hashlib
import hmac
from datetime import datetime

from matinee.contracts.catalogue import Release, capped_path
from matinee.contracts.edge import DeliveryToken
from matinee.contracts.playback import LicenceToken
from matinee.kit.ids import Ids, SessionId
from matinee.kit.passport import Passport
from matinee.kit.signing import SigningKey, TokenError, Verifier

_BOUND_MARK = "-"
_MARK_CHARACTERS = 16
_BESIDE_THE_PICTURE = ("audio", "text", "subtitles", "trickplay")
# Scripts send the operator key where the licence route wants its token, so they cannot show who they are there.
_UNBOUND_SESSIONS = frozenset({"", "cli"})


def _mark(random_part: str, caller_session: str) -> str:
    return hashlib.sha256(f"{random_part}\0{caller_session}".encode()).hexdigest()[:_MARK_CHARACTERS]


def new_session(ids: Ids, passport: Passport) -> SessionId:
    """Return a fresh stream session that `belongs_to` can tie to the caller without telling who that is."""
    random_part = ids.new()
    if passport.session in _UNBOUND_SESSIONS:
        return SessionId(random_part)
    return SessionId(f"{random_part}{_BOUND_MARK}{_mark(random_part, passport.session)}")


def belongs_to(session: SessionId, passport: Passport) -> bool:
    """Return whether the caller is who opened the session; others than browsers' belong to whoever has the token."""
    random_part, separator, mark = session.partition(_BOUND_MARK)
    return not separator or hmac.compare_digest(mark, _mark(random_part, passport.session))


def scope_of(release: Release, max_height: int | None) -> tuple[str, ...]:
    """Return what of a release may be read under a bound on lines; empty means all. The lowest rendition always may."""
    bound = bound_of(release, max_height)
    if bound is None:
        return ()
    pictures = tuple(f"video/{one.name}" for one in release.renditions if one.height <= bound)
    return (*manifests_of(release, max_height), *_BESIDE_THE_PICTURE, *pictures)


def bound_of(release: Release, max_height: int | None) -> int | None:
    """Return the greatest height that may be read, None when that is all of the release."""
    heights = sorted({rendition.height for rendition in release.renditions})
    if max_height is None or not heights or heights[-1] <= max_height:
        return None
    return max((height for height in heights if height <= max_height), default=heights[0])


def manifests_of(release: Release, max_height: int | None) -> tuple[str, str]:
    """Return the HLS and DASH manifests for a bound on lines; whole ones where the release has none for it."""
    bound = bound_of(release, max_height)
    if bound is None or bound not in release.capped_heights:
        return release.hls_path, release.dash_path
    return capped_path(release.hls_path, bound), capped_path(release.dash_path, bound)


class Tokens:
    """Signs and reads the tokens of streams.

    Args:
        delivery: the key that edges verify with its public half.
        licence: the key of licence tokens.
    """

    def __init__(self, *, delivery: SigningKey, licence: SigningKey) -> None:
        self._delivery = delivery
        self._licence = licence
        self._reader = Verifier(licence.public, LicenceToken)

    def delivery(self, release: Release, session: SessionId, expires_at: int, max_height: int | None = None) -> str:
        """Return permission to read the files of a release, without pictures of more than `max_height` lines."""
        return self._delivery.sign(
            DeliveryToken(
                title_id=release.title_id,
                release_id=release.release_id,
                session=session,
                expires_at=expires_at,
                scope=scope_of(release, max_height),
            )
        )

    def licence(self, release: Release, session: SessionId, expires_at: int) -> str:
        """Return permission to fetch a release's key."""
        return self._licence.sign(
            LicenceToken(title_id=release.title_id, key_id=release.key_id, session=session, expires_at=expires_at)
        )

    def read_licence(self, token: str, passport: Passport, now: datetime) -> LicenceToken:
        """Return what a licence token permits.

        Raises:
            TokenError: when it is bad, expired, or of another session.
        """
        permission = self._reader.verify(token, now=now)
        if not belongs_to(permission.session, passport):
            raise TokenError("The licence belongs to another session; press play again.")
        return permission
