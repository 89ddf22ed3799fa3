"""The scores of a training on its hold-out set."""

from dataclasses import dataclass

import pandas as pd
import sklearn.metrics

from skmlic.metrics import get_scorer


@dataclass(frozen=True)
class Scoring:
    """Scorers, and the score that early stopping monitors.

    Parameters
    ----------
    scorers : dict of str to callable
        Scorers of probabilities or predictions; the loss is always recorded.
    monitor : str
        Name, in a net's history, of the score that early stopping monitors.
    lower_is_better : bool
        Whether a lower score is better.
    """

    scorers: dict
    monitor: str
    lower_is_better: bool

    def find_best(self, epochs):
        """Return the best score in a frame of epochs; None if there is none."""
        scores = epochs.get(self.monitor, pd.Series(dtype=float)).dropna()
        if not len(scores):
            return None
        return float(scores.min() if self.lower_is_better else scores.max())

    def find_best_epoch(self, epochs):
        """Return the first epoch with the best score; the last of all if there is none."""
        best = self.find_best(epochs)
        if best is None:
            return int(epochs.index[-1])
        return int(epochs.index[epochs[self.monitor] == best][0])


def choose_scoring(scoring, is_binary):
    """Return the scorers that ``scoring`` names.

    Parameters
    ----------
    scoring : str, callable or list of them
        Parameter of the classifier. Early stopping monitors the first entry.
    is_binary : bool
        Whether y is one-dimensional, so that names are those of scikit-learn's scorers.

    Returns
    -------
    scoring : Scoring

    Raises
    ------
    ValueError
        If there is no such scorer, or one is named twice.
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
    is_loss = names[0] == "loss"
    return Scoring(scorers, "valid_loss" if is_loss else names[0], lower_is_better=is_loss)


def _name(scorer):
    return getattr(scorer, "__name__", None) or repr(scorer)
