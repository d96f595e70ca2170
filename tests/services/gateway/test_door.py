import gzip
from datetime import UTC, datetime

import msgspec
import pytest
from tests.services.gateway.conftest import echo, seen

from matinee.kit.passport import PASSPORT_HEADER, Passport
from matinee.kit.signing import Verifier
from matinee.services.gateway.endpoints.described import described
from matinee.services.gateway.ports import RouteTable, Upstream
from matinee.services.gateway.settings import GatewaySettings
from matinee.testing.doors import listening, open_door

REFERENCE = {"$ref": "#/components/schemas/Problem"}


async def get(door, path, **options):
    async with door.http.get(door.url + path, **options) as answer:
        return answer, await answer.read()


def passport_of(door, request):
    verifier = Verifier(door.keyring.public("gateway"), Passport)
    return verifier.verify(request["by_name"][PASSPORT_HEADER], now=datetime.now(UTC))


async def test_rooms_get_a_signed_passport_and_the_request_as_it_came(door):
    request = await seen(door, "/api/v1/echo/below?a=1&b=%20", method="POST", data=b"12345")
    assert (request["method"], request["path"], request["query"]) == ("POST", "/api/v1/echo/below", "a=1&b=%20")
    assert request["size"] == 5
    passport = passport_of(door, request)
    assert (passport.role, passport.session, passport.client_address) == ("stranger", "", "127.0.0.1")


async def test_the_key_and_the_cookie_make_an_operator_and_stay_outside(door):
    for headers, session in ((door.operator, "cli"), (await door.cookie(), None)):
        request = await seen(door, headers=headers)
        passport = passport_of(door, request)
        assert passport.role == "operator"
        assert passport.session == session if session else len(passport.session) == 22
        assert not {"cookie", "authorization"} & set(request["by_name"])


async def test_the_longest_prefix_of_whole_segments_counts(tmp_path):
    def answering(text):
        async def app(scope, receive, send):
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": text})

        return app

    rooms = {"/api/v1/studio": answering(b"studio"), "/api/v1/studio/titles": answering(b"titles")}
    async with open_door(tmp_path, rooms) as door:
        for path, body in (("/api/v1/studio/titles/x", b"titles"), ("/api/v1/studio/titlesx", b"studio")):
            assert (await get(door, path))[1] == body
        answer, body = await get(door, "/api/v1/studiox")
        assert (answer.status, msgspec.json.decode(body)["code"]) == (404, "not-found")


async def test_unknown_addresses_are_problems_not_pages(door):
    for path in ("/api", "/api/v1/none", "/api/v2/echo", "/nothing.js"):
        answer, body = await get(door, path, headers={"accept": "text/html"})
        problem = msgspec.json.decode(body)
        assert (answer.status, answer.content_type) == (404, "application/problem+json")
        assert (problem["type"], problem["status"]) == ("/problems/not-found", 404)
        assert len(problem["trace_id"]) == 32


