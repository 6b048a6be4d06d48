"""What must hold in this collection beyond the rules of any review: definitions and their use agree."""

import pytest

import evidence
from evidence.judgements import judge
from evidence.tables import split_items

FEWEST_BY_USE = 20  # propositions that most claims rest on, whose searches are on record


@pytest.fixture(scope="module")
def review():
    return evidence.load("data")


@pytest.fixture(scope="module")
def tagged(review):
    """The claims that carry each tag."""
    tags = split_items(review.claims["tags"]).rename("tag").reset_index().groupby("tag")["index"]
    return {tag: review.claims.loc[rows] for tag, rows in tags}


def ids(claims) -> set:
    return set(claims["claim_id"])


def test_untraceable_stands_exactly_where_no_work_could_be_found(review, tagged):
    lost = review.citations["identity"].isin(["not_identifiable", "not_found"])
    assert ids(tagged["untraceable"]) == set(review.citations.loc[lost, "claim_id"])


def test_harms_omitted_stands_only_where_safety_is_promised(tagged):
    assert set(tagged["harms_omitted"]["kind"]) == {"safety"}
    assert set(tagged["harms_omitted"]["stance"]) == {"promotes"}


def test_always_safe_names_no_harm(tagged):
    assert ids(tagged["always_safe"]) <= ids(tagged["harms_omitted"])


def test_a_vendors_words_are_of_a_product(review, tagged):
    vendor = review.claims[review.claims["voice"] == "vendor"]
    assert ids(vendor) <= ids(tagged["product_named"])


def test_no_comparison_is_of_effects_and_harms(tagged):
    assert set(tagged["no_comparison"]["kind"]) <= {"effectiveness", "safety", "mechanism", "citation"}


def test_few_checkable_claims_are_not_assessed_and_each_says_why(review):
    left = judge(review).query("support == 'not_assessed'")
    assert len(left) < 15
    assert left["note"].str.contains("Not assessed: ").all()
    assert not left["note"].str.contains("nobody doubts|not yet mapped").any()


def test_rows_of_one_sentence_differ_in_something_a_verdict_can_see(review):
    claims = review.claims[review.claims["proposition_id"].notna() & (review.claims["checkability"] == "checkable")]
    same = ["source_id", "start", "end", "kind", "proposition_id", "match", "stance", "strength", "asserted_direction"]
    twins = claims[claims.duplicated(same, keep=False)]
    assert twins.empty, twins[["claim_id", *same]].to_string()


def test_the_propositions_most_claims_rest_on_have_their_searches(review):
    most = review.claims["proposition_id"].value_counts().head(FEWEST_BY_USE).index
    assert set(most) <= set(review.searches["proposition_id"])


def test_every_study_with_a_doi_was_looked_up_among_retractions(review):
    studies = review.studies
    looked = studies["retraction_status"] != "not_checked"
    assert looked[studies["doi"].notna()].all()
    assert studies.loc[~looked, "note"].str.contains("Retraction list not looked up").all()


def test_every_judgement_was_given_by_two_raters(review):
    asked = {"claim_ratings": ["stance", "kind", "strength"], "proposition_ratings": ["direction", "certainty"]}
    for table, variables in {**asked, "citation_ratings": ["identity", "accuracy"]}.items():
        schema = review.vocabulary.tables[table]
        rated, ratings = review.tables[schema.rates], review.tables[table]
        if schema.rates == "propositions":
            rated = rated[rated["certainty"].notna()]
        for variable in variables:
            given = ratings[(ratings["round"] == "independent") & ratings[variable].notna()]
            raters = given.groupby(schema.key)["rater_id"].nunique().reindex(rated[schema.key], fill_value=0)
            once = raters.index[raters < 2]
            assert len(once) == 0 or variable in ("kind", "strength"), f"{variable}: {once.tolist()}"
            assert (raters >= 2).mean() > 0.95  # a few rows were seen by one of the first coders alone


def test_the_mapping_of_every_checkable_claim_was_rated_twice(review):
    claims, ratings = review.claims, review.claim_ratings
    due = claims[(claims["checkability"] == "checkable") & (claims["kind"] != "citation")]["claim_id"]
    blind = ratings[(ratings["round"] == "independent") & ratings["proposition_id"].notna()]
    raters = blind.groupby("claim_id")["rater_id"].nunique().reindex(due, fill_value=0)
    assert (raters >= 2).all(), raters[raters < 2].index.tolist()


def test_no_reason_says_that_there_is_no_study(review):
    lost = review.propositions[review.propositions["certainty"].isna()]
    assert lost["certainty_reason"].str.contains("limited search").all()
    assert not lost["certainty_reason"].str.contains("no stud(?:y|ies) exist", case=False).any()
