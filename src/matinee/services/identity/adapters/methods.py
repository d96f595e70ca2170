"""The part of identity's transactions that profiles and sign-in methods use."""

from sqlalchemy.ext.asyncio import AsyncSession

from matinee.services.identity.adapters.links import SqlLinks
from matinee.services.identity.adapters.pairing import SqlPairings
from matinee.services.identity.adapters.passkeys import SqlPasskeys, SqlSpent
from matinee.services.identity.adapters.profiles import SqlProfiles
from matinee.services.identity.adapters.totp import SqlTotp


class SqlMethodRows:
    """Implements `MethodRows` over one session."""

    def __init__(self, session: AsyncSession) -> None:
        self.profiles = SqlProfiles(session)
        self.totp = SqlTotp(session)
        self.passkeys = SqlPasskeys(session)
        self.spent = SqlSpent(session)
        self.links = SqlLinks(session)
        self.pairings = SqlPairings(session)
