"""Places and objects of the events: the lane house in Shanghai, the hall of Gutian, the well, the telegraph desk, the river."""
from things import *

STONE = mix(PAPER, SLATE, .22)
BRICK, BRICK2 = mix(SLATE, PAPER, .24), mix(CINNABAR, INK2, .36)


def courses(a, x0, y0, x1, y1, h, colour, op=.35, dash=58, sw=2):
    """Courses of brick: level joints, and upright ones set off by half a brick."""
    d = up = ''
    k = 0
    y = y0
    while y < y1:
        d += 'M%s %sH%s' % (num(x0), num(y), num(x1))
        x = x0 + (dash / 2 if k % 2 else dash)
        while x < x1:
            up += 'M%s %sv%s' % (num(x), num(y), num(min(h, y1 - y)))
            x += dash
        y += h
        k += 1
    a.path(d, stroke=colour, sw=sw, op=op, cap='butt')
    a.path(up, stroke=colour, sw=sw, op=op * .8, cap='butt')


def shaded(a, d, fill, edge=GOLD, op=.5, sw=3, shade=.10, size=20):
    a.path(d, stroke=DARK, sw=size, op=shade)
    a.path(d, fill)
    a.path(d, stroke=edge, sw=sw, op=op)


def shikumen():
    """Wangzhi Road 106, Shanghai, in 1921: a row of shikumen houses, grey brick with red bands, black doors in stone."""
    a = Art('shikumen', 106)
    r = a.rng
    a.layer('l0-sky')
    sky(a, (0, mix('#3F6076', PAPER, .50)), (.28, mix('#5E7F90', PAPER, .74)), (.52, mix(PAPER, GOLD, .35)), (1, PAPER2))
    sky_lines(a, 40, 640, PAPER, .35, n=20)
    sun(a, 2920, 470, 190, mix(GOLD, '#FFFFFF', .35), mix(GOLD, OCHRE, .30), glow=GOLD, gr=3.2, gop=.6)
    for x, y, w, k in ((760, 250, 1000, 2), (2140, 180, 800, 2), (3560, 300, 800, 1)):
        cloud(a, x, y, w, mix(PAPER, '#FFFFFF', .3), rows=k, h=38, op=.9, edge=OCHRE)

    # Roofs of the quarter behind, in haze.
    a.layer('l1-quarter')
    for y, k, s, n in ((700, .26, 330, 15), (800, .42, 420, 12)):
        c, t = mix(PAPER, mix(SLATE, INK2, .3), k), mix(PAPER, SLATE, k + .16)
        for i in range(n):
            x = -240 + i * (W + 480) / n + r.uniform(-40, 40)
            hh = s * r.uniform(.62, 1.0)
            a.path(rect(x - s * .46, y - hh, s * .92, hh + 400), c)
            g = line([(x - s * .55, y - hh + 6), (x - s * .40, y - hh - s * .26), (x + s * .40, y - hh - s * .26), (x + s * .55, y - hh + 6)], True)
            a.path(g, t)
            a.path(rect(x + s * .16, y - hh - s * .42, s * .10, s * .20), mix(t, INK, .15))
            a.path([rect(x - s * .3 + j * s * .26, y - hh * .72, s * .11, s * .2) for j in range(3)], mix(c, INK2, .32))
    mist(a, 860, 360, mix(PAPER, GOLD, .28), .95)

    # The row: five houses, one roof.
    a.layer('l2-row')
    eaves, ground = 830, 1760
    roofline = line([(-OV, eaves), (-OV, eaves - 190), (W + OV, eaves - 190), (W + OV, eaves)], True)
    shaded(a, roofline, a.lin((0, mix(SLATE, INK, .32)), (1, mix(SLATE, INK, .55)), y0=640, y1=830))
    a.path([lens(x, eaves - 186, x + 4, eaves - 4, 2.3) for x in range(-OV, W + OV, 26)], mix(GOLD, SLATE, .55), .55)
    a.path(rect(-OV, eaves - 206, W + 2 * OV, 22), mix(INK, SLATE, .2))
    a.path(rect(-OV, eaves - 6, W + 2 * OV, 18), mix(INK, DARK, .3))
    wall = a.lin((0, mix(BRICK, INK, .10)), (.5, BRICK), (1, mix(BRICK, INK, .26)), y0=eaves, y1=ground)
    a.path(rect(-OV, eaves + 10, W + 2 * OV, ground - eaves), wall)
    courses(a, -OV, eaves + 16, W + OV, ground, 26, mix(PAPER, BRICK, .15), .26, dash=74)
    for y, h in ((eaves + 12, 40), (1196, 56), (1290, 22)):         # red brick bands
        a.path(rect(-OV, y, W + 2 * OV, h), a.lin((0, BRICK2), (1, mix(BRICK2, INK, .25)), y0=y, y1=y + h))
        courses(a, -OV, y, W + OV, y + h, 20, PAPER, .30, dash=56)
        a.path(rect(-OV, y, W + 2 * OV, 4), GOLD, .35)
    bay = 736
    for k in range(-2, 3):
        x = 1920 + k * bay
        lit = k == 0
        glow = a.lin((0, mix(GOLD, '#FFFFFF', .38)), (1, mix(GOLD, OCHRE, .4)))
        dark = a.lin((0, mix(SLATE, INK, .55)), (1, mix(SLATE, INK, .3)))
        for ox in (-196, 196):                           # upper windows with shutters
            wx, wy, ww, wh = x + ox, 916, 148, 236
            a.path(rect(wx - ww / 2 - 18, wy - 16, ww + 36, wh + 34), STONE)
            a.path(rect(wx - ww / 2, wy, ww, wh), glow if lit else dark)
            a.path(rect(wx - 4, wy, 8, wh) + ''.join(rect(wx - ww / 2, wy + wh * j / 4 - 3, ww, 6) for j in (1, 2, 3)), mix(DEEP, INK, .25))
            for s in (-1, 1):
                sx = wx + s * (ww / 2 + 44)
                a.path(rect(sx - 34, wy - 4, 68, wh + 8), a.lin((0, mix(CINNABAR, DEEP, .35)), (1, DEEP)))
                a.path([lens(sx - 28, wy + 12 + j * 19, sx + 28, wy + 12 + j * 19, 2) for j in range(12)], mix(OCHRE, DEEP, .3), .7)
            a.path(arch(wx - ww / 2 - 22, wy - 14, ww + 44, 62), BRICK2)
            a.path(arch(wx - ww / 2 - 2, wy - 14, ww + 4, 38), mix(BRICK, PAPER, .2))
        # the stone-framed door with its pediment
        dw, top = 232, 1392
        a.path(rect(x - dw / 2 - 58, top - 22, dw + 116, ground - top + 22), a.lin((0, mix(STONE, PAPER, .45)), (1, mix(STONE, SLATE, .18))))
        a.path(rect(x - dw / 2 - 58, top - 22, 6, ground - top + 22), PAPER, .8)
        courses(a, x - dw / 2 - 58, top + 30, x - dw / 2, ground, 84, INK2, .30, dash=400)
        courses(a, x + dw / 2, top + 30, x + dw / 2 + 58, ground, 84, INK2, .30, dash=400)
        ped = 'M%s %sv-44q%s -150 %s -150q%s 0 %s 150v44z' % (num(x - 218), num(top - 22), num(60), num(218), num(158), num(218))
        shaded(a, ped, a.lin((0, mix(BRICK2, OCHRE, .25)), (1, BRICK2)), size=16)
        a.path('M%s %sq%s -104 %s -104q%s 0 %s 104z' % (num(x - 150), num(top - 60), num(42), num(150), num(108), num(150)), mix(BRICK2, PAPER, .30))
        q = ''
        for j in range(-4, 5):                           # leaves of the carving
            an = j * .33
            q += lens(x + math.sin(an) * 18, top - 66 - math.cos(an) * 10, x + math.sin(an) * 120, top - 66 - math.cos(an) * 82, 8)
        a.path(q, mix(BRICK2, INK, .15), .8)
        a.path(rect(x - 236, top - 40, 472, 20), mix(STONE, PAPER, .4))
        a.path(rect(x - dw / 2, top, dw, ground - top), mix(INK, DARK, .35))
        for s in (-1, 1):
            lx = x + s * dw / 4
            a.path(rect(lx - dw / 4 + 6, top + 8, dw / 2 - 12, ground - top - 12), a.lin((0, mix(INK, SLATE, .20)), (1, mix(INK, DARK, .4))))
            a.path(rect(lx - dw / 4 + 6, top + 8, 4, ground - top - 12), GOLD, .35)
            a.circle(x + s * 36, 1580, 19, 'none', 1, OCHRE, 6)
            a.circle(x + s * 36, 1562, 8, OCHRE)
        a.path(line([(x - dw / 2 - 84, ground), (x + dw / 2 + 84, ground), (x + dw / 2 + 112, ground + 34), (x - dw / 2 - 112, ground + 34)], True), mix(STONE, PAPER, .3))
        for s in (-1, 1):                                # pilaster between the houses
            a.path(rect(x + s * bay / 2 - 20, eaves + 10, 40, ground - eaves - 10), a.lin((0, BRICK2), (1, mix(BRICK2, INK, .3)), y0=eaves, y1=ground))
            courses(a, x + s * bay / 2 - 20, eaves + 10, x + s * bay / 2 + 20, ground, 26, PAPER, .25, dash=40)
    # number plate and a lamp on its bracket by the middle door
    a.path(rect(2126, 1470, 66, 42), '#2E5A86')
    a.path(rect(2126, 1470, 66, 42), stroke=PAPER, sw=4)
    a.glow(1640, 1330, 240, GOLD, .75)
    a.path('M1560 1250h84v46', stroke=INK, sw=9)
    a.path(line([(1606, 1296), (1674, 1296), (1662, 1376), (1618, 1376)], True), a.lin((0, '#FFF4D6'), (1, GOLD)))
    a.path(line([(1606, 1296), (1640, 1266), (1674, 1296)], True) + rect(1614, 1376, 52, 9), INK)

    a.layer('l3-street')
    a.path(rect(-OV, ground + 34, W + 2 * OV, H), a.lin((0, mix(STONE, PAPER, .35)), (.4, mix(SLATE, PAPER, .40)), (1, mix(SLATE, INK, .25)), y0=ground, y1=H))
    a.path(rect(-OV, ground + 34, W + 2 * OV, 16), mix(SLATE, INK, .25), .6)
    q = ''
    for k in range(11):
        t = k / 10
        y = ground + 60 + 360 * t ** 1.4
        q += 'M%s %sH%s' % (-OV, num(y), W + OV)
        step = lerp(120, 330, t)
        x = -OV + (step / 2 if k % 2 else 0)
        nxt = ground + 60 + 360 * ((k + 1) / 10) ** 1.4
        while x < W + OV:
            q += 'M%s %sL%s %s' % (num(x), num(y), num(x + (x - 1920) * .03), num(nxt))
            x += step
    a.path(q, stroke=mix(INK, SLATE, .4), sw=3, op=.38)
    ripples(a, ground + 70, 2180, PAPER, .28, n=46, wmin=80, wmax=420)
    # a rickshaw waiting, its shafts down
    x, y = 2790, 1892
    a.path(oval(x + 20, y + 8, 250, 22), DARK, .20)
    a.circle(x + 90, y - 92, 98, 'none', 1, INK, 9)
    a.path([lens(x + 90, y - 92, x + 90 + math.cos(j * math.pi / 6) * 96, y - 92 + math.sin(j * math.pi / 6) * 96, 2) for j in range(12)], INK)
    a.path('M%s %sh150q40 0 46-40l26-150h-26l-40 110h-180z' % (x - 60, y - 120), mix(DEEP, INK, .2))
    a.path('M%s %sq20-180 190-176l-14 168z' % (x - 10, y - 222), mix(INK, SLATE, .25))
    a.path('M%s %sq20-180 190-176' % (x - 10, y - 222), stroke=GOLD, sw=4, op=.5)
    a.path(line([(x + 40, y - 120), (x - 360, y - 8), (x - 366, y - 18), (x + 30, y - 134)], True), mix(INK2, INK, .4))

    # A plane tree, leaning in from the left; leaves hang across the top.
    a.layer('l4-tree')
    a.path(limb([(330, 2300), (348, 1900), (330, 1500), (372, 1100), (350, 700), (420, 330)], 120, 46)
           + limb([(356, 1040), (560, 760), (760, 620), (980, 560)], 52, 14) + limb([(352, 900), (150, 640), (-120, 520)], 50, 16), mix(INK2, INK, .35))
    a.path([lens(r.uniform(286, 384), y, r.uniform(300, 380), y + r.uniform(30, 90), 3) for y in range(760, 2160, 34)], mix(OCHRE, INK2, .3), .55)
    for x, y, s, c in ((-60, 470, 170, 0), (180, 330, 190, 1), (420, 250, 210, 0), (660, 400, 180, 1), (880, 500, 150, 0), (1010, 590, 96, 1), (330, 520, 150, 1), (60, 620, 130, 0)):
        leafy(a, x, y + 180, s, mix(PINE, INK, .12 if c else .34), edge=GOLD, h=40, shadow=.05)

    a.layer('l5-kerb')
    pts = rough([(-OV, 2070), (600, 2086), (1500, 2118), (2600, 2112), (3400, 2080), (W + OV, 2060)], .012, r, 3)
    a.ground(pts, a.lin((0, mix(SLATE, INK, .6)), (1, INK), y0=2050, y1=H), edge=GOLD, eop=.4, shadow=.06)
    return a


