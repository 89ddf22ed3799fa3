"""Bad input of readers and writers of files, and of functions for several machines."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from skmlic import TransferMultiLabelClassifier
from skmlic.dummy import DummyMultiLabelClassifier

X = np.eye(6, dtype=np.float32)
Y = np.array([[1, 0], [0, 1]] * 3)
TABLE = pd.DataFrame({"path": ["none.png"], "sea": [1]})


@cache
def classifier():
    return TransferMultiLabelClassifier("precomputed", max_epochs=1, random_state=0).fit(X, Y)


def write(text, name="text.txt"):
    """Write a file in the working directory, and return its name."""
    with open(name, "w", encoding="utf-8") as file:
        file.write(text)
    return name


def recursive():
    """Return a list that contains itself."""
    entries = []
    entries.append(entries)
    return entries


def lines():
    """Write JSON lines, and return the name of the file."""
    return write('{"file": "none.png", "labels": ["sea"]}', "l.jsonl")


TABLES = {
    "skmlic.save_model": [
        ("None", lambda f: f(None, "m.skmlic"), (TypeError, ValueError), "None"),
        ("class", lambda f: f(TransferMultiLabelClassifier, "m"), (TypeError, ValueError), "class"),
        ("not fitted", lambda f: f(DummyMultiLabelClassifier(), "m"), ValueError, "not fitted"),
        ("folder", lambda f: f(classifier(), "none/m.skmlic"), OSError, "none"),
        ("number", lambda f: f(classifier(), 3), TypeError, "int"),
    ],
    "skmlic.load_model": [
        ("missing", lambda f: f("none.skmlic"), OSError, "none.skmlic"),
        ("text", lambda f: f(write("no model")), ValueError, "text.txt"),
        ("empty", lambda f: f(write("")), ValueError, "text.txt"),
        ("folder", lambda f: f("."), OSError, "."),
        ("None", lambda f: f(None), TypeError, "None"),
        ("descriptor of stdout", lambda f: f(1), TypeError, "int"),
    ],
    "skmlic.export.export_onnx": [
        ("None", lambda f: f(None, "m.onnx"), (TypeError, ValueError), "None"),
        (
            "not fitted",
            lambda f: f(TransferMultiLabelClassifier("tiny_cnn"), "m.onnx"),
            ValueError,
            "not fitted",
        ),
        (
            "no images",
            lambda f: f(DummyMultiLabelClassifier().fit(X, Y), "m.onnx"),
            (TypeError, ValueError),
            "Dummy",
        ),
    ],
    "skmlic.export.export_openvino": [
        ("None", lambda f: f(None, "m.xml"), (TypeError, ValueError), "None"),
        ("name", lambda f: f(classifier(), "m.txt"), ValueError, "m.txt"),
    ],
    "skmlic.distributed.embed_to_parquet": [
        ("nothing", lambda f: f([], "out"), ValueError, "paths"),
        ("size", lambda f: f(["none.png"], "out", partition_size=0), ValueError, "partition_size"),
        (
            "embedder",
            lambda f: f(["none.png"], "out", embedder=DummyMultiLabelClassifier()),
            (TypeError, ValueError),
            "Dummy",
        ),
        ("retries", lambda f: f(["none.png"], "out", retries=-1), ValueError, "retries"),
    ],
    "skmlic.distributed.FeatureBatches": [
        ("missing", lambda kind: kind("none", Y), OSError, "none"),
        ("number", lambda kind: kind(3, Y), OSError, "'3'"),
    ],
    "skmlic.datasets.load_dataset": [
        ("missing", lambda f: f("none"), ValueError, "images='none'"),
        ("number", lambda f: f(3), TypeError, "int"),
        ("format", lambda f: f(".", format="yolov99"), ValueError, "yolov99"),
        ("format, bool", lambda f: f(".", format=True), TypeError, "format=True"),
        ("format, list", lambda f: f(".", format=["coco"]), TypeError, "format=['coco']"),
        ("long", lambda f: f(".", TABLE, long=np.ones(2)), ValueError, "long=array"),
        ("recursive", lambda f: f(recursive()), TypeError, "images is a list"),
        ("label_names", lambda f: f(".", TABLE, label_names=3), TypeError, "label_names=3"),
        ("no columns", lambda f: f(".", write("sea", "x.csv")), ValueError, "'sea' … 'x.csv'"),
    ],
    "skmlic.datasets.load_labelled_images": [
        ("folder", lambda f: f("none", TABLE), OSError, "folder='none'"),
        ("number", lambda f: f(3, TABLE), TypeError, "folder is a int"),
        ("table", lambda f: f(".", "none.csv"), OSError, "none.csv"),
        ("images", lambda f: f(".", TABLE), OSError, "none.png"),
        ("missing", lambda f: f(".", TABLE, missing="skip"), ValueError, "missing='skip'"),
        ("column", lambda f: f(".", TABLE, path_column="file"), ValueError, "file"),
        ("list", lambda f: f(".", TABLE, path_column=["path"]), TypeError, "path_column=['path']"),
        ("array", lambda f: f(".", TABLE, missing=np.eye(2)), ValueError, "missing=array"),
        ("na_values", lambda f: f(".", TABLE, na_values=object()), TypeError, "na_values=<object"),
        ("negative", lambda f: f(".", TABLE, negative=recursive()), TypeError, "negative=[[...]]"),
        (
            "quotation mark",
            lambda f: f(".", write('a,b\n"a', "x.csv")),
            ValueError,
            "'x.csv' has an unpaired quotation mark",
        ),
    ],
    "skmlic.datasets.load_label_lists": [
        ("folder", lambda f: f("none", "."), OSError, "none"),
        ("lists", lambda f: f(".", "none"), OSError, "none"),
        ("unlisted", lambda f: f(".", ".", unlisted="keep"), ValueError, "unlisted='keep'"),
    ],
    "skmlic.datasets.load_json_lines": [
        ("file", lambda f: f(".", "none.jsonl"), OSError, "none.jsonl"),
        ("no JSON", lambda f: f(".", write("{", "l.jsonl")), ValueError, "l.jsonl"),
        ("None", lambda f: f(".", None), TypeError, "None"),
        ("column", lambda f: f(".", lines(), label_column=["a"]), TypeError, "label_column=['a']"),
        ("label_names", lambda f: f(".", lines(), label_names=3), TypeError, "label_names=3"),
        ("names", lambda f: f(".", lines(), label_names=iter("a")), TypeError, "expected a list"),
    ],
    "skmlic.datasets.load_voc": [
        ("root", lambda f: f("none"), OSError, "none"),
        ("difficult", lambda f: f(".", difficult="ignore"), ValueError, "difficult='ignore'"),
        ("empty", lambda f: f("."), (OSError, ValueError), "."),
    ],
    "skmlic.datasets.load_coco": [
        ("images", lambda f: f("none", "none.json"), OSError, "none"),
        ("annotations", lambda f: f(".", "none.json"), OSError, "none.json"),
        ("None", lambda f: f(".", None), TypeError, "annotations is a NoneType"),
        ("no JSON", lambda f: f(".", write("{", "a.json")), ValueError, "a.json"),
        ("crowd", lambda f: f(".", write("{}", "a.json"), crowd="x"), ValueError, "crowd='x'"),
    ],
    **{
        f"skmlic.datasets.{name}": [
            (
                "split",
                lambda f: f(split="testing", download_if_missing=False),
                ValueError,
                "testing",
            ),
            ("absent", lambda f: f(data_home=".", download_if_missing=False), OSError, "download"),
        ]
        for name in ("fetch_voc2007", "fetch_voc2012", "fetch_coco")
    },
    "skmlic.datasets.describe_dataset": [
        ("None", lambda f: f(None), (TypeError, ValueError), "None"),
        ("no labels", lambda f: f(["none.png"]), (TypeError, ValueError), "Y"),
        ("fewer", lambda f: f(["none.png"], Y), ValueError, "1"),
        (
            "features",
            lambda f: f(["a", "b"], Y[:2], features=X),
            ValueError,
            "6 rows of features and 2 paths",
        ),
    ],
    "skmlic.datasets.DatasetReport": [
        ("no fields", lambda kind: kind(), TypeError, "paths"),
    ],
    "skmlic.datasets.make_multilabel_shapes": [
        ("none", lambda f: f(-1), ValueError, "n_samples"),
        ("labels", lambda f: f(3, n_labels=0), ValueError, "n_labels"),
        ("size", lambda f: f(3, image_size=0), ValueError, "image_size"),
        ("text", lambda f: f("3"), (TypeError, ValueError), "n_samples"),
        ("seed", lambda f: f(3, random_state="a"), ValueError, "random_state='a'"),
        ("negative seed", lambda f: f(3, random_state=-1), ValueError, "random_state=-1"),
        ("memory", lambda f: f(10**9), ValueError, "expected at most"),
        ("pixels", lambda f: f(image_size=10**9), ValueError, "expected at most"),
        ("array", lambda f: f(3, allow_unlabelled=np.ones(2)), ValueError, "allow_unlabelled"),
    ],
    "skmlic.datasets.make_digit_scenes": [
        ("digits", lambda f: f(3, max_digits=0), ValueError, "max_digits"),
        ("fraction", lambda f: f(2.5), (TypeError, ValueError), "n_samples"),
        ("memory", lambda f: f(10**9), ValueError, "expected at most"),
    ],
}


def test_rejects(row, reject, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    reject(*row)


@pytest.mark.parametrize("name", ["no\x1b[2J.png", "no\u202egnp.png"])
def test_names_of_files_are_escaped(name, reject):
    call = ("file", lambda kind: kind("tiny_cnn").fit([name]).transform([name]), ValueError)
    reject("skmlic.ImageEmbedder", *call, name.encode("unicode_escape").decode())
