"""Tests of finding the files of images by their names."""

import os
from pathlib import Path

import pytest
from PIL import Image

from skmlic.datasets import describe_dataset, load_labelled_images


def test_names_without_ending_and_numbers_as_names(folder, write):
    data = load_labelled_images(folder, write("file,sea\n007,1\nb,0\nmore/c,1\n"))
    assert data.paths == [str(folder / name) for name in ("007.jpeg", "b.JPG", "more/c.png")]


def test_missing_images_are_listed_in_one_error(folder, write):
    lost = "".join(f"lost{i}.png,1\n" for i in range(12))
    table = write("file,sea\na.png,0\n" + lost + "b.JPG,1\n")

    with pytest.raises(FileNotFoundError) as caught:
        load_labelled_images(folder, table)
    message = str(caught.value)
    assert message.startswith("12 of the 14 images")
    assert "'lost0.png' (row 1)" in message
    assert "'lost9.png' (row 10) and 2 more" in message
    assert "lost10" not in message
    assert "missing='drop'" in message

    data = load_labelled_images(folder, table, missing="drop")
    assert data.paths == [str(folder / "a.png"), str(folder / "b.JPG")]
    assert data.Y.index.tolist() == [0, 1]
    assert data.Y["sea"].tolist() == [0, 1]


@pytest.mark.parametrize("missing", ["raise", "drop"])
def test_if_all_are_missing_the_column_is_wrong(folder, write, missing):
    table = write("number,file,sea\n1,a.png,1\n2,b.JPG,0\n")
    with pytest.raises(FileNotFoundError, match=r"2 of the 2 .*path_column='file'"):
        load_labelled_images(folder, table, missing=missing)


def test_empty_name_is_a_missing_image(folder, write):
    with pytest.raises(FileNotFoundError, match=r"1 of the 2 .*'' \(row 1\)"):
        load_labelled_images(folder, write("file,sea\na.png,1\n,1\n"))


def test_spellings_of_other_systems(folder, read):
    (folder / "märz").mkdir()
    for name in ("märz/a b.JPG", "märz/c.png", "back\\slash.png"):
        Image.new("RGB", (4, 4)).save(folder / name)
    data = read("file,sea\nma\u0308rz\\a b.jpg,1\n.\\märz\\c.PNG,0\nback\\slash,1\n")
    expected = ["märz/a b.JPG", "./märz/c.png", "back\\slash.png"]
    assert data.paths == [os.path.join(folder, name) for name in expected]
    with pytest.raises(ValueError, match="2 rows of the table name the same image"):
        read("file,sea\nmärz/c.png,1\nmärz\\c.PNG,0\n")


def test_rows_that_name_an_image_through_a_link(folder, read):
    (folder / "again").symlink_to(folder)
    with pytest.raises(ValueError, match="2 rows of the table name the same image"):
        read("file,sea\nbeach.jpg,1\nagain/beach.jpg,0\n")


@pytest.mark.parametrize("name", ["a.jfif", "a.JPE", "a.avif", "a.jp2", "a.ppm"])
def test_images_of_all_formats_are_found_that_no_row_names(tmp_path, name):
    if Path(name).suffix.lower() not in Image.registered_extensions():
        pytest.skip(f"this Pillow writes no {name}")
    for path in (tmp_path / name, tmp_path / "b.png"):
        Image.new("RGB", (4, 4)).save(path)
    (tmp_path / "labels.csv").write_text("file,sea\nb,1\n")
    report = describe_dataset(load_labelled_images(tmp_path, tmp_path / "labels.csv"))
    assert report.unlisted == [str(tmp_path / name)]


def test_the_most_common_format_of_a_name_comes_first(folder, read):
    for name in ("x.ppm", "x.png", "x.gif", "x.JPG"):
        Image.new("RGB", (4, 4)).save(folder / name)
    assert read("file,sea\nx,1\na.png,0\n").paths[0] == str(folder / "x.JPG")
