"""The snow mountain, the grasslands, the pass and the loess plateau."""
from march import COLD, band, corner
from places import shaded
from things import *


def column(a, pts, n, h0, h1, colour=INK, edge=GOLD, face=1, op=.5):
    """People in single file along pts, from far and small to near and larger."""
    d = ''
    for i in range(n):
        t = (i + .5) / n
        k = t * (len(pts) - 1)
        j = min(len(pts) - 2, int(k))
        x, y = lerp(pts[j][0], pts[j + 1][0], k - j), lerp(pts[j][1], pts[j + 1][1], k - j)
        d += figure(x, y, lerp(h0, h1, t) * a.rng.uniform(.92, 1.06), i, face)
    a.path(d, stroke=edge, sw=3, op=op)
    a.path(d, colour)


def jiajin():
    """Jiajin Mountain: a file of small figures climbs a snow ridge toward the col."""
    a = Art('jiajin', 612)
    r = a.rng
    a.layer('l0-sky')
    sky(a, (0, mix('#2E5A76', SLATE, .3)), (.34, mix('#5E7F90', PAPER, .35)), (.62, mix('#7F9AA5', PAPER, .62)), (1, PAPER))
    sky_lines(a, 40, 860, PAPER, .26, n=26)
    for x, y, w, k in ((700, 330, 1000, 2), (2960, 240, 1000, 2), (3640, 620, 800, 1)):
        cloud(a, x, y, w, mix(PAPER, '#FFFFFF', .5), rows=k, h=40, op=.92, edge=mix(SLATE, PAPER, .5))
    a.layer('l1-range')
    kw = dict(style='alp', amp=.12, shadow=.03, eop=.7, fade=.9)
    for x, top, w, n in ((520, 640, 620, 4), (3380, 560, 700, 5), (2740, 760, 420, 3)):
        massif(a, x, top, w, 1480, mix(PAPER, '#FFFFFF', .5), mix(PAPER, COLD, .15), mix(SLATE, PAPER, .38), n=n, facets=7, cuts=16, cut_col=SLATE, cut_op=.45, shade_op=.62, **kw)
    a.layer('l2-summit')
    massif(a, 1840, 270, 900, 1600, '#FFFFFF', mix(PAPER, COLD, .2), mix(SLATE, '#3F6076', .35), n=6, low=.44, facets=12, cuts=40, cut_col=mix(SLATE, INK, .2), cut_op=.5,
           lit_col=mix(GOLD, PAPER, .3), shade_op=.72, ew=5, **kw)
    mist(a, 1380, 340, mix(PAPER, '#FFFFFF', .4), .85)
    d = ''
    for _ in range(260):                                 # blown snow
        x, y = r.uniform(-OV, W + OV), r.uniform(200, 1900)
        d += lens(x, y, x + r.uniform(20, 90), y + r.uniform(4, 24), r.uniform(1, 3))
    a.path(d, '#FFFFFF', .55)
    a.layer('l3-slope')
    ridge = [(-OV, 1500), (300, 1470), (760, 1520), (1180, 1440), (1560, 1380), (1920, 1290), (2240, 1220), (2560, 1260), (2920, 1380), (3300, 1420), (3720, 1500), (W + OV, 1480)]
    pts = rough(ridge, .06, r, 4)
    a.ground(pts, a.lin((0, '#FFFFFF'), (.45, mix(PAPER, COLD, .16)), (1, mix(COLD, SLATE, .25)), y0=1220, y1=2100), edge='#FFFFFF', eop=.9, ew=5, shadow=.07)
    gullies(a, pts, mix(SLATE, '#3F6076', .4), lit='#FFFFFF', depth=(160, 460), step=(80, 190), op=.45)
    hill_cuts(a, pts, SLATE, .30, step=(20, 60), length=(60, 200), jump=260)
    path_pts = [(2540, 1292), (2380, 1330), (2160, 1368), (2300, 1450), (2480, 1520), (2200, 1600), (1820, 1650), (1560, 1730), (1880, 1840), (2200, 1930), (1900, 2060)]
    trod = curve(path_pts)
    a.path(limb(path_pts, 10, 64), mix(SLATE, PAPER, .42), .40)
    a.path(limb([(x - 4, y - 5) for x, y in path_pts], 5, 34), '#FFFFFF', .8)
    a.layer('l4-column')
    smooth_pts = []
    for i in range(len(path_pts) - 1):
        for k in range(6):
            t = k / 6
            smooth_pts.append((lerp(path_pts[i][0], path_pts[i + 1][0], t), lerp(path_pts[i][1], path_pts[i + 1][1], t)))
    column(a, smooth_pts, 62, 40, 118, mix(INK, DEEP, .2), edge='#FFFFFF')
    a.layer('l5-rocks')
    for s in (-1, 1):
        X = lambda v: 1920 + s * (v - 1920)
        corner(a, [(X(4140), 1690), (X(3800), 1740), (X(3480), 1880), (X(3180), 1960), (X(2960), 2090), (X(2820), 2190), (X(2780), H + OV)], a.lin((0, mix(SLATE, INK, .40)), (1, INK), y0=1700, y1=H), eop=.6)
        d = ''
        for _ in range(50):
            x, y = r.uniform(3000, 4080), r.uniform(1800, 2180)
            if y > 1690 + (4140 - x) * .36 + 40:
                d += lens(X(x), y, X(x - r.uniform(10, 40)), y + r.uniform(50, 130), 3)
        a.path(d, mix(SLATE, PAPER, .4), .4)
    return a


