"""Tests of the limits of what a forged model file can make its reader allocate."""

import copy
import struct

import pytest
import torch
from safetensors.torch import save_file

from skmlic import ImageEmbedder, load_model, save_model
from skmlic.exceptions import ModelFileError
from skmlic.persistence._allowance import Allowance

MUCH = 3 * 10**8
TOO_MUCH = "would take more than"


def parameters_of(document):
    return document["model"]["estimator"][1]


def fitted_of(document):
    return document["model"]["estimator"][2]


def backbone_of(document):
    return fitted_of(document)["embedder_"]["estimator"][2]["backbone_"]["backbone"]


def set_parameter(form, **tensors):
    def change(document, others):
        parameters_of(document)["class_weight"] = form
        others.update(tensors)

    return change


def make_frame(column, **index):
    frame = {"names": ["a"], "columns": [column], "index": {"names": [None], **index}}
    return set_parameter({"frame": frame}, zeros=torch.zeros(3, dtype=torch.int64))


def set_preprocessing(name, value):
    def change(document, tensors):
        pairs = backbone_of(document)["preprocessing"]["dict"]
        pairs[[key for key, _ in pairs].index(name)][1] = value

    return change


def set_tensors(**shapes):
    def change(document, tensors):
        for name, shape in shapes.items():
            tensors[f"model.net_.{name.replace('__', '.')}"] = torch.zeros(shape)

    return change


def repeat_embedder(document, tensors):
    embedder = fitted_of(document)["embedder_"]
    parameters_of(document)["class_weight"] = [copy.deepcopy(embedder) for _ in range(70)]


def add_layers(document, tensors):
    for layer in range(5, 1000):
        tensors[f"model.net_.layers.{layer}.bias"] = torch.zeros(1)
        tensors[f"model.net_.layers.{layer}.weight"] = torch.zeros(1, 1)


def add_weights(document, tensors):
    for i in range(1000):
        tensors[f"weights0.{i}.bias"] = torch.zeros(1)


LARGE = torch.zeros(10**5, dtype=torch.int8)
BOMBS = {
    "scalar in a long frame": (make_frame({"scalar": ["int8", 1]}, range=[0, MUCH, 1]), "as long"),
    "number in a long frame": (make_frame(0.5, range=[0, MUCH, 1]), "not as long as"),
    "column in a long frame": (make_frame({"array": "zeros"}, range=[0, MUCH, 1]), "not as long"),
    "many levels": (make_frame({"array": "zeros"}, levels=[{"array": "zeros"}] * 11), "11 levels"),
    "one long text": (
        set_parameter(
            {"array": {"dtype": "str", "shape": [5001], "items": ["x" * 20_000, *[""] * 5000]}}
        ),
        TOO_MUCH,
    ),
    "repeated text": (
        set_parameter(
            {"texts": {"dtype": "str", "codes": {"array": "codes"}, "distinct": ["x" * 10**4]}},
            codes=LARGE,
        ),
        TOO_MUCH,
    ),
    "repeated tensor": (set_parameter([{"array": "codes"}] * 3000, codes=LARGE), TOO_MUCH),
    "scalar of many": (set_parameter({"scalar": ["float64", [0] * 100]}), "made of a list"),
    "colliding keys": (
        set_parameter({"dict": [[i * (2**61 - 1), 0] for i in range(102)]}), "same hash"
    ),
    "colliding tuples": (
        set_parameter({"dict": [[{"tuple": [i * (2**61 - 1)]}, 0] for i in range(102)]}),
        "same hash",
    ),
    "size": (set_preprocessing("size", {"tuple": [9_000, 9_000]}), "at most 4,194,304"),
    "long side": (set_preprocessing("size", {"tuple": [1, 2**40]}), "a number of pixels up to"),
    "negative size": (set_preprocessing("size", {"tuple": [-2000, -2000]}), "image_size="),
    "mean": (set_preprocessing("mean", {"tuple": [0.5] * 1000}), "three numbers"),
    "crop": (set_preprocessing("crop_pct", 0.0), "crop_pct is 0"),
    "network": (lambda d, t: backbone_of(d).update(name="vgg19"), TOO_MUCH),
    "network of timm": (
        lambda d, t: backbone_of(d).update(name="timm/eva02_enormous_patch14_clip_224"), TOO_MUCH
    ),
    "many networks": (repeat_embedder, TOO_MUCH),
    "wide layers": (
        set_tensors(layers__1__bias=10**4, feature_mean=10**4, feature_scale=10**4),
        "size mismatch",
    ),
    "many layers": (add_layers, "its head has"),
    "many weights": (add_weights, "weights of a network of"),
    "empty and long": (set_tensors(feature_mean=(2**40, 0)), "has the shape"),
    "empty and wide": (set_tensors(layers__1__bias=(0, 2**40)), "has the shape"),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("kind", BOMBS)
def test_bombs_are_refused(kind, load_forged):
    change, message = BOMBS[kind]
    with pytest.raises(ModelFileError, match=message) as caught:
        load_forged(change)
    assert not isinstance(caught.value.__cause__, MemoryError)
    assert len(str(caught.value)) < 2000


@pytest.mark.parametrize("dtype", [torch.uint8, torch.bfloat16], ids=str)
def test_checksums_of_other_sizes(dtype, tmp_path):
    for n in (0, 16, 31, 32, 10**6):
        checksum = torch.zeros(n, dtype=dtype)
        save_file({"sha256": checksum}, tmp_path / "model", metadata={"skmlic": "{}"})
        with pytest.raises(ModelFileError, match="checksum is wrong"):
            load_model(tmp_path / "model")


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ((2**60, b"{}"), "header of 1,152,921,504,606,846,976 bytes"),
        ((2**23 + 1, b"{}"), "header of 8,388,609 bytes"),
        ((2**23, b"{}"), "truncated or its header is wrong"),
        (
            (None, b'{"a":{"dtype":"F32","shape":[200000000],"data_offsets":[0,800000000]}}'),
            "truncated or its header is wrong",
        ),
        (
            (
                None,
                b'{"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},'
                b'"b":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}}',
            ),
            "truncated or its header is wrong",
        ),
        (
            (None, b'{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}'),
            "truncated or its header is wrong",
        ),
    ],
    ids=["huge", "large", "truncated", "beyond the end", "overlapping", "overflowing"],
)
def test_headers_are_checked(header, message, tmp_path):
    length, text = header
    path = tmp_path / "model"
    path.write_bytes(struct.pack("<Q", len(text) if length is None else length) + text + b"0" * 8)
    with pytest.raises(ModelFileError, match=message):
        load_model(path)


