"""Formats of annotation tools and well-known data sets, from small files of the same form."""

import inspect
import json
import re
import sys
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from skmlic.datasets import load_dataset
from skmlic.datasets._known_formats import FORMATS

IMAGES = {"images/a.jpg": 10, "images/b.jpg": 20, "images/c.jpg": 30}
NAN = np.nan
CVAT = """<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <meta><task><id>4</id><name>beaches</name><size>3</size><labels>
    <label><name>sea</name><color>#fa3253</color><type>tag</type><attributes></attributes></label>
    <label><name>trees</name><type>any</type><attributes></attributes></label>
    <label><name>dog</name><type>any</type><attributes></attributes></label>
  </labels></task></meta>
  <image id="0" name="a.jpg" width="4" height="4">
    <tag label="sea" source="manual"><attribute name="blue">yes</attribute></tag>
    <tag label="trees" source="manual"></tag>
  </image>
  <image id="1" name="b.jpg" width="4" height="4">
    <box label="trees" source="manual" occluded="0" xtl="1" ytl="1" xbr="2" ybr="2"></box>
  </image>
  <image id="2" name="c.jpg" width="4" height="4"></image>
</annotations>
"""
CELEBA = """3
5_o_Clock_Shadow Bald  Smiling
a.jpg -1  1 -1
b.jpg  1  1  1
c.jpg -1 -1 -1
"""
OPEN_IMAGES = """ImageID,Source,LabelName,Confidence
a,verification,/m/01,1
a,verification,/m/02,0
b,crowdsource-verification,/m/02,1
c,verification,/m/01,0
"""
CHEST = """Image Index,Finding Labels,Follow-up #,Patient ID,OriginalImage[Width,Height],
a.jpg,Hernia|Mass,0,1,4,4,
b.jpg,No Finding,1,1,4,4,
c.jpg,Mass,2,1,4,4,
"""


