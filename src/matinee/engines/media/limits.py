"""What a child may use, how it ended, and how it can fail."""

import signal
from typing import Annotated

import msgspec
from msgspec import Meta

from matinee.kit.errors import InternalError, UnavailableError

# The launcher's answer when the tool could not be started.
CANNOT_START = 126
# Signals that a tool never gets by what it reads: somebody sent them, or the machine ran out of memory.
_SENT_SIGNALS = frozenset({signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGKILL, signal.SIGTERM})
_CAUGHT_SIGNAL = "received signal"
# A tool that computed for less than this part of its real time waited for the machine, not for its input.
_BUSY_SHARE = 0.5


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What one child may use. Address space is larger than memory in use: 2 GiB is the least that decodes 4K well."""

    wall_seconds: Annotated[float, Meta(gt=0, description="real time, seconds")] = 600.0
    cpu_seconds: Annotated[int, Meta(ge=1, description="processor time of all its threads, seconds")] = 1200
    memory_bytes: Annotated[int, Meta(ge=1 << 28, description="address space, bytes")] = 8 << 30
    file_bytes: Annotated[int, Meta(ge=0, description="largest file it may write, bytes")] = 8 << 30
    open_files: Annotated[int, Meta(ge=16, le=4096, description="file descriptors")] = 256
    stdout_bytes: Annotated[int, Meta(ge=0, description="standard output that is kept, bytes")] = 8 << 20
    nice: Annotated[int, Meta(ge=0, le=19, description="scheduling niceness")] = 5


class Finished(msgspec.Struct, frozen=True, kw_only=True):
    """How a child ended. `peak_memory_bytes` is resident memory, sampled four times a second."""

    returncode: int
    stdout: bytes
    said: tuple[str, ...]
    wall_seconds: float
    cpu_seconds: float
    peak_memory_bytes: int


class ChildError(InternalError):
    """A tool did not end well; `finished.said` holds the last lines of what it said, and is not for strangers."""

    code = "media-tool"
    title = "A media tool failed"

    def __init__(self, detail: str, /, *, finished: Finished, tool: str) -> None:
        super().__init__(detail, tool=tool, returncode=finished.returncode)
        self.finished = finished

    def interrupted(self) -> bool:
        """Return whether the tool was ended from outside or never began, which says nothing of what it read."""
        ended = self.finished
        if ended.returncode == CANNOT_START or -ended.returncode in _SENT_SIGNALS:
            return True
        # ffmpeg catches what asks it to end, and says so.
        return any(_CAUGHT_SIGNAL in line for line in ended.said)


class ChildFailedError(ChildError):
    """The tool ended with an error of its own or by a signal."""

    code = "media-tool-failed"


class ChildTimedOutError(ChildError):
    """The tool ran out of real time and was killed."""

    code = "media-tool-timeout"
    title = "A media tool took too long"

    def interrupted(self) -> bool:
        """Return whether the machine was too busy to let it work; a bad file keeps it computing."""
        return self.finished.cpu_seconds < _BUSY_SHARE * self.finished.wall_seconds


class ChildLimitError(ChildError):
    """The tool met a limit: `limit` is `cpu`, `memory`, `file` or `output`."""

    code = "media-tool-limit"
    title = "A media tool met a limit"

    def __init__(self, detail: str, /, *, finished: Finished, tool: str, limit: str) -> None:
        super().__init__(detail, finished=finished, tool=tool)
        self.limit = limit

    def interrupted(self) -> bool:
        """Return False: what it read made it need more than it may."""
        return False


class InterruptedToolError(UnavailableError):
    """A look into a file was cut short by something that is not in the file; it can be tried again."""

    code = "media-interrupted"
    title = "Looking into the file was interrupted"


class Confinement(msgspec.Struct, frozen=True, kw_only=True):
    """What the kernel of this machine permits. All False and 0: only resource limits and the protocol list hold.

    Attributes:
        network_namespace: children see no network at all.
        denied_calls: sockets, tracing, mounts and the like are refused by seccomp.
        landlock_version: 0 when children can read any file that the service can.
        dies_with_service: children end when the service is killed.
    """

    network_namespace: bool = False
    denied_calls: bool = False
    landlock_version: int = 0
    dies_with_service: bool = False
    no_new_privileges: bool = False
