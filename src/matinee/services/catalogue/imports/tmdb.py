"""TMDB's API v3, asked with the operator's key through the one outgoing fetch.

Addresses and answers follow the documentation of version 3 (developer.themoviedb.org/reference): `/search/{kind}`,
`/movie/{id}`, `/tv/{id}` and `/tv/{id}/season/{n}`, with `append_to_response` to spare requests.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec

from matinee.engines.fetch import Fetched, FetchFailedError, FetchLimits, FetchRefusedError, FetchRequest, fetch
from matinee.kit.clock import Clock
from matinee.services.catalogue.imports.ports import TmdbError, TmdbKeyMissingError, TmdbRef
from matinee.services.catalogue.ports import MAX_PICTURE_BYTES
from matinee.services.catalogue.settings import CatalogueSettings

_MAX_ANSWER_BYTES = 8 * 1024 * 1024
_SECONDS = 15.0
_TRIES = 4
_LONGEST_WAIT_SECONDS = 30.0
_V3_KEY_CHARACTERS = 32
_OK, _UNAUTHORISED, _NOT_FOUND, _TOO_MANY, _SERVER = 200, 401, 404, 429, 500
_MAX_FOUND = 20

Fetch = Callable[..., Awaitable[Fetched]]


class TmdbFound(msgspec.Struct, frozen=True, kw_only=True):
    """A search result."""

    tmdb_id: int
    kind: str
    name: str
    year: int | None
    overview: str


class Tmdb:
    """A client that keeps to a rate and waits when it is told to.

    Args:
        settings: the catalogue's, with the key.
        fetching: the outgoing fetch.
    """

    def __init__(self, settings: CatalogueSettings, clock: Clock, *, fetching: Fetch = fetch) -> None:
        self._settings = settings
        self._clock = clock
        self._fetch = fetching
        self._turn = asyncio.Lock()
        self._next_at = 0.0

    @property
    def has_key(self) -> bool:
        """Whether the operator has set a key."""
        return bool(self._settings.tmdb_api_key)

    async def search(self, wanted: TmdbRef) -> tuple[TmdbFound, ...]:
        """Return up to twenty results, TMDB's best first.

        Raises:
            TmdbKeyMissingError: without a key.
            TmdbError: when TMDB does not answer as it should.
        """
        words: dict[str, Any] = {"query": wanted.query, "include_adult": "false", "page": 1}
        if wanted.year is not None:
            words["year" if wanted.kind == "movie" else "first_air_date_year"] = wanted.year
        answer = await self.ask(f"/search/{wanted.kind}", words) or {}
        results = answer.get("results")
        found = (
            [_found(wanted.kind, one) for one in results if isinstance(one, dict)] if isinstance(results, list) else []
        )
        return tuple(one for one in found if one is not None)[:_MAX_FOUND]

    async def ask(self, path: str, words: Mapping[str, Any] | None = None) -> dict[str, Any] | None:
        """Return the object at a path, None when there is none.

        Raises:
            TmdbKeyMissingError: without a key.
            TmdbError: when TMDB does not answer as it should.
        """
        if not self.has_key:
            raise TmdbKeyMissingError("Set tmdb_api_key in the settings of the catalogue to import from TMDB.")
        answer = await self._answer(self._request(path, words or {}))
        if answer.status == _NOT_FOUND:
            return None
        try:
            return msgspec.json.decode(answer.body, type=dict[str, Any])
        except msgspec.DecodeError as error:
            raise TmdbError("TMDB's answer is not the JSON object that its documentation says.") from error

    async def picture(self, path: str) -> bytes | None:
        """Return the largest picture at a path of theirs, such as `/abc.jpg`; None when there is none."""
        limits = self._limits(MAX_PICTURE_BYTES)
        answer = await self._answer(FetchRequest(url=f"{self._settings.tmdb_image_url}/original{path}"), limits)
        return None if answer.status == _NOT_FOUND else answer.body

    def _limits(self, max_bytes: int) -> FetchLimits:
        return FetchLimits(
            allowed_hosts=self._settings.tmdb_hosts, max_bytes=max_bytes, seconds=_SECONDS, max_redirects=0
        )

    def _request(self, path: str, words: Mapping[str, Any]) -> FetchRequest:
        key = self._settings.tmdb_api_key
        asked = {"language": self._settings.tmdb_language, **words}
        headers = {"accept": "application/json"}
        if len(key) == _V3_KEY_CHARACTERS:
            # A v3 key can only travel in the address; errors never show addresses.
            asked["api_key"] = key
        else:
            headers["authorization"] = f"Bearer {key}"
        return FetchRequest(url=f"{self._settings.tmdb_url}{path}?{urlencode(asked)}", headers=headers)

    async def _answer(self, request: FetchRequest, limits: FetchLimits | None = None) -> Fetched:
        """Ask until there is an answer, with pauses that the other side may set.

        Raises:
            TmdbError: when there is none after some tries, or it is a refusal.
        """
        said = "TMDB did not answer."
        for attempt in range(_TRIES):
            await self._wait_turn()
            try:
                answer = await self._fetch(request, limits=limits or self._limits(_MAX_ANSWER_BYTES))
            except FetchRefusedError as error:
                raise TmdbError(f"{error.detail} Look at tmdb_url and tmdb_hosts in the settings.") from error
            except FetchFailedError as error:
                said = error.detail
                await self._pause(2.0**attempt / 2)
                continue
            if answer.status in {_OK, _NOT_FOUND}:
                return answer
            if answer.status == _UNAUTHORISED:
                raise TmdbError("TMDB refuses the key; check tmdb_api_key in the settings of the catalogue.")
            if answer.status != _TOO_MANY and answer.status < _SERVER:
                raise TmdbError(f"TMDB answered with status {answer.status}.")
            said = f"TMDB answered with status {answer.status} again and again."
            await self._pause(_told_wait(answer) or 2.0**attempt / 2)
        raise TmdbError(said)

    async def _wait_turn(self) -> None:
        async with self._turn:
            now = self._clock.monotonic()
            waiting = self._next_at - now
            self._next_at = max(now, self._next_at) + 1 / self._settings.tmdb_requests_per_second
        if waiting > 0:
            await asyncio.sleep(waiting)

    async def _pause(self, seconds: float) -> None:
        """Let nobody ask for a while."""
        bounded = min(seconds, _LONGEST_WAIT_SECONDS)
        self._next_at = max(self._next_at, self._clock.monotonic() + bounded)


def _told_wait(answer: Fetched) -> float | None:
    told = answer.headers.get("retry-after", "")
    return float(told) if told.isascii() and told.isdecimal() else None


def _found(kind: str, one: Mapping[str, Any]) -> TmdbFound | None:
    number, name = one.get("id"), one.get("title") or one.get("name")
    if not isinstance(number, int) or not isinstance(name, str):
        return None
    day = str(one.get("release_date") or one.get("first_air_date") or "")
    year = int(day[:4]) if day[:4].isdecimal() else None
    return TmdbFound(
        tmdb_id=number, kind=kind, name=name[:200], year=year, overview=str(one.get("overview") or "")[:500]
    )
