"""Find hedges and boosters in texts, and show where they and the coded strength disagree.

A check on the coders, never a verdict: a marker in a sentence may govern another of its claims.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import pandas as pd

HIT_COLUMNS = ["hit_id", "source_id", "start", "end", "marker"]


def tag_markers(texts: Mapping[str, str], markers: pd.DataFrame) -> pd.DataFrame:
    """Find every marker in every text.

    Parameters
    ----------
    texts
        Text by ``source_id``.
    markers
        The markers table; uses ``marker``.

    Returns
    -------
    pandas.DataFrame
        One row a hit: ``hit_id``, ``source_id``, ``start``, ``end`` (code points, end exclusive), ``marker``; sorted
        by article and place. Case is ignored, whole words only, and where two markers overlap the longer one that
        begins first counts.

    Examples
    --------
    >>> words = pd.DataFrame({"marker": ["may", "may be"]})
    >>> tag_markers({"a": "It may be. May it?"}, words)[["start", "end", "marker"]].values.tolist()
    [[3, 9, 'may be'], [11, 14, 'may']]
    """
    longest_first = sorted(markers["marker"], key=lambda marker: (-len(marker), marker))
    either = "|".join(re.escape(marker).replace(r"\ ", r"\s+") for marker in longest_first)
    date = r"(?-i:May)\s+\d"  # the month, not the verb
    pattern = re.compile(rf"(?<!\w)(?!{date})(?:{either})(?!\w)", re.IGNORECASE)
    rows = [
        (f"{source}-h{i:03d}", source, hit.start(), hit.end(), " ".join(hit.group().lower().split()))
        for source in sorted(texts)
        for i, hit in enumerate(pattern.finditer(texts[source]) if longest_first else (), 1)
    ]
    return pd.DataFrame(rows, columns=HIT_COLUMNS)


def compare_wording(claims: pd.DataFrame, hits: pd.DataFrame, markers: pd.DataFrame) -> pd.DataFrame:
    """Set the strength that the words of a claim's span point to beside the coded strength.

    Parameters
    ----------
    claims, hits, markers
        Typed tables of a review.

    Returns
    -------
    pandas.DataFrame
        One row a claim with a marker in its span: ``claim_id``, ``strength`` (coded), ``cues`` (the markers, in
        order), ``cue_strength`` (of the strongest booster, else of the weakest hedge) and ``agrees``.
    """
    cues = hits.merge(markers[["marker", "kind", "strength"]], on="marker", how="left", validate="m:1")
    pairs = claims[["claim_id", "source_id", "start", "end", "strength"]].merge(
        cues, on="source_id", suffixes=("", "_cue")
    )
    inside = pairs[(pairs["start_cue"] >= pairs["start"]) & (pairs["end_cue"] <= pairs["end"])]
    found = inside.groupby("claim_id", sort=True).apply(_read_cues, include_groups=False)
    if found.empty:
        none = claims[["claim_id", "strength"]].head(0)
        return none.assign(cues="", cue_strength=none["strength"], agrees=pd.Series(dtype=bool))
    result = claims[["claim_id", "strength"]].merge(found.reset_index(), on="claim_id", validate="1:1")
    result["cue_strength"] = pd.Categorical(result["cue_strength"], claims["strength"].cat.categories, ordered=True)
    return result.assign(agrees=result["strength"] == result["cue_strength"])


def _read_cues(cues: pd.DataFrame) -> pd.Series:
    hedges = cues.loc[cues["kind"] == "hedge", "strength_cue"]
    boosters = cues.loc[cues["kind"] == "booster", "strength_cue"]
    pointed = hedges.min() if len(hedges) else boosters.max()
    return pd.Series({"cues": ", ".join(cues.sort_values("start_cue")["marker"]), "cue_strength": pointed})
