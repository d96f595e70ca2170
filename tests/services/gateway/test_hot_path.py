"""What keeps the door cheap does not change what it says."""

import asyncio
import gc
import io

import msgspec
import pytest
import structlog
from tests.services.gateway.test_pipeline import scope

from matinee.kit.passport import PASSPORT_HEADER, PASSPORT_SCOPE, Passport
from matinee.kit.signing import SigningKey, Verifier
from matinee.services.gateway.endpoints.rooms import Rooms, Signatures
from matinee.services.gateway.exchange import Exchange
from matinee.services.gateway.filters.shape import Shape
from matinee.services.gateway.metrics import DoorMetrics
from matinee.services.gateway.ports import RouteTable, Upstream
from matinee.services.gateway.refusals import RequestShapeError
from matinee.services.gateway.service import open_exchange
from matinee.services.gateway.settings import GatewaySettings
from matinee.telemetry import logs
from matinee.telemetry.requests import RequestLine, RequestLines
from matinee.testing.clock import ManualClock
from matinee.testing.doors import open_door

ASKING = Passport(role="member", session="s", client_address="192.0.2.1", expires_at=2**33)


def test_equal_passports_are_signed_once_and_the_least_recent_are_forgotten():
    key = SigningKey(SigningKey.generate())
    signatures = Signatures(key, remembered=2)
    first = signatures.of(ASKING)
    assert signatures.of(msgspec.structs.replace(ASKING)) is first
    for number in range(2):
        signatures.of(msgspec.structs.replace(ASKING, session=str(number)))
    assert signatures.of(ASKING) is not first
    assert len(signatures._signed) == 2
    assert Verifier(key.public, Passport).verify(first.decode(), now=ManualClock().now()) == ASKING


@pytest.mark.parametrize("takes", [True, False])
async def test_a_room_here_is_handed_the_passport_and_any_other_gets_a_signature(takes):
    seen = []

    async def room(scope, receive, send):
        seen.append(scope)

    table = RouteTable({"/api/x": Upstream("x", room, takes_passports=takes)}, dict, dict)
    exchange = open_exchange(scope(path="/api/x"), None, None)
    exchange.passport = ASKING
    await Rooms(table, None, Signatures(SigningKey(SigningKey.generate()))).apply(exchange)
    names = [name for name, _ in seen[0]["headers"]]
    assert (PASSPORT_SCOPE in seen[0], PASSPORT_HEADER.encode() in names) == (takes, not takes)


def test_spans_are_what_prometheus_expects_of_a_histogram():
    metrics = DoorMetrics()
    spans = metrics.filter_spans("shape", "inbound")
    metrics.filter_spans("idle", "inbound")
    for seconds in (0.00001, 0.00002, 0.5, 7.0):
        spans.observe(seconds)
    text = metrics.text().decode()
    place = 'matinee_gateway_filter_seconds_bucket{filter="shape",kind="inbound",le='
    for bound, count in (("1e-05", 1), ("0.0001", 2), ("1.0", 3), ("+Inf", 4)):
        assert f'{place}"{bound}"}} {count}.0' in text
    assert 'matinee_gateway_filter_seconds_sum{filter="shape",kind="inbound"} 7.50003' in text
    assert "idle" not in text


@pytest.mark.parametrize("path", ["/" + "a" * 4000 + "!", "/" + "a/" * 2000 + "%", "/a/../b", "/a//b\\", "/.a/./b"])
def test_attack_30_odd_paths_take_the_long_way_and_no_time(path):
    exchange = open_exchange(scope(path=path), None, None)
    try:
        Shape(GatewaySettings()).apply(exchange)
    except RequestShapeError:
        return
    assert not {".", "..", "\\"} & set(path.split("/"))


def line(**changes):
    good = {
        "method": "GET",
        "path": "/api/v1/home",
        "status": 200,
        "answer_bytes": 1,
        "milliseconds": 0.5,
        "room": "home",
        "role": "member",
        "client": "192.0.2.1",
        "request_id": "r",
        "trace_id": "t",
        "level": "info",
        "timestamp": ManualClock().now(),
    }
    return RequestLine(**{**good, **changes})


@pytest.fixture
def stream(monkeypatch):
    written = io.StringIO()
    monkeypatch.setattr(logs, "_request_lines", [RequestLines(written, process="door", level="info")])
    return written


async def test_lines_are_json_like_all_others_and_written_together(stream):
    lines = logs._request_lines[0]
    logs.log_request(line())
    logs.log_request(line(level="debug"))
    logs.log_request(line(path="/" + "A" * 30 + "." + "b" * 90))
    assert stream.getvalue() == ""
    lines.flush()
    first, second = (msgspec.json.decode(text) for text in stream.getvalue().splitlines())
    assert (first["event"], first["process"], first["level"], first["path"]) == (
        "request",
        "door",
        "info",
        "/api/v1/home",
    )
    assert second["path"] == f"/{logs.HIDDEN}"


async def test_many_lines_do_not_wait(stream):
    for _ in range(400):
        logs.log_request(line())
    assert stream.getvalue().count("\n") > 100


async def test_without_json_the_usual_way_is_taken(monkeypatch):
    monkeypatch.setattr(logs, "_request_lines", [])
    with structlog.testing.capture_logs() as told:
        logs.log_request(line(level="warning"))
    assert (told[0]["event"], told[0]["log_level"], told[0]["status"]) == ("request", "warning", 200)


@pytest.mark.parametrize("headers", [{}, {"idempotency-key": "k1"}], ids=["plain", "with a key"])
async def test_requests_leave_nothing_to_the_collector_of_garbage(tmp_path, headers):
    async def room(_scope, receive, send):
        while (await receive()).get("more_body"):
            continue
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": b"{}"})

    async with open_door(tmp_path, {"/api/v1/room": room}) as door:

        async def ask():
            sent = {**door.members.bearer(), **headers}
            async with door.http.post(f"{door.url}/api/v1/room", data=b"{}", headers=sent) as answer:
                assert answer.status == 200
                await answer.read()

        await ask()
        gc.collect()
        gc.disable()
        try:
            for _ in range(10):
                await ask()
            async with asyncio.timeout(10):
                # The last ones may still be on their way out when their answers are here.
                while sum(type(one) is Exchange for one in gc.get_objects()) > 1:
                    await asyncio.sleep(0.01)
        finally:
            gc.enable()
