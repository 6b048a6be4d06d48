"""Charts say what their tables say, in bytes that do not change, in words that fit and can be read."""

import hashlib
import itertools
import os
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from dataclasses import replace
from functools import cache

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.markers import CARETLEFT, CARETRIGHT
from matplotlib.text import Text
from random_review import make_review
from reviews import get_claims, get_review

from evidence import charts, counts, findings, labels, palette
from evidence.charts.forest import draw_outcome
from evidence.charts.style import MOST_MARKS, MOST_ROWS, NARROW, WIDTH
from evidence.counts import CERTAINTY_FOUND
from evidence.judgements import SUPPORT

RANDOM = pytest.param("random", marks=pytest.mark.slow)  # the real review is drawn each time
NAMES = ["asserted", "article map", "support", "support by kind", "citations", "wording", "forest"]


def find_measured(review):
    """Return the proposition with most numbers."""
    numbers = review.findings.dropna(subset=["estimate"])["proposition_id"].value_counts()
    return numbers.index[0] if len(numbers) else review.propositions["proposition_id"].iloc[0]


@cache
def draw(chart, name):
    """Draw a chart of a review; the same one each time, so a test must not change it."""
    review, claims = get_review(name), get_claims(name)
    return {
        "asserted": lambda: charts.plot_asserted_against_warranted(claims),
        "article map": lambda: charts.plot_article_map(claims, review.sources),
        "support": lambda: charts.plot_support(claims),
        "support by kind": lambda: charts.plot_support(claims, by="kind"),
        "citations": lambda: charts.plot_citations(counts.count_citations(review)),
        "wording": lambda: charts.plot_wording(
            counts.share_markers(review), counts.count_markers(review), review.sources
        ),
        "forest": lambda: charts.plot_forest(review, find_measured(review)),
    }[chart]()


def get_figure(chart):
    return chart if isinstance(chart, Figure) else chart.figure


def find_all(chart, gid):
    return [artist for artist in get_figure(chart).findobj() if artist.get_gid() == gid]


def read_numbers(chart, gid):
    return [int(text.get_text().replace(",", "")) for text in find_all(chart, gid)]


@pytest.fixture(params=["real", RANDOM])
def name(request):
    return request.param


# each chart's numbers


def list_marks(chart, gid):
    """List the places of the marks of a word, and where they lead."""
    return [
        (x, y, url)
        for marks in find_all(chart, gid)
        for (x, y), url in zip(marks.get_offsets(), marks.get_urls(), strict=True)
    ]


def test_asserted_draws_one_mark_a_claim_in_its_cell(name):
    compared = counts.select_mapped(get_claims(name))
    axes = draw("asserted", name)
    table = counts.count_claims(compared, "strength", "certainty_usable")
    (line,) = find_all(axes, "warranted")
    stair = line.get_ydata()[::2]
    by_id = compared.set_index("claim_id")
    above, rows = 0, {}
    for level in SUPPORT:
        marks = list_marks(axes, level)
        assert [url.split()[0] for *_, url in marks] == [f"#{key}" for key in by_id.index[by_id["support"] == level]]
        for x, y, url in marks:
            claim = by_id.loc[url.split()[0][1:]]
            column = int(np.floor(x + 0.5))
            assert CERTAINTY_FOUND[column] == claim["certainty_usable"]
            assert (y > stair[column]) == (claim["gap"] > 0)
            above += y > stair[column]
            rows.setdefault(claim["strength"], []).append(y)
    heights = [(min(rows[word]), max(rows[word])) for word in by_id["strength"].cat.categories if word in rows]
    assert all(low[1] < high[0] for low, high in itertools.pairwise(heights))
    assert read_numbers(axes, "count") == table.to_numpy().ravel().tolist()
    assert str(above) in get_figure(axes).get_suptitle()
    against = int(((by_id["support"] == "contradicted") & (by_id["gap"] <= 0)).sum())
    (below,) = (text.get_text() for text in find_all(axes, "no more"))
    also = f"; contradicted: {against:,}" if against else ""
    assert below == f"Says no more: {len(by_id) - above - against:,}{also}"


