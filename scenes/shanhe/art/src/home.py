"""Home picture: the river of the attract picture from lower down. The upper half is sky, since the title stands there."""
from attract import WATER, pavilion
from things import *


def draw():
    a = Art('home', 12)
    r = a.rng
    a.layer('l0-sky')
    sky(a, (0, mix(PAPER2, GOLD, .30)), (.35, PAPER), (.62, mix(PAPER, GOLD, .35)), (1, PAPER2))
    sky_lines(a, 60, 900, mix(OCHRE, PAPER, .35), .30, n=24)
    sun(a, 2420, 800, 220, mix(GOLD, '#FFFFFF', .35), mix(GOLD, OCHRE, .35), glow=GOLD, gr=3.4, gop=.7)
    white = mix(PAPER, '#FFFFFF', .35)
    for x, y, w, k in ((2700, 860, 860, 2), (3440, 420, 760, 2), (420, 760, 760, 1)):
        cloud(a, x, y, w, white, rows=k, h=40, op=.95, edge=OCHRE)
    a.path(''.join(bird(1980 + i * 50 + abs(i - 3) * 4, 640 + abs(i - 3) * 26, 22, .35) for i in range(7)), INK2, .75)

    a.layer('l1-far')
    base = mix(PAPER, GOLD, .22)
    kw = dict(amp=.09, facets=3, cuts=9, cut_col=mix(PAPER, SLATE, .6), cut_op=.5, shade_op=.5, shadow=.02, eop=.5)
    for x, top, w, n in ((-40, 1010, 420, 2), (820, 960, 460, 3), (1680, 1040, 380, 2), (2900, 1000, 460, 3), (3860, 1000, 400, 2)):
        massif(a, x, top, w, 1470, mix(PAPER, SLATE, .34), base, mix(PAPER, SLATE, .52), n=n, **kw)
    mist(a, 1390, 320, base, .9)

    a.layer('l2-peaks')
    base = mix(PAPER, GOLD, .42)
    kw = dict(mid=mix(mix(PAPER, PINE, .55), GOLD, .2), amp=.10, facets=5, cuts=18, cut_col=SLATE, cut_op=.5, lit_col=PAPER, shadow=.03)
    for x, top, w, n in ((240, 860, 560, 4), (3420, 800, 620, 5), (1180, 1030, 380, 3)):
        massif(a, x, top, w, 1590, mix(PAPER, SLATE, .66), base, SLATE, n=n, spread=1.1, **kw)
    mist(a, 1540, 300, base, .85)

    a.layer('l3-main')
    base = mix(PAPER, GOLD, .55)
    kw = dict(mid=mix(PINE, GOLD, .26), amp=.11, facets=7, cuts=28, cut_col=mix(SLATE, INK, .4), cut_op=.6, lit_col=mix(PAPER, GOLD, .4), shadow=.05, ew=5)
    massif(a, 1420, 1130, 360, 1650, mix(PINE, SLATE, .5), base, mix(SLATE, INK, .25), n=2, spread=.9, low=.5, **kw)
    massif(a, 2560, 880, 560, 1650, mix(PINE, SLATE, .55), base, mix(SLATE, INK, .35), n=6, spread=1.0, low=.38, **kw)
    mist(a, 1620, 300, mix(PAPER, GOLD, .3), .95)
    for x, y, w, k in ((1080, 1490, 860, 2), (2120, 1500, 760, 2), (260, 1520, 900, 2), (3300, 1500, 1000, 2)):
        cloud(a, x, y, w, mix(PAPER, GOLD, .10), rows=k, h=46, op=.96, edge=OCHRE)

    a.layer('l4-river')
    a.path(rect(-OV, 1560, W + 2 * OV, H + OV - 1560), a.lin((0, mix(PAPER, GOLD, .30), 0), (.14, mix(PAPER, GOLD, .30)), (.5, mix(PAPER, WATER, .34)), (1, mix(PAPER, WATER, .72)), y0=1560, y1=H))
    glitter(a, 2300, 1640, 2150, 120, 760, mix(GOLD, OCHRE, .35), .70, n=30, th=(2, 7))
    ripples(a, 1640, 2200, mix(SLATE, PAPER, .35), .40, n=90, wmin=80, wmax=560)
    ripples(a, 1660, 2200, '#FFFFFF', .45, n=70, wmin=60, wmax=420)

    a.layer('l5-banks')
    bank = mix(OCHRE, PAPER, .30)
    left = hills(1690, 30, 420, r, shape=lambda x: bump(x, 300, 560, 130) + max(0, (x - 600)) * .10, x1=1260, step=40)
    right = hills(1680, 30, 460, r, shape=lambda x: bump(x, 3300, 600, 150) + max(0, (3100 - x)) * .10, x0=2700, step=40)
    for pts, k in ((left, 1), (right, -1)):
        c = curve(pts)
        end = pts[-1] if k > 0 else pts[0]
        if k > 0:
            d = c + 'Q%s %s %s %sQ%s %s %s %sH%sz' % (num(end[0] - 260), num(end[1] + 14), num(end[0] - 420), num(end[1] + 30), num(end[0] - 900), num(end[1] + 80), num(-OV), num(end[1] + 150), num(-OV))
        else:
            d = c + 'V%sQ%s %s %s %sQ%s %s %s %sz' % (num(pts[0][1] + 150), num(end[0] + 900), num(end[1] + 80), num(end[0] + 420), num(end[1] + 30), num(end[0] + 260), num(end[1] + 14), num(end[0]), num(end[1]))
        a.sheet(d, a.lin((0, mix(PINE, OCHRE, .45)), (.5, bank), (1, mix(bank, PAPER, .3)), y0=1560, y1=1900), edge=PAPER, ridge=c)
        hill_cuts(a, pts, mix(INK2, OCHRE, .3), .40, length=(24, 64), lean=.5, x0=max(pts[0][0], 3000 if k < 0 else -OV), x1=min(pts[-1][0], 860 if k > 0 else W + OV))
        firs(a, pts, mix(PINE, INK, .15), pts[0][0], pts[-1][0], step=(14, 44), h=(26, 66), dens=lambda x: .5 + .5 * math.sin(x / 170))
    pavilion(a, 2960, y_at(right, 2960) + 8, 120, mix(CINNABAR, DEEP, .55), mix(SLATE, INK, .5), GOLD, GOLD)

    a.layer('l6-boat')
    hull, top = sampan(1840, 1870, 300, 1)
    a.path(lens(1620, 1892, 2090, 1892, 11), mix(INK, SLATE, .3), .35)
    a.path(hull, INK)
    a.path(top, mix(CINNABAR, DEEP, .2))
    a.path(figure(1930, 1872, 92, 1, -1), INK)
    a.path(lens(1964, 1768, 1908, 1914, 3), INK)

    a.layer('l7-front')
    for pts in ([(-OV, 1640), (60, 1690), (330, 1790), (560, 1880), (760, 1980), (1010, 2060), (1180, 2140), (1360, 2210), (1420, H + OV)],
                [(W + OV, 1600), (3800, 1680), (3560, 1780), (3340, 1880), (3120, 2010), (2900, 2080), (2740, 2160), (2600, 2210), (2540, H + OV)]):
        rr = rough(pts, .10, r, 3)
        side = pts[0][0]
        a.sheet(line(rr) + 'H%sz' % num(side), a.lin((0, mix(PINE, INK, .35)), (1, mix(SLATE, INK, .75)), y0=1560, y1=H), edge=GOLD, eop=.5, ridge=line(rr), shadow=.07, size=60)
    pine(a, 820, 2030, 1080, lean=.10, flip=-1, trunk=INK, dark=mix(PINE, INK, .2), edge=GOLD, needles=mix(PINE, GOLD, .4), tiers=6, spread=.36)
    pine(a, 3560, 1840, 720, lean=.18, flip=-1, trunk=INK, dark=mix(PINE, INK, .2), edge=GOLD, needles=mix(PINE, GOLD, .4), tiers=6, spread=.44)
    return [a]
