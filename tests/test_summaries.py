"""Summaries add up to their tables, name every word, and read as sentences."""

import itertools
import subprocess
import sys
from functools import cache

import numpy as np
import pandas as pd
import pytest
from random_review import make_review
from scipy.stats import binomtest

import evidence
from evidence import counts, findings, sentences
from evidence.judgements import STRENGTH, SUPPORT, judge_claims

SIZES = {
    "random": {"seed": 1},
    "other": {"seed": 2, "propositions": 40, "findings": 90},
    "one": {"seed": 5, "sources": 1, "segments": 1, "propositions": 1, "studies": 1, "findings": 1},
    "no articles": {"seed": 2, "sources": 0, "propositions": 0, "studies": 0, "findings": 0},
    "no claims": {"seed": 2, "segments": 0},
}


@cache
def get_review(name):
    return evidence.load() if name == "real" else make_review(**SIZES[name])


@pytest.fixture(params=["real", *SIZES])
def review(request):
    return get_review(request.param)


@pytest.fixture
def claims(review):
    return counts.join_claims(review)


def draw_review():
    return get_review("random")


@pytest.mark.parametrize(
    ("rows", "columns"),
    [*itertools.permutations(["source_id", "kind", "support", "strength", "usable", "known", "voice"], 2)],
)
def test_counts_of_any_two_columns_add_up_and_name_every_word(rows, columns):
    claims = counts.join_claims(draw_review())
    table = counts.count_claims(claims, rows, columns)
    both = claims[rows].notna() & claims[columns].notna()
    assert table.to_numpy().sum() == both.sum()
    assert list(table.index) == list(claims[rows].cat.categories)
    assert list(table.columns) == list(claims[columns].cat.categories)
    one, two = table.index[0], table.columns[-1]
    assert table.loc[one, two] == ((claims[rows] == one) & (claims[columns] == two)).sum()


def test_a_source_without_claims_is_counted_as_zero():
    review = draw_review()
    claims = counts.join_claims(review)
    one = claims[claims["source_id"] == claims["source_id"].iloc[0]]
    table = counts.count_claims(one, "source_id", "support")
    assert (table.sum(axis=1) == 0).sum() == len(review.sources) - 1


def test_usable_certainty_is_the_rank_of_the_rule(review, claims):
    rank = claims["usable"].map({"none_found": 0, "very_low": 0, "low": 1, "moderate": 2, "high": 3})
    mapped = claims["proposition_id"].notna()
    assert (rank[mapped].astype(int) == claims.loc[mapped, "rank"].astype(int)).all()
    assert claims.loc[~mapped, "usable"].isna().all()
    none = mapped & claims["certainty"].isna()
    assert ((claims["usable"] == "none_found") == none).all()


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


def test_bands_of_a_claim_add_up_to_its_span(claims):
    bands = counts.list_bands(claims)
    lengths = (bands["end"] - bands["start"]).groupby(bands["claim_id"]).sum()
    spans = claims.set_index("claim_id")["end"] - claims.set_index("claim_id")["start"]
    assert set(lengths.index) == set(spans.index)
    assert (lengths == spans.astype(int).reindex(lengths.index)).all()
    whole = bands.groupby(["source_id", "start"], observed=True)
    assert (whole.size() == whole["bands"].first()).all()
    assert not bands.duplicated(["source_id", "start", "band"]).any()


def test_spans_that_overlap_are_cut_at_every_edge():
    claims = pd.DataFrame({"source_id": ["a", "a"], "start": [0, 5], "end": [10, 20], "claim_id": ["1", "2"]})
    claims = claims.assign(kind=pd.Categorical(["x", "x"]), support=pd.Categorical(["y", "y"]))
    bands = counts.list_bands(claims)
    found = bands[["start", "end", "claim_id", "band", "bands"]].to_numpy().tolist()
    assert found == [[0, 5, "1", 0, 1], [5, 10, "1", 0, 2], [5, 10, "2", 1, 2], [10, 20, "2", 0, 1]]


