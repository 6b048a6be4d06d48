"""What the page says first: how far the articles can be believed, what the evidence allows to say, each article.

Every function is given the claims as `evidence.counts.join_claims` judges them: once for the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import pandas as pd

from evidence import labels
from evidence.counts import count_claims, list_benchmarks, list_worst, select_checkable, select_promoting
from evidence.findings import list_estimates
from evidence.judgements import word_fairly
from evidence.report.cards import Card, group_levels, group_rows, make_cards
from evidence.sentences import describe_belief, describe_counts, describe_hands, list_key_numbers

if TYPE_CHECKING:
    from evidence.tables import Review

MOST_BARS = 5
MOST_SENTENCES = 8
MOST_OPEN = 6  # articles whose parts stand open; of more, each opens on demand
MOST_SHOWN = 25  # of more, those behind are folded
_ROOM = 0.06  # share of a bar from which its number has room in it
_TOLD = {"bad": "Left out", "partly": "Told in part", "good": "Told"}


def describe_bars(review: Review, claims: pd.DataFrame) -> list[Card]:
    """Describe the bar of each article: what becomes of its claims that promote; the smallest share first.

    Returns
    -------
    list of dict
        ``source_id``, ``title``, ``publisher``; ``supported`` of ``of`` claims that promote and can be checked;
        ``pieces`` (word, n, whether its number has room), in the levels' order; ``said`` (the same as words). By the
        share that is supported, articles without a claim that promotes last.
    """
    promoting = select_promoting(select_checkable(claims))
    counted = count_claims(promoting, "source_id", "support")
    rows = make_cards(review.sources, "sources", review)
    bars = [_describe_bar(row, counted.loc[row["source_id"]]) for row in rows]
    return sorted(bars, key=lambda bar: (not bar["of"], bar["supported"] / max(bar["of"], 1), -bar["of"]))


def _describe_bar(row: Card, counts: pd.Series) -> Card:
    of, supported = int(counts.sum()), int(counts["supported"])
    pieces = [{"word": word, "n": int(n), "room": n / of >= _ROOM} for word, n in counts.items() if n]
    head = labels.count(of, "promoting claim")
    return {
        **{name: row[name] for name in ("source_id", "title", "publisher")},
        "of": of,
        "supported": supported,
        "pieces": pieces,
        "said": f"{head}: {describe_counts(counts)}" if of else "no promoting claim that can be checked",
    }


def describe_opening(review: Review, claims: pd.DataFrame, bars: list[Card]) -> Card:
    """Describe the first screen, with the bars of the articles, as `describe_bars` gives them.

    Returns
    -------
    dict
        ``answer`` (a sentence), ``hands`` (who has judged), ``numbers`` (three), ``bars`` (of the articles of which the
        smallest share is supported, as `describe_bars`), ``n_articles`` (of all), ``levels`` (those that a bar has:
        word, label and definition).
    """
    shown = {piece["word"] for bar in bars[:MOST_BARS] for piece in bar["pieces"]}
    return {
        "answer": describe_belief(claims),
        "hands": describe_hands(review),
        "numbers": list_key_numbers(claims, review),
        "bars": bars[:MOST_BARS],
        "n_articles": len(bars),
        "levels": [word for word in review.vocabulary.words("derived", "support") if word.value in shown],
    }


def describe_allowed(review: Review, claims: pd.DataFrame, propositions: list[Card]) -> list[Card]:
    """Describe what the evidence allows to say: propositions on which most claims that promote rest.

    Parameters
    ----------
    review
        As `evidence.load` returns it.
    claims
        Judged.
    propositions
        Their cards.

    Returns
    -------
    list of dict
        The propositions' cards with ``n_promoting`` (claims that promote and rest on it) and ``pooled`` (their
        findings that pool studies; only of the first, which is the main question). Those on which only other claims
        rest come after them, and none stands there on which none rests.
    """
    promoting = select_promoting(select_checkable(claims))["proposition_id"].value_counts()
    cards = [{**card, "n_promoting": int(promoting.get(card["proposition_id"], 0)), "pooled": []}
             for card in propositions if card["n_claims"]]  # fmt: skip
    chosen = sorted(cards, key=lambda card: (-card["n_promoting"], -card["n_claims"]))[:MOST_SENTENCES]
    if chosen:
        estimates = list_estimates(review, chosen[0]["proposition_id"])
        pooled = set(estimates.loc[estimates["pooled"], "finding_id"])
        chosen[0]["pooled"] = [one for one in chosen[0]["findings"] if one["finding_id"] in pooled]
    return chosen


def describe_articles(review: Review, claims: pd.DataFrame, cards: Iterable[Card], bars: Iterable[Card]) -> list[Card]:
    """Describe the part of each article, in the order of the sources.

    Parameters
    ----------
    review
        As `evidence.load` returns it.
    claims
        Judged.
    cards
        The claims' cards.
    bars
        As `describe_bars` gives them.

    Returns
    -------
    list of dict
        The article's cells as text; ``link`` (to its page), ``bar``, ``facts`` ([name, text]: what it is, who earns),
        ``marks`` (its claims' cards), ``levels`` (of its claims: word, label, n), ``worst`` (cards, each with ``fair``:
        a wording that its evidence warrants, and ``frame``: what that is), ``citations`` (of its claims: as on their
        cards), ``told`` ([word, benchmarks]: what it leaves out, tells in part, tells).
    """
    mine = group_rows(cards, "source_id")
    groups = {str(key): rows for key, rows in claims.groupby("source_id", observed=True)}
    drawn = {bar["source_id"]: bar for bar in bars}
    known, benchmarks = _list_small_words(review), list_benchmarks(review.sources)
    parts = make_cards(review.sources, "sources", review)
    for part in parts:
        key = part["source_id"]
        rows, marks = groups.get(key, claims.head(0)), mine.get(key, [])
        part.update(
            bar=drawn[key],
            link=labels.web_address(part["url"]),
            facts=[(name, text) for name, text in _list_facts(part) if text],
            marks=marks,
            levels=[(level["word"], level["label"], len(level["claims"])) for level in group_levels(marks, review)],
            worst=_describe_worst(rows, marks, known),
            citations=[card["citation"] for card in marks if card["citation"]],
            told=_list_told(benchmarks[benchmarks["source_id"] == key]),
        )
    return parts


def _list_facts(part: Card) -> Iterable[tuple[str, str]]:
    date = part["modified_on"] or part["published_on"]
    yield "What it is", ", ".join(filter(None, (part["source_type"], f"{int(part['n_words']):,} words", date)))
    author, credentials = part["author"], part["author_credentials"]
    if author != credentials:
        credentials = credentials.replace(labels.word("not_reported"), "credentials not reported")
    yield "Author", ", ".join(dict.fromkeys(filter(None, (author, credentials))))
    yield "Who earns", ", ".join(part["revenue"])
    yield "Disclosure", part["disclosure"]


def _describe_worst(rows: pd.DataFrame, cards: Iterable[Card], known: set[str]) -> list[Card]:
    by_id = {card["claim_id"]: card for card in cards}
    worst = []
    for row in list_worst(rows).to_dict("records"):
        card = by_id[row["claim_id"]]
        said = labels.inside(card["claim"], known)
        sentence = (card["evidence"] or {}).get("sentence", "")
        fair = word_fairly(row, said, sentence)
        worst.append({**card, "fair": fair, "frame": "The evidence says" if fair == sentence else "Fair would be"})
    return worst


def _list_told(benchmarks: pd.DataFrame) -> list[tuple[str, str]]:
    told = benchmarks[benchmarks["column"].str.startswith("mentions_")]
    groups = ((name, told.loc[told["judgement"] == judgement, "benchmark"]) for judgement, name in _TOLD.items())
    return [(name, labels.series(str(one).lower() for one in ones)) for name, ones in groups if len(ones)]


def _list_small_words(review: Review) -> set[str]:
    """List the words that the review's tables write small; another at the head of a claim may be a name."""
    written = [
        review.claims[["claim", "quote", "match_reason", "note"]],
        review.propositions[["statement", "certainty_reason", "note"]],
        review.findings[["note"]],
    ]
    texts = " ".join(text for rows in written for name in rows for text in rows[name].dropna())
    return {word for word in re.findall(r"[^\s,;:.]+", texts) if word == word.lower()}
