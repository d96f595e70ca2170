"""What the routes share: who asks, under which key, and how outcomes become answers."""

from typing import Annotated, Any

import msgspec
from litestar import Response
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import HeaderParameter
from msgspec import Meta

from matinee.host.http import problems as documented
from matinee.kit.errors import UnauthenticatedError
from matinee.kit.ids import AccountId
from matinee.kit.passport import Passport
from matinee.services.billing.service.desk import Asked
from matinee.services.billing.service.outcomes import Done, Outcome

Caller = NamedDependency[Passport]
IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(name="Idempotency-Key", max_length=255, description="the same key and body get the same answer"),
]
_ANYWHERE = (400, 401, 403, 503)
PRIVATE = {"Cache-Control": "no-store"}
Code = Annotated[str, Meta(min_length=1, max_length=40, pattern="^[A-Za-z0-9_-]+$")]
PlanId = Annotated[str, Meta(min_length=1, max_length=64, pattern="^[a-z0-9-]+$")]


class ChallengeView(msgspec.Struct, frozen=True, kw_only=True):
    """The payment is not decided: the member confirms it at `challenge_url`, or, when that is empty, waits."""

    payment_id: str
    challenge_url: str


def problems(*statuses: int) -> dict[int, ResponseSpec]:
    """Return the documentation of problem answers with these statuses and those that any route may give."""
    return documented(*sorted({*_ANYWHERE, *statuses}))


def undecided() -> dict[int, ResponseSpec]:
    """Return the documentation of an answer whose payment is not decided."""
    return {202: ResponseSpec(ChallengeView, description="The payment is not decided yet", generate_examples=False)}


def owner(passport: Passport) -> AccountId:
    """Return whose account it is about: the caller's own, never one that a request names.

    Raises:
        UnauthenticatedError: when the caller has none.
    """
    if not passport.account:
        raise UnauthenticatedError("Sign in first.")
    return passport.account


def asked(passport: Passport, route: str, key: str | None, body: Any = None) -> Asked:
    """Return which request this is."""
    return Asked(account_id=owner(passport), route=route, key=key or "", body=msgspec.json.encode(body))


def answer(outcome: Outcome, *, status: int = 200) -> Response[Any]:
    """Return what a request about a subscription came to."""
    if isinstance(outcome, Done):
        return Response(outcome.view, status_code=status, headers=PRIVATE)
    view = ChallengeView(
        payment_id=getattr(outcome, "payment_id", ""), challenge_url=getattr(outcome, "challenge_url", "")
    )
    return Response(view, status_code=202, headers=PRIVATE)
