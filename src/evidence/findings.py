"""The body of evidence: propositions, their certainty, their findings, and the claims that rest on them.

Nothing is pooled here: a finding stands as its study or review reports it, and findings share an axis only where their
measure allows it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from evidence import labels
from evidence.counts import find_certainty
from evidence.judgements import describe_evidence, explain_support
from evidence.rules import DOMAINS, STEPS

if TYPE_CHECKING:
    from evidence.tables import Review

RATIOS = ("RR", "OR")


def count_certainty(review: Review) -> pd.DataFrame:
    """Count propositions, and the claims that rest on them, by certainty of evidence.

    Returns
    -------
    pandas.DataFrame
        One row a certainty, ``none_found`` first; columns ``propositions``, ``with_claims`` (propositions on which
        some claim rests; the others give context), ``claims``.
    """
    rated, claims = review.propositions.set_index("proposition_id")["certainty"], review.claims["proposition_id"]
    numbers = {
        "propositions": rated,
        "with_claims": rated[rated.index.isin(claims)],
        "claims": rated.reindex(claims.dropna()),
    }
    return pd.DataFrame({name: find_certainty(words).value_counts(sort=False) for name, words in numbers.items()})


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
        (row["proposition_id"], domain, row[domain], steps, _find_reason(row["certainty_reason"], domain))
        for row in propositions.to_dict("records")
        for domain in DOMAINS
        if (steps := STEPS.get(row[domain]))
    ]
    return pd.DataFrame(rows, columns=["proposition_id", "domain", "mark", "steps", "reason"])


def _find_reason(reason: str, domain: str) -> str:
    """Cut what stands behind "domain:" up to the next domain, or take the sentences that name it."""
    names, name = "|".join(map(labels.word, DOMAINS)), labels.word(domain)
    if cut := re.search(rf"\b{name}:\s*(.*?)(?=[.;]?\s*\b(?:{names}):|$)", reason, re.IGNORECASE | re.DOTALL):
        return cut.group(1).rstrip(" .;")
    named = [part for part in re.split(r"(?<=[.;])\s+", reason) if name in part.lower()]
    return (" ".join(named) or reason).rstrip(" .;")


def list_estimates(review: Review, proposition_id: str) -> pd.DataFrame:
    """List a proposition's findings in groups that may share an axis.

    Returns
    -------
    pandas.DataFrame
        The findings, one row each, with ``design`` of the study, ``effect`` (as `evidence.labels.effect` writes it),
        ``pooled`` (from a review with an interval) and ``outcome``: the axis. Differences in a scale's own
        units and percentages share an axis only within one outcome measure; SMD, RR and OR each have their
        own; numbers of which the lower is better never share one with those of which the higher is; findings
        without a number stand under ``no number readable``.

    Raises
    ------
    KeyError
        Where there is no such proposition.

    Examples
    --------
    >>> import evidence
    >>> review = evidence.load()
    >>> estimates = list_estimates(review, review.propositions["proposition_id"].iloc[0])
    >>> (estimates.groupby("outcome")[["effect_measure", "favours_when"]].nunique() <= 1).all(axis=None)
    np.True_
    """
    if proposition_id not in set(review.propositions["proposition_id"]):
        raise KeyError(f"no proposition {proposition_id!r}")
    rows = review.findings[review.findings["proposition_id"] == proposition_id].reset_index(drop=True)
    rows["design"] = rows["study_id"].map(review.studies.set_index("study_id")["design"])
    pooled = (rows["design"] == "systematic_review") & rows["ci_low"].notna()
    cells = rows.to_dict("records")
    effects, axes = [labels.effect(row) for row in cells], [_name_axis(row) for row in cells]
    return rows.assign(effect=effects, pooled=pooled, outcome=axes)


def _name_axis(finding: Mapping[str, Any]) -> str:
    measure = finding["effect_measure"]
    if measure == "narrative" or pd.isna(finding["estimate"]):
        return labels.UNREAD
    scale = "" if measure in ("SMD", *RATIOS) else finding["outcome_measure"]
    return ", ".join(filter(None, (measure, scale, _say_better(finding))))


def _say_better(finding: Mapping[str, Any]) -> str:
    """Say which numbers are better, lower or higher; nothing where that does not apply."""
    return "" if finding["favours_when"] == "not_applicable" else f"{finding['favours_when']} is better"


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
    effects = {key: rows.to_dict("records") for key, rows in review.findings.groupby("proposition_id", sort=False)}
    notes = list_downgrades(review.propositions)
    notes["text"] = [labels.word(f"{row.domain} {row.mark} (−{row.steps}): {row.reason}") for row in notes.itertuples()]
    footnotes = notes.groupby("proposition_id")["text"].agg("; ".join)
    keys = review.propositions["proposition_id"]
    return review.propositions[["proposition_id", "statement", "n_studies", "n_participants"]].assign(
        effect=[_describe_effects(effects.get(key, [])) for key in keys],
        certainty=[labels.certainty(word) for word in review.propositions["certainty"]],
        sentence=[describe_evidence(row) for row in review.propositions.to_dict("records")],
        footnotes=[footnotes.get(key, "") for key in keys],
        n_claims=[int(claims.get(key, 0)) for key in keys],
    )


def list_most_claimed(review: Review) -> pd.DataFrame:
    """List the summary of findings, the propositions that most claims rest on first."""
    return list_findings(review).sort_values("n_claims", ascending=False, kind="stable")


def list_layers(review: Review, *, most: int = 10) -> pd.DataFrame:
    """List what a reader asks, layer by layer, of the propositions that most claims rest on.

    Parameters
    ----------
    review
        As `evidence.load` returns it.
    most
        How many propositions; none on which no claim rests is listed.

    Returns
    -------
    pandas.DataFrame
        One row a proposition: ``proposition_id``, ``sentence`` (as in `list_findings`), ``outcome`` (with its time),
        ``comparator``, ``effects`` (a list, of what decides it: the pooled numbers, else those with an interval, else
        any; three at most), ``people`` (and studies), ``certainty`` (``none_found`` where it is empty),
        ``downgrades`` (a list: domain and mark, reason), ``findings`` (a list: study, its address, what it found; those
        with a number first).
    """
    listed = list_most_claimed(review)
    keys = listed.loc[listed["n_claims"] > 0, "proposition_id"].head(most)
    propositions = review.propositions.set_index("proposition_id", drop=False).loc[keys]
    marks, designs = (review.vocabulary.labels(*of) for of in (("propositions", DOMAINS[0]), ("studies", "design")))
    lowered = list_downgrades(propositions)
    urls = dict(zip(review.studies["study_id"], review.studies["url"], strict=True))
    found = {key: list_estimates(review, key) for key in keys}
    found = {key: rows.sort_values("estimate", key=pd.isna, kind="stable") for key, rows in found.items()}
    rows = [
        {
            "proposition_id": row["proposition_id"],
            "sentence": describe_evidence(row),
            "outcome": "; ".join(filter(None, map(labels.said, (row["outcome"], row["timepoint"])))),
            "comparator": labels.said(row["comparator"]) or "no comparison",
            "effects": _choose_effects(found[row["proposition_id"]]),
            "people": _write_people(row),
            "certainty": "none_found" if pd.isna(row["certainty"]) else row["certainty"],
            "downgrades": [
                (f"{labels.heading(one.domain)}, {marks[one.mark].lower()} (−{one.steps})", one.reason)
                for one in lowered[lowered["proposition_id"] == row["proposition_id"]].itertuples()
            ],
            "findings": [
                (one["study_id"], urls.get(one["study_id"]), _describe_finding(one, designs))
                for one in found[row["proposition_id"]].to_dict("records")
            ],
        }
        for row in propositions.to_dict("records")
    ]
    columns = "proposition_id sentence outcome comparator effects people certainty downgrades findings".split()
    return pd.DataFrame(rows, columns=columns)


def describe_listed(studies: Sequence[str]) -> str:
    """Say how many findings there are, from how many publications, each of which may hold many studies.

    Parameters
    ----------
    studies
        The ``study_id`` of each finding.

    Examples
    --------
    >>> describe_listed(["roe-2020", "roe-2020", "doe-2021"]), describe_listed([])
    ('3 findings from 2 publications', '0 findings')
    """
    found = labels.count(len(studies), "finding")
    return f"{found} from {labels.count(len(set(studies)), 'publication')}" if studies else found


def _write_people(proposition: Mapping[str, Any]) -> str:
    people, studies = (
        "" if pd.isna(n) else labels.count(int(n), one, many)
        for n, one, many in (
            (proposition["n_participants"], "person", "people"),
            (proposition["n_studies"], "study", "studies"),
        )
    )
    return " in ".join(filter(None, (people, studies))) or "not reported"


def _choose_effects(estimates: pd.DataFrame, most: int = 3) -> list[str]:
    """Write the numbers that say most of what decides: the pooled ones, else those with an interval, else all."""
    read = estimates[estimates["estimate"].notna() & (estimates["relation"] != "neutral")]
    chosen = next((rows for rows in (read[read["pooled"]], read[read["ci_low"].notna()], read) if len(rows)), read)
    said = []
    for row in chosen.to_dict("records"):
        effect = " ".join(filter(None, (labels.effect(row), labels.finding(row).against)))
        said.append("; ".join(filter(None, (effect, _say_better(row)))))
    rest = [f"and {len(said) - most:,} more below"] if len(said) > most else []
    nothing = "No number that decides it" if estimates["estimate"].notna().any() else labels.capital(labels.UNREAD)
    nothing = nothing if len(estimates) else "None found"
    return [*said[:most], *rest] if said else [nothing]


def _describe_finding(finding: Mapping[str, Any], designs: Mapping[str, str]) -> str:
    said = labels.finding(finding)
    design = designs.get(str(finding["design"]), "").lower()
    parts = (design, said.effect, said.against, said.measure, said.timepoint, said.size, finding["relation"])
    return "; ".join(filter(None, parts))


def _describe_effects(rows: Sequence[Mapping[str, Any]]) -> str:
    """Write each number with its study, then the studies without a number; nothing where there are no findings."""
    read = [f"{labels.effect(row)}, {row['study_id']}" for row in rows if pd.notna(row["estimate"])]
    unread = dict.fromkeys(row["study_id"] for row in rows if pd.isna(row["estimate"]))
    return "; ".join([*read, f"{labels.UNREAD}: {', '.join(unread)}"] if unread else read)


def list_reasons(claims: pd.DataFrame, review: Review) -> pd.DataFrame:
    """List what stands behind each claim's support level, as tables and cards show it.

    Parameters
    ----------
    claims
        Judged claims, all or some.
    review
        For the propositions, findings and pages.

    Returns
    -------
    pandas.DataFrame
        One row a claim, in their order and with their index: ``claim_id``, ``link`` (address of its words on the live
        page, or ``""``), ``support`` (its label), ``why`` (the rule's line with the claim's values),
        ``proposition_id``, ``certainty`` (with symbols) and ``sentence`` (what the evidence says), both ``""`` where
        no proposition is mapped, and ``studies`` (the ids of those with findings on it, once each; a list).
    """
    urls = dict(zip(review.sources["source_id"], review.sources["url"], strict=True))
    mapped, found = review.propositions["proposition_id"], review.findings["proposition_id"]
    rows = review.propositions[mapped.isin(claims["proposition_id"])].to_dict("records")
    sentences = {row["proposition_id"]: describe_evidence(row) for row in rows}
    certainties = {row["proposition_id"]: labels.certainty(row["certainty"]) for row in rows}
    pairs = review.findings.loc[found.isin(sentences), ["proposition_id", "study_id"]].drop_duplicates()
    studies = {key: list(ids) for key, ids in pairs.groupby("proposition_id", sort=False)["study_id"]}
    keys = claims["proposition_id"].astype(object)
    return pd.DataFrame(
        {
            "claim_id": claims["claim_id"],
            "link": [
                labels.quote_address(urls.get(source), quote)
                for source, quote in zip(claims["source_id"], claims["quote"], strict=True)
            ],
            "support": claims["support"].map(review.vocabulary.labels("derived", "support")).astype(object),
            "why": [explain_support(claim) for claim in claims.to_dict("records")],
            "proposition_id": keys,
            "certainty": [certainties.get(key, "") for key in keys],
            "sentence": [sentences.get(key, "") for key in keys],
            "studies": [studies.get(key, []) for key in keys],
        },
        index=claims.index,
    )
