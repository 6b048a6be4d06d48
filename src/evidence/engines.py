"""Large tables of claims: read from CSV or Parquet, checked, judged and counted by an engine, written as Parquet.

`evidence.frames` says what is checked and judged; this module opens the engine and touches the files. A CSV is read
once, every cell as text, and kept as Parquet while the engine works, so that all engines see the same cells.
"""

from __future__ import annotations

import csv
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from evidence.checks import MOST_PLACES, Place, Problem, TableError
from evidence.extras import say_install
from evidence.judgements import SUPPORT
from nbpage.files import BESIDE, save_files

if TYPE_CHECKING:
    from evidence.tables import Review

NEEDS = {
    "duckdb": ("scale", ("narwhals", "pyarrow", "duckdb")),
    "polars": ("scale", ("narwhals", "pyarrow", "polars")),
    "dask": ("scale,cluster", ("narwhals", "pyarrow", "dask")),
    "spark": ("scale,cluster", ("narwhals", "pyarrow", "pyspark")),
}
MOST_MEMORY = "500MB"  # that DuckDB takes before it uses the disk; the process takes some more
ROWS = 100_000  # of a CSV that are kept as one group of Parquet
BLOCK = 1 << 22  # bytes of a CSV that are read at once; no row may be longer
PART = 1_000_000  # rows that one part has at least; Dask and Spark work on parts side by side


class Engine(NamedTuple):
    """What an engine makes frames of: Parquet files, and a table in memory."""

    read: Callable[[list[str]], Any]
    make: Callable[[Any], Any]


class Judged(NamedTuple):
    """What `judge_files` has written, and of how many claims."""

    claims: Path
    counts: Path
    n: int


def judge_files(
    path: str | Path, *, review: Review, engine: str, out: str | Path, by: Sequence[str] = ("stance",)
) -> Judged:
    """Check, judge and count a large table of claims, and write the folder `out`.

    Parameters
    ----------
    path
        A CSV or Parquet file, or a folder of files of one of these kinds. It must have ``claim_id`` and the columns
        that the rule reads of a claim. Other columns of the schema are checked where they stand; what is not in the
        schema is carried along.
    review
        Its propositions and citations, and its schema, are those of the claims. A citation that it does not know is
        not_checkable.
    engine
        One of `NEEDS`.
    out
        A folder that is not there or is empty. It gets ``claims.parquet`` (a file; a folder of parts of Dask and
        Spark), in no order, and ``counts.csv``.
    by
        Columns to count support by.

    Raises
    ------
    TableError
        With every problem of the claims; then nothing is written. ``source_id`` may name sources that are not in the
        review; a ``proposition_id`` may not.
    """
    path, out = Path(path), Path(out)
    _require(engine)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise TableError([Problem(str(out), "this is there already: name a folder that is new or empty")])
    place = out.resolve()  # a folder may be named by a link, or as the one that we are in
    if not place.parent.is_dir():
        raise TableError([Problem(str(out.parent), "this folder is missing: make it first")])
    files = _list_files(path)
    columns = _read_columns(files, path)
    _check_columns(columns, review, by, str(path))
    scratch = Path(tempfile.mkdtemp(prefix=f".{place.name}.", suffix=BESIDE, dir=place.parent))
    try:
        ready, spill = scratch / "judged", scratch / "spill"
        ready.mkdir()
        spill.mkdir()
        parts = _keep_as_parquet(files, columns, scratch) if files[0].suffix == ".csv" else files
        with _without_warnings(), _open(engine, spill) as opened:
            n = _judge(opened, [str(part) for part in parts], review, ready, by, str(path))
        if place.exists():
            place.rmdir()
        os.replace(ready, place)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return Judged(out / "claims.parquet", out / "counts.csv", n)


def _require(engine: str) -> None:
    """Refuse an engine that cannot run here, with what installs it."""
    extra, modules = NEEDS[engine]
    lost = [name for name in modules if find_spec(name) is None]
    if lost:
        noun = f"{', '.join(lost)}, which {'is' if len(lost) == 1 else 'are'} not installed"
        raise TableError([Problem(f"engine {engine}", f"it needs {noun}; {say_install(extra)}")])
    if engine == "spark" and not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        raise TableError([Problem("engine spark", "it needs Java 17 or newer, which is not on the PATH")])


