"""The checks, the rule and counts on every kind of frame, against those in pandas."""

import subprocess
import sys
from collections import Counter
from functools import cache
from itertools import product

import pandas as pd
import pytest
from frame_kinds import NEEDS, PARTITIONS, make_frame, read_frame
from test_judgements import spread

import evidence
from evidence import frames
from evidence.checks import MOST_PLACES, check_table
from evidence.frames import GIVEN, INPUTS, check_frame, check_mapping, count_frame, join_frame, judge_frame
from evidence.judgements import CERTAINTY, CONCERN, MATCH, STRENGTH, judge_claims
from evidence.rules import check_rows
from evidence.schema import Column, Table, Word

KINDS = pytest.mark.parametrize("kind", NEEDS)


def spread_missing() -> pd.DataFrame:
    """Return combinations of the rule's inputs in which every one of them is missing, too."""
    values = {
        "kind": ("effectiveness", None),
        "stance": ("promotes", "cautions", None),
        "strength": (*STRENGTH, None),
        "checkability": ("checkable", "offer", None),
        "proposition_id": ("P01", None),
        "match": (*MATCH, None),
        "asserted_direction": ("benefit", "harm", None),
        "direction": ("benefit", "mixed", None),
        "certainty": (*CERTAINTY, None),
        "indirectness": (*CONCERN, None),
    }
    rows = pd.DataFrame(product(*values.values()), columns=list(values))
    return rows.assign(identity=None, accuracy=None).astype(object)


@cache
def spread_all() -> pd.DataFrame:
    """Return every combination, missing ones too; the same frame each time, so a test must not change it."""
    rows = pd.concat([spread()[list(INPUTS)], spread_missing()], ignore_index=True)
    return rows.where(rows.notna(), None).assign(row=range(len(rows)))


def list_given(judged: pd.DataFrame) -> pd.DataFrame:
    """Return what the rule gave, by the rows' numbers: words as text, numbers as whole ones, None where missing."""
    given = judged.sort_values("row")[["row", *GIVEN]].reset_index(drop=True)
    numbers = given.select_dtypes("number").columns
    given = given.astype(dict.fromkeys(numbers, "Int64")).astype(object)
    return given.where(given.notna(), None)


@cache
def list_expected() -> pd.DataFrame:
    """Return what `judge_claims` gives to all of them."""
    return list_given(judge_claims(spread_all()))


def compare_all(kind: str) -> None:
    judged = list_given(read_frame(judge_frame(make_frame(kind, spread_all()))))
    assert judged.equals(list_expected()), judged.compare(list_expected())


def text_of(table: str, review=None) -> pd.DataFrame:
    """Return a table of the review as it stands in its file."""
    folder = (review or evidence.load()).folder
    return pd.read_csv(folder / f"{table}.csv", dtype=str, keep_default_na=False)


@pytest.mark.slow
@KINDS
def test_every_combination_of_inputs_is_judged_as_by_judge_claims(kind):
    compare_all(kind)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("CERTAINTY", ("very_low", "moderate", "low", "high")),
        ("STRENGTH", ("tentative", "uncertain", "qualified", "plain", "emphatic")),
        ("MATCH", ("direct", "very_indirect", "indirect")),
        ("CONCERN", ("serious", "no_concern", "very_serious")),
        ("MOST_STEPS", 3),
    ],
)
def test_one_rank_changed_is_found(monkeypatch, name, other):
    monkeypatch.setattr(frames, name, other)
    with pytest.raises(AssertionError):
        compare_all("pandas")


@KINDS
def test_the_real_claims_are_judged_as_by_judge(kind, review):
    tables = [make_frame(kind, text_of(name)) for name in ("claims", "propositions", "citations")]
    judged = read_frame(judge_frame(join_frame(*tables))).sort_values("claim_id").set_index("claim_id")
    expected = evidence.judge(review).sort_values("claim_id").set_index("claim_id")
    pd.testing.assert_frame_equal(
        list_given(judged.assign(row=range(len(judged)))), list_given(expected.assign(row=range(len(expected))))
    )


@pytest.mark.slow
def test_categories_of_pandas_are_read_as_their_words():
    words = [name for name in INPUTS if name != "proposition_id"]
    typed = spread_all().astype(dict.fromkeys(words, "category"))
    judged = list_given(judge_frame(typed))
    assert judged.equals(list_expected()), judged.compare(list_expected())


