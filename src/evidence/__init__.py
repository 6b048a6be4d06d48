"""Review health claims: how strongly a sentence asserts, against how certain the evidence is.

>>> import evidence
>>> review = evidence.load()
>>> claims = evidence.judge(review)
>>> claims["support"].notna().all()
np.True_

The rooms, in the direction of their imports (nothing below knows what stands above it)::

    schema · texts · wording ─▶ checks ─▶ rules ─▶ tables ─▶ judgements ─▶ counts ─▶ findings ─▶ sentences
      data/datapackage.json      what is wrong       read,      the rule        what is said, in numbers and words
                                                     write
    palette ─▶ safe_tables ─▶ show · charts ─▶ report ─▶ cli
               only words     tables, pictures  cards, one page
    counts ─▶ agreement · ratings ─▶ panel            documents · tidy ─▶ cli
              raters, saving         in JupyterLab    README; right forms

    frames ─▶ engines ─▶ cli: checks, rule and counts once more, for tables that are too large for pandas
    ratings ─▶ coding ─▶ panel: claims, propositions and findings entered, all of a save or nothing
    codebook · template ─▶ documents; authoring: a new review, a new article
    provenance ─▶ exports: claims and studies out      references: studies in
    codebook · provenance · safe_tables · tidy ─▶ workbook: a review as a workbook, and back what was edited in it

    labels: how a word, number, effect, date and address is printed; from `judgements` on, all print by it

A claim read from CSV passes `tables` (typed by `schema`, held to `checks` and `rules`), gets its level in `judgements`,
is counted in `counts`, spoken of in `sentences`, drawn in `charts`, and shown on its card by `report`. The page itself
is made by the package `nbpage`, which knows no claim. A module is imported when it is first used: `import evidence`
costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # a type checker sees the names that `__getattr__` brings
    from evidence.checks import TableError
    from evidence.judgements import describe_evidence, explain_support, judge
    from evidence.tables import Review, check_data, load

_HOMES = {
    "judgements": ("describe_evidence", "explain_support", "judge"),
    "tables": ("Review", "check_data", "load"),
    "checks": ("TableError",),
}
_MODULES = """
    agreement authoring charts checks codebook coding counts documents engines exports findings frames judgements
    labels palette panel provenance ratings references report rules safe_tables schema sentences show tables template
    texts tidy wording workbook
""".split()
_FROM = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name in _FROM:
        return getattr(import_module(f"evidence.{_FROM[name]}"), name)
    if name in _MODULES:
        return import_module(f"evidence.{name}")
    if name == "__version__":
        try:
            return import_module("importlib.metadata").version("evidence-review-notebooks")
        except ModuleNotFoundError as error:  # read from a folder, not installed
            raise AttributeError("a version is known only of what is installed") from error
    raise AttributeError(f"module 'evidence' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*_FROM, *_MODULES, "__version__"])
