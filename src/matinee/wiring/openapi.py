"""The OpenAPI document of the whole service, from the routes of every room, without starting any."""

import importlib
from functools import lru_cache
from typing import Any

from matinee.host.http import PassportReader, compose
from matinee.kit.signing import SigningKey
from matinee.wiring.rooms import ROUTE_PREFIXES


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """Return the OpenAPI 3.1 document.

    Handlers are described, never called, so the rooms behind them need not exist.
    """
    handlers = [
        handler
        for room in ROUTE_PREFIXES
        for handler in importlib.import_module(f"matinee.services.{room}.http").routes(None)
    ]
    application = compose(handlers, PassportReader(SigningKey(SigningKey.generate()).public))
    schema: dict[str, Any] = application.openapi_schema.to_schema()
    return schema
