"""Makes one chunk task: encode, check, store. Safe to run twice, anywhere, at once."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import mkdtemp

from matinee.blobs.port import BlobNotFoundError, BlobStore
from matinee.engines.media.limits import ChildError, ChildLimitError, ChildTimedOutError, Finished
from matinee.services.transcode.service.recipe import encode_arguments, timescale
from matinee.services.transcode.service.stitch import ChunkMismatchError, check_chunk
from matinee.services.transcode.service.tasks import ChunkTask, Target
from matinee.services.transcode.service.tools import Toolbox

OnFrames = Callable[[int], None]
NICE = 5


async def unfinished_targets(blobs: BlobStore, task: ChunkTask) -> tuple[Target, ...]:
    """Return the targets whose results are not stored yet."""
    missing = []
    for target in task.targets:
        try:
            await blobs.info(target.key)
        except BlobNotFoundError:
            missing.append(target)
    return tuple(missing)


class ChunkEncoder:
    """Encodes chunk tasks.

    Args:
        scratch: a folder of this process, for results on their way to the blob store.
    """

    def __init__(self, *, blobs: BlobStore, toolbox: Toolbox, scratch: Path) -> None:
        self._blobs = blobs
        self._toolbox = toolbox
        self._scratch = scratch

    async def run(self, task: ChunkTask, on_frames: OnFrames) -> tuple[float, int]:
        """Make what is missing of a task; return CPU seconds and peak memory in bytes of the tools it took.

        Raises:
            ChildError: when the encoder failed.
            ChunkMismatchError: when the frames are wrong even after decoding from the beginning.
            BlobNotFoundError: when the source is gone.
        """
        targets = await unfinished_targets(self._blobs, task)
        if not targets:
            return 0.0, 0
        self._scratch.mkdir(parents=True, exist_ok=True)
        folder = Path(mkdtemp(prefix="chunk-", dir=self._scratch))
        try:
            async with self._blobs.local_copy(task.source_key) as source:
                finished = await self._encode(task, targets, source, folder, on_frames)
            for at, target in enumerate(targets):
                await self._blobs.put_file(target.key, folder / _output_name(at))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return finished.cpu_seconds, finished.peak_memory_bytes

    async def _encode(
        self, task: ChunkTask, targets: Sequence[Target], source: Path, folder: Path, on_frames: OnFrames
    ) -> Finished:
        try:
            return await self._attempt(task, targets, source, folder, on_frames, exact=False)
        except (ChildLimitError, ChildTimedOutError):
            raise
        except (ChunkMismatchError, ChildError) as error:
            killed = isinstance(error, ChildError) and error.finished.returncode < 0
            if task.chunk.start == 0 or killed:
                raise
            # The index led to a wrong place: decoding from the beginning is slow and always right.
            return await self._attempt(task, targets, source, folder, on_frames, exact=True)

    async def _attempt(
        self,
        task: ChunkTask,
        targets: Sequence[Target],
        source: Path,
        folder: Path,
        on_frames: OnFrames,
        *,
        exact: bool,
    ) -> Finished:
        outputs = [_output_name(at) for at in range(len(targets))]
        rungs = [target.rung for target in targets]
        arguments = encode_arguments(task.recipe, task.chunk, rungs, outputs=outputs, exact=exact)
        finished = await self._toolbox.ffmpeg(
            arguments,
            work_dir=folder,
            source=source,
            on_line=lambda line: _hear_progress(line, on_frames),
            # Steps that somebody waits for, such as the first release's, go before the rest of the encode.
            nice=NICE,
        )
        for output in outputs:
            check_chunk(
                folder / output,
                task.chunk,
                frame_ticks=timescale(task.recipe)[1],
                gop_frames=task.recipe.gop_frames(),
            )
        return finished


def _output_name(at: int) -> str:
    return f"out-{at}.mp4"


def _hear_progress(line: str, on_frames: OnFrames) -> None:
    name, _, value = line.partition("=")
    if name == "frame" and value.strip().isdigit():
        on_frames(int(value))
