"""What must hold within a row, between tables, and between tables and the articles' own words.

Every rule is a mask over one table's rows. Tables arrive as text, as they stand in the file; a rule whose tables
could not be read is left out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from evidence.checks import Place, Problem, find_rows, read_numbers
from evidence.schema import Table, Vocabulary
from evidence.texts import MOST_QUOTED_WORDS, count_words, hash_text, measure_text, quote_fits, read_text
from evidence.wording import tag_markers

Tables = Mapping[str, pd.DataFrame]
DOMAINS = ("risk_of_bias", "inconsistency", "indirectness", "imprecision", "publication_bias")
STRENGTH = ("uncertain", "tentative", "qualified", "plain", "emphatic")
CERTAINTY = ("very_low", "low", "moderate", "high")
MATCH = ("direct", "indirect", "very_indirect")
CONCERN = ("no_concern", "serious", "very_serious")
RANKED = {  # what the rule of support ranks
    "claims": {"strength": STRENGTH, "match": MATCH},
    "propositions": {"certainty": CERTAINTY, **dict.fromkeys(DOMAINS, CONCERN)},
}
STEPS = {"": 0, **{word: steps for steps, word in enumerate(CONCERN)}}
NO_ITEM = "not_applicable"
INDEPENDENT, FINAL = "independent", "final"  # rounds of rating
CLAIM, UNCODED = "claim", "not_coded"  # roles of a segment
MAPPED = ("match", "asserted_direction")  # judgements on a claim and its proposition
EFFECTS = ("benefit", "no_difference", "harm")
STATEMENTS = ("holds", "does_not_hold")
FEWEST_SEARCHES = 2
STANDS_MAPPED = "{} must stand where proposition_id does, and only there"
SAME_SORT = "asserted_direction must be {} where the direction of the proposition is one of an effect or of a statement"
_UNREAD = re.compile(
    r"\b(?:not|never|un|could not be|cannot be) ?(?:read|seen|accessed|accessible|retrieved|available)\b|\bpaywall",
    re.I,
)


class _Refusals:
    """The problems of some tables, gathered rule by rule."""

    def __init__(self, tables: Tables, files: Mapping[str, str]) -> None:
        self.tables, self.files, self.problems = tables, files, list[Problem]()

    def refuse(self, name: str, column: str, rule: str, wrong: pd.Series | np.ndarray | list[bool]) -> None:
        """Add a problem of the rows of a table that `wrong` marks, if it marks any."""
        if (marked := np.asarray(wrong, dtype=bool)).any():
            cells = self.tables[name]
            self.problems.append(find_rows(cells, pd.Series(marked, cells.index), column, self.files[name], rule))


def check_rows(
    tables: Tables, vocabulary: Vocabulary, files: Mapping[str, str], *, touched: Collection[str] | None = None
) -> list[Problem]:
    """Check the rules between columns and between tables.

    Parameters
    ----------
    tables
        Tables as text, those that could be read and whose cells are sound.
    vocabulary
        Their schema.
    files
        File name by table, for the messages.
    touched
        Only rules that speak of one of these tables; of all by default.
    """
    found, of = _Refusals(tables, files), tables.keys() if touched is None else set(touched)
    for rule, needed in _NEEDS.items():
        if tables.keys() >= set(needed) and not of.isdisjoint(needed):
            rule(partial(found.refuse, needed[0]), *(tables[name] for name in needed))
    for table in vocabulary.tables.values():
        if {table.name, table.rates} <= tables.keys() and not of.isdisjoint((table.name, table.rates, "propositions")):
            _check_ratings(found, table, vocabulary)
    return found.problems


def check_scales(vocabulary: Vocabulary, file: str) -> list[Problem]:
    """Check that the schema has no word for which the rule of support has no rank: it would have to guess."""
    return [
        Problem(
            file,
            f"{name} of {table} must have words that the rule ranks ({', '.join(scale)}); "
            "another one is a change of the rule, in evidence.rules and docs/rule.md",
            tuple(Place(None, word) for word in strange),
        )
        for table, scales in RANKED.items()
        if table in vocabulary.tables
        for name, scale in scales.items()
        if name in vocabulary.tables[table].names
        if (strange := [word for word in vocabulary.values(table, name) if word not in scale])
    ]


def _claims(refuse: Callable, claims: pd.DataFrame) -> None:
    mapped = claims["proposition_id"] != ""
    for column in (*MAPPED, "match_reason"):
        refuse(column, STANDS_MAPPED.format(column), mapped != (claims[column] != ""))
    waiting = (claims["checkability"] == "checkable") & (claims["kind"] != "citation") & ~mapped
    rule = "a checkable claim without proposition_id must say why in note: 'Not assessed: ...'"
    notes = zip(waiting.tolist(), claims["note"].tolist(), strict=True)
    refuse("claim_id", rule, [waits and "Not assessed: " not in note for waits, note in notes])
    refuse("quote", f"quote must have at most {MOST_QUOTED_WORDS} words", _lengths(claims["quote"]) > MOST_QUOTED_WORDS)


def _lengths(values: pd.Series) -> pd.Series:
    return _look_up(values, {value: count_words(value) for value in values.unique()})


def _citations(refuse: Callable, citations: pd.DataFrame, claims: pd.DataFrame) -> None:
    others = set(claims.loc[claims["kind"] != "citation", "claim_id"])
    rule = "claim_id must be a claim of kind citation (where a claim is none any more, change its kind in the panel)"
    refuse("claim_id", rule, citations["claim_id"].isin(others))
    known = citations["identity"].isin(["exact", "probable"])
    refuse(
        "study_id", "study_id must be given where identity is exact or probable", known & (citations["study_id"] == "")
    )
    rule = "study_id must be empty where no work was identified; the nearest one stands in nearest_study_id"
    refuse("study_id", rule, ~known & (citations["study_id"] != ""))
    rule = "nearest_study_id must stand only where no work was identified"
    refuse("nearest_study_id", rule, known & (citations["nearest_study_id"] != ""))
    refuse("accuracy", "accuracy must be not_checkable unless identity is exact or probable",
           ~known & (citations["accuracy"] != "not_checkable"))  # fmt: skip


def _spans(refuse: Callable, claims: pd.DataFrame, segments: pd.DataFrame, sources: pd.DataFrame,
           citations: pd.DataFrame) -> None:  # fmt: skip
    start, end = read_numbers(claims["start"]), read_numbers(claims["end"])
    length = _look_up(claims["source_id"], _list_lengths(sources))
    refuse("start", "start must be before end", start >= end)
    refuse("end", "end must not lie behind the article's last character", end > length)
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
    refuse("end", "end must not lie behind the article's last character", end > length)
    begins, ends = _lay_out(segments["source_id"], start, end)
    order = np.argsort(begins, kind="stable")
    early = np.zeros(len(segments), dtype=bool)
    early[order[1:]] = begins[order][1:] < ends[order][:-1]
    refuse("start", "a segment must not begin before the one in front of it in its article ends", early)
    covered = find_covered(segments, start, claims)
    is_claim = segments["role"] == CLAIM
    refuse("segment_id", "a segment of role claim must lie in the span of a claim", is_claim & ~covered)
    refuse("segment_id", "a segment in the span of a claim must have role claim", ~is_claim & covered)
    refuse(
        "segment_id",
        "reason must say why a segment is no claim, and stand only there",
        (is_claim == (segments["reason"] != "")) & (segments["role"] != UNCODED),
    )


def _list_lengths(sources: pd.DataFrame) -> dict[str, float]:
    return dict(zip(sources["source_id"], read_numbers(sources["n_characters"]), strict=True))


def _look_up(values: pd.Series, known: Mapping[str, float]) -> pd.Series:
    """Return each value's number, each different one looked up once; NaN where it has none."""
    places, distinct = pd.factorize(values)
    numbers = np.array([known.get(value, np.nan) for value in distinct], dtype=float)
    return pd.Series(numbers[places], index=values.index)


