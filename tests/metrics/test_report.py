import warnings

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.exceptions import UndefinedMetricWarning

from skmlic import metrics
from skmlic.metrics import classification_report

# Label "fox" has neither positives nor predictions.
Y = pd.DataFrame({"sea": [1, 0, 1, 0], "fox": [0, 0, 0, 0], "sky": [1, 0, 0, 1]})
SCORES = np.array([[0.9, 0.1, 0.6], [0.2, 0.1, 0.7], [0.1, 0.1, 0.2], [0.3, 0.1, 0.9]])
PREDICTED = (SCORES > 0.5).astype(int)


def score_without_warning(name, **options):
    response = SCORES if name in ("average_precision_score", "roc_auc_score") else PREDICTED
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        return getattr(metrics, name)(Y, response, **options)


@pytest.mark.parametrize("with_scores", [False, True])
def test_columns_are_scores(with_scores):
    scores = SCORES if with_scores else None
    frame = classification_report(Y, PREDICTED, scores, output="frame")
    assert list(frame.index) == [*Y, "macro", "micro", "weighted", "samples"]
    names = ["precision_score", "recall_score", "f1_score"]
    if with_scores:
        names += ["average_precision_score", "roc_auc_score"]
    for column, name in zip(frame.columns, names, strict=False):
        assert_allclose(frame[column].iloc[:3], score_without_warning(name, average=None))
        for average in ("macro", "micro", "weighted", "samples"):
            if average == "samples" and name in ("average_precision_score", "roc_auc_score"):
                assert np.isnan(frame.loc["samples", column])
                continue
            expected = score_without_warning(name, average=average)
            assert_allclose(frame.loc[average, column], expected)
    assert list(frame["support"]) == [2, 0, 2, 4, 4, 4, 4]


def test_text_has_blanks_for_undefined_scores():
    text = classification_report(Y, PREDICTED, SCORES, label_names=["a", "b", "long name"])
    assert "nan" not in text.lower()
    assert [line.split("  ")[0] for line in text.splitlines()[1:4]] == ["a", "b", "long name"]


@pytest.mark.parametrize("n_labels", [1, 2, 3])
def test_no_positives_at_all(n_labels):
    nothing = np.zeros((2, n_labels))
    frame = classification_report(nothing, nothing, nothing, output="frame")
    assert frame.drop(columns="support").isna().all(axis=None)
    assert frame.shape == (n_labels + 4, 6)
    assert not frame["support"].any()


def test_wrong_output():
    with pytest.raises(ValueError, match="expected 'text' or 'frame'"):
        classification_report(Y, PREDICTED, output="csv")
