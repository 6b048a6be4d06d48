"""Make a notebook's HTML safe and fit for its place in one page: only what is listed here comes through.

The text is read by Beautiful Soup and written anew: every ``<`` of the result was written here, before a name of
`_ELEMENTS` or `_DRAWN`, and every value is escaped, so that no reading of the result can find another element in it.
"""

from __future__ import annotations

import re
from html import escape
from urllib.parse import unquote

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString, PreformattedString

from nbpage.notebooks import make_anchor

Heading = tuple[int, str, str]

_ELEMENTS = frozenset(
    """a abbr article aside b bdi bdo blockquote br caption cite code col colgroup dd del details dfn div dl dt em
    figcaption figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q rp rt ruby s samp section small span
    strong sub summary sup svg table tbody td tfoot th thead time tr u ul var wbr""".split()
)
_DRAWN = frozenset(
    """a circle clippath defs desc ellipse g image line lineargradient marker mask path pattern polygon polyline
    radialgradient rect stop svg symbol text textpath title tspan use""".split()
)
_LEFT_OUT_WHOLE = frozenset(
    """audio canvas embed foreignobject head iframe math metadata noembed noframes noscript object plaintext script
    select style template textarea title video xmp""".split()
)
_VOID = frozenset("br col hr img wbr".split())
_HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())
_ATTRIBUTES = frozenset(
    """abbr alt class colspan datetime dir headers height href id lang open rel reversed role rowspan scope span src
    start tabindex title value width""".split()
)
_LOOKS = frozenset(
    """clip-path clip-rule color dominant-baseline fill fill-opacity fill-rule font-family font-size font-style
    font-weight letter-spacing marker-end marker-mid marker-start mask opacity paint-order stop-color stop-opacity
    stroke stroke-dasharray stroke-dashoffset stroke-linecap stroke-linejoin stroke-miterlimit stroke-opacity
    stroke-width text-anchor text-decoration visibility""".split()
)
_DRAWING_ATTRIBUTES = _LOOKS | frozenset(
    """class clippathunits cx cy d dx dy focusable gradienttransform gradientunits height href id lang lengthadjust
        markerheight markerunits markerwidth maskcontentunits maskunits offset orient patterncontentunits
        patterntransform patternunits points preserveaspectratio r refx refy role rotate rx ry startoffset tabindex
        textlength transform version viewbox width x x1 x2 xlink:href xmlns xmlns:xlink y y1 y2""".split()
)
_ARIA = re.compile(r"aria-[a-z]+")
_REFERENCES = frozenset(
    """aria-activedescendant aria-controls aria-describedby aria-details aria-errormessage aria-flowto aria-labelledby
    aria-owns headers""".split()
)
_LINK = re.compile(r"(?:https?:|mailto:|#|[^:]*$)", re.IGNORECASE)
_PICTURE = re.compile(r"data:image/(?:png|jpeg|gif|webp|avif|svg\+xml)[;,]")
_FUNCTIONS = frozenset("hsl hsla matrix rgb rgba rotate scale skewx skewy translate".split())
_FUNCTION = re.compile(r"([\w-]*)\s*\(")
_ADDRESS = re.compile(r"url\(\s*[\"']?#([^)\"']*)[\"']?\s*\)", re.IGNORECASE)
_NOTEBOOK_LINK = re.compile(r"(?:\./)?([^/:#]+)\.ipynb(?:#(.*))?")


def sanitise(*pieces: str, anchor: str) -> tuple[str, list[Heading]]:
    """Rewrite one notebook's HTML for its place in a page; what is not known to be harmless is left out.

    Elements, attributes and schemes of addresses come through by list: texts, tables, ``details``, drawings
    (``svg``) with links, titles and descriptions. What acts, loads or styles does not. An element that is not
    listed leaves its content, unless that is no text either (``script``, ``style``, ``iframe``).

    Ids, and what refers to them, get the notebook's anchor in front; a link to an id that the notebook does not
    have is left to the page. Links to other notebooks lead to their place in the page. Headings move down by one
    level, for the page has its own first, and never skip one. Tables stand in one frame that scrolls and takes the
    keyboard; header cells say what they head, empty ones become plain. The style of a drawing's element becomes
    attributes, which the page's policy allows. Formulas between dollar signs stay as they are written.

    Parameters
    ----------
    pieces
        Its cells' HTML; what one of them leaves open ends with it.
    anchor
        From `nbpage.notebooks.make_anchor`.

    Returns
    -------
    str
        The pieces in a row, rewritten.
    list of (level, id, text)
        Its headings, as plain text.

    Examples
    --------
    >>> sanitise('<h1 onclick="f()">Rain</h1><script>f()</script>', anchor="nb-1")
    ('<h2 id="nb-1-part-1">Rain</h2>', [(2, 'nb-1-part-1', 'Rain')])
    """
    soups = [BeautifulSoup(piece, "html.parser", multi_valued_attributes=None) for piece in pieces]
    for soup in soups:
        for link in soup.find_all("a", class_="anchor-link"):  # nbconvert's, from a heading to itself
            link.decompose()
    writer = _Writer(anchor, {str(tag["id"]) for soup in soups for tag in soup.find_all(id=True)})
    for soup in soups:
        writer.write(soup)
    return "".join(writer.parts), writer.headings


