"""Training steps with mixed samples, accumulated batches and scaled gradients."""

import copy
import itertools
import pickle

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from skorch.callbacks import Callback
from torch import nn

from skmlic.augmentation import mix
from skmlic.backbones import load_backbone
from skmlic.datasets import make_multilabel_shapes
from skmlic.losses import AssumedNegatives, count_terms, make_loss
from skmlic.training._data import TrainingData
from skmlic.training._fine_tuning import FineTuningPlan
from skmlic.training._mlp import MultiLayerPerceptron
from skmlic.training._net_factory import NetSettings, make_fine_tuned_net
from skmlic.training._train import train

X, Y = make_multilabel_shapes(22, n_labels=3, random_state=0)
BACKBONE = load_backbone("tiny_cnn", None, pooling="stages", image_size=None, resize="squash")
WEIGHT = np.random.RandomState(1).uniform(0.5, 2, size=len(Y))
PARTIAL = np.where(np.random.RandomState(0).uniform(size=Y.shape) < 0.4, np.nan, Y)
PARTIAL[3:6] = np.nan


def fit_net(
    *,
    loss="bce",
    criterion=None,
    y=Y,
    weight=None,
    batch_size=8,
    gradient_clip=None,
    scale_gradients=False,
    **plan,
):
    """Return the trained module and the losses of the epochs."""
    torch.manual_seed(0)
    n_features = BACKBONE.extractor.n_features
    head = MultiLayerPerceptron(
        n_features,
        3,
        hidden_layer_sizes=(8,),
        activation="relu",
        dropout=0.0,
        input_dropout=0.0,
        feature_mean=torch.zeros(n_features),
        feature_scale=torch.ones(n_features),
    )
    plan = {
        "freeze": False,
        "freeze_batch_norm": True,
        "precision": "fp32",
        "backbone_lr": 0.1,
        "layer_decay": 1.0,
        "augment": None,
        "erasing": 0.0,
        "mix": None,
        "part_size": batch_size,
        "n_threads": 1,
        "is_compiled": False,
        **plan,
    }
    settings = NetSettings(
        criterion=make_loss(loss) if criterion is None else criterion,
        optimizer="sgd",
        weight_decay=0.0,
        lr=0.1,
        device=torch.device("cpu"),
        gradient_clip=gradient_clip,
        batch_size=batch_size,
        max_epochs=2,
    )
    loader = {"preprocessing": BACKBONE.preprocessing}
    extractor = copy.deepcopy(BACKBONE.extractor)
    net = make_fine_tuned_net(extractor, head, loader, FineTuningPlan(**plan), settings)
    net.set_params(scale_gradients=scale_gradients)
    trained = train(net, TrainingData(list(X), y.astype(np.float32), weight), None, seed=0)
    return trained.net.module_, trained.history[:, "train_loss"]


def assert_equal(first, second):
    (module, losses), (other, other_losses) = first, second
    for name, tensor in module.state_dict().items():
        assert_allclose(tensor, other.state_dict()[name], rtol=1e-4, atol=1e-6, err_msg=name)
    assert_allclose(losses, other_losses, rtol=1e-5)


# Batches in parts: there are 22 images in batches of 16 and 6, in parts of at most 4.


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("y", [Y, PARTIAL], ids=["complete", "missing labels"])
@pytest.mark.parametrize("loss", ["bce", "zlpr"])
def test_a_batch_in_parts_is_the_batch(loss, y, weight):
    whole = fit_net(loss=loss, y=y, weight=weight, batch_size=16)
    parts = fit_net(loss=loss, y=y, weight=weight, batch_size=16, part_size=4)
    assert_equal(parts, whole)


def test_assumed_negatives_in_parts():
    criterion = AssumedNegatives(make_loss("bce"), 0.3)
    whole = fit_net(criterion=criterion, y=PARTIAL, batch_size=16)
    parts = fit_net(criterion=criterion, y=PARTIAL, batch_size=16, part_size=4)
    assert_equal(parts, whole)


def test_a_batch_without_annotations():
    module, _ = fit_net(y=np.full(Y.shape, np.nan), part_size=4)
    assert all(parameter.isfinite().all() for parameter in module.parameters())


