"""A running sandbox processor for tests, with somebody who takes its webhooks."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import aiohttp
import msgspec
from aiohttp import web

from matinee.host.server import Listener
from matinee.kit.clock import Clock, SystemClock
from matinee.kit.ids import RandomIds
from matinee.sandbox.cards import CARDS, TestCard
from matinee.sandbox.server import Processor, processor
from matinee.sandbox.settings import SandboxSettings
from matinee.sandbox.signing import Secrets
from matinee.services.billing.adapters.sandbox import SandboxPayments
from matinee.services.billing.settings import BillingSettings
from matinee.testing.edge_process import free_port
from matinee.testing.payments_suite import CardKind

SECRETS = Secrets(service="00" * 32, webhooks=b"w" * 32, fingerprints=b"f" * 32)
ORIGIN = "http://127.0.0.1:8400"
PATIENCE_SECONDS = 10.0
KINDS: Mapping[CardKind, str] = {
    "good": "Success",
    "soft": "Insufficient funds",
    "hard": "Stolen",
    "challenge": "Challenge once",
    "silent": "Times out after charging",
}


def card(name: str) -> TestCard:
    """Return the test card with this name."""
    return next(found for found in CARDS if found.name == name)


@dataclass
class Letterbox:
    """Takes webhooks and remembers them.

    Attributes:
        status: what it answers.
        got: headers and body of each, as they came.
    """

    url: str = ""
    status: int = 204
    got: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        """Take one."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.got.append((headers, await request.read()))
        return web.Response(status=self.status)

    def events(self) -> list[dict[str, Any]]:
        """Return the bodies."""
        return [msgspec.json.decode(body) for _, body in self.got]

    async def until(self, count: int) -> None:
        """Wait for so many."""
        ends_at = time.monotonic() + PATIENCE_SECONDS
        while len(self.got) < count:
            assert time.monotonic() < ends_at, f"{len(self.got)} webhooks instead of {count}"
            await asyncio.sleep(0.01)


@asynccontextmanager
async def letterbox() -> AsyncIterator[Letterbox]:
    """Run a letterbox on loopback."""
    box = Letterbox()
    app = web.Application()
    app.router.add_post("/hook", box.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    box.url = f"http://127.0.0.1:{port}/hook"
    try:
        yield box
    finally:
        await runner.cleanup()


@dataclass
class Shop:
    """A processor, a letterbox, an HTTP client and the adapter: the bench of the payments suite, too."""

    running: Processor
    box: Letterbox
    http: aiohttp.ClientSession
    url: str
    payments: SandboxPayments
    stack: AsyncExitStack

    async def call(
        self, method: str, path: str, body: Any = None, *, key: str = "", service: str = SECRETS.service
    ) -> tuple[int, Any]:
        """Call the processor and return its status and JSON."""
        headers = {"authorization": f"Bearer {service}", **({"idempotency-key": key} if key else {})}
        async with self.http.request(method, f"{self.url}{path}", json=body, headers=headers) as response:
            text = await response.read()
            return response.status, msgspec.json.decode(text) if text else None

    async def token(self, kind: CardKind) -> str:
        """Return a token of a card of this kind."""
        return await self.token_of(card(KINDS[kind]).number)

    async def token_of(self, number: str) -> str:
        """Return a token of a card by its number."""
        body = {"number": number, "exp_month": 12, "exp_year": 2099, "cvc": "123"}
        status, answer = await self.call("POST", "/v1/tokens", body, service="")
        assert status == 201, answer
        return str(answer["token"])

    async def kept(self, name: str) -> dict[str, Any]:
        """Keep the card with this name."""
        status, answer = await self.call("POST", "/v1/methods", {"token": await self.token_of(card(name).number)})
        assert status == 201, answer
        kept: dict[str, Any] = answer
        return kept

    async def charge(self, method: Mapping[str, Any], key: str, **changes: Any) -> tuple[int, Any]:
        """Charge a kept card."""
        body = {"amount": 999, "currency": "EUR", "method": method["method"], "customer": method["customer"], **changes}
        return await self.call("POST", "/v1/charges", body, key=key)

    async def charged(self, key: str) -> int:
        """Return how often money was taken under a key."""
        charges = await self.running.till.charges(key=None, after="", limit=500)
        return sum(one.idempotency_key == key and one.status == "succeeded" for one in charges)

    async def answer(self, challenge_url: str, word: Literal["approve", "deny"]) -> None:
        """Press a button."""
        async with self.http.post(challenge_url, data={"answer": word}, allow_redirects=False) as response:
            assert response.status in {200, 303}

    async def webhook(self, key: str) -> tuple[Mapping[str, str], bytes]:
        """Return the newest webhook about a key."""
        needle = f'"idempotency_key":"{key}"'.encode()
        ends_at = time.monotonic() + PATIENCE_SECONDS
        while True:
            for headers, body in reversed(self.box.got):
                if needle in body:
                    return headers, body
            assert time.monotonic() < ends_at, f"no webhook about {key}"
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """End the processor."""
        await self.stack.aclose()


@asynccontextmanager
async def shop(
    folder: Path, *, deadline_seconds: float = 2.0, clock: Clock | None = None, **settings: Any
) -> AsyncIterator[Shop]:
    """Run a processor with its file in `folder`.

    Args:
        deadline_seconds: of the adapter.
        clock: the processor's.
        settings: the processor's.
    """
    async with letterbox() as box, aiohttp.ClientSession() as http, AsyncExitStack() as stack:
        listener = Listener("127.0.0.1", free_port())
        chosen = msgspec.convert({"web_origins": (ORIGIN,), "webhook_url": box.url, **settings}, SandboxSettings)
        opening = processor(
            folder / "sandbox.db",
            listener,
            settings=chosen,
            secrets=SECRETS,
            clock=clock or SystemClock(),
            ids=RandomIds(),
        )
        running = await stack.enter_async_context(opening)
        billing = BillingSettings(sandbox_url=listener.url, public_url=ORIGIN, charge_seconds=deadline_seconds)
        payments = SandboxPayments(http, settings=billing, service_key=SECRETS.service, webhook_secret=SECRETS.webhooks)
        yield Shop(running, box, http, listener.url, payments, stack)
