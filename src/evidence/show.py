"""The tables of a review, in a notebook and on the page: each function shows its rows, with their caption.

`evidence.safe_tables` writes them, and makes of every cell words that are nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

import pandas as pd

from evidence import labels as words
from evidence import palette
from evidence.agreement import count_confusions
from evidence.counts import ALL, CERTAINTY_FOUND, STANCES, find_certainty
from evidence.findings import describe_listed, list_findings, list_layers, list_reasons
from evidence.palette import Look
from evidence.rules import DOMAINS
from evidence.safe_tables import NO_FORMULA, Facts, Folded, Group, Key, Level, Link, SafeTable, layers, table
from evidence.schema import Word
from evidence.tables import load_remarks

if TYPE_CHECKING:
    from evidence.tables import Review

MOST_ARTICLES = 25  # of which each has a column of its own
_GIST = re.compile(  # the first sentence of several, and the others; "Dr.", "J." and "vs." end none
    r"(.+?(?<!\b[A-Z])(?<!\b[A-Z][a-z])(?<!\bvs)(?<!\bet al)\.) ([A-Z\d].*)", re.DOTALL
)


def sentence(text: str, *, answer: bool = True) -> SafeTable:
    """Show what is said of the data, escaped: the answer at the head of a notebook, or what a look shows.

    The first sentence of an answer is its gist; what follows is printed small, as detail.

    Examples
    --------
    >>> sentence("3 of 12 claims are supported.").data
    '<p class="answer mathjax_ignore tex2jax_ignore">3 of 12 claims are supported.</p>'
    """
    gist, detail = said.groups() if answer and (said := _GIST.fullmatch(text)) else (text, "")
    rest = f" <small>{escape(detail)}</small>" if detail else ""
    return SafeTable(f'<p class="{"answer" if answer else "look"} {NO_FORMULA}">{escape(gist)}{rest}</p>', text)


class Remarks:
    """What a review has to say of its own, as Markdown; a page and JupyterLab clean it as they clean a notebook's."""

    def __init__(self, text: str) -> None:
        self.data = text

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/markdown": self.data, "text/plain": self.data}

    def __repr__(self) -> str:
        return self.data


def remarks(review: Review, question: str) -> Remarks:
    """Show what ``remarks.md`` beside the tables says under a notebook's question.

    Examples
    --------
    >>> import evidence
    >>> remarks(evidence.load(), "Is there such a question?")
    - This review adds no remark here.
    """
    return Remarks(load_remarks(review.folder, question) or "- This review adds no remark here.")


def crosstab(counts: pd.DataFrame, review: Review, *, caption: str) -> SafeTable:
    """Show counts by two columns, their words by the labels of the schema, and explained; articles by their names.

    Parameters
    ----------
    counts
        As `evidence.counts.count_claims` or `count_tags` gives them: its axes are named by the columns.
    review
        For the labels and names.
    caption
        What the table shows.

    Returns
    -------
    SafeTable
        Articles as columns, or as rows where there are more than `MOST_ARTICLES`.
    """
    if counts.columns.name == "source_id" and counts.shape[1] > MOST_ARTICLES:
        counts = counts.T
    axes = {axis: _find_words(str(axis), review) for axis in (counts.index.name, counts.columns.name)}
    names = {axis: {word.value: word.label for word in found} for axis, found in axes.items()}
    first = "Article" if counts.index.name == "source_id" else words.heading(counts.index.name)
    rows = counts.rename(index=names[counts.index.name]).rename_axis(index=first)
    heads = {word: names[counts.columns.name].get(word, words.capital(str(word))) for word in counts.columns}
    terms = [word for axis in axes.values() for word in axis if {word.value} & {*counts.index, *counts.columns}]
    return table(rows, caption=caption, labels=heads, index=True, terms=terms)


def _find_words(column: str, review: Review) -> Sequence[Word]:
    """Return the words of a column of the claims, of what is derived of them, or the articles' names."""
    vocabulary = review.vocabulary
    if column == "source_id":
        return [Word(key, name, "") for key, name in words.name_articles(review.sources).items()]
    if column in vocabulary.derived or column in vocabulary.tables["claims"].names:
        return vocabulary.words("derived" if column in vocabulary.derived else "claims", column)
    return ()


