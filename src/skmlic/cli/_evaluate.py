"""``skmlic evaluate``: scores of a model on labelled images."""

import argparse
import contextlib

import pandas as pd

from skmlic._utils._text import join_first
from skmlic.cli._console import Console
from skmlic.cli._data import read_data
from skmlic.cli._models import open_model
from skmlic.cli._outputs import write_json
from skmlic.cli._places import STDIO
from skmlic.cli._predictions import predict_all
from skmlic.cli._reports import check_report, write_report
from skmlic.cli._scores import Scores
from skmlic.cli._unreadable import UNREADABLE, describe_unreadable


def run(args: argparse.Namespace, console: Console) -> int:
    """Run the command."""
    if args.report:
        check_report()
    with console.status(f"Loading {args.model}"):
        model, label_names = open_model(args.model)
    paths, Y = _read(args, label_names)
    if args.report and list(Y.columns) != label_names:
        raise ValueError("--report needs all labels of the model; remove --common-labels.")
    predictions = predict_all(model, paths, label_names, console)
    problems = predictions.problems
    if problems and (args.on_error == "raise" or len(problems) == len(paths)):
        raise ValueError(f"{describe_unreadable(problems)}. Pass --on-error skip to skip them.")
    scores = Scores(predictions, Y)
    if args.json:
        write_json(args.json, {"model": args.model, **scores.as_dict()})
    if args.json != STDIO:
        scores.show_labels(console)
        scores.show_overall(console, f"{args.model} on {scores.n_images:,} images")
        scores.show_rare(console)
    if args.report:
        readable = predictions.readable
        write_report(
            model, [paths[row] for row in readable], Y.iloc[readable], args.report, console
        )
    if problems:
        console.warn(f"{describe_unreadable(problems)}; skipped.")
    return UNREADABLE if problems else 0


def _read(args: argparse.Namespace, label_names: list[str]) -> tuple[list[str], pd.DataFrame]:
    """Return the paths, and the labels in the order of the model's."""
    data = read_data(args)
    unknown = [name for name in data.label_names if name not in label_names]
    if not set(label_names) <= set(data.label_names):
        # A label that no image has does not occur in lists of labels, but it is known to be
        # negative. Readers of tables have no such parameter, and raise an error.
        with contextlib.suppress(ValueError, TypeError):
            data = read_data(args, label_names=label_names)
    common = [name for name in label_names if name in data.label_names]
    lacking = [name for name in label_names if name not in common]
    if not common:
        raise ValueError(
            "The model and the data have no label in common. The model has "
            f"{join_first(map(repr, label_names))}; the data have "
            f"{join_first(map(repr, data.label_names))}."
        )
    if (lacking or unknown) and not args.common_labels:
        parts = {"the data lack": lacking, "the model lacks": unknown}
        texts = [f"{what} {join_first(map(repr, of))}" for what, of in parts.items() if of]
        raise ValueError(
            f"The model and the data have different labels: {'; '.join(texts)}. Pass "
            f"--common-labels to score the {len(common)} that they have in common."
        )
    return data.paths, data.Y[common]
