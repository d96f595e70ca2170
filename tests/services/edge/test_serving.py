"""What a player gets: bytes, ranges, conditions, headers."""

import asyncio
import hashlib
from pathlib import Path

import msgspec
import pytest

from matinee.services.edge.http.ranges import UNSATISFIABLE, none_match, wanted_range
from matinee.services.edge.settings import EdgeSettings
from matinee.testing.clock import ManualClock
from matinee.testing.edges import Answer, EdgeUnderTest, TestRelease, opened_edge, publish, sample_files

LARGE = "video/h264_360p/00001.m4s"
SMALL = "audio/en/00001.m4s"


async def test_every_file_comes_as_published_cold_and_warm(edge: EdgeUnderTest, release: TestRelease) -> None:
    for path, data in release.files.items():
        cold, warm = await edge.get(release, path), await edge.get(release, path)
        assert (cold.status, warm.status) == (200, 200)
        assert cold.body == warm.body == data
        assert cold.cache_status == "fwd=miss; stored"
        assert warm.cache_status == "hit; ttl=300"
        assert cold.headers["content-length"] == str(len(data))
        assert cold.headers["etag"] == f'"{hashlib.sha256(data).hexdigest()}"'
    assert max(edge.origin.reads.values()) == 1


async def test_headers_let_any_page_play_and_no_proxy_keep(edge: EdgeUnderTest, release: TestRelease) -> None:
    headers = (await edge.get(release, LARGE)).headers
    assert headers["content-type"] == "video/mp4"
    assert headers["access-control-allow-origin"] == "*"
    exposed = {name.strip().lower() for name in headers["access-control-expose-headers"].split(",")}
    assert {"cache-status", "content-range", "etag", "age"} <= exposed
    assert headers["timing-allow-origin"] == "*"
    assert headers["cross-origin-resource-policy"] == "cross-origin"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "private, max-age=21600, immutable"
    assert headers["accept-ranges"] == "bytes"
    assert "set-cookie" not in headers


async def test_age_and_ttl_move_with_time(edge: EdgeUnderTest, release: TestRelease, clock: ManualClock) -> None:
    await edge.get(release, LARGE)
    clock.advance(100)
    answer = await edge.get(release, LARGE)
    assert (answer.headers["age"], answer.cache_status) == ("100", "hit; ttl=200")


@pytest.mark.parametrize("path", [LARGE, SMALL])
@pytest.mark.parametrize(
    ("value", "start", "end"),
    [("bytes=0-0", 0, 1), ("bytes=10-99", 10, 100), ("bytes=29990-", 29990, None), ("bytes=-7", -7, None),
     ("bytes=100-99999999", 100, None), ("bytes=-99999999", 0, None)],
)  # fmt: skip
async def test_single_ranges(
    edge: EdgeUnderTest, release: TestRelease, path: str, value: str, start: int, end: int | None
) -> None:
    whole = release.files[path]
    for _ in range(2):  # cold, warm
        answer = await edge.get(release, path, {"range": value})
        assert answer.status == 206
        assert answer.body == whole[start:end]
        first = start % len(whole)
        assert answer.headers["content-range"] == f"bytes {first}-{first + len(answer.body) - 1}/{len(whole)}"
        assert answer.headers["content-length"] == str(len(answer.body))


@pytest.mark.parametrize(
    "value", ["bytes=0-1,5-6", "bytes=5-1", "bytes=-", "items=0-1", "bytes=a-b", "bytes=1-2-3", ""]
)
async def test_what_is_no_single_range_gets_the_whole(edge: EdgeUnderTest, release: TestRelease, value: str) -> None:
    answer = await edge.get(release, SMALL, {"range": value})
    assert (answer.status, answer.body) == (200, release.files[SMALL])


@pytest.mark.parametrize(("path", "value"), [(SMALL, "bytes=30000-"), (SMALL, "bytes=-0"), ("empty.vtt", "bytes=0-0")])
async def test_ranges_past_the_end(edge: EdgeUnderTest, release: TestRelease, path: str, value: str) -> None:
    answer = await edge.get(release, path, {"range": value})
    assert (answer.status, answer.body) == (416, b"")
    assert answer.headers["content-range"] == f"bytes */{len(release.files[path])}"


