"""The panel in a real JupyterLab: entered, rated by mouse and by keyboard, blind, reopened, settled."""

import re
import time

import pytest
from reviews import ARTICLE, WORDING

import evidence
from evidence.cli import main
from evidence.ratings import load_ratings, save_ratings

NOTEBOOK = "notebooks/09-rate-claims.ipynb"
TASKS = (
    "Enter claims",
    "Enter evidence",
    "Rate segments",
    "Rate wording",
    "Rate mapping",
    "Rate propositions",
    "Rate citations",
    "Settle",
)


class Panel:
    """The panel of one window, as a rater uses it."""

    def __init__(self, page, lab, project):
        address, root = lab
        self.page = page
        self.url = f"{address}/lab/tree/{(project / NOTEBOOK).relative_to(root)}?reset"
        self.root = page.locator(".evidence-panel")

    def open(self):
        with self.page.expect_event("websocket", lambda socket: "/channels" in socket.url, timeout=60_000):
            self.page.goto(self.url)
        self.page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for(timeout=60_000)
        self.page.wait_for_timeout(1000)
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        self.root.wait_for(timeout=60_000)
        self.page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for()
        self.page.wait_for_timeout(500)  # JupyterLab moves the focus once more
        self.root.scroll_into_view_if_needed()
        return self

    def sign_in(self, rater):
        self.root.get_by_label("Your rater id").fill(rater)
        self.root.get_by_role("button", name="Begin").click()
        self.root.locator(".who strong", has_text=rater).wait_for()
        return self

    def view(self, name):
        self.root.get_by_role("button", name=name, exact=True).click()
        self.root.locator(f"button[aria-pressed=true]:has-text('{name}')").wait_for()
        return self

    def choose(self, variable, value):
        self.root.get_by_role("group", name=variable.capitalize(), exact=True).locator(f"[value={value}]").click()

    def rate_one(self, variable):
        self.root.get_by_label("Variable").select_option(variable)
        self.root.get_by_text("A number chooses, saves and goes on").wait_for()

    def says(self, text, role="status"):
        self.root.locator(f"[role={role}]", has_text=text).wait_for()

    def focused(self):
        return self.page.evaluate("document.activeElement.textContent").split()[0]

    def tab_to(self, name):
        """Press Tab until the control with this value, or of this tag, has the focus."""
        for _ in range(80):
            self.page.keyboard.press("Tab")
            if self.page.evaluate("[document.activeElement.value, document.activeElement.tagName]").count(name):
                return
        raise AssertionError(f"Tab does not reach {name}")

    def place(self):
        return self.root.get_by_role("heading", level=3).inner_text().split()[0]


@pytest.fixture
def open_panel(open_page, lab, project):
    """Return a function that opens the panel in a window of its own."""
    return lambda **size: Panel(open_page(**size), lab, project).open()


def rows_of(project, rater, table="claims"):
    """Return what a rater saved: of each row its key, its rated values and its note."""
    rows = load_ratings(table, folder=project / "data")
    mine = rows[rows["rater_id"] == rater].drop(columns=["rater_id", "round", "rated_on"])
    return [{name: value for name, value in row.items() if value} for row in mine.to_dict("records")]


def test_a_claim_is_rated_by_mouse_and_the_rating_is_there_when_the_notebook_is_reopened(open_panel, project):
    panel = open_panel().sign_in("ann")
    claim = panel.place()
    for variable, value in WORDING.items():
        panel.choose(variable, value)
    assert panel.root.get_by_text("Not saved yet").is_visible()
    panel.root.get_by_label("Note, where it was hard").fill("<b>bold</b> & 'so'")
    panel.root.get_by_role("button", name="Save").click()
    panel.says("Saved kind, voice, stance, strength, backing, checkability and note")
    assert rows_of(project, "ann") == [{"claim_id": claim, **WORDING, "note": "<b>bold</b> & 'so'"}]

    panel.open()  # the kernel and the notebook go on; the browser's tab remembers who rates
    panel.root.locator(".who strong", has_text="ann").wait_for()
    panel.root.get_by_text(f"1 of {len(evidence.load(project / 'data').claims)} rated").wait_for()
    assert panel.place() == claim
    assert panel.root.get_by_role("radio", name="Safety").is_checked()


