"""Read, check and write the tables of a review, and lock them against other writers.

Whoever reads begins with `load` (typed, and refused where a rule is broken), `check_data` (every problem) or
`read_cells` (one table as text). All of them parse a file's bytes into a `ParsedTable`, which is kept, so that the same
bytes are parsed, checked and typed once in a process; what is given out are copies.

Whoever writes does it within `hold_tables`, where no other writer is: `HeldTables.read` gives a table as text, `change`
takes it changed, and `save` checks all that the changes touch before it replaces the files, whole. Beside it only
`evidence.authoring` writes the tables of a new review, and `evidence.tidy` the bytes of those that cannot be read.
"""

from __future__ import annotations

import errno
import hashlib
import io
import json
import re
import sys
import time
from collections import deque
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
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
    order_keys,
    read_numbers,
)
from evidence.rules import check_files, check_hits, check_rows, check_scales, check_texts
from evidence.schema import DESCRIPTOR, Column, Table, Vocabulary, find_data, parse_descriptor
from evidence.texts import load_texts
from evidence.wording import tag_markers
from nbpage.files import BESIDE, save_files

MOST_KEPT = 25_000_000  # bytes of tables that are kept to be found read
LOCK, TURN = ".tables.lock", ".tables.turn"  # who writes; who comes next
PATIENCE = 30.0  # seconds to wait for others
REMARKS = "remarks.md"  # what the notebooks say of this review alone


@dataclass(frozen=True, eq=False)
class ParsedTable:
    """A table of text as the bytes of its file gave it, sound in form; what is found out about it stays with it.

    Attributes
    ----------
    schema
        What it holds.
    cells
        A DataFrame of strings, an empty cell as ``""``. It is shared: give out copies.
    size
        Bytes.
    """

    schema: Table
    cells: pd.DataFrame
    size: int

    @cached_property
    def faults(self) -> list[Problem]:
        """Cells that are not what their columns hold, and rows that are not in order; of a file without a name."""
        return check_table(self.cells, self.schema, "")

    @cached_property
    def typed(self) -> pd.DataFrame:
        """The columns typed as a `Review` has them."""
        return pd.DataFrame(
            {column.name: _type_column(self.cells[column.name], column) for column in self.schema.columns}
        )


_PARSED: dict[tuple[bytes, Table], ParsedTable] = {}  # those read last, by the hash of their bytes
_SOUND: deque[tuple[ParsedTable, ...]] = deque(maxlen=2)  # whole reviews in which no rule is broken


def parse_table(content: bytes, table: Table, file: str) -> tuple[list[Problem], ParsedTable | None]:
    """Parse a table's bytes: its problems of form, and the table where there are none; the same bytes only once.

    Parameters
    ----------
    content
        The file's bytes.
    table
        Its schema.
    file
        Name for the messages.
    """
    key = hashlib.blake2b(content).digest(), table
    parsed = _PARSED.pop(key, None)
    if parsed is None:
        if problems := check_structure(content, table, file):
            return problems, None
        cells = pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False, na_filter=False, encoding="utf-8")
        parsed = ParsedTable(table, cells, len(content))
    _PARSED[key] = parsed  # the one used last stands last
    while sum(kept.size for kept in list(_PARSED.values())) > MOST_KEPT:  # another thread may change it meanwhile
        _PARSED.pop(next(iter(list(_PARSED)), key), None)
    return [], parsed


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
    in its order. Columns with words are categoricals in the order of the schema, whole numbers ``Int64``, other numbers
    ``float64``, dates ``datetime64``; all else is text, lists with ``;`` (see `split_items`); an empty cell is missing.

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
        Where the descriptor is no JSON or lacks a required property, or has a word that the rule does not rank.
    """
    path = find_data(folder) / DESCRIPTOR
    try:
        parsed = _parse_schema(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        place = Place(error.lineno, error.doc.split("\n")[error.lineno - 1].strip())
        raise TableError([Problem(str(path), f"the schema must be JSON: {error.msg}", (place,))]) from error
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise TableError([Problem(str(path), f"the schema must be a Data Package; not understood: {error}")]) from error
    if problems := check_scales(parsed, str(path)):
        raise TableError(problems)
    return replace(parsed, tables=dict(parsed.tables), derived=dict(parsed.derived))  # the caller's own


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
    FileNotFoundError
        Where there is no such folder.
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
        vocabulary, parsed, problems = _read_checked(folder)
        if problems:
            raise TableError(problems)
        typed = {name: table.typed.copy() for name, table in parsed.items()}
    return Review(_Tables(typed, vocabulary, folder), vocabulary, folder)


@contextmanager
def _unheard() -> Iterator[None]:
    """Open files that nobody has asked for (see `nbpage.reads`)."""
    sys.audit("nbpage.heed", False)
    try:
        yield
    finally:
        sys.audit("nbpage.heed", True)


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

    Raises
    ------
    FileNotFoundError
        Where there is no such folder.
    """
    folder = find_data(folder)
    try:
        vocabulary, parsed, problems = _read_checked(folder)
    except TableError as error:
        return list(error.problems)
    cells = {name: table.cells for name, table in parsed.items()}
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


