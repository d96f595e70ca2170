"""The edge's counters in Prometheus's text form."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from matinee.services.edge.service.counters import Counters
from matinee.services.edge.service.deliveries import Deliveries
from matinee.services.edge.service.fills import Filler
from matinee.services.edge.service.objects import ObjectCache

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
_COUNTERS = {
    "bytes_sent": "Bytes of bodies of answers",
    "fills": "Reads of files from the origin",
    "fill_bytes": "Bytes read from the origin and kept",
    "fill_failures": "Reads from the origin that failed or were refused",
    "verify_failures": "Files or indexes whose bytes were not what their names say",
    "disk_mismatches": "Files on this edge's disk that had changed or gone",
    "evictions": "Files evicted for others",
    "origin_checks": "Questions to the origin whether a release still stands",
    "token_refusals": "Requests refused for their token",
}


class EdgeCollector(Collector):
    """Reads the figures when they are asked for."""

    def __init__(self, *, counters: Counters, cache: ObjectCache, filler: Filler, deliveries: Deliveries) -> None:
        self._counters = counters
        self._cache = cache
        self._filler = filler
        self._deliveries = deliveries

    def collect(self) -> Iterator[Metric]:
        """Yield all figures. Labels come from closed sets."""
        counters = self._counters
        requests = CounterMetricFamily("matinee_edge_requests", "Answers by status class", labels=["status_class"])
        for number in range(2, 6):
            requests.add_metric([f"{number}xx"], counters.status[number])
        yield requests
        lookups = CounterMetricFamily("matinee_edge_lookups", "Files sent, by how they were found", labels=["how"])
        for how in ("hits", "misses", "collapsed", "stale"):
            lookups.add_metric([how], getattr(counters, how))
        yield lookups
        for name, sentence in _COUNTERS.items():
            yield CounterMetricFamily(f"matinee_edge_{name}", sentence, value=getattr(counters, name))
        yield CounterMetricFamily(
            "matinee_edge_deliveries_dropped", "Delivery records lost unreported", value=self._deliveries.dropped
        )
        yield from self._gauges()

    def _gauges(self) -> Iterator[Metric]:
        cache = self._cache
        yield GaugeMetricFamily("matinee_edge_cache_bytes", "Bytes of cached files on disk", value=cache.size_bytes)
        yield GaugeMetricFamily("matinee_edge_cache_files", "Cached files on disk", value=len(cache))
        yield GaugeMetricFamily("matinee_edge_pinned_bytes", "Bytes of pinned files", value=cache.pinned_bytes)
        yield GaugeMetricFamily("matinee_edge_memory_bytes", "Bytes of files held in memory", value=cache.memory_bytes)
        yield GaugeMetricFamily("matinee_edge_fills_at_work", "Fills running or waiting", value=self._filler.at_work)


class Metrics:
    """The text of `/metrics`."""

    def __init__(self, collector: EdgeCollector) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(collector)

    def text(self) -> bytes:
        """Return all figures."""
        return generate_latest(self._registry)
