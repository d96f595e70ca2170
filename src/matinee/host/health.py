"""Liveness and readiness of a process, answered before anything else."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from matinee.host.module import AsgiApp
from matinee.host.problems import send_problem
from matinee.kit.errors import NotFoundError

CHECK_SECONDS = 1.0
Checks = Callable[[], Mapping[str, Callable[[], Awaitable[bool]]]]


async def run_checks(checks: Mapping[str, Callable[[], Awaitable[bool]]]) -> dict[str, bool]:
    """Run all checks at once, each for at most a second; one that fails, raises or hangs is False."""

    async def one(check: Callable[[], Awaitable[bool]]) -> bool:
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                return await check()
        except Exception:  # noqa: BLE001  # whatever went wrong, the room is not fine
            return False

    results = await asyncio.gather(*(one(check) for check in checks.values()))
    return dict(zip(checks, results, strict=True))


class HealthApp:
    """Wraps an application: `/health/live` says the loop turns, `/health/ready` that every check passes.

    Args:
        inner: the application behind; None answers everything else with 404.
    """

    def __init__(self, inner: AsgiApp | None, checks: Checks) -> None:
        self._inner = inner
        self._checks = checks

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one ASGI request."""
        if scope["path"] == "/health/live":
            await _send(send, 200, {})
        elif scope["path"] == "/health/ready":
            results = await run_checks(self._checks())
            await _send(send, 200 if all(results.values()) else 503, results)
        elif self._inner is None:
            await send_problem(send, NotFoundError("There is nothing at this address."))
        else:
            await self._inner(scope, receive, send)


async def _send(send: Any, status: int, results: Mapping[str, bool]) -> None:
    body = msgspec.json.encode({"ready": status == 200, "checks": results})  # noqa: PLR2004  # 200 is "ready"
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
