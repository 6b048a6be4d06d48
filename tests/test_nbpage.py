"""Notebooks become one page, again only where something changed, and never from what was edited meanwhile."""

import json
import subprocess
import sys
import threading

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from nbpage import Limits, NotebookError, build_page, run_notebooks
from nbpage.cache import Cache

pytestmark = pytest.mark.slow

READ = "import os, pathlib\ntext = pathlib.Path(os.environ['DATA'], 'rows.csv').read_text()"
NAMES = ["01-list-rows", "02-count-rows", "03-sum-up"]


def write(folder, name, *sources, **metadata):
    """Write a notebook of a title and code cells with ids that are the same each time."""
    cells = [new_markdown_cell(f"# {name}\n\nWords.\n\n## Look", id="title", metadata=metadata)]
    cells += [new_code_cell(source, id=f"code-{place}") for place, source in enumerate(sources)]
    path = folder / f"{name}.ipynb"
    nbformat.write(new_notebook(cells=cells), path)
    return path


@pytest.fixture
def project(tmp_path):
    """A project of three notebooks, one table, and a package of one line that they depend on."""
    for folder in ("package", "notebooks", "data"):
        (tmp_path / folder).mkdir()
    (tmp_path / "package" / "__init__.py").write_text("one = 1\n")
    (tmp_path / "data" / "rows.csv").write_text("row,searched_on\n1,2026-01-02\n2,2025-12-31\n")
    for name in NAMES:
        write(tmp_path / "notebooks", name, READ, f"print('{name} has', len(text.splitlines()) - 1)")
    return tmp_path


def build(project, *, progress=None, **options):
    """Build the page; return the names of the notebooks that were executed."""
    steps = []
    given = {
        "out": project / "page.html",
        "depends_on": [project / "data", project / "package"],
        "environment": {"DATA": str(project / "data")},
        "progress": progress or steps.append,
    }
    build_page(project / "notebooks", **{**given, **options})
    return sorted(step.notebook.removesuffix(".ipynb") for step in steps if step.state == "executed")


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_page_holds_every_notebook_by_name(project):
    assert build(project) == NAMES
    page = (project / "page.html").read_text()
    places = [page.index(f"{name} has 2") for name in NAMES]
    assert places == sorted(places)


def test_notebook_with_a_cell_tagged_summary_comes_first_however_many_there_are(project):
    write(project / "notebooks", "03-sum-up", "1", tags=["summary"])
    write(project / "notebooks", "10-extra", "1")
    build(project)
    page = (project / "page.html").read_text()
    places = [page.index(f'<article class="part" id="nb-{name}"') for name in [NAMES[2], *NAMES[:2], "10-extra"]]
    assert places == sorted(places)


def test_notebook_may_stay_out_of_the_page(project):
    write(project / "notebooks", "03-sum-up", "1", tags=["not-in-report"])
    assert build(project) == NAMES[:2]


def test_names_follow_a_pattern(project):
    assert build(project, pattern="0[12]-*.ipynb") == NAMES[:2]


def test_page_leaves_the_notebooks_as_they_are(project):
    before = {path: path.read_bytes() for path in (project / "notebooks").iterdir()}
    build(project)
    assert {path: path.read_bytes() for path in (project / "notebooks").iterdir()} == before


def test_page_is_the_same_twice(project):
    build(project, cache=project / "one")
    page = (project / "page.html").read_bytes()
    build(project, cache=project / "two")
    assert (project / "page.html").read_bytes() == page


def test_progress_counts_to_the_end(project):
    steps = []
    build(project, progress=steps.append)
    assert [step.state for step in steps].count("started") == 3
    assert (steps[-1].done, steps[-1].total) == (3, 3)


def test_unchanged_notebooks_are_not_executed(project):
    build(project)
    (project / "page.html").unlink()
    assert build(project) == []
    assert "01-list-rows has 2" in (project / "page.html").read_text()


def test_stored_outputs_do_not_count_as_a_change(project):
    build(project)
    run_notebooks_with(project, [project / "notebooks" / f"{NAMES[0]}.ipynb"])
    assert build(project) == []


def run_notebooks_with(project, paths):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATA", str(project / "data"))
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


PART = """\
import os, pathlib, sys
folder = pathlib.Path(os.environ["DATA"])
sys.audit("nbpage.heed", False)
tables = {path.name: path.read_text() for path in folder.glob("*.csv")}
sys.audit("nbpage.heed", True)
sys.audit("nbpage.read", folder / "rows.csv")
text = tables["rows.csv"]"""


