"""The development mailbox over HTTP: mails that would have gone out."""

from dataclasses import dataclass
from typing import Annotated

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter

from matinee.host.http import problems
from matinee.kit.passport import ADMINS
from matinee.mail.port import KeptMail, KeptMails, Mailbox
from matinee.services.identity.http.answers import PRIVATE


@dataclass(frozen=True)
class Letterbox:
    """The mailbox as handlers get it; the framework asks for a class where it gives something by name."""

    mails: Mailbox


# SQLite counts up to here.
LetterId = Annotated[int, PathParameter(ge=1, le=2**63 - 1)]
SENIOR = {"roles": ADMINS}


class MailboxController(Controller):
    """Mails kept here instead of being sent."""

    path = "/mailbox"
    tags = ("mailbox",)
    opt = SENIOR

    @get("", summary="Mails, newest first", operation_id="listMails", opt=SENIOR, responses=problems(400, 503))
    async def newest(
        self,
        mailbox: NamedDependency[Letterbox],
        limit: Annotated[int, QueryParameter(ge=1, le=200, description="most mails to return")] = 50,
    ) -> Response[KeptMails]:
        """Return the newest mails; their bodies too, because a mailbox is small."""
        return Response(KeptMails(tuple(await mailbox.mails.newest(limit=limit))), headers=PRIVATE)

    @get("/{letter_id:int}", summary="One mail", operation_id="readMail", opt=SENIOR, responses=problems(404, 503))
    async def read(self, mailbox: NamedDependency[Letterbox], letter_id: LetterId) -> Response[KeptMail]:
        """Return one mail."""
        return Response(await mailbox.mails.read(letter_id), headers=PRIVATE)