async def test_if_range(edge: EdgeUnderTest, release: TestRelease) -> None:
    etag = (await edge.get(release, SMALL)).headers["etag"]
    for tag, status in ((etag, 206), (f"W/{etag}", 200), ('"other"', 200), ("Sat, 21 Nov 2026 00:00:00 GMT", 200)):
        answer = await edge.get(release, SMALL, {"range": "bytes=0-9", "if-range": tag})
        assert answer.status == status
        assert len(answer.body) == (10 if status == 206 else 30_000)


async def test_if_none_match_comes_before_range(edge: EdgeUnderTest, release: TestRelease) -> None:
    etag = (await edge.get(release, SMALL)).headers["etag"]
    for tags in (etag, f"W/{etag}", "*", f'"a", {etag}'):
        answer = await edge.get(release, SMALL, {"if-none-match": tags, "range": "bytes=0-9"})
        assert (answer.status, answer.body) == (304, b"")
        assert answer.headers["etag"] == etag
        assert "content-length" not in answer.headers
    assert (await edge.get(release, SMALL, {"if-none-match": '"a"'})).status == 200


@pytest.mark.parametrize("path", [LARGE, SMALL, "empty.vtt"])
async def test_head_is_get_without_body(edge: EdgeUnderTest, release: TestRelease, path: str) -> None:
    await edge.get(release, path)
    get, head = await edge.get(release, path), await edge.get(release, path, {"range": "bytes=0-1"}, "HEAD")
    assert (head.status, head.headers, head.body) == (200, get.headers, b"")


async def test_head_first_fills_the_cache_with_the_whole(edge: EdgeUnderTest, release: TestRelease) -> None:
    head = await edge.get(release, LARGE, None, "HEAD")
    assert (head.status, head.cache_status, head.body) == (200, "fwd=miss; stored", b"")
    assert (await edge.get(release, LARGE)).body == release.files[LARGE]


async def test_problems_for_what_is_not_there(edge: EdgeUnderTest, release: TestRelease) -> None:
    for path in ("/", "/v1/", "/v1/token", "/nothing", "/v2/a/b", "/health", "/V1/a/b"):
        answer = await edge.ask(path)
        assert answer.status == 404
        assert answer.headers["content-type"] == "application/problem+json"
        assert msgspec.json.decode(answer.body)["code"] == "not-found"
    missing = await edge.get(release, "video/none.m4s")
    assert (missing.status, msgspec.json.decode(missing.body)["code"]) == (404, "no-such-file")
    assert missing.headers["cache-control"] == "no-store"
    assert (await edge.get(release, "index.json")).status == 404


async def test_other_methods_and_preflight(edge: EdgeUnderTest, release: TestRelease) -> None:
    path = f"/v1/{edge.tokens.for_release(release)}/{SMALL}"
    for method in ("POST", "PUT", "DELETE", "PATCH", "TRACE"):
        answer = await edge.ask(path, method)
        assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
        assert msgspec.json.decode(answer.body)["status"] == 405
    answer = await edge.ask(path, "OPTIONS")
    assert (answer.status, answer.body) == (204, b"")
    assert "Range" in answer.headers["access-control-allow-headers"]


async def test_health_and_metrics(edge: EdgeUnderTest, release: TestRelease) -> None:
    assert (await edge.ask("/health/live")).status == 200
    assert (await edge.ask("/health/ready")).status == 200
    await edge.get(release, SMALL)
    await edge.get(release, SMALL)
    await edge.get(release, "none")
    assert await edge.metric('lookups_total{how="hits"}') == 1
    assert await edge.metric('lookups_total{how="misses"}') == 1
    assert await edge.metric("bytes_sent_total") >= 60_000
    assert await edge.metric("cache_files") == 2  # the file and the index


