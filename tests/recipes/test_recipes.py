"""Published systems as ready estimators."""

import pickle
import textwrap

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.utils._param_validation import validate_parameter_constraints

from skmlic import TransferMultiLabelClassifier, list_backbones
from skmlic.class_weight import ScaledLabelWeight
from skmlic.dummy import DummyMultiLabelClassifier
from skmlic.recipes import describe_recipe, get_recipe, list_recipes
from skmlic.recipes._published import RECIPES
from skmlic.training._parameter_checks import check_parameters

NAMES = list_recipes()
RNG = np.random.RandomState(0)
PICTURES = RNG.randint(0, 256, size=(8, 48, 48, 3), dtype=np.uint8)
Y = pd.DataFrame(
    np.tile([[1, 0, 1], [0, 1, 0], [1, 1, 0], [0, 0, 1]], (2, 1)), columns=["person", "dog", "cat"]
)
# The smallest that the network takes, where it is not 32.
IMAGE_SIZES = {"inception_v3": 75, "timm/inception_resnet_v2": 75}
QUICK = ("fast", "voc5-cnn_large", "labels14-cnn4", "labels14-cnn3_bn", "labels14-cnn5_bn_avg")
# Rows of each system's table.
RUNGS = ["fast", "balanced", "best"]
N_ROWS = {"voc5": 2, "coco51": 4, "labels20": 6, "labels14": 5, "heads20": 7}


def small(name, **overrides):
    """Make a recipe's estimator with random weights, few epochs and small pictures."""
    if name == "labels14-dummy":
        return get_recipe(name)
    backbone = get_recipe(name).backbone
    settings = {
        "weights": None,
        "image_size": IMAGE_SIZES.get(str(backbone), 32),
        "max_epochs": 2,
        "batch_size": 8,
        "engine": "torch",
        "precision": "fp32",
        "n_jobs": 1,
        "random_state": 0,
    }
    if RECIPES[name].all_parameters.get("early_stopping"):
        settings["validation_fraction"] = 0.25
    return get_recipe(name, **{**settings, **overrides})


def test_each_row_of_the_published_tables_is_there():
    assert NAMES[:3] == RUNGS
    systems = [name.partition("-")[0] for name in NAMES[3:]]
    assert {system: systems.count(system) for system in dict.fromkeys(systems)} == N_ROWS


def test_patterns():
    assert list_recipes("HEADS20") == [name for name in NAMES if name.startswith("heads20-")]
    assert list_recipes("*-finetuned") == [name for name in NAMES if name.endswith("-finetuned")]
    assert list_recipes("nothing") == []


@pytest.mark.parametrize("name", NAMES)
def test_estimator(name):
    estimator = get_recipe(name)
    expected = DummyMultiLabelClassifier if "dummy" in name else TransferMultiLabelClassifier
    assert type(estimator) is expected
    parameters = estimator.get_params()
    validate_parameter_constraints(
        estimator._parameter_constraints, parameters, caller_name=type(estimator).__name__
    )
    assert clone(estimator).get_params() == parameters
    assert pickle.loads(pickle.dumps(estimator)).get_params() == parameters
    if expected is TransferMultiLabelClassifier:
        assert set(np.ravel(estimator.backbone)) <= set(list_backbones())
        check_parameters(estimator)
        # What is this package's own is in its rungs only.
        assert (estimator.mix, name in RUNGS) in ((None, False), ("auto", True))


@pytest.mark.parametrize("name", NAMES)
def test_description(name):
    text = describe_recipe(name)
    assert text.startswith(f"{name}\n")
    assert f'get_recipe("{name}"' in text
    for title in ("Data", "Reported", "Estimator", "Code"):
        assert f"\n\n{title}\n" in text
    assert ("\n\nNot reported, chosen here\n" in text) is (name not in RUNGS)
    for parameter, value in RECIPES[name].all_parameters.items():
        assert f"        {parameter}={value!r},\n" in text
    assert max(map(len, text.splitlines())) <= 110


@pytest.mark.parametrize("name", NAMES)
def test_the_estimator_as_it_is_described(name):
    _, _, code = describe_recipe(name).partition("Estimator\n")
    code = textwrap.dedent(code.partition("\n\nCode")[0])
    names = {
        kind.__name__: kind
        for kind in (TransferMultiLabelClassifier, DummyMultiLabelClassifier, ScaledLabelWeight)
    }
    assert eval(code, names).get_params() == get_recipe(name).get_params()


