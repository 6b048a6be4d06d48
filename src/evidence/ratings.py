"""Ratings: what each rater says of a row, where raters differ, and the final value that settles it.

A rated table has a table of ratings beside it (`evidence.schema.Table.rates`): a row is what one rater says of one row
in one round, an empty cell is not rated. A *final* row fills only cells that were settled; its reasons stand in its
note. What the ratings of a cell make of the rated table's own cell says `evidence.rules.find_due`.

Every save holds the lock of the tables, is checked as a whole and replaces whole files, ratings before the table that
they rate. A crash between the two leaves a cell that is not its final value: `evidence check` names it, `finish` gives
it that value. Nothing does so unasked, because a cell that somebody changed by hand looks the same.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from evidence.checks import Place, Problem, TableError
from evidence.labels import heading, word
from evidence.rules import (
    CLAIM,
    DOMAINS,
    FINAL,
    INDEPENDENT,
    MAPPED,
    NO_ITEM,
    STEPS,
    UNCODED,
    find_due,
    gather_ratings,
    may_be_judged,
    read_judged,
)
from evidence.schema import Table, Vocabulary, find_data
from evidence.tables import HeldTables, hold_tables, load_vocabulary, read_cells

UNSAID = "Not assessed: "
UNMAPPED = f"{UNSAID}not mapped yet."  # the note of a claim whose wording alone is coded
AGREED = "As all its raters have it."


@dataclass(frozen=True)
class Receipt:
    """What a save did; it is on disk.

    Attributes
    ----------
    table, row_id
        The row that was rated.
    changed
        Columns of the rater's own row that are new or other than before, `note` among them; empty where all stood
        there already.
    cells
        Cells of the rated table that changed with it: by column, what stands there now.
    """

    table: str
    row_id: str
    changed: tuple[str, ...] = ()
    cells: Mapping[str, str] = field(default_factory=dict)


def load_ratings(table: str = "claims", *, folder: str | Path | None = None) -> pd.DataFrame:
    """Read the ratings of one table as text; a file is whole at every moment, so no lock is needed.

    Parameters
    ----------
    table
        The rated table.
    folder
        As for `evidence.schema.find_data`.

    Raises
    ------
    TableError
        Where the file is no well-formed table, or the rows of `table` are not rated.

    Examples
    --------
    >>> load_ratings("claims").columns[:4].tolist()
    ['claim_id', 'rater_id', 'round', 'kind']
    """
    folder = find_data(folder)
    vocabulary = load_vocabulary(folder)
    ratings = _find_ratings(vocabulary, table, folder)
    return read_cells(folder / ratings.path, ratings)


def save_ratings(
    values: Mapping[str, str],
    *,
    row_id: str,
    rater_id: str,
    note: str = "",
    table: str = "",
    seen: Mapping[str, str] | None = None,
    rated_on: str | None = None,
    folder: str | Path | None = None,
) -> Receipt:
    """Save what one rater says of one row, independently of others.

    A rater has one independent row for each rated row: a value given again replaces hers, a note comes behind the one
    that stands there. What others saved meanwhile stays. Where all raters, two at least, now give a cell one value
    and nothing settles it, the rated table's cell takes that value; where that cannot stand beside cells on which they
    differ, these take the value given now. A final value that all now give is needed no more.

    Parameters
    ----------
    values
        The rating by variable, a word of its column; for ``proposition_id`` also ``not_applicable``: none fits. May
        be empty, to add a note to what was saved before.
    row_id, table
        Which row is rated; the table may be left out where only one has such a key.
    rater_id
        Who rates: small letters and digits, with hyphens between.
    note
        On one line.
    seen
        By variable, this rater's value when the new ones were chosen, ``""`` where she had none. Where another stands
        there by now (a second window), and not the new one, the save is refused.
    rated_on
        Date as YYYY-MM-DD; today by default.
    folder
        As for `evidence.schema.find_data`.

    Raises
    ------
    TableError
        With every rule that would be broken and is not broken already, or where the lock cannot be had; then nothing
        was written.

    Examples
    --------
    >>> import shutil, tempfile
    >>> folder = shutil.copytree(find_data(), tempfile.mkdtemp() + "/data")
    >>> receipt = save_ratings({"strength": "plain"}, row_id="hubpages-002", rater_id="ann", folder=folder)
    >>> receipt.table, receipt.changed
    ('claims', ('strength',))
    >>> load_ratings("claims", folder=folder).query("rater_id == 'ann'")["strength"].tolist()
    ['plain']
    """
    with hold_tables(folder) as tables:
        row = RatedRow(tables, table, row_id, values)
        own = row.find(rater_id, INDEPENDENT)
        row.refuse_settled(rater_id, values)
        for variable, value in values.items():
            what, before = f"{variable} of {row_id}", own.get(variable, "")
            if seen is not None and before not in (seen.get(variable, ""), value):
                row.refuse(f"{rater_id} has rated {what} in another window since; look again, then save", before)
        row.put(rater_id, INDEPENDENT, values, note, rated_on)
        for variable in values:
            if set(row.given(variable).values()) == {row.settled(variable)}:
                row.clear_final(variable)
        row.set_cells(row.find_due(values), note or AGREED)
        try:
            return row.save(rater_id, INDEPENDENT)
        except TableError:  # what they agree on does not stand alone, as a certainty without its marks
            row.set_cells(row.find_open(rater_id), note or AGREED)
            return row.save(rater_id, INDEPENDENT)


def settle(
    values: Mapping[str, str],
    *,
    row_id: str,
    rater_id: str,
    reason: str,
    table: str = "",
    rated_on: str | None = None,
    folder: str | Path | None = None,
) -> Receipt:
    """Settle cells of one row: the final ratings and the cells themselves, checked together.

    A cell has one final value: settling it again replaces that, whoever gave it. A value that all its raters gave, or
    that nobody rated and the table holds already, needs none. What hangs together is settled together: a certainty
    with the marks it follows from. A claim whose final proposition is none loses its match, and its note says why.

    Parameters
    ----------
    values
        Final value by variable; for ``proposition_id`` also ``not_applicable``.
    row_id, table
        Which row; the table may be left out where only one has such a key.
    rater_id
        Who settles: nobody who has rated the cell.
    reason
        Why; stands in the note of the final row, behind the variables' names.
    rated_on, folder
        As for `save_ratings`.

    Raises
    ------
    TableError
        As for `save_ratings`.

    Examples
    --------
    >>> import shutil, tempfile
    >>> folder = shutil.copytree(find_data(), tempfile.mkdtemp() + "/data")
    >>> for rater, value in (("ann", "emphatic"), ("bea", "tentative")):
    ...     _ = save_ratings({"strength": value}, row_id="hubpages-002", rater_id=rater, folder=folder)
    >>> settled = settle({"strength": "tentative"}, row_id="hubpages-002", rater_id="chair", reason="A hedge.",
    ...                  folder=folder)
    >>> settled.changed, settled.cells
    (('strength', 'note'), {'strength': 'tentative'})
    """
    with hold_tables(folder) as tables:
        row = RatedRow(tables, table, row_id, values)
        if not reason.strip() or not values:
            row.refuse(f"a final rating of {row_id} must name a variable, a value and a reason")
        finals = {}
        for variable, value in values.items():
            given = row.given(variable)
            if rater_id in given:
                rule = f"{rater_id} has rated {variable} of {row_id}: somebody who has not must settle it"
                row.refuse(f"{rule}, or all raters of it come to one value by revising theirs", given[rater_id])
            row.clear_final(variable)
            if set(given.values()) != {value} and (given or value != row.cell(variable)):
                finals[variable] = value
        if finals:
            row.put(rater_id, FINAL, finals, f"{', '.join(finals)}: {reason}", rated_on)
        row.set_cells(values, reason)
        return row.save(rater_id, FINAL)


def finish(folder: str | Path | None = None, *, row_id: str = "") -> pd.DataFrame:
    """Give cells the values that their ratings say they must have, as after a settlement that a crash cut off.

    Parameters
    ----------
    folder
        As for `evidence.schema.find_data`.
    row_id
        Only the cells of this row; all by default.

    Returns
    -------
    pandas.DataFrame
        One row a cell that changed: ``table``, ``row_id``, ``variable``, ``before``, ``after``.

    Raises
    ------
    TableError
        Where a value would break a rule that is not broken already; then nothing was written.
    """
    found = []
    with hold_tables(folder) as tables:
        changed: dict[str, pd.DataFrame] = {}
        for listed in _compare(tables.vocabulary, {name: tables.read(name) for name in tables.vocabulary.tables}):
            due = find_due(listed["values"], listed["final"])
            if due in ("", listed["current"]) or row_id not in ("", listed["row_id"]):
                continue
            name, key, variable = listed["table"], listed["row_id"], listed["variable"]
            cells = changed.setdefault(name, tables.read(name))
            at = int((cells[tables.vocabulary.tables[name].key] == key).to_numpy().argmax())
            reasons = listed["reason"] or AGREED
            now = _change_cells(cells.loc[at].to_dict(), {variable: due}, reasons)
            cells.loc[at] = pd.Series(now)
            found.append((name, key, variable, listed["current"], due))
        if changed:
            tables.save(changed)
    return pd.DataFrame(found, columns=["table", "row_id", "variable", "before", "after"])


class RatedRow:
    """One row, its ratings and its cells, while the lock is held."""

    def __init__(self, tables: HeldTables, table: str, row_id: str, values: Mapping[str, str]) -> None:
        self.tables, self.row_id = tables, row_id
        self.rated = _find_rated(tables, table, row_id)
        self.schema = _find_ratings(tables.vocabulary, self.rated.name, tables.folder)
        self.file = tables.files[self.schema.name]
        for variable, value in values.items():
            if variable not in self.schema.rated:
                self.refuse(f"a rated variable must be one of {', '.join(self.schema.rated)}", variable)
            if not value:
                self.refuse(f"{variable} must not be empty: leave out what is not rated")
        cells = tables.read(self.schema.name)
        here = cells[self.schema.key] == row_id
        self.others = cells[~here]
        self.rows = {(row["rater_id"], row["round"]): row for row in cells[here].to_dict("records")}
        self.before = {key: dict(row) for key, row in self.rows.items()}
        rated = tables.read(self.rated.name)
        self.at = int((rated[self.rated.key] == row_id).to_numpy().argmax())
        self.old: dict[str, str] = rated.loc[self.at].to_dict()
        self.now = dict(self.old)

    def refuse(self, rule: str, value: str | None = None) -> None:
        """Raise the error that a rule is broken."""
        raise TableError([Problem(self.file, rule, () if value is None else (Place(None, value),))])

    def refuse_settled(self, rater_id: str, variables: Iterable[str]) -> None:
        """Refuse the independent rating of what this rater has settled."""
        settled = self.find(rater_id, FINAL)
        for variable in variables:
            if settled.get(variable):
                rule = f"{rater_id} has settled {variable} of {self.row_id} and can rate it independently no more"
                self.refuse(rule, settled[variable])

    def find(self, rater_id: str, in_round: str) -> Mapping[str, str]:
        """Return a rater's row of a round, empty where there is none."""
        return self.rows.get((rater_id, in_round), {})

    def given(self, variable: str) -> dict[str, str]:
        """Return each rater's independent value."""
        return {rater: row[variable] for (rater, now), row in self.rows.items() if now == INDEPENDENT and row[variable]}

    def settled(self, variable: str) -> str:
        """Return the final value, or ``""``."""
        return next((row[variable] for (_, now), row in self.rows.items() if now == FINAL and row[variable]), "")

    def cell(self, variable: str) -> str:
        """Return the rated table's cell as raters say it."""
        return NO_ITEM if variable == "proposition_id" and not self.now[variable] else self.now[variable]

    def put(self, rater_id: str, in_round: str, values: Mapping[str, str], note: str, rated_on: str | None) -> None:
        """Give values to a rater's row of a round, and add to its note; its date is that of its last change."""
        begin = {
            **dict.fromkeys(self.schema.names, ""),
            self.schema.key: self.row_id,
            "rater_id": rater_id,
            "round": in_round,
        }
        before = self.rows.get((rater_id, in_round), begin)
        after = {**before, **values, "note": join_notes(before["note"], note)}
        try:
            "".join(after.values()).encode("utf-8")
        except UnicodeEncodeError as error:  # before pandas sees it, which may keep text as UTF-8, too
            self.refuse(f"a cell must be text that UTF-8 can hold ({error.reason})")
        if after != before:
            day = rated_on or datetime.date.today().isoformat()
            self.rows[rater_id, in_round] = {**after, "rated_on": day}

    def clear_final(self, variable: str) -> None:
        """Take back the final value, and a final row that settles nothing else."""
        for (rater_id, in_round), row in list(self.rows.items()):
            if in_round == FINAL and row[variable]:
                left = {**row, variable: ""}
                if any(left[name] for name in self.schema.rated):
                    self.rows[rater_id, in_round] = left
                else:
                    del self.rows[rater_id, in_round]

    def find_due(self, variables: Mapping[str, str]) -> dict[str, str]:
        """Return the values that cells must take now."""
        due = {name: find_due(self.given(name), self.settled(name)) for name in variables}
        mapped = self.now.get("proposition_id") or due.get("proposition_id", "") not in ("", NO_ITEM)
        unmade = {"role": CLAIM} if self.now.get("role") == UNCODED else {}  # its claim must be entered first
        return {
            name: value
            for name, value in due.items()
            if value not in ("", unmade.get(name)) and (mapped or name not in MAPPED)
        }

    def find_free(self, rater_id: str, variables: Mapping[str, str]) -> dict[str, str]:
        """Return the values that cells can take from one rater: nobody else has rated them, or they hold nothing.

        A cell without a proposition holds something where another has said that none fits.
        """
        free = {}
        for name, value in variables.items():
            others = {given for rater, given in self.given(name).items() if rater != rater_id}
            empty = self.now[name] in ("", UNCODED) and self.cell(name) not in others
            if not self.settled(name) and (empty or not others):
                free[name] = value
        mapped = self.now.get("proposition_id") or free.get("proposition_id", NO_ITEM) != NO_ITEM
        return {name: value for name, value in free.items() if mapped or name not in MAPPED}

    def find_open(self, rater_id: str) -> dict[str, str]:
        """Return what a rater gave where raters differ and nothing is settled."""
        own = self.find(rater_id, INDEPENDENT)
        unsettled = (name for name in self.schema.rated if own[name] and not self.settled(name))
        return {name: own[name] for name in unsettled if len(set(self.given(name).values())) > 1}

    def set_cells(self, values: Mapping[str, str], reason: str) -> None:
        """Give the rated row's cells their values."""
        self.now = _change_cells(self.now, values, reason)

    def save(self, rater_id: str, in_round: str) -> Receipt:
        """Save what changed, and say what."""
        if changed := self.list_changes():
            self.tables.save(changed)
        one, two = (rows.get((rater_id, in_round), {}) for rows in (self.before, self.rows))
        columns = (*self.schema.rated, "note")
        return Receipt(
            self.rated.name,
            self.row_id,
            tuple(name for name in columns if one.get(name, "") != two.get(name, "")),
            {name: value for name, value in self.now.items() if value != self.old[name]},
        )

    def list_changes(self) -> dict[str, pd.DataFrame]:
        """Return the tables that changed, as they shall be."""
        changed = {}
        if self.rows != self.before:
            rows = pd.DataFrame(list(self.rows.values()), columns=list(self.schema.names), dtype=str)
            changed[self.schema.name] = pd.concat([self.others, rows], ignore_index=True)
        if self.now != self.old:
            cells = self.tables.read(self.rated.name)
            cells.loc[self.at] = pd.Series(self.now)
            changed[self.rated.name] = cells
        return changed


