"""The report in a real browser: filtered, followed, sorted, printed, in the dark, without scripts, under attack."""

import csv
import re
import shutil
import subprocess
from pathlib import Path

import nbformat
import pytest
from hostile_markup import ATTEMPTS
from hostile_tables import SHOWN, TORTURE, poison_tables, write_payload
from random_review import write_review

import evidence
from evidence import counts, sentences
from evidence.judgements import describe_evidence
from evidence.provenance import describe_build
from evidence.report import export_report
from evidence.report.explorer import make_explorer
from evidence.report.page import render_page as render_report
from nbpage.page import PartMaker, render_page

ROOT = Path(__file__).resolve().parents[2]
COUNT = "#Claims [role=status]"
FIRE = "window.fired = []; window.fire = (what) => window.fired.push(what);"
WATCH = "window.refused = []; addEventListener('securitypolicyviolation', (e) => refused.push(e.violatedDirective));"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The report of the project as it is, as a file's address."""
    out = tmp_path_factory.mktemp("report") / "review.html"
    return export_report(ROOT / "notebooks", data=ROOT / "data", out=out).as_uri()


@pytest.fixture(scope="module")
def claims():
    return counts.join_claims(evidence.load(ROOT / "data"))


@pytest.fixture
def report(open_page, address):
    """Open the report, as it is or at an address in it."""

    def run(place="", *, before=None, **options):
        page = open_page(**options)
        if before:
            page.add_init_script(before)
        page.goto(address + place)
        return page

    return run


@pytest.fixture(scope="module")
def in_order(claims):
    """The claims as the page lists them: the first kind first, the worst of each first."""
    levels = """contradicted untraceable no_evidence insufficient conflicting overstated cautious supported
        not_assessed not_checkable""".split()
    place = claims["support"].map(levels.index).astype(int)
    return claims.assign(place=place, beyond=-claims["gap"].fillna(0)).sort_values(
        ["kind", "place", "beyond"], kind="stable"
    )


def list_shown(page):
    """List the claims that fit, in their order: the first of them are in sight, the others one button away.

    Cards take their height when they come near, so that the button may move away from under a click: then again.
    """
    n, shown = (
        int(re.search(r"(\d+) of \d+", page.locator(COUNT).inner_text())[1]),
        page.locator("#Claims .card:visible"),
    )
    for _ in range(3):
        if shown.count() < n:
            page.locator("#Claims [data-all]").click()
    return shown.evaluate_all("cards => cards.map(card => card.id)")


def is_in_sight(page, name):
    box = page.locator(f"#{name}").bounding_box()
    return box is not None and -1 <= box["y"] < page.viewport_size["height"]


def search(page, words):
    """Search the claims; return those that fit once the number of them is said."""
    page.locator("#Claims [name=q]").fill(words)
    page.wait_for_timeout(400)  # the page waits for a pause in typing; the same words may stand in its address already
    page.wait_for_function(
        "words => new URLSearchParams(location.hash.split('?')[1]).get('q') === (words || null)", arg=words
    )
    shown = list_shown(page)
    assert page.locator(COUNT).inner_text().startswith(f"{len(shown)} of ")
    return shown


def test_filters_show_the_claims_that_fit_and_count_them(report, in_order):
    page, n = report(), len(in_order)
    assert page.locator(COUNT).inner_text() == f"{n} of {n} claims."
    level = in_order["support"].value_counts().idxmax()
    fit = in_order[in_order["support"] == level]
    page.locator("#Claims [name=support]").select_option(level)
    assert page.locator(COUNT).inner_text() == f"{len(fit)} of {n} claims."
    assert list_shown(page) == list(fit["claim_id"])
    source = fit["source_id"].astype(str).value_counts().idxmax()
    page.locator("#Claims [name=source]").select_option(source)
    both = fit[fit["source_id"] == source]
    assert list_shown(page) == list(both["claim_id"])
    page.locator("#Claims").get_by_role("button", name="Reset").click()
    page.get_by_text(f"{n} of {n} claims.").wait_for()
    assert list_shown(page) == list(in_order["claim_id"])


