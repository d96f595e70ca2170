"""Looks for seams: VMAF of the frames at chunk borders against that of the frames around them, per side of the cut."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

import msgspec

from matinee.engines.media.arguments import input_arguments
from matinee.kit.errors import InternalError
from matinee.services.transcode.service.chunks import Chunk
from matinee.services.transcode.service.packaging import PackagedVideo
from matinee.services.transcode.service.recipe import Recipe, filter_graph, source_arguments
from matinee.services.transcode.service.tools import Toolbox

_SIDE_FRAMES = 12
_BORDER_FRAMES = 3
_LONG_GROUP_FRAMES = 8
_AT_ONCE = 2
_FIRST_RENDITION_DESCRIPTOR = 11


class SeamError(InternalError):
    """Frames at a chunk border are missing."""

    code = "seam"
    title = "A chunk border could not be checked"


class SeamReading(msgspec.Struct, frozen=True, kw_only=True):
    """VMAF at one chunk border: means of the frames at it, and of those around it, on each side of the cut."""

    rendition: str
    frame: int
    before: float
    before_border: float
    after_border: float
    after: float

    def drop(self) -> float:
        """Return how much worse the border is than its neighbourhood, the larger of both sides, VMAF points."""
        return max(self.before - self.before_border, self.after - self.after_border)


def borders_to_check(chunks: Sequence[Chunk], wanted: int) -> list[int]:
    """Return the frame numbers of up to `wanted` borders, spread over the film."""
    borders = [chunk.start for chunk in chunks[1:]]
    if wanted >= len(borders):
        return borders
    return [borders[(2 * at + 1) * len(borders) // (2 * wanted)] for at in range(wanted)]


def _window(recipe: Recipe, frame: int) -> Chunk:
    return Chunk(number=0, start=max(0, frame - _SIDE_FRAMES), end=min(recipe.frame_count, frame + _SIDE_FRAMES))


def landing(recipe: Recipe, chunks: Sequence[Chunk], frame: int) -> tuple[int, float | None]:
    """Return a key frame at or before `frame`, and where to seek to land on it; None when reading begins at the start.

    The middle of a long enough group is sought: readers disagree by the reordering delay on where a group begins.
    """
    gop = recipe.gop_frames()
    starts = [start for chunk in chunks for start in range(chunk.start, chunk.end, gop)]
    ends = [*starts[1:], recipe.frame_count]
    groups = [(a, b) for a, b in zip(starts, ends, strict=True) if 0 < a <= frame and b - a >= _LONG_GROUP_FRAMES]
    if not groups:
        return 0, None
    start, end = groups[-1]
    return start, float((start + end) / 2 / recipe.facts.video.rate.fraction())


def seam_arguments(
    recipe: Recipe, videos: Sequence[PackagedVideo], chunks: Sequence[Chunk], window: Chunk
) -> list[str]:
    """Return the arguments that compare a window of frames of stitched renditions with the source, each at its size."""
    rate = recipe.facts.video.rate
    arguments = ["-hide_banner", "-nostdin", "-nostats", "-loglevel", "error"]
    arguments += source_arguments(recipe, window, exact=False)
    graph = [filter_graph(recipe, window, [video.rung for video in videos])]
    key_frame, seconds = landing(recipe, chunks, window.start)
    cut = f"trim=start_frame={window.start - key_frame}:end_frame={window.end - key_frame}"
    for at in range(len(videos)):
        number = _FIRST_RENDITION_DESCRIPTOR + at
        arguments += input_arguments(number, start_seconds=seconds, options=("-threads", "1"))
        graph.append(f"[{at + 1}:v:0]{cut},settb={rate.denominator}/{rate.numerator},setpts=N[d{at}]")
        measured = f"libvmaf=log_fmt=json:log_path=vmaf-{at}.json:n_threads=1"
        graph.append(f"[d{at}][v{at}]{measured}[o{at}]")
    arguments += ["-filter_complex", ";".join(graph)]
    for at in range(len(videos)):
        arguments += ["-map", f"[o{at}]", "-f", "null", "-"]
    return arguments


def read_scores(log: bytes) -> list[float]:
    """Return the score of each frame in libvmaf's JSON log, in frame order."""
    frames = sorted(msgspec.json.decode(log)["frames"], key=lambda frame: frame["frameNum"])
    return [float(frame["metrics"]["vmaf"]) for frame in frames]


def reading(rendition: str, frame: int, before: Sequence[float], after: Sequence[float]) -> SeamReading:
    """Return the figures of one border from the scores on both sides of it, in frame order."""
    return SeamReading(
        rendition=rendition,
        frame=frame,
        before=fmean(before[:-_BORDER_FRAMES] or before),
        before_border=fmean(before[-_BORDER_FRAMES:]),
        after_border=fmean(after[:_BORDER_FRAMES]),
        after=fmean(after[_BORDER_FRAMES:] or after),
    )


async def measure_seams(
    *,
    toolbox: Toolbox,
    recipe: Recipe,
    videos: Sequence[PackagedVideo],
    chunks: Sequence[Chunk],
    borders: Sequence[int],
    source: Path,
    folder: Path,
) -> list[SeamReading]:
    """Measure chunk borders of stitched renditions.

    Raises:
        ChildError: when the tool failed.
        SeamError: when frames are missing.
    """
    inputs = {10: source} | {_FIRST_RENDITION_DESCRIPTOR + at: video.path for at, video in enumerate(videos)}
    gate = asyncio.Semaphore(_AT_ONCE)

    async def measure(frame: int) -> list[SeamReading]:
        window = _window(recipe, frame)
        async with gate:
            with TemporaryDirectory(dir=folder) as name:
                arguments = seam_arguments(recipe, videos, chunks, window)
                await toolbox.ffmpeg(arguments, work_dir=Path(name), inputs=inputs)
                logs = [(Path(name) / f"vmaf-{at}.json").read_bytes() for at in range(len(videos))]
        return [_read(video.rung.name, frame, window, log) for video, log in zip(videos, logs, strict=True)]

    # All end before an error is raised, since they use the caller's folder.
    measured = await asyncio.gather(*(measure(frame) for frame in borders), return_exceptions=True)
    readings: list[SeamReading] = []
    for one in measured:
        if isinstance(one, BaseException):
            raise one
        readings += one
    return readings


def _read(rendition: str, frame: int, window: Chunk, log: bytes) -> SeamReading:
    scores = read_scores(log)
    if len(scores) != window.frames():
        raise SeamError(f"The frames of {rendition} around {frame} cannot be compared.")
    cut = frame - window.start
    return reading(rendition, frame, scores[:cut], scores[cut:])