def sources(review: Review) -> SafeTable:
    """Show one row an article: title with its link, author, dates, kind and length, how it earns, what it discloses."""
    rows = _label_sources(review)
    frame = pd.DataFrame(
        {
            "Article": rows["article"],
            "Title": [Link(row.title, row.url) for row in rows.itertuples()],
            "Author": [
                ", ".join(dict.fromkeys(map(words.label, (row.author, row.author_credentials))))
                for row in rows.itertuples()
            ],
            "Dates": [
                Facts([("Published", words.date(row.published_on)), ("Modified", words.date(row.modified_on))])
                for row in rows.itertuples()
            ],
            "Kind": [f"{row.source_type}, {words.count(int(row.n_words), 'word')}" for row in rows.itertuples()],
            "Earns by": rows["revenue"],
            "Disclosure": rows["disclosure"],
        }
    )
    terms = review.vocabulary.words("sources", "revenue", "disclosure")
    return table(frame, caption="The articles, as their own text presents them", terms=terms)


def articles(review: Review, *columns: str, caption: str) -> SafeTable:
    """Show some columns of the sources table by their labels, one row an article."""
    rows = _label_sources(review)
    terms = review.vocabulary.words("sources", *columns)
    return table(rows[["article", *columns]], caption=caption, terms=terms)


def _label_sources(review: Review) -> pd.DataFrame:
    rows = words.label_rows(review.sources, "sources", review.vocabulary)
    return rows.assign(article=rows["source_id"].map(words.name_articles(review.sources)))


def claims(claims: pd.DataFrame, review: Review, *, caption: str) -> SafeTable:
    """Show claims in their article's order as they are worded and coded; the quote links to the live page.

    Parameters
    ----------
    claims
        Rows of the claims table, judged or not.
    review
        For the pages' addresses and the words' labels.
    caption
        What the table shows.
    """
    rows = words.label_rows(claims, "claims", review.vocabulary)
    urls = dict(zip(review.sources["source_id"], review.sources["url"], strict=True))
    frame = pd.DataFrame(
        {
            "Id": rows["claim_id"],
            "Claim": rows["claim"],
            "Quote": [
                Link(row.quote, words.quote_address(urls.get(row.source_id), row.quote)) for row in rows.itertuples()
            ],
            "Coded as": [
                Facts([(words.heading(name), cell) for name, cell in row.items()])
                for row in rows[["kind", "voice", "stance", "strength", "backing", "checkability"]].to_dict("records")
            ],
            "Tags and note": [Facts([("", row.tags), ("Note", row.note)]) for row in rows.itertuples()],
        }
    )
    terms = review.vocabulary.words("claims", "stance", "strength")
    return table(frame, caption=caption, terms=terms)


def support(claims: pd.DataFrame, review: Review, *, caption: str) -> SafeTable:
    """Show judged claims with their level, the evidence sentence and the rule's line with the claim's values."""
    reasons = list_reasons(claims, review)
    rows = pd.DataFrame(
        {
            "Id": claims["claim_id"],
            "Claim": claims["claim"],
            "Support": reasons["support"],
            "Why": [
                Facts([("", why), ("Match", match)])
                for why, match in zip(reasons["why"], claims["match_reason"], strict=True)
            ],
            "Evidence": [
                f"{row.proposition_id}: {row.sentence}" if row.sentence else "" for row in reasons.itertuples()
            ],
        }
    )
    return table(rows, caption=caption, terms=review.vocabulary.words("derived", "support"))


_OUTCOMES = {
    "supported": ("supported as worded", "supported"),
    "cautious": ("withholds a promise that nothing backs", "cautious"),
    "overstated_by_one": ("surer than the evidence by one step", "overstated"),
    "overstated_by_more": ("surer by more steps", "overstated"),
    "conflicting": ("findings point both ways", "conflicting"),
    "contradicted": ("contradicted", "contradicted"),
    "insufficient": ("evidence too uncertain to tell", "insufficient"),
    "nothing_found": ("rests on nothing found", "no_evidence"),
    "not_assessed": ("not assessed", "not_assessed"),
}
_SUPPORTED = {
    "share": "Supported, %",
    "low": "95% interval from, %",
    "high": "95% interval to, %",
    "by_sentence": "Supported where every sentence counts once, %",
}


