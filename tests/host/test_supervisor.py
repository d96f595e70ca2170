"""Children are kept, and none outlives the supervisor."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from matinee.host.supervisor import Child, Supervisor

_FOREVER = "import time\nwhile True: time.sleep(0.05)"


async def until(condition, *, seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def noting(folder: Path, name: str, rest: str) -> tuple[str, ...]:
    code = (
        f"import os,pathlib; p=pathlib.Path({str(folder / name)!r}); p.open('a').write(str(os.getpid())+'\\n')\n{rest}"
    )
    return (sys.executable, "-c", code)


def pids(folder: Path, name: str) -> list[int]:
    file = folder / name
    return [int(line) for line in file.read_text().split()] if file.exists() else []


async def test_a_dead_child_comes_back_and_stop_leaves_none(tmp_path):
    states: list[tuple[str, str]] = []
    child = Child(name="worker", argv=noting(tmp_path, "worker", _FOREVER))
    supervisor = Supervisor([child], on_state=lambda name, state: states.append((name, state)))
    running = asyncio.create_task(supervisor.run())
    await until(lambda: len(pids(tmp_path, "worker")) == 1)
    os.kill(pids(tmp_path, "worker")[0], signal.SIGKILL)
    await until(lambda: len(pids(tmp_path, "worker")) == 2)
    supervisor.stop()
    await asyncio.wait_for(running, 15)
    assert not any(alive(pid) for pid in pids(tmp_path, "worker"))
    assert ("worker", "ended") in states


async def test_work_that_is_done_is_not_started_again(tmp_path):
    child = Child(name="once", argv=noting(tmp_path, "once", ""), restart="on-failure")
    supervisor = Supervisor([child], on_state=lambda *_: None)
    await asyncio.wait_for(supervisor.run(), 10)
    assert len(pids(tmp_path, "once")) == 1


async def test_a_child_that_ignores_the_polite_signal_is_ended_all_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr("matinee.host.supervisor.STOP_SECONDS", 0.5)
    stubborn = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\np.open('a').write('')\n" + _FOREVER
    child = Child(name="stubborn", argv=noting(tmp_path, "stubborn", stubborn))
    supervisor = Supervisor([child], on_state=lambda *_: None)
    running = asyncio.create_task(supervisor.run())
    await until(lambda: len(pids(tmp_path, "stubborn")) == 1)
    supervisor.stop()
    await asyncio.wait_for(running, 10)
    assert not alive(pids(tmp_path, "stubborn")[0])


@pytest.mark.skipif(sys.platform != "linux", reason="the parent-death signal: Linux only")
async def test_children_end_when_the_supervisor_is_killed(tmp_path):
    grandchild = f"from matinee.host.supervisor import end_with_supervisor; end_with_supervisor()\n{_FOREVER}"
    script = f"""
import asyncio, sys
from matinee.host.supervisor import Child, Supervisor
child = Child(name="kept", argv={noting(tmp_path, "kept", grandchild)!r})
asyncio.run(Supervisor([child], on_state=lambda *_: None).run())
"""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", script)
    await until(lambda: len(pids(tmp_path, "kept")) == 1, seconds=20)
    process.kill()
    await process.wait()
    await until(lambda: not alive(pids(tmp_path, "kept")[0]))
