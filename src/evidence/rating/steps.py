"""One step that adds rows to the ratings and may change cells of the rated table: all of it or nothing.

What a step will do is first written beside the tables as ``.ratings.step`` and forced to disk; then it is
done; then the note is removed. A crash before the note is whole leaves everything as it was; a crash after it
leaves a note from which the next save, `evidence settle` or `mend_ratings` finishes the step. Every function
here wants the lock to be held.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from evidence.checks import Place, Problem, TableError
from evidence.rating.disk import append_bytes, cut_file, force_folder, replace_file, write_file

__all__ = ["NOTE", "Cell", "Step", "change_cells", "finish_interrupted", "format_rows", "take_step"]

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
        rule = (
            "a crash cut off a save, and the tables were changed since; read its rows, then delete this file"
        )
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
            rule = (
                f"{cell.column} of {cell.key} must still be {cell.old!r}; it was changed on disk, look again"
            )
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
