"""One colour, hatch and mark for each word, for charts and tables alike; levels differ in lightness, for grey print.

`DARK` gives each colour of a chart its other on a dark page: a chart is drawn once, and the page's style recolours it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

INK, QUIET, SOFT = "#1B1B1B", "#555555", "#8A8A8A"
ON_FILL = "#111111"  # dark words on a fill, which stay dark where the page is dark
ON_DARK = "@media screen and (prefers-color-scheme: dark)"
MORE, RULE = "#FBF0E3", "#E6DED3"  # the region of what says more than is known; lines in it


class Look(NamedTuple):
    """How a word is drawn: fill, colour of words on it, mark, hatch, colour of hatch and outline.

    The mark of a word that charts draw is a marker of matplotlib; of one that only tables show, the sign itself.
    """

    fill: str
    ink: str
    mark: str = "o"
    hatch: str = ""
    line: str = "#FFFFFF"


SIGNS = dict(zip("o^DsXPvphd", "●▲◆■✖✚▼⬟⬢◊", strict=True))  # how a marker of charts stands in text
SUPPORT_LOOKS: Mapping[str, Look] = MappingProxyType(
    {
        "supported": Look("#1C4E8C", "#FFFFFF", "o"),
        "cautious": Look("#5AA0C8", INK, "p"),
        "overstated": Look("#EE9B2B", INK, "^"),
        "conflicting": Look("#A35A9A", "#FFFFFF", "D", "++", "#C58FBE"),
        "insufficient": Look("#EBCF73", INK, "s"),
        "no_evidence": Look("#A2C1CE", INK, "X", "//", "#5F8494"),
        "untraceable": Look("#918A80", INK, "P", "||", "#6B645B"),
        "contradicted": Look("#6E0F24", "#FFFFFF", "v", "xx", "#A34A5C"),
        "not_assessed": Look("#E3E3E0", INK, "h", "\\\\", "#A8A8A4"),
        "not_checkable": Look("#F7F7F5", INK, "d", "", "#A8A8A4"),
    }
)
CERTAINTY_LOOKS: Mapping[str, Look] = MappingProxyType(
    {
        "none_found": Look("#FFFFFF", INK, line="#8A8A8A"),
        "very_low": Look("#E4F0E8", INK),
        "low": Look("#B3D6C1", INK),
        "moderate": Look("#5FA585", INK),
        "high": Look("#1E5C46", "#FFFFFF"),
    }
)
JUDGEMENT_LOOKS: Mapping[str, Look] = MappingProxyType(
    {
        "good": Look("#BBD7EE", INK, "✓"),
        "partly": Look("#F7E6B5", INK, "~"),
        "bad": Look("#EDB49C", INK, "✗"),
        "unclear": Look("#E9E9E9", INK, "?"),
        "not_applicable": Look("#FFFFFF", INK, "–"),
    }
)
DIRECTION_LOOKS: Mapping[str, Look] = MappingProxyType(
    {
        "benefit": Look("#DCE8F4", INK, "+"),
        "no_difference": Look("#EFEFEF", INK, "="),
        "harm": Look("#F6E0D5", INK, "−"),
        "holds": Look("#DCE8F4", INK, "✓"),
        "does_not_hold": Look("#F6E0D5", INK, "✗"),
    }
)
MARKER_LOOKS: Mapping[str, Look] = MappingProxyType(
    {"hedge": Look("#FFFFFF", INK, "o"), "booster": Look("#1C4E8C", "#FFFFFF", "D")}
)
KIND_LOOKS: Mapping[str, Look] = MappingProxyType({"citation": Look(INK, INK, "v"), "pitch": Look("#FFFFFF", INK, "o")})
FINDING_LOOKS: Mapping[str, Look] = MappingProxyType(
    {
        "reported": Look("#1C4E8C", "#FFFFFF", "s"),
        "derived": Look("#FFFFFF", INK, "s"),
        "pooled": Look("#8FB4DA", INK, "D"),
    }
)
DARK: Mapping[str, str] = MappingProxyType(
    {  # what stands for a chart's colour where the page is dark; words on fills stay dark, so no fill is
        INK: "var(--ink)",
        QUIET: "var(--soft)",
        SOFT: "var(--edge)",
        "#6B6B6B": "var(--edge)",  # axes, of evidence.mplstyle
        "#D9D9D9": "var(--line)",  # its grid
        "#FFFFFF": "var(--paper)",
        MORE: "#2F2619",
        RULE: "#4A3F2F",
        "#1C4E8C": "#5C9DF2",
        "#5AA0C8": "#A9DDF3",
        "#A35A9A": "#C583BB",
        "#C58FBE": "#8C4A83",
        "#EBCF73": "#D8BE63",
        "#A2C1CE": "#8DAAB8",
        "#5F8494": "#4F6C79",
        "#6B645B": "#5E5850",
        "#6E0F24": "#E2647C",
        "#A34A5C": "#93304A",
        "#E3E3E0": "#B4B5BA",
        "#F7F7F5": "#8E8F94",
        "#A8A8A4": "#707177",
    }
)
IN_TABLES = (SUPPORT_LOOKS, CERTAINTY_LOOKS, JUDGEMENT_LOOKS, DIRECTION_LOOKS)


def name_level(word: str) -> str:
    """Return the class of a table's cell that is coloured by a word.

    Examples
    --------
    >>> name_level("very_low")
    'level-very_low'
    """
    return f"level-{word}"


def style_look(look: Look) -> str:
    """Write a look as the style of a table's cell.

    Examples
    --------
    >>> style_look(DIRECTION_LOOKS["benefit"])
    'background-color:#DCE8F4;color:#1B1B1B'
    """
    return f"background-color:{look.fill};color:{look.ink}"
