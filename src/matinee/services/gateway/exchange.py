"""One request on its way through the door, and what filters look like."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from matinee.contracts.identity import AccessClaims
from matinee.kit.errors import MatineeError
from matinee.kit.passport import Passport, Role

FilterKind = Literal["inbound", "endpoint", "outbound"]
RawHeaders = list[tuple[bytes, bytes]]
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


async def _over(*_: Any) -> Any:
    raise RuntimeError("the exchange is over")


@dataclass(slots=True)
class Exchange:
    """A request, what the filters learnt of it, and the head of its answer.

    Attributes:
        scope: the ASGI scope; `receive` and `send` belong to it. Filters may wrap `receive`.
        path: decoded; `headers` are the request's, lower case, which inbound filters change before they travel on.
        scheme: as the client used it; `host` likewise (with port).
        by_cookie: whether the session came from a cookie, which browsers send without being asked.
        claims: what a member's access token says; None for strangers and the operator.
        expired: whether a stranger showed an access token that counts no more.
        outlived: what that token said, if it was ours: it opens nothing, and its profile's limits still hold.
        passport: who asks, for the room behind; signed only where it leaves this process.
        allowance: the answer's `RateLimit` and `RateLimit-Policy`, where a limit applies.
        upstream: the room that the request was routed to, for logs and metrics.
        refusal: set when the body broke a bound, whatever the room behind makes of that.
        status: of the answer, 0 before it; `answer_headers` are set while outbound filters run.
    """

    scope: dict[str, Any]
    receive: Callable[[], Awaitable[dict[str, Any]]]
    send: Callable[[dict[str, Any]], Awaitable[None]]
    headers: RawHeaders
    method: str
    path: str
    scheme: str
    host: str
    client_address: str
    role: Role = "stranger"
    session: str = ""
    by_cookie: bool = False
    claims: AccessClaims | None = None
    expired: bool = False
    outlived: AccessClaims | None = None
    passport: Passport | None = None
    allowance: tuple[bytes, bytes] | None = None
    request_id: str = ""
    upstream: str = "gateway"
    status: int = 0
    refusal: MatineeError | None = None
    answer_headers: RawHeaders = field(default_factory=list)
    answer_bytes: int = 0

    def let_go(self) -> None:
        """Let go of the connection: filters wrapped it in what holds this, a ring that only a collector would end."""
        self.receive, self.send = _over, _over

    def header(self, name: bytes) -> str | None:
        """Return the first request header of that lower-case name."""
        for key, value in self.headers:
            if key == name:
                return value.decode("latin-1")
        return None

    def without(self, *names: bytes) -> None:
        """Drop request headers."""
        self.headers = [(key, value) for key, value in self.headers if key not in names]

    def answer_header(self, name: bytes) -> bytes | None:
        """Return the first answer header of that lower-case name; all names are lower case by then."""
        for key, value in self.answer_headers:
            if key == name:
                return value
        return None

    def set_answer_header(self, name: bytes, value: bytes) -> None:
        """Set an answer header, replacing one of that name."""
        self.answer_headers = [pair for pair in self.answer_headers if pair[0] != name]
        self.answer_headers.append((name, value))

    def below_api(self) -> bool:
        """Return whether the path belongs to the API."""
        return self.path.startswith("/api/") or self.path == "/api"


class Filter(Protocol):
    """One step. Inbound ones look at the request or refuse it, one endpoint answers it, outbound ones touch the answer.

    A filter refuses by raising a `MatineeError`. Outbound filters see the head of every answer, refusals included, and
    must not raise.
    """

    @property
    def name(self) -> str:
        """For metrics; from a closed set."""
        ...

    @property
    def kind(self) -> FilterKind:
        """When it runs."""
        ...

    @property
    def order(self) -> int:
        """Smaller runs earlier within its kind."""
        ...

    def should_filter(self, exchange: Exchange) -> bool:
        """Return whether it applies. The first endpoint that does answers."""
        ...

    def apply(self, exchange: Exchange) -> Awaitable[None] | None:
        """Do its work, at once or, when it returns an awaitable, in time."""
        ...
