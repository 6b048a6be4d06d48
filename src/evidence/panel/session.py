"""One person's session: which rows wait for her, what she may see, what she asks for and what that does.

Four rules keep a rater blind; they are decided here and nowhere else.

- Others' values of a cell are given out when her own value of that cell is on disk, and another's note when she has
  rated all that it may speak of.
- What is coded without the evidence comes first: a claim is mapped, and what it cites is traced, after she has rated
  its wording, or has said that she rates no wording.
- The direction and certainty of a proposition are given out when she has rated both, or has said that she rates no
  propositions.

- Who enters claims sees which sentences carry some; where others have coded an article, she first rates its segments,
  or says that she rates none. Codes of a claim and marks of a proposition are given out as above there, too.

Filters follow: kind is the kind that she gave, and support picks only claims of which she may know it. Who says that
she settles and does not rate sees all.

`Session.receive` takes a message as the browser sends it; `evidence.panel.screen` says what the browser may know then.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from evidence import labels
from evidence.checks import TableError
from evidence.coding import DERIVED, enter_claim, enter_rows, mark_segments, withdraw_claim
from evidence.judgements import judge
from evidence.ratings import (
    FINAL,
    INDEPENDENT,
    Receipt,
    join_notes,
    list_disagreements,
    load_ratings,
    save_ratings,
    settle,
)
from evidence.rules import MAPPED, NO_ITEM, UNCODED
from evidence.schema import Vocabulary
from evidence.tables import Review, load, read_cells
from evidence.texts import find_texts, hash_text, load_texts

MAPPING = ("proposition_id", *MAPPED)
WEIGHED = ("direction", "certainty")  # what the evidence sentence of a proposition tells
ENTER, EVIDENCE, SETTLE = "enter", "evidence", "settle"
REVISED = "revised in sight of others"


@dataclass(frozen=True)
class View:
    """One task of a rater: which variables of which table, and in which words it is offered."""

    name: str
    label: str
    table: str
    variables: tuple[str, ...]


ENTRY = {  # tasks of who enters; nothing is rated blind in them
    ENTER: View(ENTER, "Enter claims", "segments", ()),
    EVIDENCE: View(EVIDENCE, "Enter evidence", "propositions", ()),
}


def list_views(vocabulary: Vocabulary) -> dict[str, View]:
    """Return the tasks of raters by name: one for each table that is rated; for claims, wording and mapping apart.

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
    hashes = review.sources.set_index("source_id")["text_sha256"]
    found = load_texts(find_texts(review.folder, texts), review.sources)
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
    saved
        Whether what she asked for last was written; also where the tables then turned out to be unsound.
    withdrawing
        The claim that she has asked to withdraw, and what would go with it; ``("", "")`` for none.
    """

    def __init__(self, review: Review, *, texts: str | Path | None = None) -> None:
        self.folder, self.texts = review.folder.resolve(), texts
        self.passages = load_passages(review, texts)
        self.manual = read_manual(self.folder.parent / "docs" / "coding-manual.md")
        self.views = {**ENTRY, **list_views(review.vocabulary)}
        self.rated = {table.rates: table.rated for table in review.vocabulary.tables.values() if table.rates}
        self.rater, self.view, self.filters, self.place = "", "wording" if len(review.claims) else ENTER, Filters(), ""
        self.waived: set[str] = set()
        self.said = self.withdrawing = ("", "")
        self.saved = False
        self.take(review)

    def take(self, review: Review) -> None:
        """Take new tables."""
        self.review, self.claims = review, judge(review)
        self._cells: dict[str, pd.DataFrame] = {}
        self.read()

    def find_cells(self, table: str, **wanted: str) -> list[dict[str, str]]:
        """Return rows of a table as text, those with the cells that are wanted, as they were when it was last read."""
        if table not in self._cells:
            schema = self.review.vocabulary.tables[table]
            self._cells[table] = read_cells(self.folder / schema.path, schema)
        rows = self._cells[table]
        for name, value in wanted.items():
            rows = rows[rows[name] == value]
        return [{str(name): cell for name, cell in row.items()} for row in rows.to_dict("records")]

    def read(self) -> None:
        """Read the ratings again, as all raters have left them."""
        self.ratings = {table: load_ratings(table, folder=self.folder) for table in self.rated}
        self._own: dict[tuple[str, str], pd.DataFrame] = {}
        self._disagreements: pd.DataFrame | None = None

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
        if (table, self.rater) not in self._own:
            ratings = self.ratings[table]
            mine = (ratings["rater_id"] == self.rater) & (ratings["round"] == INDEPENDENT)
            self._own[table, self.rater] = ratings[mine].set_index(self.key(table))
        return self._own[table, self.rater]

    def find_values(self, table: str, row_id: str) -> dict[str, str]:
        """Return her own values of a row by variable, those alone that she gave."""
        own = self.find_own(table)
        rated = self.rated[table] if row_id in own.index else ()
        return {name: own.at[row_id, name] for name in rated if own.at[row_id, name]}

    def find_done(self, view: str, variables: Iterable[str] = ()) -> set[str]:
        """Return the rows of which she has rated these variables of a view, or all; one that none fits has no match."""
        task = self.views[view]
        own = self.find_own(task.table)
        done = (own[list(variables or task.variables)] != "").all(axis=1)
        return set(own.index[done | (own["proposition_id"] == NO_ITEM) if view == "mapping" else done])

    def list_variables(self) -> tuple[str, ...]:
        """Return the variables of the view that she rates: the one that is picked, or all of them."""
        variables = self.views[self.view].variables
        return (self.filters.variable,) if self.filters.variable in variables else variables

    def rates_one(self) -> bool:
        """Tell whether she rates one variable at a time, so that each save goes on to the next row."""
        return self.view != SETTLE and self.filters.variable in self.views[self.view].variables

    def gave_up(self, what: str) -> bool:
        """Tell whether she has said that she does not do this, or rates nothing at all."""
        return bool({what, "rating"} & self.waived)

    def is_closed(self) -> bool:
        """Tell whether she has given up the blind rating of this view."""
        return self.view != SETTLE and self.gave_up(self.view)

    def find_known(self, table: str, row_id: str) -> set[str]:
        """Return the variables of a row of which she may know what others said."""
        return set(self.rated[table] if self.gave_up("rating") else self.find_values(table, row_id))

    def find_unseen(self, claim: Mapping[str, str]) -> dict[str, str]:
        """Return the cells of a claim that tell of codes and are none, where she has not given her own yet."""
        key, shown = claim["claim_id"], ("claim", "quote", *DERIVED, *self.rated["claims"])
        if key in self.find_own("claims").index:
            shown = tuple(name for name in claim if name != "match_reason" or key in self.find_done("mapping"))
        return {name: cell for name, cell in claim.items() if name not in shown}

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
        if self.view == ENTER:
            return [] if self.find_bar() else [row["segment_id"] for row in self.list_sentences()]
        if self.view == EVIDENCE:
            return self.review.propositions["proposition_id"].tolist()
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

    @property
    def disagreements(self) -> pd.DataFrame:
        """All disagreements, settled ones too; looked for where they are wanted, in one view only."""
        if self._disagreements is None:
            self._disagreements = list_disagreements(self.folder, settled=True)
        return self._disagreements

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

    def find_source(self) -> str:
        """Return the article in which claims are entered: the one that is picked, or the first."""
        sources = self.review.sources["source_id"].tolist()
        return self.filters.source if self.filters.source in sources else next(iter(sources), "")

    def list_sentences(self) -> list[dict[str, str]]:
        """Return the segments of the article in which claims are entered, in its order."""
        return sorted(self.find_cells("segments", source_id=self.find_source()), key=lambda row: int(row["start"]))

    def find_bar(self) -> str:
        """Return why no claim can be entered here and now: ``"source"``, ``"text"``, ``"others"``, or ``""``."""
        if not self.find_source():
            return "source"
        if self.find_source() not in self.passages:
            return "text"
        if "segments" not in self.rated or self.gave_up("segments"):
            return ""
        ratings, own = self.ratings["segments"], set(self.find_own("segments").index)
        others = set(ratings.loc[ratings["rater_id"] != self.rater, "segment_id"])
        return "others" if any(row["segment_id"] in others - own for row in self.list_sentences()) else ""

    def list_items(self) -> list[str]:
        """Return the keys that next and previous go through: all, or those that wait."""
        rows, done = self.list_rows(), self.find_finished()
        waiting = self.filters.unrated if self.view != SETTLE else not self.filters.settled
        return [row for row in rows if row not in done] if waiting else rows

    def find_finished(self) -> set[str]:
        """Return the keys of rows that are rated, or settled."""
        if self.view == ENTER:
            return {row["segment_id"] for row in self.list_sentences() if row["role"] != UNCODED}
        if self.view == EVIDENCE:
            return set(self.list_rows())
        if self.view != SETTLE:
            return self.find_done(self.view, self.list_variables())
        listed = self.disagreements
        return set(_make_keys(listed[listed["settled"]]))

    def go_first(self) -> None:
        """Stay where that is possible, else go to the first row; where evidence is entered, to a new one."""
        items = self.list_items()
        self.place = self.place if self.place in items else "" if self.view == EVIDENCE else next(iter(items), "")

    # What she does

    def receive(self, message: Mapping[str, Any]) -> None:
        """Do what a message asks; what goes wrong is said and changes nothing."""
        options = {name: value for name, value in message.items() if name != "do"}
        self.said, self.withdrawing, self.saved = ("status", ""), ("", ""), False
        try:
            getattr(self, f"do_{message.get('do')}", self._refuse)(**options)
        except TableError as error:
            self.said = ("alert", self._shorten(error))
            with suppress(TableError):  # what is refused because others changed it is looked at again
                self.take(load(self.folder))
                self.place = self.place if self.place in self.list_rows() else ""
                self.go_first()
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

    def do_go(self, key: str, view: str = "") -> None:
        """Go to the row with this key, in another view where one is named."""
        if view:
            self.do_view(view)
        rows = self.list_rows()
        found = [row for row in rows if key.strip() in (row, *row.split("/")[1:2])]
        if found or (self.view == EVIDENCE and not key):
            self.place = next(iter(found), "")
        else:
            self.said = ("alert", f"“{key}” is not among the {len(rows)} rows of this view under its filters.")

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
            if self.rates_one():
                self._go_on(place)

    def _go_on(self, place: str) -> None:
        """Go to the next row that waits, behind this one, else from the beginning; stay where none waits."""
        rows, done = self.list_rows(), self.find_finished()
        at = rows.index(place) + 1 if place in rows else 0
        waiting = [row for row in (*rows[at:], *rows[:at]) if row not in done]
        self.place = next(iter(waiting), place)
        if not waiting:
            self.said = (self.said[0], f"{self.said[1]} None waits any more.".strip())

    def do_settle(self, place: str, values: Mapping[str, str], note: str) -> None:
        """Write final values and their cells."""
        table, row_id, variable = place.split("/")
        may_settle = self.find_known(table, row_id) & set(self.find_view(table, variable).variables)
        may_settle -= set(self.find_values(table, row_id))
        now = self.find_current(table, row_id)
        chosen = _drop_mapped({name: value for name, value in values.items() if name in may_settle})
        chosen = {name: value for name, value in chosen.items() if name == variable or value != now[name]}
        if variable in self.find_values(table, row_id):
            self.said = ("alert", "You have rated this; somebody who has not must settle it.")
            return
        if not chosen.get(variable) or not note.strip():
            self.said = ("alert", "Choose the final value and give the reason.")
            return
        receipt = settle(
            chosen, row_id=row_id, table=table, rater_id=self.rater, reason=" ".join(note.split()), folder=self.folder
        )
        self._close(receipt, f"Settled {_name(chosen)} of {row_id}.")

    def do_enter(
        self,
        segments: list[str],
        cells: Mapping[str, str],
        claim_id: str = "",
        citation: Mapping[str, str] | None = None,
        seen: Mapping[str, str] | None = None,
    ) -> None:
        """Enter a claim, or change one; what she adds to a cell that she does not see stands beside what is there."""
        unseen = next(map(self.find_unseen, self.find_cells("claims", claim_id=claim_id)), {})
        tags, note = (cells.get(name, "") for name in ("tags", "note"))
        hers = {
            "tags": ";".join(dict.fromkeys(tag for tag in f"{unseen.get('tags', '')};{tags}".split(";") if tag)),
            "note": join_notes(unseen.get("note", ""), note),
        }
        given = {name: hers[name] if name in unseen and name in hers else cell for name, cell in cells.items()}
        known = None if seen is None else {**seen, **unseen}
        key = enter_claim(
            given, rater_id=self._sign(), segments=segments, claim_id=claim_id, citation=citation, seen=known,
            folder=self.folder, texts=self.texts,
        )  # fmt: skip
        self._take_saved(f"Saved {key}.")
        if not claim_id:
            self._go_on(max(segments, key=self.list_rows().index))

    def do_mark(self, segments: list[str], role: str, reason: str = "") -> None:
        """Say that sentences carry no claim, and why."""
        mark_segments(segments, role, reason=reason, rater_id=self._sign(), folder=self.folder)
        word = labels.label(role, self.review.vocabulary.labels("segments", "role")).lower()
        self._take_saved(f"{labels.count(len(segments), 'sentence')} marked: {word}.")
        if role != UNCODED:
            self._go_on(max(segments, key=self.list_rows().index))

    def do_withdraw(self, claim_id: str, reason: str = "", merged_into: str = "") -> None:
        """Withdraw a claim with its reason; without one, say what would go with it."""
        self._sign()
        gone = withdraw_claim(
            claim_id, reason=reason, merged_into=merged_into, dry=not reason.strip(), folder=self.folder
        )
        if reason.strip():
            self._take_saved(str(gone))
        else:
            self.withdrawing = (claim_id, str(gone))

    def do_enter_rows(
        self, rows: Mapping[str, list[dict[str, str]]], seen: Mapping[str, Mapping[str, str]] | None = None
    ) -> None:
        """Enter a proposition with its searches and findings, or change them."""
        made = enter_rows(rows, rater_id=self._sign(), seen=seen, folder=self.folder)
        self.place = next(iter(made.get("propositions", [self.place])))
        self._take_saved(f"Saved {labels.series(key for keys in made.values() for key in keys)}.")

    def _sign(self) -> str:
        """Return who enters."""
        if not self.rater:
            raise ValueError("nobody has signed in")
        return self.rater

    def _take_saved(self, done: str, *, tables: bool = True) -> None:
        """Say what was saved, and read it again: the ratings, and the tables where these changed too."""
        self.said, self.saved = ("status", done), True
        try:
            self.read()
            if tables:
                self.take(load(self.folder))
        except TableError as error:
            self.said = ("alert", f"{done} But the tables are not sound now: {self._shorten(error)}")

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
        self._take_saved(f"{done} In the table now: {cells}." if cells else done, tables=bool(receipt.cells))


def _name(variables: Iterable[str]) -> str:
    return labels.series(map(name_variable, variables))


def _make_keys(listed: pd.DataFrame) -> list[str]:
    return ["/".join(unit) for unit in listed[["table", "row_id", "variable"]].itertuples(index=False, name=None)]


def _drop_mapped(values: Mapping[str, str]) -> dict[str, str]:
    """Leave out match and asserted direction where no proposition fits."""
    none = values.get("proposition_id") == NO_ITEM
    return {name: value for name, value in values.items() if not (none and name in MAPPED)}
