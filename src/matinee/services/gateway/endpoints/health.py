"""Liveness, readiness and metrics."""

from collections.abc import Awaitable, Callable, Mapping

from matinee.host.health import run_checks
from matinee.kit.errors import ForbiddenError, UnauthenticatedError
from matinee.services.gateway.endpoints.answering import NO_STORE, send_bytes, send_json
from matinee.services.gateway.exchange import Exchange, FilterKind
from matinee.services.gateway.metrics import DoorMetrics
from matinee.services.gateway.refusals import WrongMethodError

_OK, _NOT_READY = 200, 503
Checks = Callable[[], Mapping[str, Callable[[], Awaitable[bool]]]]


def reading_only(exchange: Exchange) -> None:
    """Refuse other methods than GET and HEAD.

    Raises:
        WrongMethodError: for those.
    """
    if exchange.method not in {"GET", "HEAD"}:
        raise WrongMethodError("GET", "HEAD")


class Health:
    """`/health/live`: the loop turns. `/health/ready`: the rooms here and the processes of the others are fine.

    Args:
        checks: returns all checks by name.
    """

    name = "health"
    kind: FilterKind = "endpoint"
    order = 10

    def __init__(self, checks: Checks) -> None:
        self._checks = checks

    def should_filter(self, exchange: Exchange) -> bool:
        """Apply to both paths."""
        return exchange.path in {"/health/live", "/health/ready"}

    async def apply(self, exchange: Exchange) -> None:
        """Answer 200 or 503 with what was checked."""
        reading_only(exchange)
        results = {} if exchange.path == "/health/live" else await run_checks(self._checks())
        ready = all(results.values())
        await send_json(exchange, _OK if ready else _NOT_READY, {"ready": ready, "checks": results})


class Metrics:
    """`/metrics` for operators."""

    name = "metrics"
    kind: FilterKind = "endpoint"
    order = 20

    def __init__(self, metrics: DoorMetrics) -> None:
        self._metrics = metrics

    def should_filter(self, exchange: Exchange) -> bool:
        """Apply to the one path."""
        return exchange.path == "/metrics"

    async def apply(self, exchange: Exchange) -> None:
        """Answer in Prometheus' text format."""
        reading_only(exchange)
        if exchange.role != "operator":
            refuse = UnauthenticatedError if exchange.role == "stranger" else ForbiddenError
            raise refuse("Metrics need the operator key in Authorization: Bearer.")
        kind = (b"content-type", b"text/plain; version=0.0.4; charset=utf-8")
        await send_bytes(exchange, _OK, self._metrics.text(), [kind, NO_STORE])
