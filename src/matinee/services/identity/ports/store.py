"""Transactions over everything that identity keeps."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from matinee.services.identity.ports.core import (
    Accounts,
    AttemptRows,
    KeyRows,
    LogRows,
    OutboxRows,
    RequestRows,
    SessionRows,
    TokenRows,
)
from matinee.services.identity.ports.methods import MethodRows


class Transaction(MethodRows, Protocol):
    """All rows, in one transaction."""

    @property
    def accounts(self) -> Accounts:
        """Accounts."""
        ...

    @property
    def sessions(self) -> SessionRows:
        """Sessions."""
        ...

    @property
    def tokens(self) -> TokenRows:
        """Tokens in mails."""
        ...

    @property
    def attempts(self) -> AttemptRows:
        """Counted tries."""
        ...

    @property
    def logs(self) -> LogRows:
        """Audit and security logs."""
        ...

    @property
    def outbox(self) -> OutboxRows:
        """Events to send."""
        ...

    @property
    def keys(self) -> KeyRows:
        """Signing keys."""
        ...

    @property
    def requests(self) -> RequestRows:
        """Waiting requests."""
        ...


class Store(Protocol):
    """Transactions: all of a block or, when it raises, nothing; durable when the block has ended."""

    def reading(self) -> AbstractAsyncContextManager[Transaction]:
        """Open a transaction that only reads."""
        ...

    def writing(self) -> AbstractAsyncContextManager[Transaction]:
        """Open a transaction that may write."""
        ...
