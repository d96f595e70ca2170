"""From a verified folder to a published release: files first, the index last, then one atomic change of the title."""

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from matinee.blobs.port import BlobStore
from matinee.contracts.catalogue import AudioChoice, Release, Rendition, TextChoice
from matinee.contracts.edge import INDEX_NAME, RELEASE_ID_CHARACTERS, IndexedFile, ReleaseIndex, release_prefix
from matinee.contracts.transcode import WorkOrder
from matinee.kit.ids import ReleaseId, TitleId
from matinee.services.transcode.service.manifests import Text
from matinee.services.transcode.service.packaging import DASH_PATH, HLS_PATH, PackagedSound, PackagedVideo
from matinee.services.transcode.service.recipe import Recipe

_PIECE_BYTES = 1024 * 1024
_UPLOADS_AT_ONCE = 8
_TYPES = {
    ".m3u8": "application/vnd.apple.mpegurl",
    ".mpd": "application/dash+xml",
    ".vtt": "text/vtt; charset=utf-8",
    ".jpg": "image/jpeg",
}
_CODEC_NAMES = {"h264": "H.264", "av1": "AV1"}


def content_type(path: str) -> str:
    """Return the media type of a release's file."""
    suffix = path[path.rfind(".") :]
    if suffix in {".m4s", ".mp4"}:
        return "audio/mp4" if path.startswith("audio/") else "video/mp4"
    return _TYPES.get(suffix, "application/octet-stream")


def _indexed(path: Path, name: str) -> IndexedFile:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            digest.update(piece)
    return IndexedFile(size_bytes=path.stat().st_size, sha256=digest.hexdigest(), content_type=content_type(name))


def build_index(folder: Path, title_id: TitleId) -> tuple[ReleaseId, bytes]:
    """Return the id and the bytes of `index.json` for every file below `folder`."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    names = [path.relative_to(folder).as_posix() for path in paths]
    files = {name: _indexed(path, name) for path, name in zip(paths, names, strict=True)}
    data = msgspec.json.encode(ReleaseIndex(title_id=title_id, files=files))
    return ReleaseId(hashlib.sha256(data).hexdigest()[:RELEASE_ID_CHARACTERS]), data


async def upload(blobs: BlobStore, folder: Path, *, title_id: TitleId, release_id: ReleaseId, index: bytes) -> None:
    """Store every file of the release, and its index after all of them."""
    prefix = release_prefix(title_id, release_id)
    gate = asyncio.Semaphore(_UPLOADS_AT_ONCE)

    async def one(name: str) -> None:
        async with gate:
            await blobs.put_file(f"{prefix}/{name}", folder / name)

    async with asyncio.TaskGroup() as group:
        for name in msgspec.json.decode(index, type=ReleaseIndex).files:
            group.create_task(one(name))
    await blobs.put(f"{prefix}/{INDEX_NAME}", index)


def bits_per_second(folder: Path, seconds: float) -> int:
    """Return the mean rate of a packaged track."""
    size = sum(path.stat().st_size for path in folder.glob("*.m4s"))
    return int(size * 8 / max(seconds, 0.001))


def describe(
    *,
    order: WorkOrder,
    release_id: ReleaseId,
    recipe: Recipe,
    key_id: str,
    folder: Path,
    videos: Sequence[PackagedVideo],
    sounds: Sequence[PackagedSound],
    texts: Sequence[Text],
    complete: bool,
) -> Release:
    """Return what the catalogue is told of a release in `folder`."""
    seconds = float(recipe.frame_count / recipe.facts.video.rate.fraction())
    artwork = sorted((folder / "artwork").glob("frame-*.jpg"), key=lambda path: int(path.stem.removeprefix("frame-")))
    return Release(
        release_id=release_id,
        title_id=order.title_id,
        complete=complete,
        duration_seconds=seconds,
        rate=recipe.facts.video.rate,
        key_id=key_id,
        hls_path=HLS_PATH,
        dash_path=DASH_PATH,
        trickplay_path="trickplay/index.vtt" if (folder / "trickplay" / "index.vtt").exists() else None,
        artwork_paths=tuple(f"artwork/{path.name}" for path in artwork),
        renditions=tuple(
            Rendition(
                name=video.rung.name,
                codec=video.rung.codec,
                width=video.rung.width,
                height=video.rung.height,
                bits_per_second=bits_per_second(folder / "video" / video.rung.name, seconds),
            )
            for video in videos
        ),
        capped_heights=tuple(sorted({video.rung.height for video in videos})[:-1]),
        audio=tuple(
            AudioChoice(
                name=made.sound.name, language=made.sound.language, channels=made.sound.channels, label=made.sound.label
            )
            for made in sounds
        ),
        text=tuple(
            TextChoice(path=one.path(), language=one.language, label=one.label, forced=one.forced) for one in texts
        ),
    )
