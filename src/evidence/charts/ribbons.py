"""Articles as ribbons, coloured by how far their claims are supported."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from evidence.charts.frames import KeyItem, Margins, draw_boxes, make_axes, styled
from evidence.charts.letters import SMALL
from evidence.charts.palette import INK, QUIET, Look, look_support, write_word
from evidence.judgements import SUPPORT
from evidence.summaries import list_bands
from evidence.summaries.words import write_number

__all__ = ["plot_ribbons"]

ROW, RIBBON = 0.74, 0.5
SIGNS = {"citation": Look(INK, INK, "v"), "pitch": Look("#FFFFFF", INK, "o")}


@styled
def plot_ribbons(claims: pd.DataFrame, sources: pd.DataFrame, *, caption: str = "") -> Axes:
    """Draw each article along its length, all on one scale.

    Parameters
    ----------
    claims
        Judged claims.
    sources
        The sources table; an article without a claim is drawn blank.
    caption
        Source line.

    Returns
    -------
    matplotlib.axes.Axes
        One patch a support level (its ``gid``) with a rectangle for each piece of
        `evidence.summaries.list_bands`: claims on one passage lie one above another. Citations and pitches
        are marked above their first character.
    """
    counts = claims["support"].value_counts(sort=False)
    kinds = claims["kind"].value_counts()
    key = [KeyItem(look_support(w), f"{write_word(w)} {counts[w]:,}") for w in SUPPORT if counts[w]]
    key += [KeyItem(look, f"{write_word(kind)} {kinds.get(kind, 0):,}", True) for kind, look in SIGNS.items()]
    supported = int(counts["supported"])
    number = f"{supported:,} of {write_number(len(claims), 'claim')}"
    where = write_number(len(sources), "article")
    title = f"{number} in {where} {'is' if supported == 1 else 'are'} supported as worded"
    axes = make_axes(
        f"{title}; each band is a claim",
        max(1, len(sources)) * ROW,
        Margins(1.05, 0.15, 0.5),
        key=key,
        caption=caption,
    )
    order = list(sources["source_id"])
    lengths = dict(zip(order, sources["n_characters"].astype(int), strict=True))
    _draw_bands(axes, list_bands(claims), order)
    _draw_signs(axes, claims, order)
    for y, source in enumerate(order):
        axes.plot([0, lengths[source]], [y, y], color=QUIET, linewidth=0.8, zorder=1, gid="text")
    n = claims["source_id"].value_counts()
    axes.set_yticks(range(len(order)), [f"{source}\n{n.get(source, 0):,} claims" for source in order])
    axes.set(xlim=(0, 1.01 * max(lengths.values(), default=1)), ylim=(max(1, len(order)) - 0.45, -0.6))
    axes.set_xlabel("Characters from the beginning of the article (thin line: text without a claim)")
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.spines["left"].set_visible(False)
    return axes


def _draw_bands(axes: Axes, bands: pd.DataFrame, order: list[str]) -> None:
    height = RIBBON / bands["bands"]
    low = (
        bands["source_id"].map({s: i for i, s in enumerate(order)}).astype(float)
        - RIBBON / 2
        + bands["band"] * height
    )
    for level in SUPPORT:
        rows = bands[bands["support"] == level]
        top, bottom = low[rows.index], low[rows.index] + height[rows.index]
        draw_boxes(
            axes, zip(rows["start"], top, rows["end"], bottom, strict=True), look_support(level), level
        )


def _draw_signs(axes: Axes, claims: pd.DataFrame, order: list[str]) -> None:
    for kind, look in SIGNS.items():
        rows = claims[claims["kind"] == kind]
        ys = [order.index(source) - RIBBON / 2 - 0.1 for source in rows["source_id"]]
        axes.plot(
            rows["start"],
            ys,
            linestyle="none",
            marker=look.mark,
            markersize=5.5,
            markerfacecolor=look.fill,
            markeredgecolor=INK,
            gid=kind,
            clip_on=False,
        )
    axes.tick_params(axis="y", labelsize=SMALL + 0.5)
