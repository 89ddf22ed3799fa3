"""Backbones that are trained together with the head."""

import pickle
from functools import partial

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

import skmlic
from skmlic import TrainingOptions, TransferMultiLabelClassifier, model_stages
from skmlic.datasets import make_multilabel_shapes
from skmlic.metrics import average_precision_score, get_scorer
from skmlic.model_selection import MultiLabelStratifiedKFold, TunedThresholdMultiLabelClassifierCV
from skmlic.training._fine_tuning import make_fine_tuning_plan

X_TEST, Y_TEST = make_multilabel_shapes(60, n_labels=3, random_state=1)


def weights_of(clf):
    return clf.embedder_.backbone_.extractor.network.state_dict()


def assert_same_weights(first, second):
    for name, tensor in first.items():
        assert torch.equal(tensor, second[name]), name


# The plan


def test_plan_of_a_classifier():
    options = TrainingOptions(layer_decay=0.5, erasing=0.1, mix="cutmix")
    clf = TransferMultiLabelClassifier(freeze="0", lr=0.01, batch_size=8, augment="light", n_jobs=2)
    plan = make_fine_tuning_plan(clf, options, "bf16")
    assert (plan.freeze, plan.precision, plan.augment) == ("0", "bf16", "light")
    assert (plan.layer_decay, plan.erasing, plan.mix) == (0.5, 0.1, "cutmix")
    assert plan.backbone_lr == pytest.approx(1e-4)
    assert (plan.part_size, plan.n_threads) == (8, 2)
    assert plan.changes_images


def test_images_are_not_changed_by_default():
    plan = make_fine_tuning_plan(
        TransferMultiLabelClassifier(freeze=False), TrainingOptions(backbone_lr=0.1), "fp32"
    )
    assert plan.mix is None
    assert plan.backbone_lr == 0.1
    assert not plan.changes_images


# Equivalences


def test_with_everything_frozen_it_is_training_on_features(make_trainable, shapes):
    last = model_stages("tiny_cnn")[-1]
    frozen = make_trainable(freeze=True, mix=None).fit(*shapes)
    trained = make_trainable(freeze=last, unfreeze_after=0).fit(*shapes)
    assert_same_weights(weights_of(frozen), weights_of(trained))
    assert_allclose(trained.predict_proba(X_TEST), frozen.predict_proba(X_TEST), atol=2e-3)
    by_number = make_trainable(freeze=3, unfreeze_after=0).fit(*shapes)
    assert_array_equal(by_number.predict_proba(X_TEST), trained.predict_proba(X_TEST))


