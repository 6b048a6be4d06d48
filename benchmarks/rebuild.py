"""Measure how long a rebuild of the report takes, against the tools one would otherwise use.

Run ``python benchmarks/rebuild.py``. All cases run in turn, round after round, so that a machine that slows
down slows all of them; what counts is the ratios inside one table. Tools that are not installed are named as
left out.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import nbformat
import psutil
from floor import measure_floor
from samples import write_samples

from evidence.schema import NOTEBOOKS
from nbpage.notebooks import find_notebooks

ROOT = Path(__file__).resolve().parents[1]
_BUILD = "from evidence.report import export_report as build; build('notebooks', data='data', out='report/review.html')"
TOOLS = {"papermill": "papermill", "nbmake": "nbmake", "jupyter-cache": "jupyter_cache"}


class Case(NamedTuple):
    """One thing to measure: what is made ready before, unmeasured, and the commands that are measured."""

    name: str
    prepare: Callable[[], object]
    commands: list[list[str]]


def main() -> None:
    """Measure and print."""
    options = _parse()
    samples = options.samples or not list((ROOT / "notebooks").glob(NOTEBOOKS))
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        _make_project(project, samples=samples)
        os.chdir(project)
        os.environ.update(EVIDENCE_DATA=str(project / "data"), PYTHONPYCACHEPREFIX=str(Path(folder) / "compiled"))
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # all of them run compiled, as after an install
        cases = _list_cases(project, samples=samples)
        memory = {case.name: _run(case, measure=_watch) for case in cases}  # and compiles what they import
        seconds = {case.name: [] for case in cases}
        floors = []
        for _ in range(options.rounds):
            floors.append(measure_floor(project))
            for case in cases:
                seconds[case.name].append(_run(case))
        _print_table({name: statistics.median(times) for name, times in seconds.items()}, memory, options.rounds)
        _print_floor(floors, statistics.median(seconds["evidence report, all"]))
        _print_figures(project)
        if not samples:
            _print_pairs(options.rounds)
    _print_left_out()


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--samples", action="store_true", help="eight sample notebooks, not the project's own")
    return parser.parse_args()


def _make_project(project: Path, *, samples: bool) -> None:
    if samples:
        write_samples(project)
        return
    for name in ("notebooks", "data"):
        shutil.copytree(ROOT / name, project / name, ignore=shutil.ignore_patterns(".*"))
    for path in set(project.glob("notebooks/*.ipynb")) - set(find_notebooks(project / "notebooks")):
        path.unlink()  # one to work in; no case runs what is not in the report


def _list_cases(project: Path, *, samples: bool) -> list[Case]:
    notebooks = sorted(str(path.relative_to(project)) for path in project.glob(f"notebooks/{NOTEBOOKS}"))
    heaviest = str(max(project.glob("notebooks/*.ipynb"), key=lambda path: path.stat().st_size).relative_to(project))
    ours = [[*_python("evidence.cli"), "report"]]
    if samples:  # notebooks of no review
        ours = [[sys.executable, "-c", _BUILD]]
    convert = [*_python("nbconvert"), "--execute", "--to", "html", "--output-dir", "html"]
    cases = [
        Case("evidence report, all", _forget, ours),
        Case("evidence report, one changed", lambda: _change(project / notebooks[0]), ours),
        Case("evidence report, the heaviest changed", lambda: _change(project / heaviest), ours),
        *(
            Case(f"evidence report, one {what} changed", partial(_change_note, project / "data" / file), ours)
            for what, file in (("rating", "claim_ratings.csv"), ("claim", "claims.csv"))
            if not samples
        ),
        Case("evidence report, nothing changed", _nothing, ours),
        Case("nbconvert, one process each", _nothing, [[*convert, path] for path in notebooks]),
        Case("nbconvert, one process for all", _nothing, [[*convert, *notebooks]]),
        Case("nbconvert, that one notebook", _nothing, [[*convert, notebooks[0]]]),
        Case("nbconvert, that heaviest one", _nothing, [[*convert, heaviest]]),
    ]
    if _has("papermill"):
        run = [[*_python("papermill"), "--cwd", "notebooks", path, "out.ipynb"] for path in notebooks]
        cases.append(Case("papermill, one process each (no HTML)", _nothing, run))
    if _has("nbmake"):
        test = [*_python("pytest"), "-q", "-p", "no:cacheprovider", "--nbmake", *notebooks]
        cases.append(Case("nbmake (no HTML)", _nothing, [test]))
    if _has("jupyter_cache"):
        cache = str(Path(sys.executable).with_name("jcache"))
        execute = [cache, "project", "execute", "--executor", "local-parallel", "--timeout", "600"]
        steps = [[cache, "notebook", "add", *notebooks], execute]
        cases.append(Case("jupyter-cache, parallel (no HTML)", _forget_jcache, steps))
    if shutil.which("myst"):
        _write_myst(project)
        build = ["myst", "build", "--site", "--execute", "--ci"]
        cases.append(Case("myst build --site --execute (no HTML)", _forget_myst, [build]))
    return cases


def _write_myst(project: Path) -> None:
    """Write what MyST needs to run without a network (no theme from its server), and as root."""
    (project / "theme").mkdir()
    (project / "theme" / "template.yml").write_text("jtex: v1\nversion: '1.0.0'\nkind: site\ntitle: none\n")
    config = "version: 1\nproject:\n  exclude: ['data/**']\nsite:\n  title: Review\n  template: ./theme\n"
    (project / "myst.yml").write_text(config)
    (project / "jupyter").mkdir()
    (project / "jupyter" / "jupyter_server_config.json").write_text('{"ServerApp": {"allow_root": true}}')
    os.environ["JUPYTER_CONFIG_DIR"] = str(project / "jupyter")
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


def _python(module: str) -> list[str]:
    return [sys.executable, "-m", module]


def _has(module: str) -> bool:
    return find_spec(module) is not None


def _nothing() -> None:
    pass


def _forget() -> None:
    shutil.rmtree(".evidence-cache", ignore_errors=True)


def _forget_jcache() -> None:
    shutil.rmtree(".jupyter_cache", ignore_errors=True)


def _forget_myst() -> None:
    shutil.rmtree("_build", ignore_errors=True)


def _change_note(path: Path) -> None:
    """Give the first row of a table another note."""
    with path.open(encoding="utf-8", newline="") as file:
        head, first, *rest = csv.reader(file)
    first[head.index("note")] = f"Read again, {time.monotonic_ns()}."
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([head, first, *rest])


def _change(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    cell = next(cell for cell in notebook.cells if cell.cell_type == "code")
    cell.source += f"\n# {time.monotonic_ns()}"
    nbformat.write(notebook, path)


def _run(case: Case, *, measure: Callable[[list[list[str]]], float] | None = None) -> float:
    case.prepare()
    return (measure or _time)(case.commands)


def _time(commands: list[list[str]]) -> float:
    start = time.perf_counter()
    for command in commands:
        subprocess.run(command, check=True, capture_output=True, input=b"y\n")
    return time.perf_counter() - start


def _watch(commands: list[list[str]]) -> float:
    """Return the most MB that a command and all it started held at one time; shared pages count once."""
    most = 0.0
    for command in commands:
        process = psutil.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        process.stdin.write(b"y\n")  # jupyter-cache asks whether it may make its folder
        process.stdin.close()
        while process.poll() is None:
            most = max(most, _sum_memory(process))
            time.sleep(0.05)
    return most


def _sum_memory(process: psutil.Process) -> float:
    total = 0.0
    try:
        for one in [process, *process.children(recursive=True)]:
            info = one.memory_full_info()
            total += getattr(info, "pss", info.rss) / 1e6
    except psutil.Error:  # one ended between two looks
        pass
    return total


def _print_table(medians: dict[str, float], memory: dict[str, float], rounds: int) -> None:
    ours = medians["evidence report, all"]
    print(f"{os.cpu_count()} processors, Python {sys.version.split()[0]}, medians of {rounds} rounds\n")
    print("| case | seconds | times ours | peak MB |")
    print("|---|---:|---:|---:|")
    for name, median in medians.items():
        print(f"| {name} | {median:.2f} | {median / ours:.2f} | {memory[name]:.0f} |")
    one = medians["nbconvert, that one notebook"] / medians["evidence report, one changed"]
    heavy = medians["nbconvert, that heaviest one"] / medians["evidence report, the heaviest changed"]
    print(f"\nOne changed notebook (the first): {one:.1f} times as fast as nbconvert on that notebook alone.")
    print(f"The heaviest changed: {heavy:.1f} times, for its cells take their time either way.")
    for what in ("one rating changed", "one claim changed", "nothing changed"):
        if f"evidence report, {what}" not in medians:
            continue
        print(f"{what.capitalize()}: {medians[f'evidence report, {what}'] / ours:.3f} times a full rebuild.")


def _print_floor(floors: list[dict[str, float]], ours: float) -> None:
    parts = {name: statistics.median(floor[name] for floor in floors) for name in floors[0]}
    cores = min(2, os.cpu_count() or 1)
    floor = parts["imports"] + (parts["cells"] + parts["export"]) / cores
    said = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in parts.items())
    print(f"Floor: imports once, then cells and export over {cores} processors: {floor:.2f} s ({said}).")
    print(f"All is {ours / floor:.2f} times the floor. Below 1: imports, too, run side by side.")


def _print_figures(project: Path) -> None:
    """Show that nothing was left out: a fast run without its charts would be no feat."""
    pages = {"evidence": [project / "report" / "review.html"], "nbconvert": list((project / "html").glob("*.html"))}
    counts = {
        name: sum(len(re.findall(r'class="wide"|src="data:image/', path.read_text(encoding="utf-8"))) for path in paths)
        for name, paths in pages.items()
    }
    print(f"Figures in the pages: {json.dumps(counts)}")


def _print_pairs(rounds: int) -> None:
    """Time what is no rebuild: checking the tables, and importing the package, each beside its peer."""
    pairs = [
        (
            Case("evidence check", _nothing, [[*_python("evidence.cli"), "check", "data"]]),
            Case("frictionless validate", _nothing, [[*_python("frictionless"), "validate", "data/datapackage.json"]]),
        ),
        (
            Case("import evidence", _nothing, [[sys.executable, "-c", "import evidence"]]),
            Case("import pandas", _nothing, [[sys.executable, "-c", "import pandas"]]),
        ),
    ]
    print("\n| ours | seconds | peer | seconds | times ours |")
    print("|---|---:|---|---:|---:|")
    for ours, peer in pairs:
        times = [(_run(ours), _run(peer)) for _ in range(3 * rounds + 1)][1:]  # they are short
        one, other = (statistics.median(column) for column in zip(*times, strict=True))
        print(f"| {ours.name} | {one:.2f} | {peer.name} | {other:.2f} | {other / one:.1f} |")


def _print_left_out() -> None:
    missing = [name for name, module in TOOLS.items() if not _has(module)]
    if not shutil.which("myst"):
        print("Left out, not on the PATH: myst (npm install mystmd)")
    if missing:
        print(f"Left out, not installed: {', '.join(missing)} (pip install -e '.[bench]')")


if __name__ == "__main__":
    main()
