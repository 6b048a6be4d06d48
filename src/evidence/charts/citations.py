"""What becomes of the outside work that articles mention."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from evidence.charts.frames import WIDTH, Margins, make_axes, styled
from evidence.charts.letters import SMALL, measure_text, wrap_text
from evidence.charts.palette import INK, QUIET, look_support, write_word

__all__ = ["plot_citations"]

ROW, BAR = 0.72, 0.36
SAYS = {
    "mentioned": "mentions of outside work",
    "identified": "work identified, exactly or probably",
    "read": "work read, in full or as an abstract",
    "accurate": "says what the article says",
}


@styled
def plot_citations(stages: pd.DataFrame, *, caption: str = "") -> Axes:
    """Draw how many mentions stand up to each next look.

    Parameters
    ----------
    stages
        As `evidence.summaries.count_citations` gives them.
    caption
        Source line.

    Returns
    -------
    matplotlib.axes.Axes
        One bar a stage, as long as its number; beneath it what was lost since the stage before, and why.
    """
    first, last = int(stages["n"].iloc[0]), int(stages["n"].iloc[-1])
    verb = "is" if last == 1 else "are"
    title = (
        f"{last or 'None'} of {first:,} mentions of outside work {verb} accurate to a work that could be read"
    )
    labels = [write_word(stage) for stage in stages["stage"]]
    margins = Margins(0.15 + max(map(measure_text, labels)), 0.15, 0.45)
    axes = make_axes(title, (len(stages) - 0.2) * ROW, margins, caption=caption)
    width = WIDTH - margins.left - margins.right
    looks = [
        look_support("not_assessed"),
        *[look_support("no_evidence")] * (len(stages) - 2),
        look_support("supported"),
    ]
    axes.barh(
        range(len(stages)),
        stages["n"],
        height=BAR,
        color=[look.fill for look in looks],
        edgecolor=QUIET,
        linewidth=0.6,
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
            axes.text(0, y - ROW / 2, line, va="center_baseline", fontsize=SMALL, color=QUIET, gid="lost")
    axes.set_yticks(range(len(stages)), labels)
    axes.set(ylim=(len(stages) - 0.6, -0.4), xlim=(0, longest * 1.12), xlabel="Mentions")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.spines["left"].set_visible(False)
    return axes
