"""The OpenAPI document of the whole service, from the routes of every room, without starting any."""

import importlib
import inspect
from functools import lru_cache
from typing import Any

from matinee.host.http import PassportReader, compose
from matinee.kit.signing import SigningKey

_ROUTES = ("matinee.services.catalogue.http", "matinee.services.playback.http", "matinee.services.ingest.http.routes")


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """Return the OpenAPI 3.1 document.

    Handlers are described, never called, so the rooms behind them need not exist.
    """
    handlers = [handler for path in _ROUTES for handler in _described(path)]
    application = compose(handlers, PassportReader(SigningKey(SigningKey.generate()).public))
    schema: dict[str, Any] = application.openapi_schema.to_schema()
    return schema


def _described(path: str) -> list[Any]:
    routes = importlib.import_module(path).routes
    nothing = [None] * len(inspect.signature(routes).parameters)
    return list(routes(*nothing))
