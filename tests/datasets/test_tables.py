"""Tests of the reader of tables: parameters, columns, and its result."""

import copy
import os
import pickle

import numpy as np
import pandas as pd
import polars
import pytest
from sklearn.utils import Bunch

from skmlic.datasets import load_dataset, load_labelled_images

NAMES = ["beach.jpg", "forest.jpg", "lake.PNG"]


@pytest.mark.parametrize("labels", [["sea"], ["sea", "trees"], ["sea", "trees", "sun"]])
def test_reader_gives_paths_labels_and_names(folder, write, labels):
    values = np.array([[1, 0, 1], [0, 1, 1], [1, 1, 0]])[:, : len(labels)]
    names = ["more/c.png", "a.png", "b.JPG"]
    table = pd.DataFrame(values, columns=labels)
    table.insert(0, "file", names)

    data = load_labelled_images(folder, write(table.to_csv(index=False)))

    assert data.paths == [str(folder / name) for name in names]
    assert all(type(path) is str for path in data.paths)
    assert data.label_names == labels
    pd.testing.assert_frame_equal(data.Y, table[labels].astype(np.int64))


def test_frame_as_table_is_read_alike_and_left_alone(folder):
    table = pd.DataFrame(
        {"sea": [True, False], "file": ["a", "b"], 3: [0.0, 1.0]}, index=["x", "y"]
    )
    before = table.copy(deep=True)
    data = load_labelled_images(folder, table, path_column="file")
    assert data.label_names == ["sea", "3"]
    assert data.Y.index.tolist() == [0, 1]
    np.testing.assert_array_equal(data.Y, [[1, 0], [0, 1]])
    pd.testing.assert_frame_equal(table, before)


def test_names_beside_other_columns(read):
    text = "split,file,tags\ntrain,beach.jpg,sea;sunset\ntest,forest.jpg,sea\n"
    data = read(text, path_column="file", label_column="tags")
    assert data.label_names == ["sea", "sunset"]
    with pytest.raises(
        ValueError, match=r"'split'.*'train', expected 0 or 1.*label_column='split'"
    ):
        read(text, path_column="file")


def test_label_column_may_come_first(read):
    assert read("tags,file\nsea,beach.jpg\n", label_column="tags").label_names == ["sea"]


def test_label_names_select_columns(read):
    text = "file,split,sea,trees\nbeach.jpg,train,1,0\n"
    data = read(text, label_names=["trees", "sea"])
    np.testing.assert_array_equal(data.Y, [[0, 1]])
    assert data.label_names == ["trees", "sea"]
    with pytest.raises(ValueError, match=r"'tree', which Y does not have\. Did you mean 'trees'"):
        read(text, label_names=["tree"])


@pytest.mark.parametrize(
    ("label_names", "error"), [("sea", TypeError), ([], ValueError), (["sea", "sea"], ValueError)]
)
def test_bad_label_names(read, label_names, error):
    with pytest.raises(error, match="label_names="):
        read("file,tags\nbeach.jpg,sea\n", label_names=label_names)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"label_column": "labels"}, "label_column='labels' is not in the table"),
        ({"label_column": "tags", "path_column": "tags"}, "are both 'tags'"),
    ],
)
def test_columns_that_do_not_exist(read, options, expected):
    with pytest.raises(ValueError, match=expected):
        read("file,tags\nbeach.jpg,sea\n", **options)


@pytest.mark.parametrize(
    "text", [",file,sea\n0,beach.jpg,1\n", "file,\nbeach.jpg,1\n", "file,,\na,b,"]
)
def test_columns_without_a_name(read, text):
    with pytest.raises(ValueError, match=r"Column [01] .* has no name.*index=False"):
        read(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("file\na.png\n", "one column 'file' in the table .*csv', expected"),
        ("file,sea\n", "no rows"),
        ("file,sea,sea\na.png,1,1\n", "more than once in the table .*: 'sea'"),
    ],
)
def test_malformed_tables(folder, write, text, expected):
    with pytest.raises(ValueError, match=expected):
        load_labelled_images(folder, write(text))


def test_bad_parameters(folder, write, tmp_path):
    table = write("file,sea\na.png,1\n")
    with pytest.raises(ValueError, match="missing='ignore', expected 'raise' or 'drop'"):
        load_labelled_images(folder, table, missing="ignore")
    with pytest.raises(ValueError, match=r"path_column='name' is not .* 'file', 'sea'"):
        load_labelled_images(folder, table, path_column="name")
    with pytest.raises(NotADirectoryError, match="no such folder"):
        load_labelled_images(tmp_path / "nowhere", table)
    with pytest.raises(NotADirectoryError, match="is a file"):
        load_labelled_images(table, folder)


def test_table_that_does_not_exist(folder):
    (folder / "labels.csv").write_text("file,sea\na.png,1\n")
    with pytest.raises(FileNotFoundError, match=r"Did you mean csv=.*images.*labels\.csv"):
        load_labelled_images(folder, "labels.csv")
    with pytest.raises(FileNotFoundError, match=r"no table at csv='labels\.txt'\.$"):
        load_labelled_images(folder, "labels.txt")


