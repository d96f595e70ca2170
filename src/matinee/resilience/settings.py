"""What may be set of a command while it runs, and which word counts when several are said."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from matinee.resilience.faults import Fault, FaultsForbiddenError


class CommandSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of one command. Defaults: HystrixCommandProperties, isolated by semaphore, which is asyncio's way."""

    timeout_seconds: Annotated[float, Meta(gt=0, le=3600, description="longest time of one execution, s")] = 1.0
    timeout_enabled: bool = True
    max_concurrent: Annotated[int, Meta(ge=1, le=100_000, description="executions at once")] = 10
    adaptive: Annotated[
        Literal["", "gradient", "additive"],
        Meta(description="rule that finds the bound on executions at once from latency, up to `max_concurrent`"),
    ] = ""
    min_concurrent: Annotated[int, Meta(ge=1, le=100_000, description="least that an adaptive bound falls to")] = 20
    fallback_enabled: bool = True
    fallback_max_concurrent: Annotated[int, Meta(ge=1, le=100_000, description="fallbacks at once")] = 10
    fallback_timeout_seconds: Annotated[float, Meta(gt=0, le=3600, description="longest time of a fallback, s")] = 1.0
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
    """Settings by command, from five words.

    The later counts: defaults, all commands, the command's code, the command, what was changed while running.

    Args:
        everywhere: changes for all commands, as an operator sets them.
        by_name: changes for single commands, as an operator sets them.
        allow_faults: whether failures may be put into commands on purpose; fixed for the life of the process.
    """

    def __init__(
        self,
        everywhere: Mapping[str, Any] | None = None,
        by_name: Mapping[str, Mapping[str, Any]] | None = None,
        *,
        allow_faults: bool = False,
    ) -> None:
        self._everywhere = dict(everywhere or {})
        self._by_name = {name: dict(values) for name, values in (by_name or {}).items()}
        self._live: dict[str, dict[str, Any]] = {}
        self._code: dict[str, dict[str, Any]] = {}
        self._faults: tuple[Fault, ...] = ()
        self.allow_faults = allow_faults
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
        return self._with(name, self._live.get(name, {}))

    def _with(self, name: str, live: Mapping[str, Any]) -> CommandSettings:
        said = {**self._everywhere, **self._code.get(name, {}), **self._by_name.get(name, {}), **live}
        return msgspec.convert(said, CommandSettings)

    def changed(self, name: str) -> Mapping[str, Any]:
        """Return what was changed of a command while it runs."""
        return dict(self._live.get(name, {}))

    def change(self, name: str, **values: Any) -> CommandSettings:
        """Change a command's settings while it runs; None takes a value back. Nothing changes when one is refused.

        Raises:
            msgspec.ValidationError: for a value out of bounds or an unknown name.
        """
        after = {key: value for key, value in {**self._live.get(name, {}), **values}.items() if value is not None}
        found = self._with(name, after)
        self.change_all({**self._live, name: after})
        return found

    def change_all(self, live: Mapping[str, Mapping[str, Any]]) -> None:
        """Put these in the place of everything that was changed while running. All or none.

        Raises:
            msgspec.ValidationError: for a value out of bounds or an unknown name.
        """
        self.replace(live, self._faults)

    @property
    def faults(self) -> Sequence[Fault]:
        """What is put into commands on purpose, the first that fits a name counts."""
        return self._faults

    def inject(self, faults: Sequence[Fault]) -> None:
        """Put these in the place of all faults; none ends them.

        Raises:
            FaultsForbiddenError: when this process does not allow them.
        """
        self.replace(self._live, faults)

    def replace(self, live: Mapping[str, Mapping[str, Any]], faults: Sequence[Fault]) -> None:
        """Put these in the place of everything that was changed while running, and of all faults. All or none.

        Raises:
            msgspec.ValidationError: for a value out of bounds or an unknown name.
            FaultsForbiddenError: when this process does not allow faults.
        """
        changed = {name: dict(values) for name, values in live.items() if values}
        for name, values in changed.items():
            self._with(name, values)
        if faults and not self.allow_faults:
            raise FaultsForbiddenError("This deployment does not allow failures on purpose.")
        after = (changed, tuple(faults))
        if after != (self._live, self._faults):
            self._live, self._faults = after
            self.generation += 1

    def fault_of(self, name: str) -> Fault | None:
        """Return what is put into a command on purpose."""
        return next((fault for fault in self._faults if fault.fits(name)), None)
