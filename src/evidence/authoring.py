"""Begin a review, and take an article into it: what a machine can fill is filled, what is a judgement stays open."""

from __future__ import annotations

import errno
import json
import os
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import SequenceMatcher
from http.client import HTTPException
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pandas as pd

from evidence import labels
from evidence.checks import Problem, TableError, find_rows
from evidence.codebook import describe_vocabulary
from evidence.extras import import_extra
from evidence.rules import CLAIM, UNCODED
from evidence.schema import DESCRIPTOR, Table, find_data, parse_descriptor
from evidence.tables import REMARKS, HeldTables, hold_tables, load_vocabulary, read_cells
from evidence.template import BEGIN, END, read_template
from evidence.texts import (
    TEXTS,
    cut_sentences,
    find_quote,
    find_stretches,
    find_texts,
    hash_text,
    make_quote,
    measure_text,
    quote_fits,
)
from evidence.wording import tag_markers
from nbpage.files import hash_bytes, save_files

PATIENCE, LARGEST_PAGE = 30, 20_000_000  # seconds to wait for a page; bytes to read of it
_README = """\
# {title}

What web pages claim of it, how surely, and how far each claim is supported by studies. It is no medical advice.

## What we found

{begin}
Nothing yet.
{end}

## Two commands

```
evidence check --texts {texts}    # says every rule that the tables break, with file, line and cure
evidence report                # runs what changed and writes report/review.html
```

`evidence add` takes an article in, `evidence studies` takes in studies; the [manual](docs/coding-manual.md) says how an
article becomes rows. `data/remarks.md` holds what the notebooks should say of this review alone. `evidence docs` writes
the findings above.
"""
_LOG = """\
# Coding log

Who coded, from what and how; every decision that the [manual](coding-manual.md) leaves open.
"""
_REMARKS = "What the notebooks say of this review alone, each under the notebook's own question."
_ASKS_REMARKS = re.compile(r'show\.remarks\(review, \\"(.+?)\\"\)')  # as JSON writes it
_IGNORED = f"/{TEXTS}/\n/report/\n/.evidence-cache/\n/data/.*\n.ipynb_checkpoints/\n"
_ATTRIBUTES = """\
* text=auto eol=lf
# Two raters on two branches add rows at the same place: both stay; `evidence tidy` puts them in order.
data/*_ratings.csv merge=union
"""


def create_review(folder: str | Path, *, title: str) -> list[Path]:
    """Begin a review in a folder of its own: tables without rows, cue words, notebooks, manual, README.

    Parameters
    ----------
    folder
        Is made; where it is there already it must be empty.
    title
        Of the review, as its page and its codebook print it.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    OSError
        Where the folder is not empty or cannot be written.
    TableError
        Where `title` is blank.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp(), "garlic")
    >>> _ = create_review(folder, title="Garlic against colds")
    >>> from evidence.tables import check_data
    >>> check_data(folder / "data")
    []
    """
    folder, title = Path(folder), " ".join(title.split())
    if not title:
        raise TableError([Problem(str(folder), "a review must have a title; the one given is blank")])
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OSError(errno.ENOTEMPTY, os.strerror(errno.ENOTEMPTY), str(folder))
    texts = read_template()
    schema = f"data/{DESCRIPTOR}"
    descriptor = json.loads(texts[schema])
    head = {
        "$schema": descriptor.pop("$schema"),
        "name": labels.slug(title) or "review",
        "title": title,
        "version": "0.1.0",
    }
    texts[schema] = json.dumps(head | descriptor, indent=2, ensure_ascii=False) + "\n"
    vocabulary = parse_descriptor(head | descriptor)
    for table in vocabulary.tables.values():
        texts.setdefault(f"data/{table.path}", ",".join(table.names) + "\n")
    asked = dict.fromkeys(question for text in texts.values() for question in _ASKS_REMARKS.findall(text))
    texts |= {
        "data/README.md": describe_vocabulary(vocabulary),
        "README.md": _README.format(title=title, begin=BEGIN, end=END, texts=TEXTS),
        "docs/coding-log.md": _LOG,
        f"data/{REMARKS}": "\n".join([_REMARKS, *(f"\n## {question}" for question in asked), ""]),
        ".gitignore": _IGNORED,
        ".gitattributes": _ATTRIBUTES,
    }
    (folder / TEXTS).mkdir(parents=True, exist_ok=True)
    save_files({folder / name: text for name, text in texts.items()}, force=True)
    return [folder / name for name in texts]


