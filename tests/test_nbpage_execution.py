"""Notebooks run in forks leave what a real kernel would have left."""

import math
import random
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from evidence.schema import NOTEBOOKS
from nbpage.execute import Limits, start_notebooks
from nbpage.notebooks import find_language, needs_kernel, read_notebooks
from nbpage.outputs import normalise_outputs

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
    return sorted((ROOT / "notebooks").glob(NOTEBOOKS))


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    cells = [new_markdown_cell("# Sample"), *(new_code_cell(source) for source in SAMPLE)]
    folder = tmp_path_factory.mktemp("sample")  # two, so that what they import is there before the fork
    return {folder / name: new_notebook(cells=cells) for name in SAMPLE_NAMES}


def run(notebooks, **options):
    """Run notebooks; return the last event of each under its name."""
    with start_notebooks(notebooks, **options) as events:
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
    """What notebooks left in forks and in kernels; on copies, for a notebook may write.

    Kernels run the samples alone: the project's own notebooks are run in kernels by nbval, which compares with what is
    saved in them, and `test_fork_leaves_what_is_saved` holds forks to the same.
    """
    real = read_notebooks(_list_real())
    ran = []
    for in_kernels in (False, True):
        copy = tmp_path_factory.mktemp("project")
        for name in ("data", "notebooks"):
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns(".*"))
        own = {} if in_kernels else {copy / "notebooks" / path.name: notebook for path, notebook in real.items()}
        ran.append(run({**sample, **own}, environment={"EVIDENCE_DATA": str(copy / "data")}, in_kernels=in_kernels))
    return ran


@pytest.mark.slow
@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_fork_leaves_what_a_kernel_leaves(ran_both_ways, name):
    in_fork, in_kernel = (ran[name] for ran in ran_both_ways)
    assert (in_fork.failure, in_kernel.failure) == (None, None)
    in_fork, in_kernel = _mask(in_fork.results), _mask(in_kernel.results)
    assert in_fork.keys() == in_kernel.keys()
    for index in in_kernel:
        assert in_fork[index] == in_kernel[index], f"cell {index + 1}"


@pytest.mark.slow
@pytest.mark.parametrize("path", _list_real(), ids=lambda path: path.name)
def test_fork_leaves_what_is_saved(ran_both_ways, path):
    ran = ran_both_ways[0][path.name]
    assert ran.failure is None
    cells = nbformat.read(path, as_version=4).cells
    saved = {index: cell.outputs for index, cell in enumerate(cells) if cell.cell_type == "code"}
    assert {index: result["outputs"] for index, result in ran.results.items()} == saved


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.parametrize("metadata", [{}, {"tags": ["kernel"]}])
def test_failure_and_time_limit_are_named_alike_in_fork_and_kernel(tmp_path, metadata):
    cells = [new_markdown_cell("# T"), new_code_cell("1", metadata=metadata)]
    notebooks = {
        tmp_path / "01-bad.ipynb": new_notebook(cells=[*cells, new_code_cell("1 / 0")]),
        tmp_path / "02-slow.ipynb": new_notebook(cells=[*cells, new_code_cell("import time\ntime.sleep(99)")]),
        tmp_path / "03-dies.ipynb": new_notebook(cells=[*cells, new_code_cell("import os\nos._exit(3)")]),
        tmp_path / "04-crashes.ipynb": new_notebook(
            cells=[*cells, new_code_cell("import ctypes\nctypes.string_at(0)")]
        ),
        tmp_path / "05-loops.ipynb": new_notebook(cells=[*cells, new_code_cell("while True:\n    pass")]),
    }
    with start_notebooks(notebooks, limits=Limits(seconds=6 if metadata else 3)) as events:
        failures = {event.path.name: event.failure for event in events if event.failure}
    assert {failure.cell for failure in failures.values()} == {3}
    assert failures["01-bad.ipynb"].error == "ZeroDivisionError: division by zero"
    assert "ZeroDivisionError" in failures["01-bad.ipynb"].traceback
    assert failures["02-slow.ipynb"].error == "took longer than the time limit"
    assert failures["05-loops.ipynb"].error == "took longer than the time limit"
    assert "died" in failures["03-dies.ipynb"].error
    assert "died" in failures["04-crashes.ipynb"].error


