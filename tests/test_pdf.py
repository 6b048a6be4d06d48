"""The summary as a PDF: what is said where no browser prints it. What one prints is in browser/test_pdf.py."""

import os

import pytest

from evidence import TableError
from evidence.report import pdf
from evidence.report.pdf import print_summary


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "review.html"
    path.write_text("<!DOCTYPE html><title>Review</title>")
    return path


def put_browser(tmp_path, monkeypatch, script):
    """Make a program of this name the browser."""
    program = tmp_path / "browser"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("EVIDENCE_CHROMIUM", str(program))


def test_without_a_browser_the_message_says_what_to_install(page, monkeypatch):
    monkeypatch.delenv("EVIDENCE_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(
        TableError, match="needs Chromium, Chrome or Edge: install one, or give its path in EVIDENCE_CHR"
    ):
        print_summary(page, page.with_suffix(".pdf"))


def test_a_path_that_is_no_browser_is_named(page, monkeypatch):
    monkeypatch.setenv("EVIDENCE_CHROMIUM", "/no/such/browser")
    with pytest.raises(TableError, match=r"^/no/such/browser: printing needs"):
        print_summary(page, page.with_suffix(".pdf"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("script", "said"),
    [("echo no display >&2; exit 1", "no display"), ("sleep 30", "timed out")],
    ids=["fails", "hangs"],
)
def test_a_browser_that_prints_nothing_leaves_the_older_pdf(script, said, page, tmp_path, monkeypatch):
    put_browser(tmp_path, monkeypatch, script)
    monkeypatch.setattr(pdf, "PATIENCE", 2 if said == "timed out" else 60)
    page.with_suffix(".pdf").write_bytes(b"older")
    with pytest.raises(TableError, match=rf"it printed no PDF; nothing was written \(.*{said}"):
        print_summary(page, page.with_suffix(".pdf"))
    assert page.with_suffix(".pdf").read_bytes() == b"older"
    assert sorted(os.listdir(tmp_path)) == ["browser", "review.html", "review.pdf"]


def test_what_the_browser_prints_is_the_summary_of_the_page_and_stands_where_asked(page, tmp_path, monkeypatch):
    put_browser(tmp_path, monkeypatch, 'for word; do case $word in --print-to-pdf=*) out=${word#*=};; esac; done\n'
                                       'echo "%PDF $word" > "$out"')  # fmt: skip
    out = print_summary(page, tmp_path / "summary.pdf")
    assert out.read_text() == f"%PDF {page.as_uri()}#Answer\n"