def test_a_claim_is_rated_by_keyboard_alone(open_panel, project):
    panel = open_panel()
    press = panel.page.keyboard.press
    panel.root.get_by_label("Your rater id").focus()
    panel.page.keyboard.type("ann")
    press("Enter")
    panel.root.locator(".who strong", has_text="ann").wait_for()
    first = panel.place()
    panel.root.get_by_role("heading", level=3).focus()
    press("n")
    panel.root.get_by_role("heading", level=3).filter(has_not_text=first).wait_for()
    second = panel.place()
    assert panel.focused() == second  # a screen reader reads the new claim
    panel.tab_to("effectiveness")
    press("ArrowDown")
    panel.tab_to("uncertain")
    press("Space")
    panel.tab_to("TEXTAREA")
    panel.page.keyboard.type("no n and no p goes on from here")
    press("Control+Enter")
    panel.says("Saved kind, strength and note")
    note = "no n and no p goes on from here"
    assert rows_of(project, "ann") == [{"claim_id": second, "kind": "safety", "strength": "uncertain", "note": note}]
    panel.root.get_by_role("heading", level=3).focus()
    press("p")
    panel.root.get_by_role("heading", level=3).filter(has_text=first).wait_for()
    assert panel.page.locator(".jp-CodeCell").count() == 6  # no key went on to the notebook


def test_every_control_is_reached_by_tab(open_panel):
    panel = open_panel().sign_in("ann")
    name = "(node) => node.name || node.id || node.textContent"
    wanted = panel.root.evaluate(
        f"""root => [...root.querySelectorAll("button, select, textarea, summary, a, input")]
            .filter((node) => !node.disabled).map({name})"""
    )
    panel.root.get_by_role("button", name="Rate wording").focus()
    reached = set()
    for _ in range(120):
        reached.add(panel.page.evaluate(f"({name})(document.activeElement)"))
        panel.page.keyboard.press("Tab")
    assert set(wanted) - reached == set()


def test_a_second_rater_sees_no_others_until_her_own_is_saved(open_panel, project):
    one = open_panel().sign_in("ann")
    claim = one.place()
    one.choose("strength", "emphatic")
    one.root.get_by_role("button", name="Save").click()
    one.says("Saved strength")

    two = open_panel().sign_in("bea")
    assert two.place() == claim
    for name in ("ann", *load_ratings(folder=project / "data")["rater_id"].unique()):
        assert two.root.get_by_text(re.compile(rf"\b{name}\b")).count() == 0
    assert two.root.locator("input:checked").count() == 0
    assert two.root.get_by_label("Support").is_disabled()
    assert two.root.get_by_text("What the evidence says").count() == 0
    two.choose("strength", "tentative")
    two.root.get_by_role("button", name="Save").click()
    two.says("Saved strength")
    others = two.root.get_by_role("list", name="Others on strength")
    assert "Emphatic differs" in others.get_by_text("ann", exact=True).locator("..").inner_text()
    assert two.root.get_by_role("list", name="Others on kind").count() == 0
    saved = [row["strength"] for rater in ("ann", "bea") for row in rows_of(project, rater)]
    assert saved == ["emphatic", "tentative"]


