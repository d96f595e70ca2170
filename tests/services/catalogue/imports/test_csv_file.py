import codecs
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.services.catalogue.imports import csv_file
from matinee.services.catalogue.imports.csv_file import Table
from matinee.services.catalogue.imports.csv_rows import RowReader, put_back
from matinee.services.catalogue.imports.ports import ImportFileError, Incoming, Refused
from matinee.services.catalogue.imports.texts import decoded

HEADER = "show_id,type,title,director,cast,country,date_added,release_year,rating,duration,listed_in,description\n"


def rows(text, **options):
    data = text if isinstance(text, bytes) else text.encode()
    table = Table(data)
    reader = RowReader(table.columns, table.width, unrated_maturity=options.get("unrated", 18))
    return [one if isinstance(one, Refused) else reader.read(one) for one in table.records()]


def test_a_row_says_all_that_a_title_can_hold():
    line = (
        's1,TV Show,Night Mail,Person One,"Person Two, Person Three, Jr.",South Korea,"September 9, 2019",2018,TV-14,'
        '2 Seasons,"TV Dramas, Korean TV Shows","A train.\n It runs."\n'
    )
    (one,) = rows(HEADER + line)
    assert isinstance(one, Incoming)
    assert (one.line, one.key, one.kind, one.notes) == (2, "s1", "series", ())
    assert one.fields == {
        "name": "Night Mail",
        "synopsis": "A train. It runs.",
        "year": 2018,
        "released_on": "2019-09-09",
        "genres": ("Drama",),
        "tags": ("Korean", "South Korea"),
        "ratings": ({"system": "tvpg", "label": "TV-14"},),
        "maturity": 14,
        "people": (
            {"name": "Person One", "role": "director"},
            {"name": "Person Two", "role": "actor"},
            {"name": "Person Three, Jr.", "role": "actor"},
        ),
    }


def test_a_duration_in_the_ratings_column_is_put_back():
    (one,) = rows(HEADER + "s1,Movie,A Film,,,,2019-01-01,2018,74 min,,Dramas,Words\n")
    assert one.fields["maturity"] == 18
    assert one.fields["ratings"] == ()
    assert one.notes == ("The duration stood in the column of the rating and was put back.",)


def test_year_and_date_and_type_and_rating_change_places():
    notes = []
    cells = {"kind": "PG-13", "rating": "Movie", "year": "January 2, 2019", "released_on": "2018", "duration": "9 min"}
    right = put_back(cells, notes)
    assert right == {
        "kind": "Movie",
        "rating": "PG-13",
        "year": "2018",
        "released_on": "January 2, 2019",
        "duration": "9 min",
    }
    assert len(notes) == 4


def test_a_missing_type_is_told_by_the_duration():
    first, second, third = rows(HEADER + "s1,,A,,,,,,,3 Seasons,,\ns2,,B,,,,,,,90 min,,\ns3,Play,C,,,,,,,,,\n")
    assert (first.kind, second.kind) == ("series", "film")
    assert third == Refused(line=4, name="C", reason="“Play” is not a type that is known; write Movie or TV Show.")


def test_rows_that_cannot_be_used_are_told_with_line_and_reason():
    text = (
        HEADER
        + "s1,Movie,,,,,,,,,,\n\n,Movie,No key,,,,,,,,,\ns3,Movie,Shifted,a,b,c,d,e,f,g,h,i,j\ns4,Movie,Fine,,,,,,,,,\n"
    )
    found = rows(text)
    assert [(one.line, type(one).__name__) for one in found] == [
        (2, "Refused"),
        (4, "Refused"),
        (5, "Refused"),
        (6, "Incoming"),
    ]
    assert [one.reason for one in found[:3]] == [
        "The title has no name.",
        "The cell that holds the title's key is empty.",
        "The row has 1 cells more than the header; a comma stands outside of quotes.",
    ]


def test_a_quote_that_never_closes_costs_its_own_row_alone():
    lines = [f"s{n},Movie,Film {n},,,,,,,,,\n" for n in range(100)]
    lines[10] = 's10,Movie,"Broken,,,,,,,,,\n'
    found = rows(HEADER + "".join(lines))
    refused = [one for one in found if isinstance(one, Refused)]
    assert [one.line for one in refused] == [12]
    assert len(found) - len(refused) == 99
    assert found[-1].line == 101


