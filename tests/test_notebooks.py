"""The committed notebooks: run from the top, in order, with words for every figure."""

import ast
import re
from pathlib import Path

import nbformat
import pytest

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


def test_no_word_of_the_topic_is_in_the_library():
    words = re.compile(r"acupress|acupunct|back pain|shiatsu|meridian|hubpages|wisegeek|firehow", re.IGNORECASE)
    allowed = re.compile(r"hubpages-0\d\d")  # an id as an example of its form
    for path in (ROOT / "src").rglob("*"):
        if path.is_file() and path.suffix in {".py", ".css", ".js", ".j2", ".mplstyle"}:
            found = words.search(allowed.sub("", path.read_text(encoding="utf-8")))
            assert not found, f"{path.relative_to(ROOT)}: {found.group()}"
