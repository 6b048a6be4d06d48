"""Reading, typing and writing."""

import os
import shutil
import sys
from pathlib import Path

import pandas as pd
import pytest

import evidence
from evidence import TableError, tables
from evidence.schema import find_data
from evidence.tables import LOCK, TURN, format_table, hold_tables, load_vocabulary, read_cells, split_items
from nbpage.files import BESIDE, save_files


def test_columns_are_typed_by_the_schema():
    review = evidence.load()
    assert review.claims["start"].dtype == "Int64"
    assert review.findings["estimate"].dtype == float
    assert review.sources["retrieved_on"].dtype.kind == "M"
    assert list(review.propositions["certainty"].cat.categories) == ["very_low", "low", "moderate", "high"]
    assert review.propositions["certainty"].cat.ordered
    assert not review.claims["kind"].cat.ordered


def test_an_empty_cell_is_missing():
    review = evidence.load()
    assert not any((review.claims[c].astype(object) == "").any() for c in review.claims)
    assert review.claims["proposition_id"].isna().any()


def test_every_row_of_every_file_is_loaded():
    review = evidence.load()
    for name, table in review.vocabulary.tables.items():
        lines = (review.folder / table.path).read_text(encoding="utf-8").count("\n") - 1
        assert len(getattr(review, name)) == lines, name


def test_a_review_cannot_be_changed():
    with pytest.raises(AttributeError):
        evidence.load().claims = None


def test_tables_loaded_again_are_the_callers_own(data):
    first, second = evidence.load(data), evidence.load(data)
    first.claims.loc[0, "note"] = "changed"
    first.studies["year"].array[0] = 1
    pd.testing.assert_frame_equal(second.claims, evidence.load(data).claims)
    pd.testing.assert_frame_equal(second.studies, evidence.load(data).studies)


def test_a_table_that_was_edited_is_read_again(data, cells):
    before = evidence.load(data).claims["note"]
    copy = cells("claims")
    copy[2, "note"] = "Edited."
    copy.save()
    assert evidence.load(data).claims["note"][0] == "Edited."
    copy[2, "kind"] = "none such"
    copy.save()
    with pytest.raises(TableError, match="kind must be one of"):
        evidence.load(data)
    assert before[0] != "Edited."


def test_the_same_tables_in_another_folder_are_those_of_that_folder(data, tmp_path):
    first = evidence.load(data)
    second = evidence.load(shutil.copytree(data, tmp_path / "copy"))
    assert (first.folder, second.folder) == (data, tmp_path / "copy")
    second.claims.loc[0, "note"] = "Changed in memory."
    assert evidence.load(data).claims.loc[0, "note"] != "Changed in memory."
    (tmp_path / "copy" / "claims.csv").write_text("")
    with pytest.raises(TableError, match="copy/claims"):
        evidence.load(tmp_path / "copy")


@pytest.mark.skipif(os.name != "posix", reason="only there a mask says what others may do")
@pytest.mark.parametrize(("mask", "mode"), [(0o077, 0o600), (0o002, 0o664), (0o022, 0o644)])
def test_a_new_file_has_the_rights_that_the_user_gives_and_an_old_one_keeps_its_own(tmp_path, mask, mode):
    old = tmp_path / "old.csv"
    old.write_text("a\n")
    old.chmod(0o640)
    before = os.umask(mask)
    try:
        save_files({old: "b\n", tmp_path / "folder" / "new.csv": "c\n"})
    finally:
        os.umask(before)
    assert (tmp_path / "folder" / "new.csv").stat().st_mode & 0o777 == mode
    assert (old.read_text(), old.stat().st_mode & 0o777) == ("b\n", 0o640)


def test_tables_are_on_the_disk_before_the_first_is_replaced(data, monkeypatch):
    done, fsync, change = [], os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda handle: (done.append("force"), fsync(handle)))
    monkeypatch.setattr(os, "replace", lambda *paths: (done.append("replace"), change(*paths)))
    with hold_tables(data) as held:
        held.save({name: held.read(name).assign(note="Read again.") for name in ("findings", "studies")})
    assert done[:4] == ["force", "force", "replace", "replace"]


