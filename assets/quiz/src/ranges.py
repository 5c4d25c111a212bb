"""The five ranges of a quiz result: python3 ranges.py

Writes ../ranges.svg (the vector source: one group per sheet) and, with rsvg-convert, one PNG per sheet cut to what it
covers, plus ../ranges.json with the places. A range lies in colour or in pale paper; the screen puts the sheets together.
The sheets use the paper and the knife of the exhibition's illustrations.
"""
import json
import math
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.dirname(HERE)
sys.path.insert(0, os.path.join(HERE, '..', '..', '..', 'scenes', 'shanhe', 'art', 'src'))
from paper import CINNABAR, DARK, DEEP, GOLD, OCHRE, PAPER, PAPER2, PINE, Art, fbm, lens, lerp, line, mix, num, pill, rough, y_at  # noqa: E402

# A portrait page shows 1080 × 900 of it, a landscape page 900 × 968; both from the middle.
W, H = 1080, 968
SCALE = 1.5                # pixels per unit of the PNGs: sharp on a portrait page, fair on 3840 × 2160
COLOURS = [PINE, mix(PINE, PAPER, .22), mix(OCHRE, PAPER, .12), CINNABAR, DEEP]
TOPS = [.565, .660, .752, .862, .968]
SHAPES = [(.9, .24, .060), (2.6, .52, .030), (.6, .30, .040), (1.7, .62, .045), (3.4, .92, .075)]


def ridge_line(rng, y, i):
    """Sharp summits: noise folded at its middle, with a long swell under it."""
    f = [fbm(rng, 1) for _ in range(5)]
    phase, where, swell = SHAPES[i]
    pts, x = [], -60.0
    while x < W + 60:
        v, a, fr, tot = 0, 1, 1, 0
        for g in f:
            n = 1 - abs(g(x / W * 3.6 * fr + 9))
            v += a * n * n
            tot += a
            a *= .46
            fr *= 2.07
        u = x / W
        lift = H * swell * (math.exp(-((u - where) / .22) ** 2) + .45 * math.sin(u * 4.4 + phase))
        pts.append((x, y + H * .075 - H * .145 * v / tot - lift))
        x += 15 * rng.uniform(.6, 1.5)
    return pts


def faces(rng, pts):
    """A shaded face to the right of every summit, its left edge toothed as a knife leaves it; gouges on both sides."""
    dark, cuts, lit = '', '', ''
    span = 6
    for i in range(span, len(pts) - span):
        x, y = pts[i]
        if y > min(p[1] for p in pts[i - span:i + span + 1]):
            continue
        j = i
        while j < len(pts) - 1 and j - i < 16 and pts[j + 1][1] >= pts[j][1] - 4:
            j += 1
        depth = H * rng.uniform(.085, .14)
        drift = rng.uniform(-.35, .25)
        steps = 9
        left = []
        for k in range(steps + 1):
            t = k / steps
            left.append((x + drift * depth * t + (7 if k % 2 else -5) * (1 if 0 < k < steps else 0), y + depth * t))
        right = list(reversed(pts[i + 1:j + 1]))
        rx, ry = right[0] if right else (x, y)
        foot = [(lerp(left[-1][0], rx, .4), y + depth * .70), (lerp(left[-1][0], rx, .55), y + depth * .84), (rx - (rx - left[-1][0]) * .15, ry + depth * .22)]
        dark += line(left + foot + [(rx, ry)] + right[1:], True)
        for k in range(1, steps, 2):
            lx, ly = left[k]
            f = 1 - k / steps
            a, b = rng.uniform(26, 58) * f, rng.uniform(22, 46) * f
            lit += lens(lx - 9, ly, lx - 9 - a, ly + b, 1.9 * f + .4)
            a, b = rng.uniform(26, 62) * f, rng.uniform(24, 52) * f
            cuts += lens(lx + 12, ly, lx + 12 + a, ly + b, 2.2 * f + .4)
    return dark, cuts, lit


def fibres(rng, y0, y1, n):
    d = ''
    for _ in range(n):
        x, y, ang, ln = rng.uniform(0, W), rng.uniform(y0, y1), rng.uniform(0, 6.3), rng.uniform(8, 30)
        q = [math.cos(ang) * ln, math.sin(ang) * ln, math.cos(ang + .7) * ln * 1.5, math.sin(ang + .7) * ln * 1.5]
        d += 'M%s %sq%s %s %s %s' % tuple(num(v) for v in [x, y] + q)
    return d


