"""What holds when the origin lies, fails or changes its mind, and when disks and processes do."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from matinee.services.edge.adapters.disk import FolderDisk
from matinee.services.edge.settings import MIB, EdgeSettings
from matinee.testing.clock import ManualClock
from matinee.testing.edges import Answer, CountingOrigin, EdgeUnderTest, TestRelease, opened_edge, publish, sample_files

LARGE = "video/h264_360p/00001.m4s"
SMALL = "audio/en/00001.m4s"
QUICK = EdgeSettings(retry_seconds=0.0, fill_seconds=0.3, recheck_seconds=0.2)


def code_of(answer: Answer) -> str:
    return str(msgspec.json.decode(answer.body)["code"])


def objects_in(folder: Path) -> list[Path]:
    return [path for path in (folder / "edge" / "cache" / "objects").rglob("*") if path.is_file()]


async def test_a_release_is_asked_for_again_when_its_time_is_up(
    edge: EdgeUnderTest, release: TestRelease, clock: ManualClock
) -> None:
    index = f"{release.prefix}/index.json"
    await edge.get(release, LARGE)
    clock.advance(299)
    assert (await edge.get(release, LARGE)).cache_status == "hit; ttl=1"
    assert edge.origin.questions[index] == 1
    clock.advance(1)
    again = await edge.get(release, LARGE)
    assert (again.cache_status, again.body) == ("fwd=stale; fwd-status=304", release.files[LARGE])
    assert (await edge.get(release, LARGE)).cache_status == "hit; ttl=300"
    assert (edge.origin.questions[index], edge.origin.reads[index]) == (2, 1)


async def test_a_release_taken_away_is_not_served_past_its_time(
    edge: EdgeUnderTest, release: TestRelease, clock: ManualClock
) -> None:
    await edge.get(release, LARGE)
    await edge.origin.delete_prefix(release.prefix)
    assert (await edge.get(release, LARGE)).status == 200
    clock.advance(300)
    gone = await edge.get(release, LARGE)
    assert (gone.status, code_of(gone)) == (404, "no-such-release")


async def test_stale_files_stand_in_for_an_origin_that_is_away(
    edge: EdgeUnderTest, release: TestRelease, clock: ManualClock
) -> None:
    await edge.get(release, LARGE)
    edge.origin.away = True
    clock.advance(300)
    first, second = await edge.get(release, LARGE), await edge.get(release, LARGE)
    assert (first.status, first.cache_status) == (200, "fwd=stale; detail=origin-away")
    assert first.body == second.body == release.files[LARGE]
    assert edge.origin.questions[f"{release.prefix}/index.json"] == 2  # not once for each request
    clock.advance(5)
    edge.origin.away = False
    assert (await edge.get(release, LARGE)).cache_status == "fwd=stale; fwd-status=304"


async def test_stale_files_end_with_their_grace(edge: EdgeUnderTest, release: TestRelease, clock: ManualClock) -> None:
    await edge.get(release, LARGE)
    edge.origin.away = True
    clock.advance(300 + 86_400)
    answer = await edge.get(release, LARGE)
    assert (answer.status, code_of(answer)) == (504, "origin-away")
    assert int(answer.headers["retry-after"]) > 0


async def test_an_origin_that_is_away_or_hangs_is_a_504_and_recovers(tmp_path: Path) -> None:
    clock = ManualClock()
    async with opened_edge(tmp_path, settings=QUICK, clock=clock) as edge:
        release = await publish(edge.origin, "title1", sample_files())
        await edge.get(release, SMALL)
        edge.origin.away = True
        answer = await edge.get(release, LARGE)
        assert (answer.status, code_of(answer)) == (504, "origin-away")
        assert edge.origin.reads[f"{release.prefix}/{LARGE}"] == 3  # bounded tries
        await edge.get(release, LARGE)
        assert edge.origin.reads[f"{release.prefix}/{LARGE}"] == 3  # and not again at once
        edge.origin.away = False
        clock.advance(5)
        assert (await edge.get(release, LARGE)).body == release.files[LARGE]
        edge.origin.gate.clear()
        answer = await edge.get(release, "video/h264_360p/00002.m4s")
        assert (answer.status, code_of(answer)) == (504, "origin-away")
        edge.origin.gate.set()


async def test_a_release_that_is_not_there_is_not_asked_for_each_time(
    edge: EdgeUnderTest, release: TestRelease
) -> None:
    await edge.origin.delete_prefix(release.prefix)
    for _ in range(10):
        assert code_of(await edge.get(release, SMALL)) == "no-such-release"
    assert edge.origin.questions[f"{release.prefix}/index.json"] == 1


async def test_a_file_the_index_does_not_name_never_reaches_the_origin(
    edge: EdgeUnderTest, release: TestRelease
) -> None:
    await edge.origin.put(f"{release.prefix}/secret.txt", b"not in the index")
    for number in range(50):
        assert (await edge.get(release, f"none/{number}")).status == 404
    assert (await edge.get(release, "secret.txt")).status == 404
    assert sum(edge.origin.reads.values()) == 1


async def test_a_restart_serves_what_was_kept_without_the_origin(tmp_path: Path) -> None:
    origin = CountingOrigin(tmp_path / "origin")
    release = await publish(origin, "title1", sample_files())
    async with opened_edge(tmp_path, origin=origin) as edge:
        for path in release.files:
            await edge.get(release, path)
    origin.away = True
    async with opened_edge(tmp_path, origin=origin) as edge:
        for path, data in release.files.items():
            answer = await edge.get(release, path)
            assert (answer.status, answer.body) == (200, data)
        assert await edge.metric("fills_total") == 0


@pytest.mark.parametrize("path", [LARGE, SMALL])
async def test_a_file_changed_on_the_disk_is_fetched_again_not_served(tmp_path: Path, path: str) -> None:
    origin = CountingOrigin(tmp_path / "origin")
    release = await publish(origin, "title1", sample_files())
    async with opened_edge(tmp_path, origin=origin) as edge:
        await edge.get(release, path)
    for file in objects_in(tmp_path):
        spoiled = bytearray(file.read_bytes())
        spoiled[len(spoiled) // 2] ^= 1
        file.write_bytes(spoiled)
    async with opened_edge(tmp_path, origin=origin) as edge:
        answer = await edge.get(release, path)
        assert (answer.body, answer.cache_status) == (release.files[path], "fwd=miss; stored")
        assert await edge.metric("disk_mismatches_total") == 1


async def test_files_taken_away_behind_our_back_are_noticed(tmp_path: Path) -> None:
    async with opened_edge(tmp_path, settings=EdgeSettings(report_seconds=0.02)) as edge:
        release = await publish(edge.origin, "title1", sample_files())
        await edge.get(release, LARGE)
        for file in objects_in(tmp_path):
            file.unlink()
        async with asyncio.timeout(5):
            while True:
                try:
                    answer = await edge.get(release, LARGE)
                except FileNotFoundError:  # what the server would meet, and answer with 404
                    await asyncio.sleep(0.01)
                else:
                    break
        assert (answer.body, answer.cache_status) == (release.files[LARGE], "fwd=miss; stored")


async def test_the_order_of_use_survives_a_restart(tmp_path: Path) -> None:
    origin = CountingOrigin(tmp_path / "origin")
    files = {f"v/{number}.m4s": bytes([number]) * 300_000 for number in range(5)}
    release = await publish(origin, "title1", files)
    async with opened_edge(tmp_path, origin=origin) as edge:
        for path in files:
            await edge.get(release, path)
        await edge.get(release, "v/0.m4s")
    tight = EdgeSettings(budget_bytes=MIB)  # three files and the index
    async with opened_edge(tmp_path, origin=origin, settings=tight) as edge:
        assert await edge.metric("cache_bytes") <= MIB
        for path in ("v/0.m4s", "v/4.m4s", "v/3.m4s"):
            assert (await edge.get(release, path)).cache_status.startswith(("hit", "fwd=stale")), path


async def test_eviction_spares_what_was_just_handed_out(tmp_path: Path) -> None:
    clock = ManualClock()
    tight = EdgeSettings(budget_bytes=MIB)
    async with opened_edge(tmp_path, settings=tight, clock=clock) as edge:
        release = await publish(edge.origin, "t", {f"v/{n}.m4s": bytes([n]) * 400_000 for n in range(4)})
        await edge.get(release, "v/0.m4s")
        await edge.get(release, "v/1.m4s")
        full = await edge.get(release, "v/2.m4s")
        assert (full.status, code_of(full)) == (503, "edge-busy")
        assert int(full.headers["retry-after"]) > 0
        assert (await edge.get(release, "v/1.m4s")).body == release.files["v/1.m4s"]
        clock.advance(6)
        assert (await edge.get(release, "v/2.m4s")).body == release.files["v/2.m4s"]
        assert await edge.metric("evictions_total") >= 1
        assert sum(file.stat().st_size for file in objects_in(tmp_path)) <= MIB


async def test_an_open_file_outlives_its_eviction(tmp_path: Path) -> None:
    clock = ManualClock()
    async with opened_edge(tmp_path, settings=EdgeSettings(budget_bytes=MIB), clock=clock) as edge:
        release = await publish(edge.origin, "t", {f"v/{n}.m4s": bytes([n]) * 700_000 for n in range(2)})
        await edge.get(release, "v/0.m4s")
        (held,) = [file for file in objects_in(tmp_path) if file.stat().st_size == 700_000]
        with held.open("rb") as sending:
            clock.advance(6)
            await edge.get(release, "v/1.m4s")
            assert not held.exists()
            assert sending.read() == release.files["v/0.m4s"]


async def test_fills_are_bounded_in_number(tmp_path: Path) -> None:
    narrow = EdgeSettings(fill_concurrency=2, fill_waiting=1)
    async with opened_edge(tmp_path, settings=narrow) as edge:
        release = await publish(edge.origin, "t", {f"v/{n}.m4s": bytes([n]) * 1000 for n in range(8)} | {"a": b"a"})
        await edge.get(release, "a")
        edge.origin.gate.clear()
        asked = [asyncio.create_task(edge.get(release, f"v/{n}.m4s")) for n in range(8)]
        async with asyncio.timeout(5):
            while sum(task.done() for task in asked) < 5:
                await asyncio.sleep(0.005)
        edge.origin.gate.set()
        answers = await asyncio.gather(*asked)
        assert sorted(a.status for a in answers) == [200] * 3 + [503] * 5
        assert edge.origin.peak <= 2


async def test_a_full_disk_is_a_503_and_leaves_nothing(
    tmp_path: Path, edge: EdgeUnderTest, release: TestRelease, monkeypatch: pytest.MonkeyPatch
) -> None:
    await edge.get(release, SMALL)
    before = len(objects_in(tmp_path))

    def full(_fd: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("matinee.services.edge.adapters.disk.os.fsync", full)
        answer = await edge.get(release, LARGE)
    assert (answer.status, code_of(answer)) == (503, "edge-disk")
    assert len(objects_in(tmp_path)) == before
    assert not list((tmp_path / "edge" / "cache" / "partial").iterdir())
    assert (await edge.get(release, LARGE)).body == release.files[LARGE]


async def test_foreign_and_half_written_files_are_cleared_at_the_start(tmp_path: Path) -> None:
    root = tmp_path / "cache"
    disk = FolderDisk(root)
    async with disk.partial() as partial:
        await partial.write(b"whole")
        await partial.commit()
        digest = partial.digest
    disk.close()
    (root / "partial" / "left").write_bytes(b"half")
    (root / "objects" / digest[:2] / "strange").write_bytes(b"?")
    disk = FolderDisk(root)
    found = await disk.found()
    disk.close()
    assert [(file.digest, file.size_bytes) for file in found] == [(digest, 5)]
    assert not list((root / "partial").iterdir())
    assert [path.name for path in (root / "objects").rglob("*") if path.is_file()] == [digest]
