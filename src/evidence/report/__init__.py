"""Run notebooks; write them as one HTML file.

The slow libraries (nbconvert, IPython, matplotlib) are imported when they are used, and most of them in the
processes that run the notebooks.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from evidence import _fastjupyter
from evidence.report.cache import Cache, hash_notebook, hash_page, hash_surroundings
from evidence.report.execution import start_notebooks
from evidence.report.files import write_whole
from evidence.report.fragments import FragmentMaker
from evidence.report.imprint import describe_build
from evidence.report.notebooks import (
    Failure,
    Notebook,
    NotebookError,
    find_notebooks,
    give_outputs,
    read_notebook,
    write_notebook,
)
from evidence.report.page import render_page
from evidence.schema import DESCRIPTOR

__all__ = ["Failure", "NotebookError", "Step", "export_report", "run_notebooks"]

_TIMEOUT = 600.0
_EXPLORER = """\
from IPython.display import display
from evidence.schema import find_data
from evidence.report.explorer import make_explorer
display({"application/json": make_explorer(find_data())}, raw=True)"""


class Step(NamedTuple):
    """What has just happened to one notebook.

    ``state`` is ``kept`` (found built already), ``started``, ``executed`` or ``failed``; ``done`` of
    ``total`` notebooks have come to an end.
    """

    notebook: str
    state: str
    done: int
    total: int


Progress = Callable[[Step], None]


def run_notebooks(paths: Iterable[str | Path], *, timeout: float = _TIMEOUT, progress: Progress | None = None) -> None:
    """Execute notebooks in place, from clean, and store their outputs.

    Cells count from 1; ids are kept, and run times, addresses in memory and numbers of processes are not
    stored, so that a second run of the same code on the same data leaves the same bytes. A notebook that
    fails is left as it was; the others are stored.

    Parameters
    ----------
    paths
        Notebook files. Each runs alone, in its own folder.
    timeout
        Seconds for one notebook.
    progress
        Called with every `Step`.

    Raises
    ------
    NotebookError
        If notebooks cannot be read or fail: all of them, each with cell and error.
    """
    notebooks = _read_all(paths)
    count = _Counter(notebooks, progress)
    failures = {}
    with start_notebooks(notebooks, timeout=timeout) as events:
        for path, results, failure in events:
            if results is not None:
                write_notebook(path, give_outputs(notebooks[path], results))
            if failure:
                failures[path] = failure
            count.tell(path, _name_state(results, failure))
    if failures:
        raise NotebookError(*(failures[path] for path in notebooks if path in failures))


def export_report(
    notebooks_dir: str | Path,
    *,
    data: str | Path,
    out: str | Path,
    cache: str | Path | None = None,
    order: Sequence[str] | None = None,
    timeout: float = _TIMEOUT,
    progress: Progress | None = None,
) -> Path:
    """Execute the notebooks that changed and write all of them as one HTML file.

    A notebook counts as changed when its cells, any file of the data or of this package, or a version of what
    it runs on differ from the build that the cache holds. The notebooks themselves are not written. Where one
    fails, or the run is stopped, the older report stays.

    Parameters
    ----------
    notebooks_dir
        Folder of the notebooks ``NN-*.ipynb``. By name, the last one, a summary, comes first in the report.
        One with a cell tagged ``not-in-report`` is left out.
    data
        Folder of the tables; notebooks find it in the environment variable ``EVIDENCE_DATA``.
    out
        The file to write.
    cache
        Folder of earlier results: ``.evidence-cache`` beside `notebooks_dir`, by default.
    order
        Names of notebooks, in the order of the report, instead of all by name.
    timeout
        Seconds for one notebook.
    progress
        Called with every `Step`.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    NotebookError
        If there are no notebooks, or some cannot be read or fail: all of them, each with cell and error.
    FileNotFoundError
        If there is no folder `data`.
    """
    folder, data, out = Path(notebooks_dir), Path(data), Path(out)
    if not data.is_dir():
        raise FileNotFoundError(f"{data}: there is no such folder of tables")
    store = Cache(Path(cache) if cache else folder.resolve().parent / ".evidence-cache")
    notebooks = _read_all(find_notebooks(folder, order))
    surroundings = hash_surroundings(folder, data)
    explorer = folder / "explorer"
    jobs = notebooks | ({explorer: _make_job(_EXPLORER)} if (data / DESCRIPTOR).is_file() else {})
    keys = {path: hash_notebook(path, job, surroundings) for path, job in jobs.items()}
    imprint = describe_build(data, repository=folder)
    page_key = hash_page(keys.values(), imprint)
    page, count = store.get(page_key), _Counter(notebooks, progress)
    if page is not None:
        for path in notebooks:
            count.tell(path, "kept")
        _write_changed(out, page)
        return out
    parts = {path: part for path, key in keys.items() if (part := store.get(key)) is not None}
    for path in parts:
        count.tell(path, "kept")
    changed, new = {path: job for path, job in jobs.items() if path not in parts}, {}
    try:
        with closing(_make_parts(changed, count, data=data, timeout=timeout)) as made:
            for path, part in made:
                parts[path] = new[keys[path]] = part
        page = new[page_key] = render_page([parts[path] for path in notebooks], imprint, parts.get(explorer))
        _write_changed(out, page)
    finally:
        if hash_surroundings(folder, data) == surroundings:  # or they were edited under the run
            for key, value in new.items():
                store.put(key, value)
    return out


def _make_job(source: str) -> Notebook:
    """Make a notebook of one cell, for a part of the page that is no notebook's but is made beside them."""
    return {"cells": [{"cell_type": "code", "metadata": {}, "source": source}]}


def _make_parts(
    jobs: dict[Path, Notebook], count: _Counter, *, data: Path, timeout: float
) -> Iterator[tuple[Path, dict]]:
    """Execute notebooks and the explorer's job; give each part of the page once it is made."""
    if not jobs:
        return
    failures = {}
    with start_notebooks(jobs, timeout=timeout, data=data) as events:
        maker = FragmentMaker()  # loads nbconvert while the workers load what they need
        for path, results, failure in events:
            if results is not None:
                if path.suffix == ".ipynb":
                    yield path, maker.make(path, give_outputs(jobs[path], results))
                else:
                    yield path, results[0]["outputs"][0]["data"]["application/json"]
            if failure:
                failures[path] = failure
            count.tell(path, _name_state(results, failure))
    if failures:
        raise NotebookError(*(failures[path] for path in jobs if path in failures))


def _read_all(paths: Iterable[str | Path]) -> dict[Path, Notebook]:
    """Read notebooks, or name every one that cannot be read."""
    notebooks, failures = {}, []
    for path in map(Path, paths):
        try:
            notebooks[path] = read_notebook(path)
        except NotebookError as error:
            failures.extend(error.failures)
    if failures:
        raise NotebookError(*failures)
    return notebooks


def _name_state(results: dict | None, failure: Failure | None) -> str:
    if failure:
        return "failed"
    return "started" if results is None else "executed"


class _Counter:
    """Counts the notebooks that came to an end, and passes it on; other jobs do not count."""

    def __init__(self, notebooks: Collection[Path], progress: Progress | None) -> None:
        self._notebooks, self._done, self._progress = set(notebooks), 0, progress

    def tell(self, path: Path, state: str) -> None:
        if path in self._notebooks:
            self._done += state != "started"
            if self._progress:
                self._progress(Step(path.name, state, self._done, len(self._notebooks)))


def _write_changed(out: Path, page: str) -> None:
    content = page.encode()
    if not out.is_file() or out.read_bytes() != content:
        write_whole(out, content)
