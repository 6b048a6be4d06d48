"""Articles' texts: spans, quotes, segments, hashes, links to the words on the live page.

The texts are other people's and stay outside the project. Every function here takes them as they are; nothing here
reads the tables from disk.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from urllib.parse import quote as percent_encode

import pandas as pd

MOST_QUOTED_WORDS = 12
ELLIPSIS = "…"
_WORD = re.compile(r"\w+")
_END_MARKS = " .!?:;,"


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
    """Count runs of letters, digits and underscores, so that ``it's`` counts as two."""
    return len(_WORD.findall(text))


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
    words = span.split()
    if count_words(span) <= MOST_QUOTED_WORDS:
        return " ".join(words)
    head, tail = words[:5], words[-5:]
    while count_words(" ".join(head + tail)) > MOST_QUOTED_WORDS - 2:
        longer = head if len(head) >= len(tail) else tail
        del longer[-1 if longer is head else 0]
    return f"{' '.join(head)} {ELLIPSIS} {' '.join(tail)}"


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


def link_words(url: str | None, quote: str) -> str:
    """Return a link to a quote's words on a live page, as a text fragment.

    Parameters
    ----------
    url
        Address of the page; empty or missing gives an empty string.
    quote
        Quote as in the claims table; its ellipsis becomes the comma between first and last words.

    Notes
    -----
    URL Fragment Text Directives, W3C Community Group: ``#:~:text=first%20words,last%20words``. Dashes, commas and
    ampersands inside the words are percent-encoded, as the syntax demands.

    Examples
    --------
    >>> link_words("https://example.org/a", "Press here … minutes")
    'https://example.org/a#:~:text=Press%20here,minutes'
    """
    if not isinstance(url, str) or not url:
        return ""
    parts = split_quote(quote)
    words = [percent_encode(part, safe="").replace("-", "%2D") for part in dict.fromkeys((parts[0], parts[-1]))]
    return f"{url}#:~:text={','.join(words)}"


def show_passage(text: str, start: int, end: int, *, around: int = 240) -> tuple[str, str, str]:
    """Return what stands before a span, the span, and what stands behind it, cut at white space."""
    before, after = text[max(0, start - around) : start], text[end : end + around]
    if start > around:
        before = ELLIPSIS + before[before.find(" ") :]
    if end + around < len(text):
        after = after[: after.rfind(" ") + 1] + ELLIPSIS
    return before, text[start:end], after
