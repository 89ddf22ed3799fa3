"""What a training is measured by, and the pictures that are held out for it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import sklearn.metrics

from skmlic.metrics import get_scorer
from skmlic.model_selection import multilabel_train_test_split


@dataclass(frozen=True)
class Scoring:
    """Scorers, and which of their figures decides.

    Parameters
    ----------
    scorers : dict of str to callable
        Those of probabilities or decisions; the loss is measured anyway.
    monitor : str
        What decides, a name of a net's history.
    lower_is_better : bool
        Whether small figures are good.
    """

    scorers: dict
    monitor: str
    lower_is_better: bool

    def find_best(self, epochs):
        """Return the best figure of a frame of epochs; None if there is none."""
        figures = epochs.get(self.monitor, pd.Series(dtype=float)).dropna()
        if not len(figures):
            return None
        return float(figures.min() if self.lower_is_better else figures.max())

    def find_best_epoch(self, epochs):
        """Return the first epoch with that figure; the last one of all if there is none."""
        best = self.find_best(epochs)
        if best is None:
            return int(epochs.index[-1])
        return int(epochs.index[epochs[self.monitor] == best][0])


def choose_scoring(scoring, is_binary):
    """Return the scorers that a classifier's ``scoring`` names.

    Parameters
    ----------
    scoring : str, callable or list of them
        The first one decides.
    is_binary : bool
        Whether y is one-dimensional, which scikit-learn's scorers are for.

    Returns
    -------
    scoring : Scoring

    Raises
    ------
    ValueError
        If there is no such scorer, or the same one twice.
    """
    wanted = scoring if isinstance(scoring, list) else [scoring]
    if not all(isinstance(one, str) or callable(one) for one in wanted):
        raise ValueError(f"scoring={scoring!r}: expected names or scorers.")
    names = [one if isinstance(one, str) else _name(one) for one in wanted]
    if not names or len(set(names)) < len(names):
        raise ValueError(f"scoring={scoring!r}: expected at least one scorer, and none twice.")
    find = sklearn.metrics.get_scorer if is_binary else get_scorer
    scorers = {
        name: find(one) if isinstance(one, str) else one
        for name, one in zip(names, wanted, strict=True)
        if one != "loss"
    }
    by_loss = names[0] == "loss"
    return Scoring(scorers, "valid_loss" if by_loss else names[0], lower_is_better=by_loss)


def hold_out(Y, fraction, seed):
    """Return the rows to train with and the rows to measure with, in their order.

    Parameters
    ----------
    Y : ndarray of shape (n_samples, n_labels)
        0 and 1, NaN where it is unknown.
    fraction : float
        Part of the samples to measure with.
    seed : int
        Determines which.

    Returns
    -------
    training, validation : ndarray of int
    """
    try:
        rows = multilabel_train_test_split(
            np.arange(len(Y)), Y, test_size=fraction, random_state=seed
        )[:2]
    except ValueError as error:
        raise ValueError(
            f"early_stopping=True: validation_fraction={fraction} of {len(Y)} samples can't be "
            f"held out ({error})"
        ) from error
    return tuple(map(np.sort, rows))


def _name(scorer):
    return getattr(scorer, "__name__", None) or repr(scorer)
