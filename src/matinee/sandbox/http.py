"""The processor over HTTP: tokens for browsers, charges and refunds for the service, pages for cardholders."""

import asyncio
import hmac
from typing import Annotated, Any

from litestar import Litestar, MediaType, Response, Router, delete, get, post
from litestar.config.cors import CORSConfig
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency, Provide
from litestar.enums import RequestEncodingType
from litestar.handlers import BaseRouteHandler
from litestar.params import Body, FromPath, HeaderParameter, JSONBody, QueryParameter
from litestar.response import Redirect

from matinee.sandbox.cards import CARDS
from matinee.sandbox.errors import ChallengeError, ServiceKeyError, StalledError
from matinee.sandbox.messages import (
    Charge,
    ChargePage,
    Key,
    Method,
    NewCharge,
    NewMethod,
    NewRefund,
    NewToken,
    Refund,
    RefundPage,
    Token,
)
from matinee.sandbox.pages import Pages
from matinee.sandbox.problems import HANDLERS
from matinee.sandbox.settings import SandboxSettings
from matinee.sandbox.till import Till
from matinee.sandbox.wallet import Wallet

_MAX_BODY_BYTES = 16 * 1024
_BEARER = "Bearer "
IdempotencyKey = Annotated[Key, HeaderParameter(name="idempotency-key")]
After = Annotated[str, QueryParameter(max_length=64)]
Limit = Annotated[int, QueryParameter(ge=1, le=500)]
AskedKey = Annotated[Key | None, QueryParameter(name="idempotency_key")]


class Stalls:
    """How long cards that time out keep their callers waiting, at most; shorter when the processor stops."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._over = asyncio.Event()

    async def wait(self) -> None:
        """Return when the caller has surely given up."""
        try:
            async with asyncio.timeout(self._seconds):
                await self._over.wait()
        except TimeoutError:
            return

    def end(self) -> None:
        """Let everybody go."""
        self._over.set()


def _service_only(key: str) -> Any:
    def guard(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        header = connection.headers.get("authorization", "")
        shown = header.removeprefix(_BEARER) if header.startswith(_BEARER) else ""
        if not hmac.compare_digest(shown.encode(), key.encode()):
            raise ServiceKeyError("Show the service's key in Authorization: Bearer.")

    return guard


@post("/v1/tokens", status_code=201)
async def make_token(data: JSONBody[NewToken], wallet: NamedDependency[Wallet]) -> Token:
    """Take a card from a cardholder's browser."""
    return await wallet.tokenize(data)


@post("/v1/methods", status_code=201)
async def attach(data: JSONBody[NewMethod], wallet: NamedDependency[Wallet]) -> Method:
    """Keep a card."""
    return await wallet.attach(data)


@delete("/v1/methods/{method:str}")
async def detach(method: FromPath[str], wallet: NamedDependency[Wallet]) -> None:
    """Forget a kept card."""
    await wallet.detach(method)


@post("/v1/charges", status_code=201)
async def make_charge(
    data: JSONBody[NewCharge], key: IdempotencyKey, till: NamedDependency[Till], stalls: NamedDependency[Stalls]
) -> Charge:
    """Charge a kept card. A decline is an answer too: its status says so."""
    answer = await till.charge(key, data)
    if answer.stall != "never":
        await stalls.wait()
    if answer.charge is None or answer.stall != "never":
        raise StalledError("This card lets its callers wait.")
    return answer.charge


@get("/v1/charges")
async def list_charges(
    till: NamedDependency[Till], idempotency_key: AskedKey = None, after: After = "", limit: Limit = 100
) -> ChargePage:
    """Return charges, oldest first, or the one under a key."""
    return ChargePage(items=await till.charges(key=idempotency_key, after=after, limit=limit))


@post("/v1/refunds", status_code=201)
async def make_refund(data: JSONBody[NewRefund], key: IdempotencyKey, till: NamedDependency[Till]) -> Refund:
    """Give money back."""
    return await till.refund(key, data)


