"""A review as a workbook, and a workbook that was edited back into the tables."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from evidence import labels
from evidence.checks import Place, Problem, TableError, join_keys, read_numbers
from evidence.codebook import list_codes
from evidence.extras import import_extra
from evidence.findings import list_reasons
from evidence.judgements import judge
from evidence.provenance import describe_build
from evidence.safe_tables import Link
from evidence.schema import Table
from evidence.tables import HeldTables, Review, format_table, hold_tables, read_cells
from evidence.texts import hash_text
from evidence.tidy import tidy_table

WIDEST, LONGEST_CELL, LONGEST_LINK = 60, 32_767, 2_000  # letters a column, and what a spreadsheet takes
_CODEBOOK = ("table", "column", "type", "word", "label", "meaning")
_VERSION = "tables"  # the property that holds the hash of the tables from which a workbook was written


def load_text(review: Review, name: str) -> pd.DataFrame:
    """Return a table as it stands in its file."""
    table = review.vocabulary.tables[name]
    return read_cells(review.folder / table.path, table)


def list_judged(review: Review) -> pd.DataFrame:
    """List judged claims with all that a reader of a workbook wants beside them.

    Returns
    -------
    pandas.DataFrame
        One row a claim: its words, codes and article, its level with the reason, the evidence's sentence with its
        certainty and studies; the quote is a link to its words on the live page.
    """
    claims = judge(review)
    reasons = list_reasons(claims, review)
    coded = labels.label_rows(claims, "claims", review.vocabulary)
    titles = dict(zip(review.sources["source_id"], review.sources["title"], strict=True))
    quotes = [Link(quote, link) for quote, link in zip(claims["quote"], reasons["link"], strict=True)]
    return pd.DataFrame(
        {
            "claim_id": claims["claim_id"],
            "article": [titles[key] for key in claims["source_id"]],
            "claim": claims["claim"],
            "quote": pd.Series(quotes, index=claims.index, dtype=object),
            "kind": coded["kind"],
            "stance": coded["stance"],
            "strength": coded["strength"],
            "support": reasons["support"],
            "gap": claims["gap"],
            "why": reasons["why"],
            "proposition_id": reasons["proposition_id"],
            "evidence": reasons["sentence"],
            "certainty": reasons["certainty"],
            "studies": ["; ".join(keys) for keys in reasons["studies"]],
            "match_reason": claims["match_reason"],
            "tags": coded["tags"],
            "note": claims["note"],
        }
    )


def write_xlsx(review: Review) -> bytes:
    """Write a workbook: judged claims, every table as it stands, the codebook. No cell of it is run.

    Sheets of tables hold the columns' own names and words, so that they can be compared with the files; numbers are
    numbers, all else is text, so that no program takes a cell for a formula or rewrites a date.
    """
    xlsxwriter = import_extra("xlsxwriter", "export")
    out = io.BytesIO()
    settings = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, settings)
    provenance = describe_build(review.folder, repository=review.folder)
    day = datetime.fromisoformat(provenance.date or "2000-01-01")  # so that the same tables give the same bytes
    book.set_properties({"title": provenance.title, "comments": provenance.citation, "created": day})
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E9E9E9", "border": 1})
    body = book.add_format({"text_wrap": True, "valign": "top"})
    link = book.add_format({"text_wrap": True, "valign": "top", "font_color": "#0B5394", "underline": 1})

    def add_sheet(name: str, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        sheet, widths, last = book.add_worksheet(name), [len(head) + 3 for head in heads], 0
        for at, text in enumerate(heads):
            sheet.write_string(0, at, text, head)
        for last, row in enumerate(rows, 1):
            for at, cell in enumerate(row):
                text = labels.cell(cell.text if isinstance(cell, Link) else cell)[:LONGEST_CELL]
                address = labels.web_address(cell.url) if isinstance(cell, Link) else ""
                if labels.is_number(cell):
                    sheet.write_number(last, at, cell, body)
                elif address and len(address) < LONGEST_LINK:
                    sheet.write_url(last, at, address, link, string=text)
                elif text:
                    sheet.write_string(last, at, text, body)
                widths[at] = max(widths[at], min(len(text) + 2, WIDEST))
        for at, width in enumerate(widths):
            sheet.set_column(at, at, width)
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, max(last, 1), len(heads) - 1)

    tables = {name: load_text(review, name) for name in review.vocabulary.tables}
    book.set_custom_property(_VERSION, _hash(tables.values()))
    judged = list_judged(review)
    add_sheet("judged claims", list(map(labels.heading, judged.columns)), judged.itertuples(index=False, name=None))
    for name, table in review.vocabulary.tables.items():
        cells = tables[name]
        for column in table.columns:
            if column.type in ("integer", "number"):
                cells[column.name] = [float(cell) if cell else "" for cell in cells[column.name]]
        add_sheet(name, table.names, cells.itertuples(index=False, name=None))
    add_sheet("codebook", list(map(labels.heading, _CODEBOOK)), list_codes(review.vocabulary))
    book.close()
    return out.getvalue()


def _hash(tables: Iterable[pd.DataFrame]) -> str:
    return hash_text("".join(map(format_table, tables)))


@dataclass(frozen=True)
class Edit:
    """A cell, or a row, that a workbook has otherwise than its table.

    Attributes
    ----------
    table, row
        The table's name and the row's key, its parts joined by ``/``.
    column
        The cell's column; ``""`` where the row as a whole came or went.
    before, after
        What stands in the table and what in the workbook; ``""`` for an empty cell.
    """

    table: str
    row: str
    column: str
    before: str
    after: str


@dataclass(frozen=True)
class Comparison:
    """What a workbook brings.

    Attributes
    ----------
    edits
        In the order of tables, rows and columns.
    ignored
        Sheets that are no table: they are written from the tables and never read back.
    outdated
        Whether the tables have changed since the workbook was written: its cells then undo what was done since.
    """

    edits: tuple[Edit, ...]
    ignored: tuple[str, ...]
    outdated: bool


def compare_workbook(path: str | Path, folder: str | Path | None = None) -> Comparison:
    """Read a workbook that `write_xlsx` wrote and say what it has otherwise; nothing is written.

    Parameters
    ----------
    path
        An ``.xlsx`` file. Each sheet that is named as a table, its columns in the first row, stands for that table as
        a whole: a row that is not there is taken out. Sheets may be left out.
    folder
        Of the tables, as for `evidence.schema.find_data`.

    Raises
    ------
    TableError
        Where the file is no workbook, holds no table, or a sheet is not well-formed, with its cells and cure.
    """
    with hold_tables(folder) as held:
        return _compare(Path(path), held)[0]


def take_workbook(path: str | Path, folder: str | Path | None = None, *, seen: Comparison) -> None:
    """Write what a workbook brings, checked with all tables, or nothing.

    Parameters
    ----------
    path, folder
        As for `compare_workbook`.
    seen
        What that has said of them: what nobody has seen is not written.

    Raises
    ------
    TableError
        As `compare_workbook`; where the workbook or a table has changed since; and with every rule that would be
        broken and is not broken already.
    """
    with hold_tables(folder) as held:
        taken, changed = _compare(Path(path), held)
        if taken != seen:
            raise TableError([Problem(str(path), "it or a table has changed since it was compared; compare it again")])
        held.save(changed)


def _compare(path: Path, held: HeldTables) -> tuple[Comparison, dict[str, pd.DataFrame]]:
    sheets, version = _read_workbook(path)
    tables = held.vocabulary.tables
    if not tables.keys() & sheets.keys():
        raise TableError([Problem(str(path), f"a sheet must be named as its table; here is {', '.join(sheets)}")])
    edits: list[Edit] = []
    changed: dict[str, pd.DataFrame] = {}
    for name, table in tables.items():
        if name in sheets:
            before = held.read(name)
            _refuse_twins(before, table, held.files[name])
            sheet = f"{path}, sheet {name}"
            after = _read_sheet(sheets[name], table, sheet)
            _refuse_twins(after, table, sheet)
            after = _restore(after, before, table)
            if found := list(_list_edits(before, after, table)):
                edits += found
                changed[name] = after
    ignored = tuple(name for name in sheets if name not in tables)
    return Comparison(tuple(edits), ignored, version not in ("", _hash(held.read(name) for name in tables))), changed


def _read_workbook(path: Path) -> tuple[dict[str, list[list[str]]], str]:
    """Return each sheet's cells as text, and the tables' version that the workbook was written from."""
    openpyxl = import_extra("openpyxl", "export")
    try:
        content = io.BytesIO(path.read_bytes())
        book = openpyxl.load_workbook(content)
    except OSError:
        raise
    except Exception as error:  # whatever zip and XML can be broken in
        raise TableError([Problem(str(path), f"it must be an .xlsx workbook ({error})")]) from error
    run = [
        Problem(f"{path}, sheet {sheet.title}", f"cell {cell.coordinate} must be a value, not a formula")
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    ]
    if run:
        raise TableError(run)
    sheets = {
        sheet.title: [[_write_cell(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
        for sheet in book.worksheets
    }
    version = next((str(one.value) for one in book.custom_doc_props.props if one.name == _VERSION), "")
    return sheets, version


def _write_cell(value: Any) -> str:
    """Write what a spreadsheet holds as the tables do."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.isoformat().removesuffix("T00:00:00")
    return "" if value is None else str(value)


