"""The review as a flow, after PRISMA 2020 for sources found by other methods (websites).

Where claims and evidence do and do not meet.

Claims that cannot both hold, side by side.
"""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch, Rectangle

from evidence.charts.style import LINE, SMALL, WIDTH, KeyItem, draw_boxes, make_canvas, measure_text, styled, wrap_text
from evidence.counts import KNOWN
from evidence.palette import FAINT, INK, QUIET, SOFT, Look, look_certainty, write_word
from evidence.sentences import write_number

MAIN, ASIDE = (0.05, 3.3), (3.8, WIDTH - 0.05)
NAMES = {
    ("claims", "citation"): "citation that cannot be checked",
    ("checkable", "citation"): "citation, judged by its own rule",
}
HEADS = {
    "articles": "Articles (websites)",
    "segments": "Stretches of text that make claims",
    "claims": "Claims that evidence could decide",
    "checkable": "Claims mapped to a testable statement",
    "mapped": "Claims compared with evidence",
    "judged": "All claims by support level",
}
KEPT = {"segments": "claim", "claims": "checkable", "checkable": "mapped", "mapped": "compared"}
WHOLE = {"segments": "stretches", "claims": "claims", "checkable": "checkable claims", "mapped": "mapped claims"}


@styled
def plot_flow(flow: pd.DataFrame, *, caption: str = "") -> Axes:
    """Draw what went into the review, what was set aside at each step and why, and what was judged.

    Parameters
    ----------
    flow
        As `evidence.counts.count_flow` gives it.
    caption
        Source line.

    Returns
    -------
    matplotlib.axes.Axes
        One box a step (the text's ``gid`` is the step), and beside it what was set aside (``gid`` the step
        and ``-aside``).
    """
    parts = {step: dict(zip(rows["part"], rows["n"], strict=True)) for step, rows in flow.groupby("step", sort=False)}
    articles, claims = parts.get("articles", {}), sum(parts["claims"].values())
    title = f"From {write_number(len(articles), 'article')} to {write_number(claims, 'claim')}"
    title += f", {parts['mapped']['compared']:,} compared with evidence"
    rows = [("articles", [f"n = {len(articles):,}; {sum(articles.values()):,} characters"], [])]
    for step, kept in KEPT.items():
        rows.append((step, _write_kept(step, parts[step], kept), _write_aside(step, parts[step], kept)))
    levels = wrap_text(_join(parts["judged"]), WIDTH - 0.4, SMALL)
    rows.append(("judged", [f"n = {claims:,}", *levels], []))
    heights = [max(len(lines) + 1, len(aside)) * LINE + 0.2 for _, lines, aside in rows]
    total = sum(heights) + 0.26 * (len(rows) - 1) + 0.06
    axes = make_canvas(title, total, caption=caption)
    y = 0.03
    for (step, lines, aside), height in zip(rows, heights, strict=True):
        box = (0.05, WIDTH - 0.05) if step == "judged" else MAIN
        _draw_box(axes, box, y, height, [HEADS[step], *lines], step)
        if aside:
            _draw_box(axes, ASIDE, y, height, aside, f"{step}-aside", bold=False)
            _draw_arrow(axes, (MAIN[1], y + height / 2), (ASIDE[0], y + height / 2))
        if step not in ("mapped", "judged"):
            middle = sum(MAIN) / 2
            _draw_arrow(axes, (middle, y + height), (middle, y + height + 0.26))
        y += height + 0.26
    return axes


def _write_kept(step: str, parts: dict[str, int], kept: str) -> list[str]:
    return [f"n = {parts[kept]:,} of {sum(parts.values()):,} {WHOLE[step]}"]


def _write_aside(step: str, parts: dict[str, int], kept: str) -> list[str]:
    aside = {NAMES.get((step, part), part): n for part, n in parts.items() if part != kept}
    head = f"Set aside: n = {sum(aside.values()):,}"
    return [head, *wrap_text(_join(aside), ASIDE[1] - ASIDE[0] - 0.2, SMALL)]


def _join(counts: dict[str, int]) -> str:
    """Join words with their numbers, which stay on one line."""
    return ", ".join(f"{word.replace('_', ' ')}\N{NO-BREAK SPACE}{n:,}" for word, n in counts.items())


