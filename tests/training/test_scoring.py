"""The scores of a training on its hold-out set."""

import numpy as np
import pandas as pd
import pytest

from skmlic.metrics import get_scorer
from skmlic.training._scoring import Scoring, choose_scoring

EPOCHS = pd.DataFrame(
    {"map": [0.2, 0.7, 0.7, 0.1], "valid_loss": [0.9, 0.4, 0.4, np.nan]},
    index=pd.RangeIndex(3, 7, name="epoch"),
)


def test_the_loss_is_monitored_by_default():
    scoring = choose_scoring("loss", is_binary=False)
    assert scoring == Scoring({}, "valid_loss", lower_is_better=True)


def test_the_first_entry_is_monitored_and_all_scores_are_recorded():
    scoring = choose_scoring(["map", "loss", "f1_macro"], is_binary=False)
    assert (scoring.monitor, scoring.lower_is_better) == ("map", False)
    found = {name: repr(scorer) for name, scorer in scoring.scorers.items()}
    assert found == {name: repr(get_scorer(name)) for name in ("map", "f1_macro")}


def test_a_scorer_or_a_function_in_place_of_a_name():
    def score(estimator, X, y):
        return 0.0

    assert choose_scoring(score, is_binary=False).scorers == {"score": score}
    scorer = get_scorer("roc_auc")
    assert list(choose_scoring(scorer, is_binary=False).scorers.values()) == [scorer]


def test_names_for_a_one_dimensional_y_are_those_of_scikit_learn():
    assert choose_scoring("accuracy", is_binary=True).monitor == "accuracy"
    with pytest.raises(ValueError, match="accuracy"):
        choose_scoring("accuracy", is_binary=False)


def test_best_epoch():
    by_loss = Scoring({}, "valid_loss", lower_is_better=True)
    assert (by_loss.find_best(EPOCHS), by_loss.find_best_epoch(EPOCHS)) == (0.4, 4)
    by_score = Scoring({}, "map", lower_is_better=False)
    assert (by_score.find_best(EPOCHS), by_score.find_best_epoch(EPOCHS)) == (0.7, 4)


def test_without_scores_the_last_epoch_is_the_best():
    scoring = Scoring({}, "f1_macro", lower_is_better=False)
    assert scoring.find_best(EPOCHS) is None
    assert scoring.find_best_epoch(EPOCHS) == 6


@pytest.mark.parametrize(
    ("scoring", "message"),
    [
        ("mapp", "map"),
        (["map", "map"], "none twice"),
        ([], "at least one"),
        ([3], "names or scorers"),
    ],
)
def test_errors(scoring, message):
    with pytest.raises(ValueError, match=message):
        choose_scoring(scoring, is_binary=False)
