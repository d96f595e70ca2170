"""From an accepted source to a published release."""

from datetime import datetime
from typing import Literal, Protocol

import msgspec

from matinee.kit.errors import ConflictError, NotFoundError
from matinee.kit.ids import JobId, TitleId
from matinee.kit.media import Inspection, Language

Codec = Literal["h264", "av1"]
Step = Literal["plan", "encode", "audio", "text", "stitch", "package", "verify", "publish"]
OrderState = Literal["queued", "running", "published", "failed", "cancelled"]
ChunkState = Literal["waiting", "running", "done", "failed"]

TASK_TOPIC = "transcode.tasks"
FINISHED_TOPIC = "transcode.finished"


class SideText(msgspec.Struct, frozen=True, kw_only=True):
    """A subtitle file that came beside the film: a blob, its form by extension (`srt`, `ass`, `ssa`, `vtt`)."""

    blob_key: str
    form: Literal["srt", "ass", "ssa", "vtt"]
    language: Language
    label: str
    forced: bool = False


class WorkOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that must be known to turn a source into a release.

    Attributes:
        source_key: the blob that holds the source's bytes; `source_sha256` its digest, part of every content key.
        inspection: an accepted report with facts and analysis.
        codecs: H.264 always; AV1 beside it when asked for.
        early_release: publish the first rendition alone as soon as it is verified.
        priority: lower goes first; 0 for a person waiting, 10 for the back catalogue.
    """

    job_id: JobId
    title_id: TitleId
    source_key: str
    source_sha256: str
    inspection: Inspection
    side_text: tuple[SideText, ...] = ()
    codecs: tuple[Codec, ...] = ("h264",)
    early_release: bool = True
    priority: int = 0


class ChunkProgress(msgspec.Struct, frozen=True, kw_only=True):
    """One chunk of one rendition. `attempts` counts starts, so 2 means one was lost."""

    state: ChunkState
    start_seconds: float
    end_seconds: float
    attempts: int


class RenditionProgress(msgspec.Struct, frozen=True, kw_only=True):
    """One rendition's chunks in film order."""

    name: str
    codec: str
    width: int
    height: int
    chunks: tuple[ChunkProgress, ...]


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Why an order failed: the step, the chunk where there is one, and the last lines of what the tool said."""

    step: Step
    sentence: str
    rendition: str | None = None
    chunk: int | None = None
    tool_said: str = ""


class StepTiming(msgspec.Struct, frozen=True, kw_only=True):
    """When a step ran; `finished_at` is None while it runs."""

    step: Step
    started_at: datetime
    finished_at: datetime | None


class OrderProgress(msgspec.Struct, frozen=True, kw_only=True):
    """The live state of one order. `fraction` is 0 to 1 by estimated work, and never falls."""

    job_id: JobId
    title_id: TitleId
    state: OrderState
    fraction: float
    steps: tuple[StepTiming, ...]
    renditions: tuple[RenditionProgress, ...]
    failure: Failure | None
    submitted_at: datetime
    first_playable_at: datetime | None
    finished_at: datetime | None


class OrderFinished(msgspec.Struct, frozen=True, kw_only=True, tag="order-finished"):
    """Event on `FINISHED_TOPIC`, keyed by title."""

    job_id: JobId
    title_id: TitleId
    state: OrderState
    failure: Failure | None


class OrderNotFoundError(NotFoundError):
    """There is no such order."""

    code = "order-not-found"
    title = "No such work order"


class OrderStateError(ConflictError):
    """The order is not in a state that permits this, such as a retry of one that runs."""

    code = "order-state"
    title = "The order cannot do that now"


class Transcode(Protocol):
    """Work orders in, releases out."""

    async def submit(self, *, order: WorkOrder) -> None:
        """Accept an order, durable when answered; the same job id again changes nothing."""
        ...

    async def progress(self, *, job_id: JobId) -> OrderProgress:
        """Return an order's live state.

        Raises:
            OrderNotFoundError: when there is none.
        """
        ...

    async def cancel(self, *, job_id: JobId) -> None:
        """Stop an order; running children end, intermediate files go. Idempotent.

        Raises:
            OrderNotFoundError: when there is none.
            OrderStateError: when it is published already.
        """
        ...

    async def retry(self, *, job_id: JobId) -> None:
        """Run a failed or cancelled order again; finished chunks are not made twice.

        Raises:
            OrderNotFoundError: when there is none.
            OrderStateError: when it is queued, running or published.
        """
        ...
