"""How strongly claims are asserted, against what their evidence warrants."""

from __future__ import annotations

import math
from itertools import pairwise

import pandas as pd
from matplotlib.axes import Axes

from evidence.charts.frames import WIDTH, KeyItem, Margins, make_axes, styled
from evidence.charts.letters import SMALL
from evidence.charts.palette import INK, QUIET, look_support, write_word
from evidence.judgements import STRENGTH, SUPPORT
from evidence.summaries import count_claims, select_compared
from evidence.summaries.claims import KNOWN

__all__ = ["plot_asserted_against_warranted"]

MARGINS = Margins(left=1.15, right=0.1, bottom=0.8)
CELL = (WIDTH - MARGINS.left - MARGINS.right) / len(KNOWN)
STRIP, HEAD, TALLEST = 0.3, 0.27, 6.5
WARRANTED = {word: max(0, i - 1) for i, word in enumerate(KNOWN)}
MORE = "#FBF0E3"


@styled
def plot_asserted_against_warranted(claims: pd.DataFrame, *, caption: str = "") -> Axes:
    """Draw each claim set against evidence in the cell of its wording and of the certainty it can use.

    The line is the rule's: rank of strength against rank of certainty less the steps of match. What lies
    above it says more than is known.

    Parameters
    ----------
    claims
        As `evidence.summaries.join_claims` gives them; those with rule lines 3 to 9 are drawn, in their
        order.
    caption
        Source line.

    Returns
    -------
    matplotlib.axes.Axes
        One mark a claim (a line of marks for each support level, its ``gid``), one count a cell (``gid``
        ``count``).
    """
    compared = select_compared(claims)
    counts = count_claims(compared, "strength", "usable")
    more, total = int((compared["gap"] > 0).sum()), len(compared)
    levels = compared["support"].value_counts(sort=False)
    key = [KeyItem(look_support(w), f"{write_word(w)} {levels[w]:,}", True) for w in SUPPORT if levels[w]]
    says = "claim set against evidence says" if total == 1 else "claims set against evidence say"
    title = f"{more:,} of {total:,} {says} more than is known"
    step = next(s / 1000 for s in range(120, 0, -1) if _edges(counts, s / 1000)[-1] <= TALLEST or s == 1)
    edges = _edges(counts, step)
    axes = make_axes(title, edges[-1] + 2 * STRIP, MARGINS, key=key, caption=caption)
    _draw_regions(axes, edges, more, total - more)
    _draw_marks(axes, compared, edges, step)
    _draw_counts(axes, counts, edges)
    return axes


def _across(step: float) -> int:
    return max(1, math.floor((CELL - 0.14) / step))


def _edges(counts: pd.DataFrame, step: float) -> list[float]:
    """Return the rows' edges in inches from below: each row as high as its fullest cell needs."""
    edges = [0.0]
    for most in counts.max(axis=1):
        edges.append(edges[-1] + max(0.52, HEAD + math.ceil(most / _across(step)) * step + 0.07))
    return edges


def _draw_regions(axes: Axes, edges: list[float], more: int, no_more: int) -> None:
    low, high = -STRIP, edges[-1] + STRIP
    axes.set(xlim=(-0.5, len(KNOWN) - 0.5), ylim=(low, high))
    xs = [edge for i in range(len(KNOWN)) for edge in (i - 0.5, i + 0.5)]
    ys = [edges[WARRANTED[word] + 1] for word in KNOWN for _ in range(2)]
    axes.fill_between(xs, ys, high, color=MORE, linewidth=0, zorder=0)
    for i in range(1, len(KNOWN)):
        axes.axvline(i - 0.5, color="white", linewidth=1.6, zorder=0.5)
    for edge in edges[1:-1]:
        axes.axhline(edge, color="#E6DED3", linewidth=0.8, zorder=0.5)
    axes.plot(xs, ys, color=INK, linewidth=2, solid_joinstyle="miter", zorder=2, gid="warranted")
    axes.text(
        -0.46, high - 0.08, f"Says more than is known: {more:,}", va="top", fontweight="bold", gid="more"
    )
    axes.text(
        len(KNOWN) - 0.54,
        low + 0.08,
        f"Says no more: {no_more:,}",
        va="bottom",
        ha="right",
        fontweight="bold",
        gid="no more",
    )
    axes.text(-0.54, high - 0.08, "Asserted", va="top", ha="right", fontsize=SMALL, color=QUIET)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.tick_params(length=0)


def _draw_marks(axes: Axes, claims: pd.DataFrame, edges: list[float], step: float) -> None:
    places = claims.assign(i=claims.groupby(["usable", "strength"], observed=True).cumcount())
    across = _across(step)
    for level, rows in places.groupby("support", observed=True):
        x = rows["usable"].cat.codes - 0.5 + (0.07 + (rows["i"] % across + 0.5) * step) / CELL
        top = rows["strength"].cat.codes.map(dict(enumerate(edges[1:])))
        y = top - HEAD - (rows["i"] // across + 0.5) * step
        look = look_support(level)
        axes.plot(
            x,
            y,
            linestyle="none",
            marker=look.mark,
            markersize=step * 72 * 0.8,
            markerfacecolor=look.fill,
            markeredgewidth=0.5,
            gid=level,
            zorder=3,
        )


def _draw_counts(axes: Axes, counts: pd.DataFrame, edges: list[float]) -> None:
    for top, word in zip(edges[1:], counts.index, strict=True):
        for x, known in enumerate(counts.columns):
            n = int(counts.loc[word, known])
            axes.text(
                x - 0.44,
                top - 0.06,
                f"{n:,}",
                va="top",
                fontsize=SMALL,
                color=INK if n else QUIET,
                fontweight="bold" if n else "normal",
                gid="count",
            )
    middles = [(low + high) / 2 for low, high in pairwise(edges)]
    axes.set_yticks(middles, [f"{write_word(word)}\n{n:,}" for word, n in counts.sum(axis=1).items()])
    axes.set_xticks(range(counts.shape[1]), [""] * counts.shape[1])
    for x, (known, n) in enumerate(counts.sum().items()):
        lines = (f"{write_word(known)}: {n:,}", "warrants", f"“{STRENGTH[WARRANTED[known]]}”")
        for i, line in enumerate(lines):
            axes.text(
                x,
                -STRIP - 0.17 - i * 0.155,
                line,
                ha="center",
                va="baseline",
                fontsize=SMALL,
                fontweight="normal" if i else "bold",
                gid="usable" if i == 0 else None,
            )
    axes.set_xlabel(
        "Certainty of evidence that a claim can use: one step less for each step its match is indirect",
        loc="right",
        fontsize=SMALL,
        labelpad=36,
    )
