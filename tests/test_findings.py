"""The body of evidence: every proposition, every finding, and what stands behind each claim's level."""

from dataclasses import replace

import pandas as pd
import pytest
from reviews import EACH, get_claims, get_review

from evidence import findings, labels

SAID = (labels.UNREAD, "none found", "no number that decides it")  # where there is no number


@pytest.fixture(params=EACH)
def name(request):
    return request.param


@pytest.fixture
def review(name):
    return get_review(name)


@pytest.fixture
def claims(name):
    return get_claims(name).copy()


def test_certainty_counts_add_up(review, claims):
    table = findings.count_certainty(review)
    assert table["propositions"].sum() == len(review.propositions)
    assert table["claims"].sum() == claims["proposition_id"].notna().sum()
    assert table["with_claims"].sum() == claims["proposition_id"].nunique()
    assert (table["with_claims"] <= table["propositions"]).all()


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
            assert labels.effect(row) in effects[row["proposition_id"]]


def test_layers_hold_the_propositions_that_most_claims_rest_on_with_all_that_is_known(review):
    listed = findings.list_findings(review).set_index("proposition_id")["n_claims"]
    layers = findings.list_layers(review, most=6)
    chosen = listed[list(layers["proposition_id"])]
    assert chosen.is_monotonic_decreasing
    assert len(layers) == min(6, (listed > 0).sum())
    assert (chosen > 0).all()
    assert chosen.min() >= listed.drop(chosen.index).max() or len(layers) < 6
    for row in layers.itertuples():
        found = review.findings[review.findings["proposition_id"] == row.proposition_id]
        assert sorted(study for study, *_ in row.findings) == sorted(found["study_id"])
        unread = [labels.UNREAD in said for *_, said in row.findings]
        assert unread == sorted(unread)
        reasons = findings.list_downgrades(review.propositions)
        assert len(row.downgrades) == (reasons["proposition_id"] == row.proposition_id).sum()
        decides = found[found["relation"] != "neutral"]
        printed = {labels.effect(one) for one in decides.to_dict("records")}
        numbers = [effect.split(" against ")[0].split(";")[0] for effect in row.effects]
        assert all(n in printed or n.startswith("and ") or n.lower() in SAID for n in numbers)


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
                assert part["favours_when"].nunique() == 1
            if part["effect_measure"].iloc[0] in ("MD", "percent"):
                assert part["outcome_measure"].nunique() == 1


def test_an_unknown_proposition_is_refused():
    with pytest.raises(KeyError, match="no proposition 'P999'"):
        findings.list_estimates(get_review("random"), "P999")


def test_reasons_stand_beside_their_claims_with_the_sentence_of_their_evidence(review, claims):
    some = claims.iloc[::2]
    reasons = findings.list_reasons(some, review)
    assert list(reasons["claim_id"]) == list(some["claim_id"])
    assert list(reasons.index) == list(some.index)
    table = findings.list_findings(review).set_index("proposition_id")
    for row in reasons.itertuples():
        mapped = pd.notna(row.proposition_id)
        assert row.sentence == (table.loc[row.proposition_id, "sentence"] if mapped else "")
        assert row.certainty == (table.loc[row.proposition_id, "certainty"] if mapped else "")
        here = review.findings[review.findings["proposition_id"] == row.proposition_id]
        assert row.studies == list(dict.fromkeys(here["study_id"]))
    assert all(why.startswith("Rule") for why in reasons["why"])


def test_a_reason_links_to_nothing_but_the_web():
    review = get_review("random")
    sources = review.sources.assign(url="javascript:alert(1)")
    hostile = replace(review, tables={**review.tables, "sources": sources})
    assert set(findings.list_reasons(get_claims("random"), hostile)["link"]) == {""}