def test_every_filter_shows_the_claims_that_carry_its_word_and_names_them_by_label(report, in_order):
    review, page = evidence.load(ROOT / "data"), report()
    sells = {word.value for word in review.vocabulary.words("claims", "tags") if word.group == "Selling"}
    tags = in_order["tags"].map(lambda cell: set(cell.split(";")) if isinstance(cell, str) else {"none"})
    pitch = tags.map(lambda words: "sells" if words & sells else "none").where(in_order["kind"] != "pitch", "is")
    words = {name: in_order[name].astype(object).fillna("none") for name in ("kind", "stance", "support", "strength")}
    words |= {"source": in_order["source_id"], "pitch": pitch}
    words["proposition"] = in_order["proposition_id"].astype(object).fillna("none")
    carried = {name: column.astype(object).map(lambda word: {word}) for name, column in words.items()} | {"tag": tags}
    for name, sets in carried.items():
        select = page.locator(f"#Claims select[name={name}]")
        options = select.locator("option").evaluate_all("all => all.slice(1).map((one) => [one.value, one.text])")
        assert {value for value, _ in options} == set().union(*sets) - ({"none"} if name == "proposition" else set())
        for value, text in options[:: max(1, len(options) // 6)]:
            fit = in_order["claim_id"][sets.map(lambda words, value=value: value in words)]
            select.select_option(value)
            assert list_shown(page) == list(fit)
            assert text.endswith(f" ({len(fit)})")
            assert "_" not in text
        select.select_option("")


def read_numbers(page, name):
    """Read what a filter's menu says of each of its words: how many cards, and whether it can be chosen."""
    read = "all => all.slice(1).map((one) => [one.value, [Number(one.text.match(/ .([0-9]+).$/)[1]), !one.disabled]])"
    return dict(page.locator(f"#Claims select[name={name}] option").evaluate_all(read))


def test_numbers_in_the_menus_follow_what_else_is_chosen(report, in_order):
    page, found = report(), in_order.rename(columns={"source_id": "source"}).astype({"source": object})
    whole = {name: read_numbers(page, name) for name in ("source", "kind", "support", "strength", "tag")}
    assert whole["kind"] == {kind: [n, True] for kind, n in found["kind"].value_counts(sort=False).items()}
    chosen = {"kind": "technique", "support": "overstated"}
    for name, word in chosen.items():
        page.locator(f"#Claims select[name={name}]").select_option(word)
    found = found[found["claim_id"].isin(list_found(page, "press"))]
    fit = found[(found["kind"] == "technique") & (found["support"] == "overstated")]
    assert 0 < len(fit) == page.locator("#Claims .card:not([hidden])").count()
    for name in ("source", "kind", "support", "strength"):
        rows = found
        for other in chosen.keys() - {name}:
            rows = rows[rows[other] == chosen[other]]
        n = rows[name].astype(object).value_counts()
        expected = {word: [n.get(word, 0), bool(n.get(word, 0))] for word in whole[name]}
        assert read_numbers(page, name) == expected
        assert name == "kind" or not all(can for _, can in expected.values())
    tags = fit["tags"].map(lambda cell: cell.split(";") if isinstance(cell, str) else ["none"]).explode().value_counts()
    assert {tag: n for tag, (n, _) in read_numbers(page, "tag").items() if n} == tags.to_dict()
    page.locator("#Claims").get_by_role("button", name="Reset").click()
    assert {name: read_numbers(page, name) for name in whole} == whole


def list_found(page, words):
    """Search among what is chosen, and list every claim that holds the words, whatever is chosen."""
    page.locator("#Claims [name=q]").fill(words)
    page.wait_for_function("words => location.hash.includes('q=' + words)", arg=words)
    other = page.context.new_page()
    other.goto(f"{page.url.split('#')[0]}#Claims?q={words}")
    return other.locator("#Claims .card:not([hidden])").evaluate_all("all => all.map((one) => one.id)")


def test_a_choice_that_nothing_fits_stays_chosen_and_can_be_left(report, in_order):
    kinds = in_order.groupby("kind", observed=True)["support"].agg(set)
    kind, level = next((kind, "untraceable") for kind, levels in kinds.items() if "untraceable" not in levels)
    page = report("#Claims?support=supported")
    page.evaluate("hash => { location.hash = hash; }", f"Claims?kind={kind}&support={level}")
    page.get_by_text(f"0 of {len(in_order)} claims. Nothing fits").wait_for()
    for name, word in (("kind", kind), ("support", level)):
        assert page.locator(f"#Claims select[name={name}]").input_value() == word
        assert read_numbers(page, name)[word] == [0, True]
    page.locator("#Claims select[name=support]").select_option("")
    assert list_shown(page) == list(in_order.loc[in_order["kind"] == kind, "claim_id"])
    assert read_numbers(page, "support")[level] == [0, False]


def test_words_filter_finds_every_word_in_any_case(report, claims):
    page, claim = report(), claims["claim"].iloc[7]
    assert claims["claim_id"].iloc[7] in search(page, " ".join(reversed(claim.upper().split())))
    assert search(page, "no such words anywhere") == []
    assert "Nothing fits" in page.locator(COUNT).inner_text()


def test_words_in_quotes_are_found_together(report, claims):
    page, (first, *_, last) = report(), claims["claim"].iloc[7].rstrip(".").split()
    together = " ".join(claims["claim"].iloc[7].rstrip(".").split()[-3:])
    loose = search(page, together)
    assert claims["claim_id"].iloc[7] in search(page, f'"{together}"')
    assert set(search(page, f"“{together.upper()}” {first}")) <= set(search(page, f'"{together}"')) <= set(loose)
    assert search(page, f'"{last} {first} {last}"') == []


@pytest.mark.parametrize(
    ("code", "column"),
    [("too_vague", "checkability"), ("no_evidence", "support"), ("recommended_by_experts", "tags"), ("P01", None)],
)
def test_codes_with_underscores_and_ids_are_found(report, claims, code, column):
    carries = claims[column or "proposition_id"].astype(str).str.contains(code)
    found = search(report(), code)
    assert set(claims.loc[carries, "claim_id"]) <= set(found)
    assert 0 < carries.sum() <= len(found) < len(claims)


def test_claim_is_found_by_the_studies_behind_it_and_by_what_it_cites(report, claims):
    review, page = evidence.load(ROOT / "data"), report()
    behind = review.findings.merge(claims, on="proposition_id")
    study = review.studies.set_index("study_id").loc[behind["study_id"].value_counts().idxmax()]
    expected = set(behind.loc[behind["study_id"] == study.name, "claim_id"])
    assert expected <= set(search(page, f'"{study["title"]}"'))
    assert expected <= set(search(page, study["authors"].split()[0]))
    cited = review.citations.dropna(subset="nearest_study_id").iloc[0]
    assert cited["claim_id"] in search(page, cited["cited_as"])
    assert cited["claim_id"] in search(page, cited["nearest_study_id"])


@pytest.mark.parametrize(
    "place",
    [
        "#Claims?support=no_evidence&tag=disease_claim&sort=id",
        "#Claims?q=sleep",
        "#Studies",
        "#Propositions?certainty=low",
    ],
)
def test_download_holds_the_rows_of_the_filter_and_asks_nothing(report, place, address):
    page, asked = report(place, before=WATCH), []
    page.on("request", lambda request: asked.append(request.url))
    section = page.locator(place.split("?")[0])
    with page.expect_download() as waiting:
        section.get_by_role("button", name="Download these rows").click()
    text = Path(waiting.value.path()).read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(text.splitlines(keepends=True), strict=True))
    fit = section.locator(".card:not([hidden])")
    assert [row["Id"] for row in rows] == fit.evaluate_all("all => all.map((one) => one.id)")
    assert [row["Text"] for row in rows] == fit.locator("h3").all_text_contents()
    assert len(rows) > 0
    for form in page.locator(f"{place.split('?')[0]} form label:has(select:not([name=sort]))").all():
        name = form.evaluate("one => one.firstChild.data.trim()")
        labels = form.locator("option").evaluate_all(
            "all => all.slice(1).map((one) => one.title || one.text.replace(/ .\\d+.$/, ''))"
        )
        assert {row[name] for row in rows} & set(labels)
        assert not any("_" in row[name] or row[name].endswith("…") for row in rows)
    assert waiting.value.suggested_filename == place[1:].split("?")[0].lower() + "-chosen.csv"
    assert [url for url in asked if not url.startswith(("blob:", address))] == []
    assert page.evaluate("refused") == []


@pytest.mark.parametrize(
    ("cell", "kept"), [("=1+1", False), ("@sum", False), (" -x", False), ("-1.5", True), ("a=1", True)]
)
def test_download_guards_a_cell_that_a_spreadsheet_would_run(report, cell, kept):
    page = report("#Claims?sort=id")
    page.locator("#Claims .card h3").first.evaluate("(one, text) => { one.textContent = text; }", cell)
    with page.expect_download() as waiting:
        page.locator("#Claims [data-download]").click()
    row = next(csv.DictReader(Path(waiting.value.path()).read_text(encoding="utf-8-sig").splitlines()))
    assert row["Text"] == (cell if kept else f"'{cell}")


NO_CLIPBOARD = "Object.defineProperty(navigator, 'clipboard', {value: undefined});"
KEEP = "window.copied = []; addEventListener('copy', () => copied.push(document.activeElement.value), true);"
DEAF = "document.execCommand = () => false;"


@pytest.mark.parametrize("clipboard", ["asked", "old", "none"])
def test_link_and_citation_of_a_card_are_copied(report, address, claims, clipboard):
    before = {"asked": KEEP, "old": KEEP + NO_CLIPBOARD, "none": KEEP + NO_CLIPBOARD + DEAF}[clipboard]
    claim = claims.iloc[3]
    page = report(f"#{claim['claim_id']}", before=before, permissions=["clipboard-read", "clipboard-write"])
    card = page.locator(f"#{claim['claim_id']}")
    cited = describe_build(ROOT / "data", repository=ROOT / "notebooks").citation
    label = evidence.load(ROOT / "data").vocabulary.labels("derived", "support")[claim["support"]]
    citation = f"{claim['claim']} [{claim['claim_id']}, {label}]. In: {cited}"
    for name, text in (("Copy link", f"{address}#{claim['claim_id']}"), ("Copy citation", citation)):
        card.get_by_role("button", name=name).click()
        card.get_by_text(text if clipboard == "none" else "Copied").wait_for()
        if clipboard == "asked":
            assert page.evaluate("navigator.clipboard.readText()") == text
        elif clipboard == "old":
            assert page.evaluate("copied.at(-1)") == text
        assert card.get_by_role("button", name=name).evaluate("one => one === document.activeElement")


@pytest.mark.parametrize("width", [1280, 390])
def test_contents_show_where_one_is_and_all_of_it_is_reached(report, width):
    page = report(width=width)
    current = page.locator("nav [aria-current]")
    names = page.locator("nav a").evaluate_all("all => all.map((one) => one.hash)")
    assert len(names) > 40
    for name in names[:: len(names) // 7] + names[-1:]:
        if width < 1000:
            page.locator("nav summary").click()
        link = page.locator(f"nav a[href='{name}']")
        link.focus()
        page.keyboard.press("Enter")
        page.wait_for_function("name => document.querySelector('nav [aria-current]')?.hash === name", arg=name)
        assert current.count() == 1
        title = " ".join(link.text_content().split())
        assert f"Contents: {title}" == " ".join(page.locator("nav summary").text_content().split())
        if width < 1000:
            assert page.locator("nav details").get_attribute("open") is None
            assert page.locator("nav summary").bounding_box()["y"] >= 0
        else:
            box = current.bounding_box()
            assert 0 <= box["y"] <= page.viewport_size["height"] - box["height"]
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_function("() => !document.querySelector('nav [aria-current]')")


@pytest.mark.parametrize(
    ("width", "options"), [(1280, {}), (390, {"has_touch": True}), (390, {"java_script_enabled": False})]
)
def test_words_of_a_card_say_what_they_mean_by_key_and_by_touch(report, in_order, width, options):
    page, review = report(width=width, **options), evidence.load(ROOT / "data")
    key = in_order["claim_id"].iloc[0]
    if not options.get("java_script_enabled", True):
        page.locator("#Claims .list > summary").click()
    for column, table in (("support", "derived"), ("kind", "claims"), ("stance", "claims"), ("strength", "claims")):
        word = page.locator(f"#{key} [popovertarget^=t-{column}-]").first
        meaning = page.locator(f"#t-{column}-{in_order[column].iloc[0]}")
        assert meaning.is_hidden()
        if options.get("has_touch"):
            word.tap()
        else:
            word.focus()
            page.keyboard.press("Enter")
        definitions = {one.value: one.definition for one in review.vocabulary.words(table, column)}
        assert definitions[in_order[column].iloc[0]] in meaning.inner_text()
        box, near = meaning.bounding_box(), word.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert min(abs(box["y"] - near["y"] - near["height"]), abs(near["y"] - box["y"] - box["height"])) < 20
        page.keyboard.press("Escape")
        assert meaning.is_hidden()


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """The page of a review with 750 articles and ten thousand claims."""
    folder = tmp_path_factory.mktemp("many")
    write_review(folder, 3, sources=750, segments=12, propositions=500, studies=600, findings=1200)
    built = render_report([], describe_build(folder, repository=folder), make_explorer(folder))
    (folder / "page.html").write_text(built, encoding="utf-8")
    return folder


@pytest.mark.slow
def test_page_of_750_articles_is_filtered_searched_and_followed(open_page, many):
    claims, page = counts.join_claims(evidence.load(many)), open_page()
    page.goto((many / "page.html").as_uri())
    assert page.evaluate("document.documentElement.scrollHeight") <= 60_000
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    assert page.locator(COUNT).inner_text() == f"{len(claims)} of {len(claims)} claims."
    assert page.locator("#Claims .card:visible").count() == 25
    page.locator("#Claims [name=kind]").select_option("safety")
    safety = claims[claims["kind"] == "safety"]
    assert page.locator(COUNT).inner_text() == f"{len(safety)} of {len(claims)} claims."
    for letters in ("p", "press ", 'press "the ache"'):
        page.locator("#Claims [name=q]").fill(letters)
    page.wait_for_function("() => location.hash.includes('ache')")
    found = page.locator("#Claims .card:not([hidden])").evaluate_all("all => all.map((one) => one.id)")
    said = safety[
        safety["claim"].str.lower().str.contains("the ache") & safety["claim"].str.contains("press", case=False)
    ]
    assert set(said["claim_id"]) <= set(found)
    numbers = read_numbers(page, "source")
    by_source = claims.loc[claims["claim_id"].isin(found), "source_id"].value_counts()
    assert {source: n for source, (n, _) in numbers.items() if n} == by_source[by_source > 0].to_dict()
    spent = page.evaluate(
        """() => [...document.querySelectorAll("#Claims select:not([name=sort])")].map((select) => {
          const begun = performance.now();
          select.selectedIndex = 1;
          select.dispatchEvent(new Event("input", { bubbles: true }));
          return performance.now() - begun;
        })"""
    )
    assert max(spent) < 1000, spent  # a tenth of that where nothing else runs
    last = claims["source_id"].iloc[-1]
    page.evaluate("name => { location.hash = name; }", last)
    page.locator(f"#{last} .strip a").first.wait_for()
    assert is_in_sight(page, last)


def test_filtered_view_has_an_address(report, in_order):
    page = report()
    page.locator("#Claims [name=kind]").select_option("safety")
    place = re.search("#.*", page.url)[0]
    assert place == "#Claims?kind=safety"
    shown = list_shown(report(place))
    assert shown == list(in_order.loc[in_order["kind"] == "safety", "claim_id"])


def test_claims_sort_by_how_far_they_are_overstated_and_back(report, claims, in_order):
    page = report("#Claims?sort=gap")
    gaps = claims.set_index("claim_id")["gap"].astype(float)
    sorted_gaps = gaps[list_shown(page)].dropna()
    assert list(sorted_gaps) == sorted(gaps.dropna(), reverse=True)
    page.locator("#Claims [name=sort]").select_option("id")
    assert list_shown(page) == list(claims["claim_id"])
    page.locator("#Claims [name=sort]").select_option("")
    assert list_shown(page) == list(in_order["claim_id"])


@pytest.mark.parametrize("javascript", [True, False])
def test_address_of_a_card_leads_to_it(report, claims, javascript):
    review = evidence.load(ROOT / "data")
    last = [claims["claim_id"].iloc[-1], review.propositions["proposition_id"].iloc[-1]]
    for name in [*last, review.studies["study_id"].iloc[-1]]:
        page = report(f"#{name}", java_script_enabled=javascript)
        page.wait_for_timeout(300)
        assert is_in_sight(page, name)
        assert page.locator(f"#{name} details > :last-child").is_visible()


def test_link_to_a_hidden_card_lifts_the_filters_and_says_so(report, claims):
    mapped = claims[claims["proposition_id"].notna()]
    claim, other = (mapped.iloc[0], claims.loc[claims["support"] != mapped["support"].iloc[0], "support"].iloc[0])
    page = report(f"#Claims?support={other}")
    assert page.locator(f"#{claim['claim_id']}").is_hidden()
    page.evaluate(f"location.hash = '{claim['proposition_id']}'")
    page.locator(f"#{claim['proposition_id']} .levels a[href='#{claim['claim_id']}']").click()
    page.wait_for_timeout(200)
    assert is_in_sight(page, claim["claim_id"])
    assert "Filters lifted" in page.locator(COUNT).inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1280, 800), (768, 1024), (390, 844)])
