"""What must hold before a release is shown: every file parses, counts and lengths agree, borders line up."""

import re
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import msgspec

from matinee.engines.media.arguments import INPUT_DESCRIPTOR, probe_arguments
from matinee.kit.errors import InternalError
from matinee.services.transcode.service.boxes import FileShape, descend, file_shape, payload, track_defaults
from matinee.services.transcode.service.ladder import Rung
from matinee.services.transcode.service.recipe import Recipe
from matinee.services.transcode.service.tools import Toolbox

# Version and flags, count, one entry of duration, media time and rate.
_SHORTEST_EDITS = 20


class VerifyError(InternalError):
    """The packaged release is not what it must be; the sentence names the file."""

    code = "verify"
    title = "The release did not pass its checks"


class TrackShape(msgspec.Struct, frozen=True, kw_only=True):
    """A packaged track: (start, length) of each segment, and its frames.

    Attributes:
        skipped: ticks at the beginning that are decoded and not played, such as an audio encoder's priming.
    """

    ticks_per_second: int
    skipped: int
    segments: tuple[tuple[int, int], ...]
    frames: int
    encrypted: bool

    def seconds(self) -> Fraction:
        """Return how long it plays."""
        return Fraction(sum(length for _, length in self.segments) - self.skipped, self.ticks_per_second)

    def starts(self) -> tuple[Fraction, ...]:
        """Return when each segment starts, seconds; the first may start before 0 by what is skipped."""
        return tuple(Fraction(start - self.skipped, self.ticks_per_second) for start, _ in self.segments)


def read_track(folder: Path) -> TrackShape:
    """Read `init.mp4` and every segment of a packaged track.

    Raises:
        VerifyError: when a segment is missing.
        BoxError: when one does not parse.
    """
    init = folder / "init.mp4"
    paths = sorted(folder.glob("*.m4s"))
    if not init.exists() or [path.name for path in paths] != [f"{at:05d}.m4s" for at in range(1, len(paths) + 1)]:
        raise VerifyError(f"{folder.name} has no header or misses a segment.")
    with init.open("rb") as file:
        size = init.stat().st_size
        boxes = list(descend(file, 0, size))
        media_header = next((box for box in boxes if box.kind == b"mdhd"), None)
        if media_header is None:
            raise VerifyError(f"{folder.name} has no track header.")
        data = payload(file, media_header)
        scale = int.from_bytes(data[20:24] if data[0] == 1 else data[12:16], "big")
        defaults = track_defaults(file, size)
        edits = next((payload(file, box) for box in boxes if box.kind == b"elst"), b"")
        file.seek(0)
        encrypted = b"encv" in (whole := file.read(size)) or b"enca" in whole
    shapes = [file_shape(path, defaults=defaults) for path in paths]
    return TrackShape(
        ticks_per_second=scale,
        skipped=_skipped(edits),
        segments=tuple(_span(shape) for shape in shapes),
        frames=sum(shape.frame_count() for shape in shapes),
        encrypted=encrypted,
    )


def _skipped(edits: bytes) -> int:
    """Return the media time at which an edit list of one entry begins."""
    if len(edits) < _SHORTEST_EDITS:
        return 0
    wide = edits[0] == 1
    return int.from_bytes(edits[16:24] if wide else edits[12:16], "big", signed=True)


def _span(shape: FileShape) -> tuple[int, int]:
    times = [time for fragment in shape.fragments for time in fragment.presentation_times()]
    return min(times), sum(fragment.duration() for fragment in shape.fragments)


def check_tracks(release: Path, *, videos: Sequence[str], sounds: Sequence[str], recipe: Recipe) -> None:
    """Check counts, lengths and borders of all packaged tracks.

    Raises:
        VerifyError: naming the track.
        BoxError: when a file does not parse.
    """
    rate = recipe.facts.video.rate.fraction()
    length = recipe.frame_count / rate
    borders: tuple[Fraction, ...] | None = None
    for name in videos:
        track = read_track(release / "video" / name)
        if track.frames != recipe.frame_count:
            raise VerifyError(f"{name} has {track.frames} frames instead of {recipe.frame_count}.")
        if borders is not None and track.starts() != borders:
            raise VerifyError(f"The segments of {name} do not begin where those of the other renditions do.")
        borders = track.starts()
        _check_length(name, track, length, 1 / rate)
    for name in sounds:
        track = read_track(release / "audio" / name)
        _check_length(name, track, length, max(1 / rate, Fraction(1024, 48_000)))


def _check_length(name: str, track: TrackShape, length: Fraction, tolerance: Fraction) -> None:
    if not track.encrypted:
        raise VerifyError(f"{name} is not encrypted.")
    if abs(track.seconds() - length) > tolerance or abs(track.starts()[0]) > tolerance:
        raise VerifyError(f"{name} lasts {float(track.seconds()):.3f} s instead of {float(length):.3f} s.")
    position = track.segments[0][0]
    for start, span in track.segments:
        if start != position:
            raise VerifyError(f"{name} has a gap or an overlap at {start / track.ticks_per_second:.3f} s.")
        position = start + span


def check_manifests(release: Path) -> None:
    """Check that every address in every manifest is relative and leads to a file of the release.

    Raises:
        VerifyError: naming the manifest.
    """
    for playlist in sorted(release.rglob("*.m3u8")):
        text = playlist.read_text(encoding="utf-8")
        if not text.startswith("#EXTM3U"):
            raise VerifyError(f"{playlist.relative_to(release)} is not a playlist.")
        addresses = [line for line in text.splitlines() if line and not line.startswith("#")]
        addresses += [uri for uri in re.findall(r'URI="([^"]*)"', text) if not uri.startswith("clearkey:")]
        for address in addresses:
            target = (playlist.parent / address).resolve()
            if ":" in address or not target.is_relative_to(release.resolve()) or not target.is_file():
                raise VerifyError(f"{playlist.relative_to(release)} names a file that is not there: {address[:100]}.")


async def check_decodes(toolbox: Toolbox, path: Path, *, frames: int, folder: Path, rung: Rung) -> None:
    """Let ffprobe read a stitched rendition: size, codec and packets.

    Raises:
        VerifyError: when it sees something else.
        ChildError: when it cannot read it.
    """
    wanted = "stream=codec_name,width,height,nb_read_packets"
    arguments = ["-v", "error", "-count_packets", "-select_streams", "v:0", "-show_entries", wanted, "-of", "json"]
    arguments += probe_arguments(INPUT_DESCRIPTOR)
    finished = await toolbox.ffprobe(arguments, work_dir=folder, source=path)
    stream = msgspec.json.decode(finished.stdout)["streams"][0]
    seen = (stream["codec_name"], stream["width"], stream["height"], int(stream["nb_read_packets"]))
    if seen != (rung.codec, rung.width, rung.height, frames):
        raise VerifyError(f"{rung.name} reads as {seen}.")
