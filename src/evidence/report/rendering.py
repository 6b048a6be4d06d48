"""The templates of the page and the files beside them; every value put into a template is escaped there."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"


@cache
def _make_environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(name: str, **values: Any) -> str:
    """Render a template, every value escaped but those it marks as safe."""
    return _make_environment().get_template(name).render(**values)


def read_part(name: str) -> str:
    """Read a style sheet or a script that stands in the page as it is."""
    return (TEMPLATES / name).read_text(encoding="utf-8")
