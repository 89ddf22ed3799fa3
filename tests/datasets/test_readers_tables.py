"""Tests of tables with names of labels, unknown cells, and of going round through a frame."""

import os

import numpy as np
import pandas as pd
import polars
import pytest
from PIL import Image

from skmlic.datasets import load_dataset, load_labelled_images

NAMES = ["beach.jpg", "forest.jpg", "lake.jpg"]


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in NAMES:
        Image.new("RGB", (4, 4)).save(folder / name)
    return folder


@pytest.fixture
def read(folder, tmp_path):
    def read_table(text, **options):
        table = tmp_path / "labels.csv"
        table.write_text(text, encoding="utf-8")
        return load_labelled_images(folder, table, **options)

    return read_table


@pytest.mark.parametrize("label_sep", ["|", ";", ",", " "])
@pytest.mark.parametrize("sep", [",", ";", "\t"])
def test_names_in_one_column_are_the_same_as_columns(folder, read, sep, label_sep):
    cells = [["sea", "sunset"], ["trees"], []]
    frame = pd.DataFrame({"file": NAMES, "tags": [label_sep.join(cell) for cell in cells]})
    options = {"label_sep": " "} if label_sep == " " else {}
    data = read(frame.to_csv(index=False, sep=sep), **options)
    expected = read("file,sea,sunset,trees\nbeach.jpg,1,1,0\nforest.jpg,0,0,1\nlake.jpg,0,0,0\n")
    pd.testing.assert_frame_equal(data.frame, expected.frame)
    from_frame = load_labelled_images(folder, frame, **options)
    pd.testing.assert_frame_equal(from_frame.frame, expected.frame)


@pytest.mark.parametrize("n_labels", [1, 2, 3])
def test_one_name_a_picture(read, n_labels):
    labels = ["sea", "trees", "sun"][:n_labels]
    rows = [f"{name},{labels[i % n_labels]}" for i, name in enumerate(NAMES)]
    data = read("\n".join(["file,tag", *rows]))
    assert data.label_names == sorted(labels)
    assert (data.Y.sum(axis=1) == 1).all()


def test_blanks_around_names_and_repeated_names(read):
    data = read("file,tags\nbeach.jpg, sea ; sunset;\nforest.jpg,;sea;sea\n")
    np.testing.assert_array_equal(data.Y, [[1, 1], [1, 0]])


def test_names_beside_other_columns(read):
    text = "split,file,tags\ntrain,beach.jpg,sea;sunset\ntest,forest.jpg,sea\n"
    data = read(text, path_column="file", label_column="tags")
    assert data.label_names == ["sea", "sunset"]
    with pytest.raises(
        ValueError, match=r"'split'.*'train', expected 0 or 1.*label_column='split'"
    ):
        read(text, path_column="file")


@pytest.mark.parametrize(("yes", "no"), [("yes", "no"), ("Y", "N"), ("2", "3"), ("x", "")])
def test_values_are_not_taken_for_names(read, yes, no):
    text = f"file,sea\nbeach.jpg,{yes}\nforest.jpg,{no}\n"
    with pytest.raises(ValueError, match=f"'{yes}', expected 0 or 1.*label_column='sea'"):
        read(text)
    assert yes in read(text, label_column="sea").label_names


@pytest.mark.parametrize("values", [("yes", "no"), ("N", "Y")])
def test_yes_and_no_are_to_be_written_as_1_and_0(read, values):
    text = "file,sea,sky\nbeach.jpg,{},1\nforest.jpg,{},0\n".format(*values)
    with pytest.raises(ValueError, match=r"Write 1 for yes and 0 for no\. If"):
        read(text)


def test_label_column_may_come_first(read):
    assert read("tags,file\nsea,beach.jpg\n", label_column="tags").label_names == ["sea"]


def test_zeros_and_ones_as_names_need_to_be_asked_for(read):
    text = "file,digits\nbeach.jpg,0;1\nforest.jpg,1\n"
    with pytest.raises(ValueError, match=r"'0;1', expected 0 or 1.*label_column='digits'"):
        read(text)
    data = read(text, label_column="digits")
    assert data.label_names == ["0", "1"]
    np.testing.assert_array_equal(data.Y, [[1, 1], [0, 1]])


