"""Claims drawn: the shares of their levels, their wording against their evidence, their places along an article.

Every mark leads to its claim, every bar, row and entry of a key to the list of claims that it counts (`link_claims`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import accumulate, pairwise
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection

from evidence import labels
from evidence.charts.style import (
    LINE,
    MOST_MARKS,
    MOST_ROWS,
    SMALL,
    WIDTH,
    KeyItem,
    Margins,
    count_left_out,
    find_ink,
    find_left,
    find_more,
    join_sentences,
    link,
    make_axes,
    measure_width,
    name_rows,
    styled,
    wrap_text,
)
from evidence.counts import CERTAINTY_FOUND, count_claims, list_stretches, select_checkable, select_mapped
from evidence.judgements import STRENGTH, SUPPORT
from evidence.palette import INK, KIND_LOOKS, MORE, QUIET, RULE, SUPPORT_LOOKS

SUPPORT_ROW, BAR = 0.5, 0.26
STRIP, HEAD, TALLEST, STEP = 0.3, 0.27, 6.5, 0.17
SMALLEST = 0.06  # step from mark to mark, below which one mark stands for several claims
ROW_WARRANTED = {word: max(0, i - 1) for i, word in enumerate(CERTAINTY_FOUND)}
MAP_ROW, RIBBON = 0.74, 0.37
FILTERS = {  # a column, and the name of its filter on the page
    "source_id": "source", "kind": "kind", "voice": "voice", "stance": "stance", "support": "support",
    "strength": "strength",
}  # fmt: skip
TABLES = "Source: claims.csv, propositions.csv and citations.csv, by the rule."


def find_shared(claims: pd.DataFrame) -> dict[str, str]:
    """Find the words of a filter that all claims of a chart share, such as that they promote."""
    return {name: str(claims[name].iloc[0]) for name in FILTERS if name in claims and _is_one(claims[name])}


def link_claims(shared: Mapping[str, str], words: str, **chosen: object) -> str | None:
    """Link to the list of the claims of a chart that have the words chosen, filtered as the page filters it.

    What all claims of the chart share, from `find_shared`, is chosen, too.

    Examples
    --------
    >>> claims = pd.DataFrame({"source_id": ["a", "b"], "kind": "safety", "stance": "promotes",
    ...                        "support": ["supported", "cautious"]})
    >>> link_claims(find_shared(claims), "One claim of b", source_id="b")
    '#Claims?source=b&kind=safety&stance=promotes One claim of b'
    """
    if not chosen.keys() <= FILTERS.keys():
        return None
    query = {FILTERS[name]: word for name in FILTERS if (word := chosen.get(name, shared.get(name)))}
    return link(f"#Claims?{urlencode(query)}" if query else "#Claims", words)


def _is_one(words: pd.Series) -> bool:
    return len(words) > 0 and words.notna().all() and words.nunique() == 1


def _link_claim(row: Any) -> str:
    """Link to a claim's card."""
    return link(f"#{row.claim_id}", f"{row.claim} ({labels.word(row.support)})")


def _write_key(claims: pd.DataFrame, *, as_mark: bool = False) -> list[KeyItem]:
    counts, shared = claims["support"].value_counts(sort=False), find_shared(claims)
    return [
        KeyItem(
            SUPPORT_LOOKS[word],
            f"{labels.heading(word)} {counts[word]:,}",
            as_mark,
            link_claims(shared, f"{labels.heading(word)}: {labels.count(counts[word], 'claim')}", support=word),
        )
        for word in SUPPORT
        if counts[word]
    ]


def _keep_rows(claims: pd.DataFrame, by: str, words: list[str], *, most: float = math.inf) -> list[str]:
    """Keep the words that most claims have, in their order: as many as fit a chart's rows, and claims; at least one."""
    counts = claims[by].value_counts().reindex(words).fillna(0).sort_values(ascending=False, kind="stable")
    kept = counts.index[: max(1, min(MOST_ROWS, int((counts.cumsum() <= most).sum())))]
    return [word for word in words if word in set(kept)]


