"""What can be rated: the panel's views, their variables, each code with what the manual says of it.

Which rows wait for a rater, and which ratings she may see. Blindness is decided here and nowhere else.

Two rules keep a rater blind. Other raters' values of a cell are given out when her own rating of that cell is
on disk. And the evidence is given out when it can no longer colour what is coded without it: in the view
*match* after she has rated a claim's wording, or has said that she rates no wording; its filters by kind and
support find settled values, so in the view *wording* kind means the kind she gave herself, and support is not
offered.

A rater's desk: the tables as she last saw them, her view, her filters, her place. Nothing here writes.

One rater's session: what she asks for, and what it does. Knows no browser.

`Session.receive` takes a message as the panel sends it; `evidence.panel.screen` says what the panel may know
then.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from evidence.checks import TableError
from evidence.judgements import judge
from evidence.ratings import Receipt, list_disagreements, load_ratings, save_ratings, settle
from evidence.rules import NO_ITEM
from evidence.schema import Vocabulary, Word
from evidence.tables import Review, load
from evidence.texts import hash_text, load_texts


@dataclass(frozen=True)
class View:
    """One task of a rater: which variables of which table, and in which words it is offered."""

    name: str
    label: str
    table: str
    variables: tuple[str, ...]


VIEWS = {
    view.name: view
    for view in (
        View("wording", "Rate wording", "claims", ("kind", "voice", "strength", "backing", "checkability", "tags")),
        View("match", "Rate match", "claims", ("match", "asserted_direction")),
        View(
            "certainty",
            "Rate certainty",
            "propositions",
            (
                "direction",
                "risk_of_bias",
                "inconsistency",
                "indirectness",
                "imprecision",
                "publication_bias",
                "certainty",
            ),
        ),
    )
}
BLIND = frozenset(VIEWS["wording"].variables)


@dataclass(frozen=True)
class Section:
    """What the coding manual says of one variable: paragraphs, and by code its cells under their headings."""

    paragraphs: tuple[str, ...] = ()
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def read_manual(path: Path) -> dict[str, Section]:
    """Read the coding manual's section of each variable; empty where the manual is not at hand.

    A section begins with ``## variable``. Of its tables each row that begins with a code belongs to that
    code; what else stands there are paragraphs, without Markdown's marks.
    """
    if not path.is_file():
        return {}
    parts = re.split(r"^## (\w+)[^\n]*\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {name: _parse_section(body) for name, body in zip(parts[1::2], parts[2::2], strict=True)}


def _parse_section(body: str) -> Section:
    lines = body.splitlines()
    rows = [[_strip_marks(cell) for cell in line.strip("| ").split("|")] for line in lines if line.startswith("|")]
    codes = {}
    if rows:
        header = rows[0]
        at = next(i for i, cell in enumerate(rows[2]) if re.fullmatch(r"[a-z_]+", cell))
        codes = {row[at]: dict(zip(header, row, strict=False)) for row in rows[2:]}
    prose = "\n".join(line for line in lines if not line.startswith("|"))
    blocks = re.split(r"\n\s*\n|\n(?=- )", prose)
    return Section(tuple(_strip_marks(" ".join(block.split())) for block in blocks if block.strip()), codes)


def _strip_marks(text: str) -> str:
    return re.sub(r"[`*]|^- ", "", text.strip()).strip()


def describe_variable(vocabulary: Vocabulary, manual: Mapping[str, Section], table: str, name: str) -> dict[str, Any]:
    """Describe one variable for its control.

    Returns
    -------
    dict
        ``name``, ``label``, ``description``, ``many`` (whether any number of codes may be chosen), ``codes``
        (each with ``value``, ``label``, ``group``, ``definition``, ``cue``, ``boundary``) and ``manual``
        (paragraphs).
    """
    column, section = vocabulary.tables[table].column(name), manual.get(name, Section())
    many = column.type == "list"
    codes = [_describe_code(word, section.codes.get(word.value, {}), grouped=many) for word in column.words]
    if many:
        none = Word(NO_ITEM, "None of these", "Read, and no word applies.")
        codes.insert(0, _describe_code(none, {}, grouped=False))
    return {
        "name": name,
        "label": name.replace("_", " ").capitalize(),
        "description": column.description,
        "many": many,
        "codes": codes,
        "manual": list(section.paragraphs),
    }


def _describe_code(word: Word, cells: Mapping[str, str], *, grouped: bool) -> dict[str, str]:
    """Take definition and cue from the schema; boundary, and cues that the schema lacks, from the manual.

    The definition of a list's word begins with its group.
    """
    definition, _, cue = word.definition.partition("Cues: ")
    group, _, rest = definition.partition(": ") if grouped else ("", "", definition)
    return {
        "value": word.value,
        "label": word.label,
        "group": group if rest else "",
        "definition": _capital((rest or definition).strip()),
        "cue": cue.strip() or cells.get("cues", ""),
        "boundary": cells.get("boundary", ""),
    }


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def find_own(ratings: pd.DataFrame, rater_id: str) -> pd.DataFrame:
    """Return a rater's independent ratings that count, the last of each cell."""
    mine = ratings[(ratings["rater_id"] == rater_id) & (ratings["round"] == "independent")]
    return mine.drop_duplicates(["table", "row_id", "variable"], keep="last")


