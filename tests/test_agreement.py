"""Agreement, pinned to published examples."""

import math

import numpy as np
import pandas as pd
import pytest

from evidence.agreement import (
    _rate_draws,
    bootstrap_alpha,
    count_confusions,
    measure_distance,
    pivot_ratings,
    rate_ac1,
    rate_alpha,
    rate_percent,
    summarise_agreement,
)
from evidence.schema import parse_descriptor

# Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability": four observers, twelve units, missing ratings.
FOUR = """
A 1 2 3 3 2 1 4 1 2 . . .
B 1 2 3 3 2 2 4 1 2 5 . 3
C . 3 3 3 2 3 4 2 2 5 1 .
D 1 2 3 3 2 4 4 1 2 5 1 .
"""
WORDS = ["1", "2", "3", "4", "5"]


def four_coders() -> pd.DataFrame:
    lines = [line.split() for line in FOUR.strip().splitlines()]
    cells = {name: [None if v == "." else v for v in values] for name, *values in lines}
    return pd.DataFrame(cells, index=[f"u{i:02d}" for i in range(1, 13)])


def two_coders(both_yes: int, yes_no: int, no_yes: int, both_no: int) -> pd.DataFrame:
    pairs = [("yes", "yes")] * both_yes + [("yes", "no")] * yes_no + [("no", "yes")] * no_yes + [("no", "no")] * both_no
    return pd.DataFrame(pairs, columns=["one", "two"])


@pytest.mark.parametrize(("ordered", "alpha"), [(False, 0.743), (True, 0.815)])
def test_alpha_is_that_of_krippendorffs_four_coders(ordered, alpha):
    assert rate_alpha(four_coders(), WORDS, ordered=ordered) == pytest.approx(alpha, abs=0.0005)


def test_ac1_stays_where_kappa_collapses():
    # Gwet 2008, table of the paradox: 118 yes/yes, 5 yes/no, 2 no/yes, 0 no/no; kappa -0.023, AC1 0.94.
    units = two_coders(118, 5, 2, 0)
    assert rate_percent(units) == pytest.approx(0.944)
    assert rate_alpha(units, ["yes", "no"], ordered=False) == pytest.approx(-0.0246, abs=0.001)
    assert rate_ac1(units, ["yes", "no"]) == pytest.approx(0.9408, abs=0.0005)


def test_ac1_is_one_for_perfect_agreement_and_counts_missing_ratings():
    units = two_coders(3, 0, 0, 3)
    assert rate_ac1(units, ["yes", "no"]) == 1
    alone = pd.DataFrame({"one": ["yes"], "two": [None]})
    assert math.isnan(rate_ac1(alone, ["yes", "no"]))


def test_one_category_gives_a_reason_not_a_number():
    units = two_coders(5, 0, 0, 0)
    assert math.isnan(rate_alpha(units, ["yes", "no"], ordered=False))
    assert bootstrap_alpha(units, ["yes", "no"], ordered=False, resamples=5) != (0, 0)


def test_bootstrap_has_a_fixed_seed_and_holds_alpha():
    units = four_coders()
    low, high = bootstrap_alpha(units, WORDS, ordered=False, resamples=200)
    assert (low, high) == bootstrap_alpha(units, WORDS, ordered=False, resamples=200)
    assert low < 0.743 < high


@pytest.mark.parametrize(("ordered", "lists"), [(False, False), (True, False), (False, True)])
def test_draws_are_rated_as_the_library_rates_each_of_them(ordered, lists):
    words = ["1", "1;2", "2;3", "4", "4;5"] if lists else WORDS
    units = four_coders().replace(dict(zip(WORDS, words, strict=True)))
    rng, n = np.random.default_rng(5), len(units)
    drawn = [units.iloc[rng.integers(0, n, n)] for _ in range(50)]
    drawn.append(units.iloc[[0, 0, 0]])  # one word alone
    counts = np.stack([(units == word).sum(axis=1) for word in words], axis=1)
    times = np.array([[list(draw.index).count(unit) for unit in units.index] for draw in drawn])
    distances = [[measure_distance(a, b) for b in words] for a in words] if lists else 1 - np.eye(len(words))
    paired = counts.sum(axis=1) >= 2
    alphas = _rate_draws(counts[paired], times[:, paired], None if ordered else np.array(distances))
    assert alphas == pytest.approx(
        [rate_alpha(draw, words, ordered=ordered, lists=lists) for draw in drawn], nan_ok=True
    )
    assert np.isnan(alphas[-1])


def test_confusions_count_every_pair_once():
    found = count_confusions(two_coders(4, 3, 2, 1), ["yes", "no"])
    assert found.to_numpy().tolist() == [[4, 3], [2, 1]]
    assert count_confusions(four_coders(), WORDS).to_numpy().sum() == sum(
        math.comb(int(n), 2) for n in four_coders().notna().sum(axis=1)
    )


def ratings_of(units: pd.DataFrame, variable: str) -> pd.DataFrame:
    rows = [
        ("claims", unit, variable, value, rater, "independent")
        for rater in units
        for unit, value in units[rater].dropna().items()
    ]
    return pd.DataFrame(rows, columns=["table", "row_id", "variable", "value", "rater_id", "round"])


VOCABULARY = parse_descriptor(
    {
        "name": "x",
        "resources": [
            {
                "name": "claims",
                "path": "claims.csv",
                "schema": {
                    "primaryKey": ["id"],
                    "fields": [
                        {"name": "id"},
                        {"name": "grade", "categoriesOrdered": True,
                         "categories": [{"value": w, "label": w, "definition": w} for w in WORDS]},
                        {"name": "voice",
                         "categories": [{"value": w, "label": w, "definition": w} for w in ("yes", "no")]},
                    ],
                },
            }
        ],
    }
)  # fmt: skip


def test_summary_has_a_row_a_variable_at_its_own_level():
    voice = two_coders(5, 0, 0, 0).rename(index=str)
    ratings = pd.concat([ratings_of(four_coders(), "grade"), ratings_of(voice, "voice")])
    summary = summarise_agreement(ratings, VOCABULARY, resamples=20).set_index("variable")
    assert summary.loc["grade", "alpha"] == pytest.approx(0.815, abs=0.0005)
    assert summary.loc["grade", ["level", "raters", "units", "paired"]].tolist() == ["ordinal", 4, 12, 11]
    assert summary.loc["voice", "reason"] == "only one category used: yes"
    assert np.isnan(summary.loc["voice", "alpha"])
    assert summary.loc["voice", "percent"] == 1


def test_a_raters_last_rating_counts():
    rows = [("claims", "u1", "voice", value, "one", "independent") for value in ("yes", "no")]
    ratings = pd.DataFrame(rows, columns=["table", "row_id", "variable", "value", "rater_id", "round"])
    assert pivot_ratings(ratings, "claims", "voice").loc["u1", "one"] == "no"
