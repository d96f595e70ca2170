"""The operator's key, sessions and failed attempts."""

import hashlib
import hmac
from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

import msgspec

from matinee.kit.clock import Clock
from matinee.kit.ids import Ids
from matinee.kit.signing import SigningKey, TokenError, Verifier
from matinee.services.gateway.refusals import OperatorKeyError, SignInWaitError
from matinee.services.gateway.settings import GatewaySettings

_MAX_KEY_CHARACTERS = 200
_MAX_ADDRESSES = 10_000
_MAX_ENDED = 10_000
_FIRST_WAIT_SECONDS = 4
_CONFUSED = str.maketrans("OIL", "011")


class OperatorSession(msgspec.Struct, frozen=True, tag="operator-session", kw_only=True):
    """What the cookie holds, signed."""

    session: str
    expires_at: int


def canonical_key(text: str) -> bytes:
    """Return a typed key as compared: groups joined, case gone, letters that look like digits read as digits."""
    joined = "".join(c for c in text[:_MAX_KEY_CHARACTERS] if c not in "- \t\r\n")
    return joined.upper().translate(_CONFUSED).encode()


@dataclass
class _Failures:
    count: int
    wait_until: float


class Attempts:
    """Wrong keys by address: after a few, each one doubles the wait. The oldest addresses are forgotten."""

    def __init__(self, clock: Clock, *, allowed: int, longest_wait_seconds: int) -> None:
        self._clock = clock
        self._allowed = allowed
        self._longest = longest_wait_seconds
        self._failures: OrderedDict[str, _Failures] = OrderedDict()

    def check(self, address: str) -> None:
        """Return when the address may try.

        Raises:
            SignInWaitError: when it has to wait.
        """
        failures = self._failures.get(network_of(address))
        left = 0.0 if failures is None else failures.wait_until - self._clock.monotonic()
        if left > 0:
            seconds = int(left) + 1
            raise SignInWaitError(f"Too many wrong keys; try again in {seconds} seconds.", retry_after_seconds=seconds)

    def failed(self, address: str) -> None:
        """Note a wrong key."""
        place, now = network_of(address), self._clock.monotonic()
        failures = self._failures.pop(place, _Failures(0, now))
        over = failures.count + 1 - self._allowed
        wait = 0 if over < 0 else min(self._longest, _FIRST_WAIT_SECONDS * 2 ** min(over, 30))
        self._failures[place] = _Failures(failures.count + 1, now + wait)
        if len(self._failures) > _MAX_ADDRESSES:
            self._failures.popitem(last=False)

    def succeeded(self, address: str) -> None:
        """Forget the failures of an address."""
        self._failures.pop(network_of(address), None)


@lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """Return what one client can choose from: an IPv4 address, or the 64 leading bits of an IPv6 one."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((parsed, 64), strict=False)) if isinstance(parsed, IPv6Address) else str(parsed)


class SignIn:
    """Knows the operator: by the key itself, or by a session that was given for it.

    Args:
        operator_key: as shown to the operator.
        key: signs sessions.
    """

    def __init__(
        self, *, operator_key: str, key: SigningKey, clock: Clock, ids: Ids, settings: GatewaySettings
    ) -> None:
        self._digest = hashlib.sha256(canonical_key(operator_key)).digest()
        self._key = key
        self._sessions = Verifier(key.public, OperatorSession)
        self._clock = clock
        self._ids = ids
        self._seconds = settings.session_seconds
        self._ended: OrderedDict[str, None] = OrderedDict()
        self._attempts = Attempts(
            clock, allowed=settings.sign_in_failures, longest_wait_seconds=settings.sign_in_wait_seconds
        )

    def check_key(self, given: str, address: str) -> None:
        """Return when the key is right.

        Raises:
            OperatorKeyError: when it is wrong.
            SignInWaitError: when the address has to wait before another try counts.
        """
        self._attempts.check(address)
        # Digests have one length, so the comparison takes the same time for every wrong key.
        if not hmac.compare_digest(hashlib.sha256(canonical_key(given)).digest(), self._digest):
            self._attempts.failed(address)
            raise OperatorKeyError("That is not the operator key; `matinee up` prints it.")
        self._attempts.succeeded(address)

    def open_session(self) -> str:
        """Return a fresh session for a cookie."""
        expires_at = int((self._clock.now() + timedelta(seconds=self._seconds)).timestamp())
        return self._key.sign(OperatorSession(session=self._ids.new(), expires_at=expires_at))

    def session(self, token: str) -> str | None:
        """Return the name of a living session, or None."""
        try:
            name = self._sessions.verify(token, now=self._clock.now()).session
        except TokenError:
            return None
        return None if name in self._ended else name

    def end_session(self, name: str) -> None:
        """Make a session worthless before its time, in this process."""
        self._ended[name] = None
        if len(self._ended) > _MAX_ENDED:
            self._ended.popitem(last=False)

    @property
    def seconds(self) -> int:
        """How long a session lasts."""
        return self._seconds
