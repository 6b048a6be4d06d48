"""Counts add up to their tables and name every word; shares are of their whole."""

import itertools

import numpy as np
import pandas as pd
import pytest
from reviews import EACH, get_claims, get_review
from small_review import small_review

import evidence
from evidence import counts
from evidence.counts import ALL, OUTCOMES, STANCES
from evidence.judgements import CERTAINTY, STRENGTH, SUPPORT, judge_claims

# On a review small enough to count by hand
SMALL = small_review()
JUDGED = "claim_id rank gap line support calibration certainty_found certainty_usable".split()
COUNTED = {  # what is counted, how, and the table it gives as CSV
    "judged claims": (
        lambda claims: claims[JUDGED].set_index("claim_id"),
        """
claim_id,rank,gap,line,support,calibration,certainty_found,certainty_usable
a-1,1,3,9,overstated,overstated,low,low
a-2,0,2,6,insufficient,overstated,low,very_low
a-3,,,citation,supported,,,
a-4,,,1,not_checkable,,,
a-5,0,1,3,cautious,,none_found,none_found
a-6,0,3,4,no_evidence,,none_found,none_found
c-1,1,0,8,contradicted,proportionate,low,low
c-2,1,1,9,overstated,overstated,low,low
c-3,,,2,not_assessed,,,
c-4,,,citation,untraceable,,,
c-5,3,0,7,conflicting,proportionate,high,high
c-6,1,-1,5,supported,understated,low,low
""",
    ),
    "outcomes": (
        lambda claims: counts.share_outcomes(claims),
        """
outcome,n,of,share,low,high,by_sentence
supported,2,11,0.182,0.000,0.429,0.208
cautious,1,11,0.091,0.000,0.300,0.083
overstated_by_one,1,11,0.091,0.000,0.188,0.042
overstated_by_more,1,11,0.091,0.000,0.273,0.083
conflicting,1,11,0.091,0.000,0.188,0.042
contradicted,1,11,0.091,0.000,0.400,0.167
insufficient,1,11,0.091,0.000,0.273,0.083
nothing_found,2,11,0.182,0.000,0.333,0.125
not_assessed,1,11,0.091,0.000,0.429,0.167
""",
    ),
    "outcomes of each stance and article": (
        lambda claims: counts.list_outcomes(claims).query("n > 0"),
        """
,stance,source_id,outcome,n,of,share,low,high,by_sentence
0,promotes,a,supported,1,3,0.333,0.000,1.000,0.500
3,promotes,a,overstated_by_more,1,3,0.333,0.000,0.500,0.250
6,promotes,a,insufficient,1,3,0.333,0.000,0.500,0.250
18,promotes,c,supported,1,4,0.250,0.000,0.333,0.167
20,promotes,c,overstated_by_one,1,4,0.250,0.000,0.333,0.167
22,promotes,c,conflicting,1,4,0.250,0.000,0.333,0.167
23,promotes,c,contradicted,1,4,0.250,0.000,1.000,0.500
27,promotes,all articles,supported,2,7,0.286,0.000,0.669,0.333
29,promotes,all articles,overstated_by_one,1,7,0.143,0.000,0.300,0.083
30,promotes,all articles,overstated_by_more,1,7,0.143,0.000,0.429,0.125
31,promotes,all articles,conflicting,1,7,0.143,0.000,0.300,0.083
32,promotes,all articles,contradicted,1,7,0.143,0.000,0.600,0.250
33,promotes,all articles,insufficient,1,7,0.143,0.000,0.429,0.125
43,neutral,a,nothing_found,1,1,1.000,0.207,1.000,1.000
61,neutral,c,nothing_found,1,1,1.000,0.207,1.000,1.000
70,neutral,all articles,nothing_found,2,2,1.000,0.342,1.000,1.000
73,cautions,a,cautious,1,1,1.000,0.207,1.000,1.000
100,cautions,all articles,cautious,1,1,1.000,0.207,1.000,1.000
""",
    ),
    "claims by two columns": (
        lambda claims: counts.count_claims(claims, "source_id", "strength"),
        """
source_id,uncertain,tentative,qualified,plain,emphatic
a,0,1,1,3,1
b,0,0,0,0,0
c,1,1,1,3,0
""",
    ),
    "shares": (
        lambda claims: share_claims(claims, "calibration"),
        """
,source_id,calibration,n,of,share,low,high
0,a,understated,0,2,0.000,0.000,0.658
1,a,proportionate,0,2,0.000,0.000,0.658
2,a,overstated,2,2,1.000,0.342,1.000
3,b,understated,0,0,,,
4,b,proportionate,0,0,,,
5,b,overstated,0,0,,,
6,c,understated,1,4,0.250,0.046,0.699
7,c,proportionate,2,4,0.500,0.150,0.850
8,c,overstated,1,4,0.250,0.046,0.699
""",
    ),
    "tags": (
        lambda claims: counts.count_tags(SMALL).loc[lambda tags: tags.sum(axis=1) > 0],
        """
tags,a,b,c
certain,1,0,1
contradicts_itself,0,0,1
contradicts_other_source,0,0,1
""",
    ),
    "benchmarks": (
        lambda claims: counts.list_benchmarks(SMALL.sources),
        """
,source_id,group,benchmark,column,value,judgement
0,a,JAMA benchmarks,Authorship,jama_authorship,met,good
1,b,JAMA benchmarks,Authorship,jama_authorship,unclear,unclear
2,c,JAMA benchmarks,Authorship,jama_authorship,not_met,bad
3,a,Tells the reader about,Cost,mentions_cost,partly,partly
4,b,Tells the reader about,Cost,mentions_cost,no,bad
5,c,Tells the reader about,Cost,mentions_cost,yes,good
6,a,Interest,Interest disclosed,disclosure,present_clear,good
7,b,Interest,Interest disclosed,disclosure,not_applicable,not_applicable
8,c,Interest,Interest disclosed,disclosure,none_seen,bad
""",
    ),
    "stretches": (
        lambda claims: counts.list_stretches(claims),
        """
,source_id,start,end,claim_id,kind,support,layer,layers
0,a,0,10,a-1,effectiveness,overstated,0,2
1,a,0,10,a-2,effectiveness,insufficient,1,2
2,a,10,20,a-3,citation,supported,0,1
3,a,20,30,a-4,pitch,not_checkable,0,1
4,a,30,40,a-5,effectiveness,cautious,0,2
5,a,30,40,a-6,effectiveness,no_evidence,1,2
6,c,0,5,c-1,effectiveness,contradicted,0,1
7,c,5,10,c-2,effectiveness,overstated,0,5
8,c,5,10,c-3,safety,not_assessed,1,5
9,c,5,10,c-4,citation,untraceable,2,5
10,c,5,10,c-5,safety,conflicting,3,5
11,c,5,10,c-6,effectiveness,supported,4,5
12,c,10,12,c-3,safety,not_assessed,0,1
""",
    ),
    "markers": (
        lambda claims: counts.count_markers(SMALL),
        """
,source_id,kind,n,n_words,per_100
0,a,hedge,4,20,20.000
1,a,booster,1,20,5.000
2,b,hedge,1,10,10.000
3,b,booster,0,10,0.000
4,c,hedge,1,4,25.000
5,c,booster,0,4,0.000
""",
    ),
    "passages with markers": (
        lambda claims: counts.share_markers(SMALL),
        """
,source_id,kind,n,of,share,low,high
0,a,hedge,3,4,0.750,0.301,0.954
1,a,booster,1,4,0.250,0.046,0.699
2,b,hedge,0,0,,,
3,b,booster,0,0,,,
4,c,hedge,0,3,0.000,0.000,0.561
5,c,booster,0,3,0.000,0.000,0.561
""",
    ),
    "citations": (
        lambda claims: counts.count_citations(SMALL),
        """
,stage,n,lost,reasons,works
0,mentioned,6,0,,3
1,identified,3,3,"not identifiable 1, not found 2",3
2,read,2,1,secondary 1,2
3,accurate,1,1,overstated 1,1
""",
    ),
    "searches": (
        lambda claims: counts.count_searches(SMALL),
        """
,searched_in,searches,propositions,first,last,results,relevant
0,index,2,2,2026-01-01,2026-01-02,13,3
1,archive,1,1,2026-01-04,2026-01-04,1,1
2,registry,1,1,2026-01-03,2026-01-03,5,0
""",
    ),
    "flow": (
        lambda claims: counts.count_flow(SMALL).query("n > 0"),
        """
,step,part,n,total
0,articles,a,100,160
1,articles,b,50,160
2,articles,c,10,160
3,segments,claim,2,3
4,segments,heading,1,3
11,claims,checkable,11,12
13,claims,opinion,1,12
17,checkable,mapped,8,11
18,checkable,citation,2,11
19,checkable,not_assessed,1,11
20,mapped,compared,6,8
21,mapped,no_evidence,2,8
22,judged,supported,2,12
23,judged,cautious,1,12
24,judged,overstated,2,12
25,judged,conflicting,1,12
26,judged,insufficient,1,12
27,judged,no_evidence,1,12
28,judged,untraceable,1,12
29,judged,contradicted,1,12
30,judged,not_assessed,1,12
31,judged,not_checkable,1,12
""",
    ),
    "sensitivity": (
        lambda claims: counts.count_sensitivity(claims),
        """
scenario,supported,cautious,overstated,conflicting,insufficient,no_evidence,untraceable,contradicted,not_assessed,not_checkable
as coded,2,1,2,1,1,1,1,1,1,1
every certainty one step lower,2,1,0,1,4,1,1,0,1,1
every strength one step lower,4,1,1,1,1,1,1,0,1,1
every strength one step higher,1,1,2,1,1,1,1,2,1,1
""",
    ),
    "contradictions": (
        lambda claims: counts.list_contradictions(claims),
        """
,proposition_id,within,claim_id_1,source_id_1,claim_1,asserted_direction_1,claim_id_2,source_id_2,claim_2,asserted_direction_2
0,P1,False,a-1,a,claim of a-1,benefit,c-1,c,claim of c-1,harm
1,P1,True,c-1,c,claim of c-1,harm,c-2,c,claim of c-2,benefit
""",
    ),
}


