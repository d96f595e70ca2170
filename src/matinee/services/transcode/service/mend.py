"""Takes seams out: chunks that meet in one are made again in one piece, with key frames where they stood."""

from collections.abc import Collection, Sequence
from pathlib import Path

from matinee.engines.media.limits import ChildError
from matinee.services.transcode.service.chunks import Chunk, in_one_piece
from matinee.services.transcode.service.ladder import Rung
from matinee.services.transcode.service.recipe import Recipe, encode_arguments, timescale
from matinee.services.transcode.service.stitch import ChunkFile, ChunkMismatchError, check_chunk, cut_beyond
from matinee.services.transcode.service.tools import Toolbox


class SeamMender:
    """Encodes runs of chunks without a break.

    Args:
        chunks: all of the film, in order.
        folder: an existing folder that keeps the pieces.
    """

    def __init__(self, *, toolbox: Toolbox, recipe: Recipe, chunks: Sequence[Chunk], folder: Path) -> None:
        self._toolbox = toolbox
        self._recipe = recipe
        self._chunks = chunks
        self._folder = folder

    async def mend(self, rung: Rung, borders: Collection[int], source: Path) -> list[ChunkFile]:
        """Return one file for each run of chunks that meet at these borders (frame numbers).

        Raises:
            ChildError: when the encoder failed.
            ChunkMismatchError: when the frames are wrong even after decoding from the beginning.
        """
        return [await self._piece(rung, chunk, source) for chunk in in_one_piece(self._chunks, borders)]

    async def _piece(self, rung: Rung, chunk: Chunk, source: Path) -> ChunkFile:
        try:
            return await self._attempt(rung, chunk, source, exact=False)
        except (ChunkMismatchError, ChildError):
            if chunk.start == 0:
                raise
        # The source's index led to a wrong place: reading from the beginning is slow and always right.
        return await self._attempt(rung, chunk, source, exact=True)

    async def _attempt(self, rung: Rung, chunk: Chunk, source: Path, *, exact: bool) -> ChunkFile:
        path = self._folder / f"mended-{rung.name}-{chunk.start}.mp4"
        arguments = encode_arguments(self._recipe, chunk, [rung], outputs=[path.name], exact=exact)
        await self._toolbox.ffmpeg(arguments, work_dir=self._folder, source=source, on_line=lambda _: None)
        cut_beyond(path, chunk)
        ticks = timescale(self._recipe)[1]
        check_chunk(path, chunk, frame_ticks=ticks, gop_frames=self._recipe.gop_frames())
        return ChunkFile(chunk=chunk, path=path)
