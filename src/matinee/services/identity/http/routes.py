"""All that identity answers over HTTP."""

from collections.abc import Mapping
from typing import Any

from litestar import Router
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from matinee.services.identity.http.account import AccountController, DevicesController
from matinee.services.identity.http.admin import AdminAccountsController, AuditController
from matinee.services.identity.http.joining import JoiningController, SetupController
from matinee.services.identity.http.mailbox import MailboxController
from matinee.services.identity.http.methods import (
    PasskeysController,
    PasskeySignInController,
    SecondFactorController,
)
from matinee.services.identity.http.oidc import ProviderLinksController, ProvidersController
from matinee.services.identity.http.pairing import DeviceController, PairingController
from matinee.services.identity.http.profiles import ProfileChoiceController, ProfilesController
from matinee.services.identity.http.session import SessionController

CORE = (
    JoiningController,
    SetupController,
    SessionController,
    AccountController,
    DevicesController,
    AdminAccountsController,
    AuditController,
    MailboxController,
)

METHODS = (
    ProfilesController,
    ProfileChoiceController,
    SecondFactorController,
    PasskeysController,
    PasskeySignInController,
    ProvidersController,
    ProviderLinksController,
    DeviceController,
    PairingController,
)


# What handlers name, given by the assembly of the room.
SERVICES = (
    *("answers", "joining", "claiming", "sign_in", "sessions", "account_rules", "mailbox", "staff"),
    *(
        "profiles",
        "profile_choice",
        "totp_setup",
        "passkeys",
        "provider_accounts",
        "providers",
        "carried_cookies",
        "pairing",
    ),
)


def routes(services: Mapping[str, object] | None) -> list[ControllerRouterHandler]:
    """Return the handlers, below `/api/v1`.

    Args:
        services: parameter name → what handlers that name it get; None when handlers are only described.
    """
    dependencies = {name: Provide(_given(services[name] if services else None)) for name in SERVICES}
    return [Router("/", route_handlers=[*CORE, *METHODS], dependencies=dependencies)]


def _given(service: object) -> Any:
    async def provide() -> Any:
        return service

    return provide
