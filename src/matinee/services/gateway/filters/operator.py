"""Who is asking, whether a browser was tricked into asking, and the passport that says so inside."""

from datetime import timedelta

from matinee.kit.clock import Clock
from matinee.kit.passport import PASSPORT_HEADER, Passport
from matinee.kit.signing import SigningKey
from matinee.services.gateway.exchange import SAFE_METHODS, Exchange, FilterKind
from matinee.services.gateway.refusals import CrossSiteError
from matinee.services.gateway.sign_in import COOKIE, SignIn

SESSION_PATH = "/api/v1/operator/session"
# Here the bearer is a licence token, which the room reads.
LICENCES_PATH = "/api/v1/licences"
_BEARER = "bearer "
_PASSPORT_LIFE = timedelta(seconds=60)


def cookie(exchange: Exchange, name: str) -> str | None:
    """Return the value of the first cookie of that name."""
    for key, value in exchange.headers:
        if key == b"cookie":
            for pair in value.decode("latin-1").split(";"):
                found, separator, text = pair.strip().partition("=")
                if separator and found == name:
                    return text.strip('"')
    return None


class Authenticate:
    """Learns the caller from the operator's key or cookie; everybody else is a stranger."""

    name = "authenticate"
    kind: FilterKind = "inbound"
    order = 50

    def __init__(self, sign_in: SignIn) -> None:
        self._sign_in = sign_in

    def should_filter(self, exchange: Exchange) -> bool:
        """Apply where it matters who asks."""
        return exchange.below_api() or exchange.path == "/metrics"

    def apply(self, exchange: Exchange) -> None:
        """Find the caller; a wrong key is refused rather than taken for a stranger's."""
        authorization = exchange.header(b"authorization") or ""
        if authorization.lower().startswith(_BEARER) and exchange.path != LICENCES_PATH:
            self._sign_in.check_key(authorization[len(_BEARER) :], exchange.client_address)
            exchange.role, exchange.session = "operator", "cli"
            exchange.without(b"authorization")
        elif (token := cookie(exchange, COOKIE)) is not None and (name := self._sign_in.session(token)) is not None:
            exchange.role, exchange.session, exchange.by_cookie = "operator", name, True


class SameOrigin:
    """Refuses changes that a browser sends with the operator's cookie for another site.

    Browsers say where a request comes from in `Sec-Fetch-Site`, and on plain HTTP at least in `Origin`; programs that
    send a cookie have to send one of them too. Signing in is covered as well, else a page could sign somebody in.
    """

    name = "same_origin"
    kind: FilterKind = "inbound"
    order = 60

    def should_filter(self, exchange: Exchange) -> bool:
        """Apply to changes."""
        return exchange.method not in SAFE_METHODS and (exchange.by_cookie or exchange.path == SESSION_PATH)

    def apply(self, exchange: Exchange) -> None:
        """Compare where the request comes from with where it goes."""
        site, origin = exchange.header(b"sec-fetch-site"), exchange.header(b"origin")
        told = [
            *([site == "same-origin"] if site is not None else []),
            *([origin == f"{exchange.scheme}://{exchange.host}"] if origin is not None else []),
        ]
        if not all(told) or (exchange.by_cookie and not told):
            raise CrossSiteError("This change has to come from the service's own pages.")


class Stamp:
    """Puts the signed passport on a request and takes the caller's own papers off it.

    Args:
        key: the gateway's; rooms verify with its public half.
    """

    name = "passport"
    kind: FilterKind = "inbound"
    order = 70

    def __init__(self, key: SigningKey, clock: Clock) -> None:
        self._key = key
        self._clock = clock

    def should_filter(self, exchange: Exchange) -> bool:
        """Apply to what rooms answer."""
        return exchange.below_api()

    def apply(self, exchange: Exchange) -> None:
        """Sign who is asking."""
        passport = Passport(
            role=exchange.role,
            session=exchange.session,
            client_address=exchange.client_address,
            expires_at=int((self._clock.now() + _PASSPORT_LIFE).timestamp()),
        )
        exchange.without(b"cookie")
        exchange.headers.append((PASSPORT_HEADER.encode(), self._key.sign(passport).encode()))
