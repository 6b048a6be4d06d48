"""Tables as HTML in which no cell, header or caption can be anything but words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple
from urllib.parse import urlsplit

import pandas as pd

__all__ = ["Link", "SafeTable", "make_sentence", "make_table", "show_table"]


class Link(NamedTuple):
    """A cell that is a link; only ``http`` and ``https`` addresses become one, others stay words."""

    text: str
    url: str


class SafeTable:
    """A table for a notebook: HTML, and plain text beside it."""

    def __init__(self, html: str, text: str):
        self.data, self._text = html, text

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        return {"text/html": self.data, "text/plain": self._text}

    def _repr_html_(self) -> str:
        return self.data

    def __repr__(self) -> str:
        return self._text


def show_table(
    frame: pd.DataFrame,
    *,
    caption: str,
    labels: Mapping[str, str] | None = None,
    index: bool = False,
    numbers: str = "{:,.10g}",
) -> SafeTable:
    """Show a table, every cell, header and caption escaped.

    Parameters
    ----------
    frame
        Any columns. A cell that is a `Link` becomes a link; a missing one is empty.
    caption
        What the table shows.
    labels
        Words to print for column names; default: the name with blanks for underscores.
    index
        Whether the index is a first column, as row headers.
    numbers
        Format of numbers.

    Returns
    -------
    SafeTable
        ``text/html`` and ``text/plain``; the same frame gives the same bytes.

    Raises
    ------
    ValueError
        Where `caption` is empty.
    """
    if not caption or not caption.strip():
        raise ValueError("caption must say what the table shows; it is empty")
    frame = frame.reset_index() if index else frame
    labels = labels or {}
    heads = [labels.get(name, _head(name)) for name in frame.columns]
    rows = [[_plain(cell, numbers) for cell in row] for row in frame.itertuples(index=False, name=None)]
    cells = list(frame.itertuples(index=False, name=None))
    return SafeTable(
        make_table(heads, cells, caption, row_headers=index, numbers=numbers),
        _make_text(heads, rows, caption),
    )


def make_table(
    heads: Sequence[str],
    rows: Sequence[Sequence],
    caption: str,
    *,
    row_headers: bool = False,
    numbers: str = "{:,.10g}",
) -> str:
    """Write a table as HTML, every part escaped; see `show_table`."""
    top = "".join(f'<th scope="col">{_escape(head)}</th>' for head in heads)
    body = "\n".join(
        f"<tr>{''.join(_cell(c, row_headers and not i, numbers) for i, c in enumerate(row))}</tr>"
        for row in rows
    )
    caption = _escape(caption)
    return (
        f'<div class="table" tabindex="0" role="region" aria-label="{caption}">\n<table>\n'
        f"<caption>{caption}</caption>\n<thead><tr>{top}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n</div>"
    )


def make_sentence(text: str) -> str:
    """Write a sentence as an escaped paragraph."""
    return f'<p class="answer">{_escape(text)}</p>'


def _cell(cell: object, is_header: bool, numbers: str) -> str:
    inner = _link(cell) if isinstance(cell, Link) else _escape(_plain(cell, numbers))
    if is_header:
        return f'<th scope="row">{inner}</th>'
    return f'<td class="number">{inner}</td>' if _is_number(cell) else f"<td>{inner}</td>"


def _link(link: Link) -> str:
    address = str(link.url).strip()
    try:
        parts = urlsplit(address)
    except ValueError:
        return _escape(link.text)
    if parts.scheme.lower() not in ("http", "https") or not parts.netloc:
        return _escape(link.text)
    return f'<a href="{_escape(address)}" rel="noopener noreferrer">{_escape(link.text)}</a>'


def _escape(text: object) -> str:
    return escape(str(text), quote=True)


def _is_number(cell: object) -> bool:
    return pd.api.types.is_number(cell) and not isinstance(cell, bool)


def _plain(cell: object, numbers: str) -> str:
    if isinstance(cell, Link):
        return str(cell.text)
    if cell is None or (pd.api.types.is_scalar(cell) and pd.isna(cell)):
        return ""
    if _is_number(cell):
        return numbers.format(cell).replace("-", "−")
    return f"{cell:%Y-%m-%d}" if isinstance(cell, pd.Timestamp) else str(cell)


def _head(name: object) -> str:
    text = str(name).replace("_", " ")
    return text[:1].upper() + text[1:]


def _make_text(heads: Sequence[str], rows: Sequence[Sequence[str]], caption: str) -> str:
    lines = [" | ".join(" ".join(str(cell).split()) for cell in row) for row in [heads, *rows]]
    return "\n".join([caption, *lines])
