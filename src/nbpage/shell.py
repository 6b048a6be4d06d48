"""A shell that runs a notebook's cells in this process and keeps what a kernel would have sent.

IPython does the work; here are only the ends that a kernel has too: a display hook, a display publisher,
streams, and the settings that libraries derive from being inside a kernel.
"""

from __future__ import annotations

import os
import sys
import tempfile
import zlib
from binascii import b2a_base64
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress
from io import BytesIO, TextIOBase
from typing import Any, NamedTuple

from IPython.core.compilerop import CachingCompiler
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

from nbpage.outputs import Outputs


class CellProblem(NamedTuple):
    """What went wrong in a cell."""

    error: str
    traceback: str = ""


class _ResultHook(DisplayHook):
    """Keeps the value of a cell's last line."""

    shell: Any

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None) -> None:
        self._bundle = {"data": _plain(format_dict), "metadata": md_dict or {}}

    def finish_displayhook(self) -> None:
        result = {"output_type": "execute_result", "execution_count": self.prompt_count}
        self.shell.outputs.add({**result, **self._bundle})
        self._is_active = False


class _Publisher(DisplayPublisher):
    """Keeps what is displayed."""

    shell: Any

    def publish(
        self,
        data: dict[str, Any],
        metadata: dict[str, Any] | None = None,
        source: str | None = None,
        *,
        transient: dict[str, Any] | None = None,
        update: bool = False,
        **_: Any,
    ) -> None:
        display_id = (transient or {}).get("display_id")
        if update and display_id:
            self.shell.outputs.update(display_id, _plain(data), metadata or {})
        else:
            output = {"output_type": "display_data", "data": _plain(data), "metadata": metadata or {}}
            self.shell.outputs.add(output, display_id=display_id)

    def clear_output(self, wait: bool = False) -> None:
        self.shell.outputs.clear(wait=wait)


class _Stream(TextIOBase):
    """Keeps what is printed."""

    encoding = "utf-8"

    def __init__(self, name: str, outputs: Outputs) -> None:
        self._name, self._outputs = name, outputs

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if text:
            self._outputs.add({"output_type": "stream", "name": self._name, "text": text})
        return len(text)


class _CellCompiler(CachingCompiler):
    """Names a cell's code as a kernel does, with a process number that never changes."""

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        folder = os.path.join(tempfile.gettempdir(), "ipykernel_0")
        return os.path.join(folder, f"{zlib.crc32(raw_code.encode())}.py")


class ZMQInteractiveShell(InteractiveShell):
    """The shell. By its name, and by having a kernel, libraries see that they are in a notebook."""

    kernel = None

    displayhook_class = Type(_ResultHook)
    display_pub_class = Type(_Publisher)
    compiler_class = Type(_CellCompiler)

    def __init__(self, **options: Any) -> None:
        self.outputs = Outputs()  # without a limit, until a notebook has one
        self.problem: CellProblem | None = None
        super().__init__(**options)

    def enable_gui(self, gui: str | None = None) -> None:
        """Do nothing: there is no window to draw in."""

    def _showtraceback(self, etype: type, evalue: BaseException, stb: list[str]) -> None:
        said = f"{etype.__name__}: {evalue}" if str(evalue) else etype.__name__
        self.problem = CellProblem(said, "\n".join(stb))


def make_shell() -> ZMQInteractiveShell:
    """Make the one shell of this process, without a history; its profile is where ``IPYTHONDIR`` says."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    return ZMQInteractiveShell.instance(config=config)


def warm_shell(shell: ZMQInteractiveShell, modules: Sequence[str], sources: Sequence[str] = ()) -> None:
    """Import modules and use what is slow the first time, with every hook a kernel would have set.

    Parameters
    ----------
    shell
        From `make_shell`.
    modules
        One that cannot be imported is left for the cell that imports it, which then says so.
    sources
        Python to run after that; what is wrong with it the notebooks will say.
    """
    with shell.builtin_trap, redirect_stdout(_Stream("stdout", Outputs())):
        for module in modules:
            with suppress(Exception):
                __import__(module)
        for source in sources:
            with suppress(Exception):
                exec(source, {})
    if "pandas" in sys.modules:  # perhaps before there was a shell for it to see
        sys.modules["pandas"].options.display.max_columns = 20
    if modules and "pandas" in sys.modules:
        sys.modules["pandas"].DataFrame({"warm": [1]}).style.to_html()
    if modules and "matplotlib.pyplot" in sys.modules:
        _draw_once()


def _draw_once() -> None:
    """Draw one small figure: fonts and renderers are then ready."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(1, 1))
    FigureCanvasAgg(figure)
    figure.add_subplot().set_title("warm")
    for kind in ("svg", "png"):
        figure.savefig(BytesIO(), format=kind)


def run_cell(shell: ZMQInteractiveShell, source: str) -> tuple[dict[str, Any], CellProblem | None]:
    """Run one cell.

    Returns
    -------
    dict
        ``outputs``, which a later cell may still update, and ``execution_count``.
    CellProblem or None
        What the cell raised.
    """
    outputs = shell.outputs.start_cell()
    shell.problem, count = None, shell.execution_count
    with redirect_stdout(_Stream("stdout", shell.outputs)), redirect_stderr(_Stream("stderr", shell.outputs)):
        ran = shell.run_cell(source, store_history=True)
    problem = CellProblem(shell.outputs.too_much) if shell.outputs.too_much else shell.problem
    error = ran.error_before_exec or ran.error_in_exec
    if error and not problem:  # IPython could not print its traceback
        problem = CellProblem(f"{type(error).__name__} (its traceback cannot be printed)")
    return {"outputs": outputs, "execution_count": count}, problem


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    """Write bytes as the text a notebook stores."""
    return {
        kind: b2a_base64(value).decode("ascii") if isinstance(value, bytes) else value for kind, value in data.items()
    }
