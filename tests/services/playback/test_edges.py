import aiohttp
from aiohttp import web

from matinee.kit.ids import TitleId
from matinee.services.playback.adapters.edges import StaticEdges, check_edges, named_edges
from matinee.services.playback.ports import EdgeAddress
from matinee.testing.clock import ManualClock


def directory(count=4):
    urls = [f"http://edge{number}.example" for number in range(count)]
    return StaticEdges(named_edges(urls, ("first",)), clock=ManualClock(), distrust_seconds=10.0)


def test_names_are_taken_in_order_and_made_up_where_missing():
    assert [edge.pathway for edge in directory(3).edges] == ["first", "edge-2", "edge-3"]


def test_titles_spread_over_edges_and_stay_where_they_are():
    edges = directory()
    first = {}
    for number in range(400):
        ranked = edges.ranked(TitleId(f"title-{number}"))
        assert set(ranked) == set(edges.edges)
        assert ranked == edges.ranked(TitleId(f"title-{number}"))
        first[ranked[0].pathway] = first.get(ranked[0].pathway, 0) + 1
    assert len(first) == 4
    assert min(first.values()) > 50


def test_titles_move_only_from_an_edge_that_went():
    four, three = directory(4), directory(3)
    for number in range(200):
        title_id = TitleId(f"title-{number}")
        before = [edge for edge in four.ranked(title_id) if edge in three.edges]
        assert before == list(three.ranked(title_id))


def test_an_unhealthy_edge_goes_last_and_comes_back():
    edges = directory()
    title_id = TitleId("film")
    healthy = edges.ranked(title_id)
    edges.note(healthy[0], healthy=False)
    assert edges.ranked(title_id) == (*healthy[1:], healthy[0])
    edges._clock.advance(10)
    assert edges.ranked(title_id) == healthy
    edges.note(healthy[0], healthy=False)
    edges.note(healthy[0], healthy=True)
    assert edges.ranked(title_id) == healthy
    for edge in edges.edges:
        edges.note(edge, healthy=False)
    assert edges.ranked(title_id) == healthy


async def test_checks_tell_ready_edges_from_others(unused_tcp_port_factory):
    async def answer(request):
        return web.Response(status=200 if request.path == "/health/ready" else 404)

    async def unready(_):
        return web.Response(status=503)

    started = []
    for handler in (answer, unready):
        runner = web.ServerRunner(web.Server(handler))
        await runner.setup()
        port = unused_tcp_port_factory()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        started.append((runner, EdgeAddress(pathway=handler.__name__, url=f"http://127.0.0.1:{port}")))
    gone = EdgeAddress(pathway="gone", url=f"http://127.0.0.1:{unused_tcp_port_factory()}")
    edges = StaticEdges([gone, started[1][1], started[0][1]], clock=ManualClock(), distrust_seconds=10.0)
    async with aiohttp.ClientSession() as http:
        await check_edges(edges, http, timeout_seconds=2.0)
    assert edges.ranked(TitleId("film"))[0].pathway == "answer"
    assert set(edges._failed_at) == {gone.url, started[1][1].url}
    for runner, _ in started:
        await runner.cleanup()
