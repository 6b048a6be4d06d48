"""How a word, number, share, effect, date and address is printed: here once, for sentences, tables, charts and cards.

Nothing here counts, judges or escapes: a value of the tables goes in, words to read come out. Words of the tables
(``not_checkable``) are printed in one of three ways: as they stand within a sentence (`word`), with a capital at the
head of a row or key (`heading`), or by the label that the schema gives them (`label`).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote as percent_encode
from urllib.parse import urlsplit

import pandas as pd

from evidence.schema import Vocabulary
from evidence.texts import split_quote

UNREAD = "no number readable"
_NONE = re.compile(r"none(?: \((.*)\))?")  # a comparator that is none, or none but what stands behind it
_AS_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_UNSAID = {"not_reported": "not reported", "not_applicable": "not applicable", "unclear": "unclear"}
_SYMBOLS = {"very_low": "⊕○○○", "low": "⊕⊕○○", "moderate": "⊕⊕⊕○", "high": "⊕⊕⊕⊕"}


def word(value: object) -> str:
    """Write a word of the tables as it stands within a sentence.

    Examples
    --------
    >>> word("not_checkable")
    'not checkable'
    """
    return str(value).replace("_", " ")


def capital(text: str) -> str:
    """Write a text's first letter as a capital, and leave the others as they are.

    Examples
    --------
    >>> capital("finger pressure by a GP")
    'Finger pressure by a GP'
    """
    return text[:1].upper() + text[1:]


def inside(text: str, known: Collection[str]) -> str:
    """Write a sentence as it stands within another: no full stop, and a small letter first, unless it begins a name.

    Parameters
    ----------
    text
        The sentence.
    known
        Words that some text writes small. A first word that is not among them, or has other capitals, may be a name,
        and stays as it is.

    Examples
    --------
    >>> known = {"pressing", "a"}
    >>> inside("Pressing a point helps.", known), inside("Tuina helps.", known)
    ('pressing a point helps', 'Tuina helps')
    """
    first, blank, rest = text.removesuffix(".").partition(" ")
    small = first[:1].lower() + first[1:]
    return (small if small.rstrip(",;:") in known else first) + blank + rest


def heading(value: object) -> str:
    """Write a word of the tables, or a column's name, as it stands at the head of a row, column or key.

    Examples
    --------
    >>> heading("not_checkable"), heading("n_claims")
    ('Not checkable', 'N claims')
    """
    return capital(word(value))


def slug(text: str) -> str:
    """Write a text as part of an id: small letters without accents, digits, hyphens.

    Examples
    --------
    >>> slug("Müller-Lüdenscheidt: Öl & Wasser")
    'muller-ludenscheidt-ol-wasser'
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def name_articles(sources: pd.DataFrame) -> dict[str, str]:
    """Name each article by its publisher, with its id behind where a publisher has several, by its id where unknown.

    Parameters
    ----------
    sources
        The sources table.

    Returns
    -------
    dict
        Name by ``source_id``, in the table's order; no two are the same.

    Examples
    --------
    >>> publishers = ["Good Health", "The Times", "The Times", "not_reported"]
    >>> name_articles(pd.DataFrame({"source_id": ["gh", "times-1", "times-2", "x"], "publisher": publishers}))
    {'gh': 'Good Health', 'times-1': 'The Times (times-1)', 'times-2': 'The Times (times-2)', 'x': 'x'}
    """
    publishers = ["" if _is_missing(name) or name in _UNSAID else str(name) for name in sources["publisher"]]
    once = Counter([*publishers, *sources["source_id"]])
    return {
        key: name if name and once[name] == 1 else f"{name} ({key})" if name else key
        for key, name in zip(sources["source_id"], publishers, strict=True)
    }


def label(value: object, names: Mapping[str, str] | None = None) -> str:
    """Write a cell that holds words by their labels; a list (``;``) with commas, a missing cell as nothing.

    Parameters
    ----------
    value
        The cell.
    names
        Label by word, as `evidence.schema.Vocabulary.labels` gives them; other texts stay as they are. Without it only
        the words that any column may hold in place of a value are written out.

    Examples
    --------
    >>> label("ads;none_seen", {"ads": "Advertising", "none_seen": "None seen"})
    'Advertising, None seen'
    >>> label("not_reported"), label(None)
    ('not reported', '')
    """
    if _is_missing(value):
        return ""
    if names is None:
        return _UNSAID.get(str(value), str(value))
    return ", ".join(names.get(one, one) for one in str(value).split(";"))


