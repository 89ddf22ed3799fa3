"""Predictions for annotation tools, which readers read back."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from skmlic import TransferMultiLabelClassifier, load_model, save_model
from skmlic.cli import main
from skmlic.datasets import load_dataset


@pytest.fixture(scope="module")
def folder(data, tmp_path_factory):
    """Return a folder of eight images, two of them in a subfolder."""
    place = tmp_path_factory.mktemp("tasks")
    (place / "more here").mkdir()
    for number, name in enumerate(sorted(Path(data.images).iterdir())[:8]):
        target = place / "more here" if number > 5 else place
        (target / name.name).write_bytes(name.read_bytes())
    return place


def predict(model, *arguments, code=0):
    assert main(["predict", model, *map(str, arguments), "-q"]) == code


@pytest.mark.parametrize("form", ["label-studio", "fiftyone"])
def test_predictions_can_be_read_back(form, model, folder, tmp_path):
    file = tmp_path / "out.json"
    predict(model, folder, "-o", file, "--format", form)
    estimator, names = load_model(model), ["disc", "square", "triangle"]
    options = {"results": "predictions"} if form == "label-studio" else {}
    data = load_dataset(folder, file, label_names=names, **options)
    assert len(data.paths) == 8
    np.testing.assert_array_equal(data.Y, estimator.predict(data.paths))


def test_form_of_label_studio(model, folder, tmp_path):
    file = tmp_path / "out.json"
    image = folder / "more here" / "06.png"
    predict(model, image, "-o", file, "--format", "label-studio", "--top-k", 2)
    (task,) = json.loads(file.read_text())
    assert task["data"]["image"].startswith("/data/local-files/?d=")
    assert task["data"]["image"].endswith("/more%20here/06.png")
    (prediction,) = task["predictions"]
    assert prediction["model_version"] == "shapes.skmlic"
    probabilities = load_model(model).predict_proba([str(image)])[0]
    best = np.argsort(-probabilities)
    certain = [*probabilities[best[:2]], 1 - probabilities[best[2]]]
    assert prediction["score"] == pytest.approx(np.mean(certain), abs=1e-5)
    (result,) = prediction["result"]
    names = np.array(["disc", "square", "triangle"])
    assert result == {
        "from_name": "choice",
        "to_name": "image",
        "type": "choices",
        "value": {"choices": names[best[:2]].tolist()},
    }


def test_form_of_fiftyone(model, folder, tmp_path):
    file = tmp_path / "out.json"
    image = folder / "00.png"
    predict(model, image, "-o", file, "--format", "fiftyone", "--threshold", "0")
    probabilities = load_model(model).predict_proba([str(image)])[0]
    expected = [
        {"label": label, "confidence": pytest.approx(probabilities[label], abs=1e-5)}
        for label in np.argsort(-probabilities)
    ]
    assert json.loads(file.read_text()) == {
        "classes": ["disc", "square", "triangle"],
        "labels": {str(image): expected},
    }


@pytest.fixture
def tasks(folder, tmp_path):
    """Write tasks of Label Studio: one annotated, one not, and one image twice."""
    answer = {"from_name": "shape", "to_name": "photo", "type": "choices"}
    answer["value"] = {"choices": ["disc"]}
    content = [
        {"id": 11, "data": {"photo": "/data/upload/1/8a7b6c5d-00.png"}, "annotations": []},
        {
            "id": 12,
            "data": {"photo": "/data/upload/1/0a7b6c5d-01.png", "place": "here"},
            "annotations": [{"id": 1, "result": [answer]}],
        },
        {"id": 13, "data": {"photo": "/data/local-files/?d=x/more%20here/06.png"}},
        {"id": 14, "data": {"photo": "/data/upload/1/8a7b6c5d-00.png"}},
    ]
    file = tmp_path / "tasks.json"
    file.write_text(json.dumps(content))
    return file, content


def test_tasks_are_written_back(tasks, model, folder, tmp_path):
    file, content = tasks
    out = tmp_path / "out.json"
    predict(model, folder, "--tasks", file, "-o", out)
    written = {task["id"]: task for task in json.loads(out.read_text())}
    for task in content:
        new = written[task["id"]]
        assert {key: new[key] for key in task} == task
        for result in new["predictions"][0]["result"]:
            assert (result["from_name"], result["to_name"]) == ("shape", "photo")
    assert written[11]["predictions"] == written[14]["predictions"]
    predict(model, folder, "--tasks", file, "-o", out, "--tags", "a,b", "--threshold", "0")
    assert json.loads(out.read_text())[0]["predictions"][0]["result"][0]["from_name"] == "a"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["{folder}", "--tasks", "nowhere.json"], "There is no file --tasks 'nowhere.json'"),
        (["{folder}/00.png", "--tasks", "{tasks}"], "--tasks needs one folder as IMAGES"),
        (["{folder}", "--tasks", "{tasks}", "--format", "csv"], "--format label-studio"),
        (["{folder}", "--tasks", "{tasks}", "-o", "{tasks}"], "would overwrite --tasks"),
        (["{folder}/more here", "--tasks", "{tasks}"], "3 of the 4 images of the tasks are not in"),
        (["{folder}", "-o", "x.json"], "--format, which takes csv, tsv, jsonl, label-studio"),
    ],
)
def test_errors(arguments, expected, tasks, model, folder, fail):
    places = {"folder": folder, "tasks": tasks[0]}
    assert expected in fail("predict", model, *(text.format(**places) for text in arguments))


def test_tags_are_two_names(model, folder, capsys):
    with pytest.raises(SystemExit):
        main(["predict", model, str(folder), "--tags", "choice"])
    assert "'choice': expected two names" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["label-studio", "fiftyone"])
def test_unreadable_images(form, model, folder, tmp_path):
    (tmp_path / "bad.png").write_text("nothing")
    file = tmp_path / "out.json"
    for on_error, n_items in [("blank", 1), ("skip", 0)]:
        arguments = ["--format", form, "--on-error", on_error]
        predict(model, tmp_path / "bad.png", "-o", file, *arguments, code=3)
        content = json.loads(file.read_text())
        items = content["labels"] if form == "fiftyone" else content
        assert len(items) == n_items
        if n_items and form == "fiftyone":
            assert items == {str(tmp_path / "bad.png"): None}
        elif n_items:
            assert items[0]["predictions"] == []


@pytest.mark.parametrize("n_labels", [1, 2])
def test_few_labels(n_labels, data, folder, tmp_path):
    names = ["disc", "square"][:n_labels]
    paths = [f"{data.images}/{name}" for name in data.table["file"][:30]]
    clf = TransferMultiLabelClassifier("tiny_cnn", max_epochs=1, random_state=0)
    clf.fit(paths, pd.DataFrame(data.table[names][:30]))
    save_model(clf, tmp_path / "few.skmlic")
    for form, options in [("label-studio", {"results": "predictions"}), ("fiftyone", {})]:
        file = tmp_path / f"{form}.json"
        predict(str(tmp_path / "few.skmlic"), folder, "-o", file, "--format", form, "--top-k", 1)
        found = load_dataset(folder, file, label_names=names, **options)
        np.testing.assert_array_equal(found.Y.sum(axis=1), 1)


def test_data_sets_in_an_archive(data, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path / "home"))
    for name, color in [("sea/a.png", 1), ("sky/a.png", 1), ("sky/b.png", 2)]:
        path = tmp_path / "set" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (4, 4), color).save(path)
    archive = shutil.make_archive(str(tmp_path / "set"), "zip", tmp_path / "set")
    for images in (tmp_path / "set", archive):
        assert main(["describe", str(images)]) == 0
        assert "2 images, 2 labels" in capsys.readouterr().out
    options = ["--read", "format=class_folders", "--read", "label_names=sky"]
    assert main(["describe", archive, *options]) == 0
    assert "2 images, 1 label" in capsys.readouterr().out
