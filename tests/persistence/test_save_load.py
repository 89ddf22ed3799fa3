"""Tests of going through a file: predictions, attributes, and resumed training."""

import copy
import pickle
import subprocess
import sys
import textwrap
import warnings

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from torch import nn

from skmlic import (
    ImageEmbedder,
    TrainingOptions,
    TransferMultiLabelClassifier,
    cache_info,
    load_model,
    save_model,
)
from skmlic.calibration import CalibratedMultiLabelClassifierCV
from skmlic.class_weight import ScaledLabelWeight
from skmlic.exceptions import ModelFileError
from skmlic.model_selection import (
    FixedThresholdMultiLabelClassifier,
    TunedThresholdMultiLabelClassifierCV,
)
from skmlic.persistence._file import digest_tensors


class Small(nn.Module):
    """A network with tied weights, a buffer and a scalar."""

    def __init__(self, seed=0):
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.first = nn.Conv2d(3, 4, 3, stride=4)
            self.second = nn.Conv2d(4, 4, 1, bias=False)
            self.third = nn.Conv2d(4, 4, 1, bias=False)
        self.third.weight = self.second.weight
        self.norm = nn.BatchNorm2d(4)

    def forward(self, images):
        return self.third(torch.relu(self.norm(self.second(self.first(images)))))


def make_small():
    return Small(seed=3)


CLASSIFIERS = {
    "frozen": {},
    "fine-tuned": {"freeze": False, "max_epochs": 4},
    "from scratch": {"backbone": "cnn3_bn", "weights": None, "freeze": False, "max_epochs": 4},
    "partly frozen": {"freeze": 1, "training": TrainingOptions(layer_decay=0.5)},
    "sizes": {"image_size": [24, (32, 16)]},
    "networks": {"backbone": ["tiny_cnn", "cnn3_bn"], "weights": [None, "default"]},
    "input": {"pooling": "avgmax", "color_mode": "grayscale", "resize": "crop"},
    "engine of this machine": {"engine": "auto", "precision": "auto", "device": "cpu"},
    "device": {"device": torch.device("cpu"), "precision": "bf16"},
    "linear": {"hidden_layer_sizes": (), "optimizer": "lbfgs", "max_epochs": 60},
    "deep": {"hidden_layer_sizes": [12, np.int64(5)], "activation": "gelu", "dropout": 0},
    "early stopping": {"early_stopping": True, "scoring": ["f1_macro", "loss"]},
    "weights": {
        "class_weight": {7: 2.0, "ring": 0.5},
        "loss": "focal",
        "loss_params": {"gamma": 1},
    },
    "scaled weights": {"class_weight": ScaledLabelWeight("inv", {"ring": 3.0, 7: 0.5})},
    "views": {"augment": "flip", "training": TrainingOptions(n_views=2, mix=None)},
    "net": {"net_params": {"iterator_valid__batch_size": 16}, "optimizer": torch.optim.SGD},
    "warm": {"warm_start": True},
}


@pytest.mark.slow
@pytest.mark.parametrize("case", CLASSIFIERS)
def test_classifiers_of_images(case, make, images, go_through_file, assert_same):
    X, _, Y = images
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*lbfgs.* has not converged")
        clf = make(**CLASSIFIERS[case]).fit(X, Y)
    loaded = go_through_file(clf)
    assert_same(loaded, clf)
    assert_array_equal(loaded.predict_proba(X), clf.predict_proba(X))
    assert loaded.predict_label_names(X) == clf.predict_label_names(X)


@pytest.mark.parametrize("n_labels", [1, 2, 3])
@pytest.mark.parametrize("has_missing", [False, True])
def test_any_number_of_labels(
    n_labels, has_missing, make_head, features, go_through_file, assert_same
):
    X, Y = features
    Y = Y[:, :n_labels].astype(float)
    if has_missing:
        Y[::7, 0] = np.nan
    clf = make_head(class_weight=np.arange(1.0, n_labels + 1)).fit(X, Y)
    loaded = go_through_file(clf)
    assert_same(loaded, clf)
    assert_array_equal(loaded.predict_proba(X), clf.predict_proba(X))


