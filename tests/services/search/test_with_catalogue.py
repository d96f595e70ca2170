"""Search beside the real catalogue: what is committed there is found here, as the same cards."""

from contextlib import AsyncExitStack

import pytest
from tests.services.search.conftest import until

from matinee.blobs.local import LocalBlobs
from matinee.blobs.port import BlobStore
from matinee.contracts.catalogue import Catalogue, NewTitle, TitleChange, Viewer
from matinee.contracts.history import History
from matinee.contracts.library import Library
from matinee.contracts.metadata import Credit
from matinee.contracts.searching import Search
from matinee.engines.keyring import Keyring
from matinee.engines.relational import Database, open_database
from matinee.events.opened import open_events
from matinee.events.port import EventLog
from matinee.host.module import Needs
from matinee.kit.clock import Clock, SystemClock
from matinee.kit.ids import Ids, RandomIds
from matinee.resilience.command import Commands
from matinee.resilience.settings import Tuning
from matinee.services.catalogue.module import MODULE as CATALOGUE
from matinee.services.search.module import MODULE as SEARCH
from matinee.testing.searching import HandMadeLibrary
from matinee.testing.titles import release

MEMBER = Viewer(audience="members")


@pytest.fixture
async def rooms(tmp_path):
    async with AsyncExitStack() as stack:
        clock = SystemClock()
        opening = open_events(f"sqlite://{tmp_path}/events.db", clock=clock, ids=RandomIds())
        database = await stack.enter_async_context(open_database(f"sqlite+aiosqlite:///{tmp_path}/catalogue.db"))
        bound = {
            Keyring: Keyring(tmp_path / "keys"),
            BlobStore: LocalBlobs(tmp_path / "blobs"),
            EventLog: await stack.enter_async_context(opening),
            Database: database,
            Clock: clock,
            Ids: RandomIds(),
            Commands: Commands(Tuning(), clock.monotonic),
            History: HandMadeLibrary(),
        }
        for module, settings in (
            (CATALOGUE, CATALOGUE.settings_type()),
            (SEARCH, SEARCH.settings_type(data_folder=str(tmp_path))),
        ):
            bound |= (await stack.enter_async_context(module.open(settings, Needs(bound)))).provides
        yield bound


@pytest.mark.slow
async def test_what_the_catalogue_commits_is_found_as_the_same_cards_and_gone_when_it_is_deleted(rooms):
    catalogue, library, search = rooms[Catalogue], rooms[Library], rooms[Search]
    fields = {"audience": "everyone", "genres": ("Drama",), "synopsis": "A long story, " * 40}
    film = await catalogue.create_title(
        new=NewTitle(name="Stranger Things", people=(Credit(name="Winona Ryder"),), announced=True, **fields)
    )
    series = await catalogue.create_title(new=NewTitle(name="Stranger Series", kind="series", **fields))
    place = {"series_id": series.title_id, "season_number": 1, "episode_number": 1}
    episode = await catalogue.create_title(new=NewTitle(name="Stranger Pilot", kind="episode", **place, **fields))
    await catalogue.publish(release=release(episode.title_id))

    async def cards():
        found = (await search.search(query="strnger", viewer=MEMBER)).items
        return {card.title_id: card for card in found}

    async def both_and_playing():
        return len(await cards()) == 2 and (await cards())[series.title_id].playable

    await until(both_and_playing)
    wanted = await library.cards(title_ids=(film.title_id, series.title_id), viewer=MEMBER)
    assert await cards() == {card.title_id: card for card in wanted}
    people = (await search.search(query="winona", viewer=MEMBER)).people
    assert [(one.name, one.titles) for one in people] == [("Winona Ryder", 1)]
    assert people[0].person_id

    await catalogue.change_title(title_id=film.title_id, change=TitleChange(maturity=18))
    await catalogue.delete_title(title_id=series.title_id)
    child = Viewer(audience="members", maturity=7)

    async def gone_and_too_old():
        found = (await search.search(query="stranger", viewer=child)).items
        return not found and set(await cards()) == {film.title_id}

    await until(gone_and_too_old)
    assert (await search.rebuild()).titles == 1
    assert set(await cards()) == {film.title_id}
