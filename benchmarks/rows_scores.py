"""Rows about scores, thresholds and folds of many samples and labels; they need no images."""

from functools import partial

import numpy as np
from iterstrat.ml_stratifiers import MultilabelStratifiedKFold
from measuring import Contender, divide, format_spread, make_result, time_alternately
from scipy.special import expit
from sklearn import metrics
from sklearn.base import BaseEstimator, ClassifierMixin

from skmlic.metrics import average_precision_score
from skmlic.model_selection import (
    MultiLabelStratifiedKFold,
    TunedThresholdMultiLabelClassifierCV,
    TuningData,
)
from skmlic.model_selection._threshold_strategies import tune
from skmlic.objectives import FBeta

SHAPE = (100_000, 80)
MIN_SCORE_RATIO = 3
MAX_TUNING_SECONDS = 3
MAX_FIT_SECONDS = 1.2
MAX_SPLIT_RATIO = 0.5


def sample_scores():
    """Return true labels, of which 30 % down to 0.3 % are positive, and probabilities."""
    rng = np.random.default_rng(0)
    Y = rng.random(SHAPE) < np.geomspace(0.3, 0.003, SHAPE[1])
    return Y, expit(rng.normal(size=SHAPE) + 2 * Y - 2)


def do_nothing():
    """Do nothing, as these contenders need no preparation."""


class GivenProbabilities(ClassifierMixin, BaseEstimator):
    """A fitted classifier whose X are the probabilities that it returns."""

    def fit(self, X, y):
        """Do nothing."""
        return self

    def predict_proba(self, X):
        """Return X."""
        return X

    def __sklearn_is_fitted__(self):
        return True


def score_in_loop(Y, scores):
    """Return mean average precision from a loop over scikit-learn's function."""
    columns = range(Y.shape[1])
    return np.mean([metrics.average_precision_score(Y[:, j], scores[:, j]) for j in columns])


def run_score(_, repeats):
    """Measure mean average precision against a loop over scikit-learn's average precision."""
    Y, scores = sample_scores()
    functions = {"loop": score_in_loop, "skmlic": average_precision_score}
    if not np.isclose(*(function(Y, scores) for function in functions.values())):
        raise AssertionError("the two mean average precisions differ")
    contenders = {
        name: Contender(do_nothing, partial(function, Y, scores))
        for name, function in functions.items()
    }
    seconds = time_alternately(contenders, repeats)
    return [
        make_result(
            f"Mean average precision of {SHAPE[0]:,} × {SHAPE[1]}, against a loop over "
            "scikit-learn's function: times faster",
            divide(seconds["loop"], seconds["skmlic"]),
            (">=", MIN_SCORE_RATIO),
            "; ".join(f"{name} {format_spread(s)} s" for name, s in seconds.items()),
        )
    ]


def run_thresholds(_, repeats):
    """Measure the seconds that exact thresholds take."""
    Y, scores = sample_scores()
    targets = Y.astype(int)

    def fit(strategy):
        TunedThresholdMultiLabelClassifierCV(
            GivenProbabilities(), cv="prefit", refit=False, strategy=strategy
        ).fit(scores, targets)

    def search(objective, strategy):
        tune(TuningData(Y, scores, is_probability=True), objective, strategy, fbr=0, shrinkage=0)

    cases = {
        "F1, one threshold per label": (FBeta(), "per_label", MAX_TUNING_SECONDS),
        "micro F1, one threshold per label": (
            FBeta(average="micro"),
            "per_label",
            MAX_TUNING_SECONDS,
        ),
        "F1, one for all labels": (FBeta(), "shared", None),
        "micro F1, one for all labels": (FBeta(average="micro"), "shared", None),
        "samples F1, one for all labels": (FBeta(average="samples"), "shared", None),
        "samples F1, one threshold per label": (FBeta(average="samples"), "per_label", None),
    }
    contenders = {
        name: Contender(do_nothing, partial(search, objective, strategy))
        for name, (objective, strategy, _) in cases.items()
    }
    fits = {"one threshold per label": "per_label", "the default strategy": "auto"}
    for name, strategy in fits.items():
        contenders[name] = Contender(do_nothing, partial(fit, strategy))
    seconds = time_alternately(contenders, repeats)
    rows = [
        make_result(
            f"Exact thresholds of {SHAPE[0]:,} × {SHAPE[1]}: {name}: seconds",
            seconds[name],
            None if most is None else ("<=", most),
        )
        for name, (_, _, most) in cases.items()
    ]
    return rows + [
        make_result(
            f"TunedThresholdMultiLabelClassifierCV.fit with {SHAPE[0]:,} × {SHAPE[1]} given "
            f"probabilities, thresholds of five folds included: {name}: seconds",
            seconds[name],
            ("<=", MAX_FIT_SECONDS),
        )
        for name in fits
    ]


def run_splits(_, repeats):
    """Measure stratified folds against those of the package iterative-stratification."""
    Y, _ = sample_scores()
    Y = Y.astype(int)
    splitters = {
        "the package": MultilabelStratifiedKFold(5, shuffle=True, random_state=0),
        "order 1": MultiLabelStratifiedKFold(5, shuffle=True, random_state=0),
        "order 2": MultiLabelStratifiedKFold(5, shuffle=True, random_state=0, order=2),
    }
    contenders = {
        name: Contender(do_nothing, lambda splitter=splitter: list(splitter.split(Y, Y)))
        for name, splitter in splitters.items()
    }
    seconds = time_alternately(contenders, repeats)
    return [
        make_result(
            f"Stratified folds of {SHAPE[0]:,} × {SHAPE[1]}, against iterative-stratification: "
            "times the seconds",
            divide(seconds["order 1"], seconds["the package"]),
            ("<=", MAX_SPLIT_RATIO),
            "; ".join(f"{name} {format_spread(s)} s" for name, s in seconds.items()),
        )
    ]
