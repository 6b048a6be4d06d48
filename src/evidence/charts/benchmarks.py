"""Quality benchmarks of the articles as traffic lights."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from evidence.charts.frames import WIDTH, make_canvas, styled
from evidence.charts.letters import SMALL, measure_text, wrap_text
from evidence.charts.palette import LIGHTS, write_word
from evidence.summaries.words import write_number

__all__ = ["plot_benchmarks"]

ROW, HEAD, LEFT = 0.36, 0.34, 1.45


@styled
def plot_benchmarks(benchmarks: pd.DataFrame, *, caption: str = "") -> Axes:
    """Draw each article's judgement on each benchmark as a coloured cell with a sign and its word.

    Parameters
    ----------
    benchmarks
        As `evidence.summaries.list_benchmarks` gives them.
    caption
        Source line.

    Returns
    -------
    matplotlib.axes.Axes
        One patch a judgement (``gid`` its light), rows under headings by group, one column an article.
    """
    sources, groups = list(benchmarks["source_id"].unique()), list(benchmarks["group"].unique())
    met, of = int((benchmarks["light"] == "good").sum()), len(benchmarks)
    number, articles = write_number(of, "quality benchmark"), write_number(len(sources), "article")
    title = f"{met:,} of {number} {'is' if met == 1 else 'are'} met in full, in {articles}"
    rows = benchmarks[["group", "benchmark"]].drop_duplicates()
    subtitle = "What the pages tell about themselves; no judgement of their claims"
    height = max(0.5, len(rows) * ROW + len(groups) * HEAD + 0.3)
    axes = make_canvas(title, height, subtitle=subtitle, caption=caption)
    cell = (WIDTH - 0.05 - LEFT) / max(1, len(sources))
    for i, source in enumerate(sources):
        axes.text(
            LEFT + (i + 0.5) * cell,
            0.16,
            source,
            ha="center",
            va="center_baseline",
            fontsize=SMALL,
            fontweight="bold",
        )
    y = 0.3
    for group, part in benchmarks.groupby("group", sort=False):
        axes.text(0.05, y + HEAD - 0.1, group, va="baseline", fontweight="bold")
        y += HEAD
        for benchmark, cells in part.groupby("benchmark", sort=False):
            for i, line in enumerate(wrap_text(benchmark, LEFT - 0.1, SMALL, most=2)):
                axes.text(0.05, y + ROW / 2 + i * 0.15, line, va="center_baseline", fontsize=SMALL + 0.5)
            for row in cells.itertuples():
                _draw_light(axes, LEFT + sources.index(row.source_id) * cell, y, cell, row.light, row.value)
            y += ROW
    return axes


def _draw_light(axes: Axes, x: float, y: float, cell: float, light: str, value: str) -> None:
    look = LIGHTS[light]
    axes.add_patch(
        Rectangle(
            (x + 0.02, y + 0.02),
            cell - 0.04,
            ROW - 0.04,
            facecolor=look.fill,
            edgecolor="#8A8A8A",
            linewidth=0.5,
            gid=light,
        )
    )
    text = f"{look.mark} {write_word(value)}"
    size = (
        SMALL if measure_text(text, SMALL) < cell - 0.1 else SMALL * (cell - 0.1) / measure_text(text, SMALL)
    )
    axes.text(
        x + cell / 2,
        y + ROW / 2,
        text,
        ha="center",
        va="center_baseline",
        fontsize=size,
        color=look.ink,
        gid="light",
    )
