"""Tests of skmlic.embedding._engines."""

import gc
import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from torch import nn

import skmlic
from skmlic import ImageEmbedder, cache_info
from skmlic.backbones import load_backbone
from skmlic.datasets import make_multilabel_shapes
from skmlic.embedding import _engines

X, _ = make_multilabel_shapes(12, random_state=0)
TINY = {"backbone": "tiny_cnn", "precision": "fp32"}


def embed(images=X, **parameters):
    return ImageEmbedder(**{**TINY, **parameters}).fit_transform(images)


@pytest.mark.parametrize("batch_size", [1, 5, 64])
def test_features_do_not_depend_on_the_batch_size(batch_size):
    torch_only = {"engine": "torch", "memory": False}
    expected = embed(**torch_only)
    assert_allclose(embed(batch_size=batch_size, **torch_only), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("pooling", ["stages", "avg"])
def test_features_do_not_depend_on_the_number_of_threads(pooling):
    images, _ = make_multilabel_shapes(60, random_state=1)
    options = {"engine": "torch", "memory": False, "pooling": pooling, "batch_size": 2}
    expected = embed(images, n_jobs=1, **options)
    for _ in range(3):
        assert_array_equal(embed(images, n_jobs=4, **options), expected)


def test_threads_of_torch_share_the_weights():
    embedder = ImageEmbedder(**TINY, engine="torch", n_jobs=3).fit(X)
    embedder.transform(X)
    engine = embedder._get_engine(0)
    places = {next(engine._extractors.get().parameters()).data_ptr() for _ in range(3)}
    assert len(places) == 1
    _engines._engines.clear()


def test_failures_of_torch_are_not_remembered(monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("out of memory")

    monkeypatch.setattr(_engines, "fold_batch_norm", fail)
    embedder = ImageEmbedder(**TINY, engine="torch", image_size=36).fit(X)
    with pytest.raises(RuntimeError, match="out of memory"):
        embedder.transform(X)
    monkeypatch.undo()
    assert np.isfinite(embedder.transform(X)).all()


def test_a_failed_conversion_is_not_tried_again(monkeypatch):
    pytest.importorskip("openvino")
    tries = []

    def fail(*args):
        tries.append(args)
        raise RuntimeError("no")

    monkeypatch.setattr(_engines, "convert_to_openvino", fail)
    for _ in range(3):
        embed(image_size=44, device="cpu")
    assert len(tries) == 1
    assert cache_info()[:3] == (12, 24, 12)


def test_torch_and_openvino_agree():
    pytest.importorskip("openvino")
    torch_features = embed(engine="torch")
    openvino_features = embed(engine="openvino")
    assert_allclose(openvino_features, torch_features, rtol=1e-3, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["torch", "openvino"])
def test_bf16_is_close(engine):
    if engine == "openvino":
        pytest.importorskip("openvino")
    expected = embed(engine=engine)
    low = embed(engine=engine, precision="bf16")
    assert_allclose(low, expected, rtol=0.1, atol=0.05)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_features_do_not_depend_on_the_requests_of_openvino(precision):
    pytest.importorskip("openvino")
    images, _ = make_multilabel_shapes(_engines._N_ALONE + 3 * _engines._N_TOGETHER + 2)
    options = {"engine": "openvino", "device": "cpu", "precision": precision, "memory": False}
    embedder = ImageEmbedder("tiny_cnn", **options).fit(images)
    together = embedder.transform(images)
    assert_array_equal(together, [embedder.transform([image])[0] for image in images])
    assert_array_equal(together[::-1], embedder.transform(images[::-1]))


def test_a_conversion_leaves_no_classes():
    pytest.importorskip("openvino")
    extractor = load_backbone(
        "tiny_cnn", None, pooling="stages", image_size=None, resize="squash"
    ).extractor
    pixels = _engines.make_noise((32, 32))

    def count_classes():
        _engines.convert_to_openvino(extractor, pixels)
        gc.collect()
        return sum(type(kept) is type for kept in gc.get_objects())

    count_classes()
    assert count_classes() == count_classes()


class LastRows(nn.Module):
    """A network whose trace returns more rows than there are images, unless there is one."""

    def forward(self, x):
        x = x.mean(dim=(2, 3))
        return torch.cat([x, x])[len(x) :]


class Shifted(nn.Module):
    """A network that computes with the images next to each one."""

    def forward(self, x):
        return x.mean(dim=(2, 3)) + x.mean(dim=(2, 3)).roll(1, 0)


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize(
    ("network", "is_joint"), [(LastRows(), False), (Shifted(), False), ("tiny_cnn", True)], ids=str
)
def test_networks_that_depend_on_the_number_of_images_get_one(network, is_joint, mirror):
    pytest.importorskip("openvino")
    _engines._engines.clear()
    images, _ = make_multilabel_shapes(_engines._N_ALONE + 2 * _engines._N_TOGETHER)
    options = {"engine": "openvino", "device": "cpu", "memory": False, "image_size": 32}
    embedder = ImageEmbedder(network, mirror=mirror, **options).fit(images)
    alone = [embedder.transform([image])[0] for image in images]
    assert_array_equal(embedder.transform(images), alone)
    (engine,) = _engines._engines.values()
    assert engine._joins_images() == is_joint


def test_auto_falls_back_to_torch_if_openvino_fails(monkeypatch, caplog):
    pytest.importorskip("openvino")
    monkeypatch.setattr(
        _engines, "convert_to_openvino", lambda *args: (_ for _ in ()).throw(RuntimeError("no"))
    )
    expected = embed(engine="torch")
    skmlic.clear_cache()
    embedder = ImageEmbedder(**TINY, device="cpu", image_size=40).fit(X)
    features = embedder.transform(X)
    assert embedder.engine_ == "torch"
    assert "torch does" in caplog.text
    assert features.shape == expected.shape
    with pytest.raises(RuntimeError, match="no"):
        ImageEmbedder(**TINY, engine="openvino", image_size=40).fit(X).transform(X)


@pytest.mark.gpu
def test_cuda_agrees_with_cpu():
    expected = embed(engine="torch", device="cpu")
    assert_allclose(embed(device="cuda"), expected, rtol=1e-3, atol=1e-3)


@pytest.mark.gpu
@pytest.mark.parametrize("precision", ["bf16", "fp16", "auto"])
def test_cuda_low_precision_is_close(precision):
    expected = embed(engine="torch", device="cpu")
    assert_allclose(embed(device="cuda", precision=precision), expected, rtol=0.1, atol=0.05)


# This runs in a process of its own, since threads of the tests' process must not be forked.
FORK = """
import os, sys, torch
import numpy as np
from skmlic import TransferMultiLabelClassifier
from skmlic._utils._threads import count_threads
from skmlic.datasets import make_multilabel_shapes

engine = sys.argv[1]
torch.set_num_threads(2)
X, Y = make_multilabel_shapes(24, random_state=0)
large = torch.ones(1000, 1000)
(large @ large).relu().sum()
clf = TransferMultiLabelClassifier(
    "tiny_cnn", engine=engine, precision="fp32", memory=False, random_state=0, n_jobs=2
).fit(X, Y)
expected = clf.predict_proba(X)


def predict():
    np.testing.assert_allclose(clf.predict_proba(X), expected, rtol=1e-4, atol=1e-5)
    assert clf.embedder_.engine_ == engine
    assert count_threads(2) == torch.get_num_threads() == 1


def fit():
    fitted = TransferMultiLabelClassifier(**clf.get_params(deep=False)).fit(X[:, ::-1].copy(), Y)
    assert np.isfinite(fitted.predict_proba(X)).all()


def end():
    pass


for work in (predict, fit, end):
    child = os.fork()
    if not child:
        work()
        sys.exit()
    _, status = os.waitpid(child, 0)
    assert status == 0, (work, status)
    assert count_threads(2) == 2
    np.testing.assert_array_equal(clf.predict_proba(X), expected)
print("done")
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
@pytest.mark.parametrize("engine", ["openvino", "torch"])
def test_a_forked_process_does_not_wait_for_the_threads_of_the_other(engine):
    if engine == "openvino":
        pytest.importorskip("openvino")
    command = [sys.executable, "-W", "ignore", "-c", FORK, engine]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert result.stdout == "done\n", result.stderr
