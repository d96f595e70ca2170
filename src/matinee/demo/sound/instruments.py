"""Instruments. Each returns one note, mono float32 at `RATE_HZ`, peak about 1."""

import numpy as np
import numpy.typing as npt

RATE_HZ = 48_000

Wave = npt.NDArray[np.float32]


def frequency(note: float) -> float:
    """Return the frequency in hertz of a MIDI note number (69 is 440 Hz)."""
    return float(440.0 * 2 ** ((note - 69) / 12))


def _clock(seconds: float) -> npt.NDArray[np.float32]:
    return np.arange(int(seconds * RATE_HZ), dtype=np.float32) / np.float32(RATE_HZ)


def _swell(count: int, attack: float, release: float) -> Wave:
    """Return an envelope with soft ends; attack and release are seconds, shortened together in short notes."""
    rise, fall = int(attack * RATE_HZ), int(release * RATE_HZ)
    if rise + fall > count:
        rise, fall = rise * count // (rise + fall), fall * count // (rise + fall)
    envelope = np.ones(count, dtype=np.float32)
    envelope[:rise] = np.sin(np.linspace(0, np.pi / 2, rise, dtype=np.float32)) ** 2
    envelope[count - fall :] *= np.cos(np.linspace(0, np.pi / 2, fall, dtype=np.float32)) ** 2
    return envelope


def pad(hertz: float, seconds: float, *, colour: float = 0.5) -> Wave:
    """Return a slow chord voice: three voices a few cents apart, overtones that open and close; `colour` 0 to 1."""
    time = _clock(seconds)
    wave = np.zeros_like(time)
    for cents in (-5.0, 0.0, 6.0):
        base = np.float32(2 * np.pi * hertz * 2 ** (cents / 1200))
        for partial in range(1, 7):
            if partial * hertz > 6000:  # noqa: PLR2004 - the ear hears no pad above
                break
            opening = 1 + 0.5 * np.sin(time * np.float32(0.5 + 0.13 * partial) + np.float32(cents))
            wave += (
                np.sin(time * base * partial)
                * opening
                * np.float32((0.15 + 0.85 * colour) ** (partial - 1) / partial**1.25)
            )
    wave *= _swell(time.size, min(2.2, seconds * 0.4), min(2.6, seconds * 0.45))
    return np.asarray(wave / 5.2, dtype=np.float32)


def pluck(hertz: float, seconds: float, rng: np.random.Generator, *, damping: float = 0.994) -> Wave:
    """Return a plucked string (Karplus and Strong, 1983), a period at a time, then tuned exactly."""
    period = max(8, round(RATE_HZ / hertz - 0.5))
    exact = (period + 0.5) * hertz / RATE_HZ
    blocks = int(seconds * RATE_HZ * exact) // period + 2
    string = np.empty((blocks, period), dtype=np.float32)
    raw = rng.uniform(-1, 1, period).astype(np.float32)
    burst = (raw + np.roll(raw, 1) + np.roll(raw, 2)) / np.float32(3)
    string[0] = burst - burst.mean()
    last = np.float32(0)
    for block in range(1, blocks):
        above = string[block - 1]
        string[block, 1:] = (above[1:] + above[:-1]) * np.float32(0.5 * damping)
        string[block, 0] = (above[0] + last) * np.float32(0.5 * damping)
        last = above[-1]
    count = int(seconds * RATE_HZ)
    tuned = np.interp(np.arange(count) * exact, np.arange(string.size), string.ravel()).astype(np.float32)
    tuned *= _swell(count, 0.002, min(0.4, seconds / 3))
    return np.asarray(tuned / max(1e-6, float(np.abs(tuned).max())), dtype=np.float32)


