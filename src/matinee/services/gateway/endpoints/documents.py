"""The API's description, for programs and for people."""

from collections.abc import Callable, Mapping
from functools import cached_property
from html import escape
from typing import Any

import msgspec

from matinee.services.gateway.endpoints.answering import JSON, send_bytes
from matinee.services.gateway.endpoints.described import described
from matinee.services.gateway.endpoints.health import reading_only
from matinee.services.gateway.endpoints.operations_described import OPERATIONS_PATHS
from matinee.services.gateway.exchange import Exchange, FilterKind
from matinee.services.gateway.places import OPERATOR_SESSION

_CACHE = (b"cache-control", b"no-cache")
_STYLE = """
:root { color-scheme: dark light; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
code { font-size: 0.95em; } h2 { margin-top: 2.5rem; } article { border-top: 1px solid #8886; padding: 0.75rem 0; }
.method { display: inline-block; min-width: 4.5rem; font-weight: 700; } p { margin: 0.25rem 0; }
table { border-collapse: collapse; margin: 0.5rem 0; } td { padding: 0.1rem 1rem 0.1rem 0; vertical-align: top; }
"""
_PROBLEM = {"description": "Problem details (RFC 9457)"}
_OWN_PATHS: dict[str, Any] = {
    OPERATOR_SESSION: {
        "get": {
            "tags": ["gateway"],
            "summary": "Who am I",
            "operationId": "readOperatorSession",
            "responses": {"200": {"description": 'The role: {"role": "operator"} or {"role": "stranger"}'}},
        },
        "post": {
            "tags": ["gateway"],
            "summary": "Sign in with the operator key",
            "operationId": "openOperatorSession",
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {
                        "schema": {
                            "type": "object",
                            "required": ["key"],
                            "additionalProperties": False,
                            "properties": {"key": {"type": "string"}},
                        }
                    }
                },
            },
            "responses": {"204": {"description": "Signed in; the cookie is set"}, "401": _PROBLEM, "429": _PROBLEM},
        },
        "delete": {
            "tags": ["gateway"],
            "summary": "Sign out",
            "operationId": "closeOperatorSession",
            "responses": {"204": {"description": "Signed out"}},
        },
    }
}


class Documents:
    """`/openapi.json`, and `/docs` made from it: one plain page without scripts.

    Args:
        document: returns the rooms' OpenAPI document; called once, when it is first asked for.
    """

    name = "documents"
    kind: FilterKind = "endpoint"
    order = 40

    def __init__(self, document: Callable[[], Mapping[str, Any]]) -> None:
        self._make = document

    @cached_property
    def _document(self) -> dict[str, Any]:
        made = dict(self._make())
        return described({**made, "paths": {**made.get("paths", {}), **_OWN_PATHS, **OPERATIONS_PATHS}})

    def should_filter(self, exchange: Exchange) -> bool:
        """Apply to the three paths."""
        return exchange.path in {"/openapi.json", "/docs", "/docs/style.css"}

    async def apply(self, exchange: Exchange) -> None:
        """Answer with the document, the page or its style."""
        reading_only(exchange)
        if exchange.path == "/openapi.json":
            await send_bytes(exchange, 200, msgspec.json.encode(self._document), [JSON, _CACHE])
        elif exchange.path == "/docs":
            kind = (b"content-type", b"text/html; charset=utf-8")
            await send_bytes(exchange, 200, render(self._document).encode(), [kind, _CACHE])
        else:
            await send_bytes(exchange, 200, _STYLE.encode(), [(b"content-type", b"text/css; charset=utf-8"), _CACHE])


def render(document: Mapping[str, Any]) -> str:
    """Return a page that lists every operation of an OpenAPI document by its tag."""
    by_tag: dict[str, list[str]] = {}
    for path, item in document.get("paths", {}).items():
        for method, operation in item.items():
            if isinstance(operation, Mapping):
                tag = (operation.get("tags") or ["other"])[0]
                by_tag.setdefault(str(tag), []).append(_operation(path, method, operation))
    title = escape(str(document.get("info", {}).get("title", "API")))
    sections = "".join(f"<h2>{escape(tag)}</h2>{''.join(articles)}" for tag, articles in sorted(by_tag.items()))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} API</title>'
        '<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/docs/style.css"></head>'
        f'<body><h1>{title} API</h1><p>For programs: <a href="/openapi.json">openapi.json</a></p>{sections}'
        "</body></html>"
    )


def _operation(path: str, method: str, operation: Mapping[str, Any]) -> str:
    parameters = "".join(
        f"<tr><td><code>{escape(str(p.get('name', '')))}</code></td><td>{escape(str(p.get('in', '')))}</td>"
        f"<td>{escape(str(p.get('description', '')))}</td></tr>"
        for p in operation.get("parameters", ())
        if isinstance(p, Mapping)
    )
    answers = ", ".join(escape(str(status)) for status in operation.get("responses", {}))
    return (
        f'<article><p><span class="method">{escape(method.upper())}</span> <code>{escape(path)}</code></p>'
        f"<p>{escape(str(operation.get('summary', '')))}. {escape(str(operation.get('description', '')))}</p>"
        f"{f'<table>{parameters}</table>' if parameters else ''}<p>Answers: {answers}</p></article>"
    )
