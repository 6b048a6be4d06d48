"""Charts of a review, one summary each, in one style; matplotlib is imported here, not before."""

from evidence.charts.articles import plot_benchmarks, plot_citations, plot_wording
from evidence.charts.claims import plot_asserted_against_warranted, plot_ribbons, plot_support
from evidence.charts.forest import plot_forest, plot_outcome
from evidence.charts.overviews import plot_contradictions, plot_flow, plot_gap_map
from evidence.charts.style import make_svg, show
