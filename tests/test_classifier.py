import copy
import gc
import pickle
import weakref
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
from sklearn.exceptions import NotFittedError
from skorch.callbacks import Callback, EarlyStopping
from skorch.dataset import ValidSplit

import skmlic
from skmlic import ImageEmbedder, cache_info
from skmlic.class_weight import compute_label_weight
from skmlic.datasets import make_multilabel_shapes
from skmlic.exceptions import ImageReadError, ImageReadWarning
from skmlic.training._optimizers import OPTIMIZERS, UNSUITABLE_OPTIMIZERS

X, Y = make_multilabel_shapes(60, n_labels=3, random_state=0)
NAMES = ["disc", "square", "triangle"]
FRAME = pd.DataFrame(Y, columns=NAMES)
FEATURES = np.random.RandomState(0).normal(size=(80, 5))
TARGETS = (FEATURES[:, :3] + 0.3 * FEATURES[:, 2:5] > 0).astype(int)


@pytest.fixture(scope="session")
def make(make_classifier):
    def make_it(**parameters):
        defaults = {"backbone": "tiny_cnn", "precision": "fp32", "max_epochs": 3, "random_state": 0}
        return make_classifier(**{**defaults, **parameters})

    return make_it


def on_features(make, **parameters):
    return make(**{"backbone": "precomputed", **parameters})


def test_learns_separable_labels(make):
    clf = on_features(make, max_epochs=60).fit(FEATURES, TARGETS)
    assert clf.score(FEATURES, TARGETS) > 0.9


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


def test_saturated_probabilities_stay_inside(make):
    clf = on_features(make).fit(FEATURES, TARGETS)
    probabilities = clf.predict_proba(FEATURES * 1e6)
    assert ((probabilities > 0) & (probabilities < 1)).all()


@pytest.mark.parametrize(
    "form",
    [
        sparse.csr_matrix,
        pd.DataFrame,
        np.ndarray.tolist,
        lambda Y: Y.astype(bool),
        lambda Y: Y.astype(float),
    ],
)
def test_forms_of_y_agree(make, form):
    expected = on_features(make).fit(FEATURES, TARGETS).predict_proba(FEATURES)
    assert_array_equal(
        on_features(make).fit(FEATURES, form(TARGETS)).predict_proba(FEATURES), expected
    )


def test_same_seed_same_bits_other_seed_other_bits(make):
    first, second, other = (
        make(random_state=seed, memory=False).fit(X, Y).predict_proba(X) for seed in (7, 7, 8)
    )
    assert_array_equal(first, second)
    assert not np.array_equal(first, other)


def test_a_second_fit_begins_anew(make):
    clf = make()
    first = clf.fit(X, Y).predict_proba(X)
    assert_array_equal(clf.fit(X, Y).predict_proba(X), first)
    clf.fit(X[:20], Y[:20, :1])
    assert_array_equal(clf.fit(X, Y).predict_proba(X), first)


def test_order_of_samples_and_batches_do_not_matter_to_prediction(make):
    clf = make().fit(X, Y)
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


def test_precomputed_equals_images(make):
    features = ImageEmbedder("tiny_cnn", precision="fp32").fit_transform(X)
    expected = make().fit(X, Y).predict_proba(X)
    assert_array_equal(on_features(make).fit(features, Y).predict_proba(features), expected)


def test_class_weights_of_equal_value_agree(make):
    def fit(class_weight):
        return make(class_weight=class_weight).fit(X, FRAME).predict_proba(X)

    assert_array_equal(fit({"disc": 2.0, "square": 1, "triangle": 1}), fit([2, 1, 1]))
    assert_array_equal(fit({0: 4, 1: 2, 2: 2}), fit([2, 1, 1]))
    assert_array_equal(fit(None), fit([5, 5, 5]))
    scaled = partial(compute_label_weight, class_weight="inv_sqrt", scale={"disc": 0.5})
    assert_array_equal(fit(scaled), fit(scaled(FRAME)))


def test_a_label_of_weight_0_is_not_learnt(make):
    clf = on_features(make, class_weight=[1, 0, 1], max_epochs=40, dropout=0).fit(FEATURES, TARGETS)
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


def test_sample_weight_0_leaves_out(make):
    weight = np.r_[np.zeros(20), np.ones(60)]
    expected = on_features(make).fit(FEATURES[20:], TARGETS[20:]).predict_proba(FEATURES)
    weighted = on_features(make).fit(FEATURES, TARGETS, sample_weight=weight)
    assert_array_equal(weighted.predict_proba(FEATURES), expected)


