"""One rater's session: what she asks for, and what it does. Knows no browser.

`Session.receive` takes a message as the panel sends it; `evidence.rating.screen` says what the panel may know
then.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from evidence.checks import TableError
from evidence.judgements import judge
from evidence.rating.cards import load_passages
from evidence.rating.ledger import Receipt
from evidence.rating.queue import (
    find_done,
    find_others,
    find_own,
    narrow_claims,
    select_disagreements,
    select_rows,
)
from evidence.rating.settling import list_disagreements, settle
from evidence.rating.store import load_ratings, save_ratings
from evidence.rating.views import VIEWS, read_manual
from evidence.tables import Review, load

__all__ = ["SETTLE", "Filters", "Session"]

SETTLE = "settle"
REVISED = "revised in sight of others: "


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
    """A rater at work: the tables as she last saw them, her view, her filters, her place.

    Attributes
    ----------
    rater, view, filters, place
        Who rates, in which view, what is picked, which row is shown (its key; ``""`` for none).
    waived
        What she said she does not do in this session: ``"wording"``, ``"rating"``.
    said
        The last message to her and its kind (``"status"`` or ``"alert"``).
    """

    def __init__(self, review: Review, *, texts: str | Path | None = None) -> None:
        self.folder = review.folder.resolve()
        self.passages = load_passages(review, texts)
        self.manual = read_manual(self.folder.parent / "docs" / "coding-manual.md")
        self.rater, self.view, self.filters, self.place = "", "wording", Filters(), ""
        self.waived: set[str] = set()
        self.said = ("status", "")
        self._take(review)

    def _take(self, review: Review) -> None:
        self.review, self.claims = review, judge(review)
        self._read()

    def _read(self) -> None:
        self.ratings = load_ratings(self.folder)
        self.disagreements = list_disagreements(self.folder, settled=True, ratings=self.ratings)

    def receive(self, message: Mapping[str, Any]) -> None:
        """Do what a message asks; what goes wrong is said and changes nothing."""
        options = {name: value for name, value in message.items() if name != "do"}
        self.said = ("status", "")
        try:
            getattr(self, f"do_{message.get('do')}", self._refuse)(**options)
        except TableError as error:
            self.said = ("alert", str(error).replace(f"{self.folder}/", ""))
            self._read()
        except (KeyError, TypeError, ValueError, OSError) as error:
            self.said = (
                "alert",
                f"That could not be done, nothing was saved ({type(error).__name__}: {error}).",
            )

    def _refuse(self, **_: Any) -> None:
        self.said = ("alert", "The panel asked for something that is not known; run its cell again.")

    def do_sign_in(self, rater: str) -> None:
        """Take the rater's id, or say what is wrong with it."""
        pattern = self.review.vocabulary.tables["ratings"].column("rater_id").pattern
        if not re.fullmatch(pattern, rater):
            self.said = (
                "alert",
                f"“{rater}” is no rater id: small letters and digits, with hyphens between, as in ann-2.",
            )
            return
        self.rater, self.waived = rater, set()
        self._read()
        self._go_first()

    def do_sign_out(self) -> None:
        """Forget the rater."""
        self.rater, self.waived, self.place = "", set(), ""

    def do_view(self, view: str) -> None:
        """Change the view; filters stay, as far as the view has them."""
        self.view = view if view in VIEWS or view == SETTLE else self.view
        self._read()
        self._go_first()

    def do_waive(self, what: str) -> None:
        """Take the rater's word that she rates no wording, or nothing at all, in this session."""
        self.waived.add(what)
        self._go_first()

    def do_filter(self, name: str, value: str | bool) -> None:
        """Change one filter."""
        self.filters = replace(self.filters, **{name: value})
        if self.place not in self.list_items():
            self._go_first()

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
        """Save what is new among a row's values."""
        view, note = VIEWS[self.view], " ".join(note.split())
        own = self.find_values(place)
        fresh = {
            name: value for name, value in values.items() if name in view.variables and own.get(name) != value
        }
        others = find_others(self.ratings, self.rater, view.table, place, fresh)
        revised = set(fresh) & set(own) & set(others["variable"])
        if not fresh:
            self.said = ("status", "Nothing to save: choose a code, or another one than you saved.")
        elif not self.rater or self.is_closed():
            self.said = ("alert", "This view is closed for you; nothing was saved.")
        elif revised and not note:
            names = ", ".join(sorted(revised)).replace("_", " ")
            self.said = (
                "alert",
                f"You have seen the others' values of {names}: say in the note why you revise yours.",
            )
        else:
            notes = {name: f"{REVISED}{note}" if name in revised else note for name in fresh}
            receipt = save_ratings(fresh, row_id=place, table=view.table, rater_id=self.rater, note=notes,
                                   seen=self._find_ids(place), folder=self.folder)  # fmt: skip
            self._read()
            self.said = ("status", _describe_receipt(receipt, place))

    def do_settle(self, place: str, values: Mapping[str, str], note: str) -> None:
        """Write final values and their cells."""
        table, row_id, variable = place.split("/")
        now = getattr(self.review, table).set_index(self.review.vocabulary.tables[table].key).loc[row_id]
        chosen = {name: value for name, value in values.items() if name == variable or value != now[name]}
        if not chosen or not note.strip():
            self.said = ("alert", "Choose the final value and give the reason.")
            return
        receipt = settle(
            chosen, row_id=row_id, rater_id=self.rater, reason=" ".join(note.split()), folder=self.folder
        )
        self._take(load(self.folder))
        self.said = ("status", _describe_receipt(receipt, row_id, "Settled: final value and table are"))

    def is_closed(self) -> bool:
        """Tell whether the rater has given up the blind rating of this view."""
        return self.view != SETTLE and ("rating" in self.waived or self.view in self.waived)

    def find_values(self, row_id: str) -> dict[str, str]:
        """Return the rater's own values of a row by variable."""
        return self._find_own_row(row_id)["value"].to_dict()

    def _find_ids(self, row_id: str) -> dict[str, str]:
        return self._find_own_row(row_id)["rating_id"].to_dict()

    def _find_own_row(self, row_id: str) -> pd.DataFrame:
        own = find_own(self.ratings, self.rater)
        return own[own["row_id"] == row_id].set_index("variable")

    def list_rows(self) -> list[str]:
        """Return the keys of all rows the view offers under the filters, rated or not."""
        own, picked = find_own(self.ratings, self.rater), self.filters
        if not self.rater or self.is_closed():
            return []
        claims = narrow_claims(self.claims, own, self.view, source=picked.source, kind=picked.kind,
                               support=picked.support, variable=picked.variable)  # fmt: skip
        if self.view != SETTLE:
            return select_rows(
                self.review, claims, own, VIEWS[self.view], any_wording="wording" in self.waived
            )
        listed = self.disagreements
        found = select_disagreements(
            listed, own, claims, variable=picked.variable, all_claims=len(claims) == len(self.claims),
            any_cell="rating" in self.waived,
        )  # fmt: skip
        return _make_keys(found)

    def list_items(self) -> list[str]:
        """Return the keys that next and previous go through: all, or those that wait."""
        rows, done = self.list_rows(), self.find_finished()
        waiting = self.filters.unrated if self.view != SETTLE else not self.filters.settled
        return [row for row in rows if row not in done] if waiting else rows

    def find_finished(self) -> set[str]:
        """Return the keys of rows that are rated, or settled."""
        if self.view != SETTLE:
            return find_done(find_own(self.ratings, self.rater), VIEWS[self.view])
        listed = self.disagreements
        return set(_make_keys(listed[listed["settled"]]))

    def _go_first(self) -> None:
        items = self.list_items()
        self.place = self.place if self.place in items else next(iter(items), "")


def _make_keys(listed: pd.DataFrame) -> list[str]:
    return ["/".join(unit) for unit in listed[["table", "row_id", "variable"]].itertuples(index=False)]


def _describe_receipt(receipt: Receipt, row_id: str, verb: str = "") -> str:
    n, ids = len(receipt.rating_ids), receipt.rating_ids
    span = ids[0] if n == 1 else f"{ids[0]} to {ids[-1]}"
    what = f"{verb} saved" if verb else f"Saved {n} {'rating' if n == 1 else 'ratings'} of {row_id}"
    return f"{what} ({span}).{f' Before that {receipt.mended}.' if receipt.mended else ''}"
