"""The public keys of access tokens, for programs that verify them too."""

import msgspec

from matinee.services.gateway.endpoints.answering import send_bytes
from matinee.services.gateway.endpoints.health import reading_only
from matinee.services.gateway.exchange import Exchange, FilterKind
from matinee.services.gateway.members import Members
from matinee.services.gateway.refusals import KeysMissingError

PATH = "/.well-known/jwks.json"


class PublishedKeys:
    """`/.well-known/jwks.json` (RFC 7517)."""

    name = "keys"
    kind: FilterKind = "endpoint"
    order = 25

    def __init__(self, members: Members) -> None:
        self._members = members

    def should_filter(self, exchange: Exchange) -> bool:
        """Apply to the one path."""
        return exchange.path == PATH

    async def apply(self, exchange: Exchange) -> None:
        """Answer with the keys that count now.

        Raises:
            KeysMissingError: before they have been heard.
        """
        reading_only(exchange)
        keys = self._members.key_set
        if not keys.keys:
            raise KeysMissingError("The part of the service that signs people in has not answered yet; try again.")
        kind = (b"content-type", b"application/jwk-set+json")
        # Half of the time after which the door itself asks again, so that a new key is known before it is used.
        await send_bytes(exchange, 200, msgspec.json.encode(keys), [kind, (b"cache-control", b"public, max-age=30")])
