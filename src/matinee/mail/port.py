"""The mail port: what every adapter promises."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal, Protocol

import msgspec
from msgspec import Meta

from matinee.kit.errors import NotFoundError, UnavailableError

Line = Annotated[str, Meta(min_length=1, max_length=254, pattern=r"^[^\r\n\x00]*$")]


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """One message. Text always, HTML beside it when there is one.

    Attributes:
        key: the same key is sent once, whatever happens in between.
        kind: a template's name, for counting; never holds personal data.
        attachments: file name → PDF bytes, at most 2 MiB together.
    """

    key: Annotated[str, Meta(min_length=1, max_length=128)]
    to: Line
    subject: Line
    text: Annotated[str, Meta(max_length=100_000)]
    kind: Annotated[str, Meta(pattern="^[a-z][a-z0-9-]*$", max_length=64)]
    html: Annotated[str, Meta(max_length=200_000)] = ""
    attachments: dict[str, bytes] = {}


class MailError(UnavailableError):
    """The message could not be taken; nothing was sent."""

    code = "mail"
    title = "Mail is not available right now"


class Mailer(Protocol):
    """Takes messages and delivers them in time."""

    async def send(self, mail: Mail) -> None:
        """Take a message: durable when answered, delivered at least once soon after, once per key where possible.

        Raises:
            MailError: when it cannot be stored.
        """
        ...


class MailNotFoundError(NotFoundError):
    """The mailbox does not hold this mail, or not any more."""

    code = "mail-not-found"
    title = "No such mail"


class KeptMail(msgspec.Struct, frozen=True, kw_only=True):
    """A message as the mailbox shows it.

    Attributes:
        state: `kept` here instead of being sent, `waiting` to be sent, `sent` (its body is gone then), or `failed`.
        attachments: file names.
    """

    mail_id: int
    to: str
    subject: str
    text: str
    html: str
    kind: str
    state: Literal["kept", "waiting", "sent", "failed"]
    at: datetime
    attachments: tuple[str, ...] = ()


class KeptMails(msgspec.Struct, frozen=True):
    """Messages, newest first."""

    items: tuple[KeptMail, ...]


class Mailbox(Protocol):
    """Shows what was taken, to the people who run the service."""

    async def newest(self, *, limit: int) -> Sequence[KeptMail]:
        """Return up to `limit` messages, newest first; MailError when they cannot be read."""
        ...

    async def read(self, mail_id: int) -> KeptMail:
        """Return a message.

        Raises:
            MailNotFoundError: when there is none, or not any more.
            MailError: when it cannot be read.
        """
        ...
