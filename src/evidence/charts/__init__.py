"""Charts of a review, one summary each, in one style; matplotlib is imported here, not before.

A ``plot_`` function takes a table of `evidence.counts` or `evidence.findings`, draws it and returns its Axes or Figure;
`show` displays it in a notebook as SVG with words in its place, and `make_svg` gives its text.
"""

from evidence.charts.articles import plot_citations, plot_wording
from evidence.charts.claims import plot_article_map, plot_asserted_against_warranted, plot_support
from evidence.charts.forest import plot_forest
from evidence.charts.style import make_svg, show
