"""Requests that a browser was tricked into, that show secrets, or that a child's profile may not make."""

from urllib.parse import parse_qsl

from matinee.services.gateway.cookies import cookies
from matinee.services.gateway.exchange import SAFE_METHODS, Exchange, FilterKind
from matinee.services.gateway.places import CLOSED_TO_KIDS, OPENING_SESSIONS, READ_ONLY_FOR_KIDS, below
from matinee.services.gateway.refusals import CrossSiteError, ProfileRestrictedError, TokenInQueryError

_SECRETS = frozenset(
    {
        "access_token",
        "api_key",
        "apikey",
        "auth_token",
        "authorization",
        "bearer",
        "id_token",
        "jwt",
        "key",
        "licence_token",
        "matinee_access",
        "matinee_operator",
        "matinee_refresh",
        "operator_key",
        "password",
        "pin",
        "refresh_token",
    }
)
_MAX_FIELDS = 1_000


def _names(query: str) -> list[str]:
    """Return the names of a query's fields, lower case; ValueError when there are too many."""
    if "%" in query:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_MAX_FIELDS)
        return [name.lower() for name, _ in pairs]
    fields = query.lower().split("&")
    if len(fields) > _MAX_FIELDS:
        raise ValueError(query[:20])
    return [field.partition("=")[0] for field in fields]


class NoSecretsInQueries:
    """Refuses addresses that carry a secret: they would be kept in histories and logs along the way."""

    name = "queries"
    kind: FilterKind = "inbound"
    order = 35

    def should_filter(self, exchange: Exchange) -> bool:
        """Apply to the API where there is a query."""
        return bool(exchange.scope.get("query_string")) and exchange.below_api()

    def apply(self, exchange: Exchange) -> None:
        """Look at the names alone.

        Raises:
            TokenInQueryError: when one names a secret.
        """
        query = bytes(exchange.scope["query_string"]).decode("latin-1")
        try:
            names = _names(query)
        except ValueError as error:
            raise TokenInQueryError(f"A query has at most {_MAX_FIELDS} fields.") from error
        if not _SECRETS.isdisjoint(names):
            raise TokenInQueryError("Send secrets in headers or bodies, never in the address.")


class SameOrigin:
    """Refuses changes that a browser makes for another site with our cookies, or to get some.

    Browsers say where a request comes from in `Sec-Fetch-Site`, and on plain HTTP at least in `Origin`; programs that
    send a cookie have to send one of them too. Whatever opens a session is covered without a cookie as well, else a
    page could sign somebody in as somebody else.
    """

    name = "same_origin"
    kind: FilterKind = "inbound"
    order = 60

    def should_filter(self, exchange: Exchange) -> bool:
        """Apply to changes below the API."""
        return exchange.method not in SAFE_METHODS and exchange.below_api()

    def apply(self, exchange: Exchange) -> None:
        """Compare where the request comes from with where it goes.

        Raises:
            CrossSiteError: when they differ, or a request with a cookie does not say.
        """
        # A cookie counts here even when its session does not: the refresh cookie is sent beside stale ones.
        with_cookie = exchange.header(b"cookie") is not None and bool(cookies(exchange))
        if not with_cookie and not below(exchange.path, *OPENING_SESSIONS):
            return
        site, origin = exchange.header(b"sec-fetch-site"), exchange.header(b"origin")
        told = [
            *([site == "same-origin"] if site is not None else []),
            *([origin == f"{exchange.scheme}://{exchange.host}"] if origin is not None else []),
        ]
        if not all(told) or (with_cookie and not told):
            raise CrossSiteError("This change has to come from the service's own pages.")


class KidsRoom:
    """Keeps kids profiles out of what belongs to adults, even when the account is staff's."""

    name = "kids_room"
    kind: FilterKind = "inbound"
    order = 65

    def should_filter(self, exchange: Exchange) -> bool:
        """Apply to kids profiles."""
        return exchange.claims is not None and exchange.claims.kds

    def apply(self, exchange: Exchange) -> None:
        """Refuse by path.

        Raises:
            ProfileRestrictedError: for the account, money, staff's places, and changes of profiles.
        """
        reading = exchange.method in SAFE_METHODS
        if below(exchange.path, *CLOSED_TO_KIDS) or (below(exchange.path, *READ_ONLY_FOR_KIDS) and not reading):
            raise ProfileRestrictedError("Leave the kids profile first.")
