import asyncio
import os
import signal
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import pytest
import uvloop
from hypothesis import given
from hypothesis import strategies as st

from matinee.engines.media.arguments import frame_grid, input_arguments
from matinee.engines.media.child import _start, confinement_report, run
from matinee.engines.media.languages import language_tag
from matinee.engines.media.limits import ChildFailedError, Limits
from matinee.engines.media.probe import UnreadableError, picture_times, probe
from matinee.engines.media.rates import choose_pace
from matinee.engines.media.tools import find_tools
from matinee.kit.media import Rate
from matinee.testing.ingest_clients import X264, make_film, picture

LIMITS = Limits(wall_seconds=30)


async def test_the_tools_are_there_and_answer(tmp_path: Path) -> None:
    tools = find_tools()
    for argv in (
        [str(tools.ffmpeg), "-version"],
        [str(tools.ffprobe), "-version"],
        [str(tools.packager), "--version"],
    ):
        assert b"version" in (await run(argv, limits=LIMITS, work_dir=tmp_path)).stdout


async def test_starting_a_confined_child_is_quick(tmp_path: Path) -> None:
    times = []
    for _ in range(8):
        started = time.perf_counter()
        await run(["/bin/true"], limits=LIMITS, work_dir=tmp_path)
        times.append(time.perf_counter() - started)
    assert min(times) < 0.1


async def test_what_a_child_says_and_uses_is_told(tmp_path: Path) -> None:
    lines: list[str] = []
    errors: list[str] = []
    finished = await run(
        ["/bin/sh", "-c", "echo one; echo two >&2; printf 'three\rfour'; exit 0"],
        limits=LIMITS,
        work_dir=tmp_path,
        on_line=lines.append,
        on_error_line=errors.append,
    )
    assert lines == ["one", "three", "four"]
    assert errors == ["two"]
    assert finished.said == ("two",)
    assert finished.cpu_seconds > 0
    with pytest.raises(ChildFailedError) as caught:
        await run(
            ["/bin/sh", "-c", "i=0; while [ $i -lt 100 ]; do i=$((i+1)); echo $i >&2; done; exit 3"],
            limits=LIMITS,
            work_dir=tmp_path,
        )
    assert caught.value.finished.returncode == 3
    assert caught.value.finished.said == tuple(str(number) for number in range(81, 101))


