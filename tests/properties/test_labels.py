"""Weights of labels, samplers, calibration, duplicates, predictions in blocks, and digests."""

import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image
from property_strategies import label_matrices, score_matrices
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics.pairwise import cosine_similarity

from skmlic import predict_stream
from skmlic.calibration import CalibratedMultiLabelClassifierCV
from skmlic.class_weight import compute_label_weight
from skmlic.duplicates import find_duplicates, group_duplicates
from skmlic.images import ContentDigest
from skmlic.sampling import (
    MultiLabelRandomOverSampler,
    MultiLabelRandomUnderSampler,
    drop_rare_labels,
    undersample_unlabelled,
)

RATIOS = st.sampled_from([0.1, 0.25, 0.5])
SEEDS = st.integers(0, 1000)


class FirstPixel(ClassifierMixin, BaseEstimator):
    """A fitted classifier whose scores are its features, or the first pixels of images."""

    classes_ = np.array([[0, 1]] * 3)
    label_names_ = np.array(["0", "1", "2"], dtype=object)

    def __sklearn_is_fitted__(self):
        return True

    def fit(self, X, y):
        return self

    def predict_proba(self, X):
        X = np.asarray(X)
        return X if X.ndim == 2 else X[:, 0, 0].astype(float) / 255

    def predict(self, X):
        return (self.predict_proba(X) >= 0.5).astype(int)


@pytest.mark.parametrize("class_weight", ["balanced", "inv", "inv_sqrt", "effective"])
@given(label_matrices(min_labels=2, missing=True), st.randoms())
def test_rarer_labels_have_larger_weights(class_weight, Y, rng):
    counts = np.nansum(Y, axis=0)
    weight = compute_label_weight(Y, class_weight)
    assert weight.mean() == pytest.approx(1)
    present = counts > 0
    by_count = weight[present][np.argsort(counts[present])]
    assert (np.diff(by_count) <= 1e-12).all()
    if present.any():
        assert_allclose(weight[~present], weight[present].mean())
    columns = rng.sample(range(len(weight)), len(weight))
    assert_allclose(compute_label_weight(Y[:, columns], class_weight), weight[columns])
    # The weight is the value of a function of the count, whatever the other labels are.
    if class_weight == "inv_sqrt":
        products = weight[present] * np.sqrt(counts[present])
        assert_allclose(products, products[:1].repeat(len(products)))


@given(label_matrices(4, 20, 2, 4), RATIOS, SEEDS)
def test_oversampling_adds_samples_of_minority_labels(Y, ratio, seed):
    assume(Y.any())
    sampler = MultiLabelRandomOverSampler(ratio, random_state=seed)
    rows, resampled = sampler.fit_resample(np.arange(len(Y)), Y)
    assert_array_equal(rows[: len(Y)], np.arange(len(Y)))
    assert_array_equal(resampled, Y[rows])
    clones = rows[len(Y) :]
    assert len(clones) <= round(ratio * len(Y))
    # IRLbl and MeanIR of Charte et al., 2015, equations 1 and 2.
    counts = Y.sum(axis=0)
    ir = counts.max() / counts[counts > 0]
    minority = np.flatnonzero(counts > 0)[ir > ir.mean()]
    assert Y[clones][:, minority].any(axis=1).all()


@given(label_matrices(4, 20, 2, 4), RATIOS, SEEDS)
def test_undersampling_keeps_samples_of_minority_labels(Y, ratio, seed):
    assume(Y.any())
    sampler = MultiLabelRandomUnderSampler(ratio, random_state=seed)
    rows, resampled = sampler.fit_resample(np.arange(len(Y)), Y)
    assert_array_equal(resampled, Y[rows])
    assert len(set(rows)) == len(rows) >= len(Y) - round(ratio * len(Y))
    counts = Y.sum(axis=0)
    ir = counts.max() / counts[counts > 0]
    minority = np.flatnonzero(counts > 0)[ir > ir.mean()]
    assert set(np.flatnonzero(Y[:, minority].any(axis=1))) <= set(rows)


@given(label_matrices(min_labels=2), st.integers(1, 4))
def test_rare_labels_are_dropped(Y, min_count):
    kept = Y.sum(axis=0) >= min_count
    assume(kept.any())
    frame = pd.DataFrame(Y)
    assert list(drop_rare_labels(frame, min_count).columns) == list(frame.columns[kept])