def test_gap_map_holds_every_proposition_and_every_mapped_claim(review, claims):
    gaps = findings.count_gaps(review)
    sources = list(review.sources["source_id"])
    assert list(gaps.index) == list(review.propositions["proposition_id"])
    assert gaps[sources].to_numpy().sum() == claims["proposition_id"].notna().sum()
    assert gaps["findings"].sum() == len(review.findings)


def test_certainty_counts_add_up(review, claims):
    table = findings.count_certainty(review)
    assert table["propositions"].sum() == len(review.propositions)
    assert table["claims"].sum() == claims["proposition_id"].notna().sum()


def test_every_source_and_benchmark_has_one_light(review):
    lights = counts.list_benchmarks(review.sources)
    judged = [c for c in review.sources.columns if c.startswith(("jama_", "mentions_")) or c == "disclosure"]
    assert len(lights) == len(judged) * len(review.sources)
    assert not lights.duplicated(["source_id", "column"]).any()


def test_every_word_of_a_benchmark_has_a_light():
    columns = evidence.load().vocabulary.tables["sources"].columns
    judged = [c for c in columns if c.name.startswith(("jama_", "mentions_")) or c.name == "disclosure"]
    for column in judged:
        sources = pd.DataFrame({"source_id": column.values, column.name: column.values})
        assert counts.list_benchmarks(sources)["light"].notna().all()


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


def test_summary_of_findings_has_a_row_for_each_proposition(review):
    table = findings.list_findings(review)
    assert list(table["proposition_id"]) == list(review.propositions["proposition_id"])
    assert table["n_claims"].sum() == review.claims["proposition_id"].notna().sum()
    marks = review.propositions[list(findings.DOMAINS)].isin(["serious", "very_serious"]).sum(axis=1)
    notes = findings.list_downgrades(review.propositions).groupby("proposition_id").size()
    assert (marks.to_numpy() == table["proposition_id"].map(notes).fillna(0).astype(int)).all()
    assert (table["footnotes"] != "").tolist() == (marks > 0).tolist()


def test_every_finding_is_in_the_summary_of_findings(review):
    effects = findings.list_findings(review).set_index("proposition_id")["effect"]
    for row in review.findings.to_dict("records"):
        assert row["study_id"] in effects[row["proposition_id"]]
        if pd.notna(row["estimate"]):
            assert findings.describe_effect(row) in effects[row["proposition_id"]]


@pytest.mark.parametrize(
    ("reason", "found"),
    [
        ("Risk of bias: no blinding; one therapist; imprecision: few people.", "no blinding; one therapist"),
        ("Few people: imprecision. Risk of bias was serious.", "Risk of bias was serious"),
        ("Nobody was blind.", "Nobody was blind"),
        ("Imprecision: few. Risk of bias: weak trials.", "weak trials"),
    ],
)
def test_reason_of_a_downgrade_is_the_part_on_its_domain(reason, found):
    domains = dict.fromkeys(findings.DOMAINS, "no_concern") | {"risk_of_bias": "very_serious"}
    rows = pd.DataFrame([{"proposition_id": "P01", "certainty_reason": reason, **domains}])
    assert findings.list_downgrades(rows)[["steps", "reason"]].values.tolist() == [[2, found]]


def test_measures_that_may_not_share_an_axis_have_different_outcomes(review):
    for key in review.propositions["proposition_id"]:
        rows = findings.list_estimates(review, key)
        for _, part in rows.groupby("outcome"):
            assert part["estimate"].notna().nunique() == 1
            if part["estimate"].notna().all():
                assert part["effect_measure"].nunique() == 1
            if part["effect_measure"].iloc[0] in ("MD", "percent"):
                assert part["outcome_measure"].nunique() == 1


def test_an_unknown_proposition_is_refused():
    with pytest.raises(KeyError, match="no proposition 'P999'"):
        findings.list_estimates(draw_review(), "P999")


