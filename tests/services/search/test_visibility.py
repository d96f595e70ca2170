"""Nobody finds what they may not know of: compared with the catalogue's own rule."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.services.search.conftest import asked, fill

from matinee.contracts.catalogue import Viewer, Window
from matinee.services.catalogue.adapters.standing import teaser
from matinee.services.catalogue.visibility import hidden_from as hidden_in_catalogue
from matinee.services.search.adapters.tantivy_index.index import open_index
from matinee.services.search.entries import card_of, entry_of, hidden_from
from matinee.services.search.settings import SearchSettings
from matinee.testing.searching import MADE, a_title
from matinee.testing.titles import release

moments = st.one_of(st.none(), st.integers(-5, 5).map(lambda hours: MADE + timedelta(hours=hours / 2)))
windows = st.builds(
    Window,
    territories=st.lists(st.sampled_from(["DE", "FR", "US"]), unique=True, max_size=2).map(tuple),
    starts_at=moments,
    ends_at=moments,
)
fates = st.fixed_dictionaries(
    {
        "audience": st.sampled_from(["everyone", "members", "operators"]),
        "listed": st.booleans(),
        "maturity": st.integers(0, 18),
        "availability": st.lists(windows, max_size=3).map(tuple),
    }
)
viewers = st.builds(
    Viewer,
    audience=st.sampled_from(["everyone", "members", "operators"]),
    maturity=st.integers(0, 18),
    territory=st.sampled_from(["", "DE", "FR", "GB"]),
)


def everything(films, series, episodes):
    titles = [a_title(n, f"Film n{n}", people=(f"Ann n{n}",), genres=("Drama",), **f) for n, f in enumerate(films)]
    for n, (fate, episode) in enumerate(zip(series, episodes, strict=True)):
        above = a_title(100 + n, f"Series n{n}", kind="series", **fate)
        place = {"kind": "episode", "series_id": above.title_id, "season_number": 1, "episode_number": 1}
        below = a_title(200 + n, f"Film episode n{n}", people=(f"Ann e{n}",), **place, **episode)
        titles += [above, below]
    return titles


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    films=st.lists(fates, min_size=1, max_size=12),
    pairs=st.lists(st.tuples(fates, fates), max_size=4),
    watching=st.lists(viewers, min_size=1, max_size=6),
)
async def test_finds_exactly_what_the_catalogue_lets_a_viewer_know(tmp_path_factory, films, pairs, watching):
    titles = everything(films, [one for one, _ in pairs], [one for _, one in pairs])
    by_id = {title.title_id: title for title in titles}
    async with open_index(tmp_path_factory.mktemp("search"), SearchSettings()) as index:
        await fill(index, *titles)
        for viewer in watching:

            def seen(title, viewer=viewer):
                parts = [title, *([by_id[title.series_id]] if title.series_id else [])]
                return not any(hidden_in_catalogue(part, viewer, MADE) for part in parts)

            expected = {title.series_id or title.title_id for title in titles if "Film" in title.name and seen(title)}
            for typed in ("film ", "film", "fi", "fiml"):
                found = await index.find(asked(typed, viewer=viewer, most=50))
                assert {one.entry.title_id for one in found} == expected, typed
            people = await index.people(asked("ann ", viewer=viewer, most=50))
            named = {person.name for title in titles if seen(title) for person in title.people}
            assert {one.name for one in people} == named
            assert all(one.titles == 1 for one in people)
            dramas = any(seen(title) for title in titles if title.genres)
            assert bool(await index.genres(("Drama",), asked("x", viewer=viewer))) == dramas


@pytest.mark.parametrize("place", [0, 120])
async def test_a_long_series_plays_when_one_of_its_episodes_does(index, place):
    # Open elsewhere, over here: roughly judged it is still open.
    elsewhere = (Window(territories=("FR",)), Window(territories=("DE",), ends_at=MADE - timedelta(hours=1)))
    above = a_title(1, "Serial", kind="series")
    part = {"kind": "episode", "series_id": above.title_id, "season_number": 1}
    episodes = [
        a_title(n, "Part", **part, episode_number=n, availability=elsewhere, release=release(f"title-{n:016}"))
        for n in range(100, 220)
    ]
    both = (Window(territories=("FR",)), Window(territories=("DE",)))  # as many marks, so that it ranks no higher
    open_here = a_title(
        300, "Part", **part, episode_number=1, availability=both, release=release("title-0000000000000300")
    )
    viewer = Viewer(audience="members", maturity=18, territory="DE")
    for told, plays in ((episodes, False), ([*episodes[:place], open_here, *episodes[place:]], True)):
        await fill(index, above, *told)
        (found,) = await index.find(asked("serial", viewer=viewer))
        assert found.playable == plays


@given(fates, viewers)
def test_the_rule_is_the_catalogues(fate, viewer):
    title = a_title(1, "Film", **fate)
    assert hidden_from(entry_of(title), viewer, MADE) == hidden_in_catalogue(title, viewer, MADE)


@given(st.text(max_size=500))
def test_synopses_are_shortened_as_the_catalogue_does(synopsis):
    assert card_of(entry_of(a_title(1, "Film", synopsis=synopsis)), playable=False).synopsis == teaser(synopsis)


def test_a_card_tells_what_plays_and_where_its_pictures_are():
    playing = a_title(1, "Film", release=release("title-0000000000000001"), artwork={"poster": "ab"}, announced=True)
    card = card_of(entry_of(playing), playable=True)
    assert (card.duration_seconds, card.max_height, card.playable, card.announced) == (60.0, 720, True, False)
    assert card.artwork.poster == "/api/v1/titles/title-0000000000000001/artwork/poster?v=ab"
    assert card.artwork.backdrop is None
