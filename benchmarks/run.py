"""Measure what skmlic claims about speed and memory; print a markdown table.

``python benchmarks/run.py`` runs everything, ``--rows NAME,NAME`` some of it. See README.md.
"""

import argparse
import tempfile
import traceback
from contextlib import contextmanager
from pathlib import Path

from machine import describe_machine
from measuring import format_spread, is_reached, left_out, say
from pictures import describe_pictures, find_pictures, make_pictures
from rows_decisions import run_score, run_splits, run_thresholds
from rows_embedding import EMBED_ROWS, run_efficiency, run_race
from rows_store import run_memory, run_warm_store
from rows_training import run_fine_tuning, run_head, run_search

RESULTS = Path(__file__).with_name("RESULTS.md")
# The rows of one race are measured together: their contenders take turns.
RACE_ROWS = (*EMBED_ROWS, "peers")
OTHER_ROWS = {
    "efficiency": run_efficiency,
    "search": run_search,
    "warm-store": run_warm_store,
    "head": run_head,
    "fine-tuning": run_fine_tuning,
    "memory": run_memory,
    "score": run_score,
    "thresholds": run_thresholds,
    "splits": run_splits,
}
ROWS = (*RACE_ROWS, *OTHER_ROWS)
FAILED = "**failed**"
MARKS = {True: "reached", False: "**missed**", None: ""}


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", metavar="DIR", help="JPEG files (default: generated ones)")
    parser.add_argument("--limit", type=int, default=640, help="most pictures (default: 640)")
    parser.add_argument("--repeats", type=int, default=3, help="rounds (default: 3)")
    parser.add_argument(
        "--rows",
        default=",".join(ROWS),
        metavar="NAME,NAME",
        help=f"which to run, of {', '.join(ROWS)} (default: all)",
    )
    parser.add_argument(
        "--write", action="store_true", help=f"write {RESULTS.name} beside this file"
    )
    options = parser.parse_args()
    options.rows = options.rows.split(",")
    if unknown := [name for name in options.rows if name not in ROWS]:
        parser.error(f"--rows: unknown {unknown}; expected some of {', '.join(ROWS)}")
    return options


@contextmanager
def open_pictures(options):
    """Give the paths of the user's pictures, or of generated ones that are removed afterwards."""
    if options.images:
        yield find_pictures(options.images, options.limit)
        return
    with tempfile.TemporaryDirectory() as folder:
        yield make_pictures(folder, options.limit)


def run_rows(names, paths, repeats):
    """Run the chosen rows; a row that fails does not take the others with it."""
    race = [name for name in RACE_ROWS if name in names]
    tasks = [(", ".join(race), lambda: run_race(race, paths, repeats))] if race else []
    for name in OTHER_ROWS:
        if name in names:
            tasks.append((name, lambda run=OTHER_ROWS[name]: run(paths, repeats)))
    results = []
    for name, task in tasks:
        say(name)
        try:
            results += task()
        except Exception as error:
            traceback.print_exc()
            results.append(left_out(name, f"{FAILED}: {type(error).__name__}, see the terminal"))
    return results


def format_result(result):
    """Return a result as a line of a markdown table."""
    if result.reason:
        return f"| {result.what} | – | | | {result.reason} |"
    target = "" if result.target is None else "{} {}".format(*result.target)
    target = target.replace(">=", "≥").replace("<=", "≤")
    cells = (
        result.what,
        format_spread(result.ratios),
        target,
        MARKS[is_reached(result)],
        result.details,
    )
    return "| " + " | ".join(cells) + " |"


def describe_source(options):
    """Return a text: where the pictures come from, without the folders of this machine."""
    if not options.images:
        return "generated from scikit-learn's sample photographs"
    return "from `" + "/".join(Path(options.images).resolve().parts[-2:]) + "`"


def format_report(results, machine, pictures, options):
    """Return the whole report as markdown."""
    return "\n".join(
        [
            "# Speed and memory",
            "",
            f"Written by `python benchmarks/run.py`; [README.md](README.md) says what each line "
            f"means. {options.repeats} rounds, the methods of a line in turn; a cell has the "
            "median, the least and the largest ratio of a round. Ratios count; the rates beside "
            "them are this machine's.",
            "",
            *machine,
            f"- Pictures: {pictures}, {describe_source(options)}",
            "",
            "| what | ratio | must reach | | measured |",
            "| --- | --- | --- | --- | --- |",
            *map(format_result, results),
            "",
        ]
    )


def main():
    options = parse_options()
    machine = describe_machine()
    with open_pictures(options) as paths:
        pictures = describe_pictures(paths)
        results = run_rows(options.rows, paths, options.repeats)
    report = format_report(results, machine, pictures, options)
    print(report)
    if options.write:
        RESULTS.write_text(report, encoding="utf-8")
    if any(result.reason.startswith(FAILED) for result in results):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
