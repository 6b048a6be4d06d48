"""The review as a flow, and how far its levels hang on the judgements that went in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from evidence.judgements import CERTAINTY, STRENGTH, SUPPORT, judge_claims
from evidence.summaries.claims import join_claims, select_checkable, select_compared

if TYPE_CHECKING:
    from evidence.tables import Review

__all__ = ["SCENARIOS", "count_flow", "count_sensitivity"]


def count_flow(review: Review) -> pd.DataFrame:
    """Count what went into the review and where it went.

    Returns
    -------
    pandas.DataFrame
        One row a part of a step: ``step``, ``part``, ``n``, ``total`` (of the step). The parts of a step add
        up to its total. Steps: ``articles`` (characters of each), ``segments`` (by role), ``claims``
        (checkable, or by the reason why not), ``checkable`` (mapped to a proposition, judged as a citation,
        or not assessed), ``mapped`` (compared with evidence, or none found), ``judged`` (all claims by
        support level).
    """
    claims = join_claims(review)
    checkable, mapped = select_checkable(claims), select_compared(claims)
    why_not = claims.drop(checkable.index)
    citation = (why_not["line"] == "citation").map({True: "citation", False: None})
    reasons = citation.astype(object).fillna(why_not["checkability"].astype(object)).value_counts()
    words = [w for w in (*review.vocabulary.values("claims", "checkability"), "citation") if w != "checkable"]
    cited = int((checkable["line"] == "citation").sum())
    none_found = int((mapped["line"] == "3").sum())
    steps = {
        "articles": dict(
            zip(review.sources["source_id"], review.sources["n_characters"].astype(int), strict=True)
        ),
        "segments": review.segments["role"].value_counts(sort=False).to_dict(),
        "claims": {"checkable": len(checkable), **{word: int(reasons.get(word, 0)) for word in words}},
        "checkable": {
            "mapped": len(mapped),
            "citation": cited,
            "not_assessed": len(checkable) - len(mapped) - cited,
        },
        "mapped": {"compared": len(mapped) - none_found, "no_evidence": none_found},
        "judged": claims["support"].value_counts(sort=False).to_dict(),
    }
    totals = {step: sum(parts.values()) for step, parts in steps.items()}
    rows = [(step, part, n, totals[step]) for step, parts in steps.items() for part, n in parts.items()]
    return pd.DataFrame(rows, columns=["step", "part", "n", "total"]).astype({"n": int, "total": int})


SCENARIOS = (
    "as coded",
    "every certainty one step lower",
    "every strength one step lower",
    "every strength one step higher",
)


def count_sensitivity(claims: pd.DataFrame) -> pd.DataFrame:
    """Count the claims of each support level, as coded and if the judgements were a step off.

    Parameters
    ----------
    claims
        Judged claims.

    Returns
    -------
    pandas.DataFrame
        One row each of `SCENARIOS`, one column a support level; each row adds up to the claims. A step stops
        at the end of its scale, and an empty certainty (none found) stays empty.
    """
    scenarios = {
        SCENARIOS[0]: claims,
        SCENARIOS[1]: claims.assign(certainty=_step(claims["certainty"], CERTAINTY, -1)),
        SCENARIOS[2]: claims.assign(strength=_step(claims["strength"], STRENGTH, -1)),
        SCENARIOS[3]: claims.assign(strength=_step(claims["strength"], STRENGTH, 1)),
    }
    counts = {
        name: judge_claims(rows)["support"].value_counts(sort=False) for name, rows in scenarios.items()
    }
    return (
        pd.DataFrame(counts).T.reindex(columns=list(SUPPORT)).rename_axis(index="scenario", columns="support")
    )


def _step(values: pd.Series, order: tuple[str, ...], step: int) -> pd.Series:
    moved = {word: order[min(max(i + step, 0), len(order) - 1)] for i, word in enumerate(order)}
    return values.astype(object).map(moved)
