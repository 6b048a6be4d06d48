"""The tables of a review: their columns, keys and words, read from ``datapackage.json``; and where their folder is.

A :class:`Vocabulary` is the parsed descriptor. It knows no topic and names no table: a table or column that the
descriptor adds is loaded, checked and documented without a change of code. Nothing heavy is imported here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from pathlib import Path


@dataclass(frozen=True)
class Word:
    """One word of a column: what stands in the cell, how it is printed, what it means.

    Attributes
    ----------
    cues
        Wordings that point to it, for coders.
    boundary
        What decides between it and its neighbours.
    group
        The kind of words it belongs to, where a column has several.
    """

    value: str
    label: str
    definition: str
    cues: str = ""
    boundary: str = ""
    group: str = ""


@dataclass(frozen=True)
class Column:
    """One column of a table (a Data Package field)."""

    name: str
    type: str
    description: str
    required: bool = False
    unique: bool = False
    pattern: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    words: tuple[Word, ...] = ()
    ordered: bool = False

    @property
    def values(self) -> tuple[str, ...]:
        """The words of the column, in order."""
        return tuple(word.value for word in self.words)


@dataclass(frozen=True)
class ForeignKey:
    """`column` of one table holds a key of `table`."""

    column: str
    table: str
    target: str


@dataclass(frozen=True)
class Table:
    """One table (a Data Package resource).

    Attributes
    ----------
    keys
        The columns of the primary key.
    rates
        Name of the table whose rows this one rates; ``""`` for any other table. A table of ratings has the key of the
        rated table, ``rater_id``, ``round``, one column for each variable that is rated, ``rated_on`` and ``note``.
    """

    name: str
    path: str
    title: str
    description: str
    columns: tuple[Column, ...]
    keys: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...] = ()
    rates: str = ""

    @property
    def key(self) -> str:
        """The first column of the key; of a table of ratings, the row that is rated."""
        return self.keys[0]

    @property
    def rated(self) -> tuple[str, ...]:
        """The columns that a table of ratings judges; none for any other table."""
        return self.names[self.names.index("round") + 1 : self.names.index("rated_on")] if self.rates else ()

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The columns' names, in order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """Return the column called `name`; KeyError where there is none."""
        return next(c for c in self.columns if c.name == name) if name in self.names else _missing(self.name, name)


@dataclass(frozen=True)
class Vocabulary:
    """All tables of a data package, and the words of what is derived from them.

    Examples
    --------
    >>> import evidence
    >>> words = evidence.load().vocabulary
    >>> words.values("propositions", "certainty")
    ('very_low', 'low', 'moderate', 'high')
    >>> words.labels("derived", "support")["not_checkable"]
    'Not checkable'
    """

    name: str
    title: str
    version: str
    tables: Mapping[str, Table]
    derived: Mapping[str, tuple[Word, ...]] = field(default_factory=dict)

    def words(self, table: str, *columns: str) -> tuple[Word, ...]:
        """Return the words of some columns in order; table ``"derived"`` holds those of what is never stored."""
        derived = table == "derived"
        return tuple(chain(*(self.derived[c] if derived else self.tables[table].column(c).words for c in columns)))

    def values(self, table: str, column: str) -> tuple[str, ...]:
        """Return the cell values of a column's words, in order."""
        return tuple(word.value for word in self.words(table, column))

    def labels(self, table: str, column: str) -> dict[str, str]:
        """Return a column's words as ``{value: label}``, in order."""
        return {word.value: word.label for word in self.words(table, column)}

    def find_ratings(self, table: str) -> Table | None:
        """Return the table that holds the ratings of `table`, or None where its rows are not rated."""
        return next((one for one in self.tables.values() if one.rates == table), None)


def parse_descriptor(descriptor: Mapping) -> Vocabulary:
    """Parse a Data Package v2 descriptor.

    Parameters
    ----------
    descriptor
        The content of ``datapackage.json``. Beside the standard's properties it may hold ``derived``: the words of
        columns that are computed and never stored.

    Raises
    ------
    KeyError
        Where a required property (``name``, ``resources``, ``schema``, ``fields``, ``primaryKey``) is missing.
    ValueError
        Where a table has no primary key, or a path, pattern, limit or key cannot be what it stands for.
    """
    tables = {resource["name"]: _parse_table(resource) for resource in descriptor["resources"]}
    for table in tables.values():
        _refuse_strange_names(table, tables)
    return Vocabulary(
        name=descriptor["name"],
        title=descriptor.get("title", descriptor["name"]),
        version=descriptor.get("version", ""),
        tables=tables,
        derived={name: _parse_words(item) for name, item in descriptor.get("derived", {}).items()},
    )


