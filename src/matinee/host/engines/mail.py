"""Mail behind commands: taking it, and the server that it is given to."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from matinee.host.engines.guard import Guard
from matinee.kit.clock import Clock
from matinee.mail.opened import OpenMail, open_mailer
from matinee.mail.port import KeptMail, Mail, MailError
from matinee.mail.settings import MailSettings
from matinee.mail.smtp import Delivery, LaterMailError, RefusedMailError, SmtpDelivery
from matinee.resilience.command import Commands
from matinee.resilience.errors import CommandTimeoutError, RejectedError, ShortCircuitedError
from matinee.resilience.faults import InjectedError

SECONDS = 15.0
_AT_ONCE = 64


class GuardedMail:
    """A `Mailer` and `Mailbox`: the commands `<room>.mail.send` and `.read`."""

    def __init__(self, inner: OpenMail, commands: Commands, room: str) -> None:
        self._inner = inner
        self._guard = Guard(commands, f"{room}.mail", MailError)
        self._send = self._guard.command("send", timeout_seconds=SECONDS)
        self._read = self._guard.command("read", timeout_seconds=SECONDS)

    async def send(self, mail: Mail) -> None:
        """Take a message."""
        await self._guard.run(self._send, lambda: self._inner.send(mail))

    async def newest(self, *, limit: int) -> Sequence[KeptMail]:
        """Return messages, newest first."""
        return await self._guard.run(self._read, lambda: self._inner.newest(limit=limit))

    async def read(self, mail_id: int) -> KeptMail:
        """Return a message."""
        return await self._guard.run(self._read, lambda: self._inner.read(mail_id))


class GuardedDelivery:
    """A `Delivery`: the command `mail.smtp`. What the server refuses for good is no failure of the server.

    Args:
        seconds: longest time for one mail.
    """

    def __init__(self, inner: Delivery, commands: Commands, *, seconds: float) -> None:
        self._inner = inner
        self._command = commands.get(
            "mail.smtp",
            timeout_seconds=seconds,
            max_concurrent=_AT_ONCE,
            callers_fault=lambda error: isinstance(error, RefusedMailError),
        )

    async def deliver(self, mail: Mail) -> None:
        """Return when the server has taken the mail."""
        try:
            await self._command.run(lambda: self._inner.deliver(mail))
        except (ShortCircuitedError, RejectedError, CommandTimeoutError, InjectedError) as error:
            raise LaterMailError(error.detail) from error


@asynccontextmanager
async def open_guarded_mail(
    data_folder: Path, settings: MailSettings, clock: Clock, commands: Commands
) -> AsyncIterator[OpenMail]:
    """Open mail for the block, its server behind a command; see `open_mailer`."""
    delivery: Delivery | None = None
    if settings.delivery == "smtp":
        smtp = SmtpDelivery(settings, clock)
        delivery = GuardedDelivery(smtp, commands, seconds=settings.smtp_timeout_seconds + SECONDS)
    async with open_mailer(data_folder, settings, clock=clock, delivery=delivery) as mail:
        yield mail
