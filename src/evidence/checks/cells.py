"""Check every cell against its column's type, words and limits, and every key against the table it points to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

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
    filled = values != ""
    cells, problems = values.to_frame(), []

    def refuse(wrong: pd.Series, rule: str, cure: Callable[[str], str] | None = None) -> None:
        if wrong.any():
            problems.append(find_rows(cells, wrong, column.name, file, f"{column.name} must {rule}", cure))

    if column.required:
        refuse(~filled, "not be empty")
    if column.type == "list":
        refuse(*_check_items(values, filled, column))
    elif column.words:
        cure = _curer(column.values)
        refuse(filled & ~values.isin(column.values), f"be one of {', '.join(column.values)}", cure)
    elif column.type in _TYPES:
        valid, noun = _TYPES[column.type]
        good = valid(values)
        refuse(filled & ~good, f"be {noun}")
        refuse(*_check_limits(values.where(filled & good), column))
    if column.pattern:
        refuse(filled & ~_each(values, re.compile(column.pattern).fullmatch), f"match {column.pattern}")
    if column.type in {"string", "list"}:
        refuse(_each(values, _is_formula), "not begin with =, +, - or @, which a spreadsheet would run")
        refuse(filled & (_each(values, str.strip) == ""), "not be blank: leave it empty")
    return problems


def _check_items(values: pd.Series, filled: pd.Series, column: Column) -> tuple:
    known = set(column.values)

    def wrong(cell: str) -> bool:
        items = cell.split(";")
        return len(set(items)) < len(items) or not known.issuperset(items)

    rule = f"be a list, separated by ';' and without repeats, of {', '.join(column.values)}"
    return filled & _each(values, wrong), rule, None


def _check_limits(values: pd.Series, column: Column) -> tuple:
    low, high = column.minimum, column.maximum
    if low is None and high is None:
        return pd.Series(False, index=values.index), "", None
    numbers = pd.to_numeric(values, errors="coerce")
    limits = [f"at least {low}" if low is not None else "", f"at most {high}" if high is not None else ""]
    wrong = (numbers < (low if low is not None else -float("inf"))) | (
        numbers > (high if high is not None else float("inf"))
    )
    return wrong, f"be {' and '.join(filter(None, limits))}", None


def _each(values: pd.Series, test: Callable) -> pd.Series:
    """Apply a test to each different value once; the result has the values' index."""
    found = values.map({value: test(value) for value in values.unique()})
    return found if test is str.strip else found.map(bool).astype(bool)


def _is_formula(cell: str) -> bool:
    return cell[:1] in {"=", "+", "-", "@"} and not _NUMBER.fullmatch(cell)


_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_TYPES = {
    "integer": (lambda values: _each(values, re.compile(r"-?\d{1,15}").fullmatch), "a whole number"),
    "number": (lambda values: _each(values, _NUMBER.fullmatch), "a number"),
    "date": (
        lambda values: pd.to_datetime(values, format="%Y-%m-%d", errors="coerce").notna() & (values.str.len() == 10),
        "a date as YYYY-MM-DD",
    ),
}


def _curer(words: Iterable[str]) -> Callable[[str], str]:
    """Return a function that names the word a cell surely means, or nothing: only case, space and hyphen may differ."""
    by_form = {_form(word): word for word in words}
    return lambda cell: f"write {by_form[_form(cell)]!r}" if _form(cell) in by_form else ""


def _form(cell: str) -> str:
    return re.sub(r"[\s_-]+", "_", cell.strip().lower())


def check_keys(tables: Mapping[str, pd.DataFrame], vocabulary: Vocabulary, files: Mapping[str, str]) -> list[Problem]:
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
