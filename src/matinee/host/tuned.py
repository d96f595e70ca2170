"""What an operator may say of commands before a process starts."""

import time
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from matinee.host.settings import SettingsError
from matinee.resilience.command import Commands
from matinee.resilience.faults import FaultsForbiddenError, FaultTextError, fault_from
from matinee.resilience.settings import Tuning


class ResilienceSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The `[resilience]` table."""

    everywhere: Annotated[
        dict[str, Any], Meta(description="Settings of all commands; what a command's own code says counts more")
    ] = {}
    commands: Annotated[
        dict[str, dict[str, Any]], Meta(description="Settings of single commands, by name; these count most")
    ] = {}
    allow_faults: Annotated[
        bool,
        Meta(description="Whether commands may be made to fail on purpose; for trials, never for a public service"),
    ] = False
    faults: Annotated[
        tuple[str, ...],
        Meta(
            max_length=64, description="PATTERN=fail or PATTERN=delay:SECONDS, with @PERCENT behind; needs allow_faults"
        ),
    ] = ()


def commands_from(settings: ResilienceSettings) -> Commands:
    """Return the commands of a process.

    Raises:
        SettingsError: for a name or value that no command has, or faults where they are not allowed.
    """
    tuning = Tuning(settings.everywhere, settings.commands, allow_faults=settings.allow_faults)
    try:
        for name in ("", *settings.commands):
            tuning.of(name)
        tuning.inject([fault_from(text) for text in settings.faults])
    except (msgspec.ValidationError, FaultTextError) as error:
        raise SettingsError(f"[resilience] {error}.") from error
    except FaultsForbiddenError as error:
        raise SettingsError("[resilience] has faults, which count only together with allow_faults = true.") from error
    return Commands(tuning, time.monotonic)