def outcomes(listed: pd.DataFrame, review: Review) -> SafeTable:
    """Show what becomes of the checkable claims of each stance, by article.

    Parameters
    ----------
    listed
        As `evidence.counts.list_outcomes` gives it.
    review
        For the labels of the stances and the articles' names.

    Returns
    -------
    SafeTable
        Under a heading a stance: one row an outcome, zeros too, which add up to the heading's number; then the share
        that is supported, its interval, and the same where every sentence counts once. One column an article where
        there are no more than `MOST_ARTICLES`, then all.
    """
    sources = list(listed["source_id"].unique())
    sources = sources if len(sources) <= MOST_ARTICLES + 1 else [ALL]
    names = review.vocabulary.labels("claims", "stance")
    rows: list[tuple[object, ...]] = []
    for stance in STANCES:
        part = listed[listed["stance"] == stance]
        counted = part.pivot(index="outcome", columns="source_id", values="n")
        first = part[part["outcome"] == "supported"].set_index("source_id")
        heading = f"{names[stance]}: {words.count(int(first.loc[ALL, 'of']), 'checkable claim')}"
        for outcome, (said, level) in _OUTCOMES.items():
            name = _sign(words.capital(said), level, palette.SUPPORT_LOOKS)
            rows.append((heading, name, *counted.loc[outcome, sources]))
        shares = (100 * first.loc[sources, list(_SUPPORTED)]).round().astype("Int64")
        rows += [(heading, name, *shares[column]) for column, name in _SUPPORTED.items()]
    frame = pd.DataFrame(rows, columns=["By", "Outcome", *sources]).set_index("Outcome")
    caption = "Checkable claims by what becomes of them, by stance and article"
    heads = words.name_articles(review.sources) | {ALL: words.capital(ALL)}
    terms = (*review.vocabulary.words("claims", "stance"), *review.vocabulary.words("derived", "support"))
    return table(frame, caption=caption, labels=heads, index=True, by="By", terms=terms)


def segments(review: Review) -> SafeTable:
    """Show what is no claim: one row an article and role, with its number of segments and their reasons."""
    rest = review.segments[review.segments["role"] != "claim"]
    rest = words.label_rows(rest, "segments", review.vocabulary)
    rest = rest.assign(article=rest["source_id"].map(words.name_articles(review.sources)))
    reasons = ("reason", lambda cells: "; ".join(sorted(set(cells.dropna()))))
    counts = rest.groupby(["article", "role"], sort=True).agg(Segments=("reason", "size"), Reasons=reasons)
    terms = review.vocabulary.words("segments", "role")
    return table(counts.reset_index(), caption="What is no claim, and why", terms=terms)


def wording(compared: pd.DataFrame, claims: pd.DataFrame, *, caption: str) -> SafeTable:
    """Show claims whose coded strength and whose markers point to different steps."""
    rows = compared[~compared["agrees"]].merge(claims[["claim_id", "claim"]], on="claim_id", validate="1:1")
    names = {
        "claim_id": "Id",
        "claim": "Claim",
        "cues": "Markers in its span",
        "cue_strength": "They point to",
        "strength": "Coded",
    }
    rows = rows.assign(**{name: rows[name].map(words.heading) for name in ("cue_strength", "strength")})
    return table(rows[list(names)].astype(str), caption=caption, labels=names)


