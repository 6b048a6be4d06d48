"""The rule, over every combination of its inputs."""

from functools import cache
from itertools import pairwise, product

import pandas as pd
import pytest
from small_review import small_review

import evidence
from evidence.judgements import (
    CALIBRATION,
    CERTAINTY,
    CONCERN,
    LINES,
    MATCH,
    STRENGTH,
    SUPPORT,
    WARRANTED,
    describe_evidence,
    explain_support,
    judge_claims,
    word_fairly,
)

EFFECTS, STATEMENTS = ("benefit", "no_difference", "harm"), ("holds", "does_not_hold")
STANCES = ("promotes", "neutral", "cautions")
MAPPINGS = (None, "P01")
COMPARED = ("5", "6", "7", "8", "9", "10")
FAIR = ("supported", "cautious")


@cache
def spread() -> pd.DataFrame:
    """Return every combination of the rule's inputs, one row each; the same one each time, so a test must not change it."""
    pairs = [*product(EFFECTS, (*EFFECTS, "mixed")), *product(STATEMENTS, (*STATEMENTS, "mixed"))]
    judged = product(
        ("effectiveness",),
        (None, *STANCES),
        STRENGTH,
        ("checkable", "opinion"),
        MAPPINGS,
        MATCH,
        pairs,
        (None, *CERTAINTY),
        CONCERN,
    )
    names = [
        "kind",
        "stance",
        "strength",
        "checkability",
        "proposition_id",
        "match",
        "asserted_direction",
        "direction",
        "certainty",
        "indirectness",
    ]
    rows = [(*first, *pair, *last) for *first, pair, certainty, concern in judged for last in [(certainty, concern)]]
    claims = pd.DataFrame(rows, columns=names).assign(identity=None, accuracy=None)
    identities = ("exact", "probable", "not_identifiable", "not_found", None)
    accuracies = ("accurate", "overstated", "inaccurate", "not_checkable", None)
    cited = product(identities, accuracies, STRENGTH, STANCES)
    cited = pd.DataFrame(cited, columns=["identity", "accuracy", "strength", "stance"])
    rest = {name: None for name in names if name not in ("kind", "stance", "strength", "checkability")}
    cited = cited.assign(kind="citation", checkability="checkable", **rest)
    return pd.concat([claims, cited], ignore_index=True).astype(object)


@cache
def judge_all() -> pd.DataFrame:
    return judge_claims(spread())


def find_example(line: str) -> pd.Series:
    """Return the first combination that a line of the rule decides."""
    judged = judge_all()
    return judged[judged["line"] == line].iloc[0]


def by_rule(claim) -> str:
    """Say the level by the rule as written in docs/rule.md, without arrays."""
    if claim.kind == "citation":
        known = {"accurate": "supported", "overstated": "overstated", "inaccurate": "contradicted"}
        return known.get(claim.accuracy) or ("untraceable" if claim.identity == "not_found" else "not_checkable")
    if claim.checkability != "checkable":
        return "not_checkable"
    if claim.proposition_id is None:
        return "not_assessed"
    own = CONCERN.index(claim.indirectness)
    steps = min(2, own + MATCH.index(claim.match)) - own
    rank = 0 if claim.certainty is None else max(0, CERTAINTY.index(claim.certainty) - steps)
    if claim.stance == "cautions" and rank == 0:
        return "cautious"
    if claim.certainty is None:
        return "no_evidence"
    if claim.strength == "uncertain":
        return "supported"
    if rank == 0:
        return "insufficient"
    if claim.direction == "mixed":
        return "conflicting"
    if claim.direction != claim.asserted_direction:
        return "contradicted"
    return "overstated" if STRENGTH.index(claim.strength) > rank else "supported"


