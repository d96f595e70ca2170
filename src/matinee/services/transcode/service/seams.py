"""Looks for seams: whether a viewer could tell from the picture that two chunks were joined here.

A border is good when its frames have the quality of their neighbourhood on both sides. Most borders lie where a shot
changes, though, and there quality moves by itself; so a border that differs is compared with the same frames out of one
unbroken encode over it. Quality is VMAF against the source, at the rendition's size.
"""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

import msgspec

from matinee.engines.media.arguments import input_arguments
from matinee.kit.errors import InternalError
from matinee.services.transcode.service.chunks import Chunk
from matinee.services.transcode.service.packaging import PackagedVideo
from matinee.services.transcode.service.recipe import Recipe, encode_arguments, filter_graph, source_arguments
from matinee.services.transcode.service.tools import Toolbox, together

# Frames of each side that make up the border. One foreign or broken frame costs 30 points and more: it still shows in
# their mean.
_BORDER_FRAMES = 8
_SIDE_FRAMES = 16
# The unbroken encode sees so many frames after the border; within a shot, as many as the encoder ever looks ahead.
_TAIL_FRAMES, _TAIL_IN_SHOT_FRAMES = 16, 40
_LONG_GROUP_FRAMES = 8
# Neighbouring shots of a film are coded up to so differently; what differs more may be damaged, and is looked into.
_SHOTS_DIFFER_POINTS = 5.0
_AT_ONCE = 2
_FIRST_RENDITION_DESCRIPTOR = 11


class SeamError(InternalError):
    """Frames at a chunk border are missing."""

    code = "seam"
    title = "A chunk border could not be checked"


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """VMAF of the frames before and after a border, in frame order."""

    before: tuple[float, ...]
    after: tuple[float, ...]

    def at_border(self) -> tuple[float, float]:
        """Return the means of the frames right before and right after the border."""
        return fmean(self.before[-_BORDER_FRAMES:]), fmean(self.after[:_BORDER_FRAMES])

    def around(self) -> tuple[float, float]:
        """Return the means of the frames further away, before and after."""
        return fmean(self.before[:-_BORDER_FRAMES] or self.before), fmean(self.after[_BORDER_FRAMES:] or self.after)


