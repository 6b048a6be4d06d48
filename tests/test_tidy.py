"""`evidence tidy`: what has one right form gets it, what is a judgement is left to people."""

import csv
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence import cli
from evidence.ratings import load_ratings, save_ratings, settle
from evidence.tables import check_data
from evidence.tidy import tidy_data


def files(folder) -> dict[str, bytes]:
    """Return the bytes of every table."""
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.csv"))}


def test_tidy_leaves_sound_tables_as_they_are(data):
    before = files(data)
    assert tidy_data(data) == []
    assert files(data) == before


def shuffle(content: bytes) -> bytes:
    """Turn the rows round."""
    head, *rows = content.splitlines(keepends=True)
    return head + b"".join(reversed(rows))


def columns_turned(content: bytes) -> bytes:
    """Put the last column first."""
    rows = csv.reader(content.decode().splitlines())
    return "".join(
        ",".join(f'"{c.replace(chr(34), chr(34) * 2)}"' for c in [r[-1], *r[:-1]]) + "\n" for r in rows
    ).encode()


def with_semicolons(content: bytes) -> bytes:
    """Write the cells as a spreadsheet of a country with decimal commas does."""
    rows = csv.reader(content.decode().splitlines())
    return "".join(";".join(f'"{c.replace(chr(34), chr(34) * 2)}"' for c in row) + "\n" for row in rows).encode()


