"""Structured logs: an event name and flat keys, one line each; never a token, a key or a query string."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import msgspec
import structlog

from matinee.telemetry.requests import RequestLine, RequestLines

_SECRET_NAMES = re.compile(r"(key|token|secret|password|cookie|authorization|passport|licence)$", re.IGNORECASE)
_SIGNED = re.compile(r"[A-Za-z0-9_-]{24,}\.[A-Za-z0-9_-]{80,}")
_SHORTEST_SIGNED = 105
HIDDEN = "<hidden>"
_request_lines: list[RequestLines] = []  # the one of this process, once logs are configured as JSON
_log = structlog.get_logger()


def redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hide values under secret names and anything that looks like a signed token, wherever it stands."""
    for name, value in event.items():
        if _SECRET_NAMES.search(name):
            event[name] = HIDDEN
        elif isinstance(value, str):
            event[name] = _SIGNED.sub(HIDDEN, value)
    return event


def log_request(line: RequestLine) -> None:
    """Write the line of a request, by the short way where logs are JSON."""
    if len(line.path) >= _SHORTEST_SIGNED:
        line.path = _SIGNED.sub(HIDDEN, line.path)
    if _request_lines:
        if _request_lines[0].wants(line.level):
            _request_lines[0].write(line)
        return
    told = msgspec.to_builtins(line)
    for name in ("event", "level", "timestamp", "process"):
        del told[name]
    _log.log(logging.getLevelNamesMapping()[line.level.upper()], "request", **told)


def configure(*, process: str, level: str = "info") -> None:
    """Send logs of this process to standard error: readable on a terminal, JSON otherwise."""
    terminal = sys.stderr.isatty()
    # Plain tracebacks: the pretty ones show local variables, keys among them.
    console = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    renderer = console if terminal else structlog.processors.JSONRenderer()

    def name_process(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["process"] = process
        return event

    shared: list[Any] = [
        name_process,
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    traces = [] if terminal else [structlog.processors.format_exc_info]
    structlog.configure(
        processors=[*shared, *traces, redact, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    _request_lines[:] = [] if terminal else [RequestLines(sys.stderr, process=process, level=level)]
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(name)s: %(message)s")