def gutian():
    """The meeting hall of Gutian: a low clan hall with white walls below a wooded ridge, fields of rape before it."""
    a = Art('gutian', 1929)
    r = a.rng
    a.layer('l0-sky')
    sky(a, (0, mix('#5E7F90', PAPER, .45)), (.34, mix('#7F9AA5', PAPER, .70)), (.6, mix(PAPER, GOLD, .30)), (1, PAPER2))
    sky_lines(a, 40, 800, PAPER, .35, n=22)
    sun(a, 2620, 560, 190, mix(GOLD, '#FFFFFF', .4), mix(GOLD, OCHRE, .25), glow=GOLD, gr=3.4, gop=.6)
    for x, y, w, k in ((820, 360, 1000, 2), (1760, 240, 800, 1), (3300, 300, 900, 2)):
        cloud(a, x, y, w, mix(PAPER, '#FFFFFF', .3), rows=k, h=38, op=.9, edge=OCHRE)

    a.layer('l1-far')
    haze = mix(PAPER, GOLD, .35)
    for y, k, wv in ((800, .22, 760), (900, .36, 560)):
        pts = hills(y, 150, wv, r, step=44, shape=lambda x: bump(x, 900, 700, 160) + bump(x, 3100, 800, 190))
        a.ground(pts, a.lin((0, mix(PAPER, mix(SLATE, PINE, .5), k)), (1, haze), y0=y - 200, y1=1240), bottom=1320, smooth=True, edge=PAPER, shadow=.02, eop=.5)
        gullies(a, pts, mix(PAPER, mix(SLATE, PINE, .5), k + .22), depth=(110, 280), op=.5, floor=lambda x: 1230)
    mist(a, 1150, 260, haze, .9)

    a.layer('l2-wood')
    ridge = hills(1010, 70, 620, r, step=40, shape=lambda x: bump(x, 1920, 1100, 170))
    a.ground(ridge, a.lin((0, mix(PINE, INK, .10)), (1, mix(PINE, GOLD, .35)), y0=840, y1=1500), bottom=1620, smooth=True, edge=PAPER, shadow=.05)
    for k in range(5):
        row = [(x, y + k * 62) for x, y in ridge]
        firs(a, row, mix(PINE, INK, .30 - .05 * k) if k % 2 else mix(PINE, PAPER, .06 + .03 * k), -OV, W + OV, step=(26, 56), h=(56, 120))

    a.layer('l3-hall')
    ground = 1560
    white = a.lin((0, mix(PAPER, '#FFFFFF', .45)), (1, mix(PAPER2, OCHRE, .12)), y0=1200, y1=ground)
    tile = a.lin((0, mix(SLATE, INK, .30)), (1, mix(SLATE, INK, .58)))

    def block(x, w, h, roof_h, door=False, win=2):
        a.path(rect(x - w / 2, ground - h, w, h), white)
        a.path(rect(x - w / 2, ground - 52, w, 52), mix(SLATE, PAPER, .30))
        courses(a, x - w / 2, ground - 52, x + w / 2, ground, 26, INK, .25, dash=60)
        for i in range(win):
            wx = x - w / 2 + w * (i + .5) / win
            if door and abs(wx - x) < 130:
                continue
            a.path(rect(wx - 46, ground - h * .62, 92, 104), mix(DEEP, INK2, .4))
            a.path([rect(wx - 38 + j * 20, ground - h * .62 + 8, 12, 88) for j in range(4)], mix(GOLD, PAPER, .25))
        d = 'M%s %sQ%s %s %s %sH%sQ%s %s %s %sl0 18H%sz' % tuple(num(v) for v in (
            x - w / 2 - 46, ground - h, x - w / 2 - 6, ground - h - roof_h * .42, x - w / 2 + 20, ground - h - roof_h,
            x + w / 2 - 20, x + w / 2 + 6, ground - h - roof_h * .42, x + w / 2 + 46, ground - h, x - w / 2 - 46))
        shaded(a, d, tile, size=22)
        n = int(w / 24)
        a.path([lens(x + (j / n * 2 - 1) * (w / 2 - 24), ground - h - roof_h + 6, x + (j / n * 2 - 1) * (w / 2 + 40), ground - h - 2, 2.4) for j in range(1, n)], mix(GOLD, SLATE, .5), .6)
        for s in (-1, 1):                                # swallow-tail ends of the ridge
            ex = x + s * (w / 2 - 20)
            a.path(line([(ex - s * 70, ground - h - roof_h - 16), (ex, ground - h - roof_h - 20), (ex + s * 56, ground - h - roof_h - 62), (ex + s * 30, ground - h - roof_h - 8), (ex - s * 70, ground - h - roof_h + 6)], True), mix(INK, SLATE, .25))
        a.path(rect(x - w / 2 + 20, ground - h - roof_h - 16, w - 40, 22), mix(INK, SLATE, .25))

    block(1920, 1010, 380, 150, win=5)                   # rear hall, higher
    for s in (-1, 1):
        block(1920 + s * 700, 420, 250, 104, win=2)
    # front: a low gatehouse with a stepped gable
    gw = 620
    a.path(rect(1920 - gw / 2, ground - 230, gw, 230), white)
    a.path(rect(1920 - gw / 2, ground - 52, gw, 52), mix(SLATE, PAPER, .30))
    courses(a, 1920 - gw / 2, ground - 52, 1920 + gw / 2, ground, 26, INK, .25, dash=60)
    d = 'M%s %sQ%s %s %s %sH%sQ%s %s %s %sl0 18H%sz' % tuple(num(v) for v in (
        1920 - gw / 2 - 46, ground - 232, 1920 - gw / 2, ground - 290, 1920 - gw / 2 + 40, ground - 342,
        1920 + gw / 2 - 40, 1920 + gw / 2, ground - 290, 1920 + gw / 2 + 46, ground - 232, 1920 - gw / 2 - 46))
    shaded(a, d, tile, size=22)
    a.path([lens(1920 + j * 23, ground - 336, 1920 + j * 26.4, ground - 232, 2.4) for j in range(-12, 13)], mix(GOLD, SLATE, .5), .6)
    a.path(rect(1920 - gw / 2 + 30, ground - 356, gw - 60, 20), mix(INK, SLATE, .25))
    a.path(rect(1920 - 96, ground - 204, 192, 204), mix(SLATE, PAPER, .2))
    a.path(rect(1920 - 72, ground - 182, 144, 182), mix(INK, DARK, .4))
    a.path(rect(1920 - 60, ground - 172, 120, 172), a.lin((0, mix(GOLD, OCHRE, .3)), (1, mix(OCHRE, INK2, .3))))
    for s in (-1, 1):
        a.path(line([(1920 + s * 72, ground - 182), (1920 + s * 40, ground - 170), (1920 + s * 40, ground), (1920 + s * 72, ground)], True), mix(DEEP, INK, .2))
        a.path(rect(1920 + s * 200 - 42, ground - 190, 84, 84), mix(SLATE, INK2, .3))
        a.path([rect(1920 + s * 200 - 34 + j * 18, ground - 182, 10, 68) for j in range(4)], mix(GOLD, PAPER, .25))
        lantern(a, 1920 + s * 130, ground - 160, 24, 22)
    broadleaf(a, 1010, ground + 6, 520, mix(PINE, INK, .40), mix(PINE, INK, .16))
    broadleaf(a, 2880, ground + 6, 600, mix(PINE, INK, .40), mix(PINE, INK, .16))

    # Fields of rape in rows, a path, the pond's edge.
    a.layer('l4-field')
    a.path(rect(-OV, ground, W + 2 * OV, H), a.lin((0, mix(PINE, GOLD, .48)), (1, mix(PINE, INK, .05)), y0=ground, y1=H))
    a.path('M1840 %sQ1780 1740 1540 1960Q1400 2100 1300 2420H2540Q2440 2100 2300 1960Q2060 1740 2000 %sz' % (ground, ground), a.lin((0, mix(PAPER, GOLD, .45)), (1, mix(OCHRE, PAPER, .30)), y0=ground, y1=H))
    for k in range(9):
        t = k / 8
        y = ground + 36 + 560 * t ** 1.25
        d = e = ''
        x = -OV
        while x < W + OV:
            half = lerp(150, 760, t)
            if abs(x - 1920) > half * .62 + 60:
                s = lerp(9, 36, t) * r.uniform(.7, 1.2)
                d += oval(x, y + r.uniform(-.4, .4) * s, s * 1.5, s * .8)
                e += oval(x + s * .3, y - s * .7, s * .8, s * .42)
            x += lerp(22, 74, t)
        a.path(d, mix(PINE, GOLD, .25))
        a.path(e, mix(GOLD, OCHRE, .15))
    d = ''.join(figure(x, y, h, k, f) for x, y, h, k, f in ((1990, 1668, 100, 0, -1), (1890, 1640, 86, 2, 1)))
    a.path(d, stroke=GOLD, sw=4, op=.6)
    a.path(d, INK)

    a.layer('l5-near')
    for s in (-1, 1):
        X = lambda v: 1920 + s * (v - 1920)
        pts = [(X(v), y) for v, y in ((4140, 1860), (3760, 1890), (3300, 1990), (3020, 2080), (2860, 2170), (2800, H + OV))]
        q = rough(pts, .06, r, 3)
        a.sheet(line(q) + 'H%sz' % num(X(4140)), a.lin((0, mix(PINE, INK, .45)), (1, INK), y0=1860, y1=H), edge=GOLD, eop=.5, ridge=line(q), shadow=.07, size=56)
    pine(a, 3560, 1930, 760, lean=.16, flip=-1, trunk=INK, dark=mix(PINE, INK, .34), edge=GOLD, needles=mix(PINE, GOLD, .4))
    return a


