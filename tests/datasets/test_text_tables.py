"""Tests of tables of text: separators, encodings, headers."""

import numpy as np
import pandas as pd
import pytest

from skmlic.datasets import load_labelled_images

NAMES = ["beach.jpg", "forest.jpg", "lake.PNG"]


@pytest.mark.parametrize("sep", [",", ";", "\t", "|"])
def test_separator_is_guessed(folder, write, sep):
    table = write(sep.join(["file", '"sea, or; lake"']) + f"\na.png{sep}1\n")
    assert load_labelled_images(folder, table).label_names == ["sea, or; lake"]


def test_other_separator(folder, write):
    table = write("file sea\na.png 1\n")
    with pytest.raises(ValueError, match=r"one column 'file sea'.*read_csv\(path.*sep=' '"):
        load_labelled_images(folder, table)
    data = load_labelled_images(folder, pd.read_csv(table, dtype=str, sep=" "))
    assert data.Y["sea"].tolist() == [1]


def test_byte_order_mark_quotes_and_windows_lines(folder, write):
    table = write('\ufefffile, "sea"\r\n"a.png", 1\r\n')
    data = load_labelled_images(str(folder), str(table), path_column="file")
    assert data.label_names == ["sea"]


def test_error_of_another_encoding_names_the_remedy(folder, write):
    table = write("file,forêt\na.png,1\n", encoding="latin-1")
    with pytest.raises(ValueError, match="encoding='latin-1'"):
        load_labelled_images(folder, table)
    data = load_labelled_images(folder, pd.read_csv(table, encoding="latin-1"))
    assert data.label_names == ["forêt"]
    with pytest.raises(ValueError, match=r"dtype=str, .*encoding='utf-16', sep=None"):
        load_labelled_images(folder, write("file,forêt\na.png,1\n", encoding="utf-16"))


def test_rows_of_different_lengths_and_empty_files(read):
    with pytest.raises(ValueError, match=r"different lengths.*'beach\.jpg,sea;sunset'"):
        read("file,tags\nbeach.jpg,sea\nforest.jpg,sea,trees\n")
    with pytest.raises(ValueError, match="unpaired quotation mark"):
        read('file,tags\n"beach.jpg,sea\n')
    with pytest.raises(ValueError, match="is empty, expected a header"):
        read("")
    with pytest.raises(ValueError, match=r"can't be split into columns .*sep=','"):
        read(f'file,tags\n"{"a" * 200_000}"\n')


@pytest.mark.parametrize(
    "text", ["beach.jpg,sea\nforest.jpg,trees\n", "beach.jpg,1,0\nlake.PNG,0,1\n"]
)
def test_table_without_header(read, text):
    with pytest.raises(ValueError, match=r"names the image 'beach\.jpg', expected a header"):
        read(text)


@pytest.mark.parametrize("kind", [list, tuple, set, np.array])
def test_lists_in_a_frame(folder, kind):
    frame = pd.DataFrame({"file": NAMES[:2], "tags": [kind(["sea", "sun"]), kind(["sun"])]})
    with pytest.raises(ValueError, match=r"holds lists.*csv=frame\.assign\(") as caught:
        load_labelled_images(folder, frame)
    remedy = str(caught.value).split("Join them: ")[1].rstrip(".")
    data = load_labelled_images(folder, **eval(f"dict({remedy})", {"frame": frame}))
    np.testing.assert_array_equal(data.Y, [[1, 1], [0, 1]])
