"""Makes one film: frames and sound into a source file, subtitles beside it, poster and backdrop.

Also a program of its own, so that the service stays free: `python -m matinee.demo.render FILM --folder FOLDER` prints
its progress as JSON lines and can be killed at any moment; whatever is complete is kept and not made again.
"""

import argparse
import os
import subprocess
import sys
import wave
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Thread

import msgspec
import numpy as np

from matinee.demo.canvas import Canvas, Frame, ease
from matinee.demo.catalogue import DEFAULT_SEED, FILMS, SERIES, DemoFilm, film
from matinee.demo.episodes import EPISODE_SCREENPLAYS
from matinee.demo.films import FILM_SCREENPLAYS
from matinee.demo.lettering import title_card
from matinee.demo.palettes import colour
from matinee.demo.posters import backdrop_of, drawer_of, poster_of
from matinee.demo.programme import ANNOUNCED, Coming
from matinee.demo.screenplay import END_SECONDS, TITLE_SECONDS, Screenplay
from matinee.demo.sound.instruments import RATE_HZ
from matinee.demo.sound.score import Sound, compose, weather
from matinee.demo.texts import written
from matinee.engines.media.tools import Tools, find_tools
from matinee.kit.errors import InternalError

GENERATOR_VERSION = 2
SCREENPLAYS: dict[str, Screenplay] = FILM_SCREENPLAYS | EPISODE_SCREENPLAYS
_FADE_OUT_SECONDS = 1.6
_END_ABOVE = "DRAWN AND PLAYED BY ARITHMETIC"
_END_LINES = ("MATINEE", "SHORTS")
_PIPE_DEADLINE_SECONDS = 120.0
_NICENESS = 10

OnProgress = Callable[[float], None]


class RenderError(InternalError):
    """The encoder refused frames or sound of a demo film."""

    code = "demo-render"
    title = "A demo film could not be made"


class RenderedFilm(msgspec.Struct, frozen=True, kw_only=True):
    """The files of one film.

    Attributes:
        path: the source file, MP4 or Matroska.
        side_text: subtitle files named like `reef.de.vtt`.
        poster: PNG or JPEG 800×1200; `backdrop` 1920×1080.
    """

    path: Path
    side_text: tuple[Path, ...]
    poster: Path
    backdrop: Path


def _generator(seed: int, key: str, part: int) -> np.random.Generator:
    """Return the random numbers of one part of one film; they never depend on the other parts."""
    return np.random.default_rng([seed, part, *key.encode()])


def frames_of(key: str, *, seed: int, scale: float = 1.0, pace: float = 1.0) -> Iterator[Frame]:
    """Yield a film's frames as drawn, before they are enlarged and titled: uint8, shape (height, width, 3).

    Args:
        key: the film.
        seed: the same seed gives the same bytes.
        scale: makes frames smaller than the screenplay says, for tests.
        pace: makes shots shorter than the screenplay says, for tests.
    """
    play = SCREENPLAYS[key]
    width, height = (max(16, round(side * play.drawn * scale / 2) * 2) for side in (play.width, play.height))
    lengths = [max(3, round(round(shot.seconds * play.rate) * pace)) for shot in play.shots]
    darker = _vignette(width, height, play.vignette)
    number, total = 0, sum(lengths)
    for index, (shot, length) in enumerate(zip(play.shots, lengths, strict=True)):
        canvas = Canvas(width, height, length, play.rate)
        for frame in shot.picture(canvas, _generator(seed, key, index)):
            light = _light(number, total, play.rate)
            yield ((frame * (darker * light).astype(np.uint16)[..., None]) >> 8).astype(np.uint8)
            number += 1


