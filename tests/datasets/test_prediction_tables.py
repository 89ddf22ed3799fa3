"""Tables of predictions, whose names are escaped, and other tables, whose names are not."""

import pandas as pd
import pytest
from PIL import Image

from skmlic.datasets import load_labelled_images

LABELS = ["-", "+", "@home", "=", "\\x3d", "a\\x3d", "\\x0a", "\\u0041", "caf\\xe9", "$\\x2d$"]
IMAGES = ["a.png", "=1.png", "\\x3d1.png", "a\\x3d.png", "\\u0041.png", "dir/b.png", "x0a/c.png"]


@pytest.fixture
def images(root):
    """A folder of images whose names look escaped."""
    for name in IMAGES:
        file = root / "images" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (4, 4)).save(file)
    return "images"


@pytest.mark.filterwarnings("ignore:'-' seems to mean")
@pytest.mark.parametrize("label", LABELS)
def test_labels_of_other_tables_are_kept(label, images):
    names = pd.DataFrame({"file": ["a.png", "dir/b.png"], "labels": [f"{label};sea", "sea"]})
    options = {"label_column": "labels", "label_sep": ";"}
    assert label in load_labelled_images(images, names, **options).label_names
    columns = pd.DataFrame({"file": ["a.png", "dir/b.png"], label: [1, 0]})
    assert load_labelled_images(images, columns).label_names == [label]


@pytest.mark.parametrize("header", ["file", "path"])
@pytest.mark.parametrize("name", [*IMAGES, "dir\\b.png", "x0a\\c.png"])
def test_names_of_files_are_kept(name, header, images):
    table = pd.DataFrame({header: [name], "sea": [1]})
    assert load_labelled_images(images, table).paths == [
        f"images/{name}".replace("\\b", "/b").replace("\\c", "/c")
    ]


@pytest.mark.filterwarnings("ignore:'-' seems to mean")
def test_predictions_name_the_image_that_was_escaped(images):
    table = pd.DataFrame(
        {"path": ["\\x3d1.png", "\\x5cx3d1.png"], "labels": ["\\x2d;a\\x3d", "\\x2b"], "\\x2d": 0.5}
    )
    data = load_labelled_images(images, table, label_column="labels", label_sep=";")
    assert data.paths == ["images/=1.png", "images/\\x3d1.png"]
    assert data.label_names == ["+", "-", "a\\x3d"]
    values = table.assign(**{"labels": [0, 1], "\\x2d": [1, 0]})
    assert load_labelled_images(images, values).label_names == ["labels", "-"]


def test_folders_of_windows_may_look_escaped_in_tables_of_predictions(images):
    table = pd.DataFrame({"path": ["x0a\\c.png", "images\\x0a\\c.png"], "labels": ["a", "b"]})
    for row in (0, 1):
        assert load_labelled_images(images, table.iloc[[row]]).paths == ["images/x0a/c.png"]
