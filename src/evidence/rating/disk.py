"""A lock between processes, and bytes that are on the disk when a function returns."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from evidence.checks import Problem, TableError

__all__ = ["append_bytes", "cut_file", "force_folder", "hold_lock", "replace_file", "write_file"]

LOCK = ".ratings.lock"
PATIENCE = 30.0


@contextmanager
def hold_lock(folder: Path, *, patience: float = PATIENCE) -> Iterator[None]:
    """Hold the one lock that everything takes that writes ratings.

    The operating system holds it (``flock``, on Windows ``LockFile``), so that it is gone with the process,
    however that ends. A file system without such locks makes the library ``filelock`` fall back on the lock
    file's existence, with a warning; where neither works, nothing is written.

    Parameters
    ----------
    folder
        Folder of the tables; the lock is the empty file ``.ratings.lock`` in it.
    patience
        Seconds to wait for others.

    Raises
    ------
    TableError
        Where the lock cannot be had.
    """
    lock = FileLock(folder / LOCK, timeout=patience)
    try:
        lock.acquire()
    except Timeout as error:
        rule = f"another program has held the lock for {patience:g} s; nothing was written, try again"
        raise TableError([Problem(str(folder / LOCK), rule)]) from error
    except (OSError, NotImplementedError) as error:
        raise TableError(
            [Problem(str(folder / LOCK), f"no lock can be had, nothing was written ({error})")]
        ) from error
    try:
        yield
    finally:
        lock.release()


def append_bytes(path: Path, content: bytes) -> None:
    """Append to a file and force it to disk."""
    with path.open("ab", buffering=0) as file:
        _write_all(file, content)


def write_file(path: Path, content: bytes) -> None:
    """Write a new file, and force it and its name to disk."""
    with path.open("wb", buffering=0) as file:
        _write_all(file, content)
    force_folder(path.parent)


def replace_file(path: Path, content: bytes) -> None:
    """Write a file beside, force it to disk, then rename it: readers see the old or the new one."""
    beside = path.with_name(f".ratings.{path.name}")
    try:
        with beside.open("wb", buffering=0) as file:
            _write_all(file, content)
        os.chmod(beside, path.stat().st_mode & 0o777)
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    force_folder(path.parent)


def _write_all(file, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[file.write(rest) :]
    os.fsync(file.fileno())


def cut_file(path: Path, length: int) -> None:
    """Cut what stands behind a file's first `length` bytes, and force it to disk."""
    with path.open("r+b", buffering=0) as file:
        file.truncate(length)
        os.fsync(file.fileno())


def force_folder(folder: Path) -> None:
    """Force a folder's names to disk, where the system can."""
    with suppress(OSError):  # Windows opens no folders; it writes names through
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
