"""Notebook files: found in order, read, and given their outputs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from nbpage.files import save_files

Notebook = dict[str, Any]
Results = dict[int, dict[str, Any]]

SUMMARY, NOT_IN_REPORT, NOTEBOOK_ONLY = "summary", "not-in-report", "notebook-only"
_NEEDS_KERNEL = re.compile(r"^\s*!|^%%\w|\binput\(|\b(?:await|async|ipywidgets|anywidget)\b", re.MULTILINE)
_NEEDS_KERNEL_TAGS = {"kernel", "raises-exception", "skip-execution"}


class Failure(NamedTuple):
    """One notebook that could not be run to its end.

    ``cell`` counts all cells from 1, as seen from the top of the notebook; 0 where no cell is to blame.
    """

    notebook: str
    cell: int
    line: str
    error: str
    traceback: str = ""

    @property
    def place(self) -> str:
        """Notebook and cell."""
        return f"{self.notebook}: cell {self.cell} ({self.line})" if self.cell else self.notebook


class NotebookError(Exception):
    """Notebooks cannot be read, or did not run to their end; an error that several share is said once.

    Attributes
    ----------
    failures : tuple of Failure
        One for each notebook, in the order they were given.

    Examples
    --------
    >>> print(NotebookError(Failure("a.ipynb", 2, "1 / 0", "ZeroDivisionError: division by zero")))
    a.ipynb: cell 2 (1 / 0)
      ZeroDivisionError: division by zero
    """

    def __init__(self, *failures: Failure) -> None:
        self.failures = failures
        places: dict[str, list[str]] = {}
        for failure in failures:
            places.setdefault(failure.error, []).append(failure.place)
        super().__init__("\n".join("\n".join([*those, f"  {error}"]) for error, those in places.items()))


def find_notebooks(folder: Path, *, pattern: str = "*.ipynb") -> dict[Path, Notebook]:
    """Find the notebooks of a folder in a page's order: by name, those with a cell tagged ``summary`` first.

    Parameters
    ----------
    folder
        Where the notebooks are. One with a cell tagged ``not-in-report`` is left out.
    pattern
        Of their names.

    Raises
    ------
    NotebookError
        If there is none, some cannot be read, or two would have one address in the page.
    """
    read = read_notebooks(sorted(folder.glob(pattern)))
    found = {path: notebook for path, notebook in read.items() if NOT_IN_REPORT not in _list_tags(notebook)}
    if not found:
        raise NotebookError(Failure(str(folder), 0, "", f"holds no notebook named like {pattern} to make a page of"))
    first: dict[str, Path] = {}
    for path in found:
        if (other := first.setdefault(make_anchor(path.stem), path)) != path:
            said = f"would have the same address in the page as {other.name}: rename one of them"
            raise NotebookError(Failure(str(path), 0, "", said))
    return dict(sorted(found.items(), key=lambda item: SUMMARY not in _list_tags(item[1])))


def make_anchor(stem: str) -> str:
    """Make the id under which a notebook stands in a page.

    Examples
    --------
    >>> make_anchor("01 what's & why")
    'nb-01-what-s-why'
    """
    return "nb-" + re.sub(r"[^\w-]+", "-", stem)


def _list_tags(notebook: Notebook) -> set[str]:
    return {tag for cell in notebook["cells"] for tag in cell["metadata"].get("tags", [])}


def read_notebooks(paths: Iterable[str | Path]) -> dict[Path, Notebook]:
    """Read notebooks of format 4 as they are stored, with every source as one text.

    Raises
    ------
    NotebookError
        Naming every file that is missing, is not a notebook, or is of an older format.
    """
    notebooks, failures = {}, []
    for path in map(Path, paths):
        try:
            notebooks[path] = _read_notebook(path)
        except FileNotFoundError:
            failures.append(Failure(str(path), 0, "", "there is no such notebook"))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            what = f"{type(error).__name__}: {error}"
            said = f"is not a notebook of format 4; open and save it in JupyterLab ({what})"
            failures.append(Failure(str(path), 0, "", said))
    if failures:
        raise NotebookError(*failures)
    return notebooks


def _read_notebook(path: Path) -> Notebook:
    notebook: Notebook = json.loads(path.read_bytes())
    if notebook["nbformat"] != 4:
        raise ValueError(f"its format is {notebook['nbformat']}")
    for cell in notebook["cells"]:
        cell["metadata"] = {name: value for name, value in cell["metadata"].items() if (name, value) != ("tags", None)}
        if cell["cell_type"] not in ("code", "markdown", "raw"):
            raise ValueError(f"a cell is of type {cell['cell_type']}")
        if not isinstance(cell["source"], str):
            cell["source"] = "".join(cell["source"])
    return notebook


def first_line(notebook: Notebook, index: int) -> str:
    """Return the first line of a cell that is not blank."""
    lines = map(str.strip, notebook["cells"][index]["source"].splitlines())
    return next(filter(None, lines), "")


def find_language(notebook: Notebook) -> str:
    """Return the language that a notebook says it is written in; ``python`` where it says none."""
    metadata = notebook.get("metadata") or {}
    kernel, language = (metadata.get(name) or {} for name in ("kernelspec", "language_info"))
    named = kernel.get("language") or language.get("name")
    return str(named or "python").lower()


def needs_kernel(notebook: Notebook) -> bool:
    """Tell whether a notebook uses what only a real kernel gives: widgets, input, shells.

    Words decide, and the tags ``kernel``, ``raises-exception`` and ``skip-execution`` of a cell.
    """
    return any(
        _NEEDS_KERNEL.search(cell["source"]) or _NEEDS_KERNEL_TAGS.intersection(cell["metadata"].get("tags", []))
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
    )


def give_outputs(notebook: Notebook, results: Mapping[int, dict[str, Any]]) -> Notebook:
    """Return the notebook with new outputs, and without those of older runs, run times and missing ids.

    Parameters
    ----------
    notebook
        As read. It is not changed.
    results
        For each code cell that ran, by its place from 0: ``outputs`` and ``execution_count``.
    """
    cells = []
    for index, cell in enumerate(notebook["cells"]):
        metadata = {key: value for key, value in cell["metadata"].items() if key != "execution"}
        cell = {**cell, "metadata": metadata}
        if cell["cell_type"] == "code":
            cell |= results.get(index, {"outputs": [], "execution_count": None})
        cells.append(cell)
    given = {**notebook, "cells": cells}
    if (given["nbformat"], given.get("nbformat_minor", 0)) >= (4, 5):
        _name_cells(cells)
    return given


def take_outputs(notebook: Notebook) -> Results:
    """Return the outputs that a notebook holds, by the place of their cell, as `give_outputs` takes them."""
    return {
        index: {"outputs": cell.get("outputs", []), "execution_count": cell.get("execution_count")}
        for index, cell in enumerate(notebook["cells"])
        if cell["cell_type"] == "code"
    }


def _name_cells(cells: list[dict[str, Any]]) -> None:
    """Give cells without an id one that is the same in every run."""
    taken = {cell.get("id") for cell in cells}
    for number, cell in enumerate(cells, start=1):
        if not cell.get("id"):
            name = f"cell-{number}"
            cell["id"] = name if name not in taken else f"{name}-unnamed"


def write_notebook(path: Path, notebook: Notebook) -> None:
    """Write a notebook as JupyterLab would, whole or not at all, and only if that changes the file."""
    import nbformat

    text = nbformat.writes(nbformat.from_dict(notebook)).rstrip("\n") + "\n"
    if path.read_text(encoding="utf-8") != text:
        save_files({path: text})