@pytest.mark.parametrize("what", COUNTED)
def test_what_can_be_counted_by_hand_is_counted_so(what):
    count, table = COUNTED[what]
    assert count(counts.join_claims(SMALL)).to_csv(float_format="%.3f") == table.lstrip("\n")


def test_numbers_of_claims_are_whole_and_shares_are_not():
    claims = counts.join_claims(SMALL)
    for whole in (
        counts.count_tags(SMALL),
        counts.count_claims(claims, "source_id", "kind"),
        counts.count_sensitivity(claims),
    ):
        assert set(whole.dtypes) == {np.dtype(int)}
    assert counts.count_markers(SMALL)["per_100"].dtype == counts.share_markers(SMALL)["share"].dtype == float
    assert counts.count_flow(SMALL)[["n", "total"]].dtypes.tolist() == [int, int]


def test_every_word_stands_in_its_place_though_nothing_has_it():
    claims = counts.join_claims(SMALL)
    words = SMALL.vocabulary
    assert tuple(counts.count_tags(SMALL).index) == words.values("claims", "tags")
    assert counts.count_tags(SMALL).columns.tolist() == ["a", "b", "c"]
    assert (counts.count_tags(SMALL).index.name, counts.count_tags(SMALL).columns.name) == ("tags", "source_id")
    assert claims["proposition_id"].cat.categories.tolist() == ["P1", "P2", "P3", "P4"]
    assert claims["source_id"].cat.categories.tolist() == ["a", "b", "c"]
    flow = counts.count_flow(SMALL)
    assert flow["step"].unique().tolist() == ["articles", "segments", "claims", "checkable", "mapped", "judged"]
    parts = flow.groupby("step")["part"].agg(tuple)
    assert parts["segments"] == words.values("segments", "role")
    assert parts["claims"] == (*words.values("claims", "checkability"), "citation")
    assert parts["judged"] == SUPPORT
    assert len(counts.list_outcomes(claims)) == len(STANCES) * (3 + 1) * len(OUTCOMES)


