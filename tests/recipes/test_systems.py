"""The published systems: their recipes are complete, valid and can be trained."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.utils._param_validation import validate_parameter_constraints

from skmlic import TransferMultiLabelClassifier, list_backbones
from skmlic.dummy import DummyMultiLabelClassifier
from skmlic.recipes import get_recipe, list_recipes
from skmlic.training._head_choice import choose_head
from skmlic.training._parameter_checks import check_parameters

NAMES = list_recipes()
OWN = ["fast", "balanced", "best"]
# Number of rows in the table of each system.
N_ROWS = {"voc5": 2, "coco51": 4, "labels20": 6, "labels14": 5, "heads20": 7}
IMAGES = np.random.default_rng(0).integers(0, 256, size=(8, 48, 48, 3), dtype=np.uint8)
Y = pd.DataFrame(
    np.tile([[1, 0, 1], [0, 1, 0], [1, 1, 0], [0, 0, 1]], (2, 1)), columns=["person", "dog", "cat"]
)


def flat_parameters(estimator):
    """Return the parameters, with those of nested estimators in place of the latter."""
    parameters = estimator.get_params()
    return {name: value for name, value in parameters.items() if name != "training"}


def make_small(name, **overrides):
    """Make the estimator of a recipe with random weights, few epochs and small images."""
    if name == "labels14-dummy":
        return get_recipe(name)
    settings = {
        "weights": None,
        "image_size": 32,
        "max_epochs": 2,
        "batch_size": 8,
        "engine": "torch",
        "precision": "fp32",
        "n_jobs": 1,
        "random_state": 0,
        "training__validation_fraction": 0.25,
    }
    return get_recipe(name, **{**settings, **overrides})


def test_each_row_of_the_published_tables_is_there():
    assert NAMES[:3] == OWN
    systems = [name.partition("-")[0] for name in NAMES[3:]]
    assert {system: systems.count(system) for system in dict.fromkeys(systems)} == N_ROWS


def test_published_heads_are_trained_and_our_own_are_kernels():
    kinds = {name: choose_head(get_recipe(name)) for name in NAMES if "dummy" not in name}
    assert {name for name, kind in kinds.items() if kind == "kernel"} == set(OWN)


@pytest.mark.parametrize("name", NAMES)
def test_estimator_is_valid_and_can_be_cloned(name):
    estimator = get_recipe(name)
    expected = DummyMultiLabelClassifier if "dummy" in name else TransferMultiLabelClassifier
    assert type(estimator) is expected
    validate_parameter_constraints(
        estimator._parameter_constraints,
        estimator.get_params(deep=False),
        caller_name=type(estimator).__name__,
    )
    for copied in (clone(estimator), pickle.loads(pickle.dumps(estimator))):
        assert flat_parameters(copied) == flat_parameters(estimator)
    if expected is TransferMultiLabelClassifier:
        assert set(np.ravel(estimator.backbone)) <= set(list_backbones())
        check_parameters(estimator)
        # The published systems mix no images; the default of this package does.
        assert (estimator.training is None) is (name in OWN)
        assert name in OWN or estimator.training.mix is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "overrides"),
    [
        # Two frozen networks.
        ("best", {}),
        # Networks from scratch: flattened maps, and trained batch normalization.
        ("voc5-cnn_large", {}),
        ("labels14-cnn3_bn", {}),
        # One small network in place of each large one, frozen and fine-tuned.
        ("labels20-vgg16-frozen", {"backbone": "tiny_cnn"}),
        ("labels20-vgg16-finetuned", {"backbone": "tiny_cnn"}),
        ("heads20-densenet121-512", {"backbone": "tiny_cnn"}),
        ("labels14-dummy", {}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_kind_is_trained_and_predicts(name, overrides):
    clf = make_small(name, **overrides).fit(IMAGES, Y)
    probabilities = clf.predict_proba(IMAGES)
    assert probabilities.shape == (8, 3)
    assert np.isfinite(probabilities).all()
    assert clf.label_names_.tolist() == list(Y)
    if "dummy" not in name:
        assert clf.n_iter_ == 2


def test_weight_of_person_is_halved():
    clf = make_small("coco51-vgg16", backbone="tiny_cnn", hidden_layer_sizes=())
    counts = Y.to_numpy().sum(axis=0)
    expected = [0.5, 1, 1] / np.sqrt(counts)
    np.testing.assert_allclose(
        clf.fit(IMAGES, Y).label_weight_, expected / expected.mean(), rtol=1e-6
    )
    with pytest.warns(UserWarning, match=r"weight of 'person' is not scaled.*'0', '1', '2'"):
        clf.fit(IMAGES, Y.to_numpy())
