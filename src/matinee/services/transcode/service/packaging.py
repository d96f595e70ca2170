"""One run of Shaka Packager: CMAF segments, encrypted `cbcs`, with HLS and DASH manifests that share them.

The key reaches the packager through a file that only we can read and that is gone when it ends; it is never an
argument, since every process may read those. Stream descriptors hold only names from closed alphabets.
"""

import contextlib
import os
import re
from collections.abc import Sequence
from pathlib import Path

import msgspec

from matinee.contracts.playback import ContentKey
from matinee.kit.errors import InternalError
from matinee.services.transcode.service.ladder import Rung
from matinee.services.transcode.service.sound import Sound
from matinee.services.transcode.service.tools import Toolbox

OUTPUT = "release"
HLS_PATH = "master.m3u8"
DASH_PATH = "manifest.mpd"
KEY_URI_SCHEME = "clearkey"
_FLAGS = "packager.flags"
_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_HEX_KEY = re.compile(r"[0-9a-f]{32}")


class PackagingError(InternalError):
    """Something about to reach the packager is not of its closed alphabet."""

    code = "packaging"
    title = "Packaging failed"


class PackagedVideo(msgspec.Struct, frozen=True, kw_only=True):
    """A stitched rendition, `path` inside the work folder."""

    rung: Rung
    path: Path


class PackagedSound(msgspec.Struct, frozen=True, kw_only=True):
    """An encoded sound track, `path` inside the work folder."""

    sound: Sound
    path: Path


def _safe(name: str) -> str:
    if not _SAFE_NAME.fullmatch(name):
        raise PackagingError("A track's name holds characters that tool arguments never hold.")
    return name


def _video_stream(video: PackagedVideo) -> str:
    folder = f"{OUTPUT}/video/{_safe(video.rung.name)}"
    playlists = f"video/{video.rung.name}"
    return (
        f"in={video.path.name},stream=video,init_segment={folder}/init.mp4,segment_template={folder}/$Number%05d$.m4s,"
        f"playlist_name={playlists}/main.m3u8,iframe_playlist_name={playlists}/iframe.m3u8"
    )


def _sound_stream(made: PackagedSound) -> str:
    # The language is written into the manifests afterwards: the packager refuses many valid tags.
    name = _safe(made.sound.name)
    group = "surround" if made.sound.channels > 2 else "stereo"  # noqa: PLR2004  # more than two ears
    folder = f"{OUTPUT}/audio/{name}"
    return (
        f"in={made.path.name},stream=audio,init_segment={folder}/init.mp4,segment_template={folder}/$Number%05d$.m4s,"
        f"playlist_name=audio/{name}/main.m3u8,hls_group_id={group},hls_name={name},dash_label={name}"
    )


def packager_flags(key: ContentKey, *, segment_seconds: float) -> str:
    """Return the packager's flag file.

    Raises:
        PackagingError: when the key is not 32 hex digits.
    """
    if not (_HEX_KEY.fullmatch(key.key_id) and _HEX_KEY.fullmatch(key.key)):
        raise PackagingError("The content key is not 32 hexadecimal digits.")
    flags = [
        "--enable_raw_key_encryption",
        f"--keys=label=:key_id={key.key_id}:key={key.key}",
        "--protection_scheme=cbcs",
        # The common system's pssh lets any Clear Key player find the key id.
        "--protection_systems=CommonSystem",
        "--clear_lead=0",
        f"--segment_duration={segment_seconds:.3f}",
        "--generate_static_live_mpd",
        f"--mpd_output={OUTPUT}/{DASH_PATH}",
        f"--hls_master_playlist_output={OUTPUT}/{HLS_PATH}",
        "--hls_playlist_type=VOD",
        # A name for the key, not an address: the player asks the licence server for it.
        f"--hls_key_uri={KEY_URI_SCHEME}:{key.key_id}",
    ]
    return "\n".join(flags) + "\n"


async def package(
    *,
    toolbox: Toolbox,
    folder: Path,
    videos: Sequence[PackagedVideo],
    sounds: Sequence[PackagedSound],
    key: ContentKey,
    segment_seconds: float,
) -> Path:
    """Package the tracks, all files of `folder`, into `folder/release`; return that folder.

    Raises:
        ChildError: when the packager failed.
        PackagingError: when a name or the key is malformed.
    """
    streams = [*(_video_stream(video) for video in videos), *(_sound_stream(sound) for sound in sounds)]
    flags = folder / _FLAGS
    descriptor = os.open(flags, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(packager_flags(key, segment_seconds=segment_seconds))
        await toolbox.packager([*streams, f"--flagfile={_FLAGS}", "--quiet"], work_dir=folder, readable=[folder])
    finally:
        with contextlib.suppress(FileNotFoundError):
            flags.unlink()
    return folder / OUTPUT
