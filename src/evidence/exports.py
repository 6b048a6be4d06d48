"""Judged claims and studies for other programs: a workbook, a Word table, reference managers, ClaimReview."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from evidence import labels
from evidence.extras import import_extra
from evidence.findings import list_findings, list_reasons
from evidence.judgements import UNJUDGED, judge
from evidence.provenance import describe_build
from evidence.references import write_csl, write_ris
from evidence.tables import Review, load
from evidence.workbook import load_text, write_xlsx
from nbpage.files import save_files

_WHOLE = "_:review"


def export_review(
    form: str, *, folder: str | Path | None = None, out: str | Path | None = None, page: str = ""
) -> Path:
    """Write a review for another program.

    Parameters
    ----------
    form
        One of `FORMATS`.
    folder
        Of the tables, as for `evidence.load`.
    out
        File to write; default: ``report/NAME`` with the format's ending, beside the tables' folder.
    page
        Address at which the report stands, for ``claimreview``.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    TableError
        Where the tables are not sound, or a library of the extra ``export`` is missing.
    """
    write, ending = FORMATS[form]
    review = load(folder)
    path = Path(out) if out else review.folder.resolve().parent / "report" / f"{review.vocabulary.name}{ending}"
    content = write(review, page) if form == "claimreview" else write(review)
    save_files({path: content})
    return path


_COLUMNS = {"proposition_id": ("Id", 1.2), "statement": ("Proposition", 4.5), "n_studies": ("Studies", 1.4),
            "n_participants": ("People", 1.6), "effect": ("Findings", 5), "certainty": ("Certainty", 2),
            "sentence": ("In a sentence", 5), "footnotes": ("Rated down for", 5)}  # fmt: skip


def write_docx(review: Review) -> bytes:
    """Write the summary of findings as a Word table on landscape pages, its head on each of them."""
    docx = import_extra("docx", "export")
    from docx.enum.section import WD_ORIENT
    from docx.oxml import OxmlElement
    from docx.shared import Cm, Pt

    document = docx.Document()
    page = document.sections[0]
    page.orientation, page.page_width, page.page_height = WD_ORIENT.LANDSCAPE, page.page_height, page.page_width
    page.left_margin = page.right_margin = Cm(1.5)
    document.styles["Normal"].font.size = Pt(8)
    document.core_properties.title = review.vocabulary.title
    document.add_heading(f"Summary of findings: {review.vocabulary.title}", level=1)
    table = document.add_table(rows=1, cols=len(_COLUMNS), style="Table Grid")
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for cell, (head, _) in zip(table.rows[0].cells, _COLUMNS.values(), strict=True):
        cell.paragraphs[0].add_run(head).bold = True
    for row in list_findings(review)[list(_COLUMNS)].itertuples(index=False, name=None):
        for cell, value in zip(table.add_row().cells, row, strict=True):
            cell.text = labels.cell(value)
    for column, (_, width) in zip(table.columns, _COLUMNS.values(), strict=True):
        for cell in column.cells:
            cell.width = Cm(width)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def write_claimreview(review: Review, page: str = "") -> str:
    """Write the judged claims of articles that have an address as schema.org's ClaimReview, in JSON-LD.

    A level is words, never a number: there is no ``ratingValue``, for the rule forbids scores.

    Parameters
    ----------
    review
        As `evidence.load` returns it.
    page
        Address at which the report stands; a review then links to its claim's card.
    """
    claims = judge(review)
    claims = claims[~claims["support"].isin(UNJUDGED)]
    reasons = list_reasons(claims, review)
    provenance = describe_build(review.folder, repository=review.folder)
    whole = {"@type": "Dataset", "@id": _WHOLE, "name": provenance.title, "version": provenance.data_version}
    whole |= {"description": provenance.description, "creditText": provenance.citation, "dateModified": provenance.date}
    sources = {row["source_id"]: row for row in review.sources.to_dict("records")}
    graph = [{name: value for name, value in whole.items() if value}]
    for claim, reason in zip(claims.to_dict("records"), reasons.to_dict("records"), strict=True):
        if reason["link"]:
            graph.append(_write_review(claim, reason, sources[claim["source_id"]], page))
    return json.dumps({"@context": "https://schema.org", "@graph": graph}, indent=1, ensure_ascii=False) + "\n"


def _write_review(claim: dict[str, Any], reason: dict[str, Any], source: dict[str, Any], page: str) -> dict[str, Any]:
    written = {
        "@type": "ClaimReview",
        "url": f"{page}#{claim['claim_id']}" if page else "",
        "identifier": claim["claim_id"],
        "claimReviewed": claim["claim"],
        "itemReviewed": {
            "@type": "Claim",
            "author": {"@type": "Organization", "name": source["publisher"]},
            "appearance": {"@type": "WebPage", "url": reason["link"], "name": source["title"]},
        },
        "reviewRating": {"@type": "Rating", "alternateName": reason["support"], "ratingExplanation": reason["why"]},
        "reviewBody": reason["sentence"],
        "isPartOf": {"@id": _WHOLE},
    }
    return {name: value for name, value in written.items() if value}


FORMATS: dict[str, tuple[Callable[..., str | bytes], str]] = {
    "xlsx": (write_xlsx, ".xlsx"),
    "docx": (write_docx, ".docx"),
    "ris": (lambda review: write_ris(load_text(review, "studies")), ".ris"),
    "csl": (lambda review: write_csl(load_text(review, "studies")), ".json"),
    "claimreview": (write_claimreview, ".jsonld"),
}
