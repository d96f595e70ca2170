"""Reports of progress: each renews its stream's lease and is kept in history, many at a time."""

import asyncio
from collections.abc import Mapping, Sequence

import msgspec
import structlog

from matinee.contracts.history import History, Progress
from matinee.contracts.playback import StreamProgress
from matinee.kit.clock import Clock
from matinee.kit.deadline import deadline
from matinee.kit.errors import DeadlineError, MatineeError, UnavailableError
from matinee.kit.ids import SessionId, TitleId
from matinee.kit.passport import Passport
from matinee.resilience.collapser import Collapser
from matinee.resilience.command import Commands
from matinee.services.playback.facts import Facts
from matinee.services.playback.ports import Renewal
from matinee.services.playback.streams import Streams

AT_ONCE = 2_000
_NAME = "playback.reports"
_BATCHES = 1_024
_BATCH_SECONDS = 30.0
_log = structlog.get_logger()


class ProgressNotKeptError(UnavailableError):
    """The stream goes on, but where it is could not be written down."""

    code = "progress-not-kept"
    title = "Your place could not be saved right now"


class Report(msgspec.Struct, frozen=True):
    """One report on its way: `entry` is None for who has no history, or of what is no title."""

    renewal: Renewal
    entry: Progress | None


class Reports:
    """Takes reports together to where they are kept.

    Args:
        commands: of the process; batches are shown there as `playback.reports`.
        collect_seconds: how long the first report of a batch waits for others.
        history_seconds: to wait for history; playing does not depend on it.
    """

    def __init__(
        self,
        streams: Streams,
        history: History,
        facts: Facts,
        clock: Clock,
        commands: Commands,
        *,
        collect_seconds: float,
        history_seconds: float,
    ) -> None:
        self._streams = streams
        self._history = history
        self._facts = facts
        self._clock = clock
        self._history_seconds = history_seconds
        # Each part has its own deadline; this one is for what should not happen.
        commands.get(_NAME, timeout_seconds=_BATCH_SECONDS, max_concurrent=_BATCHES)
        self._together: Collapser[Report, None] = Collapser(
            self._send, delay_seconds=collect_seconds, max_batch=AT_ONCE, name=_NAME, commands=commands
        )

    async def tell(self, progress: StreamProgress, passport: Passport) -> None:
        """Renew a lease and keep a position.

        Raises:
            StreamEndedError: when the place is lost; the position is kept all the same.
            SignInNeededError: when a member's stream comes without its member.
            ProgressNotKeptError: when history is away; the lease was renewed.
        """
        if not passport.account:
            self._streams.check_owner(progress, passport)
            return
        renewal = Renewal(SessionId(progress.session_id), passport.account, progress.position_seconds)
        entry = await self._entry(progress, passport) if passport.profile else None
        await self._together.submit(Report(renewal, entry))

    async def _entry(self, progress: StreamProgress, passport: Passport) -> Progress | None:
        title_id = TitleId(progress.movie_id)
        fact = self._facts.fresh(title_id) or await self._facts.of(title_id)
        if not fact.exists:
            return None
        return Progress(
            profile_id=passport.profile,
            title_id=title_id,
            position_seconds=progress.position_seconds,
            duration_seconds=fact.duration_seconds,
            event_ms=progress.event_ms or int(self._clock.now().timestamp() * 1000),
            session_id=progress.session_id,
            series_id=fact.series_id,
        )

    async def _send(self, reports: Sequence[Report]) -> Mapping[Report, Exception | None]:
        lost, kept = await asyncio.gather(
            self._renewed([report.renewal for report in reports]),
            self._kept(tuple(report.entry for report in reports if report.entry is not None)),
        )
        answers: dict[Report, Exception | None] = {}
        for report in reports:
            refusal = lost.get(report.renewal)
            answers[report] = kept if refusal is None and report.entry is not None else refusal
        return answers

    async def _renewed(self, renewals: Sequence[Renewal]) -> Mapping[Renewal, Exception]:
        """Renew leases, and return what went wrong; what is watched is kept whatever that is."""
        try:
            return await self._streams.renew(renewals)
        except MatineeError as error:
            return dict.fromkeys(renewals, error)

    async def _kept(self, entries: tuple[Progress, ...]) -> Exception | None:
        """Write positions down, and return what went wrong."""
        if not entries:
            return None
        try:
            async with deadline(self._history_seconds):
                await self._history.record(entries=entries)
        except (UnavailableError, DeadlineError) as error:
            _log.warning("progress_not_kept", code=error.code, entries=len(entries))
            return ProgressNotKeptError("Your place could not be saved; it will be with the next report.")
        except MatineeError as error:
            return error
        return None

    async def close(self) -> None:
        """End; what waits fails."""
        await self._together.close()
