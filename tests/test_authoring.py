"""`evidence new`, `add`: a stranger's review, begun from the wheel alone in a folder outside the clone."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest

from evidence import cli
from evidence.authoring import create_review
from evidence.tables import check_data, load
from evidence.template import read_template

ROOT = Path(__file__).resolve().parent.parent
TITLE = "Garlic against colds"
TOPIC = re.compile(r"acupre|acupun|acupoint|\bqi\b|meridian|back pain|hubpages|wisegeek|shiatsu", re.IGNORECASE)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    """Build the wheel, as a release would."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="session")
def evidence(wheel, tmp_path_factory):
    """Return a function that runs the command of the unpacked wheel in a folder, and gives what it did."""
    site = tmp_path_factory.mktemp("site")
    zipfile.ZipFile(wheel).extractall(site)
    environment = {**os.environ, "PYTHONPATH": str(site), "COLUMNS": "120"}
    where = "import evidence; print(evidence.__file__)"
    found = subprocess.run([sys.executable, "-c", where], env=environment, cwd=site, capture_output=True, text=True)
    assert found.stdout.startswith(str(site)), found

    def run(folder, *arguments, status=0):
        call = [sys.executable, "-m", "evidence.cli", *arguments]
        done = subprocess.run(call, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run


@pytest.fixture
def made(tmp_path):
    """Return the folder of a review that was just begun."""
    create_review(tmp_path / "garlic", title=TITLE)
    return tmp_path / "garlic"


def test_a_new_review_is_sound_and_has_rows_of_cue_words_alone(made):
    assert check_data(made / "data") == []
    rows = {name: len(table) for name, table in load(made / "data").tables.items() if len(table)}
    assert rows.keys() == {"markers"}
    assert load(made / "data").vocabulary.title == TITLE
    assert load(made / "data").vocabulary.name == "garlic-against-colds"


def test_a_new_review_holds_no_word_of_this_topic_and_no_output(made):
    for path in made.rglob("*"):
        if path.is_file():
            assert not TOPIC.findall(path.read_text(encoding="utf-8")), path
    for path in (made / "notebooks").glob("*.ipynb"):
        cells = [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
        assert not any(cell.outputs or cell.execution_count for cell in cells)


def test_every_link_of_a_new_review_leads_to_a_file(made):
    for path in [*made.rglob("*.md"), *made.rglob("*.ipynb")]:
        for link in re.findall(r"\]\(([^)#\s]+)\)", path.read_text(encoding="utf-8")):
            assert "://" in link or (path.parent / link).is_file(), f"{path}: {link}"


def test_remarks_have_a_heading_for_every_notebook_that_shows_them(made):
    headings = re.findall(r"^## (.+)$", (made / "data" / "remarks.md").read_text(encoding="utf-8"), re.MULTILINE)
    asking = [
        nbformat.read(path, 4).cells[0].source.removeprefix("# ")
        for path in sorted((made / "notebooks").glob("*.ipynb"))
        if "show.remarks(" in path.read_text(encoding="utf-8")
    ]
    assert headings == asking
    ours = (ROOT / "data" / "remarks.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", ours, re.MULTILINE) == asking


def test_new_takes_no_folder_that_holds_something_and_no_blank_title(tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("mine")
    assert cli.main(["new", str(tmp_path), "--title", TITLE]) == 1
    assert "directory not empty" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    assert cli.main(["new", str(tmp_path / "x"), "--title", "  "]) == 1
    assert "must have a title" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_the_wheel_holds_what_the_clone_begins_with(wheel):
    with zipfile.ZipFile(wheel) as files:
        start = "evidence/start/"
        held = {name.removeprefix(start): files.read(name).decode() for name in files.namelist() if start in name}
    assert held == read_template()


@pytest.mark.slow
def test_from_the_wheel_to_a_page_outside_the_clone(evidence, tmp_path):
    evidence(tmp_path, "new", "garlic", "--title", TITLE)
    folder = tmp_path / "garlic"
    assert "is sound" in evidence(folder, "check")
    evidence(folder, "run")
    for path in sorted((folder / "notebooks").glob("*.ipynb")):
        outputs = [output for cell in nbformat.read(path, 4).cells for output in cell.get("outputs", [])]
        assert outputs
        assert not [output for output in outputs if output.output_type in ("error", "stream")], path
    evidence(folder, "docs")
    assert "- There are no claims. ([What do the articles claim?]" in (folder / "README.md").read_text(encoding="utf-8")
    evidence(folder, "report")
    page = (folder / "report" / "review.html").read_text(encoding="utf-8")
    assert TITLE in page
    assert not TOPIC.findall(re.sub(r"data:[^\"]+", "", page))