def test_separator_of_names_that_is_open(read):
    with pytest.raises(ValueError, match=r"any of '\|', ';'.*label_sep='\|'"):
        read("file,tags\nbeach.jpg,sea;a|b\n")
    text = "file,tags\nbeach.jpg,traffic light\nforest.jpg,sea\n"
    with pytest.raises(ValueError, match=r"'tags' has spaces.*'traffic light'.*label_sep=' '"):
        read(text)
    assert read(text, label_sep=";").label_names == ["sea", "traffic light"]
    assert read(text, label_sep=" ").label_names == ["light", "sea", "traffic"]
    with pytest.raises(ValueError, match="label_sep='', expected"):
        read(text, label_sep="")


def test_label_names_fix_the_columns_of_names(read):
    data = read("file,tags\nbeach.jpg,sea;fog\n", label_names=["trees", "sea"])
    assert data.label_names == ["trees", "sea"]
    np.testing.assert_array_equal(data.Y, [[0, 1]])
    with pytest.raises(ValueError, match=r"None of label_names=\['Sea'\] occurs.*'fog', 'sea'"):
        read("file,tags\nbeach.jpg,sea;fog\n", label_names=["Sea"])


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


def test_no_name_at_all(read):
    with pytest.raises(ValueError, match="No picture has any label"):
        read("file,tags\nbeach.jpg,\n", label_column="tags")


@pytest.mark.parametrize(
    ("cell", "unknown"),
    [
        ("", ""),
        ("", np.nan),
        ("-1", -1),
        ("-1.0", -1),
        ("?", "?"),
        ("NaN", "nan"),
        ("-1", ["", -1]),
    ],
)
def test_unknown_cells(read, cell, unknown):
    text = f"file,sea,trees\nbeach.jpg,1,{cell}\nforest.jpg,0,1\n"
    data = read(text, unknown=unknown)
    np.testing.assert_array_equal(data.Y, [[1, np.nan], [0, 1]])
    assert (data.Y.dtypes == np.float64).all()
    pd.testing.assert_frame_equal(data.frame[["sea", "trees"]], data.Y)
    with pytest.raises(ValueError, match="expected 0 or 1"):
        read(text)


def test_error_of_an_empty_cell_says_how_to_make_it_unknown(read):
    with pytest.raises(ValueError, match="nobody looked, pass unknown=''"):
        read("file,sea\nbeach.jpg,1\nforest.jpg,\n")


def test_unknown_that_does_not_occur_leaves_integers(read):
    assert (read("file,sea\nbeach.jpg,1\n", unknown="").Y.dtypes == np.int64).all()


def test_one_column_of_zeros_ones_and_unknown(read):
    data = read("file,sea\nbeach.jpg,1\nforest.jpg,?\n", unknown="?")
    np.testing.assert_array_equal(data.Y, [[1], [np.nan]])


def test_unknown_that_makes_no_sense(read):
    with pytest.raises(ValueError, match="unknown=0 has '0', which is a label's value"):
        read("file,sea\nbeach.jpg,1\n", unknown=0)
    with pytest.raises(ValueError, match="unknown= is for columns of 0 and 1"):
        read("file,tags\nbeach.jpg,sea\n", unknown="")


@pytest.mark.parametrize("relative", [True, False])
def test_round_trip_through_the_frame(folder, read, monkeypatch, relative):
    monkeypatch.chdir(folder.parent)
    place = folder.name if relative else folder
    table = pd.DataFrame({"file": NAMES, "sea": [1, 0, np.nan], "trees": [0, 1, 1]})
    data = load_labelled_images(place, table, unknown="")
    again = load_labelled_images(place, data.frame, unknown="")
    assert again.paths == data.paths
    pd.testing.assert_frame_equal(again.frame, data.frame)
    data.frame.to_csv("again.csv", index=False)
    pd.testing.assert_frame_equal(
        load_labelled_images(place, "again.csv", unknown="").frame, data.frame
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


def test_what_was_left_out_is_named(read, folder):
    data = read("file,sea\nlost.jpg,0\nbeach.jpg,1\n", missing="drop")
    assert data.missing == ["lost.jpg"]
    assert data.folder == os.fspath(folder)


def test_rows_of_different_lengths_and_empty_files(read):
    with pytest.raises(ValueError, match=r"different lengths.*'beach\.jpg,sea;sunset'"):
        read("file,tags\nbeach.jpg,sea\nforest.jpg,sea,trees\n")
    with pytest.raises(ValueError, match="quotation mark without its partner"):
        read('file,tags\n"beach.jpg,sea\n')
    with pytest.raises(ValueError, match="is empty, expected a header"):
        read("")
    with pytest.raises(ValueError, match=r"separates the columns of .*sep=','"):
        read("file,tags\nbeach.jpg," + "sea;" * 50_000)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"label_column": "labels"}, "label_column='labels' is not in the table"),
        ({"label_column": "tags", "path_column": "tags"}, "are both 'tags'"),
    ],
)
def test_columns_that_are_not_there(read, options, expected):
    with pytest.raises(ValueError, match=expected):
        read("file,tags\nbeach.jpg,sea\n", **options)


