"""The page of a review: the notebooks' parts and the explorer, linked to each other, under one heading."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from html import unescape
from pathlib import Path
from typing import Any

from evidence.provenance import Provenance
from nbpage import page as nbpage_page

TEMPLATES = Path(__file__).parent / "templates"
LEFT_OUT = nbpage_page.LEFT_OUT
_NO_EXPLORER: dict[str, Any] = {
    "html": "",
    "opening": "",
    "story": "",
    "style": "",
    "ids": [],
    "sections": [],
    "chapters": [],
}
_PLAIN = re.compile(r"(<(td|th|code)\b[^>]*>)([^<>]*)(</\2>)")
_DOCUMENT = re.compile(r'href="(?:\.{1,2}/)?(?:docs/)?([\w-]+)\.md(?:#[^"]*)?"')
_UNKNOWN = re.compile(r'<a href="docs/[\w-]+\.md">([^<]*)</a>')  # a document that is not in the page
_BETWEEN = re.compile(r"(, ?|; ?)")
_LEADING = re.compile(r"([\w-]+)(:.*)", re.DOTALL)


def render_page(
    parts: Sequence[nbpage_page.Part],
    provenance: Provenance,
    explorer: dict[str, Any] | None = None,
    documents: Mapping[str, str] | None = None,
) -> str:
    """Render the page.

    Parameters
    ----------
    parts
        From `nbpage.page.PartMaker`, in order.
    provenance
        Its title and what it says of itself.
    explorer
        From `make_explorer`; without it the page has no cards and no script.
    documents
        Markdown by the name of its file, without ending; each stands folded at the end, and links to it lead there.
    """
    explorer = explorer or _NO_EXPLORER
    ids, sections = set(explorer["ids"]), [tuple(section) for section in explorer["sections"]]
    appendix = _make_documents(documents or {})
    anchors = {name: part["anchor"] for name, part in appendix.items()}
    linked = [
        nbpage_page.Part(
            anchor=part["anchor"],
            html=link_documents(link_cards(fill_left_out(part["html"], sections), ids), anchors),
            headings=part["headings"],
        )
        for part in (*parts, *appendix.values())
    ]
    return nbpage_page.render_page(
        linked[: len(parts)],
        title=provenance.title,
        description="" if explorer["opening"] else provenance.description,
        style="\n".join([_read("cards.css"), _read("story.css"), explorer["style"]]),
        script=_read("explorer.js") if sections else "",
        template="report.html.j2",
        templates=[TEMPLATES],
        values={
            "provenance": provenance,
            "explorer": {**explorer, "html": _UNKNOWN.sub(r"\1", link_documents(explorer["html"], anchors))},
            "sections": sections,
            "documents": linked[len(parts) :],
        },
    )


def _read(name: str) -> str:
    """Read a style sheet or a script that stands in the page as it is."""
    return (TEMPLATES / name).read_text(encoding="utf-8").strip()


def _make_documents(documents: Mapping[str, str]) -> dict[str, nbpage_page.Part]:
    """Make a part of the page of each document, sanitised as a notebook's text is."""
    if not documents:
        return {}
    maker, rest = nbpage_page.PartMaker(), {"metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return {
        name: maker.make(
            Path(f"{name}.md"),
            {"cells": [{"cell_type": "markdown", "id": "a", "metadata": {}, "source": text}], **rest},
        )
        for name, text in documents.items()
    }


def link_documents(html: str, anchors: Mapping[str, str]) -> str:
    """Let links to documents that stand in the page lead there.

    Examples
    --------
    >>> link_documents('<a href="../docs/rule.md#why">the rule</a>', {"rule": "nb-rule"})
    '<a href="#nb-rule">the rule</a>'
    """
    return _DOCUMENT.sub(lambda link: f'href="#{anchors[link[1]]}"' if link[1] in anchors else link[0], html)


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
        begins with an id and a colon, links to their cards. Ids amid other words stay as they are.

    Examples
    --------
    >>> link_cards("<td>P01, P02</td><td>P01 or not</td>", {"P01", "P02"})
    '<td><a href="#P01">P01</a>, <a href="#P02">P02</a></td><td>P01 or not</td>'
    """
    return _PLAIN.sub(lambda cell: f"{cell[1]}{_link(cell[3], ids)}{cell[4]}", html)


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
