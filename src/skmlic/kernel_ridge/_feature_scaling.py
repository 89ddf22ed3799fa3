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
    block_widths : tuple of int, default=None
        Widths of consecutive blocks of features. The part of a row in each block is scaled first,
        to a squared length that is the square root of the block's width.
    """

    def __init__(self, kind, mean, scale, block_widths=None):
        super().__init__()
        self.kind = kind
        self.block_widths = block_widths
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
        if self.block_widths is not None:
            blocks = scaled.split(self.block_widths, dim=1)
            scaled = torch.cat(
                [nn.functional.normalize(block) * block.shape[1] ** 0.25 for block in blocks],
                dim=1,
            )
        return nn.functional.normalize(scaled)

    def linearize(self, features):
        """Return scaled features as linear functions of features.

        The factors by which clipping and the scaling of rows multiply a feature are constants. The
        slope of a root is infinite at 0, where many features are; here, it is the difference
        quotient between one standard deviation below and above the root, which equals the slope
        if the root is farther than that from 0.

        Parameters
        ----------
        features : tensor of shape (n_rows, n_features)

        Returns
        -------
        scaled : tensor of shape (n_rows, n_features)
            With gradients with respect to the features.
        zeros : tensor of shape (n_rows, n_features)
            The values of features where the linear functions are 0.
        """
        with torch.no_grad():
            scaled = self(features)
            if self.kind is None:
                slope, zeros = torch.ones_like(features), torch.zeros_like(features)
            else:
                values, slope = features, torch.ones_like(features)
                if self.kind == "root":
                    values = _root(features)
                    near = self.scale / (values.square() + self.scale.square())
                    slope = torch.where(values.abs() > self.scale, 0.5 / values.abs(), near)
                deviation = values - self.mean
                zeros = features - deviation / slope
                slope = slope * torch.where(deviation == 0, 0.0, scaled / deviation)
        return scaled + (features - features.detach()) * slope, zeros


def list_scalings(kind, X, weight, block_widths=None):
    """Return the scalings of a matrix of features to choose from.

    Parameters
    ----------
    kind : {"root", "standard", None}
    X : tensor of shape (n_rows, n_features)
    weight : tensor of shape (n_rows,)
        Positive weights.
    block_widths : tuple of int, default=None
        With several blocks, there is one scaling without them and one with them.

    Returns
    -------
    scalings : list of FeatureScaling
        Their buffers are float64.
    """
    root = _root if kind == "root" else torch.Tensor.double
    total = weight.sum()
    # Parts keep the memory small, and two passes are exact.
    parts = list(zip(X.split(_N_ROWS_PER_PART), weight.split(_N_ROWS_PER_PART), strict=True))
    mean = sum(w @ root(x).double() for x, w in parts) / total
    variance = sum(w @ (root(x).double() - mean).square() for x, w in parts) / total
    deviation = variance.sqrt()
    varies = deviation > _SMALLEST_VARIATION * mean.abs()
    scale = torch.where(varies, deviation, 1.0)
    plain = FeatureScaling(kind, mean, scale)
    if kind is None or block_widths is None or len(block_widths) == 1:
        return [plain]
    return [plain, FeatureScaling(kind, mean, scale, block_widths)]


def _root(features):
    return features.sign() * features.abs().sqrt()
