"""Class activation maps."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from torch import nn

from skmlic import ImageEmbedder, TransferMultiLabelClassifier
from skmlic.datasets import make_multilabel_shapes
from skmlic.inspection import label_activation_maps
from skmlic.kernel_ridge import KernelRidgeMultiLabelClassifierCV

X, Y = make_multilabel_shapes(40, n_labels=3, random_state=0)
EXACT = {"engine": "torch", "precision": "fp32"}


def make(backbone="tiny_cnn", **parameters):
    defaults = {"max_epochs": 3, "random_state": 0, **EXACT}
    return TransferMultiLabelClassifier(backbone, **{**defaults, **parameters})


class Averaging(nn.Sequential):
    """A network whose output is the average of its last map."""

    def __init__(self, activation=None):
        layers = [nn.Conv2d(3, 6, 3, stride=2), nn.ReLU(inplace=True), nn.Conv2d(6, 8, 3, stride=2)]
        super().__init__(
            *layers, *([activation] if activation else []), nn.AdaptiveAvgPool2d(1), nn.Flatten()
        )


def find_intercept(clf):
    """Return the logits of an average image from a linear or kernel head."""
    head = clf.net_.module_
    if clf.head_ == "net":
        return head.layers[-1].bias.detach().numpy()
    if head.support is None:
        return head.bias.numpy()
    average = torch.zeros(1, head.n_features)
    return (head.kernel.compute(average, head.support) @ head.coef + head.bias).numpy()


def fit_kernel(kernel="linear", *, n_labels=3, **parameters):
    """Return a classifier whose head has a given kernel."""
    clf = make(max_epochs=1, **parameters).fit(X, Y[:, :n_labels])
    widths = clf.embedder_.block_widths_
    ridge = KernelRidgeMultiLabelClassifierCV(
        kernels=(kernel,), widths=[0.35], alphas=[0.1], block_widths=widths, random_state=0
    )
    features = clf.embedder_.transform(X)
    clf.net_.module_ = ridge.fit(features, Y[:, :n_labels])._module.float()
    return clf


@pytest.fixture(scope="module")
def linear():
    """Return a classifier with a linear head."""
    return make(hidden_layer_sizes=()).fit(X, Y)


def check_exact(clf, images, atol=1e-5):
    maps = label_activation_maps(clf, images, method="cam")
    logits = maps.mean(axis=(2, 3)) + find_intercept(clf)
    assert_allclose(logits, clf.decision_function(images), atol=atol)
    return maps


@pytest.mark.parametrize(
    ("n_labels", "pooling"), [(1, "avg"), (2, "avg"), (3, "avg"), (3, "stages"), (3, "flatten")]
)
def test_means_of_maps_and_the_intercept_are_the_logits(n_labels, pooling):
    clf = make(pooling=pooling, hidden_layer_sizes=()).fit(X, Y[:, :n_labels])
    maps = check_exact(clf, X)
    assert maps.shape[:2] == (40, n_labels)
    assert maps.dtype == np.float32


@pytest.mark.parametrize("pooling", ["avg", "stages", "flatten"])
def test_exact_with_mirrored_features(pooling):
    clf = make(pooling=pooling, hidden_layer_sizes=()).fit(X, Y)
    clf.embedder_ = ImageEmbedder("tiny_cnn", pooling=pooling, mirror=True, **EXACT).fit(X)
    check_exact(clf, X)


@pytest.mark.parametrize(
    "parameters",
    [
        {"image_size": [32, 40]},
        {"backbone": ["tiny_cnn", Averaging()], "image_size": 30},
        {"backbone": Averaging(nn.ReLU(inplace=True)), "pooling": "avg", "image_size": 33},
        {"color_mode": "grayscale"},
        {"freeze": False, "max_epochs": 2},
    ],
    ids=["rectangle", "combined", "averaging", "grayscale", "fine_tuned"],
)
def test_exact_for_all_kinds_of_features(parameters):
    clf = make(**{"hidden_layer_sizes": (), **parameters}).fit(X, Y)
    check_exact(clf, X[:5], atol=1e-4)


def test_exact_where_features_are_clipped():
    clf = make(hidden_layer_sizes=()).fit(X, Y)
    clf.net_.module_.feature_scale /= 20
    check_exact(clf, X)


@pytest.mark.slow
@pytest.mark.parametrize("kernel", ["linear", "rbf"])
@pytest.mark.parametrize(
    ("n_labels", "parameters"),
    [
        (1, {"pooling": "avg"}),
        (2, {"pooling": "flatten", "image_size": 32}),
        (3, {"pooling": "stages"}),
        (3, {"backbone": ["tiny_cnn", Averaging(nn.ReLU())], "image_size": 30}),
    ],
    ids=["avg", "flatten", "stages", "combined"],
)
def test_exact_with_a_kernel_head(kernel, n_labels, parameters):
    clf = fit_kernel(kernel, n_labels=n_labels, **parameters)
    assert check_exact(clf, X, atol=1e-4).shape[1] == n_labels


@pytest.mark.slow
def test_exact_with_a_kernel_head_and_mirrored_features():
    clf = fit_kernel("rbf")
    clf.embedder_ = ImageEmbedder("tiny_cnn", mirror=True, **EXACT).fit(X)
    check_exact(clf, X, atol=1e-4)


def test_features_of_0_have_a_finite_slope_in_a_kernel_head():
    # Most units of this network are 0 in all places of an image.
    network = nn.Sequential(nn.Conv2d(3, 16, 4, stride=4), nn.ReLU())
    nn.init.constant_(network[0].bias, -1.0)
    clf = fit_kernel(backbone=network, pooling="avg", image_size=32)
    features = torch.tensor(clf.embedder_.transform(X))
    assert (features == 0).float().mean() > 0.3
    assert np.isfinite(check_exact(clf, X, atol=1e-4)).all()
    assert np.isfinite(label_activation_maps(clf, X, method="gradcam")).all()


def test_slopes_in_a_kernel_head_are_those_of_roots_unless_they_are_near_0():
    scaling = fit_kernel(pooling="avg").net_.module_.scaling
    roots = scaling.mean + scaling.scale * torch.linspace(-1.9, 1.9, 9)[:, None]
    features = (roots * roots.abs()).requires_grad_()
    scaled, zeros = scaling.linearize(features)
    assert_allclose(scaled.detach(), scaling(features.detach()), atol=1e-7)
    (slopes,) = torch.autograd.grad(scaled.sum(), features)
    assert_allclose((slopes * (features - zeros)).detach(), scaled.detach(), atol=1e-6)
    length = ((roots - scaling.mean) / scaling.scale).norm(dim=1, keepdim=True)
    exact = 0.5 / roots.abs() / scaling.scale / length
    far = (roots.abs() > scaling.scale) & ((roots - scaling.mean).abs() > 1e-3 * scaling.scale)
    assert 0.2 < far.float().mean() < 1
    assert_allclose(slopes[far], exact[far], rtol=1e-4)
    assert (slopes <= 1.0001 / scaling.scale.square() / length).all()


def test_maps_of_hidden_layers_use_the_gradient_at_the_image():
    clf = make(hidden_layer_sizes=(16, 8), pooling="avg").fit(X, Y)
    maps = label_activation_maps(clf, X)
    head = clf.net_.module_.eval()
    features = torch.tensor(clf.embedder_.transform(X))

    def compute_logits(standardised):
        return head.layers(standardised)

    standardised = (features - head.feature_mean) / head.feature_scale
    slopes = torch.func.vmap(torch.func.jacrev(compute_logits))(standardised)
    sums = torch.einsum("nlf,nf->nl", slopes, standardised)
    assert_allclose(maps.mean(axis=(2, 3)), sums.detach(), atol=1e-4)
    # The head is linear around the image, so the gradient predicts a small step.
    nearby = head.layers(standardised * 0.999).detach() - head.layers(standardised).detach()
    assert_allclose(nearby, -0.001 * sums.detach(), atol=1e-3)


def test_the_map_predicts_the_effect_of_a_brighter_square():
    # The patches of this layer do not overlap, so the contribution of each place is known.
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 4, 4, stride=4))
    clf = make(network, pooling="avg", image_size=32, hidden_layer_sizes=()).fit(X, Y)
    changed = X[:5].copy()
    changed[:, 8:12, 20:24] = 255
    rises = clf.decision_function(changed) - clf.decision_function(X[:5])
    difference = label_activation_maps(clf, changed) - label_activation_maps(clf, X[:5])
    assert_allclose(difference[:, :, 2, 5] / 64, rises, atol=1e-5)
    difference[:, :, 2, 5] = 0
    assert_allclose(difference, 0, atol=1e-4)


def test_gradients_of_averages_are_the_exact_maps():
    network = nn.Sequential(nn.Conv2d(3, 4, 4, stride=4), nn.ReLU())
    clf = make(network, pooling="avg", image_size=32, hidden_layer_sizes=()).fit(X, Y)
    exact = label_activation_maps(clf, X[:3], method="cam")
    head = clf.net_.module_
    weights = head.layers[-1].weight / head.feature_scale
    zero = (weights @ head.feature_mean).detach().numpy()[None, :, None, None]
    by_gradient = label_activation_maps(clf, X[:3], method="gradcam")
    assert_allclose(by_gradient, np.maximum(exact + zero, 0), atol=1e-5)


def test_images_are_independent_of_each_other(linear):
    together = label_activation_maps(linear, X[:11])
    for row in (0, 7, 8, 10):
        assert_allclose(label_activation_maps(linear, X[[row]])[0], together[row], atol=1e-5)


def test_maps_are_0_outside_of_the_crop():
    wide = [np.repeat(image, 2, axis=1) for image in X]
    clf = make(resize="crop", image_size=32, hidden_layer_sizes=(), pooling="avg").fit(wide, Y)
    maps = label_activation_maps(clf, wide[:3])
    # The network sees less than the middle half of the width.
    assert maps.shape[3] == 4
    assert_allclose(maps[..., [0, 3]], 0)
    assert np.abs(maps[:, :, 1:3, 1:3]).min() > 0


def test_the_classifier_is_not_changed(linear):
    before = linear.decision_function(X)
    with torch.no_grad():
        label_activation_maps(linear, X[:3])
    assert_array_equal(linear.decision_function(X), before)
    extractor = linear.embedder_.backbone_.extractor
    assert not any(p.requires_grad for p in extractor.parameters())
    assert not any(module._forward_hooks for module in extractor.modules())


@pytest.mark.slow
@pytest.mark.parametrize("pooling", ["avg", "stages"])
def test_a_transformer(pooling):
    clf = make("timm/test_vit", weights=None, image_size=64, pooling=pooling).fit(X, Y)
    for method in ("occlusion", "gradcam"):
        if method == "gradcam" and pooling == "stages":
            with pytest.raises(ValueError, match="no map of the image; expected method='occlusion"):
                label_activation_maps(clf, X[:2], method=method)
        else:
            maps = label_activation_maps(clf, X[:2], method=method)
            assert maps.shape[:2] == (2, 3)
            assert np.isfinite(maps).all()
