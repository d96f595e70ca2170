import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from ipaddress import ip_address

import pytest
from aiohttp import web

from matinee.engines.fetch import (
    FetchFailedError,
    FetchLimits,
    FetchRefusedError,
    FetchRequest,
    check_url,
    fetch,
    is_public,
)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Peer:
    """A server on loopback that counts what reaches it."""

    port: int = 0
    requests: list[web.Request] = field(default_factory=list)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str) -> str:
        return f"http://{self.host}{path}"


@pytest.fixture
async def serve() -> AsyncIterator[Callable[[Handler], Awaitable[Peer]]]:
    runners: list[web.AppRunner] = []

    async def start(handler: Handler) -> Peer:
        peer = Peer()

        async def counted(request: web.Request) -> web.StreamResponse:
            peer.requests.append(request)
            return await handler(request)

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", counted)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        runners.append(runner)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        peer.port = runner.addresses[0][1]
        return peer

    yield start
    for runner in runners:
        await runner.cleanup()


async def hello(_: web.Request) -> web.Response:
    return web.Response(text="hello")


def redirect_to(target: str, status: int = 302) -> Handler:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Location": target})

    return answer


async def test_fetches_from_a_host_that_is_allowed(serve) -> None:
    peer = await serve(hello)
    got = await fetch(FetchRequest(url=peer.url("/a?b=c#d")), limits=FetchLimits(allowed_hosts=(peer.host,)))
    assert (got.status, got.body, got.url) == (200, b"hello", peer.url("/a?b=c"))
    assert peer.requests[0].headers["accept-encoding"] == "identity"


async def test_sends_a_body_and_headers(serve) -> None:
    async def echo(request: web.Request) -> web.Response:
        return web.Response(body=await request.read(), headers={"X-Seen": request.headers["authorization"]})

    peer = await serve(echo)
    request = FetchRequest(url=peer.url("/t"), method="POST", body=b"x=1", headers={"authorization": "Basic abc"})
    got = await fetch(request, limits=FetchLimits(allowed_hosts=(peer.host,)))
    assert (got.body, got.headers["x-seen"]) == (b"x=1", "Basic abc")


async def test_a_redirect_drops_headers_when_the_origin_changes(serve) -> None:
    last = await serve(hello)
    first = await serve(redirect_to(last.url("/there")))
    request = FetchRequest(url=first.url("/"), headers={"authorization": "secret"})
    got = await fetch(request, limits=FetchLimits(allowed_hosts=(first.host, last.host)))
    assert got.url == last.url("/there")
    assert first.requests[0].headers["authorization"] == "secret"
    assert "authorization" not in last.requests[0].headers


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "//example.com/",
        "/etc/passwd",
        "https://",
        "https:///path",
        "https://user@example.com/",
        "https://user:word@example.com/",
        "https://example.com@127.0.0.1/",
        "https://@example.com/",
        "https://example.com\\@127.0.0.1/",
        "https://example.com\\.evil.test/",
        "https://exa mple.com/",
        "https://example.com/\r\nHost: evil.test",
        "https://example.com/\x00",
        "https://ⓔxample.com/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.0.0.1/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://127.0.0.1./",
        "https://0/",
        "https://[fe80::1%25eth0]/",
        "https://[::1",
        "https://example.com:99999/",
        "https://example.com:port/",
        "https://-example.com/",
        "https://exa%6dple..com/",
        "https://example.com/" + "a" * 2048,
    ],
)
def test_attack_08_urls_of_a_form_that_is_refused(url: str) -> None:
    with pytest.raises(FetchRefusedError):
        check_url(url)


@pytest.mark.parametrize("url", ["https://example.com/a?b=c", "https://example.com.:8443/", "https://93.184.216.34/"])
def test_urls_of_a_form_that_is_taken(url: str) -> None:
    assert not check_url(url).trusted


@pytest.mark.parametrize(
    ("allowed", "url", "trusted"),
    [
        ("idp.test", "http://idp.test/", True),
        ("idp.test", "http://IDP.test:81/", True),
        ("idp.test:81", "http://idp.test:81/", True),
        ("idp.test:81", "https://idp.test:82/", False),
        ("idp.test", "https://evil-idp.test/", False),
        ("idp.test", "https://idp.test.evil.test/", False),
        ("[::1]:81", "http://[::1]:81/", True),
    ],
)
def test_hosts_are_allowed_whole_and_by_port(allowed: str, url: str, *, trusted: bool) -> None:
    assert check_url(url, allowed_hosts=(allowed,)).trusted is trusted


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",  # noqa: S104
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::ffff:0:127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a00:1",
        "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "4000::1",
    ],
)
def test_attack_08_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "::ffff:93.184.216.34", "64:ff9b::5db8:d822", "2606:2800:220:1::1"]
)
def test_addresses_that_are_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "169.254.169.254", "10.0.0.1", "[fd00::1]"]
)
async def test_attack_08_private_literals_are_refused(serve, host: str) -> None:
    peer = await serve(hello)
    with pytest.raises(FetchRefusedError):
        await fetch(FetchRequest(url=f"https://{host}:{peer.port}/"), limits=FetchLimits())
    assert peer.requests == []


async def test_attack_08_a_name_that_leads_home_is_refused(serve) -> None:
    peer = await serve(hello)

    async def resolve(_: str, __: int) -> list[str]:
        return ["93.184.216.34", "127.0.0.1"]

    with pytest.raises(FetchRefusedError):
        await fetch(FetchRequest(url=f"https://rebind.test:{peer.port}/"), limits=FetchLimits(), resolve=resolve)
    assert peer.requests == []


