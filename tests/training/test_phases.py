"""The phases of a training."""

import pytest

from skmlic import TrainingOptions, TransferMultiLabelClassifier
from skmlic.training._phases import Phase, count_head_epochs, get_options, plan_phases


def make(freeze, max_epochs=8, **options):
    training = TrainingOptions(**options) if options else None
    return TransferMultiLabelClassifier(freeze=freeze, max_epochs=max_epochs, training=training)


def test_options_of_a_classifier():
    assert get_options(make(True)).get_params() == TrainingOptions().get_params()
    clf = make(True, n_views=3)
    assert get_options(clf) is clf.training


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"freeze": True}, 8),
        ({"freeze": True, "unfreeze_after": 3}, 8),
        ({"freeze": False}, 6),
        ({"freeze": "layer3", "max_epochs": 5}, 3),
        ({"freeze": False, "max_epochs": 1}, 0),
        ({"freeze": 2, "unfreeze_after": 3}, 3),
        ({"freeze": 1, "unfreeze_after": 0}, 0),
    ],
)
def test_number_of_epochs_of_the_head(parameters, expected):
    assert count_head_epochs(make(**parameters)) == expected


@pytest.mark.parametrize(
    ("parameters", "first", "resumed"),
    [
        ({"freeze": True}, [("head", 8)], [("head", 8)]),
        ({"freeze": False}, [("head", 6), ("all", 2)], [("all", 8)]),
        ({"freeze": False, "unfreeze_after": 8}, [("head", 8)], [("all", 8)]),
        # A head without training is needed nevertheless.
        ({"freeze": False, "unfreeze_after": 0}, [("head", 0), ("all", 8)], [("all", 8)]),
    ],
)
def test_phases_of_a_first_and_of_a_resumed_fit(parameters, first, resumed):
    clf = make(**parameters)
    assert plan_phases(clf, is_resumed=False) == first
    assert plan_phases(clf, is_resumed=True) == resumed
    assert isinstance(plan_phases(clf, is_resumed=True)[0], Phase)


def test_a_head_can_not_be_trained_longer_than_everything():
    clf = make(False, unfreeze_after=9)
    with pytest.raises(ValueError, match="unfreeze_after=9 is more than max_epochs=8"):
        plan_phases(clf, is_resumed=False)
