"""Descriptions of recipes, whose code can be executed."""

import textwrap

import numpy as np
import pandas as pd
import pytest

from skmlic import TrainingOptions, TransferMultiLabelClassifier
from skmlic.class_weight import ScaledLabelWeight
from skmlic.dummy import DummyMultiLabelClassifier
from skmlic.recipes import describe_recipe, get_recipe, list_recipes

OWN = ["fast", "balanced", "best"]
CLASSES = {
    cls.__name__: cls
    for cls in (
        TransferMultiLabelClassifier,
        TrainingOptions,
        DummyMultiLabelClassifier,
        ScaledLabelWeight,
    )
}


def flat_parameters(estimator):
    """Return the parameters, with those of nested estimators in place of the latter."""
    parameters = estimator.get_params()
    return {name: value for name, value in parameters.items() if name != "training"}


@pytest.mark.parametrize("name", list_recipes())
def test_sections(name):
    text = describe_recipe(name)
    assert text.startswith(f"{name}\n")
    assert f'get_recipe("{name}"' in text
    for title in ("Data", "Reported", "Estimator", "Code"):
        assert f"\n\n{title}\n" in text
    assert ("\n\nNot reported, chosen here\n" in text) is (name not in OWN)
    assert max(map(len, text.splitlines())) <= 110


@pytest.mark.parametrize("name", list_recipes())
def test_code_of_the_estimator(name):
    _, _, code = describe_recipe(name).partition("Estimator\n")
    code = textwrap.dedent(code.partition("\n\nCode")[0])
    estimator = eval(code, CLASSES)
    assert flat_parameters(estimator) == flat_parameters(get_recipe(name))
    assert ("training=TrainingOptions(" in code) is (name not in [*OWN, "labels14-dummy"])


@pytest.mark.parametrize("system", ["voc5", "coco51", "labels20", "labels14", "heads20"])
def test_code_around_the_estimator(system, tmp_path, monkeypatch):
    made = []

    def get_dummy(name, **overrides):
        made.append(name)
        return DummyMultiLabelClassifier("stratified", **overrides)

    name = list_recipes(system)[0]
    _, _, code = describe_recipe(name).partition("\nCode\n")
    labels = ["bird", "car", "cat", "chair", "dog", "person"]
    frequency = 0.1 if system == "voc5" else 0.3
    rng = np.random.default_rng(0)
    targets = pd.DataFrame((rng.uniform(size=(600, 6)) < frequency).astype(int), columns=labels)
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
        assert targets[labels[:5]].any(axis=1).sum() + 260 == len(namespace["X"])
    if system == "labels14":
        pd.testing.assert_frame_equal(namespace["Y"][list(targets)], targets)
        predicted = pd.read_csv("predicted.tsv", sep="\t", index_col=0)
        assert predicted.shape == (n_test, 7)
