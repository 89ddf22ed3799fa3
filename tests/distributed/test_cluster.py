"""Embedding and searches on a cluster of two processes."""

import os
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.model_selection import GridSearchCV

from skmlic import ImageEmbedder, TransferMultiLabelClassifier, cache_info
from skmlic.datasets import make_multilabel_shapes
from skmlic.distributed import FeatureBatches, embed_to_parquet
from skmlic.embedding import _engines
from skmlic.exceptions import ImageReadError, ImageReadWarning
from skmlic.kernel_ridge import KernelRidgeMultiLabelClassifierCV

pytestmark = pytest.mark.slow

_, Y = make_multilabel_shapes(24, n_labels=3, random_state=0)
TINY = {"backbone": "tiny_cnn", "engine": "torch", "precision": "fp32"}


def write(paths, out, client, **parameters):
    embedder = ImageEmbedder(**{**TINY, **parameters})
    return embed_to_parquet(
        paths, out, embedder=embedder, client=client, partition_size=2, retries=1, verbose=False
    )


def count_passes(client):
    return sum(client.run(lambda: cache_info().backbone_passes).values())


def test_features_are_those_of_one_process(client, paths, tmp_path):
    before = count_passes(client)
    files = write(paths, tmp_path / "features", client)
    assert count_passes(client) - before == len(paths) + 1
    assert len(files) == 12
    frame = pd.read_parquet(tmp_path / "features")
    assert frame["path"].tolist() == paths
    expected = ImageEmbedder(**TINY).fit_transform(paths)
    assert_allclose(np.stack(frame["features"]), expected, rtol=1e-5, atol=1e-6)
    # This process takes the parts of the workers as finished.
    os.remove(files[3])
    before = cache_info().backbone_passes
    write(paths, tmp_path / "features", None, memory=False)
    assert cache_info().backbone_passes - before == 3


def test_each_worker_makes_one_engine(client, paths, tmp_path):
    client.run(lambda: _engines._engines.clear())
    write(paths, tmp_path / "features", client, pooling="max")
    assert set(client.run(lambda: len(_engines._engines)).values()) == {1}


def test_relative_paths_are_those_of_this_process(client, paths, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write([Path(path).name for path in paths], "features", client)
    assert pd.read_parquet("features")["path"].tolist() == [Path(path).name for path in paths]


def test_a_part_that_failed_is_repeated(client, paths, tmp_path):
    hidden = tmp_path / "hidden.png"
    os.rename(paths[5], hidden)
    with pytest.raises(ImageReadError) as caught:
        write(paths, tmp_path / "features", client)
    assert caught.value.indices == [5]
    assert len(os.listdir(tmp_path / "features")) == 11
    with pytest.warns(ImageReadWarning, match=r"paths\[5\]"):
        write(paths, tmp_path / "features", client, on_error="nan")
    features = np.stack(pd.read_parquet(tmp_path / "features")["features"])
    assert_array_equal(np.flatnonzero(np.isnan(features[:, 0])), [5])


def test_errors_of_workers_are_raised_here(client, paths, tmp_path):
    with pytest.raises(ValueError, match="no_such_network"):
        write(paths, tmp_path / "features", client, backbone="no_such_network")


def search(**parameters):
    clf = TransferMultiLabelClassifier(
        **TINY, head="net", hidden_layer_sizes=(), max_epochs=3, random_state=0, **parameters
    )
    return GridSearchCV(clf, {"dropout": [0.0, 0.5], "lr": [0.01, 0.1]}, cv=3, scoring="f1_macro")


def test_a_search_on_two_workers_embeds_each_image_once(client, paths, tmp_path):
    memory = str(tmp_path / "store")
    before = count_passes(client) + cache_info().backbone_passes
    with joblib.parallel_config("dask"):
        found = search(memory=memory).fit(paths, Y)
    assert count_passes(client) + cache_info().backbone_passes - before == len(paths)
    with joblib.parallel_config("dask", n_jobs=1):
        on_one = search(memory=memory).fit(paths, Y)
    assert count_passes(client) + cache_info().backbone_passes - before == len(paths)
    expected = search(memory=memory).fit(paths, Y)
    for result in (found, on_one):
        assert_array_equal(
            result.cv_results_["mean_test_score"], expected.cv_results_["mean_test_score"]
        )
        assert_array_equal(result.predict_proba(paths), expected.predict_proba(paths))


def test_a_linear_head_on_two_workers_is_that_of_one_process(client, paths, tmp_path):
    write(paths, tmp_path / "features", client)
    batches = FeatureBatches(tmp_path / "features", Y)
    clf = KernelRidgeMultiLabelClassifierCV(kernels=("linear",), random_state=0)
    expected = clf.fit_batches(batches).predict_proba(batches[0][0])
    with joblib.parallel_config("dask"):
        found = clf.fit_batches(batches).predict_proba(batches[0][0])
    assert_allclose(found, expected, rtol=1e-6)