def agreement(summary: pd.DataFrame) -> SafeTable:
    """Show agreement by variable, as `evidence.agreement.summarise_agreement` gives it."""
    rows = summary.assign(
        table=summary["table"] + ": " + summary["variable"].map(words.word),
        percent=(100 * summary["percent"]).round(1),
        paired=[
            f"{row.paired:,} of {row.units:,}, {words.count(row.raters, 'rater')}" for row in summary.itertuples()
        ],
        alpha=[
            _write_interval(*(words.number(n, "{:.2f}") for n in (row.alpha, row.alpha_low, row.alpha_high)))
            for row in summary.itertuples()
        ],
        ac1=summary["ac1"].round(2),
        most_confused=summary["most_confused"].map(words.word),
    )  # fmt: skip
    names = {
        "table": "Variable", "level": "Level", "paired": "Rated twice", "percent": "Agreement, %",
        "alpha": "Krippendorff's alpha (95% interval)", "ac1": "Gwet's AC1", "most_confused": "Most confused",
        "reason": "Why a figure is missing",
    }  # fmt: skip
    caption = "Agreement of independent raters, by variable; intervals draw whole sentences again"
    return table(rows[list(names)], caption=caption, labels=names)


def _write_interval(value: str, low: str, high: str) -> str:
    return f"{value} ({low} to {high})" if low else value


def confusions(units: pd.DataFrame, labels: dict[str, str], variable: str) -> SafeTable:
    """Show how often the raters gave each pair of words to one unit; words that nobody used are left out.

    Parameters
    ----------
    units
        As `evidence.agreement.pivot_ratings` gives them.
    labels
        Label by word, in order.
    variable
        For the caption.
    """
    counts = count_confusions(units, list(labels))
    used = counts.index[(counts.sum(axis=0) + counts.sum(axis=1)) > 0]
    counts = counts.loc[used, used].rename(index=labels, columns=labels)
    counts.index.name = "First rater"
    total = int(counts.to_numpy().sum())
    return table(counts, caption=f"Confusions of {words.word(variable)} (n = {total:,})", index=True)


def citations(review: Review) -> SafeTable:
    """Show every mention of outside work: what it is called, what it is or comes nearest to, what holds, and why."""
    rows = words.label_rows(review.citations, "citations", review.vocabulary)
    frame = pd.DataFrame(
        {
            "Claim": rows["claim_id"],
            "Called": rows["cited_as"],
            "Traced to": [
                Facts(
                    [
                        ("Identity", row.identity),
                        ("The work", _make_key(row.study_id)),
                        ("Accuracy", row.accuracy),
                        ("The nearest real work", _make_key(row.nearest_study_id)),
                    ]
                )
                for row in rows.itertuples()
            ],
            "Why": rows["reason"],
        }
    )
    terms = review.vocabulary.words("citations", "identity", "accuracy")
    return table(frame, caption="Every mention of outside work, traced", terms=terms)


def _make_key(cell: object) -> Key | None:
    return Key(str(cell)) if words.cell(cell) else None


def summary(review: Review) -> SafeTable:
    """Show, in layers, what the evidence says of the propositions that most claims rest on.

    After GRADE's interactive summary of findings: the gist as a sentence; then outcome, comparator, effect, people and
    studies, certainty; then, on demand, the reason of each downgrade and every finding.
    """
    listed, names = list_layers(review), review.vocabulary.labels("propositions", "certainty")
    groups = [
        Group(
            f"{row.proposition_id}: {row.sentence}",
            [
                (
                    row.outcome,
                    row.comparator,
                    Facts([("", effect) for effect in row.effects]),
                    row.people,
                    Level(words.certainty(row.certainty), row.certainty, palette.CERTAINTY_LOOKS[row.certainty]),
                ),
                (
                    Folded(
                        _say_why(row.certainty, row.downgrades, names, [study for study, *_ in row.findings]),
                        Facts([*row.downgrades, *((Link(study, url), said) for study, url, said in row.findings)]),
                    ),
                ),
            ],
        )
        for row in listed.itertuples()
    ]
    caption = f"The {words.count(len(listed), 'proposition', words=True)} that most claims rest on"
    terms = [*_explain_columns(review, ["n_studies"]), *review.vocabulary.words("propositions", "certainty")]
    terms += [*_explain_columns(review, DOMAINS), *review.vocabulary.words("findings", "effect_measure")]
    return layers(groups, caption=caption, terms=terms)


def _say_why(
    certainty: str, downgrades: Sequence[tuple[str, str]], names: Mapping[str, str], studies: Sequence[str]
) -> str:
    if certainty not in names:
        return "Nothing was found in a limited search"
    why = words.series(name.partition(",")[0].lower() for name, _ in downgrades)
    head = f"Why {names[certainty].lower()}"
    return f"{head}: {f'rated down for {why}' if why else 'no reason to rate it down'}; {describe_listed(studies)}"


