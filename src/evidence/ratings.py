"""A lock between processes, and bytes that are on the disk when a function returns.

Mend the last line of a table that was cut while it was written.

One step that adds rows to the ratings and may change cells of the rated table: all of it or nothing.

What a step will do is first written beside the tables as ``.ratings.step`` and forced to disk; then it is
done; then the note is removed. A crash before the note is whole leaves everything as it was; a crash after it
leaves a note from which the next save, `evidence settle` or `mend_ratings` finishes the step. Every function
here wants the lock to be held.

The ratings while one holds their lock: number rows, check them as the schema wants, write them.

Save ratings: each save is one append, checked before it is written and on disk when it returns.

Disagreements between raters, and the final value that settles one together with its table's cell.
"""

from __future__ import annotations

import csv
import datetime
import io
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
from filelock import FileLock, Timeout

from evidence.checks import Place, Problem, TableError, check_structure, check_table
from evidence.rules import NO_ITEM, check_rows
from evidence.schema import DESCRIPTOR, Vocabulary, find_data
from evidence.tables import check_data, load_cells, load_vocabulary

LOCK = ".ratings.lock"
PATIENCE = 30.0


@contextmanager
def hold_lock(folder: Path, *, patience: float = PATIENCE) -> Iterator[None]:
    """Hold the one lock that everything takes that writes ratings.

    The operating system holds it (``flock``, on Windows ``LockFile``), so that it is gone with the process,
    however that ends. A file system without such locks makes the library ``filelock`` fall back on the lock
    file's existence, with a warning; where neither works, nothing is written.

    Parameters
    ----------
    folder
        Folder of the tables; the lock is the empty file ``.ratings.lock`` in it.
    patience
        Seconds to wait for others.

    Raises
    ------
    TableError
        Where the lock cannot be had.
    """
    lock = FileLock(folder / LOCK, timeout=patience)
    try:
        lock.acquire()
    except Timeout as error:
        rule = f"another program has held the lock for {patience:g} s; nothing was written, try again"
        raise TableError([Problem(str(folder / LOCK), rule)]) from error
    except (OSError, NotImplementedError) as error:
        raise TableError([Problem(str(folder / LOCK), f"no lock can be had, nothing was written ({error})")]) from error
    try:
        yield
    finally:
        lock.release()


def append_bytes(path: Path, content: bytes) -> None:
    """Append to a file and force it to disk."""
    with path.open("ab", buffering=0) as file:
        _write_all(file, content)


def write_file(path: Path, content: bytes) -> None:
    """Write a new file, and force it and its name to disk."""
    with path.open("wb", buffering=0) as file:
        _write_all(file, content)
    force_folder(path.parent)


def replace_file(path: Path, content: bytes) -> None:
    """Write a file beside, force it to disk, then rename it: readers see the old or the new one."""
    beside = path.with_name(f".ratings.{path.name}")
    try:
        with beside.open("wb", buffering=0) as file:
            _write_all(file, content)
        os.chmod(beside, path.stat().st_mode & 0o777)
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    force_folder(path.parent)


