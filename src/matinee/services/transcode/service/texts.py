"""The subtitle tracks of an order: from inside the film and from files beside it."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import structlog

from matinee.blobs.port import BlobNotFoundError, BlobStore
from matinee.contracts.transcode import SideText, WorkOrder
from matinee.engines.media.arguments import INPUT_DESCRIPTOR, input_arguments
from matinee.engines.media.limits import ChildError
from matinee.kit.media import TextTrack
from matinee.services.transcode.service.cues import MAX_FILE_BYTES, SubtitleError, sanitised, write_vtt
from matinee.services.transcode.service.manifests import Text
from matinee.services.transcode.service.tools import Toolbox

MAX_TRACKS = 64
_log = structlog.get_logger()


def extract_arguments(tracks: Sequence[TextTrack], outputs: Sequence[str]) -> list[str]:
    """Return the arguments that take text tracks out of a film, as ASS, which keeps what all forms can say."""
    arguments = ["-hide_banner", "-nostdin", "-nostats", "-loglevel", "error", "-y", *input_arguments(INPUT_DESCRIPTOR)]
    for track, output in zip(tracks, outputs, strict=True):
        arguments += ["-map", f"0:{track.index}", "-c:s", "ass", "-map_metadata", "-1", "-f", "ass", output]
    return arguments


class TextMaker:
    """Makes the subtitle tracks of one order. One that cannot be used is left out and logged; the film still comes."""

    def __init__(
        self, *, toolbox: Toolbox, blobs: BlobStore, order: WorkOrder, seconds: float, begin_seconds: float
    ) -> None:
        self._begin_seconds = begin_seconds
        self._toolbox = toolbox
        self._blobs = blobs
        self._order = order
        self._seconds = seconds

    async def make(self, tracks: Sequence[TextTrack], *, source: Path, folder: Path) -> list[Text]:
        """Return all usable tracks, those inside the film first."""
        usable = [track for track in tracks if not track.bitmap][:MAX_TRACKS]
        made = await self._embedded(usable, source, folder)
        for number, side in enumerate(self._order.side_text[:MAX_TRACKS], start=1):
            data = await self._side_bytes(side)
            name = f"s{number}-{side.language}"
            text = None if data is None else self._text(name, data, side.form, (side.language, side.label, side.forced))
            if text is not None:
                made.append(text)
        return made

    async def _embedded(self, tracks: Sequence[TextTrack], source: Path, folder: Path) -> list[Text]:
        made: list[Text] = []
        for number, track in enumerate(tracks, start=1):
            output = f"text-{number}.ass"
            try:
                await self._toolbox.ffmpeg(extract_arguments([track], [output]), work_dir=folder, source=source)
            except ChildError as error:
                _log.warning("text_track_unreadable", job_id=self._order.job_id, track=track.index, code=error.code)
                continue
            path = folder / output
            data = await asyncio.to_thread(path.read_bytes)
            name, begin = f"t{number}-{track.language}", self._begin_seconds
            text = self._text(name, data, "ass", (track.language, track.title, track.forced), begin_seconds=begin)
            if text is not None:
                made.append(text)
        return made

    async def _side_bytes(self, side: SideText) -> bytes | None:
        try:
            return await self._blobs.get_range(side.blob_key, 0, MAX_FILE_BYTES + 1)
        except BlobNotFoundError:
            _log.warning("text_file_gone", job_id=self._order.job_id)
            return None

    def _text(
        self, name: str, data: bytes, form: str, shown_as: tuple[str, str, bool], *, begin_seconds: float = 0.0
    ) -> Text | None:
        language, label, forced = shown_as
        try:
            captions = sanitised(data, form, length_seconds=self._seconds, begin_seconds=begin_seconds)
        except SubtitleError as error:
            _log.warning("text_refused", job_id=self._order.job_id, track=name, reason=error.detail)
            return None
        if not captions.cues:
            _log.warning("text_empty", job_id=self._order.job_id, track=name, dropped=captions.dropped)
            return None
        if captions.dropped:
            _log.info("text_cues_dropped", job_id=self._order.job_id, track=name, dropped=captions.dropped)
        return Text(name=name, language=language, label=label or language, forced=forced, vtt=write_vtt(captions))
