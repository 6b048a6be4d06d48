"""Sentences made from counts of claims, for the head of each notebook."""

from __future__ import annotations

import pandas as pd

from evidence.summaries.claims import select_checkable, select_compared
from evidence.summaries.contradictions import list_contradictions
from evidence.summaries.words import (
    describe_share,
    join_words,
    list_counts,
    write_capital,
    write_number,
    write_verb,
)

__all__ = [
    "describe_claims",
    "describe_contradictions",
    "describe_gap",
    "describe_sensitivity",
    "describe_strength",
    "describe_support",
]

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