def test_a_disagreement_is_settled_and_the_report_follows(open_panel, project, tmp_path):
    data = project / "data"
    ratings = data / "claim_ratings.csv"
    ratings.write_text(ratings.read_text(encoding="utf-8").split("\n")[0] + "\n", encoding="utf-8")
    claim = evidence.judge(evidence.load(data)).query("support == 'overstated'").iloc[0]["claim_id"]
    for rater, value in (("ann", "emphatic"), ("bea", "uncertain")):
        save_ratings({"strength": value}, row_id=claim, rater_id=rater, folder=data)
    panel = open_panel().sign_in("chair").view("Settle")
    assert panel.root.get_by_text("bea").count() == 0  # not before the rater gives up rating
    panel.root.get_by_role("button", name="I settle and do not rate").click()
    panel.root.get_by_role("heading", level=3).filter(has_text=claim).wait_for()
    assert panel.root.get_by_role("list", name="Raters on strength").get_by_text("bea").is_visible()
    panel.choose("strength", "uncertain")
    panel.root.get_by_role("button", name="Settle", exact=False).last.click()
    panel.says("give the reason", role="alert")
    panel.root.get_by_label("Reason").fill("It says that nobody knows.")
    panel.root.get_by_role("button", name="Settle", exact=False).last.click()
    panel.says("Settled")
    judged = evidence.judge(evidence.load(data)).set_index("claim_id").loc[claim]
    assert (judged["strength"], judged["support"]) == ("uncertain", "supported")
    out = tmp_path / "review.html"
    assert main(["report", "--data", str(data), "--out", str(out)]) == 0
    assert out.stat().st_size > 10_000


def test_a_claim_is_mapped_to_a_proposition_that_is_found_by_its_words(open_panel, project):
    propositions = evidence.load(project / "data").propositions.set_index("proposition_id")
    wanted = propositions.index[-1]
    panel = open_panel().sign_in("ann").view("Rate mapping")
    panel.root.get_by_role("button", name="I rate no wording").click()
    claim = panel.place()
    choices = panel.root.get_by_role("group", name="Proposition", exact=True)
    match = panel.root.get_by_role("group", name="Match", exact=True)
    assert choices.locator(".code:visible").count() == len(propositions) + 1
    choices.get_by_label("None fits").click()
    assert match.locator("input").first.is_disabled()
    choices.get_by_label("Find by words").fill(f"{wanted} {propositions.loc[wanted, 'outcome'].split()[-1]}".lower())
    panel.page.keyboard.press("Enter")  # saves nothing
    panel.root.get_by_text(f"2 of {len(propositions) + 1} shown").wait_for()  # and the one that is chosen
    choices.get_by_role("radio", name=wanted, exact=True).click()
    assert match.locator("input").first.is_enabled()
    panel.choose("match", "indirect")
    panel.choose("asserted direction", "benefit")
    assert rows_of(project, "ann") == []
    panel.root.get_by_role("button", name="Save").click()
    panel.says("Saved proposition, match and asserted direction")
    mapped = {"proposition_id": wanted, "match": "indirect", "asserted_direction": "benefit"}
    assert rows_of(project, "ann") == [{"claim_id": claim, **mapped}]
    assert panel.root.get_by_role("heading", name=f"What the evidence says: {wanted}").is_visible()
    assert panel.root.locator(".sentence").count() == 0
    panel.root.get_by_role("button", name="I rate no propositions").click()
    panel.root.locator(".sentence").wait_for()


