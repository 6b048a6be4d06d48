"""Code an article: enter claims, change and withdraw them, say what is none; enter what they are held against.

Who codes says which sentences, which words, which values. What follows from that is made here: ids, spans, quotes,
roles of segments, and the coder's own ratings, because a value that she enters is what she says of it. A cell that
nobody else has rated takes her value; where others have, hers stands beside theirs as any rating does.

Every function holds the lock of the tables, checks them as they would be, and writes all of them or none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NoReturn

import pandas as pd

from evidence import labels
from evidence.checks import Place, Problem, TableError, read_numbers
from evidence.ratings import FINAL, INDEPENDENT, UNMAPPED, UNSAID, RatedRow, join_notes
from evidence.rules import CLAIM, MAPPED, NO_ITEM, UNCODED, find_covered
from evidence.schema import Table
from evidence.tables import HeldTables, hold_tables
from evidence.texts import MOST_QUOTED_WORDS, find_copied, find_texts, hash_text, make_quote, quote_fits, read_text

Cells = Mapping[str, str]
DERIVED = ("claim_id", "source_id", "start", "end")  # of a claim: what its sentences say
_KEY = re.compile(r"(?P<begin>.*)\\d(?:\{(?P<width>\d+),\}|\+)")  # the pattern of a key that ends in a number
_AUTOMATIC = re.compile(r".*[\])}+*?]")  # what of a pattern stands for other signs


def enter_claim(
    cells: Cells,
    *,
    rater_id: str,
    segments: Sequence[str] = (),
    claim_id: str = "",
    citation: Cells | None = None,
    seen: Cells | None = None,
    folder: str | Path | None = None,
    texts: str | Path | None = None,
) -> str:
    """Enter a claim, or change one: its row, the role of its sentences, and what the coder rates by it.

    Parameters
    ----------
    cells
        By column of the claims table, without ids and places. An empty quote is made of the sentences' first and last
        words. A proposition of ``not_applicable`` says that none fits; ``match_reason`` says why then. Where others
        have mapped the claim too, a reason that stands there stays, and hers goes into the note of her rating.
    rater_id
        Who codes.
    segments
        The sentences that carry it, one behind the other; of a claim that is changed, those it has by default.
    claim_id
        The claim to change; by default a new one, with the next number of its article.
    citation
        Where its kind is citation: the cells of its row in the citations table, without ids.
    seen
        Cells of the claim as they stood when the change was begun; refused where another stands there by now.
    folder, texts
        As for `evidence.schema.find_data` and `evidence.texts.find_texts`.

    Returns
    -------
    str
        The claim's id.

    Raises
    ------
    TableError
        With every rule that would be broken and is not broken already, or where the article's text is not at hand;
        then nothing was written.
    """
    with hold_tables(folder) as held:
        cells = _fold(held, "claims", cells, DERIVED)
        citation = _fold(held, "citations", citation or {}, ("citation_id", "claim_id"))
        old = _find_row(held, "claims", claim_id) if claim_id else {}
        span = _find_span(held, segments, old)
        text = _read_article(held, span["source_id"], texts)
        words = text[int(span["start"]) : int(span["end"])]
        if copied := find_copied(cells.get("claim", ""), text):
            _refuse(held, "claims", f"claim must be in your own words: more than {MOST_QUOTED_WORDS} in a row are the "
                                    "article's", copied)  # fmt: skip
        key = claim_id or _make_key(held, "claims", span, held.read("withdrawn")["claim_id"].tolist())
        moved = not old or any(span[name] != old[name] for name in ("start", "end"))
        quote = cells.get("quote", "" if moved else old["quote"]) or make_quote(words)
        if not quote_fits(quote, words):
            _refuse(held, "claims", "quote must begin and end as the sentences do, and leave out only what is between",
                    quote)  # fmt: skip
        reason, none = cells.get("match_reason", ""), cells.get("proposition_id") == NO_ITEM
        if none and not reason:
            _refuse(held, "claims", "where no proposition fits, match_reason must say why; it goes into the note")
        kept = _find_others(held, "claims", key, "proposition_id", rater_id)
        left_out = ("match_reason", *MAPPED) if none else ("match_reason",) if kept else ()
        cells = {name: value for name, value in cells.items() if name not in left_out}
        _put(held, "claims", key, {**cells, **span, "quote": quote}, rater_id, seen, reason)
        _say_unmapped(held, key)
        for segment in _list_segments(held, span) if moved else ():
            _put(held, "segments", segment, {"role": CLAIM}, rater_id)
        freed = _put_roles(held, span["source_id"])
        _drop_ratings(held, "segments", freed, rater_id=rater_id, in_round=INDEPENDENT, role=CLAIM)
        if citation:
            known = held.read("citations").set_index("claim_id")["citation_id"]
            _put(held, "citations", known.get(key, ""), {**citation, "claim_id": key}, rater_id)
        elif _find_row(held, "claims", key)["kind"] != "citation":
            known = held.read("citations")
            if lost := known.loc[known["claim_id"] == key, "citation_id"].tolist():
                _drop(held, "citations", lost, "", {})
        held.save()
    return key


def mark_segments(
    segments: Sequence[str], role: str, *, rater_id: str, reason: str = "", folder: str | Path | None = None
) -> None:
    """Say that sentences carry no claim, and why; a role of ``not_coded`` takes back what this rater alone said.

    Parameters
    ----------
    segments
        Their ids.
    role
        A word of ``segments.role`` other than ``claim``.
    rater_id
        Who codes.
    reason
        It stands in the note of the rating, too. Default: what stands there for this role already, else what the word
        means.
    folder
        As for `evidence.schema.find_data`.

    Raises
    ------
    TableError
        As for `enter_claim`; also where a claim rests on one of them, or, of ``not_coded``, where others have rated
        or somebody has settled its role.
    """
    with hold_tables(folder) as held:
        words = {word.value: word for word in held.vocabulary.words("segments", "role")}
        if role == CLAIM or role not in words:
            others = ", ".join(name for name in words if name != CLAIM)
            _refuse(held, "segments", f"role of a sentence without a claim must be one of {others}", role)
        reason = " ".join(reason.split())
        for segment in segments:
            old = _find_row(held, "segments", segment)
            if old["role"] == CLAIM:
                _refuse(held, "segments", "a claim rests on this sentence; withdraw it first", segment)
            if role == UNCODED:
                if raters := _find_others(held, "segments", segment, "role", rater_id):
                    _refuse(held, "segments", f"the role of a sentence that {labels.series(raters)} rated or settled "
                                              "must not be taken back; settle it", segment)  # fmt: skip
                _drop_ratings(held, "segments", [segment], rater_id=rater_id, in_round=INDEPENDENT)
                _change(held, "segments", segment, {"role": role, "reason": ""})
                continue
            _put(held, "segments", segment, {"role": role}, rater_id)
            if reason:  # in her note, too: the cell holds the reason that was given last
                hers = RatedRow(held, "segments", segment, {})
                hers.put(rater_id, INDEPENDENT, {}, reason, None)
                held.change(hers.list_changes())
            said = reason or (old["reason"] if old["role"] == role else "") or words[role].definition.rstrip(".")
            if _find_row(held, "segments", segment)["role"] == role:
                _change(held, "segments", segment, {"reason": said})
        held.save()


@dataclass(frozen=True)
class Withdrawn:
    """What goes with a claim.

    Attributes
    ----------
    claim_id
        The claim.
    gone
        How many rows go, by table.
    freed
        Sentences on which no claim rests then.
    """

    claim_id: str
    gone: Mapping[str, int]
    freed: tuple[str, ...]

    def __str__(self) -> str:
        rows = labels.series(f"{labels.count(n, 'row')} of {labels.word(table)}" for table, n in self.gone.items())
        with_it = f"; with it {rows}" if rows else ""
        free = f"; to be coded again: {', '.join(self.freed)}" if self.freed else ""
        return f"{self.claim_id} goes to the withdrawn claims, its id is never used again{with_it}{free}."


def withdraw_claim(
    claim_id: str, *, reason: str, merged_into: str = "", dry: bool = False, folder: str | Path | None = None
) -> Withdrawn:
    """Withdraw a claim: its row goes to ``withdrawn.csv`` with what raters gave it, and all that hangs on it goes.

    Parameters
    ----------
    claim_id
        The claim.
    reason
        Why it is no row any more.
    merged_into
        The claim that carries it now.
    dry
        Say what would go, and write nothing.
    folder
        As for `evidence.schema.find_data`.

    Raises
    ------
    TableError
        As for `enter_claim`; also where no reason is given.
    """
    with hold_tables(folder) as held:
        if not dry and not reason.strip():
            _refuse(held, "withdrawn", "a claim is withdrawn with its reason")
        claim = _find_row(held, "claims", claim_id)
        gone: dict[str, int] = {}
        ratings = _drop(held, "claims", [claim_id], merged_into, gone)
        freed = _put_roles(held, claim["source_id"])
        ratings += _drop_ratings(held, "segments", freed, role=CLAIM, gone=gone)
        withdrawn = held.read("withdrawn")
        row = {name: claim.get(name, "") for name in withdrawn.columns}
        row |= {"merged_into": merged_into, "reason": " ".join(reason.split()), "ratings": "; ".join(ratings)}
        row["withdrawn_on"] = date.today().isoformat()
        held.change({"withdrawn": pd.concat([withdrawn, pd.DataFrame([row])], ignore_index=True)})
        if not dry:
            held.save()
    return Withdrawn(claim_id, gone, tuple(freed))


def enter_rows(
    rows: Mapping[str, Sequence[Cells]],
    *,
    rater_id: str,
    seen: Mapping[str, Cells] | None = None,
    folder: str | Path | None = None,
) -> dict[str, list[str]]:
    """Enter rows of several tables that stand or fall together, as a proposition with its searches and findings.

    Parameters
    ----------
    rows
        Rows by table; a row with the key of one that is there changes the cells it names. A row without a key gets the
        next one, and where it points to a table of which the call has one row, and names none, it points to that.
    rater_id
        Who enters them; cells that are judged stand in the table of ratings as hers.
    seen
        By key, cells of rows as they stood when the change was begun; see `enter_claim`.
    folder
        As for `evidence.schema.find_data`.

    Returns
    -------
    dict
        The rows' keys by table.

    Raises
    ------
    TableError
        As for `enter_claim`; also for tables whose rows have a place in an article, or are ratings.
    """
    with hold_tables(folder) as held:
        tables = held.vocabulary.tables
        made: dict[str, list[str]] = {}
        for name in sorted(rows, key=lambda name: any(key.table in rows for key in tables[name].foreign_keys)):
            table = tables[name]
            if table.rates or "start" in table.names:
                _refuse(
                    held, name, "rows of this table are not entered so: they are ratings, or have a place in an article"
                )
            for cells in rows[name]:
                cells = _fold(held, name, cells, ())
                pointed = {key.table for key in table.foreign_keys if cells.get(key.column)}
                for key in table.foreign_keys:
                    if key.table not in pointed and len(made.get(key.table, ())) == 1:
                        pointed.add(key.table)  # by its first column that points there
                        cells[key.column] = made[key.table][0]
                given = cells.pop(table.key, "")
                made.setdefault(name, []).append(_put(held, name, given, cells, rater_id, (seen or {}).get(given)))
        held.save()
    return made


# Rows and their ratings


def _put(
    held: HeldTables, name: str, key: str, cells: Cells, rater_id: str, seen: Cells | None = None, reason: str = ""
) -> str:
    """Lay the cells of a row, a new one where no row has the key: what is judged as this rater's rating too.

    Her reason goes where the cells that take her value have one, else into the note of her rating.
    """
    table, rates = held.vocabulary.tables[name], held.vocabulary.find_ratings(name)
    rows = held.read(name)
    key = key or _make_key(held, name, cells)
    judged = {column: value for column, value in cells.items() if rates and column in rates.rated and value}
    plain = {column: value for column, value in cells.items() if not (rates and column in rates.rated)}
    if (rows[table.key] == key).any():
        old = _find_row(held, name, key)
        for column, value in plain.items():
            if seen is not None and old[column] not in (seen.get(column, old[column]), value):
                _refuse(held, name, f"{column} of {key} was changed in another window since; look again, then save",
                        old[column])  # fmt: skip
    else:
        new = {**dict.fromkeys(table.names, ""), table.key: key}
        held.change({name: pd.concat([rows, pd.DataFrame([new])], ignore_index=True)})
    _change(held, name, key, plain)
    if not rates:
        return key
    row = RatedRow(held, name, key, judged)
    own = row.find(rater_id, INDEPENDENT)
    if emptied := [column for column in rates.rated if cells.get(column) == "" != own.get(column, "")]:
        _refuse(held, name, f"{emptied[0]} of {key}, which {rater_id} has rated, must not be emptied; give another",
                own[emptied[0]])  # fmt: skip
    if judged or reason:
        row.refuse_settled(rater_id, judged)
        row.put(rater_id, INDEPENDENT, judged, "", None)
        row.set_cells({**row.find_free(rater_id, judged), **row.find_due(judged)}, reason)
        if reason and reason != row.now["match_reason"] and f"{UNSAID}{reason}" not in row.now["note"]:
            row.put(rater_id, INDEPENDENT, {}, reason, None)
        held.change(row.list_changes())
    return key


def _change(held: HeldTables, name: str, key: str, cells: Cells) -> None:
    rows = held.read(name)
    rows.loc[rows[held.vocabulary.tables[name].key] == key, list(cells)] = list(cells.values())
    held.change({name: rows})


def _find_row(held: HeldTables, name: str, key: str) -> dict[str, str]:
    table, rows = held.vocabulary.tables[name], held.read(name)
    found = rows[rows[table.key] == key].to_dict("records")
    if not found:
        _refuse(held, name, f"{table.key} must be one of those in this table", key)
    return {str(column): value for column, value in found[0].items()}


def _drop(held: HeldTables, name: str, keys: Sequence[str], instead: str, gone: dict[str, int]) -> list[str]:
    """Take rows out of a table and out of all that cannot stand without them; return what raters said of them.

    A column that may be empty points to `instead` from then on. `gone` gets how many rows went from other tables.
    """
    said = _drop_ratings(held, name, keys, gone=gone)
    for table in held.vocabulary.tables.values():
        for pointer in table.foreign_keys:
            rows = held.read(table.name)
            hanging = rows[pointer.column].isin(keys)
            if pointer.table != name or table.rates or not hanging.any():
                continue
            if table.column(pointer.column).required:
                gone[table.name] = gone.get(table.name, 0) + int(hanging.sum())
                said += _drop(held, table.name, rows.loc[hanging, table.key].tolist(), instead, gone)
            else:
                held.change({table.name: rows.assign(**{pointer.column: rows[pointer.column].mask(hanging, instead)})})
    rows = held.read(name)
    held.change({name: rows[~rows[held.vocabulary.tables[name].key].isin(keys)]})
    return said


def _drop_ratings(
    held: HeldTables,
    name: str,
    keys: Sequence[str],
    *,
    rater_id: str = "",
    in_round: str = "",
    role: str = "",
    gone: dict[str, int] | None = None,
) -> list[str]:
    """Take out what raters said of rows, of one rater, round or role where these are named; return it in words."""
    rates = held.vocabulary.find_ratings(name)
    if rates is None:
        return []
    ratings = held.read(rates.name)
    dropped = ratings[rates.key].isin(keys)
    dropped &= (ratings["rater_id"] == rater_id) if rater_id else True
    dropped &= (ratings["round"] == in_round) if in_round else True
    dropped &= (ratings["role"] == role) if role else True
    if gone is not None and dropped.any():
        gone[rates.name] = gone.get(rates.name, 0) + int(dropped.sum())
    held.change({rates.name: ratings[~dropped]})
    return [_describe_rating(row, rates, name) for row in ratings[dropped].to_dict("records")]


def _find_others(held: HeldTables, name: str, key: str, variable: str, rater_id: str) -> list[str]:
    """Return who but this rater's independent rating has said what a cell holds."""
    rates = held.vocabulary.find_ratings(name)
    if rates is None:
        return []
    ratings = held.read(rates.name)
    said = (ratings[rates.key] == key) & (ratings[variable] != "")
    said &= (ratings["rater_id"] != rater_id) | (ratings["round"] == FINAL)
    return ratings.loc[said, "rater_id"].unique().tolist()


