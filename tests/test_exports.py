"""What other programs are given: whole, by the words of the tables, and nothing in it that runs."""

import copy
import io
import json
import sys
import zipfile

import docx
import openpyxl
import pytest

import evidence
from evidence import cli
from evidence.authoring import create_review
from evidence.exports import FORMATS, write_claimreview, write_docx
from evidence.judgements import judge
from evidence.tables import read_cells
from evidence.workbook import list_judged, write_xlsx

# Of schema.org, what we write: where each property may stand (its own type or one above), and what it may hold.
ABOVE = {
    "ClaimReview": ["Review", "CreativeWork", "Thing"],
    "Claim": ["CreativeWork", "Thing"],
    "Dataset": ["CreativeWork", "Thing"],
    "WebPage": ["CreativeWork", "Thing"],
    "Rating": ["Intangible", "Thing"],
    "Organization": ["Thing"],
}
PROPERTIES = {
    "claimReviewed": ("ClaimReview", {"Text"}),
    "itemReviewed": ("Review", {"Thing"}),
    "reviewRating": ("Review", {"Rating"}),
    "reviewBody": ("Review", {"Text"}),
    "appearance": ("Claim", {"CreativeWork"}),
    "author": ("CreativeWork", {"Organization", "Person"}),
    "isPartOf": ("CreativeWork", {"CreativeWork", "URL"}),
    "version": ("CreativeWork", {"Text", "Number"}),
    "creditText": ("CreativeWork", {"Text"}),
    "dateModified": ("CreativeWork", {"Text"}),
    "alternateName": ("Thing", {"Text"}),
    "description": ("Thing", {"Text"}),
    "identifier": ("Thing", {"Text"}),
    "name": ("Thing", {"Text"}),
    "url": ("Thing", {"Text"}),
    "ratingExplanation": ("Rating", {"Text"}),
}


@pytest.fixture(scope="module")
def review():
    return evidence.load("data")


@pytest.fixture(scope="module")
def book(review):
    return openpyxl.load_workbook(io.BytesIO(write_xlsx(review)))


@pytest.mark.slow
def test_the_workbook_holds_claims_every_table_and_the_codebook(book, review):
    assert book.sheetnames == ["judged claims", *review.vocabulary.tables, "codebook"]
    for name, table in review.vocabulary.tables.items():
        cells = read_cells(review.folder / table.path, table)
        head, *rows = book[name].iter_rows(values_only=True)
        assert head == table.names
        assert len(rows) == len(cells)
        for column, values in zip(table.columns, zip(*rows, strict=True), strict=True):
            if column.type in ("integer", "number"):
                assert [value is None or float(value) for value in values] == [
                    cell == "" or float(cell) for cell in cells[column.name]
                ]
            else:
                assert [value or "" for value in values] == cells[column.name].tolist()


@pytest.mark.slow
def test_judged_claims_stand_with_level_reason_sentence_and_link(book, review):
    head, *rows = book["judged claims"].iter_rows()
    names = [cell.value for cell in head]
    judged = list_judged(review)
    assert len(rows) == len(review.claims) == len(judged)
    at = {name: i for i, name in enumerate(names)}
    for row, (_, claim) in zip(rows, judged.iterrows(), strict=True):
        assert row[at["Support"]].value == claim["support"]
        assert row[at["Why"]].value == claim["why"]
        assert (row[at["Evidence"]].value or "") == claim["evidence"]
        link = row[at["Quote"]].hyperlink
        assert (f"{link.target}#{link.location}" if link.location else link.target) == claim["quote"].url


@pytest.mark.slow
def test_every_sheet_has_a_frozen_head_a_filter_and_wrapped_cells(book):
    for sheet in book:
        assert sheet.freeze_panes == "B2"
        assert sheet.auto_filter.ref.startswith("A1:")
        assert all(
            cell.alignment.wrap_text for row in sheet.iter_rows(max_row=3) for cell in row if cell.value is not None
        )