def test_asserted_draws_its_marks_in_the_order_of_the_data(name):
    axes, compared = draw("asserted", name), counts.select_mapped(get_claims(name))
    places = {}
    for x, y, url in (mark for level in SUPPORT for mark in list_marks(axes, level)):
        places.setdefault(int(np.floor(x + 0.5)), []).append((-y, x, url.split()[0][1:]))
    for column, found in places.items():
        rows = compared[compared["certainty_usable"] == CERTAINTY_FOUND[column]]
        wanted = rows.sort_values("strength", ascending=False, kind="stable")["claim_id"]
        assert [key for *_, key in sorted(found)] == list(wanted)


def test_staircase_parts_wording_as_the_rule_does():
    axes = draw("asserted", "random")
    (line,) = find_all(axes, "warranted")
    heights = line.get_ydata()[::2]
    tops = sorted(set(heights))
    assert [tops.index(height) for height in heights] == [0, 0, 1, 2, 3]
    words = [text.get_text().split(":")[0] for text in find_all(axes, "usable")]
    assert words == ["None found", "Very low", "Low", "Moderate", "High"]


def test_article_map_draws_every_stretch_as_long_as_it_is(name):
    axes, claims = draw("article map", name), get_claims(name)
    stretches = counts.list_stretches(claims)
    order = list(get_review(name).sources["source_id"])
    for level in SUPPORT:
        rows = stretches[stretches["support"] == level]
        boxes = [
            (path.vertices, url)
            for boxes in find_all(axes, level)
            for path, url in zip(boxes.get_paths(), boxes.get_urls(), strict=True)
        ]
        assert len(boxes) == len(rows)
        for (box, url), row in zip(boxes, rows.itertuples(), strict=True):
            assert (box[:, 0].min(), box[:, 0].max()) == (row.start, row.end)
            assert np.isclose(np.ptp(box[:, 1]), 0.5 / row.layers)
            assert round(box[:, 1].mean()) == order.index(row.source_id)
            assert url.split()[0] == f"#{row.claim_id}"
    for kind in ("citation", "pitch"):
        assert [(x, url.split()[0][1:]) for x, _, url in list_marks(axes, kind)] == list(
            claims.loc[claims["kind"] == kind, ["start", "claim_id"]].itertuples(index=False, name=None)
        )
    lengths = [line.get_xdata()[1] for line in find_all(axes, "text")]
    assert lengths == get_review(name).sources["n_characters"].tolist()


@pytest.mark.parametrize("chart", ["support", "article map", "wording"])
def test_rows_and_links_name_articles_and_never_print_their_ids(name, chart):
    figure, named = get_figure(draw(chart, name)), labels.name_articles(get_review(name).sources)
    assert [text.get_text().replace("\n", " ") for text in find_all(figure, "row")] == list(named.values())
    said = " ".join(words for _, words in read_links(charts.make_svg(figure, "alt")))
    for key, one in named.items():
        assert one in said
        assert not re.search(rf"\b{key}\b", said.replace(one, "")) or key == one


@pytest.mark.parametrize("by", ["source_id", "kind", "strength"])
def test_support_bars_are_the_shares_of_their_rows(name, by):
    axes = charts.plot_support(get_claims(name), by=by)
    table = counts.count_claims(get_claims(name), by, "support")
    bars = {
        (round(bar.get_y() + bar.get_height() / 2), level): bar for level in SUPPORT for bar in find_all(axes, level)
    }
    for y, (_, row) in enumerate(table.iterrows()):
        at, total = 0, row.sum()
        for level in SUPPORT:
            bar = bars.pop((y, level), None)
            assert (bar is None) == (row[level] == 0)
            if bar is not None:
                assert np.isclose(bar.get_x(), at)
                assert np.isclose(bar.get_width(), 100 * row[level] / total)
                at += bar.get_width()
    assert bars == {}
    assert sum(read_numbers(axes, "n")) == len(get_claims(name))
    sizes = [text.get_text().removeprefix("n = ") for text in find_all(axes, "size")]
    assert [int(size.replace(",", "")) for size in sizes] == table.sum(axis=1).tolist()


def test_citation_bars_are_as_long_as_their_numbers(name):
    axes, stages = draw("citations", name), counts.count_citations(get_review(name))
    assert [bar.get_width() for bar in axes.patches] == stages["n"].tolist()
    assert read_numbers(axes, "n") == stages["n"].tolist()
    lost = [int(text.get_text().split(" lost")[0]) for text in find_all(axes, "lost")]
    assert lost == stages.loc[stages["lost"] > 0, "lost"].tolist()


