"""Check what must hold within a row and between tables, beyond types and keys.

Every rule is a mask over one table's rows. Tables arrive as text, as they stand in the file; a rule whose tables
could not be read is left out.

Check spans, quotes, segments and hashes against the articles' own words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from evidence.checks import Place, Problem, find_rows, read_numbers
from evidence.schema import Column, Vocabulary
from evidence.texts import MOST_QUOTED_WORDS, count_words, hash_text, quote_fits

Tables = Mapping[str, pd.DataFrame]
DOMAINS = ("risk_of_bias", "inconsistency", "indirectness", "imprecision", "publication_bias")
STEPS = {"": 0, "no_concern": 0, "serious": 1, "very_serious": 2}
NO_ITEM = "not_applicable"


def check_rows(tables: Tables, vocabulary: Vocabulary, files: Mapping[str, str]) -> list[Problem]:
    """Check the rules between columns and between tables.

    Parameters
    ----------
    tables
        Tables as text, those that could be read and whose cells are sound.
    vocabulary
        Their schema.
    files
        File name by table, for the messages.
    """
    problems: list[Problem] = []
    for rule in (_claims, _citations, _spans, _segments, _propositions, _studies, _findings, _ratings):
        needed = _NEEDS[rule]
        if not all(name in tables for name in needed):
            continue

        def refuse(column: str, text: str, wrong, needed: tuple = needed) -> None:
            cells = tables[needed[0]]
            wrong = pd.Series(np.asarray(wrong, dtype=bool), index=cells.index)
            if wrong.any():
                problems.append(find_rows(cells, wrong, column, files[needed[0]], text))

        rule(refuse, *(tables[name] for name in needed), *([vocabulary, tables] if rule is _ratings else []))
    return problems


def _claims(refuse: Callable, claims: pd.DataFrame) -> None:
    mapped = claims["proposition_id"] != ""
    for column in ("match", "match_reason", "asserted_direction"):
        refuse(
            column, f"{column} must stand where proposition_id does, and only there", mapped != (claims[column] != "")
        )
    waiting = (claims["checkability"] == "checkable") & (claims["kind"] != "citation") & ~mapped
    rule = "a checkable claim without proposition_id must say why in note: 'Not assessed: ...'"
    notes = zip(waiting.tolist(), claims["note"].tolist(), strict=True)
    refuse("claim_id", rule, [waits and "Not assessed: " not in note for waits, note in notes])
    refuse("quote", f"quote must have at most {MOST_QUOTED_WORDS} words", _lengths(claims["quote"]) > MOST_QUOTED_WORDS)


def _lengths(values: pd.Series) -> pd.Series:
    return _look_up(values, {value: count_words(value) for value in values.unique()})


def _citations(refuse: Callable, citations: pd.DataFrame, claims: pd.DataFrame) -> None:
    cited = set(claims.loc[claims["kind"] == "citation", "claim_id"])
    refuse("claim_id", "claim_id must be a claim of kind citation", ~citations["claim_id"].isin(cited))
    known = citations["identity"].isin(["exact", "probable"])
    refuse(
        "study_id", "study_id must be given where identity is exact or probable", known & (citations["study_id"] == "")
    )
    refuse("accuracy", "accuracy must be not_checkable unless identity is exact or probable",
           ~known & (citations["accuracy"] != "not_checkable"))  # fmt: skip


def _spans(refuse: Callable, claims: pd.DataFrame, segments: pd.DataFrame, sources: pd.DataFrame,
           citations: pd.DataFrame) -> None:  # fmt: skip
    start, end = read_numbers(claims["start"]), read_numbers(claims["end"])
    length = _look_up(claims["source_id"], _list_lengths(sources))
    refuse("start", "start must be before end", start >= end)
    refuse("end", "end must not lie behind the article's last character", end > length.fillna(np.inf))
    for column in ("start", "end"):
        edges = pd.MultiIndex.from_frame(segments[["source_id", column]])
        here = pd.MultiIndex.from_frame(claims[["source_id", column]])
        refuse(column, f"{column} must be the {column} of a segment", ~here.isin(edges))
    uncited = (claims["kind"] == "citation") & ~claims["claim_id"].isin(citations["claim_id"])
    refuse("claim_id", "a claim of kind citation must have a row in citations", uncited)


def _segments(refuse: Callable, segments: pd.DataFrame, claims: pd.DataFrame, sources: pd.DataFrame) -> None:
    start, end = read_numbers(segments["start"]), read_numbers(segments["end"])
    length = _look_up(segments["source_id"], _list_lengths(sources))
    refuse("start", "start must be before end", start >= end)
    refuse("end", "end must not lie behind the article's last character", end > length.fillna(np.inf))
    before = end.groupby(segments["source_id"], sort=False).shift(fill_value=0)
    refuse("start", "a segment must not begin before the one above it ends", start < before)
    covered = _covered(segments, start, claims)
    is_claim = segments["role"] == "claim"
    refuse("segment_id", "a segment of role claim must lie in the span of a claim", is_claim & ~covered)
    refuse("segment_id", "a segment in the span of a claim must have role claim", ~is_claim & covered)
    refuse(
        "segment_id",
        "reason must say why a segment is no claim, and stand only there",
        is_claim == (segments["reason"] != ""),
    )


def _list_lengths(sources: pd.DataFrame) -> dict[str, float]:
    return dict(zip(sources["source_id"], read_numbers(sources["n_characters"]), strict=True))


def _look_up(values: pd.Series, known: Mapping[str, float]) -> pd.Series:
    """Return each value's number, each different one looked up once; NaN where it has none."""
    places, distinct = pd.factorize(values)
    numbers = np.array([known.get(value, np.nan) for value in distinct], dtype=float)
    return pd.Series(numbers[places], index=values.index)


