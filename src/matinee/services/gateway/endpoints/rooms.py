"""Sends requests on to the room that owns the path."""

from matinee.services.gateway.adapters.proxy import Proxy
from matinee.services.gateway.exchange import Exchange, FilterKind
from matinee.services.gateway.ports import RouteTable
from matinee.services.gateway.refusals import NowhereError


class Rooms:
    """Every path below `/api`: by the route table, to an application in this process or to another process."""

    name = "rooms"
    kind: FilterKind = "endpoint"
    order = 50

    def __init__(self, table: RouteTable, proxy: Proxy) -> None:
        self._table = table
        self._proxy = proxy

    def should_filter(self, exchange: Exchange) -> bool:
        """Apply to the API; the web client never answers there."""
        return exchange.below_api()

    async def apply(self, exchange: Exchange) -> None:
        """Route by the longest prefix.

        Raises:
            NowhereError: when no room owns the path.
        """
        upstream = self._table.find(exchange.path)
        if upstream is None:
            raise NowhereError("There is nothing at this address.")
        exchange.upstream = upstream.room
        if isinstance(upstream.target, str):
            await self._proxy.forward(exchange, upstream.target)
        else:
            scope = {**exchange.scope, "headers": exchange.headers, "scheme": exchange.scheme, "state": {}}
            await upstream.target(scope, exchange.receive, exchange.send)
