"""What stands on the cards of propositions and studies: bodies of evidence, and what they are made of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from evidence import labels
from evidence.findings import list_downgrades
from evidence.judgements import describe_evidence
from evidence.report.cards import Card, keep_web, label_rows, link_doi

if TYPE_CHECKING:
    from evidence.tables import Review

_SPLIT = "n_intervention", "n_comparator"


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
