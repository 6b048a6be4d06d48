"""One rater's session: which rows wait for her, what she may see, what she asks for and what that does.

Three rules keep a rater blind; they are decided here and nowhere else.

- Others' values of a cell are given out when her own value of that cell is on disk, and another's note when she has
  rated all that it may speak of.
- What is coded without the evidence comes first: a claim is mapped, and what it cites is traced, after she has rated
  its wording, or has said that she rates no wording.
- The direction and certainty of a proposition are given out when she has rated both, or has said that she rates no
  propositions.

Filters follow: kind is the kind that she gave, and support picks only claims of which she may know it. Who says that
she settles and does not rate sees all.

`Session.receive` takes a message as the browser sends it; `evidence.panel.screen` says what the browser may know then.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from evidence import labels
from evidence.checks import TableError
from evidence.judgements import judge
from evidence.ratings import FINAL, INDEPENDENT, Receipt, list_disagreements, load_ratings, save_ratings, settle
from evidence.rules import MAPPED, NO_ITEM
from evidence.schema import Vocabulary
from evidence.tables import Review, load
from evidence.texts import hash_text, load_texts

MAPPING = ("proposition_id", *MAPPED)
WEIGHED = ("direction", "certainty")  # what the evidence sentence of a proposition tells
SETTLE = "settle"
REVISED = "revised in sight of others"


@dataclass(frozen=True)
class View:
    """One task of a rater: which variables of which table, and in which words it is offered."""

    name: str
    label: str
    table: str
    variables: tuple[str, ...]


def list_views(vocabulary: Vocabulary) -> dict[str, View]:
    """Return the tasks by name: one for each table that is rated; for claims, wording and mapping apart.

    Examples
    --------
    >>> import evidence
    >>> list(list_views(evidence.load().vocabulary))
    ['segments', 'wording', 'mapping', 'propositions', 'citations']
    """
    views = []
    for table in vocabulary.tables.values():
        if table.rates == "claims":
            wording = tuple(name for name in table.rated if name not in MAPPING)
            views += [View("wording", "Rate wording", "claims", wording)]
            views += [View("mapping", "Rate mapping", "claims", MAPPING)]
        elif table.rates:
            views.append(View(table.rates, f"Rate {labels.word(table.rates)}", table.rates, table.rated))
    return {view.name: view for view in views}


def name_variable(name: str) -> str:
    """Write a variable's name within a sentence.

    Examples
    --------
    >>> name_variable("asserted_direction"), name_variable("proposition_id")
    ('asserted direction', 'proposition')
    """
    return labels.word(name.removesuffix("_id"))


def read_manual(path: Path) -> dict[str, tuple[str, ...]]:
    """Read what the coding manual says of each variable: its paragraphs by the names in the heading of its section.

    A heading names variables before its first bracket, with commas or a colon between them. Tables and Markdown's marks
    are left out: what stands in them is in the schema. Empty where the manual is not at hand.
    """
    if not path.is_file():
        return {}
    parts = re.split(r"^## ([^\n]*)\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    sections = zip(parts[1::2], parts[2::2], strict=True)
    return {
        name.strip(): _list_paragraphs(body)
        for heading, body in sections
        for name in re.split("[:,]", heading.partition("(")[0])
    }


def _list_paragraphs(body: str) -> tuple[str, ...]:
    prose = "\n".join(line for line in body.splitlines() if not line.startswith("|"))
    blocks = (re.sub(r"[`*]|^- ", "", " ".join(block.split())) for block in re.split(r"\n\s*\n|\n(?=- )", prose))
    return tuple(block for block in blocks if block)


def load_passages(review: Review, texts: str | Path | None) -> dict[str, str]:
    """Read the articles' texts that are at hand and are those that were coded, by ``source_id``."""
    folder = texts or os.environ.get("EVIDENCE_TEXTS")
    if not folder:
        return {}
    hashes = review.sources.set_index("source_id")["text_sha256"]
    found = load_texts(folder, review.sources)
    return {source: text for source, text in found.items() if hash_text(text) == hashes[source]}