@pytest.mark.parametrize(
    ("files", "labels", "expected"),
    [
        pytest.param(
            {"annotations.xml": CVAT},
            "annotations.xml",
            {None: ["sea", "trees", "dog"], "a": [1, 1, 0], "b": [0, 1, 0], "c": [0, 0, 0]},
            id="cvat",
        ),
        pytest.param(
            {"labels.json": {"classes": ["sea", "sky"], "labels": {"a": [0, 1], "b": [], "c": 1}}},
            "labels.json",
            {None: ["sea", "sky"], "a": [1, 1], "b": [0, 0], "c": [0, 1]},
            id="fiftyone",
        ),
        pytest.param(
            {"labels.json": {"classes": None, "labels": {"a": ["sky"], "c": ["sea", "sky"]}}},
            "labels.json",
            {None: ["sea", "sky"], "a": [0, 1], "c": [1, 1]},
            id="fiftyone-names",
        ),
        pytest.param(
            {
                "labels.json": {
                    "classes": ["sea", "sky"],
                    "labels": {"a": [{"label": 1, "confidence": 0.9}], "c": {"label": "sea"}},
                }
            },
            "labels.json",
            {None: ["sea", "sky"], "a": [0, 1], "c": [1, 0]},
            id="fiftyone-confidences",
        ),
        pytest.param(
            {
                "labels.json": json.dumps(
                    {"classes": ["sea"], "labels": {"a": [0], "b": []}}, indent=4
                )
            },
            "labels.json",
            {None: ["sea"], "a": [1], "b": [0]},
            id="fiftyone-pretty",
        ),
        pytest.param(
            {
                "labels.json": [
                    {"image": "a.jpg", "annotations": ["sea", "sky"]},
                    {"image": "b.jpg", "annotations": []},
                ]
            },
            "labels.json",
            {None: ["sea", "sky"], "a": [1, 1], "b": [0, 0]},
            id="create-ml",
        ),
        pytest.param(
            {
                "_annotations.createml.json": [
                    {"image": "a.jpg", "annotations": [{"label": "sea", "coordinates": {"x": 1}}]},
                    {"image": "b.jpg", "annotations": [{"label": "sky", "coordinates": {"x": 1}}]},
                ]
            },
            "_annotations.createml.json",
            {None: ["sea", "sky"], "a": [1, 0], "b": [0, 1]},
            id="create-ml-objects",
        ),
        pytest.param(
            {"list_attr_celeba.txt": ("\ufeff" + CELEBA.replace("\n", "\r\n")).encode()},
            "list_attr_celeba.txt",
            {
                None: ["5_o_Clock_Shadow", "Bald", "Smiling"],
                "a": [0, 1, 0],
                "b": [1, 1, 1],
                "c": [0, 0, 0],
            },
            id="celeba",
        ),
        pytest.param(
            {"list_attr_celeba.csv": "image_id,5_o_Clock_Shadow,Bald\na.jpg,-1,1\nb.jpg,1,-1\n"},
            "list_attr_celeba.csv",
            {None: ["5_o_Clock_Shadow", "Bald"], "a": [0, 1], "b": [1, 0]},
            id="celeba-kaggle",
        ),
        pytest.param(
            {"labels.csv": OPEN_IMAGES},
            "labels.csv",
            {None: ["/m/01", "/m/02"], "a": [1, 0], "b": [NAN, 1], "c": [0, NAN]},
            id="open-images",
        ),
        pytest.param(
            {"Data_Entry_2017.csv": CHEST},
            "Data_Entry_2017.csv",
            {None: ["Hernia", "Mass"], "a": [1, 1], "b": [0, 0], "c": [0, 1]},
            id="chest-xray14",
        ),
        pytest.param(
            {
                "nus/Groundtruth/AllLabels/Labels_sky.txt": "1\n0\n0\n",
                "nus/Groundtruth/AllLabels/Labels_sea.txt": "1\n1\n0\n",
                "nus/ImageList/Imagelist.txt": "a.jpg\nb.jpg\nc.jpg\n",
            },
            "nus",
            {None: ["sea", "sky"], "a": [1, 1], "b": [1, 0], "c": [0, 0]},
            id="nus-wide",
        ),
        pytest.param(
            {
                "nus/Groundtruth/TrainTestLabels/Labels_sky_Train.txt": "0\n1\n",
                "nus/Groundtruth/TrainTestLabels/Labels_sky_Test.txt": "1\n",
                "nus/ImageList/TrainImagelist.txt": "a.jpg\nb.jpg\n",
                "nus/ImageList/TestImagelist.txt": "c.jpg\n",
            },
            "nus",
            {None: ["sky"], "a": [0], "b": [1], "c": [1]},
            id="nus-wide-train-and-test",
        ),
        pytest.param(
            {
                "yolo/classes.txt": "sea\nsky\n",
                "yolo/a.txt": "1 0.5 0.5 0.2 0.3\n0 0.5 0.5 0.1 0.1\n1 .1 .1 .1 .1\n",
                "yolo/b.txt": "",
            },
            "yolo",
            {None: ["sea", "sky"], "a": [1, 1], "b": [0, 0], "c": [0, 0]},
            id="yolo-labels",
        ),
        pytest.param(
            {
                "images/metadata.jsonl": '{"file_name": "a.jpg", "labels": ["sea"]}\n'
                '{"file_name": "b.jpg", "labels": ["sky", "sea"]}\n'
            },
            "images/metadata.jsonl",
            {None: ["sea", "sky"], "a": [1, 0], "b": [1, 1]},
            id="image-folder-file",
        ),
    ],
)
def test_labels_beside_images(files, labels, expected, root, write_files, check):
    write_files(IMAGES | files)
    expected = {name and f"{name}.jpg": row for name, row in expected.items()}
    check(load_dataset("images", labels), expected)
    # One label and a reversed order, as with every reader.
    names = expected[None]
    rows = {name: row[::-1] for name, row in expected.items()}
    check(load_dataset("images", labels, label_names=names[::-1]), rows)
    Path("images/a.jpg").unlink()
    with pytest.raises(FileNotFoundError, match=r"1 of the \d images .*missing='drop'"):
        load_dataset("images", labels)
    data = load_dataset("images", labels, missing="drop", label_names=names)
    assert [Path(name).stem for name in data.missing] == ["a"]
    check(data, {name: row for name, row in expected.items() if name != "a.jpg"} | {None: names})


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            {
                "train/_classes.csv": "filename, sea, sky\na.jpg, 1, 0\n",
                "train/a.jpg": 1,
                "valid/_classes.csv": "filename, sea, sky\nb.jpg, 1, 1\n",
                "valid/b.jpg": 2,
                "test/_classes.csv": "filename, sea, sky\nc.jpg, 0, 0\n",
                "test/c.jpg": 3,
            },
            {None: ["sea", "sky"], "a.jpg": [1, 0], "b.jpg": [1, 1], "c.jpg": [0, 0]},
            id="roboflow",
        ),
        pytest.param(
            {"_classes.csv": "filename, sea, sky\na.jpg, 1, 0\n", "a.jpg": 1},
            {None: ["sea", "sky"], "a.jpg": [1, 0]},
            id="roboflow-one-split",
        ),
        pytest.param(
            {"sea/a.jpg": 1, "sky/a2.jpg": 1, "sky/b.jpg": 2, "sea/c.jpg": 3},
            {None: ["sea", "sky"], "a.jpg": [1, 1], "c.jpg": [1, 0], "b.jpg": [0, 1]},
            id="class-folders",
        ),
        pytest.param(
            {"train/sea/a.jpg": 1, "train/sky/a.jpg": 1, "test/sea/b.jpg": 2, "test/dog/c.jpg": 3},
            {
                None: ["dog", "sea", "sky"],
                "a.jpg": [0, 1, 1],
                "c.jpg": [1, 0, 0],
                "b.jpg": [0, 1, 0],
            },
            id="class-folders-splits",
        ),
        pytest.param(
            {
                "train/metadata.csv": "file_name,labels\na.jpg,sea;sky\n",
                "train/a.jpg": 1,
                "test/metadata.csv": "file_name,labels\nb.jpg,dog\n",
                "test/b.jpg": 2,
            },
            {None: ["dog", "sea", "sky"], "a.jpg": [0, 1, 1], "b.jpg": [1, 0, 0]},
            id="image-folder",
        ),
        pytest.param(
            {
                "metadata.jsonl": '{"labels": {"sea": 1, "sky": null}, "file_name": "a.jpg"}\n',
                "a.jpg": 1,
            },
            {None: ["sea", "sky"], "a.jpg": [1, NAN]},
            id="image-folder-values",
        ),
        pytest.param(
            {
                "data.yaml": "path: .\ntrain: images/train\nnames:\n  0: sea\n  1: sky\n",
                "images/train/a.jpg": 1,
                "images/val/b.jpg": 2,
                "labels/train/a.txt": "1 0.5 0.5 0.2 0.3\n",
                "labels/val/b.txt": "0 0.5 0.5 0.2 0.3\n",
            },
            {None: ["sea", "sky"], "a.jpg": [0, 1], "b.jpg": [1, 0]},
            id="yolo",
        ),
        pytest.param(
            {
                "data.yaml": "names: ['sea', 'sky']\nnc: 2\n",
                "train/images/a.jpg": 1,
                "train/labels/a.txt": "1 0.1 0.2 0.3 0.2 0.3 0.4\n",
                "valid/images/b.jpg": 2,
                "valid/labels/b.txt": "",
            },
            {None: ["sea", "sky"], "a.jpg": [0, 1], "b.jpg": [0, 0]},
            id="yolo-roboflow",
        ),
        pytest.param(
            {
                "obj.names": "sea\nsky\n",
                "obj.data": "classes = 2\nnames = data/obj.names\n",
                "train.txt": "data/obj_train_data/a.jpg\n",
                "obj_train_data/a.jpg": 1,
                "obj_train_data/a.txt": "0 0.5 0.5 0.2 0.3\n",
            },
            {None: ["sea", "sky"], "a.jpg": [1, 0]},
            id="yolo-darknet",
        ),
        pytest.param(
            {
                "a.jpg": 1,
                "a.json": {"labels": ["sea", "sky"]},
                "b.jpg": 2,
                "b.json": {"labels": []},
            },
            {None: ["sea", "sky"], "a.jpg": [1, 1], "b.jpg": [0, 0]},
            id="webdataset",
        ),
        pytest.param(
            {"a.seg.png": 1, "a.cls": "3", "b.seg.png": 2, "b.cls": "7,3"},
            {None: ["3", "7"], "a.seg.png": [1, 0], "b.seg.png": [1, 1]},
            id="webdataset-cls",
        ),
        pytest.param(
            {
                "a.jpg": 1,
                "a.json": {"label": {"sea": 1, "sky": None}},
                "b.jpg": 2,
                "b.json": {"label": {"sky": 0, "sea": 0}},
            },
            {None: ["sea", "sky"], "a.jpg": [1, NAN], "b.jpg": [0, 0]},
            id="webdataset-values",
        ),
        pytest.param(
            {"labels.json": {"classes": ["sea"], "labels": {"a": [0]}}, "data/a.jpg": 1},
            {None: ["sea"], "a.jpg": [1]},
            id="fiftyone",
        ),
        pytest.param(
            {"annotations.xml": CVAT, "images/a.jpg": 1, "images/b.jpg": 2, "images/c.jpg": 3},
            {
                None: ["sea", "trees", "dog"],
                "a.jpg": [1, 1, 0],
                "b.jpg": [0, 1, 0],
                "c.jpg": [0] * 3,
            },
            id="cvat",
        ),
    ],
)
@pytest.mark.parametrize("kind", ["folder", "zip", "tar.gz"])
def test_folders_that_contain_labels(files, expected, kind, root, write_files, check):
    write_files({f"data/{name}": content for name, content in files.items()})
    images = "data"
    if kind == "zip":
        images = "data.zip"
        with zipfile.ZipFile(images, "w") as archive:
            for file in sorted(Path("data").rglob("*.*")):
                archive.write(file)
    elif kind == "tar.gz":
        images = "data.tar.gz"
        with tarfile.open(images, "w:gz") as archive:
            archive.add("data")
    check(load_dataset(images), expected)
    assert all(map(Path.is_file, map(Path, load_dataset(images).paths)))


