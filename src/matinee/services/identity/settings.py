"""What an operator may set of identity."""

from typing import Annotated

import msgspec
from msgspec import Meta


class OidcProvider(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A provider that people may sign in with, such as their employer's (OpenID Connect).

    Attributes:
        name: in addresses, such as `acme`; links of accounts are kept under it.
        label: on the button.
        issuer: as the provider writes it, without the path of its discovery document.
        client_secret_file: a file that holds the client's secret; empty for a public client.
    """

    name: Annotated[str, Meta(pattern="^[a-z][a-z0-9-]{0,31}$")]
    label: Annotated[str, Meta(min_length=1, max_length=64)]
    issuer: Annotated[str, Meta(min_length=8, max_length=512)]
    client_id: Annotated[str, Meta(min_length=1, max_length=512)]
    client_secret_file: Annotated[str, Meta(max_length=4096)] = ""


class IdentitySettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lifetimes, limits and costs of identity."""

    public_url: Annotated[
        str, Meta(description="base URL of links in mail and of provider answers; never taken from a request")
    ] = "http://localhost:8400"
    access_seconds: Annotated[int, Meta(ge=30, le=900, description="seconds an access token lives")] = 300
    refresh_days: Annotated[int, Meta(ge=1, le=365, description="days a session lives without being used")] = 30
    session_days: Annotated[int, Meta(ge=1, le=3650, description="days a session lives however it is used")] = 365
    reuse_grace_seconds: Annotated[
        int, Meta(ge=0, le=60, description="seconds in which the refresh token just replaced still gives its successor")
    ] = 10
    confirm_seconds: Annotated[
        int, Meta(ge=60, le=3600, description="seconds that a proof of identity counts for security changes")
    ] = 600
    sessions_per_account: Annotated[
        int, Meta(ge=1, le=1_000, description="live sessions of an account; the least recently used ends first")
    ] = 50
    verification_seconds: Annotated[int, Meta(ge=300, le=604_800, description="seconds a verification link lives")] = (
        86_400
    )
    reset_seconds: Annotated[int, Meta(ge=300, le=86_400, description="seconds a password reset link lives")] = 1_800
    key_days: Annotated[int, Meta(ge=1, le=365, description="days that a key signs access tokens")] = 30
    key_lead_seconds: Annotated[
        int, Meta(ge=60, le=86_400, description="seconds a new key is published before it signs")
    ] = 3_600
    hash_memory_kib: Annotated[int, Meta(ge=7_168, le=1_048_576, description="KiB of memory of argon2id")] = 19_456
    hash_passes: Annotated[int, Meta(ge=1, le=20, description="passes of argon2id over its memory")] = 2
    hash_lanes: Annotated[int, Meta(ge=1, le=8, description="lanes of argon2id")] = 1
    hash_threads: Annotated[int, Meta(ge=1, le=16, description="passwords hashed at the same time")] = 1
    hash_queue: Annotated[
        int, Meta(ge=1, le=10_000, description="passwords that may wait for hashing; more are answered 503")
    ] = 64
    waiting_requests: Annotated[
        int, Meta(ge=10, le=1_000_000, description="sign-ups and resets that may wait to be worked off")
    ] = 10_000
    default_territory: Annotated[
        str, Meta(pattern="^[A-Z]{2}$", description="territory of members who did not say theirs, ISO 3166-1 alpha-2")
    ] = "US"
    poll_seconds: Annotated[
        float, Meta(gt=0, le=60, description="seconds between looks for work when nothing woke the worker")
    ] = 2.0
    sweep_seconds: Annotated[int, Meta(ge=1, le=86_400, description="seconds between removals of expired rows")] = 300
    account_free_tries: Annotated[
        int, Meta(ge=1, le=1_000, description="failures at one account from one address before waits begin")
    ] = 5
    account_wide_free_tries: Annotated[
        int, Meta(ge=1, le=10_000, description="failures at one account from anywhere before waits begin")
    ] = 30
    address_free_tries: Annotated[
        int, Meta(ge=1, le=1_000_000, description="failures from one address, or IPv6 /64, before waits begin")
    ] = 50
    mail_free_tries: Annotated[
        int, Meta(ge=1, le=1_000, description="mails that strangers may cause to one address before waits begin")
    ] = 3
    longest_wait_seconds: Annotated[int, Meta(ge=1, le=86_400, description="longest wait after failures")] = 900
    oidc_providers: Annotated[
        tuple[OidcProvider, ...],
        Meta(
            max_length=20, description="providers to sign in with: name, label, issuer, client_id, client_secret_file"
        ),
    ] = ()
    oidc_allowed_hosts: Annotated[
        tuple[str, ...],
        Meta(
            description="hosts of providers, as host or host:port, that may be asked over http or at private addresses"
        ),
    ] = ()
    oidc_seconds: Annotated[float, Meta(gt=0, le=60, description="seconds a provider may take for one answer")] = 8.0
    challenge_seconds: Annotated[
        int, Meta(ge=30, le=1_800, description="seconds to answer a passkey's question or to come back from a provider")
    ] = 600
    pairing_seconds: Annotated[int, Meta(ge=60, le=1_800, description="seconds a television's code may be entered")] = (
        600
    )
    pairing_interval_seconds: Annotated[
        int, Meta(ge=1, le=60, description="least seconds between a television's questions whether it was let in")
    ] = 5
    waiting_pairings: Annotated[
        int, Meta(ge=10, le=1_000_000, description="televisions that may wait to be let in at the same time")
    ] = 10_000
