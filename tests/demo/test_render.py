"""Whole files: what the encoder gets, what lies on disk, and that nothing is made twice."""

import json
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import msgspec
import pysubs2
import pytest
import webvtt
from PIL import Image

from matinee.demo.catalogue import DEFAULT_SEED, FILMS, SERIES, film
from matinee.demo.keeping import sweep
from matinee.demo.programme import ANNOUNCED
from matinee.demo.render import SCREENPLAYS, RenderError, main, paths_of, render, render_artwork, render_series_artwork
from matinee.demo.renderer import ChildRenderer
from matinee.demo.texts import REEF_NOTES, written
from matinee.engines.media.tools import Tools, find_tools


def _probe(path: Path) -> dict:
    command = [str(find_tools().ffprobe), "-v", "error", "-show_streams", "-show_format", "-of", "json", str(path)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, timeout=60).stdout)


def _tools_that_fail() -> Tools:
    false = Path("/bin/false")
    return Tools(ffmpeg=false, ffprobe=false, packager=false)


def test_names_hold_all_that_content_depends_on(tmp_path: Path) -> None:
    files = paths_of("reef", folder=tmp_path, seed=5)
    assert files.path.parent.name.startswith("reef-v")
    assert files.path.parent.name.endswith("-5")
    assert files.path.suffix == ".mkv"
    assert [path.name for path in files.side_text] == ["reef.en.vtt", "reef.de.vtt", "reef.ar.srt"]
    assert paths_of("loom", folder=tmp_path, seed=5).path.suffix == ".mp4"


def test_a_failing_encoder_is_reported_and_leaves_no_film(tmp_path: Path) -> None:
    with pytest.raises(RenderError):
        render(film("seven-ridges"), seed=1, folder=tmp_path, tools=_tools_that_fail(), on_progress=lambda done: None)
    place = paths_of("seven-ridges", folder=tmp_path, seed=1).path.parent
    assert sorted(path.name for path in place.iterdir()) == ["backdrop.jpg", "poster.png"]


def test_artwork_is_made_once(tmp_path: Path) -> None:
    files = render_artwork(film("seven-ridges"), seed=1, folder=tmp_path)
    with Image.open(files.poster) as poster, Image.open(files.backdrop) as backdrop:
        assert poster.size == (800, 1200)
        assert backdrop.size == (1920, 1080)
    before = files.poster.stat().st_mtime_ns
    render_artwork(film("seven-ridges"), seed=1, folder=tmp_path)
    assert files.poster.stat().st_mtime_ns == before


def test_unfinished_files_are_swept(tmp_path: Path) -> None:
    place = tmp_path / "loom-v1-1"
    place.mkdir()
    (place / ".123-loom.mp4").write_bytes(b"half")
    (place / "poster.png").write_bytes(b"whole")
    assert sweep(tmp_path) == 1
    assert [path.name for path in place.iterdir()] == ["poster.png"]


@pytest.mark.parametrize("text", REEF_NOTES, ids=lambda text: text.language)
def test_subtitles_parse_and_stay_inside_the_film(text, tmp_path: Path) -> None:
    seconds = SCREENPLAYS["reef"].seconds
    path = tmp_path / f"reef.{text.language}.{text.form}"
    path.write_text(written(text, seconds=seconds), encoding="utf-8")
    cues = pysubs2.load(str(path), encoding="utf-8")
    assert [cue.plaintext for cue in cues] == [cue.text for cue in text.cues]
    assert all(cue.end <= seconds * 1000 and 1500 < cue.duration < 6000 for cue in cues)
    assert all(first.end <= second.start for first, second in pairwise(cues))
    if text.form == "vtt":
        assert len(webvtt.read(str(path)).captions) == len(text.cues)


def test_the_arabic_notes_are_arabic() -> None:
    arabic = next(text for text in REEF_NOTES if text.language == "ar")
    letters = [letter for cue in arabic.cues for letter in cue.text if letter.isalpha()]
    assert all("\u0600" <= letter <= "\u06ff" for letter in letters)


