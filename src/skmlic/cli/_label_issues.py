"""Labels of a data set that are probably wrong, judged by a model."""

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone

from skmlic._utils._text import join_first
from skmlic._utils._typing import Floats
from skmlic.cli._console import Console
from skmlic.cli._models import open_model
from skmlic.cli._predictions import predict_all
from skmlic.inspection._inner_estimators import iterate_inner_estimators
from skmlic.label_issues import find_label_issues
from skmlic.model_selection import MultiLabelStratifiedKFold

_N_SHOWN = 20
_LOO = "loo_predict_proba_"


def list_issues(
    path: str, cv: int | str | None, images: list[str], Y: pd.DataFrame, console: Console
) -> pd.DataFrame:
    """Find labels that are probably wrong.

    Parameters
    ----------
    path : str
        Path of the model file.
    cv : int, "loo" or None
        Number of folds in which the classifier of the model is trained again, or whether its
        leave-one-out scores are used. ``None`` predicts with the model itself.
    images : list of str
        Paths of images, all of which can be read.
    Y : DataFrame of shape (n_images, n_labels)
        Their labels.
    console : Console
        Shows the progress.

    Returns
    -------
    issues : DataFrame of shape (n_issues, 7)
        The result of :func:`skmlic.label_issues.find_label_issues`, with the path of each image in
        the column "file".

    Raises
    ------
    ValueError
        If the model and the data have no label in common, or the model has no leave-one-out scores.
    """
    with console.status(f"Loading {path}"):
        model, label_names = open_model(path)
    if cv is None:
        common = [name for name in Y.columns if name in label_names]
        if not common:
            raise ValueError(
                "The model and the data have no label in common. The model has "
                f"{join_first(map(repr, label_names))}; the data have "
                f"{join_first(map(repr, Y.columns))}."
            )
        console.warn(
            "The model finds label errors only in images that it was not trained on. For those "
            "that it was trained on, pass --cv 5."
        )
        Y = Y[common]
        predictions = predict_all(model, images, label_names, console)
        scores = predictions.probabilities[:, [label_names.index(name) for name in common]]
    else:
        *_, classifier = iterate_inner_estimators(model, in_pipelines=False)
        with console.status("Training for scores of images that are left out"):
            scores = _score(classifier, images, Y, cv)
    issues = find_label_issues(Y, scores)
    return issues.assign(file=[images[row] for row in issues["sample"]])


def show_issues(issues: pd.DataFrame, console: Console) -> None:
    """Write the first of the labels that are probably wrong."""
    n = len(issues)
    shown = issues[:_N_SHOWN]
    rows = zip(
        shown["file"],
        shown["label"],
        np.where(shown["given"] == 1, "yes", "no"),
        shown["score"],
        shown["error_probability"],
        strict=True,
    )
    title = f"{n:,} label{'' if n == 1 else 's'} probably wrong"
    if n > _N_SHOWN:
        title += f", the first {_N_SHOWN} of them (all: --json FILE)"
    columns = ["image", "label", "given", "model's probability", "error probability"]
    console.table(columns, list(rows), title)


def _score(classifier: BaseEstimator, images: list[str], Y: pd.DataFrame, cv: int | str) -> Floats:
    """Return the probabilities of images by classifiers that were not trained on them."""
    if isinstance(cv, str):
        fitted = clone(classifier).fit(images, Y)
        if not hasattr(fitted, _LOO):
            raise ValueError(
                f"The model's {type(fitted).__name__} has no leave-one-out scores with these "
                "parameters; pass --cv 5."
            )
        return getattr(fitted, _LOO)
    scores = np.empty(Y.shape)
    folds = MultiLabelStratifiedKFold(cv, shuffle=True, random_state=0)
    for train, test in folds.split(images, Y):
        fitted = clone(classifier).fit([images[row] for row in train], Y.iloc[train])
        scores[test] = fitted.predict_proba([images[row] for row in test])
    return scores
