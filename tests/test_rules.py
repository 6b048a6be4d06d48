"""Every rule between columns and tables, on a review small enough to see: what it refuses, where, and what it lets in."""

import re
from dataclasses import replace

import pandas as pd
import pytest

from evidence.rules import (
    DOMAINS,
    check_files,
    check_hits,
    check_rows,
    check_scales,
    check_texts,
    find_covered,
    find_due,
    may_be_judged,
)
from evidence.schema import Word
from evidence.tables import load_vocabulary
from evidence.texts import hash_text

NONE = dict.fromkeys(DOMAINS, "no_concern")
TEXTS = {"a": "A claim. 1\nTop \nOne says it.so.", "b": "Home all of the rest"}


def span(source, start, end, **cells):
    return {"source_id": source, "start": str(start), "end": str(end), **cells}


def piece(source, start, end, role, reason=""):
    digest = hash_text(TEXTS[source][start:end])
    return span(source, start, end, role=role, reason=reason, sha256=digest)


def facts(source, file):
    text = TEXTS[source]
    counts = {"n_characters": str(len(text)), "n_words": str(len(text.split())), "text_sha256": hash_text(text)}
    return {"file": file, **counts}


MAPPED = {"match": "direct", "match_reason": "fits", "checkability": "checkable", "quote": "A claim. 1"}
SOUND = {  # table, then the cells of each row by its key; what is not named is empty
    "sources": {"a": facts("a", "a.txt"), "b": facts("b", "b.txt")},
    "segments": {
        "a-s1": piece("a", 0, 10, "claim"),
        "a-s2": piece("a", 10, 14, "heading", "a title"),
        "a-s3": piece("a", 16, 28, "claim"),
        "a-s4": piece("a", 28, 31, "claim"),
        "b-s1": piece("b", 0, 5, "navigation", "a menu"),
        "b-s2": piece("b", 5, 20, "not_coded"),
    },
    "claims": {
        "a-001": span("a", 0, 10, kind="effectiveness", proposition_id="P1", asserted_direction="benefit", **MAPPED),
        "a-002": span("a", 0, 10, kind="safety", proposition_id="P2", asserted_direction="holds", **MAPPED),
        "a-003": span("a", 16, 31, kind="safety", checkability="checkable", note="Not assessed: rare.", quote="One … so."),
        "a-004": span("a", 16, 28, kind="citation", checkability="checkable", quote="One says it."),
        "a-005": span("a", 16, 28, kind="citation", checkability="checkable", quote="One says it."),
        "a-006": span("a", 16, 28, kind="pitch", checkability="opinion", quote="One says it."),
    },
    "citations": {
        "C1": {"claim_id": "a-004", "identity": "exact", "study_id": "old-1990", "accuracy": "accurate"},
        "C2": {"claim_id": "a-005", "identity": "not_found", "nearest_study_id": "old-1990", "accuracy": "not_checkable"},
        "C3": {"claim_id": "a-005", "identity": "probable", "study_id": "new-2020", "accuracy": "overstated"},
    },
    "propositions": {
        "P1": {**NONE, "risk_of_bias": "serious", "publication_bias": "serious", "direction": "benefit", "certainty": "low",
               "certainty_reason": "Risk of bias; publication bias.", "certainty_origin": "project_rated", "comparator": "rest"},
        "P2": {**NONE, "direction": "holds", "certainty": "high", "certainty_reason": "Many.",
               "certainty_origin": "review_reported", "comparator": "not_applicable"},
        "P3": {"certainty_reason": "The text could not be read.", "comparator": "rest"},
        "P4": {**NONE, "inconsistency": "very_serious", "imprecision": "very_serious", "direction": "harm", "certainty": "very_low",
               "certainty_reason": "Inconsistency, imprecision.", "certainty_origin": "project_rated", "comparator": "rest"},
        "P5": {**NONE, "indirectness": "serious", "direction": "mixed", "certainty": "moderate",
               "certainty_reason": "Indirectness.", "certainty_origin": "project_rated", "comparator": "not_applicable"},
    },
    "findings": {
        "F1": {"proposition_id": "P1", "effect_measure": "SMD", "estimate": "-0.5", "ci_low": "-0.9", "ci_high": "-0.1",
               "favours_when": "lower", "origin": "reported"},
        "F2": {"proposition_id": "P2", "effect_measure": "narrative", "favours_when": "not_applicable", "origin": "reported"},
        "F3": {"proposition_id": "P4", "effect_measure": "RR", "estimate": "0.8", "favours_when": "lower", "origin": "derived",
               "note": "inputs: table 2"},
        "F4": {"proposition_id": "P5", "effect_measure": "OR", "estimate": "1", "ci_low": "1", "ci_high": "1",
               "favours_when": "higher", "origin": "reported"},
    },
    "searches": {
        "P3-s1": {"proposition_id": "P3", "n_results": "5", "n_relevant": "5"},
        "P3-s2": {"proposition_id": "P3", "n_results": "5", "n_relevant": "0"},
    },
    "studies": {
        "new-2020": {"retraction_status": "not_checked"},
        "old-1990": {"retraction_status": "none_found", "retraction_checked_on": "2026-01-01"},
    },
    "withdrawn": {"a-009": {}},
    "markers": {"says": {}, "top": {}},
}  # fmt: skip
RATINGS = {  # key, rater, round: cells
    "claim_ratings": {
        ("a-001", "ann", "independent"): {"strength": "plain", "match": "direct", "proposition_id": "P1"},
        ("a-001", "bea", "independent"): {"strength": "plain", "match": "indirect"},
        ("a-001", "cyd", "final"): {"match": "direct", "note": "match: why"},
        ("a-003", "ann", "independent"): {"proposition_id": "not_applicable", "strength": "tentative"},
        ("a-003", "bea", "independent"): {
            "proposition_id": "not_applicable",
            "strength": "emphatic",
            "match": "direct",
        },
        ("a-003", "cyd", "independent"): {"match": "direct"},
        ("a-006", "cyd", "final"): {"strength": "plain", "note": "strength: read again"},  # that nobody rated before
    }
}
for claim in ("a-001", "a-003", "a-006"):
    SOUND["claims"][claim]["strength"] = "plain"