@dataclass(frozen=True)
class Added:
    """What became of an article that was taken in, and of what was coded in it before.

    Attributes
    ----------
    source_id
        The article.
    file
        Its text, in the folder of texts.
    n_words, n_sentences, n_hits
        Words, segments and cue words of the text as it is now.
    again
        Whether it was there before, with other words.
    exact, moved
        Claims whose words stand where they stood, and elsewhere.
    changed
        Claims whose quote was found and whose words between differ: to be read again.
    gone
        Segments whose words are no longer there.
    lost_ratings
        Ratings of those segments, which go with them.
    """

    source_id: str
    file: Path
    n_words: int
    n_sentences: int
    n_hits: int
    again: bool = False
    exact: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    lost_ratings: int = 0

    def __str__(self) -> str:
        count = labels.count
        new = f"{count(self.n_words, 'word')}, {count(self.n_sentences, 'sentence')}, {count(self.n_hits, 'cue word')}"
        lines = [f"{self.source_id}: {self.file} ({new})"]
        if self.again:
            n = (len(self.exact), len(self.moved), len(self.changed))
            lines.append("claims: {} where they were, {} moved, {} changed, none lost".format(*n))
            lines += [f"  {claim} changed between its first and last words: read it again" for claim in self.changed]
            ratings = f", and {count(self.lost_ratings, 'rating')} of them" if self.lost_ratings else ""
            lines.append(f"segments that are no longer there: {len(self.gone)}{ratings}")
        return "\n".join(lines)


@dataclass(frozen=True)
class _Page:
    """What a file says: its words, and what it tells of itself; ``""`` where it tells nothing."""

    text: str
    title: str = ""
    author: str = ""
    publisher: str = ""
    published_on: str = ""


def add_article(
    path: str | Path,
    *,
    source_id: str,
    url: str = "",
    title: str = "",
    language: str = "",
    folder: str | Path | None = None,
    texts: str | Path | None = None,
) -> Added:
    """Take an article into a review: its row, its text, its sentences, its cue words.

    What can be read or counted is filled: hash, lengths, the title, of a page also author, site and date. What is a
    judgement stands at ``unclear``, and every sentence at ``not_coded``. An article that is there already and whose
    text has changed keeps its row, its claims and every sentence whose words are still there; a claim is found again by
    its sentences, else by its quote.

    Parameters
    ----------
    path
        A text (``.txt``, UTF-8), or a page (``.html``, ``.htm``; needs the extra ``web``).
    source_id
        Short name: small letters and digits.
    url
        Address of the live page.
    title
        Default: what the page says, else the first line of the text.
    language
        As a BCP 47 tag; default: ``en``.
    folder
        As for `evidence.schema.find_data`.
    texts
        Folder of the articles' texts; default: ``texts`` beside the tables. The text is written there; one that it
        replaces is kept under the first digits of its hash.

    Raises
    ------
    TableError
        Where the file cannot be read, a claim's words are no longer in the text, or a table would break its rules.
        Nothing is written then.
    """
    page = _read_page(Path(path), url)
    if not page.text.strip():
        raise TableError([Problem(str(path), "an article must have words; none were found in this file")])
    with hold_tables(folder) as held:
        place = find_texts(held.folder, texts)
        sources = held.read("sources")
        known = sources.index[sources["source_id"] == source_id]
        row = dict(sources.loc[known[0]]) if len(known) else _begin_row(held.vocabulary.tables["sources"], source_id)
        before = row["text_sha256"]
        given = {"title": make_quote(title), "url": url, "language": language}
        row |= {name: value for name, value in given.items() if value}
        row |= measure_text(page.text) | {"retrieved_on": date.today().isoformat()}
        for name, value in _describe_page(page, url).items():
            row[name] = row[name] or value
        rows = pd.concat([sources.drop(index=known), pd.DataFrame([row])], ignore_index=True)
        changed, added = _place_claims(held, row, page.text)
        held.save({"sources": rows[sources.columns], **changed}, beside=_keep_text(place / row["file"], page.text))
    return replace(added, file=place / row["file"], again=before not in ("", row["text_sha256"]))


