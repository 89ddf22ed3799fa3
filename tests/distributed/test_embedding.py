"""Tests of skmlic.distributed._embedding and its partitions."""

import os
from pathlib import Path

import fsspec
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skmlic import ImageEmbedder, cache_info
from skmlic.datasets import make_multilabel_shapes
from skmlic.distributed import _embedding, embed_to_parquet
from skmlic.exceptions import ImageReadError, ImageReadWarning

X, _ = make_multilabel_shapes(10, random_state=0)
TINY = {"backbone": "tiny_cnn", "engine": "torch", "precision": "fp32"}


@pytest.fixture
def paths(paths):
    return paths[:10]


def write(paths, out, *, partition_size=4, **parameters):
    options = {name: parameters.pop(name) for name in ("client",) if name in parameters}
    embedder = ImageEmbedder(**{**TINY, **parameters})
    return embed_to_parquet(
        paths, out, embedder=embedder, partition_size=partition_size, verbose=False, **options
    )


def read(out):
    frame = pd.read_parquet(out)
    return frame["path"].tolist(), np.stack(frame["features"])


def count_passes(function):
    before = cache_info().backbone_passes
    function()
    # One image shows which engine runs the network.
    return cache_info().backbone_passes - before - 1


def test_features_are_those_of_the_embedder(paths, tmp_path):
    out = tmp_path / "new" / "features"
    files = write(paths, out)
    assert [Path(file).name for file in files] == [f"part-00000{i}.parquet" for i in range(3)]
    found, features = read(out)
    assert found == paths
    assert features.dtype == np.float32
    assert_allclose(features, ImageEmbedder(**TINY).fit_transform(paths), rtol=1e-5, atol=1e-6)
    table = pq.read_table(files[0])
    assert table.schema.field("features").type.list_size == features.shape[1]
    assert sorted(os.listdir(out)) == [Path(file).name for file in files]


