"""Charts and tables of a review, one summary each, in one style; matplotlib is imported here, not before."""

from evidence.charts.asserted import plot_asserted_against_warranted
from evidence.charts.benchmarks import plot_benchmarks
from evidence.charts.citations import plot_citations
from evidence.charts.contradictions import plot_contradictions
from evidence.charts.display import make_svg, show
from evidence.charts.flow import plot_flow
from evidence.charts.forest import plot_forest
from evidence.charts.gaps import plot_gap_map
from evidence.charts.html import Link, show_table
from evidence.charts.listings import (
    show_agreement,
    show_citations,
    show_claims,
    show_confusions,
    show_findings,
    show_segments,
    show_sentence,
    show_sources,
    show_studies,
    show_support,
    show_wording,
)
from evidence.charts.outcomes import plot_outcome
from evidence.charts.ribbons import plot_ribbons
from evidence.charts.support import plot_support
from evidence.charts.wording import plot_wording

__all__ = [
    "Link",
    "make_svg",
    "plot_asserted_against_warranted",
    "plot_benchmarks",
    "plot_citations",
    "plot_contradictions",
    "plot_flow",
    "plot_forest",
    "plot_gap_map",
    "plot_outcome",
    "plot_ribbons",
    "plot_support",
    "plot_wording",
    "show",
    "show_agreement",
    "show_citations",
    "show_claims",
    "show_confusions",
    "show_findings",
    "show_segments",
    "show_sentence",
    "show_sources",
    "show_studies",
    "show_support",
    "show_table",
    "show_wording",
]
