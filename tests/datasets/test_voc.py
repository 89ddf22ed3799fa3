"""Tests of the reader of PASCAL VOC."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from skmlic.datasets import load_voc

# The objects of each image, and whether they are difficult.
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
    ("difficult", "value"), [("positive", 1), ("negative", 0), ("missing", np.nan)]
)
def test_lists_and_annotations_agree(tmp_path, lists, difficult, value):
    data = load_voc(write_voc(tmp_path, lists=lists, annotations=not lists), difficult=difficult)
    assert [Path(path).stem for path in data.paths] == list(OBJECTS)
    assert data.label_names == LABELS
    np.testing.assert_array_equal(data.Y, np.select([VALUES == 0, VALUES == 1], [value, 1.0], 0.0))
    assert (data.Y.dtypes == (np.float64 if difficult == "missing" else np.int64)).all()
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
    with pytest.raises(ValueError, match=r"several data sets: .*VOC2007.*VOC2012.*Pass one"):
        load_voc(root.parent)
    with pytest.raises(ValueError, match="has no folder JPEGImages"):
        load_voc(root / "Annotations")


def test_label_names_of_voc(tmp_path):
    write_voc(tmp_path)
    data = load_voc(tmp_path, label_names=["sheep", "cat"])
    np.testing.assert_array_equal(data.Y, [[0, 1], [0, 1], [0, 0]])
    with pytest.raises(ValueError, match=r"None of label_names=\['Cat'\] occurs"):
        load_voc(tmp_path, label_names=["Cat"])


def test_missing_images(tmp_path):
    (write_voc(tmp_path) / "JPEGImages" / "000002.jpg").unlink()
    with pytest.raises(FileNotFoundError, match=r"1 of the 3 .*'000002'"):
        load_voc(tmp_path)
    data = load_voc(tmp_path, missing="drop")
    assert (data.missing, len(data.Y)) == (["000002"], 2)


def test_voc_of_other_systems(tmp_path):
    """A Mac adds files of its own when it copies, and Windows changes the ends of lines."""
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
        ("ImageSets/Main/cat_trainval.txt", "000001 1\n", True, "lacks 2 of the 3"),
        ("ImageSets/Main/cat_trainval.txt", "000001 2\n", True, "Line 1 of .*expected an image"),
        ("ImageSets/Main/trainval.txt", "1\n1\n", True, "'1' occurs twice"),
        ("ImageSets/Main/trainval.txt", "", True, "is empty"),
    ],
)
def test_damaged_voc(tmp_path, name, text, lists, expected):
    (write_voc(tmp_path, lists=lists) / name).write_text(text)
    with pytest.raises(ValueError, match=expected):
        load_voc(tmp_path)


def test_voc_without_annotations_or_objects(tmp_path):
    root = write_voc(tmp_path, lists=False, annotations=False)
    with pytest.raises(FileNotFoundError, match="no annotation of image '000001'"):
        load_voc(root)
    with pytest.raises(FileNotFoundError, match="There is no annotation"):
        load_voc(root, split=None)
    for name in OBJECTS:
        (root / "Annotations" / f"{name}.xml").write_text("<annotation/>")
    with pytest.raises(ValueError, match="has an object"):
        load_voc(root)
    with pytest.raises(ValueError, match="difficult='ignore', expected 'positive', 'negative' or"):
        load_voc(root, difficult="ignore")