@pytest.mark.parametrize(
    ("task", "table", "values"),
    [
        ("Rate segments", "segments", {"role": "other"}),
        (
            "Rate propositions",
            "propositions",
            {"direction": "mixed", "certainty": "low", "publication_bias": "serious"},
        ),
        ("Rate citations", "citations", {"identity": "not_found", "accuracy": "not_checkable"}),
    ],
)
def test_other_tables_are_rated_in_views_of_their_own(open_panel, project, task, table, values):
    panel = open_panel().sign_in("ann").view(task)
    if table == "citations":
        panel.root.get_by_role("button", name="I rate no wording").click()
    row_id = panel.place()
    assert panel.root.locator(".card dl").evaluate_all("all => all.every((dl) => dl.clientHeight >= dl.scrollHeight)")
    for variable, value in values.items():
        panel.choose(variable.replace("_", " "), value)
    panel.root.get_by_role("button", name="Save").click()
    panel.says("Saved")
    (saved,) = rows_of(project, "ann", table)
    assert saved == {next(iter(saved)): row_id, **values}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong_in_any_view(open_panel, list_violations, scheme):
    panel = open_panel(color_scheme=scheme)
    found = {"sign in": list_violations(panel.page, ".evidence-panel")}
    panel.sign_in("ann")
    panel.choose("strength", "plain")
    panel.root.get_by_role("button", name="Save").click()
    panel.says("Saved strength")
    panel.root.locator("summary").first.click()
    found["wording"] = list_violations(panel.page, ".evidence-panel")
    for name in TASKS:
        panel.view(name)
        found[name] = list_violations(panel.page, ".evidence-panel")
    panel.view("Rate mapping").root.get_by_role("button", name="I rate no wording").click()
    panel.root.get_by_label("Find by words").wait_for()
    found["mapping"] = list_violations(panel.page, ".evidence-panel")
    panel.root.get_by_role("button", name="Change").click()
    panel.sign_in("chair").view("Settle").root.get_by_role("button", name="I settle and do not rate").click()
    panel.root.get_by_label("Settled ones too").check()
    panel.root.get_by_label("Reason").wait_for()
    found["settling"] = list_violations(panel.page, ".evidence-panel")
    panel.root.get_by_role("button", name="Change").click()
    panel.sign_in("ann")
    panel.page.set_viewport_size({"width": 700, "height": 900})
    panel.view("Rate wording")
    found["narrow"] = list_violations(panel.page, ".evidence-panel")
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_words_from_the_tables_are_text_and_nothing_else(open_panel, project, cells):
    attack = "<img src=x onerror='window.hit=1'><script>window.hit=1</script>"
    claims = cells("claims")
    claims[2, "claim"] = attack
    claims.save()
    row_id = claims[2, "claim_id"]
    save_ratings({"strength": "plain"}, row_id=row_id, rater_id="bea", note=attack, folder=project / "data")
    panel = open_panel().sign_in("ann")
    panel.choose("strength", "plain")
    panel.root.get_by_role("button", name="Save").click()
    panel.says("Saved strength")
    assert panel.root.locator(".claim").inner_text() == attack
    assert panel.root.get_by_text(attack).count() == 2
    assert panel.page.evaluate("window.hit") is None


def count_keys(page):
    page.evaluate("window.keys = 0; addEventListener('keydown', (event) => { keys += event.isTrusted; }, true)")


def test_a_table_is_rated_for_one_variable_with_one_key_a_claim(open_panel, project, list_violations):
    panel = open_panel().sign_in("ann")
    claims = evidence.load(project / "data").claims["claim_id"].tolist()
    panel.rate_one("stance")
    stance = panel.root.get_by_role("group", name="Stance", exact=True)
    assert panel.root.locator("fieldset.variable").count() == 1
    meaning = stance.locator(".code p").first
    assert not meaning.is_visible()
    panel.root.get_by_role("heading", level=3).focus()
    panel.page.keyboard.press("d")
    meaning.wait_for()
    panel.page.keyboard.press("d")
    meaning.wait_for(state="hidden")
    assert list_violations(panel.page, ".evidence-panel") == []
    panel.root.get_by_role("heading", level=3).focus()
    count_keys(panel.page)
    for at, claim in enumerate(claims):
        panel.root.get_by_role("heading", level=3).filter(has_text=claim).wait_for()
        panel.page.keyboard.press(str(1 + at % 3))
        panel.says(f"Saved stance of {claim}.")
    panel.says("None waits any more.")
    assert panel.page.evaluate("keys") == len(claims)
    saved = {row["claim_id"]: row["stance"] for row in rows_of(project, "ann")}
    assert saved == {claim: ("promotes", "neutral", "cautions")[at % 3] for at, claim in enumerate(claims)}
    assert (
        panel.page.locator(".jp-MarkdownCell h4, .jp-MarkdownCell h5").count() == 0
    )  # no number went on to the notebook


