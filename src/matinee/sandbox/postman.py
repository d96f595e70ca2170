"""Sends events to the service until they are taken."""

import asyncio
from collections.abc import Callable

import aiohttp
import structlog

from matinee.kit.clock import Clock
from matinee.kit.errors import MatineeError
from matinee.sandbox.outbox import Outbox, Parcel
from matinee.sandbox.settings import SandboxSettings
from matinee.sandbox.signing import SIGNATURE_HEADER, signature
from matinee.sandbox.till import Till

_AT_ONCE = 8
_IDLE_SECONDS = 0.1
_TROUBLE_SECONDS = 1.0
_log = structlog.get_logger()


class Postman:
    """Delivers what is due.

    Args:
        secret: what events are signed with, afresh at each try, because receivers refuse old ones.
    """

    def __init__(
        self, outbox: Outbox, http: aiohttp.ClientSession, *, settings: SandboxSettings, clock: Clock, secret: bytes
    ) -> None:
        self._outbox = outbox
        self._http = http
        self._settings = settings
        self._clock = clock
        self._secret = secret

    async def deliver_due(self) -> int:
        """Send what is due, a few at once; return how many there were."""
        parcels = await self._outbox.due(_AT_ONCE)
        taken = await asyncio.gather(*(self._send(parcel) for parcel in parcels))
        pairs = list(zip(parcels, taken, strict=True))
        await self._outbox.taken([parcel for parcel, good in pairs if good])
        for parcel in await self._outbox.refused([parcel for parcel, good in pairs if not good]):
            _log.error("webhook_given_up", delivery=parcel.delivery, tries=parcel.tries)
        return len(parcels)

    async def _send(self, parcel: Parcel) -> bool:
        timestamp = int(self._clock.now().timestamp())
        headers = {
            "content-type": "application/json",
            SIGNATURE_HEADER: signature(self._secret, parcel.body, timestamp=timestamp),
        }
        timeout = aiohttp.ClientTimeout(total=self._settings.webhook_answer_seconds)
        try:
            async with self._http.post(
                self._settings.webhook_url,
                data=parcel.body,
                headers=headers,
                timeout=timeout,
                allow_redirects=False,
            ) as response:
                return 200 <= response.status < 300  # noqa: PLR2004  # the promise of webhooks: any 2xx is a receipt
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False


async def keep_delivering(postman: Postman, till: Till, *, failed: Callable[[MatineeError], None]) -> None:
    """Deliver, close overdue questions, turn refunds, until cancelled; trouble with the file is told and waited out."""
    while True:
        try:
            sent = await postman.deliver_due()
            await till.expire_questions()
            await till.turn_refunds()
        except MatineeError as error:
            failed(error)
            await asyncio.sleep(_TROUBLE_SECONDS)
            continue
        if not sent:
            await asyncio.sleep(_IDLE_SECONDS)
