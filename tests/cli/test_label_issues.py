"""Labels of a data set that are probably wrong."""

import json

import numpy as np
import pandas as pd
import pytest

from skmlic.classifier import TransferMultiLabelClassifier
from skmlic.cli import _label_issues, main
from skmlic.cli._console import Console
from skmlic.label_issues import find_label_issues
from skmlic.persistence import load_model


@pytest.mark.slow
def test_a_model_judges_the_labels(data, model, tmp_path, capsys):
    path = tmp_path / "report.json"
    assert main(["describe", *data.arguments, "--model", model, "--json", str(path)]) == 0
    captured = capsys.readouterr()
    assert "probably wrong" in captured.out
    assert "only in images that it was not trained on" in captured.err
    found = json.loads(path.read_text())
    assert found["n_images"] == 80
    paths = [f"{data.images}/{name}" for name in data.table["file"]]
    Y = data.table.drop(columns="file")
    expected = find_label_issues(Y, load_model(model).predict_proba(paths))
    assert [issue["label"] for issue in found["label_issues"]] == expected["label"].tolist()


@pytest.mark.slow
def test_unreadable_images_are_not_judged(damaged, model, capsys):
    assert main(["describe", *damaged, "--model", model, "-q"]) == 3
    assert "probably wrong" in capsys.readouterr().out


@pytest.mark.slow
def test_folds(data, model, capsys):
    assert main(["describe", *data.arguments, "--model", model, "--cv", "2"]) == 0
    captured = capsys.readouterr()
    assert "probably wrong" in captured.out
    assert "only in images" not in captured.err


def test_leave_one_out_scores(data, model, monkeypatch):
    scores = np.random.default_rng(0).random((80, 3))

    monkeypatch.setattr(TransferMultiLabelClassifier, "fit", lambda self, X, Y: self)
    monkeypatch.setattr(TransferMultiLabelClassifier, "loo_predict_proba_", scores)
    paths, Y = data.table["file"].tolist(), data.table.drop(columns="file")
    issues = _label_issues.list_issues(model, "loo", paths, Y, Console(True))
    pd.testing.assert_frame_equal(issues.drop(columns="file"), find_label_issues(Y, scores))


def test_long_tables_are_cut(capsys):
    issues = pd.DataFrame(
        {"file": "a.png", "label": "sea", "given": 0, "score": 0.9, "error_probability": 0.8},
        index=range(21),
    )
    _label_issues.show_issues(issues, Console(True))
    out = capsys.readouterr().out
    assert "21 labels probably wrong, the first 20 of them" in out
    assert out.count("a.png") == 20


@pytest.mark.slow
def test_wrong_arguments(data, model, fail, write_lists):
    assert "--cv needs --model" in fail("describe", *data.arguments, "--cv", "3")
    other = data.table.rename(columns={"disc": "a", "square": "b", "triangle": "c"})
    table = write_lists(other.to_dict("records"), ["a", "b", "c"])
    line = fail("describe", data.images, table, "--model", model)
    assert "no label in common" in line
    line = fail("describe", *data.arguments, "--model", model, "--cv", "loo")
    assert "no leave-one-out scores" in line
