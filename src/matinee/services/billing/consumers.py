"""Billing's reactions to identity."""

import msgspec

from matinee.contracts.identity import ACCOUNTS_TOPIC, AccountChanged, AccountErased, AccountEvent
from matinee.events.hearing import keep_hearing
from matinee.events.port import EventLog
from matinee.services.billing.service.accounts import AccountNews

GROUP = "billing-accounts"
_decoder: msgspec.json.Decoder[AccountEvent] = msgspec.json.Decoder(AccountEvent)


async def keep_up(events: EventLog, accounts: AccountNews) -> None:
    """Apply news of accounts until cancelled."""
    await keep_hearing(events, ACCOUNTS_TOPIC, group=GROUP, decoder=_decoder, apply=lambda news: apply(news, accounts))


async def apply(news: AccountEvent, accounts: AccountNews) -> None:
    """Apply one piece of news; idempotent."""
    if isinstance(news, AccountErased):
        await accounts.erased(news.account_id)
    elif isinstance(news, AccountChanged):
        await accounts.changed(news.account)
