"""What the page says of itself: title, date of the data, version, commit, and how to cite it."""

from __future__ import annotations

import csv
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import evidence

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_DATED_BY = {"retrieved_on", "searched_on", "retraction_checked_on", "rated_on"}
_CITATION = "CITATION.cff"


class Imprint(NamedTuple):
    """What the page says of itself. Nothing in it depends on when the page was made."""

    title: str
    date: str
    version: str
    commit: str
    description: str = ""
    data_version: str = ""
    citation: str = ""


def describe_build(data: Path, *, repository: Path) -> Imprint:
    """Describe what a page is built from.

    Parameters
    ----------
    data
        The folder of tables: its descriptor gives title and description, the latest day of a search, reading
        or rating in it the date.
    repository
        A folder of the Git work tree, if there is one, whose commit is named. ``CITATION.cff`` in it, or in a
        folder above, says how to cite.
    """
    descriptor = _read_descriptor(data)
    date, commit = max(_read_dates(data), default=""), _read_commit(repository)
    return Imprint(
        title=descriptor.get("title", "Evidence review"),
        date=date,
        version=getattr(evidence, "__version__", ""),
        commit=commit,
        description=descriptor.get("description", ""),
        data_version=descriptor.get("version", ""),
        citation=_write_citation(_read_citation(repository), commit),
    )


def _read_descriptor(data: Path) -> dict:
    try:
        return json.loads((data / "datapackage.json").read_bytes())
    except (OSError, ValueError):
        return {}


def _read_dates(data: Path) -> Iterator[str]:
    for path in sorted(data.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as lines:
            rows = csv.reader(lines)
            places = [place for place, name in enumerate(next(rows, [])) if name in _DATED_BY]
            for row in rows if places else ():
                yield from filter(_DATE.fullmatch, (row[place] for place in places if place < len(row)))


def _read_commit(repository: Path) -> str:
    """Return the commit's short name, and whether tracked files differ from it; '' where Git cannot say."""
    asked = ["git", "-C", str(repository), "describe", "--always", "--exclude=*", "--dirty= with changes"]
    try:
        said = subprocess.run(asked, capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return said.stdout.strip() if said.returncode == 0 else ""


def _read_citation(repository: Path) -> dict[str, list[str]]:
    """Read the one-line values of the nearest ``CITATION.cff``, by name, as often as they stand there."""
    folder = repository.resolve()
    found = next((path / _CITATION for path in (folder, *folder.parents) if (path / _CITATION).is_file()), None)
    values: dict[str, list[str]] = {}
    for line in found.read_text(encoding="utf-8").splitlines() if found else []:
        if pair := re.fullmatch(r"[\s-]*([a-z-]+):\s*(\S.*)", line):
            values.setdefault(pair[1], []).append(pair[2].strip("\"' "))
    return values


def _write_citation(values: dict[str, list[str]], commit: str) -> str:
    """Write how to cite, or nothing where no title is given.

    Examples
    --------
    >>> _write_citation({"name": ["A. Team"], "title": ["Rows"], "version": ["1.0"]}, "abc1234")
    'A. Team. Rows. Version 1.0. Commit abc1234.'
    """
    if "title" not in values:
        return ""
    families, given = values.get("family-names", []), values.get("given-names", [])
    people = [" ".join(pair) for pair in zip(given, families, strict=False)]
    parts = [", ".join([*people, *values.get("name", [])]), values["title"][0]]
    parts += [f"Version {text}" for text in values.get("version", [])[:1]]
    parts += values.get("date-released", [])[:1] + ([f"Commit {commit}"] if commit else [])
    return ". ".join(part for part in parts if part) + "."
