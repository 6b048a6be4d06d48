"""The ratings while one holds their lock: number rows, check them as the schema wants, write them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from evidence.checks import Problem, TableError, check_rows, check_structure, check_table
from evidence.rating.disk import hold_lock
from evidence.rating.mending import mend_tail
from evidence.rating.steps import Cell, Step, finish_interrupted, format_rows, take_step
from evidence.tables import find_data, load_cells, load_vocabulary
from evidence.vocabulary import Vocabulary

__all__ = ["Ledger", "Receipt", "next_id", "open_ledger"]


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

    def find_last(
        self, table: str, row_id: str, variable: str, *, rater_id: str, round: str
    ) -> pd.Series | None:
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
            raise TableError(
                [Problem(file, f"a cell must be text that UTF-8 can hold ({error.reason})")]
            ) from error
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
