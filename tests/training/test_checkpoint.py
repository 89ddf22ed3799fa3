"""Checkpoints, from which an interrupted training resumes."""

import errno
import hashlib
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from skmlic import save_model
from skmlic.datasets import make_multilabel_shapes
from skmlic.dummy import DummyMultiLabelClassifier
from skmlic.training._checkpoint import name_checkpoint
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


def test_lbfgs_resumes(make_on_features, tmp_path, interrupted):
    # The state of this optimizer has lists of tensors. Separable labels take several epochs.
    rng = np.random.default_rng(0)
    X, Y = rng.standard_normal((60, 40)).astype(np.float32), rng.integers(0, 2, (60, 3))
    parameters = {"optimizer": "lbfgs", "hidden_layer_sizes": (), "weight_decay": 1e-4}
    whole = make_on_features(**parameters).fit(X, Y)
    clf = interrupted(make_on_features(**parameters, checkpoint=tmp_path), X, Y, 1)
    assert_same(clf.fit(X, Y), whole, X)


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


@pytest.fixture
def finished(make_on_features, features, tmp_path):
    """A function that repeats a finished training, and the file that it reads."""
    clf = make_on_features(max_epochs=2, checkpoint=tmp_path / "folder").fit(*features)
    (file,) = (tmp_path / "folder").iterdir()
    return lambda: clf.fit(*features), file


@pytest.mark.parametrize("place", [0, 31, 32, 100, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 1.0])
def test_a_flipped_bit_is_found(finished, place):
    fit, file = finished
    content = bytearray(file.read_bytes())
    place = place if isinstance(place, int) else round(place * (len(content) - 1))
    content[place] ^= 1 << place % 8
    file.write_bytes(content)
    with pytest.raises(ValueError, match=rf"{file.name}'.*checksum is wrong.*Delete it"):
        fit()


def _put_model_file(path):
    save_model(DummyMultiLabelClassifier().fit(["a.jpg"], [[1, 0]]), path)


def _put_other_checkpoint(path):
    path.write_bytes(path.with_suffix(".copy").read_bytes())


FOREIGN = {
    "empty": lambda path: path.touch(),
    "short": lambda path: path.write_bytes(b"0" * 10),
    "only a checksum": lambda path: path.write_bytes(b"0" * 32),
    "tensors": lambda path: torch.save({"weight": torch.zeros(3)}, path),
    "pickle": lambda path: path.write_bytes(pickle.dumps({"finished": True})),
    "model file": _put_model_file,
    "directory": lambda path: path.mkdir(),
    "pipe": lambda path: os.mkfifo(path),
    "of another training": _put_other_checkpoint,
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_foreign_file_is_named(finished, make_on_features, features, kind):
    fit, file = finished
    make_on_features(max_epochs=1, checkpoint=file.parent).fit(*features)
    (other,) = set(file.parent.iterdir()) - {file}
    other.rename(file.with_suffix(".copy"))
    file.unlink()
    FOREIGN[kind](file)
    with pytest.raises(ValueError, match=rf"{file.name}' is not an undamaged.*Delete it"):
        fit()


@pytest.mark.parametrize("hostile", [None, bytearray(10)], ids=["code", "copies"])
def test_a_forged_checkpoint_runs_no_code(finished, tmp_path, hostile):
    class Hostile:
        def __reduce__(self):
            return (tmp_path / "done").touch, ()

    fit, file = finished
    torch.save(hostile or Hostile(), file)
    content = file.read_bytes()
    file.write_bytes(hashlib.sha256(file.name.encode() + content).digest() + content)
    with pytest.raises(ValueError, match=r"it calls .* with arguments|Weights only load failed"):
        fit()
    assert not (tmp_path / "done").exists()


def test_a_truncated_checkpoint_is_found(finished):
    fit, file = finished
    content = file.read_bytes()
    for n_bytes in (1, 32, 33, 1000, len(content) - 1):
        file.write_bytes(content[:n_bytes])
        with pytest.raises(ValueError, match="checksum is wrong"):
            fit()
    file.write_bytes(content + b"0")
    with pytest.raises(ValueError, match="checksum is wrong"):
        fit()


def _fail_to_sync(descriptor):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _fail_to_save(state, file):
    # What torch does when the file system fails in the middle of a file.
    try:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    except OSError:
        raise RuntimeError("unexpected pos 704 vs 598")  # noqa: B904


@pytest.mark.parametrize(
    ("function", "replacement"),
    [("os.fsync", _fail_to_sync), ("torch.save", _fail_to_save)],
)
def test_a_full_disk_does_not_end_the_training(
    make_on_features, features, tmp_path, monkeypatch, function, replacement
):
    X, Y = features
    clf = make_on_features(max_epochs=2, checkpoint=tmp_path)
    with monkeypatch.context() as context:
        context.setattr(function, replacement)
        with pytest.warns(UserWarning, match=r"can't be written \(.*No space left.*continues"):
            clf.fit(X, Y)
    assert not list(tmp_path.iterdir())
    assert_same(clf, make_on_features(max_epochs=2).fit(X, Y), X)


def test_the_last_checkpoint_that_was_written_is_kept(
    make_on_features, features, tmp_path, interrupted, monkeypatch
):
    X, Y = features
    whole = make_on_features(max_epochs=4).fit(X, Y)
    clf = interrupted(make_on_features(max_epochs=4, checkpoint=tmp_path), X, Y, 2)
    with monkeypatch.context() as context:
        context.setattr("os.fsync", _fail_to_sync)
        with pytest.warns(UserWarning, match="can't be written"):
            interrupted(clf, X, Y, 3)
    assert_same(clf.fit(X, Y), whole, X)


def test_a_folder_that_cannot_be_made_is_an_error_before_the_training(
    make_on_features, features, tmp_path
):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        make_on_features(checkpoint=tmp_path / "file").fit(*features)


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
