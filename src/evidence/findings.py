"""The body of evidence: propositions, their certainty, their findings, and the claims that rest on them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from evidence.counts import KNOWN, join_claims
from evidence.judgements import describe_evidence

if TYPE_CHECKING:
    from evidence.tables import Review

DOMAINS = ("risk_of_bias", "inconsistency", "indirectness", "imprecision", "publication_bias")
RATIOS = ("RR", "OR")
_STEPS = {"no_concern": 0, "serious": 1, "very_serious": 2}
_SYMBOLS = {"very_low": "⊕○○○", "low": "⊕⊕○○", "moderate": "⊕⊕⊕○", "high": "⊕⊕⊕⊕"}


def describe_certainty(certainty: str | None) -> str:
    """Write a certainty with its GRADE symbols.

    Examples
    --------
    >>> describe_certainty("very_low"), describe_certainty(None)
    ('⊕○○○ very low', 'none found')
    """
    if pd.isna(certainty) or certainty == "none_found":
        return "none found"
    return f"{_SYMBOLS[certainty]} {certainty.replace('_', ' ')}"


def count_certainty(review: Review) -> pd.DataFrame:
    """Count propositions, and the claims that rest on them, by certainty of evidence.

    Returns
    -------
    pandas.DataFrame
        One row a certainty, ``none_found`` first; columns ``propositions``, ``claims``.
    """
    known = review.propositions["certainty"].astype(object).fillna("none_found")
    claims = join_claims(review)["known"].value_counts(sort=False)
    counts = pd.DataFrame({"propositions": known.value_counts(), "claims": claims})
    return counts.reindex(list(KNOWN)).fillna(0).astype(int).rename_axis("certainty")


def count_gaps(review: Review) -> pd.DataFrame:
    """Count the claims of each article that rest on each proposition: where evidence and claims do not meet.

    Returns
    -------
    pandas.DataFrame
        One row a proposition, also those without a claim: ``known`` (certainty, or ``none_found``),
        ``statement``, ``findings`` (their number), then one column an article.
    """
    claims = join_claims(review)
    counts = pd.crosstab(claims["proposition_id"], claims["source_id"], dropna=False)
    counts = counts.reindex(
        index=list(review.propositions["proposition_id"]), columns=list(review.sources["source_id"])
    )
    about = review.propositions.set_index("proposition_id")
    findings = review.findings["proposition_id"].value_counts()
    head = pd.DataFrame(
        {
            "known": pd.Categorical(about["certainty"].astype(object).fillna("none_found"), list(KNOWN), ordered=True),
            "statement": about["statement"],
            "findings": findings.reindex(about.index).fillna(0).astype(int),
        },
        index=about.index,
    )
    return head.join(counts.fillna(0).astype(int))


def list_downgrades(propositions: pd.DataFrame) -> pd.DataFrame:
    """List every mark that lowers a certainty, with the reason given for it.

    Returns
    -------
    pandas.DataFrame
        One row a marked domain: ``proposition_id``, ``domain``, ``mark``, ``steps`` (1 or 2), ``reason`` (the
        part of ``certainty_reason`` behind the domain's name and a colon, else the sentences that name it,
        else all).
    """
    rows = [
        (row["proposition_id"], domain, row[domain], _STEPS[row[domain]], _find_reason(row["certainty_reason"], domain))
        for row in propositions.to_dict("records")
        for domain in DOMAINS
        if row[domain] in ("serious", "very_serious")
    ]
    return pd.DataFrame(rows, columns=["proposition_id", "domain", "mark", "steps", "reason"])


def _find_reason(reason: str, domain: str) -> str:
    """Cut what stands behind "domain:" up to the next domain, or take the sentences that name it."""
    names = "|".join(name.replace("_", " ") for name in DOMAINS)
    name = domain.replace("_", " ")
    if cut := re.search(rf"\b{name}:\s*(.*?)(?=[.;]?\s*\b(?:{names}):|$)", reason, re.IGNORECASE | re.DOTALL):
        return cut.group(1).rstrip(" .;")
    named = [part for part in re.split(r"(?<=[.;])\s+", reason) if name in part.lower()]
    return (" ".join(named) or reason).rstrip(" .;")


def describe_effect(finding: Mapping) -> str:
    """Write a finding's number with its measure and interval.

    Examples
    --------
    >>> describe_effect({"effect_measure": "MD", "estimate": -3.8, "ci_low": -5.7, "ci_high": -1.9})
    'MD −3.8 (−5.7 to −1.9)'
    >>> describe_effect({"effect_measure": "narrative", "estimate": None, "ci_low": None, "ci_high": None})
    'no number readable'
    """
    if pd.isna(finding["estimate"]):
        return "no number readable"
    unit = "%" if finding["effect_measure"] == "percent" else ""
    name = "" if unit else f"{finding['effect_measure']} "
    text = f"{name}{_number(finding['estimate'])}{unit}"
    if pd.isna(finding["ci_low"]):
        return text
    return f"{text} ({_number(finding['ci_low'])} to {_number(finding['ci_high'])})"


def _number(value: float) -> str:
    return f"{value:.10g}".replace("-", "−")


def list_estimates(review: Review, proposition_id: str) -> pd.DataFrame:
    """List a proposition's findings in groups that may share an axis.

    Returns
    -------
    pandas.DataFrame
        The findings, one row each, with ``design`` of the study, ``effect`` (as `describe_effect` writes it),
        ``pooled`` (from a review with an interval) and ``outcome``: the axis. Differences in a scale's own
        units and percentages share an axis only within one outcome measure; SMD, RR and OR each have their
        own; findings without a number stand under ``no number readable``.

    Raises
    ------
    KeyError
        Where there is no such proposition.
    """
    if proposition_id not in set(review.propositions["proposition_id"]):
        raise KeyError(f"no proposition {proposition_id!r}")
    rows = review.findings[review.findings["proposition_id"] == proposition_id]
    rows = rows.merge(review.studies[["study_id", "design"]], on="study_id", how="left", validate="m:1")
    pooled = (rows["design"] == "systematic_review") & rows["ci_low"].notna()
    cells = rows[["effect_measure", "estimate", "ci_low", "ci_high", "outcome_measure"]].to_dict("records")
    effects, axes = [describe_effect(row) for row in cells], [_name_axis(row) for row in cells]
    return rows.assign(effect=effects, pooled=pooled, outcome=axes)


def _name_axis(finding: Mapping) -> str:
    measure = finding["effect_measure"]
    if measure == "narrative" or pd.isna(finding["estimate"]):
        return "no number readable"
    return measure if measure in ("SMD", *RATIOS) else f"{measure}, {finding['outcome_measure']}"


def list_findings(review: Review) -> pd.DataFrame:
    """Make the summary of findings.

    Returns
    -------
    pandas.DataFrame
        One row a proposition, in their order: ``proposition_id``, ``statement``, ``n_studies``,
        ``n_participants``, ``effect`` (each finding's number and study), ``certainty`` (with symbols),
        ``sentence`` (as `evidence.describe_evidence` writes it), ``footnotes`` (each downgrade with its
        reason), ``n_claims`` (that rest on it).
    """
    claims = review.claims["proposition_id"].value_counts()
    effects = review.findings.groupby("proposition_id").apply(_describe_effects, include_groups=False)
    notes = list_downgrades(review.propositions)
    notes["text"] = [
        f"{row.domain} {row.mark} (−{row.steps}): {row.reason}".replace("_", " ") for row in notes.itertuples()
    ]
    footnotes = notes.groupby("proposition_id")["text"].agg("; ".join)
    keys = review.propositions["proposition_id"]
    return review.propositions[["proposition_id", "statement", "n_studies", "n_participants"]].assign(
        effect=[effects.get(key, "") for key in keys],
        certainty=[describe_certainty(word) for word in review.propositions["certainty"]],
        sentence=[describe_evidence(row) for row in review.propositions.to_dict("records")],
        footnotes=[footnotes.get(key, "") for key in keys],
        n_claims=[int(claims.get(key, 0)) for key in keys],
    )


def _describe_effects(findings: pd.DataFrame) -> str:
    """Write each number with its study, then the studies without a number."""
    rows = findings.to_dict("records")
    read = [f"{describe_effect(row)}, {row['study_id']}" for row in rows if pd.notna(row["estimate"])]
    unread = dict.fromkeys(row["study_id"] for row in rows if pd.isna(row["estimate"]))
    return "; ".join([*read, f"no number readable: {', '.join(unread)}"] if unread else read)