@pytest.mark.parametrize(
    ("select", "kept"),
    [
        (counts.select_checkable, "a-1 a-2 a-3 a-5 a-6 c-1 c-2 c-3 c-4 c-5 c-6"),
        (counts.select_mapped, "a-1 a-2 a-5 a-6 c-1 c-2 c-5 c-6"),
        (counts.select_promoting, "a-1 a-2 a-3 a-4 c-1 c-2 c-5 c-6"),
    ],
)
def test_claims_are_selected_by_what_is_said_of_them(select, kept):
    assert " ".join(select(counts.join_claims(SMALL))["claim_id"]) == kept


def test_words_without_a_list_come_in_their_order_and_axes_have_names():
    table = counts.count_claims(pd.DataFrame({"a": ["y", "x", None], "b": ["z", "z", "z"]}), "a", "b")
    assert table.to_dict() == {"z": {"x": 1, "y": 1}}
    assert (table.index.name, table.columns.name) == ("a", "b")
    claims = counts.join_claims(SMALL)
    assert claims["certainty_usable"].cat.ordered
    assert tuple(claims["certainty_usable"].cat.categories) == counts.CERTAINTY_FOUND
    assert counts.find_outcome(claims).cat.ordered


def test_an_interval_leaves_out_a_fortieth_at_each_end():
    claims = make_claims(*["s"] * 20, *["o"] * 20)
    drawn = np.random.default_rng(counts.SEED).multinomial(40, np.full(40, 1 / 40), size=counts.RESAMPLES)
    supported = np.argsort([f"a {10 * i} {10 * i + 9}" for i in range(40)]) < 20  # sentences are drawn in this order
    wanted = np.percentile(drawn[:, supported].sum(axis=1) / 40, [2.5, 97.5])
    assert counts.share_outcomes(claims).loc["supported", ["low", "high"]].tolist() == pytest.approx(wanted.tolist())


