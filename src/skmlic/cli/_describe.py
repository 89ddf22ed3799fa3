"""``skmlic describe``: the statistics of a data set, and its problems."""

import argparse
from functools import partial

import numpy as np

from skmlic.cli._console import Console
from skmlic.cli._data import read_data
from skmlic.cli._duplicates import embed_images, list_others
from skmlic.cli._label_issues import list_issues, show_issues
from skmlic.cli._outputs import write_json
from skmlic.cli._places import STDIO
from skmlic.cli._reports import check_report, write_dataset_report
from skmlic.cli._unreadable import UNREADABLE
from skmlic.datasets import describe_dataset


def run(args: argparse.Namespace, console: Console) -> int:
    """Run the command."""
    if args.cv is not None and args.model is None:
        raise ValueError("--cv needs --model, whose classifier is trained again.")
    if args.report:
        check_report()
    others = None if args.other is None else list_others(args.other)
    data = read_data(args)
    console.note(f"Checking {len(data.paths):,} images")
    embed = partial(embed_images, value_range=args.value_range, console=console)
    needs_features = args.near_duplicates or others is not None
    report = describe_dataset(
        data,
        features=embed(data.paths) if needs_features else None,
        other_paths=others,
        other_features=None if others is None else embed(others),
        value_range=args.value_range,
        verbose=console.shows_progress,
    )
    content = report.to_dict()
    issues = None
    if args.model is not None:
        rows = np.delete(np.arange(len(data.paths)), report.unreadable["row"].to_numpy(int))
        paths = [data.paths[row] for row in rows]
        issues = list_issues(args.model, args.cv, paths, data.Y.iloc[rows], console)
        content["label_issues"] = issues.drop(columns="sample").to_dict("records")
    if args.json:
        write_json(args.json, content)
    if args.json != STDIO:
        console.write(str(report))
        if issues is not None:
            console.write("")
            show_issues(issues, console)
    if args.report:
        write_dataset_report(report, args.report, console)
    return UNREADABLE if len(report.unreadable) else 0
