"""Read, check and write the tables; the only module that knows the folder ``data/``."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from evidence.checks import Place, Problem, TableError, check_keys, check_structure, check_table, read_numbers
from evidence.rules import check_files, check_rows, check_texts
from evidence.schema import DESCRIPTOR, Column, Table, Vocabulary, find_data, parse_descriptor
from evidence.texts import load_texts
from evidence.wording import check_hits, tag_markers

MOST_KEPT = 50_000_000  # bytes of tables that are kept in memory, to be found loaded
_LOADED: dict[str, Review] = {}  # the last review that was loaded, under the hash of its files


@dataclass(frozen=True)
class Review:
    """All tables of a review, typed, with their words.

    Each attribute is a DataFrame, one row a line of its CSV and in its order. Columns with words are categoricals in
    the order of the schema, numbers and dates are typed, lists stay text with ``;`` (see `split_items`), and an empty
    cell is missing.
    """

    sources: pd.DataFrame
    segments: pd.DataFrame
    claims: pd.DataFrame
    hits: pd.DataFrame
    propositions: pd.DataFrame
    studies: pd.DataFrame
    findings: pd.DataFrame
    citations: pd.DataFrame
    ratings: pd.DataFrame
    markers: pd.DataFrame
    vocabulary: Vocabulary
    folder: Path


def load_vocabulary(folder: str | Path | None = None) -> Vocabulary:
    """Read the schema of the tables in a folder (as `find_data` finds it).

    Raises
    ------
    TableError
        Where the descriptor is no JSON or lacks a required property.
    """
    path = find_data(folder) / DESCRIPTOR
    try:
        return parse_descriptor(json.loads(path.read_text(encoding="utf-8")))
    except json.JSONDecodeError as error:
        place = Place(error.lineno, error.doc.splitlines()[error.lineno - 1].strip() if error.doc.strip() else "")
        raise TableError([Problem(str(path), f"the schema must be JSON: {error.msg}", (place,))]) from error
    except (KeyError, UnicodeDecodeError) as error:
        raise TableError([Problem(str(path), f"the schema must be a Data Package; not understood: {error}")]) from error


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
    key = _hash_files(folder)
    if key not in _LOADED:
        review = _read_review(folder)
        if not key or _hash_files(folder) != key:  # large, or edited meanwhile: not to be found again
            return review
        _LOADED.clear()
        _LOADED[key] = review
    return _copy(_LOADED[key], folder)


def _hash_files(folder: Path) -> str:
    """Hash the bytes of the schema and the tables, and which folder they are in; '' where they are large."""
    paths = [folder / DESCRIPTOR, *sorted(folder.glob("*.csv"))]
    if _sum_sizes(paths) > MOST_KEPT:
        return ""
    digest = hashlib.sha256(str(folder.resolve()).encode())
    for path in paths:
        content = path.read_bytes()
        digest.update(f"\0{path.name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _read_review(folder: Path) -> Review:
    vocabulary, cells, problems = _read_checked(folder)
    if problems:
        raise TableError(problems)
    typed = {name: _type_columns(cells[name], table) for name, table in vocabulary.tables.items()}
    return Review(**typed, vocabulary=vocabulary, folder=folder)


def _copy(review: Review, folder: Path) -> Review:
    """Return a review whose tables can be changed without a trace in the one that was given."""
    copies = {name: getattr(review, name).copy() for name in review.vocabulary.tables}
    return replace(review, **copies, folder=folder)


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
        files = {name: str(folder / table.path) for name, table in vocabulary.tables.items()}
        missing = check_files(texts, cells["sources"], files["sources"])
        problems += missing
        if not missing:
            problems += _check_words(texts, cells, files)
    return problems


def _check_words(texts: str | Path, cells: dict[str, pd.DataFrame], files: dict[str, str]) -> list[Problem]:
    try:
        words = load_texts(texts, cells["sources"])
    except UnicodeDecodeError as error:
        return [Problem(str(texts), f"an article's text must be UTF-8: {error}")]
    problems = check_texts(words, cells, files)
    if not problems and "hits" in cells and "markers" in cells:
        problems += check_hits(words, cells["hits"], cells["markers"], files["hits"])
    return problems


def _read_checked(folder: Path) -> tuple[Vocabulary, dict[str, pd.DataFrame], list[Problem]]:
    """Read all tables as text and check them; a table whose structure or cells are bad is left out of later checks."""
    vocabulary = load_vocabulary(folder)
    files = {name: str(folder / table.path) for name, table in vocabulary.tables.items()}
    cells, problems, sound = {}, [], {}
    for table, (found, table_cells) in _load_all(folder, vocabulary):
        if table_cells is not None:
            cells[table.name] = table_cells
            found = check_table(table_cells, table, files[table.name])
            if not found:
                sound[table.name] = table_cells
        problems += found
    problems += check_keys(cells, vocabulary, files)
    problems += check_rows(sound, vocabulary, files)
    return vocabulary, cells, problems


def _load_all(
    folder: Path, vocabulary: Vocabulary
) -> Iterator[tuple[Table, tuple[list[Problem], pd.DataFrame | None]]]:
    """Give every table as `load_cells` does; the form of large ones is checked in other processes meanwhile."""
    tables = vocabulary.tables.values()
    paths = [folder / table.path for table in tables]
    if not hasattr(os, "fork") or _sum_sizes(paths) <= MOST_KEPT:
        yield from ((table, load_cells(path, table)) for table, path in zip(tables, paths, strict=True))
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with ProcessPoolExecutor(max(1, (os.cpu_count() or 1) - 1), mp_context=get_context("fork")) as pool:
        found = [pool.submit(_check_form, path, table) for table, path in zip(tables, paths, strict=True)]
        for table, path, form in zip(tables, paths, found, strict=True):
            try:
                cells = _read_cells(path.read_bytes())
            except (OSError, ValueError):
                if not form.result():
                    raise
                cells = None
            yield table, (form.result(), None if form.result() else cells)


def _sum_sizes(paths: Iterable[Path]) -> int:
    return sum(path.stat().st_size for path in paths if path.is_file())


def _check_form(path: Path, table: Table) -> list[Problem]:
    return _read_form(path, table)[0]


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
    problems, content = _read_form(Path(path), table)
    return problems, None if problems else _read_cells(content)


def _read_form(path: Path, table: Table) -> tuple[list[Problem], bytes]:
    """Read a file and check its form."""
    if not path.is_file():
        return [Problem(str(path), "this file is missing")], b""
    content = path.read_bytes()
    return check_structure(content, table, str(path)), content


def _read_cells(content: bytes) -> pd.DataFrame:
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
    folder = find_data(folder)
    tables = load_vocabulary(folder).tables
    cells, problems = {}, []
    for name in ("sources", "segments", "claims", "markers"):
        found, cells[name] = load_cells(folder / tables[name].path, tables[name])
        problems += found
    files = {name: str(folder / table.path) for name, table in tables.items()}
    problems = problems or check_files(texts, cells["sources"], files["sources"])
    words = {} if problems else load_texts(texts, cells["sources"])
    problems = problems or check_texts(words, cells, files)
    if problems:
        raise TableError(problems)
    hits = tag_markers(words, cells["markers"])
    write_table(hits, folder / tables["hits"].path)
    return hits


def write_table(cells: pd.DataFrame, path: str | Path) -> None:
    """Write a table of text as CSV: beside first, then renamed, so that no half-written file is ever seen.

    Parameters
    ----------
    cells
        Strings, an empty cell as ``""``; columns and rows as they shall stand.
    path
        File to replace.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(cells.columns)
    writer.writerows(cells.itertuples(index=False, name=None))
    save_text(path, out.getvalue())


def save_text(path: str | Path, text: str) -> None:
    """Write a text file: beside first, forced to disk, then renamed into place."""
    path = Path(path)
    handle, beside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        os.chmod(beside, path.stat().st_mode & 0o777 if path.exists() else 0o644)
        os.replace(beside, path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
