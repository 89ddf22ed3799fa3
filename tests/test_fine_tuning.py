"""Backbones trained together with the head."""

import pickle

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from skorch.callbacks import Callback

import skmlic
from skmlic import TransferMultiLabelClassifier, model_stages
from skmlic._fine_tuning import PictureDataset, PictureLoader, TrainableNetwork, find_frozen
from skmlic.backbones import load_backbone
from skmlic.datasets import make_multilabel_shapes
from skmlic.metrics import average_precision_score, get_scorer
from skmlic.model_selection import MultiLabelStratifiedKFold, TunedThresholdMultiLabelClassifierCV

X, Y = make_multilabel_shapes(60, n_labels=3, random_state=0)
X_TEST, Y_TEST = make_multilabel_shapes(100, n_labels=3, random_state=1)


def make(**parameters):
    defaults = {
        "backbone": "tiny_cnn",
        "precision": "fp32",
        "freeze": False,
        "max_epochs": 4,
        "unfreeze_after": 1,
        "batch_size": 16,
        "random_state": 0,
    }
    return TransferMultiLabelClassifier(**{**defaults, **parameters})


def weights_of(clf):
    return clf.embedder_.backbone_.extractor.network.state_dict()


def changed(before, after):
    return {name for name in before if not torch.equal(before[name], after[name])}


def load(backbone="tiny_cnn"):
    return load_backbone(backbone, None, pooling="stages", image_size=None, resize="squash")


def test_all_frozen_is_the_frozen_route():
    last = model_stages("tiny_cnn")[-1]
    frozen = make(freeze=True).fit(X, Y)
    trained = make(freeze=last, unfreeze_after=0, engine="torch").fit(X, Y)
    assert not changed(weights_of(frozen), weights_of(trained))
    assert_allclose(trained.predict_proba(X_TEST), frozen.predict_proba(X_TEST), atol=2e-3)
    by_number = make(freeze=3, unfreeze_after=0, engine="torch").fit(X, Y)
    assert_array_equal(by_number.predict_proba(X_TEST), trained.predict_proba(X_TEST))


def test_rate_0_changes_nothing():
    clf = make(lr=0.0, max_epochs=2).fit(X, Y)
    plain = make(freeze=True, lr=0.0, max_epochs=1).fit(X, Y)
    assert not changed(weights_of(plain), weights_of(clf))
    assert_allclose(clf.predict_proba(X), plain.predict_proba(X), rtol=1e-5)


def test_what_is_frozen_stays():
    before = load().extractor.network.state_dict()
    after = weights_of(make(freeze="0").fit(X, Y))
    assert all(not name.startswith("0.") for name in changed(before, after))
    assert {"1.0.weight", "2.0.weight", "1.1.weight"} <= changed(before, after)


@pytest.mark.parametrize("frozen", [True, False])
def test_statistics_of_batch_normalisation(frozen):
    before = load().extractor.network.state_dict()
    after = weights_of(make(freeze_batch_norm=frozen).fit(X, Y))
    statistics = {name for name in changed(before, after) if "running" in name}
    assert bool(statistics) is not frozen


def test_the_shared_network_is_left_alone():
    plain = make(freeze=True)
    expected = plain.fit(X, Y).predict_proba(X_TEST)
    make().fit(X, Y)
    skmlic.clear_cache()
    assert_array_equal(clone(plain).fit(X, Y).predict_proba(X_TEST), expected)


@pytest.mark.parametrize("augment", [None, "light"])
def test_same_seed_same_result(augment):
    first, second = (make(augment=augment).fit(X, Y).predict_proba(X_TEST) for _ in range(2))
    assert_array_equal(first, second)
    other = make(augment=augment, random_state=1).fit(X, Y).predict_proba(X_TEST)
    assert not np.array_equal(first, other)


def test_the_generator_is_left_alone():
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    make(augment="flip").fit(X, Y)
    assert torch.equal(torch.rand(3), expected)


def test_training_a_random_network_pays():
    frozen = make(freeze=True, max_epochs=40, lr=3e-3).fit(X, Y)
    trained = make(max_epochs=40, unfreeze_after=10, lr=3e-3, backbone_lr=3e-3).fit(X, Y)
    scores = [average_precision_score(Y_TEST, c.predict_proba(X_TEST)) for c in (frozen, trained)]
    assert scores[1] > scores[0]
    assert trained.history_[-1, "train_loss"] < frozen.history_[-1, "train_loss"]


@pytest.mark.parametrize("backbone", ["cnn4", "cnn3_bn", "cnn5_bn_avg"])
def test_networks_from_scratch(backbone):
    clf = make(backbone=backbone, image_size=32, max_epochs=2, freeze_batch_norm=False).fit(X, Y)
    assert clf.predict_proba(X_TEST).shape == (100, 3)


def test_counts_of_epochs():
    clf = make().fit(X, Y)
    assert clf.n_iter_ == len(clf.history_) == 4
    assert [row["epoch"] for row in clf.history_][:1] == [1]
    assert make(max_epochs=8, unfreeze_after=None)._n_head_epochs == 6


def test_weights_are_named():
    assert make().fit(X, Y).weights_name_ == "random, fine-tuned"


