"""Who asks, for routes of members."""

from matinee.kit.ids import SessionId
from matinee.kit.passport import Passport
from matinee.services.identity.service import callers


def caller_of(passport: Passport) -> callers.Caller:
    """Return the signed-in person that a passport names; the account and the session never come from a body."""
    return callers.Caller(account_id=passport.account, session_id=SessionId(passport.session))
