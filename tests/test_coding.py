"""Entering an article: claims, sentences that are none, propositions with what stands for them; all or nothing."""

import pytest
from reviews import ARTICLE, WORDING, begin_review

import evidence
from evidence.checks import TableError
from evidence.coding import enter_claim, enter_rows, mark_segments, withdraw_claim
from evidence.ratings import UNMAPPED, list_disagreements, load_ratings, save_ratings, settle
from evidence.rules import DOMAINS, NO_ITEM
from evidence.tables import check_data, load, load_vocabulary, read_cells
from evidence.texts import find_copied

LINES = ARTICLE.splitlines()
CLAIM = {**WORDING, "kind": "effectiveness", "strength": "tentative", "claim": "Eating garlic makes a cold end sooner."}
CITATION = {"cited_as": "one trial", "identity": "not_identifiable", "accuracy": "not_checkable", "reason": "No name."}
PICO = {
    "statement": "Garlic shortens colds.", "population": "adults with a cold", "intervention": "garlic",
    "comparator": "no garlic", "outcome": "days until well", "timepoint": "end of the cold",
    "searched_on": "2026-03-01", "certainty_reason": "Nothing was found in two searches.",
}  # fmt: skip
SEARCH = {"query": "garlic cold trial", "searched_in": "PubMed", "searched_on": "2026-03-01",
          "n_results": "3", "n_relevant": "0"}  # fmt: skip
STUDY = {
    "study_id": "roe-2001", "title": "Garlic and colds", "design": "randomised_trial", "access": "abstract_only",
    "risk_of_bias": "no_information", "retraction_status": "not_checked",
}  # fmt: skip
FINDING = {
    "study_id": "roe-2001", "relation": "supports", "comparator": "placebo", "outcome_measure": "days ill",
    "timepoint": "12 weeks", "effect_measure": "MD", "favours_when": "lower", "estimate": "-3.5", "ci_low": "-4.1",
    "ci_high": "-2.9", "origin": "reported", "locator": "https://example.org/roe abstract",
}  # fmt: skip
FOUND = {
    "direction": "benefit", "certainty": "moderate", **dict.fromkeys(DOMAINS, "no_concern"), "imprecision": "serious",
    "certainty_reason": "Imprecision: one small trial.", "certainty_origin": "project_rated",
}  # fmt: skip


def segment(line):
    return f"garlic-s{line:03d}"


MAPPED = {"proposition_id": "P01", "match": "direct", "asserted_direction": "benefit"}


class Coder:
    """A rater, ann where no other is named, at a fresh article."""

    def __init__(self, folder, rater="ann"):
        self.folder, self.data, self.texts, self.rater = folder, folder / "data", folder / "texts", rater

    def enter(self, *lines, citation=None, claim_id="", **cells):
        given = cells if claim_id else {**CLAIM, **cells}
        return enter_claim(given, rater_id=self.rater, segments=[*map(segment, lines)], claim_id=claim_id,
                           citation=citation, folder=self.data)  # fmt: skip

    def mark(self, *lines, role="heading", **options):
        mark_segments([*map(segment, lines)], role, rater_id=self.rater, folder=self.data, **options)

    def rows(self, **rows):
        return enter_rows(rows, rater_id=self.rater, folder=self.data)

    def rate(self, key, **values):
        return save_ratings(values, row_id=key, rater_id=self.rater, folder=self.data)

    def row(self, table, key, **wanted):
        schema = load_vocabulary(self.data).tables[table]
        cells = read_cells(self.data / schema.path, schema)
        for name, value in wanted.items():
            cells = cells[cells[name] == value]
        return next(iter(cells[cells[schema.key] == key].to_dict("records")), {})

    def bytes(self):
        return {path.name: path.read_bytes() for path in self.data.iterdir() if path.suffix == ".csv"}

    def is_sound(self):
        return check_data(self.data, texts=self.texts) == []


@pytest.fixture
def ann(tmp_path):
    return Coder(begin_review(tmp_path / "garlic"))


@pytest.fixture
def bea(ann):
    return Coder(ann.folder, "bea")