@pytest.mark.parametrize("system", N_ROWS)
def test_the_code_as_it_is_described(system, tmp_path, monkeypatch):
    made = []

    def get_dummy(name, **overrides):
        made.append(name)
        return DummyMultiLabelClassifier("stratified", **overrides)

    name = list_recipes(system)[0]
    _, _, code = describe_recipe(name).partition("\nCode\n")
    labels = ["bird", "car", "cat", "chair", "dog", "person"]
    frequency = 0.1 if system == "voc5" else 0.3
    targets = pd.DataFrame((RNG.uniform(size=(600, 6)) < frequency).astype(int), columns=labels)
    targets["rare"] = 0
    targets.loc[:50, "rare"] = 1
    paths = [f"{number}.jpg" for number in range(600)]
    (tmp_path / "annotations").mkdir()
    for label in targets:
        ids = "\n".join(str(number) for number in np.flatnonzero(targets[label]))
        (tmp_path / "annotations" / f"{label}.txt").write_text(ids)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("skmlic.recipes.get_recipe", get_dummy)
    namespace = {"X": paths, "Y": targets.copy()}
    exec(textwrap.dedent(code), namespace)
    assert made == [name]
    n_test = len(namespace["X_test"])
    assert n_test == pytest.approx({"labels14": 60, "labels20": 196}.get(system, 120), abs=35)
    kept = {"voc5": labels[:5], "coco51": labels}.get(system, list(targets))
    assert sorted(namespace["Y_train"]) == sorted(kept)
    if system == "voc5":
        assert not targets[labels[:5]].any(axis=1).sum() + 260 - len(namespace["X"])
    if system == "labels14":
        pd.testing.assert_frame_equal(namespace["Y"][list(targets)], targets)
        predicted = pd.read_csv("predicted.tsv", sep="\t", index_col=0)
        assert predicted.shape == (n_test, 7)


@pytest.mark.parametrize(
    "name",
    [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in NAMES],
)
def test_it_is_trained_and_predicts(name):
    clf = small(name).fit(PICTURES, Y)
    probabilities = clf.predict_proba(PICTURES)
    assert probabilities.shape == (8, 3)
    assert np.isfinite(probabilities).all()
    assert clf.label_names_.tolist() == list(Y)
    if "dummy" not in name:
        assert clf.n_iter_ == 2


def test_overrides():
    clf = get_recipe("coco51-vgg16", input_dropout=0.1, memory="features")
    assert (clf.input_dropout, clf.memory, clf.backbone) == (0.1, "features", "vgg16")
    assert get_recipe("coco51-vgg16").input_dropout == 0.6
    assert get_recipe("labels14-dummy", strategy="none").strategy == "none"


def test_estimators_share_nothing_that_can_change():
    get_recipe("coco51-vgg16").class_weight.scale["person"] = 7
    assert get_recipe("coco51-vgg16").class_weight.scale == {"person": 0.5}


def test_person_counts_half():
    clf = small("coco51-vgg16", backbone="tiny_cnn", hidden_layer_sizes=())
    counts = Y.to_numpy().sum(axis=0)
    expected = [0.5, 1, 1] / np.sqrt(counts)
    np.testing.assert_allclose(
        clf.fit(PICTURES, Y).label_weight_, expected / expected.mean(), rtol=1e-6
    )
    with pytest.warns(UserWarning, match=r"weight of 'person' is not scaled.*'0', '1', '2'"):
        clf.fit(PICTURES, Y.to_numpy())


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("coco51-vgg", "'coco51-vgg16'"),
        ("Coco51-VGG16", "'coco51-vgg16'"),
        ("xception", "'voc5-xception'"),
        ("nasnet", "'coco51-nasnetalarge'"),
    ],
)
def test_unknown_name(name, near):
    for function in (get_recipe, describe_recipe):
        with pytest.raises(ValueError, match=f"no recipe '{name}'. Did you mean .*{near}.*list_re"):
            function(name)


def test_unknown_name_far_from_all():
    with pytest.raises(ValueError, match=r"no recipe 'qqq'. skmlic.recipes.list_recipes\(\) lists"):
        get_recipe("qqq")


def test_unknown_parameter():
    with pytest.raises(TypeError, match=r"voc5-xception.*'drop'.*'dropout' or 'input_dropout'"):
        get_recipe("voc5-xception", drop=0.1)
    with pytest.raises(TypeError, match=r"DummyMultiLabelClassifier.*no parameter 'dropout'"):
        get_recipe("labels14-dummy", dropout=0.1)
