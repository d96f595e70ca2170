"""The metrics stream: each command as the objects that Hystrix dashboards read."""

from typing import Any

import msgspec

from matinee.resilience.collapser import Collapser, CollapserMetrics
from matinee.resilience.command import Command, Commands
from matinee.resilience.events import Event
from matinee.resilience.settings import CommandSettings

PERIOD_SECONDS = 0.5
_SHOWN = (50, 90, 99, 99.5)
_PERCENTS = (0, 25, 50, 75, 90, 95, 99, 99.5, 100)
_ROLLING = {
    "rollingCountSuccess": Event.SUCCESS,
    "rollingCountFailure": Event.FAILURE,
    "rollingCountTimeout": Event.TIMEOUT,
    "rollingCountBadRequests": Event.BAD_REQUEST,
    "rollingCountShortCircuited": Event.SHORT_CIRCUITED,
    "rollingCountSemaphoreRejected": Event.REJECTED,
    "rollingCountFallbackSuccess": Event.FALLBACK_SUCCESS,
    "rollingCountFallbackFailure": Event.FALLBACK_FAILURE,
    "rollingCountFallbackRejection": Event.FALLBACK_REJECTION,
    "rollingCountFallbackMissing": Event.FALLBACK_MISSING,
    "rollingCountExceptionsThrown": Event.EXCEPTION_THROWN,
    "rollingCountResponsesFromCache": Event.RESPONSE_FROM_CACHE,
    "rollingCountCollapsedRequests": Event.COLLAPSED,
    "rollingCountFallbackDisabled": Event.FALLBACK_DISABLED,
    "rollingCountCancelled": Event.CANCELLED,
    "rollingCountInjected": Event.INJECTED,
}
# Of Hystrix' own, what a call with one answer on one thread never has; its readers want the fields.
_NEVER = {"rollingCountEmit": 0, "rollingCountFallbackEmit": 0, "rollingCountThreadPoolRejected": 0, "threadPool": ""}


def _latencies(command: Command, kind: str, now: float) -> dict[str, Any]:
    window = command.metrics.execute if kind == "latencyExecute" else command.metrics.total
    return {
        f"{kind}_mean": window.mean(now) // 1000,
        f"{kind}_microseconds": {f"{percent:g}": window.percentile(percent, now) for percent in _SHOWN},
        kind: {f"{percent:g}": window.percentile(percent, now) // 1000 for percent in _PERCENTS},
    }


def is_open(command: Command) -> bool:
    """Return whether the breaker lets nobody through but a probe."""
    settings = command.settings
    if settings.breaker_force:
        return settings.breaker_force == "open"
    return settings.breaker_enabled and command.breaker.state != "closed"


def _properties(settings: CommandSettings, window_seconds: float) -> dict[str, Any]:
    timeout = round(settings.timeout_seconds * 1000)
    named = {
        "circuitBreakerRequestVolumeThreshold": settings.request_volume_threshold,
        "circuitBreakerSleepWindowInMilliseconds": round(settings.sleep_window_seconds * 1000),
        "circuitBreakerErrorThresholdPercentage": settings.error_threshold_percent,
        "circuitBreakerForceOpen": settings.breaker_force == "open",
        "circuitBreakerForceClosed": settings.breaker_force == "closed",
        "circuitBreakerEnabled": settings.breaker_enabled,
        "executionIsolationStrategy": "SEMAPHORE",
        "executionIsolationThreadTimeoutInMilliseconds": timeout,
        "executionTimeoutInMilliseconds": timeout,
        "executionIsolationThreadInterruptOnTimeout": True,
        "executionIsolationThreadPoolKeyOverride": None,
        "executionIsolationSemaphoreMaxConcurrentRequests": settings.max_concurrent,
        "fallbackIsolationSemaphoreMaxConcurrentRequests": settings.fallback_max_concurrent,
        "metricsRollingStatisticalWindowInMilliseconds": round(window_seconds * 1000),
        "requestCacheEnabled": settings.request_cache_enabled,
        "requestLogEnabled": True,
    }
    return {f"propertyValue_{name}": value for name, value in named.items()}


def snapshot(command: Command, *, now: float, milliseconds: int) -> dict[str, Any]:
    """Return a command as the stream shows it (SerialHystrixDashboardData, milliseconds), with our state beside it.

    Ours are `breakerState`, `concurrencyLimit`, `settings`, `changed` (what was changed while running) and `fault`.

    Args:
        now: monotonic seconds.
        milliseconds: Unix milliseconds.
    """
    settings, sums = command.settings, command.metrics.counts.sums(now)
    requests, errors = command.metrics.requests_and_errors(now)
    return {
        "type": "HystrixCommand",
        "name": command.name,
        "group": command.group,
        "currentTime": milliseconds,
        "isCircuitBreakerOpen": is_open(command),
        "breakerState": command.breaker.state,
        "errorPercentage": errors * 100 // requests if requests else 0,
        "errorCount": errors,
        "requestCount": requests,
        **{name: sums[event] for name, event in _ROLLING.items()},
        **_NEVER,
        "currentConcurrentExecutionCount": command.bulkhead.inside,
        "rollingMaxConcurrentExecutionCount": command.metrics.most_at_once.greatest(now),
        "concurrencyLimit": command.limit,
        **_latencies(command, "latencyExecute", now),
        **_latencies(command, "latencyTotal", now),
        **_properties(settings, command.windows.rolling_seconds),
        "reportingHosts": 1,
        "settings": msgspec.to_builtins(settings),
        "changed": dict(command.changed),
        "fault": None if command.fault is None else msgspec.to_builtins(command.fault),
    }


def collapser_snapshot(collapser: Collapser[Any, Any], *, now: float, milliseconds: int) -> dict[str, Any]:
    """Return a collapser as the stream shows it (SerialHystrixDashboardData)."""
    metrics = collapser.metrics
    if metrics is None:
        raise ValueError("A collapser without a name is not shown.")
    sums = metrics.counts.sums(now)
    return {
        "type": "HystrixCollapser",
        "name": collapser.name,
        "currentTime": milliseconds,
        "rollingCountRequestsBatched": sums[CollapserMetrics.REQUESTS],
        "rollingCountBatches": sums[CollapserMetrics.BATCHES],
        "rollingCountResponsesFromCache": sums[CollapserMetrics.SHARED],
        "batchSize_mean": metrics.sizes.mean(now),
        "batchSize": {f"{percent:g}": metrics.sizes.percentile(percent, now) for percent in _PERCENTS[1:]},
        "propertyValue_requestCacheEnabled": True,
        "propertyValue_maxRequestsInBatch": collapser.max_batch,
        "propertyValue_timerDelayInMilliseconds": round(collapser.delay_seconds * 1000),
        "reportingHosts": 1,
    }


def snapshots(commands: Commands, *, milliseconds: int) -> list[dict[str, Any]]:
    """Return every command and collapser of a process."""
    now = commands.monotonic()
    return [
        *(snapshot(command, now=now, milliseconds=milliseconds) for command in commands.all()),
        *(
            collapser_snapshot(commands.collapsers[name], now=now, milliseconds=milliseconds)
            for name in sorted(commands.collapsers)
        ),
    ]