def bell(hertz: float, seconds: float, *, ratio: float = 3.5, depth: float = 2.4) -> Wave:
    """Return a bell by frequency modulation (Chowning, 1973): bright when struck, pure as it fades."""
    time = _clock(seconds)
    fade = np.exp(-time * np.float32(4.2 / seconds))
    base = np.float32(2 * np.pi * hertz)
    bend = np.sin(time * base * np.float32(ratio)) * np.float32(depth) * fade * fade
    wave = np.sin(time * base + bend) * fade + np.float32(0.25) * np.sin(time * base * np.float32(2.756)) * fade**3
    return np.asarray(wave * _swell(time.size, 0.003, 0.05) / 1.25, dtype=np.float32)


def bass(hertz: float, seconds: float) -> Wave:
    """Return a round low note."""
    time = _clock(seconds)
    base = np.float32(2 * np.pi * hertz)
    wave = np.sin(time * base) + np.float32(0.32) * np.sin(time * base * 2) + np.float32(0.10) * np.sin(time * base * 3)
    return np.asarray(
        wave * np.exp(-time * np.float32(1.1 / seconds)) * _swell(time.size, 0.03, min(0.6, seconds / 2)) / 1.3,
        dtype=np.float32,
    )


def drum(seconds: float = 0.5, *, low: float = 52.0) -> Wave:
    """Return a soft beat: a sine that falls to `low` hertz."""
    time = _clock(seconds)
    sweep = np.float32(low) * time + np.float32(70 / 28) * (1 - np.exp(-time * 28))
    return np.asarray(
        np.sin(2 * np.pi * sweep) * np.exp(-time * np.float32(9)) * _swell(time.size, 0.002, 0.05), dtype=np.float32
    )


def brush(rng: np.random.Generator, seconds: float = 0.16) -> Wave:
    """Return a brushed stroke: noise without lows that dies at once."""
    time = _clock(seconds)
    hiss = rng.standard_normal(time.size).astype(np.float32)
    bright = np.diff(hiss, prepend=np.float32(0))
    return np.asarray(bright * np.exp(-time * np.float32(34)) * _swell(time.size, 0.004, 0.03) / 4, dtype=np.float32)


def shaped_noise(rng: np.random.Generator, seconds: float, *, low: float, high: float) -> Wave:
    """Return noise between two frequencies in hertz, peak 1, for wind, rain and water."""
    count = int(seconds * RATE_HZ)
    spectrum = np.fft.rfft(rng.standard_normal(count).astype(np.float32))
    hertz = np.fft.rfftfreq(count, 1 / RATE_HZ)
    keep = 1 / (1 + (low / np.maximum(hertz, 1e-3)) ** 4) / (1 + (hertz / high) ** 4)
    wave = np.fft.irfft(spectrum * keep, count)
    return np.asarray(wave / np.abs(wave).max(), dtype=np.float32)


def room(
    rng: np.random.Generator, sound: npt.NDArray[np.float32], *, seconds: float, wet: float
) -> npt.NDArray[np.float32]:
    """Return the sound, shape (samples, channels), in a hall: each channel convolved with decaying noise of its own."""
    samples, channels = sound.shape
    tail = int(seconds * RATE_HZ)
    time = np.arange(tail, dtype=np.float32) / np.float32(RATE_HZ)
    size = 1 << (samples + tail).bit_length()
    result = sound * np.float32(1 - 0.5 * wet)
    for channel in range(channels):
        echo = rng.standard_normal(tail).astype(np.float32) * np.exp(-time * np.float32(6.9 / seconds))
        echo = np.convolve(echo, np.array([0.25, 0.5, 0.25], dtype=np.float32), mode="same")
        echo[: int(0.018 * RATE_HZ)] = 0
        echo /= np.sqrt((echo * echo).sum())
        blend = sound[:, channel] + np.float32(0.35) * sound[:, (channel + 1) % channels]
        spread = np.fft.irfft(np.fft.rfft(blend, size) * np.fft.rfft(echo, size), size)[:samples]
        result[:, channel] += (spread * wet).astype(np.float32)
    return result
