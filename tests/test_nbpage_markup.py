"""What cells put out reaches the page by list: words, tables, drawings; nothing that acts, loads or styles."""

import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from urllib.parse import unquote

import nbformat
import pytest
from hostile_markup import ATTEMPTS
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from nbpage.markup import sanitise
from nbpage.notebooks import make_anchor
from nbpage.page import PartMaker, render_page, write_policy, write_svg_address

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)><svg onload=alert(1)></svg>"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><title>t</title></svg>'
PNG = "iVBORw0KGgo="


def rewrite(html):
    return sanitise(html, anchor="nb-01")[0]


@pytest.fixture(scope="module")
def maker():
    return PartMaker()


@pytest.fixture
def make(maker, tmp_path):
    """Make a page of one notebook out of cells."""

    def make_page(*cells):
        notebook = nbformat.from_dict(new_notebook(cells=list(cells)))
        part = maker.make(tmp_path / "01-look.ipynb", notebook)
        return render_page([part], title="Title <b>", description="Words & more")

    return make_page


def show(data, metadata=None):
    """A code cell that displayed a bundle."""
    output = new_output("display_data", data=data, metadata=metadata or {})
    return new_code_cell("show()", execution_count=1, outputs=[output])


def test_policy_comes_first_in_the_head_and_allows_no_request(make):
    page = make(new_markdown_cell("# One"))
    assert page.index("<meta http-equiv") < page.index("<meta charset")
    policy = re.search('content="([^"]+)"', page)[1]
    assert re.sub("sha256-[^']+", "sha256-", policy) == (
        "default-src 'none'; img-src data:; style-src 'sha256-'; base-uri 'none'; form-action 'none'"
    )


def test_policy_allows_one_script_by_its_hash():
    assert "script-src 'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='" in write_policy("", "alert(1)")


def test_page_has_language_title_skip_link_and_words(make):
    page = make(new_markdown_cell("# One"))
    assert page.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert "<title>Title &lt;b&gt;</title>" in page
    assert '<a class="skip" href="#Content">' in page
    assert 'id="Content"' in page
    assert "Words &amp; more" in page[: page.index("</header>")]


@pytest.mark.parametrize(
    "cell",
    [
        new_markdown_cell(HOSTILE),
        show({"text/html": HOSTILE}),
        show({"text/markdown": HOSTILE}),
        show({"text/plain": HOSTILE}),
        show({"image/svg+xml": SVG, "text/plain": HOSTILE}, {"image/svg+xml": {"alt": '"><script>'}}),
        show({"application/javascript": "alert(1)", "text/plain": "x"}),
        new_code_cell("1", outputs=[new_output("stream", text=HOSTILE)]),
    ],
)
def test_nothing_from_data_can_act(make, cell):
    page = make(new_markdown_cell("# One"), cell)
    assert "<script" not in page
    assert not re.search(r"<[^>]*\son\w+=", page)


def test_page_loads_nothing_from_elsewhere(make):
    away = '<link rel="stylesheet" href="https://example.org/a.css"><iframe src="//example.org"></iframe>'
    text = "# One\n\n[a link](https://example.org) ![](https://example.org/a.png)"
    page = make(new_markdown_cell(text), show({"text/html": away}))
    assert not re.search(r"<(?!a\b)[^>]*(?:src|href)=\"(?:https?:)?//", page)
    assert '<a href="https://example.org">a link</a>' in page


@pytest.mark.parametrize(
    ("data", "metadata", "alt"),
    [
        ({"image/svg+xml": SVG, "text/plain": "Bars."}, {"image/svg+xml": {"alt": "A & B"}}, "A &amp; B"),
        ({"image/svg+xml": SVG, "text/plain": "Bars."}, {}, "Bars."),
        ({"image/png": PNG, "text/plain": "<Figure>"}, {"image/png": {"alt": "Dots"}}, "Dots"),
        ({"image/png": PNG, "text/plain": "<Figure size 1x1>"}, {}, "Figure without a description"),
    ],
)
def test_figures_carry_their_description_and_data(make, data, metadata, alt):
    page = make(show(data, metadata))
    start = (
        'data:image/svg\\+xml,%3Csvg [^"]+%3C/svg>' if "image/svg+xml" in data else "data:image/png;base64,[\\w+/=]+"
    )
    assert re.search(rf'<figure><img alt="{alt}" src="{start}"></figure>', page)


