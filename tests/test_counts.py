"""Counts add up to their tables and name every word; shares are of their whole."""

import itertools

import numpy as np
import pandas as pd
import pytest
from reviews import EACH, get_claims, get_review
from scipy.stats import binomtest

import evidence
from evidence import counts
from evidence.counts import ALL, OUTCOMES, STANCES
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


# outcomes: what a headline says


def test_every_checkable_claim_has_one_outcome_and_no_other_has_any(claims):
    outcome = counts.find_outcome(claims)
    assert (outcome.notna() == (claims["support"] != "not_checkable")).all()
    assert list(outcome.cat.categories) == list(OUTCOMES)
    n, levels = outcome.value_counts(), claims["support"].value_counts()
    for same in ("supported", "cautious", "conflicting", "contradicted", "insufficient", "not_assessed"):
        assert n[same] == levels[same]
    assert n["nothing_found"] == levels["no_evidence"] + levels["untraceable"]
    assert n["overstated_by_one"] + n["overstated_by_more"] == levels["overstated"]
    more = claims[(claims["support"] == "overstated") & (claims["gap"] > 1)]
    assert n["overstated_by_more"] == len(more)


def test_outcomes_add_up_to_the_checkable_claims_and_their_shares_to_one(claims):
    shares = counts.share_outcomes(claims)
    n = (claims["support"] != "not_checkable").sum()
    assert list(shares.index) == list(OUTCOMES)
    assert shares["n"].sum() == n
    assert (shares["of"] == n).all()
    assert shares["share"].isna().all() == (n == 0)
    if n:
        assert shares[["share", "by_sentence"]].sum().to_numpy() == pytest.approx(1)
        assert (shares["low"] <= shares["share"] + 1e-9).all()
        assert (shares["share"] <= shares["high"] + 1e-9).all()


def make_claims(*sentences):
    """Return claims, each sentence a text of letters: s supported, o overstated, n not checkable."""
    levels = {"s": "supported", "o": "overstated", "n": "not_checkable"}
    rows = [("a", 10 * i, levels[letter]) for i, letters in enumerate(sentences) for letter in letters]
    frame = pd.DataFrame(rows, columns=["source_id", "start", "support"])
    frame["support"] = pd.Categorical(frame["support"], list(SUPPORT), ordered=True)
    return frame.assign(end=frame["start"] + 9, gap=pd.array([1] * len(frame), dtype="Int64"))


def test_by_sentence_every_sentence_counts_once_whatever_the_number_of_its_claims():
    shares = counts.share_outcomes(make_claims("ssss", "o", "so", "n", "on"))
    assert shares.loc["supported", ["n", "of"]].tolist() == [5, 8]
    assert shares.loc["supported", "by_sentence"] == pytest.approx((1 + 0 + 0.5 + 0) / 4)
    assert shares.loc["overstated_by_one", "by_sentence"] == pytest.approx((0 + 1 + 0.5 + 1) / 4)


def draw_slowly(claims, outcome, resamples):
    """Draw whole sentences again, one by one, and return the 95% percentile interval of an outcome's share."""
    checkable = claims.assign(outcome=counts.find_outcome(claims)).dropna(subset="outcome")
    sentences = [list(rows["outcome"]) for _, rows in checkable.groupby(["source_id", "start", "end"], observed=True)]
    draw, found = np.random.default_rng(99), []
    for _ in range(resamples):
        drawn = [word for i in draw.integers(0, len(sentences), len(sentences)) for word in sentences[i]]
        found.append(drawn.count(outcome) / len(drawn))
    return np.percentile(found, [2.5, 97.5])


@pytest.mark.parametrize("outcome", ["supported", "overstated_by_one", "insufficient", "nothing_found"])
@pytest.mark.parametrize("name", ["real", "random"])
def test_intervals_of_outcomes_are_those_of_drawing_whole_sentences(claims, outcome):
    low, high = draw_slowly(claims, outcome, 2000)
    row = counts.share_outcomes(claims, resamples=4000).loc[outcome]
    assert (row["low"], row["high"]) == pytest.approx((low, high), abs=0.012)


def test_claims_of_one_sentence_do_not_make_an_interval_narrow():
    one, split = make_claims(*["s"] * 10, *["o"] * 10), make_claims(*["s" * 8] * 10, *["o" * 8] * 10)
    widths = [(rows["high"] - rows["low"])["supported"] for rows in map(counts.share_outcomes, (one, split))]
    assert widths[0] == pytest.approx(widths[1])


def test_same_seed_gives_the_same_interval_and_no_claim_gives_none(claims):
    pd.testing.assert_frame_equal(counts.share_outcomes(claims), counts.share_outcomes(claims.copy()))
    for none in (claims.head(0), claims[claims["support"] == "not_checkable"]):
        shares = counts.share_outcomes(none)
        assert shares[["n", "of"]].to_numpy().sum() == 0
        assert shares[["share", "low", "high", "by_sentence"]].isna().all(axis=None)


def test_outcomes_by_article_add_up_to_their_stance(claims):
    listed = counts.list_outcomes(claims)
    assert list(listed["stance"].unique()) == list(STANCES)
    n = listed.groupby(["stance", "source_id"])["n"].sum()
    for stance in STANCES:
        wanted = ((claims["stance"] == stance) & (claims["support"] != "not_checkable")).sum()
        assert n[stance, ALL] == n[stance].drop(ALL).sum() == wanted
        some = claims[claims["stance"] == stance]
        own = counts.share_outcomes(some)["by_sentence"].to_numpy()
        rows = listed[(listed["stance"] == stance) & (listed["source_id"] == ALL)]
        assert np.array_equal(rows["by_sentence"].to_numpy(), own, equal_nan=True)


def test_searches_are_counted_once_each_by_place(review):
    places = counts.count_searches(review)
    assert places["searches"].sum() == len(review.searches)
    assert places["results"].sum() == review.searches["n_results"].sum()
    assert (places["relevant"] <= places["results"]).all()
    assert (places["propositions"] <= places["searches"]).all()


def test_the_worst_claims_promote_go_beyond_the_evidence_and_come_widest_gap_first(claims):
    worst = counts.list_worst(claims, most=40)
    assert set(worst["stance"]) <= {"promotes"}
    assert not set(worst["support"]) & {"supported", "cautious", "not_checkable", "not_assessed"}
    assert "citation" not in set(worst["kind"])
    contradicted = (worst["support"] == "contradicted").tolist()
    assert contradicted == sorted(contradicted, reverse=True)
    for _, rows in worst.groupby(worst["support"] == "contradicted"):
        assert rows["gap"].is_monotonic_decreasing
    assert list(counts.list_worst(claims)["claim_id"]) == list(worst["claim_id"].head(5))
