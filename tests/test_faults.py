"""Whatever is wrong with disk, folder, file or pipe: each command says it in a sentence, exits with 1, shows no traceback."""

import ctypes
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from conftest import write_texts
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from evidence.cli import main
from evidence.template import BEGIN, END

pytestmark = pytest.mark.slow
CLAIM = "hubpages-002"
SETTLING = ["--row", CLAIM, "--variable", "strength", "--value", "uncertain", "--rater", "chair", "--reason", "why"]
COMMANDS = {
    "check": ["check", "DATA"],
    "check with texts": ["check", "DATA", "--texts", "TEXTS"],
    "tidy": ["tidy", "DATA"],
    "tidy with texts": ["tidy", "DATA", "--texts", "TEXTS"],
    "tag": ["tag", "DATA", "--texts", "TEXTS"],
    "docs": ["docs", "DATA"],
    "settle": ["settle", "DATA"],
    "settle one": ["settle", "DATA", *SETTLING],
    "settle the rest": ["settle", "DATA", "--finish"],
    "run": ["run", "NOTEBOOK"],
    "report": ["report", "--data", "DATA"],
    "report of saved outputs": ["report", "--data", "DATA", "--no-run"],
}
OF_TABLES = [name for name in COMMANDS if name not in ("run", "report")]
WITH_TEXTS = [name for name in COMMANDS if "TEXTS" in COMMANDS[name]]
OF_NOTEBOOKS = ["run", "report", "report of saved outputs", "docs"]
WRITERS = ["tidy", "tag", "docs", "settle one", "run", "report", "report of saved outputs"]


@pytest.fixture(scope="module")
def whole(one_article, tmp_path_factory):
    """Return the folder of a whole small project: tables, texts, README, one notebook."""
    root = tmp_path_factory.mktemp("whole") / "project"
    data = Path(shutil.copytree(one_article, root / "data"))
    write_texts(data, root / "texts")
    (root / "notebooks").mkdir()
    cells = [new_markdown_cell("# How many?"), new_code_cell("import evidence\nlen(evidence.load().claims)")]
    nbformat.write(new_notebook(cells=cells), root / "notebooks" / "01-count.ipynb")
    (root / "README.md").write_text(f"# A review\n\n{BEGIN}\n{END}\n", encoding="utf-8")
    hits = data / "hits.csv"  # something for `tag` to write
    hits.write_bytes(hits.read_bytes().splitlines(keepends=True)[0])
    return root


@pytest.fixture
def project(whole, tmp_path):
    """Return a copy of the small project, to be broken."""
    return Path(shutil.copytree(whole, tmp_path / "project", ignore=shutil.ignore_patterns(".tables.*")))


def write_words(command, root) -> list[str]:
    places = {"DATA": root / "data", "TEXTS": root / "texts", "NOTEBOOK": root / "notebooks" / "01-count.ipynb"}
    return [str(places.get(word, word)) for word in COMMANDS[command]]


def replace(path, content):
    def do(root):
        file = root / path
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())

    return do


def put_folder(path):
    def do(root):
        (root / path).unlink(missing_ok=True)
        (root / path).mkdir(parents=True)
        (root / path / "something").write_text("x", encoding="utf-8")

    return do


def change_schema(change):
    def do(root):
        path = root / "data" / "datapackage.json"
        schema = json.loads(path.read_text(encoding="utf-8"))
        change({resource["name"]: resource for resource in schema["resources"]}, schema)
        path.write_text(json.dumps(schema), encoding="utf-8")

    return do


def change_marker(value, pattern=None):
    """Write a value into the first row of the markers, and a pattern for it into the schema."""

    def do(root):
        path = root / "data" / "markers.csv"
        head, first, *rest = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join([head, value + first[first.index(",") :], *rest]), encoding="utf-8")
        if pattern:
            change_schema(
                lambda tables, _: tables["markers"]["schema"]["fields"][0]["constraints"].update(pattern=pattern)
            )(root)

    return do


