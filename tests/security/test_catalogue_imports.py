"""Lists, side files and other people's answers are taken in as what they are: words."""

import asyncio
import io
from datetime import UTC, datetime

import pytest
from aiohttp import web
from rich.console import Console

from matinee.cli import output
from matinee.cli.settings import HIDDEN, shown
from matinee.cli.side_files import beside, nfo_files
from matinee.contracts.catalogue import TitleChange
from matinee.services.catalogue.imports.csv_file import Table
from matinee.services.catalogue.imports.csv_rows import RowReader
from matinee.services.catalogue.imports.nfo import read_nfo
from matinee.services.catalogue.imports.ports import ImportFileError, ImportJob, ImportOptions, Refused, TmdbError
from matinee.services.catalogue.imports.tmdb import Tmdb
from matinee.services.catalogue.settings import CatalogueSettings
from matinee.testing.clock import ManualClock
from matinee.testing.listings import listing, row

SCRIPT = "<script>alert(1)</script>"


def job():
    return ImportJob(
        import_id="i",
        state="running",
        format="nfo",
        name="x.nfo",
        dry_run=False,
        options=ImportOptions(source="nfo"),
        size_bytes=0,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def rows(data):
    table = Table(data)
    reader = RowReader(table.columns, table.width, unrated_maturity=18)
    return [one if isinstance(one, Refused) else reader.read(one) for one in table.records()]


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE movie [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE movie [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE movie SYSTEM "http://127.0.0.1:9/movie.dtd">',
        '<!DOCTYPE movie [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]>',
    ],
)
def test_attack_13_entities_and_document_types_of_side_files_are_refused(declared):
    with pytest.raises(ImportFileError):
        read_nfo(job(), f"{declared}<movie><title>&a;</title></movie>".encode())
    with pytest.raises(ImportFileError):
        read_nfo(job(), f'<?xml version="1.0"?>{declared}<movie><title>A</title></movie>'.encode())


def test_attack_13_side_files_without_end_or_depth_are_refused():
    for data in (b"<movie>" * 100_000, b"<movie>" * 140_000 + b"</movie>" * 140_000, b"<movie>" + b"A" * (2 << 20)):
        with pytest.raises(ImportFileError):
            read_nfo(job(), data)


async def test_attack_08_a_side_file_makes_nobody_ask_anything():
    asked = []

    async def heard(reader, writer):
        asked.append(await reader.read(100))
        writer.close()

    server = await asyncio.start_server(heard, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    text = f'<!DOCTYPE movie [<!ENTITY a SYSTEM "http://127.0.0.1:{port}/">]><movie><title>&a;</title></movie>'
    with pytest.raises(ImportFileError):
        read_nfo(job(), text.encode())
    thumb = f"<movie><title>A</title><thumb>http://127.0.0.1:{port}/poster.jpg</thumb></movie>"
    (item,) = read_nfo(job(), thumb.encode())
    await asyncio.sleep(0)
    server.close()
    await server.wait_closed()
    assert (item.pictures, asked) == ({}, [])


@pytest.mark.parametrize("where", ["http://127.0.0.1:{port}/inner", "http://169.254.169.254/latest/meta-data/"])
async def test_attack_08_an_answer_of_tmdb_leads_nowhere_else(where):
    asked = []

    async def answer(request):
        asked.append(request.path)
        raise web.HTTPFound(where.format(port=port))

    application = web.Application()
    application.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    host = f"127.0.0.1:{port}"
    settings = CatalogueSettings(tmdb_api_key="k" * 32, tmdb_url=f"http://{host}/3", tmdb_hosts=(host,))
    client = Tmdb(settings, ManualClock())
    client._pause = lambda _: asyncio.sleep(0)
    with pytest.raises(TmdbError):
        await client.ask("/movie/1")
    await runner.cleanup()
    assert set(asked) == {"/3/movie/1"}


def test_attack_25_the_key_of_tmdb_is_shown_to_nobody():
    assert shown("tmdb_api_key", "k" * 32) == HIDDEN
    assert "k" * 32 not in str(TmdbError("TMDB refuses the key."))


def test_attack_13_a_list_of_quotes_or_one_endless_cell_is_bounded():
    quotes = ("title\n" + '"never closed\n' + "B\n" * 5_000).encode()
    found = rows(quotes)
    assert (isinstance(found[0], Refused), len(found)) == (True, 5_001)
    endless = b"title,description\nA," + b"x" * (1 << 20) + b"\nB,fine\n"
    found = rows(endless)
    assert [one.name for one in found if not isinstance(one, Refused)] == ["B"]
    columns = ("title," * 100_000).encode()
    with pytest.raises(ImportFileError):
        Table(columns)


def test_attack_10_a_column_sets_nothing_that_is_not_told_of_a_title():
    text = b"title,audience,featured,listed,title_id,version,release,availability\nA,everyone,1,1,t1,9,x,[]\n"
    (one,) = rows(text)
    assert set(one.fields) == {"name"}
    assert set(rows(listing(row("s1", "A")))[0].fields) <= set(TitleChange.__struct_fields__)


def test_attack_14_scripts_in_names_stay_words_and_markup_is_not_obeyed(monkeypatch):
    (one,) = rows(listing(row("s1", SCRIPT, director="[link=https://example.org]Person[/link]")))
    assert one.name == SCRIPT
    stream = io.StringIO()
    monkeypatch.setattr(output, "console", Console(file=stream, width=200))
    output.print_rows([{"name": "[bold]A[/bold]", "reason": "[link=x]B[/link]"}], columns=("name", "reason"))
    assert "[bold]A[/bold]" in stream.getvalue()


def test_attack_03_side_files_and_pictures_behind_links_are_left_alone(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.nfo").write_text("<movie><title>A</title></movie>")
    (outside / "secret.jpg").write_bytes(b"picture")
    films = tmp_path / "films"
    films.mkdir()
    (films / "film.mp4").write_bytes(b"film")
    (films / "film.nfo").symlink_to(outside / "secret.nfo")
    (films / "linked").symlink_to(outside)
    assert beside(films / "film.mp4") is None
    assert nfo_files(films) == []
    (films / "film.nfo").unlink()
    (films / "film.nfo").write_text("<movie><title>A</title></movie>")
    (films / "film-poster.jpg").symlink_to(outside / "secret.jpg")
    assert beside(films / "film.mp4").pictures == {}