FORMS = {
    "byte order mark": lambda b: b"\xef\xbb\xbf" + b,
    "CRLF": lambda b: b.replace(b"\n", b"\r\n"),
    "CR alone": lambda b: b.replace(b"\n", b"\r"),
    "UTF-16": lambda b: b.decode().encode("utf-16"),
    "semicolons": with_semicolons,
    "semicolons behind BOM and CRLF": lambda b: b"\xef\xbb\xbf" + with_semicolons(b).replace(b"\n", b"\r\n"),
    "rows turned round": shuffle,
    "rows twice": lambda b: b + b"".join(b.splitlines(keepends=True)[1:4]),
    "empty rows": lambda b: b + b"\n\n",
    "rows of commas": lambda b: b + b"," * b.splitlines()[0].count(b",") + b"\n",
    "empty columns behind": lambda b: b.replace(b"\n", b",,\n"),
    "columns turned": columns_turned,
    "no line end": lambda b: b.rstrip(b"\n"),
    "blanks before a cell": lambda b: b.replace(b",hedge,", b",  hedge ,"),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_table_in_another_form_comes_back_byte_for_byte(form, data):
    before = files(data)
    (data / "markers.csv").write_bytes(FORMS[form](before["markers.csv"]))
    said = tidy_data(data)
    assert files(data) == before
    assert said
    assert all(change.file.endswith("markers.csv") for change in said)


def test_the_windows_encoding_is_read_and_said(data):
    before = (data / "sources.csv").read_bytes()
    (data / "sources.csv").write_bytes(before.replace(b"HubPages", "HubPagés".encode("cp1252"), 1))
    assert "from cp1252" in str(tidy_data(data)[0])
    assert "HubPagés" in (data / "sources.csv").read_text(encoding="utf-8")


def test_a_byte_of_the_windows_encoding_leaves_the_rest_in_utf_8(data):
    before = (data / "claims.csv").read_bytes()
    assert before.count("…".encode()) > 1
    (data / "claims.csv").write_bytes(before.replace("…".encode(), b"\x85", 1))
    assert "from cp1252" in str(tidy_data(data)[0])
    assert (data / "claims.csv").read_bytes() == before


@pytest.mark.parametrize(
    "broken", [lambda b: b.replace(b"HubPages", b"Hub\x81Pages", 1), lambda b: b.decode().encode("utf-16")[:-1]]
)
def test_bytes_that_are_letters_in_no_encoding_are_left_and_named(data, broken):
    wrong = broken((data / "sources.csv").read_bytes())
    (data / "sources.csv").write_bytes(wrong)
    assert tidy_data(data) == []
    assert (data / "sources.csv").read_bytes() == wrong
    assert any(problem.file.endswith("sources.csv") for problem in check_data(data))


@pytest.mark.parametrize(
    ("written", "meant"),
    [("12.0", "12"), ("2026/11/24", "2026-11-24"), ("24.11.2026", "2026-11-24"), ("11/24/2026", "2026-11-24")],
)
def test_what_a_spreadsheet_rewrote_gets_its_form_back(written, meant, data, cells):
    column = "n_results" if meant.isdigit() else "searched_on"
    table = cells("searches")
    table[2, column] = written
    table.save()
    said = tidy_data(data)
    assert f"{written!r} → {meant!r}" in str(said[0])
    assert cells("searches")[2, column] == meant


@pytest.mark.parametrize("written", ["03/04/2026", "4/5/26", "yesterday", "1,234", "12.5", "2.000"])
def test_what_could_be_read_in_two_ways_is_left_and_refused(written, data, cells):
    column = "n_results" if written in ("1,234", "12.5", "2.000") else "searched_on"
    table = cells("searches")
    table[2, column] = written
    table.save()
    assert tidy_data(data) == []
    assert column in "\n".join(map(str, check_data(data)))


def test_a_word_that_is_misspelt_is_a_judgement(data, cells):
    table = cells("claims")
    table[2, "strength"] = "Plain"
    table.save()
    assert tidy_data(data) == []
    assert "write 'plain'" in "\n".join(map(str, check_data(data)))


@pytest.mark.whole
def test_derived_cells_are_filled_from_the_texts(data, texts, cells):
    before = files(data)
    for name, column in (("claims", "quote"), ("segments", "sha256"), ("sources", "text_sha256")):
        table = cells(name)
        table[3, column] = ""
        table.save()
    (data / "hits.csv").write_bytes(before["hits.csv"].splitlines(keepends=True)[0])
    said = {change.what for change in tidy_data(data, texts=texts)}
    assert {"quote filled from the text", "sha256 filled from the text", "text_sha256 filled from the text"} <= said
    assert check_data(data, texts=texts) == []


def test_a_text_that_is_not_the_coded_one_fills_nothing(data, texts, cells):
    source = cells("sources")
    path = texts / source[2, "file"]
    path.write_text("Something else. " + path.read_text(encoding="utf-8"), encoding="utf-8")
    table = cells("segments")
    line = table.line(source_id=source[2, "source_id"])
    table[line, "sha256"] = ""
    table.save()
    tidy_data(data, texts=texts)
    assert cells("segments")[line, "sha256"] == ""
    assert "text_sha256 must be that of the article's text" in "\n".join(map(str, check_data(data, texts=texts)))


@pytest.mark.parametrize(
    "broken",
    [
        lambda b: b.replace(b"\n", b"\n<<<<<<< ours\n", 1),
        lambda b: b.replace(b"marker,", b"merkur,", 1),
        lambda b: b + b'zzz,en,hedge,plain,"never closed\n',
        lambda b: b + b"zzz,en\n",
        lambda b: b"",
    ],
)
def test_what_is_no_table_is_left_byte_for_byte(broken, data):
    path = data / "markers.csv"
    path.write_bytes(broken(path.read_bytes()))
    before = path.read_bytes()
    tidy_data(data)
    assert path.read_bytes() == before
    assert check_data(data)


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """A folder with the schema, for a table that stands alone in it."""
    return Path(shutil.copy("data/datapackage.json", tmp_path_factory.mktemp("alone"))).parent


@given(content=st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
@pytest.mark.slow
def test_no_bytes_make_tidy_fail(alone, content):
    folder = alone
    (folder / "hits.csv").write_bytes(content)
    tidy_data(folder)
    after = (folder / "hits.csv").read_bytes()
    assert tidy_data(folder) == [] or after == content
    assert (folder / "hits.csv").read_bytes() == after


def test_the_command_says_each_change_and_what_is_left(data, capsys):
    path = data / "markers.csv"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n").replace(b",hedge,", b",hegde,", 1))
    assert cli.main(["tidy", str(data)]) == 1
    out, err = capsys.readouterr()
    assert "markers.csv: line ends made LF" in out
    assert "'hegde'" in err


class Branches:
    """A repository with one review, on which raters work on branches of their own."""

    def __init__(self, folder, data) -> None:
        self.data = folder / "data"
        self.folder = folder
        shutil.copytree(data, self.data)
        shutil.copy(".gitattributes", folder)
        self.git("init", "-q", "-b", "main")
        self.git("add", ".")
        self.commit()

    def git(self, *words) -> subprocess.CompletedProcess:
        names = ("-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "core.autocrlf=false")
        return subprocess.run(["git", *names, *words], cwd=self.folder, capture_output=True, text=True)

    def commit(self) -> None:
        assert self.git("commit", "-qam", "x").returncode == 0

    def rate(self, branch, rater, **values) -> None:
        """Rate some claims on a branch that leaves from the first state."""
        self.git("checkout", "-q", "main")
        self.git("checkout", "-q", "-b", branch)
        for claim in ("hubpages-002", "hubpages-004", "hubpages-036"):
            save_ratings(values, row_id=claim, table="claims", rater_id=rater, folder=self.data)
        self.commit()

    def merge(self, *branches) -> list[int]:
        self.git("checkout", "-q", branches[0])
        return [self.git("merge", "-q", "-m", "x", branch).returncode for branch in branches[1:]]


@pytest.fixture
def branches(data, tmp_path):
    if shutil.which("git") is None:
        pytest.fail("git is needed to show that branches merge")
    (tmp_path / "review").mkdir()
    return Branches(tmp_path / "review", data)


def test_two_raters_on_two_branches_merge_and_pass(branches):
    branches.rate("one", "ann", strength="plain")
    branches.rate("two", "bea", strength="tentative")
    assert branches.merge("one", "two") == [0]
    tidy_data(branches.data)
    assert check_data(branches.data) == []
    raters = load_ratings("claims", folder=branches.data)["rater_id"].value_counts()
    assert (raters["ann"], raters["bea"]) == (3, 3)


def test_one_rater_on_two_branches_who_says_the_same_is_one_row(branches):
    branches.rate("one", "ann", strength="plain")
    branches.rate("two", "ann", backing="none")
    assert branches.merge("one", "two") == [0]
    assert "whose halves" in "".join(map(str, tidy_data(branches.data)))
    assert check_data(branches.data) == []
    own = load_ratings("claims", folder=branches.data).query("rater_id == 'ann'")
    assert own[["strength", "backing"]].drop_duplicates().to_numpy().tolist() == [["plain", "none"]]


def test_one_rater_who_says_two_things_is_a_clash_with_both_named(branches):
    branches.rate("one", "ann", strength="plain")
    branches.rate("two", "ann", strength="tentative")
    assert branches.merge("one", "two") == [0]
    tidy_data(branches.data)
    message = "\n".join(map(str, check_data(branches.data)))
    assert "claim_id, rater_id, round must be unique" in message
    assert "hubpages-002, ann, independent" in message
    assert "strength 'tentative' here, 'plain' on line" in message or "strength 'plain' here, 'tentative'" in message


def test_what_one_branch_settled_and_all_raters_of_the_other_gave_is_settled_no_more(branches):
    for path in branches.data.glob("claim_ratings.csv"):
        path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    branches.commit()
    branches.git("checkout", "-q", "-b", "one")
    settle({"strength": "uncertain"}, row_id="hubpages-002", rater_id="chair", reason="why", folder=branches.data)
    settle({"backing": "none"}, row_id="hubpages-004", rater_id="chair", reason="why", folder=branches.data)
    branches.commit()
    branches.rate("two", "ann", strength="uncertain")
    assert branches.merge("one", "two") == [0]
    said = "".join(map(str, tidy_data(branches.data)))
    assert "1 × final value that all raters gave taken back" in said
    assert check_data(branches.data) == []
    rows = load_ratings("claims", folder=branches.data)
    assert set(rows["rater_id"]) <= {"ann", "chair"}
    assert "hubpages-002" not in rows.query("rater_id == 'chair'")["claim_id"].tolist()


def test_marks_of_a_conflict_are_named(data):
    path = data / "claims.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text(
        "".join([*lines[:3], "<<<<<<< one\n", lines[3], "=======\n", lines[3], ">>>>>>> two\n", *lines[4:]])
    )
    message = "\n".join(map(str, check_data(data)))
    assert "two branches changed the same rows" in message
    assert "line 4: '<<<<<<< one'" in message
