import pytest

from matinee.contracts.catalogue import TitleNotFoundError
from matinee.contracts.edge import DeliveryToken
from matinee.contracts.playback import LicenceToken, NotPlayableError
from matinee.kit.ids import TitleId
from matinee.kit.signing import Verifier
from matinee.services.playback.service import CHECK_ORDER, NoEdgeError, ordered_checks
from matinee.testing.titles import OPERATOR, STRANGER, release


async def test_a_grant_leads_to_every_edge_with_tokens_of_one_session(room):
    title = await room.film()
    grant = await room.service.open_stream(title_id=title.title_id, passport=STRANGER)
    assert {urls.pathway for urls in grant.urls} == {"edge-1", "edge-2"}
    assert grant.stream_url == grant.urls[0].hls_url
    origin, _, rest = grant.stream_url.partition("/v1/")
    token, _, path = rest.partition("/")
    assert origin in room.settings.edge_urls
    assert path == "master.m3u8"
    assert grant.urls[1].dash_url.endswith(f"/v1/{token}/manifest.mpd")
    assert grant.trickplay_url == f"{origin}/v1/{token}/trickplay/index.vtt"
    assert [link.url for link in grant.text] == [f"{origin}/v1/{token}/subtitles/en.vtt"]
    delivery = Verifier(room.delivery.public, DeliveryToken).verify(token, now=room.clock.now())
    licence = Verifier(room.licence.public, LicenceToken).verify(grant.licence_token, now=room.clock.now())
    assert delivery.session == licence.session == grant.session_id
    assert (delivery.title_id, delivery.release_id) == (title.title_id, title.release.release_id)
    assert delivery.expires_at == licence.expires_at == int(grant.expires_at.timestamp())
    assert licence.key_id == title.release.key_id


async def test_each_press_of_play_is_a_session_of_its_own(room):
    title = await room.film()
    grants = [
        await room.service.open_stream(title_id=title.title_id, passport=p) for p in (STRANGER, STRANGER, OPERATOR)
    ]
    assert len({grant.session_id for grant in grants}) == 3
    assert OPERATOR.session not in str(grants[2])


@pytest.mark.parametrize("hidden", [{"audience": "operators"}, {"listed": False}])
async def test_strangers_do_not_learn_of_hidden_titles_but_operators_play_them(room, hidden):
    title = await room.film(**hidden)
    with pytest.raises(TitleNotFoundError) as refusal:
        await room.service.open_stream(title_id=title.title_id, passport=STRANGER)
    with pytest.raises(TitleNotFoundError) as unknown:
        await room.service.open_stream(title_id=TitleId("none"), passport=STRANGER)
    assert refusal.value.code == unknown.value.code
    assert await room.service.open_stream(title_id=title.title_id, passport=OPERATOR)


async def test_an_episode_is_as_hidden_as_its_series(room):
    place = {"kind": "episode", "series_id": TitleId("series"), "season_number": 1, "episode_number": 1}
    episode = await room.film("episode", **place)
    room.shelf.put("series", kind="series", audience="operators")
    with pytest.raises(TitleNotFoundError):
        await room.service.open_stream(title_id=episode.title_id, passport=STRANGER)
    room.shelf.put("series", kind="series")
    assert await room.service.open_stream(title_id=episode.title_id, passport=STRANGER)


async def test_series_and_arriving_titles_say_that_nothing_plays_yet(room):
    room.shelf.put("arriving")
    room.shelf.put("series", kind="series")
    room.shelf.put("secret", audience="operators")
    for title_id in ("arriving", "series"):
        with pytest.raises(NotPlayableError):
            await room.service.open_stream(title_id=TitleId(title_id), passport=STRANGER)
    with pytest.raises(TitleNotFoundError):
        await room.service.open_stream(title_id=TitleId("secret"), passport=STRANGER)


async def test_an_early_release_has_no_thumbnails_and_says_so(room):
    room.shelf.put("early", release=release(TitleId("early"), complete=False))
    grant = await room.service.open_stream(title_id=TitleId("early"), passport=STRANGER)
    assert (grant.complete, grant.trickplay_url) == (False, None)


def test_checks_run_in_the_stated_order_whoever_lists_them():
    class Check:
        def __init__(self, name):
            self.name = name

    checks = ordered_checks([Check(name) for name in reversed(CHECK_ORDER)])
    assert tuple(check.name for check in checks) == CHECK_ORDER
    with pytest.raises(ValueError):
        ordered_checks([Check("mood")])


async def test_without_edges_the_refusal_says_what_to_set(room):
    title = await room.film()
    room.edges._edges = ()
    with pytest.raises(NoEdgeError, match="edge_urls"):
        await room.service.open_stream(title_id=title.title_id, passport=STRANGER)