DESCRIBE_CLAIMS = ["claims", "support", "gap", "strength", "contradictions"]
DESCRIBE_REVIEW = ["markers", "tags", "citations", "known", "selling"]


def describe_all(review):
    claims = counts.join_claims(review)
    yield from (getattr(sentences, f"describe_{name}")(claims) for name in DESCRIBE_CLAIMS)
    yield from (getattr(sentences, f"describe_{name}")(review) for name in DESCRIBE_REVIEW)
    yield sentences.describe_sources(review.sources)
    yield sentences.describe_benchmarks(review.sources)
    yield sentences.describe_sensitivity(counts.count_sensitivity(claims))


def test_sentences_are_whole_and_hold_no_raw_word(review):
    for sentence in describe_all(review):
        assert sentence[0].isupper() or sentence[0].isdigit(), sentence
        assert sentence.endswith("."), sentence
        for wrong in ("_", "nan", "None", "  ", "()", " ,", ": .", "..", " 1 claims", " 1 articles", "of of"):
            assert wrong not in sentence, sentence


SUPPORTED = pd.Categorical(["supported"], list(SUPPORT), ordered=True)


def claim(**values):
    row = {"source_id": "a", "kind": "safety", "line": "9", "gap": 0, "strength": "plain"} | values
    frame = pd.DataFrame([row]).astype({"gap": "Int64"})
    frame["support"] = pd.Categorical([row.get("support", "supported")], list(SUPPORT), ordered=True)
    frame["strength"] = pd.Categorical(frame["strength"], list(STRENGTH), ordered=True)
    return frame.astype({"kind": "category"})


@pytest.mark.parametrize(
    ("function", "rows", "sentence"),
    [
        ("support", [claim()], "Of 1 checkable safety claim in one article, 1 is supported as worded."),
        (
            "support",
            [claim(), claim(), claim(source_id="b", support="overstated"), claim(support="not_checkable")],
            "Of 3 checkable safety claims in two articles, 2 are supported as worded; 1 overstated.",
        ),
        (
            "support",
            [claim(support="no_evidence")],
            "Of 1 checkable safety claim in one article, none is supported as worded; 1 without any evidence found.",
        ),
        ("support", [claim(), claim(kind="pitch")], "Of 2 checkable claims in one article, 2 are supported as worded."),
        ("support", [claim(support="not_checkable")], "There are no checkable claims."),
        (
            "gap",
            [claim(gap=1), claim()],
            "1 of 2 safety claims set against evidence says more than is known (50%, 95% interval 9% to 91%).",
        ),
        ("gap", [claim(line="1")], "No claim is set against evidence."),
        (
            "strength",
            [claim(), claim(strength="uncertain")],
            "1 of 2 claims is worded plainly or emphatically (50%, 95% interval 9% to 91%); 1 says that it is unknown.",
        ),
        ("claims", [claim()], "One article makes 1 claim; 1 of them can be checked. Most frequent: 1 safety."),
    ],
)
def test_sentences_agree_in_number(function, rows, sentence):
    rows = pd.concat(rows).astype({"kind": "category"})
    rows["support"] = pd.Categorical(rows["support"], list(SUPPORT), ordered=True)
    assert getattr(sentences, f"describe_{function}")(rows) == sentence


def test_summaries_leave_their_inputs_untouched():
    review = draw_review()
    before = {name: getattr(review, name).copy() for name in ("sources", "claims", "findings", "propositions")}
    [*describe_all(review)]
    for function in (findings.list_findings, counts.count_flow, findings.count_gaps, counts.share_markers):
        function(review)
    for name, frame in before.items():
        pd.testing.assert_frame_equal(getattr(review, name), frame)


def test_importing_evidence_and_summaries_imports_neither_matplotlib_nor_scipy():
    code = "import sys, evidence.sentences; print([m for m in ('matplotlib', 'scipy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
