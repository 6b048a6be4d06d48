"""The least a rebuild could take: what it must import, run and export, each measured alone in one process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def measure_floor(project: Path) -> dict[str, float]:
    """Measure the seconds of ``imports``, once, and of ``cells`` and ``export``, one after the other."""
    command = [sys.executable, __file__, str(project)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _measure(project: Path) -> dict[str, float]:
    import time

    start = time.perf_counter()
    import os

    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    from nbpage.notebooks import find_notebooks, give_outputs
    from nbpage.page import PartMaker
    from nbpage.shell import make_shell, warm_shell

    shell = make_shell()
    warm_shell(shell, ["pandas", "matplotlib.pyplot", "evidence.charts"])
    maker = PartMaker()
    seconds = {"imports": time.perf_counter() - start, "cells": 0.0, "export": 0.0}
    for path, notebook in find_notebooks(project / "notebooks").items():
        results, spent = _run_in_fork(shell, path, notebook)
        seconds["cells"] += spent
        start = time.perf_counter()
        maker.make(path, give_outputs(notebook, results))
        seconds["export"] += time.perf_counter() - start
    return seconds


def _run_in_fork(shell, path: Path, notebook: dict) -> tuple[dict, float]:
    """Run the cells in a fork, so that no notebook finds what another one left, and time them there."""
    from multiprocessing import get_context

    ours, theirs = get_context("fork").Pipe(duplex=False)
    process = get_context("fork").Process(target=_run_cells, args=(shell, path, notebook, theirs))
    process.start()
    answer = ours.recv()
    process.join()
    return answer


def _run_cells(shell, path: Path, notebook: dict, channel) -> None:
    import os
    import time

    from nbpage.shell import run_cell

    os.chdir(path.parent)
    results = {}
    start = time.perf_counter()
    for index, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] == "code" and cell["source"].strip():
            results[index], problem = run_cell(shell, cell["source"])
            if problem:
                raise SystemExit(f"{path}: {problem.error}")
    channel.send((results, time.perf_counter() - start))


if __name__ == "__main__":
    print(json.dumps(_measure(Path(sys.argv[1]).resolve())))