def _read_checked(folder: Path) -> tuple[Vocabulary, dict[str, ParsedTable], list[Problem]]:
    """Read all tables and check them.

    What looks broken because a writer was between two of its files is read again when the writer is done.
    """
    vocabulary = load_vocabulary(folder)
    seen = _stamp_files(folder, vocabulary)
    parsed, problems = _read_once(folder, vocabulary)
    if problems and (folder / LOCK).exists():
        with suppress(TableError), hold_tables(folder):
            if _stamp_files(folder, vocabulary) != seen:
                parsed, problems = _read_once(folder, vocabulary)
    return vocabulary, parsed, problems


def _stamp_files(folder: Path, vocabulary: Vocabulary) -> list[tuple[int, int]]:
    """Return what tells whether files were replaced or written since."""
    paths = [folder / table.path for table in vocabulary.tables.values()]
    facts = [path.stat() for path in paths if path.is_file()]
    return [(fact.st_ino, fact.st_mtime_ns) for fact in facts]


def _read_once(folder: Path, vocabulary: Vocabulary) -> tuple[dict[str, ParsedTable], list[Problem]]:
    parsed: dict[str, ParsedTable] = {}
    problems: list[Problem] = []
    for table in vocabulary.tables.values():
        found, one = _read_file(folder / table.path, table)
        problems += found
        if one is not None:
            parsed[table.name] = one
    return parsed, problems + _check_tables(parsed, vocabulary, _name_files(folder, vocabulary))


def _name_files(folder: Path, vocabulary: Vocabulary) -> dict[str, str]:
    return {name: str(folder / table.path) for name, table in vocabulary.tables.items()}


def _check_tables(
    tables: Mapping[str, ParsedTable], vocabulary: Vocabulary, files: Mapping[str, str], touched: Collection[str] = ()
) -> list[Problem]:
    """Check cells, keys and rules, all or those of some tables; one with bad cells is left out of the rules between."""
    if (whole := tuple(tables.values())) in _SOUND:
        return []
    cells, of = {name: table.cells for name, table in tables.items()}, touched or tables.keys()
    problems = [replace(fault, file=files[name]) for name in tables if name in of for fault in tables[name].faults]
    problems += check_keys(cells, vocabulary, files, touched=of)
    sound = {name: cells[name] for name, table in tables.items() if not table.faults}
    problems += check_rows(sound, vocabulary, files, touched=of)
    if not problems and not touched:
        _remember(whole)
    return problems


def _remember(whole: tuple[ParsedTable, ...]) -> None:
    """Remember that no rule is broken in a review."""
    if sum(table.size for table in whole) <= MOST_KEPT:
        _SOUND.append(whole)


def _read_file(path: Path, table: Table) -> tuple[list[Problem], ParsedTable | None]:
    if not path.is_file():
        what = "a folder stands where this file should; move it away" if path.is_dir() else "this file is missing"
        return [Problem(str(path), what)], None
    return parse_table(path.read_bytes(), table, str(path))


def read_cells(path: str | Path, table: Table) -> pd.DataFrame:
    """Read one table as text.

    Parameters
    ----------
    path
        File.
    table
        Its schema.

    Returns
    -------
    pandas.DataFrame
        Strings, with the schema's columns; an empty cell as ``""``.

    Raises
    ------
    TableError
        With its problems of form.
    """
    problems, parsed = _read_file(Path(path), table)
    if parsed is None:
        raise TableError(problems)
    return parsed.cells.copy(deep=False)  # pandas copies what is changed


