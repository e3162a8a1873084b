"""A page to look through what was measured: the tables, then every triple's pictures, worst first, sorted at a click.

One file with everything in it: pictures as WebP data, a few lines of script, nothing from elsewhere.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from html import escape
from pathlib import Path

from PIL import Image

from nurie.imaging.load import open_image
from nurie.imaging.write import save_text_atomic
from nurie.training.report import Report, figures_table, gains, notes, table, table_iii
from nurie.training.scores import Score, Scored

__all__ = ["make_html", "save_html"]

SIDE = 270
"""Longest side in pixels of a picture on the page."""
_SORTS = {
    "repaint": ("repaint share", -1),
    "psnr": ("PSNR", 1),
    "ssim": ("SSIM", 1),
    "ms_ssim": ("MS-SSIM", 1),
    "perceptual": ("perceptual distance", -1),
}
"""What can be sorted by: the figure's name, and 1 where small is bad, -1 where large is bad."""

_STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 110rem; padding: 1rem 1.5rem; }
pre { overflow-x: auto; font-size: 12px; line-height: 1.4; }
nav { position: sticky; top: 0; padding: .6rem 0; background: Canvas; z-index: 1; }
article { border-top: 1px solid color-mix(in srgb, CanvasText 25%, Canvas); padding: .8rem 0; }
h3 { margin: 0; font-size: 1rem; } h3 small { font-weight: normal; opacity: .75; }
.row { display: flex; flex-wrap: wrap; gap: .6rem; }
figure { margin: .4rem 0; } figcaption { font-size: 12px; }
img { background: #fff; max-width: 100%; }
"""

_SCRIPT = """
const [list, by, order] = ['#triples', '#by', '#order'].map(name => document.querySelector(name));
function sort() {
  const bad = by.selectedOptions[0].dataset.bad * (order.value === 'worst' ? 1 : -1);
  [...list.children].sort((a, b) => bad * (a.dataset[by.value] - b.dataset[by.value])).forEach(one => list.append(one));
}
by.onchange = order.onchange = sort;
"""


def save_html(told: Report, same: Report | None, path: Path) -> None:
    """Write `make_html` to a file, whole or not at all; OutputError when it cannot be written."""
    save_text_atomic(make_html(told, same), path)


def make_html(told: Report, same: Report | None = None) -> str:
    """The page; ``same`` adds the same-reference tables. Triples: largest repaint share of the first run first."""
    shown = next(iter(told.scored[0].pictures), None)
    name = shown or "reference resized"
    sorts = [key for key in _SORTS if getattr(told.means[name].foreground, key) is not None]
    choices = "".join(f'<option value="{key}" data-bad="{_SORTS[key][1]}">{_SORTS[key][0]}</option>' for key in sorts)
    ordered = sorted(told.scored, key=lambda one: -one.scores[name].repaint)
    articles = "\n".join(_article(one, name, sorts) for one in ordered)
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>nurie evaluate: {len(told.scored)} triples</title><style>{_STYLE}</style></head><body>
<h1>{len(told.scored)} triples</h1>
{_tables("Cross-reference", told)}
{"" if same is None else _tables("Same-reference: the truth itself is the reference", same)}
<p>{escape(notes(told)).replace(chr(10), "<br>")}</p>
<details><summary>Table III of the seed paper</summary><pre>{escape(table_iii(told, same))}</pre></details>
<nav><label>Sort by <select id="by">{choices}</select></label>
<select id="order" aria-label="Order"><option value="worst">worst first</option><option>best first</option></select>
of <b>{escape(name)}</b>, foreground</nav>
<main id="triples">
{articles}
</main><script>{_SCRIPT}</script></body></html>
"""


def _tables(title: str, told: Report) -> str:
    parts = [table(told.scored), figures_table(told, "foreground"), figures_table(told, "whole"), gains(told)]
    return f"<h2>{escape(title)}</h2>\n" + "\n".join(f"<pre>{escape(part)}</pre>" for part in parts)


def _article(one: Scored, name: str, sorts: Sequence[str]) -> str:
    data = " ".join(f'data-{key}="{getattr(one.scores[name].foreground, key):.5f}"' for key in sorts)
    given = {"sketch": one.triple.sketch, "reference": one.triple.reference}
    pictures = {what: open_image(path) for what, path in given.items()} | one.pictures
    pictures["truth"] = open_image(one.triple.truth)
    figures = "".join(_figure(what, picture, one.scores.get(what)) for what, picture in pictures.items())
    title = f"{escape(one.triple.id)} <small>{escape(one.triple.source)}</small>"
    return f'<article {data}><h3>{title}</h3><div class="row">{figures}</div></article>'


def _figure(what: str, picture: Image.Image, score: Score | None) -> str:
    caption = escape(what)
    if score is not None:
        caption += f"<br>{score.psnr:.2f} dB · SSIM {score.ssim:.3f} · MS-SSIM {score.foreground.ms_ssim:.3f}"
        caption += f"<br>repaint {100 * score.repaint:.1f} %"
        if score.foreground.perceptual is not None:
            caption += f" · perceptual {score.foreground.perceptual:.3f}"
    small = picture.copy()
    small.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    small.save(file, "WEBP", quality=85, method=2)
    source = f"data:image/webp;base64,{base64.b64encode(file.getvalue()).decode()}"
    size = f'width="{small.width}" height="{small.height}"'
    image = f'<img loading="lazy" alt="{escape(what)}" {size} src="{source}">'
    return f"<figure>{image}<figcaption>{caption}</figcaption></figure>"
