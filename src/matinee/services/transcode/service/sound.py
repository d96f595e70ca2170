"""Sound tracks: each encoded whole, without seams, at one loudness, exactly as long as the picture.

Two passes after EBU R 128: measure, then apply one constant gain, with a limiter only where peaks would clip. A
constant gain keeps the dynamics that the film was mixed with.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import msgspec

from matinee.engines.media.arguments import INPUT_DESCRIPTOR, input_arguments
from matinee.kit.errors import InternalError
from matinee.kit.media import Analysis, AudioTrack, Language, SourceFacts
from matinee.services.transcode.service.tools import Toolbox

SAMPLE_RATE_HZ = 48_000
TOLERANCE_LU = 1.0
_SURROUND_CHANNELS = 6
_STEREO_BITS = 160_000
_SURROUND_BITS = 384_000
_PEAK_DBTP = -1.0
_MAX_GAIN_DB = 30.0
_SILENCE_LUFS = -69.0
_INTEGRATED = re.compile(r"^\s+I:\s+(-?[\d.]+|-inf|nan) LUFS", re.MULTILINE)
_PEAK = re.compile(r"^\s+Peak:\s+(-?[\d.]+|-inf|nan) dBFS", re.MULTILINE)
_LABELS = {2: "Stereo", 6: "5.1"}


class SoundError(InternalError):
    """A sound track could not be made as it must be."""

    code = "sound"
    title = "A sound track failed"


class Sound(msgspec.Struct, frozen=True, kw_only=True):
    """One sound track to make.

    Attributes:
        name: letters, digits, `_` and `-`.
        index: its track in the file that is decoded; `analysed_index` in the file that was inspected.
        label: for people; never an argument.
    """

    name: str
    index: int
    analysed_index: int
    language: Language
    label: str
    channels: int
    source_channels: int
    bits_per_second: int
    default: bool


class Level(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured; `integrated_lufs` is None for silence."""

    integrated_lufs: float | None
    peak_dbtp: float


def plan_sound(tracks: Sequence[AudioTrack]) -> tuple[Sound, ...]:
    """Return the tracks to make: stereo of every source track, and 5.1 where the source has it."""
    default_at = next((at for at, track in enumerate(tracks) if track.default), 0)
    return tuple(
        Sound(
            name=f"a{at + 1}-{track.language}-{'51' if channels == _SURROUND_CHANNELS else 'stereo'}",
            index=track.index,
            analysed_index=track.index,
            language=track.language,
            label=_label(track, channels),
            channels=channels,
            source_channels=track.channels,
            bits_per_second=_SURROUND_BITS if channels == _SURROUND_CHANNELS else _STEREO_BITS,
            default=at == default_at,
        )
        for at, track in enumerate(tracks)
        for channels in ((2, _SURROUND_CHANNELS) if track.channels >= _SURROUND_CHANNELS else (2,))
    )


def _label(track: AudioTrack, channels: int) -> str:
    known = track.title or (track.language if track.language != "und" else "Original")
    return f"{known} ({_LABELS[channels]})"[:100]


def _chain(facts: SourceFacts, sound: Sound, seconds: float) -> list[str]:
    layout = "stereo" if sound.channels == 2 else "5.1"  # noqa: PLR2004  # two ears
    return [
        f"asetpts=PTS-{facts.start_seconds:.6f}/TB",
        # Silence fills a late start and gaps, early sound is cut: from here on, sample n is at n/48000 s.
        f"aresample={SAMPLE_RATE_HZ}:async=1:min_hard_comp=0.02:first_pts=0",
        f"aformat=channel_layouts={layout}",
        f"apad=whole_dur={seconds + 0.1:.6f}",
        f"atrim=end={seconds:.9f}",
    ]


def measure_arguments(facts: SourceFacts, sound: Sound, seconds: float) -> list[str]:
    """Return the arguments that measure what a track will sound like before its gain."""
    chain = [*_chain(facts, sound, seconds), "ebur128=peak=true:framelog=quiet"]
    source = input_arguments(INPUT_DESCRIPTOR, options=("-threads", "1"))
    graph = f"[0:{sound.index}]{','.join(chain)}[a]"
    return ["-hide_banner", "-nostdin", "-nostats", *source, "-filter_complex", graph, "-map", "[a]", "-f", "null", "-"]


