"""Writers killed at every step, at any byte, at random; several writers at once: nothing is lost but the save in hand."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from evidence.ratings import finish, load_ratings, save_ratings, settle
from evidence.tables import check_data, hold_tables
from nbpage.files import BESIDE

resource = pytest.importorskip("resource", reason="these tests fork writers and kill them")
pytestmark = [pytest.mark.slow, pytest.mark.whole]

CLAIM = "hubpages-002"
KILLS = 60
RATINGS, CLAIMS = "claim_ratings.csv", "claims.csv"
CHANGES = {"open", "os.rename", "os.chmod", "os.remove"}  # events of `sys.audit`, before each change
CRASH = 9


@pytest.fixture
def data(one_article, tmp_path):
    """Return a copy of the tables of one article."""
    return Path(shutil.copytree(one_article, tmp_path / "data"))


@pytest.fixture
def small(data):
    """Return copied tables with few ratings, so that many crashes take little time."""
    path = data / RATINGS
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join([lines[0], *(line for line in lines if line.startswith("hubpages-05"))]), encoding="utf-8")
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


def wait(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def crash_before(step: int, folder) -> None:
    """Make this process die just before its `step`-th change of a name or file in a folder."""
    left, where = step, str(folder)

    def count(event: str, arguments: tuple) -> None:
        nonlocal left
        if event in CHANGES and any(where in str(argument) for argument in arguments):
            if not left:
                os._exit(CRASH)
            left -= 1

    sys.addaudithook(count)


def crash_at_byte(length: int) -> None:
    """Make this process die in the middle of writing a file, as soon as it is `length` bytes long."""
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (length, length))


def read(folder) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in (RATINGS, CLAIMS)}


def write(folder, files) -> None:
    for name, content in files.items():
        (folder / name).write_bytes(content)


def crash_everywhere(folder, work) -> dict[str, int]:
    """Crash `work` before each of its changes and at bytes of its files; count what each crash left behind.

    Only three states may be left, and the next writer takes the tables to the first or the last: before, after, and
    between, with the ratings written and the table that they rate not yet.
    """
    before, problems = read(folder), set(map(str, check_data(folder)))
    work()
    after = read(folder)
    assert set(map(str, check_data(folder))) == problems
    states = {"before": before, "between": {**before, RATINGS: after[RATINGS]}, "after": after}
    found, longest = dict.fromkeys(states, 0), max(len(after[name]) for name in after if after[name] != before[name])
    ways = [
        lambda length=length: crash_at_byte(length) for length in (1, *range(700, longest, longest // 12), longest - 1)
    ]
    ways += [lambda step=step: crash_before(step, folder) for step in range(200)]
    for way in ways:
        write(folder, before)
        status = wait(fork(lambda way=way: (way(), work())))
        assert status in (0, CRASH, -signal.SIGXFSZ)
        now = read(folder)
        left = next(name for name in ("before", "after", "between") if states[name] == now)
        if left == "between" and not found[left]:
            assert any("evidence settle --finish --row KEY" in problem.rule for problem in check_data(folder))
        found[left] += 1
        assert len(finish(folder)) == (left == "between")
        assert read(folder) == states["before" if left == "before" else "after"]
        assert not [path for path in folder.iterdir() if path.name.endswith(BESIDE)]
        if status == 0:
            break
    assert left == "after", "the work never came to its end"
    assert set(map(str, check_data(folder))) == problems
    return found


def test_a_crash_anywhere_in_a_save_leaves_the_file_as_it_was_or_with_the_whole_row(small):
    def work():
        values = {"strength": "plain", "kind": "safety"}
        save_ratings(values, row_id=CLAIM, rater_id="ann", note='"quotes"', rated_on="2026-11-22", folder=small)

    found = crash_everywhere(small, work)
    assert found["before"] > 20
    assert found["after"] > 1  # the last crash comes behind the rename
    assert not found["between"]


def test_a_crash_anywhere_in_settling_leaves_a_state_that_the_next_one_finishes(small):
    def work():
        values = {"strength": "uncertain"}
        settle(values, row_id=CLAIM, rater_id="chair", reason="why", rated_on="2026-11-22", folder=small)

    found = crash_everywhere(small, work)
    assert found["before"] > 20
    assert found["between"] == 1
    assert found["after"] > 1


def test_a_crash_anywhere_in_the_save_by_which_raters_agree_is_finished_too(small):
    save_ratings({"strength": "uncertain"}, row_id=CLAIM, rater_id="bea", folder=small)

    def work():
        save_ratings({"strength": "uncertain"}, row_id=CLAIM, rater_id="ann", rated_on="2026-11-22", folder=small)

    assert crash_everywhere(small, work)["between"] == 1


def test_what_somebody_changed_after_a_crash_is_named_and_nobody_overwrites_it_unasked(small, cells):
    before = read(small)
    settle({"strength": "uncertain"}, row_id=CLAIM, rater_id="chair", reason="why", folder=small)
    write(small, {CLAIMS: before[CLAIMS]})  # as a crash between the two files leaves them
    claims = cells("claims")
    claims[claims.line(claim_id=CLAIM), "strength"] = "tentative"
    claims.save()
    changed = read(small)[CLAIMS]
    save_ratings({"kind": "safety"}, row_id=CLAIM, rater_id="bea", folder=small)
    save_ratings({"strength": "plain"}, row_id="hubpages-003", rater_id="bea", folder=small)
    assert read(small)[CLAIMS] == changed
    (problem,) = check_data(small)
    assert "strength must be what raters gave it" in problem.rule
    assert finish(small, row_id=CLAIM)[["before", "after"]].to_numpy().tolist() == [["tentative", "uncertain"]]
    assert check_data(small) == []


def keep_saving(folder, say) -> None:
    """Save one rating after another, of each claim once, and say which are on disk."""
    rng, rater = random.Random(os.getpid()), f"w{os.getpid()}"
    claims = [line.split(b",")[0].decode() for line in (folder / CLAIMS).read_bytes().splitlines()[1:]]
    for claim in rng.sample(claims, len(claims)):
        value = rng.choice(("plain", "emphatic", "tentative", "qualified"))
        save_ratings({"strength": value}, row_id=claim, rater_id=rater, folder=folder)
        os.write(say, f"{claim} {rater} {value}\n".encode())


def list_saved(folder) -> set[str]:
    rows = load_ratings(folder=folder)
    return set(rows["claim_id"] + " " + rows["rater_id"] + " " + rows["strength"])


def test_a_writer_killed_at_random_moments_loses_nothing_that_it_said_was_saved(small):
    rng, said = random.Random(20061112), set()
    before, lines = list_saved(small), (small / RATINGS).read_bytes().splitlines()
    for _ in range(KILLS):
        out, say = os.pipe()
        child = fork(lambda say=say: keep_saving(small, say))
        os.close(say)
        heard = os.read(out, 7)
        time.sleep(rng.uniform(0, 0.12))
        os.kill(child, signal.SIGKILL)
        assert wait(child) == -signal.SIGKILL
        with os.fdopen(out, "rb") as pipe:
            said |= set((heard + pipe.read()).decode().splitlines())
    finish(small)  # where raters agree, the last of them may have been cut off between two files
    saved = list_saved(small)
    assert len(said) >= KILLS
    assert said | before <= saved
    assert len(saved - before - said) <= KILLS  # one a killed writer, that it could not say any more
    assert set(lines) <= set((small / RATINGS).read_bytes().splitlines())
    assert check_data(small) == []


WRITER = """
import sys
from evidence.ratings import save_ratings, settle
folder, rater, n = sys.argv[1], sys.argv[2], int(sys.argv[3])
for i in range(n):
    values = {"strength": ("plain", "emphatic")[i % 2], "voice": ("author", "vendor")[i % 2]}
    receipt = save_ratings(values, row_id=f"hubpages-{i % 5 + 1:03}", rater_id=rater, note=f"{rater} save {i}.", folder=folder)
    print(receipt.row_id, *receipt.changed, flush=True)
