"""Count the files and functions of the project that a claim passes: loading, one chart, one page with every card.

Run ``python benchmarks/hops.py`` from the project's folder. Every call of a function in ``src/`` is counted; what runs
in other processes (the notebooks' cells) is not. Names of older versions are tried where the present ones are missing,
so that two versions can be compared: ``PYTHONPATH=../older/src python benchmarks/hops.py``.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any

import nbformat

ROOMS = ("/src/evidence/", "/src/nbpage/")
DATA = Path("data")
NOTEBOOK = Path("notebooks/06-judge-support.ipynb")


class Trace:
    """What was passed: files in the order they were first reached, and functions."""

    def __init__(self) -> None:
        self.files: list[str] = []
        self.functions: set[tuple[str, str]] = set()

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        """Note a call; as `sys.setprofile` wants it."""
        path = frame.f_code.co_filename
        if event == "call" and (room := next((room for room in ROOMS if room in path), None)):
            name = room[5:] + path.split(room)[1]
            self.functions.add((name, frame.f_code.co_name))
            if name not in self.files:
                self.files.append(name)

    def tell(self, step: str, before: int = 0) -> int:
        """Print what was passed up to now, and the files since the step before."""
        print(f"{step}: {len(self.files)} files, {len(self.functions)} functions")
        print("  " + " ".join(self.files[before:]))
        return len(self.files)


def pick(*places: str) -> Any:
    """Return the first of some things, as ``module:name``, that there is."""
    for place in places:
        module, name = place.split(":")
        try:
            return getattr(import_module(module), name)
        except (ImportError, AttributeError):
            continue
    raise SystemExit(f"none of these is there: {', '.join(places)}")


def main() -> None:
    """Trace and print."""
    load = pick("evidence.tables:load")
    join = pick("evidence.counts:join_claims", "evidence.summaries:join_claims")
    plot = pick("evidence.charts:plot_support")
    draw = pick("evidence.charts.style:make_svg", "evidence.charts.display:make_svg")
    maker = pick("nbpage.page:PartMaker", "evidence.report.fragments:FragmentMaker")
    explore = pick("evidence.report.explorer:make_explorer")
    describe = pick(
        "evidence.provenance:describe_build",
        "evidence.report.provenance:describe_build",
        "evidence.report.imprint:describe_build",
    )
    render = pick("evidence.report.page:render_page")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    trace = Trace()
    sys.setprofile(trace)
    claims = join(load(DATA))
    loaded = trace.tell("load")
    draw(plot(claims), "Claims by level")
    drawn = trace.tell("load and one chart", loaded)
    part = maker().make(NOTEBOOK, notebook)
    render([part], describe(DATA, repository=Path()), explore(DATA))
    trace.tell("load, one chart and the page", drawn)
    sys.setprofile(None)


if __name__ == "__main__":
    main()
