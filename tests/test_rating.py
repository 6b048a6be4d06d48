"""Saving ratings and settling them: what is written, what is merged, what is refused."""

import shutil

import pandas as pd
import pytest

import evidence
from evidence import ratings
from evidence.agreement import describe_agreement, pivot_ratings, summarise_agreement
from evidence.checks import TableError
from evidence.cli import main
from evidence.ratings import list_disagreements, load_ratings, mend_ratings, next_id, save_rating, save_ratings, settle
from evidence.tables import check_data

CLAIM = "hubpages-002"


def broken(folder) -> set:
    return {(p.file, p.rule, place) for p in check_data(folder) for place in p.places}


@pytest.fixture
def save(data):
    """Return a function that saves into the copy as rater ann."""

    def run(values, **options):
        return save_ratings(values, **{"row_id": CLAIM, "rater_id": "ann", "folder": data, **options})

    return run


def words_of(data, variable="strength"):
    return pivot_ratings(load_ratings(data), "claims", variable).loc[CLAIM]


def final_of(data, variable="strength"):
    return pivot_ratings(load_ratings(data), "claims", variable, round="final").loc[CLAIM]


def test_a_save_adds_rows_behind_and_changes_no_byte_before_them(data, save):
    before, problems = (data / "ratings.csv").read_bytes(), broken(data)
    receipt = save({"strength": "plain", "kind": "safety"}, note='hard: "safe", she said', rated_on="2026-11-22")
    added = (data / "ratings.csv").read_bytes()[len(before) :].decode()
    assert (data / "ratings.csv").read_bytes().startswith(before)
    one, two = receipt.rating_ids
    rest = 'ann,independent,2026-11-22,"hard: ""safe"", she said"'
    assert added.splitlines() == [
        f"{one},claims,{CLAIM},strength,plain,{rest}",
        f"{two},claims,{CLAIM},kind,safety,{rest}",
    ]
    assert broken(data) == problems


def test_tables_stay_sound_after_many_saves(data, save):
    problems = broken(data)
    for value in ("plain", "emphatic", "plain", "tentative"):
        save({"strength": value})
    save_rating("role", "claim", row_id="hubpages-s001", table="segments", rater_id="bea", folder=data)
    assert broken(data) == problems
    assert load_ratings(data)["rating_id"].is_monotonic_increasing


def test_a_revision_is_a_new_row_and_the_last_counts(data, save):
    n = len(load_ratings(data))
    save({"strength": "plain"})
    save({"strength": "emphatic"}, note="read again")
    assert len(load_ratings(data)) == n + 2
    assert words_of(data)["ann"] == "emphatic"


def test_the_same_value_again_adds_nothing(data, save):
    save({"strength": "plain"}, note="once")
    before = (data / "ratings.csv").read_bytes()
    assert save({"strength": "plain"}).rating_ids == ()
    assert (data / "ratings.csv").read_bytes() == before


def test_rows_that_others_added_since_stay(data, save):
    review = evidence.load(data)
    save({"strength": "plain"}, rater_id="bea")
    save({"strength": "emphatic"})
    assert len(load_ratings(data)) == len(review.ratings) + 2
    assert words_of(data)[["ann", "bea"]].tolist() == ["emphatic", "plain"]