@pytest.fixture
def two_tables(project):
    """The project with a second table; its first notebook says that it reads one, the others open it."""
    (project / "data" / "more.csv").write_text("row\n7\n")
    write(project / "notebooks", NAMES[0], PART, "print(text)")
    return project


def build_by_reads(project, **options):
    return build(project, depends_on=[project / "package"], read_from=[project / "data"], **options)


def test_a_table_that_a_notebook_did_not_read_leaves_its_part(two_tables):
    assert build_by_reads(two_tables) == NAMES
    edit(two_tables / "data" / "more.csv", "7", "8")
    assert build_by_reads(two_tables) == NAMES[1:]
    edit(two_tables / "data" / "rows.csv", "2,2025", "3,2025")
    assert build_by_reads(two_tables) == NAMES
    assert "3,2025" in (two_tables / "page.html").read_text()
    edit(two_tables / "data" / "rows.csv", "3,2025", "2,2025")
    assert build_by_reads(two_tables) == []


def test_a_page_by_reads_is_that_of_a_build_from_nothing(two_tables):
    build_by_reads(two_tables)
    for path, old, new in (("more.csv", "7", "8"), ("rows.csv", "2,2025", "4,2025"), ("more.csv", "8", "7")):
        edit(two_tables / "data" / path, old, new)
        build_by_reads(two_tables)
        build_by_reads(two_tables, out=two_tables / "new.html", cache=two_tables / f".from-nothing-{path}-{new}")
        assert (two_tables / "page.html").read_bytes() == (two_tables / "new.html").read_bytes()


@pytest.mark.parametrize(
    "more",
    [
        "(folder / 'more.csv').read_text()",
        "open(os.path.join(os.path.relpath(folder), 'more.csv'))",
        "list(folder.iterdir())",
        "import subprocess; subprocess.run(['cat', folder / 'more.csv'])",
        "os.system('true')",
        "polars = 'its readers open files past Python'",
        "import sqlite3; sqlite3.connect(':memory:').close()",
        "sys.audit('nbpage.read', folder)",
    ],
)
def test_who_may_have_read_more_is_run_again_for_all(two_tables, more):
    write(two_tables / "notebooks", NAMES[0], PART, more)
    build_by_reads(two_tables)
    edit(two_tables / "data" / "more.csv", "7", "8")
    assert NAMES[0] in build_by_reads(two_tables)


def test_a_notebook_in_a_kernel_is_made_from_all(two_tables):
    write(two_tables / "notebooks", NAMES[0], PART, "%%capture\nprint(text)")
    build_by_reads(two_tables)
    edit(two_tables / "data" / "more.csv", "7", "8")
    assert NAMES[0] in build_by_reads(two_tables)


def test_changed_line_of_the_package_executes_all(project):
    build(project)
    (project / "package" / "__init__.py").write_text("one = 2\n")
    assert build(project) == NAMES


def test_changed_environment_executes_all(project):
    build(project)
    assert build(project, environment={"DATA": str(project / "data"), "YEAR": "2026"}) == NAMES


def test_changed_version_of_something_installed_executes_all(project, monkeypatch):
    place = project / "installed"
    (place / "something-1.0.dist-info").mkdir(parents=True)
    monkeypatch.syspath_prepend(place)
    build(project)
    assert build(project) == []
    (place / "something-1.0.dist-info").rename(place / "something-1.1.dist-info")
    assert build(project) == NAMES


def test_hidden_files_and_what_python_compiles_are_no_change(project):
    build(project)
    (project / "data" / ".rows.csv.lock").touch()
    (project / "package" / "__pycache__").mkdir()
    (project / "package" / "__pycache__" / "a.pyc").touch()
    assert build(project) == []


def test_page_may_stand_among_what_it_depends_on(project):
    build(project, out=project / "notebooks" / "page.html")
    assert build(project, out=project / "notebooks" / "page.html") == []


def test_edit_during_a_build_builds_once_more_and_says_what_changed(project):
    steps = []

    def edit_once(step):
        steps.append(step)
        if len(steps) == 1:
            edit(project / "data" / "rows.csv", "2,2025-12-31\n", "")

    build(project, progress=edit_once)
    assert [step.notebook for step in steps if step.state == "changed"] == ["rows.csv"]
    assert [step.state for step in steps].count("executed") == 6
    page = (project / "page.html").read_text()
    assert "01-list-rows has 1" in page
    assert "has 2" not in page
    assert build(project) == []


