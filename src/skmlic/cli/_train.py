"""``skmlic train``: from pictures and labels to a model in a file."""

import argparse
import os
import time
import warnings
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.model_selection import cross_validate

from skmlic import (
    ImageEmbedder,
    TransferMultiLabelClassifier,
    config_context,
    get_config,
    set_config,
)
from skmlic.calibration import CalibratedMultiLabelClassifierCV
from skmlic.cli._console import Console
from skmlic.cli._data import read_data
from skmlic.cli._hints import did_you_mean
from skmlic.cli._models import (
    UNREADABLE,
    Problems,
    answer,
    check_report,
    describe_unreadable,
    write_report,
)
from skmlic.cli._options import read_parameters
from skmlic.cli._scores import SCORES, Scores, show_cross_validation
from skmlic.embedding._combinations import is_precomputed
from skmlic.exceptions import ImageReadError
from skmlic.inspection._inner_estimators import find_classifier
from skmlic.metrics import multilabel_scorers
from skmlic.model_selection import (
    MultiLabelStratifiedKFold,
    TunedThresholdMultiLabelClassifierCV,
    multilabel_train_test_split,
)
from skmlic.model_selection._objectives import check_objective
from skmlic.persistence import save_model
from skmlic.recipes import get_recipe, list_recipes
from skmlic.training._fit import EMBEDDER_PARAMETERS
from skmlic.training._parameter_checks import check_parameters

_TEST_SIZE = 0.2
_AVERAGES = ("macro", "micro", "samples")
_OBJECTIVES = (*_AVERAGES, *(f"f1_{average}" for average in _AVERAGES), "none")
_CHUNK = 64
_FOLDS = 5
# What the rehearsal has nothing to do with: pictures, and how long it takes.
_OF_PICTURES = {
    "backbone": "precomputed",
    "freeze": True,
    "unfreeze_after": None,
    "augment": None,
    "n_views": 1,
    "mix": None,
    "erasing": 0.0,
    "tta": None,
    "compile": False,
    "max_epochs": 1,
    "warmup_epochs": 0,
    "early_stopping": False,
    "checkpoint": None,
}


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
        raise ValueError("--report is about pictures kept from training: pass --test-size 0.2, too")
    classifier = _make_classifier(args)
    objective = _choose_objective(args, classifier)
    model = _wrap(classifier, objective, args.calibrate)
    data = read_data(args)
    data = _Data(data.paths, data.Y)
    console.note(f"{len(data.paths):,} pictures, {data.Y.shape[1]:,} labels")
    problems: Problems = []
    with config_context():
        if isinstance(classifier, TransferMultiLabelClassifier):
            _rehearse(classifier, data.Y)
            data, problems = _embed(classifier, data, args.on_error, console)
        training, test = _split(data, test_size, args.seed)
        if args.cv:
            _cross_validate(model, training, args, console)
        _fit(model, classifier, training, console)
        save_model(model, args.output)
        if test is not None:
            _evaluate(model, test, args, console)
    if not console.quiet:
        _summarise(model, args, objective, training, begin, console)
    if problems:
        console.warn(f"{describe_unreadable(problems)}; left out.")
    return UNREADABLE if problems else 0


def _make_classifier(args: argparse.Namespace) -> BaseEstimator:
    given = {name: getattr(args, name) for name in read_parameters() if hasattr(args, name)}
    if is_precomputed(given.get("backbone")):
        raise ValueError("--backbone precomputed is for features, and this trains on pictures.")
    if args.recipe:
        _check_recipe(args.recipe)
        classifier = get_recipe(args.recipe, **given)
    else:
        classifier = TransferMultiLabelClassifier(**given)
    classifier.set_params(random_state=args.seed)
    if isinstance(classifier, TransferMultiLabelClassifier):
        classifier._validate_params()
        check_parameters(classifier)
    return classifier


def _check_recipe(name: str) -> None:
    known = list_recipes()
    if name not in known:
        raise ValueError(
            f"--recipe {name}: there is no such recipe.{did_you_mean(name, known)} Expected fast, "
            "balanced, best, or another that skmlic.recipes.list_recipes() lists in Python."
        )


def _is_frozen(classifier: BaseEstimator) -> bool:
    return getattr(classifier, "freeze", True) is True


def _choose_objective(args: argparse.Namespace, classifier: BaseEstimator) -> str | None:
    """Return what thresholds are tuned for, None if they are not."""
    objective = args.thresholds
    if objective is None:
        objective = "macro" if _is_frozen(classifier) else "none"
    if objective == "none":
        return None
    if objective in _AVERAGES:
        objective = f"f1_{objective}"
    try:
        check_objective(objective)
    except ValueError:
        raise ValueError(
            f"--thresholds {args.thresholds}: nothing that thresholds can be tuned for."
            f"{did_you_mean(args.thresholds, _OBJECTIVES)} Expected macro, micro or samples for "
            "F1, f2_macro or the like, the name of another score of decisions, or none."
        ) from None
    return objective


