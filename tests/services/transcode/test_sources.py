"""Sources of every awkward kind come out with the right length, shape and sync."""

import subprocess
from fractions import Fraction
from pathlib import Path

import m3u8
import numpy as np
import pytest
from tests.services.transcode.conftest import FilmMaker, OpenBench, ffmpeg
from tests.services.transcode.measure import beep_seconds, flash_seconds, pictures, samples

from matinee.contracts.transcode import OrderProgress
from matinee.engines.media.tools import find_tools
from matinee.services.transcode.service.verify import read_track
from matinee.testing.transcode import TranscodeBench

pytestmark = [pytest.mark.slow]
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-pix_fmt", "yuv420p")


async def released(bench: TranscodeBench, path: Path, **more: object) -> tuple[OrderProgress, Path]:
    """Run a film through; return its progress and a folder with the published release."""
    order = await bench.order(path, **more)
    assert order.inspection.accepted, order.inspection.findings
    await bench.transcode.submit(order=order)
    view = await bench.ended()
    assert view.state == "published", view.failure
    release = bench.catalogue.published[-1][0]
    folder = await bench.download(f"releases/{release.title_id}/{release.release_id}", bench.root / "got")
    assert release.duration_seconds == pytest.approx(
        order.inspection.analysis.frame_count / order.inspection.facts.video.rate.fraction()
    )
    return view, folder


def sync_film(tmp_path: Path, name: str, *, more: tuple[str, ...] = (), delay: float = 0.0, rate: int = 25) -> Path:
    """Make a film that flashes and beeps at 2 s on its own clock; `delay` makes the sound's track start later."""
    path = tmp_path / name
    flash = f"color=black:size=320x180:rate={rate}:duration=4,drawbox=color=white:t=fill:enable='between(t,2,2.5)'"
    beep = f"aevalsrc='0.5*sin(2*PI*1000*t)*between(t,{2 - delay},{2.5 - delay})':s=48000:d={4 - delay}"
    offset = ("-itsoffset", str(delay)) if delay else ()
    ffmpeg("-f", "lavfi", "-i", flash, *offset, "-f", "lavfi", "-i", beep, *X264, "-c:a", "aac", *more, str(path))
    return path


@pytest.mark.parametrize(
    ("name", "delay", "more"),
    [
        ("plain.mp4", 0.0, ()),
        ("late-sound.mkv", 0.7, ()),
        ("clock.ts", 0.0, ("-output_ts_offset", "77")),
        ("slow-sound.mp4", 0.0, ("-ar", "44100")),
    ],
)
async def test_picture_and_sound_stay_together(tmp_path, bench: OpenBench, name, delay, more) -> None:
    path = sync_film(tmp_path, name, delay=delay, more=more)
    async with bench() as room:
        _, folder = await released(room, path)
        flash = flash_seconds(folder / "video/h264_240p", 320, 180, Fraction(25))
        beep = beep_seconds(folder / "audio/a1-und-stereo")
        assert flash == pytest.approx(2.0, abs=0.041)
        assert abs(flash - beep) <= 0.040
        sound = read_track(folder / "audio/a1-und-stereo")
        length = room.catalogue.published[-1][0].duration_seconds
        assert float(sound.seconds()) == pytest.approx(length, abs=0.040)


async def test_variable_rate_keeps_its_length(film: FilmMaker, bench: OpenBench) -> None:
    drop = "-vf", "select='not(between(mod(n,50),10,30))'", "-fps_mode", "vfr"
    path = film("vfr.mkv", seconds=4, more=(*drop, *X264))
    async with bench() as room:
        _, folder = await released(room, path)
        assert float(read_track(folder / "video/h264_240p").seconds()) == pytest.approx(4.0, abs=0.041)


async def test_interlaced_fields_are_merged(film: FilmMaker, bench: OpenBench) -> None:
    fields = "-vf", "tinterlace=interleave_top,fieldorder=tff"
    coded = "-c:v", "mpeg2video", "-flags", "+ilme+ildct", "-q:v", "2"
    path = film("fields.ts", size="320x180", rate="50", more=(*fields, *coded))
    async with bench() as room:
        order = await room.order(path)
        assert order.inspection.facts.video.interlaced
        _, folder = await released(room, path)
        # Combing shows as differences between neighbouring lines that lines two apart do not have.
        frame = pictures(folder / "video/h264_240p", 320, 180)[20].astype(np.float32)
        near, far = np.abs(frame[1:] - frame[:-1]).mean(), np.abs(frame[2:] - frame[:-2]).mean()
        assert near < 1.1 * far


