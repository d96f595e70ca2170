"""History stores: what every adapter must keep, and what readers see of a store while records are packed in it.

An adapter joins with a subclass of `HistoryStoreSuite` that opens it. Each test quotes the promise that it checks.
"""

import asyncio
import itertools
from abc import ABC, abstractmethod
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matinee.contracts.catalogue import Viewer
from matinee.contracts.library import Library
from matinee.kit.cursors import Cursors
from matinee.kit.ids import ProfileId, RandomIds, TitleId
from matinee.services.history.adapters.embedded import open_store
from matinee.services.history.ports import Archive, HistoryStore, Kept, Play, Viewing
from matinee.services.history.service.history import HistoryService
from matinee.services.history.service.library import Cards
from matinee.services.history.service.packing import Packer
from matinee.services.history.service.pages import Pages
from matinee.services.history.settings import HistorySettings
from matinee.testing.capabilities import Suite
from matinee.testing.clock import ManualClock
from matinee.testing.history import Shelf

ANN, BOB = ProfileId("ann"), ProfileId("bob")
DAY = 20_000
CHUNKED = HistorySettings(live_records=8, chunk_bytes=1_024)
EVERYBODY = Viewer(audience="members", maturity=18)
_profiles = itertools.count()
REPORTS = st.lists(
    st.tuples(
        st.sampled_from(["t1", "t2", "t3"]),
        st.sampled_from([1.0, 2.5, 90.0]),
        st.integers(1, 4),
        st.sampled_from(["", "a", "b"]),
        st.booleans(),
    ),
    max_size=12,
)


def viewing(title="film", position=1.0, moment=1, *, session="", series="", duration=100.0, removed=False):
    return Viewing(TitleId(title), TitleId(series), position, duration, moment, session, removed)


def play(profile, title, day=DAY):
    return Play(profile, day, TitleId(title))


def kept(*titles):
    return [Kept(TitleId(title), number) for number, title in enumerate(titles)]


class Watched:
    """A store whose writes are looked at from outside, before and after each; reads are counted."""

    def __init__(self, inner, look):
        self.inner = inner
        self.look = look
        self.reads = []

    def __getattr__(self, name):
        method = getattr(self.inner, name)
        if name in {"live", "archive", "chunks"}:

            async def read(*arguments):
                self.reads.append(name)
                return await method(*arguments)

            return read

        async def write(*arguments, **named):
            await self.look()
            result = await method(*arguments, **named)
            await self.look()
            return result

        return write


class Viewers:
    """The rules of viewing on a store, as a process has them that has just started."""

    def __init__(self, store, clock, chosen=CHUNKED):
        self.store = store
        self.clock = clock
        self.packer = Packer(store, clock, RandomIds(), chosen)
        cards = Cards(cast("Library", Shelf()), clock, seconds=5)
        self.service = HistoryService(
            store=store, cards=cards, clock=clock, ids=RandomIds(), settings=chosen, due=lambda _: None
        )
        self.pages = Pages(self.service, store, cards, Cursors(b"c" * 32))

    async def watch(self, count):
        """Let Ann watch titles a second apart; return what a reader is to see from now on."""
        moment = round(self.clock.now().timestamp() * 1_000)
        seen = {f"t{number:04d}": viewing(f"t{number:04d}", number % 90, moment + number) for number in range(count)}
        await self.store.record([(ANN, one) for one in seen.values()], ())
        self.clock.advance(count)
        return seen

    async def positions(self):
        """Return what a reader sees of Ann, latest first."""
        found = (await Packer(self.store, self.clock, RandomIds(), CHUNKED).read(ANN)).records()
        return [(one.title_id, one.position_seconds, one.event_ms) for one in found]


def as_read(seen):
    latest = sorted(seen.values(), key=lambda one: -one.event_ms)
    return [(one.title_id, one.position_seconds, one.event_ms) for one in latest]


