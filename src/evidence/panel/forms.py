"""What the panel shows to who enters rows, as plain data: an article's sentences, and forms made from the schema."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from evidence import labels
from evidence.coding import DERIVED
from evidence.panel.session import Session
from evidence.rules import CLAIM, FEWEST_SEARCHES, UNCODED
from evidence.schema import Column, Table

STANDING = {  # what a proposition stands on, and comes with
    "searches": f"Where and how it was looked for; at least {FEWEST_SEARCHES} where nothing was found.",
    "findings": "What a study found of it; with one, the proposition needs direction, certainty and its marks.",
}
NAMES = {"studies": "title", "propositions": "statement", "sources": "title"}  # the column that tells a row to a reader
QUOTE = {"label": "Quote, where the first and last words do not do", "required": False}  # it is made of these
BARRED = {
    "source": {"text": "No article is here yet: evidence add FILE --id NAME takes one in. Run this cell again then."},
    "text": {"text": "This article’s text is not at hand: evidence texts brings it. Run this cell again then."},
    "others": {
        "text": "Others have coded this article, and here you see which sentences they found to be claims. Rate its "
        "segments first, in the task of that name.",
        "button": "I rate no segments",
        "waive": "segments",
    },
}


def describe_article(session: Session) -> dict[str, Any]:
    """Describe the article in which claims are entered.

    Returns
    -------
    dict
        ``title``; ``sentences`` (each with ``id``, ``text``, ``role``, ``label``, ``reason`` and ``claims``, the ids of
        those that rest on it); ``claims`` by id (``cells``: her own codes and what is no code; ``citation``);
        ``fields`` (claim, quote, tags, note); ``citation`` (fields of a mention of outside work); ``reason`` (of a
        mapping); ``roles`` (of sentences without a claim); ``withdrawing`` (a claim and what would go with it).
    """
    source, words = session.find_source(), session.review.vocabulary
    text, tables = session.passages[source], words.tables
    claims = session.find_cells("claims", source_id=source)
    spans = [(int(row["start"]), int(row["end"]), row["claim_id"]) for row in claims]
    roles = words.labels("segments", "role")
    rated = (*session.rated["claims"], *DERIVED, "match_reason")
    unseen = {row["claim_id"]: session.find_unseen(row) for row in claims}
    return {
        "title": next(row["title"] for row in session.find_cells("sources", source_id=source)),
        "sentences": [
            {
                "id": row["segment_id"],
                "text": text[int(row["start"]) : int(row["end"])],
                "role": row["role"],
                "label": roles[row["role"]],
                "reason": row["reason"],
                "claims": [key for start, end, key in spans if start <= int(row["start"]) < end],
            }
            for row in session.list_sentences()
        ],
        "claims": {
            row["claim_id"]: {
                "cells": {
                    **{name: row[name] for name in row if name not in (*rated, *unseen[row["claim_id"]])},
                    **session.find_values("claims", row["claim_id"]),
                    "match_reason": "" if "match_reason" in unseen[row["claim_id"]] else row["match_reason"],
                },
                "citation": _find_citation(session, row["claim_id"]),
            }
            for row in claims
        },
        "fields": [
            {**field, **QUOTE} if field["name"] == "quote" else field
            for field in describe_fields(session, tables["claims"], leave_out=rated)
        ],
        "reason": describe_fields(session, tables["claims"], only=("match_reason",)),
        "citation": describe_fields(session, tables["citations"], leave_out=("claim_id",)),
        "roles": [vars(word) for word in words.words("segments", "role") if word.value not in (CLAIM, UNCODED)],
        "withdrawing": session.withdrawing,
    }


def _find_citation(session: Session, claim_id: str) -> dict[str, str]:
    """Return the mention of outside work that a claim is; of what is judged of it, what she said herself."""
    for row in session.find_cells("citations", claim_id=claim_id):
        own = session.find_values("citations", row["citation_id"])
        told = own.keys() >= set(session.rated["citations"])
        return {**(row if told else {"cited_as": row["cited_as"]}), **own}
    return {}


def describe_evidence_forms(session: Session) -> list[dict[str, Any]]:
    """Describe the forms for one proposition, new or known, and for what it stands on.

    Returns
    -------
    list of dict
        ``table``, ``label``, ``one`` (its rows are one and no more), ``fields``, and ``rows`` (cells of those that are
        there). Fields that tell what others judged are left out until she has judged it herself.
    """
    tables, key = session.review.vocabulary.tables, session.place
    parts = []
    for name in ("propositions", *STANDING):
        table = tables[name]
        hidden: tuple[str, ...] = () if name in STANDING else find_hidden(session, key)
        fields = describe_fields(
            session, table, leave_out=(*hidden, *(() if name not in STANDING else ("proposition_id",)))
        )
        rows = session.find_cells(name, proposition_id=key) if key else []
        own = session.find_values("propositions", key) if name not in STANDING else {}
        names = {field["name"] for field in fields} | {table.key}
        parts.append(
            {
                "table": name,
                "key": table.key,
                "label": table.title,
                "about": STANDING.get(name, ""),
                "one": name not in STANDING,
                "fields": fields,
                "rows": [{name: cell for name, cell in {**row, **own}.items() if name in names} for row in rows],
            }
        )
    return parts


def find_hidden(session: Session, proposition_id: str) -> tuple[str, ...]:
    """Return the columns of a proposition that tell what others judged and she has not."""
    ratings = session.ratings["propositions"]
    others = (ratings["proposition_id"] == proposition_id) & (ratings["rater_id"] != session.rater)
    known = session.find_known("propositions", proposition_id)
    unknown = [name for name in session.rated["propositions"] if name not in known]
    if not unknown or not others.any() or session.gave_up("propositions"):
        return ()
    return (*unknown, "certainty_reason", "certainty_origin", "note")


def describe_fields(
    session: Session, table: Table, *, only: Iterable[str] = (), leave_out: Iterable[str] = ()
) -> list[dict[str, Any]]:
    """Describe the columns of a table for a form; its key is made, not typed.

    Returns
    -------
    list of dict
        ``name``, ``label``, ``description``, ``required``, ``kind`` (``words``, ``list``, ``row``, ``long`` or
        ``short``), ``default``, and ``options``: of words each with ``value``, ``label``, ``group`` and
        ``definition``, of rows of another table the key as value and what the row is as label.
    """
    columns = [column for column in table.columns if column.name in (tuple(only) or table.names)]
    return [_describe_field(session, table, column) for column in columns if column.name not in (table.key, *leave_out)]


def _describe_field(session: Session, table: Table, column: Column) -> dict[str, Any]:
    pointed = next((key.table for key in table.foreign_keys if key.column == column.name), "")
    prose = column.type == "string" and not column.pattern
    kind = (
        "row"
        if pointed
        else "list"
        if column.type == "list"
        else "words"
        if column.words
        else "long"
        if prose
        else "short"
    )
    rows = session.find_cells(pointed) if pointed else []
    target = session.review.vocabulary.tables[pointed].key if pointed else ""
    return {
        "name": column.name,
        "label": labels.heading(column.name.removesuffix("_id")),
        "description": column.description,
        "required": column.required,
        "kind": kind,
        "default": date.today().isoformat() if column.type == "date" and column.required else "",
        "options": [vars(word) for word in column.words]
        or [{"value": row[target], "label": row.get(NAMES.get(pointed, ""), "")} for row in rows],
    }
