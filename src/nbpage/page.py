"""The page: each notebook made a part of it by nbconvert, and the parts put together in one file."""

from __future__ import annotations

import base64
import hashlib
import re
import uuid
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict

from nbpage.markup import Heading, sanitise
from nbpage.notebooks import NOTEBOOK_ONLY, Notebook, make_anchor

TEMPLATES = Path(__file__).parent / "templates"
LEFT_OUT = '<p class="left-out"></p>'
_STYLES = ("page.css", "notebooks.css", "print.css")
_CONTENTS = "contents.js"  # after the page's script, which may begin with a directive
_FIGURE = re.compile(r'<figure id="([\w-]+-(figure-[0-9a-f]{12})(?:-\d+)?)">.*?</figure>', re.DOTALL)
_SVG_TAG = re.compile(r"""<(?:[^"'>]|"[^"]*"|'[^']*')*>""")
_QUOTED = re.compile(r"""'[^']*'|"([^"]*)\"""")
_TITLE = re.compile(r"<svg[^>]*><title>([^<]+)</title>")
_SHOWN = ["image/svg+xml", "image/png", "image/jpeg", "text/html", "text/markdown", "text/plain"]


class Part(TypedDict):
    """One notebook's part of a page: its id there, its HTML, and its headings as (level, id, text)."""

    anchor: str
    html: str
    headings: Sequence[Heading]