@pytest.mark.parametrize(
    ("loss", "expected"), [("bce", 4), ("zlpr", 2), ("fbeta", 3), ("two_way", 3)]
)
def test_terms_of_losses(loss, expected):
    target = torch.tensor([[1.0, 0, np.nan], [np.nan] * 3, [0, np.nan, 1]])
    assert count_terms(make_loss(loss), target) == expected
    assert count_terms(make_loss(loss), (target, torch.ones(3))) == expected


@pytest.mark.slow
@pytest.mark.parametrize("freeze", [True, False, "0"])
def test_accumulation_is_a_larger_batch(make, freeze):
    def fit(**parameters):
        return make(freeze=freeze, gradient_clip=0.5, **parameters).fit(X, PARTIAL)

    whole, parts = fit(batch_size=16), fit(batch_size=4, accumulation_steps=4)
    assert_allclose(parts.predict_proba(X), whole.predict_proba(X), rtol=1e-3)
    assert_allclose(parts.history_["train_loss"], whole.history_["train_loss"], rtol=1e-4)
    assert parts.batch_history_.index.equals(whole.batch_history_.index)


# Scaled gradients


@pytest.mark.parametrize("steps", [{}, {"part_size": 4}], ids=["whole", "parts"])
def test_scaled_gradients_are_divided_again(steps):
    assert_equal(fit_net(scale_gradients=True, **steps), fit_net(**steps))


# Clipped gradients

NORMS = []


class NormsOfGradients(Callback):
    """Record norms in a global list, since the net has a copy of the callback."""

    def on_grad_computed(self, net, named_parameters, **kwargs):
        gradients = [p.grad.flatten() for _, p in named_parameters if p.grad is not None]
        NORMS.append(torch.cat(gradients).norm().item())


@pytest.fixture(scope="session")
def make(make_trainable):
    def make_it(**parameters):
        defaults = {"dropout": 0.0, "input_dropout": 0.0, "unfreeze_after": 2, "batch_size": 8}
        return make_trainable(**{**defaults, **parameters})

    return make_it


@pytest.mark.parametrize("freeze", [True, False])
def test_clipping_bounds_the_norm(make, freeze):
    def note(gradient_clip):
        NORMS.clear()
        callbacks = {"callbacks": [NormsOfGradients()]}
        make(freeze=freeze, gradient_clip=gradient_clip, net_params=callbacks).fit(X, Y)
        return list(NORMS)

    free = note(None)
    assert len(free) == 3 * 3
    bound = min(free) / 2
    assert_allclose(note(bound), bound, rtol=1e-4)
    assert_allclose(note(10 * max(free)), free)


def test_scaled_gradients_are_clipped_as_if_unscaled():
    clipped = fit_net(gradient_clip=0.1)
    assert_equal(fit_net(gradient_clip=0.1, scale_gradients=True), clipped)
    assert not torch.equal(clipped[0].head.layers[-1].weight, fit_net()[0].head.layers[-1].weight)


# Mixed images


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "accumulation_steps"), [("mixup", 2), ("cutmix", 1), ("either", 2)]
)
def test_mixing_is_determined_by_the_seed(make, method, accumulation_steps):
    def fit(**parameters):
        clf = make(freeze=False, accumulation_steps=accumulation_steps, **parameters)
        return clf.fit(X, PARTIAL, sample_weight=WEIGHT).predict_proba(X)

    first = fit(mix=method)
    assert np.isfinite(first).all()
    assert_array_equal(fit(mix=method), first)
    assert not np.array_equal(fit(), first)
    assert not np.array_equal(fit(mix=method, random_state=1), first)


