"""One colour, hatch and mark for each word, everywhere; levels differ in lightness, for grey print."""

from __future__ import annotations

from typing import NamedTuple

INK, QUIET, SOFT, FAINT = "#1B1B1B", "#555555", "#8A8A8A", "#E2E2E2"


class Look(NamedTuple):
    """How a word is drawn: fill, colour of words on it, mark, hatch, colour of hatch and outline."""

    fill: str
    ink: str
    mark: str = "o"
    hatch: str = ""
    line: str = "#FFFFFF"


_SUPPORT = {
    "supported": Look("#1C4E8C", "#FFFFFF", "o"),
    "overstated": Look("#EE9B2B", INK, "^"),
    "conflicting": Look("#A35A9A", "#FFFFFF", "D", "++", "#C58FBE"),
    "insufficient": Look("#EBCF73", INK, "s"),
    "no_evidence": Look("#A2C1CE", INK, "X", "//", "#5F8494"),
    "untraceable": Look("#918A80", INK, "P", "||", "#6B645B"),
    "contradicted": Look("#6E0F24", "#FFFFFF", "v", "xx", "#A34A5C"),
    "not_assessed": Look("#E3E3E0", INK, "h", "\\\\", "#A8A8A4"),
    "not_checkable": Look("#F7F7F5", INK, "d", "", "#A8A8A4"),
}
_CERTAINTY = {
    "none_found": Look("#FFFFFF", INK, line="#8A8A8A"),
    "very_low": Look("#E4F0E8", INK),
    "low": Look("#B3D6C1", INK),
    "moderate": Look("#5FA585", INK),
    "high": Look("#1E5C46", "#FFFFFF"),
}
LIGHTS = {
    "good": Look("#BBD7EE", INK, "✓"),
    "partly": Look("#F7E6B5", INK, "~"),
    "bad": Look("#EDB49C", INK, "✗"),
    "unclear": Look("#E9E9E9", INK, "?"),
    "not_applicable": Look("#FFFFFF", INK, "–"),
}


def look_support(level: str) -> Look:
    """Return how a support level is drawn."""
    return _SUPPORT[level]


def look_certainty(word: str) -> Look:
    """Return how a certainty of evidence, or ``none_found``, is drawn."""
    return _CERTAINTY[word]


def write_word(word: str) -> str:
    """Write a word of the tables as it is printed.

    Examples
    --------
    >>> write_word("not_checkable")
    'Not checkable'
    """
    text = str(word).replace("_", " ")
    return text[:1].upper() + text[1:]
