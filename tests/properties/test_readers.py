"""Labels with any names come back from each format, which is recognized by itself."""

import csv
import json
import os
import unicodedata
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skmlic.datasets import load_dataset

# Neither control characters and the like, nor what separates the folders of a path.
CHARACTERS = st.characters(exclude_categories=["C", "Zl", "Zp"], exclude_characters="/\\")
NAMES = st.text(CHARACTERS | st.sampled_from(",;|'\"#%&<>[]{}=:. "), min_size=1, max_size=8).filter(
    lambda name: name.strip() == name and not name.startswith(".")
)


def fold(name):
    return unicodedata.normalize("NFKC", name.casefold()).casefold()


@st.composite
def datasets(draw):
    """Return a frame of 0 and 1, the names of images as its index."""
    stems = draw(st.lists(NAMES, min_size=2, max_size=4, unique_by=fold))
    files = [stem + draw(st.sampled_from([".jpg", ".png", ".JPG"])) for stem in stems]
    # Lists of "0" and "1" would be values.
    labels = draw(st.lists(NAMES, min_size=1, max_size=3, unique_by=fold))
    labels = ["sea", *(name for name in labels if fold(name) != "sea")]
    rows = st.lists(st.integers(0, 1), min_size=len(labels), max_size=len(labels))
    Y = np.array([draw(rows) for _ in files])
    Y[0] = 1
    return pd.DataFrame(Y, index=files, columns=labels)


def write_table(frame, folder, delimiter):
    with (folder / "l.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(["file", *frame.columns])
        writer.writerows([name, *row] for name, row in zip(frame.index, frame.values, strict=True))
    return "l.csv"


def write_comma(frame, folder):
    return write_table(frame, folder, ",")


def write_semicolon(frame, folder):
    return write_table(frame, folder, ";")


def write_tab(frame, folder):
    return write_table(frame, folder, "\t")


def write_long(frame, folder):
    long = frame.rename_axis("file").reset_index().melt("file", var_name="label")
    long.to_csv(folder / "l.csv", index=False)
    return "l.csv"


def write_lines(frame, folder):
    rows = ({"file": name, "labels": labels} for name, labels in list_labels(frame))
    (folder / "l.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return "l.jsonl"


def write_values(frame, folder):
    rows = ({"file": name, **row} for name, row in frame.to_dict("index").items())
    text = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (folder / "l.jsonl").write_text(text, encoding="utf-8")
    return "l.jsonl"


def write_coco(frame, folder):
    return dump(
        folder,
        {
            "images": [{"id": row, "file_name": name} for row, name in enumerate(frame.index)],
            "categories": [{"id": j, "name": name} for j, name in enumerate(frame.columns)],
            "annotations": [
                {"image_id": i, "category_id": j} for i, j in np.argwhere(frame).tolist()
            ],
        },
    )


def write_label_studio(frame, folder):
    tag = {"from_name": "choice", "to_name": "image", "type": "choices"}
    return dump(
        folder,
        [
            {
                "data": {"image": f"/data/local-files/?d=images/{quote(name)}"},
                "annotations": [{"result": [tag | {"value": {"choices": labels}}]}],
            }
            for name, labels in list_labels(frame)
        ],
    )


def write_fiftyone(frame, folder):
    rows = {os.path.splitext(name)[0]: labels for name, labels in list_labels(frame)}
    return dump(folder, {"classes": list(frame.columns), "labels": rows})


def write_create_ml(frame, folder):
    return dump(folder, [{"image": n, "annotations": labels} for n, labels in list_labels(frame)])


def write_cvat(frame, folder):
    declared = "".join(f"<label><name>{escape(name)}</name></label>" for name in frame.columns)
    images = (
        f"<image name={quoteattr(name)}>"
        + "".join(f"<tag label={quoteattr(label)}/>" for label in labels)
        + "</image>"
        for name, labels in list_labels(frame)
    )
    meta = f"<meta><task><labels>{declared}</labels></task></meta>"
    text = f"<annotations>{meta}{''.join(images)}</annotations>"
    (folder / "l.xml").write_text(text, encoding="utf-8")
    return "l.xml"


def write_voc_files(frame, folder):
    for name, labels in list_labels(frame):
        things = "".join(f"<object><name>{escape(label)}</name></object>" for label in labels)
        text = f"<annotation>{things}</annotation>"
        path = folder / "images" / f"{os.path.splitext(name)[0]}.xml"
        path.write_text(text, encoding="utf-8")


def write_yolo(frame, folder):
    images = folder / "images"
    names = "names: " + json.dumps(list(frame.columns))
    (images / "data.yaml").write_text(names, encoding="utf-8")
    for name, row in zip(frame.index, frame.values, strict=True):
        lines = [f"{column} .5 .5 .1 .1\n" for column in np.flatnonzero(row)]
        (images / f"{os.path.splitext(name)[0]}.txt").write_text("".join(lines))


def write_image_folder(frame, folder):
    rows = ({"file_name": name, "labels": labels} for name, labels in list_labels(frame))
    path = folder / "images" / "metadata.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")


def dump(folder, content):
    (folder / "l.json").write_text(json.dumps(content), encoding="utf-8")
    return "l.json"


def list_labels(frame):
    """Return the name and the list of labels of each image."""
    rows = zip(frame.index, frame.to_numpy(dtype=bool), strict=True)
    return [(name, list(frame.columns[row])) for name, row in rows]


WRITERS = [value for name, value in list(globals().items()) if name.startswith("write_")]
WRITERS.remove(write_table)


@pytest.mark.filterwarnings("ignore:.*seem.* to mean that an image has no label:UserWarning")
@pytest.mark.parametrize("write", WRITERS)
@given(datasets())
def test_round_trip(write, frame):
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "images").mkdir()
        for file in frame.index:
            (folder / "images" / file).touch()
        labels = write(frame, folder)
        options = {"long": True} if write is write_long else {}
        data = load_dataset(
            folder / "images", None if labels is None else folder / labels, **options
        )
        found = data.Y.set_axis([Path(path).name for path in data.paths])
    found = found.rename_axis(columns=None).loc[list(frame.index), list(frame.columns)]
    pd.testing.assert_frame_equal(found, frame)
    assert len(data.label_names) == frame.shape[1]
