r"""The same checks, rule and counts where a table is too large for pandas: once written, on any frame narwhals knows.

A frame is a DataFrame of pandas or polars, a LazyFrame of polars, a Table of pyarrow, a relation of DuckDB, a DataFrame
of Dask or PySpark; what comes in of one kind goes out of the same, and what is lazy stays so. Nothing here depends on
an order of rows: large frames have none. Every cell is read as text, and ``""`` is a missing cell. `evidence.engines`
reads and writes the files.

Patterns are read by each engine's own expressions, most of which know no looking around and no repeating of a group; a
digit is 0 to 9.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import reduce
from typing import Any, NamedTuple

import narwhals as nw

from evidence.checks import MOST_PLACES, Place, Problem, Rule, curer, list_rules
from evidence.judgements import (
    BY_ACCURACY,
    BY_LINE,
    CALIBRATION,
    CERTAINTY,
    CONCERN,
    LINES,
    MATCH,
    MOST_STEPS,
    STRENGTH,
    WEIGHED,
)
from evidence.rules import EFFECTS, MAPPED, SAME_SORT, STANDS_MAPPED, STATEMENTS
from evidence.schema import Column, Table

INPUTS = (
    "kind", "stance", "strength", "checkability", "proposition_id", "match", "asserted_direction", "direction",
    "certainty", "indirectness", "identity", "accuracy",
)  # fmt: skip
OF_PROPOSITION = ("direction", "certainty", "indirectness")
OF_CITATION = ("identity", "accuracy")
GIVEN = ("rank", "gap", "line", "support", "calibration")
_BLANK = "[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"  # \s means less to some engines
_FORMULA = rf"^{_BLANK}*[=+\-@]"
_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_DAYS = r"(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|02-(?:0[1-9]|1\d|2[0-8])"
_LEAP = r"\d\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00"
_N = "number of rows"  # a name that no column has
_FORMS = {"integer": r"-?\d{1,15}", "number": _NUMBER, "date": rf"\d{{4}}-(?:{_DAYS})|(?:{_LEAP})-02-29"}


def judge_frame(claims: Any) -> Any:
    """Apply the rule to a frame of claims that carry their proposition's and citation's fields (see `join_frame`).

    Parameters
    ----------
    claims
        A frame with the columns of `INPUTS`, as for `evidence.judgements.judge_claims`; others are carried along.

    Returns
    -------
    frame
        Of the same kind, with ``rank`` and ``gap`` as numbers, ``line``, ``support`` and ``calibration`` as text.
        A test holds it to `judge_claims` over all combinations of the inputs, missing cells included.

    Examples
    --------
    >>> import pandas as pd
    >>> claim = dict.fromkeys(INPUTS) | {"kind": "safety", "checkability": "checkable", "strength": "plain"}
    >>> judge_frame(pd.DataFrame([claim]))["support"].tolist()
    ['not_assessed']
    """
    col, frame = nw.col, _read(claims, INPUTS)
    mapped, found = ~col("proposition_id").is_null(), ~col("certainty").is_null()
    own, steps = _place("indirectness", CONCERN), _place("indirectness", CONCERN) + _place("match", MATCH)
    steps = nw.when(steps > MOST_STEPS).then(nw.lit(MOST_STEPS)).otherwise(steps) - own
    frame = frame.with_columns(rank=_place("certainty", CERTAINTY) - steps)
    frame = frame.with_columns(rank=nw.when(found & (col("rank") > 0)).then(col("rank")).otherwise(nw.lit(0)))
    frame = frame.with_columns(gap=_place("strength", STRENGTH) - col("rank"))
    conditions = (
        col("kind") == "citation",
        _differ(col("checkability"), nw.lit("checkable")),
        ~mapped,
        (col("stance") == "cautions") & (col("rank") == 0),
        ~found,
        col("strength") == "uncertain",
        col("rank") == 0,
        col("direction") == "mixed",
        _differ(col("direction"), col("asserted_direction")),
        col("gap") > 0,
    )
    *lines, last = LINES
    frame = frame.with_columns(line=_choose(zip(conditions, map(nw.lit, lines), strict=True), nw.lit(last)))
    below, same, above = map(nw.lit, CALIBRATION)
    no_word = nw.lit(None, nw.String)
    signs = [(~col("line").is_in(WEIGHED), no_word), (col("gap") < 0, below), (col("gap") == 0, same)]
    cited = _choose([(col("identity") == "not_found", nw.lit("untraceable"))], nw.lit("not_checkable"))
    frame = frame.with_columns(
        rank=nw.when(mapped).then(col("rank")),
        gap=nw.when(mapped).then(col("gap")),
        support=_translate("line", BY_LINE, _translate("accuracy", BY_ACCURACY, cited)),
        calibration=_choose(signs, above),
    )
    return frame.to_native()


def _read(frame: Any, columns: Iterable[str]) -> Any:
    """Take a frame with some columns as text, an empty cell as a missing one."""
    columns = list(columns)
    frame = nw.from_native(frame).with_columns(nw.col(columns).cast(nw.String))  # categories compare as their words
    return frame.with_columns(*(nw.when(nw.col(name) != "").then(nw.col(name)).alias(name) for name in columns))


def _choose(cases: Iterable[tuple[Any, Any]], rest: Any) -> Any:
    """Give the value of the first condition that holds. One that is missing does not hold, as in SQL."""
    return reduce(lambda other, case: nw.when(case[0]).then(case[1]).otherwise(other), reversed(list(cases)), rest)


def _translate(column: str, words: Mapping[str, Any], rest: Any) -> Any:
    return _choose([(nw.col(column) == word, nw.lit(value)) for word, value in words.items()], rest)


def _place(column: str, order: Sequence[str]) -> Any:
    """Give each word's place in its order, 0 for the first and for a missing cell."""
    return _translate(column, {word: i for i, word in enumerate(order)}, nw.lit(0))


