"""Exported models compute what the estimators predict."""

import importlib.util

import numpy as np
import pandas as pd
import pytest
import timm
from PIL import Image
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from torch import nn

from skmlic import ImageEmbedder, TransferMultiLabelClassifier
from skmlic._utils._compat import TemperatureScaling
from skmlic.calibration import CalibratedMultiLabelClassifierCV
from skmlic.export import _export, export_onnx, export_openvino
from skmlic.inspection._inner_estimators import find_classifier
from skmlic.kernel_ridge import KernelRidgeMultiLabelClassifierCV
from skmlic.model_selection import (
    FixedThresholdMultiLabelClassifier,
    TunedThresholdMultiLabelClassifierCV,
)
from skmlic.training._net import make_prediction_net

needs_openvino = pytest.mark.skipif(
    importlib.util.find_spec("openvino") is None, reason="needs OpenVINO"
)


def make_transformer():
    """Return a small vision transformer with random weights."""
    sizes = {"img_size": 32, "patch_size": 8, "embed_dim": 24, "depth": 2, "num_heads": 2}
    return timm.create_model("vit_tiny_patch16_224", num_classes=0, **sizes)


def make_convolutions():
    """Return a small network whose images have the size and interpolation of tiny_cnn's."""
    return nn.Sequential(nn.Conv2d(3, 8, 3, stride=4), nn.ReLU())


def load_pixels(model, X):
    """Return images as the input of an exported model."""
    preprocessing = find_classifier(model).embedder_.backbones_[0].preprocessing
    return np.stack([preprocessing(image) for image in X])


def assert_is_same(model, X, run):
    """Assert that an exported model predicts what the model does, for batches of any size."""
    expected = model.predict_proba(X)
    labels = model.predict(X)
    if labels.ndim == 1:
        expected, labels = expected[:, 1:], (labels == model.classes_[1])[:, np.newaxis]
    pixels = load_pixels(model, X)
    for rows in (slice(None), slice(5), slice(1)):
        probabilities, predicted = run(pixels[rows])
        np.testing.assert_allclose(probabilities, expected[rows], atol=1e-4)
        np.testing.assert_array_equal(predicted, labels[rows])
    assert probabilities.dtype == np.float32
    assert predicted.dtype == np.int64


@pytest.mark.parametrize(
    "parameters",
    [
        {"pooling": "avg", "head": "net", "max_epochs": 3},
        {"head": "net", "max_epochs": 3, "hidden_layer_sizes": ()},
        {"head": "kernel"},
        {"freeze": False, "max_epochs": 2},
        {"backbone": make_transformer, "image_size": 32},
        {"backbone": make_transformer, "image_size": 32, "pooling": "token", "freeze": False}
        | {"max_epochs": 2},
        {"image_size": (24, 40), "resize": "crop"},
        {"color_mode": "grayscale"},
        {"backbone": ["tiny_cnn", "tiny_cnn"], "weights": [None, "default"]},
    ],
    ids=lambda parameters: "-".join(parameters),
)
def test_classifiers(parameters, fit, shapes, export):
    model = fit(**parameters)
    run, about = export(model)
    assert_is_same(model, shapes[0], run)
    assert about["label_names"] == ["0", "1", "2"]


def test_linear_kernel(fit, shapes, export):
    X, Y = shapes
    model = fit(head="kernel")
    features = model.embedder_.transform(X)
    linear = KernelRidgeMultiLabelClassifierCV(kernels=("linear",)).fit(features, Y)
    model.net_ = make_prediction_net(linear._module)
    run, _ = export(model)
    assert_is_same(model, X, run)


def with_threshold(**parameters):
    return lambda classifier: FixedThresholdMultiLabelClassifier(classifier, **parameters)


def with_tuning(**parameters):
    return lambda classifier: TunedThresholdMultiLabelClassifierCV(classifier, cv=2, **parameters)


def with_calibration(method):
    return lambda classifier: CalibratedMultiLabelClassifierCV(classifier, cv=2, method=method)


