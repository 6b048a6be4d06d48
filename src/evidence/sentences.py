"""Numbers with their nouns and verbs, as sentences and titles need them.

Sentences made from counts of claims, for the head of each notebook.

Sentences made from counts of a review's other tables, for the head of each notebook.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pandas as pd

from evidence.counts import (
    count_citations,
    count_markers,
    count_tags,
    list_benchmarks,
    list_contradictions,
    select_checkable,
    select_compared,
    share_rows,
)
from evidence.findings import count_certainty
from evidence.tables import split_items

if TYPE_CHECKING:
    from evidence.tables import Review

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def write_number(n: int, one: str, many: str | None = None, *, words: bool = False) -> str:
    """Write a number with its noun.

    Examples
    --------
    >>> write_number(1, "claim"), write_number(1200, "claim"), write_number(5, "article", words=True)
    ('1 claim', '1,200 claims', 'five articles')
    """
    number = _NUMBERS[n] if words and n < len(_NUMBERS) else f"{n:,}"
    return f"{number} {one if n == 1 else many or one + 's'}"


def write_verb(n: int, one: str, many: str) -> str:
    """Write a number with its verb.

    Examples
    --------
    >>> write_verb(1, "is", "are"), write_verb(0, "is", "are")
    ('1 is', 'none is')
    """
    return f"{n:,} {one if n == 1 else many}" if n else f"none {one}"


def write_capital(text: str) -> str:
    """Write a sentence's first letter as a capital."""
    return text[:1].upper() + text[1:]


def join_words(words: Iterable[str]) -> str:
    """Join words with commas and a last "and".

    Examples
    --------
    >>> join_words(["ads", "referral", "sale"])
    'ads, referral and sale'
    """
    words = list(words)
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def list_counts(counts: pd.Series, names: dict[str, str] | None = None) -> str:
    """Write the counts that are not 0 with their words.

    Examples
    --------
    >>> list_counts(pd.Series({"no_evidence": 2, "supported": 0, "overstated": 1}))
    '2 no evidence and 1 overstated'
    """
    words = {word: (names or {}).get(word, str(word).replace("_", " ")) for word in counts.index}
    return join_words(f"{n:,} {words[word]}" for word, n in counts.items() if n)


def describe_share(n: int, of: int) -> str:
    """Write a share with its Wilson 95% interval.

    Examples
    --------
    >>> describe_share(3, 12)
    '25%, 95% interval 9% to 53%'
    """
    row = share_rows(pd.DataFrame({"n": [n], "of": [of]})).iloc[0]
    interval = f"95% interval {row['low']:.0%} to {row['high']:.0%}"
    return f"{row['share']:.0%}, {interval}" if of else "no share of none"


_AS = {
    "insufficient": "without sufficient evidence",
    "no_evidence": "without any evidence found",
    "untraceable": "attributed to work that cannot be traced",
}


def _write_articles(claims: pd.DataFrame) -> str:
    return write_number(claims["source_id"].nunique(), "article", words=True)


def describe_claims(claims: pd.DataFrame) -> str:
    """Say how many claims there are, how many can be checked, and which kinds are most frequent."""
    if claims.empty:
        return "There are no claims."
    makes = "makes" if claims["source_id"].nunique() == 1 else "make"
    head = f"{write_capital(_write_articles(claims))} {makes} {write_number(len(claims), 'claim')}"
    kinds = claims["kind"].value_counts(sort=False).sort_values(ascending=False, kind="stable").head(3)
    can = f"{len(select_checkable(claims)) or 'none'} of them can be checked"
    return f"{head}; {can}. Most frequent: {list_counts(kinds)}."


def describe_support(claims: pd.DataFrame) -> str:
    """Say how many of the checkable claims have each support level; claims of one kind alone are named by it."""
    checkable = select_checkable(claims)
    if checkable.empty:
        return "There are no checkable claims."
    counts = checkable["support"].value_counts(sort=False).drop("not_checkable")
    head = f"Of {write_number(len(checkable), f'checkable {_write_kind(checkable)}')} in {_write_articles(checkable)}"
    first = f"{write_verb(int(counts['supported']), 'is', 'are')} supported as worded"
    rest = list_counts(counts.drop("supported"), _AS)
    return f"{head}, {first}{'; ' + rest if rest else ''}."


def describe_gap(claims: pd.DataFrame) -> str:
    """Say how many of the claims set against evidence say more than is known."""
    compared = select_compared(claims)
    if compared.empty:
        return "No claim is set against evidence."
    more = int((compared["gap"] > 0).sum())
    head = f"{more:,} of {write_number(len(compared), _write_kind(compared))} set against evidence"
    says = "says" if more == 1 else "say"
    return f"{head} {says} more than is known ({describe_share(more, len(compared))})."


def _write_kind(claims: pd.DataFrame) -> str:
    kinds = claims["kind"].unique()
    return f"{kinds[0]} claim" if len(kinds) == 1 else "claim"


def describe_strength(claims: pd.DataFrame) -> str:
    """Say how many claims are worded without a hedge, and how many say that the thing is unknown."""
    if claims.empty:
        return "There are no claims."
    counts = claims["strength"].value_counts(sort=False)
    sure = int(counts["plain"] + counts["emphatic"])
    head = f"{sure:,} of {write_number(len(claims), 'claim')} {'is' if sure == 1 else 'are'} worded plainly"
    unknown = write_verb(int(counts["uncertain"]), "says", "say")
    return f"{head} or emphatically ({describe_share(sure, len(claims))}); {unknown} that it is unknown."


def describe_contradictions(claims: pd.DataFrame) -> str:
    """Say how many pairs of claims cannot both hold, within and across articles."""
    pairs = list_contradictions(claims)
    if pairs.empty:
        return "No two claims contradict each other on one proposition."
    within, across = int(pairs["within"].sum()), int((~pairs["within"]).sum())
    number = "One pair of claims" if len(pairs) == 1 else f"{len(pairs):,} pairs of claims"
    about = write_number(pairs["proposition_id"].nunique(), "proposition")
    where = f"{within:,} within one article, {across:,} across articles"
    return f"{number} on {about} cannot both hold: {where}."


def describe_sensitivity(counts: pd.DataFrame) -> str:
    """Say how many claims would be supported if the judgements were a step off.

    Parameters
    ----------
    counts
        As `count_sensitivity` gives them.
    """
    supported = counts["supported"]
    steps = {name: name.replace(" one step", " were one step") for name in supported.index}
    rest = join_words(f"{n:,} if {steps[name]}" for name, n in supported.iloc[1:].items())
    first = int(supported.iloc[0])
    verb = "is" if first == 1 else "are"
    return f"{write_number(first, 'claim')} {verb} supported {supported.index[0]}; {rest}."


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
        ways = join_words(f"{way.replace('_', ' ')} {n}" for way, n in earns.value_counts().sort_index().items())
        clear = int((selling["disclosure"] == "present_clear").sum())
        head += f" ({ways}), {write_verb(clear, 'discloses', 'disclose')} it clearly"
    pitches = int((claims["kind"] == "pitch").sum())
    verb = "is a pitch" if pitches == 1 else "are pitches"
    return f"{head}; {pitches:,} of {write_number(len(claims), 'claim')} {verb}."
