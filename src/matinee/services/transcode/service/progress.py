"""The live state of one order's run, and the picture of it that others may see."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from matinee.contracts.transcode import (
    ChunkProgress,
    ChunkState,
    OrderProgress,
    OrderState,
    RenditionProgress,
    Step,
    StepTiming,
    WorkOrder,
)
from matinee.kit.media import Rate
from matinee.services.transcode.service.chunks import Chunk
from matinee.services.transcode.service.ladder import Rung

# Share of the whole that each step usually takes.
_SHARES: Mapping[Step, float] = {
    "plan": 0.01,
    "encode": 0.84,
    "audio": 0.03,
    "text": 0.01,
    "stitch": 0.01,
    "package": 0.03,
    "verify": 0.05,
    "publish": 0.02,
}


@dataclass
class _Cell:
    state: ChunkState = "waiting"
    attempts: int = 0
    frames: int = 0


@dataclass
class _Timing:
    started_at: datetime
    finished_at: datetime | None = None
    open: int = 0


@dataclass
class LiveProgress:
    """Mutable progress of one order; `view` is what the contract shows. Its fraction never falls."""

    order: WorkOrder
    submitted_at: datetime
    state: OrderState = "queued"
    first_playable_at: datetime | None = None
    floor: float = 0.0
    rungs: Sequence[Rung] = ()
    chunks: Sequence[Chunk] = ()
    rate: Rate = field(default_factory=lambda: Rate(1, 1))
    _cells: dict[tuple[str, int], _Cell] = field(default_factory=dict)
    _steps: dict[Step, _Timing] = field(default_factory=dict)
    _ended: set[Step] = field(default_factory=set)

    def planned(self, rungs: Sequence[Rung], chunks: Sequence[Chunk], rate: Rate) -> None:
        """Take the plan of a new run; everything waits."""
        self.rungs, self.chunks, self.rate = rungs, chunks, rate
        self._cells = {(rung.name, chunk.number): _Cell() for rung in rungs for chunk in chunks}

    def step_started(self, step: Step, now: datetime) -> None:
        """A step, or one more part of it, begins."""
        timing = self._steps.setdefault(step, _Timing(started_at=now))
        timing.finished_at = None
        timing.open += 1

    def step_finished(self, step: Step, now: datetime) -> None:
        """One part of a step has ended."""
        timing = self._steps[step]
        timing.open -= 1
        if timing.open <= 0:
            timing.finished_at = now

    def step_ended(self, step: Step) -> None:
        """Nothing of the step is left to do."""
        self._ended.add(step)

    def chunk_started(self, names: Iterable[str], number: int) -> int:
        """A chunk began in some renditions; return how often it has by now. What is done stays done."""
        attempts = 1
        for cell in self._unfinished(names, number):
            cell.state, cell.frames = "running", 0
            cell.attempts += 1
            attempts = max(attempts, cell.attempts)
        return attempts

    def chunk_advanced(self, names: Iterable[str], number: int, frames: int) -> None:
        """A running chunk got to a frame."""
        for cell in self._unfinished(names, number):
            if cell.state == "running":
                cell.frames = max(cell.frames, frames)

    def chunk_ended(self, names: Iterable[str], number: int, state: ChunkState) -> None:
        """A chunk is done, failed, or waits again; a rendition that is done already stays so."""
        for cell in self._unfinished(names, number):
            cell.state = state

    def _unfinished(self, names: Iterable[str], number: int) -> list[_Cell]:
        cells = (self._cells.get((name, number)) for name in names)
        return [cell for cell in cells if cell is not None and cell.state != "done"]

    def _encoded_share(self) -> float:
        total, done = 0.0, 0.0
        for rung in self.rungs:
            for chunk in self.chunks:
                cell = self._cells[rung.name, chunk.number]
                total += rung.pixels() * chunk.frames()
                frames = chunk.frames() if cell.state == "done" else min(cell.frames, chunk.frames())
                done += rung.pixels() * (frames if cell.state in {"done", "running"} else 0)
        return done / total if total else 0.0

    def fraction(self) -> float:
        """Return how much is done, 0 to 1, never less than it was."""
        shares = sum(share for step, share in _SHARES.items() if step != "encode" and step in self._ended)
        self.floor = min(0.999, max(self.floor, shares + _SHARES["encode"] * self._encoded_share()))
        return self.floor

    def view(self) -> OrderProgress:
        """Return the state as the contract shows it."""
        return OrderProgress(
            job_id=self.order.job_id,
            title_id=self.order.title_id,
            state=self.state,
            fraction=self.fraction(),
            steps=tuple(
                StepTiming(step=step, started_at=timing.started_at, finished_at=timing.finished_at)
                for step, timing in self._steps.items()
            ),
            renditions=self.renditions(),
            failure=None,
            submitted_at=self.submitted_at,
            first_playable_at=self.first_playable_at,
            finished_at=None,
        )

    def renditions(self) -> tuple[RenditionProgress, ...]:
        """Return the state of every chunk of every rendition."""
        return tuple(self._rendition(rung) for rung in self.rungs)

    def _rendition(self, rung: Rung) -> RenditionProgress:
        per_second = float(self.rate.fraction())
        cells = [(chunk, self._cells[rung.name, chunk.number]) for chunk in self.chunks]
        return RenditionProgress(
            name=rung.name,
            codec=rung.codec,
            width=rung.width,
            height=rung.height,
            chunks=tuple(
                ChunkProgress(
                    state=cell.state,
                    start_seconds=chunk.start / per_second,
                    end_seconds=chunk.end / per_second,
                    attempts=cell.attempts,
                )
                for chunk, cell in cells
            ),
        )