@pytest.mark.parametrize(
    ("name", "split", "files"),
    [
        ("roboflow", "valid", {"valid/_classes.csv": "filename,sea\nb.jpg,1\n"}),
        ("class_folders", "valid", {"valid/sea/b.jpg": 2, "valid/sky/c.jpg": 3}),
        ("image_folder", "valid", {"valid/metadata.csv": "file_name,sea\nb.jpg,1\n"}),
    ],
)
def test_one_split(name, split, files, root, write_files):
    write_files(files | {"valid/b.jpg": 2} if name != "class_folders" else files)
    write_files({file.replace("valid", "train"): content for file, content in files.items()})
    data = load_dataset(root, split="valid", format=name)
    assert all("valid" in Path(path).parts for path in data.paths)
    with pytest.raises(ValueError, match=r"no split='other'.*'train', 'valid'"):
        load_dataset(root, split="other")


def test_names_are_searched_in_subfolders(root, write_files, check):
    write_files({"images/images_001/a.jpg": 1, "images/images_002/images/b.jpg": 2, "d.csv": CHEST})
    data = load_dataset("images", "d.csv", missing="drop", label_names=["Mass", "Hernia"])
    check(data, {None: ["Mass", "Hernia"], "a.jpg": [1, 1], "b.jpg": [0, 0]})
    write_files({"images/images_002/a.jpg": 3})
    with pytest.raises(ValueError, match=r"several images called 'a\.jpg': 'images_001/a\.jpg'"):
        load_dataset("images", "d.csv", missing="drop")


