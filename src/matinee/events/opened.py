"""Opens an event log by its URL."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from matinee.events.port import EventLog
from matinee.events.sqlite import open_sqlite_log
from matinee.kit.clock import Clock
from matinee.kit.errors import InvalidError
from matinee.kit.ids import Ids


class EventLogUrlError(InvalidError):
    """The URL names no log that can be opened."""

    code = "event-log-url"
    title = "Not the URL of an event log"


@asynccontextmanager
async def open_events(url: str, *, clock: Clock, ids: Ids, partitions: int = 16) -> AsyncIterator[EventLog]:
    """Open the log at `url` for the block.

    Args:
        url: `sqlite:///absolute/path.db`, a file that all processes on this machine may open.
        clock: stamps events and leases.
        ids: names of group members.
        partitions: of topics that are new.

    Raises:
        EventLogUrlError: for anything else.
        EventLogError: when the log cannot be opened.
    """
    parts = urlsplit(url)
    if parts.scheme != "sqlite" or parts.netloc or not parts.path.startswith("/"):
        raise EventLogUrlError("An event log is sqlite:///path.")
    async with open_sqlite_log(Path(unquote(parts.path)), clock=clock, ids=ids, partitions=partitions) as log:
        yield log