def test_wording_marks_and_intervals_stand_where_the_shares_are(name):
    axes, shares = draw("wording", name), counts.share_markers(get_review(name))
    for kind, rows in shares[shares["of"] > 0].groupby("kind", observed=True):
        marks = [mark.get_xdata()[0] for mark in find_all(axes, kind)]
        assert np.allclose(marks, 100 * rows["share"])
        ends = [line.get_xdata() for line in find_all(axes, f"{kind}-interval")]
        assert np.allclose(ends, 100 * rows[["low", "high"]])
    printed = [int(text.get_text().split("(")[1][:-1]) for text in find_all(axes, "per_100")]
    assert sum(printed) == len(get_review(name).hits)
    low, high = axes.get_xlim()
    assert low <= 100 * shares["low"].min() <= 100 * shares["high"].max() <= high


def test_forest_draws_each_number_once_and_lists_the_rest(name):
    review = get_review(name)
    for key in review.propositions["proposition_id"][:25]:
        rows = findings.list_estimates(review, key)
        figure = charts.plot_forest(review, key)
        read = rows[rows["estimate"].notna()]
        assert len(figure.axes) == read["outcome"].nunique()
        for row in read.itertuples():
            (mark,) = find_all(figure, row.finding_id)
            if row.pooled:
                assert mark.get_xy()[:, 0].tolist()[1] == row.estimate
            else:
                assert mark.get_xdata() == [row.estimate]
                filled = mark.get_markerfacecolor() == palette.FINDING_LOOKS["reported"].fill
                assert filled == (row.origin == "reported")
            interval = find_all(figure, f"{row.finding_id}-interval")
            assert len(interval) == (pd.notna(row.ci_low) and not row.pooled)
        unread = rows[rows["estimate"].isna()]
        lines = [text for text in find_all(figure, "unread") if text.get_url()]
        assert [text.get_text().split(":")[0] for text in lines] == list(unread["study_id"])
        assert [text.get_url().split()[0] for text in lines] == [f"#{key}" for key in unread["finding_id"]]


@pytest.mark.parametrize("favours", ["lower", "higher", "not_applicable"])
def test_an_interval_that_leaves_the_axis_ends_in_an_arrow(favours):
    row = {"study_id": "a", "comparator": "b", "timepoint": "c", "outcome_measure": "d", "pooled": False}
    row |= {"effect_measure": "SMD", "origin": "reported", "outcome": "SMD", "effect": "SMD −1", "relation": "supports"}
    row |= {"n_intervention": 3, "n_comparator": 4, "estimate": -1.0, "favours_when": favours}
    ends = {"F1": (-1.2, -0.8), "F2": (-5, 0.5), "F3": (-2, 5)}
    rows = [row | {"finding_id": key, "ci_low": a, "ci_high": b} for key, (a, b) in ends.items()]
    axes = draw_outcome(rows, Figure().add_subplot())
    left, right = axes.get_xlim()
    low, high = sorted((left, right))
    assert (left > right) == (favours == "higher")
    arrows = {key: [arrow.get_xdata() for arrow in find_all(axes, f"{key}-arrow")] for key in ends}
    assert arrows == {"F1": [], "F2": [[low]], "F3": [[high]]}
    assert low <= -1.2 < 0 <= high
    (mark,) = [arrow.get_marker() for arrow in find_all(axes, "F2-arrow")]
    assert mark == (CARETLEFT if low == left else CARETRIGHT)


@pytest.mark.parametrize("name", ["real", RANDOM, pytest.param("other", marks=pytest.mark.slow)])
def test_better_is_at_the_left_of_every_axis_and_said_there(name):
    review = get_review(name)
    for key in review.propositions["proposition_id"][:25]:
        rows = findings.list_estimates(review, key).dropna(subset="estimate")
        figure = charts.plot_forest(review, key)
        favours = [part["favours_when"].iloc[0] for _, part in rows.groupby("outcome", sort=False)]
        for axes, better in zip(figure.axes, favours, strict=True):
            left, right = axes.get_xlim()
            assert {"lower": left < right, "higher": left > right, "not_applicable": left < right}[better]
            (said,) = [text.get_text() for text in axes.texts if text.get_gid() == "side-left"]
            assert ("better" in said) == (better != "not_applicable")