async def test_a_trace_is_carried_on_and_told(door):
    trace = "0af7651916cd43dd8448eb211c80319c"
    request = await seen(door, headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01", "x-request-id": "mine"})
    assert request["by_name"]["traceparent"].split("-")[1] == trace
    assert request["by_name"]["x-request-id"] != "mine"
    _, body = await get(door, "/api/none", headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"})
    assert msgspec.json.decode(body)["trace_id"] == trace


async def test_wrong_methods_tell_the_right_ones(door):
    for method, path in (("DELETE", "/health/live"), ("PUT", "/api/v1/operator/session"), ("POST", "/docs")):
        async with door.http.request(method, door.url + path) as answer:
            assert answer.status == 405
            assert "GET" in answer.headers["allow"]
            assert (await answer.json(content_type=None))["code"] == "method"


async def test_health_tells_of_rooms_here_and_elsewhere(tmp_path):
    answers = {"status": 200}

    async def elsewhere(scope, receive, send):
        status = answers["status"] if scope["path"] == "/health/ready" else 404
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def fine():
        return True

    async with listening(elsewhere) as url, open_door(tmp_path, {"/api/v1/far": url}, here=fine) as door:
        answer, body = await get(door, "/health/ready")
        assert (answer.status, msgspec.json.decode(body)) == (
            200,
            {"ready": True, "checks": {"here": True, "far": True}},
        )
        answers["status"] = 503
        answer, body = await get(door, "/health/ready")
        assert (answer.status, msgspec.json.decode(body)["checks"]) == (503, {"here": True, "far": False})
        answer, _ = await get(door, "/health/live")
        assert answer.status == 200


async def test_metrics_are_for_operators_and_count_filters(door):
    assert (await get(door, "/metrics"))[0].status == 401
    await seen(door)
    answer, body = await get(door, "/metrics", headers=door.operator)
    assert answer.status == 200
    text = body.decode()
    assert 'matinee_gateway_requests_total{room="echo",status="2xx"} 1.0' in text
    for name, kind in (("shape", "inbound"), ("rooms", "endpoint"), ("harden", "outbound")):
        assert f'matinee_gateway_filter_seconds_count{{filter="{name}",kind="{kind}"}}' in text


async def test_the_document_lists_the_doors_own_routes_and_a_page_shows_them(door):
    answer, body = await get(door, "/openapi.json")
    document = msgspec.json.decode(body)
    assert answer.content_type == "application/json"
    assert set(document["paths"]["/api/v1/operator/session"]) == {"get", "post", "delete"}
    answer, body = await get(door, "/docs")
    assert answer.content_type == "text/html"
    assert b"/api/v1/operator/session" in body
    assert b"<script" not in body
    assert b"style=" not in body
    answer, _ = await get(door, "/docs/style.css")
    assert answer.content_type == "text/css"


async def test_every_answer_is_hardened(door):
    for path in ("/", "/api/v1/echo", "/api/none", "/health/live", "/docs", "/%zz"):
        async with door.http.get(door.url + path, headers={"accept": "text/html"}) as answer:
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["referrer-policy"] == "same-origin"
            assert answer.headers["cross-origin-opener-policy"] == "same-origin"
            assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
            assert "unsafe" not in answer.headers["content-security-policy"]
            assert "camera=()" in answer.headers["permissions-policy"]
            assert answer.headers["server"] == "matinee"
            assert "strict-transport-security" not in answer.headers
            assert answer.headers["x-request-id"]


async def test_pages_may_load_films_from_the_edges_and_nothing_else(tmp_path):
    web = tmp_path / "web"
    web.mkdir()
    (web / "index.html").write_text("page")
    origins = ("http://edge.example:8411", "https://other.example")
    async with open_door(tmp_path, {}, GatewaySettings(web_folder=str(web), edge_origins=origins)) as door:
        answer, _ = await get(door, "/")
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    for name in ("connect-src", "media-src", "img-src"):
        assert set(origins) <= set(policy[name].split())
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["default-src"] == "'self'"


@pytest.fixture
async def site(tmp_path):
    web = tmp_path / "web"
    (web / "assets").mkdir(parents=True)
    (web / "index.html").write_text("<!doctype html>page")
    (web / "favicon.svg").write_text("<svg/>")
    script = b"console.log('matinee');" * 50
    (web / "assets/app-Ab3_dEf9.js").write_bytes(script)
    (web / "assets/app-Ab3_dEf9.js.gz").write_bytes(gzip.compress(script, mtime=0))
    (web / "assets/app-Ab3_dEf9.js.br").write_bytes(b"brotli bytes")
    async with open_door(tmp_path, {"/api/v1/echo": echo}, GatewaySettings(web_folder=str(web))) as door:
        yield door, web, script


async def test_hashed_assets_are_kept_for_ever_and_the_page_is_asked_for_again(site):
    door, _, script = site
    plain = {"accept-encoding": "identity"}
    answer, body = await get(door, "/assets/app-Ab3_dEf9.js", headers=plain)
    assert body == script
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    page, body = await get(door, "/")
    assert (page.headers["cache-control"], body) == ("no-cache", b"<!doctype html>page")
    again, body = await get(door, "/", headers={"if-none-match": page.headers["etag"]})
    assert (again.status, body) == (304, b"")
    async with door.http.head(f"{door.url}/assets/app-Ab3_dEf9.js", headers=plain) as head:
        assert (head.status, head.headers["content-length"], await head.read()) == (200, str(len(script)), b"")


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [("br, gzip", "br"), ("gzip", "gzip"), ("br;q=0, gzip;q=0.5", "gzip"), ("identity", None), ("", None)],
)
async def test_assets_come_compressed_as_they_were_built(site, accepted, coding):
    door, _, script = site
    answer, body = await get(door, "/assets/app-Ab3_dEf9.js", headers={"accept-encoding": accepted})
    assert answer.headers.get("content-encoding") == coding
    assert "Accept-Encoding" in answer.headers["vary"]
    assert body == {"br": b"brotli bytes", "gzip": gzip.compress(script, mtime=0), None: script}[coding]


async def test_people_get_the_page_at_every_address_but_parts_are_missing(site):
    door, _, _ = site
    navigation = {"accept": "text/html,*/*", "sec-fetch-mode": "navigate"}
    for path in ("/title/abc", "/watch/01hx", "/studio"):
        answer, body = await get(door, path, headers=navigation)
        assert (answer.status, body) == (200, b"<!doctype html>page")
    for path, headers in (
        ("/assets/gone-Ab3_dEf9.js", navigation),
        ("/title/abc", {"accept": "application/json"}),
        ("/title/abc", {"accept": "text/html", "sec-fetch-mode": "cors"}),
        ("/robots.txt", navigation),
        ("/api/v1/none", navigation),
        ("/assets/app-Ab3_dEf9.js.br", navigation),
    ):
        answer, _ = await get(door, path, headers=headers)
        assert (answer.status, answer.content_type) == (404, "application/problem+json"), path
    async with door.http.post(f"{door.url}/title/abc", headers=navigation) as answer:
        assert answer.status == 404


async def test_a_new_build_is_served_without_a_restart(site):
    door, web, _ = site
    assert (await get(door, "/"))[1] == b"<!doctype html>page"
    (web / "index.html").write_text("<!doctype html>newer page")
    assert (await get(door, "/"))[1] == b"<!doctype html>newer page"


async def test_without_a_web_client_the_door_still_answers(tmp_path):
    async with open_door(tmp_path, {}, GatewaySettings(web_folder=str(tmp_path / "none"))) as door:
        answer, _ = await get(door, "/", headers={"accept": "text/html"})
        assert answer.status == 404


async def test_answers_of_the_api_are_not_kept_unless_the_room_says_so(tmp_path):
    async def room(scope, receive, send):
        headers = (
            [(b"cache-control", b"private, max-age=9"), (b"vary", b"Accept")] if scope["path"] == "/api/a/x" else []
        )
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    async with open_door(tmp_path, {"/api/a": room}) as door:
        plain, _ = await get(door, "/api/a")
        told, _ = await get(door, "/api/a/x")
    assert (plain.headers["cache-control"], plain.headers["vary"]) == ("no-store", "Cookie, Authorization")
    assert (told.headers["cache-control"], told.headers["vary"]) == (
        "private, max-age=9",
        "Accept, Cookie, Authorization",
    )


async def test_a_room_that_crashes_is_our_fault_and_tells_nothing(tmp_path):
    async def room(scope, receive, send):
        raise RuntimeError("secret of the room")

    async with open_door(tmp_path, {"/api/a": room}) as door:
        answer, body = await get(door, "/api/a")
    assert answer.status == 500
    assert b"secret" not in body
    assert msgspec.json.decode(body)["code"] == "internal"


async def test_half_an_answer_is_broken_off_not_completed(tmp_path):
    async def room(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"100")]})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise RuntimeError("the room broke")

    async with open_door(tmp_path, {"/api/a": room}) as door:
        answer = await door.raw(b"GET /api/a HTTP/1.1\r\nHost: x\r\n\r\n", seconds=3)
    assert not answer.endswith(b"}")
    assert len(answer.partition(b"\r\n\r\n")[2]) < 100


