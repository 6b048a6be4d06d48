"""The command line: parse, call, print."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import evidence
from evidence.schema import NOTEBOOKS, find_data

if TYPE_CHECKING:
    import pandas as pd
    from rich.progress import Progress as Bar

    from nbpage.build import Progress, Step


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``evidence``; returns 0, or 1 with every problem on standard error.

    Parameters
    ----------
    arguments
        Words behind the program's name; those of the process by default.
    """
    options = _build_parser().parse_args(arguments)
    try:
        status = options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:  # who read our output has gone, as `head` does
        _forget_output()
        return 1
    except FileNotFoundError as error:
        print(_name_file(error) if error.filename else error, file=sys.stderr)
        return 1
    except OSError as error:
        print(_name_file(error), file=sys.stderr)
        try:
            sys.stdout.flush()
        except OSError:  # it is our output that cannot be written
            _forget_output()
        return 1
    except (evidence.TableError, evidence.report.NotebookError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; nothing more was written", file=sys.stderr)
        return 130
    return status


def _forget_output() -> None:
    """Let what is left of our output go nowhere, or Python would fail on it once more at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _name_file(error: OSError) -> str:
    """Say in a line which file the system refused, why, and what to do."""
    return f"{error.filename2 or error.filename or 'the system'}: {evidence.tables.describe_refusal(error)}"


class _ShowVersion(argparse.Action):
    """Print the version; it is looked up, which takes a while, only when asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        print(f"evidence {getattr(evidence, '__version__', '(not installed)')}")
        parser.exit()


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="evidence", description=evidence.__doc__.splitlines()[0])
    parser.add_argument("--version", action=_ShowVersion, nargs=0, help="print the version and leave")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    tables = argparse.ArgumentParser(add_help=False)
    tables.add_argument("data", nargs="?", type=Path, help="folder of the tables (default: the nearest data/)")

    check = commands.add_parser(
        "check", parents=[tables], help="check all tables, and with texts every span, quote and hash"
    )
    _add_texts(check)
    check.set_defaults(run=_check)

    tidy = commands.add_parser(
        "tidy", parents=[tables], help="put right what has one right form: encoding, order of rows, derived cells"
    )
    _add_texts(tidy)
    tidy.add_argument("--from", type=Path, metavar="FILE.xlsx", dest="workbook",
                      help="take back a workbook of `evidence export xlsx`: shows what changed, then asks")  # fmt: skip
    tidy.add_argument("--yes", action="store_true", help="with --from: write what changed without being asked")
    tidy.set_defaults(run=_tidy)

    new = commands.add_parser("new", help="begin a review: tables without rows, notebooks, manual, README")
    new.add_argument("folder", type=Path, metavar="DIR", help="folder to make")
    new.add_argument("--title", required=True, help="what the review is about, as its page prints it")
    new.set_defaults(run=_new)

    add = commands.add_parser("add", help="take an article in: its row, text, sentences and cue words")
    add.add_argument("file", type=Path, metavar="FILE", help="the article as .txt, or as .html with the extra `web`")
    add.add_argument("--id", required=True, metavar="ID", help="its short name: small letters and digits")
    add.add_argument("--url", default="", help="address of the live page")
    add.add_argument("--title", default="", help="default: the page's own, else the first line of the text")
    add.add_argument("--language", default="", metavar="TAG", help="of the text, as a BCP 47 tag (default: en)")
    _add_data(add)
    _add_texts(add)
    add.set_defaults(run=_add)

    texts = commands.add_parser(
        "texts", parents=[tables], help="bring the articles' texts from the web, and say how each fits what was coded"
    )
    _add_texts(texts)
    texts.set_defaults(run=_fetch_texts)

    studies = commands.add_parser("studies", help="take studies in from .ris, .bib, .nbib or CSL-JSON (.json)")
    studies.add_argument("file", type=Path, metavar="FILE", help="as a reference manager or PubMed writes it")
    _add_data(studies)
    studies.set_defaults(run=_studies)

    run = commands.add_parser("run", help="execute notebooks in place, from clean, and store their outputs")
    run.add_argument("notebooks", nargs="*", type=Path, help="files (default: all in notebooks/)")
    run.set_defaults(run=_run)

    report = commands.add_parser("report", help="rebuild what changed and write one HTML file")
    _add_data(report)
    report.add_argument("--out", type=Path, help="file to write (default: report/review.html beside data/)")
    report.add_argument(
        "--no-run", action="store_true", help="show the outputs that the notebooks hold; run no code of theirs"
    )
    report.add_argument("--pdf", action="store_true", help="print its summary beside it too, by an installed Chromium")
    report.set_defaults(run=_report)

    export = commands.add_parser("export", help="write judged claims or studies for other programs")
    export.add_argument("format", choices=("xlsx", "docx", "ris", "csl", "claimreview"))
    _add_data(export)
    export.add_argument("--out", type=Path, help="file to write (default: in report/ beside data/)")
    export.add_argument("--page", default="", metavar="URL", help="where the report stands, for claimreview")
    export.set_defaults(run=_export)

    tag = commands.add_parser(
        "tag", parents=[tables], help="find the markers in the articles' texts and write hits.csv"
    )
    _add_texts(tag)
    tag.set_defaults(run=_tag)

    docs = commands.add_parser(
        "docs", parents=[tables], help="write what the documents say from the tables: codebook, findings, chart"
    )
    docs.set_defaults(run=_docs)

    judging = commands.add_parser(
        "judge", help="check, judge and count a large table of claims on DuckDB, polars, Dask or Spark"
    )
    judging.add_argument("claims", type=Path, help="a CSV or Parquet file, or a folder of files of one kind")
    judging.add_argument("--data", type=Path, metavar="REVIEW",
                         help="folder of the review with their propositions (default: the nearest data/)")  # fmt: skip
    judging.add_argument("--engine", choices=["duckdb", "polars", "dask", "spark"], default="duckdb")
    judging.add_argument("--out", type=Path, required=True, metavar="DIR",
                         help="new folder for claims.parquet and counts.csv")  # fmt: skip
    judging.add_argument("--by", action="append", default=[], metavar="COLUMN",
                         help="count support by this column; may be given again (default: stance)")  # fmt: skip
    judging.set_defaults(run=_judge)

    settling = commands.add_parser(
        "settle", parents=[tables], help="list where raters disagree, or settle a value with its reason"
    )
    settling.add_argument("--all", action="store_true", help="list settled disagreements too")
    settling.add_argument("--finish", action="store_true", help="give cells what their ratings say, as after a crash")
    settling.add_argument("--row", metavar="KEY", default="", help="the row to settle, as hubpages-001 or P01")
    settling.add_argument("--variable", action="append", default=[], metavar="NAME",
                          help="what to settle; with its --value again for what hangs together")  # fmt: skip
    settling.add_argument("--value", action="append", default=[], metavar="WORD", help="final value of the variable")
    settling.add_argument("--reason", metavar="TEXT", help="why; stands in the final rating")
    settling.add_argument("--rater", metavar="ID", help="who settles")
    settling.set_defaults(run=_settle)
    return parser


