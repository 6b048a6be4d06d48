"""How checking, judging and counting grow with the tables.

``python benchmarks/growth.py`` repeats every row of ``data/`` with new ids, 1, 10, 100 and 1,000 times, and prints
time and peak memory of each step: checking alone (as ``evidence check``), loading (which checks, too, and types the
columns), judging, counting. ``--claims N`` adds a run with at least N claims (a million by default), without ratings.
Each size runs in a process of its own; its helpers' memory counts. Linear growth shows as a flat last column:
microseconds to load and judge, for each row.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

from evidence.tables import load_vocabulary

DATA = Path(__file__).resolve().parent.parent / "data"
KEYS = {  # columns that hold an id, by the kind of id
    "source": ["source_id"],
    "dashed": ["segment_id", "claim_id", "hit_id", "merged_into"],
    "numbered": ["proposition_id", "finding_id", "citation_id", "search_id"],
    "study": ["study_id", "nearest_study_id"],
}
KEPT = {"markers"}
_NUMBERED = re.compile(r"^([A-Z])(\d+)")
WHO = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)


def main() -> None:
    """Print the table of sizes, or time one folder (used by itself)."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--time", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--claims", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, nargs="*", default=[1, 10, 100, 1000])
    options = parser.parse_args()
    if options.time:
        print(json.dumps(time_steps(options.time)))
        return
    one = len(read(DATA / "claims.csv"))
    sizes = [*options.times, *([-(-options.claims // one)] if options.claims else [])]
    print(
        f"{'times':>6} {'claims':>10} {'rows':>11} {'check s':>8} {'load s':>8} {'judge s':>8}"
        f" {'count s':>8} {'peak MB':>8} {'us/row':>8}"
    )
    for times in sizes:
        lean = times > max(options.times, default=0)
        with tempfile.TemporaryDirectory() as folder:
            repeat_tables(DATA, Path(folder), times, lean=lean)
            out = subprocess.run(
                [sys.executable, __file__, "--time", folder], capture_output=True, text=True, check=True
            )
        show(times, json.loads(out.stdout), lean)


def show(times: int, took: dict, lean: bool) -> None:
    """Print one line; a lean run leaves the ratings out, which are the most rows."""
    each = 1e6 * (took["load"] + took["judge"]) / took["rows"]
    line = f"{times:>6,} {took['claims']:>10,} {took['rows']:>11,}"
    line += "".join(f" {took[step]:>8.2f}" for step in ("check", "load", "judge", "count"))
    print(f"{line} {took['peak']:>8,.0f} {each:>8.2f}{'  without ratings' if lean else ''}", flush=True)


def read(path: Path) -> pd.DataFrame:
    """Read a table as text."""
    return pd.read_csv(path, dtype=str, keep_default_na=False, na_filter=False)


def repeat_tables(data: Path, folder: Path, times: int, *, lean: bool) -> None:
    """Write every table `times` times as long, with ids of its own for every copy."""
    shutil.copy(data / "datapackage.json", folder)
    for table in load_vocabulary(data).tables.values():
        rows = read(data / table.path)
        if table.rates and lean:
            rows = rows.iloc[:0]
        if table.name not in KEPT:
            rows = pd.concat([renew(rows, copy) for copy in range(times)], ignore_index=True)
        rows.sort_values(list(table.keys), kind="stable").to_csv(folder / table.path, index=False, lineterminator="\n")


def renew(rows: pd.DataFrame, copy: int) -> pd.DataFrame:
    """Return rows whose ids, files and hashes belong to one copy."""
    mark, new = f"{copy:05d}", rows.copy()
    for column in rows.columns.intersection(KEYS["source"]):
        new[column] = rows[column] + mark
    for column in rows.columns.intersection(KEYS["dashed"]):
        new[column] = rows[column].str.replace("-", f"{mark}-", n=1)
    for column in rows.columns.intersection(KEYS["numbered"]):
        new[column] = rows[column].str.replace(_NUMBERED, lambda key: key[1] + mark + key[2].zfill(5), regex=True)
    for column in rows.columns.intersection(KEYS["study"]):
        new[column] = rows[column].where(rows[column] == "", rows[column] + "-" + mark)
    if "file" in rows:
        new["file"] = mark + "-" + rows["file"]
        new["text_sha256"] = f"{copy:064x}" if len(rows) == 1 else [f"{copy:060x}{i:04x}" for i in range(len(rows))]
    return new


def time_steps(folder: Path) -> dict:
    """Check, load, judge and count one folder; seconds, rows and peak memory in MB."""
    import evidence
    import evidence.tables
    from evidence import counts

    begin = time.perf_counter()
    problems = evidence.check_data(folder)
    checked = time.perf_counter()
    if problems:
        raise SystemExit(str(problems[0])[:2000])
    review = evidence.load(folder)
    loaded = time.perf_counter()
    claims = evidence.judge(review)
    judged = time.perf_counter()
    claims = counts.join_claims(review)
    counts.count_claims(claims, "kind", "support")
    counts.count_flow(review)
    counted = time.perf_counter()
    tables = [getattr(review, name) for name in review.vocabulary.tables]
    return {
        "claims": len(claims),
        "rows": sum(map(len, tables)),
        "check": checked - begin,
        "load": loaded - checked,
        "judge": judged - loaded,
        "count": counted - judged,
        "peak": sum(resource.getrusage(who).ru_maxrss for who in WHO) / 1024,
    }


if __name__ == "__main__":
    main()