@pytest.fixture
def mapped(ann, bea):
    """Enter a claim, and a proposition to which bea maps it; return the claim's id."""
    ann.rows(propositions=[PICO], searches=[SEARCH, SEARCH])
    bea.enter(5, note="A hedge.")
    return bea.enter(claim_id="garlic-001", **MAPPED, match_reason="The same outcome.")


# Claims


def test_a_claim_gets_its_id_its_span_its_quote_its_role_and_the_coders_own_ratings(ann):
    assert ann.enter(5) == "garlic-001"
    row = ann.row("claims", "garlic-001")
    words = LINES[4]
    start = ARTICLE.index(words)
    assert (row["source_id"], row["start"], row["end"]) == ("garlic", str(start), str(start + len(words)))
    assert (row["quote"], row["claim"], row["note"]) == (words, CLAIM["claim"], UNMAPPED)
    assert ann.row("segments", segment(5))["role"] == "claim"
    rated = ann.row("claim_ratings", "garlic-001", rater_id="ann")
    assert {name: rated[name] for name in WORDING} == {name: row[name] for name in WORDING}
    assert rated["round"] == "independent"
    assert ann.row("segment_ratings", segment(5), rater_id="ann")["role"] == "claim"
    assert ann.is_sound()
    assert list_disagreements(ann.data).empty


def test_a_claim_of_several_sentences_is_quoted_by_the_first_and_last_words(ann):
    ann.enter(12, 14, 13)
    row = ann.row("claims", "garlic-001")
    assert ARTICLE[int(row["start"]) : int(row["end"])] == "\n".join(LINES[11:14])
    assert row["quote"] == "Crushed cloves set allicin free. … the body is less clear."
    assert {ann.row("segments", segment(line))["role"] for line in (12, 13, 14)} == {"claim"}
    assert ann.is_sound()


def test_a_quote_may_be_trimmed_and_must_begin_and_end_as_the_sentences_do(ann):
    ann.enter(24, quote="It can make … blood thinners.")
    assert ann.row("claims", "garlic-001")["quote"] == "It can make … blood thinners."
    before = ann.bytes()
    for quote in ("make bleeding worse", "It may make", LINES[23] + " x"):
        with pytest.raises(TableError, match="quote must begin and end as the sentences do"):
            ann.enter(24, quote=quote)
    assert ann.bytes() == before


@pytest.mark.parametrize("lines", [(), (5, 7), (5, 99)])
def test_sentences_of_a_claim_follow_one_another(ann, lines):
    before = ann.bytes()
    with pytest.raises(TableError, match="must be of one article and follow one another"):
        ann.enter(*lines)
    assert ann.bytes() == before


def test_numbers_of_claims_are_never_used_again(ann):
    assert [ann.enter(5), ann.enter(6), ann.enter(6)] == ["garlic-001", "garlic-002", "garlic-003"]
    withdraw_claim("garlic-003", reason="Said twice.", folder=ann.data)
    assert ann.enter(7) == "garlic-004"


def test_a_claim_in_the_articles_words_is_refused(ann):
    words = "cloves set allicin free. Allicin kills germs in a dish. What happens in"
    assert find_copied(words, ARTICLE)
    before = ann.bytes()
    with pytest.raises(TableError, match="claim must be in your own words"):
        ann.enter(12, claim=words)
    assert ann.bytes() == before


@pytest.mark.parametrize(
    ("cells", "rule"),
    [
        ({"kind": "miracle"}, "kind must be one of"),
        ({"kind": ""}, "kind must not be empty"),
        ({"claim": " "}, "claim must not be empty"),
        ({"start": "3"}, "a column that is entered must be one of"),
        ({"citation": {"colour": "red"}}, "a column that is entered must be one of cited_as"),
        ({"kind": "citation"}, "a claim of kind citation must have a row in citations"),
        ({"proposition_id": "P01", "match": "direct"}, "proposition_id must be one of those in .*propositions"),
        ({"proposition_id": NO_ITEM}, "match_reason must say why"),
    ],
)
def test_what_a_rule_forbids_is_said_and_nothing_is_written(ann, cells, rule):
    before = ann.bytes()
    with pytest.raises(TableError, match=rule):
        ann.enter(5, **cells)
    assert ann.bytes() == before


