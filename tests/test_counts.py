"""Counts add up to their tables and name every word; shares are of their whole."""

import itertools

import numpy as np
import pandas as pd
import pytest
from reviews import EACH, get_claims, get_review
from scipy.stats import binomtest

import evidence
from evidence import counts
from evidence.judgements import STRENGTH, SUPPORT, judge_claims


@pytest.fixture(params=EACH)
def name(request):
    return request.param


@pytest.fixture
def review(name):
    return get_review(name)


@pytest.fixture
def claims(name):
    return get_claims(name).copy()


@pytest.mark.parametrize(
    ("rows", "columns"),
    [
        *itertools.permutations(
            ["source_id", "kind", "support", "strength", "certainty_usable", "certainty_found", "voice"], 2
        )
    ],
)
def test_counts_of_any_two_columns_add_up_and_name_every_word(rows, columns):
    claims = counts.join_claims(get_review("random"))
    table = counts.count_claims(claims, rows, columns)
    both = claims[rows].notna() & claims[columns].notna()
    assert table.to_numpy().sum() == both.sum()
    assert list(table.index) == list(claims[rows].cat.categories)
    assert list(table.columns) == list(claims[columns].cat.categories)
    one, two = table.index[0], table.columns[-1]
    assert table.loc[one, two] == ((claims[rows] == one) & (claims[columns] == two)).sum()


def test_a_source_without_claims_is_counted_as_zero():
    review = get_review("random")
    claims = counts.join_claims(review)
    one = claims[claims["source_id"] == claims["source_id"].iloc[0]]
    table = counts.count_claims(one, "source_id", "support")
    assert (table.sum(axis=1) == 0).sum() == len(review.sources) - 1


def test_usable_certainty_is_the_rank_of_the_rule(review, claims):
    rank = claims["certainty_usable"].map({"none_found": 0, "very_low": 0, "low": 1, "moderate": 2, "high": 3})
    mapped = claims["proposition_id"].notna()
    assert (rank[mapped].astype(int) == claims.loc[mapped, "rank"].astype(int)).all()
    assert claims.loc[~mapped, "certainty_usable"].isna().all()
    none = mapped & claims["certainty"].isna()
    assert ((claims["certainty_usable"] == "none_found") == none).all()


def test_shares_are_of_the_row_and_their_intervals_are_wilsons(claims):
    shares = counts.share_claims(claims, "source_id", "support")
    filled = shares[shares["of"] > 0]
    assert np.allclose(filled.groupby("source_id", observed=True)["share"].sum(), 1)
    for row in filled.itertuples():
        interval = binomtest(int(row.n), int(row.of)).proportion_ci(method="wilson")
        assert (row.low, row.high) == pytest.approx((interval.low, interval.high))
    assert shares.loc[shares["of"] == 0, "share"].isna().all()


@pytest.mark.parametrize("wrong", [{"n": [3], "of": [2]}, {"n": [-1], "of": [2]}])
def test_a_share_above_its_whole_is_refused(wrong):
    with pytest.raises(ValueError, match="n must lie between 0 and 2"):
        counts.share_rows(pd.DataFrame(wrong))


def test_parts_of_the_flow_add_up_and_hand_on_what_they_keep(review, claims):
    flow = counts.count_flow(review)
    sums = flow.groupby("step")["n"].sum()
    totals = flow.groupby("step")["total"].first()
    assert (sums == totals).all()
    n = flow.set_index(["step", "part"])["n"]
    assert totals["segments"] == len(review.segments)
    assert totals["claims"] == totals["judged"] == len(claims)
    for step, kept in (("claims", "checkable"), ("checkable", "mapped")):
        assert totals[kept] == n[step, kept]
    assert n["claims", "checkable"] == (claims["support"] != "not_checkable").sum()
    assert n["checkable", "not_assessed"] == (claims["support"] == "not_assessed").sum()
    assert n["mapped", "no_evidence"] == (claims["support"] == "no_evidence").sum()
    if len(review.sources):
        assert totals["articles"] == review.sources["n_characters"].sum()


def test_citations_only_get_fewer_and_lost_ones_have_their_reasons(review):
    stages = counts.count_citations(review)
    assert list(stages["stage"]) == ["mentioned", "identified", "read", "accurate"]
    assert stages["n"].iloc[0] == len(review.citations)
    assert (stages["n"].shift().fillna(stages["n"]) - stages["n"] == stages["lost"]).all()
    reasons = stages["reasons"].str.findall(r"\d+").map(lambda found: sum(map(int, found)))
    assert (reasons == stages["lost"]).all()


def test_stretches_of_a_claim_add_up_to_its_span(claims):
    stretches = counts.list_stretches(claims)
    lengths = (stretches["end"] - stretches["start"]).groupby(stretches["claim_id"]).sum()
    spans = claims.set_index("claim_id")["end"] - claims.set_index("claim_id")["start"]
    assert set(lengths.index) == set(spans.index)
    assert (lengths == spans.astype(int).reindex(lengths.index)).all()
    whole = stretches.groupby(["source_id", "start"], observed=True)
    assert (whole.size() == whole["layers"].first()).all()
    assert not stretches.duplicated(["source_id", "start", "layer"]).any()


