import os
import signal
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from matinee.engines.media.child import run
from matinee.engines.media.limits import (
    ChildFailedError,
    ChildTimedOutError,
    Finished,
    Limits,
)
from matinee.kit.media import Inspection
from matinee.services.ingest.adapters.decoding import ConfinedMedia
from matinee.services.ingest.service.inspection import Inspector, shot_starts
from matinee.services.ingest.settings import IngestSettings
from matinee.testing.ingest_clients import X264, make_film, picture, tone

# file → codes that must be there; a refusal is written with an exclamation mark. Everything else is accepted.
ROBUSTNESS = {
    "-video-with-dash-.mp4": {"!too-small"},
    "exo_bbb_2500ms.ts": {"gaps", "late-start"},
    "exo_bear_vorbis_with_large_metadata.ogg": {"!no-picture"},
    "exo_hdr10-video-with-sdr-container.mp4": {"hdr", "gaps"},
    "exo_random_1000_pages": {"!unreadable"},
    "exo_sample.avi": {"gaps"},
    "exo_sample_android_slow_motion.mp4": {"gaps", "no-sound"},
    "exo_sample_eac3joc.mp4": {"!no-picture"},
    "exo_sample_mdat_too_long.mp4": set(),
    "exo_sample_scte35.ts": {"!too-short"},
    "exo_sample_with_htc_rotation_track_name.mkv": set(),
    "exo_sample_with_junk": {"!too-short", "!damaged"},
    "exo_sample_with_ssa_subtitles.mkv": {"late-start"},
    "gopro_hero4_240fps_720p.mp4": {"rate-reduced"},
    "mb_0.ts": {"hdr", "late-start"},
    "mb_ac3.mkv": {"!no-picture"},
    "mb_annex-b.mp4": {"!truncated"},
    "mb_eac3.mp4": {"!no-picture"},
    "mb_entry24-segment3.ts": {"late-start", "no-sound"},
    "mb_hevc.ts": {"late-start"},
    "mb_missing-keyframe-labels.ts": {"late-start"},
    "mb_no-aud.ts": {"!too-short", "damaged"},
    "mb_oversized-id3.wav": {"!no-picture"},
    "mb_sample.flac": {"!no-picture"},
    "mb_sar_2x1.mp4": {"wide-pixels"},
    "mb_transparency-faulty.webm": {"no-sound"},
    "mb_video-h265.mp4": set(),
    "mb_vorbis-eos.ogg": {"!no-picture"},
    "mpy_no_duration.webm": {"black", "silent", "no-duration"},
    "mpy_result.webm": {"!empty"},
    "mpy_smpte-2997.mp4": set(),
    "mpy_video_with_failing_audio.mp4": set(),
    "shaka_h264_mp3_720p_35s.ts": {"late-start"},
    "shaka_opus_ts_720p.ts": {"late-start", "gaps"},
}

# file → frames on the film's grid, output rate, sound tracks
FILMS = {
    "bbb_2160p60_088s-104s_video.mp4": (952, "60/1", 0),
    "bbb_640x360_10s_noaudio.mp4": (300, "30/1", 0),
    "bbb_720p_5.1_5s.mp4": (132, "25/1", 1),
    "bbb_720p_first30s.webm": (720, "24/1", 1),
    "big_buck_bunny_720p_180s.mp4": (4320, "24/1", 1),
    "chaplin_640x360_mp3.mp4": (241, "25/1", 1),
    "croatia_ebu_1080p25_8s_wave_t3.mp4": (200, "25/1", 0),
    "flower.webm": (150, "30000/1001", 1),
    "flower_540p_5s.mp4": (150, "30000/1001", 1),
    # The picture begins two frames after the sound, and is held from the start.
    "flower_fragmented.mp4": (152, "30000/1001", 1),
    "friday_640x480.mp4": (185, "30/1", 1),
    "nasa_13013_2video_2audio_2subs.mp4": (390, "30000/1001", 2),
    "tears_of_steel_battle_800x332_70s.webm": (1691, "24/1", 1),
}
Inspect = Callable[[Path], "object"]


@pytest.fixture
def inspector(tmp_path: Path) -> Inspector:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return Inspector(ConfinedMedia(threads=2, memory_bytes=6 << 30, scratch=scratch), IngestSettings())


def codes(report: Inspection) -> set[str]:
    return {("!" if one.severity == "refusal" else "") + one.code for one in report.findings}


def children_of_this_process() -> set[str]:
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


