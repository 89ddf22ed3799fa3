"""``skmlic predict``: what is written, and that it is written as pictures are found."""

import csv
import io
import itertools
import json
import os
import signal
import stat
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
from skmlic.cli import _files, _models, main
from skmlic.datasets import load_labelled_images, make_multilabel_shapes
from skmlic.embedding._feature_store import content_digest
from skmlic.images import _digest
from skmlic.metrics import top_k_labels
from skmlic.model_selection import TunedThresholdMultiLabelClassifierCV

NAMES = ["disc, red", "square", "triangle"]


@pytest.fixture(scope="module")
def shapes(tmp_path_factory):
    """Return a folder of 30 pictures, their paths in order, a model and its file."""
    folder = tmp_path_factory.mktemp("pictures")
    X, Y = make_multilabel_shapes(30, n_labels=3, random_state=0)
    paths = [str(folder / f"{number:02d}.png") for number in range(len(X))]
    for picture, path in zip(X, paths, strict=True):
        Image.fromarray(picture).save(path)
    classifier = TransferMultiLabelClassifier("tiny_cnn", max_epochs=2, random_state=0)
    estimator = TunedThresholdMultiLabelClassifierCV(classifier, cv=2)
    estimator.fit(paths, pd.DataFrame(Y, columns=NAMES))
    model = str(tmp_path_factory.mktemp("model") / "shapes.skmlic")
    save_model(estimator, model)
    return SimpleNamespace(folder=str(folder), paths=paths, estimator=estimator, model=model)


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(_models, "_CHUNK", 7)


def predict(shapes, *arguments, code=0):
    assert main(["predict", shapes.model, *map(str, arguments), "-q"]) == code


def read_jsonl(path):
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]


def expected_rows(shapes, decisions=None):
    """Return what should be written of all pictures."""
    probabilities = shapes.estimator.predict_proba(shapes.paths)
    if decisions is None:
        decisions = shapes.estimator.predict(shapes.paths)
    return [
        {
            "path": path,
            "labels": [NAMES[j] for j in np.argsort(-row) if decided[j]],
            "probabilities": pytest.approx(dict(zip(NAMES, row, strict=True)), abs=1e-5),
        }
        for path, row, decided in zip(shapes.paths, probabilities, decisions, strict=True)
    ]


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl"])
def test_answers_are_the_models(ending, shapes, small_chunks, tmp_path):
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
    ("options", "decide"),
    [
        (["--threshold", "0.4"], lambda P: P >= 0.4),
        (["--threshold", "0"], lambda P: P >= 0),
        (["--top-k", "2"], lambda P: top_k_labels(P, 2)),
        (["--top-k", "2", "--threshold", "0.5"], lambda P: top_k_labels(P, 2, threshold=0.5)),
    ],
)
def test_other_decisions(options, decide, shapes, tmp_path):
    file = tmp_path / "out.jsonl"
    predict(shapes, *shapes.paths, "-o", file, *options)
    decisions = decide(shapes.estimator.predict_proba(shapes.paths))
    assert read_jsonl(file) == expected_rows(shapes, decisions)


def test_ways_to_name_pictures(shapes, tmp_path, monkeypatch):
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


def test_folders_are_searched_to_the_bottom(tmp_path):
    wanted = ["a.JPG", "z.png", "b/c.png", "b/d/e.webp", "g/h.tif"]
    unwanted = ["notes.md", ".hidden.jpg", "b/.thumbnails/f.jpg"]
    for name in [*wanted, *unwanted]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "b" / "circle").symlink_to(tmp_path)
    found = _files.find_pictures([str(tmp_path)])
    assert list(found) == [str(tmp_path / name) for name in wanted]


def test_a_folder_is_not_listed_before_its_first_picture_is_there(monkeypatch, tmp_path):
    class Endless:
        """An open folder without end."""

        def __init__(self, folder):
            self.numbers = itertools.count()

        def __enter__(self):
            return self

        def __exit__(self, *error):
            pass

        def __iter__(self):
            return self

        def __next__(self):
            name = f"{next(self.numbers)}.jpg"
            return SimpleNamespace(name=name, path=name, is_dir=lambda follow_symlinks: False)

    monkeypatch.setattr(os, "scandir", Endless)
    found = itertools.islice(_files.find_pictures([str(tmp_path)]), 3)
    assert list(found) == ["0.jpg", "1.jpg", "10.jpg"]


def test_pictures_are_taken_as_they_are_needed(shapes, small_chunks):
    taken = []

    def paths():
        for path in itertools.cycle(shapes.paths):
            taken.append(path)
            yield path

    answers = _models.ask(shapes.estimator, paths(), NAMES)
    assert len(next(answers).paths) == len(taken) == 7
    assert len(next(answers).paths) == 7
    assert len(taken) == 14