def _add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, help="folder of the tables (default: the nearest data/)")


def _add_texts(parser: argparse.ArgumentParser) -> None:
    texts = os.environ.get("EVIDENCE_TEXTS")
    parser.add_argument(
        "--texts",
        type=Path,
        metavar="DIR",
        default=Path(texts) if texts else None,
        help="folder of the articles' texts (default: the environment variable EVIDENCE_TEXTS)",
    )


def _check(options: argparse.Namespace) -> int:
    from evidence.ratings import list_disagreements

    folder = find_data(options.data)
    problems = evidence.check_data(folder, texts=options.texts)
    if problems:
        print(evidence.TableError(problems), file=sys.stderr)
        noun = "rule is" if len(problems) == 1 else "rules are"
        print(f"evidence check: {len(problems)} {noun} broken in {folder}", file=sys.stderr)
        return 1
    against = f", and against the words in {options.texts}" if options.texts else ""
    print(f"evidence check: {folder} is sound{against}")
    if not options.texts:
        print("not checked for want of the articles' texts: spans, quotes, segments, markers, hashes (--texts DIR)")
    n = len(list_disagreements(folder))
    print(f"open disagreements of raters: {n}{' (evidence settle lists them)' if n else ''}")
    return 0


def _tidy(options: argparse.Namespace) -> int:
    from evidence.tidy import tidy_data

    if options.workbook and not _take_back(options):
        return 1
    for change in tidy_data(options.data, texts=options.texts):
        print(change)
    return _check(options)