async def over_asgi(edge: EdgeUnderTest, path: str, headers: dict[str, str], *, pathsend: bool) -> Answer:
    messages: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        messages.append(message)

    scope = {
        "type": "http", "method": "GET", "path": path,
        "headers": [(k.encode(), v.encode()) for k, v in headers.items()],
        "extensions": {"http.response.pathsend": {}} if pathsend else {},
    }  # fmt: skip
    await edge.app(scope, None, send)
    start, *rest = messages
    body = b"".join(
        Path(m["path"]).read_bytes() if m["type"] == "http.response.pathsend" else m["body"]  # type: ignore[arg-type,misc]
        for m in rest
    )
    return Answer(start["status"], {k.decode(): v.decode() for k, v in start["headers"]}, body)  # type: ignore[arg-type,attr-defined]


@pytest.mark.parametrize("pathsend", [True, False])
async def test_asgi_gives_the_same_answers(edge: EdgeUnderTest, release: TestRelease, pathsend: bool) -> None:
    for path in (LARGE, SMALL, "empty.vtt", "nothing"):
        for headers in ({}, {"range": "bytes=100-299999"}):
            url = f"/v1/{edge.tokens.for_release(release)}/{path}"
            await edge.ask(url, headers=headers)
            rsgi, asgi = await edge.ask(url, headers=headers), await over_asgi(edge, url, headers, pathsend=pathsend)
            assert (rsgi.status, rsgi.body if rsgi.status < 400 else b"") == (
                asgi.status,
                asgi.body if asgi.status < 400 else b"",
            )
            assert rsgi.headers == asgi.headers


async def test_a_thousand_at_once_read_the_origin_once(edge: EdgeUnderTest, release: TestRelease) -> None:
    for path in (LARGE, SMALL):
        edge.origin.gate.clear()
        asked = [asyncio.create_task(edge.get(release, path)) for _ in range(1000)]
        await asyncio.sleep(0)
        edge.origin.gate.set()
        answers = await asyncio.gather(*asked)
        assert {(a.status, a.body) for a in answers} == {(200, release.files[path])}
        assert edge.origin.reads[f"{release.prefix}/{path}"] == 1
        found = sorted(a.cache_status for a in answers)
        assert found[0] == "fwd=miss; collapsed"
        assert found.count("fwd=miss; stored") == 1
    assert edge.origin.questions[f"{release.prefix}/index.json"] == 1
    assert edge.origin.reads[f"{release.prefix}/index.json"] == 1


async def test_a_caller_that_leaves_does_not_stop_the_fill(edge: EdgeUnderTest, release: TestRelease) -> None:
    await edge.get(release, SMALL)  # the index is known
    edge.origin.gate.clear()
    first, second = (asyncio.create_task(edge.get(release, LARGE)) for _ in range(2))
    while not edge.origin.reads[f"{release.prefix}/{LARGE}"]:
        await asyncio.sleep(0)
    first.cancel()
    edge.origin.gate.set()
    assert (await second).body == release.files[LARGE]
    assert edge.origin.reads[f"{release.prefix}/{LARGE}"] == 1


async def test_equal_bytes_in_two_releases_are_held_once(edge: EdgeUnderTest) -> None:
    files = sample_files()
    one = await publish(edge.origin, "title1", files)
    two = await publish(edge.origin, "title2", files)
    await edge.get(one, LARGE)
    assert (await edge.get(two, LARGE)).cache_status == "hit; ttl=300"
    assert not edge.origin.reads[f"{two.prefix}/{LARGE}"]


async def test_the_name_is_in_cache_status(tmp_path: Path) -> None:
    async with opened_edge(tmp_path, settings=EdgeSettings(name="edge-a")) as edge:
        release = await publish(edge.origin, "t", {"a.m4s": b"x"})
        assert (await edge.get(release, "a.m4s")).headers["cache-status"].startswith("matinee-edge-a; ")


def test_range_syntax_corner_cases() -> None:
    assert wanted_range("BYTES= 1-2 ", 10) == (1, 3)
    assert wanted_range("bytes=0-" + "9" * 19, 10) == (0, 10)
    assert wanted_range("bytes=0-" + "9" * 20, 10) is None
    assert wanted_range("bytes=-5", 0) == UNSATISFIABLE
    assert none_match(' "a" , W/"b"', '"b"')
    assert not none_match('"ab"', '"b"')
