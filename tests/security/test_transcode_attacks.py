"""Attacks by film files and their tags on the transcode room."""

import asyncio
import contextlib
import json
import re
import sys
from pathlib import Path

import psutil
import pytest
from tests.services.transcode.conftest import QUICK, ffmpeg

from matinee.contracts.transcode import SideText
from matinee.engines.media import child
from matinee.kit.media import AudioTrack, TextTrack
from matinee.services.transcode.service.cues import MAX_CUES, SubtitleError, sanitised
from matinee.services.transcode.service.packaging import PackagedSound, PackagingError, packager_flags
from matinee.services.transcode.service.sound import plan_sound
from matinee.services.transcode.settings import TranscodeSettings
from matinee.testing.transcode import KEY, transcode_bench

HOSTILE = '-i /etc/passwd;$(id)`id`,in=/etc/shadow,output=/tmp/x\n#EXT-X-KEY "><script>'
# Every word of every tool's arguments: options, numbers, filters, our own names. No spaces, quotes or shell marks.
CLOSED = re.compile(r"[A-Za-z0-9_\-+.,:=/\[\];*%@$()'#]{1,20000}|\|")


@pytest.fixture
def arguments(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Every command that is started during the test."""
    seen: list[list[str]] = []
    start = child._start

    def recording(argv, *more):
        seen.append(list(argv))
        return start(argv, *more)

    monkeypatch.setattr(child, "_start", recording)
    return seen


def clip(folder: Path, *, size: str = "320x180", seconds: float) -> Path:
    path = folder / "clip.mp4"
    picture = f"testsrc2=size={size}:rate=25:duration={seconds}"
    coded = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
    ffmpeg("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", f"sine=duration={seconds}", *coded, str(path))
    return path


def hostile_film(tmp_path: Path) -> Path:
    path = tmp_path / "hostile.mkv"
    (tmp_path / "t.srt").write_text("1\n00:00:00,500 --> 00:00:01,500\n<script>alert(1)</script>\n")
    ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=2", "-f", "lavfi", "-i"),
        *("sine=duration=2", "-i", str(tmp_path / "t.srt"), "-map", "0", "-map", "1", "-map", "2"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-c:s", "srt", "-metadata", f"title={HOSTILE}"),
        *("-metadata:s:a:0", f"title={HOSTILE}", "-metadata:s:a:0", "language=../../x", "-metadata:s:s:0"),
        *(f"title={HOSTILE}", str(path)),
    )
    return path


@pytest.mark.slow
async def test_attack_02_names_from_files_never_become_paths(tmp_path) -> None:
    async with transcode_bench(tmp_path / "room", **QUICK) as room:
        await room.transcode.submit(order=await room.order(hostile_film(tmp_path)))
        view = await room.ended()
        assert view.state == "published", view.failure
        keys = [info.key async for info in room.blobs.list("releases")]
        assert all(re.fullmatch(r"[A-Za-z0-9_\-./]+", key) and ".." not in key for key in keys)


@pytest.mark.slow
async def test_attack_04_encoder_argument_injection_by_tags(tmp_path, arguments) -> None:
    async with transcode_bench(tmp_path / "room", **QUICK) as room:
        await room.transcode.submit(order=await room.order(hostile_film(tmp_path)))
        view = await room.ended()
        assert view.state == "published", view.failure
        release = room.catalogue.published[-1][0]
        master = await room.blobs.get(f"releases/{release.title_id}/{release.release_id}/master.m3u8")
    assert len(arguments) > 5
    for argv in arguments:
        for word in argv[1:]:
            assert CLOSED.fullmatch(word), word
            assert "passwd" not in word
    # The label is shown, on one line, without a quote that could end its attribute.
    labels = [line for line in master.decode().splitlines() if "TYPE=AUDIO" in line]
    assert len(labels) == 1
    assert labels[0].count('"') % 2 == 0
    assert not any(line.startswith("#EXT-X-KEY") for line in master.decode().splitlines())


def test_attack_04_track_names_are_ours_alone() -> None:
    tracks = [
        AudioTrack(index=1, codec="aac", channels=6, sample_rate_hz=48_000, language="en", title=HOSTILE, default=True)
    ]
    for sound in plan_sound(tracks):
        assert re.fullmatch(r"a\d+-[A-Za-z0-9-]+-(stereo|51)", sound.name)


def test_attack_05_no_setting_names_a_program_or_its_arguments() -> None:
    for name, kind in TranscodeSettings.__annotations__.items():
        assert not re.search(r"binary|command|template|ffmpeg|argument|path", name), name
        assert "str" not in str(kind) or name in {"data_folder", "h264_preset"}


@pytest.mark.slow
async def test_attack_06_playlist_inside_a_source_opens_nothing(tmp_path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret words")
    traps = [
        f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfile://{secret}\n#EXT-X-ENDLIST\n",
        f"ffconcat version 1.0\nfile '{secret}'\n",
        f"#EXTM3U\n#EXTINF:1,\nconcat:http://127.0.0.1:1/|file://{secret}\n",
    ]
    good = clip(tmp_path, seconds=2)
    async with transcode_bench(tmp_path / "room", **{**QUICK, "chunk_attempts": 1}) as room:
        for number, trap in enumerate(traps):
            order = await room.order(good, job=f"job{number}")
            # The report is of a good film; the bytes are exchanged behind it.
            await room.blobs.put(order.source_key, trap.encode())
            await room.transcode.submit(order=order)
            view = await room.ended(f"job{number}")
            assert view.state == "failed"
            assert "secret words" not in view.failure.tool_said
            await room.blobs.put_file(order.source_key, good)


@pytest.mark.slow
async def test_attack_07_encoders_run_confined(tmp_path) -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("confinement: Linux")
    path = clip(tmp_path, size="640x360", seconds=6)
    async with transcode_bench(tmp_path / "room", **{**QUICK, "h264_preset": "medium"}) as room:
        await room.transcode.submit(order=await room.order(path))
        async with asyncio.timeout(30):
            while not (found := encoder_limits(tmp_path)):
                await asyncio.sleep(0.01)
        limits, status, network = found
        assert 0 < limits[psutil.RLIMIT_AS][0] <= 64 << 30
        assert limits[psutil.RLIMIT_CPU][0] > 0
        assert limits[psutil.RLIMIT_CORE] == (0, 0)
        assert "NoNewPrivs:\t1" in status
        report = await child.confinement_report()
        assert network is report.network_namespace
        await room.transcode.cancel(job_id="job1")


def encoder_limits(folder: Path) -> tuple[dict[int, tuple[int, int]], str, bool] | None:
    """Return limits, status and whether it has a network of its own, of a running encoder of this test."""
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error, OSError):
            words = process.cmdline()
            if "libx264" in words and "ffmpeg" in words[0] and process.cwd().startswith(str(folder)):
                kinds = (psutil.RLIMIT_AS, psutil.RLIMIT_CPU, psutil.RLIMIT_CORE)
                own = Path(f"/proc/{process.pid}/ns/net").readlink() != Path("/proc/self/ns/net").readlink()
                status = Path(f"/proc/{process.pid}/status").read_text()
                return {kind: process.rlimit(kind) for kind in kinds}, status, own
    return None


def test_attack_13_huge_cue_files_are_refused() -> None:
    block = "00:00:01.000 --> 00:00:02.000\nwords\n\n"
    with pytest.raises(SubtitleError):
        sanitised(("WEBVTT\n\n" + block * (MAX_CUES + 2)).encode(), "vtt", length_seconds=100)
    with pytest.raises(SubtitleError):
        sanitised(b"WEBVTT\n\n" + b"a" * (17 << 20), "vtt", length_seconds=100)
    long = sanitised(("WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n" + "x" * 10**6).encode(), "vtt", length_seconds=9)
    assert len(long.cues[0].text) <= 2_000


@pytest.mark.timeout(20)
@pytest.mark.parametrize("form", ["srt", "vtt", "ass"])
@pytest.mark.parametrize("unit", ["{\\i", "<i", "--> ", "\n\n\n", "Dialogue: 0,", "00:00:01.000 --> ", "&amp;", "{{{}"])
def test_attack_13_no_text_makes_reading_slow(form: str, unit: str) -> None:
    head = "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n" if form == "vtt" else "1\n00:00:01,000 --> 00:00:02,000\n"
    with contextlib.suppress(SubtitleError):
        sanitised((head + unit * (2_000_000 // len(unit))).encode(), form, length_seconds=10)


def test_attack_14_script_in_cues_is_text() -> None:
    data = b"1\n00:00:01,000 --> 00:00:02,000\n<img src=x onerror=alert(1)><script>alert(1)</script><c.x>hi</c>\n"
    assert sanitised(data, "srt", length_seconds=9).cues[0].text == "alert(1)hi"


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04" + b"\0" * 100,
        b"Rar!\x1a\x07" + b"a" * 100,
        b"\x1f\x8b\x08" + b"a" * 100,
        b"<!DOCTYPE html><html><body>1\n00:00:01,000 --> 00:00:02,000\nhi",
        b"\xef\xbb\xbf<html>",
    ],
)
def test_attack_16_archive_or_web_page_as_subtitles(data: bytes) -> None:
    for form in ("srt", "ass", "ssa", "vtt"):
        with pytest.raises(SubtitleError):
            sanitised(data, form, length_seconds=10)


@pytest.mark.slow
async def test_attack_25_keys_stay_out_of_arguments_logs_and_manifests(
    tmp_path,
    arguments,
    capfd,
) -> None:
    async with transcode_bench(tmp_path / "room", **QUICK) as room:
        order = await room.order(clip(tmp_path, seconds=2))
        await room.blobs.put("texts/one", b"1\n00:00:00,500 --> 00:00:01,000\nhi\n")
        side = SideText(blob_key="texts/one", form="srt", language="en", label="English")
        order = type(order)(**{**{f: getattr(order, f) for f in order.__struct_fields__}, "side_text": (side,)})
        await room.transcode.submit(order=order)
        view = await room.ended()
        assert view.state == "published", view.failure
        release = room.catalogue.published[-1][0]
        folder = await room.download(f"releases/{release.title_id}/{release.release_id}", tmp_path / "got")
    assert not any(KEY.key in word for argv in arguments for word in argv)
    assert any("--flagfile" in word for argv in arguments for word in argv)
    logged = capfd.readouterr()
    assert KEY.key not in logged.out + logged.err
    raw = bytes.fromhex(KEY.key)
    for path in folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert KEY.key.encode() not in data, path
            assert raw not in data, path
    assert not list((tmp_path / "room").rglob("packager.flags"))
    assert json.loads((folder / "index.json").read_bytes())["title_id"] == "title1"


def test_attack_25_malformed_keys_never_reach_the_packager() -> None:
    with pytest.raises(PackagingError):
        packager_flags(type(KEY)(key_id=KEY.key_id, key="00\n--hls_base_url=http://x"), segment_seconds=4)


def test_attack_04_hostile_languages_are_not_representable() -> None:
    track = TextTrack(index=3, codec="subrip", language="und", title=HOSTILE, forced=False, bitmap=False)
    assert PackagedSound.__struct_fields__ == ("sound", "path")
    assert track.language == "und"
