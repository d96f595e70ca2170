"""Joins encoded chunks into one file without touching a coded picture: one header, then every chunk's fragments.

Only times inside the fragments' headers change: from the chunk's clock to the film's, so that frame 0 is shown at 0.
"""

import os
import shutil
import struct
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import BinaryIO

import msgspec

from matinee.kit.errors import InternalError
from matinee.services.transcode.service.boxes import BoxError, FileShape, Fragment, file_shape
from matinee.services.transcode.service.chunks import Chunk

_COPY_BYTES = 1024 * 1024
_SIGNED_OFFSETS = b"\x01"


class ChunkMismatchError(InternalError):
    """A chunk does not hold the frames that it should, or was encoded unlike its neighbours."""

    code = "chunk-mismatch"
    title = "An encoded chunk is not as planned"


class ChunkFile(msgspec.Struct, frozen=True, kw_only=True):
    """One encoded chunk on disk, of which the film gets the frames from `first` to `end` (exclusive).

    Attributes:
        first: None for the first of the chunk; else a key frame.
        end: None for the end of the chunk; else a key frame.
    """

    chunk: Chunk
    path: Path
    first: int | None = None
    end: int | None = None

    def span(self) -> tuple[int, int]:
        """Return the frames that the film gets of it."""
        first = self.chunk.start if self.first is None else self.first
        return first, self.chunk.end if self.end is None else self.end


def laid_over(pieces: Sequence[ChunkFile], above: Sequence[ChunkFile]) -> list[ChunkFile]:
    """Return pieces of a film in film order where those `above` take the place of what they cover."""
    left = list(pieces)
    for one in above:
        start, end = one.span()
        cut: list[ChunkFile] = []
        for piece in left:
            first, last = piece.span()
            if last <= start or end <= first:
                cut.append(piece)
                continue
            if first < start:
                cut.append(msgspec.structs.replace(piece, first=first, end=start))
            if end < last:
                cut.append(msgspec.structs.replace(piece, first=end, end=last))
        left = [*cut, one]
    return sorted(left, key=lambda piece: piece.span())


def cut_beyond(path: Path, chunk: Chunk) -> None:
    """Cut off what was encoded beyond the chunk; a file without a fragment that begins there stays as it is."""
    if not chunk.beyond:
        return
    try:
        shape = file_shape(path)
    except (BoxError, OSError):
        # Whoever checks the chunk says what is wrong with it.
        return
    frames = 0
    for fragment in shape.fragments:
        if frames == chunk.frames():
            os.truncate(path, fragment.start)
            return
        frames += len(fragment.samples)


def check_chunk(path: Path, chunk: Chunk, *, frame_ticks: int, gop_frames: int) -> None:
    """Make sure that a chunk has exactly its frames, evenly timed, with key frames where all renditions have them.

    Raises:
        ChunkMismatchError: naming what is wrong.
    """
    try:
        shape = file_shape(path)
    except (BoxError, FileNotFoundError) as error:
        raise ChunkMismatchError("The encoder left no readable file.", chunk=chunk.number) from error
    frames = shape.frame_count()
    if frames != chunk.frames():
        raise ChunkMismatchError(
            f"{frames} frames came out instead of {chunk.frames()}.", chunk=chunk.number, frames=frames
        )
    times = [time for fragment in shape.fragments for time in fragment.presentation_times()]
    first = min(times)
    if sorted(times) != [first + at * frame_ticks for at in range(frames)]:
        raise ChunkMismatchError("The frames are not evenly timed.", chunk=chunk.number)
    samples = [sample for fragment in shape.fragments for sample in fragment.samples]
    shown = sorted((time - first) // frame_ticks for time, sample in zip(times, samples, strict=True) if sample.key)
    if shown != chunk.key_frames(gop_frames):
        raise ChunkMismatchError("Key frames are not where all renditions have them.", chunk=chunk.number)


def stitch(chunks: Sequence[ChunkFile], output: Path, *, frame_ticks: int) -> int:
    """Write all chunks, in film order, as one file; return its frame count.

    Raises:
        ChunkMismatchError: when chunks do not follow each other, have different headers, or are cut within a group.
    """
    expected, frames = 0, 0
    first: _Head | None = None
    with output.open("w+b") as joined:
        for piece in chunks:
            start, end = piece.span()
            if start != expected:
                raise ChunkMismatchError("The chunks do not follow each other.", chunk=piece.chunk.number)
            expected = end
            head, added = _append(joined, piece, first, frame_ticks)
            first = first or head
            frames += added
    if frames != expected:
        raise ChunkMismatchError(f"{frames} frames were joined instead of {expected}.")
    return frames


class _Head(msgspec.Struct, frozen=True):
    """What all chunks of a rendition share: the codec header, and the encoder's reordering delay in ticks."""

    header: bytes
    delay: int


def _append(joined: BinaryIO, piece: ChunkFile, first: _Head | None, frame_ticks: int) -> tuple[_Head, int]:
    shape = file_shape(piece.path)
    starts_at = shape.fragments[0].decode_time
    shown_at = min(time for fragment in shape.fragments for time in fragment.presentation_times())
    used, begins, ends = _used(piece, shape)
    with piece.path.open("rb") as source:
        head = _Head(header=source.read(shape.header_end), delay=shown_at - starts_at)
        if first is None:
            joined.write(head.header)
        elif head != first:
            raise ChunkMismatchError("A chunk was encoded unlike the first.", chunk=piece.chunk.number)
        base = joined.tell() - begins
        shutil.copyfileobj(_Window(source, begins, ends), joined, _COPY_BYTES)
    for fragment in used:
        _retime(joined, fragment, base, shift=piece.chunk.start * frame_ticks - starts_at, delay=head.delay)
    joined.seek(0, os.SEEK_END)
    return head, sum(len(fragment.samples) for fragment in used)


def _used(piece: ChunkFile, shape: FileShape) -> tuple[list[Fragment], int, int]:
    """Return the fragments that the film gets, and between which bytes of the file they stand.

    Raises:
        ChunkMismatchError: when there are none; a border that is no key frame shows in the count of frames.
    """
    first, end = piece.span()
    counts = accumulate((len(fragment.samples) for fragment in shape.fragments), initial=piece.chunk.start)
    places = [at for at, frame in zip(range(len(shape.fragments)), counts, strict=False) if first <= frame < end]
    if not places:
        raise ChunkMismatchError("Nothing of a chunk is used.", chunk=piece.chunk.number)
    after = shape.fragments[places[-1] + 1 :]
    used = [shape.fragments[at] for at in places]
    return used, used[0].start, after[0].start if after else shape.media_end


def _retime(joined: BinaryIO, fragment: Fragment, base: int, *, shift: int, delay: int) -> None:
    """Set a fragment on the film's clock, and take the reordering delay out of its offsets; they may be negative."""
    joined.seek(base + fragment.time_offset)
    joined.write(struct.pack(">Q" if fragment.time_wide else ">I", fragment.decode_time + shift))
    offsets = iter(fragment.samples)
    for table in fragment.tables:
        joined.seek(base + table.version_at)
        joined.write(_SIGNED_OFFSETS)
        for at in range(table.count):
            joined.seek(base + table.first_at + at * table.step)
            joined.write(struct.pack(">i", next(offsets).offset - delay))


class _Window:
    """The bytes of a file between two offsets, as something to copy from."""

    def __init__(self, file: BinaryIO, start: int, end: int) -> None:
        self._file = file
        self._left = end - start
        file.seek(start)

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes, none at the end."""
        piece = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(piece)
        return piece
