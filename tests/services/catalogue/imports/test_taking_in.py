import asyncio
import os
import time
from pathlib import Path

import pytest

from matinee.contracts.catalogue import NewTitle
from matinee.kit.errors import UnavailableError
from matinee.services.catalogue.imports.csv_source import CsvSource
from matinee.services.catalogue.imports.ports import (
    BATCH_ITEMS,
    ImportEndedError,
    ImportFileError,
    ImportNotFoundError,
    ImportsFullError,
)
from matinee.testing.listings import listing, row


def counts(job):
    return job.counts.created, job.counts.changed, job.counts.unchanged, job.counts.refused


async def test_titles_are_made_announced_for_members_with_all_that_the_row_says(bench):
    job = await bench.run(
        listing(
            row(
                "s1", "Night Mail", director="Person One", cast="Person Two, Person Three", genres="Dramas, Cult Movies"
            ),
            row("s2", "The Signal", type="TV Show", duration="2 Seasons", rating="TV-14"),
        )
    )
    assert (job.state, counts(job), job.fraction) == ("done", (2, 0, 0, 0), 1.0)
    titles = await bench.titles()
    film, series = titles["Night Mail"], titles["The Signal"]
    assert (film.kind, film.audience, film.announced, film.listed, film.maturity) == ("film", "members", True, True, 10)
    assert (film.genres, film.tags, film.year) == (("Drama",), ("Cult",), 2001)
    assert [(one.name, one.role) for one in film.people] == [
        ("Person One", "director"),
        ("Person Two", "actor"),
        ("Person Three", "actor"),
    ]
    assert all(one.person_id for one in film.people)
    assert (series.kind, series.maturity, series.ratings[0].label) == ("series", 14, "TV-14")


async def test_the_same_file_again_changes_nothing(bench):
    data = listing(*(row(f"s{n}", f"Film {n}", cast="Person One, Person Two") for n in range(450)))
    assert counts(await bench.run(data)) == (450, 0, 0, 0)
    before = {name: title.version for name, title in (await bench.titles()).items()}
    assert counts(await bench.run(data)) == (0, 0, 450, 0)
    assert {name: title.version for name, title in (await bench.titles()).items()} == before


async def test_only_what_the_file_changed_is_changed_and_what_an_editor_changed_stays(bench):
    await bench.run(listing(row("s1", "A", text="Old."), row("s2", "B", text="Old.")))
    await bench.edit("A", synopsis="By an editor.", hot=True)
    job = await bench.run(listing(row("s1", "A", text="New.", year="2002"), row("s2", "B", text="New.")))
    assert counts(job) == (0, 2, 0, 0)
    first, second = job.plan
    assert (set(first.fields), first.kept) == ({"year"}, ("synopsis",))
    assert second.fields == ("synopsis",)
    titles = await bench.titles()
    assert (titles["A"].synopsis, titles["A"].year, titles["A"].hot) == ("By an editor.", 2002, True)
    assert titles["B"].synopsis == "New."
    again = await bench.run(listing(row("s1", "A", text="Newer.", year="2002"), row("s2", "B", text="New.")))
    assert counts(again) == (0, 0, 2, 0)
    assert (await bench.titles())["A"].synopsis == "By an editor."


async def test_what_an_editor_added_stays_when_a_later_file_has_a_column_for_it(bench):
    await bench.run(b"id,title,year\nx1,A,2001\nx2,B,2001\n")
    await bench.edit("A", synopsis="By an editor.")
    job = await bench.run(b"id,title,year,synopsis\nx1,A,2001,From the file.\nx2,B,2001,From the file.\n")
    assert counts(job) == (0, 1, 1, 0)
    titles = await bench.titles()
    assert (titles["A"].synopsis, titles["B"].synopsis) == ("By an editor.", "From the file.")


async def test_a_dry_run_tells_the_same_and_writes_nothing(bench):
    data = listing(row("s1", "A"), row("s2", "B"), row("s3", "a"), row("s4", ""), row("s2", "B"))
    job = await bench.run(data, dry_run=True)
    assert (job.state, counts(job)) == ("done", (2, 0, 0, 3))
    assert await bench.titles() == {}
    assert [(one.line, one.name, one.action) for one in job.plan] == [(2, "A", "created"), (3, "B", "created")]
    real = await bench.run(data)
    assert (counts(real), real.problems) == (counts(job), job.problems)