def find_covered(segments: pd.DataFrame, start: pd.Series, claims: pd.DataFrame) -> pd.Series:
    """Mark each segment whose first character lies in some claim's span."""
    spans = pd.DataFrame({name: read_numbers(claims[name]) for name in ("start", "end")}).dropna()
    claims, opens, closes = claims.loc[spans.index], spans["start"], spans["end"]  # half a span would cover all behind
    sources = pd.concat([segments["source_id"], claims["source_id"]])
    at, closed = _lay_out(sources, pd.concat([start, opens]), pd.concat([start, closes]))
    here, opened, closed = at[: len(segments)], np.sort(at[len(segments) :]), np.sort(closed[len(segments) :])
    depth = np.searchsorted(opened, here, side="right") - np.searchsorted(closed, here, side="right")
    return pd.Series(depth > 0, index=segments.index)


def _lay_out(sources: pd.Series, *places: pd.Series) -> list[np.ndarray]:
    """Lay articles behind one another, so that places in them can be compared without a loop over articles."""
    articles = pd.factorize(sources)[0]
    length = 1 + max(place.max() for place in places)
    return [articles * length + place.to_numpy() for place in places]


def _propositions(refuse: Callable, propositions: pd.DataFrame, findings: pd.DataFrame) -> None:
    found = propositions["certainty"] != ""
    for column in ("direction", "certainty_origin", *DOMAINS):
        refuse(
            column, f"{column} must stand where certainty does, and only there", found != (propositions[column] != "")
        )
    steps = sum(_look_up(propositions[domain], STEPS) for domain in DOMAINS)
    rank = _look_up(propositions["certainty"], {word: rank for rank, word in enumerate(CERTAINTY)})
    refuse("certainty", "certainty must be high less one step for each serious and two for each very_serious mark",
           found & (rank != (3 - steps).clip(lower=0)))  # fmt: skip
    for domain in DOMAINS:
        name, marked = domain.replace("_", " "), _look_up(propositions[domain], STEPS) > 0
        reasons = zip(marked.tolist(), propositions["certainty_reason"].tolist(), strict=True)
        refuse(
            "proposition_id",
            f"certainty_reason must name {name} where it is marked",
            [is_marked and name not in reason.lower() for is_marked, reason in reasons],
        )
    rule = "certainty_reason must speak of the evidence, not of what could be read: GRADE rates evidence, not access"
    told = propositions["certainty_reason"].str.contains(_UNREAD)
    refuse("certainty_reason", rule, found & told)
    effect = propositions["direction"].isin(EFFECTS)
    rule = "direction must be holds, does_not_hold or mixed where comparator is not_applicable: there is no effect"
    refuse("direction", rule, effect & (propositions["comparator"] == NO_ITEM))
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
    rule = "favours_when must be not_applicable where there is no estimate"
    refuse("favours_when", rule, estimate.isna() & (findings["favours_when"] != NO_ITEM))
    refuse("estimate", "a ratio must be above 0", findings["effect_measure"].isin(["RR", "OR"]) & (estimate <= 0))
    refuse(
        "finding_id",
        "a derived number must give its inputs in note",
        (findings["origin"] == "derived") & (findings["note"] == ""),
    )


