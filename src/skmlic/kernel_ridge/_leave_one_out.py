r"""Exact leave-one-out scores of kernel ridge regression.

With :math:`A = K + \alpha W^{-1}` and the dual coefficients :math:`c = A^{-1} y`, the residual of a
row that is left out is :math:`c_i / (A^{-1})_{ii}`, and those of a group :math:`g` that is left out
are :math:`((A^{-1})_{gg})^{-1} c_g`.

References
----------
R. M. Rifkin, R. A. Lippert, "Notes on Regularized Least Squares", MIT-CSAIL-TR-2007-025.
S. An, W. Liu, S. Venkatesh, "Fast cross-validation algorithms for least squares support vector
machine and kernel ridge regression", Pattern Recognition 40, 2007.
"""

import torch

_N_ROWS_PER_PART = 8192
_N_ITERATIONS = 50


def score_left_out(spectrum, target, alphas, groups=()):
    """Return leave-one-out scores for several penalties.

    Missing labels are approximated. Their targets are set such that their dual coefficients
    vanish, by conjugate gradients; then the fit is that of the rows with the label. The diagonal of
    the inverse is that of all rows with the fraction of known labels as their weight, except for
    the row itself, whose weight is 1.

    Parameters
    ----------
    spectrum : Spectrum
    target : tensor of shape (n_rows, n_labels)
        NaN for missing labels.
    alphas : sequence of float
        The penalties.
    groups : sequence of tensor of int
        Rows of each group of more than one row.

    Yields
    ------
    scores : tensor of shape (n_rows, n_labels)
        For each penalty.
    target : tensor of shape (n_rows, n_labels)
        The target without missing values, by which the model is fitted.
    """
    U, s, root = spectrum.U, spectrum.s, spectrum.root_weight[:, None]
    missing = target.isnan()
    has_missing = bool(missing.any())
    fraction = 1 - missing.to(s.dtype).mean(dim=0)
    scaled = root * target.nan_to_num()
    # One pass over U for all penalties; the first sum is 1 unless eigenvectors were left out.
    shrink = [torch.ones_like(s), *(alpha / (s + alpha) for alpha in alphas)]
    norm, *shrunk = _sum_squares(U, torch.stack(shrink, dim=1)).T
    complement = (1 - norm).clamp(min=0)
    for alpha, remainder in zip(alphas, shrunk, strict=True):
        if has_missing:
            scaled = _impute(spectrum, scaled, missing, alpha)
        projected = U.T @ scaled
        # Both are multiplied by alpha, so that they stay finite where it is small.
        dual = scaled - U @ (projected * (s / (s + alpha))[:, None])
        if has_missing:
            leverage = _sum_squares(U, s[:, None] / (torch.outer(s, fraction) + alpha))
            rest = 1 - fraction * leverage
            diagonal = rest / (rest + leverage)
        else:
            diagonal = (complement + remainder)[:, None]
        residual = dual / diagonal.clamp(min=torch.finfo(s.dtype).eps)
        for rows in groups:
            part = U[rows]
            block = torch.eye(len(rows), dtype=s.dtype, device=s.device)
            block -= (part * (s / (s + alpha))) @ part.T
            residual[rows] = torch.linalg.lstsq(block, dual[rows]).solution
        imputed = scaled / root
        yield imputed - residual / root, imputed


def solve_exactly(kernel, weight, target, alpha, groups=()):
    """Return coefficients and leave-one-out scores, without the rows whose label is missing.

    Parameters
    ----------
    kernel : tensor of shape (n_rows, n_rows)
    weight : tensor of shape (n_rows,)
    target : tensor of shape (n_rows, n_labels)
        NaN for missing labels.
    alpha : float
        The penalty.
    groups : sequence of tensor of int
        Rows of each group of more than one row.

    Returns
    -------
    coef : tensor of shape (n_rows, n_labels)
        Dual coefficients, 0 for rows whose label is missing.
    scores : tensor of shape (n_rows, n_labels)
        Leave-one-out scores; for rows whose label is missing, the scores of the fit.
    """
    coef, scores = torch.zeros_like(target), torch.empty_like(target)
    patterns, label_pattern = torch.unique(target.isnan(), dim=1, return_inverse=True)
    for number, missing in enumerate(patterns.T):
        labels = torch.nonzero(label_pattern == number).ravel()
        known = torch.nonzero(~missing).ravel()
        part = kernel if len(known) == len(kernel) else kernel[known][:, known]
        inverse = _invert(part + torch.diag(alpha / weight[known]))
        y = target[known][:, labels]
        dual = inverse @ y
        residual = dual / inverse.diagonal()[:, None]
        position = torch.full((len(kernel),), -1, device=kernel.device)
        position[known] = torch.arange(len(known), device=kernel.device)
        for rows in groups:
            within = position[rows]
            within = within[within >= 0]
            block = inverse[within][:, within]
            residual[within] = torch.linalg.solve(block, dual[within])
        coef[known[:, None], labels] = dual
        scores[:, labels] = kernel[:, known] @ dual
        scores[known[:, None], labels] = y - residual
    return coef, scores


def _invert(matrix):
    factor, info = torch.linalg.cholesky_ex(matrix)
    return torch.linalg.inv(matrix) if info else torch.cholesky_inverse(factor)


def _sum_squares(U, weights):
    """Return ``U ** 2 @ weights`` without a second matrix of the size of U."""
    return torch.cat([part.square() @ weights for part in U.split(_N_ROWS_PER_PART)])


def _impute(spectrum, scaled, missing, alpha):
    """Return scaled targets, with those of missing labels that make their dual coefficients 0."""
    U = spectrum.U
    gain = (spectrum.s / (spectrum.s + alpha))[:, None]

    def multiply(values):
        return values - U @ (gain * (U.T @ values))

    known = torch.where(missing, 0, scaled)
    values = torch.where(missing, scaled, 0)
    # Conjugate gradients on the missing entries, for all labels at once.
    residual = torch.where(missing, -multiply(known + values), 0)
    direction = residual
    norm = residual.square().sum(dim=0)
    for _ in range(_N_ITERATIONS):
        product = torch.where(missing, multiply(direction), 0)
        step = norm / (direction * product).sum(dim=0).clamp(min=torch.finfo(norm.dtype).tiny)
        values = values + step * direction
        residual = residual - step * product
        previous, norm = norm, residual.square().sum(dim=0)
        direction = residual + norm / previous.clamp(min=torch.finfo(norm.dtype).tiny) * direction
    return known + values
