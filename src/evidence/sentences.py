"""Sentences made from counts: the answer at the head of each notebook, the alternative text of each chart.

Each is whole, agrees in number also with none and one, and holds no raw word of the tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from evidence import labels
from evidence.counts import (
    IDENTIFIED,
    STANCES,
    count_citations,
    count_markers,
    count_searches,
    count_tags,
    find_outcome,
    find_share,
    list_benchmarks,
    list_contradictions,
    select_checkable,
    select_mapped,
    select_promoting,
    share_outcomes,
)
from evidence.findings import count_certainty
from evidence.tables import split_items

if TYPE_CHECKING:
    from evidence.tables import Review

NO_ARTICLES = "There are no articles."
NO_GAIN = ("none_seen", "unclear")  # words of revenue that name no way to earn
MODEL = "model-"  # how the id of a rater begins that is a run of a language model
_THAT = {"promotes": ("that promotes", "that promote"), "neutral": ("of neutral fact",) * 2,
         "cautions": ("that cautions", "that caution")}  # fmt: skip
_RETRACTED = {"concern": "with an expression of concern", "retracted": "retracted"}
_HOW_READ = {
    "full_text": "read in full",
    "abstract_only": "read as an abstract",
    "registry": "read in a registry",
    "secondary": "known from another work",
    "not_read": "not read yet",
}


def describe_counts(counts: pd.Series, names: Mapping[str, str] | None = None) -> str:
    """Write the counts that are not 0 with their words, or with what `names` says in place of a word.

    Examples
    --------
    >>> describe_counts(pd.Series({"no_evidence": 2, "supported": 0, "overstated": 1}))
    '2 no evidence and 1 overstated'
    """
    said = {one: (names or {}).get(one, labels.word(one)) for one in counts.index}
    return labels.series(f"{labels.number(n)} {said[one]}" for one, n in counts.items() if n)


def describe_frequent(counts: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Say which words of a table of counts are most frequent, and which do not occur.

    Parameters
    ----------
    counts
        As `evidence.counts.count_claims` or `count_tags` gives them: one row a word.
    names
        Label by word.

    Examples
    --------
    >>> counts = pd.DataFrame({"a": [3, 0, 1], "b": [4, 0, 2]}, index=["plain", "emphatic", "tentative"])
    >>> names = {"plain": "Plain", "emphatic": "Emphatic", "tentative": "Tentative"}
    >>> describe_frequent(counts, names), describe_frequent(counts * 0, names)
    ('Most frequent: Plain (7 of 10) and Tentative (3). None: Emphatic.', 'None of these occurs.')
    """
    totals = counts.sum(axis=1)
    top = totals[totals > 0].sort_values(ascending=False, kind="stable").head(3)
    if top.empty:
        return "None of these occurs."
    of = f" of {labels.number(int(totals.sum()))}"
    said = labels.series(
        f"{names[word]} ({labels.number(int(n))}{of * (word == top.index[0])})" for word, n in top.items()
    )
    never = labels.series(names[word] for word in totals.index[totals == 0])
    return f"Most frequent: {said}.{f' None: {never}.' if never else ''}"


def describe_levels(claims: pd.DataFrame, by: str, names: Mapping[str, str]) -> str:
    """Say how many of the checkable claims of each word of a column are supported; words without one are left out.

    Parameters
    ----------
    claims
        As `join_claims` gives them.
    by
        Column, such as ``kind``.
    names
        Label by word.
    """
    good = _count_supported(claims, by)
    if good.empty:
        return "No claim can be checked."
    said = "; ".join(f"{names[word]} {n:,} of {of:,}" for word, n, of in good.itertuples())
    return f"Checkable claims that are supported as worded, by {labels.word(by)}: {said}."


def describe_extremes(claims: pd.DataFrame, by: str, names: Mapping[str, str]) -> str:
    """Say of which words of a column the checkable claims are most often supported, and of which never.

    Parameters are those of `describe_levels`.
    """
    good = _count_supported(claims, by)
    if good.empty:
        return "No claim can be checked."
    said = {word: f"{names[word]} ({n:,} of {of:,})" for word, n, of in good.itertuples()}
    shares = (good["sum"] / good["size"]).sort_values(ascending=False, kind="stable")
    most = labels.series(said[word] for word in shares[shares > 0].index[:3]) or "none"
    never = labels.series(said[word] for word in good.index[good["sum"] == 0])
    return f"Most often supported as worded: {most}.{f' Never: {never}.' if never else ''}"


