"""``skmlic predict``: what is written, and that it is written as images are found."""

import csv
import io
import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import skmlic
from skmlic import TransferMultiLabelClassifier, save_model
from skmlic.cli import _predictions, main
from skmlic.datasets import load_labelled_images, make_multilabel_shapes
from skmlic.embedding import content_digest
from skmlic.images import _digest
from skmlic.metrics import top_k_labels
from skmlic.model_selection import TunedThresholdMultiLabelClassifierCV

NAMES = ["disc, red", "square", "triangle"]


@pytest.fixture(scope="module")
def shapes(tmp_path_factory):
    """Return a folder of 30 images, their paths in order, a model and its file."""
    folder = tmp_path_factory.mktemp("images")
    X, Y = make_multilabel_shapes(30, n_labels=3, random_state=0)
    paths = [str(folder / f"{number:02d}.png") for number in range(len(X))]
    for image, path in zip(X, paths, strict=True):
        Image.fromarray(image).save(path)
    classifier = TransferMultiLabelClassifier("tiny_cnn", max_epochs=2, random_state=0)
    estimator = TunedThresholdMultiLabelClassifierCV(classifier, cv=2)
    estimator.fit(paths, pd.DataFrame(Y, columns=NAMES))
    model = str(tmp_path_factory.mktemp("model") / "shapes.skmlic")
    save_model(estimator, model)
    return SimpleNamespace(folder=str(folder), paths=paths, estimator=estimator, model=model)


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(_predictions, "_CHUNK", 7)


def predict(shapes, *arguments, code=0):
    assert main(["predict", shapes.model, *map(str, arguments), "-q"]) == code


def read_jsonl(path):
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]


