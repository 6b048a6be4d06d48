"""Put right what has one right form, and leave alone what is a judgement.

A spreadsheet, an editor or ``git merge`` can leave a table that says the same as before in another form: bytes of
another encoding, semicolons for commas, numbers as 12.0, rows out of order or there twice. What such a file must look
like is certain, and `tidy_data` writes it. Words, spans and values are people's: `evidence.check_data` names those.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from evidence.checks import check_structure, find_conflicts, join_keys, order_keys
from evidence.rules import FINAL, find_needless, gather_ratings
from evidence.schema import Column, Table, Vocabulary
from evidence.tables import format_table, hold_tables
from evidence.texts import hash_text, load_texts, make_quote, measure_text
from evidence.wording import tag_markers
from nbpage.files import save_files

_BOM, _CP1252 = "\ufeff", "evidence.cp1252"
_WHOLE = re.compile(r"(-?\d{1,15})\.(?:0{1,2}|0{4,})")  # three may be thousands
_DECIMAL_COMMA = re.compile(r"(-?)(\d+),(\d{1,2}|\d{4,})")  # three digits behind it may be thousands
_DATES = (  # only what can be read in one way
    (re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]00:00(?::00)?)?"), (1, 2, 3)),
    (re.compile(r"(1[3-9]|2\d|3[01])[-/.](\d{1,2})[-/.](\d{4})"), (3, 2, 1)),
    (re.compile(r"(\d{1,2})[-/.](1[3-9]|2\d|3[01])[-/.](\d{4})"), (3, 1, 2)),
)


def _read_cp1252(error: UnicodeError) -> tuple[str, int]:
    """Read the bytes that are no UTF-8 as cp1252, and leave alone what is: one program may have saved a part of it."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252"), error.end


codecs.register_error(_CP1252, _read_cp1252)


@dataclass(frozen=True)
class Change:
    """What was put right in one file.

    Attributes
    ----------
    file
        Path, as the user named the folder.
    what
        What it was, in a few words.
    n
        How many rows or cells; 0 where it is the file as a whole.
    example
        One of them, before and after.
    """

    file: str
    what: str
    n: int = 0
    example: str = ""

    def __str__(self) -> str:
        count = f"{self.n:,} × " if self.n else ""
        return f"{self.file}: {count}{self.what}{f' ({self.example})' if self.example else ''}"


def tidy_data(folder: str | Path | None = None, *, texts: str | Path | None = None) -> list[Change]:
    r"""Put every table of a review into its one right form.

    Bytes: no byte order mark, UTF-8 (from UTF-16 or cp1252), line ends LF, commas. Rows: empty ones and exact repeats
    go, two halves of one rating become one row, a final value that all raters gave goes, all are sorted by key. Cells:
    blanks around them go, numbers and dates that a spreadsheet rewrote get their form where it can be only one. With
    texts: a source's hash and counts, a segment's hash and a claim's quote where they are empty, and ``hits.csv``. A
    file with marks of a conflict, or that is no table even then, is left as it is.

    Parameters
    ----------
    folder
        As for `evidence.schema.find_data`.
    texts
        Folder of the articles' texts, where they are at hand.

    Returns
    -------
    list of Change
        What was changed; the files stand on disk so. Whether the tables are sound now says `evidence.check_data`.

    Raises
    ------
    TableError
        Where the lock cannot be had or the schema is not understood.

    Examples
    --------
    >>> import shutil, tempfile
    >>> from evidence.schema import find_data
    >>> folder = Path(shutil.copytree(find_data(), tempfile.mkdtemp() + "/data"))
    >>> tidy_data(folder)
    []
    >>> table = folder / "studies.csv"
    >>> _ = table.write_bytes(b"\xef\xbb\xbf" + table.read_bytes().replace(b"\n", b"\r\n"))
    >>> [change.what for change in tidy_data(folder)]
    ['byte order mark removed', 'line ends made LF']
    """
    with hold_tables(folder) as held:
        changes: list[Change] = []
        cells: dict[str, pd.DataFrame] = {}
        before: dict[str, bytes] = {}
        for name, table in held.vocabulary.tables.items():
            path = Path(held.files[name])
            if not path.is_file():
                continue
            before[name] = path.read_bytes()
            found = tidy_table(before[name], table, held.files[name])
            if found is not None:
                cells[name], said = found
                changes += said
        if texts is not None:
            changes += _derive(cells, held.vocabulary, held.files, texts)
        saved = {name: format_table(rows) for name, rows in cells.items()}
        changed = {held.files[name]: text for name, text in saved.items() if text.encode() != before[name]}
        save_files(changed, force=True)
    return changes