def test_first_screen_holds_the_answer_three_numbers_and_every_article(report, claims, width, height, scheme):
    page, review = report(width=width, height=height, color_scheme=scheme), evidence.load(ROOT / "data")
    parts = [".verdict", *[f".key-numbers li:nth-child({n})" for n in (1, 2, 3)]]
    parts += [f".bars li:nth-child({n})" for n in range(1, len(review.sources) + 1)]
    for part in [*parts, ".opening .bars-key"]:
        box = page.locator(part).bounding_box()
        assert box["y"] >= 0, part
        assert box["y"] + box["height"] <= height, part
    assert page.locator(".verdict").inner_text() == sentences.describe_belief(claims)
    for number, said in zip(
        sentences.list_key_numbers(claims, review), page.locator(".key-numbers li").all_inner_texts(), strict=True
    ):
        assert f"{number.n} of {number.of} {number.text}" == " ".join(said.split())
    titles = page.locator(".bars .title").all_inner_texts()
    assert all(any(title in one for one in titles) for title in review.sources["title"])
    sizes = (
        "ones => ones.filter((one) => one.checkVisibility()).map((one) => parseFloat(getComputedStyle(one).fontSize))"
    )
    assert min(page.locator(".opening *").evaluate_all(sizes)) >= 12
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (768, 1024), (390, 844)])
def test_second_screen_holds_what_the_evidence_allows_to_say_on_the_main_question(report, claims, width, height):
    page, review = report(width=width, height=height), evidence.load(ROOT / "data")
    first = page.locator("#Evidence h2").bounding_box()["y"]
    assert first <= 1.25 * height  # behind the first screen stands nothing but who made it, and when
    page.evaluate("document.querySelector('#Evidence').scrollIntoView()")
    main = counts.select_promoting(counts.select_checkable(claims))["proposition_id"].value_counts().index[0]
    said = describe_evidence(review.propositions.set_index("proposition_id", drop=False).loc[main])
    sentence = page.locator(".allowed > li:first-child p").first
    assert sentence.inner_text() == said
    for part in (sentence, page.locator(".allowed > li:first-child .pooled li").last):
        assert part.bounding_box()["y"] + part.bounding_box()["height"] <= height
    if width == 1280:
        assert 0 < page.locator(".allowed > li").nth(3).bounding_box()["y"] < height


