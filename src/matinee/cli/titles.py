"""Sends lists of titles and side files to the service, and follows the imports that they become."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from matinee.cli.api import Api, RefusedError
from matinee.cli.side_files import SideFiles, beside, series_of

IMPORTS = "/api/v1/studio/catalogue/imports"
_ENDED = frozenset(("done", "failed", "cancelled"))
_POLL_SECONDS = 0.2
_RAW = {"content-type": "application/octet-stream"}
View = dict[str, Any]


async def follow(api: Api, import_id: str, on_change: Callable[[View], None] = lambda _: None) -> View:
    """Return an import when it has ended.

    Args:
        on_change: told of it again and again until then.
    """
    while True:
        _, _, view = await api.call("GET", f"{IMPORTS}/{import_id}")
        on_change(view)
        if view["state"] in _ENDED:
            return dict(view)
        await asyncio.sleep(_POLL_SECONDS)


async def begin_file(api: Api, path: Path, options: Mapping[str, str]) -> str:
    """Send a file and return the id of its import.

    Raises:
        RefusedError: when the service does not take it.
    """
    data = await asyncio.to_thread(path.read_bytes)
    params = {"name": path.name, **options}
    _, _, begun = await api.call("POST", IMPORTS, params=params, headers=_RAW, data=data)
    return str(begun["import_id"])


class SideImports:
    """Imports NFO files with the pictures beside them, each series once.

    Args:
        options: of every import, such as `{"audience": "members"}`.
        warn: told in a sentence what could not be used.
    """

    def __init__(self, api: Api, options: Mapping[str, str], warn: Callable[[str], None]) -> None:
        self._api = api
        self._options = {"format": "nfo", **options}
        self._warn = warn
        self._series: dict[Path, str | None] = {}

    async def title_of(self, film: Path) -> str | None:
        """Return the title that the NFO file beside a film tells of, made if need be; None without one."""
        side = await asyncio.to_thread(beside, film)
        if side is None:
            return None
        return (await self.bring(side))[1]

    async def bring(self, side: SideFiles) -> tuple[View | None, str | None]:
        """Import one NFO file and its pictures; return the ended import and its first title's id."""
        series_id = await self._series_id(side) if side.root == "episodedetails" else None
        options = {**self._options, **({"series_id": series_id} if series_id else {})}
        try:
            view = await follow(self._api, await begin_file(self._api, side.nfo, options))
        except RefusedError as error:
            self._warn(f"{side.nfo.name}: {error.detail}")
            return None, None
        for problem in view["problems"]:
            self._warn(f"{side.nfo.name}: {problem['reason']}")
        title_id = next((str(one["title_id"]) for one in view["plan"] if one["title_id"]), None)
        if side.root == "tvshow":
            self._series[side.nfo] = title_id
        if title_id is not None and not view["dry_run"]:
            await self._send_pictures(side, title_id)
        return view, title_id

    async def _series_id(self, side: SideFiles) -> str | None:
        series = await asyncio.to_thread(series_of, side.nfo)
        if series is None:
            return None
        if series.nfo not in self._series:
            await self.bring(series)
        return self._series.get(series.nfo)

    async def _send_pictures(self, side: SideFiles, title_id: str) -> None:
        for kind, path in side.pictures.items():
            where = f"/api/v1/studio/titles/{title_id}/artwork/{kind}"
            try:
                await self._api.call("PUT", where, headers=_RAW, data=await asyncio.to_thread(path.read_bytes))
            except RefusedError as error:
                self._warn(f"{path.name}: {error.detail}")
