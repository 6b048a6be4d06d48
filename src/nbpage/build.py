"""Run notebooks in place, or into one page; only what changed is run again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from nbpage.cache import Cache, hash_notebook, hash_values, list_versions
from nbpage.execute import DEFAULT_LIMITS, Limits, start_notebooks
from nbpage.files import hash_files, save_files
from nbpage.notebooks import (
    Failure,
    Notebook,
    NotebookError,
    Results,
    find_notebooks,
    give_outputs,
    read_notebooks,
    take_outputs,
    write_notebook,
)
from nbpage.reads import find_files

_JSON = "application/json"
_MOST_READS = 5  # of a notebook that read other files at other times
_HERE = Path(__file__).parent


class Step(NamedTuple):
    """What has just happened to one notebook, or to one file.

    ``state`` of a notebook is ``kept`` (found built already), ``started``, ``executed`` or ``failed``; ``done`` of
    ``total`` notebooks have come to an end. A file that was ``changed`` during a build starts the build again.
    """

    notebook: str
    state: str
    done: int
    total: int


Progress = Callable[[Step], None]
Render = Callable[[list[Any], dict[str, Any]], str]


def run_notebooks(
    paths: Iterable[str | Path],
    *,
    preload: Mapping[str, str] | None = None,
    limits: Limits = DEFAULT_LIMITS,
    progress: Progress | None = None,
) -> None:
    """Execute notebooks in place, from clean, and store their outputs.

    Cells count from 1; ids are kept, and run times, addresses in memory and numbers of processes are not
    stored, so that a second run of the same code on the same data leaves the same bytes. A notebook that
    fails is left as it was; the others are stored.

    Parameters
    ----------
    paths
        Notebook files. Each runs alone, in its own folder.
    preload
        As for `build_page`.
    limits
        What one notebook may take.
    progress
        Called with every `Step`.

    Raises
    ------
    NotebookError
        If notebooks cannot be read or fail: all of them, each with cell and error.
    """
    notebooks = read_notebooks(paths)
    count = _Counter(notebooks, progress)
    failures = {}
    with start_notebooks(notebooks, limits=limits, preload=preload) as events:
        for path, results, failure, _ in events:
            if results is not None:
                write_notebook(path, give_outputs(notebooks[path], results))
            if failure:
                failures[path] = failure
            count.tell(path, _name_state(results, failure))
    if failures:
        raise NotebookError(*(failures[path] for path in notebooks if path in failures))


def build_page(
    folder: str | Path,
    *,
    out: str | Path,
    title: str = "Notebooks",
    pattern: str = "*.ipynb",
    depends_on: Iterable[str | Path] = (),
    read_from: Iterable[str | Path] = (),
    environment: Mapping[str, str] | None = None,
    preload: Mapping[str, str] | None = None,
    jobs: Mapping[str, str] | None = None,
    render: Render | None = None,
    words: Sequence[str] = (),
    cache: str | Path | None = None,
    limits: Limits = DEFAULT_LIMITS,
    run: bool = True,
    progress: Progress | None = None,
) -> Path:
    """Execute the notebooks of a folder that changed and write all of them as one HTML file.

    A notebook counts as changed when its cells, a file beside it or in `depends_on`, a file that it read in
    `read_from`, the environment, or the version of Python or anything installed differ from the build that the cache
    holds. The notebooks themselves are not written. Where one fails, or the run is stopped, the older page stays.
    Where a file is edited while the page is built, the page is built once more; where that happens again, nothing is
    written.

    Parameters
    ----------
    folder
        Where the notebooks are: by name, those with a cell tagged ``summary`` first. One with a cell tagged
        ``not-in-report`` is left out, and so is each cell tagged ``notebook-only``.
    out
        The file to write.
    title
        Of the page, unless `render` gives it one.
    pattern
        Of the notebooks' names.
    depends_on
        Files and folders that every notebook and the page are made from, beside those in `folder`.
    read_from
        Files and folders of which each notebook is made from what it reads there when it runs (see `nbpage.reads`);
        one that runs in a real kernel, from all.
    environment
        Variables that the notebooks find set.
    preload
        Python to run once for all notebooks, under the name of a module: where more than one imports it.
    jobs
        Python to run beside the notebooks, under a name: it displays one ``application/json`` for `render`.
    render
        Called with the parts of the page, in order, and with what each job gave; returns the page.
    words
        What else the page's words depend on.
    cache
        Folder of earlier results: ``.nbpage-cache`` beside `folder`, by default.
    limits
        What one notebook may take.
    run
        Whether to run the notebooks. Where not, the page shows the outputs that they hold, sanitised all the same:
        for notebooks whose code is not to be trusted. `jobs` run in any case.
    progress
        Called with every `Step`.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    NotebookError
        If there are no notebooks, or some cannot be read or fail: all of them, each with cell and error; or if
        files were edited in both builds.
    """
    folder, out = Path(folder), Path(out)
    store = Cache(Path(cache) if cache else folder.resolve().parent / ".nbpage-cache")
    roots, heard = [folder, *map(Path, depends_on), _HERE], [Path(place) for place in read_from]
    render = render or _render_plainly(title)
    for again in (False, True):
        inputs = _Inputs(roots, heard, out, environment or {})
        notebooks = find_notebooks(folder, pattern=pattern)
        tasks = notebooks | {folder / name: _make_job(source) for name, source in (jobs or {}).items()}
        count = _Counter(notebooks, progress)
        build = _Build(tasks, inputs, store, count, stored=() if run else notebooks)
        made_of = ["page", title, list(words)]
        page: str | None = build.find_page(made_of)
        if page is not None:
            for path in notebooks:
                count.tell(path, "kept")
            _write_changed(out, page)
            return out
        failure = None
        try:
            parts = build.make_parts(limits, environment or {}, preload or {})
            page = render([parts[path] for path in notebooks], {name: parts[folder / name] for name in jobs or {}})
        except NotebookError as error:
            failure = error
        finally:
            changed = inputs.list_changed()
            build.keep(changed)
        if not changed and failure:
            raise failure
        if not changed and page is not None:
            build.keep_page(made_of, page)
            _write_changed(out, page)
            return out
        if again:
            said = "changed while the page was built, twice; nothing was written"
            raise NotebookError(*(Failure(str(path), 0, "", said) for path in changed)) from failure
        count.tell_changed(changed)
    raise AssertionError("the loop returns or raises")


class _Inputs:
    """All that a build depends on but the notebooks' cells, as it was when this was made."""

    def __init__(self, roots: list[Path], read_from: list[Path], out: Path, environment: Mapping[str, str]) -> None:
        self.read_from = read_from
        self._roots, self._out = [*roots, *read_from], out.resolve()
        self._files = self._hash_all()
        always = self._files[: len(roots)]
        counted = [{name: digest for name, digest in files.items() if not name.endswith(".ipynb")} for files in always]
        self.key = hash_values(counted, sorted(environment.items()), list_versions())
        self._read = {
            str((root if root.is_dir() else root.parent).resolve() / name): digest
            for root, files in zip(read_from, self._files[len(roots) :], strict=True)
            for name, digest in files.items()
        }

    def hash_read(self, key: str, read: list[str] | None) -> str:
        """Return the key of what was made under `key` from what it read; None: from all."""
        names = list(self._read) if read is None else find_files(read, self._read)
        return hash_values(key, [(name, self._read[name]) for name in names])

    def list_changed(self) -> list[Path]:
        """List the files that are not what they were: edited, new or gone."""
        pairs = zip(self._roots, self._files, self._hash_all(), strict=True)
        return [
            root / name if root.is_dir() else root
            for root, before, after in pairs
            for name in sorted(before.keys() | after.keys())
            if before.get(name) != after.get(name)
        ]

    def _hash_all(self) -> list[dict[str, str]]:
        found = []
        for root in self._roots:
            files = hash_files(root)
            if self._out.is_relative_to(root.resolve()):
                files.pop(self._out.relative_to(root.resolve()).as_posix(), None)
            found.append(files)
        return found


