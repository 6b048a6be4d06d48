"""What a rater is shown and when: blind until saved, evidence only where it may be seen."""

import json

import pytest

import evidence
from evidence.panel.screen import describe_screen
from evidence.panel.session import BLIND, VIEWS, Session, describe_variable, read_manual
from evidence.ratings import load_ratings, save_ratings
from evidence.schema import find_data

OTHERS = ("coder-1", "coder-2", "adjudicator")
WORDING = {
    "kind": "safety",
    "voice": "author",
    "strength": "plain",
    "backing": "none",
    "checkability": "checkable",
    "tags": "not_applicable",
}


class Desk:
    """A session, and what its screen says after each message."""

    def __init__(self, data, texts=None):
        self.data = data
        self.session = Session(evidence.load(data), texts=texts)

    def ask(self, do, **message):
        self.session.receive({"do": do, **message})
        return describe_screen(self.session)

    def save(self, values, note=""):
        return self.ask("save", place=self.session.place, values=values, note=note)

    def skip_to(self, claim_id):
        self.session.place = claim_id
        return describe_screen(self.session)

    def find_claim(self, **wanted):
        claims = self.session.claims
        for name, value in wanted.items():
            claims = claims[claims[name] == value]
        return claims.iloc[0]["claim_id"]


@pytest.fixture
def desk(data):
    """Return rater ann's desk."""
    desk = Desk(data)
    desk.ask("sign_in", rater="ann")
    return desk


def test_nothing_of_the_others_is_sent_before_ones_own_row_is_saved(desk):
    for _ in range(30):
        screen = desk.ask("move", by=1)
        assert screen["others"] == {}
        assert not any(name in json.dumps(screen) for name in OTHERS)


def test_only_what_one_has_rated_is_shown_of_the_others(desk):
    screen = desk.save({"strength": "plain"})
    assert screen["said"][1].startswith("Saved 1 rating")
    assert list(screen["others"]) == ["strength"]
    assert {other["rater"] for other in screen["others"]["strength"]} == set(OTHERS)
    assert desk.ask("move", by=1)["others"] == {}


def test_a_refused_save_shows_nothing(desk):
    screen = desk.save({"strength": "Plain"})
    assert screen["said"][0] == "alert"
    assert "value must be a word" in screen["said"][1]
    assert str(desk.data) not in screen["said"][1]
    assert screen["others"] == {}


def test_the_card_of_wording_holds_nothing_that_was_judged(desk, data):
    screen = desk.skip_to(desk.find_claim(support="contradicted"))
    assert set(screen["card"]) == {"kind", "id", "title", "claim", "quote", "passage", "link"}
    assert screen["card"]["kind"] == "claim"


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


def test_a_claim_comes_to_match_when_its_wording_is_rated(desk):
    claim = desk.find_claim(support="overstated")
    assert desk.ask("view", view="match")["card"] is None
    desk.ask("view", view="wording")
    desk.skip_to(claim)
    desk.save({name: value for name, value in WORDING.items() if name != "tags"})
    assert desk.ask("view", view="match")["card"] is None
    desk.ask("view", view="wording")
    desk.skip_to(claim)
    desk.save(WORDING)
    screen = desk.ask("view", view="match")
    assert screen["place"] == [1, 1, claim]
    assert "certainty" in screen["card"]["evidence"]["sentence"]


def test_who_rates_no_wording_sees_evidence_and_rates_wording_no_more(desk):
    desk.ask("view", view="match")
    assert desk.ask("waive", what="wording")["card"]["evidence"]["sentence"]
    screen = desk.ask("view", view="wording")
    assert screen["card"] is None
    assert screen["gate"]["text"].startswith("You have given up")
    n = len(load_ratings(desk.data))
    desk.ask("save", place="hubpages-002", values={"strength": "plain"}, note="")
    assert len(load_ratings(desk.data)) == n