@pytest.mark.slow
def test_no_cell_of_the_workbook_is_run(review):
    hostile = evidence.tables.Review(
        {name: table.copy() for name, table in review.tables.items()}, review.vocabulary, review.folder
    )
    hostile.claims.loc[0, "claim"] = '=HYPERLINK("http://evil.example","x")'
    hostile.claims.loc[1, "claim"] = "{=1+1}"
    hostile.claims.loc[2, "claim"] = "http://evil.example"
    hostile.sources["url"] = "javascript:alert(1)"
    content = write_xlsx(hostile)
    sheet = openpyxl.load_workbook(io.BytesIO(content))["judged claims"]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    assert not any(cell.hyperlink for row in sheet.iter_rows() for cell in row)
    assert sheet["C2"].value.startswith("=HYPERLINK")
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert not [name for name in parts.namelist() if "vba" in name or "macro" in name or "external" in name]
        assert not any(b"<f>" in parts.read(name) for name in parts.namelist())


@pytest.mark.slow
def test_the_same_tables_give_the_same_workbook(review):
    assert write_xlsx(review) == write_xlsx(review)


def test_the_word_table_has_a_row_for_every_proposition_and_its_head_on_each_page(review):
    document = docx.Document(io.BytesIO(write_docx(review)))
    (table,) = document.tables
    assert len(table.rows) == len(review.propositions) + 1
    assert table.cell(1, 0).text == review.propositions["proposition_id"].iloc[0]
    assert table.cell(1, 6).text == evidence.describe_evidence(review.propositions.iloc[0])
    assert "tblHeader" in table.rows[0]._tr.xml
    assert document.sections[0].page_width > document.sections[0].page_height


def check_types(node, ids) -> str:
    """Return a node's type, when every property may stand there and holds what it may."""
    if set(node) == {"@id"}:
        return ids[node["@id"]]
    kind = node["@type"]
    for name, value in node.items():
        if name in ("@type", "@id"):
            continue
        domain, holds = PROPERTIES[name]
        assert domain in [kind, *ABOVE[kind]], (kind, name)
        found = check_types(value, ids) if isinstance(value, dict) else "Text"
        assert isinstance(value, dict | str)
        assert holds & {found, *ABOVE.get(found, [])}, (name, found)
    return kind


def test_claimreview_is_made_of_schema_orgs_types_and_has_no_score(review):
    written = write_claimreview(review, "https://review.example/")
    assert "ratingValue" not in written
    graph = json.loads(written)
    assert graph.keys() == {"@context", "@graph"}
    ids = {node["@id"]: node["@type"] for node in graph["@graph"] if "@id" in node}
    for node in graph["@graph"]:
        check_types(node, ids)
    assert all(node["url"] == f"https://review.example/#{node['identifier']}" for node in graph["@graph"][1:])


def test_claimreview_speaks_of_judged_claims_with_an_address(review):
    claims = judge(review).merge(review.sources[["source_id", "url"]], on="source_id")
    wanted = claims[~claims["support"].isin(["not_checkable", "not_assessed"]) & claims["url"].notna()]
    reviews = json.loads(write_claimreview(review))["@graph"][1:]
    assert [node["identifier"] for node in reviews] == wanted["claim_id"].tolist()
    assert len(reviews) > 0
    assert all(node["itemReviewed"]["appearance"]["url"].startswith(("http://", "https://")) for node in reviews)
    nowhere = copy.copy(review.sources).assign(url=None)
    tables = {**review.tables, "sources": nowhere}
    assert (
        len(json.loads(write_claimreview(evidence.tables.Review(tables, review.vocabulary, review.folder)))["@graph"])
        == 1
    )


@pytest.mark.parametrize("form", FORMATS)
def test_an_empty_review_is_exported_too(form, tmp_path, capsys):
    create_review(tmp_path / "garlic", title="Garlic")
    assert cli.main(["export", form, "--data", str(tmp_path / "garlic" / "data")]) == 0
    (path,) = (tmp_path / "garlic" / "report").iterdir()
    assert path.name.startswith("garlic.")
    assert str(path) in capsys.readouterr().out


@pytest.mark.parametrize(("form", "library"), [("xlsx", "xlsxwriter"), ("docx", "docx")])
def test_a_missing_library_is_named_with_its_extra(form, library, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, library, None)
    assert cli.main(["export", form, "--out", str(tmp_path / "x")]) == 1
    assert "pip install 'evidence-review-notebooks[export]'" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_every_format_of_the_command_line_is_one_of_the_library(capsys):
    with pytest.raises(SystemExit):
        cli.main(["export", "--help"])
    assert f"{{{','.join(FORMATS)}}}" in capsys.readouterr().out
