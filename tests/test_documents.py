"""What the documents say is what the tables say."""

from pathlib import Path

import pytest

import evidence
from evidence import charts, counts, sentences
from evidence.documents import BEGIN, CHART, END, describe_findings, insert_findings
from evidence.schema import describe_vocabulary

ROOT = Path(__file__).resolve().parent.parent
HINT = "run 'evidence docs'"


@pytest.fixture(scope="module")
def review():
    return evidence.load(ROOT / "data")


def test_the_codebook_is_up_to_date(review):
    assert (ROOT / "data" / "README.md").read_text(encoding="utf-8") == describe_vocabulary(review.vocabulary), HINT


def test_the_readmes_findings_are_up_to_date(review):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert insert_findings(readme, review) == readme, HINT


def test_the_readmes_chart_is_up_to_date(review):
    claims = counts.join_claims(review)
    now = charts.make_svg(charts.plot_asserted_against_warranted(claims), sentences.describe_gap(claims))
    assert (ROOT / CHART).read_text(encoding="utf-8") == now, HINT


def test_every_finding_names_a_notebook_that_is_there(review):
    lines = [line for line in describe_findings(review).splitlines() if line.startswith("- ")]
    assert len(lines) >= 6
    for line in lines:
        assert (ROOT / line.rsplit("(", 1)[1].rstrip(")")).is_file(), line


def test_a_readme_without_its_comments_is_refused(review):
    with pytest.raises(ValueError, match=r"README\.md: the findings stand between"):
        insert_findings(f"{BEGIN} but no end", review)
    assert insert_findings(f"a {BEGIN} old {END} b", review).endswith(f"{END} b")
