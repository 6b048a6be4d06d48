"""A workbook that was edited comes back: every change shown before, checked, written whole or not at all."""

import io
import shutil
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from evidence import TableError, cli
from evidence.tables import load, read_cells
from evidence.workbook import compare_workbook, take_workbook, write_xlsx

pytestmark = pytest.mark.slow


@pytest.fixture
def data(one_article, tmp_path):
    """Return a copy of the tables of one article."""
    return Path(shutil.copytree(one_article, tmp_path / "data"))


@pytest.fixture
def book(data, tmp_path):
    """Return the path of a workbook of the tables, and a function that edits it in place as a spreadsheet does."""
    path = tmp_path / "claims.xlsx"
    path.write_bytes(write_xlsx(load(data)))

    def edit(change):
        workbook = openpyxl.load_workbook(path)
        change(workbook)
        workbook.save(path)

    return path, edit


def files(folder):
    return {path.name: path.read_bytes() for path in folder.glob("*.csv")}


def at(sheet, row, column):
    """Return a cell by the key of its row and the name of its column."""
    names = [cell.value for cell in sheet[1]]
    keys = [cell.value for cell in sheet["A"]]
    return sheet.cell(keys.index(row) + 1, names.index(column) + 1)


def test_a_workbook_that_another_program_saved_unchanged_brings_nothing(book, data):
    path, edit = book
    edit(lambda workbook: None)
    taken = compare_workbook(path, data)
    assert taken.edits == ()
    assert taken.ignored == ("judged claims", "codebook")
    assert not taken.outdated


def test_a_changed_cell_a_new_row_and_a_row_that_went_are_shown_and_then_written(book, data, capsys):
    path, edit = book
    claim = load(data).claims["claim_id"].iloc[0]
    last = load(data).sources["source_id"].iloc[-1]
    marker = read_cells(data / "markers.csv", load(data).vocabulary.tables["markers"]).iloc[-1]

    def change(workbook):
        at(workbook["claims"], claim, "note").value = "Read again."
        at(workbook["sources"], last, "retrieved_on").value = datetime(2026, 1, 2)
        workbook["markers"].append([f"{marker.iloc[0]}-again", *marker.iloc[1:]])
        del workbook["hits"]

    edit(change)
    before = files(data)
    edits = compare_workbook(path, data).edits
    assert files(data) == before
    assert [(one.table, one.row, one.column, one.after) for one in edits if one.table != "markers"] == [
        ("sources", last, "retrieved_on", "2026-01-02"),
        ("claims", claim, "note", "Read again."),
    ]
    assert [(one.column, one.before) for one in edits if one.table == "markers"] == [("", "")]
    assert cli.main(["tidy", str(data), "--from", str(path)]) == 1
    said = capsys.readouterr()
    assert f"claims  {claim}  note: " in said.out
    assert "3 changes in" in said.out
    assert said.err == "nothing was written; --yes writes it\n"
    assert files(data) == before


@pytest.mark.parametrize(("answer", "status"), [("y", 0), ("n", 1), (None, 1)])
def test_who_is_asked_may_say_yes_or_no_or_end_the_input(answer, status, book, data, monkeypatch):
    path, edit = book
    claim = load(data).claims["claim_id"].iloc[0]
    edit(lambda workbook: setattr(at(workbook["claims"], claim, "note"), "value", "Read again."))
    before = files(data)

    def say(_):
        if answer is None:
            raise EOFError
        return answer

    monkeypatch.setattr("builtins.input", say)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    assert cli.main(["tidy", str(data), "--from", str(path)]) == status
    assert (files(data) == before) == bool(status)


def test_what_was_shown_is_written_with_yes(book, data, capsys):
    path, edit = book
    claim = load(data).claims["claim_id"].iloc[0]
    edit(lambda workbook: setattr(at(workbook["claims"], claim, "note"), "value", "Read again."))
    assert cli.main(["tidy", str(data), "--from", str(path), "--yes"]) == 0
    assert load(data).claims.set_index("claim_id").at[claim, "note"] == "Read again."
    assert compare_workbook(path, data).edits == ()


def test_a_row_that_is_gone_is_named_whole(book, data):
    path, edit = book
    edit(lambda workbook: workbook["searches"].delete_rows(2))
    (one,) = compare_workbook(path, data).edits
    assert (one.table, one.column, one.after) == ("searches", "", "")
    assert one.before
    take_workbook(path, data, seen=compare_workbook(path, data))
    assert one.row not in set(load(data).searches["search_id"])


def test_rows_out_of_order_empty_rows_and_numbers_written_otherwise_are_no_change(book, data):
    path, edit = book

    def change(workbook):
        sheet = workbook["sources"]
        rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
        sheet.delete_rows(2, len(rows))
        for row in [[], *rows[::-1], []]:
            sheet.append([float(cell) if isinstance(cell, int) else cell for cell in row])

    edit(change)
    assert compare_workbook(path, data).edits == ()


