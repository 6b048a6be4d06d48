"""Check every cell against its column's type, words and limits, and every key against the table it points to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from operator import itemgetter

import pandas as pd

from evidence.checks.problems import Problem, find_rows
from evidence.vocabulary import Column, Table, Vocabulary

__all__ = ["check_keys", "check_table", "read_numbers"]


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
    key, problems = cells[table.key], []
    rising = _is_rising(key)
    for column in table.columns:
        unlike = rising and column.name == table.key
        problems += _check_column(cells[column.name], column, file, unlike=unlike)
    if rising:
        return problems
    if key.duplicated().any():
        problems.append(find_rows(cells, key.duplicated(), table.key, file, f"{table.key} must be unique"))
    elif (late := _out_of_order(key)).any():
        problems.append(find_rows(cells, late, table.key, file, f"rows must be sorted by {table.key}"))
    return problems


def _is_rising(key: pd.Series) -> bool:
    """Tell whether each key is greater than the one above it: then all are sorted, and no two are the same."""
    values = key.to_numpy(dtype=object)
    return bool((values[1:] > values[:-1]).all())


def _out_of_order(key: pd.Series) -> pd.Series:
    """Mark each key that is smaller than the one before it; numbers inside keys count as numbers, P99 before P100."""
    padded = key.map(lambda cell: re.sub(r"\d+", lambda digits: digits.group().zfill(12), cell))
    return padded < padded.shift(fill_value="")


def _check_column(values: pd.Series, column: Column, file: str, *, unlike: bool) -> list[Problem]:
    """Check each different value once; rows are looked up only where a value is wrong.

    `unlike` says that no two values are the same, which spares looking for those that are.
    """
    cells = values.to_numpy(dtype=object)
    distinct = (cells if unlike else pd.unique(cells)).tolist()
    filled, problems = [value for value in distinct if value], []

    def refuse(bad: list[str], rule: str, cure: Callable | None = None) -> None:
        rule = f"{column.name} must {rule}"
        problems.append(find_rows(values.to_frame(), values.isin(bad), column.name, file, rule, cure))

    if column.required and len(filled) < len(distinct):
        refuse([""], "not be empty")
    begins = set(map(itemgetter(0), filled))
    for good, rule, cure in _rules(column, begins):
        bad = [value for value, kept in zip(filled, map(good, filled), strict=True) if not kept]
        if bad:
            refuse(bad, rule, cure)
    return problems


def _rules(
    column: Column, begins: set[str]
) -> Iterator[tuple[Callable[[str], object], str, Callable | None]]:
    """Give a column's rules for a value that is not empty: how to tell a good one, what must hold, how to cure it.

    `begins` holds the letters that values begin with: rules that these show to hold are left out.
    """
    known = set(column.values)
    if column.type == "list":
        rule = f"be a list, separated by ';' and without repeats, of {', '.join(column.values)}"
        yield (lambda value: _is_list(value, known)), rule, None
    elif known:
        yield known.__contains__, f"be one of {', '.join(column.values)}", _curer(column.values)
    elif column.type in _TYPES:
        good, noun = _TYPES[column.type]
        yield good, f"be {noun}", None
        low, high = column.minimum, column.maximum
        limits = [f"at least {low}" if low is not None else "", f"at most {high}" if high is not None else ""]
        if any(limits):
            yield (
                (lambda value: not good(value) or _within(value, low, high)),
                f"be {' and '.join(filter(None, limits))}",
                None,
            )
    if column.pattern:
        yield re.compile(column.pattern).fullmatch, f"match {column.pattern}", None
    if column.type in {"string", "list"}:
        if begins & set("=+-@"):
            yield _NO_FORMULA.match, "not begin with =, +, - or @, which a spreadsheet would run", None
        if any(map(str.isspace, begins)):
            yield _NOT_BLANK.search, "not be blank: leave it empty", None


def _is_list(value: str, known: set[str]) -> bool:
    items = value.split(";")
    return len(set(items)) == len(items) and known.issuperset(items)


def _within(value: str, low: float | None, high: float | None) -> bool:
    return (low is None or float(value) >= low) and (high is None or float(value) <= high)


def read_numbers(values: pd.Series) -> pd.Series:
    """Read a column of text as numbers, each different one once; NaN where it is none or empty."""
    places, distinct = pd.factorize(values)
    numbers = pd.to_numeric(distinct, errors="coerce").astype(float)
    return pd.Series(numbers[places], index=values.index)


def _is_date(value: str) -> bool:
    try:
        return len(value) == 10 and bool(date.fromisoformat(value))
    except ValueError:
        return False


_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_NO_FORMULA = re.compile(rf"(?![=+\-@])|{_NUMBER.pattern}\Z")
_NOT_BLANK = re.compile(r"\S")
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
