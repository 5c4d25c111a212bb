"""Objects: the half quilt, the telegraph desk; and the boats on the Yangtze."""
from march import band, corner
from places import shaded
from things import *

WOOD, WOOD2 = mix(INK2, OCHRE, .30), mix(INK2, INK, .25)


def planks(a, y0, y1, n, c0, c1):
    """A table top or a floor, seen from the front: boards with their grain."""
    a.path(rect(-OV, y0, W + 2 * OV, y1 - y0), a.lin((0, c0), (1, c1), y0=y0, y1=y1))
    g = ''
    for k in range(n + 1):
        y = lerp(y0, y1, (k / n) ** 1.25)
        g += rect(-OV, y, W + 2 * OV, 4)
    a.path(g, INK, .35)
    d = ''
    for _ in range(90):
        x, y = a.rng.uniform(-OV, W), a.rng.uniform(y0 + 10, y1)
        d += lens(x, y, x + a.rng.uniform(120, 560), y + a.rng.uniform(-4, 4), 2.2, bend=a.rng.uniform(-12, 12))
    a.path(d, mix(OCHRE, GOLD, .3), .22)


def lamp(a, x, y, s):
    """An oil lamp with a glass chimney; y = the table."""
    a.glow(x, y - s * .78, s * 2.6, '#FFDC96', .95)
    a.path('M%s %sq%s %s %s %sh%sq%s %s %s %sz' % tuple(num(v) for v in (x - s * .30, y, s * .06, -s * .10, s * .22, -s * .12, s * .16, s * .16, s * .02, s * .22, s * .12)), mix(INK2, INK, .3))
    a.path('M%s %sq%s %s %s %sh%sq%s %s %s %sq%s %s %s %sz' % tuple(num(v) for v in (x - s * .22, y - s * .26, s * .02, -s * .18, s * .14, -s * .18, s * .16, s * .12, 0, s * .14, s * .18, -s * .22, s * .14, -s * .44, 0)),
           a.lin((0, mix(SLATE, PAPER, .35)), (1, mix(SLATE, INK, .2))))
    a.path(rect(x - s * .07, y - s * .21, s * .14, s * .12), mix(INK2, INK, .3))
    a.path(rect(x - s * .10, y - s * .50, s * .20, s * .08), mix(OCHRE, INK2, .2))
    a.path('M%s %sq%s %s %s %sv%sh%sv%sq%s %s %s %sz' % tuple(num(v) for v in (x - s * .13, y - s * .50, -s * .12, -s * .26, s * .06, -s * .38, -s * .34, s * .14, s * .34, s * .18, s * .12, s * .06, s * .38)), '#FFF3D0', .55)
    a.path('M%s %sq%s %s 0 %sq%s %s 0 %sz' % tuple(num(v) for v in (x, y - s * .52, s * .12, -s * .14, -s * .30, -s * .12, s * .16, s * .30)), a.lin((0, '#FFF8E2'), (1, mix(GOLD, CINNABAR, .2))))
    a.path('M%s %sq%s %s %s %sv%s' % tuple(num(v) for v in (x - s * .13, y - s * .52, -s * .10, -s * .26, s * .06, -s * .36, -s * .34)), stroke='#FFFFFF', sw=s * .012, op=.7)