def _describe_rating(row: Mapping, rates: Table, rated: str) -> str:
    given = ", ".join(f"{column}={row[column]}" for column in rates.rated if row[column])
    of = "" if rated == "claims" else f"{row[rates.key]} by "
    return f"{of}{row['rater_id']} ({row['round']}): {given}"


# Sentences, spans, keys


def _find_span(held: HeldTables, segments: Sequence[str], old: Cells) -> dict[str, str]:
    """Return article, start and end of sentences that follow one another; those of the claim where none are given."""
    if not segments and old:
        return {name: old[name] for name in ("source_id", "start", "end")}
    rows = held.read("segments")
    here = rows["source_id"].isin(rows.loc[rows["segment_id"].isin(segments), "source_id"])
    order = rows[here].assign(at=read_numbers(rows["start"])).sort_values(["source_id", "at"]).reset_index(drop=True)
    picked = order.index[order["segment_id"].isin(segments)]
    apart = len(picked) and picked[-1] - picked[0] != len(picked) - 1
    if apart or not segments or len(picked) != len(set(segments)) or order["source_id"].nunique() > 1:
        _refuse(held, "segments", "the sentences of a claim must be of one article and follow one another",
                ", ".join(segments))  # fmt: skip
    first, last = order.loc[picked[0]], order.loc[picked[-1]]
    return {"source_id": first["source_id"], "start": first["start"], "end": last["end"]}


