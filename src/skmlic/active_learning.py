"""Which images to label next."""

from numbers import Integral

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from scipy.special import entr
from sklearn.utils import check_array, check_consistent_length

from skmlic._utils._compat import Interval, validate_params
from skmlic._utils._numbers import as_numbers
from skmlic._utils._targets import check_targets
from skmlic._utils._typing import Labels
from skmlic.kernel_ridge._feature_scaling import list_scalings
from skmlic.kernel_ridge._kernels import list_kernels
from skmlic.metrics._validation import check_probabilities

__all__ = ["suggest_images"]

# A thousand of either costs seconds, and the similarity of more changes little.
_N_ANNOTATED = 4096
_N_CANDIDATES = 4096
_N_PER_IMAGE = 4
_N_OF_KERNEL = 1000
# Variance of the annotations that is not explained, relative to that of the process.
_NOISE = 0.1


@validate_params({"n_images": [Interval(Integral, 1, None, closed="left")]})
def suggest_images(
    Y: Labels,
    Y_proba: ArrayLike,
    features: ArrayLike,
    *,
    n_images: int = 10,
) -> NDArray[np.int64]:
    r"""Suggest images whose labels would improve a model most.

    The images are those whose labels the model is least sure of, of rare labels above all, and
    that differ from each other.

    Parameters
    ----------
    Y : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        The annotations so far: 0 and 1, and NaN for missing ones. Images with missing annotations
        are candidates.

    Y_proba : array-like of shape (n_samples, n_labels)
        The probabilities of a model that was trained on these annotations.

    features : array-like of shape (n_samples, n_features)
        Features of the images, such as those of :class:`skmlic.ImageEmbedder`.

    n_images : int, default=10
        Number of images.

    Returns
    -------
    samples : ndarray of shape (n_suggested,), dtype int64
        Rows of Y, the most useful image first; fewer than ``n_images`` if there are fewer
        candidates.

    Raises
    ------
    ValueError
        If shapes or values do not fit, or no annotation is missing.

    See Also
    --------
    skmlic.label_issues.find_label_issues : Annotations that are probably wrong.

    Notes
    -----
    The use of an image is

    .. math:: \frac{v}{v_0} \sum_l \frac{H(p_l)}{\max(n_l, 1)}

    with the entropy :math:`H` of each missing label, whose number of positives so far is
    :math:`n_l`. The factor keeps similar images from being suggested together: :math:`v_0` is the
    variance of a Gaussian process at the image, given the images that are fully annotated, and
    :math:`v` given those and the images suggested before it. The greedy choice by variance is that
    of [1]_.

    With more than 4096 annotated images, evenly spaced ones count for the variance; more than 4096
    candidates (or four times ``n_images``) are first reduced to those with the largest sum.

    References
    ----------
    .. [1] A. Krause, A. Singh, C. Guestrin, "Near-Optimal Sensor Placements in Gaussian Processes",
       Journal of Machine Learning Research 9, 2008.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlic import ImageEmbedder
    >>> from skmlic.active_learning import suggest_images
    >>> from skmlic.datasets import make_multilabel_shapes
    >>> from skmlic.kernel_ridge import KernelRidgeMultiLabelClassifierCV
    >>> images, Y = make_multilabel_shapes(120, random_state=0)
    >>> Y = Y.astype(float)
    >>> Y[60:] = np.nan
    >>> features = ImageEmbedder("tiny_cnn").fit_transform(images)
    >>> clf = KernelRidgeMultiLabelClassifierCV(random_state=0).fit(features[:60], Y[:60])
    >>> suggest_images(Y, clf.predict_proba(features), features, n_images=5).shape
    (5,)
    """
    annotations, _ = check_targets(Y)
    missing = np.isnan(annotations)
    candidates = np.flatnonzero(missing.any(axis=1))
    if not len(candidates):
        raise ValueError(
            "All images are annotated; expected Y with NaN where an annotation is missing."
        )
    *_, probabilities = check_probabilities(Y, Y_proba)
    features = as_numbers(features, "features", "numbers of shape (n_samples, n_features)")
    features = check_array(features, dtype=[np.float32, np.float64])
    check_consistent_length(annotations, features)

    n_positives = np.maximum(np.nansum(annotations, axis=0), 1)
    entropy = entr(probabilities) + entr(1 - probabilities)
    use = (np.where(missing, entropy, 0) / n_positives)[candidates].sum(axis=1)
    kept = np.argsort(-use, kind="stable")[: max(_N_CANDIDATES, _N_PER_IMAGE * n_images)]
    candidates, use = candidates[kept], use[kept]
    annotated = np.flatnonzero(~missing.any(axis=1))
    if len(annotated) > _N_ANNOTATED:
        annotated = annotated[np.linspace(0, len(annotated) - 1, _N_ANNOTATED).astype(int)]
    kernel = _compute_kernel(features, candidates, annotated)
    return candidates[_choose(kernel, use, min(n_images, len(candidates)))]


def _compute_kernel(features, candidates, annotated):
    """Return the covariance of candidates, given the annotated samples."""
    X = torch.tensor(features[np.concatenate([annotated, candidates])])
    weight = torch.ones(len(X), dtype=torch.float64)
    (scaling,) = list_scalings("root", X, weight)
    Z = scaling(X.double())
    step = max(len(Z) // _N_OF_KERNEL, 1)
    (kernel,) = list_kernels(["rbf"], [1.0], Z[::step], weight[::step])
    old, new = Z[: len(annotated)], Z[len(annotated) :]
    covariance = kernel.compute(new, new)
    if len(old):
        noisy = kernel.compute(old, old)
        noisy.diagonal().add_(_NOISE)
        factor = torch.linalg.cholesky(noisy)
        explained = torch.linalg.solve_triangular(factor, kernel.compute(old, new), upper=False)
        covariance -= explained.T @ explained
    return covariance.numpy()


def _choose(covariance, use, n_images):
    """Return the positions of the most useful images, each given those before it."""
    variance = covariance.diagonal().clip(min=0) + _NOISE
    first, left = variance.copy(), use.copy()
    rows, chosen = np.zeros((n_images, len(use))), []
    for row in rows:
        best = int(np.argmax(left * (variance / first)))
        left[best] = -np.inf
        chosen.append(best)
        row[:] = (covariance[best] - rows[:, best] @ rows) / np.sqrt(variance[best])
        variance = (variance - row**2).clip(min=_NOISE)
    return chosen
