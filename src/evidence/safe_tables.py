"""Tables that are only words, as HTML and as plain text: no cell, header or caption can be anything else.

`table` writes any frame, `layers` rows that stand under one another on a telephone. The HTML has scopes, a caption and
a place for the keyboard; it is folded where it is long; under it, folded, stands what its words mean. The plain text
beside it is what nbval and a terminal compare and show. A cell's style holds only its alignment, which JupyterLab would
set otherwise, and the colours of a word from `evidence.palette`; a page that allows no style in cells gives the same
looks to their classes (`style_rules`). What a review's tables hold is said in `evidence.show`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

import pandas as pd

from evidence import labels as words
from evidence import palette
from evidence.palette import Look
from evidence.schema import Word

MOST_ROWS, MOST_CHARACTERS = 15, 3000  # that a table shows at once; a longer one stands folded under its caption
LAYERS = ("Outcome", "Compared with", "Effect, 95% interval", "People and studies", "Certainty")  # heads of `layers`
NO_FORMULA = "mathjax_ignore tex2jax_ignore"  # what stands between two dollars is words: MathJax 3 (JupyterLab), and 2
_PHONE, _COLUMN = 45, 30  # characters of a line on a telephone; the most of a column of words
_MANY = 8  # columns, above which they stand closer
_LEFT = "text-align:left"
_NARROW_PAGE = "(max-width: 40rem)"


class Link(NamedTuple):
    """A cell that is a link; only ``http`` and ``https`` addresses become one, others stay words."""

    text: str
    url: Any


class Level(NamedTuple):
    """A cell in the colours of a word; its text says the same as the colour, which is never alone."""

    text: object
    word: str
    look: Look


class Key(NamedTuple):
    """A cell, or a value of `Facts`, that is an id: a page makes a link of it where it has something of that id."""

    text: str


class Facts(NamedTuple):
    """A cell of values with their names, one a line; a value may be a `Link` or a `Key`; a missing one is left out."""

    pairs: Sequence[tuple[object, object]]

    @property
    def text(self) -> str:
        """The values as plain words."""
        return "; ".join(": ".join(filter(None, map(words.cell, map(_get_value, pair)))) for pair in self.filled)

    @property
    def filled(self) -> list[tuple[object, object]]:
        """The values that are not missing, with their names."""
        return [pair for pair in self.pairs if words.cell(_get_value(pair[1]))]


class Folded(NamedTuple):
    """A cell that opens: what it says at once, and the lines that it shows on demand, written as those of `Facts`."""

    summary: str
    lines: Facts

    @property
    def text(self) -> str:
        """All of it as plain words."""
        return f"{self.summary}: {self.lines.text}" if self.lines.filled else self.summary


class SafeTable:
    """A table for a notebook: HTML, and plain text beside it."""

    def __init__(self, html: str, text: str) -> None:
        self.data, self._text = html, text

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/html": self.data, "text/plain": self._text}

    def __repr__(self) -> str:
        return self._text


class Group(NamedTuple):
    """Rows under one heading; without a heading they only follow the head of the table."""

    heading: str
    rows: list[tuple[Any, ...]]


def table(
    frame: pd.DataFrame,
    *,
    caption: str,
    labels: Mapping[str, str] | None = None,
    index: bool = False,
    by: str | None = None,
    terms: Iterable[Word] = (),
) -> SafeTable:
    """Show a table, every cell, header and caption escaped.

    Parameters
    ----------
    frame
        Any columns. A cell that is a `Link` becomes a link, one that is a `Level` has the colours of its word, one of
        `Facts` has a line for each, a `Key` may become a link on a page, `Folded` opens; a number is written as
        `evidence.labels.number` does; a missing cell is empty.
    caption
        What the table shows.
    labels
        Words to print for column names; default: as `evidence.labels.heading` writes them.
    index
        Whether the index is a first column, as row headers.
    by
        A column that is not shown as one: rows of the same value, which stand together, are grouped under it as their
        heading; ``""`` is no heading.
    terms
        Words of the table that are explained under it, folded; those without a definition are left out.

    Returns
    -------
    SafeTable
        ``text/html`` and ``text/plain``; the same frame gives the same bytes.

    Raises
    ------
    ValueError
        Where `caption` is empty.

    Examples
    --------
    >>> frame = pd.DataFrame({"n_claims": [1200, 3]}, index=pd.Index(["a", "b"], name="article"))
    >>> table(frame, caption="Claims by article", index=True)
    Claims by article
    Article | N claims
    a | 1,200
    b | 3
    """
    if not caption or not caption.strip():
        raise ValueError("caption must say what the table shows; it is empty")
    frame = frame.reset_index() if index else frame
    groups = _split(frame, by)
    names = labels or {}
    heads = [names.get(name, words.heading(name)) for name in frame.columns if by is None or name != by]
    html = _write_html(heads, groups, caption, index)
    text = _write_text(heads, groups, caption)
    rows = sum(len(group.rows) for group in groups)
    long = rows > MOST_ROWS or _count_characters(groups) > MOST_CHARACTERS
    return SafeTable(_wrap(html, f"{caption} ({words.count(rows, 'row')})" if long else "", terms), text)


def layers(groups: Sequence[Group], *, caption: str, terms: Iterable[Word] = ()) -> SafeTable:
    """Show rows in layers: under each heading one row of the heads `LAYERS`, and one that opens under it.

    Parameters
    ----------
    groups
        Rows under their headings; a row of fewer cells than `LAYERS` takes the room of the others.
    caption
        What the table shows.
    terms
        Words of the table that are explained under it, folded.
    """
    html = _write_html(LAYERS, groups, caption, False, looks="layers ")
    return SafeTable(_wrap(html, "", terms), _write_text(LAYERS, groups, caption))


def _wrap(table: str, folded: str, terms: Iterable[Word]) -> str:
    """Put a table and what explains its words into one element; with `folded`, under these words."""
    explained = "".join(
        f"<li><b>{_escape(label)}:</b> {_escape(definition)}</li>"
        for label, definition in dict.fromkeys((word.label, word.definition) for word in terms if word.definition)
    )
    if explained:
        table += f'\n<details class="terms">\n<summary>What the words mean</summary>\n<ul>{explained}</ul>\n</details>'
    if folded:
        return f"<details>\n<summary>{_escape(folded)}</summary>\n{table}\n</details>"
    return f"<div>\n{table}\n</div>" if explained else table


def _split(frame: pd.DataFrame, by: str | None) -> list[Group]:
    """Split rows into groups wherever the value of a column changes."""
    if by is None:
        return [Group("", list(frame.itertuples(index=False, name=None)))]
    headed = zip(frame[by].astype(str), frame.drop(columns=by).itertuples(index=False, name=None), strict=True)
    return [Group(heading, [row for _, row in rows]) for heading, rows in groupby(headed, key=itemgetter(0))]


def _write_html(
    heads: Sequence[str], groups: Sequence[Group], caption: str, row_headers: bool, *, looks: str = ""
) -> str:
    columns = [_is_number_column(groups, i) for i in range(len(heads))]
    top = "".join(
        _write_cell("th", _escape(head), ["number"] if number else [], scope="col")
        for head, number in zip(heads, columns, strict=True)
    )
    bodies = "\n".join(f"<tbody>\n{_write_body(group, len(heads), row_headers)}\n</tbody>" for group in groups)
    caption, looks = _escape(caption), looks or _find_looks(heads, groups)
    return (
        f'<div class="table" tabindex="0" role="region" aria-label="{caption}">\n'
        f'<table class="{looks}{NO_FORMULA}">\n'
        f'<caption style="{_LEFT}">{caption}</caption>\n<thead><tr>{top}</tr></thead>\n{bodies}\n</table>\n</div>'
    )


def _find_looks(heads: Sequence[str], groups: Sequence[Group]) -> str:
    """Tell a table that is wider than a telephone, so that its style can say there that it scrolls, and one of many."""
    lengths = [max([len(head), *(len(text) for text in _list_texts(groups, i))]) for i, head in enumerate(heads)]
    scrolls = sum(min(length, _COLUMN) + 2 for length in lengths) > _PHONE
    return "scrolls " * scrolls + "many " * (len(heads) > _MANY)


def _list_texts(groups: Sequence[Group], i: int) -> list[str]:
    return [words.cell(_get_value(row[i])) for group in groups for row in group.rows if i < len(row)]


def _count_characters(groups: Sequence[Group]) -> int:
    return sum(len(words.cell(_get_value(cell))) for group in groups for row in group.rows for cell in row)


def _is_number_column(groups: Sequence[Group], i: int) -> bool:
    """Tell whether a column has numbers, and beside them nothing but empty cells."""
    cells = [_get_value(row[i]) for group in groups for row in group.rows if i < len(row)]
    filled = [cell for cell in cells if words.cell(cell)]
    return bool(filled) and all(map(words.is_number, filled))


def _write_body(group: Group, width: int, row_headers: bool) -> str:
    lines = [f"<tr>{''.join(_write_row(row, width, row_headers))}</tr>" for row in group.rows]
    if group.heading:
        head = f'<th colspan="{width}" scope="rowgroup" style="{_LEFT}">{_escape(group.heading)}</th>'
        lines.insert(0, f"<tr>{head}</tr>")
    return "\n".join(lines)


def _write_row(row: Sequence[object], width: int, row_headers: bool) -> Iterator[str]:
    """Write the cells of a row; where it has fewer than the table, its last one takes the room of the others."""
    for i, cell in enumerate(row):
        inner, span = _write_inner(cell), width - i if i == len(row) - 1 else 1
        header = row_headers and not i
        classes = ["number"] if words.is_number(_get_value(cell)) and not header else []
        style = ""
        if isinstance(cell, Level):
            classes.append(palette.name_level(cell.word))
            style = palette.style_look(cell.look)
        yield _write_cell("th" if header else "td", inner, classes, style, scope="row" if header else "", span=span)


def _write_inner(cell: object) -> str:
    if isinstance(cell, Link):
        return _write_link(cell)
    if isinstance(cell, Key):
        return f"<code>{_escape(cell.text)}</code>"
    if isinstance(cell, Facts):
        return "<br/>".join(_write_pairs(cell))
    if isinstance(cell, Folded):
        lines = "".join(f"<li>{line}</li>" for line in _write_pairs(cell.lines))
        return f"<details><summary>{_escape(cell.summary)}</summary><ul>{lines}</ul></details>"
    return _escape(words.cell(_get_value(cell)))


def _write_pairs(facts: Facts) -> list[str]:
    return [f"<b>{_write_inner(name)}:</b> " * bool(name) + _write_inner(value) for name, value in facts.filled]


def _write_cell(
    tag: str, inner: str, classes: Sequence[str], style: str = "", *, scope: str = "", span: int = 1
) -> str:
    """Write a cell: numbers keep JupyterLab's right edge, whatever else goes to the left."""
    styles = ";".join(filter(None, ("" if "number" in classes else _LEFT, style)))
    attributes = {"scope": scope, "class": " ".join(classes), "style": styles}
    attributes["colspan"] = str(span) if span > 1 else ""
    written = "".join(f' {name}="{value}"' for name, value in attributes.items() if value)
    return f"<{tag}{written}>{inner}</{tag}>"