A_FOLDER, A_FILE = (
    "a folder stands where a file should; move it away",
    "a file stands where a folder should; move it away",
)
NO_NOTEBOOK = "is not a notebook of format 4; open and save it in JupyterLab"
PACKAGE = "the schema must be a Data Package; not understood"
NOTEBOOK = "notebooks/01-count.ipynb"
FAULTS = {  # what is done; commands that meet it; the file that is named; what is said
    "folder for a table": (put_folder("data/claims.csv"), OF_TABLES, "claims.csv", "a folder stands where"),
    "folder for the schema": (put_folder("data/datapackage.json"), OF_TABLES, "data", "no datapackage.json there; name the folder"),
    "folder for the README": (put_folder("README.md"), ["docs"], "README.md", A_FOLDER),
    "folder for the codebook": (put_folder("data/README.md"), ["docs"], "data/README.md", A_FOLDER),
    "file for a folder of documents": (replace("docs", "x"), ["docs"], "docs", A_FILE),
    "folder for the report": (put_folder("report/review.html"), ["report of saved outputs"], "report/review.html", A_FOLDER),
    "file for the report's folder": (replace("report", "x"), ["report of saved outputs"], "report", A_FILE),
    "folder for a notebook": (put_folder(NOTEBOOK), OF_NOTEBOOKS, NOTEBOOK, A_FOLDER),
    "file for the folder of texts": (lambda root: (shutil.rmtree(root / "texts"), replace("texts", "x")(root)), WITH_TEXTS,
                                     "sources.csv", "file must be in"),
    "notebook of no JSON": (replace(NOTEBOOK, "{not json"), OF_NOTEBOOKS, NOTEBOOK, NO_NOTEBOOK),
    "notebook of a list": (replace(NOTEBOOK, "[]"), OF_NOTEBOOKS, NOTEBOOK, NO_NOTEBOOK),
    "notebook of cells that are none": (replace(NOTEBOOK, '{"cells": ["a"], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'),
                                        OF_NOTEBOOKS, NOTEBOOK, NO_NOTEBOOK),
    "notebook in another encoding": (replace(NOTEBOOK, b"\xff\xfe{"), OF_NOTEBOOKS, NOTEBOOK, NO_NOTEBOOK),
    "notebook without bottom": (replace(NOTEBOOK, "[" * 100_000), OF_NOTEBOOKS, NOTEBOOK, NO_NOTEBOOK),
    "README in another encoding": (replace("README.md", b"\xe9 \xff"), ["docs"], "README.md", "a README must be text in UTF-8; save it so"),
    "table in another encoding": (replace("data/claims.csv", b"claim_id\n\xe9\n"), [*OF_TABLES, "report"], "claims.csv", "a table is encoded in UTF-8"),
    "document in another encoding": (replace("docs/rule.md", b"\xe9 \xff"), ["report", "report of saved outputs"], "docs/rule.md",
                                     "a document must be text in UTF-8; save it so"),
    "schema in another encoding": (replace("data/datapackage.json", b"\xff\xfe{"), OF_TABLES, "datapackage.json", PACKAGE),
    "schema without bottom": (replace("data/datapackage.json", "[" * 100_000), OF_TABLES, "datapackage.json", PACKAGE),
    "schema that ends too soon": (replace("data/datapackage.json", "{\n"), OF_TABLES, "datapackage.json", "the schema must be JSON"),
    "schema with a key of no column": (change_schema(lambda tables, _: tables["markers"]["schema"].update(primaryKey="none")),
                                       OF_TABLES, "datapackage.json", "table markers has no column 'none', which a key"),
    "schema that points to no table": (
        change_schema(lambda tables, _: tables["hits"]["schema"]["foreignKeys"][0]["reference"].update(resource="none")),
        OF_TABLES, "datapackage.json", "of hits points to 'source_id' of 'none', which is not there"),
    "schema with a limit of words": (
        change_schema(lambda tables, _: tables["markers"]["schema"]["fields"][0]["constraints"].update(minimum="x")),
        OF_TABLES, "datapackage.json", "a limit of marker must be a number; it is 'x'"),
    "schema with a pattern that is none": (change_marker("a", "[a-"), OF_TABLES, "datapackage.json", "the pattern of marker is no regular expression"),
    "schema with two columns of one name": (
        change_schema(lambda tables, _: tables["markers"]["schema"]["fields"].append(tables["markers"]["schema"]["fields"][0])),
        OF_TABLES, "datapackage.json", "table markers has two columns of one name"),
    "schema that rates no table": (change_schema(lambda tables, _: tables["claim_ratings"].update(rates="none")),
                                   OF_TABLES, "datapackage.json", "table claim_ratings rates 'none', which is no table"),
    "pattern without end": (change_marker("a" * 5000 + "c", "(?:a|aa|a?b?a)+"), [n for n in OF_TABLES if not n.startswith("settle")],
                            "datapackage.json", "the pattern of marker must not take more than 1 s on one value"),
    "cell without end": (change_marker("a" * 200_000), [n for n in OF_TABLES if n != "settle one"], "markers.csv", "no cell has more than 131,072 characters"),
    "text in another encoding": (lambda root: [p.write_bytes(b"\xff\xfe\0") for p in (root / "texts").iterdir()], WITH_TEXTS,
                                 "sources.csv", "file must be text in UTF-8; save it so"),
    "text without end": (lambda root: [p.write_text("may " * 1_000_000) for p in (root / "texts").iterdir()],
                         ["check with texts", "tag"], "sources.csv", "text_sha256 must be that of the article's text"),
}  # fmt: skip


