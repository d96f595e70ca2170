"""The OpenAPI document of the whole service, from the routes of every room, without starting any."""

import importlib
import inspect
from functools import lru_cache
from typing import Any

from litestar import Litestar

from matinee.host.http import PassportReader, compose, routes_of
from matinee.kit.passport import Role
from matinee.kit.signing import SigningKey

_ROUTES = (
    "matinee.services.catalogue.http.routes",
    "matinee.services.catalogue.imports.http",
    "matinee.services.history.http",
    "matinee.services.search.http",
    "matinee.services.home.http",
    "matinee.services.playback.http",
    "matinee.services.ingest.http.routes",
    "matinee.services.identity.http.routes",
    "matinee.services.billing.http.routes",
    "matinee.services.billing.http.webhooks:webhook_routes",
)


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """Return the OpenAPI 3.1 document.

    Handlers are described, never called, so the rooms behind them need not exist.
    """
    schema: dict[str, Any] = composed().openapi_schema.to_schema()
    return schema


def described_routes() -> dict[str, tuple[Role, ...]]:
    """Return who may call each route of each room, as the handlers say it."""
    return routes_of(composed())


@lru_cache(maxsize=1)
def composed() -> Litestar:
    """Return the application of every room's routes, to be described and never called."""
    handlers = [handler for path in _ROUTES for handler in _described(path)]
    return compose(handlers, PassportReader(SigningKey(SigningKey.generate()).public))


def _described(path: str) -> list[Any]:
    place, _, name = path.partition(":")
    routes = getattr(importlib.import_module(place), name or "routes")
    nothing = [None] * len(inspect.signature(routes).parameters)
    return list(routes(*nothing))
