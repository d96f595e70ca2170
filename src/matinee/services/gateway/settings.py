"""What an operator may set of the gateway."""

from typing import Annotated

import msgspec
from msgspec import Meta

Origin = Annotated[str, Meta(pattern=r"^https?://[^/?#\s;,'\"]+$", max_length=200)]
KIB, MIB, GIB = 2**10, 2**20, 2**30


class GatewaySettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Bounds, trust and addresses of the front door."""

    web_folder: Annotated[str, Meta(description="folder of the built web client; empty serves none")] = ""
    edge_origins: Annotated[
        tuple[Origin, ...], Meta(max_length=64, description="origins that the web client may load films from")
    ] = ()
    connect_origins: Annotated[
        tuple[Origin, ...],
        Meta(
            max_length=16,
            description="origins of the payment processor: the web client may call, post to and frame them",
        ),
    ] = ()
    script_origins: Annotated[
        tuple[Origin, ...],
        Meta(max_length=16, description="origins whose scripts the web client may load, such as a payment processor's"),
    ] = ()
    trusted_proxies: Annotated[
        tuple[str, ...], Meta(max_length=256, description="networks (CIDR) whose forwarding headers are believed")
    ] = ()
    max_url_bytes: Annotated[int, Meta(ge=256, le=65_536, description="bytes of path and query")] = 8 * KIB
    max_header_bytes: Annotated[int, Meta(ge=1_024, le=262_144, description="bytes of all headers")] = 32 * KIB
    max_headers: Annotated[int, Meta(ge=8, le=1_000, description="headers of a request")] = 100
    max_body_bytes: Annotated[int, Meta(ge=1_024, le=GIB, description="bytes of a body on ordinary routes")] = MIB
    max_picture_bytes: Annotated[int, Meta(ge=1_024, le=GIB, description="bytes of a picture")] = 16 * MIB
    max_import_bytes: Annotated[int, Meta(ge=1_024, le=GIB, description="bytes of a list of titles")] = 65 * MIB
    max_upload_bytes: Annotated[
        int, Meta(ge=1_024, le=2**50, description="bytes of one request that uploads a film or a part of it")
    ] = 256 * GIB
    max_answer_bytes: Annotated[
        int,
        Meta(ge=MIB, le=2**40, description="bytes of one answer; what a slow client has not read is held"),
    ] = 64 * MIB
    body_seconds: Annotated[float, Meta(gt=0, le=3_600, description="seconds for a whole body on ordinary routes")] = (
        30.0
    )
    upload_idle_seconds: Annotated[
        float, Meta(gt=0, le=3_600, description="seconds without a byte after which an upload is cut off")
    ] = 60.0
    connect_seconds: Annotated[float, Meta(gt=0, le=60, description="seconds to connect to a room's process")] = 2.0
    read_seconds: Annotated[
        float, Meta(gt=0, le=3_600, description="seconds that a room may be silent, while answering or in an answer")
    ] = 60.0
    upstream_connections: Annotated[
        int, Meta(ge=1, le=10_000, description="open connections to one room's process; more requests wait")
    ] = 256
    session_seconds: Annotated[int, Meta(ge=60, le=604_800, description="seconds that a sign-in lasts")] = 43_200
    sign_in_failures: Annotated[
        int, Meta(ge=1, le=1_000, description="wrong operator keys from one address before it has to wait")
    ] = 5
    sign_in_wait_seconds: Annotated[
        int, Meta(ge=1, le=86_400, description="longest wait between wrong operator keys from one address")
    ] = 300
    remembered_tokens: Annotated[
        int, Meta(ge=16, le=1_000_000, description="access tokens that are not verified again at every request")
    ] = 20_000
    rate_requests: Annotated[
        int, Meta(ge=10, le=10_000_000, description="requests to the API that an account or address may make at once")
    ] = 6_000
    rate_window_seconds: Annotated[
        int, Meta(ge=1, le=86_400, description="seconds in which used-up requests come back")
    ] = 60
    idempotency_seconds: Annotated[
        int, Meta(ge=86_400, le=2_592_000, description="seconds that the answer to an Idempotency-Key is kept")
    ] = 90_000
    idempotency_lease_seconds: Annotated[
        int,
        Meta(ge=1, le=3_600, description="seconds after which a request that broke off with its key may be sent again"),
    ] = 60
    idempotency_keys: Annotated[
        int, Meta(ge=10, le=1_000_000, description="keys kept for one account, or for one address of strangers")
    ] = 5_000
