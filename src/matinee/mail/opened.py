"""Opens mail: takes messages durably, and keeps them for the mailbox page or sends them."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import structlog

from matinee.kit.clock import Clock
from matinee.mail.file import MailFile, Waiting
from matinee.mail.port import KeptMail, Mail, MailError, MailNotFoundError
from matinee.mail.settings import MailSettings
from matinee.mail.smtp import Delivery, LaterMailError, RefusedMailError, SmtpDelivery

T = TypeVar("T")
_FIRST_RETRY_SECONDS = 10
_LONGEST_RETRY_SECONDS = 3600
_MOST_DOUBLINGS = 16
_LEASE_SECONDS = 60.0
_log = structlog.get_logger()


class OpenMail:
    """A mailer and a mailbox over one file that all processes of this machine may share.

    Args:
        file: where mails are kept.
        clock: the time.
        delivery: sends mails; None keeps them.
        settings: times.
    """

    def __init__(self, file: MailFile, *, clock: Clock, delivery: Delivery | None, settings: MailSettings) -> None:
        self._file = file
        self._clock = clock
        self._delivery = delivery
        self._settings = settings
        self._one = asyncio.Lock()
        self._wake = asyncio.Event()

    async def send(self, mail: Mail) -> None:
        """Take a message."""
        state = "kept" if self._delivery is None else "waiting"
        await self._on_file(lambda: self._file.take(mail, state=state, now=self._clock.now()))
        self._wake.set()

    async def newest(self, *, limit: int) -> Sequence[KeptMail]:
        """Return messages, newest first."""
        return await self._on_file(lambda: self._file.newest(limit))

    async def read(self, mail_id: int) -> KeptMail:
        """Return a message."""
        found = await self._on_file(lambda: self._file.read(mail_id))
        if found is None:
            raise MailNotFoundError("The mailbox does not hold this mail any more.")
        return found

    async def pump_once(self) -> bool:
        """Try to send the mail that is due longest; return whether there was one."""
        if self._delivery is None:
            return False
        # The lease outlasts the delivery, so that no other process sends the same mail meanwhile.
        lease_seconds = self._settings.smtp_timeout_seconds + _LEASE_SECONDS
        waiting = await self._on_file(lambda: self._file.claim(now=self._clock.now(), lease_seconds=lease_seconds))
        if waiting is None:
            return False
        await self._deliver(waiting, self._delivery, lease_seconds)
        return True

    async def _deliver(self, waiting: Waiting, delivery: Delivery, lease_seconds: float) -> None:
        mail_id, kind = waiting.mail_id, waiting.mail.kind
        try:
            async with asyncio.timeout(lease_seconds - _LEASE_SECONDS / 2):
                await delivery.deliver(waiting.mail)
        except RefusedMailError as error:
            _log.warning("mail_refused", kind=kind, code=error.code)
            await self._on_file(lambda: self._file.failed(mail_id))
        except (LaterMailError, TimeoutError):
            _log.warning("mail_waits", kind=kind, tries=waiting.tries)
            await self._later(waiting)
        except Exception as error:  # noqa: BLE001  # one mail must not end the sending of all others
            _log.error("mail_crashed", kind=kind, tries=waiting.tries, exc_info=error)
            await self._later(waiting)
        else:
            await self._on_file(lambda: self._file.sent(mail_id, now=self._clock.now()))

    async def _later(self, waiting: Waiting) -> None:
        now = self._clock.now()
        if now - waiting.taken_at >= timedelta(seconds=self._settings.give_up_seconds):
            await self._on_file(lambda: self._file.failed(waiting.mail_id))
            return
        at = now + timedelta(seconds=_retry_seconds(waiting.tries))
        await self._on_file(lambda: self._file.again(waiting.mail_id, at=at))

    async def keep_pumping(self) -> None:
        """Send mails as they come; runs until cancelled."""
        while True:
            self._wake.clear()
            try:
                while await self.pump_once():
                    continue
            except MailError as error:
                _log.warning("mail_pump_waits", code=error.code)
            try:
                async with asyncio.timeout(self._settings.poll_seconds):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _on_file(self, work: Callable[[], T]) -> T:
        async with self._one:
            running = asyncio.ensure_future(asyncio.to_thread(work))
            try:
                return await asyncio.shield(running)
            except asyncio.CancelledError:
                # The connection is not free for others before the thread is done with it.
                await asyncio.wait([running])
                raise
            except sqlite3.Error as error:
                raise MailError("The mails of this installation cannot be reached; try again.") from error


def _retry_seconds(tries: int) -> int:
    doublings = max(0, min(tries - 1, _MOST_DOUBLINGS))
    return min(_FIRST_RETRY_SECONDS << doublings, _LONGEST_RETRY_SECONDS)


@asynccontextmanager
async def open_mailer(
    data_folder: Path, settings: MailSettings, *, clock: Clock, delivery: Delivery | None = None
) -> AsyncIterator[OpenMail]:
    """Open mail for the block; what it yields is a `Mailer` and a `Mailbox`.

    Args:
        data_folder: holds `mail.db`, which several processes may open.
        settings: whether mails are kept or sent, and how.
        clock: the time.
        delivery: instead of SMTP, when `settings.delivery` sends.

    Raises:
        MailError: when the file cannot be opened.
    """
    path = data_folder / "mail.db"
    try:
        file = await asyncio.to_thread(lambda: MailFile(path, keep=settings.keep_mails))
    except (sqlite3.Error, OSError) as error:
        raise MailError("The mails of this installation cannot be opened.") from error
    sending = (delivery or SmtpDelivery(settings, clock)) if settings.delivery == "smtp" else None
    mail = OpenMail(file, clock=clock, delivery=sending, settings=settings)
    pumping = asyncio.create_task(mail.keep_pumping(), name="mail pump") if sending is not None else None
    try:
        yield mail
    finally:
        if pumping is not None:
            pumping.cancel()
            await asyncio.gather(pumping, return_exceptions=True)
        await asyncio.to_thread(file.close)
