"""The page as bytes: its cards, links, policy and size; what only a browser can tell is in ``browser/``."""

import base64
import hashlib
import html
import re
import subprocess
import sys
from collections import Counter
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from hostile_tables import TORTURE, poison_tables
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from random_review import write_review
from reviews import EACH, SIZES

import evidence
from evidence import counts, findings, labels, sentences
from evidence import show as shown
from evidence.judgements import LINES
from evidence.provenance import describe_build, write_citation
from evidence.report import export_report
from evidence.report.cards import describe_plainly
from evidence.report.explorer import make_explorer
from evidence.report.page import fill_left_out, link_cards, render_page
from nbpage.page import PartMaker

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent
MOST_BYTES = 3_000_000


class Outline(HTMLParser):
    """What a page is made of: tags with the names of their attributes, ids, links, cards, headings."""

    def __init__(self, html):
        super().__init__()
        self.shape, self.ids, self.links, self.cards, self.headings = [], [], [], {}, []
        self.texts: dict[str, str] = {}
        self._card = None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.shape.append((tag, *given))
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given["href"]] if "href" in given else []
        self.headings += [int(tag[1])] if re.fullmatch("h[1-6]", tag) else []
        if given.get("class") == "card":
            self._card = given["id"]
            assert self._card not in self.cards
            self.cards[self._card], self.texts[self._card] = given, ""
        elif self._card and "href" in given:
            self.cards[self._card].setdefault("links", []).append(given["href"])

    def handle_endtag(self, tag):
        self._card = None if tag == "article" else self._card

    def handle_data(self, data):
        if self._card:
            self.texts[self._card] += data


@pytest.fixture(scope="module")
def review():
    return evidence.load(ROOT / "data")


@pytest.fixture(scope="module")
def claims(review):
    return counts.join_claims(review).set_index("claim_id")


@pytest.fixture(scope="module")
def explorer():
    return make_explorer(ROOT / "data")


@pytest.fixture(scope="module")
def outline(explorer):
    return Outline(explorer["html"])


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The report of the project as it is; parts that were built before come from the project's cache."""
    out = tmp_path_factory.mktemp("page") / "review.html"
    return export_report(ROOT / "notebooks", data=ROOT / "data", out=out).read_text(encoding="utf-8")


def test_every_claim_proposition_and_study_has_one_card_with_its_address(outline, review):
    keys = [*review.claims["claim_id"], *review.propositions["proposition_id"], *review.studies["study_id"]]
    assert sorted(outline.cards) == sorted(keys)


WORST_FIRST = """
contradicted untraceable no_evidence insufficient conflicting overstated cautious supported not_assessed not_checkable
""".split()


@pytest.mark.parametrize("size", [None, SIZES["other"]])
def test_claims_start_with_the_first_kind_and_the_worst_of_it(size, tmp_path, outline, claims):
    if size:
        review = evidence.load(write_review(tmp_path, **size))
        outline, claims = Outline(make_explorer(tmp_path)["html"]), counts.join_claims(review).set_index("claim_id")
    rows = claims.assign(level=claims["support"].map(WORST_FIRST.index).astype(int), beyond=-claims["gap"].fillna(0))
    order = rows.sort_values(["kind", "level", "beyond"], kind="stable").index
    assert claims.loc[order[0], "kind"] == claims["kind"].cat.categories[0] == "effectiveness"
    assert [key for key in outline.cards if key in claims.index] == list(order)


