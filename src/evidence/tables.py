"""Read, check and write the tables of a review, and lock them against other writers."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import re
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import pandas as pd
from filelock import FileLock, Timeout

from evidence.checks import (
    Place,
    Problem,
    TableError,
    check_keys,
    check_structure,
    check_table,
    join_keys,
    pad_numbers,
    read_numbers,
)
from evidence.rules import check_files, check_hits, check_rows, check_texts
from evidence.schema import DESCRIPTOR, Column, Table, Vocabulary, find_data, parse_descriptor
from evidence.texts import load_texts
from evidence.wording import tag_markers
from nbpage.cache import BESIDE, save_files

MOST_KEPT, MOST_REVIEWS = 25_000_000, 2  # bytes of tables, and how many of such reviews are kept to be found loaded
LOCK, TURN = ".tables.lock", ".tables.turn"  # who writes; who comes next
PATIENCE = 30.0  # seconds to wait for others
REMARKS = "remarks.md"  # what the notebooks say of this review alone
_LOADED: dict[str, Review] = {}  # those loaded last, under the hash of their files


class _Tables(Mapping[str, pd.DataFrame]):
    """Tables by name that tell who listens which of them were asked for (see `nbpage.reads`)."""

    def __init__(self, tables: Mapping[str, pd.DataFrame], vocabulary: Vocabulary, folder: Path) -> None:
        self._tables = dict(tables)
        self._paths = {name: str(folder / vocabulary.tables[name].path) for name in tables}

    def __getitem__(self, name: str) -> pd.DataFrame:
        sys.audit("nbpage.read", self._paths[name])
        return self._tables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)


@dataclass(frozen=True)
class Review:
    """All tables of a review, typed, with their words.

    Each table of the schema is an attribute by its name (``review.claims``): a DataFrame, one row a line of its CSV and
    in its order. Columns with words are categoricals in the order of the schema, numbers and dates are typed, lists
    stay text with ``;`` (see `split_items`), and an empty cell is missing.

    Attributes
    ----------
    tables
        The tables by name.
    vocabulary
        The schema they follow.
    folder
        Where they were read.

    Examples
    --------
    >>> import evidence
    >>> review = evidence.load()
    >>> review.claims is review.tables["claims"]
    True
    """

    tables: Mapping[str, pd.DataFrame]
    vocabulary: Vocabulary
    folder: Path

    def __getattr__(self, name: str) -> pd.DataFrame:
        """Return the table called `name`."""
        tables = self.__dict__.get("tables", {})
        if name in tables:
            return tables[name]
        raise AttributeError(f"a review has no table {name!r}; it has {', '.join(tables)}")

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.tables]


def load_vocabulary(folder: str | Path | None = None) -> Vocabulary:
    """Read the schema of the tables in a folder (as `find_data` finds it).

    Raises
    ------
    TableError
        Where the descriptor is no JSON or lacks a required property.
    """
    path = find_data(folder) / DESCRIPTOR
    try:
        parsed = _parse_schema(path.read_text(encoding="utf-8"))
        return replace(parsed, tables=dict(parsed.tables), derived=dict(parsed.derived))  # the caller's own
    except json.JSONDecodeError as error:
        place = Place(error.lineno, error.doc.split("\n")[error.lineno - 1].strip())
        raise TableError([Problem(str(path), f"the schema must be JSON: {error.msg}", (place,))]) from error
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise TableError([Problem(str(path), f"the schema must be a Data Package; not understood: {error}")]) from error


@lru_cache(maxsize=4)
def _parse_schema(text: str) -> Vocabulary:
    """Parse a descriptor, once: a save asks for it several times."""
    return parse_descriptor(json.loads(text))


def load(folder: str | Path | None = None) -> Review:
    """Read all tables, checked and typed.

    Called again on files that have not changed, it neither checks nor reads the cells again; the tables it
    returns are the caller's own all the same.

    Parameters
    ----------
    folder
        As for `find_data`.

    Raises
    ------
    TableError
        With every problem of every table.

    Examples
    --------
    >>> import evidence
    >>> review = evidence.load()
    >>> review.claims["strength"].cat.ordered
    True
    """
    folder = find_data(folder)
    sys.audit("nbpage.read", str(folder / DESCRIPTOR))
    with _unheard():  # every file is opened now; which tables count is told as they are asked for
        key = _hash_files(folder)
        if key not in _LOADED:
            review = _read_review(folder)
            if not key or _hash_files(folder) != key:  # large, or edited meanwhile: not to be found again
                return review
            while len(_LOADED) >= MOST_REVIEWS:
                del _LOADED[next(iter(_LOADED))]
            _LOADED[key] = review
        return _copy(_LOADED[key], folder)


@contextmanager
def _unheard() -> Iterator[None]:
    """Open files that nobody has asked for (see `nbpage.reads`)."""
    sys.audit("nbpage.heed", False)
    try:
        yield
    finally:
        sys.audit("nbpage.heed", True)


def _hash_files(folder: Path) -> str:
    """Hash the bytes of the schema and the tables; '' where they are large."""
    paths = [folder / DESCRIPTOR, *sorted(folder.glob("*.csv"))]
    if sum(path.stat().st_size for path in paths if path.is_file()) > MOST_KEPT:
        return ""
    digest = hashlib.sha256()
    for path in filter(Path.is_file, paths):
        content = path.read_bytes()
        digest.update(f"\0{path.name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _read_review(folder: Path) -> Review:
    vocabulary, cells, problems = _read_checked(folder)
    if problems:
        raise TableError(problems)
    typed = {name: _type_columns(cells[name], table) for name, table in vocabulary.tables.items()}
    return Review(_Tables(typed, vocabulary, folder), vocabulary, folder)


def _copy(review: Review, folder: Path) -> Review:
    """Return a review whose tables can be changed without a trace in the one that was given."""
    tables = {name: table.copy() for name, table in review.tables.items()}
    return Review(_Tables(tables, review.vocabulary, folder), review.vocabulary, folder)


def load_remarks(folder: str | Path, question: str) -> str:
    """Read what a review has to say of its own under one question of its notebooks.

    Parameters
    ----------
    folder
        Folder of the tables; ``remarks.md`` in it has a heading ``## QUESTION`` for each notebook that wants one.
    question
        The notebook's title.

    Returns
    -------
    str
        Markdown; "" where there is no such file or heading.
    """
    path = Path(folder) / REMARKS
    sys.audit("nbpage.read", str(path))
    with _unheard():  # who asks for a remark has not asked for the tables beside it
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
    found = re.search(rf"^## {re.escape(question)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return found[1].strip() if found else ""


def check_data(folder: str | Path | None = None, *, texts: str | Path | None = None) -> list[Problem]:
    """Check all tables, and with the articles' texts every span, quote, segment, hash and marker.

    Parameters
    ----------
    folder
        As for `find_data`.
    texts
        Folder of the articles' texts, where they are at hand.

    Returns
    -------
    list of Problem
        Empty where all is well.
    """
    folder = find_data(folder)
    try:
        vocabulary, cells, problems = _read_checked(folder)
    except TableError as error:
        return list(error.problems)
    needed = ("sources", "segments", "claims")
    if texts is not None and all(name in cells for name in needed):
        files = _name_files(folder, vocabulary)
        missing = check_files(texts, cells["sources"], files["sources"])
        problems += missing
        if not missing:
            words = load_texts(texts, cells["sources"])
            problems += check_texts(words, cells, files)
            if not problems and "hits" in cells and "markers" in cells:
                problems += check_hits(words, cells["hits"], cells["markers"], files["hits"])
    return problems


def _read_checked(folder: Path) -> tuple[Vocabulary, dict[str, pd.DataFrame], list[Problem]]:
    """Read all tables as text and check them.

    What looks broken because a writer was between two of its files is read again when the writer is done.
    """
    vocabulary = load_vocabulary(folder)
    seen = _stamp_files(folder, vocabulary)
    cells, problems = _read_once(folder, vocabulary)
    if problems and (folder / LOCK).exists():
        with suppress(TableError), hold_tables(folder):
            if _stamp_files(folder, vocabulary) != seen:
                cells, problems = _read_once(folder, vocabulary)
    return vocabulary, cells, problems


def _stamp_files(folder: Path, vocabulary: Vocabulary) -> list[tuple[int, int]]:
    """Return what tells whether files were replaced or written since."""
    paths = [folder / table.path for table in vocabulary.tables.values()]
    facts = [path.stat() for path in paths if path.is_file()]
    return [(fact.st_ino, fact.st_mtime_ns) for fact in facts]


def _read_once(folder: Path, vocabulary: Vocabulary) -> tuple[dict[str, pd.DataFrame], list[Problem]]:
    cells: dict[str, pd.DataFrame] = {}
    problems: list[Problem] = []
    for table in vocabulary.tables.values():
        found, table_cells = load_cells(folder / table.path, table)
        problems += found
        if table_cells is not None:
            cells[table.name] = table_cells
    return cells, problems + _check_cells(cells, vocabulary, _name_files(folder, vocabulary))


def _name_files(folder: Path, vocabulary: Vocabulary) -> dict[str, str]:
    return {name: str(folder / table.path) for name, table in vocabulary.tables.items()}


def _check_cells(cells: Mapping[str, pd.DataFrame], vocabulary: Vocabulary, files: Mapping[str, str]) -> list[Problem]:
    """Check tables as text; a table whose cells are bad is left out of the rules between tables."""
    problems: list[Problem] = []
    sound = {}
    for name, table_cells in cells.items():
        found = check_table(table_cells, vocabulary.tables[name], files[name])
        problems += found
        if not found:
            sound[name] = table_cells
    return problems + check_keys(cells, vocabulary, files) + check_rows(sound, vocabulary, files)


def load_cells(path: str | Path, table: Table) -> tuple[list[Problem], pd.DataFrame | None]:
    """Read one table as text: its problems of form, and its cells where there are none.

    Parameters
    ----------
    path
        File.
    table
        Its schema.

    Returns
    -------
    tuple
        Problems, and a DataFrame of strings with the schema's columns, an empty cell as ``""``, or None.
    """
    path = Path(path)
    if not path.is_file():
        what = "a folder stands where this file should; move it away" if path.is_dir() else "this file is missing"
        return [Problem(str(path), what)], None
    content = path.read_bytes()
    problems = check_structure(content, table, str(path))
    return problems, None if problems else _parse_cells(content)


def read_cells(path: str | Path, table: Table) -> pd.DataFrame:
    """Read one table as text, as `load_cells` does.

    Raises
    ------
    TableError
        With its problems of form.
    """
    problems, cells = load_cells(path, table)
    if cells is None:
        raise TableError(problems)
    return cells


def _parse_cells(content: bytes) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False, na_filter=False, encoding="utf-8")


def _type_columns(cells: pd.DataFrame, table: Table) -> pd.DataFrame:
    return pd.DataFrame({column.name: _type_column(cells[column.name], column) for column in table.columns})


def _type_column(values: pd.Series, column: Column) -> pd.Series:
    filled = values if column.required else values.mask(values == "")
    if column.words and column.type != "list":
        return pd.Series(
            pd.Categorical(filled, categories=list(column.values), ordered=column.ordered), index=values.index
        )
    if column.type == "integer":
        return read_numbers(values).astype("Int64")
    if column.type == "number":
        return read_numbers(values)
    if column.type == "date":
        return pd.to_datetime(filled, format="%Y-%m-%d")
    return filled


def split_items(values: pd.Series) -> pd.Series:
    """Return a list column as one item a row, index kept; rows without items are left out.

    Examples
    --------
    >>> split_items(pd.Series(["certain;guarantee", None])).tolist()
    ['certain', 'guarantee']
    """
    return values.dropna().str.split(";").explode()


class HeldTables:
    """The tables of a folder while `hold_tables` keeps every other writer out.

    Attributes
    ----------
    folder
        The folder, as the user named it.
    vocabulary
        Its schema.
    files
        File name by table, for messages.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.vocabulary = load_vocabulary(folder)
        self.files = _name_files(folder, self.vocabulary)
        self._cells: dict[str, pd.DataFrame] = {}
        self._changed: dict[str, pd.DataFrame] = {}
        self._remove_leftovers()

    def read(self, name: str) -> pd.DataFrame:
        """Return a table as text, as it is or as `change` has it; to be copied before it is changed.

        Raises
        ------
        TableError
            Where the file is no well-formed table; it is left as it is.
        """
        return self._changed[name] if name in self._changed else self._read_saved(name)

    def change(self, changed: Mapping[str, pd.DataFrame]) -> None:
        """Take whole tables as they shall be: `read` gives them from now on, the next `save` writes them."""
        self._changed |= changed

    def _read_saved(self, name: str) -> pd.DataFrame:
        if name not in self._cells:
            self._cells[name] = read_cells(self.files[name], self.vocabulary.tables[name])
        return self._cells[name]

    def save(self, changed: Mapping[str, pd.DataFrame] = MappingProxyType({})) -> None:
        """Check all tables as they would be, then replace the files of those that changed: all, or none.

        Parameters
        ----------
        changed
            Whole tables as text by name, an empty cell as ``""``. Rows are sorted by their key.

        Raises
        ------
        TableError
            With every rule of `check_data` that would be broken and is not broken already, or where a file cannot be
            written; then no file has changed.

        Examples
        --------
        >>> import shutil, tempfile
        >>> folder = shutil.copytree(find_data(), tempfile.mkdtemp() + "/data")
        >>> with hold_tables(folder) as tables:
        ...     claims = tables.read("claims").copy()
        ...     claims.loc[0, "note"] = "Read again."
        ...     tables.save({"claims": claims})
        >>> load(folder).claims.loc[0, "note"]
        'Read again.'
        """
        texts = {}
        changed = {**self._changed, **changed}
        for name, cells in changed.items():
            changed = {**changed, name: _sort_rows(cells, self.vocabulary.tables[name])}
            texts[name] = format_table(changed[name])
        problems = self._check_form(texts) or self._find_new(changed)
        if problems:
            raise TableError(problems)
        ratings_first = sorted(changed, key=lambda name: not self.vocabulary.tables[name].rates)
        try:
            save_files({self.files[name]: texts[name] for name in ratings_first}, force=True)
        except OSError as error:
            file = error.filename or self.files[ratings_first[0]]
            rule = f"could not be written, nothing was saved: {describe_refusal(error)}"
            raise TableError([Problem(str(file), rule)]) from error
        self._cells |= changed
        self._changed = {}

    def _check_form(self, texts: Mapping[str, str]) -> list[Problem]:
        problems = []
        for name, text in texts.items():
            try:
                problems += check_structure(text.encode("utf-8"), self.vocabulary.tables[name], self.files[name])
            except UnicodeEncodeError as error:
                problems.append(Problem(self.files[name], f"a cell must be text that UTF-8 can hold ({error.reason})"))
        return problems

    def _find_new(self, changed: Mapping[str, pd.DataFrame]) -> list[Problem]:
        """Return what changed tables would break that is not broken already."""
        before = {}
        for name in self._list_near(changed):
            with suppress(TableError):
                before[name] = self._read_saved(name)
        after = {**before, **changed}
        broken = _check_cells(after, self.vocabulary, self.files)
        if not broken:
            return []
        known = self._split(_check_cells(before, self.vocabulary, self.files), before)
        new: dict[tuple[str, str], tuple[Problem, list[Place]]] = {}
        for key, one in self._split(broken, after).items():
            if key not in known:
                new.setdefault((one.file, one.rule), (one, []))[1].extend(one.places)
        return [replace(one, places=tuple(places)) for one, places in new.values()]

    def _list_near(self, changed: Mapping[str, pd.DataFrame]) -> list[str]:
        """Return the tables that changed ones must be checked with; for ratings alone what they rate and it names."""
        tables = self.vocabulary.tables
        if not all(tables[name].rates for name in changed):
            return list(tables)
        rated = {tables[name].rates for name in changed}
        pointed = {key.table for name in {*changed, *rated} for key in tables[name].foreign_keys}
        return [name for name in tables if name in {*changed, *rated, *pointed}]

    def _split(self, problems: list[Problem], tables: Mapping[str, pd.DataFrame]) -> dict[tuple, Problem]:
        """Return problems one by one, by file, rule, value and the key of their row, whose line may move."""
        names = {file: name for name, file in self.files.items()}
        keys = {name: join_keys(cells, self.vocabulary.tables[name]) for name, cells in tables.items()}
        found = {}
        for problem in problems:
            for place in problem.places or (None,):
                row = "" if place is None or place.line is None else keys[names[problem.file]].iloc[place.line - 2]
                one = replace(problem, places=(place,) if place else (), broken=0)
                found[problem.file, problem.rule, place.value if place else "", row] = one
        return found

    def _remove_leftovers(self) -> None:
        """Remove the files that killed writers left beside the tables; only writers that hold the lock make them."""
        for file in self.files.values():
            path = Path(file).resolve()
            for leftover in path.parent.glob(f".{path.name}.*{BESIDE}"):
                leftover.unlink(missing_ok=True)


