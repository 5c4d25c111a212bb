"""Along the Long March: the floating bridge, the gorge, the house in Zunyi, snow, grass, the pass, the loess."""
from places import STONE, courses, shaded
from things import *

COLD = mix(SLATE, PAPER, .30)


def band(a, y, amp, wave, c, haze, y1, edge=PAPER, cuts=None, shape=None, shadow=.02, step=40):
    pts = hills(y, amp, wave, a.rng, step=step, shape=shape)
    a.ground(pts, a.lin((0, c), (1, haze), y0=y - amp * 1.3, y1=y1), bottom=y1 + 60, smooth=True, edge=edge, shadow=shadow, eop=.5)
    if cuts:
        gullies(a, pts, cuts, depth=(100, 280), op=.5, floor=lambda x: y1)
    return pts


def corner(a, pts, fill, eop=.45):
    """A dark near slope in one lower corner; pts run from the edge of the sheet to its foot."""
    q = rough(pts, .07, a.rng, 3)
    a.sheet(line(q) + 'H%sz' % num(pts[0][0]), fill, edge=GOLD, eop=eop, ridge=line(q), shadow=.07, size=56)
    return q


def zunyi():
    """The house of the meeting: two storeys, arcades below and above, a hipped roof with dormers."""
    a = Art('zunyi', 1935)
    r = a.rng
    a.layer('l0-sky')
    sky(a, (0, mix('#3F6076', PAPER, .42)), (.30, mix('#5E7F90', PAPER, .66)), (.55, mix(PAPER, GOLD, .34)), (1, PAPER2))
    sky_lines(a, 40, 800, PAPER, .34, n=24)
    sun(a, 2780, 480, 190, mix(GOLD, '#FFFFFF', .35), mix(GOLD, OCHRE, .3), glow=GOLD, gr=3.4, gop=.65)
    for x, y, w, k in ((760, 330, 1000, 2), (1900, 210, 860, 2), (3520, 300, 820, 1)):
        cloud(a, x, y, w, mix(PAPER, '#FFFFFF', .3), rows=k, h=38, op=.9, edge=OCHRE)
    a.layer('l1-hills')
    haze = mix(PAPER, GOLD, .34)
    for x, top, w in ((420, 640, 620), (1120, 760, 420), (2900, 700, 520), (3560, 600, 660)):
        mountain(a, x, top, w, w, 1400, mix(mix(SLATE, PINE, .35), PAPER, .42), haze, mix(SLATE, INK, .1), style='dome', facets=6, cuts=20, cut_col=mix(SLATE, INK, .2), cut_op=.4,
                 lit_col=mix(PAPER, GOLD, .3))
    mist(a, 1250, 380, haze, .95)
    a.layer('l2-wood')
    w1 = hills(1330, 26, 420, r, step=50)
    grove(a, w1, mix(PINE, PAPER, .22), -OV, W + OV, r=(70, 130), sink=10, foot=430)
    a.layer('l3-house')
    ground, eaves, mid = 1700, 1010, 1362
    x0, x1 = 1200, 2640
    cx, w = 1920, x1 - x0
    grey = a.lin((0, mix(SLATE, PAPER, .42)), (1, mix(SLATE, PAPER, .28)), y0=eaves, y1=ground)
    tile = a.lin((0, mix(SLATE, INK, .38)), (1, mix(SLATE, INK, .66)), y0=700, y1=eaves)
    a.path(rect(x0, eaves - 10, w, ground - eaves + 10), grey)
    courses(a, x0, eaves, x1, ground, 24, PAPER, .22, dash=66)
    n = 7
    pw = w / n
    glow = a.lin((0, mix(GOLD, '#FFFFFF', .38)), (1, mix(GOLD, OCHRE, .4)))
    white = mix(PAPER, '#FFFFFF', .25)
    for i in range(n):
        x = x0 + pw * i + pw / 2
        a.path(arch(x - 76, mid - 30, 152, 262), white)                          # upper gallery
        a.path(arch(x - 62, mid - 30, 124, 248), glow)
        q = rect(x - 3, mid - 278, 6, 248)
        for k in (1, 2, 3):
            q += rect(x - 62, mid - 30 - k * 50, 124, 5)
        a.path(q, mix(DEEP, INK, .25))
        a.path(rect(x - 66, mid - 86, 132, 8) + ''.join(rect(x - 62 + k * 17, mid - 80, 5, 50) for k in range(8)), mix(DEEP, INK, .3))
        a.path(arch(x - 80, ground, 160, 296), white)                            # arcade on the ground
        a.path(arch(x - 64, ground, 128, 280), a.lin((0, mix(INK, SLATE, .2)), (1, mix(INK, DEEP, .25))))
        a.path(rect(x - 26, ground - 176, 52, 176), mix(GOLD, OCHRE, .45) if i == 3 else mix(DEEP, INK, .35))
    for i in range(n + 1):                               # pillars
        x = x0 + pw * i
        a.path(rect(x - 17, eaves + 6, 34, ground - eaves - 6), a.lin((0, mix(BRICKY, PAPER, .12)), (1, mix(BRICKY, INK, .2)), y0=eaves, y1=ground))
        courses(a, x - 17, eaves + 10, x + 17, ground, 24, PAPER, .25, dash=34)
        a.path(rect(x - 24, mid - 22, 48, 18) + rect(x - 24, eaves + 4, 48, 18), white)
    a.path(rect(x0 - 26, mid - 24, w + 52, 30), a.lin((0, white), (1, mix(PAPER, SLATE, .25))))
    a.path(rect(x0 - 26, mid + 4, w + 52, 7), INK, .3)
    d = roof(cx, eaves, w, 300, 110, 46, .70)
    shaded(a, d, tile, size=26, sw=4)
    roof_tiles(a, cx, eaves, w, 300, 110, 46, mix(GOLD, SLATE, .45), .6, n=64, top=.70, sw=3)
    a.path(rect(cx - w * .35, eaves - 318, w * .70, 24), mix(INK, SLATE, .25))
    for s in (-1, 1):
        ex = cx + s * w * .35
        a.path(line([(ex - s * 40, eaves - 316), (ex + s * 6, eaves - 318), (ex + s * 40, eaves - 366), (ex + s * 26, eaves - 300)], True), mix(INK, SLATE, .25))
        dx = cx + s * 330                                # dormers
        a.path(line([(dx - 92, eaves - 84), (dx - 92, eaves - 168), (dx, eaves - 236), (dx + 92, eaves - 168), (dx + 92, eaves - 84)], True), mix(PAPER, SLATE, .18))
        a.path(arch(dx - 36, eaves - 92, 72, 84), glow)
        a.path(rect(dx - 2.5, eaves - 176, 5, 84) + rect(dx - 36, eaves - 130, 72, 5), mix(DEEP, INK, .25))
        p = line([(dx - 128, eaves - 148), (dx, eaves - 250), (dx + 128, eaves - 148), (dx + 128, eaves - 176), (dx, eaves - 284), (dx - 128, eaves - 176)], True)
        shaded(a, p, mix(SLATE, INK, .55), size=12)
    a.path(line([(x0 - 60, ground), (x1 + 60, ground), (x1 + 92, ground + 44), (x0 - 92, ground + 44)], True), a.lin((0, mix(STONE, PAPER, .4)), (1, mix(SLATE, PAPER, .35)), y0=ground, y1=ground + 44))
    a.layer('l4-yard')
    a.path('M-260 1724Q1900 1690 4100 1724V2420H-260z', a.lin((0, mix(PAPER, OCHRE, .34)), (.4, mix(OCHRE, INK2, .25)), (1, mix(INK2, INK, .3)), y0=1700, y1=H))
    a.path('M1760 1744L1430 2420H2410L2080 1744z', a.lin((0, mix(STONE, PAPER, .4)), (1, mix(SLATE, PAPER, .30)), y0=1744, y1=H))
    q = ''
    for k in range(9):
        t = k / 8
        y = 1760 + 400 * t ** 1.4
        half = 160 + 330 * (y - 1744) / 676 * 1.0
        q += 'M%s %sH%s' % (num(1920 - half), num(y), num(1920 + half))
    a.path(q, stroke=INK2, sw=3, op=.35)
    ripples(a, 1760, 2200, mix(INK2, OCHRE, .3), .35, n=60, wmin=60, wmax=280)
    fd = figure(1800, 1792, 108, 0, 1) + figure(2010, 1830, 120, 2, -1)
    a.path(fd, stroke=GOLD, sw=4, op=.6)
    a.path(fd, INK)
    a.layer('l5-trees')
    for x, y, h in ((760, 1840, 900), (3120, 1850, 960)):
        a.path(oval(x + 30, y + 4, h * .26, h * .035), DARK, .30)
        a.path(''.join(limb([(x, y - h * .03), (x + k * h * .04, y - 4), (x + k * h * .10, y + h * .012)], h * .05, 3) for k in (-1, -.3, .5, 1.1)), INK)
        broadleaf(a, x, y, h, mix(PINE, INK, .42), mix(PINE, INK, .18))
    for s in (-1, 1):
        X = lambda v: 1920 + s * (v - 1920)
        corner(a, [(X(4140), 1880), (X(3700), 1920), (X(3260), 2010), (X(2980), 2110), (X(2860), H + OV)], a.lin((0, mix(PINE, INK, .5)), (1, INK), y0=1860, y1=H))
    return a