def tidy_table(content: bytes, table: Table, file: str) -> tuple[pd.DataFrame, list[Change]] | None:
    """Return the cells of one table in their right form, and what was changed; None where it is to be left alone."""
    return _Tidier(table, file).tidy(content)


class _Tidier:
    """One table's way to its right form, and what was changed on it."""

    def __init__(self, table: Table, file: str) -> None:
        self.table, self.file = table, file
        self.changes: list[Change] = []

    def tidy(self, content: bytes) -> tuple[pd.DataFrame, list[Change]] | None:
        """Return the table and its changes; None where it is to be left alone."""
        if find_conflicts(content, self.file):
            return None
        text = self._decode(content)
        cells = None if text is None else self._read(text)
        if cells is None:
            return None
        for column in self.table.columns:
            self._tidy_column(cells, column)
        cells = self._tidy_rows(cells)
        if check_structure(format_table(cells).encode("utf-8"), self.table, self.file):
            return None
        return cells, self.changes

    def _say(self, what: str, n: int = 0, example: str = "") -> None:
        self.changes.append(Change(self.file, what, n, example))

    def _decode(self, content: bytes) -> str | None:
        """Return the text; None where some bytes are letters in none of the encodings."""
        try:
            if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
                text, was = content.decode("utf-16"), "UTF-16"
            else:
                text = content.decode("utf-8", _CP1252)
                was = "" if text.encode() == content else "cp1252"
        except UnicodeDecodeError:
            return None
        if was:
            self._say(f"encoding made UTF-8, from {was}")
        if text.startswith(_BOM):
            self._say("byte order mark removed")
            text = text.removeprefix(_BOM)
        if "\r" in text:
            self._say("line ends made LF")
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        if text and not text.endswith("\n"):
            self._say("last line ended")
        return text

    def _read(self, text: str) -> pd.DataFrame | None:
        """Return the table's cells in the order of its columns; None where it is no table of them."""
        names = list(self.table.names)
        for comma in (",", ";", "\t"):
            try:
                rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=comma, strict=True))
            except csv.Error:
                continue
            header = [name.strip() for name in rows[0]] if rows else []
            while header and not header[-1]:
                header.pop()
            if sorted(header) == sorted(names):
                break
        else:
            return None
        width, full = len(header), [row for row in rows[1:] if any(cell.strip() for cell in row)]
        if any(len(row) < width or any(cell.strip() for cell in row[width:]) for row in full):
            return None
        if comma != ",":
            self._say("cells separated by commas")
        if header != names:
            self._say("columns put in the schema's order")
        if any(len(row) > width for row in rows):
            self._say("empty columns removed")
        if len(full) < len(rows) - 1:
            self._say("empty row removed", len(rows) - 1 - len(full))
        return pd.DataFrame([row[:width] for row in full], columns=header, dtype=str).reindex(columns=names)

    def _tidy_column(self, cells: pd.DataFrame, column: Column) -> None:
        old = cells[column.name].tolist()
        written = {cell: _tidy_cell(cell, column.type) for cell in set(old)}
        changed = [cell for cell in old if written[cell] != cell]
        if changed:
            example = f"{changed[0]!r} → {written[changed[0]]!r}"
            self._say(f"{column.name} written as it should be", len(changed), example)
            cells[column.name] = [written[cell] for cell in old]

    def _tidy_rows(self, cells: pd.DataFrame) -> pd.DataFrame:
        again = cells.duplicated()
        if again.any():
            self._say("row that stood twice removed", int(again.sum()))
            cells = cells[~again]
        if self.table.rates:
            cells = self._drop_needless(self._join_halves(cells))
        key = order_keys(cells, self.table)
        if not key.is_monotonic_increasing:
            self._say("rows sorted by their key")
            cells = cells.loc[key.sort_values(kind="stable").index]
        return cells.reset_index(drop=True)

    def _join_halves(self, cells: pd.DataFrame) -> pd.DataFrame:
        """Make one rating of rows of one key that say nothing different, as after a merge of two branches."""
        key = join_keys(cells, self.table)
        joined = 0
        for _, rows in cells[key.duplicated(keep=False)].groupby(key, sort=False):
            one = {name: [value for value in dict.fromkeys(rows[name]) if value] for name in cells.columns}
            if any(len(values) > 1 for name, values in one.items() if name not in ("rated_on", "note")):
                continue
            whole = {name: values[0] if values else "" for name, values in one.items()}
            whole |= {"rated_on": max(one["rated_on"], default=""), "note": "; ".join(one["note"])}
            cells.loc[rows.index[0]] = pd.Series(whole)
            cells = cells.drop(index=rows.index[1:])
            joined += 1
        if joined:
            self._say("rating whose halves stood in two rows", joined)
        return cells

    def _drop_needless(self, cells: pd.DataFrame) -> pd.DataFrame:
        """Take back final values that all raters gave, as where one branch settled and the other rated."""
        final, touched, dropped = cells["round"] == FINAL, pd.Series(False, index=cells.index), 0
        for column, given, finals in gather_ratings(cells, self.table):
            rows = final & cells[self.table.key].isin(find_needless(given, finals)) & (cells[column] != "")
            cells.loc[rows, column] = ""
            touched |= rows
            dropped += int(rows.sum())
        if dropped:
            self._say("final value that all raters gave taken back", dropped)
        return cells[~touched | (cells[list(self.table.rated)] != "").any(axis=1)]


