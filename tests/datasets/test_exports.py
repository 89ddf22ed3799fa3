"""Exports of tools that are almost right: they are read, or the error says what is wrong."""

import json
import pathlib
import re

import numpy as np
import pandas as pd
import pytest

from skmlic.datasets import load_dataset

NAN = np.nan
YOLO = {"images/a.jpg": 1, "labels/a.txt": "1 .5 .5 .1 .1\n"}
COCO = {
    "images": [{"id": 1, "file_name": "a.jpg"}],
    "categories": [{"id": 1, "name": "sea"}],
}
VOC = {
    "JPEGImages/a.jpg": 1,
    "JPEGImages/b.jpg": 2,
    "Annotations/a.xml": "<annotation><object><name>sea</name></object></annotation>",
    "Annotations/b.xml": "<annotation></annotation>",
}


@pytest.mark.parametrize(
    ("files", "labels", "expected"),
    [
        pytest.param(
            YOLO | {"labels/a.txt": "1.0 .5 .5 .1 .1\n", "data.yaml": "names: [sea, sky]"},
            None,
            {None: ["sea", "sky"], "a.jpg": [0, 1]},
            id="yolo-floats",
        ),
        pytest.param(
            {"l.json": {"classes": ["sea"], "labels": {"/home/x/i/a": [0], "x\\b": []}}},
            "l.json",
            {None: ["sea"], "a.jpg": [1], "b.jpg": [0]},
            id="fiftyone-absolute",
        ),
        pytest.param(
            {"images/sea/a.jpg": 1, "images/sky/b.jpg": 2, "labels.txt": "sea\nsky\n"},
            None,
            {None: ["sea", "sky"], "a.jpg": [1, 0], "b.jpg": [0, 1]},
            id="folders-in-a-folder",
        ),
        pytest.param(
            {"l/sea.txt": "a\n", "l/README.txt": "Lists of images.\n", "l/license.txt": "MIT"},
            "l",
            {None: ["sea"], "a.jpg": [1]},
            id="lists-and-notes",
        ),
        pytest.param(
            VOC | {"ImageSets/Main/trainval.txt": "a.jpg\nb.JPG\n"},
            None,
            {None: ["sea"], "a.jpg": [1], "b.jpg": [0]},
            id="voc-extensions",
        ),
        pytest.param(
            VOC
            | {
                "ImageSets/Main/trainval.txt": "a.jpg\nb.jpg\n",
                "ImageSets/Main/sky_trainval.txt": "a.jpg -1\nb.jpg 1\n",
            },
            None,
            {None: ["sky"], "a.jpg": [0], "b.jpg": [1]},
            id="voc-extensions-in-lists",
        ),
    ],
)
def test_exports_that_are_read(files, labels, expected, root, write_files, check):
    write_files({f"set/{name}": content for name, content in files.items()})
    if labels is None:
        check(load_dataset("set"), expected)
    else:
        write_files({"images/a.jpg": 1, "images/b.jpg": 2})
        check(load_dataset("images", f"set/{labels}"), expected)


@pytest.mark.parametrize(
    ("files", "labels", "message"),
    [
        pytest.param(YOLO | {"data.yaml": "names: [sea,"}, None, "not valid YAML", id="yaml"),
        pytest.param(YOLO | {"data.yaml": b"names: [\xea]"}, None, "not valid YAML", id="latin"),
        pytest.param(
            YOLO | {"data.yaml": "names: [[sea], sky]"}, None, "has no 'names'", id="lists"
        ),
        pytest.param(YOLO, None, r"no file of names .*Write classes\.txt", id="yolo-names"),
        pytest.param(
            {f"{n}.jpg": i for i, n in enumerate("ab")}
            | {f"{n}.json": {"labels": [i, 1 - i]} for i, n in enumerate("ab")},
            None,
            "labels 0 and 1.*seem to be values",
            id="webdataset-values",
        ),
        pytest.param(
            {f"{n}.jpg": i for i, n in enumerate("ab")}
            | {f"{n}.json": {"caption": n} for n in "ab"},
            None,
            "without labels in a known format",
            id="json-per-image",
        ),
        pytest.param({"a.jpg": 1, "l.json": COCO | {"annotations": 3}}, "l.json", "COCO", id="n"),
        pytest.param({"a.jpg": 1, "l.json": []}, "l.json", "is a JSON list", id="empty-list"),
        pytest.param({"a.jpg": 1, "l.json": ""}, "l.json", "not valid JSON", id="empty-file"),
        pytest.param({"a.jpg": 1, "l.json": "3"}, "l.json", "does not have COCO", id="number"),
        pytest.param(
            {"a.jpg": 1, "l.csv": "f,label,v\na.jpg,sea,-1\n"},
            "l.csv",
            r"labels=table\.assign",
            id="long-minus-one",
        ),
    ],
)
def test_errors(files, labels, message, root, write_files):
    write_files({f"set/{name}": content for name, content in files.items()})
    options = {"long": True} if "long" in str(files) or "l.csv" in files else {}
    with pytest.raises(ValueError if "Write" not in message else OSError, match=message):
        load_dataset("set", labels and f"set/{labels}", **options)


