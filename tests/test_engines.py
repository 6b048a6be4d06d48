"""Large tables of claims: read, checked, judged, counted and written by engines, by `evidence judge`."""

import shutil
import signal
import subprocess
import sys
import time
from itertools import product
from pathlib import Path

import pandas as pd
import pytest
from frame_kinds import need, start_spark

import evidence
from evidence import engines, frames
from evidence.cli import main
from evidence.judgements import SUPPORT

ROOT = Path(__file__).resolve().parent.parent
ENGINES = pytest.mark.parametrize("engine", engines.NEEDS)
COUNTS = ["claims.parquet", "counts.csv"]


@pytest.fixture
def run(tmp_path, capsys):
    """Return a function that judges a file by the command and returns its status and what it said."""

    def judge(path: Path, *more: str, engine: str = "duckdb") -> tuple[int, str]:
        need(*engines.NEEDS[engine][1])
        if engine == "spark":
            start_spark()  # which `evidence judge` then takes: starting one each time is slow
        words = [str(path), "--data", str(ROOT / "data"), "--engine", engine, "--out", str(tmp_path / "judged"), *more]
        status = main(["judge", *words])
        said = capsys.readouterr()
        return status, said.out + said.err

    return judge


@pytest.fixture
def claims():
    """Return the real claims as they stand in their file."""
    return pd.read_csv(ROOT / "data" / "claims.csv", dtype=str, keep_default_na=False)


def write(claims: pd.DataFrame, path: Path) -> Path:
    """Write claims as a CSV, as Parquet (empty cells missing), or as a folder of three of either."""
    if not path.suffix:
        path.mkdir()
        for part in range(3):
            write(claims.iloc[part::3], path / f"part-{part}.{path.name}")
    elif path.suffix == ".csv":
        claims.to_csv(path, index=False, lineterminator="\n")
    else:
        need("pyarrow")
        claims.mask(claims == "").to_parquet(path, index=False)
    return path


def read_judged(folder: Path) -> pd.DataFrame:
    path = folder / "claims.parquet"
    parts = sorted(path.glob("[!._]*")) if path.is_dir() else [path]
    rows = pd.concat([pd.read_parquet(part) for part in parts])
    return rows.sort_values("claim_id").reset_index(drop=True)


def expect(review) -> pd.DataFrame:
    return evidence.judge(review).sort_values("claim_id").reset_index(drop=True)


def assert_as_judged(folder: Path, review) -> None:
    """Compare what was written with what `judge` and counting in pandas give."""
    judged, expected = read_judged(folder), expect(review)
    for name in ("claim_id", "claim", "note", "line", "support", "calibration", "certainty", "accuracy"):
        one, other = (rows[name].astype(object).where(rows[name].notna(), None) for rows in (judged, expected))
        assert one.tolist() == other.tolist(), name
    for name in ("rank", "gap"):
        one, other = (rows[name].astype("Float64") for rows in (judged, expected))
        pd.testing.assert_series_equal(one, other)
    counts = pd.read_csv(folder / "counts.csv")
    table = pd.crosstab(expected["stance"], expected["support"], dropna=False).stack()
    assert counts["n"].tolist() == [
        table[stance, level] for stance in sorted(set(expected["stance"])) for level in SUPPORT
    ]
    assert counts["n"].sum() == len(expected)


@pytest.mark.parametrize(
    ("engine", "name"),
    [
        *product(("duckdb", "polars"), ("claims.csv", "claims.parquet", "csv", "parquet")),
        *product(("dask", "spark"), ("claims.csv", "parquet")),
    ],
)
def test_claims_from_a_file_or_folder_are_judged_as_by_judge(run, review, claims, tmp_path, engine, name):
    status, said = run(write(claims, tmp_path / name), engine=engine)
    assert (status, sorted(path.name for path in (tmp_path / "judged").iterdir())) == (0, COUNTS), said
    assert said.startswith(f"evidence judge: {len(review.claims)} claims judged; ")
    assert_as_judged(tmp_path / "judged", review)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, "judged"])


def test_numbers_and_categories_of_parquet_are_read_as_text(run, review, tmp_path):
    need("pyarrow")
    review.claims.to_parquet(tmp_path / "claims.parquet")
    assert run(tmp_path / "claims.parquet")[0] == 0
    assert_as_judged(tmp_path / "judged", review)


