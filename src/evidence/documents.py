"""Write the parts of the project's documents that come from the tables: codebook, README findings, README chart."""

from __future__ import annotations

from pathlib import Path

from evidence import counts, sentences
from evidence.schema import describe_vocabulary
from evidence.tables import Review, load, save_text

BEGIN, END = "<!-- findings: written by `evidence docs` -->", "<!-- end of findings -->"
CHART = "docs/asserted-against-warranted.svg"


def save_documents(folder: str | Path | None = None) -> list[Path]:
    """Write the codebook beside the tables, and findings and chart of the README above them.

    Parameters
    ----------
    folder
        Folder of the tables, as for `evidence.load`.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    ValueError
        Where the README lacks the two comments between which the findings stand.
    """
    from evidence import charts

    review = load(folder)
    root = review.folder.resolve().parent
    claims = counts.join_claims(review)
    readme = insert_findings((root / "README.md").read_text(encoding="utf-8"), review)
    chart = charts.make_svg(charts.plot_asserted_against_warranted(claims), sentences.describe_gap(claims))
    texts = {
        review.folder / "README.md": describe_vocabulary(review.vocabulary),
        root / "README.md": readme,
        root / CHART: chart,
    }
    for path, text in texts.items():
        path.parent.mkdir(exist_ok=True)
        save_text(path, text)
    return list(texts)


def insert_findings(readme: str, review: Review) -> str:
    """Return a README with the findings of a review between its two comments."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"README.md: the findings stand between {BEGIN!r} and {END!r}; not found")
    return f"{before}{BEGIN}\n{describe_findings(review)}{END}{after}"


def describe_findings(review: Review) -> str:
    """Write the findings as Markdown: a sentence each, with the notebook that backs it, and the chart."""
    claims = counts.join_claims(review)
    gap = sentences.describe_gap(claims)
    backed = {
        sentences.describe_claims(claims): "02-list-claims",
        sentences.describe_support(claims): "06-judge-support",
        gap: "06-judge-support",
        sentences.describe_support(claims[claims["kind"] == "effectiveness"]): "06-judge-support",
        sentences.describe_strength(claims): "03-tag-wording",
        sentences.describe_citations(review): "04-trace-citations",
        sentences.describe_known(review): "05-weigh-evidence",
        sentences.describe_contradictions(claims): "06-judge-support",
        sentences.describe_selling(review): "07-show-selling",
    }
    lines = [f"- {text} ([{name[:2]}](notebooks/{name}.ipynb))" for text, name in backed.items()]
    return "\n".join(
        [*lines, "", f"![One mark a claim, by how surely it is worded and by the evidence. {gap}]({CHART})", ""]
    )
