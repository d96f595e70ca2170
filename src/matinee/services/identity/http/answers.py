"""Answers that set cookies, and what is read of requests."""

from datetime import datetime
from typing import Any

from litestar import Request, Response
from litestar.datastructures import Cookie
from litestar.di import NamedDependency

from matinee.contracts.identity import ACCESS_COOKIE, REFRESH_COOKIE, REFRESH_PATH
from matinee.host.problems import PROBLEM_TYPE, problem_headers, problem_of
from matinee.kit.clock import Clock
from matinee.kit.passport import Passport
from matinee.services.identity.http.views import SessionView, session_view
from matinee.services.identity.ports.errors import SessionEndedError
from matinee.services.identity.ports.records import Device
from matinee.services.identity.service.notes import Actor
from matinee.services.identity.service.sessions import Issued
from matinee.services.identity.settings import IdentitySettings

AnyRequest = Request[Any, Any, Any]
Caller = NamedDependency[Passport]
PRIVATE = {"Cache-Control": "no-store"}
_USER_AGENT_CHARACTERS = 400


def device_of(request: AnyRequest, passport: Passport, name: str = "") -> Device:
    """Return from where a request comes; the address is the front door's finding, never a header of the client."""
    user_agent = request.headers.get("user-agent", "")[:_USER_AGENT_CHARACTERS]
    return Device(address=passport.client_address, user_agent=user_agent, name=name)


def actor_of(passport: Passport) -> Actor:
    """Return who acts as staff."""
    name = str(passport.account) or "operator"
    return Actor(name=name, role=passport.role, address=passport.client_address)


class Answers:
    """Makes answers of signed-in people.

    Args:
        clock: for the lifetimes of cookies.
        settings: the public URL decides whether cookies are for https alone.
    """

    def __init__(self, *, clock: Clock, settings: IdentitySettings) -> None:
        self._clock = clock
        self._secure = settings.public_url.startswith("https://")

    def signed_in(self, issued: Issued) -> Response[SessionView]:
        """Return the session's view and set its cookies; the refresh cookie only when there is a new token."""
        view = session_view(issued.overview, issued.access_expires_at)
        return Response(view, headers=PRIVATE, cookies=self.cookies(issued), status_code=200)

    def done(self, issued: Issued) -> Response[None]:
        """Return 204 and set the session's cookies."""
        return Response(None, headers=PRIVATE, cookies=self.cookies(issued), status_code=204)

    def cookies(self, issued: Issued) -> list[Cookie]:
        """Return the cookies of fresh tokens.

        The access token's lives as long as its session: one that has run out tells the door that it can be renewed.
        """
        cookies = [self._cookie(ACCESS_COOKIE, issued.access_token, "/", issued.refresh_expires_at)]
        if issued.refresh_token:
            cookies.append(self._cookie(REFRESH_COOKIE, issued.refresh_token, REFRESH_PATH, issued.refresh_expires_at))
        return cookies

    def signed_out(self) -> Response[None]:
        """Return 204 and remove the cookies."""
        return Response(None, headers=PRIVATE, cookies=self._gone(), status_code=204)

    def ended(self, error: SessionEndedError) -> Response[Any]:
        """Return the refusal to renew a session, and remove its cookies, which would ask for that again and again."""
        problem, media_type = problem_of(error), PROBLEM_TYPE.decode()
        headers = {name.decode(): value.decode() for name, value in problem_headers(problem) if value != PROBLEM_TYPE}
        return Response(
            problem, headers=headers, cookies=self._gone(), status_code=problem.status, media_type=media_type
        )

    def _gone(self) -> list[Cookie]:
        return [self._cookie(ACCESS_COOKIE, "", "/", None), self._cookie(REFRESH_COOKIE, "", REFRESH_PATH, None)]

    def seconds_until(self, until: datetime) -> int:
        """Return how many whole seconds are left until a moment, 0 when it has passed."""
        return max(0, int((until - self._clock.now()).total_seconds()))

    def _cookie(self, name: str, value: str, path: str, until: datetime | None) -> Cookie:
        left = 0 if until is None else self.seconds_until(until)
        return Cookie(
            key=name, value=value, path=path, max_age=left, httponly=True, samesite="strict", secure=self._secure
        )
