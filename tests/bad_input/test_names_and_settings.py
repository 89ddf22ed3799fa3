"""Bad input of functions that take names of backbones and recipes, and of settings."""

import numpy as np

import skmlic
from skmlic.comparison import compare_backbones
from skmlic.dummy import DummyMultiLabelClassifier

X = np.arange(24.0).reshape(12, 2)
Y = np.array([[1, 0, 1], [0, 1, 0], [1, 1, 0], [0, 0, 1]] * 3)
DUMMY = {"a": DummyMultiLabelClassifier()}


def enter(**settings):
    """Enter and leave the context of a setting."""
    with skmlic.config_context(**settings):
        pass


def compare(backbones, **options):
    """Compare backbones on two folds."""
    return compare_backbones(X, Y, backbones, **{"cv": 2, **options})


TABLES = {
    "skmlic.comparison.compare_backbones": [
        ("none", lambda f: compare([]), ValueError, "expected names, such as ['resnet50'"),
        ("one", lambda f: compare("tiny_cnn"), ValueError, "backbones='tiny_cnn'"),
        ("number", lambda f: compare(3), ValueError, "backbones=3"),
        ("twice", lambda f: compare(["tiny_cnn"] * 2), ValueError, "more than once"),
        ("estimator", lambda f: compare(["tiny_cnn"], estimator="net"), ValueError, "'estimator'"),
        (
            "without",
            lambda f: compare(["tiny_cnn"], estimator=DummyMultiLabelClassifier()),
            ValueError,
            "0 parameters called backbone",
        ),
        ("folds", lambda f: compare(DUMMY, cv=1), ValueError, "n_splits=1"),
        ("scorer", lambda f: compare(DUMMY, scoring="mapp"), ValueError, "Did you mean 'map'"),
        (
            "number as scorer",
            lambda f: compare(DUMMY, scoring={"a": 1}),
            TypeError,
            "scoring['a'] is the int 1",
        ),
        ("scoring", lambda f: compare(DUMMY, scoring=3), TypeError, "scoring is the int 3"),
        ("X", lambda f: f(None, Y, ["tiny_cnn"]), TypeError, "X is None"),
        ("Y", lambda f: f(X, Y + 1, ["tiny_cnn"]), ValueError, "expected 0 or 1"),
        ("all fail", lambda f: f(X, Y[:-1], ["tiny_cnn"]), ValueError, "[12, 11]"),
    ],
    "skmlic.recipes.list_recipes": [
        ("number", lambda f: f(3), TypeError, "pattern=3"),
    ],
    "skmlic.recipes.describe_recipe": [
        ("mistyped", lambda f: f("balancd"), ValueError, "Did you mean 'balanced'"),
        ("list", lambda f: f(["fast"]), ValueError, "list_recipes() lists them all"),
    ],
    "skmlic.recipes.get_recipe": [
        ("None", lambda f: f(None), ValueError, "no recipe None"),
        ("control characters", lambda f: f("fa\x1bst"), ValueError, r"'fa\x1bst'"),
        ("parameter", lambda f: f("fast", dropot=1), TypeError, "Did you mean 'dropout'"),
    ],
    "skmlic.list_backbones": [
        ("number", lambda f: f(18), TypeError, "pattern=18"),
        ("list", lambda f: f(["resnet*"]), TypeError, "pattern=['resnet*']"),
    ],
    "skmlic.model_stages": [
        ("mistyped", lambda f: f("tiny_cn", None), ValueError, "'tiny_cn'"),
        ("None", lambda f: f(None), (TypeError, ValueError), "None"),
        ("weights", lambda f: f("tiny_cnn", 3), (TypeError, ValueError), "int"),
    ],
    "skmlic.set_config": [
        ("negative", lambda f: f(feature_cache_bytes=-1), ValueError, "feature_cache_bytes=-1"),
        ("fraction", lambda f: f(feature_cache_bytes=0.5), ValueError, "2**30"),
        ("text", lambda f: f(feature_cache_bytes="1 GB"), ValueError, "'1 GB'"),
        ("bool", lambda f: f(feature_cache_bytes=True), ValueError, "=True"),
        ("unknown", lambda f: f(cache_bytes=1), TypeError, "cache_bytes"),
    ],
    "skmlic.config_context": [
        ("NaN", lambda f: enter(feature_cache_bytes=np.nan), ValueError, "nan"),
        ("unknown", lambda f: enter(cache=1), TypeError, "cache"),
    ],
}


def test_rejects(row, reject):
    reject(*row)
