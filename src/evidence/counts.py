"""Counts and shares: of claims by any two columns, along an article, of its wording and of what it cites.

Everything starts from `join_claims`, which judges a review's claims. A ``count_`` function gives whole numbers, with a
row or column for every word also where nothing has it, that add up to its table (but for tags, of which a claim may
have two; beside the numbers of markers and searches stand rates and days); a ``share_`` function gives shares of 1 with
their intervals; a ``find_`` function gives a value, or one for each claim; a ``list_`` function gives one row a thing;
a ``select_`` function gives some of the claims.
"""

from __future__ import annotations

from itertools import combinations, pairwise
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from evidence import labels
from evidence.judgements import CERTAINTY, LINES, STRENGTH, SUPPORT, judge, judge_claims
from evidence.tables import split_items

if TYPE_CHECKING:
    from evidence.tables import Review

CERTAINTY_FOUND = ("none_found", *CERTAINTY)  # what is found on a proposition, in order
IDENTIFIED = ("exact", "probable")
READ = ("full_text", "abstract_only")  # how far a study was read for its word to count as read
STANCES = ("promotes", "neutral", "cautions")
OUTCOMES = (
    "supported", "cautious", "overstated_by_one", "overstated_by_more", "conflicting", "contradicted", "insufficient",
    "nothing_found", "not_assessed",
)  # fmt: skip
ALL = "all articles"  # in place of an article's id
_MAPPED = ("proposition", "evidence")  # what claims are held against for which evidence was looked for
_NOTHING_FOUND = ("no_evidence", "untraceable")
RESAMPLES, SEED = 1000, 20061112
_SIDE = ("claim_id", "source_id", "claim", "asserted_direction")
_GROUPS = {"jama_": "JAMA benchmarks", "mentions_": "Tells the reader about", "disclosure": "Interest"}
_BENCHMARKS = {"disclosure": "Interest disclosed"}  # what would be called as another is
_JUDGEMENTS = {
    "good": ("met", "yes", "present_clear"),
    "partly": ("partly", "present_unclear"),
    "bad": ("not_met", "no", "none_seen"),
    "unclear": ("unclear",),
    "not_applicable": ("not_applicable",),
}
_Z = 1.959963984540054  # 97.5 % of a standard normal distribution lie below


def join_claims(review: Review) -> pd.DataFrame:
    """Judge a review's claims and add what summaries and charts count by.

    Parameters
    ----------
    review
        As `evidence.load` returns it.

    Returns
    -------
    pandas.DataFrame
        The claims, one row each and in their order, as `evidence.judge` gives them, and ``certainty_found`` (the
        proposition's certainty, ``none_found`` where it is empty) and ``certainty_usable`` (the rule's rank as a word:
        the same less the steps of ``match``, not below ``very_low``); both missing where no proposition is mapped.
        ``article`` is the article's name, see `evidence.labels.name_articles`. It, ``source_id`` and ``proposition_id``
        are categoricals over all sources and propositions, so that counts show those without a claim.

    Examples
    --------
    >>> import evidence
    >>> claims = join_claims(evidence.load())
    >>> list(claims["certainty_usable"].cat.categories)
    ['none_found', 'very_low', 'low', 'moderate', 'high']
    """
    claims = judge(review)
    found = find_certainty(claims["certainty"]).where(claims["proposition_id"].notna())
    usable = claims["rank"].map(dict(enumerate(CERTAINTY))).where(claims["certainty"].notna(), found.astype(object))
    names = labels.name_articles(review.sources)
    return claims.assign(
        article=pd.Categorical(claims["source_id"].map(names), list(names.values())),
        source_id=pd.Categorical(claims["source_id"], list(review.sources["source_id"])),
        proposition_id=pd.Categorical(claims["proposition_id"], list(review.propositions["proposition_id"])),
        certainty_found=found,
        certainty_usable=pd.Categorical(usable, list(CERTAINTY_FOUND), ordered=True),
    )


def find_certainty(certainty: pd.Series) -> pd.Series:
    """Return propositions' certainty as an ordered categorical, ``none_found`` where it is empty."""
    words = certainty.astype(object).fillna("none_found")
    return words.astype(pd.CategoricalDtype(list(CERTAINTY_FOUND), ordered=True))