def test_code_is_folded_away(make):
    page = make(new_code_cell("one = 1"))
    assert re.search(
        r'<details class="code"><summary>The code of this part, 1 cell</summary>.*?</details>', page, re.DOTALL
    )


def test_headings_step_down_by_one_and_skip_none(make):
    page = make(new_markdown_cell("# One\n\n### Three\n\n## Two\n\n#### Four\n\n# Again"))
    assert re.findall(r"<h(\d)", page) == ["1", "2", "3", "3", "4", "2"]


def test_contents_lead_to_every_notebook_and_part(make):
    page = make(new_markdown_cell("# What & why?\n\n## Look\n\n## Look"))
    links = re.findall(r'href="#([^"]+)"', page[page.index("<nav") : page.index("</nav>")])
    assert links == ["nb-01-look", "nb-01-look-Look", "nb-01-look-Look-2"]
    assert all(page.count(f'id="{link}"') == 1 for link in links)
    assert ">What &amp; why?</a>" in page


def test_anchors_are_safe_names():
    assert make_anchor("01 what's & why") == "nb-01-what-s-why"


@pytest.mark.parametrize(
    ("link", "leads_to"),
    [
        ("#Limits", "#nb-01-Limits"),
        ("02-count-rows.ipynb", "#nb-02-count-rows"),
        ("./02-count-rows.ipynb#Limits", "#nb-02-count-rows-Limits"),
        ("02%20count%20rows.ipynb", "#nb-02-count-rows"),
        ("https://example.org/#:~:text=a,b", "https://example.org/#:~:text=a,b"),
        ("../data/README.md", "../data/README.md"),
    ],
)
def test_links_follow_what_moved(link, leads_to):
    assert rewrite(f'<a href="{link}">x</a><p id="Limits"></p>') == (
        f'<a href="{leads_to}">x</a><p id="nb-01-Limits"></p>'
    )


def test_link_to_an_id_that_the_notebook_does_not_have_is_left_to_the_page():
    assert rewrite('<a href="#P01">x</a>') == '<a href="#P01">x</a>'


def test_two_notebooks_may_use_one_id():
    html = '<h1 id="a">A</h1><p id="a" aria-labelledby="a b">x</p><td headers="a">'
    assert rewrite(html) == (
        '<h2 id="nb-01-a">A</h2><p id="nb-01-a-2" aria-labelledby="nb-01-a nb-01-b">x</p><td headers="nb-01-a"></td>'
    )


@pytest.mark.parametrize("link", ["javascript:alert(1)", " JAVASCRIPT:x", "java&#10;script:x", "data:text/html,x"])
def test_links_that_run_code_are_cut(link):
    assert rewrite(f'<a href="{link}">x</a>') == "<a>x</a>"


def test_header_cells_say_what_they_head_and_empty_ones_become_plain():
    html = "<table><thead><tr><th></th><th>a</th></tr></thead><tbody><tr><th>b</th></tr></tbody></table>"
    assert rewrite(html) == (
        '<div class="table" role="group" aria-label="Table" tabindex="0"><table><thead><tr><td></td>'
        '<th scope="col">a</th></tr></thead><tbody><tr><th scope="row">b</th></tr></tbody></table></div>'
    )


def test_styles_that_the_policy_forbids_are_left_out():
    style = "<style>#T_a_row0 { color: red; }</style>"
    written = rewrite(f'{style}<table id="T_a"><tr><td id="T_a_row0" style="color: red">1 &lt; 2</td></tr></table>')
    assert "red" not in written
    assert '<td id="nb-01-T_a_row0">1 &lt; 2</td>' in written


def test_table_that_brings_its_frame_gets_no_second_one():
    html = '<div class="table" tabindex="0" role="group" aria-label="A">\n<table><tr><td>1</td></tr></table>\n</div>'
    assert rewrite(html) == html


def test_text_and_details_come_through_unharmed():
    html = "<p>a &amp; b &#8212; é<br>$5 to $10, $x<sub>i</sub>$</p><details open><summary>s</summary><pre>1 &lt; 2\n"
    assert rewrite(html) == (
        "<p>a &amp; b — é<br>$5 to $10, $x<sub>i</sub>$</p><details open><summary>s</summary>"
        '<pre tabindex="0">1 &lt; 2\n</pre></details>'
    )


