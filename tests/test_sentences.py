"""Sentences are whole, agree in number and hold no raw word."""

import math
import re
import subprocess
import sys
from dataclasses import replace

import pandas as pd
import pytest
from reviews import EACH, get_claims, get_review

from evidence import counts, findings, labels, sentences
from evidence.agreement import summarise_agreement
from evidence.judgements import STRENGTH, SUPPORT
from evidence.ratings import list_disagreements
from evidence.tables import Review


@pytest.fixture(params=EACH)
def name(request):
    return request.param


@pytest.fixture
def review(name):
    return get_review(name)


@pytest.fixture
def claims(name):
    return get_claims(name).copy()


DESCRIBE_CLAIMS = ["claims", "belief", "outcomes", "gap", "strength", "contradictions"]
DESCRIBE_REVIEW = ["markers", "tags", "citations", "certainties", "searches", "retractions", "raters", "selling"]


def describe_all(review):
    claims = counts.join_claims(review)
    yield from (getattr(sentences, f"describe_{name}")(claims) for name in DESCRIBE_CLAIMS)
    yield from (getattr(sentences, f"describe_{name}")(review) for name in DESCRIBE_REVIEW)
    yield from sentences.list_headlines(claims)
    yield sentences.describe_sources(review.sources)
    yield sentences.describe_benchmarks(review.sources)
    yield sentences.describe_earning(review.sources)
    yield sentences.describe_sensitivity(counts.count_sensitivity(claims))


def test_sentences_are_whole_and_hold_no_raw_word(review):
    for sentence in describe_all(review):
        assert sentence[0].isupper() or sentence[0].isdigit(), sentence
        assert sentence.endswith("."), sentence
        for wrong in ("_", "nan", "None", "  ", "()", " ,", ": .", "..", " 1 claims", " 1 articles", "of of"):
            assert wrong not in sentence, sentence


def claim(**values):
    row = {"source_id": "a", "kind": "safety", "line": "9", "gap": 0, "strength": "plain", "certainty": "high"}
    row |= {"stance": "promotes", "start": 0, "end": 9} | values
    frame = pd.DataFrame([row]).astype({"gap": "Int64"})
    frame["support"] = pd.Categorical([row.get("support", "supported")], list(SUPPORT), ordered=True)
    frame["strength"] = pd.Categorical(frame["strength"], list(STRENGTH), ordered=True)
    return frame.astype({"kind": "category"})


@pytest.mark.parametrize(
    ("function", "rows", "sentence"),
    [
        (
            "outcomes",
            [claim(), claim(support="not_checkable")],
            "Of 1 checkable safety claim that promotes, 1 is supported as worded (100%, 95% interval 21% to 100%). Where "
            "every sentence counts once, 100% is supported.",
        ),
        (
            "gap",
            [claim(gap=1), claim(), claim(gap=4, stance="neutral"), claim(gap=4, stance="cautions")],
            "1 of 2 promoting safety claims set against evidence says more than is known.",
        ),
        (
            "gap",
            [claim(gap=1), claim(gap=3, certainty=None), claim(gap=-1, certainty=None)],
            "2 of 3 promoting safety claims set against evidence say more than is known; for 1 of these nothing was found.",
        ),
        ("gap", [claim(line="1")], "No claim that promotes is set against evidence."),
        ("gap", [claim(gap=1, stance="neutral")], "No claim that promotes is set against evidence."),
        (
            "outcomes",
            [claim(support="overstated", gap=1), claim(support="no_evidence", start=10, end=19)],
            "Of 2 checkable safety claims that promote, none is supported as worded (0%, 95% interval 0% to 66%). Of the "
            "rest, 1 goes beyond the evidence found (1 by one step); 1 rests on nothing found. Where every sentence counts "
            "once, 0% is supported.",
        ),
        (
            "outcomes",
            [claim(), claim(), claim(support="untraceable"), claim(kind="pitch", support="overstated", gap=2)],
            "Of 4 checkable claims that promote, 2 are supported as worded (50%, 95% interval 5% to 95%). Of the rest, 1 "
            "goes beyond the evidence found (1 by more); 1 rests on nothing found. Where every sentence counts once, 50% is "
            "supported.",
        ),
        ("outcomes", [claim(support="not_checkable")], "No safety claim that promotes can be checked."),
        (
            "strength",
            [claim(), claim(strength="uncertain")],
            "1 of 2 claims is worded plainly or emphatically (50%, 95% interval 9% to 91%); 1 says that it is unknown.",
        ),
        ("belief", [claim()], "Mostly: the one checkable claim that promotes is supported as worded."),
        ("belief", [claim(), claim()], "Mostly: all 2 checkable claims that promote are supported as worded."),
        ("belief", [claim(stance="neutral")], "That cannot be said: no claim that promotes can be checked."),
        (
            "belief",
            [claim(support="insufficient"), claim(support="no_evidence")],
            "Not far: none of 2 checkable claims that promote is supported as worded; the others rest on too little evidence, or on "
            "none.",
        ),
        (
            "belief",
            [claim(), claim(support="contradicted")],
            "In part: about 1 in 2 checkable claims that promote is supported as worded; the other is contradicted.",
        ),
        (
            "belief",
            [*[claim()] * 7, *[claim(support="overstated", gap=1)] * 2, claim(support="contradicted")],
            "Mostly: about 7 in 10 checkable claims that promote are supported as worded; most others go beyond the evidence found.",
        ),
        (
            "belief",
            [claim(), claim(support="contradicted"), claim(support="conflicting"), claim(support="insufficient")],
            "Not far: about 1 in 4 checkable claims that promote is supported as worded.",
        ),
        ("claims", [claim()], "One article makes 1 claim; 1 of them can be checked. Most frequent: 1 safety."),
    ],
)
def test_sentences_agree_in_number(function, rows, sentence):
    rows = pd.concat(rows, ignore_index=True).astype({"kind": "category"})
    rows["support"] = pd.Categorical(rows["support"], list(SUPPORT), ordered=True)
    assert getattr(sentences, f"describe_{function}")(rows) == sentence