def grassland():
    """The Songpan grasslands: pools among tussocks to the horizon, a rain cloud, a file of small figures."""
    a = Art('grassland', 821)
    r = a.rng
    a.layer('l0-sky')
    sky(a, (0, mix(SLATE, '#5E7F90', .4)), (.34, mix('#5E7F90', PAPER, .42)), (.56, mix(PAPER, GOLD, .42)), (1, PAPER2))
    sky_lines(a, 60, 900, PAPER, .26, n=24)
    for x, y, w, k, t in ((1000, 320, 1700, 3, .38), (2700, 240, 1800, 3, .30), (3500, 520, 1200, 2, .46), (300, 560, 1000, 2, .5)):
        cloud(a, x, y, w, mix(SLATE, PAPER, t), rows=k, h=60, op=.92, edge=PAPER)
    d = ''
    for _ in range(120):
        x, y = r.uniform(1500, 3600), r.uniform(520, 1000)
        d += lens(x, y, x - 26, y + r.uniform(80, 190), 1.6)
    a.path(d, mix(SLATE, PAPER, .35), .35)
    a.layer('l1-hills')
    band(a, 1090, 60, 800, mix(mix(SLATE, PINE, .4), PAPER, .40), mix(PAPER, GOLD, .4), 1240, cuts=mix(SLATE, PAPER, .3))
    band(a, 1150, 40, 600, mix(mix(PINE, SLATE, .3), PAPER, .26), mix(PAPER, GOLD, .35), 1250)
    a.layer('l2-marsh')
    a.path(rect(-OV, 1222, W + 2 * OV, 1200), a.lin((0, mix(PINE, GOLD, .55)), (.3, mix(PINE, GOLD, .36)), (1, mix(PINE, INK, .18)), y0=1222, y1=H))
    mist(a, 1230, 110, mix(PAPER, GOLD, .35), .9)
    water = a.lin((0, mix(PAPER, GOLD, .35)), (.4, mix('#7F9AA5', PAPER, .35)), (1, mix('#3F6672', PAPER, .05)), y0=1250, y1=2140)
    for i in range(64):
        t = ((i + r.random()) / 64) ** 1.15
        y = lerp(1262, 2120, t)
        x = r.uniform(-OV, W + OV)
        if abs(x - 1920 - (y - 1700) * .5) < lerp(60, 300, t):
            continue
        w = lerp(110, 760, t) * r.uniform(.5, 1.1)
        h = w * r.uniform(.055, .095)
        n = 9
        p = [(x + math.cos(k * 2 * math.pi / n) * w / 2 * r.uniform(.8, 1.1), y + math.sin(k * 2 * math.pi / n) * h * r.uniform(.8, 1.2)) for k in range(n)]
        a.path(curve([(px, py + h * .16) for px, py in p], True), mix(PINE, INK, .45), .6)
        a.path(curve(p, True), water)
        a.path([lens(x - w * .3, y + h * .2 * k, x + w * .28, y + h * .2 * k, 2.2) for k in (-1, .4, 1.6)], PAPER, .55)
    a.layer('l3-tussocks')
    for i in range(330):
        t = ((i + r.random()) / 330) ** 1.1
        y = lerp(1270, 2160, t)
        x = r.uniform(-OV, W + OV)
        s = lerp(14, 92, t) * r.uniform(.7, 1.15)
        d = ''
        for k in range(5):
            u = (k - 2) / 2
            d += lens(x + u * s * .2, y, x + u * s * .8 + s * .16, y - s * (1.2 - abs(u) * .4), max(1.4, s * .055), bend=u * s * .1)
        a.path(d, (mix(PINE, GOLD, .30), mix(PINE, INK, .12), mix(OCHRE, PINE, .35))[i % 3])
    a.layer('l4-column')
    track = [(2700, 1268), (2480, 1300), (2200, 1345), (2060, 1420), (2180, 1510), (2260, 1610), (2120, 1730), (1900, 1850), (1780, 2000)]
    column(a, track, 40, 34, 150)
    # a staff to test the ground, left standing
    a.path(line([(2480, 1990), (2490, 1988), (2452, 1700), (2444, 1702)], True), mix(INK2, INK, .3))
    a.layer('l5-near')
    for s in (-1, 1):
        X = lambda v: 1920 + s * (v - 1920)
        corner(a, [(X(4140), 1930), (X(3760), 1950), (X(3300), 2050), (X(3040), 2120), (X(2860), 2190), (X(2800), H + OV)], a.lin((0, mix(PINE, INK, .5)), (1, INK), y0=1920, y1=H))
    reeds(a, 2960, 3980, 2150, 420, mix(INK, PINE, .35), n=52, head=mix(OCHRE, INK2, .2))
    reeds(a, -140, 860, 2160, 400, mix(INK, PINE, .35), n=48, head=mix(OCHRE, INK2, .2))
    return a