def quilt():
    """Half a quilt: blue printed cloth cut in two on a wooden bed, the scissors beside it, lamplight."""
    a = Art('quilt', 1106)
    r = a.rng
    a.layer('l0-wall')
    a.path(rect(-OV, -OV, W + 2 * OV, 1900), a.lin((0, mix(INK2, INK, .25)), (.6, mix(INK2, OCHRE, .22)), (1, mix(OCHRE, INK2, .5)), y0=0, y1=1400))
    q = ''
    for k in range(12):                                  # mud bricks
        y = 60 + k * 112
        q += rect(-OV, y, W + 2 * OV, 4)
        for x in range(-OV + (90 if k % 2 else 0), W + OV, 300):
            q += rect(x, y, 4, 112)
    a.path(q, INK, .22)
    a.path([lens(r.uniform(-OV, W), r.uniform(0, 1350), r.uniform(-OV, W), r.uniform(0, 1350), .1) for _ in range(2)], INK, .1)
    a.glow(980, 640, 1500, GOLD, .85)
    a.layer('l1-window')
    x, y, w, h = 2480, 240, 620, 560
    a.path(rect(x - 40, y - 40, w + 80, h + 80), WOOD2)
    a.path(rect(x, y, w, h), a.lin((0, mix(SLATE, INK, .4)), (1, mix('#3F6076', SLATE, .4)), y0=y, y1=y + h))
    a.circle(x + 430, y + 160, 76, mix(PAPER, GOLD, .35))
    p = [(x, y + 420), (x + 110, y + 350), (x + 220, y + 400), (x + 360, y + 300), (x + 480, y + 380), (x + w, y + 330), (x + w, y + h), (x, y + h)]
    a.path(line(rough(p[:6], .1, r, 3) + p[6:], True), mix(SLATE, INK, .65))
    a.path([rect(x + w * k / 4 - 8, y, 16, h) for k in (1, 2, 3)] + [rect(x, y + h / 2 - 8, w, 16)], WOOD2)
    a.path(rect(x - 70, y + h + 40, w + 140, 36), mix(WOOD2, INK, .3))
    a.layer('l2-bed')
    a.path(rect(-OV, 1330, W + 2 * OV, 60), a.lin((0, WOOD), (1, WOOD2), y0=1330, y1=1390))
    planks(a, 1380, H + OV, 9, mix(OCHRE, INK2, .42), mix(INK2, INK, .30))
    lamp(a, 900, 1420, 640)
    a.layer('l3-quilt')
    blue, blue2 = '#34557A', mix('#34557A', INK, .35)
    left = [(1090, 1500), (1160, 1424), (1400, 1396), (1700, 1388), (1985, 1396), (1962, 1500), (2000, 1620), (1955, 1740), (1985, 1890), (1640, 1946), (1240, 1956), (1080, 1930), (1060, 1740)]
    right = [(2120, 1404), (2420, 1392), (2700, 1400), (2880, 1424), (2920, 1500), (2960, 1740), (2950, 1920), (2800, 1962), (2400, 1960), (2090, 1906), (2060, 1750), (2104, 1630), (2070, 1510)]

    def half(pts, seam):
        d = curve(pts, True, .7)
        a.path(curve([(px + 14, py + 44) for px, py in pts], True, .7), DARK, .35)
        a.path(curve([(px, py + 26) for px, py in pts], True, .7), mix(PAPER, OCHRE, .2))      # wadding and lining
        shaded(a, d, a.lin((0, mix(blue, PAPER, .16)), (1, blue2), y0=1390, y1=1960), edge=PAPER, op=.6, sw=5, size=24)
        cx = sum(p[0] for p in pts) / len(pts)
        cy = sum(p[1] for p in pts) / len(pts)
        f = g = ''
        for i in range(-6, 7):                           # resist-dyed cloth: round blossoms in a lattice
            for j in range(-4, 5):
                px, py = cx + i * 128 + (64 if j % 2 else 0), cy + j * 66
                if not inside(px, py, pts, .88):
                    continue
                f += oval(px, py, 9, 6)
                for k in range(8):
                    an = k * math.pi / 4
                    f += oval(px + math.cos(an) * 27, py + math.sin(an) * 17, 8.5, 5.5)
                for ox, oy in ((64, 0), (32, 33), (32, -33)):
                    if inside(px + ox, py + oy, pts, .88):
                        g += oval(px + ox, py + oy, 4.5, 3.2)
        a.path(f, mix(PAPER, '#FFFFFF', .2), .86)
        a.path(g, mix(PAPER, '#FFFFFF', .2), .7)
        rim = [(cx + (px - cx) * .93, cy + (py - cy) * .90) for px, py in pts]
        a.path(curve(rim, True, .7), stroke=mix(PAPER, '#FFFFFF', .2), sw=5, op=.75)
        s = ''
        for k in range(5):                               # quilting
            y = cy - 210 + k * 105
            s += lens(cx - 430, y + 10, cx + 430, y - 6, 2, bend=10)
        a.path(s, INK, .22)
        cutline = [p for p in pts if abs(p[0] - seam) < 70]
        w = ''
        for (ax, ay), (bx, by) in zip(sorted(cutline, key=lambda p: p[1]), sorted(cutline, key=lambda p: p[1])[1:]):
            for k in range(7):
                t = k / 7
                px, py = lerp(ax, bx, t), lerp(ay, by, t)
                w += oval(px + r.uniform(-8, 8), py, r.uniform(12, 22), r.uniform(9, 14))
        a.path(w, mix(PAPER, '#FFFFFF', .55), .95)       # the wadding shows where it was cut

    def inside(px, py, pts, k):
        cx = sum(p[0] for p in pts) / len(pts)
        cy = sum(p[1] for p in pts) / len(pts)
        px, py = cx + (px - cx) / k, cy + (py - cy) / k
        hit = False
        for (x1, y1), (x2, y2) in zip(pts, pts[1:] + pts[:1]):
            if (y1 > py) != (y2 > py) and px < (x2 - x1) * (py - y1) / (y2 - y1) + x1:
                hit = not hit
        return hit
    half(left, 1975)
    half(right, 2085)
    a.layer('l4-scissors')
    iron = mix(SLATE, INK, .35)
    sx, sy = 2330, 2040
    for s in (-1, 1):
        a.path(line([(sx, sy), (sx - 300, sy - 26 * s - 16), (sx - 310, sy - 34 * s - 6), (sx - 10, sy + 14 * s)], True), iron)
        a.path(oval(sx + 150, sy + 52 * s, 84, 40), 'none', 1, iron, 18)
        a.path(limb([(sx, sy), (sx + 50, sy + 26 * s), (sx + 80, sy + 44 * s)], 24, 18), iron)
    a.circle(sx - 4, sy, 13, GOLD)
    a.layer('l5-near')
    a.path('M-260 2110Q1900 2070 4100 2110V2420H-260z', a.lin((0, mix(INK, INK2, .35)), (1, INK), y0=2080, y1=H))
    a.path('M-260 2110Q1900 2070 4100 2110', stroke=GOLD, sw=4, op=.5)
    return a


