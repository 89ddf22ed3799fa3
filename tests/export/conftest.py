"""Classifiers whose exported files are compared with them."""

import json

import pytest

from skmlic.export import export_onnx, export_openvino


@pytest.fixture(scope="session")
def fit(make_classifier, shapes):
    """Return a function that fits a classifier in the arithmetic of exported files."""

    def fit_with(backbone="tiny_cnn", meta=None, y=None, **parameters):
        options = {"engine": "torch", "precision": "fp32", "random_state": 0} | parameters
        classifier = make_classifier(backbone, **options)
        X, Y = shapes
        return (meta(classifier) if meta else classifier).fit(X, Y if y is None else y)

    return fit_with


def open_onnx(path):
    """Return a function from pixels to probabilities and labels, and the metadata."""
    onnxruntime = pytest.importorskip("onnxruntime")
    session = onnxruntime.InferenceSession(path)
    about = json.loads(session.get_modelmeta().custom_metadata_map["skmlic"])
    return lambda pixels: session.run(["probabilities", "labels"], {"pixels": pixels}), about


def open_openvino(path):
    """Return a function from pixels to probabilities and labels, and the metadata."""
    openvino = pytest.importorskip("openvino")
    model = openvino.Core().read_model(path)
    compiled = openvino.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})

    def run(pixels):
        results = compiled(pixels)
        return results["probabilities"], results["labels"]

    return run, json.loads(model.get_rt_info(["skmlic"]).astype(str))


@pytest.fixture
def export_to_onnx(tmp_path):
    """Return a function that exports a model to ONNX and opens the file."""
    pytest.importorskip("onnxscript")

    def export_and_open(model):
        export_onnx(model, tmp_path / "model.onnx")
        return open_onnx(tmp_path / "model.onnx")

    return export_and_open


@pytest.fixture
def export_to_openvino(tmp_path):
    """Return a function that exports a model to OpenVINO and opens the files."""
    pytest.importorskip("openvino")

    def export_and_open(model):
        export_openvino(model, tmp_path / "model.xml")
        return open_openvino(tmp_path / "model.xml")

    return export_and_open


@pytest.fixture(params=[pytest.param("onnx", marks=pytest.mark.slow), "openvino"])
def export(request):
    """Return a function that exports a model and opens the file, for each format."""
    return request.getfixturevalue(f"export_to_{request.param}")