class Small:
    """The small review, as text."""

    def __init__(self, vocabulary):
        self.vocabulary = vocabulary
        self.files = {name: f"{name}.csv" for name in self.vocabulary.tables}
        self.tables = {}
        for name, table in self.vocabulary.tables.items():
            rows = [{table.key: key, **cells} for key, cells in SOUND.get(name, {}).items()]
            rows += [dict(zip(table.keys, keys, strict=True)) | cells for keys, cells in RATINGS.get(name, {}).items()]
            filled = [[row.get(column, "") for column in table.names] for row in rows]
            self.tables[name] = pd.DataFrame(filled, columns=list(table.names), dtype=str)

    def change(self, name, key, **cells):
        """Change cells of the row with a key; of a rating, with a key, rater and round."""
        keys = key.split(" ")
        table = self.tables[name]
        here = (table.iloc[:, : len(keys)] == keys).all(axis=1)
        assert here.sum() == 1, (name, key)
        for column, value in cells.items():
            assert column in table, column
            table.loc[here, column] = value

    def drop(self, name, key):
        table = self.tables[name]
        self.tables[name] = table[table.iloc[:, 0] != key].reset_index(drop=True)

    def find(self):
        """Return what the rules say: file, rule, and each place's line and value."""
        return [read(problem) for problem in check_rows(self.tables, self.vocabulary, self.files)]


def read(problem):
    return problem.file, problem.rule, [(place.line, place.value) for place in problem.places]


@pytest.fixture(scope="module")
def vocabulary():
    return load_vocabulary()


@pytest.fixture
def small(vocabulary):
    return Small(vocabulary)


def test_the_small_review_is_sound(small):
    assert small.find() == []


