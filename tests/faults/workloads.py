"""What is disturbed: work that reads and writes files, and that can be done again.

Each workload has two functions of a folder, which `write_inputs` has filled. ``run`` does the work
and returns numbers; they must be those of a run that nothing disturbed.
``inspect`` looks at the files that a disturbed run left, and raises an AssertionError if one of
them would be taken as complete although it is not, or holds other numbers.
"""

import contextlib
import shutil
import sqlite3
import tempfile
from pathlib import Path

import numpy as np
import onnx
import pyarrow.parquet as pq
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image
from sklearn.model_selection import GridSearchCV

import skmlic
from skmlic import ImageEmbedder, TransferMultiLabelClassifier
from skmlic.cli import main
from skmlic.datasets import make_multilabel_shapes
from skmlic.distributed import FeatureBatches, embed_to_parquet
from skmlic.embedding._disk_store import DiskStore
from skmlic.exceptions import ModelFileError
from skmlic.export import _export, export_onnx

_N_IMAGES = 24
# One image per pass, so that no rounding depends on what was stored before.
_TORCH = {"engine": "torch", "precision": "fp32", "n_jobs": 1}


def write_inputs(folder):
    """Write images, their labels, an old model and a new one, and their predictions."""
    (folder / "images").mkdir()
    (folder / "temporary").mkdir()
    X, Y = make_multilabel_shapes(_N_IMAGES, n_labels=3, random_state=0)
    rows = ["file,disc,square,triangle"]
    for number, (image, labels) in enumerate(zip(X, Y, strict=True)):
        name = f"{number:02}.png"
        Image.fromarray(image).save(folder / "images" / name)
        rows.append(",".join([name, *map(str, labels)]))
    (folder / "labels.csv").write_text("\n".join(rows))
    for seed, age in enumerate(["old", "new"]):
        clf = make_classifier(memory=False, random_state=seed, max_epochs=1).fit(X, Y)
        skmlic.save_model(clf, folder / f"{age}.skmlic")
    for name in ("model.skmlic", "trained.skmlic"):
        shutil.copy(folder / "old.skmlic", folder / name)
    for name in ("model.onnx", "predictions.csv"):
        (folder / name).write_text("old")


def list_images(folder):
    return [str(folder / "images" / f"{number:02}.png") for number in range(_N_IMAGES)]


def read_labels(folder):
    return np.loadtxt(folder / "labels.csv", delimiter=",", skiprows=1, usecols=(1, 2, 3))


def make_embedder(**parameters):
    return ImageEmbedder("tiny_cnn", batch_size=1, **_TORCH, **parameters)


def make_classifier(**parameters):
    defaults = {"head": "net", "max_epochs": 3, "batch_size": 8, "random_state": 0, **_TORCH}
    return TransferMultiLabelClassifier("tiny_cnn", **{**defaults, **parameters})


class Workload:
    """A name and two functions of a folder; see the module."""

    # Whether the work succeeds although nothing can be written, with a warning.
    needs_no_disk = False
    # The largest difference of the numbers of two runs.
    tolerance = 0.0
    # What may be raised if these files are damaged.
    errors = ()
    # The directory that it writes to, and the files, both below the folder.
    directory = "."
    files = ()

    def __str__(self):
        return self.name

    def run(self, folder):
        raise NotImplementedError

    def inspect(self, folder, undisturbed):
        """Do nothing: what this workload leaves is read when it runs again."""


class Embedding(Workload):
    name = "embed, with a store"
    needs_no_disk = True
    directory = "store"
    files = ("store/*.sqlite*",)

    def run(self, folder):
        return make_embedder(memory=folder / "store").fit_transform(list_images(folder))

    def inspect(self, folder, undisturbed):
        expected = read_rows(undisturbed)
        for key, row in DiskStore(folder / "store").get_many(expected).items():
            assert_allclose(row, expected[key], rtol=0, atol=self.tolerance)


class Spilling(Workload):
    name = "embed, beyond memory"
    needs_no_disk = True
    directory = "temporary"

    def run(self, folder):
        skmlic.set_config(feature_cache_bytes=2000)
        tempfile.tempdir = str(folder / "temporary")
        embedder = make_embedder().fit(list_images(folder))
        return np.stack([embedder.transform(list_images(folder)) for _ in range(2)])


class Fit(Workload):
    name = "fit, with a store"
    needs_no_disk = True
    # Batches of images differ, and so do roundings.
    tolerance = 1e-5
    directory = Embedding.directory
    files = Embedding.files
    inspect = Embedding.inspect

    def run(self, folder):
        X = list_images(folder)
        clf = make_classifier(memory=folder / "store").fit(X, read_labels(folder))
        return clf.predict_proba(X)


class Training(Workload):
    name = "fit, with checkpoints"
    directory = "checkpoints"
    files = ("checkpoints/*",)
    errors = (ValueError,)

    def run(self, folder):
        X = np.random.default_rng(0).normal(size=(_N_IMAGES, 16)).astype(np.float32)
        clf = make_classifier(max_epochs=8).set_params(
            backbone="precomputed", training__checkpoint=folder / "checkpoints"
        )
        return clf.fit(X, read_labels(folder)).predict_proba(X)


