"""What holds whatever is done: cells broken at random, random reviews judged, ratings saved and merged in any order."""

import csv
import json
import shutil
import subprocess
import tempfile
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from random_review import make_review, write_review

import evidence
from evidence import TableError
from evidence.judgements import CERTAINTY, STRENGTH, SUPPORT, judge_claims
from evidence.ratings import finish, load_ratings, save_ratings, settle
from evidence.tables import check_data, format_table, hold_tables, load_vocabulary
from evidence.tidy import tidy_data

pytestmark = pytest.mark.slow
QUICK = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
SMALL = {"sources": 1, "segments": 8, "propositions": 4, "studies": 3, "findings": 5}
HOSTILE = ["", " ", "\n", "\r", "\0", "=1+1", '"', "'", ",", ";", "-1", "0", "1e999", "9" * 400, "nan", "inf", "١", "²",
           "9999-12-31", "0000-00-00", "\ufeff", "\u202e", "\x1f", "..", "../..", "a" * 3000, "not_applicable", "$x$", "<b>"]  # fmt: skip


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """A sound random review, and its tables' rows by name."""
    folder = write_review(tmp_path_factory.mktemp("sound"), seed=4, **SMALL)
    tables = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            tables[path.name] = list(csv.reader(file))
    return folder, {name: rows for name, rows in tables.items() if len(rows) > 1}


def look_at(folder) -> None:
    """Check, load and judge a folder: all three agree on whether it is sound, and none fails in another way."""
    problems = check_data(folder)
    assert all(problem.rule and str(problem) for problem in problems)
    if problems:
        with pytest.raises(TableError) as caught:
            evidence.load(folder)
        assert set(map(str, caught.value.problems)) == set(map(str, problems))
    else:
        assert evidence.judge(evidence.load(folder))["support"].notna().all()


@QUICK
@given(place=st.data(), cell=st.sampled_from(HOSTILE) | st.text(max_size=40))
def test_any_cell_replaced_by_any_text_gives_problems_or_a_review(sound, place, cell):
    folder, tables = sound
    name = place.draw(st.sampled_from(sorted(tables)), "table")
    rows = [list(row) for row in tables[name]]
    line = place.draw(st.integers(0, len(rows) - 1), "line")
    column = place.draw(st.integers(0, len(rows[0]) - 1), "column")
    others = sorted({row[column] for row in rows[1:]})
    rows[line][column] = place.draw(st.sampled_from([cell, *others]), "cell")
    before = (folder / name).read_bytes()
    try:
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
        look_at(folder)
    finally:
        (folder / name).write_bytes(before)


@QUICK
@given(place=st.data(), piece=st.binary(max_size=20))
@example(place=None, piece=b"\xff\xfe")
def test_any_bytes_in_any_place_of_a_table_or_the_schema_give_problems_or_a_review(sound, place, piece):
    folder, tables = sound
    name = place.draw(st.sampled_from([*sorted(tables), "datapackage.json"])) if place else "claims.csv"
    before = (folder / name).read_bytes()
    start = place.draw(st.integers(0, len(before))) if place else 0
    end = place.draw(st.integers(start, min(len(before), start + 60))) if place else 0
    try:
        (folder / name).write_bytes(before[:start] + piece + before[end:])
        look_at(folder)
    finally:
        (folder / name).write_bytes(before)


@QUICK
@given(place=st.data())
def test_a_save_refuses_what_a_check_of_all_tables_would_find_new(sound, place, tmp_path_factory):
    folder = Path(shutil.copytree(sound[0], tmp_path_factory.mktemp("saved"), dirs_exist_ok=True))

    def draw_change(cells):
        name = place.draw(st.sampled_from(sorted(cells)), "table")
        schema = load_vocabulary(folder).tables[name]
        column = place.draw(st.sampled_from([one for one in schema.names if one not in schema.keys]), "column")
        line = place.draw(st.integers(0, len(cells[name]) - 1), "line")
        value = place.draw(st.sampled_from(["", *sorted(set(cells[name][column]))]), "value")
        cells[name].loc[line, column] = value
        return name

    def list_places():
        return {(p.file, p.rule, at) for p in check_data(folder) for at in p.places or (None,)}

    with hold_tables(folder) as held:
        cells = {path.removesuffix(".csv"): held.read(path.removesuffix(".csv")) for path in sound[1]}
        for _ in range(2):  # what somebody broke by hand before
            name = draw_change(cells)
            (folder / f"{name}.csv").write_text(format_table(cells[name]), encoding="utf-8")
    before = list_places()
    with hold_tables(folder) as held:
        name = draw_change(cells)
        try:
            held.save({name: cells[name]})
            refused = set()
        except TableError as error:
            refused = {(p.file, p.rule, at) for p in error.problems for at in p.places or (None,)}
            (folder / f"{name}.csv").write_text(format_table(cells[name]), encoding="utf-8")
    assert refused == list_places() - before


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["", "claims", "note", "(", "x.csv", "round"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["name", "fields"]), inner, max_size=2),
    max_leaves=3,
)


@QUICK
@given(place=st.data(), value=ANYTHING)
def test_any_part_of_the_schema_replaced_by_anything_gives_problems_or_a_review(sound, place, value):
    path = sound[0] / "datapackage.json"
    before = path.read_bytes()
    schema = node = json.loads(before)
    keys = []
    while isinstance(node, dict | list) and node and (not keys or place.draw(st.integers(0, 4))):
        keys.append(place.draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node)))))
        holder, node = node, node[keys[-1]]
    holder[keys[-1]] = value
    try:
        path.write_text(json.dumps(schema), encoding="utf-8")
        problems = check_data(sound[0])
        if problems:
            with pytest.raises(TableError):
                evidence.load(sound[0])
        else:
            assert evidence.load(sound[0]).vocabulary
    finally:
        path.write_bytes(before)


