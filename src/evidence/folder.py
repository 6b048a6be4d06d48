"""Find the folder of tables; nothing heavy is imported here."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["DESCRIPTOR", "find_data"]

DESCRIPTOR = "datapackage.json"


def find_data(folder: str | Path | None = None) -> Path:
    """Return the folder of tables.

    Parameters
    ----------
    folder
        The folder itself. Else the environment variable ``EVIDENCE_DATA``, else the nearest ``data/`` with a
        descriptor, from the working directory upwards.

    Raises
    ------
    FileNotFoundError
        Where none of these has a ``datapackage.json``.
    """
    given = folder or os.environ.get("EVIDENCE_DATA")
    here = Path.cwd()
    for path in [Path(given)] if given else [parent / "data" for parent in (here, *here.parents)]:
        if (path / DESCRIPTOR).is_file():
            return path
    raise FileNotFoundError(
        f"{given or 'data'}: no {DESCRIPTOR} there; name the folder that holds the tables"
    )
