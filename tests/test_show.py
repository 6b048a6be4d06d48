"""Tables hold every row, in words that are only words; what charts of text once drew stands in them whole."""

import re
import xml.etree.ElementTree as ET
from itertools import combinations

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from random_review import make_review, write_review
from reviews import SIZES, get_claims, get_review

import evidence
from evidence import counts, findings, labels, palette, show
from evidence.agreement import pivot_ratings
from evidence.counts import ALL, CERTAINTY_FOUND, OUTCOMES, STANCES
from evidence.safe_tables import Facts, Folded, Key, Level, Link, style_rules
from evidence.schema import Word

PAYLOADS = [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "\"'><svg onload=alert(1)>",
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "</table></div><iframe src=//evil>",
    "&lt;script&gt;",
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_in_a_table_is_anything_but_words(payload):
    frame = pd.DataFrame({payload: [payload, Link(payload, payload)], "n": [1, 2]})
    for table in (
        show.table(frame, caption=payload, labels={"n": payload}),
        show.table(frame.set_index(payload), caption=payload, index=True),
    ):
        root = ET.fromstring(table.data)
        assert {element.tag for element in root.iter()} <= {
            *("div", "table", "caption", "thead", "tbody", "tr", "th", "td")
        }
        allowed = {"class", "tabindex", "role", "aria-label", "scope", "style"}
        assert all(set(element.attrib) <= allowed for element in root.iter())
        assert root.get("aria-label") == payload
        assert root.find(".//caption").text == payload
        assert payload in [cell.text for cell in root.iter("td")] + [cell.text for cell in root.iter("th")]
        assert payload in table._repr_mimebundle_()["text/plain"]


@pytest.mark.parametrize("url", ["https://example.org/a?b=1&c=<x>#:~:text=a,b", "http://example.org"])
def test_a_link_with_an_address_of_the_web_stays_a_link(url):
    html = show.table(pd.DataFrame({"a": [Link("<b>", url)]}), caption="Links").data
    (link,) = ET.fromstring(html).iter("a")
    assert (link.get("href"), link.text) == (url, "<b>")
    assert "noopener" in link.get("rel")


@pytest.mark.parametrize(
    "url",
    [
        *(
            "javascript:alert(1)",
            " JavaScript:alert(1)",
            "java\nscript:alert(1)",
            "javascript://example.org/%0aalert(1)",
            "data:text/html,x",
            "//evil",
        ),
        *("", None, float("nan"), "file:///etc/passwd", "http:", "vbscript:x", "/a", "http://[bad"),
    ],
)
def test_a_link_with_any_other_address_is_words(url):
    html = show.table(pd.DataFrame({"a": [Link("words", url)]}), caption="Links").data
    assert "<a" not in html
    assert ">words<" in html


def test_a_plain_cell_that_looks_like_a_link_is_words():
    html = show.table(pd.DataFrame({"a": ['<a href="https://example.org">x</a>']}), caption="Words").data
    assert not [*ET.fromstring(html).iter("a")]


def test_a_table_has_scopes_a_caption_and_can_be_reached_by_keyboard():
    frame = pd.DataFrame({"n_claims": [1234, None], "when": pd.to_datetime(["2020-02-03", None])}, index=["a", "b"])
    html = show.table(frame.rename_axis("source"), caption="Two rows", index=True).data
    root = ET.fromstring(html)
    assert (root.tag, root.get("class"), root.get("tabindex"), root.get("role")) == ("div", "table", "0", "region")
    assert [(th.get("scope"), th.text) for th in root.iter("th")] == [
        *(("col", "Source"), ("col", "N claims"), ("col", "When")),
        *(("row", "a"), ("row", "b")),
    ]
    assert [td.text for td in root.iter("td")] == ["1,234", "2020-02-03", None, None]


@pytest.mark.parametrize(("rows", "words", "folded"), [(15, 1, False), (16, 1, True), (2, 400, True), (2, 300, False)])
def test_a_long_table_stands_folded_under_its_caption_and_its_number_of_rows(rows, words, folded):
    shown = show.table(pd.DataFrame({"claim": ["word " * words] * rows}), caption="All <claims>")
    root = ET.fromstring(shown.data)
    assert (root.tag == "details") == folded
    if folded:
        assert root.find("summary").text == f"All <claims> ({rows} rows)"
        assert "open" not in root.attrib
    assert len(root.findall(".//tbody/tr")) == rows
    assert "(" not in repr(shown)


def test_what_stands_between_dollars_is_words_and_no_formula():
    price = "It costs $5 to $9."
    root = ET.fromstring(show.table(pd.DataFrame({"a": [price]}), caption=price).data)
    for element in (root.find("table"), ET.fromstring(show.sentence(price).data)):
        assert {"mathjax_ignore", "tex2jax_ignore"} <= set(element.get("class").split())


def test_a_table_has_the_same_bytes_each_time_and_needs_a_caption():
    frame = pd.DataFrame({"a": [1, 2]})
    assert show.table(frame, caption="x").data == show.table(frame, caption="x").data
    assert "object at 0x" not in repr(show.table(frame, caption="x"))
    with pytest.raises(ValueError, match="caption must say"):
        show.table(frame, caption=" ")


def test_a_table_without_rows_is_a_table():
    table = show.table(pd.DataFrame({"a": []}), caption="nothing")
    assert [th.text for th in ET.fromstring(table.data).iter("th")] == ["A"]
    assert repr(table) == "nothing\nA"


def rows(table) -> int:
    return table.data.split("<tbody>")[1].count("<tr>")


@pytest.fixture
def review():
    return get_review("real")


@pytest.fixture
def claims():
    return get_claims("real").copy()


@pytest.mark.parametrize(
    "text",
    [
        "Supported as worded: Dr. Axe 1 of 3.",
        "Press vs. U.S. News 1 of 3.",
        "By J. Smith 1.",
        "Roe et al. 2020 is cited.",
        "One sentence.",
    ],
)
def test_an_abbreviation_does_not_end_the_gist_of_an_answer(text):
    assert "<small>" not in show.sentence(text).data
    assert f"{text} <small>A second one.</small>" in show.sentence(f"{text} A second one.").data


def test_every_row_is_shown(review, claims):
    assert rows(show.claims(claims, review, caption="All")) == len(review.claims)
    assert rows(show.support(claims, review, caption="All")) == len(review.claims)
    assert rows(show.sources(review)) == len(review.sources)
    assert rows(show.citations(review)) == len(review.citations)
    assert rows(show.findings(review)) == len(review.propositions)
    assert rows(show.studies(review.studies, review, caption="All")) == len(review.studies)


def test_confusions_count_every_unit_rated_twice(review):
    units = pivot_ratings(review.claim_ratings, "strength")
    shown = show.confusions(units, review.vocabulary.labels("claims", "strength"), "strength")
    pairs = sum(len(units[[one, two]].dropna()) for one, two in combinations(units.columns, 2))
    assert f"(n = {pairs})" in repr(shown)


def test_a_claim_in_markup_stays_words(review, claims):
    hostile = claims.head(1).assign(claim="<script>alert(1)</script>", quote='"><img src=x onerror=alert(1)>')
    for table in (
        show.claims(hostile, review, caption="<i>"),
        show.support(hostile, review, caption="<i>"),
        show.sentence("<script>alert(1)</script>"),
    ):
        assert "<script" not in table.data
        assert "<img" not in table.data
        assert "<i>" not in table.data


# tables in place of charts

NAMES = ["real", *SIZES]
KEPT = {"segments": "claim", "claims": "checkable", "checkable": "mapped", "mapped": "compared"}


def read(table):
    """Return a table's caption, and its groups: heading, and rows of (text, class) of each cell."""
    root = ET.fromstring(table.data)
    groups = []
    for body in root.iter("tbody"):
        rows = [list(row) for row in body.iter("tr")]
        heading = rows.pop(0)[0].text if rows and rows[0][0].get("scope") == "rowgroup" else ""
        groups.append((heading, [[(cell.text or "", cell.get("class") or "") for cell in row] for row in rows]))
    return root.find(".//caption").text, groups


def read_rows(table):
    return [row for _, rows in read(table)[1] for row in rows]


def count_gaps(review):
    return counts.count_claims(counts.join_claims(review), "proposition_id", "source_id")


def show_all(name):
    review, claims = get_review(name), get_claims(name)
    return {
        "flow": show.flow(counts.count_flow(review), review),
        "benchmarks": show.benchmarks(counts.list_benchmarks(review.sources), review),
        "gap map": show.gap_map(count_gaps(review), review),
        "contradictions": show.contradictions(counts.list_contradictions(claims), review.propositions),
        "outcomes": show.outcomes(counts.list_outcomes(claims), review),
    }


@pytest.mark.parametrize("name", NAMES)
def test_tables_of_any_review_are_whole_and_say_all_in_plain_text_too(name):
    for table in show_all(name).values():
        root = ET.fromstring(table.data)
        heads = [head.text for head in root.find(".//thead/tr")]
        assert all(heads)
        widths = {sum(int(cell.get("colspan", 1)) for cell in row) for row in root.iter("tr")}
        assert widths == {len(heads)}
        text = " ".join(repr(table).split())
        for cell in (*root.iter("td"), *root.iter("th"), root.find(".//caption")):
            assert " ".join((cell.text or "").split()) in text
        assert all(row[0].tag == "th" and row[0].get("scope") for row in root.iter("tr"))


@pytest.mark.parametrize("name", NAMES)
def test_a_cell_in_colour_has_its_class_its_colours_and_words_beside_them(name):
    looks = {word: look for group in palette.IN_TABLES for word, look in group.items()}
    for table in show_all(name).values():
        for cell in ET.fromstring(table.data).iter():
            levels = [
                part.removeprefix("level-") for part in cell.get("class", "").split() if part.startswith("level-")
            ]
            assert ("background-color" in cell.get("style", "")) == bool(levels)
            if levels:
                assert palette.style_look(looks[levels[0]]) in cell.get("style")
                assert cell.text.strip()
                assert f".level-{levels[0]} {{ {palette.style_look(looks[levels[0]])} }}" in style_rules()


@pytest.mark.parametrize("name", NAMES)
def test_flow_has_every_number_of_its_table(name):
    flow = counts.count_flow(get_review(name))
    caption, groups = read(show.flow(flow, get_review(name)))
    n, totals = flow.set_index(["step", "part"])["n"], flow.groupby("step", sort=False)["total"].first()
    (_, steps), *judged = groups
    articles = get_review(name).sources["n_characters"].sum()
    assert [cell for cell, _ in steps[0][1:3]] == [f"{len(get_review(name).sources):,}", f"{articles:,} characters"]
    for row, (step, kept) in zip(steps[1:], KEPT.items(), strict=True):
        _, number, of, aside, why = (cell for cell, _ in row)
        assert number == f"{n[step, kept]:,}"
        assert of.split()[0] == f"{totals[step]:,}"
        assert aside == f"{totals[step] - n[step, kept]:,}"
        parts = [int(found.replace(",", "")) for found in re.findall(r"\N{NO-BREAK SPACE}([\d,]*\d)", why)]
        assert parts == [number for part, number in n[step].items() if part != kept]
    rows = [row for _, part in judged for row in part]
    assert [int(row[1][0].replace(",", "")) for row in rows] == n["judged"].tolist()
    assert [row[0][0].split(" ", 1)[1] for row in rows] == [labels.heading(level) for level in n["judged"].index]
    assert f"{n['mapped', 'compared']:,} compared with evidence" in caption


@pytest.mark.parametrize("name", NAMES)
def test_benchmarks_show_one_judgement_a_cell_with_a_sign_and_a_word(name):
    judged = counts.list_benchmarks(get_review(name).sources)
    caption, groups = read(show.benchmarks(judged, get_review(name)))
    cells = [cell for _, rows in groups for row in rows for cell in row[1:]]
    wanted = [
        (f"{palette.JUDGEMENT_LOOKS[row.judgement].mark} {labels.heading(row.value)}", f"level-{row.judgement}")
        for row in judged.itertuples()
    ]
    assert sorted(cells) == sorted(wanted)
    assert [heading for heading, _ in groups] == list(judged["group"].unique())
    met = (judged["judgement"] == "good").sum()
    assert caption.startswith(f"{met} of {labels.count(len(judged), 'quality benchmark')} ")


@pytest.mark.parametrize("name", NAMES)
def test_gap_map_has_every_count_and_names_every_proposition(name):
    gaps, about = count_gaps(get_review(name)), get_review(name).propositions.set_index("proposition_id")
    assert list(gaps.columns) == list(get_review(name).sources["source_id"])
    assert list(gaps.index) == list(about.index)
    assert gaps.to_numpy().sum() == get_claims(name)["proposition_id"].notna().sum()
    certainty = about["certainty"].astype(object).fillna("none_found")
    caption, groups = read(show.gap_map(gaps, get_review(name)))
    shown, without, heads = {}, [], []
    for heading, rows in groups:
        heads.append(heading.split(":")[0])
        for (key, _), (said, _), *cells in rows:
            if key == "No claim":
                without += said.split(", ")
                assert not any(text for text, _ in cells)
            else:
                *counted, total = [int(text.replace(",", "")) for text, _ in cells]
                assert total == sum(counted)
                shown[key] = counted
                found = certainty[key]
                assert said == about.loc[key, "statement"]
                classes = [f"number level-{found}" if n else "number" for n in counted]
                assert [classed for _, classed in cells] == [*classes, "number"]
    table = gaps.sum(axis=1)
    assert {key: list(gaps.loc[key]) for key in gaps.index[table > 0]} == shown
    assert sorted(without) == sorted(gaps.index[table == 0])
    order = [word for word in reversed(CERTAINTY_FOUND) if (certainty == word).any()]
    said = {word: f"{labels.certainty(word)} certainty" for word in order} | {"none_found": "No study found"}
    assert heads == [said[word] for word in order]
    weak = certainty.isin(["none_found", "very_low"])
    n = int(table[weak].sum())
    assert caption.startswith(
        f"{n:,} of {labels.count(int(table.sum()), 'claim')} {labels.agree(n, 'rests', 'rest')} on"
    )


@pytest.mark.parametrize("name", NAMES)
def test_contradictions_show_each_claim_once_a_proposition_and_count_every_pair(name):
    pairs = counts.list_contradictions(get_claims(name))
    _, groups = read(show.contradictions(pairs, get_review(name).propositions))
    groups = groups if len(pairs) else []
    sizes = pairs.groupby("proposition_id", sort=False, observed=True).size()
    assert [int(re.search(r"\(([\d,]+) pair", heading)[1]) for heading, _ in groups] == sizes.tolist()
    for (heading, rows), key in zip(groups, sizes.index, strict=True):
        here = pairs[pairs["proposition_id"] == key]
        assert heading.startswith(f"{key}: ")
        said = {
            (row[f"claim_id_{i}"], row[f"asserted_direction_{i}"]) for row in here.to_dict("records") for i in (1, 2)
        }
        found = [(row[0][0], row[1][1].removeprefix("level-")) for row in rows]
        assert sorted(found) == sorted(said)
        directions = [direction for _, direction in found]
        assert directions.count(directions[0]) == max(map(directions.count, directions))


def test_numbers_stand_at_the_right_and_words_at_the_left():
    frame = pd.DataFrame({"words": ["a"], "n": [Level(3, "low", palette.CERTAINTY_LOOKS["low"])]})
    head, row = ET.fromstring(show.table(frame, caption="x").data).iter("tr")
    for cells in (head, row):
        words, number = cells
        assert "text-align:left" in words.get("style")
        assert "number" in number.get("class").split()
        assert "text-align" not in number.get("style", "")


@pytest.mark.parametrize("name", NAMES)
def test_outcomes_of_a_stance_add_up_and_stand_with_their_shares(name):
    review, listed = get_review(name), counts.list_outcomes(get_claims(name))
    _, groups = read(show.outcomes(listed, review))
    sources = [*review.sources["source_id"], ALL]
    assert len(groups) == len(STANCES)
    for (heading, rows), stance in zip(groups, STANCES, strict=True):
        part = listed[listed["stance"] == stance].set_index(["outcome", "source_id"])
        whole = int(part.loc[("supported", ALL), "of"])
        label = review.vocabulary.labels("claims", "stance")[stance]
        assert heading == f"{label}: {labels.count(whole, 'checkable claim')}"
        numbers = [[int(text.replace(",", "")) for text, _ in row[1:]] for row in rows[: len(OUTCOMES)]]
        assert numbers == [part.loc[outcome, "n"][sources].tolist() for outcome in OUTCOMES]
        assert sum(row[-1] for row in numbers) == whole
        shares = [[text for text, _ in row[1:]] for row in rows[len(OUTCOMES) :]]
        for row, column in zip(shares, ("share", "low", "high", "by_sentence"), strict=True):
            found = part.loc["supported", column][sources]
            assert row == ["" if pd.isna(value) else f"{100 * value:.0f}" for value in found]


def test_outcomes_of_facts_and_cautions_are_never_called_overclaims(claims, review):
    text = repr(show.outcomes(counts.list_outcomes(claims), review)).lower()
    assert "overstat" not in text
    assert "overclaim" not in text


@pytest.mark.parametrize("name", NAMES)
def test_every_search_stands_under_its_proposition(name):
    review = get_review(name)
    _, groups = read(show.searches(review))
    found = [(heading.split(":")[0], row[0][0], row[3][0]) for heading, rows in groups for row in rows]
    searches = review.searches
    wanted = zip(searches["proposition_id"], searches["query"], searches["n_results"].astype(str), strict=True)
    assert sorted(found) == sorted(wanted)


def test_a_crosstab_has_the_schemas_labels_and_every_number():
    review, claims = get_review("random"), get_claims("random")
    table = counts.count_claims(claims, "checkability", "source_id")
    shown = show.crosstab(table, review, caption="All")
    head, *body = [list(row) for row in ET.fromstring(shown.data).iter("tr")]
    assert [cell.text for cell in head] == ["Checkability", *labels.name_articles(review.sources).values()]
    assert [row[0].text for row in body] == list(review.vocabulary.labels("claims", "checkability").values())
    assert [[int(cell.text) for cell in row[1:]] for row in body] == table.to_numpy().tolist()
    levels = counts.count_claims(claims, "source_id", "support")
    heads = ET.fromstring(show.crosstab(levels, review, caption="All").data).find(".//thead/tr")
    assert [cell.text for cell in heads][1:] == list(review.vocabulary.labels("derived", "support").values())
    tags = repr(show.crosstab(counts.count_tags(review), review, caption="Tags"))
    assert all(label in tags for label in review.vocabulary.labels("claims", "tags").values())


def test_studies_say_when_they_were_looked_up_for_retraction(review):
    shown = show.studies(review.studies, review, caption="All")
    found = [re.search(r"Retraction:(.*?)(?:; DOI|\|)", line)[1].strip() for line in repr(shown).splitlines()[2:]]
    names = review.vocabulary.labels("studies", "retraction_status")
    for text, study in zip(found, review.studies.itertuples(), strict=True):
        assert text.startswith(names[study.retraction_status])
        assert labels.date(study.retraction_checked_on) in text


def test_mentions_name_the_work_or_the_nearest_real_one(review):
    root = ET.fromstring(show.citations(review).data)
    shown = [[code.text for code in row.iter("code")] for row in root.find(".//tbody")]
    for works, mention in zip(shown, review.citations.to_dict("records"), strict=True):
        assert works == [mention[name] for name in ("study_id", "nearest_study_id") if pd.notna(mention[name])]


# words explained where they stand, names for ids, and no cell too narrow for its words

EVIL = "<script>alert(1)</script>"


def test_cells_of_several_values_are_words_too_and_leave_out_what_is_missing():
    facts = Facts([("Kind", EVIL), (EVIL, "a"), ("None", None), ("Work", Key(EVIL)), ("", Link(EVIL, "https://a.b"))])
    folded = Folded(EVIL, Facts([(Link(EVIL, "https://a.b/c"), EVIL)]))
    shown = show.table(
        pd.DataFrame({"a": [facts, folded]}), caption="x", terms=[Word("a", EVIL, EVIL), Word("b", "Bare", "")]
    )
    root = ET.fromstring(shown.data)
    assert not [*root.iter("script")]
    text = "".join(root.iter("td").__next__().itertext())
    assert text == f"Kind: {EVIL}{EVIL}: aWork: {EVIL}{EVIL}"
    assert [link.get("href") for link in root.iter("a")] == ["https://a.b", "https://a.b/c"]
    assert "".join(root.findall(".//details")[-1].find("ul").itertext()) == f"{EVIL}: {EVIL}"
    assert repr(shown).splitlines()[2] == f"Kind: {EVIL}; {EVIL}: a; Work: {EVIL}; {EVIL}"


def list_terms(table):
    """List the words that a table explains, with their definitions."""
    items = ET.fromstring(table.data).findall(".//details[@class='terms']/ul/li")
    return {item.find("b").text.removesuffix(":"): item.find("b").tail.strip() for item in items}


@pytest.mark.parametrize("column", ["kind", "voice", "stance", "strength", "backing", "support"])
def test_words_of_a_crosstab_are_explained_under_it_as_the_schema_does(review, claims, column):
    shown = show.crosstab(counts.count_claims(claims, column, "source_id"), review, caption="x")
    words = review.vocabulary.words("derived" if column == "support" else "claims", column)
    assert list_terms(shown) == {word.label: word.definition for word in words if word.definition}
    assert list_terms(shown)


def test_tables_of_judgements_explain_their_words(review, claims):
    wanted = {
        "Insufficient": [show.support(claims, review, caption="x"), show.flow(counts.count_flow(review), review)],
        "Promotes": [show.claims(claims, review, caption="x"), show.outcomes(counts.list_outcomes(claims), review)],
        "Very low": [show.summary(review), show.findings(review), show.gap_map(count_gaps(review), review)],
        "Imprecision": [show.summary(review), show.findings(review)],
        "Harms": [show.benchmarks(counts.list_benchmarks(review.sources), review)],
        "Not identifiable": [show.citations(review)],
    }
    for label, tables in wanted.items():
        assert all(list_terms(table)[label] for table in tables)


@pytest.mark.parametrize("name", ["real", "random"])
def test_tables_name_articles_and_print_no_code_of_a_word(name):
    review, claims = get_review(name), get_claims(name)
    named = labels.name_articles(review.sources)
    tables = [
        *show_all(name).values(),
        show.sources(review),
        show.articles(review, "revenue", "disclosure", caption="x"),
        show.segments(review),
        *(show.crosstab(counts.count_claims(claims, c, "source_id"), review, caption="x") for c in ("kind", "support")),
    ]
    schema = review.vocabulary
    codes = {word.value for table in schema.tables.values() for column in table.columns for word in column.words}
    codes |= {word.value for words in schema.derived.values() for word in words}
    for table in tables:
        cells = {"".join(cell.itertext()) for tag in ("th", "td") for cell in ET.fromstring(table.data).iter(tag)}
        assert not cells & (set(named) - set(named.values()))
        assert not [cell for cell in cells if {part for part in cell.split(";") if "_" in part} & codes]


def test_a_table_wider_than_a_telephone_says_that_it_scrolls():
    wide = pd.DataFrame({name: ["some words in a cell"] for name in "abc"})
    assert 'class="scrolls ' in show.table(wide, caption="x").data
    assert "scrolls" not in show.table(wide[["a"]], caption="x").data
    assert ".table:has(> .scrolls)::before" in style_rules()


@pytest.mark.parametrize("name", ["real", "random", "one", "no articles"])
def test_summary_shows_gist_numbers_certainty_and_on_demand_reasons_and_every_finding(name):
    review = get_review(name)
    layers, shown = findings.list_layers(review), show.summary(review)
    bodies = ET.fromstring(shown.data).findall(".//tbody")
    assert len(bodies) == len(layers) <= 10
    for body, row in zip(bodies, layers.itertuples(), strict=True):
        gist, numbers, demand = body
        assert gist[0].text == f"{row.proposition_id}: {row.sentence}"
        cells = ["".join(cell.itertext()) for cell in numbers]
        assert cells == [
            *(row.outcome, row.comparator, "".join(row.effects), row.people),
            labels.certainty(None if row.certainty == "none_found" else row.certainty),
        ]
        lines = demand.find(".//details").findall("ul/li")
        assert len(lines) == len(row.downgrades) + len(row.findings)
        assert demand[0].get("colspan") == "5"
    text = repr(shown)
    assert all(row.sentence in text for row in layers.itertuples())


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("Of 3 <b>, 1 is. Of the rest, 2 are. All.", "Of 3 &lt;b&gt;, 1 is. <small>Of the rest, 2 are. All.</small>"),
        ("1.5 of 3 is.", "1.5 of 3 is."),
    ],
)
def test_the_first_sentence_of_an_answer_is_its_gist_and_the_rest_is_detail(text, made):
    assert f">{made}</p>" in show.sentence(text).data
    assert repr(show.sentence(text)) == text
    assert "<small>" not in show.sentence(text, answer=False).data


