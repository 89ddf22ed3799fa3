"""The multi-label classifier of images."""

import copy
import pickle
from functools import partial

import joblib
import numpy as np
import pandas as pd
import pytest
import torch
from joblib import Parallel, delayed
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image
from scipy import sparse
from scipy.special import expit

import skmlic
from skmlic import ImageEmbedder, cache_info
from skmlic.class_weight import compute_label_weight
from skmlic.datasets import make_multilabel_shapes
from skmlic.exceptions import ImageReadError, ImageReadWarning

X, Y = make_multilabel_shapes(40, n_labels=3, random_state=0)
NAMES = ["disc", "square", "triangle"]
FRAME = pd.DataFrame(Y, columns=NAMES)
FEATURES = np.random.RandomState(0).normal(size=(80, 5))
TARGETS = (FEATURES[:, :3] + 0.3 * FEATURES[:, 2:5] > 0).astype(int)


@pytest.fixture(scope="session")
def make(make_classifier):
    """Make a classifier of images."""

    def make_it(**parameters):
        defaults = {"backbone": "tiny_cnn", "precision": "fp32", "max_epochs": 3, "random_state": 0}
        return make_classifier(**{**defaults, **parameters})

    return make_it


@pytest.fixture(scope="session")
def make_on_features(make):
    """Make a classifier of features."""

    def make_it(**parameters):
        return make(backbone="precomputed", **parameters)

    return make_it


def test_learns_separable_labels(make_on_features):
    clf = make_on_features(max_epochs=60).fit(FEATURES, TARGETS)
    assert clf.score(FEATURES, TARGETS) > 0.9


@pytest.mark.slow
def test_learns_shapes_from_pixels(make):
    X, Y = make_multilabel_shapes(400, n_labels=2, random_state=1)
    clf = make(max_epochs=80, lr=3e-3, dropout=0.0).fit(X[:300], Y[:300])
    assert ((clf.predict(X[300:]) == Y[300:]).mean(axis=0) > 0.85).all()


@pytest.mark.parametrize("n_labels", [1, 2, 3, 20])
def test_outputs(make, n_labels):
    X, Y = make_multilabel_shapes(30, n_labels=n_labels, random_state=0)
    clf = make().fit(X, Y)
    probabilities, decisions = clf.predict_proba(X), clf.decision_function(X)
    assert probabilities.shape == decisions.shape == (30, n_labels)
    assert ((probabilities > 0) & (probabilities < 1)).all()
    assert_allclose(probabilities, expit(decisions), rtol=1e-5)
    predicted = clf.predict(X)
    assert predicted.dtype == np.int64
    assert_array_equal(predicted, probabilities >= 0.5)
    assert_array_equal(predicted, decisions >= 0)


def test_fitted_attributes(make):
    clf = make(class_weight="inv").fit(X, FRAME)
    assert clf.classes_.tolist() == [[0, 1]] * 3
    assert clf.label_names_.tolist() == NAMES
    assert clf.n_labels_ == 3
    assert clf.n_iter_ == len(clf.history_) == 3
    assert clf.history_["train_loss"].iloc[-1] > 0
    assert_allclose(clf.label_weight_, compute_label_weight(Y, "inv"))
    assert isinstance(clf.embedder_, ImageEmbedder)
    assert clf.weights_name_ == "random"
    assert not hasattr(clf, "n_features_in_")


@pytest.mark.parametrize(
    "form",
    [
        sparse.csr_matrix,
        pd.DataFrame,
        np.ndarray.tolist,
        lambda Y: Y.astype(bool),
        lambda Y: Y.astype(float),
    ],
    ids=["sparse", "frame", "list", "bool", "float"],
)
def test_forms_of_y_agree(make_on_features, form):
    expected = make_on_features().fit(FEATURES, TARGETS).predict_proba(FEATURES)
    assert_array_equal(
        make_on_features().fit(FEATURES, form(TARGETS)).predict_proba(FEATURES), expected
    )


def test_same_seed_same_bits_other_seed_other_bits(make):
    first, second, other = (
        make(random_state=seed, memory=False).fit(X, Y).predict_proba(X) for seed in (7, 7, 8)
    )
    assert_array_equal(first, second)
    assert not np.array_equal(first, other)


def test_order_of_samples_and_batches_do_not_matter_to_prediction(frozen_classifier):
    clf, X, _ = frozen_classifier
    expected = clf.predict_proba(X)
    order = np.random.RandomState(0).permutation(len(X))
    assert_allclose(clf.predict_proba(X[order]), expected[order], rtol=1e-5)
    assert_allclose(np.vstack([clf.predict_proba(x[np.newaxis]) for x in X]), expected, rtol=1e-5)


