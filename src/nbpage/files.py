"""Files written whole, and known again by their bytes."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

BESIDE = ".new"  # how the name of a file ends that is not yet renamed into place


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


def hash_files(root: Path) -> dict[str, str]:
    """Hash a file, or every file below a folder; times of files do not count.

    Parameters
    ----------
    root
        The file or folder. One that does not exist has no files; hidden ones, and what Python compiles, do not count.

    Returns
    -------
    dict of str
        A digest for each path from `root` on, in order; for a file, under its name.
    """
    if root.is_file():
        return {root.name: hash_bytes(root.read_bytes())}
    digests = {}
    for path in _walk(root):
        if not path.name.endswith(".pyc"):
            with suppress(FileNotFoundError):  # gone since it was listed
                digests[path.relative_to(root).as_posix()] = hash_bytes(path.read_bytes())
    return dict(sorted(digests.items()))


def _walk(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".") and name != "__pycache__"]
        yield from (Path(place, name) for name in names if not name.startswith("."))


def hash_bytes(content: bytes) -> str:
    """Return the SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