def test_cells_with_commas_quotes_and_line_breaks_come_through(run, claims, tmp_path, monkeypatch):
    monkeypatch.setattr(engines, "BLOCK", 1 << 13)  # so that pieces end within cells
    notes = ('He said "no", twice,\nand left; 1,5 \u00e9\n' + pd.Series(range(len(claims))).astype(str)).tolist()
    status, said = run(write(claims.assign(note=notes), tmp_path / "claims.csv"))
    assert status == 0, said
    assert sorted(read_judged(tmp_path / "judged")["note"]) == sorted(notes)


def test_columns_that_the_rule_does_not_read_may_be_left_out_or_added(run, review, claims, tmp_path):
    few = claims.drop(columns=["start", "end", "quote", "voice", "backing", "tags", "match_reason", "source_id"])
    status, said = run(
        write(few.assign(crawl="2026-10", url="x"), tmp_path / "claims.csv"), "--by", "kind", "--by", "line"
    )
    assert status == 0, said
    assert read_judged(tmp_path / "judged")["support"].tolist() == expect(review)["support"].tolist()
    assert set(read_judged(tmp_path / "judged")["crawl"]) == {"2026-10"}
    counts = pd.read_csv(tmp_path / "judged" / "counts.csv", dtype={"line": str})
    assert list(counts) == ["kind", "line", "support", "n"]
    expected = expect(review).groupby(["kind", "line", "support"], observed=True).size()
    found = counts[counts["n"] > 0].set_index(["kind", "line", "support"])["n"]
    assert found.to_dict() == expected.to_dict()


def test_a_table_without_claims_is_judged_and_counts_none(run, claims, tmp_path):
    status, said = run(write(claims.iloc[:0], tmp_path / "claims.csv"))
    assert (status, said.split(";")[0]) == (0, "evidence judge: 0 claims judged")
    assert (tmp_path / "judged" / "counts.csv").read_text() == "stance,support,n\n"


@ENGINES
def test_every_broken_rule_is_named_with_its_rows_and_nothing_is_written(run, claims, tmp_path, engine):
    claims.loc[:2, "strength"] = "Plain"
    claims.loc[5, "kind"] = ""
    claims.loc[7, "claim_id"] = claims.loc[6, "claim_id"]
    claims.loc[[9, 10], ["proposition_id", "match", "asserted_direction"]] = ["P9999", "direct", "benefit"]
    claims.loc[claims.index[claims["match"] != ""][-1], "match"] = ""
    status, said = run(write(claims, tmp_path / "claims.parquet"), engine=engine)
    file, first = tmp_path / "claims.parquet", claims.loc[6, "claim_id"]
    assert status == 1
    for line in [
        f"{file}: strength must be one of uncertain, tentative, qualified, plain, emphatic; 3 of {len(claims)} rows are not.",
        "  3 rows: 'Plain' (write 'plain')",
        f"{file}: kind must not be empty; 1 of {len(claims)} rows is not.",
        f"{file}: claim_id must be unique; 1 of {len(claims)} rows is not.",
        f"  2 rows: '{first}'",
        f"{file}: proposition_id must be one of those in the review; 2 of {len(claims)} rows are not.",
        f"{file}: match must stand where proposition_id does, and only there; 1 of {len(claims)} rows is not.",
    ]:
        assert line in said.splitlines()
    assert [path.name for path in tmp_path.iterdir()] == ["claims.parquet"]