def break_word(workbook):
    sheet = workbook["claims"]
    sheet.cell(2, [cell.value for cell in sheet[1]].index("kind") + 1).value = "wrong"


def break_header(workbook):
    workbook["claims"]["B1"].value = "sauce"


BROKEN = {
    "formula": (lambda workbook: setattr(workbook["claims"]["B2"], "value", "=1+1"), "sheet claims: cell B2 must be a value"),
    "word": (break_word, "kind must be"),
    "header": (break_header, "line 1: 'sauce'"),
    "key twice": (lambda workbook: setattr(workbook["studies"]["A3"], "value", workbook["studies"]["A2"].value), "once"),
    "no table": (lambda workbook: [workbook.remove(one) for one in workbook.worksheets[:-1]], "here is codebook"),
}  # fmt: skip


@pytest.mark.parametrize("how", BROKEN)
def test_what_breaks_a_rule_is_refused_and_nothing_is_written(how, book, data, capsys):
    path, edit = book
    edit(BROKEN[how][0])
    before = files(data)
    assert cli.main(["tidy", str(data), "--from", str(path), "--yes"]) == 1
    assert BROKEN[how][1] in capsys.readouterr().err
    assert files(data) == before


def test_what_is_no_workbook_is_said(data, tmp_path):
    path = tmp_path / "claims.xlsx"
    with pytest.raises(FileNotFoundError):
        compare_workbook(path, data)
    path.write_bytes(b"claim_id,claim\n")
    with pytest.raises(TableError, match=r"claims.xlsx: it must be an .xlsx workbook"):
        compare_workbook(path, data)


def test_what_nobody_has_seen_is_not_written(book, data):
    path, edit = book
    seen = compare_workbook(path, data)
    edit(lambda workbook: setattr(workbook["claims"]["B2"], "value", "other"))
    before = files(data)
    with pytest.raises(TableError, match="compare it again"):
        take_workbook(path, data, seen=seen)
    assert files(data) == before


def test_a_workbook_older_than_the_tables_is_said_to_undo(book, data, capsys):
    path, _ = book
    claims = (data / "claims.csv").read_text()
    claim = load(data).claims["claim_id"].iloc[0]
    (data / "claims.csv").write_text(claims.replace(claims.splitlines()[1], claims.splitlines()[1] + "x", 1))
    taken = compare_workbook(path, data)
    assert taken.outdated
    assert [(one.row, one.column) for one in taken.edits] == [(claim, "note")]
    assert cli.main(["tidy", str(data), "--from", str(path)]) == 1
    assert "may undo what was done since" in capsys.readouterr().out


@pytest.mark.parametrize("word", ["word ", "words   "])
def test_a_cell_that_no_workbook_can_hold_whole_is_kept(word, data, tmp_path):
    long = word * 8_000
    claims = read_cells(data / "claims.csv", load(data).vocabulary.tables["claims"])
    claims.loc[0, "note"] = long.strip()
    (data / "claims.csv").write_text(claims.to_csv(index=False, lineterminator="\n"))
    path = tmp_path / "claims.xlsx"
    path.write_bytes(write_xlsx(load(data)))
    assert len(openpyxl.load_workbook(io.BytesIO(path.read_bytes()))["claims"]["A"]) == len(claims) + 1
    assert compare_workbook(path, data).edits == ()


def test_words_that_look_like_marks_of_the_format_come_back(data, tmp_path):
    claims = read_cells(data / "claims.csv", load(data).vocabulary.tables["claims"])
    claims.loc[0, "note"] = "_x0041_ <b> & 'so' “ů” 1e5"
    (data / "claims.csv").write_text(claims.to_csv(index=False, lineterminator="\n"))
    path = tmp_path / "claims.xlsx"
    path.write_bytes(write_xlsx(load(data)))
    assert compare_workbook(path, data).edits == ()


def test_the_first_row_of_a_table_comes_from_a_workbook(data, tmp_path):
    review = load(data)
    path, rows = tmp_path / "claims.xlsx", len(review.searches)
    path.write_bytes(write_xlsx(review))
    (data / "searches.csv").write_text((data / "searches.csv").read_text().splitlines()[0] + "\n")
    taken = compare_workbook(path, data)
    assert [one.column for one in taken.edits] == [""] * rows


def test_a_table_with_a_row_twice_is_named(book, data):
    path, _ = book
    text = (data / "sources.csv").read_text()
    (data / "sources.csv").write_text(text + text.splitlines()[1] + "\n")
    with pytest.raises(TableError, match=r"sources\.csv: a row may stand once"):
        compare_workbook(path, data)