@get("/v1/refunds")
async def list_refunds(
    till: NamedDependency[Till], idempotency_key: AskedKey = None, after: After = "", limit: Limit = 100
) -> RefundPage:
    """Return refunds, oldest first, or the one under a key."""
    return RefundPage(items=await till.refunds(key=idempotency_key, after=after, limit=limit))


@get("/v1/refunds/{refund:str}")
async def read_refund(refund: FromPath[str], till: NamedDependency[Till]) -> Refund:
    """Return a refund as it stands."""
    return await till.find_refund(refund)


@get("/", media_type=MediaType.HTML)
async def index(pages: NamedDependency[Pages]) -> str:
    """Show the test cards."""
    return pages.index(CARDS)


@get("/style.css", media_type="text/css")
async def style(pages: NamedDependency[Pages]) -> str:
    """Return the pages' look."""
    return pages.style


@get("/challenge/{challenge:str}", media_type=MediaType.HTML)
async def ask(
    challenge: FromPath[str],
    till: NamedDependency[Till],
    pages: NamedDependency[Pages],
    settings: NamedDependency[SandboxSettings],
) -> Response[str]:
    """Ask a cardholder."""
    try:
        text, status = pages.question(await till.question(challenge)), 200
    except ChallengeError as error:
        text, status = pages.trouble(error.title, error.detail), 404
    # Browsers hold the address that a form's answer leads to against form-action too.
    allowed = " ".join(("'self'", *settings.web_origins))
    return Response(text, status_code=status, headers={"content-security-policy": _policy(allowed)})


@post("/challenge/{challenge:str}", status_code=303)
async def answer_question(
    challenge: FromPath[str],
    data: Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)],
    till: NamedDependency[Till],
    pages: NamedDependency[Pages],
) -> Response[Any]:
    """Take a cardholder's word and send the browser back to the service."""
    try:
        question = await till.question(challenge)
        await (till.approve(challenge) if data.get("answer") == "approve" else till.deny(challenge))
    except ChallengeError as error:
        return Response(pages.trouble(error.title, error.detail), status_code=404, media_type=MediaType.HTML)
    if question.return_url:
        return Redirect(question.return_url, status_code=303)
    return Response(pages.trouble("Thank you", "You can close this page."), status_code=200, media_type=MediaType.HTML)


@get("/health/live")
async def live() -> dict[str, bool]:
    """Say that the loop turns."""
    return {"ready": True}


@get("/health/ready")
async def ready(till: NamedDependency[Till]) -> dict[str, bool]:
    """Say that charges can be kept."""
    await till.charges(key=None, after="", limit=1)
    return {"ready": True}


def _policy(form_action: str) -> str:
    return f"default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action {form_action}"


async def _harden(response: Response[Any]) -> Response[Any]:
    response.headers.setdefault("content-security-policy", _policy("'none'"))
    response.headers.update({
        "x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "cache-control": "no-store",
    })  # fmt: skip
    return response


def application(*, till: Till, wallet: Wallet, stalls: Stalls, settings: SandboxSettings, service_key: str) -> Litestar:
    """Return the processor's application.

    Args:
        service_key: what the service shows; browsers get by without it where they have business.
    """
    guarded = [attach, detach, make_charge, list_charges, make_refund, list_refunds, read_refund]
    guard = _service_only(service_key)
    pages = Pages()
    parts: dict[str, Any] = {"till": till, "wallet": wallet, "stalls": stalls, "settings": settings, "pages": pages}
    return Litestar(
        route_handlers=[
            Router("/", route_handlers=guarded, guards=[guard]),
            make_token, index, style, ask, answer_question, live, ready,
        ],
        dependencies={name: Provide(_giving(part), sync_to_thread=False) for name, part in parts.items()},
        exception_handlers=HANDLERS,
        cors_config=CORSConfig(
            allow_origins=list(settings.web_origins), allow_methods=["POST"], allow_headers=["content-type"]
        ),
        after_request=_harden,
        request_max_body_size=_MAX_BODY_BYTES,
        openapi_config=None,
        logging_config=None,
        debug=False,
    )  # fmt: skip


def _giving(part: object) -> Any:
    def give() -> Any:
        return part

    return give
