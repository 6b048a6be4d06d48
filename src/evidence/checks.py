"""Check one table at a time: that its file is a well-formed CSV, that every cell is what its column holds, its keys.

A check gives problems: a rule, and every place where it is broken, with the line a text editor shows and a cure where
one is certain. What must hold between columns and tables is in `evidence.rules`.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date, timedelta
from difflib import get_close_matches
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

import numpy as np
import pandas as pd
import regex

from evidence.schema import DESCRIPTOR, Column, Table, Vocabulary

MOST_PLACES = 20
LONGEST_MATCH = 1.0  # seconds for one value of a column
LONGEST_CELL = csv.field_size_limit()  # characters; also what other programs take
_BETWEEN = "\x1f"  # columns of one key; pandas drops a NUL


@dataclass(frozen=True)
class Place:
    """Where a problem stands: the line a text editor shows, the value, and a cure only when it is certain.

    Where rows have no order, as in a frame of `evidence.frames`, ``rows`` says how many have the value.
    """

    line: int | None
    value: str = ""
    cure: str = ""
    rows: int = 0

    def __str__(self) -> str:
        value = self.value if len(self.value) <= 120 else f"{self.value[:117]}..."
        unordered = f"{self.rows:,} row{'s' if self.rows > 1 else ''}" if self.rows else "the file"
        where = unordered if self.line is None else f"line {self.line}"
        return f"  {where}: {value!r}{f' ({self.cure})' if self.cure else ''}"


@dataclass(frozen=True)
class Problem:
    """One rule that one file breaks, with every place where it does.

    Attributes
    ----------
    file
        Path of the file, as the user named the folder.
    rule
        What must hold.
    places
        Where it does not.
    rows
        Number of rows the file has; 0 where rows are not what is counted.
    broken
        Number of rows that break it, where a place speaks for several or not all are named; 0: one a place.
    once
        Whether a value that stands in several rows is printed once, on its first line.
    """

    file: str
    rule: str
    places: tuple[Place, ...] = ()
    rows: int = 0
    broken: int = 0
    once: bool = False

    def __str__(self) -> str:
        if not self.places:
            return f"{self.file}: {self.rule}."
        places = _name_once(self.places) if self.once else self.places
        n, broken = len(places), self.broken or len(self.places)
        verb = "is" if broken == 1 else "are"
        count = f"; {broken:,} of {self.rows:,} rows {verb} not" if self.rows else ""
        shown = [str(place) for place in places[:MOST_PLACES]]
        if n > MOST_PLACES:
            shown.append(f"  and {n - MOST_PLACES:,} more")
        return "\n".join([f"{self.file}: {self.rule}{count}.", *shown])


class TableError(ValueError):
    """Tables that break their rules. ``problems`` holds all of them; the message prints them."""

    def __init__(self, problems: Sequence[Problem]):
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


def find_rows(
    cells: pd.DataFrame, wrong: pd.Series, column: str, file: str, rule: str, cure: Callable[[str], str] | None = None
) -> Problem:
    """Make a problem of the rows that `wrong` marks; line 2 is row 0."""
    values = cells.loc[wrong, column]
    places = tuple(
        Place(i + 2, str(v), cure(str(v)) if cure else "") for i, v in zip(values.index, values, strict=True)
    )
    return Problem(file, rule, places, len(cells))


_BOM, _CONTROLS = b"\xef\xbb\xbf", bytes(sorted({*range(32), 127} - {9, 10}))  # a table has the tab and LF alone
_TIDY = "'evidence tidy' puts it right"
_MARK = re.compile(rb"(<{7}|={7}|>{7}|\|{7})( |\r?$)")


def check_structure(content: bytes, table: Table, file: str) -> list[Problem]:
    """Check that a file's bytes are a well-formed CSV with the table's columns.

    Parameters
    ----------
    content
        The file's bytes.
    table
        What the file should hold.
    file
        Name for the messages.

    Notes
    -----
    UTF-8 without a byte order mark, line ends LF, no control character such as NUL, every quote closed, every row as
    long as the header, no line break inside a cell, the columns of the schema in their order.
    """
    if not content or content.isspace():
        return [Problem(file, "a table has a header line; this file is empty")]
    if conflicts := find_conflicts(content, file):
        return conflicts
    problems = []
    if content.startswith(_BOM):
        problems = [Problem(file, "a table is UTF-8 without a byte order mark", (Place(1, "\\ufeff", _TIDY),))]
        content = content.removeprefix(_BOM)
    if _is_sound(content, table):
        return problems
    problems += _check_bytes(content, file)
    if problems:
        return problems + _find_separator(content, table, file)
    return _find_separator(content, table, file) or _check_rows(content.decode("utf-8"), table, file)


def _find_separator(content: bytes, table: Table, file: str) -> list[Problem]:
    """Name another sign than the comma where the header shows that it stands between the cells."""
    header = content.replace(b"\r", b"\n").split(b"\n", 1)[0].decode("utf-8", errors="replace")
    for sign in (";", "\t"):
        if {name.strip('" ') for name in header.split(sign)} >= set(table.names) and len(table.names) > 1:
            return [Problem(file, "cells are separated by commas", (Place(1, sign, _TIDY),))]
    return []


def find_conflicts(content: bytes, file: str) -> list[Problem]:
    r"""Find the marks that git leaves where two branches changed the same lines.

    Examples
    --------
    >>> print(find_conflicts(b"a,b\n<<<<<<< ours\n1,2\n=======\n1,3\n>>>>>>> theirs\n", "claims.csv")[0])
    claims.csv: two branches changed the same rows: keep what is right, remove the marks, then run 'evidence tidy'.
      line 2: '<<<<<<< ours'
      line 4: '======='
      line 6: '>>>>>>> theirs'
    """
    if b"<<<<<<<" not in content and b">>>>>>>" not in content:
        return []
    places = tuple(
        Place(i, line.decode("utf-8", errors="replace").strip())
        for i, line in enumerate(content.splitlines(), 1)
        if _MARK.match(line)
    )
    rule = "two branches changed the same rows: keep what is right, remove the marks, then run 'evidence tidy'"
    return [Problem(file, rule, places)] if places else []


def _is_sound(content: bytes, table: Table) -> bool:
    """Tell whether all is as it must be, in one quick pass; what is wrong, and where, the other checks find."""
    lines = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline="")
    reader = csv.reader(lines, strict=True)
    try:
        header, widths = next(reader), Counter(map(len, reader))
    except (csv.Error, UnicodeDecodeError):
        return False
    return (
        len(content.translate(None, _CONTROLS)) == len(content)
        and tuple(header) == table.names
        and widths.keys() <= {len(header)}
        and reader.line_num == 1 + widths.total()
    )


def _check_bytes(content: bytes, file: str) -> list[Problem]:
    def place(offset: int, value: str, cure: str = "") -> tuple[Place, ...]:
        return (Place(content.count(b"\n", 0, offset) + 1, value, cure),)

    problems = []
    if (offset := content.find(b"\0")) >= 0:
        problems.append(Problem(file, "a table holds no NUL byte", place(offset, "\\x00", "remove it")))
    if (offset := content.find(b"\r")) >= 0:
        problems.append(Problem(file, "lines end in LF alone", place(offset, "\\r", _TIDY)))
    others = _CONTROLS.replace(b"\0", b"").replace(b"\r", b"")
    if found := re.search(rb"[" + others + rb"]", content):
        value = repr(found[0].decode())[1:-1]
        problems.append(Problem(file, "a table holds no control characters", place(found.start(), value, "remove it")))
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        value = content[error.start : error.end].hex(" ")
        problems.append(Problem(file, "a table is encoded in UTF-8", place(error.start, value)))
    return problems


def _check_rows(text: str, table: Table, file: str) -> list[Problem]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    ragged, broken, expected, begin = [], [], len(table.names), 1
    try:
        header = next(reader)
        problems = _check_header(header, table, file)
        width, begin = len(header), reader.line_num + 1
        for row in reader:
            if len(row) != width:
                ragged.append(Place(begin, ",".join(row), f"{len(row)} cells, not {width}"))
            if reader.line_num != begin:
                broken.append(Place(begin, next((c for c in row if "\n" in c), ""), "write it on one line"))
            begin = reader.line_num + 1
    except csv.Error as error:
        rule = f"every quote is closed and every quoted cell ends at a comma ({error})"
        if "field limit" in str(error):
            rule = f"no cell has more than {LONGEST_CELL:,} characters, as where a quote is not closed; shorten it"
        return [Problem(file, rule, (Place(begin),))]
    rows = reader.line_num - 1
    if ragged:
        problems.append(Problem(file, f"every row has {expected} cells", tuple(ragged), rows))
    if broken:
        problems.append(Problem(file, "no cell holds a line break", tuple(broken), rows))
    return problems


def _check_header(header: list[str], table: Table, file: str) -> list[Problem]:
    missing = [name for name in table.names if name not in header]
    extra = [name for name in header if name not in table.names]
    problems = []
    if missing:
        problems.append(Problem(file, "a column of the schema is missing", tuple(Place(1, name) for name in missing)))
    if extra:
        places = tuple(Place(1, name, _nearest(name, missing)) for name in extra)
        problems.append(Problem(file, "a column is not in the schema", places))
    if not missing and not extra and tuple(header) != table.names:
        order = f"columns stand once each, in the schema's order: {', '.join(table.names)}"
        problems.append(Problem(file, order, (Place(1, ",".join(header)),)))
    return problems


def _nearest(name: str, names: list[str]) -> str:
    close = get_close_matches(name, names, n=1)
    return f"is it {close[0]!r}?" if close else ""


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
    name, problems = ", ".join(table.keys), []
    key = join_keys(cells, table)
    rising = _is_rising(key)
    for column in table.columns:
        unlike = rising and table.keys == (column.name,)
        problems += _check_column(cells[column.name], column, file, unlike=unlike)
    if rising:
        return problems
    shown = pd.DataFrame({name: join_keys(cells, table, between=", ")})
    if key.duplicated().any():
        problems.append(_find_twins(cells, key, shown, name, file))
    elif (late := (order := order_keys(cells, table)) < order.shift(fill_value="")).any():
        rule = f"rows must be sorted by {name} ('evidence tidy' sorts them)"
        problems.append(find_rows(shown, late, name, file, rule))
    return problems


def _find_twins(cells: pd.DataFrame, key: pd.Series, shown: pd.DataFrame, name: str, file: str) -> Problem:
    """Name every row whose key stands above it already, and the values in which the two differ."""
    first = key.drop_duplicates().reset_index().set_index(key.name or 0)["index"]
    places = []
    for at in key.index[key.duplicated()]:
        above = first[key[at]]
        differ = [
            f"{column} {cells.at[at, column]!r} here, {cells.at[above, column]!r} on line {above + 2}"
            for column in cells.columns
            if cells.at[at, column] != cells.at[above, column]
        ]
        says = "; ".join(differ) or f"the same as line {above + 2}; 'evidence tidy' removes it"
        places.append(Place(at + 2, shown.at[at, name], says))
    return Problem(file, f"{name} must be unique", tuple(places), len(cells))


def join_keys(cells: pd.DataFrame, table: Table, *, between: str = _BETWEEN) -> pd.Series:
    """Return each row's key as one text, its columns joined by a sign that sorts before all others, or by another."""
    key = cells[table.keys[0]]
    for column in table.keys[1:]:
        key = key + between + cells[column]
    return key


