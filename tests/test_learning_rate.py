"""Search for a learning rate."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skorch.callbacks import EarlyStopping

from skmlic import TrainingOptions, TransferMultiLabelClassifier
from skmlic.datasets import make_multilabel_shapes
from skmlic.learning_rate import LearningRateFinder, smooth, suggest_rate

FEATURES = np.random.RandomState(0).normal(size=(200, 5)).astype(np.float32)
TARGETS = (FEATURES[:, :3] + 0.3 * FEATURES[:, 2:5] > 0).astype(int)


def make(backbone="precomputed", **parameters):
    defaults = {"batch_size": 32, "random_state": 0}
    return TransferMultiLabelClassifier(backbone, **{**defaults, **parameters})


def test_rates_rise_by_the_same_factor():
    finder = LearningRateFinder(make(), min_lr=1e-4, max_lr=1e-2, n_steps=21)
    finder.fit(FEATURES, TARGETS)
    assert_allclose(finder.rates_, np.geomspace(1e-4, 1e-2, 21))
    assert finder.losses_.shape == finder.smoothed_losses_.shape == (21,)
    assert finder.best_lr_ == finder.best_params_["lr"]
    assert list(finder.best_params_) == ["lr"]


class SquaredError(torch.nn.Module):
    def forward(self, logits, target):
        return (logits - target).square().mean()


@pytest.mark.parametrize("scale", [1.0, 30.0])
def test_a_known_answer(scale):
    rng = np.random.RandomState(0)
    # The second feature is correlated with the first, the more so the larger the scale.
    features = rng.normal(size=(64, 3)).astype(np.float32)
    features[:, 1] += scale * features[:, 0]
    targets = rng.randint(2, size=(64, 2))
    clf = make(
        hidden_layer_sizes=(),
        optimizer="sgd",
        dropout=0,
        training=TrainingOptions(input_dropout=0),
        batch_size=64,
        loss=SquaredError,
    )
    finder = LearningRateFinder(clf, min_lr=1e-4, max_lr=1e4, n_steps=200).fit(features, targets)
    # Plain gradient descent is stable up to 2 over the largest curvature of the loss.
    design = np.column_stack([StandardScaler().fit_transform(features), np.ones(64)])
    largest = np.linalg.eigvalsh(2 * design.T @ design / 64 / 2).max()
    assert 0.5 < finder.best_lr_ * 10 / (2 / largest) < 2


@pytest.mark.parametrize("place", [1e-3, 0.1, 1.0])
def test_the_rule(place):
    rates = np.geomspace(1e-6, 10, 1000)
    losses = 1 + np.log10(rates / place) ** 2
    assert_allclose(suggest_rate(rates, losses), place / 10, rtol=0.05)
    assert_allclose(suggest_rate(rates, smooth(losses, 3)), place / 10, rtol=0.05)
    assert suggest_rate(rates, rates) == rates[0]


def test_smoothing():
    losses = np.array([1.0, 1, 1, 0, 1, 1, 1])
    smoothed = smooth(losses, 1)
    assert_allclose(smoothed, smoothed[::-1])
    assert smoothed.argmin() == 3
    assert 0 < smoothed[3] < 1
    assert smooth(losses, 0).tolist() == losses.tolist()
    assert smooth(np.array([1.0, 0.5, 1e9]), 0).tolist() == [1, 0.5, 2]


def test_it_ends_where_training_diverges():
    clf = make(hidden_layer_sizes=(), optimizer="sgd", dropout=0, loss="zlpr")
    finder = LearningRateFinder(clf, max_lr=1e8, n_steps=120).fit(FEATURES, TARGETS)
    assert len(finder.rates_) < 120
    assert np.isfinite(finder.losses_).all()
    best = make(hidden_layer_sizes=(), optimizer="sgd", dropout=0, loss="zlpr")
    fitted = best.set_params(**finder.best_params_).fit(FEATURES, TARGETS)
    assert fitted.history_["train_loss"].iloc[-1] < fitted.history_["train_loss"].iloc[0]


def test_what_it_finds_is_useful():
    settings = {"max_epochs": 5, "dropout": 0}
    finder = LearningRateFinder(make(**settings)).fit(FEATURES, TARGETS)

    def loss(lr):
        return make(lr=lr, **settings).fit(FEATURES, TARGETS).history_["train_loss"].iloc[-1]

    best = loss(finder.best_lr_)
    assert best < min(loss(finder.best_lr_ / 100), loss(finder.best_lr_ * 100))


def test_the_estimator_and_torch_are_left_alone():
    callback = EarlyStopping("train_loss", patience=1000)
    clf = make(lr_schedule="cosine", early_stopping=True, net_params={"callbacks": [callback]})
    before, state = clone(clf).get_params(), torch.get_rng_state()
    LearningRateFinder(clf, n_steps=10).fit(FEATURES, TARGETS)
    after = clf.get_params()
    assert {k: v for k, v in after.items() if k != "net_params"} == {
        k: v for k, v in before.items() if k != "net_params"
    }
    assert clf.net_params == {"callbacks": [callback]}
    assert not hasattr(clf, "net_")
    assert torch.equal(torch.get_rng_state(), state)


def test_the_same_seed_finds_the_same():
    first, second = (
        LearningRateFinder(make()).fit(FEATURES, TARGETS, sample_weight=np.arange(1, 201))
        for _ in range(2)
    )
    assert first.losses_.tolist() == second.losses_.tolist()


@pytest.mark.slow
@pytest.mark.parametrize(("backbone_lr", "unfreeze_after"), [(None, None), (1e-4, 0), (1e-4, 3)])
def test_fine_tuning(backbone_lr, unfreeze_after):
    X, Y = make_multilabel_shapes(40, n_labels=2, random_state=0)
    clf = make(
        backbone="tiny_cnn",
        precision="fp32",
        freeze=False,
        max_epochs=4,
        batch_size=16,
        training=TrainingOptions(unfreeze_after=unfreeze_after, backbone_lr=backbone_lr),
    )
    finder = LearningRateFinder(clf, n_steps=12).fit(X, Y)
    assert 2 <= len(finder.rates_) <= 12
    if backbone_lr is not None:
        assert_allclose(finder.best_params_["training__backbone_lr"], finder.best_lr_ / 10)
    clf.set_params(**finder.best_params_).fit(X, Y)


@pytest.mark.parametrize(
    ("estimator", "parameters", "message"),
    [
        (make(), {"min_lr": 1, "max_lr": 0.1}, "max_lr=0.1 is not above min_lr=1"),
        (make(), {"n_steps": 1}, "n_steps"),
        (LogisticRegression(), {}, "LogisticRegression has no learning rate; expected"),
        (make_pipeline(make()), {}, "Pipeline has no learning rate.*pass the classifier inside"),
        (make(optimizer="lbfgs", hidden_layer_sizes=()), {}, "lbfgs.* without a rate"),
        (make(head="kernel"), {}, "without a learning rate; expected head='net'"),
        (make(optimizer="sgd"), {"min_lr": 1e30, "max_lr": 1e31}, "min_lr=1e.30, in step"),
        (
            make(net_params={"callbacks": [EarlyStopping("train_loss", patience=1, threshold=9)]}),
            {},
            "a callback of net_params stopped it",
        ),
    ],
)
def test_errors(estimator, parameters, message):
    with pytest.raises(ValueError, match=message):
        LearningRateFinder(estimator, **parameters).fit(FEATURES, TARGETS)
