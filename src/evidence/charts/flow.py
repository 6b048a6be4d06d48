"""The review as a flow, after PRISMA 2020 for sources found by other methods (websites)."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from evidence.charts.frames import WIDTH, make_canvas, styled
from evidence.charts.letters import LINE, SMALL, wrap_text
from evidence.charts.palette import QUIET, SOFT
from evidence.summaries.words import write_number

__all__ = ["plot_flow"]

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
WHOLE = {
    "segments": "stretches",
    "claims": "claims",
    "checkable": "checkable claims",
    "mapped": "mapped claims",
}


@styled
def plot_flow(flow: pd.DataFrame, *, caption: str = "") -> Axes:
    """Draw what went into the review, what was set aside at each step and why, and what was judged.

    Parameters
    ----------
    flow
        As `evidence.summaries.count_flow` gives it.
    caption
        Source line.

    Returns
    -------
    matplotlib.axes.Axes
        One box a step (the text's ``gid`` is the step), and beside it what was set aside (``gid`` the step
        and ``-aside``).
    """
    parts = {
        step: dict(zip(rows["part"], rows["n"], strict=True))
        for step, rows in flow.groupby("step", sort=False)
    }
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
    axes: Axes,
    box: tuple[float, float],
    y: float,
    height: float,
    lines: list[str],
    name: str,
    bold: bool = True,
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
        "",
        end,
        start,
        arrowprops={"arrowstyle": "-|>", "color": QUIET, "linewidth": 1, "shrinkA": 0, "shrinkB": 0},
    )
