"""Words in a picture, as outlines of the project's own fonts: a picture must not depend on what a machine has installed.

Needs fonttools. Words in pictures are few: names on maps and the notice that a map is schematic.
"""
import os

from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont

HERE = os.path.dirname(os.path.abspath(__file__))
FONTS = os.path.join(HERE, '..', '..', '..', '..', 'assets', 'fonts')
_open = {}


def face(name):
    if name not in _open:
        font = TTFont(os.path.join(FONTS, name + '.otf'))
        _open[name] = (font, font.getGlyphSet(), font.getBestCmap(), font['head'].unitsPerEm)
    return _open[name]


def width(text, size, font='PingfengSans-Regular', space=0.0):
    _, glyphs, cmap, em = face(font)
    return sum(glyphs[cmap[ord(c)]].width * size / em + space * size for c in text) - space * size


def path(text, x, y, size, font='PingfengSans-Regular', anchor='start', space=0.0):
    """SVG path data of one line; y is the baseline, anchor start, middle or end."""
    _, glyphs, cmap, em = face(font)
    w = width(text, size, font, space)
    x -= {'start': 0, 'middle': w / 2, 'end': w}[anchor]
    k = size / em
    out = []
    for c in text:
        name = cmap[ord(c)]
        pen = SVGPathPen(glyphs, ntos=lambda v: ('%.1f' % v).rstrip('0').rstrip('.'))
        glyphs[name].draw(TransformPen(pen, (k, 0, 0, -k, x, y)))
        out.append(pen.getCommands())
        x += glyphs[name].width * k + space * size
    return ''.join(out)