def _explain_columns(review: Review, names: Iterable[str]) -> list[Word]:
    """Return columns of the propositions as words, explained by their descriptions."""
    columns = (review.vocabulary.tables["propositions"].column(name) for name in names)
    return [Word(column.name, words.heading(column.name), column.description) for column in columns]


def findings(review: Review) -> SafeTable:
    """Show the summary of findings, one row a proposition."""
    rows = list_findings(review)
    frame = pd.DataFrame(
        {
            "Id": rows["proposition_id"],
            "Proposition": rows["statement"],
            "In a sentence": rows["sentence"],
            "Evidence": [
                Facts(
                    [("Certainty", row.certainty), ("Studies", row.n_studies), ("People", row.n_participants),
                     ("Claims", row.n_claims)]
                )
                for row in rows.itertuples()
            ],
            "Findings": rows["effect"],
            "Rated down for": rows["footnotes"],
        }
    )  # fmt: skip
    terms = [*review.vocabulary.words("propositions", "certainty"), *_explain_columns(review, DOMAINS)]
    return table(frame, caption="Summary of findings", terms=terms)


def searches(review: Review) -> SafeTable:
    """Show every search for evidence, under the proposition it was made for: words, place, day, what came."""
    statements = dict(zip(review.propositions["proposition_id"], review.propositions["statement"], strict=True))
    rows = review.searches.assign(by=[f"{key}: {statements[key]}" for key in review.searches["proposition_id"]])
    names = {"query": "Words", "searched_in": "Where", "searched_on": "When", "n_results": "Results",
             "n_relevant": "Relevant", "note": "What came"}  # fmt: skip
    return table(rows[["by", *names]], caption="Every search for evidence", labels=names, by="by")


def studies(chosen: pd.DataFrame, review: Review, *, caption: str) -> SafeTable:
    """Show studies with their pages, how much of each was read, and on which propositions they bear.

    Parameters
    ----------
    chosen
        Rows of the studies table.
    review
        For the findings and the words' labels.
    caption
        What the table shows.
    """
    bears = review.findings.groupby("study_id")["proposition_id"].agg(lambda ids: ", ".join(sorted(set(ids))))
    rows = words.label_rows(chosen, "studies", review.vocabulary)
    rows["bears"] = rows["study_id"].map(bears).fillna("none")
    frame = pd.DataFrame(
        {
            "Id": rows["study_id"],
            "Reference and page read": [Link(words.reference(row), row["url"]) for row in chosen.to_dict("records")],
            "About": [
                Facts(
                    [
                        ("Design", row.design),
                        ("People", row.n),
                        ("Risk of bias", row.risk_of_bias),
                        ("Read", row.access),
                        ("Retraction", ", ".join(filter(None, (row.retraction_status,
                                                               words.date(row.retraction_checked_on))))),
                        ("DOI", Link(str(row.doi), words.doi_address(row.doi)) if pd.notna(row.doi) else None),
                    ]
                )
                for row in rows.itertuples()
            ],
            "Propositions": rows["bears"],
            "Note": rows["note"],
        }
    )  # fmt: skip
    terms = review.vocabulary.words("studies", "risk_of_bias", "access")
    return table(frame, caption=caption, terms=terms)


_STEPS = {
    "articles": "Articles (websites)",
    "segments": "Stretches of text that make claims",
    "claims": "Claims that evidence could decide",
    "checkable": "Claims mapped to a testable statement",
    "mapped": "Claims compared with evidence",
}
_KEPT = {"segments": "claim", "claims": "checkable", "checkable": "mapped", "mapped": "compared"}
_OF = {"segments": "stretches", "claims": "claims", "checkable": "checkable claims", "mapped": "mapped claims"}
_ASIDE = {
    ("claims", "citation"): "citation that cannot be checked",
    ("checkable", "citation"): "citation, judged by its own rule",
}


