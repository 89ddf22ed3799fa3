"""Tests of skmlic.embedding._embedder."""

import pickle
import subprocess
import sys
import threading

import joblib
import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn

import skmlic
from skmlic import ImageEmbedder, cache_info
from skmlic.datasets import make_multilabel_shapes
from skmlic.embedding import _engines
from skmlic.exceptions import ImageReadError, ImageReadWarning

X, _ = make_multilabel_shapes(12, random_state=0)
TINY = {"backbone": "tiny_cnn", "precision": "fp32"}


@pytest.fixture
def paths(tmp_path):
    names = [tmp_path / f"{i}.png" for i in range(len(X))]
    for name, image in zip(names, X, strict=True):
        Image.fromarray(image).save(name)
    return names


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Conv2d(3, 4, 3)

    def forward(self, images):
        return self.layer(images)


def embed(images=X, **parameters):
    return ImageEmbedder(**{**TINY, **parameters}).fit_transform(images)


def test_shape_names_and_dtype():
    embedder = ImageEmbedder(**TINY).fit(X)
    features = embedder.transform(X)
    assert features.dtype == np.float32
    assert features.shape == (12, len(embedder.get_feature_names_out()))
    assert embedder.get_feature_names_out()[0] == "imageembedder0"
    assert np.isfinite(features).all()


@pytest.mark.parametrize(("library", "frame_type"), [("pandas", pd.DataFrame), ("polars", None)])
def test_set_output_gives_a_frame(library, frame_type):
    frame_type = frame_type or pytest.importorskip("polars").DataFrame
    embedder = ImageEmbedder(**TINY).set_output(transform=library)
    frame = embedder.fit_transform(X)
    assert isinstance(frame, frame_type)
    assert list(frame.columns) == list(embedder.get_feature_names_out())
    assert_array_equal(frame.to_numpy(), embed())
    assert isinstance(clone(embedder).fit_transform(X), frame_type)
    assert isinstance(embedder.set_output(transform="default").transform(X), np.ndarray)


def test_features_do_not_depend_on_form_order_or_other_images(paths):
    expected = embed(memory=False)
    order = np.random.RandomState(0).permutation(len(X))
    assert_allclose(embed(X[order], memory=False), expected[order], rtol=1e-5, atol=1e-6)
    assert_allclose(embed(X[3:4], memory=False), expected[3:4], rtol=1e-5, atol=1e-6)
    assert_allclose(embed(paths, memory=False), expected, rtol=1e-5, atol=1e-6)


def test_stored_features_are_identical():
    first = embed()
    assert_array_equal(embed(), first)
    assert_array_equal(embed(X[::-1])[::-1], first)


def test_each_distinct_image_passes_once(paths):
    embedder = ImageEmbedder(**TINY)
    embedder.fit(X).transform(X)
    assert cache_info()[:3] == (12, 0, 12)
    clone(embedder).fit_transform(X[4:])
    assert cache_info()[:3] == (12, 8, 12)
    embedder.transform(paths)
    embedder.transform([*paths, *paths])
    assert cache_info()[:3] == (24, 20, 24)
    skmlic.clear_cache()
    assert cache_info()[:4] == (0, 0, 0, 0)


def test_repeated_images_pass_once_without_a_store():
    features = embed(np.concatenate([X, X]), memory=False)
    assert cache_info().backbone_passes == 12
    assert_array_equal(features[:12], features[12:])