def _draw_box(
    axes: Axes, box: tuple[float, float], y: float, height: float, lines: list[str], name: str, bold: bool = True
) -> None:
    left, right = box
    axes.add_patch(
        FancyBboxPatch(
            (left + 0.04, y + 0.04),
            right - left - 0.08,
            height - 0.08,
            boxstyle="round,pad=0.04",
            facecolor="#F4F7FA" if bold else "white",
            edgecolor=SOFT,
            linewidth=0.8,
        )
    )
    top = y + (height - len(lines) * LINE) / 2 + 0.13
    for i, line in enumerate(lines):
        axes.text(
            left + 0.1,
            top + i * LINE,
            line,
            va="baseline",
            fontsize=SMALL,
            gid=name,
            fontweight="bold" if bold and not i else "normal",
            color="#1B1B1B" if not i or bold else QUIET,
        )


def _draw_arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    axes.annotate(
        "", end, start, arrowprops={"arrowstyle": "-|>", "color": QUIET, "linewidth": 1, "shrinkA": 0, "shrinkB": 0}
    )


ABOUT = ("known", "statement", "findings")
CELL, HEAD, GAP = 0.4, 0.34, 0.07
BASE = GAP / 2 + 0.13


@styled
def plot_gap_map(gaps: pd.DataFrame, *, caption: str = "") -> Axes:
    """Print how many claims of each article rest on each proposition, coloured by the evidence's certainty.

    Parameters
    ----------
    gaps
        As `evidence.findings.count_gaps` gives them, all or some rows.
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
    blocks = [_lay_out_gaps(word, gaps[gaps["known"] == word], left) for word in reversed(KNOWN)]
    blocks = [block for block in blocks if block["head"]]
    names = max([0.4, *(measure_text(source, SMALL, "bold") for source in sources)])
    key = [KeyItem(look_certainty(block["word"]), write_word(block["word"])) for block in blocks if len(blocks) > 1]
    height = names + 0.1 - HEAD + sum(block["height"] for block in blocks)
    axes = make_canvas(title, height, key=key, caption=caption)
    look = {"ha": "center", "va": "bottom", "fontsize": SMALL, "fontweight": "bold", "rotation": 90}
    for i, text in enumerate([*sources, "All"]):
        axes.text(left + (i + 0.5) * CELL, names - 0.04, text, **look)
    y = names + 0.1 - HEAD
    for block in blocks:
        _draw_gap_block(axes, y, block, sources, left)
        y += block["height"]
    return axes


def _lay_out_gaps(word: str, gaps: pd.DataFrame, left: float) -> dict:
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


def _draw_gap_block(axes: Axes, y: float, block: dict, sources: list[str], left: float) -> None:
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


GUTTER, PAD = 0.3, 0.09
WIDE = (WIDTH - 0.1 - GUTTER) / 2
LOOKS = {"benefit": Look("#DCE8F4", INK), "no_difference": Look("#EFEFEF", INK), "harm": Look("#F6E0D5", INK)}


@styled
def plot_contradictions(pairs: pd.DataFrame, propositions: pd.DataFrame, *, caption: str = "") -> Axes:
    """Set the claims that assert one direction of a proposition against those that assert another.

    Parameters
    ----------
    pairs
        As `evidence.counts.list_contradictions` gives them, all or some.
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
        _lay_out_pair(key, rows, statements[key])
        for key, rows in pairs.groupby("proposition_id", observed=True, sort=False)
    ]
    height = max(0.3, sum(block["height"] for block in blocks))
    axes = make_canvas(title, height, caption=caption)
    y = 0.0
    for block in blocks:
        _draw_pair(axes, y, block)
        y += block["height"]
    return axes


def _list_sides(rows: pd.DataFrame) -> pd.DataFrame:
    names = ["claim_id", "source_id", "claim", "asserted_direction"]
    sides = [rows[[f"{n}_{i}" for n in names]].set_axis(names, axis=1) for i in (1, 2)]
    return pd.concat(sides).drop_duplicates("claim_id").sort_values("claim_id", kind="stable")


def _lay_out_pair(key: str, rows: pd.DataFrame, statement: str) -> dict:
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
    return {"lines": lines, "pairs": pairs, "columns": columns, "height": (len(lines) + 1) * LINE + 0.12 + tall + 0.14}


def _box(lines: list[str]) -> float:
    return (len(lines) + 1) * LINE + 2 * PAD


def _draw_pair(axes: Axes, y: float, block: dict) -> None:
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
    axes.text(left + 0.1, y + PAD + 0.11, head, va="baseline", fontsize=SMALL, fontweight="bold", gid=claim_id)
    for i, line in enumerate(lines, 1):
        axes.text(left + 0.1, y + PAD + 0.11 + i * LINE, line, va="baseline", fontsize=SMALL)
