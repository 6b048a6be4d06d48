"""What a new review begins with: the schema, the cue words, the manual and the notebooks of this project itself.

Nothing is stored a second time. In a clone the files are read where they stand; a wheel holds what `read_template`
gives (``hatch_build.py`` puts it there). Nothing but the standard library is imported, so that a build can use it.
"""

from __future__ import annotations

import json
from pathlib import Path

FOLDER = "start"
FILES = ("data/datapackage.json", "data/markers.csv", "docs/coding-manual.md", "docs/rule.md", "notebooks/*.ipynb")
BEGIN, END = "<!-- findings: written by `evidence docs` -->", "<!-- end of findings -->"  # in a README
_OF_THE_COLLECTION = ("name", "title", "description", "version", "licenses")


def read_template() -> dict[str, str]:
    """Return the text of every file by its path: notebooks without outputs, the schema without a title.

    Raises
    ------
    FileNotFoundError
        Where the library is neither installed from a wheel nor in a clone.

    Examples
    --------
    >>> sorted(path for path in read_template() if path.startswith("data/"))
    ['data/datapackage.json', 'data/markers.csv']
    """
    packaged = Path(__file__).with_name(FOLDER)
    root = packaged if packaged.is_dir() else Path(__file__).parents[2]
    found = [sorted(root.glob(pattern)) for pattern in FILES]
    if not all(found):
        raise FileNotFoundError(f"{root}: {', '.join(FILES)} are not all there; install the library from its wheel")
    return {path.relative_to(root).as_posix(): _clear(path) for paths in found for path in paths}


def _clear(path: Path) -> str:
    """Return a file's text without what the collection beside it has to say."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        notebook = json.loads(text)
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                cell |= {"outputs": [], "execution_count": None}
        return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
    if path.suffix == ".json":
        descriptor = {name: value for name, value in json.loads(text).items() if name not in _OF_THE_COLLECTION}
        return json.dumps(descriptor, indent=2, ensure_ascii=False) + "\n"
    return text