@dataclass(frozen=True)
class Filters:
    """What the rater picks; an empty word picks all."""

    source: str = ""
    kind: str = ""
    support: str = ""
    variable: str = ""
    unrated: bool = False
    settled: bool = False


class Session:
    """A rater at work: the tables as she last saw them, and what she does (a message's ``do`` and its method).

    Attributes
    ----------
    rater, view, filters, place
        Who rates, in which view, what is picked, which row is shown (its key, in *settle* ``table/key/variable``;
        ``""`` for none).
    waived
        What she said she does not do in this session: names of views; ``"rating"`` for all of them.
    said
        The last message to her and its kind (``"status"`` or ``"alert"``).
    """

    def __init__(self, review: Review, *, texts: str | Path | None = None) -> None:
        self.folder = review.folder.resolve()
        self.passages = load_passages(review, texts)
        self.manual = read_manual(self.folder.parent / "docs" / "coding-manual.md")
        self.views = list_views(review.vocabulary)
        self.rated = {table.rates: table.rated for table in review.vocabulary.tables.values() if table.rates}
        self.rater, self.view, self.filters, self.place = "", "wording", Filters(), ""
        self.waived: set[str] = set()
        self.said = ("status", "")
        self.take(review)

    def take(self, review: Review) -> None:
        """Take new tables."""
        self.review, self.claims = review, judge(review)
        self.read()

    def read(self) -> None:
        """Read the ratings again, as all raters have left them."""
        self.ratings = {table: load_ratings(table, folder=self.folder) for table in self.rated}
        self.disagreements = list_disagreements(self.folder, settled=True)

    def key(self, table: str) -> str:
        """Return the name of a table's key."""
        return self.review.vocabulary.tables[table].key

    def find_view(self, table: str, variable: str) -> View:
        """Return the view in which a variable is rated."""
        view, *_ = (view for view in self.views.values() if view.table == table and variable in view.variables)
        return view

    # What is her own, and what she may know

    def find_own(self, table: str) -> pd.DataFrame:
        """Return her independent ratings of a table by row; a cell that she has not rated is ``""``."""
        ratings = self.ratings[table]
        mine = (ratings["rater_id"] == self.rater) & (ratings["round"] == INDEPENDENT)
        return ratings[mine].set_index(self.key(table))

    def find_values(self, table: str, row_id: str) -> dict[str, str]:
        """Return her own values of a row by variable, those alone that she gave."""
        own = self.find_own(table)
        rated = self.rated[table] if row_id in own.index else ()
        return {name: own.at[row_id, name] for name in rated if own.at[row_id, name]}

    def find_done(self, view: str) -> set[str]:
        """Return the rows of which she has rated every variable of a view; a claim that none fits has no match."""
        task = self.views[view]
        own = self.find_own(task.table)
        done = (own[list(task.variables)] != "").all(axis=1)
        return set(own.index[done | (own["proposition_id"] == NO_ITEM) if view == "mapping" else done])

    def gave_up(self, what: str) -> bool:
        """Tell whether she has said that she does not do this, or rates nothing at all."""
        return bool({what, "rating"} & self.waived)

    def is_closed(self) -> bool:
        """Tell whether she has given up the blind rating of this view."""
        return self.view != SETTLE and self.gave_up(self.view)

    def find_known(self, table: str, row_id: str) -> set[str]:
        """Return the variables of a row of which she may know what others said."""
        return set(self.rated[table] if self.gave_up("rating") else self.find_values(table, row_id))

    def find_weighed(self) -> set[str]:
        """Return the propositions of which she may know direction and certainty."""
        if self.gave_up("propositions"):
            return set(self.review.propositions["proposition_id"])
        own = self.find_own("propositions")
        return set(own.index[(own[list(WEIGHED)] != "").all(axis=1)])

    def find_others(self, table: str, row_id: str, variables: Iterable[str], *, all_raters: bool) -> pd.DataFrame:
        """Return what was said of a row, as far as she may know it.

        Parameters
        ----------
        table, row_id, variables
            The row and the variables that are looked at.
        all_raters
            Her own independent row too.

        Returns
        -------
        pandas.DataFrame
            Rows of the table of ratings; ``""`` in each cell, and in each note, that is not for her eyes.
        """
        ratings, rated, known = self.ratings[table], self.rated[table], self.find_known(table, row_id)
        here = ratings[self.key(table)] == row_id
        if not all_raters:
            here &= (ratings["rater_id"] != self.rater) | (ratings["round"] == FINAL)
        rows = ratings[here].copy()
        unknown = [name for name in rated if name not in known]
        rows["note"] = rows["note"].where((rows[unknown] == "").all(axis=1), "")
        hidden = [name for name in rated if name not in known or name not in set(variables)]
        rows[hidden] = ""
        return rows

    # Which rows are offered

    def picks_own_kind(self) -> bool:
        """Tell whether the filter by kind goes by the kind that she gave."""
        return not self.gave_up("wording")

    def may_pick_support(self) -> bool:
        """Tell whether claims may be picked by their support: not while wording is rated or settled."""
        wording = self.views["wording"].variables
        return self.view == "mapping" or (self.view == SETTLE and self.filters.variable not in ("", *wording))

    def find_sources(self, table: str) -> pd.Series | None:
        """Return the article of each row of a table, None where its rows belong to none."""
        rows = self.review.tables[table]
        if "source_id" in rows:
            return rows["source_id"]
        claims = self.claims.set_index("claim_id")["source_id"]
        return rows["claim_id"].map(claims) if "claim_id" in rows else None

    def _narrow(self, table: str) -> pd.DataFrame:
        """Keep the rows of a table that the filters name, as far as the view may use them."""
        rows, picked = self.claims if table == "claims" else self.review.tables[table], self.filters
        keep, sources = pd.Series(True, index=rows.index), self.find_sources(table)
        if picked.source and sources is not None:
            keep &= sources == picked.source
        if table == "claims" and picked.kind:
            own = self.find_own("claims")["kind"]
            keep &= (rows["claim_id"].map(own) if self.picks_own_kind() else rows["kind"]) == picked.kind
        if table == "claims" and picked.support and self.may_pick_support():
            keep &= rows["support"] == picked.support
            if not self.gave_up("rating"):
                known = rows["proposition_id"].isna() | rows["proposition_id"].isin(self.find_weighed())
                keep &= rows["claim_id"].isin(self.find_done("mapping")) & known
        return rows[keep]

    def list_rows(self) -> list[str]:
        """Return the keys of all rows that the view offers under the filters, rated or not."""
        if not self.rater or self.is_closed():
            return []
        if self.view == SETTLE:
            return _make_keys(self._select_disagreements())
        table = self.views[self.view].table
        rows = self._narrow(table)
        if self.view == "mapping":
            rows = rows[rows["claim_id"].isin(self._list_mappable())]
        elif table == "propositions":
            rows = rows[rows["certainty"].notna()]
        elif table == "citations" and not self.gave_up("wording"):
            rows = rows[rows["claim_id"].isin(self.find_done("wording"))]
        return rows[self.key(table)].tolist()

    def _list_mappable(self) -> list[str]:
        """Return the claims that evidence could bear on: by her own wording or, where she rates none, the table's."""
        if self.gave_up("wording"):
            rows = self.claims.set_index("claim_id")
        else:
            rows = self.find_own("claims").loc[sorted(self.find_done("wording"))]
        return rows.index[(rows["checkability"] == "checkable") & (rows["kind"] != "citation")].tolist()

    def _select_disagreements(self) -> pd.DataFrame:
        """Return the disagreements that she may see: of cells that she has rated, or all where she rates none."""
        listed, picked = self.disagreements, self.filters
        if picked.variable:
            listed = listed[listed["variable"] == picked.variable]
        if picked.kind or picked.support:
            listed = listed[listed["table"] == "claims"]
        kept = {table: set(self._narrow(table)[self.key(table)]) for table in listed["table"].unique()}
        if picked.source:
            kept = {table: keys for table, keys in kept.items() if self.find_sources(table) is not None}
        own = {table: self.find_own(table) for table in kept}
        units = listed[["table", "row_id", "variable"]].itertuples(index=False, name=None)
        may_see = [
            table in kept
            and key in kept[table]
            and (self.gave_up("rating") or (key in own[table].index and own[table].at[key, name] != ""))
            for table, key, name in units
        ]
        return listed[may_see]

    def list_items(self) -> list[str]:
        """Return the keys that next and previous go through: all, or those that wait."""
        rows, done = self.list_rows(), self.find_finished()
        waiting = self.filters.unrated if self.view != SETTLE else not self.filters.settled
        return [row for row in rows if row not in done] if waiting else rows

    def find_finished(self) -> set[str]:
        """Return the keys of rows that are rated, or settled."""
        if self.view != SETTLE:
            return self.find_done(self.view)
        return set(_make_keys(self.disagreements[self.disagreements["settled"]]))

    def go_first(self) -> None:
        """Stay where that is possible, else go to the first row."""
        items = self.list_items()
        self.place = self.place if self.place in items else next(iter(items), "")

    # What she does

    def receive(self, message: Mapping[str, Any]) -> None:
        """Do what a message asks; what goes wrong is said and changes nothing."""
        options = {name: value for name, value in message.items() if name != "do"}
        self.said = ("status", "")
        try:
            getattr(self, f"do_{message.get('do')}", self._refuse)(**options)
        except TableError as error:
            self.said = ("alert", self._shorten(error))
            self.read()
        except (LookupError, TypeError, ValueError, OSError) as error:
            self.said = ("alert", f"That could not be done, nothing was saved ({type(error).__name__}: {error}).")

    def _refuse(self, **_: Any) -> None:
        self.said = ("alert", "The panel asked for something that is not known; run its cell again.")

    def _shorten(self, error: TableError) -> str:
        return str(error).replace(f"{self.folder}/", "")

    def do_sign_in(self, rater: str) -> None:
        """Take the rater's id, or say what is wrong with it."""
        tables = self.review.vocabulary.tables.values()
        pattern = next(table.column("rater_id").pattern for table in tables if table.rates)
        if not re.fullmatch(pattern or ".+", rater):
            hint = "small letters and digits, with hyphens between, as in ann-2"
            self.said = ("alert", f"“{rater}” is no rater id: {hint}.")
            return
        self.rater, self.waived = rater, set()
        self.read()
        self.go_first()

    def do_sign_out(self) -> None:
        """Forget the rater."""
        self.rater, self.waived, self.place = "", set(), ""

    def do_view(self, view: str) -> None:
        """Change the view; filters stay, as far as the view has them."""
        self.view = view if view in self.views or view == SETTLE else self.view
        self.read()
        self.go_first()

    def do_waive(self, what: str) -> None:
        """Take the rater's word that she does not rate this, or nothing at all, in this session."""
        self.waived.add(what)
        self.go_first()

    def do_filter(self, name: str, value: str | bool) -> None:
        """Change one filter."""
        picked: dict[str, Any] = {name: value}
        self.filters = replace(self.filters, **picked)
        if self.place not in self.list_items():
            self.go_first()

    def do_move(self, by: int) -> None:
        """Go to the next row that is picked, or to the one before."""
        rows, picked = self.list_rows(), set(self.list_items())
        at = rows.index(self.place) if self.place in rows else -1 if by > 0 else len(rows)
        ahead = rows[at + 1 :] if by > 0 else rows[:at][::-1] if at > 0 else []
        target = next((row for row in ahead if row in picked), None)
        if target is None:
            self.said = ("status", f"This is the {'last' if by > 0 else 'first'} one.")
        else:
            self.place = target

    def do_save(self, place: str, values: Mapping[str, str], note: str) -> None:
        """Save what is new among a row's values, and a note."""
        view, note = self.views[self.view], " ".join(note.split())
        own = self.find_values(view.table, place)
        chosen = _drop_mapped({name: value for name, value in values.items() if name in view.variables})
        fresh = {name: value for name, value in chosen.items() if own.get(name) != value}
        others = self.find_others(view.table, place, fresh, all_raters=False)
        revised = [name for name in fresh if name in own and (others[name] != "").any()]
        if not self.rater or self.is_closed():
            self.said = ("alert", "This view is closed for you; nothing was saved.")
        elif not fresh and not note:
            self.said = ("status", "Nothing to save: choose a code, or another one than you saved.")
        elif revised and not note:
            seen = f"You have seen the others' values of {_name(revised)}"
            self.said = ("alert", f"{seen}: say in the note why you revise yours.")
        else:
            note = f"{', '.join(revised)} {REVISED}: {note}" if revised else note
            receipt = save_ratings(
                fresh, row_id=place, table=view.table, rater_id=self.rater, note=note, seen=own, folder=self.folder
            )
            saved = f"Saved {_name(receipt.changed)} of {place}."
            self._close(receipt, saved if receipt.changed else f"Saved before, in another window: {place}.")

    def do_settle(self, place: str, values: Mapping[str, str], note: str) -> None:
        """Write final values and their cells."""
        table, row_id, variable = place.split("/")
        may_settle = self.find_known(table, row_id) & set(self.find_view(table, variable).variables)
        now = self.find_current(table, row_id)
        chosen = _drop_mapped({name: value for name, value in values.items() if name in may_settle})
        chosen = {name: value for name, value in chosen.items() if name == variable or value != now[name]}
        if not chosen.get(variable) or not note.strip():
            self.said = ("alert", "Choose the final value and give the reason.")
            return
        receipt = settle(
            chosen, row_id=row_id, table=table, rater_id=self.rater, reason=" ".join(note.split()), folder=self.folder
        )
        self._close(receipt, f"Settled {_name(chosen)} of {row_id}.")

    def find_current(self, table: str, row_id: str) -> dict[str, str]:
        """Return the cells of a row that are rated, as raters say them."""
        rows = self.review.tables[table]
        row = rows[rows[self.key(table)] == row_id].iloc[0]
        empty = {"proposition_id": NO_ITEM}
        return {name: empty.get(name, "") if pd.isna(row[name]) else str(row[name]) for name in self.rated[table]}

    def _close(self, receipt: Receipt, done: str) -> None:
        """Say what a save did, and read again what it changed."""
        rated = [name for name in receipt.cells if name in self.rated[receipt.table]]
        cells = labels.series(f"{_name([name])} {labels.word(receipt.cells[name] or 'none')}" for name in rated)
        self.said = ("status", f"{done} In the table now: {cells}." if cells else done)
        self.read()
        if receipt.cells:
            try:
                self.take(load(self.folder))
            except TableError as error:
                self.said = ("alert", f"{done} But the tables are not sound now: {self._shorten(error)}")


def _name(variables: Iterable[str]) -> str:
    return labels.series(map(name_variable, variables))


def _make_keys(listed: pd.DataFrame) -> list[str]:
    return ["/".join(unit) for unit in listed[["table", "row_id", "variable"]].itertuples(index=False, name=None)]


def _drop_mapped(values: Mapping[str, str]) -> dict[str, str]:
    """Leave out match and asserted direction where no proposition fits."""
    none = values.get("proposition_id") == NO_ITEM
    return {name: value for name, value in values.items() if not (none and name in MAPPED)}