@pytest.mark.parametrize("measures", [("SMD", "MD"), ("RR", "SMD"), ("RR", "OR")])
def test_measures_that_differ_never_share_an_axis(measures):
    rows = pd.DataFrame({"outcome": measures, "effect_measure": measures, "estimate": [1.0, 2.0]})
    rows["favours_when"] = "lower"
    with pytest.raises(ValueError, match="one outcome with numbers per Axes"):
        draw_outcome(rows.to_dict("records"), Figure().add_subplot())


# what holds for all charts


@pytest.mark.parametrize("chart", NAMES)
@pytest.mark.parametrize("name", ["one", "no articles, one proposition", "no claims"])
def test_charts_of_nearly_empty_reviews_are_drawn(chart, name):
    assert charts.make_svg(draw(chart, name), "alt").startswith("<svg")


def find_unseen(figure):
    """Return the labels of ticks outside their axis: matplotlib keeps them and does not draw them."""
    ticks = [(axis, tick) for axes in figure.axes for axis in (axes.xaxis, axes.yaxis) for tick in axis.majorTicks]
    return {t.label1 for axis, t in ticks if not axes_hold(axis, t.get_loc())}


def axes_hold(axis, place):
    low, high = sorted(axis.get_view_interval())
    return low - 1e-9 <= place <= high + 1e-9


@pytest.mark.parametrize("width", [WIDTH, NARROW])
@pytest.mark.parametrize("chart", NAMES)
def test_words_stay_inside_the_figure_apart_from_each_other_and_large_enough(chart, name, width):
    figure = get_figure(draw(chart, name))
    check_words(figure if width == WIDTH else get_figure(figure.redraw()), width)


def check_words(figure, width):
    assert figure.get_figwidth() == width
    FigureCanvasAgg(figure).draw()
    wide, high = figure.bbox.size
    boxes, unseen = [], find_unseen(figure)
    for text in figure.findobj(Text):
        if not text.get_text().strip() or text in unseen:
            continue
        assert "…" not in text.get_text(), text
        assert text.get_fontsize() >= 9, text  # 11 px where a narrow chart is as wide as a telephone of 360 px
        box = text.get_window_extent()
        assert box.x0 >= -1, text
        assert box.x1 <= wide + 1, text
        assert -1 <= box.y0 <= box.y1 <= high + 1, text
        boxes.append((box, text))
    for (one, a), (two, b) in itertools.combinations(boxes, 2):
        if two.y0 < one.y1 - 3 and one.x0 < two.x1 - 2 and two.x0 < one.x1 - 2 and two.y1 > one.y0 + 3:
            pytest.fail(f"{a.get_text()!r} and {b.get_text()!r} lie on each other")


@pytest.mark.parametrize("chart", NAMES)
def test_svg_is_small_sound_and_says_what_it_shows(chart):
    svg = charts.make_svg(draw(chart, "real"), 'Says "what" <is> shown & more')
    root = ET.fromstring(svg)
    assert root.get("role") == "group"
    assert root.get("aria-label") == 'Says "what" <is> shown & more'
    assert len(root.find("{http://www.w3.org/2000/svg}title").text) > 5
    assert len(svg) < 200_000
    assert "Verdana, 'DejaVu Sans', sans-serif" in svg
    assert "<style" not in svg
    ids = re.findall(r' id="([^"]+)"', svg)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'(?:url\(#|(?<!<a )href="#)([^")]+)', svg)) <= set(ids)
    texts = " ".join(root.itertext())
    title = " ".join(get_figure(draw(chart, "real")).get_suptitle().split())
    assert title.replace(" ", "") in texts.replace(" ", "")


