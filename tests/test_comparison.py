"""Comparison of backbones."""

import itertools
import time

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline

import skmlic
from skmlic import ImageEmbedder, TrainingOptions, TransferMultiLabelClassifier
from skmlic.comparison import compare_backbones
from skmlic.datasets import make_multilabel_shapes
from skmlic.dummy import DummyMultiLabelClassifier
from skmlic.exceptions import ImageReadError
from skmlic.metrics import get_scorer, multilabel_scorers
from skmlic.model_selection import MultiLabelStratifiedKFold, TunedThresholdMultiLabelClassifierCV
from skmlic.recipes import get_recipe

X, Y = make_multilabel_shapes(40, n_labels=3, random_state=0)
SCORES = [
    "roc_auc_micro",
    "precision_micro",
    "recall_micro",
    "one_label_accuracy",
    "subset_accuracy",
    "map",
    "f1_micro",
]
SIZES = ["size_mb", "n_parameters", "n_trainable"]
TIMES = ["embed_s", "fit_s", "predict_s_per_1000"]


def make(backbone="tiny_cnn", **parameters):
    defaults = {"precision": "fp32", "engine": "torch", "max_epochs": 3, "random_state": 0}
    return TransferMultiLabelClassifier(backbone, **{**defaults, **parameters})


def test_columns_and_rows():
    results = compare_backbones(
        X, Y, ["tiny_cnn", "cnn3_bn"], estimator=make(image_size=32), cv=3, random_state=0
    )
    assert list(results.columns) == SCORES + SIZES + TIMES + [f"{name}_std" for name in SCORES]
    assert list(results.index) == ["tiny_cnn", "cnn3_bn"]
    assert results.index.name == "backbone"
    assert results.notna().all(axis=None)
    assert (results[SIZES + TIMES] > 0).all(axis=None)
    assert (results["n_parameters"] > results["n_trainable"]).all()


@pytest.mark.slow
def test_scores_are_those_of_cross_validate():
    cv = MultiLabelStratifiedKFold(3, shuffle=True, random_state=0)
    expected = cross_validate(make(), X, Y, cv=cv, scoring=multilabel_scorers(*SCORES))
    for folds in (cv, 3, list(cv.split(X, Y))):
        results = compare_backbones(X, Y, {"row": make()}, cv=folds, random_state=0)
        for name in SCORES:
            scores = expected[f"test_{name}"]
            assert results.loc["row", name] == pytest.approx(scores.mean())
            assert results.loc["row", f"{name}_std"] == pytest.approx(scores.std())


def test_five_stratified_folds_by_default():
    cv = MultiLabelStratifiedKFold(5, shuffle=True, random_state=7)
    row = {"row": DummyMultiLabelClassifier("stratified", random_state=0)}
    options = {"scoring": "f1_micro", "random_state": 7}
    by_default = compare_backbones(X, Y, row, **options)
    assert_allclose(
        by_default["f1_micro"], compare_backbones(X, Y, row, cv=cv, **options)["f1_micro"]
    )


@pytest.mark.slow
def test_a_seed_determines_the_scores():
    tables = [
        compare_backbones(X, Y, ["tiny_cnn"], cv=2, random_state=seed).drop(columns=TIMES)
        for seed in (0, 0, 1)
    ]
    pd.testing.assert_frame_equal(tables[0], tables[1])
    assert tables[0].loc["tiny_cnn", "map"] != tables[2].loc["tiny_cnn", "map"]


def test_each_backbone_sees_each_image_once():
    twice = np.concatenate([X, X[:10]])
    targets = np.concatenate([Y, Y[:10]])
    compare_backbones(
        twice, targets, ["tiny_cnn", "cnn3_bn"], estimator=make(image_size=32), cv=3, scoring="map"
    )
    assert skmlic.cache_info().backbone_passes == 2 * len(X)


@pytest.mark.slow
def test_stored_features_do_not_shorten_times(monkeypatch):
    monkeypatch.setattr("skmlic.comparison._N_IMAGES_TIMED", 30)
    row = {"row": make("cnn_large")}
    images = [np.repeat(np.repeat(image, 4, axis=0), 4, axis=1) for image in X]
    cold, warm = (
        compare_backbones(images, Y, row, cv=2, scoring="map").loc["row"] for _ in range(2)
    )
    assert skmlic.cache_info().backbone_passes == len(X) + 1 + 30
    assert warm["embed_s"] > cold["embed_s"] / 4
    assert warm["predict_s_per_1000"] > cold["predict_s_per_1000"] / 4


