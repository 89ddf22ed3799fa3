"""``skmlic predict``: labels of any number of images."""

import argparse

import numpy as np

from skmlic.cli._console import Console
from skmlic.cli._images import LeftOut, find_images
from skmlic.cli._models import open_model
from skmlic.cli._outputs import open_output
from skmlic.cli._places import STDIO, choose_format
from skmlic.cli._prediction_files import Write, open_writer
from skmlic.cli._predictions import Predictions, predict_chunks
from skmlic.cli._tasks import read_tasks
from skmlic.cli._unreadable import UNREADABLE, Problems, describe_unreadable
from skmlic.metrics import top_k_labels

_N_KEPT = 1000
_ADVICE = "They get an empty row with --on-error blank, and no row with --on-error skip."


def run(args: argparse.Namespace, console: Console) -> int:
    """Run the command."""
    form = choose_format(args)
    with console.status(f"Loading {args.model}"):
        model, label_names = open_model(args.model)
    tasks = read_tasks(args)
    left_out = LeftOut()
    paths = find_images(args.images, left_out) if args.tasks is None else tasks.by_path
    n_images, n_unreadable = 0, 0
    problems: Problems = []
    with (
        open_output(args.output) as file,
        console.progress("Predicting") as advance,
        open_writer(file, form, label_names, tasks, args.model) as write,
    ):
        for predictions in predict_chunks(model, paths, label_names):
            if predictions.problems and args.on_error == "raise":
                raise ValueError(f"{describe_unreadable(predictions.problems)}. {_ADVICE}")
            _write_predictions(predictions, write, args)
            n_images += len(predictions.paths)
            n_unreadable += len(predictions.problems)
            problems += predictions.problems[: _N_KEPT - len(problems)]
            advance(len(predictions.paths))
        if not n_images:
            raise ValueError(f"There are no images to predict. {left_out.describe()}".strip())
    if left_out.describe():
        console.note(left_out.describe())
    if n_unreadable:
        console.warn(_describe(problems, n_unreadable, args.on_error))
    if args.output not in (None, STDIO):
        n_rows = n_images - n_unreadable * (args.on_error == "skip")
        console.note(f"{n_rows:,} images in {args.output}")
    return UNREADABLE if n_unreadable else 0


def _write_predictions(predictions: Predictions, write: Write, args: argparse.Namespace) -> None:
    readable = set(predictions.readable)
    predicted = _choose_labels(predictions, args.threshold, args.top_k)
    for row, path in enumerate(predictions.paths):
        if row in readable:
            probabilities = predictions.probabilities[row]
            most_probable_first = np.argsort(-probabilities, kind="stable")
            labels = [
                predictions.label_names[label]
                for label in most_probable_first
                if predicted[row, label]
            ]
            write(path, labels, [round(float(p), 6) for p in probabilities])
        elif args.on_error == "blank":
            write(path, None, None)


def _choose_labels(predictions: Predictions, threshold: float | None, k: int | None) -> np.ndarray:
    """Return the labels that the model predicts, or those that the options choose instead."""
    if threshold is None and k is None:
        return predictions.labels
    if k is None:
        return predictions.probabilities >= threshold
    return top_k_labels(np.nan_to_num(predictions.probabilities), k, threshold=threshold)


def _describe(problems: Problems, n_unreadable: int, on_error: str) -> str:
    others = ", and others" if n_unreadable > len(problems) else ""
    what = "their rows are empty" if on_error == "blank" else "skipped"
    return f"{describe_unreadable(problems, n_unreadable)}{others}; {what}."
