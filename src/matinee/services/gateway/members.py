"""What the door knows of members, kept fresh from the room that knows them."""

import asyncio

import structlog

from matinee.contracts.identity import AccessClaims, Identity, KeySet
from matinee.kit.clock import Clock
from matinee.kit.deadline import deadline
from matinee.services.gateway.access import AccessTokens, UnknownKeyError
from matinee.services.gateway.refusals import KeysMissingError

POLL_SECONDS = 1.0
KEYS_SECONDS = 60.0
_CALL_SECONDS = 1.0
_UNKNOWN_KEY_SECONDS = 3.0
_AWAY_SECONDS = 0.2  # a room that just started is heard at once, one that is away is not asked by every request
_PAGE = 10_000
_log = structlog.get_logger()


class Members:
    """Verifies access tokens, asks for keys and for ended sessions, and goes on with what it last knew.

    Args:
        identity: the room, here or in another process.
        remembered: verified tokens that are kept.
    """

    def __init__(self, identity: Identity, clock: Clock, *, remembered: int) -> None:
        self._identity = identity
        self._clock = clock
        self._tokens = AccessTokens(clock, remembered=remembered)
        self._position = 0
        self._away = False
        self._asking = asyncio.Lock()
        self._ask_again_at = float("-inf")
        self._answered = False

    @property
    def key_set(self) -> KeySet:
        """The keys that tokens are verified with right now; empty before the first answer."""
        return self._tokens.key_set

    def known(self, token: str) -> AccessClaims | None:
        """Return what a good token says, None for one that does not count.

        Raises:
            UnknownKeyError: when only `claims` can tell.
        """
        return self._tokens.check(token)

    def outlived(self, token: str) -> AccessClaims | None:
        """Return what a token said that counts no more, None when it never was one of ours."""
        return self._tokens.outlived(token)

    async def claims(self, token: str) -> AccessClaims | None:
        """The same for a token whose key is unknown: ask for newer keys first, at most once in a few seconds.

        Raises:
            KeysMissingError: when the room has never answered, so that a member cannot be told from a stranger.
        """
        async with self._asking:
            try:
                return self._tokens.check(token)
            except UnknownKeyError:
                if self._clock.monotonic() >= self._ask_again_at:
                    await self._refresh_keys()
        try:
            return self._tokens.check(token)
        except UnknownKeyError:
            if not self._answered:
                raise KeysMissingError("Who is signed in cannot be told right now; try again in a moment.") from None
            return None

    async def keep_fresh(self) -> None:
        """Ask for ended sessions each second and for keys each minute, until cancelled."""
        keys_at = float("-inf")
        while True:
            if not self.key_set.keys or self._clock.monotonic() - keys_at >= KEYS_SECONDS:
                keys_at = self._clock.monotonic()
                await self._refresh_keys()
            await self.poll()
            await asyncio.sleep(POLL_SECONDS)

    async def poll(self) -> None:
        """Learn which sessions have ended since the last time; nothing changes while the room is away."""
        try:
            more = True
            while more:
                more = await self._page()
        except Exception as error:  # noqa: BLE001  # whatever is wrong over there, this has to go on
            self._note_away(error)
        else:
            self._away = False

    async def _page(self) -> bool:
        """Take one page; return whether there may be more."""
        async with deadline(_CALL_SECONDS):
            ended = await self._identity.ended_sessions(after=self._position)
        self._tokens.end(ended)
        # A room that counts from further back was restored from a copy: hear everything again.
        restored = ended.position < self._position
        self._position = 0 if restored else ended.position
        return restored or len(ended.sessions) >= _PAGE

    async def _refresh_keys(self) -> None:
        pause = _AWAY_SECONDS
        try:
            async with deadline(_CALL_SECONDS):
                keys = await self._identity.keys()
            self._answered = True
            if keys.keys:
                self._tokens.trust(keys)
                pause = _UNKNOWN_KEY_SECONDS
        except Exception as error:  # noqa: BLE001  # the same
            self._note_away(error)
        self._ask_again_at = self._clock.monotonic() + pause

    def _note_away(self, error: Exception) -> None:
        if not self._away:
            _log.warning("identity_away", exc_info=error)
        self._away = True
