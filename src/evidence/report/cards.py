"""What stands on the cards of claims, propositions and studies: plain text, for a template that escapes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pandas as pd

from evidence import labels
from evidence.counts import join_claims
from evidence.findings import list_downgrades
from evidence.judgements import describe_evidence, explain_support
from evidence.texts import link_words

if TYPE_CHECKING:
    from evidence.tables import Review

Card = dict[str, Any]
_SPLIT = "n_intervention", "n_comparator"
_SAID = {"not_reported": "not reported", "not_applicable": "not applicable", "unclear": "unclear"}


def describe_claim_cards(review: Review) -> list[Card]:
    """Describe every claim as its card shows it, in the order of the articles' text.

    Parameters
    ----------
    review
        As `evidence.load` returns it.

    Returns
    -------
    list of dict
        One card a claim: its cells with labels in place of words (``""`` where empty, ``word`` holding the
        words themselves), ``link`` (to its words on the live page), ``why`` (the rule's line with
        its values), ``evidence`` (the proposition with its sentence, or None), ``studies`` (on the
        proposition), ``citation`` (its row, or None).
    """
    claims = join_claims(review)
    urls = dict(zip(review.sources["source_id"], review.sources["url"], strict=True))
    evidence = _describe_propositions(review)
    studies, citations = _list_studies(review), _find_citations(review)
    cards = []
    for claim, card in zip(claims.to_dict("records"), label_rows(claims, "claims", review), strict=True):
        key = card["proposition_id"]
        card.update(
            link=keep_web(link_words(urls[card["source_id"]], claim["quote"])),
            why=explain_support(claim),
            evidence=evidence.get(key),
            studies=studies.get(key, []),
            citation=citations.get(card["claim_id"]),
        )
        cards.append(card)
    return cards


def describe_proposition_cards(review: Review, claims: Iterable[Card]) -> list[Card]:
    """Describe every proposition as its card shows it.

    Parameters
    ----------
    review
        As `evidence.load` returns it.
    claims
        The claims' cards.

    Returns
    -------
    list of dict
        One card a proposition: its cells as text, ``grade`` (certainty with symbols), ``sentence``,
        ``downgrades`` (domain, mark, steps), ``findings`` (with ``effect``, ``about``: comparator, measure, time,
        people; ``place`` and ``link``), ``levels`` (of its claims: word, label, claims' ids), ``n_claims``.
    """
    downgrades = _group(list_downgrades(review.propositions).to_dict("records"), "proposition_id")
    findings = _group(_describe_findings(review), "proposition_id")
    mapped = _group(claims, "proposition_id")
    marks = review.vocabulary.labels("propositions", "risk_of_bias")
    cards = label_rows(review.propositions, "propositions", review)
    for card, row in zip(cards, review.propositions.to_dict("records"), strict=True):
        key = card["proposition_id"]
        card.update(
            grade=labels.certainty(row["certainty"]),
            sentence=describe_evidence(row),
            downgrades=[
                {"domain": one["domain"].replace("_", " "), "mark": marks[one["mark"]], "steps": one["steps"]}
                for one in downgrades.get(key, [])
            ],
            findings=findings.get(key, []),
            levels=_group_levels(mapped.get(key, []), review),
            n_claims=len(mapped.get(key, [])),
        )
    return cards


def describe_study_cards(review: Review) -> list[Card]:
    """Describe every study as its card shows it.

    Returns
    -------
    list of dict
        One card a study: its cells as text, ``doi_url``, ``pmid_url``, ``link`` (the page read), ``findings``
        (as on the propositions' cards), ``citations`` (mentions of it by articles).
    """
    findings = _group(_describe_findings(review), "study_id")
    mentions = _group(label_rows(review.citations, "citations", review), "study_id")
    cards = label_rows(review.studies, "studies", review)
    for card in cards:
        card.update(
            link_doi(card["doi"]),
            pmid_url=f"https://pubmed.ncbi.nlm.nih.gov/{card['pmid']}/" if card["pmid"] else "",
            link=keep_web(card["url"]),
            findings=findings.get(card["study_id"], []),
            citations=mentions.get(card["study_id"], []),
        )
    return cards


def _group(rows: Iterable[Card], name: str) -> dict[str, list[Card]]:
    groups: dict[str, list[Card]] = {}
    for row in rows:
        groups.setdefault(row[name], []).append(row)
    return groups


def _describe_findings(review: Review) -> list[Card]:
    cards = label_rows(review.findings, "findings", review)
    for card, row in zip(cards, review.findings.to_dict("records"), strict=True):
        address, _, place = card["locator"].partition(" ")
        card.update(
            effect=labels.effect(row), about=_describe_setting(card), link=keep_web(address), place=place or "page read"
        )
    return cards


def _describe_setting(card: Card) -> list[str]:
    """Say against what, by which measure, when and in how many people a finding was made."""
    people = " v ".join(card[name] for name in _SPLIT if card[name])
    against = card["comparator"]
    parts = (
        "" if against == "not applicable" else f"against {against}",
        card["outcome_measure"],
        card["timepoint"],
        f"n = {people}" if people else "",
    )
    return [part for part in parts if part and part != "not applicable"]


def _group_levels(cards: list[Card], review: Review) -> list[Card]:
    """Group claims by their level, in the levels' order."""
    by_level = _group([{"word": card["word"]["support"], "id": card["claim_id"]} for card in cards], "word")
    return [
        {"word": word, "label": label, "claims": [one["id"] for one in by_level[word]]}
        for word, label in review.vocabulary.labels("derived", "support").items()
        if word in by_level
    ]


def label_rows(rows: pd.DataFrame, table: str, review: Review) -> list[Card]:
    """Write rows as text, with the label of each word in place of the word.

    Parameters
    ----------
    rows
        Rows of `table`, with or without columns that are derived.
    table
        Its name.
    review
        For the words' labels.

    Returns
    -------
    list of dict
        One a row. Lists are lists of labels, empty cells ``""``; ``word`` holds the words of columns that have
        any, as they stand in the cells.
    """
    labels = {
        column.name: review.vocabulary.labels(table, column.name)
        for column in review.vocabulary.tables[table].columns
        if column.words
    }
    labels |= {name: review.vocabulary.labels("derived", name) for name in review.vocabulary.derived}
    lists = {column.name for column in review.vocabulary.tables[table].columns if column.type == "list"}
    return [_label_row(row, labels, lists) for row in rows.to_dict("records")]


def _label_row(row: Mapping, labels: Mapping[str, Mapping[str, str]], lists: set[str]) -> Card:
    texts = {name: _write(cell) for name, cell in row.items()}
    card: Card = {"word": {name: texts[name] for name in labels.keys() & texts.keys()}}
    for name, text in texts.items():
        if name in lists:
            card[name] = [labels[name].get(item, item) for item in text.split(";") if item]
        else:
            card[name] = labels.get(name, _SAID).get(text, text)
    return card


def _write(cell: object) -> str:
    if pd.isna(cell):
        return ""
    if isinstance(cell, pd.Timestamp):
        return f"{cell:%Y-%m-%d}"
    return f"{cell:.10g}" if isinstance(cell, float) else str(cell)


def _describe_propositions(review: Review) -> dict[str, Card]:
    return {
        row["proposition_id"]: {
            "proposition_id": row["proposition_id"],
            "statement": row["statement"],
            "certainty": labels.certainty(row["certainty"]),
            "sentence": describe_evidence(row),
        }
        for row in review.propositions.to_dict("records")
    }


def _list_studies(review: Review) -> dict[str, list[Card]]:
    """List the studies with findings on each proposition, once each and in their order."""
    dois = dict(zip(review.studies["study_id"], review.studies["doi"].map(_write), strict=True))
    listed: dict[str, list[Card]] = {}
    pairs = review.findings[["proposition_id", "study_id"]].drop_duplicates()
    for key, study in pairs.itertuples(index=False, name=None):
        listed.setdefault(key, []).append({"study_id": study, **link_doi(dois[study])})
    return listed


def _find_citations(review: Review) -> dict[str, Card]:
    return {row["claim_id"]: row for row in label_rows(review.citations, "citations", review)}


def link_doi(doi: str) -> Card:
    """Return a DOI with its address; both empty where there is none."""
    return {"doi": doi, "doi_url": keep_web(f"https://doi.org/{doi}") if doi else ""}


def keep_web(address: str) -> str:
    """Return an address if it is one of the web, else an empty string.

    Examples
    --------
    >>> keep_web("https://example.org/a"), keep_web("javascript:alert(1)")
    ('https://example.org/a', '')
    """
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return ""
    return address.strip() if parts.scheme in ("http", "https") and parts.netloc else ""