def select_checkable(claims: pd.DataFrame) -> pd.DataFrame:
    """Return the judged claims that evidence could decide: all whose support is not ``not_checkable``."""
    return claims[claims["support"] != "not_checkable"]


def select_mapped(claims: pd.DataFrame) -> pd.DataFrame:
    """Return the judged claims that are held against a proposition: checkable, mapped, and no citation."""
    return claims[claims["line"].isin([name for name, line in LINES.items() if line.basis in _MAPPED])]


def select_promoting(claims: pd.DataFrame) -> pd.DataFrame:
    """Return the claims that promote: those of which a headline may say that they go beyond the evidence."""
    return claims[claims["stance"] == STANCES[0]]


def find_outcome(claims: pd.DataFrame) -> pd.Series:
    """Return what a headline says of each judged claim: its level, with steps for what is overstated.

    Parameters
    ----------
    claims
        As `join_claims` gives them.

    Returns
    -------
    pandas.Series
        A categorical of `OUTCOMES`, missing where the claim is not checkable. ``nothing_found`` joins claims that rest
        on nothing found with work that could not be traced; ``overstated_by_one`` and ``overstated_by_more`` tell by
        how many steps the wording goes beyond the evidence (an overstated citation counts as one).
    """
    support = claims["support"].astype(object)
    beyond = claims["gap"].fillna(1).gt(1).map({True: "overstated_by_more", False: "overstated_by_one"})
    said = support.where(support != "overstated", beyond).where(~support.isin(_NOTHING_FOUND), "nothing_found")
    known = said.where(said.isin(OUTCOMES))
    return pd.Series(pd.Categorical(known, list(OUTCOMES), ordered=True), index=claims.index)


def share_outcomes(claims: pd.DataFrame, *, resamples: int = RESAMPLES, seed: int = SEED) -> pd.DataFrame:
    """Give the share of the checkable claims that have each outcome, with an interval that draws sentences again.

    Headlines speak of the claims that promote: ``share_outcomes(select_promoting(claims))``.

    Parameters
    ----------
    claims
        As `join_claims` gives them, all or some; what is not checkable is left out.
    resamples, seed
        Number of draws, and their seed.

    Returns
    -------
    pandas.DataFrame
        Index the `OUTCOMES`; ``n`` claims, ``of`` all checkable ones, ``share`` of 1 with its 95% percentile interval
        ``low`` to ``high``, and ``by_sentence``: the share where every sentence counts once, whatever the number of
        claims in it. Shares are missing where there is no claim.

    Notes
    -----
    Rows of one sentence are not independent, so whole sentences are drawn with replacement. The claims are all that
    their articles make, and no sample: the interval says how little a share of few sentences can be relied on.

    Of what no sentence has, or all have, every draw gives the same share, and an interval from draws has no width. Its
    place takes Wilson's (see `find_share`), which is right there, too: with the sentences, not the claims, as trials.

    Examples
    --------
    >>> import evidence
    >>> claims = join_claims(evidence.load())
    >>> shares = share_outcomes(select_promoting(claims))
    >>> int(shares["n"].sum()) == int(shares["of"].iloc[0])
    True
    """
    return _share_sentences(find_outcome(claims), find_sentence(claims), resamples, seed)


def find_sentence(claims: pd.DataFrame) -> pd.Series:
    """Return the sentence that each claim stands in, as one text: claims of one sentence are drawn together."""
    return claims["source_id"].astype(str) + " " + claims["start"].astype(str) + " " + claims["end"].astype(str)