@styled
def plot_support(claims: pd.DataFrame, *, by: str = "source_id", caption: str = "", width: float = WIDTH) -> Axes:
    """Draw the share of each support level among the claims of each word of a column.

    Parameters
    ----------
    claims
        As `evidence.counts.join_claims` gives them.
    by
        Column, such as ``source_id``, ``kind``, ``voice``, ``strength``.
    caption
        What its caption says first.
    width
        In inches; narrower than `WIDTH`, rows' names stand above them.

    Returns
    -------
    matplotlib.axes.Axes
        One row a word, also those without a claim (of more than `MOST_ROWS` those with most claims); bars in per cent
        of the row's claims (``gid`` the level), the number of claims in or above each bar.

    Examples
    --------
    >>> import evidence
    >>> from evidence import counts
    >>> claims = counts.join_claims(evidence.load())
    >>> axes = plot_support(claims, by="kind")
    >>> float(axes.get_ylim()[0]) == claims["kind"].nunique() - 0.5
    True
    """
    counts = count_claims(claims, by, "support")
    rows, what = _keep_rows(claims, by, list(counts.index)), "articles" if by == "source_id" else "rows"
    left_out = count_left_out(len(rows), len(counts), what)
    counts, narrow = counts.loc[rows], width < WIDTH
    names = [_name_articles(claims)[word] if by == "source_id" else labels.heading(word) for word in rows]
    totals = list(counts.sum(axis=1))
    sizes = [f"n = {n:,}" for n in totals]
    more = find_more(names, sizes, narrow=narrow)
    row = SUPPORT_ROW + narrow * 0.2 + more
    margins = Margins(0.08, 0.15, 0.5) if narrow else Margins(find_left(names, sizes), 0.2, 0.5)
    how = f"A row is {'an article' if by == 'source_id' else f'one {labels.word(by)}'}, a bar the share of its claims"
    axes = make_axes(
        _name_support(claims),
        max(1, len(counts)) * row + narrow * more,
        margins,
        width=width,
        key=_write_key(claims),
        caption=join_sentences(
            caption, f"{how} with one level; numbers count claims (n = {len(claims):,}).", left_out, TABLES
        ),
    )
    shared = find_shared(claims)
    for y, (word, n) in enumerate(counts.iterrows()):
        links = {
            level: link_claims(
                shared, f"{names[y]}: {labels.heading(level)}, {n[level]:,} of {totals[y]:,} claims",
                **{by: word, "support": level},
            )
            for level in n.index
        }  # fmt: skip
        _draw_row(axes, y, n, links, width - margins.left - margins.right, row)
    rows_lead = [
        link_claims(shared, f"{name}: {labels.count(n, 'claim')}", **{by: word})
        for word, name, n in zip(rows, names, totals, strict=True)
    ]
    name_rows(axes, names, sizes, links=rows_lead, above=0.22 / row if narrow else 0)
    top = -0.55 - narrow * more / row
    axes.set(xlim=(0, 100), ylim=(max(1, len(counts)) - 0.5, top), xlabel="Per cent of the row's claims")
    axes.spines["left"].set_visible(False)
    return axes


def _name_articles(claims: pd.DataFrame) -> dict[str, str]:
    """Return the articles' names by their ids, also of those without a claim."""
    return dict(zip(claims["source_id"].cat.categories, claims["article"].cat.categories, strict=True))


def _name_support(claims: pd.DataFrame) -> str:
    checkable = select_checkable(claims)
    n, of = int((checkable["support"] == "supported").sum()), len(checkable)
    if not of:
        return f"None of {labels.count(len(claims), 'claim')} can be checked" if len(claims) else "There are no claims"
    number = f"{labels.number(n) if n else 'None'} of {labels.count(of, 'checkable claim')}"
    return f"{number} {labels.agree_of(n, of, 'is', 'are')} supported as worded"


