"""The films themselves: every one is drawn tiny, the same twice, alive, with cuts and fades."""

import hashlib

import numpy as np
import pytest
from PIL import Image

from matinee.demo.catalogue import DEFAULT_SEED, FILMS, SERIES, film
from matinee.demo.lettering import line, stack, title_card
from matinee.demo.palettes import PALETTES, mix, palette, wheel
from matinee.demo.posters import poster_of
from matinee.demo.render import SCREENPLAYS, frames_of

KEYS = [entry.key for entry in FILMS]


def _digest(key: str, seed: int) -> str:
    total = hashlib.sha256()
    for frame in frames_of(key, seed=seed, scale=0.1, pace=0.06):
        total.update(frame.tobytes())
    return total.hexdigest()


@pytest.mark.slow
@pytest.mark.parametrize("key", KEYS)
def test_every_film_is_drawn_with_light_and_movement(key: str) -> None:
    frames = list(frames_of(key, seed=DEFAULT_SEED, scale=0.12, pace=0.1))
    assert len({frame.shape for frame in frames}) == 1
    assert all(frame.dtype == np.uint8 for frame in frames)
    assert frames[0].max() == 0, "comes from black"
    assert frames[-1].max() == 0, "goes to black"
    middle = frames[len(frames) // 2]
    assert middle.max() > 60
    assert middle.std() > 4
    assert not np.array_equal(middle, frames[len(frames) // 2 + 1])


@pytest.mark.parametrize(
    "key",
    [
        *("seven-ridges", "coast", "murmuration", "small-societies", "night-bus"),
        *(pytest.param(key, marks=pytest.mark.slow) for key in ("reef", "ink", "moss", "gnats", "letter-to-a-moth")),
    ],
)
def test_the_same_seed_gives_the_same_frames(key: str) -> None:
    assert _digest(key, 7) == _digest(key, 7)


@pytest.mark.parametrize("key", ["seven-ridges", "murmuration", "small-societies"])
def test_another_seed_gives_other_frames(key: str) -> None:
    assert _digest(key, 7) != _digest(key, 8)


@pytest.mark.parametrize("key", KEYS)
def test_films_last_20_to_60_seconds_and_have_cuts(key: str) -> None:
    play = SCREENPLAYS[key]
    assert 20 <= play.seconds <= 60
    assert len(play.shots) >= 3
    assert play.frames == sum(round(shot.seconds * play.rate) for shot in play.shots)


@pytest.mark.parametrize("key", ["seven-ridges", "tide"])
def test_a_cut_changes_more_than_a_second_of_movement(key: str) -> None:
    play = SCREENPLAYS[key]
    frames = [frame.astype(np.int16) for frame in frames_of(key, seed=DEFAULT_SEED, scale=0.1, pace=0.2)]
    cut = round(round(play.shots[0].seconds * play.rate) * 0.2) + round(round(play.shots[1].seconds * play.rate) * 0.2)
    across = np.abs(frames[cut] - frames[cut - 1]).mean()
    within = np.abs(frames[cut - 1] - frames[cut - 2]).mean()
    assert across > 3 * within


def test_the_programme_is_whole() -> None:
    assert set(KEYS) == set(SCREENPLAYS)
    assert len(KEYS) == len(set(KEYS))
    assert FILMS[0].featured
    assert sum(entry.featured for entry in FILMS) == 1
    films = [entry for entry in FILMS if entry.kind == "film"]
    assert len(films) >= 12
    places = [(entry.season_number, entry.episode_number) for entry in FILMS if entry.kind == "episode"]
    assert places == [(season, number) for season in (1, 2) for number in (1, 2, 3)]
    assert film(SERIES.face).kind == "episode"
    assert all(entry.synopsis.count(".") >= 2 and len(entry.synopsis) < 400 for entry in FILMS)


def test_the_programme_shows_what_a_player_can_do() -> None:
    plays = SCREENPLAYS.values()
    assert {play.rate for play in plays} == {24, 25}
    assert any(abs(play.width / play.height - 2.39) < 0.01 for play in plays)
    assert any(play.score.surround for play in plays)
    assert any(play.quiet_track for play in plays)
    assert {text.language for play in plays for text in play.texts} == {"en", "de", "ar"}


def test_the_featured_film_is_the_quickest_to_wait_for() -> None:
    assert 20 <= SCREENPLAYS[FILMS[0].key].seconds <= 24


@pytest.mark.parametrize("name", sorted(PALETTES))
def test_palettes_end_where_they_say(name: str) -> None:
    colours = palette(name)
    assert colours.shape == (512, 3)
    first, last = PALETTES[name][0], PALETTES[name][-1]
    assert "#" + bytes(colours[0]).hex() == first
    assert "#" + bytes(colours[-1]).hex() == last
    assert np.array_equal(wheel(name)[0], wheel(name)[-1])
    assert np.array_equal(mix(colours, colours, 0.3), colours)


def test_type_grows_with_weight_and_fits_its_box() -> None:
    assert line("MATINEE", size=40, weight=4).width > line("MATINEE", size=40).width
    stacked = stack(("THE COAST", "HAS NO", "LENGTH"), width=300, height=90, weight=2)
    assert stacked.width <= 301
    assert stacked.height <= 90
    card = title_card(640, 360, lines=("REEF,", "GROWING"), above="MATINEE", ink=(255, 255, 255))
    assert card.mode == "RGBA"
    assert card.getchannel("A").getextrema() == (0, 255)


@pytest.mark.parametrize("key", ["seven-ridges", "loom", pytest.param("rosette", marks=pytest.mark.slow)])
def test_posters_have_their_size_and_differ_by_seed_only(key: str) -> None:
    plan, lines = SCREENPLAYS[key].poster, film(key).lines
    first = poster_of(plan, lines=lines, mark="MATINEE SHORTS", rng=np.random.default_rng(3))
    again = poster_of(plan, lines=lines, mark="MATINEE SHORTS", rng=np.random.default_rng(3))
    assert first.size == (800, 1200)
    assert first.mode == "RGB"
    assert first.tobytes() == again.tobytes()
    assert np.asarray(first.resize((80, 120), Image.Resampling.BOX)).std() > 15
