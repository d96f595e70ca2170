"""Where a film is cut for parallel encoding: at shot boundaries, in pieces of similar length."""

from collections.abc import Collection, Sequence
from itertools import pairwise

import msgspec

from matinee.kit.media import Rate

# An encoder spends less on frames that nothing after them refers to. Where a shot goes on over the border that would
# show as a dip before it; from this many frames on, more hardly help.
_BEYOND_FRAMES = 16
# What shows at a border is over after so many frames.
_SPLICED_FRAMES = 24


class Chunk(msgspec.Struct, frozen=True, kw_only=True):
    """Output frames `start` (inclusive) to `end` (exclusive); `number` counts from 0 in film order.

    Attributes:
        beyond: frames after the end that are encoded too and thrown away, so that the last ones are made as if the film
            went on; 0 where a shot ends with the chunk.
        joints: frames inside where chunks met that are made in one piece now; key frames stand there as before.
    """

    number: int
    start: int
    end: int
    beyond: int = 0
    joints: tuple[int, ...] = ()

    def frames(self) -> int:
        """Return how many frames it has."""
        return self.end - self.start

    def key_frames(self, gop_frames: int) -> list[int]:
        """Return where its key frames stand, counted from its start."""
        parts = zip((self.start, *self.joints), (*self.joints, self.end), strict=True)
        return [frame - self.start for start, end in parts for frame in range(start, end, gop_frames)]


def in_one_piece(chunks: Sequence[Chunk], borders: Collection[int]) -> list[Chunk]:
    """Return chunks that each stand for the run of chunks that meet at some of `borders`, in film order."""
    runs: list[list[Chunk]] = []
    for chunk in chunks:
        if runs and chunk.start in borders:
            runs[-1].append(chunk)
        else:
            runs.append([chunk])
    return [
        Chunk(
            number=run[0].number,
            start=run[0].start,
            end=run[-1].end,
            beyond=run[-1].beyond,
            joints=tuple(chunk.start for chunk in run[1:]),
        )
        for run in runs
        if len(run) > 1
    ]


class Splice(msgspec.Struct, frozen=True, kw_only=True):
    """Frames around borders that take the place of those of the chunks there, and what is encoded to get them.

    Attributes:
        start: the first frame that is used, inclusive.
        end: where that ends, exclusive.
        encoded: begins a group of pictures earlier where there is one, so that the encoder is under way by `start`.
    """

    start: int
    end: int
    encoded: Chunk


def splices(chunks: Sequence[Chunk], borders: Collection[int], gop_frames: int) -> list[Splice]:
    """Return what to make anew around some of the borders, in film order: from key frame to key frame, none twice."""
    found: list[Splice] = []
    for before, after in pairwise(chunks):
        if after.start not in borders:
            continue
        one = _splice(before, after, gop_frames)
        if found and one.start < found[-1].end:
            last = found.pop()
            joints = (*last.encoded.joints, *one.encoded.joints)
            encoded = msgspec.structs.replace(one.encoded, start=last.encoded.start, joints=joints)
            one = Splice(start=last.start, end=one.end, encoded=encoded)
        found.append(one)
    return found


def _splice(before: Chunk, after: Chunk, gop_frames: int) -> Splice:
    keys = range(before.start, before.end, gop_frames)
    far = [key for key in keys if before.end - key >= _SPLICED_FRAMES]
    start = far[-1] if far else before.start
    later = [key for key in range(after.start, after.end, gop_frames) if key - after.start >= _SPLICED_FRAMES]
    end = later[0] if later else after.end
    return Splice(
        start=start,
        end=end,
        encoded=Chunk(
            number=before.number,
            start=max(before.start, start - gop_frames),
            end=end,
            beyond=after.beyond if end == after.end else min(_BEYOND_FRAMES, after.end + after.beyond - end),
            joints=(after.start,),
        ),
    )


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """Lengths in frames: what chunks aim at, and between what they stay where the film is long enough."""

    target: int
    shortest: int
    longest: int


def bounds_for(rate: Rate, *, target: float, shortest: float, longest: float) -> Bounds:
    """Return bounds in frames for lengths in seconds; at least one frame, in rising order."""
    per_second = float(rate.fraction())
    low = max(1, round(shortest * per_second))
    aim = max(low, round(target * per_second))
    # Below twice the shortest, a long remainder could not be cut in two.
    return Bounds(target=aim, shortest=low, longest=max(2 * low, aim, round(longest * per_second)))


def plan_chunks(frame_count: int, scene_starts: Sequence[int], bounds: Bounds) -> tuple[Chunk, ...]:
    """Cut `frame_count` frames at the shot boundaries nearest to equal parts; without a near one, at the part's end.

    Every chunk is at most `bounds.longest` long, and at least `bounds.shortest` unless the film is shorter.
    """
    starts = [0]
    while frame_count - starts[-1] > bounds.longest:
        starts.append(_next_cut(starts[-1], frame_count, scene_starts, bounds))
    if frame_count - starts[-1] >= max(2 * bounds.shortest, round(1.5 * bounds.target)):
        starts.append(_next_cut(starts[-1], frame_count, scene_starts, bounds))
    ends = [*starts[1:], frame_count]
    shots = frozenset(scene_starts)
    beyond = [0 if end in shots else min(_BEYOND_FRAMES, frame_count - end) for end in ends]
    return tuple(
        Chunk(number=at, start=a, end=b, beyond=more)
        for at, (a, b, more) in enumerate(zip(starts, ends, beyond, strict=True))
    )


def _next_cut(start: int, frame_count: int, scene_starts: Sequence[int], bounds: Bounds) -> int:
    remaining = frame_count - start
    parts = max(2, round(remaining / bounds.target))
    ideal = start + remaining // parts
    earliest = start + bounds.shortest
    latest = min(start + bounds.longest, frame_count - bounds.shortest)
    near = [scene for scene in scene_starts if earliest <= scene <= latest]
    if near:
        return min(near, key=lambda scene: (abs(scene - ideal), scene))
    return max(earliest, min(ideal, latest))
