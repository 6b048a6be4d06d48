"""Sentences made from counts of a review's other tables, for the head of each notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from evidence.summaries.articles import count_citations, count_markers, list_benchmarks
from evidence.summaries.claims import count_tags
from evidence.summaries.findings import count_certainty
from evidence.summaries.words import join_words, list_counts, write_capital, write_number, write_verb
from evidence.tables import split_items

if TYPE_CHECKING:
    from evidence.tables import Review

__all__ = [
    "describe_benchmarks",
    "describe_citations",
    "describe_known",
    "describe_markers",
    "describe_selling",
    "describe_sources",
    "describe_tags",
]

NONE = "There are no articles."


def describe_sources(sources: pd.DataFrame) -> str:
    """Say how many articles there are, how long, of what kind, and from when."""
    if sources.empty:
        return NONE
    kinds = sources["source_type"].value_counts(sort=False)
    names = {kind: kind.replace("_", " ") + ("" if n == 1 else "s") for kind, n in kinds.items()}
    articles = write_capital(write_number(len(sources), "article", words=True))
    words = write_number(int(sources["n_words"].sum()), "word")
    dates = sources["modified_on"].fillna(sources["published_on"]).dropna()
    years = " to ".join(dict.fromkeys(f"{day:%Y}" for day in (dates.min(), dates.max()) if pd.notna(day)))
    dated = write_verb(len(dates), "carries", "carry")
    when = f" ({years})" if years else ""
    return f"{articles} of {words} in all: {list_counts(kinds, names)}; {dated} a date{when}."


def describe_benchmarks(sources: pd.DataFrame) -> str:
    """Say how many quality benchmarks are met in full, and which by no article."""
    lights = list_benchmarks(sources)
    if lights.empty:
        return NONE
    good = (lights["light"] == "good").groupby(lights["benchmark"], sort=False).sum()
    met = int(good.sum())
    articles = write_number(len(sources), "article", words=True)
    verb = "is" if met == 1 else "are"
    head = f"{met} of {write_number(len(lights), 'quality benchmark')} {verb} met in full, in {articles}"
    never = join_words(str(name).lower() for name in good.index[good == 0])
    return f"{head}; no article meets: {never}." if never else f"{head}."


def describe_markers(review: Review) -> str:
    """Say how many hedges and boosters the articles hold."""
    words = int(review.sources["n_words"].sum())
    if not words:
        return NONE
    totals = count_markers(review).groupby("kind", sort=False)["n"].sum()
    parts = [f"{write_number(n, kind)} ({100 * n / words:.1f} per 100 words)" for kind, n in totals.items()]
    articles = write_capital(write_number(len(review.sources), "article", words=True))
    hold = "holds" if len(review.sources) == 1 else "hold"
    return f"{articles} of {words:,} words {hold} {join_words(parts)}."


def describe_tags(review: Review) -> str:
    """Say how many claims carry a tag, and which tags are most frequent."""
    totals = count_tags(review).sum(axis=1)
    tagged = int(review.claims["tags"].notna().sum())
    if not tagged:
        return "No claim carries a tag."
    labels = review.vocabulary.labels("claims", "tags")
    top = totals[totals > 0].sort_values(ascending=False, kind="stable").head(3)
    most = join_words(f"“{labels[word]}” ({n:,})" for word, n in top.items())
    carry = "carries" if tagged == 1 else "carry"
    head = f"{tagged:,} of {write_number(len(review.claims), 'claim')} {carry} a tag"
    return f"{head}; {int((totals > 0).sum())} of {len(totals)} tags occur, most often {most}."


def describe_citations(review: Review) -> str:
    """Say how many mentions of outside work could be identified, were read, and are accurate."""
    n = count_citations(review).set_index("stage")["n"]
    if not n["mentioned"]:
        return "The articles mention no outside work."
    head = f"The articles mention outside work {write_number(int(n['mentioned']), 'time')}"
    found = f"{n['identified'] or 'none'} could be identified, {n['read'] or 'none'} could be read"
    return f"{head}; of these {found}, and {write_verb(int(n['accurate']), 'is', 'are')} accurate."


def describe_known(review: Review) -> str:
    """Say how certain the evidence is on the propositions."""
    counts = count_certainty(review)["propositions"]
    if not counts.sum():
        return "There are no propositions."
    rated = counts.drop("none_found").iloc[::-1]
    names = {word: f"of {word.replace('_', ' ')} certainty" for word in rated.index}
    found = list_counts(rated, names) or "none with evidence"
    none = f"; for {counts['none_found']:,} no study was found" if counts["none_found"] else ""
    return f"{write_number(int(counts.sum()), 'proposition')}: {found}{none}."


def describe_selling(review: Review) -> str:
    """Say how many articles earn by what they say, how many say so, and how many claims are pitches."""
    sources, claims = review.sources, review.claims
    if sources.empty:
        return NONE
    earns = split_items(sources["revenue"])
    earns = earns[earns != "none_seen"]
    selling = sources.loc[earns.index.unique()]
    shows = "shows" if len(selling) == 1 else "show"
    head = f"{len(selling)} of {write_number(len(sources), 'article')} {shows} a way to earn"
    if len(selling):
        ways = join_words(
            f"{way.replace('_', ' ')} {n}" for way, n in earns.value_counts().sort_index().items()
        )
        clear = int((selling["disclosure"] == "present_clear").sum())
        head += f" ({ways}), {write_verb(clear, 'discloses', 'disclose')} it clearly"
    pitches = int((claims["kind"] == "pitch").sum())
    verb = "is a pitch" if pitches == 1 else "are pitches"
    return f"{head}; {pitches:,} of {write_number(len(claims), 'claim')} {verb}."
