"""Refuse a bad table: say every problem, with its place.

Every check returns a list of :class:`Problem` and raises nothing, so that one run finds everything; `evidence.tables`
decides what to do with them.
"""

from evidence.checks.cells import check_keys, check_table, read_numbers
from evidence.checks.problems import Place, Problem, TableError, find_rows
from evidence.checks.rows import DOMAINS, NO_ITEM, check_rows
from evidence.checks.spans import check_files, check_texts
from evidence.checks.structure import check_structure

__all__ = [
    "DOMAINS",
    "NO_ITEM",
    "Place",
    "Problem",
    "TableError",
    "check_files",
    "check_keys",
    "check_rows",
    "check_structure",
    "check_table",
    "check_texts",
    "find_rows",
    "read_numbers",
]
