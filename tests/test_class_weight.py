import copy
import pickle
from functools import partial

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy import sparse
from sklearn.base import clone
from sklearn.utils.class_weight import compute_class_weight

from skmlic import TransferMultiLabelClassifier
from skmlic.class_weight import ScaledLabelWeight, compute_label_weight

COUNTS = np.array([40, 10, 2, 1])
Y = (np.arange(50)[:, np.newaxis] < COUNTS).astype(int)
NAMES = ["person", "dog", "cat", "bird"]
FRAME = pd.DataFrame(Y, columns=NAMES)
FORMS = [
    None,
    "balanced",
    "inv",
    "inv_sqrt",
    "effective",
    {"dog": 3.0},
    {1: 3.0},
    [1, 2, 3, 4],
    lambda Y: 1 + np.asarray(Y).mean(axis=0),
]


@pytest.mark.parametrize("class_weight", FORMS)
@pytest.mark.parametrize("scale", [None, {"person": 0.5}, {0: 0.5, "bird": 4}])
def test_mean_is_one(class_weight, scale):
    weight = compute_label_weight(FRAME, class_weight, scale=scale)
    assert weight.shape == (4,)
    assert_allclose(weight.mean(), 1)


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("inv", lambda n: 1 / n),
        ("inv_sqrt", lambda n: n**-0.5),
        ("effective", lambda n: 1 / np.sum(0.999 ** np.arange(n))),
    ],
)
def test_formula(name, function):
    expected = np.array([function(n) for n in COUNTS])
    assert_allclose(compute_label_weight(Y, name), expected / expected.mean())


def test_balanced_is_proportional_to_scikit_learn():
    labels = np.repeat(np.arange(4), COUNTS)
    expected = compute_class_weight("balanced", classes=np.arange(4), y=labels)
    assert_allclose(compute_label_weight(Y, "balanced"), expected / expected.mean())


def test_none_is_one_for_all():
    assert_allclose(compute_label_weight(Y, None), 1)


def test_dict_by_name_by_number_and_array_agree():
    by_name = compute_label_weight(FRAME, {"dog": 3, "bird": 0.5})
    assert_allclose(by_name, compute_label_weight(FRAME, {1: 3, 3: 0.5}))
    assert_allclose(by_name, compute_label_weight(FRAME, [1, 3, 1, 0.5]))
    assert_allclose(by_name, compute_label_weight(FRAME, lambda Y: [1, 3, 1, 0.5]))


def test_scale_multiplies_weights():
    plain = compute_label_weight(FRAME, "inv_sqrt")
    scaled = compute_label_weight(FRAME, "inv_sqrt", scale={"person": 0.5})
    expected = plain * [0.5, 1, 1, 1]
    assert_allclose(scaled, expected / expected.mean())


def test_a_callable_receives_y_unchanged():
    halved = partial(compute_label_weight, class_weight="inv_sqrt", scale={"person": 0.5})
    assert_allclose(compute_label_weight(FRAME, halved), halved(FRAME))


@pytest.mark.parametrize("name", ["balanced", "inv", "inv_sqrt", "effective"])
def test_a_label_without_positives_has_the_mean_of_the_others(name):
    without = np.column_stack([Y, np.zeros(50, dtype=int)])
    weight = compute_label_weight(without, name)
    assert_allclose(weight[-1], 1)
    assert_allclose(weight[:-1], compute_label_weight(Y, name))


def test_no_positives_at_all():
    assert_allclose(compute_label_weight(np.zeros((3, 2)), "inv"), 1)


def test_missing_labels_are_not_counted():
    partial = Y.astype(float)
    partial[Y == 0] = np.nan
    assert_allclose(compute_label_weight(partial), compute_label_weight(Y))


def test_sparse():
    assert_allclose(compute_label_weight(sparse.csr_matrix(Y)), compute_label_weight(Y))


@pytest.mark.parametrize(
    ("class_weight", "message"),
    [
        ("inverse", "expected one of .*inv_sqrt"),
        ({"persn": 2}, "'persn'.*Did you mean 'person'"),
        ({7: 2}, "4 labels, numbered from 0"),
        ({-1: 2}, "numbered from 0"),
        ([1, 2], r"one weight per label, \(4,\)"),
        ([1, 2, -1, 1], ">= 0"),
        ([1, 2, np.nan, 1], "finite"),
        ([0, 0, 0, 0], "not all 0"),
        (lambda Y: 1.0, "one weight per label"),
    ],
)
def test_wrong_weights(class_weight, message):
    with pytest.raises(ValueError, match=message):
        compute_label_weight(FRAME, class_weight)


def test_wrong_scale():
    with pytest.raises(ValueError, match=r"scale names the label 'persn'.*'person'"):
        compute_label_weight(FRAME, scale={"persn": 2})


@pytest.mark.parametrize("class_weight", FORMS)
@pytest.mark.parametrize("missing", ["raise", "warn"])
def test_scaled_label_weight_is_compute_label_weight(class_weight, missing):
    scale = {"person": 0.5, 3: 2.0}
    weight = ScaledLabelWeight(class_weight, scale, missing)(FRAME)
    assert_allclose(weight, compute_label_weight(FRAME, class_weight, scale=scale))
    assert_allclose(
        ScaledLabelWeight(class_weight)(FRAME), compute_label_weight(FRAME, class_weight)
    )


def test_scaled_label_weight_is_a_value():
    half = ScaledLabelWeight("inv", {"person": 0.5})
    for copied in (copy.deepcopy(half), pickle.loads(pickle.dumps(half)), eval(repr(half))):
        assert copied == half
    assert half != ScaledLabelWeight("inv", {"person": 0.4})
    clf = clone(TransferMultiLabelClassifier("precomputed", class_weight=half, max_epochs=1))
    clf.fit(np.random.RandomState(0).normal(size=(50, 2)), FRAME)
    assert_allclose(clf.label_weight_, half(FRAME), rtol=1e-6)


def test_scaled_label_weight_of_absent_labels():
    scale = {"persn": 0.5, "dog": 2.0, 9: 3.0}
    with pytest.raises(ValueError, match=r"scale names the label 'persn'.*'person'"):
        ScaledLabelWeight("inv", scale)(FRAME)
    with pytest.warns(UserWarning, match=r"'persn', 9 is not scaled.*'person', 'dog'"):
        weight = ScaledLabelWeight("inv", scale, missing="warn")(FRAME)
    assert_allclose(weight, compute_label_weight(FRAME, "inv", scale={"dog": 2.0}))
    with pytest.raises(ValueError, match="missing='skip': expected 'raise' or 'warn'"):
        ScaledLabelWeight(missing="skip")
