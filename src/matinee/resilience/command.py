"""A command: one kind of call to something that may fail, and everything that is known of it."""

import asyncio
from collections.abc import Awaitable, Callable
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
from matinee.resilience.metrics import CommandMetrics, Listener
from matinee.resilience.settings import CommandSettings, Tuning, WindowSettings

T = TypeVar("T")
Fallback = Callable[[Exception], Awaitable[T]]


class Command:
    """Runs calls within a deadline and a bulkhead, behind a breaker, with a fallback.

    Two choices differ from Hystrix. An error that is the caller's fault shows that the other side answers, so a probe
    that meets one closes the breaker, where Hystrix opens it again. A probe that is turned away by the bulkhead counts
    as failed, where Hystrix would stay half-open.

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
        self._tuning = tuning
        self._monotonic = monotonic
        self._listener = listener
        self._callers_fault = callers_fault
        self._generation = -1
        self._settings = CommandSettings()

    @property
    def settings(self) -> CommandSettings:
        """What counts now."""
        if self._generation != self._tuning.generation:
            self._settings = self._tuning.of(self.name)
            self._generation = self._tuning.generation
        return self._settings

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

    async def _execute(self, call: Callable[[], Awaitable[T]], fallback: Fallback[T] | None) -> T:
        began = self._monotonic()
        settings = self.settings
        if not self.breaker.attempt(began):
            error: Exception = ShortCircuitedError("Too many calls failed lately; try again in a moment.")
            return await self._fall_back(Event.SHORT_CIRCUITED, error, fallback, -1.0)
        if not self.bulkhead.enter(settings.max_concurrent):
            self.breaker.failed(began)
            error = RejectedError("Too many are asking at once; try again in a moment.")
            return await self._fall_back(Event.REJECTED, error, fallback, -1.0)
        self.metrics.most_at_once.see(self.bulkhead.inside, began)
        try:
            answer = await self._body(call, settings)
        except Exception as caught:  # noqa: BLE001  # whatever it is, it is counted and then raised or answered
            self._left(began)
            return await self._failed(caught, fallback, began)
        except BaseException:
            # Cancelled, or its coroutine was closed; whichever it is, the place is given back.
            self._left(began)
            self.breaker.failed(self._monotonic(), counted=False)
            self._done([Event.CANCELLED], self._monotonic() - began)
            raise
        now = self._left(began)
        self.breaker.succeeded(now)
        self._done(_SUCCESS, now - began)
        return answer

    async def _body(self, call: Callable[[], Awaitable[T]], settings: CommandSettings) -> T:
        if not settings.timeout_enabled:
            return await call()
        try:
            async with deadline(settings.timeout_seconds):
                return await call()
        except DeadlineError as error:
            if error.code != DeadlineError.code:
                raise
            raise CommandTimeoutError(error.detail, command=self.name) from error

    def _left(self, began: float) -> float:
        now = self._monotonic()
        self.bulkhead.leave()
        self.metrics.ran(now - began, now - began, now)
        return now

    async def _failed(self, error: Exception, fallback: Fallback[T] | None, began: float) -> T:
        now = self._monotonic()
        if self._callers_fault(error):
            self.breaker.succeeded(now, counted=False)
            self._done([Event.BAD_REQUEST], now - began)
            raise error
        self.breaker.failed(now)
        event = Event.TIMEOUT if isinstance(error, DeadlineError | TimeoutError) else Event.FAILURE
        return await self._fall_back(event, error, fallback, now - began)

    async def _fall_back(self, event: Event, error: Exception, fallback: Fallback[T] | None, seconds: float) -> T:
        """Answer instead of a failure, which is recorded already when the fallback starts."""
        settings = self.settings
        if fallback is None or not settings.fallback_enabled:
            missing = Event.FALLBACK_MISSING if fallback is None else Event.FALLBACK_DISABLED
            self._done([event, missing], seconds)
            raise error
        if not self.fallbacks.enter(settings.fallback_max_concurrent):
            self._done([event, Event.FALLBACK_REJECTION], seconds)
            raise FallbackRejectedError("Too many are asking at once; try again in a moment.") from error
        try:
            answer = await fallback(error)
        except asyncio.CancelledError:
            self._done([event, Event.CANCELLED], seconds)
            raise
        except Exception as second:
            self._done([event, Event.FALLBACK_FAILURE], seconds)
            # The first failure is what the caller has to know of; the second one stays beside it.
            raise error from second
        finally:
            self.fallbacks.leave()
        self._done([event, Event.FALLBACK_SUCCESS], seconds)
        return answer

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
        self._windows = windows or WindowSettings()
        self._listener = listener
        self._commands: dict[str, Command] = {}

    def get(self, name: str, *, group: str = "", **code: Any) -> Command:
        """Return the command of that name, the same one each time; what code wants of it counts from the first time.

        Args:
            group: for people; the part of the name before its first dot when empty.
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
            windows=self._windows,
            monotonic=self.monotonic,
            listener=self._listener,
        )
        self._commands[name] = made
        return made

    def all(self) -> tuple[Command, ...]:
        """Return every command that was asked for, by name."""
        return tuple(self._commands[name] for name in sorted(self._commands))


def known_failure(error: BaseException) -> str:
    """Return a short word for a failure, for logs: the code of ours, else the class."""
    return error.code if isinstance(error, MatineeError) else type(error).__name__