def _list_files(path: Path) -> list[Path]:
    """Return the files of claims, all of one kind."""
    if not path.exists():
        raise TableError([Problem(str(path), "this file is missing")])
    found = [one for one in sorted(path.rglob("*")) if one.is_file()] if path.is_dir() else [path]
    inside = [one.relative_to(path).parts for one in found]
    files = [one for one, parts in zip(found, inside, strict=True) if not any(part[0] in "._" for part in parts)]
    kinds = {one.suffix for one in files}
    if len(kinds) != 1 or not kinds <= {".csv", ".parquet"}:
        kinds_said = ", ".join(sorted(kind or "a file without ending" for kind in kinds)) or "no file"
        rule = f"claims are read from .csv files or from .parquet files, one kind alone; here is {kinds_said}"
        raise TableError([Problem(str(path), rule)])
    return [one.resolve() for one in files]


def _read_columns(files: list[Path], path: Path) -> list[str]:
    """Return the columns, which must be the same in every file."""
    first: Any = None
    for file in files:
        found = _read_header(file) if file.suffix == ".csv" else _read_schema(file)
        first = first or found
        if found != first:
            rule = f"every file must have the columns of {files[0].name}, in the same order and of the same types"
            raise TableError([Problem(str(path / file.name), rule)])
    return [name for name, _ in first]


