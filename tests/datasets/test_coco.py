"""Tests of the reader of COCO."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from skmlic.datasets import load_coco


def make_coco(n_images=4):
    return {
        "info": {"id": 5},
        "images": [{"id": 10 - i, "file_name": f"{i}.jpg", "width": 6} for i in range(n_images)],
        "categories": [
            {"id": 18, "name": "dog"},
            {"id": 3, "name": "car"},
            {"id": 9, "name": "cat"},
        ],
        "annotations": [
            {"id": 1, "image_id": 10, "category_id": 9, "iscrowd": 0, "bbox": [1, 2, 3, 4]},
            {"id": 2, "image_id": 10, "category_id": 9, "iscrowd": 1, "segmentation": {"size": []}},
            {"id": 3, "image_id": 9, "category_id": 18, "iscrowd": 1, "segmentation": [[1, 2]]},
            {"id": 4, "image_id": 9, "category_id": 3},
        ],
    }


@pytest.fixture
def coco(tmp_path):
    for i in range(4):
        Image.new("RGB", (6, 4)).save(tmp_path / f"{i}.jpg")

    def write_coco(content, name="instances.json"):
        (tmp_path / name).write_text(content if isinstance(content, str) else json.dumps(content))
        return tmp_path / name

    return write_coco


@pytest.mark.parametrize(
    ("crowd", "value"), [("positive", 1), ("negative", 0), ("missing", np.nan)]
)
def test_categories_in_order_and_images_without_objects(coco, tmp_path, crowd, value):
    data = load_coco(tmp_path, coco(make_coco()), crowd=crowd)
    assert data.label_names == ["dog", "car", "cat"]
    assert [Path(path).name for path in data.paths] == ["0.jpg", "1.jpg", "2.jpg", "3.jpg"]
    np.testing.assert_array_equal(data.Y, [[0, 0, 1], [value, 1, 0], [0, 0, 0], [0, 0, 0]])
    assert (data.Y.dtypes == (np.float64 if crowd == "missing" else np.int64)).all()


def test_categories_that_no_image_has(coco, tmp_path):
    content = make_coco()
    content["annotations"] = content["annotations"][:1]
    Y = load_coco(tmp_path, coco(content)).Y
    assert Y.shape[1] == len(content["categories"])
    assert Y.to_numpy().sum() == 1


@pytest.mark.parametrize("annotations", [{"annotations": []}, {}])
def test_files_without_annotations_have_missing_labels(annotations, coco, tmp_path):
    content = make_coco()
    del content["annotations"]
    with pytest.warns(UserWarning, match=r"no annotations, so all labels are missing.*CVAT"):
        data = load_coco(tmp_path, coco(content | annotations))
    assert data.Y.isna().all(axis=None)
    assert data.label_names == [one["name"] for one in content["categories"]]


def test_categories_that_are_numbers(coco, tmp_path):
    content = make_coco()
    for category in content["categories"]:
        category["name"] = category["id"]
    data = load_coco(tmp_path, coco(content), label_names=["9", "3"])
    assert data.label_names == list(data.Y.columns) == ["9", "3"]


def test_several_files(coco, tmp_path):
    first, second = make_coco(2), make_coco(4)
    second["images"] = second["images"][2:]
    second["annotations"] = [{"image_id": 7, "category_id": 3}]
    second["categories"] = second["categories"][::-1]
    files = [coco(first, "a.json"), coco(second, "b.json")]
    data = load_coco(tmp_path, files)
    assert data.label_names == ["dog", "car", "cat"]
    np.testing.assert_array_equal(data.Y["car"], [0, 1, 0, 1])
    pd.testing.assert_frame_equal(data.Y.iloc[:2], load_coco(tmp_path, files[0]).Y)

    with pytest.raises(ValueError, match="name the same image"):
        load_coco(tmp_path, [files[0], files[0]])
    second["categories"][0]["name"] = "horse"
    with pytest.raises(ValueError, match=r"other categories .*'cat', 'horse'"):
        load_coco(tmp_path, [files[0], coco(second, "b.json")])
    with pytest.raises(ValueError, match="annotations is empty"):
        load_coco(tmp_path, [])


def test_label_names_of_coco(coco, tmp_path):
    data = load_coco(tmp_path, coco(make_coco()), label_names=["cat", "dog"])
    assert data.label_names == ["cat", "dog"]
    with pytest.raises(ValueError, match=r"'Cat', which Y does not have\. Did you mean 'cat'"):
        load_coco(tmp_path, tmp_path / "instances.json", label_names=["Cat"])


def test_coco_with_missing_images(coco, tmp_path):
    file = coco(make_coco(5))
    with pytest.raises(FileNotFoundError, match=r"1 of the 5 .*'4\.jpg'"):
        load_coco(tmp_path, file)
    assert load_coco(tmp_path, file, missing="drop").missing == ["4.jpg"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("{", "is not valid JSON"),
        ("[]", "does not have COCO's format"),
        ({"images": [{"id": 1}]}, "KeyError: 'file_name'"),
        ({"categories": []}, "has no categories"),
        ({"images": []}, "has no images"),
        ({"annotations": [{"image_id": 99, "category_id": 3}]}, "image_id 99"),
        ({"categories": [{"id": 1, "name": "a"}, {"id": 2, "name": "a"}]}, "twice"),
        ({"categories": [{"id": 1, "name": "a"}, {"id": 1, "name": "b"}]}, "twice"),
        ({"images": [{"id": 1, "file_name": None}]}, "does not have COCO's format"),
    ],
)
def test_damaged_coco(coco, tmp_path, change, expected):
    file = coco(change if isinstance(change, str) else make_coco() | change)
    with pytest.raises(ValueError, match=expected):
        load_coco(tmp_path, file)


def test_bad_arguments_of_coco(coco, tmp_path):
    file = coco(make_coco())
    with pytest.raises(NotADirectoryError, match="load_coco"):
        load_coco(file, tmp_path)
    with pytest.raises(FileNotFoundError, match="Did you mean annotations="):
        load_coco(tmp_path, "instances.json")
    with pytest.raises(ValueError, match="crowd='ignore'"):
        load_coco(tmp_path, file, crowd="ignore")
