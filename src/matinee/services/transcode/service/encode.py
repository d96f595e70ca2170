"""Makes one chunk task: encode, check, store. Safe to run twice, anywhere, at once."""

import shutil
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from matinee.blobs.port import BlobNotFoundError, BlobStore
from matinee.engines.media.limits import ChildError, ChildLimitError, ChildTimedOutError, Finished
from matinee.services.transcode.service.recipe import encode_arguments, timescale
from matinee.services.transcode.service.stitch import ChunkMismatchError, check_chunk, cut_beyond
from matinee.services.transcode.service.tasks import ChunkTask, Target
from matinee.services.transcode.service.tools import Toolbox

OnFrames = Callable[[int], None]
OnStored = Callable[[Target], Awaitable[None]]
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

    async def run(self, task: ChunkTask, on_frames: OnFrames, on_stored: OnStored) -> tuple[float, int]:
        """Make what is missing of a task; return CPU seconds and peak memory in bytes of the tools it took.

        Every rendition is stored under its own key as soon as it is whole, also when the tool fails on another one, so
        that only what is missing is made again.

        Raises:
            ChildError: when the encoder failed.
            ChunkMismatchError: when the frames are wrong even after decoding from the beginning.
            BlobNotFoundError: when the source is gone.
        """
        targets = await unfinished_targets(self._blobs, task)
        for target in task.targets:
            if target not in targets:
                await on_stored(target)
        if not targets:
            return 0.0, 0
        self._scratch.mkdir(parents=True, exist_ok=True)
        folder = Path(mkdtemp(prefix="chunk-", dir=self._scratch))
        work = _Work(task=task, folder=folder, on_frames=on_frames, on_stored=on_stored)
        try:
            async with self._blobs.local_copy(task.source_key) as source:
                finished = await self._encode(work, source, targets)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return finished.cpu_seconds, finished.peak_memory_bytes

    async def _encode(self, work: "_Work", source: Path, targets: Sequence[Target]) -> Finished:
        try:
            return await self._attempt(work, source, targets, exact=False)
        except (ChildLimitError, ChildTimedOutError):
            raise
        except (ChunkMismatchError, ChildError) as error:
            killed = isinstance(error, ChildError) and error.finished.returncode < 0
            if work.task.chunk.start == 0 or killed:
                raise
        # The index led to a wrong place: decoding from the beginning is slow and always right.
        return await self._attempt(work, source, await unfinished_targets(self._blobs, work.task), exact=True)

    async def _attempt(self, work: "_Work", source: Path, targets: Sequence[Target], *, exact: bool) -> Finished:
        task = work.task
        outputs = [_output_name(at) for at in range(len(targets))]
        rungs = [target.rung for target in targets]
        arguments = encode_arguments(task.recipe, task.chunk, rungs, outputs=outputs, exact=exact)
        try:
            finished = await self._toolbox.ffmpeg(
                arguments,
                work_dir=work.folder,
                source=source,
                on_line=lambda line: _hear_progress(line, work.on_frames),
                # Steps that somebody waits for, such as the first release's, go before the rest of the encode.
                nice=NICE,
            )
        except ChildError:
            await self._store(work, targets)
            raise
        wrong = await self._store(work, targets)
        if wrong is not None:
            raise wrong
        return finished

    async def _store(self, work: "_Work", targets: Sequence[Target]) -> ChunkMismatchError | None:
        """Store every output that is whole; return what is wrong with the first that is not."""
        wrong: ChunkMismatchError | None = None
        ticks, gop = timescale(work.task.recipe)[1], work.task.recipe.gop_frames()
        for at, target in enumerate(targets):
            path = work.folder / _output_name(at)
            cut_beyond(path, work.task.chunk)
            try:
                check_chunk(path, work.task.chunk, frame_ticks=ticks, gop_frames=gop)
            except ChunkMismatchError as error:
                wrong = wrong or error
                continue
            await self._blobs.put_file(target.key, path)
            await work.on_stored(target)
        return wrong


@dataclass(frozen=True)
class _Work:
    """One run of a task."""

    task: ChunkTask
    folder: Path
    on_frames: OnFrames
    on_stored: OnStored


def _output_name(at: int) -> str:
    return f"out-{at}.mp4"


def _hear_progress(line: str, on_frames: OnFrames) -> None:
    name, _, value = line.partition("=")
    if name == "frame" and value.strip().isdigit():
        on_frames(int(value))