def telegraph():
    """A telegraph desk at Xibaipo: receiver, key and headphones under an oil lamp, a lattice window with dawn in it."""
    a = Art('telegraph', 1948)
    r = a.rng
    a.layer('l0-wall')
    a.path(rect(-OV, -OV, W + 2 * OV, 1900), a.lin((0, mix(PAPER2, INK2, .45)), (.6, mix(PAPER2, OCHRE, .30)), (1, mix(OCHRE, INK2, .3)), y0=0, y1=1400))
    a.path([lens(r.uniform(-OV, W), y, r.uniform(-OV, W), y + 2, 2) for y in range(40, 1340, 34)], INK2, .14)
    a.layer('l1-window')
    x, y, w, h = 1240, 130, 1360, 900
    a.path(rect(x - 46, y - 46, w + 92, h + 92), mix(DEEP, INK2, .55))
    a.path(rect(x, y, w, h), a.lin((0, mix('#3F6076', PAPER, .45)), (.55, mix(PAPER, GOLD, .45)), (1, mix(GOLD, CINNABAR, .22)), y0=y, y1=y + h))
    for yy, k in ((760, .30), (850, .52)):
        pts = [(px, py) for px, py in hills(yy, 60, 380, r, step=40, x0=x, x1=x + w)]
        pts[-1] = (x + w, pts[-1][1])
        a.path(line(pts) + 'V%sH%sz' % (y + h, x), mix(mix(SLATE, DEEP, .2), mix(PAPER, GOLD, .4), 1 - k))
    for px, s in ((1560, 1.0), (1900, .62), (2120, .42)):
        a.path(rect(px - 5 * s, 1010 - 470 * s, 10 * s, 470 * s) + rect(px - 90 * s, 1010 - 440 * s, 180 * s, 8 * s) + rect(px - 70 * s, 1010 - 400 * s, 140 * s, 8 * s), mix(INK, SLATE, .3))
    a.path('M%s 300Q1400 420 1560 560Q1740 730 1900 720Q2040 760 2120 822' % x, stroke=INK, sw=4, op=.7)
    a.path('M%s 350Q1400 460 1560 600Q1740 760 1900 738' % x, stroke=INK, sw=4, op=.7)
    g = ''
    for k in range(1, 8):
        g += rect(x + w * k / 8 - 7, y, 14, h)
    for k in range(1, 5):
        g += rect(x, y + h * k / 5 - 7, w, 14)
    a.path(g, mix(DEEP, INK2, .5))
    a.path(rect(x - 90, y + h + 46, w + 180, 44), mix(DEEP, INK2, .65))
    a.layer('l2-desk')
    top = 1500
    planks(a, top, H + OV, 7, mix(OCHRE, INK2, .45), mix(INK2, INK, .25))
    a.path(rect(-OV, top - 10, W + 2 * OV, 16), GOLD, .5)
    lamp(a, 1010, top + 130, 600)
    # papers
    a.layer('l3-papers')
    for px, py, t in ((1380, 1850, -.05), (1560, 1920, .04), (2990, 1850, .06)):
        p = [(-230, -96), (230, -104), (270, 116), (-264, 124)]
        q = [(px + ax * math.cos(t) - ay * math.sin(t), py + ax * math.sin(t) + ay * math.cos(t)) for ax, ay in p]
        a.path(line([(u + 10, v + 16) for u, v in q], True), DARK, .25)
        a.path(line(q, True), mix(PAPER, '#FFFFFF', .25))
        a.path([lens(px - 170 + r.uniform(0, 30), py - 62 + k * 30, px + 120 + r.uniform(-60, 90), py - 66 + k * 30, 3) for k in range(6)], INK2, .6)
    # receiver
    a.layer('l4-receiver')
    rx, ry, rw, rh = 1620, 1080, 900, 560
    a.path(oval(rx + rw / 2, ry + rh + 22, rw * .56, 44), DARK, .35)
    body = 'M%s %sh%sq26 0 26 26v%sh%sv-%sq0-26 26-26z' % (rx, ry, rw, rh - 26, -(rw + 52), rh - 26)
    shaded(a, body, a.lin((0, mix(SLATE, INK, .25)), (1, mix(INK, SLATE, .25)), y0=ry, y1=ry + rh), sw=5, size=26)
    a.path(rect(rx - 4, ry + 34, rw + 8, rh - 70), a.lin((0, mix(SLATE, INK, .5)), (1, mix(INK, SLATE, .12)), y0=ry, y1=ry + rh))
    a.path(rect(rx - 4, ry + 34, rw + 8, rh - 70), stroke=mix(SLATE, PAPER, .3), sw=4, op=.6)
    a.circle(rx + 250, ry + 230, 148, mix(INK, SLATE, .1))
    a.circle(rx + 250, ry + 230, 134, mix(PAPER, GOLD, .35))
    t = ''
    for k in range(21):
        an = math.pi * (.85 + 1.3 * k / 20)
        m = .70 if k % 5 == 0 else .80
        t += lens(rx + 250 + math.cos(an) * 134 * m, ry + 230 + math.sin(an) * 134 * m, rx + 250 + math.cos(an) * 120, ry + 230 + math.sin(an) * 120, 3)
    a.path(t, INK)
    a.path(line([(rx + 244, ry + 240), (rx + 330, ry + 146), (rx + 256, ry + 246)], True), CINNABAR)
    a.circle(rx + 250, ry + 236, 14, INK)
    for k, (ox, oy, s) in enumerate(((520, 160, 62), (700, 160, 62), (520, 330, 48), (660, 330, 48), (790, 330, 48))):
        a.circle(rx + ox, ry + oy, s * 1.14, INK)
        a.circle(rx + ox, ry + oy, s, a.lin((0, mix(SLATE, PAPER, .28)), (1, mix(SLATE, INK, .3))))
        an = -.9 + k * .5
        a.path(line([(rx + ox - 4, ry + oy), (rx + ox + math.cos(an) * s * .9, ry + oy + math.sin(an) * s * .9), (rx + ox + 4, ry + oy + 4)], True), PAPER)
        a.path([lens(rx + ox + math.cos(j * .6 + 2.4) * s * 1.28, ry + oy + math.sin(j * .6 + 2.4) * s * 1.28, rx + ox + math.cos(j * .6 + 2.4) * s * 1.42, ry + oy + math.sin(j * .6 + 2.4) * s * 1.42, 3) for j in range(8)], PAPER, .7)
    a.path([rect(rx + 90 + k * 26, ry + 420, 12, 70) for k in range(12)], INK)
    a.circle(rx + 840, ry + 130, 20, mix(GOLD, '#FFFFFF', .3))
    a.glow(rx + 840, ry + 130, 110, GOLD, .8)
    # headphones over the corner
    hx, hy = rx + 780, ry - 8
    a.path('M%s %sC%s %s %s %s %s %s' % (hx - 150, hy + 40, hx - 150, hy - 190, hx + 150, hy - 190, hx + 150, hy + 60), stroke=INK, sw=20)
    a.path('M%s %sC%s %s %s %s %s %s' % (hx - 150, hy + 40, hx - 150, hy - 190, hx + 150, hy - 190, hx + 150, hy + 60), stroke=GOLD, sw=4, op=.6)
    for s, oy in ((-1, 40), (1, 66)):
        a.path(oval(hx + s * 150, hy + oy, 44, 62), mix(INK, DEEP, .2))
        a.path(oval(hx + s * 150, hy + oy, 44, 62), stroke=GOLD, sw=4, op=.6)
    # the key, on its base, wire to the set
    a.layer('l5-key')
    kx, ky = 2380, 1890
    a.path('M%s %sC%s %s %s %s %s %s' % (kx + 250, ky - 10, kx + 520, ky + 60, kx + 420, ky - 260, rx + rw + 10, ry + rh - 40), stroke=INK, sw=11)
    a.path(line([(kx - 290, ky + 70), (kx + 270, ky + 54), (kx + 330, ky + 116), (kx - 330, ky + 134)], True), DARK, .35)
    shaded(a, line([(kx - 270, ky + 10), (kx + 250, ky - 4), (kx + 300, ky + 74), (kx - 316, ky + 90)], True), a.lin((0, mix(DEEP, OCHRE, .32)), (1, mix(DEEP, INK, .3)), y0=ky, y1=ky + 90), size=14)
    a.path(rect(kx + 30, ky - 64, 46, 92) + rect(kx + 116, ky - 66, 46, 92), mix(OCHRE, INK2, .2))
    a.path(line([(kx - 240, ky - 58), (kx + 230, ky - 74), (kx + 230, ky - 50), (kx - 240, ky - 30)], True), a.lin((0, mix(GOLD, PAPER, .3)), (1, OCHRE)))
    a.path(rect(kx - 218, ky - 110, 26, 60), INK)
    a.path(oval(kx - 205, ky - 112, 74, 24), a.lin((0, mix(INK, SLATE, .35)), (1, INK)))
    a.path(oval(kx - 205, ky - 124, 74, 22), mix(INK, SLATE, .25))
    a.path(oval(kx - 205, ky - 124, 74, 22), stroke=GOLD, sw=3, op=.6)
    a.path(rect(kx - 160, ky - 20, 30, 34) + rect(kx + 190, ky - 34, 26, 40), mix(OCHRE, INK2, .3))
    # pencil and cup
    a.path(line([(2820, 2010), (3160, 1950), (3166, 1966), (2826, 2028)], True), mix(CINNABAR, OCHRE, .3))
    a.path(line([(2820, 2010), (2784, 2026), (2826, 2028)], True), INK)
    a.layer('l6-cup')
    cx, cy = 3120, 1640
    a.path(oval(cx + 6, cy + 12, 150, 30), DARK, .3)
    a.path('M%s %sl18 210q112 38 224 0l18-210z' % (cx - 130, cy - 206), a.lin((0, mix(PAPER, '#FFFFFF', .5)), (.6, mix(PAPER, SLATE, .12)), (1, mix(PAPER, SLATE, .4)), box=(0, 0, 1, 0)))
    a.path('M%s %sq90-6 70 78q-20 60-84 50' % (cx + 124, cy - 160), stroke=mix(PAPER, SLATE, .2), sw=20)
    a.path(oval(cx, cy - 206, 130, 32), mix(PAPER, SLATE, .25))
    a.path(oval(cx, cy - 206, 130, 32), stroke='#34557A', sw=8)
    a.path(oval(cx, cy - 202, 112, 24), mix(INK2, OCHRE, .3))
    a.path('M%s %sC%s %s %s %s %s %s' % (cx - 20, cy - 260, cx - 60, cy - 330, cx + 40, cy - 380, cx, cy - 460), stroke='#FFFFFF', sw=12, op=.4)
    return a


