"""Rewrite a notebook's HTML to fit into one page: ids, headings, links, tables; and nothing that acts."""

from __future__ import annotations

import re
from html import escape, unescape
from html.parser import HTMLParser

Heading = tuple[int, str, str]

_DROPPED = {"script", "style", "iframe", "object", "noscript", "template", "textarea", "xmp", "title"}
_DROPPED_VOID = {"base", "meta", "link", "embed", "form", "input"}
_DROPPED_ATTRIBUTES = {"style", "srcset", "autofocus", "action", "formaction"}
_VOID = {"area", "br", "col", "hr", "img", "source", "track", "wbr"}
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_REFERENCES = {"for", "headers", "aria-labelledby", "aria-describedby", "aria-controls"}
_SAFE_LINK = re.compile(r"(?:https?:|mailto:|#|[^:]*$)", re.IGNORECASE)
_NOTEBOOK_LINK = re.compile(r"(?:\./)?([^/:#]+)\.ipynb(?:#(.*))?")


def make_anchor(stem: str) -> str:
    """Make the id under which a notebook stands in the page."""
    return "nb-" + re.sub(r"[^\w-]+", "-", stem)


def rewrite_markup(html: str, *, anchor: str) -> tuple[str, list[Heading]]:
    """Rewrite one notebook's HTML for its place in the page.

    Ids and the links to them get the notebook's anchor in front; links to other notebooks lead to their place
    in the page. Headings move down by one level, for the page has its own first, and never skip one. Tables
    stand in one frame that scrolls and takes the keyboard; header cells say what they head, empty ones become
    plain.
    Scripts, styles, frames, forms and handlers of events are left out, though the page's policy would block
    them too.

    Parameters
    ----------
    html
        A fragment.
    anchor
        From `make_anchor`.

    Returns
    -------
    str
        The fragment, rewritten.
    list of (level, id, text)
        Its headings.
    """
    rewriter = _Rewriter(anchor)
    rewriter.feed(html)
    rewriter.close()
    return "".join(rewriter.parts), rewriter.headings


