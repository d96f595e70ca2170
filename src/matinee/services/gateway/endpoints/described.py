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
    described_document = {
        **document,
        "paths": {path: _path(item) for path, item in document.get("paths", {}).items()},
        "components": {**components, "schemas": schemas, "securitySchemes": _SECURITY_SCHEMES},
    }
    open_unions: dict[str, Any] = _with_open_unions(described_document)
    return open_unions


def _path(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _operation(name, value) if name in _METHODS else value for name, value in item.items()}


def _operation(method: str, operation: Mapping[str, Any]) -> dict[str, Any]:
    responses = {status: _response(status, value) for status, value in operation.get("responses", {}).items()}
    responses.setdefault("default", _problem("Refused, by the front door or by the room; the code says why"))
    parameters = list(_parameters(method, operation))
    return {**operation, **({"parameters": parameters} if parameters else {}), "responses": responses}


def _parameters(method: str, operation: Mapping[str, Any]) -> Iterator[Any]:
    given = list(operation.get("parameters", ()))
    yield from given
    names = {str(one.get("name", "")).lower() for one in given}
    if method.upper() not in SAFE_METHODS and "idempotency-key" not in names:
        yield _KEY_PARAMETER


def _with_open_unions(value: Any) -> Any:
    """Return a part of a document in which a union may fit more than once: 1 is an integer and a number."""
    if isinstance(value, Mapping):
        return {("anyOf" if name == "oneOf" else name): _with_open_unions(part) for name, part in value.items()}
    return [_with_open_unions(part) for part in value] if isinstance(value, list) else value


def _response(status: str, response: Mapping[str, Any]) -> dict[str, Any]:
    """Return a response; a problem under its own media type, and no body where there is none."""
    if status == "204" or status[0] == "3":
        return {name: part for name, part in response.items() if name != "content"}
    schemas = [content.get("schema", {}) for content in response.get("content", {}).values()]
    if any(schema.get("$ref") == _PROBLEM_REF or _is_frameworks(schema) for schema in schemas):
        return {**response, **_problem(str(response.get("description", "")))}
    if status[0] in "45":
        # A standard has its own words for some refusals; others still come as problems.
        own = _problem(str(response.get("description", "")))
        return {**response, "content": {**response.get("content", {}), **own["content"]}}
    return dict(response)


def _is_frameworks(schema: Mapping[str, Any]) -> bool:
    """Return whether it is what the framework would answer to a bad request, in whose place the host answers."""
    return {"status_code", "detail"} <= set(schema.get("properties", ()))


def _problem(description: str) -> dict[str, Any]:
    return {"description": description, "content": {_PROBLEM_TYPE: {"schema": {"$ref": _PROBLEM_REF}}}}
