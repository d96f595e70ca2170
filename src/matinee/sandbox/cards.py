"""The cards that exist here, and what each of them does. No other number is taken, so no real card is ever kept."""

import hashlib
import hmac
from typing import Final, Literal

import msgspec

from matinee.kit.errors import InvalidError

Stall = Literal["never", "before", "after"]
Challenge = Literal["never", "first", "always"]
RefundStatus = Literal["pending", "succeeded", "failed"]
_FIRST_YEAR, _LAST_YEAR = 2000, 2099


class CardError(InvalidError):
    """The number, the expiry or the code is not one of a test card."""

    code = "card"
    title = "This card is not taken here"


class Outcome(msgspec.Struct, frozen=True):
    """What becomes of a charge. `decline_code` is empty for success; `hard` means that no retry will help."""

    decline_code: str = ""
    hard: bool = False


class Postage(msgspec.Struct, frozen=True, kw_only=True):
    """How a card's events travel, beyond what the settings ask of all.

    Attributes:
        delay_seconds: before the first sending.
        copies: how often each is sent.
        reversed: the later of two events goes out first: each one waits longer the earlier it came about.
    """

    delay_seconds: float = 0.0
    copies: int = 1
    reversed: bool = False


class TestCard(msgspec.Struct, frozen=True, kw_only=True):
    """One test card.

    Attributes:
        outcomes: of the first charge of a kept card, the second and so on; the last one stays.
        stall: whether the caller is left waiting, before anything is charged or after.
        challenge: whether the cardholder must confirm the first charge, or every one.
        refund: what refunds are at first, and what they become a little later, if anything else.
    """

    __test__ = False  # its name begins like those that pytest collects

    number: str
    brand: str
    name: str
    does: str
    outcomes: tuple[Outcome, ...] = (Outcome(),)
    stall: Stall = "never"
    challenge: Challenge = "never"
    refund: tuple[RefundStatus, ...] = ("succeeded",)
    postage: Postage = Postage()

    def outcome(self, charges_before: int) -> Outcome:
        """Return what becomes of the next charge, given how many this kept card has had."""
        return self.outcomes[min(charges_before, len(self.outcomes) - 1)]

    def asks_cardholder(self, charges_before: int) -> bool:
        """Return whether the next charge needs the cardholder."""
        return self.challenge == "always" or (self.challenge == "first" and charges_before == 0)


_OK: Final = Outcome()
_NO_FUNDS: Final = Outcome("insufficient-funds")
_DECLINED: Final = Outcome("declined")


def _card(number: str, name: str, does: str, *outcomes: Outcome, brand: str = "Visa") -> TestCard:
    return TestCard(number=number, brand=brand, name=name, does=does, outcomes=outcomes or (_OK,))


def _varied(card: TestCard, **changes: object) -> TestCard:
    return msgspec.structs.replace(card, **changes)


# Where a number is widely known to mean something at another processor, it means the same here.
CARDS: Final[tuple[TestCard, ...]] = (
    _card("4242424242424242", "Success", "Every charge succeeds."),
    _card("5555555555554444", "Success, Mastercard", "Every charge succeeds.", brand="Mastercard"),
    _card("4000000000000002", "Soft decline", "Every charge is declined; trying later is allowed.", _DECLINED),
    _card("4000000000009995", "Insufficient funds", "Every charge is declined for lack of money.", _NO_FUNDS),
    _card("4000000000001018", "Funds arrive", "The first charge is declined for lack of money, then all succeed.",
          _NO_FUNDS, _OK),
    _card("4000000000009979", "Stolen", "Every charge is declined for good.", Outcome("stolen-card", hard=True)),
    _card("4000000000001026", "Closed account", "Every charge is declined for good.",
          Outcome("closed-account", hard=True)),
    _card("4000000000000069", "Expired", "Every charge is declined: the card has expired.",
          Outcome("expired-card", hard=True)),
    _varied(_card("4000000000001034", "Times out after charging",
                  "Money is taken, no answer comes in time. Asked again, the charge is there."), stall="after"),
    _varied(_card("4000000000001042", "Times out before charging",
                  "No money is taken and no answer comes. Sent again with its key, it succeeds."), stall="before"),
    _varied(_card("4000002500003155", "Challenge once", "The cardholder must confirm the first charge."),
            challenge="first"),
    _varied(_card("4000002760003184", "Challenge always", "The cardholder must confirm every charge."),
            challenge="always"),
    _card("4000000000001059", "Renewal declines", "The first charge succeeds, later ones are declined.",
          _OK, _DECLINED),
    _card("4000000000001067", "Three, then closed", "Three charges succeed, then the account is closed.",
          _OK, _OK, _OK, Outcome("closed-account", hard=True)),
    _varied(_card("4000000000001075", "Late webhooks", "Succeeds; its events come ten seconds later."),
            postage=Postage(delay_seconds=10.0)),
    _varied(_card("4000000000001083", "Webhooks twice", "Succeeds; each event comes twice."),
            postage=Postage(copies=2)),
    _varied(_card("4000000000001091", "Webhooks in reverse", "Succeeds; a refund's event overtakes the charge's."),
            postage=Postage(reversed=True)),
    _varied(_card("4000000000005126", "Refund comes back", "Succeeds; a refund succeeds and fails five seconds later."),
            refund=("succeeded", "failed")),
    _varied(_card("4000000000007726", "Slow refund", "Succeeds; a refund is pending and succeeds five seconds later."),
            refund=("pending", "succeeded")),
    _varied(_card("4000000000001109", "Refund fails", "Succeeds; a refund is pending and fails five seconds later."),
            refund=("pending", "failed")),
)  # fmt: skip
_BY_NUMBER: Final = {card.number: card for card in CARDS}
_BY_LAST4: Final = {card.number[-4:]: card for card in CARDS}


def card_of(number: str) -> TestCard:
    """Return the test card with this number; spaces and dashes are allowed.

    Raises:
        CardError: for every other number, which is neither kept nor repeated.
    """
    card = _BY_NUMBER.get(number.replace(" ", "").replace("-", ""))
    if card is None:
        raise CardError("This is not a test card's number; the processor's own page lists them. Never use a real card.")
    return card


def kept_card(last4: str) -> TestCard:
    """Return the test card that ends so; no two of them end alike. KeyError for others."""
    return _BY_LAST4[last4]


def check_expiry(*, month: int, year: int, now_month: int, now_year: int) -> None:
    """Return when the card is still good in this month.

    Raises:
        CardError: when it is not.
    """
    if not _FIRST_YEAR <= year <= _LAST_YEAR or (year, month) < (now_year, now_month):
        raise CardError("The expiry date is in the past.")


def fingerprint(number: str, secret: bytes) -> str:
    """Return what is equal for equal numbers and tells nobody the number."""
    return hmac.digest(secret, b"fingerprint\0" + number.encode(), hashlib.sha256).hex()[:32]
