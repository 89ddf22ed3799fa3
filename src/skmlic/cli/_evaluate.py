"""``skmlic evaluate``: scores of a model on pictures whose labels are known."""

import argparse
import contextlib

import pandas as pd

from skmlic.cli._console import Console
from skmlic.cli._data import read_data
from skmlic.cli._files import write_json
from skmlic.cli._models import (
    UNREADABLE,
    answer,
    check_report,
    describe_unreadable,
    open_model,
    write_report,
)
from skmlic.cli._places import STDIO
from skmlic.cli._scores import Scores
from skmlic.datasets._files import first_ones


def run(args: argparse.Namespace, console: Console) -> int:
    """Run the command."""
    if args.report:
        check_report()
    with console.status(f"Loading {args.model}"):
        model, label_names = open_model(args.model)
    paths, Y = _read(args, label_names)
    if args.report and list(Y.columns) != label_names:
        raise ValueError("--report needs all labels of the model; leave --common-labels out.")
    answers = answer(model, paths, label_names, console)
    problems = answers.problems
    if problems and (args.on_error == "raise" or len(problems) == len(paths)):
        raise ValueError(
            f"{describe_unreadable(problems)}. Pass --on-error skip to go on without them."
        )
    scores = Scores(answers, Y)
    if args.json:
        write_json(args.json, {"model": args.model, **scores.as_dict()})
    if args.json != STDIO:
        scores.show_labels(console)
        scores.show_overall(console, f"{args.model} on {scores.n_pictures:,} pictures")
        scores.show_rare(console)
    if args.report:
        readable = answers.readable
        write_report(
            model, [paths[row] for row in readable], Y.iloc[readable], args.report, console
        )
    if problems:
        console.warn(f"{describe_unreadable(problems)}; left out.")
    return UNREADABLE if problems else 0


def _read(args: argparse.Namespace, label_names: list[str]) -> tuple[list[str], pd.DataFrame]:
    """Return pictures, and their labels in the order of the model's."""
    data = read_data(args)
    unknown = [name for name in data.label_names if name not in label_names]
    if not set(label_names) <= set(data.label_names):
        # Where labels are listed, a label that no picture has is known all the same.
        with contextlib.suppress(ValueError, TypeError):
            data = read_data(args, label_names=label_names)
    shared = [name for name in label_names if name in data.label_names]
    lacking = [name for name in label_names if name not in shared]
    if not shared:
        raise ValueError(
            f"Model and data share no label. The model has {first_ones(map(repr, label_names))}; "
            f"the data {first_ones(map(repr, data.label_names))}."
        )
    if (lacking or unknown) and not args.common_labels:
        parts = {"the data lack": lacking, "the model lacks": unknown}
        texts = [f"{what} {first_ones(map(repr, of))}" for what, of in parts.items() if of]
        raise ValueError(
            f"Model and data have different labels: {'; '.join(texts)}. Pass --common-labels to "
            f"score the {len(shared)} that both have."
        )
    return data.paths, data.Y[shared]
