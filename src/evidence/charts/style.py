"""What all charts share: lines that fit, the frame around a chart, and its SVG with words as text; lengths are inches.

Words are measured before they are drawn (`measure_width`, `wrap_text`), so that a frame (`make_figure`: title, key,
caption) is as high as they need; the same drawing gives the same bytes (`make_svg`). A mark that leads somewhere gets
its address and its words as one string (`link`); the SVG holds them as a link with a title, and where it is wide once
more as lines in the place of the caption, hidden until a page's style shows them. A chart is drawn `WIDTH` wide, and
`NARROW` for telephones, with the rows' names above the rows; in both no letter is smaller than 9 points.
"""

from __future__ import annotations

import hashlib
import io
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial, wraps
from html import escape, unescape
from pathlib import Path as File
from typing import Any, NamedTuple, ParamSpec, TypeVar

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ft2font import LoadFlags
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from evidence.palette import INK, ON_FILL, QUIET, Look

SIZE, SMALL, TITLE = 10.0, 9.0, 12.0  # of type, in points
WIDTH, NARROW, LINE, PAD = 7.2, 3.6, 0.175, 0.08
MOST_LEFT = 2.0  # room for the names of rows, which break into lines where they are longer
MOST_ROWS, MOST_MARKS = 20, 800  # that a chart draws; what is left out is said in its caption
FONTS = "Verdana, 'DejaVu Sans', sans-serif"
P = ParamSpec("P")
R = TypeVar("R", bound=Figure | Axes)
_HINTED = 1.04  # letters fitted to pixels stand wider than their outlines
_STYLE = File(__file__).with_name("evidence.mplstyle")
_NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))
_TAG = re.compile(r"<[^>]+>")
_BARE = re.compile(r"<(g|defs)></\1>|<g>((?:(?!</?g\b).)*)</g>", re.DOTALL)
_TIP = r'(?:<text class="tip"(?:(?!</text>).)*</text>)?'
_ONE = rf'<a [^>]*><title>[^<]*</title><(?:path|use) [^>]*style="{{look}}"/></a>{_TIP}'
_RUN = re.compile(_ONE.format(look='([^"]*)') + f"(?:{_ONE})+".format(look=r"\1"))
_NUMBER = re.compile(r"-?\d+\.\d{2,}")
_OWN = re.compile(r'((?<!<a )href="#| id="|url\(#)')
_LINES = re.compile(r"(<a xlink:href=[^>]*>)((?:(?!</a>).)*)</a>\s*\1", re.DOTALL)
_MARK = re.compile(r'<a xlink:href=(["\'])([^> ]*) ?([^>]*)\1 target="_blank">(.*?)</a>', re.DOTALL)


@cache
def measure_width(text: str, size: float = SIZE, weight: str = "normal") -> float:
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
        if lines and measure_width(longer, size, weight) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    if most is None or len(lines) <= most:
        return lines or [""]
    last = f"{lines[most - 1]} …"
    while measure_width(last, size, weight) > width and " " in last.removesuffix(" …"):
        last = last.removesuffix(" …").rsplit(" ", 1)[0] + " …"
    return [*lines[: most - 1], last]


def balance_text(text: str, width: float, size: float, *, weight: str) -> list[str]:
    """Break a text into as few lines as fit `width`, about equally long."""
    most = len(wrap_text(text, width, size, weight=weight))
    widths = (width * step / 40 for step in range(20, 40))
    tries = (wrap_text(text, narrow, size, weight=weight) for narrow in widths)
    return next((lines for lines in tries if len(lines) <= most), wrap_text(text, width, size, weight=weight))


class KeyItem(NamedTuple):
    """One entry of a key: its look, its words, whether it is a mark (else a patch), and where it leads, from `link`."""

    look: Look
    text: str
    as_mark: bool = False
    leads_to: str | None = None


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


class Chart(Figure):
    """A figure that knows how wide it is drawn, where its caption stands, and how it is drawn `NARROW`."""

    wide, caption_lines = WIDTH, 0
    redraw: Callable[[], Figure | Axes] | None = None


def styled(draw: Callable[P, R]) -> Callable[P, R]:
    """Draw in the project's style, see `use_style`; the chart keeps how it is drawn narrow."""

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> R:
        with use_style():
            chart = draw(*args, **kwargs)
        figure = _get_figure(chart)
        if isinstance(figure, Chart):
            kwargs["width"] = NARROW
            figure.redraw = partial(drawn, *args, **kwargs)
        return chart

    return drawn