NO_CITATION = "claim_id must be a claim of kind citation (where a claim is none any more, change its kind in the panel)"
ONLY = "{0} must stand where {1} does, and only there"
WAITING = "a checkable claim without proposition_id must say why in note: 'Not assessed: ...'"
STEPS = "certainty must be high less one step for each serious and two for each very_serious mark"
ACCESS = "certainty_reason must speak of the evidence, not of what could be read: GRADE rates evidence, not access"
BEHIND = "end must not lie behind the article's last character"
ORDER = "ci_low, estimate and ci_high must be in this order"
TOGETHER = "ci_low and ci_high must stand together, with an estimate"
GIVEN = "estimate must be given unless effect_measure is narrative, and only then"
NO_WORK = "study_id must be empty where no work was identified; the nearest one stands in nearest_study_id"
RETRACTED = "retraction_checked_on must stand where retraction_status is not not_checked, and only there"
WITH_FINDINGS = "a proposition has findings where it has a certainty, and only there"
SAME_KIND = "asserted_direction must be {} where the direction of the proposition is one of an effect or of a statement"
UNCITED = "a claim of kind citation must have a row in citations"
REASON = "reason must say why a segment is no claim, and stand only there"
ABOVE = "a segment must not begin before the one in front of it in its article ends"
UNCOVERED = "a segment of role claim must lie in the span of a claim"
COVERED = "a segment in the span of a claim must have role claim"
NOT_CHECKABLE = "accuracy must be not_checkable unless identity is exact or probable"
TWELVE = "one two three four five six seven eight nine ten eleven twelve"

