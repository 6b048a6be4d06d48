"""Review health claims: how strongly a sentence asserts, against how certain the evidence is.

>>> import evidence
>>> review = evidence.load()
>>> claims = evidence.judge(review)

The modules, in the direction of their imports: `vocabulary`, `texts`, `checks`, `wording`, `tables`, `judgements`,
`agreement`, `summaries`, `charts`, `rating`, `report`, `documents`, `commands`. Each is imported when it is first
used, so that `import evidence` costs nothing.
"""

import importlib

_HOMES = {
    "Review": "tables",
    "TableError": "checks",
    "check_data": "tables",
    "describe_evidence": "judgements",
    "explain_support": "judgements",
    "judge": "judgements",
    "load": "tables",
}
_MODULES = {
    "agreement",
    "charts",
    "checks",
    "documents",
    "judgements",
    "rating",
    "report",
    "summaries",
    "tables",
    "texts",
    "vocabulary",
    "wording",
}
__all__ = [*_HOMES, *_MODULES]


def __getattr__(name: str):
    if name in _HOMES:
        return getattr(importlib.import_module(f"evidence.{_HOMES[name]}"), name)
    if name in _MODULES:
        return importlib.import_module(f"evidence.{name}")
    if name == "__version__":
        return importlib.import_module("importlib.metadata").version("evidence")
    raise AttributeError(f"module 'evidence' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
