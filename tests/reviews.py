"""The reviews that tests of counts, sentences, tables and charts share: the real one, random ones, nearly empty ones."""

from functools import cache

from random_review import make_review

import evidence
from evidence import counts

SIZES = {
    "random": {"seed": 1},
    "other": {"seed": 2, "propositions": 40, "findings": 90},
    "one": {"seed": 5, "sources": 1, "segments": 1, "propositions": 1, "studies": 1, "findings": 1},
    "no articles": {"seed": 2, "sources": 0, "propositions": 0, "studies": 0, "findings": 0},
    "no articles, one proposition": {"seed": 2, "sources": 0, "propositions": 1, "studies": 0, "findings": 0},
    "no claims": {"seed": 2, "segments": 0},
}
WORDING = {  # what a rater of the panel's tests says of a claim's wording
    "kind": "safety", "voice": "author", "stance": "promotes", "strength": "plain", "backing": "none",
    "checkability": "checkable",
}  # fmt: skip
EACH = ["real", "random", "other", "one", "no articles", "no claims"]


@cache
def get_review(name):
    """Return a review by name; the same one each time, so a test must not change it."""
    return evidence.load() if name == "real" else make_review(**SIZES[name])


@cache
def get_claims(name):
    """Return the judged claims of a review by name."""
    return counts.join_claims(get_review(name))