def test_formulas_stay_as_they_are_written(make):
    page = make(new_markdown_cell("Costs $5 to $10, $p<0.05$ and $$x^2$$"))
    assert "Costs $5 to $10, $p&lt;0.05$ and $$x^2$$" in page
    assert "<math" not in page


DRAWING = """<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" role="img"
aria-label="Bars" aria-labelledby="t" viewBox="0 0 9 9"><title id="t">T &amp; t</title><desc>d</desc>
<defs><clipPath id="c"><rect width="9" height="9"/></clipPath><path id="m" d="M0 0"/></defs>
<g clip-path="url(#c)" style="fill: none; stroke: #a00; font-size: 9px; position: fixed"><use xlink:href="#m" x="1"/>
<a href="#P01" tabindex="0" aria-label="P01"><path d="M1 1" style="fill: url(#c)"/></a>
<a xlink:href="https://example.org/"><text transform="rotate(-90 1 2)">x &lt; y</text></a>
<image xlink:href="data:image/png;base64,aGk=" width="1"/></g></svg>"""


def test_drawings_keep_their_words_links_and_looks_and_do_not_mix():
    assert rewrite(DRAWING) == (
        """<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" role="img"
aria-label="Bars" aria-labelledby="nb-01-t" viewbox="0 0 9 9"><title id="nb-01-t">T &amp; t</title><desc>d</desc>
<defs><clippath id="nb-01-c"><rect width="9" height="9"/></clippath><path id="nb-01-m" d="M0 0"/></defs>
<g clip-path="url(#nb-01-c)" fill="none" stroke="#a00" font-size="9px"><use xlink:href="#nb-01-m" x="1"/>
<a href="#P01" tabindex="0" aria-label="P01"><path d="M1 1" fill="url(#nb-01-c)"/></a>
<a xlink:href="https://example.org/"><text transform="rotate(-90 1 2)">x &lt; y</text></a>
<image xlink:href="data:image/png;base64,aGk=" width="1"/></g></svg>""".replace("\naria-label", " aria-label")
    )


@pytest.mark.parametrize(("attempt", "left"), ATTEMPTS)
def test_attempts_to_act_load_or_style_are_left_out(attempt, left):
    written = rewrite(attempt)
    assert left is None or written == left
    assert list_harmful(written) == []
    assert rewrite(written).count("<") == written.count("<"), "written again, it is the same"


class Harm(HTMLParser):
    """Finds what may act or load in HTML."""

    ACTS = frozenset("script style iframe object embed base meta link form input animate set".split())
    LOADS = frozenset("src href xlink:href poster background ping srcset data action formaction style".split())

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found += [tag] if tag in self.ACTS else []
        for name, value in attrs:
            harmless = re.match(r"#|data:image/" if tag != "a" else r"#|https?:|[^:]*$", value or "")
            if name.startswith("on") or "popover" in name or (name in self.LOADS and not harmless):
                self.found.append((tag, name, value))


def list_harmful(html):
    harm = Harm()
    harm.feed(html)
    return harm.found


@pytest.mark.slow
def test_markup_that_nests_a_hundred_thousand_fold_is_written():
    assert rewrite("<div>" * 100_000 + "a").count("</div>") == 100_000


def test_parts_of_a_page_are_closed_where_they_end():
    assert rewrite("<div><table><tr><td>a</div></div></section>b").endswith("</table></div></div>b")


@pytest.mark.parametrize(
    "opened", ["<div><table><tr><td>", "<svg><g>", "<textarea>", "<plaintext>", "<!--", "<p title='"]
)
def test_what_a_cell_leaves_open_ends_with_it(make, opened):
    page = make(new_markdown_cell("# One"), show({"text/html": opened}), show({"text/html": "<p>next</p>"}))
    assert '<div class="output">\n<p>next</p>\n</div>' in page
    assert "The code of this part, 2 cells" in page