class SeamReading(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured at one border of one rendition.

    Attributes:
        at_cut: whether a shot ends at the border.
        unbroken: only where the neighbourhood did not settle it.
    """

    rendition: str
    frame: int
    joined: Scores
    at_cut: bool = False
    unbroken: Scores | None = None

    def against(self, unbroken: Scores) -> "SeamReading":
        """Return the reading with another unbroken encode; one that ends at the border leaves the side after it."""
        if not unbroken.after and self.unbroken is not None:
            unbroken = Scores(before=unbroken.before, after=self.unbroken.after)
        return msgspec.structs.replace(self, unbroken=unbroken)

    def below_neighbourhood(self) -> float:
        """Return how far the border lies below its neighbourhood, VMAF points.

        That is the better side of it. At a cut it is each side's own, since shots differ, but by no more than they do.
        """
        around, border = self.joined.around(), self.joined.at_border()
        if self.at_cut and max(around) - min(around) <= _SHOTS_DIFFER_POINTS:
            return max(beside - at for beside, at in zip(around, border, strict=True))
        return max(around) - min(border)

    def loss(self) -> float:
        """Return what joining cost, VMAF points: below the neighbourhood or the unbroken encode, whichever is less."""
        if self.unbroken is None:
            return self.below_neighbourhood()
        lost = (one - mine for one, mine in zip(self.unbroken.at_border(), self.joined.at_border(), strict=True))
        return min(self.below_neighbourhood(), max(lost))


class _Look(msgspec.Struct, frozen=True, kw_only=True):
    """An encoded file to compare; reading it begins at `seconds` and gives the film's frame `first_frame`."""

    video: PackagedVideo
    first_frame: int = 0
    seconds: float | None = None


def borders_to_check(chunks: Sequence[Chunk], wanted: int) -> list[int]:
    """Return the frame numbers of up to `wanted` borders, spread over the film."""
    borders = [chunk.start for chunk in chunks[1:]]
    if wanted >= len(borders):
        return borders
    return [borders[(2 * at + 1) * len(borders) // (2 * wanted)] for at in range(wanted)]


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


def compare_arguments(recipe: Recipe, looks: Sequence[_Look], window: Chunk, *, exact: bool) -> list[str]:
    """Return the arguments that compare a window of frames of encoded files with the source, each at its size."""
    rate = recipe.facts.video.rate
    arguments = ["-hide_banner", "-nostdin", "-nostats", "-loglevel", "error"]
    arguments += source_arguments(recipe, window, exact=exact)
    graph = [filter_graph(recipe, window, [look.video.rung for look in looks])]
    for at, look in enumerate(looks):
        number = _FIRST_RENDITION_DESCRIPTOR + at
        arguments += input_arguments(number, start_seconds=look.seconds, options=("-threads", "1"))
        cut = f"trim=start_frame={window.start - look.first_frame}:end_frame={window.end - look.first_frame}"
        graph.append(f"[{at + 1}:v:0]{cut},settb={rate.denominator}/{rate.numerator},setpts=N[d{at}]")
        measured = f"libvmaf=log_fmt=json:log_path=vmaf-{at}.json:n_threads=1"
        graph.append(f"[d{at}][v{at}]{measured}[o{at}]")
    arguments += ["-filter_complex", ";".join(graph)]
    for at in range(len(looks)):
        arguments += ["-map", f"[o{at}]", "-f", "null", "-"]
    return arguments


def read_scores(log: bytes) -> list[float]:
    """Return the score of each frame in libvmaf's JSON log, in frame order."""
    frames = sorted(msgspec.json.decode(log)["frames"], key=lambda frame: frame["frameNum"])
    return [float(frame["metrics"]["vmaf"]) for frame in frames]


def unbroken_chunks(recipe: Recipe, chunks: Sequence[Chunk], frame: int) -> list[Chunk]:
    """Return what to encode over a border, cheapest first; a key frame is set on the border as there is one.

    First from a key frame shortly before it: at its rate cap an encoder that has just begun has bits to spare, so that
    may show a loss where there is none. Then from the start of its chunk, which gives the encoder all that it knew when
    it came to the border; where a shot ends there, without a look at the next one: that costs a film at its rate cap up
    to two points in the last frames before a cut, and right before a cut nobody sees them.
    """
    gop = recipe.gop_frames()
    keys = [key for chunk in chunks for key in range(chunk.start, chunk.end, gop) if frame - key >= _SIDE_FRAMES]
    near = max(keys, default=0)
    last = next((chunk for chunk in chunks if chunk.end == frame), Chunk(number=0, start=0, end=frame))
    in_shot = last.beyond > 0
    tail = min(_TAIL_IN_SHOT_FRAMES if in_shot else _TAIL_FRAMES, recipe.frame_count - frame)
    return [
        Chunk(number=0, start=near, end=frame, beyond=tail),
        Chunk(number=0, start=last.start, end=frame, beyond=tail if in_shot else 0),
    ]


class SeamMeter:
    """Measures chunk borders of stitched renditions.

    Args:
        source: what the renditions were made from.
        folder: an existing folder for scratch files.
        points: how far below its neighbourhood a border may be before the unbroken encode is asked, VMAF points.
    """

    def __init__(
        self,
        *,
        toolbox: Toolbox,
        recipe: Recipe,
        chunks: Sequence[Chunk],
        source: Path,
        folder: Path,
        points: float,
    ) -> None:
        self._toolbox = toolbox
        self._recipe = recipe
        self._chunks = chunks
        self._source = source
        self._folder = folder
        self._points = points
        self._gate = asyncio.Semaphore(_AT_ONCE)

    async def measure(
        self, borders: Mapping[int, Sequence[PackagedVideo]], *, thorough: bool = True
    ) -> list[SeamReading]:
        """Return a reading for each border (frame number) of each rendition that is to be looked at there.

        Args:
            thorough: whether a border that still differs from a short unbroken encode is compared with one that has
                seen the whole chunk before; without, it may be taken for a seam that it is not.

        Raises:
            ChildError: when the tool failed.
            SeamError: when frames are missing.
        """
        measured = await together(self._border(videos, frame, thorough) for frame, videos in borders.items())
        return [one for readings in measured for one in readings]

    async def _border(
        self,
        videos: Sequence[PackagedVideo],
        frame: int,
        thorough: bool,  # noqa: FBT001  # as `measure` was asked
    ) -> list[SeamReading]:
        unbroken = unbroken_chunks(self._recipe, self._chunks, frame)[: None if thorough else 1]
        async with self._gate:
            with TemporaryDirectory(dir=self._folder) as name:
                try:
                    return await self._readings(videos, frame, unbroken, Path(name), exact=False)
                except SeamError:
                    # The source's index led to a wrong place: reading from the beginning is slow and always right.
                    return await self._readings(videos, frame, unbroken, Path(name), exact=True)

    async def _readings(
        self, videos: Sequence[PackagedVideo], frame: int, unbroken: Sequence[Chunk], folder: Path, *, exact: bool
    ) -> list[SeamReading]:
        key_frame, seconds = landing(self._recipe, self._chunks, max(0, frame - _SIDE_FRAMES))
        looks = [_Look(video=video, first_frame=key_frame, seconds=seconds) for video in videos]
        joined = await self._scores(looks, frame, folder, exact=exact)
        at_cut = any(chunk.end == frame and not chunk.beyond for chunk in self._chunks)
        readings = [
            SeamReading(rendition=video.rung.name, frame=frame, joined=scores, at_cut=at_cut)
            for video, scores in zip(videos, joined, strict=True)
        ]
        for encoded in unbroken:
            worse = [at for at, one in enumerate(readings) if one.loss() > self._points]
            if not worse:
                break
            scores = await self._unbroken([videos[at] for at in worse], encoded, folder, exact=exact)
            for at, one in zip(worse, scores, strict=True):
                readings[at] = readings[at].against(one)
        return readings

    async def _unbroken(
        self, videos: Sequence[PackagedVideo], chunk: Chunk, folder: Path, *, exact: bool
    ) -> list[Scores]:
        """Encode frames without a break up to and over the border at their end, and measure them around it."""
        outputs = [f"unbroken-{at}.mp4" for at in range(len(videos))]
        rungs = [video.rung for video in videos]
        arguments = encode_arguments(self._recipe, chunk, rungs, outputs=outputs, exact=exact)
        await self._toolbox.ffmpeg(arguments, work_dir=folder, source=self._source, on_line=lambda _: None)
        looks = [
            _Look(video=PackagedVideo(rung=rung, path=folder / output), first_frame=chunk.start)
            for rung, output in zip(rungs, outputs, strict=True)
        ]
        after = min(_SIDE_FRAMES, chunk.beyond)
        return await self._scores(looks, chunk.end, folder, after=after, exact=exact)

    async def _scores(
        self, looks: Sequence[_Look], frame: int, folder: Path, *, after: int = _SIDE_FRAMES, exact: bool
    ) -> list[Scores]:
        window = Chunk(
            number=0,
            start=max(0, frame - _SIDE_FRAMES),
            end=min(self._recipe.frame_count, frame + after),
        )
        inputs = {10: self._source}
        inputs |= {_FIRST_RENDITION_DESCRIPTOR + at: look.video.path for at, look in enumerate(looks)}
        arguments = compare_arguments(self._recipe, looks, window, exact=exact)
        await self._toolbox.ffmpeg(arguments, work_dir=folder, inputs=inputs)
        found = []
        for at, look in enumerate(looks):
            scores = read_scores((folder / f"vmaf-{at}.json").read_bytes())
            if len(scores) != window.frames():
                raise SeamError(f"The frames of {look.video.rung.name} around {frame} cannot be compared.")
            cut = frame - window.start
            found.append(Scores(before=tuple(scores[:cut]), after=tuple(scores[cut:])))
        return found
