"""What a rater is shown and when: blind until saved, evidence only where it may be seen; and what she saves."""

import json
import re

import pytest
from reviews import ARTICLE, WORDING, begin_review

import evidence
from evidence.authoring import create_review
from evidence.panel.screen import describe_screen
from evidence.panel.session import MAPPING, Session, list_views, read_manual
from evidence.ratings import load_ratings, save_ratings
from evidence.rules import DOMAINS, NO_ITEM
from evidence.schema import find_data
from evidence.tables import load_vocabulary

MAPPED = {"proposition_id": "P02", "match": "direct", "asserted_direction": "benefit"}
WEIGHED = {"direction": "benefit", "certainty": "high", **dict.fromkeys(DOMAINS, "no_concern")}


class Desk:
    """A session, and what its screen says after each message."""

    def __init__(self, data, texts=None):
        self.data = data
        self.session = Session(evidence.load(data), texts=texts)

    def ask(self, do, **message):
        self.session.receive({"do": do, **message})
        return describe_screen(self.session)

    def view(self, name):
        return self.ask("view", view=name)

    def save(self, values, note=""):
        return self.ask("save", place=self.session.place, values=values, note=note)

    def skip_to(self, place):
        self.session.place = place
        return describe_screen(self.session)

    def find_claim(self, **wanted):
        claims = self.session.claims
        for name, value in wanted.items():
            claims = claims[claims[name] == value]
        return claims.iloc[0]["claim_id"]

    def read_row(self, table="claims", rater="ann", in_round="independent", place=None):
        rows = load_ratings(table, folder=self.data)
        here = (rows.iloc[:, 0] == (place or self.session.place)) & (rows["rater_id"] == rater)
        return next(iter(rows[here & (rows["round"] == in_round)].to_dict("records")), {})


@pytest.fixture
def bare(data):
    """Take all ratings of claims, propositions and citations out of the copy; stands before `desk` in a test."""
    vocabulary = load_vocabulary(data)
    for table in ("claims", "propositions", "citations"):
        path = data / vocabulary.find_ratings(table).path
        path.write_text(path.read_text(encoding="utf-8").split("\n")[0] + "\n", encoding="utf-8")


@pytest.fixture
def desk(data):
    """Return rater ann's desk."""
    desk = Desk(data)
    desk.ask("sign_in", rater="ann")
    return desk


def save_others(data, values, row_id, **notes):
    """Let bea and cora rate; `values` are bea's, cora's are the same but for what `values` gives as a pair."""
    for at, rater in enumerate(("bea", "cora")):
        chosen = {name: value if isinstance(value, str) else value[at] for name, value in values.items()}
        save_ratings(chosen, row_id=row_id, rater_id=rater, note=notes.get(rater, ""), folder=data)


def list_raters(data):
    return {rater for table in ("claims", "segments") for rater in load_ratings(table, folder=data)["rater_id"]} - {
        "ann"
    }


# What is offered


def test_each_rated_variable_is_offered_once_and_none_else(desk):
    vocabulary = desk.session.review.vocabulary
    offered = sorted((view.table, name) for view in list_views(vocabulary).values() for name in view.variables)
    assert offered == sorted((t.rates, name) for t in vocabulary.tables.values() for name in t.rated)
    assert {"stance", "proposition_id", "match", "asserted_direction", *DOMAINS, "identity", "accuracy", "role"} <= {
        name for _, name in offered
    }


def test_every_code_has_its_meaning_its_cues_and_its_boundary_from_the_schema(desk):
    desk.ask("waive", what="wording")
    seen = {}
    for view in ("segments", "mapping", "propositions", "citations"):
        seen |= {variable["name"]: variable for variable in desk.view(view)["variables"]}
    fresh = Desk(desk.data).ask("sign_in", rater="bob")
    seen |= {variable["name"]: variable for variable in fresh["variables"]}
    assert set(seen) == {name for view in desk.session.views.values() for name in view.variables}
    for name, variable in seen.items():
        assert all(code["definition"] for code in variable["codes"]), name
        assert not any("Cues:" in code["definition"] for code in variable["codes"])
    strength = {code["value"]: code for code in seen["strength"]["codes"]}
    assert "might" in strength["tentative"]["cues"]
    assert "not a cure" in {code["value"]: code for code in seen["kind"]["codes"]}["effectiveness"]["boundary"]
    assert seen["strength"]["codes"][0]["label"] == "Uncertain"
    assert [seen[name]["label"] for name in ("proposition_id", "asserted_direction")] == [
        "Proposition",
        "Asserted direction",
    ]


def test_the_manual_on_a_variable_stands_beside_it_where_it_is_at_hand(tmp_path, data):
    manual = read_manual(find_data().parent / "docs" / "coding-manual.md")
    assert set(manual) >= {
        "kind",
        "voice",
        "stance",
        "strength",
        "backing",
        "checkability",
        "match",
        "asserted direction",
    }
    assert not any(paragraph.startswith("|") for paragraphs in manual.values() for paragraph in paragraphs)
    assert read_manual(tmp_path / "coding-manual.md") == {}
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "coding-manual.md").write_text(
        "# M\n\n## strength: how surely (x)\n- **plain** is `plain`\n\n| a |\n"
    )
    variables = {v["name"]: v for v in Desk(data).ask("sign_in", rater="ann")["variables"]}
    assert variables["strength"]["manual"] == ["plain is plain"]
    assert variables["kind"]["manual"] == []
    assert all(code["definition"] for code in variables["kind"]["codes"])


