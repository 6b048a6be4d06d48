"""Write a review as one HTML file: its notebooks, and a card with an address for every claim, proposition and study.

The page is made by `nbpage`, which runs the notebooks, cleans what they put out and keeps what did not change. Here is
what a review adds: what stands first (`story`), its cards (`cards`), what filters and sorts them
(`explorer`), the marks of the levels (`legend`), links from the notebooks to cards and documents (`page`); what the
page says of itself is `evidence.provenance`. Nothing slow is imported before a page has to be made anew.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import evidence
import nbpage
from evidence.provenance import describe_build
from evidence.schema import DESCRIPTOR, NOTEBOOKS
from nbpage import Failure, Limits, NotebookError, Step
from nbpage.build import Progress
from nbpage.execute import DEFAULT_LIMITS

__all__ = ["Failure", "Limits", "NotebookError", "Step", "export_report", "run_notebooks"]

_DOCUMENTS = "docs"  # beside the folder of notebooks
_EXPLORER = """\
import sys
from IPython.display import display
from evidence.schema import find_data
from evidence.report.explorer import make_explorer
sys.audit("nbpage.read", str(find_data()))  # all of it, so that tables that are not sound are found whatever changed
display({"application/json": make_explorer(find_data())}, raw=True)"""
_PRELOAD = """\
import evidence.charts, evidence.sentences, evidence.show
evidence.load()"""


def run_notebooks(
    paths: Iterable[str | Path], *, limits: Limits = DEFAULT_LIMITS, progress: Progress | None = None
) -> None:
    """Execute notebooks of a review in place, as `nbpage.run_notebooks` does, with the tables loaded once for all."""
    nbpage.run_notebooks(paths, preload={"evidence": _PRELOAD}, limits=limits, progress=progress)


def export_report(
    notebooks_dir: str | Path,
    *,
    data: str | Path,
    out: str | Path,
    limits: Limits = DEFAULT_LIMITS,
    run: bool = True,
    progress: Progress | None = None,
) -> Path:
    """Execute the notebooks that changed and write all of them, with the cards, as one HTML file.

    A notebook counts as changed when its cells, a table that it asked the review for, any file of this package, or a
    version of what it runs on differ from the build that ``.evidence-cache``, beside the folder of notebooks, holds.
    They are not written themselves. Where one fails, or the run is stopped, or files are edited while the report is
    built and built again, the older report stays.

    Parameters
    ----------
    notebooks_dir
        Folder of the notebooks, named like ``01-title.ipynb`` (`evidence.schema.NOTEBOOKS`): by name, one with a cell
        tagged ``summary`` first. One with a cell tagged ``not-in-report`` is left out. The Markdown files in ``docs``
        beside it stand, folded, at the page's end.
    data
        Folder of the tables; notebooks find it in the environment variable ``EVIDENCE_DATA``.
    out
        The file to write.
    limits
        What one notebook may take.
    run
        Whether to run the notebooks; where not, the page shows the outputs that they hold, as `nbpage.build_page` does.
    progress
        Called with every `Step`.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    NotebookError
        If there are no notebooks, or some cannot be read or fail: all of them, each with cell and error; or where a
        document cannot be read.
    FileNotFoundError
        If there is no folder `data`.

    Examples
    --------
    >>> export_report("notebooks", data="data", out="report/review.html")  # doctest: +SKIP
    PosixPath('report/review.html')
    """
    folder, data = Path(notebooks_dir), Path(data)
    if not data.is_dir():
        raise FileNotFoundError(f"{data}: there is no such folder of tables")
    provenance = describe_build(data, repository=folder)
    documents = read_documents(folder.resolve().parent / _DOCUMENTS)
    texts = os.environ.get("EVIDENCE_TEXTS")

    def render(parts: list[Any], made: dict[str, Any]) -> str:
        from evidence.report.page import render_page

        return render_page(parts, provenance, made.get("explorer"), documents)

    return nbpage.build_page(
        folder,
        out=out,
        pattern=NOTEBOOKS,
        depends_on=[Path(evidence.__file__).parent],
        read_from=[data, *([texts] if texts else [])],
        environment={"EVIDENCE_DATA": str(data.resolve())},
        preload={"evidence": _PRELOAD},
        jobs={"explorer": _EXPLORER} if (data / DESCRIPTOR).is_file() else {},
        render=render,
        words=[*provenance, *(text for document in documents.items() for text in document)],
        cache=folder.resolve().parent / ".evidence-cache",
        limits=limits,
        run=run,
        progress=progress,
    )


def read_documents(folder: Path) -> dict[str, str]:
    """Read a review's documents, such as its rule and its manual: text by name without ending, the shortest first.

    Raises
    ------
    NotebookError
        Where one is no text in UTF-8.
    """
    texts = {}
    for path in sorted(folder.glob("*.md")):
        try:
            texts[path.stem] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            said = f"a document must be text in UTF-8; save it so ({error.reason})"
            raise NotebookError(Failure(str(path), 0, "", said)) from error
    return dict(sorted(texts.items(), key=lambda document: len(document[1])))
