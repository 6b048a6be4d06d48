"""`evidence report --pdf` in a real browser: the first two screens, on few pages, of any review."""

import shutil
import subprocess
from pathlib import Path

import pytest
from random_review import write_review

import evidence
from evidence import cli, counts, labels, sentences
from evidence.judgements import describe_evidence

ROOT = Path(__file__).resolve().parents[2]


def read_pages(path):
    said = subprocess.run(["pdftotext", path, "-"], capture_output=True, check=True, text=True).stdout
    return [" ".join(page.split()) for page in said.split("\f")[:-1]]


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="reads the pages with pdftotext")
def test_the_summary_holds_the_answer_and_what_the_evidence_allows_on_at_most_four_pages(tmp_path, capsys):
    assert cli.main(["report", "--data", str(ROOT / "data"), "--out", str(tmp_path / "page.html"), "--pdf"]) == 0
    assert f"evidence report: {tmp_path}/page.pdf (" in capsys.readouterr().out
    pages, review = read_pages(tmp_path / "page.pdf"), evidence.load(ROOT / "data")
    assert 2 <= len(pages) <= 4
    assert sentences.describe_belief(counts.join_claims(review)) in pages[0]
    assert all(publisher in pages[0] for publisher in review.sources["publisher"])
    promoting = counts.select_promoting(counts.select_checkable(counts.join_claims(review)))
    first = promoting["proposition_id"].value_counts().index[0]
    main = review.propositions.set_index("proposition_id", drop=False).loc[first]
    assert describe_evidence(main) in pages[1]
    told = " ".join(pages)
    for word in review.vocabulary.words("derived", "support"):
        assert f"{word.label} {word.definition}" in told
    for word in review.vocabulary.words("propositions", "certainty"):
        assert f"{labels.certainty(word.value)} {word.definition}" in told
    nothing = next(w for w in review.vocabulary.words("derived", "support") if w.value == "no_evidence")
    assert f"none found {nothing.definition}" in told
    assert "How to cite" in pages[-1]
    assert "Article by article" not in " ".join(pages)


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="reads the pages with pdftotext")
@pytest.mark.parametrize("n", [1, 60])
def test_it_stays_short_for_few_and_many_articles(n, tmp_path):
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    (tmp_path / "data").mkdir()
    write_review(tmp_path / "data", sources=n)
    assert cli.main(["report", "--data", str(tmp_path / "data"), "--no-run", "--pdf"]) == 0
    assert 1 <= len(read_pages(tmp_path / "report" / "review.pdf")) <= 4
