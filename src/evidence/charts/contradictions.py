"""Claims that cannot both hold, side by side."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from evidence.charts.frames import WIDTH, make_canvas, styled
from evidence.charts.letters import LINE, SMALL, wrap_text
from evidence.charts.palette import FAINT, INK, QUIET, Look
from evidence.summaries.words import write_number

__all__ = ["plot_contradictions"]

GUTTER, PAD = 0.3, 0.09
WIDE = (WIDTH - 0.1 - GUTTER) / 2
LOOKS = {
    "benefit": Look("#DCE8F4", INK),
    "no_difference": Look("#EFEFEF", INK),
    "harm": Look("#F6E0D5", INK),
}


@styled
def plot_contradictions(pairs: pd.DataFrame, propositions: pd.DataFrame, *, caption: str = "") -> Axes:
    """Set the claims that assert one direction of a proposition against those that assert another.

    Parameters
    ----------
    pairs
        As `evidence.summaries.list_contradictions` gives them, all or some.
    propositions
        The propositions table; their statements are the headings.
    caption
        Source line.

    Returns
    -------
    matplotlib.axes.Axes
        A heading a proposition with its number of pairs (``gid`` ``pairs``), beneath it each claim once
        (``gid`` its id), on the left the direction most claims assert.
    """
    within, about = int(pairs["within"].sum()), pairs["proposition_id"].nunique()
    where = f"{within:,} within one article, {len(pairs) - within:,} across"
    number = write_number(len(pairs), "pair")
    title = f"{number} of claims cannot both hold: {where} ({write_number(about, 'proposition')})"
    statements = propositions.set_index("proposition_id")["statement"]
    blocks = [
        _lay_out(key, rows, statements[key])
        for key, rows in pairs.groupby("proposition_id", observed=True, sort=False)
    ]
    height = max(0.3, sum(block["height"] for block in blocks))
    axes = make_canvas(title, height, caption=caption)
    y = 0.0
    for block in blocks:
        _draw_block(axes, y, block)
        y += block["height"]
    return axes


def _list_sides(rows: pd.DataFrame) -> pd.DataFrame:
    names = ["claim_id", "source_id", "claim", "asserted_direction"]
    sides = [rows[[f"{n}_{i}" for n in names]].set_axis(names, axis=1) for i in (1, 2)]
    return pd.concat(sides).drop_duplicates("claim_id").sort_values("claim_id", kind="stable")


def _lay_out(key: str, rows: pd.DataFrame, statement: str) -> dict:
    claims = _list_sides(rows)
    order = claims["asserted_direction"].astype(object).value_counts(sort=True).index
    columns: list[list] = [[], []]
    for i, direction in enumerate(order):
        side = claims[claims["asserted_direction"] == direction]
        columns[min(i, 1)] += [
            (r.claim_id, direction, wrap_text(r.claim, WIDE - 0.2, SMALL)) for r in side.itertuples()
        ]
    lines = wrap_text(f"{key}  {statement}", WIDTH - 0.1, weight="bold")
    pairs = f"{write_number(len(rows), 'pair')}, {int(rows['within'].sum()):,} within one article"
    tall = max(sum(_box(text) for *_, text in column) for column in columns)
    return {
        "lines": lines,
        "pairs": pairs,
        "columns": columns,
        "height": (len(lines) + 1) * LINE + 0.12 + tall + 0.14,
    }


def _box(lines: list[str]) -> float:
    return (len(lines) + 1) * LINE + 2 * PAD


def _draw_block(axes: Axes, y: float, block: dict) -> None:
    axes.plot([0.05, WIDTH - 0.05], [y + 0.02, y + 0.02], color=FAINT, linewidth=0.8)
    for i, line in enumerate(block["lines"]):
        axes.text(0.05, y + 0.2 + i * LINE, line, va="baseline", fontweight="bold")
    top = y + 0.2 + len(block["lines"]) * LINE
    axes.text(0.05, top, block["pairs"], va="baseline", fontsize=SMALL, color=QUIET, gid="pairs")
    for i, column in enumerate(block["columns"]):
        at, left = top + 0.1, 0.05 + i * (WIDE + GUTTER)
        for claim_id, direction, lines in column:
            _draw_claim(axes, left, at, claim_id, direction, lines)
            at += _box(lines)
    axes.text(0.05 + WIDE + GUTTER / 2, top + 0.32, "≠", ha="center", va="center", fontsize=15, color=INK)


def _draw_claim(axes: Axes, left: float, y: float, claim_id: str, direction: str, lines: list[str]) -> None:
    look, high = LOOKS[direction], _box(lines) - 0.04
    axes.add_patch(Rectangle((left, y), WIDE, high, facecolor=look.fill, edgecolor="none", gid=direction))
    head = f"{claim_id}: {direction.replace('_', ' ')}"
    axes.text(
        left + 0.1, y + PAD + 0.11, head, va="baseline", fontsize=SMALL, fontweight="bold", gid=claim_id
    )
    for i, line in enumerate(lines, 1):
        axes.text(left + 0.1, y + PAD + 0.11 + i * LINE, line, va="baseline", fontsize=SMALL)
