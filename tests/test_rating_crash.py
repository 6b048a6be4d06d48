"""Writers killed, files cut, several writers at once: nothing is lost but the row being saved."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from evidence import ratings
from evidence.checks import TableError
from evidence.ratings import Ledger, Step, load_ratings, mend_ratings, open_ledger, save_ratings, settle, take_step
from evidence.tables import check_data

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="these tests fork writers and kill them")

CLAIM = "hubpages-002"
KILLS = 60
SAVE = {"row_id": CLAIM, "rater_id": "ann", "note": 'a note, with "quotes"', "rated_on": "2026-11-22"}


@pytest.fixture
def small(data):
    """Return the copied tables with few ratings, so that many crashes take little time."""
    path = data / "ratings.csv"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:120]))
    return data


def fork(work) -> int:
    """Run `work` in a fork of this process and return its id."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    return child


def crash_after(budget: int, folder: Path) -> None:
    """Make this process die after `budget` bytes and changes of names in a folder, wherever that is."""
    left = budget

    def spend(amount: int) -> int:
        nonlocal left
        spent = min(left, amount)
        left -= spent
        return spent

    def write_all(file, content) -> None:
        spent = spend(len(content))
        file.write(content[:spent])
        if spent < len(content):
            os._exit(9)

    def counted(change):
        def run(*args, **options):
            if not spend(1):
                os._exit(9)
            return change(*args, **options)

        return run

    ratings._write_all = write_all
    ratings.os.replace = counted(os.replace)
    Path.unlink = counted(Path.unlink)


def count_crash_points(work, folder) -> int:
    """Return how many bytes and changes of names a save makes."""
    total, write_all, replace, unlink = 0, ratings._write_all, os.replace, Path.unlink

    def count(change, size):
        def run(*args, **options):
            nonlocal total
            total += size(*args)
            return change(*args, **options)

        return run

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ratings, "_write_all", count(write_all, lambda _, content: len(content)))
        patch.setattr(os, "replace", count(replace, lambda *_: 1))
        patch.setattr(Path, "unlink", count(unlink, lambda *_: 1))
        work()
    return total


def read(folder) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in ("ratings.csv", "claims.csv")}


def write(folder, files) -> None:
    for name, content in files.items():
        (folder / name).write_bytes(content)


def crash_everywhere(folder, work, points) -> dict[str, int]:
    """Crash `work` at each point, mend, and count what came out: only before and after may."""
    before = read(folder)
    work()
    after = read(folder)
    found = {"before": 0, "after": 0}
    for point in points:
        write(folder, before)
        _, status = os.waitpid(fork(lambda point=point: (crash_after(point, folder), work())), 0)
        assert os.waitstatus_to_exitcode(status) in (0, 9)
        mend_ratings(folder)
        now = read(folder)
        assert now in (before, after), f"crash point {point}"
        found["before" if now == before else "after"] += 1
        assert not (folder / ".ratings.step").exists()
    return found


def plan_save(folder) -> Step:
    rating = {"table": "claims", "row_id": CLAIM, "rater_id": "ann", "round": "independent", "rated_on": "2026-11-22"}
    with open_ledger(folder) as ledger:
        values = (("strength", "plain"), ("kind", "safety"))
        return ledger.plan([{**rating, "variable": name, "value": value, "note": ""} for name, value in values])


def test_a_crash_between_any_two_bytes_of_a_save_loses_at_most_that_save(small):
    step, before = plan_save(small), read(small)

    def work():
        with ratings.hold_lock(small):
            take_step(small, step)

    total = count_crash_points(work, small)
    write(small, before)
    found = crash_everywhere(small, work, range(total + 1))
    assert found["before"] > 100  # its note was cut
    assert found["after"] > 100  # its rows were cut, and finished from the note


def test_a_crash_anywhere_in_settling_leaves_both_or_neither(small, monkeypatch):
    monkeypatch.setattr(ratings, "_rehearse", lambda *_: None)
    problems = set(map(str, check_data(small)))

    def work():
        settle(
            {"strength": "uncertain"}, row_id=CLAIM, rater_id="chair", reason="why", rated_on="2026-11-22", folder=small
        )

    before = read(small)
    total = count_crash_points(work, small)
    assert read(small)["claims.csv"] != before["claims.csv"]
    assert set(map(str, check_data(small))) == problems
    write(small, before)
    points = {*range(0, 700, 13), *range(700, total, 9001), *range(total - 6, total + 1)}
    found = crash_everywhere(small, work, sorted(points))
    assert min(found.values()) > 10


def test_a_last_row_cut_at_any_byte_is_mended_and_no_whole_row_is_lost(small):
    path = small / "ratings.csv"
    before = path.read_bytes()
    save_ratings({"strength": "plain"}, folder=small, **SAVE)
    whole = path.read_bytes()
    row = whole[len(before) :]
    for length in range(len(row)):
        path.write_bytes(before + row[:length])
        receipt = save_ratings({"kind": "safety"}, row_id=CLAIM, rater_id="bea", folder=small)
        now = path.read_bytes()
        assert now.startswith(before), length
        kept = now[len(before) :].splitlines()
        assert kept[-1].startswith(receipt.rating_ids[0].encode())
        assert len(kept) == 1 or row.startswith(kept[0])
        assert bool(receipt.mended) == (length > 0)
        load_ratings(small)