def _searches(refuse: Callable, propositions: pd.DataFrame, searches: pd.DataFrame) -> None:
    made = searches["proposition_id"].value_counts()
    few = propositions["proposition_id"].map(made).fillna(0) < FEWEST_SEARCHES
    rule = f"a proposition without certainty must have at least {FEWEST_SEARCHES} rows in searches"
    refuse("proposition_id", rule, (propositions["certainty"] == "") & few)


def _relevant(refuse: Callable, searches: pd.DataFrame) -> None:
    more = read_numbers(searches["n_relevant"]) > read_numbers(searches["n_results"])
    refuse("n_relevant", "n_relevant must not be above n_results", more)
    begins = searches["proposition_id"] + "-s"
    strange = [not key.startswith(begin) for key, begin in zip(searches["search_id"], begins, strict=True)]
    refuse("search_id", "search_id must begin with its proposition_id", strange)


def _withdrawn(refuse: Callable, withdrawn: pd.DataFrame, claims: pd.DataFrame) -> None:
    again = withdrawn["claim_id"].isin(claims["claim_id"])
    refuse("claim_id", "claim_id must be no claim's: an id is never used again", again)


def _directions(refuse: Callable, claims: pd.DataFrame, propositions: pd.DataFrame) -> None:
    found = dict(zip(propositions["proposition_id"], propositions["direction"], strict=True))
    there = pd.Series([found.get(key, "") for key in claims["proposition_id"]], index=claims.index, dtype=str)
    for words, other in ((EFFECTS, STATEMENTS), (STATEMENTS, EFFECTS)):
        wrong = there.isin(words) & claims["asserted_direction"].isin(other)
        refuse("asserted_direction", SAME_SORT.format(", ".join(words)), wrong)


def gather_ratings(
    ratings: pd.DataFrame, table: Table
) -> Iterator[tuple[str, dict[str, dict[str, str]], dict[str, str]]]:
    """Give what was said of each column: its name; by row, each rater's independent value; by row, the final value."""
    keys, raters, rounds = (ratings[name].tolist() for name in (table.key, "rater_id", "round"))
    for column in table.rated:
        given: dict[str, dict[str, str]] = {}
        finals: dict[str, str] = {}
        for key, rater, in_round, value in zip(keys, raters, rounds, ratings[column].tolist(), strict=True):
            if value and in_round == FINAL:
                finals[key] = value
            elif value:
                given.setdefault(key, {})[rater] = value
        yield column, given, finals