def fetch_texts(folder: str | Path | None = None, texts: str | Path | None = None) -> dict[str, Added | str]:
    """Bring the articles' texts from their archived copies, else their pages; the tables stay as they are.

    A text that is, letter for letter, the coded one stands in its place then. Another is kept beside it as
    ``NAME.changed.txt``, and what became of each claim is said; `add_article` takes it over.

    Parameters
    ----------
    folder
        Of the tables, as for `evidence.schema.find_data`.
    texts
        As for `add_article`; a text that is there already is left alone.

    Returns
    -------
    dict
        By article that was not there: what became of it, or why it was not brought or does not hold every claim.
    """
    folder = find_data(folder)
    place = find_texts(folder, texts)
    schema = load_vocabulary(folder).tables["sources"]
    rows = read_cells(folder / schema.path, schema).to_dict("records")
    said: dict[str, Added | str] = {}
    for row in rows:
        if (place / row["file"]).is_file():
            continue
        try:  # without the lock of the tables: the web may be slow, and others save meanwhile
            text = _fetch_page(row["archive_url"] or row["url"]).text
            if not text.strip():
                raise ValueError("the page holds no words")
        except (OSError, ValueError, HTTPException) as error:
            said[row["source_id"]] = f"not brought: {error}"
            continue
        with hold_tables(folder) as held:
            said |= _keep_brought(held, row["source_id"], text, place)
    return said


def _keep_brought(held: HeldTables, source_id: str, text: str, place: Path) -> dict[str, Added | str]:
    """Write a text that was brought, and say what became of its claims; nothing where it is there by now."""
    row = next((row for row in held.read("sources").to_dict("records") if row["source_id"] == source_id), None)
    if row is None:
        return {source_id: "not brought: it is no row of the sources any more"}
    path = place / row["file"]
    if path.is_file():
        return {}
    now = row | measure_text(text)
    again = now["text_sha256"] != row["text_sha256"]
    path = path.with_suffix(".changed.txt") if again else path
    said: Added | str
    try:
        said = replace(_place_claims(held, now, text)[1], file=path, again=again)
    except TableError as error:
        said = f"{path}: {error}"
    save_files({path: text}, force=True)
    return {source_id: said}


def _fetch_page(url: str) -> _Page:
    """Fetch a page from the web; a text as it stands, HTML as its own words."""
    if not labels.web_address(url):
        raise ValueError("no address is known")
    request = Request(url, headers={"User-Agent": "evidence-review-notebooks"})
    with urlopen(request, timeout=PATIENCE) as answer:
        content, kind = answer.read(LARGEST_PAGE), answer.headers.get_content_type()
    return _Page(content.decode("utf-8")) if kind == "text/plain" else _read_html(content, url)


def _read_page(path: Path, url: str) -> _Page:
    content = path.read_bytes()
    if path.suffix.lower() in (".html", ".htm"):
        return _read_html(content, url)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        rule = f"an article's text must be UTF-8 ({error.reason} at byte {error.start}); save it so, or give the .html"
        raise TableError([Problem(str(path), rule)]) from error
    return _Page(text.replace("\r\n", "\n").replace("\r", "\n"))


def _read_html(content: bytes, url: str) -> _Page:
    """Read a page's own words, without menus and frames, its comments behind them."""
    trafilatura = import_extra("trafilatura", "web")
    found = trafilatura.bare_extraction(content, url=url or None, include_comments=True, with_metadata=True)
    if found is None:
        return _Page("")
    parts = [part.strip() for part in (found.text, found.comments) if part and part.strip()]
    return _Page("\n".join([*parts, ""]), found.title or "", found.author or "", found.sitename or "", found.date or "")


def _begin_row(table: Table, source_id: str) -> dict[str, str]:
    """Return the row of an article of which nothing is judged: ``unclear`` in every column that has that word."""
    row = {column.name: "unclear" if "unclear" in column.values else "" for column in table.columns}
    return row | {"source_id": source_id, "file": f"{source_id}.txt"}


