"""What an operator may set of the home page."""

from typing import Annotated

import msgspec
from msgspec import Meta

MIB = 2**20


class HomeSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sizes of pages, lives of rows, and bounds of what one process keeps and asks."""

    page_seconds: Annotated[
        float, Meta(gt=0, le=30, description="seconds for a whole page; rows that are not there by then are left out")
    ] = 0.8
    row_seconds: Annotated[
        float, Meta(gt=0, le=30, description="seconds for one row; after that its fallback answers")
    ] = 0.5
    version_seconds: Annotated[
        float, Meta(gt=0, le=5, description="seconds to ask whether a profile's own rows, or the catalogue, changed")
    ] = 0.1
    revision_seconds: Annotated[
        float, Meta(ge=0, le=60, description="seconds between two looks whether anything in the catalogue changed")
    ] = 2.0
    row_items: Annotated[int, Meta(ge=1, le=100, description="titles of a row on a page")] = 20
    head_items: Annotated[
        int, Meta(ge=0, le=100, description="titles at the start of a row that later rows do not start with again")
    ] = 6
    because_rows: Annotated[int, Meta(ge=0, le=10, description="rows because of something watched")] = 3
    because_least: Annotated[int, Meta(ge=1, le=20, description="titles that such a row has at least")] = 3
    genre_rows: Annotated[int, Meta(ge=0, le=40, description="rows of genres, those with most titles")] = 20
    top_least: Annotated[
        int, Meta(ge=1, le=10, description="titles that somebody watched this week before there is a top 10")
    ] = 4
    soft_seconds: Annotated[
        float, Meta(gt=0, le=86_400, description="seconds until a row is fetched anew behind the viewer's back")
    ] = 30.0
    own_soft_seconds: Annotated[
        float,
        Meta(
            gt=0, le=86_400, description="the same for rows of a profile's own, which show its changes at once anyway"
        ),
    ] = 180.0
    hard_seconds: Annotated[
        float, Meta(gt=0, le=604_800, description="seconds that a row is shown at most, if nothing newer can be had")
    ] = 21_600.0
    empty_seconds: Annotated[
        float, Meta(gt=0, le=3_600, description="seconds that an empty row is believed to be empty")
    ] = 5.0
    jitter: Annotated[
        float, Meta(ge=0, le=0.5, description="share by which lives of rows differ, so that they do not end at once")
    ] = 0.2
    lease_seconds: Annotated[
        float, Meta(gt=0, le=60, description="seconds after which whoever fetches a row is given up")
    ] = 2.0
    lock_wait_seconds: Annotated[
        float, Meta(ge=0, le=10, description="seconds to wait for another process that fetches the same row")
    ] = 0.25
    cache_seconds: Annotated[float, Meta(gt=0, le=5, description="seconds that the row cache has for one answer")] = (
        0.05
    )
    cache_entries: Annotated[int, Meta(ge=10, le=10_000_000, description="rows in the embedded row cache")] = 50_000
    cache_bytes: Annotated[int, Meta(ge=MIB, le=2**36, description="bytes of rows in the embedded row cache")] = (
        64 * MIB
    )
    near_bytes: Annotated[int, Meta(ge=MIB, le=2**36, description="bytes of unpacked rows kept ready to be sent")] = (
        128 * MIB
    )
    loads_least: Annotated[int, Meta(ge=1, le=1_000, description="rows fetched at once, however slow that is")] = 4
    loads_first: Annotated[int, Meta(ge=1, le=1_000, description="rows fetched at once, to begin with")] = 16
    loads_most: Annotated[int, Meta(ge=1, le=1_000, description="rows fetched at once, however fast that is")] = 32
    loads_waiting: Annotated[
        int, Meta(ge=0, le=100_000, description="rows that wait to be fetched; more are answered by their fallback")
    ] = 1_000
    page_fresh_seconds: Annotated[
        float, Meta(ge=0, le=300, description="seconds in which a viewer who changed nothing gets the same page again")
    ] = 10.0
    page_kept_seconds: Annotated[
        float, Meta(gt=0, le=86_400, description="seconds that a page can be scrolled without moving")
    ] = 1_800.0
    pages: Annotated[int, Meta(ge=1, le=1_000_000, description="pages kept for scrolling, about 8 KiB each")] = 10_000
