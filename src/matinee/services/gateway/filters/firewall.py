"""Headers that only we may set are taken off; who the client is comes from the socket or a trusted proxy."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from matinee.services.gateway.exchange import Exchange, FilterKind

_OURS = b"x-matinee-"
_FORWARDING = (
    b"forwarded",
    b"x-forwarded-",
    b"x-real-ip",
    b"x-client-ip",
    b"x-cluster-client-ip",
    b"x-original-",
    b"x-rewrite-url",
    b"x-http-method",
    b"x-method-override",
    b"true-client-ip",
    b"cf-connecting-ip",
    b"fastly-client-ip",
    b"proxy",
)
HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
_KEPT_DESPITE_CONNECTION = frozenset(
    {b"host", b"cookie", b"authorization", b"origin", b"content-length", b"content-type"}
)
_TAKEN_OFF = (_OURS, *_FORWARDING)
_MAX_PROXIES = 16
Network = IPv4Network | IPv6Network


def networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Return networks; ValueError for a text that is none."""
    return tuple(ip_network(text, strict=False) for text in texts)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    bare = text.strip().strip('"')
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address


def _named(connection: str) -> frozenset[bytes]:
    """Return the headers that a Connection header takes off."""
    return frozenset(n.strip().lower().encode("latin-1") for n in connection.split(",")) - _KEPT_DESPITE_CONNECTION


class Firewall:
    """Finds the client's address and strips what a client could use to speak as us, as a proxy, or to the next hop.

    Args:
        trusted: networks of our own proxies; their `X-Forwarded-For`, `-Proto` and `-Host` are believed.
    """

    name = "firewall"
    kind: FilterKind = "inbound"
    order = 30

    def __init__(self, trusted: Sequence[Network]) -> None:
        self._trusted = tuple(trusted)

    def should_filter(self, _: Exchange) -> bool:
        """Apply to all."""
        return True

    def apply(self, exchange: Exchange) -> None:
        """Learn what a trusted proxy says, then drop it and everything like it."""
        if self._trusted and self._trusts(exchange.client_address):
            self._believe(exchange)
        named = exchange.header(b"connection")
        dropped = HOP_BY_HOP if named is None else HOP_BY_HOP | _named(named)
        exchange.headers = [
            (name, value)
            for name, value in exchange.headers
            if name not in dropped
            and not name.startswith(_TAKEN_OFF)
            # Some servers read an underscore as a dash, so a name with one could pass for another.
            and b"_" not in name
        ]

    def _trusts(self, text: str) -> bool:
        address = _address(text)
        return address is not None and any(
            address.version == network.version and address in network for network in self._trusted
        )

    def _believe(self, exchange: Exchange) -> None:
        chain = ",".join(
            value.decode("latin-1") for name, value in exchange.headers if name == b"x-forwarded-for"
        ).split(",")
        for hop in reversed(chain[-_MAX_PROXIES:]):
            address = _address(hop)
            if address is None:
                break
            exchange.client_address = str(address)
            if not self._trusts(hop):
                break
        scheme = (exchange.header(b"x-forwarded-proto") or "").strip().lower()
        if scheme in {"http", "https"}:
            exchange.scheme = scheme
        exchange.host = (exchange.header(b"x-forwarded-host") or exchange.host).strip()
