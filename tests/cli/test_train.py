"""``skmlic train``: from images and labels to a model file."""

import re

import numpy as np
import pytest
from sklearn.model_selection import cross_val_score

from skmlic import TransferMultiLabelClassifier, load_model
from skmlic.calibration import CalibratedMultiLabelClassifierCV
from skmlic.cli import _reports, main
from skmlic.datasets import load_labelled_images
from skmlic.dummy import DummyMultiLabelClassifier
from skmlic.metrics import average_precision_score, get_scorer
from skmlic.model_selection import MultiLabelStratifiedKFold, TunedThresholdMultiLabelClassifierCV
from skmlic.recipes import get_recipe


@pytest.fixture
def train(data, tmp_path):
    """Return a function that trains with some options, and returns the loaded model."""

    def run(*options):
        path = tmp_path / "trained.skmlic"
        assert main(["train", *data.arguments, "-o", str(path), "-q", *data.small, *options]) == 0
        return load_model(path)

    return run


def flat_parameters(estimator):
    """Return the parameters, with those of nested estimators in place of the latter."""
    parameters = estimator.get_params()
    return {name: value for name, value in parameters.items() if name != "training"}


def test_tables_and_notes(data, tmp_path, capsys):
    path = tmp_path / "shapes.skmlic"
    assert main(["train", *data.arguments, "-o", str(path), *data.small]) == 0
    captured = capsys.readouterr()
    assert "80 images, 3 labels" in captured.err
    assert "Training on 64 images" in captured.err
    assert "On 16 held-out images" in captured.out
    assert re.search(r"f1_macro +0\.\d{3}\n", captured.out)
    assert re.search(r"square( +[01]\.\d{3}){5} +\d+\n", captured.out)
    assert "tuned for f1_macro" in captured.out
    assert captured.out.endswith(f"Next: skmlic predict {path} IMAGES -o predictions.tsv\n")
    assert [file.name for file in tmp_path.iterdir()] == ["shapes.skmlic"]


@pytest.mark.slow
def test_leave_one_out_scores_without_held_out_images(data, tmp_path, capsys):
    path = str(tmp_path / "shapes.skmlic")
    arguments = ["train", *data.arguments, "-o", path, "--test-size", "0"]
    assert main([*arguments, "--backbone", "tiny_cnn", "--head", "kernel"]) == 0
    output = capsys.readouterr().out
    assert "Leave-one-out, on all 80 images" in output
    clf = TransferMultiLabelClassifier("tiny_cnn", head="kernel", random_state=0)
    own = load_labelled_images(data.images, data.labels)
    clf.fit(own.paths, own.Y)
    score = average_precision_score(own.Y, clf.loo_predict_proba_)
    assert re.search(rf"map +{score:.3f}\n", output)
    assert main([*arguments, *data.small]) == 0
    assert "Leave-one-out" not in capsys.readouterr().out


@pytest.mark.slow
def test_model_is_that_of_the_estimator(data, train):
    found = train("--test-size", "0", "--seed", "3")
    clf = TransferMultiLabelClassifier("tiny_cnn", max_epochs=2, random_state=3)
    expected = TunedThresholdMultiLabelClassifierCV(clf)
    own = load_labelled_images(data.images, data.labels)
    expected.fit(own.paths, own.Y)
    np.testing.assert_array_equal(found.predict_proba(own.paths), expected.predict_proba(own.paths))
    np.testing.assert_array_equal(found.thresholds_, expected.thresholds_)
    assert list(found.label_names_) == ["disc", "square", "triangle"]


def test_parameters(train):
    options = ["--hidden-layer-sizes", "8,4", "--class-weight", "inv_sqrt", "--mix", "none"]
    clf = train("--thresholds", "none", *options)
    assert isinstance(clf, TransferMultiLabelClassifier)
    assert clf.hidden_layer_sizes == [8, 4]
    assert clf.class_weight == "inv_sqrt"
    assert clf.training.mix is None
    assert clf.random_state == 0


def test_recipe(train):
    found = train("--recipe", "fast", "--thresholds", "none", "--input-dropout", "0.1")
    expected = get_recipe("fast", backbone="tiny_cnn", max_epochs=2, random_state=0)
    expected.set_params(training__input_dropout=0.1)
    assert flat_parameters(found) == flat_parameters(expected)


