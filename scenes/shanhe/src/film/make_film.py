#!/usr/bin/env python3
"""Makes the film 《一条船的航程》 from the exhibition's own drawings.

    apt install ffmpeg librsvg2-bin
    pip install pillow numpy fonttools opencv-python-headless
    python3 scenes/shanhe/src/film/make_film.py            # film/nanhu.mp4, its captions and its poster
    python3 scenes/shanhe/src/film/make_film.py --at 30 x.png     # one frame, to look at

Each drawing is cut into its layers; they drift apart slowly, near ones more. Shots cross-fade. Words in the picture are
few and set in the exhibition's fonts; everything that is told stands in the captions. Facts: content of chapter one.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

import sound

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.dirname(os.path.dirname(HERE))
OUT = os.path.join(FOLDER, 'film')
ART = os.path.join(FOLDER, 'art')
FONTS = os.path.join(FOLDER, '..', '..', 'assets', 'fonts')
sys.path.insert(0, os.path.join(ART, 'src'))

WIDE, HIGH, FPS = 1280, 720, 25
FADE = 1.4                                               # seconds of a cross-fade
MARGIN = 190                                             # units past the frame that are rendered for the drift
INK, INK2, PAPER, CINNABAR = (33, 26, 22), (74, 59, 51), (251, 245, 234), (181, 40, 31)

# name, start, picture, view at the start and at the end as (centre x, centre y, width) in parts of the picture, drift
SHOTS = [
    ('南湖游船', 0, 'ch01', (.50, .48, .98), (.50, .53, .84), .010),
    ('石库门', 13, 'shikumen', (.46, .50, .96), (.52, .56, .80), .012),
    ('十三位代表', 27, 'shikumen-room', (.50, .47, .98), (.50, .52, .86), .008),
    ('上海到嘉兴', 40, 'map', (.50, .50, 1), (.50, .50, 1), 0),
    ('纲领与中央局', 53, 'ch01', (.505, .60, .64), (.505, .65, .48), .012),
    ('今日纪念船', 65, 'ch01', (.54, .54, .80), (.52, .50, .96), .010),
    ('山河为证', 74, 'attract', (.52, .52, .84), (.50, .50, .98), .012),
]
END = 82
MAP_LON, MAP_LAT = (118.9, 122.6), (29.95, 32.05)

# start, end, zh-CN, en
CAPTIONS = [
    (7.5, 12.6, '1921年8月初，中共一大最后一天的会议，\n转移到嘉兴南湖的一条游船上。', 'In early August 1921 the last session of the First Congress\nmoved to a pleasure boat on Nanhu, Jiaxing.'),
    (14.0, 19.6, '大会7月23日在上海望志路106号开幕。', 'The congress had opened on 23 July\nat 106 Wangzhi Road, Shanghai.'),
    (20.2, 26.2, '7月30日，暗探闯入，巡捕搜查，会议中断。', 'On 30 July an agent broke in, the police searched the house,\nand the session was cut short.'),
    (28.2, 33.6, '与会的国内代表十三人，', 'Thirteen delegates from within China were present,'),
    (33.8, 39.2, '代表全国五十多名党员。', 'for some fifty members in the whole country.'),
    (41.2, 46.4, '代表们从上海转往嘉兴。', 'They went on from Shanghai to Jiaxing.'),
    (46.8, 52.2, '王会悟负责联系游船、安排会务。', 'Wang Huiwu hired the boat and looked after the meeting.'),
    (54.2, 58.8, '船上的会议通过党的第一个纲领，', 'On the boat they adopted the first programme of the Party,'),
    (59.2, 64.4, '选举产生中央局，陈独秀任书记。', 'and elected a Central Bureau with Chen Duxiu as secretary.'),
    (66.2, 73.0, '今天停在南湖的纪念船，是1959年仿制的。', 'The memorial boat on Nanhu today is a replica made in 1959.'),
]


def face(name, size):
    return ImageFont.truetype(os.path.join(FONTS, name + '.otf'), size)


def smooth(t):
    t = min(1, max(0, t))
    return t * t * (3 - 2 * t)


# ---- pictures ----------------------------------------------------------------------------------------------------

def film_map():
    """The way from Shanghai to Jiaxing; the line between them is drawn by the film."""
    import maps
    a = maps.schematic('film-map', 1920, 1080, MAP_LON, MAP_LAT, [('上海', 121.47, 31.23, 'r'), ('嘉兴', 120.757, 30.75, 'l'), ('杭州', 120.16, 30.25, 'l'),
                       ('苏州', 120.6, 31.3, 't')], [('太湖', 120.2, 31.16, 30), ('长江', 121.0, 31.55, 40), ('钱塘江', 121.3, 30.2, 30)], hills=1.1, seed=43, scale=1.15)
    return a.svg()


def cut(svg):
    """The drawing's layers, far to near, each a picture with margins; and the size of the drawing in units."""
    x, y, w, h = (float(v) for v in re.search(r'viewBox="([^"]+)"', svg).group(1).split())
    defs = re.search(r'<defs>.*?</defs>', svg, re.S).group(0)
    groups = re.findall(r'<g id="l\d.*?\n</g>', svg, re.S)
    k = w / 3840
    m = MARGIN * k if w == 3840 else 0
    px = 1.32 * WIDE / w                                 # A third more than the frame, so that a slow zoom stays sharp.
    layers = []
    for g in groups:
        one = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{x - m} {y - m * h / w} {w + 2 * m} {h + 2 * m * h / w}">{defs}{g}</svg>'
        with tempfile.NamedTemporaryFile(suffix='.png') as f:
            subprocess.run(['rsvg-convert', '-w', str(round((w + 2 * m) * px)), '-o', f.name], input=one.encode(), check=True)
            layers.append(np.asarray(Image.open(f.name).convert('RGBa')))
    return layers, m * px, (w * px, h * px)