def test_the_propositions_to_choose_from_tell_what_they_are_about_and_nothing_that_was_found(desk):
    desk.view("mapping")
    screen = desk.ask("waive", what="wording")
    choose, match, direction = screen["variables"]
    propositions = desk.session.review.propositions.set_index("proposition_id")
    assert [code["value"] for code in choose["codes"]] == [NO_ITEM, *propositions.index]
    assert choose["codes"][1]["definition"] == propositions["statement"].iloc[0]
    assert propositions["outcome"].iloc[0] in choose["codes"][1]["boundary"]
    told = json.dumps(choose)
    assert not any(reason in told for reason in propositions["certainty_reason"])
    assert choose["search"]
    assert match["unless"] == direction["unless"] == ["proposition_id", NO_ITEM]


# Blind


def test_nothing_of_the_others_is_sent_before_ones_own_row_is_saved(desk):
    others = list_raters(desk.data)
    assert len(others) > 1
    for view in ("segments", "wording"):
        desk.view(view)
        for _ in range(20):
            screen = desk.ask("move", by=1)
            assert screen["others"] == {}
            assert screen["notes"] == []
            assert not any(name in json.dumps(screen) for name in others)


@pytest.mark.whole
def test_only_what_one_has_rated_is_shown_of_the_others(bare, desk):
    save_others(desk.data, {"strength": "plain", "kind": "safety"}, desk.session.place)
    screen = desk.save({"strength": "plain"})
    assert screen["said"][1].startswith(f"Saved strength of {desk.session.place}.")
    assert list(screen["others"]) == ["strength"]
    assert {"bea", "cora"} <= {other["rater"] for other in screen["others"]["strength"]}
    assert {other["same"] for other in screen["others"]["strength"] if other["rater"] in ("bea", "cora")} == {True}
    assert desk.ask("move", by=1)["others"] == {}


@pytest.mark.whole
def test_anothers_note_is_shown_when_all_that_it_may_speak_of_is_rated(bare, desk):
    save_others(desk.data, {"strength": "plain", "kind": "safety"}, desk.session.place, bea="Safe, and plainly so.")
    assert desk.save({"strength": "plain"})["notes"] == []
    assert desk.save({"kind": "pitch"})["notes"] == [["bea", "Safe, and plainly so."]]


@pytest.mark.parametrize(
    ("view", "table", "values"),
    [
        ("mapping", "claims", MAPPED),
        ("propositions", "propositions", WEIGHED),
        ("citations", "citations", {"identity": "not_found", "accuracy": "not_checkable"}),
        ("segments", "segments", {"role": "other"}),
    ],
)
def test_every_view_saves_and_shows_the_others_only_then(bare, data, view, table, values):
    desk = Desk(data)
    desk.ask("sign_in", rater="ann")
    desk.view(view)
    if view in ("mapping", "citations"):
        desk.ask("waive", what="wording")
    place = desk.session.place
    one, *_ = values
    told = dict.fromkeys(("bea", "cora"), "Told by another.")
    words = ("P01", *evidence.load(data).vocabulary.values(table, one))
    other = next(word for word in words if word != values[one] and (word != "P01" or view == "mapping"))
    save_others(data, {**values, one: (values[one], other)}, place, **told)
    before = json.dumps(desk.view(view))
    assert not re.search(r"\b(bea|cora|Told by another)\b", before)
    screen = desk.save(values)
    assert screen["said"][0] == "status"
    saved = desk.read_row(table, place=place)
    assert {name: saved[name] for name in values} == values
    assert {"bea", "cora"} <= {o["rater"] for o in screen["others"][one]}
    assert [o["same"] for o in screen["others"][one] if o["rater"] in ("bea", "cora")] == [True, False]
    assert ["bea", "Told by another."] in screen["notes"]
    assert screen["progress"][0] == 1


def test_a_refused_save_shows_nothing(desk):
    screen = desk.save({"strength": "Plain"})
    assert screen["said"][0] == "alert"
    assert "strength must be one of" in screen["said"][1]
    assert str(desk.data) not in screen["said"][1]
    assert screen["others"] == {}


def test_the_card_of_wording_holds_nothing_that_was_judged(desk):
    screen = desk.skip_to(desk.find_claim(support="contradicted"))
    assert set(screen["card"]) == {"id", "title", "lead", "quote", "passage", "link"}


def test_the_card_of_a_segment_holds_no_claim(desk):
    assert set(desk.view("segments")["card"]) == {"id", "title", "passage"}


def test_kind_in_wording_means_the_kind_one_gave_oneself(desk):
    claim = desk.find_claim(kind="effectiveness")
    desk.skip_to(claim)
    desk.save({"kind": "pitch"})
    assert desk.ask("filter", name="kind", value="effectiveness")["progress"] == [0, 0]
    assert desk.ask("filter", name="kind", value="pitch")["place"] == [1, 1, claim]


def test_support_picks_nothing_while_wording_is_rated(desk):
    screen = desk.ask("filter", name="support", value="contradicted")
    assert screen["progress"][1] == len(desk.session.claims)
    assert not screen["filters"]["support_open"]


