"""The frame around a chart: width, title, key, source line; lengths are inches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from pathlib import Path as File
from typing import NamedTuple, ParamSpec, TypeVar

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from evidence.charts.letters import LINE, SMALL, balance_text, measure_text, wrap_text
from evidence.charts.palette import INK, QUIET, Look

__all__ = [
    "WIDTH",
    "KeyItem",
    "Margins",
    "make_axes",
    "make_canvas",
    "make_figure",
    "place_axes",
    "styled",
    "use_style",
]

WIDTH = 7.2
TITLE = 12.0
PAD = 0.08
_STYLE = File(__file__).with_name("evidence.mplstyle")
P, R = ParamSpec("P"), TypeVar("R")


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
def _read_style() -> dict:
    """Return every setting that has a say in how a chart looks."""
    style = matplotlib.rc_params_from_file(_STYLE, use_default_template=False)
    kept = (
        "backend",
        "interactive",
        "toolbar",
        "timezone",
        "webagg",
        "tk.",
        "savefig.directory",
        "figure.max",
    )
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
    title: str,
    height: float,
    margins: Margins,
    *,
    subtitle: str = "",
    key: Iterable[KeyItem] = (),
    caption: str = "",
) -> Axes:
    """Make a figure as `make_figure` does, with one Axes as its body."""
    figure, foot = make_figure(
        title, height, subtitle=subtitle, key=key, caption=caption, bottom=margins.bottom
    )
    return place_axes(figure, margins.left, foot, WIDTH - margins.left - margins.right, height)


def make_canvas(
    title: str, height: float, *, subtitle: str = "", key: Iterable[KeyItem] = (), caption: str = ""
) -> Axes:
    """Make a figure whose body is an Axes without axes, in inches from its upper left corner."""
    axes = make_axes(title, height, Margins(0, 0, 0), subtitle=subtitle, key=key, caption=caption)
    axes.set(xlim=(0, WIDTH), ylim=(height, 0))
    axes.axis("off")
    return axes


def place_axes(figure: Figure, left: float, bottom: float, width: float, height: float) -> Axes:
    """Add an Axes at a place in inches."""
    wide, high = figure.get_size_inches()
    return figure.add_axes((left / wide, bottom / high, width / wide, height / high))


def draw_boxes(axes: Axes, boxes: Iterable[tuple[float, float, float, float]], look: Look, gid: str) -> None:
    """Draw rectangles of one look, given as left, top, right, bottom, as one patch."""
    outlines = [Path([(a, b), (c, b), (c, d), (a, d), (a, b)], closed=True) for a, b, c, d in boxes]
    if outlines:
        patch = PathPatch(
            Path.make_compound_path(*outlines), hatch=look.hatch, linewidth=0.5, zorder=2, gid=gid
        )
        patch.set(facecolor=look.fill, edgecolor=look.line)
        axes.add_patch(patch)
