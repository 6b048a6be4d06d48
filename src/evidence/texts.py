"""Articles' texts: spans, quotes, segments, hashes.

The texts are other people's and stay outside the project. Every function here takes them as they are; nothing here
reads the tables from disk.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

MOST_QUOTED_WORDS = 12
TEXTS = "texts"  # folder of the articles' texts beside data/; git leaves it out
ELLIPSIS = "…"
_UNSPACED = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")
_SHORTER = ((5, 5), (4, 5), (4, 4), (3, 4), (3, 3), (2, 3), (2, 2), (1, 2), (1, 1))  # pieces before and behind
_PIECE = re.compile(rf"[{_UNSPACED}]|[^\s{_UNSPACED}]+")
_LINE = re.compile(r"[^\r\n]+")
_BEGIN = re.compile(r"(?<!\w)\S")
_END_MARKS = " .!?:;,"


def measure_text(text: str) -> dict[str, str]:
    """Return what the sources table says of an article's text, by column: its hash, its characters, its words.

    Examples
    --------
    >>> measure_text("Press here.")["n_words"]
    '2'
    """
    return {"text_sha256": hash_text(text), "n_characters": str(len(text)), "n_words": str(len(text.split()))}


def find_texts(folder: str | Path, texts: str | Path | None = None) -> Path:
    """Return the folder of the articles' texts: the one given, else ``EVIDENCE_TEXTS``, else the one beside the tables.

    Parameters
    ----------
    folder
        Of the tables.
    texts
        Folder of the texts, where one is named.
    """
    return Path(texts or os.environ.get("EVIDENCE_TEXTS") or Path(folder).resolve().parent / TEXTS)


def load_texts(folder: str | Path, sources: pd.DataFrame) -> dict[str, str]:
    """Read the articles' texts that are at hand.

    Parameters
    ----------
    folder
        Folder with one UTF-8 file per article, named as in ``sources.file``.
    sources
        The sources table; uses ``source_id`` and ``file``.

    Returns
    -------
    dict
        Text by ``source_id``, newlines as they are; articles without a file, or with one that is not UTF-8, are left
        out.
    """
    folder = Path(folder)
    texts = {row.source_id: read_text(folder / row.file) for row in sources.itertuples()}
    return {source: text for source, text in texts.items() if text is not None}


def read_text(path: Path) -> str | None:
    """Return a file's text, newlines as they are; None where there is no file or it is not UTF-8."""
    try:
        return path.read_bytes().decode("utf-8") if path.is_file() else None
    except UnicodeDecodeError:
        return None


