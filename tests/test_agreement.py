"""Agreement, pinned to published examples."""

import dataclasses
import math

import krippendorff
import numpy as np
import pandas as pd
import pytest

from evidence.agreement import (
    bootstrap_alpha,
    count_confusions,
    find_ac1,
    find_alpha,
    share_agreeing,
    summarise_agreement,
)

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
    assert find_alpha(four_coders(), WORDS, ordered=ordered) == pytest.approx(alpha, abs=0.0005)


def test_ac1_stays_where_kappa_collapses():
    # Gwet 2008, table of the paradox: 118 yes/yes, 5 yes/no, 2 no/yes, 0 no/no; kappa -0.023, AC1 0.94.
    units = two_coders(118, 5, 2, 0)
    assert share_agreeing(units) == pytest.approx(0.944)
    assert find_alpha(units, ["yes", "no"], ordered=False) == pytest.approx(-0.0246, abs=0.001)
    assert find_ac1(units, ["yes", "no"]) == pytest.approx(0.9408, abs=0.0005)


def test_ac1_is_one_for_perfect_agreement_and_counts_missing_ratings():
    units = two_coders(3, 0, 0, 3)
    assert find_ac1(units, ["yes", "no"]) == 1
    alone = pd.DataFrame({"one": ["yes"], "two": [None]})
    assert math.isnan(find_ac1(alone, ["yes", "no"]))


def test_one_category_gives_a_reason_not_a_number():
    units = two_coders(5, 0, 0, 0)
    assert math.isnan(find_alpha(units, ["yes", "no"], ordered=False))
    assert bootstrap_alpha(units, ["yes", "no"], ordered=False, resamples=5) != (0, 0)


def test_bootstrap_has_a_fixed_seed_and_holds_alpha():
    units = four_coders()
    low, high = bootstrap_alpha(units, WORDS, ordered=False, resamples=200)
    assert (low, high) == bootstrap_alpha(units, WORDS, ordered=False, resamples=200)
    assert low < 0.743 < high


@pytest.mark.parametrize("ordered", [False, True])
def test_alpha_is_that_of_the_library_whatever_was_drawn(ordered):
    units, rng = four_coders(), np.random.default_rng(5)
    level = "ordinal" if ordered else "nominal"
    for _ in range(50):
        drawn = units.iloc[rng.integers(0, len(units), len(units))]
        counts = np.stack([(drawn == word).sum(axis=1) for word in WORDS], axis=1)
        expected = krippendorff.alpha(value_counts=counts, value_domain=range(5), level_of_measurement=level)
        assert find_alpha(drawn, WORDS, ordered=ordered) == pytest.approx(expected)


def test_units_of_one_cluster_are_drawn_together():
    units = pd.concat([two_coders(4, 3, 2, 5)] * 10, ignore_index=True)
    alone = bootstrap_alpha(units, ["yes", "no"], ordered=False, resamples=300)
    clusters = pd.Series(units.index % 14, index=units.index)  # ten copies of each unit, one cluster
    together = bootstrap_alpha(units, ["yes", "no"], ordered=False, clusters=clusters, resamples=300)
    single = bootstrap_alpha(two_coders(4, 3, 2, 5), ["yes", "no"], ordered=False, resamples=300)
    assert together[1] - together[0] > 2 * (alone[1] - alone[0])
    assert together == pytest.approx(single, abs=0.12)


def test_confusions_count_every_pair_once():
    found = count_confusions(two_coders(4, 3, 2, 1), ["yes", "no"])
    assert found.to_numpy().tolist() == [[4, 3], [2, 1]]
    assert count_confusions(four_coders(), WORDS).to_numpy().sum() == sum(
        math.comb(int(n), 2) for n in four_coders().notna().sum(axis=1)
    )


def test_summary_has_a_row_a_variable_at_its_own_level(review):
    units = four_coders().replace(dict(zip(WORDS, review.vocabulary.values("claims", "strength"), strict=True)))
    units.index = review.claims["claim_id"].head(len(units))
    voice = pd.DataFrame({"A": ["author"] * 5, "B": ["author"] * 5}, index=units.index[:5])
    rows = units.stack().rename("strength").to_frame().join(voice.stack().rename("voice"), how="left")
    rows.index.names = ["claim_id", "rater_id"]
    ratings = rows.reset_index().assign(round="independent").reindex(columns=review.claim_ratings.columns)
    made = dataclasses.replace(review, tables={**review.tables, "claim_ratings": ratings})
    summary = summarise_agreement(made, resamples=20).set_index(["table", "variable"])
    strength, voice = summary.loc[("claims", "strength")], summary.loc[("claims", "voice")]
    assert strength["alpha"] == pytest.approx(0.815, abs=0.0005)
    assert strength[["level", "raters", "units", "paired"]].tolist() == ["ordinal", 4, 12, 11]
    assert voice["reason"] == "only one category used: author"
    assert np.isnan(voice["alpha"])
    assert voice["percent"] == 1


def test_every_rated_variable_of_the_review_is_in_the_summary(review):
    summary = summarise_agreement(review, resamples=2)
    for table in review.vocabulary.tables.values():
        for variable in table.rated:
            judged = review.tables[table.name].query("round == 'independent'")[variable].notna().any()
            there = ((summary["table"] == table.rates) & (summary["variable"] == variable)).any()
            assert there == judged