class _Writer:
    """Writes what may stand in the page, and counts what needs a number: headings, ids, levels."""

    def __init__(self, anchor: str, ids: set[str]) -> None:
        self.parts: list[str] = []
        self.headings: list[Heading] = []
        self._anchor = anchor
        self._own = ids
        self._given: set[str] = set()
        self._level = 1

    def write(self, root: Tag) -> None:
        """Write all that is in an element; without recursion, for markup may nest a thousandfold."""
        opened = [(iter(root.contents), "", _ELEMENTS, 0)]
        while opened:
            children, end, allowed, start = opened[-1]
            child = next(children, None)
            if child is None:
                self._close(end, start, drawing=allowed is not _ELEMENTS)
                opened.pop()
            elif isinstance(child, Tag):
                if child.name == "svg" and allowed is _ELEMENTS:
                    allowed = _DRAWN
                end_of_child = self._open(child, allowed)
                if end_of_child is not None:
                    words_alone = allowed is _DRAWN and child.name in ("title", "desc")
                    inside = frozenset[str]() if words_alone else allowed  # HTML would read elements there as its own
                    opened.append((iter(child.contents), end_of_child, inside, len(self.parts)))
            elif isinstance(child, NavigableString) and not isinstance(child, PreformattedString):  # as comments are
                self.parts.append(escape(child, quote=False))

    def _open(self, tag: Tag, allowed: frozenset[str]) -> str | None:
        """Write an element's start and return its end; None where all that is in it is left out."""
        name = tag.name
        if name not in allowed:
            return None if name in _LEFT_OUT_WHOLE else ""
        drawing = allowed is not _ELEMENTS
        attributes = self._keep_attributes(tag, drawing=drawing)
        if drawing:
            return self._start(name, attributes)
        if name in _VOID:
            if name == "img":
                attributes.setdefault("alt", "Figure without a description")
            self.parts.append(_write_tag(name, attributes))
            return None
        if name in _HEADINGS:
            return self._start_heading(tag, attributes)
        if name == "table":
            return self._start_table(tag, attributes)
        if name == "pre":
            attributes["tabindex"] = "0"
        elif name == "th":
            name = _head_cell(tag, attributes)
        elif name == "div" and attributes.get("class") == "table":
            attributes["role"] = "group"  # a page of regions would leave no landmark to go by
        return self._start(name, attributes)

    def _close(self, end: str, start: int, *, drawing: bool) -> None:
        """Write an element's end; an element of a drawing with nothing in it ends where it starts."""
        if drawing and end and start == len(self.parts):
            self.parts[-1] = f"{self.parts[-1][:-1]}/>"
        elif end:
            self.parts.append(end)

    def _start(self, name: str, attributes: dict[str, str]) -> str:
        self.parts.append(_write_tag(name, attributes))
        return f"</{name}>"

    def _start_heading(self, tag: Tag, attributes: dict[str, str]) -> str:
        self._level = min(int(tag.name[1]) + 1, self._level + 1, 6)
        if "id" not in attributes:
            attributes["id"] = self._give_id(f"part-{len(self.headings) + 1}")
        self.headings.append((self._level, attributes["id"], " ".join(tag.get_text().split())))
        return self._start(f"h{self._level}", attributes)

    def _start_table(self, tag: Tag, attributes: dict[str, str]) -> str:
        """Open a table, in a frame that scrolls unless it came with one."""
        if tag.parent is not None and tag.parent.name == "div" and tag.parent.get("class") == "table":
            return self._start("table", attributes)
        label = f"Table: {self.headings[-1][2]}" if self.headings else "Table"
        self._start("div", {"class": "table", "role": "group", "aria-label": label, "tabindex": "0"})
        return self._start("table", attributes) + "</div>"

    def _keep_attributes(self, tag: Tag, *, drawing: bool) -> dict[str, str]:
        allowed = _DRAWING_ATTRIBUTES if drawing else _ATTRIBUTES
        kept: dict[str, str] = {}
        for name, given in tag.attrs.items():
            if drawing and name == "style":
                for look, value in _split_style(str(given)):
                    self._keep(kept, look, value, tag.name, drawing=True)
            elif name in allowed or _ARIA.fullmatch(name):
                self._keep(kept, name, str(given or ""), tag.name, drawing=drawing)
        return kept

    def _keep(self, kept: dict[str, str], name: str, value: str, element: str, *, drawing: bool) -> None:
        """Add an attribute, rewritten, if its value may stand there."""
        if name == "id":
            if value:
                kept[name] = self._give_id(value)
        elif name in _REFERENCES:
            kept[name] = " ".join(f"{self._anchor}-{word}" for word in value.split())
        elif name in ("href", "xlink:href"):
            if link := self._keep_link(value.strip(), element):
                kept[name] = link
        elif name == "src":
            if _PICTURE.match(value):
                kept[name] = value
        elif name == "tabindex":
            if value in ("0", "-1"):
                kept[name] = value
        elif name in _LOOKS and (found := _ADDRESS.fullmatch(value.strip())):
            kept[name] = f"url(#{self._refer(found[1])})"
        elif name not in _LOOKS or _loads_nothing(value):
            kept[name] = value

    def _keep_link(self, link: str, element: str) -> str:
        """Return an address rewritten, or nothing where it may not stand on this element."""
        if link.startswith("#"):
            return f"#{self._refer(link[1:])}"
        if element == "image":
            return link if _PICTURE.match(link) else ""
        if element != "a" or not _LINK.match(link):
            return ""
        if other := _NOTEBOOK_LINK.fullmatch(link):
            anchor = make_anchor(unquote(other[1]))
            return f"#{anchor}-{other[2]}" if other[2] else f"#{anchor}"
        return link

    def _refer(self, name: str) -> str:
        """Return the page's id for one of the notebook; one that is not the notebook's stays as it is."""
        return f"{self._anchor}-{name}" if name in self._own or unquote(name) in self._own else name

    def _give_id(self, wanted: str) -> str:
        """Return an id that the page does not have yet."""
        wanted = f"{self._anchor}-{wanted}"
        name, number = wanted, 2
        while name in self._given:
            name, number = f"{wanted}-{number}", number + 1
        self._given.add(name)
        return name


