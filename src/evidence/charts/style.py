"""What all charts share: lines that fit, the frame around a chart, and its SVG with words as text; lengths are inches.

Words are measured before they are drawn (`measure_text`, `wrap_text`), so that a frame (`make_figure`: title, key,
source line) is as high as they need; the same drawing gives the same bytes (`make_svg`).
"""

from __future__ import annotations

import hashlib
import io
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from html import escape
from pathlib import Path as File
from typing import Any, NamedTuple, ParamSpec, TypeVar

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ft2font import LoadFlags
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from evidence.palette import INK, QUIET, Look

SIZE, SMALL, TITLE = 10.0, 9.0, 12.0  # of type, in points
WIDTH, LINE, PAD = 7.2, 0.175, 0.08
FONTS = "Verdana, 'DejaVu Sans', sans-serif"
P = ParamSpec("P")
R = TypeVar("R")
_HINTED = 1.04  # letters fitted to pixels stand wider than their outlines
_STYLE = File(__file__).with_name("evidence.mplstyle")
_NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))
_TAG = re.compile(r"<[^>]+>")
_BARE = re.compile(r"<(g|defs)></\1>|<g>((?:(?!</?g\b).)*)</g>", re.DOTALL)
_NUMBER = re.compile(r"-?\d+\.\d{2,}")


@cache
def measure_text(text: str, size: float = SIZE, weight: str = "normal") -> float:
    """Return the width of a line of text in inches, set in DejaVu Sans (as wide as Verdana)."""
    return _HINTED * size / 72 * sum(_measure_letter(letter, weight) for letter in text)


@cache
def _measure_letter(letter: str, weight: str) -> float:
    """Return a letter's advance as a share of the type size."""
    font = get_font(findfont(FontProperties(family="DejaVu Sans", weight=weight)))
    font.set_size(100, 72)
    return font.load_char(ord(letter), flags=LoadFlags.NO_HINTING).linearHoriAdvance / 65536 / 100


def wrap_text(
    text: str, width: float, size: float = SIZE, *, weight: str = "normal", most: int | None = None
) -> list[str]:
    """Break a text at its spaces into lines of at most `width`; with `most`, cut it with an ellipsis."""
    lines: list[str] = []
    for word in filter(None, re.split(r"[ \n]+", text)):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and measure_text(longer, size, weight) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    if most is None or len(lines) <= most:
        return lines or [""]
    last = f"{lines[most - 1]} …"
    while measure_text(last, size, weight) > width and " " in last.removesuffix(" …"):
        last = last.removesuffix(" …").rsplit(" ", 1)[0] + " …"
    return [*lines[: most - 1], last]


def balance_text(text: str, width: float, size: float, *, weight: str) -> list[str]:
    """Break a text into as few lines as fit `width`, about equally long."""
    most = len(wrap_text(text, width, size, weight=weight))
    widths = (width * step / 40 for step in range(20, 40))
    tries = (wrap_text(text, narrow, size, weight=weight) for narrow in widths)
    return next((lines for lines in tries if len(lines) <= most), wrap_text(text, width, size, weight=weight))


class KeyItem(NamedTuple):
    """One entry of a key: its look, its words, and whether it is a mark (else a patch)."""

    look: Look
    text: str
    as_mark: bool = False


class Margins(NamedTuple):
    """Room beside and below an Axes."""

    left: float = 1.2
    right: float = 0.15
    bottom: float = 0.5


@contextmanager
def use_style() -> Iterator[None]:
    """Set matplotlib's own defaults and the project's style sheet, whatever the caller's settings are."""
    with matplotlib.rc_context(_read_style()):
        yield


@cache
def _read_style() -> Any:  # a dict whose keys matplotlib types one by one
    """Return every setting that has a say in how a chart looks."""
    style = matplotlib.rc_params_from_file(_STYLE, use_default_template=False)
    kept = ("backend", "interactive", "toolbar", "timezone", "webagg", "tk.", "savefig.directory", "figure.max")
    defaults = {k: v for k, v in matplotlib.rcParamsDefault.items() if not k.startswith(kept)}
    return defaults | dict(style)


def styled(draw: Callable[P, R]) -> Callable[P, R]:
    """Draw in the project's style, see `use_style`."""

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> R:
        with use_style():
            return draw(*args, **kwargs)

    return drawn