def test_a_text_that_is_away_or_another_is_said(ann):
    path = ann.texts / "garlic.txt"
    path.write_text("Another text.")
    with pytest.raises(TableError, match="is not the one that was coded; 'evidence texts' brings it"):
        ann.enter(5)
    path.unlink()
    with pytest.raises(TableError, match="is not at hand"):
        ann.enter(5)


def test_a_claim_that_cites_has_its_row_in_citations(ann):
    assert ann.enter(9, kind="citation", backing="named_study", citation=CITATION) == "garlic-001"
    row = ann.row("citations", "C001")
    assert (row["claim_id"], row["cited_as"]) == ("garlic-001", "one trial")
    assert ann.row("citation_ratings", "C001", rater_id="ann")["identity"] == "not_identifiable"
    ann.enter(claim_id="garlic-001", citation={"reason": "No name\nand no year."})
    assert ann.row("citations", "C001")["reason"] == "No name and no year."
    assert ann.is_sound()


def test_raters_who_agree_that_a_claim_is_no_citation_are_told_where_to_change_it(ann, bea):
    ann.enter(9, kind="citation", backing="named_study", citation=CITATION)
    cyd = Coder(ann.folder, "cyd")
    for coder in (bea, cyd):
        coder.rate("garlic-001", kind="effectiveness")
    with pytest.raises(TableError, match="change its kind in the panel"):
        ann.rate("garlic-001", kind="effectiveness")
    ann.enter(claim_id="garlic-001", kind="effectiveness")
    assert ann.row("claims", "garlic-001")["kind"] == "effectiveness"
    assert list_disagreements(ann.data).empty
    assert ann.is_sound()


def test_a_claim_that_is_no_citation_any_more_has_no_row_there(ann):
    ann.enter(9, kind="citation", backing="named_study", citation=CITATION)
    ann.enter(claim_id="garlic-001", kind="effectiveness")
    assert ann.row("claims", "garlic-001")["kind"] == "effectiveness"
    assert ann.row("citations", "C001") == {}
    assert ann.row("citation_ratings", "C001") == {}
    assert ann.is_sound()


# Changes


def test_a_code_that_she_gave_cannot_be_emptied(ann, bea):
    ann.enter(5)
    before = ann.bytes()
    with pytest.raises(
        TableError, match=r"stance of garlic-001, which ann has rated, must not be emptied.*\n.*promotes"
    ):
        ann.enter(claim_id="garlic-001", stance="")
    assert ann.bytes() == before
    bea.enter(claim_id="garlic-001", stance="", note="Not yet.")
    assert ann.row("claims", "garlic-001")["stance"] == "promotes"


def test_a_sentence_without_a_place_elsewhere_hinders_nobody(ann):
    path = ann.data / "segments.csv"
    *rows, last = path.read_text(encoding="utf-8").splitlines()
    cells = last.split(",")
    path.write_text("\n".join([*rows, ",".join([*cells[:2], "", *cells[3:]]), ""]), encoding="utf-8")
    assert check_data(ann.data)
    assert ann.enter(5) == "garlic-001"


def test_a_claim_gets_other_words_codes_and_sentences(ann):
    ann.enter(5, 6)
    ann.enter(5, claim_id="garlic-001", claim="Garlic shortens colds.", strength="qualified")
    row = ann.row("claims", "garlic-001")
    assert (row["claim"], row["strength"], row["kind"]) == ("Garlic shortens colds.", "qualified", "effectiveness")
    assert row["quote"] == LINES[4]
    assert ann.row("segments", segment(6))["role"] == "not_coded"
    assert ann.row("claim_ratings", "garlic-001", rater_id="ann")["strength"] == "qualified"
    ann.enter(claim_id="garlic-001", note="Hard.", quote="Garlic … shorter")
    assert ann.row("claims", "garlic-001")["quote"] == "Garlic … shorter"
    ann.enter(claim_id="garlic-001", quote=" ")
    assert ann.row("claims", "garlic-001")["quote"] == LINES[4]
    assert ann.is_sound()