@pytest.mark.parametrize(
    "size",
    [
        {"sources": 50, "segments": 12},
        {"sources": 12, "segments": 90, "propositions": 60, "studies": 80, "findings": 150},
        {"sources": 5, "segments": 0},
        {"sources": 1, "segments": 40},
    ],
)
def test_first_screen_of_any_review_holds_its_answer(open_page, tmp_path, size):
    write_review(tmp_path, 3, **size)
    built = render_report([], describe_build(tmp_path, repository=tmp_path), make_explorer(tmp_path))
    (tmp_path / "page.html").write_text(built, encoding="utf-8")
    for width, height in ((1280, 800), (390, 844)):
        page = open_page(width=width, height=height)
        page.goto((tmp_path / "page.html").as_uri())
        box = page.locator(".opening").bounding_box()
        assert box["y"] + box["height"] <= height
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("document.documentElement.scrollHeight") <= 60_000


def test_bars_have_the_lengths_and_numbers_of_the_claims_that_promote(report, claims):
    page = report()
    promoting = counts.select_promoting(counts.select_checkable(claims))
    for source, rows in promoting.groupby("source_id", observed=True):
        pieces = page.locator(f".bar[href='#{source}'] .piece")
        words = pieces.evaluate_all("ones => ones.map((one) => one.classList[1])")
        widths = pieces.evaluate_all("ones => ones.map((one) => one.getBoundingClientRect().width)")
        n = rows["support"].value_counts(sort=False)
        assert words == list(n.index[n > 0])
        for word, width in zip(words, widths, strict=True):
            assert width / sum(widths) == pytest.approx(n[word] / len(rows), abs=0.005)
        said = page.locator(f".bar[href='#{source}']").inner_text()
        assert f"{n['supported']} of {len(rows)} supported" in " ".join(said.split())


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_bars_have_the_colours_of_the_marks_that_explain_them(report, scheme):
    page = report(color_scheme=scheme)
    pairs = page.locator(".opening .bars-key .level").evaluate_all(
        """ones => ones.map((one) => [
          getComputedStyle(document.querySelector(`.piece.${one.classList[1]}`)).backgroundColor,
          getComputedStyle(one, '::before').backgroundImage])"""
    )
    assert len(pairs) > 4
    for bar, mark in pairs:
        red, green, blue = map(int, re.findall(r"\d+", bar))
        assert f"%23{red:02x}{green:02x}{blue:02x}".lower() in mark.lower()