@pytest.mark.parametrize(("fault", "command"), [(fault, name) for fault in FAULTS for name in FAULTS[fault][1]])
def test_a_fault_is_said_in_a_sentence_that_names_its_file(project, capsys, monkeypatch, fault, command):
    do, _, file, said = FAULTS[fault]
    do(project)
    monkeypatch.chdir(project)
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file() and path.suffix != ".lock"}
    assert main(write_words(command, project)) == 1
    error = capsys.readouterr().err
    line = next(line for line in error.splitlines() if said in line)
    assert file in error[: error.index(said)]
    assert len(line) < 600
    assert "Traceback" not in error
    if not command.startswith("tidy"):
        kept = {path: path.read_bytes() for path in before}
        assert kept == before


# The disk, the rights to it, and pipes: in a process of its own

NO_FORCE = 1, 2  # Linux's capabilities of root to write and read what its owner forbids


def drop_force() -> None:
    """Take from root what lets it write in a folder that is read-only; nobody else has it."""
    if sys.platform == "linux" and os.geteuid() == 0:
        for capability in NO_FORCE:
            assert ctypes.CDLL(None, use_errno=True).prctl(24, capability, 0, 0, 0) == 0


def limit_files() -> None:
    """Let no file grow beyond 100 bytes, as on a disk that is full."""
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))


def run_command(command, project, before=None, **options) -> subprocess.CompletedProcess:
    words = [
        sys.executable,
        "-c",
        "import sys; from evidence.cli import main; sys.exit(main())",
        *write_words(command, project),
    ]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "200"}
    options = {"stdout": subprocess.PIPE, **options}
    return subprocess.run(
        words,
        cwd=project,
        env=environment,
        preexec_fn=before,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        **options,
    )


def list_files(project) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in project.rglob("*") if path.is_file() and ".evidence-cache" not in path.parts
            and not path.name.startswith(".tables")}  # fmt: skip


posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has other limits and rights")


@posix
@pytest.mark.parametrize("command", WRITERS)
def test_a_full_disk_is_said_in_a_sentence_and_nothing_is_changed(project, command):
    untidy(project)
    before = list_files(project)
    done = run_command(command, project, limit_files)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert "file too large; make room" in done.stderr
    assert str(project) in done.stderr
    assert list_files(project) == before


@posix
@pytest.mark.parametrize("command", WRITERS)
def test_a_read_only_folder_is_said_in_a_sentence_and_nothing_is_changed(project, command):
    untidy(project)
    (project / "report").mkdir()
    before = list_files(project)
    folders = [project / name for name in ("data", "notebooks", "report", "docs") if (project / name).is_dir()] + [
        project
    ]
    for folder in folders:
        folder.chmod(0o555)
    try:
        done = run_command(command, project, drop_force)
    finally:
        for folder in folders:
            folder.chmod(0o755)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert "permission denied" in done.stderr.lower()
    assert str(project) in done.stderr
    assert list_files(project) == before


@posix
@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "run"])
def test_a_pipe_that_closes_ends_a_command_without_a_word(project, command):
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = run_command(command, project, stdout=writer)
    finally:
        os.close(writer)
    assert (done.returncode, "Traceback" in done.stderr, "Exception" in done.stderr) == (1, False, False), done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is full")
@pytest.mark.parametrize("command", ["check", "settle", "docs", "tag"])
def test_an_output_that_cannot_be_written_is_said_in_a_sentence(project, command, monkeypatch):
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    with open("/dev/full", "w") as full:
        done = run_command(command, project, stdout=full)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "the system: no space left on device; make room on the disk"


def untidy(project) -> None:
    """Give `tidy` something to put right."""
    path = project / "data" / "studies.csv"
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
