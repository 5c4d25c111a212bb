"""Pictures for hotspot questions. Their regions stand in media.yaml; a thing drawn here lies inside its region."""
from places import courses, shaded, STONE
from things import *


def luding_side():
    """The chain bridge from the side, 1600 by 900 units: a tower at each end, planks gone over the middle, the river below.
    Regions: towers x .02-.18 and .82-.98, y .20-.65; chains x .20-.80, y .42-.56; river y .70-.98."""
    a = Art('luding-side', 529, view=(0, 0, 1600, 900))
    r = a.rng
    box = rect(-40, -40, 1680, 980)
    a.layer('l0-sky')
    a.path(box, a.lin((0, mix('#3F6076', PAPER, .30)), (.45, mix('#5E7F90', PAPER, .66)), (.75, mix(PAPER, GOLD, .30)), (1, PAPER2), y0=0, y1=640))
    q = ''
    for i in range(20):
        x = r.uniform(-60, 1500)
        q += lens(x, 14 + i * 18, x + r.uniform(120, 420), 14 + i * 18, 1.1)
    a.path(q, PAPER, .32)
    for x, y, w, k in ((480, 130, 380, 2), (1130, 92, 340, 2)):
        cloud(a, x, y, w, mix(PAPER, '#FFFFFF', .3), rows=k, h=16, op=.9, edge=OCHRE)

    a.layer('l1-snow')
    kw = dict(style='alp', amp=.12, shadow=.02, eop=.7, fade=.9, ew=2)
    for x, top, w, n in ((330, 250, 250, 4), (1290, 240, 260, 4), (820, 168, 330, 5)):
        massif(a, x, top, w, 620, mix(PAPER, '#FFFFFF', .35), mix(PAPER, GOLD, .4), mix(SLATE, PAPER, .28), n=n, facets=6, cuts=14, cut_col=SLATE, cut_op=.4, shade_op=.6, **kw)
    mist(a, 590, 150, mix(PAPER, GOLD, .25), .95, -40, 1640)

    a.layer('l2-river')
    a.path(rect(-40, 600, 1680, 340), a.lin((0, mix('#5E7F90', PAPER, .72), 0), (.18, mix('#5E7F90', PAPER, .60), .9), (.42, mix('#3F6672', PAPER, .30)), (1, mix('#3F6672', SLATE, .5)), y0=600, y1=900))
    d = e = ''
    for i in range(170):
        t = ((i + r.random()) / 170) ** 1.2
        y = lerp(622, 930, t)
        ln = lerp(30, 190, t) * r.uniform(.5, 1.2)
        x = r.uniform(120, 1480)
        g = lens(x - ln / 2, y, x + ln / 2, y + r.uniform(-2, 2), lerp(.8, 4.2, t), bend=-ln * .05 * r.uniform(-1, 1.4))
        if i % 3:
            d += g
        else:
            e += g
    a.path(e, mix(SLATE, INK, .3), .42)
    a.path(d, mix(PAPER, '#FFFFFF', .4), .8)
    for x, y, s in ((560, 760, 44), (1010, 720, 34), (760, 842, 62), (1120, 850, 54)):
        p = rough([(x - s, y), (x - s * .6, y - s * .5), (x - s * .1, y - s * .7), (x + s * .4, y - s * .42), (x + s, y)], .14, r, 2)
        a.sheet(line(p) + 'z', a.lin((0, mix(INK2, SLATE, .5)), (1, INK)), edge=GOLD, eop=.5, ew=2, ridge=line(p), shadow=.04, size=12)
        a.path([lens(x - s * 1.4, y + k * 4, x + s * 1.4, y + 2 + k * 4, 3 - k * .6) for k in range(3)], '#FFFFFF', .85)

    # Cliffs under the towers.
    a.layer('l3-banks')
    for s in (-1, 1):
        X = lambda v: 800 + s * (v - 800)
        p = rough([(X(1660), 560), (X(1480), 566), (X(1330), 574), (X(1280), 600), (X(1296), 680), (X(1240), 760), (X(1250), 850), (X(1180), 960)], .07, r, 3)
        a.sheet(line(p) + 'H%sz' % num(X(1660)), a.lin((0, mix(SLATE, INK, .45)), (1, INK), y0=560, y1=900), edge=GOLD, eop=.5, ew=2, ridge=line(p), shadow=.06, size=26)
        q = ''
        for _ in range(60):
            x = r.uniform(1300, 1620)
            y = r.uniform(600, 880)
            q += lens(X(x), y, X(x - r.uniform(4, 26)), y + r.uniform(26, 90), 1.6)
        a.path(q, mix(SLATE, PAPER, .35), .4)

    # Chains: floor and rails. The middle has no planks.
    a.layer('l4-bridge')

    def deck(x):
        u = (x - 800) / 500
        return 488 - 40 * u * u

    def hang(off, sw, dash, colour):
        d = curve([(x, deck(x) - off) for x in range(296, 1305, 42)])
        a.raw('<path d="%s" fill="none" stroke="%s" stroke-width="%s" stroke-linecap="butt" stroke-dasharray="%s"/>' % (d, colour, num(sw), dash))
    far = mix(INK2, PAPER, .18)
    for off in (82, 66):
        hang(off, 3.2, '8 3', far)
    d = ''
    for i in range(40):
        x = 304 + i * 25.4
        d += rect(x, deck(x) - 82, 1.8, 66)
    a.path(d, far)
    for side in (0, 1):
        pl = pd = ''
        for k in range(9):
            x = 300 + k * 12 if not side else 1300 - (k + 1) * 12
            y = deck(x)
            quad = line([(x + 4, y - 20), (x + 13, y - 20), (x + 10, y + 5), (x, y + 5)], True)
            if k % 2:
                pd += quad
            else:
                pl += quad
        a.path(pl, mix(INK2, OCHRE, .26))
        a.path(pd, mix(INK2, OCHRE, .42))
    for off in (20, 13, 6, -1, -8):
        hang(off, 4, '9 3', INK)
    for off in (68, 50):
        hang(off, 4.4, '9 3', INK)
    d = ''
    for i in range(40):
        x = 296 + i * 25.6
        d += rect(x, deck(x) - 68, 2.6, 74)
    a.path(d, INK)

    a.layer('l5-towers')
    for s in (-1, 1):
        x = 800 + s * 640                                # 160 and 1440: the middles of the two tower regions
        # The chains are let into the stone; the floor goes in at the gate above it.
        a.path(rect(x - 122, 452, 244, 122), a.lin((0, mix(STONE, SLATE, .1)), (1, mix(SLATE, INK, .25)), y0=452, y1=574))
        courses(a, x - 122, 456, x + 122, 574, 18, INK, .28, dash=38, sw=1.5)
        a.path(rect(x - 132, 446, 264, 12), mix(STONE, PAPER, .3))
        a.path(rect(x - 100, 336, 200, 110), mix(DEEP, INK, .20))
        glow = a.lin((0, mix(GOLD, '#FFFFFF', .25)), (1, mix(GOLD, OCHRE, .4)))
        for ox in (-88, 48):
            a.path(rect(x + ox, 352, 40, 62), glow)
            a.path([rect(x + ox + 12, 352, 2, 62), rect(x + ox + 26, 352, 2, 62), rect(x + ox, 382, 40, 2)], mix(DEEP, INK, .2))
        a.path(arch(x - 34, 446, 68, 92), INK)
        a.path([rect(x - 106 + k * 52, 332, 8, 114) for k in (0, 1, 3, 4)], mix(CINNABAR, DEEP, .3))
        d = roof(x, 336, 200, 96, 40, 28, .46)
        a.path(d, stroke=DARK, sw=10, op=.10)
        a.path(d, a.lin((0, mix(SLATE, INK, .35)), (1, mix(SLATE, INK, .65))))
        a.path(d, stroke=GOLD, sw=2, op=.6)
        roof_tiles(a, x, 336, 200, 96, 40, 28, mix(GOLD, INK2, .45), .7, n=22, top=.46, sw=1.6)
        a.path(rect(x - 50, 232, 100, 10) + lens(x - 48, 236, x - 60, 214, 4) + lens(x + 48, 236, x + 60, 214, 4), mix(SLATE, INK, .5))
        for k in (-1, 1):
            lantern(a, x + k * 66, 372, 11, 16)
    a.layer('l6-front')
    for s in (-1, 1):
        X = lambda v: 800 + s * (v - 800)
        p = rough([(X(1660), 780), (X(1560), 800), (X(1470), 850), (X(1400), 880), (X(1350), 960)], .10, r, 3)
        a.sheet(line(p) + 'H%sz' % num(X(1660)), a.lin((0, mix(INK, PINE, .3)), (1, INK), y0=780, y1=900), edge=GOLD, eop=.4, ew=2, ridge=line(p), shadow=.06, size=26)
    return a