def lay_out(column: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Lay levels out with one column a word of `column`, one row a combination of all other inputs."""
    keys = [name for name in spread() if name != column]
    table = rows.assign(**{key: rows[key].fillna("none") for key in keys}, support=rows["support"].astype(str))
    return table.pivot(index=keys, columns=column, values="support")


def test_a_small_review_is_judged_by_each_line():
    judged = evidence.judge(small_review()).set_index("claim_id")
    assert judged["line"].to_dict() == dict(
        zip(judged.index, "9 6 citation 1 3 4 8 9 2 citation 7 5".split(), strict=True)
    )
    assert judged["rank"].fillna(9).tolist() == [1, 0, 9, 9, 0, 0, 1, 1, 9, 9, 3, 1]
    assert judged["gap"].fillna(9).tolist() == [3, 2, 9, 9, 1, 3, 0, 1, 9, 9, 0, -1]
    assert str(judged["rank"].dtype) == str(judged["gap"].dtype) == "Int64"
    assert judged["support"].cat.ordered
    assert judged["calibration"].cat.ordered
    assert tuple(judged["line"].cat.categories) == tuple(LINES)
    assert judged.loc["a-3", ["identity", "accuracy"]].tolist() == ["exact", "accurate"]
    assert judged.loc["a-1", ["direction", "certainty", "indirectness"]].tolist() == ["benefit", "low", "no_concern"]


def test_every_combination_has_the_level_of_the_written_rule():
    expected = [by_rule(claim) for claim in spread().where(spread().notna(), None).itertuples()]
    assert judge_all()["support"].tolist() == expected
    assert set(expected) == set(SUPPORT)


def test_more_certainty_never_takes_supported_away():
    levels = lay_out("certainty", judge_all()[judge_all()["certainty"].notna()])
    for less, more in pairwise(CERTAINTY):
        assert (levels.loc[levels[less] == "supported", more] == "supported").all()


def test_stronger_wording_never_turns_overstated_into_supported():
    levels = lay_out("strength", judge_all()[judge_all()["kind"] != "citation"])
    for weaker, stronger in pairwise(STRENGTH):
        assert not (levels.loc[levels[weaker] == "overstated", stronger] == "supported").any()


def test_from_promotes_to_cautions_nothing_gets_worse():
    levels = lay_out("stance", judge_all()[judge_all()["stance"].notna()])
    fair = levels.isin(FAIR)
    assert (fair["cautions"] >= fair["promotes"]).all()
    rest = ~fair["cautions"]
    assert (levels.loc[rest, "cautions"] == levels.loc[rest, "promotes"]).all()
    assert (levels["neutral"] == levels["promotes"]).all()


def test_match_takes_off_nothing_that_the_proposition_has_taken_off():
    taken = judge_all()[judge_all()["proposition_id"].notna() & judge_all()["certainty"].notna()]
    full = taken["certainty"].map(CERTAINTY.index)
    own = taken["indirectness"].map(CONCERN.index)
    assert (full - taken["rank"] + own <= 2).where(own + taken["match"].map(MATCH.index) > 2, True).all()
    assert (taken.loc[own == 2, "rank"] == full[own == 2]).all()
    assert (taken.loc[own == 0, "rank"] == (full - taken["match"].map(MATCH.index))[own == 0].clip(lower=0)).all()


@pytest.mark.parametrize(
    "swap", [{"benefit": "harm", "harm": "benefit"}, {"holds": "does_not_hold", "does_not_hold": "holds"}]
)
def test_swapping_both_sides_changes_nothing(swap):
    turned = spread().assign(**{c: spread()[c].replace(swap) for c in ("direction", "asserted_direction")})
    pd.testing.assert_series_equal(judge_claims(turned)["support"], judge_all()["support"])


def test_emphatic_is_never_supported():
    emphatic = judge_all()[(judge_all()["strength"] == "emphatic") & (judge_all()["kind"] != "citation")]
    assert len(emphatic)
    assert not (emphatic["support"] == "supported").any()


def test_no_other_column_is_an_argument_and_no_kind_but_citation():
    noisy = spread().assign(
        kind=spread()["kind"].replace("effectiveness", "pitch"),
        source_id="x",
        tags="certain",
        voice="vendor",
        backing="named_study",
        jama_currency="met",
    )
    derived = ["rank", "gap", "line", "support", "calibration"]
    pd.testing.assert_frame_equal(judge_claims(noisy)[derived], judge_all()[derived])


def test_calibration_stands_for_lines_5_to_10_only_and_is_the_sign_of_gap():
    compared = judge_all()["line"].isin(COMPARED)
    assert (judge_all()["calibration"].notna() == compared).all()
    signs = judge_all().loc[compared, "gap"].map(lambda gap: CALIBRATION[(gap > 0) - (gap < 0) + 1])
    assert signs.tolist() == judge_all().loc[compared, "calibration"].tolist()


def test_inputs_are_untouched():
    before = spread().copy()
    judge_claims(spread())
    pd.testing.assert_frame_equal(spread(), before)


def test_words_of_the_rule_are_those_of_the_schema():
    words = evidence.load().vocabulary
    assert words.values("derived", "support") == SUPPORT
    assert words.values("derived", "calibration") == CALIBRATION
    assert words.values("claims", "strength") == STRENGTH
    assert words.values("claims", "match") == MATCH
    assert words.values("propositions", "indirectness") == CONCERN
    assert set(words.values("claims", "asserted_direction")) == {*EFFECTS, *STATEMENTS}
    assert words.values("propositions", "certainty") == CERTAINTY


def test_judge_keeps_the_claims_rows_and_order():
    review = evidence.load()
    judged = evidence.judge(review)
    assert judged["claim_id"].tolist() == review.claims["claim_id"].tolist()
    assert judged["support"].notna().all()


def test_some_claims_are_judged_as_all_are():
    review = small_review()
    some = evidence.judge(review).iloc[3:9]
    derived = ["rank", "gap", "line", "support", "calibration"]
    pd.testing.assert_frame_equal(judge_claims(some.drop(columns=derived))[derived], some[derived])


def test_what_is_missing_takes_off_nothing():
    claim = evidence.judge(small_review()).head(1)
    missing = {name: None for name in ("match", "indirectness")}
    assert judge_claims(claim.assign(**missing, certainty="high"))["rank"].tolist() == [3]
    assert judge_claims(claim.assign(strength=None))["gap"].tolist() == [-1]


@pytest.mark.parametrize(("table", "key"), [("propositions", "proposition_id"), ("citations", "claim_id")])
def test_a_key_that_stands_twice_is_named(table, key):
    review = small_review()
    rows = getattr(review, table)
    setattr(review, table, pd.concat([rows, rows.iloc[[1]]], ignore_index=True))
    with pytest.raises(ValueError, match=f"^{key} must be unique; {rows[key][1]} stands twice$"):
        evidence.judge(review)


EXPLAINED = {
    "a-1": "Rule line 9: worded more surely than the evidence warrants (strength emphatic, certainty low, match direct: gap +3; "
    "asserted benefit, found benefit).",
    "a-3": "Rule for citations: a mention of outside work is judged by whether the work exists and says so (identity exact, "
    "accuracy accurate).",
    "a-4": "Rule line 1: what no evidence could decide is not judged (checkability opinion).",
    "a-5": "Rule line 3: it withholds a promise that no evidence backs (proposition P2, stance cautions).",
    "a-6": "Rule line 4: a limited search for evidence found none (proposition P2, stance neutral).",
    "c-3": "Rule line 2: no statement is mapped, so nobody has looked (proposition none).",
    "c-4": "Rule for citations: a mention of outside work is judged by whether the work exists and says so (identity not found, "
    "accuracy not checkable).",
    "c-6": "Rule line 5: a claim that says it is unknown asserts nothing beyond the evidence (strength uncertain, certainty low, "
    "match direct: gap -1; asserted harm, found benefit).",
}  # fmt: skip


@pytest.mark.parametrize("claim_id", EXPLAINED)
def test_a_level_is_explained_in_a_sentence(claim_id):
    judged = evidence.judge(small_review()).set_index("claim_id", drop=False)
    assert explain_support(judged.loc[claim_id]) == EXPLAINED[claim_id]


def test_a_stance_is_named_where_it_decides_and_where_none_is_coded_yet():
    claim = evidence.judge(small_review()).set_index("claim_id").loc["a-1"]
    withheld = explain_support({**claim, "line": "3", "stance": "cautions", "certainty": "very_low", "gap": 3})
    assert withheld.startswith("Rule line 3: it withholds a promise that no evidence backs (stance cautions, strength emphatic, "
                               "certainty very low, match direct: gap +3;")  # fmt: skip
    waiting = explain_support({**claim, "line": "4", "stance": None, "certainty": None})
    assert waiting == "Rule line 4: a limited search for evidence found none (proposition P1, stance not yet coded)."


@pytest.mark.parametrize("line", LINES)
def test_every_line_is_explained_with_the_claims_values(line):
    claim = find_example(line)
    sentence = explain_support(claim)
    assert sentence.endswith(".")
    if line in COMPARED:
        assert f"{claim['gap']:+d}" in sentence
        assert str(claim["strength"]) in sentence


def test_fair_wording_stands_for_what_is_worded_too_surely_and_for_nothing_else():
    fair = pd.Series([word_fairly(claim, "it eases pain", "It does not.") for claim in judge_all().to_dict("records")])
    wrong = ("overstated", "conflicting", "insufficient", "no_evidence", "contradicted")
    assert ((fair != "") == (judge_all()["support"].isin(wrong) & (judge_all()["kind"] != "citation"))).all()
    emphatic = judge_all()["strength"] == "emphatic"
    beyond = judge_all()["line"].isin(["4", "6", "9"])
    assert set(fair[emphatic & beyond & (fair != "")]) == {"It does not."}  # what is emphatic is not softened
    said = fair[(fair != "") & ~emphatic].groupby(judge_all()["line"], observed=True).agg(lambda texts: {*texts})
    assert said.to_dict() == {
        "4": {"It is not known whether it eases pain."},
        "6": {"It is not known whether it eases pain."},
        "7": {"Studies point both ways on whether it eases pain."},
        "8": {"It does not."},
        "9": {"It may be that it eases pain.", "It is likely that it eases pain."},
    }


def test_fair_wording_is_the_surest_that_the_rule_supports():
    words = {rank: word_fairly({"line": "9", "rank": rank, "strength": "plain"}, "x", "y") for rank in range(1, 4)}
    assert words == {1: "It may be that x.", 2: "It is likely that x.", 3: "X."}
    compared = judge_all()[judge_all()["line"].isin(("6", "9"))]
    for order, supported in ((WARRANTED, {True}), (STRENGTH[1:], {False})):
        strength = compared["rank"].map(lambda rank, order=order: order[rank])
        again = judge_claims(spread().loc[compared.index].assign(strength=strength))
        assert set(again["support"] == "supported") == supported


BODY = {
    "statement": "Pressing lowers pain.",
    "population": "adults with pain",
    "intervention": "pressing",
    "comparator": "usual care",
    "outcome": "pain",
    "timepoint": "4 weeks",
    "direction": "benefit",
    "certainty": "low",
    "n_studies": 2,
    "n_participants": 1180,
}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "Pressing may do better than usual care on pain (4 weeks; adults with pain): low certainty, 2 studies, 1,180 people."),
        (
            {"certainty": "high", "timepoint": "any"},
            "Pressing does better than usual care on pain (adults with pain): high certainty, 2 studies, 1,180 people.",
        ),
        (
            {"certainty": "moderate", "direction": "no_difference", "n_studies": 1, "n_participants": None},
            "Pressing probably does about as well as usual care on pain (4 weeks; adults with pain): moderate certainty, 1 study.",
        ),
        (
            {"certainty": "very_low", "direction": "harm"},
            "It is very uncertain whether pressing does worse than usual care on pain (4 weeks; adults with pain): "
            "very low certainty, 2 studies, 1,180 people.",
        ),
        (
            {"direction": "mixed"},
            "Studies of pressing against usual care point both ways on pain (4 weeks; adults with pain): "
            "low certainty, 2 studies, 1,180 people.",
        ),
        (
            {"timepoint": "various", "population": "not_applicable", "n_studies": None, "n_participants": 1},
            "Pressing may do better than usual care on pain: low certainty, 1 person.",
        ),
        (
            {"direction": "mixed", "comparator": "not_applicable", "statement": "It comes. It goes with vitamin X."},
            "Studies of the statement “It comes. It goes with vitamin X” point both ways: low certainty, 2 studies, 1,180 people.",
        ),
        (
            {"direction": "holds", "certainty": "low"},
            "The statement “Pressing lowers pain” may hold: low certainty, 2 studies, 1,180 people.",
        ),
        ({"certainty": None}, "No study of pressing against usual care for pain (4 weeks; adults with pain) was found in a limited search."),
        (
            {"comparator": "not_applicable", "certainty": "moderate", "direction": "does_not_hold"},
            "The statement “Pressing lowers pain” probably does not hold: moderate certainty, 2 studies, 1,180 people.",
        ),
        ({"comparator": "not_applicable", "certainty": None}, "No study that speaks to the statement “Pressing lowers pain” was found in a limited search."),
    ],
)  # fmt: skip
def test_evidence_sentence_is_as_sure_as_the_certainty(changes, sentence):
    assert describe_evidence(BODY | changes) == sentence


@pytest.mark.parametrize("column", ["strength", "certainty", "match", "indirectness"])
def test_a_word_that_the_rule_cannot_rank_is_refused_and_not_judged_as_the_least(column):
    claims = spread().head(3).assign(**{column: "insistent"})
    with pytest.raises(ValueError, match=f"{column} 'insistent' has no place in the rule, which ranks"):
        judge_claims(claims)
