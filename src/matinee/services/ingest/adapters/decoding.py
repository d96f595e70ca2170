"""One full decode by ffmpeg: frames counted; cuts, black and still stretches found; loudness measured."""

import re
import tempfile
from collections.abc import Callable
from pathlib import Path

from matinee.engines.media.arguments import INPUT_DESCRIPTOR, frame_grid, input_arguments
from matinee.engines.media.child import run
from matinee.engines.media.limits import (
    ChildError,
    ChildFailedError,
    ChildLimitError,
    ChildTimedOutError,
    InterruptedToolError,
    Limits,
)
from matinee.engines.media.probe import Probed, picture_times, probe
from matinee.engines.media.tools import find_tools
from matinee.kit.media import Loudness
from matinee.services.ingest.ports import Decoded, DecodeFailedError, DecodePlan

_SMALL = "160:90"
_CUT_THRESHOLD = 10
_LONGEST_GAP_SECONDS = 600
_LOG_LINE = re.compile(
    r"\[(?P<who>[^\]]*?)(?: @ [^\]]*)?\] \[(?P<level>\w+)\] (?P<text>.*)|\[(?P<bare>\w+)\] (?P<rest>.*)"
)
_METADATA = re.compile(r"metadata@(\w+)")
_FRAME = re.compile(r"frame:\d+\s+pts:(\d+)")
_FIGURE = re.compile(r"(I|Threshold|LRA|Peak):\s+(-?[\d.]+|-?inf|nan)")
_SOUND_TOTAL = re.compile(r"audio:(\d+)KiB")
_OUTPUT = re.compile(r"out#(\d+)/")
_DURATION = re.compile(r"(?:black|freeze)_duration[:=]\s*([\d.]+)")
_PROGRESS_FRAME = re.compile(r"frame=\s*(\d+)")
_SILENCE_LUFS = -70.0
_BYTES_PER_SAMPLE = 2
_SUMMARY_RATE_HZ = 48_000
_RANGE_SECTION = "Loudness range:"


class _Listener:
    """Makes figures of what ffmpeg says, line by line."""

    def __init__(self, plan: DecodePlan, on_frames: Callable[[int], None]) -> None:
        self._plan = plan
        self._on_frames = on_frames
        self.frames = 0
        self.scenes: list[int] = []
        self.black_seconds = 0.0
        self.frozen_seconds = 0.0
        self.size_changes = False
        self.errors = 0
        self.sound_seconds: dict[int, float] = {}
        self._figures: dict[int, dict[str, float]] = {}
        self._summary_of: int | None = None
        self._section = ""

    def progress(self, line: str) -> None:
        """Take a line of `-progress`."""
        match = _PROGRESS_FRAME.fullmatch(line)
        if match:
            self.frames = int(match.group(1))
            self._on_frames(self.frames)

    def said(self, line: str) -> None:
        """Take a line of the log."""
        match = _LOG_LINE.match(line)
        if match is None:
            self._summary_line(line.strip())
            return
        who, level, text = match.group("who") or "", match.group("level") or match.group("bare"), match.group("text")
        self._summary_of = None
        self.errors += level in {"error", "fatal", "panic"}
        if text is not None:
            self._event(who, text)

    def _event(self, who: str, text: str) -> None:
        if who.startswith("metadata@cut"):
            frame = _FRAME.match(text)
            self.scenes += [int(frame.group(1))] if frame else []
        elif who.startswith("ebur128@"):
            self._summary_of = int(who.removeprefix("ebur128@a"))
            self._section = ""
        elif who.startswith("out#"):
            self._total(who, text)
        elif who.startswith("showinfo@jump") and text.lstrip().startswith("n:"):
            raise DecodeFailedError("The file's clock jumps far ahead in the middle; it cannot be played in step.")
        elif "Changing video frame properties" in text:
            self.size_changes = True
        else:
            self._stretch(who, text)

    def _stretch(self, who: str, text: str) -> None:
        duration = _DURATION.search(text)
        if duration and "black" in who:
            self.black_seconds += float(duration.group(1))
        elif duration and "freeze" in who:
            self.frozen_seconds += float(duration.group(1))

    def _total(self, who: str, text: str) -> None:
        output, total = _OUTPUT.match(who), _SOUND_TOTAL.search(text)
        if output and total and int(output.group(1)) > 0:
            index = self._plan.sound_indexes[int(output.group(1)) - 1]
            self.sound_seconds[index] = int(total.group(1)) * 1024 / (_BYTES_PER_SAMPLE * _SUMMARY_RATE_HZ)

    def _summary_line(self, line: str) -> None:
        if self._summary_of is None or not line:
            return
        match = _FIGURE.match(line)
        if match is None:
            self._section = line
            return
        name = match.group(1)
        if name == "Threshold" and self._section == _RANGE_SECTION:
            return
        value = float(match.group(2))
        self._figures.setdefault(self._summary_of, {})[name] = max(value, _SILENCE_LUFS)

    def decoded(self, said: tuple[str, ...]) -> Decoded:
        """Return what was heard."""
        loudness = tuple(
            Loudness(
                index=index,
                integrated_lufs=figures.get("I", _SILENCE_LUFS),
                true_peak_dbtp=figures.get("Peak", _SILENCE_LUFS),
                range_lu=max(0.0, figures.get("LRA", 0.0)),
                threshold_lufs=figures.get("Threshold", _SILENCE_LUFS),
            )
            for index, figures in sorted(self._figures.items())
        )
        return Decoded(
            frame_count=self.frames,
            scene_frames=tuple(sorted(set(self.scenes))),
            black_seconds=self.black_seconds,
            frozen_seconds=self.frozen_seconds,
            loudness=loudness,
            sound_seconds=self.sound_seconds,
            size_changes=self.size_changes,
            errors=self.errors,
            said=said,
        )