def test_pickle_and_clone():
    clf = make().fit(X, Y)
    expected = clf.predict_proba(X_TEST)
    assert_array_equal(pickle.loads(pickle.dumps(clf)).predict_proba(X_TEST), expected)
    assert_array_equal(clone(clf).fit(X, Y).predict_proba(X_TEST), expected)


def test_searches_and_thresholds():
    search = GridSearchCV(
        TunedThresholdMultiLabelClassifierCV(make(max_epochs=2), cv=2),
        {"estimator__freeze": [True, "0"]},
        scoring=get_scorer("map"),
        cv=MultiLabelStratifiedKFold(2),
        error_score="raise",
    ).fit(X, Y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_paths_weights_and_unknown_labels(tmp_path):
    paths = [tmp_path / f"{i}.png" for i in range(len(X))]
    for path, image in zip(paths, X, strict=True):
        Image.fromarray(image).save(path)
    partial = Y.astype(float)
    partial[::3, 1] = np.nan
    weight = np.where(np.arange(len(X)) % 4 == 0, 0.0, 1.0)
    clf = make(augment="geometric").fit(paths, partial, sample_weight=weight)
    assert np.isfinite(clf.predict_proba(paths)).all()
    used = weight > 0
    rest = [path for path, is_used in zip(paths, used, strict=True) if is_used]
    same = make(augment="geometric").fit(rest, partial[used])
    assert_allclose(same.predict_proba(paths), clf.predict_proba(paths), atol=1e-5)


def test_features_of_new_weights_stay_off_the_disk(tmp_path):
    def size():
        return sum(file.stat().st_size for file in tmp_path.rglob("*") if file.is_file())

    clf = make(memory=tmp_path).fit(X, Y)
    before = size()
    assert before > 0
    clf.predict_proba(X_TEST)
    assert size() == before


@pytest.mark.skipif(
    not hasattr(make(), "set_callbacks"), reason="scikit-learn has callbacks since 1.9"
)
def test_callbacks_that_score_see_the_head():
    from sklearn.callback import ScoringMonitor

    monitor = ScoringMonitor(scoring=get_scorer("map"))
    clf = make(max_epochs=4, unfreeze_after=2).set_callbacks(monitor).fit(X, Y)
    assert clf.n_iter_ == 4


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"freeze": "layer9"}, r"freeze='layer9': expected True, False.*\['0', '1', '2'\]"),
        ({"freeze": 7}, "freeze=7: expected True, False, a number from 0 to 3"),
        ({"freeze": True, "augment": "flip"}, "with a frozen backbone needs n_views > 1"),
        ({"unfreeze_after": 9}, "unfreeze_after=9 is more than max_epochs=4"),
        ({"augment": "flop"}, "augment='flop'.*flip"),
    ],
)
def test_errors(parameters, message):
    with pytest.raises(ValueError, match=message):
        make(**parameters).fit(X, Y)


class Interrupt(Callback):
    """A user who presses Ctrl-C at the end of an epoch."""

    def __init__(self, epoch):
        self.epoch = epoch

    def on_epoch_end(self, net, **kwargs):
        if len(net.history) == self.epoch:
            raise KeyboardInterrupt


@pytest.mark.parametrize("epoch", [1, 3])
def test_what_was_cut_off_is_not_fitted(epoch):
    clf = make(max_epochs=5, unfreeze_after=2).fit(X, Y)
    clf.set_params(net_params={"callbacks": [("interrupt", Interrupt(epoch))]})
    with pytest.raises(KeyboardInterrupt):
        clf.fit(X, Y)
    with pytest.raises(NotFittedError):
        clf.predict(X)
    frozen = make(freeze=True, net_params=clf.net_params, max_epochs=4)
    with pytest.raises(KeyboardInterrupt):
        frozen.fit(X, Y)
    with pytest.raises(NotFittedError):
        frozen.predict(X)


def test_nothing_to_train():
    with pytest.raises(ValueError, match="with backbone='precomputed' there is none to train"):
        make(backbone="precomputed").fit(np.ones((60, 2)), Y)


def test_loader_gives_each_picture_once_in_order():
    preprocessing = load().preprocessing
    target = torch.arange(60)
    dataset = PictureDataset(list(X), target)
    loader = PictureLoader(dataset, 16, preprocessing=preprocessing, n_threads=2)
    batches = list(loader)
    assert len(batches) == len(loader) == 4
    assert torch.equal(torch.cat([rows for _, rows in batches]), target)
    expected = np.stack([preprocessing(image) for image in X])
    assert_array_equal(torch.cat([pixels for pixels, _ in batches]).numpy(), expected)


def test_modes_of_the_parts():
    extractor = load("resnet18").extractor
    head = torch.nn.Linear(extractor.n_features, 2)
    network = TrainableNetwork(extractor, head, "layer3", True, autocast=False).train()
    parts = dict(extractor.network.named_modules())
    assert not parts["layer3.0.bn1"].training
    assert not parts["layer4.0.bn1"].training
    assert parts["layer4.0.conv1"].training
    assert not parts["layer3.0.conv1"].weight.requires_grad
    assert parts["layer4.0.conv1"].weight.requires_grad
    assert find_frozen(extractor, False) == ()
    assert not any(part.training for part in network.eval().modules())


@pytest.mark.gpu
def test_on_a_gpu():
    clf = make(device="cuda", precision="auto").fit(X, Y)
    assert np.isfinite(clf.predict_proba(X_TEST)).all()