def link(address: str, words: str) -> str:
    """Write what a mark leads to, and its words, as the one address that an artist can have (``set_url``).

    Examples
    --------
    >>> link("#P01", "Massage against  rest")
    '#P01 Massage against rest'
    """
    return f"{address} {' '.join(words.split())}"


def make_figure(
    title: str,
    height: float,
    *,
    width: float = WIDTH,
    subtitle: str = "",
    key: Iterable[KeyItem] = (),
    caption: str = "",
    bottom: float = 0.0,
    leads_to: str | None = None,
) -> tuple[Chart, float]:
    """Make a figure with title, subtitle, key and caption around a body of some height.

    Returns
    -------
    Chart
        Its title is its ``suptitle``; its subtitle leads where `leads_to`, from `link`, says.
    float
        Where the body's lower edge is, in inches from below; `bottom` lies beneath it.
    """
    heads = balance_text(title, width - 0.1, TITLE, weight="bold")
    subs = wrap_text(subtitle, width - 0.1) if subtitle else []
    notes = wrap_text(re.sub(r"\bn = (?=\d)", "n\u00a0=\u00a0", caption), width - 0.1, SMALL) if caption else []
    items = _place_key(list(key), width)
    rows = items[-1][0] + 1 if items else 0
    room = max(len(notes), 2 if width == WIDTH else 4)  # of the caption, and of a mark's words in its place
    foot = room * LINE + PAD + bottom + PAD / 2
    above = PAD + len(heads) * 0.21 + len(subs) * LINE + rows * 0.21 + 0.12
    figure = Chart(figsize=(width, foot + height + above))
    figure.wide, figure.caption_lines = width, room
    inches = figure.dpi_scale_trans
    y = foot + height + above - PAD
    figure.suptitle(
        "\n".join(heads),
        x=0.05 / width,
        y=y / (foot + height + above),
        ha="left",
        va="top",
        fontsize=TITLE,
        fontweight="bold",
        linespacing=1.15,
    )
    y -= len(heads) * 0.21
    figure.text(0.05, y, "\n".join(subs), transform=inches, va="top", color=QUIET, url=leads_to)
    y -= len(subs) * LINE
    for row, x, item in items:
        _draw_key_item(figure, x, y - row * 0.21 - 0.14, item)
    for i, note in enumerate(notes):
        figure.text(0.05, _find_caption(room, i), note, transform=inches, color=QUIET, fontsize=SMALL, gid="caption")
    return figure, foot


def _find_caption(lines: int, i: int) -> float:
    """Return how high the letters of a line of a caption stand, in inches from below."""
    return PAD / 2 + (lines - 1 - i) * LINE + 0.04


def _place_key(items: list[KeyItem], wide: float) -> list[tuple[int, float, KeyItem]]:
    placed, row, x = [], 0, 0.05
    for item in items:
        width = 0.24 + measure_width(item.text, SMALL + 0.5) + 0.17
        if x > 0.05 and x + width > wide:
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
    size = SMALL + 0.5
    figure.text(x + 0.24, y, item.text, transform=inches, va="center_baseline", fontsize=size, url=item.leads_to)


def make_axes(
    title: str, height: float, margins: Margins, *, width: float = WIDTH, key: Iterable[KeyItem] = (), caption: str = ""
) -> Axes:
    """Make a figure as `make_figure` does, with one Axes as its body."""
    figure, foot = make_figure(title, height, width=width, key=key, caption=caption, bottom=margins.bottom)
    return place_axes(figure, margins.left, foot, width - margins.left - margins.right, height)


def place_axes(figure: Figure, left: float, bottom: float, width: float, height: float) -> Axes:
    """Add an Axes at a place in inches."""
    wide, high = figure.get_size_inches()
    return figure.add_axes((left / wide, bottom / high, width / wide, height / high))


