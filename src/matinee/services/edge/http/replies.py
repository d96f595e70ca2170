"""Makes answers out of found files. What does not change for a file is made once and kept with it."""

from collections.abc import Mapping
from typing import Protocol

import msgspec

from matinee.host.problems import Problem, problem_headers, problem_of
from matinee.kit.errors import MatineeError
from matinee.services.edge.http.ranges import UNSATISFIABLE, none_match, same_entity, wanted_range
from matinee.services.edge.service.edge import Found, How
from matinee.services.edge.service.releases import Release

Header = tuple[str, str]
# Anybody's page may play what a good token opens, and measure how it went; there are no cookies to protect.
_OPEN: tuple[Header, ...] = (
    ("access-control-allow-origin", "*"),
    ("access-control-expose-headers", "Age, Cache-Status, Content-Length, Content-Range, ETag, Retry-After"),
    ("timing-allow-origin", "*"),
    ("cross-origin-resource-policy", "cross-origin"),
    ("x-content-type-options", "nosniff"),
)
# The viewer's own device may keep a file, whose bytes never change; nobody between may, since the address is a permit.
_CACHE_CONTROL = ("cache-control", "private, max-age=21600, immutable")
_ORIGIN_SENT: Mapping[How, str] = {
    "miss": "fwd=miss; stored",
    "collapsed": "fwd=miss; collapsed",
    "checked": "fwd=stale; fwd-status=304",
    "stale": "fwd=stale; detail=origin-away",
}


class RequestHeaders(Protocol):
    """Request headers by lower-case name."""

    def get(self, key: str, /) -> str | None:
        """Return a header's value."""
        ...


class Reply:
    """An answer. The body is `body`, or the bytes of the file at `path` from `start` to `end`, or nothing."""

    __slots__ = ("body", "cache", "end", "headers", "path", "size_bytes", "start", "status")

    def __init__(
        self, status: int, headers: list[Header], *, body: bytes | None = None, path: str | None = None,
        start: int = 0, end: int = 0, size_bytes: int = 0, cache: str = "none",
    ) -> None:  # fmt: skip
        self.status = status
        self.headers = headers
        self.body = body
        self.path = path
        self.start = start
        self.end = end
        self.size_bytes = size_bytes
        self.cache = cache


class _Head:
    """The headers of a file's 200, renewed once a second because Age and the time to live move."""

    __slots__ = ("etag", "fixed", "full", "release", "second")

    def __init__(self, found: Found) -> None:
        self.etag = f'"{found.held.digest}"'
        self.fixed: list[Header] = [
            ("content-type", found.file.content_type),
            ("etag", self.etag),
            _CACHE_CONTROL,
            ("accept-ranges", "bytes"),
            *_OPEN,
        ]
        self.full: list[Header] = []
        self.second = -1
        self.release: Release | None = None


class Renderer:
    """Makes replies.

    Args:
        name: how this appliance calls itself in Cache-Status (RFC 9211).
    """

    def __init__(self, name: str) -> None:
        self._name = f"matinee-{name}"

    def file(self, found: Found, *, head_only: bool, headers: RequestHeaders, now: float) -> Reply:
        """Return the answer to a good request for a file.

        Args:
            headers: only Range, If-Range and If-None-Match are looked at.
            now: monotonic seconds.
        """
        held = found.held
        head = held.rendered.get(found.file.content_type)
        if head is None:
            head = held.rendered[found.file.content_type] = _Head(found)
        if (tags := headers.get("if-none-match")) is not None and none_match(tags, head.etag):
            return Reply(304, self._moving(head.fixed, found, now), cache=found.how)
        # RFC 9110 section 14.2 gives Range a meaning for GET alone.
        if (
            not head_only
            and (value := headers.get("range")) is not None
            and same_entity(headers.get("if-range"), head.etag)
        ):
            span = wanted_range(value, held.size_bytes)
            if span is not None:
                return self._part(found, head, span, now)
        full = self._full(head, found, now)
        if head_only:
            return Reply(200, full, cache=found.how)
        return Reply(
            200, full, body=found.body, path=held.path, end=held.size_bytes, size_bytes=held.size_bytes, cache=found.how
        )  # fmt: skip

    def _full(self, head: _Head, found: Found, now: float) -> list[Header]:
        if found.how != "hit":
            return [*self._moving(head.fixed, found, now), ("content-length", str(found.held.size_bytes))]
        second = int(now)
        if head.second != second or head.release is not found.release:
            length = ("content-length", str(found.held.size_bytes))
            head.full = [*self._moving(head.fixed, found, now), length]
            head.second, head.release = second, found.release
        return head.full

    def _moving(self, fixed: list[Header], found: Found, now: float) -> list[Header]:
        """Return the headers with what depends on the moment and on how the file was found."""
        release = found.release
        age = max(0, int(now - release.checked_at)) if release.checked_at > float("-inf") else 0
        how = f"hit; ttl={int(release.fresh_until - now)}" if found.how == "hit" else _ORIGIN_SENT[found.how]
        return [*fixed, ("age", str(age)), ("cache-status", f"{self._name}; {how}")]

    def _part(self, found: Found, head: _Head, span: tuple[int, int], now: float) -> Reply:
        size_bytes = found.held.size_bytes
        if span == UNSATISFIABLE:
            headers = [
                *_OPEN,
                ("content-range", f"bytes */{size_bytes}"),
                ("content-length", "0"),
                ("cache-control", "no-store"),
            ]
            return Reply(416, headers, cache=found.how)
        start, end = span
        headers = self._moving(head.fixed, found, now)
        headers.append(("content-range", f"bytes {start}-{end - 1}/{size_bytes}"))
        headers.append(("content-length", str(end - start)))
        body = found.body[start:end] if found.body is not None else None
        return Reply(
            206, headers, body=body, path=found.held.path, start=start, end=end, size_bytes=end - start, cache=found.how
        )  # fmt: skip

    def problem(self, error: MatineeError, *, head_only: bool = False) -> Reply:
        """Return a refusal as a problem document."""
        return _problem(problem_of(error), head_only=head_only)

    def method_refused(self, error: MatineeError) -> Reply:
        """Return 405 with the methods there are."""
        problem = msgspec.structs.replace(problem_of(error), status=405)
        reply = _problem(problem, head_only=False)
        reply.headers.append(("allow", "GET, HEAD, OPTIONS"))
        return reply


def _problem(problem: Problem, *, head_only: bool) -> Reply:
    body = msgspec.json.encode(problem)
    known = [(name.decode(), value.decode()) for name, value in problem_headers(problem)]
    headers = [*known, *_OPEN, ("content-length", str(len(body)))]
    return Reply(problem.status, headers, body=None if head_only else body, size_bytes=0 if head_only else len(body))


def preflight() -> Reply:
    """Return the answer to a browser that asks whether it may ask."""
    headers = [
        *_OPEN,
        ("access-control-allow-methods", "GET, HEAD, OPTIONS"),
        (
            "access-control-allow-headers",
            "Range, If-Range, If-None-Match, CMCD-Object, CMCD-Request, CMCD-Session, CMCD-Status",
        ),
        ("access-control-max-age", "86400"),
    ]
    return Reply(204, headers)


def text(status: int, content_type: str, body: bytes) -> Reply:
    """Return a short answer that nobody keeps."""
    headers = [
        *_OPEN,
        ("content-type", content_type),
        ("cache-control", "no-store"),
        ("content-length", str(len(body))),
    ]
    return Reply(status, headers, body=body, size_bytes=len(body))