@pytest.mark.parametrize(
    "values",
    [[0, 1], [False, True], ["no", "yes"], [-1.0, 2.0]],
    ids=["int", "bool", "str", "float"],
)
def test_one_dimensional_targets(values, make_head, features, go_through_file, assert_same):
    X, Y = features
    clf = make_head(class_weight="balanced", max_epochs=1).fit(X, np.array(values)[Y[:, 0]])
    loaded = go_through_file(clf)
    assert_same(loaded, clf)
    assert_array_equal(loaded.predict(X), clf.predict(X))
    assert_array_equal(loaded.predict_proba(X), clf.predict_proba(X))


@pytest.mark.parametrize("kernel", ["linear", "rbf"])
@pytest.mark.parametrize("n_labels", [None, 1, 3], ids=["y", "Y of 1", "Y of 3"])
def test_kernel_heads(kernel, n_labels, features, go_through_file, assert_same):
    X, Y = features
    if kernel == "rbf":
        Y = (X[:, :3] * X[:, 3:] > 0).astype(int)
    Y = np.array(["no", "yes"])[Y[:, 0]] if n_labels is None else Y[:, :n_labels]
    clf = TransferMultiLabelClassifier("precomputed", head="kernel", random_state=0).fit(X, Y)
    assert clf.net_.module_.kernel.name == kernel
    loaded = go_through_file(clf)
    assert_same(loaded, clf)
    assert_array_equal(loaded.predict_proba(X), clf.predict_proba(X))
    assert loaded.head_ == "kernel"
    # Leave-one-out scores describe the training set, and are no part of a model.
    assert not hasattr(loaded, "loo_predict_proba_")
    with pytest.raises(AttributeError, match="that was not loaded from a file"):
        _ = loaded.loo_predict_proba_


@pytest.mark.slow
def test_a_kernel_head_of_images(images, go_through_file, assert_same):
    X, _, Y = images
    clf = TransferMultiLabelClassifier(
        "tiny_cnn", head="kernel", engine="torch", precision="fp32", random_state=0
    ).fit(X, Y)
    loaded = go_through_file(clf)
    assert_same(loaded, clf)
    assert_array_equal(loaded.predict_proba(X), clf.predict_proba(X))
    tuned = TunedThresholdMultiLabelClassifierCV(clf, cv="loo").fit(X, Y)
    assert_array_equal(go_through_file(tuned).predict(X), tuned.predict(X))


def test_features_in_a_frame_keep_their_names(make_head, features, go_through_file, assert_same):
    X, Y = features
    frame = pd.DataFrame(X, columns=[f"f{i}" for i in range(6)])
    clf = make_head(max_epochs=1).fit(frame, Y)
    loaded = go_through_file(clf)
    assert_same(loaded, clf)
    assert_array_equal(loaded.predict_proba(frame), clf.predict_proba(frame))


def test_stored_features_are_found_by_a_loaded_model(make, images, go_through_file):
    X, Y, _ = images
    loaded = go_through_file(make().fit(X, Y))
    before = cache_info().backbone_passes
    loaded.predict(X)
    assert cache_info().backbone_passes == before


def test_saving_and_loading_have_no_side_effects(classifier, tmp_path):
    before = pickle.dumps(classifier)
    state = torch.get_rng_state()
    save_model(classifier, tmp_path / "model")
    load_model(tmp_path / "model")
    assert_array_equal(torch.get_rng_state(), state)
    assert pickle.dumps(classifier) == before


@pytest.mark.slow
def test_file_of_another_process_is_read_without_pickle(make, images, tmp_path):
    X, Y, _ = images
    clf = make(freeze=False).fit(X, Y)
    model = CalibratedMultiLabelClassifierCV(FrozenEstimator(clf), cv=2).fit(X, Y)
    save_model(model, tmp_path / "model.skmlic")
    np.save(tmp_path / "X.npy", X)
    np.save(tmp_path / "expected.npy", model.predict_proba(X))
    code = f"""
    import builtins, pickle, sys
    import numpy as np, pandas as pd, torch, joblib
    from skmlic import load_model

    # pandas imports a part of pyarrow with its first column of texts.
    pd.Series(["text"], dtype="str")

    def refuse(*args, **kwargs):
        raise AssertionError("code must not be loaded")

    readers = [
        (pickle, "load"), (pickle, "loads"), (pickle, "Unpickler"), (torch, "load"),
        (joblib, "load"), (builtins, "eval"), (builtins, "exec"),
    ]
    watched = {{"os.system", "os.exec", "os.mkdir", "os.remove", "subprocess.Popen",
        "pickle.find_class", "socket.connect", "compile"}}
    done = []
    sys.addaudithook(lambda event, _: done.append(event) if event in watched else None)
    before = [getattr(module, name) for module, name in readers]
    for module, name in readers:
        setattr(module, name, refuse)
    folder = {str(tmp_path)!r}
    done.clear()
    loaded = load_model(folder + "/model.skmlic")
    assert done == [], done
    for (module, name), function in zip(readers, before):
        setattr(module, name, function)
    X, expected = np.load(folder + "/X.npy"), np.load(folder + "/expected.npy")
    print((loaded.predict_proba(X) == expected).all())
    """
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.stdout == "True\n", result.stderr


