"""Tests of the writer: what is saved once, not at all, or refused."""

import copy

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_array_equal
from safetensors.torch import save_file
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from torch import nn

from skmlic import (
    ImageEmbedder,
    TrainingOptions,
    TransferMultiLabelClassifier,
    load_model,
    save_model,
)
from skmlic.backbones import load_backbone
from skmlic.model_selection import (
    FixedThresholdMultiLabelClassifier,
    TunedThresholdMultiLabelClassifierCV,
)
from skmlic.persistence._writer import ModelWriter
from skmlic.recipes import get_recipe, list_recipes

PLAIN = {"engine": "torch", "precision": "fp32"}


def test_repeated_estimators_are_saved_once(head_classifier, features, go_through_file):
    X, Y = features
    prefit = TunedThresholdMultiLabelClassifierCV(head_classifier, cv="prefit", refit=False)
    loaded = go_through_file(prefit.fit(X, Y))
    assert loaded.estimator_ is loaded.estimator
    frozen = FixedThresholdMultiLabelClassifier(FrozenEstimator(head_classifier), threshold=0.2)
    loaded = go_through_file(frozen.fit(X, Y))
    assert loaded.estimator_ is loaded.estimator
    assert_array_equal(loaded.predict(X), frozen.predict(X))


def test_equal_weights_are_saved_once(images, tmp_path):
    sizes = {}
    for name, size in (("one", 32), ("three", [24, 32, 48])):
        embedder = ImageEmbedder("cnn3_bn", image_size=size, **PLAIN).fit(images[0])
        save_model(embedder, tmp_path / name)
        sizes[name] = (tmp_path / name).stat().st_size
    assert sizes["three"] < 1.1 * sizes["one"]


def test_directories_of_this_machine_are_not_saved(make, images, tmp_path):
    X, Y, _ = images
    options = TrainingOptions(checkpoint=tmp_path / "checkpoints", gradient_clip=2.0)
    clf = make(memory=str(tmp_path / "store"), training=options).fit(X, Y)
    save_model(clf, tmp_path / "model")
    loaded = load_model(tmp_path / "model")
    assert loaded.memory is loaded.training.checkpoint is loaded.embedder_.memory is None
    assert loaded.training.gradient_clip == 2
    assert str(tmp_path).encode() not in (tmp_path / "model").read_bytes()
    clf.set_params(memory=False)
    save_model(clf, tmp_path / "model")
    assert load_model(tmp_path / "model").memory is False


class OwnLoss(nn.BCEWithLogitsLoss):
    pass


class OwnNetwork(nn.Sequential):
    pass


def own_schedule():
    pass


def test_all_parameters_that_cannot_be_saved_are_named(
    head_classifier, tmp_path, go_through_file, assert_same
):
    clf = copy.deepcopy(head_classifier).set_params(
        loss=OwnLoss,
        lr_schedule=own_schedule,
        net_params={"callbacks": [object()], "max_epochs": 3},
        training=TrainingOptions(mix=own_schedule),
        random_state=np.random.RandomState(0),
    )
    with pytest.raises(ValueError, match="no code") as error:
        save_model(clf, tmp_path / "model")
    message = str(error.value)
    for part in (
        "model.loss is the class OwnLoss: model.set_params(loss='bce')",
        "model.lr_schedule is the function own_schedule: model.set_params(lr_schedule=None)",
        "model.net_params['callbacks'][0] is a object: model.set_params(net_params=None)",
        "model.training['mix'] is the function own_schedule: model.set_params(training=None)",
        "model.random_state is a RandomState: model.set_params(random_state=None)",
        "joblib.dump",
    ):
        assert part in message
    assert not list(tmp_path.iterdir())
    clf.set_params(loss="bce", lr_schedule=None, net_params=None, training=None, random_state=None)
    assert_same(go_through_file(clf), clf)


def test_recipes_can_be_saved():
    for name in list_recipes():
        writer = ModelWriter(include_backbone=True)
        writer.write(get_recipe(name), "model")
        assert writer.problems == [], name


def test_other_estimators_are_refused(features, make, make_head, tmp_path):
    X, Y = features
    neighbors = KNeighborsClassifier(3).fit(X, Y)
    with pytest.raises(TypeError, match=r"can't hold a KNeighborsClassifier.*joblib"):
        save_model(neighbors, tmp_path / "model")
    model = FixedThresholdMultiLabelClassifier(neighbors).fit(X, Y)
    with pytest.raises(ValueError, match=r"model\.estimator_ is a KNeighborsClassifier"):
        save_model(model, tmp_path / "model")

    class Own(TransferMultiLabelClassifier):
        pass

    with pytest.raises(TypeError, match="can't hold a Own"):
        save_model(Own("precomputed"), tmp_path / "model")
    with pytest.raises(NotFittedError):
        save_model(make(), tmp_path / "model")
    with pytest.raises(TypeError, match="can't hold a dict"):
        save_model({}, tmp_path / "model")
    search = GridSearchCV(make_head(max_epochs=1), {"dropout": [0]}, cv=2, scoring="accuracy")
    with pytest.raises(
        TypeError, match=r"can't hold a GridSearchCV; .* Save its best_estimator_\."
    ):
        save_model(search.fit(X, Y), tmp_path / "model")


def test_label_names_that_cannot_be_saved_are_refused(make_head, features, tmp_path):
    X, Y = features
    names = pd.to_datetime(["2020-01-01", "2020-01-02", "2020-01-03"])
    clf = make_head(max_epochs=1).fit(X, pd.DataFrame(Y, columns=names))
    with pytest.raises(ValueError, match=r"model\.label_names_\[0\] is a Timestamp"):
        save_model(clf, tmp_path / "model")


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({}, r"'tiny_cnn' has weights of its own \(random\)"),
        ({"freeze": False}, "random, fine-tuned"),
        ({"backbone": OwnNetwork(nn.Conv2d(3, 4, 3))}, "'OwnNetwork' is a network of your own"),
    ],
    ids=["random", "fine-tuned", "own network"],
)
def test_weights_that_cannot_be_fetched_must_be_in_the_file(
    parameters, reason, make, images, tmp_path
):
    X, Y, _ = images
    clf = make(**parameters).fit(X, Y)
    with pytest.raises(ValueError, match=f"include_backbone=False.*{reason}"):
        save_model(clf, tmp_path / "model", include_backbone=False)
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_weights_of_a_file_must_be_in_the_model_file(images, tmp_path, go_through_file):
    X, _, _ = images
    network = load_backbone(
        "efficientnet_lite0", None, pooling="avg", image_size=None, resize="squash"
    ).extractor.network
    head = {"classifier.weight": torch.zeros(1), "classifier.bias": torch.zeros(1)}
    path = tmp_path / "own.safetensors"
    save_file({**network.state_dict(), **head}, path)
    embedder = ImageEmbedder("efficientnet_lite0", weights=path, image_size=32, **PLAIN).fit(X)
    with pytest.raises(ValueError, match=r"weights of its own \(own.safetensors\)"):
        save_model(embedder, tmp_path / "model", include_backbone=False)
    loaded = go_through_file(embedder)
    path.unlink()
    assert_array_equal(loaded.transform(X), embedder.transform(X))
    assert loaded.weights == path


def test_include_backbone_has_no_effect_without_a_backbone(head_classifier, tmp_path):
    for name, included in (("a", True), ("b", False)):
        save_model(head_classifier, tmp_path / name, include_backbone=included)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