def _read_header(file: Path) -> list[tuple[str, str]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            header = next(csv.reader(lines, strict=True), [])
    except (UnicodeDecodeError, csv.Error) as error:
        raise TableError([Problem(str(file), f"a table is a well-formed CSV in UTF-8: {error}")]) from error
    if not header:
        raise TableError([Problem(str(file), "a table has a header line; this file is empty")])
    return [(name, "text") for name in header]


def _read_schema(file: Path) -> list[tuple[str, str]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return [(field.name, str(field.type)) for field in pq.read_schema(file)]
    except pa.ArrowInvalid as error:
        raise TableError([Problem(str(file), f"this is no Parquet file: {error}")]) from error


def _check_columns(columns: list[str], review: Review, by: Sequence[str], file: str) -> None:
    from evidence.frames import GIVEN, INPUTS, OF_CITATION, OF_PROPOSITION

    made = (*OF_PROPOSITION, *OF_CITATION, *GIVEN)
    needed = ["claim_id", *(name for name in INPUTS if name not in made)]
    lost = [name for name in needed if name not in columns]
    strange = [name for name in by if name not in (*columns, *made) or name in ("support", "n")]
    forms = [name.lower() for name in columns]  # to some engines Rank is rank
    wrong = {
        "a column that the rule reads is missing": lost,
        "a column must not have the name of one that the rule or the review gives": [
            name for name, form in zip(columns, forms, strict=True) if form in made
        ],
        "a column must stand once": sorted({form for form in forms if forms.count(form) > 1}),
        "support is counted by columns of the claims, or by what the rule gives": strange,
    }
    problems = [Problem(file, f"{rule}: {', '.join(names)}") for rule, names in wrong.items() if names]
    if problems:
        raise TableError(problems)


def _keep_as_parquet(files: list[Path], columns: list[str], scratch: Path) -> list[Path]:
    """Read CSV files and keep them as Parquet, every cell as text; refuse what is not well-formed."""
    import pyarrow as pa

    problems: list[Problem] = []
    parts: list[Path] = []
    schema = pa.schema([(name, pa.string()) for name in columns])
    for i, file in enumerate(files):
        ragged: list[Place] = []
        rows = 0
        try:
            for part, rows_of_part in _write_parts(_open_csv(file, schema, ragged), schema, scratch / f"{i:06}"):
                parts.append(part)
                rows += rows_of_part
        except pa.ArrowInvalid as error:
            problems.append(Problem(str(file), f"a table is a well-formed CSV in UTF-8: {error}"))
        if ragged:
            rule = f"every row must have {len(columns)} cells"
            problems.append(Problem(str(file), rule, tuple(ragged), rows + len(ragged)))
    pa.default_memory_pool().release_unused()  # to the engine
    if problems:
        raise TableError(problems)
    return parts


def _open_csv(file: Path, schema: Any, ragged: list[Place]) -> Any:
    """Open a CSV to be read in pieces; rows that are too short or too long are left out and put into `ragged`."""
    from pyarrow import csv as arrow

    def leave_out(row: Any) -> str:
        cells = f"{row.actual_columns} cells, not {row.expected_columns}"
        ragged.append(Place(None, row.text if len(ragged) < MOST_PLACES else "", cells, 1))
        return "skip"

    return arrow.open_csv(
        file,
        read_options=arrow.ReadOptions(block_size=BLOCK),
        parse_options=arrow.ParseOptions(newlines_in_values=True, invalid_row_handler=leave_out),
        convert_options=arrow.ConvertOptions(column_types=schema, null_values=[""], strings_can_be_null=True),
    )


def _write_parts(batches: Any, schema: Any, stem: Path) -> Iterator[tuple[Path, int]]:
    """Write batches as Parquet files of about `PART` rows, one at least; give each with its number of rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    batches, more, number = iter(batches), True, 0
    while more:
        part, rows = stem.with_name(f"{stem.name}-{number:06}.parquet"), 0
        with pq.ParquetWriter(part, schema) as writer:
            while more and rows < PART:
                kept = list(_take(batches, ROWS))
                more = bool(kept)
                if kept:
                    writer.write_table(pa.Table.from_batches(kept))
                    rows += sum(map(len, kept))
        yield part, rows
        number += 1


def _take(batches: Iterator[Any], rows: int) -> Iterator[Any]:
    """Take batches until they have so many rows."""
    while rows > 0 and (batch := next(batches, None)) is not None:
        yield batch
        rows -= len(batch)


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Keep back what narwhals says of the future of Dask, and PySpark of pandas 3: users cannot act on it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        yield


@contextmanager
def _open(engine: str, spill: Path) -> Iterator[Engine]:
    """Open an engine; what it does not keep in memory it keeps in the folder `spill`."""
    if engine == "duckdb":
        import duckdb

        settings = {"memory_limit": MOST_MEMORY, "temp_directory": str(spill), "preserve_insertion_order": "false"}
        with duckdb.connect(config=settings) as database:
            try:
                yield Engine(database.read_parquet, database.from_arrow)
            except RuntimeError as error:  # so DuckDB says it when a user stops it
                if str(error) != "Query interrupted":
                    raise
                raise KeyboardInterrupt from error
    elif engine == "polars":
        import polars as pl

        yield Engine(pl.scan_parquet, lambda table: pl.from_arrow(table).lazy())
    elif engine == "dask":
        import dask.dataframe as dd

        yield Engine(dd.read_parquet, lambda table: dd.from_pandas(table.to_pandas(), npartitions=1))
    else:
        yield from _open_spark(spill)


def _open_spark(spill: Path) -> Iterator[Engine]:
    """Take the Spark that runs, as one that a cluster has set up, or start one in this process."""
    from pyspark.sql import SparkSession

    running = SparkSession.getActiveSession()
    settings = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.local.dir": str(spill)}
    session = running or SparkSession.builder.appName("evidence judge").config(map=settings).getOrCreate()
    if running is None and not os.environ.get("SPARK_REMOTE"):
        session.sparkContext.setLogLevel("ERROR")
    try:
        yield Engine(lambda files: session.read.parquet(*files), session.createDataFrame)
    finally:
        if running is None:
            session.stop()


def _judge(engine: Engine, files: list[str], review: Review, out: Path, by: Sequence[str], file: str) -> int:
    """Check the claims, write them judged, and count what was written."""
    import narwhals as nw

    from evidence.frames import check_frame, check_mapping, count_frame, join_frame, judge_frame

    claims = engine.read(files)
    propositions, citations = review.propositions, review.citations
    ids = propositions["proposition_id"].tolist()
    directions = dict(zip(ids, propositions["direction"].astype(object), strict=True))
    problems = check_frame(claims, review.vocabulary.tables["claims"], known={"proposition_id": ids}, file=file)
    problems += check_mapping(claims, directions, file=file)
    if problems:
        raise TableError(problems)
    written = out / "claims.parquet"
    judged = judge_frame(join_frame(claims, engine.make(_to_arrow(propositions)), engine.make(_to_arrow(citations))))
    nw.from_native(judged).lazy().sink_parquet(str(written))
    parts = sorted(written.glob("[!._]*")) if written.is_dir() else [written]
    counts = _lay_out(count_frame(engine.read([str(part) for part in parts]), *by, "support"), by)
    save_files({out / "counts.csv": counts.to_csv(index=False, lineterminator="\n")})
    return int(counts["n"].sum())


def _to_arrow(rows: pd.DataFrame) -> Any:
    """Return a table of a review as text."""
    import pyarrow as pa

    return pa.table({name: pa.array(rows[name].astype(object), pa.string(), from_pandas=True)
                     for name in rows.columns if not pd.api.types.is_numeric_dtype(rows[name])
                     and not pd.api.types.is_datetime64_any_dtype(rows[name])})  # fmt: skip


def _lay_out(counts: Any, by: Sequence[str]) -> pd.DataFrame:
    """Return counts with a row for every level of support, in order, also where nothing has it."""
    from evidence.frames import collect

    found = pd.DataFrame(collect(counts)).astype({"n": int, "support": "str"})
    groups = found[list(by)].drop_duplicates().sort_values(list(by), na_position="last")
    levels = groups.merge(pd.DataFrame({"support": SUPPORT}), how="cross")
    laid = levels.merge(found, how="left", on=[*by, "support"], validate="1:1")
    return laid.fillna({"n": 0}).astype({"n": int})[[*by, "support", "n"]]
