"""Settings of the demo catalogue."""

from typing import Annotated

import msgspec
from msgspec import Meta

from matinee.demo.catalogue import DEFAULT_SEED


class DemoSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the demo catalogue is made and filled in."""

    seed: Annotated[int, Meta(ge=0, le=2**32 - 1, description="Seed of every picture and sound.")] = DEFAULT_SEED
    start_seconds: Annotated[
        float, Meta(gt=0, le=3600, description="How long to wait for the service to answer, s.")
    ] = 120.0
    render_seconds: Annotated[float, Meta(gt=0, le=3600, description="Longest time for making one film, s.")] = 600.0
    first_seconds: Annotated[
        float, Meta(ge=0, le=3600, description="How long all else waits until the featured film can be played, s.")
    ] = 60.0
    films_ahead: Annotated[int, Meta(ge=1, le=100, description="Films made but not yet playable at one time.")] = 3
    ahead_seconds: Annotated[
        float, Meta(ge=0, le=86_400, description="How long to wait for a place among these before going on, s.")
    ] = 900.0
    poll_seconds: Annotated[float, Meta(gt=0, le=60, description="Time between two looks at a title, s.")] = 1.0
    featured_priority: Annotated[int, Meta(ge=0, le=100, description="Priority of the featured film; 0 is first.")] = 0
    priority: Annotated[int, Meta(ge=0, le=100, description="Priority of all other films.")] = 10
