"""Weights of labels in the loss."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from skmlic._utils._labels import find_labels, quote_names, read_values
from skmlic._utils._numbers import as_numbers, describe
from skmlic._utils._targets import check_targets
from skmlic._utils._typing import ClassWeight, Floats, Labels
from skmlic._utils._warnings import warn_caller

__all__ = ["ScaledLabelWeight", "compute_label_weight"]

_BETA = 0.999
_BY_COUNT = {
    "balanced": lambda count: 1 / count,
    "inv": lambda count: 1 / count,
    "inv_sqrt": lambda count: 1 / np.sqrt(count),
    "effective": lambda count: (1 - _BETA) / (1 - _BETA**count),
}


def compute_label_weight(
    Y: Labels, class_weight: ClassWeight = "inv_sqrt", *, scale: dict[Any, float] | None = None
) -> Floats:
    r"""Compute the weight of each label in the loss.

    Parameters
    ----------
    Y : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1; NaN for missing labels, which count as 0.

    class_weight : str, dict, array-like of shape (n_labels,), callable or None, default="inv_sqrt"
        The names "balanced", "inv", "inv_sqrt" and "effective" are functions of :math:`n_l`, the
        number of positives of label :math:`l`: :math:`1 / n_l` for "inv" and "balanced",
        :math:`1 / \sqrt{n_l}` for "inv_sqrt", and :math:`(1 - \beta) / (1 - \beta^{n_l})` with
        :math:`\beta = 0.999` for "effective" [1]_. A dict gives weights by label name or number;
        labels that it leaves out have weight 1. A callable takes Y and returns the weights. With
        ``None`` all labels have weight 1.

    scale : dict, default=None
        Factors by label name or number, which the weights are multiplied by.

    Returns
    -------
    weight : ndarray of shape (n_labels,), dtype float64
        Weights with a mean of 1. If ``class_weight`` is a name, a label without positives has the
        mean weight of the others.

    Raises
    ------
    ValueError
        If a name or label is unknown, or weights are negative, not finite or all 0.

    Notes
    -----
    "balanced" is :math:`n / (k \, n_l)` in scikit-learn. Scaled to a mean of 1 it equals "inv".

    References
    ----------
    .. [1] Y. Cui, M. Jia, T.-Y. Lin, Y. Song, S. Belongie, "Class-Balanced Loss Based on Effective
       Number of Samples", CVPR 2019.

    Examples
    --------
    >>> import pandas as pd
    >>> from skmlic.class_weight import compute_label_weight
    >>> Y = pd.DataFrame({"person": [1, 1, 1, 1, 0], "dog": [1, 0, 0, 0, 0]})
    >>> compute_label_weight(Y, "inv_sqrt")
    array([0.66666667, 1.33333333])
    >>> compute_label_weight(Y, "inv_sqrt", scale={"person": 0.5})
    array([0.4, 1.6])
    """
    counts, label_names = _count(Y)
    weight = _compute_unscaled(Y, class_weight, counts, label_names)
    if weight.shape != (len(label_names),):
        raise ValueError(
            f"class_weight has shape {weight.shape}; expected one weight per label, "
            f"({len(label_names)},)."
        )
    if scale is not None:
        _check_scale(scale)
        weight = weight * _from_dict(scale, label_names, "scale")
    if not np.isfinite(weight).all() or (weight < 0).any() or not weight.any():
        raise ValueError(
            f"class_weight gives the weights {weight.tolist()}; expected finite numbers >= 0, not "
            "all 0."
        )
    return weight / weight.mean()


@dataclass(frozen=True)
class ScaledLabelWeight:
    """Weights of labels, some of them scaled, as a value of ``class_weight``.

    It calls :func:`compute_label_weight` with its ``scale``, and can be cloned, compared and
    pickled.

    Parameters
    ----------
    class_weight : str, dict, array-like of shape (n_labels,), callable or None, default="inv_sqrt"
        See :func:`compute_label_weight`.

    scale : dict, default={}
        Factors by label name or number.

    missing : {"raise", "warn"}, default="raise"
        What to do if ``scale`` names a label that Y does not have.

    See Also
    --------
    compute_label_weight : Compute the weights of labels of Y.

    Examples
    --------
    >>> import pandas as pd
    >>> from skmlic import TransferMultiLabelClassifier
    >>> from skmlic.class_weight import ScaledLabelWeight
    >>> Y = pd.DataFrame({"person": [1, 1, 1, 1, 0], "dog": [1, 0, 0, 0, 0]})
    >>> half = ScaledLabelWeight("inv_sqrt", scale={"person": 0.5})
    >>> half(Y)
    array([0.4, 1.6])
    >>> clf = TransferMultiLabelClassifier("precomputed", class_weight=half)
    >>> clf.fit([[0.0], [1.0], [2.0], [3.0], [4.0]], Y).label_weight_
    array([0.4, 1.6])
    """

    class_weight: ClassWeight = "inv_sqrt"
    scale: dict[Any, float] = field(default_factory=dict)
    missing: Literal["raise", "warn"] = "raise"

    def __post_init__(self) -> None:
        if not isinstance(self.missing, str) or self.missing not in ("raise", "warn"):
            raise ValueError(f"missing={self.missing!r}: expected 'raise' or 'warn'.")
        _check_scale(self.scale)

    def __call__(self, Y: Labels) -> Floats:
        """Return the weight of each label.

        Parameters
        ----------
        Y : array-like, sparse matrix or frame of shape (n_samples, n_labels)
            0 and 1; NaN for missing labels, which count as 0.

        Returns
        -------
        weight : ndarray of shape (n_labels,), dtype float64
            Weights with a mean of 1.

        Raises
        ------
        ValueError
            See :func:`compute_label_weight`.
        """
        scale = self.scale
        if self.missing == "warn":
            _, label_names = check_targets(Y)
            absent = [label for label in scale if not _has_label(label_names, label)]
            scale = {label: factor for label, factor in scale.items() if label not in absent}
            if absent:
                warn_caller(
                    f"The weight of {quote_names(absent)} is not scaled, since Y has no such "
                    f"label; its labels are {quote_names(label_names)}."
                )
        return compute_label_weight(Y, self.class_weight, scale=scale)


def _check_scale(scale):
    if not isinstance(scale, Mapping):
        raise TypeError(f"scale is {describe(scale)}; expected a dict {{label: factor}}.")


def _has_label(label_names, label):
    try:
        find_labels([label], label_names, "scale")
    except ValueError:
        return False
    return True


def _count(Y):
    Y, label_names = check_targets(Y)
    return np.nansum(Y, axis=0, dtype=np.float64), label_names


def _compute_unscaled(Y, class_weight, counts, label_names):
    if class_weight is None:
        return np.ones(len(label_names))
    if isinstance(class_weight, str):
        if class_weight not in _BY_COUNT:
            raise ValueError(
                f"class_weight={class_weight!r}: expected one of {sorted(_BY_COUNT)}, a dict "
                "{label: weight}, an array of weights, a function of Y, or None."
            )
        weight = np.ones(len(counts))
        present = counts > 0
        if present.any():
            weight[present] = _BY_COUNT[class_weight](counts[present])
            weight[~present] = weight[present].mean()
        return weight
    if isinstance(class_weight, dict):
        return _from_dict(class_weight, label_names, "class_weight")
    if callable(class_weight):
        class_weight = class_weight(Y)
    return as_numbers(
        class_weight, "class_weight", "a name, a dict or one number per label"
    ).astype(np.float64)


def _from_dict(factors, label_names, parameter):
    """Return factors per label from a dict, 1 for labels that it leaves out."""
    weight = np.ones(len(label_names))
    weight[find_labels(factors, label_names, parameter)] = read_values(factors, parameter)
    return weight
