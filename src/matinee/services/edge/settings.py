"""What an operator may set of an edge appliance."""

from typing import Annotated

import msgspec
from msgspec import Meta

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB


class EdgeSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Bounds and times of an edge appliance."""

    name: Annotated[
        str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,40}$", description="the appliance's name, shown in Cache-Status")
    ] = "edge"
    data_folder: Annotated[str, Meta(min_length=1, description="folder of its own; the cache lies below it")] = (
        "data/edge"
    )
    budget_bytes: Annotated[int, Meta(ge=1 * MIB, description="bytes of cached files on disk, fills included")] = (
        8 * GIB
    )
    pinned_share_percent: Annotated[
        int, Meta(ge=0, le=90, description="per cent of the budget that pinned releases may hold")
    ] = 50
    memory_bytes: Annotated[int, Meta(ge=0, description="bytes of small files kept in memory too")] = 64 * MIB
    memory_object_bytes: Annotated[
        int, Meta(ge=0, le=4 * MIB, description="files up to this many bytes are sent from memory, others from disk")
    ] = 256 * KIB
    max_object_bytes: Annotated[int, Meta(ge=1 * KIB, description="bytes of the largest file that is fetched")] = (
        64 * MIB
    )
    max_index_bytes: Annotated[int, Meta(ge=1 * KIB, description="bytes of the largest release index read")] = 16 * MIB
    indexes_bytes: Annotated[
        int, Meta(ge=1 * KIB, description="bytes of release indexes kept in memory, as they came")
    ] = 64 * MIB
    fresh_seconds: Annotated[
        float, Meta(gt=0, description="seconds before the origin is asked again whether a release still stands")
    ] = 300.0
    stale_seconds: Annotated[
        float, Meta(ge=0, description="seconds past that for which it is served while the origin is away")
    ] = 86_400.0
    recheck_seconds: Annotated[
        float, Meta(gt=0, description="seconds between questions to an origin that does not answer")
    ] = 5.0
    missing_seconds: Annotated[
        float, Meta(gt=0, description="seconds for which a release or file that failed is not asked for again")
    ] = 5.0
    missing_entries: Annotated[int, Meta(ge=1, description="how many such failures are remembered")] = 1024
    fill_concurrency: Annotated[int, Meta(ge=1, le=256, description="files fetched at the same time")] = 16
    fill_waiting: Annotated[int, Meta(ge=0, description="further files that may wait for their turn")] = 256
    fill_seconds: Annotated[float, Meta(gt=0, description="seconds for one fill, waiting and retries included")] = 15.0
    fill_attempts: Annotated[int, Meta(ge=1, le=10, description="tries for one fill")] = 3
    retry_seconds: Annotated[float, Meta(ge=0, description="seconds before the second try; doubled for each more")] = (
        0.1
    )
    sending_seconds: Annotated[
        float, Meta(ge=1, description="seconds for which a file just handed to the server is not evicted")
    ] = 5.0
    remembered_tokens: Annotated[int, Meta(ge=1, description="verified tokens kept, so as not to verify again")] = (
        16_384
    )
    deliveries_kept: Annotated[
        int, Meta(ge=1, description="records of answered requests held until they are reported; the oldest go first")
    ] = 10_000
    report_seconds: Annotated[float, Meta(gt=0, description="seconds between reports and notes of recency")] = 10.0
