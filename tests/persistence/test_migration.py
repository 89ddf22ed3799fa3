"""Tests of files that earlier versions wrote.

The files in the folder ``data`` are of format 1, and the ``.npz`` files hold the predictions of the
models at that time, which were computed by torch in fp32, in batches of another size. Those of the
resumed training are with the random numbers of today's dropout.
"""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skmlic import TrainingOptions, load_model, save_model
from skmlic.datasets import make_multilabel_shapes
from skmlic.exceptions import ModelFileError

DATA = Path(__file__).parent / "data"
X, Y = make_multilabel_shapes(48, n_labels=3, random_state=0)
# On CPUs with other instructions, the features differ by up to 3e-8. The networks divide them by
# their small standard deviations, so that probabilities differ by up to 5e-6 of their values.
RTOL = 2e-5


@pytest.mark.parametrize("name", ["frozen", "fine_tuned", "tuned_threshold"])
def test_predictions_are_unchanged(name, tmp_path, read_parts):
    expected = np.load(DATA / "probabilities.npz")[name]
    loaded = load_model(DATA / f"{name}.skmlic")
    predicted = loaded.predict_proba(X)
    assert_allclose(predicted, expected, rtol=RTOL)
    save_model(loaded, tmp_path / "again.skmlic")
    assert read_parts(tmp_path / "again.skmlic")[0]["format"] == 2
    again = load_model(tmp_path / "again.skmlic")
    assert_array_equal(again.predict_proba(X), predicted)
    assert repr(again) == repr(loaded)


def test_training_resumes():
    clf = load_model(DATA / "interrupted.skmlic")
    clf.partial_fit(X, pd.DataFrame(Y, columns=["a", "b", "c"]))
    expected = np.load(DATA / "interrupted.npz")["resumed"]
    assert_allclose(clf.predict_proba(X), expected, rtol=1e-6)


def test_parameters_are_translated():
    clf = load_model(DATA / "frozen.skmlic")
    assert clf.color_mode == clf.embedder_.color_mode == "grayscale"
    assert clf.embedder_.backbone_.preprocessing.color_mode == "grayscale"
    expected = TrainingOptions(hard_negatives=2.0, mix=None, missing_weight=0.25)
    assert clf.training.get_params() == expected.get_params()

    clf = load_model(DATA / "fine_tuned.skmlic")
    assert clf.color_mode == "rgb"
    expected = TrainingOptions(
        unfreeze_after=2,
        backbone_lr=1e-4,
        layer_decay=0.7,
        freeze_batch_norm=False,
        erasing=0.2,
        warmup_epochs=1,
        accumulation_steps=2,
        gradient_clip=1.0,
    )
    assert clf.training.get_params() == expected.get_params()

    model = load_model(DATA / "tuned_threshold.skmlic")
    assert model.estimator.training.get_params() == TrainingOptions(input_dropout=0.1).get_params()
    assert model.estimator_.embedder_.mirror


@pytest.fixture
def load_changed(tmp_path, read_parts, forge):
    """A function that changes parameters of an old file, and then loads it."""

    def load(name, **parameters):
        document, tensors = read_parts(DATA / f"{name}.skmlic")
        model = document["model"]["estimator"]
        for place in (model, model[1].get("estimator"), model[2].get("estimator_")):
            if place is not None:
                place = place["estimator"] if isinstance(place, dict) else place
                if place[0] == "TransferMultiLabelClassifier":
                    place[1].update(parameters)
        forge(tmp_path / "changed.skmlic", document, tensors)
        return load_model(tmp_path / "changed.skmlic")

    return load


def test_default_options_are_none(load_changed):
    clf = load_changed("frozen", hard_negatives=None, mix="auto", unknown_weight=0.0)
    assert clf.training is None


@pytest.mark.parametrize("name", ["frozen", "tuned_threshold"])
def test_removed_tta_warns_once(name, load_changed):
    with pytest.warns(UserWarning, match=r"tta='flip'.*may differ.*mirror=True") as caught:
        model = load_changed(name, tta="flip", mirror=False)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert model.predict_proba(X).shape == (48, 3)


def test_removed_tta_does_not_warn_if_features_are_of_mirrored_images(load_changed):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load_changed("tuned_threshold", tta="flip", mirror=True)


def test_directories_are_refused(load_changed):
    with pytest.raises(ModelFileError, match="it names a directory of this machine"):
        load_changed("frozen", checkpoint={"path": "../anywhere"})
