"""Ids that stand in the notebooks' tables and sentences become links to their cards."""

from __future__ import annotations

import re
from collections.abc import Collection
from html import unescape

LEFT_OUT = '<p class="left-out"></p>'

_PLAIN = re.compile(r"(<(td|th|code)\b[^>]*>)([^<>]*)(</\2>)")
_FIGURE = re.compile(r'(<figure><img alt="([^"]*)"[^<]*)(</figure>)')
_WORD = re.compile(r"[\w-]+")
_BETWEEN = re.compile(r"(, ?|; ?)")
_LEADING = re.compile(r"([\w-]+)(:.*)", re.DOTALL)


def link_cards(html: str, ids: Collection[str]) -> str:
    """Make links of ids that a part of the page names.

    Parameters
    ----------
    html
        A notebook's part of the page.
    ids
        Addresses of cards.

    Returns
    -------
    str
        The part, in which a cell or a piece of code that is an id, or a list of nothing but ids, or a cell that
        begins with an id and a colon, links to their cards, and a figure has links to the cards that its
        description names. Ids amid other words stay as they are.

    Examples
    --------
    >>> link_cards("<td>P01, P02</td><td>P01 or not</td>", {"P01", "P02"})
    '<td><a href="#P01">P01</a>, <a href="#P02">P02</a></td><td>P01 or not</td>'
    """
    html = _PLAIN.sub(lambda cell: f"{cell[1]}{_link(cell[3], ids)}{cell[4]}", html)
    return _FIGURE.sub(lambda figure: f"{figure[1]}{_caption(figure[2], ids)}{figure[3]}", html)


def _caption(description: str, ids: Collection[str]) -> str:
    named = [word for word in dict.fromkeys(_WORD.findall(description)) if word in ids]
    links = ", ".join(map(_write_link, named))
    return f"<figcaption>See {links}</figcaption>" if named else ""


def _link(text: str, ids: Collection[str]) -> str:
    parts = _BETWEEN.split(text)
    if all(unescape(part) in ids for part in parts[::2]):
        return "".join(part if place % 2 else _write_link(part) for place, part in enumerate(parts))
    if (leading := _LEADING.fullmatch(text)) and leading[1] in ids:
        return _write_link(leading[1]) + leading[2]
    return text


def _write_link(name: str) -> str:
    return f'<a href="#{name}">{name}</a>'


def fill_left_out(html: str, sections: Collection[tuple[str, str]]) -> str:
    """Say, where cells of a notebook were left out, where their rows stand.

    Parameters
    ----------
    html
        A notebook's part of the page, with `LEFT_OUT` where cells were.
    sections
        Ids and titles of the explorer's sections; where there are none, nothing is said.
    """
    links = ", ".join(f'<a href="#{name}">{_lower(title)}</a>' for name, title in sections)
    return html.replace(LEFT_OUT, f'<p class="left-out">Row by row, on cards: {links}.</p>' if links else "")


def _lower(title: str) -> str:
    return title[:1].lower() + title[1:]
