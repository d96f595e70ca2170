"""Profiles and sign-in methods other than the password: their facts, and their rows inside a transaction."""

from typing import Protocol

import msgspec

from matinee.contracts.identity import Profile
from matinee.services.identity.ports.method_rows import (
    LinkRows,
    PairingRows,
    PasskeyRows,
    ProfileRows,
    SpentRows,
    TotpRows,
)


class ProfileFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A profile as its own household sees it.

    Attributes:
        avatar: names one of the web client's pictures.
        limits_version: grows when its maturity, kids mode or PIN changes; access tokens carry it as `ver`.
    """

    profile: Profile
    avatar: str
    has_pin: bool
    limits_version: int = 0


class MethodFacts(msgspec.Struct, frozen=True, kw_only=True):
    """How an account may sign in beside its password. `providers` are names from the settings."""

    totp: bool = False
    passkeys: int = 0
    providers: tuple[str, ...] = ()


class MethodRows(Protocol):
    """The part of a transaction that profiles and sign-in methods use."""

    @property
    def profiles(self) -> ProfileRows:
        """Profiles."""
        ...

    @property
    def totp(self) -> TotpRows:
        """Authenticator apps and recovery codes."""
        ...

    @property
    def passkeys(self) -> PasskeyRows:
        """Passkeys."""
        ...

    @property
    def spent(self) -> SpentRows:
        """Answers that were used."""
        ...

    @property
    def links(self) -> LinkRows:
        """Accounts at providers."""
        ...

    @property
    def pairings(self) -> PairingRows:
        """Devices that ask."""
        ...
