"""What an edge appliance accepts: delivery tokens, and the index that lets it verify what it fetched."""

from typing import Annotated

import msgspec
from msgspec import Meta

from matinee.kit.ids import ReleaseId, SessionId, TitleId

INDEX_NAME = "index.json"
RELEASE_ID_CHARACTERS = 32
Digest = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$", description="SHA-256, hexadecimal")]


class DeliveryToken(msgspec.Struct, frozen=True, tag="delivery", kw_only=True):
    """Permission to read files of one release until a moment. Stands in the path: `/v1/<token>/<file>`.

    Attributes:
        scope: folders or files below the release that may be read, such as `("video/h264_360p", "audio")`; empty
            means all. A scope covers itself and what lies below it, never a longer name (`video/a` is not `video/ab`).
        session: whose it is; reported with the bytes.
        expires_at: Unix seconds, exclusive.
    """

    title_id: TitleId
    release_id: ReleaseId
    session: SessionId
    expires_at: int
    scope: tuple[str, ...] = ()


class IndexedFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a release."""

    size_bytes: int
    sha256: Digest
    content_type: str


class ReleaseIndex(msgspec.Struct, frozen=True, kw_only=True):
    """`index.json`: every file of a release by its path. Its own SHA-256 names the release."""

    title_id: TitleId
    files: dict[str, IndexedFile]


def release_prefix(title_id: TitleId, release_id: ReleaseId) -> str:
    """Return the blob prefix of a release, without a trailing slash."""
    return f"releases/{title_id}/{release_id}"
