"""Check spans, quotes, segments and hashes against the articles' own words."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from evidence.checks.problems import Place, Problem, find_rows
from evidence.texts import hash_text, quote_fits

__all__ = ["check_files", "check_texts"]

Tables = Mapping[str, pd.DataFrame]


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

    sources, segments, claims = (
        tables[name].reset_index(drop=True) for name in ("sources", "segments", "claims")
    )
    facts = {
        source: (hash_text(text), str(len(text)), str(len(text.split()))) for source, text in texts.items()
    }
    for i, column in enumerate(("text_sha256", "n_characters", "n_words")):
        wrong = [
            s in facts and cell != facts[s][i]
            for s, cell in zip(sources["source_id"], sources[column], strict=True)
        ]
        refuse("sources", column, f"{column} must be that of the article's text", wrong)
    pieces = _cut(segments, texts)
    wrong = [
        p is not None and hash_text(p) != cell for p, cell in zip(pieces, segments["sha256"], strict=True)
    ]
    refuse("segments", "sha256", "sha256 must be that of the segment's words", wrong)
    problems += _check_gaps(segments, texts, files["segments"])
    pieces = _cut(claims, texts)
    wrong = [
        p is not None and not quote_fits(cell, p) for p, cell in zip(pieces, claims["quote"], strict=True)
    ]
    refuse("claims", "quote", "quote must begin and end as its span does", wrong)
    return problems


def _cut(rows: pd.DataFrame, texts: Mapping[str, str]) -> list[str | None]:
    cells = zip(rows["source_id"], rows["start"], rows["end"], strict=True)
    return [
        texts[s][int(a) : int(b)] if s in texts and a.isdigit() and b.isdigit() else None for s, a, b in cells
    ]


def _check_gaps(segments: pd.DataFrame, texts: Mapping[str, str], file: str) -> list[Problem]:
    """Find words that no segment holds; a gap is placed on the line of the segment behind it."""
    places = []
    for source, text in texts.items():
        rows = segments[segments["source_id"] == source]
        edges = [
            (int(a), int(b), i + 2) for a, b, i in zip(rows["start"], rows["end"], rows.index, strict=True)
        ]
        behind = 0
        for start, end, line in [
            *edges,
            (len(text), len(text), int(rows.index[-1]) + 2 if len(rows) else None),
        ]:
            if words := text[behind:start].strip():
                places.append(Place(line, f"{source} {behind} to {start}: {len(words)} characters"))
            behind = max(behind, end)
    return (
        [Problem(file, "every character that is not blank must lie in a segment", tuple(places))]
        if places
        else []
    )
