"""A command: one kind of call to something that may fail, and everything that is known of it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from matinee.kit.deadline import deadline
from matinee.kit.errors import DeadlineError, MatineeError
from matinee.resilience.breaker import CircuitBreaker
from matinee.resilience.bulkhead import Bulkhead
from matinee.resilience.context import Logged, RequestContext, Shared, current_request
from matinee.resilience.errors import (
    CommandTimeoutError,
    FallbackRejectedError,
    RejectedError,
    ShortCircuitedError,
    is_callers_fault,
)
from matinee.resilience.events import Event
from matinee.resilience.faults import Fault, InjectedError, Share
from matinee.resilience.limiter import AdaptiveLimit, AdditiveIncrease, Gradient2
from matinee.resilience.metrics import CommandMetrics, Listener
from matinee.resilience.settings import CommandSettings, Tuning, WindowSettings

T = TypeVar("T")
Fallback = Callable[[Exception], Awaitable[T]]
Began = tuple[float, bool]
"""The moment at which an execution began, and whether it is the probe of an open breaker."""


class RefusedError(Exception):
    """An execution may not begin: what to count, and the error for who wanted it. Does not leave this package."""

    def __init__(self, event: Event, error: Exception) -> None:
        super().__init__(event.name)
        self.event = event
        self.error = error


class Command:
    """Runs calls within a deadline and a bulkhead, behind a breaker, with a fallback.

    Three choices differ from Hystrix. An error that is the caller's fault shows that the other side answers, so a probe
    that meets one closes the breaker, where Hystrix opens it again. A probe that is turned away by the bulkhead counts
    as failed, where Hystrix would stay half-open. While half-open, calls that began before say nothing: only the probe
    decides. And a fallback has a deadline of its own beside its bound.

    Args:
        name: one breaker, bulkhead and set of counters for each name; made by a `Commands`.
        monotonic: seconds that never go backwards.
        callers_fault: tells errors that are no failure of the other side.
    """

    def __init__(
        self,
        name: str,
        *,
        group: str,
        tuning: Tuning,
        windows: WindowSettings,
        monotonic: Callable[[], float],
        listener: Listener | None = None,
        callers_fault: Callable[[BaseException], bool] = is_callers_fault,
    ) -> None:
        self.name = name
        self.group = group
        self.metrics = CommandMetrics(windows)
        self.breaker = CircuitBreaker(
            lambda: self.settings, seconds=windows.rolling_seconds, health_seconds=windows.health_seconds
        )
        self.bulkhead = Bulkhead()
        self.fallbacks = Bulkhead()
        self.windows = windows
        self._tuning = tuning
        self._monotonic = monotonic
        self._listener = listener
        self._callers_fault = callers_fault
        self._generation = -1
        self._settings = CommandSettings()
        self._fault: Fault | None = None
        self._share = Share()
        self._adaptive: tuple[str, AdaptiveLimit] | None = None

    @property
    def settings(self) -> CommandSettings:
        """What counts now."""
        self._refresh()
        return self._settings

    def _refresh(self) -> None:
        if self._generation != self._tuning.generation:
            self._settings = self._tuning.of(self.name)
            self._fault = self._tuning.fault_of(self.name)
            self._adaptive = self._adapted(self._settings)
            self._generation = self._tuning.generation

    @property
    def fault(self) -> Fault | None:
        """What is put into it on purpose."""
        self._refresh()
        return self._fault

    @property
    def changed(self) -> Mapping[str, Any]:
        """What was changed of its settings while it runs."""
        return self._tuning.changed(self.name)

    @property
    def limit(self) -> int:
        """How many executions there may be at once right now."""
        settings = self.settings
        return settings.max_concurrent if self._adaptive is None else self._adaptive[1].limit

    def _adapted(self, settings: CommandSettings) -> tuple[str, AdaptiveLimit] | None:
        """Return the limit that follows latency, with what it has learnt so far when the rule is the same."""
        if not settings.adaptive:
            return None
        if self._adaptive is None or self._adaptive[0] != settings.adaptive:
            rule = Gradient2() if settings.adaptive == "gradient" else AdditiveIncrease()
            self._adaptive = (settings.adaptive, AdaptiveLimit(rule, self._monotonic()))
        found = self._adaptive[1]
        found.least, found.most = settings.min_concurrent, settings.max_concurrent
        return self._adaptive

    async def run(
        self, call: Callable[[], Awaitable[T]], *, fallback: Fallback[T] | None = None, cache_key: str | None = None
    ) -> T:
        """Return what `call` answers, or the fallback.

        Args:
            call: made at most once.
            fallback: is told the failure; makes no call that uses the same resources.
            cache_key: within one request, the first call with a key answers for all.

        Raises:
            ShortCircuitedError: when the breaker is open and there is no fallback.
            RejectedError: when too many run and there is no fallback.
            CommandTimeoutError: when it took too long and there is no fallback.
            FallbackRejectedError: when too many fallbacks run.
            RuntimeError: for a cache key outside of a request.
        """
        if cache_key is None or not self.settings.request_cache_enabled:
            return await self._execute(call, fallback)
        context = current_request()
        if context is None or not context.open:
            raise RuntimeError(f"{self.name} has a cache key but no request to share its answer in.")
        return await self._shared(context, cache_key, call, fallback)

    async def _shared(
        self, context: RequestContext, key: str, call: Callable[[], Awaitable[T]], fallback: Fallback[T] | None
    ) -> T:
        """Join the first call of the request with this key, or be it; nobody ends it while others wait."""
        shared = context.cache.get((self.name, key))
        if shared is None:
            shared = Shared(asyncio.ensure_future(self._execute(call, fallback)))
            # A failure that nobody waits for any more must not be reported as forgotten.
            shared.task.add_done_callback(lambda task: task.cancelled() or task.exception())
            context.cache[self.name, key] = shared
        else:
            self._done([Event.RESPONSE_FROM_CACHE], -1.0, context)
        shared.waiting += 1
        try:
            answer: T = await asyncio.shield(shared.task)
        except asyncio.CancelledError:
            if shared.waiting == 1:
                shared.task.cancel()
                # Who asks next has not given up, and must not be told that it was cancelled.
                if context.cache.get((self.name, key)) is shared:
                    del context.cache[self.name, key]
            raise
        finally:
            shared.waiting -= 1
        return answer

    def begin(self) -> Began:
        """Begin an execution, which `ended` or `failed` must end exactly once.

        Raises:
            RefusedError: when it may not begin; what to count and what to tell the caller.
        """
        now = self._monotonic()
        settings = self.settings
        breaker, bulkhead = self.breaker, self.bulkhead
        if not breaker.attempt(now):
            error: Exception = ShortCircuitedError("Too many calls failed lately; try again in a moment.")
            raise RefusedError(Event.SHORT_CIRCUITED, error)
        probe = breaker.state == "half-open"
        limit = settings.max_concurrent if self._adaptive is None else self._adaptive[1].limit
        if not bulkhead.enter(limit):
            breaker.failed(now, probe=probe)
            raise RefusedError(Event.REJECTED, RejectedError("Too many are asking at once; try again in a moment."))
        self.metrics.most_at_once.see(bulkhead.inside, now)
        return now, probe

    async def _execute(self, call: Callable[[], Awaitable[T]], fallback: Fallback[T] | None) -> T:
        try:
            began = self.begin()
        except RefusedError as refused:
            return await self._fall_back(refused.event, refused.error, fallback, None)
        try:
            answer = await self._body(call)
        except Exception as caught:  # noqa: BLE001  # whatever it is, it is counted and then raised or answered
            return await self._fall_back(self.failed(caught, began), caught, fallback, began)
        except BaseException:
            # Cancelled, or its coroutine was closed; whichever it is, the place is given back.
            self.cancelled(began)
            raise
        self.succeeded(began)
        return answer

    async def _body(self, call: Callable[[], Awaitable[T]]) -> T:
        settings = self._settings
        if not settings.timeout_enabled:
            if self._fault is not None:
                await self.suffer(self._fault)
            return await call()
        try:
            async with deadline(settings.timeout_seconds):
                if self._fault is not None:
                    await self.suffer(self._fault)
                return await call()
        except DeadlineError as error:
            if error.code != DeadlineError.code:
                raise
            raise CommandTimeoutError(error.detail, command=self.name) from error

    async def suffer(self, fault: Fault) -> None:
        """Do what somebody wants to happen to this execution.

        Raises:
            InjectedError: when it is to fail.
        """
        if not self._share.next(fault.percent):
            return
        self.metrics.counts.add(Event.INJECTED, self._monotonic())
        if fault.seconds:
            await asyncio.sleep(fault.seconds)
        if fault.kind == "fail":
            raise InjectedError("This call failed on purpose.", command=self.name)

    def succeeded(self, began: Began) -> None:
        """End an execution that answered."""
        now = self._left(began)
        self.breaker.succeeded(now, probe=began[1])
        self.metrics.total.add(round((now - began[0]) * 1_000_000), now)
        self._done(_SUCCESS, now - began[0])

    def cancelled(self, began: Began) -> None:
        """End an execution that nobody waits for any more."""
        now = self._left(began, dropped=None)
        self.breaker.failed(now, counted=False, probe=began[1])
        self._done([Event.CANCELLED], now - began[0])

    def failed(self, error: Exception, began: Began) -> Event:
        """End an execution that failed, and return what happened; the caller records it with what came of it."""
        dropped = True if isinstance(error, DeadlineError | TimeoutError | RejectedError) else None
        now = self._left(began, dropped=dropped)
        if self._callers_fault(error):
            self.breaker.succeeded(now, counted=False, probe=began[1])
            return Event.BAD_REQUEST
        self.breaker.failed(now, probe=began[1])
        return Event.TIMEOUT if isinstance(error, DeadlineError | TimeoutError) else Event.FAILURE

    def _left(self, began: Began, *, dropped: bool | None = False) -> float:
        """Give the place back; None for what says nothing about load, such as a caller who has given up."""
        now = self._monotonic()
        if self._adaptive is not None and dropped is not None:
            self._adaptive[1].sample(now - began[0], inside=self.bulkhead.inside, dropped=dropped, now=now)
        self.bulkhead.leave()
        self.metrics.execute.add(round((now - began[0]) * 1_000_000), now)
        return now

    async def _fall_back(self, event: Event, error: Exception, fallback: Fallback[T] | None, began: Began | None) -> T:
        """Answer instead of a failure, which is counted already when the fallback starts."""
        settings = self.settings
        if event == Event.BAD_REQUEST or isinstance(error, _FATAL):
            self.gave([event], began)
            raise error
        if fallback is None or not settings.fallback_enabled:
            self.gave([event, Event.FALLBACK_MISSING if fallback is None else Event.FALLBACK_DISABLED], began)
            raise error
        if not self.fallbacks.enter(settings.fallback_max_concurrent):
            self.gave([event, Event.FALLBACK_REJECTION], began)
            raise FallbackRejectedError("Too many are asking at once; try again in a moment.") from error
        try:
            async with deadline(settings.fallback_timeout_seconds):
                answer = await fallback(error)
        except asyncio.CancelledError:
            self.gave([event, Event.CANCELLED], began)
            raise
        except Exception as second:
            self.gave([event, Event.FALLBACK_FAILURE], began)
            # The first failure is what the caller has to know of; the second one stays beside it.
            raise error from second
        finally:
            self.fallbacks.leave()
        self.gave([event, Event.FALLBACK_SUCCESS], began)
        return answer

    def gave(self, events: list[Event], began: Began | None) -> None:
        """Record what came of a failure, and how long the caller waited for all of it; None when nothing ran."""
        now = self._monotonic()
        if began is not None:
            self.metrics.total.add(round((now - began[0]) * 1_000_000), now)
        self._done(events, -1.0 if began is None else now - began[0])

    def _done(self, events: list[Event], seconds: float, context: RequestContext | None = None) -> None:
        now = self._monotonic()
        self.metrics.record(events, now)
        request = context or current_request()
        if request is not None:
            request.record(Logged(self.name, tuple(events), -1 if seconds < 0 else round(seconds * 1000)))
        if self._listener is not None:
            self._listener(self.name, events, seconds)

    def forget(self, cache_key: str) -> None:
        """Take an answer out of the request's cache, after a write that made it old."""
        context = current_request()
        if context is not None:
            context.cache.pop((self.name, cache_key), None)