def test_zeros_that_a_power_cut_left_are_removed(small):
    path = small / "ratings.csv"
    before = path.read_bytes()
    path.write_bytes(before + b"R0012" + b"\0" * 40)
    assert "was cut off and is removed" in mend_ratings(small)
    assert path.read_bytes() == before


def test_a_step_whose_table_was_changed_since_is_refused_and_kept(small, monkeypatch):
    monkeypatch.setattr(ratings, "_rehearse", lambda *_: None)

    def work():
        ratings.replace_file = lambda *_: os._exit(9)

        ratings.replace_file = ratings.replace_file
        settle({"strength": "uncertain"}, row_id=CLAIM, rater_id="chair", reason="why", folder=small)

    os.waitpid(fork(work), 0)
    claims = small / "claims.csv"
    lines = claims.read_text(encoding="utf-8").splitlines(keepends=True)
    at = next(i for i, line in enumerate(lines) if line.startswith(CLAIM))
    changed = lines[at].replace(",plain,", ",tentative,").replace(",emphatic,", ",tentative,")
    assert changed != lines[at]
    claims.write_text("".join([*lines[:at], changed, *lines[at + 1 :]]), encoding="utf-8")
    with pytest.raises(TableError, match="a crash cut off a save, and the tables were changed since"):
        save_ratings({"kind": "safety"}, row_id=CLAIM, rater_id="bea", folder=small)
    assert (small / ".ratings.step").exists()
    assert changed in claims.read_text(encoding="utf-8")


def keep_saving(folder, say) -> None:
    """Save one rating after another and say the id of each that is on ratings."""
    Ledger._check = lambda *_: None  # so that most of the time is spent in writing
    rng, words = random.Random(os.getpid()), ("plain", "emphatic", "tentative", "qualified")
    claims = [line.split(b",")[0].decode() for line in (folder / "claims.csv").read_bytes().splitlines()[1:]]
    while True:
        rater, claim = f"w{os.getpid()}", rng.choice(claims)
        receipt = save_ratings({"strength": rng.choice(words)}, row_id=claim, rater_id=rater, folder=folder)
        os.write(say, "".join(f"{name}\n" for name in receipt.rating_ids).encode())


def test_a_writer_killed_at_random_moments_loses_nothing_that_it_said_was_saved(small):
    rng, said = random.Random(20061112), set()
    problems = set(map(str, check_data(small)))
    before = (small / "ratings.csv").read_bytes()
    for _ in range(KILLS):
        out, say = os.pipe()
        child = fork(lambda say=say: keep_saving(small, say))
        os.close(say)
        heard = os.read(out, 7)
        time.sleep(rng.uniform(0, 0.05))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        with os.fdopen(out, "rb") as pipe:
            said |= set((heard + pipe.read()).decode().split())
    mend_ratings(small)
    ratings = load_ratings(small)
    assert (small / "ratings.csv").read_bytes().startswith(before)
    assert len(said) >= KILLS
    assert said <= set(ratings["rating_id"])
    assert len(ratings) - before.count(b"\n") + 1 <= len(said) + KILLS
    assert set(map(str, check_data(small))) == problems


WRITER = """
import sys
from evidence.ratings import save_ratings, settle
folder, rater, n = sys.argv[1], sys.argv[2], int(sys.argv[3])
words = ("plain", "emphatic")
for i in range(n):
    values = {"strength": words[i % 2], "voice": ("author", "vendor")[i % 2]}
    row_id = f"hubpages-{i % 5 + 1:03}"
    ids = save_ratings(values, row_id=row_id, rater_id=rater, note=f"{rater} {i}", folder=folder).rating_ids
    print(*ids, flush=True)
row_id = f"hubpages-01{rater[-1]}"
settle({"strength": "tentative"}, row_id=row_id, rater_id=f"chair-{rater}", reason="why", folder=folder)
"""


def test_writers_in_several_processes_lose_nothing_and_share_no_id(small):
    writers, saves = 4, 15
    problems, n = set(map(str, check_data(small))), len(load_ratings(small))
    running = [
        subprocess.Popen([sys.executable, "-c", WRITER, small, f"w{i}", str(saves)], stdout=subprocess.PIPE, text=True)
        for i in range(writers)
    ]
    said = [name for process in running for name in process.communicate()[0].split()]
    assert [process.returncode for process in running] == [0] * writers
    ratings = load_ratings(small)
    assert len(said) == len(set(said)) == writers * saves * 2
    assert set(said) <= set(ratings["rating_id"])
    assert len(ratings) == n + len(said) + writers
    assert set(map(str, check_data(small))) == problems
