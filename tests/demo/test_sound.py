"""The music: exact length, no clipping, neither silent nor flat, the same twice, in tune."""

import numpy as np
import pytest

from matinee.demo.catalogue import DEFAULT_SEED, FILMS
from matinee.demo.render import SCREENPLAYS, sound_of
from matinee.demo.sound import instruments
from matinee.demo.sound.instruments import RATE_HZ

KEYS = [entry.key for entry in FILMS]


@pytest.mark.parametrize("key", KEYS)
def test_every_film_sounds_without_clipping(key: str) -> None:
    for language, label, sound in sound_of(key, seed=DEFAULT_SEED, seconds=6.0):
        assert language in {"zxx", "und"}
        assert label
        assert sound.dtype == np.float32
        assert len(sound) == 6 * RATE_HZ
        assert np.isfinite(sound).all()
        assert 0.5 < np.abs(sound).max() < 0.95
        middle = sound[RATE_HZ : 4 * RATE_HZ, :2]
        assert -38 < 20 * np.log10(np.sqrt((middle**2).mean())) < -6
        assert np.abs(sound[:200]).max() < 0.02, "begins softly"
        assert np.abs(sound[-200:]).max() < 0.02, "ends softly"


def test_stereo_is_wider_than_mono_and_surround_has_six_channels() -> None:
    ((_, _, stereo),) = sound_of("seven-ridges", seed=1, seconds=5)
    assert stereo.shape[1] == 2
    assert np.abs(stereo[:, 0] - stereo[:, 1]).max() > 0.05
    ((_, _, six),) = sound_of("two-pendulums", seed=1, seconds=5)
    assert six.shape[1] == 6
    power = (six**2).mean(axis=0)
    assert (power > 1e-7).all()
    spectrum = np.abs(np.fft.rfft(six[:, 3]))
    hertz = np.fft.rfftfreq(len(six), 1 / RATE_HZ)
    assert spectrum[hertz < 200].sum() > 4 * spectrum[hertz > 1000].sum(), "the fourth channel is low"


def test_the_quiet_track_is_another_sound() -> None:
    (_, _, music), (_, _, quiet) = sound_of("reef", seed=1, seconds=5)
    assert abs(np.corrcoef(music[:, 0], quiet[:, 0])[0, 1]) < 0.2


def test_the_same_seed_gives_the_same_samples() -> None:
    first = sound_of("loom", seed=5, seconds=4)[0][2]
    assert np.array_equal(first, sound_of("loom", seed=5, seconds=4)[0][2])
    assert not np.array_equal(first, sound_of("loom", seed=6, seconds=4)[0][2])


@pytest.mark.parametrize("hertz", [110.0, 261.63, 880.0])
def test_plucked_strings_are_in_tune(hertz: float) -> None:
    wave = instruments.pluck(hertz, 1.5, np.random.default_rng(2))
    spectrum = np.abs(np.fft.rfft(wave * np.hanning(wave.size), 1 << 19))
    found = np.fft.rfftfreq(1 << 19, 1 / RATE_HZ)
    window = (found > hertz * 0.9) & (found < hertz * 1.1)
    peak = found[window][spectrum[window].argmax()]
    assert abs(1200 * np.log2(peak / hertz)) < 6, "within six cents"


def test_every_score_lasts_as_long_as_its_film() -> None:
    play = SCREENPLAYS["salt"]
    assert len(sound_of("salt", seed=1, seconds=play.seconds)[0][2]) == int(play.seconds * RATE_HZ)