def test_a_row_keeps_the_line_where_it_begins_though_cells_hold_line_breaks():
    found = rows(HEADER + 's1,Movie,"Two\nlines",,,,,,,,,"a\n\nb"\ns2,Movie,Next,,,,,,,,,\n')
    assert [(one.line, one.name) for one in found] == [(2, "Two lines"), (6, "Next")]


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (codecs.BOM_UTF8 + "title\nÉlan\n".encode(), "utf-8-bom"),
        ("title\nÉlan\n".encode(), "utf-8"),
        ("title\nÉlan\n".encode("cp1252"), "windows-1252"),
        ("title\nÉlan\n".encode("utf-16"), "utf-16"),
        ("title\r\nÉlan\r\n".encode(), "utf-8"),
        ("title\rÉlan\r".encode(), "utf-8"),
    ],
)
def test_encodings_and_line_ends_are_found_out(data, encoding):
    table = Table(data)
    (record,) = table.records()
    assert (record.cells["name"], table.told_encoding) == ("Élan", encoding)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_and_headers_of_others(delimiter):
    text = delimiter.join(("tconst", "titleType", "primaryTitle", "startYear", "runtimeMinutes", "genres")) + "\n"
    text += delimiter.join(("tt1", "tvSeries", "A Series", "2001", "50", "Drama")) + "\n"
    (one,) = rows(text)
    assert (one.key, one.kind, one.fields["name"], one.fields["year"]) == ("tt1", "series", "A Series", 2001)


def test_without_a_key_column_a_work_is_known_by_what_it_is():
    first, second, third = rows("title,year\nA Film,2001\na film,2001\nA Film,2002\n")
    assert first.key == second.key != third.key
    assert first.kind == "film"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        (b"key,year\n1,2001\n", "title"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "not text"),
        (",".join(f"c{n}" for n in range(300)).encode(), "columns"),
    ],
)
def test_a_file_that_is_no_list_of_titles_is_refused_with_a_reason(data, said):
    with pytest.raises(ImportFileError, match=said):
        Table(data)


def test_more_rows_than_allowed_end_in_a_refusal(monkeypatch):
    monkeypatch.setattr(csv_file, "MAX_ROWS", 10)
    with pytest.raises(ImportFileError, match="10 rows"):
        rows("title\n" + "A\n" * 11)


@given(st.binary(max_size=2000))
def test_any_bytes_end_in_rows_or_in_a_refusal(data):
    try:
        found = rows(data)
    except ImportFileError:
        return
    assert all(isinstance(one, Incoming | Refused) for one in found)


@given(st.lists(st.text(st.characters(exclude_characters="\0"), max_size=120), min_size=12, max_size=12))
def test_any_cells_end_in_a_title_that_can_be_stored_or_a_reason(cells):
    quoted = ",".join('"' + cell.replace('"', '""').encode("utf-8", "ignore").decode() + '"' for cell in cells)
    for one in rows((HEADER + quoted + "\n").encode()):
        if isinstance(one, Incoming):
            assert 0 < len(one.fields["name"]) <= 200
            assert len(one.key) <= 200
        else:
            assert one.reason


@pytest.mark.parametrize("before", [b"", HEADER.encode()])
def test_attack_13_a_line_of_nothing_but_commas_is_not_taken_apart(before):
    data = before + b"title" + b"," * 4_000_000
    tracemalloc.start()
    try:
        if before:
            assert [type(one) for one in rows(data)] == [Refused]
        else:
            with pytest.raises(ImportFileError):
                Table(data)
        assert tracemalloc.get_traced_memory()[1] < 7 * len(data)
    finally:
        tracemalloc.stop()


def test_attack_13_bytes_that_are_no_letters_take_no_longer_the_more_there_are_of_them():
    began = time.process_time()
    text, foreign = decoded(b"\xe9" * 2_000_000)
    assert (text[:2], len(text), foreign) == ("éé", 2_000_000, True)
    assert time.process_time() - began < 10
