"""pyproject, environment, lock, package and citation say the same."""

import ast
import graphlib
import re
import subprocess
import sys
import tomllib
from importlib import import_module
from itertools import pairwise, product
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import evidence

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
LOCK, *MORE_LOCKS = (
    (ROOT / f"requirements{name}.lock").read_text(encoding="utf-8") for name in ("", "-browser", "-scale")
)
CONDA_NAMES = {"matplotlib-base": "matplotlib"}
FIXED = {"jupyterlab", "pandas", "matplotlib", "nbval", "pytest"}


def declared() -> dict[str, Requirement]:
    lines = [*PROJECT["dependencies"], *(line for n in ("lab", "test") for line in PROJECT["optional-dependencies"][n])]
    return {canonicalize_name(r.name): r for r in map(Requirement, lines)}


def conda() -> dict[str, SpecifierSet]:
    lines = [line for line in ENVIRONMENT["dependencies"] if isinstance(line, str)]
    names = [(re.match(r"[\w-]+", line).group(), line) for line in lines]
    return {CONDA_NAMES.get(n, n): SpecifierSet(re.sub(r"^=(?!=)", "==", line[len(n) :])) for n, line in names}


def pins(lock: str = LOCK) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", lock, re.MULTILINE):
        found.setdefault(canonicalize_name(name), []).append(version)
    return found


def test_the_fixed_packages_are_declared_everywhere():
    assert declared().keys() >= FIXED
    assert conda().keys() >= FIXED
    assert pins().keys() >= FIXED


@pytest.mark.parametrize("name", sorted(declared()))
def test_every_pin_of_a_declared_package_lies_in_its_range(name):
    assert pins().get(name), f"{name} is not in requirements.lock"
    assert all(version in declared()[name].specifier for version in pins()[name])


@pytest.mark.parametrize("name", sorted(FIXED))
def test_environment_has_the_same_range_as_pyproject(name):
    assert conda()[name] == declared()[name].specifier


def test_environment_names_one_python_that_the_project_takes():
    (version,) = conda()["python"]
    assert f"{version.version}" in SpecifierSet(PROJECT["requires-python"])
    line = next(line for line in ENVIRONMENT["dependencies"] if str(line).startswith("python="))
    assert re.fullmatch(r"python=3\.\d+", line), "Binder understands python=3.x alone"


def test_environment_installs_the_project_itself_and_nothing_else_by_pip():
    (by_pip,) = [entry["pip"] for entry in ENVIRONMENT["dependencies"] if isinstance(entry, dict)]
    assert by_pip == ["-e .[lab,test]"]


@pytest.mark.parametrize("lock", [LOCK, *MORE_LOCKS], ids=["lock", "browser", "scale"])
def test_lock_has_a_hash_for_every_pin_and_no_address(lock):
    entries = re.split(r"\n(?=[A-Za-z0-9])", lock.strip())
    assert all("--hash=sha256:" in entry for entry in entries)
    assert "://" not in lock


@pytest.mark.parametrize(("lock", "extras"), list(zip(MORE_LOCKS, [("browser",), ("scale", "cluster")], strict=True)))
def test_another_lock_adds_to_the_lock_and_changes_nothing(lock, extras):
    assert pins().items() <= pins(lock).items()
    lines = [line for extra in extras for line in PROJECT["optional-dependencies"][extra]]
    added = {canonicalize_name(Requirement(line).name): Requirement(line) for line in lines}
    assert added.keys() <= pins(lock).keys()
    assert added.keys() - pins().keys() == added.keys() - declared().keys()
    assert all(version in added[name].specifier for name in added for version in pins(lock)[name])


def test_version_is_the_same_everywhere():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    vocabulary = evidence.load().vocabulary
    assert {evidence.__version__, citation["version"], vocabulary.version} == {PROJECT["version"]}
    assert citation["title"] == vocabulary.title


def test_every_change_is_checked_and_only_what_passed_on_main_is_published():
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "check.yml").read_text(encoding="utf-8"))
    jobs = workflow["jobs"]
    assert ".ci/run" in [step.get("run") for step in jobs["check"]["steps"]]
    assert "make report" in [step.get("run") for step in jobs["report"]["steps"]]
    assert set(jobs["publish"]["needs"]) == {"check", "report"}
    assert "refs/heads/main" in jobs["publish"]["if"]
    assert workflow["permissions"] == {"contents": "read"}  # who publishes alone may write, and pages alone
    assert jobs["publish"]["permissions"] == {"pages": "write", "id-token": "write"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "call", [["growth.py", "--times", "2", "--claims", "0"], ["hops.py"]], ids=lambda call: call[0]
)
def test_benchmarks_run_on_the_tables_as_they_are(call):
    file, *options = call
    command = [sys.executable, str(ROOT / "benchmarks" / file), *options]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    assert len(ran.stdout.splitlines()) >= 2


def list_imports(package):
    """Return the pairs of modules of which the second imports the first, wherever in its code."""
    pairs = set()
    for path in (ROOT / "src" / package).rglob("*.py"):
        importer = path.relative_to(ROOT / "src" / package).parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == package:
                pairs |= {(name.name, importer) for name in node.names}
            elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{package}."):
                pairs.add((node.module.split(".")[1], importer))
    return {(one, two) for one, two in pairs if one != two}


@pytest.mark.parametrize("package", ["evidence", "nbpage"])
def test_the_picture_of_a_package_shows_imports_that_are_there_and_none_runs_back(package):
    imports = list_imports(package)
    chains = re.findall(r"\w+(?: · \w+)*(?: ─▶ \w+(?: · \w+)*)+", import_module(package).__doc__)
    drawn = {
        (one, two)
        for chain in chains
        for left, right in pairwise(chain.split(" ─▶ "))
        for one, two in product(left.split(" · "), right.split(" · "))
    }
    drawn.discard(("a", "b"))
    assert len(drawn) > 8
    assert drawn <= imports
    rooms = graphlib.TopologicalSorter()
    for one, two in imports - {(one, two) for one, two in imports if "__init__" in (one, two)}:
        rooms.add(two, one)
    rooms.prepare()  # raises where imports run in a circle