def test_saving_refuses_what_loading_does(head_classifier, images, tmp_path):
    texts = copy.copy(head_classifier).set_params(class_weight={"x" * 2**23: 1.0})
    with pytest.raises(ValueError, match=r"can't hold 8,\d+,\d+ bytes of names and texts"):
        save_model(texts, tmp_path / "model")
    embedder = ImageEmbedder("tiny_cnn", engine="torch").fit(images[0])
    backbone = embedder.backbone_
    object.__setattr__(backbone.preprocessing, "size", (2049, 2048))
    try:
        with pytest.raises(ValueError, match="takes images of 2049 x 2048 pixels"):
            save_model(embedder, tmp_path / "model")
    finally:
        object.__setattr__(backbone.preprocessing, "size", (32, 32))
    assert not list(tmp_path.iterdir())


def test_claims_add_up():
    allowance = Allowance(1000)
    allowance.claim(2**28)
    allowance.claim(16_000)
    with pytest.raises(ValueError, match="more than 268,451,456 bytes"):
        allowance.claim(1)


def make_layers(width):
    return torch.nn.Sequential(
        torch.nn.Linear(2**13, width, device="meta"), torch.nn.BatchNorm1d(width, device="meta")
    )


def test_networks_are_limited_one_by_one():
    allowance = Allowance(0)
    for _ in range(2):
        with allowance.limit_network():
            make_layers(2**12)
    with pytest.raises(ValueError, match="more than"), allowance.limit_network():
        make_layers(2**13)
    make_layers(2**13)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["alexnet", "mnasnet0_5"])
def test_networks_whose_classifiers_are_large_fit(name, images, tmp_path):
    # The layers of MNASNet have versions.
    embedder = ImageEmbedder(name, weights=None, image_size=64, engine="torch", precision="fp32")
    save_model(embedder.fit(images[0][:2]), tmp_path / "model")
    loaded = load_model(tmp_path / "model")
    assert (loaded.transform(images[0][:2]) == embedder.transform(images[0][:2])).all()
