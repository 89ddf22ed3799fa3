"""Rarely used settings of the training."""

import inspect

import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmlic import TrainingOptions, TransferMultiLabelClassifier

NAMES = sorted(TrainingOptions().get_params())


def test_none_means_the_defaults(make_on_features, features):
    X, Y = features
    expected = make_on_features(max_epochs=1).fit(X, Y)
    explicit = make_on_features(max_epochs=1, training=TrainingOptions()).fit(X, Y)
    assert expected.training is None
    assert (explicit.predict_proba(X) == expected.predict_proba(X)).all()


def test_nested_parameters_are_set_and_read():
    clf = TransferMultiLabelClassifier().set_params(training__layer_decay=0.7, lr=0.1)
    assert clf.lr == 0.1
    assert clf.training.layer_decay == clf.get_params()["training__layer_decay"] == 0.7
    clf.set_params(training__mix=None)
    assert clf.training.layer_decay == 0.7
    assert clf.training.mix is None
    pipeline = make_pipeline(StandardScaler(), TransferMultiLabelClassifier("precomputed"))
    pipeline.set_params(transfermultilabelclassifier__training__mix="mixup")
    assert pipeline[-1].training.mix == "mixup"


@pytest.mark.parametrize("name", NAMES)
def test_an_option_at_the_top_level_is_an_error_that_names_it(name):
    clf = TransferMultiLabelClassifier()
    value = getattr(TrainingOptions(), name)
    message = f"'{name}' is a parameter of TrainingOptions: write training__{name}"
    with pytest.raises(ValueError, match=message):
        clf.set_params(**{name: value})
    assert clf.training is None
    assert name not in inspect.signature(TransferMultiLabelClassifier).parameters


def test_an_unknown_option_is_an_error():
    with pytest.raises(ValueError, match="Invalid parameter 'mixing'"):
        TransferMultiLabelClassifier().set_params(training__mixing=None)


def test_clones_have_options_of_their_own():
    clf = TransferMultiLabelClassifier(training=TrainingOptions(n_views=2))
    copied = clone(clf)
    copied.set_params(training__n_views=3)
    assert clf.training.n_views == 2
    assert copied.training.n_views == 3


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("unfreeze_after", -1),
        ("backbone_lr", -0.1),
        ("layer_decay", 0.0),
        ("layer_decay", 1.5),
        ("freeze_batch_norm", "yes"),
        ("erasing", 2),
        ("mix", "cutup"),
        ("n_views", 0),
        ("input_dropout", 1.0),
        ("sampler", "random"),
        ("hard_negatives", -1),
        ("warmup_epochs", -1),
        ("accumulation_steps", 0),
        ("gradient_clip", 0),
        ("compile", "yes"),
        ("checkpoint", 3),
        ("missing_weight", 1.5),
    ],
)
def test_an_invalid_value_is_found_in_fit_and_named(make_on_features, features, name, value):
    clf = make_on_features(**{name: value})
    with pytest.raises(ValueError, match=f"The '{name}' parameter of TrainingOptions must be"):
        clf.fit(*features)
    with pytest.raises(ValueError, match=f"The '{name}' parameter of TrainingOptions must be"):
        clf.partial_fit(*features)


def test_something_else_than_options_is_an_error(make_on_features, features):
    with pytest.raises(ValueError, match="The 'training' parameter of TransferMultiLabel"):
        make_on_features(training={"mix": None}).fit(*features)


def test_a_grid_over_an_option(make_on_features, features):
    X, Y = features
    clf = make_on_features(max_epochs=2)
    grid = {"training__mix": ["mixup", None]}
    search = GridSearchCV(clf, grid, scoring="f1_macro", cv=2, error_score="raise").fit(X, Y)
    assert clf.training is None
    first, second = search.cv_results_["mean_test_score"]
    assert first != second
    best = search.best_params_["training__mix"]
    assert search.best_estimator_.training.mix == best


def test_fit_leaves_options_alone(make_on_features, features):
    options = TrainingOptions(mix="mixup", input_dropout=0.1)
    before = options.get_params()
    clf = make_on_features(training=options, max_epochs=1).fit(*features)
    assert clf.training is options
    assert options.get_params() == before


def test_none_and_an_option_at_once():
    clf = TransferMultiLabelClassifier(training=TrainingOptions(mix=None))
    clf.set_params(training=None, training__layer_decay=0.5)
    assert clf.training.get_params() == TrainingOptions(layer_decay=0.5).get_params()
