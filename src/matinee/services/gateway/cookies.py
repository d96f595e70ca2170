"""The cookies that the door knows. Everything else in a Cookie header stays outside."""

from matinee.contracts.identity import ACCESS_COOKIE, REFRESH_COOKIE
from matinee.services.gateway.exchange import Exchange

OPERATOR_COOKIE = "matinee_operator"
OIDC_COOKIE = "matinee_oidc"
SESSION_COOKIES = frozenset({ACCESS_COOKIE, REFRESH_COOKIE, OPERATOR_COOKIE, OIDC_COOKIE})


def cookies(exchange: Exchange) -> dict[str, str]:
    """Return the request's cookies of ours; of several with one name the first, which has the longest path."""
    found: dict[str, str] = {}
    for key, value in exchange.headers:
        if key == b"cookie":
            for pair in value.decode("latin-1").split(";"):
                name, separator, text = pair.strip().partition("=")
                if separator and name in SESSION_COOKIES:
                    found.setdefault(name, text.strip('"'))
    return found
