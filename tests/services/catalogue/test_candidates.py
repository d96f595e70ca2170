"""Pictures to choose from: what was sent stays, and can be chosen again."""

import msgspec
import pytest

from matinee.contracts.catalogue import NewTitle, PictureError
from matinee.contracts.edge import release_prefix
from matinee.services.catalogue.jobs import remove_files
from matinee.testing.titles import picture, release

DAY = 86_401


@pytest.fixture
async def film(room):
    title = await room.service.create_title(new=NewTitle(name="Film", audience="everyone"))
    wanted = release(title.title_id)
    for path in wanted.artwork_paths:
        await room.blobs.put(f"{release_prefix(wanted.title_id, wanted.release_id)}/{path}", picture(1280, 720))
    return await room.service.publish(release=wanted)


async def send(room, http, film, *, bright_at):
    path = f"/api/v1/studio/titles/{film.title_id}/artwork/poster"
    data = picture(400, 600, bright_at=bright_at)
    answer = await http.put(path, content=data, headers=room.callers.operator)
    assert answer.status_code == 200
    room.clock.advance(1)
    return answer.json()["artwork"]["poster"]


async def offered(room, http, film):
    path = f"/api/v1/studio/titles/{film.title_id}/candidates"
    return (await http.get(path, headers=room.callers.operator)).json()["items"]


async def test_what_was_sent_is_offered_newest_first_before_the_frames(room, http, film):
    await send(room, http, film, bright_at=(0.2, 0.2))
    shown = await send(room, http, film, bright_at=(0.8, 0.8))
    items = await offered(room, http, film)
    assert [(one["origin"], one["kind"], one["chosen"]) for one in items] == [
        ("sent", "poster", True),
        ("sent", "poster", False),
        ("frame", None, False),
        ("frame", None, False),
    ]
    assert shown.endswith(items[0]["path"].rpartition("/")[2])
    for one in items:
        answer = await http.get(one["url"], headers=room.callers.operator)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == ("image/webp" if one["origin"] == "sent" else "image/jpeg")


async def test_an_earlier_picture_is_chosen_again_a_day_later(room, http, film):
    first = await send(room, http, film, bright_at=(0.2, 0.2))
    await send(room, http, film, bright_at=(0.8, 0.8))
    room.clock.advance(DAY)
    await remove_files(room.store, room.blobs, room.clock)
    earlier = (await offered(room, http, film))[1]["path"]
    path = f"/api/v1/studio/titles/{film.title_id}/artwork/poster/choice"
    answer = await http.post(path, json={"candidate_path": earlier}, headers=room.callers.operator)
    assert answer.json()["artwork"]["poster"] == first
    seen = await http.get(first, headers=room.callers.stranger)
    assert (seen.status_code, seen.content[8:12]) == (200, b"WEBP")


async def test_a_picture_sent_for_a_poster_is_no_backdrop(room, http, film):
    await send(room, http, film, bright_at=(0.2, 0.2))
    sent = (await offered(room, http, film))[0]["path"]
    with pytest.raises(PictureError):
        await room.service.choose_artwork(title_id=film.title_id, kind="backdrop", candidate_path=sent)


async def test_only_what_is_not_shown_can_be_removed_and_its_files_go_later(room, http, film):
    await send(room, http, film, bright_at=(0.2, 0.2))
    await send(room, http, film, bright_at=(0.8, 0.8))
    shown, other, *_ = await offered(room, http, film)
    staff = room.callers.operator
    refused = await http.delete(shown["url"], headers=staff)
    assert (refused.status_code, refused.json()["code"]) == (422, "picture")
    assert (await http.delete(other["url"], headers=staff)).status_code == 204
    assert (await http.delete(other["url"], headers=staff)).status_code == 204
    assert (await http.get(other["url"], headers=staff)).status_code == 404
    digest = other["path"].rpartition("/")[2]
    room.clock.advance(DAY)
    await remove_files(room.store, room.blobs, room.clock)
    assert not [info.key async for info in room.blobs.list("artwork") if digest in info.key]


async def test_the_oldest_pictures_make_room(room, http, film):
    room.service._settings = msgspec.structs.replace(room.service._settings, pictures_kept=2)
    for step in range(4):
        await send(room, http, film, bright_at=(0.2 * step + 0.1, 0.5))
    sent = [one for one in await offered(room, http, film) if one["origin"] == "sent"]
    assert len(sent) == 2
    assert sent[0]["chosen"]


async def test_a_title_page_shows_what_is_similar(room, http):
    for name, audience in (("One", "everyone"), ("Two", "everyone"), ("Hidden", "operators")):
        title = await room.service.create_title(new=NewTitle(name=name, audience=audience, genres=("Drama",)))
        await room.service.publish(release=release(title.title_id, frames=0))
    stored = {one.name: one for one in (await room.service.titles()).items}
    page = await http.get(f"/api/v1/titles/{stored['One'].title_id}", headers=room.callers.stranger)
    assert [card["name"] for card in page.json()["similar"]] == ["Two"]
    genres = await http.get("/api/v1/genres", headers=room.callers.stranger)
    assert genres.json()["items"] == [{"genre": "Drama", "titles": 2}]
    again = await http.get("/api/v1/genres", headers={**room.callers.stranger, "If-None-Match": genres.headers["etag"]})
    assert again.status_code == 304