def test_a_claim_comes_to_mapping_when_its_wording_is_rated(desk):
    claim = desk.find_claim(support="overstated")
    assert desk.view("mapping")["card"] is None
    desk.view("wording")
    desk.skip_to(claim)
    desk.save({name: value for name, value in WORDING.items() if name != "stance"})
    assert desk.view("mapping")["card"] is None
    desk.view("wording")
    desk.skip_to(claim)
    desk.save(WORDING)
    screen = desk.view("mapping")
    assert screen["place"] == [1, 1, claim]
    assert "evidence" not in screen["card"]  # it would tell which proposition others chose


def test_a_claim_that_one_finds_not_checkable_is_not_offered_to_map(desk):
    desk.save({**WORDING, "checkability": "opinion"})
    assert desk.view("mapping")["progress"] == [0, 0]


def test_the_evidence_in_mapping_is_that_of_ones_own_choice_and_its_certainty_waits(desk):
    desk.skip_to(desk.find_claim(support="overstated"))
    desk.save(WORDING)
    desk.view("mapping")
    card = desk.save(MAPPED)["card"]["evidence"]
    assert (card["id"], "sentence" in card) == ("P02", False)
    assert card["findings"]
    assert not any(name == "Indirectness" for name, _ in card["parts"])
    card = desk.ask("waive", what="propositions")["card"]["evidence"]
    assert "certainty" in card["sentence"]
    assert desk.view("propositions")["gate"]["text"].startswith("You have given up")


def test_a_claim_that_none_fits_needs_no_match(desk):
    desk.save(WORDING)
    desk.view("mapping")
    screen = desk.save({"proposition_id": NO_ITEM, "match": "direct", "asserted_direction": "harm"})
    assert screen["progress"] == [1, 1]
    assert [desk.read_row()[name] for name in MAPPING] == [NO_ITEM, "", ""]


def test_who_rates_no_wording_maps_at_once_and_rates_wording_no_more(desk):
    desk.view("mapping")
    assert desk.ask("waive", what="wording")["card"]["id"]
    screen = desk.view("wording")
    assert screen["card"] is None
    assert screen["gate"]["text"].startswith("You have given up")
    before = (desk.data / "claim_ratings.csv").read_bytes()
    assert desk.ask("save", place="hubpages-002", values={"strength": "plain"}, note="")["said"][0] == "alert"
    assert (desk.data / "claim_ratings.csv").read_bytes() == before


def test_support_in_mapping_finds_only_what_one_may_know(desk):
    desk.view("mapping")
    desk.ask("waive", what="wording")
    claim = desk.find_claim(support="overstated")
    screen = desk.ask("filter", name="support", value="overstated")
    assert screen["filters"]["support_open"]
    assert screen["progress"] == [0, 0]
    desk.ask("filter", name="support", value="")
    desk.skip_to(claim)
    now = desk.session.claims.set_index("claim_id").loc[claim]
    desk.save({name: now[name] for name in MAPPING})
    assert desk.ask("filter", name="support", value="overstated")["progress"] == [0, 0]  # it tells of a certainty
    desk.view("propositions")
    desk.skip_to(now["proposition_id"])
    desk.save(WEIGHED)
    desk.view("mapping")
    assert desk.ask("filter", name="support", value="overstated")["progress"] == [1, 1]


def test_the_sentence_shows_after_ones_own_direction_and_certainty(desk):
    card = desk.view("propositions")["card"]
    assert "sentence" not in card
    assert card["findings"]
    assert "sentence" not in desk.save({"certainty": "high"})["card"]
    assert "certainty" in desk.save(WEIGHED)["card"]["sentence"]


def test_propositions_without_evidence_are_not_rated(desk):
    found = desk.session.review.propositions["certainty"].notna().sum()
    assert desk.view("propositions")["progress"] == [0, found]


def test_what_a_work_was_traced_to_shows_when_its_identity_is_rated(desk):
    desk.view("citations")
    desk.ask("waive", what="wording")
    citations = desk.session.review.citations
    traced = citations[citations["study_id"].notna()].iloc[0]
    title = desk.session.review.studies.set_index("study_id").loc[traced["study_id"], "title"]
    screen = desk.skip_to(traced["citation_id"])
    assert [name for name, _ in screen["card"]["parts"]] == ["Cited as"]
    card = desk.save({"identity": "exact"})["card"]
    assert title in dict(card["parts"])["Work meant"]
    assert "Reason" not in dict(card["parts"])
    assert dict(desk.save({"accuracy": "accurate"})["card"]["parts"])["Reason"] == traced["reason"]


def test_citations_come_when_the_wording_of_their_claim_is_rated(desk):
    assert desk.view("citations")["card"] is None
    claim = desk.session.review.citations["claim_id"].iloc[0]
    desk.view("wording")
    desk.skip_to(claim)
    desk.save(WORDING)
    assert desk.view("citations")["place"][:2] == [1, 1]


# Settling


def test_settling_shows_only_cells_that_one_has_rated(bare, desk):
    assert desk.view("settle")["card"] is None
    desk.view("wording")
    place = desk.session.place
    save_others(desk.data, {"stance": ("promotes", "neutral"), "backing": ("none", "authority")}, place)
    desk.save({"stance": "cautions"})
    screen = desk.view("settle")
    assert screen["place"] == [1, 1, f"claims/{place}/stance"]
    assert {"ann", "bea", "cora"} <= {other["rater"] for other in screen["others"]["stance"]}
    assert "evidence" not in screen["card"]
    assert (
        desk.ask("settle", place=f"claims/{place}/backing", values={"backing": "none"}, note="why")["said"][0]
        == "alert"
    )


