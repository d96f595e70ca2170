"""A loopback server that answers in the shapes of Stripe's API, as far as our adapter goes.

Shapes: https://docs.stripe.com/api (payment methods, customers, setup intents, payment intents, refunds, events).
"""

import asyncio
import itertools
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from urllib.parse import parse_qsl

import aiohttp
import msgspec
import stripe
from aiohttp import web

from matinee.services.billing.adapters.stripe import StripePayments, stripe_client
from matinee.services.billing.settings import BillingSettings
from matinee.testing.edge_process import free_port
from matinee.testing.payments_suite import CardKind

WEBHOOK_SECRET: Final = "whsec_of_a_test"  # noqa: S105  # of this server only
SILENCE_SECONDS: Final = 30.0
LAST4: Final[Mapping[CardKind, str]] = {
    "good": "4242", "soft": "9995", "hard": "9979", "challenge": "3184", "silent": "1034",
}  # fmt: skip
DECLINES: Final = {"soft": "insufficient_funds", "hard": "stolen_card"}
Thing = dict[str, Any]
Answer = tuple[int, Thing]


def _error(status: int, kind: str, code: str, **more: Any) -> Answer:
    return status, {"error": {"type": kind, "code": code, "message": f"{code}.", **more}}


def _nested(pairs: list[tuple[str, str]]) -> Thing:
    """Return form fields such as `metadata[key]` as nested mappings."""
    result: Thing = {}
    for name, value in pairs:
        first, *rest = re.findall(r"[^\[\]]+", name)
        place = result
        for part in rest:
            place = place.setdefault(first, {})
            first = part
        place[first] = value
    return result