def test_edit_of_a_notebook_during_a_build_is_in_the_page(project):
    edited = []

    def edit_once(step):
        if not edited:
            edited.append(edit(project / "notebooks" / "02-count-rows.ipynb", "rows has", "rows now has"))

    build(project, progress=edit_once)
    page = (project / "page.html").read_text()
    assert "02-count-rows now has 2" in page
    assert "02-count-rows has" not in page
    assert build(project) == []


def test_page_of_files_that_change_in_every_build_is_refused_and_the_old_one_stays(project):
    build(project)
    before = (project / "page.html").read_bytes()
    ever_new = "import pathlib, time; pathlib.Path('../data/rows.csv').write_text(str(time.time_ns()))"
    write(project / "notebooks", "02-count-rows", ever_new)
    with pytest.raises(NotebookError, match=r"rows.csv\n  changed while the page was built, twice"):
        build(project)
    assert (project / "page.html").read_bytes() == before


def test_failure_that_an_edit_caused_is_tried_again(project):
    write(project / "notebooks", "02-count-rows", READ, "assert 'row' in text; import time; time.sleep(0.5)")
    (project / "data" / "rows.csv").write_text("half of it")
    mended = []

    def mend(step):
        if step.state == "failed" and not mended:
            mended.append((project / "data" / "rows.csv").write_text("row\n1\n"))

    build(project, progress=mend)
    assert mended
    assert "01-list-rows has 1" in (project / "page.html").read_text()


def test_edit_during_a_run_is_not_kept_as_what_was_there_before(project):
    edited = "import pathlib; pathlib.Path('../data/rows.csv').write_text('row\\n')"
    write(project / "notebooks", "02-count-rows", edited)
    build(project)
    (project / "data" / "rows.csv").write_text("row,searched_on\n1,2026-01-02\n2,2025-12-31\n")
    assert "01-list-rows" in build(project)


def test_jobs_run_beside_the_notebooks_and_are_kept_like_them(project):
    job = "from IPython.display import display\ndisplay({'application/json': {'sum': 3}}, raw=True)"
    made = []

    def render(parts, results):
        made.append(([part["anchor"] for part in parts], results))
        return "a page"

    build(project, jobs={"adds": job}, render=render)
    build(project, jobs={"adds": job}, render=render, words=["other words"])
    build(project, jobs={"adds": job}, render=render, words=["other words"])
    assert made == 2 * [([f"nb-{name}" for name in NAMES], {"adds": {"sum": 3}})]
    assert (project / "page.html").read_text() == "a page"


def test_failed_notebook_is_named_and_the_old_page_stays(project):
    build(project)
    before = (project / "page.html").read_bytes()
    write(project / "notebooks", "02-count-rows", "1 + 1", "\n{}['key']")
    with pytest.raises(NotebookError) as raised:
        build(project)
    assert str(raised.value) == f"{project}/notebooks/02-count-rows.ipynb: cell 3 ({{}}['key'])\n  KeyError: 'key'"
    assert (project / "page.html").read_bytes() == before


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
        build(project, limits=Limits(seconds=5))
    assert not list_children()


def test_notebook_whose_process_dies_is_named(project):
    write(project / "notebooks", "02-count-rows", "1", "import os; os._exit(3)")
    with pytest.raises(NotebookError, match=r"02-count-rows.ipynb: cell 3 .*\n.*exit code 3"):
        build(project)


