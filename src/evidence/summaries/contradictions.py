"""Claims that cannot both hold."""

from __future__ import annotations

from itertools import combinations

import pandas as pd

from evidence.tables import split_items

__all__ = ["TAGS", "list_contradictions", "list_tagged"]

TAGS = ("contradicts_itself", "contradicts_other_source")
_COLUMNS = ("claim_id", "source_id", "claim", "asserted_direction")


def list_contradictions(claims: pd.DataFrame) -> pd.DataFrame:
    """List the pairs of claims that assert different directions of one proposition.

    Only claims that match it directly: others assert something near it, which may hold beside it. A claim of
    strength ``uncertain`` asserts no direction and is left out.

    Parameters
    ----------
    claims
        Claims, judged or not.

    Returns
    -------
    pandas.DataFrame
        One row a pair, in the order of propositions and claims: ``proposition_id``, ``within`` (one article),
        and for each of the two ``claim_id_1``, ``source_id_1``, ``claim_1``, ``asserted_direction_1``, and
        the same with ``_2``.
    """
    said = claims[(claims["match"] == "direct") & (claims["strength"] != "uncertain")]
    rows = [
        (
            proposition,
            one["source_id"] == two["source_id"],
            *(side[c] for side in (one, two) for c in _COLUMNS),
        )
        for proposition, group in said.groupby("proposition_id", observed=True)
        for one, two in combinations(group[list(_COLUMNS)].to_dict("records"), 2)
        if one["asserted_direction"] != two["asserted_direction"]
    ]
    sides = [f"{column}_{side}" for side in (1, 2) for column in _COLUMNS]
    return pd.DataFrame(rows, columns=["proposition_id", "within", *sides])


def list_tagged(claims: pd.DataFrame, tags: tuple[str, ...] = TAGS) -> pd.DataFrame:
    """List the claims that carry one of some tags.

    Parameters
    ----------
    claims
        Claims, judged or not.
    tags
        Words of the column ``tags``.

    Returns
    -------
    pandas.DataFrame
        One row a claim and tag, in the claims' order: ``claim_id``, ``source_id``, ``tag``, ``claim``,
        ``note``.
    """
    found = split_items(claims["tags"]).rename("tag")
    found = found[found.isin(tags)]
    return (
        claims[["claim_id", "source_id", "claim", "note"]]
        .join(found, how="inner")
        .reindex(columns=["claim_id", "source_id", "tag", "claim", "note"])
        .reset_index(drop=True)
    )