def find_due(given: Mapping[str, str], final: str) -> str:
    """Return the value that a cell must have, ``""`` where its ratings leave that open.

    That is the final value, else the one that all raters gave, two at least: where they differ, or one alone differs
    from the table, the disagreement is open and no fault.

    Examples
    --------
    >>> find_due({"ann": "plain", "bea": "plain"}, "")
    'plain'
    >>> find_due({"ann": "plain", "bea": "emphatic"}, "")
    ''
    >>> find_due({"ann": "plain", "bea": "emphatic"}, "emphatic")
    'emphatic'
    """
    values = set(given.values())
    return final or (values.pop() if len(values) == 1 < len(given) else "")


def find_needless(given: Mapping[str, Mapping[str, str]], finals: Mapping[str, str]) -> set[str]:
    """Return the rows whose final value is what every rater gave, so that it settles nothing."""
    return {key for key, value in finals.items() if set(given.get(key, {}).values()) == {value}}


def read_judged(rated: pd.DataFrame, column: str) -> pd.Series:
    """Return a rated column as raters say it: a claim without proposition is one that none fits."""
    return rated[column].replace("", NO_ITEM) if column == "proposition_id" else rated[column]


def may_be_judged(rated: pd.DataFrame, column: str) -> pd.Series:
    """Mark the rows of which `column` can be judged: some want a proposition, or a segment that is coded."""
    if column == "role":
        return rated["role"] != UNCODED
    if column in MAPPED:
        return rated["proposition_id"] != ""
    return pd.Series(True, index=rated.index)


def _check_ratings(found: _Refusals, table: Table, vocabulary: Vocabulary) -> None:
    """Check one table of ratings, and that the rated table's cells are what its ratings say."""
    tables, files, refuse = found.tables, found.files, partial(found.refuse, table.name)
    ratings, rated = tables[table.name], tables[table.rates]
    closing, here = ratings[ratings["round"] == FINAL].to_dict("index"), ratings.index
    said = (ratings[column].tolist() for column in table.rated)
    unsaid = [i for i, row in closing.items() if not row["note"]]
    refuse("note", "note must give the reason of a final rating", here.isin(unsaid))
    refuse(table.key, "a rating must judge something", [not any(row) for row in zip(*said, strict=True)])
    for column, given, finals in gather_ratings(ratings, table):
        if column == "proposition_id" and "propositions" in tables:
            known = {"", NO_ITEM, *tables["propositions"]["proposition_id"]}
            rule = f"{column} must be one of those in {files['propositions']}, or {NO_ITEM}"
            refuse(column, rule, ~ratings[column].isin(known))
        if finals:
            settled = {i: row[table.key] for i, row in closing.items() if row[column]}
            times, needless = Counter(settled.values()), find_needless(given, finals)
            twice = [i for i, key in settled.items() if times[key] > 1]
            refuse(column, f"a row must have one final {column}", here.isin(twice))
            rule = f"a final {column} must stand only where raters differed or it was changed"
            refuse(column, rule, here.isin([i for i, key in settled.items() if key in needless]))
        due = {key: find_due(said, "") for key, said in given.items()} | finals
        cells = (rated[vocabulary.tables[table.rates].key], read_judged(rated, column), may_be_judged(rated, column))
        unlike = [
            judged and due.get(key, "") not in ("", value)
            for key, value, judged in zip(*map(pd.Series.tolist, cells), strict=True)
        ]
        rule = (
            f"{column} must be what raters gave it in {files[table.name]}, the final value where there is one; "
            f"give it that with: evidence settle --finish --row KEY; "
            f"record another with: evidence settle --row KEY --variable {column} --value WORD --rater ID --reason TEXT"
        )
        found.refuse(table.rates, column, rule, unlike)


_NEEDS: dict[Callable, tuple[str, ...]] = {
    _claims: ("claims",),
    _citations: ("citations", "claims"),
    _spans: ("claims", "segments", "sources", "citations"),
    _segments: ("segments", "claims", "sources"),
    _propositions: ("propositions", "findings"),
    _searches: ("propositions", "searches"),
    _relevant: ("searches",),
    _directions: ("claims", "propositions"),
    _withdrawn: ("withdrawn", "claims"),
    _studies: ("studies",),
    _findings: ("findings",),
}