def test_x_y_and_parameters_are_left_alone(make):
    images, frame = X.copy(), FRAME.copy()
    clf = make(class_weight={"disc": 2.0}, hidden_layer_sizes=[8], net_params={"callbacks": []})
    before = copy.deepcopy(clf.get_params())
    clf.fit(images, frame).predict(images)
    assert_array_equal(images, X)
    pd.testing.assert_frame_equal(frame, FRAME)
    assert clf.get_params() == before


@pytest.mark.parametrize("random_state", [0, None])
def test_torch_state_and_threads_are_left_alone(make, random_state):
    torch_state, threads = torch.get_rng_state(), torch.get_num_threads()
    make(random_state=random_state, memory=False).fit(X, Y).predict(X)
    assert torch.equal(torch.get_rng_state(), torch_state)
    assert torch.get_num_threads() == threads


def test_numpy_state_is_left_alone_with_a_seed(make):
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    make(memory=False).fit(X, Y).predict(X)
    assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_numpys_seed_determines_random_state_none(make):
    results = []
    for _ in range(2):
        np.random.seed(3)  # noqa: NPY002
        results.append(make(random_state=None).fit(X, Y).predict_proba(X))
    assert_array_equal(*results)


def test_precomputed_equals_images(make, make_on_features):
    features = ImageEmbedder("tiny_cnn", precision="fp32").fit_transform(X)
    expected = make().fit(X, Y).predict_proba(X)
    assert_array_equal(make_on_features().fit(features, Y).predict_proba(features), expected)


def test_class_weights_of_equal_value_agree(make):
    def fit(class_weight):
        return make(class_weight=class_weight).fit(X, FRAME).predict_proba(X)

    assert_array_equal(fit({"disc": 2.0, "square": 1, "triangle": 1}), fit([2, 1, 1]))
    assert_array_equal(fit({0: 4, 1: 2, 2: 2}), fit([2, 1, 1]))
    assert_array_equal(fit(None), fit([5, 5, 5]))
    scaled = partial(compute_label_weight, class_weight="inv_sqrt", scale={"disc": 0.5})
    assert_array_equal(fit(scaled), fit(scaled(FRAME)))


def test_a_label_of_weight_0_is_not_learned(make_on_features):
    clf = make_on_features(class_weight=[1, 0, 1], max_epochs=40, dropout=0).fit(FEATURES, TARGETS)
    accuracy = (clf.predict(FEATURES) == TARGETS).mean(axis=0)
    assert accuracy[1] < accuracy[[0, 2]].min()


def test_weight_multiplies_its_labels_loss(make):
    features = np.ones((40, 1))
    targets = np.zeros((40, 2), dtype=int)
    targets[:20, 0] = targets[:10, 1] = 1
    loss = make(backbone="precomputed", max_epochs=1, lr=0.0, batch_size=40, dropout=0)
    plain, first, second = (
        loss.set_params(class_weight=w).fit(features, targets).history_["train_loss"].iloc[-1]
        for w in (None, [1, 0], [0, 1])
    )
    assert_allclose(plain, (first + second) / 2, rtol=1e-5)


def test_sample_weight_0_leaves_samples_out(make_on_features):
    weight = np.r_[np.zeros(20), np.ones(60)]
    expected = make_on_features().fit(FEATURES[20:], TARGETS[20:]).predict_proba(FEATURES)
    weighted = make_on_features().fit(FEATURES, TARGETS, sample_weight=weight)
    assert_array_equal(weighted.predict_proba(FEATURES), expected)


def test_sample_weight_2_is_the_sample_twice_in_the_loss(make_on_features):
    weight = np.r_[np.full(10, 2.0), np.ones(70)]
    settings = {"max_epochs": 1, "lr": 0.0, "batch_size": 200, "dropout": 0, "mix": None}
    weighted = make_on_features(**settings).fit(FEATURES, TARGETS, sample_weight=weight)
    features, targets = (np.concatenate([a[:10], a]) for a in (FEATURES, TARGETS))
    repeated = make_on_features(**settings).fit(features, targets)
    assert_allclose(
        weighted.history_["train_loss"].iloc[-1],
        repeated.history_["train_loss"].iloc[-1],
        rtol=1e-5,
    )


