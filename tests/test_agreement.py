"""Agreement, pinned to published examples."""

import dataclasses
import math

import krippendorff
import numpy as np
import pandas as pd
import pytest
from reviews import get_review
from small_review import small_review

from evidence.agreement import (
    SUMMARY,
    bootstrap_alpha,
    count_confusions,
    find_ac1,
    find_alpha,
    pivot_ratings,
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


@pytest.mark.parametrize("ordered", [True, False])
def test_no_units_have_no_alpha(ordered):
    assert math.isnan(find_alpha(pd.DataFrame(columns=["one", "two"]), WORDS, ordered=ordered))


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


# On ratings few enough to count by hand


def rate(table: str, *rows: str) -> pd.DataFrame:
    """Return ratings, each written as `row rater [round] variable=value ...`, with the columns of the schema."""
    schema = small_review().vocabulary.tables[table]
    made = []
    for row in rows:
        words = [word for word in row.split() if "=" not in word]
        key, rater, in_round = [*words, "independent"][:3]
        made.append(
            {
                schema.key: key,
                "rater_id": rater,
                "round": in_round,
                **dict(w.split("=") for w in row.split()[len(words) :]),
            }
        )
    return pd.DataFrame(made, columns=list(schema.names))


FEW = rate(
    "claim_ratings",
    "a-2 bea strength=plain kind=safety",
    "a-1 ann strength=plain kind=safety voice=author",
    "a-1 bea strength=emphatic kind=safety",
    "a-2 ann strength=plain",
    "a-5 ann strength=tentative",
    "a-5 bea strength=plain",
    "a-6 ann strength=plain",
    "a-6 bea strength=tentative",
    "c-1 ann strength=plain",
    "c-1 bea strength=emphatic",
    "c-1 cyd final strength=qualified",
)  # fmt: skip


def test_ratings_are_laid_out_by_unit_and_rater_and_round():
    units = pivot_ratings(FEW, "strength")
    assert units.index.tolist() == ["a-1", "a-2", "a-5", "a-6", "c-1"]
    assert units.columns.tolist() == ["ann", "bea"]
    assert units.loc["a-1"].tolist() == ["plain", "emphatic"]
    assert pivot_ratings(FEW, "strength", round="final").to_dict() == {"cyd": {"c-1": "qualified"}}
    assert pivot_ratings(FEW, "voice").to_dict() == {"ann": {"a-1": "author"}}


def summarise(ratings: pd.DataFrame, table: str = "claim_ratings", **options) -> pd.DataFrame:
    """Summarise ratings of one table of the small review, all other tables of ratings empty."""
    review = small_review()
    review.tables = {
        name: ratings if name == table else pd.DataFrame(columns=list(schema.names))
        for name, schema in review.vocabulary.tables.items()
        if schema.rates
    }
    return summarise_agreement(review, **{"resamples": 50, **options})


def test_a_summary_says_what_stands_in_the_ratings():
    summary = summarise(FEW)
    assert summary.columns.tolist() == list(SUMMARY)
    shown = summary.drop(columns=["alpha_low", "alpha_high"]).round(4).astype(object).fillna("none").to_numpy().tolist()
    assert shown == [
        ["claims", "kind", "nominal", 2, 2, 1, 1.0, "none", 1.0, "", "only one category used: safety"],
        ["claims", "voice", "nominal", 1, 1, 0, "none", "none", "none", "", "no unit was rated by two raters"],
        ["claims", "strength", "ordinal", 2, 5, 5, 0.2, 0.1, 0.0698, "tentative / plain (2)", ""],
    ]


def test_most_confused_are_the_two_words_most_often_set_against_each_other_whoever_gave_them():
    rows = [f"a-{i} {rater} voice={voice}" for i, pair in enumerate(["author vendor", "vendor author", "author publisher"])
            for rater, voice in zip(("ann", "bea"), pair.split(), strict=True)]  # fmt: skip
    (row,) = summarise(rate("claim_ratings", *rows)).to_dict("records")
    assert row["most_confused"] == "author / vendor (2)"
    (row,) = summarise(rate("claim_ratings", *[r for r in rows if r.startswith("a-2")])).to_dict("records")
    assert row["most_confused"] == "author / publisher (1)"


def test_words_without_a_list_agree_as_they_stand():
    rows = [
        "a-1 ann proposition_id=P2",
        "a-1 bea proposition_id=P1",
        "a-2 ann proposition_id=P1",
        "a-2 bea proposition_id=P1",
    ]
    (row,) = summarise(rate("claim_ratings", *rows)).to_dict("records")
    assert (row["variable"], row["level"], row["percent"]) == ("proposition_id", "nominal", 0.5)
    assert row["most_confused"] == "P1 / P2 (1)"
    (row,) = summarise(rate("claim_ratings", *rows[2:])).to_dict("records")
    assert math.isnan(row["ac1"])
    assert row["reason"] == "only one category used: P1"


def test_claims_of_one_sentence_are_drawn_together_and_rows_of_other_tables_alone():
    same = ["a-1", "a-2", "a-5", "a-6"]  # two sentences
    rows = [f"{claim} {rater} voice={voice}" for claim, pair in zip(same, [("author", "author")] * 2 + [("author", "vendor")] * 2, strict=True)
            for rater, voice in zip(("ann", "bea"), pair, strict=True)]  # fmt: skip
    (together,) = summarise(rate("claim_ratings", *rows), resamples=400).to_dict("records")
    assert (together["alpha_low"], together["alpha_high"]) == (pytest.approx(-0.75), pytest.approx(-1 / 6))
    roles = {"author": "claim", "vendor": "heading"}
    rows = [" ".join([*row.split()[:2], f"role={roles[row.split('=')[1]]}"]) for row in rows]
    (alone,) = summarise(rate("segment_ratings", *rows), "segment_ratings", resamples=400).to_dict("records")
    assert alone["table"] == "segments"
    units = pivot_ratings(rate("segment_ratings", *rows), "role")
    drawn = bootstrap_alpha(units, ["claim", "heading"], ordered=False, resamples=400)
    assert (alone["alpha_low"], alone["alpha_high"]) == pytest.approx(drawn)


def test_pairs_that_agree_are_counted_over_all_raters():
    units = pd.DataFrame({"a": ["x", "x", None], "b": ["x", "y", "y"], "c": ["y", None, "y"]})
    assert share_agreeing(units) == 2 / 5
    assert math.isnan(share_agreeing(units[["a"]]))


def test_confusions_name_every_word_in_its_order_and_the_first_rater_by_row():
    found = count_confusions(pd.DataFrame({"a": ["z", "x"], "b": ["x", "x"], "c": ["z", None]}), ["z", "y", "x"])
    assert found.index.tolist() == found.columns.tolist() == ["z", "y", "x"]
    assert found.to_numpy().tolist() == [[1, 0, 1], [0, 0, 0], [1, 0, 1]]
    assert set(found.dtypes) == {np.dtype(int)}


@pytest.mark.parametrize("ordered", [False, True])
def test_an_interval_is_that_of_alphas_of_drawn_units(ordered):
    units, draw = four_coders(), np.random.default_rng(7)
    paired = units[units.notna().sum(axis=1) >= 2]
    alphas = []
    for _ in range(300):
        drawn = draw.integers(0, len(paired), len(paired))
        counts = np.stack([(paired.iloc[drawn] == word).sum(axis=1) for word in WORDS], axis=1)
        level = "ordinal" if ordered else "nominal"
        alphas.append(krippendorff.alpha(value_counts=counts, value_domain=range(5), level_of_measurement=level))
    wanted = np.percentile(alphas, [2.5, 97.5])
    assert bootstrap_alpha(units, WORDS, ordered=ordered, resamples=300, seed=7) == pytest.approx(tuple(wanted))


def test_draws_that_leave_one_word_are_left_out_and_no_draw_gives_no_interval():
    units = pd.DataFrame({"a": ["x", "x", "x", "y"], "b": ["x", "x", "x", "x"]})
    low, high = bootstrap_alpha(units, ["x", "y"], ordered=False, resamples=60)
    assert -1 < low <= high < 1
    assert (low, high) == bootstrap_alpha(units, ["x", "y"], ordered=False, resamples=60, seed=20061112)
    assert all(map(math.isnan, bootstrap_alpha(units.head(3), ["x", "y"], ordered=False, resamples=60)))
    assert all(map(math.isnan, bootstrap_alpha(units.head(0), ["x", "y"], ordered=False, resamples=60)))
    assert all(map(math.isnan, bootstrap_alpha(units[["a"]], ["x", "y"], ordered=False, resamples=60)))


def test_ac1_is_that_of_gwets_formula_with_raters_missing():
    units = pd.DataFrame({"a": ["x", "y", "z", "x"], "b": ["x", "x", "z", None], "c": ["x", "y", None, None]})
    observed = (1 + 1 / 3 + 1) / 3
    share = np.array([1 + 1 / 3 + 0 + 1, 2 / 3, 1]) / 4
    chance = (share * (1 - share)).sum() / 2
    assert find_ac1(units, ["x", "y", "z"]) == pytest.approx((observed - chance) / (1 - chance))


def test_a_word_that_stands_once_and_a_pair_that_stands_alone_count():
    assert find_alpha(pd.DataFrame({"a": ["x"], "b": ["y"]}), ["x", "y"], ordered=False) == 0
    once = pd.DataFrame({"a": ["x", "x"], "b": ["x", "y"]})
    assert find_alpha(once, ["x", "y"], ordered=False) == 0
    two = pd.DataFrame({"a": ["x", None], "b": ["x", None], "c": ["y", "y"]})
    assert find_ac1(two, ["x", "y"]) == pytest.approx(find_ac1(pd.concat([two, two.iloc[:0].reindex([9])]), ["x", "y"]))


def test_the_interval_of_an_ordered_variable_is_that_of_its_order():
    row = summarise(FEW).set_index("variable").loc["strength"]
    units, words = pivot_ratings(FEW, "strength"), small_review().vocabulary.values("claims", "strength")
    claims = small_review().claims.set_index("claim_id")
    sentences = claims["source_id"] + " " + claims["start"].astype(str)
    wanted = bootstrap_alpha(units, words, ordered=True, clusters=sentences, resamples=50)
    assert (row["alpha_low"], row["alpha_high"]) == pytest.approx(wanted)
    assert wanted != pytest.approx(bootstrap_alpha(units, words, ordered=False, clusters=sentences, resamples=50))


def test_of_pairs_confused_as_often_the_first_in_order_is_named_and_no_ratings_have_columns_too():
    rows = [f"a-{i} {rater} voice={voice}" for i, pair in enumerate(["author publisher", "vendor commenter"])
            for rater, voice in zip(("ann", "bea"), pair.split(), strict=True)]  # fmt: skip
    (row,) = summarise(rate("claim_ratings", *rows)).to_dict("records")
    assert row["most_confused"] == "author / publisher (1)"
    assert summarise(rate("claim_ratings")).columns.tolist() == list(SUMMARY)
    two = summarise(rate("claim_ratings", "a-1 ann proposition_id=P1", "a-1 bea proposition_id=P2"))
    assert two["ac1"].tolist() == [-1.0]


def test_a_word_that_one_rater_used_alone_is_not_the_one_category_of_both():
    review = get_review("real")
    ratings = review.claim_ratings
    ratings = ratings[ratings["round"] == "independent"].drop_duplicates(["claim_id", "rater_id"])
    keys, raters = list(review.claims["claim_id"][:3]), list(ratings["rater_id"].unique()[:2])
    cells = [("emphatic", keys[0], raters[0])] + [("plain", key, rater) for key in keys[1:] for rater in raters]
    rows = ratings.head(len(cells)).assign(
        strength=pd.Categorical([word for word, _, _ in cells], ratings["strength"].cat.categories, ordered=True),
        claim_id=[key for _, key, _ in cells],
        rater_id=[rater for _, _, rater in cells],
        round="independent",
    )
    summary = summarise_agreement(
        dataclasses.replace(review, tables={**review.tables, "claim_ratings": rows}), resamples=10
    )
    (reason,) = summary.loc[(summary["table"] == "claims") & (summary["variable"] == "strength"), "reason"]
    assert reason == "only one category used: plain"
