"""The sound of the film: plucked strings over water, made from numbers. No song and no anthem is quoted."""
import wave

import numpy as np

RATE = 44_100
# One pentatonic mode on D, in hertz: D F G A C over three octaves, low to high.
SCALE = [73.42, 87.31, 98.00, 110.00, 130.81, 146.83, 174.61, 196.00, 220.00, 261.63, 293.66, 349.23, 392.00, 440.00]


def pluck(freq, seconds, rng, bright=.5):
    """A string by Karplus and Strong: noise in a loop that loses its edges as it goes round."""
    n = int(RATE / freq)
    loop = rng.uniform(-1, 1, n)
    for _ in range(int(8 - 7 * bright)):                 # A soft finger: the noise is smoothed before it starts.
        loop = (loop + np.roll(loop, 1)) / 2
    out = np.empty(int(seconds * RATE))
    decay = .5 ** (1 / (freq * seconds * .16))
    for start in range(0, len(out), n):
        part = loop[:min(n, len(out) - start)]
        out[start:start + len(part)] = part
        loop = decay * (loop + np.roll(loop, 1)) / 2
    out *= np.minimum(1, np.linspace(0, 400, len(out)))
    return out / max(1e-9, np.abs(out).max())


def water(seconds, rng):
    """Waves against a hull: filtered noise that swells and falls every few seconds."""
    n = int(seconds * RATE)
    spectrum = np.fft.rfft(rng.normal(0, 1, n))
    f = np.fft.rfftfreq(n, 1 / RATE)
    shape = 1 / (1 + (f / 420) ** 2) * (f > 60)
    noise = np.fft.irfft(spectrum * shape, n)
    noise /= np.abs(noise).max()
    t = np.arange(n) / RATE
    return noise * (.45 + .30 * np.sin(2 * np.pi * t / 5.3) + .25 * np.sin(2 * np.pi * t / 3.1 + 1))


def room(dry, rng, seconds=2.6, wet=.32):
    """A hall: the sound folded with fading noise."""
    n = int(seconds * RATE)
    tail = rng.normal(0, 1, n) * np.exp(-np.linspace(0, 7, n))
    size = 1 << (len(dry) + n).bit_length()
    out = np.fft.irfft(np.fft.rfft(dry, size) * np.fft.rfft(tail, size), size)[:len(dry)]
    return dry + wet * out / max(1e-9, np.abs(out).max()) * np.abs(dry).max()


def make(path, seconds, seed=1921):
    rng = np.random.default_rng(seed)
    n = int(seconds * RATE)
    mix = np.zeros(n)
    t, step = 1.2, 7
    while t < seconds - 5:
        step = int(np.clip(step + rng.integers(-2, 3), 3, len(SCALE) - 1))
        for freq, gain in ((SCALE[step], .55), (SCALE[max(0, step - 5)], .38 if rng.random() < .45 else 0)):
            if gain:
                note = pluck(freq, 4.5, rng, bright=.35) * gain * rng.uniform(.8, 1)
                at = int(t * RATE)
                part = note[:n - at]
                mix[at:at + len(part)] += part
        t += rng.choice([.9, 1.35, 1.8, 2.7], p=[.25, .3, .3, .15])
    left = room(mix, rng) * .8 + water(seconds, rng) * .13
    right = room(mix, rng) * .8 + water(seconds, rng) * .13
    both = np.stack([left, right], axis=1)
    fade = np.ones(n)
    fade[:RATE] = np.linspace(0, 1, RATE)
    fade[-3 * RATE:] = np.linspace(1, 0, 3 * RATE) ** 1.5
    both *= fade[:, None]
    both *= 10 ** (-12 / 20) / np.abs(both).max()        # Quiet: the peak stands at -12 dBFS.
    with wave.open(path, 'wb') as f:
        f.setnchannels(2)
        f.setsampwidth(2)
        f.setframerate(RATE)
        f.writeframes((both * 32767).astype('<i2').tobytes())
