"""What a review adds to its page: first the story, at its end every claim, proposition and study as a card.

`make_explorer` gathers what `story` and `cards` describe, as plain data, with the filters and orders that the cards can
be put in, and renders ``explorer.html.j2``. In the page ``explorer.js`` shows, filters and sorts what is there already:
without a script all cards can be read. It runs as a job beside the notebooks, see `evidence.report`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from evidence import labels
from evidence.counts import join_claims
from evidence.judgements import LINES, UNJUDGED
from evidence.report.cards import (
    PITCHES,
    Card,
    describe_claim_cards,
    describe_finding_cards,
    describe_proposition_cards,
    describe_study_cards,
)
from evidence.report.page import TEMPLATES
from evidence.report.story import (
    MOST_OPEN,
    MOST_SHOWN,
    describe_allowed,
    describe_articles,
    describe_bars,
    describe_opening,
)
from evidence.schema import Word
from evidence.tables import Review, load
from nbpage.page import render

_EMPTY = "none"
_FIRST = "The first line that fits gives the level."
_TERMS = {  # columns whose words are explained where they stand
    "derived": ("support",),
    "claims": ("kind", "stance", "strength", "checkability", "backing", "voice", "tags", "match"),
    "citations": ("identity", "accuracy"),
    "propositions": ("certainty",),
    "studies": ("design", "access"),
}
_BETWEEN_TAGS = re.compile(r">\n\s*(?!<article)<")  # blanks that only cost time; a card keeps its line
_NEEDLESS = re.compile(  # what HTML lets one leave out, thousands of times: end tags, quotes of an attribute's word
    r"</dt>(?=<dd)|</dd>(?=<dt|</dl)|</li>(?=<li|</[uo]l)|</option>(?=<option|</select)"
    r"|</p>(?=<(?:p|details|dl|ul|h[34])\b|</(?:details|article)>)|(?<==)\"([\w#-]+)\"(?=[ >])"
)


class Choice(NamedTuple):
    """One thing to choose in a filter: what cards carry, what is printed, how many carry it, what is not shortened."""

    value: str
    label: str
    n: int
    whole: str


class Sort(NamedTuple):
    """An order of cards: by which of their words; by a list of words, as text, or ``down`` from the largest number."""

    name: str
    label: str
    order: str = ""


def make_explorer(data: Path) -> dict[str, Any]:
    """Make what a review adds to its page: what it says first, and every claim, proposition and study.

    Parameters
    ----------
    data
        The folder of tables.

    Returns
    -------
    dict
        ``html`` (the cards, and what filters and sorts them); ``opening`` and ``story`` (what stands before the
        notebooks: the first screen, then the rest); ``style`` (rules for the levels' marks); ``ids`` (addresses of the
        cards and of the articles' parts); ``sections`` and ``chapters``: lists of [id, title] for the contents, a
        chapter with such a list of its own.
    """
    from evidence.report.legend import style_bars, style_charts, style_levels  # slow: it loads what draws the charts
    from evidence.safe_tables import style_rules

    review = load(data)
    judged, findings = join_claims(review), describe_finding_cards(review)
    claims, bars = describe_claim_cards(review, judged), describe_bars(review, judged)
    propositions = describe_proposition_cards(review, claims, findings)
    studies = describe_study_cards(review, findings)
    articles, opening = describe_articles(review, judged, claims, bars), describe_opening(review, judged, bars)
    story = {
        "allowed": describe_allowed(review, judged, propositions),
        "articles": articles,
        "open": len(articles) <= MOST_OPEN,
        "most_shown": MOST_SHOWN,
        "levels": review.vocabulary.words("derived", "support"),
        "certainties": _list_certainties(review),
    }
    html = render(
        "explorer.html.j2",
        [TEMPLATES],
        claims=_order_claims(claims, review),
        propositions=propositions,
        studies=studies,
        terms=_list_terms(review),
        filters=_list_filters(review, articles, claims, propositions, studies),
        sorts=_list_sorts(review),
    )
    parts = [[part["source_id"], part["title"]] for part in articles]
    keys = [(articles, "source_id"), (claims, "claim_id"), (propositions, "proposition_id"), (studies, "study_id")]
    return {
        "html": _NEEDLESS.sub(r"\1", _BETWEEN_TAGS.sub("><", html)),
        "opening": render("opening.html.j2", [TEMPLATES], opening=opening),
        "story": _BETWEEN_TAGS.sub("><", render("story.html.j2", [TEMPLATES], **story)),
        "chapters": [
            *([["Evidence", "What the evidence allows to say", []]] if story["allowed"] else []),
            *([["Articles", "Article by article", parts if story["open"] else []]] if articles else []),
        ],
        "style": "\n".join((style_levels(), style_charts(), style_rules(), style_bars(bars))),
        "ids": [card[key] for cards, key in keys for card in cards],
        "sections": [
            ["Claims", f"Every claim ({len(claims)})"],
            ["Propositions", f"Every proposition ({len(propositions)})"],
            ["Studies", f"Every study ({len(studies)})"],
        ],
    }


def _list_terms(review: Review) -> list[tuple[str, list[Word]]]:
    """List what a reader can ask the meaning of: the words of columns, what studies count, the lines of the rule."""
    terms = [(name, list(review.vocabulary.words(table, name))) for table, names in _TERMS.items() for name in names]
    counted = review.vocabulary.tables["propositions"].column("n_studies")
    lines = [
        Word(line, f"line {line}" if line.isdigit() else "for citations", f"{labels.capital(rule.reason)}. {_FIRST}")
        for line, rule in LINES.items()
    ]
    return [*terms, ("propositions", [Word(counted.name, "studies counted", counted.description)]), ("rule", lines)]


def _list_certainties(review: Review) -> list[tuple[str, str]]:
    """List the marks of certainty with their meanings, the highest first; last, that nothing was found."""
    words = reversed(review.vocabulary.words("propositions", "certainty"))
    nothing = next(word for word in review.vocabulary.words("derived", "support") if word.value == "no_evidence")
    return [*((labels.certainty(w.value), w.definition) for w in words), (labels.certainty(None), nothing.definition)]


def _order_claims(claims: list[Card], review: Review) -> list[Card]:
    """Put claims in order by kind, as the schema lists them, the worst supported of each first."""
    kinds, levels = review.vocabulary.values("claims", "kind"), _list_worst_levels(review)

    def place(card: Card) -> tuple[int, int, int]:
        word = card["word"]
        return kinds.index(word["kind"]), levels.index(word["support"]), -int(card["gap"] or 0)

    return sorted(claims, key=place)


def _list_worst_levels(review: Review) -> list[str]:
    """List the levels of support, the worst first, those last that judge nothing."""
    levels = reversed(review.vocabulary.values("derived", "support"))
    return [*(level for level in levels if level not in UNJUDGED), *UNJUDGED]


def _list_filters(
    review: Review, articles: list[Card], claims: list[Card], propositions: list[Card], studies: list[Card]
) -> dict[str, list]:
    """List what each section is filtered by: name of the words on its cards, label, choices."""
    words = review.vocabulary.labels
    sources = {row["source_id"]: f"{row['publisher']}: {row['title']}" for row in articles}
    named = {row["proposition_id"]: row["statement"] for row in propositions}
    return {
        "claims": [
            ("source", "Article", _choose(claims, "source_id", sources)),
            ("kind", "Kind", _choose(claims, "kind", words("claims", "kind"))),
            ("stance", "Stance", _choose(claims, "stance", {**words("claims", "stance"), "": "Not coded yet"})),
            ("support", "Support", _choose(claims, "support", words("derived", "support"))),
            ("strength", "Strength of wording", _choose(claims, "strength", words("claims", "strength"))),
            ("tag", "Tag", _choose(claims, "tags", {**words("claims", "tags"), "": "None"})),
            ("pitch", "Pitch", _choose(claims, "pitch", PITCHES)),
            ("proposition", "Proposition", _choose(claims, "proposition_id", named, key=True)),
        ],
        "propositions": [
            (
                "certainty",
                "Certainty",
                _choose(propositions, "certainty", {"": "None found", **words("propositions", "certainty")}),
            )
        ],
        "studies": [
            ("design", "Design", _choose(studies, "design", words("studies", "design"))),
            ("access", "Read", _choose(studies, "access", words("studies", "access"))),
        ],
    }


def _choose(cards: Iterable[Card], name: str, labels: Mapping[str, str], *, key: bool = False) -> list[Choice]:
    """List the words of a column that some card has, in order; with ``key``, the word stands before its label."""
    n = Counter(word for card in cards for word in card["word"].get(name, card[name]).split(";"))
    named = {word: f"{word}: {label}" if key else label for word, label in labels.items() if n[word]}
    return [Choice(word or _EMPTY, _shorten(label), n[word], label) for word, label in named.items()]


def _list_sorts(review: Review) -> dict[str, list[Sort]]:
    """List the orders each section can be put in; the first is that of the page without a script."""

    def reverse(table: str, column: str) -> str:
        return " ".join(reversed(review.vocabulary.values(table, column)))

    return {
        "claims": [
            Sort("", "By kind, worst first"),
            Sort("support", "Worst support first", " ".join(_list_worst_levels(review))),
            Sort("id", "As in the articles"),
            Sort("gap", "Most overstated first", "down"),
            Sort("strength", "Most surely worded first", reverse("claims", "strength")),
            Sort("proposition", "Proposition"),
        ],
        "propositions": [
            Sort("", "By number"),
            Sort("certainty", "Most certain first", reverse("propositions", "certainty")),
            Sort("claims", "Most claims first", "down"),
        ],
        "studies": [Sort("", "By name"), Sort("year", "Newest first", "down"), Sort("people", "Largest first", "down")],
    }


def _shorten(text: str, *, most: int = 70) -> str:
    return text if len(text) <= most else text[:most].rsplit(" ", 1)[0] + " …"
