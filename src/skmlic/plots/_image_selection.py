"""Which pictures a gallery shows, and in which order."""

import numpy as np
from scipy.special import log_expit
from sklearn.utils import check_random_state

__all__ = ["compute_losses", "make_title", "select_rows", "sort_rows", "tell_states"]

_SMALLEST = np.finfo(np.float64).tiny


def compute_losses(truth, scores, is_probability):
    """Return the mean over known labels of the logistic loss; NaN where nothing is known."""
    if is_probability:
        of_true = np.log(np.maximum(np.where(truth == 1, scores, 1 - scores), _SMALLEST))
    else:
        of_true = log_expit(np.where(truth == 1, scores, -scores))
    known = ~np.isnan(truth)
    n_known = known.sum(axis=1)
    total = -np.where(known, of_true, 0).sum(axis=1)
    return np.divide(total, n_known, out=np.full(len(truth), np.nan), where=n_known > 0)


def tell_states(truth, decisions):
    """Return which labels were found, set by mistake, missed, and set where nobody looked."""
    return {
        "found": (truth == 1) & decisions,
        "false": (truth == 0) & decisions,
        "missed": (truth == 1) & ~decisions,
        "unknown": np.isnan(truth) & decisions,
    }


def select_rows(truth, decisions, kind):
    """Return the numbers of pictures with an entry of a kind."""
    if kind is None:
        return np.arange(len(truth))
    states = tell_states(truth, decisions)
    chosen = {
        "mistake": states["false"] | states["missed"],
        "false positive": states["false"],
        "missed": states["missed"],
        "found": states["found"],
    }[kind]
    return np.flatnonzero(chosen.any(axis=1))


def sort_rows(rows, losses, order, random_state):
    """Return numbers of pictures in an order: "worst", "best" or "random"."""
    if order == "random":
        return check_random_state(random_state).permutation(rows)
    # Pictures of which nothing is known come last.
    return rows[np.argsort(losses[rows] * (-1 if order == "worst" else 1), kind="stable")]


def make_title(order, kind, name):
    """Return what pictures so chosen are called; name is a label's or None."""
    what = {
        None: "pictures",
        "mistake": "mistakes",
        "false positive": "false positives",
        "missed": "missed",
        "found": "found",
    }[kind]
    title = {"worst": "Worst", "best": "Best", "random": "Random"}[order]
    return f"{title} {what}" if name is None else f"{name}: {title.lower()} {what}"