def test_keys_that_come_before_the_next_claim_is_in_sight_rate_nothing(open_panel, project):
    panel = open_panel().sign_in("ann")
    panel.rate_one("stance")
    first = panel.place()
    panel.root.get_by_role("heading", level=3).focus()
    panel.page.keyboard.type("123")
    panel.says(f"Saved stance of {first}.")
    panel.page.wait_for_timeout(500)
    assert rows_of(project, "ann") == [{"claim_id": first, "stance": "promotes"}]


def test_numbers_code_one_variable_after_the_other_and_an_id_is_gone_to(open_panel, project):
    panel = open_panel().sign_in("ann")
    claim = evidence.load(project / "data").claims["claim_id"].iloc[9]
    panel.root.get_by_label("Go to").fill(claim)
    panel.page.keyboard.press("Enter")
    panel.root.get_by_role("heading", level=3).filter(has_text=claim).wait_for()
    panel.root.get_by_role("heading", level=3).focus()
    panel.page.keyboard.type("211461")
    panel.page.keyboard.press("Control+Enter")
    panel.says(f"Saved kind, voice, stance, strength, backing and checkability of {claim}.")
    assert rows_of(project, "ann") == [{"claim_id": claim, **WORDING}]


def test_who_has_rated_a_cell_is_led_to_revise_it_and_cannot_settle_it(open_panel, project, list_violations):
    panel = open_panel().sign_in("ann")
    claim = panel.place()
    save_ratings({"strength": "uncertain"}, row_id=claim, rater_id="bea", folder=project / "data")
    panel.choose("strength", "plain")
    panel.root.get_by_role("button", name="Save").click()
    panel.says("Saved strength")
    panel.view("Settle").root.get_by_text("You have rated this").wait_for()
    assert panel.root.get_by_role("button", name="Ctrl Enter").count() == 0
    assert list_violations(panel.page, ".evidence-panel") == []
    panel.root.get_by_role("button", name="Revise mine: Rate wording").click()
    panel.root.locator("button[aria-pressed=true]:has-text('Rate wording')").wait_for()
    assert panel.place() == claim


def test_after_a_reload_the_panel_goes_on_or_says_how(open_panel):
    panel = open_panel().sign_in("ann")
    page = panel.page
    page.reload()  # the notebook was not saved: it holds what was stored before
    page.get_by_text("run this cell in JupyterLab; in a new kernel, all cells.").wait_for(timeout=60_000)
    panel.open().root.locator(".who strong", has_text="ann").wait_for()
    page.get_by_role("menuitem", name="File", exact=True).click()
    page.get_by_role("menuitem", name=re.compile("^Save Notebook")).first.click()
    page.wait_for_timeout(2000)
    page.goto(panel.url.removesuffix("?reset"))
    panel.root.locator(".who strong", has_text="ann").wait_for(timeout=60_000)
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.get_by_role("menuitem", name=re.compile("^Restart Kernel…")).first.click()
    page.get_by_role("button", name="Confirm Kernel Restart").click()
    page.wait_for_timeout(4000)
    panel.root.get_by_role("button", name="Next").click()
    panel.says("Run all cells again; what was saved is saved.", role="alert")


# Entering: a stranger's article, from the page to the report

