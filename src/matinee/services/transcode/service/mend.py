"""Takes seams out: what is around one is made again without a break, with key frames where they stood."""

import asyncio
from collections.abc import Collection, Sequence
from pathlib import Path

from matinee.engines.media.limits import ChildError
from matinee.services.transcode.service.chunks import Chunk, in_one_piece, splices
from matinee.services.transcode.service.ladder import Rung
from matinee.services.transcode.service.recipe import Recipe, encode_arguments, timescale
from matinee.services.transcode.service.stitch import ChunkFile, ChunkMismatchError, check_chunk, cut_beyond
from matinee.services.transcode.service.tools import Toolbox, together

_AT_ONCE = 2


class SeamMender:
    """Encodes borders of chunks without a break.

    Args:
        chunks: all of the film, in order.
        folder: an existing folder that keeps the pieces.
    """

    def __init__(self, *, toolbox: Toolbox, recipe: Recipe, chunks: Sequence[Chunk], folder: Path) -> None:
        self._toolbox = toolbox
        self._recipe = recipe
        self._chunks = chunks
        self._folder = folder
        self._gate = asyncio.Semaphore(_AT_ONCE)

    async def splice(self, rung: Rung, borders: Collection[int], source: Path) -> list[ChunkFile]:
        """Return what to lay over the chunks around these borders (frame numbers): a few groups of pictures for each.

        Raises:
            ChildError: when the encoder failed.
            ChunkMismatchError: when the frames are wrong even after decoding from the beginning.
        """
        wanted = splices(self._chunks, borders, self._recipe.gop_frames())
        encoded = await self._pieces(rung, [one.encoded for one in wanted], source)
        return [
            ChunkFile(chunk=piece.chunk, path=piece.path, first=one.start, end=one.end)
            for one, piece in zip(wanted, encoded, strict=True)
        ]

    async def remake(self, rung: Rung, borders: Collection[int], source: Path) -> list[ChunkFile]:
        """Return one file for each run of chunks that meet at these borders, made anew as a whole.

        Raises:
            ChildError: when the encoder failed.
            ChunkMismatchError: when the frames are wrong even after decoding from the beginning.
        """
        return await self._pieces(rung, in_one_piece(self._chunks, borders), source)

    async def _pieces(self, rung: Rung, chunks: Sequence[Chunk], source: Path) -> list[ChunkFile]:
        return await together(self._piece(rung, chunk, source) for chunk in chunks)

    async def _piece(self, rung: Rung, chunk: Chunk, source: Path) -> ChunkFile:
        async with self._gate:
            try:
                return await self._attempt(rung, chunk, source, exact=False)
            except (ChunkMismatchError, ChildError):
                if chunk.start == 0:
                    raise
            # The source's index led to a wrong place: reading from the beginning is slow and always right.
            return await self._attempt(rung, chunk, source, exact=True)

    async def _attempt(self, rung: Rung, chunk: Chunk, source: Path, *, exact: bool) -> ChunkFile:
        path = self._folder / f"mended-{rung.name}-{chunk.start}-{chunk.end}.mp4"
        arguments = encode_arguments(self._recipe, chunk, [rung], outputs=[path.name], exact=exact)
        await self._toolbox.ffmpeg(arguments, work_dir=self._folder, source=source, on_line=lambda _: None)
        cut_beyond(path, chunk)
        ticks = timescale(self._recipe)[1]
        check_chunk(path, chunk, frame_ticks=ticks, gop_frames=self._recipe.gop_frames())
        return ChunkFile(chunk=chunk, path=path)
