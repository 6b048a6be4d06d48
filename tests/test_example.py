"""The worked example does what it prints, from the wheel alone, in a folder outside the clone."""

import doctest
import re
import shutil
import subprocess
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parent.parent / "docs"
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
STEP = re.compile(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
BETWEEN = "=== next ==="


def read_steps() -> list[tuple[str, str]]:
    """Return the example's commands with what it says that they print."""
    page = (DOCS / "example" / "README.md").read_text(encoding="utf-8")
    return [step for block in BLOCK.findall(page) for step in STEP.findall(block)]


@pytest.mark.slow
def test_every_command_of_the_worked_example_prints_what_it_says(tmp_path, command):
    shutil.copytree(DOCS / "example", tmp_path / "example")
    steps = read_steps()
    assert len(steps) > 15
    script = "\n".join(f"{call}\necho '{BETWEEN}'" for call, _ in steps)
    environment = {**command.environment, "PATH": f"{command.folder}:{command.environment['PATH']}"}
    ran = subprocess.run(
        ["bash", "-euc", script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=500
    )
    printed = ran.stdout.replace(f"{tmp_path}/garlic/", "").split(f"{BETWEEN}\n")
    for (call, said), found in zip(steps, printed, strict=False):
        assert doctest.OutputChecker().check_output(said, found, doctest.ELLIPSIS), f"{call}\n{found}{ran.stderr}"
    assert ran.returncode == 0, ran.stderr
    assert len(printed) == len(steps) + 1


def test_the_example_is_linked_and_shows_every_command_that_makes_a_review():
    calls = " ".join(call for call, _ in read_steps())
    assert all(
        f"evidence {name}" in calls for name in ("new", "add", "studies", "check", "run", "docs", "report", "export")
    )
    assert "docs/example/README.md" in (DOCS.parent / "README.md").read_text(encoding="utf-8")
