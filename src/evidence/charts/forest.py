"""Findings drawn as a forest: each estimate with its interval, each outcome and measure on its own axis, none pooled.

A figure is one proposition's (`plot_forest`), an Axes one outcome's (`plot_outcome`); what stands beside a mark is
written by `evidence.labels`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.markers import CARETLEFT, CARETRIGHT
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

from evidence import labels
from evidence.charts.style import LINE, SMALL, WIDTH, KeyItem, make_figure, place_axes, styled, wrap_text
from evidence.findings import RATIOS, list_estimates
from evidence.palette import FINDING_LOOKS, INK, QUIET, SOFT, Look

if TYPE_CHECKING:
    from evidence.tables import Review

LEFT, RIGHT = 3.1, 1.4
WIDE = WIDTH - LEFT - RIGHT
HEAD, AXIS = 0.34, 0.5
MEASURES = {
    "MD": "Mean difference",
    "SMD": "Standardised mean difference",
    "RR": "Risk ratio",
    "OR": "Odds ratio",
    "percent": "Per cent",
}
UNITS = {"MD": "points", "SMD": "standard deviations", "RR": "log scale", "OR": "log scale", "percent": "%"}
SIDES = {"lower": ("better", "worse"), "higher": ("better", "worse"), "not_applicable": ("lower", "higher")}
RATIO_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
KEY = {"reported": "reported", "derived": "derived by this project", "pooled": "pooled by a review"}


@styled
def plot_outcome(estimates: pd.DataFrame, axes: Axes) -> Axes:
    """Draw the findings that share an axis: estimate, interval, study, comparator, number of people.

    Parameters
    ----------
    estimates
        Rows of one ``outcome`` of `evidence.findings.list_estimates`.
    axes
        Where to draw; words stand beside it.

    Returns
    -------
    matplotlib.axes.Axes
        One mark a finding (``gid`` its id): filled for a reported number, hollow for a derived one, a diamond
        for a review's pooled one. An interval that leaves the axis ends in an arrow. Better is at the left: where the
        higher number is the better one, the axis runs from high to low.

    Raises
    ------
    ValueError
        Where the rows have several outcomes or no number: they may not share an axis.
    """
    return draw_outcome(estimates.to_dict("records"), axes)


def draw_outcome(rows: Sequence[Mapping[str, Any]], axes: Axes) -> Axes:
    """Draw rows as `plot_outcome` does, in the style that is set."""
    outcomes = dict.fromkeys((row["outcome"], row["favours_when"]) for row in rows)
    if len(outcomes) != 1 or any(pd.isna(row["estimate"]) for row in rows):
        raise ValueError(f"one outcome with numbers per Axes; these are {', '.join(name for name, _ in outcomes)}")
    measure = str(rows[0]["effect_measure"])
    null = 1.0 if measure in RATIOS else 0.0
    axes.set_xscale("log" if measure in RATIOS else "linear")
    low, high = _find_limits(rows, null, measure in RATIOS)
    favours = str(rows[0]["favours_when"])
    axes.set(xlim=(high, low) if favours == "higher" else (low, high), ylim=(len(rows) - 0.5, -0.5))
    axes.axvline(null, color=SOFT, linewidth=1, gid="null")
    for y, row in enumerate(rows):
        _draw_estimate(axes, y, row, low, high)
        _write_row(axes, y, row)
    _set_ticks(axes, measure, favours)
    return axes


def _find_limits(rows: Sequence[Mapping[str, Any]], null: float, ratio: bool) -> tuple[float, float]:
    """Show every estimate and the null; an interval far wider than they are apart may leave the axis."""

    def scale(values: Iterable[float]) -> np.ndarray[Any, Any]:
        numbers = np.asarray(list(values), dtype=float)
        return np.log(numbers) if ratio else numbers

    inner = scale([*(row["estimate"] for row in rows), null])
    span = max(inner.max() - inner.min(), 0.4 if ratio else 0.2 * max(abs(inner).max(), 1e-9))
    low_ends = [row["ci_low"] for row in rows if row["ci_low"] > (0 if ratio else -np.inf)]
    high_ends = [row["ci_high"] for row in rows if pd.notna(row["ci_high"])]
    low = max(min([*scale(low_ends), inner.min()]), inner.min() - 2 * span)
    high = min(max([*scale(high_ends), inner.max()]), inner.max() + 2 * span)
    room = 0.08 * (high - low)
    ends = low - room, high + room
    lower, upper = np.exp(ends) if ratio else ends
    return float(lower), float(upper)


def find_look(row: Mapping[str, Any]) -> Look:
    """Return how a finding is drawn: pooled by a review, reported on the page, or derived by the project."""
    return FINDING_LOOKS["pooled" if row["pooled"] else "reported" if row["origin"] == "reported" else "derived"]


def _draw_estimate(axes: Axes, y: int, row: Mapping[str, Any], low: float, high: float) -> None:
    look = find_look(row)
    name = row["finding_id"]
    if pd.notna(row["ci_low"]):
        ends = max(row["ci_low"], low), min(row["ci_high"], high)
        if row["pooled"]:
            axes.fill(
                [ends[0], row["estimate"], ends[1], row["estimate"]],
                [y, y - 0.2, y, y + 0.2],
                facecolor=look.fill,
                edgecolor=INK,
                linewidth=0.8,
                gid=name,
                zorder=3,
            )
        else:
            axes.plot(ends, [y, y], color=INK, linewidth=1.4, solid_capstyle="butt", gid=f"{name}-interval")
        to_low, to_high = (CARETRIGHT, CARETLEFT) if row["favours_when"] == "higher" else (CARETLEFT, CARETRIGHT)
        for leaves, limit, mark in ((row["ci_low"] < low, low, to_low), (row["ci_high"] > high, high, to_high)):
            if leaves:
                axes.plot(
                    [limit],
                    [y],
                    marker=mark,
                    markersize=6,
                    color=INK,
                    linestyle="none",
                    clip_on=False,
                    gid=f"{name}-arrow",
                )
    if not row["pooled"]:
        axes.plot(
            [row["estimate"]],
            [y],
            marker=look.mark,
            markersize=7.5,
            markerfacecolor=look.fill,
            linestyle="none",
            gid=name,
            zorder=3,
        )


def _write_row(axes: Axes, y: int, row: Mapping[str, Any]) -> None:
    about = _write_about(row)
    lines = [f"{row['study_id']}  {labels.size(row)}".strip(), *about]
    number, _, interval = row["effect"].removeprefix(f"{row['effect_measure']} ").partition(" (")
    beside = [number, f"({interval}" if interval else "no interval"]
    for x, texts, name in ((-(LEFT - 0.05), lines, "study"), (WIDE + 0.12, beside, "effect")):
        top = (len(texts) - 1) / 2
        for i, text in enumerate(texts):
            axes.annotate(
                text,
                (x / WIDE, y),
                xycoords=axes.get_yaxis_transform(),
                xytext=(0, (top - i) * 12),
                va="center_baseline",
                textcoords="offset points",
                fontsize=SMALL - 0.5 * bool(i),
                color=QUIET if i else INK,
                gid=None if i else name,
            )


def _set_ticks(axes: Axes, measure: str, favours: str) -> None:
    if measure in RATIOS:
        low, high = sorted(axes.get_xlim())
        inside = [tick for tick in RATIO_TICKS if low <= tick <= high]
        axes.xaxis.set_major_locator(FixedLocator(inside))
        axes.xaxis.set_major_formatter("{x:g}")
        axes.xaxis.set_minor_locator(NullLocator())
    else:
        axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    left, right = SIDES[favours]
    words = (f"← {left}", UNITS[measure], f"{right} →")
    for x, text, side in zip((0, 0.5, 1), words, ("left", "center", "right"), strict=True):
        axes.annotate(
            text,
            (x, 0),
            xycoords="axes fraction",
            xytext=(0, -27),
            textcoords="offset points",
            fontsize=SMALL,
            ha=side,
            va="baseline",
            color=INK if side == "center" else QUIET,
            gid=f"side-{side}",
        )


def find_height(rows: Iterable[Mapping[str, Any]]) -> float:
    """Return the height of a row: room for the study and what is said about it."""
    return 0.2 + LINE + 0.16 * max(len(_write_about(row)) for row in rows)


def _write_about(row: Mapping[str, Any]) -> list[str]:
    said = labels.finding(row)
    measure = said.measure if row["effect_measure"] in ("SMD", *RATIOS) else ""
    parts = (measure, said.comparator and f"v {said.comparator}", said.timepoint)
    return wrap_text("; ".join(filter(None, parts)), LEFT - 0.2, SMALL - 0.5, most=2)


@styled
def plot_forest(review: Review, proposition_id: str, *, caption: str = "") -> Figure:
    """Draw the findings of a proposition, each outcome and measure on an Axes of its own.

    Parameters
    ----------
    review
        As `evidence.load` returns it.
    proposition_id
        Which.
    caption
        Source line.

    Returns
    -------
    matplotlib.figure.Figure
        One Axes an outcome, as `plot_outcome` draws it; findings without a number stand beneath as lines of
        text.

    Raises
    ------
    KeyError
        Where there is no such proposition.
    """
    rows = list_estimates(review, proposition_id).to_dict("records")
    about = review.propositions.set_index("proposition_id").loc[proposition_id]
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(row["outcome"], []).append(row)
    unread = [line for row in groups.pop(labels.UNREAD, []) for line in _write_unread(row)]
    heads = {name: _write_head(name) for name in groups}
    heights = {name: find_height(part) * len(part) for name, part in groups.items()}
    height = sum(HEAD + LINE * (len(heads[name]) - 1) + high + AXIS for name, high in heights.items())
    height += HEAD + LINE * len(unread) if unread else 0
    read = [row for part in groups.values() for row in part]
    numbers = f"{labels.count(len(rows), 'finding')}, {len(read):,} with a number"
    drawn_as = [find_look(row) for row in read]
    key = [
        KeyItem(look, text, True)
        for look, text in ((FINDING_LOOKS[word], text) for word, text in KEY.items())
        if look in drawn_as
    ]
    figure, foot = make_figure(
        f"{proposition_id}  {about['statement']}",
        max(height, 0.2),
        caption=caption,
        subtitle=f"Certainty: {labels.certainty(about['certainty'])}; {numbers}",
        key=key,
    )
    y = foot + height
    for name, part in groups.items():
        for line in heads[name]:
            figure.text(0.05, y - 0.22, line, transform=figure.dpi_scale_trans, fontweight="bold")
            y -= LINE
        y -= HEAD - LINE + heights[name]
        draw_outcome(part, place_axes(figure, LEFT, y, WIDE, heights[name]))
        y -= AXIS
    for i, line in enumerate([labels.capital(labels.UNREAD), *unread] if unread else ()):
        figure.text(
            0.05,
            y - 0.22 - i * LINE,
            line,
            transform=figure.dpi_scale_trans,
            fontsize=SMALL if i else None,
            fontweight="normal" if i else "bold",
            gid="unread" if i else None,
        )
    return figure


def _write_head(outcome: str) -> list[str]:
    measure, _, rest = outcome.partition(", ")
    return wrap_text(": ".join(filter(None, (MEASURES[measure], rest))), WIDTH - 0.1, weight="bold")


def _write_unread(row: Mapping[str, Any]) -> list[str]:
    said = labels.finding(row)
    parts = (
        f"{said.study}: {said.measure}" if said.measure else said.study,
        said.comparator and f"v {said.comparator}",
    )
    text = ", ".join(filter(None, (*parts, said.timepoint)))
    return wrap_text("; ".join(filter(None, (text, row["relation"], said.size))), WIDTH - 0.1, SMALL)
