"""Filling a service: everything once, over faults, kills and deletions."""

import asyncio
from pathlib import Path

import pytest

from matinee.demo.catalogue import FILMS, SERIES
from matinee.demo.keeping import FILE_NAME, load
from matinee.demo.programme import ANNOUNCED, TOLD, markers_of
from matinee.demo.publish import DemoProgress, fill
from matinee.demo.render import SCREENPLAYS, RenderError
from matinee.demo.screenplay import TITLE_SECONDS
from matinee.demo.settings import DemoSettings
from matinee.demo.studio import StudioAwayError, StudioRefusedError
from matinee.kit.clock import SystemClock

KEY = "operator-key-of-the-test"
TITLES = len(FILMS) + 1 + len(ANNOUNCED)
QUICK = DemoSettings(start_seconds=5, first_seconds=2, ahead_seconds=2, poll_seconds=0.01)


async def _fill(
    origin: str, folder: Path, renderer, *, settings: DemoSettings = QUICK, key: str = KEY
) -> list[DemoProgress]:
    heard: list[DemoProgress] = []
    await fill(
        base_url=origin,
        operator_key=key,
        folder=folder,
        renderer=renderer,
        clock=SystemClock(),
        settings=settings,
        on_progress=heard.append,
    )
    return heard


async def test_everything_arrives_once_the_featured_film_first(studio, renderer, tmp_path: Path) -> None:
    async with studio.serving() as origin:
        heard = await _fill(origin, tmp_path, renderer)
    assert len(studio.titles) == TITLES
    assert len(studio.artwork) == 2 * TITLES
    assert renderer.films == [entry.key for entry in FILMS]
    assert [order["priority"] for order in studio.imports] == [0] + [10] * (len(FILMS) - 1)
    assert all(order["early_release"] for order in studio.imports)
    assert Path(studio.imports[0]["path"]).is_absolute()
    assert heard[-1].stage == "complete"
    series = next(title for title in studio.titles.values() if title["kind"] == "series")
    episodes = [title for title in studio.titles.values() if title["kind"] == "episode"]
    assert series["name"] == SERIES.name
    assert {title["series_id"] for title in episodes} == {series["title_id"]}
    free = {film.name for film in FILMS if film.free}
    for title in studio.titles.values():
        assert title["audience"] == ("everyone" if title["name"] in free else "members")
        assert title["tags"]
        assert title["released_on"]
    announced = {title["name"]: title for title in studio.titles.values() if title.get("announced")}
    assert announced.keys() == {coming.name for coming in ANNOUNCED}
    assert not any(title["playable"] for title in announced.values())


def test_markers_lie_where_the_cards_do() -> None:
    for key, play in SCREENPLAYS.items():
        intro, credits_ = markers_of(play.seconds)
        assert (intro.starts_seconds, intro.ends_seconds) == (0, TITLE_SECONDS), key
        assert credits_.ends_seconds == round(play.seconds, 3)
        assert intro.ends_seconds < credits_.starts_seconds
    assert TOLD.keys() == {*SCREENPLAYS, SERIES.key}


async def test_a_second_start_does_nothing(studio, renderer, tmp_path: Path) -> None:
    async with studio.serving() as origin:
        await _fill(origin, tmp_path, renderer)
        renderer.films.clear()
        renderer.pictures.clear()
        studio.calls.clear()
        await _fill(origin, tmp_path, renderer)
    assert renderer.films == []
    assert renderer.pictures == []
    assert {method for method, _ in studio.calls} == {"GET"}


async def test_a_deleted_title_stays_deleted(studio, renderer, tmp_path: Path) -> None:
    async with studio.serving() as origin:
        await _fill(origin, tmp_path, renderer)
        kept = load(tmp_path).titles["loom"]
        del studio.titles[kept.title_id]
        imports = len(studio.imports)
        await _fill(origin, tmp_path, renderer)
        await _fill(origin, tmp_path, renderer)
    assert len(studio.imports) == imports
    assert "Loom" not in {title["name"] for title in studio.titles.values()}
    assert load(tmp_path).titles["loom"].deleted


async def test_a_new_catalogue_is_filled_again(studio, renderer, tmp_path: Path) -> None:
    old, new = studio, type(studio)()
    async with old.serving() as origin:
        await _fill(origin, tmp_path, renderer)
    async with new.serving() as origin:
        await _fill(origin, tmp_path, renderer)
    assert len(new.titles) == TITLES
    assert len(new.imports) == len(FILMS)