def shoot(picture, view, drift, u):
    """One frame of a shot; u runs from 0 to 1."""
    layers, margin, (w, h) = picture
    (x0, y0, s0), (x1, y1, s1) = view
    e = .5 - .5 * np.cos(np.pi * u)
    cx, cy, s = x0 + (x1 - x0) * e, y0 + (y1 - y0) * e, s0 + (s1 - s0) * e
    frame = None
    for i, layer in enumerate(layers):
        d = i / max(1, len(layers) - 1)
        k = s * w / WIDE
        tall, broad = layer.shape[:2]
        ox = margin + cx * w - WIDE / 2 * k + drift * w * (u - .5) * (d - .4)
        oy = margin * tall / broad + cy * h - HIGH / 2 * k
        ox = min(max(ox, 0), broad - WIDE * k)
        oy = min(max(oy, 0), tall - HIGH * k)
        part = cv2.warpAffine(layer, np.array([[k, 0, ox], [0, k, oy]]), (WIDE, HIGH),
                              flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE)
        rgb, behind = part[..., :3], cv2.merge([255 - part[..., 3]] * 3)
        frame = rgb if frame is None else cv2.add(rgb, cv2.multiply(frame, behind, scale=1 / 255))   # Premultiplied.
    return frame.astype(np.float32)


# ---- words in the picture ------------------------------------------------------------------------------------------

def lettering(draw_words):
    card = Image.new('RGBA', (WIDE, HIGH), (0, 0, 0, 0))
    draw_words(ImageDraw.Draw(card))
    return np.asarray(card, dtype=np.float32)


def title_card(d):
    big = face('PingfengSerif-Bold', 84)
    d.text((840, 92), '一条船的航程', font=big, fill=INK + (255,), anchor='mm')
    d.text((840, 168), '微党课　第一章　开天辟地', font=face('PingfengSans-Regular', 27), fill=INK2 + (255,), anchor='mm')


def number_card(d):
    figure(d, '十三人', '与会的国内代表')


def member_card(d):
    figure(d, '五十多名', '全国的党员')


def figure(d, number, words):
    d.text((520, 200), number, font=face('PingfengSerif-Bold', 96), fill=CINNABAR + (255,), anchor='mm')
    d.text((520, 276), words, font=face('PingfengSans-Regular', 28), fill=INK2 + (255,), anchor='mm')


def papers_card(d):
    big, small = face('PingfengSerif-Bold', 46), face('PingfengSans-Regular', 26)
    for y, a, b in ((54, '党的第一个纲领', '会议通过'), (116, '中央局', '会议选举产生')):
        d.text((376, y), a, font=big, fill=INK + (255,), anchor='lm')
        d.text((376 + d.textlength(a, font=big) + 30, y + 6), b, font=small, fill=INK2 + (255,), anchor='lm')


def end_card(d):
    d.text((300, 96), '山河为证', font=face('PingfengSerif-Bold', 72), fill=INK + (255,), anchor='mm')
    d.text((300, 160), '画面用本展插图制作，声音为合成', font=face('PingfengSans-Regular', 24), fill=INK2 + (255,), anchor='mm')


# card, appears, gone (None: stays to the end)
CARDS = [(title_card, 1.2, 7.2), (number_card, 28.2, 33.7), (member_card, 33.7, 39.4), (papers_card, 54.6, 64.4), (end_card, 75.6, None)]