def _share_sentences(outcome: pd.Series, sentence: pd.Series, resamples: int, seed: int) -> pd.DataFrame:
    """Give what `share_outcomes` does, from each claim's outcome and sentence."""
    known = outcome.notna()
    if not known.any():
        empty = dict.fromkeys(("share", "low", "high", "by_sentence"), float("nan"))
        return pd.DataFrame({"n": 0, "of": 0, **empty}, index=pd.Index(OUTCOMES, name="outcome"))
    places, sentences = pd.factorize(sentence[known], sort=True)
    n = len(sentences)
    counts = np.zeros((n, len(OUTCOMES)), dtype=int)
    np.add.at(counts, (places, outcome[known].cat.codes), 1)
    drawn = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=resamples) @ counts
    low, high = np.percentile(drawn / drawn.sum(axis=1, keepdims=True), [2.5, 97.5], axis=0)
    total = counts.sum(axis=0)
    wilson = [find_share(n * part / total.sum(), n)[1:] for part in total]
    low, high = np.where(low < high, (low, high), np.transpose(wilson))
    shares = {"n": total, "of": total.sum(), "share": total / total.sum(), "low": low, "high": high}
    by_sentence = (counts / counts.sum(axis=1, keepdims=True)).mean(axis=0)
    return pd.DataFrame({**shares, "by_sentence": by_sentence}, index=pd.Index(OUTCOMES, name="outcome"))


def list_outcomes(claims: pd.DataFrame) -> pd.DataFrame:
    """List the outcomes of the checkable claims of each stance, by article and in all.

    Parameters
    ----------
    claims
        As `join_claims` gives them; one without a stance is in no row.

    Returns
    -------
    pandas.DataFrame
        One row a stance of `STANCES`, article and outcome: ``stance``, ``source_id`` (the last is `ALL`),
        ``outcome``, and the columns of `share_outcomes`.
    """
    outcome, sentence, parts = find_outcome(claims), find_sentence(claims), []
    for stance in STANCES:
        chosen = claims["stance"] == stance
        articles = {source: chosen & (claims["source_id"] == source) for source in _words(claims["source_id"])}
        parts += [
            _share_sentences(outcome[rows], sentence[rows], RESAMPLES, SEED)
            .reset_index()
            .assign(stance=stance, source_id=source)
            for source, rows in (articles | {ALL: chosen}).items()
        ]
    listed = pd.concat(parts, ignore_index=True)
    return listed[["stance", "source_id", "outcome", "n", "of", "share", "low", "high", "by_sentence"]]


def list_worst(claims: pd.DataFrame, *, most: int = 5) -> pd.DataFrame:
    """List the claims that promote and go furthest beyond what is known, the worst first.

    Those that the evidence contradicts come before all others, then those with the widest gap, then by kind in the
    schema's order, then as they stand. Citations, which are judged by whether the work exists, are not among them.

    Parameters
    ----------
    claims
        As `join_claims` gives them, all or some.
    most
        How many at most.
    """
    mapped = select_promoting(select_mapped(claims))
    beyond = mapped[mapped["support"] != "supported"]
    order = beyond.assign(contradicted=beyond["support"] == "contradicted")
    order = order.sort_values(["contradicted", "gap", "kind"], ascending=[False, False, True], kind="stable")
    return beyond.loc[order.index[:most]]


def count_claims(claims: pd.DataFrame, rows: str, columns: str) -> pd.DataFrame:
    """Count claims by two columns, with every word of both, also those that no claim has.

    Parameters
    ----------
    claims
        As `join_claims` gives them, all or some.
    rows, columns
        Names of two different columns.

    Returns
    -------
    pandas.DataFrame
        One row a word of `rows`, one column a word of `columns`, in their order; whole numbers that add up to
        the claims that have both.

    Raises
    ------
    KeyError
        Where the claims have no such column.

    Examples
    --------
    >>> claims = pd.DataFrame({"source_id": ["a", "b", "b"], "strength": ["plain"] * 3})
    >>> claims = claims.astype({"strength": pd.CategoricalDtype(["plain", "emphatic"])})
    >>> count_claims(claims, "source_id", "strength").to_dict("index")
    {'a': {'plain': 1, 'emphatic': 0}, 'b': {'plain': 2, 'emphatic': 0}}
    """
    counts = claims.groupby([rows, columns], observed=True).size().unstack(fill_value=0)
    counts = counts.reindex(index=_words(claims[rows]), columns=_words(claims[columns]), fill_value=0)
    return counts.astype(int).rename_axis(index=rows, columns=columns)


