"""A review small enough to count by hand: three articles, twelve claims, one of each level."""

from types import SimpleNamespace

import pandas as pd

from evidence.tables import load_vocabulary

NAMES = "claim_id source_id start end kind stance strength checkability proposition_id match asserted_direction tags".split()
CLAIMS = """
a-1 a  0 10 effectiveness promotes emphatic  checkable P1 direct        benefit certain
a-2 a  0 10 effectiveness promotes qualified checkable P1 indirect      benefit -
a-3 a 10 20 citation      promotes plain     checkable -  -             -       -
a-4 a 20 30 pitch         promotes plain     opinion   -  -             -       -
a-5 a 30 40 effectiveness cautions tentative checkable P2 direct        benefit -
a-6 a 30 40 effectiveness neutral  plain     checkable P2 very_indirect harm    -
c-1 c  0  5 effectiveness promotes tentative checkable P1 direct        harm    contradicts_other_source
c-2 c  5 10 effectiveness promotes qualified checkable P1 direct        benefit certain;contradicts_itself
c-3 c  5 12 safety        -        plain     checkable -  -             -       -
c-4 c  5 10 citation      neutral  plain     checkable -  -             -       -
c-5 c  5 10 safety        promotes plain     checkable P3 direct        holds   -
c-6 c  5 10 effectiveness promotes uncertain checkable P1 direct        harm    -
"""
OTHERS = {
    "propositions": """
proposition_id direction certainty indirectness
P1 benefit low  no_concern
P2 -       -    -
P3 mixed   high no_concern
P4 holds   high no_concern
""",
    "citations": """
citation_id claim_id identity study_id accuracy
C1 a-3 exact            s-1 accurate
C2 c-4 not_found        -   not_checkable
C3 a-8 probable         s-2 overstated
C4 a-9 exact            s-3 not_checkable
C5 a-7 not_found        -   not_checkable
C6 a-6 not_identifiable -   not_checkable
""",
    "studies": """
study_id access
s-1 full_text
s-2 abstract_only
s-3 secondary
""",
    "sources": """
source_id publisher n_characters n_words jama_authorship mentions_cost disclosure
a A 100 20 met     partly present_clear
b B  50 10 unclear no     not_applicable
c C  10  4 not_met yes    none_seen
""",
    "segments": """
segment_id role
a-s1 claim
a-s2 heading
c-s1 claim
""",
    "markers": """
marker kind
can    hedge
may    hedge
proven booster
""",
    "hits": """
hit_id source_id start end marker
h1 a  0  3 can
h2 a  4 10 proven
h3 a 11 14 may
h4 a 31 34 may
h5 a 35 38 can
h6 c  3  6 can
h7 b  1  4 may
""",
    "searches": """
search_id proposition_id searched_in searched_on n_results n_relevant
P2-s1 P2 registry 2026-01-03 5 0
P2-s2 P2 index    2026-01-02 9 2
P3-s1 P3 index    2026-01-01 4 1
P2-s3 P2 archive  2026-01-04 1 1
""",
}


def read(table: str, text: str, vocabulary) -> pd.DataFrame:
    """Read rows of words, `-` for a missing one, typed as the schema has their columns."""
    head, *rows = [line.split() for line in text.strip().splitlines()]
    frame = pd.DataFrame([[None if cell == "-" else cell for cell in row] for row in rows], columns=head)
    for name in head:
        column = vocabulary.tables[table].column(name)
        if column.words and column.type != "list":
            frame[name] = pd.Categorical(frame[name], categories=list(column.values), ordered=column.ordered)
        elif column.type == "integer":
            frame[name] = pd.to_numeric(frame[name]).astype("Int64")
        elif column.type == "date":
            frame[name] = pd.to_datetime(frame[name])
    return frame


def small_review() -> SimpleNamespace:
    """Return the review; its claims have the words `claim of <id>` and `note of <id>`."""
    vocabulary = load_vocabulary()
    claims = read("claims", " ".join(NAMES) + CLAIMS, vocabulary)
    claims = claims.assign(claim="claim of " + claims["claim_id"], note="note of " + claims["claim_id"])
    others = {table: read(table, text, vocabulary) for table, text in OTHERS.items()}
    return SimpleNamespace(claims=claims, vocabulary=vocabulary, **others)
