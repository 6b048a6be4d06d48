"""What a rater sees of one row: the claim in its passage, or the proposition with what studies found."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from evidence.judgements import describe_evidence
from evidence.tables import Review
from evidence.texts import hash_text, link_words, load_texts, show_passage

__all__ = ["describe_claim", "describe_proposition", "describe_segment", "load_passages"]

AROUND = 420


def load_passages(review: Review, texts: str | Path | None) -> dict[str, str]:
    """Read the articles' texts that are at hand and are those that were coded, by ``source_id``."""
    folder = texts or os.environ.get("EVIDENCE_TEXTS")
    if not folder:
        return {}
    hashes = review.sources.set_index("source_id")["text_sha256"]
    found = load_texts(folder, review.sources)
    return {source: text for source, text in found.items() if hash_text(text) == hashes[source]}


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
        "passage": None
        if text is None
        else list(show_passage(text, row["start"], row["end"], around=AROUND)),
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
    rows = findings.merge(
        review.studies[["study_id", "citation", "risk_of_bias"]], on="study_id", validate="m:1"
    )
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
    return (
        f"{row['study_id']}: {outcome}, against {row['comparator']}{effect}{size}; risk of bias {bias}{note}"
    )


def _empty(value: Any) -> str:
    return "" if pd.isna(value) else str(value)
