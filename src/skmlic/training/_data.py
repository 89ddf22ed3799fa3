"""The data that a net is trained or validated on."""

from dataclasses import dataclass

import numpy as np
import torch

from skmlic.training._image_loader import ImageDataset
from skmlic.training._tensor_data import TensorDataset


@dataclass(frozen=True)
class TrainingData:
    """Inputs, targets and weights of samples.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features), dtype float32, list of images or tuple of tensor
        The inputs; a tuple is what :func:`store_maps` returns.
    Y : ndarray of shape (n_samples, n_labels), dtype float32
        0 and 1, NaN for missing labels.
    sample_weight : ndarray of shape (n_samples,) or None
        Positive weights, which are scaled to a mean of 1 for training.
    """

    X: np.ndarray | list | tuple
    Y: np.ndarray
    sample_weight: np.ndarray | None = None

    @property
    def is_features(self):
        """Whether X is a matrix of features."""
        return isinstance(self.X, np.ndarray)

    def take(self, rows):
        """Return some of the samples."""
        return TrainingData(
            self.X[rows] if self.is_features else [self.X[row] for row in rows],
            self.Y[rows],
            None if self.sample_weight is None else self.sample_weight[rows],
        )

    def repeat(self, X):
        """Return data of several views of the samples.

        Parameters
        ----------
        X : list of ndarray of shape (n_samples, n_features)
            Features of each view.

        Returns
        -------
        data : TrainingData
            All samples of the first view, then all of the second, and so on.
        """
        weight = self.sample_weight
        return TrainingData(
            np.concatenate(X),
            np.tile(self.Y, (len(X), 1)),
            None if weight is None else np.tile(weight, len(X)),
        )

    def to(self, device):
        """Return the samples as a dataset, with targets and features on a device."""
        target = torch.from_numpy(self.Y).to(device)
        if self.sample_weight is not None:
            weight = torch.tensor(
                self.sample_weight / self.sample_weight.mean(), dtype=torch.float32
            )
            target = target, weight.to(device)
        if self.is_features:
            return TensorDataset(torch.tensor(self.X, device=device), target)
        if isinstance(self.X, tuple):
            return TensorDataset(self.X, target)
        return ImageDataset(self.X, target)