def _type_column(values: pd.Series, column: Column) -> pd.Series:
    if column.type == "integer":
        return read_numbers(values).astype("Int64")
    if column.type == "number":
        return read_numbers(values)
    cells = values.to_numpy(dtype=object)
    if column.words and column.type != "list":
        codes = dict(zip(column.values, range(len(column.values)), strict=True))
        words = pd.CategoricalDtype(list(codes), ordered=column.ordered)
        found = pd.Categorical.from_codes([codes.get(cell, -1) for cell in cells], dtype=words)
        return pd.Series(found, index=values.index)
    filled = values if column.required or "" not in cells else values.mask(cells == "")
    return pd.to_datetime(filled, format="%Y-%m-%d") if column.type == "date" else filled


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
        self._saved: dict[str, ParsedTable] = {}
        self._changed: dict[str, pd.DataFrame] = {}
        self._remove_leftovers()

    def read(self, name: str) -> pd.DataFrame:
        """Return a table as text, as it is or as `change` has it; a copy, which may be changed.

        Raises
        ------
        TableError
            Where the file is no well-formed table; it is left as it is.
        """
        cells = self._changed[name] if name in self._changed else self._read_saved(name).cells
        return cells.copy(deep=False)  # pandas copies what is changed

    def change(self, changed: Mapping[str, pd.DataFrame]) -> None:
        """Take whole tables as they shall be: `read` gives them from now on, the next `save` writes them."""
        self._changed |= changed

    def _read_saved(self, name: str) -> ParsedTable:
        if name not in self._saved:
            problems, parsed = _read_file(Path(self.files[name]), self.vocabulary.tables[name])
            if parsed is None:
                raise TableError(problems)
            self._saved[name] = parsed
        return self._saved[name]

    def save(
        self,
        changed: Mapping[str, pd.DataFrame] = MappingProxyType({}),
        *,
        beside: Mapping[Path, str | bytes] = MappingProxyType({}),
    ) -> None:
        """Check all tables as they would be, then replace the files of those that changed: all, or none.

        Parameters
        ----------
        changed
            Whole tables as text by name, an empty cell as ``""``. Rows are sorted by their key.
        beside
            Other files by path, which are written with them and before them.

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
        ...     claims = tables.read("claims")
        ...     claims.loc[0, "note"] = "Read again."
        ...     tables.save({"claims": claims})
        >>> load(folder).claims.loc[0, "note"]
        'Read again.'
        """
        texts: dict[str, str] = {}
        after: dict[str, ParsedTable] = {}
        problems: list[Problem] = []
        for name, cells in {**self._changed, **changed}.items():
            texts[name] = format_table(_sort_rows(cells, self.vocabulary.tables[name]))
            found, parsed = self._parse(name, texts[name])
            problems += found
            after |= {name: parsed} if parsed else {}
        problems = problems or self._find_new(after)
        if problems:
            raise TableError(problems)
        ratings_first = sorted(texts, key=lambda name: not self.vocabulary.tables[name].rates)
        try:
            save_files({**beside, **{self.files[name]: texts[name] for name in ratings_first}}, force=True)
        except OSError as error:
            file = error.filename or self.files[ratings_first[0]]
            rule = f"could not be written, nothing was saved: {describe_refusal(error)}"
            raise TableError([Problem(str(file), rule)]) from error
        self._saved |= after
        self._changed = {}

    def _parse(self, name: str, text: str) -> tuple[list[Problem], ParsedTable | None]:
        try:
            return parse_table(text.encode("utf-8"), self.vocabulary.tables[name], self.files[name])
        except UnicodeEncodeError as error:
            return [Problem(self.files[name], f"a cell must be text that UTF-8 can hold ({error.reason})")], None

    def _find_new(self, changed: Mapping[str, ParsedTable]) -> list[Problem]:
        """Return what changed tables would break that is not broken already."""
        before = {}
        for name in self.vocabulary.tables:
            with suppress(TableError):
                before[name] = self._read_saved(name)
        after = {**before, **changed}
        broken = _check_tables(after, self.vocabulary, self.files, changed)
        if not broken:
            if tuple(before.values()) in _SOUND:  # and what was not touched is as it was
                _remember(tuple(after.values()))
            return []
        known = self._split(_check_tables(before, self.vocabulary, self.files, changed), before)
        new: dict[tuple[str, str], tuple[Problem, list[Place]]] = {}
        for key, one in self._split(broken, after).items():
            if key not in known:
                new.setdefault((one.file, one.rule), (one, []))[1].extend(one.places)
        return [replace(one, places=tuple(places)) for one, places in new.values()]

    def _split(self, problems: list[Problem], tables: Mapping[str, ParsedTable]) -> dict[tuple, Problem]:
        """Return problems one by one, by file, rule, value and the key of their row, whose line may move."""
        names = {file: name for name, file in self.files.items()}
        keys = {name: join_keys(table.cells, table.schema) for name, table in tables.items()}
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
    order = order_keys(cells, table).argsort(kind="stable")
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
