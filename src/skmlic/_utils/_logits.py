"""Probabilities and predictions from logits, and an estimator that predicts given logits."""

import numpy as np
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin

from skmlic._utils._labels import DEFAULT_THRESHOLD


def compute_probabilities(logits):
    """Return the probabilities of logits, strictly between 0 and 1.

    Parameters
    ----------
    logits : ndarray of shape (n_samples, n_labels), or (n_samples,) for a one-dimensional y

    Returns
    -------
    probabilities : ndarray of shape (n_samples, n_labels), or (n_samples, 2), dtype float64
    """
    limits = np.finfo(np.float64)
    probabilities = np.clip(expit(logits.astype(np.float64)), limits.tiny, 1 - limits.epsneg)
    if logits.ndim == 1:
        return np.column_stack([1 - probabilities, probabilities])
    return probabilities


def predict_classes(probabilities, classes):
    """Return the classes that are at least as probable as not.

    Parameters
    ----------
    probabilities : ndarray of shape (n_samples, n_labels) or (n_samples, 2)
    classes : ndarray of shape (n_labels, 2), or (2,) for a one-dimensional y

    Returns
    -------
    predictions : ndarray of shape (n_samples, n_labels), dtype int64, or (n_samples,)
    """
    if classes.ndim == 1:
        return classes[(probabilities[:, 1] >= DEFAULT_THRESHOLD).astype(int)]
    return (probabilities >= DEFAULT_THRESHOLD).astype(np.int64)


class LogitsEstimator(ClassifierMixin, BaseEstimator):
    """A classifier that returns given logits for any X, for scorers during a training.

    Parameters
    ----------
    logits : ndarray of shape (n_samples, n_labels)
    classes : ndarray of shape (n_labels, 2), or (2,) for a one-dimensional y
    label_names : ndarray of shape (n_labels,) or (2,)
    """

    def __init__(self, logits, classes, label_names):
        self.logits = logits
        self.classes = classes
        self.label_names = label_names

    @property
    def classes_(self):
        """The classes, under the name that scorers read."""
        return self.classes

    @property
    def label_names_(self):
        """The names of labels, under the name that scorers read."""
        return self.label_names

    def fit(self, X, y):
        """Do nothing."""
        return self

    def decision_function(self, X):
        """Return the logits."""
        return self.logits.ravel() if self.classes.ndim == 1 else self.logits

    def predict_proba(self, X):
        """Return the probabilities of the logits."""
        return compute_probabilities(self.decision_function(X))

    def predict(self, X):
        """Return the labels that are at least as probable as not."""
        return predict_classes(self.predict_proba(X), self.classes)

    def __sklearn_is_fitted__(self):
        return True

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        tags.target_tags.multi_output = True
        return tags