def test_svg_keeps_the_words_of_the_data_whatever_they_are():
    review = get_review("random")
    evil = 'a id="x" <script>alert(1)</script> font: 9px y; fill: #1b1b1b url(#z) 1.23456 $x$'
    hostile = replace(review, tables={**review.tables, "propositions": review.propositions.assign(statement=evil)})
    svg = charts.make_svg(charts.plot_forest(hostile, find_measured(review)), evil)
    root = ET.fromstring(svg)
    assert root.get("aria-label") == evil
    assert not root.findall(".//{*}script")
    words = " ".join("".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text"))
    assert 'id="x" <script>alert(1)</script> font: 9px y; fill: #1b1b1b' in words
    assert "url(#z) 1.23456 $x$" in words


def test_two_charts_of_one_page_share_no_id():
    one, two = (charts.make_svg(draw(chart, "real"), "alt") for chart in ("support", "support by kind"))
    ids = [set(re.findall(r' id="([^"]+)"', svg)) for svg in (one, two)]
    assert all(ids)
    assert not ids[0] & ids[1]


@pytest.mark.slow
def test_svg_has_the_same_bytes_in_another_process_and_under_other_settings():
    code = (
        "import sys, evidence, hashlib, matplotlib; matplotlib.rcParams['font.size'] = 31;"
        "matplotlib.rcParams['xtick.major.size'] = 9; from evidence import charts, counts as s;"
        "c = s.join_claims(evidence.load());"
        "print(hashlib.sha256(charts.make_svg(charts.plot_support(c), 'x').encode()).hexdigest())"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, **env}
        ).stdout
        for env in ({"PYTHONHASHSEED": "1"}, {"PYTHONHASHSEED": "2", "SOURCE_DATE_EPOCH": "9"})
    ]
    assert runs[0] == runs[1]
    here = charts.make_svg(charts.plot_support(get_claims("real")), "x")
    assert runs[0].strip() == hashlib.sha256(here.encode()).hexdigest()


def test_drawing_leaves_settings_and_inputs_untouched():
    before = dict(matplotlib.rcParams)
    claims = get_claims("real")
    copy = claims.copy()
    for chart in NAMES:
        draw.__wrapped__(chart, "real")
    assert dict(matplotlib.rcParams) == before
    pd.testing.assert_frame_equal(claims, copy)


def test_titles_and_captions_are_drawn():
    axes = charts.plot_support(get_claims("real"), caption="Source: claims.csv")
    assert "".join(text.get_text() for text in find_all(axes, "caption")).startswith("Source: claims.csv.")
    checkable = counts.select_checkable(get_claims("real"))
    n = (checkable["support"] == "supported").sum()
    assert axes.figure.get_suptitle().startswith(f"{n} of {len(checkable)} checkable claims")


def test_show_displays_svg_with_alternative_text_and_returns_nothing(monkeypatch):
    import IPython.display

    shown = []
    monkeypatch.setattr(IPython.display, "display", lambda *args, **kwargs: shown.append((args, kwargs)))
    assert charts.show(draw("citations", "real"), alt="Four bars.") is None
    (((data,), kwargs),) = shown
    narrow = kwargs["metadata"]["image/svg+xml"].pop("narrow")
    assert narrow.startswith("<svg ")
    assert float(re.search(r' width="([\d.]+)pt"', narrow)[1]) == 72 * NARROW
    assert set(data) == {"image/svg+xml", "text/plain"}
    assert data["text/plain"] == "Four bars."
    assert data["image/svg+xml"].startswith("<svg ")
    assert kwargs == {"metadata": {"image/svg+xml": {"alt": "Four bars."}}, "raw": True}


def test_show_closes_a_figure_of_pyplot(monkeypatch):
    import IPython.display
    from matplotlib import pyplot as plt

    monkeypatch.setattr(IPython.display, "display", lambda *args, **kwargs: None)
    figure, axes = plt.subplots()
    charts.show(axes, alt="Empty axes.")
    assert not plt.fignum_exists(figure.number)


@pytest.mark.parametrize("alt", ["", "  ", None])
def test_a_chart_without_alternative_text_is_refused(alt):
    with pytest.raises(ValueError, match="alt must say"):
        charts.show(draw("citations", "real"), alt=alt)


def test_importing_evidence_does_not_import_matplotlib():
    code = "import sys, evidence; evidence.load(); print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


# charts lead somewhere, explain themselves, and hold for reviews of any size


def read_links(svg):
    links = ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}a")
    return {(link.get("href"), link.find("{*}title").text) for link in links}


@pytest.mark.parametrize("chart", NAMES)
def test_every_link_has_words_and_stands_once_more_where_the_caption_is(chart, name):
    figure = get_figure(draw(chart, name))
    wide, narrow = charts.make_svg(figure, "alt"), charts.make_svg(figure.redraw(), "alt")
    links = read_links(wide)
    assert links
    assert links == read_links(narrow)
    assert all(len(words) > 5 for _, words in links)
    assert wide.count('</a><text class="tip" visibility="hidden">') == wide.count("<a ")
    assert 'class="tip"' not in narrow
    assert "xlink" not in wide + narrow
    assert "_blank" not in wide + narrow


