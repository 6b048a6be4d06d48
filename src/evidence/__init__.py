"""Review health claims: how strongly a sentence asserts, against how certain the evidence is.

>>> import evidence
>>> review = evidence.load()
>>> claims = evidence.judge(review)

The modules, in the direction of their imports: `vocabulary`, `texts`, `checks`, `wording`, `tables`, `judgements`,
`agreement`, `summaries`, `charts`, `report`, `commands`. Charts and report are imported when first used.
"""

import importlib
from importlib.metadata import version as _version

from evidence.checks import TableError
from evidence.judgements import describe_evidence, explain_support, judge
from evidence.tables import Review, check_data, load

__version__ = _version("evidence")

__all__ = [
    "Review",
    "TableError",
    "agreement",
    "charts",
    "check_data",
    "describe_evidence",
    "explain_support",
    "judge",
    "load",
    "report",
    "summaries",
]

_LATE = {"agreement", "charts", "report", "summaries"}


def __getattr__(name: str):
    if name in _LATE:
        return importlib.import_module(f"evidence.{name}")
    raise AttributeError(f"module 'evidence' has no attribute {name!r}")
