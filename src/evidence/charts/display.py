"""Show a chart in a notebook as a small SVG with alternative text; the same drawing gives the same bytes."""

from __future__ import annotations

import hashlib
import io
import re
import sys
from html import escape

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evidence.charts.frames import use_style
from evidence.charts.palette import INK

__all__ = ["make_svg", "show"]

FONTS = "Verdana, 'DejaVu Sans', sans-serif"
_NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))
_TAG = re.compile(r"<[^>]+>")
_BARE = re.compile(r"<(g|defs)></\1>|<g>((?:(?!</?g\b).)*)</g>", re.DOTALL)
_NUMBER = re.compile(r"-?\d+\.\d{2,}")


def show(chart: Figure | Axes, alt: str) -> None:
    """Display a chart as SVG with alternative text, then close it.

    Parameters
    ----------
    chart
        What a ``plot_`` function returns.
    alt
        What the chart shows, in words; also the cell's plain text.

    Raises
    ------
    ValueError
        Where `alt` is empty.
    """
    from IPython.display import display

    figure = _get_figure(chart)
    svg = make_svg(figure, alt)
    display({"image/svg+xml": svg, "text/plain": alt}, metadata={"image/svg+xml": {"alt": alt}}, raw=True)
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close(figure)


def _get_figure(chart: Figure | Axes) -> Figure:
    return chart if isinstance(chart, Figure) else chart.get_figure(root=True)


def make_svg(chart: Figure | Axes, alt: str) -> str:
    """Return a chart as an SVG element.

    Parameters
    ----------
    chart, alt
        As for `show`.

    Returns
    -------
    str
        From ``<svg`` on: ``role="img"``, `alt` as its label, the chart's title as ``<title>``; text stays
        text. The same drawing gives the same bytes, and ids begin with a hash of the drawing, so that charts
        on one page do not mix.

    Raises
    ------
    ValueError
        Where `alt` is empty.
    """
    if not alt or not alt.strip():
        raise ValueError("alt must say what the chart shows; it is empty")
    figure, out = _get_figure(chart), io.StringIO()
    with use_style():
        figure.savefig(out, format="svg", metadata=_NO_METADATA)
    drawn = out.getvalue()
    return _label(_trim(drawn[drawn.index("<svg") :]), _find_title(figure), alt.strip())


def _find_title(figure: Figure) -> str:
    titles = [
        figure.get_suptitle(),
        *(axes.get_title(loc=loc) for axes in figure.axes for loc in ("left", "center")),
    ]
    return " ".join(next((title for title in titles if title), "Chart").split())


def _trim(svg: str) -> str:
    """Leave out what no reader sees: comments, ids nobody refers to, digits below a hundredth of a point."""
    svg = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>|<style.*?</style>", "", svg, flags=re.DOTALL)
    used = {name for tag in _TAG.findall(svg) for name in re.findall(r"#([\w.-]+)", tag)}
    svg = _TAG.sub(lambda tag: _trim_tag(tag.group(), used), svg)
    svg = re.sub(r">\s+<", "><", re.sub(r"<(g|defs)/>", "", svg))
    while (bare := _BARE.sub(r"\2", svg)) != svg:
        svg = bare
    return svg.strip()


def _trim_tag(tag: str, used: set[str]) -> str:
    tag = re.sub(r' id="([^"]*)"', lambda found: found.group() if found.group(1) in used else "", tag)
    tag = re.sub(r' (?:d|x|y|width|height|transform)="[^"]*"', lambda found: _round(found.group()), tag)
    tag = re.sub(r' transform="rotate\(-?0(?: [^)]*)?\)"', "", tag)
    tag = re.sub(r" font-family: [^;\"]*;", "", tag).replace("; fill: #1b1b1b", "")
    return re.sub(r"font: ((?:\w+ )*)([\d.]+px) [^;\"]*", _write_font, tag)


def _write_font(font: re.Match) -> str:
    bold = "; font-weight: bold" if re.search(r"bold|[67]00", font[1]) else ""
    return f"font-size: {font[2]}{bold}{'; font-style: italic' * ('italic' in font[1])}"


def _round(attribute: str) -> str:
    short = _NUMBER.sub(lambda found: f"{float(found.group()):.2f}".rstrip("0").rstrip("."), attribute)
    return re.sub(r"\s*([MLC])\s*", r"\1", short).replace(' "', '"') if short.startswith(" d=") else short


def _label(svg: str, title: str, alt: str) -> str:
    mark = f"c{hashlib.sha256((svg + title + alt).encode('utf-8')).hexdigest()[:10]}"
    svg = _TAG.sub(lambda tag: re.sub(r'( id="|url\(#|href="#)', rf"\g<1>{mark}", tag.group()), svg)
    look = f"font-family: {FONTS}; fill: {INK.lower()}; stroke-linejoin: round"
    end = svg.index(">")
    head = svg[:end].replace("<svg", f'<svg role="img" aria-label="{escape(alt)}" style="{look}"', 1)
    return f"{head}><title>{escape(title)}</title>{svg[end + 1 :]}"