def _describe_page(page: _Page, url: str) -> dict[str, str]:
    """Return what a page tells of itself, and what is said where it tells nothing."""
    first = next(line for line in page.text.splitlines() if line.strip())
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    cells = {
        "title": make_quote(page.title or first),
        "publisher": page.publisher or host or "not_reported",
        "author": page.author or "not_reported",
        "author_credentials": "not_reported",
        "language": "en",
    }
    cells = {name: " ".join(cell.split()).lstrip("=+-@ ") or "not_reported" for name, cell in cells.items()}
    return cells | {"published_on": page.published_on}


def _keep_text(path: Path, text: str) -> dict[Path, str | bytes]:
    """Return the files to write where a text comes: it and, under the first digits of its hash, what stood there."""
    before = path.read_bytes() if path.is_file() else text.encode()
    kept = path.with_name(f"{path.stem}.{hash_bytes(before)[:8]}{path.suffix}")
    return {path: text} if before == text.encode() else {kept: before, path: text}


def _place_claims(held: HeldTables, row: dict[str, str], text: str) -> tuple[dict[str, pd.DataFrame], Added]:
    """Return the tables as they are with a text's sentences, claims and cue words, and what became of them."""
    key = row["source_id"]
    segments, claims, hits = (held.read(name) for name in ("segments", "claims", "hits"))
    here, mine = segments["source_id"] == key, claims["source_id"] == key
    placed = _match_segments(segments[here], text)
    sentences = cut_sentences(text, row["language"])
    spans, found_by_quote = _find_spans(claims[mine], segments[here], placed, sentences, text)
    if lost := [claim for claim in claims.loc[mine, "claim_id"] if claim not in spans]:
        wrong = claims["claim_id"].isin(lost)
        rule = (
            "a text that is added again must hold every claim's words, and has lost these; withdraw the claims first, "
            "or leave the text as it was coded"
        )
        raise TableError([find_rows(claims, wrong, "quote", held.files["claims"], rule)])
    rebuilt = _rebuild_segments(segments[here], placed, sentences, list(spans.values()), text, key)
    moved_claims = claims.copy()
    for i in claims.index[mine]:
        start, end = spans[claims.at[i, "claim_id"]]
        quote = claims.at[i, "quote"]
        fits = quote if quote_fits(quote, text[start:end]) else make_quote(text[start:end])
        moved_claims.loc[i, ["start", "end", "quote"]] = [str(start), str(end), fits]
    same = (claims[["start", "end"]] == moved_claims[["start", "end"]]).all(axis=1)
    by_quote = claims["claim_id"].isin(found_by_quote)
    gone = tuple(segments.loc[here & ~segments["segment_id"].isin(rebuilt["segment_id"]), "segment_id"])
    new_hits = tag_markers({key: text}, held.read("markers")).astype(str)
    tables = {
        "segments": pd.concat([segments[~here], rebuilt], ignore_index=True),
        "claims": moved_claims,
        "hits": pd.concat([hits[hits["source_id"] != key], new_hits], ignore_index=True),
    }
    n_ratings = 0
    if (rates := held.vocabulary.find_ratings("segments")) and gone:
        ratings = held.read(rates.name)
        dropped = ratings["segment_id"].isin(gone)
        n_ratings, tables[rates.name] = int(dropped.sum()), ratings[~dropped]
    added = Added(
        key,
        Path(row["file"]),
        n_words=int(row["n_words"]),
        n_sentences=len(rebuilt),
        n_hits=len(new_hits),
        exact=tuple(claims.loc[mine & same & ~by_quote, "claim_id"]),
        moved=tuple(claims.loc[mine & ~same & ~by_quote, "claim_id"]),
        changed=tuple(claims.loc[mine & by_quote, "claim_id"]),
        gone=gone,
        lost_ratings=n_ratings,
    )
    return tables, added