def test_sample_weight_2_is_the_sample_twice_in_the_loss(make):
    weight = np.r_[np.full(10, 2.0), np.ones(70)]
    settings = {"max_epochs": 1, "lr": 0.0, "batch_size": 200, "dropout": 0, "mix": None}
    weighted = on_features(make, **settings).fit(FEATURES, TARGETS, sample_weight=weight)
    features, targets = (np.concatenate([a[:10], a]) for a in (FEATURES, TARGETS))
    repeated = on_features(make, **settings).fit(features, targets)
    assert_allclose(
        weighted.history_["train_loss"].iloc[-1],
        repeated.history_["train_loss"].iloc[-1],
        rtol=1e-5,
    )


def test_the_head_standardises_features(make):
    features = FEATURES * [1e3, 1e-3, 1, 1, 1] + [0, 1, 2, 3, 4]
    features[:, 4] = 4.0
    module = on_features(make, max_epochs=1).fit(features, TARGETS).net_.module_
    assert_allclose(module.feature_mean, features.mean(axis=0), rtol=1e-4)
    assert_allclose(module.feature_scale[:4], features[:, :4].std(axis=0), rtol=1e-3)
    assert module.feature_scale[4] == 1


def test_a_feature_that_hardly_varied_does_not_decide_alone(make):
    features = np.column_stack([FEATURES, 1e-4 * np.sin(np.arange(len(FEATURES)))])
    clf = on_features(make, hidden_layer_sizes=()).fit(features, TARGETS)
    far, farther = (np.append(FEATURES[0], value)[np.newaxis] for value in (1, 1000))
    assert_array_equal(clf.decision_function(far), clf.decision_function(farther))
    near = np.append(FEATURES[0], 0)[np.newaxis]
    weights = clf.net_.module_.layers[-1].weight.detach().numpy()
    difference = clf.decision_function(far) - clf.decision_function(near)
    assert_allclose(difference[0], 10 * weights[:, -1], atol=0.1 * np.abs(weights[:, -1]).max())


@pytest.mark.parametrize(
    ("n_features", "asked", "expected"),
    [(100, "auto", 0.0), (300, "auto", 0.5), (2000, "auto", 0.7), (100, 0.2, 0.2)],
)
def test_input_dropout_keeps_features_enough(make, n_features, asked, expected):
    X = np.random.default_rng(0).standard_normal((20, n_features))
    clf = on_features(make, max_epochs=1, input_dropout=asked).fit(X, TARGETS[:20])
    assert clf.net_.module_.layers[0].p == pytest.approx(expected)


def test_all_sample_weights_0(make):
    with pytest.raises(ValueError, match=r"0 for all|at least one non-zero"):
        on_features(make).fit(FEATURES, TARGETS, sample_weight=np.zeros(80))


def test_label_names(make):
    clf = make().fit(X, FRAME)
    named = clf.predict_label_names(X)
    expected = [tuple(np.array(NAMES, dtype=object)[row == 1]) for row in clf.predict(X)]
    assert named == expected
    assert all(isinstance(names, tuple) for names in named)
    assert all(name in "012" for names in make().fit(X, Y).predict_label_names(X) for name in names)


def test_a_label_without_positives_or_without_negatives(make):
    extreme = np.column_stack([Y, np.zeros(60, dtype=int), np.ones(60, dtype=int)])
    clf = make(class_weight="inv_sqrt", max_epochs=80).fit(X, extreme)
    probabilities = clf.predict_proba(X)
    assert (probabilities[:, 3] < 0.5).all()
    assert (probabilities[:, 4] > 0.5).all()


@pytest.mark.parametrize("hidden_layer_sizes", [(), (16,), [16, 8], (16, 8, 4)])
@pytest.mark.parametrize("activation", ["relu", "tanh", "selu"])
def test_heads(make, hidden_layer_sizes, activation):
    clf = on_features(make, hidden_layer_sizes=hidden_layer_sizes, activation=activation)
    clf.fit(FEATURES, TARGETS)
    linear = [m for m in clf.net_.module_.modules() if isinstance(m, torch.nn.Linear)]
    assert [m.out_features for m in linear] == [*hidden_layer_sizes, 3]


@pytest.mark.parametrize("optimizer", [*OPTIMIZERS, "AdamW", torch.optim.Adamax])
def test_optimizers(make, optimizer):
    clf = on_features(make, optimizer=optimizer, lr=0.01, max_epochs=30).fit(FEATURES, TARGETS)
    assert clf.history_["train_loss"].iloc[-1] < clf.history_["train_loss"].iloc[0]