async def test_attack_08_localhost_by_the_machines_own_resolver_is_refused(serve) -> None:
    peer = await serve(hello)
    with pytest.raises(FetchRefusedError):
        await fetch(FetchRequest(url=f"https://localhost:{peer.port}/"), limits=FetchLimits())
    assert peer.requests == []


async def test_attack_08_dns_rebinding_finds_the_address_pinned(serve) -> None:
    """The name's second answer is never asked for: the connection goes to what was checked."""
    peer, victim_addresses = await serve(hello), ["127.0.0.9"]
    answers = [["127.0.0.1"], victim_addresses]
    asked: list[str] = []

    async def resolve(host: str, _: int) -> list[str]:
        asked.append(host)
        return answers.pop(0)

    limits = FetchLimits(allowed_hosts=("idp.test",))
    got = await fetch(FetchRequest(url=f"http://idp.test:{peer.port}/"), limits=limits, resolve=resolve)
    assert (got.body, asked) == (b"hello", ["idp.test"])
    assert peer.requests[0].host == f"idp.test:{peer.port}"


async def test_attack_08_an_allowed_name_does_not_reach_the_metadata_service() -> None:
    async def resolve(_: str, __: int) -> list[str]:
        return ["169.254.169.254"]

    with pytest.raises(FetchRefusedError):
        await fetch(
            FetchRequest(url="http://idp.test/"), limits=FetchLimits(allowed_hosts=("idp.test",)), resolve=resolve
        )


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_attack_08_a_redirect_to_loopback_is_refused(serve, status: int) -> None:
    victim = await serve(hello)
    peer = await serve(redirect_to(victim.url("/secret"), status))
    with pytest.raises(FetchRefusedError):
        await fetch(FetchRequest(url=peer.url("/")), limits=FetchLimits(allowed_hosts=(peer.host,)))
    assert len(peer.requests) == 1
    assert victim.requests == []


@pytest.mark.parametrize(
    "target",
    ["file:///etc/passwd", "http://[::ffff:7f00:1]/", "//169.254.169.254/latest", "https:\\\\127.0.0.1/"],
)
async def test_attack_08_a_redirect_elsewhere_is_refused(serve, target: str) -> None:
    peer = await serve(redirect_to(target))
    with pytest.raises(FetchRefusedError):
        await fetch(FetchRequest(url=peer.url("/")), limits=FetchLimits(allowed_hosts=(peer.host,)))


async def test_attack_08_a_redirected_post_is_refused(serve) -> None:
    peer = await serve(redirect_to("/again", 307))
    with pytest.raises(FetchRefusedError):
        await fetch(
            FetchRequest(url=peer.url("/"), method="POST", body=b"secret"),
            limits=FetchLimits(allowed_hosts=(peer.host,)),
        )
    assert len(peer.requests) == 1


async def test_redirects_end(serve) -> None:
    peer = await serve(redirect_to("/again"))
    with pytest.raises(FetchFailedError):
        await fetch(FetchRequest(url=peer.url("/")), limits=FetchLimits(allowed_hosts=(peer.host,), max_redirects=2))
    assert len(peer.requests) == 3


async def test_a_body_over_the_bound_is_refused_announced_or_not(serve) -> None:
    async def large(request: web.Request) -> web.StreamResponse:
        if request.path == "/announced":
            return web.Response(body=b"x" * 5000)
        answer = web.StreamResponse()
        await answer.prepare(request)
        for _ in range(50):
            await answer.write(b"x" * 100)
        return answer

    peer = await serve(large)
    limits = FetchLimits(allowed_hosts=(peer.host,), max_bytes=4999)
    for path in ("/announced", "/streamed"):
        with pytest.raises(FetchFailedError):
            await fetch(FetchRequest(url=peer.url(path)), limits=limits)


async def test_a_compressed_body_is_refused(serve) -> None:
    async def bomb(_: web.Request) -> web.Response:
        return web.Response(body=gzip.compress(b"0" * 10_000_000), headers={"Content-Encoding": "gzip"})

    peer = await serve(bomb)
    with pytest.raises(FetchFailedError):
        await fetch(FetchRequest(url=peer.url("/")), limits=FetchLimits(allowed_hosts=(peer.host,)))


async def test_a_slow_server_is_given_up(serve) -> None:
    async def slow(_: web.Request) -> web.Response:
        await asyncio.Event().wait()
        return web.Response()

    peer = await serve(slow)
    with pytest.raises(FetchFailedError):
        await fetch(FetchRequest(url=peer.url("/")), limits=FetchLimits(allowed_hosts=(peer.host,), seconds=0.2))


async def test_a_slow_name_server_is_given_up() -> None:
    async def resolve(_: str, __: int) -> list[str]:
        await asyncio.Event().wait()
        return []

    with pytest.raises(FetchFailedError):
        await fetch(FetchRequest(url="https://slow.test/"), limits=FetchLimits(seconds=0.1), resolve=resolve)


async def test_nobody_there(free_port: int) -> None:
    host = f"127.0.0.1:{free_port}"
    with pytest.raises(FetchFailedError):
        await fetch(FetchRequest(url=f"http://{host}/"), limits=FetchLimits(allowed_hosts=(host,)))