class HistoryStoreSuite(Suite, ABC):
    """Subclass it and give `open_store`; the folder is empty at first, and may be opened several times."""

    @abstractmethod
    def open_store(self, folder: Path) -> AbstractAsyncContextManager[HistoryStore]:
        """Open the store whose data lies in a folder, or in an engine's space of that name."""

    @pytest.fixture
    async def store(self, tmp_path):
        """An empty store."""
        async with self.open_store(tmp_path) as opened:
            yield opened

    @pytest.fixture
    def viewers(self, store):
        """The rules on the store."""
        return Viewers(store, ManualClock())

    # ── live records ─────────────────────────────────────────────────────────────────────────────────────────────────
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(reports=REPORTS, together=st.booleans())
    async def test_the_greatest_stamp_stays_whatever_the_order(self, store, reports, together):
        """'Keep live records, each unless one of its title with a greater or equal stamp is there'."""
        profile = ProfileId(f"p{next(_profiles)}")
        rows = [
            viewing(title, position, moment, session=session, removed=removed)
            for title, position, moment, session, removed in reports
        ]
        for group in [rows] if together else [[row] for row in rows]:
            await store.record([(profile, row) for row in group], ())
        expected = {}
        for row in rows:
            if row.title_id not in expected or row.stamp > expected[row.title_id].stamp:
                expected[row.title_id] = row
        assert {one.title_id: one for one in await store.live(profile)} == expected

    async def test_doing_it_again_changes_nothing(self, store):
        """'Recording the same again changes nothing.'."""
        for _ in range(3):
            await store.record([(ANN, viewing(position=5.0, moment=9, session="s"))], [play(ANN, "film")])
        assert await store.live(ANN) == [viewing(position=5.0, moment=9, session="s")]
        assert await store.most_played(first_day=DAY, limit=5) == [("film", 1)]

    async def test_what_is_known_of_a_title_stays(self, store):
        """'A duration of 0 and an empty series do not replace known ones.'."""
        await store.record([(ANN, viewing(moment=1, series="show"))], ())
        await store.record([(ANN, viewing(moment=2, duration=0.0))], ())
        assert await store.live(ANN) == [viewing(moment=2, series="show")]
        await store.record([(ANN, viewing(moment=3, duration=120.0, series="other"))], ())
        assert await store.live(ANN) == [viewing(moment=3, duration=120.0, series="other")]

    async def test_profiles_do_not_meet(self, store):
        """'Everything of a profile lies in one partition'."""
        for profile in (ANN, BOB):
            await store.record([(profile, viewing())], ())
            await store.hide(profile, TitleId("film"), 1)
            await store.set_thumb(profile, TitleId("film"), "up", 1)
            await store.save_list(profile, kept("film"), expected=0)
            await store.put_chunk(profile, "v", 0, b"x")
            await store.switch(profile, Archive(version="v", chunks=1), expected=None)
        await store.remove_live_until(ANN, 5)
        await store.erase(ANN, again_ms=5)
        assert await store.live(ANN) == []
        assert await store.live(BOB) == [viewing()]
        assert await store.hidden(BOB) == {"film": 1}
        assert await store.thumbs(BOB, limit=5) == {"film": "up"}
        assert (await store.saved_list(BOB)).revision == 1
        assert (await store.archive(BOB)).version == "v"
        assert await store.chunks(BOB, "v", 1) == [b"x"]

    async def test_only_what_is_still_as_it_was_is_removed(self, store):
        """'Remove live records whose stamp is still the one given.'."""
        await store.record([(ANN, viewing("same")), (ANN, viewing("later")), (ANN, viewing("third"))], ())
        old = [one for one in await store.live(ANN) if one.title_id != "third"]
        await store.record([(ANN, viewing("later", moment=2))], ())
        for _ in range(2):
            await store.remove_live(ANN, old)
            assert sorted((one.title_id, one.event_ms) for one in await store.live(ANN)) == [("later", 2), ("third", 1)]

    async def test_a_moment_bounds_what_is_removed(self, store):
        """'Remove the live records of moments up to and with one.'."""
        await store.record([(ANN, viewing(f"t{moment}", moment=moment)) for moment in range(1, 6)], ())
        await store.remove_live_until(ANN, 3)
        assert sorted(one.event_ms for one in await store.live(ANN)) == [4, 5]

    async def test_what_was_answered_is_there_after_a_new_start(self, tmp_path):
        """'Each call is durable when it returns; a change of one row is all or nothing.'."""
        self.require("durable")
        async with self.open_store(tmp_path) as store:
            await store.record([(ANN, viewing(position=7.0))], [play(ANN, "film")])
            await store.save_list(ANN, kept("film"), expected=0)
            await store.put_chunk(ANN, "v", 0, b"x")
            await store.switch(ANN, Archive(version="v", chunks=1, records=3, cleared_ms=2), expected=None)
        async with self.open_store(tmp_path) as store:
            assert await store.live(ANN) == [viewing(position=7.0)]
            assert (await store.saved_list(ANN)).items == tuple(kept("film"))
            assert await store.archive(ANN) == Archive(version="v", chunks=1, records=3, cleared_ms=2)
            assert await store.chunks(ANN, "v", 1) == [b"x"]
            assert await store.answers()

    async def test_two_processes_share_what_is_kept(self, tmp_path):
        """'Each call is durable when it returns; a change of one row is all or nothing.'."""
        self.require("multi_process")
        async with self.open_store(tmp_path) as one, self.open_store(tmp_path) as two:
            rows = [viewing(position=float(number), moment=number) for number in range(1, 41)]
            await asyncio.gather(*((one, two)[row.event_ms % 2].record([(ANN, row)], ()) for row in rows))
            assert await one.live(ANN) == await two.live(ANN) == [rows[-1]]
            lists = await asyncio.gather(*(store.save_list(ANN, kept("film"), expected=0) for store in (one, two)))
            assert sorted(lists) == [False, True]

    # ── packed records ───────────────────────────────────────────────────────────────────────────────────────────────
    async def test_pieces_come_in_order_and_whole_or_not_at_all(self, store):
        """'Return the pieces 0 to `count` − 1 of a version, at once; None when one is missing.'."""
        assert await store.chunks(ANN, "v", 1) is None
        for number in (11, 2, 0, 1):
            await store.put_chunk(ANN, "v", number, bytes([number, 0, 255]))
        await store.put_chunk(ANN, "other", 3, b"x")
        assert await store.chunks(ANN, "v", 3) == [b"\x00\x00\xff", b"\x01\x00\xff", b"\x02\x00\xff"]
        assert await store.chunks(ANN, "v", 4) is None

    async def test_a_piece_written_again_replaces(self, store):
        """'Write one piece, in place of what stood there.'."""
        for piece in (b"first", b"second"):
            await store.put_chunk(ANN, "v", 0, piece)
        assert await store.chunks(ANN, "v", 1) == [b"second"]

    async def test_the_row_is_switched_from_what_it_was_and_with_every_piece(self, store):
        """'Returns False, and changes nothing, otherwise.'."""
        assert await store.archive(ANN) is None
        wanted = Archive(version="a", chunks=2, records=5, cleared_ms=7)
        await store.put_chunk(ANN, "a", 0, b"x")
        await store.put_chunk(ANN, "a", 2, b"x")
        assert not await store.switch(ANN, wanted, expected=None)
        await store.put_chunk(ANN, "a", 1, b"x")
        assert not await store.switch(ANN, wanted, expected="other")
        assert await store.archive(ANN) is None
        assert await store.switch(ANN, wanted, expected=None)
        for expected in (None, "other"):
            assert not await store.switch(ANN, Archive(version="b", blob=b"y"), expected=expected)
        assert await store.archive(ANN) == wanted
        assert await store.switch(ANN, Archive(version="b", blob=b"y"), expected="a")
        assert await store.archive(ANN) == Archive(version="b", blob=b"y")

    async def test_of_many_that_switch_at_once_one_does(self, store):
        """'Write the archive row if the version there is `expected`'."""
        for expected, round_ in ((None, "a"), ("winner", "b")):
            wanted = [Archive(version=f"{round_}{number}") for number in range(20)]
            done = await asyncio.gather(*(store.switch(ANN, one, expected=expected) for one in wanted))
            assert done.count(True) == 1
            assert await store.archive(ANN) == wanted[done.index(True)]
            await store.switch(ANN, Archive(version="winner"), expected=wanted[done.index(True)].version)

    async def test_notes_come_when_they_are_due_the_earliest_first(self, store):
        """'Return notes whose moment has come, the earliest first, at most `limit`.'."""
        for moment in (30, 10, 20, 40):
            await store.note_version(ANN, f"v{moment}", due_ms=moment)
        await store.note_version(ANN, "v10", due_ms=25)
        due = [old.version for old in await store.due_versions(now_ms=30, limit=10)]
        assert due == ["v20", "v10", "v30"]
        assert [old.version for old in await store.due_versions(now_ms=30, limit=2)] == due[:2]

    async def test_a_version_in_use_keeps_its_pieces(self, store):
        """'Remove the pieces of a version and its note, unless the archive row names it: then the note alone.'."""
        for version in ("used", "left"):
            await store.put_chunk(ANN, version, 0, b"x")
            await store.note_version(ANN, version, due_ms=1)
        await store.switch(ANN, Archive(version="used", chunks=1), expected=None)
        for version in ("used", "left", "never"):
            await store.remove_version(ANN, version)
        assert await store.due_versions(now_ms=9, limit=9) == []
        assert await store.chunks(ANN, "used", 1) == [b"x"]
        assert await store.chunks(ANN, "left", 1) is None

    # ── what profiles keep, counts, and erasure ──────────────────────────────────────────────────────────────────────
    async def test_hiding_keeps_the_latest_moment(self, store):
        """'Hide a film or series; a later moment replaces an earlier one.'."""
        for moment in (5, 9, 7):
            await store.hide(ANN, TitleId("film"), moment)
        assert await store.hidden(ANN) == {"film": 9}
        for _ in range(2):
            await store.unhide(ANN, TitleId("film"))
            assert await store.hidden(ANN) == {}

    async def test_of_many_that_change_a_list_at_once_one_does(self, store):
        """'Replace a list if its revision is `expected`; else return False and change nothing.'."""
        assert (await store.saved_list(ANN)).revision == 0
        for revision in (0, 1):
            lists = [kept("b", "a", f"of-{number}") for number in range(20)]
            done = await asyncio.gather(*(store.save_list(ANN, one, expected=revision) for one in lists))
            assert done.count(True) == 1
            saved = await store.saved_list(ANN)
            assert (saved.revision, list(saved.items)) == (revision + 1, lists[done.index(True)])
        assert await store.save_list(ANN, (), expected=2)
        assert (await store.saved_list(ANN)).items == ()

    async def test_thumbs_come_latest_first_and_bounded(self, store):
        """'Return thumbs by title, latest first, equal moments by title, at most `limit`.'."""
        for title, thumb, moment in (("a", "up", 1), ("c", "down", 2), ("b", "up", 2), ("a", "double-up", 3)):
            await store.set_thumb(ANN, TitleId(title), thumb, moment)
        assert list((await store.thumbs(ANN, limit=9)).items()) == [("a", "double-up"), ("b", "up"), ("c", "down")]
        assert list(await store.thumbs(ANN, limit=2)) == ["a", "b"]
        for _ in range(2):
            await store.remove_thumb(ANN, TitleId("a"))
            assert list(await store.thumbs(ANN, limit=9)) == ["b", "c"]

    async def test_plays_are_counted_once_and_bounded(self, store):
        """'Return titles and plays from a day on, most plays first, equal ones by title, at most `limit`.'."""
        plays = [play(ANN, "b"), play(BOB, "b"), play(ANN, "c"), play(ANN, "a"), play(ANN, "old", DAY - 3)]
        await asyncio.gather(*(store.record((), [one]) for one in plays * 3))
        assert list(await store.most_played(first_day=DAY, limit=9)) == [("b", 2), ("a", 1), ("c", 1)]
        assert list(await store.most_played(first_day=DAY, limit=1)) == [("b", 2)]
        assert len(await store.most_played(first_day=DAY - 3, limit=9)) == 4
        await store.forget_plays(before_day=DAY)
        assert len(await store.most_played(first_day=0, limit=9)) == 3

    async def test_an_erased_profile_leaves_its_plays_alone(self, store):
        """'Plays stay counted, without whose they were.'."""
        await store.record([(ANN, viewing())], [play(ANN, "film")])
        await store.set_thumb(ANN, TitleId("film"), "up", 1)
        await store.erase(ANN, again_ms=50)
        assert await store.live(ANN) == []
        assert await store.thumbs(ANN, limit=9) == {}
        assert list(await store.most_played(first_day=DAY, limit=9)) == [("film", 1)]

    async def test_erasures_come_again_until_the_last(self, store):
        """'Return profiles that have to be erased again, the earliest first, at most `limit`.'."""
        for profile, moment in ((ANN, 20), (BOB, 10), (ProfileId("eve"), 30)):
            await store.erase(profile, again_ms=moment)
        assert list(await store.due_erasures(now_ms=20, limit=9)) == [BOB, ANN]
        assert list(await store.due_erasures(now_ms=20, limit=1)) == [BOB]
        await store.record([(BOB, viewing())], ())
        await store.erase_last(BOB)
        assert await store.live(BOB) == []
        assert list(await store.due_erasures(now_ms=99, limit=9)) == [ANN, "eve"]

    # ── what readers see of it ───────────────────────────────────────────────────────────────────────────────────────
    async def test_no_reader_notices_that_records_are_packed(self, store, viewers):
        """'Whoever makes several must leave every state in between readable.'."""
        seen = await viewers.watch(300)
        looks = []

        async def look():
            looks.append(await viewers.positions())

        watched = Watched(store, look)
        for changed in (None, "t0003"):
            if changed is not None:
                moment = round(viewers.clock.now().timestamp() * 1_000)
                seen |= {f"n{number}": viewing(f"n{number}", 3.0, moment + number) for number in range(11)}
                seen[changed] = viewing(changed, 77.0, moment + 99)
                await store.record([(ANN, one) for one in seen.values() if one.event_ms >= moment], ())
                viewers.clock.advance(1)
            looks.clear()
            assert await Packer(watched, viewers.clock, RandomIds(), CHUNKED).pack(ANN)
            assert len(looks) > 6
            assert looks == [as_read(seen)] * len(looks)
        assert (await store.archive(ANN)).chunks > 1
        assert len(await store.live(ANN)) == CHUNKED.live_records

    async def test_a_profile_is_read_in_three_looks_however_much_it_watched(self, store, viewers):
        """'Everything of a profile lies in one partition, so that a store without joins can keep it'."""
        await viewers.watch(300)
        await viewers.packer.pack(ANN)
        counting = Watched(store, None)
        assert len((await Packer(counting, viewers.clock, RandomIds(), CHUNKED).read(ANN)).records()) == 300
        assert counting.reads == ["live", "archive", "chunks"]

    async def test_one_or_all_can_be_deleted_wherever_it_lies(self, store, viewers):
        """'a mark that the title was deleted from the history at that moment'."""
        seen = await viewers.watch(60)
        await viewers.packer.pack(ANN)
        for title in ("t0000", "t0059"):
            await viewers.service.delete(ANN, TitleId(title))
            del seen[title]
        assert {one.title_id for one in await store.live(ANN) if one.removed} == {"t0000", "t0059"}
        assert await viewers.positions() == as_read(seen)
        await viewers.packer.pack(ANN)
        assert await viewers.positions() == as_read(seen)
        await viewers.service.delete_all(ANN)
        assert await viewers.positions() == []
        assert ((await store.archive(ANN)).records, await store.live(ANN)) == (0, [])

    async def test_an_export_holds_what_is_packed_and_what_is_not(self, viewers):
        """'Return the live records of a profile, marks of deletion too, in any order.'."""
        seen = await viewers.watch(300)
        await viewers.packer.pack(ANN)
        seen |= {"new": viewing("new", 5.0, round(viewers.clock.now().timestamp() * 1_000))}
        await viewers.store.record([(ANN, seen["new"])], ())
        exported = (await viewers.pages.exported(ANN, EVERYBODY)).items
        table = (await viewers.pages.exported_table(ANN, EVERYBODY)).decode().splitlines()
        assert [(line.title_id, line.position_seconds) for line in exported] == [one[:2] for one in as_read(seen)]
        assert len(table) == 1 + len(seen)


class TestSqliteHistory(HistoryStoreSuite):
    capabilities = frozenset({"durable", "multi_process"})

    def open_store(self, folder: Path):
        return open_store(HistorySettings(data_folder=str(folder)))