@pytest.mark.slow
@pytest.mark.parametrize("n_stored", [0, 40])
def test_the_set_up_of_the_engine_is_not_timed(n_stored, monkeypatch):
    get_engine = ImageEmbedder._get_engine
    known = set()

    def get_slowly(self, *arguments, **options):
        if self.backbone_.fingerprint not in known:
            time.sleep(1.5)
        known.add(self.backbone_.fingerprint)
        return get_engine(self, *arguments, **options)

    if n_stored:
        make().fit(X[:n_stored], np.tile([[0, 1], [1, 0]], (20, 1))[:n_stored])
    monkeypatch.setattr(ImageEmbedder, "_get_engine", get_slowly)
    results = compare_backbones(X, Y, {"row": make()}, cv=2, scoring="map")
    assert len(known) == 1
    assert results.loc["row", "embed_s"] < 1.4
    assert results.loc["row", "predict_s_per_1000"] < 20


def test_prediction_includes_the_backbone():
    row = {"frozen": make(), "unstored": make(memory=False)}
    results = compare_backbones(X, Y, row, cv=2, scoring="map")
    for _, times in results.iterrows():
        assert times["predict_s_per_1000"] >= 0.2 * 1000 * times["embed_s"] / len(X)
    assert results["map"].nunique() == 1


@pytest.mark.parametrize("hidden", [(), (16,)])
def test_sizes(hidden):
    row = compare_backbones(
        X, Y, {"row": make(hidden_layer_sizes=hidden)}, cv=2, scoring="map"
    ).loc["row"]
    convolutions = [3 * 8 * 9 + 8, 8 * 16 * 9 + 16, 16 * 32 * 9 + 32]
    n_backbone = sum(convolutions) + 2 * (8 + 16 + 32)
    widths = [16 + 32, *hidden, 3]
    n_head = sum((a + 1) * b for a, b in itertools.pairwise(widths))
    assert row["n_trainable"] == n_head
    assert row["n_parameters"] == n_backbone + n_head
    # Statistics of batch normalisation, its three counters, mean and scale of features.
    n_bytes = 4 * (n_backbone + n_head) + 4 * 2 * (8 + 16 + 32 + 16 + 32) + 3 * 8
    assert row["size_mb"] == pytest.approx(n_bytes / 1e6)


def test_sizes_of_a_kernel_head():
    clf = make(head="kernel", max_epochs=20)
    everything = np.arange(len(X))
    fold = [(everything, everything)]
    row = compare_backbones(X, Y, {"row": clf}, cv=fold, scoring="map").loc["row"]
    head = clf.fit(X, Y).net_.module_
    assert row["n_trainable"] == head.coef.numel() + 3
    network = clf.embedder_.backbone_.extractor.network
    n_backbone = sum(parameter.numel() for parameter in network.parameters())
    assert row["n_parameters"] == n_backbone + row["n_trainable"]


@pytest.mark.parametrize(("freeze", "n_frozen"), [(False, 0), (1, 3 * 8 * 9 + 8 + 2 * 8)])
def test_trainable_parameters_of_fine_tuning(freeze, n_frozen):
    row = compare_backbones(
        X,
        Y,
        {"row": make(freeze=freeze, training=TrainingOptions(unfreeze_after=2))},
        cv=2,
        scoring="map",
    ).loc["row"]
    assert row["n_parameters"] - row["n_trainable"] == n_frozen
    assert row["n_parameters"] == int(row["n_parameters"])


@pytest.mark.slow
def test_meta_estimators():
    tuned = TunedThresholdMultiLabelClassifierCV(make(), cv=2)
    search = GridSearchCV(make(), {"dropout": [0.1, 0.5]}, cv=2)
    for estimator in (tuned, search):
        results = compare_backbones(X, Y, ["tiny_cnn"], estimator=estimator, cv=2, scoring="map")
        assert results.notna().all(axis=None)


@pytest.mark.slow
def test_embedder_in_a_pipeline():
    pipeline = make_pipeline(ImageEmbedder(), MultiOutputClassifier(LogisticRegression()))
    results = compare_backbones(X, Y, ["tiny_cnn"], estimator=pipeline, cv=2, scoring="map")
    assert results[["map", *TIMES]].notna().all(axis=None)
    assert results[SIZES].isna().all(axis=None)


def test_rows_without_a_backbone():
    features = X.reshape(len(X), -1)[:, ::97].astype(float)
    rows = {"frequencies": DummyMultiLabelClassifier(), "head": make("precomputed")}
    results = compare_backbones(features, Y, rows, cv=2)
    assert results["embed_s"].isna().all()
    assert results[["map", "fit_s", "predict_s_per_1000"]].notna().all(axis=None)
    assert results["n_parameters"].isna().tolist() == [True, False]
    assert results.loc["head", "n_parameters"] == results.loc["head", "n_trainable"]


