"""How far raters agree, one variable at a time.

Percent agreement is easy to read and flattered by chance; Krippendorff's alpha corrects for chance, takes missing
ratings and the level of measurement, and collapses when one word is used almost always; Gwet's AC1 does not collapse
then. All three stand side by side, with the reason where one cannot be given.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from itertools import combinations

import krippendorff
import numpy as np
import pandas as pd

from evidence.schema import Vocabulary

RESAMPLES = 1000
SEED = 20061112
SUMMARY = ("table", "variable", "level", "raters", "units", "paired", "percent", "alpha", "alpha_low", "alpha_high",
           "ac1", "most_confused", "reason")  # fmt: skip


def pivot_ratings(ratings: pd.DataFrame, table: str, variable: str, *, round: str = "independent") -> pd.DataFrame:
    """Lay one variable's ratings out by unit and rater.

    Parameters
    ----------
    ratings
        The ratings table.
    table, variable
        Which judgements.
    round
        ``"independent"`` or ``"final"``.

    Returns
    -------
    pandas.DataFrame
        Index ``row_id``, one column a rater, cells the words; missing where a rater did not rate. Of several ratings of
        one cell by one rater the last row counts.
    """
    rows = ratings[(ratings["table"] == table) & (ratings["variable"] == variable) & (ratings["round"] == round)]
    last = rows.drop_duplicates(["row_id", "rater_id"], keep="last")
    return last.pivot(index="row_id", columns="rater_id", values="value").sort_index()


def rate_percent(units: pd.DataFrame) -> float:
    """Return the share of agreeing pairs among all pairs of ratings of one unit; NaN where there is no pair."""
    agree = pairs = 0
    for one, two in combinations(units.columns, 2):
        both = units[[one, two]].dropna()
        pairs += len(both)
        agree += int((both[one] == both[two]).sum())
    return agree / pairs if pairs else float("nan")


def measure_distance(one: str, two: str) -> float:
    """Return how far two lists of words (with ``;`` between) lie apart, from 0 (equal) to 1 (no word in common).

    Notes
    -----
    MASI, Passonneau 2006 (LREC): one minus the shared part of all words, weighed 1 for equal sets, 2/3 where
    one holds the other, 1/3 where they overlap.

    Examples
    --------
    >>> [round(measure_distance("a;b", other), 2) for other in ("b;a", "a", "a;c", "c")]
    [0.0, 0.67, 0.89, 1.0]
    """
    a, b = set(one.split(";")), set(two.split(";"))
    weight = 1.0 if a == b else 2 / 3 if a <= b or b <= a else 1 / 3
    return 1 - weight * len(a & b) / len(a | b)


def rate_alpha(units: pd.DataFrame, words: Sequence[str], *, ordered: bool, lists: bool = False) -> float:
    """Return Krippendorff's alpha, by the library ``krippendorff``.

    Parameters
    ----------
    units
        As `pivot_ratings` gives them.
    words
        All words of the variable, in order.
    ordered
        True measures on an ordinal level, False on a nominal one.
    lists
        The words are lists of words; `measure_distance` says how far they lie apart.

    Returns
    -------
    float
        1 for perfect agreement, 0 for what chance would give; NaN where fewer than two words are used or no unit has
        two ratings.
    """
    return _alpha(_count_words(units, words), _find_level(words, ordered, lists))


def _find_level(words: Sequence[str], ordered: bool, lists: bool) -> str | Callable:
    if not lists:
        return "ordinal" if ordered else "nominal"
    distances = _measure_distances(words)
    return lambda v1, v2, i1, i2, n_v, dtype=float: distances[i1, i2].astype(dtype)


def _measure_distances(words: Sequence[str]) -> np.ndarray:
    return np.array([[measure_distance(one, two) for two in words] for one in words])


def _count_words(units: pd.DataFrame, words: Sequence[str]) -> np.ndarray:
    """Return how many raters gave each word to each unit; one row a unit with two ratings or more."""
    counts = np.stack([(units == word).sum(axis=1).to_numpy() for word in words], axis=1)
    return counts[counts.sum(axis=1) >= 2]


def _alpha(counts: np.ndarray, level: str | Callable) -> float:
    if (counts.sum(axis=0) > 0).sum() < 2:
        return float("nan")
    return float(
        krippendorff.alpha(value_counts=counts, value_domain=range(counts.shape[1]), level_of_measurement=level)
    )


def bootstrap_alpha(
    units: pd.DataFrame,
    words: Sequence[str],
    *,
    ordered: bool,
    lists: bool = False,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> tuple[float, float]:
    """Return a 95% percentile interval of alpha over units drawn again with replacement, with a fixed seed.

    Draws in which only one word is left have no alpha and are left out.
    """
    counts, draw = _count_words(units, words), np.random.default_rng(seed)
    n = len(counts)
    times = [np.bincount(draw.integers(0, n, n), minlength=n) for _ in range(resamples if n else 0)]
    if not times:
        return float("nan"), float("nan")
    distances = _measure_distances(words) if lists else None if ordered else 1 - np.eye(len(words))
    alphas = _rate_draws(counts, np.array(times), distances)
    alphas = alphas[~np.isnan(alphas)]
    return tuple(np.percentile(alphas, [2.5, 97.5])) if len(alphas) else (float("nan"), float("nan"))


def _rate_draws(counts: np.ndarray, times: np.ndarray, distances: np.ndarray | None) -> np.ndarray:
    """Return alpha for every draw at once: many times as fast as the library, which a test sets beside it.

    Parameters
    ----------
    counts
        How many raters gave each word to each unit: one row a unit, one column a word.
    times
        How often each unit was drawn: one row a draw, one column a unit.
    distances
        Squared distance between words; None for ordinal ones, where it depends on what was drawn.
    """
    n_words = counts.shape[1]
    pairs = counts[:, :, None] * counts[:, None, :] - counts[:, :, None] * np.eye(n_words)
    pairs /= (counts.sum(axis=1) - 1)[:, None, None]
    seen = (times @ pairs.reshape(len(counts), -1)).reshape(-1, n_words, n_words)
    used = seen.sum(axis=2)
    by_chance = used[:, :, None] * used[:, None, :] - used[:, :, None] * np.eye(n_words)
    by_chance /= (used.sum(axis=1) - 1)[:, None, None]
    if distances is None:
        middle = used.cumsum(axis=1) - used / 2
        distances = (middle[:, :, None] - middle[:, None, :]) ** 2
    observed, expected = ((matrix * distances).sum(axis=(1, 2)) for matrix in (seen, by_chance))
    several = (used > 0).sum(axis=1) > 1
    return 1 - np.divide(observed, expected, out=np.full(len(times), np.nan), where=several)


def rate_ac1(units: pd.DataFrame, words: Sequence[str]) -> float:
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
    counts = np.stack([(units == word).sum(axis=1).to_numpy(dtype=float) for word in words], axis=1)
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
    total = pd.DataFrame(0, index=list(words), columns=list(words))
    for one, two in combinations(units.columns, 2):
        both = units[[one, two]].dropna()
        found = pd.crosstab(both[one], both[two])
        total = total.add(found, fill_value=0)
    return total.reindex(index=list(words), columns=list(words), fill_value=0).fillna(0).astype(int)


def summarise_agreement(ratings: pd.DataFrame, vocabulary: Vocabulary, *, resamples: int = RESAMPLES) -> pd.DataFrame:
    """Summarise agreement for every variable that was rated independently.

    Parameters
    ----------
    ratings
        The ratings table.
    vocabulary
        For the words and whether they are ordered.
    resamples
        Draws for the interval.

    Returns
    -------
    pandas.DataFrame
        One row a variable: ``table``, ``variable``, ``level`` (``ordinal``, ``nominal``, ``set``), ``raters``,
        ``units`` (rated by any),
        ``paired`` (rated by two or more), ``percent`` (0 to 1), ``alpha``, ``alpha_low``, ``alpha_high``, ``ac1``,
        ``most_confused`` (the pair of words most often set against each other, with its count) and ``reason`` (why a
        figure is missing).
    """
    rated = ratings.loc[ratings["round"] == "independent", ["table", "variable"]].drop_duplicates()
    rows = [_summarise_variable(ratings, vocabulary, *pair, resamples) for pair in rated.itertuples(index=False)]
    return pd.DataFrame(rows, columns=list(SUMMARY))


def _summarise_variable(
    ratings: pd.DataFrame, vocabulary: Vocabulary, table: str, variable: str, resamples: int
) -> dict:
    column = vocabulary.tables[table].column(variable)
    units, lists = pivot_ratings(ratings, table, variable), column.type == "list"
    if lists:
        units = units.map(lambda cell: ";".join(sorted(cell.split(";"))), na_action="ignore")
    words = column.values if column.values and not lists else sorted(units.stack().unique())
    confusions = count_confusions(units, words)
    low, high = bootstrap_alpha(units, words, ordered=column.ordered, lists=lists, resamples=resamples)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        alpha = rate_alpha(units, words, ordered=column.ordered, lists=lists)
    paired = int((units.notna().sum(axis=1) >= 2).sum())
    return {
        "table": table,
        "variable": variable,
        "level": "set" if lists else "ordinal" if column.ordered else "nominal",
        "raters": units.shape[1],
        "units": len(units),
        "paired": paired,
        "percent": rate_percent(units),
        "alpha": alpha,
        "alpha_low": low,
        "alpha_high": high,
        "ac1": float("nan") if lists or len(words) < 2 else rate_ac1(units, words),
        "most_confused": _most_confused(confusions),
        "reason": _explain_gap(units, paired) if np.isnan(alpha) else "AC1 is for single words" if lists else "",
    }


def _most_confused(confusions: pd.DataFrame) -> str:
    both = confusions + confusions.T
    pairs = [(int(both.loc[a, b]), a, b) for a, b in combinations(confusions.index, 2)]
    n, one, two = max(pairs, key=lambda pair: pair[0], default=(0, "", ""))
    return f"{one} / {two} ({n})" if n else ""


def _explain_gap(units: pd.DataFrame, paired: int) -> str:
    if not paired:
        return "no unit was rated by two raters"
    return f"only one category used: {units.stack().iloc[0]}"


def describe_agreement(summary: pd.DataFrame) -> str:
    """Say the range of agreement over all variables in one sentence."""
    if summary["alpha"].isna().all():
        return "No variable was rated independently by two or more raters who used two or more words."
    best, worst = summary.loc[summary["alpha"].idxmax()], summary.loc[summary["alpha"].idxmin()]
    return (
        f"Two or more raters judged {summary['paired'].max():,} units independently; they agree most on "
        f"{best['variable']} (Krippendorff's alpha {best['alpha']:.2f}) and least on {worst['variable']} "
        f"({worst['alpha']:.2f})."
    )