def said(cell: object) -> str:
    """Write a text of the tables, and nothing where it does not apply.

    Examples
    --------
    >>> said("usual care"), said("not_applicable")
    ('usual care', '')
    """
    return "" if cell == "not_applicable" else label(cell)


def label_rows(rows: pd.DataFrame, table: str, vocabulary: Vocabulary) -> pd.DataFrame:
    """Return rows of a table with the label of each word in place of the word, as `label` writes it.

    Parameters
    ----------
    rows
        Rows of `table`; columns that the schema does not know, or gives no words, stay as they are.
    table
        Its name.
    vocabulary
        The review's words.

    Returns
    -------
    pandas.DataFrame
        A copy, as long and in the same order; the columns with words are text, ``""`` where a cell is missing.
    """
    named = {column.name: vocabulary.labels(table, column.name) for column in vocabulary.tables[table].columns}
    found = {name: names for name, names in named.items() if names and name in rows}
    return rows.assign(**{name: [label(cell, names) for cell in rows[name]] for name, names in found.items()})


def number(value: Any, form: str | None = None) -> str:
    """Write a number with a true minus sign; a missing one as nothing.

    Parameters
    ----------
    value
        The number.
    form
        A format such as ``{:.1f}``; by default thousands stand apart, and a fraction has at most ten digits, without
        zeros at its end.

    Examples
    --------
    >>> number(1234), number(-3.80), number(None)
    ('1,234', '−3.8', '')
    """
    if _is_missing(value):
        return ""
    return (form or ("{:,}" if pd.api.types.is_integer(value) else "{:,.10g}")).format(value).replace("-", "−")


def count(n: int, one: str, many: str | None = None, *, words: bool = False) -> str:
    """Write a number with its noun.

    Parameters
    ----------
    n
        Whole, not below 0.
    one, many
        The noun for 1 and for other numbers; `many` is `one` with an "s" by default.
    words
        Whether numbers below ten are written as words.

    Examples
    --------
    >>> count(1, "claim"), count(1200, "claim"), count(5, "article", words=True), count(2, "study", "studies")
    ('1 claim', '1,200 claims', 'five articles', '2 studies')
    """
    written = _AS_WORDS[n] if words and n < len(_AS_WORDS) else number(n)
    return f"{written} {agree(n, one, many or one + 's')}"


def agree(n: int, one: str, many: str) -> str:
    """Choose the form of a word that agrees with a number.

    Examples
    --------
    >>> agree(1, "is", "are"), agree(0, "is", "are")
    ('is', 'are')
    """
    return one if n == 1 else many


def agree_of(n: int, of: int, one: str, many: str) -> str:
    """Choose the form of a verb that agrees with some of a number of things: of one thing, none takes the singular.

    Examples
    --------
    >>> [f"{n} of {count(of, 'article')} {agree_of(n, of, 'shows', 'show')}" for n, of in ((0, 1), (0, 5), (1, 5))]
    ['0 of 1 article shows', '0 of 5 articles show', '1 of 5 articles shows']
    """
    return agree(1 if of == 1 else n, one, many)


def verb(n: int, one: str, many: str) -> str:
    """Write a number with its verb; of nothing, "none" takes the singular.

    Examples
    --------
    >>> verb(1, "is", "are"), verb(1200, "is", "are"), verb(0, "is", "are")
    ('1 is', '1,200 are', 'none is')
    """
    return f"{number(n)} {agree(n, one, many)}" if n else f"none {one}"


