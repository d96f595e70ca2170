"""Who may know of which title: the rule as a table, and the same rule over HTTP."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.contracts.catalogue import NewTitle, SignInNeededError, Title, TitleNotFoundError, Viewer, Window
from matinee.kit.ids import AccountId, ProfileId, TitleId
from matinee.kit.passport import MAX_MATURITY, Passport
from matinee.services.catalogue.visibility import check_visible, hidden_from, viewer_of

NOW = datetime(2030, 6, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def title(**fields) -> Title:
    defaults = {
        "title_id": TitleId("t"),
        "kind": "film",
        "name": "Film",
        "synopsis": "",
        "year": None,
        "genres": (),
        "audience": "members",
        "listed": True,
        "featured": False,
        "series_id": None,
        "season_number": None,
        "episode_number": None,
        "artwork": {},
        "release": None,
        "version": 1,
        "created_at": NOW,
        "changed_at": NOW,
    }
    return Title(**{**defaults, **fields})


def member(**fields) -> Passport:
    known = {"account": AccountId("a"), "profile": ProfileId("p"), "session": "s", "client_address": "192.0.2.1"}
    return Passport(role="member", expires_at=2**33, **{**known, **fields})


WINDOWS = [
    ((), "", True),
    ((Window(),), "", True),
    ((Window(territories=("DE",)),), "", False),
    ((Window(territories=("DE",)),), "AT", False),
    ((Window(territories=("DE",)),), "DE", True),
    ((Window(starts_at=NOW),), "", True),
    ((Window(starts_at=NOW + HOUR),), "", False),
    ((Window(ends_at=NOW),), "", False),
    ((Window(ends_at=NOW + HOUR),), "", True),
    ((Window(ends_at=NOW), Window(territories=("FR",), starts_at=NOW)), "FR", True),
]


@pytest.mark.parametrize(("windows", "territory", "open_now"), WINDOWS)
def test_a_title_is_there_while_one_of_its_windows_is_open(windows, territory, open_now):
    viewer = Viewer(audience="members", territory=territory)
    assert hidden_from(title(availability=windows), viewer, NOW) is not open_now


@given(rating=st.integers(0, MAX_MATURITY), ceiling=st.integers(0, MAX_MATURITY))
def test_nobody_but_staff_knows_of_what_is_over_their_ceiling(rating, ceiling):
    film = title(maturity=rating)
    assert hidden_from(film, viewer_of(member(maturity=ceiling)), NOW) is (rating > ceiling)
    assert not hidden_from(film, Viewer(audience="operators"), NOW)


def test_editors_see_everything_but_not_through_a_kids_profile():
    secret = title(audience="operators", listed=False)
    editor = msgspec.structs.replace(member(), role="editor")
    assert not hidden_from(secret, viewer_of(editor), NOW)
    assert hidden_from(secret, viewer_of(msgspec.structs.replace(editor, kids=True, maturity=7)), NOW)


def test_support_sees_what_members_see():
    assert viewer_of(msgspec.structs.replace(member(), role="support")).audience == "members"


def test_strangers_are_told_to_sign_in_only_for_what_members_may_see():
    stranger = Viewer(audience="everyone")
    with pytest.raises(SignInNeededError):
        check_visible([title()], stranger, NOW)
    for hidden in (title(listed=False), title(audience="operators"), title(availability=(Window(ends_at=NOW),))):
        with pytest.raises(TitleNotFoundError):
            check_visible([hidden], stranger, NOW)


def test_an_episode_is_as_hidden_as_its_series():
    episode, series = title(kind="episode"), title(kind="series", maturity=16)
    with pytest.raises(TitleNotFoundError):
        check_visible([episode, series], viewer_of(member(maturity=12)), NOW)
    check_visible([episode, series], viewer_of(member(maturity=16)), NOW)


async def test_kids_find_nothing_over_their_ceiling_by_browsing_or_by_address(room, http):
    for name, maturity in (("Gentle", 0), ("Grim", 16)):
        await room.service.create_title(new=NewTitle(name=name, audience="members", maturity=maturity))
    stored = {found.name: found for found in (await room.service.titles()).items}
    kid = room.callers.headers(member(kids=True, maturity=7))
    page = (await http.get("/api/v1/browse", headers=kid)).json()
    assert {item["name"] for row in page["rows"] for item in row["items"]} == {"Gentle"}
    for name, status in (("Gentle", 200), ("Grim", 404)):
        for path in ("", "/artwork/poster"):
            found = await http.get(f"/api/v1/titles/{stored[name].title_id}{path}", headers=kid)
            assert found.status_code == (404 if path else status)


async def test_a_stranger_who_follows_a_link_to_a_members_film_is_asked_to_sign_in(room, http):
    film = await room.service.create_title(new=NewTitle(name="Film", audience="members"))
    answer = await http.get(f"/api/v1/titles/{film.title_id}", headers=room.callers.stranger)
    assert (answer.status_code, answer.json()["code"]) == (401, "sign-in-needed")


@pytest.mark.parametrize(
    "window",
    [
        {"starts_at": "2030-01-02T00:00:00Z", "ends_at": "2030-01-01T00:00:00Z"},
        {"starts_at": "2030-01-02T00:00:00"},
        {"territories": ["de"]},
        {"territories": ["DE"] * 251},
        {"until": "2030-01-02T00:00:00Z"},
    ],
)
async def test_windows_that_make_no_sense_are_refused(room, http, window):
    film = await room.service.create_title(new=NewTitle(name="Film"))
    body = {"availability": [window]}
    answer = await http.patch(f"/api/v1/studio/titles/{film.title_id}", json=body, headers=room.callers.operator)
    assert answer.status_code == 400
    assert (await room.service.title(title_id=film.title_id)).availability == ()


async def test_windows_and_ratings_are_kept(room, http):
    film = await room.service.create_title(new=NewTitle(name="Film"))
    windows = [{"territories": ["AT", "DE"], "starts_at": "2030-01-01T00:00:00Z", "ends_at": None}]
    body = {"availability": windows, "maturity": 12}
    path = f"/api/v1/studio/titles/{film.title_id}"
    answer = await http.patch(path, json=body, headers=room.callers.operator)
    assert answer.json()["maturity"] == 12
    detail = await http.get(f"/api/v1/titles/{film.title_id}", headers=room.callers.operator)
    assert detail.json()["availability"] == windows
