"""Looks for seams: VMAF of the frames at chunk borders against that of the frames around them, per side of the cut."""

from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

import msgspec

from matinee.engines.media.arguments import input_arguments
from matinee.services.transcode.service.chunks import Chunk
from matinee.services.transcode.service.packaging import PackagedVideo
from matinee.services.transcode.service.recipe import Recipe, filter_graph, source_arguments
from matinee.services.transcode.service.tools import Toolbox

_SIDE_FRAMES = 12
_BORDER_FRAMES = 3
_FIRST_RENDITION_DESCRIPTOR = 11


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


def seam_arguments(recipe: Recipe, videos: Sequence[PackagedVideo], window: Chunk) -> list[str]:
    """Return the arguments that compare a window of frames of stitched renditions with the source, each at its size."""
    rate = recipe.facts.video.rate
    arguments = ["-hide_banner", "-nostdin", "-nostats", "-loglevel", "error"]
    arguments += source_arguments(recipe, window, exact=False)
    graph = [filter_graph(recipe, window, [video.rung for video in videos])]
    for at in range(len(videos)):
        start = float(window.start / rate.fraction()) if window.start else None
        number = _FIRST_RENDITION_DESCRIPTOR + at
        arguments += input_arguments(number, start_seconds=start, options=("-threads", "1"))
        shown = f"settb={rate.denominator}/{rate.numerator}"
        cut = f"trim=start_pts={window.start}:end_pts={window.end},setpts=PTS-STARTPTS"
        graph.append(f"[{at + 1}:v:0]{shown},{cut}[d{at}]")
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
    borders: Sequence[int],
    source: Path,
    folder: Path,
) -> list[SeamReading]:
    """Measure chunk borders of stitched renditions.

    Raises:
        ChildError: when the tool failed.
    """
    inputs = {10: source} | {_FIRST_RENDITION_DESCRIPTOR + at: video.path for at, video in enumerate(videos)}
    readings = []
    for frame in borders:
        window = _window(recipe, frame)
        with TemporaryDirectory(dir=folder) as name:
            work_dir = Path(name)
            await toolbox.ffmpeg(seam_arguments(recipe, videos, window), work_dir=work_dir, inputs=inputs)
            for at, video in enumerate(videos):
                scores = read_scores((work_dir / f"vmaf-{at}.json").read_bytes())
                cut = frame - window.start
                readings.append(reading(video.rung.name, frame, scores[:cut], scores[cut:]))
    return readings
