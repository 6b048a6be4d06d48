"""What stands on the cards of claims, propositions and studies: plain text, for a template that escapes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from evidence import labels
from evidence.findings import describe_listed, list_downgrades, list_reasons
from evidence.judgements import BY_ACCURACY, LINES, describe_evidence

if TYPE_CHECKING:
    from evidence.tables import Review

Card = dict[str, Any]
PITCHES = {"is": "Is a pitch", "sells": "Sells beside what it says", "": "Does not sell"}
_SELLING = "Selling"  # the group of tags that mark it
_WORDED = {
    "uncertain": "as unknown",
    "tentative": "as possible",
    "qualified": "as likely, or true in part",
    "plain": "as a fact",
    "emphatic": "as certain",
}
_ALLOWED = ("only “it is not known”", "“may”", "“probably”", "a plain statement")  # by the evidence's rank
_RESTS = {  # what else follows from a line of the rule
    "4": "a limited search found no evidence",
    "5": "that claims nothing beyond the evidence",
    "7": "studies point both ways",
    "8": "the evidence points another way",
}
_PLAIN = "{:.10g}"  # years and PubMed numbers have no thousands


def describe_claim_cards(review: Review, claims: pd.DataFrame) -> list[Card]:
    """Describe every claim as its card shows it, in the order of the articles' text.

    Parameters
    ----------
    review
        As `evidence.load` returns it.
    claims
        All of them, as `evidence.counts.join_claims` judges them.

    Returns
    -------
    list of dict
        One card a claim: its cells with labels in place of words (``""`` where empty, ``word`` holding the
        words themselves), ``gap`` (a number or ``""``), ``link`` (to its words on the live page), ``why`` (the
        rule's line by its name, and what it says with the claim's values), ``plain`` (the same in plain words, as
        `describe_plainly`), ``pitch`` (one of `PITCHES`), ``evidence`` (on its proposition: certainty, sentence; or
        None), ``studies`` (on the proposition), ``citation`` (its row, or None), ``finals`` (values settled, with
        reasons).
    """
    reasons = list_reasons(claims, review).to_dict("records")
    selling = {word.label for word in review.vocabulary.words("claims", "tags") if word.group == _SELLING}
    citations = {row["claim_id"]: row for row in _describe_citations(review)}
    finals = _describe_finals(review, "claims")
    cards = make_cards(claims, "claims", review)
    for card, reason, claim in zip(cards, reasons, claims.to_dict("records"), strict=True):
        pitch = "is" if card["word"]["kind"] == "pitch" else "sells" if selling.intersection(card["tags"]) else ""
        card.update(
            gap="" if pd.isna(claim["gap"]) else int(claim["gap"]),
            link=reason["link"],
            why=reason["why"].split(": ", 1),
            plain=describe_plainly(claim, review),
            pitch=pitch,
            evidence={**reason, "word": labels.cell(claim["certainty"])} if card["proposition_id"] else None,
            studies=reason["studies"],
            citation=citations.get(card["claim_id"]),
            finals=finals.get(card["claim_id"], []),
        )
    return cards


def describe_plainly(claim: Mapping, review: Review) -> tuple[str, str]:
    """Say in plain words how a judged claim is worded, and what its evidence allows.

    Parameters
    ----------
    claim
        A row of `judge`'s result.
    review
        For the meanings of words.

    Returns
    -------
    tuple of str
        How it is worded (``""`` where that decides nothing), and the rest of the sentence.
    """
    line = claim["line"]
    if line not in _RESTS and LINES[line].basis != "evidence":
        table, column = _find_reason(claim)
        words = review.vocabulary.words(table, column)
        return "", next(word.definition for word in words if word.value == claim[column])
    rest = _RESTS.get(line, f"the evidence allows {_ALLOWED[int(claim['rank'])]}")
    further = line not in _RESTS and LINES[line].beyond
    more = f": {labels.count(claim['gap'], 'step', words=True)} more than is known" if further else ""
    return _WORDED[claim["strength"]], f"{rest}{more}."


def _find_reason(claim: Mapping) -> tuple[str, str]:
    """Find the column whose word decided the level of a claim that was not set against evidence."""
    if claim["line"] == "1":
        return "claims", "checkability"
    if claim["line"] == "citation" and claim["accuracy"] in BY_ACCURACY:
        return "citations", "accuracy"
    if claim["line"] == "citation" and claim["identity"] in ("not_found", "not_identifiable"):
        return "citations", "identity"
    return "derived", "support"


def describe_proposition_cards(review: Review, claims: Iterable[Card], findings: Iterable[Card]) -> list[Card]:
    """Describe every proposition as its card shows it.

    Parameters
    ----------
    review
        As `evidence.load` returns it.
    claims
        The claims' cards.
    findings
        As `describe_finding_cards` gives them.

    Returns
    -------
    list of dict
        One card a proposition: its cells as text, ``grade`` (certainty with symbols), ``sentence``,
        ``downgrades`` (domain, mark, steps), ``findings`` (with ``effect``, ``about``: comparator, measure, time,
        people; ``place`` and ``link``), ``listed`` (how many they are, from how many publications), ``counted`` (how
        many studies the certainty rests on; ``""`` where that is not known), ``differ`` (whether there are more or
        fewer publications), ``searches`` (their cells as text), ``levels`` (of its claims: word, label, claims' ids),
        ``n_claims``, ``finals`` (values settled, with reasons).
    """
    downgrades = group_rows(list_downgrades(review.propositions).to_dict("records"), "proposition_id")
    found = group_rows(findings, "proposition_id")
    searches = group_rows(make_cards(review.searches, "searches", review), "proposition_id")
    mapped, finals = group_rows(claims, "proposition_id"), _describe_finals(review, "propositions")
    marks = review.vocabulary.labels("propositions", "risk_of_bias")
    cards = make_cards(review.propositions, "propositions", review)
    for card, row in zip(cards, review.propositions.to_dict("records"), strict=True):
        key = card["proposition_id"]
        studies = [one["study_id"] for one in found.get(key, [])]
        n = None if pd.isna(row["n_studies"]) else int(row["n_studies"])
        card.update(
            grade=labels.certainty(row["certainty"]),
            sentence=describe_evidence(row),
            downgrades=[
                {"domain": labels.word(one["domain"]), "mark": marks[one["mark"]], "steps": one["steps"]}
                for one in downgrades.get(key, [])
            ],
            findings=found.get(key, []),
            listed=describe_listed(studies),
            counted="" if n is None else labels.count(n, "study", "studies"),
            differ=n is not None and n != len(set(studies)),
            searches=searches.get(key, []),
            finals=finals.get(key, []),
            levels=group_levels(mapped.get(key, []), review),
            n_claims=len(mapped.get(key, [])),
        )
    return cards


def describe_study_cards(review: Review, findings: Iterable[Card]) -> list[Card]:
    """Describe every study as its card shows it, with its findings from `describe_finding_cards`.

    Returns
    -------
    list of dict
        One card a study: its cells as text, ``reference`` (as printed), ``doi_url``, ``pmid_url``, ``link`` (the page
        read), ``findings`` (as on the propositions' cards), ``citations`` (mentions of it by articles), ``nearest``
        (mentions of another work, to which it comes nearest).
    """
    found = group_rows(findings, "study_id")
    mentions = _describe_citations(review)
    meant, nearest = group_rows(mentions, "study_id"), group_rows(mentions, "nearest_study_id")
    cards = make_cards(review.studies, "studies", review)
    for card, row in zip(cards, review.studies.to_dict("records"), strict=True):
        card.update(
            doi_url=labels.doi_address(row["doi"]),
            reference=labels.reference(row),
            pmid_url=f"https://pubmed.ncbi.nlm.nih.gov/{card['pmid']}/" if card["pmid"] else "",
            link=labels.web_address(card["url"]),
            findings=found.get(card["study_id"], []),
            citations=meant.get(card["study_id"], []),
            nearest=nearest.get(card["study_id"], []),
        )
    return cards


def group_rows(rows: Iterable[Card], name: str) -> dict[str, list[Card]]:
    """Group rows by the value of a cell, in their order."""
    groups: dict[str, list[Card]] = {}
    for row in rows:
        groups.setdefault(row[name], []).append(row)
    return groups


def describe_finding_cards(review: Review) -> list[Card]:
    """Describe every finding as the cards of its proposition and its study show it."""
    cards = make_cards(review.findings, "findings", review)
    for card, row in zip(cards, review.findings.to_dict("records"), strict=True):
        address, _, place = card["locator"].partition(" ")
        said = labels.finding(row)
        about = (said.against, said.measure, said.timepoint, said.size)
        card.update(
            effect=said.effect,
            about=[part for part in about if part],
            link=labels.web_address(address),
            place=place or "page read",
        )
    return cards


def _describe_citations(review: Review) -> list[Card]:
    """Describe every mention of outside work: its cells as text, and ``finals`` (values settled, with reasons)."""
    finals, cards = _describe_finals(review, "citations"), make_cards(review.citations, "citations", review)
    for card in cards:
        card["finals"] = finals.get(card["citation_id"], [])
    return cards


def _describe_finals(review: Review, table: str) -> dict[str, list[Card]]:
    """Describe the final ratings of a table's rows, by its key: ``values`` ([name, label]), ``rater_id``, ``note``."""
    rated = review.vocabulary.find_ratings(table)
    if rated is None:
        return {}
    ratings = review.tables[rated.name]
    names = {name: review.vocabulary.labels(table, name) for name in rated.rated}
    finals = [
        {
            "key": row[rated.key],
            "values": [
                [labels.word(name), labels.label(row[name], of)] for name, of in names.items() if pd.notna(row[name])
            ],
            "rater_id": row["rater_id"],
            "note": labels.cell(row["note"]),
        }
        for row in ratings[ratings["round"] == "final"].to_dict("records")
    ]
    return group_rows(finals, "key")


def group_levels(cards: list[Card], review: Review) -> list[Card]:
    """Group claims by their level, in the levels' order."""
    by_level = group_rows([{"word": card["word"]["support"], "id": card["claim_id"]} for card in cards], "word")
    return [
        {"word": word, "label": label, "claims": [one["id"] for one in by_level[word]]}
        for word, label in review.vocabulary.labels("derived", "support").items()
        if word in by_level
    ]


def make_cards(rows: pd.DataFrame, table: str, review: Review) -> list[Card]:
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
    columns = review.vocabulary.tables[table].columns
    names = {column.name: review.vocabulary.labels(table, column.name) for column in columns if column.words}
    names |= {name: review.vocabulary.labels("derived", name) for name in review.vocabulary.derived}
    lists = {column.name for column in columns if column.type == "list"}
    return [_label_row(row, names, lists) for row in rows.to_dict("records")]


def _label_row(row: Mapping, names: Mapping[str, Mapping[str, str]], lists: set[str]) -> Card:
    texts = {name: labels.cell(cell, _PLAIN) for name, cell in row.items()}
    card: Card = {"word": {name: texts[name] for name in names.keys() & texts.keys()}}
    for name, text in texts.items():
        if name in lists:
            card[name] = [names[name].get(item, item) for item in text.split(";") if item]
        else:
            card[name] = labels.label(text, names.get(name))
    return card
