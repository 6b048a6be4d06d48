"""Copies of the real tables to break, and stand-in texts that fit their spans."""

import csv
import gc
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from random_review import write_table

import evidence
from evidence.schema import find_data
from evidence.tables import load_vocabulary, read_cells, save_hits
from evidence.texts import hash_text, split_quote

ROOT = Path(__file__).resolve().parent.parent


def pytest_collection_finish():
    """Let the garbage collector leave alone what was imported, and come less often: the tests take a tenth less time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session", autouse=True)
def _in_the_projects_folder():
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        patch.delenv("EVIDENCE_DATA", raising=False)
        patch.delenv("EVIDENCE_TEXTS", raising=False)
        yield


@pytest.fixture
def review():
    """Return the project's own review."""
    return evidence.load(ROOT / "data")


@pytest.fixture(scope="session")
def _one_article(tmp_path_factory):
    """Return the tables of one article that stand beside the tests, under the project's schema."""
    folder = tmp_path_factory.mktemp("cut") / "data"
    shutil.copytree(ROOT / "tests" / "article", folder, ignore=shutil.ignore_patterns("README.md"))
    shutil.copy(ROOT / "data" / "datapackage.json", folder)
    return folder


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    """Build the wheel, as a release would."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


class Command:
    """The command ``evidence`` of the unpacked wheel, which finds nothing of the clone."""

    def __init__(self, site: Path, folder: Path):
        self.environment = {**os.environ, "PYTHONPATH": str(site), "COLUMNS": "120"}
        self.folder, self.file = folder, folder / "evidence"
        self.file.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m evidence.cli "$@"\n')
        self.file.chmod(0o755)

    def run(self, where: Path, *arguments: str) -> subprocess.CompletedProcess:
        """Run it in a folder; its output stands in the error where it fails."""
        call = [str(self.file), *arguments]
        ran = subprocess.run(call, cwd=where, env=self.environment, capture_output=True, text=True, timeout=300)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran


@pytest.fixture(scope="session")
def command(wheel, tmp_path_factory):
    """Return the command of the wheel."""
    site = tmp_path_factory.mktemp("site")
    zipfile.ZipFile(wheel).extractall(site)
    made = Command(site, tmp_path_factory.mktemp("bin"))
    where = [sys.executable, "-c", "import evidence; print(evidence.__file__)"]
    assert subprocess.run(where, env=made.environment, cwd=site, capture_output=True, text=True).stdout.startswith(
        str(site)
    )
    return made


@pytest.fixture
def data(request, tmp_path):
    """Return a copy of tables to break and to save in: of the one article beside the tests, which is sound in itself.

    With the mark `whole` they are the project's own.
    """
    if request.node.get_closest_marker("whole"):
        folder = find_data(ROOT / "data")
    else:
        folder = request.getfixturevalue("_one_article")
    return Path(shutil.copytree(folder, tmp_path / "data"))


@pytest.fixture(scope="session")
def one_article(_one_article, tmp_path_factory):
    """Return the same tables with no more propositions than the claims and a few: quicker to check."""
    folder = Path(shutil.copytree(_one_article, tmp_path_factory.mktemp("article") / "data"))
    tables = load_vocabulary(folder).tables
    cells = {name: read_cells(folder / table.path, table) for name, table in tables.items()}
    said = [cells[name]["proposition_id"] for name in ("claims", "claim_ratings")]
    mapped = {*cells["propositions"]["proposition_id"].head(10), *pd.concat(said)}
    cells["propositions"] = cells["propositions"][cells["propositions"]["proposition_id"].isin(mapped)]
    for name, table in tables.items():
        for key in table.foreign_keys:
            known = cells[key.table][key.target]
            cells[name] = cells[name][cells[name][key.column].isin(["", *known])]
        write_table(cells[name], folder / table.path)
    return folder


class Cells:
    """A table file whose cells can be changed without touching the rest."""

    def __init__(self, path: Path):
        self.path = path
        with path.open(encoding="utf-8", newline="") as file:
            self.header, *self.rows = list(csv.reader(file))

    def __getitem__(self, place: tuple[int, str]) -> str:
        line, column = place
        return self.rows[line - 2][self.header.index(column)]

    def __setitem__(self, place: tuple[int, str], value: str) -> None:
        line, column = place
        self.rows[line - 2][self.header.index(column)] = value

    def line(self, **wanted: str) -> int:
        """Return the first line whose cells hold what is wanted; a value of "*" means any but empty."""
        for i, row in enumerate(self.rows):
            cells = dict(zip(self.header, row, strict=True))
            if all(cells[c] != "" if v == "*" else cells[c] == v for c, v in wanted.items()):
                return i + 2
        raise LookupError(f"{self.path.name}: no row with {wanted}")

    def save(self) -> None:
        """Write the file."""
        with self.path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([self.header, *self.rows])


@pytest.fixture
def cells(data):
    """Return a function that opens a table of the copy by name."""
    return lambda name: Cells(data / f"{name}.csv")


@pytest.fixture
def texts(data, tmp_path):
    """Write texts that fit the copied tables' spans and quotes, put their hashes into the copy, return their folder.

    The articles are other people's and not here; each stand-in has the article's length, filler words in every
    segment and the quotes in their places.
    """
    return write_texts(data, tmp_path / "texts")


def write_texts(data, folder):
    """Write stand-in texts of a copy's articles into a new folder, and their hashes into the copy; return the folder."""
    folder.mkdir()
    tables = load_vocabulary(data).tables
    sources, segments, claims = (read_cells(data / f"{n}.csv", tables[n]) for n in ("sources", "segments", "claims"))
    for i, source in sources.iterrows():
        text = _stand_in(source, segments, claims)
        (folder / source["file"]).write_bytes(text.encode("utf-8"))
        sources.loc[i, "text_sha256"] = hash_text(text)
        sources.loc[i, "n_words"] = str(len(text.split()))
        here = segments["source_id"] == source["source_id"]
        segments.loc[here, "sha256"] = [
            hash_text(text[int(a) : int(b)])
            for a, b in zip(segments.loc[here, "start"], segments.loc[here, "end"], strict=True)
        ]
    write_table(sources, data / "sources.csv")
    write_table(segments, data / "segments.csv")
    save_hits(data, texts=folder)
    return folder


def _stand_in(source, segments, claims) -> str:
    letters = [" "] * int(source["n_characters"])
    for _, row in segments[segments["source_id"] == source["source_id"]].iterrows():
        start, end = int(row["start"]), int(row["end"])
        letters[start:end] = "x" * (end - start)
    for _, row in claims[claims["source_id"] == source["source_id"]].iterrows():
        start, end, parts = int(row["start"]), int(row["end"]), split_quote(row["quote"])
        letters[start : start + len(parts[0])] = parts[0]
        letters[end - len(parts[-1]) : end] = parts[-1]
    return "".join(letters)