def _draw_row(axes: Axes, y: int, counts: pd.Series, links: dict[str, str | None], width: float, row: float) -> None:
    total, at, last = int(counts.sum()), 0.0, -1.0
    high = BAR / row
    if not total:
        axes.text(0, y, "no claims", va="center", fontsize=SMALL)
    for level, n in counts[counts > 0].items():
        share, look, text = 100 * n / total, SUPPORT_LOOKS[level], f"{n:,}"
        axes.barh(
            y,
            share,
            left=at,
            height=high,
            facecolor=look.fill,
            edgecolor=look.line,
            hatch=look.hatch,
            linewidth=0.8,
            gid=level,
            url=links[level],
            clip_on=False,
        )
        wide = measure_width(text, SMALL) + 0.06
        if share / 100 * width >= wide:
            patch = {"facecolor": look.fill, "edgecolor": "none", "pad": 1.2} if look.hatch else None
            axes.text(
                at + share / 2,
                y,
                text,
                ha="center",
                va="center_baseline",
                fontsize=SMALL,
                color=find_ink(look),
                bbox=patch,
                gid="n",
            )
        else:
            middle = max((at + share / 2) * width / 100, last + wide / 2)
            axes.text(middle * 100 / width, y + high / 2 + 0.03, text, ha="center", va="top", fontsize=SMALL, gid="n")
            last = middle + wide / 2
        at += share


@styled
def plot_asserted_against_warranted(claims: pd.DataFrame, *, caption: str = "", width: float = WIDTH) -> Axes:
    """Draw each claim set against evidence in the cell of its wording and of the certainty it can use.

    The line is the rule's: rank of strength against rank of certainty less the steps of match. What lies
    above it says more than is known.

    Parameters
    ----------
    claims
        As `evidence.counts.join_claims` gives them; those that `evidence.counts.select_mapped` keeps are drawn, in
        their order.
    caption
        What its caption says first.
    width
        In inches; narrower than `WIDTH`, rows' names stand in them.

    Returns
    -------
    matplotlib.axes.Axes
        One mark a claim (a collection of marks for each support level, its ``gid``), one count a cell (``gid``
        ``count``). Where that would be too many to see, a mark stands for several claims of one level in one cell,
        and leads to their list; the caption says for how many.
    """
    compared = select_mapped(claims)
    counts = count_claims(compared, "strength", "certainty_usable")
    more, total = int((compared["gap"] > 0).sum()), len(compared)
    number = labels.count(total, "claim")
    says = labels.agree_of(more, total, "says", "say")
    title = f"{labels.number(more) if more else 'None'} of {number} set against evidence {says} more than is known"
    narrow = width < WIDTH
    margins = Margins(0.05, 0.05, 1.05) if narrow else Margins(1.15, 0.1, 0.8)
    cell = (width - margins.left - margins.right) / len(CERTAINTY_FOUND)
    head = HEAD + narrow * LINE
    marks, each, step, edges = _fit_marks(compared, cell, head)
    stands = f"A mark stands for up to {each:,} claims of one level" if each > 1 else "A mark is one claim"
    how = (
        f"{stands}: upwards the surer it is worded, to the right the more certain the evidence that it can use (one "
        f"step less for each step its match is indirect); above the line it says more than is known (n = {total:,})."
    )
    axes = make_axes(
        title if total else "No claim is set against evidence",
        edges[-1] + 2 * STRIP,
        margins,
        width=width,
        key=_write_key(compared, as_mark=True),
        caption=join_sentences(caption, how, TABLES),
    )
    against = int(((compared["gap"] <= 0) & (compared["support"] == "contradicted")).sum())
    _draw_regions(axes, edges, more, total - more - against, against)
    _draw_marks(axes, compared, marks, each, edges, step, cell, head)
    _draw_counts(axes, compared, counts, edges, cell, narrow=narrow)
    return axes


def _fit_marks(compared: pd.DataFrame, cell: float, head: float) -> tuple[pd.DataFrame, int, float, list[float]]:
    """Find for how many claims a mark stands, how far marks are apart, and where rows begin, so that all can be seen.

    The marks are rows of a table: the first claim of each, in their order.
    """
    each = max(1, math.ceil(len(compared) / MOST_MARKS))
    while True:
        places = ["certainty_usable", "strength", *(["support"] if each > 1 else [])]
        number = compared.groupby(places, observed=True).cumcount()
        marks = compared[number % each == 0]
        if each > 1:
            marks = marks.sort_values("support", kind="stable")
        counts = count_claims(marks, "strength", "certainty_usable")
        for thousandths in range(int(STEP * 1000), int(SMALLEST * 1000) - 1, -1):
            step = thousandths / 1000
            edges = _edges(counts, step, cell, head)
            if edges[-1] <= TALLEST:
                return marks, each, step, edges
        each += 1