@pytest.mark.filterwarnings("ignore:.*has no annotations")
def test_coco_without_a_list_of_annotations(root, write_files, check):
    write_files({"set/a.jpg": 1, "l.json": COCO})
    check(load_dataset("set", "l.json"), {None: ["sea"], "a.jpg": [NAN]})


@pytest.mark.parametrize("value", ["-1", "no", -1])
def test_values_of_long_tables_and_the_advice(value, root, write_files, check):
    write_files({"images/a.jpg": 1})
    table = pd.DataFrame({"f": ["a.jpg"] * 2, "label": ["sea", "sky"], "v": [value, 1]})
    with pytest.raises(ValueError, match="expected 0 or 1") as error:
        load_dataset("images", table, long=True)
    code = re.search(r"Pass labels=(.+?), where", str(error.value))[1]
    data = load_dataset("images", eval(code, {"table": table}), long=True)
    check(data, {None: ["sea", "sky"], "a.jpg": [0, 1]})


@pytest.mark.parametrize(
    ("files", "labels"),
    [
        ({"sea/a.jpg": 1, "unlabeled/b.jpg": 2}, None),
        ({"a.jpg": 1, "b.jpg": 2, "l.json": {"labels": {"a": ["sea"], "b": ["None"]}}}, "l.json"),
    ],
)
def test_names_that_seem_to_mean_none_and_the_advice(files, labels, root, write_files, check):
    write_files({f"set/{name}": content for name, content in files.items()})
    labels = labels and f"set/{labels}"
    with pytest.warns(UserWarning, match="seems to mean that an image has no label") as caught:
        load_dataset("set", labels)
    options = str(caught[0].message).split("name the others: ")[1].rstrip(".")
    data = eval(f"load_dataset('set', labels, {options})", globals() | {"labels": labels})
    check(data, {None: ["sea"], "a.jpg": [1], "b.jpg": [0]})


# The readers of VOC and COCO.


@pytest.mark.parametrize(
    ("files", "arguments", "options", "remedy"),
    [
        (VOC, ["set"], {}, {"split": None}),
        (VOC | {"ImageSets/Main/train.txt": "a\n"}, ["set"], {}, {"split": None}),
        (
            VOC
            | {"ImageSets/Main/trainval.txt": "a\nb\nc\n", "Annotations/c.xml": "<annotation/>"},
            ["set"],
            {},
            {"missing": "drop"},
        ),
        (
            {
                "a.jpg": 1,
                "l.json": COCO | {"images": [*COCO["images"], {"id": 2, "file_name": "b"}]},
            },
            ["set", "set/l.json"],
            {},
            {"missing": "drop"},
        ),
    ],
)
@pytest.mark.filterwarnings("ignore:.*has no annotations")
def test_remedies_of_voc_and_coco(files, arguments, options, remedy, root, write_files):
    write_files({f"set/{name}": content for name, content in files.items()})
    with pytest.raises(FileNotFoundError) as error:
        load_dataset(*arguments, **options)
    ((name, value),) = remedy.items()
    assert f"Pass {name}={value!r}" in str(error.value)
    data = load_dataset(*arguments, **options, **remedy)
    assert data.label_names == ["sea"]


