"""One rater's session: what she asks for, and what it does. Knows no browser.

`Session.receive` takes a message as the panel sends it; `evidence.rating.screen` says what the panel may know
then.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from evidence.checks import TableError
from evidence.rating.desk import SETTLE, Desk
from evidence.rating.ledger import Receipt
from evidence.rating.queue import find_others
from evidence.rating.settling import settle
from evidence.rating.store import save_ratings
from evidence.rating.views import VIEWS
from evidence.tables import load

__all__ = ["Session"]

REVISED = "revised in sight of others: "


class Session(Desk):
    """A rater at work: a desk that does what a message asks (``do_`` and its name)."""

    def receive(self, message: Mapping[str, Any]) -> None:
        """Do what a message asks; what goes wrong is said and changes nothing."""
        options = {name: value for name, value in message.items() if name != "do"}
        self.said = ("status", "")
        try:
            getattr(self, f"do_{message.get('do')}", self._refuse)(**options)
        except TableError as error:
            self.said = ("alert", str(error).replace(f"{self.folder}/", ""))
            self.read()
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
        self.read()
        self.go_first()

    def do_sign_out(self) -> None:
        """Forget the rater."""
        self.rater, self.waived, self.place = "", set(), ""

    def do_view(self, view: str) -> None:
        """Change the view; filters stay, as far as the view has them."""
        self.view = view if view in VIEWS or view == SETTLE else self.view
        self.read()
        self.go_first()

    def do_waive(self, what: str) -> None:
        """Take the rater's word that she rates no wording, or nothing at all, in this session."""
        self.waived.add(what)
        self.go_first()

    def do_filter(self, name: str, value: str | bool) -> None:
        """Change one filter."""
        self.filters = replace(self.filters, **{name: value})
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
                                   seen=self.find_ids(place), folder=self.folder)  # fmt: skip
            self.read()
            self.said = ("status", _describe_receipt(receipt, place))

    def do_settle(self, place: str, values: Mapping[str, str], note: str) -> None:
        """Write final values and their cells."""
        table, row_id, variable = place.split("/")
        now = getattr(self.review, table).set_index(self.review.vocabulary.tables[table].key).loc[row_id]
        chosen = {name: value for name, value in values.items() if name == variable or value != now[name]}
        if variable not in chosen or not note.strip():
            self.said = ("alert", "Choose the final value and give the reason.")
            return
        receipt = settle(
            chosen, row_id=row_id, rater_id=self.rater, reason=" ".join(note.split()), folder=self.folder
        )
        self.take(load(self.folder))
        self.said = ("status", _describe_receipt(receipt, row_id, "Settled: final value and table are"))


def _describe_receipt(receipt: Receipt, row_id: str, verb: str = "") -> str:
    n, ids = len(receipt.rating_ids), receipt.rating_ids
    if not ids:
        return f"Saved before, in another window: {row_id}."
    span = ids[0] if n == 1 else f"{ids[0]} to {ids[-1]}"
    what = f"{verb} saved" if verb else f"Saved {n} {'rating' if n == 1 else 'ratings'} of {row_id}"
    return f"{what} ({span}).{f' Before that {receipt.mended}.' if receipt.mended else ''}"