async def test_input_is_given_on_standard_input_and_by_descriptor(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("from a file\n")
    (tmp_path / "b").write_text("from another\n")
    finished = await run(
        ["/bin/sh", "-c", "read a; read b <&8; read c <&9; echo $a, $b, $c"],
        limits=LIMITS,
        work_dir=tmp_path,
        stdin=b"from stdin\n",
        inputs={8: tmp_path / "b", 9: tmp_path / "a"},
    )
    assert finished.stdout == b"from stdin, from another, from a file\n"


async def test_a_link_is_no_input(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/hostname")
    with pytest.raises(OSError, match="symbolic"):
        await run(["/bin/true"], limits=LIMITS, work_dir=tmp_path, inputs={10: tmp_path / "link"})


async def test_a_listener_that_raises_stops_the_child(tmp_path: Path) -> None:
    def refuse(line: str) -> None:
        raise KeyError(line)

    started = time.monotonic()
    with pytest.raises(KeyError):
        await run(["/bin/sh", "-c", "echo x; while :; do :; done"], limits=LIMITS, work_dir=tmp_path, on_line=refuse)
    assert time.monotonic() - started < 10


async def test_cancelling_kills_the_whole_group(tmp_path: Path) -> None:
    seen: list[int] = []
    script = "(while :; do :; done) & echo $!; echo $$; wait"
    task = asyncio.create_task(
        run(["/bin/sh", "-c", script], limits=LIMITS, work_dir=tmp_path, on_line=lambda one: seen.append(int(one)))
    )
    async with asyncio.timeout(10):
        while len(seen) < 2:
            await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(5):
        while any(alive(one) for one in seen):
            await asyncio.sleep(0.01)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_children_die_with_a_killed_service(tmp_path: Path) -> None:
    code = (
        "import asyncio, sys; from pathlib import Path; from matinee.engines.media.child import run;"
        "from matinee.engines.media.limits import Limits;"
        "argv = ['/bin/sh', '-c', 'echo $$; while :; do :; done'];"
        "asyncio.run(run(argv, limits=Limits(), work_dir=Path(sys.argv[1]),"
        "on_line=lambda line: print(line, flush=True)))"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE) as service:
        assert service.stdout is not None
        child = int(service.stdout.readline())
        assert alive(child)
        os.kill(service.pid, signal.SIGKILL)
    ends = time.monotonic() + 5
    while alive(child) and time.monotonic() < ends:
        time.sleep(0.01)
    assert not alive(child)


async def test_the_report_tells_what_holds() -> None:
    report = await confinement_report()
    assert report.no_new_privileges
    assert report.dies_with_service
    assert report.denied_calls or report.network_namespace


@pytest.mark.parametrize("first", [0, 1, 30, 37])
async def test_chunks_of_the_grid_are_its_frames(tmp_path: Path, first: int) -> None:
    """Decoding from the middle gives the same pictures as decoding all, by checksum."""
    film = make_film(tmp_path / "f.mkv", *picture(2, rate="30000/1001"), *X264, "-g", "12", "-bf", "2")
    rate = Rate(30000, 1001)

    async def sums(start: int) -> list[str]:
        seek = None if start == 0 else max(0.0, start / rate.fraction() - 0.02)
        argv = [str(find_tools().ffmpeg), "-v", "error", "-nostdin", *input_arguments(start_seconds=seek)]
        grid = frame_grid(rate=rate, start_seconds=0.0, first_frame=start)
        argv += ["-filter:v", grid, "-fps_mode", "passthrough", "-f", "framemd5", "-"]
        finished = await run(argv, limits=LIMITS, work_dir=tmp_path, inputs={10: film})
        rows = [line.split(",") for line in finished.stdout.decode().splitlines() if not line.startswith("#")]
        assert int(rows[0][2]) == start
        return [row[-1].strip() for row in rows]

    whole = await sums(0)
    assert len(whole) == 60
    assert await sums(first) == whole[first:]


async def test_probing_reads_numbers_and_bounds_text(tmp_path: Path) -> None:
    film = make_film(
        tmp_path / "f.mkv", *picture(1), *X264, "-metadata:s:v", "title=" + "x" * 5000, "-metadata:s:v", "language=ger"
    )
    probed = await probe(film, work_dir=tmp_path)
    stream = probed.streams[0]
    assert (probed.container, stream.codec, stream.width, stream.height) == ("matroska", "h264", 320, 180)
    assert len(stream.title) <= 80
    assert stream.language == "ger"
    times = await picture_times(film, index=0, work_dir=tmp_path)
    assert len(times) == 25
    assert times == tuple(sorted(times))
    (tmp_path / "text").write_text("no film")
    with pytest.raises(UnreadableError):
        await probe(tmp_path / "text", work_dir=tmp_path)


@pytest.mark.parametrize(
    ("interval", "average", "base", "expected"),
    [
        (1 / 24, None, None, "24/1"),
        (1001 / 24000, None, None, "24000/1001"),
        (1 / 25, "1000/1", "90000/1", "25/1"),
        (1001 / 30000, "30000/1001", None, "30000/1001"),
        (1 / 120, None, None, "60/1"),
        (1001 / 240000, "240000/1001", None, "60000/1001"),
        (1 / 15, "15/1", None, "15/1"),
        (1 / 5, None, None, "10/1"),
        (3600.0, None, None, None),
        (1 / 1000, None, None, None),
    ],
)
def test_rates_are_snapped_and_bounded(
    interval: float, average: str | None, base: str | None, expected: str | None
) -> None:
    times = [number * interval for number in range(200)]
    pace = choose_pace(times, average=Fraction(average) if average else None, base=Fraction(base) if base else None)
    assert 10 <= pace.output_rate.fraction() <= 60
    assert not pace.variable
    if expected is not None:
        assert str(pace.output_rate) == expected


def test_millisecond_timestamps_and_uneven_ones_are_told_apart() -> None:
    rounded = [round(number * 1001 / 30, 0) / 1000 for number in range(300)]
    assert str(choose_pace(rounded, average=None, base=None).output_rate) == "30000/1001"
    uneven = [0.0]
    for number in range(300):
        uneven.append(uneven[-1] + (0.02, 0.05, 0.09)[number % 3])
    assert choose_pace(uneven, average=None, base=None).variable
    lost = [number / 25 for number in range(300) if number != 150]
    pace = choose_pace(lost, average=None, base=None)
    assert (str(pace.output_rate), pace.variable, pace.gaps) == ("25/1", False, 1)


@given(st.lists(st.floats(0, 1e6), max_size=50))
def test_any_timestamps_give_a_usable_rate(times: list[float]) -> None:
    pace = choose_pace(sorted(set(times)), average=None, base=None)
    assert 10 <= pace.output_rate.fraction() <= 60


@pytest.mark.parametrize(
    ("raw", "tag"),
    [
        ("eng", "en"),
        ("ger", "de"),
        ("deu", "de"),
        ("en_US", "en-US"),
        ("", "und"),
        (None, "und"),
        ("x!", "und"),
        ("tlh", "tlh"),
        ("EN", "en"),
    ],
)
def test_language_tags(raw: str | None, tag: str) -> None:
    assert language_tag(raw) == tag


class _Watched:
    """A pipe that notes whether its number was still its own when it was closed."""

    def __init__(self, pipe, closed):
        self._pipe, self._closed = pipe, closed

    def fileno(self):
        return self._pipe.fileno()

    def close(self):
        try:
            os.fstat(self._pipe.fileno())
        except OSError:
            self._closed.append("a number that is not ours any more")
        else:
            self._closed.append("ours")
        self._pipe.close()


@pytest.mark.parametrize("run_loop", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_pipes_are_closed_once_so_that_no_other_thread_loses_a_file(run_loop, tmp_path: Path, monkeypatch) -> None:
    closed: list[str] = []

    def watched(*given):
        process = _start(*given)
        process.stdout, process.stderr = _Watched(process.stdout, closed), _Watched(process.stderr, closed)
        return process

    monkeypatch.setattr("matinee.engines.media.child._start", watched)
    finished = run_loop(run(["/bin/echo", "said"], limits=LIMITS, work_dir=tmp_path))
    assert finished.stdout == b"said\n"
    assert closed == ["ours", "ours"]