def _match_segments(segments: pd.DataFrame, text: str) -> dict[str, tuple[int, int]]:
    """Find the segments whose words stand in a text: in their order first, then those that were put elsewhere."""
    rows = segments.assign(at=segments["start"].astype(int), length=segments["end"].astype(int))
    rows = rows.sort_values("at")
    known = list(zip(rows["sha256"], rows["length"] - rows["at"], strict=True))
    found = find_stretches(text, known)
    old, new = [sha256 for sha256, _ in known], [sha256 for _, _, sha256 in found]
    pairs = {
        block.a + i: block.b + i
        for block in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
        for i in range(block.size)
    }
    matched = set(pairs.values())
    free = [at for at in range(len(new)) if at not in matched]
    for at, sha256 in enumerate(old):
        if at not in pairs and (other := next((one for one in free if new[one] == sha256), None)) is not None:
            pairs[at] = other
            free.remove(other)
    keys = list(rows["segment_id"])
    return {keys[a]: found[b][:2] for a, b in pairs.items()}


def _find_spans(
    claims: pd.DataFrame,
    segments: pd.DataFrame,
    placed: Mapping[str, tuple[int, int]],
    sentences: Sequence[tuple[int, int]],
    text: str,
) -> tuple[dict[str, tuple[int, int]], set[str]]:
    """Return where each claim stands now, and which were found by their quote alone; lost ones are left out."""
    spans: dict[str, tuple[int, int]] = {}
    by_quote: set[str] = set()
    starts, ends = segments["start"].astype(int), segments["end"].astype(int)
    edges = sorted([*placed.values(), *sentences])
    for claim in claims.to_dict("records"):
        key, start, end = claim["claim_id"], int(claim["start"]), int(claim["end"])
        parts = segments.loc[(starts >= start) & (ends <= end), "segment_id"]
        places = sorted(placed[part] for part in parts if part in placed)
        between = [text[a[1] : b[0]] for a, b in pairwise(places)]
        if len(places) == len(parts) > 0 and not any(map(str.strip, between)):
            spans[key] = places[0][0], places[-1][1]
        elif found := find_quote(text, claim["quote"], start, longest=2 * (end - start) + 200):
            spans[key] = _widen(found, edges)
            by_quote.add(key)
    return spans, by_quote


def _widen(span: tuple[int, int], edges: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Widen a span until none of the stretches that it meets is cut."""
    start, end = span
    met = [edge for edge in edges if edge[0] < end and edge[1] > start]
    wide = min([start, *(edge[0] for edge in met)]), max([end, *(edge[1] for edge in met)])
    return span if wide == span else _widen(wide, edges)


def _rebuild_segments(
    segments: pd.DataFrame,
    placed: Mapping[str, tuple[int, int]],
    sentences: Sequence[tuple[int, int]],
    spans: Sequence[tuple[int, int]],
    text: str,
    source_id: str,
) -> pd.DataFrame:
    """Tile a text: stretches that are known keep their ids, the rest is cut into sentences and at the spans' edges."""
    rows = segments.set_index("segment_id", drop=False)
    pieces = [{**rows.loc[key], "start": start, "end": end} for key, (start, end) in placed.items()]
    taken = sorted(placed.values())
    begins = [begin for begin, _ in taken]
    cuts = sorted({edge for span in [*taken, *spans, *sentences] for edge in span} | {0, len(text)})
    number = max([int(key.rpartition("-s")[2]) for key in rows.index], default=0)
    for start, end in pairwise(cuts):
        words = text[start:end]
        before = bisect_right(begins, start) - 1  # known stretches do not overlap
        if not words.strip() or (before >= 0 and start < taken[before][1]):
            continue
        start += len(words) - len(words.lstrip())
        end -= len(words) - len(words.rstrip())
        number += 1
        cells = {"segment_id": f"{source_id}-s{number:03d}", "source_id": source_id, "role": UNCODED, "reason": ""}
        pieces.append({**cells, "start": start, "end": end, "sha256": hash_text(text[start:end])})
    for piece in pieces:
        in_claim = any(start <= piece["start"] and piece["end"] <= end for start, end in spans)
        if in_claim:
            piece |= {"role": CLAIM, "reason": ""}
        elif piece["role"] == CLAIM:
            piece |= {"role": UNCODED, "reason": ""}
    rebuilt = pd.DataFrame(pieces, columns=segments.columns)
    return rebuilt.astype(str)