def name_rows(
    axes: Axes,
    names: Sequence[str],
    sizes: Sequence[str],
    *,
    links: Sequence[str | None],
    above: float,
    right: float = 0,
) -> None:
    """Write the names of an Axes' rows (``gid`` ``row``) and how large each is: at the left, or above where narrow.

    Parameters
    ----------
    axes
        Rows are at 0, 1, ... from above. A name that is longer than its room breaks into lines, see `find_more`.
    names, sizes, links
        One for each row; from `link`.
    above
        How far above a row its name, or its last line, stands in a narrow chart, in rows; 0 in a wide one.
    right
        Room that is taken at the right of a narrow chart.
    """
    for y, (name, size, leads_to) in enumerate(zip(names, sizes, links, strict=True)):
        lines = _break_name(name, size, right, narrow=bool(above))
        beside = 72 * max(measure_width(f"{line}  ") for line in lines), 0.0
        places = [(0.0, 0.0), beside] if above else [(-5.0, 6.0), (-5.0, -0.25 - 6.25 * len(lines))]
        for (over, up), text, gid in zip(places, ("\n".join(lines), size), ("row", "size"), strict=True):
            axes.annotate(
                text,
                (0, y - above),
                xycoords=axes.get_yaxis_transform(),
                xytext=(over, up),
                textcoords="offset points",
                ha="left" if above else "right",
                va="baseline" if above else "center_baseline",
                fontsize=SIZE if gid == "row" else SMALL,
                color=INK if gid == "row" else QUIET,
                url=leads_to if gid == "row" else None,
                gid=gid,
            )
    axes.set_yticks([])


def _break_name(name: str, size: str, right: float, *, narrow: bool) -> list[str]:
    """Break a row's name into the lines that it needs: at the left of a wide chart, or above a narrow one's row."""
    room = NARROW - 0.1 - right - measure_width(f"  {size}", SMALL) if narrow else MOST_LEFT - 0.15
    return wrap_text(name, room)


def find_more(names: Sequence[str], sizes: Sequence[str], *, narrow: bool, right: float = 0) -> float:
    """Return the height that rows' names need beyond one line; for `right`, see `name_rows`."""
    lines = (len(_break_name(*row, right, narrow=narrow)) for row in zip(names, sizes, strict=True))
    return LINE * (max(lines, default=1) - 1)


def find_ink(look: Look) -> str:
    """Return the colour of words on a fill."""
    return ON_FILL if look.ink == INK else look.ink


def find_left(names: Iterable[str], sizes: Iterable[str]) -> float:
    """Return the room that the names of rows need at the left, at most `MOST_LEFT`."""
    widths = [*(measure_width(name) for name in names), *(measure_width(size, SMALL) for size in sizes)]
    return min(0.15 + max(widths, default=0.5), MOST_LEFT)


def count_left_out(drawn: int, of: int, what: str, *, by: str = "claims") -> str:
    """Say for a caption that not all rows are drawn, and by what they were chosen; nothing where all are.

    Examples
    --------
    >>> count_left_out(20, 50, "articles")
    'Drawn are the 20 articles with most claims of 50; all stand in the list of claims.'
    """
    if drawn == of:
        return ""
    return f"Drawn are the {drawn:,} {what} with most {by} of {of:,}; all stand in the list of claims."


def show(chart: Figure | Axes, alt: str) -> None:
    """Display a chart as SVG with alternative text, and its narrow drawing in the SVG's metadata, then close it.

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
    about = {"alt": alt}
    if isinstance(figure, Chart) and figure.redraw:
        about["narrow"] = make_svg(figure.redraw(), alt)
    svg = make_svg(figure, alt)
    display({"image/svg+xml": svg, "text/plain": alt}, metadata={"image/svg+xml": about}, raw=True)
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
        From ``<svg`` on: ``role="group"``, `alt` as its label, the chart's title as ``<title>``; text stays text. What
        `link` gave is an ``<a>`` with its words as ``<title>``; in a wide chart they stand beside it, as hidden text
        of class ``tip`` in the place of the caption (class ``caption``). The same drawing gives the same bytes, and
        ids begin with a hash of the drawing, so that charts on one page do not mix.

    Raises
    ------
    ValueError
        Where `alt` is empty.

    Examples
    --------
    >>> make_svg(make_axes("Two claims", 1, Margins()), "Nothing is drawn yet.")[:58]
    '<svg class="chart" role="group" aria-label="Nothing is dra'
    """
    if not alt or not alt.strip():
        raise ValueError("alt must say what the chart shows; it is empty")
    figure, out = _get_figure(chart), io.StringIO()
    with use_style():
        figure.savefig(out, format="svg", metadata=_NO_METADATA)
    drawn = out.getvalue()
    drawn = drawn[drawn.index("<svg") :]
    if isinstance(figure, Chart):
        while (joined := _LINES.sub(r"\1\2", drawn)) != drawn:  # lines of one text are one link
            drawn = joined
        drawn = _MARK.sub(partial(_write_mark, figure), drawn)
    return _label(_trim(drawn), _find_title(figure), alt.strip())