def decode_arguments(plan: DecodePlan, threads: int) -> list[str]:
    """Return the whole ffmpeg command of one inspection."""
    grid = frame_grid(rate=plan.rate, start_seconds=plan.start_seconds)
    # Beside the grid, a look at the file's own clock: only frames after an absurd gap are told.
    watch = f"split[a][b];[b]select='gt(t-prev_t,{_LONGEST_GAP_SECONDS})',showinfo@jump,nullsink;[a]"
    picture = watch + ",".join(
        (
            grid,
            f"scale={_SMALL}:flags=fast_bilinear",
            f"scdet=t={_CUT_THRESHOLD}",
            "blackdetect=d=0.5",
            "freezedetect=d=2",
            "metadata@cut=mode=print:key=lavfi.scd.time",
        )
    )
    # Deblocking does not change what a thumbnail shows, and costs a fifth of decoding.
    options = ("-threads", str(threads), "-skip_loop_filter", "all", "-max_error_rate", "1")
    argv = [str(find_tools().ffmpeg), "-nostdin", "-hide_banner", "-v", "repeat+level+info", "-nostats"]
    argv += ["-progress", "pipe:1", "-stats_period", "0.25", "-filter_threads", "1", *input_arguments(options=options)]
    argv += ["-map", f"0:{plan.picture_index}", "-filter:v", picture, "-fps_mode", "passthrough"]
    argv += ["-frames:v", str(plan.most_frames), "-f", "null", "-"]
    for index in plan.sound_indexes:
        # One mono track at a fixed rate for the null output, so that its size in bytes is a length in time.
        sound = f"ebur128@a{index}=peak=true:framelog=quiet"
        argv += ["-map", f"0:{index}", "-filter:a", sound, "-ac", "1", "-ar", str(_SUMMARY_RATE_HZ), "-f", "null", "-"]
    return argv


class ConfinedMedia:
    """Runs ffprobe and ffmpeg as confined children.

    Args:
        threads: decoder threads.
        memory_bytes: address space of the decoder.
        scratch: an existing folder for work folders.
    """

    def __init__(self, *, threads: int, memory_bytes: int, scratch: Path) -> None:
        self._threads = threads
        self._memory_bytes = memory_bytes
        self._scratch = scratch

    async def probe(self, path: Path) -> Probed:
        """Describe a file; see the port."""
        with tempfile.TemporaryDirectory(dir=self._scratch) as folder:
            return await probe(path, work_dir=Path(folder))

    async def picture_times(self, path: Path, index: int) -> tuple[float, ...]:
        """Return the first frames' timestamps; see the port."""
        with tempfile.TemporaryDirectory(dir=self._scratch) as folder:
            return await picture_times(path, index=index, work_dir=Path(folder))

    async def decode(self, path: Path, plan: DecodePlan, on_frames: Callable[[int], None]) -> Decoded:
        """Decode all of a film; see the port."""
        listener = _Listener(plan, on_frames)
        limits = Limits(
            wall_seconds=plan.wall_seconds,
            cpu_seconds=max(1, int(plan.wall_seconds * (self._threads + 1))),
            memory_bytes=self._memory_bytes,
            file_bytes=0,
            stdout_bytes=0,
        )
        with tempfile.TemporaryDirectory(dir=self._scratch) as folder:
            try:
                finished = await run(
                    decode_arguments(plan, self._threads),
                    limits=limits,
                    work_dir=Path(folder),
                    inputs={INPUT_DESCRIPTOR: path},
                    on_line=listener.progress,
                    on_error_line=listener.said,
                )
            except ChildError as error:
                if error.interrupted():
                    raise InterruptedToolError("Decoding the film was interrupted; try again.") from error
                raise DecodeFailedError(_sentence(error)) from error
        return listener.decoded(finished.said)


def _sentence(error: ChildError) -> str:
    if isinstance(error, ChildTimedOutError):
        return "Decoding the film took far longer than such a film should take."
    if isinstance(error, ChildLimitError):
        return f"Decoding the film needed more {error.limit} than is reasonable."
    signalled = isinstance(error, ChildFailedError) and error.finished.returncode < 0
    return "The decoder broke down on this file." if signalled else "The decoder cannot read the film's content."