@pytest.mark.slow
@KINDS
def test_an_empty_cell_is_a_missing_cell(kind):
    some = spread_all().sample(3000, random_state=1)
    judged = read_frame(judge_frame(make_frame(kind, some.fillna(""))))
    expected = list_expected().loc[sorted(some["row"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(list_given(judged), expected)


@pytest.mark.slow
@KINDS
def test_counts_add_up_and_missing_cells_count_as_one_value(kind):
    counts = read_frame(count_frame(judge_frame(make_frame(kind, spread_all())), "stance", "support"))
    expected = Counter(zip(spread_all()["stance"], list_expected()["support"], strict=True))
    assert {(row.stance, row.support): row.n for row in counts.itertuples()} == dict(expected)
    assert counts["n"].sum() == len(spread_all())


def test_the_dask_frames_of_these_tests_have_several_partitions():
    assert make_frame("dask", spread_all()).npartitions == PARTITIONS


BROKEN = Table(
    name="broken",
    path="broken.csv",
    title="",
    description="",
    keys=("id",),
    columns=(
        Column("id", "string", "", required=True, pattern=r"[a-z0-9]+-\d{3,}"),
        Column("word", "string", "", required=True, words=tuple(Word(w, w, "") for w in ("plain", "emphatic"))),
        Column("items", "list", "", words=tuple(Word(w, w, "") for w in ("a", "a.b", "c"))),
        Column("whole", "integer", "", minimum=1, maximum=90),
        Column("size", "number", "", minimum=-1),
        Column("day", "date", ""),
        Column("note", "string", ""),
        Column("other", "string", ""),
    ),
)
GOOD = {"id": "x-001", "word": "plain", "items": "a;c", "whole": "5", "size": "0.5", "day": "2024-02-29", "note": "", "other": "P01"}  # fmt: skip
BAD = {
    "id": ["", "X-001", "x-01", "x-001x", "x-001\n", "x-001"],
    "word": ["", "Plain", "plain ", "loud", "plain;emphatic"],
    "items": ["a;a", "a;c;a", "a.b;c;a.b", ";", "a;", "axb", "A", "a; c", "=a", "a.b;a"],
    "whole": ["0", "91", "-4", "1.0", "1e3", "5 ", "five", "=5", "1234567890123456", "12\n"],
    "size": ["-1.5", "-1", "1e-3", ".5", "5.", ".", "+", "1,5", "-2e0", "nan"],
    "day": [
        "2023-02-29",
        "1900-02-29",
        "2000-02-29",
        "2024-13-01",
        "2024-04-31",
        "24-04-01",
        "2999-01-01",
        "2024-2-29",
    ],
    "note": [
        "=1+1",
        "+5",
        "-5 or so",
        "@x",
        " =x",
        "\u00a0-x",
        "\u2003=x",
        " ",
        "\t",
        "\u00a0",
        "-7.5e3",
        "a\nb",
        "x=1",
        "\n",
    ],
    "other": ["", "P02", "P1", "p01"],
}


def break_table() -> pd.DataFrame:
    """Return sound rows, and one row for every bad or odd value; some of them more than once."""
    rows = [GOOD | {"id": f"x-{i:03}"} for i in range(1, 40)]
    rows += [GOOD | {"id": f"y-{name}{i}"[:3] + f"{len(name)}{i:02}-{i:03}", name: value} if name != "id" else GOOD | {name: value}
             for name, values in BAD.items() for i, value in enumerate(values)]  # fmt: skip
    return pd.DataFrame(rows * 2).astype(object)


def sum_up(problems) -> dict[str, int]:
    return {problem.rule: problem.broken or len(problem.places) for problem in problems}


def with_known(cells: pd.DataFrame) -> dict[str, int]:
    """Check cells in pandas; the reference, which there takes two tables, by hand."""
    lost = int((~cells["other"].isin(["", "P01", "P02"])).sum())
    return sum_up(check_table(cells, BROKEN, "broken")) | {"other must be one of those in the review": lost}


@KINDS
def test_a_table_broken_on_purpose_breaks_the_same_rules_as_often_as_in_check_table(kind):
    cells = break_table()
    problems = check_frame(make_frame(kind, cells), BROKEN, known={"other": ("P01", "P02")})
    assert sum_up(problems) == with_known(cells)
    assert len(problems) == 16
    assert {problem.rows for problem in problems} == {len(cells)}


@KINDS
def test_a_missing_cell_breaks_no_rule_but_that_it_must_not_be_empty(kind):
    cells = pd.DataFrame([GOOD | {"id": f"x-{i:03}"} for i in range(6)]).astype(object)
    cells.loc[2, ["word", "items", "whole", "size", "day", "note", "other"]] = None
    cells.loc[3, ["word", "items", "whole", "size", "day", "note", "other"]] = ""
    problems = check_frame(make_frame(kind, cells), BROKEN, known={"other": ("P01",)})
    assert sum_up(problems) == {"word must not be empty": 2}


@KINDS
def test_the_real_claims_are_sound(kind, review):
    claims, propositions = make_frame(kind, text_of("claims")), text_of("propositions")
    known = {"proposition_id": list(propositions["proposition_id"]), "source_id": list(text_of("sources")["source_id"])}
    assert check_frame(claims, review.vocabulary.tables["claims"], known=known) == []
    assert (
        check_mapping(claims, dict(zip(propositions["proposition_id"], propositions["direction"], strict=True))) == []
    )


@pytest.mark.parametrize("kind", ["pandas", "polars lazy", "pyarrow", "duckdb"])
def test_every_table_of_the_review_is_sound(kind, review):
    for table in review.vocabulary.tables.values():
        known = {key.column: list(text_of(key.table)[key.target]) for key in table.foreign_keys}
        assert check_frame(make_frame(kind, text_of(table.name)), table, known=known) == []


def test_a_key_of_several_columns_and_a_column_called_n_are_checked(review):
    ratings, studies = text_of("claim_ratings"), text_of("studies")
    twice = pd.concat([ratings, ratings.head(3)])
    (problem,) = check_frame(twice, review.vocabulary.tables["claim_ratings"])
    assert (problem.rule, problem.broken) == ("claim_id, rater_id, round must be unique", 3)
    assert ", ".join(ratings.loc[0, ["claim_id", "rater_id", "round"]]) in [place.value for place in problem.places]
    studies.loc[:3, "n"] = "many"
    (problem,) = check_frame(studies, review.vocabulary.tables["studies"])
    assert str(problem).endswith("\n  4 rows: 'many'")


@KINDS
def test_a_mapping_that_lacks_something_is_found_as_by_check_rows(kind, review):
    claims, propositions = text_of("claims"), text_of("propositions")
    mapped = claims.index[claims["proposition_id"] != ""]
    unmapped = claims.index[claims["proposition_id"] == ""]
    directions = dict(zip(propositions["proposition_id"], propositions["direction"], strict=True))
    found = claims["proposition_id"].map(directions)
    effect, statement = claims.index[found == "benefit"], claims.index[found == "holds"]
    claims.loc[mapped[:3], "match"] = ""
    claims.loc[unmapped[:2], "match"] = "direct"
    claims.loc[mapped[10:14], "asserted_direction"] = ""
    claims.loc[effect[-5:], "asserted_direction"] = "holds"
    claims.loc[statement[-6:], "asserted_direction"] = "harm"
    files = {"claims": "claims", "propositions": "propositions"}
    expected = sum_up(check_rows({"claims": claims, "propositions": propositions}, review.vocabulary, files))
    found = sum_up(check_mapping(make_frame(kind, claims), directions))
    assert len(found) == 4
    assert found == {rule: n for rule, n in expected.items() if rule in found}


def test_a_problem_names_the_most_frequent_values_their_rows_and_cure():
    cells = pd.DataFrame([GOOD | {"id": f"x-{i:03}"} for i in range(60)]).astype(object)
    cells.loc[0, "word"], cells.loc[1:3, "word"] = "loud", "Plain"
    (problem,) = check_frame(cells, BROKEN, file="claims.parquet")
    assert str(problem).splitlines() == [
        "claims.parquet: word must be one of plain, emphatic; 4 of 60 rows are not.",
        "  3 rows: 'Plain' (write 'plain')",
        "  1 row: 'loud'",
    ]
    cells["word"] = [f"word {i}" for i in range(60)]
    (problem,) = check_frame(cells, BROKEN)
    assert (len(problem.places), problem.broken) == (MOST_PLACES, 60)


def test_frames_are_left_as_they_were_and_come_back_in_kind():
    before = spread_all().head(50)
    given = before.copy()
    assert isinstance(judge_frame(given), pd.DataFrame)
    pd.testing.assert_frame_equal(given, before)


def test_what_does_not_use_frames_does_not_import_what_they_need():
    code = (
        "import sys, evidence, evidence.cli; print('pandas' in sys.modules, 'narwhals' in sys.modules);"
        "evidence.judge(evidence.load()); print({'narwhals', 'duckdb', 'polars', 'dask', 'pyspark'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["False False", "set()"]
