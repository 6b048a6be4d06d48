"""Notebooks run from clean and become one HTML file, safe to open and to send.

Say a folder ``notebooks/`` holds Jupyter notebooks. This runs each from the top, in a process of its own, and writes
one page that asks nothing from anywhere::

    import nbpage

    nbpage.build_page("notebooks", out="page.html", title="Rain in Bergen", depends_on=["data"])

Called again, it runs only what changed: a notebook's cells, a file in ``data``, a version of something installed.
Nothing that a cell puts out can act on the page: elements, attributes and addresses come through by list. A notebook
that fails, or takes too much time, memory or output (`Limits`), is named with its cell, and the old page stays.

>>> import json, pathlib, tempfile
>>> folder = pathlib.Path(tempfile.mkdtemp())
>>> cells = [
...     {"cell_type": "markdown", "metadata": {}, "source": "# How much rain?"},
...     {"cell_type": "code", "metadata": {}, "source": "print(19 + 23, 'mm')", "outputs": [], "execution_count": None},
... ]
>>> notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
>>> (folder / "01-rain.ipynb").write_text(json.dumps(notebook)) > 0
True
>>> page = build_page(folder, out=folder / "page.html", title="Rain in Bergen", cache=folder / ".cache")
>>> "42 mm" in page.read_text()
True

Tags of a cell steer the page: ``summary`` puts its notebook first, ``not-in-report`` leaves its notebook out,
``notebook-only`` leaves the cell out, ``kernel`` runs its notebook in a real Jupyter kernel instead of a fork.

Where to read on; ``a ─▶ b`` says that `b` imports `a`::

    files ─▶ notebooks ─▶ execute ─▶ build      outputs ─▶ shell · kernels ─▶ worker
    written  of Jupyter   starts a worker       runs cells in the worker's process
    whole
    files ─▶ cache ─▶ build                     reads ─▶ worker · build
             what was built before              which files a cell read

    markup ─▶ page ─▶ build
    what is let in    all of these, in order

`build_page` takes what a collection adds: a ``render`` of its own (with `nbpage.page.render_page` and a template that
extends ``page.html.j2``), ``jobs`` that run beside the notebooks, and what to ``preload`` once for all of them.
"""

import sys

# jsonschema, which nbformat loads, would spend 0.8 s on a grammar that no Jupyter schema uses (its issue 1428).
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

from nbpage.build import Step, build_page, run_notebooks  # noqa: E402
from nbpage.execute import Limits  # noqa: E402
from nbpage.notebooks import Failure, NotebookError  # noqa: E402

__all__ = ["Failure", "Limits", "NotebookError", "Step", "build_page", "run_notebooks"]