META_ESTIMATORS = {
    "tuned": with_tuning(),
    "at least one": with_tuning(objective="f1_samples", at_least_one=True),
    "top k": with_tuning(strategy="top_k", k=2),
    "fixed": with_threshold(threshold=[0.2, 0.5, np.inf]),
    "logits": with_threshold(threshold=[-0.3, 0, 1], response_method="decision_function"),
    "sigmoid": with_calibration("sigmoid"),
    "isotonic": with_calibration("isotonic"),
    "tuned, calibrated": lambda clf: with_tuning()(with_calibration("sigmoid")(clf)),
    "calibrated, fixed": lambda clf: with_calibration("sigmoid")(
        with_threshold(threshold=0.9)(clf)
    ),
    "search": lambda clf: GridSearchCV(with_tuning()(clf), {"fbr": [0.3]}, cv=2),
}
if TemperatureScaling is not None:
    META_ESTIMATORS["temperature"] = with_calibration("temperature")


@pytest.mark.parametrize("meta", META_ESTIMATORS.values(), ids=META_ESTIMATORS)
def test_meta_estimators(meta, fit, shapes, export_to_openvino):
    model = fit(meta=meta)
    run, _ = export_to_openvino(model)
    assert_is_same(model, shapes[0], run)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["at least one", "top k", "isotonic"])
def test_meta_estimators_in_onnx(name, fit, shapes, export_to_onnx):
    model = fit(meta=META_ESTIMATORS[name])
    run, _ = export_to_onnx(model)
    assert_is_same(model, shapes[0], run)


@pytest.mark.parametrize("n_labels", [1, 2])
def test_few_labels(n_labels, fit, shapes, export_to_openvino):
    model = fit(y=shapes[1][:, :n_labels], meta=with_tuning())
    run, about = export_to_openvino(model)
    assert_is_same(model, shapes[0], run)
    assert len(about["label_names"]) == n_labels


@pytest.mark.parametrize("meta", [None, with_tuning()], ids=["plain", "tuned"])
def test_one_dimensional_y(meta, fit, shapes, export_to_openvino):
    model = fit(y=np.array(["no", "yes"])[shapes[1][:, 0]], meta=meta)
    run, about = export_to_openvino(model)
    assert_is_same(model, shapes[0], run)
    assert about["label_names"] == ["yes"]


def test_colors_are_removed_as_pillow_does(fit, export):
    model = fit(color_mode="grayscale")
    run, about = export(model)
    pixels = np.random.RandomState(0).randint(0, 256, (20, 32, 32, 3), dtype=np.uint8)
    gray = [np.asarray(Image.fromarray(one).convert("L").convert("RGB")) for one in pixels]
    np.testing.assert_array_equal(run(pixels)[0], run(np.stack(gray))[0])
    assert about["color_mode"] == "grayscale"


def test_metadata(fit, shapes, export):
    names = ['a "disc"', "<square> & größer", "triangle,\nor two\\"]
    Y = pd.DataFrame(shapes[1], columns=names)
    thresholds = [0.2, 0.30000000001, np.inf]
    model = fit(
        y=Y,
        meta=with_threshold(threshold=thresholds),
        image_size=(24, 40),
        resize="crop",
        value_range=(0, 255),
    )
    _, about = export(model)
    versions = about.pop("versions")
    assert {"skmlic", "torch", "timm"} <= set(versions)
    assert about == {
        "package": "skmlic",
        "label_names": names,
        "scores": "probabilities",
        "thresholds": [0.2, 0.30000000001, None],
        "at_least_one": False,
        "top_k": None,
        "image_size": [24, 40],
        "resize": "crop",
        "interpolation": "bilinear",
        "crop_pct": 0.875,
        "color_mode": "rgb",
        "value_range": [0, 255],
        "weights": "random",
    }