def _change_cells(row: Mapping[str, str], values: Mapping[str, str], reason: str) -> dict[str, str]:
    """Return a row with cells as raters say them, and with what can only be one way then."""
    changed = {**row, **values}
    for domain in DOMAINS:
        if reason and STEPS.get(values.get(domain, "")) and word(domain) not in changed["certainty_reason"].lower():
            changed["certainty_reason"] = join_notes(changed["certainty_reason"], f"{heading(domain)}: {reason}")
    if values.get("role", CLAIM) != CLAIM:
        changed["reason"] = row["reason"] or reason
    if "proposition_id" not in values:
        return changed
    changed["note"] = "; ".join(part for part in row["note"].split("; ") if part != UNMAPPED)
    if values["proposition_id"] == NO_ITEM:
        changed |= dict.fromkeys(("proposition_id", *MAPPED, "match_reason"), "")
        if changed["checkability"] == "checkable" and changed["kind"] != "citation" and UNSAID not in changed["note"]:
            changed["note"] = join_notes(changed["note"], f"{UNSAID}{reason}")
    else:
        changed["match_reason"] = row["match_reason"] or reason
    return changed


def join_notes(old: str, new: str) -> str:
    """Return a note with another behind it, unless it says that already.

    Examples
    --------
    >>> join_notes("A hedge.", "Hard."), join_notes("A hedge.", "A hedge.")
    ('A hedge.; Hard.', 'A hedge.')
    """
    return old if new in old else f"{old}; {new}" if old else new