def flow(counted: pd.DataFrame, review: Review) -> SafeTable:
    """Show what went into the review, what was set aside at each step and why, and what was judged.

    After the flow diagram of PRISMA 2020, for sources found by other methods (websites).

    Parameters
    ----------
    counted
        As `evidence.counts.count_flow` gives it.
    review
        For what the levels mean.
    """
    steps = {
        step: dict(zip(rows["part"], rows["n"], strict=True)) for step, rows in counted.groupby("step", sort=False)
    }
    articles, judged = steps.get("articles", {}), steps["judged"]
    n = sum(judged.values())
    rows: list[tuple[object, ...]] = [
        ("", _STEPS["articles"], len(articles), f"{words.number(sum(articles.values()))} characters", None, "")
    ]
    for step, kept in _KEPT.items():
        aside = {part: number for part, number in steps[step].items() if part != kept}
        whole = f"{words.number(sum(steps[step].values()))} {_OF[step]}"
        why = ", ".join(
            f"{_ASIDE.get((step, part), words.word(part))}\N{NO-BREAK SPACE}{words.number(number)}"
            for part, number in aside.items()
        )
        rows.append(("", _STEPS[step], steps[step][kept], whole, sum(aside.values()), why))
    for level, number in judged.items():
        name = _sign(words.heading(level), level, palette.SUPPORT_LOOKS)
        heading = f"All claims by support level: n = {words.number(n)}"
        rows.append((heading, name, number, "", None, ""))
    frame = pd.DataFrame(rows, columns=["by", "step", "number", "of", "aside", "why"]).set_index("step")
    caption = f"From {words.count(len(articles), 'article')} to {words.count(n, 'claim')}, "
    caption += f"{words.number(steps['mapped']['compared'])} compared with evidence"
    names = {"aside": "Set aside", "why": "Set aside as"}
    terms = review.vocabulary.words("derived", "support")
    return table(frame, caption=caption, labels=names, index=True, by="by", terms=terms)


def _sign(text: str, word: str, looks: Mapping[str, Look]) -> Level:
    """Write a text with the sign of a word before it, in the word's colours."""
    look = looks[word]
    return Level(f"{palette.SIGNS.get(look.mark, look.mark)} {text}", word, look)


def benchmarks(judged: pd.DataFrame, review: Review) -> SafeTable:
    """Show each article's judgement on each quality benchmark, with its sign and its word.

    Parameters
    ----------
    judged
        As `evidence.counts.list_benchmarks` gives them.
    review
        For the articles' names, and what is asked.

    Returns
    -------
    SafeTable
        One row a benchmark, under headings by group; one column an article.
    """
    sources = list(judged["source_id"].unique())
    met = int((judged["judgement"] == "good").sum())
    rows = [
        {"Group": group, "Benchmark": benchmark}
        | {
            row.source_id: _sign(words.heading(row.value), row.judgement, palette.JUDGEMENT_LOOKS)
            for row in cells.itertuples()
        }
        for (group, benchmark), cells in judged.groupby(["group", "benchmark"], sort=False)
    ]
    frame = pd.DataFrame(rows, columns=["Group", "Benchmark", *sources]).set_index("Benchmark")
    number = f"{words.number(met)} of {words.count(len(judged), 'quality benchmark')}"
    are = words.agree_of(met, len(judged), "is", "are")
    caption = f"{number} {are} met in full, in {words.count(len(sources), 'article')}. "
    caption += "What the pages tell about themselves; no judgement of their claims"
    asked = dict(zip(judged["column"], judged["benchmark"], strict=True))
    columns = (review.vocabulary.tables["sources"].column(name) for name in asked)
    terms = [Word(column.name, asked[column.name], column.description) for column in columns]
    heads = words.name_articles(review.sources)
    return table(frame, caption=caption, labels=heads, index=True, by="Group", terms=terms)


