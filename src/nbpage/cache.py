"""What was built before, found again by the content of everything it was built from."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from nbpage.files import hash_bytes, save_files

_KEPT_ENTRIES = 200


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
        if digest.decode("ascii", "replace") != hash_bytes(content):
            return None
        with suppress(OSError):
            os.utime(self._path(key))
        return json.loads(content)

    def has(self, key: str) -> bool:
        """Tell whether something is kept under a key, sound or not."""
        return self._path(key).is_file()

    def put(self, key: str, value: Any) -> None:
        """Keep a value that JSON can hold, and drop all but the 200 entries that were used last."""
        content = json.dumps(value, ensure_ascii=False).encode()
        with suppress(OSError):
            save_files({self._path(key): f"{hash_bytes(content)}\n".encode() + content})
            self._prune()

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.json"

    def _prune(self) -> None:
        entries = sorted(self.folder.glob("*.json"), key=lambda path: path.stat().st_mtime)
        for path in entries[:-_KEPT_ENTRIES]:
            path.unlink(missing_ok=True)


def list_versions() -> list[str]:
    """List Python and every distribution that it finds, each with its version as its folder's name gives it."""
    found = {sys.version, sys.platform}
    for place in sys.path:
        with suppress(OSError):
            found.update(name for name in os.listdir(place or ".") if name.endswith((".dist-info", ".egg-info")))
    return sorted(found)


def hash_notebook(path: Path, notebook: dict[str, Any], surroundings: str) -> str:
    """Hash what a notebook's part of a page depends on; its stored outputs are not among it."""
    cells = [
        [
            *(cell.get(name) for name in ("cell_type", "source", "attachments")),
            *(cell["metadata"].get(name) for name in ("tags", "alt")),
        ]
        for cell in notebook["cells"]
    ]
    return hash_values(surroundings, path.stem, notebook.get("metadata", {}).get("kernelspec"), cells)


def hash_values(*values: Any) -> str:
    """Hash values that JSON can hold.

    Examples
    --------
    >>> hash_values("a", 1) == hash_values("a", 1), hash_values("a", 1) == hash_values("a", 2)
    (True, False)
    """
    return hash_bytes(json.dumps(values, sort_keys=True).encode())
