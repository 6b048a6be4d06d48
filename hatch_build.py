"""Put into the wheel what `evidence new` begins a review with (see src/evidence/template.py)."""

import sys
import tempfile
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class TemplateHook(BuildHookInterface):
    """Adds the template's files to the package `evidence`; a clone has them already."""

    def initialize(self, version: str, build_data: dict) -> None:
        """Write the files to a folder that lasts as long as the build, and name it."""
        if version == "editable":
            return
        sys.path.insert(0, str(Path(self.root, "src")))
        from evidence.template import FOLDER, read_template

        self.folder = tempfile.TemporaryDirectory()
        for name, text in read_template().items():
            path = Path(self.folder.name, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        build_data["force_include"][self.folder.name] = f"evidence/{FOLDER}"
