"""What the documents say is what the tables say."""

import re
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import evidence
from evidence import charts, counts, sentences
from evidence.cli import main
from evidence.codebook import describe_vocabulary
from evidence.documents import CHART, insert_findings, read_notebooks, write_findings
from evidence.template import BEGIN, END

ROOT = Path(__file__).resolve().parent.parent
HINT = "run 'evidence docs'"


@pytest.fixture(scope="module")
def review():
    return evidence.load(ROOT / "data")


def test_the_codebook_is_up_to_date(review):
    assert (ROOT / "data" / "README.md").read_text(encoding="utf-8") == describe_vocabulary(review.vocabulary), HINT


def test_codebook_names_every_table_column_and_word(review):
    words = review.vocabulary
    codebook = describe_vocabulary(words)
    for table in words.tables.values():
        assert f"## `{table.path}`" in codebook
        for column in table.columns:
            assert f"`{column.name}` | " in codebook
            assert all(f"`{word.value}` | {word.label} | " in codebook for word in column.words)


def test_the_readmes_findings_are_up_to_date(review):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert insert_findings(readme, review, read_notebooks(ROOT)) == readme, HINT


def test_the_readmes_chart_is_up_to_date(review):
    claims = counts.join_claims(review)
    chart = charts.plot_asserted_against_warranted(counts.select_promoting(claims))
    now = charts.make_svg(chart, sentences.describe_gap(claims))
    assert (ROOT / CHART).read_text(encoding="utf-8") == now, HINT


def test_the_answer_the_chart_and_three_numbers_come_before_the_findings(review):
    answer, picture, numbers, fold = write_findings(review).split("\n\n")[:4]
    assert answer == f"**{sentences.describe_belief(counts.join_claims(review))}**"
    assert picture.endswith(f"]({CHART})")
    told = sentences.list_key_numbers(counts.join_claims(review), review)
    said = "; ".join(f"**{one.n} of {one.of}** {one.text}" for one in told)
    assert numbers == f"{said}. {sentences.describe_hands(review)}"
    assert fold.startswith("<details>")


def test_every_finding_names_the_first_notebook_that_shows_it_by_its_own_title(review):
    lines = [line for line in write_findings(review, read_notebooks(ROOT)).splitlines() if line.startswith("- ")]
    assert len(lines) >= 6
    for line in lines:
        sentence, title, path = re.fullmatch(r"- (.+) \(\[(.+)\]\((.+)\)\)", line).groups()
        notebook = nbformat.read(ROOT / path, as_version=4)
        assert notebook.cells[0].source == f"# {title}"
        outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
        assert sentence in [output.get("data", {}).get("text/plain") for output in outputs]


def write_notebook(path, title, *texts):
    path.parent.mkdir(exist_ok=True)
    outputs = [new_output("display_data", data={"text/plain": text}) for text in texts]
    cells = [new_markdown_cell(f"# {title}"), new_code_cell("1", outputs=outputs)]
    nbformat.write(new_notebook(cells=cells), path)


def test_a_review_with_other_notebooks_has_its_documents_written(data):
    review = evidence.load(data)
    root, claims = data.parent, counts.join_claims(review)
    (root / "README.md").write_text(f"# Other\n\n{BEGIN}\n{END}\n", encoding="utf-8")
    write_notebook(root / "notebooks" / "1-first.ipynb", "Who sells?", sentences.describe_selling(review))
    both = sentences.describe_selling(review), sentences.describe_claims(claims)
    write_notebook(root / "notebooks" / "2-second.ipynb", "What is said?", *both)
    assert main(["docs", str(data)]) == 0
    readme = (root / "README.md").read_text(encoding="utf-8")
    assert f"- {both[0]} ([Who sells?](notebooks/1-first.ipynb))\n" in readme
    assert f"- {both[1]} ([What is said?](notebooks/2-second.ipynb))\n" in readme
    assert f"- {sentences.describe_citations(review)}\n" in readme
    assert (root / CHART).is_file()


def test_no_name_of_a_notebook_is_in_the_library():
    names = [path.stem for path in (ROOT / "notebooks").glob("*.ipynb")]
    for path in (ROOT / "src").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not [name for name in names if name in text], path


@pytest.mark.parametrize(
    ("readme", "said"),
    [
        (None, "README.md: there must be a README beside the tables' folder"),
        (f"{BEGIN} but no end", "README.md: the findings stand between"),
    ],
)
def test_docs_without_a_place_for_the_findings_say_so_and_write_nothing(data, capsys, readme, said):
    if readme is not None:
        (data.parent / "README.md").write_text(readme, encoding="utf-8")
    before = {path: path.read_bytes() for path in data.parent.rglob("*") if path.is_file()}
    assert main(["docs", str(data)]) == 1
    assert said in capsys.readouterr().err
    assert {path: path.read_bytes() for path in data.parent.rglob("*") if path.is_file()} == before


def test_findings_replace_what_stood_between_the_comments(review):
    assert insert_findings(f"a {BEGIN} old {END} b", review).endswith(f"{END} b")