SWAPS = ({"benefit": "harm", "harm": "benefit"}, {"holds": "does_not_hold", "does_not_hold": "holds"})
FAIR = ("supported", "cautious")


def judge_with(claims, **changed):
    return judge_claims(claims.assign(**changed))["support"].astype(object)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6), segments=st.integers(0, 60), propositions=st.integers(0, 30))
def test_the_rule_holds_what_it_promises_over_random_reviews(seed, segments, propositions):
    claims = evidence.judge(make_review(seed, sources=2, segments=segments, propositions=propositions))
    level, text = claims["support"].astype(object), claims[["strength", "certainty", "stance"]].astype(object)
    judged = claims["kind"] != "citation"
    assert level.isin(SUPPORT).all()
    for less, more in pairwise(CERTAINTY):
        better = judge_with(claims, certainty=text["certainty"].replace({less: more}))
        assert (better[level == "supported"] == "supported").all()
    for weak, strong in pairwise(STRENGTH):
        bolder = judge_with(claims, strength=text["strength"].replace({weak: strong}))
        assert not (bolder[level == "overstated"] == "supported").any()
    assert (judge_with(claims, strength="emphatic")[judged] != "supported").all()
    cautious = judge_with(claims, stance="cautions")
    assert (cautious[level.isin(FAIR)].isin(FAIR)).all()
    for swap in SWAPS:
        turned = {name: claims[name].astype(object).replace(swap) for name in ("direction", "asserted_direction")}
        assert (judge_with(claims, **turned) == level).all()
    assert (judge_with(claims, source_id="x", tags="certain", voice="vendor", quote="x") == level).all()


WORDS = {
    "strength": ("tentative", "plain", "emphatic"),
    "voice": ("author", "vendor"),
    "backing": ("none", "testimonial"),
}
BRANCHES = {"one": ("cyd", "eve"), "two": ("dee", "eve")}  # who rates on which branch; eve on both, always alike


class Rating(RuleBasedStateMachine):
    """Raters save and settle on two branches of one review, which git joins by union and `tidy` puts in form."""

    @initialize()
    def begin(self):
        self.place = tempfile.TemporaryDirectory()
        root = Path(self.place.name)
        (root / "base").mkdir()
        write_review(root / "base", seed=7, sources=1, segments=5, propositions=3, studies=3, findings=4)
        self.base = root / "base"
        self.folders = {name: Path(shutil.copytree(self.base, root / name)) for name in BRANCHES}
        self.claims = evidence.load(self.base).claims["claim_id"].head(3).tolist()
        self.saved, self.notes = defaultdict(dict), defaultdict(set)  # what was said to be saved, by claim and rater
        self.n = 0

    def teardown(self):
        if hasattr(self, "place"):
            self.place.cleanup()

    @rule(branch=st.sampled_from(sorted(BRANCHES)), who=st.booleans(), at=st.integers(0, 2), pick=st.data())
    def save(self, branch, who, at, pick):
        rater, claim = BRANCHES[branch][who], self.claims[at]
        variable = pick.draw(st.sampled_from(sorted(WORDS)))
        words = WORDS[variable]
        value = words[at % len(words)] if rater == "eve" else pick.draw(st.sampled_from(words))
        self.n += 1
        note = f"note {self.n}."
        receipt = save_ratings({variable: value}, row_id=claim, rater_id=rater, note=note, folder=self.folders[branch])
        assert receipt.row_id == claim
        self.saved[claim, rater][variable] = value
        self.notes[claim, rater].add(note)

    @rule(at=st.integers(0, 2), pick=st.data())
    def settle(self, at, pick):
        variable = pick.draw(st.sampled_from(sorted(WORDS)))
        value = pick.draw(st.sampled_from(WORDS[variable]))
        folder = self.folders["one"]
        settle({variable: value}, row_id=self.claims[at], rater_id="chair", reason="why", folder=folder)
        row = evidence.load(folder).claims.set_index("claim_id").loc[self.claims[at]]
        assert row[variable] == value

    @precondition(lambda self: self.saved)
    @rule()
    def merge(self):
        one, two = self.folders.values()
        for path in sorted(one.glob("*.csv")):
            how = "--union" if path.name.endswith("_ratings.csv") else "--ours"
            command = ["git", "merge-file", how, path, self.base / path.name, two / path.name]
            subprocess.run(command, check=True, capture_output=True)
        tidy_data(one)
        assert all("evidence settle --finish" in problem.rule for problem in check_data(one))
        finish(one)
        assert check_data(one) == []
        for folder in (self.base, two):
            shutil.rmtree(folder)
            shutil.copytree(one, folder, ignore=shutil.ignore_patterns(".*"))
        self.find_saved(one)

    def find_saved(self, *folders):
        """Every value and every note that was said to be saved stands in one of the folders."""
        rows = [row for folder in folders for row in load_ratings("claims", folder=folder).to_dict("records")]
        found = [row for row in rows if row["round"] == "independent"]
        for (claim, rater), values in self.saved.items():
            own = [row for row in found if (row["claim_id"], row["rater_id"]) == (claim, rater)]
            for variable, value in values.items():
                assert value in {row[variable] for row in own}
            assert self.notes[claim, rater] <= {note for row in own for note in row["note"].split("; ")}

    @invariant()
    def nothing_is_lost(self):
        if hasattr(self, "saved"):
            self.find_saved(*self.folders.values())
            assert [str(p) for folder in self.folders.values() for p in check_data(folder)] == []


Rating.TestCase.settings = settings(max_examples=6, stateful_step_count=8, deadline=None)
TestRating = Rating.TestCase
