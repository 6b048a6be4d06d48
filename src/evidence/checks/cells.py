"""Check every cell against its column's type, words and limits, and every key against the table it points to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date

import pandas as pd

from evidence.checks.problems import Problem, find_rows
from evidence.vocabulary import Column, Table, Vocabulary

__all__ = ["check_keys", "check_table"]


def check_table(cells: pd.DataFrame, table: Table, file: str) -> list[Problem]:
    """Check every cell of a table against its column's type, words and limits, and the key.

    Parameters
    ----------
    cells
        The table as text, one row a line, empty cells as empty strings.
    table
        What the columns must hold.
    file
        Name for the messages.
    """
    problems = []
    for column in table.columns:
        problems += _check_column(cells[column.name], column, file)
    key = cells[table.key]
    if key.duplicated().any():
        problems.append(find_rows(cells, key.duplicated(), table.key, file, f"{table.key} must be unique"))
    elif not key.is_monotonic_increasing and (late := _out_of_order(key)).any():
        problems.append(find_rows(cells, late, table.key, file, f"rows must be sorted by {table.key}"))
    return problems


def _out_of_order(key: pd.Series) -> pd.Series:
    """Mark each key that is smaller than the one before it; numbers inside keys count as numbers, P99 before P100."""
    padded = key.map(lambda cell: re.sub(r"\d+", lambda digits: digits.group().zfill(12), cell))
    return padded < padded.shift(fill_value="")


def _check_column(values: pd.Series, column: Column, file: str) -> list[Problem]:
    """Check each different value once; rows are looked up only where a value is wrong."""
    distinct = pd.unique(values.to_numpy(dtype=object)).tolist()
    cells, problems = values.to_frame(), []
    for wrong, rule, cure in _rules(column):
        bad = [value for value in distinct if wrong(value)]
        if bad:
            problems.append(
                find_rows(cells, values.isin(bad), column.name, file, f"{column.name} must {rule}", cure)
            )
    return problems


def _rules(column: Column) -> Iterator[tuple[Callable[[str], bool], str, Callable | None]]:
    """Give a column's rules: what is wrong with a value, what must hold, how to cure it; empty is wrong only once."""
    known = set(column.values)
    if column.required:
        yield (lambda value: not value), "not be empty", None
    if column.type == "list":
        rule = f"be a list, separated by ';' and without repeats, of {', '.join(column.values)}"
        yield (lambda value: value and not _is_list(value, known)), rule, None
    elif known:
        yield (
            (lambda value: value and value not in known),
            f"be one of {', '.join(column.values)}",
            _curer(column.values),
        )
    elif column.type in _TYPES:
        good, noun = _TYPES[column.type]
        yield (lambda value: value and not good(value)), f"be {noun}", None
        low, high = column.minimum, column.maximum
        limits = [f"at least {low}" if low is not None else "", f"at most {high}" if high is not None else ""]
        if any(limits):
            yield (
                (lambda value: value and good(value) and not _within(value, low, high)),
                f"be {' and '.join(filter(None, limits))}",
                None,
            )
    if column.pattern:
        match = re.compile(column.pattern).fullmatch
        yield (lambda value: value and not match(value)), f"match {column.pattern}", None
    if column.type in {"string", "list"}:
        yield _is_formula, "not begin with =, +, - or @, which a spreadsheet would run", None
        yield (lambda value: value.isspace()), "not be blank: leave it empty", None


def _is_list(value: str, known: set[str]) -> bool:
    items = value.split(";")
    return len(set(items)) == len(items) and known.issuperset(items)


def _within(value: str, low: float | None, high: float | None) -> bool:
    return (low is None or float(value) >= low) and (high is None or float(value) <= high)


def _is_formula(value: str) -> bool:
    return value[:1] in _RUN and not _NUMBER.fullmatch(value)


def _is_date(value: str) -> bool:
    try:
        return len(value) == 10 and bool(date.fromisoformat(value))
    except ValueError:
        return False


_RUN = {"=", "+", "-", "@"}
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_TYPES = {
    "integer": (re.compile(r"-?\d{1,15}").fullmatch, "a whole number"),
    "number": (_NUMBER.fullmatch, "a number"),
    "date": (_is_date, "a date as YYYY-MM-DD"),
}


def _curer(words: Iterable[str]) -> Callable[[str], str]:
    """Return a function that names the word a cell surely means, or nothing: only case, space and hyphen may differ."""
    by_form = {_form(word): word for word in words}
    return lambda cell: f"write {by_form[_form(cell)]!r}" if _form(cell) in by_form else ""


def _form(cell: str) -> str:
    return re.sub(r"[\s_-]+", "_", cell.strip().lower())


def check_keys(
    tables: Mapping[str, pd.DataFrame], vocabulary: Vocabulary, files: Mapping[str, str]
) -> list[Problem]:
    """Check that every foreign key stands in the table it points to.

    Parameters
    ----------
    tables
        Tables as text, those that could be read.
    vocabulary
        Their schema.
    files
        File name by table, for the messages.
    """
    problems = []
    for table in vocabulary.tables.values():
        for key in table.foreign_keys:
            if table.name not in tables or key.table not in tables:
                continue
            cells, known = tables[table.name], tables[key.table][key.target]
            wrong = (cells[key.column] != "") & ~cells[key.column].isin(known)
            if wrong.any():
                rule = f"{key.column} must be one of those in {files[key.table]}"
                problems.append(find_rows(cells, wrong, key.column, files[table.name], rule, _curer(known)))
    return problems
