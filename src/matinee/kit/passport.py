"""Who is asking, as the front door found it and signed it; it travels inward with every request."""

from typing import Literal

import msgspec

Role = Literal["stranger", "operator"]
PASSPORT_HEADER = "x-matinee-passport"


class Passport(msgspec.Struct, frozen=True, tag="passport", kw_only=True):
    """Signed by the gateway, verified by each room's HTTP edge; never accepted from outside.

    Attributes:
        role: what the caller may do; the authorisation table maps routes to roles.
        session: the browser session or `cli`, empty for strangers. Licences are tied to it.
        client_address: the client's address, after trusted proxies.
        expires_at: Unix seconds; a passport lives one request, so a minute is plenty.
    """

    role: Role
    session: str
    client_address: str
    expires_at: int