def test_a_second_window_of_one_rater_is_refused_not_overwritten(data, save):
    save({"strength": "plain"}, seen={"strength": ""})
    before = (data / "ratings.csv").read_bytes()
    with pytest.raises(TableError, match="ann has rated strength of hubpages-002 in another window since"):
        save({"strength": "emphatic"}, seen={"strength": ""})
    assert (data / "ratings.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("values", "options", "rule"),
    [
        ({"strength": "Plain"}, {}, "value must be a word of the rated column.*\n.*'Plain'"),
        ({"strength": ""}, {}, "value must not be empty"),
        ({"strength": "plain", "kind": "pain"}, {}, "value must be a word"),
        ({"firmness": "plain"}, {}, "variable must be a column of the rated table"),
        ({"strength": "plain"}, {"row_id": "hubpages-999"}, "row_id must be a key of the rated table"),
        ({"strength": "plain"}, {"table": "studies"}, "table must be one of segments, claims, propositions"),
        ({"strength": "plain"}, {"rater_id": "Ann B."}, "rater_id must match"),
        ({"strength": "plain"}, {"rated_on": "22.11.2026"}, "rated_on must be a date"),
        ({"strength": "plain"}, {"note": "two\nlines"}, "no cell holds a line break"),
        ({"strength": "plain"}, {"note": "one\rtwo"}, "lines end in LF alone"),
        ({"strength": "plain"}, {"note": "nul\0"}, "no NUL byte"),
        ({"strength": "plain"}, {"note": "=1+1"}, "which a spreadsheet would run"),
        ({"strength": "plain"}, {"note": "\ud800"}, "text that UTF-8 can hold"),
        ({"tags": "certain;certain"}, {}, "value must be a word"),
        ({"tags": "certain;not_applicable"}, {}, "value must be a word"),
    ],
)
def test_what_the_schema_forbids_is_refused_before_a_byte_is_written(data, save, values, options, rule):
    before = (data / "ratings.csv").read_bytes()
    with pytest.raises(TableError, match=rule):
        save(values, **options)
    assert (data / "ratings.csv").read_bytes() == before
    assert not (data / ".ratings.step").exists()


@pytest.mark.parametrize(
    "note",
    [
        '"; DROP',
        "<script>alert(1)</script>",
        "a,b;c",
        "'\"'\"",
        "ﷺ 𝟙 e\u0301",
        "\u202eabc\u2028def\u0085ghi",
        "\\",
        "x" * 9000,
    ],
)
def test_hostile_notes_come_back_as_they_were(data, save, note):
    problems = broken(data)
    save({"strength": "plain"}, note=note)
    assert load_ratings(data).iloc[-1]["note"] == note
    assert broken(data) == problems


def test_a_list_is_rated_as_words_or_as_none_of_them(data, save):
    problems = broken(data)
    save({"tags": "certain;guarantee"})
    save({"tags": "not_applicable"})
    assert words_of(data, "tags")["ann"] == "not_applicable"
    assert broken(data) == problems


def test_a_file_that_is_no_sound_table_is_left_as_it_is(data, save):
    path = data / "ratings.csv"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    before = path.read_bytes()
    with pytest.raises(TableError, match="lines end in LF alone"):
        save({"strength": "plain"})
    assert path.read_bytes() == before


def test_a_row_that_an_editor_left_without_line_end_is_kept(data, save):
    path = data / "ratings.csv"
    before = path.read_bytes()
    path.write_bytes(before.removesuffix(b"\n"))
    assert "had no line end and got one" in save({"strength": "plain"}).mended
    assert path.read_bytes().startswith(before)


def test_ids_keep_their_order_as_text_when_five_digits_are_used_up(data, save):
    path = data / "ratings.csv"
    rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
    last = rows[-1].split(",", 1)
    path.write_text("".join([*rows[:-1], f"R99998,{last[1]}"]), encoding="utf-8")
    problems = broken(data)
    ids = [save({"strength": word}).rating_ids[0] for word in ("plain", "emphatic", "tentative")]
    assert ids == ["R99999", "R9999900001", "R9999900002"]
    assert next_id("R9999999999") == "R999999999900001"
    assert broken(data) == problems


def test_a_disk_that_refuses_leaves_everything_as_it_was(data, save, monkeypatch):
    before = (data / "ratings.csv").read_bytes()

    def full(path, content):
        with path.open("ab") as file:
            file.write(content[:20])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("evidence.ratings.append_bytes", full)
    with pytest.raises(TableError, match=r"nothing was saved \(No space left on device"):
        save({"strength": "plain"})
    assert (data / "ratings.csv").read_bytes() == before
    assert not (data / ".ratings.step").exists()


def test_a_save_waits_for_the_lock_and_says_when_it_cannot_have_it(data, save, monkeypatch):

    monkeypatch.setattr(ratings.hold_lock.__wrapped__, "__kwdefaults__", {"patience": 0.2})
    with ratings.hold_lock(data), pytest.raises(TableError, match=r"another program has held the lock for 0\.2 s"):
        save({"strength": "plain"})