def test_backbones_that_are_not_names():
    rows = {
        "by name": "tiny_cnn",
        "function": torch_network,
        "recipe": get_recipe("labels14-dummy"),
    }
    results = compare_backbones(X, Y, rows, estimator=make(), cv=2, scoring="map")
    assert list(results.index) == list(rows)
    assert results["map"].notna().all()


def torch_network():
    import torch

    return torch.nn.Conv2d(3, 4, 8, stride=8)


@pytest.mark.parametrize(
    ("scoring", "columns"),
    [
        ("map", ["map"]),
        (["map", "f1_macro"], ["map", "f1_macro"]),
        ({"mAP": "map", "F1": get_scorer("f1_macro")}, ["mAP", "F1"]),
    ],
)
def test_scoring(scoring, columns):
    results = compare_backbones(X, Y, ["tiny_cnn"], estimator=make(), cv=2, scoring=scoring)
    expected = columns + SIZES + TIMES + [f"{name}_std" for name in columns]
    assert list(results.columns) == expected


def test_a_backbone_that_fails():
    rows = ["tiny_cnn", "tiny_cn", "cnn3_bn"]
    with pytest.warns(FitFailedWarning, match="'tiny_cn' failed.*Unknown backbone") as warned:
        results = compare_backbones(
            X, Y, rows, estimator=make(image_size=32), cv=2, scoring="map", random_state=0
        )
    assert len(warned) == 1
    assert warned[0].filename == __file__
    assert list(results.index) == rows
    assert results.notna().all(axis=1).tolist() == [True, False, True]
    assert results.isna().all(axis=1).tolist() == [False, True, False]


def test_all_backbones_fail():
    with pytest.raises(
        ValueError, match=r"(?s)All 2 backbones failed:\n  one: .*\n  two: "
    ) as error:
        compare_backbones(X, Y, {"one": "tiny_cn", "two": make(dropout=2.0)}, cv=2)
    assert "Unknown backbone" in str(error.value.__cause__)


def test_unreadable_images_are_no_failure_of_a_backbone():
    with pytest.raises(ImageReadError, match="missing"):
        compare_backbones([*X[:-1], "missing.jpg"], Y, ["tiny_cnn", "cnn4"], cv=2)


def test_an_interrupt_loses_no_rows():
    class Interrupting(DummyMultiLabelClassifier):
        def fit(self, X, y):
            raise KeyboardInterrupt

    rows = {"one": DummyMultiLabelClassifier(), "two": Interrupting(), "three": make()}
    with pytest.raises(KeyboardInterrupt) as interrupt:
        compare_backbones(X, Y, rows, cv=2, scoring="map")
    assert list(interrupt.value.results.index) == ["one"]
    assert interrupt.value.results["map"].notna().all()
    assert "1 of 3 backbones were done" in interrupt.value.__notes__[0]


def test_estimators_are_not_changed():
    estimator, row = make(), make()
    compare_backbones(X, Y, ["cnn3_bn"], estimator=estimator.set_params(image_size=32), cv=2)
    compare_backbones(X, Y, {"row": row}, cv=2)
    assert estimator.backbone == "tiny_cnn"
    assert not hasattr(estimator, "net_")
    assert not hasattr(row, "net_")


def test_progress(capsys):
    compare_backbones(X, Y, ["tiny_cnn"], estimator=make(), cv=2, scoring="map", verbose=1)
    assert "2/2" in capsys.readouterr().err
    compare_backbones(X, Y, ["tiny_cnn"], estimator=make(), cv=2, scoring="map")
    captured = capsys.readouterr()
    assert captured.err == captured.out == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"backbones": "resnet50"}, r"backbones='resnet50': expected names, such as \['resnet50'"),
        ({"backbones": []}, r"backbones=\[\]: expected names"),
        ({"backbones": {}}, r"backbones=\{\}: expected names"),
        ({"backbones": [make()]}, "entries that are not names; write a dict"),
        ({"backbones": ["tiny_cnn", "tiny_cnn"]}, "the same name more than once"),
        ({"estimator": DummyClassifier()}, r"DummyClassifier\(\) has 0 parameters called backbone"),
        ({"scoring": "mapp"}, "no scorer 'mapp'. Did you mean 'map'"),
        ({"scoring": {"fit_s": "map"}}, "'fit_s', which is the name of another column"),
        ({"Y": Y[:-1]}, "inconsistent numbers of samples"),
    ],
)
def test_wrong_arguments(arguments, message):
    arguments = {"X": X, "Y": Y, "backbones": ["tiny_cnn"], **arguments}
    with pytest.raises(ValueError, match=message):
        compare_backbones(**arguments)