def keep(path: Path, text: str | bytes) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c, p: write(c.drop(columns=["strength", "match"]), p / "c.csv"), "a column that the rule reads is missing: strength, match."),
        (lambda c, p: write(c.drop(columns="claim_id"), p / "c.parquet"), "a column that the rule reads is missing: claim_id."),
        (lambda c, p: write(c.assign(Rank="1", accuracy="x"), p / "c.csv"), "a column must not have the name of one that the rule or the review gives: Rank, accuracy."),
        (lambda c, p: write(c.assign(KIND="x"), p / "c.csv"), "a column must stand once: kind."),
        (lambda c, p: keep(p / "c.csv", ""), "a table has a header line; this file is empty."),
        (lambda c, p: keep(p / "c.csv", b"\xff\xfe"), "a table is a well-formed CSV in UTF-8: "),
        (lambda c, p: keep(p / "c.csv", write(c, p / "d.csv").read_bytes() + b"x-001,\xff" + 16 * b","), "a table is a well-formed CSV in UTF-8: "),
        (lambda c, p: keep(p / "c.csv", write(c, p / "d.csv").read_bytes() + b"x-001,b\n"), " rows is not.\n  1 row: 'x-001,b' (2 cells, not 18)"),
        (lambda c, p: keep(p / "c.csv", write(c, p / "d.csv").read_bytes() + b"x-001" + 20 * b"," + b"\n"), "(21 cells, not 18)"),
        (lambda c, p: keep(p / "c.parquet", "claim_id,kind"), "this is no Parquet file: "),
        (lambda c, p: keep(p / "c.xlsx", "x"), "claims are read from .csv files or from .parquet files, one kind alone; here is .xlsx."),
        (lambda c, p: keep(p / "f" / ".hidden.csv", "x").parent, "one kind alone; here is no file."),
        (lambda c, p: keep(write(c, p / "csv") / "x.parquet", "x").parent, "one kind alone; here is .csv, .parquet."),
        (lambda c, p: write(c[c.columns[::-1]], write(c, p / "csv") / "z.csv").parent, "every file must have the columns of part-0.csv"),
        (lambda c, p: p / "nowhere.csv", "this file is missing."),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_in_a_line_and_nothing_is_written(run, claims, tmp_path, change, said):
    need("pyarrow", "duckdb")
    path = change(claims, tmp_path)
    before = sorted(tmp_path.rglob("*"))
    status, message = run(path)
    assert status == 1
    assert said in message
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("by", ["colour", "support", "n"])
def test_counting_by_what_is_no_column_is_refused(run, claims, tmp_path, by):
    status, said = run(write(claims, tmp_path / "claims.csv"), "--by", by)
    assert (status, said) == (
        1,
        f"{tmp_path / 'claims.csv'}: support is counted by columns of the claims, or by what the rule gives: {by}.\n",
    )


@pytest.mark.parametrize(
    ("engine", "extra"),
    [("duckdb", "scale"), ("polars", "scale"), ("dask", "scale,cluster"), ("spark", "scale,cluster")],
)
def test_an_engine_that_is_not_installed_is_named_with_what_installs_it(tmp_path, capsys, monkeypatch, engine, extra):
    monkeypatch.setattr(engines, "find_spec", lambda name: None if name == engines.NEEDS[engine][1][-1] else object())
    words = ["judge", str(ROOT / "data" / "claims.csv"), "--engine", engine, "--out", str(tmp_path / "judged")]
    assert main([*words, "--data", str(ROOT / "data")]) == 1
    name = engines.NEEDS[engine][1][-1]
    assert (
        capsys.readouterr().err
        == f"engine {engine}: it needs {name}, which is not installed; run: pip install 'evidence-review-notebooks[{extra}]'.\n"
    )
    assert not list(tmp_path.iterdir())


def test_an_unknown_engine_is_refused_with_those_there_are(capsys):
    with pytest.raises(SystemExit):
        main(["judge", "claims.csv", "--engine", "excel", "--out", "judged"])
    said = capsys.readouterr().err
    assert all(name in said for name in engines.NEEDS)


def test_a_folder_that_holds_something_is_not_overwritten_and_an_empty_one_is_filled(run, claims, tmp_path):
    kept = keep(tmp_path / "judged" / "mine.txt", "mine")
    status, said = run(write(claims, tmp_path / "claims.csv"))
    assert (status, kept.read_text()) == (1, "mine")
    assert said == f"{tmp_path / 'judged'}: this is there already: name a folder that is new or empty.\n"
    kept.unlink()
    assert run(tmp_path / "claims.csv")[0] == 0
    assert sorted(path.name for path in (tmp_path / "judged").iterdir()) == COUNTS


