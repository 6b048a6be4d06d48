"""Judged claims and studies for other programs: a workbook, a Word table, reference managers, ClaimReview."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from evidence import labels
from evidence.documents import list_codes
from evidence.extras import import_extra
from evidence.findings import list_findings, list_reasons
from evidence.judgements import judge
from evidence.references import write_csl, write_ris
from evidence.report.provenance import describe_build
from evidence.show import Link
from evidence.tables import Review, load, load_cells, save_texts

WIDEST, LONGEST_CELL, LONGEST_LINK = 60, 32_767, 2_000  # letters a column, and what a spreadsheet takes
_NO_REVIEW = ("not_assessed", "not_checkable")  # levels which say that nobody judged
_WHOLE = "_:review"
_CODEBOOK = ("table", "column", "type", "word", "label", "meaning")


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
    path.parent.mkdir(parents=True, exist_ok=True)
    save_texts({path: content})
    return path


def _load_text(review: Review, name: str) -> pd.DataFrame:
    """Return a table as it stands in its file."""
    table = review.vocabulary.tables[name]
    cells = load_cells(review.folder / table.path, table)[1]
    assert cells is not None  # `load` has read it
    return cells


def list_judged(review: Review) -> pd.DataFrame:
    """List judged claims with all that a reader of a workbook wants beside them.

    Returns
    -------
    pandas.DataFrame
        One row a claim: its words, codes and article, its level with the reason, the evidence's sentence with its
        certainty and studies; the quote is a link to its words on the live page.
    """
    claims = judge(review)
    reasons = list_reasons(claims, review)
    coded = labels.label_rows(claims, "claims", review.vocabulary)
    titles = dict(zip(review.sources["source_id"], review.sources["title"], strict=True))
    quotes = [Link(quote, link) for quote, link in zip(claims["quote"], reasons["link"], strict=True)]
    return pd.DataFrame(
        {
            "claim_id": claims["claim_id"],
            "article": [titles[key] for key in claims["source_id"]],
            "claim": claims["claim"],
            "quote": pd.Series(quotes, index=claims.index, dtype=object),
            "kind": coded["kind"],
            "stance": coded["stance"],
            "strength": coded["strength"],
            "support": reasons["support"],
            "gap": claims["gap"],
            "why": reasons["why"],
            "proposition_id": reasons["proposition_id"],
            "evidence": reasons["sentence"],
            "certainty": reasons["certainty"],
            "studies": ["; ".join(keys) for keys in reasons["studies"]],
            "match_reason": claims["match_reason"],
            "tags": coded["tags"],
            "note": claims["note"],
        }
    )


def write_xlsx(review: Review) -> bytes:
    """Write a workbook: judged claims, every table as it stands, the codebook. No cell of it is run.

    Sheets of tables hold the columns' own names and words, so that they can be compared with the files; numbers are
    numbers, all else is text, so that no program takes a cell for a formula or rewrites a date.
    """
    xlsxwriter = import_extra("xlsxwriter", "export")
    out = io.BytesIO()
    settings = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, settings)
    provenance = describe_build(review.folder, repository=review.folder)
    day = datetime.fromisoformat(provenance.date or "2000-01-01")  # so that the same tables give the same bytes
    book.set_properties({"title": provenance.title, "comments": provenance.citation, "created": day})
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E9E9E9", "border": 1})
    body = book.add_format({"text_wrap": True, "valign": "top"})
    link = book.add_format({"text_wrap": True, "valign": "top", "font_color": "#0B5394", "underline": 1})

    def add_sheet(name: str, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        sheet, widths, last = book.add_worksheet(name), [len(head) + 3 for head in heads], 0
        for at, text in enumerate(heads):
            sheet.write_string(0, at, text, head)
        for last, row in enumerate(rows, 1):
            for at, cell in enumerate(row):
                text = labels.cell(cell.text if isinstance(cell, Link) else cell)[:LONGEST_CELL]
                address = labels.web_address(cell.url) if isinstance(cell, Link) else ""
                if labels.is_number(cell):
                    sheet.write_number(last, at, cell, body)
                elif address and len(address) < LONGEST_LINK:
                    sheet.write_url(last, at, address, link, string=text)
                elif text:
                    sheet.write_string(last, at, text, body)
                widths[at] = max(widths[at], min(len(text) + 2, WIDEST))
        for at, width in enumerate(widths):
            sheet.set_column(at, at, width)
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, max(last, 1), len(heads) - 1)

    judged = list_judged(review)
    add_sheet("judged claims", list(map(labels.heading, judged.columns)), judged.itertuples(index=False, name=None))
    for name, table in review.vocabulary.tables.items():
        cells = _load_text(review, name)
        for column in table.columns:
            if column.type in ("integer", "number"):
                cells[column.name] = [float(cell) if cell else "" for cell in cells[column.name]]
        add_sheet(name, table.names, cells.itertuples(index=False, name=None))
    add_sheet("codebook", list(map(labels.heading, _CODEBOOK)), list_codes(review.vocabulary))
    book.close()
    return out.getvalue()


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
    claims = claims[~claims["support"].isin(_NO_REVIEW)]
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
    "ris": (lambda review: write_ris(_load_text(review, "studies")), ".ris"),
    "csl": (lambda review: write_csl(_load_text(review, "studies")), ".json"),
    "claimreview": (write_claimreview, ".jsonld"),
}