def test_settling_one_mark_shows_no_other_that_one_has_not_rated(bare, desk):
    save_others(desk.data, {"certainty": ("high", "low"), "imprecision": ("no_concern", "serious")}, "P02")
    desk.view("propositions")
    desk.skip_to("P02")
    desk.save({"imprecision": "no_concern"})
    screen = desk.view("settle")
    assert [variable["name"] for variable in screen["variables"]] == ["imprecision"]
    assert set(screen["others"]) == {"imprecision"}
    assert "sentence" not in screen["card"]


@pytest.mark.whole
def test_who_settles_without_rating_sees_all_and_rates_no_more(desk):
    desk.view("settle")
    desk.ask("waive", what="rating")
    screen = desk.ask("filter", name="settled", value=True)
    assert screen["place"][1] == len(desk.session.disagreements) > 50
    for view in desk.session.views:
        assert desk.view(view)["card"] is None


@pytest.mark.parametrize("variable", ["role", "strength"])
def test_disagreements_are_picked_by_variable_and_source(desk, variable):
    desk.view("settle")
    desk.ask("waive", what="rating")
    desk.ask("filter", name="settled", value=True)
    listed = desk.session.disagreements
    rows = listed[listed["variable"] == variable]
    assert desk.ask("filter", name="variable", value=variable)["progress"][1] == len(rows) > 0
    source = rows["row_id"].str.split("-").str[0]
    assert desk.ask("filter", name="source", value=source.iloc[0])["progress"][1] == (source == source.iloc[0]).sum()


def test_settling_by_the_panel_writes_cell_and_row(bare, desk, data, cells):
    claim = desk.find_claim(support="overstated")
    save_others(data, {"strength": ("emphatic", "uncertain")}, claim)
    desk.view("settle")
    screen = desk.ask("waive", what="rating")
    assert screen["card"]["id"] == claim
    place = screen["place"][2]
    assert desk.ask("settle", place=place, values={"strength": "uncertain"}, note=" ")["said"][0] == "alert"
    screen = desk.ask("settle", place=place, values={"strength": "uncertain"}, note="It says so.")
    assert screen["said"][1] == f"Settled strength of {claim}. In the table now: strength uncertain."
    assert screen["settling"]["current"] == "Uncertain"
    table = cells("claims")
    assert table[table.line(claim_id=claim), "strength"] == "uncertain"
    assert desk.read_row(in_round="final", place=claim)["note"] == "strength: It says so."


def test_settling_a_certainty_takes_its_marks_along(bare, desk, data):
    save_others(data, {"certainty": ("high", "low")}, "P02")
    desk.view("settle")
    screen = desk.ask("waive", what="rating")
    assert {variable["name"] for variable in screen["variables"]} == set(WEIGHED)
    screen = desk.ask("settle", place="propositions/P02/certainty", values=WEIGHED, note="Read again.")
    assert screen["said"][1].startswith("Settled")
    row = evidence.load(data).propositions.set_index("proposition_id").loc["P02"]
    assert (row["certainty"], row["risk_of_bias"]) == ("high", "no_concern")


def test_settling_that_none_fits_takes_match_and_direction_away(bare, desk, data):
    claim = desk.find_claim(support="overstated")
    save_others(data, {"proposition_id": ("P01", "P02"), "match": "direct", "asserted_direction": "benefit"}, claim)
    desk.view("settle")
    desk.ask("waive", what="rating")
    screen = desk.ask("filter", name="variable", value="proposition_id")
    assert [variable["name"] for variable in screen["variables"]] == list(MAPPING)
    values = {**screen["own"], "proposition_id": NO_ITEM}
    screen = desk.ask("settle", place=screen["place"][2], values=values, note="No study could show it.")
    assert screen["said"][0] == "status"
    assert screen["settling"]["current"] == "None fits"
    now = evidence.load(data).claims.set_index("claim_id").loc[claim]
    assert now[list(MAPPING)].isna().all()


# What she saves


def test_a_revision_in_sight_of_others_says_so_and_why(bare, desk):
    save_others(desk.data, {"strength": "plain"}, desk.session.place)
    desk.save({"strength": "plain"}, note="first")
    screen = desk.save({"strength": "emphatic"})
    assert screen["said"][0] == "alert"
    assert "say in the note why" in screen["said"][1]
    screen = desk.save({"strength": "emphatic", "kind": "safety"}, note="“proven” is there\n")
    row = desk.read_row()
    assert (row["strength"], row["kind"]) == ("emphatic", "safety")
    assert row["note"] == screen["note"] == "first; strength revised in sight of others: “proven” is there"


def test_a_note_alone_is_added_to_what_was_saved(desk):
    assert desk.save({})["said"] == ["status", "Nothing to save: choose a code, or another one than you saved."]
    assert desk.save({}, note="of nothing")["said"][0] == "alert"
    desk.save({"strength": "plain"}, note="one")
    assert desk.save({"strength": "plain"}, note="two")["said"][1] == f"Saved note of {desk.session.place}."
    assert desk.read_row()["note"] == "one; two"


def test_a_save_by_which_raters_agree_says_what_stands_in_the_table_now(bare, desk):
    save_ratings({"strength": "uncertain"}, row_id=desk.session.place, rater_id="bea", folder=desk.data)
    screen = desk.save({"strength": "uncertain"})
    assert screen["said"][1].endswith("In the table now: strength uncertain.")
    assert desk.session.review.claims.iloc[0]["strength"] == "uncertain"


