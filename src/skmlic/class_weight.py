"""Weights of labels in the loss."""

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from skmlic._utils._labels import find_labels, quote_names
from skmlic._utils._targets import check_targets
from skmlic._utils._typing import ClassWeight, Floats, Labels
from skmlic._utils._warnings import warn_caller

__all__ = ["ScaledLabelWeight", "compute_label_weight"]

_BETA = 0.999
_OF_COUNT = {
    "balanced": lambda count: 1 / count,
    "inv": lambda count: 1 / count,
    "inv_sqrt": lambda count: 1 / np.sqrt(count),
    "effective": lambda count: (1 - _BETA) / (1 - _BETA**count),
}


def compute_label_weight(
    Y: Labels, class_weight: ClassWeight = "inv_sqrt", *, scale: dict[Any, float] | None = None
) -> Floats:
    r"""Compute the weight of each label's term of the loss.

    Parameters
    ----------
    Y : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1.

    class_weight : str, dict, array-like of shape (n_labels,), callable or None, default="inv_sqrt"
        One of the names "balanced", "inv", "inv_sqrt" and "effective" is a function of
        :math:`n_l`, the number of positives of label :math:`l`: "inv" and "balanced"
        :math:`1 / n_l`, "inv_sqrt" :math:`1 / \sqrt{n_l}`, "effective"
        :math:`(1 - \beta) / (1 - \beta^{n_l})` with :math:`\beta = 0.999` [1]_. A dict gives
        weights by the label's name or number; labels left out have 1. A callable takes Y and
        returns the weights. ``None`` is 1 for all.

    scale : dict, default=None
        Factors by label name or number, multiplied on top.

    Returns
    -------
    weight : ndarray of shape (n_labels,), dtype float64
        Scaled so that their mean is 1. With a name, a label without positives has the mean of the
        others.

    Raises
    ------
    ValueError
        If a name or label is unknown, or weights are negative, not finite or all 0.

    Notes
    -----
    scikit-learn's "balanced" is :math:`n / (k \, n_l)`: with a mean of 1 it is the same as "inv".

    References
    ----------
    .. [1] Y. Cui, M. Jia, T.-Y. Lin, Y. Song, S. Belongie, "Class-Balanced Loss Based on Effective
       Number of Samples", CVPR 2019.

    Examples
    --------
    >>> import pandas as pd
    >>> from skmlic.class_weight import compute_label_weight
    >>> Y = pd.DataFrame({"person": [1, 1, 1, 1], "dog": [1, 0, 0, 0]})
    >>> compute_label_weight(Y, "inv_sqrt")
    array([0.66666667, 1.33333333])
    >>> compute_label_weight(Y, "inv_sqrt", scale={"person": 0.5})
    array([0.4, 1.6])
    """
    counts, label_names = _count(Y)
    weight = _raw_weight(Y, class_weight, counts, label_names)
    if weight.shape != (len(label_names),):
        raise ValueError(
            f"class_weight has shape {weight.shape}; expected one weight for each of the "
            f"{len(label_names)} labels."
        )
    if scale is not None:
        weight = weight * _from_dict(scale, label_names, "scale")
    if not np.isfinite(weight).all() or (weight < 0).any() or not weight.any():
        raise ValueError(
            f"class_weight gives the weights {weight.tolist()}; expected finite numbers >= 0, not "
            "all 0."
        )
    return weight / weight.mean()


@dataclass(frozen=True)
class ScaledLabelWeight:
    """Weights of labels with some of them scaled on top, as a value for ``class_weight=``.

    :func:`compute_label_weight` with its ``scale``, as a function of Y that can be cloned, compared
    and pickled.

    Parameters
    ----------
    class_weight : str, dict, array-like of shape (n_labels,), callable or None, default="inv_sqrt"
        As in :func:`compute_label_weight`.

    scale : dict, default={}
        Factors by label name or number.

    missing : {"raise", "warn"}, default="raise"
        What to do where Y has no label that ``scale`` names.

    See Also
    --------
    compute_label_weight : The weights of a given Y.

    Examples
    --------
    >>> import pandas as pd
    >>> from skmlic import TransferMultiLabelClassifier
    >>> from skmlic.class_weight import ScaledLabelWeight
    >>> Y = pd.DataFrame({"person": [1, 1, 1, 1], "dog": [1, 0, 0, 0]})
    >>> half = ScaledLabelWeight("inv_sqrt", scale={"person": 0.5})
    >>> half(Y)
    array([0.4, 1.6])
    >>> clf = TransferMultiLabelClassifier("precomputed", class_weight=half)
    >>> clf.fit([[0.0], [1.0], [2.0], [3.0]], Y).label_weight_
    array([0.4, 1.6])
    """

    class_weight: ClassWeight = "inv_sqrt"
    scale: dict[Any, float] = field(default_factory=dict)
    missing: Literal["raise", "warn"] = "raise"

    def __post_init__(self):
        if self.missing not in ("raise", "warn"):
            raise ValueError(f"missing={self.missing!r}: expected 'raise' or 'warn'.")

    def __call__(self, Y: Labels) -> Floats:
        """Return the weights.

        Parameters
        ----------
        Y : array-like, sparse matrix or frame of shape (n_samples, n_labels)
            0 and 1.

        Returns
        -------
        weight : ndarray of shape (n_labels,), dtype float64
            Their mean is 1.

        Raises
        ------
        ValueError
            As :func:`compute_label_weight` does.
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


def _has_label(label_names, label):
    try:
        find_labels([label], label_names, "scale")
    except ValueError:
        return False
    return True


def _count(Y):
    Y, label_names = check_targets(Y)
    return np.nansum(Y, axis=0, dtype=np.float64), label_names


def _raw_weight(Y, class_weight, counts, label_names):
    if class_weight is None:
        return np.ones(len(label_names))
    if isinstance(class_weight, str):
        if class_weight not in _OF_COUNT:
            raise ValueError(
                f"class_weight={class_weight!r}: expected one of {sorted(_OF_COUNT)}, a dict "
                "{label: weight}, an array of weights, a function of Y, or None."
            )
        weight = np.ones(len(counts))
        present = counts > 0
        if present.any():
            weight[present] = _OF_COUNT[class_weight](counts[present])
            weight[~present] = weight[present].mean()
        return weight
    if isinstance(class_weight, dict):
        return _from_dict(class_weight, label_names, "class_weight")
    if callable(class_weight):
        class_weight = class_weight(Y)
    return np.asarray(class_weight, dtype=np.float64)


def _from_dict(factors, label_names, parameter):
    """Return an array of a dict's factors by label name or number, 1 for labels left out."""
    weight = np.ones(len(label_names))
    weight[find_labels(factors, label_names, parameter)] = list(factors.values())
    return weight
