"""Begin a review, and take an article into it: what a machine can fill is filled, what is a judgement stays open."""

from __future__ import annotations

import errno
import json
import os
import re
import unicodedata
from pathlib import Path

from evidence.checks import Problem, TableError
from evidence.documents import BEGIN, END, describe_vocabulary
from evidence.schema import DESCRIPTOR, parse_descriptor
from evidence.tables import REMARKS, save_texts
from evidence.template import read_template

TEXTS = "texts"  # folder of the articles' texts beside data/; git leaves it out
_README = """\
# {title}

What web pages claim of it, how surely, and how far each claim is supported by studies. It is no medical advice.

## What we found

{begin}
Nothing yet.
{end}

## Two commands

```
evidence check --texts {texts}    # says every rule that the tables break, with file, line and cure
evidence report                # runs what changed and writes report/review.html
```

`evidence add` takes an article in, `evidence studies` takes in studies; the [manual](docs/coding-manual.md) says how an
article becomes rows. `data/remarks.md` holds what the notebooks should say of this review alone, and `evidence docs` writes
the findings above.
"""
_LOG = """\
# Coding log

Who coded, from what and how; every decision that the [manual](coding-manual.md) leaves open.
"""
_REMARKS = "What the notebooks say of this review alone, each under the notebook's own question."
_ASKS_REMARKS = re.compile(r'show\.remarks\(review, \\"(.+?)\\"\)')  # as JSON writes it
_IGNORED = f"/{TEXTS}/\n/report/\n/.evidence-cache/\n/data/.*\n.ipynb_checkpoints/\n"
_ATTRIBUTES = """\
* text=auto eol=lf
# Two raters on two branches add rows at the same place: both stay; `evidence tidy` puts them in order.
data/*_ratings.csv merge=union
"""


def create_review(folder: str | Path, *, title: str) -> list[Path]:
    """Begin a review in a folder of its own: tables without rows, cue words, notebooks, manual, README.

    Parameters
    ----------
    folder
        Is made; where it is there already it must be empty.
    title
        Of the review, as its page and its codebook print it.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    OSError
        Where the folder is not empty or cannot be written.
    TableError
        Where `title` is blank.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp(), "garlic")
    >>> _ = create_review(folder, title="Garlic against colds")
    >>> from evidence.tables import check_data
    >>> check_data(folder / "data")
    []
    """
    folder, title = Path(folder), " ".join(title.split())
    if not title:
        raise TableError([Problem(str(folder), "a review must have a title; the one given is blank")])
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OSError(errno.ENOTEMPTY, os.strerror(errno.ENOTEMPTY), str(folder))
    texts = read_template()
    schema = f"data/{DESCRIPTOR}"
    descriptor = json.loads(texts[schema])
    head = {"$schema": descriptor.pop("$schema"), "name": _make_name(title), "title": title, "version": "0.1.0"}
    texts[schema] = json.dumps(head | descriptor, indent=2, ensure_ascii=False) + "\n"
    vocabulary = parse_descriptor(head | descriptor)
    for table in vocabulary.tables.values():
        texts.setdefault(f"data/{table.path}", ",".join(table.names) + "\n")
    asked = dict.fromkeys(question for text in texts.values() for question in _ASKS_REMARKS.findall(text))
    texts |= {
        "data/README.md": describe_vocabulary(vocabulary),
        "README.md": _README.format(title=title, begin=BEGIN, end=END, texts=TEXTS),
        "docs/coding-log.md": _LOG,
        f"data/{REMARKS}": "\n".join([_REMARKS, *(f"\n## {question}" for question in asked), ""]),
        ".gitignore": _IGNORED,
        ".gitattributes": _ATTRIBUTES,
    }
    for name in {Path(name).parent for name in texts} | {Path(TEXTS)}:
        (folder / name).mkdir(parents=True, exist_ok=True)
    save_texts({folder / name: text for name, text in texts.items()})
    return [folder / name for name in texts]


def _make_name(title: str) -> str:
    """Return a title as the name of a data package: small letters, digits, hyphens."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "review"
