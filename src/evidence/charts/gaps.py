"""Where claims and evidence do and do not meet."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from evidence.charts.frames import WIDTH, KeyItem, draw_boxes, make_canvas, styled
from evidence.charts.letters import LINE, SMALL, measure_text, wrap_text
from evidence.charts.palette import FAINT, QUIET, look_certainty, write_word
from evidence.summaries.claims import KNOWN
from evidence.summaries.words import write_number

__all__ = ["plot_gap_map"]

ABOUT = ("known", "statement", "findings")
CELL, HEAD, GAP = 0.4, 0.34, 0.07
BASE = GAP / 2 + 0.13


@styled
def plot_gap_map(gaps: pd.DataFrame, *, caption: str = "") -> Axes:
    """Print how many claims of each article rest on each proposition, coloured by the evidence's certainty.

    Parameters
    ----------
    gaps
        As `evidence.summaries.count_gaps` gives them, all or some rows.
    caption
        Source line.

    Returns
    -------
    matplotlib.axes.Axes
        Propositions under headings by certainty, most certain first, then by number of claims; a count in
        each cell (``gid`` ``n``), zeros too. Propositions without any claim stand in one line by their ids.
    """
    sources = [column for column in gaps.columns if column not in ABOUT]
    gaps = gaps.assign(total=gaps[sources].sum(axis=1).astype(int))
    n, weak = int(gaps["total"].sum()), gaps["known"].isin(["none_found", "very_low"])
    title = f"{gaps.loc[weak, 'total'].sum():,} of {write_number(n, 'claim')} rest on very low certainty"
    title += f" or on no study found ({write_number(len(gaps), 'proposition')})"
    left = WIDTH - 0.05 - (len(sources) + 1) * CELL
    blocks = [_lay_out(word, gaps[gaps["known"] == word], left) for word in reversed(KNOWN)]
    blocks = [block for block in blocks if block["head"]]
    names = max([0.4, *(measure_text(source, SMALL, "bold") for source in sources)])
    key = [
        KeyItem(look_certainty(block["word"]), write_word(block["word"]))
        for block in blocks
        if len(blocks) > 1
    ]
    height = names + 0.1 - HEAD + sum(block["height"] for block in blocks)
    axes = make_canvas(title, height, key=key, caption=caption)
    look = {"ha": "center", "va": "bottom", "fontsize": SMALL, "fontweight": "bold", "rotation": 90}
    for i, text in enumerate([*sources, "All"]):
        axes.text(left + (i + 0.5) * CELL, names - 0.04, text, **look)
    y = names + 0.1 - HEAD
    for block in blocks:
        _draw_block(axes, y, block, sources, left)
        y += block["height"]
    return axes


def _lay_out(word: str, gaps: pd.DataFrame, left: float) -> dict:
    """Break a block's words into lines: rows with claims, most first, then the ids of those without."""
    rows = gaps[gaps["total"] > 0].sort_values("total", ascending=False, kind="stable")
    lines = [wrap_text(statement, left - 0.67, SMALL, most=3) for statement in rows["statement"]]
    empty = list(gaps.index[gaps["total"] == 0])
    rest = wrap_text(f"No claim rests on {', '.join(empty)}.", WIDTH - 0.1, SMALL) if empty else []
    known = "No study found" if word == "none_found" else f"{write_word(word)} certainty"
    numbers = f"{write_number(len(gaps), 'proposition')}, {write_number(int(gaps['total'].sum()), 'claim')}"
    return {
        "word": word,
        "head": f"{known}: {numbers}" if len(gaps) else "",
        "rows": list(zip(rows.to_dict("records"), rows.index, lines, strict=True)),
        "rest": rest,
        "height": HEAD + sum(len(text) * LINE + GAP for text in lines) + len(rest) * LINE + GAP * bool(rest),
    }


def _draw_block(axes: Axes, y: float, block: dict, sources: list[str], left: float) -> None:
    axes.text(0.05, y + HEAD - 0.1, block["head"], va="baseline", fontweight="bold")
    y += HEAD
    look, boxes, lines_at = look_certainty(block["word"]), [], []
    where = {"ha": "center", "va": "center_baseline", "fontsize": SMALL}
    for row, name, lines in block["rows"]:
        high = len(lines) * LINE + GAP
        lines_at.append(y)
        axes.text(0.05, y + BASE, name, va="baseline", fontsize=SMALL, color=QUIET)
        for i, line in enumerate(lines):
            axes.text(0.52, y + BASE + i * LINE, line, va="baseline", fontsize=SMALL)
        for i, n in enumerate(row[source] for source in sources):
            x, ink = left + i * CELL, look.ink if n else QUIET
            boxes += [(x + 0.015, y + 0.015, x + CELL - 0.015, y + high - 0.015)] if n else []
            axes.text(x + CELL / 2, y + high / 2, f"{n:,}", color=ink, gid="n", **where)
        x = left + (len(sources) + 0.5) * CELL
        axes.text(x, y + high / 2, f"{row['total']:,}", gid="total", fontweight="bold", **where)
        y += high
    draw_boxes(axes, boxes, look, block["word"])
    axes.hlines(lines_at, 0.05, WIDTH - 0.05, color=FAINT, linewidth=0.6)
    for i, line in enumerate(block["rest"]):
        axes.text(0.05, y + BASE + i * LINE, line, va="baseline", fontsize=SMALL, color=QUIET, gid="none")
