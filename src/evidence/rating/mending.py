"""Mend the last line of a table that was cut while it was written."""

from __future__ import annotations

import csv
from pathlib import Path

from evidence.rating.disk import append_bytes, cut_file

__all__ = ["mend_tail"]


def mend_tail(path: Path, width: int) -> str:
    """Mend a last line that has no line end, and say so in a sentence; an empty string where all is well.

    A line with all its cells gets its line end: perhaps an editor left it out. One with fewer was cut off and
    is removed; only the row that was being written is lost.

    Parameters
    ----------
    path
        File of a table.
    width
        Number of its columns.
    """
    content = path.read_bytes()
    begin = content.rfind(b"\n") + 1
    tail = content[begin:].rstrip(b"\0")
    if begin == len(content) or begin == 0:
        return ""
    line = content.count(b"\n") + 1
    cut_file(path, begin + (len(tail) if _is_whole(tail, width) else 0))
    if _is_whole(tail, width):
        append_bytes(path, b"\n")
        return f"line {line} of {path.name} had no line end and got one"
    return f"line {line} of {path.name} was cut off and is removed: {tail.decode('utf-8', 'replace')!r}"


def _is_whole(tail: bytes, width: int) -> bool:
    try:
        return len(next(csv.reader([tail.decode("utf-8")], strict=True))) == width
    except (csv.Error, UnicodeDecodeError, StopIteration):
        return False
