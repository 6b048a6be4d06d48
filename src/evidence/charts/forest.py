"""Findings of one proposition with their intervals; nothing is pooled here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from evidence.charts.frames import WIDTH, KeyItem, make_figure, place_axes, styled
from evidence.charts.letters import LINE, SMALL, wrap_text
from evidence.charts.outcomes import (
    DERIVED,
    LEFT,
    POOLED,
    REPORTED,
    WIDE,
    draw_outcome,
    find_height,
    find_look,
    write_size,
)
from evidence.summaries import describe_certainty, list_estimates
from evidence.summaries.words import write_number

if TYPE_CHECKING:
    from evidence.tables import Review

__all__ = ["plot_forest"]

HEAD, AXIS = 0.34, 0.5
UNREAD = "no number readable"
KEY = {REPORTED: "reported", DERIVED: "derived by this project", POOLED: "pooled by a review"}
MEASURES = {
    "MD": "Mean difference",
    "SMD": "Standardised mean difference",
    "RR": "Risk ratio",
    "OR": "Odds ratio",
    "percent": "Per cent",
}


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
    groups: dict[str, list[dict]] = {}
    for row in rows:
        groups.setdefault(row["outcome"], []).append(row)
    unread = [line for row in groups.pop(UNREAD, []) for line in _write_unread(row)]
    heights = {name: find_height(part) * len(part) for name, part in groups.items()}
    height = sum(HEAD + high + AXIS for high in heights.values())
    height += HEAD + LINE * len(unread) if unread else 0
    read = [row for part in groups.values() for row in part]
    numbers = f"{write_number(len(rows), 'finding')}, {len(read):,} with a number"
    drawn_as = [find_look(row) for row in read]
    key = [KeyItem(look, text, True) for look, text in KEY.items() if look in drawn_as]
    figure, foot = make_figure(
        f"{proposition_id}  {about['statement']}",
        max(height, 0.2),
        caption=caption,
        subtitle=f"Certainty: {describe_certainty(about['certainty'])}; {numbers}",
        key=key,
    )
    y = foot + height
    for name, part in groups.items():
        measure, _, outcome = name.partition(", ")
        text = ": ".join(filter(None, (MEASURES[measure], outcome)))
        figure.text(0.05, y - 0.22, text, transform=figure.dpi_scale_trans, fontweight="bold")
        y -= HEAD + heights[name]
        draw_outcome(part, place_axes(figure, LEFT, y, WIDE, heights[name]))
        y -= AXIS
    for i, line in enumerate([UNREAD.capitalize(), *unread] if unread else ()):
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


def _write_unread(row: Mapping) -> list[str]:
    parts = [f"{row['study_id']}: {row['outcome_measure']}", f"v {row['comparator']}", row["timepoint"]]
    text = ", ".join(part for part in parts if "not_applicable" not in part)
    return wrap_text("; ".join(filter(None, (text, row["relation"], write_size(row)))), WIDTH - 0.1, SMALL)
