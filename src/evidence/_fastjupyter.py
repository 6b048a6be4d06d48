"""Import before nbformat, or load with ``pytest -p``: spares 0.8 s of a grammar that no Jupyter schema uses.

jsonschema would build it (its issue 1428); without the module it goes on.
"""

import sys

sys.modules.setdefault("rfc3987_syntax", None)
