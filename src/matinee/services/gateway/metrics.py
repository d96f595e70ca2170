"""What the door counts. Labels come from closed sets.

Every request is counted in a score of places, so a place costs one search and two additions here; it becomes what
Prometheus reads only when that asks.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate

from prometheus_client import REGISTRY, CollectorRegistry, Counter, generate_latest
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector

_FILTER_BUCKETS = (1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1.0)
_REQUEST_BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Spans:
    """Seconds that something took, in buckets. For one event loop."""

    __slots__ = ("_bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, seconds: float) -> None:
        """Count one."""
        self.counts[bisect_left(self._bounds, seconds)] += 1
        self.total += seconds


class SpanFamily(Collector):
    """A Prometheus histogram of spans by label; those that saw nothing are not shown."""

    def __init__(self, name: str, told: str, labels: Sequence[str], bounds: Sequence[float]) -> None:
        self._name, self._told, self._labels, self._bounds = name, told, labels, bounds
        self._spans: dict[tuple[str, ...], Spans] = {}

    def of(self, *values: str) -> Spans:
        """Return the spans with these values of the labels, the same ones each time."""
        spans = self._spans.get(values)
        if spans is None:
            spans = self._spans[values] = Spans(self._bounds)
        return spans

    def collect(self) -> Iterable[HistogramMetricFamily]:
        """Return the one family."""
        family = HistogramMetricFamily(self._name, self._told, labels=self._labels)
        bounds = [*(str(bound) for bound in self._bounds), "+Inf"]
        for values, spans in self._spans.items():
            if any(spans.counts):
                buckets = list(zip(bounds, accumulate(spans.counts), strict=True))
                family.add_metric(values, buckets=buckets, sum_value=spans.total)
        yield family


class DoorMetrics:
    """The door's own registry, so that two doors in one process do not meet."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "matinee_gateway_requests", "Requests by room and status class", ["room", "status"], registry=self._registry
        )
        self._counters: dict[tuple[str, int], Counter] = {}
        self._seconds = SpanFamily(
            "matinee_gateway_request_seconds",
            "Seconds from the request's head to the end of its answer",
            ["room"],
            _REQUEST_BUCKETS,
        )
        self._filters = SpanFamily(
            "matinee_gateway_filter_seconds",
            "Seconds in one filter; of an endpoint, with everything behind it",
            ["filter", "kind"],
            _FILTER_BUCKETS,
        )
        self._registry.register(self._seconds)
        self._registry.register(self._filters)

    def request(self, room: str, status: int, seconds: float) -> None:
        """Count one request."""
        place = (room, status // 100)
        counter = self._counters.get(place)
        if counter is None:
            counter = self._counters[place] = self._requests.labels(room, f"{status // 100}xx")
        counter.inc()
        self._seconds.of(room).observe(seconds)

    def filter_spans(self, name: str, kind: str) -> Spans:
        """Return where the seconds of a filter are counted."""
        return self._filters.of(name, kind)

    def text(self) -> bytes:
        """Return everything of this process in Prometheus' text format."""
        return generate_latest(REGISTRY) + generate_latest(self._registry)