def _covered(segments: pd.DataFrame, start: pd.Series, claims: pd.DataFrame) -> pd.Series:
    """Mark each segment whose first character lies in some claim's span."""
    opens = pd.DataFrame({"source_id": claims["source_id"], "at": read_numbers(claims["start"]), "step": 1})
    closes = pd.DataFrame({"source_id": claims["source_id"], "at": read_numbers(claims["end"]), "step": -1})
    steps = pd.concat([opens, closes]).groupby(["source_id", "at"], as_index=False)["step"].sum()
    steps["depth"] = steps.groupby("source_id")["step"].cumsum()
    points = pd.DataFrame({"source_id": segments["source_id"], "at": start, "row": segments.index}).sort_values("at")
    depth = pd.merge_asof(points, steps.sort_values("at"), on="at", by="source_id").set_index("row")["depth"]
    return depth.reindex(segments.index).fillna(0) > 0


def _propositions(refuse: Callable, propositions: pd.DataFrame, findings: pd.DataFrame) -> None:
    found = propositions["certainty"] != ""
    for column in ("direction", "certainty_origin", *DOMAINS):
        refuse(
            column, f"{column} must stand where certainty does, and only there", found != (propositions[column] != "")
        )
    steps = sum(_look_up(propositions[domain], STEPS) for domain in DOMAINS)
    rank = _look_up(propositions["certainty"], {"very_low": 0, "low": 1, "moderate": 2, "high": 3})
    refuse("certainty", "certainty must be high less one step for each serious and two for each very_serious mark",
           found & (rank != (3 - steps).clip(lower=0)))  # fmt: skip
    for domain in DOMAINS:
        name, marked = domain.replace("_", " "), propositions[domain].isin(["serious", "very_serious"])
        reasons = zip(marked.tolist(), propositions["certainty_reason"].tolist(), strict=True)
        refuse(
            "proposition_id",
            f"certainty_reason must name {name} where it is marked",
            [is_marked and name not in reason.lower() for is_marked, reason in reasons],
        )
    with_findings = propositions["proposition_id"].isin(findings["proposition_id"])
    refuse(
        "proposition_id", "a proposition has findings where it has a certainty, and only there", found != with_findings
    )


