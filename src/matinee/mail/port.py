"""The mail port: what every adapter promises."""

from typing import Annotated, Protocol

import msgspec
from msgspec import Meta

from matinee.kit.errors import UnavailableError

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