def series(words: Iterable[str]) -> str:
    """Join words with commas and a last "and".

    Examples
    --------
    >>> series(["ads", "referral", "sale"])
    'ads, referral and sale'
    """
    words = list(words)
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def share(value: float, low: float, high: float) -> str:
    """Write a share of 1 with its 95% interval, in whole per cent.

    Examples
    --------
    >>> share(0.25, 0.09, 0.53), share(float("nan"), float("nan"), float("nan"))
    ('25%, 95% interval 9% to 53%', 'no share of none')
    """
    return "no share of none" if pd.isna(value) else f"{value:.0%}, 95% interval {low:.0%} to {high:.0%}"


def certainty(value: object) -> str:
    """Write a certainty of evidence with its GRADE symbols.

    Examples
    --------
    >>> certainty("very_low"), certainty(None)
    ('⊕○○○ very low', 'none found')
    """
    if _is_missing(value) or value == "none_found":
        return "none found"
    return f"{_SYMBOLS[str(value)]} {word(value)}"


def effect(finding: Mapping[str, Any]) -> str:
    """Write a finding's number with its measure and interval.

    Parameters
    ----------
    finding
        A row of the findings table: ``effect_measure``, ``estimate``, ``ci_low``, ``ci_high``.

    Examples
    --------
    >>> effect({"effect_measure": "MD", "estimate": -3.8, "ci_low": -5.7, "ci_high": -1.9})
    'MD −3.8 (−5.7 to −1.9)'
    >>> effect({"effect_measure": "narrative", "estimate": None, "ci_low": None, "ci_high": None})
    'no number readable'
    """
    if _is_missing(finding["estimate"]):
        return UNREAD
    estimate = number(finding["estimate"])
    text = f"{estimate}%" if finding["effect_measure"] == "percent" else f"{finding['effect_measure']} {estimate}"
    if _is_missing(finding["ci_low"]):
        return text
    return f"{text} ({number(finding['ci_low'])} to {number(finding['ci_high'])})"


def size(finding: Mapping[str, Any]) -> str:
    """Write a finding's numbers of people, or nothing where none is known.

    Parameters
    ----------
    finding
        A row of the findings table: ``n_intervention``, ``n_comparator``.

    Examples
    --------
    >>> size({"n_intervention": 64, "n_comparator": 65}), size({"n_intervention": 1200, "n_comparator": None})
    ('n = 64 v 65', 'n = 1,200')
    """
    people = [number(finding[n]) for n in ("n_intervention", "n_comparator") if not _is_missing(finding[n])]
    return f"n = {' v '.join(people)}" if people else ""


class FindingWords(NamedTuple):
    """What is printed of a finding, wherever it stands; a part that does not apply is empty."""

    study: str
    effect: str
    comparator: str
    measure: str
    timepoint: str
    size: str

    @property
    def against(self) -> str:
        """What it was compared with, behind "against"; empty where with nothing."""
        return f"against {self.comparator}" if self.comparator else ""


def finding(row: Mapping[str, Any]) -> FindingWords:
    """Describe a finding in words, part by part: a chart, a table, a card and the panel put them in their order.

    Parameters
    ----------
    row
        A row of the findings table.

    Examples
    --------
    >>> row = {"study_id": "roe-2020", "effect_measure": "SMD", "estimate": -0.5, "ci_low": None, "ci_high": None}
    >>> row |= {"comparator": "sham", "outcome_measure": "pain", "timepoint": "not_applicable"}
    >>> finding({**row, "n_intervention": 20, "n_comparator": 21})  # doctest: +NORMALIZE_WHITESPACE
    FindingWords(study='roe-2020', effect='SMD −0.5', comparator='sham', measure='pain', timepoint='',
                 size='n = 20 v 21')
    """
    comparator, measure, timepoint = map(said, (row["comparator"], row["outcome_measure"], row["timepoint"]))
    comparator = (found[1] or "") if (found := _NONE.fullmatch(comparator)) else comparator
    return FindingWords(row["study_id"], effect(row), comparator, measure, timepoint, size(row))