@pytest.mark.parametrize("metadata", [{}, pytest.param({"tags": ["kernel"]}, marks=pytest.mark.slow)])
def test_a_display_is_updated_by_a_later_cell_too(tmp_path, metadata):
    sources = ["handle = display('first', display_id=True)", "handle.update('second')"]
    notebook = new_notebook(cells=[new_code_cell(source, metadata=metadata) for source in sources])
    ran = run({tmp_path / "01.ipynb": notebook})["01.ipynb"]
    assert [output["data"]["text/plain"] for output in ran.results[0]["outputs"]] == ["'second'"]
    assert ran.results[1]["outputs"] == []


def test_an_output_that_no_notebook_can_hold_is_named_and_the_others_are_stored(tmp_path):
    sources = {
        "01-own.ipynb": ["1", "class Own: pass", "display({'application/json': Own()}, raw=True)"],
        "02-numpy.ipynb": [
            "import numpy as np",
            "display({'application/json': {'n': np.int64(3), 's': {1}}}, raw=True)",
        ],
        "03-half.ipynb": ["print('a \\ud83d b')", "display({'text/html': '<b>\\ud83d</b>'}, raw=True)"],
    }
    made = {tmp_path / name: new_notebook(cells=list(map(new_code_cell, cells))) for name, cells in sources.items()}
    ran = run(made)
    failure = ran["01-own.ipynb"].failure
    assert (failure.cell, failure.line) == (3, sources["01-own.ipynb"][2])
    assert failure.error.startswith("put out what a notebook cannot hold (TypeError")
    assert ran["02-numpy.ipynb"].results[1]["outputs"][0]["data"]["application/json"] == {"n": 3, "s": [1]}
    assert ran["03-half.ipynb"].results[0]["outputs"][0]["text"] == "a ? b\n"
    assert ran["03-half.ipynb"].results[1]["outputs"][0]["data"]["text/html"] == "<b>?</b>"


@pytest.mark.parametrize("metadata", [{}, pytest.param({"tags": ["kernel"]}, marks=pytest.mark.slow)])
def test_there_may_be_no_limits(tmp_path, metadata):
    limits = Limits(seconds=math.inf, memory=math.inf, output=math.inf)
    notebook = new_notebook(cells=[new_code_cell("1", metadata=metadata)])
    assert run({tmp_path / "01.ipynb": notebook}, limits=limits)["01.ipynb"].failure is None


def test_a_notebook_in_another_language_is_refused(tmp_path):
    in_r = new_notebook(cells=[new_code_cell("print(1)")], metadata={"language_info": {"name": "R"}})
    events = run({tmp_path / "01-r.ipynb": in_r, tmp_path / "02.ipynb": new_notebook(cells=[new_code_cell("1")])})
    assert events["01-r.ipynb"].failure.error == "is written in r; only Python is run here"
    assert events["02.ipynb"].failure is None


@pytest.mark.parametrize("metadata", [{}, None, {"kernelspec": None, "language_info": None}, {"kernelspec": {}}])
def test_a_notebook_that_names_no_language_is_python(metadata):
    assert find_language({"cells": [], "metadata": metadata}) == "python"


@pytest.mark.slow
def test_who_leaves_early_does_not_wait_for_what_a_notebook_left_behind(tmp_path):
    leaves = "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(8)\n    os._exit(0)\ntime.sleep(60)"
    with start_notebooks({tmp_path / "01.ipynb": new_notebook(cells=[new_code_cell(leaves)])}) as events:
        next(events)
        time.sleep(2)
        begin = time.monotonic()
    assert time.monotonic() - begin < 3


@pytest.mark.slow
def test_a_notebook_is_not_late_because_another_kind_of_worker_is_busy(tmp_path):
    forked = new_notebook(cells=[new_code_cell("import time; time.sleep(6)")])
    tagged = {"tags": ["kernel"]}
    large = new_notebook(cells=[new_code_cell("print('x' * 300_000)", metadata=tagged)])
    short = new_notebook(cells=[new_code_cell("import time; time.sleep(1)", metadata=tagged)])
    names = {"01.ipynb": forked, "02.ipynb": forked, "03.ipynb": forked, "04.ipynb": large, "05.ipynb": short}
    seen = []
    with start_notebooks({tmp_path / k: v for k, v in names.items()}, limits=Limits(seconds=9)) as events:
        for event in events:
            assert event.failure is None
            seen.append((event.path.name, event.results is not None))
    assert seen.index(("05.ipynb", True)) < seen.index(("03.ipynb", True))


def test_streams_are_merged_with_stdout_first():
    outputs = [
        {"output_type": "stream", "name": name, "text": text}
        for name, text in [("stderr", "e1\n"), ("stdout", "o1\n"), ("stderr", "e2\n"), ("stdout", "o2\n")]
    ]
    assert [(output["name"], output["text"]) for output in normalise_outputs(outputs)] == [
        ("stdout", "o1\no2\n"),
        ("stderr", "e1\ne2\n"),
    ]