@pytest.mark.parametrize("again", ["a.png", "./a.png", "more/../a"])
def test_two_rows_of_an_image(folder, write, again):
    table = write(f"file,sea\na.png,1\nb.JPG,0\n{again},0\n")
    advice = "groupby" if again == "a.png" else "in the same way"
    with pytest.raises(ValueError, match=rf"2 rows .*'a.png' \(row 0\), .*row 2.*{advice}"):
        load_labelled_images(folder, table)


def test_remedy_for_two_rows_of_an_image_works(folder):
    table = pd.DataFrame({"file": ["a.png", "a.png"], "sea": [0, 1], "sun": [0, 0]})
    data = load_labelled_images(folder, table.groupby("file", as_index=False).max())
    np.testing.assert_array_equal(data.Y, [[1, 0]])


@pytest.mark.parametrize("options", [{}, {"label_column": "tag"}, {"label_sep": ";"}])
def test_remedy_for_one_row_per_label_works(read, options):
    text = "file,tag\nbeach.jpg,sea\nforest.jpg,trees\nbeach.jpg,sunset\n"
    with pytest.raises(ValueError, match=r"'beach\.jpg' \(row 2\)") as caught:
        read(text, **options)
    remedy = str(caught.value).split("pass ")[1].split(", where table")[0]
    table = pd.DataFrame({"file": [*NAMES[:2], NAMES[0]], "tag": ["sea", "trees", "sunset"]})
    arguments = eval(f"dict({remedy})", {"table": table})
    merged = arguments.pop("csv")
    data = read(merged.to_csv(index=False), **options | arguments)
    assert data.label_names == ["sea", "sunset", "trees"]
    np.testing.assert_array_equal(data.Y, [[1, 1, 0], [0, 0, 1]])


@pytest.mark.parametrize("relative", [True, False])
def test_round_trip_through_the_frame(folder, read, monkeypatch, relative):
    monkeypatch.chdir(folder.parent)
    place = folder.name if relative else folder
    table = pd.DataFrame({"file": NAMES, "sea": [1, 0, np.nan], "trees": [0, 1, 1]})
    data = load_labelled_images(place, table, na_values="")
    again = load_labelled_images(place, data.frame, na_values="")
    assert again.paths == data.paths
    pd.testing.assert_frame_equal(again.frame, data.frame)
    data.frame.to_csv("again.csv", index=False)
    pd.testing.assert_frame_equal(
        load_labelled_images(place, "again.csv", na_values="").frame, data.frame
    )


def test_frame_of_labels_called_path_and_image_path(read):
    data = read("file,path,image_path\nbeach.jpg,1,0\n")
    assert data.frame.columns.to_list() == ["image_image_path", "path", "image_path"]


def test_frame_of_a_label_called_path(read, folder):
    data = read("file,path\nbeach.jpg,1\n")
    assert data.frame.columns.tolist() == ["image_path", "path"]
    pd.testing.assert_frame_equal(load_labelled_images(folder, data.frame).frame, data.frame)


def test_frame_is_no_view_of_Y(read):
    data = read("file,sea\nbeach.jpg,1\n")
    data.frame.loc[0, "sea"] = 0
    assert data.Y.loc[0, "sea"] == 1


def test_missing_images_are_named(read, folder):
    data = read("file,sea\nlost.jpg,0\nbeach.jpg,1\n", missing="drop")
    assert data.missing == ["lost.jpg"]
    assert data.folder == os.fspath(folder)


def test_frames_of_others_and_no_table(folder):
    frame = polars.DataFrame({"file": NAMES, "sea": [1, 0, 1]})
    for reader in (load_labelled_images, load_dataset):
        with pytest.raises(TypeError, match=r"csv is a DataFrame, .*pandas.*to_pandas\(\)"):
            reader(folder, frame)
    with pytest.raises(TypeError, match="csv is a NoneType, expected the path of a table"):
        load_labelled_images(folder, None)
    with pytest.raises(TypeError, match="folder is a NoneType, expected the path of a folder"):
        load_labelled_images(None, frame)


def test_result_is_printed_in_one_line(folder):
    table = pd.DataFrame({"path": ["a.png", "b.JPG"], "sea": [0, 1]})
    data = load_labelled_images(folder, table)
    expected = (
        "<LabelledImages: 2 images, 1 label; has paths, Y, label_names, frame, folder, missing>"
    )
    for same in (data, copy.copy(data), copy.deepcopy(data), pickle.loads(pickle.dumps(data))):
        assert str(same) == repr(same) == expected
        assert isinstance(same, Bunch)
        assert same.paths == same["paths"] == data.paths
        pd.testing.assert_frame_equal(same.Y, data.Y)
    data.more = 1
    del data["paths"]
    assert repr(data).startswith("<LabelledImages: 0 images")
    assert repr(data).endswith("missing, more>")