@pytest.mark.parametrize("javascript", [True, False])
def test_bars_lead_to_the_articles_and_sentences_to_their_propositions(report, javascript):
    page = report(java_script_enabled=javascript)
    links = page.locator(".bar, .certainty")
    assert min(page.locator(one).count() for one in (".bar", ".certainty")) > 0
    for number in range(links.count()):
        name = links.nth(number).get_attribute("href")[1:]
        links.nth(number).click()
        page.wait_for_timeout(250)
        assert is_in_sight(page, name)
        assert page.locator(f"[id='{name}'] details > :last-child").first.is_visible()


def test_every_mark_leads_to_the_card_of_its_claim(report, claims):
    page = report()
    marks = page.locator(".strip .mark").evaluate_all(
        "ones => ones.map((one) => [one.closest('.source').id, one.hash.slice(1), one.classList[1], one.title])"
    )
    names = evidence.load(ROOT / "data").vocabulary.labels("derived", "support")
    expected = claims[["source_id", "claim_id", "support", "claim"]].itertuples(index=False)
    assert marks == [[c.source_id, c.claim_id, c.support, f"{names[c.support]}: {c.claim}"] for c in expected]
    last = page.locator(".strip .mark").last
    last.focus()
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    assert is_in_sight(page, claims["claim_id"].iloc[-1])


def test_page_is_not_endless_before_anything_is_opened(report):
    for options in ({}, {"java_script_enabled": False}):
        page = report(**options)
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollHeight") <= 60_000


