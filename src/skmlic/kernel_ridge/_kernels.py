"""Kernels, and features whose products approximate them."""

from dataclasses import dataclass

import torch

KERNELS = ("linear", "rbf")
_JITTER = 1e-6
_N_ROWS_PER_PART = 8192


@dataclass(frozen=True)
class Kernel:
    """A kernel of scaled features; 1 is added to it for the intercept.

    Parameters
    ----------
    name : {"linear", "rbf"}
        "linear" is the product of two rows divided by the mean squared length of rows, "rbf" is
        ``exp(-gamma * d)`` for the squared distance ``d``.
    width : float or None
        Width of "rbf" relative to the median squared distance of rows.
    factor : float
        ``gamma``, or the factor of the product.
    """

    name: str
    width: float | None
    factor: float

    def compute(self, A, B):
        """Return the kernel matrix of two matrices of rows, without the intercept."""
        return self.apply(Similarity.of(A, B))

    def apply(self, similarity):
        """Return the kernel matrix of rows whose similarity is known, without the intercept."""
        if self.name == "linear":
            return similarity.products * self.factor
        return similarity.measure_distances().mul_(-self.factor).exp_()


@dataclass(frozen=True)
class Similarity:
    """The products of two matrices of rows, from which all kernels are computed.

    Parameters
    ----------
    products : tensor of shape (n_rows, n_others)
    lengths, other_lengths : tensor of shape (n_rows,) and (n_others,)
        Squared lengths of the rows.
    """

    products: torch.Tensor
    lengths: torch.Tensor
    other_lengths: torch.Tensor

    @classmethod
    def of(cls, A, B):
        """Return the similarity of two matrices of rows."""
        return cls(A @ B.T, A.square().sum(dim=1), B.square().sum(dim=1))

    def measure_distances(self):
        """Return the squared distances of the rows, a new tensor."""
        distances = self.products * -2
        return distances.add_(self.lengths[:, None]).add_(self.other_lengths).clamp_(min=0)


def list_kernels(names, widths, Z, weight):
    """Return the kernels to choose from.

    Parameters
    ----------
    names : sequence of {"linear", "rbf"}
    widths : sequence of float
    Z : tensor of shape (n_rows, n_features)
        Scaled features of some rows.
    weight : tensor of shape (n_rows,)

    Returns
    -------
    kernels : list of Kernel
    """
    kernels = []
    if "linear" in names:
        length = float((weight @ Z.square().sum(dim=1)) / weight.sum())
        kernels.append(Kernel("linear", None, 1 / length if length > 0 else 1.0))
    if "rbf" in names:
        distances = Similarity.of(Z, Z).measure_distances()
        i, j = torch.triu_indices(len(Z), len(Z), offset=1)
        median = float(distances[i, j].median()) if len(i) else 1.0
        kernels += [Kernel("rbf", width, 1 / (width * (median or 1.0))) for width in widths]
    return kernels


@dataclass(frozen=True)
class LandmarkMap:
    """Features whose products approximate a kernel: the Nyström method.

    Parameters
    ----------
    kernel : Kernel
    landmarks : tensor of shape (n_landmarks, n_features)
        Some of the scaled rows.
    whitening : tensor of shape (n_landmarks, n_landmarks)
        Its product with the kernel of rows and landmarks has the products.

    References
    ----------
    C. K. I. Williams, M. Seeger, "Using the Nyström Method to Speed Up Kernel Machines", NIPS 2000.
    """

    kernel: Kernel
    landmarks: torch.Tensor
    whitening: torch.Tensor

    @classmethod
    def fit(cls, kernel, landmarks):
        """Return the map of a kernel and given landmarks."""
        matrix = kernel.compute(landmarks, landmarks).double()
        s, V = torch.linalg.eigh(matrix)
        whitening = V / s.clamp(min=_JITTER * float(s[-1])).sqrt()
        return cls(kernel, landmarks, whitening.to(landmarks.dtype))

    def compute(self, X, scaling):
        """Return the features of rows; the last one is 1, for the intercept.

        Parameters
        ----------
        X : tensor of shape (n_rows, n_features)
        scaling : callable
            Scales the rows.

        Returns
        -------
        features : tensor of shape (n_rows, n_landmarks + 1)
        """
        features = X.new_ones(len(X), len(self.landmarks) + 1)
        for x, out in zip(X.split(_N_ROWS_PER_PART), features.split(_N_ROWS_PER_PART), strict=True):
            out[:, :-1] = self.kernel.compute(scaling(x), self.landmarks) @ self.whitening
        return features
