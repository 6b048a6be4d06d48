"""How far raters agree, one variable at a time.

Percent agreement is easy to read and flattered by chance; Krippendorff's alpha corrects for chance, takes missing
ratings and the level of measurement, and collapses when one word is used almost always; Gwet's AC1 does not collapse
then. All three stand side by side, with the reason where one cannot be given. Intervals draw whole sentences again
where several rows rest on one sentence, because such rows are not independent of each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from evidence.counts import RESAMPLES, SEED, find_sentence
from evidence.schema import Column

if TYPE_CHECKING:
    from evidence.tables import Review

SUMMARY = (
    "table", "variable", "level", "raters", "units", "paired", "percent", "alpha", "alpha_low", "alpha_high", "ac1",
    "most_confused", "reason",
)  # fmt: skip


def pivot_ratings(ratings: pd.DataFrame, variable: str, *, round: str = "independent") -> pd.DataFrame:
    """Lay one variable's ratings out by unit and rater.

    Parameters
    ----------
    ratings
        A table of ratings, as ``review.claim_ratings``; its first column is the key of the rated row.
    variable
        Column that is judged.
    round
        ``"independent"`` or ``"final"``.

    Returns
    -------
    pandas.DataFrame
        Index the rated rows' keys, one column a rater who judged any, cells the words; missing where one did not judge.
    """
    rows = ratings[(ratings["round"] == round) & ratings[variable].notna()]
    key = ratings.columns[0]
    return rows.astype({variable: object}).pivot(index=key, columns="rater_id", values=variable).sort_index()


def share_agreeing(units: pd.DataFrame) -> float:
    """Return the share of agreeing pairs among all pairs of ratings of one unit; NaN where there is no pair."""
    used = units.stack().dropna().unique()
    counts = _count_words(units, used)
    raters = counts.sum(axis=1)
    pairs = (raters * (raters - 1)).sum()
    return float((counts * (counts - 1)).sum() / pairs) if pairs else float("nan")


def find_alpha(units: pd.DataFrame, words: Sequence[str], *, ordered: bool) -> float:
    """Return Krippendorff's alpha.

    Parameters
    ----------
    units
        As `pivot_ratings` gives them.
    words
        All words of the variable, in order.
    ordered
        True measures on an ordinal level, False on a nominal one.

    Returns
    -------
    float
        1 for perfect agreement, 0 for what chance would give; NaN where fewer than two words are used or no unit has
        two ratings.

    Examples
    --------
    >>> units = pd.DataFrame({"ann": ["plain", "plain", "emphatic"], "bob": ["plain", "plain", "plain"]})
    >>> round(find_alpha(units, ["plain", "emphatic"], ordered=True), 2)
    0.0
    """
    counts = _count_paired(units, words)
    return float(_find_alphas(counts, np.ones((1, len(counts)), dtype=int), ordered)[0])


def _number_words(units: pd.DataFrame, words: Sequence[str]) -> np.ndarray:
    """Return the place of each rating among the words, in the shape of the units; -1 where one did not judge."""
    return pd.Index(words, dtype=object).get_indexer(units.to_numpy(dtype=object).ravel()).reshape(units.shape)


def _count_words(units: pd.DataFrame, words: Sequence[str]) -> np.ndarray:
    """Return how many raters gave each word to each unit: one row a unit, one column a word."""
    places = _number_words(units, words)
    rows, raters = np.nonzero(places >= 0)
    counts = np.zeros((len(units), len(words)), dtype=int)
    np.add.at(counts, (rows, places[rows, raters]), 1)
    return counts


def _count_paired(units: pd.DataFrame, words: Sequence[str]) -> np.ndarray:
    """Count as `_count_words` does, with zeros for a unit that fewer than two rated."""
    counts = _count_words(units, words)
    return np.where(counts.sum(axis=1, keepdims=True) >= 2, counts, 0)


def bootstrap_alpha(
    units: pd.DataFrame,
    words: Sequence[str],
    *,
    ordered: bool,
    clusters: pd.Series | None = None,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> tuple[float, float]:
    """Return a 95% percentile interval of alpha, by drawing clusters of units again with replacement.

    Parameters
    ----------
    units, words, ordered
        As for `find_alpha`.
    clusters
        What each unit belongs to, by the units' index: units of one cluster are drawn together, as claims of one
        sentence. Each unit by itself where it is not given.
    resamples
        Number of draws.
    seed
        Of the draws, so that the interval is the same each time.

    Notes
    -----
    Draws in which only one word is left have no alpha and are left out.
    """
    paired = units[units.notna().sum(axis=1) >= 2]
    counts, draw = _count_paired(paired, words), np.random.default_rng(seed)
    of = np.arange(len(paired)) if clusters is None else pd.factorize(clusters.reindex(paired.index))[0]
    n = int(of.max()) + 1 if len(of) else 0
    times = [np.bincount(draw.integers(0, n, n), minlength=n)[of] for _ in range(resamples if n else 0)]
    alphas = _find_alphas(counts, np.array(times), ordered) if times else np.array([])
    alphas = alphas[~np.isnan(alphas)]
    if not len(alphas):
        return float("nan"), float("nan")
    low, high = np.percentile(alphas, [2.5, 97.5])
    return float(low), float(high)


def _find_alphas(counts: np.ndarray, times: np.ndarray, ordered: bool) -> np.ndarray:
    """Return alpha for every draw at once.

    Parameters
    ----------
    counts
        How many raters gave each word to each unit: one row a unit, one column a word; a row of zeros counts nothing.
    times
        How often each unit was drawn: one row a draw, one column a unit.
    ordered
        Whether the distance of two words is that of their ranks among what was drawn, or 1 where they differ.
    """
    counts, others = counts.astype(float), np.maximum(counts.sum(axis=1) - 1, 1)
    used = times @ counts
    total = used.sum(axis=1)
    if ordered:
        n_words = counts.shape[1]
        pairs = counts[:, :, None] * counts[:, None, :] - counts[:, :, None] * np.eye(n_words)
        pairs /= others[:, None, None]
        seen = (times @ pairs.reshape(len(counts), n_words**2)).reshape(-1, n_words, n_words)
        by_chance = used[:, :, None] * used[:, None, :] - used[:, :, None] * np.eye(n_words)
        middle = used.cumsum(axis=1) - used / 2
        distances = (middle[:, :, None] - middle[:, None, :]) ** 2
        observed, expected = ((matrix * distances).sum(axis=(1, 2)) for matrix in (seen, by_chance))
    else:  # all pairs but the equal ones: a variable may have hundreds of words
        observed = total - times @ ((counts * (counts - 1)).sum(axis=1) / others)
        expected = total**2 - (used**2).sum(axis=1)
    expected /= np.maximum(total - 1, 1)
    several = (used > 0).sum(axis=1) > 1
    return 1 - np.divide(observed, expected, out=np.full(len(times), np.nan), where=several)


def find_ac1(units: pd.DataFrame, words: Sequence[str]) -> float:
    """Return Gwet's AC1 for any number of raters, with missing ratings.

    Notes
    -----
    Gwet 2008, Br J Math Stat Psychol 61:29-48, in the form of Gwet 2014 for missing ratings: agreement over units with
    two ratings or more, chance from the mean share of each word. Chance is ``sum(p * (1 - p)) / (q - 1)`` with ``q``
    words.

    Returns
    -------
    float
        NaN where no unit has two ratings.
    """
    counts = _count_words(units, words)
    raters = counts.sum(axis=1)
    paired = counts[raters >= 2]
    if not len(paired):
        return float("nan")
    n = paired.sum(axis=1)
    agreement = (paired * (paired - 1)).sum(axis=1) / (n * (n - 1))
    share = (counts[raters > 0] / raters[raters > 0, None]).mean(axis=0)
    chance = (share * (1 - share)).sum() / (len(words) - 1)
    return float((agreement.mean() - chance) / (1 - chance))


def count_confusions(units: pd.DataFrame, words: Sequence[str]) -> pd.DataFrame:
    """Count pairs of words given to one unit by two raters.

    Returns
    -------
    pandas.DataFrame
        Index and columns the words, in order; for two raters rows are the first's words. For more, every pair of
        raters counts once.
    """
    places, total = _number_words(units, words), np.zeros((len(words), len(words)), dtype=int)
    for one, two in combinations(places.T, 2):
        both = (one >= 0) & (two >= 0)
        np.add.at(total, (one[both], two[both]), 1)
    return pd.DataFrame(total, index=list(words), columns=list(words))


def summarise_agreement(review: Review, *, resamples: int = RESAMPLES) -> pd.DataFrame:
    """Summarise agreement for every variable that was rated independently.

    Parameters
    ----------
    review
        As `evidence.load` returns it.
    resamples
        Draws for the interval. Claims of one sentence are drawn together.

    Returns
    -------
    pandas.DataFrame
        One row a variable: ``table`` (that is rated), ``variable``, ``level`` (``ordinal``, ``nominal``), ``raters``,
        ``units`` (rated by any), ``paired`` (rated by two or more), ``percent`` (0 to 1), ``alpha``, ``alpha_low``,
        ``alpha_high``, ``ac1``, ``most_confused`` (the pair of words most often set against each other, with its
        count) and ``reason`` (why a figure is missing).
    """
    sentences = find_sentence(review.claims.set_index("claim_id"))
    rows = []
    for table in review.vocabulary.tables.values():
        for variable in table.rated:
            units = pivot_ratings(review.tables[table.name], variable)
            if len(units):
                clusters = sentences if table.rates == "claims" else None
                figures = _summarise_variable(units, table.column(variable), clusters, resamples)
                rows.append({"table": table.rates, "variable": variable, **figures})
    return pd.DataFrame(rows, columns=list(SUMMARY))


def _summarise_variable(units: pd.DataFrame, column: Column, clusters: pd.Series | None, resamples: int) -> dict:
    words = column.values or sorted(units.stack().dropna().unique())
    paired = units[units.notna().sum(axis=1) >= 2]
    alpha = find_alpha(units, words, ordered=column.ordered)
    low, high = bootstrap_alpha(units, words, ordered=column.ordered, clusters=clusters, resamples=resamples)
    return {
        "level": "ordinal" if column.ordered else "nominal",
        "raters": units.shape[1],
        "units": len(units),
        "paired": len(paired),
        "percent": share_agreeing(units),
        "alpha": alpha,
        "alpha_low": low,
        "alpha_high": high,
        "ac1": find_ac1(units, words) if len(words) > 1 else float("nan"),
        "most_confused": _find_most_confused(count_confusions(units, words)),
        "reason": _explain_gap(paired) if np.isnan(alpha) else "",
    }


def _find_most_confused(confusions: pd.DataFrame) -> str:
    both = np.triu(confusions.to_numpy() + confusions.to_numpy().T, k=1)
    n = both.max(initial=0)
    one, two = np.unravel_index(both.argmax(), both.shape) if n else (0, 0)
    return f"{confusions.index[one]} / {confusions.index[two]} ({n})" if n else ""


def _explain_gap(paired: pd.DataFrame) -> str:
    if paired.empty:
        return "no unit was rated by two raters"
    return f"only one category used: {paired.stack().dropna().iloc[0]}"