def test_features_are_mixed_if_the_backbone_is_frozen(make):
    features = np.random.RandomState(0).normal(size=(len(X), 5)).astype(np.float32)

    def fit(**parameters):
        clf = make(backbone="precomputed", freeze=True, **parameters)
        return clf.fit(features, PARTIAL, sample_weight=WEIGHT).predict_proba(features)

    first = fit(mix="mixup")
    assert np.isfinite(first).all()
    assert_array_equal(fit(mix="mixup"), first)
    assert not np.array_equal(fit(), first)
    larger = fit(mix="mixup", accumulation_steps=3), fit(mix="mixup", batch_size=24)
    assert_array_equal(*larger)
    clf = make(freeze=True, mix="mixup").fit(X, Y)
    assert_array_equal(pickle.loads(pickle.dumps(clf)).predict_proba(X), clf.predict_proba(X))


def test_pixels_are_mixed_before_the_network(make):
    seen = []

    class Recorder(Callback):
        def on_train_begin(self, net, **kwargs):
            infer = net.infer

            def record(x, **fit_params):
                seen.append(x)
                return infer(x, **fit_params)

            net.infer = record

        def __deepcopy__(self, memo):
            return self

    make(freeze=False, mix="mixup", net_params={"callbacks": [Recorder()]}).fit(X, Y)
    pixels = [x for x in seen if x.ndim == 4]
    assert {len(x) for x in pixels} == {8, 6}
    assert all(x.is_floating_point() and x.min() >= 0 and x.max() <= 255 for x in pixels)
    assert any((x != x.round()).any() for x in pixels)


def test_mixing_pixels_is_mixing_normalized_pixels():
    extractor = BACKBONE.extractor
    pixels = torch.from_numpy(np.stack([BACKBONE.preprocessing(image) for image in X]))
    target = torch.from_numpy(Y).float()
    for seed, method in itertools.product(range(2), ("mixup", "cutmix")):
        before, after = (torch.Generator().manual_seed(seed) for _ in range(2))
        images = pixels.permute(0, 3, 1, 2).float()
        mixed, labels = mix(images, target, method, generator=before)
        expected, same = mix(extractor.normalise(pixels), target, method, generator=after)
        assert_allclose(extractor.normalise(mixed.permute(0, 2, 3, 1)), expected, atol=1e-5)
        assert torch.equal(labels, same)


class NormalizesLast(nn.Module):
    """A network whose batch normalization sees one value per channel and image."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.norm = nn.BatchNorm2d(4)

    def forward(self, pixels):
        return self.norm(self.pool(self.conv(pixels))).flatten(1)


def fit_with_batch_statistics(make, n_images, batch_size, **options):
    X, Y = make_multilabel_shapes(n_images, image_size=16, n_labels=2, random_state=0)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = NormalizesLast()
    clf = make(
        backbone=network,
        image_size=16,
        batch_size=batch_size,
        max_epochs=1,
        unfreeze_after=0,
        freeze_batch_norm=False,
        **options,
    )
    return clf.fit(X, Y)


@pytest.mark.parametrize(
    ("n_images", "options"),
    [
        pytest.param(9, {"batch_size": 8}, id="one left"),
        pytest.param(7, {"batch_size": 3}, id="one left of 7"),
        pytest.param(9, {"batch_size": 2, "accumulation_steps": 2}, id="one left of parts"),
        pytest.param(7, {"batch_size": 2, "accumulation_steps": 4}, id="an odd batch in parts"),
        pytest.param(9, {"batch_size": 8, "mix": "mixup"}, id="mixed"),
        pytest.param(9, {"batch_size": 8, "sampler": "balanced"}, id="sampled"),
    ],
)
def test_no_image_is_left_alone_with_batch_statistics(make_trainable, n_images, options):
    clf = fit_with_batch_statistics(make_trainable, n_images, **options)
    assert clf.n_iter_ == 1
    assert np.isfinite(clf.history_["train_loss"]).all()


def test_batch_statistics_of_a_single_image_are_an_error_that_names_the_parameters(make_trainable):
    with pytest.raises(ValueError, match=r"freeze_batch_norm=False.*statistics of 1 image \(") as e:
        fit_with_batch_statistics(make_trainable, 4, batch_size=1)
    assert "Raise batch_size to 2" in str(e.value)
    fit_with_batch_statistics(make_trainable, 4, batch_size=2)
    with pytest.raises(ValueError, match="pass more than one image"):
        fit_with_batch_statistics(make_trainable, 1, batch_size=8)