def encode_arguments(facts: SourceFacts, sound: Sound, seconds: float, *, gain_db: float, limit: bool) -> list[str]:
    """Return the arguments that make a track as MP4."""
    chain = [*_chain(facts, sound, seconds), f"volume={gain_db:.2f}dB:precision=float"]
    if limit:
        chain.append(f"alimiter=limit={10 ** (_PEAK_DBTP / 20):.4f}:level=disabled:latency=1")
    source = input_arguments(INPUT_DESCRIPTOR, options=("-threads", "1"))
    graph = f"[0:{sound.index}]{','.join(chain)}[a]"
    return [
        *("-hide_banner", "-nostdin", "-nostats", "-loglevel", "error", "-y", *source, "-filter_complex", graph),
        *("-map", "[a]", "-c:a", "aac", "-b:a", str(sound.bits_per_second), "-ar", str(SAMPLE_RATE_HZ)),
        *("-map_metadata", "-1", "-map_chapters", "-1", "-bitexact", "-f", "mp4", f"{sound.name}.mp4"),
    ]


def parse_level(said: str) -> Level:
    """Return the figures of an `ebur128` summary.

    Raises:
        SoundError: when there is no summary.
    """
    integrated, peak = _INTEGRATED.search(said), _PEAK.search(said)
    if integrated is None or peak is None:
        raise SoundError("The loudness of a sound track could not be measured.")
    loud = float(integrated.group(1))
    return Level(
        integrated_lufs=loud if loud > _SILENCE_LUFS else None,
        peak_dbtp=float(peak.group(1)),
    )


def gain_for(level: Level, target_lufs: float) -> tuple[float, bool]:
    """Return the gain in dB, and whether peaks need the limiter."""
    if level.integrated_lufs is None:
        return 0.0, False
    gain = max(-_MAX_GAIN_DB, min(_MAX_GAIN_DB, target_lufs - level.integrated_lufs))
    return gain, level.peak_dbtp + gain > _PEAK_DBTP


class SoundMaker:
    """Makes the sound tracks of one film."""

    def __init__(self, *, toolbox: Toolbox, facts: SourceFacts, analysis: Analysis, target_lufs: float) -> None:
        self._toolbox = toolbox
        self._facts = facts
        self._target = target_lufs
        self._seconds = float(analysis.frame_count / facts.video.rate.fraction())
        self._known = {loudness.index: loudness for loudness in analysis.loudness}

    async def make(self, sound: Sound, *, source: Path, folder: Path) -> Path:
        """Encode one track into `folder` and check its loudness.

        Raises:
            ChildError: when a tool failed.
            SoundError: when the loudness is off after a second try.
        """
        path = folder / f"{sound.name}.mp4"
        level = await self._level(sound, source, folder)
        gain, limit = gain_for(level, self._target)
        for _ in range(3):
            arguments = encode_arguments(self._facts, sound, self._seconds, gain_db=gain, limit=limit)
            await self._toolbox.ffmpeg(arguments, work_dir=folder, source=source)
            made = await self._measure_made(path, folder)
            if level.integrated_lufs is None or made is None or abs(made - self._target) <= TOLERANCE_LU:
                return path
            if abs(gain) >= _MAX_GAIN_DB:
                return path
            # A limiter takes some loudness away: give it back, still under the limiter.
            gain, limit = gain + self._target - made, True
        raise SoundError(f"The loudness of track {sound.index} could not be brought to {self._target:.0f} LUFS.")

    async def _level(self, sound: Sound, source: Path, folder: Path) -> Level:
        known = self._known.get(sound.analysed_index)
        if known is not None and sound.source_channels == sound.channels == 2:  # noqa: PLR2004  # measured as it will be
            return Level(integrated_lufs=known.integrated_lufs, peak_dbtp=known.true_peak_dbtp)
        lines: list[str] = []
        finished = await self._toolbox.ffmpeg(
            measure_arguments(self._facts, sound, self._seconds), work_dir=folder, source=source
        )
        lines += finished.said
        return parse_level("\n".join(lines))

    async def _measure_made(self, path: Path, folder: Path) -> float | None:
        arguments = ["-hide_banner", "-nostdin", "-nostats", *input_arguments(INPUT_DESCRIPTOR)]
        arguments += ["-map", "0:a:0", "-af", "ebur128=peak=true:framelog=quiet", "-f", "null", "-"]
        finished = await self._toolbox.ffmpeg(arguments, work_dir=folder, source=path)
        return parse_level("\n".join(finished.said)).integrated_lufs
