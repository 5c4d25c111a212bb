#!/usr/bin/env python3
"""Makes the three fonts of Pingfeng from Debian's fonts-noto-cjk.

    apt install fonts-noto-cjk      # Noto CJK, SIL OFL 1.1
    pip install fonttools
    python3 assets/fonts/src/make_fonts.py

Each font is the SC face of a Noto collection, cut down to characters.txt, Latin, punctuation, full-width forms, arrows
and every character that stands in scenes/ and assets/locale/. The families are renamed, because a cut-down font that
calls itself Noto would hide the whole one on an author's machine. The same input gives the same bytes.
"""
import os
import sys
import unicodedata

from fontTools import subset
from fontTools.ttLib import TTCollection

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.dirname(HERE)
ROOT = os.path.dirname(os.path.dirname(OUT))
NOTO = os.environ.get('NOTO_CJK', '/usr/share/fonts/opentype/noto')
SIZE_MAX = 5 * 1024 * 1024

# file, collection, its SC face, new family, style
FONTS = [
    ('PingfengSerif-Bold.otf', 'NotoSerifCJK-Bold.ttc', 'Noto Serif CJK SC', 'Pingfeng Serif', 'Bold'),
    ('PingfengSans-Regular.otf', 'NotoSansCJK-Regular.ttc', 'Noto Sans CJK SC', 'Pingfeng Sans', 'Regular'),
    ('PingfengSans-Bold.otf', 'NotoSansCJK-Bold.ttc', 'Noto Sans CJK SC', 'Pingfeng Sans', 'Bold'),
]

RANGES = [
    (0x0020, 0x007E), (0x00A0, 0x017F),      # Latin, with the letters of pinyin and of European names
    (0x01CD, 0x01DC), (0x0251, 0x0251), (0x0261, 0x0261),
    (0x0391, 0x03C9), (0x0401, 0x0451),      # Greek and Cyrillic: names of theories and of people
    (0x2010, 0x2027), (0x2030, 0x203B), (0x2060, 0x2060), (0x20AC, 0x20AC),
    (0x2103, 0x2103), (0x2116, 0x2116), (0x2122, 0x2122), (0x2150, 0x217F),
    (0x2190, 0x2199), (0x2200, 0x2265), (0x2460, 0x2473), (0x2500, 0x257F), (0x25A0, 0x25CF),
    (0x2605, 0x2606), (0x2713, 0x2717), (0x2E3A, 0x2E3B),
    (0x3000, 0x301F), (0x3105, 0x3129), (0x3220, 0x3229), (0xFE10, 0xFE1F), (0xFE30, 0xFE4F),
    (0xFF01, 0xFF5E), (0xFFE0, 0xFFE6),
]

# Without locl: the SC face is right for zh-CN as it stands, and the forms of other countries double the file.
FEATURES = ['ccmp', 'kern', 'mark', 'liga', 'palt', 'halt', 'vert', 'vrt2', 'vpal', 'vhal', 'vkrn',
            'tnum', 'lnum', 'pnum', 'fwid', 'hwid', 'pwid']


def listed():
    with open(os.path.join(HERE, 'characters.txt'), encoding='utf-8') as f:
        return {c for line in f if not line.startswith('#') for c in line.strip()}


def used():
    """Every character in the documents that a screen shows."""
    found = set()
    for top in ('scenes', 'assets/locale'):
        for folder, _, names in os.walk(os.path.join(ROOT, top)):
            for name in names:
                if name.endswith(('.yaml', '.toml', '.vtt')):
                    with open(os.path.join(folder, name), encoding='utf-8') as f:
                        found |= set(f.read())
    return {c for c in found if unicodedata.category(c)[0] != 'C'}


def make(out, collection, face, family, style, wanted):
    fonts = TTCollection(os.path.join(NOTO, collection)).fonts
    font = next(f for f in fonts if f['name'].getDebugName(1) == face)
    missing = sorted(c for c in used() if ord(c) not in font.getBestCmap())
    if missing:
        sys.exit(f'{collection} has no glyph for {" ".join(missing)}')
    options = subset.Options()
    options.layout_features = FEATURES
    options.layout_scripts = ['*']
    options.name_IDs = ['*']
    options.name_languages = ['*']
    options.hinting = False                  # Screens of an exhibition are dense, and hints cost a third of the file.
    options.notdef_outline = True
    options.recalc_timestamp = False
    options.drop_tables += ['DSIG']
    cut = subset.Subsetter(options)
    cut.populate(unicodes=[ord(c) for c in wanted])
    cut.subset(font)

    full = family if style == 'Regular' else f'{family} {style}'
    post = f'{family.replace(" ", "")}-{style}'
    name = font['name']
    keep = {0, 5, 13, 14}                    # Copyright, version and licence stay as Noto wrote them.
    name.names = [r for r in name.names if r.nameID in keep and r.platformID == 3 and r.langID == 0x409]
    for ident, text in {1: family, 2: style, 3: f'{post};cut from {face}', 4: full, 6: post,
                        10: f'Cut from {face} for Pingfeng.'}.items():
        name.setName(text, ident, 3, 1, 0x409)
    cff = font['CFF '].cff
    cff.fontNames = [post]
    cff.topDictIndex[0].FullName = full
    cff.topDictIndex[0].FamilyName = family
    path = os.path.join(OUT, out)
    font.save(path)
    size = os.path.getsize(path)
    print(f'{out}: {len(font.getGlyphOrder())} glyphs, {size / 1048576:.2f} MiB')
    if size > SIZE_MAX:
        sys.exit(f'{out} is larger than {SIZE_MAX} bytes')


def main():
    wanted = listed() | used() | {chr(c) for a, b in RANGES for c in range(a, b + 1)}
    for row in FONTS:
        make(*row, wanted)


if __name__ == '__main__':
    main()