def _across(step: float, cell: float) -> int:
    return max(1, math.floor((cell - 0.14) / step))


def _edges(counts: pd.DataFrame, step: float, cell: float, head: float) -> list[float]:
    """Return the rows' edges in inches from below: each row as high as its fullest cell needs."""
    rows = (math.ceil(most / _across(step, cell)) for most in counts.max(axis=1))
    return list(accumulate((head + max(0.25, n * step + 0.07) for n in rows), initial=0.0))


def _draw_regions(axes: Axes, edges: list[float], more: int, no_more: int, against: int) -> None:
    low, high = -STRIP, edges[-1] + STRIP
    axes.set(xlim=(-0.5, len(CERTAINTY_FOUND) - 0.5), ylim=(low, high))
    xs = [edge for i in range(len(CERTAINTY_FOUND)) for edge in (i - 0.5, i + 0.5)]
    ys = [edges[ROW_WARRANTED[word] + 1] for word in CERTAINTY_FOUND for _ in range(2)]
    axes.fill_between(xs, ys, high, color=MORE, linewidth=0, zorder=0)
    for i in range(1, len(CERTAINTY_FOUND)):
        axes.axvline(i - 0.5, color="white", linewidth=1.6, zorder=0.5)
    for edge in edges[1:-1]:
        axes.axhline(edge, color=RULE, linewidth=0.8, zorder=0.5)
    axes.plot(xs, ys, color=INK, linewidth=2, solid_joinstyle="miter", zorder=2, gid="warranted")
    axes.text(-0.46, high - 0.08, f"Says more than is known: {more:,}", va="top", fontweight="bold", gid="more")
    axes.text(
        len(CERTAINTY_FOUND) - 0.54,
        low + 0.08,
        f"Says no more: {no_more:,}{f'; contradicted: {against:,}' if against else ''}",
        va="bottom",
        ha="right",
        fontweight="bold",
        gid="no more",
    )
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.tick_params(length=0)


