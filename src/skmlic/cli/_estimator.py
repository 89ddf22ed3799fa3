"""The estimator that the options of ``skmlic train`` describe."""

import argparse
import warnings
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone

from skmlic import TransferMultiLabelClassifier
from skmlic.calibration import CalibratedMultiLabelClassifierCV
from skmlic.cli._hints import did_you_mean
from skmlic.cli._train_options import collect_parameters
from skmlic.embedding import is_precomputed
from skmlic.model_selection import TunedThresholdMultiLabelClassifierCV, check_objective
from skmlic.recipes import get_recipe, list_recipes
from skmlic.training._head_choice import choose_head
from skmlic.training._parameter_checks import check_parameters

_AVERAGES = ("macro", "micro", "samples")
_OBJECTIVES = (*_AVERAGES, *(f"f1_{average}" for average in _AVERAGES), "none")
_N_FOLDS = 5
# Parameters of a trial fit that needs neither images nor time.
_TRIAL_PARAMETERS = {
    "backbone": "precomputed",
    "freeze": True,
    "augment": None,
    "max_epochs": 1,
    "early_stopping": False,
    "training__unfreeze_after": None,
    "training__n_views": 1,
    "training__mix": None,
    "training__erasing": 0.0,
    "training__compile": False,
    "training__warmup_epochs": 0,
    "training__checkpoint": None,
}


def make_classifier(args: argparse.Namespace) -> BaseEstimator:
    """Return the classifier of a recipe or of parameters, and raise an error if they are invalid.

    Parameters
    ----------
    args : Namespace
        Arguments of ``skmlic train``.

    Returns
    -------
    classifier : estimator
        A TransferMultiLabelClassifier, or the dummy classifier of a recipe.

    Raises
    ------
    ValueError, TypeError
        If there is no such recipe, or parameters are invalid.
    """
    given = collect_parameters(args)
    if is_precomputed(given.get("backbone")):
        raise ValueError("--backbone precomputed is for features; this command trains on images.")
    if args.recipe:
        _check_recipe(args.recipe)
        classifier = get_recipe(args.recipe, **given)
    else:
        classifier = TransferMultiLabelClassifier().set_params(**given)
    classifier.set_params(random_state=args.seed)
    if isinstance(classifier, TransferMultiLabelClassifier):
        classifier._validate_params()
        check_parameters(classifier)
    return classifier


def is_frozen(classifier: BaseEstimator) -> bool:
    """Return whether a classifier trains no part of a network."""
    return getattr(classifier, "freeze", True) is True


def choose_objective(args: argparse.Namespace, classifier: BaseEstimator) -> str | None:
    """Return the objective that thresholds are tuned for, or None if they are not tuned.

    Parameters
    ----------
    args : Namespace
        Arguments of ``skmlic train``.
    classifier : estimator
        The classifier, which decides if no objective is given.

    Returns
    -------
    objective : str or None

    Raises
    ------
    ValueError
        If there is no such objective.
    """
    objective = args.thresholds
    if objective is None:
        objective = "macro" if is_frozen(classifier) else "none"
    if objective == "none":
        return None
    if objective in _AVERAGES:
        objective = f"f1_{objective}"
    try:
        check_objective(objective)
    except ValueError:
        raise ValueError(
            f"--thresholds {args.thresholds}: thresholds cannot be tuned for this objective."
            f"{did_you_mean(args.thresholds, _OBJECTIVES)} Expected macro, micro or samples for "
            "F1, f2_macro or the like, the name of another score of predicted labels, or none."
        ) from None
    return objective


def wrap_classifier(classifier: BaseEstimator, objective: str | None, method: Any) -> BaseEstimator:
    """Return a classifier with calibration and tuned thresholds around it.

    Parameters
    ----------
    classifier : estimator
        The classifier.
    objective : str or None
        Objective that thresholds are tuned for; ``None`` leaves them at 0.5.
    method : str or None
        Method of calibration; ``None`` leaves probabilities uncalibrated.

    Returns
    -------
    model : estimator
    """
    cv = "loo" if _has_leave_one_out_scores(classifier) else _N_FOLDS
    model = classifier
    if method is not None:
        model = CalibratedMultiLabelClassifierCV(model, method=method, cv=cv)
    if objective is not None:
        model = TunedThresholdMultiLabelClassifierCV(model, objective=objective, cv=cv)
    return model


def _has_leave_one_out_scores(classifier):
    return isinstance(classifier, TransferMultiLabelClassifier) and (
        choose_head(classifier) == "kernel"
    )


def try_fit(classifier: TransferMultiLabelClassifier, Y: pd.DataFrame) -> None:
    """Train a head on random features, so that errors appear before the images are read.

    Parameters
    ----------
    classifier : TransferMultiLabelClassifier
        The classifier, which is not changed.
    Y : DataFrame of shape (n_images, n_labels)
        The labels.
    """
    trial = clone(classifier).set_params(**_TRIAL_PARAMETERS)
    features = np.random.default_rng(0).normal(size=(len(Y), 2))
    with warnings.catch_warnings():
        # The training itself gives the same warnings.
        warnings.simplefilter("ignore")
        trial.fit(features, Y)


def _check_recipe(name: str) -> None:
    known = list_recipes()
    if name not in known:
        raise ValueError(
            f"--recipe {name}: there is no such recipe.{did_you_mean(name, known)} Expected fast, "
            "balanced, best, or a name that skmlic.recipes.list_recipes() returns in Python."
        )