def _words(values: pd.Series) -> list[str]:
    if isinstance(values.dtype, pd.CategoricalDtype):
        return list(values.cat.categories)
    return sorted(values.dropna().unique())


def share_rows(counts: pd.DataFrame) -> pd.DataFrame:
    """Add ``share``, and its interval ``low`` to ``high``, to rows with ``n`` and ``of``, as `find_share` gives them.

    Examples
    --------
    >>> share_rows(pd.DataFrame({"n": [3, 0], "of": [12, 0]})).round(2).values.tolist()
    [[3.0, 12.0, 0.25, 0.09, 0.53], [0.0, 0.0, nan, nan, nan]]
    """
    ends = [find_share(n, of) for n, of in zip(counts["n"], counts["of"], strict=True)]
    return counts.assign(**{name: [float(e[i]) for e in ends] for i, name in enumerate(("share", "low", "high"))})


def find_share(n: float, of: int) -> tuple[float, float, float]:
    """Return a share of 1 and its Wilson 95% interval; three times NaN where there is nothing to share.

    Raises
    ------
    ValueError
        Where `n` is below 0 or above `of`.

    Notes
    -----
    Wilson (1927), J Am Stat Assoc 22:209; a test holds it to `scipy.stats.binomtest`, which takes longer to
    import than the rest of the report takes to build. The claims are all of their articles' claims and no sample; the
    interval says how little a share of few claims can be relied on.

    Examples
    --------
    >>> [round(part, 2) for part in find_share(3, 12)]
    [0.25, 0.09, 0.53]
    """
    if not 0 <= n <= of:
        raise ValueError(f"n must lie between 0 and {of}; it is {n}")
    if not of:
        return (float("nan"),) * 3
    share, weight = n / of, _Z * _Z / of
    middle = (share + weight / 2) / (1 + weight)
    half = _Z / (1 + weight) * sqrt(share * (1 - share) / of + weight / of / 4)
    return share, max(0.0, middle - half), min(1.0, middle + half)


