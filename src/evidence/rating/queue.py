"""Which rows wait for a rater, and which ratings she may see. Blindness is decided here and nowhere else.

Two rules keep a rater blind. Other raters' values of a cell are given out when her own rating of that cell is
on disk. And the evidence is given out when it can no longer colour what is coded without it: in the view
*match* after she has rated a claim's wording, or has said that she rates no wording; its filters by kind and
support find settled values, so in the view *wording* kind means the kind she gave herself, and support is not
offered.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from evidence.rating.views import BLIND, VIEWS, View
from evidence.tables import Review

__all__ = [
    "find_done",
    "find_others",
    "find_own",
    "may_see_support",
    "narrow_claims",
    "select_disagreements",
    "select_rows",
]


def find_own(ratings: pd.DataFrame, rater_id: str) -> pd.DataFrame:
    """Return a rater's independent ratings that count, the last of each cell."""
    mine = ratings[(ratings["rater_id"] == rater_id) & (ratings["round"] == "independent")]
    return mine.drop_duplicates(["table", "row_id", "variable"], keep="last")


def find_others(
    ratings: pd.DataFrame, rater_id: str, table: str, row_id: str, variables: Iterable[str]
) -> pd.DataFrame:
    """Return the others' last ratings, settled values too, of the cells that a rater has rated herself."""
    here = ratings[
        (ratings["table"] == table)
        & (ratings["row_id"] == row_id)
        & ratings["variable"].isin(list(variables))
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
    claims: pd.DataFrame,
    own: pd.DataFrame,
    view: str,
    *,
    source: str,
    kind: str,
    support: str,
    variable: str = "",
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


def select_rows(
    review: Review, claims: pd.DataFrame, own: pd.DataFrame, view: View, *, any_wording: bool
) -> list[str]:
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
    listed: pd.DataFrame,
    own: pd.DataFrame,
    claims: pd.DataFrame,
    *,
    variable: str,
    all_claims: bool,
    any_cell: bool,
) -> pd.DataFrame:
    """Return the disagreements that a rater may see: of cells she has rated, or all where she rates none.

    Parameters
    ----------
    listed
        As `evidence.rating.settling.list_disagreements` gives them.
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