def _loads_nothing(look: str) -> bool:
    """Tell whether a look names no address: it has no function but those of colours and places, and no escape."""
    return "\\" not in look and _FUNCTIONS.issuperset(_FUNCTION.findall(look.lower()))


def _head_cell(tag: Tag, attributes: dict[str, str]) -> str:
    """Say what a header cell heads; an empty one is none."""
    if not tag.get_text(strip=True) and tag.find(["img", "svg"]) is None:
        attributes.pop("scope", None)
        return "td"
    attributes.setdefault("scope", "col" if tag.find_parent("thead") else "row")
    return "th"


def _split_style(style: str) -> list[tuple[str, str]]:
    """Split the style of a drawing's element into the looks that may be attributes.

    Examples
    --------
    >>> _split_style("fill: none; stroke: #000; position: fixed")
    [('fill', 'none'), ('stroke', '#000')]
    """
    pairs = (part.partition(":")[::2] for part in style.split(";"))
    looks = ((name.strip().lower(), value.strip()) for name, value in pairs)
    return [(name, value) for name, value in looks if name in _LOOKS and value]


def _write_tag(name: str, attributes: dict[str, str]) -> str:
    return "".join([f"<{name}", *(_write_attribute(*pair) for pair in attributes.items()), ">"])


def _write_attribute(name: str, value: str) -> str:
    if not value and name in ("open", "reversed"):
        return f" {name}"
    return f' {name}="{_escape_data(value) if name == "src" else escape(value)}"'


def _escape_data(value: str) -> str:
    """Escape a picture that is an address; what needs no escape between double quotes stays short."""
    return value.replace("&", "&amp;").replace('"', "&quot;").replace("<", "%3C")