_SUCCESS: list[Event] = [Event.SUCCESS]
# Nothing can be relied on after these; the less is tried the better.
_FATAL = (MemoryError, RecursionError, SystemError)


class Commands:
    """All commands of a process, by name.

    Args:
        tuning: settings that operators and code gave.
        monotonic: seconds that never go backwards.
        listener: called after each execution.
    """

    def __init__(
        self,
        tuning: Tuning,
        monotonic: Callable[[], float],
        *,
        windows: WindowSettings | None = None,
        listener: Listener | None = None,
    ) -> None:
        self.tuning = tuning
        self.monotonic = monotonic
        self.windows = windows or WindowSettings()
        self.collapsers: dict[str, Any] = {}
        self._listener = listener
        self._commands: dict[str, Command] = {}

    def get(
        self,
        name: str,
        *,
        group: str = "",
        callers_fault: Callable[[BaseException], bool] = is_callers_fault,
        **code: Any,
    ) -> Command:
        """Return the command of that name, the same one each time; what code wants of it counts from the first time.

        Args:
            group: for people; the part of the name before its first dot when empty.
            callers_fault: tells errors that are no failure of the other side.
            code: fields of `CommandSettings`.
        """
        known = self._commands.get(name)
        if known is not None:
            return known
        if code:
            self.tuning.declare(name, **code)
        made = Command(
            name,
            group=group or name.partition(".")[0],
            tuning=self.tuning,
            windows=self.windows,
            monotonic=self.monotonic,
            listener=self._listener,
            callers_fault=callers_fault,
        )
        self._commands[name] = made
        return made

    def all(self) -> tuple[Command, ...]:
        """Return every command that was asked for, by name."""
        return tuple(self._commands[name] for name in sorted(self._commands))


def known_failure(error: BaseException) -> str:
    """Return a short word for a failure, for logs: the code of ours, else the class."""
    return error.code if isinstance(error, MatineeError) else type(error).__name__
