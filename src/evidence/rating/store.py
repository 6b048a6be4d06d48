"""Save ratings: each save is one append, checked before it is written and on disk when it returns."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from evidence.checks import Place, Problem, TableError
from evidence.rating.ledger import Ledger, Receipt, open_ledger
from evidence.rating.steps import NOTE
from evidence.tables import find_data, load_cells, load_vocabulary

__all__ = ["load_ratings", "mend_ratings", "save_rating", "save_ratings"]


def load_ratings(folder: str | Path | None = None) -> pd.DataFrame:
    """Read the ratings as text, between two saves and never in the middle of one.

    Where the file is whole no lock is taken; else this waits for the writer, or puts right what a crash left.
    """
    folder = find_data(folder)
    table = load_vocabulary(folder).tables["ratings"]
    if _is_whole(folder, folder / table.path):
        problems, cells = load_cells(folder / table.path, table)
        if not problems:
            return cells
    with open_ledger(folder) as ledger:
        return ledger.cells


def _is_whole(folder: Path, path: Path) -> bool:
    return not (folder / NOTE).exists() and path.is_file() and path.read_bytes().endswith(b"\n")


def mend_ratings(folder: str | Path | None = None) -> str:
    """Put right what a crash left, and say it in a sentence; an empty string where there is nothing.

    Where nothing is to be done nothing is touched, the lock included.
    """
    folder = find_data(folder)
    path = folder / load_vocabulary(folder).tables["ratings"].path
    if _is_whole(folder, path):
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