def _take_back(options: argparse.Namespace) -> bool:
    """Show what an edited workbook changes, and write it when that is wanted; tells whether to go on."""
    from evidence.workbook import compare_workbook, take_workbook

    taken = compare_workbook(options.workbook, options.data)
    for edit in taken.edits:
        what = edit.column or ("row taken out" if edit.before else "new row")
        print(f"{edit.table}  {edit.row}  {what}: {edit.before or 'empty'} → {edit.after or 'empty'}")
    if taken.ignored:
        print(f"not read, for they are written from the tables: {', '.join(taken.ignored)}")
    if taken.edits and taken.outdated:
        print("the tables have changed since the workbook was written: what is shown may undo what was done since")
    n = evidence.labels.count(len(taken.edits), "change")
    print(f"evidence tidy: {n} in {options.workbook}")
    if taken.edits:
        if not (options.yes or (sys.stdin.isatty() and _ask("Write this?"))):
            print("nothing was written; --yes writes it", file=sys.stderr)
            return False
        take_workbook(options.workbook, options.data, seen=taken)
    return True


def _ask(question: str) -> bool:
    """Ask on the terminal; who ends the input says no."""
    try:
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        print()
        return False


def _new(options: argparse.Namespace) -> int:
    written = evidence.authoring.create_review(options.folder, title=options.title)
    files = evidence.labels.count(len(written), "file")
    print(f"evidence new: {options.folder} made, {files}; its README.md says how to go on")
    return 0


def _add(options: argparse.Namespace) -> int:
    added = evidence.authoring.add_article(
        options.file,
        source_id=options.id,
        url=options.url,
        title=options.title,
        language=options.language,
        folder=options.data,
        texts=options.texts,
    )
    print(f"evidence add: {added}")
    return 0


def _fetch_texts(options: argparse.Namespace) -> int:
    said = evidence.authoring.fetch_texts(options.data, options.texts)
    coded = 0
    for source, became in said.items():
        if isinstance(became, str):
            print(f"{source}: {became}")
        elif became.again:
            print(f"{became}\n  this is not the text that was coded; take it over with: "
                  f"evidence add {became.file} --id {source}")  # fmt: skip
            for name in ("exact", "moved", "changed"):
                print(f"  {name}: {', '.join(getattr(became, name)) or 'none'}")
        else:
            coded += 1
            print(f"{source}: {became.file}, the text that was coded")
    print(f"evidence texts: {coded} of {evidence.labels.count(len(said), 'missing text')} brought as coded")
    return 0 if coded == len(said) else 1


def _studies(options: argparse.Namespace) -> int:
    print(f"evidence studies: {evidence.references.add_studies(options.file, options.data)}")
    return 0


def _export(options: argparse.Namespace) -> int:
    path = evidence.exports.export_review(options.format, folder=options.data, out=options.out, page=options.page)
    print(f"evidence export: {path} ({-(-path.stat().st_size // 1000):,} kB)")
    return 0


def _tag(options: argparse.Namespace) -> int:
    if options.texts is None:
        print("evidence tag: name the folder of the articles' texts with --texts DIR", file=sys.stderr)
        return 1
    hits = evidence.tables.save_hits(options.data, texts=options.texts)
    print(f"evidence tag: {len(hits)} markers found")
    return 0


def _docs(options: argparse.Namespace) -> int:
    from evidence.documents import save_documents

    for path in save_documents(options.data):
        print(f"evidence docs: {path} written")
    return 0


def _find_notebooks(data: Path | None) -> Path:
    """Return the folder of notebooks: that beside the tables, else that of the working directory."""
    beside = data.resolve().parent / "notebooks" if data else None
    return beside if beside and beside.is_dir() else Path("notebooks")


