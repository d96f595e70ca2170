"""What records of viewing mean: which one counts, what is completed, what there is to go on with. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from matinee.contracts.history import COMPLETED_FRACTION, STARTED_FRACTION, Going, Watched
from matinee.kit.clock import Clock
from matinee.kit.ids import TitleId
from matinee.services.history.ports import Viewing

DAY_MS = 86_400_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment_of(milliseconds: int) -> datetime:
    """Return Unix milliseconds as a moment."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def milliseconds(clock: Clock) -> int:
    """Return the clock's Unix milliseconds."""
    return (clock.now() - _EPOCH) // timedelta(milliseconds=1)


def merged(*sources: Iterable[Viewing]) -> dict[TitleId, Viewing]:
    """Return the record that counts of each title, marks of deletion included."""
    found: dict[TitleId, Viewing] = {}
    for source in sources:
        for one in source:
            known = found.get(one.title_id)
            if known is None:
                found[one.title_id] = one
            elif one.stamp > known.stamp:
                found[one.title_id] = _completed_by(one, known)
            else:
                found[one.title_id] = _completed_by(known, one)
    return found


def _completed_by(counts: Viewing, other: Viewing) -> Viewing:
    """Return a record with the duration and the series that only another one of its title knows."""
    if counts.duration_seconds > 0 and (counts.series_id or not other.series_id):
        return counts
    return msgspec.structs.replace(
        counts,
        duration_seconds=counts.duration_seconds or other.duration_seconds,
        series_id=counts.series_id or other.series_id,
    )


def shown(records: Iterable[Viewing], cleared_ms: int) -> list[Viewing]:
    """Return what was not deleted, latest first, equal moments by title."""
    left = [one for one in records if not one.removed and one.event_ms > cleared_ms]
    return sorted(left, key=lambda one: (-one.event_ms, one.title_id))


def is_completed(one: Viewing) -> bool:
    """Return whether a title counts as seen; never while its duration is unknown."""
    return 0 < one.duration_seconds * COMPLETED_FRACTION <= one.position_seconds


def is_begun(one: Viewing) -> bool:
    """Return whether somebody is in the middle of a title."""
    return not is_completed(one) and one.position_seconds > one.duration_seconds * STARTED_FRACTION


def resume_seconds(one: Viewing) -> float:
    """Return where a player should start."""
    return 0.0 if is_completed(one) else one.position_seconds


def watched_fraction(one: Viewing) -> float | None:
    """Return how much was seen, 0 to 1; None while the duration is unknown."""
    return min(1.0, one.position_seconds / one.duration_seconds) if one.duration_seconds > 0 else None


def watched_of(one: Viewing) -> Watched:
    """Return a record as other rooms see it."""
    return Watched(
        title_id=one.title_id,
        series_id=one.series_id,
        position_seconds=one.position_seconds,
        resume_seconds=resume_seconds(one),
        duration_seconds=one.duration_seconds,
        completed=is_completed(one),
        watched_at=moment_of(one.event_ms),
    )


def work_of(one: Viewing) -> TitleId:
    """Return what a shelf shows for a record: its series, or itself."""
    return one.series_id or one.title_id


def by_work(records: Sequence[Viewing]) -> dict[TitleId, list[Viewing]]:
    """Return records by film or series, both in the order given."""
    works: dict[TitleId, list[Viewing]] = {}
    for one in records:
        works.setdefault(work_of(one), []).append(one)
    return works


@dataclass(frozen=True)
class Offer:
    """Something that may be gone on with.

    Attributes:
        latest: the last record of the film or series.
        wants_next: whether the episode after it is what to go on with.
    """

    latest: Viewing
    wants_next: bool


def offers(records: Sequence[Viewing], hidden: Mapping[TitleId, int]) -> list[Offer]:
    """Return what there is to go on with, in the order of `records`, which is latest first."""
    found = []
    for work, ones in by_work(records).items():
        latest = ones[0]
        if hidden.get(work, -1) >= latest.event_ms:
            continue
        if is_completed(latest):
            if latest.series_id:
                found.append(Offer(latest, wants_next=True))
        elif is_begun(latest) or any(is_completed(one) or is_begun(one) for one in ones[1:]):
            found.append(Offer(latest, wants_next=False))
    return found


def going_of(offer: Offer) -> Going:
    """Return an offer of the very title that was watched last."""
    one = offer.latest
    return Going(
        title_id=one.title_id,
        series_id=one.series_id,
        resume_seconds=resume_seconds(one),
        duration_seconds=one.duration_seconds,
        watched_at=moment_of(one.event_ms),
        up_next=not is_begun(one),
    )
