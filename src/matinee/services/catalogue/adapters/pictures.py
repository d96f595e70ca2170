"""Pictures decoded by Pillow in confined child processes."""

import asyncio
import sys
import tempfile
from pathlib import Path

import msgspec
import structlog

import matinee
from matinee.contracts.catalogue import ArtworkKind, PictureError
from matinee.engines.media.child import run
from matinee.engines.media.limits import ChildError, ChildFailedError, Limits
from matinee.kit.errors import UnavailableError
from matinee.services.catalogue.adapters.picture_child import Outcome
from matinee.services.catalogue.ports import FramedPicture

_CHILD = "matinee.services.catalogue.adapters.picture_child"
_ANSWER_BYTES = 32 * 2**20
# The interpreter, its libraries, and this package: all that the child may read.
_READABLE = tuple({Path(sys.prefix), Path(sys.base_prefix), Path(matinee.__file__).parent.parent})
_log = structlog.get_logger()


class PictureChildError(UnavailableError):
    """No process could be started to decode a picture."""

    code = "picture-child"
    title = "Pictures cannot be read right now"


class ConfinedPictures:
    """Implements `Pictures`; a decoder that is taken over or blown up takes only its own process with it.

    Args:
        workers: children at the same time.
        seconds: what one may take, by the wall clock and of processor time.
        memory_mib: address space of one.
    """

    def __init__(self, *, workers: int, seconds: int, memory_mib: int) -> None:
        self._slots = asyncio.Semaphore(workers)
        self._limits = Limits(
            wall_seconds=seconds,
            cpu_seconds=seconds,
            memory_bytes=memory_mib * 2**20,
            file_bytes=0,
            stdout_bytes=_ANSWER_BYTES,
        )

    async def frame(self, picture: bytes, kind: ArtworkKind) -> FramedPicture:
        """Decode, cut, scale and strip a picture."""
        async with self._slots:
            answer = await self._run(picture, kind)
        try:
            result = msgspec.msgpack.decode(answer, type=Outcome)
        except msgspec.DecodeError as error:
            raise PictureError("The picture cannot be read.") from error
        if result.refusal:
            raise PictureError(result.refusal)
        return FramedPicture(result.by_width)

    async def _run(self, picture: bytes, kind: ArtworkKind) -> bytes:
        arguments = (
            sys.executable,
            "-I",  # no user site, no PYTHON* variables, no current folder on the path
            "-m",
            _CHILD,
            kind,
            str(self._limits.memory_bytes),
            str(self._limits.cpu_seconds),
        )
        try:
            with tempfile.TemporaryDirectory(prefix="matinee-picture-") as folder:
                finished = await run(
                    arguments, limits=self._limits, work_dir=Path(folder), readable=_READABLE, stdin=picture
                )
        except OSError as error:
            raise PictureChildError("No process could be started; try again.") from error
        except ChildError as error:
            raise _refusal(error) from error
        return finished.stdout


def _refusal(error: ChildError) -> PictureError | PictureChildError:
    # A decoder dies by a signal or a limit; an exit of its own means that it never got to the picture.
    if isinstance(error, ChildFailedError) and error.finished.returncode > 0:
        _log.error("picture_child_broken", said=error.finished.said[-1:])
        return PictureChildError("Pictures cannot be decoded on this machine right now; the log says why.")
    return PictureError("The picture takes too much memory or time to read.")
