"""Which processor moves the money, by the settings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from matinee.engines.keyring import Keyring
from matinee.services.billing.adapters.sandbox import SandboxPayments
from matinee.services.billing.ports import Payments
from matinee.services.billing.settings import BillingSettings

_CONNECT_SECONDS = 3.0
_CONNECTIONS = 64


@asynccontextmanager
async def open_payments(settings: BillingSettings, keyring: Keyring) -> AsyncIterator[Payments]:
    """Open the processor that the settings name.

    Raises:
        ProviderSettingsError: when a key that it needs is not set.
    """
    timeout = aiohttp.ClientTimeout(total=settings.charge_seconds, connect=_CONNECT_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=_CONNECTIONS)) as http:
        if settings.provider == "stripe":
            # Imported here because the library is large and slow to load, and most installations do not use it.
            from matinee.services.billing.adapters.stripe import StripePayments, stripe_client  # noqa: PLC0415

            yield StripePayments(stripe_client(settings, http), settings=settings)
        else:
            yield SandboxPayments(
                http,
                settings=settings,
                service_key=keyring.seed("sandbox-service").hex(),
                webhook_secret=keyring.seed("sandbox-webhooks"),
            )