def hash_text(text: str) -> str:
    """Return the SHA-256 of a text's UTF-8 bytes as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def count_words(text: str) -> int:
    """Count runs of letters, digits and underscores, so that ``it's`` counts as two.

    In scripts that put no space between words (Chinese, Japanese, Thai, Lao, Burmese, Khmer) every letter counts as
    one, so that the limit on a quote holds there too.

    Examples
    --------
    >>> count_words("It's 5 mg"), count_words("大蒜 helps")
    (4, 3)
    """
    return len(_WORD.findall(text))


def find_copied(words: str, text: str) -> str:
    """Return the first run of words, longer than a quote may be, that stands in a text too; ``""`` for none.

    Examples
    --------
    >>> text = "One two three four five six seven eight nine ten eleven twelve thirteen."
    >>> find_copied("Say one two three four five six seven eight nine ten eleven twelve, thirteen!", text)
    'one two three four five six seven eight nine ten eleven twelve thirteen'
    >>> find_copied("One two three four five six seven eight nine ten eleven twelve.", text)
    ''
    """
    said, stands = (_WORD.findall(one.lower()) for one in (words, text))
    whole, n = f" {' '.join(stands)} ", MOST_QUOTED_WORDS + 1
    runs = (" ".join(said[at : at + n]) for at in range(len(said) - n + 1))
    return next((run for run in runs if f" {run} " in whole), "")


def split_quote(quote: str) -> list[str]:
    """Return the parts of a quote on both sides of its ellipsis, without outer white space."""
    return [part.strip() for part in quote.split(ELLIPSIS) if part.strip()]


def make_quote(span: str) -> str:
    """Shorten a span to its first words, an ellipsis and its last words.

    A span of at most 12 words is quoted whole. See ``docs/coding-manual.md``, *span and words*.

    Examples
    --------
    >>> make_quote("Press here for two minutes.")
    'Press here for two minutes.'
    >>> make_quote("One two three four five six seven eight nine ten eleven twelve thirteen.")
    'One two three four five … nine ten eleven twelve thirteen.'
    """
    flat = " ".join(span.split())
    if count_words(flat) <= MOST_QUOTED_WORDS:
        return flat
    for pattern in (_PIECE, _WORD):  # a piece alone can have many words: "one-two-three-..."
        pieces = list(pattern.finditer(flat))
        for n_head, n_tail in _SHORTER:
            head, tail = flat[: pieces[:n_head][-1].end()], flat[pieces[-n_tail:][0].start() :]
            if count_words(f"{head} {tail}") <= MOST_QUOTED_WORDS - 2:
                return f"{head} {ELLIPSIS} {tail}"
    raise AssertionError("five words and five words are ten")


def quote_fits(quote: str, span: str) -> bool:
    """Tell whether a quote's first part begins the span and its last part ends it.

    White space is folded and closing punctuation ignored.

    Examples
    --------
    >>> quote_fits("Press … minutes", "Press here for two minutes.")
    True
    >>> quote_fits("Push … minutes", "Press here for two minutes.")
    False
    """
    parts, flat = split_quote(quote), " ".join(span.split())
    if not parts or not flat.startswith(parts[0]):
        return False
    return len(parts) == 1 or flat.rstrip(_END_MARKS).endswith(parts[-1].rstrip(_END_MARKS))


def cut_sentences(text: str, language: str = "en") -> list[tuple[int, int]]:
    r"""Cut a text into its sentences: every line by itself, every character that is not blank in exactly one.

    Parameters
    ----------
    text
        The article as stored.
    language
        Of the text, as in ``sources.language``: what ends a sentence differs (`sentencex` knows some 300 languages).

    Examples
    --------
    >>> text = "Garlic\n\nIt helps, e.g. Dr. Roe says. Try it!"
    >>> [text[start:end] for start, end in cut_sentences(text)]
    ['Garlic', 'It helps, e.g. Dr. Roe says.', 'Try it!']
    """
    from sentencex import segment

    spans = []
    for line in _LINE.finditer(text):
        pieces = segment(language.split("-")[0], line.group())
        at = line.start()
        for piece in pieces if "".join(pieces) == line.group() else [line.group()]:
            if words := piece.strip():
                start = text.index(words, at)
                spans.append((start, start + len(words)))
            at += len(piece)
    return spans


def find_stretches(text: str, known: Iterable[tuple[str, int]]) -> list[tuple[int, int, str]]:
    """Find stretches of which only hash and length are known, longest first where they would overlap.

    Parameters
    ----------
    text
        Where to look; a stretch begins where a word does, or at another sign that is not blank.
    known
        Hash (see `hash_text`) and length of each.

    Returns
    -------
    list of tuple
        Start, end and hash of every place, in the text's order.

    Examples
    --------
    >>> find_stretches("New. It helps. Old.", [(hash_text("It helps."), 9)])[0][:2]
    (5, 14)
    """
    hashes: dict[int, set[str]] = {}
    for sha256, length in known:
        hashes.setdefault(length, set()).add(sha256)
    begins = [found.start() for found in _BEGIN.finditer(text)]
    places: list[tuple[int, int, str]] = []
    taken = bytearray(len(text))
    for length in sorted(hashes, reverse=True):
        for start in begins:
            end = start + length
            if end > len(text) or taken[start] or taken[end - 1]:
                continue
            if (sha256 := hash_text(text[start:end])) in hashes[length]:
                places.append((start, end, sha256))
                taken[start:end] = b"\x01" * length
    return sorted(places)


def find_quote(text: str, quote: str, near: int, *, longest: int) -> tuple[int, int] | None:
    r"""Find where a quote's first words stand and, at most `longest` characters behind, its last ones end.

    Parameters
    ----------
    text
        Where to look; white space may differ.
    quote
        As in the claims table.
    near
        Of several places the one that begins nearest to this is taken.
    longest
        Most characters from first to last.

    Examples
    --------
    >>> find_quote("Now: press here\nfor a minute. End.", "Press … minute".lower(), 0, longest=40)
    (5, 28)
    """
    first, *last = (r"\s+".join(map(re.escape, part.rstrip(_END_MARKS).split())) for part in split_quote(quote))
    behind = f".{{0,{longest}}}?{last[-1]}" if last else ""
    spans = [match.span(1) for match in re.finditer(rf"(?=({first}{behind}))", text, re.DOTALL)]
    return min(spans, key=lambda span: abs(span[0] - near), default=None)


def show_passage(text: str, start: int, end: int, *, around: int = 240) -> tuple[str, str, str]:
    """Return what stands before a span, the span, and what stands behind it, cut at white space."""
    before, after = text[max(0, start - around) : start], text[end : end + around]
    if start > around:
        before = ELLIPSIS + before[before.find(" ") :]
    if end + around < len(text):
        after = after[: after.rfind(" ") + 1] + ELLIPSIS
    return before, text[start:end], after
