"""Maps of where a label's score comes from."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from torch import nn

from skmlic import ImageEmbedder, TransferMultiLabelClassifier
from skmlic.calibration import CalibratedMultiLabelClassifierCV
from skmlic.datasets import make_multilabel_shapes
from skmlic.exceptions import ImageReadError
from skmlic.inspection import label_activation_maps
from skmlic.model_selection import TunedThresholdMultiLabelClassifierCV
from skmlic.plots import LabelActivationMapDisplay

X, Y = make_multilabel_shapes(40, n_labels=3, random_state=0)
EXACT = {"engine": "torch", "precision": "fp32"}


def make(backbone="tiny_cnn", **parameters):
    defaults = {"max_epochs": 3, "random_state": 0, **EXACT}
    return TransferMultiLabelClassifier(backbone, **{**defaults, **parameters})


class Averaging(nn.Sequential):
    """A network that averages its last map itself."""

    def __init__(self, activation=None):
        layers = [nn.Conv2d(3, 6, 3, stride=2), nn.ReLU(inplace=True), nn.Conv2d(6, 8, 3, stride=2)]
        super().__init__(
            *layers, *([activation] if activation else []), nn.AdaptiveAvgPool2d(1), nn.Flatten()
        )


class Bending(Averaging):
    """What is not the average of a map."""

    def forward(self, images):
        return super().forward(images).square()


class Flat(nn.Module):
    """A network without maps."""

    def __init__(self):
        super().__init__()
        self.project = nn.Linear(3, 4)

    def forward(self, images):
        return self.project(images[:, :, ::8, ::8].mean(dim=(2, 3)))


def find_intercept(clf):
    """Return what a linear head gives an average picture."""
    return clf.net_.module_.layers[-1].bias.detach().numpy()


@pytest.mark.parametrize("n_labels", [1, 2, 3])
@pytest.mark.parametrize("pooling", ["avg", "stages", "flatten"])
@pytest.mark.parametrize("mirror", [False, True])
def test_means_of_maps_and_the_intercept_are_the_logits(n_labels, pooling, mirror):
    clf = make(pooling=pooling, mirror=mirror, hidden_layer_sizes=()).fit(X, Y[:, :n_labels])
    maps = label_activation_maps(clf, X, method="cam")
    assert maps.shape[:2] == (40, n_labels)
    assert maps.dtype == np.float32
    logits = maps.mean(axis=(2, 3)) + find_intercept(clf)
    assert_allclose(logits, clf.decision_function(X), atol=1e-5)


@pytest.mark.parametrize(
    "parameters",
    [
        {"image_size": [32, 40]},
        {"backbone": ["tiny_cnn", Averaging()], "image_size": 30},
        {"backbone": Averaging(nn.ReLU(inplace=True)), "pooling": "avg", "image_size": 33},
        {"tta": "flip"},
        {"color_mode": "grayscale"},
        {"freeze": False, "max_epochs": 2},
    ],
)
def test_exact_for_whatever_features_are_made_of(parameters):
    clf = make(**{"hidden_layer_sizes": (), **parameters}).fit(X, Y)
    maps = label_activation_maps(clf, X[:5], method="cam")
    logits = maps.mean(axis=(2, 3)) + find_intercept(clf)
    assert_allclose(logits, clf.decision_function(X[:5]), atol=1e-4)


def test_exact_where_features_are_cut_off():
    clf = make(hidden_layer_sizes=()).fit(X, Y)
    clf.net_.module_.feature_scale /= 20
    maps = label_activation_maps(clf, X, method="cam")
    logits = maps.mean(axis=(2, 3)) + find_intercept(clf)
    assert_allclose(logits, clf.decision_function(X), atol=1e-5)


def test_hidden_layers_are_followed_to_where_the_logit_goes():
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
    # The logit is on that plane: half way along a piece, so is half of the step.
    nearby = head.layers(standardised * 0.999).detach() - head.layers(standardised).detach()
    assert_allclose(nearby, -0.001 * sums.detach(), atol=1e-3)


def test_a_square_made_brighter_adds_what_the_map_says():
    # One layer without overlaps: what each place adds is known.
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


def test_one_label_or_all():
    clf = make().fit(X, pd.DataFrame(Y, columns=["disc", "square", "triangle"]))
    for method in ("cam", "gradcam", "occlusion"):
        every = label_activation_maps(clf, X[:2], method=method)
        some = label_activation_maps(clf, X[:2], ["triangle", 0], method=method)
        assert_allclose(some, every[:, [2, 0]], atol=1e-6)
    with pytest.raises(ValueError, match="labels names the label 'squre'"):
        label_activation_maps(clf, X[:2], ["squre"])


def test_pictures_are_independent_of_each_other():
    clf = make().fit(X, Y)
    together = label_activation_maps(clf, X[:11])
    for row in (0, 7, 8, 10):
        assert_allclose(label_activation_maps(clf, X[[row]])[0], together[row], atol=1e-5)


@pytest.mark.parametrize(
    ("parameters", "methods"),
    [
        ({}, ("cam", "gradcam", "occlusion")),
        ({"activation": "tanh"}, ("gradcam", "occlusion")),
        ({"activation": "tanh", "hidden_layer_sizes": ()}, ("cam", "gradcam", "occlusion")),
        ({"pooling": "max"}, ("gradcam", "occlusion")),
        ({"pooling": "avgmax", "mirror": True}, ("gradcam", "occlusion")),
        ({"backbone": Bending(), "pooling": "avg"}, ("occlusion", "gradcam")),
        ({"backbone": Flat(), "pooling": "avg"}, ("occlusion",)),
    ],
)
def test_methods_that_are_possible(parameters, methods):
    clf = make(**{"image_size": 32, **parameters}).fit(X, Y)
    automatic = label_activation_maps(clf, X[:2])
    assert_array_equal(automatic, label_activation_maps(clf, X[:2], method=methods[0]))
    for method in ("cam", "gradcam", "occlusion"):
        if method in methods:
            maps = label_activation_maps(clf, X[:2], method=method)
            assert np.isfinite(maps).all()
            assert method != "gradcam" or maps.min() >= 0
        else:
            with pytest.raises(ValueError, match=f"method='{method}': .* expected method='"):
                label_activation_maps(clf, X[:2], method=method)


def test_gradients_of_averages_are_the_exact_maps():
    network = nn.Sequential(nn.Conv2d(3, 4, 4, stride=4), nn.ReLU())
    clf = make(network, pooling="avg", image_size=32, hidden_layer_sizes=()).fit(X, Y)
    exact = label_activation_maps(clf, X[:3], method="cam")
    head = clf.net_.module_
    weights = head.layers[-1].weight / head.feature_scale
    zero = (weights @ head.feature_mean).detach().numpy()[None, :, None, None]
    by_gradient = label_activation_maps(clf, X[:3], method="gradcam")
    assert_allclose(by_gradient, np.maximum(exact + zero, 0), atol=1e-5)


def find_shape(picture, colour):
    """Return where a picture has the colour of a shape."""
    order = np.argsort(picture.astype(int), axis=2)
    strongest = picture.max(axis=2).astype(int) - np.sort(picture, axis=2)[:, :, 1] > 60
    return (order[:, :, 2] == colour) & strongest


@pytest.mark.parametrize("method", ["cam", "occlusion"])
def test_maps_point_at_the_shape(method):
    X, Y = make_multilabel_shapes(300, n_labels=3, image_size=64, random_state=0)
    clf = make("tiny_cnn", pooling="stages", image_size=64, hidden_layer_sizes=(), max_epochs=40)
    clf.fit(X, Y)
    # Red discs, green squares, blue triangles; one beside others.
    rows = np.flatnonzero(Y.sum(axis=1) >= 2)[:20]
    maps = label_activation_maps(clf, X[rows], method=method)
    hits, shares = [], []
    for of_picture, row in zip(maps, rows, strict=True):
        for label in np.flatnonzero(Y[row]):
            shape = find_shape(X[row], label)
            y, x = np.divmod(of_picture[label].argmax(), of_picture.shape[2])
            cells = 64 // of_picture.shape[1]
            cell = shape[y * cells : (y + 1) * cells, x * cells : (x + 1) * cells]
            hits.append(cell.any())
            shares.append(shape.mean())
    assert np.mean(hits) > 3 * np.mean(shares)
    assert np.mean(hits) > 0.6


class GreenCounter:
    """What counts green pixels in the left half and in the right half of a picture."""

    def predict_proba(self, X):
        is_green = np.stack([np.asarray(x)[:, :, 1] > 200 for x in X])
        half = is_green.shape[2] // 2
        counts = [is_green[:, :, :half].sum(axis=(1, 2)), is_green[:, :, half:].sum(axis=(1, 2))]
        return 1 / (1 + np.exp(1 - np.column_stack(counts) / 50))


def test_occlusion_finds_the_square():
    picture = np.zeros((64, 64, 3), dtype=np.uint8)
    picture[8:16, 40:48, 1] = 255
    estimator = GreenCounter()
    maps = label_activation_maps(estimator, [picture], method="occlusion", patch_size=0.125)
    assert maps.shape == (1, 2, 16, 16)
    assert np.unravel_index(maps[0, 1].argmax(), (16, 16)) in [(2, 10), (2, 11), (3, 10), (3, 11)]
    assert_allclose(maps[0, 0], 0)
    # The patch hides it all: 64 green pixels, and a logit that falls by 64 / 50.
    assert maps.max() <= 64 / 50 + 1e-6
    as_array = label_activation_maps(estimator, picture[np.newaxis], patch_size=0.125)
    assert_allclose(as_array, maps)
    assert_allclose(label_activation_maps(estimator, [picture], [1], patch_size=0.125), maps[:, 1:])


def test_occlusion_takes_any_classifier_of_pictures():
    pipeline = make_pipeline(ImageEmbedder("tiny_cnn"), OneVsRestClassifier(LogisticRegression()))
    pipeline.fit(X, Y)
    assert label_activation_maps(pipeline, X[:2]).shape == (2, 3, 8, 8)
    with pytest.raises(ValueError, match="Pipeline has none; expected method='occlusion'"):
        label_activation_maps(pipeline, X[:2], method="cam")


def test_occlusion_stores_no_features(tmp_path):
    clf = make(memory=str(tmp_path)).fit(X, Y)
    tuned = TunedThresholdMultiLabelClassifierCV(clf, cv=2).fit(X, Y)
    n_files = sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file())
    label_activation_maps(tuned, X[:2], method="occlusion")
    after = sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file())
    assert after == n_files
    assert tuned.estimator_.memory == str(tmp_path)


def test_what_is_around_a_classifier_is_seen_through():
    clf = make()
    plain = label_activation_maps(clf.fit(X, Y), X[:2])
    search = GridSearchCV(make(), {"dropout": [0.5]}, scoring="average_precision", cv=2)
    for estimator in (
        FrozenEstimator(clf),
        TunedThresholdMultiLabelClassifierCV(make(), cv=2).fit(X, Y),
        CalibratedMultiLabelClassifierCV(make(), cv=2).fit(X, Y),
        search.fit(X, Y),
    ):
        assert_allclose(label_activation_maps(estimator, X[:2]), plain, atol=1e-5)


def test_what_a_crop_leaves_out_is_0():
    wide = [np.repeat(picture, 2, axis=1) for picture in X]
    clf = make(resize="crop", image_size=32, hidden_layer_sizes=(), pooling="avg").fit(wide, Y)
    maps = label_activation_maps(clf, wide[:3])
    # The network sees less than the middle half of the width.
    assert maps.shape[3] == 4
    assert_allclose(maps[..., [0, 3]], 0)
    assert np.abs(maps[:, :, 1:3, 1:3]).min() > 0


def test_nothing_is_changed():
    clf = make().fit(X, Y)
    before = clf.decision_function(X)
    with torch.no_grad():
        label_activation_maps(clf, X[:3])
    assert_array_equal(clf.decision_function(X), before)
    extractor = clf.embedder_.backbone_.extractor
    assert not any(p.requires_grad for p in extractor.parameters())
    assert not any(module._forward_hooks for module in extractor.modules())


def test_errors_say_what_to_type():
    clf = make().fit(X, Y)
    with pytest.raises(ValueError, match="method='lime': expected one of"):
        label_activation_maps(clf, X, method="lime")
    with pytest.raises(ValueError, match="patch_size=0: expected a part"):
        label_activation_maps(clf, X, patch_size=0)
    with pytest.raises(ImageReadError, match="missing"):
        label_activation_maps(clf, [X[0], "missing.png"])
    with pytest.raises(ImageReadError, match="missing"):
        label_activation_maps(clf, [X[0], "missing.png"], method="occlusion")
    features = np.random.RandomState(0).normal(size=(40, 4))
    precomputed = TransferMultiLabelClassifier("precomputed", max_epochs=1).fit(features, Y)
    with pytest.raises(ValueError, match="a feature matrix; expected images"):
        label_activation_maps(precomputed, features)


def test_display():
    clf = make().fit(X, pd.DataFrame(Y, columns=["disc", "square", "$x_1$"]))
    display = LabelActivationMapDisplay.from_estimator(clf, X[:3], n_labels=2)
    scores = clf.predict_proba(X[:3])
    assert_array_equal(display.places, np.argsort(-scores, axis=1)[:, :2])
    every = label_activation_maps(clf, X[:3])
    assert_allclose(display.maps[1, 0], every[1, display.places[1, 0]], atol=1e-6)
    assert len(display.ax_.images) == 9
    frame = display.frame()
    assert frame["row"].tolist() == [0, 0, 1, 1, 2, 2]
    assert_allclose(frame["score"][:2], np.sort(scores[0])[::-1][:2])
    named = LabelActivationMapDisplay.from_estimator(clf, X[:3], ["$x_1$"], method="occlusion")
    assert named.frame()["label"].tolist() == ["$x_1$"] * 3
    figure, ax = plt.subplots()
    assert named.plot(ax=ax).figure_ is figure
    figure.draw_without_rendering()
    with pytest.raises(ValueError, match="n_labels=0: expected at least 1"):
        LabelActivationMapDisplay.from_estimator(clf, X[:3], n_labels=0)


def test_display_names_labels():
    # Numbers for names, which are no places.
    clf = make().fit(X, pd.DataFrame(Y, columns=[2, 0, 1]))
    names = ["disc", "square", "cross"]
    draw = LabelActivationMapDisplay.from_estimator
    display = draw(clf, X[:2], ["cross", "disc"], label_names=np.array(names))
    assert display.frame()["label"].tolist() == ["cross", "disc"] * 2
    assert_allclose(display.maps, label_activation_maps(clf, X[:2])[:, [2, 0]], atol=1e-6)
    assert_allclose(display.maps, draw(clf, X[:2], [1, 2]).maps)
    with pytest.raises(ValueError, match="label_names has 2 names; the estimator has 3 labels"):
        draw(clf, X[:2], label_names=names[:2])


def test_display_turns_pictures_and_maps_alike(tmp_path):
    clf = make().fit(X, Y)
    exif = Image.Exif()
    exif[0x0112] = 6
    path = str(tmp_path / "turned.png")
    Image.fromarray(np.rot90(X[0]).copy()).save(path, exif=exif)
    assert_allclose(
        label_activation_maps(clf, [path]), label_activation_maps(clf, X[:1]), atol=1e-4
    )