def _wrap(model: BaseEstimator, objective: str | None, method: Any) -> BaseEstimator:
    """Put the tuning of thresholds around the calibration around the classifier."""
    if method is not None:
        model = CalibratedMultiLabelClassifierCV(model, method=method, cv=_FOLDS)
    if objective is not None:
        model = TunedThresholdMultiLabelClassifierCV(model, objective=objective, cv=_FOLDS)
    return model


def _rehearse(classifier: TransferMultiLabelClassifier, Y: pd.DataFrame) -> None:
    """Train a head on mere numbers: what is wrong shows before all pictures are gone through."""
    trial = clone(classifier).set_params(**_OF_PICTURES)
    features = np.random.default_rng(0).normal(size=(len(Y), 2))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trial.fit(features, Y)


def _embed(
    classifier: TransferMultiLabelClassifier, data: _Data, on_error: str, console: Console
) -> tuple[_Data, Problems]:
    """Store the features of all pictures; return those that can be read, and the others."""
    with console.status("Loading the network"):
        parameters = {name: getattr(classifier, name) for name in EMBEDDER_PARAMETERS}
        embedder = ImageEmbedder(**parameters).fit(data.paths)
    n_bytes = 4 * len(data.paths) * len(embedder.get_feature_names_out())
    # All folds ask for them again.
    set_config(feature_cache_bytes=max(get_config()["feature_cache_bytes"], 2 * n_bytes))
    problems = []
    with console.progress("Reading pictures", len(data.paths)) as advance:
        for start in range(0, len(data.paths), _CHUNK):
            chunk = data.paths[start : start + _CHUNK]
            try:
                embedder.transform(chunk)
            except ImageReadError as error:
                problems += [(start + row, path, why) for row, path, why in error.problems]
            advance(len(chunk))
    if problems and on_error == "raise":
        raise ValueError(
            f"{describe_unreadable(problems)}. Pass --on-error skip to go on without them."
        )
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
        error.add_note("Pass --test-size 0 to train on all pictures.")
        raise
    return data.take(np.sort(training)), data.take(np.sort(test))


def _cross_validate(
    model: BaseEstimator, data: _Data, args: argparse.Namespace, console: Console
) -> None:
    folds = MultiLabelStratifiedKFold(args.cv, shuffle=True, random_state=args.seed)
    doing = f"Cross-validation on {args.cv} folds of {len(data.paths):,} pictures"
    with console.status(doing), warnings.catch_warnings():
        # Rare labels are missing from folds, which each of the scores would say of each fold.
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
    doing = f"Training on {len(data.paths):,} pictures"
    if _is_frozen(classifier):
        with console.status(doing):
            model.fit(data.paths, data.Y)
        return
    # Epochs take minutes here: the classifier has bars of its own.
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
        scores = Scores(answer(model, test.paths, list(test.Y), console), test.Y)
        scores.show_labels(console)
        scores.show_overall(console, f"On {len(test.paths):,} pictures not trained on")
        scores.show_rare(console, " (--cv 5 scores on all pictures)")
    if args.report:
        write_report(model, test.paths, test.Y, args.report, console)


def _summarise(
    model: BaseEstimator,
    args: argparse.Namespace,
    objective: str | None,
    training: _Data,
    begin: float,
    console: Console,
) -> None:
    classifier = find_classifier(model)
    network = None
    if hasattr(classifier, "weights_name_"):
        network = f"{classifier.backbone}, {classifier.weights_name_}"
    decisions = "probability 0.5"
    if objective is not None:
        decisions = f"thresholds tuned for {objective} (--thresholds none: 0.5 for all)"
    rows = [
        ("trained on", f"{len(training.paths):,} pictures, {training.Y.shape[1]:,} labels"),
        *[("network", network)][: network is not None],
        ("decisions", decisions),
        *[("probabilities", f"calibrated ({args.calibrate})")][: bool(args.calibrate)],
        ("time", f"{time.perf_counter() - begin:.0f} s"),
        ("model", f"{args.output} ({os.path.getsize(args.output) / 2**20:.1f} MiB)"),
        *[("report", args.report)][: bool(args.report)],
    ]
    console.table(["summary", ""], rows)
    console.write(f"Next: skmlic predict {args.output} PICTURES -o predictions.tsv")
