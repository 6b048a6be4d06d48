"""How articles word their claims (hedges and boosters), and what becomes of the outside work that they mention."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from evidence import labels
from evidence.charts.style import SMALL, WIDTH, KeyItem, Margins, make_axes, measure_text, styled, wrap_text
from evidence.palette import INK, MARKER_LOOKS, QUIET, SUPPORT_LOOKS

WORDING_ROW, APART = 0.66, 0.19
CITATION_ROW, BAR = 0.72, 0.36
SAYS = {
    "mentioned": "mentions of outside work",
    "identified": "work identified, exactly or probably",
    "read": "work read, in full or as an abstract",
    "accurate": "says what the article says",
}


@styled
def plot_wording(shares: pd.DataFrame, rates: pd.DataFrame, *, caption: str = "") -> Axes:
    """Draw the share of passages with claims that hold a hedge, and a booster, with Wilson 95% intervals.

    Parameters
    ----------
    shares
        As `evidence.counts.share_markers` gives them.
    rates
        As `evidence.counts.count_markers` gives them; their markers per 100 words are printed at the
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
    title = " and ".join(labels.count(int(n), kind) for kind, n in totals.items())
    passages = shares.drop_duplicates("source_id").set_index("source_id")["of"]
    names = [f"{source}\nn = {passages[source]:,} passages" for source in order]
    margins = Margins(
        0.15 + max([0.5, *(measure_text(line) for text in names for line in text.split("\n"))]), 1.35, 0.5
    )
    key = [
        KeyItem(look, f"{labels.heading(kind)}: share of passages with one, 95% interval", True)
        for kind, look in MARKER_LOOKS.items()
    ]
    axes = make_axes(
        f"{title or 'No hedges or boosters'} in {len(order):,} articles (n = {passages.sum():,} passages)",
        max(1, len(order)) * WORDING_ROW + 0.1,
        margins,
        key=key,
        caption=caption,
    )
    _draw_shares(axes, shares.merge(rates, on=["source_id", "kind"], suffixes=("", "_all"), validate="1:1"), order)
    axes.set_yticks(range(len(order)), names)
    highest = min(100, 10 * (int(shares["high"].max(skipna=True) * 10) + 1)) if shares["high"].notna().any() else 100
    axes.set(
        xlim=(0, highest), ylim=(max(1, len(order)) - 0.5, -0.6), xlabel="Per cent of the passages that make claims"
    )
    axes.grid(axis="x")
    axes.spines["left"].set_visible(False)
    right = 1 + 0.1 / (WIDTH - margins.left - margins.right)
    axes.text(
        right, -0.52, "per 100 words (n)", transform=axes.get_yaxis_transform(), fontsize=SMALL, va="center", gid="head"
    )
    return axes


def _draw_shares(axes: Axes, rows: pd.DataFrame, order: list[str]) -> None:
    kinds = list(MARKER_LOOKS)
    for row in rows.itertuples():
        y = order.index(row.source_id) + (kinds.index(row.kind) * 2 - 1) * APART / WORDING_ROW * 0.6
        look = MARKER_LOOKS[row.kind]
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


@styled
def plot_citations(stages: pd.DataFrame, *, caption: str = "") -> Axes:
    """Draw how many mentions stand up to each next look.

    Parameters
    ----------
    stages
        As `evidence.counts.count_citations` gives them.
    caption
        Source line.

    Returns
    -------
    matplotlib.axes.Axes
        One bar a stage, as long as its number; beneath it what was lost since the stage before, and why.
    """
    first, last = int(stages["n"].iloc[0]), int(stages["n"].iloc[-1])
    are = labels.agree(last, "is", "are")
    title = f"{last or 'None'} of {first:,} mentions of outside work {are} accurate to a work that could be read"
    names = [labels.heading(stage) for stage in stages["stage"]]
    margins = Margins(0.15 + max(map(measure_text, names)), 0.15, 0.45)
    axes = make_axes(title, (len(stages) - 0.2) * CITATION_ROW, margins, caption=caption)
    width = WIDTH - margins.left - margins.right
    looks = [
        SUPPORT_LOOKS["not_assessed"],
        *[SUPPORT_LOOKS["no_evidence"]] * (len(stages) - 2),
        SUPPORT_LOOKS["supported"],
    ]
    axes.barh(
        range(len(stages)), stages["n"], height=BAR, color=[look.fill for look in looks], edgecolor=QUIET, linewidth=0.6
    )
    longest = max(1, first)
    for y, row in enumerate(stages.itertuples()):
        axes.text(row.n + longest * 0.012, y, f"{row.n:,} ", va="center_baseline", fontweight="bold", gid="n")
        words = SAYS[row.stage]
        start = row.n + longest * (0.1 + measure_text(words, SMALL) / width)
        inside = start > longest * 1.12
        axes.text(
            row.n - longest * 0.012 if inside else row.n + longest * 0.07,
            y,
            words,
            va="center_baseline",
            fontsize=SMALL,
            ha="right" if inside else "left",
            color=looks[y].ink if inside else INK,
        )
        lost = f"{row.lost:,} lost: {row.reasons}" if row.lost else ""
        for line in wrap_text(lost, width, SMALL, most=1) if lost else ():
            axes.text(0, y - CITATION_ROW / 2, line, va="center_baseline", fontsize=SMALL, color=QUIET, gid="lost")
    axes.set_yticks(range(len(stages)), names)
    axes.set(ylim=(len(stages) - 0.6, -0.4), xlim=(0, longest * 1.12), xlabel="Mentions")
    axes.xaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 2.5, 5, 10], integer=True))
    axes.spines["left"].set_visible(False)
    return axes