REFUSED = [  # table, key, cells; then rule and column of what is refused there, or "table key.column: rule" elsewhere
    ("claims", "a-002", {"match": ""}, [("match", ONLY.format("match", "proposition_id"))]),
    ("claims", "a-001", {"match_reason": ""}, [("match_reason", ONLY.format("match_reason", "proposition_id"))]),
    ("claims", "a-001", {"asserted_direction": ""}, [("asserted_direction", ONLY.format("asserted_direction", "proposition_id"))]),
    ("claims", "a-006", {"match": "direct"}, [("match", ONLY.format("match", "proposition_id"))]),
    ("claims", "a-003", {"note": "not assessed: rare."}, [("claim_id", WAITING)]),
    ("claims", "a-006", {"checkability": "checkable"}, [("claim_id", WAITING)]),
    ("claims", "a-001", {"quote": TWELVE + " more"}, [("quote", "quote must have at most 12 words")]),
    ("claims", "a-006", {"start": "28", "end": "28"}, [("start", "start must be before end")]),
    ("claims", "a-006", {"start": "28", "end": "16"},
     [("start", "start must be before end"), ("end", "end must be the end of a segment")]),
    ("claims", "a-006", {"end": "34"}, [("end", BEHIND), ("end", "end must be the end of a segment")]),
    ("claims", "a-006", {"end": "29"}, [("end", "end must be the end of a segment")]),
    ("claims", "a-006", {"start": "17"}, [("start", "start must be the start of a segment")]),
    ("claims", "a-006", {"source_id": "b"},
     [("start", "start must be the start of a segment"), ("end", "end must be the end of a segment"), ("end", BEHIND)]),
    ("claims", "a-006", {"kind": "citation"}, [("claim_id", UNCITED)]),
    ("claims", "a-002", {"asserted_direction": "benefit"},
     [("asserted_direction", SAME_KIND.format("holds, does_not_hold"))]),
    ("claims", "a-001", {"asserted_direction": "does_not_hold"},
     [("asserted_direction", SAME_KIND.format("benefit, no_difference, harm"))]),
    ("citations", "C1", {"claim_id": "a-001"}, [("claim_id", NO_CITATION), "claims a-004.claim_id: " + UNCITED]),
    ("citations", "C1", {"study_id": ""}, [("study_id", "study_id must be given where identity is exact or probable")]),
    ("citations", "C3", {"study_id": ""}, [("study_id", "study_id must be given where identity is exact or probable")]),
    ("citations", "C2", {"study_id": "new-2020"}, [("study_id", NO_WORK)]),
    ("citations", "C1", {"nearest_study_id": "new-2020"}, [("nearest_study_id", "nearest_study_id must stand only where no work was identified")]),
    ("citations", "C2", {"accuracy": "accurate"}, [("accuracy", NOT_CHECKABLE)]),
    ("segments", "b-s2", {"start": "20"}, [("start", "start must be before end")]),
    ("segments", "b-s2", {"end": "21"}, [("end", BEHIND)]),
    ("segments", "b-s2", {"start": "4"}, [("start", ABOVE)]),
    ("segments", "a-s2", {"start": "9"}, [("start", ABOVE), ("segment_id", COVERED)]),
    ("segments", "a-s2", {"role": "claim", "reason": ""}, [("segment_id", UNCOVERED)]),
    ("segments", "a-s4", {"role": "other", "reason": "x"}, [("segment_id", COVERED)]),
    ("segments", "a-s1", {"role": "not_coded"}, [("segment_id", COVERED)]),
    ("segments", "a-s1", {"reason": "x"}, [("segment_id", REASON)]),
    ("segments", "b-s1", {"reason": ""}, [("segment_id", REASON)]),
    ("propositions", "P1", {"direction": ""}, [("direction", ONLY.format("direction", "certainty"))]),
    ("propositions", "P1", {"certainty_origin": ""}, [("certainty_origin", ONLY.format("certainty_origin", "certainty"))]),
    ("propositions", "P3", {"inconsistency": "no_concern"}, [("inconsistency", ONLY.format("inconsistency", "certainty"))]),
    ("propositions", "P1", {"imprecision": ""}, [("imprecision", ONLY.format("imprecision", "certainty"))]),
    ("propositions", "P1", {"certainty": "moderate"}, [("certainty", STEPS)]),
    ("propositions", "P1", {"certainty": "very_low"}, [("certainty", STEPS)]),
    ("propositions", "P2", {"certainty": "moderate"}, [("certainty", STEPS)]),
    ("propositions", "P4", {"certainty": "low"}, [("certainty", STEPS)]),
    ("propositions", "P1", {"certainty_reason": "Risk of bias."},
     [("proposition_id", "certainty_reason must name publication bias where it is marked")]),
    ("propositions", "P4", {"certainty_reason": "Imprecision."},
     [("proposition_id", "certainty_reason must name inconsistency where it is marked")]),
    ("propositions", "P1", {"certainty_reason": "Risk of bias, publication bias; two were not read."}, [("certainty_reason", ACCESS)]),
    ("propositions", "P2", {"certainty_reason": "Behind a Paywall."}, [("certainty_reason", ACCESS)]),
    ("propositions", "P1", {"comparator": "not_applicable"},
     [("direction", "direction must be holds, does_not_hold or mixed where comparator is not_applicable: there is no effect")]),
    ("findings", "F3", {"proposition_id": "P3"},
     ["propositions P3.proposition_id: " + WITH_FINDINGS, "propositions P4.proposition_id: " + WITH_FINDINGS]),
    ("findings", "F1", {"ci_low": "-0.4"}, [("estimate", ORDER)]),
    ("findings", "F1", {"ci_high": "-0.6"}, [("estimate", ORDER)]),
    ("findings", "F1", {"ci_high": ""}, [("ci_low", TOGETHER)]),
    ("findings", "F1", {"ci_low": ""}, [("ci_low", TOGETHER)]),
    ("findings", "F1", {"estimate": "", "favours_when": "not_applicable"}, [("ci_low", TOGETHER), ("estimate", GIVEN)]),
    ("findings", "F1", {"estimate": "", "favours_when": "not_applicable", "ci_low": "3", "ci_high": "2"},
     [("estimate", ORDER), ("ci_low", TOGETHER), ("estimate", GIVEN)]),
    ("findings", "F2", {"estimate": "1"}, [("estimate", GIVEN)]),
    ("findings", "F2", {"favours_when": "lower"}, [("favours_when", "favours_when must be not_applicable where there is no estimate")]),
    ("findings", "F3", {"estimate": "0"}, [("estimate", "a ratio must be above 0")]),
    ("findings", "F4", {"estimate": "-1", "ci_low": "", "ci_high": ""}, [("estimate", "a ratio must be above 0")]),
    ("findings", "F3", {"note": ""}, [("finding_id", "a derived number must give its inputs in note")]),
    ("searches", "P3-s2", {"search_id": "P4-s2"}, [("search_id", "search_id must begin with its proposition_id")]),
    ("searches", "P3-s2", {"search_id": "P3s2"}, [("search_id", "search_id must begin with its proposition_id")]),
    ("searches", "P3-s2", {"proposition_id": "P1", "search_id": "P1-s2"},
     ["propositions P3.proposition_id: a proposition without certainty must have at least 2 rows in searches"]),
    ("searches", "P3-s1", {"n_relevant": "6"}, [("n_relevant", "n_relevant must not be above n_results")]),
    ("studies", "new-2020", {"retraction_checked_on": "2026-01-01"}, [("retraction_checked_on", RETRACTED)]),
    ("studies", "old-1990", {"retraction_checked_on": ""}, [("retraction_checked_on", RETRACTED)]),
    ("withdrawn", "a-009", {"claim_id": "a-003"}, [("claim_id", "claim_id must be no claim's: an id is never used again")]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "key", "cells", "refused"), REFUSED)
