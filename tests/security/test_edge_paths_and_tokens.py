"""Attacks on an edge that ask for what is not theirs."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import msgspec
import pytest
import structlog

from matinee.contracts.edge import DeliveryToken
from matinee.kit.ids import ReleaseId, SessionId, TitleId
from matinee.kit.passport import Passport
from matinee.kit.signing import SigningKey, decode_base64url, encode_base64url
from matinee.services.edge.service.access import covers
from matinee.testing.clock import ManualClock
from matinee.testing.edges import EdgeUnderTest, TestRelease, Tokens, opened_edge, publish, sample_files

LARGE = "video/h264_360p/00001.m4s"
SMALL = "audio/en/00001.m4s"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def edge(tmp_path: Path, clock: ManualClock) -> AsyncIterator[EdgeUnderTest]:
    (tmp_path / "secret.txt").write_text("outside")
    async with opened_edge(tmp_path, clock=clock) as opened:
        yield opened


@pytest.fixture
async def release(edge: EdgeUnderTest) -> TestRelease:
    return await publish(edge.origin, "title1", sample_files())


TRAVERSALS = [
    "../index.json", "../../secret.txt", "video/../../../secret.txt", "/etc/passwd", "//etc/passwd", "./master.m3u8",
    "video//h264_360p/00001.m4s", "..\\..\\secret.txt", "\\\\host\\share", "master.m3u8\x00.vtt", "master.m3u8\x00",
    "video/h264_360p/..", "video/h264_360p/", "", ".", "..", "%2e%2e/secret.txt", "..%2fsecret.txt", "~/secret.txt",
    "file:///etc/passwd", "C:\\secret.txt", "master.m3u8/", "master.m3u8/.", "MASTER.M3U8", "master.m3u8 ",
]  # fmt: skip


@pytest.mark.parametrize("path", TRAVERSALS)
async def test_attack_01_traversal_reaches_nothing(edge: EdgeUnderTest, release: TestRelease, path: str) -> None:
    await edge.get(release, "master.m3u8")
    answer = await edge.get(release, path)
    assert answer.status == 404
    assert b"outside" not in answer.body
    assert sum(edge.origin.reads.values()) == 2  # the index and the good file


async def test_attack_01_token_with_paths_for_names_stays_inside(edge: EdgeUnderTest) -> None:
    for title, release_id in (("..", "../.."), ("a/../..", "x"), ("", ""), ("a\x00", "b"), ("%2e%2e", "x" * 600)):
        token = edge.tokens.key.sign(
            DeliveryToken(
                title_id=TitleId(title), release_id=ReleaseId(release_id), session=SessionId("s"), expires_at=2**40
            )
        )
        assert (await edge.ask(f"/v1/{token}/secret.txt")).status == 404
    assert not edge.origin.reads


async def test_attack_11_no_bytes_without_a_token(edge: EdgeUnderTest, release: TestRelease) -> None:
    await edge.get(release, LARGE)
    guesses = [
        f"/{LARGE}", f"/v1/{LARGE}", f"/v1//{LARGE}", f"/v1/x/{LARGE}", f"/v1/{release.release_id}/{LARGE}",
        f"/v1/{release.title_id}/{release.release_id}/{LARGE}", f"/{release.prefix}/{LARGE}", f"/v1/-/{LARGE}",
        "/v1/null/" + LARGE, "/v1/undefined/" + LARGE, "/cache/", "/objects/", f"/v1/{'A' * 2000}/{LARGE}",
    ]  # fmt: skip
    for path in guesses:
        for method in ("GET", "HEAD"):
            answer = await edge.ask(path, method, {"range": "bytes=0-9"})
            assert answer.status in {403, 404}, path
            assert release.files[LARGE][:10] not in answer.body
    assert {path async for path in listed(edge)} == set(release.files) | {"index.json"}


async def listed(edge: EdgeUnderTest) -> AsyncIterator[str]:
    async for info in edge.origin.list():
        yield info.key.split("/", 3)[3]


async def test_attack_12_expired_token_is_refused_however_it_is_asked(
    edge: EdgeUnderTest, release: TestRelease, clock: ManualClock
) -> None:
    token = edge.tokens.for_release(release, seconds=60)
    etag = (await edge.ask(f"/v1/{token}/{LARGE}")).headers["etag"]  # remembered as good, file cached
    clock.advance(59)
    assert (await edge.ask(f"/v1/{token}/{LARGE}")).status == 200
    clock.advance(1)
    for method in ("GET", "HEAD"):
        for headers in ({}, {"range": "bytes=0-9"}, {"if-none-match": etag}, {"range": "bytes=0-9", "if-range": etag}):
            answer = await edge.ask(f"/v1/{token}/{LARGE}", method, headers)
            assert answer.status == 403
            assert "etag" not in answer.headers
            assert release.files[LARGE][:10] not in answer.body


async def test_attack_12_token_of_another_title_or_release(edge: EdgeUnderTest, release: TestRelease) -> None:
    other = await publish(edge.origin, "title2", {"video/h264_360p/00001.m4s": b"other", "only-here.m4s": b"x"})
    await edge.get(release, LARGE)
    await edge.get(other, LARGE)
    assert (await edge.get(other, LARGE)).body == b"other"
    assert (await edge.get(release, "only-here.m4s")).status == 404
    crossed = TestRelease(other.title_id, release.release_id, {})
    for path in (LARGE, SMALL):
        assert (await edge.get(crossed, path)).status == 404
        edge.origin.away = True
        assert (await edge.get(release, LARGE)).status == 200  # a wrong title costs the right one nothing
        edge.origin.away = False


@pytest.mark.parametrize(
    ("scope", "path", "allowed"),
    [
        (("video/a",), "video/a/1.m4s", True), (("video/a",), "video/ab/1.m4s", False), (("video/a",), "video/a", True),
        (("video/a",), "video", False), (("video/a",), "video/a/../ab/1.m4s", False),
        (("video/a/",), "video/a/1.m4s", False),
        (("video/a", "audio"), "audio/en/1.m4s", True), (("video/a",), "VIDEO/a/1.m4s", False),
        (("video/a",), "x/video/a/1.m4s", False), (("video/a",), "/video/a/1.m4s", False),
        (("",), "video/a/1.m4s", False),
    ],
)  # fmt: skip
async def test_attack_12_prefix_confusion_in_scopes(
    edge: EdgeUnderTest, scope: tuple[str, ...], path: str, allowed: bool
) -> None:
    files = {"video/a/1.m4s": b"a", "video/ab/1.m4s": b"ab", "audio/en/1.m4s": b"e", "video.m4s": b"v"}
    release = await publish(edge.origin, "t", files)
    for known in files:
        await edge.get(release, known)  # all are cached
    answer = await edge.ask(f"/v1/{edge.tokens.for_release(release, scope=scope)}/{path}")
    assert (answer.status == 200) == (allowed and path in files)
    assert answer.status in {200, 403, 404}
    assert covers(scope, "video/ab/1.m4s") is False


async def test_attack_12_forged_and_foreign_tokens(edge: EdgeUnderTest, release: TestRelease) -> None:
    good = edge.tokens.for_release(release)
    body, _, signature = good.partition(".")
    stranger = Tokens(SigningKey(SigningKey.generate()), edge.clock.now).for_release(release)
    raw = bytearray(decode_base64url(body))
    raw[-1] ^= 1
    longer = msgspec.msgpack.decode(decode_base64url(body)) | {"expires_at": 2**40}
    other_kind = edge.tokens.key.sign(
        Passport(role="operator", session="s", client_address="127.0.0.1", expires_at=2**40)
    )
    forged = [
        stranger, other_kind, f"{encode_base64url(bytes(raw))}.{signature}",
        f"{encode_base64url(msgspec.msgpack.encode(longer))}.{signature}", f"{body}.", f".{signature}", body, ".", "..",
        f"{body}.{signature}.{signature}", f"{good} ", f"{good}=", f"{body}.{'A' * 86}", good.upper(), good[:-1],
    ]  # fmt: skip
    for _ in range(2):  # a refusal must not be remembered as good
        for token in forged:
            assert (await edge.ask(f"/v1/{token}/{SMALL}")).status == 403, token
    assert (await edge.ask(f"/v1/{good}/{SMALL}")).status == 200
    assert await edge.metric("token_refusals_total") == 2 * len(forged)


async def test_attack_25_tokens_are_in_no_log_and_no_metric(tmp_path: Path) -> None:
    written = io.StringIO()
    with redirect_stderr(written), redirect_stdout(written):
        structlog.reset_defaults()
        async with opened_edge(tmp_path) as edge:
            release = await publish(edge.origin, "t", {"a.m4s": b"a" * 100, "b.m4s": b"b" * 300_000})
            token = edge.tokens.for_release(release, session="session-9")
            expired = edge.tokens.for_release(release, seconds=-1)
            edge.origin.spoil = lambda key, piece: b"!" * len(piece) if key.endswith("b.m4s") else piece
            answers = [
                await edge.ask(f"/v1/{t}/{p}") for t in (token, expired, "x" + token) for p in ("a.m4s", "b.m4s", "no")
            ]
            answers += [await edge.ask(f"/v1/{token}"), await edge.ask(f"/v2/{token}/a"), await edge.ask("/metrics")]
            edge.origin.away = True
            answers.append(await edge.ask(f"/v1/{token}/b.m4s"))
    texts = written.getvalue() + "".join(str(a.headers) + a.body.decode("latin-1") for a in answers)
    assert "edge_origin_corrupt" in texts
    for secret in (token, expired):
        for part in secret.split("."):
            assert part[:40] not in texts
    kept = [path.read_bytes() for path in (tmp_path / "edge").rglob("*") if path.is_file()]
    assert not any(token.encode() in data for data in kept)


async def test_attack_26_wrong_bytes_from_the_origin_are_never_served_nor_kept(
    edge: EdgeUnderTest, release: TestRelease, tmp_path: Path, clock: ManualClock
) -> None:
    await edge.get(release, "master.m3u8")
    before = stored(tmp_path)
    lies = {
        "one bit": lambda piece: bytes([piece[0] ^ 1]) + piece[1:],
        "short": lambda piece: piece[:-1],
        "long": lambda piece: piece + b"x",
        "nothing": lambda _piece: b"",
        "endless": lambda piece: piece * 50,
        "another file": lambda _piece: release.files["subtitles/en.vtt"],
    }
    for path in (LARGE, SMALL):
        for lie in lies.values():
            edge.origin.spoil = lambda _, piece, lie=lie: lie(piece)  # type: ignore[misc]
            for headers in ({}, {"range": "bytes=0-9"}):
                answer = await edge.get(release, path, headers)
                assert answer.status == 503
                assert msgspec.json.decode(answer.body)["code"] == "origin-corrupt"
            assert stored(tmp_path) == before
            clock.advance(6)  # past the memory of the failure
        edge.origin.spoil = lambda _, piece: piece
        assert (await edge.get(release, path)).body == release.files[path]
        before = stored(tmp_path)
    assert await edge.metric("verify_failures_total") >= 12


def stored(folder: Path) -> set[str]:
    return {path.name for path in (folder / "edge" / "cache").rglob("*") if path.is_file()}


async def test_attack_26_an_index_that_is_not_its_name_is_refused(edge: EdgeUnderTest, release: TestRelease) -> None:
    forged = (await edge.origin.get(f"{release.prefix}/index.json")).replace(b"m4s", b"mp4")
    await edge.origin.put(f"{release.prefix}/index.json", forged)
    for _ in range(2):
        answer = await edge.get(release, LARGE)
        assert (answer.status, msgspec.json.decode(answer.body)["code"]) == (503, "origin-corrupt")


async def test_attack_26_an_index_of_another_title_is_refused(edge: EdgeUnderTest, release: TestRelease) -> None:
    index = await edge.origin.get(f"{release.prefix}/index.json")
    moved = TestRelease(TitleId("title2"), release.release_id, release.files)
    await edge.origin.put(f"{moved.prefix}/index.json", index)
    assert (await edge.get(moved, LARGE)).status == 404
    assert (await edge.get(release, LARGE)).status == 200


async def test_attack_27_nothing_unkeyed_changes_what_is_kept(edge: EdgeUnderTest, release: TestRelease) -> None:
    odd = {
        "host": "evil.example", "x-forwarded-host": "evil.example", "x-forwarded-proto": "gopher", "origin": "null",
        "x-original-url": "/other", "x-rewrite-url": "/other", "accept": "text/html", "accept-encoding": "br",
        "accept-language": "de", "cookie": "a=b", "authorization": "Bearer x", "cache-control": "no-cache",
        "pragma": "no-cache", "x-http-method-override": "DELETE", "content-length": "0", "user-agent": "<script>",
        "if-modified-since": "Sat, 21 Nov 2099 00:00:00 GMT", "range": "bytes=0-0, 5-6", "te": "trailers",
    }  # fmt: skip
    poisoned = await edge.get(release, SMALL, odd)
    plain = await edge.get(release, SMALL)
    changing = {"age", "cache-status"}
    assert poisoned.body == plain.body == release.files[SMALL]
    assert {k: v for k, v in poisoned.headers.items() if k not in changing} == {
        k: v for k, v in plain.headers.items() if k not in changing
    }
    assert "evil" not in str(poisoned.headers) + str(plain.headers)
    assert "vary" not in plain.headers


@pytest.mark.parametrize("path", [LARGE, SMALL])
async def test_attack_27_a_range_or_head_first_never_becomes_the_whole(
    edge: EdgeUnderTest, release: TestRelease, path: str
) -> None:
    whole = release.files[path]
    part = await edge.get(release, path, {"range": "bytes=3-9"})
    assert (part.status, part.body) == (206, whole[3:10])
    assert (await edge.get(release, path)).body == whole
    other = "video/h264_360p/00002.m4s"
    assert (await edge.get(release, other, method="HEAD")).body == b""
    assert (await edge.get(release, other)).body == release.files[other]
    unsatisfiable = await edge.get(release, "video/h264_360p/00003.m4s", {"range": "bytes=99999999-"})
    assert (unsatisfiable.status, unsatisfiable.body) == (416, b"")
    assert (await edge.get(release, "video/h264_360p/00003.m4s")).status == 200


async def test_attack_27_errors_are_never_kept_as_content(
    edge: EdgeUnderTest, release: TestRelease, clock: ManualClock
) -> None:
    await edge.get(release, SMALL)
    edge.origin.away = True
    failed = await edge.get(release, LARGE)
    assert (failed.status, failed.headers["cache-control"]) == (504, "no-store")
    edge.origin.away = False
    clock.advance(6)
    assert (await edge.get(release, LARGE)).body == release.files[LARGE]
    refused = await edge.ask(f"/v1/wrong/{LARGE}")
    assert (refused.status, refused.headers["cache-control"]) == (403, "no-store")
    assert (await edge.get(release, LARGE)).body == release.files[LARGE]


async def test_attack_27_path_suffixes_do_not_reach_a_file(edge: EdgeUnderTest, release: TestRelease) -> None:
    await edge.get(release, SMALL)
    for suffix in ("/x.css", ";x.css", "%00.css", ".css", "?x.css", "#x", "/..;/a", "%3fa"):
        assert (await edge.get(release, SMALL + suffix)).status == 404


async def test_attack_27_concurrent_range_head_and_get_on_a_cold_file(
    edge: EdgeUnderTest, release: TestRelease
) -> None:
    whole = release.files[LARGE]
    asked = [("GET", {}), ("HEAD", {}), ("GET", {"range": "bytes=1-4"}), ("GET", {"range": "bytes=-4"})] * 25
    answers = await asyncio.gather(*(edge.get(release, LARGE, headers, method) for method, headers in asked))
    for (method, headers), answer in zip(asked, answers, strict=True):
        expected = {"bytes=1-4": whole[1:5], "bytes=-4": whole[-4:]}.get(headers.get("range", ""), whole)
        assert answer.body == (b"" if method == "HEAD" else expected)
    assert edge.origin.reads[f"{release.prefix}/{LARGE}"] == 1