def test_stopped_run_leaves_the_old_page_and_no_process(project):
    (project / "page.html").write_text("old")
    write(project / "notebooks", "02-count-rows", "import time; time.sleep(60)")

    def stop(step):
        if step.notebook.startswith("02"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(project, progress=stop)
    assert (project / "page.html").read_text() == "old"
    assert not list_children()


@pytest.mark.parametrize("damage", [b"", b"{}", b"0" * 64 + b"\n{}"])
def test_damaged_cache_is_built_again(project, damage):
    build(project)
    page = (project / "page.html").read_bytes()
    entries = list((project / ".nbpage-cache").glob("*.json"))
    assert len(entries) == 7  # of each notebook its part and what it read; the page
    for path in entries:
        path.write_bytes(damage or path.read_bytes()[:-5])
    assert build(project) == NAMES
    assert (project / "page.html").read_bytes() == page
    assert build(project) == []


def test_cache_that_cannot_be_written_is_no_error(project):
    (project / ".nbpage-cache").write_text("a file, not a folder")
    assert build(project) == NAMES


def test_two_runs_at_once_write_the_same_page(project):
    runs = [threading.Thread(target=build, args=[project], kwargs={"out": project / f"{name}.html"}) for name in "ab"]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert (project / "a.html").read_bytes() == (project / "b.html").read_bytes()
    assert build(project) == []


def test_cache_drops_what_was_used_longest_ago(tmp_path):
    store = Cache(tmp_path)
    for number in range(205):
        store.put(f"{number:03}", number)
    assert len(list(tmp_path.glob("*.json"))) == 200
    assert store.get("204") == 204


def test_page_of_saved_outputs_runs_nothing_and_lets_in_by_list_all_the_same(project):
    notebook = project / "notebooks" / "01-list-rows.ipynb"
    write(project / "notebooks", "01-list-rows", "import pathlib; pathlib.Path('ran').touch()")
    stored = json.loads(notebook.read_text())
    html = ["<b>saved</b>\n", "<script>act()</script><img src=x onerror=act()>"]  # in lines, as JupyterLab saves it
    stored["cells"][1]["outputs"] = [{"output_type": "display_data", "metadata": {}, "data": {"text/html": html}}]
    notebook.write_text(json.dumps(stored))
    assert build(project, run=False) == []
    page = (project / "page.html").read_text()
    assert "<b>saved</b>" in page
    assert "act()" not in page
    assert not (project / "notebooks" / "ran").exists()
    edit(notebook, "saved", "saved again")
    build(project, run=False)
    assert "<b>saved again</b>" in (project / "page.html").read_text()


@pytest.mark.parametrize("outputs", ["none", [{"output_type": "unheard"}], [3], [{"output_type": "stream"}]])
def test_saved_outputs_that_are_none_are_named(project, outputs):
    notebook = project / "notebooks" / "01-list-rows.ipynb"
    stored = json.loads(notebook.read_text())
    stored["cells"][1]["outputs"] = outputs
    notebook.write_text(json.dumps(stored))
    with pytest.raises(NotebookError, match=r"01-list-rows\.ipynb"):
        build(project, run=False)


def test_folder_without_notebooks_is_named(project):
    with pytest.raises(NotebookError, match=r"data\n  holds no notebook named like \*.ipynb"):
        build_page(project / "data", out=project / "page.html")


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


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        "{}",
        '{"worksheets": [], "nbformat": 3}',
        '{"cells": []}',
        '{"cells": [{"metadata": {}, "source": "1"}], "nbformat": 4}',
        '{"cells": [{"cell_type": "spreadsheet", "metadata": {}, "source": "1"}], "nbformat": 4}',
    ],
)
def test_run_names_what_is_not_a_notebook(tmp_path, text):
    (tmp_path / "a.ipynb").write_text(text)
    with pytest.raises(NotebookError, match=r"a.ipynb\n  is not a notebook of format 4"):
        run_notebooks([tmp_path / "a.ipynb"])


def test_two_notebooks_of_one_address_are_refused(project):
    path = project / "notebooks" / "01 list rows.ipynb"
    path.write_bytes((project / "notebooks" / "01-list-rows.ipynb").read_bytes())
    with pytest.raises(NotebookError, match=r"would have the same address in the page as 01 list rows\.ipynb"):
        build(project)


def test_tags_that_are_null_are_none(project):
    edit(project / "notebooks" / "01-list-rows.ipynb", '"metadata": {},', '"metadata": {"tags": null},')
    build(project)


def test_notebook_without_ids_gets_the_same_ones_each_time(tmp_path):
    path = write(tmp_path, "01-no-ids", "1")
    edit(path, '   "id": "code-0",\n', "")
    run_notebooks([path])
    assert [cell["id"] for cell in json.loads(path.read_text())["cells"]] == ["title", "cell-2"]


def test_every_notebook_that_is_missing_or_none_is_named(tmp_path):
    (tmp_path / "a.ipynb").write_text("[]")
    with pytest.raises(NotebookError, match=r"a.ipynb\n(.|\n)*none.ipynb\n  there is no such notebook"):
        run_notebooks([tmp_path / "a.ipynb", tmp_path / "none.ipynb"])


SLOW = {"nbconvert", "nbformat", "IPython", "matplotlib", "pandas", "jinja2", "bs4"}


def test_import_waits_for_the_slow_libraries():
    code = f"import sys, nbpage; print({SLOW} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "set()\n"


def test_it_knows_nothing_of_a_review():
    code = "import sys, nbpage.build, nbpage.page, nbpage.worker, nbpage.kernels; print('evidence' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"


def test_no_grammar_is_built_that_no_notebook_needs():
    code = "import sys, nbpage.kernels; print('nbformat' in sys.modules, 'lark' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "True False\n"
