import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from evidence.report.fragments import FragmentMaker
from evidence.report.markup import make_anchor, rewrite_markup
from evidence.report.page import Imprint, render_page, write_policy

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)><svg onload=alert(1)></svg>"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><title>t</title></svg>'
PNG = "iVBORw0KGgo="


def rewrite(html):
    return rewrite_markup(html, anchor="nb-01")[0]


@pytest.fixture(scope="module")
def maker():
    return FragmentMaker()


@pytest.fixture
def make(maker, tmp_path):
    """Make a page of one notebook out of cells."""

    def make_page(*cells):
        notebook = nbformat.from_dict(new_notebook(cells=list(cells)))
        fragment = maker.make(tmp_path / "01-look.ipynb", notebook)
        return render_page([fragment], Imprint("Title <b>", "2026-01-02", "0.1.0", "abc1234"))

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


def test_page_has_language_title_skip_link_and_imprint(make):
    page = make(new_markdown_cell("# One"))
    assert page.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert "<title>Title &lt;b&gt;</title>" in page
    assert '<a class="skip" href="#Content">' in page
    assert 'id="Content"' in page
    assert "2026-01-02" in page[page.index("<footer") :]
    assert "<code>abc1234</code>" in page


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
        ("https://example.org/#:~:text=a,b", "https://example.org/#:~:text=a,b"),
        ("../data/README.md", "../data/README.md"),
    ],
)
def test_links_follow_what_moved(link, leads_to):
    assert rewrite(f'<a href="{link}">x</a>') == f'<a href="{leads_to}">x</a>'


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


def test_text_and_drawings_come_through_unharmed():
    html = '<p>a &amp; b &#8212; <svg viewbox="0 0 1 1"><path d="M0 0"/></svg><br></p><pre>1 &lt; 2\n</pre>'
    assert rewrite(html) == html.replace("<pre>", '<pre tabindex="0">')
