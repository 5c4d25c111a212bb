#!/usr/bin/env python3
"""Makes the icons: one SVG each in assets/icons/, and white PNGs at 96 and 192 px which the screen tints.

    apt install librsvg2-bin fonts-noto-cjk
    python3 assets/icons/src/make_icons.py

The grid is 48 px, the line 3.6 px, ends are square and corners sharp. `_` in a shape stands for the drawing colour.
"""
import os
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.dirname(HERE)

# The figure 10 inside the two skip icons, as strokes: no font is needed to draw them.
TEN = '<path d="M19.5 22.5l3-2.5v12M30 20c-2.6 0-3.4 2.6-3.4 6s.8 6 3.4 6 3.4-2.6 3.4-6-.8-6-3.4-6z" stroke-width="2.6"/>'

ICONS = {
    # the bar at the foot of every page
    'back': '<path d="M42 24H9M20 11L7 24l13 13"/>',
    'home': '<path d="M5 23L24 7l19 16M10 20v21h28V20M20 41V29h8v12"/>',
    'large-text': '<path d="M5 40L16 11l11 29M9 31h14M30 40l7-18 7 18M32 35h10"/>',
    'sound': '<path d="M6 18v12h8l11 9V9L14 18zM32 17c4 4 4 10 0 14M38 11c7 8 7 18 0 26"/>',
    'sound-off': '<path d="M6 18v12h8l11 9V9L14 18zM32 18l12 12M44 18L32 30"/>',
    'restart': '<path d="M40 24a16 16 0 1 1-5-12M36 4v9h-9"/>',
    # going on
    'previous': '<path d="M30 9L15 24l15 15"/>',
    'next': '<path d="M18 9l15 15-15 15"/>',
    'up': '<path d="M9 30L24 15l15 15"/>',
    'down': '<path d="M9 18l15 15 15-15"/>',
    'touch': '<path d="M24 20a4 4 0 0 0-8 0M20 20v14l-5-4c-3-2-6 1-4 4l8 10h14c4-4 5-8 5-16l-10-3V20"/>'
             '<path d="M10 20a10 10 0 0 1 20 0M4 20a16 16 0 0 1 32 0" opacity=".6"/>',
    'list': '<path d="M17 11h25M17 24h25M17 37h25M6 11h3M6 24h3M6 37h3"/>',
    'more': '<path d="M9 24h1M24 24h1M38 24h1" stroke-width="6"/>',
    # film
    'play': '<path d="M14 8v32l27-16z" fill="_"/>',
    'pause': '<path d="M16 9v30M32 9v30" stroke-width="8"/>',
    'back-10': '<path d="M8 24a16 16 0 1 0 5-12M12 4v9h9"/>' + TEN.replace('M19.5', 'M18.5'),
    'forward-10': '<path d="M40 24a16 16 0 1 1-5-12M36 4v9h-9"/>' + TEN.replace('M19.5', 'M15.5').replace('M30 20', 'M26 20'),
    'captions': '<path d="M5 9h38v30H5zM12 31h16M33 31h4M12 23h6M23 23h14"/>',
    'language': '<path d="M24 5a19 19 0 1 0 .1 0M5 24h38M24 5c-11 12-11 26 0 38M24 5c11 12 11 26 0 38"/>',
    # pictures and places
    'zoom-in': '<path d="M21 7a14 14 0 1 0 .1 0M31 31l11 11M14 21h14M21 14v14"/>',
    'zoom-out': '<path d="M21 7a14 14 0 1 0 .1 0M31 31l11 11M14 21h14"/>',
    'pin': '<path d="M24 43S9 29 9 19a15 15 0 0 1 30 0c0 10-15 24-15 24zM24 14a5 5 0 1 0 .1 0"/>',
    'clock': '<path d="M24 5a19 19 0 1 0 .1 0M24 13v12l8 6"/>',
    # quiz and check-in
    'right': '<path d="M7 25l11 12L41 11" stroke-width="5.5"/>',
    'wrong': '<path d="M11 11l26 26M37 11L11 37" stroke-width="5.5"/>',
    'delete': '<path d="M17 9h25v30H17L5 24zM24 19l11 11M35 19L24 30"/>',
    'undo': '<path d="M17 8L6 18l11 10M6 18h22a12 12 0 0 1 0 23H14"/>',
    'swap': '<path d="M14 6v36M6 34l8 8 8-8M34 42V6M26 14l8-8 8 8"/>',
    'link': '<path d="M6 12h6M6 36h6M12 12c14 0 10 24 24 24M42 36h-6"/>',
    'notice': '<path d="M24 6L44 41H4zM24 19v11M24 35v1"/>',
    'info': '<path d="M24 5a19 19 0 1 0 .1 0M24 22v13M24 13.5v1"/>',
    'danger': '<path d="M16 4h16l12 12v16L32 44H16L4 32V16zM24 14v13M24 33.5v1"/>',
    'stick': '<path d="M15 21h18v23H15zM18 21V5h12v16M23 10h2M23 15h2"/>',
    'offline': '<path d="M8 17c9-8 23-8 32 0M15 25c5-5 13-5 18 0M24 34h.1M9 42L39 6"/>',
}
HEAD = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48" fill="none" stroke="{c}" stroke-width="3.6" ' \
       'stroke-linecap="square" stroke-linejoin="miter">{body}</svg>\n'


def main():
    for name, shape in ICONS.items():
        with open(os.path.join(OUT, name + '.svg'), 'w', encoding='utf-8') as f:
            f.write(HEAD.format(c='#211A16', body=shape.replace('_', '#211A16')))
        white = HEAD.format(c='#FFFFFF', body=shape.replace('_', '#FFFFFF'))
        for px in (96, 192):
            folder = os.path.join(OUT, str(px))
            os.makedirs(folder, exist_ok=True)
            png = subprocess.run(['rsvg-convert', '-w', str(px), '-h', str(px)], input=white.encode(), check=True,
                                 stdout=subprocess.PIPE).stdout
            with open(os.path.join(folder, name + '.png'), 'wb') as f:
                f.write(png)
    print(f'{len(ICONS)} icons')


if __name__ == '__main__':
    main()