def test_links_to_lists_choose_what_all_claims_of_the_chart_share(name):
    claims = counts.select_promoting(get_claims(name))
    columns = {"source": "source_id", "kind": "kind", "voice": "voice"}
    drawn = {by: charts.plot_support(claims, by=column) for by, column in columns.items()}
    bars = [
        (bar, by, columns[by]) for by, chart in drawn.items() for level in SUPPORT for bar in find_all(chart, level)
    ]
    for bar, by, column in bars:
        query = dict(pair.split("=") for pair in bar.get_url().split()[0].removeprefix("#Claims?").split("&"))
        chosen = claims[(claims[column] == query[by]) & (claims["support"] == query["support"])]
        assert query["stance"] == "promotes"
        assert f", {len(chosen)} of " in bar.get_url()
    assert all(
        bar.get_url() is None
        for level in SUPPORT
        for bar in find_all(charts.plot_support(claims, by="proposition_id"), level)
    )


@pytest.mark.parametrize("chart", NAMES)
@pytest.mark.parametrize("name", ["real", RANDOM, "one", "no articles, one proposition", "no claims"])
def test_captions_say_how_to_read_how_many_and_from_which_tables(chart, name):
    figure = get_figure(draw(chart, name))
    for one in (figure, get_figure(figure.redraw())):
        caption = " ".join(text.get_text() for text in find_all(one, "caption")).replace("\u00a0", " ")
        assert re.search(r"n = \d", caption)
        assert re.search(r"Source: .*\.csv", caption)


@pytest.mark.parametrize("name", ["one", "no articles, one proposition", "no claims"])
def test_titles_make_no_finding_of_nothing(name):
    titles = [
        get_figure(draw(chart, name)).get_suptitle() for chart in ("asserted", "article map", "support", "citations")
    ]
    assert not [title for title in titles if re.search(r"\b0 of|of 0\b|None of 0", title)]


def test_proposition_whose_numbers_stand_elsewhere_says_where():
    review = get_review("real")
    found = 0
    for key in review.propositions["proposition_id"]:
        rows = review.findings[review.findings["proposition_id"] == key]
        studies = rows.loc[rows["estimate"].isna(), "study_id"]
        theirs = review.findings[review.findings["study_id"].isin(studies) & review.findings["estimate"].notna()]
        places = set(theirs["proposition_id"]) - {key}
        if rows["estimate"].notna().any() or not places or found > 5:
            continue
        found += 1
        figure = charts.plot_forest(review, key)
        assert {text.get_text() for text in find_all(figure, "elsewhere") if text.get_url()} == places
    assert found


def test_narrow_forest_prints_every_number_and_keeps_better_at_the_left():
    review = get_review("other")
    for key in review.propositions["proposition_id"][:8]:
        rows = findings.list_estimates(review, key).dropna(subset="estimate")
        figure = charts.plot_forest(review, key).redraw()
        said = "".join(text.get_text() for text in figure.findobj(Text))
        favours = [part["favours_when"].iloc[0] for _, part in rows.groupby("outcome", sort=False)]
        for axes, better in zip(figure.axes, favours, strict=True):
            assert (np.subtract(*axes.get_xlim()) > 0) == (better == "higher")
        for row in rows.itertuples():
            assert row.effect.removeprefix(f"{row.effect_measure} ") in said


LONG = "The Journal of Very Long Names of Institutes of Health, Wellbeing and Consumer Advice, Northern Edition"


