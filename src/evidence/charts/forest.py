"""Findings drawn as a forest: each estimate with its interval, each outcome and measure on its own axis, none pooled.

A figure is one proposition's (`plot_forest`), an Axes one outcome's (`draw_outcome`); what stands beside a mark is
written by `evidence.labels`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.markers import CARETLEFT, CARETRIGHT
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

from evidence import labels
from evidence.charts.style import (
    LINE,
    MOST_ROWS,
    SMALL,
    WIDTH,
    KeyItem,
    join_sentences,
    link,
    make_figure,
    measure_width,
    place_axes,
    styled,
    wrap_text,
)
from evidence.findings import RATIOS, list_estimates
from evidence.palette import FINDING_LOOKS, INK, QUIET, SOFT, Look

if TYPE_CHECKING:
    from evidence.tables import Review

LEFT, RIGHT, EDGE = 3.1, 1.4, 0.05
HEAD, AXIS, HALF = 0.34, 0.5, 0.13  # half of the height of a diamond
NARROW_EDGE, NARROW_ROW = 0.2, 0.4  # room for half a tick's label; for a mark beneath its words
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


def draw_outcome(rows: Sequence[Mapping[str, Any]], axes: Axes, *, above: float = 0) -> Axes:
    """Draw the findings that share an axis: estimate, interval, study, comparator, number of people.

    Parameters
    ----------
    rows
        Those of one ``outcome`` of `evidence.findings.list_estimates`, as records.
    axes
        Where to draw, in the style that is set; words stand beside it.
    above
        How far over its mark a row's words stand, in rows; 0: beside it.

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
    outcomes = dict.fromkeys((row["outcome"], row["favours_when"]) for row in rows)
    if len(outcomes) != 1 or any(pd.isna(row["estimate"]) for row in rows):
        raise ValueError(f"one outcome with numbers per Axes; these are {', '.join(name for name, _ in outcomes)}")
    measure = str(rows[0]["effect_measure"])
    null = 1.0 if measure in RATIOS else 0.0
    axes.set_xscale("log" if measure in RATIOS else "linear")
    low, high = _find_limits(rows, null, measure in RATIOS)
    favours = str(rows[0]["favours_when"])
    axes.set(xlim=(high, low) if favours == "higher" else (low, high), ylim=(len(rows) - 0.5, -0.5))
    if not above:
        axes.axvline(null, color=SOFT, linewidth=1, gid="null")
    half = HALF * len(rows) / _find_size(axes)[1]
    for y, row in enumerate(rows):
        if above:  # not through the words
            axes.plot([null, null], [y - half, y + half], color=SOFT, linewidth=1, zorder=1, gid="null")
        _draw_estimate(axes, y, row, low, high, half)
        _write_row(axes, y - above, row, narrow=bool(above))
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
    room = 0.08 * (high - low) or 0.5
    ends = low - room, high + room
    lower, upper = np.exp(ends) if ratio else ends
    return float(lower), float(upper)


def find_look(row: Mapping[str, Any]) -> Look:
    """Return how a finding is drawn: pooled by a review, reported on the page, or derived by the project."""
    return FINDING_LOOKS["pooled" if row["pooled"] else "reported" if row["origin"] == "reported" else "derived"]


def _find_size(axes: Axes) -> tuple[float, float]:
    """Return an Axes' width and height in inches."""
    figure = axes.get_figure(root=True)
    wide, high = figure.get_size_inches() if figure else (WIDTH, WIDTH)
    return axes.get_position().width * wide, axes.get_position().height * high


def _draw_estimate(axes: Axes, y: int, row: Mapping[str, Any], low: float, high: float, half: float) -> None:
    look, leads_to = find_look(row), _link_finding(row)
    name = row["finding_id"]
    if pd.notna(row["ci_low"]):
        ends = max(row["ci_low"], low), min(row["ci_high"], high)
        if row["pooled"]:
            axes.fill(
                [ends[0], row["estimate"], ends[1], row["estimate"]],
                [y, y - half, y, y + half],
                facecolor=look.fill,
                edgecolor=INK,
                linewidth=0.8,
                gid=name,
                zorder=3,
                url=leads_to,
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
            url=leads_to,
        )


def _link_finding(row: Mapping[str, Any]) -> str:
    """Link to a finding, on the card of its proposition."""
    said = labels.finding(row)
    parts = (f"{said.study}: {said.effect}", said.measure, said.against)
    return link(f"#{row['finding_id']}", "; ".join(filter(None, (*parts, said.timepoint, said.size))))


