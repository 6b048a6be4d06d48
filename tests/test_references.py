"""Studies from other programs become rows, once; and go back without losing a field."""

import json

import jsonschema
import pandas as pd
import pytest
import rispy

from evidence import cli
from evidence.authoring import create_review
from evidence.references import _BASICS, add_studies, read_references, write_csl, write_ris
from evidence.tables import check_data, load, read_cells

RIS = """\
TY  - JOUR
AU  - Roe, Ann-Marie B.
AU  - Müller, J.
TI  - Does garlic help?
JO  - Journal of Tests
PY  - 2020/03/01
VL  - 29
IS  - 2
SP  - 14
EP  - 20
DO  - https://doi.org/10.1000/182
AN  - 123456
ER  -
"""
NBIB = """\
PMID- 123456
DP  - 2020 Mar 1
TI  - Does garlic
      help?
LID - S0000-1(20)3 [pii]
LID - 10.1000/182 [doi]
AU  - Roe AMB
AU  - Müller J
JT  - Journal of Tests
VI  - 29
IP  - 2
PG  - 14-20
"""
BIBTEX = r"""
@article{roe,
  author = {Roe, Ann-Marie B. and M{\"u}ller, J.},
  title = {Does {Garlic} help?},
  journal = {Journal of Tests}, year = 2020, volume = {29}, number = {2}, pages = {14--20},
  doi = {10.1000/182}, pmid = {123456}
}
"""
CSL = json.dumps(
    [
        {
            "id": "x",
            "type": "article-journal",
            "author": [{"family": "Roe", "given": "Ann-Marie B."}, {"family": "Müller", "given": "J."}],
            "title": "Does garlic help?",
            "container-title": ["Journal of Tests"],
            "issued": {"date-parts": [[2020, 3, 1]]},
            "volume": "29",
            "issue": 2,
            "page": "14–20",
            "DOI": "10.1000/182",
            "PMID": "123456",
        }
    ]
)
FILES = {".ris": RIS, ".nbib": NBIB, ".bib": BIBTEX, ".json": CSL}
NAME = {"type": "object", "additionalProperties": {"type": "string"}, "minProperties": 1}
DATE = {
    "type": "array",
    "items": {"type": "array", "items": {"type": ["integer", "string"]}, "minItems": 1, "maxItems": 3},
}
TEXT = {"type": "string"}
CSL_DATA = {  # of csl-data.json 1.0.2, what we write
    "type": "array",
    "items": {
        "type": "object",
        "required": ["id", "type"],
        "additionalProperties": False,
        "properties": {
            **dict.fromkeys(("title", "container-title", "volume", "issue", "page", "DOI", "PMID", "URL", "note", "id"), TEXT),
            "type": {"enum": ["article-journal", "document"]},
            "author": {"type": "array", "items": NAME},
            "issued": {"type": "object", "additionalProperties": False, "properties": {"date-parts": DATE}},
        },
    },
}  # fmt: skip


@pytest.fixture
def made(tmp_path):
    """Return the tables of a review that was just begun."""
    create_review(tmp_path / "garlic", title="Garlic")
    return tmp_path / "garlic" / "data"


def save(folder, ending, text):
    path = folder / f"in{ending}"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("ending", FILES)
def test_every_format_gives_the_same_row(ending, made):
    taken = add_studies(save(made, ending, FILES[ending]), made)
    assert [key for key, _ in taken.added] == ["roe-2020"]
    assert check_data(made) == []
    row = read_cells(made / "studies.csv", load(made).vocabulary.tables["studies"]).iloc[0]
    assert row["title"].lower() == "does garlic help?"
    given = row[["authors", "container_title", "year", "volume", "issue", "pages", "doi", "pmid"]].tolist()
    assert given == ["Roe AMB; Müller J", "Journal of Tests", "2020", "29", "2", "14-20", "10.1000/182", "123456"]
    open_ = row[["design", "risk_of_bias", "access", "retraction_status", "retraction_checked_on", "n"]].tolist()
    assert open_ == ["unclear", "no_information", "not_read", "not_checked", "", ""]
    assert row["url"] == "https://doi.org/10.1000/182"


@pytest.mark.parametrize(
    ("again", "why"),
    [
        (RIS.replace("10.1000/182", "10.1000/182".upper()), "DOI known from roe-2020"),
        (RIS.replace("DO  -", "XX  -").replace("Does", "Did"), "PubMed number known from roe-2020"),
        (
            RIS.replace("DO  -", "XX  -").replace("AN  -", "XX  -").replace("garlic help", "GARLIC: help"),
            "title and year",
        ),
    ],
)
def test_a_known_study_is_skipped_and_said(again, why, made, capsys):
    add_studies(save(made, ".ris", RIS), made)
    before = (made / "studies.csv").read_bytes()
    assert cli.main(["studies", str(save(made, ".ris", again)), "--data", str(made)]) == 0
    assert "0 studies added, 1 skipped" in (said := capsys.readouterr().out)
    assert why in said
    assert (made / "studies.csv").read_bytes() == before


