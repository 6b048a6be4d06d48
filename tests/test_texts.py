"""Spans and quotes."""

import pytest

from evidence.texts import MOST_QUOTED_WORDS, count_words, make_quote, quote_fits, show_passage


@pytest.mark.parametrize(
    "span",
    [
        "Short words.",
        "It's the body's own well-being, isn't it, that's what they'd said we've always known they're after",
        " ".join(f"word{i}" for i in range(40)),
        "One\n two  three " * 9,
        "one-two-three-four-five-six-seven-eight-nine-ten-eleven-twelve-thirteen",
        "大蒜可以预防感冒，每天吃一瓣大蒜的人比不吃的人更少生病。",
        "กระเทียมช่วยป้องกันหวัดได้",
    ],
)
def test_a_made_quote_fits_its_span_within_twelve_words(span):
    quote = make_quote(span)
    assert quote_fits(quote, span)
    assert count_words(quote) <= MOST_QUOTED_WORDS


def test_a_script_without_spaces_is_counted_letter_by_letter():
    assert count_words("大蒜可以预防感冒") == 8
    assert len(make_quote("大蒜可以预防感冒，每天吃一瓣大蒜的人比不吃的人更少生病。")) < 16


def test_a_quote_from_elsewhere_does_not_fit():
    assert not quote_fits("two … four", "one two three four")
    assert not quote_fits("one … three", "one two three four")
    assert not quote_fits("", "one two")


def test_a_passage_is_cut_at_white_space():
    text = " ".join(f"word{i:02d}" for i in range(60))
    before, span, after = show_passage(text, 140, 146, around=30)
    assert span == "word20"
    assert before.startswith("… word")
    assert after.endswith(" …")
    assert before[1:] + span + after[:-1] in text
    assert show_passage("ab cd", 0, 2) == ("", "ab", " cd")