def _find_ratings(vocabulary: Vocabulary, table: str, folder: Path) -> Table:
    """Return the schema of a table's ratings."""
    found = vocabulary.find_ratings(table)
    if found is None:
        raise TableError(
            [Problem(str(folder), f"table must be one of {', '.join(_list_rated(vocabulary))}; {table} is not rated")]
        )
    return found


def _list_rated(vocabulary: Vocabulary) -> list[str]:
    return [table.rates for table in vocabulary.tables.values() if table.rates]


def _find_rated(tables: HeldTables, table: str, row_id: str) -> Table:
    """Return the rated table that holds a key: the one that is named, or the only one."""
    names = [table] if table else _list_rated(tables.vocabulary)
    for name in names:
        _find_ratings(tables.vocabulary, name, tables.folder)
    schemas = [tables.vocabulary.tables[name] for name in names]
    found = [schema for schema in schemas if (tables.read(schema.name)[schema.key] == row_id).any()]
    if len(found) != 1:
        among = ", ".join(schema.name for schema in found or schemas)
        rule = (
            f"{row_id!r} must be a key of {among}; it is none"
            if not found
            else f"{row_id!r} is a key of {among}; name one"
        )
        raise TableError([Problem(str(tables.folder), rule)])
    return found[0]


def list_disagreements(folder: str | Path | None = None, *, settled: bool = False) -> pd.DataFrame:
    """List the cells on which independent raters differ, from each other or, with no final value, from the table.

    Parameters
    ----------
    folder
        As for `evidence.schema.find_data`.
    settled
        Also those that have a final value.

    Returns
    -------
    pandas.DataFrame
        One row a cell, in the order of the tables: ``table``, ``row_id``, ``variable``, ``values`` (a dict of each
        rater's value), ``current`` (the table's cell), ``final`` (or ``""``) and ``settled``.

    Examples
    --------
    >>> listed = list_disagreements(settled=True)
    >>> bool((listed["final"] != "").equals(listed["settled"]))
    True
    """
    folder = find_data(folder)
    vocabulary = load_vocabulary(folder)
    cells = {name: read_cells(folder / table.path, table) for name, table in vocabulary.tables.items()}
    columns = ["table", "row_id", "variable", "values", "current", "final", "settled"]
    found = []
    for cell in _compare(vocabulary, cells):
        values = set(cell["values"].values())
        done = cell["final"] != ""
        if values and len(values | {cell["final"] or cell["current"]}) > 1 and (settled or not done):
            found.append({**cell, "settled": done})
    return pd.DataFrame(found, columns=columns).astype({"settled": bool})


