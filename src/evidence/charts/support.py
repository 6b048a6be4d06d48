"""Shares of the support levels, as stacked bars."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from evidence.charts.frames import WIDTH, KeyItem, Margins, make_axes, styled
from evidence.charts.letters import SMALL, measure_text
from evidence.charts.palette import look_support, write_word
from evidence.judgements import SUPPORT
from evidence.summaries import count_claims, select_checkable
from evidence.summaries.words import write_number

__all__ = ["plot_support"]

ROW, BAR = 0.5, 0.52


@styled
def plot_support(claims: pd.DataFrame, *, by: str = "source_id", caption: str = "") -> Axes:
    """Draw the share of each support level among the claims of each word of a column.

    Parameters
    ----------
    claims
        As `evidence.summaries.join_claims` gives them.
    by
        Column, such as ``source_id``, ``kind``, ``voice``, ``strength``.
    caption
        Source line.

    Returns
    -------
    matplotlib.axes.Axes
        One row a word, also those without a claim; bars in per cent of the row's claims (``gid`` the level),
        the number of claims in or above each bar.
    """
    counts = count_claims(claims, by, "support")
    checkable = select_checkable(claims)
    n = int((checkable["support"] == "supported").sum())
    number = f"{n:,} of {write_number(len(checkable), 'checkable claim')}"
    title = f"{number} {'is' if n == 1 else 'are'} supported as worded (n = {len(claims):,} claims)"
    totals = counts.sum()
    key = [KeyItem(look_support(w), f"{write_word(w)} {totals[w]:,}") for w in SUPPORT if totals[w]]
    labels = [
        f"{word if by == 'source_id' else write_word(word)}\nn = {n:,}"
        for word, n in counts.sum(axis=1).items()
    ]
    left = 0.15 + max((measure_text(line) for label in labels for line in label.split("\n")), default=1)
    margins = Margins(left, 0.2, 0.5)
    axes = make_axes(title, max(1, len(counts)) * ROW, margins, key=key, caption=caption)
    for y, row in enumerate(counts.itertuples(index=False)):
        _draw_row(axes, y, dict(zip(counts.columns, row, strict=True)), WIDTH - margins.left - margins.right)
    axes.set_yticks(range(len(labels)), labels)
    axes.set(xlim=(0, 100), ylim=(max(1, len(counts)) - 0.5, -0.55), xlabel="Per cent of the row's claims")
    axes.spines["left"].set_visible(False)
    return axes


def _draw_row(axes: Axes, y: int, counts: dict[str, int], width: float) -> None:
    total, at, last = sum(counts.values()), 0.0, -1.0
    if not total:
        axes.text(0, y, "no claims", va="center", fontsize=SMALL)
    for level, n in counts.items():
        share, look, text = 100 * n / total if total else 0.0, look_support(level), f"{n:,}"
        axes.barh(
            y,
            share,
            left=at,
            height=BAR,
            facecolor=look.fill,
            edgecolor=look.line,
            hatch=look.hatch,
            linewidth=0.8,
            gid=level,
        )
        wide = measure_text(text, SMALL) + 0.06
        if n and share / 100 * width >= wide:
            patch = {"facecolor": look.fill, "edgecolor": "none", "pad": 1.2} if look.hatch else None
            axes.text(
                at + share / 2,
                y,
                text,
                ha="center",
                va="center_baseline",
                fontsize=SMALL,
                color=look.ink,
                bbox=patch,
                gid="n",
            )
        elif n:
            middle = max((at + share / 2) * width / 100, last + wide / 2)
            axes.text(
                middle * 100 / width,
                y - BAR / 2 - 0.03,
                text,
                ha="center",
                va="bottom",
                fontsize=SMALL - 1,
                gid="n",
            )
            last = middle + wide / 2
        at += share
