"""Reads ISO base media (MP4) boxes: enough of ISO/IEC 14496-12 to count, time and join fragments."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from matinee.kit.errors import UnprocessableError

MAX_HEADER_BYTES = 16 * 1024 * 1024
_CONTAINERS = frozenset(
    {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"moof", b"traf", b"mvex", b"edts", b"sinf", b"schi"}
)
_NOT_SYNC = 0x10000
_LARGE = 1


class BoxError(UnprocessableError):
    """The bytes are not the boxes that a packaged film has."""

    code = "boxes"
    title = "The media file is damaged"


class Box(msgspec.Struct, frozen=True, kw_only=True):
    """A box by its kind; `start` to `end` are offsets in the file, `body` where its payload begins."""

    kind: bytes
    start: int
    body: int
    end: int


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One sample of a fragment: ticks, bytes, and whether decoding can begin there."""

    duration: int
    offset: int
    size: int
    key: bool


class OffsetTable(msgspec.Struct, frozen=True, kw_only=True):
    """Where a `trun` keeps composition offsets: its version byte, the first of `count` fields, and their distance."""

    version_at: int
    first_at: int
    step: int
    count: int


class Fragment(msgspec.Struct, frozen=True, kw_only=True):
    """One `moof` at offset `start`: `decode_time` in ticks and its samples; `time_offset` is where that stands."""

    start: int
    decode_time: int
    time_offset: int
    time_wide: bool
    samples: tuple[Sample, ...]
    tables: tuple[OffsetTable, ...]

    def presentation_times(self) -> list[int]:
        """Return when each sample is shown, ticks, in decode order."""
        times, now = [], self.decode_time
        for sample in self.samples:
            times.append(now + sample.offset)
            now += sample.duration
        return times

    def duration(self) -> int:
        """Return its length in ticks."""
        return sum(sample.duration for sample in self.samples)


class FileShape(msgspec.Struct, frozen=True, kw_only=True):
    """The layout of a fragmented file: where the header ends, and every fragment. `media_end` excludes any index."""

    header_end: int
    media_end: int
    fragments: tuple[Fragment, ...]

    def frame_count(self) -> int:
        """Return how many samples all fragments have."""
        return sum(len(fragment.samples) for fragment in self.fragments)


def read_boxes(file: BinaryIO, start: int, end: int) -> Iterator[Box]:
    """Yield the boxes between two offsets.

    Raises:
        BoxError: when a size leads outside.
    """
    at = start
    while at < end:
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:  # noqa: PLR2004  # size and kind
            raise BoxError("A box is cut off.")
        size, kind = struct.unpack_from(">I4s", head)
        body = at + 8
        if size == _LARGE and len(head) == 16:  # noqa: PLR2004  # size, kind, 64-bit size
            size, body = struct.unpack_from(">Q", head, 8)[0], at + 16
        elif size == 0:
            size = end - at
        if size < body - at or at + size > end:
            raise BoxError("A box has an impossible size.")
        yield Box(kind=kind, start=at, body=body, end=at + size)
        at += size


def descend(file: BinaryIO, start: int, end: int) -> Iterator[Box]:
    """Yield boxes in file order, going into containers."""
    for box in read_boxes(file, start, end):
        yield box
        if box.kind in _CONTAINERS:
            yield from descend(file, box.body, box.end)


def payload(file: BinaryIO, box: Box) -> bytes:
    """Return a header box's payload.

    Raises:
        BoxError: when it is larger than any header.
    """
    size = box.end - box.body
    if size > MAX_HEADER_BYTES:
        raise BoxError("A header box is too large.")
    file.seek(box.body)
    return file.read(size)


def _defaults(data: bytes) -> tuple[int, int, int]:
    """Return (duration, size, flags) of a tfhd; 0 where it has none."""
    flags = struct.unpack_from(">I", data)[0] & 0xFFFFFF
    at, found = 8, [0, 0, 0]
    at += 8 * bool(flags & 0x1) + 4 * bool(flags & 0x2)
    for slot, bit in enumerate((0x8, 0x10, 0x20)):
        if flags & bit:
            found[slot] = struct.unpack_from(">I", data, at)[0]
            at += 4
    return found[0], found[1], found[2]


