"""What an operator may set of playback."""

from typing import Annotated

import msgspec
from msgspec import Meta

EdgeUrl = Annotated[str, Meta(pattern=r"^https?://[^/?#\s]+$", max_length=200)]
EdgeName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{1,64}$")]


class PlaybackSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lifetimes of grants, and where the edges are."""

    edge_urls: Annotated[
        tuple[EdgeUrl, ...], Meta(max_length=64, description="origins of the edges as players reach them, no path")
    ] = ("http://127.0.0.1:8411", "http://127.0.0.1:8412")
    edge_names: Annotated[
        tuple[EdgeName, ...], Meta(max_length=64, description="their names in that order; edge-1 and so on when empty")
    ] = ()
    public_url: Annotated[
        str,
        Meta(
            pattern=r"^(https?://[^/?#\s]+)?$", description="origin of the service; empty makes licence_url a bare path"
        ),
    ] = ""
    grant_seconds: Annotated[
        int, Meta(ge=60, le=86_400, description="seconds that stream addresses and licence tokens work")
    ] = 21_600
    heartbeat_seconds: Annotated[
        float, Meta(ge=0.5, le=60, description="seconds between a player's words that it still plays")
    ] = 3.0
    lease_seconds: Annotated[
        float, Meta(ge=2, le=300, description="seconds that a stream keeps its place without such a word")
    ] = 20.0
    keep_streams_seconds: Annotated[
        int, Meta(ge=60, le=604_800, description="seconds that an ended stream's reason is remembered")
    ] = 86_400
    billing_seconds: Annotated[
        float, Meta(gt=0, le=10, description="seconds to wait for billing before its last word counts")
    ] = 1.0
    beside_seconds: Annotated[
        float,
        Meta(gt=0, le=10, description="seconds that a press of play waits for the resume position and what follows"),
    ] = 0.4
    collect_seconds: Annotated[
        float,
        Meta(gt=0, le=1, description="seconds that the first report of progress waits for others, to go together"),
    ] = 0.015
    history_seconds: Annotated[
        float, Meta(gt=0, le=30, description="seconds that reports of progress wait for history")
    ] = 3.0
    edge_check_seconds: Annotated[
        float, Meta(ge=0.2, le=300, description="seconds between health checks of the edges")
    ] = 3.0
    edge_check_timeout_seconds: Annotated[
        float, Meta(gt=0, le=30, description="seconds that an edge has to answer a health check")
    ] = 1.0
    edge_distrust_seconds: Annotated[
        float, Meta(ge=1, le=3600, description="seconds that an edge stays last in the order after a failed check")
    ] = 10.0
