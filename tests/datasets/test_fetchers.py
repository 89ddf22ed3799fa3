"""Tests of the fetched data sets, with small archives of their format from a local server."""

import io
import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from skmlic.datasets import (
    _fetchers,
    fetch_coco,
    fetch_voc2007,
    fetch_voc2012,
    load_voc,
)


def make_jpeg():
    stream = io.BytesIO()
    Image.new("RGB", (8, 6), "navy").save(stream, "JPEG")
    return stream.getvalue()


VOC_VALUES = {"000001": {"cat": 1, "dog": 0}, "000002": {"cat": -1, "dog": 1}}


def make_voc(root, splits):
    files = {}
    main = f"{root}/ImageSets/Main"
    for split, names in splits.items():
        files[f"{main}/{split}.txt"] = "".join(f"{name}\n" for name in names).encode()
        for label in ("cat", "dog"):
            rows = [f"{name} {VOC_VALUES[name][label]:2d}\n" for name in names]
            files[f"{main}/{label}_{split}.txt"] = "".join(rows).encode()
        for name in names:
            files[f"{root}/JPEGImages/{name}.jpg"] = make_jpeg()
            files[f"{root}/Annotations/{name}.xml"] = b"<annotation/>"
    return files


@pytest.fixture
def publish(server, monkeypatch):
    def publish_archive(key, content):
        archive = server.publish(_fetchers.ARCHIVES[key].filename, content)
        monkeypatch.setitem(_fetchers.ARCHIVES, key, archive)

    return publish_archive


QUIET = {"verbose": False, "delay": 0}


def test_voc2007(publish, pack, server, tmp_path):
    both = ["000001", "000002"]
    splits = {"trainval": both, "train": both[:1], "val": both[1:]}
    publish("voc2007-trainval", pack("tar", make_voc("VOCdevkit/VOC2007", splits)))
    publish("voc2007-test", pack("tar", make_voc("VOCdevkit/VOC2007", {"test": both[::-1]})))

    data = fetch_voc2007(data_home=tmp_path, **QUIET)
    assert [Path(path).name for path in data.paths] == ["000001.jpg", "000002.jpg"]
    np.testing.assert_array_equal(data.Y, [[1, 1], [0, 1]])
    assert all(Path(path).is_relative_to(tmp_path / "skmlic" / "voc2007") for path in data.paths)
    train = fetch_voc2007(split="train", difficult="missing", data_home=tmp_path, **QUIET)
    np.testing.assert_array_equal(train.Y, [[1, np.nan]])
    assert len(server.asked) == 1

    test = fetch_voc2007(split="test", difficult="negative", data_home=tmp_path, **QUIET)
    np.testing.assert_array_equal(test.Y, [[0, 1], [1, 0]])
    assert len(server.asked) == 2
    by_hand = load_voc(Path(test.folder).parent, split="test", difficult="negative")
    pd.testing.assert_frame_equal(test.frame, by_hand.frame)


def test_voc2012(publish, pack, tmp_path):
    publish("voc2012-trainval", pack("tar", make_voc("VOCdevkit/VOC2012", {"val": ["000002"]})))
    data = fetch_voc2012(split="val", data_home=tmp_path, **QUIET)
    np.testing.assert_array_equal(data.Y, [[0, 1]])
    with pytest.raises(ValueError, match="split='test', expected 'train', 'val' or 'trainval'"):
        fetch_voc2012(split="test")


@pytest.mark.parametrize("year", [2014, 2017])
def test_coco(publish, pack, server, tmp_path, year):
    content = {
        "images": [{"id": 1, "file_name": "1.jpg"}, {"id": 2, "file_name": "2.jpg"}],
        "categories": [{"id": 1, "name": "cat"}],
        "annotations": [{"image_id": 2, "category_id": 1, "iscrowd": 1}],
    }
    annotations = {f"annotations/instances_val{year}.json": json.dumps(content).encode()}
    images = {f"val{year}/{name}.jpg": make_jpeg() for name in (1, 2)}
    publish(f"coco{year}-annotations", pack("zip", annotations))
    publish(f"coco{year}-val", pack("zip", images))
    data = fetch_coco(year=year, data_home=tmp_path, **QUIET)
    np.testing.assert_array_equal(data.Y, [[0], [1]])
    assert all(map(os.path.isfile, data.paths))
    data = fetch_coco(year=year, crowd="negative", data_home=tmp_path, **QUIET)
    np.testing.assert_array_equal(data.Y, [[0], [0]])
    assert len(server.asked) == 2


def test_data_home_of_scikit_learn(publish, pack, tmp_path, monkeypatch):
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path))
    publish("voc2012-trainval", pack("tar", make_voc("VOCdevkit/VOC2012", {"val": ["000002"]})))
    data = fetch_voc2012(split="val", **QUIET)
    assert Path(data.folder).is_relative_to(tmp_path)


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize("fetch", [fetch_voc2007, fetch_voc2012, fetch_coco])
def test_data_sets_offline(fetch, tmp_path):
    with pytest.raises(OSError, match=r"can't be downloaded \(no network\).*put it at"):
        fetch(data_home=tmp_path, n_retries=1, **QUIET)
    with pytest.raises(OSError, match="download_if_missing is False"):
        fetch(data_home=tmp_path, download_if_missing=False)


def test_bad_split_of_coco():
    with pytest.raises(ValueError, match="split='test', expected 'train' or 'val'"):
        fetch_coco(split="test")
    with pytest.raises(ValueError, match="year=2015, expected 2014 or 2017"):
        fetch_coco(year=2015)


def test_checksums_are_those_of_torchvision():
    from torchvision.datasets.voc import DATASET_YEAR_DICT

    for key, year in [
        ("voc2007-trainval", "2007"),
        ("voc2007-test", "2007-test"),
        ("voc2012-trainval", "2012"),
    ]:
        known = DATASET_YEAR_DICT[year]
        archive = _fetchers.ARCHIVES[key]
        assert (archive.filename, archive.md5) == (known["filename"], known["md5"])
