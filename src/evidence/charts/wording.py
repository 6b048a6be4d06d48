"""Hedges and boosters of each article."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from evidence.charts.frames import WIDTH, KeyItem, Margins, make_axes, styled
from evidence.charts.letters import SMALL, measure_text
from evidence.charts.palette import INK, Look, write_word
from evidence.summaries.words import write_number

__all__ = ["plot_wording"]

ROW, APART = 0.66, 0.19
LOOKS = {"hedge": Look("#FFFFFF", INK, "o"), "booster": Look("#1C4E8C", "#FFFFFF", "D")}


@styled
def plot_wording(shares: pd.DataFrame, rates: pd.DataFrame, *, caption: str = "") -> Axes:
    """Draw the share of passages with claims that hold a hedge, and a booster, with Wilson 95% intervals.

    Parameters
    ----------
    shares
        As `evidence.summaries.share_markers` gives them.
    rates
        As `evidence.summaries.count_markers` gives them; their markers per 100 words are printed at the
        right.
    caption
        Source line.

    Returns
    -------
    matplotlib.axes.Axes
        One mark and interval an article and kind of marker (``gid`` the kind), in per cent.
    """
    order = list(shares["source_id"].unique())
    totals = rates.groupby("kind", sort=False)["n"].sum()
    title = " and ".join(write_number(int(n), kind) for kind, n in totals.items())
    passages = shares.drop_duplicates("source_id").set_index("source_id")["of"]
    labels = [f"{source}\nn = {passages[source]:,} passages" for source in order]
    margins = Margins(
        0.15 + max([0.5, *(measure_text(line) for text in labels for line in text.split("\n"))]), 1.35, 0.5
    )
    key = [
        KeyItem(look, f"{write_word(kind)}: share of passages with one, 95% interval", True)
        for kind, look in LOOKS.items()
    ]
    axes = make_axes(
        f"{title or 'No hedges or boosters'} in {len(order):,} articles (n = {passages.sum():,} passages)",
        max(1, len(order)) * ROW + 0.1,
        margins,
        key=key,
        caption=caption,
    )
    _draw_shares(
        axes, shares.merge(rates, on=["source_id", "kind"], suffixes=("", "_all"), validate="1:1"), order
    )
    axes.set_yticks(range(len(order)), labels)
    highest = (
        min(100, 10 * (int(shares["high"].max(skipna=True) * 10) + 1))
        if shares["high"].notna().any()
        else 100
    )
    axes.set(
        xlim=(0, highest),
        ylim=(max(1, len(order)) - 0.5, -0.6),
        xlabel="Per cent of the passages that make claims",
    )
    axes.grid(axis="x")
    axes.spines["left"].set_visible(False)
    right = 1 + 0.1 / (WIDTH - margins.left - margins.right)
    axes.text(
        right,
        -0.52,
        "per 100 words (n)",
        transform=axes.get_yaxis_transform(),
        fontsize=SMALL,
        va="center",
        gid="head",
    )
    return axes


def _draw_shares(axes: Axes, rows: pd.DataFrame, order: list[str]) -> None:
    kinds = list(LOOKS)
    for row in rows.itertuples():
        y = order.index(row.source_id) + (kinds.index(row.kind) * 2 - 1) * APART / ROW * 0.6
        look = LOOKS[row.kind]
        if row.of:
            axes.plot(
                [100 * row.low, 100 * row.high],
                [y, y],
                color=INK,
                linewidth=1.4,
                solid_capstyle="butt",
                gid=f"{row.kind}-interval",
            )
            axes.plot(
                [100 * row.share],
                [y],
                marker=look.mark,
                markersize=7.5,
                markerfacecolor=look.fill,
                linestyle="none",
                gid=row.kind,
                clip_on=False,
                zorder=3,
            )
        else:
            axes.text(1, y, "no passages", va="center_baseline", fontsize=SMALL)
        axes.text(
            1.02,
            y,
            f"{row.kind} {row.per_100:.1f} ({row.n_all:,})",
            transform=axes.get_yaxis_transform(),
            va="center_baseline",
            fontsize=SMALL,
            gid="per_100",
        )
