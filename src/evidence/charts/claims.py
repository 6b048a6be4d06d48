"""Claims drawn: the shares of their levels, their wording against their evidence, their places along an article."""

from __future__ import annotations

import math
from itertools import pairwise

import pandas as pd
from matplotlib.axes import Axes

from evidence import labels
from evidence.charts.style import SMALL, WIDTH, KeyItem, Margins, draw_boxes, make_axes, measure_text, styled
from evidence.counts import CERTAINTY_FOUND, count_claims, list_stretches, select_checkable, select_compared
from evidence.judgements import STRENGTH, SUPPORT
from evidence.palette import INK, KIND_LOOKS, QUIET, SUPPORT_LOOKS

SUPPORT_ROW, BAR = 0.5, 0.52
MARGINS = Margins(left=1.15, right=0.1, bottom=0.8)
CELL = (WIDTH - MARGINS.left - MARGINS.right) / len(CERTAINTY_FOUND)
STRIP, HEAD, TALLEST = 0.3, 0.27, 6.5
WARRANTED = {word: max(0, i - 1) for i, word in enumerate(CERTAINTY_FOUND)}
MORE = "#FBF0E3"
MAP_ROW, RIBBON = 0.74, 0.5


@styled
def plot_support(claims: pd.DataFrame, *, by: str = "source_id", caption: str = "") -> Axes:
    """Draw the share of each support level among the claims of each word of a column.

    Parameters
    ----------
    claims
        As `evidence.counts.join_claims` gives them.
    by
        Column, such as ``source_id``, ``kind``, ``voice``, ``strength``.
    caption
        Source line.

    Returns
    -------
    matplotlib.axes.Axes
        One row a word, also those without a claim; bars in per cent of the row's claims (``gid`` the level),
        the number of claims in or above each bar.

    Examples
    --------
    >>> import evidence
    >>> from evidence import counts
    >>> claims = counts.join_claims(evidence.load())
    >>> axes = plot_support(claims, by="kind")
    >>> len(axes.get_yticks()) == claims["kind"].nunique()
    True
    """
    counts = count_claims(claims, by, "support")
    checkable = select_checkable(claims)
    n = int((checkable["support"] == "supported").sum())
    number = f"{n:,} of {labels.count(len(checkable), 'checkable claim')}"
    title = f"{number} {labels.agree(n, 'is', 'are')} supported as worded (n = {len(claims):,} claims)"
    totals = counts.sum()
    key = [KeyItem(SUPPORT_LOOKS[w], f"{labels.heading(w)} {totals[w]:,}") for w in SUPPORT if totals[w]]
    names = [
        f"{word if by == 'source_id' else labels.heading(word)}\nn = {n:,}" for word, n in counts.sum(axis=1).items()
    ]
    left = 0.15 + max((measure_text(line) for name in names for line in name.split("\n")), default=1)
    margins = Margins(left, 0.2, 0.5)
    axes = make_axes(title, max(1, len(counts)) * SUPPORT_ROW, margins, key=key, caption=caption)
    for y, row in enumerate(counts.itertuples(index=False)):
        _draw_row(axes, y, dict(zip(counts.columns, row, strict=True)), WIDTH - margins.left - margins.right)
    axes.set_yticks(range(len(names)), names)
    axes.set(xlim=(0, 100), ylim=(max(1, len(counts)) - 0.5, -0.55), xlabel="Per cent of the row's claims")
    axes.spines["left"].set_visible(False)
    return axes


def _draw_row(axes: Axes, y: int, counts: dict[str, int], width: float) -> None:
    total, at, last = sum(counts.values()), 0.0, -1.0
    if not total:
        axes.text(0, y, "no claims", va="center", fontsize=SMALL)
    for level, n in counts.items():
        share, look, text = 100 * n / total if total else 0.0, SUPPORT_LOOKS[level], f"{n:,}"
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
                middle * 100 / width, y - BAR / 2 - 0.03, text, ha="center", va="bottom", fontsize=SMALL - 1, gid="n"
            )
            last = middle + wide / 2
        at += share