def test_a_key_to_nothing_is_refused_even_where_another_row_has_it_already(data):
    path = data / "findings.csv"
    known = pd.read_csv(path, dtype=str, keep_default_na=False)
    known.loc[0, "study_id"] = "nobody-1999"
    save_files({path: format_table(known)})
    with hold_tables(data) as held:
        findings = held.read("findings")
        findings.loc[0, "note"] = "What is broken already may stand."
        held.save({"findings": findings})
        findings.loc[2, "study_id"] = "nobody-1999"
        with pytest.raises(
            TableError, match=r"study_id must be one of .*; 1 of [\d,]+ rows is not\.\n  line 4: 'nobody-1999'"
        ):
            held.save({"findings": findings})


def test_a_proposition_that_a_rating_names_cannot_go(data):
    named = evidence.load(data).claim_ratings["proposition_id"].dropna().iloc[0]
    with hold_tables(data) as held:
        cells = held.read("propositions")
        with pytest.raises(TableError) as caught:
            held.save({"propositions": cells[cells["proposition_id"] != named]})
    (found,) = (problem for problem in caught.value.problems if Path(problem.file).name == "claim_ratings.csv")
    assert found.rule.startswith("proposition_id must be one of those in ")
    assert {place.value for place in found.places} == {named}


def test_large_tables_are_loaded_like_small_ones(data, monkeypatch):
    small = evidence.load(data)
    monkeypatch.setattr(tables, "MOST_KEPT", 0)
    large = evidence.load(data)
    for name in small.vocabulary.tables:
        pd.testing.assert_frame_equal(getattr(small, name), getattr(large, name))


def test_what_one_reader_changes_no_other_reads(data):
    schema = load_vocabulary(data).tables["claims"]
    with hold_tables(data) as held:
        given = [read_cells(data / schema.path, schema), held.read("claims"), held.read("claims")]
    given += [evidence.load(data).claims, evidence.load(data).tables["claims"]]
    before = [frame.copy() for frame in given]
    for frame in given:
        frame.loc[0, "note"] = "changed"
        frame["claim_id"] = "x-001"
        frame.columns = [f"my_{name}" for name in frame]
    given = [read_cells(data / schema.path, schema), None, None]
    with hold_tables(data) as held:
        given[1:] = [held.read("claims"), held.read("claims")]
    given += [evidence.load(data).claims, evidence.load(data).tables["claims"]]
    for frame, one in zip(given, before, strict=True):
        pd.testing.assert_frame_equal(frame, one)


def test_tables_of_the_same_bytes_are_each_named_by_their_own_file(data, tmp_path, cells):
    copy = cells("claims")
    copy[2, "strength"] = "loud"
    copy.save()
    twin = shutil.copytree(data, tmp_path / "twin")
    for folder in (data, twin, data):
        with pytest.raises(TableError, match=r"strength must be one of") as caught:
            evidence.load(folder)
        assert {problem.file for problem in caught.value.problems} == {str(folder / "claims.csv")}


def test_bad_tables_are_refused_with_all_problems(data, cells):
    for table in ("claims", "studies"):
        copy = cells(table)
        copy[2, copy.header[0]] = ""
        copy.save()
    with pytest.raises(TableError, match=r"claims\.csv: claim_id must not be empty") as caught:
        evidence.load(data)
    assert any("studies.csv" in problem.file for problem in caught.value.problems)


def test_the_folder_is_given_or_named_by_the_environment_or_found_upwards(data, monkeypatch, tmp_path):
    assert find_data(data) == data
    below = data.parent / "notebooks" / "deep"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert find_data() == data
    other = tmp_path / "elsewhere"
    other.mkdir()
    (other / "datapackage.json").write_text("{}", encoding="utf-8")
    monkeypatch.setenv("EVIDENCE_DATA", str(other))
    assert find_data() == other
    with pytest.raises(FileNotFoundError, match=r"no datapackage\.json"):
        find_data(tmp_path / "nowhere")


