"""The head that is trained by gradient descent."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skmlic import TrainingOptions, TransferMultiLabelClassifier
from skmlic.training._data import TrainingData
from skmlic.training._head import Head
from skmlic.training._head_factory import make_head
from skmlic.training._net_head import NetHead


def make(**parameters):
    defaults = {
        "hidden_layer_sizes": (8,),
        "activation": "relu",
        "dropout": 0.5,
        "input_dropout": "auto",
        "mix": "auto",
        "can_mix": True,
    }
    return NetHead(**{**defaults, **parameters})


def train(head, X, Y, settings):
    data = TrainingData(X.astype(np.float32), Y.astype(np.float32))
    return head.fit(data, None, settings, seed=0)


@pytest.mark.parametrize(
    ("n_features", "given", "expected"),
    [(100, "auto", 0.0), (300, "auto", 0.5), (2000, "auto", 0.7), (100, 0.2, 0.2)],
)
def test_input_dropout_keeps_enough_features(make_settings, n_features, given, expected):
    X = np.random.default_rng(0).standard_normal((20, n_features))
    settings = make_settings(max_epochs=1)
    trained = train(make(input_dropout=given), X, np.eye(20, 2), settings)
    assert trained.net.module_.layers[0].p == pytest.approx(expected)
    linear = train(make(hidden_layer_sizes=()), X, np.eye(20, 2), settings)
    assert linear.net.module_.layers[0].p == 0


def test_auto_mixes_samples_by_mixup_if_no_label_is_missing(make_settings, features):
    X, Y = features
    settings = make_settings()

    def predict(Y=Y, **parameters):
        return train(make(**parameters), X, Y, settings).net.forward(X)

    assert_array_equal(predict(), predict(mix="mixup"))
    assert not np.array_equal(predict(), predict(mix=None))
    assert_array_equal(predict(can_mix=False), predict(mix=None))
    partial = np.where(np.arange(len(Y))[:, np.newaxis] == 3, np.nan, Y)
    assert_array_equal(predict(partial), predict(partial, mix=None))


@pytest.mark.parametrize(
    ("parameters", "mix", "can_mix"),
    [
        ({}, "auto", True),
        ({"training": TrainingOptions(mix="mixup")}, "mixup", True),
        ({"training": TrainingOptions(mix=None)}, None, True),
        ({"loss": "focal"}, "auto", False),
        ({"optimizer": "LBFGS"}, "auto", False),
        ({"freeze": False}, "auto", True),
        # Fine-tuning mixes images, so the head does not mix features.
        ({"freeze": False, "training": TrainingOptions(mix="mixup")}, None, True),
    ],
    ids=["defaults", "mixup", "no mix", "focal", "lbfgs", "trainable", "trainable mixup"],
)
def test_head_of_a_classifier(parameters, mix, can_mix):
    clf = TransferMultiLabelClassifier(**parameters)
    head = make_head(clf, "net")
    assert head == NetHead((256,), "relu", 0.5, "auto", mix, can_mix)
    assert isinstance(head, Head)


@pytest.mark.parametrize("sizes", [16, (16,), [16], np.array([16])], ids=repr)
def test_forms_of_hidden_layer_sizes(sizes):
    clf = TransferMultiLabelClassifier(hidden_layer_sizes=sizes)
    assert make_head(clf, "net").hidden_layer_sizes == (16,)