def expected_rows(shapes, labels=None):
    """Return what should be written about all images."""
    probabilities = shapes.estimator.predict_proba(shapes.paths)
    if labels is None:
        labels = shapes.estimator.predict(shapes.paths)
    return [
        {
            "path": path,
            "labels": [NAMES[j] for j in np.argsort(-row) if predicted[j]],
            "probabilities": pytest.approx(dict(zip(NAMES, row, strict=True)), abs=1e-5),
        }
        for path, row, predicted in zip(shapes.paths, probabilities, labels, strict=True)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl"])
def test_predictions_are_those_of_the_model(ending, shapes, small_chunks, tmp_path):
    file = tmp_path / f"out.{ending.upper()}"
    predict(shapes, *shapes.paths, "-o", file)
    expected = expected_rows(shapes)
    if ending == "jsonl":
        assert read_jsonl(file) == expected
        return
    with open(file, encoding="utf-8", newline="") as lines:
        header, *rows = csv.reader(lines, delimiter="," if ending == "csv" else "\t")
    assert header == ["path", "labels", *NAMES]
    assert [row[0] for row in rows] == shapes.paths
    assert [row[1] for row in rows] == [";".join(row["labels"]) for row in expected]
    for row, wanted in zip(rows, expected, strict=True):
        assert dict(zip(NAMES, map(float, row[2:]), strict=True)) == wanted["probabilities"]


@pytest.mark.parametrize("options", [[], ["-o", "-"]])
def test_stdout_has_rows_and_nothing_else(options, shapes, capsys):
    assert main(["predict", shapes.model, shapes.paths[0], *options]) == 0
    captured = capsys.readouterr()
    header, row = captured.out.splitlines()
    assert header.split("\t") == ["path", "labels", *NAMES]
    assert row.startswith(shapes.paths[0])
    assert "Predicting" in captured.err


@pytest.mark.parametrize(
    ("options", "choose"),
    [
        (["--threshold", "0.4"], lambda P: P >= 0.4),
        (["--threshold", "0"], lambda P: P >= 0),
        (["--top-k", "2"], lambda P: top_k_labels(P, 2)),
        (["--top-k", "2", "--threshold", "0.5"], lambda P: top_k_labels(P, 2, threshold=0.5)),
    ],
)
def test_labels_by_threshold_and_top_k(options, choose, shapes, tmp_path):
    file = tmp_path / "out.jsonl"
    predict(shapes, *shapes.paths, "-o", file, *options)
    labels = choose(shapes.estimator.predict_proba(shapes.paths))
    assert read_jsonl(file) == expected_rows(shapes, labels)


@pytest.mark.slow
def test_sources_of_images(shapes, tmp_path, monkeypatch):
    expected = expected_rows(shapes)
    lines = "\n".join([*shapes.paths, "", " "])
    (tmp_path / "list.txt").write_text(lines)
    monkeypatch.setattr(sys, "stdin", io.StringIO(lines))
    for sources in ([shapes.folder], [tmp_path / "list.txt"], ["-"], [shapes.paths[0], "-"]):
        if sources[-1] == "-":
            sys.stdin.seek(0)
        predict(shapes, *sources, "-o", tmp_path / "out.jsonl")
        rows = read_jsonl(tmp_path / "out.jsonl")
        n_more = len(sources) - 1
        assert rows[n_more:] == expected


def test_features_and_digests_are_not_kept(shapes, tmp_path, monkeypatch):
    # Digests of files are not remembered as long as the files are new.
    monkeypatch.setattr(_digest, "_RECENT_NS", -(2**60))
    shapes.estimator.predict(shapes.paths)
    before = skmlic.cache_info().bytes
    assert content_digest._files
    copies = [shutil.copy(path, tmp_path) for path in shapes.paths]
    Image.new("RGB", (32, 32), "navy").save(copies[0])
    predict(shapes, *copies, "-o", tmp_path / "out.csv")
    assert skmlic.cache_info().bytes == before
    assert not content_digest._files


def test_formats_of_pillow_are_predicted_and_other_files_are_named(shapes, tmp_path, capsys):
    names = ["a.jpg", "b.jfif", "c.JPE", "d.avif", "e.jp2", "f.ppm"]
    # Pillow writes AVIF since version 11.3.
    names = [name for name in names if Path(name).suffix.lower() in Image.registered_extensions()]
    for name in names:
        Image.new("RGB", (16, 16), "navy").save(tmp_path / name)
    (tmp_path / "Notes.md").touch()
    (tmp_path / ".DS_Store").touch()
    assert main(["predict", shapes.model, str(tmp_path)]) == 0
    captured = capsys.readouterr()
    found = [Path(line.partition("\t")[0]).name for line in captured.out.splitlines()[1:]]
    assert found == names
    assert f"1 of other types ({tmp_path / 'Notes.md'})" in captured.err
    assert f"1 hidden ({tmp_path / '.DS_Store'})" in captured.err


def test_a_folder_without_images_names_its_files(shapes, tmp_path, capsys):
    (tmp_path / "notes.md").touch()
    predict(shapes, tmp_path, code=1)
    assert f"1 of other types ({tmp_path / 'notes.md'})" in capsys.readouterr().err


def test_urls_are_predicted(shapes, tmp_path):
    fsspec = pytest.importorskip("fsspec")
    fsspec.filesystem("memory").pipe("/predicted/a.png", Path(shapes.paths[0]).read_bytes())
    predict(shapes, "memory://predicted/a.png", shapes.paths[0], "-o", tmp_path / "out.jsonl")
    by_url, by_path = read_jsonl(tmp_path / "out.jsonl")
    assert by_url == {**by_path, "path": "memory://predicted/a.png"}


@pytest.fixture
def with_damaged(shapes, tmp_path):
    """Return paths that include a damaged image and one that does not exist."""
    damaged = tmp_path / "damaged.png"
    damaged.write_text("nothing")
    return [*shapes.paths[:9], str(damaged), *shapes.paths[9:], str(tmp_path / "missing.png")]


@pytest.mark.parametrize("on_error", ["blank", "skip"])
def test_unreadable_images(on_error, with_damaged, shapes, small_chunks, tmp_path, capsys):
    (tmp_path / "list.txt").write_text("\n".join(with_damaged))
    arguments = ["predict", shapes.model, str(tmp_path / "list.txt"), "--on-error", on_error]
    file = tmp_path / "out.jsonl"
    assert main([*arguments, "-o", str(file)]) == 3
    *_, warning, note = capsys.readouterr().err.splitlines()
    assert warning.startswith("skmlic: warning: 2 images cannot be read: ")
    assert "damaged.png (not in a format that Pillow reads)" in warning
    assert "missing.png (No such file or directory)" in warning
    n_rows = len(with_damaged) - 2 * (on_error == "skip")
    assert note == f"{n_rows} images in {file}"
    rows = read_jsonl(file)
    assert [row for row in rows if row["labels"] is not None] == expected_rows(shapes)
    empty = [row for row in rows if row["labels"] is None]
    if on_error == "skip":
        assert empty == []
        return
    assert [row["path"] for row in rows] == with_damaged
    assert all(row["probabilities"] is None for row in empty)
    assert main([*arguments, "-o", str(tmp_path / "out.csv"), "-q"]) == 3
    frame = pd.read_csv(tmp_path / "out.csv")
    assert frame[NAMES].isna().all(axis=1).sum() == 2
    assert capsys.readouterr().err == ""


def test_unreadable_images_as_errors(with_damaged, shapes, tmp_path, capsys):
    (tmp_path / "list.txt").write_text("\n".join(with_damaged))
    file = tmp_path / "out.csv"
    file.write_text("before")
    predict(shapes, tmp_path / "list.txt", "-o", file, "--on-error", "raise", code=1)
    assert "skmlic: error: 2 images cannot be read" in capsys.readouterr().err
    assert file.read_text() == "before"
    assert not list(tmp_path.glob(".*"))


def test_only_unreadable_images(tmp_path, shapes, capsys):
    (tmp_path / "a.png").touch()
    predict(shapes, tmp_path, "-o", tmp_path / "out.tsv", code=3)
    assert (tmp_path / "out.tsv").read_text().splitlines()[1] == f"{tmp_path / 'a.png'}\t\t\t\t"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["{folder}", "-o", "{folder}/out.xlsx"], "expected a name that ends with"),
        (["{folder}/nowhere"], "There is no file or folder"),
        (["{folder}"], "There are no images"),
        (["{folder}", "-o", "{folder}/no/out.csv"], "There is no folder"),
    ],
)
def test_errors(arguments, expected, shapes, tmp_path, capsys):
    predict(shapes, *[text.format(folder=tmp_path) for text in arguments], code=1)
    assert expected in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_files_that_are_no_models(tmp_path, capsys):
    (tmp_path / "model").write_text("nothing")
    assert main(["predict", str(tmp_path / "model"), str(tmp_path)]) == 1
    assert main(["predict", str(tmp_path / "nowhere"), str(tmp_path), "-q"]) == 1
    assert capsys.readouterr().err.count("skmlic: error: ") == 2