def test_an_overstated_citation_counts_as_one_step():
    claims = counts.join_claims(SMALL).head(1).assign(support="overstated", gap=pd.array([None], dtype="Int64"))
    assert counts.find_outcome(claims).tolist() == ["overstated_by_one"]


def test_certainty_is_ordered_with_none_found_first():
    found = counts.find_certainty(pd.Series([None, "high", "very_low"]))
    assert found.tolist() == ["none_found", "high", "very_low"]
    assert found.cat.ordered
    assert found.cat.categories.tolist() == ["none_found", "very_low", "low", "moderate", "high"]


def test_a_share_of_all_and_of_none_ends_at_one_and_at_nought():
    ends = counts.share_rows(pd.DataFrame({"n": [7, 0], "of": [7, 7]}))
    assert ends[["share", "low", "high"]].round(4).to_numpy().tolist() == [[1, 0.6457, 1], [0, 0, 0.3543]]


def test_draws_follow_their_seed_and_their_number():
    claims = counts.join_claims(SMALL)

    def draw(**options):
        return counts.share_outcomes(claims, **options)["high"].round(6).tolist()

    assert draw() == draw(seed=counts.SEED, resamples=counts.RESAMPLES)
    assert len({tuple(draw(seed=seed, resamples=n)) for seed in (1, 2) for n in (3, 50)}) == 4


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


def share_claims(claims, column):
    """Share each article's claims among the words of a column."""
    n = counts.count_claims(claims, "source_id", column)
    long = n.stack().rename("n").reset_index()
    return counts.share_rows(long.assign(of=long["source_id"].map(n.sum(axis=1)).astype(int)))


def find_wilson(n, of):
    """Return Wilson's interval by SciPy, which is slow to import."""
    from scipy.stats import binomtest

    return binomtest(int(n), int(of)).proportion_ci(method="wilson")


def test_shares_are_of_the_row_and_their_intervals_are_wilsons(claims):
    shares = share_claims(claims, "support")
    filled = shares[shares["of"] > 0]
    assert np.allclose(filled.groupby("source_id", observed=True)["share"].sum(), 1)
    for row in filled.itertuples():
        interval = find_wilson(row.n, row.of)
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
    nothing = claims["certainty"].isna() & claims["proposition_id"].notna() & (claims["checkability"] == "checkable")
    assert n["mapped", "no_evidence"] == (nothing & (claims["kind"] != "citation")).sum()  # a caution against it, too
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


@pytest.mark.parametrize(
    ("scenario", "column", "order", "step"),
    [
        ("every certainty one step lower", "certainty", CERTAINTY, -1),
        ("every strength one step lower", "strength", STRENGTH, -1),
        ("every strength one step higher", "strength", STRENGTH, 1),
    ],
)
def test_a_step_is_one_step_and_stops_at_the_ends(claims, scenario, column, order, step):
    moved = {word: order[min(max(0, i + step), len(order) - 1)] for i, word in enumerate(order)}
    stepped = judge_claims(claims.assign(**{column: claims[column].astype(object).map(moved)}))
    wanted = stepped["support"].value_counts(sort=False).to_dict()
    assert counts.count_sensitivity(claims).loc[scenario].to_dict() == wanted
    assert counts.count_sensitivity(claims).columns.name == "support"


@pytest.mark.parametrize("name", ["real", "random"])
def test_claims_set_against_evidence_are_the_checkable_mapped_ones(claims):
    compared = counts.select_mapped(claims)
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
        assert (shares["low"] < shares["high"]).all()
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


@pytest.mark.parametrize(("sentences", "n", "of"), [(["o"] * 9, 0, 9), (["ss"] * 4, 4, 4), (["oooo", "o"], 0, 2)])
def test_a_share_of_none_or_all_has_the_interval_of_wilson_with_sentences_as_trials(sentences, n, of):
    row = counts.share_outcomes(make_claims(*sentences)).loc["supported"]
    wanted = find_wilson(n, of)
    assert (row["low"], row["high"]) == pytest.approx((wanted.low, wanted.high))
    assert row["low"] < row["high"]


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
    worst = counts.list_worst(claims, most=len(claims))
    compared = counts.select_mapped(claims)
    fits = compared["support"].isin(["supported", "cautious"])
    assert set(worst.index) == set(compared.index[(compared["stance"] == "promotes") & ~fits])
    assert "citation" not in set(worst["kind"])
    places = pd.Series(range(len(claims)), index=claims.index)
    order = [
        (row.support != "contradicted", -row.gap, claims["kind"].cat.categories.get_loc(row.kind), places[row.Index])
        for row in worst.itertuples()
    ]
    assert order == sorted(order)
    assert list(counts.list_worst(claims)["claim_id"]) == list(worst["claim_id"].head(5))