@contextmanager
def hold_tables(folder: str | Path | None = None, *, patience: float = PATIENCE) -> Iterator[HeldTables]:
    """Hold the one lock that everything takes that writes tables, to read them, change them and save them.

    The operating system holds it (``flock``, on Windows ``LockFile``), so that it is gone with the process, however
    that ends. Whoever waits at the front holds a second lock meanwhile, so that a writer that saves again and again
    cannot overtake: all are served in turn. A file system without such locks makes the library ``filelock`` fall back
    on the lock file's existence, with a warning; where neither works, nothing is written.

    Parameters
    ----------
    folder
        As for `find_data`.
    patience
        Seconds to wait for others.

    Raises
    ------
    TableError
        Where the lock cannot be had.
    """
    folder = find_data(folder)
    place, end = folder.resolve(), time.monotonic() + patience
    mode = place.stat().st_mode & 0o666 | 0o600  # who may write in the folder may take its locks, whoever made them
    turn, lock = FileLock(place / TURN, mode=mode), FileLock(place / LOCK, mode=mode)
    try:
        with turn.acquire(timeout=patience):
            lock.acquire(timeout=max(end - time.monotonic(), 0), poll_interval=0.01)
    except Timeout as error:
        rule = f"another program has held the lock for {patience:g} s; nothing was written, try again"
        raise TableError([Problem(str(folder / LOCK), rule)]) from error
    except (OSError, NotImplementedError) as error:
        raise TableError([Problem(str(folder / LOCK), f"no lock can be had, nothing was written ({error})")]) from error
    try:
        yield HeldTables(folder)
    finally:
        lock.release()