def test_several_voc_sets_and_the_remedy(root, write_files):
    for year in (2007, 2012):
        write_files({f"kit/VOC{year}/{name}": content for name, content in VOC.items()})
    with pytest.raises(ValueError, match="several data sets") as error:
        load_dataset("kit", split=None)
    place = re.search(r"several data sets: '(.+?)'", str(error.value))[1]
    assert len(load_dataset(place, split=None).paths) == 2
    with pytest.raises(ValueError, match="pass it as images"):
        load_dataset(f"{place}/JPEGImages", place)
    data = load_dataset(pathlib.Path(place, "JPEGImages"), pathlib.Path(place, "Annotations"))
    assert data.Y["sea"].tolist() == [1, 0]


def test_lvis(root, write_files, check):
    names = ["sea", "sky", "sun", "dog"]
    base = "http://images.cocodataset.org/train2017"
    content = {
        "images": [
            {"id": 7, "coco_url": f"{base}/a.jpg", "neg_category_ids": [2], "not_exhaustive": [1]},
            {"id": 9, "file_name": f"{base}/b.jpg", "neg_category_ids": []},
        ],
        "categories": [{"id": i, "name": name} for i, name in enumerate(names, start=1)],
        "annotations": [{"image_id": 7, "category_id": 1}, {"image_id": 9, "category_id": 4}],
    }
    write_files({"images/train2017/a.jpg": 1, "images/b.jpg": 2, "l.json": content})
    rows = {"a.jpg": [1, 0, NAN, NAN], "b.jpg": [NAN, NAN, NAN, 1]}
    check(load_dataset("images", "l.json"), {None: names} | rows)


DAMAGED = {
    "label_studio": [
        [{"data": {"image": "a.jpg"}, "annotations": [{"result": [None]}]}],
        [{"data": {"image": "a.jpg"}, "annotations": [{"result": [{"type": "choices"}]}, 3.5]}],
        [{"data": {"image": "a.jpg"}, "annotations": [{"result": 3}]}],
        [{"image": 3, "annotation_id": 1, "annotator": 1, "choice": "sea"}],
        [{"image": "a.jpg", "choice": "sea"}, 3],
        "text",
        3,
        {"a": 1},
    ],
    "fiftyone": [
        {"classes": 3, "labels": {"a": [1]}},
        {"classes": {"a": 1}, "labels": {"a": [0]}},
        {"classes": ["sea"], "labels": {"a": [[0]]}},
        {"labels": 3},
        [],
    ],
    "create_ml": [3, {"a": 1}, [None], [{"image": None, "annotations": []}]],
    "coco": [
        3,
        COCO | {"annotations": [{"image_id": [], "category_id": 1}]},
        COCO | {"annotations": [{"image_id": 1}]},
        COCO | {"categories": [{"id": 1, "name": "sea", "supercategory": [[]]}]},
        COCO | {"images": [{"id": 1, "file_name": 3}]},
        COCO | {"images": [{"id": 1, "file_name": None}]},
        COCO | {"images": {"a": 1}},
    ],
}


@pytest.mark.parametrize(
    ("form", "content"),
    [(form, content) for form, contents in DAMAGED.items() for content in contents],
)
def test_damaged_files(form, content, root, write_files):
    write_files({"images/a.jpg": 1, "l.json": json.dumps(content)})
    with pytest.raises(
        ValueError, match=r"expected|There is no image|none of which is|has no images"
    ):
        load_dataset("images", "l.json", format=form)


@pytest.mark.parametrize("options", [{}, {"label_column": "labels"}, {"long": True}])
@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ([], "There are no columns in the table"),
        (["f", "v", "v"], "'v'"),
        (["f", "", "v"], "no name"),
    ],
)
def test_columns_of_frames(columns, message, options, root, write_files):
    write_files({"images/a.jpg": 1})
    table = pd.DataFrame([["a.jpg", 1, 0][: len(columns)]], columns=columns)
    with pytest.raises(ValueError, match=message):
        load_dataset("images", table, **options)


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("3 7", ["3", "7"]),
        ("3,7\n", ["3", "7"]),
        ("sea", ["sea"]),
        ("sea, sky", ["sea", "sky"]),
        ("traffic light,", ["traffic light"]),
        ("traffic light\nlevel 5", ["level 5", "traffic light"]),
        ("traffic light", None),
    ],
)
def test_texts_of_webdataset(text, labels, root, write_files):
    write_files({"set/a.jpg": 1, "set/a.cls": text})
    if labels is None:
        with pytest.raises(
            ValueError, match=r"one name or several\. Write a comma after each name"
        ):
            load_dataset("set")
    else:
        assert load_dataset("set").label_names == labels