def _compare(vocabulary: Vocabulary, tables: Mapping[str, pd.DataFrame]) -> list[dict]:
    """Lay every judged cell beside what was said of it, in the order of tables, rows and columns."""
    found = []
    for table in vocabulary.tables.values():
        if not table.rates:
            continue
        ratings, rated = tables[table.name], tables[table.rates]
        finished = ratings[ratings["round"] == FINAL]
        notes = dict(zip(finished[table.key], finished["note"], strict=True))
        keys = rated[vocabulary.tables[table.rates].key].tolist()
        rows = []
        for place, (variable, given, finals) in enumerate(gather_ratings(ratings, table)):
            judged = (read_judged(rated, variable).tolist(), may_be_judged(rated, variable).tolist())
            for at, (key, current, counts) in enumerate(zip(keys, *judged, strict=True)):
                if counts and (key in given or key in finals):
                    cell = {"table": table.rates, "row_id": key, "variable": variable, "values": given.get(key, {})}
                    cell |= {"current": current, "final": finals.get(key, ""), "reason": notes.get(key, "")}
                    rows.append((at, place, cell))
        found += [cell for *_, cell in sorted(rows, key=lambda row: row[:2])]
    return found


def count_disagreements(listed: pd.DataFrame) -> pd.DataFrame:
    """Count disagreements by table and variable: ``table``, ``variable``, ``cells``, ``settled``, ``waiting``.

    Parameters
    ----------
    listed
        As `list_disagreements` gives them, settled ones too.
    """
    groups = listed.groupby(["table", "variable"], as_index=False)["settled"]
    counts = groups.agg(["size", "sum"]).rename(columns={"size": "cells", "sum": "settled"})
    return counts.assign(waiting=counts["cells"] - counts["settled"])