def _list_segments(held: HeldTables, span: Cells) -> list[str]:
    rows = held.read("segments")
    within = (read_numbers(rows["start"]) >= int(span["start"])) & (read_numbers(rows["end"]) <= int(span["end"]))
    return rows.loc[within & (rows["source_id"] == span["source_id"]), "segment_id"].tolist()


def _put_roles(held: HeldTables, source_id: str) -> list[str]:
    """Give an article's sentences the role that its claims make; return those on which none rests any more."""
    segments, claims = held.read("segments"), held.read("claims")
    here = segments["source_id"] == source_id
    covered = here & find_covered(segments, read_numbers(segments["start"]), claims)
    left = here & ~covered & (segments["role"] == CLAIM)
    segments.loc[covered, ["role", "reason"]] = [CLAIM, ""]
    segments.loc[left, ["role", "reason"]] = [UNCODED, ""]
    held.change({"segments": segments})
    return segments.loc[left, "segment_id"].tolist()


def _make_key(held: HeldTables, name: str, cells: Cells, used: Sequence[str] = ()) -> str:
    """Make the next key of a table by its pattern: a number behind a word, or behind what it belongs to."""
    table = held.vocabulary.tables[name]
    rule = _KEY.fullmatch(table.column(table.key).pattern or "")
    if not rule:
        _refuse(held, name, f"a new row must have its {table.key}")
    literal = _AUTOMATIC.sub("", rule["begin"])
    owners = [cells.get(key.column, "") for key in table.foreign_keys] if literal != rule["begin"] else [""]
    begin = next((f"{owner}{literal}" for owner in owners if re.fullmatch(rule["begin"], f"{owner}{literal}")), None)
    if begin is None:
        _refuse(held, name, f"a new row must name what its {table.key} begins with")
    keys = [key.removeprefix(str(begin)) for key in (*held.read(name)[table.key], *used) if key.startswith(str(begin))]
    number = max((int(key) for key in keys if key.isdecimal()), default=0) + 1
    return f"{begin}{number:0{rule['width'] or 1}d}"


