"""``skmlic describe``: what there is in a data set, and what is wrong with it."""

import argparse

from skmlic.cli._console import Console
from skmlic.cli._data import read_data
from skmlic.cli._files import write_json
from skmlic.cli._models import UNREADABLE
from skmlic.cli._places import STDIO
from skmlic.datasets import describe_dataset


def run(args: argparse.Namespace, console: Console) -> int:
    """Run the command."""
    data = read_data(args)
    console.note(f"Looking at {len(data.paths):,} pictures")
    report = describe_dataset(data, verbose=console.shows_progress)
    if args.json:
        write_json(args.json, report.to_dict())
    if args.json != STDIO:
        console.write(str(report))
    return UNREADABLE if len(report.unreadable) else 0
