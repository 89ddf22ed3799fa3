"""Layouts of folders in which tools export images and labels."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from skmlic.datasets import load_dataset

NAN = np.nan


def make_xml(*objects):
    things = "".join(
        f"<object><name>{name}</name><difficult>{hard}</difficult></object>"
        for name, hard in objects
    )
    return f'<annotation verified="yes"><filename>x.jpg</filename>{things}</annotation>'


def make_coco(names, objects, categories=("none:beaches", "beaches:sea", "beaches:sky")):
    parts = [category.split(":") for category in categories]
    return {
        "info": {"description": "Exported from roboflow.com"},
        "categories": [
            {"id": number, "supercategory": parent, "name": name}
            for number, (parent, name) in enumerate(parts)
        ],
        "images": [{"id": i, "file_name": name} for i, name in enumerate(names)],
        "annotations": [
            {"id": i, "image_id": image, "category_id": category, "iscrowd": 0}
            for i, (image, category) in enumerate(objects)
        ],
    }


def make_create_ml(**labels):
    return [
        {"image": f"{name}.jpg", "annotations": [{"label": label, "coordinates": {"x": 1}}]}
        for name, label in labels.items()
    ]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            {
                "valid/_annotations.coco.json": make_coco(["c.jpg"], []) | {"annotations": []},
                "train/_annotations.coco.json": make_coco(["a.jpg", "b.jpg"], [(0, 1), (1, 2)]),
            },
            {None: ["sea", "sky"], "a.jpg": [1, 0], "b.jpg": [0, 1], "c.jpg": [NAN, NAN]},
            marks=pytest.mark.filterwarnings("ignore:.*has no annotations"),
            id="roboflow-coco",
        ),
        pytest.param(
            {
                "train/_annotations.coco.json": make_coco(["a.jpg", "b.jpg"], [(0, 1)]),
                "valid/_annotations.coco.json": make_coco(["c.jpg"], [(0, 1)], ["x:x", "x:sun"]),
            },
            {
                None: ["sea", "sky", "sun", "x"],
                "a.jpg": [1, 0, NAN, NAN],
                "b.jpg": [0, 0, NAN, NAN],
                "c.jpg": [NAN, NAN, 1, 0],
            },
            id="roboflow-coco-other-categories",
        ),
        pytest.param(
            {
                "train/_annotations.createml.json": make_create_ml(a="sea", b="sky"),
                "valid/_annotations.createml.json": make_create_ml(c="sea"),
            },
            {None: ["sea", "sky"], "a.jpg": [1, 0], "b.jpg": [0, 1], "c.jpg": [1, 0]},
            id="roboflow-create-ml",
        ),
        pytest.param(
            {
                "train/a.xml": make_xml(("sea", 0), ("sky", 0)),
                "train/b.xml": make_xml(("sky", 1)),
                "valid/c.xml": make_xml(("sea", 0)),
            },
            {None: ["sea", "sky"], "a.jpg": [1, 1], "b.jpg": [0, 1], "c.jpg": [1, 0]},
            id="voc-files",
        ),
        pytest.param(
            {
                "data/train/metadata.jsonl": '{"file_name": "a.jpg", "labels": ["sea"]}\n'
                '{"file_name": "b.jpg", "labels": ["sky", "sea"]}\n',
                "data/valid/metadata.jsonl": '{"file_name": "c.jpg", "labels": []}\n',
            },
            {None: ["sea", "sky"], "a.jpg": [1, 0], "b.jpg": [1, 1], "c.jpg": [0, 0]},
            id="hugging-face-data",
        ),
        pytest.param(
            {
                "train/metadata.csv": "sea,image_file_name,sky\n1,a.jpg,0\n1,b.jpg,1\n",
                "valid/metadata.csv": "sea,image_file_name,sky\n0,c.jpg,0\n",
            },
            {None: ["sea", "sky"], "a.jpg": [1, 0], "b.jpg": [1, 1], "c.jpg": [0, 0]},
            id="hugging-face-image-file-name",
        ),
    ],
)
def test_splits(files, expected, root, write_files, check):
    folder = "data/" if any(name.startswith("data") for name in files) else ""
    images = {"train/a.jpg": 1, "train/b.jpg": 2, "valid/c.jpg": 3}
    write_files({f"set/{folder}{name}": color for name, color in images.items()})
    write_files({f"set/{name}": content for name, content in files.items()})
    check(load_dataset("set"), expected)
    train = {name: row for name, row in expected.items() if name != "c.jpg"}
    valid = {name: row for name, row in expected.items() if name in (None, "c.jpg")}
    names = expected[None]
    for split, rows in [("train", train), ("valid", valid), ("validation", valid)]:
        check(load_dataset("set", split=split, label_names=names), rows)
    with pytest.raises(ValueError, match="There is no split='test' in 'set'; there are 'train'"):
        load_dataset("set", split="test")


@pytest.mark.parametrize(
    "xmls",
    ["set/images", "set", "set/annotations", "set/Annotations", "labels"],
)
def test_folders_of_voc_files(xmls, root, write_files, check):
    write_files({"set/images/a.b.jpg": 1, "set/images/c.png": 2})
    write_files({f"{xmls}/a.b.xml": make_xml(("sea", 0)), f"{xmls}/c.xml": make_xml(("sea", 1))})
    images, labels = ("set/images", None) if xmls == "set/images" else ("set", None)
    if xmls == "labels":
        images, labels = "set/images", xmls
    check(load_dataset(images, labels), {None: ["sea"], "a.b.jpg": [1], "c.png": [1]})
    data = load_dataset(images, labels, difficult="missing", label_names=["sky", "sea"])
    check(data, {None: ["sky", "sea"], "a.b.jpg": [0, 1], "c.png": [0, NAN]})


def test_voc_files_of_label_studio(root, write_files, check):
    write_files({"images/a.jpg": 1, "set/Annotations/8a7b6c5d-a.xml": make_xml(("sea", 0))})
    check(load_dataset("images", "set"), {None: ["sea"], "a.jpg": [1]})


def test_missing_voc_files(root, write_files, check):
    write_files({"set/a.jpg": 1, "set/b.jpg": 2, "set/a.xml": make_xml(("sea", 0))})
    with pytest.raises(FileNotFoundError, match=r"1 images of 'set' have no annotation.*b\.jpg"):
        load_dataset("set")
    data = load_dataset("set", missing="drop")
    check(data, {None: ["sea"], "a.jpg": [1]})
    assert data.missing == ["set/b.jpg"]
    write_files({"set/a.xml": make_xml()})
    with pytest.raises(ValueError, match="No annotation in 'set' has an object"):
        load_dataset("set", missing="drop")
    write_files({"set/a.xml": "<annotations/>"})
    with pytest.raises(ValueError, match="without labels in a known format"):
        load_dataset("set")


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        (["image", "annotations"], "a.jpg"),
        (["imageURL", "annotations"], "file:///Users/me/My%20images/a.jpg"),
        (["image_url", "annotations"], "https://example.com/images/a.jpg?size=1"),
        (["imageFileName", "annotation"], "images/a.jpg"),
        (["imagefilename", "labels"], "/Users/me/a.jpg"),
    ],
)
def test_fields_of_create_ml(fields, path, root, write_files, check):
    rows = [dict(zip(fields, row, strict=True)) for row in [(path, ["sea"]), ("b.jpg", [])]]
    write_files({"images/a.jpg": 1, "images/b.jpg": 2, "l.json": rows})
    check(load_dataset("images", "l.json"), {None: ["sea"], "a.jpg": [1], "b.jpg": [0]})
    write_files({"l.json": json.dumps([*rows, {fields[0]: {"url": "a.jpg"}, fields[1]: []}])})
    with pytest.raises(ValueError, match=r"Entry 2 of 'l\.json' is"):
        load_dataset("images", "l.json")


@pytest.mark.parametrize(
    "name",
    [
        "train2017/a.jpg",
        "images\\3\\a.jpg",
        "../media/upload/1/a.jpg",
        "/data/upload/1/8a7b6c5d-a.jpg",
        "a.jpg",
    ],
)
def test_paths_of_coco_on_other_systems(name, root, write_files, check):
    write_files({"images/x/a.jpg": 1, "l.json": make_coco([name], [(0, 1)])})
    check(load_dataset("images", "l.json"), {None: ["sea", "sky"], "a.jpg": [1, 0]})


def write_parquet(name, rows):
    pytest.importorskip("pyarrow")
    pd.DataFrame(rows).to_parquet(name)


def test_parquet_of_hugging_face(root, write_files, check):
    write_files({"set/train/a.jpg": 1, "set/train/b.jpg": 2})
    rows = {"file_name": ["a.jpg", "b.jpg"], "labels": [["sea, blue", "sky;"], []]}
    write_parquet("set/train/metadata.parquet", rows)
    expected = {None: ["sea, blue", "sky;"], "a.jpg": [1, 1], "b.jpg": [0, 0]}
    check(load_dataset("set"), expected)
    check(load_dataset("set/train", "set/train/metadata.parquet"), expected)
    write_parquet("set/train/metadata.parquet", {"file_name": ["a", "b"], "sea": [1, None]})
    check(load_dataset("set"), {None: ["sea"], "a.jpg": [1], "b.jpg": [NAN]})


@pytest.mark.parametrize("ending", [".jsonl", ".parquet"])
def test_several_images_per_row_and_the_advice(ending, root, write_files, check):
    write_files({f"set/{name}.jpg": number for number, name in enumerate("abc")})
    rows = [
        {"file_names": ["a.jpg", "b.jpg"], "labels": ["sea"]},
        {"file_names": ["c.jpg"], "labels": ["sky", "sea"]},
    ]
    write_files({"set/metadata.jsonl": "\n".join(map(json.dumps, rows))})
    if ending == ".parquet":
        write_parquet("set/metadata.parquet", rows)
        Path("set/metadata.jsonl").unlink()
    with pytest.raises(ValueError, match="several images per row") as error:
        load_dataset("set")
    code, arguments = re.search(r"per image: (.+), and pass (.+)\.$", str(error.value)).groups()
    eval(code, {"pandas": pd})
    data = eval(f"load_dataset({arguments})")
    check(data, {None: ["sea", "sky"], "a.jpg": [1, 0], "b.jpg": [1, 0], "c.jpg": [1, 1]})


def test_several_file_names_and_the_advice(root, write_files, check):
    row = {"mask_file_name": "m.png", "image_file_name": "a.jpg", "labels": ["sea"]}
    write_files({"set/a.jpg": 1, "set/m.png": 2, "set/metadata.jsonl": row})
    with pytest.raises(ValueError, match="path_column='mask_file_name'"):
        load_dataset("set")
    check(load_dataset("set", path_column="image_file_name"), {None: ["sea"], "a.jpg": [1]})
    write_files({"set/metadata.jsonl": {"name": "a.jpg", "labels": ["sea"]}})
    with pytest.raises(ValueError, match="no field 'file_name', but 'name', 'labels'"):
        load_dataset("set")


def test_images_without_labels_in_all_splits(root, write_files):
    for split in ("train", "test"):
        row = {"file_name": "a.jpg", "labels": []}
        write_files({f"set/{split}/a.jpg": 1, f"set/{split}/metadata.jsonl": row})
    with pytest.raises(ValueError, match="No image has any label"):
        load_dataset("set")


@pytest.mark.parametrize("rows", [["a.jpg"], ["a.jpg", "b.jpg"]])
def test_hugging_face_reads_the_same_images(rows, root, write_files):
    datasets = pytest.importorskip("datasets")
    datasets.disable_progress_bars()
    lines = [json.dumps({"image_file_name": name, "labels": ["sea"]}) for name in rows]
    write_files({f"set/data/train/{name}": number for number, name in enumerate(rows)})
    write_files({"set/data/train/metadata.jsonl": "\n".join(lines)})
    theirs = datasets.load_dataset("imagefolder", data_dir="set", cache_dir="cache")["train"]
    data = load_dataset("set")
    assert len(theirs) == len(data.paths)
    assert list(theirs["labels"]) == [["sea"]] * len(rows)


def test_image_folders_without_a_row_per_image(root, write_files):
    write_files({"set/a.jpg": 1, "set/metadata.csv": "file_names,sea\n\"['a.jpg']\",1\n"})
    with pytest.raises(ValueError, match=r"in 'file_names', expected one row per image\.$"):
        load_dataset("set")
    Path("set/metadata.csv").unlink()
    write_parquet("set/metadata.parquet", {"file_name": [], "sea": []})
    with pytest.raises(ValueError, match="is empty, expected a row per image"):
        load_dataset("set")
