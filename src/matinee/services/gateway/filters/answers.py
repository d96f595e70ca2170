"""What every answer carries."""

from collections.abc import Sequence
from dataclasses import dataclass

from matinee.services.gateway.exchange import Exchange, FilterKind
from matinee.services.gateway.filters.firewall import HOP_BY_HOP

_API_POLICY = b"default-src 'none'; frame-ancestors 'none'"
_PERMISSIONS = (
    "autoplay=(self), encrypted-media=(self), fullscreen=(self), picture-in-picture=(self), screen-wake-lock=(self), "
    "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), "
    "midi=(), payment=(), usb=()"
)
_YEAR_SECONDS = 31_536_000
_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", _PERMISSIONS.encode()),
    (b"x-frame-options", b"DENY"),
    (b"server", b"matinee"),
)
_REPLACED = HOP_BY_HOP | {b"x-powered-by", b"x-request-id"} | {name for name, _ in _ALWAYS}
_CONTENT_POLICY = b"content-security-policy"
_VARY = b"vary"
_OUR_VARY = (_VARY, b"Cookie, Authorization")


@dataclass(frozen=True)
class Origins:
    """Other origins that the web client works with.

    Attributes:
        edges: films come from there.
        connect: the payment processor's: called, posted to, and framed where a bank asks something.
        scripts: scripts come from there.
    """

    edges: Sequence[str] = ()
    connect: Sequence[str] = ()
    scripts: Sequence[str] = ()


def _listed(origins: Sequence[str]) -> str:
    return "".join(f" {origin}" for origin in origins)


def page_policy(origins: Origins) -> str:
    """Return the Content-Security-Policy of the web client: nothing inline, films from the edges."""
    edges, connect = _listed(origins.edges), _listed(origins.connect)
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self'{_listed(origins.scripts)}",
            "style-src 'self'",
            f"img-src 'self' data: blob:{edges}",
            f"media-src 'self' blob:{edges}",
            f"connect-src 'self'{edges}{connect}",
            f"frame-src{connect}" if connect else "frame-src 'none'",
            "font-src 'self'",
            "worker-src 'self' blob:",
            "manifest-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            f"form-action 'self'{connect}",
            "frame-ancestors 'none'",
        )
    )


class Harden:
    """Sets the headers that keep browsers careful."""

    name = "harden"
    kind: FilterKind = "outbound"
    order = 10

    def __init__(self, origins: Origins) -> None:
        self._page_policy = page_policy(origins).encode()

    def should_filter(self, _: Exchange) -> bool:
        """Apply to all."""
        return True

    def apply(self, exchange: Exchange) -> None:
        """Drop what belongs to one hop, add what belongs to every answer."""
        headers = [pair for pair in exchange.answer_headers if pair[0] not in _REPLACED]
        headers += _ALWAYS
        headers.append((b"x-request-id", exchange.request_id.encode()))
        exchange.answer_headers = headers
        if exchange.answer_header(_CONTENT_POLICY) is None:
            headers.append((_CONTENT_POLICY, _API_POLICY if exchange.below_api() else self._page_policy))
        if exchange.scheme == "https":
            exchange.set_answer_header(b"strict-transport-security", f"max-age={_YEAR_SECONDS}".encode())


class Caching:
    """Keeps answers of the API out of caches unless their room says otherwise, and apart for each caller."""

    name = "caching"
    kind: FilterKind = "outbound"
    order = 20

    def should_filter(self, exchange: Exchange) -> bool:
        """Apply to the API."""
        return exchange.below_api()

    def apply(self, exchange: Exchange) -> None:
        """Fill in what is missing."""
        if exchange.answer_header(b"cache-control") is None:
            exchange.answer_headers.append((b"cache-control", b"no-store"))
        given = exchange.answer_header(_VARY)
        if given is None:
            exchange.answer_headers.append(_OUR_VARY)
            return
        told = given.decode("latin-1")
        names = {name.strip().lower(): name.strip() for name in told.split(",") if name.strip()}
        names.setdefault("cookie", "Cookie")
        names.setdefault("authorization", "Authorization")
        exchange.set_answer_header(_VARY, ", ".join(names.values()).encode())


class Cookies:
    """Keeps the cookies that rooms set out of reach of scripts and, over HTTPS, of the open wire."""

    name = "cookies"
    kind: FilterKind = "outbound"
    order = 40

    def should_filter(self, exchange: Exchange) -> bool:
        """Apply where a cookie is set."""
        return exchange.answer_header(b"set-cookie") is not None

    def apply(self, exchange: Exchange) -> None:
        """Add the attributes that are missing; rooms do not know how the client came."""
        wanted = (b"HttpOnly", b"Secure") if exchange.scheme == "https" else (b"HttpOnly",)
        exchange.answer_headers = [
            (name, _with_attributes(value, wanted) if name.lower() == b"set-cookie" else value)
            for name, value in exchange.answer_headers
        ]


def _with_attributes(cookie: bytes, wanted: Sequence[bytes]) -> bytes:
    present = {part.strip().lower() for part in cookie.split(b";")[1:]}
    return b"; ".join((cookie, *(name for name in wanted if name.lower() not in present)))
