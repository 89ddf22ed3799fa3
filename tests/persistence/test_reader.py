"""Tests of the reader: forged files, and networks that do not compute what they did."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from torch import nn

from skmlic import ImageEmbedder, TransferMultiLabelClassifier, load_model, save_model
from skmlic.exceptions import ModelFileError, WeightsNotFoundError
from skmlic.persistence import _reader


def parameters_of(document):
    return document["model"]["estimator"][1]


def fitted_of(document):
    return document["model"]["estimator"][2]


def backbone_of(document):
    return fitted_of(document)["embedder_"]["estimator"][2]["backbone_"]["backbone"]


def set_item(of, key, value):
    def change(document, tensors):
        of(document)[key] = value

    return change


def set_tensor(name, tensor):
    def change(document, tensors):
        tensors[name] = tensor

    return change


HOSTILE = {
    "class by name": lambda d, t: d["model"].update(estimator=["os.system", {}, {}]),
    "class of scikit-learn": lambda d, t: d["model"]["estimator"].__setitem__(0, "Pipeline"),
    "kind": lambda d, t: d.update(model={"__reduce__": ["os.system", "true"]}),
    "private kind": lambda d, t: d.update(model={"_read_net": []}),
    "two kinds": lambda d, t: d.update(model={**d["model"], "tuple": []}),
    "no model": lambda d, t: d.pop("model"),
    "a plain value": lambda d, t: d.update(model={"tuple": [1]}),
    "an object": lambda d, t: d.update(model={"object": ["KFold", {"dict": []}]}),
    "frozen outside": lambda d, t: d.update(
        model={"estimator": ["FrozenEstimator", {"estimator": d["model"]}, {}]}
    ),
    "not fitted": lambda d, t: d["model"]["estimator"].__setitem__(2, {}),
    "itself": lambda d, t: d.update(model={"same": 0}),
    "class in a parameter": set_item(parameters_of, "loss", {"class": "builtins.exec"}),
    "object in a parameter": set_item(parameters_of, "scoring", {"object": ["eval", {"dict": []}]}),
    "arguments": set_item(parameters_of, "scoring", {"object": ["FBeta", {"dict": [["b", 1]]}]}),
    "calibrator": set_item(parameters_of, "scoring", {"calibrator": ["Pipeline", {"dict": []}]}),
    "calibrator's attributes": set_item(
        parameters_of, "scoring", {"calibrator": ["IsotonicRegression", {"dict": [["fit", 1]]}]}
    ),
    "folder": set_item(parameters_of, "memory", "/tmp/anywhere"),
    "folder in an object": set_item(
        parameters_of,
        "training",
        {"object": ["TrainingOptions", {"dict": [["checkpoint", {"path": "../../anywhere"}]]}]},
    ),
    "method": set_item(fitted_of, "predict", 1),
    "dunder": set_item(fitted_of, "__class__", "str"),
    "dtype": set_item(parameters_of, "lr", {"scalar": ["object", 1]}),
    "number": set_item(parameters_of, "lr", {"float": "1"}),
    "backbone": set_item(backbone_of, "name", "../../etc/passwd"),
    "hub": set_item(backbone_of, "name", "timm/hf-hub:someone/something"),
    "local": set_item(backbone_of, "name", "timm/local-dir:/tmp"),
    "size": set_item(backbone_of, "pooling", "eval"),
    "preprocessing": set_item(backbone_of, "preprocessing", {"dict": [["size", 1], ["x", 2]]}),
    "missing tensors": lambda d, t: t.pop("model.net_.layers.1.weight"),
    "missing array": lambda d, t: t.pop("model.classes_"),
    "extra tensor": set_tensor("model.more", torch.zeros(3)),
    "extra weight": set_tensor("weights0.more", torch.zeros(3)),
    "other shape": set_tensor("weights0.0.0.weight", torch.zeros(3)),
    "other head": set_tensor("model.net_.layers.4.bias", torch.zeros(7)),
    "other classes": set_tensor("model.classes_", torch.zeros(5, 2, dtype=torch.int64)),
    "other label weights": set_tensor("model.label_weight_", torch.zeros(2)),
    "other width": lambda d, t: t.update(
        {
            "model.net_.feature_mean": torch.zeros(5),
            "model.net_.feature_scale": torch.ones(5),
            "model.net_.layers.1.weight": torch.zeros(8, 5),
        }
    ),
    "other features": set_item(
        lambda d: fitted_of(d)["embedder_"]["estimator"][2], "_n_features_out", 3
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", HOSTILE)
def test_forged_files_are_refused(case, load_forged):
    with pytest.raises(ModelFileError, match=r"forged.skmlic"):
        load_forged(HOSTILE[case])


def settings_of_net(document):
    return fitted_of(document)["net_"]["net"][0]["dict"]


def set_setting(name, value):
    def change(document, tensors):
        pairs = settings_of_net(document)
        pairs[[key for key, _ in pairs].index(name)][1] = value

    return change


HOSTILE_KERNELS = {
    "no head": set_setting("module", "Sequential"),
    "other head": set_setting("module", "MultiLayerPerceptron"),
    "kernel": set_setting("kernel", "system"),
    "scaling": set_setting("feature_scaling", "system"),
    "width of the kernel": set_setting("factor", "1"),
    "blocks": set_setting("block_widths", {"tuple": [1, 1]}),
    "missing tensor": lambda d, t: t.pop("model.net_.coef"),
    "missing rows": lambda d, t: t.pop("model.net_.support"),
    "extra tensor": set_tensor("model.net_.more", torch.zeros(3)),
    "other rows": set_tensor("model.net_.support", torch.zeros(9, 6)),
    "other labels": set_tensor("model.net_.bias", torch.zeros(2)),
    "other features": set_tensor("model.net_.scaling.mean", torch.zeros(5)),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", [None, *HOSTILE_KERNELS], ids=str)
def test_forged_kernels_are_refused(case, features, tmp_path, read_parts, forge):
    X, _ = features
    Y = (X[:, :3] * X[:, 3:] > 0).astype(int)
    clf = TransferMultiLabelClassifier("precomputed", head="kernel", random_state=0).fit(X, Y)
    path = tmp_path / "forged.skmlic"
    save_model(clf, path)
    document, tensors = read_parts(path)
    if case is None:
        forge(path, document, tensors)
        assert_array_equal(load_model(path).predict(X), clf.predict(X))
    else:
        HOSTILE_KERNELS[case](document, tensors)
        forge(path, document, tensors)
        with pytest.raises(ModelFileError, match=r"forged.skmlic"):
            load_model(path)


def test_unchanged_forgeries_are_loaded(load_forged):
    assert load_forged(lambda document, tensors: None).n_labels_ == 3


def test_errors_name_the_versions_that_a_file_was_written_with(load_forged):
    def change(document, tensors):
        document["versions"]["timm"] = "9.9"
        parameters_of(document)["new_parameter"] = 1

    with pytest.raises(ModelFileError, match=r"new_parameter.*written with timm 9\.9 \(here "):
        load_forged(change)


def test_absent_parameters_have_their_defaults(load_forged):
    def change(document, tensors):
        del parameters_of(document)["weight_decay"]
        document["versions"]["torch"] = "3.0"

    assert load_forged(change).weight_decay == 0


class Small(nn.Module):
    """A network of a user."""

    def __init__(self, activation=nn.ReLU):
        super().__init__()
        self.layer = nn.Conv2d(3, 4, 3, stride=4)
        self.activation = activation()

    def forward(self, images):
        return self.activation(self.layer(images))


def test_other_networks_are_refused(images, whole, tmp_path):
    embedder = ImageEmbedder(Small(), image_size=32, engine="torch", precision="fp32")
    save_model(embedder.fit(images[0]), tmp_path / "model")
    with pytest.raises(ModelFileError, match="computes features that differ"):
        load_model(tmp_path / "model", backbone=Small(activation=nn.Tanh))
    with pytest.raises(ModelFileError, match="Missing key"):
        load_model(tmp_path / "model", backbone=nn.Sequential(nn.Conv2d(3, 4, 3)))
    (tmp_path / "named").write_bytes(whole)
    with pytest.raises(ValueError, match="backbone=None"):
        load_model(tmp_path / "named", backbone=Small())


@pytest.fixture(scope="module")
def lite(make, images):
    """A classifier whose weights come with the installation."""
    X, Y, _ = images
    return make("efficientnet_lite0").fit(X[:10], Y[:10])


@pytest.mark.slow
def test_weights_are_found_by_name(lite, images, tmp_path):
    X, _, _ = images
    save_model(lite, tmp_path / "whole")
    save_model(lite, tmp_path / "short", include_backbone=False)
    sizes = [(tmp_path / name).stat().st_size for name in ("whole", "short")]
    n_weights = sum(
        tensor.nbytes for tensor in lite.embedder_.backbone_.extractor.network.state_dict().values()
    )
    assert abs(sizes[0] - sizes[1] - n_weights) < 50_000
    assert n_weights > 10 * sizes[1]
    loaded = load_model(tmp_path / "short")
    assert_array_equal(loaded.predict_proba(X), lite.predict_proba(X))
    save_model(loaded, tmp_path / "again", include_backbone=False)
    assert (tmp_path / "again").read_bytes() == (tmp_path / "short").read_bytes()


@pytest.fixture
def change_network(monkeypatch):
    """A function that changes every network that the reader loads by name."""
    load_network = _reader.load_network

    def replace_loader(change):
        def load_changed(name, weights, pooling):
            network = load_network(name, weights, pooling)
            change(network.module)
            return network

        monkeypatch.setattr(_reader, "load_network", load_changed)

    return replace_loader


@pytest.mark.slow
def test_other_weights_of_the_name_are_refused(lite, tmp_path, monkeypatch, change_network):
    save_model(lite, tmp_path / "short", include_backbone=False)

    def change(module):
        with torch.no_grad():
            next(module.parameters()).flatten()[0] += 1e-3

    change_network(change)
    with pytest.raises(ModelFileError, match=r"'efficientnet_lite0' that were found here.*are not"):
        load_model(tmp_path / "short")

    def fail(name, weights, pooling):
        raise WeightsNotFoundError("no network")

    monkeypatch.setattr(_reader, "load_network", fail)
    with pytest.raises(WeightsNotFoundError, match="no network"):
        load_model(tmp_path / "short")


@pytest.mark.slow
def test_networks_that_compute_other_features_are_refused(lite, tmp_path, change_network):
    save_model(lite, tmp_path / "model")

    def change(module):
        module.conv_stem.stride = (1, 1)

    change_network(change)
    with pytest.raises(ModelFileError, match=r"'efficientnet_lite0' computes 2024 features"):
        load_model(tmp_path / "model")


@pytest.mark.slow
def test_device_and_engine_of_another_machine_are_replaced(images, tmp_path):
    X, _, _ = images
    embedder = ImageEmbedder("tiny_cnn", engine="torch", precision="fp32").fit(X)
    expected = embedder.transform(X)
    embedder.device_ = torch.device("cuda", 7)
    save_model(embedder, tmp_path / "model")
    with pytest.warns(UserWarning, match="cuda:7"):
        loaded = load_model(tmp_path / "model")
    assert loaded.device_.type != "cuda" or loaded.device_.index != 7
    np.testing.assert_allclose(loaded.transform(X), expected, atol=1e-3)