def find_others(
    ratings: pd.DataFrame, rater_id: str, table: str, row_id: str, variables: Iterable[str]
) -> pd.DataFrame:
    """Return the others' last ratings, settled values too, of the cells that a rater has rated herself."""
    here = ratings[
        (ratings["table"] == table) & (ratings["row_id"] == row_id) & ratings["variable"].isin(list(variables))
    ]
    rated = find_own(here, rater_id)["variable"]
    shown = here[here["variable"].isin(rated) & ((here["rater_id"] != rater_id) | (here["round"] == "final"))]
    return shown.drop_duplicates(["variable", "rater_id", "round"], keep="last")


def find_done(own: pd.DataFrame, view: View) -> set[str]:
    """Return the rows of which a rater has rated every variable of a view."""
    rows = own[(own["table"] == view.table) & own["variable"].isin(view.variables)]
    counts = rows.groupby("row_id")["variable"].nunique()
    return set(counts[counts == len(view.variables)].index)


def may_see_support(view: str, variable: str) -> bool:
    """Tell whether claims may be picked by their support: not while wording is rated or settled."""
    return view == "match" or (view == "settle" and variable != "" and variable not in BLIND)


def narrow_claims(
    claims: pd.DataFrame, own: pd.DataFrame, view: str, *, source: str, kind: str, support: str, variable: str = ""
) -> pd.DataFrame:
    """Keep the claims that the filters name, as far as the view may use them.

    Parameters
    ----------
    claims
        The judged claims.
    own
        As `find_own` gives it.
    view
        Name of the view; also ``"settle"``.
    source, kind, support
        Words to keep; empty keeps all. In *wording* kind is the rater's own; in *match* support finds only
        claims whose match she has rated.
    variable
        The variable to settle.
    """
    if source:
        claims = claims[claims["source_id"] == source]
    if kind and view == "wording":
        mine = own[(own["table"] == "claims") & (own["variable"] == "kind") & (own["value"] == kind)]
        claims = claims[claims["claim_id"].isin(mine["row_id"])]
    elif kind:
        claims = claims[claims["kind"] == kind]
    if support and may_see_support(view, variable):
        claims = claims[claims["support"] == support]
        if view == "match":
            claims = claims[claims["claim_id"].isin(find_done(own, VIEWS["match"]))]
    return claims