def crossing():
    """The Yangtze at night in April 1949: wooden junks under sail, making for the south bank."""
    a = Art('crossing', 420)
    r = a.rng
    a.layer('l0-sky')
    sky(a, (0, mix(SLATE, INK, .35)), (.32, mix(SLATE, DEEP, .35)), (.52, mix(CINNABAR, SLATE, .35)), (.66, mix(GOLD, CINNABAR, .35)), (1, mix(PAPER, GOLD, .5)))
    d = ''.join(oval(r.uniform(0, W), r.uniform(20, 480), s, s) for s in [r.uniform(1.6, 4) for _ in range(70)])
    a.path(d, PAPER, .7)
    sky_lines(a, 60, 980, PAPER, .15, n=26)
    a.circle(1920, 1130, 1100, a.rad(1920, 1130, 1100, (0, mix(GOLD, PAPER, .35), .9), (.4, mix(GOLD, CINNABAR, .25), .42), (1, GOLD, 0)))
    for x, y, w, k in ((760, 400, 1100, 2), (2900, 320, 1100, 2), (2060, 640, 700, 1)):
        cloud(a, x, y, w, mix(mix(CINNABAR, SLATE, .5), PAPER, .2), rows=k, h=38, op=.85, edge=GOLD)
    a.layer('l1-bank')
    haze = mix(GOLD, PAPER, .35)
    band(a, 1050, 60, 620, mix(mix(SLATE, DEEP, .4), PAPER, .34), haze, 1200)
    band(a, 1120, 36, 480, mix(SLATE, DEEP, .35), mix(haze, SLATE, .2), 1210)
    mist(a, 1190, 130, haze, .85)
    a.layer('l2-river')
    a.path(rect(-OV, 1190, W + 2 * OV, 1300), a.lin((0, mix(GOLD, PAPER, .25)), (.16, mix(mix(GOLD, CINNABAR, .4), SLATE, .35)), (.5, mix('#3F6076', SLATE, .4)), (1, mix(SLATE, INK, .5)), y0=1190, y1=H))
    glitter(a, 1920, 1206, 2140, 420, 1300, mix(GOLD, PAPER, .35), .6, n=44, th=(2.5, 9))
    ripples(a, 1220, 2200, PAPER, .30, n=110, wmin=70, wmax=520)
    ripples(a, 1220, 2200, INK, .32, n=90, wmin=90, wmax=480)

    def junk(x, y, s, c, mast=2):
        """A junk of length s, battened sails set, bow to the right."""
        a.path(oval(x, y + s * .03, s * .62, s * .045), INK, .35)
        hull = 'M%s %sQ%s %s %s %sH%sQ%s %s %s %sQ%s %s %s %sQ%s %s %s %sz' % tuple(num(v) for v in (
            x - s * .54, y - s * .17, x - s * .46, y - s * .05, x - s * .36, y - s * .06, x + s * .30, x + s * .46, y - s * .07, x + s * .60, y - s * .20,
            x + s * .50, y + s * .02, x + s * .34, y + s * .035, x - s * .48, y + s * .07, x - s * .54, y - s * .17))
        for m in range(mast):
            mx, hh, ww = (x + s * .06, s * .98, s * .46) if m == 0 else (x - s * .30, s * .66, s * .30)
            a.path(rect(mx - s * .008, y - s * .06 - hh, s * .016, hh), INK)
            p = [(mx - ww * .42, y - s * .12), (mx - ww * .40, y - s * .12 - hh * .42), (mx - ww * .20, y - s * .10 - hh * .94), (mx + ww * .34, y - s * .06 - hh * .80), (mx + ww * .62, y - s * .10 - hh * .38), (mx + ww * .56, y - s * .10)]
            d = curve(p, True, .45)
            a.path(d, stroke=DARK, sw=s * .03, op=.10)
            a.path(d, a.lin((0, mix(c, PAPER, .14)), (1, mix(c, INK, .35))))
            a.path(d, stroke=GOLD, sw=max(2, s * .006), op=.6)
            b = ''
            for k in range(1, 6):
                t = k / 6
                b += lens(lerp(p[0][0], p[2][0], t), lerp(p[0][1], p[2][1], t), lerp(p[5][0], p[3][0], t) + ww * .10 * math.sin(t * math.pi), lerp(p[5][1], p[3][1], t), max(1.2, s * .005))
            a.path(b, mix(INK, c, .25), .8)
        men = ''.join(figure(x + (k - 3) * s * .10, y - s * .04, s * .15, k, 1) for k in range(7))
        a.path(men, stroke=GOLD, sw=max(2, s * .006), op=.45)
        a.path(men, INK)
        a.path(hull, a.lin((0, mix(DEEP, INK, .25)), (1, INK)))
        a.path(hull, stroke=GOLD, sw=max(2, s * .007), op=.6)
        a.path([lens(x - s * .6, y + s * .05 + k * s * .018, x + s * .64, y + s * .045 + k * s * .018, s * (.008 - .002 * k)) for k in range(3)], PAPER, .75)
    a.layer('l3-far-boats')
    for x, y, s in ((900, 1262, 120), (1260, 1276, 140), (1560, 1258, 110), (2240, 1268, 130), (2560, 1284, 150), (2900, 1262, 120), (3240, 1290, 150), (560, 1290, 140)):
        junk(x, y, s, mix(mix(CINNABAR, DEEP, .5), mix(GOLD, PAPER, .4), .35), 1)
    a.layer('l4-boats')
    for x, y, s in ((2700, 1440, 340), (1000, 1470, 360), (3300, 1560, 420)):
        junk(x, y, s, mix(CINNABAR, DEEP, .55))
    a.layer('l5-boat')
    junk(1860, 1800, 860, mix(CINNABAR, DEEP, .18))
    a.layer('l6-near')
    corner(a, [(-OV, 1860), (220, 1890), (620, 1970), (900, 2070), (1120, 2160), (1220, H + OV)], a.lin((0, mix(INK, DEEP, .35)), (1, INK), y0=1860, y1=H))
    corner(a, [(W + OV, 1900), (3700, 1930), (3380, 2010), (3120, 2100), (2980, 2180), (2920, H + OV)], a.lin((0, mix(INK, DEEP, .35)), (1, INK), y0=1900, y1=H))
    reeds(a, -140, 900, 2150, 460, mix(INK, DEEP, .2), n=54, head=mix(OCHRE, DEEP, .25))
    reeds(a, 3080, 3980, 2160, 420, mix(INK, DEEP, .2), n=46, head=mix(OCHRE, DEEP, .25))
    return a


def draw():
    return [quilt(), telegraph(), crossing()]
