"""Checkpoints, from which an interrupted training resumes."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from skmlic.datasets import make_multilabel_shapes
from skmlic.training._checkpoint import get_random_state, name_checkpoint, set_random_state
from skmlic.training._net import MultiLabelNet


def assert_same(clf, expected, X):
    assert_array_equal(clf.predict_proba(X), expected.predict_proba(X))
    assert clf.history_.drop(columns="seconds").equals(expected.history_.drop(columns="seconds"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"early_stopping": True},
        {"lr_schedule": "onecycle", "warmup_epochs": 1},
        {"lr_schedule": "plateau", "n_iter_no_change": 1},
        {"sampler": "balanced", "hard_negatives": 0.5},
    ],
    ids=lambda parameters: "-".join(parameters) or "defaults",
)
def test_a_training_resumes(make_on_features, features, tmp_path, interrupted, parameters):
    X, Y = features
    parameters = {"max_epochs": 9, "lr": 0.02, **parameters}
    whole = make_on_features(**parameters).fit(X, Y)
    clf = interrupted(make_on_features(**parameters, checkpoint=tmp_path), X, Y, 4)
    assert_same(clf.fit(X, Y), whole, X)
    assert_allclose(clf.batch_history_["lr"], whole.batch_history_["lr"])


@pytest.mark.slow
@pytest.mark.parametrize("n_epochs", [1, 3], ids=["in the head", "in the backbone"])
def test_fine_tuning_resumes(make_trainable, shapes, tmp_path, interrupted, n_epochs):
    X, Y = shapes
    parameters = {
        "max_epochs": 6,
        "unfreeze_after": 2,
        "augment": "light",
        "backbone_lr": 1e-3,
        "early_stopping": True,
    }
    whole = make_trainable(**parameters).fit(X, Y)
    clf = interrupted(make_trainable(**parameters, checkpoint=tmp_path), X, Y, n_epochs)
    assert_same(clf.fit(X, Y), whole, X)


def test_a_finished_training_is_loaded(make_on_features, features, tmp_path, monkeypatch):
    first = make_on_features(max_epochs=3, checkpoint=str(tmp_path)).fit(*features)
    monkeypatch.setattr(MultiLabelNet, "train_step", None)
    again = make_on_features(max_epochs=3, checkpoint=str(tmp_path)).fit(*features)
    assert_same(again, first, features[0])


@pytest.mark.slow
def test_a_killed_training_resumes(make_classifier, tmp_path):
    script = textwrap.dedent(
        """
        import sys
        import numpy as np
        from skmlic import TrainingOptions, TransferMultiLabelClassifier
        from skmlic.datasets import make_multilabel_shapes

        X, Y = make_multilabel_shapes(40, n_labels=3, random_state=0)
        training = TrainingOptions(unfreeze_after=1, checkpoint=sys.argv[1])
        TransferMultiLabelClassifier(
            "tiny_cnn", freeze=False, max_epochs=60, training=training, n_jobs=1, random_state=0
        ).fit(X, Y)
        """
    )
    environment = {**os.environ, "OMP_NUM_THREADS": str(torch.get_num_threads())}
    process = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], env=environment)
    while process.poll() is None and not list(tmp_path.glob("*.all.pt")):
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    written = {path.name for path in tmp_path.glob("*.pt")}
    X, Y = make_multilabel_shapes(40, n_labels=3, random_state=0)
    parameters = {"freeze": False, "max_epochs": 60, "unfreeze_after": 1, "random_state": 0}
    resumed = make_classifier("tiny_cnn", n_jobs=1, **parameters, checkpoint=tmp_path).fit(X, Y)
    assert {path.name for path in tmp_path.glob("*.pt")} == written
    assert_same(resumed, make_classifier("tiny_cnn", n_jobs=1, **parameters).fit(X, Y), X)


def test_other_data_or_parameters_have_other_checkpoints(make_on_features, features, tmp_path):
    X, Y = features
    clf = make_on_features(max_epochs=2, checkpoint=tmp_path).fit(X, Y)
    assert_same(clf.fit(X, 1 - Y), make_on_features(max_epochs=2).fit(X, 1 - Y), X)
    clf.set_params(lr=0.1).fit(X, Y)
    assert_same(clf, make_on_features(max_epochs=2, lr=0.1).fit(X, Y), X)
    assert len(list(tmp_path.iterdir())) == 3


def test_a_damaged_checkpoint_is_named(make_on_features, features, tmp_path):
    clf = make_on_features(max_epochs=2, checkpoint=tmp_path).fit(*features)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(ValueError, match=rf"{file.name}' can't be read.*Delete it"):
        clf.fit(*features)


def test_names_of_checkpoints(tmp_path):
    folder = tmp_path / "new"
    name = name_checkpoint(folder, {"lr": 0.1, "loss": "bce"}, (np.ones(3),))
    assert name.parent == folder
    assert folder.is_dir()
    assert name == name_checkpoint(folder, {"loss": "bce", "lr": 0.1}, (np.ones(3),))
    assert name != name_checkpoint(folder, {"lr": 0.2, "loss": "bce"}, (np.ones(3),))
    assert name != name_checkpoint(folder, {"lr": 0.1, "loss": "bce"}, (np.zeros(3),))
    with pytest.raises(ValueError, match="class_weight can't be pickled"):
        name_checkpoint(folder, {"class_weight": lambda Y: np.ones(3)}, ())


def test_random_state_is_restored():
    with torch.random.fork_rng(devices=[]):
        state = get_random_state()
        expected = torch.rand(3)
        torch.rand(5)
        set_random_state(state)
        assert torch.equal(torch.rand(3), expected)