async def test_the_same_work_twice_is_told_of_within_a_file_and_over_files(bench):
    job = await bench.run(listing(row("s1", "Love in a Puff"), row("s2", "Love In A Puff"), row("s1", "Another")))
    assert counts(job) == (1, 0, 0, 2)
    assert [(one.line, one.reason) for one in job.problems] == [
        (3, "The same title stands on line 2 already."),
        (4, "The key s1 stands on line 2 already."),
    ]
    later = await bench.run(listing(row("s9", "Love in a puff"), row("s3", "Love in a Puff", year="2012")))
    assert counts(later) == (1, 0, 0, 1)
    assert later.problems[0].reason == "The same title is known under the key s1 already."


async def test_a_key_that_now_names_another_work_is_refused_unless_the_list_has_a_name_of_its_own(bench):
    await bench.run(listing(row("s1", "A")))
    job = await bench.run(listing(row("s1", "Something Else", year="1950")))
    assert counts(job) == (0, 0, 0, 1)
    assert "source name of its own" in job.problems[0].reason
    assert counts(await bench.run(listing(row("s1", "Something Else", year="1950")), source="other")) == (1, 0, 0, 0)
    assert set(await bench.titles()) == {"A", "Something Else"}


async def test_a_deleted_title_is_not_made_again(bench):
    await bench.run(listing(row("s1", "A")))
    await bench.room.service.delete_title(title_id=(await bench.titles())["A"].title_id)
    job = await bench.run(listing(row("s1", "A", text="New.")))
    assert counts(job) == (0, 0, 1, 0)
    assert job.problems[0].refused is False
    assert await bench.titles() == {}


class Breaking(CsvSource):
    """Breaks off after some pieces, like a process that is killed between two transactions."""

    def __init__(self, pieces):
        self.left = pieces

    async def items(self, job, data):
        async for piece in super().items(job, data):
            if self.left == 0:
                raise UnavailableError("Gone.")
            self.left -= 1
            yield piece


async def test_another_process_goes_on_at_the_row_that_was_reached(bench):
    data = listing(*(row(f"s{n}", f"Film {n}") for n in range(900)), row("s1000", "film 3"))
    job = await bench.begin(data)
    bench.sources["csv"] = Breaking(2)
    with pytest.raises(UnavailableError):
        await bench.worker("killed").work_one()
    reached = await bench.service.job(job.import_id)
    assert (reached.state, reached.counts.rows) == ("running", 2 * BATCH_ITEMS)
    bench.sources["csv"] = CsvSource()
    assert not await bench.worker("other").work_one()
    bench.room.clock.advance(16)
    assert await bench.worker("other").work_one()
    ended = await bench.service.job(job.import_id)
    assert (ended.state, counts(ended), ended.attempts) == ("done", (900, 0, 0, 1), 2)
    assert len(await bench.titles()) == 900
    assert all(title.version == 1 for title in (await bench.titles()).values())


async def test_a_defect_ends_one_import_and_not_the_ones_after_it(bench):
    class Defective(CsvSource):
        async def items(self, asked, content):
            raise ZeroDivisionError
            yield

    bench.sources["csv"] = Defective()
    failed = await bench.run(listing(row("s1", "A")))
    assert (failed.state, "mistake of ours" in failed.failure) == ("failed", True)
    bench.sources["csv"] = CsvSource()
    assert counts(await bench.run(listing(row("s1", "A")))) == (1, 0, 0, 0)


async def test_a_row_that_the_catalogue_refuses_costs_no_other(bench):
    data = listing(
        *(row(f"s{n}", f"Film {n}") for n in range(5)), row("s9", "Odd", cast="x" * 250), row("s10", "\u2060")
    )
    job = await bench.run(data)
    assert counts(job) == (6, 0, 0, 1)
    assert len(await bench.titles()) == 6


async def test_an_import_is_cancelled_while_it_runs_and_what_came_in_stays(bench):
    data = listing(*(row(f"s{n}", f"Film {n}") for n in range(600)))
    job = await bench.begin(data)

    class Cancelling(CsvSource):
        async def items(self, asked, content):
            async for piece in super().items(asked, content):
                yield piece
                if (await bench.service.job(job.import_id)).state == "running":
                    await bench.service.cancel(job.import_id)

    bench.sources["csv"] = Cancelling()
    await bench.worker().work_one()
    ended = await bench.service.job(job.import_id)
    assert (ended.state, ended.counts.created) == ("cancelled", BATCH_ITEMS)
    assert len(await bench.titles()) == BATCH_ITEMS
    with pytest.raises(ImportEndedError):
        await bench.service.cancel(job.import_id)


async def test_a_bounded_number_waits_and_old_ones_are_forgotten(bench):
    for n in range(3):
        await bench.begin(listing(row(f"s{n}", f"F{n}")))
    with pytest.raises(ImportsFullError):
        await bench.begin(listing(row("s9", "F9")))
    while await bench.worker().work_one():
        continue
    first = (await bench.service.newest(limit=10))[-1]
    for _ in range(6):
        await bench.run(listing(row("s0", "F0")))
    with pytest.raises(ImportNotFoundError):
        await bench.service.job(first.import_id)
    assert [blob async for blob in bench.room.blobs.list("imports")] == []