def _write_link(link: Link) -> str:
    address = words.web_address(link.url)
    if not address:
        return _escape(link.text)
    return f'<a href="{_escape(address)}" rel="noopener noreferrer">{_escape(link.text)}</a>'


def _escape(text: object) -> str:
    return escape(str(text), quote=True)


def _get_value(cell: object) -> object:
    """Return what is to be read of a cell: the text of one that is made of parts, or the cell itself."""
    return cell.text if isinstance(cell, Link | Level | Key | Facts | Folded) else cell


def _write_text(heads: Sequence[str], groups: Sequence[Group], caption: str) -> str:
    lines = [caption, _join_cells(heads)]
    for heading, rows in groups:
        lines += [_join_cells([heading])] if heading else []
        lines += [_join_cells([words.cell(_get_value(cell)) for cell in row]) for row in rows]
    return "\n".join(lines)


def _join_cells(cells: Sequence[object]) -> str:
    return " | ".join(" ".join(str(cell).split()) for cell in cells)


def style_rules() -> str:
    """Write the style rules of the tables' classes, for a page that allows no style in its cells."""
    looks = {word: look for group in palette.IN_TABLES for word, look in group.items()}
    levels = [f".{palette.name_level(word)} {{ {palette.style_look(look)} }}" for word, look in looks.items()]
    apart = '[class*="level-"], [class*="level-"] + td { padding-left: 0.6em; }'  # words from the edge of a colour
    heads = [f'.layers td:nth-child({i + 1})::before {{ content: "{head}: "; }}' for i, head in enumerate(LAYERS)]
    return "\n".join(
        [
            'th[scope="rowgroup"] { font-weight: 600; }',
            apart,
            *levels,
            ".table ul, .terms ul { margin: 0.3rem 0; padding-left: 1.1rem; }",
            ".terms, .look { font: 0.875rem/1.5 var(--sans); max-width: 44rem; }",
            ".many :is(th, td) { padding-right: 0.5rem; }",
            ".layers td { border-bottom: 0; } .layers td[colspan] { border-bottom: 1px solid var(--line); }",
            f"@media screen and {_NARROW_PAGE} {{",
            '.table:has(> .scrolls)::before { content: "This table scrolls sideways \\2192";',
            "position: sticky; left: 0; display: block; width: max-content;",
            "font: 0.8rem/1.6 var(--sans); color: var(--soft); }",
            ".layers { width: auto; } .layers thead { position: absolute; clip-path: inset(50%); }",
            ".layers :is(tbody, tr, th, td) { display: block; max-width: none; }",
            ".layers td:not([colspan]) { padding-block: 0.1rem; } .layers td::before { font-weight: 600; }",
            *heads,
            '.layers td[colspan]::before { content: ""; }',
            "}",
        ]
    )
