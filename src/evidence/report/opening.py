"""What the page says first: how far the articles can be believed, and what the evidence allows to say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evidence.counts import join_claims, select_checkable, select_promoting
from evidence.findings import list_estimates
from evidence.judgements import SUPPORT
from evidence.palette import DARK, ON_DARK, ON_FILL, SUPPORT_LOOKS, style_look
from evidence.report.articles import describe_bars
from evidence.report.cards import Card
from evidence.sentences import describe_belief, describe_hands, list_key_numbers

if TYPE_CHECKING:
    from evidence.tables import Review

MOST_BARS = 5
MOST_SENTENCES = 8


def describe_opening(review: Review) -> Card:
    """Describe the first screen.

    Returns
    -------
    dict
        ``answer`` (a sentence), ``hands`` (who has judged), ``numbers`` (three), ``bars`` (of the articles of which the
        smallest share is supported, as `describe_bars`), ``n_articles`` (of all), ``levels`` (those that a bar has:
        word, label and definition).
    """
    claims, bars = join_claims(review), describe_bars(review)
    shown = {piece["word"] for bar in bars[:MOST_BARS] for piece in bar["pieces"]}
    return {
        "answer": describe_belief(claims),
        "hands": describe_hands(review),
        "numbers": list_key_numbers(claims, review),
        "bars": bars[:MOST_BARS],
        "n_articles": len(bars),
        "levels": [word for word in review.vocabulary.words("derived", "support") if word.value in shown],
    }


def describe_allowed(review: Review, propositions: list[Card]) -> list[Card]:
    """Describe what the evidence allows to say: propositions on which most claims that promote rest.

    Parameters
    ----------
    review
        As `evidence.load` returns it.
    propositions
        Their cards.

    Returns
    -------
    list of dict
        The propositions' cards with ``n_promoting`` (claims that promote and rest on it) and ``pooled`` (their
        findings that pool studies; only of the first, which is the main question). Those on which only other claims
        rest come after them, and none stands there on which none rests.
    """
    claims = join_claims(review)
    promoting = select_promoting(select_checkable(claims))["proposition_id"].value_counts()
    cards = [{**card, "n_promoting": int(promoting.get(card["proposition_id"], 0)), "pooled": []}
             for card in propositions if card["n_claims"]]  # fmt: skip
    chosen = sorted(cards, key=lambda card: (-card["n_promoting"], -card["n_claims"]))[:MOST_SENTENCES]
    if chosen:
        estimates = list_estimates(review, chosen[0]["proposition_id"])
        pooled = set(estimates.loc[estimates["pooled"], "finding_id"])
        chosen[0]["pooled"] = [one for one in chosen[0]["findings"] if one["finding_id"] in pooled]
    return chosen


def style_bars(bars: list[Card]) -> str:
    """Write the style rules of the bars: the levels' colours, others on a dark screen, and a width for each number."""
    numbers = sorted({piece["n"] for bar in bars for piece in bar["pieces"]})
    colours = [f".piece.{level} {{ {style_look(SUPPORT_LOOKS[level])} }}" for level in SUPPORT]
    dark = [
        f".piece.{level} {{ background-color: {DARK[look.fill]}; color: {ON_FILL} }}"
        for level, look in SUPPORT_LOOKS.items()
        if look.fill in DARK
    ]
    return "\n".join([*colours, f"{ON_DARK} {{", *dark, "}", *(f".n{n} {{ flex-grow: {n} }}" for n in numbers)])
