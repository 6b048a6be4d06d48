"""The panel as a Jupyter widget: `Session` in the kernel; three files of JavaScript, as one, in the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import traitlets
from IPython import get_ipython

from evidence import labels
from evidence.panel.screen import describe_screen
from evidence.panel.session import Session
from evidence.tables import Review

HERE = Path(__file__).parent


class RatingPanel(anywidget.AnyWidget):
    """A panel to enter, rate and settle claims; see `evidence.panel.open_panel`.

    The browser is told what `evidence.panel.screen.describe_screen` returns and nothing else.
    """

    _esm = "\n".join((HERE / name).read_text("utf-8") for name in ("make.js", "entering.js", "panel.js"))
    _css = HERE / "panel.css"
    screen = traitlets.Dict().tag(sync=True)

    def __init__(self, review: Review, *, texts: str | Path | None = None) -> None:
        self.session = Session(review, texts=texts)
        super().__init__(screen=describe_screen(self.session))
        self.on_msg(self._receive)

    def _receive(self, _widget: Any, message: dict, _buffers: list) -> None:
        self.session.receive(message)
        self.screen = {**describe_screen(self.session), "turn": self.screen.get("turn", 0) + 1}

    def __repr__(self) -> str:
        n = labels.count(len(self.session.claims), "claim")
        return f"Panel to enter and rate claims ({n}): run this cell in JupyterLab; in a new kernel, all cells."

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """Show the widget where a kernel can talk to it; else, as when a notebook is stored, its text."""
        if getattr(get_ipython(), "kernel", None) is None:
            return {"text/plain": repr(self)}
        return super()._repr_mimebundle_(**options)
