"""``skmlic predict``: labels of pictures, as many as there may be."""

import argparse
import csv
import json
from collections.abc import Callable
from functools import partial
from typing import IO

import numpy as np

from skmlic import clear_cache
from skmlic.cli._console import Console
from skmlic.cli._files import find_pictures, open_output
from skmlic.cli._models import (
    UNREADABLE,
    Answers,
    Problems,
    ask,
    describe_unreadable,
    open_model,
)
from skmlic.cli._places import STDIO, choose_format
from skmlic.datasets._files import EXTENSIONS
from skmlic.metrics import top_k_labels

_SEPARATOR = ";"
_N_KEPT = 1000
_ADVICE = "With --on-error blank they get an empty row, with skip none."

# Writes a path, its labels and its probabilities; None and None if it is unreadable.
_Write = Callable[[str, list[str] | None, list[float] | None], object]


def run(args: argparse.Namespace, console: Console) -> int:
    """Run the command."""
    form = choose_format(args)
    with console.status(f"Loading {args.model}"):
        model, label_names = open_model(args.model)
    n_pictures, n_unreadable = 0, 0
    problems: Problems = []
    with (
        open_output(args.output) as file,
        console.progress("Predicting") as advance,
    ):
        write = _make_writer(file, form, label_names)
        for answers in ask(model, find_pictures(args.images), label_names):
            if answers.problems and args.on_error == "raise":
                raise ValueError(f"{describe_unreadable(answers.problems)}. {_ADVICE}")
            _write_answers(answers, write, args)
            n_pictures += len(answers.paths)
            n_unreadable += len(answers.problems)
            problems += answers.problems[: _N_KEPT - len(problems)]
            advance(len(answers.paths))
            # The store would fill up with features of pictures that don't come again.
            clear_cache()
        if not n_pictures:
            raise ValueError(f"There are no pictures ({', '.join(EXTENSIONS)}) to predict.")
    if n_unreadable:
        console.warn(_describe(problems, n_unreadable, args.on_error))
    if args.output not in (None, STDIO):
        n_rows = n_pictures - n_unreadable * (args.on_error == "skip")
        console.note(f"{n_rows:,} pictures in {args.output}")
    return UNREADABLE if n_unreadable else 0


def _make_writer(file: IO[str], form: str, label_names: list[str]) -> _Write:
    if form == "jsonl":
        return partial(_write_json, file, label_names)
    table = csv.writer(file, delimiter="," if form == "csv" else "\t", lineterminator="\n")
    table.writerow(["path", "labels", *label_names])
    return partial(_write_row, table, len(label_names))


def _write_json(file, label_names, path, labels, probabilities):
    by_label = probabilities and dict(zip(label_names, probabilities, strict=True))
    row = {"path": path, "labels": labels, "probabilities": by_label}
    file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _write_row(table, n_labels, path, labels, probabilities):
    table.writerow([path, _SEPARATOR.join(labels or ()), *(probabilities or [""] * n_labels)])


def _write_answers(answers: Answers, write: _Write, args: argparse.Namespace) -> None:
    readable = set(answers.readable)
    decisions = _decide(answers, args.threshold, args.top_k)
    for row, path in enumerate(answers.paths):
        if row in readable:
            # The most probable label first.
            order = np.argsort(-answers.probabilities[row], kind="stable")
            labels = [answers.label_names[label] for label in order if decisions[row, label]]
            write(path, labels, [round(float(p), 6) for p in answers.probabilities[row]])
        elif args.on_error == "blank":
            write(path, None, None)


def _decide(answers: Answers, threshold: float | None, k: int | None) -> np.ndarray:
    """Return what is given: by the model's own rule, by a threshold, the first ones, or both."""
    if threshold is None and k is None:
        return answers.decisions
    if k is None:
        return answers.probabilities >= threshold
    return top_k_labels(np.nan_to_num(answers.probabilities), k, threshold=threshold)


def _describe(problems: Problems, n_unreadable: int, on_error: str) -> str:
    others = ", and others" if n_unreadable > len(problems) else ""
    what = "left empty" if on_error == "blank" else "left out"
    return f"{describe_unreadable(problems, n_unreadable)}{others}; {what}."