@pytest.mark.media
@pytest.mark.parametrize("name", ROBUSTNESS)
async def test_robustness_file(inspector: Inspector, test_media: Path, tmp_path: Path, name: str) -> None:
    before = children_of_this_process()
    report = await inspector.inspect(test_media / "media" / "robustness" / name, lambda _: None)
    expected = ROBUSTNESS[name]
    assert expected <= codes(report)
    refusals = {one for one in codes(report) if one.startswith("!")}
    assert refusals == {one for one in expected if one.startswith("!")}
    assert report.accepted == (not refusals)
    if report.accepted:
        assert report.facts is not None
        assert report.analysis is not None
        assert report.analysis.frame_count > 0
        assert (
            abs(report.facts.duration_seconds - report.analysis.frame_count / report.facts.video.rate.fraction()) < 1e-6
        )
    assert all(one.sentence.endswith(".") for one in report.findings)
    assert list((tmp_path / "scratch").iterdir()) == []
    assert children_of_this_process() <= before


@pytest.mark.media
def test_every_robustness_file_has_an_expected_outcome(test_media: Path) -> None:
    assert {one.name for one in (test_media / "media" / "robustness").iterdir()} == set(ROBUSTNESS)


@pytest.mark.media
@pytest.mark.slow
@pytest.mark.parametrize("name", FILMS)
async def test_film(inspector: Inspector, test_media: Path, name: str) -> None:
    fractions: list[float] = []
    report = await inspector.inspect(test_media / "media" / "films" / name, fractions.append)
    assert report.accepted, report.findings
    assert report.facts is not None
    assert report.analysis is not None
    frames, rate, sounds = FILMS[name]
    assert (report.analysis.frame_count, str(report.facts.video.rate), len(report.facts.audio)) == (
        frames,
        rate,
        sounds,
    )
    assert fractions == sorted(fractions)
    assert all(0 <= one <= 1 for one in fractions)


@pytest.mark.media
async def test_real_loudness_and_shots(inspector: Inspector, test_media: Path) -> None:
    report = await inspector.inspect(
        test_media / "media" / "films" / "tears_of_steel_battle_800x332_70s.webm", lambda _: None
    )
    assert report.analysis is not None
    loudness = report.analysis.loudness[0]
    assert loudness.integrated_lufs == pytest.approx(-8.8, abs=0.2)
    assert loudness.true_peak_dbtp == pytest.approx(1.4, abs=0.3)
    assert 10 < len(report.analysis.scene_starts) < 30


async def test_shots_silence_blackness_and_length_of_a_made_film(inspector: Inspector, tmp_path: Path) -> None:
    film = make_film(
        tmp_path / "f.mkv",
        *["-f", "lavfi", "-i", "testsrc=s=320x180:r=24:d=3", "-f", "lavfi", "-i", "mandelbrot=s=320x180:r=24"],
        *["-f", "lavfi", "-i", "sine=d=6", "-f", "lavfi", "-i", "anullsrc"],
        *["-filter_complex", "[1]trim=duration=3,setpts=PTS-STARTPTS[b];[0][b]concat=n=2[v]"],
        *["-map", "[v]", "-map", "2", "-map", "3", "-t", "6", *X264, "-c:a", "flac"],
    )
    report = await inspector.inspect(film, lambda _: None)
    assert report.accepted
    assert report.analysis is not None
    assert report.facts is not None
    assert report.analysis.frame_count == 144
    assert report.analysis.scene_starts == (72,)
    assert [one.index for one in report.analysis.loudness] == [1]
    assert report.analysis.loudness[0].integrated_lufs == pytest.approx(-21.8, abs=1)
    assert len(report.facts.audio) == 2


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["-f", "lavfi", "-i", "color=black:s=320x180:r=25:d=2", *X264], {"black", "no-sound"}),
        ([*picture(2), "-f", "lavfi", "-i", "anullsrc=d=2", "-t", "2", *X264], {"silent"}),
        ([*picture(2, rate="120"), *X264], {"rate-reduced"}),
        ([*picture(3, rate="2"), *X264], {"rate-raised"}),
        (["-f", "lavfi", "-i", "testsrc=s=321x181:r=25:d=2", "-c:v", "ffv1"], {"odd-size"}),
        ([*picture(2), *X264[:-2], "-pix_fmt", "yuv420p10le"], {"deep-colour"}),
        ([*picture(2), *X264, "-flags", "+ilme+ildct", "-x264-params", "tff=1"], {"interlaced"}),
        ([*picture(2), *X264, "-vf", "setsar=4/3"], {"wide-pixels"}),
        (
            [*picture(2), "-vf", "select='not(mod(n\\,7))+not(mod(n\\,5))'", "-fps_mode", "vfr", *X264],
            {"variable-rate"},
        ),
        ([*picture(1), "-vf", "scale=16:16", *X264], {"!too-small"}),
        ([*picture(1, size="1920x64"), *X264], {"!extreme-shape"}),
    ],
)
async def test_what_is_noticed(inspector: Inspector, tmp_path: Path, arguments: list[str], expected: set[str]) -> None:
    report = await inspector.inspect(make_film(tmp_path / "f.mkv", *arguments), lambda _: None)
    assert expected <= codes(report)
    assert report.accepted == (not any(one.startswith("!") for one in expected))


