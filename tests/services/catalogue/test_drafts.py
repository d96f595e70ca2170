"""Changes kept aside: nobody sees them before they are published, and none undoes somebody else's."""

import pytest

from matinee.contracts.catalogue import NewTitle, TitleChange, TitleChangedError, TitleFieldsError
from matinee.contracts.metadata import Rating
from matinee.services.catalogue.jobs import send_events
from matinee.services.catalogue.ports import DraftNotFoundError


@pytest.fixture
async def film(room):
    return await room.service.create_title(new=NewTitle(name="Film", audience="everyone", synopsis="Old"))


def draft_of(film):
    return f"/api/v1/studio/titles/{film.title_id}/draft"


async def test_a_draft_is_seen_by_editors_alone_until_it_is_published(room, http, film):
    staff = room.callers.operator
    put = await http.put(draft_of(film), json={"synopsis": "New", "tags": ["calm"]}, headers=staff)
    assert (put.status_code, put.headers["etag"]) == (200, '"1"')
    assert (await http.get(draft_of(film), headers=staff)).json()["change"] == {"synopsis": "New", "tags": ["calm"]}
    seen = await http.get(f"/api/v1/titles/{film.title_id}", headers=room.callers.stranger)
    assert seen.json()["synopsis"] == "Old"
    published = await http.post(f"{draft_of(film)}/publish", headers=staff)
    assert (published.status_code, published.json()["version"]) == (200, 2)
    seen = await http.get(f"/api/v1/titles/{film.title_id}", headers=room.callers.stranger)
    assert (seen.json()["synopsis"], seen.json()["tags"]) == ("New", ["calm"])
    assert (await http.get(draft_of(film), headers=staff)).status_code == 404
    assert (await http.post(f"{draft_of(film)}/publish", headers=staff)).json()["code"] == "draft-not-found"


@pytest.mark.parametrize("method", ["get", "put", "delete", "post"])
async def test_strangers_get_nothing_of_drafts(room, http, film, method):
    path = draft_of(film) + ("/publish" if method == "post" else "")
    body = {"json": {}} if method in {"put", "post"} else {}
    answer = await http.request(method.upper(), path, headers=room.callers.stranger, **body)
    assert answer.status_code in {401, 403}


async def test_a_change_of_other_fields_meanwhile_is_kept(room, film):
    await room.drafts.put(title_id=film.title_id, change=TitleChange(synopsis="Mine"))
    await room.service.change_title(title_id=film.title_id, change=TitleChange(year=1999))
    published = await room.drafts.publish(title_id=film.title_id)
    assert (published.synopsis, published.year, published.version) == ("Mine", 1999, 3)


async def test_a_change_of_the_same_field_meanwhile_is_a_conflict_also_after_storing_again(room, film):
    await room.drafts.put(title_id=film.title_id, change=TitleChange(synopsis="Mine"))
    await room.service.change_title(title_id=film.title_id, change=TitleChange(synopsis="Theirs"))
    _, conflicts = await room.drafts.put(title_id=film.title_id, change=TitleChange(synopsis="Mine!", year=2000))
    assert conflicts == ("synopsis",)
    with pytest.raises(TitleChangedError, match="synopsis"):
        await room.drafts.publish(title_id=film.title_id)
    assert (await room.service.title(title_id=film.title_id)).synopsis == "Theirs"
    await room.drafts.discard(title_id=film.title_id)
    await room.drafts.put(title_id=film.title_id, change=TitleChange(synopsis="Mine!"))
    assert (await room.drafts.publish(title_id=film.title_id)).synopsis == "Mine!"


async def test_two_who_changed_a_field_to_the_same_do_not_conflict(room, film):
    await room.drafts.put(title_id=film.title_id, change=TitleChange(synopsis="Same"))
    await room.service.change_title(title_id=film.title_id, change=TitleChange(synopsis="Same"))
    assert (await room.drafts.publish(title_id=film.title_id)).version == 2


async def test_a_draft_that_cannot_be_published_is_refused_at_once(room, film):
    with pytest.raises(TitleFieldsError):
        await room.drafts.put(title_id=film.title_id, change=TitleChange(name="\u200b"))
    with pytest.raises(DraftNotFoundError):
        await room.drafts.read(title_id=film.title_id)


async def test_an_editor_who_works_on_an_old_draft_is_told(room, http, film):
    staff = room.callers.operator
    first = await http.put(draft_of(film), json={"year": 2000}, headers={**staff, "If-Match": '"0"'})
    assert first.status_code == 200
    stale = await http.put(draft_of(film), json={"year": 2001}, headers={**staff, "If-Match": '"0"'})
    assert (stale.status_code, stale.json()["code"]) == (409, "title-changed")


async def test_a_draft_tells_nobody_and_goes_with_its_title(room, film):
    await send_events(room.store, room.events)
    room.events.appended.clear()
    await room.drafts.put(title_id=film.title_id, change=TitleChange(synopsis="Mine"))
    assert await send_events(room.store, room.events) == 0
    await room.service.delete_title(title_id=film.title_id)
    async with room.store.reading() as rows:
        assert await rows.asides.draft(film.title_id) is None


async def test_a_drafted_rating_does_not_undo_an_age_that_somebody_gave_meanwhile(room, film):
    rated = TitleChange(ratings=(Rating(system="mpa", label="PG"),))
    await room.drafts.put(title_id=film.title_id, change=rated)
    await room.service.change_title(title_id=film.title_id, change=TitleChange(maturity=18))
    with pytest.raises(TitleChangedError, match="maturity"):
        await room.drafts.publish(title_id=film.title_id)
    assert (await room.service.title(title_id=film.title_id)).maturity == 18
    await room.drafts.discard(title_id=film.title_id)
    _, conflicts = await room.drafts.put(title_id=film.title_id, change=rated)
    assert conflicts == ()
    assert (await room.drafts.publish(title_id=film.title_id)).maturity == 10