def test_key_numbers_are_those_of_the_counts_and_agree_in_number(review, claims):
    promises, works, earning = sentences.list_key_numbers(claims, review)
    shares = counts.share_outcomes(counts.select_promoting(claims))
    assert (promises.n, promises.of) == (shares.loc["supported", "n"], shares["of"].iloc[0])
    cited = counts.count_citations(review).set_index("stage")["n"]
    assert (works.n, works.of) == (cited["accurate"], cited["mentioned"])
    earns = review.sources["revenue"].fillna("none_seen").str.split(";")
    sells = review.sources.loc[[not {*ways} <= {"none_seen", "unclear"} for ways in earns]]
    assert (earning.n, earning.of) == ((sells["disclosure"] == "present_clear").sum(), len(sells))
    for number, verb in ((promises, "is"), (works, "leads"), (earning, "says")):
        assert 0 <= number.n <= number.of
        assert number.text.startswith("No ") == (number.of == 0)
        assert (f" {verb} " in number.text) == (1 in (number.n, number.of))


@pytest.mark.parametrize(
    ("studies", "said"),
    [
        ([], "mentions of outside work lead to a work that says so"),
        (["a"], "mentions of outside work leads to a work that says so"),
        (["a", "b", "c"], "mentions of outside work lead to a work that says so"),
        (["a", "a"], "mentions of outside work lead to a work that says so, both to the same one"),
        (["a", "a", "a"], "mentions of outside work lead to a work that says so, all to the same one"),
        (["a", "b", "a"], "mentions of outside work lead to a work that says so, to 2 works in all"),
    ],
)
def test_mentions_of_one_work_are_not_counted_as_works(studies, said):
    review = get_review("real")
    read = review.studies.loc[review.studies["access"].isin(counts.READ), "study_id"]
    keys = dict(zip("abc", read, strict=False))
    accurate = [{"study_id": keys[one], "identity": "exact", "accuracy": "accurate"} for one in studies]
    lost = [{"study_id": None, "identity": "not_identifiable", "accuracy": "not_checkable"}] * 2
    told = change(review, citations=pd.DataFrame([*accurate, *lost]))
    assert sentences.list_key_numbers(get_claims("real"), told)[1] == (len(studies), len(studies) + 2, said)


def test_counts_and_sentences_leave_their_inputs_untouched():
    review = get_review("random")
    before = {name: getattr(review, name).copy() for name in ("sources", "claims", "findings", "propositions")}
    [*describe_all(review)]
    for function in (findings.list_findings, counts.count_flow, findings.count_certainty, counts.share_markers):
        function(review)
    for name, frame in before.items():
        pd.testing.assert_frame_equal(getattr(review, name), frame)