def shikumen_room():
    """The front room of the shikumen house, 1600 by 1000 units: a long table with stools, tea tables by the wall.
    Regions: table x .28-.72, y .48-.78; tea table x .05-.20, y .45-.70; window x .72-.94, y .10-.40; door x .05-.20, y .08-.40."""
    a = Art('shikumen-room', 107, view=(0, 0, 1600, 1000))
    r = a.rng
    wood, wood2, dark = mix(DEEP, INK2, .35), mix(DEEP, INK, .35), mix(INK, DEEP, .25)
    a.layer('l0-wall')
    a.path(rect(-40, -40, 1680, 720), a.lin((0, mix(PAPER2, OCHRE, .16)), (.6, mix(PAPER, GOLD, .14)), (1, mix(PAPER2, INK2, .12)), y0=0, y1=660))
    a.glow(800, 300, 760, '#FFF1CF', .9)
    q = ''
    for i in range(70):
        x, y = r.uniform(0, 1600), r.uniform(20, 560)
        q += lens(x, y, x + r.uniform(20, 90), y + r.uniform(-3, 3), 1)
    a.path(q, mix(OCHRE, INK2, .2), .25)
    a.path(rect(-40, 30, 1680, 14) + rect(-40, -40, 1680, 50), wood2)
    a.path(rect(-40, 560, 1680, 86), a.lin((0, wood), (1, wood2), y0=560, y1=646))
    a.path([rect(x, 570, 86, 64) for x in range(-30, 1640, 104)], mix(DEEP, INK2, .18), .6)
    a.path(rect(-40, 556, 1680, 6), GOLD, .5)

    # Window on the right, the lane's light in it; door on the left, half dark.
    a.layer('l1-openings')
    wx, wy, ww, wh = 1164, 108, 328, 284
    a.path(rect(wx - 18, wy - 18, ww + 36, wh + 40), wood)
    a.path(rect(wx, wy, ww, wh), a.lin((0, mix('#7F9AA5', PAPER, .72)), (1, mix(GOLD, PAPER, .55)), y0=wy, y1=wy + wh))
    a.path([line([(wx, wy + 196), (wx + 24, wy + 150), (wx + 150, wy + 150), (wx + 176, wy + 196), (wx + 160, wy + 196), (wx + 160, wy + wh), (wx, wy + wh)], True), line([(wx + 150, wy + 226), (wx + 182, wy + 176), (wx + ww, wy + 176), (wx + ww, wy + wh), (wx + 166, wy + wh), (wx + 166, wy + 226)], True), rect(wx + 96, wy + 122, 20, 32), rect(wx + 262, wy + 146, 20, 34)], mix(SLATE, PAPER, .55))
    a.path([rect(wx + ww * k / 4 - 4, wy, 8, wh) for k in (1, 3)] + [rect(wx + ww / 2 - 7, wy, 14, wh)] + [rect(wx, wy + wh * k / 4 - 3, ww, 6) for k in (1, 2, 3)], wood2)
    a.path(rect(wx - 30, wy + wh + 20, ww + 60, 16), wood)
    a.path(line([(wx, wy + wh + 36), (wx + ww, wy + wh + 36), (wx + ww - 160, 660), (wx - 260, 660)], True), '#FFF1CF', .26)
    dx, dy, dw, dh = 96, 92, 208, 468
    a.path(rect(dx - 20, dy - 20, dw + 40, dh + 20), wood)
    a.path(rect(dx, dy, dw, dh), a.lin((0, mix(INK, SLATE, .3)), (1, mix(INK, DEEP, .15)), y0=dy, y1=dy + dh))
    for k in range(2):
        x = dx + 8 + k * 100
        a.path(rect(x, dy + 8, 92, dh - 8), a.lin((0, mix(DEEP, INK, .15)), (1, mix(DEEP, INK, .45)), y0=dy, y1=dy + dh))
        a.path(rect(x + 12, dy + 24, 68, 190), mix(GOLD, PAPER, .20), .85)
        a.path([rect(x + 12 + j * 17 - 1.5, dy + 24, 3, 190) for j in range(1, 4)] + [rect(x + 12, dy + 24 + j * 38 - 1.5, 68, 3) for j in range(1, 5)], wood2)
        a.path(rect(x + 12, dy + 240, 68, 200), stroke=mix(OCHRE, DEEP, .4), sw=4, op=.7)
    a.circle(dx + 92, dy + 262, 9, 'none', 1, OCHRE, 4)
    a.circle(dx + 116, dy + 262, 9, 'none', 1, OCHRE, 4)

    # Floor boards run to the back wall.
    a.layer('l2-floor')
    a.path(rect(-40, 646, 1680, 400), a.lin((0, mix(INK2, OCHRE, .30)), (1, mix(INK2, INK, .40)), y0=646, y1=1000))
    d = ''
    for k in range(-16, 17):
        x = 800 + k * 74
        d += line([(x - .8, 646), (x + .8, 646), (800 + (x - 800) * 2.2 + 2.5, 1020), (800 + (x - 800) * 2.2 - 2.5, 1020)], True)
    a.path(d, INK, .38)
    a.path([lens(r.uniform(-20, 1500), y, r.uniform(60, 1620), y + 1, 1.4) for y in range(664, 990, 9)], mix(OCHRE, PAPER, .2), .12)
    a.path(oval(800, 792, 400, 48), DARK, .20)
    a.glow(800, 700, 560, GOLD, .35)

    def tea_table(x, y, w, h):
        """Tall narrow tea table with cups, standing by the wall."""
        a.path(oval(x + w / 2, y + h + 4, w * .62, 14), DARK, .25)
        for lx in (x + 10, x + w - 22):
            a.path(rect(lx, y + 22, 13, h - 22), wood2)
        a.path(rect(x + 14, y + h * .62, w - 28, 10), wood2)
        a.path(rect(x + 14, y + 22, w - 28, 26), wood)
        shaded(a, rect(x - 8, y, w + 16, 22), a.lin((0, mix(DEEP, OCHRE, .3)), (1, wood), y0=y, y1=y + 22), sw=2, size=8)
        a.path('M%s %sq4 30 26 30t26-30z' % (x + 18, y - 30), mix(PAPER, '#FFFFFF', .3))
        a.path(oval(x + 44, y - 30, 26, 6), mix(PAPER, SLATE, .15))
        a.path(lens(x + 30, y - 18, x + 58, y - 18, 2), '#2E5A86', .8)
        a.path('M%s %sq-12-50 28-56t34 54z' % (x + w - 84, y), mix(PAPER, '#FFFFFF', .2))
        a.path(lens(x + w - 76, y - 26, x + w - 30, y - 26, 3), '#2E5A86', .8)
        a.path('M%s %sq26-4 22-26' % (x + w - 24, y - 16), stroke=mix(PAPER, '#FFFFFF', .2), sw=6)
        a.circle(x + w - 56, y - 60, 7, mix(PAPER, SLATE, .2))
    a.layer('l3-tea-tables')
    tea_table(112, 500, 176, 186)
    tea_table(1320, 512, 190, 190)

    # The table: twelve stools round it, cups, papers, a lamp above.
    a.layer('l4-stools-behind')

    def stool(x, y, s, front):
        top = a.lin((0, mix(DEEP, OCHRE, .34)), (1, wood))
        for k in (-1, 1):
            a.path(line([(x + k * s * .62, y), (x + k * s * .74, y + s * 1.35), (x + k * s * .60, y + s * 1.35), (x + k * s * .44, y)], True), dark)
        a.path(rect(x - s * .62, y + s * .72, s * 1.24, s * .10), dark)
        if front:
            a.path(oval(x, y + s * 1.38, s * .95, s * .16), DARK, .30)
        a.path(oval(x, y + s * .10, s * .84, s * .27), dark)
        a.path(oval(x, y, s * .84, s * .27), top)
        a.path(oval(x, y, s * .84, s * .27), stroke=GOLD, sw=1.6, op=.6)
    for k in range(5):
        stool(536 + k * 132, 548, 38, False)
    a.layer('l5-table')
    ty = 590
    for x in (486, 1080):
        a.path(rect(x, ty + 64, 30, 122), a.lin((0, wood), (1, dark), y0=ty, y1=ty + 240))
    for x in (560, 1016):
        a.path(rect(x, ty + 30, 18, 100), dark)
    a.path(line([(470, ty + 56), (1130, ty + 56), (1130, ty + 96), (1096, ty + 96), (1070, ty + 78), (530, ty + 78), (504, ty + 96), (470, ty + 96)], True), a.lin((0, wood), (1, wood2), y0=ty + 56, y1=ty + 96))
    top = line([(538, ty - 60), (1062, ty - 60), (1150, ty + 40), (450, ty + 40)], True)
    shaded(a, top, a.lin((0, mix(OCHRE, DEEP, .42)), (1, mix(DEEP, OCHRE, .28)), y0=ty - 60, y1=ty + 40), sw=2.5, size=16)
    a.path(rect(450, ty + 40, 700, 18), wood2)
    a.path([lens(500 + r.uniform(0, 300), ty - 50 + k * 9, 800 + r.uniform(0, 300), ty - 50 + k * 9, 1.5) for k in range(10)], mix(OCHRE, GOLD, .4), .4)
    for x, y, s in ((600, 552, .8), (742, 548, .8), (880, 550, .8), (1004, 552, .8), (560, 600, 1), (700, 606, 1), (930, 604, 1), (1052, 600, 1)):
        a.path('M%s %sq%s %s %s %st%s %sz' % tuple(num(v) for v in (x - 17 * s, y - 20 * s, 3 * s, 24 * s, 17 * s, 24 * s, 17 * s, -24 * s)), mix(PAPER, '#FFFFFF', .35))
        a.path(oval(x, y - 20 * s, 17 * s, 5 * s), mix(PAPER, SLATE, .18))
    for x, y, t in ((646, 590, -6), (800, 580, 3), (846, 606, -4), (990, 586, 8)):
        a.path(line([(x - 28 + t, y - 15), (x + 26 + t, y - 17), (x + 34, y + 14), (x - 32, y + 16)], True), mix(PAPER, '#FFFFFF', .4))
        a.path([lens(x - 20, y - 8 + k * 6, x + 20, y - 9 + k * 6, 1) for k in range(3)], INK2, .6)
    # vase with flowers in the middle
    a.path('M780 596q-16-34 6-52q-4-12 0-20h28q4 8 0 20q22 18 6 52z', a.lin((0, mix('#2E5A86', PAPER, .35)), (1, mix(SLATE, INK, .1)), y0=524, y1=596))
    for ox, oy, s in ((-26, -34, 15), (4, -50, 17), (30, -32, 15), (-6, -20, 13), (16, -14, 12)):
        a.path(lens(800, 526, 800 + ox, 526 + oy, 2), PINE)
        a.circle(800 + ox, 526 + oy, s, mix(CINNABAR, PAPER, .25))
        a.circle(800 + ox - 3, 526 + oy - 3, s * .5, mix(CINNABAR, PAPER, .5))
    a.layer('l6-stools-front')
    for k in range(6):
        stool(530 + k * 108, 742 + (0 if k in (0, 5) else 14), 46, True)
    stool(396, 652, 42, True)
    stool(1204, 652, 42, True)
    # lamp on a cord
    a.layer('l7-lamp')
    a.path(rect(798, 10, 4, 130), INK)
    a.glow(800, 196, 330, '#FFE7AE', .95)
    a.path('M700 198q14-66 100-70q86 4 100 70q-100 26-200 0z', a.lin((0, mix(PAPER, '#FFFFFF', .5)), (1, mix(GOLD, PAPER, .35)), y0=128, y1=206))
    a.path('M700 198q14-66 100-70q86 4 100 70', stroke=OCHRE, sw=3, op=.8)
    a.path(oval(800, 200, 98, 14), mix('#FFF4D6', GOLD, .15))
    a.path(rect(786, 112, 28, 20), OCHRE)
    return a


def draw():
    return [luding_side(), shikumen_room()]
