"""Notebooks run in real kernels, several at once: where nothing forks, and where a notebook needs one."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import uuid
from collections.abc import Callable
from contextlib import suppress
from math import isinf
from pathlib import Path
from typing import Any

from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat.v4 import new_code_cell, new_notebook

from nbpage.outputs import measure_output, normalise_outputs, say_too_much

_LONGEST_SOCKET = 90
Send = Callable[[dict[str, Any]], None]


def run_with_kernels(request: dict[str, Any], send: Send) -> None:
    """Run the notebooks of a request, each in a kernel of its own, and send the messages a fork would.

    Parameters
    ----------
    request
        ``tasks``, ``workers`` (kernels at once), ``seconds`` and ``output`` (bytes) for one notebook.
    send
        Called with every message.
    """
    threading.Thread(target=_end_with_parent, daemon=True).start()
    asyncio.run(_run_all(request, send))


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(1)  # kernels see that their parent is gone and end too


async def _run_all(request: dict[str, Any], send: Send) -> None:
    places = asyncio.Semaphore(request["workers"])

    async def run_one(task: dict[str, Any]) -> None:
        async with places:
            send({"name": task["name"], "state": "started"})
            send({"name": task["name"], **await _run_notebook(task, request["seconds"], request["output"])})

    await asyncio.gather(*map(run_one, request["tasks"]))


class _OutputLimitError(Exception):
    """The outputs of a notebook, measured after each cell, are larger than they may be."""


async def _run_notebook(task: dict[str, Any], seconds: float, most: float) -> dict[str, Any]:
    notebook = new_notebook(cells=[new_code_cell(cell["source"], metadata=cell["metadata"]) for cell in task["cells"]])
    at = {"cell": task["cells"][0]["index"] if task["cells"] else None}

    left = most

    def check_size(cell: Any, **_: Any) -> None:
        nonlocal left
        left -= sum(map(measure_output, cell.outputs))
        if left < 0:
            raise _OutputLimitError

    manager = _make_manager()
    client = NotebookClient(
        notebook,
        km=manager,
        timeout=None,
        shutdown_kernel="immediate",
        resources={"metadata": {"path": task["folder"]}},
        on_cell_start=lambda cell, cell_index: at.update(cell=task["cells"][cell_index]["index"]),
        on_cell_executed=check_size,
    )
    failed = {"state": "failed", "traceback": ""}
    limit = asyncio.timeout(None if isinf(seconds) else seconds)
    try:
        async with limit:
            await client.async_execute()
    except CellExecutionError as error:
        said = f"{error.ename}: {error.evalue}" if error.evalue else error.ename
        return {**failed, **at, "error": said, "traceback": error.traceback}
    except _OutputLimitError:
        return {**failed, **at, "error": say_too_much(most)}
    except (TimeoutError, DeadKernelError):
        said = "took longer than the time limit" if limit.expired() else "the kernel died"
        return {**failed, **at, "error": said}
    finally:
        with suppress(Exception):
            await manager.shutdown_kernel(now=True)
    return {"state": "done", "results": _list_results(task, notebook)}


def _make_manager() -> AsyncKernelManager:
    """Make a manager for this environment's own Python kernel, over sockets of the file system if it can."""
    connection = Path(os.environ["IPYTHONDIR"], f"{uuid.uuid4().hex[:8]}.json")
    local = sys.platform == "linux" and len(str(connection)) < _LONGEST_SOCKET
    transport = "ipc" if local else "tcp"
    return AsyncKernelManager(kernel_name="python3", transport=transport, connection_file=str(connection))


def _list_results(task: dict[str, Any], notebook: Any) -> dict[int, dict[str, Any]]:
    return {
        cell["index"]: {"outputs": normalise_outputs(ran.outputs), "execution_count": ran.execution_count}
        for cell, ran in zip(task["cells"], notebook.cells, strict=True)
    }