def make_figure(
    title: str,
    height: float,
    *,
    subtitle: str = "",
    key: Iterable[KeyItem] = (),
    caption: str = "",
    bottom: float = 0.0,
) -> tuple[Figure, float]:
    """Make a figure with title, subtitle, key and source line around a body of some height.

    Returns
    -------
    Figure
        Width `WIDTH`; its title is its ``suptitle``.
    float
        Where the body's lower edge is, in inches from below; `bottom` lies beneath it.
    """
    heads = balance_text(title, WIDTH - 0.1, TITLE, weight="bold")
    subs = wrap_text(subtitle, WIDTH - 0.1) if subtitle else []
    notes = wrap_text(caption, WIDTH - 0.1, SMALL) if caption else []
    items = _place_key(list(key))
    rows = items[-1][0] + 1 if items else 0
    foot = len(notes) * LINE + (PAD if notes else 0) + bottom + PAD / 2
    above = PAD + len(heads) * 0.21 + len(subs) * LINE + rows * 0.21 + 0.12
    figure = Figure(figsize=(WIDTH, foot + height + above))
    inches = figure.dpi_scale_trans
    y = foot + height + above - PAD
    figure.suptitle(
        "\n".join(heads),
        x=0.05 / WIDTH,
        y=y / (foot + height + above),
        ha="left",
        va="top",
        fontsize=TITLE,
        fontweight="bold",
        linespacing=1.15,
    )
    y -= len(heads) * 0.21
    figure.text(0.05, y, "\n".join(subs), transform=inches, va="top", color=QUIET)
    y -= len(subs) * LINE
    for row, x, item in items:
        _draw_key_item(figure, x, y - row * 0.21 - 0.14, item)
    figure.text(0.05, PAD / 2, "\n".join(notes), transform=inches, va="bottom", color=QUIET, fontsize=SMALL)
    return figure, foot


def _place_key(items: list[KeyItem]) -> list[tuple[int, float, KeyItem]]:
    placed, row, x = [], 0, 0.05
    for item in items:
        width = 0.24 + measure_text(item.text, SMALL + 0.5) + 0.17
        if x > 0.05 and x + width > WIDTH:
            row, x = row + 1, 0.05
        placed.append((row, x, item))
        x += width
    return placed


def _draw_key_item(figure: Figure, x: float, y: float, item: KeyItem) -> None:
    inches, look = figure.dpi_scale_trans, item.look
    if item.as_mark:
        figure.add_artist(
            Line2D(
                [x + 0.09],
                [y],
                marker=look.mark,
                markersize=7.5,
                linestyle="none",
                markerfacecolor=look.fill,
                markeredgecolor=INK,
                transform=inches,
            )
        )
    else:
        figure.add_artist(
            Rectangle(
                (x, y - 0.06),
                0.18,
                0.12,
                facecolor=look.fill,
                edgecolor=look.line,
                hatch=look.hatch,
                linewidth=0,
                transform=inches,
            )
        )
        figure.add_artist(
            Rectangle((x, y - 0.06), 0.18, 0.12, fill=False, edgecolor=QUIET, linewidth=0.6, transform=inches)
        )
    figure.text(x + 0.24, y, item.text, transform=inches, va="center_baseline", fontsize=SMALL + 0.5)


def make_axes(
    title: str, height: float, margins: Margins, *, subtitle: str = "", key: Iterable[KeyItem] = (), caption: str = ""
) -> Axes:
    """Make a figure as `make_figure` does, with one Axes as its body."""
    figure, foot = make_figure(title, height, subtitle=subtitle, key=key, caption=caption, bottom=margins.bottom)
    return place_axes(figure, margins.left, foot, WIDTH - margins.left - margins.right, height)


def place_axes(figure: Figure, left: float, bottom: float, width: float, height: float) -> Axes:
    """Add an Axes at a place in inches."""
    wide, high = figure.get_size_inches()
    return figure.add_axes((left / wide, bottom / high, width / wide, height / high))


def draw_boxes(axes: Axes, boxes: Iterable[tuple[float, float, float, float]], look: Look, gid: str) -> None:
    """Draw rectangles of one look, given as left, top, right, bottom, as one patch."""
    outlines = [Path([(a, b), (c, b), (c, d), (a, d), (a, b)], closed=True) for a, b, c, d in boxes]
    if outlines:
        patch = PathPatch(Path.make_compound_path(*outlines), hatch=look.hatch, linewidth=0.5, zorder=2, gid=gid)
        patch.set(facecolor=look.fill, edgecolor=look.line)
        axes.add_patch(patch)


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
    figure = chart if isinstance(chart, Figure) else chart.get_figure(root=True)
    if figure is None:
        raise ValueError("the chart's Axes is in no figure")
    return figure


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

    Examples
    --------
    >>> make_svg(make_axes("Two claims", 1, Margins()), "Nothing is drawn yet.")[:61]
    '<svg role="img" aria-label="Nothing is drawn yet." style="fon'
    """
    if not alt or not alt.strip():
        raise ValueError("alt must say what the chart shows; it is empty")
    figure, out = _get_figure(chart), io.StringIO()
    with use_style():
        figure.savefig(out, format="svg", metadata=_NO_METADATA)
    drawn = out.getvalue()
    return _label(_trim(drawn[drawn.index("<svg") :]), _find_title(figure), alt.strip())


def _find_title(figure: Figure) -> str:
    titles = [figure.get_suptitle(), *(axes.get_title(loc=loc) for axes in figure.axes for loc in ("left", "center"))]
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


def _write_font(font: re.Match[str]) -> str:
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