def test_label_names(make):
    clf = make().fit(X, FRAME)
    named = clf.predict_label_names(X)
    expected = [tuple(np.array(NAMES, dtype=object)[row == 1]) for row in clf.predict(X)]
    assert named == expected
    assert all(isinstance(names, tuple) for names in named)
    assert all(name in "012" for names in make().fit(X, Y).predict_label_names(X) for name in names)


def test_a_label_without_positives_or_without_negatives(make):
    extreme = np.column_stack([Y, np.zeros(40, dtype=int), np.ones(40, dtype=int)])
    with pytest.warns(UserWarning, match="known to be negative for the labels '4'"):
        clf = make(class_weight="inv_sqrt", max_epochs=80).fit(X, extreme)
    probabilities = clf.predict_proba(X)
    assert (probabilities[:, 3] < 0.5).all()
    assert (probabilities[:, 4] > 0.5).all()


def test_labels_without_a_known_negative_are_named(make):
    partial = np.where(Y == 0, np.nan, Y)
    with pytest.warns(UserWarning, match=r"'0', '1', '2': .*write np\.nan_to_num\(Y\)"):
        make(max_epochs=1).fit(X, partial)
    make(max_epochs=1).fit(X, np.nan_to_num(partial))
    with pytest.warns(UserWarning, match=r"labels 1: .*Y\.fillna\(0\) for a frame"):
        make(max_epochs=1).fit(X, pd.DataFrame(np.column_stack([Y[:, 0], partial[:, 1]])))
    make(max_epochs=1, missing_weight=0.1).fit(X, partial)


def test_threads_that_fit_at_once_agree_with_one(make):
    expected = make().fit(X, Y).predict_proba(X)
    torch_state, n_threads = torch.get_rng_state(), torch.get_num_threads()
    fits = (delayed(make().fit)(X, Y) for _ in range(4))
    for clf in Parallel(4, backend="threading")(fits):
        assert_array_equal(clf.predict_proba(X), expected)
    assert torch.equal(torch.get_rng_state(), torch_state)
    assert torch.get_num_threads() == n_threads


def test_no_images(make, frozen_classifier):
    assert frozen_classifier.classifier.predict_proba([]).shape == (0, 3)
    with pytest.raises(ValueError, match=r"0 sample\(s\)"):
        make().fit([], np.empty((0, 3)))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"dropout": 1.0}, "dropout"),
        ({"lr": -1}, "lr"),
        ({"max_epochs": 0}, "max_epochs"),
        ({"activation": "sine"}, "activation"),
        ({"optimizer": "adman"}, "optimizer.*adam"),
        ({"hidden_layer_sizes": 0.5}, "hidden_layer_sizes"),
        ({"n_jobs": 0}, "n_jobs"),
        ({"hidden_layer_sizes": (0,)}, r"hidden_layer_sizes=\(0,\).*\(256,\)"),
        ({"class_weight": "rare"}, "class_weight"),
    ],
)
def test_wrong_parameters(make_on_features, parameters, message):
    with pytest.raises(ValueError, match=message):
        make_on_features(**parameters).fit(FEATURES, TARGETS)


def test_wrong_data(make):
    with pytest.raises(ValueError, match="inconsistent"):
        make().fit(X, Y[:-1])
    with pytest.raises(ValueError, match="MultiLabelBinarizer"):
        make().fit(X, [["a"], ["b", "c"]] * 20)
    with pytest.raises(ValueError, match="backbone='precomputed'"):
        make().fit(FEATURES, TARGETS)
    with pytest.raises(ValueError, match="requires y"):
        make().fit(X, None)
    with pytest.raises(ValueError, match="adman"):
        make(optimizer="adman").fit(X, Y)
    assert cache_info().backbone_passes == 0


def test_a_wrong_y_is_found_before_images_are_embedded(make):
    wrong = Y.astype(float)
    wrong[3, 1] = 2
    with pytest.raises(ValueError, match=r"Y\[3, '1'\]"):
        make().fit(X, wrong)
    with pytest.raises(ValueError, match="persn"):
        make(class_weight={"persn": 2}).fit(X, Y)
    assert cache_info().backbone_passes == 0


@pytest.fixture
def paths(tmp_path):
    names = [tmp_path / f"{i}.png" for i in range(len(X))]
    for name, image in zip(names, X, strict=True):
        Image.fromarray(image).save(name)
    return names