def count_tags(review: Review) -> pd.DataFrame:
    """Count the claims that carry each tag, by article.

    Returns
    -------
    pandas.DataFrame
        One row a tag of the vocabulary, in its order, also those that no claim carries; one column an
        article. A claim with two tags counts in two rows.
    """
    tags = split_items(review.claims["tags"]).rename("tags").to_frame()
    tags["source_id"] = review.claims["source_id"]
    counts = pd.crosstab(tags["tags"], tags["source_id"])
    words = list(review.vocabulary.values("claims", "tags"))
    counts = counts.reindex(index=words, columns=list(review.sources["source_id"]), fill_value=0)
    return counts.astype(int).rename_axis(index="tags", columns="source_id")


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
        ``column``, ``value``, ``judgement`` (``good``, ``partly``, ``bad``, ``unclear``, ``not_applicable``, as risk
        of bias is judged). No sum is made of them: they are not judgements of the claims.
    """
    judgements = {word: judgement for judgement, words in _JUDGEMENTS.items() for word in words}
    rows = [
        (source, group, labels.heading(name), column, value, judgements[value])
        for start, group in _GROUPS.items()
        for column in sources.columns[sources.columns.str.startswith(start)]
        for name in [_BENCHMARKS.get(column, column.removeprefix(start))]
        for source, value in zip(sources["source_id"], sources[column], strict=True)
    ]
    return pd.DataFrame(rows, columns=["source_id", "group", "benchmark", "column", "value", "judgement"])


def list_stretches(claims: pd.DataFrame) -> pd.DataFrame:
    """Cut the claims' spans into pieces that no span's edge divides, and number the claims of each piece.

    Parameters
    ----------
    claims
        Judged claims; uses ``source_id``, ``start``, ``end``, ``claim_id``, ``kind``, ``support``.

    Returns
    -------
    pandas.DataFrame
        One row a claim and piece: ``source_id``, ``start``, ``end`` (of the piece), ``claim_id``, ``kind``,
        ``support``, ``layer`` (0 for the first claim there) and ``layers`` (how many claims are there). A
        claim's pieces add up to its span.
    """
    columns = ["source_id", "claim_id", "kind", "support"]
    articles = claims.groupby("source_id", observed=True, sort=False)
    pieces = [piece for _, article in articles for piece in _cut(article)]
    places = pd.DataFrame(pieces, columns=["row", "start", "end", "layer", "layers"])
    stretches = claims.loc[places["row"], columns].reset_index(drop=True).join(places.drop(columns="row"))
    return stretches[["source_id", "start", "end", "claim_id", "kind", "support", "layer", "layers"]]


def _cut(article: pd.DataFrame) -> list[tuple[object, int, int, int, int]]:
    starts, ends = article["start"].to_numpy(int), article["end"].to_numpy(int)
    pieces = []
    for start, end in pairwise(sorted({*starts.tolist(), *ends.tolist()})):
        here = article.index[(starts <= start) & (ends >= end)]
        pieces += [(row, start, end, layer, len(here)) for layer, row in enumerate(here)]
    return pieces


def count_markers(review: Review) -> pd.DataFrame:
    """Count hedges and boosters of each article, headings and menus included.

    Returns
    -------
    pandas.DataFrame
        One row an article and ``kind`` of marker: ``source_id``, ``kind``, ``n``, ``n_words``, ``per_100``
        (words).
    """
    counts = _count_markers(_join_markers(review), review)
    n_words = counts["source_id"].map(review.sources.set_index("source_id")["n_words"])
    return counts.assign(n_words=n_words, per_100=(100 * counts["n"] / n_words).astype(float))


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
    counts = _count_markers(inside.drop_duplicates(["source_id", "start", "end", "kind"]), review)
    return share_rows(
        counts.assign(of=counts["source_id"].map(passages["source_id"].value_counts()).fillna(0).astype(int))
    )


def _join_markers(review: Review) -> pd.DataFrame:
    return review.hits.merge(review.markers[["marker", "kind"]], on="marker", how="left", validate="m:1")


def _count_markers(hits: pd.DataFrame, review: Review) -> pd.DataFrame:
    """Count rows by article and kind of marker, also where there is none: ``source_id``, ``kind``, ``n``."""
    every = pd.MultiIndex.from_product(
        [review.sources["source_id"], review.vocabulary.values("markers", "kind")], names=["source_id", "kind"]
    )
    n = hits.groupby(["source_id", "kind"], observed=True).size().rename("n")
    return n.reindex(every, fill_value=0).reset_index()


def count_citations(review: Review) -> pd.DataFrame:
    """Count the mentions of outside work that stand up to each next look.

    Returns
    -------
    pandas.DataFrame
        Four rows, each a part of the one before: ``stage`` (``mentioned``; ``identified``: exactly or
        probably; ``read``: in full or as an abstract; ``accurate``: says what the article says), ``n``,
        ``lost`` (since the row before), ``reasons`` (of the lost, with their numbers) and ``works`` (that the mentions
        lead to: several mentions may mean one).
    """
    works = review.studies[["study_id", "access"]]
    mentions = review.citations.merge(works, on="study_id", how="left", validate="m:1")
    looks = {"identified": ("identity", IDENTIFIED), "read": ("access", READ), "accurate": ("accuracy", ("accurate",))}
    rows = [("mentioned", len(mentions), 0, "", mentions["study_id"].nunique())]
    for stage, (column, good) in looks.items():
        stays = mentions[column].isin(good)
        lost = mentions.loc[~stays, column].value_counts(sort=False)
        reasons = [f"{labels.word(word)} {n}" for word, n in lost.items() if n]
        mentions = mentions[stays]
        rows.append((stage, len(mentions), int(lost.sum()), ", ".join(reasons), mentions["study_id"].nunique()))
    return pd.DataFrame(rows, columns=["stage", "n", "lost", "reasons", "works"])


def count_searches(review: Review) -> pd.DataFrame:
    """Count the searches for evidence by where they went.

    Returns
    -------
    pandas.DataFrame
        One row a place, that of most searches first: ``searched_in``, ``searches``, ``propositions`` (looked for
        there), ``first`` and ``last`` (day), ``results`` and ``relevant`` (pages; a page may come more than once).
    """
    places = review.searches.groupby("searched_in", sort=True)
    counts = places.agg(
        searches=("search_id", "size"),
        propositions=("proposition_id", "nunique"),
        first=("searched_on", "min"),
        last=("searched_on", "max"),
        results=("n_results", "sum"),
        relevant=("n_relevant", "sum"),
    )
    return counts.sort_values("searches", ascending=False, kind="stable").reset_index()


def count_flow(review: Review) -> pd.DataFrame:
    """Count what went into the review and where it went.

    Returns
    -------
    pandas.DataFrame
        One row a part of a step: ``step``, ``part``, ``n``, ``total`` (of the step). The parts of a step add
        up to its total. Steps: ``articles`` (characters of each), ``segments`` (by role), ``claims``
        (checkable, or by the reason why not), ``checkable`` (mapped to a proposition, judged as a citation,
        or not assessed), ``mapped`` (compared with evidence, or none was found, whatever level that gives),
        ``judged`` (all claims by support level).
    """
    claims = join_claims(review)
    checkable, mapped = select_checkable(claims), select_mapped(claims)
    why_not = claims.drop(checkable.index)
    reasons = why_not["checkability"].astype(object).mask(why_not["line"] == "citation", "citation").value_counts()
    words = [w for w in (*review.vocabulary.values("claims", "checkability"), "citation") if w != "checkable"]
    cited = int((checkable["line"] == "citation").sum())
    none_found = int(mapped["certainty"].isna().sum())
    steps = {
        "articles": dict(zip(review.sources["source_id"], review.sources["n_characters"].astype(int), strict=True)),
        "segments": review.segments["role"].value_counts(sort=False).to_dict(),
        "claims": {"checkable": len(checkable), **{word: int(reasons.get(word, 0)) for word in words}},
        "checkable": {"mapped": len(mapped), "citation": cited, "not_assessed": len(checkable) - len(mapped) - cited},
        "mapped": {"compared": len(mapped) - none_found, "no_evidence": none_found},
        "judged": claims["support"].value_counts(sort=False).to_dict(),
    }
    totals = {step: sum(parts.values()) for step, parts in steps.items()}
    rows = [(step, part, n, totals[step]) for step, parts in steps.items() for part, n in parts.items()]
    return pd.DataFrame(rows, columns=["step", "part", "n", "total"]).astype({"n": int, "total": int})


def count_sensitivity(claims: pd.DataFrame) -> pd.DataFrame:
    """Count the claims of each support level, as coded and if the judgements were a step off.

    Parameters
    ----------
    claims
        Judged claims.

    Returns
    -------
    pandas.DataFrame
        One row as coded, one where every certainty is a step lower, and two where every strength is a step lower, or
        higher; one column a support level; each row adds up to the claims. A step stops at the end of its scale, and
        an empty certainty (none found) stays empty.
    """
    scenarios = {
        "as coded": claims,
        "every certainty one step lower": claims.assign(certainty=_step(claims["certainty"], CERTAINTY, -1)),
        "every strength one step lower": claims.assign(strength=_step(claims["strength"], STRENGTH, -1)),
        "every strength one step higher": claims.assign(strength=_step(claims["strength"], STRENGTH, 1)),
    }
    counts = {name: judge_claims(rows)["support"].value_counts(sort=False) for name, rows in scenarios.items()}
    return pd.DataFrame(counts).T.reindex(columns=list(SUPPORT)).rename_axis(index="scenario", columns="support")


def _step(values: pd.Series, order: tuple[str, ...], step: int) -> pd.Series:
    moved = {word: order[min(max(i + step, 0), len(order) - 1)] for i, word in enumerate(order)}
    return values.astype(object).map(moved)


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
        (proposition, one["source_id"] == two["source_id"], *(side[c] for side in (one, two) for c in _SIDE))
        for proposition, group in said.groupby("proposition_id", observed=True)
        for one, two in combinations(group[list(_SIDE)].to_dict("records"), 2)
        if one["asserted_direction"] != two["asserted_direction"]
    ]
    sides = [f"{column}_{side}" for side in (1, 2) for column in _SIDE]
    return pd.DataFrame(rows, columns=["proposition_id", "within", *sides])