RIS = "TY  - JOUR\nAU  - Roe, Jane\nPY  - 2001\nTI  - Garlic and colds: a trial\nJO  - Trials of Herbs\nER  - \n"
NO_CLAIM = {  # line of the article: number of its role
    1: 1, 2: 4, 3: 2, 4: 2, 7: 6, 11: 1, 14: 6, 15: 5, 16: 1, 17: 6, 18: 6, 19: 6, 20: 6, 21: 2, 23: 6, 25: 6, 26: 1, 27: 6,
    28: 6, 29: 3, 30: 3,
}  # fmt: skip
CODES = {  # line: the claim, and the numbers of kind, voice, stance, strength, backing, checkability
    5: ("Eating garlic shortens a common cold.", "111261"),
    6: ("People have eaten garlic for 5,000 years.", "512441"),
    8: ("One clove of garlic a day prevents colds.", "111461"),
    9: ("A trial found fewer colds in people who took garlic.", "611421"),
    10: ("All physicians advise garlic.", "111533"),
    12: ("Crushing garlic releases allicin.", "312461"),
    13: ("Allicin is deadly to microbes in the laboratory.", "312461"),
    22: ("Garlic is free of side effects since it is natural.", "211461"),
    24: ("Garlic may worsen bleeding in people on blood thinners.", "213361"),
}
PICO = {
    "Statement": "Daily garlic prevents colds.", "Population": "healthy adults", "Intervention": "garlic every day",
    "Comparator": "placebo", "Outcome": "number of colds", "Timepoint": "twelve weeks",
}  # fmt: skip


class Entry(Panel):
    """The panel at a review that was just begun; what it takes is counted."""

    def open(self):
        super().open()
        self.page.evaluate(
            """window.n = {keydown: 0, click: 0};
            for (const kind in n) document.addEventListener(kind, (event) => { n[kind] += event.isTrusted; }, true)"""
        )
        return self

    def find(self, label):
        return self.root.get_by_label(re.compile(f"^{label}( needed)?$")).last

    def type(self, label, text):
        self.find(label).click()
        self.page.keyboard.type(text)

    def pick(self, label, option):
        self.find(label).select_option(label=option)

    def sentence(self, line):
        return self.root.get_by_role("listbox").get_by_role("option").nth(line - 1)


@pytest.fixture
def garlic(tmp_path):
    """Begin a review by the command line, with one article and one study; return its folder."""
    (tmp_path / "page.txt").write_text(ARTICLE, encoding="utf-8")
    (tmp_path / "studies.ris").write_text(RIS, encoding="utf-8")
    data = str(tmp_path / "garlic" / "data")
    for call in (
        ["new", str(tmp_path / "garlic"), "--title", "Garlic against colds"],
        ["add", str(tmp_path / "page.txt"), "--id", "garlic", "--url", "https://example.org/garlic", "--data", data],
        ["studies", str(tmp_path / "studies.ris"), "--data", data],
    ):
        assert main(call) == 0
    return tmp_path / "garlic"