class _Build:
    """The parts of a page: those that the cache holds, and those that are made.

    What a notebook read is known only when it has run. So the cache keeps, under the key of all else, what it read in
    its last runs; where those files are what they were, its part is found under the key of both.
    """

    def __init__(
        self,
        tasks: dict[Path, Notebook],
        inputs: _Inputs,
        store: Cache,
        count: _Counter,
        *,
        stored: Collection[Path] = (),
    ) -> None:
        self._tasks, self._inputs, self._store, self._count, self._stored = tasks, inputs, store, count, stored
        self._begins = {path: hash_notebook(path, task, inputs.key) for path, task in tasks.items()}
        self._begins |= {path: hash_values(self._begins[path], take_outputs(tasks[path])) for path in stored}
        self._keys = {path: key for path in tasks if (key := self._find_key(path))}
        self._new: dict[str, Any] = {}

    def _find_key(self, path: Path) -> str | None:
        begin = self._begins[path]
        keys = [self._inputs.hash_read(begin, read) for read in self._store.get(begin) or []]
        return next(filter(self._store.has, keys), None)

    def find_page(self, made_of: list[Any]) -> str | None:
        """Return the page that was made of the same parts."""
        return self._store.get(self._hash_page(made_of)) if self._keys.keys() == self._tasks.keys() else None

    def keep_page(self, made_of: list[Any], page: str) -> None:
        """Put the page into the cache."""
        self._store.put(self._hash_page(made_of), page)

    def _hash_page(self, made_of: list[Any]) -> str:
        return hash_values(*made_of, [self._keys[path] for path in self._tasks])

    def make_parts(self, limits: Limits, environment: Mapping[str, str], preload: Mapping[str, str]) -> dict[Path, Any]:
        """Return the part of every notebook, and what every job gave."""
        parts = {path: part for path, key in self._keys.items() if (part := self._store.get(key)) is not None}
        for path in parts:
            self._count.tell(path, "kept")
        missing = {path: task for path, task in self._tasks.items() if path not in parts}
        stored = {path: missing.pop(path) for path in self._stored if path in missing}
        for path, part in _show_stored(stored):
            parts[path] = self._take(path, part, [])
            self._count.tell(path, "kept")
        with closing(self._make_missing(missing, limits, environment, preload)) as made:
            parts |= made
        return parts

    def _take(self, path: Path, part: Any, read: list[str] | None) -> Any:
        """Note a part that was made, and what of."""
        begin = self._begins[path]
        self._keys[path] = self._inputs.hash_read(begin, read)
        reads = [read, *(one for one in self._store.get(begin) or [] if one != read)]
        self._new |= {self._keys[path]: part, begin: reads[:_MOST_READS]}
        return part

    def keep(self, changed: Collection[Path]) -> None:
        """Put into the cache what was made, unless a file changed that is no notebook (those were read before)."""
        if all(path in self._tasks for path in changed):
            for key, value in self._new.items():
                self._store.put(key, value)

    def _make_missing(
        self, tasks: dict[Path, Notebook], limits: Limits, environment: Mapping[str, str], preload: Mapping[str, str]
    ) -> Generator[tuple[Path, Any]]:
        if not tasks:
            return
        failures = {}
        start = start_notebooks(
            tasks, limits=limits, environment=environment, preload=preload, read_from=self._inputs.read_from
        )
        with start as events:
            from nbpage.page import PartMaker

            maker = PartMaker()  # loads nbconvert while the workers load what they need
            for path, results, failure, read in events:
                if results is not None:
                    is_job = path.suffix != ".ipynb"
                    part = _find_json(results) if is_job else maker.make(path, give_outputs(tasks[path], results))
                    yield path, self._take(path, part, read)
                if failure:
                    failures[path] = failure
                self._count.tell(path, _name_state(results, failure))
        if failures:
            raise NotebookError(*(failures[path] for path in tasks if path in failures))


