"""The review panel of JupyterLab: rate what the schema says is rated, settle where raters differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evidence.panel.widget import RatingPanel
    from evidence.tables import Review


def open_panel(review: Review, *, texts: str | None = None) -> RatingPanel:
    """Open the panel in which rows are rated and differences settled.

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
    from evidence.panel.widget import RatingPanel

    return RatingPanel(review, texts=texts)