def gap_map(counts: pd.DataFrame, review: Review) -> SafeTable:
    """Show how many claims of each article rest on each proposition, coloured by the evidence's certainty.

    Parameters
    ----------
    counts
        ``evidence.counts.count_claims(claims, "proposition_id", "source_id")``, all or some rows.
    review
        For the propositions, and the articles' names.

    Returns
    -------
    SafeTable
        One row a proposition with a claim, under headings by certainty, most certain first, then by number of claims;
        one column an article where there are no more than `MOST_ARTICLES`, zeros too, and their sum. Propositions
        without any claim share the last row of a group.
    """
    totals, about = counts.sum(axis=1), review.propositions.set_index("proposition_id")
    statements, found = (about[name].reindex(counts.index) for name in ("statement", "certainty"))
    found = find_certainty(found)
    sources = list(counts.columns) if counts.shape[1] <= MOST_ARTICLES else []
    rows: list[tuple[object, ...]] = []
    for word in reversed(CERTAINTY_FOUND):
        keys = totals[found == word].sort_values(ascending=False, kind="stable")
        if keys.empty:
            continue
        said = "No study found" if word == "none_found" else f"{words.certainty(word)} certainty"
        numbers = f"{words.count(len(keys), 'proposition')}, {words.count(int(keys.sum()), 'claim')}"
        heading, look = f"{said}: {numbers}", palette.CERTAINTY_LOOKS[word]
        for key, total in keys[keys > 0].items():
            cells = (Level(n, word, look) if n else n for n in counts.loc[key, sources])
            rows.append((heading, key, statements[key], *cells, total))
        if empty := list(counts.index[(found == word) & (totals == 0)]):
            rows.append((heading, "No claim", ", ".join(empty), *[None] * len(sources), None))
    frame = pd.DataFrame(rows, columns=["By", "Id", "Proposition", *sources, "All"]).set_index("Id")
    total, weak = int(totals.sum()), int(totals[found.isin(["none_found", "very_low"])].sum())
    caption = f"{words.number(weak)} of {words.count(total, 'claim')} "
    caption += f"{words.agree_of(weak, total, 'rests', 'rest')} on very low certainty or on no study found "
    caption += f"({words.count(len(counts), 'proposition')})"
    heads, terms = words.name_articles(review.sources), review.vocabulary.words("propositions", "certainty")
    return table(frame, caption=caption, labels=heads, index=True, by="By", terms=terms)


def contradictions(pairs: pd.DataFrame, propositions: pd.DataFrame) -> SafeTable:
    """Show the claims that assert different directions of one proposition, each claim once.

    Parameters
    ----------
    pairs
        As `evidence.counts.list_contradictions` gives them, all or some.
    propositions
        The propositions table; their statements are the headings.

    Returns
    -------
    SafeTable
        One row a claim, under a heading a proposition with its number of pairs; the direction that most claims assert
        comes first.
    """
    statements = dict(zip(propositions["proposition_id"], propositions["statement"], strict=True))
    rows = []
    for key, group in pairs.groupby("proposition_id", observed=True, sort=False):
        numbers = f"{words.count(len(group), 'pair')}, {words.number(int(group['within'].sum()))} within one article"
        heading = f"{key}: {statements[key]} ({numbers})"
        for row in _list_sides(group).itertuples():
            asserted = _sign(words.word(row.asserted_direction), row.asserted_direction, palette.DIRECTION_LOOKS)
            rows.append((heading, row.claim_id, asserted, row.claim))
    within = int(pairs["within"].sum())
    number, about = words.count(len(pairs), "pair"), words.count(pairs["proposition_id"].nunique(), "proposition")
    where = f"{words.number(within)} within one article, {words.number(len(pairs) - within)} across"
    frame = pd.DataFrame(rows, columns=["by", "id", "asserts", "claim"]).set_index("id")
    return table(frame, caption=f"{number} of claims cannot both hold: {where} ({about})", index=True, by="by")


def _list_sides(pairs: pd.DataFrame) -> pd.DataFrame:
    """List the claims of pairs once each: the direction that most of them assert first."""
    names = ["claim_id", "claim", "asserted_direction"]
    sides = [pairs[[f"{name}_{i}" for name in names]].set_axis(names, axis=1) for i in (1, 2)]
    claims = pd.concat(sides).drop_duplicates("claim_id").astype({"asserted_direction": object})
    often = claims["asserted_direction"].map(claims["asserted_direction"].value_counts())
    return claims.assign(often=often).sort_values(
        ["often", "asserted_direction", "claim_id"], ascending=[False, True, True], kind="stable"
    )