def _sort_rows(cells: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Return rows in the order of their key, numbered from 0."""
    order = pad_numbers(join_keys(cells, table)).argsort(kind="stable")
    return cells.iloc[order].reset_index(drop=True)


def save_hits(folder: str | Path | None = None, *, texts: str | Path) -> pd.DataFrame:
    """Find the markers in the articles' texts and write ``hits.csv``.

    Parameters
    ----------
    folder
        As for `find_data`.
    texts
        Folder of the articles' texts; every source's must be there.

    Returns
    -------
    pandas.DataFrame
        The hits, as `evidence.wording.tag_markers` gives them.

    Raises
    ------
    TableError
        Where a text is missing or not the one that the sources table names; then nothing is written.
    """
    with hold_tables(folder) as tables:
        cells = {name: tables.read(name) for name in ("sources", "segments", "claims", "markers")}
        problems = check_files(texts, cells["sources"], tables.files["sources"])
        words = {} if problems else load_texts(texts, cells["sources"])
        problems = problems or check_texts(words, cells, tables.files)
        if problems:
            raise TableError(problems)
        hits = tag_markers(words, cells["markers"])
        tables.save({"hits": hits.astype(str)})
    return hits


def format_table(cells: pd.DataFrame) -> str:
    """Return a table of text as CSV: commas, quotes where needed, LF."""
    return cells.to_csv(index=False, lineterminator="\n")


_CURES = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), "make room on the disk"),
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), "ask for the right to it, or name another place"),
    **dict.fromkeys((errno.EISDIR, errno.ENOTEMPTY), "a folder stands where a file should; move it away"),
    **dict.fromkeys((errno.ENOTDIR, errno.EEXIST), "a file stands where a folder should; move it away"),
}


def describe_refusal(error: OSError) -> str:
    """Say in a few words why the system refused a file, and the cure where one is certain.

    Examples
    --------
    >>> describe_refusal(OSError(errno.ENOSPC, "No space left on device"))
    'no space left on device; make room on the disk'
    """
    why = (error.strerror or str(error)).lower()
    return "; ".join(filter(None, (why, _CURES.get(error.errno or 0))))
