"""Numbers with their nouns and verbs, as sentences and titles need them."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from evidence.summaries.claims import share_rows

__all__ = ["describe_share", "join_words", "list_counts", "write_capital", "write_number", "write_verb"]

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def write_number(n: int, one: str, many: str | None = None, *, words: bool = False) -> str:
    """Write a number with its noun.

    Examples
    --------
    >>> write_number(1, "claim"), write_number(1200, "claim"), write_number(5, "article", words=True)
    ('1 claim', '1,200 claims', 'five articles')
    """
    number = _NUMBERS[n] if words and n < len(_NUMBERS) else f"{n:,}"
    return f"{number} {one if n == 1 else many or one + 's'}"


def write_verb(n: int, one: str, many: str) -> str:
    """Write a number with its verb.

    Examples
    --------
    >>> write_verb(1, "is", "are"), write_verb(0, "is", "are")
    ('1 is', 'none is')
    """
    return f"{n:,} {one if n == 1 else many}" if n else f"none {one}"


def write_capital(text: str) -> str:
    """Write a sentence's first letter as a capital."""
    return text[:1].upper() + text[1:]


def join_words(words: Iterable[str]) -> str:
    """Join words with commas and a last "and".

    Examples
    --------
    >>> join_words(["ads", "referral", "sale"])
    'ads, referral and sale'
    """
    words = list(words)
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def list_counts(counts: pd.Series, names: dict[str, str] | None = None) -> str:
    """Write the counts that are not 0 with their words.

    Examples
    --------
    >>> list_counts(pd.Series({"no_evidence": 2, "supported": 0, "overstated": 1}))
    '2 no evidence and 1 overstated'
    """
    words = {word: (names or {}).get(word, str(word).replace("_", " ")) for word in counts.index}
    return join_words(f"{n:,} {words[word]}" for word, n in counts.items() if n)


def describe_share(n: int, of: int) -> str:
    """Write a share with its Wilson 95% interval.

    Examples
    --------
    >>> describe_share(3, 12)
    '25%, 95% interval 9% to 53%'
    """
    row = share_rows(pd.DataFrame({"n": [n], "of": [of]})).iloc[0]
    interval = f"95% interval {row['low']:.0%} to {row['high']:.0%}"
    return f"{row['share']:.0%}, {interval}" if of else "no share of none"
