"""Forms of the formats that exports of tools have besides those of test_formats.py."""

import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from skmlic.datasets import load_dataset

NAN = np.nan
IMAGES = {"images/a.jpg": 10, "images/b.jpg": 20, "images/c.jpg": 30}
YOLO = {
    "images/train/a.jpg": 1,
    "images/val/b.jpg": 2,
    "labels/train/a.txt": "\n1 .5 .5 .2 .2\r\n",
    "labels/val/b.txt": "",
}
CHEST = """Image Index,Finding Labels,OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y],
a.jpg,Hernia|Mass,2682,2749,0.143,0.143,
b.jpg,No Finding,2682,2749,0.143,0.143,
"""
ROBOFLOW = {
    "train/_classes.csv": "filename, sea, sky\r\na.jpg, 1, 0\r\n",
    "train/a.jpg": 1,
    "test/_classes.csv": "\ufefffilename, sea\r\nb.jpg, 1\r\n",
    "test/b.jpg": 2,
}


def make_cvat(images, labels="<label><name>sea</name></label><label><name>sky</name></label>"):
    meta = f"<meta><task><labels>{labels}</labels></task></meta>"
    return f"<annotations><version>1.1</version>{meta}{images}</annotations>".encode("utf-8-sig")


@pytest.mark.parametrize(
    ("files", "labels", "expected"),
    [
        pytest.param(
            {
                "l.xml": make_cvat(
                    '<image name="a.jpg"><skeleton label="sea"><points label="nose"/></skeleton>'
                    "</image>",
                    "<label><name>sea</name><type>skeleton</type></label>"
                    "<label><name>nose</name><type>points</type><parent>sea</parent></label>",
                )
            },
            "l.xml",
            {None: ["sea"], "a.jpg": [1]},
            id="cvat-skeleton",
        ),
        pytest.param(
            {"l.csv": "label,photo,there\nsea,a,True\nsky,a,false\n"},
            "l.csv",
            {None: ["sea", "sky"], "a.jpg": [1, 0]},
            id="long-image-second",
        ),
        pytest.param(
            {"l.csv": "photo;label;there\nb;sea;0\nb;sky;1\n"},
            "l.csv",
            {None: ["sea", "sky"], "b.jpg": [0, 1]},
            id="long-semicolons",
        ),
        pytest.param(
            {"l.csv": CHEST},
            "l.csv",
            {None: ["Hernia", "Mass"], "a.jpg": [1, 1], "b.jpg": [0, 0]},
            id="chest",
        ),
        pytest.param(
            {"l.json": {"info": {}, "classes": ["sea", "sky"], "labels": {"a": [1]}}},
            "l.json",
            {None: ["sea", "sky"], "a.jpg": [0, 1]},
            id="fiftyone-info",
        ),
    ],
)
def test_files(files, labels, expected, root, write_files, check):
    write_files(IMAGES | files)
    long = {"long": True, "path_column": "photo"} if "photo" in str(files) else {}
    check(load_dataset("images", labels, **long), expected)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            YOLO | {"data.yaml": "names:\n  1: sky\n  3: dog\n"},
            {None: ["sky", "dog"], "a.jpg": [1, 0], "b.jpg": [0, 0]},
            id="yolo-positions",
        ),
        pytest.param(
            YOLO | {"data.yaml": b"\xef\xbb\xbfnames: [no, yes]\r\n"},
            {None: ["no", "yes"], "a.jpg": [0, 1], "b.jpg": [0, 0]},
            id="yolo-no",
        ),
        pytest.param(
            YOLO | {"data.yaml": "names: [sea, sea, sky]\n"},
            {None: ["sea", "sky"], "a.jpg": [1, 0], "b.jpg": [0, 0]},
            id="yolo-same-name",
        ),
        pytest.param(
            ROBOFLOW,
            {None: ["sea", "sky"], "a.jpg": [1, 0], "b.jpg": [1, NAN]},
            id="roboflow-labels-of-one-split",
        ),
        pytest.param(
            {
                "images/Train/a.jpg": 1,
                "images/Test/a.jpg": 2,
                "annotations.xml": make_cvat(
                    '<image name="a.jpg" subset="Test"><tag label="sky"/></image>'
                ),
            },
            {None: ["sea", "sky"], "a.jpg": [0, 1]},
            id="cvat-subset",
        ),
        pytest.param(
            {
                "sea/a.jpg": 1,
                "sky/b.jpg": 2,
                ".ipynb_checkpoints/c.jpg": 3,
                "sea/.ipynb_checkpoints/a-checkpoint.jpg": 4,
            },
            {None: ["sea", "sky"], "a.jpg": [1, 0], "b.jpg": [0, 1]},
            id="class-folders-hidden",
        ),
        pytest.param(
            {"Training/sea/a.jpg": 1, "Training/sky/b.jpg": 2, "Testing/sea/c.jpg": 3}
            | {"Testing/sky/d.jpg": 4},
            {None: ["sea", "sky"], "a.jpg": [1, 0], "b.jpg": [0, 1], "c.jpg": [1, 0]}
            | {"d.jpg": [0, 1]},
            id="class-folders-case",
        ),
        pytest.param(
            {"train/a.jpg": 1, "car/b.jpg": 2},
            {None: ["car", "train"], "b.jpg": [1, 0], "a.jpg": [0, 1]},
            id="class-folders-called-train",
        ),
        pytest.param(
            {"a.jpg": 1, "b.jpg": 2, "b.json": {"label": "sea"}},
            {None: ["sea"], "b.jpg": [1]},
            id="webdataset-first-without",
        ),
    ],
)
def test_folders(files, expected, root, write_files, check):
    write_files({f"data/{name}": content for name, content in files.items()})
    options = {"missing": "drop"} if "b.json" in files else {}
    check(load_dataset("data", **options), expected)