def test_paths_are_written_as_they_were_given(paths, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = [Path(path).name for path in paths]
    write(pd.Series(names), "features")
    assert read("features")[0] == names


def test_finished_parts_are_not_computed_again(paths, tmp_path):
    out = tmp_path / "features"
    assert count_passes(lambda: write(paths, out, memory=False)) == 10
    assert count_passes(lambda: write(paths, out, memory=False)) == 0
    os.remove(out / "part-000001.parquet")
    (out / "part-000002.parquet").write_bytes(b"PAR1 damaged")
    (out / ".part-000001.parquet.0.tmp").write_bytes(b"left behind")
    assert count_passes(lambda: write(paths, out, memory=False)) == 6
    assert read(out)[0] == paths
    assert len(os.listdir(out)) == 3


def test_a_failed_run_resumes(paths, tmp_path, monkeypatch):
    out = tmp_path / "features"
    original = ImageEmbedder.transform

    def fail(self, images):
        if str(images[0]) == paths[4]:
            raise MemoryError("full")
        return original(self, images)

    monkeypatch.setattr(ImageEmbedder, "transform", fail)
    with pytest.raises(MemoryError):
        write(paths, out, memory=False)
    monkeypatch.undo()
    assert os.listdir(out) == ["part-000000.parquet"]
    assert count_passes(lambda: write(paths, out, memory=False)) == 6


def test_files_of_others_are_an_error(paths, tmp_path):
    out = tmp_path / "features"
    write(paths, out)
    with pytest.raises(ValueError, match=r"another embedder \(networks .*Choose another folder"):
        write(paths, out, pooling="avg")
    with pytest.raises(ValueError, match=r"other paths than paths\[0:4\]"):
        write(paths[::-1], out)
    with pytest.raises(ValueError, match=r"3 files .* part-000002.parquet is not one of the 2"):
        write(paths[:8], out)
    with pytest.raises(ValueError, match=r"other paths than paths\[8:11\]"):
        write([*paths, paths[0]], out)
    pd.DataFrame({"a": [1]}).to_parquet(out / "part-000000.parquet")
    with pytest.raises(ValueError, match="was not written by embed_to_parquet"):
        write(paths, out)


def test_unreadable_images_are_reported_once_for_all_parts(paths, tmp_path):
    out = tmp_path / "features"
    for row in (1, 9):
        Path(paths[row]).write_bytes(b"no image")
    with pytest.raises(ImageReadError) as caught:
        write(paths, out)
    assert caught.value.indices == [1, 9]
    assert os.listdir(out) == ["part-000001.parquet"]
    with pytest.warns(ImageReadWarning, match=r"2 images can't be read(.|\n)*paths\[9\]") as caught:
        write(paths, out, on_error="nan")
    assert len(caught) == 1
    assert caught[0].filename == __file__
    _, features = read(out)
    assert_array_equal(np.flatnonzero(np.isnan(features).any(axis=1)), [1, 9])


def test_out_may_be_a_url(paths):
    files = write(paths, "memory://skmlic/features")
    assert count_passes(lambda: write(paths, "memory://skmlic/features")) == 0
    with fsspec.open(f"memory://{files[0]}", "rb") as file:
        assert pq.read_table(file).num_rows == 4
    assert len(fsspec.filesystem("memory").ls("/skmlic/features")) == 3


def test_a_fitted_embedder_is_used_as_it_is(paths, tmp_path, monkeypatch):
    embedder = ImageEmbedder(**TINY).fit(paths)
    monkeypatch.setattr(ImageEmbedder, "fit", None)
    embed_to_parquet(paths, tmp_path / "features", embedder=embedder, verbose=False)
    assert read(tmp_path / "features")[0] == paths


def test_several_networks(paths, tmp_path):
    write(paths, tmp_path / "features", image_size=[32, 48])
    expected = ImageEmbedder(**TINY, image_size=[32, 48]).fit_transform(paths)
    assert_allclose(read(tmp_path / "features")[1], expected, rtol=1e-5, atol=1e-6)


def test_progress_is_shown(paths, tmp_path, capsys):
    embed_to_parquet(paths, tmp_path / "features", embedder=ImageEmbedder(**TINY))
    assert "10/10" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"paths": []}, ValueError, "paths is empty"),
        ({"paths": "a.png"}, TypeError, "X is one "),
        ({"paths": list(X)}, TypeError, r"paths\[0\] is of type ndarray; expected a path or a URL"),
        ({"embedder": "resnet50"}, TypeError, "expected an ImageEmbedder"),
        ({"embedder": ImageEmbedder("precomputed")}, ValueError, "has no network"),
        ({"client": "tcp://host"}, TypeError, r"expected dask.distributed.Client"),
        ({"partition_size": 0}, ValueError, "partition_size=0: expected"),
    ],
)
def test_errors(changes, error, message, tmp_path):
    arguments = {"paths": ["a.png"], "embedder": ImageEmbedder(**TINY), **changes}
    with pytest.raises(error, match=message):
        embed_to_parquet(arguments.pop("paths"), tmp_path / "features", **arguments)
    assert not (tmp_path / "features").exists()


def test_out_that_is_a_file_is_an_error(paths, tmp_path):
    (tmp_path / "features").write_text("")
    with pytest.raises(NotADirectoryError, match="is a file; expected a folder"):
        write(paths, tmp_path / "features")


def test_a_worker_with_another_engine_is_an_error(paths, tmp_path, monkeypatch):
    monkeypatch.setattr(_embedding, "_describe", lambda _: {"engine": "openvino"})
    with pytest.raises(ValueError, match=r"engine 'torch', not 'openvino'"):
        write(paths, tmp_path / "features")


def test_without_pyarrow(paths, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(ImportError, match=r"need pyarrow: pip install 'skmlic\[dask\]'"):
        write(paths, tmp_path / "features")
