#!/usr/bin/env python3
"""Makes the built-in fallback page, which a screen shows when it has no exhibition at all: paper, far hills, two lines.

    apt install librsvg2-bin
    pip install pillow fonttools
    python3 assets/fallback/src/make_fallback.py

No seal, no title, no colour that asks for attention: a visitor should feel that the hall is looked after.
"""
import os
import subprocess
import sys
import tempfile

from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.dirname(HERE)
sys.path.insert(0, os.path.join(OUT, '..', '..', 'scenes', 'shanhe', 'art', 'src'))
from lettering import path as words  # noqa: E402
from paper import *  # noqa: E402,F403


def page(w, h):
    a = Art('fallback', 7, view=(0, 0, w, h))
    unit = min(w, h) / 1080
    a.layer('l0-paper')
    a.path(rect(-10, -10, w + 20, h + 20), a.lin((0, mix(PAPER, '#FFFFFF', .25)), (.6, PAPER), (1, PAPER2), y0=0, y1=h))
    fibre = []
    for _ in range(int(w * h / 16000)):
        x, y, t = a.rng.uniform(0, w), a.rng.uniform(0, h), a.rng.uniform(0, math.pi)
        ln = a.rng.uniform(14, 54)
        fibre.append(lens(x, y, x + math.cos(t) * ln, y + math.sin(t) * ln, 1, a.rng.uniform(-7, 7)))
    a.path(fibre, '#C9B48E', .22)
    for k, (y, amp, c) in enumerate(((.74, 60, '#C3CBC6'), (.80, 54, '#93A6AC'), (.86, 46, '#5C7486'), (.93, 34, SLATE))):
        a.layer('l%d-hills' % (k + 1))
        pts = hills(h * y, amp * unit, 420 * unit, a.rng, step=16, x0=-20, x1=w + 20)
        r = curve(pts)
        a.sheet(r + 'V%sH-20z' % num(h + 20), a.lin((0, c), (1, mix(c, PAPER, .28)), y0=h * y - 60, y1=h), edge=PAPER, eop=.6, ew=3, shadow=.04, size=30, ridge=r)
    a.layer('l5-words')
    y = h * (.36 if h > w else .40)
    a.path(words('设备正在准备内容', w / 2, y, 76 * unit, 'PingfengSerif-Bold', 'middle', .04), INK)
    a.path(words('如需帮助，请联系现场工作人员', w / 2, y + 96 * unit, 34 * unit, anchor='middle'), INK2)
    a.path(words('The screen is preparing its content', w / 2, y + 160 * unit, 27 * unit, anchor='middle'), INK2)
    return a.svg()


def main():
    for name, w, h in (('portrait', 1080, 1920), ('landscape', 1920, 1080)):
        with tempfile.NamedTemporaryFile(suffix='.png') as f:
            subprocess.run(['rsvg-convert', '-w', str(w), '-o', f.name], input=page(w, h).encode(), check=True)
            Image.open(f.name).convert('RGB').save(os.path.join(OUT, name + '.jpg'), quality=92)


if __name__ == '__main__':
    main()
