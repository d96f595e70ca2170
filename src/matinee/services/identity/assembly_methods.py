"""Puts together what the room has of profiles and of sign-in methods other than the password."""

from collections.abc import Callable
from pathlib import Path

from matinee.engines.fetch import FetchLimits
from matinee.engines.keyring import Keyring
from matinee.host.settings import SettingsError
from matinee.kit.clock import Clock
from matinee.kit.ids import Ids
from matinee.services.identity.adapters.oidc import Fetch, HttpProvider
from matinee.services.identity.http.oidc import CarriedCookies
from matinee.services.identity.ports.crypto import Seal
from matinee.services.identity.ports.store import Store
from matinee.services.identity.service.challenges import Challenges
from matinee.services.identity.service.limits import Limits
from matinee.services.identity.service.notes import Notes
from matinee.services.identity.service.pairing import PairingRules
from matinee.services.identity.service.passkey_rules import PasskeyRules
from matinee.services.identity.service.passkeys import RelyingParty
from matinee.services.identity.service.profile_choice import ProfileChoice
from matinee.services.identity.service.profile_locks import ProfileLocks
from matinee.services.identity.service.profiles import Profiles
from matinee.services.identity.service.provider_accounts import ProviderAccounts
from matinee.services.identity.service.provider_messages import Carrier
from matinee.services.identity.service.providers import Providers
from matinee.services.identity.service.second_factor import SecondFactors, TotpSetup
from matinee.services.identity.service.sessions import Sessions
from matinee.services.identity.settings import IdentitySettings, OidcProvider

_MAX_SECRET_BYTES = 4096


def method_services(
    *,
    settings: IdentitySettings,
    store: Store,
    keyring: Keyring,
    clock: Clock,
    ids: Ids,
    seal: Seal,
    notes: Notes,
    limits: Limits,
    sessions: Sessions,
    profiles: Profiles,
    locks: ProfileLocks,
    factors: SecondFactors,
    asks: Callable[[str], Fetch],
) -> dict[str, object]:
    """Return what handlers of profiles and methods may name, by parameter name."""
    accounts = ProviderAccounts(store=store, sessions=sessions, notes=notes, ids=ids, settings=settings)
    return {
        "profiles": profiles,
        "profile_choice": ProfileChoice(store=store, locks=locks, sessions=sessions),
        "totp_setup": TotpSetup(store=store, factors=factors, sessions=sessions, limits=limits, notes=notes),
        "passkeys": PasskeyRules(
            store=store,
            sessions=sessions,
            challenges=Challenges(keyring.seed("identity-challenges"), seconds=settings.challenge_seconds),
            party=RelyingParty.of(settings.public_url),
            limits=limits,
            notes=notes,
            ids=ids,
        ),
        "provider_accounts": accounts,
        "providers": Providers(
            settings=settings,
            clients={provider.name: _client(provider, settings, clock, asks) for provider in settings.oidc_providers},
            store=store,
            accounts=accounts,
            carrier=Carrier(seal),
            limits=limits,
            notes=notes,
        ),
        "carried_cookies": CarriedCookies(settings),
        "pairing": PairingRules(store=store, sessions=sessions, limits=limits, notes=notes, ids=ids, settings=settings),
    }


def _client(
    provider: OidcProvider, settings: IdentitySettings, clock: Clock, asks: Callable[[str], Fetch]
) -> HttpProvider:
    limits = FetchLimits(allowed_hosts=settings.oidc_allowed_hosts, seconds=settings.oidc_seconds)
    secret, fetching = _secret(provider), asks(provider.name)
    return HttpProvider(provider, secret=secret, limits=limits, clock=clock, asks=fetching)


def _secret(provider: OidcProvider) -> str:
    if not provider.client_secret_file:
        return ""
    try:
        secret = Path(provider.client_secret_file).expanduser().read_bytes()[:_MAX_SECRET_BYTES]
        return secret.decode("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The secret of provider {provider.name!r} cannot be read from its file.") from error