@pytest.mark.parametrize(
    "others",
    [
        {"d/.DS_Store": b"x", "__MACOSX/d/._sea": b"x", "__MACOSX/d/sea/._a.jpg": b"x"},
        {"README.txt": "about", "LICENSE": "free"},
    ],
)
def test_archives_with_other_files(others, root, write_files, check):
    files = {"d/sea/a.jpg": 1, "d/sky/b.jpg": 2} | others
    write_files(files)
    with zipfile.ZipFile("d.zip", "w") as archive:
        for name in files:
            archive.write(name)
    check(load_dataset("d.zip"), {None: ["sea", "sky"], "a.jpg": [1, 0], "b.jpg": [0, 1]})


def test_no_finding_as_a_label(root, write_files, check):
    write_files(IMAGES | {"l.csv": CHEST})
    names = ["Mass", "No Finding"]
    expected = {None: names, "a.jpg": [1, 0], "b.jpg": [0, 1]}
    check(load_dataset("images", "l.csv", label_names=names), expected)
    frame = pd.read_csv("l.csv", index_col=False)
    check(load_dataset("images", frame, label_names=names), expected)


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"train2017/a.jpg": 1, "val2017/b.jpg": 2}, id="years"),
        pytest.param({"Train/a.jpg": 1, "Test/b.jpg": 2}, id="case"),
        pytest.param({"only/a.jpg": 1}, id="one-folder"),
    ],
)
def test_folders_of_splits_and_the_advice(files, root, write_files):
    write_files({f"data/{name}": content for name, content in files.items()})
    with pytest.raises(ValueError, match="pass format='class_folders'"):
        load_dataset("data")
    names = sorted({Path(name).parts[0] for name in files})
    assert load_dataset("data", format="class_folders").label_names == names


def test_advice_is_given_where_it_helps(root, write_files):
    write_files({"data/a.jpg": 1, "data/sea/b.jpg": 2, "x/metadata.jsonl": "", "x/a.jpg": 1})
    with pytest.raises(ValueError, match="without labels in a known format") as caught:
        load_dataset("data")
    assert "class_folders" not in str(caught.value)


