"""Saving ratings and settling them: what is written, what is merged, what is refused, what the command says."""

import dataclasses
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from random_review import write_review

import evidence
from evidence import labels, sentences
from evidence.agreement import pivot_ratings, summarise_agreement
from evidence.checks import TableError
from evidence.cli import main
from evidence.ratings import count_disagreements, finish, list_disagreements, load_ratings, save_ratings, settle
from evidence.rules import DOMAINS
from evidence.tables import check_data, hold_tables

CLAIM, OTHER = "hubpages-002", "hubpages-003"
FILE = "claim_ratings.csv"


def broken(folder) -> set:
    return {(p.file, p.rule, place) for p in check_data(folder) for place in p.places}


def read_files(folder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.csv")}


def lines(folder, file=FILE) -> list[str]:
    return (folder / file).read_text(encoding="utf-8").removesuffix("\n").split("\n")


@pytest.fixture
def data(one_article, tmp_path):
    """Return a copy of the tables of one article, for each save checks all of them."""
    return Path(shutil.copytree(one_article, tmp_path / "data"))


@pytest.fixture
def save(data):
    """Return a function that saves into the copy as rater ann."""

    def run(values, **options):
        return save_ratings(values, **{"row_id": CLAIM, "rater_id": "ann", "folder": data, **options})

    return run


@pytest.fixture
def end(data):
    """Return a function that settles in the copy as rater chair."""

    def run(values, **options):
        return settle(values, **{"row_id": CLAIM, "rater_id": "chair", "reason": "why", "folder": data, **options})

    return run


def row_of(data, rater="ann", row_id=CLAIM, table="claims", in_round="independent") -> dict[str, str]:
    """Return one rater's row of a round; empty where there is none."""
    rows = load_ratings(table, folder=data)
    here = (rows.iloc[:, 0] == row_id) & (rows["rater_id"] == rater) & (rows["round"] == in_round)
    return next(iter(rows[here].to_dict("records")), {})


def cell_of(data, variable="strength", row_id=CLAIM) -> object:
    return evidence.load(data).claims.set_index("claim_id").loc[row_id, variable]


def test_a_save_adds_one_row_and_changes_no_other_byte(data, save):
    before, problems = read_files(data), broken(data)
    receipt = save({"strength": "plain", "kind": "safety"}, note='hard: "safe", she said', rated_on="2026-11-22")
    after = read_files(data)
    assert [name for name in before if before[name] != after[name]] == [FILE]
    new = f'{CLAIM},ann,independent,safety,,,plain,,,,,,2026-11-22,"hard: ""safe"", she said"'
    assert new in lines(data)
    assert [line for line in lines(data) if line != new] == before[FILE].decode().splitlines()
    assert (receipt.table, receipt.row_id, receipt.cells) == ("claims", CLAIM, {})
    assert receipt.changed == ("kind", "strength", "note")
    assert broken(data) == problems


def test_tables_stay_sound_and_sorted_after_many_saves(data, save):
    problems = broken(data)
    for value in ("plain", "emphatic", "plain", "tentative"):
        save({"strength": value})
        save({"strength": value}, rater_id="bea", row_id="hubpages-010")
    save({"role": "claim"}, row_id="hubpages-s001", table="segments", rater_id="bea")
    assert broken(data) == problems
    keys = [line.split(",")[:3] for line in lines(data)[1:]]
    assert keys == sorted(keys)


@pytest.mark.parametrize(
    ("row_id", "values"),
    [
        (CLAIM, {"stance": "promotes", "voice": "author"}),
        (CLAIM, {"proposition_id": "P01", "match": "indirect", "asserted_direction": "benefit"}),
        (CLAIM, {"proposition_id": "not_applicable"}),
        ("P01", {"direction": "benefit", "certainty": "low", "risk_of_bias": "serious", "publication_bias": "serious"}),
        ("C006", {"identity": "not_found", "accuracy": "not_checkable"}),
        ("hubpages-s002", {"role": "heading"}),
    ],
)
def test_every_rated_table_is_found_by_its_key_and_takes_its_variables(data, save, row_id, values):
    problems = broken(data)
    receipt = save(values, row_id=row_id)
    assert set(receipt.changed) == set(values)
    saved = row_of(data, row_id=row_id, table=receipt.table)
    assert {name: saved[name] for name in values} == values
    assert broken(data) == problems


def test_a_revision_takes_the_place_of_what_she_said_before(data, save):
    n = len(load_ratings(folder=data))
    save({"strength": "plain"}, note="quickly")
    receipt = save({"strength": "emphatic"}, note="read again")
    assert receipt.changed == ("strength", "note")
    assert len(load_ratings(folder=data)) == n + 1
    assert row_of(data)["strength"] == "emphatic"


def test_a_note_comes_behind_the_one_that_stands_there_and_can_be_added_alone(data, save):
    save({"strength": "plain"}, note="one")
    save({"kind": "safety"}, note="two")
    assert save({}, note="three").changed == ("note",)
    assert save({}, note="two").changed == ()
    assert row_of(data)["note"] == "one; two; three"
    with pytest.raises(TableError, match="a rating must judge something"):
        save({}, note="of nothing", row_id=OTHER)


def test_the_same_value_again_changes_nothing(data, save):
    save({"strength": "plain"}, note="once", rated_on="2026-11-22")
    before = read_files(data)
    assert save({"strength": "plain"}).changed == ()
    assert read_files(data) == before


def test_rows_that_others_added_since_stay(data, save):
    review = evidence.load(data)
    save({"strength": "plain"}, rater_id="bea")
    save({"strength": "emphatic"})
    assert len(load_ratings(folder=data)) == len(review.claim_ratings) + 2
    words = pivot_ratings(evidence.load(data).claim_ratings, "strength").loc[CLAIM]
    assert words[["ann", "bea"]].tolist() == ["emphatic", "plain"]


def test_a_second_window_of_one_rater_is_refused_not_overwritten(data, save):
    save({"strength": "plain"}, seen={"strength": ""})
    before = read_files(data)
    with pytest.raises(TableError, match="ann has rated strength of hubpages-002 in another window since"):
        save({"strength": "emphatic"}, seen={"strength": ""})
    assert read_files(data) == before
    assert save({"strength": "plain"}, seen={}).changed == ()
    assert save({"strength": "emphatic"}, seen={"strength": "plain"}).changed == ("strength",)


@pytest.mark.parametrize(
    ("values", "options", "rule"),
    [
        ({"strength": "Plain"}, {}, "strength must be one of uncertain.*\n.*'Plain'"),
        ({"strength": ""}, {}, "strength must not be empty"),
        ({"strength": "plain", "kind": "pain"}, {}, "kind must be one of"),
        ({"firmness": "plain"}, {}, "a rated variable must be one of kind, voice"),
        ({"tags": "certain"}, {}, "a rated variable must be one of kind, voice"),
        ({"proposition_id": "P9999"}, {}, "proposition_id must be one of those in .*, or not_applicable"),
        ({"strength": "plain"}, {"row_id": "hubpages-999"}, "'hubpages-999' must be a key of .*claims.*; it is none"),
        ({"strength": "plain"}, {"table": "segments"}, "'hubpages-002' must be a key of segments"),
        ({"strength": "plain"}, {"table": "studies"}, "table must be one of segments, claims, propositions, citations"),
        ({"strength": "plain"}, {"rater_id": "Ann B."}, "rater_id must match"),
        ({"strength": "plain"}, {"rated_on": "22.11.2026"}, "rated_on must be a date"),
        ({"strength": "plain"}, {"note": "two\nlines"}, "no cell holds a line break"),
        ({"strength": "plain"}, {"note": "one\rtwo"}, "lines end in LF alone"),
        ({"strength": "plain"}, {"note": "nul\0"}, "no NUL byte"),
        ({"strength": "plain"}, {"note": "=1+1"}, "a spreadsheet would run it"),
        ({"strength": "plain"}, {"note": "\ud800"}, "text that UTF-8 can hold"),
    ],
)
def test_what_the_schema_forbids_is_refused_before_a_byte_is_written(data, save, values, options, rule):
    before = read_files(data)
    with pytest.raises(TableError, match=rule):
        save(values, **options)
    assert read_files(data) == before


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
    assert row_of(data)["note"] == note
    assert broken(data) == problems


@pytest.mark.parametrize("form", ["CRLF", "NUL bytes that a power cut left"])
def test_a_file_that_is_no_sound_table_is_left_as_it_is(data, save, form):
    path = data / FILE
    content = path.read_bytes()
    path.write_bytes(content.replace(b"\n", b"\r\n") if form == "CRLF" else content + b"hubpages" + b"\0" * 40)
    before = path.read_bytes()
    with pytest.raises(TableError, match=r"lines end in LF alone|no NUL byte"):
        save({"strength": "plain"})
    assert path.read_bytes() == before


def test_a_row_that_an_editor_left_without_line_end_is_kept(data, save):
    path = data / FILE
    before = lines(data)
    path.write_bytes(path.read_bytes().removesuffix(b"\n"))
    save({"strength": "plain"})
    assert set(before) < set(lines(data))


def test_a_last_row_cut_at_any_byte_loses_no_whole_row_and_no_byte_without_a_word(data, save):
    path = data / FILE
    content = path.read_bytes()
    *whole, last = content.splitlines(keepends=True)
    for length in range(1, len(last)):
        cut = b"".join(whole) + last[:length]
        path.write_bytes(cut)
        try:
            save({"strength": "plain"})
        except TableError:
            assert path.read_bytes() == cut, length
        else:
            assert {line.decode().rstrip("\n") for line in whole} < set(lines(data)), length


LIMITED = """
import resource, sys
from evidence.ratings import save_ratings
from evidence.checks import TableError
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))  # a disk that takes no more
try:
    save_ratings({"strength": "plain"}, row_id="hubpages-002", rater_id="ann", folder=sys.argv[1])
except TableError as error:
    sys.exit(str(error))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no such limit")
def test_a_disk_that_refuses_leaves_everything_as_it_was(data):
    before, names = read_files(data), {path.name for path in data.iterdir()}
    done = subprocess.run([sys.executable, "-c", LIMITED, data], capture_output=True, text=True)
    assert done.returncode == 1
    assert "could not be written, nothing was saved" in done.stderr
    assert read_files(data) == before
    assert {path.name for path in data.iterdir()} - names <= {".tables.lock", ".tables.turn"}


WAITING = """
import sys
from evidence.ratings import save_ratings
print("ready", flush=True)
save_ratings({"strength": "plain"}, row_id="hubpages-002", rater_id="ann", folder=sys.argv[1])
"""


def test_a_save_waits_for_the_lock_and_says_when_it_cannot_have_it(data):
    before = read_files(data)
    with hold_tables(data):
        writer = subprocess.Popen([sys.executable, "-c", WAITING, data], stdout=subprocess.PIPE, text=True)
        assert writer.stdout.readline() == "ready\n"
        time.sleep(0.5)
        assert writer.poll() is None
        assert read_files(data) == before
    assert writer.wait(30) == 0
    assert row_of(data)["strength"] == "plain"
    writer.stdout.close()
    with (
        hold_tables(data),
        pytest.raises(TableError, match=r"another program has held the lock for 0\.2 s"),
        hold_tables(data, patience=0.2),
    ):
        pass


@pytest.fixture
def drawn(tmp_path):
    """Write a random review in which everything is filled in, and return its folder."""
    (tmp_path / "drawn").mkdir()
    return write_review(tmp_path / "drawn", seed=3, segments=200)


# Two raters


def differ(save):
    save({"strength": "emphatic"}, rater_id="ann")
    save({"strength": "tentative"}, rater_id="bea")


@pytest.fixture
def unrated(data):
    """Take the coders' ratings of claims out of the copy, so that ann and bea are its only raters."""
    (data / FILE).write_text(lines(data)[0] + "\n", encoding="utf-8")
    return data


def test_where_all_raters_give_one_value_the_table_takes_it(unrated, save):
    before = cell_of(unrated)
    assert before != "tentative"
    assert save({"strength": "tentative"}).cells == {}
    assert cell_of(unrated) == before  # one rater alone decides nothing
    assert save({"strength": "tentative"}, rater_id="bea").cells == {"strength": "tentative"}
    assert cell_of(unrated) == "tentative"
    assert list_disagreements(unrated).query("row_id == @CLAIM").empty


def test_raters_who_find_no_proposition_take_the_mapping_away_and_the_note_says_so(unrated, save):
    claims = evidence.load(unrated).claims
    row_id = claims["claim_id"][claims["proposition_id"].notna()].iloc[0]
    problems = broken(unrated)
    for rater in ("ann", "bea"):
        save({"proposition_id": "not_applicable"}, rater_id=rater, row_id=row_id, note="Nothing to look for.")
    now = evidence.load(unrated).claims.set_index("claim_id").loc[row_id]
    assert now[["proposition_id", "match", "match_reason", "asserted_direction"]].isna().all()
    assert "Not assessed: Nothing to look for." in now["note"]
    assert broken(unrated) == problems


def test_raters_who_agree_on_a_proposition_and_differ_on_its_match_are_both_heard(unrated, save, cells):
    claims, row_id = cells("claims"), CLAIM
    unmapped = dict.fromkeys(("proposition_id", "match", "match_reason", "asserted_direction"), "")
    for column, value in (unmapped | {"note": "Not assessed: rare."}).items():
        claims[claims.line(claim_id=CLAIM), column] = value
    claims.save()
    problems = broken(unrated)
    mapping = {"proposition_id": "P01", "match": "direct", "asserted_direction": "benefit"}
    save(mapping, row_id=row_id)
    receipt = save({**mapping, "match": "indirect"}, rater_id="bea", row_id=row_id, note="The people differ.")
    assert receipt.cells["proposition_id"] == "P01"
    assert receipt.cells["match"] == "indirect"  # one that a rater gave
    assert receipt.cells["match_reason"] == "The people differ."
    (cell,) = list_disagreements(unrated).query("row_id == @row_id").to_dict("records")
    assert (cell["variable"], cell["values"]) == ("match", {"ann": "direct", "bea": "indirect"})
    assert broken(unrated) == problems


def test_raters_who_agree_on_a_certainty_and_differ_on_its_marks_are_both_heard(drawn):
    (drawn / "proposition_ratings.csv").write_text(lines(drawn, "proposition_ratings.csv")[0] + "\n", encoding="utf-8")
    rows = evidence.load(drawn).propositions.query("certainty != 'moderate'").dropna(subset="certainty")
    row = rows[~rows["certainty_reason"].str.lower().str.contains("inconsistency")].iloc[0]
    clean = {"direction": row["direction"], "certainty": "moderate", **dict.fromkeys(DOMAINS, "no_concern")}
    ann, bea = clean | {"imprecision": "serious"}, clean | {"inconsistency": "serious"}
    for rater, values in (("ann", ann), ("bea", bea)):
        save_ratings(values, row_id=row["proposition_id"], rater_id=rater, note=f"{rater} says so", folder=drawn)
    now = evidence.load(drawn).propositions.set_index("proposition_id").loc[row["proposition_id"]]
    assert now[list(bea)].to_dict() == bea
    assert now["certainty_reason"] == f"{row['certainty_reason']}; Inconsistency: bea says so"
    assert set(list_disagreements(drawn)["variable"][lambda v: v.isin(DOMAINS)]) == {"imprecision", "inconsistency"}


def test_a_final_value_that_all_raters_come_to_give_is_needed_no_more(unrated, save, end):
    differ(save)
    end({"strength": "qualified"})
    assert row_of(unrated, "chair", in_round="final")["strength"] == "qualified"
    save({"strength": "qualified"}, rater_id="ann")
    assert row_of(unrated, "chair", in_round="final")["strength"] == "qualified"  # bea still differs
    save({"strength": "qualified"}, rater_id="bea")
    assert row_of(unrated, "chair", in_round="final") == {}
    assert cell_of(unrated) == "qualified"
    assert broken(unrated) == set()


def test_who_has_rated_a_cell_cannot_settle_it_alone_or_beside_others(unrated, save, end):
    save({"strength": "tentative"})
    with pytest.raises(TableError, match="ann has rated strength of hubpages-002: somebody who has not must settle it"):
        end({"strength": "tentative"}, rater_id="ann")
    save({"strength": "plain", "backing": "none"}, rater_id="bea")
    for rater in ("ann", "bea"):
        with pytest.raises(TableError, match="all raters of it come to one value"):
            end({"strength": "tentative"}, rater_id=rater)
    assert end({"backing": "authority"}, rater_id="ann").cells == {"backing": "authority"}
    assert end({"strength": "tentative"}).cells == {"strength": "tentative"}


def test_nobody_has_settled_what_she_rated(review):
    for name, table in review.vocabulary.tables.items():
        if not table.rates:
            continue
        rows = review.tables[name].melt([table.key, "rater_id", "round"], [*table.rated]).dropna(subset="value")
        both = rows.groupby([table.key, "rater_id", "variable"], observed=True)["round"].nunique()
        assert both.max() == 1, name


# Settling


def test_disagreements_are_open_until_a_final_rating_settles_them(data, save, end):
    assert (list_disagreements(data, settled=True)["settled"]).any()
    before = len(list_disagreements(data))
    differ(save)
    listed = list_disagreements(data)
    assert len(listed) == before + 1
    (cell,) = listed.query("row_id == @CLAIM").to_dict("records")
    assert (cell["table"], cell["variable"], cell["final"], cell["settled"]) == ("claims", "strength", "", False)
    assert {"ann": "emphatic", "bea": "tentative"}.items() <= cell["values"].items()
    end({"strength": "qualified"}, reason="by the manual")
    assert len(list_disagreements(data)) == before
    (cell,) = (
        list_disagreements(data, settled=True).query("row_id == @CLAIM and variable == 'strength'").to_dict("records")
    )
    assert (cell["current"], cell["final"], cell["settled"]) == ("qualified", "qualified", True)


def test_settling_writes_the_final_row_and_the_cell_and_no_other_line(data, save, end, cells):
    differ(save)
    problems, before = broken(data), lines(data, "claims.csv")
    receipt = end({"strength": "uncertain"}, reason="by the manual")
    assert receipt.cells == {"strength": "uncertain"}
    claims = cells("claims")
    assert claims[claims.line(claim_id=CLAIM), "strength"] == "uncertain"
    final = row_of(data, "chair", in_round="final")
    assert (final["strength"], final["kind"], final["note"]) == ("uncertain", "", "strength: by the manual")
    after = lines(data, "claims.csv")
    assert sum(one != two for one, two in zip(before, after, strict=True)) == 1
    assert broken(data) == problems


def test_a_cell_has_one_final_value_whoever_gave_it(data, end):
    end({"strength": "uncertain"})
    end({"strength": "tentative"}, rater_id="second-chair")
    assert row_of(data, "chair", in_round="final") == {}
    assert row_of(data, "second-chair", in_round="final")["strength"] == "tentative"
    assert cell_of(data) == "tentative"


def test_settling_what_all_raters_gave_needs_no_final_row(unrated, save, end):
    for rater in ("ann", "bea"):
        save({"strength": "tentative"}, rater_id=rater)
    end({"strength": "uncertain"})
    end({"strength": "tentative"})
    assert row_of(unrated, "chair", in_round="final") == {}
    assert cell_of(unrated) == "tentative"


def test_check_holds_final_value_and_cell_together_and_its_cure_works(data, end, cells, capsys):
    end({"strength": "uncertain"}, reason="by the manual")
    claims = cells("claims")
    claims[claims.line(claim_id=CLAIM), "strength"] = "plain"
    claims.save()
    (problem,) = check_data(data)
    assert "strength must be what raters gave it" in problem.rule
    assert "evidence settle --finish --row KEY" in problem.rule
    assert main(["settle", str(data), "--finish", "--row", CLAIM]) == 0
    assert f"{CLAIM}  strength: plain became uncertain" in capsys.readouterr().out
    assert check_data(data) == []
    assert cell_of(data) == "uncertain"


def test_the_other_cure_records_another_value(data, end, cells):
    end({"strength": "uncertain"})
    claims = cells("claims")
    claims[claims.line(claim_id=CLAIM), "strength"] = "qualified"
    claims.save()
    words = ["--row", CLAIM, "--variable", "strength", "--value", "qualified", "--rater", "dee", "--reason", "a hedge"]
    assert main(["settle", str(data), *words]) == 0
    assert check_data(data) == []
    assert row_of(data, "dee", in_round="final")["strength"] == "qualified"


def test_finishing_takes_all_rows_or_the_one_that_is_named(data, end, cells):
    for row_id in (CLAIM, OTHER):
        end({"strength": "uncertain"}, row_id=row_id)
    claims = cells("claims")
    for row_id in (CLAIM, OTHER):
        claims[claims.line(claim_id=row_id), "strength"] = "emphatic"
    claims.save()
    (row,) = finish(data, row_id=OTHER).to_dict("records")
    assert row == {
        "table": "claims",
        "row_id": OTHER,
        "variable": "strength",
        "before": "emphatic",
        "after": "uncertain",
    }
    assert finish(data)["row_id"].tolist() == [CLAIM]
    assert check_data(data) == []


def test_finishing_sound_tables_touches_nothing(data):
    before = {path.name: path.stat().st_mtime_ns for path in data.glob("*.csv")}
    assert finish(data).empty
    assert {path.name: path.stat().st_mtime_ns for path in data.glob("*.csv")} == before


@pytest.mark.parametrize(
    ("row_id", "values", "reason", "rule"),
    [
        (CLAIM, {"strength": "Plain"}, "why", "strength must be one of"),
        (CLAIM, {"strength": "plain"}, " ", "a variable, a value and a reason"),
        (CLAIM, {}, "why", "a variable, a value and a reason"),
        (CLAIM, {"kind": "citation"}, "why", "a claim of kind citation must have a row in citations"),
        ("P02", {"certainty": "high"}, "why", "certainty must be high less one step"),
        ("Q1", {"certainty": "high"}, "why", "'Q1' must be a key of segments, claims, propositions"),
    ],
)
def test_a_settlement_that_breaks_a_rule_is_refused_whole(data, row_id, values, reason, rule):
    before = read_files(data)
    with pytest.raises(TableError, match=rule):
        settle(values, row_id=row_id, rater_id="chair", reason=reason, folder=data)
    assert read_files(data) == before


def test_a_mapping_can_be_settled_to_none_and_back(data, end):
    claims = evidence.load(data).claims.set_index("claim_id")
    row_id = claims.index[claims["proposition_id"].notna()][0]
    was, problems = claims.loc[row_id], broken(data)
    end({"proposition_id": "not_applicable"}, row_id=row_id, reason="No study could show it.")
    now = evidence.load(data).claims.set_index("claim_id").loc[row_id]
    assert now[["proposition_id", "match", "match_reason", "asserted_direction"]].isna().all()
    assert "Not assessed: No study could show it." in now["note"]
    back = {name: was[name] for name in ("proposition_id", "match", "asserted_direction")}
    end(back, row_id=row_id, reason="It can be shown.")
    now = evidence.load(data).claims.set_index("claim_id").loc[row_id]
    assert {name: now[name] for name in back} == back
    assert now["match_reason"] == "It can be shown."
    assert broken(data) == problems


@pytest.mark.parametrize(
    ("checkability", "note", "after"),
    [
        ("checkable", "One; two", "One; two; Not assessed: rare."),
        ("checkable", "Not assessed: not mapped yet.; One", "One; Not assessed: rare."),
        ("checkable", "Not assessed: old.; One", "Not assessed: old.; One"),
        ("too_vague", "One; two", "One; two"),
    ],
)
def test_a_claim_settled_to_no_proposition_says_why_where_it_could_be_checked(
    data, cells, end, checkability, note, after
):
    claims = cells("claims")
    line = next(
        i for i in range(2, len(claims.rows) + 2) if claims[i, "proposition_id"] and claims[i, "kind"] != "citation"
    )
    row_id = claims[line, "claim_id"]
    claims[line, "note"], claims[line, "checkability"] = note, checkability
    claims.save()
    (data / FILE).write_text(lines(data)[0] + "\n", encoding="utf-8")
    end({"proposition_id": "not_applicable"}, row_id=row_id, reason="rare.")
    now = cells("claims")
    assert (now[line, "note"], now[line, "proposition_id"], now[line, "match"]) == (after, "", "")


def test_a_mark_that_is_settled_stands_with_its_reason_once(drawn):
    rows = evidence.load(drawn).propositions.query("certainty == 'high'")
    key = rows["proposition_id"].iloc[0]
    told = {"row_id": key, "rater_id": "chair", "folder": drawn}
    for reason, said in (("Few people.", "; Imprecision: Few people."), ("The imprecision is small.", "")):
        before = evidence.load(drawn).propositions.set_index("proposition_id").at[key, "certainty_reason"]
        settle({"imprecision": "serious", "certainty": "moderate"}, reason=reason, **told)
        after = evidence.load(drawn).propositions.set_index("proposition_id").at[key, "certainty_reason"]
        assert after == before + said


def test_who_has_settled_a_cell_rates_it_independently_no_more(save, end):
    end({"strength": "uncertain"}, rater_id="ann")
    with pytest.raises(TableError, match="ann has settled strength of hubpages-002"):
        save({"strength": "plain"})
    save({"kind": "safety"})


# What a settled value does


def find_claim(folder, **wanted):
    judged = evidence.judge(evidence.load(folder))
    for name, value in wanted.items():
        judged = judged[judged[name] == value]
    return judged.iloc[0]


def support_of(folder, claim_id) -> str:
    return evidence.judge(evidence.load(folder)).set_index("claim_id").loc[claim_id, "support"]


@pytest.mark.parametrize(
    ("claim", "values", "support"),
    [
        ({"support": "overstated"}, {"strength": "uncertain"}, "supported"),
        ({"support": "overstated", "asserted_direction": "benefit"}, {"asserted_direction": "harm"}, "contradicted"),
        ({"support": "insufficient", "stance": "promotes"}, {"stance": "cautions"}, "cautious"),
        ({"support": "overstated"}, {"proposition_id": "not_applicable"}, "not_assessed"),
        (
            {
                "support": "overstated",
                "certainty": "low",
                "match": "direct",
                "indirectness": "no_concern",
                "stance": "neutral",
            },
            {"match": "very_indirect"},
            "insufficient",
        ),
    ],
)
def test_a_settled_judgement_on_a_claim_changes_its_support(drawn, claim, values, support):
    row_id = find_claim(drawn, **claim)["claim_id"]
    settle(values, row_id=row_id, rater_id="chair", reason="why", folder=drawn)
    assert support_of(drawn, row_id) == support


def test_a_settled_certainty_changes_the_support_of_its_claims(drawn):
    claim = find_claim(drawn, support="overstated", strength="plain", match="direct", certainty="moderate")
    values = {"certainty": "high", **dict.fromkeys(DOMAINS, "no_concern")}
    settle(values, row_id=claim["proposition_id"], rater_id="chair", reason="why", folder=drawn)
    assert support_of(drawn, claim["claim_id"]) == "supported"


def test_a_settled_citation_changes_the_support_of_its_claim(drawn):
    claim = find_claim(drawn, kind="citation", support="overstated")
    citations = evidence.load(drawn).citations.set_index("claim_id")["citation_id"]
    settle({"accuracy": "accurate"}, row_id=citations[claim["claim_id"]], rater_id="chair", reason="why", folder=drawn)
    assert support_of(drawn, claim["claim_id"]) == "supported"


# The command


def test_the_command_lists_and_settles(data, save, capsys):
    differ(save)
    assert main(["settle", str(data)]) == 0
    said = capsys.readouterr().out
    assert f"{CLAIM}  strength: " in said
    assert "ann emphatic, bea tentative" in said
    n = len(list_disagreements(data))
    assert said.splitlines()[-1] == f"evidence settle: {labels.count(n, 'disagreement')}"
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
    assert "in claims strength is tentative now" in capsys.readouterr().out
    assert row_of(data, "chair", in_round="final")["strength"] == "tentative"
    assert main(["settle", str(data)]) == 0
    assert f"{CLAIM}  strength" not in capsys.readouterr().out
    assert len(list_disagreements(data)) == n - 1
    assert main(["settle", str(data), "--all"]) == 0
    assert f"{CLAIM}  strength" in capsys.readouterr().out
    assert main(["settle", str(data), *words[:-2]]) == 1
    assert "--rater" in capsys.readouterr().err
    assert main(["settle", str(data), *words[:4], "--value", "Tentative", *words[6:]]) == 1
    assert "strength must be one of" in capsys.readouterr().err


def test_the_command_settles_together_what_hangs_together(data, capsys):
    row = evidence.load(data).propositions.query("certainty == 'moderate'").iloc[0]
    words = [word for name in DOMAINS for word in ("--variable", name, "--value", "no_concern")]
    words += ["--row", row["proposition_id"], "--rater", "chair", "--reason", "why"]
    assert main(["settle", str(data), *words]) == 1
    assert "certainty must be high less one step" in capsys.readouterr().err
    assert main(["settle", str(data), *words, "--variable", "certainty", "--value", "high"]) == 0
    assert (
        evidence.load(data).propositions.set_index("proposition_id").loc[row["proposition_id"], "certainty"] == "high"
    )
    for more in (["certainty"], ["certainty", "--variable", "certainty", "--value", "high"]):
        assert main(["settle", str(data), *words, "--variable", *more]) == 1
        assert "one --value for each --variable" in capsys.readouterr().err


def test_check_counts_what_is_open(data, save, capsys):
    n = len(list_disagreements(data))
    differ(save)
    assert main(["check", str(data)]) == 0
    assert f"open disagreements of raters: {n + 1} (evidence settle lists them)" in capsys.readouterr().out


def test_disagreements_are_counted_and_said_in_a_sentence(data, save):
    differ(save)
    listed = list_disagreements(data, settled=True)
    counts = count_disagreements(listed)
    assert (counts["cells"] == counts["settled"] + counts["waiting"]).all()
    assert counts["cells"].sum() == len(listed)
    assert counts.set_index(["table", "variable"]).loc[("claims", "strength"), "waiting"] == 1
    assert f"disagree on {len(listed):,} cells, most often on " in sentences.describe_disagreements(listed)
    assert "1 of them waits to be settled" in sentences.describe_disagreements(listed)


def test_a_refusal_names_file_and_value(data, save, end):
    end({"strength": "uncertain"}, rater_id="ann")
    with pytest.raises(TableError) as caught:
        save({"strength": "plain"})
    (problem,) = caught.value.problems
    assert problem.file == str(data / FILE)
    assert [(place.line, place.value) for place in problem.places] == [(None, "uncertain")]
    with pytest.raises(TableError) as caught:
        save({"strength": ""})
    assert caught.value.problems[0].places == ()


def test_a_claim_without_proposition_is_said_to_be_one_that_none_fits_and_needs_no_final_value(unrated, end):
    claims = evidence.load(unrated).claims
    row_id = claims["claim_id"][claims["proposition_id"].isna()].iloc[0]
    assert end({"proposition_id": "not_applicable"}, row_id=row_id).changed == ()
    assert row_of(unrated, "chair", row_id, in_round="final") == {}


def test_reasons_of_a_final_value_go_with_it_when_a_crash_is_finished(data, end, cells):
    claims = evidence.load(data).claims
    row_id = claims["claim_id"][claims["proposition_id"].notna()].iloc[0]
    before = (data / "claims.csv").read_bytes()
    end({"proposition_id": "not_applicable"}, row_id=row_id, reason="No study could show it.")
    after = (data / "claims.csv").read_bytes()
    (data / "claims.csv").write_bytes(before)
    finish(data)
    note = b"Not assessed: proposition_id: No study could show it."
    assert (data / "claims.csv").read_bytes().replace(note, note.replace(b"proposition_id: ", b"")) == after


# What needs ratings and nothing else


def test_importing_the_library_imports_no_jupyter():
    code = "import evidence, evidence.ratings, evidence.panel, sys; print({'anywidget', 'ipywidgets', 'IPython'} & {*sys.modules})"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


def test_propositions_that_raters_choose_agree_like_words(data, save):
    pairs = [("P01", "P01"), ("P02", "P01"), ("not_applicable", "not_applicable"), ("P02", "P02")]
    mapped = {"match": "direct", "asserted_direction": "benefit"}
    for row, pair in enumerate(pairs, start=2):
        for rater, value in zip(("ann", "bea"), pair, strict=True):
            save({"proposition_id": value, **mapped}, rater_id=rater, row_id=f"hubpages-{row:03}")
    save({"proposition_id": "P01", **mapped}, rater_id="cyd", row_id="hubpages-002")  # and of nothing else
    review = evidence.load(data)
    ours = review.claim_ratings[review.claim_ratings["rater_id"].isin(["ann", "bea", "cyd"])]
    made = dataclasses.replace(review, tables={**review.tables, "claim_ratings": ours})
    found = summarise_agreement(made, resamples=20).set_index("variable").loc["proposition_id"]
    assert (found["level"], found["units"], found["paired"]) == ("nominal", 4, 4)
    assert found["percent"] == 5 / 6
    assert 0.3 < found["alpha"] < 1
