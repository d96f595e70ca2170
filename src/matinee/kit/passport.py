"""Who is asking, as the front door found it and signed it; it travels inward with every request."""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from matinee.kit.ids import AccountId, ProfileId

Role = Literal["stranger", "member", "support", "editor", "admin", "operator"]
PASSPORT_HEADER = "x-matinee-passport"
PASSPORT_SCOPE = "matinee.passport"
"""Where the front door hands a `Passport` to rooms in its own process: a key of the ASGI scope, never a header."""
MAX_MATURITY = 18

# The groups that routes name. `operator` is whoever holds the machine's key; the others are accounts.
EVERYONE: Final[tuple[Role, ...]] = ("stranger", "member", "support", "editor", "admin", "operator")
SIGNED_IN: Final[tuple[Role, ...]] = ("member", "support", "editor", "admin")
SUPPORT: Final[tuple[Role, ...]] = ("support", "admin", "operator")
EDITORS: Final[tuple[Role, ...]] = ("editor", "admin", "operator")
ADMINS: Final[tuple[Role, ...]] = ("admin", "operator")
OPERATOR: Final[tuple[Role, ...]] = ("operator",)


class Passport(msgspec.Struct, frozen=True, tag="passport", kw_only=True):
    """Signed by the gateway, verified by each room's HTTP edge; never accepted from outside.

    Attributes:
        role: what the caller may do; the authorisation table maps routes to roles.
        session: the sign-in session or `cli`, empty for strangers. Licences are tied to it.
        client_address: the client's address, after trusted proxies.
        expires_at: Unix seconds; a passport lives one request, so a minute is plenty.
        account: whose session it is; empty for strangers and the operator. Rooms never take an account from a body.
        profile: the chosen profile; empty before one is chosen.
        maturity: the highest age rating, in years, that the profile may see; the operator's is the highest there is.
        kids: whether the profile is a kids profile.
        territory: ISO 3166-1 alpha-2 of the account; empty when unknown.
        signed_in_at: Unix seconds of the last proof of identity (password, passkey, provider), 0 for none.
        expired: whether a stranger came with a session that counts no more, so that a client knows to renew it.
    """

    role: Role
    session: str
    client_address: str
    expires_at: int
    account: AccountId = AccountId("")
    profile: ProfileId = ProfileId("")
    maturity: Annotated[int, Meta(ge=0, le=MAX_MATURITY)] = MAX_MATURITY
    kids: bool = False
    territory: str = ""
    signed_in_at: int = 0
    expired: bool = False