def _read_sheet(rows: Sequence[Sequence[str]], table: Table, file: str) -> pd.DataFrame:
    """Return a sheet as a table in its right form, or refuse it."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    found = tidy_table(out.getvalue().encode("utf-8"), table, file)
    if found is None:
        head = [cell for cell in (rows[0] if rows else ()) if cell]
        places = [Place(1, name) for name in head if name not in table.names]
        rule = f"its first row must name the columns of {table.path}, each row below fill their number: "
        raise TableError([Problem(file, rule + ", ".join(table.names), tuple(places))])
    return found[0]


def _refuse_twins(cells: pd.DataFrame, table: Table, file: str) -> None:
    key = join_keys(cells, table, between="/")
    if key.duplicated().any():
        twice = key[key.duplicated()].unique()
        raise TableError([Problem(file, "a row may stand once", tuple(Place(None, one) for one in twice))])


def _restore(after: pd.DataFrame, before: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Keep a cell as it stands where the workbook holds the same: a number written otherwise, a text it cut off."""
    keys, sought = join_keys(before, table), join_keys(after, table)
    for column in table.columns:
        stood = pd.Series(before[column.name].to_numpy(), index=keys.to_numpy(), dtype=object)
        old = pd.Series(stood.reindex(sought.to_numpy(), fill_value="").to_numpy(), index=after.index, dtype=object)
        new = after[column.name]
        same = (old.str.len() > LONGEST_CELL) & (old.str[:LONGEST_CELL].str.strip() == new)
        if column.type in ("integer", "number"):
            same |= read_numbers(old) == read_numbers(new)
        after[column.name] = new.where(~same, old)
    return after


def _list_edits(before: pd.DataFrame, after: pd.DataFrame, table: Table) -> Iterator[Edit]:
    old, new = (
        dict(zip(join_keys(cells, table, between="/"), cells.to_dict("records"), strict=True))
        for cells in (before, after)
    )
    for key in dict.fromkeys([*old, *new]):
        if key not in new:
            yield Edit(table.name, key, "", _sum_up(old[key], table), "")
        elif key not in old:
            yield Edit(table.name, key, "", "", _sum_up(new[key], table))
        else:
            for name in table.names:
                if old[key][name] != new[key][name]:
                    yield Edit(table.name, key, name, old[key][name], new[key][name])


def _sum_up(row: Mapping[Any, str], table: Table) -> str:
    return "; ".join(row[name] for name in table.names if row[name] and name not in table.keys)
