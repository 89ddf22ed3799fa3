"""Measure what skmlic claims about speed and memory; print a markdown table.

``python benchmarks/run.py`` runs everything, ``--rows NAME,NAME`` some of it. See README.md.
"""

import argparse
import tempfile
import traceback
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from images import describe_images, find_images, make_images
from machine import describe_machine
from measuring import format_spread, is_reached, log, make_skipped
from rows_decoding import run_decoding
from rows_embedding import EMBED_ROWS, run_efficiency, run_embedding_rows
from rows_networks import run_networks
from rows_scores import run_score, run_splits, run_thresholds
from rows_store import run_memory, run_warm_store
from rows_training import run_fine_tuning, run_head, run_search

RESULTS = Path(__file__).with_name("RESULTS.md")
# These rows are measured together, because their contenders run alternately.
EMBEDDING_ROWS = (*EMBED_ROWS, "peers")
OTHER_ROWS = {
    "efficiency": run_efficiency,
    "decoding": run_decoding,
    "networks": run_networks,
    "search": run_search,
    "warm-store": run_warm_store,
    "head": run_head,
    "fine-tuning": run_fine_tuning,
    "memory": run_memory,
    "score": run_score,
    "thresholds": run_thresholds,
    "splits": run_splits,
}
ROWS = (*EMBEDDING_ROWS, *OTHER_ROWS)
FAILED = "**failed**"
MARKS = {True: "reached", False: "**missed**", None: ""}


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--images", metavar="DIR", help="folder of JPEG files (default: generated ones)"
    )
    parser.add_argument(
        "--limit", type=int, default=640, help="largest number of images (default: 640)"
    )
    parser.add_argument("--repeats", type=int, default=3, help="number of rounds (default: 3)")
    parser.add_argument(
        "--rows",
        default=",".join(ROWS),
        metavar="NAME,NAME",
        help=f"rows to run, of {', '.join(ROWS)} (default: all)",
    )
    parser.add_argument("--write", action="store_true", help=f"write the table to {RESULTS.name}")
    options = parser.parse_args()
    options.rows = options.rows.split(",")
    if unknown := [name for name in options.rows if name not in ROWS]:
        parser.error(f"--rows: unknown {unknown}; expected some of {', '.join(ROWS)}")
    return options


@contextmanager
def open_images(options):
    """Yield the paths of the user's images, or of generated ones that are removed afterwards."""
    if options.images:
        yield find_images(options.images, options.limit)
        return
    with tempfile.TemporaryDirectory() as folder:
        yield make_images(folder, options.limit)


def run_rows(names, paths, repeats):
    """Run the chosen rows; if one fails, the others still run."""
    embedding = [name for name in EMBEDDING_ROWS if name in names]
    tasks = []
    if embedding:
        run = partial(run_embedding_rows, embedding)
        tasks.append((", ".join(embedding), run))
    for name in OTHER_ROWS:
        if name in names:
            tasks.append((name, OTHER_ROWS[name]))
    results = []
    for name, run in tasks:
        log(name)
        try:
            results += run(paths, repeats)
        except Exception as error:  # A failed row of any kind is marked; the others still run.
            traceback.print_exc()
            results.append(
                make_skipped(name, f"{FAILED}: {type(error).__name__}, see the terminal")
            )
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
    """Return the origin of the images as text, without the folders of this machine."""
    if not options.images:
        return "generated from scikit-learn's sample photographs"
    return "from `" + "/".join(Path(options.images).resolve().parts[-2:]) + "`"


def format_report(results, machine, images, options):
    """Return the whole report as markdown."""
    return "\n".join(
        [
            "# Speed and memory",
            "",
            "Written by `python benchmarks/run.py`; [README.md](README.md) explains each line. The "
            f"methods of a line ran alternately in {options.repeats} rounds; a cell has the median "
            "and the smallest and the largest ratio of a round. Compare ratios only: the absolute "
            "rates are those of this machine.",
            "",
            *machine,
            f"- Images: {images}, {describe_source(options)}",
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
    with open_images(options) as paths:
        images = describe_images(paths)
        results = run_rows(options.rows, paths, options.repeats)
    report = format_report(results, machine, images, options)
    print(report)
    if options.write:
        RESULTS.write_text(report, encoding="utf-8")
    if any(result.reason.startswith(FAILED) for result in results):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