def test_importing_sentences_imports_neither_matplotlib_nor_scipy():
    code = "import sys, evidence.sentences; print([m for m in ('matplotlib', 'scipy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_only_claims_that_promote_are_said_to_go_beyond_the_evidence():
    rows = [claim(support="overstated", gap=1, stance=stance) for stance in counts.STANCES]
    rows = pd.concat(rows, ignore_index=True).astype({"kind": "category"})
    rows["support"] = pd.Categorical(rows["support"], list(SUPPORT), ordered=True)
    said = {stance: sentences.describe_outcomes(rows, stance) for stance in counts.STANCES}
    assert ["beyond" in sentence for sentence in said.values()] == [True, False, False]
    assert all("Of 1 checkable" in sentence for sentence in said.values())
    assert "more than is known" not in said["neutral"] + said["cautions"]


def test_numbers_of_a_headline_add_up_to_its_whole(claims):
    for stance in counts.STANCES:
        sentence = sentences.describe_outcomes(claims, stance)
        shares = counts.share_outcomes(claims[claims["stance"] == stance])
        if of := int(shares["of"].iloc[0]):
            assert len(sentence.partition(". ")[0].split()) <= 20
            told = re.sub(r"\(.*?\)", "", sentence.replace("none is", "0 is")).split(" Where ")[0]
            first, *rest = told.replace(". Of the rest, ", "; ").split("; ")
            whole, good = map(int, re.findall(r"[\d]+", first.replace(",", "", 1).replace(",", "")))
            assert whole == of
            assert good + sum(int(part.split()[0].replace(",", "")) for part in rest) == of


def test_headlines_count_each_checkable_claim_in_one_stance_or_say_that_it_has_none():
    claims = get_claims("random").copy()
    assert not [text for text in sentences.list_headlines(claims) if "no stance" in text]
    some = claims.assign(stance=claims["stance"].where(claims.index >= 40))
    missing = int((counts.select_checkable(some)["stance"].isna()).sum())
    whole = len(counts.select_checkable(some))
    assert sentences.list_headlines(some)[-1].startswith(f"{missing} of {whole} checkable claims have no stance yet")


def change(review, **tables):
    return replace(review, tables={**review.tables, **tables})


def test_raters_are_runs_of_a_model_or_people_by_their_ids():
    review = get_review("random")
    assert sentences.describe_raters(review) == "Ratings are by 2 people (ann and bob)."
    names = {"ann": "model-one", "bob": "bob"}
    rated = {t.name: t for t in review.vocabulary.tables.values() if t.rates}
    mixed = change(
        review, **{n: review.tables[n].assign(rater_id=review.tables[n]["rater_id"].map(names)) for n in rated}
    )
    said = sentences.describe_raters(mixed)
    assert said == "Ratings are by 1 rater that is a run of a language model and 1 person (bob)."
    alone = change(mixed, **{n: mixed.tables[n][mixed.tables[n]["rater_id"] != "bob"] for n in rated})
    assert sentences.describe_raters(alone).endswith("a language model; no person has rated yet.")
    empty = change(review, **{n: review.tables[n].head(0) for n in rated})
    assert sentences.describe_raters(empty) == "Nobody has rated."


def test_of_one_thing_none_takes_the_singular():
    review = get_review("one")
    honest = change(review, sources=review.sources.assign(revenue="none_seen"))
    assert sentences.describe_selling(honest).startswith("0 of 1 article shows a way to earn")
    assert sentences.describe_gap(claim(gap=0)).startswith("0 of 1 promoting safety claim set against evidence says")
    assert sentences.describe_strength(claim(strength="tentative")).startswith("0 of 1 claim is worded plainly")
    several = get_review("random")
    honest = change(several, sources=several.sources.assign(revenue="none_seen"))
    assert sentences.describe_selling(honest).startswith("0 of 5 articles show a way to earn")


@pytest.mark.parametrize(
    ("supported", "said"),
    [
        ({"safety": (1, 3), "advice": (2, 3)}, "Most often supported as worded: Advice (2 of 3) and Safety (1 of 3)."),
        (
            {"safety": (0, 2), "advice": (1, 2), "pitch": (0, 1), "technique": (3, 9), "background": (4, 9)},
            "Most often supported as worded: Advice (1 of 2), Background (4 of 9) and Technique (3 of 9). Never: Safety (0 "
            "of 2) and Pitch (0 of 1).",
        ),
        ({"safety": (0, 1)}, "Most often supported as worded: none. Never: Safety (0 of 1)."),
        ({}, "No claim can be checked."),
    ],
)
def test_best_and_worst_kinds_are_named_with_their_numbers(supported, said):
    rows = [claim(kind=kind, support="supported" if i < n else "overstated") for kind, (n, of) in supported.items()
            for i in range(of)]  # fmt: skip
    names = get_review("real").vocabulary.labels("claims", "kind")
    claims = pd.concat(rows, ignore_index=True) if rows else claim().head(0)
    claims["kind"] = pd.Categorical(claims["kind"], list(names))
    claims["support"] = pd.Categorical(claims["support"], list(SUPPORT), ordered=True)
    assert sentences.describe_extremes(claims, "kind", names) == said


