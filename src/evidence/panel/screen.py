"""What a rater sees of one row: the claim in its passage, or the proposition with what studies found.

All that the panel may know at one moment, as plain data: what is hidden from the rater is not in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from evidence.judgements import describe_evidence
from evidence.panel.session import (
    BLIND,
    SETTLE,
    VIEWS,
    Session,
    describe_variable,
    find_others,
    find_own,
    may_see_support,
)
from evidence.rules import NO_ITEM
from evidence.tables import Review
from evidence.texts import link_words, show_passage

AROUND = 420


def describe_claim(review: Review, passages: Mapping[str, str], claim_id: str) -> dict[str, Any]:
    """Describe a claim without anything that was judged of it: no code, no proposition, no evidence.

    Returns
    -------
    dict
        ``id``, ``title`` (the article's), ``claim``, ``quote``, ``passage`` (before, span, behind; None where
        the text is not at hand) and ``link`` (to the words on the live page, or empty).
    """
    claim = review.claims.set_index("claim_id").loc[claim_id]
    card = describe_segment(review, passages, claim, claim_id)
    link = link_words(_empty(_find_source(review, claim)["url"]), claim["quote"])
    return {**card, "claim": claim["claim"], "quote": claim["quote"], "link": link}


def describe_segment(review: Review, passages: Mapping[str, str], row: pd.Series, key: str) -> dict[str, Any]:
    """Describe a stretch of an article: a row with ``source_id``, ``start`` and ``end``."""
    text = passages.get(row["source_id"])
    return {
        "id": key,
        "title": _find_source(review, row)["title"],
        "claim": "",
        "quote": "",
        "passage": None if text is None else list(show_passage(text, row["start"], row["end"], around=AROUND)),
        "link": "",
    }


def _find_source(review: Review, row: pd.Series) -> pd.Series:
    return review.sources.set_index("source_id").loc[row["source_id"]]


def describe_proposition(review: Review, proposition_id: str, *, sentence: bool) -> dict[str, Any]:
    """Describe a proposition with its findings; with the evidence sentence only where it may be seen.

    The sentence names direction and certainty, so whoever rates these must not see it.
    """
    row = review.propositions.set_index("proposition_id").loc[proposition_id]
    parts = ("population", "intervention", "comparator", "outcome", "timepoint")
    return {
        "id": proposition_id,
        "statement": row["statement"],
        "parts": [[part.capitalize(), str(row[part]).replace("_", " ")] for part in parts],
        "sentence": describe_evidence(row) if sentence else "",
        "findings": _list_findings(review, proposition_id),
    }


def _list_findings(review: Review, proposition_id: str) -> list[str]:
    findings = review.findings[review.findings["proposition_id"] == proposition_id]
    rows = findings.merge(review.studies[["study_id", "citation", "risk_of_bias"]], on="study_id", validate="m:1")
    return [_describe_finding(row) for row in rows.to_dict("records")]


def _describe_finding(row: Mapping) -> str:
    effect = ""
    if pd.notna(row["estimate"]):
        limits = f" ({row['ci_low']:g} to {row['ci_high']:g})" if pd.notna(row["ci_low"]) else ""
        effect = f"; {row['effect_measure']} {row['estimate']:g}{limits}"
    people = row["n_intervention"], row["n_comparator"]
    size = f"; {people[0]} against {people[1]} people" if all(map(pd.notna, people)) else ""
    note = f"; {row['note']}" if pd.notna(row["note"]) else ""
    bias = str(row["risk_of_bias"]).replace("_", " ")
    outcome = f"{row['outcome_measure']}, {row['timepoint']}".replace("_", " ")
    return f"{row['study_id']}: {outcome}, against {row['comparator']}{effect}{size}; risk of bias {bias}{note}"


def _empty(value: Any) -> str:
    return "" if pd.isna(value) else str(value)


CLOSED = "Not for wording: it tells of the evidence."
HINTS = {
    "wording": {"kind": "As you rated it, not as others did.", "support": CLOSED},
    "match": {"kind": "", "support": "Among those whose match you rated."},
    "certainty": {"kind": "", "support": ""},
    SETTLE: {"kind": "", "support": CLOSED},
}


def describe_screen(session: Session) -> dict[str, Any]:
    """Return what the panel shows.

    Returns
    -------
    dict
        ``rater``, ``view``, ``views``, ``filters``, ``progress``, ``place``, ``gate``, ``card``,
        ``variables``, ``own``, ``others``, ``said``; ``card`` is None where there is nothing to show.
    """
    screen = {
        "rater": session.rater,
        "view": session.view,
        "views": [[view.name, view.label] for view in VIEWS.values()] + [[SETTLE, "Settle"]],
        "said": list(session.said),
        "card": None,
    }
    if not session.rater:
        return screen
    rows, items, done = session.list_rows(), session.list_items(), session.find_finished()
    return {
        **screen,
        "filters": _describe_filters(session),
        "progress": [sum(row in done for row in rows), len(rows)],
        "place": [items.index(session.place) + 1 if session.place in items else 0, len(items), session.place],
        "gate": _describe_gate(session, rows),
        **(_describe_row(session) if session.place else {}),
    }


def _describe_gate(session: Session, rows: list[str]) -> dict[str, str] | None:
    """Say why a view is empty, and what the rater can say to open it."""
    if rows:
        return None
    if session.is_closed():
        return {"text": "You have given up this blind rating for this session. Another rater id starts anew."}
    if session.view == "match" and "wording" not in session.waived:
        text = "A claim comes here when you have rated its wording, so that the evidence cannot colour that."
        return {"text": text, "button": "I rate no wording", "waive": "wording"}
    if session.view == SETTLE and "rating" not in session.waived:
        text = "Here is where raters differ on what you have rated. Whoever settles without rating sees all."
        return {"text": text, "button": "I settle and do not rate", "waive": "rating"}
    return {"text": "Nothing is left here under these filters."}


def _describe_filters(session: Session) -> dict[str, Any]:
    words, view, picked = session.review.vocabulary, session.view, session.filters
    claims = view in ("wording", "match", SETTLE)
    support = may_see_support(view, picked.variable)
    sources = [[row.source_id, row.title] for row in session.review.sources.itertuples()]
    hints = {**HINTS[view], **({"support": ""} if view == SETTLE and support else {})}
    return {
        "picked": dict(vars(picked)),
        "source": sources if claims else [],
        "kind": _list_options(words.labels("claims", "kind")) if claims else [],
        "support": _list_options(words.labels("derived", "support")) if claims else [],
        "support_open": support,
        "variable": _list_variables() if view == SETTLE else [],
        "hints": hints,
    }


def _list_options(labels: Mapping[str, str]) -> list[list[str]]:
    return [[value, label] for value, label in labels.items()]


def _list_variables() -> list[list[str]]:
    return [[name, name.replace("_", " ").capitalize()] for view in VIEWS.values() for name in view.variables]


def _describe_row(session: Session) -> dict[str, Any]:
    if session.view == SETTLE:
        return _describe_disagreement(session, *session.place.split("/"))
    view = VIEWS[session.view]
    own = find_own(session.ratings, session.rater)
    own = own[(own["table"] == view.table) & (own["row_id"] == session.place)].set_index("variable")
    others = find_others(session.ratings, session.rater, view.table, session.place, view.variables)
    seen = "certainty" in own.index and "direction" in own.index
    return {
        "card": _describe_card(session, view.table, session.place, evidence=view.name == "match", sentence=seen),
        "variables": _describe_variables(session, view.table, view.variables),
        "own": {name: {"value": row["value"], "note": row["note"]} for name, row in own.iterrows()},
        "others": {
            name: _list_others(session, view.table, name, rows, own) for name, rows in others.groupby("variable")
        },
    }


def _describe_disagreement(session: Session, table: str, row_id: str, variable: str) -> dict[str, Any]:
    """Show every rater's value of a cell; of a proposition all its variables, which hang together."""
    names = VIEWS["certainty"].variables if table == "propositions" else (variable,)
    schema = session.review.vocabulary.tables[table]
    now = getattr(session.review, table).set_index(schema.key).loc[row_id]
    cells = session.ratings
    here = cells[(cells["table"] == table) & (cells["row_id"] == row_id) & cells["variable"].isin(names)]
    last = here.drop_duplicates(["variable", "rater_id", "round"], keep="last")
    current = {name: NO_ITEM if schema.column(name).type == "list" else "" for name in names}
    current |= {name: now[name] for name in names if pd.notna(now[name])}
    blind = table == "claims" and variable in BLIND
    return {
        "card": _describe_card(session, table, row_id, evidence=not blind, sentence=True),
        "variables": _describe_variables(session, table, names),
        "own": {name: {"value": value, "note": ""} for name, value in current.items() if name != variable},
        "others": {name: _list_others(session, table, name, rows, None) for name, rows in last.groupby("variable")},
        "settling": {"variable": variable, "current": _label(session, table, variable, current[variable])},
    }