def _write_row(axes: Axes, y: float, row: Mapping[str, Any], *, narrow: bool) -> None:
    """Write study and number of a row: beside the mark, or above it."""
    wide = _find_size(axes)[0]
    room = wide + 2 * (NARROW_EDGE - EDGE) if narrow else LEFT - 0.2
    lines = [_write_study(row), *_write_about(row, room)]
    beside = _write_number(row)
    places: list[tuple[float, str, float, str]]
    shift = -0.5
    if narrow:
        left, right = EDGE - NARROW_EDGE, wide + NARROW_EDGE - EDGE
        number, fits = " ".join(beside), _fits(row, room)
        places = [(left, "left", i, line) for i, line in enumerate(lines)]
        places.append((right, "right", 0, number) if fits else (left, "left", len(lines), number))
        shift = float(len(places) - fits - 1)
    else:
        places = [(EDGE - LEFT, "left", i - len(lines) / 2, line) for i, line in enumerate(lines)]
        places += [(wide + 0.12, "left", i - len(beside) / 2, text) for i, text in enumerate(beside)]
    for x, side, line, text in places:
        is_study = text == lines[0]
        axes.annotate(
            text,
            (x / wide, y),
            xycoords=axes.get_yaxis_transform(),
            xytext=(0, (shift - line) * 12),
            va="center_baseline",
            ha=side,
            textcoords="offset points",
            fontsize=SMALL,
            color=QUIET if text in (*lines[1:], *beside[1:]) else INK,
            url=link(f"#{row['study_id']}", f"The study {row['study_id']}") if is_study else None,
            gid="study" if is_study else None,
        )


def _write_study(row: Mapping[str, Any]) -> str:
    return f"{row['study_id']}  {labels.size(row)}".strip()


def _write_number(row: Mapping[str, Any]) -> tuple[str, str]:
    number, _, interval = row["effect"].removeprefix(f"{row['effect_measure']} ").partition(" (")
    return number, f"({interval}" if interval else "no interval"


def _fits(row: Mapping[str, Any], room: float) -> bool:
    """Tell whether study and number of a row fit on one line."""
    words = (_write_study(row), " ".join(_write_number(row)))
    return sum(measure_width(text, SMALL) for text in words) + 0.15 < room


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


def _find_room(rows: Iterable[Mapping[str, Any]], room: float, *, narrow: bool) -> float:
    """Return how high the words of a row stand: the study, what is said about it, its number if that needs a line."""
    return LINE + 0.167 * max(len(_write_about(row, room)) + (narrow and not _fits(row, room)) for row in rows)


def _write_about(row: Mapping[str, Any], room: float) -> list[str]:
    said = labels.finding(row)
    measure = said.measure if row["effect_measure"] in ("SMD", *RATIOS) else ""
    aside = "does not decide it" if row["relation"] == "neutral" else ""
    parts = (measure, said.comparator and f"v {said.comparator}", said.timepoint, aside)
    return wrap_text("; ".join(filter(None, parts)), room, SMALL)


def plot_forest(review: Review, proposition_id: str) -> Figure:
    """Draw the findings of a proposition, each outcome and measure on an Axes of its own.

    Parameters
    ----------
    review
        As `evidence.load` returns it.
    proposition_id
        Which.

    Returns
    -------
    matplotlib.figure.Figure
        One Axes an outcome, as `draw_outcome` draws it; findings without a number stand beneath as lines of text, and
        then the propositions on which the same studies have numbers. Of more than `MOST_ROWS` findings with a number,
        or without one, the first are drawn.

    Raises
    ------
    KeyError
        Where there is no such proposition.
    """
    rows = list_estimates(review, proposition_id).to_dict("records")
    about = review.propositions[review.propositions["proposition_id"] == proposition_id].to_dict("records")[0]
    return _draw_forest(about, rows, _find_numbers(review, rows, proposition_id))