def select_rows(review: Review, claims: pd.DataFrame, own: pd.DataFrame, view: View, *, any_wording: bool) -> list[str]:
    """Return the keys of the rows a view offers, in the order of their table.

    Parameters
    ----------
    review
        For the propositions.
    claims
        The claims that the filters keep.
    own
        As `find_own` gives it.
    view
        The view. *Match* offers claims with a proposition.
    any_wording
        In *match*, also offer claims whose wording the rater has not rated.
    """
    if view.table == "propositions":
        return review.propositions.loc[review.propositions["certainty"].notna(), "proposition_id"].tolist()
    if view.name == "match":
        claims = claims[claims["proposition_id"].notna()]
        if not any_wording:
            claims = claims[claims["claim_id"].isin(find_done(own, VIEWS["wording"]))]
    return claims["claim_id"].tolist()


def select_disagreements(
    listed: pd.DataFrame, own: pd.DataFrame, claims: pd.DataFrame, *, variable: str, all_claims: bool, any_cell: bool
) -> pd.DataFrame:
    """Return the disagreements that a rater may see: of cells she has rated, or all where she rates none.

    Parameters
    ----------
    listed
        As `evidence.ratings.list_disagreements` gives them.
    own
        As `find_own` gives it.
    claims
        The claims that the filters keep.
    variable
        Variable to keep; empty keeps all.
    all_claims
        No filter on claims is set, so that other tables' rows stay.
    any_cell
        The rater settles and does not rate.
    """
    keep = pd.Series(True, index=listed.index)
    if variable:
        keep &= listed["variable"] == variable
    if not all_claims:
        keep &= (listed["table"] == "claims") & listed["row_id"].isin(claims["claim_id"])
    if not any_cell:
        rated = pd.MultiIndex.from_frame(own[["table", "row_id", "variable"]])
        keep &= pd.MultiIndex.from_frame(listed[["table", "row_id", "variable"]]).isin(rated)
    return listed[keep].reset_index(drop=True)


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


def load_passages(review: Review, texts: str | Path | None) -> dict[str, str]:
    """Read the articles' texts that are at hand and are those that were coded, by ``source_id``."""
    folder = texts or os.environ.get("EVIDENCE_TEXTS")
    if not folder:
        return {}
    hashes = review.sources.set_index("source_id")["text_sha256"]
    found = load_texts(folder, review.sources)
    return {source: text for source, text in found.items() if hash_text(text) == hashes[source]}


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
            return select_rows(self.review, claims, own, VIEWS[self.view], any_wording="wording" in self.waived)
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
            self.said = ("alert", f"That could not be done, nothing was saved ({type(error).__name__}: {error}).")

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
        fresh = {name: value for name, value in values.items() if name in view.variables and own.get(name) != value}
        others = find_others(self.ratings, self.rater, view.table, place, fresh)
        revised = set(fresh) & set(own) & set(others["variable"])
        if not fresh:
            self.said = ("status", "Nothing to save: choose a code, or another one than you saved.")
        elif not self.rater or self.is_closed():
            self.said = ("alert", "This view is closed for you; nothing was saved.")
        elif revised and not note:
            names = ", ".join(sorted(revised)).replace("_", " ")
            self.said = ("alert", f"You have seen the others' values of {names}: say in the note why you revise yours.")
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
        receipt = settle(chosen, row_id=row_id, rater_id=self.rater, reason=" ".join(note.split()), folder=self.folder)
        self.take(load(self.folder))
        self.said = ("status", _describe_receipt(receipt, row_id, "Settled: final value and table are"))


def _describe_receipt(receipt: Receipt, row_id: str, verb: str = "") -> str:
    n, ids = len(receipt.rating_ids), receipt.rating_ids
    if not ids:
        return f"Saved before, in another window: {row_id}."
    span = ids[0] if n == 1 else f"{ids[0]} to {ids[-1]}"
    what = f"{verb} saved" if verb else f"Saved {n} {'rating' if n == 1 else 'ratings'} of {row_id}"
    return f"{what} ({span}).{f' Before that {receipt.mended}.' if receipt.mended else ''}"
