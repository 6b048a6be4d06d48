"""Tables whose every text holds markup that would act if a page took it for markup."""

from __future__ import annotations

import json
import re
from pathlib import Path

from random_review import write_table

from evidence.tables import load_vocabulary, read_cells

SHOWN = {
    "sources": ("title", "publisher", "author", "author_credentials", "note"),
    "segments": ("reason",),
    "claims": ("quote", "claim", "match_reason", "note"),
    "propositions": (
        *("statement", "population", "intervention", "comparator", "outcome", "timepoint"),
        *("certainty_reason", "note"),
    ),
    "studies": ("authors", "title", "container_title", "population", "country", "funding", "note"),
    "findings": ("comparator", "outcome_measure", "timepoint", "locator", "note"),
    "citations": ("cited_as", "reason"),
    "searches": ("query", "searched_in", "note"),
}
TORTURE = "</style></script></title>--> <svg onload=fire(1)> \" ' \u2028 \u202e javascript:fire(1) {{7*7}} &lt;b&gt;"


def write_payload(place: str) -> str:
    """Markup that says where it stood, if it runs; no space in it, and no word too many for a quote."""
    return f"""<img/src=x/onerror=fire("{place}")>"""


def poison_tables(data: Path) -> list[str]:
    """Put a payload into every cell of every text column of the tables in a folder, and into the schema's words.

    Returns
    -------
    list of str
        The columns, as ``table.column``.
    """
    places = []
    for table in load_vocabulary(data).tables.values():
        keys = {*table.keys, *table.rated, *(key.column for key in table.foreign_keys)}
        cells = read_cells(data / table.path, table)
        for column in table.columns:
            if column.type == "string" and not column.words and column.name not in keys:
                poisoned = cells[column.name].map(
                    lambda cell, table=table, column=column: _poison(cell, table.name, column)
                )
                if not poisoned.equals(cells[column.name]):
                    cells[column.name] = poisoned
                    places.append(f"{table.name}.{column.name}")
        write_table(cells, data / table.path)
    _torture(data)
    _poison_words(data / "datapackage.json")
    return places


def _poison(cell: str, table: str, column) -> str:
    payload = write_payload(f"{table}.{column.name}")
    if not cell:
        return cell
    if column.name == "quote":
        return f"Press {payload}"  # a quote has few words
    if column.name == "locator":
        payload = f"{payload} {payload}"
    poisoned = cell + payload
    return poisoned if not column.pattern or re.fullmatch(column.pattern, poisoned) else cell


def _torture(data: Path) -> None:
    tables = load_vocabulary(data).tables
    for name, column in (("claims", "claim"), ("propositions", "statement"), ("studies", "title")):
        cells = read_cells(data / tables[name].path, tables[name])
        cells.loc[0, column] += TORTURE
        write_table(cells, data / tables[name].path)


def _poison_words(path: Path) -> None:
    descriptor = json.loads(path.read_text(encoding="utf-8"))
    descriptor["title"] += write_payload("title")
    descriptor["description"] += write_payload("description")
    fields = [field for resource in descriptor["resources"] for field in resource["schema"]["fields"]]
    for holder in [*fields, *descriptor["derived"].values()]:
        for word in holder.get("categories", []):
            word["label"] += write_payload("label")
            word["definition"] += write_payload("definition")
    path.write_text(json.dumps(descriptor, ensure_ascii=False), encoding="utf-8")