def test_next_and_previous_go_through_what_waits(desk):
    first, second, third = desk.session.claims["claim_id"].iloc[:3]
    assert desk.ask("move", by=-1)["said"][1] == "This is the first one."
    assert desk.ask("move", by=1)["place"][2] == second
    desk.save(WORDING)
    screen = desk.ask("filter", name="unrated", value=True)
    assert screen["progress"] == [1, len(desk.session.claims)]
    desk.skip_to(first)
    assert desk.ask("move", by=1)["place"][2] == third
    assert desk.ask("move", by=-1)["place"][2] == first


def test_a_saved_claim_stays_in_view_though_it_waits_no_more(desk):
    desk.ask("filter", name="unrated", value=True)
    claim = desk.session.place
    screen = desk.save(WORDING)
    assert screen["place"] == [0, len(desk.session.claims) - 1, claim]
    assert screen["own"] == WORDING


@pytest.mark.parametrize("view", ["wording", "segments", "citations"])
def test_source_picks_rows_of_one_article(desk, view):
    desk.ask("waive", what="wording" if view == "citations" else "propositions")
    desk.view(view)
    sources = desk.session.find_sources(desk.session.views[view].table)
    screen = desk.ask("filter", name="source", value=sources.iloc[-1])
    assert screen["progress"][1] == (sources == sources.iloc[-1]).sum() > 0
    assert [source for source, _ in screen["filters"]["source"]] == desk.session.review.sources["source_id"].tolist()


@pytest.mark.parametrize("rater", ["", "Ann", "ann b", "ann_b", "<b>", "-ann", "a" * 3 + "-"])
def test_a_rater_id_of_another_form_is_refused(data, rater):
    screen = Desk(data).ask("sign_in", rater=rater)
    assert screen["said"][0] == "alert"
    assert screen["rater"] == ""


@pytest.mark.parametrize(
    "message",
    [
        {"do": "explode"},
        {},
        {"do": "save"},
        {"do": "save", "place": "hubpages-999", "values": {"strength": "plain"}, "note": ""},
        {"do": "settle", "place": "nowhere", "values": {}, "note": ""},
        {"do": "settle", "place": "claims/nowhere/strength", "values": {"strength": "plain"}, "note": "why"},
        {"do": "settle", "place": "claims/hubpages-002/tags", "values": {"tags": "certain"}, "note": "why"},
        {"do": "settle", "place": "studies/hsieh-2006/year", "values": {"year": "2000"}, "note": "why"},
        {"do": "filter", "name": "colour", "value": "red"},
        {"do": "move", "by": "far"},
    ],
)
def test_a_message_that_makes_no_sense_is_answered_and_writes_nothing(desk, message):
    before = {path.name: path.read_bytes() for path in desk.data.glob("*.csv")}
    desk.session.receive(message)
    assert describe_screen(desk.session)["said"][0] == "alert"
    assert {path.name: path.read_bytes() for path in desk.data.glob("*.csv")} == before


def test_a_passage_is_shown_where_the_text_is_at_hand_and_the_one_that_was_coded(data, texts):
    desk = Desk(data, texts)
    screen = desk.ask("sign_in", rater="ann")
    _, span, _ = screen["card"]["passage"]
    claim = desk.session.claims.set_index("claim_id").loc[screen["card"]["id"]]
    assert len(span) == claim["end"] - claim["start"]
    _, span, _ = desk.view("segments")["card"]["passage"]
    assert len(span) == desk.session.review.segments["end"].iloc[0] - desk.session.review.segments["start"].iloc[0]
    for path in texts.iterdir():
        path.write_text("another text")
    assert Desk(data, texts).ask("sign_in", rater="ann")["card"]["passage"] is None


def test_the_panel_says_the_same_words_where_no_browser_is(data):
    panel = evidence.panel.open_panel(evidence.load(data))
    n = len(evidence.load(data).claims)
    told = f"Panel to enter and rate claims ({n} claims): run this cell in JupyterLab; in a new kernel, all cells."
    assert panel._repr_mimebundle_() == {"text/plain": told}
    assert panel.screen["card"] is None


def test_a_second_window_that_saved_the_same_is_told_so(desk, data):
    place = desk.session.place
    save_ratings({"strength": "plain"}, row_id=place, rater_id="ann", folder=data)
    before = (data / "claim_ratings.csv").read_bytes()
    assert desk.save({"strength": "plain"})["said"] == ["status", f"Saved before, in another window: {place}."]
    assert (data / "claim_ratings.csv").read_bytes() == before


def test_a_second_window_that_saved_another_value_is_refused(desk, data):
    save_ratings({"strength": "plain"}, row_id=desk.session.place, rater_id="ann", folder=data)
    screen = desk.save({"strength": "emphatic"})
    assert screen["said"][0] == "alert"
    assert "in another window since" in screen["said"][1]
    assert screen["own"]["strength"] == "plain"


# One variable at a time