_DIGITS = str.maketrans("123456789", "0" * 9)


def _is_rising(key: pd.Series) -> bool:
    """Tell whether each key is greater than the one above it: then all are sorted, and no two are the same.

    Where the digits of two keys stand at the same places, they sort as texts do.
    """
    values = key.to_numpy(dtype=object)
    shapes = np.array("\n".join(values).translate(_DIGITS).split("\n"), dtype=object)  # of all in one go
    if len(shapes) != len(values):  # none, or a line break in one
        return not len(values)
    above, below, unlike = values[:-1], values[1:], shapes[:-1] != shapes[1:]
    rising = (_pad(one) < _pad(two) for one, two in zip(above[unlike], below[unlike], strict=True))
    return bool((above < below)[~unlike].all()) and all(rising)


def order_keys(cells: pd.DataFrame, table: Table) -> pd.Series:
    """Return each row's key as it sorts: numbers inside it count as numbers, P99 before P100."""
    padded = {}
    for name in table.keys:
        padded[name] = cells[name].map({cell: _pad(cell) for cell in cells[name].unique()}).astype(str)
    return join_keys(cells.assign(**padded), table)


@lru_cache(maxsize=20_000)  # a save asks for the keys of thousands of rows, and the next one again
def _pad(cell: str) -> str:
    return re.sub(r"\d+", lambda digits: digits.group().zfill(12), cell)


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
    for rule in list_rules(column, begins):
        bad = [value for value, kept in zip(filled, map(rule.good, filled), strict=True) if not kept]
        if bad:
            refuse(bad, rule.text, rule.cure)
    return problems


