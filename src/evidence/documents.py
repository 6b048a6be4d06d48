"""Write the parts of a project's documents that come from its tables: codebook, README findings, README chart.

A finding names the notebook that backs it: the first whose stored outputs show the same sentence, by the title that the
notebook gives itself. No notebook's name is known here, so that any review can have its documents written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import nbpage
from evidence import counts, sentences
from evidence.checks import Problem, TableError
from evidence.codebook import describe_vocabulary
from evidence.schema import NOTEBOOKS
from evidence.tables import Review, load
from evidence.template import BEGIN, END
from nbpage.files import save_files

CHART = "docs/asserted-against-warranted.svg"


class Shown(NamedTuple):
    """A notebook, and what its outputs say: its path below the project, its title, its outputs' plain texts."""

    path: str
    title: str
    texts: frozenset[str]


def save_documents(folder: str | Path | None = None) -> list[Path]:
    """Write the codebook beside the tables, and findings and chart of the README above them.

    Parameters
    ----------
    folder
        Folder of the tables, as for `evidence.load`. The README and the folder ``notebooks`` are beside it.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    TableError
        Where there is no README, or it lacks the two comments between which the findings stand; nothing is written.
    NotebookError
        Where a file among the notebooks is none; nothing is written.
    """
    from evidence.charts.claims import plot_asserted_against_warranted
    from evidence.charts.style import make_svg

    review = load(folder)
    root = review.folder.resolve().parent
    claims = counts.join_claims(review)
    readme = insert_findings(_read_readme(root / "README.md"), review, read_notebooks(root))
    chart = make_svg(plot_asserted_against_warranted(counts.select_promoting(claims)), sentences.describe_gap(claims))
    texts = {
        review.folder / "README.md": describe_vocabulary(review.vocabulary),
        root / "README.md": readme,
        root / CHART: chart,
    }
    save_files(texts, force=True)
    return list(texts)


def _read_readme(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise TableError([Problem(str(path), f"a README must be text in UTF-8; save it so ({error.reason})")]) from None
    except FileNotFoundError:
        rule = (
            f"there must be a README beside the tables' folder, for the findings; write one with {BEGIN!r} and {END!r}"
        )
        raise TableError([Problem(str(path), rule)]) from None


def read_notebooks(root: Path) -> list[Shown]:
    """Read the titles and stored outputs of a project's notebooks, in the order of their names.

    Parameters
    ----------
    root
        The project's folder; its ``notebooks`` are read, and where there are none nothing is found.

    Raises
    ------
    NotebookError
        Naming every file that is no notebook.
    """
    notebooks = nbpage.notebooks.read_notebooks(sorted((root / "notebooks").glob(NOTEBOOKS)))
    return [_find_shown(path.relative_to(root).as_posix(), notebook["cells"]) for path, notebook in notebooks.items()]


def _find_shown(path: str, cells: Sequence[Mapping[str, Any]]) -> Shown:
    heads = (re.match(r"#\s+(.+)", cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    title = next((head[1].strip() for head in heads if head), Path(path).stem)
    outputs = (output for cell in cells for output in cell.get("outputs", ()) if isinstance(output, Mapping))
    texts = frozenset(_join(output.get("data", {}).get("text/plain", "")) for output in outputs)
    return Shown(path, title, texts)


def _join(text: Any) -> str:
    """Return a notebook's text, which is stored whole or as a list of lines."""
    return text if isinstance(text, str) else "".join(text)


def insert_findings(readme: str, review: Review, notebooks: Sequence[Shown] = ()) -> str:
    """Return a README with the findings of a review between its two comments.

    Raises
    ------
    TableError
        Where it lacks one of them.
    """
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise TableError([Problem("README.md", f"the findings stand between {BEGIN!r} and {END!r}; not found")])
    return f"{before}{BEGIN}\n{write_findings(review, notebooks)}{END}{after}"


def write_findings(review: Review, notebooks: Sequence[Shown] = ()) -> str:
    """Write the findings as Markdown: the answer, three numbers, the chart, and, folded, a sentence for each finding.

    A sentence has a link to the notebook that shows it.

    Parameters
    ----------
    review
        As `evidence.load` returns it.
    notebooks
        As `read_notebooks` gives them; a sentence that none of them shows has no link.
    """
    claims = counts.join_claims(review)
    said = [
        sentences.describe_claims(claims),
        *sentences.list_headlines(claims),
        sentences.describe_strength(claims),
        sentences.describe_citations(review),
        sentences.describe_certainties(review),
        sentences.describe_searches(review),
        sentences.describe_retractions(review),
        sentences.describe_contradictions(claims),
        sentences.describe_selling(review),
        sentences.describe_raters(review),
    ]
    numbers = [f"**{one.n:,} of {one.of:,}** {one.text}" if one.of else one.text
               for one in sentences.list_key_numbers(claims, review)]  # fmt: skip
    gap = sentences.describe_gap(claims)
    picture = f"![One mark a claim that promotes, by how surely it is worded and by the evidence. {gap}]({CHART})"
    lines = [f"- {text}{_link(text, notebooks)}" for text in dict.fromkeys(said)]
    folded = [
        "<details><summary>All findings, each with the notebook that backs it</summary>",
        "",
        *lines,
        "",
        "</details>",
    ]
    return "\n".join(
        [
            f"**{sentences.describe_belief(claims)}**",
            "",
            picture,
            "",
            f"{'; '.join(numbers)}. {sentences.describe_hands(review)}",
            "",
            *folded,
            "",
        ]
    )


def _link(sentence: str, notebooks: Sequence[Shown]) -> str:
    shown = next((notebook for notebook in notebooks if sentence in notebook.texts), None)
    return f" ([{shown.title}]({shown.path}))" if shown else ""
