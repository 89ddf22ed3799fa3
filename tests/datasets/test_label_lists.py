"""Tests of the reader of one list of images per label."""

import pathlib

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from skmlic.datasets import load_label_lists, load_labelled_images

NAMES = ["beach.jpg", "forest.jpg", "lake.PNG"]


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    for name in NAMES:
        Image.new("RGB", (4, 4)).save(folder / name)
    return folder


@pytest.fixture
def lists(tmp_path):
    def write_lists(**texts):
        lists = tmp_path / "lists"
        lists.mkdir()
        for name, text in texts.items():
            (lists / f"{name}.txt").write_text(text)
        return lists

    return write_lists


def test_lists_give_rows_sorted_by_path(folder, lists, file_names):
    data = load_label_lists(
        folder, lists(trees="lake\nforest.jpg\n\n", sea="beach\r\n lake.PNG \n")
    )
    assert file_names(data) == NAMES
    assert data.label_names == ["sea", "trees"]
    np.testing.assert_array_equal(data.Y, [[1, 0], [0, 1], [1, 1]])
    assert (data.Y.dtypes == np.int64).all()


@pytest.mark.parametrize("n_labels", [1, 2, 3])
def test_lists_agree_with_a_table(folder, lists, n_labels):
    labels = ["sea", "sun", "trees"][:n_labels]
    Y = np.ones((3, n_labels), dtype=int)
    Y[1, 1:] = 0
    listed = {
        label: "\n".join(name for name, y in zip(NAMES, Y[:, j], strict=True) if y)
        for j, label in enumerate(labels)
    }
    table = pd.DataFrame(Y, columns=labels)
    table.insert(0, "file", NAMES)
    data = load_label_lists(folder, lists(**listed))
    pd.testing.assert_frame_equal(data.frame, load_labelled_images(folder, table).frame)


def test_unlisted_images(folder, lists, file_names):
    (folder / "notes.txt").write_text("no image")
    place = lists(sea="beach\n", empty="")
    assert file_names(load_label_lists(folder, place)) == ["beach.jpg"]
    data = load_label_lists(folder, place, unlisted="negative")
    assert file_names(data) == NAMES
    np.testing.assert_array_equal(data.Y, [[0, 1], [0, 0], [0, 0]])


def test_lists_with_missing_images(folder, lists):
    place = lists(sea="lost\nbeach\n", trees="lost\n")
    with pytest.raises(FileNotFoundError, match=r"1 of the 2 .*'lost' \(at line 1 of sea\.txt\)"):
        load_label_lists(folder, place)
    data = load_label_lists(folder, place, missing="drop")
    assert data.missing == ["lost"]
    np.testing.assert_array_equal(data.Y, [[1, 0]])


def test_lists_with_label_names(folder, lists):
    place = lists(sea="beach\n", trees="beach\nforest\n")
    data = load_label_lists(folder, place, label_names=["trees"])
    assert data.label_names == ["trees"]
    with pytest.raises(ValueError, match=r"no list 'fog\.txt'"):
        load_label_lists(folder, place, label_names=["fog"])
    data = load_label_lists(folder, place, label_names=np.array(["trees", "sea"]))
    assert data.label_names == ["trees", "sea"]
    with pytest.raises(TypeError, match=r"label_names='sea' is one name\. Write \['sea'\]"):
        load_label_lists(folder, place, label_names="sea")


def test_lists_of_other_systems(folder, lists):
    place = lists(sea="\ufeffbeach\r\n.\\lake.png\r\n")
    (place / "._sea.txt").write_bytes(b"\xff\x00")
    (place / "TREES.TXT").write_text("forest")
    data = load_label_lists(folder, place)
    assert data.label_names == ["TREES", "sea"]
    np.testing.assert_array_equal(data.Y, [[0, 1], [1, 0], [0, 1]])
    (place / "fog.txt").write_bytes("über.jpg".encode("latin-1"))
    with pytest.raises(ValueError, match=r"fog\.txt' is not a UTF-8 text file.*write_text"):
        load_label_lists(folder, place)


def test_linked_folders_of_images(folder, lists, tmp_path, file_names):
    """Linked folders are searched once each, and their images have one row."""
    (tmp_path / "elsewhere").mkdir()
    for name in ("a.png", "b.png"):
        Image.new("RGB", (4, 4)).save(tmp_path / "elsewhere" / name)
    for name in ("first", "second"):
        (folder / name).symlink_to(tmp_path / "elsewhere")
    (folder / "up").symlink_to(folder)
    place = lists(sea="second/a\nup/lake\n", trees="first/a\n")
    data = load_label_lists(folder, place, unlisted="negative")
    found = dict(zip(file_names(data), data.Y.to_numpy().tolist(), strict=True))
    no = [0, 0]
    listed = {"lake.PNG": [1, 0], "a.png": [1, 1]}
    assert found == {"beach.jpg": no, "forest.jpg": no, "b.png": no, **listed}
    assert len(data.paths) == 5


def test_bad_lists(folder, lists, tmp_path):
    with pytest.raises(FileNotFoundError, match="one file per label"):
        load_label_lists(folder, folder)
    with pytest.raises(NotADirectoryError, match=r"lists=.*no such folder"):
        load_label_lists(folder, tmp_path / "nowhere")
    with pytest.raises(ValueError, match="are empty"):
        load_label_lists(folder, lists(sea="\n"))
    with pytest.raises(ValueError, match="unlisted='keep'"):
        load_label_lists(folder, folder, unlisted="keep")


def test_lists_with_quotes_and_commas(folder, lists):
    data = load_label_lists(folder, lists(sea='"beach.jpg",\n', trees="beach,\nlake;\n"))
    np.testing.assert_array_equal(data.Y, [[1, 1], [0, 1]])


@pytest.mark.parametrize("separator", [" ", ",", "\t", "  "])
@pytest.mark.parametrize("no", ["0", "-1"])
def test_lists_with_values_are_to_be_read_as_a_table(folder, lists, separator, no):
    values = {"sea": ["1", no, "1"], "trees": [no, no, "1"]}
    place = lists(
        **{
            label: "".join(f"{n}{separator}{v}\n" for n, v in zip(NAMES, column, strict=True))
            for label, column in values.items()
        }
    )
    with pytest.raises(FileNotFoundError, match="read the lists as a table: ") as caught:
        load_label_lists(folder, place)
    code = str(caught.value).split("as a table: ")[1].rstrip(".")
    names = {"folder": folder, "lists": place, "pandas": pd, "pathlib": pathlib}
    data = eval(code, {**names, "load_labelled_images": load_labelled_images})
    np.testing.assert_array_equal(data.Y[["sea", "trees"]], [[1, 0], [0, 0], [1, 1]])