def test_levels_by_a_column_leave_out_words_without_a_claim(claims, review):
    names = review.vocabulary.labels("claims", "kind")
    said = sentences.describe_levels(claims, "kind", names)
    checkable = counts.select_checkable(claims)
    for word, name in names.items():
        rows = checkable[checkable["kind"] == word]
        n = int((rows["support"] == "supported").sum())
        assert (f"{name} {n:,} of {len(rows):,}" in said) == (len(rows) > 0)
    assert " of 0" not in said


def test_retractions_say_what_was_looked_up_what_was_not_and_what_was_found():
    review = get_review("random")
    studies = review.studies.head(4).assign(doi=None, pmid=pd.NA)
    day = pd.Timestamp("2026-11-21")

    def say(*statuses):
        rows = studies.head(len(statuses)).assign(
            retraction_status=pd.Categorical(statuses, review.studies["retraction_status"].cat.categories),
            retraction_checked_on=[pd.NaT if status == "not_checked" else day for status in statuses],
        )
        return sentences.describe_retractions(change(review, studies=rows))

    assert say("none_found") == "1 of 1 study was looked up for retraction (2026-11-21): none found to be retracted."
    assert say("none_found", "retracted", "concern", "not_checked") == (
        "3 of 4 studies were looked up for retraction (2026-11-21): 1 with an expression of concern and 1 retracted; "
        "1 was not checked, without identifier."
    )
    assert say("not_checked").startswith("0 of 1 study was looked up for retraction; 1 was not checked")


def test_certainties_count_propositions_with_claims_and_name_the_others_apart(review):
    table = findings.count_certainty(review)
    said = sentences.describe_certainties(review)
    resting, total = int(table["with_claims"].sum()), int(table["propositions"].sum())
    if not total:
        assert said == "There are no propositions."
        return
    assert said.startswith(f"Claims rest on {resting or 'no'} proposition")
    assert (" context." in said) == (total > resting)
    if total - resting > 1:
        assert f"{total - resting} more give context." in said


def test_searches_never_say_that_nothing_exists(review):
    said = sentences.describe_searches(review)
    empty = int(review.propositions["certainty"].isna().sum())
    assert (f"for {empty:,} of all propositions" in said) == (empty > 0 and len(review.searches) > 0)
    assert "no study" not in said
    assert "exist" not in said


def test_mentions_are_of_as_many_works_as_they_name(review):
    known = review.citations[review.citations["identity"].isin(counts.IDENTIFIED)]
    said = sentences.describe_citations(review)
    if len(known):
        mentions = labels.count(len(known), "mention")
        assert f"identified: {mentions} of {labels.count(known['study_id'].nunique(), 'work')}, " in said


def test_the_head_of_the_page_says_who_has_judged():
    review = get_review("random")
    tables = {**review.tables}
    rating = next(table for table in review.vocabulary.tables.values() if table.rates)
    for others in (table.name for table in review.vocabulary.tables.values() if table.rates):
        tables[others] = review.tables[others].head(0)
    rows = review.tables[rating.name].head(2)

    def said(*raters):
        changed = {**tables, rating.name: rows.head(len(raters)).assign(rater_id=list(raters))}
        return sentences.describe_hands(Review(changed, review.vocabulary, review.folder))

    assert said() == "Nobody has rated."
    assert said("model-a") == "Judged by runs of a language model, by no person yet."
    assert said("model-a", "ann") == "Judged by runs of a language model and 1 person."
    assert said("ann", "bea") == "Judged by 2 people."


def test_agreement_is_said_in_a_sentence():
    said = sentences.describe_agreement(
        pd.DataFrame(
            {
                "variable": ["kind", "voice", "publication_bias"],
                "paired": [1200, 3, 7],
                "alpha": [0.456, math.nan, 0.912],
            }
        )
    )
    assert said == (
        "Two or more raters judged 1,200 units independently; they agree most on publication bias (Krippendorff's "
        "alpha 0.91) and least on kind (0.46)."
    )
    one = sentences.describe_agreement(pd.DataFrame({"variable": ["kind"], "paired": [1], "alpha": [0.5]}))
    assert one == "Two or more raters judged 1 unit independently; they agree on kind (Krippendorff's alpha 0.50)."
    both = sentences.describe_agreement(
        pd.DataFrame({"variable": ["kind", "voice"], "paired": 9, "alpha": [-0.25] * 2})
    )
    assert both.endswith("independently; they agree on kind and voice (Krippendorff's alpha −0.25 each).")
    none = sentences.describe_agreement(pd.DataFrame({"variable": ["kind"], "paired": [0], "alpha": [math.nan]}))
    assert none == "No variable was rated independently by two or more raters who used two or more words."


