"""How the operations routes stand in the API's description."""

from typing import Any

from matinee.services.gateway.endpoints.operations import OPERATIONS

_PROBLEM = {"description": "Problem details (RFC 9457)"}
_NAME = {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}, "description": "of the command"}


def _operation(
    name: str, summary: str, answer: str, *statuses: str, body: dict[str, Any] | None = None
) -> dict[str, Any]:
    content = {"application/json": {"schema": {"type": "object"}}}
    return {
        "tags": ["operations"],
        "summary": summary,
        "operationId": name,
        **({"requestBody": {"required": True, "content": {"application/json": {"schema": body}}}} if body else {}),
        "responses": {
            "200": {"description": answer, "content": content},
            **dict.fromkeys(("401", "403", *statuses), _PROBLEM),
        },
    }


_FOLLOW = _operation("followOperations", "Every command as it goes", "Server-sent events", "503")
_FOLLOW["responses"]["200"]["content"] = {"text/event-stream": {"schema": {"type": "string"}}}
_CHANGE = {"type": "object", "description": "fields of CommandSettings; null takes one back"}
_FAULTS = {
    "type": "object",
    "required": ["items"],
    "additionalProperties": False,
    "properties": {
        "items": {
            "type": "array",
            "maxItems": 64,
            "items": {
                "type": "object",
                "required": ["pattern", "kind"],
                "additionalProperties": False,
                "properties": {
                    "pattern": {"type": "string", "maxLength": 100},
                    "kind": {"enum": ["fail", "delay"]},
                    "seconds": {"type": "number", "minimum": 0, "maximum": 3600},
                    "percent": {"type": "integer", "minimum": 1, "maximum": 100},
                },
            },
        }
    },
}
OPERATIONS_PATHS: dict[str, Any] = {
    OPERATIONS: {"get": _operation("readOperations", "Every command of every process", "Processes, changes, faults")},
    f"{OPERATIONS}/live": {"get": _FOLLOW},
    f"{OPERATIONS}/commands/{{name}}": {
        "parameters": [_NAME],
        "patch": _operation(
            "changeCommand", "Change a command everywhere", "Where it counts already", "400", "404", "503", body=_CHANGE
        ),
        "delete": _operation("takeBackCommand", "Take changes of a command back", "Where it counts already", "503"),
    },
    f"{OPERATIONS}/faults": {
        "put": _operation(
            "injectFaults", "Let commands fail on purpose", "Where they count already", "400", body=_FAULTS
        ),
        "delete": _operation("endFaults", "Let no command fail on purpose", "Where it counts already"),
    },
}