class PartMaker:
    """Makes parts of a page; the slow imports and the template are loaded once, when it is made."""

    def __init__(self) -> None:
        from nbconvert import HTMLExporter, TemplateExporter
        from nbconvert.filters import Highlight2HTML
        from nbformat import from_dict
        from traitlets.config import Config

        config = Config()
        config.NbConvertBase.display_data_priority = _SHOWN
        config.HTMLExporter.embed_images = True
        self._exporter = HTMLExporter(config=config, template_name="notebook", extra_template_basedirs=[str(TEMPLATES)])
        self._exporter.register_filter("svg_address", write_svg_address)
        self._exporter.register_filter("hash_text", _hash_text)
        self._exporter.register_filter("put_aside", self._put_aside)
        self._code: list[str] = []
        self._end_of_cell = f"<!-- {uuid.uuid4()} -->"  # that no cell can guess; it is not in the page
        self._exporter.environment.globals["end_of_cell"] = self._end_of_cell
        self._from_dict, self._highlighter = from_dict, Highlight2HTML
        self._convert = TemplateExporter.from_notebook_node  # HTMLExporter's reads all it wrote once more
        self._export({"cells": _SAMPLE, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, Path())

    def make(self, path: Path, notebook: Notebook) -> Part:
        """Make the part of one executed notebook.

        Code stands folded away at its end. A drawing (SVG) with links stands in the page itself, so that they can be
        followed, and where its metadata hold a ``narrow`` one, that stands there for narrow screens; any other is a
        picture. Cells tagged ``notebook-only`` are left out; where they show
        tables, one `LEFT_OUT` stands in their place, which who renders the page may fill.
        """
        anchor = make_anchor(path.stem)
        notebook = {**notebook, "cells": _leave_out(notebook["cells"])}
        html, headings = sanitise(*self._export(notebook, path.resolve().parent), anchor=anchor)
        return {"anchor": anchor, "html": html, "headings": headings}

    def _export(self, notebook: Notebook, folder: Path) -> list[str]:
        """Return the HTML of each cell, and at the end the code of all."""
        self._code.clear()
        language = notebook["metadata"].get("language_info", {})
        lexer = language.get("pygments_lexer", language.get("name"))
        self._exporter.register_filter("highlight_code", self._highlighter(pygments_lexer=lexer, parent=self._exporter))
        resources = {"metadata": {"path": str(folder)}}
        html: str = self._convert(self._exporter, self._from_dict(notebook), resources)[0]
        cells = html.split(self._end_of_cell)
        if not self._code:
            return cells
        title = f"The code of this part, {len(self._code)} cell{'s' if len(self._code) > 1 else ''}"
        code = f'\n<details class="code"><summary>{title}</summary>{"".join(self._code)}</details>'
        return [*cells, code]

    def _put_aside(self, code: str) -> str:
        """Keep a cell's code for the end of the part; a filter of the template."""
        self._code.append(f"\n{code}\n")
        return ""


def write_svg_address(svg: str) -> str:
    """Write a drawing as an address that holds it: as text, which is a quarter shorter than base64.

    Examples
    --------
    >>> write_svg_address('<svg fill="#fff"><text>5" of "rain"</text></svg>')
    "data:image/svg+xml,%3Csvg fill='%23fff'>%3Ctext>5%22 of %22rain%22%3C/text>%3C/svg>"
    """
    text = _SVG_TAG.sub(lambda tag: _QUOTED.sub(_quote_singly, tag[0]), " ".join(svg.split()))
    for sign, written in (("%", "%25"), ("#", "%23"), ("<", "%3C"), ('"', "%22")):
        text = text.replace(sign, written)
    return f"data:image/svg+xml,{text}"


def _quote_singly(value: re.Match[str]) -> str:
    return value[0] if value[1] is None else "'{}'".format(value[1].replace("'", "&apos;"))


def _hash_text(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def draw_once(parts: Sequence[Part]) -> list[Part]:
    """Put a link in the place of a drawing that stands in the page before.

    Examples
    --------
    >>> figure = '<figure id="nb-{}-figure-0123456789ab"><svg><title>Two bars</title></svg></figure>'
    >>> parts = [Part(anchor=f"nb-{n}", html=figure.format(n), headings=[]) for n in (1, 2)]
    >>> draw_once(parts)[1]["html"]
    '<p class="drawn">This figure stands above: <a href="#nb-1-figure-0123456789ab">Two bars</a></p>'
    """
    first: dict[str, str] = {}

    def draw(figure: re.Match[str]) -> str:
        name, drawing = figure[1], figure[2]
        if first.setdefault(drawing, name) == name:
            return figure[0]
        words = title[1] if (title := _TITLE.search(figure[0])) else "the same figure"
        return f'<p class="drawn">This figure stands above: <a href="#{first[drawing]}">{words}</a></p>'

    return [{**part, "html": _FIGURE.sub(draw, part["html"])} for part in parts]


def _leave_out(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out cells that are for the notebook alone, with one mark in the place of tables that follow each other."""
    kept: list[dict[str, Any]] = []
    for cell in cells:
        if NOTEBOOK_ONLY not in cell["metadata"].get("tags", []):
            kept.append(cell)
        elif _shows_table(cell) and (not kept or kept[-1]["source"] != LEFT_OUT):
            kept.append({"cell_type": "markdown", "id": cell.get("id", "a"), "metadata": {}, "source": LEFT_OUT})
    return kept


def _shows_table(cell: dict[str, Any]) -> bool:
    return any("<table" in "".join(output.get("data", {}).get("text/html", "")) for output in cell.get("outputs", []))


_SAMPLE = [
    {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# Warm\n\n`text` and [a link](#warm)"},
    {
        "cell_type": "code",
        "id": "b",
        "metadata": {},
        "source": "print(1)",
        "execution_count": 1,
        "outputs": [{"output_type": "stream", "name": "stdout", "text": "1\n"}],
    },
]


def render_page(
    parts: Sequence[Part],
    *,
    title: str,
    description: str = "",
    language: str = "en",
    style: str = "",
    script: str = "",
    template: str = "page.html.j2",
    templates: Sequence[Path] = (),
    values: Mapping[str, Any] | None = None,
) -> str:
    """Render the page.

    Parameters
    ----------
    parts
        From `PartMaker.make`, in order.
    title, description
        What stands at its top.
    language
        Of the page, as a BCP 47 tag.
    style, script
        Added to the page's own style; the one script that may run, which, where there is one, also lets the contents
        show where one is.
    template
        One that extends ``page.html.j2`` and fills its blocks: ``top``, ``first_contents``, ``contents``, ``begin``,
        ``end``, ``foot``.
    templates
        Folders where `template` and what it includes are looked for first.
    values
        For that template. All are escaped but what it marks as safe.

    Returns
    -------
    str
        HTML whose policy forbids every request, and every style and script but these.

    Examples
    --------
    >>> page = render_page([{"anchor": "nb-1", "html": "<h2>Rain</h2>", "headings": [(2, "nb-1-Rain", "Rain")]}],
    ...                    title="Rain & shine")
    >>> "<title>Rain &amp; shine</title>" in page, page.count("<h2>")
    (True, 1)
    """
    style = "\n".join(filter(None, [*map(_read, _STYLES), style]))
    script = f"{script}\n{_read(_CONTENTS)}" if script else ""
    return render(
        template,
        templates,
        title=title,
        description=description,
        language=language,
        parts=[{**part, "html": part["html"].replace(LEFT_OUT, "")} for part in draw_once(parts)],
        contents=_list_contents(parts),
        style=style,
        script=script,
        policy=write_policy(style, script),
        **(values or {}),
    )


def _read(name: str) -> str:
    """Read a style sheet or a script of this package, which stands in the page as it is."""
    return (TEMPLATES / name).read_text(encoding="utf-8").strip()


def render(template: str, folders: Sequence[Path] = (), **values: Any) -> str:
    """Render a template of some folders, or of this package; every value is escaped but those it marks as safe."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader([*folders, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(**values)


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


def _list_contents(parts: Sequence[Part]) -> list[dict[str, Any]]:
    """List each notebook's title and, below it, its parts; titles that most notebooks share would say nothing."""
    titles = Counter(text for part in parts for text in {text for _, _, text in part["headings"]})
    shared = {text for text, n in titles.items() if n > 2 and 2 * n > len(parts)}
    return [_list_headings(part, shared) for part in parts]


def _list_headings(part: Part, shared: Collection[str]) -> dict[str, Any]:
    headings = part["headings"]
    title = next((text for level, _, text in headings if level == 2), part["anchor"])
    below = [(name, text) for level, name, text in headings if level == 3 and text not in shared]
    return {"anchor": part["anchor"], "title": title, "parts": below}
