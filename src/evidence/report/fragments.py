"""One notebook as a part of the page, by nbconvert."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from evidence.report.links import LEFT_OUT
from evidence.report.markup import make_anchor, rewrite_markup
from evidence.report.notebooks import Notebook

_TEMPLATES = Path(__file__).parent / "templates"
_NOTEBOOK_ONLY = "notebook-only"
_CODE = re.compile(r'<details class="code"><summary>Code</summary>(.*?)</details>', re.DOTALL)
_EMPTY_CELL = re.compile(r'<div class="cell">\s*</div>\s*')
_SHOWN = ["image/svg+xml", "image/png", "image/jpeg", "text/html", "text/markdown", "text/plain"]


class FragmentMaker:
    """Makes parts of a page; the slow imports and the template are loaded once, when it is made."""

    def __init__(self) -> None:
        from nbconvert import HTMLExporter
        from nbformat import from_dict
        from traitlets.config import Config

        config = Config()
        config.NbConvertBase.display_data_priority = _SHOWN
        config.HTMLExporter.embed_images = True
        self._exporter = HTMLExporter(
            config=config, template_name="fragment", extra_template_basedirs=[str(_TEMPLATES)]
        )
        self._exporter.register_filter("svg_address", write_svg_address)
        self._from_dict = from_dict
        self._export({"cells": _SAMPLE, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, Path())

    def make(self, path: Path, notebook: Notebook) -> dict[str, Any]:
        """Make the part of one executed notebook.

        Code stands folded away at its end. Cells tagged ``notebook-only``, for tables whose rows stand on
        cards, are left out; one mark stands in their place, which `fill_left_out` fills.

        Returns
        -------
        dict
            ``anchor`` (its id in the page), ``html``, and ``headings``: a list of [level, id, text].
        """
        anchor = make_anchor(path.stem)
        notebook = {**notebook, "cells": _leave_out(notebook["cells"])}
        html, headings = rewrite_markup(self._export(notebook, path.resolve().parent), anchor=anchor)
        return {"anchor": anchor, "html": gather_code(html), "headings": headings}

    def _export(self, notebook: Notebook, folder: Path) -> str:
        resources = {"metadata": {"path": str(folder)}}
        return self._exporter.from_notebook_node(self._from_dict(notebook), resources)[0]


def gather_code(html: str) -> str:
    """Move the code of all cells to the part's end, under one line to open, so that the text reads on.

    Parameters
    ----------
    html
        A notebook's part of the page, each cell's code in a ``details`` of class ``code``.
    """
    cells = _CODE.findall(html)
    if not cells:
        return html
    rest = _EMPTY_CELL.sub("", _CODE.sub("", html))
    title = f"The code of this part, {len(cells)} cell{'s' if len(cells) > 1 else ''}"
    return f'{rest}\n<details class="code"><summary>{title}</summary>{"".join(cells)}</details>'


def write_svg_address(svg: str) -> str:
    """Write a drawing as an address that holds it: as text, which is a quarter shorter than base64.

    Examples
    --------
    >>> write_svg_address('<svg fill="#fff"/>')
    "data:image/svg+xml,%3Csvg fill='%23fff'/>"
    """
    text = " ".join(svg.split()).replace("'", "&apos;").replace('"', "'")
    return "data:image/svg+xml," + text.replace("%", "%25").replace("#", "%23").replace("<", "%3C")


def _leave_out(cells: list[dict]) -> list[dict]:
    """Put one mark in place of each run of cells that are for the notebook alone."""
    kept: list[dict] = []
    for cell in cells:
        if _NOTEBOOK_ONLY not in cell["metadata"].get("tags", []):
            kept.append(cell)
        elif not kept or kept[-1]["source"] != LEFT_OUT:
            kept.append({"cell_type": "markdown", "id": cell.get("id", "a"), "metadata": {}, "source": LEFT_OUT})
    return kept


_SAMPLE = [
    {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# Warm\n\n`text` and [a link](#warm)"},
    {
        "cell_type": "code",
        "id": "b",
        "metadata": {},
        "source": "print(1)",
        "execution_count": 1,
        "outputs": [{"output_type": "stream", "name": "stdout", "text": "1\n"}],
    },
]
