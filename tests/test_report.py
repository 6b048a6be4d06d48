import json
import subprocess
import sys
import threading

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

import evidence
from evidence.report import NotebookError, cache, export_report, run_notebooks

READ = "import os, pathlib\ntext = pathlib.Path(os.environ['EVIDENCE_DATA'], 'rows.csv').read_text()"
NAMES = ["01-list-rows", "02-count-rows", "03-sum-up"]


def write(folder, name, *sources):
    """Write a notebook of a title and code cells with ids that are the same each time."""
    cells = [new_markdown_cell(f"# {name}\n\nWords.\n\n## Look", id="title")]
    cells += [new_code_cell(source, id=f"code-{place}") for place, source in enumerate(sources)]
    path = folder / f"{name}.ipynb"
    nbformat.write(new_notebook(cells=cells), path)
    return path


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project of three notebooks, one table, and a package of one line that the cache takes for ours."""
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text("one = 1\n")
    monkeypatch.setattr(evidence, "__file__", str(tmp_path / "package" / "__init__.py"))
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "rows.csv").write_text("row,searched_on\n1,2026-01-02\n2,2025-12-31\n")
    for name in NAMES:
        write(tmp_path / "notebooks", name, READ, f"print('{name} has', len(text.splitlines()) - 1)")
    return tmp_path


def build(project, **options):
    """Build the report; return the names of the notebooks that were executed."""
    steps = []
    folders = {"data": project / "data", "out": project / "report.html"}
    export_report(project / "notebooks", **{**folders, **options}, progress=steps.append)
    return sorted(step.notebook.removesuffix(".ipynb") for step in steps if step.state == "executed")


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_report_holds_every_notebook_with_the_last_one_first(project):
    assert build(project) == NAMES
    page = (project / "report.html").read_text()
    places = [page.index(f"{name} has 2") for name in ["03-sum-up", "01-list-rows", "02-count-rows"]]
    assert places == sorted(places)


def test_report_follows_an_order_that_is_given(project):
    assert build(project, order=["02-count-rows", "01-list-rows.ipynb"]) == NAMES[:2]
    page = (project / "report.html").read_text()
    assert page.index("02-count-rows has") < page.index("01-list-rows has")


def test_notebook_may_stay_out_of_the_report(project):
    path = project / "notebooks" / "03-sum-up.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[0].metadata["tags"] = ["not-in-report"]
    nbformat.write(notebook, path)
    assert build(project) == NAMES[:2]


def test_report_leaves_the_notebooks_as_they_are(project):
    before = {path: path.read_bytes() for path in (project / "notebooks").iterdir()}
    build(project)
    assert {path: path.read_bytes() for path in (project / "notebooks").iterdir()} == before


def test_report_names_its_data_and_is_the_same_twice(project):
    build(project, cache=project / "one")
    page = (project / "report.html").read_bytes()
    build(project, cache=project / "two")
    assert (project / "report.html").read_bytes() == page
    assert b'<time datetime="2026-01-02">' in page


def test_progress_counts_to_the_end(project):
    steps = []
    export_report(project / "notebooks", data=project / "data", out=project / "report.html", progress=steps.append)
    assert [step.state for step in steps].count("started") == 3
    assert (steps[-1].done, steps[-1].total) == (3, 3)


def test_unchanged_notebooks_are_not_executed(project):
    build(project)
    (project / "report.html").unlink()
    assert build(project) == []
    assert "01-list-rows has 2" in (project / "report.html").read_text()


def test_stored_outputs_do_not_count_as_a_change(project):
    build(project)
    run_notebooks_with(project, [project / "notebooks" / f"{NAMES[0]}.ipynb"])
    assert build(project) == []


def run_notebooks_with(project, paths):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EVIDENCE_DATA", str(project / "data"))
        run_notebooks(paths)


@pytest.mark.parametrize(("old", "new"), [("# 01-list", "# How to list"), ("rows has", "rows hold")])
def test_changed_cell_executes_its_notebook_alone(project, old, new):
    build(project)
    edit(project / "notebooks" / "01-list-rows.ipynb", old, new)
    assert build(project) == ["01-list-rows"]


def test_changed_cell_of_data_executes_all(project):
    build(project)
    edit(project / "data" / "rows.csv", "2,2025", "3,2025")
    assert build(project) == NAMES


def test_changed_line_of_the_package_executes_all(project):
    build(project)
    (project / "package" / "__init__.py").write_text("one = 2\n")
    assert build(project) == NAMES


def test_edit_during_a_run_is_not_kept_as_what_was_there_before(project):
    edited = f"import pathlib; pathlib.Path('{project}/data/rows.csv').write_text('row\\n')"
    write(project / "notebooks", "02-count-rows", edited)
    build(project)
    (project / "data" / "rows.csv").write_text("row,searched_on\n1,2026-01-02\n2,2025-12-31\n")
    assert "02-count-rows" in build(project)


def test_changed_version_executes_all(project, monkeypatch):
    build(project)
    monkeypatch.setattr(cache, "list_versions", lambda: {"pandas": "99"})
    assert build(project) == NAMES


def test_failed_notebook_is_named_and_the_old_report_stays(project):
    build(project)
    before = (project / "report.html").read_bytes()
    write(project / "notebooks", "02-count-rows", "1 + 1", "\n{}['key']")
    with pytest.raises(NotebookError) as raised:
        build(project)
    assert str(raised.value) == f"{project}/notebooks/02-count-rows.ipynb: cell 3 ({{}}['key'])\n  KeyError: 'key'"
    assert (project / "report.html").read_bytes() == before


def test_every_failed_notebook_is_named_and_the_others_are_kept(project):
    for name in NAMES[:2]:
        write(project / "notebooks", name, "syntax error")
    with pytest.raises(NotebookError) as raised:
        build(project)
    assert [failure.cell for failure in raised.value.failures] == [2, 2]
    assert str(raised.value).count("SyntaxError") == 1
    assert all(f"{name}.ipynb: cell 2" in str(raised.value) for name in NAMES[:2])
    for name in NAMES[:2]:
        write(project / "notebooks", name, "1")
    assert build(project) == NAMES[:2]


def list_children() -> list[psutil.Process]:
    """Return the processes that are still alive some seconds after they were told to end."""
    return psutil.wait_procs(psutil.Process().children(recursive=True), timeout=5)[1]


def test_notebook_that_takes_too_long_is_stopped_and_named(project):
    write(project / "notebooks", "02-count-rows", "1", "import time; time.sleep(60)")
    with pytest.raises(NotebookError, match=r"02-count-rows.ipynb: cell 3 .*\n.*time limit"):
        build(project, timeout=12)
    assert not list_children()


def test_notebook_whose_process_dies_is_named(project):
    write(project / "notebooks", "02-count-rows", "1", "import os; os._exit(3)")
    with pytest.raises(NotebookError, match=r"02-count-rows.ipynb: cell 3 .*\n.*exit code 3"):
        build(project)


def test_stopped_run_leaves_the_old_report_and_no_process(project):
    (project / "report.html").write_text("old")
    write(project / "notebooks", "02-count-rows", "import time; time.sleep(60)")

    def stop(step):
        if step.notebook.startswith("02"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_report(project / "notebooks", data=project / "data", out=project / "report.html", progress=stop)
    assert (project / "report.html").read_text() == "old"
    assert not list_children()


@pytest.mark.parametrize("damage", [b"", b"{}", b"0" * 64 + b"\n{}"])
def test_damaged_cache_is_built_again(project, damage):
    build(project)
    page = (project / "report.html").read_bytes()
    entries = list((project / ".evidence-cache").glob("*.json"))
    assert len(entries) == 4
    for path in entries:
        path.write_bytes(damage or path.read_bytes()[:-5])
    assert build(project) == NAMES
    assert (project / "report.html").read_bytes() == page
    assert build(project) == []


def test_cache_that_cannot_be_written_is_no_error(project):
    (project / ".evidence-cache").write_text("a file, not a folder")
    assert build(project) == NAMES


def test_two_runs_at_once_write_the_same_report(project):
    runs = [threading.Thread(target=build, args=[project], kwargs={"out": project / f"{name}.html"}) for name in "ab"]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert (project / "a.html").read_bytes() == (project / "b.html").read_bytes()
    assert build(project) == []


def test_cache_drops_what_was_used_longest_ago(tmp_path):
    store = cache.Cache(tmp_path)
    for number in range(cache._KEPT_ENTRIES + 5):
        store.put(f"{number:03}", number)
    assert len(list(tmp_path.glob("*.json"))) == cache._KEPT_ENTRIES
    assert store.get("104") == 104


def test_missing_folders_and_notebooks_are_named(project):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        build(project, data=project / "nowhere")
    with pytest.raises(NotebookError, match=r"09-none.ipynb\n  there is no such notebook"):
        build(project, order=["09-none"])
    with pytest.raises(NotebookError, match="holds no notebook named like"):
        export_report(project / "data", data=project / "data", out=project / "report.html")


def test_run_twice_leaves_the_same_bytes(project):
    path = write(
        project / "notebooks",
        "04-objects",
        "object()",
        "",
        "import warnings; warnings.warn('careful'); print('out')",
        "from IPython.display import display; handle = display(1, display_id=True); handle.update(2)",
    )
    run_notebooks([path])
    first = path.read_bytes()
    run_notebooks([path])
    assert path.read_bytes() == first
    cells = json.loads(first)["cells"]
    assert [cell["id"] for cell in cells] == ["title", "code-0", "code-1", "code-2", "code-3"]
    assert [cell.get("execution_count") for cell in cells] == [None, 1, None, 2, 3]
    assert cells[1]["outputs"][0]["data"]["text/plain"] == ["<object at 0x000000000000>"]
    assert [output.get("name") for output in cells[3]["outputs"]] == ["stdout", "stderr"]
    assert cells[4]["outputs"][0]["data"]["text/plain"] == ["2"]
    assert nbformat.validate(nbformat.read(path, as_version=4)) is None


def test_run_begins_from_clean(project):
    path = write(project / "notebooks", "04-stale", "1;")
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].update(execution_count=7, outputs=[nbformat.v4.new_output("stream", text="stale")])
    notebook.cells[1].metadata["execution"] = {"iopub.execute_input": "2026-01-01T00:00:00"}
    nbformat.write(notebook, path)
    run_notebooks([path])
    cell = nbformat.read(path, as_version=4).cells[1]
    assert (cell.outputs, cell.execution_count, cell.metadata) == ([], 1, {})


def test_run_leaves_a_failed_notebook_as_it_was_and_stores_the_others(project):
    good = write(project / "notebooks", "04-good", "1")
    bad = write(project / "notebooks", "05-bad", "print('before')", "raise ValueError('no')")
    before = bad.read_bytes()
    with pytest.raises(NotebookError, match=r"05-bad.ipynb: cell 3 \(raise ValueError\('no'\)\)\n  ValueError: no"):
        run_notebooks([bad, good])
    assert bad.read_bytes() == before
    assert nbformat.read(good, as_version=4).cells[1].execution_count == 1
    assert sorted(path.name for path in (project / "notebooks").iterdir()) == [
        *(f"{name}.ipynb" for name in NAMES),
        "04-good.ipynb",
        "05-bad.ipynb",
    ]


def test_run_happens_in_the_folder_of_the_notebook(project):
    path = write(project / "notebooks", "04-where", "import pathlib; print(pathlib.Path.cwd().name)")
    run_notebooks([path])
    assert nbformat.read(path, as_version=4).cells[1].outputs[0].text == "notebooks\n"


@pytest.mark.parametrize("text", ["not json", "{}", '{"worksheets": [], "nbformat": 3}'])
def test_run_names_what_is_not_a_notebook(tmp_path, text):
    (tmp_path / "a.ipynb").write_text(text)
    with pytest.raises(NotebookError, match=r"a.ipynb\n  is not a notebook of format 4"):
        run_notebooks([tmp_path / "a.ipynb"])


def test_notebook_without_ids_gets_the_same_ones_each_time(tmp_path):
    path = write(tmp_path, "01-no-ids", "1")
    edit(path, '   "id": "code-0",\n', "")
    run_notebooks([path])
    assert [cell["id"] for cell in json.loads(path.read_text())["cells"]] == ["title", "cell-2"]


def test_import_waits_for_the_slow_libraries():
    slow = {"nbconvert", "nbformat", "IPython", "matplotlib", "pandas", "jinja2"}
    code = f"import sys, evidence.report; print({slow} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "set()\n"


def test_no_grammar_is_built_that_no_notebook_needs():
    code = "import sys, evidence.report.kernels; print('nbformat' in sys.modules, 'lark' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "True False\n"


def test_unchanged_report_needs_none_of_them(project):
    build(project)
    slow = {"nbconvert", "nbformat", "IPython", "matplotlib", "pandas", "jinja2"}
    code = f"""
import sys, evidence
evidence.__file__ = {evidence.__file__!r}
from evidence.report import export_report
steps = []
export_report("notebooks", data="data", out="again.html", progress=steps.append)
print({{step.state for step in steps}}, {slow} & set(sys.modules))
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=project)
    assert ran.stdout == "{'kept'} set()\n"
    assert (project / "again.html").read_bytes() == (project / "report.html").read_bytes()
