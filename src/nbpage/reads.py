"""Which files a notebook read, so that a change of others need not run it again.

The interpreter says every file that it opens (`sys.addaudithook`), so that a notebook that opens a file below a folder
counts as having read all of it: what else it looked for there cannot be told. A library that hands out parts of a
folder can say so more exactly, without knowing this package, by events of its own::

    sys.audit("nbpage.heed", False)  # what is opened now is not what the notebook asked for
    sys.audit("nbpage.heed", True)
    sys.audit("nbpage.read", path)   # this is; of a folder: all that is in it
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

_LISTS = {"os.listdir", "os.scandir", "glob.glob", "glob.glob/2"}
_STARTS = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.spawn"}
# Who names one of these may read what no event says.
_PAST_PYTHON = re.compile(r"\b(?:ctypes|duckdb|mmap|polars|pyarrow|sqlite3|subprocess)\b")


class Reads:
    """Listens to what this process reads below some folders, from `start` to its end.

    Attributes
    ----------
    names
        Paths that were named by ``nbpage.read``.
    all
        Whether the notebook may have read anything there.
    """

    def __init__(self, folders: Iterable[str], sources: Iterable[str]) -> None:
        self._folders = [os.path.join(os.path.realpath(folder), "") for folder in folders]
        self.names: set[str] = set()
        self.all = not self._folders or any(map(_PAST_PYTHON.search, sources))
        self._heeds = True

    def start(self) -> None:
        """Listen; a hook cannot be taken away again, so this is for a process of one notebook."""
        if not self.all:
            sys.addaudithook(self._hear)

    def list(self) -> list[str] | None:
        """Return the files and folders that were read; None where that is not known: all."""
        return None if self.all or not self.names else sorted(self.names)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "nbpage.heed":
            self._heeds = bool(arguments[0])
        elif not self._heeds:
            return
        elif event == "nbpage.read":
            self.names.add(os.path.realpath(os.fspath(arguments[0])))
        elif event == "open":
            self._note(arguments[0])
        elif event in _LISTS:
            self._note(arguments[0] or ".")
        elif event in _STARTS:
            self.all = True

    def _note(self, path: object) -> None:
        if isinstance(path, str | bytes | os.PathLike):
            place = os.path.join(os.path.realpath(os.fsdecode(path)), "")
            if place.startswith(tuple(self._folders)):
                self.all = True


def find_files(names: Iterable[str], files: Iterable[str]) -> list[str]:
    """Return those of some files that were read, by their own name or by a folder's above them.

    Examples
    --------
    >>> find_files(["/data/a.csv", "/texts"], ["/data/a.csv", "/data/b.csv", "/texts/one/1.txt"])
    ['/data/a.csv', '/texts/one/1.txt']
    """
    wanted = set(names)
    return [file for file in files if file in wanted or any(str(place) in wanted for place in Path(file).parents)]