@pytest.mark.slow
def test_the_first_film_is_made_within_seconds(tmp_path: Path) -> None:
    started, heard = time.monotonic(), []
    files = render(film(FILMS[0].key), seed=DEFAULT_SEED, folder=tmp_path, tools=find_tools(), on_progress=heard.append)
    assert time.monotonic() - started < 40, "8 s on an idle machine"
    play, facts = SCREENPLAYS[FILMS[0].key], _probe(files.path)
    video, audio = facts["streams"]
    assert (video["width"], video["height"], video["codec_name"]) == (1280, 720, "h264")
    assert video["avg_frame_rate"] == "24/1"
    assert int(video["nb_frames"]) == play.frames
    told = ("color_space", "color_primaries", "color_transfer", "color_range")
    assert [video[name] for name in told] == ["bt709", "bt709", "bt709", "tv"]
    assert abs(float(audio["duration"]) - play.seconds) < 0.05
    assert audio["channels"] == 2
    assert heard == sorted(heard)
    assert heard[-1] == 1.0
    assert not [path for path in files.path.parent.iterdir() if path.name.startswith(".")]
    before = files.path.stat().st_mtime_ns
    render(film(FILMS[0].key), seed=DEFAULT_SEED, folder=tmp_path, tools=_tools_that_fail(), on_progress=heard.append)
    assert files.path.stat().st_mtime_ns == before, "a second start makes nothing"


@pytest.mark.slow
def test_special_films_carry_their_tracks(tmp_path: Path) -> None:
    files = render(film("reef"), seed=1, folder=tmp_path, tools=find_tools(), on_progress=lambda done: None)
    tracks = [stream for stream in _probe(files.path)["streams"] if stream["codec_type"] == "audio"]
    assert [track["tags"]["title"] for track in tracks] == ["Music", "Water only"]
    assert all(path.exists() for path in files.side_text)
    six = render(film("two-pendulums"), seed=1, folder=tmp_path, tools=find_tools(), on_progress=lambda done: None)
    (track,) = [stream for stream in _probe(six.path)["streams"] if stream["codec_type"] == "audio"]
    assert (track["channels"], track["channel_layout"]) == (6, "5.1")


@pytest.mark.slow
def test_the_program_prints_json_lines(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "matinee.demo.render", "--artwork", "--folder", str(tmp_path), "loom", SERIES.key]
    run = subprocess.run(command, check=True, capture_output=True, timeout=60, stdin=subprocess.DEVNULL)
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    assert [line["film"] for line in lines] == ["loom", SERIES.key]
    assert all(Path(line["poster"]).exists() and Path(line["backdrop"]).exists() for line in lines)


@pytest.mark.slow
async def test_the_child_renderer_hands_over_files_and_reports_failure(tmp_path: Path) -> None:
    child = ChildRenderer(folder=tmp_path, seed=3, deadline_seconds=60)
    made = [(key, files) async for key, files in child.artwork(["loom"])]
    assert [key for key, _ in made] == ["loom"]
    assert made[0][1].poster.exists()
    with pytest.raises(RenderError, match="no-such-film"):
        await child.film("no-such-film", on_done=lambda key, done: None)


@pytest.mark.slow
async def test_the_child_ends_when_its_time_is_up(tmp_path: Path) -> None:
    child = ChildRenderer(folder=tmp_path, seed=3, deadline_seconds=0.2)
    with pytest.raises(RenderError, match="longer than"):
        await child.film("seven-ridges", on_done=lambda key, done: None)


def test_an_unknown_film_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        main(["--folder", str(tmp_path), "no-such-film"])


@pytest.mark.slow
def test_the_series_has_pictures_of_its_own(tmp_path: Path) -> None:
    poster, backdrop = render_series_artwork(seed=1, folder=tmp_path)
    assert poster.exists()
    assert backdrop.exists()


@pytest.mark.slow
def test_an_announced_film_has_pictures_alone(tmp_path: Path, capfdbinary) -> None:
    assert main([ANNOUNCED[0].key, "--folder", str(tmp_path), "--artwork"]) == 0
    told = msgspec.json.decode(capfdbinary.readouterr().out)
    assert told["path"] == ""
    with Image.open(told["poster"]) as poster, Image.open(told["backdrop"]) as backdrop:
        assert poster.size == (800, 1200)
        assert backdrop.size[0] > 1200
