"""A rater's desk: the tables as she last saw them, her view, her filters, her place. Nothing here writes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from evidence.judgements import judge
from evidence.rating.cards import load_passages
from evidence.rating.queue import find_done, find_own, narrow_claims, select_disagreements, select_rows
from evidence.rating.settling import list_disagreements
from evidence.rating.store import load_ratings
from evidence.rating.views import VIEWS, read_manual
from evidence.tables import Review

__all__ = ["SETTLE", "Desk", "Filters"]

SETTLE = "settle"


@dataclass(frozen=True)
class Filters:
    """What the rater picks; an empty word picks all."""

    source: str = ""
    kind: str = ""
    support: str = ""
    variable: str = ""
    unrated: bool = False
    settled: bool = False


class Desk:
    """What lies before a rater.

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
        self.take(review)

    def take(self, review: Review) -> None:
        """Take new tables."""
        self.review, self.claims = review, judge(review)
        self.read()

    def read(self) -> None:
        """Read the ratings again, as all raters have left them."""
        self.ratings = load_ratings(self.folder)
        self.disagreements = list_disagreements(self.folder, settled=True, ratings=self.ratings)

    def is_closed(self) -> bool:
        """Tell whether the rater has given up the blind rating of this view."""
        return self.view != SETTLE and ("rating" in self.waived or self.view in self.waived)

    def find_values(self, row_id: str) -> dict[str, str]:
        """Return the rater's own values of a row by variable."""
        return self._find_own_row(row_id)["value"].to_dict()

    def find_ids(self, row_id: str) -> dict[str, str]:
        """Return the ids of the rater's own ratings of a row by variable."""
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
        found = select_disagreements(
            self.disagreements, own, claims, variable=picked.variable, all_claims=len(claims) == len(self.claims),
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
        return set(_make_keys(self.disagreements[self.disagreements["settled"]]))

    def go_first(self) -> None:
        """Stay where that is possible, else go to the first row."""
        items = self.list_items()
        self.place = self.place if self.place in items else next(iter(items), "")


def _make_keys(listed: pd.DataFrame) -> list[str]:
    return ["/".join(unit) for unit in listed[["table", "row_id", "variable"]].itertuples(index=False)]
