#!/usr/bin/env python3
"""Makes the four sounds of the interface: wood, paper, a wooden fish, two soft taps. Mono, 44.1 kHz, 16 bit.

    pip install numpy
    python3 assets/sounds/src/make_sounds.py

They are made from numbers, not recorded. Levels here are full scale (-3 dBFS); how far they stand under the narration is in
the [sound] section of assets/theme/tokens.toml. The same script gives the same bytes.
"""
import os
import wave

import numpy as np

RATE = 44_100
OUT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def ring(partials, seconds):
    """Struck wood: a few inharmonic tones that die away fast. Partials: hertz, level, seconds to fade by 60 dB."""
    t = np.arange(int(RATE * seconds)) / RATE
    return sum(level * np.sin(2 * np.pi * hz * t) * np.exp(-6.9 * t / fade) for hz, level, fade in partials)


def band(noise, low, high):
    spectrum = np.fft.rfft(noise)
    f = np.fft.rfftfreq(len(noise), 1 / RATE)
    shape = 1 / (1 + (f / high) ** 4) * (1 - 1 / (1 + (f / max(1, low)) ** 4))
    return np.fft.irfft(spectrum * shape, len(noise))


def click(seconds, low, high, fade, rng):
    n = int(RATE * seconds)
    return band(rng.normal(0, 1, n), low, high) * np.exp(-6.9 * np.arange(n) / RATE / fade)


def touch(rng):
    """One dry wood tap."""
    wood = ring([(980, 1, .045), (1730, .5, .03), (2650, .25, .02)], .09)
    return wood + .5 * click(.09, 900, 5000, .012, rng)


def turn(rng):
    """A sheet of paper drawn over another: a soft rush that swells and settles, with a few crackles."""
    n = int(RATE * .34)
    t = np.linspace(0, 1, n)
    swell = np.sin(np.pi * t ** .7) ** 2 * (.7 + .3 * np.sin(2 * np.pi * 9 * t + 1))
    rush = band(rng.normal(0, 1, n), 1400, 7000) * swell
    for _ in range(14):
        at = int(rng.uniform(.12, .75) * n)
        bit = click(.012, 2000, 9000, .006, rng) * rng.uniform(.3, .9)
        rush[at:at + len(bit)] += bit[:n - at] * 1.4
    return rush


def confirm(rng):
    """One note of a wooden fish: hollow, round, short."""
    body = ring([(420, 1, .26), (842, .42, .16), (1310, .16, .09), (2080, .07, .05)], .38)
    return body + .18 * np.pad(click(.03, 500, 3000, .01, rng), (0, len(body) - int(RATE * .03)))


def saved(rng):
    """Two soft taps, the second a little lower and quieter."""
    out = np.zeros(int(RATE * .42))
    for at, hz, level in ((0, 620, 1.0), (.16, 540, .8)):
        tap = ring([(hz, 1, .12), (hz * 2.1, .3, .06)], .24) + .12 * click(.24, 400, 2400, .01, rng)
        i = int(at * RATE)
        out[i:i + len(tap)] += tap * level
    return out


def write(name, samples):
    samples = samples * np.minimum(1, np.arange(len(samples)) / 40)              # No click at the start,
    samples[-400:] *= np.linspace(1, 0, 400)                                     # nor at the end.
    samples *= 10 ** (-3 / 20) / np.abs(samples).max()
    with wave.open(os.path.join(OUT, name + '.wav'), 'wb') as f:
        f.setnchannels(1)
        f.setsampwidth(2)
        f.setframerate(RATE)
        f.writeframes((samples * 32767).astype('<i2').tobytes())


def main():
    for seed, make in enumerate((touch, turn, confirm, saved)):
        write(make.__name__, make(np.random.default_rng(seed)))


if __name__ == '__main__':
    main()
