"""The service's own HTTP API, as commands use it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from multidict import CIMultiDictProxy

from matinee.engines.keyring import Keyring
from matinee.kit.errors import MatineeError, UnavailableError
from matinee.wiring.settings import ServiceSettings


class ServiceAwayError(UnavailableError):
    """The service does not answer at its address."""

    code = "service-away"
    title = "The service is not running"


class RefusedError(MatineeError):
    """The service answered with a problem; its sentence is kept."""

    code = "refused"
    title = "The service refused"


class Api:
    """A session with the gateway, as the operator."""

    def __init__(self, base_url: str, http: aiohttp.ClientSession) -> None:
        self.base_url = base_url
        self._http = http

    async def call(self, method: str, path: str, **options: Any) -> tuple[int, CIMultiDictProxy[str], Any]:
        """Send one request and return status, headers and decoded JSON (None without a body).

        Raises:
            ServiceAwayError: when nothing answers.
            RefusedError: when the answer is a problem.
        """
        try:
            async with self._http.request(method, f"{self.base_url}{path}", **options) as response:
                body = await response.json(content_type=None) if "json" in response.content_type else None
                if response.status >= 400:  # noqa: PLR2004  # every refusal is a problem document
                    raise RefusedError((body or {}).get("detail", f"HTTP {response.status}"))
                return response.status, response.headers, body
        except (aiohttp.ClientConnectionError, TimeoutError) as error:
            raise ServiceAwayError(f"Nothing answers at {self.base_url}; start it with: matinee up") from error


@asynccontextmanager
async def operator_api(service: ServiceSettings, base_url: str | None = None) -> AsyncIterator[Api]:
    """Open a session that carries the operator key of this data folder."""
    key = Keyring(service.data / "keys").operator_key()
    timeout = aiohttp.ClientTimeout(total=None, connect=5.0, sock_read=60.0)
    async with aiohttp.ClientSession(headers={"authorization": f"Bearer {key}"}, timeout=timeout) as http:
        yield Api(base_url or service.browser_url, http)
