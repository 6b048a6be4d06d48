"""The review panel of JupyterLab: enter claims and evidence, rate what is rated, settle where raters differ.

A message of the browser goes round once: `widget` hands it to `session`, which does what it asks (a ``do_`` method for
each kind of message, saved by `evidence.ratings` and `evidence.coding`) and decides what this rater may see; `screen`
and `forms` describe that as plain data, and three files of JavaScript draw it: ``panel.js`` rates, ``entering.js``
enters, ``make.js`` makes elements for both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evidence.panel.widget import RatingPanel
    from evidence.tables import Review


def open_panel(review: Review, *, texts: str | None = None) -> RatingPanel:
    """Open the panel in which claims and evidence are entered, rows rated and differences settled.

    Parameters
    ----------
    review
        As `evidence.load` returns it; what is entered and rated is saved into its folder.
    texts
        Folder of the articles' texts; else the environment variable ``EVIDENCE_TEXTS``, else ``texts`` beside the
        tables. Without them the panel shows quotes alone, and no claim can be entered.

    Returns
    -------
    RatingPanel
        A widget. As the last line of a cell it shows itself.
    """
    from evidence.panel.widget import RatingPanel

    return RatingPanel(review, texts=texts)
