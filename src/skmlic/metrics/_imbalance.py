"""Measures of imbalance: how unevenly labels occur, alone and together."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from skmlic._utils._targets import check_targets
from skmlic._utils._typing import Labels


@dataclass(frozen=True, repr=False, eq=False)
class ImbalanceSummary:
    """Result of :func:`imbalance_summary`; ``print(summary)`` shows it as text.

    Attributes
    ----------
    n_samples, n_labels : int
        Shape of Y.

    cardinality : float
        Mean number of labels per sample.

    density : float
        Cardinality divided by ``n_labels``.

    n_label_sets : int
        Number of distinct rows of Y, including the empty one.

    n_unlabelled : int
        Number of samples without any label.

    mean_ir, cv_ir, scumble : float
        MeanIR, CVIR and SCUMBLE.

    labels : DataFrame of shape (n_labels, 4)
        Per label: ``count`` of positives, ``frequency`` (fraction of the samples), ``ir_lbl``
        (IRLbl) and ``scumble_lbl`` (SCUMBLELbl).

    pair_counts : sparse array of shape (n_labels, n_labels), dtype int64
        Number of samples that have both labels, with the count of each label on the diagonal.

    co_occurrence : DataFrame of shape (n_labels, n_labels), dtype int64
        The same as a table, which is made when it is asked for.
    """

    n_samples: int
    n_labels: int
    cardinality: float
    density: float
    n_label_sets: int
    n_unlabelled: int
    mean_ir: float
    cv_ir: float
    scumble: float
    labels: pd.DataFrame
    pair_counts: csr_array

    @property
    def co_occurrence(self) -> pd.DataFrame:
        """Number of samples that have both labels, as a table."""
        index = self.labels.index
        return pd.DataFrame(self.pair_counts.toarray(), index, index.rename(None), copy=False)

    def __repr__(self) -> str:
        return (
            f"<ImbalanceSummary: n_samples={self.n_samples}, n_labels={self.n_labels}, "
            f"mean_ir={self.mean_ir:.3g}, scumble={self.scumble:.3g}>"
        )

    def __str__(self) -> str:
        by_count = self.labels.sort_values("count", ascending=False, kind="stable")
        table = by_count.to_string(max_rows=20, float_format="{:.3g}".format, index_names=False)
        return (
            f"{self.n_samples} samples, {self.n_unlabelled} of them without any label\n"
            f"{self.n_labels} labels in {self.n_label_sets} distinct label sets, "
            f"{self.cardinality:.3g} labels per sample (density {self.density:.3g})\n"
            f"MeanIR {self.mean_ir:.3g}, CVIR {self.cv_ir:.3g}, SCUMBLE {self.scumble:.3g}\n\n"
            f"{table}"
        )


def imbalance_summary(Y: Labels) -> ImbalanceSummary:
    r"""Measure how unevenly labels occur.

    Parameters
    ----------
    Y : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1; NaN for missing labels, which count as 0.

    Returns
    -------
    summary : ImbalanceSummary
        Counts and measures of Y and of each label. ``print(summary)`` shows them.

    Raises
    ------
    ValueError
        If Y has no samples, or an entry that is neither 0 nor 1.

    Notes
    -----
    With :math:`n_l` the number of positives of label :math:`l` and :math:`L` the labels with at
    least one [1]_:

    .. math::

        \mathrm{IRLbl}(l) = \frac{\max_k n_k}{n_l}, \quad
        \mathrm{MeanIR} = \frac{1}{|L|} \sum_{l \in L} \mathrm{IRLbl}(l), \quad
        \mathrm{CVIR} = \frac{1}{\mathrm{MeanIR}}
        \sqrt{\sum_{l \in L} \frac{(\mathrm{IRLbl}(l) - \mathrm{MeanIR})^2}{|L| - 1}}

    MeanIR is 1 if all labels have equal counts. Labels with a larger IRLbl are the minority labels
    of :class:`skmlic.sampling.MultiLabelRandomOverSampler`. CVIR, the coefficient of variation, is
    0 for a single label. A label without positives has an infinite IRLbl and no SCUMBLELbl (NaN),
    and is excluded from both means. Without any positive, MeanIR and CVIR are NaN.

    SCUMBLE [2]_ measures whether rare labels come together with frequent ones, so that resampling
    cannot separate them. Sample :math:`i` with the labels :math:`L_i` has

    .. math::

        \mathrm{SCUMBLE}_i = 1 - \frac{\left(\prod_{l \in L_i} \mathrm{IRLbl}(l)\right)^{1 / |L_i|}}
        {\frac{1}{|L_i|} \sum_{l \in L_i} \mathrm{IRLbl}(l)},

    one minus the ratio of the geometric to the arithmetic mean: 0 where its labels are equally
    frequent and where it has none. SCUMBLE is the mean over all samples, SCUMBLELbl [3]_ the mean
    over the samples that have the label.

    References
    ----------
    .. [1] F. Charte, A. J. Rivera, M. J. del Jesus, F. Herrera, "Addressing imbalance in
       multilabel classification: Measures and random resampling algorithms", Neurocomputing 163,
       2015.
    .. [2] F. Charte, A. Rivera, M. J. del Jesus, F. Herrera, "Concurrence among imbalanced labels
       and its influence on multilabel resampling algorithms", HAIS 2014.
    .. [3] F. Charte, A. J. Rivera, M. J. del Jesus, F. Herrera, "Dealing with difficult minority
       labels in imbalanced mutilabel data sets", Neurocomputing 326, 2019.

    Examples
    --------
    >>> import pandas as pd
    >>> from skmlic.metrics import imbalance_summary
    >>> Y = pd.DataFrame({"person": [1, 1, 1, 1, 0], "dog": [1, 0, 0, 0, 0]})
    >>> print(imbalance_summary(Y))
    5 samples, 1 of them without any label
    2 labels in 3 distinct label sets, 1 labels per sample (density 0.5)
    MeanIR 2.5, CVIR 0.849, SCUMBLE 0.04
    <BLANKLINE>
            count  frequency  ir_lbl  scumble_lbl
    person      4        0.8       1         0.05
    dog         1        0.2       4          0.2
    """
    targets, label_names = check_targets(Y)
    targets = np.nan_to_num(targets)
    n_samples, n_labels = targets.shape
    if n_samples == 0:
        raise ValueError("Y has no samples; expected at least one row.")
    # float32 cannot count beyond 2 ** 24.
    targets = targets.astype(np.float64)
    # Few pairs of many labels occur together.
    positives = csr_array(targets, dtype=np.int64)
    pair_counts = (positives.T @ positives).tocsr().sorted_indices()
    counts = pair_counts.diagonal()
    sizes = targets.sum(axis=1)
    ratios = _imbalance_ratios(counts)
    mean_ir, cv_ir = _mean_and_variation(ratios[counts > 0])
    scumble = _scumble_of_samples(targets, sizes, ratios)
    columns = pd.Index(label_names, tupleize_cols=False)
    index = columns.rename("label")
    labels = pd.DataFrame(
        {
            "count": counts,
            "frequency": counts / n_samples,
            "ir_lbl": ratios,
            "scumble_lbl": np.where(counts, scumble @ targets / np.maximum(counts, 1), np.nan),
        },
        index=index,
    )
    return ImbalanceSummary(
        n_samples=n_samples,
        n_labels=n_labels,
        cardinality=float(sizes.mean()),
        density=float(sizes.mean() / n_labels),
        n_label_sets=len(np.unique(np.packbits(targets > 0, axis=1), axis=0)),
        n_unlabelled=int((sizes == 0).sum()),
        mean_ir=mean_ir,
        cv_ir=cv_ir,
        scumble=float(scumble.mean()),
        labels=labels,
        pair_counts=pair_counts,
    )


def _imbalance_ratios(counts):
    ratios = np.full(len(counts), np.inf)
    present = counts > 0
    ratios[present] = counts.max() / counts[present]
    return ratios


def _mean_and_variation(ratios):
    if len(ratios) == 0:
        return np.nan, np.nan
    mean = float(ratios.mean())
    deviation = ratios.std(ddof=1) if len(ratios) > 1 else 0.0
    return mean, float(deviation / mean)


def _scumble_of_samples(targets, sizes, ratios):
    # No sample has a label without positives, so any finite ratio keeps 0 * inf out of the
    # products.
    ratios = np.where(np.isfinite(ratios), ratios, 1.0)
    sizes = np.maximum(sizes, 1)
    arithmetic = targets @ ratios / sizes
    geometric = np.exp(targets @ np.log(ratios) / sizes)
    scumble = np.zeros(len(targets))
    # The geometric mean exceeds the arithmetic one only by rounding.
    np.divide(arithmetic - geometric, arithmetic, out=scumble, where=arithmetic > geometric)
    return scumble
