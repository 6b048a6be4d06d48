"""Counts, shares, lists, and sentences made from counts; nothing here draws, reads or writes a file."""

from evidence.summaries.articles import (
    count_citations,
    count_markers,
    list_bands,
    list_benchmarks,
    share_markers,
)
from evidence.summaries.claims import (
    count_claims,
    count_tags,
    join_claims,
    select_checkable,
    select_compared,
    share_claims,
    share_rows,
)
from evidence.summaries.contradictions import list_contradictions, list_tagged
from evidence.summaries.findings import (
    count_certainty,
    count_gaps,
    describe_certainty,
    describe_effect,
    list_downgrades,
    list_estimates,
    list_findings,
)
from evidence.summaries.flow import count_flow, count_sensitivity
from evidence.summaries.overviews import (
    describe_benchmarks,
    describe_citations,
    describe_known,
    describe_markers,
    describe_selling,
    describe_sources,
    describe_tags,
)
from evidence.summaries.sentences import (
    describe_claims,
    describe_contradictions,
    describe_gap,
    describe_sensitivity,
    describe_strength,
    describe_support,
)
from evidence.summaries.words import describe_share

__all__ = [
    "count_certainty",
    "count_citations",
    "count_claims",
    "count_flow",
    "count_gaps",
    "count_markers",
    "count_sensitivity",
    "count_tags",
    "describe_benchmarks",
    "describe_certainty",
    "describe_citations",
    "describe_claims",
    "describe_contradictions",
    "describe_effect",
    "describe_gap",
    "describe_known",
    "describe_markers",
    "describe_selling",
    "describe_sensitivity",
    "describe_share",
    "describe_sources",
    "describe_strength",
    "describe_support",
    "describe_tags",
    "join_claims",
    "list_bands",
    "list_benchmarks",
    "list_contradictions",
    "list_downgrades",
    "list_estimates",
    "list_findings",
    "list_tagged",
    "select_checkable",
    "select_compared",
    "share_claims",
    "share_markers",
    "share_rows",
]
