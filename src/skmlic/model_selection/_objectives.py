"""Conversion of the parameter `objective` to an objective."""

import re
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.exceptions import UndefinedMetricWarning

from skmlic._utils._compat import BaseScorer
from skmlic._utils._names import did_you_mean
from skmlic._utils._numbers import as_number
from skmlic._utils._typing import Bools, Floats
from skmlic.metrics import (
    balanced_accuracy_score,
    f1_score,
    fbeta_score,
    get_scorer,
    get_scorer_names,
    hamming_loss,
    jaccard_score,
    label_accuracy_score,
    subset_accuracy_score,
)
from skmlic.metrics._validation import check_average
from skmlic.objectives import (
    AVERAGES,
    BalancedAccuracy,
    FBeta,
    Jaccard,
    LabelAccuracy,
    Objective,
    SubsetAccuracy,
)


class ScoreObjective(Objective):
    """An objective from any score of predictions, for which a grid of thresholds is tried.

    Parameters
    ----------
    function : callable
        ``function(Y_true, Y_pred)`` returns a float. ``sample_weight`` is passed if there are
        sample weights.

    sign : {1, -1}, default=1
        -1 for a loss.

    options : dict, default=None
        Further keyword arguments of the function.
    """

    average: str | None = None
    # An arbitrary score cannot be split into the terms of labels or samples.
    parts: None = None  # type: ignore[assignment]

    def __init__(
        self,
        function: Callable[..., float],
        sign: int = 1,
        options: dict[str, Any] | None = None,
    ) -> None:
        self.function = function
        self.sign = sign
        self.options = options

    def evaluate(
        self, Y: Bools, predicted: Bools, weight: Floats | None = None, known: Bools | None = None
    ) -> float:
        options = dict(self.options or {})
        if weight is not None:
            options["sample_weight"] = weight
        truth = Y.astype(np.int64) if known is None else np.where(known, Y, np.nan)
        with warnings.catch_warnings():
            # The same warning would be given for each threshold that is tried.
            warnings.simplefilter("ignore", UndefinedMetricWarning)
            value = self.function(truth, predicted.astype(np.int64), **options)
        return self.sign * as_number(value, f"The result of the objective {self.function!r}")


def check_objective(objective: str | Objective | Callable[..., float]) -> Objective:
    """Return the objective that the parameter `objective` denotes.

    Parameters
    ----------
    objective : str, Objective, scorer or callable
        See `TunedThresholdMultiLabelClassifierCV`.

    Returns
    -------
    objective : Objective

    Raises
    ------
    ValueError
        If the parameter denotes no objective.
    """
    if isinstance(objective, type) and issubclass(objective, Objective):
        raise ValueError(
            f"objective={objective.__name__} is a class; write {objective.__name__}()."
        )
    if isinstance(objective, Objective):
        if not isinstance(objective, ScoreObjective):
            check_average(objective.average, AVERAGES)
        return objective
    if isinstance(objective, str):
        return _from_name(objective)
    if isinstance(objective, BaseScorer):
        return _from_scorer(objective)
    if callable(objective):
        return _from_function(objective, 1, {})
    raise ValueError(
        f"objective={objective!r}: expected a name such as 'f1_macro', an objective of "
        "skmlic.objectives, a scorer, or a function of Y_true and Y_pred."
    )


def _from_name(name):
    match = re.fullmatch(r"f(\d+(?:\.\d+)?)_(macro|micro|samples)", name)
    if match:
        return FBeta(float(match[1]), match[2])
    if name in _NAMED:
        return _NAMED[name]
    if name in get_scorer_names():
        return _from_scorer(get_scorer(name))
    known = [*_NAMED, *(f"f1_{average}" for average in AVERAGES)]
    raise ValueError(
        f"objective={name!r} is not known.{did_you_mean(name, known)} Expected one of "
        f"{sorted(known)}, an F-beta score such as 'f2_micro', the name of a scorer "
        "(skmlic.metrics.get_scorer_names()), or an objective of skmlic.objectives."
    )


def _from_scorer(scorer):
    if scorer._response_method != "predict":
        raise ValueError(
            f"objective={scorer!r} is a score of probabilities, which does not depend on "
            "thresholds; expected a score of predictions, for example 'f1_macro'."
        )
    return _from_function(scorer._score_func, scorer._sign, dict(scorer._kwargs))


def _from_function(function, sign, options):
    """Return the objective that equals a score of skmlic.metrics, or else a `ScoreObjective`."""
    # The policy for undefined scores changes no optimum: such labels keep the default threshold.
    relevant = {k: v for k, v in options.items() if k not in ("undefined", "label_names")}
    average = relevant.get("average", "macro")
    if set(relevant) <= {"average", "beta"} and average in AVERAGES:
        exact = {
            fbeta_score: lambda: FBeta(relevant["beta"], average),
            f1_score: lambda: FBeta(1.0, average),
            jaccard_score: lambda: Jaccard(average),
            balanced_accuracy_score: BalancedAccuracy,
            subset_accuracy_score: SubsetAccuracy,
            label_accuracy_score: LabelAccuracy,
            hamming_loss: LabelAccuracy,
        }.get(function)
        if exact is not None:
            return exact()
    return ScoreObjective(function, sign, options)


_NAMED = {
    "jaccard_macro": Jaccard("macro"),
    "jaccard_micro": Jaccard("micro"),
    "jaccard_samples": Jaccard("samples"),
    "subset_accuracy": SubsetAccuracy(),
    "label_accuracy": LabelAccuracy(),
    "neg_hamming_loss": LabelAccuracy(),
    "balanced_accuracy": BalancedAccuracy(),
}