@pytest.mark.parametrize(("n", "many"), [(25, False), (26, True)])
def test_of_many_articles_none_has_a_column_of_its_own(n, many):
    review = make_review(seed=3, sources=n, segments=4, propositions=5, studies=5, findings=8)
    claims, names = counts.join_claims(review), set(labels.name_articles(review.sources).values())
    kinds = show.crosstab(counts.count_claims(claims, "kind", "source_id"), review, caption="Kinds")
    outcomes = show.outcomes(counts.list_outcomes(claims), review)
    gaps = show.gap_map(count_gaps(review), review)
    for made in (kinds, outcomes, gaps):
        head = BeautifulSoup(made.data, "html.parser").find("thead").get_text(" ")
        assert (len([name for name in names if name in head]) == 0) == many
    assert all(name in kinds.data for name in names)


def test_an_article_may_have_any_name_that_its_pattern_allows(tmp_path):
    names = "all article benchmark by findings group id kind n outcome proposition role size statement step total"
    renamed = {f"site{i:02d}": name for i, name in enumerate(names.split())}  # both in alphabetical order

    def rename(text):
        return re.sub(r"site\d\d", lambda found: renamed[found.group()], text)

    def show_each(review):
        claims = counts.join_claims(review)
        tables = [counts.count_claims(claims, *axes) for axes in (("kind", "source_id"), ("source_id", "kind"))]
        crossed = [show.crosstab(table, review, caption="x") for table in [*tables, counts.count_tags(review)]]
        gaps = show.gap_map(count_gaps(review), review)
        outcomes = show.outcomes(counts.list_outcomes(claims), review)
        benchmarks = show.benchmarks(counts.list_benchmarks(review.sources), review)
        flow = show.flow(counts.count_flow(review), review)
        return "\n".join(map(repr, (*crossed, gaps, outcomes, benchmarks, flow, show.segments(review))))

    folder = write_review(tmp_path, seed=3, sources=len(renamed), segments=12)
    before = show_each(evidence.load(folder))
    for path in folder.glob("*.csv"):
        path.write_text(rename(path.read_text(encoding="utf-8")), encoding="utf-8")
    assert show_each(evidence.load(folder)).lower() == rename(before).lower()


def test_two_words_of_one_label_are_both_explained():
    review = get_review("real")
    shown = BeautifulSoup(show.sources(review).data, "html.parser").find("details", class_="terms").get_text("\n")
    words = review.vocabulary.words("sources", "revenue", "disclosure")
    same = [word.definition for word in words if word.label == "None seen"]
    assert len(same) == 2
    assert all(definition in shown for definition in same)