def test_spans_that_overlap_are_cut_at_every_edge():
    claims = pd.DataFrame({"source_id": ["a", "a"], "start": [0, 5], "end": [10, 20], "claim_id": ["1", "2"]})
    claims = claims.assign(kind=pd.Categorical(["x", "x"]), support=pd.Categorical(["y", "y"]))
    stretches = counts.list_stretches(claims)
    found = stretches[["start", "end", "claim_id", "layer", "layers"]].to_numpy().tolist()
    assert found == [[0, 5, "1", 0, 1], [5, 10, "1", 0, 2], [5, 10, "2", 1, 2], [10, 20, "2", 0, 1]]


def test_every_source_and_benchmark_has_one_judgement(review):
    benchmarks = counts.list_benchmarks(review.sources)
    judged = [c for c in review.sources.columns if c.startswith(("jama_", "mentions_")) or c == "disclosure"]
    assert len(benchmarks) == len(judged) * len(review.sources)
    assert not benchmarks.duplicated(["source_id", "column"]).any()


def test_every_word_of_a_benchmark_has_a_judgement():
    columns = evidence.load().vocabulary.tables["sources"].columns
    judged = [c for c in columns if c.name.startswith(("jama_", "mentions_")) or c.name == "disclosure"]
    for column in judged:
        sources = pd.DataFrame({"source_id": column.values, column.name: column.values})
        assert counts.list_benchmarks(sources)["judgement"].notna().all()


def test_markers_are_counted_once_each(review):
    table = counts.count_markers(review)
    assert table["n"].sum() == len(review.hits)
    assert len(table) == 2 * len(review.sources)
    assert np.allclose(table["per_100"], 100 * table["n"] / table["n_words"].astype(float))


def test_share_of_passages_with_a_marker_counts_a_passage_once(review):
    shares = counts.share_markers(review)
    passages = review.claims[["source_id", "start", "end"]].drop_duplicates()
    assert shares["of"].sum() == 2 * len(passages)
    assert (shares["n"] <= shares["of"]).all()
    kinds = review.markers.set_index("marker")["kind"]
    n = 0
    for row in passages.itertuples():
        here = review.hits[review.hits["source_id"] == row.source_id]
        inside = here[(here["start"] >= row.start) & (here["end"] <= row.end)]
        n += kinds[list(inside["marker"])].nunique()
    assert shares["n"].sum() == n


def test_tags_are_counted_as_often_as_they_stand(review):
    table = counts.count_tags(review)
    assert list(table.index) == list(review.vocabulary.values("claims", "tags"))
    assert table.to_numpy().sum() == review.claims["tags"].dropna().str.split(";").map(len).sum()


def test_contradictions_are_all_pairs_and_only_pairs_that_differ(review, claims):
    pairs = counts.list_contradictions(claims)
    said = claims[(claims["match"] == "direct") & (claims["strength"] != "uncertain")]
    wanted = {
        frozenset((one.claim_id, two.claim_id))
        for one, two in itertools.combinations(said.itertuples(), 2)
        if one.proposition_id == two.proposition_id and one.asserted_direction != two.asserted_direction
    }
    found = {frozenset(pair) for pair in zip(pairs["claim_id_1"], pairs["claim_id_2"], strict=True)}
    assert found == wanted
    assert len(pairs) == len(found)
    assert (pairs["within"] == (pairs["source_id_1"] == pairs["source_id_2"])).all()


def test_tagged_contradictions_are_those_of_the_tags(review):
    table = counts.count_tags(review)
    tagged = counts.list_tagged(review.claims)
    for tag in ("contradicts_itself", "contradicts_other_source"):
        assert (tagged["tag"] == tag).sum() == table.loc[tag].sum()


def test_sensitivity_rows_add_up_and_more_caution_supports_no_less(claims):
    table = counts.count_sensitivity(claims)
    assert list(table.columns) == list(SUPPORT)
    assert (table.sum(axis=1) == len(claims)).all()
    coded = claims["support"].value_counts(sort=False)
    assert table.loc["as coded"].to_dict() == coded.to_dict()
    supported = table["supported"]
    assert supported["every certainty one step lower"] <= supported["as coded"]
    assert supported["every strength one step higher"] <= supported["as coded"]
    assert supported["every strength one step lower"] >= supported["as coded"]


def test_a_step_in_strength_is_one_step_and_stops_at_the_ends(claims):
    lower = {word: STRENGTH[max(0, i - 1)] for i, word in enumerate(STRENGTH)}
    stepped = judge_claims(claims.assign(strength=claims["strength"].astype(object).map(lower)))
    wanted = stepped["support"].value_counts(sort=False).to_dict()
    assert counts.count_sensitivity(claims).loc["every strength one step lower"].to_dict() == wanted


@pytest.mark.parametrize("name", ["real", "random"])
def test_claims_set_against_evidence_are_the_checkable_mapped_ones(claims):
    compared = counts.select_compared(claims)
    wanted = (claims["checkability"] == "checkable") & claims["proposition_id"].notna() & (claims["kind"] != "citation")
    assert list(compared.index) == list(claims.index[wanted])
