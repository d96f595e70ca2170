"""The built web client as a table of files, so that no name from outside is ever joined to a folder."""

import hashlib
import mimetypes
import re
from dataclasses import dataclass, field
from pathlib import Path

_HASHED = re.compile(r"assets/.*[-.][A-Za-z0-9_-]{8,}\.[a-z0-9]+")
_ENCODINGS = {".br": "br", ".gz": "gzip"}
_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".wasm": "application/wasm",
    ".txt": "text/plain; charset=utf-8",
}
INDEX = "index.html"
MAX_FILES = 10_000


@dataclass(frozen=True)
class WebFile:
    """One file. `encoded` holds the same bytes compressed beforehand, by content coding."""

    path: Path
    size_bytes: int
    content_type: str
    tag: str
    immutable: bool
    encoded: dict[str, "WebFile"] = field(default_factory=dict)

    def variant(self, accept_encoding: str) -> tuple[str, "WebFile"]:
        """Return the smallest form that the client takes, and its content coding (`identity` for none)."""
        accepted = _accepted(accept_encoding)
        for coding in ("br", "gzip"):
            if coding in self.encoded and coding in accepted:
                return coding, self.encoded[coding]
        return "identity", self


def _accepted(accept_encoding: str) -> frozenset[str]:
    """Return the content codings of an Accept-Encoding header that are not refused by `q=0`."""
    parts = [part.strip().lower().partition(";") for part in accept_encoding.split(",")]
    return frozenset(name.strip() for name, _, rest in parts if not re.fullmatch(r"\s*q\s*=\s*0(\.0*)?\s*", rest))


class WebFiles:
    """The files below a folder, looked up by exact name; looked at again when a new build is put there.

    Args:
        folder: may not exist yet; None serves nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._files: dict[str, WebFile] = {}
        self._seen: int | None = None

    def find(self, name: str) -> WebFile | None:
        """Return the file of that relative name, or None."""
        self._refresh()
        return self._files.get(name)

    def _refresh(self) -> None:
        if self._folder is None:
            return
        try:
            built = (self._folder / INDEX).stat().st_mtime_ns
        except OSError:
            built = None
        if built != self._seen:
            self._files = {} if built is None else _scan(self._folder.resolve())
            self._seen = built


def _scan(folder: Path) -> dict[str, WebFile]:
    """Return every regular file below a folder that is not reached through a link leading out of it."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.resolve().is_relative_to(folder))
    plain = {path.relative_to(folder).as_posix(): path for path in paths[:MAX_FILES]}
    return {name: _file(name, path, plain) for name, path in plain.items() if path.suffix not in _ENCODINGS}


def _file(name: str, path: Path, plain: dict[str, Path]) -> WebFile:
    kind = _TYPES.get(path.suffix.lower()) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    siblings = {coding: plain.get(name + suffix) for suffix, coding in _ENCODINGS.items()}
    encoded = {coding: _one(sibling, kind, name) for coding, sibling in siblings.items() if sibling is not None}
    return _one(path, kind, name, encoded)


def _one(path: Path, kind: str, name: str, encoded: dict[str, WebFile] | None = None) -> WebFile:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return WebFile(
        path=path,
        size_bytes=path.stat().st_size,
        content_type=kind,
        tag=f'"{digest[:32]}"',
        immutable=_HASHED.fullmatch(name) is not None,
        encoded=encoded or {},
    )
