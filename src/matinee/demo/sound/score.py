"""From a short description of a piece to its sound."""

from typing import Literal

import msgspec
import numpy as np
import numpy.typing as npt

from matinee.demo.sound import instruments
from matinee.demo.sound.instruments import RATE_HZ, Wave, frequency

Sound = npt.NDArray[np.float32]
Voice = Literal["pluck", "bell", "glass", "none"]
Texture = Literal["none", "wind", "rain", "water"]

SCALES: dict[str, tuple[int, ...]] = {
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "aeolian": (0, 2, 3, 5, 7, 8, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "pentatonic": (0, 2, 4, 7, 9),
    "hirajoshi": (0, 2, 3, 7, 8),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "whole": (0, 2, 4, 6, 8, 10),
}
PEAK = 0.6
_HIGH_NOTES = 0.14
_TEXTURES: dict[str, tuple[float, float, float]] = {
    "wind": (120, 700, 0.10),
    "rain": (1800, 9000, 0.05),
    "water": (200, 1600, 0.08),
}


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of music.

    Attributes:
        root: MIDI note of the scale's first step.
        scale: a key of `SCALES`.
        beats_per_minute: of quarter notes.
        chords: scale steps on which the chords stand, each for `chord_beats`.
        voice: what plays the figure; `figure` its steps above the chord, `grid` notes a beat.
        pulse: loudness of drum and brush, 0 for none.
        texture: a sound of weather under it all.
        colour: brightness of the chords, 0 to 1.
        hall: length of the reverberation in seconds.
        surround: whether the sound has six channels (L R C LFE Ls Rs) instead of two.
    """

    root: int
    scale: str
    beats_per_minute: float = 84
    chords: tuple[int, ...] = (0, 3, 5, 4)
    chord_beats: int = 4
    voice: Voice = "pluck"
    figure: tuple[int, ...] = (0, 2, 4, 7, 4, 2)
    grid: int = 2
    pulse: float = 0.0
    texture: Texture = "none"
    colour: float = 0.45
    hall: float = 2.6
    surround: bool = False


class _Desk:
    """A stereo mixing desk of fixed length."""

    def __init__(self, seconds: float) -> None:
        self.sound: Sound = np.zeros((int(seconds * RATE_HZ), 2), dtype=np.float32)

    def add(self, wave: Wave, at: float, *, gain: float, pan: float = 0.0) -> None:
        """Mix a note in at a time in seconds; pan goes from -1 (left) to 1; what lies beyond the end is cut."""
        start = int(at * RATE_HZ)
        part = wave[: max(0, len(self.sound) - start)]
        angle = (pan + 1) * np.pi / 4
        self.sound[start : start + part.size, 0] += part * np.float32(gain * np.cos(angle))
        self.sound[start : start + part.size, 1] += part * np.float32(gain * np.sin(angle))


def _note(score: Score, step: int) -> float:
    scale = SCALES[score.scale]
    octave, degree = divmod(step, len(scale))
    return frequency(score.root + 12 * octave + scale[degree])


def _chords(desk: _Desk, score: Score, seconds: float) -> None:
    length = score.chord_beats * 60 / score.beats_per_minute
    cache: dict[int, Wave] = {}
    for index in range(int(np.ceil(seconds / length))):
        step = score.chords[index % len(score.chords)]
        for voice, offset in enumerate((0, 2, 4, 6)):
            if step + offset not in cache:
                cache[step + offset] = instruments.pad(_note(score, step + offset), length * 1.45, colour=score.colour)
            desk.add(cache[step + offset], index * length, gain=0.20, pan=(-0.6, 0.3, -0.2, 0.6)[voice])
        low = instruments.bass(_note(score, step) / 2, length * 1.05)
        desk.add(low, index * length, gain=0.26)


def _play(score: Score, step: int, rng: np.random.Generator) -> Wave:
    hertz = _note(score, step)
    if score.voice == "pluck":
        return instruments.pluck(hertz, 1.7, rng)
    if score.voice == "bell":
        return instruments.bell(hertz, 2.4)
    return instruments.bell(hertz, 1.5, ratio=2.0, depth=0.9)


def _figure(desk: _Desk, score: Score, seconds: float, rng: np.random.Generator) -> None:
    if score.voice == "none":
        return
    step_seconds = 60 / score.beats_per_minute / score.grid
    per_chord = score.chord_beats * score.grid
    cache: dict[int, Wave] = {}
    for index in range(int(seconds / step_seconds)):
        at = index * step_seconds
        progress = at / seconds
        busy = 0.35 + 0.6 * float(np.sin(np.pi * min(1.0, progress * 1.15)) ** 0.7)
        if progress < 0.07 or progress > 0.94 or rng.random() > busy:  # noqa: PLR2004 - the chords begin and end alone
            continue
        chord = score.chords[index // per_chord % len(score.chords)]
        octave = 2 if rng.random() < _HIGH_NOTES else 1
        step = chord + score.figure[index % len(score.figure)] + len(SCALES[score.scale]) * octave
        if step not in cache:
            cache[step] = _play(score, step, rng)
        late = float(rng.uniform(0, 0.012))
        desk.add(cache[step], at + late, gain=0.17 * float(rng.uniform(0.6, 1.0)), pan=float(rng.uniform(-0.75, 0.75)))


def _pulse(desk: _Desk, score: Score, seconds: float, rng: np.random.Generator) -> None:
    if score.pulse <= 0:
        return
    beat = 60 / score.beats_per_minute
    low, strokes = instruments.drum(), [instruments.brush(rng) for _ in range(4)]
    for index in range(int(seconds * 0.18 / beat), int(seconds * 0.92 / beat)):
        if index % 2 == 0:
            desk.add(low, index * beat, gain=0.42 * score.pulse)
        desk.add(strokes[index % 4], (index + 0.5) * beat, gain=0.30 * score.pulse, pan=0.3)
        if rng.random() < 0.5:  # noqa: PLR2004 - every other beat has an off-beat
            desk.add(strokes[(index + 1) % 4], (index + 0.75) * beat, gain=0.16 * score.pulse, pan=-0.35)


def _weather(texture: Texture, seconds: float, rng: np.random.Generator) -> Sound:
    """Return a stereo bed of weather that swells and falls."""
    low, high, gain = _TEXTURES[texture]
    sides = [instruments.shaped_noise(rng, seconds, low=low, high=high) for _ in range(2)]
    time = np.arange(sides[0].size, dtype=np.float32) / np.float32(RATE_HZ)
    swell = 0.65 + 0.35 * np.sin(time * np.float32(0.9)) * np.sin(time * np.float32(0.37) + 1)
    return np.asarray(np.stack(sides, axis=1) * swell[:, None] * np.float32(gain * 3), dtype=np.float32)


def _finish(sound: Sound, seconds: float) -> Sound:
    """Return the sound with soft ends, gently saturated, its peak at `PEAK`."""
    sound = np.tanh(sound * np.float32(0.9 / max(1e-6, float(np.abs(sound).max()))))
    time = np.arange(len(sound), dtype=np.float32) / np.float32(RATE_HZ)
    ends = np.clip(time / np.float32(0.8), 0, 1) * np.clip((np.float32(seconds) - time) / np.float32(2.2), 0, 1)
    sound = sound * ends[:, None]
    return np.asarray(sound * np.float32(PEAK / max(1e-6, float(np.abs(sound).max()))), dtype=np.float32)


def _surround(front: Sound, wet: Sound) -> Sound:
    """Return six channels (L R C LFE Ls Rs): the music in front, its hall behind, the lows of it below."""
    centre = (front[:, 0] + front[:, 1]) * np.float32(0.35)
    width = 400
    smooth = np.cumsum(np.pad(centre, (width, 0)), dtype=np.float64)
    lows = ((smooth[width:] - smooth[:-width]) / width).astype(np.float32)
    rear = np.roll(wet - front * np.float32(0.8), RATE_HZ // 50, axis=0) * np.float32(0.55)
    return np.stack([front[:, 0], front[:, 1], centre, lows, rear[:, 0], rear[:, 1]], axis=1)


def compose(score: Score, *, seconds: float, rng: np.random.Generator) -> Sound:
    """Return the piece: float32, shape (samples, 2 or 6), peak at `PEAK`, exactly `seconds` long."""
    desk = _Desk(seconds)
    _chords(desk, score, seconds)
    _figure(desk, score, seconds, rng)
    _pulse(desk, score, seconds, rng)
    wet = instruments.room(rng, desk.sound, seconds=score.hall, wet=0.5)
    if score.texture != "none":
        wet += _weather(score.texture, seconds, rng)
    return _finish(_surround(desk.sound, wet) if score.surround else wet, seconds)


def weather(texture: Texture, *, seconds: float, rng: np.random.Generator) -> Sound:
    """Return only the weather of a film, stereo, with drops or gusts, for its second sound track."""
    desk = _Desk(seconds)
    desk.sound += _weather(texture, seconds, rng)
    for _ in range(int(seconds * 1.4)):
        drop = instruments.bell(float(rng.uniform(900, 2600)), 0.22, ratio=1.0, depth=0.6)
        desk.add(
            drop, float(rng.uniform(0, seconds)), gain=float(rng.uniform(0.02, 0.10)), pan=float(rng.uniform(-0.9, 0.9))
        )
    return _finish(instruments.room(rng, desk.sound, seconds=1.6, wet=0.35), seconds)
