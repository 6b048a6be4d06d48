"""Widths of words before they are drawn, and lines that fit; lengths are inches."""

from __future__ import annotations

import re
from functools import cache

from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ft2font import LoadFlags

__all__ = ["LINE", "SMALL", "balance_text", "measure_text", "wrap_text"]

SIZE, SMALL, LINE = 10.0, 9.0, 0.175
HINTED = 1.04  # letters fitted to pixels stand wider than their outlines


@cache
def measure_text(text: str, size: float = SIZE, weight: str = "normal") -> float:
    """Return the width of a line of text in inches, set in DejaVu Sans (as wide as Verdana)."""
    return HINTED * size / 72 * sum(_measure_letter(letter, weight) for letter in text)


@cache
def _measure_letter(letter: str, weight: str) -> float:
    """Return a letter's advance as a share of the type size."""
    font = get_font(findfont(FontProperties(family="DejaVu Sans", weight=weight)))
    font.set_size(100, 72)
    return font.load_char(ord(letter), flags=LoadFlags.NO_HINTING).linearHoriAdvance / 65536 / 100


def wrap_text(
    text: str, width: float, size: float = SIZE, *, weight: str = "normal", most: int | None = None
) -> list[str]:
    """Break a text at its spaces into lines of at most `width`; with `most`, cut it with an ellipsis."""
    lines: list[str] = []
    for word in filter(None, re.split(r"[ \n]+", text)):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and measure_text(longer, size, weight) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    if most is None or len(lines) <= most:
        return lines or [""]
    last = f"{lines[most - 1]} …"
    while measure_text(last, size, weight) > width and " " in last.removesuffix(" …"):
        last = last.removesuffix(" …").rsplit(" ", 1)[0] + " …"
    return [*lines[: most - 1], last]


def balance_text(text: str, width: float, size: float, *, weight: str) -> list[str]:
    """Break a text into as few lines as fit `width`, about equally long."""
    most = len(wrap_text(text, width, size, weight=weight))
    widths = (width * step / 40 for step in range(20, 40))
    tries = (wrap_text(text, narrow, size, weight=weight) for narrow in widths)
    return next((lines for lines in tries if len(lines) <= most), wrap_text(text, width, size, weight=weight))
