"""What billing does on its own: renews, sends its events and letters, proves its books, forgets old answers."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import msgspec
import structlog
from prometheus_client import Gauge

from matinee.events.port import EventLog, NewEvent
from matinee.kit.clock import Clock
from matinee.kit.errors import MatineeError, UnavailableError
from matinee.mail.port import Mailer
from matinee.services.billing.model import Letter, Outgoing
from matinee.services.billing.ports import Letters
from matinee.services.billing.service.office import Office
from matinee.services.billing.settings import BillingSettings
from matinee.services.billing.store import BillingStore

_BATCH = 100
_WEBHOOK_MEMORY = timedelta(days=60)
_log = structlog.get_logger()
_violations = Gauge("matinee_billing_violations", "Violations that the last check of the books found")
_checked_at = Gauge("matinee_billing_checked_timestamp_seconds", "When the books were checked last")


async def send_events(store: BillingStore, events: EventLog) -> int:
    """Send what the outbox holds and forget it; return how many went.

    An entry is forgotten after it was appended, so a crash in between sends it again and none is lost. Entitlements
    carry the moment of their decision, by which receivers tell a late one.
    """
    sent = 0
    while True:
        async with store.reading() as rows:
            batch = await rows.outgoing(limit=_BATCH)
        if not batch:
            return sent
        for topic in dict.fromkeys(entry.topic for entry in batch):
            await events.append(topic, [NewEvent(key=e.event_key, value=e.value) for e in batch if e.topic == topic])
        async with store.writing() as rows:
            await rows.remove(Outgoing, [entry.outgoing_id for entry in batch])
        sent += len(batch)


async def send_letters(store: BillingStore, letters: Letters, mailer: Mailer) -> int:
    """Hand letters to the mailer, which sends each once by its key, and forget them; return how many went."""
    sent = 0
    while True:
        async with store.reading() as rows:
            batch = await rows.letters(limit=_BATCH)
        if not batch:
            return sent
        for letter in batch:
            await _send(letter, letters, mailer)
            async with store.writing() as rows:
                await rows.remove(Letter, [letter.letter_id])
        sent += len(batch)


async def _send(letter: Letter, letters: Letters, mailer: Mailer) -> None:
    try:
        await mailer.send(await asyncio.to_thread(letters.write, letter.notice))
    except UnavailableError:
        raise
    except (MatineeError, msgspec.ValidationError) as error:
        # An address that no mail can go to must not keep everybody else's receipts.
        _log.error("letter_dropped", kind=letter.notice.kind, letter_id=letter.letter_id, why=type(error).__name__)


async def prove(office: Office, clock: Clock) -> int:
    """Check the books; log every violation and return how many there are."""
    found = await office.violations()
    for one in found:
        _log.error("books_violation", invariant=one.invariant, subject=one.subject, found=one.found)
    _violations.set(len(found))
    _checked_at.set(clock.now().timestamp())
    return len(found)


async def forget(store: BillingStore, clock: Clock, settings: BillingSettings) -> None:
    """Drop answers and webhooks that nobody will repeat any more."""
    now = clock.now()
    async with store.writing() as rows:
        await rows.forget(
            answers_before=now - timedelta(hours=settings.answer_hours), events_before=now - _WEBHOOK_MEMORY
        )


async def keep_doing(name: str, work: Callable[[], Awaitable[object]], *, every_seconds: float) -> None:
    """Do work at once and again after each pause, until cancelled; a failure is logged and waits for the next time."""
    while True:
        await _tried(name, work)
        await asyncio.sleep(every_seconds)


async def keep_sending(work: Callable[[], Awaitable[object]], wake: asyncio.Event, *, poll_seconds: float) -> None:
    """Do work whenever `wake` is set, and every `poll_seconds` in case something was left; runs until cancelled."""
    while True:
        wake.clear()
        await _tried("send", work)
        try:
            async with asyncio.timeout(poll_seconds):
                await wake.wait()
        except TimeoutError:
            continue


async def _tried(name: str, work: Callable[[], Awaitable[object]]) -> None:
    try:
        await work()
    except UnavailableError as error:
        _log.warning("billing_job_waits", job=name, code=error.code)
    except Exception as error:  # noqa: BLE001  # a defect in one round must not end renewals for good
        _log.error("billing_job_failed", job=name, exc_info=error)
