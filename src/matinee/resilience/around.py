"""An execution that lasts as long as a block, for what is opened and left again, such as a transaction."""

import asyncio
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Generic, TypeVar

from matinee.kit.deadline import remaining_seconds
from matinee.kit.errors import UnavailableError
from matinee.resilience.command import Began, Command, RefusedError
from matinee.resilience.errors import CommandTimeoutError
from matinee.resilience.events import Event
from matinee.resilience.faults import InjectedError

T = TypeVar("T")


class Around(Generic[T]):
    """Opens and leaves `inner` as one execution of a command. There is no fallback.

    Entering and the block have the deadline, leaving has not: a transaction that is over time fails before its commit
    begins and is rolled back whole; once it commits, nothing here cuts it off, so nobody is told of a failure while a
    change is being made durable.

    Args:
        command: counts, bounds and refuses.
        inner: opened once.
        refusal: the port's own word for "not now"; the command's refusals and timeouts come out as one.
    """

    __slots__ = ("_began", "_command", "_inner", "_refusal", "_timer")

    def __init__(
        self, command: Command, inner: AbstractAsyncContextManager[T], *, refusal: type[UnavailableError]
    ) -> None:
        self._command = command
        self._inner = inner
        self._refusal = refusal
        self._began: Began = (0.0, False)
        self._timer: asyncio.Timeout | None = None

    async def __aenter__(self) -> T:
        try:
            self._began = self._command.begin()
        except RefusedError as refused:
            self._command.gave([refused.event, Event.FALLBACK_MISSING], None)
            raise self._refusal(str(refused.error)) from refused.error
        settings = self._command.settings
        self._timer = asyncio.timeout(remaining_seconds(settings.timeout_seconds) if settings.timeout_enabled else None)
        await self._timer.__aenter__()
        try:
            if self._command.fault is not None:
                await self._command.suffer(self._command.fault)
            return await self._inner.__aenter__()
        except InjectedError as error:
            await self._over(type(error), error, error.__traceback__)
            raise self._refusal(error.detail) from error
        except BaseException as error:
            await self._over(type(error), error, error.__traceback__)
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        timer = self._timer
        if timer is not None and not timer.expired():
            timer.reschedule(None)
        try:
            await self._inner.__aexit__(kind, error, trace)
        except BaseException as worse:
            await self._over(type(worse), worse, worse.__traceback__)
            raise
        await self._over(kind, error, trace)
        return None

    async def _over(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Tell the command how it ended; raise the port's word when it was its deadline that ended it."""
        if error is None:
            self._command.succeeded(self._began)
            return
        try:
            if self._timer is not None:
                await self._timer.__aexit__(kind, error, trace)
        except TimeoutError as late:
            timeout = CommandTimeoutError("It took longer than its command allows.", command=self._command.name)
            self._fail(timeout)
            raise self._refusal(timeout.detail) from late
        if isinstance(error, Exception):
            self._fail(error)
        else:
            self._command.cancelled(self._began)

    def _fail(self, error: Exception) -> None:
        event = self._command.failed(error, self._began)
        missing = [] if event == Event.BAD_REQUEST else [Event.FALLBACK_MISSING]
        self._command.gave([event, *missing], self._began)