BRICKY = mix(SLATE, INK2, .35)


def yudu():
    """The Yudu River by night: a floating bridge of doors on boats, and a long line crossing it."""
    a = Art('yudu', 1017)
    r = a.rng
    a.layer('l0-sky')
    sky(a, (0, mix(SLATE, INK, .45)), (.35, mix(SLATE, '#3F6076', .5)), (.62, mix('#5E7F90', GOLD, .30)), (1, mix(PAPER, GOLD, .5)))
    d = ''.join(oval(r.uniform(0, W), r.uniform(20, 620), s, s) for s in [r.uniform(1.6, 4.2) for _ in range(90)])
    a.path(d, PAPER, .75)
    sky_lines(a, 60, 820, mix(PAPER, SLATE, .3), .16, n=22)
    a.circle(2720, 430, 620, a.rad(2720, 430, 620, (0, mix(GOLD, PAPER, .6), .55), (1, GOLD, 0)))
    a.circle(2720, 430, 130, a.lin((0, mix(PAPER, '#FFFFFF', .3)), (1, mix(GOLD, PAPER, .4)), y0=300, y1=560))
    for x, y, w, k in ((900, 420, 1100, 2), (2620, 530, 760, 1), (3500, 300, 800, 1)):
        cloud(a, x, y, w, mix(SLATE, PAPER, .42), rows=k, h=36, op=.75, edge=GOLD)
    a.layer('l1-hills')
    haze = mix('#7F9AA5', GOLD, .30)
    band(a, 880, 120, 700, mix(SLATE, PAPER, .34), haze, 1220, cuts=mix(SLATE, PAPER, .12))
    band(a, 1000, 90, 520, mix(SLATE, PINE, .3), haze, 1260, cuts=mix(SLATE, INK, .2))
    mist(a, 1220, 200, mix(PAPER, GOLD, .35), .6)
    a.layer('l2-bank')
    bank = hills(1225, 10, 320, r, step=50)
    grove(a, bank, mix(PINE, INK, .35), -OV, 1500, r=(40, 90), sink=8)
    grove(a, bank, mix(PINE, INK, .35), 2420, W + OV, r=(40, 90), sink=8)
    for x, w in ((700, 250), (960, 210), (3060, 240), (3320, 280)):
        house(a, x, 1252, w, w * .36, mix(INK2, SLATE, .4), mix(INK, SLATE, .2), GOLD, n=2)
    a.layer('l3-river')
    a.path(rect(-OV, 1240, W + 2 * OV, 1200), a.lin((0, mix('#7F9AA5', GOLD, .42)), (.25, mix('#3F6076', PAPER, .16)), (1, mix(SLATE, INK, .45)), y0=1240, y1=H))
    glitter(a, 2720, 1270, 2140, 180, 620, mix(GOLD, PAPER, .45), .75, n=36, th=(2.5, 8))
    ripples(a, 1262, 2200, mix(PAPER, '#7F9AA5', .4), .34, n=100, wmin=70, wmax=520)
    ripples(a, 1262, 2200, INK, .28, n=70, wmin=90, wmax=460)

    # The bridge comes from the far bank on the right to the near bank on the left, growing as it comes.
    a.layer('l4-bridge')
    N = 15
    spots = []
    for i in range(N):
        t = i / (N - 1)
        spots.append((lerp(2480, 700, t) - 90 * math.sin(t * math.pi), lerp(1300, 1900, t ** 1.55), lerp(70, 330, t ** 1.4)))
    for x, y, s in spots:
        a.path(oval(x, y + s * .14, s * .72, s * .10), INK, .35)
        a.path(lens(x - s * .6, y + s * .22, x + s * .6, y + s * .22, s * .035), GOLD, .5)
        hull, _ = sampan(x, y + s * .05, s * 1.25, 1, False)
        a.path(hull, a.lin((0, mix(INK2, INK, .1)), (1, INK)))
        a.path(hull, stroke=GOLD, sw=max(1.6, s * .012), op=.5)
    doors = (mix(OCHRE, INK2, .35), mix(OCHRE, INK2, .5), mix(INK2, CINNABAR, .25), mix(OCHRE, PAPER, .10))
    for (xa, ya, sa), (xb, yb, sb) in zip(spots, spots[1:]):
        for k in range(4):                               # doors and bed boards, laid side by side
            t0, t1 = k / 4 + .015, (k + 1) / 4 - .015
            px, py, ps = lerp(xa, xb, t0), lerp(ya, yb, t0) - lerp(sa, sb, t0) * .10, lerp(sa, sb, t0)
            qx, qy, qs = lerp(xa, xb, t1), lerp(ya, yb, t1) - lerp(sa, sb, t1) * .10, lerp(sa, sb, t1)
            a.path(line([(px - ps * .06, py - ps * .10), (qx - qs * .06, qy - qs * .10), (qx + qs * .30, qy + qs * .16), (px + ps * .30, py + ps * .16)], True), r.choice(doors))
        a.path(line([(xa - sa * .07, ya - sa * .20), (xb - sb * .07, yb - sb * .20), (xb - sb * .06, yb - sb * .19), (xa - sa * .06, ya - sa * .19)], True), GOLD, .4)
    # the column: small, from behind, a torch here and there
    walkers = []
    for i in range(46):
        t = (i + .5) / 46
        k = t * (N - 1)
        j = min(N - 2, int(k))
        x, y, s = (lerp(spots[j][q], spots[j + 1][q], k - j) for q in range(3))
        walkers.append((x + s * .10, y - s * .06, s))
    for i, (x, y, s) in enumerate(walkers):
        if i % 6 == 2:
            a.glow(x + s * .14, y - s * .60, s * .9, '#FFC46B', .85)
    fd = ''.join(figure(x, y, s * .50, i, 1) for i, (x, y, s) in enumerate(walkers))
    a.path(fd, stroke=GOLD, sw=3, op=.45)
    a.path(fd, INK)
    for i, (x, y, s) in enumerate(walkers):
        if i % 6 == 2:
            a.path(rect(x + s * .12, y - s * .52, max(2, s * .022), s * .34), INK)
            a.path('M%s %sq%s %s 0 %sq%s %s 0 %sz' % tuple(num(v) for v in (x + s * .13, y - s * .50, s * .09, -s * .12, -s * .22, -s * .09, s * .10, s * .22)), mix(GOLD, '#FFFFFF', .3))
    a.layer('l5-near')
    corner(a, [(-OV, 1760), (160, 1780), (520, 1850), (760, 1960), (1000, 2040), (1240, 2140), (1330, H + OV)], a.lin((0, mix(PINE, INK, .5)), (1, INK), y0=1760, y1=H))
    corner(a, [(W + OV, 1800), (3640, 1850), (3300, 1950), (3060, 2060), (2900, 2160), (2840, H + OV)], a.lin((0, mix(SLATE, INK, .6)), (1, INK), y0=1800, y1=H))
    reeds(a, 2980, 3980, 2140, 420, mix(INK, PINE, .3), n=44, head=mix(INK2, GOLD, .35))
    pine(a, 330, 1880, 1100, lean=.12, flip=1, trunk=INK, dark=mix(PINE, INK, .5), edge=GOLD, needles=mix(PINE, GOLD, .3))
    return a


