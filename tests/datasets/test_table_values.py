"""Tests of the cells of tables: values 0 and 1, and names of labels."""

import numpy as np
import pandas as pd
import pytest

from skmlic.datasets import load_labelled_images

NAMES = ["beach.jpg", "forest.jpg", "lake.PNG"]


@pytest.mark.parametrize("yes_no", [("1", "0"), ("1.0", "0.0"), ("True", "False"), (" 1", "0 ")])
def test_spellings_of_labels(folder, write, yes_no):
    yes, no = yes_no
    table = write(f"file,sea\na.png,{yes}\nb.JPG,{no}\n")
    assert load_labelled_images(folder, table).Y["sea"].tolist() == [1, 0]


@pytest.mark.parametrize("value", ["maybe", "2", "-1", "", "0.5", "nan"])
def test_bad_label_is_named_with_row_and_column(folder, write, value):
    table = write(f"file,sea,sun\nlost.png,9,9\na.png,1,1\nb.JPG,1,{value}\n")
    expected = rf"Row 2 \('b.JPG'\), column 'sun' of the table has the value '{value}'.*0 or 1"
    with pytest.raises(ValueError, match=expected):
        load_labelled_images(folder, table, missing="drop")


def test_nan_label_in_frame(folder):
    table = pd.DataFrame({"file": ["a", "b"], "sea": [1, np.nan]})
    with pytest.raises(ValueError, match=r"Row 1 \('b'\), column 'sea'"):
        load_labelled_images(folder, table)


@pytest.mark.parametrize("label_sep", ["|", ";", ",", " "])
@pytest.mark.parametrize("sep", [",", ";", "\t"])
def test_names_in_one_column_are_the_same_as_columns(folder, read, sep, label_sep):
    cells = [["sea", "sunset"], ["trees"], []]
    frame = pd.DataFrame({"file": NAMES, "tags": [label_sep.join(cell) for cell in cells]})
    options = {"label_sep": " "} if label_sep == " " else {}
    data = read(frame.to_csv(index=False, sep=sep), **options)
    expected = read("file,sea,sunset,trees\nbeach.jpg,1,1,0\nforest.jpg,0,0,1\nlake.PNG,0,0,0\n")
    pd.testing.assert_frame_equal(data.frame, expected.frame)
    from_frame = load_labelled_images(folder, frame, **options)
    pd.testing.assert_frame_equal(from_frame.frame, expected.frame)


@pytest.mark.parametrize("n_labels", [1, 2, 3])
def test_one_name_per_image(read, n_labels):
    labels = ["sea", "trees", "sun"][:n_labels]
    rows = [f"{name},{labels[i % n_labels]}" for i, name in enumerate(NAMES)]
    data = read("\n".join(["file,tag", *rows]))
    assert data.label_names == sorted(labels)
    assert (data.Y.sum(axis=1) == 1).all()


def test_blanks_around_names_and_repeated_names(read):
    data = read("file,tags\nbeach.jpg, sea ; sunset;\nforest.jpg,;sea;sea\n")
    np.testing.assert_array_equal(data.Y, [[1, 1], [1, 0]])


@pytest.mark.parametrize(("yes", "no"), [("yes", "no"), ("Y", "N"), ("2", "3"), ("x", "")])
def test_values_are_not_taken_for_names(read, yes, no):
    text = f"file,sea\nbeach.jpg,{yes}\nforest.jpg,{no}\n"
    with pytest.raises(ValueError, match=f"'{yes}', expected 0 or 1.*label_column='sea'"):
        read(text)
    assert yes in read(text, label_column="sea").label_names


@pytest.mark.parametrize("values", [("yes", "no"), ("N", "Y")])
def test_yes_and_no_are_to_be_written_as_1_and_0(read, values):
    text = "file,sea,sky\nbeach.jpg,{},1\nforest.jpg,{},0\n".format(*values)
    with pytest.raises(ValueError, match=r"Write 1 for yes and 0 for no: pass csv="):
        read(text)


def test_zeros_and_ones_as_names_need_label_names(read):
    text = "file,digits\nbeach.jpg,0;1\nforest.jpg,1\n"
    for options in ({}, {"label_column": "digits"}, {"label_sep": ";"}):
        with pytest.raises(ValueError, match=r"1 to 2 entries \(rows 1 and 0\).*=\['0', '1'\]"):
            read(text, **options)
    data = read(text, label_names=["0", "1"])
    assert data.label_names == ["0", "1"]
    np.testing.assert_array_equal(data.Y, [[1, 1], [0, 1]])


def test_ambiguous_separator_of_names(read):
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


def test_no_names(read):
    with pytest.raises(ValueError, match="No image has any label"):
        read("file,tags\nbeach.jpg,\n", label_column="tags")


@pytest.mark.parametrize(
    ("cell", "na_values"),
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
def test_missing_labels(read, cell, na_values):
    text = f"file,sea,trees\nbeach.jpg,1,{cell}\nforest.jpg,0,1\n"
    data = read(text, na_values=na_values)
    np.testing.assert_array_equal(data.Y, [[1, np.nan], [0, 1]])
    assert (data.Y.dtypes == np.float64).all()
    pd.testing.assert_frame_equal(data.frame[["sea", "trees"]], data.Y)
    with pytest.raises(ValueError, match="expected 0 or 1"):
        read(text)


def test_error_of_an_empty_cell_names_the_remedy(read):
    with pytest.raises(ValueError, match="label is missing, pass na_values=''"):
        read("file,sea\nbeach.jpg,1\nforest.jpg,\n")


def test_na_values_that_do_not_occur_leaves_integers(read):
    assert (read("file,sea\nbeach.jpg,1\n", na_values="").Y.dtypes == np.int64).all()


def test_one_column_with_missing_labels(read):
    data = read("file,sea\nbeach.jpg,1\nforest.jpg,?\n", na_values="?")
    np.testing.assert_array_equal(data.Y, [[1], [np.nan]])


def test_invalid_na_values(read):
    with pytest.raises(ValueError, match="na_values=0 has '0', which is the value of a label"):
        read("file,sea\nbeach.jpg,1\n", na_values=0)
    with pytest.raises(ValueError, match="na_values= is for columns of 0 and 1"):
        read("file,tags\nbeach.jpg,sea\n", na_values="")


def test_lists_in_python_notation(read):
    with pytest.raises(ValueError, match=r"a list in Python's notation.*';'\.join"):
        read("file,tags\nbeach.jpg,\"['sea', 'sun']\"\nforest.jpg,[]\n")


def test_several_cells_that_mean_missing_labels(read):
    data = read("file,sea\nbeach.jpg,?\nlake.PNG,1\n", na_values={"", "?"})
    np.testing.assert_array_equal(data.Y, [[np.nan], [1]])
