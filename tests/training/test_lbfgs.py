"""Linear heads trained by L-BFGS."""

import pickle

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

rng = np.random.RandomState(0)
FEATURES = (2 * rng.normal(size=(200, 8)) + 1).astype(np.float32)
TARGETS = (FEATURES @ rng.normal(size=(8, 3)) + 2 * rng.normal(size=(200, 3)) > 0).astype(int)


@pytest.fixture(scope="session")
def make(make_classifier):
    def make_it(**parameters):
        defaults = {
            "backbone": "precomputed",
            "hidden_layer_sizes": (),
            "optimizer": "lbfgs",
            "weight_decay": 1e-3,
            "random_state": 0,
        }
        return make_classifier(**{**defaults, **parameters})

    return make_it


def coefficients(clf):
    module = clf.net_.module_
    weights = module.layers[-1].weight / module.feature_scale
    return weights.detach().numpy(), (
        module.layers[-1].bias - weights @ module.feature_mean
    ).detach().numpy()


def logistic_regression(weight_decay, n_labels, y, sample_weight=None):
    scaler = StandardScaler().fit(FEATURES.astype(float), sample_weight=sample_weight)
    C = 1 / (len(FEATURES) * n_labels * weight_decay)
    X = scaler.transform(FEATURES.astype(float))
    fitted = LogisticRegression(C=C, tol=1e-9, max_iter=10_000).fit(X, y, sample_weight)
    weights = fitted.coef_[0] / scaler.scale_
    bias = fitted.intercept_ - weights @ scaler.mean_
    return weights, bias, fitted.predict_proba(X)[:, 1]


@pytest.mark.parametrize(("weight_decay", "n_labels"), [(1e-5, 3), (1e-3, 2), (0.1, 1)])
def test_equals_logistic_regressions(make, weight_decay, n_labels):
    Y = TARGETS[:, :n_labels]
    clf = make(weight_decay=weight_decay).fit(FEATURES, Y)
    weights, biases = coefficients(clf)
    probabilities = clf.predict_proba(FEATURES)
    for label in range(n_labels):
        of_label = logistic_regression(weight_decay, n_labels, Y[:, label])
        assert_allclose(weights[label], of_label[0], rtol=1e-3, atol=1e-4)
        assert_allclose(biases[label], of_label[1][0], rtol=1e-3, atol=1e-4)
        assert_allclose(probabilities[:, label], of_label[2], atol=1e-4)


def test_sample_weights(make):
    weight = rng.uniform(0.5, 2, size=200)
    clf = make().fit(FEATURES, TARGETS, sample_weight=weight)
    weights, _ = coefficients(clf)
    expected, *_ = logistic_regression(1e-3, 3, TARGETS[:, 1], weight / weight.mean())
    assert_allclose(weights[1], expected, rtol=1e-3, atol=1e-4)


def test_seed_and_order_of_images_do_not_matter(make):
    expected = make().fit(FEATURES, TARGETS).predict_proba(FEATURES)
    other = make(random_state=7).fit(FEATURES[::-1].copy(), TARGETS[::-1])
    assert_allclose(other.predict_proba(FEATURES), expected, atol=1e-5)


def test_dropout_rate_and_batches_do_not_matter(make):
    expected = make().fit(FEATURES, TARGETS).predict_proba(FEATURES)
    other = make(dropout=0.9, input_dropout=0.5, lr=1e-9, batch_size=3).fit(FEATURES, TARGETS)
    assert_array_equal(other.predict_proba(FEATURES), expected)


@pytest.mark.parametrize("optimizer", ["LBFGS", torch.optim.LBFGS], ids=["name", "class"])
def test_forms_of_the_name(make, optimizer):
    expected = make().fit(FEATURES, TARGETS).predict_proba(FEATURES)
    other = make(optimizer=optimizer).fit(FEATURES, TARGETS)
    assert_array_equal(other.predict_proba(FEATURES), expected)


def test_training_ends_on_convergence_or_with_a_warning(make):
    clf = make(max_epochs=500).fit(FEATURES, TARGETS)
    assert clf.n_iter_ < 20
    assert clf.history_["train_loss"].is_monotonic_decreasing
    with pytest.warns(ConvergenceWarning, match=r"max_epochs=1\. Raise") as caught:
        make(max_epochs=1, weight_decay=1e-6).fit(FEATURES, TARGETS)
    assert caught[0].filename == __file__


def test_a_fitted_head_is_like_any_other(make):
    clf = make().fit(FEATURES, TARGETS)
    assert {p.dtype for p in clf.net_.module_.parameters()} == {torch.float32}
    assert clf.decision_function(FEATURES).dtype == np.float32
    copied = pickle.loads(pickle.dumps(clf))
    assert_array_equal(copied.predict_proba(FEATURES), clf.predict_proba(FEATURES))


def test_checkpoint_and_early_stopping(make, tmp_path):
    clf = make(checkpoint=tmp_path, early_stopping=True).fit(FEATURES, TARGETS)
    again = make(checkpoint=tmp_path, early_stopping=True).fit(FEATURES, TARGETS)
    assert_array_equal(again.predict_proba(FEATURES), clf.predict_proba(FEATURES))
    assert again.history_["valid_loss"].notna().all()


@pytest.mark.parametrize("loss", ["focal", "asl", "zlpr"])
def test_other_losses_and_missing_labels(make, loss):
    partial = TARGETS.astype(float)
    partial[::3, 1] = np.nan
    clf = make(loss=loss).fit(FEATURES, partial)
    assert ((clf.predict(FEATURES) == TARGETS).mean(axis=0) > 0.7).all()


@pytest.mark.parametrize(
    "parameters",
    [
        {"hidden_layer_sizes": (8,)},
        {"hidden_layer_sizes": 8},
        {"lr_schedule": "cosine"},
        {"warmup_epochs": 1},
        {"sampler": "balanced"},
        {"hard_negatives": 1},
        {"mix": "mixup"},
        {"gradient_clip": 1.0},
    ],
    ids=lambda parameters: "{}={}".format(*next(iter(parameters.items()))),
)
def test_parameters_that_it_can_not_train_with(make, parameters):
    name = next(iter(parameters))
    with pytest.raises(ValueError, match=rf"expected hidden_layer_sizes=\(\).* not {name}="):
        make(**parameters).fit(FEATURES, TARGETS)


def test_neither_fine_tuning_nor_partial_fit(make):
    for freeze in (False, 1):
        with pytest.raises(ValueError, match=f"not freeze={freeze}"):
            make(backbone="tiny_cnn", freeze=freeze).fit(FEATURES, TARGETS)
    with pytest.raises(ValueError, match="needs all images at once"):
        make().partial_fit(FEATURES, TARGETS)
