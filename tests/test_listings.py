"""Rows as tables to read: none lost, all escaped."""

from pathlib import Path

import pytest

import evidence
from evidence import counts, show
from evidence.agreement import pivot_ratings

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def review():
    return evidence.load(ROOT / "data")


@pytest.fixture(scope="module")
def claims(review):
    return counts.join_claims(review)


def rows(table) -> int:
    return table.data.split("<tbody>")[1].count("<tr>")


def test_every_row_is_shown(review, claims):
    assert rows(show.claims(claims, review, caption="All")) == len(review.claims)
    assert rows(show.support(claims, review, caption="All")) == len(review.claims)
    assert rows(show.sources(review)) == len(review.sources)
    assert rows(show.citations(review)) == len(review.citations)
    assert rows(show.findings(review)) == len(review.propositions)
    assert rows(show.studies(review)) == len(review.studies)


def test_confusions_count_every_unit_rated_twice(review):
    units = pivot_ratings(review.ratings, "claims", "strength")
    shown = show.confusions(units, review.vocabulary.labels("claims", "strength"), "strength")
    assert f"(n = {len(units.dropna())})" in repr(shown)


def test_a_claim_in_markup_stays_words(review, claims):
    hostile = claims.head(1).assign(claim="<script>alert(1)</script>", quote='"><img src=x onerror=alert(1)>')
    for table in (
        show.claims(hostile, review, caption="<b>"),
        show.support(hostile, review, caption="<b>"),
        show.sentence("<script>alert(1)</script>"),
    ):
        assert "<script" not in table.data
        assert "<img" not in table.data
        assert "<b>" not in table.data
