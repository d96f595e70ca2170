"""What an operator may set of search."""

from typing import Annotated

import msgspec
from msgspec import Meta


class SearchSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Bounds and times of search."""

    data_folder: Annotated[str, Meta(description="folder below which the index lives, in `search`")] = "data"
    query_threads: Annotated[int, Meta(ge=1, le=64, description="queries that the index answers at once")] = 2
    waiting_queries: Annotated[
        int, Meta(ge=1, le=10_000, description="queries at once, those that wait for a thread included")
    ] = 64
    query_seconds: Annotated[
        float, Meta(gt=0, le=30, description="seconds that one query may take before beginnings of names are compared")
    ] = 1.0
    deepest: Annotated[int, Meta(ge=50, le=400, description="titles that one query shows over all of its pages")] = 200
    batch_changes: Annotated[int, Meta(ge=1, le=10_000, description="changes that go into the index at once")] = 500
    writer_memory_mib: Annotated[
        int, Meta(ge=16, le=2_048, description="MiB that changes gather in before a write")
    ] = 32
    rebuild_memory_mib: Annotated[int, Meta(ge=16, le=8_192, description="MiB that a rebuild gathers in")] = 256
    popular_seconds: Annotated[
        float, Meta(ge=1, le=86_400, description="seconds between looks at what is popular, which breaks ties")
    ] = 600.0
    retry_seconds: Annotated[
        float, Meta(gt=0, le=600, description="seconds before something that failed is tried again")
    ] = 2.0
