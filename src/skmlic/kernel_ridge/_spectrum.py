"""The decomposition by which ridge regression is solved for all penalties at once."""

from dataclasses import dataclass

import torch

# Eigenvalues below this multiple of the largest one and of the rounding error are zero.
_RANK_TOLERANCE = 10.0
_N_ROWS_PER_PART = 8192


@dataclass(frozen=True)
class Spectrum:
    r"""Eigenvectors and eigenvalues of a weighted kernel matrix.

    With the kernel matrix :math:`K` and the weights :math:`W` of rows,
    :math:`W^{1/2} K W^{1/2} = U \operatorname{diag}(s) U^T`.

    Parameters
    ----------
    U : tensor of shape (n_rows, n_components)
        Orthonormal columns. Eigenvectors with the eigenvalue 0 may be left out.
    s : tensor of shape (n_components,)
        Eigenvalues, at least 0.
    root_weight : tensor of shape (n_rows,)
        Square roots of the weights.
    V : tensor of shape (n_features, n_components) or None
        Eigenvectors of the Gram matrix, if the kernel is a product of features.
    """

    U: torch.Tensor
    s: torch.Tensor
    root_weight: torch.Tensor
    V: torch.Tensor | None = None

    def solve(self, target, alpha):
        """Return the coefficients of the features for one penalty.

        Parameters
        ----------
        target : tensor of shape (n_rows, n_labels)
            Without missing values.
        alpha : float
            The penalty.

        Returns
        -------
        coef : tensor of shape (n_features, n_labels), or (n_rows, n_labels) without features
        """
        projected = self.U.T @ (self.root_weight[:, None] * target)
        if self.V is not None:
            return self.V @ ((self.s.sqrt() / (self.s + alpha))[:, None] * projected)
        return self.root_weight[:, None] * (self.U @ (projected / (self.s + alpha)[:, None]))


def decompose_kernel(kernel, weight):
    """Return the spectrum of a kernel matrix.

    Parameters
    ----------
    kernel : tensor of shape (n_rows, n_rows)
    weight : tensor of shape (n_rows,)

    Returns
    -------
    spectrum : Spectrum
    """
    root = weight.sqrt()
    s, U = torch.linalg.eigh(kernel * root[:, None] * root)
    return Spectrum(U, s.clamp(min=0), root)


def decompose_features(features, weight):
    """Return the spectrum of the kernel that features have as their product.

    Parameters
    ----------
    features : tensor of shape (n_rows, n_features)
        It is overwritten, so that large ones are in memory once.
    weight : tensor of shape (n_rows,)

    Returns
    -------
    spectrum : Spectrum
    """
    root = weight.sqrt()
    features.mul_(root[:, None])
    s, V = torch.linalg.eigh(features.T @ features)
    kept = s > _RANK_TOLERANCE * torch.finfo(s.dtype).eps * s[-1]
    s, V = s[kept], V[:, kept]
    U = features[:, : len(s)]
    for part, out in zip(features.split(_N_ROWS_PER_PART), U.split(_N_ROWS_PER_PART), strict=True):
        out.copy_(part @ V / s.sqrt())
    return Spectrum(U, s, root, V)