def test_every_word_that_can_be_pressed_has_its_meaning_in_the_page_once(page, review):
    pressed = {name for tag, name in re.findall(r"<(button)[^>]* popovertarget=\"?([^\">]+)", page)}
    meanings = dict(re.findall(r"<div class=meaning id=([\w-]+) popover><b>[^<]*</b> ([^<]+)</div>", page))
    assert pressed <= set(meanings)
    for place, column in (
        ("derived", "support"),
        ("claims", "stance"),
        ("claims", "kind"),
        ("propositions", "certainty"),
    ):
        words = review.vocabulary.words(place, column)
        assert {f"t-{column}-{word.value}" for word in words} <= set(meanings)
        assert all(html.unescape(meanings[f"t-{column}-{word.value}"]) == word.definition for word in words)
    assert pressed >= {"t-support-insufficient", "t-stance-promotes", "t-certainty-very_low", "t-strength-emphatic"}


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        (
            {"line": "9", "strength": "emphatic", "rank": 1, "gap": 3},
            ("as certain", "the evidence allows “may”: three steps more than is known."),
        ),
        (
            {"line": "9", "strength": "plain", "rank": 2, "gap": 1},
            ("as a fact", "the evidence allows “probably”: one step more than is known."),
        ),
        ({"line": "10", "strength": "tentative", "rank": 3}, ("as possible", "the evidence allows a plain statement.")),
        (
            {"line": "6", "strength": "plain", "rank": 0, "gap": 3},
            ("as a fact", "the evidence allows only “it is not known”: three steps more than is known."),
        ),
        ({"line": "4", "strength": "plain", "rank": 0}, ("as a fact", "a limited search found no evidence.")),
        ({"line": "5", "strength": "uncertain", "rank": 2}, ("as unknown", "that claims nothing beyond the evidence.")),
        ({"line": "7", "strength": "plain", "rank": 2}, ("as a fact", "studies point both ways.")),
        ({"line": "8", "strength": "plain", "rank": 2}, ("as a fact", "the evidence points another way.")),
        ({"line": "1", "checkability": "too_vague"}, ("", "It names no observable outcome.")),
        ({"line": "2", "support": "not_assessed"}, ("", "Checkable, but nobody has looked.")),
        ({"line": "3", "support": "cautious"}, ("", "It withholds a promise that no evidence backs.")),
        ({"line": "citation", "identity": "exact", "accuracy": "overstated"}, ("", "The work says less.")),
        (
            {"line": "citation", "identity": "not_found", "accuracy": "not_checkable"},
            ("", "Named precisely, looked for and not found."),
        ),
        (
            {"line": "citation", "identity": "exact", "accuracy": "not_checkable", "support": "not_checkable"},
            ("", "Nothing that evidence could decide."),
        ),
    ],
)
def test_level_is_said_in_plain_words(claim, said, review):
    assert describe_plainly(claim, review) == said


def test_card_says_its_level_in_plain_words(outline, claims, review):
    for key, claim in claims.reset_index().set_index("claim_id", drop=False).iterrows():
        worded, rest = describe_plainly(claim, review)
        assert f"{f'Worded {worded}; ' if worded else ''}{rest}" in outline.texts[key]


def test_the_rules_line_stands_last_on_a_card_after_all_that_is_said_in_plain_words(explorer, page, claims):
    cards = re.findall(r"<article class=card id=([\w-]+) data-source.*?</article>", explorer["html"], re.DOTALL)
    assert set(cards) == set(claims.index)
    for card in re.findall(r"<article class=card id=[\w-]+ data-source.*?</article>", explorer["html"], re.DOTALL):
        before, rule = card.split("<p class=rule>")
        assert not re.search(r"\bgap\b|Rule\b|\bline \d|[Pp]roposition [A-Z]", re.sub("<[^>]*>", " ", before))
        assert re.match(r"<button popovertarget=t-rule-\w+>Rule (line \d+|for citations)</button>: ", rule)
        assert re.fullmatch(r".*\)\.(</p>)?</details></article>", rule, re.DOTALL)
    for line, rule in LINES.items():
        assert f"{labels.capital(rule.reason)}." in re.search(f"id=t-rule-{line} popover>.*?</div>", page)[0]
    intro = page[page.index("id=Claims_title>") :]
    assert 0 < intro.index('<a href="#nb-rule">') < intro.index("<form")


def test_a_page_without_the_rules_document_does_not_link_to_it(explorer):
    assert not [link for link in Outline(render_page([], describe(), explorer)).links if link.startswith("docs/")]