def _differ(one: Any, other: Any) -> Any:
    """Tell where two values differ; a missing one differs from all. `!=` alone would be missing there."""
    return one.is_null() | other.is_null() | (one != other)


def join_frame(claims: Any, propositions: Any, citations: Any) -> Any:
    """Give claims their proposition's and citation's fields; all three are frames of one kind.

    Returns
    -------
    frame
        The claims, one row each, with ``direction``, ``certainty``, ``indirectness``, ``identity`` and ``accuracy``.
        Keys of propositions and citations must be unique, as in a review they are.
    """
    keyed = _read(claims, ["proposition_id", "claim_id"])
    found = _read(propositions, ["proposition_id", *OF_PROPOSITION]).select("proposition_id", *OF_PROPOSITION)
    cited = _read(citations, ["claim_id", *OF_CITATION]).select("claim_id", *OF_CITATION)
    joined = keyed.join(found, on="proposition_id", how="left")
    return joined.join(cited, on="claim_id", how="left").to_native()


def count_frame(claims: Any, *by: str) -> Any:
    """Count the rows of each combination of some columns that occurs; missing cells count as one value.

    Returns
    -------
    frame
        Of the same kind, one row a combination, in no order: the columns of `by`, and ``n``.
    """
    return nw.from_native(claims).group_by(*by).agg(n=nw.len()).to_native()


def check_frame(
    frame: Any, table: Table, *, known: Mapping[str, Collection[str]] | None = None, file: str = ""
) -> list[Problem]:
    """Check every cell of a frame against its column's type, words and limits, the key, and what other tables know.

    Parameters
    ----------
    frame
        Its columns that are in the schema are checked, the key's must be there.
    table
        What the columns must hold.
    known
        By column that points to another table, the keys that stand there.
    file
        Name for the messages; that of the table by default.

    Returns
    -------
    list of Problem
        As `evidence.checks.check_table` finds them: the same rules and numbers of rows. Rows have no order here: none
        is asked for, and a place is a value and on how many rows it stands, the most frequent first.
    """
    file, here = file or table.name, nw.from_native(frame).collect_schema().names()
    columns = [column for column in table.columns if column.name in here]
    cells = _read(frame, [column.name for column in columns])
    rules = [rule for column in columns for rule in _list_wrong(column)]
    for name, keys in (known or {}).items():
        lost = ~nw.col(name).is_null() & ~nw.col(name).is_in(list(keys))
        rules.append(_Wrong(name, f"{name} must be one of those in the review", lost, curer(keys)))
    return _find(cells, rules, file) + _find_twins(cells, table, file)


def check_mapping(claims: Any, directions: Mapping[str, str | None], *, file: str = "claims") -> list[Problem]:
    """Check that a claim has ``match`` and ``asserted_direction`` where it has a proposition, and of the same sort.

    Parameters
    ----------
    claims
        A frame.
    directions
        The direction of each proposition, by its id.
    file
        Name for the messages.
    """
    col, unmapped = nw.col, nw.col("proposition_id").is_null()
    rules = [_Wrong(name, STANDS_MAPPED.format(name), unmapped != col(name).is_null()) for name in MAPPED]
    for words, others in ((EFFECTS, STATEMENTS), (STATEMENTS, EFFECTS)):
        there = [key for key, direction in directions.items() if direction in words]
        wrong = col("proposition_id").is_in(there) & col("asserted_direction").is_in(others)
        rules.append(_Wrong("asserted_direction", SAME_SORT.format(", ".join(words)), wrong))
    return _find(_read(claims, ["proposition_id", *MAPPED]), rules, file)