@pytest.mark.parametrize("number", [1, 2])
def test_shards(number, root, write_files, check):
    for shard in range(number):
        Path("part").mkdir(exist_ok=True)
        write_files({f"part/{shard}{c}.jpg": 10 * shard + i for i, c in enumerate("ab")})
        write_files({f"part/{shard}{c}.json": {"labels": ["sea"] * i} for i, c in enumerate("ab")})
        with tarfile.open(f"shard-{shard:03d}.tar", "w") as archive:
            for file in sorted(Path("part").glob(f"{shard}*")):
                archive.add(file, file.name)
    names = [f"{shard}{letter}.jpg" for shard in range(number) for letter in "ab"]
    expected = {None: ["sea"]} | {name: [int("b" in name)] for name in names}
    paths = [f"shard-{shard:03d}.tar" for shard in range(number)]
    check(load_dataset(paths), expected)
    check(load_dataset(f"shard-{{000..{number - 1:03d}}}.tar"), expected)
    # A changed archive is unpacked again.
    write_files({"c.jpg": 99, "c.json": {"labels": ["sky"]}})
    with tarfile.open(paths[0], "w") as archive:
        archive.add("c.jpg")
        archive.add("c.json")
    check(load_dataset(paths[0]), {None: ["sky"], "c.jpg": [1]})


def test_long_tables(root, write_files, check):
    write_files(IMAGES)
    table = pd.DataFrame(
        {"photo": list("aabc"), "tag": ["sea", "sky", "sea", "sea"], "there": [1, 0, 0, 1]}
    )
    expected = {None: ["sea", "sky"], "a.jpg": [1, 0], "b.jpg": [0, NAN], "c.jpg": [1, NAN]}
    check(load_dataset("images", table, long=True), expected)
    check(load_dataset("images", table, format="long"), expected)
    table.iloc[:, ::-1].to_csv("labels.csv", index=False)
    columns = {"path_column": "photo", "label_column": "tag", "value_column": "there"}
    check(load_dataset("images", "labels.csv", long=True, **columns), expected)
    twice = pd.concat([table, table.iloc[:1].assign(there=0)])
    expected["a.jpg"] = [NAN, 0]
    check(load_dataset("images", twice, long=True), expected)