async def test_rotation_and_pixel_shape_are_applied(film: FilmMaker, bench: OpenBench, tmp_path) -> None:
    plain = film("plain.mp4", size="320x180", more=(*X264, "-vf", "setsar=2/1"))
    path = tmp_path / "turned.mp4"
    ffmpeg("-display_rotation", "90", "-i", str(plain), "-c", "copy", str(path))
    async with bench() as room:
        view, folder = await released(room, path)
        top = view.renditions[0]
        assert (top.width, top.height) == (180, 640)
        assert read_track(folder / "video" / top.name).frames == 100


async def test_odd_sizes_become_even(film: FilmMaker, bench: OpenBench) -> None:
    path = film("odd.mkv", size="321x181", more=("-c:v", "ffv1", "-pix_fmt", "yuv444p"))
    async with bench() as room:
        view, _ = await released(room, path)
        assert (view.renditions[0].width, view.renditions[0].height) == (320, 180)


async def test_high_dynamic_range_is_mapped(film: FilmMaker, bench: OpenBench) -> None:
    tags = "-vf", "setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc:range=tv"
    coded = "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error", "-pix_fmt", "yuv420p10le"
    # 58 % of the PQ signal is reference white: it must come out bright, and not clipped.
    grey = "color=c=0x949494:size=320x180:rate=25:duration=2"
    path = film("hdr.mp4", seconds=2, picture=grey, more=(*coded, *tags))
    async with bench() as room:
        order = await room.order(path)
        assert order.inspection.facts.video.dynamics == "pq"
        _, folder = await released(room, path)
        light = pictures(folder / "video/h264_240p", 320, 180).mean()
        assert 170 < light < 252


async def test_film_without_sound(film: FilmMaker, bench: OpenBench) -> None:
    async with bench() as room:
        _, folder = await released(room, film("silent.mp4", sound=False))
        assert not (folder / "audio").exists()
        assert m3u8.load(str(folder / "master.m3u8")).is_variant


async def test_languages_surround_and_subtitles(tmp_path, bench: OpenBench) -> None:
    path = tmp_path / "many.mkv"
    (tmp_path / "en.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\n<i>Hello</i> <font color=red>you</font>\n")
    ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=4", "-f", "lavfi", "-i"),
        *("sine=frequency=440:duration=4", "-f", "lavfi", "-i", "aevalsrc=0.1*sin(600*t)|0|0|0|0|0:d=4:c=5.1"),
        *("-i", str(tmp_path / "en.srt"), "-map", "0", "-map", "1", "-map", "2", "-map", "3", *X264, "-c:a", "aac"),
        *("-c:s", "srt", "-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=deu"),
        *("-metadata:s:a:1", 'title=Kino, "groß"', "-metadata:s:s:0", "language=eng", str(path)),
    )
    async with bench() as room:
        _, folder = await released(room, path)
        release = room.catalogue.published[-1][0]
        shown = {(one.language, one.channels) for one in release.audio}
        assert {channels for _, channels in shown} == {2, 6}
        assert len({language for language, _ in shown}) == 2
        playlist = m3u8.load(str(folder / "master.m3u8"))
        assert {one.type for one in playlist.media} == {"AUDIO", "SUBTITLES"}
        assert all(one.stream_info.codecs and one.stream_info.frame_rate for one in playlist.playlists)
        cue = (folder / release.text[0].path).read_text()
        assert cue == "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n<i>Hello</i> you\n"


async def test_loudness_is_normalised(film: FilmMaker, bench: OpenBench) -> None:
    path = film("quiet.mp4", more=(*X264, "-af", "volume=-25dB"))
    async with bench() as room:
        _, folder = await released(room, path)
        assert loudness(samples(folder / "audio/a1-und-stereo"), folder / "sound.f32") == pytest.approx(-26.0, abs=1.0)


def loudness(sound: np.ndarray, raw: Path) -> float:
    """Return the integrated loudness of one of two equal channels: 3 LU less than that of both together."""
    raw.write_bytes(sound.tobytes())
    argv = [str(find_tools().ffmpeg), "-hide_banner", "-f", "f32le", "-ar", "48000", "-ac", "1", "-i", str(raw)]
    said = subprocess.run([*argv, "-af", "ebur128", "-f", "null", "-"], capture_output=True, check=True, timeout=30)
    return float(said.stderr.decode().rsplit("I:", 1)[1].split()[0])


async def test_av1_beside_h264(film: FilmMaker, bench: OpenBench) -> None:
    async with bench() as room:
        view, folder = await released(room, film(seconds=3), codecs=("h264", "av1"))
        assert [one.codec for one in view.renditions] == ["h264", "av1"]
        h264, av1 = (read_track(folder / "video" / one.name) for one in view.renditions)
        assert h264.starts() == av1.starts()
        assert h264.frames == av1.frames == 75
