"""Tests of recognizing the format of labels."""

import json
import pathlib
import re
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from skmlic.datasets import (
    load_coco,
    load_dataset,
    load_json_lines,
    load_label_lists,
    load_labelled_images,
    load_voc,
)

COCO = {
    "images": [{"id": 1, "file_name": "beach.jpg"}],
    "categories": [{"id": 1, "name": "sea"}],
    "annotations": [{"image_id": 1, "category_id": 1}],
}


@pytest.mark.parametrize(
    ("name", "text", "reader"),
    [
        ("labels.csv", "file,sea\nbeach.jpg,1\n", load_labelled_images),
        ("labels.TSV", "file\tsea\nbeach.jpg\t1\n", load_labelled_images),
        ("labels.txt", "file;sea\nbeach.jpg;1\n", load_labelled_images),
        ("labels.jsonl", '{"file": "beach.jpg", "sea": 1}\n', load_json_lines),
        ("labels.ndjson", '{"file": "beach.jpg", "sea": 1}\n', load_json_lines),
        ("labels.json", '{"file": "beach.jpg", "sea": 1}\n', load_json_lines),
        ("labels.json", json.dumps(COCO), load_coco),
        ("labels.json", json.dumps(COCO, indent=1), load_coco),
    ],
)
def test_format_of_files_is_recognized(folder, tmp_path, name, text, reader):
    file = tmp_path / name
    file.write_text(text)
    expected = reader(folder, file)
    for labels in (file, str(file)):
        pd.testing.assert_frame_equal(load_dataset(folder, labels).frame, expected.frame)


def test_other_formats_are_recognized(folder, tmp_path):
    place = tmp_path / "lists"
    place.mkdir()
    (place / "sea.txt").write_text("beach\n")
    expected = load_label_lists(folder, place)
    assert load_dataset(folder, place, unlisted="drop").paths == expected.paths
    pd.testing.assert_frame_equal(load_dataset(folder, expected.frame).frame, expected.frame)
    (tmp_path / "instances.json").write_text(json.dumps(COCO))
    assert load_dataset(folder, [tmp_path / "instances.json"]).paths == expected.paths


def test_voc_is_recognized(tmp_path):
    images = tmp_path / "VOC2007" / "JPEGImages"
    images.mkdir(parents=True)
    Image.new("RGB", (4, 4)).save(images / "1.jpg")
    main = tmp_path / "VOC2007" / "ImageSets" / "Main"
    main.mkdir(parents=True)
    (main / "val.txt").write_text("1\n")
    (main / "cat_val.txt").write_text("1 1\n")
    expected = load_voc(tmp_path, split="val")
    data = load_dataset(tmp_path, split="val")
    pd.testing.assert_frame_equal(data.frame, expected.frame)
    with pytest.raises(ValueError, match="pass it as images, without labels"):
        load_dataset(images, tmp_path / "VOC2007")


def test_error_of_unknown_formats_lists_the_known_ones(folder, tmp_path):
    (tmp_path / "labels.pdf").write_bytes(b"")
    for arguments in [(folder,), (folder, tmp_path / "labels.pdf")]:
        with pytest.raises(ValueError, match=r"labels\.csv(.|\n)*VOCdevkit/VOC2007"):
            load_dataset(*arguments)
    with pytest.raises(FileNotFoundError, match=r"no file labels='nowhere\.csv'"):
        load_dataset(folder, "nowhere.csv")
    with pytest.raises(FileNotFoundError, match=r"Did you mean labels=.*beach\.jpg'"):
        load_dataset(folder, "beach.jpg")
    (tmp_path / "labels.csv").write_text("file,sea\n")
    with pytest.raises(FileNotFoundError, match=r"Did you mean labels=.*labels\.csv'"):
        load_dataset(folder, tmp_path / "labelz.csv")
    with pytest.raises(FileNotFoundError, match=r"nowhere.labels\.csv'\.$"):
        load_dataset(folder, tmp_path / "nowhere" / "labels.csv")
    with pytest.raises(TypeError, match=r"'no_such_option'\. Its parameters are label_names, unl"):
        load_dataset(folder, folder, no_such_option=1)
    with pytest.raises(TypeError, match=r"load_label_lists.*'mising'\. Did you mean 'missing'"):
        load_dataset(folder, folder, mising="drop")


def test_list_of_objects_and_its_remedy(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("labels.json").write_text('[{"file": "beach.jpg", "labels": ["sea"]}]')
    with pytest.raises(ValueError, match=r"is a JSON list, expected COCO's object") as caught:
        load_dataset(folder, "labels.json")
    eval(
        re.search("write (.+), and pass", str(caught.value))[1], {"json": json, "pathlib": pathlib}
    )
    assert load_dataset(folder, "labels.jsonl").label_names == ["sea"]


@pytest.mark.parametrize("indent", [None, 1])
def test_labels_by_images_and_the_remedy(indent, folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("labels.json").write_text(
        json.dumps({"beach.jpg": ["sea"], "forest.jpg": []}, indent=indent)
    )
    with pytest.raises(ValueError, match="a field per image") as caught:
        load_dataset(folder, "labels.json")
    eval(
        re.search("Write (.+), and pass", str(caught.value))[1], {"json": json, "pathlib": pathlib}
    )
    assert load_dataset(folder, "labels.jsonl").Y["sea"].tolist() == [1, 0]


@pytest.mark.parametrize(
    ("name", "start", "reader"),
    [
        ("labels.xlsx", b"PK\x03\x04", "read_excel"),
        ("labels.parquet", b"PAR1", "read_parquet"),
        ("labels.csv.gz", b"\x1f\x8b", "compression='gzip'"),
    ],
)
def test_tables_that_are_no_text(name, start, reader, folder, tmp_path):
    (tmp_path / name).write_bytes(start)
    with pytest.raises(ValueError, match=re.escape(reader)) as caught:
        load_dataset(folder, tmp_path / name)
    assert caught.value.__notes__ == [
        "The parameter csv of load_labelled_images is labels of load_dataset."
    ]


def test_images_that_are_a_list(folder):
    with pytest.raises(TypeError, match=r"images is a list, expected a folder, or zip"):
        load_dataset([folder, folder])
    with pytest.raises(FileNotFoundError, match=r"no archive 'nowhere\.zip'"):
        load_dataset("nowhere.zip")