def test_what_breaks_a_rule_is_refused_in_its_place_and_nothing_else(small, name, key, cells, refused):
    line = list(SOUND[name]).index(key) + 2
    small.change(name, key, **cells)
    wanted = []
    for one in refused:
        if isinstance(one, str):
            table, key, column, rule = re.fullmatch(r"(\w+) ([\w-]+)\.(\w+): (.*)", one).groups()
            wanted.append((f"{table}.csv", rule, [(list(SOUND[table]).index(key) + 2, key)]))
        else:
            column, rule = one
            here = small.tables[name].iloc[line - 2]
            wanted.append((f"{name}.csv", rule, [(line, here[column])]))
    found = [(file, rule, [place]) for file, rule, places in small.find() for place in places]
    assert sorted(found) == sorted(wanted)


LET_IN = [
    ("claims", "a-001", {"quote": TWELVE}),
    ("claims", "a-006", {"kind": "safety", "checkability": "checkable", "note": "Seen. Not assessed: rare."}),
    ("claims", "a-006", {"start": "28", "end": "31"}),
    ("claims", "a-002", {"proposition_id": "P5", "asserted_direction": "harm"}),  # found both ways, so of either kind
    ("claims", "a-002", {"proposition_id": "P5", "asserted_direction": "holds"}),
    ("claims", "a-001", {"asserted_direction": "no_difference"}),
    ("claims", "a-002", {"asserted_direction": "does_not_hold"}),
    ("claims", "a-002", {"proposition_id": "P3", "asserted_direction": "harm"}),
    ("citations", "C2", {"claim_id": "gone-001"}),  # a key that is nowhere is said by the keys' check alone
    ("segments", "b-s2", {"start": "6"}),
    ("propositions", "P1", {"certainty_reason": "RISK OF BIAS AND PUBLICATION BIAS were read by all available people."}),
    ("propositions", "P3", {"direction": ""}),
    ("propositions", "P4", {"imprecision": "serious"}),
    ("findings", "F1", {"ci_low": "-0.5", "ci_high": "-0.5"}),
    ("findings", "F1", {"ci_low": "", "ci_high": ""}),
    ("findings", "F1", {"estimate": "0", "ci_high": "0"}),  # a difference may be none
    ("findings", "F3", {"estimate": "0.001"}),
    ("findings", "F2", {"origin": "derived", "note": "x"}),
    ("searches", "P3-s2", {"n_relevant": ""}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "key", "cells"), LET_IN)
def test_what_keeps_the_rules_is_let_in(small, name, key, cells):
    small.change(name, key, **cells)
    if cells.get("claim_id") == "gone-001":
        small.change("citations", "C3", claim_id="a-005")
    assert small.find() == []


def test_rules_whose_tables_could_not_be_read_are_left_out(small):
    small.change("studies", "old-1990", retraction_checked_on="")
    small.change("claims", "a-001", match="")
    for name in ("propositions", "sources", "claim_ratings"):
        del small.tables[name]
    assert [rule for _, rule, _ in small.find()] == [ONLY.format("match", "proposition_id"), RETRACTED]


def test_a_rule_is_checked_as_soon_as_the_tables_it_speaks_of_are_there(small):
    small.change("studies", "old-1990", retraction_checked_on="")
    small.change("claims", "a-001", strength="emphatic")
    for kept, wanted in ({"studies"}, [RETRACTED]), ({"claims", "claim_ratings"}, [OF_CELL.format("strength")]):
        tables = {name: small.tables[name] for name in kept}
        assert [problem.rule for problem in check_rows(tables, small.vocabulary, small.files)] == wanted