async def test_a_rotated_film_is_shown_upright(inspector: Inspector, tmp_path: Path) -> None:
    flat = make_film(tmp_path / "flat.mp4", *picture(1), *X264)
    turned = make_film(tmp_path / "t.mp4", "-display_rotation", "-90", "-i", str(flat), "-c", "copy")
    report = await inspector.inspect(turned, lambda _: None)
    assert report.facts is not None
    video = report.facts.video
    assert (video.rotation_degrees, video.display_width, video.display_height) == (90, 180, 320)
    assert "rotated" in codes(report)


async def test_a_cut_off_film_is_refused_and_a_nearly_whole_one_is_warned_of(
    inspector: Inspector, tmp_path: Path
) -> None:
    whole = make_film(tmp_path / "w.mp4", *picture(20), *X264, "-g", "25", "-movflags", "+faststart")
    data = whole.read_bytes()
    for share, code in ((0.5, "!truncated"), (0.95, "ends-early")):
        cut = tmp_path / "cut.mp4"
        cut.write_bytes(data[: int(len(data) * share)])
        assert code in codes(await inspector.inspect(cut, lambda _: None))


async def test_a_sound_track_that_cannot_be_read_costs_only_itself(inspector: Inspector, tmp_path: Path) -> None:
    film = make_film(tmp_path / "f.mkv", *picture(2), *tone(2), *X264, "-c:a", "ac3", "-shortest")
    data = film.read_bytes()
    assert data.count(b"A_AC3") == 1
    film.write_bytes(data.replace(b"A_AC3", b"A_MLP"))
    report = await inspector.inspect(film, lambda _: None)
    assert report.accepted, report.findings
    assert report.facts is not None
    assert report.facts.audio == ()


async def test_size_changes_do_not_restart_the_count(inspector: Inspector, tmp_path: Path) -> None:
    small = make_film(tmp_path / "a.ts", *picture(2), *X264)
    large = make_film(tmp_path / "b.ts", *picture(2, size="640x360"), *X264, "-output_ts_offset", "2")
    both = tmp_path / "c.ts"
    both.write_bytes(small.read_bytes() + large.read_bytes())
    report = await inspector.inspect(both, lambda _: None)
    assert report.accepted
    assert report.analysis is not None
    assert abs(report.analysis.frame_count - 100) <= 2
    assert "size-changes" in codes(report)


def test_shots_closer_than_the_shortest_are_one() -> None:
    assert shot_starts((10, 30, 40, 60, 95), frame_count=100, shortest=25) == (30, 60)
    assert shot_starts((), frame_count=100, shortest=25) == ()


def test_reports_survive_the_wire() -> None:
    report = Inspection(accepted=False, findings=())
    assert msgspec.json.decode(msgspec.json.encode(report), type=Inspection) == report


def ended(returncode: int, *, cpu_seconds: float = 0.1, said: tuple[str, ...] = ()) -> Finished:
    return Finished(
        returncode=returncode, stdout=b"", said=said, wall_seconds=90, cpu_seconds=cpu_seconds, peak_memory_bytes=0
    )


@pytest.mark.parametrize(
    ("finished", "interrupted"),
    [
        (ended(-signal.SIGKILL), True),
        (ended(-signal.SIGTERM), True),
        (ended(255, said=("Exiting normally, received signal 15.",)), True),
        (ended(126), True),
        (ended(-signal.SIGSEGV), False),
        (ended(-signal.SIGABRT), False),
        (ended(1), False),
        (ended(183), False),
    ],
)
def test_which_ends_of_a_tool_speak_of_the_file(finished: Finished, interrupted: bool) -> None:
    assert ChildFailedError("", finished=finished, tool="ffmpeg").interrupted() == interrupted


@pytest.mark.parametrize(("cpu_seconds", "interrupted"), [(5.0, True), (80.0, False)])
def test_a_timeout_speaks_of_the_file_only_when_the_tool_was_busy(cpu_seconds: float, interrupted: bool) -> None:
    finished = ended(-signal.SIGKILL, cpu_seconds=cpu_seconds)
    assert ChildTimedOutError("", finished=finished, tool="ffprobe").interrupted() == interrupted


async def test_a_tool_that_waited_was_interrupted(tmp_path: Path) -> None:
    with pytest.raises(ChildTimedOutError) as caught:
        await run(["/bin/sleep", "60"], limits=Limits(wall_seconds=1.0), work_dir=tmp_path)
    assert caught.value.interrupted()