@pytest.mark.parametrize(
    "text", ["beach.jpg,sea\nforest.jpg,trees\n", "beach.jpg,1,0\nlake.jpg,0,1\n"]
)
def test_table_without_header(read, text):
    with pytest.raises(ValueError, match=r"has the picture 'beach\.jpg', expected a header"):
        read(text)


@pytest.mark.parametrize(
    "text", [",file,sea\n0,beach.jpg,1\n", "file,\nbeach.jpg,1\n", "file,,\na,b,"]
)
def test_columns_without_a_name(read, text):
    with pytest.raises(ValueError, match=r"Column [01] .* has no name.*index=False"):
        read(text)


@pytest.mark.parametrize("kind", [list, tuple, set, np.array])
def test_lists_in_a_frame(folder, kind):
    frame = pd.DataFrame({"file": NAMES[:2], "tags": [kind(["sea", "sun"]), kind(["sun"])]})
    with pytest.raises(ValueError, match=r"holds lists.*csv=frame\.assign\(tags=") as caught:
        load_labelled_images(folder, frame)
    remedy = str(caught.value).split("csv=")[1].rstrip(".")
    data = load_labelled_images(folder, eval(remedy, {"frame": frame}))
    np.testing.assert_array_equal(data.Y, [[1, 1], [0, 1]])


def test_lists_as_python_writes_them(read):
    with pytest.raises(ValueError, match=r"a list as Python writes it.*';'\.join"):
        read("file,tags\nbeach.jpg,\"['sea', 'sun']\"\nforest.jpg,[]\n")


@pytest.mark.parametrize("options", [{}, {"label_column": "tag"}, {"label_sep": ";"}])
def test_remedy_for_one_row_a_label_works(read, options):
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


def test_names_of_pictures_as_other_systems_write_them(folder, read):
    (folder / "märz").mkdir()
    for name in ("märz/a b.JPG", "märz/c.png", "back\\slash.png"):
        Image.new("RGB", (4, 4)).save(folder / name)
    data = read("file,sea\nma\u0308rz\\a b.jpg,1\n.\\märz\\c.PNG,0\nback\\slash,1\n")
    expected = ["märz/a b.JPG", "./märz/c.png", "back\\slash.png"]
    assert data.paths == [os.path.join(folder, name) for name in expected]
    with pytest.raises(ValueError, match="2 rows of the table share their picture"):
        read("file,sea\nmärz/c.png,1\nmärz\\c.PNG,0\n")


def test_rows_that_mean_a_picture_through_a_link(folder, read):
    (folder / "again").symlink_to(folder)
    with pytest.raises(ValueError, match="2 rows of the table share their picture"):
        read("file,sea\nbeach.jpg,1\nagain/beach.jpg,0\n")


def test_frames_of_others_and_no_table(folder):
    frame = polars.DataFrame({"file": NAMES, "sea": [1, 0, 1]})
    for reader in (load_labelled_images, load_dataset):
        with pytest.raises(TypeError, match=r"csv is a DataFrame, .*pandas.*to_pandas\(\)"):
            reader(folder, frame)
    with pytest.raises(TypeError, match="csv is a NoneType, expected the path of a table"):
        load_labelled_images(folder, None)
    with pytest.raises(TypeError, match="folder is a NoneType, expected the path of a folder"):
        load_labelled_images(None, frame)


def test_sets_of_unknown_cells(read):
    data = read("file,sea\nbeach.jpg,?\nlake.jpg,1\n", unknown={"", "?"})
    np.testing.assert_array_equal(data.Y, [[np.nan], [1]])