@pytest.mark.parametrize(
    "place",
    [
        "class-descriptions.csv",
        "class-descriptions-boxable.csv",
        "oidv7-class-descriptions.csv",
        "train/oidv6-class-descriptions.csv",
        "metadata/classes.csv",
    ],
)
@pytest.mark.parametrize("header", ["", "LabelName,DisplayName\n"])
def test_names_of_open_images(place, header, root, write_files, check):
    names = '/m/02,"Tree, Plant"\n/m/01,Sea\n/m/03,Sea\n'
    write_files(IMAGES | {place: header + names, "train/labels.csv": OPEN_IMAGES})
    rows = {"a.jpg": [1, 0], "b.jpg": [NAN, 1], "c.jpg": [0, NAN]}
    check(load_dataset("images", "train/labels.csv"), {None: ["Sea", "Tree, Plant"]} | rows)
    data = load_dataset("images", "train/labels.csv", label_names=["Tree, Plant"])
    assert data.label_names == ["Tree, Plant"]
    ids = ["/m/01", "/m/02"]
    check(load_dataset("images", "train/labels.csv", label_names=ids), {None: ids} | rows)
    check(load_dataset("images", pd.read_csv("train/labels.csv")), {None: ids} | rows)
    write_files({"train/labels.csv": OPEN_IMAGES + "a,verification,/m/03,1\n"})
    data = load_dataset("images", "train/labels.csv")
    assert data.label_names == ["Sea (/m/01)", "Sea (/m/03)", "Tree, Plant"]
    write_files({"train/labels.csv": OPEN_IMAGES + "a,verification,/m/09,1\n"})
    assert load_dataset("images", "train/labels.csv").label_names[0] == "/m/09"


def test_advice_about_long_tables(root, write_files, check):
    write_files(IMAGES)
    pairs = pd.DataFrame({"photo": list("aab"), "tag": ["sea", "sky", "sea"]})
    with pytest.raises(ValueError, match=r"expected three.*without long=True") as caught:
        load_dataset("images", pairs, long=True)
    advice = str(caught.value).split("pass labels=")[1].split(" without")[0]
    data = load_dataset("images", eval(advice, {"table": pairs}))
    check(data, {None: ["sea", "sky"], "a.jpg": [1, 1], "b.jpg": [1, 0]})
    write_files({"machine.csv": OPEN_IMAGES + "c,machine,/m/02,0.7\n"})
    with pytest.raises(ValueError, match=r"'0\.7' of 'Confidence'") as caught:
        load_dataset("images", "machine.csv")
    advice = str(caught.value).split("labels=")[1].split(" (")[0].rstrip(".")
    table = pd.read_csv("machine.csv", dtype=str)
    assert len(load_dataset("images", eval(advice, {"table": table})).paths) == 3


CVAT_VIDEO = "<annotations><track id='0' label='sea'><box frame='0'/></track></annotations>"


