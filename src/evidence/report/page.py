"""The page: the notebooks' parts and the explorer under one heading, with contents and imprint, in one file."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from evidence.report.imprint import Imprint
from evidence.report.links import fill_left_out, link_cards
from evidence.report.rendering import read_part, render

_STYLES = ("page.css", "notebooks.css", "cards.css", "print.css")
_SCRIPT = "explorer.js"
_NO_EXPLORER: dict[str, Any] = {"html": "", "style": "", "ids": [], "sections": []}


def render_page(fragments: Sequence[dict[str, Any]], imprint: Imprint, explorer: dict[str, Any] | None = None) -> str:
    """Render the page.

    Parameters
    ----------
    fragments
        From `FragmentMaker.make`, in order.
    imprint
        Its title and what it says of itself.
    explorer
        From `make_explorer`; without it the page has no cards and no script.
    """
    explorer = explorer or _NO_EXPLORER
    ids, sections = set(explorer["ids"]), [tuple(section) for section in explorer["sections"]]
    style = "\n".join([*(read_part(name).strip() for name in _STYLES), explorer["style"]])
    script = read_part(_SCRIPT).strip() if sections else ""
    return render(
        "page.html.j2",
        imprint=imprint,
        fragments=[
            {"anchor": part["anchor"], "html": link_cards(fill_left_out(part["html"], sections), ids)}
            for part in fragments
        ],
        contents=_list_contents(fragments),
        explorer=explorer["html"],
        sections=sections,
        style=style,
        script=script,
        policy=write_policy(style, script),
    )


def write_policy(style: str, script: str = "") -> str:
    """Write the content security policy: no request to anything, no style and no script but those given.

    Examples
    --------
    >>> write_policy("", "")[:36]
    "default-src 'none'; img-src data:; s"
    """
    rules = ["default-src 'none'", "img-src data:", f"style-src {_hash(style)}"]
    rules += [f"script-src {_hash(script)}"] if script else []
    return "; ".join([*rules, "base-uri 'none'", "form-action 'none'"])


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _list_contents(fragments: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """List each notebook's title and, below it, its parts; titles that most notebooks share would say nothing."""
    titles = Counter(text for part in fragments for text in {text for _, _, text in part["headings"]})
    shared = {text for text, n in titles.items() if n > 2 and 2 * n > len(fragments)}
    return [_list_parts(fragment, shared) for fragment in fragments]


def _list_parts(fragment: dict[str, Any], shared: Collection[str]) -> dict[str, Any]:
    headings = fragment["headings"]
    title = next((text for level, _, text in headings if level == 2), fragment["anchor"])
    parts = [(name, text) for level, name, text in headings if level == 3 and text not in shared]
    return {"anchor": fragment["anchor"], "title": title, "parts": parts}