def test_addresses_and_process_numbers_are_hidden():
    text = "<A at 0x7f2bce10>: /tmp/ipykernel_4321/99.py:1: 0x10"
    assert normalise_outputs([{"output_type": "stream", "name": "stderr", "text": text}])[0]["text"] == (
        "<A at 0x000000000000>: /tmp/ipykernel_0/99.py:1: 0x10"
    )


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the memory of a process")
@pytest.mark.parametrize("metadata", [{}, {"tags": ["kernel"]}], ids=["fork", "kernel"])
def test_limits_of_memory_and_output_are_named_alike_in_fork_and_kernel(tmp_path, metadata):
    cells = [new_markdown_cell("# T"), new_code_cell("1", metadata=metadata)]
    sources = {"01-holds": "kept = bytearray(6_000_000_000)", "02-prints": "for n in range(500): print('x' * 1_000)"}
    notebooks = {
        tmp_path / f"{name}.ipynb": new_notebook(cells=[*cells, new_code_cell(source)])
        for name, source in sources.items()
    }
    ran = run(notebooks, limits=Limits(memory=3e9, output=0.2e6))
    assert [event.failure.cell for _, event in sorted(ran.items())] == [3, 3]
    assert ran["01-holds.ipynb"].failure.error.startswith("took more memory than the limit of 3,000 MB (MemoryError")
    assert ran["02-prints.ipynb"].failure.error == "put out more than the limit of 0.2 MB"


def test_output_without_end_is_stopped_and_cannot_be_caught(tmp_path):
    source = "while True:\n    try:\n        print('x' * 10_000)\n    except Exception:\n        pass"
    ran = run({tmp_path / "a.ipynb": new_notebook(cells=[new_code_cell(source)])}, limits=Limits(output=1e6))
    assert ran["a.ipynb"].failure.error == "put out more than the limit of 1 MB"


def test_output_above_the_limit_is_a_failure_even_where_the_cell_goes_on(tmp_path):
    source = "try:\n    print('x' * 1_000_000)\nexcept BaseException:\n    pass"
    ran = run({tmp_path / "a.ipynb": new_notebook(cells=[new_code_cell(source)])}, limits=Limits(output=1e5))
    assert ran["a.ipynb"].failure.error == "put out more than the limit of 0.1 MB"


def test_what_is_preloaded_runs_once_where_several_notebooks_import_its_module(tmp_path):
    code = "import json, os, time\nprint(os.environ['WHO'], getattr(json, 'once', 'not loaded'))"
    notebooks = {tmp_path / f"{n}.ipynb": new_notebook(cells=[new_code_cell(code)]) for n in range(2)}
    preload = {"json": "import json\njson.once = 'loaded'", "csv": "import json\njson.once = 'never'"}

    def say(chosen):
        ran = run(chosen, preload=preload, environment={"WHO": "we"})
        return {event.results[0]["outputs"][0]["text"] for event in ran.values()}

    assert say(notebooks) == {"we loaded\n"}
    assert say(dict(list(notebooks.items())[:1])) == {"we not loaded\n"}


def print_text(text):
    (output,) = normalise_outputs([{"output_type": "stream", "name": "stdout", "text": text}])
    return output["text"]


def test_of_a_line_that_is_written_over_the_last_writing_is_kept():
    chance = random.Random(5)
    for _ in range(3_000):
        text = "".join(chance.choices("ab\r\n", k=chance.randrange(12)))
        assert print_text(text) == re.sub(r".*\r(?=[^\n])", "", text), repr(text)


@pytest.mark.parametrize("unit", ["x", "x\r", "\r", "at 0x", "ipykernel_1"])
def test_a_line_of_a_million_characters_takes_no_time(unit):
    code = f"""
from nbpage.outputs import normalise_outputs
text = {unit!r} * (1_000_000 // {len(unit)})
normalise_outputs([{{"output_type": "stream", "name": "stdout", "text": text}}])
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)  # square growth would take an hour


def test_an_error_whose_traceback_cannot_be_printed_is_one_all_the_same(tmp_path):
    source = "class Bad(Exception):\n    __notes__ = property(lambda self: 1 / 0)\nraise Bad"
    ran = run({tmp_path / "a.ipynb": new_notebook(cells=[new_code_cell(source)])})
    assert ran["a.ipynb"].failure.error.endswith("(its traceback cannot be printed)")
