"""Random lives of a history store against dictionaries, written through two instances and read through the other."""

import asyncio
import tempfile
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from matinee.kit.ids import ProfileId, TitleId
from matinee.services.history.adapters.embedded import open_store
from matinee.services.history.ports import Archive, HistoryStore, Kept, Viewing
from matinee.services.history.settings import HistorySettings

PROFILES = st.sampled_from([ProfileId("ann"), ProfileId("bob")])
TITLES = st.sampled_from([TitleId("t1"), TitleId("t2"), TitleId("t3")])
VERSIONS = st.sampled_from(["v1", "v2", "v3"])
NUMBERS = st.integers(0, 2)
INSTANCES = st.integers(0, 1)
VIEWINGS = st.builds(
    Viewing,
    title_id=TITLES,
    series_id=st.sampled_from([TitleId(""), TitleId("show")]),
    position_seconds=st.sampled_from([0.0, 1.5, 90.0]),
    duration_seconds=st.sampled_from([0.0, 100.0]),
    event_ms=st.integers(1, 5),
    session_id=st.sampled_from(["", "a", "b"]),
    removed=st.booleans(),
)


class HistoryStoreMachine(RuleBasedStateMachine):
    """Subclass it with `open_store`."""

    open_store: Callable[[Path], AbstractAsyncContextManager[HistoryStore]]

    @initialize()
    def start(self) -> None:
        """Open two instances on an empty folder."""
        self.folder = tempfile.TemporaryDirectory(prefix="matinee-history-")
        self.runner = asyncio.Runner()
        self.open = AsyncExitStack()
        self.stores = [self.run(self.opened()) for _ in range(2)]
        self.live: dict[tuple[ProfileId, TitleId], Viewing] = {}
        self.lists: dict[ProfileId, list[tuple[Kept, ...]]] = {}
        self.pieces: dict[tuple[ProfileId, str, int], bytes] = {}
        self.archives: dict[ProfileId, Archive] = {}

    async def opened(self) -> HistoryStore:
        """Return one more instance."""
        return await self.open.enter_async_context(type(self).open_store(Path(self.folder.name)))

    def run(self, work: Any) -> Any:
        """Wait for a coroutine, for at most half a minute."""
        return self.runner.run(asyncio.wait_for(work, 30))

    def check_live(self, profile: ProfileId, instance: int) -> None:
        """Compare what the other instance reads."""
        found = self.run(self.stores[1 - instance].live(profile))
        assert {one.title_id: one for one in found} == {
            title: one for (whose, title), one in self.live.items() if whose == profile
        }

    @rule(profile=PROFILES, viewings=st.lists(VIEWINGS, max_size=4), instance=INSTANCES)
    def record(self, profile: ProfileId, viewings: list[Viewing], instance: int) -> None:
        """The greater stamp stays, with what is known of the title."""
        self.run(self.stores[instance].record([(profile, one) for one in viewings], ()))
        for one in viewings:
            known = self.live.get((profile, one.title_id))
            if known is None:
                self.live[profile, one.title_id] = one
            elif one.stamp > known.stamp:
                self.live[profile, one.title_id] = msgspec.structs.replace(
                    one,
                    series_id=one.series_id or known.series_id,
                    duration_seconds=one.duration_seconds or known.duration_seconds,
                )
        self.check_live(profile, instance)

    @rule(profile=PROFILES, viewings=st.lists(VIEWINGS, max_size=4), instance=INSTANCES)
    def remove_live(self, profile: ProfileId, viewings: list[Viewing], instance: int) -> None:
        """Only what is still as it was said to be goes."""
        self.run(self.stores[instance].remove_live(profile, viewings))
        for one in viewings:
            known = self.live.get((profile, one.title_id))
            if known is not None and known.stamp == one.stamp:
                del self.live[profile, one.title_id]
        self.check_live(profile, instance)

    @rule(profile=PROFILES, moment=st.integers(0, 5), instance=INSTANCES)
    def remove_live_until(self, profile: ProfileId, moment: int, instance: int) -> None:
        """What is later stays."""
        self.run(self.stores[instance].remove_live_until(profile, moment))
        self.live = {key: one for key, one in self.live.items() if key[0] != profile or one.event_ms > moment}
        self.check_live(profile, instance)

    @rule(profile=PROFILES, version=VERSIONS, number=NUMBERS, piece=st.binary(max_size=4), instance=INSTANCES)
    def put_chunk(self, profile: ProfileId, version: str, number: int, piece: bytes, instance: int) -> None:
        """A piece replaces what stood there."""
        self.run(self.stores[instance].put_chunk(profile, version, number, piece))
        self.pieces[profile, version, number] = piece

    @rule(
        profile=PROFILES, version=VERSIONS, count=st.integers(0, 3), expected=st.none() | VERSIONS, instance=INSTANCES
    )
    def switch(self, profile: ProfileId, version: str, count: int, expected: str | None, instance: int) -> None:
        """The row changes from what is expected to what is all there."""
        known = self.archives.get(profile)
        right = expected == (None if known is None else known.version)
        whole = all((profile, version, number) in self.pieces for number in range(count))
        wanted = Archive(version=version, chunks=count)
        assert self.run(self.stores[instance].switch(profile, wanted, expected=expected)) == (right and whole)
        if right and whole:
            self.archives[profile] = wanted
        assert self.run(self.stores[1 - instance].archive(profile)) == self.archives.get(profile)

    @rule(profile=PROFILES, version=VERSIONS, instance=INSTANCES)
    def remove_version(self, profile: ProfileId, version: str, instance: int) -> None:
        """A version that is named stays."""
        self.run(self.stores[instance].remove_version(profile, version))
        known = self.archives.get(profile)
        if known is None or known.version != version:
            self.pieces = {key: piece for key, piece in self.pieces.items() if key[:2] != (profile, version)}

    @rule(profile=PROFILES, version=VERSIONS, count=st.integers(1, 3), instance=INSTANCES)
    def chunks(self, profile: ProfileId, version: str, count: int, instance: int) -> None:
        """Pieces come whole or not at all."""
        wanted = [self.pieces.get((profile, version, number)) for number in range(count)]
        found = self.run(self.stores[instance].chunks(profile, version, count))
        assert found == (None if None in wanted else wanted)

    @rule(profile=PROFILES, titles=st.lists(TITLES, unique=True), behind=st.integers(0, 1), instance=INSTANCES)
    def save_list(self, profile: ProfileId, titles: list[TitleId], behind: int, instance: int) -> None:
        """A list is replaced by whoever has seen the last one."""
        revisions = self.lists.setdefault(profile, [()])
        items = tuple(Kept(title, 7) for title in titles)
        expected = len(revisions) - 1 - behind
        done = self.run(self.stores[instance].save_list(profile, items, expected=expected))
        assert done == (behind == 0)
        if done:
            revisions.append(items)
        saved = self.run(self.stores[1 - instance].saved_list(profile))
        assert (saved.revision, saved.items) == (len(revisions) - 1, revisions[-1])

    @rule(profile=PROFILES, instance=INSTANCES)
    def erase(self, profile: ProfileId, instance: int) -> None:
        """Nothing of the profile is left."""
        self.run(self.stores[instance].erase(profile, again_ms=1))
        self.live = {key: one for key, one in self.live.items() if key[0] != profile}
        self.pieces = {key: piece for key, piece in self.pieces.items() if key[0] != profile}
        self.archives.pop(profile, None)
        self.lists.pop(profile, None)
        self.check_live(profile, instance)

    def teardown(self) -> None:
        """Close the instances."""
        if hasattr(self, "runner"):
            self.run(self.open.aclose())
            self.runner.close()
            self.folder.cleanup()


class SqliteHistoryMachine(HistoryStoreMachine):
    @staticmethod
    def open_store(folder: Path):
        return open_store(HistorySettings(data_folder=str(folder)))


SqliteHistoryMachine.TestCase.settings = settings(max_examples=20, stateful_step_count=25, deadline=None)
TestSqliteHistoryMachine = pytest.mark.slow(SqliteHistoryMachine.TestCase)
