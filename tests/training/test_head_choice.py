"""The choice between the kinds of heads."""

import numpy as np
import pytest

from skmlic import TransferMultiLabelClassifier
from skmlic.training._head_choice import choose_head

X = np.random.default_rng(0).standard_normal((30, 5))
Y = np.column_stack([X[:, 0] > 0, X[:, 1] > 0]).astype(int)


@pytest.mark.parametrize(
    "parameters",
    [
        {"dropout": 0.1},
        {"hidden_layer_sizes": ()},
        {"hidden_layer_sizes": np.array([256])},
        {"class_weight": [1.0, 2.0]},
        {"training__mix": None},
        {"warm_start": True},
        {"early_stopping": True},
        {"freeze": False},
    ],
    ids=lambda parameters: "-".join(parameters),
)
def test_parameters_of_the_trained_head_choose_it(parameters):
    clf = TransferMultiLabelClassifier("precomputed").set_params(**parameters)
    assert choose_head(clf) == "net"


def test_defaults_choose_the_kernel():
    clf = TransferMultiLabelClassifier("precomputed", scoring="map", random_state=0)
    assert choose_head(clf) == "kernel"
    assert clf.fit(X, Y).head_ == "kernel"
    assert clf.set_params(training__n_views=1).fit(X, Y).head_ == "kernel"
    assert clf.fit(X, Y, X_val=X, y_val=Y).head_ == "net"
    partial = TransferMultiLabelClassifier("precomputed", random_state=0).partial_fit(X, Y)
    assert partial.head_ == "net"
    assert TransferMultiLabelClassifier("precomputed", head="net").fit(X, Y).head_ == "net"


def test_impossible_combinations_are_errors():
    clf = TransferMultiLabelClassifier("precomputed", head="kernel")
    assert not hasattr(clf, "partial_fit")
    with pytest.raises(AttributeError) as error:
        clf.partial_fit(X, Y)
    assert "expected fit, or head='net'" in str(error.value.__cause__)
    with pytest.raises(ValueError, match="neither early_stopping nor X_val"):
        clf.fit(X, Y, X_val=X, y_val=Y)
    images = TransferMultiLabelClassifier("tiny_cnn", head="kernel", freeze=False)
    with pytest.raises(ValueError, match="expected head='net', or freeze=True"):
        choose_head(images)


def test_parameters_without_effect_are_named():
    clf = TransferMultiLabelClassifier("precomputed", head="kernel", lr=0.1, class_weight="inv")
    with pytest.warns(UserWarning, match="no effect with head='kernel': class_weight, lr"):
        clf.set_params(training__gradient_clip=1.0).fit(X, Y)
