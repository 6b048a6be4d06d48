"""Rate claims, compare raters, settle: the review panel and safe saving.

`save_ratings` and `settle` need no browser; `open_panel` imports Jupyter when it is called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evidence.rating.ledger import Receipt
from evidence.rating.settling import count_disagreements, describe_disagreements, list_disagreements, settle
from evidence.rating.store import load_ratings, mend_ratings, save_rating, save_ratings

if TYPE_CHECKING:
    from evidence.rating.panel import RatingPanel
    from evidence.tables import Review

__all__ = [
    "Receipt",
    "count_disagreements",
    "describe_disagreements",
    "list_disagreements",
    "load_ratings",
    "mend_ratings",
    "open_panel",
    "save_rating",
    "save_ratings",
    "settle",
]


def open_panel(review: Review, *, texts: str | None = None) -> RatingPanel:
    """Open the panel in which claims are rated and settled.

    Parameters
    ----------
    review
        As `evidence.load` returns it; ratings are saved into its folder.
    texts
        Folder of the articles' texts, to show passages; else the environment variable ``EVIDENCE_TEXTS``.
        Without them the panel shows quotes alone.

    Returns
    -------
    RatingPanel
        A widget. As the last line of a cell it shows itself.
    """
    from evidence.rating.panel import RatingPanel

    return RatingPanel(review, texts=texts)
