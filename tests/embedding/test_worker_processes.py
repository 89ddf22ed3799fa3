"""Tests of skmlic.embedding._worker_processes."""

import os
import pickle
import subprocess
import sys

import joblib
import numpy as np
import pytest
from joblib.externals.loky.backend import reduction
from numpy.testing import assert_array_equal
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmlic import ImageEmbedder, TransferMultiLabelClassifier, config_context, get_config
from skmlic.embedding import _feature_store
from skmlic.embedding._feature_store import ProcessStore, process_store

IMAGES = np.random.RandomState(0).randint(0, 256, (4, 8, 8, 3), dtype=np.uint8)


def send(estimator):
    """Return the path that a worker uses after it got the estimator, and the estimator."""
    pickled = bytes(reduction.dumps(estimator))
    worker, process_store = ProcessStore(), _feature_store.process_store
    module = sys.modules["skmlic.embedding._worker_processes"]
    module.process_store = worker
    try:
        received = pickle.loads(pickled)
    finally:
        module.process_store = process_store
    return None if worker.disk is None else str(worker.disk.path.parent), received


class Subclass(ImageEmbedder):
    pass


@pytest.mark.parametrize(
    "estimator",
    [
        ImageEmbedder("tiny_cnn", batch_size=7),
        TransferMultiLabelClassifier("tiny_cnn"),
        make_pipeline(ImageEmbedder("tiny_cnn"), StandardScaler()),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_a_worker_gets_the_directory_and_the_same_estimator(estimator):
    path, received = send(estimator)
    assert path == process_store.share()
    assert repr(received) == repr(estimator)
    assert type(received) is type(estimator)


@pytest.mark.parametrize("memory", [None, False])
def test_a_worker_gets_the_settings(memory, monkeypatch):
    with config_context(feature_cache_bytes=7, image_formats=["PNG"]):
        pickled = bytes(reduction.dumps(ImageEmbedder("tiny_cnn", memory=memory)))
    before = get_config()
    with config_context():
        pickle.loads(pickled)
        assert get_config() == before
        worker = sys.modules["skmlic.embedding._worker_processes"]
        monkeypatch.setattr(worker, "parent_process", object)
        pickle.loads(pickled)
        config = get_config()
    assert (config["feature_cache_bytes"], config["image_formats"]) == (7, ("PNG",))


def test_subclasses_are_covered():
    assert Subclass in reduction._dispatch_table


def test_a_fitted_embedder_works_in_a_worker():
    embedder = ImageEmbedder("tiny_cnn", engine="torch").fit(IMAGES)
    expected = embedder.transform(IMAGES)
    path, received = send(embedder)
    assert path is not None
    assert_array_equal(received.transform(IMAGES), expected)


@pytest.mark.parametrize(
    "parameters",
    [{"memory": False}, {"memory": "features"}, {"backbone": "precomputed"}],
    ids=str,
)
def test_no_directory_is_made_without_need(parameters):
    path, _ = send(ImageEmbedder(**{"backbone": "tiny_cnn", **parameters}))
    assert path is None
    assert process_store.disk is None


def test_other_pickles_copies_and_hashes_are_as_before(tmp_path):
    embedder = ImageEmbedder("tiny_cnn")
    before = joblib.hash(embedder), pickle.dumps(embedder)
    path, _ = send(embedder)
    assert (joblib.hash(embedder), pickle.dumps(embedder)) == before
    joblib.dump(embedder, tmp_path / "embedder.joblib")
    assert path.encode() not in (tmp_path / "embedder.joblib").read_bytes()


SEARCHES = """
import os, sys
from functools import partial
from pathlib import Path
from sklearn.model_selection import GridSearchCV
from skmlic import ImageEmbedder, TransferMultiLabelClassifier, cache_info, clear_cache
from skmlic.datasets import make_multilabel_shapes
from skmlic.embedding._feature_store import process_store

passes = Path(sys.argv[1])


def score(classifier, X, Y):
    value = classifier.score(X, Y)
    (passes / str(os.getpid())).write_text(str(cache_info().backbone_passes))
    return value


def search(seed, memory, is_warm):
    clear_cache()
    X, Y = make_multilabel_shapes(60, n_labels=2, random_state=seed)
    options = {"engine": "torch", "precision": "fp32", "memory": memory}
    if is_warm:
        ImageEmbedder("tiny_cnn", **options).fit_transform(X)
    before = sum(int(path.read_text()) for path in passes.iterdir())
    classifier = TransferMultiLabelClassifier("tiny_cnn", head="kernel", random_state=0, **options)
    grid = {"class_weight": [None, "balanced"]}
    GridSearchCV(classifier, grid, cv=3, n_jobs=2, scoring=score).fit(X, Y)
    after = sum(int(path.read_text()) for path in passes.iterdir())
    print(cache_info().backbone_passes, after - before, process_store.disk is not None)


search(0, None, False)
search(0, sys.argv[2], False)
search(1, None, True)
search(1, sys.argv[2], True)
print(process_store.share())
"""


@pytest.mark.slow
def test_a_search_embeds_each_image_once(tmp_path):
    (tmp_path / "passes").mkdir()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SEARCHES, tmp_path / "passes", tmp_path / "store"],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    # Passes in the parent and in the workers, and whether there is a temporary directory
    *searches, directory = done.stdout.splitlines()
    assert searches == ["0 60 True", "0 60 False", "60 0 True", "60 0 False"]
    assert not os.path.exists(directory)


GROWTH = """
import builtins, os, time
import joblib
import numpy as np
from skmlic import ImageEmbedder


def grow(estimator):
    builtins.kept = [*getattr(builtins, "kept", []), np.ones(50_000_000)]
    time.sleep(1.1)
    return os.getpid()


tasks = (joblib.delayed(grow)(ImageEmbedder("tiny_cnn")) for _ in range(6))
print(len(set(joblib.Parallel(n_jobs=2)(tasks))))
"""


@pytest.mark.slow
def test_a_worker_that_grows_is_not_replaced():
    pytest.importorskip("psutil")  # Without it loky does not look at the memory.
    done = subprocess.run(
        [sys.executable, "-W", "error:A worker stopped", "-c", GROWTH],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stdout) == (0, "2\n"), done.stderr
