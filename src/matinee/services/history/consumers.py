"""History's reactions to identity: what was erased there is erased here."""

import asyncio

import msgspec
import structlog

from matinee.contracts.identity import ACCOUNTS_TOPIC, AccountChanged, AccountErased, ProfileErased
from matinee.events.port import Consumer, Event, EventLog
from matinee.kit.errors import MatineeError
from matinee.services.history.service.history import HistoryService

GROUP = "history-accounts"
_BATCH = 50
_POLL_SECONDS = 2.0
_PAUSE_SECONDS = 2.0
_log = structlog.get_logger()
_News = AccountChanged | AccountErased | ProfileErased
_decoder: msgspec.json.Decoder[_News] = msgspec.json.Decoder(_News)


async def keep_hearing(events: EventLog, history: HistoryService) -> None:
    """Apply news of accounts until cancelled; what fails comes again."""
    while True:
        try:
            async with events.consumer(ACCOUNTS_TOPIC, group=GROUP) as consumer:
                await _hear(consumer, history)
        except MatineeError as error:
            _log.warning("account_news_wait", code=error.code)
            await asyncio.sleep(_PAUSE_SECONDS)


async def _hear(consumer: Consumer, history: HistoryService) -> None:
    while True:
        for event in await consumer.poll(limit=_BATCH, wait_seconds=_POLL_SECONDS):
            await apply(event, history)
            await consumer.commit(event)


async def apply(event: Event, history: HistoryService) -> None:
    """Apply one event; one that cannot be read is logged and left behind."""
    try:
        told = _decoder.decode(event.value)
    except msgspec.DecodeError:
        _log.error("account_news_unreadable", offset=event.offset)
        return
    if isinstance(told, AccountErased):
        for profile_id in told.profiles:
            await history.erase(profile_id)
    elif isinstance(told, ProfileErased):
        await history.erase(told.profile_id)