def _vignette(width: int, height: int, strength: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Return how bright each pixel stays, of 256: less towards the corners."""
    x, y = Canvas(width, height, 1).grid()
    distance = (x / np.float32(width / height)) ** 2 + y**2
    return np.asarray(256 * (1 - np.float32(strength) * np.clip(distance * 2, 0, 1) ** 1.5), dtype=np.float32)


def _light(number: int, total: int, rate: int) -> np.float32:
    """Return how bright frame `number` is: it comes from black, stays low under both cards, and goes to black."""
    seconds = number / rate
    opening = 0.42 * ease(seconds / 1.0) + 0.58 * ease((seconds - TITLE_SECONDS + 1.3) / 1.5)
    left = (total - 1 - number) / rate
    ending = 0.42 + 0.58 * ease((left - END_SECONDS + 0.8) / 1.5)
    return np.float32(min(opening, ending, ease(left / _FADE_OUT_SECONDS)))


def sound_of(key: str, *, seed: int, seconds: float) -> tuple[tuple[str, str, Sound], ...]:
    """Return a film's sound tracks as language, label and samples; `zxx` stands for no language."""
    play = SCREENPLAYS[key]
    music = compose(play.score, seconds=seconds, rng=_generator(seed, key, 100))
    if not play.quiet_track:
        return (("zxx", "Music", music),)
    quiet = weather(play.score.texture, seconds=seconds, rng=_generator(seed, key, 101))
    return (("zxx", "Music", music), ("und", "Water only", quiet))


def _write_wave(path: Path, sound: Sound) -> None:
    samples = np.round(sound * 32767).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(sound.shape[1])
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(samples.tobytes())


def _picture_filter(play: Screenplay) -> str:
    """Return the filter graph: enlarge, add grain, lay the title over the opening and the end card over the end."""
    # Grain from a fixed seed, changing with each frame (t); BT.709 as the file will say.
    grain = f",noise=c0s={play.grain}:c0f=t:all_seed=7" if play.grain else ""
    enlarge = f"scale={play.width}:{play.height}:flags=bicubic:out_color_matrix=bt709:out_range=tv,format=yuv420p"
    title = f"fade=in:st=0.6:d=0.9:alpha=1,fade=out:st={TITLE_SECONDS - 0.9}:d=0.8:alpha=1"
    end = f"fade=in:st=0.3:d=0.8:alpha=1,fade=out:st={END_SECONDS - 1.4}:d=0.8:alpha=1"
    late = f"setpts=PTS+{play.seconds - END_SECONDS:.3f}/TB"
    # The encoder writes down what the frames say of their colours.
    told = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"
    lay = "overlay=0:0:eof_action=pass:format=yuv420"
    return (
        f"[0:v]{enlarge}{grain}[p];[1:v]format=rgba,{title}[t];[2:v]format=rgba,{end},{late}[e];"
        f"[p][t]{lay}[o];[o][e]{lay},format=yuv420p,{told}[v]"
    )


def _encoder(
    play: Screenplay, tools: Tools, cards: tuple[Path, Path], tracks: list[tuple[str, str, Path]], target: Path
) -> list[str]:
    """Return the command that turns raw frames on its standard input into the source file."""
    width, height = (round(side * play.drawn / 2) * 2 for side in (play.width, play.height))
    rate = str(play.rate)
    command = [str(tools.ffmpeg), "-hide_banner", "-loglevel", "error", "-y"]
    command += ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", rate, "-i", "pipe:0"]
    for card, seconds in zip(cards, (TITLE_SECONDS, END_SECONDS), strict=True):
        command += ["-loop", "1", "-framerate", rate, "-t", str(seconds), "-i", str(card)]
    for _, _, path in tracks:
        command += ["-i", str(path)]
    command += ["-filter_complex", _picture_filter(play), "-map", "[v]"]
    for number, (language, label, _) in enumerate(tracks):
        command += ["-map", f"{number + 3}:a", f"-metadata:s:a:{number}", f"language={language}"]
        command += [f"-metadata:s:a:{number}", f"title={label}"]
    # Nearly without loss, because it is encoded again; the preset because somebody is waiting; dark slopes
    # get more bits (aq-mode 3), or they would show bands.
    command += [
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-aq-mode",
        "3",
        "-crf",
        "22",
        "-g",
        str(play.rate * 2),
        "-threads",
        "2",
    ]
    if target.suffix == ".mkv":
        return [*command, "-c:a", "flac", "-f", "matroska", str(target)]
    return [*command, "-c:a", "aac", "-b:a", "256k", "-movflags", "+faststart", "-f", "mp4", str(target)]


def _pour(command: list[str], frames: Iterator[Frame], total: int, on_progress: OnProgress) -> None:
    """Feed frames to the encoder and wait for it.

    Raises:
        RenderError: when it stops early or fails, with what it said.
    """
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as encoder:
        try:
            pipe = encoder.stdin
            if pipe is not None:
                with suppress(BrokenPipeError):
                    for number, frame in enumerate(frames, start=1):
                        pipe.write(np.ascontiguousarray(frame).data)
                        if number % 12 == 0:
                            on_progress(number / total)
            _, said = encoder.communicate(timeout=_PIPE_DEADLINE_SECONDS)
        finally:
            encoder.kill()
    if encoder.returncode != 0:
        raise RenderError(f"The encoder said: {said.decode(errors='replace')[-400:]}")


def paths_of(key: str, *, folder: Path, seed: int) -> RenderedFilm:
    """Return where a film's files are, or will be: the names hold all that their content depends on."""
    play = SCREENPLAYS[key]
    place = folder / f"{key}-v{GENERATOR_VERSION}-{seed}"
    container = "mkv" if play.quiet_track or play.score.surround else "mp4"
    texts = tuple(place / f"{key}.{text.language}.{text.form}" for text in play.texts)
    return RenderedFilm(
        path=place / f"{key}.{container}", side_text=texts, poster=place / "poster.png", backdrop=place / "backdrop.jpg"
    )


def render_artwork(entry: DemoFilm, *, seed: int, folder: Path) -> RenderedFilm:
    """Make a film's poster and backdrop where they are missing, each complete or absent."""
    files = paths_of(entry.key, folder=folder, seed=seed)
    files.poster.parent.mkdir(parents=True, exist_ok=True)
    plan = SCREENPLAYS[entry.key].poster
    number = FILMS.index(entry) + 1
    if not files.poster.exists():
        image = poster_of(
            plan, lines=entry.lines, mark=mark_of(entry, number), rng=_generator(seed + plan.seed, entry.key, 200)
        )
        _replace(files.poster, lambda path: image.save(path, format="PNG", compress_level=3))
    if not files.backdrop.exists():
        wide = backdrop_of(plan, rng=_generator(seed + plan.seed, entry.key, 201))
        _replace(files.backdrop, lambda path: wide.save(path, format="JPEG", quality=92, subsampling=0))
    return files


def render_series_artwork(*, seed: int, folder: Path) -> tuple[Path, Path]:
    """Make the series' poster and backdrop where they are missing, and return their paths."""
    place = folder / f"{SERIES.key}-v{GENERATOR_VERSION}-{seed}"
    place.mkdir(parents=True, exist_ok=True)
    plan = SCREENPLAYS[SERIES.face].poster
    poster, backdrop = place / "poster.png", place / "backdrop.jpg"
    if not poster.exists():
        plans = tuple(SCREENPLAYS[entry.key].poster for entry in FILMS if entry.kind == "episode")
        rng, mark = _generator(seed, SERIES.key, 200), "A SERIES IN SIX DRAWERS"
        image = drawer_of(plans, lines=SERIES.lines, mark=mark, paper="#efe6d3", ink="#2b2a28", rng=rng)
        _replace(poster, lambda path: image.save(path, format="PNG", compress_level=3))
    if not backdrop.exists():
        wide = backdrop_of(plan, rng=_generator(seed, SERIES.key, 201))
        _replace(backdrop, lambda path: wide.save(path, format="JPEG", quality=92, subsampling=0))
    return poster, backdrop


def render_coming_artwork(coming: Coming, *, seed: int, folder: Path) -> tuple[Path, Path]:
    """Make the poster and backdrop of an announced film where they are missing, and return their paths."""
    place = folder / f"{coming.key}-v{GENERATOR_VERSION}-{seed}"
    place.mkdir(parents=True, exist_ok=True)
    poster, backdrop = place / "poster.png", place / "backdrop.jpg"
    if not poster.exists():
        rng = _generator(seed, coming.key, 200)
        image = poster_of(coming.poster, lines=coming.lines, mark="MATINEE SHORTS  SOON", rng=rng)
        _replace(poster, lambda path: image.save(path, format="PNG", compress_level=3))
    if not backdrop.exists():
        wide = backdrop_of(coming.poster, rng=_generator(seed, coming.key, 201))
        _replace(backdrop, lambda path: wide.save(path, format="JPEG", quality=92, subsampling=0))
    return poster, backdrop


def mark_of(entry: DemoFilm, number: int) -> str:
    """Return the small line above a title."""
    if entry.season_number is None:
        return f"MATINEE SHORTS  {number:02d}"
    return f"THE SPECIMEN DRAWER  {entry.season_number}.{entry.episode_number}"


def _replace(target: Path, write: Callable[[Path], None]) -> None:
    """Write a file so that it is complete or absent."""
    draft = target.with_name(f".{os.getpid()}-{target.name}")
    try:
        write(draft)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def render(entry: DemoFilm, *, seed: int, folder: Path, tools: Tools, on_progress: OnProgress) -> RenderedFilm:
    """Make a film's files where they are missing; what is there already is not made again.

    Args:
        entry: the film.
        seed: the same seed gives the same frames and samples.
        folder: made when missing; holds one folder for each film.
        tools: where ffmpeg is.
        on_progress: hears the done part of the film, 0 to 1.

    Raises:
        RenderError: when the encoder fails.
    """
    files = render_artwork(entry, seed=seed, folder=folder)
    play = SCREENPLAYS[entry.key]
    for path, text in zip(files.side_text, play.texts, strict=True):
        _replace(path, partial(_write_text, written(text, seconds=play.seconds)))
    if not files.path.exists():
        _replace(files.path, lambda draft: _render_film(entry, seed, draft, tools, on_progress))
    on_progress(1.0)
    return files


def _render_film(entry: DemoFilm, seed: int, target: Path, tools: Tools, on_progress: OnProgress) -> None:
    """Draw, play and encode one film."""
    play = SCREENPLAYS[entry.key]
    drafts: list[Path] = []
    try:
        cards = (target.with_name(f"{target.name}.title.png"), target.with_name(f"{target.name}.end.png"))
        drafts.extend(cards)
        ink = colour(play.card_ink)
        above = mark_of(entry, FILMS.index(entry) + 1)
        title_card(play.width, play.height, lines=entry.lines, above=above, ink=ink).save(cards[0])
        title_card(play.width, play.height, lines=_END_LINES, above=_END_ABOVE, ink=ink).save(cards[1])
        tracks: list[tuple[str, str, Path]] = []
        for language, label, sound in sound_of(entry.key, seed=seed, seconds=play.seconds):
            path = target.with_name(f"{target.name}.{len(tracks)}.wav")
            drafts.append(path)
            _write_wave(path, sound)
            tracks.append((language, label, path))
        _pour(_encoder(play, tools, cards, tracks, target), frames_of(entry.key, seed=seed), play.frames, on_progress)
    finally:
        for path in drafts:
            path.unlink(missing_ok=True)


def _write_text(content: str, path: Path) -> None:
    path.write_text(content, encoding="utf-8")


def _say(**facts: object) -> None:
    """Print one JSON line."""
    sys.stdout.buffer.write(msgspec.json.encode(facts) + b"\n")
    sys.stdout.buffer.flush()


def main(arguments: list[str] | None = None) -> int:
    """Make the named films in order and say how it goes, one JSON object a line; 0 when all are there."""
    parser = argparse.ArgumentParser(prog="python -m matinee.demo.render", description="Make demo films.")
    parser.add_argument("films", nargs="*", metavar="FILM", help="keys of films; all in order when absent")
    parser.add_argument("--folder", type=Path, required=True, help="where the files are kept")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
    parser.add_argument("--artwork", action="store_true", help="make posters and backdrops only")
    parser.add_argument("--leashed", action="store_true", help="end as soon as standard input is closed")
    chosen = parser.parse_args(arguments)
    os.nice(_NICENESS)
    if chosen.leashed:
        Thread(target=_end_with_parent, daemon=True).start()
    for key in chosen.films or [entry.key for entry in FILMS]:
        pictures = _pictures_alone(key, chosen)
        if pictures is not None:
            poster, backdrop = pictures
            _say(film=key, done=1.0, path="", poster=str(poster), backdrop=str(backdrop), side_text=[])
            continue
        files = _make(film(key), chosen)
        _say(
            film=key,
            done=1.0,
            path=str(files.path),
            poster=str(files.poster),
            backdrop=str(files.backdrop),
            side_text=[str(p) for p in files.side_text],
        )
    return 0


def _pictures_alone(key: str, chosen: argparse.Namespace) -> tuple[Path, Path] | None:
    """Make the pictures of what has no film of its own: the series, and what is announced; None for the others."""
    if key == SERIES.key:
        return render_series_artwork(seed=chosen.seed, folder=chosen.folder)
    coming = next((one for one in ANNOUNCED if one.key == key), None)
    return None if coming is None else render_coming_artwork(coming, seed=chosen.seed, folder=chosen.folder)


def _end_with_parent() -> None:
    """Wait until whoever started this program is gone, then end at once; the encoder ends with its pipe."""
    # Not through sys.stdin, whose lock the interpreter wants at its end.
    while os.read(0, 1024):
        continue
    os._exit(1)


def _make(entry: DemoFilm, chosen: argparse.Namespace) -> RenderedFilm:
    if chosen.artwork:
        return render_artwork(entry, seed=chosen.seed, folder=chosen.folder)
    return render(
        entry,
        seed=chosen.seed,
        folder=chosen.folder,
        tools=find_tools(),
        on_progress=lambda done: _say(film=entry.key, done=round(done, 3)),
    )


if __name__ == "__main__":
    sys.exit(main())
