"""Draw pictures: python3 make.py [name …]. Previews need resvg-py, Pillow and imagequant (--no-preview to skip)."""
import importlib
import io
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.dirname(HERE)
NAMES = ['attract', 'home'] + ['ch%02d' % i for i in range(1, 11)] + ['places', 'march', 'highland', 'objects', 'hotspots', 'maps']
LIMIT = 250_000


def preview(svg, name, view):
    import imagequant
    import resvg_py
    from PIL import Image
    x, y, w, h = view
    png = resvg_py.svg_to_bytes(svg_string=svg, width=int(1920 * w / 3840), height=int(1080 * h / 2160), skip_system_fonts=True)
    im = Image.open(io.BytesIO(bytes(png))).convert('RGB')
    os.makedirs(os.path.join(OUT, 'preview'), exist_ok=True)
    wide = im.resize((im.width // 2, im.height // 2), Image.LANCZOS)
    jobs = [(wide, name)]
    if w == 3840:
        cut = im.crop((656, 0, 1264, 1080)).resize((540, 960), Image.LANCZOS)
        jobs.append((cut, name + '-tall'))
    for pic, label in jobs:
        for colours, dither in ((256, .6), (200, .35), (160, .2), (128, 0), (64, 0)):
            q = imagequant.quantize_pil_image(pic, dithering_level=dither, max_colors=colours)
            buf = io.BytesIO()
            q.save(buf, 'PNG', optimize=True)
            if buf.tell() < 150_000:
                break
        with open(os.path.join(OUT, 'preview', label + '.png'), 'wb') as f:
            f.write(buf.getvalue())


def main(args):
    show = '--no-preview' not in args
    for name in [n for n in args if not n.startswith('-')] or NAMES:
        t = time.time()
        mod = importlib.import_module(name)
        for art in mod.draw():
            svg = art.svg()
            assert len(svg.encode()) <= LIMIT, (art.name, len(svg))
            with open(os.path.join(OUT, art.name + '.svg'), 'w', encoding='utf-8') as f:
                f.write(svg)
            if show:
                preview(svg, art.name, art.view)
            print('%-12s %6.1f KB  %.1f s' % (art.name, len(svg) / 1024, time.time() - t))


if __name__ == '__main__':
    main(sys.argv[1:])