async def test_a_file_that_is_no_list_is_refused_before_it_waits(bench):
    with pytest.raises(ImportFileError):
        await bench.begin(b"one,two\n1,2\n")
    assert await bench.service.newest(limit=10) == ()


async def test_an_nfo_file_that_turns_out_unusable_ends_as_failed_with_a_sentence(bench):
    job = await bench.run(b"<movie><title>A</movie>", form="nfo")
    assert job.state == "failed"
    assert "well-formed" in job.failure


async def test_a_film_and_episodes_of_nfo_files(bench):
    series = await bench.run(b"<tvshow><title>The Signal</title><uniqueid>9</uniqueid></tvshow>", form="nfo")
    series_id = series.plan[0].title_id
    episode = b"<episodedetails><title>Part 1</title><season>1</season><episode>1</episode></episodedetails>"
    alone = await bench.run(episode, form="nfo")
    assert alone.problems[0].reason == "Its series is not in the catalogue; import the series first."
    placed = await bench.run(episode, form="nfo", series_id=series_id)
    assert counts(placed) == (1, 0, 0, 0)
    assert (await bench.titles())["Part 1"].series_id == series_id
    again = await bench.run(episode, form="nfo", series_id=series_id)
    assert counts(again) == (0, 0, 1, 0)
    assert again.plan[0].title_id == placed.plan[0].title_id


async def test_an_episode_that_is_there_already_is_filled_where_it_is_empty(bench):
    service = bench.room.service
    series = await service.create_title(new=NewTitle(name="S", kind="series"))
    place = {"kind": "episode", "series_id": series.title_id, "season_number": 1, "episode_number": 1}
    await service.create_title(new=NewTitle(name="Mine", year=1999, **place))
    told = "<title>Theirs</title><plot>Told.</plot><year>2001</year><season>1</season><episode>1</episode>"
    job = await bench.run(f"<episodedetails>{told}</episodedetails>".encode(), form="nfo", series_id=series.title_id)
    assert counts(job) == (0, 1, 0, 0)
    title = (await bench.titles())["Mine"]
    assert (title.synopsis, title.year) == ("Told.", 1999)


@pytest.mark.slow
@pytest.mark.media
async def test_a_real_and_untidy_list_of_thousands(bench):
    folder = os.environ.get("MATINEE_TEST_MEDIA")
    if not folder or not (file := Path(folder) / "data/catalogue/titles_8786.csv").is_file():
        pytest.skip("needs MATINEE_TEST_MEDIA with data/catalogue/titles_8786.csv")
    data = await asyncio.to_thread(file.read_bytes)
    # Of a process's own time: what else a machine does must not decide.
    started = time.process_time()
    job = await bench.run(data)
    took = time.process_time() - started
    assert job.state == "done"
    assert counts(job) == (8779, 0, 0, 7)
    assert took < 20
    again = await bench.run(data)
    assert counts(again) == (0, 0, 8779, 7)
    assert {one.reason[:26] for one in again.problems if one.refused} == {"The same title stands on l"}
    titles = await bench.titles()
    assert "SAINT SEIYA: Knights of the Zodiac" in titles
    assert "The Memphis Belle: A Story of a Flying Fortress" in titles
    assert titles["9"].year == 2009


async def test_a_new_rating_does_not_lower_the_age_that_an_editor_gave(bench):
    await bench.run(listing(row("s1", "A", rating="PG-13"), row("s2", "B", rating="R")))
    await bench.edit("A", maturity=18)
    await bench.edit("B", maturity=18)
    await bench.run(listing(row("s1", "A", rating="PG"), row("s2", "B", rating="TV-MA")))
    titles = await bench.titles()
    assert (titles["A"].ratings[0].label, titles["A"].maturity) == ("PG", 18)
    assert (titles["B"].ratings[0].label, titles["B"].maturity) == ("TV-MA", 18)


async def test_titles_of_a_list_without_ratings_are_held_for_adults_until_one_tells_them(bench):
    await bench.run(b"id,title,type\nx1,A,Movie\nx2,B,TV Show\n")
    await bench.run(b"id,title\ny1,C\n", source="mild", unrated_maturity=12)
    assert {name: title.maturity for name, title in (await bench.titles()).items()} == {"A": 18, "B": 18, "C": 12}
    await bench.run(b"id,title,type,rating\nx1,A,Movie,PG\nx2,B,TV Show,\n")
    assert {name: title.maturity for name, title in (await bench.titles()).items()} == {"A": 10, "B": 18, "C": 12}