def check_files(folder: str | Path, sources: pd.DataFrame, file: str) -> list[Problem]:
    """Check that every source's text is in the folder and not outside it, that it is text and not empty.

    Parameters
    ----------
    folder
        Folder of texts.
    sources
        The sources table, as text.
    file
        Name of the sources' file, for the messages.
    """
    root, found = Path(folder).resolve(), _Refusals({"sources": sources}, {"sources": file})
    refuse = partial(found.refuse, "sources", "file")
    paths = sources["file"].map(lambda name: (root / name).resolve())
    outside = paths.map(lambda path: root not in path.parents).astype(bool)
    present = paths.map(Path.is_file).astype(bool)
    refuse("file must lie inside the folder of texts", outside)
    refuse(f"file must be in {folder}", ~outside & ~present)
    texts = paths.map(read_text).astype(object).where(~outside & present, "-")
    refuse("file must not be empty", texts == "")
    refuse("file must be text in UTF-8; save it so", texts.isna())
    return found.problems


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
    sources, segments, claims = (tables[name].reset_index(drop=True) for name in ("sources", "segments", "claims"))
    found = _Refusals({"sources": sources, "segments": segments, "claims": claims}, files)
    facts = {source: measure_text(text) for source, text in texts.items()}
    for column in measure_text(""):
        cells = zip(sources["source_id"], sources[column], strict=True)
        wrong = [source in facts and cell != facts[source][column] for source, cell in cells]
        found.refuse("sources", column, f"{column} must be that of the article's text", wrong)
    pieces = _cut(segments, texts)
    wrong = [p is not None and hash_text(p) != cell for p, cell in zip(pieces, segments["sha256"], strict=True)]
    found.refuse("segments", "sha256", "sha256 must be that of the segment's words", wrong)
    found.problems += _check_gaps(segments, texts, files["segments"])
    pieces = _cut(claims, texts)
    wrong = [p is not None and not quote_fits(cell, p) for p, cell in zip(pieces, claims["quote"], strict=True)]
    found.refuse("claims", "quote", "quote must begin and end as its span does", wrong)
    return found.problems


def _cut(rows: pd.DataFrame, texts: Mapping[str, str]) -> list[str | None]:
    cells = zip(rows["source_id"], rows["start"], rows["end"], strict=True)
    return [texts[s][int(a) : int(b)] if s in texts and a.isdigit() and b.isdigit() else None for s, a, b in cells]


def _check_gaps(segments: pd.DataFrame, texts: Mapping[str, str], file: str) -> list[Problem]:
    """Find words that no segment holds; a gap is placed on the line of the segment behind it."""
    places = []
    for source, text in texts.items():
        rows = segments[segments["source_id"] == source]
        edges = sorted((int(a), int(b), i + 2) for a, b, i in zip(rows["start"], rows["end"], rows.index, strict=True))
        behind = 0
        for start, end, line in [*edges, (len(text), len(text), edges[-1][2] if edges else None)]:
            if words := text[behind:start].strip():
                places.append(Place(line, f"{source} {behind} to {start}: {len(words)} characters"))
            behind = max(behind, end)
    return [Problem(file, "every character that is not blank must lie in a segment", tuple(places))] if places else []


def check_hits(texts: Mapping[str, str], hits: pd.DataFrame, markers: pd.DataFrame, file: str) -> list[Problem]:
    """Check that the stored hits are those that the texts give.

    Parameters
    ----------
    texts
        Text by ``source_id``.
    hits, markers
        Tables as text.
    file
        Name of the hits' file, for the messages.
    """
    here = hits[hits["source_id"].isin(texts)]
    place = ["source_id", "start", "end", "marker"]
    now = pd.MultiIndex.from_frame(tag_markers(texts, markers)[place].astype(str))
    stored = pd.MultiIndex.from_frame(here[place])
    problems = []
    if (strange := ~stored.isin(now)).any():
        wrong = hits.index.isin(here.index[strange])
        rule = "a hit must be where its marker stands in the article"
        problems.append(find_rows(hits, pd.Series(wrong, hits.index), "marker", file, rule))
    lost = now[~now.isin(stored)]
    if len(lost):
        first = ", ".join(f"{marker!r} in {source} at {start}" for source, start, _, marker in lost[:3])
        rule = f"every marker in the articles must have its row; {len(lost)} missing: {first}; run 'evidence tag'"
        problems.append(Problem(file, rule))
    return problems