def _describe_card(session: Session, table: str, row_id: str, *, evidence: bool, sentence: bool) -> dict[str, Any]:
    review = session.review
    if table == "propositions":
        return {"kind": "proposition", **describe_proposition(review, row_id, sentence=sentence)}
    if table != "claims":
        row = review.segments.set_index("segment_id").loc[row_id]
        return {"kind": table, **describe_segment(review, session.passages, row, row_id)}
    card = {"kind": "claim", **describe_claim(review, session.passages, row_id)}
    proposition = review.claims.set_index("claim_id").loc[row_id, "proposition_id"]
    if evidence and pd.notna(proposition):
        card["evidence"] = describe_proposition(review, proposition, sentence=True)
    return card


def _describe_variables(session: Session, table: str, names: tuple[str, ...]) -> list[dict[str, Any]]:
    return [describe_variable(session.review.vocabulary, session.manual, table, name) for name in names]


def _list_others(session: Session, table: str, name: str, rows: pd.DataFrame, own: pd.DataFrame | None) -> list[dict]:
    mine = None if own is None else own.loc[name, "value"]
    return [
        {
            "rater": row["rater_id"],
            "round": row["round"],
            "label": _label(session, table, name, row["value"]),
            "note": row["note"],
            "same": None if mine is None else row["value"] == mine,
        }
        for row in rows.to_dict("records")
    ]


def _label(session: Session, table: str, name: str, value: str) -> str:
    labels = {**session.review.vocabulary.labels(table, name), NO_ITEM: "None of these"}
    return ", ".join(labels.get(item, item) for item in value.split(";"))
