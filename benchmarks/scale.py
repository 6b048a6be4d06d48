"""Measure how long a large table of claims takes to check, judge and count, and how much memory, on each engine.

Run ``python benchmarks/scale.py`` (needs the extras `scale`, `cluster` and `bench`). The claims are the review's own,
repeated with fresh ids; claim and quote get a number, so that no two are the same. Each run is a process of its own:
``evidence judge``, and for pandas the review's own functions on the same file. All must count the same.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
import tempfile
import time
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from evidence.tables import load_vocabulary, read_cells

ROOT = Path(__file__).resolve().parents[1]
PART = 500_000  # claims of a file
NEEDS = {"duckdb": "duckdb", "polars": "polars", "dask": "dask", "spark": "pyspark"}


class Run(NamedTuple):
    """What one run took: seconds, the most MB of all its processes at one time, what it counted, how it ended."""

    seconds: float
    most: float
    counts: str
    end: str


def main() -> None:
    """Measure and print."""
    options = _parse()
    if options.pandas:
        _run_pandas(*options.pandas)
        return
    with tempfile.TemporaryDirectory(dir=options.scratch) as folder:
        os.environ["PYTHONPYCACHEPREFIX"] = str(Path(folder) / "compiled")
        _print_head(options)
        counts, runs = set(), {}
        for times in options.claims:
            claims = Path(folder) / f"claims-{times}"
            write_claims(claims, times, "parquet")
            for case in options.engines:
                if case == "duckdb from CSV":
                    shutil.rmtree(claims)
                    write_claims(claims, times, "csv")
                run = _measure(case, claims, Path(folder) / "out", options.limit)
                print(f"| {times:,} | {case} | {run.seconds:.1f} | {run.most:,.0f} | {run.end} |", flush=True)
                runs[times, case] = run
                counts |= {(times, run.counts)} if run.counts else set()
            shutil.rmtree(claims)
        same = len(counts) == len(options.claims)
        print(f"\nAll that finished counted the same: {'yes' if same else 'NO'}.")
        _print_growth(options, runs)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--claims", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--engines", nargs="+", default=["pandas", *NEEDS, "duckdb from CSV"])
    parser.add_argument("--limit", type=float, default=8000, help="MB at which a run is stopped")
    parser.add_argument("--scratch", help="folder with room for the claims (default: that of the system)")
    parser.add_argument("--pandas", nargs=2, type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def write_claims(folder: Path, n: int, kind: str) -> None:
    """Write `n` claims as files of a folder, every cell as text."""
    cells = read_cells(ROOT / "data" / "claims.csv", load_vocabulary(ROOT / "data").tables["claims"])
    folder.mkdir()
    for start in range(0, n, PART):
        numbers = pd.Series(range(start, min(n, start + PART)))
        rows = cells.iloc[numbers % len(cells)].reset_index(drop=True)
        text = numbers.astype(str)
        rows = rows.assign(
            claim_id="crawl-" + text.str.zfill(8), claim=rows["claim"] + " " + text, quote=rows["quote"] + " " + text
        )
        table = pa.table({name: pa.array(values.astype(object), pa.string()) for name, values in rows.items()})
        path = folder / f"part-{start // PART:04}.{kind}"
        if kind == "csv":
            csv.write_csv(table, path)
        else:
            pq.write_table(table, path, row_group_size=100_000)


def _measure(case: str, claims: Path, out: Path, limit: float) -> Run:
    """Run one case in a process of its own and watch it; one that takes more than `limit` MB is stopped."""
    if case == "pandas":
        command = [sys.executable, __file__, "--pandas", str(claims), str(out)]
    else:
        command = [sys.executable, "-m", "evidence.cli", "judge", str(claims), "--data", str(ROOT / "data"),
                   "--engine", case.split()[0], "--out", str(out)]  # fmt: skip
    start, most, end = time.perf_counter(), 0.0, ""
    with tempfile.TemporaryFile() as said:
        process = psutil.Popen(command, stdout=said, stderr=said)
        while process.poll() is None:
            most = max(most, _sum_memory(process))
            if most > limit and not end:
                end = f"stopped at {limit:,.0f} MB"
                for child in process.children(recursive=True):
                    child.kill()
                process.kill()
            time.sleep(0.05)
        seconds = time.perf_counter() - start
        if process.returncode and not end:
            said.seek(0)
            end = "failed: " + said.read().decode(errors="replace").strip().splitlines()[-1][:200]
    counts = "" if end else (out / "counts.csv").read_text(encoding="utf-8")
    shutil.rmtree(out, ignore_errors=True)
    return Run(seconds, most, counts, end or "done")


def _sum_memory(process: psutil.Process) -> float:
    total = 0.0
    try:
        for one in [process, *process.children(recursive=True)]:
            total += one.memory_info().rss / 1e6
    except psutil.Error:  # one ended between two looks
        pass
    return total


def _print_growth(options: argparse.Namespace, runs: dict[tuple[int, str], Run]) -> None:
    few, *_, many = sorted(options.claims) if len(options.claims) > 1 else (0, 0)
    for case in options.engines:
        if few and {runs[few, case].end, runs[many, case].end} == {"done"}:
            times = runs[many, case].seconds / runs[few, case].seconds
            print(f"{case}: {many / few:g} times the claims take {times:.1f} times as long.")


def _run_pandas(claims: Path, out: Path) -> None:
    """Check, judge, count and write by the review's own functions, all in memory."""
    import evidence
    from evidence.checks import TableError, check_keys, check_table
    from evidence.judgements import judge_claims

    review = evidence.load(ROOT / "data")
    cells = pd.read_parquet(claims)  # every cell is text, an empty one is ""
    text = review.propositions.astype(object).where(review.propositions.notna(), "")
    problems = check_table(cells, review.vocabulary.tables["claims"], "claims")
    files = {"claims": "claims", "propositions": "propositions"}
    problems += check_keys({"claims": cells, "propositions": text}, review.vocabulary, files)
    if problems:
        raise TableError(problems)
    cells = cells.mask(cells == "")
    found = review.propositions.set_index("proposition_id")[["direction", "certainty", "indirectness"]]
    cited = review.citations.set_index("claim_id")[["identity", "accuracy"]]
    judged = judge_claims(cells.join(found, on="proposition_id").join(cited, on="claim_id"))
    counts = judged.groupby(["stance", "support"], observed=False).size().rename("n").reset_index()
    out.mkdir()
    judged.to_parquet(out / "claims.parquet")
    counts.to_csv(out / "counts.csv", index=False, lineterminator="\n")


def _print_head(options: argparse.Namespace) -> None:
    memory = psutil.virtual_memory().total / 2**30
    versions = [f"{name} {__import__(name).__version__}" for name in ("pandas", "narwhals", *NEEDS.values())
                if find_spec(name)]  # fmt: skip
    print(f"{date.today()}, {os.cpu_count()} processors, {memory:.0f} GB, {platform.system()}, Python "
          f"{platform.python_version()}, {', '.join(versions)}; stopped at {options.limit:,.0f} MB\n")  # fmt: skip
    print("| claims | engine | seconds | peak MB of all processes | end |")
    print("|---:|---|---:|---:|---|", flush=True)


if __name__ == "__main__":
    main()