def _run(options: argparse.Namespace) -> int:
    paths = options.notebooks
    if not paths:
        data = None
        with suppress(FileNotFoundError):  # notebooks may run without tables
            data = find_data()
        folder = _find_notebooks(data)
        paths = sorted(folder.glob(NOTEBOOKS))
        if not paths:
            print(f"evidence run: no notebooks named like {NOTEBOOKS} in {folder}; name them", file=sys.stderr)
            return 1
    _with_progress(lambda progress: evidence.report.run_notebooks(paths, progress=progress))
    return 0


def _report(options: argparse.Namespace) -> int:
    data = find_data(options.data)
    root = data.resolve().parent
    notebooks = _find_notebooks(data)
    out = options.out or root / "report" / "review.html"
    _with_progress(
        lambda progress: evidence.report.export_report(
            notebooks, data=data, out=out, run=not options.no_run, progress=progress
        )
    )
    print(f"evidence report: {out} ({out.stat().st_size / 1000:,.0f} kB)")
    if options.pdf:
        from evidence.report.pdf import print_summary

        path = print_summary(out, out.with_suffix(".pdf"))
        print(f"evidence report: {path} ({path.stat().st_size / 1000:,.0f} kB)")
    return 0


def _judge(options: argparse.Namespace) -> int:
    from evidence.engines import judge_files

    judged = judge_files(
        options.claims,
        review=evidence.load(options.data),
        engine=options.engine,
        out=options.out,
        by=tuple(dict.fromkeys(options.by)) or ("stance",),
    )
    n = evidence.labels.count(judged.n, "claim")
    print(f"evidence judge: {n} judged; {judged.claims} and {judged.counts} written")
    return 0


def _settle(options: argparse.Namespace) -> int:
    from evidence import ratings

    if options.finish:
        return _print_finished(ratings.finish(options.data, row_id=options.row))
    needed = {"--row": options.row, "--variable": options.variable, "--value": options.value,
              "--reason": options.reason, "--rater": options.rater}  # fmt: skip
    missing = [name for name, given in needed.items() if not given]
    if len(missing) == len(needed):
        return _print_disagreements(ratings.list_disagreements(options.data, settled=options.all))
    if missing or not len(set(options.variable)) == len(options.variable) == len(options.value):
        lacks = ", ".join(missing) or "one --value for each --variable"
        print(f"evidence settle: a final value also needs {lacks}", file=sys.stderr)
        return 1
    receipt = ratings.settle(
        dict(zip(options.variable, options.value, strict=True)),
        row_id=options.row,
        rater_id=options.rater,
        reason=options.reason,
        folder=options.data,
    )
    changed = ", ".join(f"{name} is {value or 'empty'} now" for name, value in receipt.cells.items())
    print(f"evidence settle: {options.row} is settled; in {receipt.table} {changed or 'no cell changed'}")
    return 0


def _print_disagreements(listed: pd.DataFrame) -> int:
    for row in listed.to_dict("records"):
        values = ", ".join(f"{rater} {value}" for rater, value in row["values"].items())
        final = f"; final {row['final']}" if row["settled"] else ""
        print(f"{row['row_id']}  {row['variable']}: {values}; in {row['table']} {row['current'] or 'empty'}{final}")
    n = evidence.labels.count(len(listed), "disagreement")
    print(f"evidence settle: {n}{'' if len(listed) else '; nothing waits'}")
    return 0


def _print_finished(changed: pd.DataFrame) -> int:
    for row in changed.to_dict("records"):
        print(f"{row['row_id']}  {row['variable']}: {row['before'] or 'empty'} became {row['after']}")
    print(f"evidence settle: {evidence.labels.count(len(changed), 'cell')} changed")
    return 0


def _with_progress(work: Callable[[Progress], object]) -> None:
    """Run `work` with a line of progress on standard error once there is something to do."""
    bars: list[Bar] = []

    def show(step: Step) -> None:
        if step.state == "started" and not bars:
            bars.append(_start_bar(step.total))
        if bars:
            bars[0].update(bars[0].task_ids[0], completed=step.done, description=f"{step.state} {step.notebook}")

    try:
        work(show)
    finally:
        for bar in bars:
            bar.stop()


def _start_bar(total: int) -> Bar:
    """Start a progress bar of `rich`, which is slow to import."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    bar.add_task("notebooks", total=total)
    bar.start()
    return bar


if __name__ == "__main__":
    sys.exit(main())