def test_refitting_gives_equal_predictions(make, images, go_through_file):
    X, Y, _ = images
    clf = make().fit(X, Y)
    loaded = go_through_file(clf)
    expected = clf.predict_proba(X)
    assert_array_equal(clone(loaded).fit(X, Y).predict_proba(X), expected)
    assert_array_equal(loaded.fit(X, Y).predict_proba(X), expected)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("freeze", "optimizer"),
    [(True, "adam"), (True, "sgd"), (False, "adam"), (False, "rmsprop")],
)
def test_training_resumes_as_if_it_had_not_been_interrupted(
    freeze, optimizer, make, images, go_through_file
):
    X, Y, _ = images
    options = TrainingOptions(unfreeze_after=1 - freeze, mix=None)
    clf = make(freeze=freeze, optimizer=optimizer, training=options)
    clf.partial_fit(X, Y).partial_fit(X, Y)
    loaded = go_through_file(clf)
    for one in (clf, loaded):
        one.partial_fit(X, Y)
    assert_array_equal(loaded.predict_proba(X), clf.predict_proba(X))
    assert loaded.n_iter_ == 3


@pytest.mark.parametrize("kept", [False, True])
def test_warm_start_resumes(kept, make_head, features, go_through_file):
    clf = make_head(warm_start=kept).fit(*features)
    loaded = go_through_file(clf).set_params(warm_start=True)
    clf.set_params(warm_start=True)
    for one in (clf, loaded):
        one.fit(*features)
    X, _ = features
    assert_array_equal(loaded.predict_proba(X), clf.predict_proba(X))
    assert len(loaded.history_) == 10


@pytest.mark.parametrize("backbone", [Small(seed=3), make_small], ids=["module", "function"])
@pytest.mark.parametrize("freeze", [True, False])
def test_own_networks_are_passed_again(backbone, freeze, make, images, tmp_path, go_through_file):
    X, Y, _ = images
    clf = make(backbone, freeze=freeze, max_epochs=4).fit(X, Y)
    expected = clf.predict_proba(X)
    save_model(clf, tmp_path / "model")
    with pytest.raises(ModelFileError, match=r"its own, (Small|make_small).*backbone="):
        load_model(tmp_path / "model")
    other = Small(seed=9)
    before = copy.deepcopy(other.state_dict())
    loaded = load_model(tmp_path / "model", backbone=other)
    assert_array_equal(loaded.predict_proba(X), expected)
    assert loaded.backbone is other
    assert digest_tensors(other.state_dict()) == digest_tensors(before)
    loaded = go_through_file(clf, backbone=backbone)
    assert_array_equal(loaded.predict_proba(X), expected)


@pytest.mark.slow
def test_own_networks_and_named_ones(images, tmp_path, go_through_file):
    X, _, _ = images
    backbone = [Small(seed=3), "tiny_cnn", make_small]
    embedder = ImageEmbedder(backbone, image_size=[24, 32], engine="torch", precision="fp32")
    save_model(embedder.fit(X), tmp_path / "model")
    for wrong in (None, Small(), [Small()]):
        with pytest.raises(ModelFileError, match=r"backbone="):
            load_model(tmp_path / "model", backbone=wrong)
    loaded = go_through_file(embedder, backbone=[Small(), "tiny_cnn", make_small])
    assert_array_equal(loaded.transform(X), embedder.transform(X))
    assert [part.name for part in loaded.backbone_] == [part.name for part in embedder.backbone_]


def test_own_networks_in_meta_estimators(make, images, go_through_file):
    X, Y, _ = images
    model = FixedThresholdMultiLabelClassifier(make(Small())).fit(X, Y)
    loaded = go_through_file(model, backbone=Small(seed=4))
    assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))
