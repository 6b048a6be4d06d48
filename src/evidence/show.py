"""Tables as HTML in which no cell, header or caption can be anything but words.

The rows of a review as tables to read: claims, sources, citations, propositions, studies, agreement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import pandas as pd

from evidence.agreement import count_confusions
from evidence.findings import list_findings
from evidence.judgements import describe_evidence, explain_support
from evidence.schema import Vocabulary
from evidence.texts import link_words

if TYPE_CHECKING:
    from evidence.tables import Review


class Link(NamedTuple):
    """A cell that is a link; only ``http`` and ``https`` addresses become one, others stay words."""

    text: str
    url: str


class SafeTable:
    """A table for a notebook: HTML, and plain text beside it."""

    def __init__(self, html: str, text: str):
        self.data, self._text = html, text

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        return {"text/html": self.data, "text/plain": self._text}

    def _repr_html_(self) -> str:
        return self.data

    def __repr__(self) -> str:
        return self._text


def table(
    frame: pd.DataFrame,
    *,
    caption: str,
    labels: Mapping[str, str] | None = None,
    index: bool = False,
    numbers: str = "{:,.10g}",
) -> SafeTable:
    """Show a table, every cell, header and caption escaped.

    Parameters
    ----------
    frame
        Any columns. A cell that is a `Link` becomes a link; a missing one is empty.
    caption
        What the table shows.
    labels
        Words to print for column names; default: the name with blanks for underscores.
    index
        Whether the index is a first column, as row headers.
    numbers
        Format of numbers.

    Returns
    -------
    SafeTable
        ``text/html`` and ``text/plain``; the same frame gives the same bytes.

    Raises
    ------
    ValueError
        Where `caption` is empty.
    """
    if not caption or not caption.strip():
        raise ValueError("caption must say what the table shows; it is empty")
    frame = frame.reset_index() if index else frame
    labels = labels or {}
    heads = [labels.get(name, _head(name)) for name in frame.columns]
    rows = [[_plain(cell, numbers) for cell in row] for row in frame.itertuples(index=False, name=None)]
    cells = list(frame.itertuples(index=False, name=None))
    return SafeTable(
        make_table(heads, cells, caption, row_headers=index, numbers=numbers), _make_text(heads, rows, caption)
    )


def make_table(
    heads: Sequence[str],
    rows: Sequence[Sequence],
    caption: str,
    *,
    row_headers: bool = False,
    numbers: str = "{:,.10g}",
) -> str:
    """Write a table as HTML, every part escaped; see `table`."""
    top = "".join(f'<th scope="col">{_escape(head)}</th>' for head in heads)
    body = "\n".join(
        f"<tr>{''.join(_cell(c, row_headers and not i, numbers) for i, c in enumerate(row))}</tr>" for row in rows
    )
    caption = _escape(caption)
    return (
        f'<div class="table" tabindex="0" role="region" aria-label="{caption}">\n<table>\n'
        f"<caption>{caption}</caption>\n<thead><tr>{top}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n</div>"
    )


def make_sentence(text: str) -> str:
    """Write a sentence as an escaped paragraph."""
    return f'<p class="answer">{_escape(text)}</p>'


def _cell(cell: object, is_header: bool, numbers: str) -> str:
    inner = _link(cell) if isinstance(cell, Link) else _escape(_plain(cell, numbers))
    if is_header:
        return f'<th scope="row">{inner}</th>'
    return f'<td class="number">{inner}</td>' if _is_number(cell) else f"<td>{inner}</td>"


def _link(link: Link) -> str:
    address = str(link.url).strip()
    try:
        parts = urlsplit(address)
    except ValueError:
        return _escape(link.text)
    if parts.scheme.lower() not in ("http", "https") or not parts.netloc:
        return _escape(link.text)
    return f'<a href="{_escape(address)}" rel="noopener noreferrer">{_escape(link.text)}</a>'


def _escape(text: object) -> str:
    return escape(str(text), quote=True)


def _is_number(cell: object) -> bool:
    return pd.api.types.is_number(cell) and not isinstance(cell, bool)


def _plain(cell: object, numbers: str) -> str:
    if isinstance(cell, Link):
        return str(cell.text)
    if cell is None or (pd.api.types.is_scalar(cell) and pd.isna(cell)):
        return ""
    if _is_number(cell):
        return numbers.format(cell).replace("-", "−")
    return f"{cell:%Y-%m-%d}" if isinstance(cell, pd.Timestamp) else str(cell)


def _head(name: object) -> str:
    text = str(name).replace("_", " ")
    return text[:1].upper() + text[1:]


def _make_text(heads: Sequence[str], rows: Sequence[Sequence[str]], caption: str) -> str:
    lines = [" | ".join(" ".join(str(cell).split()) for cell in row) for row in [heads, *rows]]
    return "\n".join([caption, *lines])


def sentence(text: str) -> SafeTable:
    """Show a sentence made from the data as the answer at the head of a notebook, escaped."""
    return SafeTable(make_sentence(text), text)


def write_labels(rows: pd.DataFrame, table: str, vocabulary: Vocabulary) -> pd.DataFrame:
    """Return rows with the label of each word in place of the word; lists keep ``;`` as a comma."""
    columns = {column.name: column for column in vocabulary.tables[table].columns if column.words}
    written = {}
    for name in rows.columns.intersection(list(columns)):
        labels = {word.value: word.label for word in columns[name].words}
        written[name] = rows[name].astype(object).map(lambda cell, labels=labels: _label(cell, labels))
    return rows.assign(**written)


def _label(cell: object, labels: dict[str, str]) -> str:
    return "" if pd.isna(cell) else ", ".join(labels.get(word, word) for word in str(cell).split(";"))


def sources(review: Review) -> SafeTable:
    """Show one row an article: title with its link, publisher, author, dates, how it earns, what it discloses."""
    rows = write_labels(review.sources, "sources", review.vocabulary)
    rows["title"] = [Link(row.title, row.url) for row in rows.itertuples()]
    names = ["source_id", "title", "publisher", "author", "author_credentials", "published_on", "modified_on"]
    names += ["n_words", "source_type", "revenue", "disclosure"]
    rows = rows[names].replace("not_reported", "not reported")
    return table(rows, caption="The articles, as their own text presents them", labels={"n_words": "Words"})


def claims(claims: pd.DataFrame, review: Review, *, caption: str) -> SafeTable:
    """Show claims in their article's order as they are worded and coded; the quote links to the live page.

    Parameters
    ----------
    claims
        Rows of the claims table, judged or not.
    review
        For the pages' addresses and the words' labels.
    caption
        What the table shows.
    """
    rows = write_labels(claims, "claims", review.vocabulary)
    urls = review.sources.set_index("source_id")["url"]
    rows["quote"] = [Link(row.quote, link_words(urls.get(row.source_id), row.quote)) for row in rows.itertuples()]
    names = ["claim_id", "claim", "quote", "kind", "voice", "strength", "backing", "checkability", "tags", "note"]
    return table(rows[names], caption=caption, labels={"claim_id": "Id"})


def support(claims: pd.DataFrame, review: Review, *, caption: str) -> SafeTable:
    """Show judged claims with their level, the evidence sentence and the rule's line with the claim's values."""
    sentences = {p["proposition_id"]: describe_evidence(p) for p in review.propositions.to_dict("records")}
    labels = review.vocabulary.labels("derived", "support")
    rows = pd.DataFrame(
        {
            "Id": claims["claim_id"],
            "Claim": claims["claim"],
            "Support": claims["support"].map(labels).astype(object),
            "Why": [explain_support(claim) for claim in claims.to_dict("records")],
            "Evidence": claims["proposition_id"].astype(object).map(
                lambda key: "" if pd.isna(key) else f"{key}: {sentences[key]}"
            ),
            "Match": claims["match_reason"],
        }
    )  # fmt: skip
    return table(rows, caption=caption)


def segments(review: Review) -> SafeTable:
    """Show what is no claim: one row a role and reason with its number of segments, by article."""
    rest = review.segments[review.segments["role"] != "claim"]
    rest = write_labels(rest, "segments", review.vocabulary)
    counts = rest.groupby(["source_id", "role"], sort=True)["reason"].agg(["size", lambda r: "; ".join(sorted(set(r)))])
    counts.columns = ["Segments", "Reasons"]
    return table(counts.reset_index(), caption="What is no claim, and why", labels={"source_id": "Article"})


def wording(compared: pd.DataFrame, claims: pd.DataFrame, *, caption: str) -> SafeTable:
    """Show claims whose coded strength and whose markers point to different steps."""
    rows = compared[~compared["agrees"]].merge(claims[["claim_id", "claim"]], on="claim_id", validate="1:1")
    names = {
        "claim_id": "Id",
        "claim": "Claim",
        "cues": "Markers in its span",
        "cue_strength": "They point to",
        "strength": "Coded",
    }
    return table(rows[list(names)].astype(str), caption=caption, labels=names)


def agreement(summary: pd.DataFrame) -> SafeTable:
    """Show agreement by variable, as `evidence.agreement.summarise_agreement` gives it."""
    rows = summary.assign(
        table=summary["table"] + ": " + summary["variable"],
        percent=(100 * summary["percent"]).round(1),
        interval=[
            f"{row.alpha_low:.2f} to {row.alpha_high:.2f}" if pd.notna(row.alpha_low) else ""
            for row in summary.itertuples()
        ],
        alpha=summary["alpha"].round(2),
        ac1=summary["ac1"].round(2),
    )  # fmt: skip
    names = {
        "table": "Variable", "level": "Level", "units": "Units", "paired": "Rated twice", "percent": "Agreement, %",
        "alpha": "Krippendorff's alpha", "interval": "95% interval", "ac1": "Gwet's AC1",
        "most_confused": "Most confused", "reason": "Why a figure is missing",
    }  # fmt: skip
    return table(rows[list(names)], caption="Agreement of the two blind coders, by variable", labels=names)


def confusions(units: pd.DataFrame, labels: dict[str, str], variable: str) -> SafeTable:
    """Show how often the raters gave each pair of words to one unit; words that nobody used are left out.

    Parameters
    ----------
    units
        As `evidence.agreement.pivot_ratings` gives them.
    labels
        Label by word, in order.
    variable
        For the caption.
    """
    counts = count_confusions(units, list(labels))
    used = counts.index[(counts.sum(axis=0) + counts.sum(axis=1)) > 0]
    counts = counts.loc[used, used].rename(index=labels, columns=labels)
    counts.index.name = "First coder"
    total = int(counts.to_numpy().sum())
    return table(counts, caption=f"Confusions of {variable} (n = {total:,})", index=True)


def citations(review: Review) -> SafeTable:
    """Show every mention of outside work: what it is called, what it is, whether the work says so, and why."""
    studies = review.studies.set_index("study_id")
    rows = write_labels(review.citations, "citations", review.vocabulary)
    rows["study_id"] = [
        Link(studies.loc[key, "citation"], studies.loc[key, "url"]) if pd.notna(key) else "" for key in rows["study_id"]
    ]
    names = {"claim_id": "Claim", "cited_as": "Called", "identity": "Identity", "accuracy": "Accuracy",
             "study_id": "The work, or the nearest real one", "reason": "Why"}  # fmt: skip
    return table(rows[list(names)], caption="Every mention of outside work, traced", labels=names)


def findings(review: Review) -> SafeTable:
    """Show the summary of findings, one row a proposition."""
    names = {"proposition_id": "Id", "statement": "Proposition", "n_studies": "Studies", "n_participants": "People",
             "effect": "Findings", "certainty": "Certainty", "sentence": "In a sentence", "footnotes": "Rated down for",
             "n_claims": "Claims"}  # fmt: skip
    return table(list_findings(review)[list(names)], caption="Summary of findings", labels=names)


def studies(review: Review) -> SafeTable:
    """Show the studies with their pages, how much of each was read, and on which propositions they bear."""
    bears = review.findings.groupby("study_id")["proposition_id"].agg(lambda ids: ", ".join(sorted(set(ids))))
    rows = write_labels(review.studies, "studies", review.vocabulary)
    rows["bears"] = rows["study_id"].map(bears).fillna("none")
    rows["citation"] = [Link(row.citation, row.url) for row in rows.itertuples()]
    rows["doi"] = [Link(doi, f"https://doi.org/{doi}") if pd.notna(doi) else "" for doi in rows["doi"]]
    names = {"study_id": "Id", "citation": "Reference and page read", "doi": "DOI", "design": "Design", "n": "People",
             "risk_of_bias": "Risk of bias", "access": "Read", "retraction_status": "Retraction",
             "bears": "Propositions", "note": "Note"}  # fmt: skip
    return table(rows[list(names)], caption="Studies, and how much of each was read", labels=names)
