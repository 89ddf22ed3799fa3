"""The plan of a training that a classifier's parameters describe."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from skmlic.losses import AssumedNegatives, BCELoss, FocalLoss
from skmlic.training._data import TrainingData
from skmlic.training._phases import Phase
from skmlic.training._plan import locate_checkpoint, make_net_settings

Y = np.array([[1, 0], [0, 1], [1, np.nan]], dtype=np.float32)


@pytest.fixture
def make(make_on_features):
    def make_it(**parameters):
        clf = make_on_features(**parameters)
        clf.label_weight_ = np.array([0.5, 1.5])
        return clf

    return make_it


def test_settings_of_nets(make):
    clf = make(accumulation_steps=3, batch_size=8, gradient_clip=2.0, lr=0.1, device="cpu")
    settings = make_net_settings(clf, Y)
    assert (settings.batch_size, settings.gradient_clip, settings.lr) == (24, 2.0, 0.1)
    assert settings.device == torch.device("cpu")


def test_the_loss_has_the_weights_of_labels(make):
    criterion = make_net_settings(make(), Y).criterion
    assert isinstance(criterion, BCELoss)
    assert_allclose(criterion.label_weight, [0.5, 1.5])
    focal = make_net_settings(make(loss="focal", loss_params={"gamma": 3}), Y).criterion
    assert isinstance(focal, FocalLoss)
    assert focal.gamma == 3


def test_missing_labels_are_negatives_only_if_there_are_some(make):
    clf = make(missing_weight=0.1)
    assert isinstance(make_net_settings(clf, Y).criterion, AssumedNegatives)
    assert isinstance(make_net_settings(clf, np.nan_to_num(Y)).criterion, BCELoss)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"loss": "bze"}, "loss='bze'.*Did you mean 'bce'"),
        ({"loss_params": {"gamma": 2}}, "BCELoss has no option 'gamma'"),
        ({"loss": "two_way", "class_weight": "inv"}, "label_weight is given, but TwoWayLoss"),
    ],
)
def test_losses_that_can_not_be_made(make_on_features, features, parameters, message):
    with pytest.raises(ValueError, match=message):
        make_on_features(**parameters).fit(*features)


def locate(clf, is_resumed=False):
    data = TrainingData(np.ones((3, 2), np.float32), Y), None
    return locate_checkpoint(clf, data, [Phase("head", 3)], is_resumed)


def test_no_checkpoint_by_default(make):
    assert locate(make()) is None
    assert locate(make(), is_resumed=True) is None


def test_a_checkpoint_depends_on_what_determines_the_result(make, tmp_path):
    path = locate(make(checkpoint=tmp_path))
    assert path.parent == tmp_path
    for name, value in {
        "lr": 0.1,
        "random_state": 1,
        "mix": None,
        "missing_weight": 0.5,
        "scoring": "map",
        "freeze": False,
    }.items():
        assert locate(make(checkpoint=tmp_path, **{name: value})) != path, name
    for name, value in {"n_jobs": 2, "verbose": 1, "memory": False, "on_error": "nan"}.items():
        assert locate(make(checkpoint=tmp_path, **{name: value})) == path, name
    assert locate(make(checkpoint=tmp_path / "other")).name == path.name


def test_trainings_without_checkpoints(make, tmp_path):
    with pytest.raises(ValueError, match="expected checkpoint=None"):
        locate(make(checkpoint=tmp_path), is_resumed=True)
    with pytest.raises(ValueError, match=r"random_state=None.*expected an int"):
        locate(make(checkpoint=tmp_path, random_state=None))
