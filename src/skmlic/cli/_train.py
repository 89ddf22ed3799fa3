"""``skmlic train``: from images and labels to a model file."""

import argparse
import os
import time
import warnings
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.model_selection import cross_validate

from skmlic import ImageEmbedder, TransferMultiLabelClassifier
from skmlic.classifier import EMBEDDER_PARAMETERS
from skmlic.cli._console import Console
from skmlic.cli._data import read_data
from skmlic.cli._estimator import (
    choose_objective,
    is_frozen,
    make_classifier,
    try_fit,
    wrap_classifier,
)
from skmlic.cli._predictions import Predictions, predict_all
from skmlic.cli._reports import check_report, write_report
from skmlic.cli._scores import SCORES, Scores, show_cross_validation
from skmlic.cli._unreadable import UNREADABLE, Problems, describe_unreadable
from skmlic.exceptions import ImageReadError
from skmlic.inspection._inner_estimators import find_classifier
from skmlic.inspection._predictions import read_left_out_labels
from skmlic.metrics import multilabel_scorers
from skmlic.model_selection import MultiLabelStratifiedKFold, multilabel_train_test_split
from skmlic.persistence import save_model

_TEST_SIZE = 0.2
_CHUNK = 64


class _Data(NamedTuple):
    paths: list[str]
    Y: pd.DataFrame

    def take(self, rows):
        return _Data([self.paths[row] for row in rows], self.Y.iloc[rows].reset_index(drop=True))


def run(args: argparse.Namespace, console: Console) -> int:
    """Run the command."""
    begin = time.perf_counter()
    if args.report:
        check_report()
    test_size = args.test_size
    if test_size is None:
        test_size = 0 if args.cv else _TEST_SIZE
    if args.report and not test_size:
        raise ValueError("--report needs images that are held out: pass --test-size 0.2, too.")
    classifier = make_classifier(args)
    objective = choose_objective(args, classifier)
    model = wrap_classifier(classifier, objective, args.calibrate)
    data = read_data(args)
    data = _Data(data.paths, data.Y)
    console.note(f"{len(data.paths):,} images, {data.Y.shape[1]:,} labels")
    problems: Problems = []
    if isinstance(classifier, TransferMultiLabelClassifier):
        try_fit(classifier, data.Y)
        data, problems = _embed(classifier, data, args.on_error, console)
    training, test = _split(data, test_size, args.seed)
    if args.cv:
        _cross_validate(model, training, args, console)
    _fit(model, classifier, training, console)
    save_model(model, args.output)
    if test is not None:
        _evaluate(model, test, args, console)
    elif not (args.cv or console.quiet) and hasattr(model, "loo_predict_proba_"):
        _show_left_out(model, training, console)
    if not console.quiet:
        _summarize(model, args, objective, training, begin, console)
    if problems:
        console.warn(f"{describe_unreadable(problems)}; skipped.")
    return UNREADABLE if problems else 0


def _embed(
    classifier: TransferMultiLabelClassifier, data: _Data, on_error: str, console: Console
) -> tuple[_Data, Problems]:
    """Store the features of all images, and return the readable data and the unreadable images."""
    with console.status("Loading the network"):
        parameters = {name: getattr(classifier, name) for name in EMBEDDER_PARAMETERS}
        embedder = ImageEmbedder(**parameters).fit(data.paths)
    problems = []
    with console.progress("Reading images", len(data.paths)) as advance:
        for start in range(0, len(data.paths), _CHUNK):
            chunk = data.paths[start : start + _CHUNK]
            try:
                embedder.transform(chunk)
            except ImageReadError as error:
                problems += [(start + row, path, why) for row, path, why in error.problems]
            advance(len(chunk))
    if problems and on_error == "raise":
        raise ValueError(f"{describe_unreadable(problems)}. Pass --on-error skip to skip them.")
    rows = np.delete(np.arange(len(data.paths)), [row for row, _, _ in problems])
    return data.take(rows), problems


