"""The one function that asks other people's servers for something: addresses checked, pinned and bounded.

Names that outsiders influence (a provider's discovery document, a redirect) must never make this machine ask itself,
its neighbours or a cloud's metadata service. So a URL is checked by form, its name is resolved once, every address is
checked, and the connection goes to those addresses and no others; each redirect starts again from the beginning.
"""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Annotated, Literal

import aiohttp
import msgspec
from aiohttp.abc import AbstractResolver, ResolveResult
from msgspec import Meta
from yarl import URL

from matinee.kit.errors import ForbiddenError, UnavailableError

MAX_URL_CHARACTERS = 2048
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PLAIN_URL = re.compile(r"[\x21-\x5b\x5d-\x7e]+")  # printable ASCII without blanks and the backslash
_HOST_NAME = re.compile(r"(?=.{1,253}\Z)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Turns a host name and a port into addresses."""


class FetchRefusedError(ForbiddenError):
    """The address is not one that may be asked; nothing was sent to it."""

    code = "fetch-refused"
    title = "That address may not be fetched"


class FetchFailedError(UnavailableError):
    """The other server did not answer as it should, in time, and within the bounds."""

    code = "fetch-failed"
    title = "The other server did not answer"


class FetchLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What may be asked, and how much may come back.

    Attributes:
        allowed_hosts: `host` or `host:port`, in small letters; these may be asked over http and at private addresses.
            Link-local addresses, where clouds keep secrets, stay refused unless listed by number.
    """

    allowed_hosts: tuple[str, ...] = ()
    max_bytes: Annotated[int, Meta(ge=1, le=64 * 2**20, description="bytes of a body")] = 256 * 1024
    seconds: Annotated[float, Meta(gt=0, le=120, description="everything together, redirects included, s")] = 10.0
    max_redirects: Annotated[int, Meta(ge=0, le=10, description="redirects of a GET; other methods follow none")] = 3


class FetchRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What to ask. `headers` go to the first origin only."""

    url: str
    method: Literal["GET", "POST"] = "GET"
    headers: Mapping[str, str] = {}
    body: bytes | None = None


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """What came back. `url` is where it came from after redirects; header names are in small letters."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A URL that has passed the checks of its form. `literal` is its address when it names one by number."""

    url: URL
    host: str
    port: int
    trusted: bool
    literal: Address | None


def _refused(reason: str) -> FetchRefusedError:
    return FetchRefusedError(f"The address may not be fetched: {reason}.")


def _literal(host: str) -> Address | None:
    """Return the address that a host is, if it is one in the usual spelling; odd spellings are refused."""
    try:
        address = ip_address(host)
    except ValueError:
        # 2130706433, 0x7f.1 and 127.1 are all loopback to a resolver; a name's last label is never a number.
        if ":" in host or _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
            raise _refused("its host is a number in an unusual spelling") from None
        return None
    if isinstance(address, IPv6Address) and address.scope_id:
        raise _refused("its host names a network interface")
    return address


def _parsed(url: str) -> URL:
    if len(url) > MAX_URL_CHARACTERS or not _PLAIN_URL.fullmatch(url):
        raise _refused("it is too long, or holds blanks, a backslash or letters outside ASCII")
    try:
        parsed = URL(url)
        known = parsed.scheme in {"http", "https"} and bool(parsed.host) and parsed.port is not None
    except ValueError as error:
        raise _refused("it is not a URL") from error
    if not known:
        raise _refused("only https addresses are fetched")
    authority = url.partition("://")[2]
    if "@" in re.split(r"[/?#]", authority, maxsplit=1)[0]:
        raise _refused("it holds a user name")
    return parsed


def check_url(url: str, *, allowed_hosts: Sequence[str] = ()) -> Target:
    """Return a URL's parts when its form is acceptable. Does not resolve anything.

    Raises:
        FetchRefusedError: for http to a host that is not allowed, user names, odd numbers, bad characters.
    """
    parsed = _parsed(url)
    host, port = (parsed.raw_host or "").lower(), parsed.port or 0
    literal = _literal(host)
    if literal is None and not _HOST_NAME.fullmatch(host.removesuffix(".")):
        raise _refused("its host is not a name")
    plain = host.removesuffix(".")
    trusted = plain in allowed_hosts or f"{plain}:{port}" in allowed_hosts or f"[{plain}]:{port}" in allowed_hosts
    if parsed.scheme != "https" and not trusted:
        raise _refused("only https addresses are fetched")
    return Target(url=parsed.with_fragment(None), host=host, port=port, trusted=trusted, literal=literal)


def _unwrapped(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 one stands for, where routers or this machine would take it out."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    if address.sixtofour is not None:
        return address.sixtofour
    return address


def is_public(address: Address) -> bool:
    """Return whether an address belongs to the open Internet, whichever way it is wrapped."""
    plain = _unwrapped(address)
    if isinstance(plain, IPv6Address) and (plain not in _GLOBAL_UNICAST or plain.teredo is not None):
        return False
    return plain.is_global and not plain.is_multicast and not plain.is_reserved


def check_address(address: Address, target: Target) -> None:
    """Return when a target may be asked at an address.

    Raises:
        FetchRefusedError: when it is private, loopback, link-local or metadata and was not allowed.
    """
    if is_public(address) or (target.trusted and (target.literal == address or not _unwrapped(address).is_link_local)):
        return
    raise _refused("it leads to an address that is not on the open Internet")


async def resolve_name(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a name, as the machine's resolver gives them; OSError when there are none."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


async def _addresses(target: Target, resolve: Resolve) -> tuple[Address, ...]:
    if target.literal is not None:
        addresses: tuple[Address, ...] = (target.literal,)
    else:
        try:
            addresses = tuple(ip_address(text) for text in await resolve(target.host, target.port))
        except (OSError, ValueError) as error:
            raise FetchFailedError("The other server's name cannot be resolved.") from error
    if not addresses:
        raise FetchFailedError("The other server's name has no address.")
    for address in addresses:
        check_address(address, target)  # one bad one spoils the name: whoever sets it may set the order too
    return addresses


class _Pinned(AbstractResolver):
    """Answers with addresses that were checked before, whatever the name server says now."""

    def __init__(self, addresses: Sequence[Address]) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the checked addresses."""
        families = [socket.AF_INET if isinstance(a, IPv4Address) else socket.AF_INET6 for a in self._addresses]
        return [
            ResolveResult(
                hostname=host, host=str(address), port=port, family=kind, proto=0, flags=socket.AI_NUMERICHOST
            )
            for address, kind in zip(self._addresses, families, strict=True)
            if family in {socket.AF_UNSPEC, kind}
        ]

    async def close(self) -> None:
        """Hold nothing open."""


async def _body(response: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise FetchFailedError("The other server compressed its answer although it was asked not to.")
    if (response.content_length or 0) > max_bytes:
        raise FetchFailedError(f"The other server's answer is over {max_bytes} bytes.")
    parts: list[bytes] = []
    size = 0
    async for part in response.content.iter_chunked(64 * 1024):
        size += len(part)
        if size > max_bytes:
            raise FetchFailedError(f"The other server's answer is over {max_bytes} bytes.")
        parts.append(part)
    return b"".join(parts)


async def _ask(target: Target, request: FetchRequest, limits: FetchLimits, resolve: Resolve) -> Fetched:
    """Ask one server once, following nothing."""
    pinned = _Pinned(await _addresses(target, resolve))
    connector = aiohttp.TCPConnector(resolver=pinned, use_dns_cache=False, force_close=True, limit=2)
    async with (
        aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,  # a proxy of the environment would resolve the name again
            auto_decompress=False,  # a small answer must not become a large one
            timeout=aiohttp.ClientTimeout(total=limits.seconds),
        ) as session,
        session.request(
            request.method,
            target.url,
            headers={"accept-encoding": "identity", "user-agent": "matinee", **request.headers},
            data=request.body,
            allow_redirects=False,
        ) as response,
    ):
        return Fetched(
            url=str(target.url),
            status=response.status,
            headers={name.lower(): value for name, value in response.headers.items()},
            body=await _body(response, limits.max_bytes),
        )


def _next_url(answer: Fetched, request: FetchRequest) -> str | None:
    """Return where a redirect leads, or None when the answer is final."""
    location = answer.headers.get("location")
    if answer.status not in _REDIRECTS or location is None:
        return None
    if request.method != "GET":
        raise _refused("it redirects a request that sends something")
    if not _PLAIN_URL.fullmatch(location):
        raise _refused("it redirects to something that is not a URL")
    try:
        return str(URL(answer.url).join(URL(location)))
    except ValueError as error:
        raise _refused("it redirects to something that is not a URL") from error


async def _follow(request: FetchRequest, limits: FetchLimits, resolve: Resolve) -> Fetched:
    target = check_url(request.url, allowed_hosts=limits.allowed_hosts)
    for _ in range(limits.max_redirects + 1):
        answer = await _ask(target, request, limits, resolve)
        following = _next_url(answer, request)
        if following is None:
            return answer
        then = check_url(following, allowed_hosts=limits.allowed_hosts)
        if then.url.scheme != target.url.scheme:
            raise _refused("it redirects between http and https")
        if then.url.origin() != target.url.origin():
            request = FetchRequest(url=following)  # headers may hold a secret meant for the first origin only
        target = then
    raise FetchFailedError("The other server redirects without end.")


async def fetch(request: FetchRequest, *, limits: FetchLimits, resolve: Resolve = resolve_name) -> Fetched:
    """Ask another server and return its answer, whatever its status but a redirect.

    Raises:
        FetchRefusedError: when the URL, or one that it redirects to, may not be asked.
        FetchFailedError: when there is no whole answer within the bounds.
    """
    try:
        async with asyncio.timeout(limits.seconds):
            return await _follow(request, limits, resolve)
    except TimeoutError as error:
        raise FetchFailedError(f"The other server took longer than {limits.seconds:g} s.") from error
    except (aiohttp.ClientError, OSError) as error:
        raise FetchFailedError("The other server cannot be reached, or breaks off.") from error