def _tidy_cell(cell: str, kind: str) -> str:
    """Write a cell as a column of its type has it."""
    cell = cell.strip().replace("\n", " ")
    if kind == "list":
        cell = ";".join(item for item in map(str.strip, cell.split(";")) if item)
    return _READERS[kind](cell) if kind in _READERS else cell


def _read_whole(cell: str) -> str:
    found = _WHOLE.fullmatch(cell)
    return found.group(1) if found else cell


def _read_number(cell: str) -> str:
    found = _DECIMAL_COMMA.fullmatch(cell)
    return f"{found.group(1)}{found.group(2)}.{found.group(3)}" if found else cell


def _read_date(cell: str) -> str:
    for pattern, (year, month, day) in _DATES:
        if found := pattern.fullmatch(cell):
            return f"{found.group(year)}-{int(found.group(month)):02}-{int(found.group(day)):02}"
    return cell


_READERS: dict[str, Callable[[str], str]] = {"integer": _read_whole, "number": _read_number, "date": _read_date}


def _derive(
    cells: dict[str, pd.DataFrame], vocabulary: Vocabulary, files: Mapping[str, str], texts: str | Path
) -> list[Change]:
    """Fill what follows from the articles' words; a text that is not the coded one is left to who re-anchors it."""
    if not {"sources", "segments", "claims", "markers", "hits"} <= cells.keys():
        return []
    sources, changes = cells["sources"], []

    def fill(name: str, column: str, values: pd.Series) -> None:
        wrong = (cells[name][column] != values) & values.notna()
        if wrong.any():
            cells[name].loc[wrong, column] = values[wrong]
            changes.append(Change(files[name], f"{column} filled from the text", int(wrong.sum())))

    there = sources[[Path(texts, file).is_file() for file in sources["file"]]]
    words = load_texts(texts, there)
    known = sources["source_id"].map({key: hash_text(text) for key, text in words.items()})
    coded = (sources["text_sha256"] == "") | (sources["text_sha256"] == known)
    words = {key: words[key] for key in sources["source_id"][coded] if key in words}
    facts = {source: measure_text(text) for source, text in words.items()}
    for column in measure_text(""):
        fill("sources", column, sources["source_id"].map({source: one[column] for source, one in facts.items()}))
    for name, column, make in (("segments", "sha256", hash_text), ("claims", "quote", make_quote)):
        rows = cells[name]
        empty = (
            (rows[column] == "")
            & rows["source_id"].isin(words)
            & rows["start"].str.isdigit()
            & rows["end"].str.isdigit()
        )
        cut = rows[empty].apply(lambda row: words[row["source_id"]][int(row["start"]) : int(row["end"])], axis=1)
        if len(cut):
            fill(name, column, cut.map(make).reindex(rows.index))
    if len(words) == len(sources):
        hits = tag_markers(words, cells["markers"]).astype(str)
        if not hits.reset_index(drop=True).equals(cells["hits"]):
            changes.append(Change(files["hits"], "cue words found in the texts again", len(hits)))
            cells["hits"] = hits
    return changes