class _Wrong(NamedTuple):
    """What must hold of a column, where it does not, how to cure a value."""

    column: str
    text: str
    where: Any
    cure: Callable[[str], str] | None = None


def _list_wrong(column: Column) -> Iterator[_Wrong]:
    """Give a column's rules."""
    missing = nw.col(column.name).is_null()
    if column.required:
        yield _Wrong(column.name, f"{column.name} must not be empty", missing)
    for rule in list_rules(column):
        yield _Wrong(column.name, f"{column.name} must {rule.text}", ~missing & _find_wrong(column, rule), rule.cure)


def _find_wrong(column: Column, rule: Rule) -> Any:
    """Tell where a value breaks a rule; what is told of a missing cell does not count."""
    here, form = nw.col(column.name), _FORMS.get(column.type, "")
    if rule.name == "word":
        return ~here.is_in(column.values)
    if rule.name == "list":
        one = "|".join(map(re.escape, column.values))
        twice = "|".join(rf"{word}(?:;.*)?;{word}" for word in map(re.escape, column.values))
        return ~_fits(here, rf"(?:{one})(?:;(?:{one}))*") | here.str.contains(rf"(?:^|;)(?:{twice})(?:;|$)")
    if rule.name == "limits":
        return _find_beyond(here, form, column)
    return {
        column.type: ~_fits(here, form),
        "past": _fits(here, form) & (here.fill_null("") > (date.today() + timedelta(days=1)).isoformat()),
        "pattern": ~_fits(here, column.pattern or ""),
        "formula": here.str.contains(_FORMULA) & ~_fits(here, _NUMBER),
        "blank": here.str.contains(f"^{_BLANK}*$"),
    }[rule.name]


def _fits(here: Any, pattern: str) -> Any:
    """Tell where all of a value fits; to some engines `$` also stands before a last line break."""
    pattern = pattern.replace(r"\d", "[0-9]")
    return here.str.contains(f"^(?:{pattern})$") & ~here.str.ends_with("\n")


def _find_beyond(here: Any, form: str, column: Column) -> Any:
    """Tell where a number, or a date, lies beyond its column's limits."""
    value = here.fill_null("") if column.type == "date" else nw.when(_fits(here, form)).then(here).cast(nw.Float64)
    below = [] if column.minimum is None else [value < column.minimum]
    return reduce(operator.or_, [*below, *([] if column.maximum is None else [value > column.maximum])])


def _find(cells: Any, rules: list[_Wrong], file: str) -> list[Problem]:
    """Count what each rule refuses, all in one pass; only for those that are broken look at the values."""
    ones = [nw.when(rule.where).then(nw.lit(1)).otherwise(nw.lit(0)).sum() for rule in rules]
    counts = collect(cells.select(*(one.alias(str(i)) for i, one in enumerate(ones)), rows=nw.len()))
    broken = [(rule, int(counts[str(i)][0])) for i, rule in enumerate(rules) if counts[str(i)][0]]
    places = [_place_most(_count(cells.filter(rule.where), rule.column), rule.cure) for rule, _ in broken]
    rows = int(counts["rows"][0])
    return [Problem(file, rule.text, at, rows, n) for (rule, n), at in zip(broken, places, strict=True)]


def _find_twins(cells: Any, table: Table, file: str) -> list[Problem]:
    """Count the rows whose key another row has already, as by `n_unique`, which some engines do otherwise."""
    twins = _count(cells, *table.keys).filter(nw.col(_N) > 1)
    more = collect(twins.select(more=(nw.col(_N) - 1).sum()))["more"][0]
    if not more:
        return []
    rows = collect(cells.select(rows=nw.len()))["rows"][0]
    rule = f"{', '.join(table.keys)} must be unique"
    return [Problem(file, rule, _place_most(twins), int(rows), int(more))]


def _count(cells: Any, *by: str) -> Any:
    return cells.group_by(*by).agg(nw.len().alias(_N))


def _place_most(counts: Any, cure: Callable[[str], str] | None = None) -> tuple[Place, ...]:
    """Make places of the most frequent values."""
    found = collect(counts.sort(_N, descending=True).head(MOST_PLACES))
    rows = found.pop(_N)
    values = [
        ", ".join(part if isinstance(part, str) else "" for part in parts)
        for parts in zip(*found.values(), strict=True)
    ]
    cures = [cure(value) if cure and value else "" for value in values]
    return tuple(Place(None, value, way, int(n)) for value, way, n in zip(values, cures, rows, strict=True))


def collect(frame: Any) -> dict[str, list]:
    """Compute a small frame and return its columns as lists."""
    frame = nw.from_native(frame)
    if isinstance(frame, nw.LazyFrame):
        how = {"engine": "streaming"} if frame.implementation.is_polars() else {}
        frame = frame.collect("pyarrow", **how)
    return frame.to_dict(as_series=False)
