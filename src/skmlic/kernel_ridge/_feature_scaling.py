"""The scaling of features before kernels compare them."""

import torch
from torch import nn

KINDS = ("root", "standard", None)
# A feature that hardly varied in training can be thousands of standard deviations from its mean in
# a new image, and would then determine its distance from all others alone.
_LARGEST_DEVIATION = 10.0
# A feature whose standard deviation is below this fraction of its mean varies by rounding only.
_SMALLEST_VARIATION = 1e-5
_N_ROWS_PER_PART = 8192


class FeatureScaling(nn.Module):
    """Scale features, and scale each row to length 1.

    Parameters
    ----------
    kind : {"root", "standard", None}
        "standard" subtracts the mean of each feature and divides it by its standard deviation;
        "root" does the same with signed square roots of the features. Both clip at 10 standard
        deviations, and divide each row by its length. ``None`` changes nothing.
    mean, scale : tensor of shape (n_features,)
        Of the features, or of their roots.
    """

    def __init__(self, kind, mean, scale):
        super().__init__()
        self.kind = kind
        self.register_buffer("mean", mean)
        self.register_buffer("scale", scale)

    def forward(self, features):
        """Return scaled features of the same shape."""
        if self.kind is None:
            return features
        if self.kind == "root":
            features = _root(features)
        scaled = ((features - self.mean) / self.scale).clamp(
            -_LARGEST_DEVIATION, _LARGEST_DEVIATION
        )
        return nn.functional.normalize(scaled)


def fit_scaling(kind, X, weight):
    """Return the scaling of a matrix of features.

    Parameters
    ----------
    kind : {"root", "standard", None}
    X : tensor of shape (n_rows, n_features)
    weight : tensor of shape (n_rows,)
        Positive weights.

    Returns
    -------
    scaling : FeatureScaling
        Its buffers are float64.
    """
    root = _root if kind == "root" else torch.Tensor.double
    total = weight.sum()
    # Parts keep the memory small, and two passes are exact.
    parts = list(zip(X.split(_N_ROWS_PER_PART), weight.split(_N_ROWS_PER_PART), strict=True))
    mean = sum(w @ root(x).double() for x, w in parts) / total
    variance = sum(w @ (root(x).double() - mean).square() for x, w in parts) / total
    deviation = variance.sqrt()
    varies = deviation > _SMALLEST_VARIATION * mean.abs()
    return FeatureScaling(kind, mean, torch.where(varies, deviation, 1.0))


def _root(features):
    return features.sign() * features.abs().sqrt()