def _split(data: _Data, test_size: float, seed: int) -> tuple[_Data, _Data | None]:
    if not test_size:
        return data, None
    rows = np.arange(len(data.paths))
    try:
        training, test, *_ = multilabel_train_test_split(
            rows, data.Y, test_size=test_size, random_state=seed
        )
    except ValueError as error:
        error.add_note("Pass --test-size 0 to train on all images.")
        raise
    return data.take(np.sort(training)), data.take(np.sort(test))


def _cross_validate(
    model: BaseEstimator, data: _Data, args: argparse.Namespace, console: Console
) -> None:
    folds = MultiLabelStratifiedKFold(args.cv, shuffle=True, random_state=args.seed)
    doing = f"Cross-validation on {args.cv} folds of {len(data.paths):,} images"
    with console.status(doing), warnings.catch_warnings():
        # Folds may lack rare labels, of which each score would warn in each fold.
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        results = cross_validate(
            model,
            data.paths,
            data.Y,
            cv=folds,
            scoring=multilabel_scorers(*SCORES),
            error_score="raise",
        )
    show_cross_validation(console, results)


def _fit(model: BaseEstimator, classifier: BaseEstimator, data: _Data, console: Console) -> None:
    doing = f"Training on {len(data.paths):,} images"
    if is_frozen(classifier):
        with console.status(doing):
            model.fit(data.paths, data.Y)
        return
    # An epoch may take minutes, so that the classifier shows its own progress bars.
    console.note(doing)
    classifier.set_params(verbose=int(console.shows_progress))
    model.fit(data.paths, data.Y)
    for quiet in (classifier, find_classifier(model)):
        if quiet is not None:
            quiet.set_params(verbose=0)


def _evaluate(
    model: BaseEstimator, test: _Data, args: argparse.Namespace, console: Console
) -> None:
    if not console.quiet:
        predictions = predict_all(model, test.paths, list(test.Y), console)
        scores = Scores(predictions, test.Y)
        scores.show_labels(console)
        scores.show_overall(console, f"On {len(test.paths):,} held-out images")
        scores.show_rare(console, " (--cv 5 scores on all images)")
    if args.report:
        write_report(model, test.paths, test.Y, args.report, console)


def _show_left_out(model: BaseEstimator, training: _Data, console: Console) -> None:
    label_names = list(training.Y)
    probabilities, labels, _ = read_left_out_labels(model, len(label_names))
    scores = Scores(Predictions(training.paths, probabilities, labels, [], label_names), training.Y)
    scores.show_labels(console)
    scores.show_overall(console, f"Leave-one-out, on all {len(training.paths):,} images")
    scores.show_rare(console)


def _summarize(
    model: BaseEstimator,
    args: argparse.Namespace,
    objective: str | None,
    training: _Data,
    begin: float,
    console: Console,
) -> None:
    classifier = find_classifier(model)
    network = None
    if classifier is not None and hasattr(classifier, "weights_name_"):
        network = f"{classifier.backbone}, {classifier.weights_name_}"
    predictions = "threshold 0.5 for all labels"
    if objective is not None:
        predictions = f"thresholds tuned for {objective} (--thresholds none: 0.5)"
    rows = [
        ("trained on", f"{len(training.paths):,} images, {training.Y.shape[1]:,} labels"),
        *[("network", network)][: network is not None],
        ("predictions", predictions),
        *[("probabilities", f"calibrated ({args.calibrate})")][: bool(args.calibrate)],
        ("time", f"{time.perf_counter() - begin:.0f} s"),
        ("model", f"{args.output} ({os.path.getsize(args.output) / 2**20:.1f} MiB)"),
        *[("report", args.report)][: bool(args.report)],
    ]
    console.table(["summary", ""], rows)
    console.write(f"Next: skmlic predict {args.output} IMAGES -o predictions.tsv")