def test_quotes_within_a_drawings_words_stay_what_they_are():
    svg = """<svg xmlns="http://www.w3.org/2000/svg"><text x='1' y="2" class="it's > 1" id='a "b"'>5" of 'rain', 50%</text></svg>"""
    address = write_svg_address(svg)
    assert '"' not in address
    drawing = ET.fromstring(unquote(address.partition(",")[2]))
    assert drawing[0].text == "5\" of 'rain', 50%"
    assert drawing[0].attrib == {"x": "1", "y": "2", "class": "it's > 1", "id": 'a "b"'}


def test_image_without_a_description_says_so():
    assert rewrite('<img src="data:image/png;base64,aGk=">') == (
        '<img src="data:image/png;base64,aGk=" alt="Figure without a description">'
    )


def test_headings_of_the_contents_are_plain_words():
    html = '<h1 id="a">A &amp; <i>b</i><a class="anchor-link" href="#a">¶</a></h1>'
    assert sanitise(html, anchor="nb-01")[1] == [(2, "nb-01-a", "A & b")]


def test_code_stands_folded_at_the_end_of_its_part(make):
    one, two = (show({"text/html": f"<p>{name}</p>"}) for name in ("first", "last"))
    part = make(new_markdown_cell("# One"), one, two)
    assert part[part.index("<main") :].count("<details") == 1
    assert part.index("<p>last</p>") < part.index("The code of this part, 2 cells")


def test_contents_leave_out_titles_that_most_notebooks_share(maker, tmp_path):
    cells = [new_markdown_cell(f"# {n}\n\n## Own {n}\n\n## Limits") for n in range(3)]
    parts = [maker.make(tmp_path / f"{n}.ipynb", new_notebook(cells=[cell])) for n, cell in enumerate(cells)]
    page = render_page(parts, title="T")
    nav = page[page.index("<nav") : page.index("</nav>")]
    assert "Own 1" in nav
    assert "Limits" not in nav


def test_cells_for_the_notebook_alone_are_left_out(make):
    long = [new_code_cell("1", id=name, outputs=[new_output("stream", text="long")]) for name in ("a", "b")]
    for cell in long:
        cell.metadata["tags"] = ["notebook-only"]
    page = make(new_markdown_cell("# One"), *long, new_code_cell("2", outputs=[new_output("stream", text="short")]))
    assert "long" not in page
    assert "short" in page
    assert "left-out" not in page[page.index("<main") :]


LINKED = SVG.replace("<title>", '<a href="#r1"><title>One</title><path d="M0 0H9"/></a><title>')


def test_drawing_with_links_stands_in_the_page_once_with_a_way_past_it(make):
    page = make(show({"image/svg+xml": LINKED, "text/plain": "Bars."}), show({"image/svg+xml": LINKED}))
    assert page.count('<a href="#r1"><title>One</title><path d="M0 0H9"/></a>') == 1
    assert "<img" not in page
    name, after = re.search(r'<figure id="([^"]+)">\s*<a class="skip" href="#([^"]+)">', page).groups()
    assert f'id="{after}" tabindex="-1"' in page
    assert f'<p class="drawn">This figure stands above: <a href="#{name}">' in page


def test_drawing_has_another_one_for_narrow_screens(make):
    page = make(show({"image/svg+xml": LINKED}, {"image/svg+xml": {"narrow": LINKED.replace("r1", "r2")}}))
    wide, narrow = re.findall(r'<div class="(?:wide|narrow)"><svg.*?</div>', page, re.DOTALL)
    assert "#r1" in wide
    assert "#r2" in narrow
    assert '<div class="narrow"><svg' not in make(show({"image/svg+xml": LINKED}))


@pytest.mark.parametrize("narrow", [HOSTILE, f"<svg>{HOSTILE}<a href='javascript:f()' onclick=f()>x</a></svg></div>"])
def test_nothing_in_a_drawing_or_its_narrow_one_can_act(make, narrow):
    svg = LINKED.replace("</svg>", f"{HOSTILE}</svg>")
    page = make(show({"image/svg+xml": svg}, {"image/svg+xml": {"narrow": narrow}}))
    assert "#r1" in page
    assert "<script" not in page
    assert not re.search(r"<[^>]*\s(?:on\w+=|href=.javascript)", page)


def test_what_a_drawing_says_of_itself_to_machines_is_left_out():
    assert rewrite("<svg><metadata><rdf>made by</rdf></metadata><g>a</g></svg>") == "<svg><g>a</g></svg>"
