"""Tests of skmlic.distributed._batches."""

import pickle

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array

from skmlic import TransferMultiLabelClassifier
from skmlic.distributed import FeatureBatches, _parquet
from skmlic.distributed._parquet import FeatureFolder, name_part
from skmlic.kernel_ridge import KernelRidgeMultiLabelClassifierCV
from skmlic.metrics import average_precision_score

N_SAMPLES, N_FEATURES = 500, 20
RNG = np.random.default_rng(0)
Y = RNG.integers(0, 2, (N_SAMPLES, 3))
X = (Y @ RNG.normal(size=(3, N_FEATURES)) + RNG.normal(size=(N_SAMPLES, N_FEATURES))).astype("f4")


@pytest.fixture
def source(tmp_path, monkeypatch):
    """Five files of 100 rows, in row groups of 40, 40 and 20."""
    monkeypatch.setattr(_parquet, "_N_ROWS_PER_GROUP", 40)
    folder = FeatureFolder.at(tmp_path / "features")
    folder.create()
    for number in range(5):
        rows = slice(100 * number, 100 * number + 100)
        folder.write(name_part(number), [f"{i}.jpg" for i in range(100)], X[rows], {})
    return tmp_path / "features"


def join(batches):
    features, targets = zip(*batches, strict=True)
    return np.concatenate(features), np.concatenate(targets)


def test_batches_are_all_rows_in_order(source):
    batches = FeatureBatches(source, Y)
    assert (len(batches), batches.n_samples) == (15, N_SAMPLES)
    features, targets = join(batches)
    assert features.dtype == np.float32
    assert_array_equal(features, X)
    assert_array_equal(targets, Y)
    assert_array_equal(batches[-1][0], X[-20:])
    assert_array_equal(batches[2][1], Y[80:100])
    with pytest.raises(IndexError):
        batches[15]


@pytest.mark.parametrize("bounds", [slice(4, 9), slice(None, 3), slice(-2, None), slice(3, 3)])
def test_slices_have_their_own_targets_only(source, bounds):
    batches = FeatureBatches(source, Y)
    part = pickle.loads(pickle.dumps(batches[bounds]))
    assert len(part) == len(range(15)[bounds])
    for (features, targets), number in zip(part, range(15)[bounds], strict=True):
        assert_array_equal(features, batches[number][0])
        assert_array_equal(targets, batches[number][1])
    assert len(part._Y) == part.n_samples == sum(len(targets) for _, targets in part)
    assert len(part[1:]) == max(len(part) - 1, 0)


def test_targets_of_all_kinds(source):
    index = RNG.permutation(N_SAMPLES)
    frame = FeatureBatches(source, pd.DataFrame(Y, columns=["a", "b", "c"], index=index))
    assert frame[3][1].columns.tolist() == ["a", "b", "c"]
    assert_array_equal(pd.concat([targets for _, targets in frame[2:7]]), Y[80:240])
    sparse = FeatureBatches(source, csr_array(Y))
    assert_array_equal(sparse[4:][1][1].toarray(), Y[180:200])
    assert_array_equal(join(FeatureBatches(source, Y.tolist()))[1], Y)


def test_unreadable_images_are_left_out(source):
    folder = FeatureFolder.at(source)
    changed = X[:100].copy()
    changed[[3, 50]] = np.nan
    folder.write(name_part(0), ["a.jpg"] * 100, changed, {})
    for targets in (Y, pd.DataFrame(Y), Y.tolist(), csr_array(Y)):
        batches = FeatureBatches(source, targets)
        assert batches.n_samples == N_SAMPLES
        features, found = batches[0]
        assert_array_equal(features, np.delete(X[:40], 3, axis=0))
        found = found.toarray() if isinstance(found, csr_array) else np.asarray(found)
        assert_array_equal(found, np.delete(Y[:40], 3, axis=0))
        assert_array_equal(batches[2][0], X[80:100])


def test_errors(source, tmp_path):
    with pytest.raises(ValueError, match=r"Y has 499 rows and .* has 500"):
        FeatureBatches(source, Y[:-1])
    with pytest.raises(FileNotFoundError, match=r"has no files part-\*.parquet"):
        FeatureBatches(tmp_path, Y)
    with pytest.raises(ValueError, match="A step of 2"):
        FeatureBatches(source, Y)[::2]


def test_damaged_files_have_no_features(source):
    path = source / name_part(1)
    content = path.read_bytes()
    rng = np.random.default_rng(0)
    for position in rng.choice(len(content), 30, replace=False):
        damaged = bytearray(content)
        damaged[position] ^= 1 << rng.integers(8)
        path.write_bytes(damaged)
        try:
            found = join(FeatureBatches(source, Y))[0]
        except ValueError:
            continue
        assert_array_equal(found, X)
    path.write_bytes(content[:-100])
    with pytest.raises(ValueError, match=f"{path.name} is damaged, .* Delete the file"):
        FeatureBatches(source, Y)


def test_a_linear_head_is_that_of_the_features_in_memory(source):
    clf = KernelRidgeMultiLabelClassifierCV(kernels=("linear",), random_state=0)
    found = clf.fit_batches(FeatureBatches(source, Y)).predict_proba(X)
    assert_allclose(found, clf.fit(X, Y).predict_proba(X), rtol=1e-6)


def test_a_trained_head_reaches_the_quality_of_a_fit_in_memory(source, make_classifier):
    settings = {"head": "net", "hidden_layer_sizes": (), "lr": 0.02, "random_state": 0}
    clf = make_classifier(**settings)
    batches = FeatureBatches(source, Y)
    order = np.random.default_rng(0)
    for _ in range(10):
        for number in order.permutation(len(batches)):
            clf.partial_fit(*batches[number])
    expected = make_classifier(**settings, max_epochs=10).fit(X, Y)
    assert isinstance(clf, TransferMultiLabelClassifier)
    scores = [average_precision_score(Y, one.predict_proba(X)) for one in (clf, expected)]
    assert scores[0] > scores[1] - 0.005


def test_the_features_are_stored_as_lists_of_fixed_length(source):
    schema = pq.read_schema(source / name_part(0))
    assert str(schema.field("features").type) == f"fixed_size_list<element: float>[{N_FEATURES}]"
