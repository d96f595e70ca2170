"""Whoever is erased leaves nothing, also when a report comes late; everybody else keeps everything."""

import asyncio

import msgspec
import pytest

from matinee.contracts.identity import AccountErased, ProfileErased
from matinee.kit.ids import AccountId, ProfileId, TitleId
from matinee.services.history.consumers import apply
from matinee.services.history.jobs import tidy
from matinee.services.history.service.packing import Packer

TABLES = ("live", "archives", "chunks", "old_versions", "hidden", "lists", "thumbs", "plays")


async def rows_of(room, profile):
    def count(db):
        return {
            table: db.execute(f"SELECT count(*) FROM history_{table} WHERE profile_id = ?", (profile,)).fetchone()[0]  # noqa: S608
            for table in TABLES
        }

    return {table: rows for table, rows in (await room.store._readers.run(count)).items() if rows}


async def fill(room, profile):
    settings = msgspec.structs.replace(room.settings, live_records=4, chunk_bytes=64)
    packer = Packer(room.store, room.clock, _Names(profile), settings)
    for turn in range(2):
        for number in range(12):
            await room.play(profile, f"t{turn}{number}", 40.0)
            room.clock.advance(1)
        await packer.pack(ProfileId(profile))
    await room.store.hide(ProfileId(profile), TitleId("t1"), 1)
    await room.store.save_list(ProfileId(profile), (), expected=0)
    await room.store.set_thumb(ProfileId(profile), TitleId("t1"), "up", 1)


class _Names:
    def __init__(self, profile):
        self.profile, self.count = profile, 0

    def new(self):
        self.count += 1
        return f"{self.profile}-{self.count}"


@pytest.mark.parametrize(
    "news",
    [
        AccountErased(account_id=AccountId("a"), profiles=(ProfileId("ann"), ProfileId("kid"))),
        ProfileErased(account_id=AccountId("a"), profile_id=ProfileId("ann")),
    ],
)
async def test_erasure_takes_everything_of_a_profile_and_nothing_of_others(room, news):
    for profile in ("ann", "bob"):
        await fill(room, profile)
    assert set(await rows_of(room, "ann")) == set(TABLES)
    others = await rows_of(room, "bob")
    for _ in range(2):  # events come again
        await apply(news, room.service)
    assert await rows_of(room, "ann") == {}
    assert await rows_of(room, "bob") == others
    assert (await room.service.popular(window="day"))[0].plays == 2


async def test_a_report_that_comes_after_the_erasure_goes_too(room):
    await apply(ProfileErased(account_id=AccountId("a"), profile_id=ProfileId("ann")), room.service)
    await room.play("ann", "film", 40.0)
    await tidy(room.store, room.clock)
    assert await rows_of(room, "ann") != {}
    room.clock.advance(room.settings.erase_again_seconds + 1)
    await tidy(room.store, room.clock)
    assert await rows_of(room, "ann") == {}
    assert await room.store.due_erasures(now_ms=2**53, limit=10) == []


async def test_whatever_has_become_due_since_goes_in_one_go(room):
    profiles = [ProfileId(f"p{number}") for number in range(130)]
    await asyncio.gather(*(room.store.note_version(one, "old", due_ms=1) for one in profiles))
    await asyncio.gather(*(room.store.erase(ProfileId(f"e{one}"), again_ms=1) for one in profiles))
    await tidy(room.store, room.clock)
    assert await room.store.due_versions(now_ms=2**53, limit=10) == []
    assert await room.store.due_erasures(now_ms=2**53, limit=10) == []