def _count_supported(claims: pd.DataFrame, by: str) -> pd.DataFrame:
    """Count the checkable claims of each word of a column, ``size``, and those that are supported, ``sum``."""
    checkable = select_checkable(claims)
    return (checkable["support"] == "supported").groupby(checkable[by], observed=True).agg(["sum", "size"])


def _write_articles(claims: pd.DataFrame) -> str:
    return labels.count(claims["source_id"].nunique(), "article", words=True)


def describe_claims(claims: pd.DataFrame) -> str:
    """Say how many claims there are, how many can be checked, and which kinds are most frequent."""
    if claims.empty:
        return "There are no claims."
    make = labels.agree(claims["source_id"].nunique(), "makes", "make")
    head = f"{labels.capital(_write_articles(claims))} {make} {labels.count(len(claims), 'claim')}"
    kinds = claims["kind"].value_counts(sort=False).sort_values(ascending=False, kind="stable").head(3)
    checkable = len(select_checkable(claims))
    can = f"{labels.number(checkable) if checkable else 'none'} of them can be checked"
    return f"{head}; {can}. Most frequent: {describe_counts(kinds)}."


class KeyNumber(NamedTuple):
    """A number at the head of the page: how many, of how many, of what."""

    n: int
    of: int
    text: str


def list_key_numbers(claims: pd.DataFrame, review: Review) -> list[KeyNumber]:
    """List the three numbers at the head of the page: on promises, on works cited, on who earns.

    Parameters
    ----------
    claims
        As `join_claims` gives them.
    review
        Whose claims they are.

    Returns
    -------
    list of KeyNumber
        Claims that promote, and are supported; mentions of outside work that lead to a work which says so, and to how
        many works, where these are fewer; articles that show a way to earn, and say so clearly. Where there is nothing
        to count, ``of`` is 0 and ``text`` says so.
    """
    promoting = select_promoting(select_checkable(claims))
    supported = int((promoting["support"] == "supported").sum())
    cited = count_citations(review).set_index("stage")
    accurate, works = int(cited["n"]["accurate"]), int(cited["works"]["accurate"])
    selling = _select_selling(review.sources)
    clear = int((selling["disclosure"] == "present_clear").sum())
    numbers = (
        (supported, len(promoting), ("checkable claim that promotes", "checkable claims that promote"), ("is", "are"),
         "supported as worded", "No claim that promotes can be checked"),
        (accurate, int(cited["n"]["mentioned"]), ("mention of outside work", "mentions of outside work"),
         ("leads", "lead"), f"to a work that says so{_say_how_many_works(accurate, works)}",
         "No outside work is mentioned"),
        (clear, len(selling), ("article that shows a way to earn", "articles that show a way to earn"), ("says", "say"),
         "so clearly", "No article shows a way to earn"),
    )  # fmt: skip
    return [
        KeyNumber(n, of, f"{labels.agree(of, *noun)} {labels.agree_of(n, of, *verb)} {rest}" if of else none)
        for n, of, noun, verb, rest, none in numbers
    ]


def _say_how_many_works(mentions: int, works: int) -> str:
    """Say how many works some mentions lead to, where these are fewer."""
    if mentions == works:
        return ""
    both = "both" if mentions == 2 else "all"
    return labels.agree(works, f", {both} to the same one", f", to {works:,} works in all")


_FAR = ((1 / 3, "Not far"), (2 / 3, "In part"), (1, "Mostly"))  # by the share that is supported, up to
_AS = "supported as worded"
_OTHERS = {
    ("goes beyond the evidence found", "go beyond the evidence found"): ("overstated_by_one", "overstated_by_more"),
    ("rests on too little evidence, or on none", "rest on too little evidence, or on none"): (
        "insufficient",
        "nothing_found",
    ),
    ("is contradicted", "are contradicted"): ("contradicted",),
    ("meets findings that point both ways", "meet findings that point both ways"): ("conflicting",),
    ("is not assessed", "are not assessed"): ("not_assessed",),
}


