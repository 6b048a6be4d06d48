"""Check that a file is a well-formed CSV with the columns of its table."""

from __future__ import annotations

import csv
import io
from collections import Counter
from difflib import get_close_matches

from evidence.checks.problems import Place, Problem
from evidence.vocabulary import Table

__all__ = ["check_structure"]

_NEVER = (b"\0", b"\r")


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
    UTF-8 without a byte order mark, line ends LF, no NUL byte, every quote closed, every row as long as the header,
    no line break inside a cell, the columns of the schema in their order.
    """
    if not content or content.isspace():
        return [Problem(file, "a table has a header line; this file is empty")]
    if content.startswith(b"\xef\xbb\xbf"):
        return [
            Problem(file, "a table is UTF-8 without a byte order mark", (Place(1, "\\ufeff", "remove it"),))
        ]
    if _is_sound(content, table):
        return []
    return _check_bytes(content, file) or _check_rows(content.decode("utf-8"), table, file)


def _is_sound(content: bytes, table: Table) -> bool:
    """Tell whether all is as it must be, in one quick pass; what is wrong, and where, the other checks find."""
    lines = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline="")
    reader = csv.reader(lines, strict=True)
    try:
        header, widths = next(reader), Counter(map(len, reader))
    except (csv.Error, UnicodeDecodeError):
        return False
    return (
        not any(byte in content for byte in _NEVER)
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
        problems.append(
            Problem(file, "lines end in LF alone", place(offset, "\\r", "convert line ends to LF"))
        )
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
        return [
            Problem(
                file,
                f"every quote is closed and every quoted cell ends at a comma ({error})",
                (Place(begin),),
            )
        ]
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
        problems.append(
            Problem(file, "a column of the schema is missing", tuple(Place(1, name) for name in missing))
        )
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