def test_a_learning_rate_of_0_changes_nothing(make_trainable, shapes):
    clf = make_trainable(lr=0.0, max_epochs=2).fit(*shapes)
    plain = make_trainable(freeze=True, lr=0.0, max_epochs=1).fit(*shapes)
    assert_same_weights(weights_of(plain), weights_of(clf))
    assert_allclose(clf.predict_proba(X_TEST), plain.predict_proba(X_TEST), rtol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("options", [{}, {"augment": "light", "erasing": 0.5}], ids=["", "changed"])
def test_a_seed_determines_the_result(make_trainable, shapes, options):
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    first, second, other = (
        make_trainable(**options, random_state=seed).fit(*shapes).predict_proba(X_TEST)
        for seed in (0, 0, 1)
    )
    assert torch.equal(torch.rand(3), expected)
    assert_array_equal(first, second)
    assert not np.array_equal(other, first)


@pytest.mark.slow
def test_erasing_and_augmentation_change_the_training(make_trainable, shapes):
    results = [
        make_trainable(**options).fit(*shapes).predict_proba(X_TEST)
        for options in ({}, {"erasing": 0.5}, {"augment": "flip"}, {"mix": "mixup"})
    ]
    assert len({result.tobytes() for result in results}) == 4


def test_the_shared_network_is_left_alone(make_trainable, shapes):
    plain = make_trainable(freeze=True)
    expected = plain.fit(*shapes).predict_proba(X_TEST)
    make_trainable().fit(*shapes)
    skmlic.clear_cache()
    assert_array_equal(clone(plain).fit(*shapes).predict_proba(X_TEST), expected)


@pytest.mark.slow
def test_training_a_random_network_pays(make_trainable, shapes):
    frozen = make_trainable(freeze=True, max_epochs=30, lr=3e-3).fit(*shapes)
    trained = make_trainable(max_epochs=30, unfreeze_after=8, lr=3e-3, backbone_lr=3e-3)
    trained.fit(*shapes)
    scores = [average_precision_score(Y_TEST, c.predict_proba(X_TEST)) for c in (frozen, trained)]
    assert scores[1] > scores[0]
    assert trained.history_["train_loss"].iloc[-1] < frozen.history_["train_loss"].iloc[-1]


def test_paths_sample_weights_and_missing_labels(make_trainable, shapes, tmp_path):
    X, Y = shapes
    paths = [tmp_path / f"{i}.png" for i in range(len(X))]
    for path, image in zip(paths, X, strict=True):
        Image.fromarray(image).save(path)
    partial = np.where(np.arange(len(Y))[:, np.newaxis] % 3 == [0, 1, 3], np.nan, Y)
    weight = np.where(np.arange(len(X)) % 4 == 0, 0.0, 1.0)
    clf = make_trainable(augment="geometric").fit(paths, partial, sample_weight=weight)
    assert np.isfinite(clf.predict_proba(paths)).all()
    used = weight > 0
    same = make_trainable(augment="geometric").fit(X[used], partial[used])
    assert_allclose(same.predict_proba(X), clf.predict_proba(paths), atol=1e-5)


# The result


@pytest.mark.parametrize("backbone", ["cnn4", "cnn3_bn", "cnn5_bn_avg"])
def test_networks_from_scratch(make_trainable, shapes, backbone):
    parameters = {"image_size": 32, "max_epochs": 2, "freeze_batch_norm": False}
    clf = make_trainable(backbone=backbone, **parameters).fit(shapes[0][:16], shapes[1][:16])
    assert clf.predict_proba(X_TEST[:5]).shape == (5, 3)


@pytest.mark.slow
def test_weights_are_named(fine_tuned_classifier):
    assert fine_tuned_classifier.classifier.weights_name_ == "random, fine-tuned"


@pytest.mark.slow
def test_pickle_and_clone(fine_tuned_classifier):
    clf, X, Y = fine_tuned_classifier
    expected = clf.predict_proba(X_TEST)
    assert_array_equal(pickle.loads(pickle.dumps(clf)).predict_proba(X_TEST), expected)
    assert_array_equal(clone(clf).fit(X, Y).predict_proba(X_TEST), expected)


def test_the_trained_network_is_an_ordinary_one(fine_tuned_classifier):
    extractor = fine_tuned_classifier.classifier.embedder_.backbone_.extractor
    assert all(p.is_contiguous() and not p.requires_grad for p in extractor.parameters())
    assert not any(module.training for module in extractor.modules())


def test_features_of_new_weights_are_not_stored_on_a_disk(make_trainable, shapes, tmp_path):
    def measure():
        return sum(file.stat().st_size for file in tmp_path.rglob("*") if file.is_file())

    clf = make_trainable(memory=tmp_path, max_epochs=2).fit(*shapes)
    before = measure()
    assert before > 0
    clf.predict_proba(X_TEST)
    assert measure() == before


@pytest.mark.slow
def test_searches_and_thresholds(make_trainable, shapes):
    search = GridSearchCV(
        TunedThresholdMultiLabelClassifierCV(make_trainable(max_epochs=2), cv=2),
        {"estimator__freeze": [True, "0"]},
        scoring=get_scorer("map"),
        cv=MultiLabelStratifiedKFold(2),
        error_score="raise",
    ).fit(*shapes)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


# Arithmetic and compilation


@pytest.mark.slow
def test_a_network_in_bf16(make_trainable, shapes):
    clf = make_trainable(
        backbone="mobilenet_v3_small",
        weights=None,
        image_size=32,
        precision="bf16",
        max_epochs=2,
        freeze=3,
    ).fit(*shapes)
    assert_array_equal(pickle.loads(pickle.dumps(clf)).predict(X_TEST), clf.predict(X_TEST))


# torch's compiler may warn of deprecations in torch itself.
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("freeze", [False, "0"])
def test_compiled_training_is_the_same(make_trainable, shapes, freeze, monkeypatch):
    # Tracing is what may fail here. The default backend is slow, and needs a C++ compiler.
    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend="eager"))
    plain, compiled = (
        make_trainable(freeze=freeze, compile=flag).fit(*shapes) for flag in (False, True)
    )
    assert_allclose(compiled.history_["train_loss"], plain.history_["train_loss"], rtol=1e-4)
    expected = compiled.predict_proba(X_TEST)
    assert_allclose(expected, plain.predict_proba(X_TEST), rtol=1e-3)
    assert_array_equal(pickle.loads(pickle.dumps(compiled)).predict_proba(X_TEST), expected)
    extractor = compiled.embedder_.backbone_.extractor
    assert "_extract" not in vars(extractor)
    assert not any(module._forward_hooks for module in extractor.modules())


@pytest.mark.gpu
@pytest.mark.parametrize("precision", ["auto", "fp32", "bf16", "fp16"])
@pytest.mark.parametrize("freeze", [False, "0"])
def test_on_a_gpu(make_trainable, shapes, precision, freeze):
    parameters = {"freeze": freeze, "gradient_clip": 1.0}
    clf = make_trainable(device="cuda", precision=precision, **parameters).fit(*shapes)
    plain = make_trainable(device="cpu", **parameters).fit(*shapes)
    assert_allclose(clf.predict_proba(X_TEST), plain.predict_proba(X_TEST), atol=0.05)
    assert_allclose(clf.history_["train_loss"], plain.history_["train_loss"], rtol=0.05)


@pytest.mark.gpu
def test_gradients_are_scaled_for_float16(make_trainable, shapes, load):
    clf = make_trainable(
        device="cuda", precision="fp16", mix="either", accumulation_steps=2, batch_size=8
    ).fit(*shapes)
    before = load().extractor.network.state_dict()
    assert not torch.equal(weights_of(clf)["0.0.weight"].cpu(), before["0.0.weight"])
    assert np.isfinite(clf.predict_proba(X_TEST)).all()