def sky(a):
    top, low = mix(PAPER, GOLD, .2), mix(GOLD, PAPER, .42)
    a.path('M-20 -20H%dV%dH-20z' % (W + 20, H + 20), a.lin((0, top), (1, low), y0=0, y1=H * .75))
    x, y, r = W * .72, H * .235, H * .101
    for k, op in ((1.75, .20), (1.36, .26)):
        a.circle(x, y, r * k, mix(GOLD, OCHRE, .12), op)
    for k in (8, 5, 2):
        a.circle(x, y + 4, r + k, DARK, .035)
    a.circle(x, y, r, a.lin((0, mix(GOLD, OCHRE, .05)), (1, GOLD), y0=y - r, y1=y + r), stroke=mix(PAPER, GOLD, .35), sw=3.4)
    bands = [(W * .655, H * .332, W * .135, 21), (W * .60, H * .352, W * .225, 23), (W * .68, H * .373, W * .207, 20)]
    for dx in (6, 3):
        a.path(''.join(pill(bx, by + dx, bw, bh) for bx, by, bw, bh in bands), DARK, .05)
    a.path(''.join(pill(*b) for b in bands), mix(PAPER, '#FFFFFF', .15))
    a.path(fibres(a.rng, 0, H * .5, 26), stroke='#FFF8EA', sw=1, op=.22)


def sheet(a, i, lit_up):
    colour = COLOURS[i] if lit_up else PAPER2
    pts = ridge_line(a.rng, H * TOPS[i], i)
    ridge = line(pts)
    body = ridge + 'V%dH%dz' % (H + 40, pts[0][0])
    for size in range(56, 6, -5):
        a.path(ridge, stroke=DARK, sw=size, op=.0155 if lit_up else .013)
    low = min(H, H * TOPS[i] + 260)
    a.path(body, a.lin((0, colour), (1, mix(colour, PAPER, .14 if lit_up else .35)), y0=H * TOPS[i] - 120, y1=low))
    dark, cuts, lit = faces(a.rng, pts)
    shade = mix(colour, DARK, .55) if lit_up else mix(PAPER2, '#B58F78', .55)
    a.path(dark, a.lin((0, shade, .52), (1, shade, .08), y0=H * TOPS[i] - 90, y1=H * TOPS[i] + 120))
    a.path(cuts, mix(colour, DARK, .5) if lit_up else mix(PAPER2, '#8E705C', .6), .42)
    a.path(lit, mix(colour, PAPER, .55) if lit_up else '#FFFFFF', .42)
    # The cut edge: paper is pale where the knife went through.
    a.path(ridge, stroke=mix(colour, PAPER, .58) if lit_up else '#FBF3E4', sw=2.2, op=.85)
    a.path(fibres(a.rng, H * TOPS[i] - 20, H, 12), stroke='#FFF8EA', sw=1, op=.16)
    return min(y for _, y in pts)


def main():
    whole = Art('ranges', 935, (0, 0, W, H))
    places, parts = {}, []
    todo = [('sky', None, None)] + [('range-%d-%s' % (i + 1, 'on' if on else 'off'), i, on) for i in range(5) for on in (True, False)]
    for name, i, on in todo:
        one = Art(name, 935 + 7 * (i or 0), (0, 0, W, H))
        one.cache, one.defs = whole.cache, whole.defs      # gradients are shared by the sheets of the file
        one.layer(name)
        top = 0
        if i is None:
            sky(one)
        else:
            top = max(0, int(sheet(one, i, on) - 30))
        whole.groups.append(one.groups[0])
        # What a nearer range hides anyway is cut away below; the nearest reaches the foot.
        foot = H if i in (None, 4) else min(H, int(H * TOPS[i] + 330))
        if i is None:
            foot = int(H * .80)
        parts.append((name, top, foot, one))
        places[name] = [0, top, W, foot - top]
    svg = whole.svg()
    with open(os.path.join(OUT, 'ranges.svg'), 'w', encoding='utf-8') as f:
        f.write(svg)
    head = svg.split('<g ')[0].split('\n', 1)[1]
    for name, top, foot, one in parts:
        ident, items = one.groups[0]
        cut = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 %d %d %d">\n%s<g stroke-linejoin="round" stroke-linecap="round">%s</g></svg>' % (
            top, W, foot - top, head, '\n'.join(items))
        png = os.path.join(OUT, name + '.png')
        subprocess.run(['rsvg-convert', '-w', str(int(W * SCALE)), '-o', png, '/dev/stdin'], input=cut.encode(), check=True)
        print('%-12s y %4d to %4d  %6.1f KB' % (name, top, foot, os.path.getsize(png) / 1024))
    with open(os.path.join(OUT, 'ranges.json'), 'w', encoding='utf-8') as f:
        json.dump({'size': [W, H], 'sheets': places}, f, indent=1)
        f.write('\n')


if __name__ == '__main__':
    main()