def test_support_in_match_finds_only_what_one_has_rated(desk):
    desk.ask("view", view="match")
    desk.ask("waive", what="wording")
    desk.skip_to(desk.find_claim(support="overstated"))
    assert desk.ask("filter", name="support", value="overstated")["progress"] == [0, 0]
    desk.ask("filter", name="support", value="")
    desk.skip_to(desk.find_claim(support="overstated"))
    desk.save({"match": "direct", "asserted_direction": "benefit"})
    assert desk.ask("filter", name="support", value="overstated")["progress"] == [1, 1]


def test_the_sentence_shows_after_ones_own_certainty(desk):
    screen = desk.ask("view", view="certainty")
    assert screen["card"]["sentence"] == ""
    assert screen["card"]["findings"]
    marks = dict.fromkeys(VIEWS["certainty"].variables, "no_concern") | {"direction": "benefit", "certainty": "high"}
    assert "certainty" in desk.save(marks)["card"]["sentence"]


def test_settling_shows_only_cells_that_one_has_rated(desk):
    assert desk.ask("view", view="settle")["card"] is None
    desk.ask("view", view="wording")
    listed = desk.session.disagreements
    cell = listed[(listed["variable"] == "checkability")].iloc[0]
    desk.skip_to(cell["row_id"])
    desk.save({"checkability": "opinion"})
    screen = desk.ask("view", view="settle")
    assert screen["place"] == [1, 1, f"claims/{cell['row_id']}/checkability"]
    assert set(OTHERS) <= {other["rater"] for other in screen["others"]["checkability"]}
    assert "evidence" not in screen["card"]


def test_who_settles_without_rating_sees_all_and_rates_no_more(desk):
    desk.ask("view", view="settle")
    desk.ask("waive", what="rating")
    screen = desk.ask("filter", name="settled", value=True)
    assert screen["place"][1] == len(desk.session.disagreements) > 50
    for view in VIEWS:
        assert desk.ask("view", view=view)["card"] is None


def test_settling_by_the_panel_writes_cell_and_row(desk, data, cells):
    claim = desk.find_claim(support="overstated")
    for rater, value in (("bea", "emphatic"), ("cora", "uncertain")):
        save_ratings({"strength": value}, row_id=claim, rater_id=rater, folder=data)
    desk.ask("view", view="settle")
    screen = desk.ask("waive", what="rating")
    assert screen["card"]["id"] == claim
    place = screen["place"][2]
    assert desk.ask("settle", place=place, values={"strength": "uncertain"}, note=" ")["said"][0] == "alert"
    screen = desk.ask("settle", place=place, values={"strength": "uncertain"}, note="It says so.")
    assert screen["said"][1].startswith("Settled")
    assert screen["settling"]["current"] == "Uncertain"
    table = cells("claims")
    assert table[table.line(claim_id=claim), "strength"] == "uncertain"
    assert load_ratings(data).iloc[-1][["round", "note"]].tolist() == ["final", "It says so."]


def test_settling_a_certainty_takes_its_marks_along(desk, data):
    for rater, value in (("bea", "high"), ("cora", "low")):
        save_ratings({"certainty": value}, row_id="P02", table="propositions", rater_id=rater, folder=data)
    desk.ask("view", view="settle")
    screen = desk.ask("waive", what="rating")
    assert [variable["name"] for variable in screen["variables"]] == list(VIEWS["certainty"].variables)
    marks = dict.fromkeys(VIEWS["certainty"].variables, "no_concern") | {"direction": "benefit"}
    values = marks | {"certainty": "high"}
    screen = desk.ask("settle", place="propositions/P02/certainty", values=values, note="Read again.")
    assert screen["said"][1].startswith("Settled")
    row = evidence.load(data).propositions.set_index("proposition_id").loc["P02"]
    assert (row["certainty"], row["risk_of_bias"]) == ("high", "no_concern")