@pytest.mark.whole
def test_a_table_is_rated_for_one_variable_with_one_message_a_row(desk):
    desk.ask("filter", name="variable", value="stance")
    claims = desk.session.claims["claim_id"].tolist()
    seen = []
    for _ in range(8):
        screen = describe_screen(desk.session)
        assert ([variable["name"] for variable in screen["variables"]], screen["one"]) == (["stance"], True)
        seen.append(screen["place"][2])
        desk.save({"stance": "neutral"})
    assert seen == claims[:8]
    assert desk.session.place == claims[8]
    assert desk.read_row(place=claims[0])["stance"] == "neutral"
    assert describe_screen(desk.session)["progress"] == [8, len(claims)]


def test_after_the_last_row_comes_one_that_was_left_out_and_then_none(desk):
    claims = desk.session.claims["claim_id"].tolist()
    desk.ask("filter", name="variable", value="stance")
    for claim in claims[1:-1]:
        save_ratings({"stance": "neutral"}, row_id=claim, rater_id="ann", folder=desk.data)
    desk.view("wording")
    desk.skip_to(claims[-1])
    assert desk.save({"stance": "neutral"})["place"][2] == claims[0]
    screen = desk.save({"stance": "neutral"})
    assert screen["said"][1].endswith("None waits any more.")
    assert screen["place"][2] == claims[0]


def test_a_refused_save_of_one_variable_does_not_go_on(desk):
    desk.ask("filter", name="variable", value="stance")
    place = desk.session.place
    screen = desk.save({"stance": "Neutral"})
    assert (screen["said"][0], screen["place"][2]) == ("alert", place)


def test_a_variable_of_another_task_picks_none_here(desk):
    desk.ask("filter", name="variable", value="match")
    screen = desk.view("wording")
    assert not screen["one"]
    assert len(screen["variables"]) == len(WORDING)
    assert [name for name, _ in screen["filters"]["variable"]] == list(WORDING)


def test_she_goes_to_a_row_by_its_id(desk):
    claim = desk.session.claims["claim_id"].iloc[7]
    assert desk.ask("go", key=f" {claim} ")["place"][2] == claim
    screen = desk.ask("go", key="nowhere-1")
    assert screen["said"][0] == "alert"
    assert "“nowhere-1” is not among" in screen["said"][1]
    assert screen["place"][2] == claim
    assert desk.ask("go", key="P02", view="propositions")["card"]["id"] == "P02"


# Settling what one has rated


def test_who_has_rated_a_cell_is_led_to_revise_and_cannot_settle(bare, desk):
    place = desk.session.place
    save_others(desk.data, {"stance": ("promotes", "neutral")}, place)
    desk.save({"stance": "cautions"})
    screen = desk.view("settle")
    assert screen["settling"]["revise"] == ["wording", "Rate wording", place]
    desk.ask("waive", what="rating")
    refused = desk.ask("settle", place=screen["place"][2], values={"stance": "neutral"}, note="why")
    assert refused["said"] == ["alert", "You have rated this; somebody who has not must settle it."]
    assert desk.read_row(in_round="final", place=place) == {}


def test_settling_a_cell_leaves_out_what_she_has_rated_beside_it(bare, desk):
    save_others(desk.data, {"certainty": ("high", "low"), "imprecision": ("no_concern", "serious")}, "P02")
    desk.view("propositions")
    desk.skip_to("P02")
    desk.save({"imprecision": "serious"})
    desk.view("settle")
    desk.ask("waive", what="rating")
    values = {**WEIGHED, "certainty": "low", "risk_of_bias": "serious", "imprecision": "no_concern"}
    screen = desk.ask("settle", place="propositions/P02/certainty", values=values, note="Risk of bias: open.")
    assert screen["said"][1].startswith("Settled certainty"), screen["said"]
    assert desk.read_row("propositions", in_round="final", place="P02")["imprecision"] == ""


# Entering


@pytest.fixture
def coder(tmp_path):
    """Return rater ann's desk at a fresh article."""
    desk = Desk(begin_review(tmp_path / "garlic") / "data")
    desk.ask("sign_in", rater="ann")
    return desk


def enter(desk, *lines, citation=None, claim_id="", seen=None, **cells):
    cells = cells if claim_id else {**WORDING, "claim": "Garlic shortens colds.", **cells}
    segments = [f"garlic-s{line:03d}" for line in lines]
    return desk.ask("enter", segments=segments, cells=cells, claim_id=claim_id, citation=citation, seen=seen)


def test_a_review_without_claims_opens_where_they_are_entered(coder):
    screen = describe_screen(coder.session)
    assert screen["view"] == "enter"
    assert [sentence["text"] for sentence in screen["article"]["sentences"]] == ARTICLE.splitlines()
    assert screen["progress"] == [0, 30]
    assert screen["place"] == [1, 30, "garlic-s001"]
    assert [variable["name"] for variable in screen["variables"]] == list(WORDING)
    assert all(code["definition"] for variable in screen["variables"] for code in variable["codes"])
    assert [field["name"] for field in screen["article"]["fields"]] == ["quote", "claim", "tags", "note"]
    assert json.dumps(screen)


def test_a_claim_is_entered_and_the_next_sentence_that_waits_comes(coder):
    coder.ask("mark", segments=["garlic-s001", "garlic-s002"], role="heading")
    screen = enter(coder, 3, 4)
    assert screen["said"] == ["status", "Saved garlic-001."]
    assert (screen["progress"], screen["place"][2]) == ([4, 30], "garlic-s005")
    third, fourth = screen["article"]["sentences"][2:4]
    assert third["claims"] == fourth["claims"] == ["garlic-001"]
    assert screen["article"]["claims"]["garlic-001"]["cells"].items() >= WORDING.items()
    assert screen["article"]["sentences"][0]["label"] == "Heading"