@styled
def _draw_forest(
    about: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], elsewhere: Sequence[str], *, width: float = WIDTH
) -> Figure:
    """Draw what `plot_forest` has gathered; narrower than `WIDTH`, words stand above the marks."""
    proposition_id = about["proposition_id"]
    read = [row for row in rows if row["outcome"] != labels.UNREAD]
    unread = [row for row in rows if row["outcome"] == labels.UNREAD]
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for row in read[:MOST_ROWS]:
        groups.setdefault(row["outcome"], []).append(row)
    narrow = width < WIDTH
    left, right = (NARROW_EDGE, NARROW_EDGE) if narrow else (LEFT, RIGHT)
    room = width - 2 * EDGE if narrow else LEFT - 0.2
    heads = {name: _write_head(name, width) for name in groups}
    words = {name: _find_room(part, room, narrow=narrow) for name, part in groups.items()}
    row_high = {name: words[name] + (NARROW_ROW if narrow else 0.2) for name in groups}
    heights = {name: row_high[name] * len(part) for name, part in groups.items()}
    lines = _write_unread(unread, width)
    places = _place_words(elsewhere, width) if elsewhere else []
    height = sum(HEAD + LINE * (len(heads[name]) - 1) + high + AXIS for name, high in heights.items())
    height += HEAD + LINE * (len(lines) + (places[-1][1] + 1 if places else 0)) if lines else 0
    drawn_as = [find_look(row) for row in read]
    key = [
        KeyItem(look, text, True)
        for look, text in ((FINDING_LOOKS[word], text) for word, text in KEY.items())
        if look in drawn_as
    ]
    numbers = f"{labels.count(len(rows), 'finding')}, {len(read):,} with a number"
    certainty = labels.certainty(about["certainty"])
    figure, foot = make_figure(
        str(about["statement"]),
        max(height, 0.2),
        width=width,
        caption=_write_caption(rows, read),
        subtitle=f"{proposition_id}: certainty {certainty}; {numbers}",
        key=key,
        leads_to=link(f"#{proposition_id}", f"{proposition_id}: {about['statement']}"),
    )
    y = foot + height
    for name, part in groups.items():
        for line in heads[name]:
            figure.text(0.05, y - 0.22, line, transform=figure.dpi_scale_trans, fontweight="bold")
            y -= LINE
        y -= HEAD - LINE + heights[name]
        above = (HALF + 0.12) / row_high[name] if narrow else 0
        axes = place_axes(figure, left, y, width - left - right, heights[name])
        draw_outcome(part, axes, above=above)
        if narrow:
            low = (HALF + 0.07) / row_high[name]
            axes.set_ylim(len(part) - 1 + low, low - 1)
        y -= AXIS
    for i, (line, leads_to) in enumerate([(labels.capital(labels.UNREAD), None), *lines] if lines else ()):
        figure.text(
            0.2 if line.startswith("  ") else 0.05,
            y - 0.22 - i * LINE,
            line.strip(),
            transform=figure.dpi_scale_trans,
            fontsize=SMALL if i else None,
            fontweight="normal" if i else "bold",
            url=leads_to,
            gid="unread" if i else None,
        )
    y -= 0.22 + (len(lines) + 1) * LINE
    for x, under, word, leads_to in places:
        place = (x, y - under * LINE)
        figure.text(*place, word, transform=figure.dpi_scale_trans, fontsize=SMALL, url=leads_to, gid="elsewhere")
    return figure


def _find_numbers(review: Review, rows: Sequence[Mapping[str, Any]], proposition_id: str) -> list[str]:
    """Find the other propositions on which studies without a number here have numbers."""
    studies, findings = {row["study_id"] for row in rows if row["outcome"] == labels.UNREAD}, review.findings
    theirs = findings[findings["study_id"].isin(studies) & findings["estimate"].notna()]
    found = set(theirs["proposition_id"]) - {proposition_id}
    return [key for key in review.propositions["proposition_id"] if key in found][:MOST_ROWS]


def _place_words(propositions: Sequence[str], width: float) -> list[tuple[float, int, str, str | None]]:
    """Place the ids of propositions in lines, behind what they are: x, line, word, link."""
    said = "Numbers of these studies stand on other propositions:"
    words = [(word, None) for word in said.split()]
    placed, x, row = [], 0.05, 0
    for word, leads_to in [
        *words,
        *((key, link(f"#{key}", f"Numbers of these studies on {key}")) for key in propositions),
    ]:
        wide = measure_width(f"{word} ", SMALL)
        if x + wide > width:
            x, row = 0.05, row + 1
        placed.append((x, row, word, leads_to))
        x += wide
    return placed


def _write_caption(rows: Sequence[Mapping[str, Any]], read: Sequence[Any]) -> str:
    marks = "A mark is an estimate, the line its 95% interval; better is at the left. Nothing is pooled here."
    parts = [marks if read else "", f"n = {labels.count(len(rows), 'finding')}."]
    for kind, n in (("with a number", len(read)), ("without one", len(rows) - len(read))):
        if n > MOST_ROWS:
            parts.append(f"Shown are the first {MOST_ROWS} of {n:,} {kind}; all stand on the proposition's card.")
    return join_sentences(*parts, "Source: findings.csv and studies.csv.")


def _write_head(outcome: str, width: float) -> list[str]:
    measure, _, rest = outcome.partition(", ")
    return wrap_text(": ".join(filter(None, (MEASURES[measure], rest))), width - 0.1, weight="bold")


def _write_unread(rows: Sequence[Mapping[str, Any]], width: float) -> list[tuple[str, str | None]]:
    """Write findings without a number, each with where it was read: lines, the first a link, the others indented."""
    lines: list[tuple[str, str | None]] = []
    for row in rows[:MOST_ROWS]:
        said, where = labels.finding(row), _find_place(row)
        parts = (
            f"{said.study}: {said.measure}" if said.measure else said.study,
            said.comparator and f"v {said.comparator}",
        )
        text = ", ".join(filter(None, (*parts, said.timepoint)))
        full = "; ".join(filter(None, (text, row["relation"], said.size, where and f"read on {where}")))
        first, *rest = wrap_text(full, width - 0.25, SMALL)
        lines += [(first, _link_finding(row)), *((f"  {line}", None) for line in rest)]
    return lines


def _find_place(row: Mapping[str, Any]) -> str:
    """Say on which site and where there a finding stands, from its locator."""
    address, _, place = str(row["locator"]).partition(" ")
    host = re.sub(r"^\w+://(?:www\.)?([^/]*).*", r"\1", address)
    return f"{host} ({place})" if place else host