@pytest.mark.parametrize(
    ("touched", "wanted"),
    [
        ({"studies"}, ["retraction"]),
        ({"propositions"}, ["strength", "proposition_id"]),
        ({"claim_ratings"}, ["strength", "proposition_id"]),
        ({"markers"}, []),
        ({"studies", "markers"}, ["retraction"]),
        (None, ["retraction", "strength", "proposition_id"]),
    ],
)
def test_only_the_rules_of_touched_tables_are_checked(small, touched, wanted):
    small.change("studies", "old-1990", retraction_checked_on="")
    small.change("claims", "a-001", strength="emphatic")
    small.change("claim_ratings", "a-003 cyd independent", proposition_id="P9")
    found = check_rows(small.tables, small.vocabulary, small.files, touched=touched)
    rules = {"retraction": RETRACTED, "strength": OF_CELL.format("strength")}
    rules["proposition_id"] = "proposition_id must be one of those in propositions.csv, or not_applicable"
    assert [problem.rule for problem in found] == [rules[name] for name in wanted]


def test_a_word_that_the_rule_cannot_rank_is_refused_with_the_schema(vocabulary):
    assert check_scales(vocabulary, "x") == []
    assert check_scales(replace(vocabulary, tables={}), "x") == []
    claims = vocabulary.tables["claims"]
    odd = [replace(column, words=(*column.words, Word("certain", "", ""), Word("sure", "", "")))
           if column.name == "strength" else column for column in claims.columns if column.name != "match"]  # fmt: skip
    (problem,) = check_scales(
        replace(vocabulary, tables={"claims": replace(claims, columns=tuple(odd))}), "schema.json"
    )
    assert str(problem) == (
        "schema.json: strength of claims must have words that the rule ranks (uncertain, tentative, qualified, plain, "
        "emphatic); another one is a change of the rule, in evidence.rules and docs/rule.md.\n"
        "  the file: 'certain'\n  the file: 'sure'"
    )


def test_a_segment_that_nobody_has_coded_waits_for_its_raters(vocabulary):
    segments = pd.DataFrame({"segment_id": ["a", "b"], "role": ["not_coded", "heading"]})
    assert may_be_judged(segments, "role").tolist() == [False, True]
    claims = pd.DataFrame({"proposition_id": ["P1", ""]})
    assert may_be_judged(claims, "match").tolist() == [True, False]
    assert may_be_judged(claims, "strength").tolist() == [True, True]


def test_a_proposition_without_certainty_and_without_any_search_is_refused(small):
    small.drop("searches", "P3-s1")
    small.drop("searches", "P3-s2")
    rule = "a proposition without certainty must have at least 2 rows in searches"
    assert small.find() == [("propositions.csv", rule, [(4, "P3")])]


def test_the_order_of_segments_is_that_of_each_article(small):
    small.tables["segments"] = small.tables["segments"].iloc[[4, 5, 0, 1, 2, 3]].reset_index(drop=True)
    assert small.find() == []


# Ratings

OF_CELL = (
    "{0} must be what raters gave it in claim_ratings.csv, the final value where there is one; give it that with: "
    "evidence settle --finish --row KEY; record another with: evidence settle --row KEY --variable {0} --value WORD "
    "--rater ID --reason TEXT"
)
RATED = [  # changes of tables; file, rule, place
    ([("claims", "a-001", {"strength": "emphatic"})], ("claims", OF_CELL.format("strength"), [(2, "emphatic")])),
    ([("claims", "a-001", {"match": "indirect"})], ("claims", OF_CELL.format("match"), [(2, "indirect")])),
    ([("claim_ratings", "a-001 cyd final", {"note": ""})],
     ("claim_ratings", "note must give the reason of a final rating", [(4, "")])),
    ([("claim_ratings", "a-003 cyd independent", {"match": ""})],
     ("claim_ratings", "a rating must judge something", [(7, "a-003")])),
    ([("claim_ratings", "a-003 cyd independent", {"proposition_id": "P9"})],
     ("claim_ratings", "proposition_id must be one of those in propositions.csv, or not_applicable", [(7, "P9")])),
    ([("claim_ratings", "a-001 bea independent", {"match": "direct"})],
     ("claim_ratings", "a final match must stand only where raters differed or it was changed", [(4, "direct")])),
    ([("claim_ratings", "a-001 bea independent", {"round": "final", "note": "x", "match": "direct", "strength": ""})],
     ("claim_ratings", "a row must have one final match", [(3, "direct"), (4, "direct")])),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "wanted"), RATED)
