"""What the door counts. Labels come from closed sets."""

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest

_FILTER_BUCKETS = (1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1.0)
_REQUEST_BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class DoorMetrics:
    """The door's own registry, so that two doors in one process do not meet."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "matinee_gateway_requests", "Requests by room and status class", ["room", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "matinee_gateway_request_seconds",
            "Seconds from the request's head to the end of its answer",
            ["room"],
            buckets=_REQUEST_BUCKETS,
            registry=self._registry,
        )
        self._filters = Histogram(
            "matinee_gateway_filter_seconds",
            "Seconds in one filter; of an endpoint, with everything behind it",
            ["filter", "kind"],
            buckets=_FILTER_BUCKETS,
            registry=self._registry,
        )

    def request(self, room: str, status: int, seconds: float) -> None:
        """Count one request."""
        self._requests.labels(room, f"{status // 100}xx").inc()
        self._seconds.labels(room).observe(seconds)

    def filtered(self, name: str, kind: str, seconds: float) -> None:
        """Count one step."""
        self._filters.labels(name, kind).observe(seconds)

    def text(self) -> bytes:
        """Return everything of this process in Prometheus' text format."""
        return generate_latest(REGISTRY) + generate_latest(self._registry)