def test_every_optimizer_of_torch_is_there_or_there_is_a_reason(make):
    classes = [value for value in vars(torch.optim).values() if isinstance(value, type)]
    names = {one.__name__.lower() for one in classes if issubclass(one, torch.optim.Optimizer)}
    assert names - {"optimizer"} == {*OPTIMIZERS, "lbfgs"} | (names & {*UNSUITABLE_OPTIMIZERS})
    for name, reason in UNSUITABLE_OPTIMIZERS.items():
        with pytest.raises(ValueError, match=f"optimizer='{name}' {reason}: expected one of"):
            on_features(make, optimizer=name).fit(FEATURES, TARGETS)


def test_an_optimizer_without_weight_decay(make):
    with pytest.raises(ValueError, match=r"rprop.*has none"):
        on_features(make, optimizer="rprop", weight_decay=0.1).fit(FEATURES, TARGETS)


def test_weight_decay_shrinks(make):
    def norm(weight_decay):
        clf = on_features(
            make, hidden_layer_sizes=(), optimizer="sgd", weight_decay=weight_decay, lr=0.1
        )
        return clf.fit(FEATURES, TARGETS).net_.module_.layers[-1].weight.norm()

    assert norm(1.0) < norm(0.0)


def test_scale_of_features_does_not_matter(make):
    expected = on_features(make).fit(FEATURES, TARGETS).predict_proba(FEATURES)
    scaled = on_features(make).fit(FEATURES * 1000, TARGETS).predict_proba(FEATURES * 1000)
    assert_allclose(scaled, expected, rtol=1e-3)


def test_net_params_reach_skorch(make):
    epochs = []

    class Note(Callback):
        def on_epoch_end(self, net, **kwargs):
            epochs.append(net.history[-1, "train_loss"])

    callbacks = [Note()]
    clf = on_features(make, net_params={"callbacks": callbacks, "max_epochs": 5}).fit(
        FEATURES, TARGETS
    )
    assert len(epochs) == clf.n_iter_ == 5
    assert len(callbacks) == 1


def test_skorchs_early_stopping_ends_the_training(make):
    stopping = EarlyStopping("train_loss", patience=2, threshold=10)
    params = {"callbacks": [stopping]}
    before = dict(vars(stopping))
    clf = on_features(make, max_epochs=30, net_params=params).fit(FEATURES, TARGETS)
    assert clf.n_iter_ < 30
    assert vars(stopping) == before


def test_a_validation_split_of_skorch(make):
    params = {"train_split": ValidSplit(5), "callbacks": [EarlyStopping(patience=2)]}
    clf = on_features(make, max_epochs=30, lr=0.1, net_params=params).fit(FEATURES, TARGETS)
    assert np.isfinite(clf.history_["valid_loss"]).all()


def test_threads_that_fit_at_once_agree_with_one(make):
    expected = make().fit(X, Y).predict_proba(X)
    torch_state, n_threads = torch.get_rng_state(), torch.get_num_threads()
    fits = (delayed(make().fit)(X, Y) for _ in range(4))
    for clf in Parallel(4, backend="threading")(fits):
        assert_array_equal(clf.predict_proba(X), expected)
    assert torch.equal(torch.get_rng_state(), torch_state)
    assert torch.get_num_threads() == n_threads


def test_a_diverged_training_is_told(make):
    with pytest.raises(ValueError, match=r"diverged.*Lower lr=1e\+30"):
        on_features(make, lr=1e30, optimizer="sgd").fit(FEATURES, TARGETS)


def test_a_refit_that_fails_leaves_nothing_half_fitted(make):
    clf = make().fit(X, Y)
    with pytest.raises(ValueError, match="inconsistent"):
        clf.fit(X, Y[:-1, :2])
    with pytest.raises(NotFittedError):
        clf.predict(X)
    clf.set_params(backbone="precomputed").fit(FEATURES, TARGETS)
    assert not hasattr(clf, "embedder_")


def test_no_pictures(make):
    assert make().fit(X, Y).predict_proba([]).shape == (0, 3)
    with pytest.raises(ValueError, match=r"0 sample\(s\)"):
        make().fit([], np.empty((0, 3)))


@pytest.mark.parametrize("sizes", [16, (16,), [16], np.array([16])])
def test_forms_of_hidden_layer_sizes(make, sizes):
    expected = (
        on_features(make, hidden_layer_sizes=(16,)).fit(FEATURES, TARGETS).predict_proba(FEATURES)
    )
    fitted = on_features(make, hidden_layer_sizes=sizes).fit(FEATURES, TARGETS)
    assert_array_equal(fitted.predict_proba(FEATURES), expected)


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
def test_wrong_parameters(make, parameters, message):
    with pytest.raises(ValueError, match=message):
        on_features(make, **parameters).fit(FEATURES, TARGETS)