def test_model_of_one_target(shapes, tmp_path, capsys):
    clf = TransferMultiLabelClassifier("tiny_cnn", max_epochs=1, random_state=0)
    save_model(clf.fit(shapes.paths, [0, 1] * 15), tmp_path / "binary.skmlic")
    assert main(["predict", str(tmp_path / "binary.skmlic"), shapes.folder]) == 1
    assert "expected a multi-label classifier" in capsys.readouterr().err


@pytest.mark.parametrize("n_labels", [1, 2])
def test_few_labels(n_labels, shapes, tmp_path):
    _, Y = make_multilabel_shapes(30, n_labels=n_labels, random_state=0)
    clf = TransferMultiLabelClassifier("tiny_cnn", max_epochs=1, random_state=0)
    clf.fit(shapes.paths, pd.DataFrame(Y, columns=NAMES[:n_labels]))
    save_model(clf, tmp_path / "few.skmlic")
    file = tmp_path / "out.jsonl"
    assert main(["predict", str(tmp_path / "few.skmlic"), *shapes.paths, "-o", str(file)]) == 0
    found = [list(row["probabilities"].values()) for row in read_jsonl(file)]
    np.testing.assert_allclose(found, clf.predict_proba(shapes.paths), atol=1e-6)


def test_predictions_can_be_read_as_labels(shapes, tmp_path):
    file = tmp_path / "out.tsv"
    predict(shapes, *shapes.paths, "-o", file, "--top-k", "2")
    data = load_labelled_images(
        shapes.folder, file, label_column="labels", label_sep=";", label_names=NAMES
    )
    assert data.paths == shapes.paths
    expected = top_k_labels(shapes.estimator.predict_proba(shapes.paths), 2)
    np.testing.assert_array_equal(data.Y, expected)


@pytest.mark.slow
def test_interrupted_process_leaves_no_file(shapes, tmp_path):
    command = [sys.executable, "-m", "skmlic", "predict", shapes.model, "-", "-o", "out.csv"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        process.stdin.write(shapes.paths[0] + "\n")
        process.stdin.flush()
        while not list(tmp_path.iterdir()):
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        error = process.stderr.read()
    assert process.returncode == 130
    assert "Traceback" not in error
    assert not list(tmp_path.iterdir())