# Settling


def differ(save):
    save({"strength": "emphatic"}, rater_id="ann")
    save({"strength": "tentative"}, rater_id="bea")


def test_disagreements_are_open_until_a_final_rating_stands_behind_them(data, save):
    before = len(list_disagreements(data))
    assert (list_disagreements(data, settled=True)["settled"]).any()
    differ(save)
    (listed,) = list_disagreements(data).iloc[before:].to_dict("records")
    assert (listed["row_id"], listed["variable"]) == (CLAIM, "strength")
    assert {"ann": "emphatic", "bea": "tentative"}.items() <= listed["values"].items()
    settle({"strength": "qualified"}, row_id=CLAIM, rater_id="chair", reason="by the manual", folder=data)
    assert len(list_disagreements(data)) == before
    save({"strength": "uncertain"})
    assert len(list_disagreements(data)) == before + 1


def test_settling_writes_the_final_row_and_the_cell(data, save, cells):
    differ(save)
    problems, before = broken(data), (data / "claims.csv").read_text(encoding="utf-8").split("\n")
    settle({"strength": "uncertain"}, row_id=CLAIM, rater_id="chair", reason="by the manual", folder=data)
    claims = cells("claims")
    assert claims[claims.line(claim_id=CLAIM), "strength"] == "uncertain"
    assert final_of(data)["chair"] == "uncertain"
    after = (data / "claims.csv").read_text(encoding="utf-8").split("\n")
    assert sum(one != two for one, two in zip(before, after, strict=True)) == 1
    assert broken(data) == problems


def test_check_holds_final_row_and_cell_together(data, cells):
    settle({"strength": "uncertain"}, row_id=CLAIM, rater_id="chair", reason="by the manual", folder=data)
    claims = cells("claims")
    claims[claims.line(claim_id=CLAIM), "strength"] = "plain"
    claims.save()
    assert any("the last final rating must equal" in p.rule for p in check_data(data))


@pytest.mark.parametrize(
    ("row_id", "values", "reason", "rule"),
    [
        (CLAIM, {"strength": "Plain"}, "why", "value must be a word"),
        (CLAIM, {"strength": "plain"}, " ", "a variable, a value and a reason"),
        (CLAIM, {}, "why", "a variable, a value and a reason"),
        (CLAIM, {"kind": "citation"}, "why", "a claim of kind citation must have a row in citations"),
        ("P02", {"certainty": "high"}, "why", "certainty must be high less one step"),
        ("Q1", {"certainty": "high"}, "why", "'Q1' must be a key of segments, claims, propositions"),
    ],
)
def test_a_settlement_that_breaks_a_rule_is_refused_whole(data, row_id, values, reason, rule):
    before = {path.name: path.read_bytes() for path in data.glob("*.csv")}
    with pytest.raises(TableError, match=rule):
        settle(values, row_id=row_id, rater_id="chair", reason=reason, folder=data)
    assert {path.name: path.read_bytes() for path in data.glob("*.csv")} == before


def test_a_list_can_be_settled_to_nothing(data, cells):
    problems = broken(data)
    for value, cell in (("certain", "certain"), ("not_applicable", "")):
        settle({"tags": value}, row_id=CLAIM, rater_id="chair", reason="why", folder=data)
        claims = cells("claims")
        assert claims[claims.line(claim_id=CLAIM), "tags"] == cell
    assert broken(data) == problems


def test_who_has_settled_a_cell_rates_it_independently_no_more(data, save):
    settle({"strength": "plain"}, row_id=CLAIM, rater_id="ann", reason="why", folder=data)
    with pytest.raises(TableError, match="ann has settled strength of hubpages-002"):
        save({"strength": "plain"})
    save({"kind": "safety"})


def supported_claim(data, **wanted) -> pd.Series:
    judged = evidence.judge(evidence.load(data))
    for name, value in wanted.items():
        judged = judged[judged[name] == value]
    return judged.iloc[0]


