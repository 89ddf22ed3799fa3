"""Model files, as commands load them."""

import numpy as np
from sklearn.base import BaseEstimator

from skmlic.inspection._inner_estimators import find_classifier
from skmlic.persistence import load_model


def open_model(path: str) -> tuple[BaseEstimator, list[str]]:
    """Load a model for predictions of images that it sees once.

    Parameters
    ----------
    path : str
        Path of the model file.

    Returns
    -------
    model : estimator
        The fitted estimator. It does not store features on a disk.
    label_names : list of str
        Names of its labels.

    Raises
    ------
    ValueError
        If the model does not predict probabilities of named labels.
    """
    model = load_model(path)
    names = getattr(model, "label_names_", None)
    is_binary = np.ndim(getattr(model, "classes_", [[]])) == 1
    if names is None or is_binary or not hasattr(model, "predict_proba"):
        raise ValueError(
            f"{path!r} holds a {type(model).__name__}, which predicts no probabilities of named "
            "labels; expected a multi-label classifier of images, as 'skmlic train' writes it."
        )
    classifier = find_classifier(model)
    if classifier is not None:
        classifier.set_params(memory=None, on_error="raise", verbose=0)
    return model, list(map(str, names))