def _write_mark(figure: Chart, mark: re.Match[str]) -> str:
    """Write a mark that leads somewhere: a link with its words as title and, if wide, also in the caption's place."""
    words = unescape(mark[3])
    begin = f'<a href="{mark[2]}"><title>{escape(words, quote=False)}</title>{mark[4]}</a>'
    if figure.wide < WIDTH:
        return begin  # a telephone's page has no place to spare, and its readers follow the link
    lines = wrap_text(words, figure.wide - 0.1, SMALL, most=figure.caption_lines)
    tops = [72 * (figure.get_figheight() - _find_caption(figure.caption_lines, i)) for i in range(len(lines))]
    spans = "".join(
        f'<tspan x="4" y="{top:.0f}">{escape(line, quote=False)}</tspan>' for top, line in zip(tops, lines, strict=True)
    )
    return f'{begin}<text class="tip" visibility="hidden">{spans}</text>'


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
    return _RUN.sub(_share_look, svg).strip()


def _share_look(run: re.Match[str]) -> str:
    """Give a run of marks of one look its look once."""
    look = f' style="{run[1]}"'
    return f"<g{look}>{run[0].replace(look, '')}</g>"


def _trim_tag(tag: str, used: set[str]) -> str:
    if tag.startswith('<path id="m'):  # a marker that is used below: its look stands there, too
        tag = re.sub(r' style="[^"]*"', "", tag)
    tag = tag.replace(' id="caption"', ' class="caption"', 1)
    tag = re.sub(r' id="([^"]*)"', lambda found: found.group() if found.group(1) in used else "", tag)
    tag = re.sub(r' (?:d|x|y|width|height|transform)="[^"]*"', lambda found: _round(found.group()), tag)
    tag = re.sub(r' transform="rotate\(-?0(?: [^)]*)?\)"', "", tag)
    tag = re.sub(r" font-family: [^;\"]*;", "", tag).replace("; fill: #1b1b1b", "")
    tag = tag.replace(" xlink:href=", " href=").replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', "")
    tag = re.sub(r"font: ((?:\w+ )*)([\d.]+px) [^;\"]*", _write_font, tag)
    return re.sub(rf'( style="|; )font-size: {SMALL:g}px(; |(?="))', r"\1", tag).replace(' style=""', "")  # the root's


def _write_font(font: re.Match[str]) -> str:
    bold = "; font-weight: bold" if re.search(r"bold|[67]00", font[1]) else ""
    return f"font-size: {font[2]}{bold}{'; font-style: italic' * ('italic' in font[1])}"


def _round(attribute: str) -> str:
    short = _NUMBER.sub(lambda found: f"{float(found.group()):.2f}".rstrip("0").rstrip("."), attribute)
    return re.sub(r"\s*([MLCz])\s*", r"\1", short).replace(' "', '"') if short.startswith(" d=") else short


def _label(svg: str, title: str, alt: str) -> str:
    mark = f"c{hashlib.sha256((svg + title + alt).encode('utf-8')).hexdigest()[:10]}"
    svg = _TAG.sub(lambda tag: _OWN.sub(rf"\g<1>{mark}", tag.group()), svg)
    look = f"font-family: {FONTS}; font-size: {SMALL:g}px; fill: {INK.lower()}; stroke-linejoin: round"
    end = svg.index(">")
    head = svg[:end].replace("<svg", f'<svg class="chart" role="group" aria-label="{escape(alt)}" style="{look}"', 1)
    return f"{head}><title>{escape(title)}</title>{svg[end + 1 :]}"


def join_sentences(*sentences: str) -> str:
    """Join what a caption says, each part a sentence; an empty one is left out.

    Examples
    --------
    >>> join_sentences("Claims that promote", "", "A mark is a claim.")
    'Claims that promote. A mark is a claim.'
    """
    return " ".join(part if part.endswith(".") else f"{part}." for part in sentences if part)