def test_pictures_are_forgotten(shapes, tmp_path, monkeypatch):
    # Digests of files that are just made are not remembered.
    monkeypatch.setattr(_digest, "_RECENT_NS", -(2**60))
    shapes.estimator.predict(shapes.paths)
    assert skmlic.cache_info().bytes > 0
    assert content_digest._files
    predict(shapes, *shapes.paths, "-o", tmp_path / "out.csv")
    assert skmlic.cache_info().bytes == 0
    assert not content_digest._files


@pytest.fixture
def with_damaged(shapes, tmp_path):
    """Return paths with a damaged picture and one that is not there among them."""
    damaged = tmp_path / "damaged.png"
    damaged.write_text("nothing")
    return [*shapes.paths[:9], str(damaged), *shapes.paths[9:], str(tmp_path / "missing.png")]


@pytest.mark.parametrize("on_error", ["blank", "skip"])
def test_unreadable_pictures(on_error, with_damaged, shapes, small_chunks, tmp_path, capsys):
    (tmp_path / "list.txt").write_text("\n".join(with_damaged))
    arguments = ["predict", shapes.model, str(tmp_path / "list.txt"), "--on-error", on_error]
    file = tmp_path / "out.jsonl"
    assert main([*arguments, "-o", str(file)]) == 3
    *_, warning, note = capsys.readouterr().err.splitlines()
    assert warning.startswith("skmlic: warning: 2 pictures can't be read: ")
    assert "damaged.png (not in a format that Pillow reads)" in warning
    assert "missing.png (No such file or directory)" in warning
    n_rows = len(with_damaged) - 2 * (on_error == "skip")
    assert note == f"{n_rows} pictures in {file}"
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


def test_unreadable_pictures_as_errors(with_damaged, shapes, tmp_path, capsys):
    (tmp_path / "list.txt").write_text("\n".join(with_damaged))
    file = tmp_path / "out.csv"
    file.write_text("before")
    predict(shapes, tmp_path / "list.txt", "-o", file, "--on-error", "raise", code=1)
    assert "skmlic: error: 2 pictures can't be read" in capsys.readouterr().err
    assert file.read_text() == "before"
    assert not list(tmp_path.glob(".*"))


def test_only_unreadable_pictures(tmp_path, shapes, capsys):
    (tmp_path / "a.png").touch()
    predict(shapes, tmp_path, "-o", tmp_path / "out.tsv", code=3)
    assert (tmp_path / "out.tsv").read_text().splitlines()[1] == f"{tmp_path / 'a.png'}\t\t\t\t"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["{folder}", "-o", "{folder}/out.xlsx"], "expected a name that ends with"),
        (["{folder}/nowhere"], "There is no file or folder"),
        (["{folder}"], "There are no pictures"),
        (["{folder}", "-o", "{folder}/no/out.csv"], "There is no folder"),
    ],
)
def test_errors(arguments, expected, shapes, tmp_path, capsys):
    predict(shapes, *[text.format(folder=tmp_path) for text in arguments], code=1)
    assert expected in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_model_that_is_none(tmp_path, capsys):
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


# Files that are whole or not there


def test_file_is_made_like_any_other(shapes, tmp_path):
    predict(shapes, shapes.paths[0], "-o", tmp_path / "out.csv")
    (tmp_path / "other").touch()
    modes = [stat.S_IMODE(os.stat(tmp_path / name).st_mode) for name in ("out.csv", "other")]
    assert modes[0] == modes[1]


def test_device_is_not_replaced(shapes):
    predict(shapes, shapes.paths[0], "-o", os.devnull, "--format", "csv")
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


def write_half(file, error):
    with _files.open_output(str(file)) as part:
        part.write("half")
        part.flush()
        assert len(list(file.parent.glob(".*.part"))) == 1
        raise error


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ValueError])
def test_no_half_file(error, tmp_path):
    file = tmp_path / "out.csv"
    with pytest.raises(error):
        write_half(file, error)
    assert not list(tmp_path.iterdir())
    file.write_text("before")
    with pytest.raises(error):
        write_half(file, error)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["before"]


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (signal.SIGINT, 130),
        pytest.param(signal.SIGTERM, 143, marks=pytest.mark.slow),
    ],
)
def test_interrupted_process_leaves_no_file(number, code, shapes, tmp_path):
    command = [sys.executable, "-m", "skmlic", "predict", shapes.model, "-", "-o", "out.csv"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        process.stdin.write(shapes.paths[0] + "\n")
        process.stdin.flush()
        while not list(tmp_path.iterdir()):
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.05)
        process.send_signal(number)
        error = process.stderr.read()
    assert process.returncode == code
    assert "Traceback" not in error
    assert not list(tmp_path.iterdir())
