"""Pictures decoded by Pillow in confined child processes."""

import asyncio
import sys

import msgspec

from matinee.contracts.catalogue import ArtworkKind, PictureError
from matinee.kit.errors import UnavailableError
from matinee.services.catalogue.adapters.picture_child import Outcome
from matinee.services.catalogue.ports import FramedPicture

_CHILD = "matinee.services.catalogue.adapters.picture_child"


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
        self._seconds = seconds
        self._memory_bytes = memory_mib * 2**20

    async def frame(self, picture: bytes, kind: ArtworkKind) -> FramedPicture:
        """Decode, cut, scale and strip a picture."""
        async with self._slots:
            answer = await self._run(picture, kind)
        try:
            result = msgspec.msgpack.decode(answer, type=Outcome)
        except msgspec.DecodeError as error:
            raise PictureError("The picture takes too much memory or time to read.") from error
        if result.refusal:
            raise PictureError(result.refusal)
        return FramedPicture(result.by_width)

    async def _run(self, picture: bytes, kind: ArtworkKind) -> bytes:
        arguments = (
            "-I",  # no user site, no PYTHON* variables, no current folder on the path
            "-m",
            _CHILD,
            kind,
            str(self._memory_bytes),
            str(self._seconds),
        )
        pipe = asyncio.subprocess.PIPE
        try:
            child = await asyncio.create_subprocess_exec(
                sys.executable, *arguments, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL, env={}
            )
        except OSError as error:
            raise PictureChildError("No process could be started; try again.") from error
        try:
            async with asyncio.timeout(self._seconds):
                answer, _ = await child.communicate(picture)
        except TimeoutError as error:
            raise PictureError(f"The picture takes more than {self._seconds} s to read.") from error
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        return answer