def test_unreadable_images(make, paths):
    clf = make(on_error="nan").fit(paths, Y)
    expected = clf.predict_proba(paths)
    paths[4].write_bytes(b"")
    with pytest.warns(ImageReadWarning, match=r"X\[4\]"):
        probabilities = clf.predict_proba(paths)
    assert np.isnan(probabilities[4]).all()
    assert_allclose(np.delete(probabilities, 4, 0), np.delete(expected, 4, 0))
    with pytest.raises(ImageReadError, match=r"X\[4\]"):
        clf.predict(paths)
    with pytest.raises(ImageReadError, match=r"X\[4\]"):
        clf.fit(paths, Y)
    with pytest.raises(ImageReadError, match=r"X\[4\]"):
        make().fit(paths[5:], Y[5:]).predict_proba(paths)


def test_parameters_of_prediction_may_be_set_after_fit(make, paths, capsys):
    clf = make().fit(paths, Y)
    paths[4].write_bytes(b"")
    with pytest.warns(ImageReadWarning):
        clf.set_params(on_error="nan").predict_proba(paths)
    clf.set_params(verbose=1, memory=False).predict_proba(X)
    assert "40/40" in capsys.readouterr().err


def test_pickle_and_joblib(make, tmp_path):
    clf = make().fit(X, FRAME)
    expected = clf.predict_proba(X)
    skmlic.clear_cache()
    assert_allclose(pickle.loads(pickle.dumps(clf)).predict_proba(X), expected, rtol=1e-6)
    joblib.dump(clf, tmp_path / "clf.joblib")
    loaded = joblib.load(tmp_path / "clf.joblib")
    assert_allclose(loaded.predict_proba(X), expected, rtol=1e-6)
    assert loaded.label_names_.tolist() == NAMES
    assert_array_equal(loaded.fit(X, FRAME).predict_proba(X), expected)


def test_verbose_shows_two_bars(make, capsys):
    make(verbose=1, memory=False).fit(X, Y)
    shown = capsys.readouterr().err
    assert "40/40" in shown
    assert "3/3" in shown
    make(verbose=0, memory=False).fit(X, Y)
    assert not capsys.readouterr().err


def test_html_repr(make, frozen_classifier):
    assert "TransferMultiLabelClassifier" in make()._repr_html_()
    assert "tiny_cnn" in frozen_classifier.classifier._repr_html_()


def test_one_dimensional_y_is_binary_classification(make_on_features):
    y = np.where(TARGETS[:, 0] == 1, "yes", "no")
    clf = make_on_features().fit(FEATURES, y)
    as_label = make_on_features().fit(FEATURES, TARGETS[:, :1])
    assert clf.classes_.tolist() == ["no", "yes"]
    assert_allclose(clf.predict_proba(FEATURES)[:, 1:], as_label.predict_proba(FEATURES))
    assert_array_equal(clf.predict(FEATURES) == "yes", as_label.predict(FEATURES).ravel() == 1)
    assert clf.decision_function(FEATURES).shape == (80,)
    assert clf.predict_label_names(FEATURES) == [(name,) for name in clf.predict(FEATURES)]


@pytest.mark.gpu
def test_cuda_agrees_with_cpu_and_its_pickle_loads(make_on_features):
    on_cpu = make_on_features(device="cpu", dropout=0, max_epochs=2).fit(FEATURES, TARGETS)
    on_gpu = make_on_features(device="cuda", dropout=0, max_epochs=2).fit(FEATURES, TARGETS)
    # Initial weights and the order are sampled on the CPU for both.
    assert_allclose(on_gpu.predict_proba(FEATURES), on_cpu.predict_proba(FEATURES), rtol=1e-2)
    assert next(on_gpu.net_.module_.parameters()).is_cuda
    copied = pickle.loads(pickle.dumps(on_gpu))
    assert_allclose(copied.predict_proba(FEATURES), on_gpu.predict_proba(FEATURES), rtol=1e-4)


@pytest.mark.gpu
def test_cuda_random_state_is_left_alone(make):
    before = torch.cuda.get_rng_state()
    make(device="cuda", memory=False).fit(X, Y)
    assert torch.equal(torch.cuda.get_rng_state(), before)


def test_a_net_trained_on_cuda_loads_on_a_cpu(make_on_features):
    clf = make_on_features().fit(FEATURES, TARGETS)
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    clf.net_.device = "cuda"
    with pytest.warns(UserWarning, match="CUDA|cuda"):
        copied = pickle.loads(pickle.dumps(clf))
    assert_allclose(
        copied.predict_proba(FEATURES),
        make_on_features().fit(FEATURES, TARGETS).predict_proba(FEATURES),
    )