def test_metadata_in_folders_are_no_class_folders(root, write_files):
    for name in ("x", "y"):
        write_files(
            {f"data/{name}/metadata.csv": "file_name,labels\na.jpg,cat\n", f"data/{name}/a.jpg": 1}
        )
    with pytest.raises(ValueError, match="without labels in a known format"):
        load_dataset("data")


@pytest.mark.parametrize(
    ("files", "arguments", "options", "message"),
    [
        pytest.param(
            {"l.xml": make_cvat('<image name="a.jpg"/><track label="sea"><box/></track>')},
            ["images", "l.xml"],
            {},
            "tracks of a video",
            id="cvat-tracks-and-images",
        ),
        pytest.param(
            {"l.txt": "some text\n"},
            ["images", "l.txt"],
            {"format": "celeba"},
            "'some text' and '', expected the number of images",
            id="celeba-first-lines",
        ),
        pytest.param(
            {f"d/{name}": content for name, content in YOLO.items()}
            | {"d/data.yaml": "names: [a, b]"},
            ["d"],
            {"split": "test"},
            "No image of 'd' is in a folder called split='test'",
            id="yolo-split",
        ),
        pytest.param(
            {f"d/{name}": content for name, content in YOLO.items()} | {"d/data.yaml": "names: 3"},
            ["d"],
            {},
            "has no 'names', expected a list",
            id="yolo-names",
        ),
        pytest.param(
            {"d/a.jpg": 1, "d/a.json": {"labels": [0, 1, 0]}},
            ["d"],
            {},
            "seem to be values",
            id="webdataset-values",
        ),
        pytest.param(
            {"d/sea/a.jpg": 1, "d/sky/b.jpg": 1},
            ["d"],
            {"label_names": ["sea", "skyy"]},
            "Did you mean 'sky'",
            id="class-folders-label",
        ),
        pytest.param(
            {f"d/{name}": content for name, content in ROBOFLOW.items()},
            ["d"],
            {"label_names": ["skyy"]},
            "Did you mean 'sky'",
            id="roboflow-label",
        ),
        pytest.param(
            {"l.csv": "photo,who,label,there\na,me,sea,1\n"},
            ["images", "l.csv"],
            {"long": True, "label_column": "label"},
            r"'me' of 'who'.*pass value_column='NAME'",
            id="long-value",
        ),
        pytest.param(
            {"l.csv": "photo,label,there\na,sea,1\n"},
            ["images", "l.csv"],
            {"long": True, "label_column": "label", "path_column": "label"},
            "expected three different ones",
            id="long-same-column",
        ),
    ],
)
def test_errors(files, arguments, options, message, root, write_files):
    write_files(IMAGES | files)
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        load_dataset(*arguments, **options)


def test_labels_in_an_archive_and_the_advice(root, write_files, check):
    write_files(
        IMAGES | {"annotations.xml": make_cvat('<image name="a.jpg"><tag label="sea"/></image>')}
    )
    with zipfile.ZipFile("export.zip", "w") as archive:
        archive.write("annotations.xml")
        archive.write("images/a.jpg")
    with pytest.raises(ValueError, match=r"is an archive.*load_dataset\('export\.zip'\)"):
        load_dataset("images", "export.zip")
    check(load_dataset("export.zip"), {None: ["sea", "sky"], "a.jpg": [1, 0]})


def test_nus_wide_lists_of_one_split_only(root, write_files, check):
    write_files(
        IMAGES
        | {
            "n/Labels_sea_Train.txt": "0 \r\n",
            "n/Labels_sea_Test.txt": "1 \r\n",
            "n/Labels_sky_Test.txt": "1 \r\n",
            "n/TrainImagelist.txt": "x\\a.jpg\r\n",
            "n/TestImagelist.txt": "x\\b.jpg\r\n",
            "images/x/a.jpg": 1,
            "images/x/b.jpg": 1,
        }
    )
    with pytest.raises(FileNotFoundError, match=r"'sky' for some .* Pass split='train'"):
        load_dataset("images", "n")
    check(load_dataset("images", "n", split="train"), {None: ["sea"], "a.jpg": [0]})
    check(load_dataset("images", "n", split="test"), {None: ["sea", "sky"], "b.jpg": [1, 1]})