def _write_all(file, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[file.write(rest) :]
    os.fsync(file.fileno())


def cut_file(path: Path, length: int) -> None:
    """Cut what stands behind a file's first `length` bytes, and force it to disk."""
    with path.open("r+b", buffering=0) as file:
        file.truncate(length)
        os.fsync(file.fileno())


def force_folder(folder: Path) -> None:
    """Force a folder's names to disk, where the system can."""
    with suppress(OSError):  # Windows opens no folders; it writes names through
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def mend_tail(path: Path, width: int) -> str:
    """Mend a last line that has no line end, and say so in a sentence; an empty string where all is well.

    A line with all its cells gets its line end: perhaps an editor left it out. One with fewer was cut off and
    is removed; only the row that was being written is lost.

    Parameters
    ----------
    path
        File of a table.
    width
        Number of its columns.
    """
    content = path.read_bytes()
    begin = content.rfind(b"\n") + 1
    tail = content[begin:].rstrip(b"\0")
    if begin == len(content) or begin == 0:
        return ""
    line = content.count(b"\n") + 1
    cut_file(path, begin + (len(tail) if _is_whole(tail, width) else 0))
    if _is_whole(tail, width):
        append_bytes(path, b"\n")
        return f"line {line} of {path.name} had no line end and got one"
    return f"line {line} of {path.name} was cut off and is removed: {tail.decode('utf-8', 'replace')!r}"


def _is_whole(tail: bytes, width: int) -> bool:
    try:
        return len(next(csv.reader([tail.decode("utf-8")], strict=True))) == width
    except (csv.Error, UnicodeDecodeError, StopIteration):
        return False


NOTE = ".ratings.step"


@dataclass(frozen=True)
class Cell:
    """A cell to change: file, key of the row, column, what stood there, what shall stand there."""

    file: str
    key: str
    column: str
    old: str
    new: str


@dataclass(frozen=True)
class Step:
    """Rows to append to a file that was `at` bytes long, and cells to change with them."""

    file: str
    at: int
    rows: str
    cells: tuple[Cell, ...] = ()


def format_rows(rows: Sequence[Sequence[str]]) -> str:
    """Write rows as the tables have them: commas, quotes where needed, LF."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def take_step(folder: Path, step: Step) -> None:
    """Carry a step out; after a crash and `finish_interrupted` all of it is done or nothing.

    Raises
    ------
    TableError
        Where the disk refuses (it is full, or the file may not be written) or a cell is not as the step knew
        it; then nothing was changed.
    """
    note = folder / NOTE
    try:
        write_file(note, json.dumps(asdict(step)).encode("utf-8"))
        _do(folder, step)
    except (OSError, TableError) as error:
        _undo(folder, step)
        if isinstance(error, TableError):
            raise
        rule = f"could not be written, nothing was saved ({error.strerror or error})"
        raise TableError([Problem(str(folder / step.file), rule)]) from error
    _forget(note)


def _do(folder: Path, step: Step) -> None:
    _append_rows(folder / step.file, step)
    for file in dict.fromkeys(cell.file for cell in step.cells):
        change_cells(folder / file, [cell for cell in step.cells if cell.file == file])


def _undo(folder: Path, step: Step) -> None:
    """Take back the step's own rows; its cells, changed last and in one rename, are as they were."""
    with suppress(OSError):
        path = folder / step.file
        behind = path.read_bytes()[step.at :]
        if behind and step.rows.encode("utf-8").startswith(behind):
            cut_file(path, step.at)
        _forget(folder / NOTE)


def _forget(note: Path) -> None:
    note.unlink(missing_ok=True)
    force_folder(note.parent)


def finish_interrupted(folder: Path) -> str:
    """Finish the step that a crash cut off, and say so in a sentence; an empty string where there was none.

    Raises
    ------
    TableError
        Where the tables were changed in between so that the step fits no more; its note stays, nothing is
        written.
    """
    note = folder / NOTE
    if not note.exists():
        return ""
    try:
        found = json.loads(note.read_bytes())
        step = Step(**{**found, "cells": tuple(Cell(**cell) for cell in found["cells"])})
    except (ValueError, TypeError, KeyError):  # cut while it was written: nothing had been done yet
        _forget(note)
        return "a save was cut off before it began; nothing of it was written"
    try:
        _do(folder, step)
    except TableError as error:
        rule = "a crash cut off a save, and the tables were changed since; read its rows, then delete this file"
        raise TableError([Problem(str(note), rule), *error.problems]) from error
    _forget(note)
    return f"a save that was cut off by a crash is finished ({step.rows.count(chr(10))} ratings)"


def _append_rows(path: Path, step: Step) -> None:
    rows = step.rows.encode("utf-8")
    with path.open("rb") as file:
        file.seek(max(step.at - 1, 0))
        before, behind = file.read(1), file.read()
    if before == b"\n" and behind.startswith(rows):
        return
    if before != b"\n" or not rows.startswith(behind.rstrip(b"\0")):
        rule = f"must be as it was when the save began, {step.at:,} bytes and what the save added"
        raise TableError([Problem(str(path), rule)])
    if behind:
        cut_file(path, step.at)
    append_bytes(path, rows)


def change_cells(path: Path, cells: Sequence[Cell]) -> None:
    """Change cells of a table whose key is its first column; every other line keeps its bytes.

    Raises
    ------
    TableError
        Where a cell holds neither what it held nor what it shall hold.
    """
    content = path.read_bytes()
    lines = content.decode("utf-8").split("\n")
    header = next(csv.reader([lines[0]]))
    for cell in cells:
        number, row = _find_line(lines, cell, path)
        column = header.index(cell.column)
        if row[column] not in (cell.old, cell.new):
            rule = f"{cell.column} of {cell.key} must still be {cell.old!r}; it was changed on disk, look again"
            raise TableError([Problem(str(path), rule, (Place(number + 1, row[column]),))])
        row[column] = cell.new
        lines[number] = format_rows([row]).rstrip("\n")
    changed = "\n".join(lines).encode("utf-8")
    if changed != content:
        if path.read_bytes() != content:
            raise TableError(
                [Problem(str(path), "was changed on disk while it was read; nothing was written, try again")]
            )
        replace_file(path, changed)


def _find_line(lines: list[str], cell: Cell, path: Path) -> tuple[int, list[str]]:
    for number, line in enumerate(lines):
        if number and line.startswith((f"{cell.key},", f'"{cell.key}",')):
            return number, next(csv.reader([line]))
    raise TableError([Problem(str(path), f"must hold the row {cell.key}; it is not there")])


@dataclass(frozen=True)
class Receipt:
    """What a save did.

    Attributes
    ----------
    rating_ids
        Ids of the rows it added; empty where every value stood there already.
    mended
        What an earlier crash had left and was put right first; else empty.
    """

    rating_ids: tuple[str, ...]
    mended: str = ""


@dataclass(frozen=True)
class Ledger:
    """The ratings as they are on disk while the lock is held.

    Attributes
    ----------
    cells
        The table as text.
    length
        Its file's length in bytes.
    mended
        As in `Receipt`.
    """

    folder: Path
    vocabulary: Vocabulary
    cells: pd.DataFrame
    length: int
    mended: str

    @property
    def path(self) -> Path:
        """File of the ratings."""
        return self.folder / self.vocabulary.tables["ratings"].path

    def find_last(self, table: str, row_id: str, variable: str, *, rater_id: str, round: str) -> pd.Series | None:
        """Return a rater's rating of one cell that counts: the last one."""
        now = self.cells
        same = (now["table"] == table) & (now["row_id"] == row_id) & (now["variable"] == variable)
        found = now[same & (now["rater_id"] == rater_id) & (now["round"] == round)]
        return None if found.empty else found.iloc[-1]

    def plan(self, ratings: Sequence[Mapping[str, str]], *, cells: Sequence[Cell] = ()) -> Step:
        """Check and number ratings, and return the step that writes them and cells of their table.

        Raises
        ------
        TableError
            With every problem.
        """
        rows = self._number(ratings)
        self._check(rows)
        return Step(self.path.name, self.length, format_rows(rows.to_numpy().tolist()), tuple(cells))

    def write(self, step: Step) -> Receipt:
        """Take a planned step."""
        take_step(self.folder, step)
        ids = (line.split(",", 1)[0] for line in step.rows.splitlines())
        return Receipt(tuple(ids), self.mended)

    def _number(self, ratings: Sequence[Mapping[str, str]]) -> pd.DataFrame:
        last, rows = self.cells["rating_id"].max() if len(self.cells) else "R00000", []
        for rating in ratings:
            last = next_id(last)
            rows.append({"rating_id": last, **rating})
        lines = range(len(self.cells), len(self.cells) + len(rows))
        return pd.DataFrame(rows, columns=self.cells.columns, index=lines, dtype=str)

    def _check(self, rows: pd.DataFrame) -> None:
        tables, table, file = self.vocabulary.tables, self.vocabulary.tables["ratings"], str(self.path)
        try:
            written = format_rows([table.names, *rows.to_numpy().tolist()]).encode("utf-8")
        except UnicodeEncodeError as error:
            raise TableError([Problem(file, f"a cell must be text that UTF-8 can hold ({error.reason})")]) from error
        problems = check_structure(written, table, file) or check_table(rows, table, file)
        if not problems:
            files = {name: str(self.folder / table.path) for name, table in tables.items()}
            rated = {name: load_cells(files[name], tables[name])[1] for name in rows["table"].unique()}
            known = {name: cells for name, cells in rated.items() if cells is not None}
            found = check_rows({**known, "ratings": rows}, self.vocabulary, files)
            problems = [p for p in found if p.file == file and not p.rule.startswith("the last final")]
        if problems:
            raise TableError(problems)


def next_id(last: str) -> str:
    """Return the id behind `last`, of the same width while there is room, so that ids sort as text.

    Behind the last of a width the ids grow by a block instead of by a digit, because ``R100000`` sorts before
    ``R99999``.

    Examples
    --------
    >>> next_id("R07062")
    'R07063'
    >>> next_id("R99999")
    'R9999900001'
    """
    digits = last[1:]
    return f"{last}00001" if set(digits) == {"9"} else f"R{int(digits) + 1:0{len(digits)}d}"


@contextmanager
def open_ledger(folder: str | Path | None = None) -> Iterator[Ledger]:
    """Take the lock, put right what a crash left, and read the ratings as they are now.

    Raises
    ------
    TableError
        Where the lock cannot be had, or the file is no sound table any more: it is left as it is.
    """
    folder = find_data(folder)
    vocabulary = load_vocabulary(folder)
    table = vocabulary.tables["ratings"]
    path = folder / table.path
    with hold_lock(folder):
        mended = finish_interrupted(folder)
        mended = mended or (mend_tail(path, len(table.names)) if path.is_file() else "")
        problems, cells = load_cells(path, table)
        if problems:
            raise TableError(problems)
        yield Ledger(folder, vocabulary, cells, path.stat().st_size, mended)


def load_ratings(folder: str | Path | None = None) -> pd.DataFrame:
    """Read the ratings as text, between two saves and never in the middle of one.

    Where the file is whole no lock is taken; else this waits for the writer, or puts right what a crash left.
    """
    folder = find_data(folder)
    table = load_vocabulary(folder).tables["ratings"]
    if _is_whole_table(folder, folder / table.path):
        problems, cells = load_cells(folder / table.path, table)
        if not problems:
            return cells
    with open_ledger(folder) as ledger:
        return ledger.cells


def _is_whole_table(folder: Path, path: Path) -> bool:
    return not (folder / NOTE).exists() and path.is_file() and path.read_bytes().endswith(b"\n")


def mend_ratings(folder: str | Path | None = None) -> str:
    """Put right what a crash left, and say it in a sentence; an empty string where there is nothing.

    Where nothing is to be done nothing is touched, the lock included.
    """
    folder = find_data(folder)
    path = folder / load_vocabulary(folder).tables["ratings"].path
    if _is_whole_table(folder, path):
        return ""
    with open_ledger(folder) as ledger:
        return ledger.mended


def save_rating(variable: str, value: str, **options) -> Receipt:
    """Save one rating; options as for `save_ratings`."""
    return save_ratings({variable: value}, **options)


def save_ratings(
    values: Mapping[str, str],
    *,
    row_id: str,
    rater_id: str,
    table: str = "claims",
    note: str | Mapping[str, str] = "",
    seen: Mapping[str, str] | None = None,
    rated_on: str | None = None,
    folder: str | Path | None = None,
) -> Receipt:
    """Save one rater's independent ratings of one row, in one append.

    Rows that others added meanwhile stay, and the new ones come behind them. A value that the rater has given
    already is not written again; another value is a new row behind the old one, and counts from then on.

    Parameters
    ----------
    values
        The rating by variable: a word of the column; of a list, words with ``;`` between them or
        ``not_applicable``.
    row_id, table
        Which row is rated.
    rater_id
        Who rates: small letters and digits, with hyphens between.
    note
        Reason, on one line; stands in every row of this save. Or one by variable.
    seen
        By variable, the ``rating_id`` of this rater's last rating when the values were chosen, or ``""``.
        Where the file holds another by now (a second window), and another value, the save is refused.
    rated_on
        Date as YYYY-MM-DD; today by default.
    folder
        Folder of the tables, as for `evidence.tables.find_data`.

    Returns
    -------
    Receipt
        The rows are on disk.

    Raises
    ------
    TableError
        With every problem; then nothing was written.
    """
    day = rated_on or datetime.date.today().isoformat()
    with open_ledger(folder) as ledger:
        fresh, problems = [], []
        for variable, value in values.items():
            cell = {"table": table, "row_id": row_id, "variable": variable}
            why = note if isinstance(note, str) else note.get(variable, "")
            last = ledger.find_last(**cell, rater_id=rater_id, round="independent")
            problems += _check_order(ledger, cell, last, rater_id=rater_id, value=value, seen=seen)
            if last is None or (last["value"], last["note"]) != (value, why or last["note"]):
                rest = {"rater_id": rater_id, "round": "independent", "rated_on": day, "note": why}
                fresh.append({**cell, "value": value, **rest})
        if problems:
            raise TableError(problems)
        return ledger.write(ledger.plan(fresh)) if fresh else Receipt((), ledger.mended)


def _check_order(
    ledger: Ledger,
    cell: Mapping[str, str],
    last: pd.Series | None,
    *,
    rater_id: str,
    value: str,
    seen: Mapping[str, str] | None,
) -> list[Problem]:
    """Refuse a rating behind the rater's own final one, and one that does not know of her last."""
    file, what = str(ledger.path), f"{cell['variable']} of {cell['row_id']}"
    final = ledger.find_last(**cell, rater_id=rater_id, round="final")
    if final is not None:
        rule = f"{rater_id} has settled {what} and can rate it independently no more"
        return [Problem(file, rule, (Place(int(final.name) + 2, final["value"]),))]
    now = "" if last is None else last["rating_id"]
    if seen is not None and now != seen.get(cell["variable"], "") and last["value"] != value:
        rule = f"{rater_id} has rated {what} in another window since; look again, then save"
        return [Problem(file, rule, (Place(int(last.name) + 2, last["value"]),))]
    return []


UNIT = ["table", "row_id", "variable"]


def list_disagreements(
    folder: str | Path | None = None, *, settled: bool = False, ratings: pd.DataFrame | None = None
) -> pd.DataFrame:
    """List what independent raters judged differently.

    Parameters
    ----------
    folder
        Folder of the tables, as for `evidence.tables.find_data`.
    settled
        Also those that have a final rating behind the last independent one.
    ratings
        The ratings, where they are read already.

    Returns
    -------
    pandas.DataFrame
        One row a cell, in the order of the tables' keys: ``table``, ``row_id``, ``variable``, ``values`` (a
        dict of each rater's last value), ``final`` (the last final value or ``""``) and ``settled``.
    """
    ratings = load_ratings(folder) if ratings is None else ratings
    order = pd.Series(range(len(ratings)), index=ratings.index)
    rows = ratings[[*UNIT, "value", "rater_id", "round"]].assign(place=order)
    last = rows[rows["round"] == "independent"].drop_duplicates([*UNIT, "rater_id"], keep="last")
    differ = last.groupby(UNIT, sort=False)["value"].transform("nunique") > 1
    finals = rows[rows["round"] == "final"].drop_duplicates(UNIT, keep="last").set_index(UNIT)
    found = []
    for unit, group in last[differ].groupby(UNIT, sort=True):
        final = finals.loc[unit] if unit in finals.index else None
        done = final is not None and final["place"] > group["place"].max()
        values = dict(zip(group["rater_id"], group["value"], strict=True))
        found.append((*unit, values, "" if final is None else final["value"], done))
    listed = pd.DataFrame(found, columns=[*UNIT, "values", "final", "settled"])
    listed["settled"] = listed["settled"].astype(bool)
    return listed if settled else listed[~listed["settled"]].reset_index(drop=True)


def count_disagreements(listed: pd.DataFrame) -> pd.DataFrame:
    """Count disagreements by table and variable: ``table``, ``variable``, ``cells``, ``settled``, ``waiting``."""
    groups = listed.groupby(["table", "variable"], as_index=False)["settled"]
    counts = groups.agg(["size", "sum"]).rename(columns={"size": "cells", "sum": "settled"})
    return counts.assign(waiting=counts["cells"] - counts["settled"])


def describe_disagreements(listed: pd.DataFrame) -> str:
    """Say in one sentence how many disagreements there are and how many wait.

    Parameters
    ----------
    listed
        As `list_disagreements` gives them, settled ones too.
    """
    if listed.empty:
        return "Independent raters disagree nowhere."
    waiting, most = int((~listed["settled"]).sum()), listed["variable"].value_counts()
    wait = "none of them waits" if not waiting else f"{waiting:,} of them {'waits' if waiting == 1 else 'wait'}"
    noun = "cell" if len(listed) == 1 else "cells"
    return (
        f"Independent raters disagree on {len(listed):,} {noun}, most of them of {most.index[0]} ({most.iloc[0]:,}); "
        f"{wait} to be settled."
    )


def find_table(vocabulary: Vocabulary, folder: Path, row_id: str) -> str:
    """Return which of the tables that can be rated holds a key.

    Raises
    ------
    TableError
        Where none does.
    """
    names = vocabulary.values("ratings", "table")
    for name in names:
        _, cells = load_cells(folder / vocabulary.tables[name].path, vocabulary.tables[name])
        if cells is not None and row_id in set(cells[vocabulary.tables[name].key]):
            return name
    raise TableError([Problem(str(folder), f"{row_id!r} must be a key of {', '.join(names)}; it is none")])


def settle(
    values: Mapping[str, str],
    *,
    row_id: str,
    rater_id: str,
    reason: str,
    rated_on: str | None = None,
    folder: str | Path | None = None,
) -> Receipt:
    """Settle cells of one row: the final ratings and the cells themselves, both or neither.

    The tables are first checked as they would be afterwards, so that a value that breaks a rule of `evidence
    check` is refused. A certainty is settled together with the marks it follows from.

    Parameters
    ----------
    values
        Final value by variable; of a list ``not_applicable`` means that no word applies, and empties the
        cell.
    row_id
        Key of the row, of whichever table that can be rated.
    rater_id
        Who settles.
    reason
        Why; must not be empty.
    rated_on
        Date as YYYY-MM-DD; today by default.
    folder
        Folder of the tables, as for `evidence.tables.find_data`.

    Raises
    ------
    TableError
        With every problem; then nothing was written.
    """
    folder = find_data(folder)
    day = rated_on or datetime.date.today().isoformat()
    with open_ledger(folder) as ledger:
        table = find_table(ledger.vocabulary, folder, row_id)
        if not reason.strip() or not values:
            rule = f"a final rating of {row_id} must name a variable, a value and a reason"
            raise TableError([Problem(str(ledger.path), rule)])
        final = {
            "table": table,
            "row_id": row_id,
            "rater_id": rater_id,
            "round": "final",
            "rated_on": day,
            "note": reason,
        }
        step = ledger.plan([{**final, "variable": variable, "value": value} for variable, value in values.items()])
        step = replace(step, cells=_plan_cells(ledger, table, row_id, values))
        _rehearse(ledger, step)
        return ledger.write(step)


def _plan_cells(ledger: Ledger, table: str, row_id: str, values: Mapping[str, str]) -> tuple[Cell, ...]:
    schema = ledger.vocabulary.tables[table]
    _, now = load_cells(ledger.folder / schema.path, schema)
    row = now.set_index(schema.key).loc[row_id]
    new = {variable: "" if value == NO_ITEM else value for variable, value in values.items()}
    return tuple(Cell(schema.path, row_id, name, row[name], value) for name, value in new.items() if row[name] != value)


def _rehearse(ledger: Ledger, step: Step) -> None:
    """Refuse a step that would break a rule that is not broken already, tried on a copy of the tables."""
    folder = ledger.folder
    with TemporaryDirectory(prefix="evidence-settle-") as name:
        copy = Path(name)
        for path in (folder / DESCRIPTOR, *(folder / table.path for table in ledger.vocabulary.tables.values())):
            if path.is_file():
                shutil.copyfile(path, copy / path.name)
        take_step(copy, step)
        broken = _list_broken(check_data(copy), copy, folder)
    if broken:
        before = _list_broken(check_data(folder), folder, folder)
        broken = {key: problem for key, problem in broken.items() if key not in before}
    if broken:
        raise TableError(list(broken.values()))


def _list_broken(problems: Sequence[Problem], copy: Path, folder: Path) -> dict:
    """Return problems by rule and place, with the names of the real files."""
    found = {}
    for problem in problems:
        named = replace(problem, file=problem.file.replace(str(copy), str(folder)))
        for place in named.places or (None,):
            found[named.file, named.rule, place] = replace(named, places=(place,) if place else ())
    return found
