"""A name for every request."""

from matinee.kit.ids import Ids
from matinee.kit.tracing import join_trace, traceparent
from matinee.services.gateway.exchange import Exchange, FilterKind

_NAMED_HERE = frozenset({b"traceparent", b"tracestate", b"x-request-id"})


class RequestName:
    """Gives each request an id and a trace, which logs, problems and rooms carry on."""

    name = "request_name"
    kind: FilterKind = "inbound"
    order = 10

    def __init__(self, ids: Ids) -> None:
        self._ids = ids

    def should_filter(self, _: Exchange) -> bool:
        """Apply to all."""
        return True

    def apply(self, exchange: Exchange) -> None:
        """Join the caller's trace, or start one."""
        join_trace(exchange.header(b"traceparent"))
        exchange.request_id = self._ids.new()
        headers = [pair for pair in exchange.headers if pair[0] not in _NAMED_HERE]
        headers.append((b"traceparent", traceparent().encode()))
        headers.append((b"x-request-id", exchange.request_id.encode()))
        exchange.headers = headers