def test_who_changes_a_claim_and_leaves_its_sentences_says_nothing_of_their_role(ann):
    ann.enter(5)
    dora = Coder(ann.folder, "dora")
    settle({"role": "claim"}, row_id=segment(5), rater_id="chair", reason="It is one.", folder=ann.data)
    for rater in (dora, Coder(ann.folder, "chair")):
        rater.enter(5, claim_id="garlic-001", claim=f"Garlic helps, {rater.rater} says.")
        assert ann.row("segment_ratings", segment(5), rater_id=rater.rater, round="independent") == {}
    assert ann.row("claims", "garlic-001")["claim"] == "Garlic helps, chair says."
    assert ann.is_sound()


def test_a_sentence_that_a_claim_leaves_is_no_longer_rated_as_one_by_who_moved_it(ann, bea):
    ann.enter(5, 6)
    bea.rate(segment(6), role="claim")
    ann.enter(5, claim_id="garlic-001")
    assert ann.row("segments", segment(6))["role"] == "not_coded"
    assert ann.row("segment_ratings", segment(6), rater_id="ann") == {}
    assert ann.row("segment_ratings", segment(6), rater_id="bea")["role"] == "claim"
    assert ann.row("segment_ratings", segment(5), rater_id="ann")["role"] == "claim"
    assert ann.is_sound()


def test_a_code_that_others_have_rated_changes_as_ratings_do(ann):
    ann.enter(5)
    save_ratings({"strength": "plain"}, row_id="garlic-001", rater_id="bea", folder=ann.data)
    ann.enter(claim_id="garlic-001", strength="emphatic")
    assert ann.row("claims", "garlic-001")["strength"] == "tentative"
    assert ann.row("claim_ratings", "garlic-001", rater_id="ann")["strength"] == "emphatic"
    ann.enter(claim_id="garlic-001", strength="plain")
    assert ann.row("claims", "garlic-001")["strength"] == "plain"
    save_ratings({"backing": "authority"}, row_id="garlic-001", rater_id="bea", folder=ann.data)
    settle({"backing": "authority"}, row_id="garlic-001", rater_id="chair", reason="It says so.", folder=ann.data)
    ann.enter(claim_id="garlic-001", backing="tradition")
    assert ann.row("claims", "garlic-001")["backing"] == "authority"
    assert ann.is_sound()


def test_a_change_that_another_window_has_overtaken_is_refused(ann):
    ann.enter(5)
    seen = ann.row("claims", "garlic-001")
    ann.enter(claim_id="garlic-001", claim="Garlic helps.")
    with pytest.raises(TableError, match="claim of garlic-001 was changed in another window since"):
        enter_claim({"claim": "Garlic cures."}, rater_id="bea", claim_id="garlic-001", seen=seen, folder=ann.data)
    assert ann.row("claims", "garlic-001")["claim"] == "Garlic helps."


def test_a_claim_is_mapped_when_its_wording_stands(ann):
    ann.rows(propositions=[PICO], searches=[SEARCH, SEARCH])
    ann.enter(5, note="A hedge.")
    mapping = {"proposition_id": "P01", "match": "direct", "asserted_direction": "benefit"}
    with pytest.raises(TableError, match="match_reason must stand where proposition_id does"):
        ann.enter(claim_id="garlic-001", **mapping)
    ann.enter(claim_id="garlic-001", **mapping, match_reason="The same outcome.")
    row = ann.row("claims", "garlic-001")
    assert {name: row[name] for name in mapping} == mapping
    assert (row["note"], row["match_reason"]) == ("A hedge.", "The same outcome.")
    ann.enter(claim_id="garlic-001", proposition_id=NO_ITEM, match_reason="It is about taste.")
    row = ann.row("claims", "garlic-001")
    assert (row["proposition_id"], row["match_reason"]) == ("", "")
    assert row["note"] == "A hedge.; Not assessed: It is about taste."
    assert ann.row("claim_ratings", "garlic-001", rater_id="ann")["proposition_id"] == NO_ITEM
    assert ann.is_sound()


