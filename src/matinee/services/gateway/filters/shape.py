"""Requests that are too big, malformed or mean two things at once end here."""

import re

from matinee.services.gateway.exchange import Exchange, FilterKind
from matinee.services.gateway.refusals import (
    EncodedBodyError,
    HeadersTooLargeError,
    RequestShapeError,
    UrlTooLongError,
    WrongMethodError,
)
from matinee.services.gateway.settings import GatewaySettings

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_SINGLE = frozenset({b"host", b"content-length", b"content-type", b"authorization", b"origin", b"transfer-encoding"})
_BAD_PERCENT = re.compile(rb"%(?![0-9A-Fa-f]{2})")
# A slash, back slash or NUL in disguise, or a control character, reads differently to whoever decodes it next.
_DISGUISED = re.compile(rb"%(?:2f|5c|00|[01][0-9a-f]|7f)", re.IGNORECASE)
_PATH_BYTES = re.compile(rb"/[!-\[\]-~]*")
_PLAIN_PATH = re.compile(r"/(?:[\w~-][\w.~-]*/)*(?:[\w~-][\w.~-]*)?", re.ASCII)  # nothing in it can mean two things
_HEADER_OVERHEAD = 4  # ": " and the line's end


class Shape:
    """Checks sizes, the method, the path's spelling, and headers that must not contradict each other."""

    name = "shape"
    kind: FilterKind = "inbound"
    order = 20

    def __init__(self, settings: GatewaySettings) -> None:
        self._settings = settings

    def should_filter(self, _: Exchange) -> bool:
        """Apply to all."""
        return True

    def apply(self, exchange: Exchange) -> None:
        """Refuse what no client of ours sends."""
        self._check_sizes(exchange)
        if exchange.method not in METHODS:
            raise WrongMethodError(*METHODS)
        _check_path(exchange)
        _check_headers(exchange)

    def _check_sizes(self, exchange: Exchange) -> None:
        limit = self._settings.max_url_bytes
        if len(raw_path(exchange)) + len(exchange.scope.get("query_string", b"")) > limit:
            raise UrlTooLongError(f"Path and query have at most {limit} bytes.", limit_bytes=limit)
        if len(exchange.headers) > self._settings.max_headers:
            raise HeadersTooLargeError(f"A request has at most {self._settings.max_headers} headers.")
        total = sum([len(name) + len(value) + _HEADER_OVERHEAD for name, value in exchange.headers])
        if total > self._settings.max_header_bytes:
            raise HeadersTooLargeError(f"The headers have at most {self._settings.max_header_bytes} bytes.")


def raw_path(exchange: Exchange) -> bytes:
    """Return the path as it was sent."""
    raw = exchange.scope.get("raw_path") or exchange.path.encode("utf-8", "surrogateescape")
    return bytes(raw).partition(b"?")[0]


def _check_path(exchange: Exchange) -> None:
    _check_query(exchange.scope.get("query_string", b""))
    raw = raw_path(exchange)
    if _PLAIN_PATH.fullmatch(exchange.path) and raw == exchange.path.encode():
        return
    if not _PATH_BYTES.fullmatch(raw) or _BAD_PERCENT.search(raw) or _DISGUISED.search(raw):
        raise RequestShapeError("The path holds characters or escapes that are not taken here.")
    if "\ufffd" in exchange.path or any("\ud800" <= character <= "\udfff" for character in exchange.path):
        raise RequestShapeError("The path is not UTF-8.")
    if {".", ".."} & set(exchange.path.split("/")) or "\\" in exchange.path:
        raise RequestShapeError("The path holds steps to elsewhere.")


def _check_query(query: bytes) -> None:
    if b"\0" in query or b"%00" in query:
        raise RequestShapeError("The query holds a NUL.")


def _check_headers(exchange: Exchange) -> None:
    names = [name for name, _ in exchange.headers]
    if len(names) != len(set(names)) and any(names.count(single) > 1 for single in _SINGLE):
        raise RequestShapeError("A header that may stand once stands twice.")
    if b"host" not in names and exchange.scope.get("http_version", "1.1") == "1.1":
        raise RequestShapeError("A request names its host.")
    if b"content-length" in names and b"transfer-encoding" in names:
        raise RequestShapeError("A body has Content-Length or Transfer-Encoding, not both.")
    length = exchange.header(b"content-length")
    if length is not None and not (length.isascii() and length.isdecimal()):
        raise RequestShapeError("Content-Length is a whole number.")
    if (
        b"content-encoding" in names
        and (exchange.header(b"content-encoding") or "identity").strip().lower() != "identity"
    ):
        raise EncodedBodyError("Send the body as it is, without Content-Encoding.")
