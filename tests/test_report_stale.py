"""Never stale: after any change of a table or a notebook the page is, byte for byte, that of a build from nothing."""

import csv
import json
import shutil
from pathlib import Path

import pytest

from evidence import schema
from evidence.report import export_report
from evidence.tables import check_data, load_vocabulary

pytestmark = pytest.mark.long

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted(path.name for path in (ROOT / "notebooks").glob(schema.NOTEBOOKS))
TABLES = sorted(load_vocabulary(ROOT / "data").tables)


@pytest.fixture(scope="module")
def built(_one_article, tmp_path_factory):
    """A project of one article with the project's notebooks, its page built once, and its cache."""
    folder = tmp_path_factory.mktemp("built") / "project"
    shutil.copytree(_one_article, folder / "data")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks", ignore=shutil.ignore_patterns(".*"))
    build(folder)
    return folder


@pytest.fixture
def project(built):
    """The project, at its place, for the cache knows it there; what a test changes is put back."""
    before = {path: path.read_bytes() for folder in ("data", "notebooks") for path in (built / folder).iterdir()}
    yield built
    for path, content in before.items():
        path.write_bytes(content)
    build(built)


def build(project):
    """Build the page; return its bytes and the names of the notebooks that were executed."""
    steps = []
    out = export_report(
        project / "notebooks", data=project / "data", out=project / "review.html", progress=steps.append
    )
    return out.read_bytes(), sorted(step.notebook for step in steps if step.state == "executed")


def build_from_nothing(project, folder):
    """Build the page of a copy without its cache."""
    return build(Path(shutil.copytree(project, folder / "fresh", ignore=shutil.ignore_patterns(".evidence-cache"))))


def change(table, file):
    """Change one cell of free text of a table, or, where there is none, take its last row out."""
    lines = file.read_text(encoding="utf-8").splitlines()
    free = [c.name for c in table.columns if c.type == "string" and not c.words and not c.pattern]
    free = [name for name in free if name in ("note", "reason", "origin")]
    if free:
        rows = list(csv.reader(lines))
        at = rows[0].index(free[-1])
        row = next(row for row in rows[1:] if row[at])
        row[at] += " Changed."
        with file.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out, lineterminator="\n").writerows(rows)
    else:
        file.write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")


@pytest.mark.parametrize("name", TABLES)
def test_a_changed_table_gives_the_page_of_a_build_from_nothing(project, tmp_path, name):
    table = load_vocabulary(project / "data").tables[name]
    before = (project / "data" / table.path).read_bytes()
    change(table, project / "data" / table.path)
    assert (project / "data" / table.path).read_bytes() != before
    assert check_data(project / "data") == []
    page, executed = build(project)
    fresh, all_of_them = build_from_nothing(project, tmp_path)
    assert page == fresh
    assert len(all_of_them) == len(NOTEBOOKS) - 1  # one is not in the report
    assert len(executed) < len(all_of_them) or name in ("citations", "claims", "propositions", "sources")


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_changed_cell_gives_the_page_of_a_build_from_nothing(project, tmp_path, name):
    path = project / "notebooks" / name
    notebook = json.loads(path.read_text(encoding="utf-8"))
    shown = (one for one in reversed(notebook["cells"]) if "notebook-only" not in one["metadata"].get("tags", []))
    cell = next(one for one in shown if one["cell_type"] == "code")
    cell["source"] = "print('a cell made anew', len(evidence.load().claims))" if name[:2] < "09" else "1"
    cell["source"] = "import evidence\n" + cell["source"]
    path.write_text(json.dumps(notebook), encoding="utf-8")
    page, executed = build(project)
    assert executed == ([] if name.startswith("09") else [name])
    assert page == build_from_nothing(project, tmp_path)[0]
    assert (b"a cell made anew " in page) is (not name.startswith("09"))
