"""Notebooks given to workers, and what comes back."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any, NamedTuple

from nbpage.notebooks import Failure, Notebook, Results, find_language, first_line, needs_kernel


class Limits(NamedTuple):
    """What one notebook may take; above it, it is stopped and its cell is named.

    ``seconds`` of time, ``memory`` in bytes (held on Linux alone; of the process with all that it imports), and
    ``output``, the most bytes and characters that it may put out.
    """

    seconds: float = 600
    memory: float = 8e9
    output: float = 50e6


DEFAULT_LIMITS = Limits()


class Event(NamedTuple):
    """What a worker says of a notebook: it started, or it ended with results or a failure.

    ``read`` lists the files and folders that it read of those to be listened to; None: it may be any.
    """

    path: Path
    results: Results | None = None
    failure: Failure | None = None
    read: list[str] | None = None


def can_fork() -> bool:
    """Tell whether notebooks can run in forks: on Linux. Forks of macOS break its own libraries."""
    return hasattr(os, "fork") and sys.platform != "darwin"


@contextmanager
def start_notebooks(
    notebooks: Mapping[Path, Notebook],
    *,
    limits: Limits = DEFAULT_LIMITS,
    environment: Mapping[str, str] | None = None,
    preload: Mapping[str, str] | None = None,
    read_from: Iterable[str | Path] = (),
    in_kernels: bool = False,
) -> Iterator[Iterator[Event]]:
    """Start to run notebooks, and give their events as they come.

    The workers are other processes: they warm up while the caller does something else, and they are gone when
    the context is left, however it is left. The notebooks' files are neither read nor written.

    Parameters
    ----------
    notebooks
        Each notebook under its path; it runs in the folder of that path.
    limits
        For each notebook.
    environment
        Variables that the notebooks find set, beside those of this process.
    preload
        Python to run once before the notebooks are forked, under the name of a module: where more than one of
        them imports it. What is loaded there each finds loaded. It runs in the folder of a notebook.
    read_from
        Folders of which it is to be said what each notebook read.
    in_kernels
        Use a real kernel for each, also where a fork would do.
    """
    groups: dict[bool, dict[str, Notebook]] = {}
    refused = []
    for path, notebook in sorted(notebooks.items(), key=_guess_work):
        if (language := find_language(notebook)) != "python":
            said = f"is written in {language}; only Python is run here"
            refused.append(Event(path, failure=Failure(str(path), 0, "", said)))
            continue
        kernels = in_kernels or not can_fork() or needs_kernel(notebook)
        groups.setdefault(kernels, {})[str(path)] = notebook
    with TemporaryDirectory(prefix="nbpage-", ignore_cleanup_errors=True) as folder:
        variables = _make_environment(environment or {}, folder)
        workers = []
        try:
            for kernels, chosen in groups.items():
                request = {
                    "kernels": kernels,
                    "workers": count_workers(len(chosen)),
                    "preload": dict(preload or {}),
                    "read_from": [str(Path(folder).resolve()) for folder in read_from],
                    "tasks": [_make_task(name, notebook) for name, notebook in chosen.items()],
                    **limits._asdict(),
                }
                workers.append((_start_worker(request, variables), chosen))
            yield chain(refused, _read_all(workers, limits))
        finally:
            for worker, _ in workers:
                _stop_worker(worker)  # whoever reads it closes its output


def _guess_work(item: tuple[Path, Notebook]) -> tuple[bool, int]:
    """Guess how long a notebook takes by what its last run left, so that the longest goes first; a job before all."""
    path, notebook = item
    left = sum(len(str(cell.get("outputs", ""))) for cell in notebook["cells"])
    return path.suffix == ".ipynb", -left


def _make_environment(given: Mapping[str, str], folder: str) -> dict[str, str]:
    environment = {
        **os.environ,
        **given,
        "IPYTHONDIR": folder,  # nobody's own start-up files
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",  # or charts go missing unsaid
    }
    environment.setdefault("OPENBLAS_NUM_THREADS", "1")  # one thread: forks are safe
    return environment


def _start_worker(request: dict[str, Any], environment: dict[str, str]) -> subprocess.Popen[str]:
    worker = subprocess.Popen(
        [sys.executable, "-P", "-m", "nbpage.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )
    with suppress(BrokenPipeError):  # its end is told by its output
        assert worker.stdin
        worker.stdin.write(json.dumps(request) + "\n")
        worker.stdin.flush()
    return worker


def count_workers(notebooks: int) -> int:
    """Count the notebooks to run at once: one for each processor, and no more than there are."""
    return max(1, min(os.cpu_count() or 1, notebooks))


def _make_task(name: str, notebook: Notebook) -> dict[str, Any]:
    return {
        "name": name,
        "folder": str(Path(name).resolve().parent),
        "cells": [
            {"index": index, "source": cell["source"], "metadata": cell["metadata"]}
            for index, cell in enumerate(notebook["cells"])
            if cell["cell_type"] == "code" and cell["source"].strip()
        ],
    }


def _read_all(workers: list[tuple[subprocess.Popen[str], dict[str, Notebook]]], limits: Limits) -> Iterator[Event]:
    """Read all workers from now on, in threads, for one that nobody reads would stand still; give their events."""
    events: SimpleQueue[Event | BaseException | None] = SimpleQueue()

    def pass_on(worker: subprocess.Popen[str], notebooks: dict[str, Notebook]) -> None:
        assert worker.stdout
        with worker.stdout:
            try:
                for event in _read(worker, notebooks, limits):
                    events.put(event)
                events.put(None)
            except BaseException as error:
                events.put(error)

    for worker in workers:
        Thread(target=pass_on, args=worker, daemon=True).start()
    return _take_events(events, len(workers))


def _take_events(events: SimpleQueue[Event | BaseException | None], workers: int) -> Iterator[Event]:
    """Take events until so many workers have ended."""
    while workers:
        event = events.get()
        if isinstance(event, BaseException):
            raise event
        if event is None:
            workers -= 1
        else:
            yield event


def _read(worker: subprocess.Popen[str], notebooks: dict[str, Notebook], limits: Limits) -> Iterator[Event]:
    assert worker.stdout
    open_names = dict.fromkeys(notebooks)
    for line in worker.stdout:
        message = json.loads(line)
        name = message["name"]
        if message["state"] == "started":
            yield Event(Path(name))
            continue
        del open_names[name]
        yield _read_end(name, notebooks[name], message, limits)
        if not open_names:
            return
    for name in open_names:
        died = f"was not run: its worker ended with exit code {worker.wait()}"
        yield Event(Path(name), failure=Failure(name, 0, "", died))


def _read_end(name: str, notebook: Notebook, message: dict[str, Any], limits: Limits) -> Event:
    if message["state"] == "done":
        results = {int(index): ran for index, ran in message["results"].items()}
        return Event(Path(name), results, read=message.get("read"))
    index, error = message["cell"], message["error"]
    number, line = (0, "") if index is None else (index + 1, first_line(notebook, index))
    if re.match(r"(?:numpy\.\S*|_Array)?MemoryError\b", error):
        error = f"took more memory than the limit of {limits.memory / 1e6:,.10g} MB ({error})"
    return Event(Path(name), failure=Failure(name, number, line, error, message["traceback"]))


def _stop_worker(worker: subprocess.Popen[str]) -> None:
    """End a worker and its forks, whatever they are doing."""
    with suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(worker.pid, signal.SIGKILL)
        else:
            worker.kill()
    worker.wait()
    if worker.stdin:
        worker.stdin.close()