def _show_stored(notebooks: Mapping[Path, Notebook]) -> Iterator[tuple[Path, Any]]:
    """Make the parts of notebooks from the outputs that they hold."""
    if not notebooks:
        return
    from nbformat import from_dict
    from nbformat.v4.rwbase import rejoin_lines

    from nbpage.page import PartMaker

    maker = PartMaker()
    for path, notebook in notebooks.items():
        try:
            shown = rejoin_lines(from_dict(give_outputs(notebook, take_outputs(notebook))))
            part = maker.make(path, shown)
        except Exception as error:
            said = f"holds outputs that cannot be shown ({type(error).__name__}: {error})"
            raise NotebookError(Failure(str(path), 0, "", said)) from error
        yield path, part


class _Counter:
    """Counts the notebooks that came to an end, and passes it on; jobs do not count."""

    def __init__(self, notebooks: Collection[Path], progress: Progress | None) -> None:
        self._notebooks, self._done, self._progress = set(notebooks), 0, progress

    def tell(self, path: Path, state: str) -> None:
        if path in self._notebooks:
            self._done += state != "started"
            if self._progress:
                self._progress(Step(path.name, state, self._done, len(self._notebooks)))

    def tell_changed(self, paths: Iterable[Path]) -> None:
        for path in paths:
            if self._progress:
                self._progress(Step(path.name, "changed", 0, len(self._notebooks)))


def _make_job(source: str) -> Notebook:
    """Make a notebook of one cell, for what is no notebook's part but is made beside them."""
    return {"cells": [{"cell_type": "code", "metadata": {}, "source": source}]}


def _find_json(results: Results) -> Any:
    outputs = [output for ran in results.values() for output in ran["outputs"]]
    return next((output["data"][_JSON] for output in outputs if _JSON in output.get("data", {})), None)


def _name_state(results: Results | None, failure: Failure | None) -> str:
    if failure:
        return "failed"
    return "started" if results is None else "executed"


def _render_plainly(title: str) -> Render:
    def render(parts: list[Any], _: dict[str, Any]) -> str:
        from nbpage.page import render_page

        return render_page(parts, title=title)

    return render


def _write_changed(out: Path, page: str) -> None:
    content = page.encode()
    if not out.is_file() or out.read_bytes() != content:
        save_files({out: content})
