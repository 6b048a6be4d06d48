"""The committed notebooks: run from the top, in order, with words for every figure."""

import ast
import itertools
import re
from pathlib import Path

import nbformat
import pytest

import nbpage

ROOT = Path(__file__).resolve().parent.parent
PATHS = sorted((ROOT / "notebooks").glob("*.ipynb"))
NOTEBOOKS = {path.stem: nbformat.read(path, 4) for path in PATHS}


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def outputs(notebook):
    return [output for cell in code_cells(notebook) for output in cell.outputs]


def test_the_eight_questions_and_the_panel_are_there_in_order():
    assert [name[:2] for name in NOTEBOOKS] == [f"{i:02d}" for i in range(1, 10)]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_code_cell_has_run_once_from_the_top(name):
    cells = code_cells(NOTEBOOKS[name])
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_no_cell_ends_in_an_error_or_a_warning(name):
    assert not [o for o in outputs(NOTEBOOKS[name]) if o.output_type == "error" or o.get("name") == "stderr"]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_figure_has_words_in_its_place(name):
    for output in outputs(NOTEBOOKS[name]):
        for kind in {"image/svg+xml", "image/png"} & set(output.get("data", {})):
            alt = output.metadata.get(kind, {}).get("alt", "")
            assert len(alt.split()) >= 5, f"{name}: a figure without alt text"
            assert output.data["text/plain"] == alt


def test_there_are_figures_to_look_at():
    figures = [o for notebook in NOTEBOOKS.values() for o in outputs(notebook) if "image/svg+xml" in o.get("data", {})]
    assert len(figures) >= 12


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_reads_as_a_document(name):
    notebook = NOTEBOOKS[name]
    first, second = (cell.source for cell in notebook.cells[:2])
    assert re.fullmatch(r"# .+\?", first)
    assert second.startswith("**What this does not show.**")
    last = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"][-1]
    assert re.search(r"^## (Limits|How to cite)", last, re.MULTILINE)
    for cell in code_cells(notebook):
        steps = ast.parse(cell.source).body
        assert len(steps) <= 4, cell.source
        assert not [s for s in steps if isinstance(s, ast.FunctionDef | ast.ClassDef)], cell.source


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_code_is_collapsed(name):
    for cell in code_cells(NOTEBOOKS[name]):
        assert cell.metadata["jupyter"] == {"source_hidden": True}


def test_code_stays_collapsed_when_it_is_run(tmp_path):
    paths = [tmp_path / f"{name}.ipynb" for name in NOTEBOOKS]
    for path, notebook in zip(paths, NOTEBOOKS.values(), strict=True):
        nbformat.write(nbformat.v4.new_notebook(cells=code_cells(notebook)[:1], metadata=notebook.metadata), path)
    nbpage.run_notebooks(paths)
    for path in paths:
        (cell,) = nbformat.read(path, 4).cells
        assert cell.metadata["jupyter"] == {"source_hidden": True}


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_no_notebook_types_a_word_of_the_topic_or_grades_an_article(name):
    for cell in NOTEBOOKS[name].cells:
        assert not TOPIC.search(cell.source), cell.source
        assert not re.search(r"\bhow good\b|\bscore|\brank", cell.source, re.IGNORECASE), cell.source


def test_a_look_at_counts_is_followed_by_what_it_shows():
    pairs = [pair for notebook in NOTEBOOKS.values() for pair in itertools.pairwise(notebook.cells)]
    look = re.compile(r"count_claims\([^)]*\"source_id\"\)")
    looks = [(one, after) for one, after in pairs if look.search(one.source) and "support" not in one.source]
    assert looks
    for cell, after in looks:
        assert "describe_frequent" in after.source, cell.source
        assert after.outputs[0].data["text/plain"].startswith("Most frequent: ")


def test_links_to_other_files_lead_there_from_a_lab_at_the_root():
    texts = [cell.source for notebook in NOTEBOOKS.values() for cell in notebook.cells if cell.cell_type == "markdown"]
    texts.append((ROOT / "data" / "remarks.md").read_text(encoding="utf-8"))
    links = [link for text in texts for link in re.findall(r"\]\(((?!https?:|#)[^)#]+)", text)]
    assert links
    for link in links:
        target = (ROOT / "notebooks" / link).resolve()
        assert target.is_file()
        assert ROOT in target.parents
    lab = re.search(r"^lab:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)[1]
    opened = re.search(r"jupyter lab --ServerApp.root_dir=\. (\S+)", lab)[1]
    assert "summary" in nbformat.read(ROOT / opened, 4).cells[0].metadata["tags"]
    assert "jupyter trust notebooks/*.ipynb" in lab


def find_cell(notebook, words):
    return next(i for i, cell in enumerate(notebook.cells) if words in cell.source)


def test_what_most_claims_rest_on_comes_first_and_nothing_is_drawn_twice_on_the_page():
    by_name = {name[:2]: notebook for name, notebook in NOTEBOOKS.items()}
    weigh = by_name["05"]
    assert find_cell(weigh, "show.summary(") < find_cell(weigh, "show.findings(") < find_cell(weigh, "plot_forest(")
    shown = [
        cell.source
        for notebook in NOTEBOOKS.values()
        for cell in code_cells(notebook)
        if "notebook-only" not in cell.metadata.get("tags", [])
    ]
    for look in ("show.summary(", "show.outcomes(", "plot_article_map(", "plot_citations(", "plot_wording("):
        assert len([source for source in shown if look in source]) == 1, look
    assert not [source for source in shown if "plot_support(promoting" in source]  # the page's first screen draws that


TOPIC = re.compile(r"acupress|acupunct|back pain|shiatsu|meridian|hubpages|wisegeek|firehow", re.IGNORECASE)


def test_no_word_of_the_topic_is_in_the_library():
    allowed = re.compile(r"hubpages-0\d\d")  # an id as an example of its form
    for path in (ROOT / "src").rglob("*"):
        if path.is_file() and path.suffix in {".py", ".css", ".js", ".j2", ".mplstyle"}:
            found = TOPIC.search(allowed.sub("", path.read_text(encoding="utf-8")))
            assert not found, f"{path.relative_to(ROOT)}: {found.group()}"
