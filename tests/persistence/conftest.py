import inspect
import json

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal, assert_series_equal
from safetensors import safe_open
from safetensors.torch import save_file

from skmlic import TransferMultiLabelClassifier, load_model, save_model
from skmlic.datasets import make_multilabel_shapes
from skmlic.persistence._contents import DIRECTORY_PARAMETERS, ESTIMATORS
from skmlic.persistence._file import _compute_checksum, digest_tensors

X, Y = make_multilabel_shapes(40, n_labels=3, random_state=0)
# Labels are named by texts and numbers.
FRAME = pd.DataFrame(Y, columns=["square", 7, "ring"])
FEATURES = np.random.RandomState(0).normal(size=(60, 6)).astype(np.float32)
TARGETS = (FEATURES[:, :3] + FEATURES[:, 3:] > 0).astype(int)


@pytest.fixture(scope="session")
def images():
    """Images and their labels, as an array and as a frame."""
    return X, Y, FRAME


@pytest.fixture(scope="session")
def features():
    """Features and their labels."""
    return FEATURES, TARGETS


@pytest.fixture(scope="session")
def make():
    """A function that returns an unfitted classifier of images."""

    def make_classifier(backbone="tiny_cnn", **parameters):
        settings = {
            # Without torch, most of the time would be spent on compiling networks.
            "engine": "torch",
            "precision": "fp32",
            "image_size": 32,
            "max_epochs": 2,
            "random_state": 0,
            "hidden_layer_sizes": (8,),
        }
        return TransferMultiLabelClassifier(backbone, **{**settings, **parameters})

    return make_classifier


@pytest.fixture(scope="session")
def make_head(make):
    """A function that returns an unfitted classifier of features."""

    def make_head_classifier(**parameters):
        settings = {"image_size": None, "max_epochs": 5, "lr": 0.05, **parameters}
        return make("precomputed", **settings)

    return make_head_classifier


@pytest.fixture(scope="session")
def classifier(make):
    """A fitted classifier of images, which tests must not change."""
    return make().fit(X, FRAME)


@pytest.fixture(scope="session")
def head_classifier(make_head):
    """A fitted classifier of features, which tests must not change."""
    return make_head().fit(FEATURES, TARGETS)


@pytest.fixture
def go_through_file(tmp_path):
    """A function that saves, loads and saves an estimator, and returns the loaded one."""

    def save_and_load(estimator, **options):
        path, again = tmp_path / "model.skmlic", tmp_path / "again.skmlic"
        save_model(estimator, path)
        loaded = load_model(path, **options)
        save_model(loaded, again)
        assert path.read_bytes() == again.read_bytes()
        return loaded

    return save_and_load


@pytest.fixture(scope="session")
def assert_same():
    """A function that compares values and types, and estimators by all their attributes."""
    return _assert_same


def _assert_same(found, expected, name="model"):
    assert type(found) is type(expected), name
    if type(expected) in ESTIMATORS:
        _assert_same_estimator(found, expected, name)
    elif hasattr(expected, "fingerprint"):
        assert found.fingerprint == expected.fingerprint, name
        assert (found.name, found.weights_name) == (expected.name, expected.weights_name)
    elif isinstance(expected, pd.DataFrame):
        assert_frame_equal(found, expected)
    elif isinstance(expected, pd.Series):
        assert_series_equal(found, expected)
    elif isinstance(expected, np.ndarray):
        assert (found.dtype, found.shape) == (expected.dtype, expected.shape), name
        if found.dtype == object:
            _assert_same(found.tolist(), expected.tolist(), name)
        else:
            assert_array_equal(found, expected)
    elif isinstance(expected, (list, tuple)):
        assert len(found) == len(expected), name
        for i, pair in enumerate(zip(found, expected, strict=True)):
            _assert_same(*pair, f"{name}[{i}]")
    elif isinstance(expected, dict):
        assert list(found) == list(expected), name
        _assert_same(list(found.values()), list(expected.values()), name)
    elif isinstance(expected, (float, np.floating)):
        assert_array_equal(found, expected)
    elif hasattr(expected, "__dict__") and not inspect.isclass(expected):
        # IsotonicRegression computes ``f_`` from its other attributes.
        state = {k: v for k, v in vars(expected).items() if k != "f_"}
        _assert_same({name: vars(found)[name] for name in state}, state, name)
    else:
        assert found == expected, name


def _assert_same_estimator(found, expected, name):
    names = [*expected.get_params(deep=False)]
    names += [attribute for attribute in vars(expected) if attribute.endswith("_")]
    assert set(names) <= set(vars(found)), name
    for attribute in set(names) - {"net_", *DIRECTORY_PARAMETERS}:
        _assert_same(getattr(found, attribute), getattr(expected, attribute), f"{name}.{attribute}")
    if "net_" in names:
        states = (one.net_.module_.state_dict() for one in (found, expected))
        assert digest_tensors(next(states)) == digest_tensors(next(states))


@pytest.fixture(scope="session")
def whole(classifier, tmp_path_factory):
    """The content of a model file."""
    path = tmp_path_factory.mktemp("models") / "whole.skmlic"
    save_model(classifier, path)
    return path.read_bytes()


@pytest.fixture(scope="session")
def read_parts():
    """A function that returns the document and the tensors of a model file."""

    def read_file(path):
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118
            return json.loads(file.metadata()["skmlic"]), tensors

    return read_file


@pytest.fixture(scope="session")
def forge():
    """A function that writes a file whose checksum is right, whatever its content."""

    def write_file(path, document, tensors):
        text = document if isinstance(document, str) else json.dumps(document)
        tensors = {name: tensor for name, tensor in tensors.items() if name != "sha256"}
        digest = torch.tensor(list(_compute_checksum(text, tensors)), dtype=torch.uint8)
        save_file({**tensors, "sha256": digest}, path, metadata={"skmlic": text})

    return write_file


@pytest.fixture
def load_forged(whole, tmp_path, read_parts, forge):
    """A function that changes a good file with a right checksum, and then loads it."""

    def load(change):
        path = tmp_path / "forged.skmlic"
        path.write_bytes(whole)
        document, tensors = read_parts(path)
        change(document, tensors)
        forge(path, document, tensors)
        return load_model(path)

    return load
