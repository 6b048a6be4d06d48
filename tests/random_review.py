"""Random reviews that the checks accept: tables as text, drawn from the vocabulary alone."""

from __future__ import annotations

import random
import shutil
import tempfile
from pathlib import Path

import pandas as pd

import evidence
from evidence.schema import Vocabulary
from evidence.tables import Review, format_table, load_vocabulary
from nbpage.files import save_files

DATA = Path(__file__).resolve().parents[1] / "data"
FILLER = (
    "press the point daily and the ache of the lower back eases for some people while others feel no change after weeks of "
    "trying it at home with a friend who once read about it somewhere"
).split()
DOMAINS = ("risk_of_bias", "inconsistency", "indirectness", "imprecision", "publication_bias")
EFFECTS, STATEMENTS = ("benefit", "no_difference", "harm"), ("holds", "does_not_hold")
STEPS = {"no_concern": 0, "serious": 1, "very_serious": 2}


class Draw:
    """Draws words of a vocabulary, each chance kept by one seed."""

    def __init__(self, seed: int, vocabulary: Vocabulary):
        self.random = random.Random(seed)
        self.vocabulary = vocabulary

    def word(self, table: str, column: str) -> str:
        return self.random.choice(self.vocabulary.values(table, column))

    def words(self, table: str, column: str, most: int) -> str:
        values = self.vocabulary.values(table, column)
        chosen = set(self.random.sample(values, self.random.randint(0, min(most, len(values)))))
        return ";".join(value for value in values if value in chosen)

    def text(self, least: int, most: int) -> str:
        return " ".join(self.random.choices(FILLER, k=self.random.randint(least, most))).capitalize()

    def maybe(self, chance: float) -> bool:
        return self.random.random() < chance


def write_table(cells: pd.DataFrame, path: str | Path) -> None:
    """Write a table of text as it is, unchecked."""
    save_files({path: format_table(cells)})


def make_review(seed: int = 1, **sizes: int) -> Review:
    """Return a random review as `evidence.load` types it; sizes as for `draw_tables`."""
    with tempfile.TemporaryDirectory() as folder:
        return evidence.load(write_review(folder, seed, **sizes))


def write_review(folder: str | Path, seed: int = 1, **sizes: int) -> Path:
    """Write a random review's tables and the project's schema into a folder, and return the folder."""
    folder = Path(folder)
    shutil.copy(DATA / "datapackage.json", folder)
    vocabulary = load_vocabulary(folder)
    rows = draw_tables(Draw(seed, vocabulary), **sizes)
    for name, table in vocabulary.tables.items():
        cells = [[str(row.get(column, "")) for column in table.names] for row in rows.get(name, [])]
        write_table(pd.DataFrame(cells, columns=list(table.names), dtype=str), folder / table.path)
    return folder


def draw_tables(
    draw: Draw, *, sources=5, segments=90, propositions=20, studies=30, findings=50
) -> dict[str, list[dict]]:
    tables = {"sources": [draw_source(draw, i) for i in range(sources)]}
    tables["studies"] = [draw_study(draw, i) for i in range(studies)]
    tables["propositions"] = [draw_proposition(draw, i, studies) for i in range(propositions)]
    tables["findings"] = draw_findings(draw, tables, findings)
    tables["segments"], tables["claims"] = [], []
    for source in tables["sources"]:
        draw_article(draw, source, segments, tables)
    tables["citations"] = draw_citations(draw, tables)
    tables["markers"] = [
        {
            "marker": word,
            "language": "en",
            "kind": kind,
            "strength": draw.word("markers", "strength"),
            "origin": "made up",
        }
        for kind, words in {"booster": ["always", "clearly", "proven"], "hedge": ["can", "may", "often"]}.items()
        for word in words
    ]
    tables["markers"].sort(key=lambda row: row["marker"])
    tables["hits"] = draw_hits(draw, tables)
    tables["searches"] = draw_searches(draw, tables["propositions"])
    tables |= draw_ratings(draw, tables)
    return tables


def draw_source(draw: Draw, number: int) -> dict:
    columns = draw.vocabulary.tables["sources"].columns
    name = f"site{number:02d}"
    drawn = {c.name: draw.word("sources", c.name) for c in columns if c.words}
    fixed = {
        "source_id": name,
        "title": draw.text(3, 6),
        "publisher": name,
        "author": "not_reported",
        "author_credentials": "not_reported",
        "retrieved_on": "2026-11-21",
        "language": "en",
        "file": f"{name}.txt",
        "text_sha256": f"{number + 1:064x}",
        "n_characters": 1,
        "n_words": 1,
    }
    return drawn | fixed | {"published_on": f"20{draw.random.randint(10, 25)}-03-04" if draw.maybe(0.6) else ""}