@pytest.mark.parametrize(
    ("variables", "settled", "said"),
    [
        ([], [], "Independent raters disagree nowhere."),
        (["risk_of_bias"], [True], "Independent raters disagree on 1 cell, of risk of bias, which is settled."),
        (["voice", "kind", "kind"], [True, False, False],
         "Independent raters disagree on 3 cells, most often on kind (2); 2 of them wait to be settled."),
        (["kind"], [False], "Independent raters disagree on 1 cell, of kind, which waits to be settled."),
        (["voice", "kind"], [True, True],
         "Independent raters disagree on 2 cells, most often on voice and kind (1 each); none of them waits to be settled."),
    ],
)  # fmt: skip
def test_disagreements_are_said_exactly(variables, settled, said):
    listed = list_disagreements(settled=True).iloc[:0].reindex(range(len(variables)))
    assert (
        sentences.describe_disagreements(listed.assign(variable=variables, settled=settled).astype({"settled": bool}))
        == said
    )


def test_no_ratings_at_all_have_a_sentence_too(review):
    empty = {
        table.name: review.tables[table.name].iloc[:0] for table in review.vocabulary.tables.values() if table.rates
    }
    made = replace(review, tables={**review.tables, **empty})
    assert "No variable" in sentences.describe_agreement(summarise_agreement(made))


def test_how_much_was_read_is_said_of_every_work():
    review = get_review("real")
    said = sentences.describe_access(review)
    assert said.startswith(f"Of {len(review.studies):,} works entered, ")
    assert sum(map(int, re.findall(r"(?<![\w,])\d+", said.partition("entered, ")[2]))) == len(review.studies)
    assert sentences.describe_access(change(review, studies=review.studies.head(0))) == "No works are entered."


@pytest.mark.parametrize("n", [0, 1, 2])
def test_claims_tagged_as_at_odds_with_their_article_are_counted_beside_the_pairs(n):
    claims = get_claims("real")
    others = claims["tags"].str.replace("contradicts_itself", "certain")
    first = claims["claim_id"].isin(claims["claim_id"].head(n))
    said = sentences.describe_contradictions(claims.assign(tags=others.mask(first, "certain;contradicts_itself")))
    tagged = {1: " 1 claim is tagged", 2: " 2 claims are tagged"}.get(n)
    assert said.endswith(
        f"{tagged} as at odds with another claim of the same article." if tagged else "across articles."
    )


def test_a_benchmark_that_no_article_meets_is_named_though_another_has_its_name():
    sources = get_review("real").sources
    said = sentences.describe_benchmarks(sources.assign(jama_disclosure="not_met", disclosure="present_clear"))
    assert "disclosure" in said.partition("no article meets: ")[2]


def test_many_articles_have_numbers_with_commas_and_unclear_kinds_have_no_plural():
    sources = pd.concat([get_review("real").sources.head(2)] * 1500, ignore_index=True)
    said = sentences.describe_earning(sources.assign(revenue="sale", disclosure="present_clear"))
    assert said == "3,000 of 3,000 articles show a way to earn (sale 3,000), 3,000 disclose it clearly."
    assert "of 3,000 it is unclear" in sentences.describe_earning(sources.assign(revenue="unclear"))
    assert ": 3,000 unclear; " in sentences.describe_sources(sources.assign(source_type="unclear"))


def test_benchmarks_that_no_article_meets_have_names_of_their_own():
    sources = get_review("real").sources.assign(jama_disclosure="not_met", disclosure="none_seen")
    never = sentences.describe_benchmarks(sources).partition("no article meets: ")[2]
    assert {"disclosure", "interest disclosed"} <= set(re.split(", | and ", never.removesuffix(".")))


def test_half_a_step_is_said_as_the_rarer_share():
    claims = get_claims("real")
    promoting = claims[claims["stance"] == "promotes"]
    good = promoting[promoting["support"] == "supported"].head(2)
    rest = promoting[promoting["support"] == "insufficient"].head(3)
    assert "about 1 in 3 checkable" in sentences.describe_belief(pd.concat([good, rest]))