def test_an_article_is_entered_from_its_sentences_to_the_report(open_page, lab, garlic, list_violations, capsys):
    panel = Entry(open_page(), lab, garlic).open()
    began = time.monotonic()
    press, type_in, wrong = panel.page.keyboard.press, panel.page.keyboard.type, {}
    panel.sign_in("ann")
    panel.root.get_by_text("0 of 30 sentences done").wait_for()
    wrong["article"] = list_violations(panel.page, ".evidence-panel")

    panel.root.get_by_role("listbox").focus()
    for line in range(1, 31):
        panel.root.get_by_role("heading", name=f"Sentence {line}", exact=True).wait_for()
        if line in NO_CLAIM:
            press(str(NO_CLAIM[line]))
        else:
            words, codes = CODES[line]
            press("Enter")
            type_in(words)
            press("Tab")
            type_in(codes)
            if codes[0] == "6":
                panel.type("Cited as", "one trial")
                panel.pick("Identity", "Not identifiable")
                panel.pick("Accuracy", "Not checkable")
                panel.root.get_by_label("Reason needed").click()
                type_in("No author, no year.")
                wrong["citation"] = list_violations(panel.page, ".evidence-panel")
            press("Control+Enter")
        panel.root.get_by_text(f"{line} of 30 sentences done").wait_for()
    panel.says("None waits any more")
    assert panel.sentence(5).inner_text().startswith("1 claim")
    assert panel.sentence(29).inner_text().startswith("Navigation")

    panel.view("Enter evidence")
    for label, text in PICO.items():
        panel.type(label, text)
    for label, word in {"Direction": "Benefit", "Certainty": "Moderate", "Risk of bias": "No concern", "Inconsistency": "No concern",
                        "Indirectness": "No concern", "Imprecision": "Serious", "Publication bias": "No concern",
                        "Certainty origin": "Rated by this project"}.items():  # fmt: skip
        panel.pick(label, word)
    panel.type("Certainty reason", "Imprecision: one trial of 146 people.")
    panel.root.get_by_role("button", name="Add to findings").click()
    for label, text in {"Study": "roe-2001", "Comparator": "placebo", "Outcome measure": "colds a person", "Timepoint": "12 weeks",
                        "Estimate": "0.37", "Ci low": "0.25", "Ci high": "0.55", "Locator": "https://example.org/roe abstract"}.items():  # fmt: skip
        panel.type(label, text)
    for label, word in {
        "Relation": "Supports",
        "Effect measure": "Risk ratio",
        "Favours when": "Lower",
        "Origin": "Reported",
    }.items():
        panel.pick(label, word)
    wrong["proposition"] = list_violations(panel.page, ".evidence-panel")
    press("Control+Enter")
    panel.says("Saved P01 and F001.")
    panel.root.get_by_role("button", name="New proposition").click()
    panel.root.get_by_role("heading", name="New proposition").wait_for()
    for label, text in {
        **PICO,
        "Statement": "Garlic shortens colds.",
        "Outcome": "days ill",
        "Certainty reason": "Nothing found.",
    }.items():
        panel.type(label, text)
    for at in range(2):
        panel.root.get_by_role("button", name="Add to searches").click()
        for label, text in {
            "Query": f"garlic cold duration {at}",
            "Searched in": "PubMed",
            "N results": "3",
            "N relevant": "0",
        }.items():
            panel.type(label, text)
    press("Control+Enter")
    panel.says("Saved P02, P02-s1 and P02-s2.")

    panel.view("Enter claims")
    for line, claim, proposition in ((5, "garlic-001", "P02"), (8, "garlic-003", "P01")):
        panel.sentence(line).click()
        panel.root.get_by_role("button", name=f"Change {claim}").click()
        panel.root.get_by_text("Map it to a proposition").click()
        panel.root.get_by_role("radio", name=proposition, exact=True).click()
        panel.choose("match", "direct")
        panel.choose("asserted direction", "benefit")
        panel.type("Match reason", "No element differs.")
        wrong["mapping"] = list_violations(panel.page, ".evidence-panel")
        panel.root.get_by_role("button", name="Save the change").click()
        panel.says(f"Saved {claim}.")
    panel.sentence(10).click()
    panel.root.get_by_role("button", name="Withdraw garlic-005").click()
    panel.root.get_by_text("its id is never used again").wait_for()
    wrong["withdrawing"] = list_violations(panel.page, ".evidence-panel")
    panel.type("Why it is no claim any more", "An opinion of nobody.")
    panel.root.get_by_role("button", name="Withdraw", exact=True).click()
    panel.root.get_by_text("29 of 30 sentences done").wait_for()
    panel.root.get_by_role("listbox").focus()
    press("6")
    panel.root.get_by_text("30 of 30 sentences done").wait_for()
    counted, seconds = panel.page.evaluate("n"), time.monotonic() - began

    assert {name: found for name, found in wrong.items() if found} == {}
    review = evidence.load(garlic / "data")
    judged = evidence.judge(review).set_index("claim_id")["support"]
    assert len(judged) == 8
    assert (judged["garlic-001"], judged["garlic-003"]) == ("no_evidence", "overstated")
    assert set(review.claim_ratings["rater_id"]) == {"ann"}
    assert main(["check", str(garlic / "data"), "--texts", str(garlic / "texts")]) == 0
    assert main(["report", "--data", str(garlic / "data")]) == 0
    assert "Daily garlic prevents colds." in (garlic / "report" / "review.html").read_text(encoding="utf-8")
    with capsys.disabled():
        print(f"\n{counted['keydown']} keys, {counted['click']} clicks, {seconds:.0f} s by the machine")