def test_ids_that_are_taken_get_a_letter_and_a_file_names_a_study_once(made):
    other = RIS.replace("10.1000/182", "10.1000/183").replace("123456", "7").replace("Does garlic help", "A trial")
    nameless = "TY  - WEB\nTI  - =Garlic @ home\nER  -\n"
    taken = add_studies(save(made, ".ris", f"{RIS}\n{other}\n{RIS}\n{nameless}"), made)
    assert [key for key, _ in taken.added] == ["roe-2020", "roe-2020-b", "anonymous-undated"]
    assert len(taken.skipped) == 1
    assert load(made).studies["title"].tolist()[0] == "Garlic @ home"
    assert check_data(made) == []


def test_titles_in_other_scripts_are_told_apart(made):
    text = "".join(f"TY  - JOUR\nTI  - {title}\nPY  - 2020\nER  -\n" for title in ("大蒜研究", "针灸治疗", "大蒜研究"))
    added = add_studies(save(made, ".ris", text), made)
    assert ([title for _, title in added.added], len(added.skipped)) == (["大蒜研究", "针灸治疗"], 1)


def test_bibtex_may_have_capital_names_per_cents_and_authors_left_out(made):
    text = (
        "@article{a, Author = {Roe, Ann and others}, Title = {In 50% of cases}, Year = 2020, url={https://x.org/a%20b}}"
    )
    (study,) = read_references(save(made, ".bib", text))
    assert (study["authors"], study["title"], study["year"]) == ("Roe A", "In 50% of cases", "2020")
    assert study["url"] == "https://x.org/a%20b"
    escaped = save(made, ".bib", "@article{a, title = {In 50\\% of cases}}")
    assert read_references(escaped)[0]["title"] == "In 50% of cases"


@pytest.mark.parametrize(("database", "pmid"), [("PubMed", "123"), ("Medline", "123"), ("", "123"), ("Embase", "")])
def test_a_number_of_another_database_is_none_of_pubmed(database, pmid, made):
    text = f"TY  - JOUR\nTI  - T\nAN  - 123\nDB  - {database}\nER  -\n"
    assert read_references(save(made, ".ris", text))[0]["pmid"] == pmid


def test_a_reference_without_a_title_is_said(made):
    text = "TY  - JOUR\nTI  - T\nER  -\nTY  - BOOK\nAU  - Roe, A.\nPY  - 2020\nER  -\n"
    added = add_studies(save(made, ".ris", text), made)
    assert len(added.added) == 1
    assert added.skipped == (("Roe A 2020", "it has no title"),)


def test_an_organisation_keeps_its_name_whole(made):
    text = "@misc{a, author = {{World Health Organization} and Roe, Ann}, title = {A guide}, year = 2001}"
    assert read_references(save(made, ".bib", text))[0]["authors"] == "World Health Organization; Roe A"
    text = RIS.replace("Müller, J.", "WHO,, Western Office").replace("Roe, Ann-Marie B.", "WHO")
    assert read_references(save(made, ".ris", text))[0]["authors"] == "WHO; WHO, Western Office"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("in.txt", RIS, "studies are read from .ris, .nbib, .bib, .json"),
        ("in.ris", "", "none was found"),
        ("in.json", "{", "must be a .json file in UTF-8"),
        ("in.json", "[1]", "must be a .json file in UTF-8"),
        ("in.bib", "@article{roe, title = {Does", "1 entry broken, the first begins on line 1"),
    ],
)
def test_a_file_that_is_none_of_them_is_refused_by_name(name, text, said, made, capsys):
    (made / name).write_text(text, encoding="utf-8")
    before = (made / "studies.csv").read_bytes()
    assert cli.main(["studies", str(made / name), "--data", str(made)]) == 1
    assert said in capsys.readouterr().err
    assert (made / "studies.csv").read_bytes() == before


@pytest.fixture(scope="module")
def studies():
    """Return the studies of this collection as text."""
    review = load("data")
    return read_cells(review.folder / "studies.csv", review.vocabulary.tables["studies"])


@pytest.mark.parametrize(("ending", "write"), [(".ris", write_ris), (".json", write_csl)])
def test_what_is_written_comes_back_with_every_field(ending, write, studies, tmp_path):
    back = pd.DataFrame(read_references(save(tmp_path, ending, write(studies)))).fillna("")
    for column in studies.columns:
        pairs = zip(studies[column], back[column], strict=True)
        assert [(was, now) for was, now in pairs if was != now] == [], column


def test_ris_is_read_by_another_reader_with_every_field_a_tag_of_the_format(studies):
    entries = rispy.loads(write_ris(studies))
    assert len(entries) == len(studies)
    assert not any("unknown_tag" in entry for entry in entries)
    assert [entry["title"] for entry in entries] == studies["title"].tolist()
    told = [sum(len(value) if isinstance(value, list) else 1 for value in entry.values()) for entry in entries]
    filled = (studies.drop(columns=["authors"]) != "").sum(axis=1).tolist()
    assert all(n >= cells for n, cells in zip(told, filled, strict=True))


def test_csl_is_what_its_schema_asks_for(studies):
    items = json.loads(write_csl(studies))
    jsonschema.validate(items, CSL_DATA)
    assert {column for column in _BASICS} <= set(studies.columns)
