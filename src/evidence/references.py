"""Studies from reference managers and databases, and back: RIS, BibTeX, CSL-JSON, PubMed's nbib.

Every reader gives the same `Reference` fields, which are columns of the studies table; every writer puts the columns
that a format has no place for into its notes, as ``column: value``, where the readers find them again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from evidence import labels
from evidence.checks import Problem, TableError
from evidence.schema import Table
from evidence.tables import hold_tables

Reference = dict[str, str]  # column of the studies table: cell
_DOI = re.compile(r"10\.\d{4,9}/\S+")
_YEAR = re.compile(r"(?:19|20)\d\d")
_RANGE = re.compile(r"(\w+)-(\w+)")
_INITIALS = re.compile(r"(\S.*) ([^\W\d_]{1,4})")
_NBIB = re.compile(r"^([A-Z]{2,4}) *- (.*(?:\n {6}.*)*)", re.MULTILINE)
_TOLD = re.compile(r"^(\w+): (.*)$", re.MULTILINE)
_NO_BRACES = str.maketrans("", "", "{}")
_BASICS = ("study_id", "authors", "title", "container_title", "year", "volume", "issue", "pages", "doi", "pmid", "url")
_BEGINS = {
    "risk_of_bias": "no_information",
    "retraction_status": "not_checked",
    "access": "not_read",
    "design": "unclear",
}


@dataclass(frozen=True)
class Imported:
    """What became of a file of references.

    Attributes
    ----------
    added
        The studies that have a row now, by id and title.
    skipped
        Those that have none, by title and why.
    """

    added: tuple[tuple[str, str], ...]
    skipped: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        lines = [f"{labels.count(len(self.added), 'study', 'studies')} added, {len(self.skipped)} skipped"]
        lines += [f"  {key}: {title}" for key, title in self.added]
        return "\n".join([*lines, *(f"  skipped, {why}: {title}" for title, why in self.skipped)])


def add_studies(path: str | Path, folder: str | Path | None = None) -> Imported:
    """Take the studies of a file into the studies table; nothing of them is judged.

    Parameters
    ----------
    path
        RIS (``.ris``), BibTeX (``.bib``), CSL-JSON (``.json``) or PubMed (``.nbib``), by the end of its name.
    folder
        Of the tables, as for `evidence.schema.find_data`.

    Raises
    ------
    TableError
        Where the file is of another kind or cannot be read; nothing is written.

    Notes
    -----
    A study whose DOI, PubMed number, or title and year are in the table is skipped. The id is the first author's
    family name and the year, as in ``hsieh-2006``, with ``-b`` and so on where that is taken.
    """
    found = read_references(path)
    with hold_tables(folder) as held:
        studies, table = held.read("studies"), held.vocabulary.tables["studies"]
        known = {mark: key for row in studies.to_dict("records") for mark, key in _list_marks(row, row["study_id"])}
        taken, rows, skipped = set(studies["study_id"]), [], []
        for reference in found:
            title = reference["title"]
            if not title:
                skipped.append((" ".join(filter(None, (reference["authors"], reference["year"]))), "it has no title"))
                continue
            marks = [mark for mark, _ in _list_marks(reference, "")]
            if twin := next((mark for mark in marks if mark in known), None):
                skipped.append((title, f"{twin[0]} known from {known[twin]}"))
                continue
            key = _make_id(reference, taken)
            taken.add(key)
            known |= {mark: key for mark in marks}
            rows.append(_make_row(reference, key, table))
        held.save({"studies": pd.concat([studies, pd.DataFrame(rows, columns=studies.columns)], ignore_index=True)})
    return Imported(tuple((row["study_id"], row["title"]) for row in rows), tuple(skipped))


def _list_marks(row: Mapping[str, str], key: str) -> Iterator[tuple[tuple[str, str], str]]:
    """Give what tells a study from others: its DOI, its PubMed number, its title with the year."""
    if row["doi"]:
        yield ("DOI", row["doi"].lower()), key
    if row["pmid"]:
        yield ("PubMed number", row["pmid"]), key
    yield ("title and year", f"{labels.slug(row['title']) or row['title'].casefold()} {row['year']}"), key


def _make_id(reference: Reference, taken: set[str]) -> str:
    family = reference["authors"].split(";")[0]
    family = found[1] if (found := _INITIALS.fullmatch(family)) else family
    name = labels.slug(family) or labels.slug(reference["container_title"]) or "anonymous"
    base = f"{name}-{reference['year'] or 'undated'}"
    tries = (f"{base}-{letter}" for letter in "bcdefghijklmnopqrstuvwxyz")
    return next((key for key in (base, *tries) if key not in taken), f"{base}-{len(taken)}")


def _make_row(reference: Reference, key: str, table: Table) -> dict[str, str]:
    row = {name: reference.get(name, "") if name in (*_BASICS, "note") else "" for name in table.names}
    return row | {name: word for name, word in _BEGINS.items() if name in row} | {"study_id": key}


def read_references(path: str | Path) -> list[Reference]:
    """Read a file of references.

    Parameters
    ----------
    path
        As for `add_studies`.

    Returns
    -------
    list of dict
        Cells by column of the studies table, those of `_BASICS` always, ``""`` where nothing is told; others where the
        file's notes hold them.

    Raises
    ------
    TableError
        Where the file is of another kind, or cannot be read as what its name says.
    """
    path = Path(path)
    read = _READERS.get(path.suffix.lower())
    if read is None:
        rule = f"studies are read from {', '.join(_READERS)}; this name ends otherwise"
        raise TableError([Problem(str(path), rule)])
    content = path.read_bytes()
    try:
        found = list(read(content.decode("utf-8-sig").replace("\r\n", "\n")))
    except Exception as error:  # whatever a library says of a broken file
        rule = f"must be a {path.suffix} file in UTF-8; it could not be read ({type(error).__name__}: {error})"
        raise TableError([Problem(str(path), rule)]) from error
    references = [_clean(reference) for reference in found]
    if not references:
        raise TableError([Problem(str(path), "a file of studies must hold at least one; none was found in this one")])
    return references


def _clean(raw: Mapping[str, Any]) -> Reference:
    """Bring every cell into the form that the table asks for."""
    cells = {name: " ".join(str(raw.get(name) or "").split()) for name in {**dict.fromkeys(_BASICS), **raw}}
    year, doi = _YEAR.search(cells["year"]), _DOI.search(cells["doi"])
    url = labels.web_address(cells["url"]).replace(" ", "%20")
    cells |= {
        "title": cells["title"].lstrip("=+-@ "),
        "year": year[0] if year else "",
        "doi": doi[0].rstrip(".,;") if doi else "",
        "pmid": cells["pmid"] if cells["pmid"].isdigit() else "",
        "pages": re.sub(r"\s*(?:--+|–)\s*", "-", cells["pages"]),
    }
    found_at = f"https://pubmed.ncbi.nlm.nih.gov/{cells['pmid']}/" if cells["pmid"] else ""
    return cells | {"url": url or labels.doi_address(cells["doi"]) or found_at}


def _write_name(family: str, given: str) -> str:
    """Write a person's name as the table does: family name, initials without stops.

    Examples
    --------
    >>> _write_name("Roe", "Ann-Marie B."), _write_name("Hsieh", "LL"), _write_name("WHO", "")
    ('Roe AMB', 'Hsieh LL', 'WHO')
    """
    parts = re.split(r"[\s.‐-]+", given)
    return f"{family} {''.join(part if part.isupper() else part[:1].upper() for part in parts)}".strip()


def _join_names(names: Iterable[str]) -> str:
    """Join names as the table does; a person's is "Family, Given", an organisation's has none or doubled commas."""
    written = []
    for name in names:
        family, _, given = (name.replace(",,", "\0") if ",," in name else name).partition(",")
        written.append(_write_name(family.strip(), given.strip()).replace("\0", ",").replace(";", ","))
    return "; ".join(filter(None, written))


def _read_ris(text: str) -> Iterator[dict[str, Any]]:
    import rispy

    for entry in rispy.loads(text, skip_unknown_tags=True):

        def first(*names: str, entry: Mapping[str, Any] = entry) -> Any:
            return next((entry[name] for name in names if entry.get(name)), "")

        pages = "-".join(filter(None, (first("start_page"), first("end_page"))))
        told = "\n".join(first("notes") or [])
        number = str(first("accession_number"))
        of_pubmed = str(first("name_of_database")).lower() in ("", "pubmed", "medline")
        yield _read_told(told) | {
            "study_id": first("id"),
            "authors": _join_names(first("authors", "first_authors") or []),
            "title": first("title", "primary_title"),
            "container_title": first("secondary_title", "journal_name", "alternate_title3", "alternate_title1"),
            "year": first("year", "publication_year", "date"),
            "volume": first("volume"),
            "issue": first("number"),
            "pages": pages,
            "doi": first("doi"),
            "pmid": number if number.isdigit() and of_pubmed else _read_told(told).get("PMID", ""),
            "url": next(iter(first("urls") or []), ""),
        }


def _read_told(notes: str) -> dict[str, str]:
    """Return what notes tell as ``column: value``."""
    return {name: value for name, value in _TOLD.findall(notes) if name not in _BASICS}


def _read_nbib(text: str) -> Iterator[dict[str, Any]]:
    for entry in re.split(r"\n\s*\n", text.strip()):
        tags: dict[str, list[str]] = {}
        for tag, value in _NBIB.findall(entry):
            tags.setdefault(tag, []).append(" ".join(value.split()))

        def first(*names: str, tags: Mapping[str, list[str]] = tags) -> str:
            return next((tags[name][0] for name in names if name in tags), "")

        marked = [value for name in ("LID", "AID") for value in tags.get(name, ()) if value.endswith("[doi]")]
        yield {
            "authors": _join_names([*tags.get("AU", ()), *tags.get("CN", ())]),
            "title": first("TI", "BTI").removesuffix("."),
            "container_title": first("JT", "TA"),
            "year": first("DP", "DEP"),
            "volume": first("VI"),
            "issue": first("IP"),
            "pages": first("PG"),
            "doi": marked[0] if marked else "",
            "pmid": first("PMID"),
        }


def _read_bibtex(text: str) -> Iterator[dict[str, Any]]:
    import bibtexparser
    from bibtexparser import middlewares

    decode = middlewares.LatexDecodingMiddleware(keep_braced_groups=True)  # braces keep an organisation's name whole
    stack = [middlewares.NormalizeFieldKeys(), decode, middlewares.SeparateCoAuthors(), middlewares.SplitNameParts()]
    percent = re.sub(r"(?<!\\)%", r"\\%", text)  # a comment of TeX, but not of BibTeX
    library = bibtexparser.parse_string(percent, append_middleware=stack)
    if library.failed_blocks:
        block = library.failed_blocks[0]
        raise ValueError(f"{labels.count(len(library.failed_blocks), 'entry', 'entries')} broken, "
                         f"the first begins on line {(block.start_line or 0) + 1}")  # fmt: skip
    for entry in library.entries:
        cells = {field.key: field.value for field in entry.fields}
        people = cells.pop("author", [])
        names = [(" ".join([*name.von, *name.last, *name.jr]), " ".join(name.first)) for name in people]
        names = [name for name in names if name != ("others", "")]
        cells = {name: str(cell).translate(_NO_BRACES) for name, cell in cells.items()}
        yield {
            "authors": "; ".join(_write_name(*(part.translate(_NO_BRACES) for part in name)) for name in names),
            "title": cells.get("title"),
            "container_title": cells.get("journal") or cells.get("journaltitle") or cells.get("booktitle"),
            "year": cells.get("year") or cells.get("date"),
            "volume": cells.get("volume"),
            "issue": cells.get("number") or cells.get("issue"),
            "pages": cells.get("pages"),
            "doi": cells.get("doi"),
            "pmid": cells.get("pmid"),
            "url": cells.get("url"),
        }


def _read_csl(text: str) -> Iterator[dict[str, Any]]:
    items = json.loads(text)
    for item in items if isinstance(items, list) else items["items"]:
        issued = item.get("issued") or {}
        day = (issued.get("date-parts") or [[""]])[0]
        container = item.get("container-title") or ""
        told = _read_told(str(item.get("note") or ""))
        yield told | {
            "study_id": item.get("id"),
            "authors": "; ".join(filter(None, map(_read_csl_name, item.get("author") or []))),
            "title": item.get("title"),
            "container_title": container[0] if isinstance(container, list) else container,
            "year": (day and day[0]) or issued.get("raw") or issued.get("literal"),
            "volume": item.get("volume"),
            "issue": item.get("issue"),
            "pages": item.get("page"),
            "doi": item.get("DOI"),
            "pmid": item.get("PMID") or told.get("PMID"),
            "url": item.get("URL"),
        }


def _read_csl_name(name: Mapping[str, str]) -> str:
    if literal := name.get("literal"):
        return literal
    family = " ".join(filter(None, (name.get("non-dropping-particle"), name.get("family"))))
    return _write_name(family, name.get("given", ""))


_READERS: dict[str, Callable[[str], Iterator[dict[str, Any]]]] = {
    ".ris": _read_ris,
    ".nbib": _read_nbib,
    ".bib": _read_bibtex,
    ".json": _read_csl,
}


def write_ris(studies: pd.DataFrame) -> str:
    """Write studies as RIS, which Zotero, EndNote and Mendeley open.

    Parameters
    ----------
    studies
        The studies table as text, an empty cell as ``""``.
    """
    import rispy

    entries = []
    for row in studies.to_dict("records"):
        pages = _RANGE.fullmatch(row["pages"])
        entry = {
            "type_of_reference": "JOUR" if row["container_title"] else "GEN",
            "id": row["study_id"],
            "authors": [
                f"{family}, {given}" if given else family.replace(",", ",,")
                for family, given in _split_names(row["authors"])
            ],
            "title": row["title"],
            "secondary_title": row["container_title"],
            "year": row["year"],
            "volume": row["volume"],
            "number": row["issue"],
            "start_page": pages[1] if pages else row["pages"],
            "end_page": pages[2] if pages else "",
            "doi": row["doi"],
            "accession_number": row["pmid"],
            "name_of_database": "PubMed" if row["pmid"] else "",
            "urls": [row["url"]] if row["url"] else [],
            "notes": _list_told(row),
        }
        entries.append({name: value for name, value in entry.items() if value})

    class Writer(rispy.RisWriter):  # without a number before each entry, which is no tag of the format
        def set_header(self, count: int) -> str:
            return ""

    return rispy.dumps(entries, implementation=Writer)


def write_csl(studies: pd.DataFrame) -> str:
    """Write studies as CSL-JSON, which Zotero, Pandoc and citeproc read; `studies` as for `write_ris`."""
    items = []
    for row in studies.to_dict("records"):
        names = [
            {"family": family, "given": given} if given else {"literal": family}
            for family, given in _split_names(row["authors"])
        ]
        item = {
            "id": row["study_id"],
            "type": "article-journal" if row["container_title"] else "document",
            "author": names,
            "title": row["title"],
            "container-title": row["container_title"],
            "issued": {"date-parts": [[int(row["year"])]]} if row["year"] else {},
            "volume": row["volume"],
            "issue": row["issue"],
            "page": row["pages"],
            "DOI": row["doi"],
            "PMID": row["pmid"],
            "URL": row["url"],
            "note": "\n".join(_list_told(row)),
        }
        items.append({name: value for name, value in item.items() if value})
    return json.dumps(items, indent=2, ensure_ascii=False) + "\n"


def _split_names(authors: str) -> Iterator[tuple[str, str]]:
    """Split authors into family name and initials; an organisation, or a person without initials, has none."""
    for name in filter(None, map(str.strip, authors.split(";"))):
        found = _INITIALS.fullmatch(name)
        yield (found[1], found[2]) if found and found[2].isupper() else (name, "")


def _list_told(row: Mapping[str, str]) -> list[str]:
    """List the columns that formats have no place for."""
    return [f"{name}: {value}" for name, value in row.items() if value and name not in _BASICS]
