"""The web client: files by exact name, and its one page for every address that a person may open."""

from collections.abc import Iterator
from pathlib import Path

from matinee.services.gateway.adapters.web_files import INDEX, WebFile, WebFiles
from matinee.services.gateway.endpoints.health import reading_only
from matinee.services.gateway.exchange import Exchange, FilterKind
from matinee.services.gateway.refusals import NowhereError

_PIECE_BYTES = 256 * 1024
_PATHSEND = "http.response.pathsend"
_IMMUTABLE = b"public, max-age=31536000, immutable"


class Web:
    """Everything that is not the API or the door's own."""

    name = "web"
    kind: FilterKind = "endpoint"
    order = 90

    def __init__(self, files: WebFiles) -> None:
        self._files = files

    def should_filter(self, exchange: Exchange) -> bool:
        """Apply to what is left."""
        return not exchange.below_api()

    async def apply(self, exchange: Exchange) -> None:
        """Send a file, or the page to people who navigate; a missing asset is missing.

        Raises:
            NowhereError: when there is no such file.
        """
        exchange.upstream = "web"
        name = exchange.path.removeprefix("/") or INDEX
        file = self._files.find(name)
        if file is None and _navigates(exchange, name):
            file = self._files.find(INDEX)
        if file is None:
            raise NowhereError("There is nothing at this address.")
        reading_only(exchange)
        await _send(exchange, file)


def _navigates(exchange: Exchange, name: str) -> bool:
    """Return whether a person opens an address, rather than a page its parts."""
    if exchange.method not in {"GET", "HEAD"} or "." in name.rpartition("/")[2] or name.startswith("assets/"):
        return False
    mode = exchange.header(b"sec-fetch-mode")
    return mode == "navigate" if mode is not None else "text/html" in (exchange.header(b"accept") or "")


async def _send(exchange: Exchange, file: WebFile) -> None:
    coding, variant = file.variant(exchange.header(b"accept-encoding") or "")
    headers = [
        (b"content-type", file.content_type.encode()),
        (b"cache-control", _IMMUTABLE if file.immutable else b"no-cache"),
        (b"etag", variant.tag.encode()),
        (b"vary", b"Accept-Encoding"),
    ]
    if coding != "identity":
        headers.append((b"content-encoding", coding.encode()))
    known = (exchange.header(b"if-none-match") or "").replace("W/", "").split(",")
    if variant.tag in [tag.strip() for tag in known]:
        await exchange.send({"type": "http.response.start", "status": 304, "headers": headers})
        await exchange.send({"type": "http.response.body", "body": b""})
    else:
        await _send_file(exchange, variant, headers)


async def _send_file(exchange: Exchange, file: WebFile, headers: list[tuple[bytes, bytes]]) -> None:
    length = (b"content-length", str(file.size_bytes).encode())
    await exchange.send({"type": "http.response.start", "status": 200, "headers": [*headers, length]})
    if exchange.method == "HEAD":
        await exchange.send({"type": "http.response.body", "body": b""})
        return
    if _PATHSEND in (exchange.scope.get("extensions") or {}):
        await exchange.send({"type": _PATHSEND, "path": str(file.path)})
        return
    for piece in _pieces(file.path):
        await exchange.send({"type": "http.response.body", "body": piece, "more_body": True})
    await exchange.send({"type": "http.response.body", "body": b"", "more_body": False})


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as opened:
        while piece := opened.read(_PIECE_BYTES):
            yield piece