@pytest.mark.parametrize(
    ("files", "arguments", "options", "message"),
    [
        pytest.param({"a.xml": CVAT_VIDEO}, ["a.xml"], {}, "tracks of a video", id="cvat-video"),
        pytest.param({"a.xml": "<annotation/>"}, ["a.xml"], {}, "no known format", id="xml"),
        pytest.param(
            {"a.xml": "<annotations><image"}, ["a.xml"], {}, "can't be read", id="cvat-damaged"
        ),
        pytest.param(
            {"l.json": {"classes": ["sea"], "labels": {"a": [1]}}},
            ["l.json"],
            {},
            "class 1, but there are 1 classes",
            id="fiftyone-position",
        ),
        pytest.param(
            {"l.json": {"classes": ["sea"], "labels": {"a": ["sky"]}}},
            ["l.json"],
            {},
            "'sky', which is not in 'classes'",
            id="fiftyone-name",
        ),
        pytest.param(
            {"l.json": [{"image": "a.jpg", "annotations": [3]}]},
            ["l.json"],
            {},
            "annotation 3, expected the name",
            id="create-ml-number",
        ),
        pytest.param(
            {"l.txt": "2\nsea\na.jpg 1\n"},
            ["l.txt"],
            {},
            "its first line says 2",
            id="celeba-count",
        ),
        pytest.param(
            {"l.txt": "1\nsea sky\na.jpg 1\n"}, ["l.txt"], {}, "1 values, expected 2", id="celeba"
        ),
        pytest.param(
            {"l.txt": "1\nsea\na.jpg 2\n"},
            ["l.txt"],
            {},
            "'2' of 'sea', expected 1 or -1",
            id="two",
        ),
        pytest.param(
            {"n/Labels_sea.txt": "1\n", "n/Imagelist.txt": "a.jpg\nb.jpg\n"},
            ["n"],
            {},
            "has 1 lines, expected 2",
            id="nus-wide-lines",
        ),
        pytest.param(
            {"n/Labels_sea.txt": "1\n", "n/Imagelist.txt": "a.jpg\n"},
            ["n"],
            {"split": "train"},
            r"no Labels_\*_Train\.txt",
            id="nus-wide-split",
        ),
        pytest.param(
            {"y/classes.txt": "sea\n", "y/a.txt": "1 .5 .5 .5 .5\n"},
            ["y"],
            {},
            "label 1, but there are 1 names",
            id="yolo-position",
        ),
        pytest.param(
            {"y/classes.txt": "sea\n", "y/a.txt": "0 .5 .5 .5 .5\nsea\n"},
            ["y"],
            {},
            "Line 2 of .* is 'sea', expected the position",
            id="yolo-line",
        ),
        pytest.param({}, [], {}, "without labels in a known format", id="nothing"),
        pytest.param({}, [], {"format": "class_folder"}, "Did you mean 'class_folders'", id="name"),
        pytest.param(
            {}, [], {"format": "class_folders"}, "Neither 'images' nor a folder in it", id="folders"
        ),
        pytest.param({"images/x/d.jpg": 1}, [], {}, "without labels in a known", id="mixed"),
        pytest.param({}, ["l.csv"], {"long": True, "format": "coco"}, "format 'long'", id="long"),
    ],
)
def test_errors(files, arguments, options, message, root, write_files):
    write_files(IMAGES | files)
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        load_dataset("images", *arguments, **options)


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"only/a.jpg": 1, "only/b.jpg": 2}, id="one-folder"),
        pytest.param({"images_001/a.jpg": 1, "images_002/b.jpg": 2}, id="numbered"),
        pytest.param({"images/a.jpg": 1, "masks/a.jpg": 2}, id="masks"),
        pytest.param({"train/a.jpg": 1, "test/b.jpg": 2}, id="splits"),
        pytest.param({"sea/a.jpg": 1, "sky/b.jpg": 2, "c.jpg": 3}, id="images-above"),
    ],
)
def test_folders_that_are_no_labels(files, root, write_files):
    write_files({f"data/{name}": content for name, content in files.items()})
    with pytest.raises(ValueError, match="without labels in a known format"):
        load_dataset("data")


def test_advice_about_folders(root, write_files, check):
    write_files({"data/part 1/a.jpg": 1, "data/part 2/b.jpg": 2})
    with pytest.raises(ValueError, match="pass format='class_folders'"):
        load_dataset("data")
    data = load_dataset("data", format="class_folders")
    check(data, {None: ["part 1", "part 2"], "a.jpg": [1, 0], "b.jpg": [0, 1]})


def test_unlabelled_images(root, write_files, check):
    write_files(IMAGES | {"l.json": {"classes": ["sea"], "labels": {"a": [0], "b": None}}})
    with pytest.warns(UserWarning, match="1 of 2 images have no labels"):
        check(load_dataset("images", "l.json"), {None: ["sea"], "a.jpg": [1]})
    data = load_dataset("images", "l.json", unlabelled="negative")
    check(data, {None: ["sea"], "a.jpg": [1], "b.jpg": [0]})
    bare = re.sub(r"<tag.*?</tag>|<box.*?</box>", "", CVAT, flags=re.DOTALL)
    write_files({"a.xml": bare})
    with pytest.warns(UserWarning, match="so all labels are missing"):
        data = load_dataset("images", "a.xml")
    assert data.Y.isna().all(axis=None)
    assert data.label_names == ["sea", "trees", "dog"]


def test_yaml_is_optional(root, monkeypatch, write_files):
    monkeypatch.setitem(sys.modules, "yaml", None)
    write_files(IMAGES | {"images/data.yaml": "names: [sea]\n", "images/a.txt": "0 .5 .5 .5 .5\n"})
    with pytest.raises(ImportError, match="pip install pyyaml"):
        load_dataset("images")


def test_readers_have_the_common_parameters():
    for known in FORMATS:
        names = inspect.signature(known.read).parameters
        assert {"label_names", "missing"} <= set(names), known.name
