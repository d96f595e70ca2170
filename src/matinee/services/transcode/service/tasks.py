"""What passes between the coordinator and the workers: chunk tasks one way, reports the other."""

import msgspec

from matinee.contracts.transcode import Step
from matinee.kit.ids import JobId
from matinee.services.transcode.service.chunks import Chunk
from matinee.services.transcode.service.ladder import Rung
from matinee.services.transcode.service.recipe import Recipe

REPORT_TOPIC = "transcode.reports"


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """One rendition of a task and the blob key its result gets."""

    rung: Rung
    key: str


class ChunkTask(msgspec.Struct, frozen=True, kw_only=True, tag="chunk-task"):
    """One chunk to encode in some renditions, from one decode. Everything a worker needs, wherever it runs.

    Attributes:
        run_id: the run of the order that it belongs to; a task of an ended run is not worth starting.
    """

    task_id: str
    job_id: JobId
    run_id: str
    source_key: str
    recipe: Recipe
    chunk: Chunk
    targets: tuple[Target, ...]


class Started(msgspec.Struct, frozen=True, kw_only=True, tag="started"):
    """A worker began the task."""


class Advanced(msgspec.Struct, frozen=True, kw_only=True, tag="advanced"):
    """A worker got to `frames` of its chunk; sent at most every second."""

    frames: int


class Stored(msgspec.Struct, frozen=True, kw_only=True, tag="stored"):
    """One rendition of the task is stored and will not be made again, whatever becomes of the others."""

    rendition: str


class Done(msgspec.Struct, frozen=True, kw_only=True, tag="done"):
    """All results of the task are stored. `cpu_seconds` and `peak_memory_bytes` are of its tools."""

    cpu_seconds: float = 0.0
    peak_memory_bytes: int = 0


class Lost(msgspec.Struct, frozen=True, kw_only=True, tag="lost"):
    """The task failed on its worker; the coordinator decides whether it is tried again."""

    sentence: str
    tool_said: str


News = Started | Advanced | Stored | Done | Lost


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker has to say of a task."""

    task_id: str
    job_id: JobId
    run_id: str
    news: News


class StepFailure(msgspec.Struct, frozen=True, kw_only=True):
    """Where and why a run ended; becomes the contract's `Failure`."""

    step: Step
    sentence: str
    rendition: str | None = None
    chunk: int | None = None
    tool_said: str = ""
