"""What an operator may set of history."""

from typing import Annotated

import msgspec
from msgspec import Meta


class HistorySettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where viewing is kept, and when what is old is packed."""

    data_folder: Annotated[str, Meta(description="folder of the room's database, history.db")] = "data"
    readers: Annotated[int, Meta(ge=1, le=64, description="threads that read the database")] = 4
    waiting_entries: Annotated[
        int,
        Meta(ge=1_000, le=10_000_000, description="reports of progress that may wait for the disk; more are refused"),
    ] = 200_000
    write_seconds: Annotated[
        float, Meta(gt=0, le=60, description="seconds that a write may take before its caller is told to try again")
    ] = 5.0
    live_records: Annotated[
        int, Meta(ge=8, le=10_000, description="titles of one profile that are kept as rows; older ones are packed")
    ] = 200
    live_days: Annotated[
        int, Meta(ge=1, le=3_650, description="days after which a title that was not watched again is packed")
    ] = 120
    chunk_bytes: Annotated[
        int, Meta(ge=1_024, le=1_048_576, description="largest packed piece; a profile with more has several, in rows")
    ] = 65_536
    grace_seconds: Annotated[
        int, Meta(ge=5, le=86_400, description="seconds that replaced pieces stay for readers that are under way")
    ] = 300
    tombstone_days: Annotated[
        int,
        Meta(ge=1, le=365, description="days that a deleted title is remembered, against reports that come late"),
    ] = 14
    remembered_records: Annotated[
        int, Meta(ge=0, le=10_000_000, description="unpacked records kept in memory, over all profiles")
    ] = 100_000
    erase_again_seconds: Annotated[
        int,
        Meta(
            ge=60, le=604_800, description="seconds after which an erased profile is erased once more, for late reports"
        ),
    ] = 3_600
    tidy_seconds: Annotated[
        float, Meta(ge=0.05, le=3_600, description="seconds between removals of what nobody needs any more")
    ] = 60.0
    library_seconds: Annotated[
        float, Meta(gt=0, le=10, description="seconds to wait for the catalogue, before going on without cards")
    ] = 0.5
    popular_seconds: Annotated[
        float, Meta(ge=0, le=3_600, description="seconds that the count of what is popular may be old")
    ] = 15.0
    list_titles: Annotated[int, Meta(ge=1, le=1_000, description="titles in one list")] = 500
