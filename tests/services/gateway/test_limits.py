import pytest
from tests.services.gateway.conftest import echo

from matinee.services.gateway.filters.limits import Buckets
from matinee.services.gateway.settings import GatewaySettings
from matinee.testing.clock import ManualClock
from matinee.testing.doors import open_door

ECHO = "/api/v1/echo"


@pytest.fixture
def clock():
    return ManualClock()


def test_a_bucket_empties_and_fills_again(clock):
    buckets = Buckets(clock, quota=3, window_seconds=6)
    assert [buckets.take("a") for _ in range(4)] == [2.0, 1.0, 0.0, -1.0]
    assert buckets.seconds_until_one(-1.0) == 2
    assert buckets.take("b") == 2.0
    clock.advance(2)
    assert buckets.take("a") == 0.0
    clock.advance(600)
    assert buckets.take("a") == 2.0


def test_only_so_many_buckets_are_kept(clock):
    buckets = Buckets(clock, quota=3, window_seconds=6)
    for number in range(50_010):
        buckets.take(str(number))
    assert len(buckets._left) == 50_000


async def test_callers_are_told_what_is_left_and_then_refused(tmp_path):
    settings = GatewaySettings(rate_requests=10, rate_window_seconds=3600)
    async with open_door(tmp_path, {ECHO: echo}, settings) as door:

        async def ask(headers):
            async with door.http.get(door.url + ECHO, headers=headers) as answer:
                return answer.status, answer.headers.get("ratelimit"), answer.headers

        member = door.members.bearer()
        status, left, headers = await ask(member)
        assert (status, left) == (200, '"api";r=9;t=3600')
        assert headers["ratelimit-policy"] == '"api";q=10;w=3600'
        for _ in range(9):
            assert (await ask(member))[0] == 200
        status, left, headers = await ask(member)
        assert status == 429
        assert left.startswith('"api";r=0;t=')
        assert 350 <= int(headers["retry-after"]) <= 360
        assert (await ask(door.members.bearer("editor")))[0] == 200
        assert (await ask({}))[:2] == (200, '"api";r=9;t=3600')
        status, left, _ = await ask(door.operator)
        assert (status, left) == (200, None)
        async with door.http.get(f"{door.url}/health/live") as answer:
            assert "ratelimit" not in answer.headers


async def test_attack_17_another_address_in_a_header_is_no_other_bucket(tmp_path):
    settings = GatewaySettings(rate_requests=10, rate_window_seconds=3600)
    async with open_door(tmp_path, {ECHO: echo}, settings) as door:
        seen = []
        for number in range(12):
            headers = {"x-forwarded-for": f"198.51.100.{number}", "authorization": f"Bearer a.b.{number}"}
            async with door.http.get(door.url + ECHO, headers=headers) as answer:
                seen.append(answer.status)
        assert seen == [200] * 10 + [429] * 2
