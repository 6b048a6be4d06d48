"""The rule that joins how strongly a claim is worded with how certain the evidence is, and the evidence sentence.

Nothing here is a matter of taste at run time: strength, stance, match, direction and certainty are people's judgements
that stand in the tables with their reasons; the rule only compares them. First line that fits, see ``docs/rule.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from evidence import labels
from evidence.rules import CERTAINTY, CONCERN, MATCH, STATEMENTS, STRENGTH

if TYPE_CHECKING:
    from evidence.tables import Review

UNJUDGED = ("not_assessed", "not_checkable")  # levels of support which say that nobody judged
SUPPORT = (
    "supported",
    "cautious",
    "overstated",
    "conflicting",
    "insufficient",
    "no_evidence",
    "untraceable",
    "contradicted",
    "not_assessed",
    "not_checkable",
)
CALIBRATION = ("understated", "proportionate", "overstated")
MOST_STEPS = 2  # that indirectness takes off in all


class Line(NamedTuple):
    """A line of the rule: why a claim stands on it, the level it gives (None: by the citation's accuracy), and how.

    `basis` is what the claim is held against: its ``text`` alone, a ``citation``, a mapped ``proposition`` of which no
    certainty is used, or the ``evidence``, where strength is set against certainty. `beyond` lines mean that the claim
    says more than is known.
    """

    reason: str
    support: str | None
    basis: str
    beyond: bool = False


LINES = {
    "citation": Line("a mention of outside work is judged by whether the work exists and says so", None, "citation"),
    "1": Line("what no evidence could decide is not judged", "not_checkable", "text"),
    "2": Line("no statement is mapped, so nobody has looked", "not_assessed", "text"),
    "3": Line("it withholds a promise that no evidence backs", "cautious", "proposition"),
    "4": Line("a limited search for evidence found none", "no_evidence", "proposition", beyond=True),
    "5": Line("a claim that says it is unknown asserts nothing beyond the evidence", "supported", "evidence"),
    "6": Line(
        "the evidence is of very low certainty, or too indirect to decide", "insufficient", "evidence", beyond=True
    ),
    "7": Line("findings point both ways", "conflicting", "evidence"),
    "8": Line("the evidence points another way than the claim", "contradicted", "evidence"),
    "9": Line("worded more surely than the evidence warrants", "overstated", "evidence", beyond=True),
    "10": Line("worded no more surely than the evidence warrants", "supported", "evidence"),
}
BY_LINE = {name: line.support for name, line in LINES.items() if line.support}
WEIGHED = tuple(name for name, line in LINES.items() if line.basis == "evidence")
BY_ACCURACY = {"accurate": "supported", "overstated": "overstated", "inaccurate": "contradicted"}


def judge(review: Review) -> pd.DataFrame:
    """Give every claim of a review its support level.

    Parameters
    ----------
    review
        As `evidence.load` returns it.

    Returns
    -------
    pandas.DataFrame
        The claims, one row each and in their order, with the proposition's ``direction``, ``certainty`` and
        ``indirectness``, the citation's ``identity`` and ``accuracy``, and what is derived: ``rank`` (0 to 3), ``gap``
        (-3 to 4; missing where there is no proposition), ``line`` (of the rule), ``support`` and ``calibration``.

    Raises
    ------
    ValueError
        Where a proposition, or a claim's citation, stands twice, or a word has no rank. `evidence.load` lets in none.

    Examples
    --------
    >>> import evidence
    >>> claims = judge(evidence.load())
    >>> (claims.loc[claims["support"] == "overstated", "gap"].dropna() > 0).all()
    np.True_
    """
    propositions = review.propositions[["proposition_id", "direction", "certainty", "indirectness"]]
    citations = review.citations[["claim_id", "identity", "accuracy"]]
    claims = review.claims.join(_index(propositions, "proposition_id"), on="proposition_id")
    return judge_claims(claims.join(_index(citations, "claim_id"), on="claim_id"))


def _index(rows: pd.DataFrame, key: str) -> pd.DataFrame:
    """Return rows by their key, which `join` finds faster than `merge`; a key that stands twice would add claims."""
    indexed = rows.set_index(key)
    if not indexed.index.is_unique:
        raise ValueError(f"{key} must be unique; {indexed.index[indexed.index.duplicated()][0]} stands twice")
    return indexed


def judge_claims(claims: pd.DataFrame) -> pd.DataFrame:
    """Apply the rule to claims that carry their proposition's and citation's fields.

    Parameters
    ----------
    claims
        One row a claim with ``kind``, ``stance``, ``strength``, ``checkability``, ``proposition_id``, ``match``,
        ``asserted_direction``, ``direction``, ``certainty``, ``indirectness``, ``identity`` and ``accuracy``. No other
        column is looked at. Missing cells mean: no stance coded yet, no proposition, no evidence found, no citation.

    Returns
    -------
    pandas.DataFrame
        A copy with ``rank``, ``gap``, ``line``, ``support``, ``calibration``.

    Notes
    -----
    Lines 1: ClaimBuster; 2, 4, 6, 7: FEVER, and Medizin transparent's split of "unclear"; 8: SciFact; 9: claim
    strength minus finding strength of the exaggeration literature. Wording by certainty: GRADE guideline 26. What
    `match` takes off and what the proposition's own indirectness took off make two steps at most, as in GRADE.
    """
    certainty = _ranks(claims["certainty"], CERTAINTY)
    found = claims["certainty"].notna().to_numpy()
    mapped = claims["proposition_id"].notna().to_numpy()
    own = _ranks(claims["indirectness"], CONCERN)
    steps = np.minimum(own + _ranks(claims["match"], MATCH), MOST_STEPS) - own
    rank = np.where(found, np.clip(certainty - steps, 0, None), 0)
    gap = _ranks(claims["strength"], STRENGTH) - rank
    direction, asserted = claims["direction"].astype(object), claims["asserted_direction"].astype(object)

    line = np.select(
        [
            (claims["kind"] == "citation").to_numpy(),
            (claims["checkability"] != "checkable").to_numpy(),
            ~mapped,
            (claims["stance"] == "cautions").to_numpy() & (rank == 0),
            ~found,
            (claims["strength"] == "uncertain").to_numpy(),
            rank == 0,
            (direction == "mixed").to_numpy(),
            (direction != asserted).to_numpy(),
            gap > 0,
        ],
        list(LINES)[:-1],
        default="10",
    )
    support = pd.Series(line, index=claims.index).map(BY_LINE)
    support = support.where(line != "citation", _judge_citations(claims))
    weighed = pd.Series(np.isin(line, WEIGHED), index=claims.index)
    sign = pd.Series(np.sign(gap) + 1, index=claims.index).map(dict(enumerate(CALIBRATION))).where(weighed)
    return claims.assign(
        rank=pd.Series(rank, index=claims.index).where(mapped).astype("Int64"),
        gap=pd.Series(gap, index=claims.index).where(mapped).astype("Int64"),
        line=pd.Categorical(line, categories=list(LINES)),
        support=pd.Categorical(support, categories=list(SUPPORT), ordered=True),
        calibration=pd.Categorical(sign, categories=list(CALIBRATION), ordered=True),
    )


def _ranks(values: pd.Series, order: tuple[str, ...]) -> np.ndarray:
    """Return each word's place in `order`, 0 for the first and for a missing cell; refuse a word that has none."""
    places = values.astype(object).map({word: i for i, word in enumerate(order)})
    strange = values[places.isna() & values.notna()]
    if len(strange):
        raise ValueError(f"{values.name} {strange.iloc[0]!r} has no place in the rule, which ranks {', '.join(order)}")
    return places.fillna(0).astype(int).to_numpy()


def _judge_citations(claims: pd.DataFrame) -> pd.Series:
    by_accuracy = claims["accuracy"].astype(object).map(BY_ACCURACY).astype(object)
    lost = claims["identity"].astype(object) == "not_found"
    return by_accuracy.fillna(lost.map({True: "untraceable", False: "not_checkable"}))


def explain_support(claim: Mapping) -> str:
    """Say in one sentence why a judged claim has its level: the rule's line with this claim's values.

    Parameters
    ----------
    claim
        A row of `judge`'s result.
    """
    line, reason = claim["line"], LINES[claim["line"]].reason
    if line == "citation":
        values = f"identity {claim['identity']}, accuracy {claim['accuracy']}"
    elif line == "1":
        values = f"checkability {claim['checkability']}"
    elif line == "2":
        values = "proposition none"
    elif pd.isna(claim["certainty"]):
        values = f"proposition {claim['proposition_id']}, {_say_stance(claim)}"
    else:
        stance = f"{_say_stance(claim)}, " if line == "3" else ""
        values = (
            f"{stance}strength {claim['strength']}, certainty {claim['certainty']}, match {claim['match']}: "
            f"gap {claim['gap']:+d}; asserted {claim['asserted_direction']}, found {claim['direction']}"
        )
    where = "Rule for citations" if line == "citation" else f"Rule line {line}"
    return f"{where}: {reason} ({values}).".replace("_", " ")


def _say_stance(claim: Mapping) -> str:
    return "stance not yet coded" if pd.isna(claim["stance"]) else f"stance {claim['stance']}"


WARRANTED = STRENGTH[:-1]  # the surest wording that each rank of the evidence warrants; none warrants ``emphatic``
_FRAMES = {
    "uncertain": "it is not known whether {}",
    "tentative": "it may be that {}",
    "qualified": "it is likely that {}",
    "plain": "{}",
}


def word_fairly(claim: Mapping, said: str, evidence: str) -> str:
    """Write a claim no more surely than its evidence warrants.

    What is said emphatically, as "extremely" or "entirely", promises more than a softer verb takes back: in its place
    stands what the evidence says, as for a contradicted claim. Else rank 3 warrants a plain verb, 2 "likely", 1 "may";
    of very low certainty, and of nothing found, it can only be said that it is not known (GRADE guideline 26).

    Parameters
    ----------
    claim
        A row of `judge`'s result.
    said
        What it claims, as it stands within a sentence: without a capital that only its place gave it, and without a
        full stop.
    evidence
        What its evidence allows to say, as `describe_evidence` writes it; ``""`` where nothing was mapped.

    Returns
    -------
    str
        A sentence; ``""`` where the rule asks for no other wording: the claim is supported, withholds a promise, is a
        citation, or was not judged.

    Examples
    --------
    >>> word_fairly({"line": "9", "rank": 1, "strength": "plain"}, "pressing a point eases pain", "")
    'It may be that pressing a point eases pain.'
    """
    line = claim["line"]
    if line == "8" or (evidence and claim["strength"] == "emphatic" and LINES[line].beyond):
        return evidence
    if line == "7":
        frame = "studies point both ways on whether {}"
    elif LINES[line].beyond:
        frame = _FRAMES[WARRANTED[int(claim["rank"])]]
    else:
        return ""
    return labels.capital(frame.format(said)) + "."


_EFFECT = {
    "benefit": ("does better than", "do better than"),
    "no_difference": ("does about as well as", "do about as well as"),
    "harm": ("does worse than", "do worse than"),
}
_STATEMENT = {"holds": ("holds", "hold"), "does_not_hold": ("does not hold", "not hold")}
_EMPTY = {"any", "various", "not_applicable"}


def describe_evidence(proposition: Mapping) -> str:
    """Write the evidence sentence of a proposition from its fields.

    High certainty warrants a plain verb, moderate "probably", low "may", very low says that it is very uncertain
    (GRADE guideline 26, Santesso 2020).

    Parameters
    ----------
    proposition
        A row of the propositions table. A direction of ``holds`` or ``does_not_hold``, or a comparator of
        ``not_applicable``, means a statement that is not about an effect: then the sentence says whether it holds.

    Returns
    -------
    str
        One sentence, certainty and size of the evidence at its end.
    """
    get = proposition.__getitem__
    effect = get("direction") not in STATEMENTS and get("comparator") != "not_applicable"
    if effect:
        where = "; ".join(part for part in (get("timepoint"), get("population")) if part not in _EMPTY)
        outcome = f"{get('outcome')} ({where})" if where else get("outcome")
        subject, against, on = get("intervention"), f" against {get('comparator')}", f" on {outcome}"
    else:
        subject, against, on = f"the statement “{get('statement').rstrip('.')}”", "", ""
    if pd.isna(get("certainty")):
        what = f"study of {subject}{against} for {outcome}" if effect else f"study that speaks to {subject}"
        return labels.capital(f"no {what} was found in a limited search.")
    if get("direction") == "mixed":
        found = f"studies of {subject}{against} point both ways{on}"
    else:
        plain, bare = (_EFFECT if effect else _STATEMENT)[get("direction")]
        rest = f" {get('comparator')}{on}" if effect else ""
        found = {
            "high": f"{subject} {plain}{rest}",
            "moderate": f"{subject} probably {plain}{rest}",
            "low": f"{subject} may {bare}{rest}",
            "very_low": f"it is very uncertain whether {subject} {plain}{rest}",
        }[get("certainty")]
    return f"{labels.capital(found)}: {_describe_body(proposition)}."


def _describe_body(proposition: Mapping) -> str:
    parts = [f"{proposition['certainty']} certainty".replace("_", " ")]
    for column, one, many in (("n_studies", "study", "studies"), ("n_participants", "person", "people")):
        if pd.notna(proposition[column]):
            n = int(proposition[column])
            parts.append(f"{n:,} {one if n == 1 else many}")
    return ", ".join(parts)
