"""The rule, over every combination of its inputs."""

from itertools import product

import pandas as pd
import pytest

import evidence
from evidence.judgements import (
    CALIBRATION,
    CERTAINTY,
    LINES,
    MATCH,
    STRENGTH,
    SUPPORT,
    describe_evidence,
    explain_support,
    judge_claims,
)

DIRECTIONS = ("benefit", "no_difference", "harm")
MAPPINGS = (None, "P01")


def spread() -> pd.DataFrame:
    """Return every combination of the rule's inputs, one row each."""
    judged = product(
        ("effectiveness", "pitch"),
        STRENGTH,
        ("checkable", "opinion"),
        MAPPINGS,
        MATCH,
        DIRECTIONS,
        (*DIRECTIONS, "mixed"),
        (None, *CERTAINTY),
    )
    names = [
        "kind",
        "strength",
        "checkability",
        "proposition_id",
        "match",
        "asserted_direction",
        "direction",
        "certainty",
    ]
    claims = pd.DataFrame(judged, columns=names).assign(identity=None, accuracy=None)
    identities = ("exact", "probable", "not_identifiable", "not_found", None)
    accuracies = ("accurate", "overstated", "inaccurate", "not_checkable", None)
    cited = pd.DataFrame(product(identities, accuracies, STRENGTH), columns=["identity", "accuracy", "strength"])
    rest = {name: None for name in names if name not in ("kind", "strength", "checkability")}
    cited = cited.assign(kind="citation", checkability="checkable", **rest)
    return pd.concat([claims, cited], ignore_index=True).astype(object)


CLAIMS = spread()
JUDGED = judge_claims(CLAIMS)


def by_rule(claim) -> str:
    """Say the level by the rule as written in docs/rule.md, without arrays."""
    if claim.kind == "citation":
        known = {"accurate": "supported", "overstated": "overstated", "inaccurate": "contradicted"}
        return known.get(claim.accuracy) or ("untraceable" if claim.identity == "not_found" else "not_checkable")
    if claim.checkability != "checkable":
        return "not_checkable"
    if pd.isna(claim.proposition_id):
        return "not_assessed"
    if pd.isna(claim.certainty):
        return "no_evidence"
    if claim.strength == "uncertain":
        return "supported"
    rank = max(0, CERTAINTY.index(claim.certainty) - MATCH.index(claim.match))
    if rank == 0:
        return "insufficient"
    if claim.direction == "mixed":
        return "conflicting"
    if claim.direction != claim.asserted_direction:
        return "contradicted"
    return "overstated" if STRENGTH.index(claim.strength) > rank else "supported"


def test_every_combination_has_the_level_of_the_written_rule():
    expected = [by_rule(claim) for claim in CLAIMS.itertuples()]
    assert JUDGED["support"].tolist() == expected
    assert set(expected) == set(SUPPORT)


def test_more_certainty_never_takes_supported_away():
    keys = [c for c in CLAIMS if c != "certainty"]
    found = JUDGED[JUDGED["certainty"].notna()]
    order = found["certainty"].map(CERTAINTY.index)
    ranked = found.assign(order=order, good=found["support"] == "supported").sort_values("order")
    for _, rows in ranked.groupby(keys, dropna=False):
        assert rows["good"].is_monotonic_increasing


def test_stronger_wording_never_turns_overstated_into_supported():
    keys = [c for c in CLAIMS if c != "strength"]
    ranked = JUDGED.assign(order=JUDGED["strength"].map(STRENGTH.index)).sort_values("order")
    for _, rows in ranked[ranked["kind"] != "citation"].groupby(keys, dropna=False):
        levels = rows["support"].tolist()
        if "overstated" in levels:
            assert "supported" not in levels[levels.index("overstated") :]


def test_swapping_benefit_and_harm_on_both_sides_changes_nothing():
    swap = {"benefit": "harm", "harm": "benefit"}
    turned = CLAIMS.assign(**{c: CLAIMS[c].replace(swap) for c in ("direction", "asserted_direction")})
    pd.testing.assert_series_equal(judge_claims(turned)["support"], JUDGED["support"])


def test_emphatic_is_never_supported():
    emphatic = JUDGED[(JUDGED["strength"] == "emphatic") & (JUDGED["kind"] != "citation")]
    assert len(emphatic)
    assert not (emphatic["support"] == "supported").any()


def test_no_other_column_is_an_argument():
    noisy = CLAIMS.assign(source_id="x", tags="certain", voice="vendor", backing="named_study", jama_currency="met")
    pd.testing.assert_frame_equal(judge_claims(noisy)[JUDGED.columns], JUDGED)


def test_calibration_stands_for_lines_4_to_9_only_and_is_the_sign_of_gap():
    compared = JUDGED["line"].isin(list("456789"))
    assert (JUDGED["calibration"].notna() == compared).all()
    signs = JUDGED.loc[compared, "gap"].map(lambda gap: CALIBRATION[(gap > 0) - (gap < 0) + 1])
    assert signs.tolist() == JUDGED.loc[compared, "calibration"].tolist()


def test_inputs_are_untouched():
    before = CLAIMS.copy()
    judge_claims(CLAIMS)
    pd.testing.assert_frame_equal(CLAIMS, before)


def test_words_of_the_rule_are_those_of_the_schema():
    words = evidence.load().vocabulary
    assert words.values("derived", "support") == SUPPORT
    assert words.values("derived", "calibration") == CALIBRATION
    assert words.values("claims", "strength") == STRENGTH
    assert words.values("claims", "match") == MATCH
    assert words.values("propositions", "certainty") == CERTAINTY


def test_judge_keeps_the_claims_rows_and_order():
    review = evidence.load()
    judged = evidence.judge(review)
    assert judged["claim_id"].tolist() == review.claims["claim_id"].tolist()
    assert judged["support"].notna().all()


@pytest.mark.parametrize("line", LINES)
def test_every_line_is_explained_with_the_claims_values(line):
    claim = JUDGED[JUDGED["line"] == line].iloc[0]
    sentence = explain_support(claim)
    assert sentence.endswith(".")
    if line in "456789":
        assert f"{claim['gap']:+d}" in sentence
        assert str(claim["strength"]) in sentence


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
        ({"certainty": None}, "No study was found of pressing against usual care for pain (4 weeks; adults with pain)."),
        (
            {"comparator": "not_applicable", "certainty": "moderate", "direction": "no_difference"},
            "The statement “Pressing lowers pain” probably does not hold: moderate certainty, 2 studies, 1,180 people.",
        ),
        ({"comparator": "not_applicable", "certainty": None}, "No study was found of the statement “Pressing lowers pain”."),
    ],
)  # fmt: skip
def test_evidence_sentence_is_as_sure_as_the_certainty(changes, sentence):
    assert describe_evidence(BODY | changes) == sentence
