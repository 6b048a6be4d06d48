"""What can be rated: the panel's views, their variables, each code with what the manual says of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evidence.checks import NO_ITEM
from evidence.vocabulary import Vocabulary, Word

__all__ = ["BLIND", "VIEWS", "Section", "View", "describe_variable", "read_manual"]


@dataclass(frozen=True)
class View:
    """One task of a rater: which variables of which table, and in which words it is offered."""

    name: str
    label: str
    table: str
    variables: tuple[str, ...]


VIEWS = {
    view.name: view
    for view in (
        View(
            "wording",
            "Rate wording",
            "claims",
            ("kind", "voice", "strength", "backing", "checkability", "tags"),
        ),
        View("match", "Rate match", "claims", ("match", "asserted_direction")),
        View(
            "certainty",
            "Rate certainty",
            "propositions",
            (
                "direction",
                "risk_of_bias",
                "inconsistency",
                "indirectness",
                "imprecision",
                "publication_bias",
                "certainty",
            ),
        ),
    )
}
BLIND = frozenset(VIEWS["wording"].variables)


@dataclass(frozen=True)
class Section:
    """What the coding manual says of one variable: paragraphs, and by code its cells under their headings."""

    paragraphs: tuple[str, ...] = ()
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def read_manual(path: Path) -> dict[str, Section]:
    """Read the coding manual's section of each variable; empty where the manual is not at hand.

    A section begins with ``## variable``. Of its tables each row that begins with a code belongs to that
    code; what else stands there are paragraphs, without Markdown's marks.
    """
    if not path.is_file():
        return {}
    parts = re.split(r"^## (\w+)[^\n]*\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {name: _parse_section(body) for name, body in zip(parts[1::2], parts[2::2], strict=True)}


def _parse_section(body: str) -> Section:
    lines = body.splitlines()
    rows = [
        [_strip_marks(cell) for cell in line.strip("| ").split("|")] for line in lines if line.startswith("|")
    ]
    codes = {}
    if rows:
        header = rows[0]
        at = next(i for i, cell in enumerate(rows[2]) if re.fullmatch(r"[a-z_]+", cell))
        codes = {row[at]: dict(zip(header, row, strict=False)) for row in rows[2:]}
    prose = "\n".join(line for line in lines if not line.startswith("|"))
    blocks = re.split(r"\n\s*\n|\n(?=- )", prose)
    return Section(tuple(_strip_marks(" ".join(block.split())) for block in blocks if block.strip()), codes)


def _strip_marks(text: str) -> str:
    return re.sub(r"[`*]|^- ", "", text.strip()).strip()


def describe_variable(
    vocabulary: Vocabulary, manual: Mapping[str, Section], table: str, name: str
) -> dict[str, Any]:
    """Describe one variable for its control.

    Returns
    -------
    dict
        ``name``, ``label``, ``description``, ``many`` (whether any number of codes may be chosen), ``codes``
        (each with ``value``, ``label``, ``group``, ``definition``, ``cue``, ``boundary``) and ``manual``
        (paragraphs).
    """
    column, section = vocabulary.tables[table].column(name), manual.get(name, Section())
    many = column.type == "list"
    codes = [_describe_code(word, section.codes.get(word.value, {}), grouped=many) for word in column.words]
    if many:
        none = Word(NO_ITEM, "None of these", "Read, and no word applies.")
        codes.insert(0, _describe_code(none, {}, grouped=False))
    return {
        "name": name,
        "label": name.replace("_", " ").capitalize(),
        "description": column.description,
        "many": many,
        "codes": codes,
        "manual": list(section.paragraphs),
    }


def _describe_code(word: Word, cells: Mapping[str, str], *, grouped: bool) -> dict[str, str]:
    """Take definition and cue from the schema; boundary, and cues that the schema lacks, from the manual.

    The definition of a list's word begins with its group.
    """
    definition, _, cue = word.definition.partition("Cues: ")
    group, _, rest = definition.partition(": ") if grouped else ("", "", definition)
    return {
        "value": word.value,
        "label": word.label,
        "group": group if rest else "",
        "definition": _capital((rest or definition).strip()),
        "cue": cue.strip() or cells.get("cues", ""),
        "boundary": cells.get("boundary", ""),
    }


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