# What is asked of a claim


def _read_article(held: HeldTables, source_id: str, texts: str | Path | None) -> str:
    """Read an article as it was coded."""
    source = _find_row(held, "sources", source_id)
    path = find_texts(held.folder, texts) / source["file"]
    text = read_text(path)
    if text is None or hash_text(text) != source["text_sha256"]:
        what = "is not the one that was coded" if path.is_file() else "is not at hand"
        _refuse(held, "sources", f"the article's text {what}; 'evidence texts' brings it", str(path))
    return str(text)


def _say_unmapped(held: HeldTables, claim_id: str) -> None:
    """Say in the note of a claim that evidence could bear on, and that is mapped to nothing, that this waits."""
    row = _find_row(held, "claims", claim_id)
    waits = row["checkability"] == "checkable" and row["kind"] != "citation" and not row["proposition_id"]
    if waits and UNSAID not in row["note"]:
        _change(held, "claims", claim_id, {"note": join_notes(row["note"], UNMAPPED)})


def _fold(held: HeldTables, name: str, cells: Cells, derived: Sequence[str]) -> dict[str, str]:
    """Return cells as they are entered, each on one line; refuse a column that the table has not, or that is made."""
    names = [column for column in held.vocabulary.tables[name].names if column not in derived]
    for column in cells:
        if column not in names:
            _refuse(held, name, f"a column that is entered must be one of {', '.join(names)}", column)
    return {column: " ".join(value.split()) for column, value in cells.items()}


def _refuse(held: HeldTables, name: str, rule: str, value: str | None = None) -> NoReturn:
    """Raise the error that a rule is broken."""
    places = () if value is None else (Place(None, value),)
    raise TableError([Problem(held.files[name], rule, places)])
