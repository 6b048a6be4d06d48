"""Sentences made from counts: the answer at the head of each notebook, the alternative text of each chart.

Each is whole, agrees in number also with none and one, and holds no raw word of the tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from evidence import labels
from evidence.counts import (
    count_citations,
    count_markers,
    count_tags,
    list_benchmarks,
    list_contradictions,
    select_checkable,
    select_compared,
    share_outcomes,
    share_rows,
)
from evidence.findings import count_certainty
from evidence.tables import split_items

if TYPE_CHECKING:
    from evidence.tables import Review

NO_ARTICLES = "There are no articles."
_AS = {
    "insufficient": "without sufficient evidence",
    "no_evidence": "without any evidence found",
    "untraceable": "attributed to work that cannot be traced",
}


def describe_share(n: int, of: int) -> str:
    """Write a share with its Wilson 95% interval.

    Examples
    --------
    >>> describe_share(3, 12)
    '25%, 95% interval 9% to 53%'
    """
    row = share_rows(pd.DataFrame({"n": [n], "of": [of]})).iloc[0]
    return labels.share(row["share"], row["low"], row["high"])


def describe_counts(counts: pd.Series, names: Mapping[str, str] | None = None) -> str:
    """Write the counts that are not 0 with their words, or with what `names` says in place of a word.

    Examples
    --------
    >>> describe_counts(pd.Series({"no_evidence": 2, "supported": 0, "overstated": 1}))
    '2 no evidence and 1 overstated'
    """
    said = {one: (names or {}).get(one, labels.word(one)) for one in counts.index}
    return labels.series(f"{labels.number(n)} {said[one]}" for one, n in counts.items() if n)


def _write_articles(claims: pd.DataFrame) -> str:
    return labels.count(claims["source_id"].nunique(), "article", words=True)


def describe_claims(claims: pd.DataFrame) -> str:
    """Say how many claims there are, how many can be checked, and which kinds are most frequent."""
    if claims.empty:
        return "There are no claims."
    make = labels.agree(claims["source_id"].nunique(), "makes", "make")
    head = f"{labels.capital(_write_articles(claims))} {make} {labels.count(len(claims), 'claim')}"
    kinds = claims["kind"].value_counts(sort=False).sort_values(ascending=False, kind="stable").head(3)
    can = f"{len(select_checkable(claims)) or 'none'} of them can be checked"
    return f"{head}; {can}. Most frequent: {describe_counts(kinds)}."


def describe_support(claims: pd.DataFrame) -> str:
    """Say how many of the checkable claims have each support level; claims of one kind alone are named by it.

    Parameters
    ----------
    claims
        Judged claims, all or some; uses ``source_id``, ``kind``, ``support``.

    Examples
    --------
    >>> from evidence.judgements import SUPPORT
    >>> rows = [("a", "safety", "supported"), ("a", "safety", "overstated"), ("b", "safety", "not_checkable")]
    >>> claims = pd.DataFrame(rows, columns=["source_id", "kind", "support"])
    >>> describe_support(claims.astype({"support": pd.CategoricalDtype(list(SUPPORT), ordered=True)}))
    'Of 2 checkable safety claims in one article, 1 is supported as worded; 1 overstated.'
    """
    checkable = select_checkable(claims)
    if checkable.empty:
        return "There are no checkable claims."
    counts = checkable["support"].value_counts(sort=False).drop("not_checkable")
    head = f"Of {labels.count(len(checkable), f'checkable {_write_kind(checkable)}')} in {_write_articles(checkable)}"
    first = f"{labels.verb(int(counts['supported']), 'is', 'are')} supported as worded"
    rest = describe_counts(counts.drop("supported"), _AS)
    return f"{head}, {first}{'; ' + rest if rest else ''}."


def describe_outcomes(claims: pd.DataFrame, stance: str = "promotes") -> str:
    """Say what becomes of the checkable claims of one stance: supported, beyond the evidence, or on nothing found.

    Parameters
    ----------
    claims
        As `join_claims` gives them.
    stance
        ``promotes``, ``neutral`` or ``cautions``. Only of claims that promote is it said that they go beyond the
        evidence: facts and cautions are counted apart.

    Examples
    --------
    >>> import evidence
    >>> from evidence.counts import join_claims
    >>> describe_outcomes(join_claims(evidence.load()).head(0))
    'No claim that promotes can be checked.'
    """
    chosen = claims[claims["stance"] == stance]
    that = {"promotes": "that promotes", "neutral": "of neutral fact", "cautions": "that cautions"}[stance]
    those = {"promotes": "that promote", "neutral": "of neutral fact", "cautions": "that caution"}[stance]
    shares = share_outcomes(chosen)
    of = int(shares["of"].iloc[0])
    if not of:
        return f"No claim {that} can be checked."
    n = shares["n"].astype(int)
    good = shares.loc["supported"]
    weighed = "" if pd.isna(good["by_sentence"]) else f"; {good['by_sentence']:.0%} where every sentence counts once"
    head = (
        f"Of {labels.count(of, 'checkable claim')} {labels.agree(of, that, those)}, "
        f"{labels.verb(int(n['supported']), 'is', 'are')} supported as worded "
        f"({labels.share(good['share'], good['low'], good['high'])}{weighed})"
    )
    return f"{head}{_say_rest(n, stance)}."


def _say_rest(n: pd.Series, stance: str) -> str:
    one, more = int(n["overstated_by_one"]), int(n["overstated_by_more"])
    steps = labels.series([f"{m:,} by {by}" for m, by in ((one, "one step"), (more, "more")) if m])
    beyond = "go beyond the evidence found" if stance == "promotes" else "are worded more surely than the evidence"
    parts = [
        (int(n["cautious"]), "withhold a promise that nothing backs", ""),
        (one + more, beyond, f" ({steps})"),
        (int(n["insufficient"]), "rest on evidence too uncertain to tell", ""),
        (int(n["nothing_found"]), "rest on nothing found", ""),
        (int(n["conflicting"]), "meet findings that point both ways", ""),
        (int(n["contradicted"]), "are contradicted", ""),
        (int(n["not_assessed"]), "are not assessed", ""),
    ]
    return "".join(f"; {m:,} {say}{tail}" for m, say, tail in parts if m)


def describe_gap(claims: pd.DataFrame) -> str:
    """Say how many of the claims that promote, among those set against evidence, say more than is known."""
    compared = select_compared(claims)
    compared = compared[compared["stance"] == "promotes"]
    if compared.empty:
        return "No claim that promotes is set against evidence."
    more = int((compared["gap"] > 0).sum())
    number = labels.count(len(compared), f"promoting {_write_kind(compared)}")
    say = labels.agree(more, "says", "say")
    return f"{more:,} of {number} set against evidence {say} more than is known."


def _write_kind(claims: pd.DataFrame) -> str:
    kinds = claims["kind"].unique()
    return f"{kinds[0]} claim" if len(kinds) == 1 else "claim"


def describe_strength(claims: pd.DataFrame) -> str:
    """Say how many claims are worded without a hedge, and how many say that the thing is unknown."""
    if claims.empty:
        return "There are no claims."
    counts = claims["strength"].value_counts(sort=False)
    sure = int(counts["plain"] + counts["emphatic"])
    head = f"{sure:,} of {labels.count(len(claims), 'claim')} {labels.agree(sure, 'is', 'are')} worded plainly"
    unknown = labels.verb(int(counts["uncertain"]), "says", "say")
    return f"{head} or emphatically ({describe_share(sure, len(claims))}); {unknown} that it is unknown."


def describe_contradictions(claims: pd.DataFrame) -> str:
    """Say how many pairs of claims cannot both hold, within and across articles."""
    pairs = list_contradictions(claims)
    if pairs.empty:
        return "No two claims contradict each other on one proposition."
    within, across = int(pairs["within"].sum()), int((~pairs["within"]).sum())
    number = labels.agree(len(pairs), "One pair of claims", f"{len(pairs):,} pairs of claims")
    about = labels.count(pairs["proposition_id"].nunique(), "proposition")
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
    rest = labels.series(f"{n:,} if {steps[name]}" for name, n in supported.iloc[1:].items())
    first = int(supported.iloc[0])
    return f"{labels.count(first, 'claim')} {labels.agree(first, 'is', 'are')} supported {supported.index[0]}; {rest}."


def describe_sources(sources: pd.DataFrame) -> str:
    """Say how many articles there are, how long, of what kind, and from when."""
    if sources.empty:
        return NO_ARTICLES
    kinds = sources["source_type"].value_counts(sort=False)
    names = {kind: labels.word(kind) + labels.agree(n, "", "s") for kind, n in kinds.items()}
    articles = labels.capital(labels.count(len(sources), "article", words=True))
    words = labels.count(int(sources["n_words"].sum()), "word")
    dates = sources["modified_on"].fillna(sources["published_on"]).dropna()
    years = " to ".join(dict.fromkeys(f"{day:%Y}" for day in (dates.min(), dates.max()) if pd.notna(day)))
    dated = labels.verb(len(dates), "carries", "carry")
    when = f" ({years})" if years else ""
    return f"{articles} of {words} in all: {describe_counts(kinds, names)}; {dated} a date{when}."


def describe_benchmarks(sources: pd.DataFrame) -> str:
    """Say how many quality benchmarks are met in full, and which by no article."""
    benchmarks = list_benchmarks(sources)
    if benchmarks.empty:
        return NO_ARTICLES
    good = (benchmarks["judgement"] == "good").groupby(benchmarks["benchmark"], sort=False).sum()
    met = int(good.sum())
    articles = labels.count(len(sources), "article", words=True)
    number = f"{met} of {labels.count(len(benchmarks), 'quality benchmark')}"
    head = f"{number} {labels.agree(met, 'is', 'are')} met in full, in {articles}"
    never = labels.series(str(name).lower() for name in good.index[good == 0])
    return f"{head}; no article meets: {never}." if never else f"{head}."


def describe_markers(review: Review) -> str:
    """Say how many hedges and boosters the articles hold."""
    words = int(review.sources["n_words"].sum())
    if not words:
        return NO_ARTICLES
    totals = count_markers(review).groupby("kind", sort=False)["n"].sum()
    parts = [f"{labels.count(n, kind)} ({100 * n / words:.1f} per 100 words)" for kind, n in totals.items()]
    articles = labels.capital(labels.count(len(review.sources), "article", words=True))
    hold = labels.agree(len(review.sources), "holds", "hold")
    return f"{articles} of {words:,} words {hold} {labels.series(parts)}."


def describe_tags(review: Review) -> str:
    """Say how many claims carry a tag, and which tags are most frequent."""
    totals = count_tags(review).sum(axis=1)
    tagged = int(review.claims["tags"].notna().sum())
    if not tagged:
        return "No claim carries a tag."
    names = review.vocabulary.labels("claims", "tags")
    top = totals[totals > 0].sort_values(ascending=False, kind="stable").head(3)
    most = labels.series(f"“{names[tag]}” ({n:,})" for tag, n in top.items())
    carry = labels.agree(tagged, "carries", "carry")
    head = f"{tagged:,} of {labels.count(len(review.claims), 'claim')} {carry} a tag"
    return f"{head}; {int((totals > 0).sum())} of {len(totals)} tags occur, most often {most}."


def describe_citations(review: Review) -> str:
    """Say how many mentions of outside work could be identified, were read, and are accurate."""
    n = count_citations(review).set_index("stage")["n"]
    if not n["mentioned"]:
        return "The articles mention no outside work."
    head = f"The articles mention outside work {labels.count(int(n['mentioned']), 'time')}"
    found = f"{n['identified'] or 'none'} could be identified, {n['read'] or 'none'} could be read"
    return f"{head}; of these {found}, and {labels.verb(int(n['accurate']), 'is', 'are')} accurate."


def describe_certainties(review: Review) -> str:
    """Say how certain the evidence is on the propositions."""
    counts = count_certainty(review)["propositions"]
    if not counts.sum():
        return "There are no propositions."
    rated = counts.drop("none_found").iloc[::-1]
    names = {word: f"of {labels.word(word)} certainty" for word in rated.index}
    found = describe_counts(rated, names) or "none with evidence"
    none = f"; for {counts['none_found']:,} no study was found" if counts["none_found"] else ""
    return f"{labels.count(int(counts.sum()), 'proposition')}: {found}{none}."


def describe_selling(review: Review) -> str:
    """Say how many articles earn by what they say, how many say so, and how many claims are pitches."""
    sources, claims = review.sources, review.claims
    if sources.empty:
        return NO_ARTICLES
    earns = split_items(sources["revenue"])
    earns = earns[earns != "none_seen"]
    selling = sources.loc[earns.index.unique()]
    show = labels.agree(len(selling), "shows", "show")
    head = f"{len(selling)} of {labels.count(len(sources), 'article')} {show} a way to earn"
    if len(selling):
        ways = labels.series(f"{labels.word(way)} {n}" for way, n in earns.value_counts().sort_index().items())
        clear = int((selling["disclosure"] == "present_clear").sum())
        head += f" ({ways}), {labels.verb(clear, 'discloses', 'disclose')} it clearly"
    pitches = int((claims["kind"] == "pitch").sum())
    number = f"{pitches:,} of {labels.count(len(claims), 'claim')}"
    return f"{head}; {number} {labels.agree(pitches, 'is a pitch', 'are pitches')}."