@pytest.mark.parametrize("name", EACH)
def test_what_a_number_of_studies_counts_is_said_beside_it(name, tmp_path):
    review = evidence.load(ROOT / "data") if name == "real" else evidence.load(write_review(tmp_path, **SIZES[name]))
    made = make_explorer(ROOT / "data" if name == "real" else tmp_path)
    outline, listed = Outline(made["html"]), review.findings.groupby("proposition_id")["study_id"]
    (meaning,) = re.findall(
        r"<div class=meaning id=t-propositions-n_studies popover><b>[^<]*</b> ([^<]+)<", made["html"]
    )
    assert html.unescape(meaning) == review.vocabulary.tables["propositions"].column("n_studies").description
    for row in review.propositions.itertuples():
        text, n = " ".join(outline.texts[row.proposition_id].split()), listed.groups.get(row.proposition_id, [])
        works = int(listed.nunique().get(row.proposition_id, 0))
        assert f"{labels.count(len(n), 'finding')} from {labels.count(works, 'publication')}" in text or not works
        if pd.notna(row.n_studies):
            counted = labels.count(int(row.n_studies), "study", "studies")
            assert f"{counted} counted" in text
            differ = f"The certainty rests on {counted}; {labels.agree(len(n), 'this is', 'these are')} "
            assert (differ in text) == (0 < works != row.n_studies)
    if name == "real":
        main, studies = review.propositions.set_index("proposition_id").loc["P01"], listed.get_group("P01")
        said = f"{labels.count(len(studies), 'finding')} from {labels.count(studies.nunique(), 'publication')}"
        assert f"{main['n_studies']} studies counted {said}" in " ".join(outline.texts["P01"].split())
        assert said in made["story"][made["story"].index('class="allowed"') :].split("</li><li><a class")[0]
        summary = findings.list_layers(review).set_index("proposition_id")
        assert summary.loc["P01", "people"] == f"{main['n_participants']:,} people in {main['n_studies']} studies"
        assert said in shown.summary(review).data


def test_cards_carry_the_levels_that_the_rule_gives(outline, claims, review):
    labels = review.vocabulary.labels("derived", "support")
    for key, claim in claims.iterrows():
        assert outline.cards[key]["data-support"] == claim["support"]
        assert labels[claim["support"]] in outline.texts[key]
        assert evidence.explain_support(claim) in outline.texts[key]
        assert claim["claim"] in outline.texts[key]
        assert claim["quote"] in outline.texts[key]


def test_claims_and_propositions_link_to_each_other(outline, claims):
    for key, claim in claims[claims["proposition_id"].notna()].iterrows():
        assert f"#{claim['proposition_id']}" in outline.cards[key]["links"]
        assert f"#{key}" in outline.cards[claim["proposition_id"]]["links"]


def test_propositions_and_studies_link_to_each_other_and_claims_to_studies(outline, review, claims):
    for finding in review.findings.itertuples():
        assert f"#{finding.study_id}" in outline.cards[finding.proposition_id]["links"]
        assert f"#{finding.proposition_id}" in outline.cards[finding.study_id]["links"]
        for key in claims.index[claims["proposition_id"] == finding.proposition_id]:
            assert f"#{finding.study_id}" in outline.cards[key]["links"]


def test_every_finding_citation_and_downgrade_stands_on_a_card(outline, review):
    assert set(review.findings["finding_id"]) <= set(outline.ids)
    for finding in review.findings.to_dict("records"):
        assert labels.effect(finding) in outline.texts[finding["proposition_id"]]
    for citation in review.citations.itertuples():
        assert citation.reason in outline.texts[citation.claim_id]
    for mark in findings.list_downgrades(review.propositions).itertuples():
        words = f"{mark.domain} {mark.mark} (−{mark.steps})".replace("_", " ").split()
        assert all(word.strip("()") in outline.texts[mark.proposition_id] for word in words)


def test_every_search_and_every_final_ratings_reason_stands_on_its_card(outline, review):
    for search in review.searches.itertuples():
        assert search.query in outline.texts[search.proposition_id]
    for key in review.propositions.loc[review.propositions["certainty"].isna(), "proposition_id"]:
        assert "not found in a limited search" in outline.texts[key].lower()
    cards = {"claim_ratings": {}, "proposition_ratings": {}}
    cards["citation_ratings"] = dict(zip(review.citations["citation_id"], review.citations["claim_id"], strict=True))
    for name, card in cards.items():
        ratings = review.tables[name]
        for final in ratings[ratings["round"] == "final"].to_dict("records"):
            key = final[ratings.columns[0]]
            assert final["note"] in outline.texts[card.get(key, key)]


def test_claims_are_filtered_by_stance_and_sorted_by_a_number(data, cells):
    table = cells("claims")
    for line, stance in zip(range(2, 5), ("promotes", "neutral", "cautions"), strict=True):
        table[line, "stance"] = stance
    table.save()
    ratings = cells("claim_ratings")
    rated = [table[line, "claim_id"] for line in range(2, 5)]
    for line in range(2, len(ratings.rows) + 2):
        if ratings[line, "claim_id"] in rated and ratings[line, "round"] == "independent":
            ratings[line, "stance"] = table[rated.index(ratings[line, "claim_id"]) + 2, "stance"]
    ratings.save()
    outline = Outline(make_explorer(data)["html"])
    assert [outline.cards[key]["data-stance"] for key in rated] == ["promotes", "neutral", "cautions"]
    gaps = [card["data-gap"] for card in outline.cards.values() if "data-gap" in card]
    assert all(re.fullmatch(r"-?\d", gap) for gap in gaps)
    assert "0" in gaps


