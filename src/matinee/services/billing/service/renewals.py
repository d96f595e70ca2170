"""The renewal job: everything that time makes due, account by account, in batches that survive a crash at any line."""

from collections import Counter
from collections.abc import Sequence

import structlog

from matinee.kit.errors import MatineeError
from matinee.kit.ids import AccountId
from matinee.services.billing.book import Book
from matinee.services.billing.service.cashier import Call, Cashier
from matinee.services.billing.service.keeping import keep
from matinee.services.billing.service.lifecycle import advance
from matinee.services.billing.service.terms import Terms
from matinee.services.billing.settings import BillingSettings
from matinee.services.billing.store import BillingRows

# A year of monthly periods that were missed, with failures, comes to fewer; more means that nothing moves.
_MOST_ROUNDS = 64
_log = structlog.get_logger()


class Renewals:
    """Brings accounts up to date."""

    def __init__(self, *, cashier: Cashier, settings: BillingSettings) -> None:
        self._cashier = cashier
        self._settings = settings

    async def run(self) -> int:
        """Work until nothing is due; return how many accounts were looked at, counting repeats.

        An account that cannot be brought up to date is logged and left for the next run; the others go on.
        """
        rounds: Counter[AccountId] = Counter()
        skipped: set[AccountId] = set()
        while True:
            ids, calls = await self._batch(skipped)
            if not ids:
                return rounds.total()
            await self._cashier.call(calls)
            rounds.update(ids)
            stuck = {account_id for account_id in ids if rounds[account_id] >= _MOST_ROUNDS}
            for account_id in stuck - skipped:
                _log.error("renewal_stuck", account_id=account_id)
            skipped |= stuck

    async def _batch(self, skipped: set[AccountId]) -> tuple[Sequence[AccountId], list[Call]]:
        async def work(rows: BillingRows, terms: Terms) -> tuple[Sequence[AccountId], list[Call]]:
            ids = await rows.due(now=terms.now, limit=self._settings.batch, skipped=skipped)
            if not ids:
                return (), []
            books = await rows.books(ids)
            good = [book for book in books.values() if self._advanced(book, terms, skipped)]
            await keep(rows, good, terms)
            return ids, [call for book in good for call in self._cashier.calls_for(book, terms)]

        return await self._cashier.transact(work)

    def _advanced(self, book: Book, terms: Terms, skipped: set[AccountId]) -> bool:
        try:
            advance(book, terms)
        except MatineeError as error:
            _log.error("renewal_failed", account_id=book.account_id, code=error.code, exc_info=error)
            skipped.add(book.account_id)
            return False
        return True
