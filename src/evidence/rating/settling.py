"""Disagreements between raters, and the final value that settles one together with its table's cell."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from evidence.checks import NO_ITEM, Problem, TableError
from evidence.rating.ledger import Ledger, Receipt, open_ledger
from evidence.rating.steps import Cell, Step, take_step
from evidence.rating.store import load_ratings
from evidence.tables import DESCRIPTOR, check_data, find_data, load_cells
from evidence.vocabulary import Vocabulary

__all__ = ["count_disagreements", "describe_disagreements", "find_table", "list_disagreements", "settle"]

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
    wait = (
        "none of them waits" if not waiting else f"{waiting:,} of them {'waits' if waiting == 1 else 'wait'}"
    )
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
        step = ledger.plan(
            [{**final, "variable": variable, "value": value} for variable, value in values.items()]
        )
        step = replace(step, cells=_plan_cells(ledger, table, row_id, values))
        _rehearse(ledger, step)
        return ledger.write(step)


def _plan_cells(ledger: Ledger, table: str, row_id: str, values: Mapping[str, str]) -> tuple[Cell, ...]:
    schema = ledger.vocabulary.tables[table]
    _, now = load_cells(ledger.folder / schema.path, schema)
    row = now.set_index(schema.key).loc[row_id]
    new = {variable: "" if value == NO_ITEM else value for variable, value in values.items()}
    return tuple(
        Cell(schema.path, row_id, name, row[name], value) for name, value in new.items() if row[name] != value
    )


def _rehearse(ledger: Ledger, step: Step) -> None:
    """Refuse a step that would break a rule that is not broken already, tried on a copy of the tables."""
    folder = ledger.folder
    with TemporaryDirectory(prefix="evidence-settle-") as name:
        copy = Path(name)
        for path in (
            folder / DESCRIPTOR,
            *(folder / table.path for table in ledger.vocabulary.tables.values()),
        ):
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
