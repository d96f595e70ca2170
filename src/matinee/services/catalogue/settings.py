"""What an operator may set of the catalogue."""

from typing import Annotated

import msgspec
from msgspec import Meta


class CatalogueSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Bounds and times of the catalogue."""

    shelf_items: Annotated[int, Meta(ge=1, le=200, description="titles on one shelf of the browse page")] = 40
    browse_titles: Annotated[int, Meta(ge=10, le=20_000, description="newest titles that browsing looks at")] = 500
    kept_seconds: Annotated[
        float, Meta(ge=0, le=60, description="seconds that titles asked for often, and counts of genres, are kept")
    ] = 2.0
    kept_titles: Annotated[int, Meta(ge=1, le=100_000, description="titles kept for who asks often")] = 2_000
    pictures_kept: Annotated[
        int,
        Meta(ge=1, le=200, description="pictures sent for a title that stay candidates, of each kind"),
    ] = 20
    picture_workers: Annotated[
        int, Meta(ge=1, le=16, description="pictures decoded at the same time, each in a child")
    ] = 2
    picture_seconds: Annotated[int, Meta(ge=1, le=300, description="seconds that decoding one picture may take")] = 30
    picture_memory_mib: Annotated[int, Meta(ge=256, le=8_192, description="MiB of address space for one picture")] = (
        1_024
    )
    outbox_poll_seconds: Annotated[
        float, Meta(gt=0, le=60, description="seconds between looks for unsent events when nothing woke the sender")
    ] = 2.0
    keep_replaced_seconds: Annotated[
        int,
        Meta(ge=60, le=30 * 86_400, description="seconds that files of a replaced or deleted title stay for viewers"),
    ] = 86_400
    sweep_seconds: Annotated[
        int, Meta(ge=1, le=86_400, description="seconds between removals of files no one needs")
    ] = 300
    import_queue: Annotated[int, Meta(ge=1, le=1_000, description="imports that may wait or run at once")] = 20
    import_lease_seconds: Annotated[
        float,
        Meta(gt=0, le=600, description="seconds without a sign after which another process takes an import over"),
    ] = 15.0
    imports_kept: Annotated[int, Meta(ge=1, le=10_000, description="ended imports that are still listed")] = 200
    tmdb_api_key: Annotated[
        str, Meta(max_length=512, description="your key for TMDB, v3 key or v4 token; empty switches it off")
    ] = ""
    tmdb_url: Annotated[str, Meta(max_length=200, description="base URL of the TMDB API")] = (
        "https://api.themoviedb.org/3"
    )
    tmdb_image_url: Annotated[str, Meta(max_length=200, description="base URL of TMDB's pictures")] = (
        "https://image.tmdb.org/t/p"
    )
    tmdb_hosts: Annotated[
        tuple[str, ...], Meta(description="hosts of these URLs that may be asked over http or at private addresses")
    ] = ()
    tmdb_requests_per_second: Annotated[
        float, Meta(gt=0, le=50, description="requests that TMDB is sent in a second, at most")
    ] = 20.0
    tmdb_language: Annotated[str, Meta(max_length=20, description="language that TMDB is asked for words in")] = "en-US"
