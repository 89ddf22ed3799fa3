"""A small data set and a trained model, which all tests of the command line use."""

from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from PIL import Image

from skmlic.cli import main
from skmlic.datasets import make_multilabel_shapes

NAMES = ["disc", "square", "triangle"]


@pytest.fixture(scope="session")
def data(tmp_path_factory):
    """Return a folder ``images`` with 80 images of shapes, and the table ``labels.csv``."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "images").mkdir()
    X, Y = make_multilabel_shapes(80, n_labels=3, random_state=0)
    for number, image in enumerate(X):
        Image.fromarray(image).save(folder / "images" / f"{number:02d}.png")
    table = pd.DataFrame(Y, columns=NAMES)
    table.insert(0, "file", [f"{number:02d}.png" for number in range(len(X))])
    table.to_csv(folder / "labels.csv", index=False)
    return SimpleNamespace(
        images=str(folder / "images"),
        labels=str(folder / "labels.csv"),
        table=table,
        arguments=[str(folder / "images"), str(folder / "labels.csv")],
        # Options that make training fast.
        small=["--backbone", "tiny_cnn", "--max-epochs", "2"],
    )


@pytest.fixture(scope="session")
def model(data, tmp_path_factory):
    """Return the path of a model that was trained on them."""
    path = str(tmp_path_factory.mktemp("model") / "shapes.skmlic")
    assert main(["train", *data.arguments, "-o", path, "-q", *data.small]) == 0
    return path


@pytest.fixture
def damaged(data, tmp_path):
    """Return the arguments of a data set in which two images cannot be read."""
    for name in data.table["file"]:
        (tmp_path / name).write_bytes(Path(data.images, name).read_bytes())
    (tmp_path / "03.png").write_text("nothing")
    (tmp_path / "05.png").write_text("")
    return [str(tmp_path), data.labels]


@pytest.fixture
def write_lists(data, tmp_path):
    """Return a function that writes a table with lists of labels, and returns its path."""

    def write(rows, names):
        lines = [f"{row['file']},{'|'.join(name for name in names if row[name])}" for row in rows]
        path = tmp_path / "lists.csv"
        path.write_text("\n".join(["file,labels", *lines]))
        return str(path)

    return write


@pytest.fixture
def fail(capsys):
    """Return a function that runs a command that fails, and returns the line of its error."""

    def run(*arguments):
        code = main([*map(str, arguments)])
        captured = capsys.readouterr()
        assert code == 1
        assert captured.out == ""
        *_, line = captured.err.splitlines()
        assert line.startswith("skmlic: error: ")
        assert "Traceback" not in captured.err
        return line

    return run
