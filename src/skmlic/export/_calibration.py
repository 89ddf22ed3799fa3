"""Calibrators of scikit-learn as torch modules from logits to probabilities."""

import numpy as np
import torch
from sklearn.isotonic import IsotonicRegression
from torch import nn

from skmlic._utils._compat import SigmoidCalibration


class Sigmoid(nn.Module):
    """Probabilities as logistic functions of logits.

    Parameters
    ----------
    slope, intercept : array-like of shape (n_labels,), default=1 and 0
        Logits are multiplied by the slope, and the intercept is added.
    """

    def __init__(self, slope=1.0, intercept=0.0):
        super().__init__()
        self.register_buffer("slope", torch.tensor(slope, dtype=torch.float64))
        self.register_buffer("intercept", torch.tensor(intercept, dtype=torch.float64))

    def forward(self, logits):
        """Return probabilities (n, n_labels) of logits of the same shape."""
        return (logits.double() * self.slope + self.intercept).sigmoid()


class PiecewiseLinear(nn.Module):
    """Probabilities as non-decreasing, piecewise linear functions of logits.

    Parameters
    ----------
    knots : list of tuple (x, y) or None
        The knots of each label, two ndarrays; ``None`` for a label that is not calibrated.
    """

    def __init__(self, knots):
        super().__init__()
        n_pieces = max(1, *(len(x) - 1 for x, _ in filter(None, knots)))
        start, width, rise = (np.full((len(knots), n_pieces), value) for value in (0.0, 1.0, 0.0))
        first = np.zeros(len(knots))
        for label, of_label in enumerate(knots):
            if of_label is not None:
                x, y = of_label
                pieces = label, slice(len(x) - 1)
                start[pieces], width[pieces], rise[pieces] = x[:-1], np.diff(x), np.diff(y)
                first[label] = y[0]
        for name, values in {"start": start, "width": width, "rise": rise, "first": first}.items():
            self.register_buffer(name, torch.tensor(values))
        self.register_buffer("is_calibrated", torch.tensor([one is not None for one in knots]))

    def forward(self, logits):
        """Return probabilities (n, n_labels) of logits of the same shape."""
        logits = logits.double()
        position = ((logits[:, :, None] - self.start) / self.width).clamp(0, 1)
        calibrated = self.first + (position * self.rise).sum(dim=2)
        return torch.where(self.is_calibrated, calibrated, logits.sigmoid())


def make_calibration(calibrators):
    """Return the module of fitted calibrators.

    Parameters
    ----------
    calibrators : list of length n_labels
        The attribute ``calibrators_`` of a :class:`skmlic.calibration.\
CalibratedMultiLabelClassifierCV` that was fitted on decision values.

    Returns
    -------
    module : nn.Module
        From logits (n, n_labels) to probabilities of the same shape.
    """
    if any(isinstance(calibrator, IsotonicRegression) for calibrator in calibrators):
        return PiecewiseLinear(
            [one and (one.X_thresholds_, one.y_thresholds_) for one in calibrators]
        )
    slopes, intercepts = zip(*map(_find_line, calibrators), strict=True)
    return Sigmoid(slopes, intercepts)


def _find_line(calibrator):
    """Return slope and intercept of the logit of a calibrated probability."""
    if calibrator is None:
        return 1.0, 0.0
    if isinstance(calibrator, SigmoidCalibration):
        return -float(calibrator.a_), -float(calibrator.b_)
    # TemperatureScaling is a softmax of the two logits -x and x.
    return 2 * float(calibrator.beta_), 0.0
