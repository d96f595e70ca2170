"""Signing in with a provider over HTTP: browsers go there and come back, so these routes redirect."""

from typing import Annotated, Literal
from urllib.parse import quote, urlencode

import msgspec
import structlog
from litestar import Controller, MediaType, Response, delete, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from matinee.host.http import problems
from matinee.kit.errors import InternalError, MatineeError, UnauthenticatedError
from matinee.services.identity.http.answers import PRIVATE, Answers, AnyRequest, Caller, device_of
from matinee.services.identity.http.joining import OPEN
from matinee.services.identity.http.member import caller_of
from matinee.services.identity.http.session import MEMBERS
from matinee.services.identity.service.provider_accounts import ProviderAccounts
from matinee.services.identity.service.providers import Finished, Providers, Returned
from matinee.services.identity.settings import IdentitySettings

OIDC_COOKIE = "matinee_oidc"
OIDC_HEADER = "x-matinee-oidc"
"""The front door moves the cookie into this header below `OIDC_PATH` only; one from outside is dropped."""
OIDC_PATH = "/api/v1/session/oidc"
SIGN_IN_PAGE = "/sign-in"
Rules = NamedDependency[Providers]
Given = Annotated[str, QueryParameter(max_length=4096)]
_log = structlog.get_logger()


class ProviderView(msgspec.Struct, frozen=True):
    """A provider: its name in addresses and the words on its button."""

    name: str
    label: str


class ProviderList(msgspec.Struct, frozen=True):
    """Providers in the order of the settings."""

    items: tuple[ProviderView, ...]


class CarriedCookies:
    """The cookie that a browser carries while it is at a provider. Lax, because it comes back from another site.

    Args:
        settings: the public URL decides whether it is for https alone; how long it lives.
    """

    def __init__(self, settings: IdentitySettings) -> None:
        self._secure = settings.public_url.startswith("https://")
        self._seconds = settings.challenge_seconds

    def cookie(self, carried: str) -> Cookie:
        """Return the cookie; one without a value removes it."""
        return Cookie(
            key=OIDC_COOKIE,
            value=carried,
            path=OIDC_PATH,
            max_age=self._seconds if carried else 0,
            httponly=True,
            samesite="lax",
            secure=self._secure,
        )


def _redirect(location: str, cookies: list[Cookie]) -> Response[bytes]:
    # Where a browser came from is nobody's business at the provider.
    headers = {**PRIVATE, "Location": location, "Referrer-Policy": "no-referrer"}
    return Response(b"", status_code=302, headers=headers, cookies=cookies, media_type=MediaType.TEXT)


def _sign_in_page(**query: str) -> str:
    return f"{SIGN_IN_PAGE}?{urlencode(query, quote_via=quote)}"


class ProvidersController(Controller):
    """Providers to sign in with."""

    path = "/session/oidc"
    tags = ("identity",)
    opt = OPEN

    @get("", summary="Providers to sign in with", operation_id="listProviders", opt=OPEN)
    async def read(self, providers: Rules) -> ProviderList:
        """Return what buttons to show."""
        return ProviderList(tuple(ProviderView(one.name, one.label) for one in providers.all()))

    @get(
        "/{provider:str}/start",
        status_code=302,
        summary="Go to a provider",
        operation_id="startProvider",
        opt=OPEN,
        responses=problems(400, 401, 403, 404, 503),
    )
    async def start(
        self,
        providers: Rules,
        carried_cookies: NamedDependency[CarriedCookies],
        passport: Caller,
        provider: FromPath[str],
        return_to: Annotated[str, QueryParameter(max_length=512, description="a path of this site")] = "/",
        purpose: Annotated[
            Literal["sign-in", "link", "confirm"], QueryParameter(description="what coming back is for")
        ] = "sign-in",
    ) -> Response[bytes]:
        """Send the browser to the provider; `link` and `confirm` are for whoever is signed in."""
        if purpose != "sign-in" and not passport.account:
            raise UnauthenticatedError("Sign in first, then link or confirm with a provider.")
        caller = caller_of(passport) if purpose != "sign-in" else None
        started = await providers.start(provider, purpose=purpose, return_to=return_to, caller=caller)
        return _redirect(started.url, [carried_cookies.cookie(started.carried)])

    @get(
        "/{provider:str}/callback",
        status_code=302,
        summary="Come back from a provider",
        operation_id="finishProvider",
        opt=OPEN,
        responses=problems(400),
    )
    async def callback(
        self,
        request: AnyRequest,
        providers: Rules,
        answers: NamedDependency[Answers],
        carried_cookies: NamedDependency[CarriedCookies],
        passport: Caller,
        provider: FromPath[str],
        given_state: Annotated[str, QueryParameter(name="state", max_length=4096)] = "",
        code: Given = "",
        iss: Given = "",
        error: Given = "",
    ) -> Response[bytes]:
        """Sign in, link or confirm, and send the browser on; what fails leads to the sign-in page with its code."""
        returned = Returned(state=given_state, code=code, iss=iss, error=error)
        carried = request.headers.get(OIDC_HEADER, "")
        try:
            finished = await providers.finish(provider, returned, carried, device_of(request, passport))
        except InternalError:
            raise
        except MatineeError as problem:
            _log.info("provider_sign_in_refused", code=problem.code, provider=provider[:32])
            return _redirect(_sign_in_page(problem=problem.code), [carried_cookies.cookie("")])
        return _finished(provider, finished, answers, carried_cookies)

    @post(
        "/link",
        status_code=204,
        summary="Link what a provider vouched for",
        operation_id="linkPendingProvider",
        opt=MEMBERS,
        responses=problems(401, 403, 409, 503),
    )
    async def link(
        self,
        request: AnyRequest,
        providers: Rules,
        carried_cookies: NamedDependency[CarriedCookies],
        passport: Caller,
    ) -> Response[None]:
        """Link the provider's account that this browser brought, after its owner has signed in another way."""
        await providers.link_pending(caller_of(passport), request.headers.get(OIDC_HEADER, ""))
        return Response(None, status_code=204, headers=PRIVATE, cookies=[carried_cookies.cookie("")])


def _finished(provider: str, finished: Finished, answers: Answers, carried: CarriedCookies) -> Response[bytes]:
    if finished.issued is None:
        page = _sign_in_page(problem="provider-link-needed", provider=provider, return_to=finished.return_to)
        return _redirect(page, [carried.cookie(finished.carried)])
    return _redirect(finished.return_to, [*answers.cookies(finished.issued), carried.cookie("")])


class ProviderLinksController(Controller):
    """Links of one's account."""

    path = "/account/oidc"
    tags = ("identity",)
    opt = MEMBERS

    @delete(
        "/{provider:str}",
        status_code=204,
        summary="Unlink a provider",
        operation_id="unlinkProvider",
        opt=MEMBERS,
        responses=problems(401, 403, 404, 409, 503),
    )
    async def unlink(
        self, provider_accounts: NamedDependency[ProviderAccounts], passport: Caller, provider: FromPath[str]
    ) -> None:
        """Take the link away, unless it is the only way to sign in."""
        await provider_accounts.unlink(caller_of(passport), provider)
