"""Tests of the readers of PASCAL VOC and COCO."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from skmlic.datasets import load_coco, load_voc

# For each picture, its objects and whether they are difficult.
OBJECTS = {
    "000001": [("dog", 0), ("cat", 1)],
    "000002": [("cat", 1), ("cat", 0), ("car", 0)],
    "000003": [("car", 1)],
}
LABELS = ["car", "cat", "dog"]
VALUES = np.array([[-1, 0, 1], [1, 1, -1], [0, -1, -1]])


def write_voc(root, lists=True, annotations=True):
    for name in ("JPEGImages", "Annotations", "ImageSets/Main"):
        (root / name).mkdir(parents=True)
    for name, things in OBJECTS.items():
        Image.new("RGB", (6, 4)).save(root / "JPEGImages" / f"{name}.jpg")
        objects = "".join(
            f"<object><name>{label}</name><part><name>head</name></part>"
            f"<difficult>{difficult}</difficult></object>"
            for label, difficult in things
        )
        if annotations:
            file = root / "Annotations" / f"{name}.xml"
            file.write_text(f"<annotation><filename>x.jpg</filename>{objects}</annotation>")
    for split, rows in {"trainval": [0, 1, 2], "val": [2, 0]}.items():
        names = [list(OBJECTS)[row] for row in rows]
        (root / "ImageSets/Main" / f"{split}.txt").write_text("\n".join(names) + "\n")
        for j, label in enumerate(LABELS if lists else []):
            file = root / "ImageSets/Main" / f"{label}_{split}.txt"
            file.write_text(
                "".join(
                    f"{name} {value:2d}\n"
                    for name, value in zip(names, VALUES[rows, j], strict=True)
                )
            )
    return root


@pytest.mark.parametrize("lists", [True, False])
@pytest.mark.parametrize(
    ("difficult", "value"), [("positive", 1), ("negative", 0), ("unknown", np.nan)]
)
def test_lists_and_annotations_agree(tmp_path, lists, difficult, value):
    data = load_voc(write_voc(tmp_path, lists=lists, annotations=not lists), difficult=difficult)
    assert [Path(path).stem for path in data.paths] == list(OBJECTS)
    assert data.label_names == LABELS
    np.testing.assert_array_equal(data.Y, np.select([VALUES == 0, VALUES == 1], [value, 1.0], 0.0))
    assert (data.Y.dtypes == (np.float64 if difficult == "unknown" else np.int64)).all()
    assert data.folder == str(tmp_path / "JPEGImages")


def test_splits(tmp_path):
    write_voc(tmp_path)
    data = load_voc(tmp_path, split="val")
    assert [Path(path).stem for path in data.paths] == ["000003", "000001"]
    np.testing.assert_array_equal(data.Y, [[1, 0, 0], [0, 1, 1]])
    pd.testing.assert_frame_equal(load_voc(tmp_path, split=None).frame, load_voc(tmp_path).frame)
    with pytest.raises(FileNotFoundError, match=r"split='test'.*'trainval', 'val'.*split=None"):
        load_voc(tmp_path, split="test")


def test_root_may_be_above(tmp_path):
    root = write_voc(tmp_path / "VOCdevkit" / "VOC2007")
    expected = load_voc(root)
    for place in (root.parent, str(tmp_path)):
        assert load_voc(place).paths == expected.paths
    write_voc(tmp_path / "VOCdevkit" / "VOC2012")
    with pytest.raises(ValueError, match=r"several sets: .*VOC2007.*VOC2012.*Pass one"):
        load_voc(root.parent)
    with pytest.raises(ValueError, match="has no folder JPEGImages"):
        load_voc(root / "Annotations")


def test_label_names_of_voc(tmp_path):
    write_voc(tmp_path)
    data = load_voc(tmp_path, label_names=["sheep", "cat"])
    np.testing.assert_array_equal(data.Y, [[0, 1], [0, 1], [0, 0]])
    with pytest.raises(ValueError, match=r"None of label_names=\['Cat'\] occurs"):
        load_voc(tmp_path, label_names=["Cat"])


def test_voc_with_missing_pictures(tmp_path):
    (write_voc(tmp_path) / "JPEGImages" / "000002.jpg").unlink()
    with pytest.raises(FileNotFoundError, match=r"1 of the 3 .*'000002'"):
        load_voc(tmp_path)
    data = load_voc(tmp_path, missing="drop")
    assert (data.missing, len(data.Y)) == (["000002"], 2)


def test_voc_of_other_systems(tmp_path):
    """Copied by a Mac, which adds files of its own, and edited on Windows."""
    expected = load_voc(write_voc(tmp_path)).frame
    for place in ("Annotations/._000001.xml", "ImageSets/Main/._cat_trainval.txt"):
        (tmp_path / place).write_bytes(b"\x00\xff")
    for file in (tmp_path / "ImageSets" / "Main").glob("[!.]*.txt"):
        file.write_text("\ufeff\n" + file.read_text().replace(" ", "\t"), newline="\r\n")
    for split in ("trainval", None):
        pd.testing.assert_frame_equal(load_voc(tmp_path, split=split).frame, expected)


def test_entities_are_refused(tmp_path):
    root = write_voc(tmp_path, lists=False)
    bomb = (
        '<!DOCTYPE a [<!ENTITY b "ha">]><annotation><object><name>&b;</name></object></annotation>'
    )
    for encoding in ("utf-8", "utf-16"):
        (root / "Annotations" / "000002.xml").write_text(bomb, encoding=encoding)
        with pytest.raises(ValueError, match=r"000002\.xml.*DOCTYPE"):
            load_voc(root)


@pytest.mark.parametrize(
    ("name", "text", "lists", "expected"),
    [
        ("Annotations/000002.xml", "<annotation>", False, r"000002\.xml' can't be read"),
        ("Annotations/000002.xml", "<a><object/></a>", False, "has no name"),
        ("ImageSets/Main/cat_trainval.txt", "000001 1\n", True, "does not have 2 of the 3"),
        ("ImageSets/Main/cat_trainval.txt", "000001 2\n", True, "Line 1 of .*expected a picture"),
        ("ImageSets/Main/trainval.txt", "1\n1\n", True, "'1' comes twice"),
        ("ImageSets/Main/trainval.txt", "", True, "is empty"),
    ],
)
def test_damaged_voc(tmp_path, name, text, lists, expected):
    (write_voc(tmp_path, lists=lists) / name).write_text(text)
    with pytest.raises(ValueError, match=expected):
        load_voc(tmp_path)


def test_voc_without_annotations_or_objects(tmp_path):
    root = write_voc(tmp_path, lists=False, annotations=False)
    with pytest.raises(FileNotFoundError, match="no annotation of picture '000001'"):
        load_voc(root)
    with pytest.raises(FileNotFoundError, match="There is no annotation"):
        load_voc(root, split=None)
    for name in OBJECTS:
        (root / "Annotations" / f"{name}.xml").write_text("<annotation/>")
    with pytest.raises(ValueError, match="has an object"):
        load_voc(root)
    with pytest.raises(ValueError, match="difficult='ignore', expected 'positive', 'negative' or"):
        load_voc(root, difficult="ignore")


# load_coco


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
    ("crowd", "value"), [("positive", 1), ("negative", 0), ("unknown", np.nan)]
)
def test_categories_in_order_and_pictures_without_objects(coco, tmp_path, crowd, value):
    data = load_coco(tmp_path, coco(make_coco()), crowd=crowd)
    assert data.label_names == ["dog", "car", "cat"]
    assert [Path(path).name for path in data.paths] == ["0.jpg", "1.jpg", "2.jpg", "3.jpg"]
    np.testing.assert_array_equal(data.Y, [[0, 0, 1], [value, 1, 0], [0, 0, 0], [0, 0, 0]])
    assert (data.Y.dtypes == (np.float64 if crowd == "unknown" else np.int64)).all()


def test_categories_that_no_picture_has(coco, tmp_path):
    content = make_coco() | {"annotations": []}
    assert not load_coco(tmp_path, coco(content)).Y.to_numpy().any()


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

    with pytest.raises(ValueError, match="share their picture"):
        load_coco(tmp_path, [files[0], files[0]])
    second["categories"][0]["name"] = "horse"
    with pytest.raises(ValueError, match=r"other categories .*'cat', 'horse'"):
        load_coco(tmp_path, [files[0], coco(second | {"annotations": []}, "b.json")])
    with pytest.raises(ValueError, match="annotations is empty"):
        load_coco(tmp_path, [])


def test_label_names_of_coco(coco, tmp_path):
    data = load_coco(tmp_path, coco(make_coco()), label_names=["cat", "dog"])
    assert data.label_names == ["cat", "dog"]
    with pytest.raises(ValueError, match="'Cat', which is no category"):
        load_coco(tmp_path, tmp_path / "instances.json", label_names=["Cat"])


def test_coco_with_missing_pictures(coco, tmp_path):
    file = coco(make_coco(5))
    with pytest.raises(FileNotFoundError, match=r"1 of the 5 .*'4\.jpg'"):
        load_coco(tmp_path, file)
    assert load_coco(tmp_path, file, missing="drop").missing == ["4.jpg"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("{", "is no JSON"),
        ("[]", "does not have COCO's form"),
        ({"images": [{"id": 1}]}, "KeyError: 'file_name'"),
        ({"categories": []}, "has no categories"),
        ({"images": []}, "has no images"),
        ({"annotations": [{"image_id": 99, "category_id": 3}]}, "image_id 99"),
        ({"categories": [{"id": 1, "name": "a"}, {"id": 2, "name": "a"}]}, "twice"),
        ({"categories": [{"id": 1, "name": "a"}, {"id": 1, "name": "b"}]}, "twice"),
        ({"images": [{"id": 1, "file_name": None}]}, "does not have COCO's form"),
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
