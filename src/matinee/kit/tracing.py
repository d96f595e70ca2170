"""The trace that the work at hand belongs to (W3C Trace Context), carried along calls."""

import re
import secrets
from contextvars import ContextVar

_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_trace_id: ContextVar[str | None] = ContextVar("trace_id", default=None)


def current_trace_id() -> str:
    """Return the 32 hex digits of the current trace, starting one when there is none."""
    trace_id = _trace_id.get()
    if trace_id is None:
        trace_id = secrets.token_hex(16)
        _trace_id.set(trace_id)
    return trace_id


def join_trace(traceparent: str | None) -> str:
    """Continue the trace of an incoming `traceparent` header, or start one when it is absent or malformed."""
    match = _TRACEPARENT.fullmatch(traceparent or "")
    trace_id = match.group(1) if match else secrets.token_hex(16)
    _trace_id.set(trace_id)
    return trace_id


def traceparent() -> str:
    """Return a `traceparent` header value for an outgoing call, with a span id of its own."""
    return f"00-{current_trace_id()}-{secrets.token_hex(8)}-01"