def support_of(data, claim_id) -> str:
    return evidence.judge(evidence.load(data)).set_index("claim_id").loc[claim_id, "support"]


def test_a_settled_strength_changes_support(data):
    claim = supported_claim(data, support="overstated")
    settle({"strength": "uncertain"}, row_id=claim["claim_id"], rater_id="chair", reason="why", folder=data)
    assert support_of(data, claim["claim_id"]) == "supported"


def test_a_settled_match_changes_support(data):
    claim = supported_claim(data, support="overstated", certainty="low", match="direct")
    settle({"match": "very_indirect"}, row_id=claim["claim_id"], rater_id="chair", reason="why", folder=data)
    assert support_of(data, claim["claim_id"]) == "insufficient"


def test_a_settled_direction_changes_support(data):
    claim = supported_claim(data, support="overstated", asserted_direction="benefit")
    settle({"asserted_direction": "harm"}, row_id=claim["claim_id"], rater_id="chair", reason="why", folder=data)
    assert support_of(data, claim["claim_id"]) == "contradicted"


def test_a_settled_certainty_changes_support(data):
    claim = supported_claim(data, support="overstated", strength="plain", match="direct", certainty="moderate")
    marks = ("risk_of_bias", "inconsistency", "indirectness", "imprecision", "publication_bias")
    values = {"certainty": "high", **dict.fromkeys(marks, "no_concern")}
    settle(values, row_id=claim["proposition_id"], rater_id="chair", reason="why", folder=data)
    assert support_of(data, claim["claim_id"]) == "supported"


def test_the_command_lists_and_settles(data, save, capsys):
    differ(save)
    assert main(["settle", str(data)]) == 0
    assert f"{CLAIM}" in capsys.readouterr().out
    words = [
        "--row",
        CLAIM,
        "--variable",
        "strength",
        "--value",
        "tentative",
        "--reason",
        "a hedge",
        "--rater",
        "chair",
    ]
    assert main(["settle", str(data), *words]) == 0
    assert final_of(data)["chair"] == "tentative"
    assert main(["settle", str(data), *words[:-2]]) == 1
    assert "--rater" in capsys.readouterr().err
    assert main(["settle", str(data), *words[:4], "--value", "Tentative", *words[6:]]) == 1
    assert "value must be a word" in capsys.readouterr().err


def test_importing_the_library_imports_no_jupyter():
    import subprocess
    import sys

    code = "import evidence, evidence.ratings, evidence.panel, sys; print({'anywidget', 'ipywidgets', 'IPython'} & {*sys.modules})"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


def test_mending_sound_tables_touches_nothing(data):
    before = {path.name: path.stat().st_mtime_ns for path in data.iterdir()}
    assert mend_ratings(data) == ""
    assert {path.name: path.stat().st_mtime_ns for path in data.iterdir()} == before
    shutil.rmtree(data)


# Agreement of what the panel can save and the coders did not


def summary_of(data, **wanted) -> pd.Series:
    summary = summarise_agreement(evidence.load(data).ratings, evidence.load(data).vocabulary, resamples=20)
    return summary.set_index("variable").loc[wanted["variable"]]


def test_lists_agree_by_how_much_they_share(data, save):
    for row, (one, two) in enumerate([("certain", "certain"), ("certain;guarantee", "guarantee;certain"),
                                      ("not_applicable", "certain"), ("certain;referral", "referral")], start=2):  # fmt: skip
        save({"tags": one}, rater_id="ann", row_id=f"hubpages-{row:03}")
        save({"tags": two}, rater_id="bea", row_id=f"hubpages-{row:03}")
    tags = summary_of(data, variable="tags")
    assert (tags["level"], tags["units"], tags["paired"], tags["percent"]) == ("set", 4, 4, 0.5)
    assert 0.3 < tags["alpha"] < 1
    assert tags["reason"] == "AC1 is for single words"


def test_no_ratings_at_all_have_a_sentence_too(data):
    review = evidence.load(data)
    assert "No variable" in describe_agreement(summarise_agreement(review.ratings.iloc[:0], review.vocabulary))
