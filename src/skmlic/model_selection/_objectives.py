"""What the parameter `objective` may be, made an objective."""

import difflib
import re

import numpy as np

from skmlic._compat import BaseScorer
from skmlic.metrics._accuracy import (
    balanced_accuracy_score,
    hamming_loss,
    label_accuracy_score,
    subset_accuracy_score,
)
from skmlic.metrics._decisions import f1_score, fbeta_score, jaccard_score
from skmlic.metrics._scorers import get_scorer, get_scorer_names
from skmlic.objectives import (
    BalancedAccuracy,
    FBeta,
    Jaccard,
    LabelAccuracy,
    Objective,
    SubsetAccuracy,
)

_AVERAGES = ("macro", "micro", "samples")


class ScoreObjective(Objective):
    """Any score of decisions, searched over a grid of thresholds.

    Parameters
    ----------
    function : callable
        ``function(Y_true, Y_pred)`` returns a float; ``sample_weight`` is passed if it takes that.

    sign : {1, -1}, default=1
        -1 for a loss.

    options : dict, default=None
        Further keyword arguments of the function.
    """

    average = None

    def __init__(self, function, sign=1, options=None):
        self.function = function
        self.sign = sign
        self.options = options

    def evaluate(self, Y, predicted, weight=None):
        options = dict(self.options or {})
        if weight is not None:
            options["sample_weight"] = weight
        decisions = predicted.astype(np.int64)
        return self.sign * float(self.function(Y.astype(np.int64), decisions, **options))


def check_objective(objective):
    """Return what a parameter `objective` stands for.

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
        If it is none.
    """
    if isinstance(objective, Objective):
        return objective
    if isinstance(objective, str):
        return _from_name(objective)
    if isinstance(objective, BaseScorer):
        return _from_scorer(objective)
    if callable(objective):
        return ScoreObjective(objective)
    raise ValueError(
        f"objective={objective!r}: expected a name such as 'f1_macro', one of skmlic.objectives, a "
        "scorer, or a function of Y_true and Y_pred."
    )


def _from_name(name):
    match = re.fullmatch(r"f(\d+(?:\.\d+)?)_(macro|micro|samples)", name)
    if match:
        return FBeta(float(match[1]), match[2])
    if name in _NAMED:
        return _NAMED[name]
    if name in get_scorer_names():
        return _from_scorer(get_scorer(name))
    known = [*_NAMED, *(f"f1_{average}" for average in _AVERAGES)]
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    raise ValueError(
        f"objective={name!r} is not known.{hint} Expected one of {sorted(known)}, an F-beta such "
        "as 'f2_micro', a scorer's name (skmlic.metrics.get_scorer_names()), or one of "
        "skmlic.objectives."
    )


def _from_scorer(scorer):
    """Return the exact objective that one of our scorers stands for, or a search."""
    if scorer._response_method != "predict":
        raise ValueError(
            f"objective={scorer!r} is a score of probabilities, which thresholds don't change; "
            "expected one of decisions, for example 'f1_macro'."
        )
    options = dict(scorer._kwargs)
    average = options.get("average", "macro")
    if set(options) <= {"average", "beta"} and average in _AVERAGES:
        exact = {
            fbeta_score: lambda: FBeta(options.get("beta"), average),
            f1_score: lambda: FBeta(1.0, average),
            jaccard_score: lambda: Jaccard(average),
            balanced_accuracy_score: BalancedAccuracy,
            subset_accuracy_score: SubsetAccuracy,
            label_accuracy_score: LabelAccuracy,
            hamming_loss: LabelAccuracy,
        }.get(scorer._score_func)
        if exact is not None:
            return exact()
    return ScoreObjective(scorer._score_func, scorer._sign, options)


_NAMED = {
    "jaccard_macro": Jaccard("macro"),
    "jaccard_micro": Jaccard("micro"),
    "jaccard_samples": Jaccard("samples"),
    "subset_accuracy": SubsetAccuracy(),
    "label_accuracy": LabelAccuracy(),
    "neg_hamming_loss": LabelAccuracy(),
    "balanced_accuracy": BalancedAccuracy(),
}
