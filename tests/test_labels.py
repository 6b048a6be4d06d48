"""Words, numbers, effects, dates and addresses are printed one way, and no module prints them another way."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from reviews import get_review

import evidence
from evidence import labels

ROOMS = Path(evidence.__file__).parent


@pytest.mark.parametrize(
    ("comparator", "against"),
    [
        ("sham", "against sham"),
        ("none", ""),
        ("none (the same people before)", "against the same people before"),
        ("nonetheless odd", "against nonetheless odd"),
        ("not_applicable", ""),
    ],
)
def test_a_finding_that_was_compared_with_nothing_is_against_nothing(comparator, against):
    row = dict.fromkeys(("effect_measure", "estimate", "ci_low", "ci_high", "n_intervention", "n_comparator"))
    row |= {"study_id": "roe-2020", "comparator": comparator, "outcome_measure": "pain", "timepoint": "any"}
    assert labels.finding(row).against == against


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (1234567, "1,234,567"),
        (np.int64(12345678901), "12,345,678,901"),
        (-0.5, "−0.5"),
        (1234.5, "1,234.5"),
        (0.1 + 0.2, "0.3"),
        (float("nan"), ""),
        (pd.NA, ""),
    ],
)
def test_numbers_have_thousands_a_true_minus_and_no_digits_of_noise(value, printed):
    assert labels.number(value) == printed


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA, pd.NaT])
def test_a_missing_cell_is_printed_as_nothing(missing):
    assert {labels.number(missing), labels.date(missing), labels.cell(missing), labels.label(missing)} == {""}
    assert labels.web_address(missing) == labels.doi_address(missing) == ""
    assert labels.certainty(missing) == "none found"


def test_true_and_false_are_no_numbers():
    assert not labels.is_number(True)
    assert labels.cell(False) == "False"


def test_every_word_of_every_table_has_a_label_and_no_cell_is_lost():
    review = get_review("random")
    for name, table in review.vocabulary.tables.items():
        rows = getattr(review, name)
        labelled = labels.label_rows(rows, name, review.vocabulary)
        assert list(labelled.columns) == list(rows.columns)
        assert len(labelled) == len(rows)
        for column in table.columns:
            if column.words:
                names = review.vocabulary.labels(name, column.name)
                found = {one for cell in labelled[column.name] for one in cell.split(", ") if one}
                assert found <= {part for label in names.values() for part in label.split(", ")}
                assert ((labelled[column.name] == "") == rows[column.name].isna()).all()


def test_a_column_that_the_schema_does_not_know_stays_as_it_is():
    review = get_review("random")
    rows = review.claims.assign(added="not_reported")
    assert set(labels.label_rows(rows, "claims", review.vocabulary)["added"]) == {"not_reported"}


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "//evil", "file:///etc/passwd", "http:", "http://[bad", "/a", ""]
)
def test_only_addresses_of_the_web_are_kept(address):
    assert labels.web_address(address) == ""
    assert labels.quote_address(address, "Press here") == ""


def test_a_quotes_address_leads_to_its_words():
    assert labels.quote_address("https://example.org/a", "Press … now") == "https://example.org/a#:~:text=Press,now"
    link = labels.quote_address("https://example.org/p", "well-known, safe & gentle … really works")
    assert link == "https://example.org/p#:~:text=well%2Dknown%2C%20safe%20%26%20gentle,really%20works"


def test_a_whole_quote_is_linked_once_and_no_page_gives_no_link():
    assert labels.quote_address("https://example.org/p", "all of it").endswith("#:~:text=all%20of%20it")
    assert labels.quote_address(None, "all of it") == labels.quote_address("", "x") == ""


def test_every_study_has_a_reference_of_its_own_fields():
    for study in get_review("real").studies.to_dict("records"):
        reference = labels.reference(study)
        assert study["title"] in reference
        for name in ("container_title", "year", "volume", "issue", "pages"):
            assert pd.isna(study[name]) or str(study[name]).removesuffix(".0") in reference
        assert "nan" not in reference.lower().split()
        assert "_" not in reference


def test_every_finding_is_described_by_what_is_known_of_it():
    for row in get_review("real").findings.to_dict("records"):
        said = labels.finding(row)
        assert said.study == row["study_id"]
        assert said.effect == labels.effect(row)
        assert "_" not in f"{said.comparator} {said.measure} {said.timepoint} {said.size}"
        assert (said.timepoint == "") == (row["timepoint"] == "not_applicable")


@pytest.mark.parametrize("room", ["counts", "findings", "sentences", "show", "documents", "charts"])
def test_no_room_prints_words_or_numbers_its_own_way(room):
    paths = [ROOMS / f"{room}.py"] if (ROOMS / f"{room}.py").is_file() else sorted((ROOMS / room).glob("*.py"))
    for path in paths:
        text = path.read_text(encoding="utf-8")
        for own in (
            r'replace\("_", " "\)',
            r"\.capitalize\(\)",
            r"if \w+ == 1 else",
            r"urlsplit",
            r'replace\("-", "−"\)',
        ):
            assert not re.search(own, text), f"{path.name}: {own}"


@pytest.mark.parametrize(
    ("text", "within"),
    [
        ("Pressing helps.", "pressing helps"),
        ("Pressing, of course, helps.", "pressing, of course, helps"),
        ("Shiatsu helps.", "Shiatsu helps"),
        ("WebSite says so.", "WebSite says so"),
        ("A press helps", "a press helps"),
        ("Pressing", "pressing"),
        ("", ""),
    ],
)
def test_a_sentence_within_another_keeps_the_capitals_of_names(text, within):
    assert labels.inside(text, {"pressing", "a", "website"}) == within