@styled
def plot_asserted_against_warranted(claims: pd.DataFrame, *, caption: str = "") -> Axes:
    """Draw each claim set against evidence in the cell of its wording and of the certainty it can use.

    The line is the rule's: rank of strength against rank of certainty less the steps of match. What lies
    above it says more than is known.

    Parameters
    ----------
    claims
        As `evidence.counts.join_claims` gives them; those that `evidence.counts.select_compared` keeps are drawn, in
        their order.
    caption
        Source line.

    Returns
    -------
    matplotlib.axes.Axes
        One mark a claim (a line of marks for each support level, its ``gid``), one count a cell (``gid``
        ``count``).
    """
    compared = select_compared(claims)
    counts = count_claims(compared, "strength", "certainty_usable")
    more, total = int((compared["gap"] > 0).sum()), len(compared)
    levels = compared["support"].value_counts(sort=False)
    key = [KeyItem(SUPPORT_LOOKS[w], f"{labels.heading(w)} {levels[w]:,}", True) for w in SUPPORT if levels[w]]
    says = labels.agree(total, "claim set against evidence says", "claims set against evidence say")
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
    axes.set(xlim=(-0.5, len(CERTAINTY_FOUND) - 0.5), ylim=(low, high))
    xs = [edge for i in range(len(CERTAINTY_FOUND)) for edge in (i - 0.5, i + 0.5)]
    ys = [edges[WARRANTED[word] + 1] for word in CERTAINTY_FOUND for _ in range(2)]
    axes.fill_between(xs, ys, high, color=MORE, linewidth=0, zorder=0)
    for i in range(1, len(CERTAINTY_FOUND)):
        axes.axvline(i - 0.5, color="white", linewidth=1.6, zorder=0.5)
    for edge in edges[1:-1]:
        axes.axhline(edge, color="#E6DED3", linewidth=0.8, zorder=0.5)
    axes.plot(xs, ys, color=INK, linewidth=2, solid_joinstyle="miter", zorder=2, gid="warranted")
    axes.text(-0.46, high - 0.08, f"Says more than is known: {more:,}", va="top", fontweight="bold", gid="more")
    axes.text(
        len(CERTAINTY_FOUND) - 0.54,
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
    places = claims.assign(i=claims.groupby(["certainty_usable", "strength"], observed=True).cumcount())
    across = _across(step)
    for level, rows in places.groupby("support", observed=True):
        x = rows["certainty_usable"].cat.codes - 0.5 + (0.07 + (rows["i"] % across + 0.5) * step) / CELL
        top = rows["strength"].cat.codes.map(dict(enumerate(edges[1:])))
        y = top - HEAD - (rows["i"] // across + 0.5) * step
        look = SUPPORT_LOOKS[level]
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
        for x, usable in enumerate(counts.columns):
            n = int(counts.loc[word, usable])
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
    axes.set_yticks(middles, [f"{labels.heading(word)}\n{n:,}" for word, n in counts.sum(axis=1).items()])
    axes.set_xticks(range(counts.shape[1]), [""] * counts.shape[1])
    for x, (usable, n) in enumerate(counts.sum().items()):
        lines = (f"{labels.heading(usable)}: {n:,}", "warrants", f"“{STRENGTH[WARRANTED[usable]]}”")
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


@styled
def plot_article_map(claims: pd.DataFrame, sources: pd.DataFrame, *, caption: str = "") -> Axes:
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
        `evidence.counts.list_stretches`: claims on one passage lie one above another. Citations and pitches
        are marked above their first character.
    """
    counts = claims["support"].value_counts(sort=False)
    kinds = claims["kind"].value_counts()
    key = [KeyItem(SUPPORT_LOOKS[w], f"{labels.heading(w)} {counts[w]:,}") for w in SUPPORT if counts[w]]
    key += [KeyItem(look, f"{labels.heading(kind)} {kinds.get(kind, 0):,}", True) for kind, look in KIND_LOOKS.items()]
    supported = int(counts["supported"])
    number = f"{supported:,} of {labels.count(len(claims), 'claim')}"
    where = labels.count(len(sources), "article")
    title = f"{number} in {where} {labels.agree(supported, 'is', 'are')} supported as worded"
    axes = make_axes(
        f"{title}; each band is a claim",
        max(1, len(sources)) * MAP_ROW,
        Margins(1.05, 0.15, 0.5),
        key=key,
        caption=caption,
    )
    order = list(sources["source_id"])
    lengths = dict(zip(order, sources["n_characters"].astype(int), strict=True))
    _draw_stretches(axes, list_stretches(claims), order)
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


def _draw_stretches(axes: Axes, stretches: pd.DataFrame, order: list[str]) -> None:
    height = RIBBON / stretches["layers"]
    middle = stretches["source_id"].map({source: i for i, source in enumerate(order)}).astype(float)
    low = middle - RIBBON / 2 + stretches["layer"] * height
    for level in SUPPORT:
        rows = stretches[stretches["support"] == level]
        top, bottom = low[rows.index], low[rows.index] + height[rows.index]
        draw_boxes(axes, zip(rows["start"], top, rows["end"], bottom, strict=True), SUPPORT_LOOKS[level], level)


def _draw_signs(axes: Axes, claims: pd.DataFrame, order: list[str]) -> None:
    for kind, look in KIND_LOOKS.items():
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
