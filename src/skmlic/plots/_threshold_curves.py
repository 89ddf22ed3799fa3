"""Curves of a metric by decision threshold."""

from typing import Any

import numpy as np
import numpy.typing as npt

from skmlic._utils._numbers import as_numbers
from skmlic._utils._typing import Floats
from skmlic.metrics._counts import divide
from skmlic.model_selection import ScoreObjective, TuningData, check_objective
from skmlic.objectives import FBeta, Objective

__all__ = [
    "check_fold_thresholds",
    "check_metric",
    "check_thresholds",
    "compute_curves",
    "compute_shared_curve",
    "find_best",
    "find_label_objective",
    "find_score",
    "name_metric",
]

_N_THRESHOLDS = 200


class _Precision(Objective):
    def parts(self, counts: Any) -> Any:
        return counts.tp, counts.tp + counts.fp


class _Recall(Objective):
    def parts(self, counts: Any) -> Any:
        return counts.tp, counts.positives


_METRICS: dict[str, Objective] = {"f1": FBeta(), "precision": _Precision(), "recall": _Recall()}


def compute_curves(data: TuningData, objective: Objective) -> list[tuple[Floats, Floats]]:
    """Return the thresholds and scores of each label; no points for a label without positives.

    Parameters
    ----------
    data : TuningData
        The true labels and their scores.

    objective : Objective
        A mean over labels.

    Returns
    -------
    curves : list of tuple (thresholds, scores), of length n_labels
    """
    has_positives = np.atleast_1d(data.Y.any(axis=0))
    curves = []
    for j, candidates in enumerate(data.candidates):
        values = divide(*objective.for_label(j).parts(candidates.counts))
        kept = slice(None if has_positives[j] else 0)
        # The first candidate predicts no sample, so it has no score that could be its threshold.
        curves.append((candidates.scores[::-1][kept], values[:0:-1][kept]))
    return curves


def check_metric(metric: str | Objective) -> Objective:
    """Return the objective of a metric, or raise an error if it is no mean over labels."""
    if isinstance(metric, str) and metric in _METRICS:
        return _METRICS[metric]
    objective = check_objective(metric)
    if not _scores_labels(objective):
        raise ValueError(
            f"metric={metric!r} is not a score of single labels; expected 'f1', 'precision', "
            "'recall', or an objective that is a mean over labels, such as 'f2_macro'."
        )
    return objective


def find_label_objective(objective: Any) -> str | Objective:
    """Return the objective of tuned thresholds, or "f1" if it is no mean over labels."""
    if objective == "f1":
        return "f1"
    objective = check_objective(objective)
    return objective if _scores_labels(objective) else "f1"


def _scores_labels(objective: Objective) -> bool:
    return objective.average in ("macro", "micro") and not isinstance(objective, ScoreObjective)


def name_metric(metric: str | Objective, objective: Objective) -> str:
    """Return the name of a metric as the label of an axis."""
    if isinstance(objective, FBeta):
        return f"F{objective.beta:g}"
    return str(metric).replace("_", " ").capitalize() if isinstance(metric, str) else repr(metric)


def compute_shared_curve(data: TuningData, objective: Objective) -> tuple[Floats, Floats]:
    """Return thresholds, and the mean over labels if all of them have the same threshold."""
    scores = data.scores if data.known is None else data.scores[data.known]
    # Most scores are low, so quantiles alone would leave gaps between the high ones.
    even = np.linspace(scores.min(), scores.max(), _N_THRESHOLDS // 2)
    dense = np.quantile(scores, np.linspace(0, 1, _N_THRESHOLDS // 2))
    thresholds = np.unique(np.concatenate([even, dense]))
    values = [data.evaluate(objective, data.scores >= t) for t in thresholds]
    return thresholds, np.array(values)


def check_thresholds(values: npt.ArrayLike | None, n_labels: int) -> Floats | None:
    """Return one threshold per label, or None."""
    if values is None:
        return None
    values = as_numbers(values, "thresholds", "numbers").astype(np.float64)
    if values.shape not in ((), (n_labels,)):
        raise ValueError(
            f"thresholds has shape {values.shape}; expected one number, or ({n_labels},)."
        )
    return np.broadcast_to(values, n_labels)


def check_fold_thresholds(values: npt.ArrayLike | None, n_labels: int) -> Floats | None:
    """Return thresholds of shape (n_folds, n_labels), or None."""
    if values is None:
        return None
    values = as_numbers(values, "thresholds_per_fold", "numbers").astype(np.float64)
    if values.ndim != 2 or values.shape[1] != n_labels:
        raise ValueError(
            f"thresholds_per_fold has shape {values.shape}; expected (n_folds, {n_labels})."
        )
    return values


def find_score(thresholds: Floats, scores: Floats, threshold: float) -> float:
    """Return the score at a threshold; NaN above all thresholds, where nothing is predicted."""
    place = np.searchsorted(thresholds, threshold)
    return float(scores[place]) if place < len(scores) else np.nan


def find_best(thresholds: Floats, scores: Floats) -> tuple[float, float]:
    """Return the threshold with the best score, and this score."""
    if not len(scores) or np.isnan(scores).all():
        return np.nan, np.nan
    place = np.nanargmax(scores)
    return float(thresholds[place]), float(scores[place])
