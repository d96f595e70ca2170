"""What may be set of a command while it runs, and which word counts when several are said."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta


class CommandSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of one command. Defaults: HystrixCommandProperties, isolated by semaphore, which is asyncio's way."""

    timeout_seconds: Annotated[float, Meta(gt=0, le=3600, description="longest time of one execution, s")] = 1.0
    timeout_enabled: bool = True
    max_concurrent: Annotated[int, Meta(ge=1, le=100_000, description="executions at once")] = 10
    fallback_enabled: bool = True
    fallback_max_concurrent: Annotated[int, Meta(ge=1, le=100_000, description="fallbacks at once")] = 10
    breaker_enabled: bool = True
    breaker_force: Literal["", "open", "closed"] = ""
    request_volume_threshold: Annotated[int, Meta(ge=1, description="requests in the window before it may open")] = 20
    error_threshold_percent: Annotated[int, Meta(ge=1, le=100, description="errors in 100 requests that open it")] = 50
    sleep_window_seconds: Annotated[float, Meta(gt=0, le=3600, description="time before one probe, s")] = 5.0
    request_cache_enabled: bool = True


class WindowSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Windows of a command; fixed once it exists.

    A window must divide evenly into its buckets.
    """

    rolling_seconds: Annotated[float, Meta(gt=0, le=3600)] = 10.0
    rolling_buckets: Annotated[int, Meta(ge=1, le=1000)] = 10
    percentile_seconds: Annotated[float, Meta(gt=0, le=3600)] = 60.0
    percentile_buckets: Annotated[int, Meta(ge=1, le=1000)] = 6
    percentile_samples: Annotated[int, Meta(ge=1, le=100_000, description="latest samples kept of one bucket")] = 100
    health_seconds: Annotated[float, Meta(gt=0, le=60, description="time between looks at the health, s")] = 0.5


class Tuning:
    """Settings by command, from four words; the later counts: defaults, all commands, the command's code, the command.

    Args:
        everywhere: changes for all commands, as an operator sets them.
        by_name: changes for single commands, as an operator sets them; they may be changed while running.
    """

    def __init__(
        self, everywhere: Mapping[str, Any] | None = None, by_name: Mapping[str, Mapping[str, Any]] | None = None
    ) -> None:
        self._everywhere = dict(everywhere or {})
        self._by_name = {name: dict(values) for name, values in (by_name or {}).items()}
        self._code: dict[str, dict[str, Any]] = {}
        self.generation = 0

    def declare(self, name: str, **code: Any) -> None:
        """Say what the code of a command wants."""
        self._code[name] = code
        self.generation += 1

    def of(self, name: str) -> CommandSettings:
        """Return the settings that count now.

        Raises:
            msgspec.ValidationError: for a value out of bounds or an unknown name.
        """
        said = {**self._everywhere, **self._code.get(name, {}), **self._by_name.get(name, {})}
        return msgspec.convert(said, CommandSettings)

    def change(self, name: str, **values: Any) -> CommandSettings:
        """Change a command's settings while it runs; None takes a value back. Nothing changes when one is refused.

        Raises:
            msgspec.ValidationError: for a value out of bounds or an unknown name.
        """
        before = self._by_name.get(name)
        after = {**(before or {}), **values}
        self._by_name[name] = {key: value for key, value in after.items() if value is not None}
        try:
            changed = self.of(name)
        except msgspec.ValidationError:
            if before is None:
                del self._by_name[name]
            else:
                self._by_name[name] = before
            raise
        self.generation += 1
        return changed