def redwell():
    """The well of Shazhouba: a round stone kerb under an old camphor tree, a bucket on its rope, the village beyond."""
    a = Art('redwell', 1933)
    r = a.rng
    a.layer('l0-sky')
    sky(a, (0, mix('#5E7F90', PAPER, .62)), (.4, PAPER), (.62, mix(PAPER, GOLD, .40)), (1, PAPER2))
    sky_lines(a, 40, 860, mix(PINE, PAPER, .6), .28, n=22)
    sun(a, 2860, 640, 200, mix(GOLD, '#FFFFFF', .4), mix(GOLD, OCHRE, .3), glow=GOLD, gr=3.3, gop=.6)
    for x, y, w, k in ((2240, 330, 1000, 2), (3500, 380, 800, 1)):
        cloud(a, x, y, w, mix(PAPER, '#FFFFFF', .3), rows=k, h=38, op=.9, edge=OCHRE)

    a.layer('l1-hills')
    haze = mix(PAPER, GOLD, .38)
    for y, k, wv in ((960, .20, 700), (1060, .34, 520)):
        pts = hills(y, 110, wv, r, step=44, shape=lambda x: bump(x, 3000, 900, 120))
        a.ground(pts, a.lin((0, mix(PAPER, mix(SLATE, PINE, .55), k)), (1, haze), y0=y - 150, y1=1300), bottom=1340, smooth=True, edge=PAPER, shadow=.02, eop=.5)
        hill_cuts(a, pts, mix(PINE, PAPER, .3), .3, step=(50, 120), length=(40, 110))
    mist(a, 1270, 220, haze, .9)

    a.layer('l2-village')
    base = hills(1340, 10, 400, r, step=60)
    grove(a, base, mix(PINE, PAPER, .34), -OV, W + OV, r=(34, 78), sink=4)
    for x, w in ((2380, 280), (2680, 340), (3040, 300), (3360, 360), (3700, 300), (880, 320), (560, 280), (220, 330)):
        house(a, x, 1352 + r.uniform(-6, 14), w, w * .38, mix(mix(OCHRE, PAPER, .48), INK2, .10), mix(SLATE, INK, .25), mix(GOLD, PAPER, .2), n=3)
    a.path(rect(-OV, 1346, W + 2 * OV, 900), a.lin((0, mix(PINE, GOLD, .46)), (.4, mix(PINE, OCHRE, .42)), (1, mix(INK2, PINE, .4)), y0=1340, y1=H))
    for k in range(8):                                   # paddy fields
        y = 1376 + k * 34
        a.path([lens(x, y, x + r.uniform(120, 420), y + 3, 4 + k) for x in range(-OV, W + OV, 300)], mix(PAPER, '#7FA39A', .4), .55)
    mist(a, 1400, 120, haze, .5)

    a.layer('l3-camphor')
    tx = 1120
    a.path(limb([(tx - 30, 1900), (tx - 10, 1560), (tx + 36, 1220), (tx + 10, 900), (tx + 60, 560)], 250, 90)
           + limb([(tx + 20, 1260), (tx + 300, 940), (tx + 640, 760), (tx + 980, 690)], 120, 26)
           + limb([(tx, 1140), (tx - 330, 860), (tx - 700, 700), (tx - 980, 640)], 120, 30)
           + limb([(tx + 20, 960), (tx + 260, 620), (tx + 420, 380)], 90, 24)
           + ''.join(limb([(tx, 1840), (tx + s * 130, 1900), (tx + s * 300, 1950)], 110, 8) for s in (-1, 1)), mix(INK2, INK, .45))
    q = ''
    for _ in range(90):
        y = r.uniform(760, 1880)
        x = tx + r.uniform(-90, 100)
        q += lens(x, y, x + r.uniform(-16, 16), y + r.uniform(50, 130), 3.4)
    a.path(q, mix(OCHRE, INK2, .35), .5)
    crowns = [(tx + u * 130 + r.uniform(-50, 50), 470 + abs(u) ** 1.6 * 26 + r.uniform(-60, 60), r.uniform(170, 240)) for u in range(-7, 9)]
    crowns += [(tx + u * 170 + r.uniform(-40, 40), 300 + abs(u) ** 1.7 * 34, r.uniform(160, 220)) for u in range(-4, 6)]
    crowns += [(tx + u * 210 + r.uniform(-40, 40), 660 + r.uniform(-30, 50), r.uniform(120, 170)) for u in (-4, -3, -2, 2, 3, 4)]
    for i, (x, y, s) in enumerate(sorted(crowns, key=lambda c: c[1])):
        leafy(a, x, y + s, s, mix(PINE, INK, (.40, .22, .06)[i % 3]) if i % 3 else mix(PINE, GOLD, .14), edge=GOLD if i % 2 else None, h=s * .5, shadow=.05)

    # The well: paved ring, kerb of one stone, rope and bucket.
    a.layer('l4-well')
    cx, cy = 1920, 1790
    a.path('M-260 1640Q900 1600 1920 1616Q2960 1604 4100 1640V2420H-260z', a.lin((0, mix(OCHRE, GOLD, .30)), (.5, mix(OCHRE, INK2, .30)), (1, mix(INK2, INK, .2)), y0=1610, y1=2160))
    a.path(oval(cx, cy + 70, 660, 200), DARK, .16)
    a.path(oval(cx, cy + 52, 640, 190), a.lin((0, mix(STONE, PAPER, .35)), (1, mix(SLATE, PAPER, .25))))
    q = ''
    for k in range(26):
        an = k * 2 * math.pi / 26
        q += lens(cx + math.cos(an) * 380, cy + 52 + math.sin(an) * 112, cx + math.cos(an) * 636, cy + 52 + math.sin(an) * 188, 3)
    a.path(q, INK2, .5)
    for k in (.72, .86):
        a.path(oval(cx, cy + 52, 640 * k, 190 * k), stroke=INK2, sw=3, op=.4)
    a.path('M%s %sv-150a330 96 0 0 1 660 0v150a330 96 0 0 1-660 0z' % (cx - 330, cy + 60), a.lin((0, mix(STONE, SLATE, .10)), (.35, mix(STONE, PAPER, .35)), (1, mix(SLATE, INK, .35)), box=(0, 0, 1, 0)))
    q = ''
    for k in range(-5, 6):
        x = cx + k * 60
        yy = cy + 60 + 96 * math.sqrt(max(0, 1 - (k * 60 / 330) ** 2))
        q += lens(x, yy - 140, x + 2, yy - 10, 2.4)
    a.path(q, INK2, .35)
    a.path('M%s %sa330 96 0 0 0 660 0' % (cx - 330, cy - 10), stroke=INK2, sw=4, op=.45)
    a.path(oval(cx, cy - 90, 330, 96), mix(STONE, PAPER, .5))
    a.path(oval(cx, cy - 90, 330, 96), stroke=PAPER, sw=5, op=.8)
    a.path(oval(cx, cy - 84, 252, 66), a.lin((0, INK), (.5, mix(SLATE, INK, .5)), (1, mix('#5F8A83', PAPER, .12))))
    a.path([lens(cx - 150, cy - 56 + k * 9, cx + 140, cy - 56 + k * 9, 2.4) for k in range(3)], PAPER, .6)
    a.path([lens(cx - 252 + k * 60, cy - 152 + abs(k - 4) * 9, cx - 236 + k * 60, cy - 120 + abs(k - 4) * 6, 3) for k in range(9)], INK2, .35)
    # bucket on the kerb, carrying pole leaning
    bx, by = cx + 480, cy + 130
    a.path(oval(bx, by + 74, 120, 26), DARK, .22)
    a.path('M%s %sl18 150q82 34 164 0l18-150z' % (bx - 100, by - 80), a.lin((0, mix(OCHRE, PAPER, .18)), (.5, mix(OCHRE, INK2, .25)), (1, mix(INK2, INK, .2)), box=(0, 0, 1, 0)))
    a.path([lens(bx - 84 + k * 28, by - 70, bx - 70 + k * 24, by + 74, 2) for k in range(7)], INK, .4)
    a.path('M%s %sq94 36 188 0M%s %sq88 34 176 0' % (bx - 94, by - 30, bx - 88, by + 24), stroke=mix(INK, SLATE, .4), sw=8)
    a.path(oval(bx, by - 80, 100, 26), mix(SLATE, INK, .2))
    a.path(oval(bx, by - 76, 86, 19), mix('#7FA39A', PAPER, .45))
    a.path('M%s %sC%s %s %s %s %s %s' % (bx - 96, by - 84, bx - 70, by - 250, bx + 70, by - 250, bx + 96, by - 84), stroke=mix(INK2, INK, .3), sw=9)
    a.path('M%s %sC%s %s %s %s %s %sq60 40 150 10q60-30-20-44q-110-8-170 40' % (bx - 8, by - 206, bx - 160, by - 330, cx + 130, cy - 190, cx + 60, cy - 92, ), stroke=mix(OCHRE, PAPER, .25), sw=8)

    a.layer('l5-near')
    for s in (-1, 1):
        X = lambda v: 1920 + s * (v - 1920)
        pts = [(X(v), y) for v, y in ((4140, 1930), (3760, 1950), (3300, 2030), (3000, 2110), (2840, 2180), (2800, H + OV))]
        q = rough(pts, .06, r, 3)
        a.sheet(line(q) + 'H%sz' % num(X(4140)), a.lin((0, mix(PINE, INK, .45)), (1, INK), y0=1900, y1=H), edge=GOLD, eop=.5, ridge=line(q), shadow=.07, size=56)
    reeds(a, 3060, 3900, 2150, 300, mix(PINE, INK, .30), n=46)
    reeds(a, -120, 720, 2170, 280, mix(PINE, INK, .30), n=42)
    return a


def draw():
    return [shikumen(), gutian(), redwell()]
