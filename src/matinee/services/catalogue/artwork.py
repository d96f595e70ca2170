"""Choosing and keeping a title's pictures."""

import asyncio
import hashlib
import re

import structlog

from matinee.blobs.port import BlobNotFoundError, BlobStore
from matinee.contracts.catalogue import ArtworkKind, PictureError, Release, Title, TitleNotFoundError
from matinee.contracts.edge import release_prefix
from matinee.kit.errors import MatineeError
from matinee.kit.ids import TitleId
from matinee.services.catalogue.ports import MAX_PICTURE_BYTES, OFFERED_WIDTHS, Pictures

_DIGEST_CHARACTERS = 32
_DIGEST = re.compile(r"[0-9a-f]{32}")
_SENT = "sent"
_log = structlog.get_logger()


def artwork_key(title_id: TitleId, digest: str, width: int) -> str:
    """Return the blob key of one size of a picture."""
    return f"artwork/{title_id}/{digest}-{width}.webp"


def sent_path(kind: ArtworkKind, digest: str) -> str:
    """Return the candidate path of a picture that was sent."""
    return f"{_SENT}/{kind}/{digest}"


def sent_digest(path: str, kind: ArtworkKind) -> str | None:
    """Return the digest of a picture that was sent for a kind, None when the path is that of a frame.

    Raises:
        PictureError: when it was sent for another kind, or is no path at all.
    """
    if not path.startswith(f"{_SENT}/"):
        return None
    digest = path.removeprefix(f"{_SENT}/{kind}/")
    if not _DIGEST.fullmatch(digest):
        raise PictureError("That is not one of the pictures sent for this; ask for the list again.")
    return digest


def nearest_width(width: int) -> int:
    """Return the offered width nearest to the wanted one; the larger of two equally near."""
    return min(OFFERED_WIDTHS, key=lambda offered: (abs(offered - width), -offered))


class Artwork:
    """Pictures as blobs, named by what they were made from, so that storing one twice is harmless.

    Args:
        blobs: where pictures and releases are.
        pictures: what decodes them.
    """

    def __init__(self, blobs: BlobStore, pictures: Pictures) -> None:
        self._blobs = blobs
        self._pictures = pictures

    async def store(self, title_id: TitleId, kind: ArtworkKind, picture: bytes) -> str:
        """Frame and store a picture in every width; return its digest.

        Raises:
            PictureError: when it cannot be used.
        """
        if len(picture) > MAX_PICTURE_BYTES:
            raise PictureError(
                f"The picture has more than {MAX_PICTURE_BYTES // 2**20} MiB; send a smaller one.",
                limit_bytes=MAX_PICTURE_BYTES,
            )
        framed = await self._pictures.frame(picture, kind)
        digest = hashlib.sha256(kind.encode() + b"\0" + picture).hexdigest()[:_DIGEST_CHARACTERS]
        for width, data in sorted(framed.by_width.items()):
            await self._blobs.put(artwork_key(title_id, digest, width), data)
        return digest

    async def store_candidate(self, title: Title, kind: ArtworkKind, path: str) -> str:
        """Store one of the current release's candidate frames; return its digest.

        Raises:
            PictureError: when the path is not a candidate of the release, or its file is gone.
        """
        if title.release is None or path not in title.release.artwork_paths:
            raise PictureError("That is not one of the candidate frames; ask for the list again.")
        return await self.store(title.title_id, kind, await self.candidate(title.release, path))

    async def candidate(self, release: Release, path: str) -> bytes:
        """Return a candidate frame (JPEG).

        Raises:
            PictureError: when its file is gone or far larger than a frame.
        """
        key = f"{release_prefix(release.title_id, release.release_id)}/{path}"
        try:
            data = await self._blobs.get_range(key, 0, MAX_PICTURE_BYTES + 1)
        except BlobNotFoundError as error:
            raise PictureError("The candidate frame is gone; ask for the list again.") from error
        if len(data) > MAX_PICTURE_BYTES:
            raise PictureError("The candidate frame is too large.")
        return data

    async def first_choice(self, title: Title, release: Release) -> dict[ArtworkKind, str]:
        """Make pictures from the best usable candidate for kinds that have none. A film without any still publishes."""
        kinds: tuple[ArtworkKind, ...] = ("poster", "backdrop")
        missing = [kind for kind in kinds if kind not in title.artwork]
        # At the same time, because the film cannot be played before both are done.
        digests = await asyncio.gather(*(self._best(release, kind) for kind in missing))
        return {kind: digest for kind, digest in zip(missing, digests, strict=True) if digest is not None}

    async def _best(self, release: Release, kind: ArtworkKind) -> str | None:
        for path in release.artwork_paths:
            try:
                return await self.store(release.title_id, kind, await self.candidate(release, path))
            except MatineeError as error:
                _log.warning("candidate_unusable", title_id=release.title_id, kind=kind, path=path, code=error.code)
        return None

    async def read(self, title: Title, kind: ArtworkKind, width: int) -> bytes:
        """Return the chosen picture in the nearest offered width, or the widest below where the source was smaller.

        Raises:
            TitleNotFoundError: when the title has no such picture.
        """
        digest = title.artwork.get(kind)
        if digest is None:
            raise TitleNotFoundError(f"The title has no {kind}.")
        return await self.sized(title.title_id, kind, digest, width)

    async def sized(self, title_id: TitleId, kind: ArtworkKind, digest: str, width: int) -> bytes:
        """Return a stored picture in the nearest offered width, or the widest below.

        Raises:
            TitleNotFoundError: when there is none.
        """
        wanted = nearest_width(width)
        for offered in sorted((w for w in OFFERED_WIDTHS if w <= wanted), reverse=True):
            try:
                return await self._blobs.get(artwork_key(title_id, digest, offered))
            except BlobNotFoundError:
                continue
        raise TitleNotFoundError(f"The title has no {kind}.")