def test_ratings_that_break_a_rule_are_refused_in_their_place(small, changes, wanted):
    for name, key, cells in changes:
        small.change(name, key, **cells)
    file, rule, places = wanted
    assert (f"{file}.csv", rule, places) in small.find()


def test_a_claim_mapped_by_both_its_raters_to_none_is_mapped_to_none(small):
    small.change("claims", "a-003", proposition_id="P1", match="direct", match_reason="x", asserted_direction="benefit")
    assert small.find() == [("claims.csv", OF_CELL.format("proposition_id"), [(4, "P1")])]


def test_what_one_rater_gave_or_several_differently_is_an_open_disagreement_and_no_fault(small):
    small.change("claims", "a-003", strength="emphatic")
    small.change("claims", "a-001", proposition_id="P4", asserted_direction="harm")
    assert small.find() == []


def test_a_final_value_stands_where_one_rater_gave_another(small):
    small.change("claim_ratings", "a-001 bea independent", match="direct")
    small.change("claim_ratings", "a-001 ann independent", match="direct")
    small.change("claim_ratings", "a-001 cyd final", match="very_indirect", note="match: why")
    assert small.find() == [("claims.csv", OF_CELL.format("match"), [(2, "direct")])]


@pytest.mark.parametrize(
    ("given", "final", "due"),
    [
        ({}, "", ""),
        ({"ann": "x"}, "", ""),
        ({"ann": "x", "bea": "x", "cyd": "x"}, "", "x"),
        ({"ann": "x", "bea": "y", "cyd": "x"}, "", ""),
        ({"ann": "x", "bea": "x"}, "z", "z"),
    ],
)
def test_what_is_due_is_the_final_value_or_what_two_or_more_all_gave(given, final, due):
    assert find_due(given, final) == due


# Texts

OTHER = {
    "sources": [
        ("a", "text_sha256", "0" * 64, "text_sha256 must be that of the article's text"),
        ("a", "n_characters", "34", "n_characters must be that of the article's text"),
        ("b", "n_words", "4", "n_words must be that of the article's text"),
    ],
    "segments": [("b-s2", "sha256", "0" * 64, "sha256 must be that of the segment's words")],
    "claims": [("a-006", "quote", "One … is", "quote must begin and end as its span does")],
}


def test_texts_that_fit_are_let_in(small):
    assert check_texts(TEXTS, small.tables, small.files) == []
    assert check_texts({}, small.tables, small.files) == []


@pytest.mark.parametrize(("name", "case"), [(name, case) for name, cases in OTHER.items() for case in cases])
def test_what_is_not_that_of_the_text_is_refused(small, name, case):
    key, column, value, rule = case
    small.change(name, key, **{column: value})
    wanted = [(f"{name}.csv", rule, [(list(SOUND[name]).index(key) + 2, value)])]
    assert [read(problem) for problem in check_texts(TEXTS, small.tables, small.files)] == wanted
    source = "b" if key.startswith("b") else "a"
    assert check_texts({one: text for one, text in TEXTS.items() if one != source}, small.tables, small.files) == []


@pytest.mark.parametrize(
    ("key", "line", "said"),
    [
        ("a-s1", 2, "a 0 to 10: 10 characters"),
        ("a-s2", 3, "a 10 to 16: 3 characters"),
        ("a-s4", 4, "a 28 to 31: 3 characters"),
        ("b-s1", 6, "b 0 to 5: 4 characters"),
    ],
)
def test_words_in_no_segment_are_placed_at_the_segment_behind_them(small, key, line, said):
    small.drop("segments", key)
    rule = "every character that is not blank must lie in a segment"
    found = [read(problem) for problem in check_texts(TEXTS, small.tables, small.files)]
    assert found == [("segments.csv", rule, [(line, said)])]