def _studies(refuse: Callable, studies: pd.DataFrame) -> None:
    checked = studies["retraction_status"] != "not_checked"
    rule = "retraction_checked_on must stand where retraction_status is not not_checked, and only there"
    refuse("retraction_checked_on", rule,
           checked != (studies["retraction_checked_on"] != ""))  # fmt: skip


def _findings(refuse: Callable, findings: pd.DataFrame) -> None:
    estimate, low, high = (read_numbers(findings[c]) for c in ("estimate", "ci_low", "ci_high"))
    refuse(
        "estimate",
        "ci_low, estimate and ci_high must be in this order",
        (low > estimate) | (estimate > high) | (low > high),
    )
    refuse("ci_low", "ci_low and ci_high must stand together, with an estimate",
           (low.isna() != high.isna()) | (low.notna() & estimate.isna()))  # fmt: skip
    refuse("estimate", "estimate must be given unless effect_measure is narrative, and only then",
           (findings["effect_measure"] == "narrative") == estimate.notna())  # fmt: skip
    refuse("estimate", "a ratio must be above 0", findings["effect_measure"].isin(["RR", "OR"]) & (estimate <= 0))
    refuse(
        "finding_id",
        "a derived number must give its inputs in note",
        (findings["origin"] == "derived") & (findings["note"] == ""),
    )


def _ratings(refuse: Callable, ratings: pd.DataFrame, vocabulary: Vocabulary, tables: Tables) -> None:
    current = pd.Series("", index=ratings.index)
    unknown = pd.Series(True, index=ratings.index)
    strange = pd.Series(False, index=ratings.index)
    lost = pd.Series(False, index=ratings.index)
    cells = ratings[["table", "variable", "row_id", "value"]]
    for (name, variable), rows in cells.groupby(["table", "variable"], sort=False):
        table = vocabulary.tables.get(name)
        if table is None or variable not in table.names:
            continue
        unknown[rows.index] = False
        if name not in tables:  # what is wrong with it is said already
            current[rows.index] = rows["value"]
            continue
        column = table.column(variable)
        bad = [value for value in rows["value"].unique() if not _is_rating(value, column)]
        strange[rows.index] = rows["value"].isin(bad)
        now = tables[name].set_index(table.key)[variable]
        now = now.replace("", NO_ITEM) if column.type == "list" else now
        lost[rows.index] = ~rows["row_id"].isin(now.index)
        current[rows.index] = rows["row_id"].map(now[~now.index.duplicated()]).fillna("")
    refuse("variable", "variable must be a column of the rated table", unknown)
    refuse("row_id", "row_id must be a key of the rated table", lost)
    refuse("value", "value must be a word of the rated column", strange)
    finals = ratings.loc[ratings["round"] == "final", ["table", "row_id", "variable"]]
    last = pd.Series(False, index=ratings.index)
    last[finals.index] = ~finals.duplicated(keep="last")
    final = last & ~lost & ~unknown
    refuse("value", "the last final rating must equal the rated table's cell", final & (ratings["value"] != current))


def _is_rating(value: str, column: Column) -> bool:
    """Tell whether a rating is a word of its column; of a list, words without repeats, or `NO_ITEM`."""
    if column.type != "list" or value == NO_ITEM:
        return not column.words or value in column.values or column.type == "list"
    items = value.split(";")
    return len(set(items)) == len(items) and set(column.values).issuperset(items)


_NEEDS = {
    _claims: ("claims",),
    _citations: ("citations", "claims"),
    _spans: ("claims", "segments", "sources", "citations"),
    _segments: ("segments", "claims", "sources"),
    _propositions: ("propositions", "findings"),
    _studies: ("studies",),
    _findings: ("findings",),
    _ratings: ("ratings",),
}