def pass_():
    """Lazikou: two rock walls, a stream between them, a small wooden bridge at the narrowest place."""
    a = Art('pass', 917)
    r = a.rng
    a.layer('l0-sky')
    sky(a, (0, mix(SLATE, INK, .15)), (.3, mix(SLATE, DEEP, .28)), (.55, mix(CINNABAR, GOLD, .62)), (1, mix(PAPER, GOLD, .6)))
    sky_lines(a, 40, 900, PAPER, .18, n=24)
    a.circle(1920, 1080, 900, a.rad(1920, 1080, 900, (0, mix(GOLD, PAPER, .4), .95), (.45, mix(GOLD, CINNABAR, .2), .4), (1, GOLD, 0)))
    for x, y, w, k in ((1840, 330, 700, 2), (2240, 560, 500, 1)):
        cloud(a, x, y, w, mix(mix(CINNABAR, SLATE, .5), PAPER, .3), rows=k, h=34, op=.8, edge=GOLD)
    a.layer('l1-far')
    for x, top, w in ((1700, 760, 300), (2200, 700, 330), (1940, 860, 300)):
        mountain(a, x, top, w, w, 1420, mix(mix(SLATE, DEEP, .35), PAPER, .34), mix(GOLD, PAPER, .35), mix(SLATE, INK, .1), style='steep', facets=6, cuts=16, cut_col=SLATE, cut_op=.4)
    mist(a, 1360, 260, mix(GOLD, PAPER, .4), .9)

    def wall(pts, top_col, foot_col, op, cuts_col, y0):
        for s in (-1, 1):
            X = lambda v: 1920 + s * (v - 1920)
            p = rough([(X(v), y) for v, y in pts], .13, r, 4)
            a.sheet(line(p) + 'H%sz' % num(X(4140)), a.lin((0, top_col), (1, foot_col), y0=y0, y1=1900), edge=GOLD, eop=op, ridge=line(p), shadow=.07, size=60)
            d = ''
            for _ in range(170):
                y = r.uniform(y0 + 120, 1800)
                edge = 4140
                for (xa, ya), (xb, yb) in zip(pts, pts[1:]):
                    if min(ya, yb) <= y <= max(ya, yb) and ya != yb:
                        edge = min(edge, lerp(xa, xb, (y - ya) / (yb - ya)))
                x = r.uniform(edge + 50, min(4080, edge + 1500))
                ln = r.uniform(80, 300)
                d += lens(X(x), y, X(x - r.uniform(-20, 30)), y + ln, r.uniform(2, 6.5), bend=s * ln * .05)
            a.path(d, cuts_col, .42)
    a.layer('l2-back-walls')
    wall([(4140, 80), (3500, 120), (3080, 330), (2760, 420), (2660, 700), (2520, 860), (2500, 1120), (2380, 1260), (2330, 1520), (2250, 1720), (2230, H + OV)], mix(mix(SLATE, DEEP, .3), PAPER, .12), mix(SLATE, INK, .45), .5, mix(PAPER, SLATE, .45), 80)
    firs(a, [(3080, 330), (4140, 100)], mix(PINE, INK, .4), 3080, 4100, step=(30, 60), h=(70, 150))
    firs(a, [(-OV, 100), (760, 330)], mix(PINE, INK, .4), -OV, 740, step=(30, 60), h=(70, 150))
    a.layer('l3-stream')
    a.path('M1660 1560H2180Q2300 1760 2700 2420H1100Q1560 1760 1660 1560z', a.lin((0, mix(GOLD, PAPER, .5)), (.3, mix('#5E7F90', PAPER, .35)), (1, mix('#3F6672', SLATE, .4)), y0=1560, y1=H))
    d = e = ''
    for i in range(120):
        t = ((i + r.random()) / 120) ** 1.1
        y = lerp(1590, 2220, t)
        half = lerp(230, 640, t)
        x = 1915 + r.uniform(-.9, .9) * half
        ln = lerp(50, 320, t) * r.uniform(.5, 1.1)
        g = lens(x - ln / 2, y, x + ln / 2, y + 4, lerp(2, 8, t))
        if i % 3:
            d += g
        else:
            e += g
    a.path(e, INK, .3)
    a.path(d, mix(PAPER, '#FFFFFF', .3), .75)
    a.layer('l4-bridge')
    y = 1600
    a.path([rect(1640 + k * 112, y - 6, 12, 150 - abs(k - 2.5) * 16) for k in range(6)], mix(INK2, INK, .35))
    deck = line([(1560, y - 20), (2300, y - 20), (2320, y + 12), (1540, y + 12)], True)
    shaded(a, deck, a.lin((0, mix(OCHRE, INK2, .35)), (1, mix(INK2, INK, .2)), y0=y - 20, y1=y + 12), size=14)
    a.path([rect(1560 + k * 25, y - 18, 3, 28) for k in range(31)], INK, .5)
    for oy in (-78, -120):
        a.path(rect(1550, y + oy, 770, 9), mix(INK2, INK, .25))
    a.path([rect(1560 + k * 83, y - 128, 11, 112) for k in range(10)], mix(INK2, INK, .25))
    column(a, [(1600, y - 18), (2280, y - 18)], 9, 92, 92, edge=GOLD)
    a.layer('l5-front-walls')
    wall([(4140, 700), (3660, 760), (3400, 960), (3180, 1080), (3120, 1330), (2900, 1480), (2860, 1700), (2680, 1860), (2640, 2060), (2520, 2180), (2480, H + OV)], mix(mix(SLATE, PINE, .4), INK, .35), INK, .6, mix(SLATE, PAPER, .36), 700)
    pine(a, 3420, 960, 520, lean=.2, flip=-1, trunk=INK, dark=mix(PINE, INK, .4), edge=GOLD, needles=mix(PINE, GOLD, .4))
    pine(a, 300, 830, 560, lean=.2, flip=1, trunk=INK, dark=mix(PINE, INK, .4), edge=GOLD, needles=mix(PINE, GOLD, .4))
    return a


