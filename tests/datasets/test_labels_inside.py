"""Folders and archives with a file of labels beside the images."""

import zipfile
from pathlib import Path

import pytest

from skmlic.datasets import load_dataset

IMAGES = {"images/a.jpg": 1, "images/b.jpg": 2}
FLAT = {"a.jpg": 1, "b.jpg": 2}
TABLE = "file,sea,sky\na.jpg,1,0\nb.jpg,1,1\n"
COCO = {
    "images": [{"id": 1, "file_name": "a.jpg"}, {"id": 2, "file_name": "b.jpg"}],
    "categories": [{"id": 1, "name": "sea"}, {"id": 2, "name": "sky"}],
    "annotations": [
        {"image_id": image, "category_id": category} for image, category in [(1, 1), (2, 1), (2, 2)]
    ],
}
LINES = '{"file": "a.jpg", "labels": ["sea"]}\n{"file": "b.jpg", "labels": ["sea", "sky"]}\n'


@pytest.mark.parametrize("kind", ["folder", "zip"])
@pytest.mark.parametrize(
    ("files", "options"),
    [
        pytest.param(IMAGES | {"labels.csv": TABLE}, {}, id="table"),
        pytest.param(FLAT | {"labels.csv": TABLE}, {}, id="flat"),
        pytest.param(
            IMAGES | {"labels.tsv": TABLE.replace(",", "\t").replace("\n", "\nimages/", 2)},
            {},
            id="name-of-the-folder",
        ),
        pytest.param(
            IMAGES | {"labels.csv": TABLE, "README.md": "x", ".x.csv": ""}, {}, id="notes"
        ),
        pytest.param(IMAGES | {"labels.jsonl": LINES}, {"missing": "drop"}, id="json-lines"),
        pytest.param(IMAGES | {"instances.json": COCO}, {}, id="coco"),
        pytest.param(IMAGES | {"annotations/instances.json": COCO}, {}, id="coco-folder"),
        pytest.param(IMAGES | {"labels.csv": TABLE, "info.json": {}}, {}, id="table-first"),
        pytest.param(IMAGES | {"labels.csv": TABLE}, {"format": "table"}, id="format"),
        pytest.param(
            {"x/a.jpg": 1, "y/b.jpg": 2, "l.csv": "file,sea,sky\nx/a.jpg,1,0\ny/b.jpg,1,1\n"},
            {"format": "table"},
            id="several-folders",
        ),
    ],
)
def test_labels_beside_images(files, options, kind, root, write_files, check):
    write_files({f"set/{name}": content for name, content in files.items()})
    if kind == "zip":
        with zipfile.ZipFile("set.zip", "w") as archive:
            for name in files:
                archive.write(f"set/{name}", name)
    data = load_dataset("set.zip" if kind == "zip" else "set", **options)
    check(data, {None: ["sea", "sky"], "a.jpg": [1, 0], "b.jpg": [1, 1]})


def test_several_files_and_the_advice(root, write_files, check):
    write_files(IMAGES | {"train.csv": TABLE, "test.csv": TABLE})
    with pytest.raises(ValueError, match=r"several files .*: 'test\.csv', 'train\.csv'") as error:
        load_dataset(root)
    data = eval(f"load_dataset({str(error.value).split('Pass one of them: ')[1].rstrip('.')})")
    assert [Path(path).name for path in data.paths] == ["a.jpg", "b.jpg"]


def test_folders_that_may_be_labels_and_the_advice(root, write_files, check):
    names = TABLE.replace("\na", "\nsea/a").replace("\nb", "\nsky/b")
    write_files({"sea/a.jpg": 1, "sky/b.jpg": 2, "labels.csv": names})
    with pytest.raises(ValueError, match=r"folders of images and 'labels\.csv'"):
        load_dataset(root)
    expected = {None: ["sea", "sky"], "a.jpg": [1, 0], "b.jpg": [0, 1]}
    check(load_dataset(root, format="class_folders"), expected)
    check(load_dataset(root, labels=str(root / "labels.csv")), expected | {"b.jpg": [1, 1]})


def test_file_that_has_no_labels(root, write_files):
    write_files(IMAGES | {"notes.xml": "<notes/>"})
    with pytest.raises(ValueError, match=r"labels='.*notes\.xml' has no known format"):
        load_dataset(root)
