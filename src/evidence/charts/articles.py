"""How articles word their claims (hedges and boosters), and what becomes of the outside work that they mention."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from evidence import labels
from evidence.charts.style import (
    LINE,
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
from evidence.palette import INK, MARKER_LOOKS, QUIET, SUPPORT_LOOKS

WORDING_ROW, APART, RATES = 0.66, 0.19, 1.3  # the last: room for the numbers at the right
CITATION_ROW, BAR = 0.72, 0.26
SAYS = {
    "mentioned": "mentions of outside work",
    "identified": "work identified, exactly or probably",
    "read": "work read, in full or as an abstract",
    "accurate": "says what the article says",
}


@styled
def plot_wording(
    shares: pd.DataFrame, rates: pd.DataFrame, sources: pd.DataFrame, *, caption: str = "", width: float = WIDTH
) -> Axes:
    """Draw the share of passages with claims that hold a hedge, and a booster, with Wilson 95% intervals.

    Parameters
    ----------
    shares
        As `evidence.counts.share_markers` gives them.
    rates
        As `evidence.counts.count_markers` gives them; their markers per 100 words are printed at the
        right.
    sources
        The sources table, for the articles' names.
    caption
        What its caption says first.
    width
        In inches; narrower than `WIDTH`, articles' names stand above them.

    Returns
    -------
    matplotlib.axes.Axes
        One mark and interval an article and kind of marker (``gid`` the kind), in per cent; of more than `MOST_ROWS`
        articles those with most passages.
    """
    passages = shares.drop_duplicates("source_id").set_index("source_id")["of"]
    most = set(passages.sort_values(ascending=False, kind="stable").index[:MOST_ROWS])
    order, narrow = [source for source in passages.index if source in most], width < WIDTH
    totals = rates.groupby("kind", sort=False)["n"].sum()
    title = " and ".join(labels.count(int(n), kind) for kind, n in totals.items())
    sizes = [labels.count(int(passages[source]), "passage") for source in order]
    named = labels.name_articles(sources)
    names = [named[source] for source in order]
    more = find_more(names, sizes, narrow=narrow, right=RATES)
    row = WORDING_ROW + narrow * 0.12 + more
    margins = Margins(0.08, RATES, 0.5) if narrow else Margins(find_left(names, sizes), 1.35, 0.5)
    key = [KeyItem(look, f"{labels.heading(kind)}: share of passages", True) for kind, look in MARKER_LOOKS.items()]
    how = (
        "A mark is the share of an article's passages with claims that hold such a word, the line its 95% interval "
        f"(n = {passages.sum():,} passages); at the right, how many there are in 100 words of the whole article."
    )
    left_out = count_left_out(len(order), len(passages), "articles", by="passages")
    axes = make_axes(
        f"{title or 'No hedges or boosters'} in {labels.count(len(passages), 'article')}",
        max(1, len(order)) * row + 0.1 + narrow * more,
        margins,
        width=width,
        key=key,
        caption=join_sentences(caption, how, left_out, "Source: hits.csv, markers.csv and claims.csv."),
    )
    rows = shares[shares["source_id"].isin(most)].merge(
        rates, on=["source_id", "kind"], suffixes=("", "_all"), validate="1:1"
    )
    _draw_shares(axes, rows.assign(name=rows["source_id"].map(named)), order, row)
    highest = min(100, 10 * (int(shares["high"].max(skipna=True) * 10) + 1)) if shares["high"].notna().any() else 100
    top = -0.6 - narrow * more / row
    axes.set(xlim=(0, highest), ylim=(max(1, len(order)) - 0.5, top), xlabel="Per cent of passages with claims")
    links = [
        link(f"#Claims?source={source}", f"{name}: {size} with claims")
        for source, name, size in zip(order, names, sizes, strict=True)
    ]
    name_rows(axes, names, sizes, links=links, above=(APART + 0.06) / row if narrow else 0, right=RATES)
    axes.grid(axis="x")
    axes.spines["left"].set_visible(False)
    right = 1 + 0.1 / (width - margins.left - margins.right)
    axes.text(
        right, -0.52, "per 100 words (n)", transform=axes.get_yaxis_transform(), fontsize=SMALL, va="center", gid="head"
    )
    return axes


def _draw_shares(axes: Axes, rows: pd.DataFrame, order: list[str], high: float) -> None:
    kinds = list(MARKER_LOOKS)
    for row in rows.itertuples():
        y = order.index(row.source_id) + (kinds.index(row.kind) * 2 - 1) * APART / high * 0.6
        look = MARKER_LOOKS[row.kind]
        if row.of:
            share = f"{row.n:,} of {labels.count(row.of, 'passage')} ({labels.share(row.share, row.low, row.high)})"
            leads_to = link(f"#Claims?source={row.source_id}", f"{row.name}: {row.kind}s in {share}")
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
                url=leads_to,
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
def plot_citations(stages: pd.DataFrame, *, caption: str = "", width: float = WIDTH) -> Axes:
    """Draw how many mentions stand up to each next look.

    Parameters
    ----------
    stages
        As `evidence.counts.count_citations` gives them.
    caption
        What its caption says first.
    width
        In inches; narrower than `WIDTH`, what a bar counts stands above it.

    Returns
    -------
    matplotlib.axes.Axes
        One bar a stage, as long as its number; beneath it what was lost since the stage before, and why.
    """
    first, last = int(stages["n"].iloc[0]), int(stages["n"].iloc[-1])
    are, narrow = labels.agree_of(last, first, "is", "are"), width < WIDTH
    title = (
        f"{labels.number(last) if last else 'None'} of {labels.count(first, 'mention')} of outside work {are} accurate"
    )
    names = [labels.heading(stage) for stage in stages["stage"]]
    margins = Margins(0.08, 0.15, 0.5) if narrow else Margins(0.15 + max(map(measure_width, names)), 0.15, 0.5)
    inner = width - margins.left - margins.right
    lost = [
        wrap_text(f"{stage.lost:,} lost: {stage.reasons}", inner, SMALL) if stage.lost else []
        for stage in stages.itertuples()
    ]
    row = CITATION_ROW + narrow * LINE + LINE * (max(1, *map(len, lost)) - 1)
    how = (
        "A bar is a look at the mentions that stood up to the one before; beneath it, how many did not, and why "
        f"(n = {labels.count(first, 'mention')}). Source: citations.csv and studies.csv."
    )
    axes = make_axes(
        title if first else "The articles mention no outside work",
        (len(stages) - 0.2) * row,
        margins,
        width=width,
        caption=join_sentences(caption, how),
    )
    looks = [
        SUPPORT_LOOKS["not_assessed"],
        *[SUPPORT_LOOKS["no_evidence"]] * (len(stages) - 2),
        SUPPORT_LOOKS["supported"],
    ]
    says = [SAYS[stage] for stage in stages["stage"]]
    links = [
        link("#Claims?kind=citation", f"{text}: {n:,} of {first:,}. The list says of each what became of it.")
        for text, n in zip(map(labels.capital, says), stages["n"], strict=True)
    ]
    bars = axes.barh(
        range(len(stages)),
        stages["n"],
        height=BAR / row,
        color=[look.fill for look in looks],
        edgecolor=QUIET,
        linewidth=0.6,
    )
    longest = max(1, first)
    for y, stage in enumerate(stages.itertuples()):
        if stage.n:
            bars[y].set_url(links[y])
        axes.text(stage.n + longest * 0.012, y, f"{stage.n:,} ", va="center_baseline", fontweight="bold", gid="n")
        words = says[y]
        after = 1.12 * longest * (0.2 + measure_width(f"{stage.n:,}", weight="bold")) / inner  # what the number takes
        inside = stage.n + after + 1.12 * longest * measure_width(words, SMALL) / inner > longest * 1.12
        if not narrow:
            axes.text(
                stage.n - longest * 0.012 if inside else stage.n + after,
                y,
                words,
                va="center_baseline",
                fontsize=SMALL,
                ha="right" if inside else "left",
                color=find_ink(looks[y]) if inside else INK,
            )
        under = 1 - (BAR / 2 + 0.13) / row if narrow else (CITATION_ROW / 2 + LINE * (len(lost[y]) - 1)) / row
        for i, line in enumerate(lost[y]):
            place = y - under + i * LINE / row
            axes.text(0, place, line, va="center_baseline", fontsize=SMALL, color=QUIET, gid="lost")
    if narrow:
        name_rows(axes, names, says, links=links, above=(BAR / 2 + 0.06) / row)
    else:
        axes.set_yticks(range(len(stages)), names)
    axes.set(ylim=(len(stages) - 0.6, -0.4 - narrow * 0.15), xlim=(0, longest * 1.12), xlabel="Mentions")
    axes.xaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 2.5, 5, 10], integer=True))
    axes.spines["left"].set_visible(False)
    return axes
