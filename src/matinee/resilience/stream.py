"""The metrics stream: each command as the objects that Hystrix dashboards read."""

from typing import Any

from matinee.resilience.command import Command, Commands
from matinee.resilience.events import Event

PERIOD_SECONDS = 0.5
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
}


def _latencies(command: Command, kind: str, now: float) -> dict[str, Any]:
    window = command.metrics.execute if kind == "latencyExecute" else command.metrics.total
    return {
        f"{kind}_mean": window.mean(now) // 1000,
        kind: {f"{percent:g}": window.percentile(percent, now) // 1000 for percent in _PERCENTS},
    }


def snapshot(command: Command, *, now: float, milliseconds: int) -> dict[str, Any]:
    """Return a command as the stream shows it (SerialHystrixDashboardData, milliseconds), with our state beside it.

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
        "isCircuitBreakerOpen": command.breaker.state != "closed" or settings.breaker_force == "open",
        "breakerState": command.breaker.state,
        "errorPercentage": errors * 100 // requests if requests else 0,
        "errorCount": errors,
        "requestCount": requests,
        **{name: sums[event] for name, event in _ROLLING.items()},
        "currentConcurrentExecutionCount": command.bulkhead.inside,
        "rollingMaxConcurrentExecutionCount": command.metrics.most_at_once.greatest(now),
        **_latencies(command, "latencyExecute", now),
        **_latencies(command, "latencyTotal", now),
        "propertyValue_circuitBreakerRequestVolumeThreshold": settings.request_volume_threshold,
        "propertyValue_circuitBreakerSleepWindowInMilliseconds": round(settings.sleep_window_seconds * 1000),
        "propertyValue_circuitBreakerErrorThresholdPercentage": settings.error_threshold_percent,
        "propertyValue_circuitBreakerForceOpen": settings.breaker_force == "open",
        "propertyValue_circuitBreakerForceClosed": settings.breaker_force == "closed",
        "propertyValue_circuitBreakerEnabled": settings.breaker_enabled,
        "propertyValue_executionIsolationStrategy": "SEMAPHORE",
        "propertyValue_executionTimeoutInMilliseconds": round(settings.timeout_seconds * 1000),
        "propertyValue_executionIsolationSemaphoreMaxConcurrentRequests": settings.max_concurrent,
        "propertyValue_fallbackIsolationSemaphoreMaxConcurrentRequests": settings.fallback_max_concurrent,
        "propertyValue_requestCacheEnabled": settings.request_cache_enabled,
        "reportingHosts": 1,
    }


def snapshots(commands: Commands, *, milliseconds: int) -> list[dict[str, Any]]:
    """Return every command of a process."""
    now = commands.monotonic()
    return [snapshot(command, now=now, milliseconds=milliseconds) for command in commands.all()]