@pytest.mark.slow
@pytest.mark.parametrize("width", [WIDTH, NARROW])
@pytest.mark.parametrize("chart", NAMES)
def test_long_words_break_into_lines_and_none_is_cut(chart, width):
    review = get_review("random")
    long = dict.fromkeys(("comparator", "outcome_measure", "timepoint"), "a very long name of " * 6 + "what it is")
    tables = {**review.tables, "findings": review.findings.assign(**long)}
    tables["sources"] = review.sources.assign(publisher=[f"{LONG} {i}" for i in range(len(review.sources))])
    review = replace(review, tables=tables)
    claims, stages = counts.join_claims(review), counts.count_citations(review)
    stages = stages.assign(lost=[0, 3, 3, 3], reasons=", ".join(f"reason number {i} 1" for i in range(12)))
    figure = get_figure(
        {
            "asserted": lambda: charts.plot_asserted_against_warranted(claims),
            "article map": lambda: charts.plot_article_map(claims, review.sources),
            "support": lambda: charts.plot_support(claims),
            "support by kind": lambda: charts.plot_support(claims, by="kind"),
            "citations": lambda: charts.plot_citations(stages),
            "wording": lambda: charts.plot_wording(
                counts.share_markers(review), counts.count_markers(review), review.sources
            ),
            "forest": lambda: charts.plot_forest(review, find_measured(review)),
        }[chart]()
    )
    check_words(figure if width == WIDTH else get_figure(figure.redraw()), width)


@pytest.mark.slow
@pytest.mark.parametrize(("sources", "propositions"), [(1, 1), (1, 500), (12, 60), (50, 1), (50, 500)])
def test_charts_of_reviews_of_any_size_have_words_that_can_be_read(sources, propositions):
    began = time.monotonic()
    review = make_review(seed=4, sources=sources, propositions=propositions, studies=40, findings=3 * propositions)
    claims = counts.join_claims(review)
    for chart in (
        charts.plot_asserted_against_warranted(claims),
        charts.plot_article_map(claims, review.sources),
        charts.plot_support(claims),
        charts.plot_support(claims, by="voice"),
        charts.plot_citations(counts.count_citations(review)),
        charts.plot_wording(counts.share_markers(review), counts.count_markers(review), review.sources),
        charts.plot_forest(review, find_measured(review)),
    ):
        check_words(get_figure(chart), WIDTH)
        check_words(get_figure(get_figure(chart).redraw()), NARROW)
    assert time.monotonic() - began < 120, "charts hang"


@pytest.fixture(scope="module")
def large():
    review = make_review(seed=3, sources=50, propositions=500, studies=100, findings=1500)
    few = replace(
        review, tables={**review.tables, "findings": review.findings.assign(proposition_id=find_measured(review))}
    )
    return review, counts.join_claims(review), few


@pytest.mark.slow
def test_large_reviews_draw_the_rows_with_most_claims_and_say_so(large):
    review, claims, few = large
    rows = [
        charts.plot_support(claims),
        charts.plot_support(claims, by="proposition_id"),
        charts.plot_article_map(claims, review.sources),
        charts.plot_wording(counts.share_markers(review), counts.count_markers(review), review.sources),
    ]
    for axes in rows:
        names = [text.get_text() for text in find_all(axes, "row")]
        assert 0 < len(names) <= MOST_ROWS
        assert " ".join(text.get_text() for text in find_all(axes, "caption")).count("Drawn are the") == 1
    kept = {text.get_text().replace("\n", " ") for text in find_all(rows[0], "row")}
    n = claims["article"].value_counts()
    assert n[list(kept)].min() >= n.drop(list(kept)).max()
    figure = charts.plot_forest(few, find_measured(few))
    assert sum(len(find_all(figure, key)) for key in few.findings["finding_id"]) == MOST_ROWS
    assert len([text for text in find_all(figure, "unread") if text.get_url()]) <= MOST_ROWS
    assert "Shown are the first" in " ".join(text.get_text() for text in find_all(figure, "caption"))


@pytest.mark.slow
def test_marks_of_large_reviews_are_as_many_as_can_be_seen_and_none_is_left_out(large):
    review, claims, _ = large
    axes, compared = charts.plot_asserted_against_warranted(claims), counts.select_mapped(claims)
    marks = [mark for level in SUPPORT for mark in list_marks(axes, level)]
    each = int(re.search(r"Up to (\d+) claims", marks[0][2])[1])
    cells = compared.groupby(["certainty_usable", "strength", "support"], observed=True).size()
    assert len(marks) == int(np.ceil(cells / each).sum())
    drawn = charts.plot_article_map(claims, review.sources)
    bands = [box for level in SUPPORT for boxes in find_all(drawn, level) for box in boxes.get_urls()]
    assert 0 < len({band.split()[0] for band in bands}) <= MOST_MARKS
    assert len(marks) <= 2 * MOST_MARKS