def test_a_second_who_maps_a_claim_takes_no_reason_away(ann, mapped):
    ann.enter(claim_id=mapped, **MAPPED, match_reason="No element differs.")
    assert ann.row("claims", mapped)["match_reason"] == "The same outcome."
    assert ann.row("claim_ratings", mapped, rater_id="ann")["note"] == "No element differs."
    ann.enter(claim_id=mapped, match="indirect", match_reason="Another age.")
    row = ann.row("claims", mapped)
    assert (row["match"], row["match_reason"]) == ("direct", "The same outcome.")
    assert ann.row("claim_ratings", mapped, rater_id="ann")["note"] == "No element differs.; Another age."
    assert ann.is_sound()


def test_a_reason_that_is_part_of_another_is_kept_as_hers(ann, mapped):
    ann.enter(claim_id=mapped, **MAPPED, match_reason="The same")  # of "The same outcome."
    assert ann.row("claim_ratings", mapped, rater_id="ann")["note"] == "The same"


def test_who_alone_has_mapped_a_claim_words_the_reason_anew(bea, mapped):
    bea.enter(claim_id=mapped, match_reason="The very same outcome.")
    assert bea.row("claims", mapped)["match_reason"] == "The very same outcome."
    assert bea.row("claim_ratings", mapped, rater_id="bea")["note"] == ""
    assert bea.is_sound()


def test_none_fits_is_said_in_the_claims_note_only_where_the_claim_is_mapped_to_none(ann, mapped):
    ann.enter(claim_id=mapped, proposition_id=NO_ITEM, match_reason="It is about taste.")
    row = ann.row("claims", mapped)
    assert {name: row[name] for name in MAPPED} == MAPPED
    assert (row["note"], row["match_reason"]) == ("A hedge.", "The same outcome.")
    rated = ann.row("claim_ratings", mapped, rater_id="ann")
    assert (rated["proposition_id"], rated["note"]) == (NO_ITEM, "It is about taste.")
    assert ann.is_sound()


def test_one_who_maps_does_not_undo_that_another_found_none_to_fit(ann, bea, mapped):
    bea.enter(claim_id=mapped, proposition_id=NO_ITEM, match_reason="It is about taste.")
    ann.enter(claim_id=mapped, **MAPPED, match_reason="The same outcome.")
    row = ann.row("claims", mapped)
    assert (row["proposition_id"], row["match"]) == ("", "")
    assert row["note"] == "A hedge.; Not assessed: It is about taste."
    assert ann.row("claim_ratings", mapped, rater_id="ann")["match"] == "direct"
    assert ann.is_sound()


def test_a_new_claim_that_none_fits_says_why_in_its_note(ann):
    ann.enter(5, proposition_id=NO_ITEM, match="direct", match_reason="It is about taste.")
    row = ann.row("claims", "garlic-001")
    assert (row["note"], row["match"]) == ("Not assessed: It is about taste.", "")
    assert ann.is_sound()


def test_two_who_map_blind_take_the_note_away_that_it_waits(ann):
    ann.rows(propositions=[PICO], searches=[SEARCH, SEARCH])
    ann.enter(5)
    for rater in ("bea", "cora"):
        save_ratings({"proposition_id": "P01", "match": "direct", "asserted_direction": "benefit"},
                     row_id="garlic-001", rater_id=rater, folder=ann.data)  # fmt: skip
    assert ann.row("claims", "garlic-001")["note"] == ""
    assert ann.row("claims", "garlic-001")["proposition_id"] == "P01"