@dataclass
class FakeStripe:
    """The processor's books, and the bench of the payments suite."""

    url: str = ""
    things: dict[str, Thing] = field(default_factory=dict)
    tokens: dict[str, CardKind] = field(default_factory=dict)
    answers: dict[str, tuple[bytes, Answer]] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    numbers: Any = field(default_factory=lambda: itertools.count(1))
    over: asyncio.Event = field(default_factory=asyncio.Event)
    runner: web.AppRunner | None = None
    adapter: StripePayments | None = None

    @property
    def payments(self) -> StripePayments:
        """The adapter under test."""
        assert self.adapter is not None
        return self.adapter

    def _new(self, prefix: str, **members: Any) -> Thing:
        thing = {"id": f"{prefix}_{next(self.numbers):06d}", **members}
        self.things[thing["id"]] = thing
        return thing

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one call; POSTs under a key that was seen answer as before."""
        if request.headers.get("authorization") != "Bearer sk_test_fake":
            return web.json_response(_error(401, "invalid_request_error", "api_key")[1], status=401)
        raw = await request.read()
        body = _nested(parse_qsl(raw.decode()))
        async with self.lock:
            status, answer, silent = self._once(request, raw, body)
        if silent:
            await _until(self.over)
        return web.json_response(answer, status=status)

    def _once(self, request: web.Request, raw: bytes, body: Thing) -> tuple[int, Thing, bool]:
        key = request.headers.get("idempotency-key", "") if request.method == "POST" else ""
        if key in self.answers:
            before, (status, answer) = self.answers[key]
            if before != raw:
                return *_error(400, "idempotency_error", "idempotency_key_in_use"), False
            return status, answer, False
        status, answer = self._routed(request, body)
        if key:
            self.answers[key] = (raw, (status, msgspec.json.decode(msgspec.json.encode(answer))))
        return status, answer, bool(answer.get("metadata", {}).get("silent"))

    def _routed(self, request: web.Request, body: Thing) -> Answer:
        path = request.path.removeprefix("/v1/")
        if path == "payment_intents/search":
            return self._search(request.query["query"])
        fixed: dict[str, Callable[[Thing], Answer]] = {
            "payment_methods": self._make_method,
            "customers": lambda _: (200, self._new("cus", object="customer")),
            "setup_intents": self._set_up,
            "payment_intents": self._pay,
            "refunds": self._give_back,
        }
        if path in fixed:
            return fixed[path](body)
        _, name, *verb = path.split("/")
        thing = self.things.get(name)
        if thing is None:
            return _error(404, "invalid_request_error", "resource_missing")
        return self._acted(thing, verb[0] if verb else "read", body)

    def _acted(self, thing: Thing, verb: str, body: Thing) -> Answer:
        if verb == "attach":
            thing["customer"] = body["customer"]
        elif verb == "detach":
            if not thing["customer"]:
                return _error(400, "invalid_request_error", "payment_method_not_attached")
            thing["customer"] = None
        elif verb == "confirm":
            url = f"{self.url}/challenge/{thing['id']}"
            action = {"type": "redirect_to_url", "redirect_to_url": {"url": url, "return_url": body["return_url"]}}
            thing.update(status="requires_action", next_action=action, last_payment_error=None)
        return 200, thing

    def _make_method(self, body: Thing) -> Answer:
        kind = self.tokens.get(body["card"]["token"])
        if kind is None:
            return _error(400, "invalid_request_error", "resource_missing")
        card = {"brand": "visa", "last4": LAST4[kind], "exp_month": 12, "exp_year": 2099, "fingerprint": f"f{kind}"}
        return 200, self._new("pm", object="payment_method", card=card, customer=None, kind=kind)

    def _set_up(self, body: Thing) -> Answer:
        method = self.things[body["payment_method"]]
        done = method["kind"] != "challenge"
        if done:
            method["customer"] = body["customer"]
        status = "succeeded" if done else "requires_action"
        return 200, self._new("seti", object="setup_intent", status=status)

    def _pay(self, body: Thing) -> Answer:
        method = self.things.get(body["payment_method"])
        if method is None or method["customer"] != body["customer"]:
            return _error(400, "invalid_request_error", "resource_missing")
        intent = self._new(
            "pi",
            object="payment_intent",
            amount=int(body["amount"]),
            status="succeeded",
            metadata=dict(body["metadata"]),
            next_action=None,
            last_payment_error=None,
        )
        kind = method["kind"]
        if kind in DECLINES:
            return self._declined(intent, "card_declined", decline_code=DECLINES[kind])
        if kind == "challenge":
            return self._declined(intent, "authentication_required", decline_code="authentication_required")
        if kind == "silent":
            intent["metadata"]["silent"] = "yes"
        return 200, intent

    def _declined(self, intent: Thing, code: str, **more: Any) -> Answer:
        refused = {"type": "card_error", "code": code, "message": f"{code}.", **more}
        intent.update(status="requires_payment_method", last_payment_error=refused)
        return _error(402, "card_error", code, payment_intent=dict(intent), **more)

    def _give_back(self, body: Thing) -> Answer:
        intent = self.things[body["payment_intent"]]
        given = sum(one["amount"] for one in self.things.values() if one.get("payment_intent") == intent["id"])
        amount = int(body["amount"])
        if given + amount > intent["amount"]:
            return _error(400, "invalid_request_error", "charge_already_refunded")
        members = {"object": "refund", "amount": amount, "status": "succeeded", "payment_intent": intent["id"]}
        return 200, self._new("re", metadata=dict(body["metadata"]), **members)

    def _about(self, key: str) -> list[Thing]:
        return [one for one in self.things.values() if one.get("metadata", {}).get("matinee_key") == key]

    def _search(self, query: str) -> Answer:
        match = re.fullmatch(r"metadata\['matinee_key'\]:'((?:[^'\\]|\\.)*)'", query)
        assert match is not None, query
        found = self._about(re.sub(r"\\(.)", r"\1", match.group(1)))
        intents = [one for one in found if one["object"] == "payment_intent"]
        return 200, {"object": "search_result", "data": intents, "has_more": False, "url": "", "next_page": None}

    async def token(self, kind: CardKind) -> str:
        """Return a token of a card of this kind."""
        token = f"tok_{kind}{next(self.numbers)}"
        self.tokens[token] = kind
        return token

    async def charged(self, key: str) -> int:
        """Return how often money was taken under a key."""
        return sum(one["object"] == "payment_intent" and one["status"] == "succeeded" for one in self._about(key))

    async def answer(self, challenge_url: str, word: Literal["approve", "deny"]) -> None:
        """Be the cardholder."""
        intent = self.things[challenge_url.rpartition("/")[2]]
        if word == "approve":
            intent.update(status="succeeded", next_action=None)
            return
        refused = {"type": "card_error", "code": "payment_intent_authentication_failure", "message": "Denied."}
        intent.update(status="requires_payment_method", next_action=None, last_payment_error=refused)

    async def webhook(self, key: str) -> tuple[Mapping[str, str], bytes]:
        """Return an event about the newest thing with this key, signed by Stripe's own library."""
        thing = self._about(key)[-1]
        kind = "payment_intent.succeeded" if thing["object"] == "payment_intent" else "refund.created"
        event = {"id": f"evt_{next(self.numbers)}", "object": "event", "type": kind, "data": {"object": thing}}
        body = msgspec.json.encode(event)
        header = stripe.WebhookSignature.generate_signature_header(body.decode(), WEBHOOK_SECRET, int(time.time()))
        return {"stripe-signature": header}, body

    async def stop(self) -> None:
        """Be away."""
        self.over.set()
        if self.runner is not None:
            await self.runner.cleanup()
            self.runner = None


async def _until(over: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(SILENCE_SECONDS):
            await over.wait()
    except TimeoutError:
        return


def billing_settings(url: str, *, deadline_seconds: float = 1.0) -> BillingSettings:
    """Return settings of a billing room that talks to a processor at `url` as if it were Stripe."""
    return BillingSettings(
        provider="stripe",
        stripe_secret_key="sk_test_fake",  # noqa: S106  # the same
        stripe_publishable_key="pk_test_fake",
        stripe_webhook_secret=WEBHOOK_SECRET,
        stripe_api_base=url,
        public_url="http://127.0.0.1:8400",
        charge_seconds=deadline_seconds,
    )


@asynccontextmanager
async def fake_stripe() -> AsyncIterator[FakeStripe]:
    """Run the server with an adapter that talks to it."""
    fake = FakeStripe()
    app = web.Application()
    app.router.add_route("*", "/v1/{rest:.*}", fake.handle)
    fake.runner = web.AppRunner(app)
    await fake.runner.setup()
    port = free_port()
    await web.TCPSite(fake.runner, "127.0.0.1", port).start()
    fake.url = f"http://127.0.0.1:{port}"
    settings = billing_settings(fake.url)
    async with aiohttp.ClientSession() as http:
        fake.adapter = StripePayments(stripe_client(settings, http), settings=settings)
        try:
            yield fake
        finally:
            await fake.stop()