def test_a_revision_in_sight_of_others_says_so_and_why(desk):
    desk.save({"strength": "plain"})
    screen = desk.save({"strength": "emphatic"})
    assert screen["said"][0] == "alert"
    assert "say in the note why" in screen["said"][1]
    desk.save({"strength": "emphatic", "kind": "safety"}, note="“proven” is there\n")
    last = load_ratings(desk.data).iloc[-2:].set_index("variable")["note"]
    assert last["strength"] == "revised in sight of others: “proven” is there"
    assert last["kind"] == "“proven” is there"


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
    assert set(screen["others"]) >= {"strength", "kind"}


def test_source_picks_claims(desk):
    screen = desk.ask("filter", name="source", value="hubpages")
    assert screen["card"]["id"] == "hubpages-001"
    assert screen["progress"][1] == (desk.session.claims["source_id"] == "hubpages").sum()


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
        {"do": "filter", "name": "colour", "value": "red"},
        {"do": "move", "by": "far"},
    ],
)
def test_a_message_that_makes_no_sense_is_answered_and_writes_nothing(desk, message):
    before = (desk.data / "ratings.csv").read_bytes()
    desk.session.receive(message)
    assert describe_screen(desk.session)["said"][0] == "alert"
    assert (desk.data / "ratings.csv").read_bytes() == before


def test_a_passage_is_shown_where_the_text_is_at_hand_and_the_one_that_was_coded(data, texts):
    desk = Desk(data, texts)
    screen = desk.ask("sign_in", rater="ann")
    _, span, _ = screen["card"]["passage"]
    claim = desk.session.claims.set_index("claim_id").loc[screen["card"]["id"]]
    assert len(span) == claim["end"] - claim["start"]
    for path in texts.iterdir():
        path.write_text("another text")
    assert Desk(data, texts).ask("sign_in", rater="ann")["card"]["passage"] is None


def test_every_code_has_its_meaning_and_the_manuals_boundary():
    vocabulary = evidence.load().vocabulary
    manual = read_manual(find_data().parent / "docs" / "coding-manual.md")
    for view in VIEWS.values():
        for name in view.variables:
            codes = describe_variable(vocabulary, manual, view.table, name)["codes"]
            assert all(code["definition"] or code["cue"] for code in codes), name
    kinds = {code["value"]: code for code in describe_variable(vocabulary, manual, "claims", "kind")["codes"]}
    assert "not a cure" in kinds["effectiveness"]["boundary"]
    strengths = {code["value"]: code for code in describe_variable(vocabulary, manual, "claims", "strength")["codes"]}
    assert "might" in strengths["tentative"]["cue"]
    assert set(manual) >= BLIND


def test_without_the_manual_the_definitions_stay(tmp_path):
    assert read_manual(tmp_path / "coding-manual.md") == {}
    codes = describe_variable(evidence.load().vocabulary, {}, "claims", "kind")["codes"]
    assert all(code["definition"] for code in codes)


def test_the_panel_says_the_same_words_where_no_browser_is(data):
    panel = evidence.panel.open_panel(evidence.load(data))
    n = len(evidence.load(data).claims)
    assert panel._repr_mimebundle_() == {"text/plain": f"Panel to rate {n} claims: run this cell in JupyterLab."}
    assert panel.screen["card"] is None


def test_a_second_window_that_saved_the_same_is_told_so(desk, data):
    save_ratings({"strength": "plain"}, row_id=desk.session.place, rater_id="ann", folder=data)
    n = len(load_ratings(data))
    assert desk.save({"strength": "plain"})["said"] == ["status", "Saved before, in another window: aafstexas-001."]
    assert len(load_ratings(data)) == n


def test_a_second_window_that_saved_another_value_is_refused(desk, data):
    save_ratings({"strength": "plain"}, row_id=desk.session.place, rater_id="ann", folder=data)
    screen = desk.save({"strength": "emphatic"})
    assert screen["said"][0] == "alert"
    assert "in another window since" in screen["said"][1]
    assert screen["own"]["strength"]["value"] == "plain"