def test_wrong_data(make):
    with pytest.raises(ValueError, match="inconsistent"):
        make().fit(X, Y[:-1])
    with pytest.raises(ValueError, match="MultiLabelBinarizer"):
        make().fit(X, [["a"], ["b", "c"]] * 30)
    with pytest.raises(ValueError, match="backbone='precomputed'"):
        make().fit(FEATURES, TARGETS)
    with pytest.raises(ValueError, match="requires y"):
        make().fit(X, None)
    with pytest.raises(ValueError, match="adman"):
        make(optimizer="adman").fit(X, Y)
    assert cache_info().backbone_passes == 0


def test_wrong_y_is_found_before_any_picture_is_embedded(make):
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


def test_unreadable_pictures(make, paths):
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


def test_what_concerns_prediction_may_be_set_after_fit(make, paths, capsys):
    clf = make().fit(paths, Y)
    paths[4].write_bytes(b"")
    with pytest.warns(ImageReadWarning):
        clf.set_params(on_error="nan").predict_proba(paths)
    clf.set_params(verbose=1, memory=False).predict_proba(X)
    assert "60/60" in capsys.readouterr().err


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


def test_a_pickle_holds_the_weights_once(make):
    clf = on_features(make, hidden_layer_sizes=(512,)).fit(FEATURES, TARGETS)
    n_bytes = sum(p.numel() * 4 for p in clf.net_.module_.parameters())
    assert len(pickle.dumps(clf)) < n_bytes + 40_000


def test_a_fitted_classifier_goes_without_the_garbage_collector(make):
    gc.collect()
    gc.disable()
    try:
        clf = on_features(make).fit(FEATURES, TARGETS)
        module = weakref.ref(clf.net_.module_)
        del clf
        assert module() is None
    finally:
        gc.enable()


def test_an_interrupt_is_not_swallowed(make):
    class Interrupt(Callback):
        def on_epoch_end(self, net, **kwargs):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        on_features(make, net_params={"callbacks": [Interrupt()]}).fit(FEATURES, TARGETS)


def test_verbose_shows_two_bars(make, capsys):
    make(verbose=1, memory=False).fit(X, Y)
    shown = capsys.readouterr().err
    assert "60/60" in shown
    assert "3/3" in shown
    make(verbose=0, memory=False).fit(X, Y)
    assert not capsys.readouterr().err


def test_html_repr(make):
    assert "TransferMultiLabelClassifier" in make()._repr_html_()
    assert "tiny_cnn" in make().fit(X, Y)._repr_html_()


def test_one_dimensional_y_is_binary_classification(make):
    y = np.where(TARGETS[:, 0] == 1, "yes", "no")
    clf = on_features(make).fit(FEATURES, y)
    as_label = on_features(make).fit(FEATURES, TARGETS[:, :1])
    assert clf.classes_.tolist() == ["no", "yes"]
    assert_allclose(clf.predict_proba(FEATURES)[:, 1:], as_label.predict_proba(FEATURES))
    assert_array_equal(clf.predict(FEATURES) == "yes", as_label.predict(FEATURES).ravel() == 1)
    assert clf.decision_function(FEATURES).shape == (80,)
    assert clf.predict_label_names(FEATURES) == [(name,) for name in clf.predict(FEATURES)]


@pytest.mark.gpu
def test_cuda_agrees_with_cpu_and_its_pickle_loads(make):
    on_cpu = on_features(make, device="cpu", dropout=0, max_epochs=2).fit(FEATURES, TARGETS)
    on_gpu = on_features(make, device="cuda", dropout=0, max_epochs=2).fit(FEATURES, TARGETS)
    # First weights and order are drawn on the CPU for both.
    assert_allclose(on_gpu.predict_proba(FEATURES), on_cpu.predict_proba(FEATURES), rtol=1e-2)
    assert next(on_gpu.net_.module_.parameters()).is_cuda
    copied = pickle.loads(pickle.dumps(on_gpu))
    assert_allclose(copied.predict_proba(FEATURES), on_gpu.predict_proba(FEATURES), rtol=1e-4)


@pytest.mark.gpu
def test_cuda_random_state_is_left_alone(make):
    before = torch.cuda.get_rng_state()
    make(device="cuda", memory=False).fit(X, Y)
    assert torch.equal(torch.cuda.get_rng_state(), before)


def test_a_net_trained_on_cuda_loads_on_a_cpu(make, monkeypatch):
    clf = on_features(make).fit(FEATURES, TARGETS)
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    clf.net_.device = "cuda"
    with pytest.warns(UserWarning, match="CUDA|cuda"):
        copied = pickle.loads(pickle.dumps(clf))
    assert_allclose(
        copied.predict_proba(FEATURES),
        on_features(make).fit(FEATURES, TARGETS).predict_proba(FEATURES),
    )