def check_files(folder: str | Path, sources: pd.DataFrame, file: str) -> list[Problem]:
    """Check that every source's text is in the folder, and not outside it.

    Parameters
    ----------
    folder
        Folder of texts.
    sources
        The sources table, as text.
    file
        Name of the sources' file, for the messages.
    """
    root, problems = Path(folder).resolve(), []

    def refuse(wrong: pd.Series, rule: str) -> None:
        if wrong.any():
            problems.append(find_rows(sources, wrong, "file", file, rule))

    paths = sources["file"].map(lambda name: (root / name).resolve())
    outside = paths.map(lambda path: root not in path.parents)
    present = paths.map(Path.is_file)
    refuse(outside, "file must lie inside the folder of texts")
    refuse(~outside & ~present, f"file must be in {folder}")
    good = ~outside & present
    empty = good & paths.map(lambda path: good.any() and path.is_file() and path.stat().st_size == 0)
    refuse(empty, "file must not be empty")
    return problems


def check_texts(texts: Mapping[str, str], tables: Tables, files: Mapping[str, str]) -> list[Problem]:
    """Check hashes and lengths, that segments tile each article, and that quotes fit their spans.

    Parameters
    ----------
    texts
        Text by ``source_id``; articles without one are left out.
    tables
        The sources, segments and claims as text.
    files
        File name by table, for the messages.
    """
    problems: list[Problem] = []

    def refuse(name: str, column: str, rule: str, wrong: list[bool]) -> None:
        if any(wrong):
            problems.append(find_rows(tables[name], pd.Series(wrong), column, files[name], rule))

    sources, segments, claims = (tables[name].reset_index(drop=True) for name in ("sources", "segments", "claims"))
    facts = {source: (hash_text(text), str(len(text)), str(len(text.split()))) for source, text in texts.items()}
    for i, column in enumerate(("text_sha256", "n_characters", "n_words")):
        wrong = [
            s in facts and cell != facts[s][i] for s, cell in zip(sources["source_id"], sources[column], strict=True)
        ]
        refuse("sources", column, f"{column} must be that of the article's text", wrong)
    pieces = _cut(segments, texts)
    wrong = [p is not None and hash_text(p) != cell for p, cell in zip(pieces, segments["sha256"], strict=True)]
    refuse("segments", "sha256", "sha256 must be that of the segment's words", wrong)
    problems += _check_gaps(segments, texts, files["segments"])
    pieces = _cut(claims, texts)
    wrong = [p is not None and not quote_fits(cell, p) for p, cell in zip(pieces, claims["quote"], strict=True)]
    refuse("claims", "quote", "quote must begin and end as its span does", wrong)
    return problems


def _cut(rows: pd.DataFrame, texts: Mapping[str, str]) -> list[str | None]:
    cells = zip(rows["source_id"], rows["start"], rows["end"], strict=True)
    return [texts[s][int(a) : int(b)] if s in texts and a.isdigit() and b.isdigit() else None for s, a, b in cells]


def _check_gaps(segments: pd.DataFrame, texts: Mapping[str, str], file: str) -> list[Problem]:
    """Find words that no segment holds; a gap is placed on the line of the segment behind it."""
    places = []
    for source, text in texts.items():
        rows = segments[segments["source_id"] == source]
        edges = [(int(a), int(b), i + 2) for a, b, i in zip(rows["start"], rows["end"], rows.index, strict=True)]
        behind = 0
        for start, end, line in [*edges, (len(text), len(text), int(rows.index[-1]) + 2 if len(rows) else None)]:
            if words := text[behind:start].strip():
                places.append(Place(line, f"{source} {behind} to {start}: {len(words)} characters"))
            behind = max(behind, end)
    return [Problem(file, "every character that is not blank must lie in a segment", tuple(places))] if places else []