def draw_study(draw: Draw, number: int) -> dict:
    columns = draw.vocabulary.tables["studies"].columns
    drawn = {c.name: draw.word("studies", c.name) for c in columns if c.words}
    year = draw.random.randint(1990, 2025)
    return drawn | {
        "study_id": f"author{number:02d}-{year}",
        "authors": "; ".join(f"{draw.text(1, 1)} {letter}" for letter in "ABC"[: draw.random.randint(0, 3)]),
        "title": draw.text(6, 12),
        "container_title": draw.text(2, 4),
        "year": year,
        "n": draw.random.randint(10, 400) if draw.maybe(0.9) else "",
        "url": f"https://example.org/{number}",
        "retraction_status": "none_found",
        "retraction_checked_on": "2026-11-21",
    }


def draw_proposition(draw: Draw, number: int, studies: int) -> dict:
    row = {
        "proposition_id": f"P{number + 1:02d}",
        "searched_on": "2026-11-21",
        "statement": draw.text(6, 16) + ".",
        **{c: draw.text(2, 4).lower() for c in ("population", "intervention", "comparator", "outcome", "timepoint")},
    }
    if draw.maybe(0.3):
        row["comparator"] = "not_applicable"
    if draw.maybe(0.2) or not studies:
        return row | {"certainty_reason": "Looked for trials and reviews."}
    marks = {domain: draw.random.choices(list(STEPS), [6, 3, 1])[0] for domain in DOMAINS}
    steps = sum(STEPS[mark] for mark in marks.values())
    reasons = [
        f"{d.replace('_', ' ')} was {m.replace('_', ' ')}, as {draw.text(3, 6).lower()}"
        for d, m in marks.items()
        if m != "no_concern"
    ]
    return (
        row
        | marks
        | {
            "direction": draw.random.choice(
                (*(STATEMENTS if row["comparator"] == "not_applicable" else EFFECTS), "mixed")
            ),
            "certainty": ("very_low", "low", "moderate", "high")[max(0, 3 - steps)],
            "certainty_reason": ". ".join(map(str.capitalize, reasons)) + "." if reasons else "No domain marked.",
            "certainty_origin": draw.word("propositions", "certainty_origin"),
            "n_studies": draw.random.randint(1, 20),
            "n_participants": draw.random.randint(20, 2000) if draw.maybe(0.9) else "",
        }
    )


def draw_findings(draw: Draw, tables: dict, most: int) -> list[dict]:
    rated = [row["proposition_id"] for row in tables["propositions"] if row.get("certainty")]
    about = rated + [draw.random.choice(rated) for _ in range(max(0, most - len(rated)) if rated else 0)]
    return [draw_finding(draw, i, p, draw.random.choice(tables["studies"])) for i, p in enumerate(about, 1)]


def draw_finding(draw: Draw, number: int, proposition: str, study: dict) -> dict:
    measure = draw.random.choices(("MD", "SMD", "RR", "OR", "percent", "narrative"), [4, 6, 2, 1, 1, 4])[0]
    row = {
        "finding_id": f"F{number:03d}",
        "study_id": study["study_id"],
        "proposition_id": proposition,
        "relation": draw.word("findings", "relation"),
        "comparator": draw.text(1, 4).lower(),
        "favours_when": "not_applicable" if measure == "narrative" else draw.word("findings", "favours_when"),
        "outcome_measure": draw.random.choice(("pain (0 to 10)", "disability (0 to 24)")),
        "timepoint": draw.random.choice(("after treatment", "6 months")),
        "effect_measure": measure,
        "origin": draw.word("findings", "origin"),
        "locator": "https://example.org/1 table 2",
        "note": "inputs: none",
        "n_intervention": draw.random.randint(5, 200),
        "n_comparator": draw.random.randint(5, 200),
    }
    if measure == "narrative":
        return row | {"n_intervention": "", "n_comparator": ""}
    ratio, spread = measure in ("RR", "OR"), {"MD": 3, "percent": 30}.get(measure, 0.6)
    middle, half = draw.random.gauss(-spread, spread), abs(draw.random.gauss(0, spread))
    ends = [round(2.718**x if ratio else x, 2) for x in (middle, middle - half, middle + half)]
    row["estimate"] = max(ends[0], 0.01) if ratio else ends[0]
    if draw.maybe(0.8):
        row |= {"ci_low": min(ends[1], row["estimate"]), "ci_high": max(ends[2], row["estimate"])}
    return row


