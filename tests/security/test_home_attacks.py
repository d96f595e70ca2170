"""Pages of the home room belong to one viewer, and nobody sees another's rows by cursor, key or header."""

# ruff: noqa: F811 (a fixture that is imported and then asked for by name)

import msgspec
import pytest
from tests.services.home.conftest import by_id, open_home, read  # noqa: F401  # the fixture

from matinee.kit.cursors import CursorError
from matinee.kit.errors import MatineeError
from matinee.testing.home import viewer_passport

STRANGER = viewer_passport("", role="stranger", account="", session="", territory="")


async def test_attack_09_a_cursor_opens_only_its_own_viewers_page(open_home):
    bench = open_home()
    bench.history.keep("profile-1", "title-0042")
    cursor = (await read(bench, viewer_passport(), limit=1))["next_cursor"]
    others = (
        viewer_passport("profile-2"),
        viewer_passport(maturity=12),
        viewer_passport(territory="SE"),
        viewer_passport(role="admin"),
        STRANGER,
    )
    for other in others:
        with pytest.raises(CursorError):
            await read(bench, other, cursor=cursor)
    row_cursor = msgspec.json.decode(
        await bench.service.row(passport=viewer_passport(), row_id="new", limit=1, cursor=None)
    )["next_cursor"]
    for row_id, who in (("hot", viewer_passport()), ("new", viewer_passport("profile-2"))):
        with pytest.raises(CursorError):
            await bench.service.row(passport=who, row_id=row_id, limit=1, cursor=row_cursor)
    with pytest.raises(CursorError):
        await read(bench, viewer_passport(), cursor=row_cursor)


async def test_attack_09_every_bit_of_a_cursor_is_signed(open_home):
    bench = open_home()
    cursor = (await read(bench, viewer_passport(), limit=1))["next_cursor"]
    for at in range(0, len(cursor), 7):
        forged = cursor[:at] + ("A" if cursor[at] != "A" else "B") + cursor[at + 1 :]
        with pytest.raises(CursorError):
            await read(bench, viewer_passport(), cursor=forged)


async def test_attack_09_own_rows_are_of_the_profile_in_the_passport_alone(open_home):
    bench = open_home()
    bench.history.keep("profile-1", "title-0042")
    bench.history.watch("profile-1", "title-0043")
    await read(bench, viewer_passport())
    for passport in (viewer_passport("profile-2"), viewer_passport(""), STRANGER):
        assert not {"my-list", "continue-watching"} & set(by_id(await read(bench, passport)))
        with pytest.raises(MatineeError):
            await bench.service.row(passport=passport, row_id="my-list", limit=10, cursor=None)


@pytest.mark.parametrize("first", ["adult", "kid"])
async def test_attack_27_rows_of_different_ceilings_audiences_and_territories_never_mix(open_home, first):
    bench = open_home()
    kid, adult = viewer_passport("kid", maturity=7, kids=True), viewer_passport("adult")
    order = (adult, kid, adult, kid) if first == "adult" else (kid, adult, kid, adult)
    for passport in order:
        page = await read(bench, passport)
        highest = max(item["maturity"] for row in page["rows"] for item in row["items"])
        assert highest <= 7 if passport.kids else highest == 18
    keys = list(bench.cache._entries)
    assert any(".7." in key for key in keys)
    assert all(".7." in key or ".18." in key for key in keys)


async def test_attack_27_a_profile_whose_ceiling_fell_is_not_shown_its_old_page(open_home):
    bench = open_home()
    bench.history.keep("profile-1", "title-0004")  # from 18
    assert "my-list" in by_id(await read(bench, viewer_passport()))
    page = await read(bench, viewer_passport(maturity=12))
    assert all(item["maturity"] <= 12 for row in page["rows"] for item in row["items"])


async def test_attack_10_an_editor_in_a_kids_profile_is_a_kid(open_home):
    bench = open_home()
    page = await read(bench, viewer_passport(role="editor", maturity=7, kids=True))
    assert all(item["maturity"] <= 7 for row in page["rows"] for item in row["items"])


async def test_attack_30_rows_that_nobody_has_leave_nothing_behind(open_home):
    bench = open_home(pages=50)
    for number in range(200):
        for row_id in (f"genre-{number}", f"x{number}", f"because-{number}"):
            with pytest.raises(MatineeError):
                await bench.service.row(passport=viewer_passport(), row_id=row_id, limit=10, cursor=None)
    assert len(bench.pages) == 0
    assert len(bench.cache) < 250
