"""What the page says of itself: title, date of the data, version, commit, and how to cite it."""

from __future__ import annotations

import csv
import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import evidence
from evidence.schema import DESCRIPTOR

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_DATED_BY = {"retrieved_on", "searched_on", "retraction_checked_on", "rated_on"}
_CITATION = "CITATION.cff"


class Provenance(NamedTuple):
    """What the page says of itself. Nothing in it depends on when the page was made."""

    title: str
    date: str
    version: str
    commit: str
    description: str = ""
    data_version: str = ""
    citation: str = ""


def describe_build(data: Path, *, repository: Path) -> Provenance:
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
    return Provenance(
        title=descriptor.get("title", "Evidence review"),
        date=date,
        version=getattr(evidence, "__version__", ""),
        commit=commit,
        description=descriptor.get("description", ""),
        data_version=descriptor.get("version", ""),
        citation=write_citation(_read_citation(repository), commit),
    )


def _read_descriptor(data: Path) -> dict[str, Any]:
    try:
        descriptor = json.loads((data / DESCRIPTOR).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return descriptor if isinstance(descriptor, dict) else {}


def _read_dates(data: Path) -> Iterator[str]:
    for path in sorted(data.glob("*.csv")):
        with path.open(encoding="utf-8", errors="replace", newline="") as lines, suppress(csv.Error):  # checks say it
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


def _read_citation(repository: Path) -> Mapping[str, Any]:
    """Read the nearest ``CITATION.cff``, its values as they are written; nothing where there is none that is YAML."""
    import yaml

    folder = repository.resolve()
    found = next((path / _CITATION for path in (folder, *folder.parents) if (path / _CITATION).is_file()), None)
    try:
        citation = yaml.load(found.read_text(encoding="utf-8"), yaml.BaseLoader) if found else {}
    except (ValueError, yaml.YAMLError):
        return {}
    return citation if isinstance(citation, dict) else {}


def write_citation(citation: Mapping[str, Any], commit: str = "") -> str:
    """Write how to cite, or nothing where no title is given.

    Parameters
    ----------
    citation
        The content of a ``CITATION.cff``: its title, authors (people and other entities, in order), version and day
        of release. What it says of other works (``preferred-citation``, ``references``) does not count.
    commit
        Named at the end, if there is one.

    Examples
    --------
    >>> write_citation({"authors": [{"family-names": "Curie", "given-names": "M."}, {"name": "A. Team"}],
    ...                 "title": "Rows", "version": "1.0"}, "abc1234")
    'M. Curie, A. Team. Rows. Version 1.0. Commit abc1234.'
    """
    if not citation.get("title"):
        return ""
    authors = ", ".join(filter(None, map(_write_author, citation.get("authors") or [])))
    version, commit = (f"{word} {value}" if value else "" for word, value in
                       (("Version", citation.get("version")), ("Commit", commit)))  # fmt: skip
    parts = (authors, str(citation["title"]), version, str(citation.get("date-released") or ""), commit)
    return ". ".join(part.rstrip(".") if place == 0 else part for place, part in enumerate(parts) if part) + "."


def _write_author(author: Mapping[str, Any] | str | None) -> str:
    """Write a person's names in their order, or another entity's name, or what else the author is known by."""
    if not isinstance(author, Mapping):
        return author or ""
    names = [author.get(name) for name in ("given-names", "name-particle", "family-names", "name-suffix")]
    return " ".join(str(name) for name in names if name) or str(author.get("name") or author.get("alias") or "")
