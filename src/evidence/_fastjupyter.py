"""Spare every Jupyter import 0.8 s: no Jupyter schema uses the grammar that jsonschema would build (its #1428).

Import it before nbformat, or load it with ``pytest -p evidence._fastjupyter``.
"""

import sys

sys.modules.setdefault("rfc3987_syntax", None)