class Saving(Workload):
    name = "save_model"
    files = ("model.skmlic",)

    def run(self, folder):
        skmlic.save_model(skmlic.load_model(folder / "new.skmlic"), folder / "model.skmlic")
        return predict(folder, "model.skmlic")

    def inspect(self, folder, undisturbed):
        assert_is_one_of(predict(folder, "model.skmlic"), *read_old_and_new(undisturbed))


class Partitions(Workload):
    name = "embed_to_parquet"
    directory = "features"
    files = ("features/*.parquet",)
    errors = (ValueError, OSError)

    def run(self, folder):
        options = {"embedder": make_embedder(memory=False), "partition_size": 6, "verbose": False}
        paths = [f"images/{number:02}.png" for number in range(_N_IMAGES)]
        with contextlib.chdir(folder):
            embed_to_parquet(paths, folder / "features", **options)
        batches = FeatureBatches(folder / "features", read_labels(folder))
        return np.concatenate([X for X, _ in batches])

    def inspect(self, folder, undisturbed):
        for part in folder.glob("features/*.parquet"):
            assert_array_equal(read_part(part), read_part(undisturbed / "features" / part.name))


class Export(Workload):
    name = "export_onnx"
    files = ("model.onnx",)

    def run(self, folder):
        # The conversion takes many seconds, and touches no files.
        graph = onnx.helper.make_graph([], "graph", [], [], doc_string=2**17 * "a")
        _export._convert = lambda *args: onnx.helper.make_model(graph)
        export_onnx(None, folder / "model.onnx")
        return read_bytes(folder / "model.onnx")

    def inspect(self, folder, undisturbed):
        new = read_bytes(undisturbed / "model.onnx")
        assert_is_one_of(read_bytes(folder / "model.onnx"), np.frombuffer(b"old", np.uint8), new)


class PredictCommand(Workload):
    name = "skmlic predict"
    files = ("predictions.csv",)

    def run(self, folder):
        with contextlib.chdir(folder):
            run_command("predict", "new.skmlic", "images", "-o", "predictions.csv")
        return read_bytes(folder / "predictions.csv")

    def inspect(self, folder, undisturbed):
        new = read_bytes(undisturbed / "predictions.csv")
        found = read_bytes(folder / "predictions.csv")
        assert_is_one_of(found, np.frombuffer(b"old", np.uint8), new)


class TrainCommand(Workload):
    name = "skmlic train"
    files = ("trained.skmlic",)

    def run(self, folder):
        options = ["--backbone", "tiny_cnn", "--engine", "torch", "--max-epochs", "2"]
        with contextlib.chdir(folder):
            run_command("train", "images", "labels.csv", "-o", "trained.skmlic", *options)
        return predict(folder, "trained.skmlic")

    def inspect(self, folder, undisturbed):
        old, _ = read_old_and_new(undisturbed)
        new = predict(undisturbed, "trained.skmlic")
        assert_is_one_of(predict(folder, "trained.skmlic"), old, new)


class Loading(Workload):
    name = "load_model"
    files = ("model.skmlic",)
    errors = (ModelFileError,)

    def run(self, folder):
        return predict(folder, "model.skmlic")


class Search(Workload):
    name = "GridSearchCV"
    tolerance = 1e-5

    def run(self, folder):
        clf = make_classifier(memory=folder / "store", max_epochs=2)
        search = GridSearchCV(clf, {"lr": [1e-3, 1e-2]}, cv=2, error_score="raise")
        X, Y = np.array(list_images(folder)), read_labels(folder)
        return search.fit(X, Y).predict_proba(X)


class Stream(Workload):
    name = "predict_stream"

    def run(self, folder):
        return predict(folder, "new.skmlic")


EMBEDDING, SPILLING, FIT, TRAINING = Embedding(), Spilling(), Fit(), Training()
SAVING, PARTITIONS, EXPORT = Saving(), Partitions(), Export()
COMMANDS = [PredictCommand(), TrainCommand()]
# Those that write files.
WORKLOADS = [EMBEDDING, SPILLING, FIT, TRAINING, SAVING, PARTITIONS, EXPORT, *COMMANDS]
# Those that read them, or more than one of the above.
LOADING, SEARCH, STREAM = Loading(), Search(), Stream()


def run_command(*arguments):
    code = main([*arguments, "-q"])
    if code:
        raise OSError(f"skmlic {arguments[0]} ended with the exit code {code}")


def predict(folder, name):
    blocks = skmlic.predict_stream(
        skmlic.load_model(folder / name), list_images(folder), block_size=5
    )
    return np.concatenate([block.probabilities for block in blocks])


def read_old_and_new(folder):
    return predict(folder, "old.skmlic"), predict(folder, "new.skmlic")


def read_rows(folder):
    """Return the keys and the features that the store of an undisturbed run holds."""
    path = folder / "store" / "skmlic-features.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT key, value FROM features").fetchall()
    return {key: np.frombuffer(value, "<f4") for key, value in rows}


def read_part(path):
    return np.stack(pq.read_table(path)["features"].to_numpy())


def read_bytes(path):
    return np.frombuffer(Path(path).read_bytes(), np.uint8)


def assert_is_one_of(found, *allowed):
    assert any(np.array_equal(found, array) for array in allowed), "neither the old nor the new"
