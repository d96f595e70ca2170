import asyncio

import msgspec
import pytest

from matinee.kit.errors import ConflictError
from matinee.services.gateway.endpoints.answering import send_json
from matinee.services.gateway.metrics import DoorMetrics
from matinee.services.gateway.service import FrontDoor
from matinee.testing.clock import ManualClock


class Step:
    """A filter made of a function."""

    def __init__(self, name, kind, order, work, *, wanted=True):
        self.name, self.kind, self.order = name, kind, order
        self._work, self._wanted = work, wanted

    def should_filter(self, _):
        return self._wanted

    def apply(self, exchange):
        return self._work(exchange)


def scope(method="GET", path="/x"):
    return {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"Host", b"x")],
        "scheme": "http",
        "client": ("192.0.2.1", 1),
        "http_version": "1.1",
    }


async def ask(steps, **options):
    """Run a request through a door of these steps; return the messages sent and the door's metrics."""
    sent, metrics = [], DoorMetrics()

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    await FrontDoor(steps, metrics, ManualClock(), max_answer_bytes=10_000)(scope(**options), receive, send)
    return sent, metrics.text().decode()


async def answer(exchange):
    await send_json(exchange, 200, {"by": exchange.upstream})


async def test_filters_run_by_kind_and_order_whether_they_wait_or_not():
    seen = []

    async def waiting(exchange):
        await asyncio.sleep(0)
        seen.append("in-2")

    async def endpoint(exchange):
        seen.append("end")
        await answer(exchange)

    steps = [
        Step("out-1", "outbound", 1, lambda _: seen.append("out-1")),
        Step("end", "endpoint", 1, endpoint),
        Step("in-3", "inbound", 3, lambda _: seen.append("in-3")),
        Step("in-2", "inbound", 2, waiting),
        Step("never", "inbound", 0, lambda _: seen.append("never"), wanted=False),
        Step("in-1", "inbound", 1, lambda _: seen.append("in-1")),
    ]
    sent, metrics = await ask(steps)
    assert seen == ["in-1", "in-2", "in-3", "end", "out-1"]
    assert sent[0]["status"] == 200
    for name in ("in-1", "in-2", "end", "out-1"):
        assert f'matinee_gateway_filter_seconds_count{{filter="{name}"' in metrics
    assert 'filter="never"' not in metrics


async def test_the_first_endpoint_that_applies_answers_alone():
    def named(name):
        async def work(exchange):
            exchange.upstream = name
            await answer(exchange)

        return work

    steps = [
        Step("third", "endpoint", 3, named("third")),
        Step("second", "endpoint", 2, named("second")),
        Step("first", "endpoint", 1, named("first"), wanted=False),
    ]
    sent, _ = await ask(steps)
    assert msgspec.json.decode(sent[1]["body"]) == {"by": "second"}
    assert len(sent) == 2


@pytest.mark.parametrize("kind", ["inbound", "endpoint"])
async def test_a_refusal_is_answered_once_and_passes_the_outbound_filters(kind):
    def refuse(_):
        raise ConflictError("Not now.", wait_seconds=3)

    def mark(exchange):
        exchange.set_answer_header(b"x-marked", b"yes")

    reached = []
    steps = [
        Step("refuse", kind, 1, refuse),
        Step("after", kind, 2, lambda _: reached.append(kind)),
        Step("mark", "outbound", 1, mark),
    ]
    sent, _ = await ask(steps)
    problem = msgspec.json.decode(sent[1]["body"])
    assert (sent[0]["status"], problem["code"], problem["facts"]) == (409, "conflict", {"wait_seconds": 3})
    assert (b"x-marked", b"yes") in sent[0]["headers"]
    assert reached == []


async def test_a_defect_in_a_filter_is_an_answer_without_its_words():
    def broken(_):
        raise ZeroDivisionError("secret")

    sent, metrics = await ask([Step("broken", "inbound", 1, broken)])
    assert sent[0]["status"] == 500
    assert b"secret" not in sent[1]["body"]
    assert 'matinee_gateway_requests_total{room="gateway",status="5xx"} 1.0' in metrics


async def test_nothing_applies_means_not_found_and_head_has_no_body():
    sent, _ = await ask([])
    assert sent[0]["status"] == 404
    sent, _ = await ask([], method="HEAD")
    assert (sent[0]["status"], sent[1]["body"]) == (404, b"")
    assert int(dict(sent[0]["headers"])[b"content-length"]) > 0
