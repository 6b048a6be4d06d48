"""What a check finds: a rule, the places where it is broken, and how they are printed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

__all__ = ["Place", "Problem", "TableError", "find_rows"]

MOST_PLACES = 20


@dataclass(frozen=True)
class Place:
    """Where a problem stands: the line a text editor shows, the value, and a cure only when it is certain."""

    line: int | None
    value: str = ""
    cure: str = ""

    def __str__(self) -> str:
        value = self.value if len(self.value) <= 120 else f"{self.value[:117]}..."
        where = "the file" if self.line is None else f"line {self.line}"
        return f"  {where}: {value!r}{f' ({self.cure})' if self.cure else ''}"


@dataclass(frozen=True)
class Problem:
    """One rule that one file breaks, with every place where it does.

    Attributes
    ----------
    file
        Path of the file, as the user named the folder.
    rule
        What must hold.
    places
        Where it does not.
    rows
        Number of rows the file has; 0 where rows are not what is counted.
    """

    file: str
    rule: str
    places: tuple[Place, ...] = ()
    rows: int = 0

    def __str__(self) -> str:
        if not self.places:
            return f"{self.file}: {self.rule}."
        n = len(self.places)
        verb = "is" if n == 1 else "are"
        count = f"; {n:,} of {self.rows:,} rows {verb} not" if self.rows else ""
        shown = [str(place) for place in self.places[:MOST_PLACES]]
        if n > MOST_PLACES:
            shown.append(f"  and {n - MOST_PLACES:,} more")
        return "\n".join([f"{self.file}: {self.rule}{count}.", *shown])


class TableError(ValueError):
    """Tables that break their rules. ``problems`` holds all of them; the message prints them."""

    def __init__(self, problems: Sequence[Problem]):
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


def find_rows(
    cells: pd.DataFrame,
    wrong: pd.Series,
    column: str,
    file: str,
    rule: str,
    cure: Callable[[str], str] | None = None,
) -> Problem:
    """Make a problem of the rows that `wrong` marks; line 2 is row 0."""
    values = cells.loc[wrong, column]
    places = tuple(
        Place(i + 2, str(v), cure(str(v)) if cure else "") for i, v in zip(values.index, values, strict=True)
    )
    return Problem(file, rule, places, len(cells))