def test_a_folder_may_be_named_by_a_link_or_as_the_one_we_are_in(run, claims, tmp_path, monkeypatch):
    path = write(claims, tmp_path / "claims.csv")
    real, link = tmp_path / "real", tmp_path / "link"
    real.mkdir()
    link.symlink_to(real)
    assert run(path, "--out", str(link))[0] == 0
    assert sorted(one.name for one in real.iterdir()) == COUNTS
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert run(path, "--out", ".")[0] == 0
    monkeypatch.chdir(tmp_path)
    assert sorted(one.name for one in (tmp_path / "here").iterdir()) == COUNTS


def test_a_folder_in_one_that_is_missing_is_refused(run, claims, tmp_path):
    status, said = run(write(claims, tmp_path / "claims.csv"), "--out", str(tmp_path / "new" / "judged"))
    assert (status, said) == (1, f"{tmp_path / 'new'}: this folder is missing: make it first.\n")


@pytest.mark.slow
def test_spark_is_started_and_ended_where_none_runs(claims, review, tmp_path):
    need(*engines.NEEDS["spark"][1])
    path, out = write(claims, tmp_path / "claims.csv"), tmp_path / "judged"
    words = ["judge", str(path), "--data", str(ROOT / "data"), "--engine", "spark", "--out", str(out)]
    done = subprocess.run([sys.executable, "-m", "evidence.cli", *words], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (
        0,
        f"evidence judge: {len(review.claims)} claims judged; {out}/claims.parquet and {out}/counts.csv written\n",
    )
    assert_as_judged(out, review)


def test_a_failure_half_way_leaves_nothing(run, claims, tmp_path, monkeypatch):
    need("pyarrow", "duckdb")

    def fail(*_):
        raise OSError(28, "No space left on device", "counts.csv")

    monkeypatch.setattr(engines, "save_files", fail)
    status, said = run(write(claims, tmp_path / "claims.csv"))
    assert (status, said) == (1, "counts.csv: no space left on device; make room on the disk\n")
    assert [path.name for path in tmp_path.iterdir()] == ["claims.csv"]


@pytest.mark.slow
def test_a_run_that_is_stopped_leaves_nothing(claims, tmp_path):
    need("pyarrow", "duckdb")
    many = pd.concat([claims.assign(claim_id=claims["claim_id"] + f"{i:03}") for i in range(300)])
    path = write(many, tmp_path / "claims.csv")
    words = ["judge", str(path), "--data", str(ROOT / "data"), "--engine", "duckdb", "--out", str(tmp_path / "judged")]
    done = subprocess.Popen([sys.executable, "-m", "evidence.cli", *words], stderr=subprocess.PIPE, text=True)
    while done.poll() is None and not list(tmp_path.glob(".judged.*/spill")):
        time.sleep(0.01)
    done.send_signal(signal.SIGINT)
    assert done.communicate(timeout=300)[1].strip().splitlines()[-1] == "stopped; nothing more was written"
    assert [one.name for one in tmp_path.iterdir()] == ["claims.csv"]


def test_what_duckdb_says_when_it_is_stopped_is_said_as_of_any_other(claims, tmp_path, monkeypatch, capsys):
    need("pyarrow", "duckdb")

    def stop(*_, **__):
        raise RuntimeError("Query interrupted")

    monkeypatch.setattr(frames, "check_frame", stop)
    path = write(claims, tmp_path / "claims.parquet")
    words = [str(path), "--data", str(ROOT / "data"), "--engine", "duckdb", "--out", str(tmp_path / "judged")]
    assert main(["judge", *words]) == 130
    assert capsys.readouterr().err == "stopped; nothing more was written\n"
    assert [one.name for one in tmp_path.iterdir()] == ["claims.parquet"]


def test_a_review_that_is_broken_is_named_before_any_claim_is_read(data, cells, tmp_path, capsys):
    need("pyarrow", "duckdb")
    copy = cells("propositions")
    copy[2, "certainty"] = "sure"
    copy.save()
    claims = Path(shutil.copy(ROOT / "data" / "claims.csv", tmp_path / "claims.csv"))
    assert main(["judge", str(claims), "--data", str(data), "--out", str(tmp_path / "judged")]) == 1
    assert "propositions.csv: certainty must be one of" in capsys.readouterr().err
    assert not (tmp_path / "judged").exists()
