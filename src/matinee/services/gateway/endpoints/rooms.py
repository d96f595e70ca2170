"""Sends requests on to the room that owns the path."""

from collections import OrderedDict

from matinee.kit.passport import PASSPORT_HEADER, PASSPORT_SCOPE, Passport
from matinee.kit.signing import SigningKey
from matinee.services.gateway.adapters.proxy import Proxy
from matinee.services.gateway.exchange import Exchange, FilterKind
from matinee.services.gateway.ports import RouteTable
from matinee.services.gateway.refusals import NowhereError

_NAME = PASSPORT_HEADER.encode()


class Signatures:
    """Signs passports, and remembers what it signed: equal passports have equal signatures.

    Args:
        key: the gateway's; rooms verify with its public half.
        remembered: how many are kept; the least recently used go first.
    """

    def __init__(self, key: SigningKey, *, remembered: int = 4096) -> None:
        self._key = key
        self._remembered = remembered
        self._signed: OrderedDict[Passport, bytes] = OrderedDict()

    def of(self, passport: Passport) -> bytes:
        """Return the signed form of a passport."""
        signed = self._signed.get(passport)
        if signed is None:
            signed = self._signed[passport] = self._key.sign(passport).encode()
            if len(self._signed) > self._remembered:
                self._signed.popitem(last=False)
        else:
            self._signed.move_to_end(passport)
        return signed


class Rooms:
    """Every path below `/api`: by the route table, to an application in this process or to another process."""

    name = "rooms"
    kind: FilterKind = "endpoint"
    order = 50

    def __init__(self, table: RouteTable, proxy: Proxy, signatures: Signatures) -> None:
        self._table = table
        self._proxy = proxy
        self._signatures = signatures

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
        if not upstream.takes_passports and exchange.passport is not None:
            exchange.headers.append((_NAME, self._signatures.of(exchange.passport)))
        if isinstance(upstream.target, str):
            await self._proxy.forward(exchange, upstream.target)
        else:
            scope = {**exchange.scope, "headers": exchange.headers, "scheme": exchange.scheme, "state": {}}
            if upstream.takes_passports:
                scope[PASSPORT_SCOPE] = exchange.passport
            await upstream.target(scope, exchange.receive, exchange.send)