def test_recipe_of_a_baseline(data, tmp_path):
    path = str(tmp_path / "m")
    arguments = ["train", *data.arguments, "-o", path, "--thresholds", "none"]
    assert main([*arguments, "--recipe", "labels14-dummy"]) == 0
    assert isinstance(load_model(path), DummyMultiLabelClassifier)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "objective"),
    [
        ([], "f1_macro"),
        (["--thresholds", "micro"], "f1_micro"),
        (["--thresholds", "f2_samples"], "f2_samples"),
    ],
    ids=["default", "average", "name"],
)
def test_tuned_thresholds(options, objective, train):
    model = train(*options)
    assert isinstance(model, TunedThresholdMultiLabelClassifierCV)
    assert model.objective == objective


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "method"),
    [(["--calibrate", "isotonic"], "isotonic"), (["--calibrate"], "sigmoid")],
    ids=["named", "default"],
)
def test_calibration(options, method, train):
    # Tuned thresholds are outside of the calibration, but would train it six times.
    model = train(*options, "--thresholds", "none")
    assert isinstance(model, CalibratedMultiLabelClassifierCV)
    assert model.method == method


@pytest.mark.slow
def test_thresholds_are_tuned_on_calibrated_probabilities(train):
    model = train("--calibrate")
    assert isinstance(model, TunedThresholdMultiLabelClassifierCV)
    assert isinstance(model.estimator_, CalibratedMultiLabelClassifierCV)


@pytest.mark.slow
def test_thresholds_of_a_trained_network_are_not_tuned(train):
    clf = train("--freeze", "false", "--unfreeze-after", "1")
    assert isinstance(clf, TransferMultiLabelClassifier)
    assert set(clf.history_["trained"]) == {"head", "all"}
    assert clf.verbose == 0


def test_cross_validation(data, tmp_path, capsys):
    options = ["--cv", "3", "--thresholds", "none", *data.small]
    assert main(["train", *data.arguments, "-o", str(tmp_path / "m"), *options]) == 0
    captured = capsys.readouterr()
    assert "Training on 80 images" in captured.err
    assert "held-out" not in captured.out
    own = load_labelled_images(data.images, data.labels)
    scores = cross_val_score(
        TransferMultiLabelClassifier("tiny_cnn", max_epochs=2, random_state=0),
        own.paths,
        own.Y,
        scoring=get_scorer("map"),
        cv=MultiLabelStratifiedKFold(3, shuffle=True, random_state=0),
    )
    assert "3-fold cross-validation" in captured.out
    assert re.search(rf" map +{scores.mean():.3f} +{scores.std():.3f}\n", captured.out)


def test_lists_of_labels(data, write_lists, tmp_path):
    _, rows = zip(*data.table.iterrows(), strict=True)
    table = write_lists(rows, ["disc", "square", "triangle"])
    arguments = [data.images, table, "--read", "label_names=square,disc", "--thresholds", "none"]
    assert main(["train", *arguments, "-o", str(tmp_path / "m"), "-q", *data.small]) == 0
    assert list(load_model(tmp_path / "m").label_names_) == ["square", "disc"]


def test_folder_of_the_model_must_exist(data, tmp_path, fail):
    assert "There is no folder" in fail("train", *data.arguments, "-o", tmp_path / "nowhere" / "m")
    assert "is a folder" in fail("train", *data.arguments, "-o", tmp_path)


def test_unreadable_images(data, damaged, tmp_path, fail, capsys):
    path = tmp_path / "m.skmlic"
    arguments = ["train", *damaged, "-o", str(path), *data.small, "--thresholds", "none"]
    line = fail(*arguments)
    assert "2 images cannot be read" in line
    assert "03.png" in line
    assert "05.png" in line
    assert "--on-error skip" in line
    assert not path.exists()
    assert main([*arguments, "--on-error", "skip", "--test-size", "0"]) == 3
    captured = capsys.readouterr()
    assert "Training on 78 images" in captured.err
    assert "skmlic: warning: 2 images cannot be read" in captured.err
    assert path.exists()


def test_report_is_about_the_held_out_images(data, tmp_path, monkeypatch, capsys):
    written = []
    monkeypatch.setattr(_reports, "report", lambda model, X, Y, path: written.append((X, Y, path)))
    page = str(tmp_path / "report.html")
    options = ["--report", page, "--thresholds", "none", *data.small]
    assert main(["train", *data.arguments, "-o", str(tmp_path / "m"), *options]) == 0
    [(paths, Y, path)] = written
    assert len(paths) == len(Y) == 16
    assert path == page
    # Long paths are wrapped.
    assert page in "".join(capsys.readouterr().out.split())


@pytest.mark.filterwarnings("default")
def test_few_positives_advise_cross_validation(data, tmp_path, capsys):
    table = data.table.assign(disc=(np.arange(len(data.table)) < 8).astype(int))
    table.to_csv(tmp_path / "rare.csv", index=False)
    arguments = ["train", data.images, str(tmp_path / "rare.csv"), "-o", str(tmp_path / "m")]
    assert main([*arguments, *data.small, "--thresholds", "none"]) == 0
    expected = "depend on single images: disc (--cv 5 scores on all images)\n"
    assert expected in capsys.readouterr().out