def test_cards_come_some_at_a_time_until_all_are_there(report, in_order):
    page = report()
    shown = page.locator("#Claims .card:visible")
    assert shown.count() == 25
    page.locator("#Claims").get_by_role("button", name="Show 25 more").click()
    assert shown.count() == 50
    assert page.evaluate("document.activeElement.id") == in_order["claim_id"].iloc[25]
    page.locator("#Claims").get_by_role("button", name=f"Show all {len(in_order)}").click()
    assert shown.count() == len(in_order)
    assert page.locator("#Claims .more").is_hidden()


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="reads the pages with pdftotext")
def test_each_article_prints_on_one_or_two_pages_of_its_own(report, tmp_path):
    review = evidence.load(ROOT / "data")
    for row in review.sources.itertuples():
        page, out = report(f"#{row.source_id}"), tmp_path / f"{row.source_id}.pdf"
        page.pdf(path=out, prefer_css_page_size=True)
        said = subprocess.run(["pdftotext", out, "-"], capture_output=True, check=True, text=True).stdout
        pages = said.split("\f")[:-1]
        assert 1 <= len(pages) <= 2
        assert row.title.split()[0] in pages[0]
        assert review.vocabulary.title not in " ".join(said.split())
        assert not [other for other in review.sources["source_id"] if other != row.source_id and f"{other}-0" in said]


TABBABLE = """one => one.checkVisibility() && one.tabIndex >= 0"""


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_every_claim_is_reached_by_keyboard_alone(report, claims, width):
    page = report(width=width)
    reached = page.evaluate(
        f"() => [...document.querySelectorAll('a[href^=\"#\"]')].filter({TABBABLE}).map((one) => one.getAttribute('href').slice(1))"
    )
    assert set(claims["claim_id"]) <= set(reached)
    for name in claims["claim_id"].iloc[[0, len(claims) // 2, -1]]:
        mark = page.locator(f".strip .mark[href='#{name}']")
        mark.evaluate("one => (one.previousElementSibling ?? one.closest('article').querySelector('h3 a, a')).focus()")
        for _ in range(20):
            if mark.evaluate("one => one === document.activeElement"):
                break
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_function("name => document.activeElement.id === name", arg=name)
        page.wait_for_timeout(300)
        assert is_in_sight(page, name)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('.card')?.id") == name


def test_id_in_a_notebooks_table_leads_to_its_card(report):
    page = report()
    link = page.locator(".part td a[href^='#P']").first
    name = link.inner_text()
    link.click()
    page.wait_for_timeout(200)
    assert is_in_sight(page, name)
    assert page.locator(f"#{name} details").get_attribute("open") is not None


def test_keyboard_alone_reaches_content_filters_cards_and_tables(report):
    page = report()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "Content"
    reached = page.evaluate(
        """() => [...document.querySelectorAll('a[href], summary, select, input, button, .table, pre')]
        .filter((one) => one.checkVisibility() && one.tabIndex < 0).map((one) => one.outerHTML.slice(0, 80))"""
    )
    assert reached == []
    page.locator("#Claims [name=source]").focus()
    page.keyboard.press("ArrowDown")
    page.locator("#Claims .card[hidden]").first.wait_for(state="attached")
    card = page.locator("#Claims .card:visible").first
    card.locator("summary").focus()
    page.keyboard.press("Enter")
    assert card.locator("dl").is_visible()


def test_report_reads_in_full_without_scripts(report, claims):
    page = report(java_script_enabled=False)
    assert page.locator(".filters:visible, .more:visible").count() == 0
    page.locator("#Claims .list > summary").click()
    assert page.locator("#Claims .card").count() == len(claims)
    assert page.locator("#Claims .card[hidden]").count() == 0
    card = page.locator("#Claims .card").first
    card.locator("summary").click()
    assert card.locator("dl").is_visible()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (768, "dark"), (390, "dark")])
def test_nothing_is_requested_and_nothing_is_refused(report, address, width, scheme):
    asked, page = [], report(before=WATCH, width=width, color_scheme=scheme)
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    page.locator("#Claims [name=support]").select_option(index=1)
    page.mouse.wheel(0, 20_000)
    page.wait_for_timeout(300)
    assert [url for url in asked if not url.startswith("data:")] == [address]
    assert page.evaluate("refused") == []


def test_scheme_follows_the_reader_and_charts_are_drawn_dark_in_the_dark(report):
    page = report(color_scheme="light")
    paint = "one => getComputedStyle(one).backgroundColor"
    paper = "one => getComputedStyle(one.querySelector('path')).fill"
    words = "one => getComputedStyle([...one.querySelectorAll('text')].find((text) => text.checkVisibility())).fill"
    light = page.locator("body").evaluate(paint)
    chart = page.locator(".wide .chart").first
    assert (chart.evaluate(paper), chart.evaluate(words)) == ("rgb(255, 255, 255)", "rgb(27, 27, 27)")
    page.emulate_media(color_scheme="dark")
    dark = page.locator("body").evaluate(paint)
    assert dark != light
    assert (chart.evaluate(paper), chart.evaluate(words)) == (dark, "rgb(232, 230, 225)")
    page.emulate_media(color_scheme="dark", media="print")
    assert (chart.evaluate(paper), chart.evaluate(words)) == ("rgb(255, 255, 255)", "rgb(27, 27, 27)")