class Rule(NamedTuple):
    """What a column's values must be: its name, how to tell a good one, what must hold, how to cure a bad one."""

    name: str
    good: Callable[[str], object]
    text: str
    cure: Callable[[str], str] | None = None


def list_rules(column: Column, begins: AbstractSet[str] | None = None) -> Iterator[Rule]:
    """Give a column's rules for a value that is not empty.

    Parameters
    ----------
    column
        The column.
    begins
        The letters that values begin with, where they are known: rules that these show to hold are left out.
    """
    known, begins = set(column.values), _OPENS if begins is None else begins
    good: Callable[[str], object]
    if column.type == "list":
        text = f"be a list, separated by ';' and without repeats, of {', '.join(column.values)}"
        yield Rule("list", lambda value: _is_list(value, known), text)
    elif known:
        text = f"be one of {', '.join(column.values)}"
        yield Rule("word", lambda value: value in known, text, curer(column.values))
    elif column.type in _TYPES:
        good, noun = _TYPES[column.type]
        yield Rule(column.type, good, f"be {noun}")
        low, high = column.minimum, column.maximum
        limits = [f"at least {low}" if low is not None else "", f"at most {high}" if high is not None else ""]
        if column.type == "date":
            yield Rule("past", _is_past, "not lie in the future")
        if any(limits):
            text = f"be {' and '.join(filter(None, limits))}"
            yield Rule("limits", lambda value: not good(value) or _within(value, low, high), text)
    if column.pattern:
        yield Rule("pattern", _match(column), f"match {column.pattern}")
    if column.type in {"string", "list"}:
        if begins & _OPENS:
            text = "not begin with =, +, - or @, nor with blanks before one: a spreadsheet would run it"
            yield Rule("formula", _NO_FORMULA.match, text)
        if any(map(str.isspace, begins)):
            yield Rule("blank", _NOT_BLANK.search, "not be blank: leave it empty")


