"""Labels with difficult names of images and labels come back from each format."""

import csv
import json
import os
from pathlib import Path
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import pandas as pd
import pytest

from skmlic.datasets import load_dataset

FILES = ["a b.jpg", "c#1.png", "d+x.JPG", "é.jpg", "e%20f.jpg", "x.y.jpeg", "007.jpg", "1,5.jpg"]
FILES += ["sub/ü ü.png", "it's.jpg", "a&b.jpg", "(1).jpg", "-1.jpg"]
LABELS = [
    "sea",
    "traffic light",
    "é",
    "x/y",
    "a&b",
    "it's",
    "C++",
    "<5",
    "100",
    "no",
    "p,q",
    "Sea 2",
]
Y = np.random.RandomState(0).randint(2, size=(len(FILES), len(LABELS)))
LISTS = [[label for label, value in zip(LABELS, row, strict=True) if value] for row in Y]


def write_table():
    with open("l.csv", "w", newline="") as file:
        csv.writer(file).writerows([["file", *LABELS]])
        csv.writer(file).writerows([name, *row] for name, row in zip(FILES, Y, strict=True))
    return "l.csv"


def write_names():
    names = [";".join(labels) for labels in LISTS]
    pd.DataFrame({"file": FILES, "labels": names}).to_csv("l.csv", index=False)
    return "l.csv", {"label_column": "labels", "label_sep": ";"}


def write_long():
    rows = [
        (name, label, value)
        for name, row in zip(FILES, Y, strict=True)
        for label, value in zip(LABELS, row, strict=True)
    ]
    pd.DataFrame(rows, columns=["file", "label", "value"]).to_csv("l.csv", index=False)
    return "l.csv", {"long": True}


def write_lines():
    rows = [{"file": name, "labels": labels} for name, labels in zip(FILES, LISTS, strict=True)]
    Path("l.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return "l.jsonl"


def write_values():
    rows = [
        {"file": name} | dict(zip(LABELS, row, strict=True))
        for name, row in zip(FILES, Y.tolist(), strict=True)
    ]
    Path("l.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return "l.jsonl"


def dump(content):
    Path("l.json").write_text(json.dumps(content))
    return "l.json"


def write_coco():
    return dump(
        {
            "images": [{"id": row, "file_name": name} for row, name in enumerate(FILES)],
            "categories": [{"id": column, "name": name} for column, name in enumerate(LABELS)],
            "annotations": [{"image_id": i, "category_id": j} for i, j in np.argwhere(Y).tolist()],
        }
    )


def write_label_studio():
    tag = {"from_name": "choice", "to_name": "image", "type": "choices"}
    return dump(
        [
            {
                "data": {"image": f"/data/local-files/?d=images/{quote(name)}"},
                "annotations": [{"result": [tag | {"value": {"choices": labels}}]}],
            }
            for name, labels in zip(FILES, LISTS, strict=True)
        ]
    )


def write_fiftyone():
    names = [os.path.splitext(name)[0] for name in FILES]
    return dump({"classes": LABELS, "labels": dict(zip(names, LISTS, strict=True))})


def write_create_ml():
    rows = zip(FILES, LISTS, strict=True)
    return dump([{"image": name, "annotations": labels} for name, labels in rows])


def write_cvat():
    declared = "".join(f"<label><name>{escape(label)}</name></label>" for label in LABELS)
    images = (
        f"<image name={quoteattr(name)}>"
        + "".join(f"<tag label={quoteattr(label)}/>" for label in labels)
        + "</image>"
        for name, labels in zip(FILES, LISTS, strict=True)
    )
    meta = f"<meta><task><labels>{declared}</labels></task></meta>"
    Path("l.xml").write_text(f"<annotations>{meta}{''.join(images)}</annotations>")
    return "l.xml"


def write_voc_files():
    for name, labels in zip(FILES, LISTS, strict=True):
        things = "".join(f"<object><name>{escape(label)}</name></object>" for label in labels)
        file = Path("images", os.path.splitext(name)[0] + ".xml")
        file.write_text(f"<annotation>{things}</annotation>")
    return None


def write_yolo():
    Path("images", "data.yaml").write_text("names: " + json.dumps(LABELS))
    for name, row in zip(FILES, Y, strict=True):
        lines = [f"{column} .5 .5 .1 .1\n" for column in np.flatnonzero(row)]
        Path("images", os.path.splitext(name)[0] + ".txt").write_text("".join(lines))
    return None


def write_image_folder():
    rows = [{"file_name": name, "labels": row} for name, row in zip(FILES, LISTS, strict=True)]
    Path("images", "metadata.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return None


WRITERS = [value for name, value in globals().items() if name.startswith("write_")]


@pytest.mark.parametrize("write_labels", WRITERS)
def test_round_trip(write_labels, root, write_files):
    write_files({f"images/{name}": number for number, name in enumerate(FILES)})
    labels = write_labels()
    labels, options = labels if isinstance(labels, tuple) else (labels, {})
    data = load_dataset("images", labels, **options)
    assert sorted(data.label_names) == sorted(LABELS)
    found = data.frame.set_index("path")[LABELS]
    expected = pd.DataFrame(Y, [os.path.join("images", name) for name in FILES], LABELS)
    pd.testing.assert_frame_equal(
        found.rename_axis(None).rename_axis(columns=None).sort_index(), expected.sort_index()
    )
