"""Results that do not depend on threads, processes, stores, batches and the order of images.

``python tests/test_reproducibility.py 3`` prints the largest difference that each change makes to
each result, with three seeds; docs/guide/reproducibility.rst has them.
"""

import functools
import itertools
import sys
import tempfile
from unittest import mock

import joblib
import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.model_selection import GridSearchCV

import skmlic
from skmlic import ImageEmbedder, TransferMultiLabelClassifier
from skmlic.datasets import make_multilabel_shapes
from skmlic.metrics import get_scorer
from skmlic.model_selection import (
    MultiLabelStratifiedKFold,
    TunedThresholdMultiLabelClassifierCV,
    multilabel_train_test_split,
)

X, Y = make_multilabel_shapes(48, n_labels=3, random_state=0)
BACKBONE = {"backbone": "tiny_cnn", "precision": "fp32"}


def make_folds(seed):
    return MultiLabelStratifiedKFold(3, shuffle=True, random_state=seed)


def make(seed, **options):
    return TransferMultiLabelClassifier(**BACKBONE, random_state=seed, **options)


def embed(seed, n_processes, **options):
    return ImageEmbedder(**BACKBONE, **options).fit_transform(X)


def fit_kernel(seed, n_processes, **options):
    return make(seed, head="kernel", **options).fit(X, Y).predict_proba(X)


def fit_net(seed, n_processes, **options):
    return make(seed, head="net", max_epochs=5, **options).fit(X, Y).predict_proba(X)


def fine_tune(seed, n_processes, **options):
    options = {"max_epochs": 2, "batch_size": 16, "augment": "flip", **options}
    return make(seed, freeze=False, **options).fit(X, Y).predict_proba(X)


def tune_thresholds(seed, n_processes, **options):
    clf = make(seed, head="net", max_epochs=5, **options)
    tuned = TunedThresholdMultiLabelClassifierCV(clf, cv=make_folds(seed), n_jobs=n_processes)
    return tuned.fit(X, Y).thresholds_


def split(seed, n_processes, **options):
    _, held_out = multilabel_train_test_split(np.arange(len(Y)), Y, random_state=seed)[:2]
    return np.concatenate([held_out, *(test for _, test in make_folds(seed).split(X, Y))])


def search(seed, n_processes, **options):
    found = GridSearchCV(
        make(seed, head="net", max_epochs=3, **options),
        {"dropout": [0.0, 0.5]},
        scoring=get_scorer("map"),
        cv=make_folds(seed),
        n_jobs=n_processes,
    ).fit(X, Y)
    scores = [found.cv_results_[f"split{fold}_test_score"] for fold in range(3)]
    return np.concatenate([np.ravel(scores), found.predict_proba(X).ravel()])


RESULTS = {
    "features": embed,
    "kernel head": fit_kernel,
    "trained head": fit_net,
    "fine-tuning": fine_tune,
    "thresholds": tune_thresholds,
    "splits": split,
    "search": search,
}
FIXED = ("features", "splits")
ONE_FIT = ("features", "kernel head", "trained head", "fine-tuning")
# `n_threads`, `n_processes` and `n_times` are arguments of `compute`, the others of estimators.
# With each change, the results that the tests compute; the command computes all of them.
CHANGES = {
    "again": ({}, RESULTS),
    "threads of torch": ({"n_threads": 2}, ONE_FIT),
    "n_jobs": ({"n_jobs": 2}, ONE_FIT),
    "no store": ({"memory": False}, ONE_FIT),
    "new directory": ({"memory": "directory"}, ["search"]),
    "filled directory": ({"memory": "directory", "n_times": 2}, ONE_FIT),
    "processes": ({"n_processes": 2}, ["search"]),
    "OpenVINO": ({"engine": "openvino"}, ONE_FIT),
}
# The largest difference relative to the largest value; all others are 0.
LARGEST_DIFFERENCE = {
    # The number of threads may divide the long sums of matrix products differently.
    **{("threads of torch", result): 1e-5 for result in RESULTS if result not in FIXED},
    **{("OpenVINO", result): 1e-4 for result in RESULTS if result != "splits"},
}


def compute(result, seed=0, *, n_threads=1, n_processes=None, n_times=1, memory=None, **options):
    """Return a result; the store of this process is empty when its computation begins."""
    threads_before = torch.get_num_threads()
    torch.set_num_threads(n_threads)
    try:
        # Estimators use no more threads than there are cores.
        with (
            mock.patch.object(joblib, "cpu_count", return_value=n_threads),
            tempfile.TemporaryDirectory() as folder,
        ):
            options = {"engine": "torch", "memory": memory and folder, **options}
            for _ in range(n_times):
                skmlic.clear_cache()
                array = RESULTS[result](seed, n_processes, **options)
    finally:
        torch.set_num_threads(threads_before)
    return array


compute_once = functools.cache(compute)


def measure(change, result, seed=0):
    """Return the largest difference that a change makes, relative to the largest value."""
    expected = compute_once(result, seed)
    changed = compute(result, seed, **CHANGES[change][0])
    return np.abs(changed - expected).max() / np.abs(expected).max()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "result"),
    [(change, result) for change, (_, results) in CHANGES.items() for result in results],
)
def test_changes_that_do_not_matter(change, result):
    assert measure(change, result) <= LARGEST_DIFFERENCE.get((change, result), 0)


@pytest.mark.slow
@pytest.mark.parametrize("result", ["trained head", "fine-tuning", "splits"])
def test_another_seed_gives_another_result(result):
    assert not np.array_equal(compute_once(result, 0), compute_once(result, 1))


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["torch", "openvino"])
def test_order_and_batches_of_images(engine):
    options = {**BACKBONE, "engine": engine, "memory": False}
    features = ImageEmbedder(**options).fit_transform(X)
    assert_array_equal(ImageEmbedder(**options).fit_transform(X[::-1])[::-1], features)
    # torch's convolutions choose an algorithm by the size of the batch.
    rtol = 1e-5 if engine == "torch" else 0
    for n_images in (1, 7):
        batches = [X[start : start + n_images] for start in range(0, len(X), n_images)]
        parts = [ImageEmbedder(**options).fit_transform(batch) for batch in batches]
        assert_allclose(np.vstack(parts), features, rtol=rtol, atol=rtol * np.abs(features).max())


@pytest.mark.slow
@pytest.mark.parametrize("options", [{"head": "kernel"}, {"head": "net", "optimizer": "lbfgs"}])
def test_heads_that_do_not_depend_on_the_order_of_images(options):
    order = np.random.RandomState(0).permutation(len(X))
    options = {"hidden_layer_sizes": (), **options} if options["head"] == "net" else options
    fitted = make(0, **options).fit(X, Y).predict_proba(X)
    assert_allclose(make(0, **options).fit(X[order], Y[order]).predict_proba(X), fitted, atol=1e-4)


if __name__ == "__main__":
    for change, result in itertools.product(CHANGES, RESULTS):
        differences = [measure(change, result, seed) for seed in range(int(sys.argv[1]))]
        print(change, result, f"{max(differences):.1e}", sep="\t", flush=True)  # noqa: T201
