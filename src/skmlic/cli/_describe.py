"""``skmlic describe``: the statistics of a data set, and its problems."""

import argparse

from skmlic.cli._console import Console
from skmlic.cli._data import read_data
from skmlic.cli._outputs import write_json
from skmlic.cli._places import STDIO
from skmlic.cli._unreadable import UNREADABLE
from skmlic.datasets import describe_dataset


def run(args: argparse.Namespace, console: Console) -> int:
    """Run the command."""
    data = read_data(args)
    console.note(f"Checking {len(data.paths):,} images")
    report = describe_dataset(data, verbose=console.shows_progress)
    if args.json:
        write_json(args.json, report.to_dict())
    if args.json != STDIO:
        console.write(str(report))
    return UNREADABLE if len(report.unreadable) else 0