def draw_article(draw: Draw, source: dict, segments: int, tables: dict) -> None:
    name, at, n_claims = source["source_id"], 0, 0
    roles = [role for role in draw.vocabulary.values("segments", "role") if role != "claim"]
    for i in range(segments):
        end = at + draw.random.randint(15, 140)
        is_claim = draw.maybe(0.7)
        tables["segments"].append(
            {
                "segment_id": f"{name}-s{i + 1:03d}",
                "source_id": name,
                "start": at,
                "end": end,
                "sha256": "0" * 64,
                "role": "claim" if is_claim else draw.random.choice(roles),
                "reason": "" if is_claim else "asserts nothing",
            }
        )
        for _ in range(draw.random.choice((1, 1, 1, 2, 3)) if is_claim else 0):
            n_claims += 1
            tables["claims"].append(draw_claim(draw, f"{name}-{n_claims:03d}", name, at, end, tables["propositions"]))
        at = end + draw.random.randint(1, 3)
    source["n_characters"], source["n_words"] = max(1, at), max(1, at // 6)


def draw_claim(draw: Draw, key: str, source: str, start: int, end: int, propositions: list[dict]) -> dict:
    columns = draw.vocabulary.tables["claims"].columns
    row = {c.name: draw.word("claims", c.name) for c in columns if c.words and c.type != "list"}
    row |= {
        "claim_id": key,
        "source_id": source,
        "start": start,
        "end": end,
        "quote": draw.text(3, 8),
        "claim": draw.text(5, 20) + ".",
        "tags": draw.words("claims", "tags", 3),
        "note": "Not assessed: made up.",
    }
    row["strength"] = draw.random.choices(draw.vocabulary.values("claims", "strength"), [1, 3, 5, 14, 5])[0]
    row["checkability"] = "checkable" if draw.maybe(0.7) else row["checkability"]
    if row["kind"] == "citation" or not propositions or draw.maybe(0.15):
        return row | {"proposition_id": "", "match": "", "match_reason": "", "asserted_direction": ""}
    chosen = draw.random.choice(propositions)
    statement = chosen.get("direction") in STATEMENTS or chosen["comparator"] == "not_applicable"
    direction = draw.random.choices(*((STATEMENTS, [12, 1]) if statement else (EFFECTS, [12, 1, 1])))[0]
    return row | {"proposition_id": chosen["proposition_id"], "match_reason": "fits", "asserted_direction": direction}


def draw_citations(draw: Draw, tables: dict) -> list[dict]:
    rows = []
    for claim in tables["claims"]:
        if claim["kind"] != "citation":
            continue
        identity = draw.word("citations", "identity") if tables["studies"] else "not_found"
        known = identity in ("exact", "probable")
        rows.append(
            {
                "citation_id": f"C{len(rows) + 1:03d}",
                "claim_id": claim["claim_id"],
                "cited_as": draw.text(2, 5),
                "study_id": draw.random.choice(tables["studies"])["study_id"] if known else "",
                "identity": identity,
                "accuracy": draw.word("citations", "accuracy") if known else "not_checkable",
                "reason": "read",
            }
        )
    return rows


def draw_searches(draw: Draw, propositions: list[dict]) -> list[dict]:
    return [
        {
            "search_id": f"{row['proposition_id']}-s{i}",
            "proposition_id": row["proposition_id"],
            "query": draw.text(3, 8),
            "searched_in": "a made-up index",
            "searched_on": "2026-11-21",
            "n_results": 12,
            "n_relevant": draw.random.randint(0, 12),
        }
        for row in propositions
        for i in range(1, 3)
        if not row.get("certainty") or draw.maybe(0.3)
    ]


def draw_ratings(draw: Draw, tables: dict) -> dict[str, list[dict]]:
    """Two raters judge most rows; one of them always says what the table says, and nothing is settled."""
    ratings = {}
    for table in draw.vocabulary.tables.values():
        if not table.rates:
            continue
        judged = [c for c in table.rated if table.column(c).words]
        ratings[table.name] = [
            {table.key: row[table.key], "rater_id": rater, "round": "independent", "rated_on": "2026-11-21"}
            | {
                c: row[c] if rater == "ann" or draw.maybe(0.8) else draw.word(table.rates, c)
                for c in judged
                if row.get(c)
            }
            for row in tables[table.rates]
            if draw.maybe(0.8)
            for rater in ("ann", "bob")
        ]
        ratings[table.name] = [row for row in ratings[table.name] if any(row.get(c) for c in judged)]
    return ratings


def draw_hits(draw: Draw, tables: dict) -> list[dict]:
    rows = []
    for source in tables["sources"]:
        spans = [s for s in tables["segments"] if s["source_id"] == source["source_id"] and draw.maybe(0.3)]
        for i, span in enumerate(spans, 1):
            marker = draw.random.choice(tables["markers"])["marker"]
            rows.append(
                {
                    "hit_id": f"{source['source_id']}-h{i:03d}",
                    "source_id": source["source_id"],
                    "start": span["start"] + 2,
                    "end": span["start"] + 2 + len(marker),
                    "marker": marker,
                }
            )
    return rows
