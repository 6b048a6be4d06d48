"""The legend of the page: the shape and colour that the charts give each support level, as style rules."""

from __future__ import annotations

from urllib.parse import quote

from evidence.judgements import SUPPORT
from evidence.palette import SUPPORT_LOOKS

_EDGE = "#85837d"


def style_levels() -> str:
    """Write the style rules that set each level's mark, as the charts draw it, before the level's name."""
    return "\n".join(f'.{level}::before {{ background-image: url("{_draw(level)}"); }}' for level in SUPPORT)


def _draw(level: str) -> str:
    look = SUPPORT_LOOKS[level]
    path = f"<path d='{_trace(look.mark)}' fill='{look.fill}' stroke='{_EDGE}' stroke-width='.15'/>"
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
