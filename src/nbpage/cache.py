"""What was built before, found again by the content of everything it was built from; and the writer of files."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

_KEPT_ENTRIES = 200
BESIDE = ".new"  # how the name of a file ends that is not yet renamed into place


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

    def has(self, key: str) -> bool:
        """Tell whether something is kept under a key, sound or not."""
        return self._path(key).is_file()

    def put(self, key: str, value: Any) -> None:
        """Keep a value that JSON can hold, and drop all but the 200 entries that were used last."""
        content = json.dumps(value, ensure_ascii=False).encode()
        with suppress(OSError):
            save_files({self._path(key): f"{_hash(content)}\n".encode() + content})
            self._prune()

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.json"

    def _prune(self) -> None:
        entries = sorted(self.folder.glob("*.json"), key=lambda path: path.stat().st_mtime)
        for path in entries[:-_KEPT_ENTRIES]:
            path.unlink(missing_ok=True)


def save_files(contents: Mapping[Any, str | bytes], *, force: bool = False) -> None:
    """Write files, texts as UTF-8: all beside first, then renamed into place one after the other.

    A reader finds the old or the new file, never a part. A link is written through: the file that it names is replaced.
    Where one cannot be written beside, none is replaced.

    Parameters
    ----------
    contents
        By path. A folder is made where it is missing; the permissions of an older file are kept.
    force
        Whether all of them are forced to the disk before the first is renamed, and their names after the last: what
        was saved then outlives a failure of power.

    Raises
    ------
    OSError
        Where the system refuses; it names the file that was to be written.
    """
    paths = [Path(path).resolve() for path in contents]
    beside: list[Path] = []
    path = None
    try:
        for path, content in zip(paths, contents.values(), strict=True):
            if path.is_dir():
                raise IsADirectoryError(errno.EISDIR, "Is a directory")
            path.parent.mkdir(parents=True, exist_ok=True)
            name = path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}{BESIDE}")
            with name.open("xb") as file:
                beside.append(name)
                file.write(content if isinstance(content, bytes) else content.encode("utf-8"))
                if force:
                    file.flush()
                    os.fsync(file.fileno())
            if path.exists():
                shutil.copymode(path, name)
        for name, path in zip(beside, paths, strict=True):
            os.replace(name, path)
    except BaseException as error:
        for name in beside:
            name.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno:
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise
    for folder in {path.parent for path in paths} if force else ():
        _force_names(folder)


def _force_names(folder: Path) -> None:
    """Force a folder's names to disk, where the system can."""
    with suppress(OSError):  # Windows opens no folders; it writes names through
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def hash_files(root: Path, *, skip: tuple[str, ...] = ()) -> dict[str, str]:
    """Hash a file, or every file below a folder; times of files do not count.

    Parameters
    ----------
    root
        The file or folder. One that does not exist has no files.
    skip
        Ends of names to leave out. Hidden files and folders, and what Python compiles, are always left out.

    Returns
    -------
    dict of str
        A digest for each path from `root` on, in order; for a file, under its name.
    """
    if root.is_file():
        return {root.name: _hash(root.read_bytes())}
    skip = (*skip, ".pyc")
    digests = {}
    for path in _walk(root):
        if not path.name.endswith(skip):
            with suppress(FileNotFoundError):  # gone since it was listed
                digests[path.relative_to(root).as_posix()] = _hash(path.read_bytes())
    return dict(sorted(digests.items()))


def _walk(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".") and name != "__pycache__"]
        yield from (Path(place, name) for name in names if not name.startswith("."))


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
    return _hash(json.dumps(values, sort_keys=True).encode())


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
