"""Articles: quality benchmarks, claims along their length, hedges and boosters, the work they mention."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pandas as pd

from evidence.summaries.claims import share_rows

if TYPE_CHECKING:
    from evidence.tables import Review

__all__ = ["READ", "count_citations", "count_markers", "list_bands", "list_benchmarks", "share_markers"]

READ = ("full_text", "abstract_only")
_GROUPS = {"jama_": "JAMA benchmarks", "mentions_": "Tells the reader about", "disclosure": "Interest"}
_LIGHTS = {
    "good": ("met", "yes", "present_clear"),
    "partly": ("partly", "present_unclear"),
    "bad": ("not_met", "no", "none_seen"),
    "unclear": ("unclear",),
    "not_applicable": ("not_applicable",),
}


def list_benchmarks(sources: pd.DataFrame) -> pd.DataFrame:
    """Lay the articles' quality judgements out, one a row.

    Parameters
    ----------
    sources
        The sources table; its columns ``jama_...``, ``mentions_...`` and ``disclosure`` are read.

    Returns
    -------
    pandas.DataFrame
        One row an article and benchmark: ``source_id``, ``group``, ``benchmark`` (words to print),
        ``column``, ``value``, ``light`` (``good``, ``partly``, ``bad``, ``unclear``, ``not_applicable``). No
        sum is made of them: they are not judgements of the claims.
    """
    lights = {word: light for light, words in _LIGHTS.items() for word in words}
    rows = [
        (source, group, _name_benchmark(column, start), column, value, lights[value])
        for start, group in _GROUPS.items()
        for column in sources.columns[sources.columns.str.startswith(start)]
        for source, value in zip(sources["source_id"], sources[column], strict=True)
    ]
    return pd.DataFrame(rows, columns=["source_id", "group", "benchmark", "column", "value", "light"])


def _name_benchmark(column: str, start: str) -> str:
    name = column if column == start else column.removeprefix(start)
    return name.replace("_", " ").capitalize()


def list_bands(claims: pd.DataFrame) -> pd.DataFrame:
    """Cut the claims' spans into pieces that no span's edge divides, and number the claims of each piece.

    Parameters
    ----------
    claims
        Judged claims; uses ``source_id``, ``start``, ``end``, ``claim_id``, ``kind``, ``support``.

    Returns
    -------
    pandas.DataFrame
        One row a claim and piece: ``source_id``, ``start``, ``end`` (of the piece), ``claim_id``, ``kind``,
        ``support``, ``band`` (0 for the first claim there) and ``bands`` (how many claims are there). A
        claim's pieces add up to its span.
    """
    columns = ["source_id", "claim_id", "kind", "support"]
    articles = claims.groupby("source_id", observed=True, sort=False)
    pieces = [piece for _, article in articles for piece in _cut(article)]
    places = pd.DataFrame(pieces, columns=["row", "start", "end", "band", "bands"])
    bands = claims.loc[places["row"], columns].reset_index(drop=True).join(places.drop(columns="row"))
    return bands[["source_id", "start", "end", "claim_id", "kind", "support", "band", "bands"]]


def _cut(article: pd.DataFrame) -> list[tuple]:
    starts, ends = article["start"].to_numpy(int), article["end"].to_numpy(int)
    pieces = []
    for start, end in pairwise(sorted({*starts.tolist(), *ends.tolist()})):
        here = article.index[(starts <= start) & (ends >= end)]
        pieces += [(row, start, end, band, len(here)) for band, row in enumerate(here)]
    return pieces


def count_markers(review: Review) -> pd.DataFrame:
    """Count hedges and boosters of each article, headings and menus included.

    Returns
    -------
    pandas.DataFrame
        One row an article and ``kind`` of marker: ``source_id``, ``kind``, ``n``, ``n_words``, ``per_100``
        (words).
    """
    hits = _join_markers(review)
    grid = _grid(review).merge(review.sources[["source_id", "n_words"]], on="source_id", validate="m:1")
    n = hits.groupby(["source_id", "kind"], observed=True).size().rename("n").reset_index()
    counts = (
        grid.merge(n, how="left", on=["source_id", "kind"], validate="1:1")
        .fillna({"n": 0})
        .astype({"n": int})
    )
    counts = counts.assign(per_100=(100 * counts["n"] / counts["n_words"]).astype(float))
    return counts[["source_id", "kind", "n", "n_words", "per_100"]]


def share_markers(review: Review) -> pd.DataFrame:
    """Give the share of passages with claims that hold a hedge, and that hold a booster.

    A passage is a span of one or several claims; it counts once.

    Returns
    -------
    pandas.DataFrame
        One row an article and ``kind`` of marker: ``source_id``, ``kind``, ``n`` (passages with one), ``of``
        (passages), and ``share``, ``low``, ``high`` as `share_rows` gives them.
    """
    passages = review.claims[["source_id", "start", "end"]].drop_duplicates()
    pairs = passages.merge(_join_markers(review), on="source_id", suffixes=("", "_hit"))
    inside = pairs[(pairs["start_hit"] >= pairs["start"]) & (pairs["end_hit"] <= pairs["end"])]
    n = (
        inside.drop_duplicates(["source_id", "start", "end", "kind"])
        .groupby(["source_id", "kind"], observed=True)
        .size()
    )
    counts = _grid(review).merge(
        n.rename("n").reset_index(), how="left", on=["source_id", "kind"], validate="1:1"
    )
    of = counts["source_id"].map(passages["source_id"].value_counts())
    return share_rows(counts.assign(n=counts["n"].fillna(0).astype(int), of=of.fillna(0).astype(int)))


def _join_markers(review: Review) -> pd.DataFrame:
    return review.hits.merge(review.markers[["marker", "kind"]], on="marker", how="left", validate="m:1")


def _grid(review: Review) -> pd.DataFrame:
    kinds = review.vocabulary.values("markers", "kind")
    rows = [(source, kind) for source in review.sources["source_id"] for kind in kinds]
    return pd.DataFrame(rows, columns=["source_id", "kind"]).astype(
        {"source_id": review.sources["source_id"].dtype}
    )


def count_citations(review: Review) -> pd.DataFrame:
    """Count the mentions of outside work that stand up to each next look.

    Returns
    -------
    pandas.DataFrame
        Four rows, each a part of the one before: ``stage`` (``mentioned``; ``identified``: exactly or
        probably; ``read``: in full or as an abstract; ``accurate``: says what the article says), ``n``,
        ``lost`` (since the row before) and ``reasons`` (of the lost, with their numbers).
    """
    works = review.studies[["study_id", "access"]]
    mentions = review.citations.merge(works, on="study_id", how="left", validate="m:1")
    looks = {
        "identified": ("identity", ("exact", "probable")),
        "read": ("access", READ),
        "accurate": ("accuracy", ("accurate",)),
    }
    rows = [("mentioned", len(mentions), 0, "")]
    for stage, (column, good) in looks.items():
        stays = mentions[column].isin(good)
        lost = mentions.loc[~stays, column].value_counts(sort=False)
        reasons = [f"{word.replace('_', ' ')} {n}" for word, n in lost.items() if n]
        mentions = mentions[stays]
        rows.append((stage, len(mentions), int(lost.sum()), ", ".join(reasons)))
    return pd.DataFrame(rows, columns=["stage", "n", "lost", "reasons"])