def test_a_table_comes_back_from_disk_as_it_was_written(data):
    for table in load_vocabulary(data).tables.values():
        path = data / table.path
        before = path.read_bytes()
        save_files({path: format_table(read_cells(path, table))})
        assert path.read_bytes() == before, table.name


def test_a_failed_write_leaves_the_old_file_and_no_other(data, monkeypatch):
    path = data / "markers.csv"
    before, files = path.read_bytes(), sorted(os.listdir(data))

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        save_files({path: "marker\nx\n"})
    assert path.read_bytes() == before
    assert sorted(os.listdir(data)) == files


def test_a_rule_that_many_new_rows_break_is_said_once_and_what_was_broken_before_is_not(data):
    with hold_tables(data) as held:
        studies = held.read("studies")
        studies.loc[3, "design"] = "astrology"
        save_files({held.files["studies"]: format_table(studies)})
    with hold_tables(data) as held:
        studies = held.read("studies")
        studies.loc[:2, "access"] = "hearsay"
        with pytest.raises(TableError) as caught:
            held.save({"studies": studies})
    (problem,) = caught.value.problems
    assert [(place.line, place.value) for place in problem.places] == [(2, "hearsay"), (3, "hearsay"), (4, "hearsay")]


def test_lists_are_split_with_their_index_kept():
    assert split_items(pd.Series({"a": "x;y", "b": None, "c": "z"})).to_dict() != {}
    assert list(split_items(pd.Series({"a": "x;y", "b": None, "c": "z"})).items()) == [
        ("a", "x"),
        ("a", "y"),
        ("c", "z"),
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights")
@pytest.mark.parametrize("mode", [0o777, 0o775, 0o755, 0o2770])
def test_who_may_write_in_a_folder_may_take_its_locks_whatever_the_umask(data, mode):
    data.chmod(mode)
    before = os.umask(0o077)
    try:
        with hold_tables(data):
            pass
    finally:
        os.umask(before)
    assert [(data / name).stat().st_mode & 0o777 for name in (LOCK, TURN)] == [mode & 0o666] * 2


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can be somebody else")
def test_another_account_of_a_shared_folder_can_save(data):
    for path in (data, *data.parents):
        if str(path).startswith("/tmp/"):
            path.chmod(0o777)

    def save(origin):
        with hold_tables(data) as held:
            markers = held.read("markers")
            markers.loc[0, "origin"] = origin
            held.save({"markers": markers})

    save("The first account.")  # whose locks the other takes; what is imported now the other need not be able to read
    child = os.fork()
    if child == 0:
        os.setgid(65534)
        os.setuid(65534)
        try:
            save("Another account.")
        except BaseException:
            os._exit(1)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert evidence.load(data).markers["origin"][0] == "Another account."


def test_linked_folders_and_tables_are_written_through(data, tmp_path):
    (tmp_path / "other").mkdir()
    (data / "markers.csv").rename(tmp_path / "other" / "words.csv")
    (data / "markers.csv").symlink_to(tmp_path / "other" / "words.csv")
    (tmp_path / "link").symlink_to(data)
    with hold_tables(tmp_path / "link") as held:
        markers = held.read("markers")
        markers.loc[0, "origin"] = "Through the link."
        held.save({"markers": markers})
    assert (tmp_path / "link").is_symlink()
    assert (data / "markers.csv").is_symlink()
    assert "Through the link." in (tmp_path / "other" / "words.csv").read_text(encoding="utf-8")
    assert evidence.load(data).markers["origin"][0] == "Through the link."


def test_what_a_killed_writer_left_beside_a_table_is_gone_with_the_next_one(data):
    names = [f".claims.csv.abc{BESIDE}", f".claim_ratings.csv.x1{BESIDE}"]
    for name in [*names, ".claims.csv.mine"]:
        (data / name).write_text("half", encoding="utf-8")
    with hold_tables(data):
        assert not [name for name in names if (data / name).exists()]
    assert (data / ".claims.csv.mine").exists()