def test_withdrawing_takes_along_what_hangs_on_the_claim_and_says_so(ann):
    ann.enter(9, kind="citation", citation=CITATION)
    ann.enter(10)
    withdraw_claim("garlic-002", reason="The same.", merged_into="garlic-001", folder=ann.data)
    save_ratings({"kind": "pitch"}, row_id="garlic-001", rater_id="bea", folder=ann.data)
    before = ann.bytes()
    gone = withdraw_claim("garlic-001", reason="", dry=True, folder=ann.data)
    assert ann.bytes() == before
    said = "2 rows of claim ratings, 1 row of citations, 1 row of citation ratings and 1 row of segment ratings"
    assert f"with it {said}; to be coded again: {segment(9)}." in str(gone)
    with pytest.raises(TableError, match="withdrawn with its reason"):
        withdraw_claim("garlic-001", reason=" ", folder=ann.data)
    assert withdraw_claim("garlic-001", reason="No\nclaim.", folder=ann.data) == gone
    row = ann.row("withdrawn", "garlic-001")
    assert (row["claim"], row["reason"]) == (CLAIM["claim"], "No claim.")
    assert "ann (independent): kind=citation, voice=author" in row["ratings"]
    assert "bea (independent): kind=pitch" in row["ratings"]
    assert "C001 by ann (independent): identity=not_identifiable" in row["ratings"]
    assert ann.row("withdrawn", "garlic-002")["merged_into"] == ""
    assert ann.row("claims", "garlic-001") == ann.row("citations", "C001") == {}
    assert (ann.row("segments", segment(9))["role"], ann.row("segment_ratings", segment(9))) == ("not_coded", {})
    assert ann.is_sound()


def test_a_sentence_with_another_claim_stays_one_of_a_claim(ann):
    ann.enter(5)
    ann.enter(5, 6)
    assert withdraw_claim("garlic-002", reason="Too much.", folder=ann.data).freed == (segment(6),)
    assert ann.row("segments", segment(5))["role"] == "claim"
    assert ann.is_sound()


# Sentences without a claim


def test_sentences_without_a_claim_have_a_role_and_a_reason(ann):
    ann.mark(1, 11)
    ann.mark(2, role="byline", reason="Name and\ndate")
    assert ann.row("segments", segment(11))["reason"] == "A heading or title that only names"
    row = ann.row("segments", segment(2))
    assert (row["role"], row["reason"]) == ("byline", "Name and date")
    assert ann.row("segment_ratings", segment(2), rater_id="ann")["role"] == "byline"
    assert ann.is_sound()
    ann.mark(2, role="not_coded")
    row = ann.row("segments", segment(2))
    assert (row["role"], row["reason"], ann.row("segment_ratings", segment(2))) == ("not_coded", "", {})
    assert ann.is_sound()


def test_what_others_rated_or_settled_of_a_sentence_is_not_taken_back(ann):
    for rater in ("bea", "cora"):
        Coder(ann.folder, rater).rate(segment(4), role="question")
    ann.mark(4, role="heading")
    dora = Coder(ann.folder, "dora")
    ann.mark(7, role="heading")
    settle({"role": "other"}, row_id=segment(7), rater_id="dora", reason="An aside.", folder=ann.data)
    before = ann.bytes()
    with pytest.raises(TableError, match="that bea and cora rated or settled must not be taken back"):
        ann.mark(4, role="not_coded")
    for rater in (ann, dora):
        with pytest.raises(TableError, match=r"that (ann and )?dora rated or settled must not be taken back"):
            rater.mark(7, role="not_coded")
    assert ann.bytes() == before


def test_a_sentence_marked_again_keeps_its_reason_unless_another_is_given(ann, bea):
    ann.mark(2, role="byline", reason="Name and date")
    bea.mark(2, role="byline")
    assert ann.row("segments", segment(2))["reason"] == "Name and date"
    ann.mark(2, role="byline", reason="A name")
    assert ann.row("segments", segment(2))["reason"] == "A name"
    ann.mark(3)
    ann.mark(3, role="byline")
    assert ann.row("segments", segment(3))["reason"] == "A name or date of an author or commenter"
    bea.mark(2, role="byline", reason="Who and when")
    assert ann.row("segments", segment(2))["reason"] == "Who and when"
    notes = [ann.row("segment_ratings", segment(2), rater_id=rater)["note"] for rater in ("ann", "bea")]
    assert notes == ["Name and date; A name", "Who and when"]
    assert ann.is_sound()


def test_a_sentence_of_a_claim_is_none_without(ann):
    ann.enter(5)
    before = ann.bytes()
    with pytest.raises(TableError, match="a claim rests on this sentence"):
        ann.mark(4, 5)
    with pytest.raises(TableError, match="must be one of heading"):
        ann.mark(4, role="claim")
    assert ann.bytes() == before


