"""Inspects one file: headers, then one full decode, then a verdict."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from matinee.engines.media.facts import main_picture, source_facts
from matinee.engines.media.probe import Probed, UnreadableError
from matinee.engines.media.rates import Pace, choose_pace
from matinee.kit.media import Analysis, Finding, Inspection, SourceFacts
from matinee.services.ingest.ports import Decoded, DecodeFailedError, DecodePlan, Media
from matinee.services.ingest.service.findings import (
    audible,
    claimed_seconds,
    decode_findings,
    header_findings,
    readable,
    refusal,
    refused,
    track_findings,
)
from matinee.services.ingest.settings import IngestSettings

_PATIENCE_SECONDS = 120.0
_LEAST_BYTES_PER_SECOND = 20_000
_SLACK_SHARE, _SLACK_SECONDS = 1.5, 60.0
_SHORTEST_SHOT_SECONDS = 1.0
OnFraction = Callable[[float], None]


def shot_starts(scene_frames: tuple[int, ...], *, frame_count: int, shortest: int) -> tuple[int, ...]:
    """Return the cuts that leave at least `shortest` frames between them, after the start and before the end."""
    kept: list[int] = []
    for frame in scene_frames:
        if frame - (kept[-1] if kept else 0) >= shortest and frame_count - frame >= shortest:
            kept.append(frame)
    return tuple(kept)


class Inspector:
    """Makes inspection reports.

    Args:
        media: looks into the file.
        settings: bounds.
    """

    def __init__(self, media: Media, settings: IngestSettings) -> None:
        self._media = media
        self._settings = settings

    async def inspect(self, path: Path, on_fraction: OnFraction) -> Inspection:
        """Return the report on a file; a file that cannot be used is a refusal, never an error.

        What happens to our tools is never a refusal: `InterruptedToolError` leaves the file unjudged.

        Args:
            path: a regular file.
            on_fraction: told 0 to 1 as decoding goes on.
        """
        if path.stat().st_size == 0:
            return _refused([refusal("empty", "The file is empty.")])
        try:
            probed = await self._media.probe(path)
            findings = header_findings(probed, self._settings)
            picture = main_picture(probed)
            if picture is None:
                return _refused(findings)
            times = () if refused(findings) else await self._media.picture_times(path, picture.index)
        except UnreadableError as error:
            return _refused([refusal(error.code, error.detail)])
        pace = choose_pace(times, average=picture.average_rate, base=picture.base_rate)
        facts = source_facts(probed, picture, pace)
        if refused(findings):
            return _refused(findings, facts)
        return await self._decoded(path, probed, facts, pace, findings, on_fraction)

    def _plan(self, probed: Probed, facts: SourceFacts) -> DecodePlan:
        claimed = claimed_seconds(probed, facts)
        longest = float(self._settings.max_film_seconds)
        expected = min(claimed if claimed is not None else facts.size_bytes / _LEAST_BYTES_PER_SECOND, longest)
        most = min(_SLACK_SHARE * claimed + _SLACK_SECONDS, longest) if claimed is not None else longest
        return DecodePlan(
            picture_index=facts.video.index,
            sound_indexes=tuple(track.index for track in facts.audio),
            rate=facts.video.rate,
            start_seconds=facts.start_seconds,
            most_frames=int(most * facts.video.rate.fraction()) + 1,
            wall_seconds=_PATIENCE_SECONDS + self._settings.decode_factor * expected,
        )

    async def _decoded(
        self,
        path: Path,
        probed: Probed,
        facts: SourceFacts,
        pace: Pace,
        findings: list[Finding],
        on_fraction: OnFraction,
    ) -> Inspection:
        plan = self._plan(probed, facts)
        claimed = claimed_seconds(probed, facts)
        expected = max(1.0, (claimed or self._settings.max_film_seconds) * float(facts.video.rate.fraction()))

        def on_frames(frames: int) -> None:
            on_fraction(min(0.99, frames / expected))

        try:
            decoded = await self._decode(path, plan, on_frames)
        except DecodeFailedError as error:
            return _refused([*findings, refusal("undecodable", str(error))], facts)
        findings = [*findings, *track_findings(facts, pace, probed)]
        findings += decode_findings(facts, decoded, plan, claimed, self._settings)
        if refused(findings):
            return _refused(findings, facts)
        return _accepted(findings, facts, decoded)

    async def _decode(self, path: Path, plan: DecodePlan, on_frames: Callable[[int], None]) -> Decoded:
        """Decode; a sound track that stops the decoder from starting must not cost the picture."""
        try:
            return await self._media.decode(path, plan, on_frames)
        except DecodeFailedError:
            if not plan.sound_indexes:
                raise
        silent = msgspec.structs.replace(plan, sound_indexes=())
        return await self._media.decode(path, silent, on_frames)


def _refused(findings: list[Finding], facts: SourceFacts | None = None) -> Inspection:
    return Inspection(accepted=False, findings=_ordered(findings), facts=facts)


def _ordered(findings: list[Finding]) -> tuple[Finding, ...]:
    ranks = {"refusal": 0, "warning": 1, "note": 2}
    return tuple(sorted(findings, key=lambda one: ranks[one.severity]))


def _accepted(findings: list[Finding], facts: SourceFacts, decoded: Decoded) -> Inspection:
    rate = facts.video.rate.fraction()
    shortest = max(1, round(rate * _SHORTEST_SHOT_SECONDS))
    measured = msgspec.structs.replace(
        facts,
        duration_seconds=float(decoded.frame_count / rate),
        audio=tuple(track for track in facts.audio if readable(track.index, decoded)),
    )
    analysis = Analysis(
        frame_count=decoded.frame_count,
        scene_starts=shot_starts(decoded.scene_frames, frame_count=decoded.frame_count, shortest=shortest),
        loudness=tuple(
            one for one in decoded.loudness if audible(one.integrated_lufs) and readable(one.index, decoded)
        ),
        decode_errors=decoded.errors,
    )
    return Inspection(accepted=True, findings=_ordered(findings), facts=measured, analysis=analysis)