class _Rewriter(HTMLParser):
    def __init__(self, anchor: str) -> None:
        super().__init__(convert_charrefs=False)
        self.parts: list[str] = []
        self.headings: list[Heading] = []
        self._anchor = anchor
        self._ids: set[str] = set()
        self._dropping: list[str] = []
        self._level = 1
        self._heading: tuple[int, str] | None = None
        self._heading_text: list[str] = []
        self._in_head = False
        self._th_starts: list[int] = []
        self._table_ends: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given: dict[str, str | None] = {}
        for name, value in attrs:
            given.setdefault(name, value)  # as browsers do where one is given twice
        if self._dropping or tag in _DROPPED or (tag, given.get("class")) == ("a", "anchor-link"):
            self._drop(tag)
        elif tag not in _DROPPED_VOID:
            kept = {name: value for name, value in given.items() if _keeps(name, value)}
            self._open(tag, {name: self._rewrite(name, value) for name, value in kept.items()})

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._dropping or tag in _DROPPED:
            return
        before = len(self.parts)
        self.handle_starttag(tag, attrs)
        if len(self.parts) > before and tag not in _VOID:
            self.parts[-1] = self.parts[-1][:-1] + "/>"  # drawings inside HTML need the slash

    def handle_endtag(self, tag: str) -> None:
        if self._dropping:
            if tag == self._dropping[-1]:
                self._dropping.pop()
        elif tag in _HEADINGS:
            self._close_heading()
        elif tag == "th" and self._th_starts:
            self._close_header_cell()
        elif tag not in _DROPPED and tag not in _DROPPED_VOID:
            self._in_head = self._in_head and tag != "thead"
            self.parts.append(self._table_ends.pop() if tag == "table" and self._table_ends else f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self._add_text(data.replace("<", "&lt;").replace(">", "&gt;"))

    def handle_entityref(self, name: str) -> None:
        self._add_text(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._add_text(f"&#{name};")

    def _add_text(self, text: str) -> None:
        if self._dropping:
            return
        self.parts.append(text)
        if self._heading:
            self._heading_text.append(text)

    def _drop(self, tag: str) -> None:
        """Leave out a tag and all it holds; inside, only tags of the same name need counting."""
        if not self._dropping or tag == self._dropping[-1]:
            self._dropping.append(tag)

    def _open(self, tag: str, attributes: dict[str, str | None]) -> None:
        if tag in _HEADINGS:
            self._open_heading(tag, attributes)
            return
        if tag == "table":
            self._frame_table()
            attributes.pop("border", None)
        elif (tag, attributes.get("class")) == ("div", "table"):
            attributes["role"] = "group"  # a page of regions would leave no landmark to go by
        elif tag == "pre":
            attributes["tabindex"] = "0"
        elif tag == "th":
            self._th_starts.append(len(self.parts))
            attributes.setdefault("scope", "col" if self._in_head else "row")
        self._in_head = self._in_head or tag == "thead"
        self.parts.append(_write_tag(tag, attributes))

    def _frame_table(self) -> None:
        """Open a frame that scrolls, unless the table came with one."""
        before = next((part for part in reversed(self.parts) if part.strip()), "")
        framed = before.startswith('<div class="table"')
        self._table_ends.append("</table>" if framed else "</table></div>")
        if not framed:
            name = escape(unescape(f"Table: {self.headings[-1][2]}" if self.headings else "Table"))
            self.parts.append(f'<div class="table" role="group" aria-label="{name}" tabindex="0">')

    def _open_heading(self, tag: str, attributes: dict[str, str | None]) -> None:
        self._level = min(int(tag[1]) + 1, self._level + 1, 6)
        attributes["id"] = attributes.get("id") or self._name(f"{self._anchor}-part-{len(self.headings) + 1}")
        self._heading, self._heading_text = (self._level, attributes["id"]), []
        self.parts.append(_write_tag(f"h{self._level}", attributes))

    def _close_heading(self) -> None:
        if self._heading:
            level, name = self._heading
            self.headings.append((level, name, "".join(self._heading_text).strip()))
            self.parts.append(f"</h{level}>")
            self._heading = None

    def _close_header_cell(self) -> None:
        start = self._th_starts.pop()
        blank = not "".join(self.parts[start + 1 :]).replace("&nbsp;", "").strip()
        if blank:
            self.parts[start] = re.sub(r' scope="\w+"', "", f"<td{self.parts[start][3:]}")
        self.parts.append("</td>" if blank else "</th>")

    def _rewrite(self, name: str, value: str | None) -> str | None:
        if not value:
            return value
        if name == "id":
            return self._name(f"{self._anchor}-{value}")
        if name in _REFERENCES:
            return " ".join(f"{self._anchor}-{word}" for word in value.split())
        if name == "href":
            return self._rewrite_link(value)
        return value

    def _name(self, wanted: str) -> str:
        """Return an id that the notebook does not have yet."""
        name, number = wanted, 2
        while name in self._ids:
            name, number = f"{wanted}-{number}", number + 1
        self._ids.add(name)
        return name

    def _rewrite_link(self, link: str) -> str:
        if link.startswith("#"):
            return f"#{self._anchor}-{link[1:]}"
        if other := _NOTEBOOK_LINK.fullmatch(link):
            anchor = make_anchor(other[1])
            return f"#{anchor}-{other[2]}" if other[2] else f"#{anchor}"
        return link


def _keeps(name: str, value: str | None) -> bool:
    if name == "src":
        return (value or "").startswith("data:image/")
    if name.endswith("href"):
        return bool(_SAFE_LINK.match((value or "").strip()))
    return not name.startswith("on") and name not in _DROPPED_ATTRIBUTES


def _write_tag(tag: str, attributes: dict[str, str | None]) -> str:
    return f"<{' '.join([tag, *(_write_attribute(*pair) for pair in attributes.items())])}>"


def _write_attribute(name: str, value: str | None) -> str:
    if value is None:
        return name
    return f'{name}="{_escape_data(value) if name == "src" else escape(value)}"'


def _escape_data(value: str) -> str:
    """Escape a drawing that is an address; what needs no escape between double quotes stays short."""
    return value.replace("&", "&amp;").replace('"', "&quot;").replace("<", "%3C")