async def test_the_page_may_speak_with_the_payment_processor_when_told(tmp_path):
    settings = GatewaySettings(connect_origins=("https://pay.example",), script_origins=("https://js.pay.example",))
    async with open_door(tmp_path, {}, settings) as door, door.http.get(f"{door.url}/") as answer:
        policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert policy["connect-src"] == "'self' https://pay.example"
    assert policy["frame-src"] == "https://pay.example"
    assert policy["form-action"] == "'self' https://pay.example"
    assert policy["script-src"] == "'self' https://js.pay.example"
    async with open_door(tmp_path, {}) as door, door.http.get(f"{door.url}/") as answer:
        assert "frame-src 'none'" in answer.headers["content-security-policy"]
        assert "form-action 'self';" in answer.headers["content-security-policy"]


def test_a_prefix_may_hold_a_segment_of_any_name():
    far, near = Upstream("far", "http://far"), Upstream("near", "http://near")
    prefixes = {"/api/v1/accounts": near, "/api/v1/accounts/*/billing": far}
    table = RouteTable(prefixes=prefixes, checks=dict, document=dict)
    assert table.find("/api/v1/accounts/1/billing") is far
    assert table.find("/api/v1/accounts/1/billing/more") is far
    assert table.find("/api/v1/accounts/1/billings") is near
    assert table.find("/api/v1/accounts/1") is near
    assert table.find("/api/v1/other/1/billing") is None


def test_the_document_says_what_holds_for_every_operation():
    problem = {"description": "Problem details", "content": {"application/json": {"schema": REFERENCE}}}
    given = {
        "paths": {
            "/a": {"get": {"responses": {"200": {"description": "x"}, "404": problem}}, "summary": "kept"},
            "/b": {"post": {"parameters": [{"name": "q", "in": "query"}], "responses": {"201": {"description": "y"}}}},
            "/c": {"delete": {"parameters": [{"name": "idempotency-key", "in": "header"}]}},
        }
    }
    before = msgspec.json.encode(given)
    paths = described(given)["paths"]
    assert msgspec.json.encode(given) == before
    assert paths["/a"]["summary"] == "kept"
    assert "parameters" not in paths["/a"]["get"]
    assert list(paths["/a"]["get"]["responses"]["404"]["content"]) == ["application/problem+json"]
    for path, method in (("/a", "get"), ("/b", "post"), ("/c", "delete")):
        assert paths[path][method]["responses"]["default"]["content"]["application/problem+json"]["schema"] == REFERENCE
    assert [one["name"] for one in paths["/b"]["post"]["parameters"]] == ["q", "Idempotency-Key"]
    assert [one["name"] for one in paths["/c"]["delete"]["parameters"]] == ["idempotency-key"]