def _samples(data: bytes, defaults: tuple[int, int, int]) -> list[Sample]:
    """Return the samples of a trun."""
    version_flags, count = struct.unpack_from(">II", data)
    flags, at = version_flags & 0xFFFFFF, 8
    at += 4 * bool(flags & 0x1)
    first_flags = None
    if flags & 0x4:
        first_flags = struct.unpack_from(">I", data, at)[0]
        at += 4
    fields = [bit for bit in (0x100, 0x200, 0x400, 0x800) if flags & bit]
    if len(data) < at + count * 4 * len(fields):
        raise BoxError("A fragment lists samples that are not there.")
    samples = []
    for number in range(count):
        values = dict(zip(fields, struct.unpack_from(f">{len(fields)}I", data, at), strict=True))
        at += 4 * len(fields)
        kind = values.get(0x400, first_flags if number == 0 and first_flags is not None else defaults[2])
        offset = values.get(0x800, 0)
        signed = offset - (1 << 32) if version_flags >> 24 and offset >= 1 << 31 else offset
        samples.append(
            Sample(
                duration=values.get(0x100, defaults[0]),
                size=values.get(0x200, defaults[1]),
                offset=signed,
                key=not kind & _NOT_SYNC,
            )
        )
    return samples


def _fragment(file: BinaryIO, moof: Box, track_defaults: tuple[int, int, int]) -> Fragment:
    decode_time, time_offset, wide = 0, 0, False
    defaults, samples, tables = track_defaults, [], []
    for box in descend(file, moof.body, moof.end):
        if box.kind == b"tfhd":
            own = _defaults(payload(file, box))
            defaults = tuple(mine or inherited for mine, inherited in zip(own, track_defaults, strict=True))  # type: ignore[assignment]  # three in, three out
        elif box.kind == b"tfdt":
            data = payload(file, box)
            wide, time_offset = data[0] == 1, box.body + 4
            decode_time = struct.unpack_from(">Q" if wide else ">I", data, 4)[0]
        elif box.kind == b"trun":
            data = payload(file, box)
            samples += _samples(data, defaults)
            tables += _offset_table(data, box.body)
    return Fragment(
        start=moof.start,
        decode_time=decode_time,
        time_offset=time_offset,
        time_wide=wide,
        samples=tuple(samples),
        tables=tuple(tables),
    )


def _offset_table(data: bytes, body: int) -> list[OffsetTable]:
    """Return where a trun that begins at `body` keeps composition offsets, if it does."""
    flags, count = struct.unpack_from(">I", data)[0] & 0xFFFFFF, struct.unpack_from(">I", data, 4)[0]
    if not flags & 0x800:
        return []
    step = 4 * sum(bool(flags & bit) for bit in (0x100, 0x200, 0x400, 0x800))
    first = body + 8 + 4 * bool(flags & 0x1) + 4 * bool(flags & 0x4) + step - 4
    return [OffsetTable(version_at=body, first_at=first, step=step, count=count)]


def track_defaults(file: BinaryIO, header_end: int) -> tuple[int, int, int]:
    """Return (duration, size, flags) that the header's `trex` gives to samples without their own."""
    for box in descend(file, 0, header_end):
        if box.kind == b"trex":
            duration, size, flags = struct.unpack_from(">III", payload(file, box), 12)
            return duration, size, flags
    return 0, 0, 0


def file_shape(path: Path, *, defaults: tuple[int, int, int] | None = None) -> FileShape:
    """Read a fragmented file of one track, or one media segment when `defaults` of its header are given.

    Raises:
        BoxError: when it is no such file.
    """
    with path.open("rb") as file:
        size = path.stat().st_size
        try:
            return _shape(file, size, defaults)
        except (struct.error, IndexError) as error:
            raise BoxError("A box ends too early.") from error


def _shape(file: BinaryIO, size: int, defaults: tuple[int, int, int] | None) -> FileShape:
    top = list(read_boxes(file, 0, size))
    moofs = [box for box in top if box.kind == b"moof"]
    if not moofs:
        raise BoxError("The file has no fragments.")
    header_end = moofs[0].start
    media = [box for box in top if box.kind in {b"moof", b"mdat"}]
    used = defaults if defaults is not None else track_defaults(file, header_end)
    fragments = tuple(_fragment(file, moof, used) for moof in moofs)
    return FileShape(header_end=header_end, media_end=media[-1].end, fragments=fragments)