@given(label_matrices(), st.integers(0, 5), SEEDS)
def test_labelled_samples_are_kept(Y, n_kept, seed):
    labelled = Y.any(axis=1)
    rows, _ = undersample_unlabelled(np.arange(len(Y)), Y, n_kept, random_state=seed)
    assert set(np.flatnonzero(labelled)) <= set(rows)
    assert (~labelled[rows]).sum() == min(n_kept, (~labelled).sum())


@pytest.mark.parametrize("method", ["sigmoid", "isotonic", "temperature"])
@given(label_matrices(8, 14, 2, 3), st.data())
def test_calibration_keeps_the_order_of_samples(method, Y, data):
    pytest.importorskip("sklearn", "1.8" if method == "temperature" else "1.6")
    scores = data.draw(score_matrices(Y.shape))
    for part in (Y, scores):
        assume(all(len(np.unique(column)) > 1 for column in part.T))
    clf = CalibratedMultiLabelClassifierCV(FirstPixel(), method=method, cv=2)
    probabilities = clf.fit(scores, Y).predict_proba(scores)
    assert ((probabilities >= 0) & (probabilities <= 1)).all()
    for before, after in zip(scores.T, probabilities.T, strict=True):
        change = np.diff(after[np.argsort(before, kind="stable")])
        # Where higher scores have fewer positives, the best sigmoid decreases.
        assert (change >= -1e-12).all() or (method == "sigmoid" and (change <= 1e-12).all())


@given(
    arrays(
        np.float64, array_shapes(min_dims=2, max_dims=2, max_side=8), elements=st.integers(-2, 2)
    ),
    st.sampled_from([0.5, 0.8, 1.0]),
)
def test_duplicates_are_all_similar_pairs(features, threshold):
    similarity = cosine_similarity(features)
    first, second = np.nonzero(np.triu(similarity >= threshold - 1e-12, 1))
    pairs = find_duplicates(features, threshold=threshold)
    assert set(zip(pairs["first"], pairs["second"], strict=True)) == set(
        zip(first, second, strict=True)
    )
    between = find_duplicates(features, features, threshold=threshold)
    found = set(zip(between["sample"], between["other"], strict=True))
    assert found == {(other, one) for one, other in found}
    groups = group_duplicates(pairs, len(features))
    assert (groups[first] == groups[second]).all()
    assert_array_equal(np.unique(groups), np.arange(groups.max() + 1))


@given(st.integers(0, 9), st.integers(1, 10))
def test_blocks_of_predictions_are_all_predictions(n_images, block_size):
    images = np.random.RandomState(0).randint(256, size=(n_images, 2, 2, 3)).astype(np.uint8)
    model = FirstPixel()
    blocks = list(predict_stream(model, iter(images), block_size=block_size))
    assert [len(block.images) for block in blocks[:-1]] == [block_size] * (len(blocks) - 1)
    if n_images:
        found = np.concatenate([block.probabilities for block in blocks])
        assert_array_equal(found, model.predict_proba(images))
        labels = np.concatenate([block.labels for block in blocks])
        assert_array_equal(labels, model.predict(images))
    else:
        assert not blocks


@given(st.lists(st.binary(max_size=4), min_size=1, max_size=6), st.data())
def test_digests_are_equal_if_contents_are(contents, data):
    digest = ContentDigest()
    digests = [digest(content) for content in contents]
    assert len(set(digests)) == len(set(contents))
    assert digests == [digest(bytearray(content)) for content in contents]
    shape = data.draw(array_shapes(max_dims=3, max_side=3))
    images = [
        data.draw(arrays(dtype, shape, elements=st.integers(0, 1)))
        for dtype in (np.uint8, np.uint8, np.int8, np.uint16)
    ]
    different = {(image.dtype.str, image.shape, image.tobytes()) for image in images}
    assert len({digest(image) for image in images}) == len(different)
    # The layout in memory is no content.
    assert [digest(np.asfortranarray(image)) for image in images] == list(map(digest, images))


@given(arrays(np.uint8, (2, 3, 3), elements=st.integers(0, 255)))
def test_digests_of_files_are_those_of_their_content(tmp_path_factory, pixels):
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    path = tmp_path_factory.mktemp("digests") / "image.png"
    path.write_bytes(stream.getvalue())
    assert ContentDigest()(str(path)) == ContentDigest()(stream.getvalue())
    assert ContentDigest()(Image.fromarray(pixels)) != ContentDigest()(Image.fromarray(~pixels))