def route(frame, t):
    """The red line grows from Shanghai to Jiaxing while the map stands."""
    u = smooth((t - 42) / 5)
    if u <= 0 or t < 40:
        return frame
    im = Image.fromarray(frame.astype(np.uint8)).resize((WIDE * 2, HIGH * 2), Image.BICUBIC)
    d = ImageDraw.Draw(im)
    def at(lon, lat):
        return (lon - MAP_LON[0]) / (MAP_LON[1] - MAP_LON[0]) * WIDE * 2, (MAP_LAT[1] - lat) / (MAP_LAT[1] - MAP_LAT[0]) * HIGH * 2

    a, b = at(121.47, 31.23), at(120.757, 30.75)
    pts = []
    for i in range(61):
        k = i / 60 * u
        bow = np.sin(np.pi * k) * 46
        pts.append((a[0] + (b[0] - a[0]) * k + bow * .4, a[1] + (b[1] - a[1]) * k + bow))
    d.line(pts, fill=PAPER, width=20, joint='curve')
    d.line(pts, fill=CINNABAR, width=12, joint='curve')
    x, y = pts[-1]
    d.ellipse((x - 18, y - 18, x + 18, y + 18), fill=PAPER)
    d.ellipse((x - 13, y - 13, x + 13, y + 13), fill=CINNABAR)
    return np.asarray(im.resize((WIDE, HIGH), Image.LANCZOS), dtype=np.float32)


def film():
    pictures = {}
    for _, _, name, *_ in SHOTS:
        if name not in pictures:
            pictures[name] = cut(film_map() if name == 'map' else open(os.path.join(ART, name + '.svg'), encoding='utf-8').read())
    cards = [(lettering(c), a, b) for c, a, b in CARDS]

    def frame(t):
        out = None
        for i, (_, start, name, v0, v1, drift) in enumerate(SHOTS):
            end = SHOTS[i + 1][1] if i + 1 < len(SHOTS) else END
            if not start - FADE / 2 <= t < end + FADE / 2:
                continue
            u = (t - start + FADE / 2) / (end - start + FADE)
            now = shoot(pictures[name], (v0, v1), drift, min(1, u))
            if name == 'map':
                now = route(now, t)
            k = smooth((t - start + FADE / 2) / FADE) if i else 1
            out = now if out is None else out * (1 - k) + now * k
        for card, a, b in cards:
            k = smooth((t - a) / 1.2) * (1 if b is None else smooth((b - t) / 1.0))
            if k > 0:
                alpha = card[..., 3:4] / 255 * k
                out = out * (1 - alpha) + card[..., :3] * alpha
        k = smooth(t / 1.0)                              # The film opens from paper, and never goes to black.
        if k < 1:
            out = out * k + np.array(PAPER, dtype=np.float32) * (1 - k)
        return np.clip(out + .5, 0, 255).astype(np.uint8)
    return frame


def clock(s):
    return f'{int(s // 3600):02}:{int(s // 60 % 60):02}:{s % 60:06.3f}'


def captions():
    for lang, column in (('zh-CN', 2), ('en', 3)):
        with open(os.path.join(OUT, f'nanhu.{lang}.vtt'), 'w', encoding='utf-8') as f:
            f.write('WEBVTT\n')
            for cue in CAPTIONS:
                f.write(f'\n{clock(cue[0])} --> {clock(cue[1])}\n{cue[column]}\n')


def main(args):
    os.makedirs(OUT, exist_ok=True)
    frame = film()
    if args[:1] == ['--at']:
        Image.fromarray(frame(float(args[1]))).save(args[2])
        return
    captions()
    Image.fromarray(frame(4.0)).save(os.path.join(OUT, 'nanhu-poster.jpg'), quality=90)
    with tempfile.TemporaryDirectory() as tmp:
        wav, made = os.path.join(tmp, 'sound.wav'), os.path.join(tmp, 'nanhu.mp4')
        sound.make(wav, END)
        coder = subprocess.Popen(
            ['ffmpeg', '-v', 'error', '-y', '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', f'{WIDE}x{HIGH}', '-r', str(FPS), '-i', '-', '-i', wav,
             '-vf', 'scale=out_color_matrix=bt709:out_range=tv', '-c:v', 'libx264', '-preset', 'medium', '-crf', '32', '-tune', 'animation', '-profile:v', 'main', '-pix_fmt', 'yuv420p',
             '-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709', '-color_range', 'tv', '-g', str(FPS * 2), '-keyint_min', str(FPS), '-threads', '2',
             '-c:a', 'aac', '-b:a', '80k', '-movflags', '+faststart', '-fflags', '+bitexact', '-map_metadata', '-1', made], stdin=subprocess.PIPE)
        for i in range(END * FPS):
            coder.stdin.write(frame(i / FPS).tobytes())
        coder.stdin.close()
        if coder.wait():
            sys.exit('ffmpeg failed')
        shutil.move(made, os.path.join(OUT, 'nanhu.mp4'))
    print(f"film/nanhu.mp4: {END} s, {os.path.getsize(os.path.join(OUT, 'nanhu.mp4')) / 1e6:.1f} MB")


if __name__ == '__main__':
    main(sys.argv[1:])
