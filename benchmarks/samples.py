"""Notebooks to measure with, where not the project's own: eight code cells and three charts each."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

_CELLS = [
    "import os\nfrom pathlib import Path\nimport matplotlib.pyplot as plt\nimport pandas as pd",
    "rows = pd.read_csv(Path(os.environ.get('EVIDENCE_DATA', '../data')) / 'rows.csv')\nrows.head(12)",
    "counts = pd.crosstab(rows['group'], rows['level'])\ncounts",
    "counts.style.set_uuid('counts').format(escape='html').set_caption('Rows by group')",
    "print(f'{len(rows)} rows in {rows.group.nunique()} groups')",
    "plt.rcParams['svg.hashsalt'] = 'sample'\nax = counts.plot.barh(stacked=True, figsize=(7, 4))\n_SHOW",
    "fig, axes = plt.subplots(1, 2, figsize=(8, 3.5))\n"
    "for ax, (name, part) in zip(axes, rows.groupby('half')):\n"
    "    ax.hist(part['value'], bins=20)\n    ax.set_title(f'{name}: n = {len(part)}')\n_SHOW",
    "ax = rows.groupby('group')['value'].mean().plot(marker='o', figsize=(7, 3))\n_SHOW",
]
_SHOW = (
    "import io\nfrom IPython.display import display\nbuffer = io.StringIO()\n"
    "plt.gcf().savefig(buffer, format='svg', metadata={'Date': None})\n"
    "display({'image/svg+xml': buffer.getvalue(), 'text/plain': 'A chart.'}, raw=True,"
    " metadata={'image/svg+xml': {'alt': 'A chart.'}})\nplt.close('all')"
)


def write_samples(folder: Path, *, notebooks: int = 8) -> None:
    """Write `notebooks` notebooks and a table of 150 rows into ``notebooks/`` and ``data/`` of a folder."""
    (folder / "data").mkdir(parents=True)
    (folder / "notebooks").mkdir()
    chance = random.Random(1)
    with (folder / "data" / "rows.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["row", "group", "level", "half", "value"])
        for row in range(150):
            kinds = (chance.choice("abcde"), chance.choice(["low", "middle", "high"]), chance.choice(["one", "two"]))
            writer.writerow([row, *kinds, round(chance.gauss(10, 3), 3)])
    for number in range(1, notebooks + 1):
        path = folder / "notebooks" / f"{number:02}-sample-{number}.ipynb"
        nbformat.write(_make_notebook(number), path)


def _make_notebook(number: int) -> nbformat.NotebookNode:
    cells = [new_markdown_cell(f"# What does sample {number} show?\n\nNothing about the world.", id="title")]
    for place, source in enumerate(_CELLS, start=1):
        cells.append(new_markdown_cell(f"## Look {place}\n\nWords about it.", id=f"text-{place}"))
        cells.append(new_code_cell(source.replace("_SHOW", _SHOW), id=f"code-{place}"))
    return new_notebook(cells=cells)