def gorge():
    """A river in a gorge, such as the Wujiang, the Chishui or the Jinsha: steep walls, fast water, three wooden boats."""
    a = Art('gorge', 318)
    r = a.rng
    a.layer('l0-sky')
    sky(a, (0, mix('#5E7F90', PAPER, .48)), (.38, mix(PAPER, '#7F9AA5', .25)), (.6, mix(PAPER, GOLD, .35)), (1, PAPER2))
    sky_lines(a, 40, 820, PAPER, .35, n=22)
    sun(a, 2060, 560, 180, mix(GOLD, '#FFFFFF', .4), mix(GOLD, OCHRE, .25), glow=GOLD, gr=3.6, gop=.6)
    for x, y, w, k in ((1300, 330, 900, 2), (2660, 300, 900, 2)):
        cloud(a, x, y, w, mix(PAPER, '#FFFFFF', .3), rows=k, h=38, op=.9, edge=OCHRE)
    a.layer('l1-far')
    for x, top, w in ((1500, 720, 360), (2380, 660, 400), (1940, 860, 330)):
        mountain(a, x, top, w, w, 1420, mix(mix(SLATE, PINE, .3), PAPER, .52), mix(PAPER, GOLD, .35), mix(SLATE, PAPER, .2), style='steep', facets=5, cuts=16, cut_col=SLATE, cut_op=.35)
    mist(a, 1330, 300, mix(PAPER, GOLD, .3), .95)
    a.layer('l2-walls')
    for x, top, w, s in ((980, 420, 560, 1), (2900, 380, 580, -1)):
        mountain(a, x, top, w, w, 1700, mix(mix(SLATE, PINE, .45), PAPER, .14), mix(PAPER, COLD, .5), mix(SLATE, INK, .35), style='steep', facets=9, cuts=34, cut_col=mix(SLATE, INK, .4), cut_op=.5,
                 lit_col=mix(PAPER, GOLD, .4), light=s)
    mist(a, 1560, 320, mix(PAPER, COLD, .2), .7)
    a.layer('l3-water')
    wat = mix('#3F6672', PAPER, .06)
    a.path(rect(-OV, 1480, W + 2 * OV, 1000), a.lin((0, mix(wat, PAPER, .8), 0), (.12, mix(wat, PAPER, .6)), (.5, mix(wat, PAPER, .18)), (1, mix(wat, SLATE, .5)), y0=1480, y1=2160))
    d = e = ''
    for i in range(230):
        t = ((i + r.random()) / 230) ** 1.2
        y = lerp(1520, 2240, t)
        ln = lerp(60, 420, t) * r.uniform(.5, 1.2)
        x = 1920 + r.uniform(-1, 1) * lerp(520, 1700, t)
        g = lens(x - ln / 2, y, x + ln / 2, y + r.uniform(-6, 6) * t, lerp(1.5, 8, t) * r.uniform(.5, 1.1), bend=-ln * .07 * r.uniform(-1, 1.6))
        if i % 3:
            d += g
        else:
            e += g
    a.path(e, mix(SLATE, INK, .35), .42)
    a.path(d, mix(PAPER, '#FFFFFF', .4), .75)
    a.layer('l4-boats')
    for x, y, w, f in ((1780, 1660, 330, 1), (2180, 1760, 420, 1), (1560, 1880, 560, 1)):
        hull, top = sampan(x, y, w, f, False)
        a.path(oval(x, y + w * .05, w * .5, w * .05), INK, .25)
        people = ''.join(figure(x + (k - 2.5) * w * .13, y - w * .005, w * .26, k, f) for k in range(6))
        a.path(people, stroke=GOLD, sw=4, op=.5)
        a.path(people, INK)
        a.path(hull, a.lin((0, mix(DEEP, INK2, .5)), (1, INK)))
        a.path(hull, stroke=GOLD, sw=3.5, op=.6)
        a.path(line([(x - w * .42, y - w * .20), (x - w * .40, y - w * .21), (x - w * .66, y + w * .10), (x - w * .68, y + w * .09)], True), INK)
        a.path([lens(x - w * .6, y + w * .07 + k * 9, x + w * .56, y + w * .06 + k * 9, 5 - k) for k in range(3)], '#FFFFFF', .8)
    a.layer('l5-cliffs')
    for s in (-1, 1):
        X = lambda v: 1920 + s * (v - 1920)
        p = rough([(X(4140), 560), (X(3860), 640), (X(3560), 900), (X(3330), 1020), (X(3280), 1240), (X(3080), 1420), (X(3120), 1640), (X(2930), 1800), (X(2960), 1960), (X(2780), 2120), (X(2720), H + OV)], .11, r, 3)
        a.sheet(line(p) + 'H%sz' % num(X(4140)), a.lin((0, mix(PINE, INK, .30)), (.4, mix(SLATE, INK, .58)), (1, INK), y0=600, y1=H), edge=GOLD, eop=.55, ridge=line(p), shadow=.07, size=60)
        d = ''
        for _ in range(150):
            x, y = r.uniform(2900, 4080), r.uniform(760, 2180)
            if x < 3360 - (y - 1000) * .42 + 60 or (y < 1000 and x < 3360 + (1000 - y) * 1.1):
                continue
            ln = r.uniform(70, 240)
            d += lens(X(x), y, X(x - ln * r.uniform(.05, .3)), y + ln, r.uniform(1.6, 5), bend=s * ln * .08)
        a.path(d, mix(SLATE, PAPER, .36), .42)
    pine(a, 3440, 1010, 620, lean=.24, flip=-1, trunk=INK, dark=mix(PINE, INK, .34), edge=GOLD, needles=mix(PINE, GOLD, .4))
    pine(a, 470, 980, 560, lean=.2, flip=1, trunk=INK, dark=mix(PINE, INK, .34), edge=GOLD, needles=mix(PINE, GOLD, .4))
    return a


def draw():
    return [zunyi(), yudu(), gorge()]
