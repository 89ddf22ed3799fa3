"""Tests of the reader of JSON lines."""

import json

import numpy as np
import pandas as pd
import pytest

from skmlic.datasets import load_dataset, load_json_lines


@pytest.fixture
def lines(tmp_path):
    def write_lines(*rows):
        file = tmp_path / "labels.jsonl"
        file.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows))
        return file

    return write_lines


@pytest.mark.parametrize("field", ["file", "image", "path", "filename", "file_name"])
def test_three_ways_to_write_labels_agree(folder, lines, field):
    listed = load_json_lines(
        folder,
        lines(
            {field: "beach.jpg", "labels": ["sea", "trees"]},
            {field: "forest", "labels": []},
        ),
    )
    nested = load_json_lines(
        folder,
        lines(
            {field: "beach.jpg", "labels": {"sea": 1, "trees": True}, "width": 9},
            "",
            {"labels": {"trees": 0.0, "sea": False}, field: "forest"},
        ),
    )
    flat = load_json_lines(
        folder,
        lines({field: "beach.jpg", "sea": 1, "trees": 1}, {field: "forest", "sea": 0, "trees": 0}),
    )
    np.testing.assert_array_equal(listed.Y, [[1, 1], [0, 0]])
    pd.testing.assert_frame_equal(listed.frame, nested.frame)
    pd.testing.assert_frame_equal(listed.frame, flat.frame)


def test_null_is_a_missing_label(folder, lines):
    data = load_json_lines(
        folder, lines({"file": "beach", "sea": None}, {"file": "lake", "sea": 1})
    )
    np.testing.assert_array_equal(data.Y, [[np.nan], [1]])
    assert (data.Y.dtypes == np.float64).all()


def test_other_fields_have_to_be_named(folder, lines):
    file = lines({"id": "beach", "tags": ["sea"], "width": 640})
    with pytest.raises(ValueError, match=r"Line 1 has the fields 'id', 'tags'.*path_column='NAME'"):
        load_json_lines(folder, file)
    with pytest.raises(ValueError, match=r"Line 1 has 'tags'.*label_column='tags'"):
        load_json_lines(folder, file, path_column="id")
    data = load_json_lines(folder, file, path_column="id", label_column="tags")
    assert data.label_names == ["sea"]


def test_label_names_of_lines(folder, lines):
    file = lines({"file": "beach", "sea": 1, "width": 640}, {"file": "lake", "sea": 0})
    with pytest.raises(ValueError, match=r"Line 1 has 'width': 640, expected 0, 1 or null"):
        load_json_lines(folder, file)
    assert load_json_lines(folder, file, label_names=["sea"]).Y["sea"].tolist() == [1, 0]
    file = lines({"file": "beach", "labels": ["sea"]})
    data = load_json_lines(folder, file, label_names=["trees", "sea"])
    np.testing.assert_array_equal(data.Y, [[0, 1]])
    file = lines({"file": "beach", "labels": []})
    data = load_json_lines(folder, file, label_names=["trees", "sea"])
    np.testing.assert_array_equal(data.Y, [[0, 0]])
    with pytest.raises(ValueError, match=r"No image has any label, .*label_names="):
        load_json_lines(folder, file)


def test_lines_of_other_systems(folder, tmp_path):
    file = tmp_path / "labels.json"
    text = (
        '\ufeff\r\n{"file": "beach", "labels": ["a\u2028b"]}\r\n\r\n{"file": "lake", "labels": []}'
    )
    file.write_bytes(text.encode())
    data = load_dataset(folder, file)
    assert data.label_names == ["a\u2028b"]
    np.testing.assert_array_equal(data.Y, [[1], [0]])
    file.write_bytes('{"file": "über.jpg"}'.encode("latin-1"))
    with pytest.raises(ValueError, match="is not a UTF-8 text file"):
        load_json_lines(folder, file)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ('{"file": "lake", ', "Line 3 of .* is not valid JSON"),
        ("[1]", "Line 3 of .* is a list, expected an object"),
        ({"labels": ["sea"]}, "Line 3 has no field 'file'"),
        ({"file": None, "labels": []}, "Line 3 has 'file': None"),
        ({"file": "lake", "labels": "sea"}, "Line 3 has 'labels': 'sea', expected a list"),
        ({"file": "lake", "labels": ["sea", " "]}, "Line 3 has 'labels': .*, expected a list"),
        ({"file": "lake", "labels": [True]}, r"Line 3 has 'labels': \[True\], expected a list"),
        ({"file": "lake", "labels": {"sea": 1}}, "has a list of labels, and line 3 an object"),
        ({"file": "beach.jpg", "labels": []}, r"'beach' \(line 1\), 'beach.jpg' \(line 3\)"),
    ],
)
def test_bad_lines_are_numbered(folder, lines, row, expected):
    with pytest.raises(ValueError, match=expected):
        load_json_lines(folder, lines({"file": "beach", "labels": ["sea"]}, "", row))


@pytest.mark.parametrize("labels", [{"sea": 1}, {"sea": 1, "fog": 1, "sun": 0}])
def test_values_have_to_be_complete(folder, lines, labels):
    file = lines(
        {"file": "beach", "labels": {"sea": 1, "fog": 0}}, {"file": "lake", "labels": labels}
    )
    with pytest.raises(ValueError, match=r"Line 2 has .*unlike line 1.*null"):
        load_json_lines(folder, file)


def test_lines_with_missing_images(folder, lines, file_names):
    file = lines({"file": "lost", "sea": 7}, {"file": "lake", "sea": 1})
    with pytest.raises(FileNotFoundError, match=r"'lost' \(line 1\)"):
        load_json_lines(folder, file)
    data = load_json_lines(folder, file, missing="drop")
    assert (data.missing, file_names(data)) == (["lost"], ["lake.PNG"])


def test_bad_files(folder, lines):
    with pytest.raises(ValueError, match="is empty"):
        load_json_lines(folder, lines(""))
    with pytest.raises(ValueError, match="no label"):
        load_json_lines(folder, lines({"file": "lake"}))
    with pytest.raises(FileNotFoundError, match="There is no file at file='nowhere'"):
        load_json_lines(folder, "nowhere")
