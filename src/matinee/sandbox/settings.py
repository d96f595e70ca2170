"""What an operator may set of the sandbox processor."""

from typing import Annotated

import msgspec
from msgspec import Meta

Origin = Annotated[str, Meta(pattern=r"^https?://[^/?#\s]+$", max_length=200)]


class SandboxSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The `[sandbox]` table: whom it serves, and how badly its webhooks behave."""

    web_origins: Annotated[
        tuple[Origin, ...],
        Meta(min_length=1, max_length=8, description="origins whose pages may send cards, and be returned to"),
    ] = ("http://127.0.0.1:8400", "http://localhost:8400")
    webhook_url: Annotated[
        str, Meta(pattern=r"^https?://[^\s]+$", max_length=400, description="where events are sent")
    ] = "http://127.0.0.1:8400/api/v1/webhooks/sandbox"
    webhook_delay_seconds: Annotated[
        float, Meta(ge=0, le=3600, description="seconds that every event waits before it is sent first")
    ] = 0.0
    webhook_copies: Annotated[int, Meta(ge=1, le=5, description="times that every event is sent")] = 1
    webhook_shuffle_seconds: Annotated[
        float, Meta(ge=0, le=3600, description="seconds, at most, that each sending waits by chance: no order holds")
    ] = 0.0
    webhook_answer_seconds: Annotated[
        float, Meta(gt=0, le=60, description="seconds that the receiver has to answer with 2xx")
    ] = 5.0
    webhook_first_retry_seconds: Annotated[
        float, Meta(gt=0, le=60, description="seconds before the second try; they double up to a minute")
    ] = 0.5
    webhook_give_up_seconds: Annotated[
        int, Meta(ge=60, le=2_592_000, description="seconds after which an event that nobody takes is given up")
    ] = 259_200
    stall_seconds: Annotated[
        float, Meta(gt=0, le=600, description="seconds that cards which time out keep the caller waiting")
    ] = 45.0
    token_seconds: Annotated[int, Meta(ge=60, le=86_400, description="seconds that a card's token lives")] = 3_600
    challenge_seconds: Annotated[
        int, Meta(ge=60, le=604_800, description="seconds that a cardholder has to answer a challenge")
    ] = 3_600
