"""Tokens and kept cards."""

import hashlib
import hmac
import secrets

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from matinee.engines.relational import Database
from matinee.kit.clock import Clock
from matinee.kit.ids import Ids
from matinee.sandbox.cards import card_of, check_expiry, fingerprint
from matinee.sandbox.errors import CardTokenError
from matinee.sandbox.messages import Method, NewMethod, NewToken, Token
from matinee.sandbox.outbox import MICROSECONDS, microseconds
from matinee.sandbox.settings import SandboxSettings
from matinee.sandbox.tables import MethodRow, TokenRow

_TOKEN_BYTES = 24


class Wallet:
    """Cards, without their numbers.

    Args:
        secret: what fingerprints are made with.
    """

    def __init__(self, database: Database, *, settings: SandboxSettings, clock: Clock, ids: Ids, secret: bytes) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._ids = ids
        self._secret = secret

    async def tokenize(self, new: NewToken) -> Token:
        """Take a test card and return what stands for it, once and for a while.

        Raises:
            CardError: for any other card, and for one that has expired.
        """
        now = self._clock.now()
        check_expiry(month=new.exp_month, year=new.exp_year, now_month=now.month, now_year=now.year)
        card = card_of(new.number)
        row = TokenRow(
            token=f"tok_{secrets.token_urlsafe(_TOKEN_BYTES)}",
            brand=card.brand,
            last4=card.number[-4:],
            exp_month=new.exp_month,
            exp_year=new.exp_year,
            fingerprint=fingerprint(card.number, self._secret),
            expires_at_us=microseconds(now) + self._settings.token_seconds * MICROSECONDS,
            method="",
        )
        async with self._database.write() as session:
            # Anybody can make tokens, so what is past its time does not pile up.
            await session.execute(delete(TokenRow).where(TokenRow.expires_at_us < microseconds(now)))
            session.add(row)
        return Token(token=row.token, brand=row.brand, last4=row.last4, exp_month=row.exp_month, exp_year=row.exp_year)

    async def attach(self, new: NewMethod) -> Method:
        """Keep the card of a token; repeated with the same token and customer, the same kept card.

        Raises:
            CardTokenError: when the token is unknown, too old, or another customer's.
        """
        async with self._database.write() as session:
            token = await session.get(TokenRow, new.token)
            if token is None or token.expires_at_us < microseconds(self._clock.now()):
                raise CardTokenError("The token is unknown or too old; enter the card again.")
            if token.method:
                return await self._attached_before(session, token.method, new)
            row = MethodRow(
                method=f"pm_{self._ids.new()}",
                customer=new.customer or self._customer(new.reference) or f"cus_{self._ids.new()}",
                brand=token.brand,
                last4=token.last4,
                exp_month=token.exp_month,
                exp_year=token.exp_year,
                fingerprint=token.fingerprint,
                detached=False,
            )
            session.add(row)
            token.method = row.method
            return _method(row)

    def _customer(self, reference: str) -> str:
        """Return the customer that a reference always becomes, so a repeat is told from others; empty for none."""
        if not reference:
            return ""
        return f"cus_{hmac.digest(self._secret, b'customer' + reference.encode(), hashlib.sha256).hex()[:32]}"

    async def _attached_before(self, session: AsyncSession, method: str, new: NewMethod) -> Method:
        customer = new.customer or self._customer(new.reference)
        row = await session.get(MethodRow, method)
        if row is None or row.detached or (customer and row.customer != customer):
            raise CardTokenError("The token was used before; enter the card again.")
        return _method(row)

    async def detach(self, method: str) -> None:
        """Forget a kept card; nothing happens when it is gone."""
        async with self._database.write() as session:
            await session.execute(update(MethodRow).where(MethodRow.method == method).values(detached=True))


def _method(row: MethodRow) -> Method:
    return Method(
        method=row.method,
        customer=row.customer,
        brand=row.brand,
        last4=row.last4,
        exp_month=row.exp_month,
        exp_year=row.exp_year,
        fingerprint=row.fingerprint,
    )