def test_raters_who_agree_on_sentences_that_nobody_has_coded_are_heard(ann):
    for rater in ("bea", "cora"):
        save_ratings({"role": "question"}, row_id=segment(4), rater_id=rater, folder=ann.data)
        save_ratings({"role": "claim"}, row_id=segment(5), rater_id=rater, folder=ann.data)
    row = ann.row("segments", segment(4))
    assert (row["role"], bool(row["reason"])) == ("question", True)
    assert ann.row("segments", segment(5))["role"] == "not_coded"  # until its claim is entered
    assert ann.is_sound()
    ann.enter(5)
    assert ann.is_sound()
    ann.mark(4, role="heading")
    assert ann.row("segments", segment(4))["role"] == "question"
    assert ann.is_sound()


# Propositions and what stands for them


def test_a_proposition_without_evidence_comes_with_its_searches(ann):
    with pytest.raises(TableError, match="must have at least 2 rows in searches"):
        ann.rows(propositions=[PICO], searches=[SEARCH])
    made = ann.rows(propositions=[PICO], searches=[SEARCH, {**SEARCH, "query": "allium"}])
    assert made == {"propositions": ["P01"], "searches": ["P01-s1", "P01-s2"]}
    assert ann.rows(propositions=[PICO], searches=[SEARCH, SEARCH])["propositions"] == ["P02"]
    assert ann.is_sound()


def test_a_proposition_with_a_finding_of_a_study_has_a_certainty_that_its_rater_gave(ann):
    made = ann.rows(studies=[STUDY], propositions=[{**PICO, **FOUND}], findings=[FINDING], searches=[SEARCH])
    assert made["findings"] == ["F001"]
    assert ann.row("findings", "F001")["proposition_id"] == "P01"
    assert ann.row("propositions", "P01")["certainty"] == "moderate"
    rated = ann.row("proposition_ratings", "P01", rater_id="ann")
    assert (rated["certainty"], rated["imprecision"]) == ("moderate", "serious")
    ann.rows(
        findings=[{"finding_id": "F001", "estimate": "-3.4"}], propositions=[{"proposition_id": "P01", "note": "x"}]
    )
    assert ann.row("findings", "F001")["estimate"] == "-3.4"
    assert ann.is_sound()


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        ({"claims": [CLAIM]}, "rows of this table are not entered so"),
        ({"claim_ratings": [{}]}, "rows of this table are not entered so"),
        ({"findings": [{**FINDING, "colour": "red"}]}, "must be one of finding_id"),
        ({"studies": [{"title": "A"}]}, "a new row must have its study_id"),
        ({"searches": [SEARCH]}, "must name what its search_id begins with"),
        ({"findings": [{**FINDING, "estimate": "a lot", "proposition_id": "P01"}]}, "estimate must be a number"),
        (
            {"propositions": [{**PICO, **FOUND, "certainty_reason": "Small."}], "findings": [FINDING]},
            "must name imprecision",
        ),
    ],
)
def test_rows_that_break_a_rule_are_refused_whole(ann, rows, rule):
    ann.rows(studies=[STUDY])
    before = ann.bytes()
    with pytest.raises(TableError, match=rule):
        ann.rows(**rows)
    assert ann.bytes() == before


def test_a_disk_that_refuses_leaves_every_table_as_it_was(ann):
    before = ann.bytes()
    (ann.data / "claims.csv").unlink()
    (ann.data / "claims.csv").mkdir()
    with pytest.raises(TableError):
        ann.enter(5)
    (ann.data / "claims.csv").rmdir()
    (ann.data / "claims.csv").write_bytes(before["claims.csv"])
    assert ann.bytes() == before
    assert load_ratings(folder=ann.data).empty


def test_a_coded_article_is_a_review(ann):
    ann.rows(studies=[STUDY], propositions=[{**PICO, **FOUND}], findings=[FINDING])
    ann.enter(5)
    ann.enter(
        claim_id="garlic-001", proposition_id="P01", match="direct", asserted_direction="benefit", match_reason="Same."
    )
    ann.mark(1, 2, 3, 4)
    assert evidence.judge(load(ann.data))["support"].tolist() == ["supported"]
