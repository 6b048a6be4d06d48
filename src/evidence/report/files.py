"""Files written whole, and the hash of what is in them."""

from __future__ import annotations

import hashlib
import os
import shutil
import uuid
from collections.abc import Iterable
from pathlib import Path

_SKIPPED_FOLDERS = {"__pycache__", ".ipynb_checkpoints", ".git"}


def write_whole(path: Path, content: bytes) -> None:
    """Write a file beside and rename it, so that a reader finds the old or the new one, never a part.

    Parameters
    ----------
    path
        The file. Its folder is made where it is missing; the permissions of an older file are kept.
    content
        The bytes.
    """
    path = path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}-{uuid.uuid4().hex[:8]}")
    try:
        beside.write_bytes(content)
        if path.exists():
            shutil.copymode(path, beside)
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def list_files(folder: Path, *, skip: Iterable[str] = ()) -> list[Path]:
    """List every file below a folder, sorted, without caches and without names that end in one of `skip`."""
    skip = tuple(skip) or ("\0",)
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and not path.name.endswith(skip)
        and not _SKIPPED_FOLDERS.intersection(path.relative_to(folder).parts)
    )


def hash_folder(folder: Path, *, skip: Iterable[str] = ()) -> str:
    """Hash the names and the bytes of every file below a folder; file times do not count.

    A folder that does not exist hashes like an empty one.
    """
    digest = hashlib.sha256()
    for path in list_files(folder, skip=skip):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()