def _parse_table(resource: Mapping) -> Table:
    schema = resource["schema"]
    if not re.fullmatch(r"\w[\w.-]*\.csv", resource["path"]):
        raise ValueError(f"path must be a file name that ends in .csv, without a folder; it is {resource['path']!r}")
    if not schema.get("primaryKey"):
        raise ValueError(f"table {resource['name']} must name the columns of its primaryKey")
    keys = _as_list(schema["primaryKey"])
    return Table(
        name=resource["name"],
        path=resource["path"],
        title=resource.get("title", resource["name"]),
        description=resource.get("description", ""),
        columns=tuple(_parse_column(item) for item in schema["fields"]),
        keys=tuple(keys),
        foreign_keys=tuple(
            ForeignKey(
                _as_list(key["fields"])[0],
                key["reference"].get("resource") or resource["name"],
                _as_list(key["reference"]["fields"])[0],
            )
            for key in schema.get("foreignKeys", [])
        ),
        rates=resource.get("rates", ""),
    )


def _refuse_strange_names(table: Table, tables: Mapping[str, Table]) -> None:
    """Refuse lists for words, keys of columns or tables that are not there, and ratings that lack their columns."""
    try:
        hash(table)
    except TypeError:
        raise ValueError(f"table {table.name} has a list or an object where a word must stand") from None
    needed = {*table.keys, *(key.column for key in table.foreign_keys)}
    needed |= {"rater_id", "round", "rated_on", "note"} if table.rates else set()
    for name in sorted(needed - {*table.names}):
        raise ValueError(f"table {table.name} has no column {name!r}, which a key or its ratings need")
    if len({*table.names}) < len(table.names):
        raise ValueError(f"table {table.name} has two columns of one name")
    for key in table.foreign_keys:
        if key.table not in tables or key.target not in tables[key.table].names:
            raise ValueError(
                f"{key.column} of {table.name} points to {key.target!r} of {key.table!r}, which is not there"
            )
    if table.rates and table.rates not in tables:
        raise ValueError(f"table {table.name} rates {table.rates!r}, which is no table")


def _parse_column(item: Mapping) -> Column:
    limits = item.get("constraints", {})
    for limit in (limits.get("minimum"), limits.get("maximum")):
        if limit is not None and not isinstance(limit, int | float):
            raise ValueError(f"a limit of {item['name']} must be a number; it is {limit!r}")
    try:
        re.compile(limits.get("pattern", ""))
    except re.error as error:
        raise ValueError(f"the pattern of {item['name']} is no regular expression ({error})") from error
    return Column(
        name=item["name"],
        type=item.get("type", "string"),
        description=item.get("description", ""),
        required=limits.get("required", False),
        unique=limits.get("unique", False),
        pattern=limits.get("pattern"),
        minimum=limits.get("minimum"),
        maximum=limits.get("maximum"),
        words=_parse_words(item),
        ordered=item.get("categoriesOrdered", False),
    )


def _as_list(names: str | list[str]) -> list[str]:
    """Return names of columns; the standard lets one stand without a list."""
    return [names] if isinstance(names, str) else names


def _parse_words(item: Mapping) -> tuple[Word, ...]:
    """Parse categories; the standard lets a word stand alone, or without a label."""
    words = [{"value": word} if isinstance(word, str) else word for word in item.get("categories", [])]
    more = ("definition", "cues", "boundary", "group")
    return tuple(
        Word(w["value"], w.get("label") or w["value"].replace("_", " ").capitalize(), *(w.get(n, "") for n in more))
        for w in words
    )


def _missing(table: str, name: str) -> Column:
    raise KeyError(f"table {table} has no column {name!r}")


DESCRIPTOR = "datapackage.json"
NOTEBOOKS = "[0-9]*-*.ipynb"  # how a review's notebooks are named, in the folder ``notebooks`` beside its tables


def find_data(folder: str | Path | None = None) -> Path:
    """Return the folder of tables.

    Parameters
    ----------
    folder
        The folder itself. Else the environment variable ``EVIDENCE_DATA``, else the nearest ``data/`` with a
        descriptor, from the working directory upwards.

    Raises
    ------
    FileNotFoundError
        Where none of these has a ``datapackage.json``.
    """
    given = folder or os.environ.get("EVIDENCE_DATA")
    here = Path.cwd()
    for path in [Path(given)] if given else [parent / "data" for parent in (here, *here.parents)]:
        if (path / DESCRIPTOR).is_file():
            return path
    raise FileNotFoundError(f"{given or 'data'}: no {DESCRIPTOR} there; name the folder that holds the tables")
