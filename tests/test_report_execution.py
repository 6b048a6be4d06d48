"""Notebooks run in forks leave what a real kernel would have left."""

import re
import shutil
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from evidence.report.execution import start_notebooks
from evidence.report.notebooks import needs_kernel, read_notebook
from evidence.report.outputs import settle_outputs

ROOT = Path(__file__).parents[1]
SAMPLE_NAMES = ["01-sample.ipynb", "02-sample.ipynb"]
SAMPLE = [
    "import sys, warnings\nimport matplotlib.pyplot as plt\nimport pandas as pd",
    "table = pd.DataFrame({f'column {n}': range(3) for n in range(30)})\nprint(table)\ntable",
    "table.style.set_uuid('sample').set_caption('A caption')",
    "print('one'); print('err', file=sys.stderr); print('two')\nwarnings.warn('careful')",
    "plt.rcParams['svg.hashsalt'] = 'sample'\nfig, ax = plt.subplots()\nax.bar(['a', 'b'], [1, 2])\nax",
    "%config InlineBackend.figure_formats = ['svg']\n%config InlineBackend.print_figure_kwargs = "
    "{'metadata': {'Date': None}}\nplt.plot([1, 2]);",
    "from IPython.display import HTML, Markdown, clear_output, display\n"
    "display(Markdown('*a*'), metadata={'text/markdown': {'key': 1}})\nHTML('<b>b</b>')",
    "handle = display('first', display_id='x')\nhandle.update('second')",
    "print('gone')\nclear_output()\nprint('stays')",
    "display(HTML('c'))\nprint('after')\n_ = 3\nOut[3] is not None",
    "get_ipython().__class__.__name__, pd.get_option('display.max_columns'), plt.get_backend(), __name__",
    "def gives():\n    'Say so.'\n    return None\ngives()",
    "print('a\\rb')\nb'bytes', float('nan'), {'z': 1, 'a': 2}",
]


def _list_real():
    return sorted((ROOT / "notebooks").glob("[0-9][0-9]-*.ipynb"))


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    cells = [new_markdown_cell("# Sample"), *(new_code_cell(source) for source in SAMPLE)]
    folder = tmp_path_factory.mktemp("sample")  # two, so that what they import is there before the fork
    return {folder / name: new_notebook(cells=cells) for name in SAMPLE_NAMES}


def run(notebooks, **options):
    """Run notebooks; return the last event of each under its name."""
    with start_notebooks(notebooks, timeout=300, **options) as events:
        return {event.path.name: event for event in events}


def _mask(value):
    """Hide the one thing that differs: the number a kernel makes of a cell's text for its file name."""
    if isinstance(value, dict):
        return {key: _mask(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_mask(item) for item in value]
    return re.sub(r"ipykernel_0/\d+\.py", "ipykernel_0/N.py", value) if isinstance(value, str) else value


@pytest.fixture(scope="module")
def ran_both_ways(sample, tmp_path_factory):
    """What notebooks left in forks and in kernels; on copies, for a notebook may write."""
    ran = []
    for in_kernels in (False, True):
        copy = tmp_path_factory.mktemp("project")
        for name in ("data", "notebooks"):
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns(".*"))
        real = {copy / "notebooks" / path.name: read_notebook(path) for path in _list_real()}
        ran.append(run({**sample, **real}, data=copy / "data", in_kernels=in_kernels))
    return ran


@pytest.mark.parametrize("name", [*SAMPLE_NAMES, *(path.name for path in _list_real())])
def test_fork_leaves_what_a_kernel_leaves(ran_both_ways, name):
    in_fork, in_kernel = (ran[name] for ran in ran_both_ways)
    assert (in_fork.failure, in_kernel.failure) == (None, None)
    in_fork, in_kernel = _mask(in_fork.results), _mask(in_kernel.results)
    assert in_fork.keys() == in_kernel.keys()
    for index in in_kernel:
        assert in_fork[index] == in_kernel[index], f"cell {index + 1}"


def test_sample_draws_what_it_should(ran_both_ways):
    kinds = [
        kind
        for ran in ran_both_ways[0]["01-sample.ipynb"].results.values()
        for output in ran["outputs"]
        for kind in output.get("data", {})
    ]
    assert kinds.count("image/png") == 1
    assert kinds.count("image/svg+xml") == 1


@pytest.mark.parametrize(
    ("source", "needed"),
    [
        ("print(1)", False),
        ("x = input('name')", True),
        ("!ls", True),
        ("%%bash\nls", True),
        ("import ipywidgets", True),
        ("await f()", True),
        ("user_input = 3\nawaited = 1", False),
    ],
)
def test_kernel_is_used_where_one_is_needed(source, needed):
    assert needs_kernel(new_notebook(cells=[new_code_cell(source)])) is needed


@pytest.mark.parametrize("metadata", [{}, {"tags": ["kernel"]}])
def test_failure_and_time_limit_are_named_alike_in_fork_and_kernel(tmp_path, metadata):
    cells = [new_markdown_cell("# T"), new_code_cell("1", metadata=metadata)]
    notebooks = {
        tmp_path / "01-bad.ipynb": new_notebook(cells=[*cells, new_code_cell("1 / 0")]),
        tmp_path / "02-slow.ipynb": new_notebook(cells=[*cells, new_code_cell("import time\ntime.sleep(99)")]),
        tmp_path / "03-dies.ipynb": new_notebook(cells=[*cells, new_code_cell("import os\nos._exit(3)")]),
    }
    with start_notebooks(notebooks, timeout=6 if metadata else 3) as events:
        failures = {event.path.name: event.failure for event in events if event.failure}
    assert {failure.cell for failure in failures.values()} == {3}
    assert failures["01-bad.ipynb"].error == "ZeroDivisionError: division by zero"
    assert "ZeroDivisionError" in failures["01-bad.ipynb"].traceback
    assert failures["02-slow.ipynb"].error == "took longer than the time limit"
    assert "died" in failures["03-dies.ipynb"].error


def test_streams_are_merged_with_stdout_first():
    outputs = [
        {"output_type": "stream", "name": name, "text": text}
        for name, text in [("stderr", "e1\n"), ("stdout", "o1\n"), ("stderr", "e2\n"), ("stdout", "o2\n")]
    ]
    assert [(output["name"], output["text"]) for output in settle_outputs(outputs)] == [
        ("stdout", "o1\no2\n"),
        ("stderr", "e1\ne2\n"),
    ]


def test_addresses_and_process_numbers_are_hidden():
    text = "<A at 0x7f2bce10>: /tmp/ipykernel_4321/99.py:1: 0x10"
    assert settle_outputs([{"output_type": "stream", "name": "stderr", "text": text}])[0]["text"] == (
        "<A at 0x000000000000>: /tmp/ipykernel_0/99.py:1: 0x10"
    )