def _draw_marks(
    axes: Axes,
    compared: pd.DataFrame,
    marks: pd.DataFrame,
    each: int,
    edges: list[float],
    step: float,
    cell: float,
    head: float,
) -> None:
    places = marks.assign(i=marks.groupby(["certainty_usable", "strength"], observed=True).cumcount())
    across = _across(step, cell)
    for level, rows in places.groupby("support", observed=True):
        x = rows["certainty_usable"].cat.codes - 0.5 + (0.07 + (rows["i"] % across + 0.5) * step) / cell
        top = rows["strength"].cat.codes.map(dict(enumerate(edges[1:])))
        y = top - head - (rows["i"] // across + 0.5) * step
        look = SUPPORT_LOOKS[level]
        links: list[str | None]
        if each == 1:
            links = [_link_claim(row) for row in rows.itertuples()]
        else:
            many = f"Up to {each:,} claims: {labels.word(level)}, worded"
            shared = find_shared(compared)
            lists = {
                word: link_claims(shared, f"{many} {labels.word(word)}", support=level, strength=word)
                for word in rows["strength"].unique()
            }
            links = [lists[word] for word in rows["strength"]]
        axes.scatter(
            x,
            y,
            s=(step * 72 * 0.8) ** 2,
            marker=look.mark,
            facecolors=[look.fill] * len(rows),  # one for each, or matplotlib gives all the first one's address
            edgecolors=INK,
            linewidths=0.5,
            urls=links,
            gid=level,
            zorder=3,
            clip_on=False,
        )


def _draw_counts(
    axes: Axes, compared: pd.DataFrame, counts: pd.DataFrame, edges: list[float], cell: float, *, narrow: bool
) -> None:
    for top, word in zip(edges[1:], counts.index, strict=True):
        for x, usable in enumerate(counts.columns):
            n = int(counts.loc[word, usable])
            axes.text(
                x - 0.5 + 0.07 / cell,
                top - 0.06 - narrow * LINE,
                f"{n:,}",
                va="top",
                fontsize=SMALL,
                color=INK if n else QUIET,
                fontweight="bold" if n else "normal",
                gid="count",
            )
    axes.set_yticks([])
    shared = find_shared(compared)
    for (low, high), (word, n) in zip(pairwise(edges), counts.sum(axis=1).items(), strict=True):
        said = f"Worded {labels.word(word)}: {n:,} of {len(compared):,} claims drawn"
        name, leads_to = f"{labels.heading(word)} {n:,}", link_claims(shared, said, strength=word)
        place = (-0.5 + 0.07 / cell, high - 0.05) if narrow else (-0.5 - 0.08 / cell, (low + high) / 2)
        sides = ("top", "left") if narrow else ("center_baseline", "right")
        axes.text(*place, name, va=sides[0], ha=sides[1], color=INK, fontsize=SMALL, url=leads_to, gid="row")
    axes.set_xticks(range(counts.shape[1]), [""] * counts.shape[1])
    for x, (usable, n) in enumerate(counts.sum().items()):
        if narrow:
            heads = [*wrap_text(labels.heading(usable), cell - 0.02, SMALL, weight="bold"), f"{n:,}"]
            lines = [*heads, *[""] * (3 - len(heads)), STRENGTH[ROW_WARRANTED[usable]]]
        else:
            heads = [f"{labels.heading(usable)}: {n:,}"]
            lines = [*heads, "warrants", f"“{STRENGTH[ROW_WARRANTED[usable]]}”"]
        for i, line in enumerate(lines):
            axes.text(
                x,
                -STRIP - 0.17 - i * 0.155,
                line,
                ha="center",
                va="baseline",
                fontsize=SMALL,
                fontweight="bold" if i < len(heads) else "normal",
                gid="usable" if i == 0 else None,
            )
    axes.text(
        counts.shape[1] - 0.5,
        -STRIP - 0.17 - (4.2 if narrow else 3.3) * 0.155,
        "Certainty of the evidence; wording it warrants"
        if narrow
        else "Certainty of the evidence that a claim can use",
        ha="right",
        va="baseline",
        fontsize=SMALL,
        color=QUIET,
    )


@styled
def plot_article_map(claims: pd.DataFrame, sources: pd.DataFrame, *, caption: str = "", width: float = WIDTH) -> Axes:
    """Draw each article along its length, all on one scale.

    Parameters
    ----------
    claims
        Judged claims.
    sources
        The sources table; an article without a claim is drawn blank.
    caption
        What its caption says first.
    width
        In inches; narrower than `WIDTH`, articles' names stand above them.

    Returns
    -------
    matplotlib.axes.Axes
        One collection a support level (its ``gid``) with a rectangle for each piece of
        `evidence.counts.list_stretches`: claims on one passage lie one above another. Citations and pitches
        are marked above their first character. Of more than `MOST_ROWS` articles, or `MOST_MARKS` claims, the articles
        with most claims are drawn; where one alone has more, it leads to its claims, a piece to none.
    """
    every, n = list(sources["source_id"]), claims["source_id"].value_counts()
    order, narrow = _keep_rows(claims, "source_id", every, most=MOST_MARKS), width < WIDTH
    drawn = claims[claims["source_id"].isin(order)]
    kinds = claims["kind"].value_counts()
    key, shared = _write_key(claims), find_shared(claims)
    key += [
        KeyItem(
            look,
            f"{labels.heading(kind)} {kinds.get(kind, 0):,}",
            True,
            link_claims(shared, f"{labels.heading(kind)}: {labels.count(kinds.get(kind, 0), 'claim')}", kind=kind),
        )
        for kind, look in KIND_LOOKS.items()
    ]
    where = labels.count(len(every), "article")
    n_good = int((claims["support"] == "supported").sum())
    number = f"{labels.number(n_good) if n_good else 'None'} of {labels.count(len(claims), 'claim')} in {where}"
    are = labels.agree_of(n_good, len(claims), "is", "are")
    title = f"{number} {are} supported as worded" if len(claims) else f"No claims in {where}"
    how = (
        "A row is an article, all on one scale of characters from its beginning; a band is the passage of a claim, the "
        f"thin line text without one (n = {len(drawn):,} claims)."
    )
    left_out = count_left_out(len(order), len(every), "articles")
    named = labels.name_articles(sources)
    names, sizes = [named[source] for source in order], [labels.count(int(n.get(s, 0)), "claim") for s in order]
    more = find_more(names, sizes, narrow=narrow)
    row = MAP_ROW + narrow * 0.16 + more
    axes = make_axes(
        title,
        max(1, len(order)) * row + narrow * more,
        Margins(0.08, 0.15, 0.5) if narrow else Margins(find_left(names, sizes), 0.15, 0.5),
        width=width,
        key=key,
        caption=join_sentences(caption, how, left_out, f"{TABLES.removesuffix('.')}; sources.csv."),
    )
    lengths = dict(zip(every, sources["n_characters"].astype(int), strict=True))
    _draw_stretches(axes, drawn, order, RIBBON / row)
    _draw_signs(axes, drawn, order, RIBBON / row / 2 + 0.07 / row)
    for y, source in enumerate(order):
        axes.plot([0, lengths[source]], [y, y], color=QUIET, linewidth=0.8, zorder=1, gid="text")
    links = [
        link_claims(shared, f"{name}: {size}", source_id=source)
        for source, name, size in zip(order, names, sizes, strict=True)
    ]
    name_rows(axes, names, sizes, links=links, above=(RIBBON / 2 + 0.16) / row if narrow else 0)
    longest = max((lengths[source] for source in order), default=1)
    axes.set(xlim=(0, 1.01 * longest), ylim=(max(1, len(order)) - 0.45, -0.6 - narrow * (0.1 + more / row)))
    axes.set_xlabel("Characters from the beginning of the article")
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.spines["left"].set_visible(False)
    return axes


def _draw_stretches(axes: Axes, claims: pd.DataFrame, order: list[str], ribbon: float) -> None:
    stretches = list_stretches(claims)
    height = ribbon / stretches["layers"]
    middle = stretches["source_id"].map({source: i for i, source in enumerate(order)}).astype(float)
    low = middle - ribbon / 2 + stretches["layer"] * height
    links = {row.claim_id: _link_claim(row) for row in claims.itertuples()}
    for level in SUPPORT:
        rows = stretches[stretches["support"] == level]
        if rows.empty:
            continue
        look, top, bottom = SUPPORT_LOOKS[level], low[rows.index], low[rows.index] + height[rows.index]
        left, right = rows["start"], rows["end"]
        corners = np.stack([left, top, right, top, right, bottom, left, bottom], axis=1).astype(float)
        boxes = PolyCollection(
            list(corners.reshape(-1, 4, 2)),
            facecolors=[look.fill],
            edgecolors=[look.line],
            hatch=look.hatch,
            linewidths=0.5,
            zorder=2,
            gid=level,
            clip_on=False,
        )
        if len(claims) <= MOST_MARKS:
            boxes.set_urls([links[key] for key in rows["claim_id"]])
        axes.add_collection(boxes, autolim=False)


def _draw_signs(axes: Axes, claims: pd.DataFrame, order: list[str], above: float) -> None:
    for kind, look in KIND_LOOKS.items():
        rows = claims[claims["kind"] == kind]
        axes.scatter(
            rows["start"],
            [order.index(source) - above for source in rows["source_id"]],
            s=5.5**2,
            marker=look.mark,
            facecolors=[look.fill] * len(rows),
            edgecolors=INK,
            linewidths=0.7,
            urls=[_link_claim(row) for row in rows.itertuples()] if len(claims) <= MOST_MARKS else None,
            gid=kind,
            clip_on=False,
        )
