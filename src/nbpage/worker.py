"""The process that runs notebooks: warmed once, then forked for each of them.

It reads one request from standard input and writes one JSON line when a notebook starts, ends or fails.
It ends when its standard input closes, so that nothing outlives a command that was killed. Started by
`nbpage.execute`.
"""

from __future__ import annotations

import ast
import gc
import json
import multiprocessing
import os
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import accumulate
from math import isinf
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, NamedTuple

Message = dict[str, Any]


class _Running(NamedTuple):
    task: dict[str, Any]
    process: BaseProcess
    deadline: float


def main() -> None:
    """Run the notebooks of the request on standard input."""
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # prints past Python must not break the channel
    request = json.loads(sys.stdin.readline())
    _limit_memory(request["memory"])
    if request["kernels"]:
        from nbpage.kernels import run_with_kernels

        run_with_kernels(request, lambda message: _send_line(channel, message))
    else:
        for message in _run_forked(request):
            _send_line(channel, message)


def _limit_memory(size: float) -> None:
    """Let this process, and each that it starts, hold no more than some bytes; only Linux does."""
    with suppress(ImportError, AttributeError, ValueError, OSError, OverflowError):  # the last: without a limit
        import resource

        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        resource.setrlimit(resource.RLIMIT_DATA, (int(size), hard))


def _send_line(channel: Any, message: Message) -> None:
    channel.write(json.dumps(message) + "\n")
    channel.flush()


def _run_forked(request: dict[str, Any]) -> Iterator[Message]:
    from nbpage.shell import make_shell, warm_shell

    gc.disable()  # or it would look through all that is imported, time and again
    try:
        shell = make_shell()
    except OSError as error:  # IPython keeps files of its own
        why = f"could not begin: {str(error.strerror).lower()}; make room for temporary files"
        failed = {"state": "failed", "cell": None, "error": why, "traceback": ""}
        yield from ({"name": task["name"], **failed} for task in request["tasks"])
        return
    imports = _list_imports(request["tasks"])
    os.chdir(request["tasks"][0]["folder"])
    warm_shell(shell, imports, [source for module, source in request["preload"].items() if module in imports])
    gc.freeze()
    gc.enable()
    waiting: list[dict[str, Any]] = list(reversed(request["tasks"]))
    running: dict[Connection, _Running] = {}
    while waiting or running:
        while waiting and len(running) < request["workers"]:
            task = waiting.pop()
            running |= _start(shell, task, time.monotonic() + request["seconds"], request)
            yield {"name": task["name"], "state": "started"}
        yield from _collect(running)


def _list_imports(tasks: list[dict[str, Any]]) -> list[str]:
    """List what more than one of the notebooks imports; for one alone, importing early gains nothing."""
    found: Counter[str] = Counter()
    for task in tasks:
        names = _find_imports(cell["source"] for cell in task["cells"])
        found.update({whole for name in names for whole in accumulate(name.split("."), "{}.{}".format)})
    return sorted(name for name, count in found.items() if count > 1)


def _find_imports(sources: Iterable[str]) -> Iterator[str]:
    for source in sources:
        try:
            nodes = list(ast.walk(ast.parse(source)))
        except SyntaxError:  # IPython's own syntax, or an error that the run will name
            continue
        for node in nodes:
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _start(shell: Any, task: dict[str, Any], deadline: float, request: dict[str, Any]) -> dict[Connection, _Running]:
    fork = multiprocessing.get_context("fork")
    ours, theirs = fork.Pipe(duplex=False)
    process = fork.Process(target=_run_notebook, args=(shell, task, theirs, request))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking beside threads: numpy's only wait
        process.start()
    theirs.close()
    return {ours: _Running(task, process, deadline)}


def _run_notebook(shell: Any, task: dict[str, Any], channel: Connection, request: dict[str, Any]) -> None:
    """Run one notebook in a fork: every cell, until one fails."""
    from nbpage.outputs import Outputs, store_outputs
    from nbpage.reads import Reads
    from nbpage.shell import run_cell

    shell.outputs = Outputs(request["output"])
    os.chdir(task["folder"])
    sys.path.insert(0, "")
    results = {}
    reads = Reads(request["read_from"], (cell["source"] for cell in task["cells"]))
    reads.start()
    for cell in task["cells"]:
        channel.send({"state": "cell", "cell": cell["index"]})
        results[cell["index"]], problem = run_cell(shell, cell["source"])
        if problem:
            channel.send({"state": "failed", "cell": cell["index"], **problem._asdict()})
            return
    for index, ran in results.items():  # now that no cell can update them any more
        try:
            ran["outputs"] = store_outputs(ran["outputs"])
        except (TypeError, ValueError, RecursionError) as error:
            said = f"put out what a notebook cannot hold ({type(error).__name__}: {error})"
            channel.send({"state": "failed", "cell": index, "error": said, "traceback": ""})
            return
    channel.send({"state": "done", "results": results, "read": reads.list()})


def _collect(running: dict[Connection, _Running]) -> Iterator[Message]:
    """Wait for what comes next from the forks: a message, an end, or the end of someone's time."""
    next_deadline = min(job.deadline for job in running.values())
    left = max(0, next_deadline - time.monotonic())
    ready = wait([*running, sys.stdin.fileno()], timeout=None if isinf(left) else left)
    if sys.stdin.fileno() in ready:
        _stop_all(running)
        raise SystemExit(1)
    for connection in [one for one in running if one in ready]:
        yield from _read_message(running, connection)
    for connection, job in list(running.items()):
        if time.monotonic() > job.deadline:
            yield _end(running, connection, {"state": "failed", "error": "took longer than the time limit"})


def _read_message(running: dict[Connection, _Running], connection: Connection) -> Iterator[Message]:
    job = running[connection]
    try:
        message = connection.recv()
    except EOFError:
        job.process.join()
        died = f"the Python process died (exit code {job.process.exitcode})"
        message = {"state": "failed", "error": died}
    if message["state"] == "cell":
        job.task["at"] = message["cell"]
    else:
        yield _end(running, connection, message)


def _end(running: dict[Connection, _Running], connection: Connection, message: Message) -> Message:
    """Take a fork off the list; where it did not say so itself, name the cell it was in."""
    job = running.pop(connection)
    job.process.kill()
    job.process.join()
    connection.close()
    return {"name": job.task["name"], "cell": job.task.get("at"), "traceback": "", **message}


def _stop_all(running: dict[Connection, _Running]) -> None:
    for job in running.values():
        job.process.kill()


if __name__ == "__main__":
    main()
