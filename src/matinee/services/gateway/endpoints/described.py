"""What the door adds to every operation of the API's description: how it is asked, and what the door itself answers."""

from collections.abc import Iterator, Mapping
from typing import Any

from matinee.contracts.identity import ACCESS_COOKIE
from matinee.services.gateway.cookies import OPERATOR_COOKIE
from matinee.services.gateway.exchange import SAFE_METHODS

_METHODS = frozenset({"get", "put", "post", "delete", "patch", "head", "options"})
_PROBLEM_REF = "#/components/schemas/Problem"
_PROBLEM_TYPE = "application/problem+json"
_KEY_PARAMETER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "a name for this one change; sent again with it, the change is not made again",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}
_SECURITY_SCHEMES = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": f"a member's access token, or the operator key; browsers show the cookies {ACCESS_COOKIE} and "
        f"{OPERATOR_COOKIE} instead. Who may call what stands in docs/reference/authorisation.md.",
    }
}


def described(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return an OpenAPI document with what holds for all operations filled in; the given one stays as it is."""
    components = document.get("components", {})
    schemas = {"Problem": {"type": "object"}, **components.get("schemas", {})}
    return {
        **document,
        "paths": {path: _path(item) for path, item in document.get("paths", {}).items()},
        "components": {**components, "schemas": schemas, "securitySchemes": _SECURITY_SCHEMES},
    }


def _path(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _operation(name, value) if name in _METHODS else value for name, value in item.items()}


def _operation(method: str, operation: Mapping[str, Any]) -> dict[str, Any]:
    responses = {status: _response(value) for status, value in operation.get("responses", {}).items()}
    responses.setdefault("default", _problem("Refused, by the front door or by the room; the code says why"))
    parameters = list(_parameters(method, operation))
    return {**operation, **({"parameters": parameters} if parameters else {}), "responses": responses}


def _parameters(method: str, operation: Mapping[str, Any]) -> Iterator[Any]:
    given = list(operation.get("parameters", ()))
    yield from given
    names = {str(one.get("name", "")).lower() for one in given}
    if method.upper() not in SAFE_METHODS and "idempotency-key" not in names:
        yield _KEY_PARAMETER


def _response(response: Mapping[str, Any]) -> dict[str, Any]:
    """Return a response; a problem under its own media type, which frameworks do not know."""
    contents = response.get("content", {})
    if any(content.get("schema", {}).get("$ref") == _PROBLEM_REF for content in contents.values()):
        return {**response, **_problem(str(response.get("description", "")))}
    return dict(response)


def _problem(description: str) -> dict[str, Any]:
    return {"description": description, "content": {_PROBLEM_TYPE: {"schema": {"$ref": _PROBLEM_REF}}}}
