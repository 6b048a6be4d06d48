"""Sentences are whole, agree in number and hold no raw word."""

import subprocess
import sys

import pandas as pd
import pytest
from reviews import EACH, get_claims, get_review

from evidence import counts, findings, sentences
from evidence.judgements import STRENGTH, SUPPORT


@pytest.fixture(params=EACH)
def name(request):
    return request.param


@pytest.fixture
def review(name):
    return get_review(name)


@pytest.fixture
def claims(name):
    return get_claims(name).copy()


DESCRIBE_CLAIMS = ["claims", "support", "gap", "strength", "contradictions"]
DESCRIBE_REVIEW = ["markers", "tags", "citations", "certainties", "selling"]


def describe_all(review):
    claims = counts.join_claims(review)
    yield from (getattr(sentences, f"describe_{name}")(claims) for name in DESCRIBE_CLAIMS)
    yield from (getattr(sentences, f"describe_{name}")(review) for name in DESCRIBE_REVIEW)
    yield sentences.describe_sources(review.sources)
    yield sentences.describe_benchmarks(review.sources)
    yield sentences.describe_sensitivity(counts.count_sensitivity(claims))


def test_sentences_are_whole_and_hold_no_raw_word(review):
    for sentence in describe_all(review):
        assert sentence[0].isupper() or sentence[0].isdigit(), sentence
        assert sentence.endswith("."), sentence
        for wrong in ("_", "nan", "None", "  ", "()", " ,", ": .", "..", " 1 claims", " 1 articles", "of of"):
            assert wrong not in sentence, sentence


def claim(**values):
    row = {"source_id": "a", "kind": "safety", "line": "9", "gap": 0, "strength": "plain"} | values
    frame = pd.DataFrame([row]).astype({"gap": "Int64"})
    frame["support"] = pd.Categorical([row.get("support", "supported")], list(SUPPORT), ordered=True)
    frame["strength"] = pd.Categorical(frame["strength"], list(STRENGTH), ordered=True)
    return frame.astype({"kind": "category"})


@pytest.mark.parametrize(
    ("function", "rows", "sentence"),
    [
        ("support", [claim()], "Of 1 checkable safety claim in one article, 1 is supported as worded."),
        (
            "support",
            [claim(), claim(), claim(source_id="b", support="overstated"), claim(support="not_checkable")],
            "Of 3 checkable safety claims in two articles, 2 are supported as worded; 1 overstated.",
        ),
        (
            "support",
            [claim(support="no_evidence")],
            "Of 1 checkable safety claim in one article, none is supported as worded; 1 without any evidence found.",
        ),
        ("support", [claim(), claim(kind="pitch")], "Of 2 checkable claims in one article, 2 are supported as worded."),
        ("support", [claim(support="not_checkable")], "There are no checkable claims."),
        (
            "gap",
            [claim(gap=1), claim()],
            "1 of 2 safety claims set against evidence says more than is known (50%, 95% interval 9% to 91%).",
        ),
        ("gap", [claim(line="1")], "No claim is set against evidence."),
        (
            "strength",
            [claim(), claim(strength="uncertain")],
            "1 of 2 claims is worded plainly or emphatically (50%, 95% interval 9% to 91%); 1 says that it is unknown.",
        ),
        ("claims", [claim()], "One article makes 1 claim; 1 of them can be checked. Most frequent: 1 safety."),
    ],
)
def test_sentences_agree_in_number(function, rows, sentence):
    rows = pd.concat(rows).astype({"kind": "category"})
    rows["support"] = pd.Categorical(rows["support"], list(SUPPORT), ordered=True)
    assert getattr(sentences, f"describe_{function}")(rows) == sentence


def test_counts_and_sentences_leave_their_inputs_untouched():
    review = get_review("random")
    before = {name: getattr(review, name).copy() for name in ("sources", "claims", "findings", "propositions")}
    [*describe_all(review)]
    for function in (findings.list_findings, counts.count_flow, findings.count_gaps, counts.share_markers):
        function(review)
    for name, frame in before.items():
        pd.testing.assert_frame_equal(getattr(review, name), frame)


def test_importing_sentences_imports_neither_matplotlib_nor_scipy():
    code = "import sys, evidence.sentences; print([m for m in ('matplotlib', 'scipy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
