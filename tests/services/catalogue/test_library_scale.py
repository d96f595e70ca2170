"""A large catalogue answers like a small one: shelves are read from their beginning, not from the whole."""

import random
import statistics
import time
from datetime import timedelta

import msgspec
import pytest

from matinee.contracts.catalogue import NewTitle, Viewer, Window
from matinee.contracts.library import ShelfQuery
from matinee.contracts.metadata import GENRES, Credit
from matinee.kit.ids import PersonId, TitleId
from matinee.services.catalogue.fields import new_title
from matinee.testing.clock import ManualClock
from matinee.testing.titles import release

MANY, FEW, BATCH = 50_000, 1_000, 1_000
NOW = ManualClock().now()
MEMBER = Viewer(audience="members", territory="DE")
CHILD = Viewer(audience="members", maturity=6, territory="DE")


def some_title(dice, number):
    availability = ()
    if number % 10 == 0:
        availability = (Window(territories=("DE", "FR")), Window(territories=("US",), ends_at=NOW + timedelta(days=1)))
    people = dice.sample(range(5_000), 3)
    new = NewTitle(
        name=f"{dice.choice(['Red', 'Blue', 'Green'])} film {number}",
        synopsis="Somebody goes somewhere and comes back. " * 5,
        genres=tuple(dice.sample(GENRES, 2)),
        tags=tuple(f"tag {dice.randrange(300)}" for _ in range(2)),
        people=tuple(Credit(name=f"Person {one}", person_id=PersonId(f"p{one}")) for one in people),
        audience="members",
        # One in a thousand is for children, so that a ceiling hides nearly all of the newest.
        maturity=0 if number % 1000 == 1 else dice.choice([12, 16]),
        availability=availability,
    )
    title_id = TitleId(f"{number:022d}")
    made = new_title(new, title_id=title_id, now=NOW + timedelta(seconds=number))
    return msgspec.structs.replace(made, release=release(title_id, frames=8))


async def fill(room, numbers):
    dice = random.Random(7)
    for start in range(numbers.start, numbers.stop, BATCH):
        async with room.store.writing() as rows:
            await rows.insert_many([some_title(dice, start + n) for n in range(BATCH)])


async def seconds(call, times=15):
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        assert await call()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


async def timings(room):
    some = await room.library.shelf(query=ShelfQuery(kind="new", limit=200), viewer=MEMBER)
    ids = tuple(card.title_id for card in some)

    def shelf(viewer, kind, **fields):
        return lambda: room.library.shelf(query=ShelfQuery(kind=kind, **fields), viewer=viewer)

    calls = {
        "new": shelf(MEMBER, "new"),
        "new for a child": shelf(CHILD, "new"),
        "genre": shelf(MEMBER, "genre", text="Drama"),
        "named": shelf(MEMBER, "named", text="red film 4"),
        "cards": lambda: room.library.cards(title_ids=ids, viewer=MEMBER),
        "similar": lambda: room.library.similar(title_id=ids[0], viewer=MEMBER),
    }
    return {name: await seconds(call) for name, call in calls.items()}


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_shelf_of_very_many_titles_takes_as_long_as_one_of_few(room):
    await fill(room, range(FEW))
    before = await timings(room)
    await fill(room, range(FEW, MANY))
    after = await timings(room)
    for name, taken in after.items():
        # Fifty times as many titles; a scan would take fifty times as long. Some slack for a busy machine.
        assert taken < 5 * before[name] + 0.02, (name, before[name], taken)
    assert len(await room.library.genres(viewer=MEMBER)) == len(GENRES)
    assert all(card.maturity == 0 for card in await room.library.shelf(query=ShelfQuery(kind="new"), viewer=CHILD))
    assert len(await room.library.shelf(query=ShelfQuery(kind="new"), viewer=CHILD)) == 40
