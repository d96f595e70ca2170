"""What profiles and sign-in methods tell the core."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from matinee.contracts.identity import Account
from matinee.kit.ids import AccountId, ProfileId
from matinee.services.identity.ports.methods import MethodFacts, ProfileFacts
from matinee.services.identity.ports.store import Transaction


class Household(Protocol):
    """The profiles of accounts."""

    async def welcome(self, tx: Transaction, account: Account) -> None:
        """Give an account that has no profile its first one."""
        ...

    async def profiles(self, tx: Transaction, account_id: AccountId) -> tuple[ProfileFacts, ...]:
        """Return an account's profiles in the order they were made."""
        ...

    async def profile(self, tx: Transaction, account_id: AccountId, profile_id: ProfileId) -> ProfileFacts | None:
        """Return one profile of an account, None when it has no such."""
        ...


class Methods(Protocol):
    """Sign-in methods other than the password."""

    async def facts(self, tx: Transaction, account_id: AccountId) -> MethodFacts:
        """Return what an account has."""
        ...

    async def check_second(
        self, tx: Transaction, account_id: AccountId, *, totp: str, recovery_code: str, now: datetime
    ) -> None:
        """Return when the second factor fits or the account has none; both codes may be empty.

        Raises:
            TotpNeededError: when there is one and neither code was given.
            CredentialsError: when the code does not fit or was used before.
        """
        ...


class AccountPart(Protocol):
    """Something that belongs to accounts and goes into their export; it goes with them by foreign key."""

    async def export(self, tx: Transaction, account_id: AccountId) -> Mapping[str, Any]:
        """Return names and values that JSON can hold, without secrets."""
        ...