def describe_belief(claims: pd.DataFrame) -> str:
    """Answer in one sentence how far the articles can be believed, by what becomes of the claims that promote.

    It says "not far" where at most a third is supported, "mostly" where more than two thirds are, else "in part",
    and what becomes of most others.

    Parameters
    ----------
    claims
        As `join_claims` gives them.

    Examples
    --------
    >>> import evidence
    >>> from evidence.counts import join_claims
    >>> describe_belief(join_claims(evidence.load()).head(0))
    'That cannot be said: no claim that promotes can be checked.'
    """
    n = find_outcome(select_promoting(claims)).value_counts()
    of, good = int(n.sum()), int(n["supported"])
    if not of:
        return "That cannot be said: no claim that promotes can be checked."
    far = next(word for most, word in _FAR if good / of <= most)
    if good == of:
        every = f"all {of:,} checkable claims that promote are"
        whole = labels.agree(of, "the one checkable claim that promotes is", every)
        return f"{far}: {whole} {_AS}."
    return f"{far}: {_write_ratio(good, of)} {_AS}{_say_most_others(n, of - good)}."


def _say_most_others(n: pd.Series, rest: int) -> str:
    parts = {say: int(n[list(outcomes)].sum()) for say, outcomes in _OTHERS.items()}
    (one, many), most = max(parts.items(), key=lambda part: part[1])
    if rest == 1:
        return f"; the other {one}"
    if most == rest:
        return f"; the others {many}"
    return f"; most others {many}" if 2 * most > rest else f"; {most:,} others {many}" if most > 1 else ""


def _write_ratio(n: int, of: int) -> str:
    """Write a share of the claims that promote that is not all of them as people say it, with its verb."""
    if not n:
        return f"none of {labels.count(of, 'checkable claim')} that {labels.agree(of, 'promotes', 'promote')} is"
    if 2 * n <= of:
        return f"about 1 in {int(of / n + 0.5)} checkable claims that promote is"
    return f"about {min(9, round(10 * n / of))} in 10 checkable claims that promote are"


def list_headlines(claims: pd.DataFrame) -> list[str]:
    """Say what the review finds: of the claims that promote, of those on effects, then of facts and cautions apart.

    README, summary and notebooks print these sentences and no others of the kind.

    Parameters
    ----------
    claims
        As `join_claims` gives them.

    Returns
    -------
    list of str
        Whole sentences; the last says how many checkable claims have no stance yet, where there are any.
    """
    effects = claims[claims["kind"] == "effectiveness"]
    said = [describe_outcomes(claims), *([describe_outcomes(effects)] if len(effects) else []), describe_gap(claims)]
    said += [describe_outcomes(claims, stance) for stance in STANCES[1:]]
    checkable = select_checkable(claims)
    if missing := int(checkable["stance"].isna().sum()):
        has = labels.agree(missing, "has", "have")
        number = f"{missing:,} of {labels.count(len(checkable), 'checkable claim')}"
        said.append(f"{number} {has} no stance yet, and {labels.agree(missing, 'is', 'are')} not counted above.")
    return list(dict.fromkeys(said))