def _match(column: Column) -> Callable[[str], object]:
    """Return what matches a column's pattern; one that takes too long on a value is refused, whoever wrote it."""
    pattern = regex.compile(column.pattern)

    def match(value: str) -> object:
        try:
            return pattern.fullmatch(value, timeout=LONGEST_MATCH)
        except TimeoutError:
            rule = f"the pattern of {column.name} must not take more than {LONGEST_MATCH:g} s on one value"
            places = (Place(None, column.pattern or "", "write it without repeats inside repeats"),)
            raise TableError([Problem(DESCRIPTOR, rule, places)]) from None

    return match


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


def _is_past(value: str) -> bool:
    return not _is_date(value) or date.fromisoformat(value) <= date.today() + timedelta(days=1)


_NO_DIGIT = re.compile(r"\D")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_OPENS = {*"=+-@\t\n\v\f\r \x1c\x1d\x1e\x1f\x85\xa0"}
_NO_FORMULA = re.compile(rf"(?!\s*[=+\-@])|{_NUMBER.pattern}\Z")
_NOT_BLANK = re.compile(r"\S")
_TYPES: dict[str, tuple[Callable[[str], object], str]] = {
    "integer": (re.compile(r"-?\d{1,15}").fullmatch, "a whole number"),
    "number": (_NUMBER.fullmatch, "a number"),
    "date": (_is_date, "a date as YYYY-MM-DD"),
}


def curer(words: Iterable[str]) -> Callable[[str], str]:
    """Return a function that names the word a cell surely means (only case, space and hyphen differ), or asks."""
    by_form = {_form(word): word for word in words}

    def cure(cell: str) -> str:
        if _form(cell) in by_form:
            return f"write {by_form[_form(cell)]!r}"
        close = get_close_matches(_form(cell)[:80], by_form, n=1, cutoff=0.75)
        same = close and _NO_DIGIT.sub("", close[0]) == _NO_DIGIT.sub("", cell)  # another number is another thing
        return f"did you mean {by_form[close[0]]!r}?" if same else ""

    return cure


def _form(cell: str) -> str:
    return re.sub(r"[\s_-]+", "_", cell.strip().lower())


def _name_once(places: Iterable[Place]) -> tuple[Place, ...]:
    """Name each value once, on its first line, and say on how many more it stands."""
    first: dict[str, Place] = {}
    lines: dict[str, list[int | None]] = {}
    for place in places:
        first.setdefault(place.value, place)
        lines.setdefault(place.value, []).append(place.line)
    more = {value: f"also on {len(at) - 1:,} more lines" if len(at) > 2 else f"also on line {at[-1]}"
            for value, at in lines.items() if len(at) > 1}  # fmt: skip
    return tuple(
        replace(place, cure="; ".join(filter(None, (place.cure, more.get(value, "")))))
        for value, place in first.items()
    )


def check_keys(
    tables: Mapping[str, pd.DataFrame],
    vocabulary: Vocabulary,
    files: Mapping[str, str],
    *,
    touched: Collection[str] | None = None,
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
    touched
        Only keys between one of these tables and another; all by default.
    """
    problems, of = [], tables.keys() if touched is None else set(touched)
    for table in vocabulary.tables.values():
        for key in table.foreign_keys:
            ends = {table.name, key.table}
            if not ends <= tables.keys() or ends.isdisjoint(of):
                continue
            cells, known = tables[table.name], tables[key.table][key.target]
            wrong = (cells[key.column] != "") & ~cells[key.column].isin(known)
            if wrong.any():
                rule = f"{key.column} must be one of those in {files[key.table]}"
                found = find_rows(cells, wrong, key.column, files[table.name], rule, curer(known))
                problems.append(replace(found, once=True))
    return problems