def reference(study: Mapping[str, Any]) -> str:
    """Write the citation of a study from its fields; what is missing is left out.

    Parameters
    ----------
    study
        A row of the studies table: ``authors``, ``title``, ``container_title``, ``year``, ``volume``, ``issue``,
        ``pages``. Up to three authors are named, of more the first.

    Examples
    --------
    >>> study = {"authors": "Roe A; Doe B", "title": "Does pressing help?", "container_title": "J Test", "year": 2020}
    >>> reference({**study, "volume": "29", "issue": "2", "pages": "14-20"})
    'Roe A, Doe B. Does pressing help? J Test 2020;29(2):14-20'
    >>> empty = dict.fromkeys(("container_title", "year", "volume", "issue", "pages"))
    >>> reference({**empty, "authors": "A; B; C; D", "title": "A trial"})
    'A et al. A trial'
    """
    named = [name.strip() for name in cell(study["authors"]).split(";")]
    names = f"{named[0]} et al" if len(named) > 3 else ", ".join(named)
    volume, issue, pages = (cell(study[name], "{:.10g}") for name in ("volume", "issue", "pages"))
    where = volume + (f"({issue})" if issue else "") + (f":{pages}" if pages else "")
    year = cell(study["year"], "{:.10g}")
    printed = " ".join(filter(None, (cell(study["container_title"]), ";".join(filter(None, (year, where))))))
    parts = ("" if study["authors"] == "not_reported" else names, cell(study["title"]), printed)
    return " ".join(part if part.endswith(("?", "!", ".")) else f"{part}." for part in parts if part).removesuffix(".")


def date(value: Any) -> str:
    """Write a day as year, month and day; a missing one as nothing.

    Examples
    --------
    >>> date(pd.Timestamp("2020-02-03 10:00")), date(pd.NaT)
    ('2020-02-03', '')
    """
    return "" if _is_missing(value) else f"{value:%Y-%m-%d}"


def cell(value: object, form: str | None = None) -> str:
    """Write any cell: a number, a date, or what stands in it; a missing one as nothing.

    Examples
    --------
    >>> [cell(value) for value in (1234, True, "a_b", pd.Timestamp("2020-02-03"), None)]
    ['1,234', 'True', 'a_b', '2020-02-03', '']
    """
    if is_number(value):
        return number(value, form)
    if isinstance(value, pd.Timestamp):
        return date(value)
    return "" if _is_missing(value) else str(value)


def is_number(value: object) -> bool:
    """Tell whether a cell is a number; True and False are none, a missing number is none either."""
    return pd.api.types.is_number(value) and not isinstance(value, bool) and not _is_missing(value)


def web_address(value: object) -> str:
    """Return an address if it is one of the web, else an empty string.

    Whatever becomes a link goes through here: the tables hold what others wrote.

    Examples
    --------
    >>> web_address(" https://example.org/a "), web_address("javascript:alert(1)"), web_address(None)
    ('https://example.org/a', '', '')
    """
    address = "" if _is_missing(value) else str(value).strip()
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return address if parts.scheme.lower() in ("http", "https") and parts.netloc else ""


def quote_address(url: object, quote: str) -> str:
    """Return the address of a quote's words on a live page, as a text fragment; nothing where there is no page.

    Parameters
    ----------
    url
        Address of the page.
    quote
        As in the claims table; its ellipsis becomes the comma between first and last words.

    Notes
    -----
    URL Fragment Text Directives, W3C Community Group: ``#:~:text=first%20words,last%20words``. Dashes, commas and
    ampersands inside the words are percent-encoded, as the syntax demands.

    Examples
    --------
    >>> quote_address("https://example.org/a", "Press here … minutes")
    'https://example.org/a#:~:text=Press%20here,minutes'
    """
    if not (page := web_address(url)):
        return ""
    parts = split_quote(quote)
    words = [percent_encode(part, safe="").replace("-", "%2D") for part in dict.fromkeys((parts[0], parts[-1]))]
    return f"{page}#:~:text={','.join(words)}"


def doi_address(doi: object) -> str:
    """Return the address of a DOI, or nothing where there is none.

    Examples
    --------
    >>> doi_address("10.1000/182"), doi_address(None)
    ('https://doi.org/10.1000/182', '')
    """
    return "" if _is_missing(doi) or not doi else web_address(f"https://doi.org/{doi}")


def _is_missing(value: object) -> bool:
    return bool(pd.api.types.is_scalar(value) and pd.isna(value))
