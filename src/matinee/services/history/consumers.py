"""History's reactions to identity: what was erased there is erased here."""

import msgspec

from matinee.contracts.identity import ACCOUNTS_TOPIC, AccountErased, AccountEvent, ProfileErased
from matinee.events.hearing import keep_hearing
from matinee.events.port import EventLog
from matinee.services.history.service.history import HistoryService

GROUP = "history-accounts"
_decoder: msgspec.json.Decoder[AccountEvent] = msgspec.json.Decoder(AccountEvent)


async def keep_erasing(events: EventLog, history: HistoryService) -> None:
    """Apply news of accounts until cancelled."""
    await keep_hearing(events, ACCOUNTS_TOPIC, group=GROUP, decoder=_decoder, apply=lambda news: apply(news, history))


async def apply(news: AccountEvent, history: HistoryService) -> None:
    """Apply one piece of news; idempotent."""
    if isinstance(news, AccountErased):
        for profile_id in news.profiles:
            await history.erase(profile_id)
    elif isinstance(news, ProfileErased):
        await history.erase(news.profile_id)