def test_what_a_rule_forbids_is_said_and_she_stays(coder):
    before = {path.name: path.read_bytes() for path in coder.data.glob("*.csv")}
    screen = enter(coder, 5, kind="")
    assert screen["said"][0] == "alert"
    assert "kind must not be empty" in screen["said"][1]
    assert screen["place"][2] == "garlic-s001"
    assert {path.name: path.read_bytes() for path in coder.data.glob("*.csv")} == before


def test_a_claim_is_changed_mapped_and_withdrawn(coder):
    enter(coder, 5)
    searches = [
        dict.fromkeys(("query", "searched_in"), "x")
        | {"searched_on": "2026-01-01", "n_results": "1", "n_relevant": "0"}
    ] * 2
    pico = dict.fromkeys(("statement", "population", "intervention", "comparator", "outcome", "timepoint"), "y")
    made = coder.ask(
        "enter_rows",
        rows={
            "propositions": [{**pico, "certainty_reason": "None.", "searched_on": "2026-01-01"}],
            "searches": searches,
        },
    )
    assert made["said"] == ["status", "Saved P01, P01-s1 and P01-s2."]
    screen = enter(coder, claim_id="garlic-001", proposition_id="P01", match="direct", asserted_direction="benefit",
                   match_reason="Same.", claim="Colds end sooner.", seen={"claim": "Garlic shortens colds."})  # fmt: skip
    cells = screen["article"]["claims"]["garlic-001"]["cells"]
    assert (cells["proposition_id"], cells["match_reason"], cells["claim"], cells["note"]) == (
        "P01",
        "Same.",
        "Colds end sooner.",
        "",
    )
    screen = enter(coder, claim_id="garlic-001", claim="No.", seen={"claim": "Garlic shortens colds."})
    assert "changed in another window since" in screen["said"][1]
    screen = coder.ask("withdraw", claim_id="garlic-001")
    claim, goes = screen["article"]["withdrawing"]
    assert (claim, "1 row of claim ratings" in goes, "garlic-001" in screen["article"]["claims"]) == (
        "garlic-001",
        True,
        True,
    )
    screen = coder.ask("withdraw", claim_id="garlic-001", reason="Nobody asserts it.")
    assert (screen["article"]["claims"], screen["progress"][0]) == ({}, 0)
    assert screen["said"][1].startswith("garlic-001 goes to the withdrawn claims")


def test_a_second_coder_adds_to_cells_that_she_does_not_see_and_takes_none_away(coder):
    pico = dict.fromkeys(("statement", "population", "intervention", "comparator", "outcome", "timepoint"), "y")
    search = {"query": "x", "searched_in": "x", "searched_on": "2026-01-01", "n_results": "1", "n_relevant": "0"}
    coder.ask("enter_rows", rows={"propositions": [{**pico, "certainty_reason": "None.", "searched_on": "2026-01-01"}],
                                  "searches": [search, search]})  # fmt: skip
    mapping = {"proposition_id": "P01", "match": "direct", "asserted_direction": "benefit"}
    enter(coder, 5, note="A hedge.", tags="certain")
    enter(coder, claim_id="garlic-001", **mapping, match_reason="Same.")
    other = Desk(coder.data)
    other.ask("sign_in", rater="bea")
    other.ask("waive", what="segments")
    known = other.view("enter")["article"]["claims"]["garlic-001"]["cells"]
    assert not {"note", "tags"} & known.keys()
    seen = {"match_reason": known["match_reason"]}
    screen = enter(other, claim_id="garlic-001", **WORDING, **mapping, match_reason="Alike.", note="Hard.",
                   tags="contradicts_itself", seen=seen)  # fmt: skip
    assert screen["said"] == ["status", "Saved garlic-001."]
    cells = screen["article"]["claims"]["garlic-001"]["cells"]
    assert {name: cells[name] for name in ("note", "tags", "match_reason")} == {
        "note": "A hedge.; Hard.", "tags": "certain;contradicts_itself", "match_reason": "Same.",
    }  # fmt: skip
    seen = {name: cells[name] for name in ("note", "tags")}
    screen = enter(other, claim_id="garlic-001", note="Hard.", tags="", seen=seen)  # now she sees what she replaces
    cells = screen["article"]["claims"]["garlic-001"]["cells"]
    assert (cells["note"], cells["tags"]) == ("Hard.", "")


def test_what_another_window_changed_is_in_sight_when_a_change_is_refused(coder):
    enter(coder, 5)
    other = Desk(coder.data)
    other.ask("sign_in", rater="ann")
    other.view("enter")
    enter(other, claim_id="garlic-001", claim="Colds end sooner.")
    screen = enter(coder, claim_id="garlic-001", claim="No.", seen={"claim": "Garlic shortens colds."})
    assert "look again, then save" in screen["said"][1]
    assert screen["article"]["claims"]["garlic-001"]["cells"]["claim"] == "Colds end sooner."
    other.ask("withdraw", claim_id="garlic-001", reason="None.")
    coder.view("wording")
    screen = coder.save({"strength": "plain"})
    assert (screen["said"][0], screen["card"]) == ("alert", None)