@pytest.mark.parametrize("step", [1, 4, 9, 30, 60, 75])
async def test_a_kill_at_any_step_repeats_nothing_that_counts(studio, renderer, tmp_path: Path, step: int) -> None:
    async with studio.serving() as origin:
        task = asyncio.create_task(_fill(origin, tmp_path, renderer))
        async with asyncio.timeout(10):
            while len(studio.calls) < step and not task.done():
                await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        await _fill(origin, tmp_path, renderer)
    names = [(title["kind"], title["name"]) for title in studio.titles.values()]
    assert len(names) == len(set(names)) == TITLES
    films = [order["title_id"] for order in studio.imports]
    assert len(set(films)) == len(FILMS)


async def test_a_lost_state_file_makes_no_second_titles(studio, renderer, tmp_path: Path) -> None:
    async with studio.serving() as origin:
        await _fill(origin, tmp_path, renderer)
        (tmp_path / FILE_NAME).write_bytes(b"{ half")
        await _fill(origin, tmp_path, renderer)
    assert len(studio.titles) == TITLES
    assert len(studio.imports) == len(FILMS), "complete films are not imported again"


async def test_a_starting_service_is_waited_for(studio, renderer, tmp_path: Path) -> None:
    studio.faults = [503, 502, 429]
    async with studio.serving() as origin:
        await _fill(origin, tmp_path, renderer)
    assert len(studio.imports) == len(FILMS)


async def test_a_service_that_is_away_is_reported(renderer, tmp_path: Path) -> None:
    settings = DemoSettings(start_seconds=0.3, poll_seconds=0.01)
    with pytest.raises(StudioAwayError):
        await _fill("http://127.0.0.1:9", tmp_path, renderer, settings=settings)


async def test_a_wrong_key_is_reported_without_the_key(studio, renderer, tmp_path: Path) -> None:
    async with studio.serving() as origin:
        with pytest.raises(StudioRefusedError) as caught:
            await _fill(origin, tmp_path, renderer, key="another-key")
    assert "401" in str(caught.value)
    assert "another-key" not in str(caught.value)


async def test_a_failed_import_is_tried_again_at_the_next_start(studio, renderer, tmp_path: Path) -> None:
    async with studio.serving() as origin:
        await _fill(origin, tmp_path, renderer)
        job = load(tmp_path).titles["coast"].job_id
        studio.jobs[job]["order"] = {"state": "failed"}
        await _fill(origin, tmp_path, renderer)
    assert ("POST", f"/api/v1/studio/jobs/{job}/retry") in studio.calls
    assert len(studio.imports) == len(FILMS)


async def test_films_do_not_run_far_ahead_of_the_encoder(studio, renderer, tmp_path: Path) -> None:
    taken = studio.take

    async def slow(request):
        answer = await taken(request)
        if len(studio.imports) > 1:
            studio.titles[studio.imports[-1]["title_id"]].update(playable=False, complete=None)
            studio.jobs[f"j{len(studio.jobs)}"]["order"] = {"state": "running"}
        return answer

    studio.take = slow
    async with studio.serving() as origin:
        task = asyncio.create_task(
            _fill(origin, tmp_path, renderer, settings=DemoSettings(films_ahead=2, poll_seconds=0.01))
        )
        async with asyncio.timeout(10):
            while len(studio.imports) < 3:
                await asyncio.sleep(0.01)
            seen = len(studio.calls)
            while len(studio.calls) < seen + 30:
                await asyncio.sleep(0.01)
        assert len(studio.imports) == 3, "the featured one, and two on their way"
        task.cancel()
        await asyncio.wait([task])


async def test_a_film_that_cannot_be_made_holds_up_no_other(studio, renderer, tmp_path: Path) -> None:
    made = renderer.film

    async def film(key: str, *, on_done):
        if key in {FILMS[0].key, "loom"}:
            raise RenderError("The encoder said no.")
        return await made(key, on_done=on_done)

    renderer.film = film
    async with studio.serving() as origin:
        heard = await _fill(origin, tmp_path, renderer)
        assert [step.key for step in heard if step.stage == "failed"] == [FILMS[0].key, "loom"]
        assert len(studio.imports) == len(FILMS) - 2
        renderer.film = made
        await _fill(origin, tmp_path, renderer)
    assert len(studio.imports) == len(FILMS), "the next start makes them"
