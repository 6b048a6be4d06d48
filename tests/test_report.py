"""A review as one page: what `evidence` gives `nbpage` to build it from."""

import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat import write
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from evidence.cli import main
from evidence.report import NotebookError, export_report
from evidence.schema import NOTEBOOKS

READ = "import evidence\nprint(len(evidence.load().claims), 'claims')"
SLOW = {"nbconvert", "nbformat", "IPython", "matplotlib", "pandas", "jinja2", "bs4"}


@pytest.fixture
def project(tmp_path, data):
    """A copy of the tables and two notebooks that read them; the second is the summary."""
    (tmp_path / "notebooks").mkdir()
    for name, tags in (("01-read", []), ("02-sum-up", ["summary"])):
        cells = [new_markdown_cell(f"# {name}?", metadata={"tags": tags}), new_code_cell(READ)]
        write(new_notebook(cells=cells), tmp_path / "notebooks" / f"{name}.ipynb")
    return tmp_path


def build(project, **options):
    """Build the report; return the names of the notebooks that were executed."""
    steps = []
    given = {"data": project / "data", "out": project / "review.html", "progress": steps.append}
    export_report(project / "notebooks", **{**given, **options})
    return sorted(step.notebook for step in steps if step.state == "executed")


def test_report_holds_the_summary_first_and_every_card_and_is_kept(project, cells):
    assert build(project) == ["01-read.ipynb", "02-sum-up.ipynb"]
    page = (project / "review.html").read_text()
    n = len(cells("claims").rows)
    assert page.count(f"{n} claims\n</pre>") == 2
    assert page.index("nb-02-sum-up") < page.index("nb-01-read")
    assert page.count("data-support=") == n
    assert build(project) == []
    assert (project / ".evidence-cache").is_dir()


@pytest.mark.slow
def test_change_of_the_tables_executes_all(project, cells):
    build(project)
    claims = cells("claims")
    claims[2, "note"] = "changed"
    claims.save()
    assert len(build(project)) == 2


@pytest.mark.slow
def test_change_of_a_table_executes_only_who_asked_for_it(project, cells):
    build(project)
    searches = cells("searches")
    searches[2, "note"] = "Read again."
    searches.save()
    assert build(project) == []
    build(project, out=project / "new.html")
    assert "Read again." in (project / "new.html").read_text()


@pytest.mark.slow
def test_table_that_is_not_sound_stops_the_report_whoever_asked_for_it(project, cells):
    build(project)
    before = (project / "review.html").read_bytes()
    hits = cells("hits")
    hits[2, "start"] = "nowhere"
    hits.save()
    with pytest.raises(NotebookError, match="start must be a whole number"):
        build(project)
    assert (project / "review.html").read_bytes() == before


@pytest.mark.slow
def test_documents_beside_the_notebooks_stand_in_the_page_and_links_lead_to_them(project):
    (project / "docs").mkdir()
    (project / "docs" / "how-to.md").write_text("# How we did it\n\nSee [the rule](rule.md#b).<script>x()</script>")
    (project / "docs" / "rule.md").write_text("# Rule\n\nShort.")
    cells = [new_markdown_cell("# 01-read?\n\n[manual](../docs/how-to.md), [more](../docs/other.md)")]
    write(new_notebook(cells=cells), project / "notebooks" / "01-read.ipynb")
    build(project)
    page = (project / "review.html").read_text()
    assert page.index('id="nb-rule"') < page.index('id="nb-how-to"')
    assert '<a href="#nb-how-to">manual</a>' in page
    assert '<a href="#nb-rule">the rule</a>' in page
    assert 'href="../docs/other.md"' in page
    assert "<script>x" not in page
    (project / "docs" / "rule.md").write_text("# Rule\n\nLonger now.")
    assert build(project) == []
    assert "Longer now." in (project / "review.html").read_text()


@pytest.mark.slow
def test_change_of_the_texts_executes_who_reads_them(project, monkeypatch):
    (project / "texts").mkdir()
    (project / "texts" / "a.txt").write_text("words")
    monkeypatch.setenv("EVIDENCE_TEXTS", str(project / "texts"))
    reads = READ + "\nimport os, pathlib\nprint(pathlib.Path(os.environ['EVIDENCE_TEXTS'], 'a.txt').read_text())"
    cells = [new_markdown_cell("# 02-sum-up?"), new_code_cell(reads)]
    write(new_notebook(cells=cells), project / "notebooks" / "02-sum-up.ipynb")
    build(project)
    (project / "texts" / "a.txt").write_text("other words")
    assert build(project) == ["02-sum-up.ipynb"]


@pytest.mark.slow
def test_unchanged_report_imports_neither_pandas_nor_jupyter(project):
    build(project)
    code = f"""
import sys
from evidence.report import export_report
steps = []
export_report("notebooks", data="data", out="again.html", progress=steps.append)
print({{step.state for step in steps}}, {SLOW} & set(sys.modules))
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=project)
    assert ran.stdout == "{'kept'} set()\n"
    assert (project / "again.html").read_bytes() == (project / "review.html").read_bytes()


def test_import_waits_for_the_slow_libraries():
    code = f"import sys, evidence.report; print({SLOW} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "set()\n"


def test_missing_folders_and_notebooks_are_named(project):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        build(project, data=project / "nowhere")
    shutil.rmtree(project / "notebooks")
    with pytest.raises(NotebookError, match="notebooks\n  holds no notebook named like"):
        build(project)


def test_only_the_titled_summary_of_the_project_is_its_first_part(tmp_path):
    folder = Path(__file__).resolve().parent.parent / "notebooks"
    tagged = [path.name for path in folder.glob("*.ipynb") if '"summary"' in path.read_text(encoding="utf-8")]
    assert tagged == ["08-summarise-review.ipynb"]


def test_notebooks_run_where_there_are_no_tables(tmp_path, monkeypatch):
    (tmp_path / "notebooks").mkdir()
    write(new_notebook(cells=[new_code_cell("1 + 1")]), tmp_path / "notebooks" / "01-add.ipynb")
    monkeypatch.chdir(tmp_path)
    assert main(["run"]) == 0
    assert nbformat.read(tmp_path / "notebooks" / "01-add.ipynb", 4).cells[0].outputs


@pytest.mark.slow
def test_run_and_report_find_the_same_notebooks_from_any_folder_of_the_review(project, monkeypatch, capsys):
    (project / "notebooks" / "01-read.ipynb").rename(project / "notebooks" / "100-read.ipynb")
    monkeypatch.chdir(project / "data")
    assert main(["run"]) == 0
    assert nbformat.read(project / "notebooks" / "100-read.ipynb", 4).cells[1].outputs
    assert build(project) == ["02-sum-up.ipynb", "100-read.ipynb"]
    for path in (project / "notebooks").glob("*.ipynb"):
        path.unlink()
    assert main(["run"]) == 1
    assert f"no notebooks named like {NOTEBOOKS} in {project / 'notebooks'}; name them" in capsys.readouterr().err
