"""Failures on purpose: which commands fail or wait, so that people can see what happens when they do."""

import re
from fnmatch import fnmatchcase
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from matinee.kit.errors import ForbiddenError, InvalidError, UnavailableError

MAX_FAULTS = 64
_PATTERN = r"^[A-Za-z0-9_.*?\[\]-]{1,100}$"
_TEXT = re.compile(r"(?P<pattern>[^=]+)=(?P<kind>fail|delay)(:(?P<seconds>\d+(\.\d+)?))?(@(?P<percent>\d+))?")


class InjectedError(UnavailableError):
    """Somebody wants this call to fail."""

    code = "injected"
    title = "Failed on purpose"


class FaultsForbiddenError(ForbiddenError):
    """Failures on purpose are not allowed in this deployment."""

    code = "faults-forbidden"
    title = "No failures on purpose here"


class FaultTextError(InvalidError):
    """A fault that cannot be read."""

    code = "fault-text"
    title = "Not a fault"


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What happens to the executions of some commands.

    Attributes:
        pattern: of names, as files are matched: `home.*`, `*.database.read`, `Search.find`.
        kind: `fail` does not make the call and raises `InjectedError`; `delay` makes it later.
        seconds: waited first, within the command's deadline.
        percent: of 100 executions, evenly spread.
    """

    pattern: Annotated[str, Meta(pattern=_PATTERN, description="names of commands, with * and ?")]
    kind: Literal["fail", "delay"]
    seconds: Annotated[float, Meta(ge=0, le=3600, description="waited first, s")] = 0.0
    percent: Annotated[int, Meta(ge=1, le=100, description="of 100 executions")] = 100

    def fits(self, name: str) -> bool:
        """Return whether it is about a command."""
        return fnmatchcase(name, self.pattern)


def fault_from(text: str) -> Fault:
    """Return a fault from `PATTERN=fail`, `PATTERN=delay:SECONDS`, either with `@PERCENT` behind.

    Raises:
        FaultTextError: for anything else.
    """
    found = _TEXT.fullmatch(text.strip())
    if found is None:
        raise FaultTextError(f"{text!r} is not PATTERN=fail or PATTERN=delay:SECONDS, with @PERCENT behind if wanted.")
    said = {
        "pattern": found["pattern"],
        "kind": found["kind"],
        "seconds": float(found["seconds"] or 0.0),
        "percent": int(found["percent"] or 100),
    }
    try:
        return msgspec.convert(said, Fault)
    except msgspec.ValidationError as error:
        raise FaultTextError(f"{text!r}: {error}.") from error


class Share:
    """Says of which executions a share is, evenly spread and the same each time."""

    __slots__ = ("_due",)

    def __init__(self) -> None:
        self._due = 0

    def next(self, percent: int) -> bool:
        """Return whether the next one is of it."""
        self._due += percent
        if self._due < 100:  # noqa: PLR2004  # per cent
            return False
        self._due -= 100
        return True
