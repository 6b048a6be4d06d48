"""Counts and shares of claims."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

import pandas as pd

from evidence.judgements import CERTAINTY, MATCH, judge
from evidence.tables import split_items

if TYPE_CHECKING:
    from evidence.tables import Review

__all__ = [
    "KNOWN",
    "count_claims",
    "count_tags",
    "join_claims",
    "select_checkable",
    "select_compared",
    "share_claims",
    "share_rows",
]

KNOWN = ("none_found", *CERTAINTY)
Z = 1.959963984540054  # 97.5 % of a standard normal distribution lie below


def join_claims(review: Review) -> pd.DataFrame:
    """Judge a review's claims and add what summaries and charts count by.

    Parameters
    ----------
    review
        As `evidence.load` returns it.

    Returns
    -------
    pandas.DataFrame
        The claims, one row each and in their order, as `evidence.judge` gives them, and ``known`` (the
        proposition's certainty, ``none_found`` where it is empty), ``usable`` (``known`` less one step for
        each step of ``match``, not below ``very_low``); both missing where no proposition is mapped.
        ``source_id`` and ``proposition_id`` are categoricals over all sources and propositions, so that
        counts show those without a claim.

    Examples
    --------
    >>> import evidence
    >>> claims = join_claims(evidence.load())
    >>> list(claims["usable"].cat.categories)
    ['none_found', 'very_low', 'low', 'moderate', 'high']
    """
    claims = judge(review)
    mapped = claims["proposition_id"].notna()
    known = claims["certainty"].astype(object).fillna("none_found").where(mapped)
    steps = claims["match"].astype(object).map({word: i for i, word in enumerate(MATCH)})
    rank = known.map({word: i for i, word in enumerate(KNOWN)})
    usable = (rank - steps.fillna(0)).clip(lower=1).where(rank > 0, rank)
    return claims.assign(
        source_id=pd.Categorical(claims["source_id"], list(review.sources["source_id"])),
        proposition_id=pd.Categorical(claims["proposition_id"], list(review.propositions["proposition_id"])),
        known=pd.Categorical(known, list(KNOWN), ordered=True),
        usable=pd.Categorical(usable.map(dict(enumerate(KNOWN))), list(KNOWN), ordered=True),
    )


def select_checkable(claims: pd.DataFrame) -> pd.DataFrame:
    """Return the judged claims that evidence could decide: all whose support is not ``not_checkable``."""
    return claims[claims["support"] != "not_checkable"]


def select_compared(claims: pd.DataFrame) -> pd.DataFrame:
    """Return the judged claims set against evidence that was looked for: rule lines 3 to 9."""
    return claims[claims["line"].isin(list("3456789"))]


def count_claims(claims: pd.DataFrame, rows: str, columns: str) -> pd.DataFrame:
    """Count claims by two columns, with every word of both, also those that no claim has.

    Parameters
    ----------
    claims
        As `join_claims` gives them, all or some.
    rows, columns
        Names of two different columns.

    Returns
    -------
    pandas.DataFrame
        One row a word of `rows`, one column a word of `columns`, in their order; whole numbers that add up to
        the claims that have both.

    Raises
    ------
    KeyError
        Where the claims have no such column.

    Examples
    --------
    >>> claims = pd.DataFrame({"source_id": ["a", "b", "b"], "strength": ["plain"] * 3})
    >>> claims = claims.astype({"strength": pd.CategoricalDtype(["plain", "emphatic"])})
    >>> count_claims(claims, "source_id", "strength").to_dict("index")
    {'a': {'plain': 1, 'emphatic': 0}, 'b': {'plain': 2, 'emphatic': 0}}
    """
    counts = claims.groupby([rows, columns], observed=True).size().unstack(fill_value=0)
    counts = counts.reindex(index=_words(claims[rows]), columns=_words(claims[columns]), fill_value=0)
    return counts.astype(int).rename_axis(index=rows, columns=columns)


def _words(values: pd.Series) -> list:
    return (
        list(values.cat.categories)
        if isinstance(values.dtype, pd.CategoricalDtype)
        else sorted(values.dropna().unique())
    )


def share_claims(claims: pd.DataFrame, rows: str, columns: str) -> pd.DataFrame:
    """Give each word's share of a row's claims, with its Wilson 95% interval.

    Parameters
    ----------
    claims, rows, columns
        As for `count_claims`.

    Returns
    -------
    pandas.DataFrame
        One row a pair of words: `rows`, `columns`, ``n``, ``of``, ``share``, ``low``, ``high``. Shares are of
        1 and missing where ``of`` is 0.
    """
    counts = count_claims(claims, rows, columns)
    long = counts.stack().rename("n").reset_index()
    return share_rows(long.assign(of=long[rows].map(counts.sum(axis=1)).astype(int)))


def share_rows(counts: pd.DataFrame) -> pd.DataFrame:
    """Add ``share`` and its Wilson 95% interval ``low`` to ``high`` to rows with ``n`` and ``of``.

    Raises
    ------
    ValueError
        Where ``n`` is below 0 or above ``of``.

    Notes
    -----
    Wilson (1927), J Am Stat Assoc 22:209; a test holds it to `scipy.stats.binomtest`, which takes longer to
    import than the rest of the report takes to build. The claims are all of their articles' claims and no sample; the
    interval says how little a share of few claims can be relied on.

    Examples
    --------
    >>> share_rows(pd.DataFrame({"n": [3, 0], "of": [12, 0]})).round(2).values.tolist()
    [[3.0, 12.0, 0.25, 0.09, 0.53], [0.0, 0.0, nan, nan, nan]]
    """
    ends = [_share(n, of) for n, of in zip(counts["n"], counts["of"], strict=True)]
    return counts.assign(
        **{name: [float(e[i]) for e in ends] for i, name in enumerate(("share", "low", "high"))}
    )


def _share(n: int, of: int) -> tuple[float, float, float]:
    if not 0 <= n <= of:
        raise ValueError(f"n must lie between 0 and {of}; it is {n}")
    if not of:
        return (float("nan"),) * 3
    share, weight = n / of, Z * Z / of
    middle = (share + weight / 2) / (1 + weight)
    half = Z / (1 + weight) * sqrt(share * (1 - share) / of + weight / of / 4)
    return share, max(0.0, middle - half), min(1.0, middle + half)


def count_tags(review: Review) -> pd.DataFrame:
    """Count the claims that carry each tag, by article.

    Returns
    -------
    pandas.DataFrame
        One row a tag of the vocabulary, in its order, also those that no claim carries; one column an
        article. A claim with two tags counts in two rows.
    """
    tags = split_items(review.claims["tags"]).rename("tag").to_frame()
    tags["source_id"] = review.claims["source_id"]
    counts = pd.crosstab(tags["tag"], tags["source_id"])
    words = list(review.vocabulary.values("claims", "tags"))
    counts = counts.reindex(index=words, columns=list(review.sources["source_id"]), fill_value=0)
    return counts.astype(int).rename_axis(index="tag", columns="source_id")
