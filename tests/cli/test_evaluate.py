"""``skmlic evaluate``: scores of a model on labelled images."""

import json

import numpy as np
import pytest

from skmlic import load_model
from skmlic.cli import _reports, main
from skmlic.datasets import load_labelled_images
from skmlic.metrics import get_scorer


@pytest.fixture
def scores_of(capsys):
    """Return a function that evaluates a model, and returns the scores."""

    def run(*arguments):
        assert main(["evaluate", *map(str, arguments), "--json", "-", "-q"]) == 0
        return json.loads(capsys.readouterr().out)

    return run


@pytest.mark.slow
def test_scores_are_those_of_the_scorers(data, model, scores_of):
    found = scores_of(model, *data.arguments)
    own = load_labelled_images(data.images, data.labels)
    estimator = load_model(model)
    for name, value in found["scores"].items():
        assert value == pytest.approx(get_scorer(name)(estimator, own.paths, own.Y))
    assert found["n_images"] == 80
    assert list(found["labels"]) == own.label_names
    assert found["labels"]["disc"]["support"] == own.Y["disc"].sum()
    assert list(found["means"]) == ["macro", "micro", "weighted", "samples"]
    assert found["means"]["samples"]["roc_auc"] is None


@pytest.mark.slow
def test_tables_and_json(data, model, tmp_path, capsys):
    path = tmp_path / "scores.json"
    assert main(["evaluate", model, *data.arguments, "--json", str(path)]) == 0
    found = json.loads(path.read_text())
    text = capsys.readouterr().out
    assert f"{model} on 80 images" in text
    assert f"{found['scores']['map']:.3f}" in text
    assert [line.split()[0] for line in text.splitlines()[2:5]] == ["disc", "square", "triangle"]


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(
    ("n_positive", "expected"),
    [
        ((0, 3, 40), None),
        (
            (1, 3, 40),
            "1 label has 1 or 2 positives here, so that scores depend on single images: d",
        ),
        ((1, 2, 3), "2 labels have 1 or 2 positives here, so that scores depend on single images"),
    ],
    ids=["none", "one", "two"],
)
def test_labels_with_few_positives(n_positive, expected, data, model, tmp_path, capsys):
    table = data.table.copy()
    for name, n in zip(["disc", "square", "triangle"], n_positive, strict=True):
        table[name] = (np.arange(len(table)) < n).astype(int)
    path = tmp_path / "rare.csv"
    table.to_csv(path, index=False)
    assert main(["evaluate", model, data.images, str(path)]) == 0
    told = [line for line in capsys.readouterr().out.splitlines() if "single images" in line]
    assert [line[: len(expected or "")] for line in told] == ([expected] if expected else [])


def test_labels_are_matched_by_name(data, model, tmp_path, scores_of):
    table = tmp_path / "permuted.csv"
    data.table[["file", "triangle", "disc", "square"]].to_csv(table, index=False)
    assert scores_of(model, data.images, table) == scores_of(model, *data.arguments)


def test_different_labels(data, model, tmp_path, fail, scores_of):
    table = tmp_path / "other.csv"
    data.table.rename(columns={"square": "box"}).to_csv(table, index=False)
    line = fail("evaluate", model, data.images, table)
    assert "the data lack 'square'; the model lacks 'box'" in line
    found = scores_of(model, data.images, table, "--common-labels")
    whole = scores_of(model, *data.arguments)
    assert found["labels"] == {name: whole["labels"][name] for name in ["disc", "triangle"]}
    data.table[["file"]].assign(box=1).to_csv(table, index=False)
    line = fail("evaluate", model, data.images, table, "--common-labels")
    assert "have no label in common" in line


@pytest.mark.filterwarnings("default")
def test_labels_without_images_in_lists(data, model, write_lists, scores_of):
    rows = [row for _, row in data.table.iterrows() if not row["triangle"]]
    found = scores_of(model, data.images, write_lists(rows, ["disc", "square"]))
    assert list(found["labels"]) == ["disc", "square", "triangle"]
    assert found["labels"]["triangle"]["support"] == 0


def test_unreadable_images(damaged, model, fail, capsys):
    assert "--on-error skip" in fail("evaluate", model, *damaged)
    assert main(["evaluate", model, *damaged, "--on-error", "skip"]) == 3
    captured = capsys.readouterr()
    assert "on 78 images" in captured.out
    assert "skmlic: warning: 2 images cannot be read" in captured.err


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_report(model, damaged, tmp_path, monkeypatch, capsys, fail):
    page = tmp_path / "report.html"
    arguments = ["evaluate", model, *damaged, "--report", str(page)]
    assert main([*arguments, "--on-error", "skip", "-q"]) == 3
    assert "78 samples" in page.read_text(encoding="utf-8")
    capsys.readouterr()
    monkeypatch.setattr(_reports, "find_spec", lambda name: None)
    assert "skmlic[plot]" in fail(*arguments)


@pytest.mark.parametrize("content", ["", "no model"])
def test_files_that_are_no_models(content, data, tmp_path, fail):
    path = tmp_path / "m"
    path.write_text(content)
    assert str(path) in fail("evaluate", path, *data.arguments)