@pytest.mark.slow
@pytest.mark.parametrize(
    "changed",
    [
        {"pooling": "max"},
        {"image_size": 48},
        {"resize": "crop"},
        {"precision": "bf16"},
        {"backbone": Network()},
        {"engine": "torch"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_changes_that_miss_the_store(changed):
    pytest.importorskip("openvino")
    embed()
    embed(**changed)
    assert cache_info().hits == 0


@pytest.mark.parametrize(
    "same", [{"batch_size": 3}, {"n_jobs": 1}, {"verbose": 1}, {"on_error": "nan"}], ids=str
)
def test_changes_that_hit_the_store(same):
    embed()
    embed(**same)
    assert cache_info().hits == 12


@pytest.mark.parametrize(("engine", "hits"), [("openvino", 0), ("torch", 12)])
def test_another_version_of_openvino_misses_its_features_only(monkeypatch, engine, hits):
    openvino = pytest.importorskip("openvino")
    embed(engine=engine)
    monkeypatch.setattr(openvino, "__version__", "0.0.0")
    embed(engine=engine)
    assert cache_info().hits == hits


@pytest.mark.slow
def test_a_changed_weight_misses():
    network = Network()
    embed(backbone=network)
    embed(backbone=network)
    assert cache_info().hits == 12
    with torch.no_grad():
        network.layer.bias[0] += 1
    embed(backbone=network)
    assert cache_info().hits == 12


def test_a_module_passes_each_image_once_over_clones(monkeypatch):
    seen = []
    convolve = nn.functional.conv2d

    def counting(images, *args):
        seen.append(len(images))
        return convolve(images, *args)

    embedder = ImageEmbedder(Network(), engine="torch", precision="fp32", image_size=16)
    fitted = [clone(embedder).fit(X) for _ in range(3)]
    fitted[0].transform(X[:2])
    monkeypatch.setattr(nn.functional, "conv2d", counting)
    for each in fitted:
        each.transform(X)
    assert sum(seen) == len(X) - 2
    assert cache_info().backbone_passes == len(X)


@pytest.mark.slow
def test_memory_directory_serves_other_processes(tmp_path):
    expected = embed(memory=tmp_path)
    script = (
        "import sys, numpy as np, skmlic\n"
        "from skmlic.datasets import make_multilabel_shapes\n"
        "X, _ = make_multilabel_shapes(12, random_state=0)\n"
        f"e = skmlic.ImageEmbedder('tiny_cnn', precision='fp32', memory={str(tmp_path)!r})\n"
        "np.save(sys.argv[1], e.fit_transform(X))\n"
        "assert skmlic.cache_info()[:3] == (0, 12, 0), skmlic.cache_info()\n"
    )
    subprocess.run([sys.executable, "-c", script, tmp_path / "out.npy"], check=True, timeout=120)
    assert_array_equal(np.load(tmp_path / "out.npy"), expected)


def test_joblib_memory_and_a_path_name_the_same_store(tmp_path):
    embed(memory=joblib.Memory(tmp_path, verbose=0))
    embed(memory=str(tmp_path))
    assert cache_info().hits == 12


def test_features_that_do_not_fit_in_memory_are_kept_on_a_disk():
    with skmlic.config_context(feature_cache_bytes=1000):
        first = embed()
        assert cache_info().bytes <= 1000
        assert_array_equal(embed(), first)
    assert cache_info()[:3] == (12, 12, 12)


def test_a_directory_that_can_not_be_written_to_warns(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.warns(UserWarning, match="can't be stored in memory"):
        features = embed(memory=tmp_path / "file")
    assert_allclose(features, embed(), rtol=1e-6)


def test_invalid_memory():
    with pytest.raises(ValueError, match="memory=True"):
        embed(memory=True)


@pytest.mark.parametrize("is_on_disk", [False, True])
def test_threads_that_want_the_same_images_share_one_pass(is_on_disk, tmp_path):
    embedder = ImageEmbedder(**TINY, memory=tmp_path if is_on_disk else None).fit(X)
    results = [None] * 4

    def work(i):
        results[i] = clone(embedder).fit(X).transform(X)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cache_info().backbone_passes == 12
    for result in results[1:]:
        assert_array_equal(result, results[0])


def test_all_unreadable_images_are_listed_once_and_the_others_stored(paths):
    paths[2].write_bytes(b"no image")
    paths[5].unlink()
    paths[7].write_bytes(paths[7].read_bytes()[:-200])
    embedder = ImageEmbedder(**TINY).fit(paths)
    with pytest.raises(ImageReadError) as caught:
        embedder.transform([*paths, paths[5]])
    assert caught.value.indices == [2, 5, 7, 12]
    for path in (paths[2], paths[5], paths[7]):
        assert str(path) in str(caught.value)
    assert "No such file" in str(caught.value)
    assert "on_error='nan'" in str(caught.value)
    assert cache_info().backbone_passes == 9
    good = [path for i, path in enumerate(paths) if i not in (2, 5, 7)]
    embedder.transform(good)
    assert cache_info().backbone_passes == 9
    assert pickle.loads(pickle.dumps(caught.value)).problems == caught.value.problems


def test_on_error_nan_gives_rows_of_nan_and_one_warning(paths):
    expected = embed(paths)
    paths[2].write_bytes(b"no image")
    with pytest.warns(ImageReadWarning, match=r"1 image can't be read:\n  X\[2\]") as caught:
        features = ImageEmbedder(**TINY, on_error="nan").fit(paths).transform(paths)
    assert len(caught) == 1
    assert np.isnan(features[2]).all()
    good = np.arange(12) != 2
    assert_array_equal(features[good], expected[good])


def test_an_interrupt_keeps_computed_features(monkeypatch):
    embedder = ImageEmbedder(**TINY, engine="torch", batch_size=2).fit(X)
    run = _engines.TorchEngine.run

    def interrupted(self, pixels):
        for i, result in enumerate(run(self, pixels)):
            if i == 6:
                raise KeyboardInterrupt
            yield result

    monkeypatch.setattr(_engines.TorchEngine, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        embedder.transform(X)
    monkeypatch.undo()
    embedder.transform(X)
    assert cache_info().hits == 6


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"device": "toaster"}, "device='toaster'"),
        ({"precision": "fp16", "device": "cpu"}, "fp16.*CUDA"),
        ({"pooling": "mean"}, "pooling"),
        ({"image_size": 0}, "image_size"),
    ],
)
def test_invalid_parameters(parameters, message):
    with pytest.raises(ValueError, match=message):
        ImageEmbedder(**{**TINY, **parameters}).fit(X)


def test_not_fitted():
    with pytest.raises(NotFittedError):
        ImageEmbedder(**TINY).transform(X)


def test_pickle_and_joblib(tmp_path):
    embedder = ImageEmbedder(**TINY).fit(X)
    expected = embedder.transform(X)
    skmlic.clear_cache()
    for copied in (pickle.loads(pickle.dumps(embedder)), _through_joblib(embedder, tmp_path)):
        assert_allclose(copied.transform(X), expected, rtol=1e-5, atol=1e-6)


def _through_joblib(embedder, tmp_path):
    joblib.dump(embedder, tmp_path / "embedder.joblib")
    return joblib.load(tmp_path / "embedder.joblib")


def test_a_pickle_from_a_gpu_or_with_openvino_works_without():
    embedder = ImageEmbedder(**TINY, engine="torch").fit(X)
    expected = embedder.transform(X)
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    embedder.device_, embedder.precision_ = torch.device("cuda:0"), "fp16"
    with pytest.warns(UserWarning, match="was fitted with torch on cuda:0"):
        copied = pickle.loads(pickle.dumps(embedder))
    assert copied.device_.type == "cpu"
    assert copied.precision_ == "fp32"
    assert_allclose(copied.transform(X), expected, rtol=0.1, atol=0.05)


def test_x_and_parameters_are_not_modified():
    before = X.copy()
    network = Network().train()
    embedder = ImageEmbedder(network, image_size=16)
    embedder.fit(X).transform(X)
    assert_array_equal(X, before)
    assert embedder.backbone is network
    assert network.training
    assert all(parameter.requires_grad for parameter in network.parameters())


def test_number_of_torch_threads_and_random_state_are_kept():
    threads = torch.get_num_threads()
    torch_state, numpy_state = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    embed(backbone="tiny_cnn", n_jobs=1, engine="torch", memory=False)
    embed(backbone=Network, memory=False)
    assert torch.get_num_threads() == threads
    assert torch.equal(torch.get_rng_state(), torch_state)
    assert_array_equal(np.random.get_state()[1], numpy_state)  # noqa: NPY002


def test_precomputed_features_pass_through():
    features = np.random.RandomState(0).normal(size=(5, 3))
    embedder = ImageEmbedder("precomputed").fit(features)
    assert_array_equal(embedder.transform(features), features)
    assert embedder.n_features_in_ == 3
    with pytest.raises(ValueError, match="features"):
        embedder.transform(features[:, :2])


def test_verbose_shows_a_bar(capsys):
    embed(verbose=1, memory=False)
    assert "12/12" in capsys.readouterr().err
    embed(verbose=0, memory=False)
    assert not capsys.readouterr().err


def test_in_a_column_transformer(paths):
    frame = pd.DataFrame({"path": paths, "price": np.arange(12.0)})
    mixed = ColumnTransformer(
        [("image", ImageEmbedder(**TINY), ["path"]), ("rest", StandardScaler(), ["price"])]
    )
    features = mixed.fit_transform(frame)
    assert_allclose(features[:, :-1], embed(paths), rtol=1e-6)
    single = ColumnTransformer([("image", ImageEmbedder(**TINY), "path")])
    assert_allclose(single.fit_transform(frame), features[:, :-1])


@pytest.mark.slow
def test_in_a_feature_union_and_a_pipeline():
    union = FeatureUnion(
        [
            ("avg", ImageEmbedder(**TINY, pooling="avg")),
            ("max", ImageEmbedder(**TINY, pooling="max")),
        ]
    )
    both = make_pipeline(union, StandardScaler()).fit_transform(X)
    expected = np.hstack([embed(pooling="avg"), embed(pooling="max")])
    assert_allclose(both, StandardScaler().fit_transform(expected), rtol=1e-4, atol=1e-4)


def test_empty_x():
    embedder = ImageEmbedder(**TINY).fit(X)
    assert embedder.transform([]).shape == (0, len(embedder.get_feature_names_out()))


DEEP = X.astype(np.uint16) * 16


@pytest.mark.parametrize(
    ("images", "value_range"),
    [
        pytest.param(DEEP, (0, 4080), id="12 bits"),
        pytest.param(list(DEEP), (0, 4080), id="list"),
        pytest.param(X.astype(np.float32), (0, 255), id="floats"),
        pytest.param(torch.from_numpy(X / 127.5 - 1).permute(0, 3, 1, 2), (-1, 1), id="tensor"),
        pytest.param(X.astype(np.uint16), None, id="8-bit uint16"),
        pytest.param(X.astype(np.int32), None, id="int32"),
        pytest.param(DEEP // 16 * np.uint16(257), None, id="16 bits"),
        pytest.param(X / 255 * (1 + 1e-7), None, id="rounding errors"),
    ],
)
@pytest.mark.filterwarnings("ignore:Images of type uint16")
def test_features_of_values_of_any_type(images, value_range):
    assert_array_equal(embed(images, value_range=value_range), embed())


def test_a_value_range_is_part_of_the_key():
    wide = embed(DEEP, value_range=(0, 8160), backbone="tiny_cnn", engine="torch")
    assert cache_info().misses == 12
    narrow = embed(DEEP, value_range=(0, 4080), backbone="tiny_cnn", engine="torch")
    assert cache_info().misses == 24
    assert np.abs(wide - narrow).max() > 0.01
    assert_array_equal(embed(DEEP, value_range=(0, 4080), engine="torch"), narrow)
    assert cache_info().misses == 24


def test_a_batch_that_uses_a_small_part_of_its_range_is_told_once():
    embedder = ImageEmbedder("tiny_cnn", image_size=[24, 32], engine="torch").fit(DEEP)
    with pytest.warns(UserWarning, match=r"from 800 to 3760.*value_range=\(0, 4095\)") as caught:
        embedder.transform(DEEP)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    # Stored features are not told again.
    embedder.transform(DEEP)


def test_errors_name_the_remedy_of_each_image():
    images = [X[0], X[1] * 1.0, np.where(X[2] == X[2, 0, 0], np.nan, X[2] / 255), X[3] / 200]
    with pytest.raises(ImageReadError) as caught:
        ImageEmbedder("tiny_cnn").fit_transform(images)
    assert caught.value.indices == [1, 2, 3]
    for line, advice in zip(
        str(caught.value).splitlines()[1:], ["(0, 255)", "np.nan_to_num", "np.clip"], strict=False
    ):
        assert advice in line


@pytest.mark.parametrize("value_range", [(1, 0), (0, 1, 2), (0, float("nan"))])
def test_invalid_value_ranges(value_range):
    with pytest.raises(ValueError, match=r"value_range=.*two numbers in increasing order"):
        ImageEmbedder("tiny_cnn", value_range=value_range).fit(X)
