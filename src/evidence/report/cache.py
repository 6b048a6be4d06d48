"""What was built before, found again by the content of everything it was built from."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import evidence
from evidence.report.files import hash_folder, write_whole
from evidence.report.notebooks import Notebook

_DISTRIBUTIONS = (
    *("contourpy", "evidence", "ipykernel", "ipython", "jinja2", "krippendorff", "matplotlib"),
    *("matplotlib-inline", "mistune", "nbclient", "nbconvert", "nbformat", "numpy", "pandas", "pillow"),
    *("pygments", "traitlets"),
)
_KEPT_ENTRIES = 100
_SEEN_PARTS = ("cell_type", "source", "attachments")


class Cache:
    """A folder of results, each under the hash of what it was made from.

    An entry carries the hash of its own bytes: one that was cut off or changed counts as missing. Entries are
    written whole, so that two runs may use one folder. A folder that cannot be written is no error.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, key: str) -> Any | None:
        """Return what is kept under a key, or None."""
        try:
            digest, _, content = self._path(key).read_bytes().partition(b"\n")
        except OSError:
            return None
        if digest.decode("ascii", "replace") != _hash(content):
            return None
        with suppress(OSError):
            os.utime(self._path(key))
        return json.loads(content)

    def put(self, key: str, value: Any) -> None:
        """Keep a value that JSON can hold, and drop the entries that were used longest ago."""
        content = json.dumps(value, ensure_ascii=False).encode()
        with suppress(OSError):
            write_whole(self._path(key), f"{_hash(content)}\n".encode() + content)
            self._prune()

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.json"

    def _prune(self) -> None:
        entries = sorted(self.folder.glob("*.json"), key=lambda path: path.stat().st_mtime)
        for path in entries[:-_KEPT_ENTRIES]:
            path.unlink(missing_ok=True)


def hash_surroundings(notebooks_dir: Path, data: Path, *, package: Path | None = None) -> str:
    """Hash all that any notebook may depend on: data, texts, package, files beside it, versions, Python.

    Parameters
    ----------
    notebooks_dir
        Where the notebooks are. They themselves are left out.
    data
        The folder of tables.
    package
        The source of the package; the one that runs, by default.
    """
    folders = [data, package or Path(evidence.__file__).parent]
    if os.environ.get("EVIDENCE_TEXTS"):
        folders.append(Path(os.environ["EVIDENCE_TEXTS"]))
    hashes = [hash_folder(folder, skip=[".pyc"]) for folder in folders]
    hashes.append(hash_folder(notebooks_dir, skip=[".ipynb"]))
    return _hash_json([hashes, sys.version, sys.platform, list_versions()])


def list_versions() -> dict[str, str]:
    """List the versions of what has a say in how a notebook runs or looks; '' where not installed."""
    return {name: _find_version(name) for name in _DISTRIBUTIONS}


def _find_version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def hash_notebook(path: Path, notebook: Notebook, surroundings: str) -> str:
    """Hash what a notebook's part of the report depends on; its stored outputs are not among it."""
    cells = [
        [*(cell.get(part) for part in _SEEN_PARTS), cell["metadata"].get("tags"), cell["metadata"].get("alt")]
        for cell in notebook["cells"]
    ]
    return _hash_json([surroundings, path.stem, notebook.get("metadata", {}).get("kernelspec"), cells])


def hash_page(keys: Iterable[str], imprint: Iterable[str]) -> str:
    """Hash what the page is made of: its notebooks' keys, in order, and the words around them."""
    return _hash_json(["page", [*keys], [*imprint]])


def _hash_json(value: Any) -> str:
    return _hash(json.dumps(value, sort_keys=True).encode())


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