def test_studies_and_the_mentions_of_nearest_works_link_to_each_other(outline, review):
    near = review.citations.dropna(subset="nearest_study_id")
    for mention in near.itertuples():
        assert f"#{mention.nearest_study_id}" in outline.cards[mention.claim_id]["links"]
        assert f"#{mention.claim_id}" in outline.cards[mention.nearest_study_id]["links"]
    for study in review.studies.to_dict("records"):
        assert labels.reference(study) in outline.texts[study["study_id"]]


def test_numbers_in_the_filters_add_up_to_the_tables(explorer, claims, review):
    sums = Counter()
    for name, inside in re.findall(r"<select name=(\w+)>(.*?)</select>", explorer["html"], re.DOTALL):
        sums[name] += sum(map(int, re.findall(r"\((\d+)\)(?=<|$)", inside)))
    assert all(sums[name] == len(claims) for name in ("source", "kind", "stance", "support", "strength", "pitch"))
    assert sums["tag"] == claims["tags"].map(lambda tags: len(tags.split(";")) if isinstance(tags, str) else 1).sum()
    assert sums["proposition"] == claims["proposition_id"].notna().sum()
    assert sums["certainty"] == len(review.propositions)
    assert sums["design"] == sums["access"] == len(review.studies)


def test_same_data_gives_the_same_bytes_in_another_process(explorer):
    code = (
        "import hashlib, pathlib, sys; from evidence.report.explorer import make_explorer; "
        "print(hashlib.sha256(make_explorer(pathlib.Path(sys.argv[1]))['html'].encode()).hexdigest())"
    )
    said = subprocess.run([sys.executable, "-c", code, str(ROOT / "data")], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == hashlib.sha256(explorer["html"].encode()).hexdigest()


def test_text_of_the_tables_never_becomes_markup(data):
    first = evidence.load(data)
    places = poison_tables(data)
    assert len(places) > 30
    clean, hostile = (
        Outline("".join(made[name] for name in ("opening", "story", "html")))
        for made in (make_explorer(ROOT / "data"), make_explorer(data))
    )
    assert Counter(hostile.shape).keys() <= Counter(clean.shape).keys()
    assert TORTURE in hostile.texts[first.claims["claim_id"][0]]
    assert all(re.match(r"https?://|#|docs/rule.md$", link) for link in hostile.links)


def test_links_that_are_not_of_the_web_stay_words(data, cells):
    findings = cells("findings")
    line = findings.line(locator="*")
    key = findings[line, "proposition_id"]
    findings[line, "locator"] = "https:///no-host-here abstract"
    findings.save()
    assert "https:///no-host-here" not in Outline(make_explorer(data)["html"]).cards[key]["links"]


def test_page_is_small_enough_to_mail(page):
    assert len(page.encode()) <= MOST_BYTES


def test_every_link_inside_the_page_has_a_target_and_every_id_is_given_once(page):
    outline = Outline(page)
    assert [name for name, n in Counter(outline.ids).items() if n > 1] == []
    ids = {f"#{name}" for name in outline.ids}
    inside = {link for link in outline.links if link.startswith("#")} - ids
    assert {re.sub(r"\?\w+=.*", "", link) for link in inside} <= ids  # a filtered list's address is its section's


def test_no_link_leads_outside_the_page_but_to_the_web(page):
    assert [link for link in Outline(page).links if not re.match(r"#|https?://", link)] == []


@pytest.mark.parametrize("size", [*SIZES.values(), {"seed": 3, "sources": 50, "segments": 12, "propositions": 60}])
def test_page_of_any_review_says_first_what_its_tables_say(size, tmp_path):
    review = evidence.load(write_review(tmp_path, **size))
    page = render_page([], describe_build(tmp_path, repository=tmp_path), make_explorer(tmp_path))
    outline = Outline(page)
    assert [name for name, n in Counter(outline.ids).items() if n > 1] == []
    assert {link[1:] for link in outline.links if link[0] == "#"} <= {*outline.ids}
    assert all(after - before <= 1 for before, after in pairwise(outline.headings))
    assert set(review.sources["source_id"]) <= {*outline.ids}
    assert page.count('class="mark ') == len(review.claims)
    assert sentences.describe_belief(counts.join_claims(review)) in page
    assert page.count('class="bar"') == min(len(review.sources), 5)
    assert (f"All {len(review.sources)} articles" in page) == (len(review.sources) > 5)
    resting = review.claims["proposition_id"].nunique()
    assert page.count('class="certainty"') == min(resting, 8)


def test_the_main_question_comes_first_with_its_pooled_numbers(page, review, claims):
    promoting = counts.select_promoting(counts.select_checkable(claims))
    main = promoting["proposition_id"].value_counts().idxmax()
    first = page[(start := page.index('<ol class="allowed">')) : page.index("</li><li><a class", start)]
    assert f'href="#{main}"' in first
    estimates = findings.list_estimates(review, main)
    assert first.count("is better; pooled in") == estimates["pooled"].sum() > 0
    assert all(effect in first for effect in estimates.loc[estimates["pooled"], "effect"])
    assert all(html.escape(note.split(". ")[0]) in first for note in estimates.loc[estimates["pooled"], "note"])


def test_an_articles_part_has_its_worst_claims_its_citations_and_what_it_leaves_out(page, review, claims):
    judged = claims.reset_index()
    for source in review.sources.to_dict("records"):
        start = page.index(f'<article class="source" id="{source["source_id"]}"')
        part = Outline(page[start : page.index("</article>", start)])
        rows = judged[judged["source_id"] == source["source_id"]]
        worst = counts.list_worst(rows)
        place = [
            part.links.index(f"#{key}", part.links.index(f"#{rows['claim_id'].iloc[-1]}")) for key in worst["claim_id"]
        ]
        assert place == sorted(place)
        said = page[start : page.index("</article>", start)]
        assert said.count('class="fair"') == len(worst)
        for citation in review.citations[review.citations["claim_id"].isin(rows["claim_id"])].itertuples():
            assert (
                html.escape(citation.cited_as, quote=True).replace("&quot;", "&#34;").replace("&#x27;", "&#39;") in said
            )
        left_out = [name for name in source if name.startswith("mentions_") and source[name] == "no"]
        assert ("Left out" in said) == bool(left_out)
        assert all(name.removeprefix("mentions_").replace("_", " ") in said.lower() for name in left_out)


def test_headings_skip_no_level(page):
    levels = Outline(page).headings
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_policy_names_the_hash_of_the_one_style_and_the_one_script(page):
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)[1]
    for tag in ("style", "script"):
        (inside,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'; img-src data:;")


def test_page_has_no_style_and_no_handler_in_attributes(page):
    names = {name for _, *attributes in Outline(page).shape for name in attributes}
    assert "style" not in names
    assert not {name for name in names if name.startswith("on")}


def test_page_says_at_its_top_what_it_is_made_from_and_how_to_cite_it(page):
    provenance = describe_build(ROOT / "data", repository=ROOT / "notebooks")
    top = page[page.index("<header") : page.index("</header>")]
    assert f'<time datetime="{provenance.date}">' in top
    assert f"Version {provenance.data_version}" in top
    assert 'href="#Cite"' in top
    assert provenance.title in provenance.citation


def test_answers_come_before_every_table_and_figure(page):
    answer = page.index('<p class="answer')
    assert answer < page.index("<table")
    assert answer < page.index("<figure")


@pytest.fixture(scope="module")
def maker():
    return PartMaker()


def make(maker, *cells):
    notebook = nbformat.from_dict(new_notebook(cells=list(cells)))
    return maker.make(Path("01-look.ipynb"), notebook)


def show(html, **metadata):
    output = new_output("display_data", data={"text/html": html})
    return new_code_cell(f"show({html!r})", execution_count=1, outputs=[output], metadata=metadata)


def test_cells_for_the_notebook_alone_leave_one_line_that_leads_to_the_cards(maker, explorer):
    only = {"tags": ["notebook-only"]}
    cells = [new_markdown_cell("# One"), show("<p>drawn</p>", **only), show("<table>long</table>", **only)]
    cells.append(show("<table>longer</table>", **only))
    page = render_page([make(maker, *cells, show("<p>short</p>"))], describe(), explorer)
    part = page[(start := page.index('class="part"')) : page.index("</article>", start)]
    assert "long" not in part
    assert "drawn" not in part
    assert "<p>short</p>" in part
    assert part.count("Row by row") == 1
    assert '<a href="#Claims">every claim' in part


def test_no_heading_of_a_notebook_is_followed_by_nothing_or_only_by_a_line_about_cards(page):
    sections = re.findall(r"<h([1-6])[^>]*>(.*?)</h\1>(.*?)(?=<h[1-6]|</article>)", find_parts(page), re.DOTALL)
    assert len(sections) > 40
    for _, title, inside in sections:
        assert re.sub(r"<[^>]*>|\s", "", inside), title
        shown = re.search(r'<table|<figure|<p class="?(answer|look|drawn)|<(ul|details)', inside)
        assert "Row by row, on cards" not in inside or shown, title
    assert find_parts(page).count("Row by row, on cards") >= 3


def find_parts(page):
    return "".join(re.findall(r'<article class="part".*?</article>', page, re.DOTALL))


def describe():
    return describe_build(ROOT / "data", repository=ROOT)


@pytest.mark.parametrize(
    ("html", "linked"),
    [
        ("<td>P01</td>", '<td><a href="#P01">P01</a></td>'),
        ('<th scope="row">a-1</th>', '<th scope="row"><a href="#a-1">a-1</a></th>'),
        ("<td>P01; a-1</td>", '<td><a href="#P01">P01</a>; <a href="#a-1">a-1</a></td>'),
        ("<td>P01: it may</td>", '<td><a href="#P01">P01</a>: it may</td>'),
        ("<code>P01</code>", '<code><a href="#P01">P01</a></code>'),
        ("<td>P01, P99</td>", "<td>P01, P99</td>"),
        ("<td>see P01</td>", "<td>see P01</td>"),
        ('<td><a href="x">P01</a></td>', '<td><a href="x">P01</a></td>'),
        ("<p>P01</p>", "<p>P01</p>"),
    ],
)
def test_ids_become_links_where_they_stand_alone(html, linked):
    assert link_cards(html, {"P01", "a-1"}) == linked


def test_line_about_cards_is_left_out_where_there_are_none():
    assert fill_left_out('<p class="left-out"></p>', []) == ""


AUTHORS = """\
title: Rows
authors:
  - family-names: Curie
    given-names: Marie
  - family-names: Bose
  - family-names: Mendel
    given-names: Gregor
  - {given-names: Ludwig, name-particle: van, family-names: Beethoven}
  - name: 'A: team'
version: 1.10
date-released: 2026-01-02
preferred-citation:
  type: article
  title: Another work
  authors: [{family-names: Else, given-names: Somebody}]
"""


def cite(folder, text):
    (folder / "CITATION.cff").write_text(text, encoding="utf-8")
    return describe_build(folder, repository=folder).citation


def test_authors_keep_their_own_names_and_other_works_do_not_mix_in(tmp_path):
    said = cite(tmp_path, AUTHORS)
    assert said.startswith("Marie Curie, Bose, Gregor Mendel, Ludwig van Beethoven, A: team. Rows. Version 1.1")
    assert "Else" not in said
    assert "Another" not in said


def test_version_that_looks_like_a_number_is_cited_as_it_is_written(tmp_path):
    assert "Version 1.10. 2026-01-02" in cite(tmp_path, AUTHORS)


@pytest.mark.parametrize("text", ["", "authors: [", "- a list", "message: no title", "authors:\n  - 3"])
def test_citation_that_says_no_title_is_left_out(tmp_path, text):
    assert cite(tmp_path, text) == ""


def test_citation_of_odd_authors_is_written():
    assert write_citation({"title": "T", "authors": ["A name", {"alias": "b"}, None]}) == "A name, b. T."


@pytest.mark.whole
def test_what_does_not_apply_or_was_not_reported_is_said_in_words(data, cells):
    table, sources = cells("findings"), cells("sources")
    for line in range(2, len(table.rows) + 2):
        table[line, "favours_when"] = "not_applicable"
    sources[2, "publisher"] = "not_reported"
    table.save()
    sources.save()
    made = make_explorer(data)
    assert "pooled in" in made["story"]
    assert "applicable is better" not in made["story"]
    assert "not reported: " in made["html"]
    assert "not_reported: " not in made["html"]