def test_an_article_without_segments_has_no_line_to_name(small):
    small.drop("segments", "b-s1")
    small.drop("segments", "b-s2")
    (problem,) = check_texts(TEXTS, small.tables, small.files)
    assert [(place.line, place.value) for place in problem.places] == [(None, "b 0 to 20: 20 characters")]


def test_a_segment_inside_another_leaves_no_gap(small):
    small.change("segments", "a-s2", start="2", end="5", sha256=hash_text(TEXTS["a"][2:5]))
    found = [read(problem) for problem in check_texts(TEXTS, small.tables, small.files)]
    assert [places for _, _, places in found] == [[(4, "a 10 to 16: 3 characters")]]


def find_hits(hits):
    columns = ["hit_id", "source_id", "start", "end", "marker"]
    hits = pd.DataFrame(hits, columns=columns, dtype=str)
    markers = pd.DataFrame({"marker": ["says", "top"], "kind": "hedge", "strength": "plain", "origin": "x"})
    return [read(problem) for problem in check_hits(TEXTS, hits, markers, "hits.csv")]


def test_hits_are_those_of_the_texts():
    sound = [("a-h1", "a", "11", "14", "top"), ("a-h2", "a", "20", "24", "says")]
    assert find_hits(sound) == []
    assert find_hits([*sound, ("c-h1", "c", "1", "2", "top")]) == []  # of an article whose text is not at hand
    rule = "a hit must be where its marker stands in the article"
    assert find_hits([*sound, ("b-h1", "b", "5", "8", "top")]) == [("hits.csv", rule, [(4, "top")])]
    missing = "every marker in the articles must have its row; {} missing: {}; run 'evidence tag'"
    assert find_hits(sound[1:]) == [("hits.csv", missing.format(1, "'top' in a at 11"), [])]
    assert find_hits([]) == [("hits.csv", missing.format(2, "'top' in a at 11, 'says' in a at 20"), [])]


def test_of_many_lost_hits_three_are_named():
    markers = pd.DataFrame({"marker": ["top"], "kind": "hedge", "strength": "plain", "origin": "x"})
    hits = pd.DataFrame(columns=["hit_id", "source_id", "start", "end", "marker"], dtype=str)
    (problem,) = check_hits({"a": "top " * 5}, hits, markers, "hits.csv")
    assert "5 missing: 'top' in a at 0, 'top' in a at 4, 'top' in a at 8; run" in problem.rule


def test_files_of_texts_are_there_inside_their_folder_and_not_empty(small, tmp_path):
    folder = tmp_path / "texts"
    folder.mkdir()
    (tmp_path / "out.txt").write_text("x", encoding="utf-8")

    def find(**files):
        for source, name in files.items():
            small.change("sources", source, file=name)
        return [read(problem) for problem in check_files(folder, small.tables["sources"], "sources.csv")]

    for name in ("a.txt", "b.txt"):
        (folder / name).write_text("x", encoding="utf-8")
    assert find() == []
    (folder / "empty.txt").touch()
    assert find(a="empty.txt") == [("sources.csv", "file must not be empty", [(2, "empty.txt")])]
    (folder / "latin.txt").write_bytes(b"caf\xe9")
    assert find(a="latin.txt") == [("sources.csv", "file must be text in UTF-8; save it so", [(2, "latin.txt")])]
    outside = "file must lie inside the folder of texts"
    assert find(a="a.txt", b="../out.txt") == [("sources.csv", outside, [(3, "../out.txt")])]
    assert find(b="../nowhere.txt") == [("sources.csv", outside, [(3, "../nowhere.txt")])]
    assert find(b="none.txt") == [("sources.csv", f"file must be in {folder}", [(3, "none.txt")])]


@pytest.mark.parametrize("half", [("", "9"), ("0", ""), ("", "")])
def test_a_span_that_lacks_an_edge_covers_nothing_and_uncovers_nothing_of_other_articles(half):
    segments = pd.DataFrame([span("a", 0, 9), span("b", 0, 4), span("b", 5, 9)])
    claims = pd.DataFrame([span("a", *half), span("b", 0, 4)])
    covered = find_covered(segments, segments["start"].astype(float), claims)
    assert covered.tolist() == [False, True, False]
