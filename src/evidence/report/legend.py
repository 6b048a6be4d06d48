"""The legend of the page, as style rules: the marks of the levels, the bars of the articles, charts on a dark page."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from evidence.palette import DARK, ON_DARK, ON_FILL, SUPPORT_LOOKS, style_look

if TYPE_CHECKING:
    from evidence.report.cards import Card

_EDGE = "#85837d"


def style_levels() -> str:
    """Write the style rules that set each level's mark, as the charts draw it, before the level's name."""
    fills = {level: look.fill for level, look in SUPPORT_LOOKS.items()}
    dark = {level: DARK[fill] for level, fill in fills.items() if fill in DARK}
    return "\n".join([*_write_marks(fills), f"{ON_DARK} {{", *_write_marks(dark), "}"])


def _write_marks(fills: dict[str, str]) -> list[str]:
    return [f'.{level}::before {{ background-image: url("{_draw(level, fill)}"); }}' for level, fill in fills.items()]


def style_charts() -> str:
    """Write the style rules that give a chart's colours their others on a dark screen."""
    rules = [
        f'.chart [{name}="{light.lower()}"] {{ {name}: {dark}; }}'
        for light, dark in DARK.items()
        for name in ("fill", "stroke")
    ]
    words = f'.chart text[fill="#ffffff"] {{ fill: {ON_FILL}; }}'
    return "\n".join(
        [
            f"{ON_DARK} {{",
            "figure:has(.chart) { background: none; }",
            ".chart { fill: var(--ink); }",
            *rules,
            words,
            "}",
        ]
    )


def _draw(level: str, fill: str) -> str:
    look = SUPPORT_LOOKS[level]
    path = f"<path d='{_trace(look.mark)}' fill='{fill}' stroke='{_EDGE}' stroke-width='.15'/>"
    svg = f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='-1.2 -1.2 2.4 2.4'>{path}</svg>"
    return "data:image/svg+xml," + quote(svg, safe=" =:/'.-")


def _trace(mark: str) -> str:
    """Write a marker of the charts as path data in a box from -1 to 1."""
    import numpy as np
    from matplotlib.markers import MarkerStyle

    style = MarkerStyle(mark)
    path = style.get_path().transformed(style.get_transform())
    size = np.abs(np.asarray(path.vertices)).max()
    letters = {path.MOVETO: "M", path.LINETO: "L", path.CURVE3: "Q", path.CURVE4: "C"}
    parts = []
    for points, code in path.iter_segments(simplify=False):
        numbers = [f"{(-1) ** place * point / size + 0.0:.2f}" for place, point in enumerate(points)]
        parts.append("Z" if code == path.CLOSEPOLY else letters[code] + " ".join(numbers))
    return "".join(parts)


def style_bars(bars: list[Card]) -> str:
    """Write the style rules of the bars: the levels' colours, others on a dark screen, and a width for each number."""
    numbers = sorted({piece["n"] for bar in bars for piece in bar["pieces"]})
    colours = [f".piece.{level} {{ {style_look(look)} }}" for level, look in SUPPORT_LOOKS.items()]
    dark = [
        f".piece.{level} {{ background-color: {DARK[look.fill]}; color: {ON_FILL} }}"
        for level, look in SUPPORT_LOOKS.items()
        if look.fill in DARK
    ]
    return "\n".join([*colours, f"{ON_DARK} {{", *dark, "}", *(f".n{n} {{ flex-grow: {n} }}" for n in numbers)])