@pytest.mark.parametrize(
    ("message", "saved"),
    [
        (
            {"do": "enter", "segments": ["garlic-s005"], "cells": {**WORDING, "claim": "Colds end."}},
            "Saved garlic-001.",
        ),
        ({"do": "mark", "segments": ["garlic-s005"], "role": "heading"}, "1 sentence marked: heading."),
    ],
)
def test_what_was_saved_is_said_even_where_another_table_is_unsound_meanwhile(coder, message, saved):
    screen = coder.ask(**{**message, "segments": ["garlic-s999"]})
    assert (screen["said"][0], screen["saved"]) == ("alert", False)
    sources = coder.data / "sources.csv"
    sources.write_text(sources.read_text(encoding="utf-8").replace("unclear", "perhaps"), encoding="utf-8")
    screen = coder.ask(**message)
    kind, text = screen["said"]
    assert (kind, screen["saved"]) == ("alert", True)
    assert text.startswith(f"{saved} But the tables are not sound now: ")
    assert "perhaps" in text
    assert not load_ratings("segments", folder=coder.data).empty


def test_who_enters_where_others_have_coded_says_first_that_she_rates_no_segments(coder):
    enter(coder, 5)
    other = Desk(coder.data)
    screen = other.ask("sign_in", rater="bea")
    assert screen["view"] == "wording"
    screen = other.view("enter")
    assert "article" not in screen
    assert screen["gate"]["button"] == "I rate no segments"
    screen = other.ask("waive", what="segments")
    assert screen["article"]["claims"]["garlic-001"]["cells"] == {
        "claim": "Garlic shortens colds.", "quote": "Garlic may make colds shorter.", "match_reason": "",
    }  # fmt: skip
    assert "tentative" not in json.dumps(screen["article"])
    enter(coder, 6)  # her own are no others'
    assert "article" in coder.view("enter")


def test_without_an_article_or_its_text_the_panel_says_what_brings_it(coder, tmp_path):
    (coder.data.parent / "texts" / "garlic.txt").unlink()
    assert "evidence texts brings it" in Desk(coder.data).ask("sign_in", rater="ann")["gate"]["text"]
    create_review(tmp_path / "empty", title="Empty")
    assert "evidence add" in Desk(tmp_path / "empty" / "data").ask("sign_in", rater="ann")["gate"]["text"]


def test_forms_for_evidence_are_those_of_the_schema(desk):
    screen = desk.view("evidence")
    tables = desk.session.review.vocabulary.tables
    for part in screen["forms"]:
        names = [field["name"] for field in part["fields"]]
        left_out = {tables[part["table"]].key, "proposition_id"}
        assert names == [name for name in tables[part["table"]].names if name not in left_out]
        assert part["rows"] == []
    kinds = {field["name"]: field["kind"] for part in screen["forms"] for field in part["fields"]}
    assert (kinds["statement"], kinds["certainty"], kinds["study_id"], kinds["estimate"]) == (
        "long",
        "words",
        "row",
        "short",
    )
    known = desk.ask("go", key="P02")
    assert known["forms"][2]["rows"]
    assert known["place"][2] == "P02"
    assert desk.ask("go", key="")["place"][2] == ""


def test_a_known_proposition_tells_nothing_of_what_others_judged(desk):
    desk.view("evidence")
    row = desk.session.find_cells("propositions", proposition_id="P02")[0]
    screen = desk.ask("go", key="P02")
    form = screen["forms"][0]
    assert not {"certainty", "direction", "certainty_reason", *DOMAINS} & {field["name"] for field in form["fields"]}
    assert row["certainty_reason"] not in json.dumps(screen)
    assert form["rows"][0]["statement"] == row["statement"]
    desk.view("propositions")
    desk.skip_to("P02")
    desk.save({name: WEIGHED[name] for name in ("direction", "certainty")})
    desk.view("evidence")
    screen = desk.ask("go", key="P02")
    names = {field["name"] for field in screen["forms"][0]["fields"]}
    assert {"direction", "certainty"} <= names
    assert not {"certainty_reason", "certainty_origin", "note", *DOMAINS} & names
    assert row["certainty_reason"] not in json.dumps(screen)
    desk.view("propositions")
    desk.save(WEIGHED)
    desk.view("evidence")
    form = desk.ask("go", key="P02")["forms"][0]
    assert form["rows"][0].items() >= WEIGHED.items()
    assert form["rows"][0]["certainty_reason"] == row["certainty_reason"]


def test_who_rates_no_propositions_sees_all_of_a_known_one(desk):
    desk.ask("waive", what="propositions")
    desk.view("evidence")
    row = desk.session.find_cells("propositions", proposition_id="P02")[0]
    assert desk.ask("go", key="P02")["forms"][0]["rows"] == [row]


def test_nobody_enters_without_a_name(tmp_path):
    desk = Desk(begin_review(tmp_path / "garlic") / "data")
    before = {path.name: path.read_bytes() for path in desk.data.glob("*.csv")}
    for message in (
        {"do": "enter", "segments": ["garlic-s005"], "cells": {**WORDING, "claim": "x"}},
        {"do": "mark", "segments": ["garlic-s005"], "role": "heading"},
        {"do": "enter_rows", "rows": {}},
        {"do": "withdraw", "claim_id": "garlic-001", "reason": "x"},
    ):
        desk.session.receive(message)
        assert desk.session.said[0] == "alert"
    assert {path.name: path.read_bytes() for path in desk.data.glob("*.csv")} == before
