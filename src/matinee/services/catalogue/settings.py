"""What an operator may set of the catalogue."""

from typing import Annotated

import msgspec
from msgspec import Meta


class CatalogueSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Bounds and times of the catalogue."""

    shelf_items: Annotated[int, Meta(ge=1, le=200, description="titles on one shelf of the browse page")] = 40
    browse_titles: Annotated[int, Meta(ge=10, le=20_000, description="newest titles that browsing looks at")] = 2_000
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