@pytest.mark.parametrize(
    ("width", "scheme", "part"),
    [
        (1280, "light", "all"),
        (1280, "dark", "some"),
        (768, "light", "some"),
        (768, "dark", "some"),
        (390, "light", "some"),
        (390, "dark", "some"),
        (360, "light", "some"),
    ],
)
def test_axe_finds_nothing_wrong(report, list_violations, width, scheme, part):
    page = report(width=width, color_scheme=scheme)
    for section, name in (("Claims", "support"), ("Propositions", "certainty"), ("Studies", "design")):
        if part == "some":  # cards are all alike, and axe takes a while for each
            page.locator(f"#{section} [name={name}]").select_option(index=3)
        page.locator(f"#{section} .card:visible summary").first.click()
    page.locator(".part details.code summary").first.click()
    assert list_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


PAPER = 680  # pixels between the margins of A4
SMALL = """() => [...document.querySelectorAll('body *')].filter((one) => !one.closest('svg') && one.checkVisibility()
  && [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()) && one.getClientRects().length)
  .map((one) => [parseFloat(getComputedStyle(one).fontSize), one.outerHTML.slice(0, 80)])"""


@pytest.mark.parametrize(
    ("width", "options", "least"),
    [(390, {}, 11), (768, {}, 11), (1280, {}, 11), (PAPER, {"media": "print"}, 9)],  # on paper 9 are 6.8 pt
)
def test_no_text_is_too_small_to_read_and_nothing_is_wider_than_the_page(report, width, options, least):
    page = report(width=width)
    page.emulate_media(**options)
    page.evaluate("() => document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.wait_for_timeout(300)
    sizes = page.evaluate(SMALL)
    assert len(sizes) > 3000
    assert min(sizes)[0] >= least, min(sizes)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_prints_on_a4_with_no_empty_page(report, tmp_path):
    page, out = report(), tmp_path / "review.pdf"
    page.pdf(path=out, prefer_css_page_size=True)
    pages = re.findall(rb"/MediaBox\s*\[\s*0 0 (\d+)[\d.]* (\d+)", out.read_bytes())
    assert set(pages) <= {(b"594", b"841"), (b"595", b"841"), (b"595", b"842")}
    assert 20 < len(pages) < 120
    if shutil.which("pdftotext"):
        said = subprocess.run(["pdftotext", out, "-"], capture_output=True, check=True, text=True).stdout
        texts = said.split("\f")[:-1]
        assert len(texts) == len(pages)
        assert evidence.load(ROOT / "data").vocabulary.title.split()[0] in texts[0]
        assert [number for number, text in enumerate(texts, start=1) if not text.strip()] == []


def test_prints_what_is_filtered_and_opens_what_is_open(report):
    page = report("#Claims?kind=background")
    page.locator("#Claims").get_by_role("button", name="Open all shown").click()
    fit = page.locator("#Claims .card:not([hidden])").count()
    assert page.locator("#Claims .card:visible").count() < fit
    page.emulate_media(media="print")
    assert page.locator("#Claims .card:visible").count() == fit
    assert page.locator("#Claims .card details:not([open]):visible").count() == 0
    assert page.locator("#Claims .card:visible dl:visible").count() == page.locator("#Claims .card:visible").count()
    assert page.locator("nav").is_hidden()
    assert page.locator(".filters:visible, input:visible, select:visible").count() == 0
    assert page.locator("button:not([popovertarget]):visible, [popover]:visible").count() == 0


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A report of tables with a payload in every text column, and the columns."""
    folder = tmp_path_factory.mktemp("hostile")
    shutil.copytree(ROOT / "data", folder / "data")
    places = poison_tables(folder / "data")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    page = export_report(folder / "notebooks", data=folder / "data", out=folder / "review.html")
    return page.as_uri(), places


@pytest.mark.parametrize("bypass_csp", [False, True])
def test_no_text_of_any_column_becomes_markup(open_page, hostile, bypass_csp):
    address, places = hostile
    page = open_page(bypass_csp=bypass_csp)
    page.add_init_script(FIRE + WATCH)
    page.goto(address)
    page.locator("#Claims [name=kind]").select_option(index=1)
    page.locator("#Claims").get_by_role("button", name="Open all shown").click()
    page.wait_for_timeout(500)
    assert page.evaluate("fired") == []
    assert page.evaluate("refused") == []
    assert page.locator("[onerror], [onload], img:not([src^='data:image/'])").count() == 0
    assert page.locator("body script, body style").count() == 1
    text = page.evaluate("document.body.textContent")
    expected = [f"{table}.{column}" for table, columns in SHOWN.items() for column in columns]
    assert set(expected) <= set(places)
    shown = [*expected, "title", "description", "label", "definition"]
    assert [place for place in shown if write_payload(place) not in text] == []
    assert text.count(TORTURE) >= 3
    assert page.locator("a[href^='javascript']").count() == 0


@pytest.fixture(scope="module")
def attacked(tmp_path_factory):
    """A page of one notebook that puts out every attempt to act, to load or to style, and a drawing."""
    folder = tmp_path_factory.mktemp("attacked")
    drawing = '<svg viewBox="0 0 9 9" width="90"><title>T</title><a href="#nb-01-attack"><path d="M0 0H9V9Z" '
    drawing += (
        'style="fill: #123456" clip-path="url(#c)"/></a><clipPath id="c"><rect width="9" height="9"/></clipPath></svg>'
    )
    outputs = [nbformat.v4.new_output("display_data", {"text/html": html}) for html in [*map(first, ATTEMPTS), drawing]]
    cells = [nbformat.v4.new_markdown_cell(f"# Attack\n\n{html}") for html in map(first, ATTEMPTS)]
    cells += [nbformat.v4.new_code_cell(str(n), outputs=[output]) for n, output in enumerate(outputs)]
    part = PartMaker().make(folder / "01-attack.ipynb", nbformat.v4.new_notebook(cells=cells))
    page = folder / "page.html"
    page.write_text(render_page([part], title="Attacked"), encoding="utf-8")
    return page.as_uri()


def first(pair):
    return pair[0]


@pytest.mark.parametrize("bypass_csp", [False, True])
def test_no_markup_of_a_cell_acts_loads_or_styles(open_page, attacked, bypass_csp):
    page, asked = open_page(bypass_csp=bypass_csp), []
    page.on("request", lambda request: asked.append(request.url))
    page.add_init_script(FIRE + WATCH + "window.f = () => fired.push('f');")
    page.goto(attacked)
    page.evaluate(
        """() => {
          addEventListener('click', (e) => /^https?:/.test(e.target.href) && e.preventDefault(), true);
          for (const one of document.querySelectorAll('main a, main [id], main [tabindex]'))
            one.dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true}));
        }"""
    )
    page.wait_for_timeout(500)
    assert page.evaluate("fired") == []
    assert page.evaluate("refused") == []
    assert [url for url in asked if not url.startswith((attacked, "data:"))] == []
    assert page.locator("main script, main style, main form, main iframe, main [style]").count() == 0


def test_drawing_in_a_cell_keeps_its_look_and_its_links(open_page, attacked):
    page = open_page()
    page.goto(attacked)
    drawing = page.locator("main svg[width='90']").last
    assert drawing.locator("path").evaluate("one => getComputedStyle(one).fill") == "rgb(18, 52, 86)"
    assert drawing.evaluate("one => one.viewBox.baseVal.width") == 9
    assert drawing.locator("clipPath rect").count() == 1
    assert page.locator("body > footer").count() == 1
    assert page.locator("main > article > :last-child summary").inner_text().startswith("The code of this part")


LINKS = """width => [...document.querySelectorAll(`.${width} .chart a`)].map((a) => {
  const [id, query] = decodeURI(a.getAttribute('href')).slice(1).split('?');
  const card = document.getElementById(id);
  const form = query && card && card.querySelector('form');
  const odd = query && [...new URLSearchParams(query)].filter(([name, value]) =>
    !form || !form.elements[name] || ![...form.elements[name].options].some((one) => one.value === value));
  return {href: a.getAttribute('href'), title: a.querySelector('title').textContent, found: Boolean(card),
    odd: query ? odd.map(String) : []};
})"""


@pytest.mark.parametrize("width", ["wide", "narrow"])
def test_every_mark_has_words_and_leads_to_a_card_or_a_list(report, claims, width):
    links = report().evaluate(LINKS, width)
    assert len(links) > 500
    assert [link for link in links if not link["found"] or link["odd"] or len(link["title"]) < 8] == []
    said = dict(zip("#" + claims["claim_id"], claims["claim"].str[:30], strict=True))
    marks = [link for link in links if link["href"] in said]
    assert {link["href"] for link in marks} == set(said)
    assert [link for link in marks if said[link["href"]] not in link["title"]] == []


def test_bar_leads_to_as_many_claims_as_it_counts(report):
    page = report()
    bars = [link for link in page.evaluate(LINKS, "wide") if re.search(r", \d+ of \d+ claims$", link["title"])]
    assert len(bars) > 40
    for bar in bars[:: len(bars) // 8]:
        page.evaluate("hash => { location.hash = hash; }", bar["href"])
        number = re.search(r", (\d+) of", bar["title"])[1]
        page.locator(COUNT).get_by_text(re.compile(rf"^{number} of \d+ claims")).wait_for()
        assert len(list_shown(page)) == int(number)


@pytest.mark.parametrize("javascript", [True, False])
def test_mark_is_reached_by_keyboard_says_its_words_and_leads_to_its_claim(report, claims, javascript):
    page = report(java_script_enabled=javascript)
    name = claims["claim_id"].iloc[-1]
    mark = page.locator(f".wide .chart a[href='#{name}']").last
    tip, caption = mark.locator("xpath=following-sibling::*[1]"), page.locator(".wide .chart").last.locator(".caption")
    assert tip.is_hidden()
    before = page.locator(".wide .chart").last.locator("a").nth(-2)
    before.focus()
    while not mark.evaluate("one => one === document.activeElement"):
        page.keyboard.press("Shift+Tab")
    assert tip.is_visible()
    assert claims["claim"].iloc[-1][:40] in tip.text_content()
    assert caption.first.is_hidden()
    page.keyboard.press("Enter")
    for _ in range(100):  # a folded list takes its time to open
        if is_in_sight(page, name):
            break
        page.wait_for_timeout(100)
    assert is_in_sight(page, name)


def test_figure_can_be_skipped(report):
    page = report()
    skip = page.locator("figure .skip").first
    skip.focus()
    assert skip.bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('figure').contains(document.activeElement)") is False


@pytest.mark.parametrize(("width", "least"), [(390, 11), (768, 11), (1280, 11)])
def test_no_text_of_a_chart_is_too_small_to_read(report, width, least):
    sizes = report(width=width).evaluate(
        """() => [...document.querySelectorAll('.chart')].filter((svg) => svg.checkVisibility()).flatMap((svg) =>
          [...svg.querySelectorAll('text')].map((text) =>
            parseFloat(getComputedStyle(text).fontSize) * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width))"""
    )
    assert len(sizes) > 500
    assert min(sizes) >= least


def test_no_chart_is_drawn_twice(report):
    labels = (
        report()
        .locator(".wide .chart")
        .evaluate_all("all => all.map((one) => one.outerHTML.replace(/nb-[\\w-]+?-c(?=[0-9a-f]{10})/g, ''))")
    )
    assert len(set(labels)) == len(labels) >= 12