def describe_outcomes(claims: pd.DataFrame, stance: str = "promotes") -> str:
    """Say what becomes of the checkable claims of one stance: how many are supported, then, apart, what of the rest.

    Parameters
    ----------
    claims
        As `join_claims` gives them; claims of one kind alone are named by it.
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
    shares, kind = share_outcomes(chosen), _write_kind(claims)
    of = int(shares["of"].iloc[0])
    if not of:
        return f"No {kind} {_THAT[stance][0]} can be checked."
    n = shares["n"].astype(int)
    good = shares.loc["supported"]
    head = (
        f"Of {labels.count(of, f'checkable {kind}')} {labels.agree(of, *_THAT[stance])}, "
        f"{labels.verb(int(n['supported']), 'is', 'are')} supported as worded "
        f"({labels.share(good['share'], good['low'], good['high'])})."
    )
    rest = "; ".join(_list_rest(n, stance))
    once = f"Where every sentence counts once, {good['by_sentence']:.0%} is supported."
    return " ".join(filter(None, (head, rest and f"Of the rest, {rest}.", once)))


def _list_rest(n: pd.Series, stance: str) -> list[str]:
    one, more = int(n["overstated_by_one"]), int(n["overstated_by_more"])
    steps = labels.series([f"{m:,} by {by}" for m, by in ((one, "one step"), (more, "more")) if m])
    beyond = ("goes beyond the evidence found", "go beyond the evidence found")
    surer = ("is worded more surely than the evidence", "are worded more surely than the evidence")
    parts = [
        (n["cautious"], ("withholds a promise that nothing backs", "withhold a promise that nothing backs"), ""),
        (one + more, beyond if stance == "promotes" else surer, f" ({steps})"),
        (n["insufficient"], ("rests on evidence too uncertain to tell", "rest on evidence too uncertain to tell"), ""),
        (n["nothing_found"], ("rests on nothing found", "rest on nothing found"), ""),
        (n["conflicting"], ("meets findings that point both ways", "meet findings that point both ways"), ""),
        (n["contradicted"], ("is contradicted", "are contradicted"), ""),
        (n["not_assessed"], ("is not assessed", "are not assessed"), ""),
    ]
    return [f"{labels.verb(int(m), *say)}{tail}" for m, say, tail in parts if m]


def describe_gap(claims: pd.DataFrame) -> str:
    """Say how many of the claims that promote, among those set against evidence, say more than is known."""
    compared = select_promoting(select_mapped(claims))
    if compared.empty:
        return "No claim that promotes is set against evidence."
    beyond = compared["gap"] > 0
    more, none = int(beyond.sum()), int((beyond & compared["certainty"].isna()).sum())
    number = labels.count(len(compared), f"promoting {_write_kind(compared)}")
    says = labels.agree_of(more, len(compared), "says", "say")
    head = f"{more:,} of {number} set against evidence {says} more than is known"
    return f"{head}; for {none:,} of these nothing was found." if none else f"{head}."


def _write_kind(claims: pd.DataFrame) -> str:
    kinds = claims["kind"].unique()
    return f"{kinds[0]} claim" if len(kinds) == 1 else "claim"


def describe_strength(claims: pd.DataFrame) -> str:
    """Say how many claims are worded without a hedge, and how many say that the thing is unknown."""
    if claims.empty:
        return "There are no claims."
    counts = claims["strength"].value_counts(sort=False)
    sure = int(counts["plain"] + counts["emphatic"])
    are = labels.agree_of(sure, len(claims), "is", "are")
    head = f"{sure:,} of {labels.count(len(claims), 'claim')} {are} worded plainly"
    unknown = labels.verb(int(counts["uncertain"]), "says", "say")
    return f"{head} or emphatically ({labels.share(*find_share(sure, len(claims)))}); {unknown} that it is unknown."


def describe_contradictions(claims: pd.DataFrame) -> str:
    """Say how many pairs of claims cannot both hold, within and across articles, and how many claims are tagged so."""
    pairs = list_contradictions(claims)
    if pairs.empty:
        return "No two claims contradict each other on one proposition."
    within, across = int(pairs["within"].sum()), int((~pairs["within"]).sum())
    number = labels.agree(len(pairs), "One pair of claims", f"{len(pairs):,} pairs of claims")
    about = labels.count(pairs["proposition_id"].nunique(), "proposition")
    where = f"{within:,} within one article, {across:,} across articles"
    tagged = int((split_items(claims["tags"]) == "contradicts_itself").sum())
    are = labels.agree(tagged, "is", "are")
    more = f" {labels.count(tagged, 'claim')} {are} tagged as at odds with another claim of the same article."
    return f"{number} on {about} cannot both hold: {where}.{more if tagged else ''}"


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
    names = {kind: labels.word(kind) + labels.agree(n, "", "s") * (kind != "unclear") for kind, n in kinds.items()}
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
    names = dict(zip(benchmarks["column"], benchmarks["benchmark"], strict=True))
    good = (benchmarks["judgement"] == "good").groupby(benchmarks["column"], sort=False).sum()
    met = int(good.sum())
    articles = labels.count(len(sources), "article", words=True)
    number = f"{met:,} of {labels.count(len(benchmarks), 'quality benchmark')}"
    head = f"{number} {labels.agree_of(met, len(benchmarks), 'is', 'are')} met in full, in {articles}"
    unclear = (benchmarks["judgement"] == "unclear").groupby(benchmarks["column"], sort=False).sum()
    if n := int(unclear.sum()):
        head += f"; {labels.verb(n, 'is', 'are')} unclear"
    never = labels.series(names[column].lower() for column in good.index[(good == 0) & (unclear == 0)])
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
    """Say how many mentions of outside work could be identified, of how many works, how they were read, what holds."""
    n = count_citations(review).set_index("stage")["n"]
    if not n["mentioned"]:
        return "The articles mention no outside work."
    head = f"The articles mention outside work {labels.count(int(n['mentioned']), 'time')}"
    if not n["identified"]:
        return f"{head}; none of the works could be identified."
    mentions = review.citations[review.citations["identity"].isin(IDENTIFIED)]
    works = review.studies[review.studies["study_id"].isin(mentions["study_id"])]
    read = works["access"].value_counts(sort=False)
    how = describe_counts(read, _HOW_READ) if len(works) > 1 else _HOW_READ[works["access"].iloc[0]]
    found = f"{labels.count(int(n['identified']), 'mention')} of {labels.count(len(works), 'work')}, {how}"
    accurate = labels.verb(int(n["accurate"]), "mention is", "mentions are")
    return f"{head}; identified: {found}; {accurate} accurate."


def describe_certainties(review: Review) -> str:
    """Say how certain the evidence is on the propositions that claims rest on; others, for context, are apart."""
    counts = count_certainty(review)
    total, resting = int(counts["propositions"].sum()), counts["with_claims"]
    if not total:
        return "There are no propositions."
    rated = resting.drop("none_found").iloc[::-1]
    names = {word: f"of {labels.word(word)} certainty" for word in rated.index}
    found = describe_counts(rated, names) or "none with evidence"
    none = f"; for {resting['none_found']:,} a limited search found nothing" if resting["none_found"] else ""
    n = int(resting.sum())
    head = f"Claims rest on {labels.count(n, 'proposition')}: {found}{none}." if n else "Claims rest on no proposition."
    context = total - n
    return f"{head} {labels.verb(context, 'more gives', 'more give')} context." if context else head


def describe_searches(review: Review) -> str:
    """Say how often evidence was looked for, where and when, and for how many propositions nothing was found."""
    searches, places = review.searches, count_searches(review)
    if searches.empty:
        return "No search for evidence is on record."
    n, about = len(searches), searches["proposition_id"].nunique()
    days = " to ".join(dict.fromkeys(map(labels.date, (searches["searched_on"].min(), searches["searched_on"].max()))))
    of = f"{about:,} of {labels.count(len(review.propositions), 'proposition')}"
    made = f"{labels.count(n, 'search', 'searches')} for {of} {labels.agree(n, 'is', 'are')} on record ({days})"
    head = f"{made}, in {labels.series(places['searched_in'])}"
    empty = review.propositions.loc[review.propositions["certainty"].isna(), "proposition_id"]
    if empty.empty:
        return f"{head}."
    fewest = int(searches["proposition_id"].value_counts().reindex(empty).fillna(0).min())
    each = f", with at least {labels.count(fewest, 'search', 'searches')} each," if fewest else ""
    return f"{head}; for {len(empty):,} of all propositions{each} nothing was found."


def describe_retractions(review: Review) -> str:
    """Say how many studies were looked up in a list of retractions, when, and what stands there."""
    studies = review.studies
    if studies.empty:
        return "There are no studies."
    unchecked = studies[studies["retraction_status"] == "not_checked"]
    checked = studies.drop(unchecked.index)
    nameless = int((unchecked["doi"].isna() & unchecked["pmid"].isna()).sum())
    number = f"{len(checked):,} of {labels.count(len(studies), 'study', 'studies')}"
    said = f"{number} {labels.agree_of(len(checked), len(studies), 'was', 'were')} looked up for retraction"
    if len(checked):
        days = checked["retraction_checked_on"].dropna()
        when = " to ".join(dict.fromkeys(map(labels.date, (days.min(), days.max()))))
        counts = checked["retraction_status"].value_counts(sort=False)
        found = [f"{counts[word]:,} {name}" for word, name in _RETRACTED.items() if counts[word]]
        said += f" ({when}): {labels.series(found) or 'none found to be retracted'}"
    if len(unchecked):
        some = f"{nameless:,} of these " if nameless < len(unchecked) else "all " if nameless > 1 else ""
        without = f", {some}without identifier" if nameless else ""
        said += f"; {labels.verb(len(unchecked), 'was', 'were')} not checked{without}"
    return f"{said}."


def describe_access(review: Review) -> str:
    """Say how much was read of what stands in the table of studies: trials and reviews, and pages on other matters."""
    works = review.studies
    if works.empty:
        return "No works are entered."
    counts = works["access"].value_counts(sort=False)
    return f"Of {labels.count(len(works), 'work')} entered, {describe_counts(counts, _HOW_READ)}."


def _list_raters(review: Review) -> tuple[list[str], list[str]]:
    """List the raters that are runs of a language model, whose ids begin with `MODEL`, and the people."""
    tables = [review.tables[table.name] for table in review.vocabulary.tables.values() if table.rates]
    raters = sorted({rater for table in tables for rater in table["rater_id"]})
    return [one for one in raters if one.startswith(MODEL)], [one for one in raters if not one.startswith(MODEL)]


def describe_hands(review: Review) -> str:
    """Say in a few words who has judged, for the head of the page; `describe_raters` counts them."""
    models, people = _list_raters(review)
    by = ["runs of a language model"] * bool(models) + [labels.count(len(people), "person", "people")] * bool(people)
    return f"Judged by {labels.series(by)}{'' if people else ', by no person yet'}." if by else "Nobody has rated."


def describe_raters(review: Review) -> str:
    """Say how many raters are runs of a language model, and which are people."""
    models, people = _list_raters(review)
    if not models and not people:
        return "Nobody has rated."
    are = ("rater that is a run of a language model", "raters that are runs of a language model")
    runs = labels.count(len(models), *are)
    persons = f"{labels.count(len(people), 'person', 'people')} ({labels.series(people)})"
    by = [said for said, ids in ((runs, models), (persons, people)) if ids]
    return f"Ratings are by {labels.series(by)}{'' if people else '; no person has rated yet'}."


def describe_agreement(summary: pd.DataFrame) -> str:
    """Say the range of agreement over all variables in one sentence.

    Parameters
    ----------
    summary
        As `evidence.agreement.summarise_agreement` gives it.
    """
    if summary["alpha"].isna().all():
        return "No variable was rated independently by two or more raters who used two or more words."
    best, worst = summary.loc[summary["alpha"].idxmax()], summary.loc[summary["alpha"].idxmin()]
    high, low = (labels.number(row["alpha"], "{:.2f}") for row in (best, worst))
    same = summary.loc[summary["alpha"] == best["alpha"], "variable"]
    each = " each" * (len(same) > 1)
    where = f"on {labels.series(map(labels.word, same))} (Krippendorff's alpha {high}{each})"
    if worst["alpha"] < best["alpha"]:
        where = f"most {where} and least on {labels.word(worst['variable'])} ({low})"
    units = labels.count(summary["paired"].max(), "unit")
    return f"Two or more raters judged {units} independently; they agree {where}."


def describe_disagreements(listed: pd.DataFrame) -> str:
    """Say in one sentence how many disagreements there are and how many wait.

    Parameters
    ----------
    listed
        As `evidence.ratings.list_disagreements` gives them, settled ones too.
    """
    if listed.empty:
        return "Independent raters disagree nowhere."
    waiting, most = int((~listed["settled"]).sum()), listed["variable"].value_counts()
    if len(listed) == 1:
        end = "waits to be settled" if waiting else "is settled"
        return f"Independent raters disagree on 1 cell, of {labels.word(most.index[0])}, which {end}."
    wait = f"{waiting:,} of them {labels.agree(waiting, 'waits', 'wait')}" if waiting else "none of them waits"
    often = labels.series(labels.word(name) for name in most.index[most == most.iloc[0]])
    each = " each" if (most == most.iloc[0]).sum() > 1 else ""
    return (
        f"Independent raters disagree on {len(listed):,} cells, most often on {often} ({most.iloc[0]:,}{each}); {wait} "
        "to be settled."
    )


def describe_earning(sources: pd.DataFrame) -> str:
    """Say how many articles earn by what they say, by which ways, and how many say so clearly."""
    if sources.empty:
        return NO_ARTICLES
    selling, earns = _select_selling(sources), split_items(sources["revenue"])
    unclear = int((earns == "unclear").sum())
    earns = earns[~earns.isin(NO_GAIN)]
    show = labels.agree_of(len(selling), len(sources), "shows", "show")
    head = f"{len(selling):,} of {labels.count(len(sources), 'article')} {show} a way to earn"
    if len(selling):
        ways = labels.series(f"{labels.word(way)} {n:,}" for way, n in earns.value_counts().sort_index().items())
        clear = int((selling["disclosure"] == "present_clear").sum())
        head += f" ({ways}), {labels.verb(clear, 'discloses', 'disclose')} it clearly"
    return f"{head}{f'; of {unclear:,} it is unclear' if unclear else ''}."


def describe_selling(review: Review) -> str:
    """Say how the articles earn, as `describe_earning` does, and how many claims are pitches."""
    claims = review.claims
    if review.sources.empty:
        return NO_ARTICLES
    pitches = int((claims["kind"] == "pitch").sum())
    number = f"{pitches:,} of {labels.count(len(claims), 'claim')}"
    are = labels.agree_of(pitches, len(claims), "is a pitch", "are pitches")
    return f"{describe_earning(review.sources).removesuffix('.')}; {number} {are}."


def _select_selling(sources: pd.DataFrame) -> pd.DataFrame:
    """Return the articles that show a way to earn."""
    earns = split_items(sources["revenue"])
    return sources.loc[earns.index[~earns.isin(NO_GAIN)].unique()]
