"""Review health claims: how strongly a sentence asserts, against how certain the evidence is.

>>> import evidence
>>> review = evidence.load()
>>> claims = evidence.judge(review)
>>> claims["support"].notna().all()
np.True_

The rooms; ``a ─▶ b`` says that `b` imports `a`, and never the other way round::

    schema ─▶ checks ─▶ rules ─▶ tables ─▶ judgements ─▶ counts ─▶ findings ─▶ sentences
    words     what is wrong      read,     the rule      what is said, in numbers and words
    texts · wording ─▶ rules     write
    palette ─▶ safe_tables ─▶ show · report      counts · findings · palette ─▶ charts
    colours    only words     tables; cards      in notebooks and on the page:  pictures
    counts ─▶ agreement ─▶ show                  sentences · provenance ─▶ report ─▶ cli
    tables ─▶ ratings ─▶ coding ─▶ panel         codebook · template ─▶ authoring · documents
              saving     entering  in JupyterLab                       a new review; README
    frames ─▶ engines ─▶ cli                     documents · tidy ─▶ cli
    checks, rule and counts once more, for tables that are too large for pandas
    provenance · safe_tables · tidy ─▶ workbook ─▶ cli    references · workbook ─▶ exports

    labels: how a word, number, effect, date and address is printed; from `judgements` on, all print by it
    nbpage.files: replaces files whole or not at all; all that write do it by this

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