settle({"strength": "uncertain"}, row_id=f"hubpages-01{rater[-1]}", rater_id=f"chair-{rater}", reason="why", folder=folder)
"""


def test_writers_in_several_processes_lose_nothing_and_readers_see_no_half_of_a_save(small):
    writers, saves, n = [f"w{i}" for i in range(8)], 50, len(load_ratings(folder=small))
    running = [
        subprocess.Popen([sys.executable, "-c", WRITER, small, name, str(saves)], stdout=subprocess.PIPE, text=True)
        for name in writers
    ]
    reads, seen = 0, []
    while any(process.poll() is None for process in running):
        seen += check_data(small)
        reads += 1
    assert reads > 20
    assert seen == []
    said = [process.communicate()[0].splitlines() for process in running]
    assert [process.returncode for process in running] == [0] * len(writers)
    assert [len(lines) for lines in said] == [saves] * len(writers)
    ratings = load_ratings(folder=small).set_index(["rater_id", "claim_id", "round"])
    assert len(ratings) == n + len(writers) * (5 + 1)
    for name in writers:
        for i in range(saves):
            row = ratings.loc[(name, f"hubpages-{i % 5 + 1:03}", "independent")]
            assert f"{name} save {i}." in row["note"].split("; ")
        for i in range(saves - 5, saves):
            row = ratings.loc[(name, f"hubpages-{i % 5 + 1:03}", "independent")]
            assert row[["strength", "voice"]].tolist() == [("plain", "emphatic")[i % 2], ("author", "vendor")[i % 2]]
        assert ratings.loc[(f"chair-{name}", f"hubpages-01{name[-1]}", "final"), "strength"] == "uncertain"
    assert check_data(small) == []


HOG = """
import sys, time
from evidence.tables import hold_tables
while True:
    with hold_tables(sys.argv[1]):
        print("mine", flush=True)
        time.sleep(0.05)
"""


def test_who_waits_is_served_before_one_who_takes_the_lock_again_and_again(small):
    hog = subprocess.Popen([sys.executable, "-c", HOG, small], stdout=subprocess.PIPE)
    try:
        assert hog.stdout.readline() == b"mine\n"
        os.set_blocking(hog.stdout.fileno(), False)
        for _ in range(5):
            hog.stdout.read()
            with hold_tables(small):
                overtaken = (hog.stdout.read() or b"").count(b"mine")
            assert overtaken <= 2
    finally:
        hog.kill()
        hog.wait()
        hog.stdout.close()


def test_a_check_that_is_killed_leaves_no_process(small):
    path = small / "datapackage.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    markers = next(table for table in schema["resources"] if table["name"] == "markers")
    markers["schema"]["fields"][0]["constraints"]["pattern"] = "(?:a|aa|a?b?a)+"  # it works on this for a second
    path.write_text(json.dumps(schema), encoding="utf-8")
    lines = (small / "markers.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    lines[1] = "a" * 5000 + "c" + lines[1][lines[1].index(",") :]
    (small / "markers.csv").write_text("".join(lines), encoding="utf-8")
    command = [
        sys.executable,
        "-c",
        "import sys; from evidence.cli import main; print('on', flush=True); sys.exit(main())",
    ]
    check = subprocess.Popen([*command, "check", small], stdout=subprocess.PIPE, start_new_session=True)
    check.stdout.readline()
    time.sleep(0.5)
    check.kill()
    check.wait()
    check.stdout.close()
    with pytest.raises(ProcessLookupError):
        os.killpg(check.pid, 0)