def loess():
    """The loess plateau: flat crowns and deep gullies, cave dwellings in the slope, a file coming down the road."""
    a = Art('loess', 1019)
    r = a.rng
    a.layer('l0-sky')
    sky(a, (0, mix('#3F6076', PAPER, .42)), (.32, mix('#7F9AA5', PAPER, .60)), (.56, mix(PAPER, GOLD, .5)), (1, PAPER2))
    sky_lines(a, 40, 820, PAPER, .32, n=24)
    sun(a, 1180, 520, 190, mix(GOLD, '#FFFFFF', .4), mix(GOLD, OCHRE, .25), glow=GOLD, gr=3.4, gop=.6)
    for x, y, w, k in ((2000, 300, 1000, 2), (3240, 380, 900, 2), (420, 300, 700, 1)):
        cloud(a, x, y, w, mix(PAPER, '#FFFFFF', .3), rows=k, h=38, op=.9, edge=OCHRE)
    d = ''.join(bird(2200 + i * 60, 620 + abs(i - 3) * 22, 22, .35) for i in range(7))
    a.path(d, INK2, .7)
    a.layer('l1-far')
    haze = mix(PAPER, GOLD, .5)
    for y, k in ((840, .30), (940, .48)):
        pts = band(a, y, 90, 520, mix(haze, mix(OCHRE, INK2, .3), k), haze, 1240, edge=PAPER)
        gullies(a, pts, mix(haze, INK2, k + .12), lit=PAPER, depth=(120, 320), step=(70, 150), op=.5, floor=lambda x: 1230)
    mist(a, 1200, 220, haze, .85)
    a.layer('l2-yuan')
    for base, top, x0, amp, c in ((1180, 1060, 0, 46, .34), (1380, 1240, 300, 54, .18)):
        pts = rough(hills(top, amp, 760, r, step=90, shape=lambda x, b=x0: bump(x, 2900 - b, 800, 130) + bump(x, 700 + b, 700, 110)), .10, r, 2)
        a.ground(pts, a.lin((0, mix(OCHRE, GOLD, .35)), (.4, mix(OCHRE, INK2, c)), (1, mix(INK2, OCHRE, .3)), y0=top - 120, y1=1800), edge=PAPER, eop=.65, shadow=.06)
        gullies(a, pts, mix(INK2, DEEP, .2), lit=mix(GOLD, PAPER, .4), depth=(200, 520), step=(90, 200), op=.58)
        contours(a, pts, mix(INK2, OCHRE, .3), n=4, gap=44, op=.35)
    a.layer('l3-caves')
    terrace = 1610
    slope = rough([(980, 1640), (1120, 1450), (1350, 1330), (1700, 1290), (2200, 1300), (2560, 1350), (2760, 1470), (2880, 1640)], .06, r, 3)
    a.sheet(line(slope) + 'V1760H980z', a.lin((0, mix(GOLD, OCHRE, .45)), (1, mix(OCHRE, INK2, .45)), y0=1290, y1=1700), edge=PAPER, eop=.6, ridge=line(slope), shadow=.06)
    hill_cuts(a, slope, INK2, .4, step=(14, 40), length=(60, 170), x0=1000, x1=2860, jump=60)
    glow = a.lin((0, mix(GOLD, '#FFFFFF', .4)), (1, mix(GOLD, OCHRE, .35)))
    for i in range(6):
        yaodong(a, 1290 + i * 222, terrace, 132, mix(OCHRE, PAPER, .38), glow, mix(DEEP, INK2, .4), lit=1.0 if i != 4 else .5)
    a.path('M-260 %sQ1920 %s 4100 %sV2420H-260z' % (terrace + 44, terrace - 34, terrace + 44), a.lin((0, mix(GOLD, OCHRE, .3)), (.4, mix(OCHRE, INK2, .35)), (1, mix(INK2, INK, .25)), y0=terrace, y1=H))
    a.path([lens(x, y, x + r.uniform(60, 240), y + 3, 2.4) for y in range(terrace + 20, 2160, 16) for x in (r.uniform(-OV, W), r.uniform(-OV, W))], mix(INK2, OCHRE, .3), .35)
    broadleaf(a, 2700, terrace + 20, 380, mix(PINE, INK, .35), mix(PINE, INK, .1))
    a.layer('l4-road')
    road = [(3260, 1640), (2960, 1680), (2640, 1730), (2300, 1770), (2000, 1830), (1840, 1930), (1780, 2060)]
    a.path(limb([(3460, 1628)] + road + [(1760, 2240)], 26, 420), mix(PAPER, GOLD, .45), .6)
    column(a, road, 34, 72, 172, face=-1)
    a.layer('l5-near')
    for s in (-1, 1):
        X = lambda v: 1920 + s * (v - 1920)
        corner(a, [(X(4140), 1780), (X(3760), 1820), (X(3380), 1940), (X(3060), 2040), (X(2880), 2150), (X(2800), H + OV)], a.lin((0, mix(OCHRE, INK2, .62)), (1, mix(INK2, INK, .6)), y0=1780, y1=H), eop=.6)
        for k in range(26):
            x = X(r.uniform(2950, 4080))
            y = 2190
            d = lens(x, y, x + r.uniform(-40, 40), y - r.uniform(120, 300), 4)
            a.path(d, mix(OCHRE, INK2, .25))
    return a


def draw():
    return [jiajin(), grassland(), pass_(), loess()]
