"""The reviews that tests of counts, sentences, tables and charts share: the real one, random ones, nearly empty ones."""

import shutil
import tempfile
from functools import cache
from pathlib import Path

import pytest
from random_review import make_review

import evidence
from evidence import counts
from evidence.authoring import add_article, create_review

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
ARTICLE = """\
Garlic and the common cold
By Pat Example, 3 March 2025
Every winter people ask what helps against a cold.
Can a kitchen bulb do it?
Garlic may make colds shorter.
It has been eaten for five thousand years.
Cooks love it.
A clove a day keeps colds away.
In one trial, people who took garlic had fewer colds.
Doctors everywhere recommend it.
How garlic works
Crushed cloves set allicin free.
Allicin kills germs in a dish.
What happens in the body is less clear.
So let us look at how to take it.
How to take it
Crush two cloves and wait ten minutes.
Swallow them with water.
Capsules are easier on the breath.
Our readers prefer the ones from our shop.
Is it safe?
Garlic is natural and has no side effects.
Some people get heartburn from it.
It can make bleeding worse if you take blood thinners.
Ask your doctor before an operation.
What it cannot do
Garlic is no cure for influenza.
Nobody should skip a vaccine for it.
Share this page
Read more about onions
"""  # thirty sentences of our own, a line each
EACH = ["real", "random", pytest.param("other", marks=pytest.mark.slow), "one", "no articles", "no claims"]


@cache
def get_review(name):
    """Return a review by name; the same one each time, so a test must not change it."""
    return evidence.load() if name == "real" else make_review(**SIZES[name])


@cache
def get_claims(name):
    """Return the judged claims of a review by name."""
    return counts.join_claims(get_review(name))


@cache
def _begin_once():
    folder = tempfile.TemporaryDirectory()
    begun = Path(folder.name) / "garlic"
    create_review(begun, title="Garlic against colds")
    (begun / "page.txt").write_text(ARTICLE, encoding="utf-8")
    add_article(begun / "page.txt", source_id="garlic", folder=begun / "data", url="https://example.org/garlic")
    return begun, folder  # which is removed when nobody holds it any more


def begin_review(folder):
    """Begin a review of one article, of which nothing is coded; return its folder."""
    return Path(shutil.copytree(_begin_once()[0], folder))