@needs_openvino
def test_the_model_is_not_changed_and_can_be_exported_again(fit, shapes, tmp_path):
    model = fit(freeze=False, max_epochs=2)
    before = model.predict_proba(shapes[0])
    names = ("a.xml", "b.xml")
    for name in names:
        export_openvino(model, tmp_path / name)
    one, other = ((tmp_path / name).with_suffix(".bin").read_bytes() for name in names)
    assert one == other
    np.testing.assert_array_equal(model.predict_proba(shapes[0]), before)


def not_fitted():
    return TransferMultiLabelClassifier("tiny_cnn")


@needs_openvino
@pytest.mark.parametrize(
    ("make", "error", "match"),
    [
        (lambda fit: not_fitted(), NotFittedError, "not fitted"),
        (
            lambda fit: ImageEmbedder("tiny_cnn").fit([b""]),
            TypeError,
            "A ImageEmbedder can't be exported; expected a TransferMultiLabelClassifier",
        ),
        (
            lambda fit: fit(meta=make_pipeline),
            TypeError,
            "A Pipeline can't be exported",
        ),
        (
            lambda fit: with_threshold()(LogisticRegression()).fit([[0.0], [1.0]], [0, 1]),
            TypeError,
            "that holds a LogisticRegression can't be exported",
        ),
        (
            lambda fit: fit(image_size=[24, 32]),
            ValueError,
            "in 2 ways .24 × 24 pixels, bilinear, squash; 32 × 32 .*image_size=24",
        ),
    ],
    ids=["not fitted", "embedder", "pipeline", "other estimator", "sizes"],
)
def test_models_that_cannot_be_exported(make, error, match, fit, tmp_path):
    model = make(fit)
    with pytest.raises(error, match=match):
        export_openvino(model, tmp_path / "model.xml")
    assert list(tmp_path.iterdir()) == []


@needs_openvino
def test_features_cannot_be_exported(make_classifier, tmp_path):
    X = np.random.RandomState(0).normal(size=(20, 4))
    model = make_classifier(random_state=0).fit(X, (X[:, :2] > 0).astype(int))
    with pytest.raises(ValueError, match="backbone='precomputed' takes features"):
        export_openvino(model, tmp_path / "model.xml")


@needs_openvino
def test_name_of_openvino_files(fit, tmp_path):
    with pytest.raises(ValueError, match=r"expected a name that ends with .xml.*model.xml'"):
        export_openvino(fit(), tmp_path / "model.bin")


@needs_openvino
def test_files_are_unchanged_after_an_error(fit, tmp_path, monkeypatch):
    model = fit()
    export_openvino(model, tmp_path / "model.xml")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert sorted(before) == ["model.bin", "model.xml"]

    def write(converted, xml, weights):
        weights.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(_export, "write_openvino", write)
    with pytest.raises(OSError, match="disk full"):
        export_openvino(model, tmp_path / "model.xml")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@needs_openvino
def test_wrong_conversions_are_not_written(fit, tmp_path, monkeypatch):
    model = fit()
    monkeypatch.setattr(_export, "run_openvino", lambda converted, pixels: np.full((3, 3), 2.0))
    with pytest.raises(RuntimeError, match="tiny_cnn gives probabilities in OpenVINO that differ"):
        export_openvino(model, tmp_path / "model.xml")

    def convert(*arguments):
        raise NotImplementedError("no such operation\nmore")

    monkeypatch.setattr(_export, "convert_to_openvino", convert)
    with pytest.raises(RuntimeError, match=r"to OpenVINO \(NotImplementedError: no such operatio"):
        export_openvino(model, tmp_path / "model.xml")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("export_to", "name", "match"),
    [
        (export_onnx, "onnxscript", r"needs onnxscript: pip install 'skmlic\[onnx\]'"),
        (export_openvino, "openvino", r"needs openvino: pip install 'skmlic\[fast\]'"),
    ],
)
def test_missing_packages(export_to, name, match, fit, tmp_path, monkeypatch):
    model = fit()
    for module in ("_onnx", "_openvino"):
        monkeypatch.setattr(
            f"skmlic.export.{module}.find_spec", lambda asked: None if asked == name else object()
        )
    with pytest.raises(ImportError, match=match):
        export_to(model, tmp_path / "model")
