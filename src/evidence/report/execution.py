"""Notebooks given to workers, and what comes back."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from evidence.report.notebooks import Failure, Notebook, first_line, needs_kernel

Results = dict[int, dict[str, Any]]


class Event(NamedTuple):
    """What a worker says of a notebook: it started, or it ended with results or a failure."""

    path: Path
    results: Results | None = None
    failure: Failure | None = None


def can_fork() -> bool:
    """Tell whether notebooks can run in forks: on Linux. Forks of macOS break its own libraries."""
    return hasattr(os, "fork") and sys.platform != "darwin"


@contextmanager
def start_notebooks(
    notebooks: Mapping[Path, Notebook], *, timeout: float, data: Path | None = None, in_kernels: bool = False
) -> Iterator[Iterator[Event]]:
    """Start to run notebooks, and give their events as they come.

    The workers are other processes: they warm up while the caller does something else, and they are gone when
    the context is left, however it is left. The notebooks' files are neither read nor written.

    Parameters
    ----------
    notebooks
        Each notebook under its path; it runs in the folder of that path.
    timeout
        Seconds for one notebook.
    data
        The folder the notebooks find in the environment variable ``EVIDENCE_DATA``.
    in_kernels
        Use a real kernel for each, also where a fork would do.
    """
    groups: dict[bool, dict[str, Notebook]] = {}
    for path, notebook in sorted(notebooks.items(), key=_guess_work, reverse=True):
        kernels = in_kernels or not can_fork() or needs_kernel(notebook)
        groups.setdefault(kernels, {})[str(path)] = notebook
    with TemporaryDirectory(prefix="evidence-", ignore_cleanup_errors=True) as folder:
        environment = _make_environment(data, Path(folder))
        workers = []
        try:
            for kernels, chosen in groups.items():
                workers.append((_start_worker(chosen, kernels, timeout, environment), chosen))
            yield (event for worker, chosen in workers for event in _read(worker, chosen))
        finally:
            for worker, _ in workers:
                _stop_worker(worker)


def _guess_work(item: tuple[Path, Notebook]) -> int:
    """Guess how long a notebook takes by what its last run left, so that the longest can go first."""
    return sum(len(str(cell.get("outputs", ""))) for cell in item[1]["cells"])


def _make_environment(data: Path | None, folder: Path) -> dict[str, str]:
    environment = {
        **os.environ,
        "IPYTHONDIR": str(folder),  # nobody's own start-up files
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",  # or charts go missing unsaid
    }
    environment.setdefault("OPENBLAS_NUM_THREADS", "1")  # one thread: forks are safe
    if data is not None:
        environment["EVIDENCE_DATA"] = str(data.resolve())
    return environment


def _start_worker(
    notebooks: dict[str, Notebook], kernels: bool, timeout: float, environment: dict[str, str]
) -> subprocess.Popen:
    worker = subprocess.Popen(
        [sys.executable, "-P", "-m", "evidence.report.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )
    request = {
        "kernels": kernels,
        "workers": count_workers(len(notebooks)),
        "timeout": timeout,
        "tasks": [_make_task(name, notebook) for name, notebook in notebooks.items()],
    }
    with suppress(BrokenPipeError):  # its end is told by its output
        worker.stdin.write(json.dumps(request) + "\n")
        worker.stdin.flush()
    return worker


def count_workers(notebooks: int) -> int:
    """Count the notebooks to run at once: one for each processor, and no more than there are."""
    return max(1, min(os.cpu_count() or 1, notebooks))


def _make_task(name: str, notebook: Notebook) -> dict:
    return {
        "name": name,
        "folder": str(Path(name).resolve().parent),
        "cells": [
            {"index": index, "source": cell["source"], "metadata": cell["metadata"]}
            for index, cell in enumerate(notebook["cells"])
            if cell["cell_type"] == "code" and cell["source"].strip()
        ],
    }


def _read(worker: subprocess.Popen, notebooks: dict[str, Notebook]) -> Iterator[Event]:
    open_names = dict.fromkeys(notebooks)
    for line in worker.stdout:
        message = json.loads(line)
        name = message["name"]
        if message["state"] == "started":
            yield Event(Path(name))
            continue
        del open_names[name]
        yield _read_end(name, notebooks[name], message)
        if not open_names:
            return
    for name in open_names:
        died = f"was not run: its worker ended with exit code {worker.wait()}"
        yield Event(Path(name), failure=Failure(name, 0, "", died))


def _read_end(name: str, notebook: Notebook, message: dict) -> Event:
    if message["state"] == "done":
        return Event(Path(name), results={int(index): ran for index, ran in message["results"].items()})
    index = message["cell"]
    number, line = (0, "") if index is None else (index + 1, first_line(notebook, index))
    return Event(Path(name), failure=Failure(name, number, line, message["error"], message["traceback"]))


def _stop_worker(worker: subprocess.Popen) -> None:
    """End a worker and its forks, whatever they are doing."""
    with suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(worker.pid, signal.SIGKILL)
        else:
            worker.kill()
    worker.wait()
    worker.stdin.close()
    worker.stdout.close()
